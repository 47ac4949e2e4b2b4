#!/usr/bin/perl
# syncd-copy.t - a first copy that is killed in the middle goes on where it was,
# holds that end meanwhile end once, and a terminal shows how far it is.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use HatTest;
use SyncRig;
use Test::More;
use Time::HiRes qw(sleep time);

my $items = 6000;
my $rig;

sub fill {
	for (my $at = 1; $at <= $items; $at += 500) {
		my @n = $at .. $at + 499;
		$rig->stock('INSERT INTO `order` VALUES '
		    . join(',', map { "('K-$_', 'Hat of kind $_', 'A hat of felt, number $_', 1 + $_ % 100, 1 + $_ % 3, 'y')" } @n)
		    . '; INSERT INTO level (art, qty) VALUES ' . join(',', map { "('K-$_', $_ % 50 + 10)" } @n));
	}
	return;
}

sub published { return eval { $rig->sales('SELECT COUNT(*) FROM item') } // 0 }

sub staged { return $rig->sales('SELECT COUNT(*) FROM stage') }

sub free_lease {
	wait_until(60, sub { eval { $rig->sales('UPDATE lease SET expires_at = 0'); 1 } });
	return;
}

# Start it and kill it as soon as the condition holds.
sub killed_when {
	my ($condition) = @_;
	my $pid = $rig->start;
	my $got = wait_until(300, $condition);
	$rig->stop($pid, 'KILL');
	free_lease();
	return $got;
}

sub a_copy_that_was_killed_goes_on {
	my ($server, $engine, $mode) = @_;
	my ($reads, $had);
	# it may be over before anybody has looked
	for (1 .. 10) {
		$rig = SyncRig->new($server, $engine, 'log.level' => 'debug', 'stock.mode' => $mode);
		$rig->allow_log;
		fill();
		killed_when(sub { $reads = staged(); $reads > 0 || published() >= $items }) or last;
		killed_when(sub { published() >= $items / 3 }) or last;
		$had = published();
		last if $reads && $had < $items;
	}
	ok($reads, "$mode: killed while it reads");
	cmp_ok($had, '>=', $items / 3, "$mode: killed while it publishes");
	cmp_ok($had, '<', $items, "$mode: $had items are there");
	is($rig->sales('SELECT partial FROM mirror'), 1, "$mode: and it says that it is not whole");
	# a hold on what is there, and its goods go before the rest comes
	$rig->sales(q{INSERT INTO hold (order_uid, item_id, attempt, qty, made_at)
	    SELECT 'o' || source_key, id, 'p' || source_key, 1, 1 FROM item WHERE source_key LIKE 'K-10%';
	    UPDATE item SET held = 1 WHERE source_key LIKE 'K-10%'});
	my $holds = $rig->sales('SELECT COUNT(*) FROM hold');
	cmp_ok($holds, '>', 0, "$mode: $holds holds");
	$rig->stock(q{START TRANSACTION; INSERT INTO hatshop.claim (attempt, item, kind, qty)
	    SELECT CONCAT('p', `key`), `key`, 'take', 1 FROM `order` WHERE `key` LIKE 'K-10%';
	    UPDATE level SET qty = qty - 1 WHERE art LIKE 'K-10%'; COMMIT});
	my $before = length $rig->log;
	my $pid = $rig->start;
	my $least = $had;
	ok(wait_until(300, sub {
		my $now = published();
		$least = $now if $now < $least;
		return $now >= $items && $rig->sales('SELECT partial FROM mirror') == 0;
	}), "$mode: it ends") or diag $rig->log;
	is($least, $had, "$mode: nothing that was there was taken away");
	ok(wait_until(60, sub { $rig->log =~ /differences=\d/ }), "$mode: it says what it did");
	my ($did) = substr($rig->log, $before) =~ /differences=(\d+)/;
	cmp_ok($did // $items, '<=', $items + 5 - $had + $holds, "$mode: only the rest was copied");
	is($rig->mirror, $rig->expected, "$mode: R95: exactly");
	is($rig->sales('SELECT COUNT(*) FROM hold WHERE state = 2'), $holds, "$mode: the holds have ended");
	is($rig->sales('SELECT COUNT(*) FROM item WHERE held <> 0'), 0, "$mode: and count no more");
	$rig->stop($pid);
	return;
}

sub a_terminal_shows_how_far_it_is {
	my ($server) = @_;
	$rig = SyncRig->new($server, 'sqlite');
	fill();
	my $command = join ' ', "$BUILD/syncd/syncd", '-1', '-f', $rig->conf;
	my $shown = `script -qec '$command' /dev/null </dev/null`;
	like($shown, qr/\rpublished \d+ of 6005 items/, 'a line that is written over');
	$rig = SyncRig->new($server, 'sqlite');
	fill();
	my (undef, $out) = $rig->syncd('-1');
	unlike($out, qr/\r/, 'and without a terminal none');
	return;
}

my $mariadb = HatTest->mariadb;
subtest 'sales on SQLite' => sub {
	a_copy_that_was_killed_goes_on($mariadb, 'sqlite', $_) for qw(poll binlog);
};
subtest 'sales on MariaDB' => sub { a_copy_that_was_killed_goes_on($mariadb, 'mariadb', 'poll') };
subtest 'a terminal shows how far it is' => sub { a_terminal_shows_how_far_it_is($mariadb) };
undef $rig;
done_testing;
