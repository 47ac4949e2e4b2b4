#!/usr/bin/perl
# events.t - a day's events of Stripe and PayPal, shuffled, tripled, reversed and
# half of them lost: orders, money, goods, holds, letters and both gateways' books
# end the same (R45, R49-R53); and no event replayed at any time changes that.
# ./dev long events [SEED] tries twenty orders of them.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use CheckoutRig;
use HatTest;
use Seeded;
use Test::More;

my $seed = $ENV{HATSHOP_SEED} // 20261122;
my $random = seeded($seed);
my $rig = CheckoutRig->new(HatTest->mariadb, 'sqlite', 'stock.stale_after' => 600);
my ($box, $pp) = ($rig->box, $rig->wallet);
$rig->stock(q{UPDATE level SET qty = 90 WHERE art = 'A-1'});
$rig->level_shown('A-1', 90) or die "no mirror\n";

sub shopctl { return $rig->rig->run('ctl/shopctl', '-f', $rig->rig->conf, @_) }

#** The day: what shoppers do at the gateways' pages, and none comes back

my @cards = (
	[ann => '4242424242424242'], [bob => '4242424242424242'], [cat => '4242424242424242'],
	[dan => '4000000000000002'], [eve => '4000002500003155', 'yes'], [fay => '4000002500003155', 'no'],
	[gil => '4000000000007726'], [hal => '4000000000005126'], [ida => '4000000000000259'],
	[jon => undef], [kay => 'expire'],
);
my @wallets = ([lea => ''], [max => ''], [ned => 'declined'], [ola => 'slow'], [pam => 'slow-denied'],
	[quy => 'no-capture'], [rob => 'review-denied'], [sue => 'cancel'], [tim => 'review']);

sub at_the_page {
	my ($user, $gateway) = @_;
	my $v = $rig->customer($user);
	$rig->put_in($v, 'A-1', 1 + $random->(3));
	return $rig->place($v, $rig->review($v), gateway => $gateway);
}

sub by_card {
	my ($user, $card, $answer) = @_;
	my $r = at_the_page($user, 'stripe');
	my ($session) = $r->{headers}{location} =~ m{(cs_test_\w+)} or die "no page for $user\n";
	return if !defined $card;
	return $box->call(POST => "checkout/sessions/$session/expire", {}, key => "expire-$user") if $card eq 'expire';
	$box->pay($session, $card);
	$box->prove($session, $answer) if $answer;
	return;
}

sub by_wallet {
	my ($user, $mood) = @_;
	my ($id) = at_the_page($user, 'paypal')->{headers}{location} =~ m{token=(\w+)} or die "no page for $user\n";
	return $mood eq 'cancel' ? $pp->cancel($id) : $pp->approve($id, $mood);
}

#** The world as it was in the evening

my $kept = $rig->dir . '/evening';

sub files { return ([$rig->rig->{conf}{'db.file'}, "$kept/sales.db"], map { [$rig->dir . "/box/$_.db", "$kept/$_.db"] } 'stripe', 'paypal') }

sub keep {
	mkdir $kept;
	for (files()) {
		unlink $_->[1];
		system('sqlite3', $_->[0], "VACUUM INTO '$_->[1]'") == 0 or die "could not copy $_->[0]\n";
	}
	return;
}

sub restore {
	$rig->rig->stop($rig->{syncd});
	$rig->stock(q{UPDATE level SET qty = 90 WHERE art = 'A-1'; DELETE FROM hatshop.give_back; DELETE FROM hatshop.claim});
	for (files()) {
		unlink "$_->[0]-wal", "$_->[0]-shm";
		system('sqlite3', $_->[0], ".restore '$_->[1]'") == 0 or die "could not restore $_->[0]\n";
	}
	$rig->{syncd} = $rig->rig->start;
	return;
}

#** What is true

