#!/usr/bin/perl
# reconcile.t - one command compares all books: none of a shop at work differs,
# and each planted fault is found, with a repair, and nothing else: R23, R48, R52,
# R53; with the stand-ins of Stripe and PayPal and a real stock system.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use CheckoutRig;
use HatTest;
use JSON::PP;
use Test::More;

my $rig = CheckoutRig->new(HatTest->mariadb, $ENV{HATSHOP_ENGINE} // 'sqlite');
$rig->stock(q{UPDATE level SET qty = 40 WHERE art = 'A-1'});
$rig->level_shown('A-1', 40) or die "no mirror\n";

# Exit status and the differences of "shopctl reconcile".
sub reconcile {
	my ($status, $out) = $rig->rig->run('ctl/shopctl', '-f', $rig->rig->conf, 'reconcile', '--json', @_);
	my $all = eval { decode_json($out) };
	diag("status $status: $out") if !$all;
	return ($status, $all // []);
}

# "kind name" of each.
sub differences {
	my (undef, $all) = reconcile(@_);
	return join "\n", sort map { "$_->{kind} $_->{name}" } @$all;
}

sub order { my ($user, $field) = @_; return $rig->order($user, $field) }

sub bought {
	my ($user, $card) = @_;
	my $v = $rig->customer($user);
	$rig->put_in($v, 'A-1', 2);
	my $r = $rig->pay($v, $rig->place($v, $rig->review($v)), $card // '4242424242424242');
	$rig->settle($v, $r) if $r->{headers}{location};
	return $v;
}

sub quiet {
	return $rig->until(30, sub { $rig->lifecycle;
	    $rig->sales('SELECT count(*) FROM hold WHERE state = 1') == 0
	    && $rig->sales("SELECT count(*) FROM orders WHERE told = 0 AND state = 3") == 0
	    && $rig->sales('SELECT count(*) FROM inbox WHERE state = 1') == 0 });
}

# One fault: the statements that plant it and take it away; what is found.
sub finds {
	my ($name, $plant, $mend, $expected, $repair) = @_;
	$rig->sales($_) for ref $plant ? @$plant : $plant;
	my ($status, $all) = reconcile();
	my $found = join "\n", sort map { "$_->{kind} $_->{name}" } @$all;
	is($status, 1, "$name: exit status 1");
	is($found, $expected, "$name: found, and nothing else");
	like($all->[0]{repair} // '', $repair, "$name: with its repair");
	$rig->sales($_) for ref $mend ? @$mend : $mend;
	is(differences(), '', "$name: gone with its cause");
	return;
}

sub a_busy_shop_has_no_difference {
	is((reconcile())[0], 0, 'R52: nothing was sold yet');
	bought('ann');
	is(order('ann', 'state'), 3, 'ann has paid');
	is(differences(), '', 'R52: at once after a sale');
	bought('bob');
	bought('dan', '4000000000000002'); # declined
	$rig->rig->run('ctl/shopctl', '-f', $rig->rig->conf, 'order', 'refund', order('ann', 'id'), '--amount', '1.50', '--yes');
	$rig->rig->run('ctl/shopctl', '-f', $rig->rig->conf, 'order', 'cancel', order('bob', 'id'), '--why', 'too small', '--yes');
	is(order('bob', 'state'), 5, 'bob has his money back');
	my $v = $rig->customer('eve');
	$rig->put_in($v, 'A-1', 1);
	$rig->place($v, $rig->review($v));
	is(differences(), '', 'R52: sales, refunds, cancels and payments under way are none');
	$rig->rig->run('ctl/shopctl', '-f', $rig->rig->conf, 'order', 'cancel', order('dan', 'id'), '--why', 'no money');
	$rig->rig->run('ctl/shopctl', '-f', $rig->rig->conf, 'order', 'cancel', order('eve', 'id'), '--why', 'no time');
	ok(quiet(), 'all is done');
	is((reconcile('--settle', 0))[0], 0, 'R52: nor is there any when nothing may be under way');
	return;
}

sub what_is_ours_alone {
	my ($ann, $bob) = map { $rig->order_uid($_) } 'ann', 'bob';
	finds('a refund that the order does not know', "UPDATE orders SET refunded = 0 WHERE uid = '$ann'",
	    "UPDATE orders SET refunded = 150 WHERE uid = '$ann'", "refunded $ann", qr/order show/);
	my $total = order('bob', 'total');
	finds('an order that has not been told', "UPDATE orders SET told = 0, paid_at = paid_at - 3600 WHERE uid = '$ann'",
	    "UPDATE orders SET told = 1 WHERE uid = '$ann'", "not-told $ann", qr/^shopctl order advance/);
	finds('an order that nobody looks at', "UPDATE orders SET next_at = made_at - 7200 WHERE uid = '$ann'",
	    "UPDATE orders SET next_at = 9223372036854775807 WHERE uid = '$ann'", "overdue $ann", qr/lifecycle/);
	finds('an order for a person', "UPDATE orders SET attention = 'odd' WHERE uid = '$ann'",
	    "UPDATE orders SET attention = '' WHERE uid = '$ann'", "attention $ann", qr/person/);
	finds('an item held by nobody', q{UPDATE item SET held = held + 1 WHERE source_key = 'A-1'},
	    q{UPDATE item SET held = held - 1 WHERE source_key = 'A-1'}, 'held A-1', qr/set item\.held to 0/);
	my $hold = "order_uid = '$bob'";
	finds('a hold of an order that has ended',
	    ["UPDATE hold SET state = 1, made_at = made_at - 3600 WHERE $hold",
		"UPDATE orders SET ended_at = ended_at - 3600 WHERE uid = '$bob'",
		q{UPDATE item SET held = held + 2 WHERE source_key = 'A-1'}],
	    ["UPDATE hold SET state = 2 WHERE $hold", q{UPDATE item SET held = held - 2 WHERE source_key = 'A-1'}],
	    "hold $bob", qr/order advance/);
	finds('an event for a person', 'INSERT INTO inbox (source, event, state, made_at, next_at, body) '
	    . "VALUES ('stripe', 'evt_odd', 3, 1, 1, X'7B7D')",
	    "DELETE FROM inbox WHERE event = 'evt_odd'", 'event evt_odd', qr/shopctl inbox show \d+, then shopctl replay/);
	return;
}

sub what_is_typed_wrong_is_said {
	for my $args (['x'], ['--since', 'yesterday'], ['--settle', '-1'], ['--since'], ['--all']) {
		my ($status, $out) = $rig->rig->run('ctl/shopctl', '-f', $rig->rig->conf, 'reconcile', @$args);
		is($status, 2, "reconcile @$args");
	}
	is((reconcile('--since', $_))[0], 0, "since $_") for '2026-01-01', '2026-01-01T00:00:00Z', 0;
	return;
}

a_busy_shop_has_no_difference();
what_is_typed_wrong_is_said();
what_is_ours_alone();
done_testing();
