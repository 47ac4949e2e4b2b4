#!/usr/bin/perl
# stock-compare.t - shopctl stock compare: what differs is told, what is only on
# its way is not, and syncd repairs it.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use HatTest;
use POSIX ();
use SyncRig;
use Test::More;
use Time::HiRes qw(sleep);

my $rig;

# compare [OPTION...]: status, what is on standard output, what is told.
sub compare {
	my ($status, $out) = $rig->run('ctl/shopctl', '-f', $rig->conf, 'stock', 'compare', @_);
	my @lines = grep { /\t/ } split /\n/, $out;
	return ($status, join("\n", sort @lines), $out);
}

sub books { return $rig->sales('SELECT source_key, level, held, gone, name, price FROM item ORDER BY 1') }

sub without_a_syncd_what_differs_is_told_at_once {
	$rig->syncd('-1');
	my ($status, $lines, $all) = compare();
	is($status, 0, 'R101: nothing differs') or diag $all;
	like($all, qr/^6 items compared, 0 differences in 0$/m, 'and it says so');
	$rig->stock(q{UPDATE level SET qty = 3 WHERE art = 'A-1';
	    UPDATE `order` SET `na``me` = 'The Fes', price = 8 WHERE `key` = 'A-2';
	    DELETE FROM `order` WHERE `key` = 'b-3';
	    INSERT INTO `order` VALUES ('N-9', 'New', '', 1, 1, 'y');
	    UPDATE level SET qty = NULL WHERE art = 'ÄÖ-5'});
	my $before = books();
	($status, $lines, $all) = compare();
	is($status, 1, 'some do');
	is($lines, join("\n", sort "A-1\tlevel\t5\t3", "A-2\tname\tThe Fez\tThe Fes", "A-2\tprice\t700\t800",
	    "b-3\titem\tthere\tmissing", "N-9\titem\tmissing\tthere", "ÄÖ-5\tlevel\t1000\t0",
	    "ÄÖ-5\tflaw\tnothing is wrong\tits level is NULL: counts as 0"), 'each with item, field, ours and theirs');
	like($all, qr/^6 items compared, 7 differences in 5; no syncd follows/m, 'and counted');
	is(books(), $before, 'and nothing was changed');
	($status, $lines, $all) = compare('--repair');
	is($status, 2, 'nobody is there to repair it');
	like($all, qr/no syncd follows the stock system: start it/, 'which is said');
	$rig->syncd('-1');
	($status, $lines, $all) = compare();
	is($status, 0, 'what is gone, hidden or flawed on both sides is equal') or diag $all;
	is((compare('--more'))[0], 2, 'usage');
	$rig->set('stock.database' => 'nowhere');
	is((compare())[0], 2, 'trouble is not a difference');
	$rig->set('stock.database' => 'alt_lager');
	return;
}

