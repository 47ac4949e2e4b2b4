#!/usr/bin/perl
# order-mail.t - who has paid gets a letter within seconds, and the warehouse the
# same bytes; a mail server that is away or hangs holds up no payment and no
# parcel: R56, R57, R60, R61;
# with the stand-in of Stripe and a real stock system.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use CheckoutRig;
use HatTest;
use IO::Select;
use IO::Socket::INET;
use JSON::PP;
use Test::More;
use Time::HiRes qw(time);

my $smtp = "$TOP/t/lib/smtp.sh";
my $rig = CheckoutRig->new(HatTest->mariadb, $ENV{HATSHOP_ENGINE} // 'sqlite');
my $dir = $rig->dir;
my $started = $$;
sub smtp { return system($smtp, "$dir/smtp", shift) >> 8 }
my $status = smtp('start');
plan skip_all => 'no mail server can be had here' if $status == 77;
BAIL_OUT('no mail server') if $status;
END {
	local $?; # the test's own
	smtp('stop') if defined $started && $$ == $started;
}

sub slurp {
	my ($file) = @_;
	open my $f, '<', $file or return '';
	local $/;
	return scalar(<$f>) // '';
}

open my $secrets, '>>', "$dir/secrets.conf" or die "secrets: $!\n";
print $secrets "mail.password = secret\n";
close $secrets or die "secrets: $!\n";
my $port = 0 + slurp("$dir/smtp/port");
$rig->rig->set('mail.host' => 'localhost', 'mail.port' => $port,
    'mail.ca' => "$dir/smtp/tls/ca.pem", 'mail.user' => 'shop', 'mail.from' => 'shop@hats.example',
    'mail.warehouse' => 'boss@hats.example');
$rig->courier->clock(pace => 0);
$rig->stock(q{UPDATE level SET qty = 20 WHERE art = 'A-1'});
$rig->level_shown('A-1', 20) or die "no mirror\n";

my $runner;
sub start_lifecycle {
	$runner = $rig->rig->fork;
	return if $runner;
	open STDERR, '>>', "$dir/lifecycle.log" or die "log: $!\n";
	exec "$BUILD/cron/lifecycle", '-f', "$dir/shop.conf", '-w', 600 or die "lifecycle: $!\n";
}

sub stop_lifecycle {
	kill 'TERM', $runner;
	waitpid $runner, 0;
	return;
}

# What the server has of this order's confirmation.
sub letters {
	my ($user) = @_;
	my $uid = $rig->order_uid($user);
	my @all = map { decode_json(slurp($_)) } glob "$dir/smtp/mail/*.json";
	my @mine = sort { $a->{to}[0] cmp $b->{to}[0] } grep { ($_->{id} // '') eq "$uid\@hats.example" } @all;
	return @mine;
}

# Buys 2 x A-1; when the gateway had the money.
sub bought {
	my ($user) = @_;
	my $v = $rig->customer($user);
	$rig->put_in($v, 'A-1', 2);
	my $r = $rig->place($v, $rig->review($v));
	$r = $rig->pay($v, $r, '4242424242424242');
	my $paid = time;
	$rig->settle($v, $r);
	return ($v, $paid);
}

sub both_get_the_same_bytes_within_seconds_R56_R61 {
	my ($v, $paid) = bought('ann');
	is($rig->order('ann', 'state'), 3, 'ann has paid');
	ok($rig->until(60, sub { letters('ann') == 2 }), 'R56, R57: two letters');
	diag(sprintf 'both letters were there %.1f s after the payment', time - $paid);
	my @m = letters('ann');
	is(join(' ', map { $_->{to}[0] } @m), 'ann@hats.example boss@hats.example', 'to the customer and the warehouse');
	is($m[0]{hash}, $m[1]{hash}, 'R61: byte by byte the same');
	my $page = $v->get($rig->url . '/order/' . $rig->order_uid('ann'));
	like($page->{content}, qr/$_/, "the history shows: $_") for 'Order placed', 'Paid', 'The confirmation went to your mailbox';
	my ($code, $out) = $rig->rig->run('ctl/shopctl', '-f', "$dir/shop.conf", 'journal', $rig->order('ann', 'id'));
	like($out, qr/\t$_\n?/, "with its witness: $_") for "captured\tstripe\t", "confirmation\tshop\t";
	($code, $out) = $rig->rig->run('ctl/shopctl', '-f', "$dir/shop.conf", 'mail', 'list', '--order', $rig->order('ann', 'id'));
	is(() = $out =~ /\tsent\t.*\torder\t/g, 2, 'shopctl mail knows the order of its letters');
	return;
}

# Booked, fetched and followed, with its letters waiting.
sub a_parcel_goes_on {
	my ($user, $how) = @_;
	my $id = $rig->order($user, 'id');
	my $is = sub { $rig->sales("SELECT $_[0] FROM parcel WHERE order_id = $id ORDER BY generation DESC LIMIT 1") };
	ok($rig->until(90, sub { $is->('state') == 2 }), "R60: ${user}'s parcel is booked while $how");
	for my $word (qw(COLLECTED IN_TRANSIT)) {
		$rig->courier->move($is->('tracking'), $word);
		ok($rig->until(90, sub { $is->('word') eq $word }), "R60: $word is heard while $how");
	}
	is($rig->sales("SELECT count(*) FROM outbox o JOIN letter l ON l.id = o.letter_id
	    WHERE l.order_id = $id AND l.kind = 'dispatched' AND o.state = 1"), 1, 'R60: its letter waits');
	return;
}

sub without_a_mail_server_money_is_taken_R60 {
	smtp('stop');
	for my $user (qw(bob eve)) {
		bought($user);
		ok($rig->until(60, sub { $rig->order($user, 'state') == 3 && $rig->order($user, 'captured') > 0 }), "R60: $user has paid");
	}
	a_parcel_goes_on('bob', 'the mail server is away');
	# one that is called, and says nothing
	my $mute = IO::Socket::INET->new(LocalAddr => '127.0.0.1', LocalPort => $port, Listen => 64, ReuseAddr => 1)
	    or die "port $port: $!\n";
	$rig->sales('UPDATE outbox SET next_at = 0 WHERE state = 1');
	$rig->until(90, sub { IO::Select->new($mute)->can_read(1) }) or fail('it is called');
	bought('sue');
	ok($rig->until(60, sub { $rig->order('sue', 'state') == 3 && $rig->order('sue', 'captured') > 0 }),
	    'R60: sue has paid while the mail server hangs');
	a_parcel_goes_on('sue', 'the mail server hangs');
	close $mute or die "port $port: $!\n";
	ok($rig->until(60, sub { $rig->sales('SELECT count(*) FROM inbox WHERE state = 1') == 0 }), 'R60: what the gateway tells is read');
	ok($rig->until(60, sub { $rig->sales(q{SELECT count(*) FROM outbox o JOIN letter l ON l.id = o.letter_id
	    WHERE l.kind = 'order' AND o.state = 1}) == 6 }), 'R60: their letters wait');
	stop_lifecycle(); # it would leave the server alone for a minute
	smtp('start');
	$rig->sales('UPDATE outbox SET next_at = 0 WHERE state = 1');
	start_lifecycle();
	for my $user (qw(bob eve sue)) {
		ok($rig->until(60, sub { letters($user) == 2 }), "R60: ${user}'s letters leave when it is back");
	}
	return;
}

start_lifecycle();
both_get_the_same_bytes_within_seconds_R56_R61();
without_a_mail_server_money_is_taken_R60();
ok($rig->until(60, sub { $rig->sales('SELECT count(*) FROM outbox WHERE state <> 2') == 0 }), 'nothing waits');
stop_lifecycle();
done_testing;
