#!/usr/bin/perl
# syncd-kill.t - kill -9 of syncd at random moments while four writers change
# the stock: afterwards the mirror equals the stock exactly, and at no moment did
# it go back to something older. 10 kills on each server, 200 in the long form
# (./dev long syncd-kill [SEED]).
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use HatTest;
use SyncRig;
use Test::More;
use Time::HiRes qw(sleep time);

my $seed = $ENV{HATSHOP_SEED} // 4711;
my $kills = $ENV{HATSHOP_LONG} ? 200 : 10;
my $items = 400;
my $rig;
diag "seed $seed";

# One statement of a writer; $own makes rand of this process.
sub statement {
	my ($writer) = @_;
	my $n = 1 + int rand $items;
	my $kind = rand 10;
	return "UPDATE level SET qty = FLOOR(RAND() * 50) WHERE art = 'K-$n'" if $kind < 5;
	return "UPDATE level SET qty = qty - 1 WHERE art = 'K-$n'" if $kind < 6;
	return "UPDATE `order` SET `na``me` = 'Hat $n of $writer.@{[int rand 1e6]}' WHERE `key` = 'K-$n'"
	    if $kind < 7;
	return "UPDATE `order` SET shown = IF(shown = 'y', 'n', 'y'), price = price + 1 WHERE `key` = 'K-$n'"
	    if $kind < 8;
	return "DELETE FROM `order` WHERE `key` = 'K-$n'" if $kind < 8.5;
	return "START TRANSACTION; UPDATE `order` SET `group` = 1 + FLOOR(RAND() * 3) WHERE `key` = 'K-$n';"
	    . " UPDATE level SET qty = NULL WHERE art = 'K-$n'; "
	    . (rand() < 0.5 ? 'COMMIT' : 'ROLLBACK') if $kind < 9;
	return "UPDATE level SET qty = qty + 1 WHERE art = 'COUNTER'" if $kind < 9.5;
	return "INSERT IGNORE INTO `order` VALUES ('K-$n', 'Hat $n again', 'x', 3, 2, 'y')";
}

# A writer: the client reads from a pipe that a child fills until it is told to
# stop; errors (a deadlock) do not end it. Returns the child's pid.
sub writer {
	my ($n, $seeded) = @_;
	my $parent = $$;
	my $pid = $rig->fork;
	return $pid if $pid;
	srand $seeded;
	my $go = 1;
	local $SIG{TERM} = sub { $go = 0 };
	local $SIG{PIPE} = 'IGNORE';
	open my $sql, '|-', 'mariadb', '--no-defaults', '-u', 'root', '--force', '-N',
	    '-S', $rig->{server}->socket, 'alt_lager' or die "mariadb: $!\n";
	open STDERR, '>', '/dev/null';
	$sql->autoflush(1);
	while ($go && getppid() == $parent) {
		print $sql statement($n), ";\n";
		sleep 0.002 * rand;
	}
	close $sql;
	require POSIX;
	POSIX::_exit(0);
	return;
}

# Watches the item whose level only rises; leaves with 1 when the mirror falls
# back.
sub watcher {
	my $parent = $$;
	my $pid = $rig->fork;
	return $pid if $pid;
	my $go = 1;
	my ($last, $bad) = (-1, 0);
	local $SIG{TERM} = sub { $go = 0 };
	while ($go && getppid() == $parent) {
		my $now = eval { $rig->field('COUNTER', 'level') };
		next if !defined $now || $now !~ /^\d+$/;
		$bad = 1 if $now < $last;
		$last = $now;
		sleep 0.02;
	}
	require POSIX;
	POSIX::_exit($bad);
	return;
}

sub fill {
	my @rows = map { "('K-$_', 'Hat $_', 'A hat, number $_.', $_, 1 + $_ % 3, 'y')" } 1 .. $items;
	my @levels = map { "('K-$_', $_ % 50)" } 1 .. $items;
	$rig->stock(q{INSERT INTO `order` VALUES ('COUNTER', 'Counter', '', 1, 1, 'y');
	    INSERT INTO level (art, qty) VALUES ('COUNTER', 0);}
	    . 'INSERT INTO `order` VALUES ' . join(',', @rows) . ';'
	    . 'INSERT INTO level (art, qty) VALUES ' . join(',', @levels));
	return;
}

