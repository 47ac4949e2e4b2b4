#!/usr/bin/perl
# life.t - the whole life of an order by lifecycle alone, on both engines: paid,
# fetched, followed, delivered, invoiced and closed, with the PDF as the mail server
# has it, though the courier is away before each step and lifecycle is killed in
# it: R64 to R68, R71, R82, R83.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use CheckoutRig;
use HatTest;
use MIME::Base64 qw(decode_base64);
use POSIX ();
use Test::More;
use Time::HiRes qw(sleep);

my ($rig, $dir, $smtp, $box);
my $started = $$;
END {
	local ($?, $@);
	system("$TOP/t/lib/smtp.sh", $smtp, 'stop') if defined $started && $$ == $started && $smtp;
}

sub slurp {
	my ($file) = @_;
	open my $f, '<:raw', $file or return '';
	local $/;
	return scalar(<$f>) // '';
}

sub letters { return grep { /^To:.*ann\@/mi } map { slurp($_) } sort glob "$smtp/mail/*.eml" }

# One that is killed at some moment.
sub dies {
	my $pid = fork // die "fork: $!\n";
	if (!$pid) {
		open STDERR, '>', '/dev/null' or POSIX::_exit(1);
		exec "$BUILD/cron/lifecycle", '-i', '-f', $rig->rig->conf or POSIX::_exit(1);
	}
	sleep 0.02 + rand 0.2;
	kill KILL => $pid;
	waitpid $pid, 0;
	return;
}

# lifecycle until it is so; the first is killed.
sub comes {
	my ($what, $is) = @_;
	dies();
	return ok($rig->until(60, sub { $rig->lifecycle; return $is->() }), $what);
}

# Nothing comes from the courier for some runs.
sub the_courier_is_away {
	my ($kind) = @_;
	$box->faults(kind => $kind, on => 'any', times => 0);
	$rig->lifecycle for 1, 2;
	$box->faults(kind => 'none');
	return;
}

# A shop with a mail server; false when there is none here.
sub opens {
	my ($engine) = @_;
	$rig = CheckoutRig->new(HatTest->mariadb, $engine);
	$dir = $rig->dir;
	$smtp = "$dir/smtp";
	system("$TOP/t/lib/smtp.sh", $smtp, 'start') == 0 or return 0;
	open my $secrets, '>>', "$dir/secrets.conf" or die "secrets: $!\n";
	print $secrets "mail.password = secret\n";
	close $secrets or die "secrets: $!\n";
	$rig->rig->set('mail.host' => 'localhost', 'mail.port' => 0 + slurp("$smtp/port"), 'mail.ca' => "$smtp/tls/ca.pem",
	    'mail.user' => 'shop', 'mail.from' => 'shop@hats.example');
	$box = $rig->courier;
	$box->clock(pace => 0);
	return 1;
}

sub closes {
	system("$TOP/t/lib/smtp.sh", $smtp, 'stop');
	undef $_ for $smtp, $box, $rig;
	return;
}

sub an_order_lives {
	my $v = $rig->customer('ann');
	$rig->put_in($v, 'A-1', 1);
	$rig->settle($v, $rig->pay($v, $rig->place($v, $rig->review($v)), '4242424242424242'));
	my ($id, $uid) = map { $rig->order('ann', $_) } 'id', 'uid';
	is($rig->order('ann', 'state'), 3, 'paid');
	the_courier_is_away('cut-before');
	is(scalar @{ $box->books }, 0, 'R68: nothing is booked while the courier is away');
	$box->faults(kind => 'cut-after', on => 'book', times => 2);
	comes('R66: fetched, and a dispatch letter has come', sub {
		my $letter = $rig->sales("SELECT uid FROM letter WHERE order_id = $id AND kind = 'dispatched'");
		return $letter && grep { /^Message-Id: <\Q$letter\E@/mi } letters() });
	my $number = $rig->sales("SELECT tracking FROM parcel WHERE order_id = $id");
	is(scalar @{ $box->books }, 1, 'R68: once, though the answers were lost after accepting');
	for my $state (qw(COLLECTED IN_TRANSIT OUT_FOR_DELIVERY)) {
		$box->move($number, $state);
		the_courier_is_away($state eq 'IN_TRANSIT' ? 'cut-after' : 'closed');
		is($rig->sales("SELECT word FROM parcel WHERE order_id = $id") eq $state, '', 'R71: which is not heard while it is away');
		comes("R67: $state is heard", sub { $rig->sales("SELECT word FROM parcel WHERE order_id = $id") eq $state });
		isnt($rig->order('ann', 'state'), 4, 'R82: not closed yet');
	}
	$box->move($number, 'DELIVERED');
	comes('R82: delivered and closed', sub { $rig->order('ann', 'state') == 4 });
	comes('R82: the invoice is mailed', sub { grep { m{application/pdf}i } letters() });

	my @with = grep { m{application/pdf}i } letters();
	is(scalar @with, 1, 'R82: once');
	is($rig->sales("SELECT count(*) FROM letter WHERE order_id = $id AND kind = '$_'"), 1, "one letter: $_") for qw(dispatched invoice);
	my ($part) = $with[0] =~ m{Content-Type: application/pdf.*?\r?\n\r?\n([A-Za-z0-9+/=\s]+)}si;
	my $pdf = decode_base64($part // '');
	open my $f, '>:raw', "$dir/mailed.pdf" or die "mailed.pdf: $!\n";
	print $f $pdf;
	close $f or die "mailed.pdf: $!\n";
	my $paper = $rig->sales("SELECT number FROM invoice WHERE order_id = $id");
	like(scalar `pdftotext -layout '$dir/mailed.pdf' -`, qr/\Q$paper\E/, 'R82: as text, with its number');
	my $page = $v->get($rig->url . "/order/$uid")->{content};
	like($page, qr{href="/order/invoice/\Q$paper\E"}, 'R83: the page links it');
	for my $time (1, 2) {
		is($v->get($rig->url . "/order/invoice/$paper")->{content}, $pdf, "R83: the bytes that were mailed, time $time");
	}
	my @ctl = ('ctl/shopctl', '-f', $rig->rig->conf);
	my ($status, $out) = $rig->rig->run(@ctl, 'invoice', 'list');
	like("$status $out", qr/^0 \Q$paper\E\tinvoice\t$id\t/, 'shopctl lists it');
	is(($rig->rig->run(@ctl, 'invoice', 'show', $paper, '-o', "$dir/shown.pdf"))[0], 0, 'and has it');
	is(slurp("$dir/shown.pdf"), $pdf, 'R83: the same bytes');
	is(($rig->rig->run(@ctl, 'invoice', 'show', 'INV-1'))[0], 1, 'none that is not there');
	is(($rig->rig->run(@ctl, 'invoice', 'show'))[0], 2, 'nor without a number');
	($status, $out) = $rig->rig->run(@ctl, 'reconcile', '--settle', 0);
	is("$status $out", "0 0 differences\n", 'R52: and no book differs');
	return;
}

for my $engine (defined $ENV{HATSHOP_ENGINE} ? $ENV{HATSHOP_ENGINE} : qw(sqlite mariadb)) {
	opens($engine) or plan skip_all => 'there is no mail server here';
	subtest "with $engine" => \&an_order_lives;
	closes();
}
done_testing();