sub what_other_hands_changed_is_repaired {
	my ($mode) = @_;
	$rig->sales('UPDATE mirror SET compared_at = 0');
	my $pid = $rig->start($mode);
	wait_until(60, sub { $rig->sales('SELECT mode FROM mirror') eq $mode
	    && $rig->sales('SELECT compared_at FROM mirror') > 0
	    && $rig->mirror eq $rig->expected }) or diag $rig->log($mode);
	$rig->sales(q{UPDATE item SET level = level + 7 WHERE source_key = 'A-1';
	    UPDATE item SET name = 'Theirs' WHERE source_key = 'A-2'});
	my ($status, $lines, $all) = compare();
	is($status, 1, "$mode: R101: differences that do not pass") or diag $all;
	my $level = $rig->stock("SELECT CAST(qty AS SIGNED) FROM level WHERE art = 'A-1'");
	is($lines, "A-1\tlevel\t" . ($level + 7) . "\t$level\nA-2\tname\tTheirs\tThe Fes", "$mode: are told");
	($status, $lines, $all) = compare('--repair');
	is($status, 0, "$mode: repaired") or diag $all, $rig->log($mode);
	is($rig->mirror, $rig->expected, "$mode: the mirror is the stock's");
	is($rig->sales('SELECT differences FROM mirror'), 2, "$mode: the mirror counts them");
	cmp_ok($rig->sales('SELECT compared_at FROM mirror'), '>', 0, "$mode: and says when");
	like($rig->log($mode), qr/warn\w*: differences repaired that nothing explains: 2, the first "/, "$mode: as the log does");
	(undef, undef, $all) = compare('--repair');
	like($all, qr/0 differences/, "$mode: then there are none");
	$rig->sales(q{UPDATE item SET held = 2 WHERE source_key = 'A-1'});
	($status, $lines) = compare();
	is("$status $lines", "1 A-1\theld\t2\t0", "$mode: what orders hold is added up");
	$rig->sales(q{UPDATE item SET held = 0 WHERE source_key = 'A-1'});
	$rig->stop($pid);
	$rig->sales(q{INSERT INTO hold (order_uid, item_id, attempt, qty, made_at)
	    SELECT 'o} . $mode . q{', id, 'p} . $mode . q{', 1, 1 FROM item WHERE source_key = 'A-1';
	    UPDATE item SET held = 1 WHERE source_key = 'A-1'});
	$rig->stock("INSERT INTO hatshop.claim (attempt, item, kind, qty) VALUES ('p$mode', 'A-1', 'take', 1)");
	$rig->sales('UPDATE lease SET expires_at = 0');
	($status, $lines) = compare();
	is("$status $lines", "1 A-1\thold\topen\ttaken", "$mode: so is what an order has taken");
	$pid = $rig->start($mode);
	# one that has not taken over yet is nobody to wait for
	wait_until(60, sub { $rig->sales(q{SELECT expires_at FROM lease WHERE name = 'mirror'}) > 0 })
	    or diag $rig->log($mode);
	($status, $lines, $all) = compare();
	is($status, 0, "$mode: which is no difference once syncd comes to it") or diag $all;
	return $pid;
}

# A syncd that stands still with the lease: nobody can say that all is well.
sub what_nobody_confirms_is_no_all_clear {
	my $pid = $rig->start('still');
	wait_until(60, sub { $rig->mirror eq $rig->expected
	    && $rig->sales(q{SELECT expires_at FROM lease WHERE name = 'mirror'}) > 0 });
	$rig->pause($pid);
	$rig->sales('UPDATE lease SET expires_at = expires_at + 600');
	$rig->stock(q{UPDATE level SET qty = qty + 1 WHERE art = 'A-1'});
	my ($status, undef, $all) = compare('-t', 2);
	is($status, 2, 'R101: what nobody confirms is trouble, not equality') or diag $all;
	like($all, qr/1 items differ, and syncd has not confirmed/, 'and it says so');
	$rig->sales('UPDATE lease SET expires_at = 0');
	kill 'CONT', $pid;
	$rig->stop($pid);
	$rig->sales('UPDATE lease SET expires_at = 0');
	return;
}

# Four writers do what they can while it is compared.
sub what_is_on_its_way_is_no_difference {
	my ($mode, $pid) = @_;
	my @writers;
	for my $n (1 .. 4) {
		my $writer = $rig->fork;
		if (!$writer) {
			srand $n;
			my ($parent, $go) = (getppid, 1);
			local $SIG{TERM} = sub { $go = 0 };
			open my $sql, '|-', 'mariadb', '--no-defaults', '-u', 'root', '--force', '-N',
			    '-S', $rig->{server}->socket, 'alt_lager' or POSIX::_exit(1);
			open STDERR, '>', '/dev/null';
			$sql->autoflush(1);
			while ($go && getppid == $parent) {
				my $key = (qw(A-1 A-2 H-6 N-9))[rand 4];
				print $sql rand() < 0.7
				    ? "UPDATE level SET qty = FLOOR(RAND() * 50) WHERE art = '$key';\n"
				    : "UPDATE `order` SET shown = IF(shown = 'y', 'n', 'y') WHERE `key` = '$key';\n";
				sleep 0.002;
			}
			close $sql;
			POSIX::_exit(0);
		}
		push @writers, $writer;
	}
	my ($status, $lines, $all) = compare('-t', 3);
	is($status, 0, "$mode: what changes all the time does not differ") or diag $all;
	($status, $lines, $all) = compare('-t', 3, '--repair');
	is($status, 0, "$mode: nor does a repair find any") or diag $all;
	$rig->sales('UPDATE mirror SET compared_at = 0, differences = 99');
	ok(wait_until(60, sub { $rig->sales('SELECT compared_at FROM mirror') > 0 }), "$mode: a full compare ends");
	is($rig->sales('SELECT differences FROM mirror'), 0, "$mode: and finds all explained") or diag $rig->log($mode);
	$rig->stop($_) for @writers;
	$rig->stop($pid);
	return;
}

sub compared {
	my ($server, $engine) = @_;
	$rig = SyncRig->new($server, $engine, 'stock.stale_after' => 5);
	$rig->allow_log;
	without_a_syncd_what_differs_is_told_at_once();
	what_nobody_confirms_is_no_all_clear();
	for my $mode (qw(poll binlog)) {
		$rig->set('stock.mode' => $mode);
		my $pid = what_other_hands_changed_is_repaired($mode);
		what_is_on_its_way_is_no_difference($mode, $pid);
	}
	undef $rig;
	return;
}

my $mariadb = HatTest->mariadb;
subtest 'stock on MariaDB, sales on SQLite' => sub { compared($mariadb, 'sqlite') };
subtest 'stock on MariaDB, sales on MariaDB' => sub { compared($mariadb, 'mariadb') };
undef $mariadb;
SKIP: {
	my $mysql = HatTest->mysql97 or skip 'MySQL 9.7 cannot be had here', 1;
	subtest 'stock on MySQL, sales on SQLite' => sub { compared($mysql, 'sqlite') };
}
done_testing;