# The stored counters and the search terms agree with the items.
sub books_are_straight {
	my ($when) = @_;
	is($rig->sales(q{SELECT COUNT(*) FROM category c WHERE c.items <>
	    (SELECT COUNT(*) FROM item i WHERE i.category_id = c.id AND i.gone = 0)}), 0,
	    "$when: counters of categories are right");
	is($rig->sales(q{SELECT COUNT(*) FROM item i WHERE i.gone = 0 AND NOT EXISTS
	    (SELECT 1 FROM term t WHERE t.item_id = i.id)}), 0, "$when: all that is shown is found");
	return;
}

# A killed one leaves its lease: it would be waited for. Its locks may last a
# moment longer.
sub free_lease {
	wait_until(60, sub { eval { $rig->sales('UPDATE lease SET expires_at = 0'); 1 } })
	    or die "the lease stays locked\n";
	return;
}

sub wait_a_random_moment { sleep 0.02 + rand 0.6; return }

sub killed_at_any_moment_it_ends_equal {
	my ($server, $engine, $mode) = @_;
	$rig = SyncRig->new($server, $engine, 'log.level' => 'error', 'stock.mode' => $mode);
	$rig->allow_log if $mode eq 'binlog';
	fill();
	my $watcher = watcher();
	my @writers = map { writer($_, $seed + $_) } 1 .. 4;
	for (1 .. $kills) {
		my $pid = $rig->start;
		free_lease();
		wait_a_random_moment();
		$rig->stop($pid, 'KILL');
	}
	books_are_straight('killed');
	a_sleeper_applies_nothing();
	$rig->stop($_) for @writers;
	wait_until(60, sub { $rig->mirror eq $rig->expected });
	is($rig->mirror, $rig->expected, 'R96: the mirror equals the stock exactly');
	is($rig->stop($watcher), 0, 'and never showed what is older than it had shown');
	ok(wait_until(60, sub { $rig->sales('SELECT COUNT(*) FROM stage') == 0
	    && $rig->sales('SELECT partial FROM mirror') == 0 }), 'nothing is left half done');
	books_are_straight('at the end');
	# it is told once the log is proven
	ok(wait_until(60, sub { $rig->sales('SELECT mode FROM mirror') eq $mode }),
	    'it was not another way');
	$rig->stop($rig->{last});
	return;
}

# Stopped while it publishes; another one takes over; woken up, the first one
# finds its fence too low. The watcher sees whether it applied anything.
sub a_sleeper_applies_nothing {
	free_lease();
	my $first = $rig->start('first');
	wait_until(60, sub { $rig->sales('SELECT MAX(expires_at) FROM lease') > 0 });
	sleep 0.3 + rand 0.3;
	$rig->pause($first);
	my $fence = $rig->sales('SELECT fence FROM lease');
	$rig->{last} = $rig->start('second');
	ok(wait_until(60, sub { $rig->sales('SELECT fence FROM lease') > $fence }),
	    'a sleeper is replaced');
	sleep 0.5;
	kill 'CONT', $first;
	sleep 0.5;
	is($rig->stop($first), 0, 'and ends cleanly when it wakes');
	return;
}

srand $seed;
for my $mode (qw(poll binlog)) {
	my $mariadb = HatTest->mariadb;
	subtest "stock on MariaDB, sales on SQLite, $mode" =>
	    sub { killed_at_any_moment_it_ends_equal($mariadb, 'sqlite', $mode) };
	subtest "stock on MariaDB, sales on MariaDB, $mode" =>
	    sub { killed_at_any_moment_it_ends_equal($mariadb, 'mariadb', $mode) };
	undef $rig;
}
SKIP: {
	my $mysql = HatTest->mysql97 or skip 'MySQL 9.7 cannot be had here', 2;
	for my $mode (qw(poll binlog)) {
		subtest "stock on MySQL, sales on SQLite, $mode" =>
		    sub { killed_at_any_moment_it_ends_equal($mysql, 'sqlite', $mode) };
		undef $rig;
	}
}
done_testing;
