#!/usr/bin/perl
# two-gateways.t - a card in one tab and PayPal in another: an order has one live
# attempt, and is charged once, whatever is paid first (R48-R50). On both engines.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use CheckoutRig;
use HatTest;
use POSIX ();
use Test::More;

my $rig;

# At the first way's page: the visitor, and where the page is.
sub at_page {
	my ($user, $gateway) = @_;
	my $v = $rig->customer($user);
	$rig->put_in($v, 'A-1', 1);
	my $r = $rig->place($v, $rig->review($v), gateway => $gateway);
	is($r->{status}, 303, "$user is led to $gateway");
	return ($v, $r->{headers}{location} // '');
}

# The other tab: the order's page, and another way chosen there.
sub form_of {
	my ($v, $user) = @_;
	return $v->get($rig->url . '/checkout/cancel/' . $rig->order_uid($user));
}

sub choose {
	my ($v, $form, $gateway) = @_;
	my $r = $v->submit($form, { gateway => $gateway }, '/checkout/pay');
	return $r->{headers}{location} // '';
}

sub pay {
	my ($page) = @_;
	return $page =~ /token=(\w+)/ ? $rig->wallet->approve($1) : $rig->box->pay($page, '4242424242424242');
}

sub come_back {
	my ($v, $user) = @_;
	$rig->settle($v, { headers => { location => $rig->url . '/checkout/return/' . $rig->order_uid($user) } });
	$rig->lifecycle;
	return;
}

# "stripe 2394" and the like, of all that was taken for the order.
sub taken {
	my ($user) = @_;
	my $uid = $rig->order_uid($user);
	my @all = map { "stripe $_->{captured}" } grep { ($_->{order} // '') eq $uid && $_->{captured} } @{ $rig->box->books };
	for my $o (grep { $_->{purchase_units}[0]{custom_id} eq $uid } @{ $rig->wallet->books }) {
		push @all, map { 'paypal ' . int($_->{amount}{value} * 100 + 0.5) } @{ $o->{purchase_units}[0]{payments}{captures} // [] };
	}
	return join ', ', @all;
}

# Money that is reserved still.
sub reserved {
	my ($user) = @_;
	my $uid = $rig->order_uid($user);
	return (grep { ($_->{order} // '') eq $uid && ($_->{payment} // '') eq 'requires_capture' } @{ $rig->box->books })
	    + grep { $_->{status} =~ /^(?:CREATED|PENDING)$/ } map { @{ $_->{purchase_units}[0]{payments}{authorizations} // [] } }
	    grep { $_->{purchase_units}[0]{custom_id} eq $uid } @{ $rig->wallet->books };
}

sub paid_once {
	my ($user, $by) = @_;
	is($rig->order($user, 'state'), 3, "$user: R43: paid");
	is(taken($user), "$by 2394", "$user: R49: one capture");
	is(reserved($user), 0, "$user: R50: nothing else is reserved");
	is($rig->sales('SELECT COUNT(*) FROM payment WHERE live IS NOT NULL AND order_id = ' . $rig->order($user, 'id')), 0, 'all attempts are over');
	return;
}

sub the_page_of_the_first_way_is_closed_before_the_second_is_there {
	for my $ways ([ 'stripe', 'paypal' ], [ 'paypal', 'stripe' ]) {
		my ($first, $second) = @$ways;
		my $user = "eve$first";
		my ($v, $page) = at_page($user, $first);
		my $other = choose($v, form_of($v, $user), $second);
		isnt($other, $page, 'the other tab is led elsewhere');
		is($rig->sales('SELECT COUNT(*) FROM payment WHERE live IS NOT NULL AND order_id = ' . $rig->order($user, 'id')), 1, 'R49: one live attempt');
		pay($page);
		pay($other);
		come_back($v, $user);
		paid_once($user, $second);
	}
	return;
}

sub what_is_paid_in_one_tab_is_not_paid_in_the_other {
	for my $ways ([ 'stripe', 'paypal' ], [ 'paypal', 'stripe' ]) {
		my ($first, $second) = @$ways;
		my $user = "fay$first";
		my ($v, $page) = at_page($user, $first);
		my $form = form_of($v, $user);
		pay($page); # and nobody has come back yet
		my $other = choose($v, $form, $second);
		unlike($other, qr{/sandbox/}, "R49: paid with $first, the other tab leads to no page to pay on");
		come_back($v, $user);
		paid_once($user, $first);
	}
	return;
}

# Three tabs choose at one moment; the pages that they were led to.
sub all_at_once {
	my ($v, $user) = @_;
	my $form = form_of($v, $user);
	my @tabs;
	for my $gateway (qw(stripe paypal stripe)) {
		my $pid = open(my $out, '-|') // die "fork: $!\n";
		if (!$pid) {
			my $r = $v->submit($form, { gateway => $gateway }, '/checkout/pay');
			syswrite STDOUT, $r->{headers}{location} // '';
			POSIX::_exit(0);
		}
		push @tabs, $out;
	}
	my @pages = map { my $page = readline $_; close $_; $page // '' } @tabs;
	return grep { m{/sandbox/} } @pages;
}

sub tabs_that_choose_at_one_moment_have_one_live_attempt {
	my ($v, $page) = at_page('guy', 'paypal');
	my %pages = ($page => 1);
	for (1 .. 3) {
		$pages{$_} = 1 for all_at_once($v, 'guy');
		is($rig->sales('SELECT COUNT(*) FROM payment WHERE live IS NOT NULL AND order_id = ' . $rig->order('guy', 'id')), 1, 'R49: one live attempt');
	}
	pay($_) for sort keys %pages;
	come_back($v, 'guy');
	my ($by) = taken('guy') =~ /^(\w+)/;
	paid_once('guy', $by // 'nobody');
	return;
}

my $server = HatTest->mariadb;
for my $engine (qw(sqlite mariadb)) {
	note $engine;
	$rig = CheckoutRig->new($server, $engine);
	$rig->stock(q{UPDATE level SET qty = 50 WHERE art = 'A-1'});
	$rig->level_shown('A-1', 50) or die "no mirror\n";
	the_page_of_the_first_way_is_closed_before_the_second_is_there();
	what_is_paid_in_one_tab_is_not_paid_in_the_other();
	tabs_that_choose_at_one_moment_have_one_live_attempt();
	undef $rig;
}
done_testing();