my $who = '(SELECT c.user_name FROM customer c WHERE c.id = o.customer_id)';
my @asked = (
	"SELECT 'order', $who, o.state, o.total, o.captured, o.refunded, o.told, o.live IS NULL, o.attention <> '', o.ending FROM orders o",
	"SELECT 'payment', $who, p.gateway, p.state, p.goods, p.captured, p.live IS NULL FROM payment p JOIN orders o ON o.id = p.order_id",
	"SELECT 'refund', $who, r.reference, r.state, r.amount, r.told FROM refund r JOIN orders o ON o.id = r.order_id",
	# what was given back soon was freed by us, or seen by the mirror before
	"SELECT 'hold', $who, h.qty, h.state > 1 FROM hold h JOIN orders o ON o.uid = h.order_uid",
	"SELECT 'item', source_key, level, held FROM item WHERE source_key = 'A-1'",
	# a parcel's name is drawn anew, after the evening
	"SELECT DISTINCT 'journal', $who, j.kind, CASE WHEN j.kind LIKE 'parcel %' THEN '' ELSE j.once END FROM journal j JOIN orders o ON o.id = j.order_id WHERE j.once IS NOT NULL"
	    # what only says that an event came has the event's name
	    . " AND j.once NOT LIKE 'stripe %' AND j.once NOT LIKE 'paypal %' AND j.once NOT LIKE 'carrier %'",
	"SELECT 'letter', l.kind, c.user_name, count(*) FROM letter l JOIN customer c ON c.id = l.customer_id GROUP BY l.kind, c.user_name",
);

