#!/usr/bin/perl
# stock-away.t - the stock system cannot be reached (R24): people browse, nothing
# is captured, no order is paid without goods, who gives up is not charged; when
# it is back, what was begun finishes by itself.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use CheckoutRig;
use HatTest;
use Test::More;
use Wire;

my $PASSES = '4242424242424242';
my ($rig, $wire);

sub at_gateway {
	my ($user) = @_;
	my $v = $rig->customer($user);
	$rig->put_in($v, 'A-1', 1);
	return ($v, $rig->place($v, $rig->review($v)));
}

sub state_of { my ($user) = @_; return 0 + $rig->order($user, 'state') }
sub captures { return scalar grep { $_->{captured} } @{ $rig->box->books } }
sub hurry { $rig->sales('UPDATE orders SET next_at = 1 WHERE state IN (1, 2)'); return $rig->lifecycle }

sub pages_come {
	my ($v, $when) = @_;
	my $slug = $rig->sales(q{SELECT slug FROM item WHERE source_key = 'A-1'});
	for my $page ('/', "/hat/$slug", '/search?q=bowler', '/basket', '/login', '/orders') {
		my $r = $v->get($rig->url . $page);
		$r = $v->follow($r) if $r->{status} == 303;
		is($r->{status}, 200, "R24: $when: $page comes");
	}
	return;
}

sub an_outage_costs_nobody_anything {
	my ($how) = @_;
	my $level = $rig->level('A-1');
	my $captures = captures();
	my ($paid, $page) = at_gateway("paid$how");
	my ($gives_up, $other) = at_gateway("gives$how");
	my $looks = $rig->customer("looks$how");
	$rig->put_in($looks, 'A-1', 1);
	$wire->order($how);
	$rig->rig->set('stock.stale_after' => 3);

	is($rig->pay($paid, $page, $PASSES)->{status}, 303, "$how: one pays while it is away");
	is($rig->pay($gives_up, $other, $PASSES)->{status}, 303, "$how: another too");
	hurry();
	is(state_of("paid$how"), 2, "R24: $how: the order waits with its money reserved");
	pages_come($looks, $how);
	my $slug = $rig->sales(q{SELECT slug FROM item WHERE source_key = 'A-1'});
	my $review = $rig->review($looks);
	ok($rig->until(60, sub { $looks->get($rig->url . "/hat/$slug")->{content} =~ /checking availability/i }),
	    "R24: $how: pages say that it is not known");
	my $order = $gives_up->get($rig->url . '/order/' . $rig->order_uid("gives$how"));
	my $tries = $rig->place($looks, $review);
	is($tries->{status}, 409, "R24: $how: nothing is ordered");
	like($tries->{content}, qr{try again in a minute}, "R24: $how: but later");
	$gives_up->submit($order, {}, '/order/cancel/' . $rig->order_uid("gives$how"));
	hurry();
	is(state_of("gives$how"), 5, "R24: $how: who gives up is let go");
	is($rig->captured("gives$how"), '', "R24: $how: and not charged");
	hurry();
	is(captures(), $captures, "R24: $how: nothing is captured");
	is($rig->sales('SELECT count(*) FROM orders WHERE state = 3 AND id NOT IN (SELECT order_id FROM payment WHERE goods = 1)'),
	    0, "R24: $how: no order is paid without goods");
	is($rig->level('A-1'), $level, "$how: the level is as before");

	$wire->order('pass');
	$rig->rig->set('stock.stale_after' => 30);
	ok($rig->until(60, sub { hurry(); state_of("paid$how") == 3 }), "R24: $how: it is back, and the order finishes by itself");
	is($rig->captured("paid$how"), '2394', "R24: $how: one capture");
	is(captures(), $captures + 1, "R24: $how: in all");
	is($rig->level('A-1'), $level - 1, "R24: $how: one hat is gone");
	ok($rig->until(60, sub { hurry(); $rig->sales('SELECT SUM(held) FROM item') == 0 }), "$how: nothing is held");
	my $r = $rig->settle($looks, $rig->pay($looks, $rig->place($looks, $rig->review($looks)), $PASSES));
	like($r->{content}, qr{Thank you}, "$how: and people buy again");
	is($rig->sales(q{SELECT count(*) FROM orders WHERE attention <> ''}), 0, "$how: nobody has to look");
	return;
}

my $server = HatTest->mariadb or plan(skip_all => 'MariaDB cannot be had here');
for my $engine ('sqlite', 'mariadb') {
	$wire = Wire->new($server->port);
	$rig = CheckoutRig->new($server, $engine, 'stock.port' => $wire->port);
	$rig->stock(q{UPDATE level SET qty = 20 WHERE art = 'A-1'});
	$rig->level_shown('A-1', 20) or die "no mirror\n";
	diag($engine);
	an_outage_costs_nobody_anything('cut');
	an_outage_costs_nobody_anything('stall') if $engine eq 'sqlite';
	undef $rig;
	undef $wire;
}
done_testing();
