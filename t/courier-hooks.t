#!/usr/bin/perl
# courier-hooks.t - what the courier tells by its webhooks reaches the parcel:
# out of order, tripled, of an unknown state, of nobody's parcel (R68-R70).
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use CheckoutRig;
use HatTest;
use Test::More;

my $rig = CheckoutRig->new(HatTest->mariadb, 'sqlite');
my $box = $rig->courier;
my $uid;

sub parcel { my ($field) = @_; return $rig->sales("SELECT $field FROM parcel WHERE uid = '$uid'") }
sub told { return $rig->sales("SELECT count(*) FROM inbox WHERE source = 'courier' AND state = 2") }

# A paid order; lifecycle books its parcel.
sub an_order_waits_for_its_parcel {
	my $v = $rig->customer('ann');
	$rig->put_in($v, 'A-1', 1);
	my $r = $rig->place($v, $rig->review($v));
	$rig->settle($v, $rig->pay($v, $r, '4242424242424242'));
	ok($rig->until(60, sub { $rig->lifecycle; $rig->sales("SELECT count(*) FROM parcel WHERE tracking <> ''") }),
	    'its parcel is booked');
	$uid = $rig->sales('SELECT uid FROM parcel');
	return;
}

sub hear {
	$box->deliver(all => 'true');
	return $rig->lifecycle;
}

sub each_event_reaches_the_parcel {
	$box->move($uid, 'COLLECTED');
	hear();
	is(parcel('carrier'), 2, 'collected');
	is(parcel('state'), 4, 'so it has been handed over');
	cmp_ok(told(), '>=', 2, 'both events are done');
	$box->faults(kind => 'banana', on => 'IN_TRANSIT');
	$box->move($uid, 'IN_TRANSIT');
	hear();
	is(parcel('word'), 'banana', 'a word that is not known is kept');
	return;
}

sub late_and_tripled_is_delivered_all_the_same {
	$box->faults(kind => 'backward', on => 'DELIVERED');
	$box->faults(kind => 'hook-duplicate', on => 'any', times => 0);
	$box->move($uid, $_) for qw(OUT_FOR_DELIVERY DELIVERED);
	hear();
	is(parcel('carrier'), 5, 'delivered, though a scan is told after it');
	my $n = $rig->sales("SELECT count(*) FROM parcel_event WHERE tracking = '" . parcel('tracking') . "'");
	is($n, 6, 'each event once');
	hear();
	is(parcel('carrier'), 5, 'and it stays');
	return;
}

sub a_forged_event_is_none {
	$box->faults(kind => 'none');
	$box->faults(kind => 'forged', on => 'EXCEPTION');
	$box->move($uid, 'EXCEPTION', code => 'CORRECTION');
	my $before = $rig->sales('SELECT count(*) FROM inbox');
	cmp_ok($box->deliver->{failed}, '>', 0, 'it is refused');
	is($rig->sales('SELECT count(*) FROM inbox'), $before, 'and not stored');
	return;
}

sub nobodys_parcel_is_noted_and_done {
	my $was = told();
	$box->book('somebody-elses', $box->request(reference => 'not-ours'));
	hear();
	cmp_ok(told(), '>', $was, 'its event is done');
	is($rig->sales("SELECT count(*) FROM inbox WHERE source = 'courier' AND state = 3"), 0, 'no person has to look');
	return;
}

an_order_waits_for_its_parcel();
each_event_reaches_the_parcel();
late_and_tripled_is_delivered_all_the_same();
a_forged_event_is_none();
nobodys_parcel_is_noted_and_done();
done_testing();