sub state_now {
	my @all = map { sort split /\n/, $rig->sales($_) } @asked;
	push @all, $rig->stock('SELECT attempt, item, kind, qty, returned FROM hatshop.claim ORDER BY 1, 2');
	push @all, 'level ' . $rig->level('A-1');
	push @all, sort map { join ' ', 'stripe', map { $_ // '' } @$_{qw(order captured refunded)} } @{ $box->books };
	push @all, sort map { my $u = $_->{purchase_units}[0]; my $m = $u->{payments};
		join ' ', 'paypal', $u->{custom_id}, map { my $k = $_; "$k " . join ',', sort map { "$_->{amount}{value} $_->{status}" } @{ $m->{$k} // [] } }
		    qw(captures refunds) } @{ $pp->books };
	return join "\n", @all;
}

#** Events

# More than fits on a command line.
sub say_long {
	my ($sql) = @_;
	my $path = $rig->dir . '/events.sql';
	open my $f, '>', $path or die "$path: $!\n";
	print $f "$sql;\n";
	close $f or die "$path: $!\n";
	return $rig->sales(".read $path");
}

# What has come is put in another order, each so many times, some lost.
sub rearrange {
	my ($how) = @_;
	my @rows = map { [split /\t/] } split /\n/, $rig->sales("SELECT source, event, hex(headers), hex(body) FROM inbox WHERE state = 1 ORDER BY id");
	return if !@rows || $how->{as_they_are};
	# what only an event tells is never lost: a dispute, a refund that fails later
	@rows = grep { $how->{seen}{ $_->[1] } || pack('H*', $_->[3]) =~ /dispute|refund/i || $random->(2) } @rows if $how->{lose};
	my @new;
	for my $n (1 .. $how->{times} // 1) {
		push @new, map { my @r = @$_; $r[1] .= "#$n" if $n > 1; \@r } grep { $n == 1 || !$how->{seen}{ $_->[1] } } @rows;
	}
	$how->{seen}{ $_->[1] } = 1 for @new;
	@new = reverse @new if $how->{reverse};
	if ($how->{shuffle}) {
		for my $i (reverse 1 .. $#new) {
			my $j = $random->($i + 1);
			@new[$i, $j] = @new[$j, $i];
		}
	}
	my $at = $rig->sales('SELECT COALESCE(MAX(id), 0) FROM inbox');
	say_long(join ';', 'BEGIN IMMEDIATE', 'DELETE FROM inbox WHERE state = 1', (map { $at++;
		"INSERT OR REPLACE INTO inbox (id, source, event, state, made_at, next_at, headers, body) "
		    . "VALUES ($at, '$_->[0]', '$_->[1]', 1, 1, 1, CAST(X'$_->[2]' AS TEXT), X'$_->[3]')" } @new), 'COMMIT');
	return;
}

# A few that were done, by the administrators' command.
sub replay_some {
	my @ids = split /\n/, $rig->sales('SELECT id FROM inbox');
	for (1 .. @ids && 4) {
		my ($status, $out) = shopctl('replay', $ids[$random->(scalar @ids)]);
		$status == 0 or fail("replayed: $out");
	}
	return;
}

my $never = 9223372036854775807;

sub turn {
	my ($how) = @_;
	$box->deliver(all => 'true');
	$pp->deliver(all => 'true');
	rearrange($how);
	replay_some() if $how->{replay};
	# nobody waits 15 s for the next look
	$rig->sales("UPDATE orders SET next_at = 1 WHERE next_at <> $never");
	$rig->lifecycle;
	return;
}

# Turns until all is as expected, or, the first time, as it stays for 5 s and 10 turns.
sub settles {
	my ($how, $expected) = @_;
	my ($now, $since, $same, $end) = ('', time, 0, time + 180);
	while (time < $end) {
		turn($how);
		my $next = state_now();
		$same++;
		($now, $since, $same) = ($next, time, 0) if $next ne $now;
		last if defined $expected ? $now eq $expected : time - $since > 5 && $same >= 10;
	}
	return $now;
}

# The shop's own part of the day.
sub the_desk_works {
	for my $c ([bob => '1.50'], [gil => '2.00'], [hal => '3.00'], [max => '4.00']) {
		shopctl('order', 'refund', $rig->order($c->[0], 'id'), '--amount', $c->[1], '--yes');
	}
	shopctl('order', 'refund', $rig->order('ann', 'id'), '--yes');
	shopctl('order', 'cancel', $rig->order($_, 'id'), '--why', 'too small', '--yes') for 'cat', 'lea';
	shopctl('order', 'cancel', $rig->order('jon', 'id'), '--why', 'no time');
	return;
}

sub differs {
	my ($got, $expected) = @_;
	my %there = map { $_ => 1 } split /\n/, $expected;
	my %here = map { $_ => 1 } split /\n/, $got;
	return join "\n", (map { "+ $_" } grep { !$there{$_} } sort keys %here), map { "- $_" } grep { !$here{$_} } sort keys %there;
}

sub a_day {
	my ($how, $noon, $night) = @_;
	my $first = settles($how, $noon);
	the_desk_works();
	return ($first, settles($how, $night));
}

my ($noon, $night);

sub the_day_as_it_was {
	by_card(@$_) for @cards;
	by_wallet(@$_) for @wallets;
	keep();
	($noon, $night) = a_day({ as_they_are => 1 });
	my %is = map { (split /\t/)[1, 2] } grep { /^order\t/ } split /\n/, $night;
	is(join(' ', map { "$_$is{$_}" } sort keys %is),
	    'ann3 bob3 cat5 dan1 eve3 fay1 gil3 hal3 ida3 jon5 kay1 lea5 max3 ned1 ola3 pam5 quy5 rob1 sue1 tim3', 'the day as it was');
	cmp_ok($rig->sales('SELECT count(*) FROM inbox'), '>', 60, 'its events');
	is($rig->sales('SELECT count(*) FROM inbox WHERE state = 1'), 0, 'are all done');
	return;
}

sub another_order_of_events_ends_the_same {
	my ($name, %how) = @_;
	restore();
	$how{seen} = {};
	my ($first, $last) = a_day(\%how, $noon, $night);
	is(differs($first, $noon), '', "R51: $name: the same at noon");
	is(differs($last, $night), '', "R51: $name: the same at night");
	return;
}

sub nothing_changes_by_a_replay {
	for my $id (split /\n/, $rig->sales('SELECT id FROM inbox')) {
		my ($status) = shopctl('replay', $id);
		$status == 0 or fail("replay $id");
	}
	my $end = time + 60;
	do { turn({ as_they_are => 1 }) } while $rig->sales('SELECT count(*) FROM inbox WHERE state = 1') > 0 && time < $end;
	turn({ as_they_are => 1 });
	is($rig->sales('SELECT count(*) FROM inbox WHERE state = 1'), 0, 'all are done again');
	is(differs(state_now(), $night), '', 'R51: each event replayed at the end changes nothing');
	my ($status, $out) = shopctl('reconcile', '--json');
	my @kinds = sort grep { !/^attention$/ } $out =~ /"kind": "([a-z-]+)"/g;
	is("@kinds", '', 'R52: and the books agree, but for what is for a person') or diag($out);
	return;
}

diag("seed $seed") if $ENV{HATSHOP_LONG};
the_day_as_it_was();
another_order_of_events_ends_the_same('reversed and tripled', reverse => 1, times => 3, replay => 1);
if ($ENV{HATSHOP_LONG}) {
	another_order_of_events_ends_the_same('shuffled, half of them lost', shuffle => 1, lose => 1);
	another_order_of_events_ends_the_same('shuffled and tripled', shuffle => 1, times => 3);
}
another_order_of_events_ends_the_same("shuffled, $_", shuffle => 1, times => 1 + $_ % 3, lose => $_ % 2, replay => $_ % 5 == 0)
    for 1 .. ($ENV{HATSHOP_LONG} ? 17 : 0);
nothing_changes_by_a_replay();
done_testing();
