#!/usr/bin/perl
# refund.t - money goes back from the command line, once, whatever is typed twice
# or lost on the way, and a paid order is ended money first: R23, R53, R75; with
# the stand-in of Stripe and a real stock system.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use CheckoutRig;
use HatTest;
use Test::More;

my $rig = CheckoutRig->new(HatTest->mariadb, $ENV{HATSHOP_ENGINE} // 'sqlite');
$rig->stock(q{UPDATE level SET qty = 20 WHERE art = 'A-1'});
$rig->level_shown('A-1', 20) or die "no mirror\n";

# Status and all output of "shopctl order ...".
sub order {
	return $rig->rig->run('ctl/shopctl', '-f', $rig->rig->conf, 'order', @_);
}

# A paid order of 2 x A-1 with this card; its number.
sub bought {
	my ($user, $card) = @_;
	my $v = $rig->customer($user);
	$rig->put_in($v, 'A-1', 2);
	my $r = $rig->place($v, $rig->review($v));
	$rig->settle($v, $rig->pay($v, $r, $card // '4242424242424242'));
	is($rig->order($user, 'state'), 3, "$user has paid");
	return ($v, $rig->order($user, 'id'));
}

# What the gateway gave back of this customer's payments.
sub given {
	my ($user) = @_;
	my $uid = $rig->order_uid($user);
	my $sum = 0;
	$sum += $_->{refunded} for grep { ($_->{order} // '') eq $uid } @{ $rig->box->books };
	return $sum;
}

sub money { return sprintf '%d.%02d', $_[0] / 100, $_[0] % 100 }

sub a_refund_typed_twice_is_one {
	my ($v, $id) = bought('ann');
	my $total = $rig->order('ann', 'total');
	my ($status, $out) = order('refund', $id, '--amount', '1.50');
	is($status, 1, 'R53: nothing goes back by mistake');
	is($out, "shopctl: with --yes \x{c2}\x{a3}1.50 of the \x{c2}\x{a3}" . money($total)
	    . " that were paid for order $id go back, as refund \"1.50\"\n", 'which is said');
	is(given('ann'), 0, 'nothing went');
	for my $time (1, 2) {
		($status, $out) = order('refund', $id, '--amount', '1.50', '--yes');
		is($status, 0, "R53: time $time");
		like($out, qr/refund "1\.50" of \S+1\.50 is done$/m, 'done');
		is($out =~ /it was asked for before/ ? 2 : 1, $time, 'which is said the second time');
		is(given('ann'), 150, 'once');
	}
	($status, $out) = order('refund', $id, '--amount', '1.50', '--reference', 'the second', '--yes');
	is($status, 0, 'R53: another name is another refund');
	is(given('ann'), 300, 'so it is');
	($status, $out) = order('refund', $id, '--amount', money($total), '--reference', 'x', '--yes');
	is("$status$out", "1shopctl: that is more than is left of what was paid\n", 'R53: never more than was paid');
	for my $time (1, 2) {
		($status) = order('refund', $id, '--yes');
		is($status, 0, "R53: all that is left, time $time");
	}
	is(given('ann'), $total, 'R53: the rest, once');
	is($rig->order('ann', 'refunded'), $total, 'and the order says so');
	($status, $out) = order('refund', $id, '--reference', 'more', '--yes');
	is("$status$out", "1shopctl: nothing is left to refund of order $id\n", 'R53: nothing is left');
	my $r = $v->get($rig->url . '/order/' . $rig->order_uid('ann'));
	like($r->{content}, qr/Refunded.*1\.50/s, 'R53: the customer sees it');
	$r = $v->get($rig->url . '/checkout/return/' . $rig->order_uid('ann'));
	like($r->{headers}{location}, qr{/order/[0-9a-f]+$}, 'nobody is thanked for what went back');
	is($rig->level('A-1'), 18, 'the hats stay sold');
	return;
}

sub what_is_typed_wrong_moves_no_money {
	my ($v, $id) = bought('bob');
	for my $amount ('0', '-1.00', 'x', '1.005', '99999999999999999999') {
		my ($status, $out) = order('refund', $id, '--amount', $amount, '--yes');
		is("$status$out", qq{1shopctl: "$amount" is no amount to refund, like 12.50\n}, "R53: $amount");
	}
	is((order('refund', $id, '--reference', '', '--yes'))[0], 2, 'an empty name');
	is((order('refund', 99, '--yes'))[0], 1, 'no such order');
	is(given('bob'), 0, 'nothing went');
	$rig->put_in($v, 'A-1', 1);
	$rig->place($v, $rig->review($v));
	my $unpaid = $rig->order('bob', 'id');
	is((order('refund', $unpaid, '--yes'))[1], "shopctl: order $unpaid was never paid\n", 'what was never paid');
	order('cancel', $unpaid, '--why', 'done with it');
	return;
}

sub lost_answers_give_once {
	my ($v, $id) = bought('cat');
	for my $kind ('cut-before', 'cut-after', 'error-after') {
		$rig->box->faults(kind => $kind, on => 'refund');
		my ($status, $out) = order('refund', $id, '--amount', '1.00', '--reference', $kind, '--yes');
		ok($rig->until(60, sub { $rig->lifecycle; given('cat') > 0
		    && $rig->sales("SELECT count(*) FROM refund WHERE state IN (1, 2)") == 0 }), "R53: $kind: it is settled");
		my ($state) = $rig->sales("SELECT state FROM refund WHERE reference = '$kind'");
		is(given('cat'), $rig->order('cat', 'refunded'), "R53: $kind: both sides say the same");
		is($state, 3, "R53: $kind: given");
	}
	is(given('cat'), 300, 'R53: each once');
	return;
}

sub a_paid_order_ends_money_first {
	my ($v, $id) = bought('dan');
	my $level = $rig->level('A-1');
	my ($status, $out) = order('cancel', $id, '--why', 'does not fit', '--yes');
	is($status, 0, 'R75: cancelled');
	is(given('dan'), $rig->order('dan', 'total'), 'R75: all of the money');
	is($rig->level('A-1'), $level + 2, 'R75: all of the hats');
	is($rig->order('dan', 'state'), 5, 'R75: and the order');
	order('cancel', $id, '--why', 'again', '--yes') for 1, 2;
	is($rig->level('A-1'), $level + 2, 'R23: nothing goes back twice');
	is(given('dan'), $rig->order('dan', 'total'), 'nor money');
	ok($rig->until(60, sub { $rig->sales('SELECT COALESCE(SUM(held), 0) FROM item') == 0 }), 'nothing is held');
	ok($rig->level_shown('A-1', $level + 2), 'the shop shows them again');
	return;
}

# Stripe's own test card for it.
sub a_refund_that_fails_later_calls_a_person {
	my ($v, $id) = bought('eve', '4000000000005126');
	order('refund', $id, '--amount', '1.00', '--yes');
	$rig->box->clock(86400);
	ok($rig->until(60, sub { $rig->box->deliver(all => 'true'); $rig->lifecycle; $rig->order('eve', 'attention') ne '' }), 'R53: a person is told')
	    || diag $rig->sales('SELECT * FROM refund');
	is($rig->order('eve', 'refunded'), 0, 'R53: what did not arrive is not given');
	return;
}

a_refund_typed_twice_is_one();
what_is_typed_wrong_moves_no_money();
lost_answers_give_once();
a_paid_order_ends_money_first();
a_refund_that_fails_later_calls_a_person();
done_testing();
