#!/usr/bin/perl
# checkout.t - from basket to paid order against a real stock system, Apache,
# syncd and the stand-ins of Stripe and PayPal: R06, R09, R17, R18, R19, R22, R23, R24, R26,
# R43, R44, R46-R51.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use CheckoutRig;
use HatTest;
use Test::More;
use Time::HiRes qw(sleep time);

my $PASSES = '4242424242424242';
my $DECLINED = '4000000000000002';
my $ASKS = '4000002760003184'; # 3-D Secure

my $server = HatTest->mariadb;
my $rig = CheckoutRig->new($server, $ENV{HATSHOP_ENGINE} // 'sqlite');
$rig->stock(q{UPDATE level SET qty = 50 WHERE art IN ('A-1', 'B-3');
    UPDATE level SET qty = 50 WHERE art = 'O''Brien'});
$rig->level_shown('A-1', 50) or die "no mirror\n";

sub path { my ($r) = @_; return ($r->{headers}{location} // '') =~ s{^\Q@{[ $rig->url ]}\E}{}r }

# A customer with so many of each in the basket, at the review.
sub at_review {
	my ($user, %want) = @_;
	my $v = $rig->customer($user);
	$rig->put_in($v, $_, $want{$_}) for sort keys %want;
	return ($v, $rig->review($v));
}

sub at_gateway {
	my ($user, %want) = @_;
	my ($v, $r) = at_review($user, %want);
	$r = $rig->place($v, $r);
	like(path($r), qr{^/sandbox/stripe/c/pay/}, 'the button leads to the gateway');
	return ($v, $r);
}

# Free again, at once and in the mirror.
sub nothing_is_held {
	my ($what) = @_;
	ok($rig->until(60, sub { $rig->sales('SELECT COALESCE(SUM(held), 0) FROM item') == 0 }), "$what: nothing is held");
	return;
}

# A page, of which little is printed when it is not as it should be.
sub shows {
	my ($r, $what, $name) = @_;
	return ok($r->{content} =~ $what, $name)
	    || diag("$r->{status} ", substr($r->{content} =~ m{<main[^>]*>(.*)</main>}s ? $1 : $r->{content}, 0, 700));
}

sub new_customers_buy_and_return {
	$rig->stock(q{UPDATE `order` SET price = 19.99 WHERE `key` = 'A-1'; UPDATE `order` SET price = 0.07 WHERE `key` = 'O''Brien';
	    UPDATE `order` SET price = 33.33 WHERE `key` = 'b-3'});
	ok($rig->until(60, sub { $rig->sales(q{SELECT price FROM item WHERE source_key = 'b-3'}) == 3333 }), 'three awkward prices');
	my $v = $rig->visitor;
	$rig->put_in($v, @$_) for [ 'A-1', 3 ], [ 'b-3', 7 ], [ q{O''Brien}, 11 ];
	shows($v->get($rig->url . '/basket'), qr{class="total">£294\.05<}, 'R06: the basket: 59.97 + 233.31 + 0.77');
	my $r = $v->get($rig->url . '/checkout');
	$r = $v->submit($r, { name => 'Nell', user_name => 'nell', email => 'nell@hats.example',
		password => 'felt and feathers' }, '/register');
	is(path($r), '/checkout', 'R09: registered after filling the basket, and on');
	$r = $rig->review($v);
	shows($r, qr{class="total">£298\.00<.*Order and pay £298\.00}s, 'R06: the review, with 3.95 of delivery');
	$r = $rig->place($v, $r);
	my $page = $rig->box->page($r->{headers}{location});
	shows($page, qr{298\.00}, 'R06: the gateway\'s page');
	$r = $rig->settle($v, $rig->pay($v, $r, $PASSES));
	shows($r, qr{Thank you.*Order number <strong>\d+</strong>.*298\.00}s, 'R43: thanks, with the number');
	shows($r, qr{href="/order/[0-9a-f]{32}"}, 'and a link to the order');
	is($rig->captured('nell'), '29800', 'R06: what was captured');
	is($rig->level('A-1'), 47, 'R22: the level is lower, once');
	is($v->get($r->{url})->{status}, 200, 'R49: reloading the page');
	is($rig->captured('nell'), '29800', 'R49: captures nothing again');
	is($rig->level('A-1'), 47, 'R49: nor takes again');
	shows($v->get($rig->url . '/basket'), qr{Nothing in the basket}, 'the basket is empty');
	ok($rig->level_shown('A-1', 47), 'the mirror shows it');
	$rig->put_in($v, 'A-1', 1);
	$r = $v->get($rig->url . '/checkout');
	shows($r, qr{From your address book.*1 Hat Row}s, 'R46: who returns has the address');
	$r = $rig->settle($v, $rig->pay($v, $rig->place($v, $rig->review($v, 'express')), $PASSES));
	shows($r, qr{Thank you}, 'R46: and buys again');
	is($rig->captured('nell'), '29800 2794', 'R46: with another delivery');
	nothing_is_held('bought twice');
	return;
}

sub a_declined_card_is_followed_by_one_that_passes {
	my ($v, $r) = at_gateway('dora', 'A-1' => 1);
	my $again = $rig->pay($v, $r, $DECLINED);
	ok($again->{status} != 303 || path($again) !~ m{/checkout/return}, 'R48: a declined card stays on the page');
	is($rig->order('dora', 'state'), 1, 'R48: the order waits');
	$r = $rig->settle($v, $rig->pay($v, $r, $PASSES));
	shows($r, qr{Thank you}, 'R48: another card passes on the same page');
	is($rig->captured('dora'), '2394', 'R49: one capture');
	return;
}

sub three_d_secure_is_passed_failed_or_abandoned {
	my ($v, $r) = at_gateway('ted', 'A-1' => 1);
	$rig->pay($v, $r, $ASKS);
	my $back = $v->get($rig->url . '/checkout/return/' . $rig->order_uid('ted'));
	unlike($back->{content}, qr{Thank you}, 'R47: abandoned at the bank: not paid');
	is($rig->captured('ted'), '', 'R47: and not charged');
	$rig->box->prove($r->{headers}{location}, 'no');
	is($rig->order('ted', 'state'), 1, 'R47: failed: the order waits');
	$rig->pay($v, $r, $ASKS);
	$r = $rig->settle($v, $rig->box->prove($r->{headers}{location}, 'yes'));
	shows($r, qr{Thank you}, 'R47: passed: paid');
	is($rig->captured('ted'), '2394', 'R47: once');
	return;
}

sub who_cancels_keeps_the_basket_and_may_go_on {
	my $level = $rig->level('A-1');
	my ($v, $r) = at_gateway('carl', 'A-1' => 2);
	my $uid = $rig->order_uid('carl');
	my $page = $v->get($rig->url . "/checkout/cancel/$uid");
	shows($page, qr{Nothing was charged.*basket is as you left it}s, 'R48: nothing was charged, the basket kept');
	shows($v->get($rig->url . '/basket'), qr{The Bowler}, 'R48: it is');
	my $on = $v->submit($page, { gateway => 'stripe' }, '/checkout/pay');
	is($on->{headers}{location}, $r->{headers}{location}, 'R48: trying again leads to the same page');
	my $end = $v->submit($page, {}, '/checkout/end');
	is($end->{status}, 303, 'or the order is cancelled');
	is($rig->order('carl', 'state'), 5, 'R23: it is');
	is($rig->level('A-1'), $level, 'R23: the level is as before');
	nothing_is_held('cancelled');
	my $late = $rig->pay($v, $r, $PASSES);
	isnt($late->{status}, 303, 'R48: its page takes no card any more');
	$v->post($rig->url . '/checkout/end', { order => $uid });
	is($rig->level('A-1'), $level, 'R23: cancelled twice is once');
	$r = $rig->settle($v, $rig->pay($v, $rig->place($v, $rig->review($v)), $PASSES));
	shows($r, qr{Thank you}, 'R48: and a new checkout is paid');
	is($rig->captured('carl'), '4393', 'R49: once');
	return;
}

sub a_double_click_is_one_order {
	my ($v, $r) = at_review('dan', 'A-1' => 1);
	my @all;
	for (1 .. 4) {
		pipe my $in, my $out or die "pipe: $!\n";
		my $pid = fork // die "fork: $!\n";
		if (!$pid) {
			my $done = $rig->place($v, $r);
			print $out "$done->{status} ", path($done), "\n";
			close $out;
			require POSIX;
			POSIX::_exit(0);
		}
		close $out;
		push @all, [ $pid, $in ];
	}
	my @said = map { my $line = readline $_->[1]; waitpid $_->[0], 0; $line } @all;
	is(scalar(grep { m{^303 /sandbox/stripe/} } @said), 4, 'R49: four clicks at once all lead to the gateway') or diag(@said);
	is($rig->sales(q{SELECT count(*) FROM orders WHERE customer_id = (SELECT id FROM customer WHERE user_name = 'dan')}), 1, 'R49: one order');
	is($rig->sales('SELECT count(*) FROM payment WHERE order_id = ' . $rig->order('dan', 'id')), 1, 'R49: one payment');
	my $again = $rig->place($v, $r);
	like(path($again), qr{^/sandbox/stripe/}, 'R49: going back and clicking once more leads to the same page');
	is($v->get($r->{url})->{headers}{location}, '/checkout/order/' . $rig->order_uid('dan'), 'R48: Back and reload shows the order');
	$r = $rig->settle($v, $rig->pay($v, $again, $PASSES));
	is($rig->captured('dan'), '2394', 'R49: one capture');
	return;
}

sub a_basket_that_changes_in_another_tab_changes_no_order {
	my ($v, $r) = at_review('tab', 'A-1' => 1);
	$rig->put_in($v, 'b-3', 2);
	my $told = $rig->place($v, $r);
	is($told->{status}, 409, 'R50: changed before the button: the page comes again');
	shows($told, qr{Something has changed.*£90\.60}s, 'R50: with the new total');
	$r = $rig->place($v, $told);
	$rig->put_in($v, 'b-3', 1);
	$rig->stock(q{UPDATE `order` SET price = 40 WHERE `key` = 'b-3'});
	$rig->until(60, sub { $rig->sales(q{SELECT price FROM item WHERE source_key = 'b-3'}) == 4000 });
	$r = $rig->settle($v, $rig->pay($v, $r, $PASSES));
	shows($r, qr{Thank you.*£90\.60}s, 'R50: changed while paying: what was frozen is paid');
	is($rig->captured('tab'), '9060', 'R50: and captured');
	shows($v->get($rig->url . '/basket'), qr{value="1"}, 'what came later stays in the basket');
	$rig->stock(q{UPDATE `order` SET price = 33.33 WHERE `key` = 'b-3'});
	return;
}

sub a_level_that_fell_since_is_found_in_the_stock_system {
	my ($v, $r) = at_gateway('mia', 'b-3' => 2, 'A-1' => 1);
	my $bowlers = $rig->level('A-1');
	$rig->rig->stop($rig->{syncd});
	$rig->stock(q{UPDATE level SET qty = 0 WHERE art = 'B-3'});
	$r = $rig->settle($v, $rig->pay($v, $r, $PASSES));
	shows($r, qr{Somebody was faster: [^<]*: 0 left.*Nothing was charged}s, 'R18: syncd stopped, level 0: refused, and which hat');
	is($rig->captured('mia'), '', 'R18: the card is not charged');
	is($rig->level('A-1'), $bowlers, 'R23: the other hat is not taken');
	shows($v->get($rig->url . '/basket'), qr{The Bowler}, 'R18: the basket is kept');
	$rig->{syncd} = $rig->rig->start;
	ok($rig->level_shown('b-3', 0), 'syncd is back');
	my $told = $v->get($rig->url . '/checkout');
	is($told->{status}, 409, 'R19: the next checkout tells');
	shows($told, qr{Sold out: 0 left}, 'R17: which hat is gone');
	$told = $v->submit($told, {}, '/checkout/mend');
	$r = $rig->settle($v, $rig->pay($v, $rig->place($v, $rig->review($v)), $PASSES));
	shows($r, qr{Thank you}, 'R19: and goes on with the rest');
	is($rig->captured('mia'), '2394', 'R19: which is paid');
	$rig->stock(q{UPDATE level SET qty = 50 WHERE art = 'B-3'});
	$rig->level_shown('b-3', 50);
	return;
}

sub the_last_hat_is_sold_once {
	$rig->stock(q{UPDATE level SET qty = 1 WHERE art = 'O''Brien'});
	ok($rig->level_shown(q{O''Brien}, 1), 'one is left');
	my ($first, $a) = at_review('pam', q{O''Brien} => 1);
	my ($second, $b) = at_review('pip', q{O''Brien} => 1);
	$rig->put_in($first, q{O''Brien}, 1);
	shows($first->get($rig->url . '/basket'), qr{value="1"}, 'R26: twice the same hat is summed, and capped');
	$a = $rig->place($first, $a);
	like(path($a), qr{^/sandbox}, 'the first one holds it');
	$b = $rig->place($second, $b);
	is($b->{status}, 409, 'R19: the second one is told');
	shows($b, qr{Sold out: 0 left|0 are left}, 'R19: with the number');
	$a = $rig->settle($first, $rig->pay($first, $a, $PASSES));
	shows($a, qr{Thank you}, 'and the first one has it');
	is($rig->level(q{O''Brien}), 0, 'none is left');
	$rig->stock(q{UPDATE level SET qty = 50 WHERE art = 'O''Brien'});
	return;
}

sub the_stock_system_is_away_when_it_is_paid {
	my ($v, $r) = at_gateway('ray', 'A-1' => 1);
	my $port = $rig->rig->{conf}{'stock.port'};
	$rig->rig->set('stock.port' => 1);
	$r = $rig->pay($v, $r, $PASSES);
	my $page = $v->get($r->{headers}{location});
	is($page->{status}, 200, 'R24: a page comes');
	shows($page, qr{reserved, but not taken}, 'R24: money is reserved, not taken');
	ok($page->{headers}{refresh}, 'R24: it looks again by itself');
	is($rig->captured('ray'), '', 'R24: nothing is captured');
	$rig->rig->set('stock.port' => $port);
	$r = $rig->settle($v, $r);
	shows($r, qr{Thank you}, 'R24: and finishes when it is back');
	is($rig->captured('ray'), '2394', 'R24: once');
	return;
}

sub who_closes_the_tab_is_served_all_the_same {
	my ($v, $r) = at_gateway('ned', 'A-1' => 1);
	$rig->pay($v, $r, $PASSES);
	$rig->box->deliver(all => 'true');
	$rig->lifecycle;
	ok($rig->until(60, sub { $rig->lifecycle; $rig->order('ned', 'state') == 3 }), 'R51: by the webhook');
	is($rig->captured('ned'), '2394', 'R51: once');
	($v, $r) = at_gateway('nan', 'A-1' => 1);
	$rig->pay($v, $r, $PASSES);
	ok($rig->until(60, sub { $rig->lifecycle; $rig->order('nan', 'state') == 3 }), 'R51: or, without webhooks, by asking');
	is($rig->captured('nan'), '2394', 'R51: once');
	$rig->box->deliver(all => 'true');
	$r = $v->get($rig->url . '/checkout/return/' . $rig->order_uid('nan'));
	shows($r, qr{Thank you}, 'R49: webhook and return after that change nothing');
	is($rig->captured('nan'), '2394', 'R49: still once');
	return;
}

sub the_gateway_is_away_when_it_is_asked {
	my ($v, $r) = at_review('gil', 'A-1' => 1);
	my $base = $rig->box->base;
	$rig->rig->set('stripe.base' => 'http://127.0.0.1:1');
	$r = $rig->place($v, $r);
	like(path($r), qr{^/checkout/order/}, 'R48: no page of the gateway: ours');
	$r = $v->follow($r);
	shows($r, qr{could not reach the payment provider}, 'R48: which says so');
	$rig->rig->set('stripe.base' => $base);
	$r = $v->get($r->{url});
	$r = $v->submit($r, { gateway => 'stripe' }, '/checkout/pay');
	like(path($r), qr{^/sandbox/stripe/}, 'R48: trying again leads there');
	$r = $rig->settle($v, $rig->pay($v, $r, $PASSES));
	is($rig->captured('gil'), '2394', 'R49: one capture');
	return;
}

sub hats_go_back_when_the_time_is_up {
	my ($v, $r) = at_gateway('tim', 'A-1' => 1);
	$rig->sales("UPDATE orders SET hold_until = 1, next_at = 0 WHERE id = " . $rig->order('tim', 'id'));
	ok($rig->until(60, sub { $rig->lifecycle; $rig->order('tim', 'state') == 5 }), 'R23: an idle order ends');
	my $page = $v->get($rig->url . '/checkout/order/' . $rig->order_uid('tim'));
	shows($page, qr{not paid in time.*Nothing was charged}s, 'R48: its page tells');
	nothing_is_held('idle');
	shows($v->get($rig->url . '/basket'), qr{The Bowler}, 'R48: the basket is kept');
	return;
}

# The token of the page that a redirect leads to.
sub token { my ($r) = @_; return path($r) =~ m{^/sandbox/paypal/checkoutnow\?token=([^&]+)} ? $1 : die 'not at PayPal: ', path($r), "\n" }

sub a_wallet_pays_too_and_another_way_can_be_chosen {
	my ($v, $r) = at_review('wanda', 'A-1' => 1);
	$r = $rig->place($v, $r, gateway => 'paypal');
	my $token = token($r);
	$r = $rig->settle($v, $rig->wallet->approve($token));
	shows($r, qr{Thank you.*£23\.94}s, 'R44: PayPal pays');
	is($rig->order('wanda', 'captured'), 2394, 'R50: what was frozen');
	($v, $r) = at_gateway('xena', 'A-1' => 1);
	my $page = $v->get($rig->url . '/checkout/cancel/' . $rig->order_uid('xena'));
	my $other = $v->submit($page, { gateway => 'paypal' }, '/checkout/pay');
	$token = token($other);
	ok($token, 'R48: from the card to PayPal');
	isnt($rig->pay($v, $r, $PASSES)->{status}, 303, 'R49: the card\'s page takes nothing any more');
	$page = $v->get($rig->url . '/checkout/cancel/' . $rig->order_uid('xena'));
	my $card = $v->submit($page, { gateway => 'stripe' }, '/checkout/pay');
	like(path($card), qr{^/sandbox/stripe/c/pay/}, 'R48: and back to the card');
	my $late = $rig->wallet->approve($token);
	$r = $rig->settle($v, $rig->pay($v, $card, $PASSES));
	shows($r, qr{Thank you}, 'R48: which pays');
	$v->get($late->{headers}{location}) if $late->{headers}{location};
	is($rig->captured('xena'), '2394', 'R49: once');
	is(scalar(grep { $_->{id} eq $token && ($_->{purchase_units}[0]{payments} // {})->{captures} } @{ $rig->wallet->books }), 0,
		'R49: and PayPal nothing, though it was agreed to there');
	nothing_is_held('two ways');
	return;
}

new_customers_buy_and_return();
a_wallet_pays_too_and_another_way_can_be_chosen();
a_declined_card_is_followed_by_one_that_passes();
three_d_secure_is_passed_failed_or_abandoned();
who_cancels_keeps_the_basket_and_may_go_on();
a_double_click_is_one_order();
a_basket_that_changes_in_another_tab_changes_no_order();
a_level_that_fell_since_is_found_in_the_stock_system();
the_last_hat_is_sold_once();
the_stock_system_is_away_when_it_is_paid();
who_closes_the_tab_is_served_all_the_same();
the_gateway_is_away_when_it_is_asked();
hats_go_back_when_the_time_is_up();
is($rig->sales('SELECT count(*) FROM orders WHERE attention <> \'\''), 0, 'nobody has to look at anything');
done_testing();
