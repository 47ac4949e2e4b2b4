#!/usr/bin/perl
# desk.t - the manager's desk: what waits, the word that an order is ready, and
# who may see it; on both engines: R63, R41.
use strict;
use warnings;
use utf8;
use Encode qw(decode);
use FindBin;
use lib "$FindBin::Bin/lib";
use CgiTest;
use HatTest;
use JSON::PP;
use Test::More;

binmode $_, ':encoding(UTF-8)' for Test::More->builder->output,
    Test::More->builder->failure_output;

my $shop;

sub one {
	my $row = $shop->sql($_[0]);
	chomp $row;
	return $row;
}

sub tool {
	local $ENV{HATSHOP_CONF} = $shop->{conf};
	open my $f, '-|', "$BUILD/t/order-tool", @_ or die "order-tool: $!\n";
	my $out = <$f>;
	close $f or die "order-tool @_ failed\n";
	return split ' ', $out // '';
}

# A process whose output is read later: [handle, file of its errors].
sub begin {
	my (@args) = @_;
	my $err = "$shop->{dir}/err-" . ++$shop->{commands};
	my $pid = open(my $f, '-|') // die "fork: $!\n";
	if (!$pid) {
		open STDERR, '>', $err or die "err: $!\n";
		local $ENV{SUDO_USER} = 'hattie';
		exec "$BUILD/ctl/shopctl", '-f', $shop->{conf}, @args or die "exec: $!\n";
	}
	return [ $f, $err ];
}

# Status, standard output, standard error.
sub end {
	my ($f, $err) = @{ $_[0] };
	local $/;
	my $out = decode('UTF-8', <$f> // '');
	close $f;
	my $status = $? >> 8;
	open my $in, '<:encoding(UTF-8)', $err or die "err: $!\n";
	return ($status, $out, <$in> // '');
}

sub shopctl { return end(begin(@_)) }

# An order of the customer, brought as far as it says; number and uid.
sub order {
	my ($customer, $to, @lines) = @_;
	my ($id, $uid) = tool('place', $customer, @lines);
	for my $step (qw(page authorised paid)) {
		tool($step, $id) if $to ne 'placed';
	}
	$shop->sql("UPDATE orders SET live = NULL WHERE id = $id");
	return ($id, $uid);
}

sub paid_orders_wait_oldest_first {
	my ($first, $second, $placed) = @_;
	$shop->sql("UPDATE orders SET paid_at = 5000 WHERE id = $second->[0]");
	my ($status, $out, $err) = shopctl('order', 'waiting');
	is("$status $err", "0 2 of 2 orders\n", 'R63: what waits is counted');
	is(join(' ', $out =~ /^(\d+)\t/mg), "$second->[0] $first->[0]", 'R63: paid longest first, and nothing unpaid');
	like($out, qr/^$second->[0]\t1970-01-01T01:23:20Z\t2\tStandard, 2 to 3 working days\tGB\t$second->[1]\t$/m,
	    'since when, pieces, option, country, uid');
	(undef, $out, $err) = shopctl('order', 'waiting', '-n', 1);
	is("$err" . ($out =~ s/\t.*//sr), "1 of 2 orders\n$second->[0]", 'as many as wanted');
	my $all = decode_json(Encode::encode('UTF-8', (shopctl('order', 'waiting', '--json'))[1]));
	is($all->[1]{uid}, $first->[1], 'and as JSON');
	return;
}

sub what_does_not_wait_is_not_ready {
	my ($first, $placed) = @_;
	my ($status, $out, $err) = shopctl('order', 'ready', $placed);
	is("$status $out$err", "1 shopctl: order $placed does not wait to be packed: it is pending\n", 'R63: unpaid');
	$shop->sql("UPDATE orders SET ending = 'x' WHERE id = $first");
	like((shopctl('order', 'ready', $first))[2], qr/it is paid, and to end$/, 'R63: to end');
	is((shopctl('order', 'waiting'))[1] =~ /^$first\t/m, '', 'nor does it wait');
	$shop->sql("UPDATE orders SET ending = '', refunded = captured WHERE id = $first");
	like((shopctl('order', 'ready', $first))[2], qr/it is paid, and its money went back$/, 'R63: given back');
	$shop->sql("UPDATE orders SET refunded = 0 WHERE id = $first");
	is(one("SELECT COUNT(*) FROM journal WHERE kind = 'ready'"), 0, 'nothing was told');
	is((shopctl('order', @$_))[0], 2, "usage: order @$_") for ['ready'], ['waiting', 'x'], ['ready', '--json', 1];
	return;
}

sub ready_is_said_once {
	my ($first, $second) = @_;
	$shop->sql("UPDATE orders SET next_at = 2000000000 WHERE id = $first->[0]");
	my @crowd = map { begin('order', 'ready', $first->[0]) } 1 .. 4;
	my @said = map { [ end($_) ] } @crowd;
	is(join(' ', map { $_->[0] } @said), '0 0 0 0', 'R63: four say so at once');
	is((grep { $_->[1] eq "order $first->[0] is ready\n" } @said), 1, 'one is the first');
	is((grep { $_->[1] eq "order $first->[0] was ready before\n" } @said), 3, 'to the others it was');
	is(one("SELECT witness FROM journal WHERE kind = 'ready'"), 'staff hattie', 'the journal has who said so, once');
	ok(abs(one("SELECT ready_at FROM orders WHERE id = $first->[0]") - time) < 60, 'and the order since when');
	ok(one("SELECT next_at FROM orders WHERE id = $first->[0]") <= time, 'what waits for it is looked at now');
	is((shopctl('order', 'waiting'))[1] =~ s/\t.*//sr, $second->[0], 'the other waits on');
	my ($status, $out, $err) = shopctl('order', 'ready', 99, $first->[1], 'x', $second->[1]);
	is($status, 1, 'several, and two that are not there');
	is($out, "order $first->[0] was ready before\norder $second->[0] is ready\n", 'do not keep the others');
	is($err, qq{shopctl: there is no order "x"\nshopctl: there is no order "99"\n}, 'and are told of');
	is((shopctl('order', 'waiting'))[2], "0 of 0 orders\n", 'nothing waits');
	return;
}

sub all_of_it {
	$shop->sql("INSERT INTO customer (id, uid, made_at, seen_at) VALUES (71, 'c71', 1, 1)");
	my @first = order(71, 'paid', 2, 2, 4, 1);
	$shop->sql("UPDATE item SET level = 100 WHERE id = 2");
	my @second = order(71, 'paid', 4, 2);
	my @placed = order(71, 'placed', 4, 2);
	paid_orders_wait_oldest_first(\@first, \@second);
	what_does_not_wait_is_not_ready($first[0], $placed[0]);
	ready_is_said_once(\@first, \@second);
	return;
}

$shop = CgiTest->new;
subtest 'on SQLite' => \&all_of_it;

my $server = HatTest->mariadb;
$server->sql('CREATE DATABASE shop CHARACTER SET utf8mb4');
$shop = CgiTest->new('db.engine' => 'mariadb', 'db.name' => 'shop', 'db.user' => 'root',
    'db.socket' => $server->socket);
$shop->{mariadb} = $server;
$shop->sql(q{INSERT INTO item (id, source_key, slug, price, level, added_at, changed_at, name, text)
    VALUES (2, 'B', 'a-fez-because', 1999, 3, 1, 1, 'A Fez, Because', 'x'),
	(4, 'D', 'the-duck', 50, 300, 1, 1, 'The Duck', 'x')});
$shop->confirm(time);
subtest 'on MariaDB' => \&all_of_it;
done_testing();
