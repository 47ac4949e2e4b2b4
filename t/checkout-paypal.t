#!/usr/bin/perl
# checkout-paypal.t - the pages of a purchase with PayPal: chosen, agreed to,
# cancelled, declined, too late, and beside a card (R44, R48-R50).
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use CheckoutRig;
use HatTest;
use Test::More;

my $server = HatTest->mariadb;
my $rig = CheckoutRig->new($server, $ENV{HATSHOP_ENGINE} // 'sqlite');
my $pp = $rig->wallet;
$rig->stock(q{UPDATE level SET qty = 50 WHERE art = 'A-1'});
$rig->level_shown('A-1', 50) or die "no mirror\n";

sub path { my ($r) = @_; return ($r->{headers}{location} // '') =~ s{^\Q@{[ $rig->url ]}\E}{}r }

sub shows {
	my ($r, $what, $name) = @_;
	return ok($r->{content} =~ $what, $name)
	    || diag("$r->{status} ", substr($r->{content} =~ m{<main[^>]*>(.*)</main>}s ? $1 : $r->{content}, 0, 700));
}

# At PayPal's page: the visitor, the redirect and PayPal's name of the order.
sub at_paypal {
	my ($user) = @_;
	my $v = $rig->customer($user);
	$rig->put_in($v, 'A-1', 1);
	my $r = $rig->place($v, $rig->review($v), gateway => 'paypal');
	my ($id) = path($r) =~ m{^/sandbox/paypal/checkoutnow\?token=(\w+)$};
	ok($id, "$user is led to PayPal") or diag(path($r), " $r->{status} ", $r->{content});
	return ($v, $r, $id);
}

sub captures {
	my ($user) = @_;
	my $uid = $rig->order_uid($user);
	return join ' ', map { $_->{amount}{value} } map { @{ $_->{purchase_units}[0]{payments}{captures} // [] } }
	    grep { $_->{purchase_units}[0]{custom_id} eq $uid } @{ $pp->books };
}

sub who_agrees_is_thanked {
	my ($v, $r, $id) = at_paypal('ann');
	my $page = $pp->page($id);
	shows($page, qr{£23\.94.*The Bowler.*Delivery.*£3\.95.*1 Hat Row.*Pay now}s, 'R44: what it is for, and where it goes');
	unlike($page->{content}, qr{<b> O'Brien}, 'a name is no markup');
	$r = $rig->settle($v, $pp->approve($id));
	shows($r, qr{Thank you.*23\.94}s, 'R43: thanks');
	is(captures('ann'), '23.94', 'R50: what was captured');
	$r = $rig->settle($v, { headers => { location => $rig->url . '/checkout/return/' . $rig->order_uid('ann') } });
	shows($r, qr{Thank you}, 'coming back again changes nothing');
	is(captures('ann'), '23.94', 'R49: once');
	return;
}

# PayPal tells of each refund; the history does not say that one is on its way
# when it has said that it is done.
sub a_refund_that_is_done_is_not_on_its_way {
	my ($id, @shopctl) = ($rig->order('ann', 'id'), 'ctl/shopctl', '-f', $rig->rig->conf);
	my $told = "SELECT count(*) FROM journal WHERE order_id = $id AND kind = 'refund told'";
	my $heard = "SELECT count(*) FROM inbox WHERE state = 2 AND CAST(body AS CHAR) LIKE '%PAYMENT.CAPTURE.REFUNDED%'";
	for my $one ([ 1, 0 ], [ 2, 1 ]) {
		my ($n, $unknown) = @$one;
		$rig->rig->run(@shopctl, 'order', 'refund', $id, '--amount', "$n.00", '--yes');
		$rig->until(60, sub { $rig->lifecycle; $rig->order('ann', 'refunded') == ($n == 1 ? 100 : 300) });
		$rig->sales("UPDATE refund SET object = 'X' WHERE order_id = $id") if $unknown;
		ok($rig->until(60, sub { $pp->deliver(all => 'true'); $rig->lifecycle; $rig->sales($heard) == $n }), "PayPal's event $n is read");
		is($rig->sales($told), $unknown, $unknown ? 'R53: what we do not know is told' : 'R53: what is done is told once');
	}
	return;
}

sub who_cancels_there_keeps_the_basket {
	my ($v, $r, $id) = at_paypal('carl');
	$r = $v->get($pp->cancel($id)->{headers}{location});
	shows($r, qr{Nothing was charged}, 'R48: nothing was charged');
	$r = $v->submit($r, { gateway => 'paypal' }, '/checkout/pay');
	like(path($r), qr{token=\Q$id\E$}, 'R48: trying again leads to the same page');
	$r = $rig->settle($v, $pp->approve($id));
	shows($r, qr{Thank you}, 'R48: and is paid');
	is(captures('carl'), '23.94', 'R49: once');
	return;
}

sub who_is_declined_is_told_and_may_pay_by_card {
	my ($v, $r, $id) = at_paypal('dora');
	$r = $rig->settle($v, $pp->approve($id, 'declined'));
	unlike($r->{content}, qr{Thank you}, 'R48: not paid');
	shows($r, qr{not.{0,40}(?:charged|paid)|declined}is, 'R48: and the page says so');
	$r = $v->submit($r, { gateway => 'stripe' }, '/checkout/pay');
	like(path($r), qr{^/sandbox/stripe/c/pay/}, 'R48: another way is open');
	$r = $rig->settle($v, $rig->pay($v, $r, '4242424242424242'));
	shows($r, qr{Thank you}, 'R48: and pays');
	is($rig->captured('dora'), '2394', 'R49: one capture, of the card');
	is(captures('dora'), '', 'and none of PayPal');
	return;
}

sub who_agrees_after_the_end_is_not_charged {
	my ($v, undef, $id) = at_paypal('lara');
	my $page = $v->get($rig->url . '/checkout/cancel/' . $rig->order_uid('lara'));
	is($v->submit($page, {}, '/checkout/end')->{status}, 303, 'given up');
	is($rig->order('lara', 'state'), 5, 'R23: cancelled');
	my $r = $rig->settle($v, $pp->approve($id));
	unlike($r->{content}, qr{Thank you}, 'R50: agreed too late');
	shows($r, qr{cancelled|nothing was charged|not charged}i, 'R50: and the page says so');
	is(captures('lara'), '', 'R50: nothing is captured');
	return;
}

who_agrees_is_thanked();
a_refund_that_is_done_is_not_on_its_way();
who_cancels_there_keeps_the_basket();
who_is_declined_is_told_and_may_pay_by_card();
who_agrees_after_the_end_is_not_charged();
done_testing();
