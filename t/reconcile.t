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
	$out =~ s/^shopctl: note: .*\n//mg;
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

sub by_paypal {
	my ($user) = @_;
	my $v = $rig->customer($user);
	$rig->put_in($v, 'A-1', 1);
	my $r = $rig->place($v, $rig->review($v), gateway => 'paypal');
	my ($id) = $r->{headers}{location} =~ m{/checkoutnow\?token=(\w+)$};
	return $rig->settle($v, $rig->wallet->approve($id));
}

sub quiet {
	return $rig->until(60, sub { $rig->lifecycle;
	    $rig->sales('SELECT count(*) FROM hold WHERE state = 1') == 0
	    && $rig->sales("SELECT count(*) FROM orders WHERE told = 0 AND state = 3") == 0
	    && $rig->sales('SELECT count(*) FROM parcel WHERE state = 1') == 0
	    && $rig->sales('SELECT count(*) FROM orders WHERE next_at <= ' . time) == 0
	    && $rig->sales('SELECT count(*) FROM inbox WHERE state = 1') == 0 });
}

# A statement for the sales database, or a function.
sub plant {
	my ($what) = @_;
	return ref $what ? $what->() : $rig->sales($what);
}

my %found; # kinds that a planted fault has brought

# One fault: the statements that plant it and take it away; what is found.
sub finds {
	my ($name, $plant, $mend, $expected, $repair) = @_;
	plant($_) for ref $plant eq 'ARRAY' ? @$plant : $plant;
	my ($status, $all) = reconcile();
	my $found = join "\n", sort map { "$_->{kind} $_->{name}" } @$all;
	$found{ $_->{kind} } = 1 for @$all;
	is($status, 1, "$name: exit status 1");
	is($found, $expected, "$name: found, and nothing else");
	like($all->[0]{repair} // '', $repair, "$name: with its repair");
	plant($_) for ref $mend eq 'ARRAY' ? @$mend : $mend;
	is(differences(), '', "$name: gone with its cause");
	return;
}

sub a_busy_shop_has_no_difference {
	is((reconcile())[0], 0, 'R52: nothing was sold yet');
	bought('ann');
	is(order('ann', 'state'), 3, 'ann has paid');
	is(differences(), '', 'R52: at once after a sale');
	bought('bob');
	by_paypal('cat');
	is(order('cat', 'state'), 3, 'cat has paid by PayPal');
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
	# without its attempt, or syncd mends it
	finds('a hold of an order that has ended',
	    ["UPDATE hold SET state = 1, attempt = '', made_at = made_at - 3600 WHERE $hold",
		"UPDATE orders SET ended_at = ended_at - 3600 WHERE uid = '$bob'",
		q{UPDATE item SET held = held + 2 WHERE source_key = 'A-1'}],
	    ["UPDATE hold SET state = 2 WHERE $hold", q{UPDATE item SET held = held - 2 WHERE source_key = 'A-1'}],
	    "hold $bob", qr/order advance/);
	finds('an event for a person', 'INSERT INTO inbox (source, event, state, made_at, next_at, body) '
	    . "VALUES ('stripe', 'evt_odd', 3, 1, 1, X'7B7D')",
	    "DELETE FROM inbox WHERE event = 'evt_odd'", 'event evt_odd', qr/shopctl inbox show \d+, then shopctl replay/);
	return;
}

# Sums that one unit writes, changed by other hands.
sub what_the_orders_say_of_their_money {
	my ($ann, $bob) = map { $rig->order_uid($_) } 'ann', 'bob';
	my $id = order('ann', 'id');
	finds('a capture that no payment has', "UPDATE orders SET captured = captured + 1 WHERE uid = '$ann'",
	    "UPDATE orders SET captured = captured - 1 WHERE uid = '$ann'", "captured $ann", qr/^the database was changed/);
	finds('a paid order without goods', "UPDATE payment SET goods = 0 WHERE order_id = $id",
	    "UPDATE payment SET goods = 1 WHERE order_id = $id", "paid-without-goods $ann", qr/^shopctl order cancel $id /);
	my ($back, $kept) = (order('bob', 'refunded'), order('bob', 'id'));
	finds('an order that has ended and keeps money',
	    ["UPDATE orders SET refunded = 0 WHERE uid = '$bob'", "UPDATE refund SET state = 4 WHERE order_id = $kept"],
	    ["UPDATE orders SET refunded = $back WHERE uid = '$bob'", "UPDATE refund SET state = 3 WHERE order_id = $kept"],
	    "money-kept $bob\nrefund-after-all " . attempt('bob'), qr/^shopctl order refund $kept /);
	return;
}

# A sale that no gateway knows of: its payment says that it failed.
sub a_paid_order_without_money {
	my ($uid, $id) = ($rig->order_uid('cat'), order('cat', 'id'));
	my ($sum, $state, $changed) = split /[|\t]/, $rig->sales("SELECT captured || '|' || state || '|' || changed_at FROM payment WHERE order_id = $id");
	finds('a paid order without money',
	    ["UPDATE payment SET state = 8, captured = 0, goods = 3, changed_at = $changed WHERE order_id = $id",
		"UPDATE orders SET captured = 0 WHERE id = $id"],
	    ["UPDATE payment SET state = $state, captured = $sum, goods = 1 WHERE order_id = $id", "UPDATE orders SET captured = $sum WHERE id = $id"],
	    "paid-without-money $uid", qr/^send nothing; shopctl order show $id/);
	return;
}

# syncd rests, so that nothing mends what it would.
sub what_the_mirror_says {
	my ($ann, $id) = ($rig->order_uid('ann'), order('ann', 'id'));
	finds('a hold of a paid order that stays',
	    ["UPDATE hold SET state = 1, attempt = '' WHERE order_uid = '$ann'", "UPDATE orders SET paid_at = paid_at - 3600 WHERE id = $id",
		q{UPDATE item SET held = held + 2 WHERE source_key = 'A-1'}],
	    ["UPDATE hold SET state = 2 WHERE order_uid = '$ann'", q{UPDATE item SET held = held - 2 WHERE source_key = 'A-1'}],
	    "hold-stays $ann", qr/^shopctl stock compare --repair$/);
	$rig->rig->stop($rig->{syncd});
	my $at = $rig->sales('SELECT confirmed_at FROM mirror');
	finds('a mirror that nobody keeps', 'UPDATE mirror SET confirmed_at = confirmed_at - 7200',
	    "UPDATE mirror SET confirmed_at = $at", 'mirror ', qr/^see that syncd runs/);
	$rig->{syncd} = $rig->rig->start;
	ok($rig->until(60, sub { $rig->sales('SELECT confirmed_at FROM mirror') > $at }), 'syncd is at it again');
	return;
}

# A paper of an order, and its number used.
sub paper {
	my ($id, $refund, $series) = @_;
	return ("INSERT INTO series (name, year, next) VALUES ('$series', 2020, 2)",
	    'INSERT INTO invoice (order_id, refund_id, number, made_at, total, tax, currency, bytes)'
	    . " VALUES ($id, $refund, '$series-2020-00001', 1, 1, 0, 'GBP', X'25')");
}

sub no_papers { my ($id) = @_; return ("DELETE FROM invoice WHERE order_id = $id", 'DELETE FROM series WHERE year = 2020') }

sub what_parcels_and_invoices_say {
	my ($ann, $cat) = map { $rig->order_uid($_) } 'ann', 'cat';
	my ($id, $cats) = (order('ann', 'id'), order('cat', 'id'));
	my ($state, $carrier, $changed) = split /[|\t]/, $rig->sales("SELECT state || '|' || carrier || '|' || changed_at FROM parcel WHERE order_id = $id");
	my ($closed, $paid) = map { "UPDATE orders SET state = $_ WHERE id = " } 4, 3;
	finds('a loss that no payment has', "UPDATE orders SET lost = 1 WHERE id = $id", "UPDATE orders SET lost = 0 WHERE id = $id",
	    "lost $ann", qr/^the database was changed/);
	finds('a paid order without a parcel',
	    ["UPDATE parcel SET state = 5 WHERE order_id = $id", "UPDATE orders SET paid_at = paid_at - 3600 WHERE id = $id"],
	    "UPDATE parcel SET state = $state WHERE order_id = $id", "no-parcel $ann", qr/^shopctl parcel book $id$/);
	finds('an order that is delivered and not closed',
	    "UPDATE parcel SET carrier = 5, changed_at = changed_at - 3600 WHERE order_id = $id",
	    "UPDATE parcel SET carrier = $carrier, changed_at = $changed WHERE order_id = $id", "not-closed $ann", qr/company\.address/);
	finds('a closed order without an invoice', "$closed$id", "$paid$id", "no-invoice $ann", qr/order show $id/);
	finds('an invoice of an order that goes on', [ paper($cats, 0, 'INV') ], [ no_papers($cats) ], "invoice-early $cat", qr/order show $cats/);
	finds('a refund without its credit note',
	    [ paper($id, 0, 'INV'), "$closed$id", "UPDATE refund SET changed_at = changed_at - 3600 WHERE order_id = $id" ],
	    [ no_papers($id), "$paid$id" ], "no-credit-note $ann", qr/lifecycle -n/);
	finds('a return whose money was not asked for', q{INSERT INTO goods_return (uid, order_id, state, made_at, decided_at, amount)}
	    . " VALUES ('1', $cats, 2, 1, 1, 500)", q{DELETE FROM goods_return WHERE uid = '1'},
	    "return-unpaid $cat", qr/^shopctl order advance $cats$/);
	$rig->sales('INSERT INTO refund (order_id, payment_id, state, amount, made_at, changed_at, reference, witness)'
	    . " SELECT order_id, id, 4, 100, 1, 1, 'failed', 'staff' FROM payment WHERE order_id = $cats");
	my $failed = $rig->sales(q{SELECT id FROM refund WHERE reference = 'failed'});
	finds('a credit note whose refund failed', [ paper($cats, 0, 'INV'), paper($cats, $failed, 'CN'), "$closed$cats" ],
	    [ no_papers($cats), "$paid$cats" ], "credit-note-failed $cat", qr/^a person must look/);
	finds('a number that no paper has', q{INSERT INTO series (name, year, next) VALUES ('INV', 2020, 2)},
	    'DELETE FROM series WHERE year = 2020', 'number-gap INV-2020', qr/backup/);
	return;
}

sub attempt { my ($user) = @_; return $rig->sales('SELECT uid FROM payment WHERE order_id = ' . order($user, 'id')) }

# The claims of a customer's order, an hour old.
sub claims {
	my ($user, $change) = @_;
	my $uid = attempt($user);
	return sub { $rig->stock("UPDATE hatshop.claim SET $change WHERE attempt = '$uid'") };
}

sub older { return sub { $rig->sales("UPDATE $_ SET changed_at = changed_at - 3600") for 'payment' } }

sub what_the_stock_system_says {
	my ($ann, $bob) = map { attempt($_) } 'ann', 'bob';
	older()->();
	finds('goods that are not given back', claims('bob', 'returned = 0'), claims('bob', 'returned = qty'),
	    "claim-kept $bob", qr/^give back/);
	finds('goods of a paid order that are not taken', claims('ann', 'returned = qty'), claims('ann', 'returned = 0'),
	    "claim-missing $ann", qr/order show \d+ --claims/);
	my $nobody = 'f' x 32;
	my $level = $rig->level('A-1');
	finds('goods taken for nobody', sub { $rig->stock('INSERT INTO hatshop.claim (attempt, item, kind, qty, made_at)'
	    . " VALUES ('$nobody', 'A-1', 'take', 3, NOW() - INTERVAL 1 HOUR)") },
	    sub { goods_of_nobody_go_back_once($nobody, $level) },
	    "claim-without-order $nobody", qr/^shopctl stock give-back $nobody --yes$/);
	my ($status, $out) = give_back($ann, '--yes');
	is($status, 1, 'R48: what has an order is refused');
	like($out, qr/is a payment of order \d+: see shopctl order show \d+ --claims/, 'and said which');
	($status, $out) = give_back('e' x 32, '--yes');
	is($status, 1, 'a key that nobody has');
	like($out, qr/the stock system has no claim/, 'is said');
	is((give_back($_))[0], 2, "\"$_\" is no key") for 'x', 'F' x 32, 'f' x 31;
	return;
}

sub give_back { return $rig->rig->run('ctl/shopctl', '-f', $rig->rig->conf, 'stock', 'give-back', @_) }

# The command that was proposed.
sub goods_of_nobody_go_back_once {
	my ($nobody, $level) = @_;
	my ($status, $out) = give_back($nobody);
	is($status, 1, 'without --yes nothing is done');
	like($out, qr/with --yes 3 pieces that were taken as "$nobody" go back/, 'but said');
	is($rig->level('A-1'), $level, 'the level is as it was');
	($status, $out) = give_back($nobody, '--yes');
	is($status, 0, 'R48: given back');
	like($out, qr/shopctl\[\d+\].*goods without an order were given back attempt=$nobody item=A-1 qty=3 by=staff/, 'with a line of the log');
	like($out, qr/^A-1: 3 given back$/m, 'and an answer');
	($status, $out) = give_back($nobody, '--yes');
	is($status, 0, 'once more');
	like($out, qr/^nothing of it is taken any more$/m, 'changes nothing');
	is($rig->level('A-1'), $level + 3, 'R48: once');
	return;
}

# What Stripe calls the payment of this customer's order.
sub intent { my ($user) = @_; return $rig->sales("SELECT payment_object FROM payment WHERE uid = '" . attempt($user) . q{'}) }

sub what_stripe_says {
	my $ann = attempt('ann');
	my $id = order('ann', 'id');
	finds('another amount captured',
	    ["UPDATE payment SET captured = captured - 1 WHERE uid = '$ann'", "UPDATE orders SET captured = captured - 1 WHERE id = $id"],
	    ["UPDATE payment SET captured = captured + 1 WHERE uid = '$ann'", "UPDATE orders SET captured = captured + 1 WHERE id = $id"],
	    "captured-there $ann", qr/order show/);
	finds('a refund made at the gateway itself',
	    sub { my $r = $rig->box->call(POST => 'refunds', { payment_intent => intent('ann'), amount => 100 }, key => 'by-hand');
		is($r->{status}, 200, 'given by hand') },
	    ['INSERT INTO refund (order_id, payment_id, state, amount, made_at, changed_at, reference, witness)'
		. " SELECT order_id, id, 3, 100, 1, 1, 'by hand', 'staff' FROM payment WHERE uid = '$ann'",
		"UPDATE orders SET refunded = refunded + 100 WHERE id = $id"],
	    "refunded-there $ann", qr/a refund was made at stripe itself/);
	return;
}

# One runner was told no, another yes, which died before it could write that.
sub a_refund_that_failed_here_is_done_there {
	my ($cat, $id) = (attempt('cat'), order('cat', 'id'));
	my @shopctl = ('ctl/shopctl', '-f', $rig->rig->conf);
	my ($status, $out) = $rig->rig->run(@shopctl, 'order', 'refund', $id, '--amount', '0.70', '--yes');
	is($status, 0, 'refunded') or diag($out);
	my $refund = "order_id = $id AND amount = 70";
	my @failed = ("UPDATE refund SET state = 4, object = '' WHERE $refund", "UPDATE orders SET refunded = refunded - 70 WHERE id = $id");
	my $is = sub { return $rig->sales("SELECT state || ' ' || (object <> '') FROM refund WHERE $refund") };
	my $sum = order('cat', 'refunded');
	finds('a refund that is done although it had failed', \@failed, sub { $rig->rig->run(@shopctl, 'order', 'advance', $id) },
	    "refund-after-all $cat", qr/^shopctl order advance $id$/);
	is($is->(), '3 1', 'R53: it is done, and named');
	is(order('cat', 'refunded'), $sum, 'R52: counted once');
	$rig->sales($_) for @failed;
	# of events that cannot be proven yet, few are taken at a time
	ok($rig->until(60, sub { $rig->wallet->deliver(all => 'true'); $rig->lifecycle; $is->() eq '3 1' }),
	    "R53: PayPal's event of it opens it again");
	ok(quiet(), 'all is read');
	is(order('cat', 'refunded'), $sum, 'R52: counted once');
	return;
}

# Captured there, and we still wait for it.
sub money_that_nobody_has_followed {
	bought('ida');
	ok(quiet(), 'ida has hats');
	my ($ida, $id, $sum) = (attempt('ida'), order('ida', 'id'), order('ida', 'captured'));
	older()->();
	claims('ida', 'made_at = made_at - INTERVAL 1 HOUR')->();
	finds('a capture that was not followed',
	    ["UPDATE payment SET state = 5, captured = 0, live = $id, changed_at = changed_at - 3600 WHERE uid = '$ida'",
		"UPDATE orders SET captured = 0, state = 2 WHERE id = $id"],
	    ["UPDATE payment SET state = 6, captured = $sum, live = NULL WHERE uid = '$ida'", "UPDATE orders SET captured = $sum, state = 3 WHERE id = $id"],
	    "not-followed $ida", qr/^shopctl order advance $id$/);
	finds('money of a payment that is over',
	    ["UPDATE payment SET state = 8, captured = 0, goods = 3 WHERE uid = '$ida'", "UPDATE orders SET captured = 0, state = 2 WHERE id = $id"],
	    ["UPDATE payment SET state = 6, captured = $sum, goods = 1 WHERE uid = '$ida'", "UPDATE orders SET captured = $sum, state = 3 WHERE id = $id"],
	    "captured-there $ida\nclaim-kept $ida", qr/^give back by hand/);
	return;
}

sub money_is_reserved_for_what_is_over {
	my $v = $rig->customer('gil');
	$rig->put_in($v, 'A-1', 1);
	$rig->pay($v, $rig->place($v, $rig->review($v)), '4242424242424242');
	my ($gil, $uid, $id) = (attempt('gil'), $rig->order_uid('gil'), order('gil', 'id'));
	my ($pi) = map { $_->{id} } grep { ($_->{metadata}{attempt} // '') eq $gil }
	    @{ $rig->box->call(GET => 'payment_intents')->{json}{data} };
	finds('money reserved for what is over',
	    ["UPDATE payment SET state = 10, live = NULL, changed_at = changed_at - 3600 WHERE uid = '$gil'",
		"UPDATE orders SET state = 5, live = NULL, next_at = 9223372036854775807 WHERE id = $id",
		"UPDATE hold SET state = 3 WHERE order_uid = '$uid'",
		q{UPDATE item SET held = held - 1 WHERE source_key = 'A-1'}],
	    sub { $rig->box->call(POST => "payment_intents/$pi/cancel", {}, key => 'cancel-by-hand') },
	    "reserved-there $gil", qr/^cancel payment \Q$pi\E at stripe$/);
	return;
}

sub lose {
	my ($id, $uid) = @_;
	$rig->sales($_) for "DELETE FROM journal WHERE order_id = $id", "DELETE FROM payment_call WHERE payment_id IN
	    (SELECT id FROM payment WHERE order_id = $id)", "DELETE FROM parcel_event WHERE parcel_id IN
	    (SELECT id FROM parcel WHERE order_id = $id)", (map { "DELETE FROM $_ WHERE order_id = $id" } 'parcel', 'payment', 'order_line'),
	    "DELETE FROM hold WHERE order_uid = '$uid'", "DELETE FROM orders WHERE id = $id";
	return;
}

# An order that an older copy of the sales database does not know.
sub a_restored_backup_misses_an_order {
	bought('hal');
	ok(quiet(), 'hal has hats');
	my ($hal, $uid, $id) = (attempt('hal'), $rig->order_uid('hal'), order('hal', 'id'));
	claims('hal', 'made_at = made_at - INTERVAL 1 HOUR')->();
	lose($id, $uid);
	is(differences(), "claim-without-order $hal\nmoney-without-order $uid", 'R52: goods and money of a lost order are listed');
	my (undef, $all) = reconcile();
	$found{ $_->{kind} } = 1 for @$all;
	like(join("\n", map { $_->{repair} } @$all), qr/^shopctl stock give-back $hal --yes\nrefund payment pi_\w+ at stripe$/, 'to go back');
	my $level = $rig->level('A-1');
	is((give_back($hal, '--yes'))[0], 0, 'R48: the goods go back');
	is($rig->level('A-1'), $level + 2, 'to their place');
	is(differences(), "money-without-order $uid", 'the money is left');
	return;
}

# What PayPal calls the payment of this customer's order, and its order.
sub paypals { my ($user, $field) = @_; return $rig->sales("SELECT $field FROM payment WHERE uid = '" . attempt($user) . q{'}) }

sub given_back {
	my ($capture, $sum, $key) = @_;
	my $r = $rig->wallet->call(POST => "/v2/payments/captures/$capture/refund", $sum ? { amount => { currency_code => 'GBP', value => $sum } } : '{}',
	    key => $key);
	return is($r->{status}, 201, 'given back by hand') || diag($r->{content});
}

# An order that an older copy of the sales database does not know, at PayPal.
sub a_restored_backup_misses_an_order_of_paypal {
	my $before = differences();
	by_paypal('jan');
	ok(quiet(), 'jan has a hat');
	my ($jan, $uid, $id) = (attempt('jan'), $rig->order_uid('jan'), order('jan', 'id'));
	my ($capture, $checkout) = map { paypals('jan', $_) } 'payment_object', 'checkout_object';
	claims('jan', 'made_at = made_at - INTERVAL 1 HOUR')->();
	lose($id, $uid);
	my %there = map { $_->{name} => $_ } @{ (reconcile())[1] };
	is($there{$jan}{kind}, 'claim-without-order', 'R48: the goods of a lost order are listed');
	is($there{$uid}{kind}, 'money-without-order', 'R52: so is its money at PayPal');
	like($there{$uid}{repair} // '', qr/^refund payment \Q$capture\E at paypal$/, 'to go back');
	given_back($capture, '5.00', 'by-hand-1');
	my $theirs = sub { return join '', map { $_->{theirs} } grep { $_->{name} eq $uid } @{ (reconcile())[1] } };
	my $less = $theirs->();
	like($less, qr/is captured$/, 'what is left');
	isnt($less, $there{$uid}{theirs}, 'R52: is without what went back of it');
	events("UPDATE paypal_order SET id = 'gone' WHERE id = '$checkout'");
	is($theirs->(), $less, 'R52: the list says the same of an order that PayPal has forgotten');
	events("UPDATE paypal_order SET id = '$checkout' WHERE id = 'gone'");
	given_back($capture, undef, 'by-hand-2');
	is((give_back($jan, '--yes'))[0], 0, 'the goods go back');
	is(differences(), $before, 'all of it is gone');
	return;
}

# The sales database is older than PayPal's answer: our payment has no name of PayPal's.
sub a_restored_backup_does_not_know_a_capture {
	by_paypal('kim');
	ok(quiet(), 'kim has a hat');
	my ($kim, $id, $sum) = (attempt('kim'), order('kim', 'id'), order('kim', 'captured'));
	my ($checkout, $capture, $changed) = map { paypals('kim', $_) } 'checkout_object', 'payment_object', 'changed_at';
	my $before = differences();
	$rig->sales($_) for "UPDATE payment SET state = 8, captured = 0, goods = 3, changed_at = changed_at - 3600,
	    checkout_object = '', payment_object = '' WHERE uid = '$kim'", "UPDATE orders SET captured = 0, state = 2 WHERE id = $id";
	my $repair = sub {
		my ($kind) = @_;
		return join "\n", map { $_->{repair} } grep { $_->{name} eq $kim && $_->{kind} eq $kind } @{ (reconcile())[1] };
	};
	is($repair->('captured-there'), "refund payment $capture at paypal", 'R52: found by the list, with its repair');
	$rig->sales("UPDATE payment SET state = 5, goods = 1 WHERE uid = '$kim'");
	is($repair->('not-followed'), "refund payment $capture at paypal: the order does not know it", 'R52: so it is while the order waits');
	$rig->sales($_) for "UPDATE payment SET state = 6, captured = $sum, goods = 1, changed_at = $changed,
	    checkout_object = '$checkout', payment_object = '$capture' WHERE uid = '$kim'", "UPDATE orders SET captured = $sum, state = 3 WHERE id = $id";
	is(differences(), $before, 'gone with its cause');
	return;
}

# An order at PayPal under names that are like ours.
sub reserved_at_paypal {
	my ($uid, $attempt) = @_;
	my $sum = { currency_code => 'GBP', value => '19.99' };
	my $r = $rig->wallet->call(POST => '/v2/checkout/orders', { intent => 'AUTHORIZE', purchase_units => [ { custom_id => $uid,
	    invoice_id => $attempt, amount => { %$sum, breakdown => { item_total => $sum } },
	    items => [ { name => 'Fez', quantity => '1', unit_amount => $sum, category => 'PHYSICAL_GOODS' } ],
	    shipping => { name => { full_name => 'Ann' }, address => { address_line_1 => '1 High Street', admin_area_2 => 'Leeds',
		postal_code => 'LS1 4DY', country_code => 'GB' } } } ],
	    payment_source => { paypal => { experience_context => { return_url => 'https://hats.example/', cancel_url => 'https://hats.example/',
		user_action => 'PAY_NOW', shipping_preference => 'SET_PROVIDED_ADDRESS' } } } }, key => "make-$attempt");
	my $id = $r->{json}{id} // diag($r->{content});
	$rig->wallet->approve($id);
	$r = $rig->wallet->call(POST => "/v2/checkout/orders/$id/authorize", '{}', key => "hold-$attempt");
	is($r->{status}, 201, 'reserved') || diag($r->{content});
	return $r->{json}{purchase_units}[0]{payments}{authorizations}[0]{id};
}

# More than PayPal gives on one page; one that is no shop's by its names.
sub a_long_list_of_paypals_is_read_to_its_end {
	my $before = differences();
	my %lost = map { my $uid = sprintf '%032x', 1000 + $_; $uid => reserved_at_paypal($uid, sprintf '%032x', 2000 + $_) } 1 .. 22;
	reserved_at_paypal('gift card', 'of another seller');
	my @found = grep { $lost{ $_->{name} } } @{ (reconcile())[1] };
	is(@found, 22, 'R52: each of all pages is found, once');
	is((grep { $_->{repair} eq "cancel payment $lost{ $_->{name} } at paypal" } @found), 22, 'with its repair');
	is(scalar(split /\n/, differences()), @found + split(/\n/, $before), 'and nothing else');
	$rig->wallet->call(POST => "/v2/payments/authorizations/$_/void", '{}', key => "void-$_") for values %lost;
	is(differences(), $before, 'what is cancelled is gone');
	return;
}

sub what_paypals_list_cannot_say_is_no_agreement {
	my @shopctl = ('ctl/shopctl', '-f', $rig->rig->conf, 'reconcile');
	unlike((run_of(@shopctl))[1], qr/note:/, 'R52: thirty days are asked for, and listed');
	like((run_of(@shopctl, '--since', '2026-01-01'))[1],
	    qr/^shopctl: note: paypal lists the last 30 days: money there without an order here is not looked for before \d{4}-/m,
	    'R52: what is older is said not to be looked for');
	$rig->wallet->faults(kind => 'error', on => 'list');
	my ($status, $out) = run_of(@shopctl);
	is($status, 2, 'R52: without the list the exit status is 2');
	like($out, qr/shopctl: paypal: PayPal does not list its events: 500/, 'and why');
	my $cat = attempt('cat');
	my $event = q{body LIKE '%"invoice_id":"} . $cat . q{"%'};
	events(qq{UPDATE event SET type = 'was ' || type, body = replace(body, '"event_type":"', '"event_type":"was ') WHERE $event});
	($status, $out) = run_of(@shopctl);
	is($status, 2, 'R52: so it is when the list lacks what it should have');
	like($out, qr/shopctl: paypal: its list lacks 1 of our captured payments/, 'and that is said');
	events(qq{UPDATE event SET type = substr(type, 5), body = replace(body, '"event_type":"was ', '"event_type":"') WHERE $event});
	unlike((run_of(@shopctl))[1], qr/lacks/, 'gone with its cause');
	return;
}

sub run_of { return $rig->rig->run(@_) }

# The stand-in's own database.
sub events {
	my ($sql) = @_;
	return system('sqlite3', '-cmd', '.timeout 30000', $rig->wallet->{box} . '/paypal.db', $sql) == 0 || die "no events\n";
}

# More than Stripe gives on one page; none of them is ours but by its words.
sub a_long_list_is_read_to_its_end {
	my $before = () = split /\n/, differences();
	my @lost = map { sprintf '%032x', $_ } 1 .. 25;
	for my $uid (@lost) {
		my $s = $rig->box->call(POST => 'checkout/sessions', { mode => 'payment', client_reference_id => $uid,
		    success_url => 'https://hats.example/', cancel_url => 'https://hats.example/',
		    'line_items[0][quantity]' => 1, 'line_items[0][price_data][currency]' => 'gbp',
		    'line_items[0][price_data][unit_amount]' => 1999, 'line_items[0][price_data][product_data][name]' => 'Fez',
		    'payment_intent_data[capture_method]' => 'manual', 'payment_intent_data[metadata][order]' => $uid,
		    'payment_intent_data[metadata][attempt]' => $uid }, key => "long-$uid");
		is($s->{status}, 200, 'a page') || diag($s->{content});
		$rig->box->pay($s);
	}
	my (undef, $all) = reconcile();
	my %there = map { $_->{name} => $_ } @$all;
	is(scalar(grep { $there{$_} } @lost), scalar @lost, 'R52: each of two pages is found');
	is(@$all, $before + @lost, 'once');
	like($there{ $lost[0] }{repair}, qr/^cancel payment pi_\w+ at stripe$/, 'with its repair');
	return;
}

# A kind that is new in the source needs a fault here.
sub each_kind_has_a_fault {
	my %kinds;
	for my $file (glob "$TOP/lib/flow/reconcile*.c") {
		open my $f, '<', $file or die "$file: $!\n";
		my $text = do { local $/ = undef; <$f> };
		$kinds{$1} = 1 while $text =~ /\bkind = "([a-z-]+)"/g;
		$kinds{$1} = 1 while $text =~ /^\t\{ "([a-z-]+)", SQL_/mg;
	}
	cmp_ok(scalar keys %kinds, '>=', 20, 'the kinds are read from the source');
	is(join(' ', sort keys %found), join(' ', sort keys %kinds), 'R52: each kind of difference was planted and found');
	return;
}

sub what_cannot_be_asked_is_no_agreement {
	$rig->box->faults(kind => 'error', on => 'list');
	my ($status, $out) = $rig->rig->run('ctl/shopctl', '-f', $rig->rig->conf, 'reconcile');
	is($status, 2, 'R52: exit status 2');
	like($out, qr/shopctl: stripe: /, 'and who');
	return;
}

sub what_is_typed_wrong_is_said {
	for my $args (['x'], ['--since', 'yesterday'], ['--settle', '-1'], ['--since'], ['--all']) {
		my ($status, $out) = $rig->rig->run('ctl/shopctl', '-f', $rig->rig->conf, 'reconcile', @$args);
		is($status, 2, "reconcile @$args");
		like($out, qr/"\Q$args->[1]\E" is no /, 'and which value') if @$args == 2;
	}
	is((reconcile('--since', $_))[0], 0, "since $_") for '2026-01-01', '2026-01-01T00:00:00Z', 0;
	return;
}

a_busy_shop_has_no_difference();
what_the_orders_say_of_their_money();
a_paid_order_without_money();
what_the_mirror_says();
what_is_typed_wrong_is_said();
what_parcels_and_invoices_say();
what_is_ours_alone();
what_the_stock_system_says();
what_stripe_says();
a_refund_that_failed_here_is_done_there();
money_that_nobody_has_followed();
money_is_reserved_for_what_is_over();
what_cannot_be_asked_is_no_agreement();
a_restored_backup_misses_an_order();
a_long_list_is_read_to_its_end();
a_restored_backup_misses_an_order_of_paypal();
a_restored_backup_does_not_know_a_capture();
a_long_list_of_paypals_is_read_to_its_end();
what_paypals_list_cannot_say_is_no_agreement();
each_kind_has_a_fault();
done_testing();
