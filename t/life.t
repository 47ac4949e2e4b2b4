#!/usr/bin/perl
# life.t - the whole life of an order by lifecycle alone: paid, fetched, followed,
# delivered, invoiced and closed, with the PDF as the mail server has it: R64 to
# R67, R82, R83.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use CheckoutRig;
use HatTest;
use MIME::Base64 qw(decode_base64);
use Test::More;

my $rig = CheckoutRig->new(HatTest->mariadb, $ENV{HATSHOP_ENGINE} // 'sqlite');
my $dir = $rig->dir;
my $smtp = "$dir/smtp";
system("$TOP/t/lib/smtp.sh", $smtp, 'start') == 0 or plan skip_all => 'there is no mail server here';
my $started = $$;
END {
	local ($?, $@);
	system("$TOP/t/lib/smtp.sh", $smtp, 'stop') if defined $started && $$ == $started;
}

sub slurp {
	my ($file) = @_;
	open my $f, '<:raw', $file or return '';
	local $/;
	return scalar(<$f>) // '';
}

open my $secrets, '>>', "$dir/secrets.conf" or die "secrets: $!\n";
print $secrets "mail.password = secret\n";
close $secrets or die "secrets: $!\n";
$rig->rig->set('mail.host' => 'localhost', 'mail.port' => 0 + slurp("$smtp/port"), 'mail.ca' => "$smtp/tls/ca.pem",
    'mail.user' => 'shop', 'mail.from' => 'shop@hats.example');
my $box = $rig->courier;
$box->clock(pace => 0);

sub letters { return grep { /^To:.*ann\@/mi } map { slurp($_) } sort glob "$smtp/mail/*.eml" }

# lifecycle until it is so.
sub comes {
	my ($what, $is) = @_;
	return ok($rig->until(60, sub { $rig->lifecycle; return $is->() }), $what);
}

my $v = $rig->customer('ann');
$rig->put_in($v, 'A-1', 1);
$rig->settle($v, $rig->pay($v, $rig->place($v, $rig->review($v)), '4242424242424242'));
my ($id, $uid) = map { $rig->order('ann', $_) } 'id', 'uid';
is($rig->order('ann', 'state'), 3, 'paid');
comes('R66: fetched, and a dispatch letter has come', sub {
	my $letter = $rig->sales("SELECT uid FROM letter WHERE order_id = $id AND kind = 'dispatched'");
	return $letter && grep { /^Message-Id: <\Q$letter\E@/mi } letters() });
my $number = $rig->sales("SELECT tracking FROM parcel WHERE order_id = $id");
for my $state (qw(COLLECTED IN_TRANSIT OUT_FOR_DELIVERY)) {
	$box->move($number, $state);
	comes("R67: $state is heard", sub { $rig->sales("SELECT word FROM parcel WHERE order_id = $id") eq $state });
	isnt($rig->order('ann', 'state'), 4, 'R82: not closed yet');
}
$box->move($number, 'DELIVERED');
comes('R82: delivered and closed', sub { $rig->order('ann', 'state') == 4 });
comes('R82: the invoice is mailed', sub { grep { m{application/pdf}i } letters() });

my @with = grep { m{application/pdf}i } letters();
is(scalar @with, 1, 'R82: once');
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
done_testing();
