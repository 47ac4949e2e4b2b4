#!/usr/bin/perl
# disputes.t - what a customer's bank asks back: believed after a look at the
# gateway, told to a person with its day, and counted: R48, R52, R53, R75.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use CheckoutRig;
use HatTest;
use JSON::PP qw(decode_json);
use Test::More;

my $rig = CheckoutRig->new(HatTest->mariadb, $ENV{HATSHOP_ENGINE} // 'sqlite');
$rig->stock(q{UPDATE level SET qty = 50 WHERE art = 'A-1'});
$rig->level_shown('A-1', 50) or die "no mirror\n";

sub order {
	return $rig->rig->run('ctl/shopctl', '-f', $rig->rig->conf, 'order', @_);
}

# A paid order: the visitor, its number, what the gateway calls the payment.
sub bought {
	my ($user, $gateway) = @_;
	my $v = $rig->customer($user);
	$rig->put_in($v, 'A-1', 1);
	my $r = $rig->place($v, $rig->review($v), gateway => $gateway);
	if ($gateway eq 'paypal') {
		my ($id) = $r->{headers}{location} =~ /token=(\w+)/;
		$rig->settle($v, $rig->wallet->approve($id));
	} else {
		$rig->settle($v, $rig->pay($v, $r, '4242424242424242'));
	}
	is($rig->order($user, 'state'), 3, "$user has paid with $gateway");
	my $id = $rig->order($user, 'id');
	return ($v, $id, $rig->sales("SELECT payment_object FROM payment WHERE order_id = $id AND state = 6"));
}

# What the bank does, told to the shop and read there.
sub bank {
	my ($gateway, $payment, @acts) = @_;
	my $box = $gateway eq 'paypal' ? $rig->wallet : $rig->box;
	my %kind = (warn => 'warning', inquire => 'dispute', dispute => 'dispute', answer => 'dispute-answered',
	    win => 'dispute-won', lose => 'dispute-lost');
	my ($order) = $rig->sales("SELECT order_id FROM payment WHERE payment_object = '$payment'");
	$box->dispute($payment, @acts);
	# the first of PayPal's waits for its certificate
	$rig->until(60, sub { $box->deliver(all => 'true'); $rig->lifecycle; kinds($order) =~ /$kind{$acts[-1]}$/ })
	    or diag("@acts: ", kinds($order));
	return;
}

sub kinds {
	my ($id) = @_;
	return join ' ', split /\n/, $rig->sales(
	    "SELECT replace(kind, ' ', '-') FROM journal WHERE order_id = $id AND (kind LIKE '%dispute%' OR kind LIKE '%warning%') ORDER BY id");
}

sub one_that_is_open_names_the_day {
	my ($gateway, $user) = @_;
	my ($v, $id, $payment) = bought($user, $gateway);
	my $uid = $rig->order_uid($user);
	bank($gateway, $payment, 'dispute');
	like($rig->order($user, 'attention'), qr/^$gateway: dispute \S+ \(\S+23\.94: \w+, by 20\d\d-\S+\): answer it there/,
	    "R52: $gateway: a person is told what to do by when");
	cmp_ok($rig->order($user, 'deadline'), '>', time + 6 * 86400, 'R52: the day is the gateway\'s');
	is(kinds($id), 'dispute', 'the journal has it, once');
	is($v->get($rig->url . "/order/cancel/$uid")->{status}, 409, 'R75: it cannot be cancelled now');
	unlike($v->get($rig->url . "/order/$uid")->{content}, qr/Cancel this order|du_1|PP-D-/, 'nor is it offered, nor our words shown');
	ok($rig->until(60, sub { $rig->lifecycle; $rig->order($user, 'next_at') > time + 3600 }),
	    'nobody looks at it all the time');
	is($rig->order($user, 'told'), 1, 'R56: the order is confirmed all the same');
	my ($status, $out) = order('refund', $id, '--yes');
	is($status, 1, 'R53: nothing is refunded beside it');
	like($out, qr/its payment is disputed/, 'R53: which is said');
	bank($gateway, $payment, 'answer');
	is($rig->order($user, 'attention') . $rig->order($user, 'deadline'), '0', 'answered: nobody has to do anything');
	is($v->get($rig->url . "/order/cancel/$uid")->{status}, 409, 'R75: still not');
	return ($v, $id, $payment, $uid);
}

sub one_that_is_won_changes_nothing {
	my ($gateway, $user) = @_;
	my ($v, $id, $payment, $uid) = one_that_is_open_names_the_day($gateway, $user);
	bank($gateway, $payment, 'win');
	is(kinds($id), 'dispute dispute-answered dispute-won', 'R48: won');
	is($rig->order($user, 'lost'), 0, 'nothing is gone');
	my $r = $v->get($rig->url . "/order/cancel/$uid");
	is($r->{status}, 200, 'R75: now it can be cancelled');
	$v->submit($r, {}, "/order/cancel/$uid");
	ok($rig->until(60, sub { $rig->lifecycle; $rig->order($user, 'state') == 5 }), 'R75: and is')
	    || diag(order('show', $id));
	is($rig->order($user, 'refunded'), $rig->order($user, 'total'), 'R75: with its money');
	is($rig->sales("SELECT count(*) FROM journal WHERE order_id = $id AND kind = 'refund letter'"), 0, 'one letter says both');
	is($rig->sales("SELECT count(*) FROM journal WHERE order_id = $id AND kind = 'end letter'"), 1, 'and it is sent');
	return;
}

sub one_that_is_lost_takes_the_money {
	my ($gateway, $user) = @_;
	my ($v, $id, $payment) = one_that_is_open_names_the_day($gateway, $user);
	order('cancel', $id, '--why', 'disputed', '--yes');
	is($rig->order($user, 'state'), 3, 'who is to end it waits for what is decided');
	is($rig->order($user, 'refunded'), 0, 'R53: and gives nothing twice');
	my $level = $rig->level('A-1');
	bank($gateway, $payment, 'lose');
	is($rig->order($user, 'lost'), $rig->order($user, 'total'), 'R52: all of it is gone');
	like(kinds($id), qr/dispute-lost$/, 'R48: lost');
	ok($rig->until(60, sub { $rig->lifecycle; $rig->order($user, 'state') == 5 }), 'R75: then it ends');
	is($rig->order($user, 'refunded'), 0, 'R53: it was no refund of ours');
	is($rig->level('A-1'), $level + 1, 'R75: the hat is back');
	my ($status, $out) = order('refund', $id, '--amount', '1.00', '--yes');
	is($status, 1, 'R53: nothing is left to refund');
	my @all = $rig->rig->run('ctl/shopctl', '-f', $rig->rig->conf, 'reconcile');
	unlike($all[1], qr/\border $id\b|\t$id\t/, 'and the books balance') or diag $all[1];
	return;
}

# Lost before its hats are there: somebody is called to keep them back.
sub one_that_is_lost_calls_for_its_parcel {
	my ($v, $id, $payment) = bought('eli', 'stripe');
	my $parcel = $rig->sales("SELECT id FROM parcel WHERE order_id = $id");
	bank('stripe', $payment, 'dispute');
	bank('stripe', $payment, 'lose');
	like($rig->order('eli', 'attention'),
	    qr/^stripe: dispute du_\w+: \S+23\.94 is gone by a lost dispute, stop the parcel if it can be stopped \(shopctl parcel cancel $parcel\)$/,
	    'R52: what is gone, and what can be done');
	is($rig->order('eli', 'deadline'), 0, 'R52: there is no day any more');
	unlike((order('waiting'))[1], qr/^$id\t/m, 'R63: it is not to be packed');
	my ($status, $out) = $rig->rig->run('ctl/shopctl', '-f', $rig->rig->conf, 'parcel', 'book', $id);
	is($status, 1, 'nor booked');
	like($out, qr/all that was paid for order $id is refunded or lost to a dispute: with --yes/, 'which is said');
	$rig->sales("UPDATE orders SET attention = '', attention_at = 0 WHERE id = $id");
	return;
}

sub a_warning_and_a_question_call_a_person {
	my ($v, $id, $payment) = bought('wil', 'stripe');
	$rig->sales("UPDATE orders SET attention = 'the parcel is lost', attention_at = 5 WHERE id = $id");
	bank('stripe', $payment, 'warn');
	like($rig->order('wil', 'attention'), qr/^stripe: fraud warning issfr_\w+ \(made_with_stolen_card, by \S+\): refund the order/,
	    'R52: a warning says what may be done');
	bank('stripe', $payment, 'inquire');
	like($rig->order('wil', 'attention'), qr/^stripe: dispute du_/, 'R52: what it warned of takes its place');
	bank('stripe', $payment, 'answer', 'win');
	is(kinds($id), 'fraud-warning fraud-warning-over dispute dispute-won', 'R48: each once');
	is($rig->order('wil', 'attention'), 'the parcel is lost', 'over; what else there is to look at stays');
	is($rig->order('wil', 'attention_at'), 5, 'since when too');
	$rig->sales("UPDATE orders SET attention = '', attention_at = 0 WHERE id = $id");
	return;
}

sub the_most_urgent_comes_first {
	my (undef, $first) = bought('una', 'stripe');
	my (undef, $second) = bought('val', 'stripe');
	$rig->sales("UPDATE orders SET attention = 'slow', attention_at = 5, deadline = 0 WHERE id = $first");
	$rig->sales("UPDATE orders SET attention = 'fast', attention_at = 9, deadline = 2000000000 WHERE id = $second");
	my ($status, $out) = order('list', '--attention', '--json');
	my @rows = map { $_->{order} } @{ decode_json($out =~ s/^\d+ orders?\n//mr) };
	is("@rows", "$second $first", 'R52: what has a day before what has none');
	($status, $out) = order('list', '--attention');
	like($out, qr/by 2033-05-18T03:33:20Z: fast/, 'and the day is shown');
	return;
}

sub what_cannot_be_settled_is_for_a_person {
	my $now = time;
	$rig->sales("INSERT INTO inbox (source, event, made_at, next_at, body) VALUES ('stripe', 'evt_gone', $now - 40 * 86400, 1, CAST('"
	    . '{"id":"evt_gone","object":"event","type":"charge.dispute.created","data":{"object":{"object":"dispute","id":"du_gone"}}}\' AS BLOB))');
	$rig->lifecycle;
	is($rig->sales("SELECT state FROM inbox WHERE event = 'evt_gone'"), 3, 'R52: a dispute that the gateway does not know');
	return;
}

one_that_is_won_changes_nothing('stripe', 'ann');
one_that_is_lost_takes_the_money('stripe', 'bob');
one_that_is_won_changes_nothing('paypal', 'cat');
one_that_is_lost_takes_the_money('paypal', 'dan');
one_that_is_lost_calls_for_its_parcel();
a_warning_and_a_question_call_a_person();
the_most_urgent_comes_first();
what_cannot_be_settled_is_for_a_person();
done_testing();
