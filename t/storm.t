#!/usr/bin/perl
# storm.t - a seeded storm over a stock system: four writers, DDL, restarts and
# kills of the server and of syncd, purges and resets of the log, swaps to
# another server behind the same address, cuts and stalls of the wire. Whenever
# the wind lies down and the mirror says that it was seen equal since, it is:
# field by field and bit by bit (R91, R92, R96, R97, R98). ./dev long storm [SEED]
# takes HATSHOP_STORM_SECONDS (600) for each server, the short form 45.
#
# HATSHOP_STORM_ROUNDS="4" or "4-9": only these of the seed, HATSHOP_STORM_SERVER=mysql97
# or mariadb: only this. What happens is the seed's alone; when it happens is also
# the machine's, so a failure may need its round more than once.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use HatTest;
use Storm;
use SyncRig;
use Test::More;
use Time::HiRes qw(sleep time);
use Wire;

my $seed = $ENV{HATSHOP_SEED} // 4711;
my $seconds = $ENV{HATSHOP_STORM_SECONDS} // ($ENV{HATSHOP_LONG} ? 600 : 45);
my ($first, $last) = ($ENV{HATSHOP_STORM_ROUNDS} // '0-99999') =~ /^(\d+)(?:-(\d+))?$/
    or die "HATSHOP_STORM_ROUNDS: \"4\" or \"4-9\"\n";
$last //= $first;

my ($rig, $wire, $storm, $here, $there, $mysql, $syncd, %seen);

# ---- means ----

# As root on the server that is the stock system now; what fails, fails.
sub quietly {
	my ($sql) = @_;
	my $pid = fork // die "fork: $!\n";
	if (!$pid) {
		open STDOUT, '>', '/dev/null';
		open STDERR, '>&', \*STDOUT;
		exec 'timeout', '30', 'mariadb', '--no-defaults', '-u', 'root', '--force', '-S', $here->socket,
		    '-e', "SET lock_wait_timeout = 4, innodb_lock_wait_timeout = 4; $sql", 'alt_lager';
	}
	waitpid $pid, 0;
	return $? == 0;
}

sub asked { my ($sql) = @_; return split /\n/, eval { $rig->stock($sql) } // '' }

sub ms { my ($ms) = @_; sleep $ms / 1000; return }

sub signal_server {
	my ($signal) = @_;
	open my $in, '<', $here->dir . '/pid' or return;
	my $pid = <$in>;
	return kill $signal, $pid + 0;
}

# A killed one leaves its lease, which would be waited for.
sub free_lease {
	wait_until(60, sub { eval { $rig->sales('UPDATE lease SET expires_at = 0', 1000); 1 } });
	return;
}

sub syncd_ends {
	my ($signal) = @_;
	return if !$syncd;
	kill 'CONT', $syncd;
	my $status = $rig->stop($syncd, $signal);
	free_lease() if $signal eq 'KILL';
	$syncd = undef;
	return $signal eq 'KILL' || is($status, 0, 'syncd ends cleanly');
}

sub syncd_starts { $syncd //= $rig->start; return }

sub restart_server {
	my ($how, $more) = @_;
	$here->run($how);
	start_server($here, $more);
	return;
}

sub start_server {
	my ($server, $more) = @_;
	my $id = $server == $seen{one} ? 31 : 32;
	local $ENV{ $mysql ? 'MYSQL97_ARGS' : 'MARIADB_ARGS' } = "--server-id=$id " . ($more // '');
	$server->run('start') or BAIL_OUT('the server does not start');
	# somebody may have taken its port meanwhile
	$wire->order('to', $server->port) if $wire;
	return;
}

# ---- blows ----

sub swap {
	my ($table, $change) = @_;
	return quietly("DROP TABLE IF EXISTS _new, _old; CREATE TABLE _new LIKE `$table`;"
	    . ($change ? "ALTER TABLE _new $change;" : '')
	    . " INSERT INTO _new SELECT * FROM `$table`; RENAME TABLE `$table` TO _old, _new TO `$table`; DROP TABLE _old");
}

sub failover {
	my ($how) = @_;
	$wire->order('cut');
	$here->run($how);
	$there->become($here);
	unlink $there->dir . '/data/auto.cnf';
	($here, $there) = ($there, $here);
	start_server($here);
	$rig->{server} = $here;
	tell_writers();
	$wire->order('pass');
	return;
}

# The server is put back to what it was a while ago, under the same identity.
sub restore {
	my ($how) = @_;
	my $data = $here->dir . '/data';
	$wire->order('cut') if $how eq 'stop';
	$here->run($how);
	system('rm', '-rf', "$data.old");
	system('cp', '-a', $data, "$data.old") == 0 or die "cp: $?\n";
	start_server($here);
	$wire->order('pass');
	ms(700);
	$here->run('kill');
	system('rm', '-rf', $data);
	rename "$data.old", $data or die "rename: $!\n";
	start_server($here);
	return;
}

# Done, and undone after a while.
sub for_a_while {
	my ($do, $undo) = @_;
	quietly($do);
	ms(400);
	return quietly($undo);
}

sub log_reset { return quietly($mysql ? 'RESET BINARY LOGS AND GTIDS' : 'RESET MASTER') }

sub log_purge {
	my ($file) = (split /\t/, (asked('SHOW BINARY LOGS'))[-1] // '')[0];
	return if !defined $file;
	quietly("FLUSH BINARY LOGS; PURGE BINARY LOGS TO '$file'");
	($file) = (split /\t/, (asked('SHOW BINARY LOGS'))[-1] // '')[0];
	return quietly("PURGE BINARY LOGS TO '$file'");
}

# What is done while syncd cannot see it: it is dead, or the wire is cut.
sub away {
	my ($n, $what) = @_;
	if ($n % 2) {
		syncd_ends('KILL');
	} else {
		$wire->order('cut');
	}
	ms(100 + $n % 400);
	$what->();
	ms($n % 300);
	$wire->order('pass');
	syncd_starts();
	return;
}

sub kick {
	my ($only) = @_;
	my @ids = map { /^(\d+)/ } asked(q{SELECT ID FROM information_schema.processlist WHERE USER = 'shop'}
	    . ($only ? q{ AND COMMAND LIKE 'Binlog Dump%'} : ''));
	return quietly(join ';', map { "KILL $_" } @ids);
}

sub second_syncd {
	my ($n) = @_;
	my $other = $rig->start;
	ms($n);
	$rig->pause($syncd);
	free_lease() if $n % 3;
	ms(1000 + $n);
	kill 'CONT', $syncd;
	ms($n % 500);
	($syncd, $other) = ($other, $syncd) if $n % 2;
	return is($rig->stop($other), 0, 'one of two ends cleanly');
}

my @TABLES = qw(level order pics groups level);
my %blow = (
	calm => sub { ms($_[0]) },
	restore => sub { restore($_[0] % 2 ? 'kill' : 'stop') },
	small_files => sub { quietly('SET GLOBAL max_binlog_size = ' . ($_[0] % 3 ? 4096 : 1073741824)) },
	format => sub { quietly('SET GLOBAL binlog_format = ' . (qw(MIXED ROW STATEMENT ROW))[ $_[0] % 4 ]) },
	checksum => sub { quietly('SET GLOBAL binlog_checksum = ' . (qw(NONE CRC32))[ $_[0] % 2 ]) },
	metadata => sub { quietly('SET GLOBAL binlog_row_metadata = ' . (qw(FULL MINIMAL))[ $_[0] % 2 ]) },
	huge => sub {
		quietly("REPLACE INTO pics (art, data) VALUES ('K-@{[ 1 + $_[0] % 300 ]}', REPEAT('x', 17000000)); UPDATE pics SET path = 'p' WHERE LENGTH(data) > 1000000;"
		    . ' UPDATE pics SET data = 0x89 WHERE LENGTH(data) > 1000000');
	},
	bulk => sub { quietly('INSERT IGNORE INTO `order` (`key`, `na``me`, `text`, price, `group`, shown) SELECT CONCAT(`key`, "-B"), `na``me`, `text`, price, `group`, shown FROM `order`;'
	    . ' INSERT IGNORE INTO level (art, qty) SELECT CONCAT(art, "-B"), qty FROM level; START TRANSACTION; UPDATE level SET qty = qty + 2;'
	    . ' DELETE FROM level WHERE art LIKE "%-B"; DELETE FROM `order` WHERE `key` LIKE "%-B"; ' . (qw(COMMIT ROLLBACK))[ $_[0] % 2 ]) },
	engine => sub { for_a_while("ALTER TABLE $TABLES[ 2 * ($_[0] % 2) ] ENGINE = MyISAM", "ALTER TABLE $TABLES[ 2 * ($_[0] % 2) ] ENGINE = InnoDB") },
	view => sub { for_a_while('RENAME TABLE `groups` TO _g; CREATE VIEW `groups` AS SELECT * FROM _g; UPDATE _g SET label = "Seen" WHERE id = 1',
	    'DROP VIEW `groups`; RENAME TABLE _g TO `groups`') },
	foreign_key => sub { for_a_while('UPDATE `order` SET `group` = NULL WHERE `group` NOT IN (1, 2, 3); ALTER TABLE `order` ADD CONSTRAINT fk'
	    . ' FOREIGN KEY (`group`) REFERENCES `groups` (id) ON DELETE SET NULL ON UPDATE CASCADE; DELETE FROM `groups` WHERE id = 2;'
	    . ' UPDATE `groups` SET id = 5 WHERE id = 3', 'ALTER TABLE `order` DROP FOREIGN KEY fk; REPLACE INTO `groups` VALUES (2, "Fezzes again")') },
	other_ids => sub { quietly(($mysql ? "SET gtid_next = 'AUTOMATIC:tag$_[0]'" : "SET gtid_domain_id = @{[ 1 + $_[0] % 9 ]}, server_id = 77")
	    . '; UPDATE level SET qty = qty + 3; DELETE FROM level WHERE art = "K-9"') },
	add_column => sub { quietly("ALTER TABLE `$TABLES[ $_[0] % 5 ]` ADD COLUMN zz$_[0] INT FIRST") },
	drop_column => sub {
		quietly("ALTER TABLE `$_->[0]` DROP COLUMN `$_->[1]`") for map { [ split /\t/ ] }
		    (asked(q{SELECT TABLE_NAME, COLUMN_NAME FROM information_schema.COLUMNS
			WHERE TABLE_SCHEMA = 'alt_lager' AND COLUMN_NAME LIKE 'zz%' LIMIT 2}));
	},
	rename_swap => sub { swap($TABLES[ $_[0] % 5 ], $_[0] % 2 ? 'ADD COLUMN IF NOT EXISTS zy INT' : '') },
	refill => sub { quietly('DROP TABLE IF EXISTS _keep; CREATE TABLE _keep AS SELECT * FROM level; TRUNCATE TABLE level;'
	    . ' INSERT INTO level SELECT * FROM _keep; DROP TABLE _keep') },
	widen => sub { quietly(("ALTER TABLE level MODIFY qty decimal(@{[ 9 + $_[0] % 5 ]},2)",
	    "ALTER TABLE `order` MODIFY price decimal(@{[ 11 + $_[0] % 5 ]},4), MODIFY `na``me` varchar(@{[ 200 + $_[0] ]})",
	    "ALTER TABLE level MODIFY art varchar(@{[ 20 + $_[0] % 9 ]}) CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci",
	    'ALTER TABLE pics MODIFY data ' . (qw(longblob mediumblob))[ $_[0] % 2 ])[ $_[0] % 4 ]) },
	rename_back => sub { quietly('RENAME TABLE level TO _aside'); ms(400); quietly('RENAME TABLE _aside TO level') },
	server_restart => sub { restart_server('stop') },
	server_kill => sub { restart_server('kill') },
	server_sleep => sub { signal_server('STOP'); ms(4 * $_[0]); signal_server('CONT') },
	failover => sub { failover($_[0] % 2 ? 'kill' : 'stop') },
	log_off => sub { restart_server('stop', '--skip-log-bin'); ms(600); restart_server('stop') },
	syncd_kill => sub { syncd_ends('KILL'); ms($_[0]); syncd_starts() },
	syncd_restart => sub { syncd_ends('TERM'); ms($_[0] / 2); syncd_starts() },
	syncd_sleep => sub { kill 'STOP', $syncd; ms(3 * $_[0]); kill 'CONT', $syncd },
	syncd_second => \&second_syncd,
	flush => sub { quietly('FLUSH BINARY LOGS') },
	purge => \&log_purge,
	purge_away => sub { away($_[0], \&log_purge) },
	reset_log => \&log_reset,
	reset_away => sub { away($_[0], \&log_reset) },
	kick => sub { kick($_[0] % 2) },
	revoke => sub {
		quietly('REVOKE REPLICATION SLAVE ON *.* FROM shop');
		kick(1);
		ms($_[0]);
		quietly('GRANT REPLICATION SLAVE ON *.* TO shop');
	},
	statement => sub { quietly(qq{SET SESSION binlog_format = 'STATEMENT'; UPDATE level SET qty = $_[0] % 50 WHERE art LIKE 'K-1%';
	    DELETE FROM `order` WHERE `key` = 'K-@{[ 1 + $_[0] % 300 ]}'}) },
	minimal => sub { quietly('SET GLOBAL binlog_row_image = ' . (qw(MINIMAL NOBLOB FULL))[ $_[0] % 3 ]) },
	packed => sub {
		my $on = $_[0] % 3 ? 'ON' : 'OFF';
		quietly($mysql ? "SET GLOBAL binlog_transaction_compression = $on"
		    : "SET GLOBAL log_bin_compress_min_len = 10; SET GLOBAL log_bin_compress = $on");
	},
	category => sub { quietly("REPLACE INTO `groups` VALUES (4, 'Number $_[0]');"
	    . ($_[0] % 2 ? 'DELETE FROM `groups` WHERE id = 3' : "REPLACE INTO `groups` VALUES (3, 'Crèmes')")) },
	cut => sub { $wire->order('cut'); ms($_[0] + 50); $wire->order('pass') },
	stall => sub { $wire->order('stall'); ms(5 * $_[0]); $wire->order('pass') },
	half => sub { $wire->order('half'); ms(2 * $_[0]); $wire->order('pass') },
	slow => sub { $wire->order('slow', 10 + $_[0] % 150); ms(1500); $wire->order('pass') },
);

# ---- writers ----

# Where the writers find the stock system: it may be another one soon.
sub tell_writers {
	open my $out, '>', $rig->dir . '/now.tmp' or die "now: $!\n";
	print $out $here->socket;
	close $out or die "now: $!\n";
	rename $rig->dir . '/now.tmp', $rig->dir . '/now' or die "now: $!\n";
	return;
}

sub a_client {
	open my $in, '<', $rig->dir . '/now' or return;
	my $socket = <$in>;
	open my $client, '|-', 'timeout', '60', 'mariadb', '--no-defaults', '-u', 'root', '--force', '-N',
	    '-S', $socket, 'alt_lager' or return;
	$client->autoflush(1);
	return $client;
}

# Errors (a deadlock, a server that is away) do not end it.
sub writer {
	my ($round, $n) = @_;
	my $parent = $$;
	my $pid = $rig->fork;
	return $pid if $pid;
	my $go = 1;
	local $SIG{TERM} = sub { $go = 0 };
	local $SIG{PIPE} = 'IGNORE';
	open STDERR, '>', '/dev/null';
	open STDOUT, '>', '/dev/null';
	my $next = $storm->writer($round, $n);
	while ($go && getppid() == $parent) {
		my $client = a_client() or last;
		for (1 .. 150) {
			last if !$go || !print {$client} $next->(), ";\n";
			sleep 0.003;
		}
		close $client;
	}
	require POSIX;
	POSIX::_exit(0);
	return;
}

# ---- the quiet point ----

# Branches that were prepared and then forgotten keep their locks.
sub end_branches {
	for my $line (asked('XA RECOVER')) {
		my ($data) = (split /\t/, $line)[3];
		quietly("XA ROLLBACK '$data'");
	}
	return;
}

sub pictures_there {
	return $rig->stock(q{SELECT HEX(CONVERT(i.`key` USING utf8mb4)), IF(HEX(LEFT(p.data, 4)) = '89504E47', SHA2(p.data, 256), '')
	    FROM `order` i LEFT JOIN pics p ON p.art = CONVERT(i.`key` USING utf8mb4) COLLATE utf8mb4_unicode_ci
	    WHERE i.shown IN ('y', 'Y') AND i.price > 0 AND i.price * 100 = FLOOR(i.price * 100)
	    AND TRIM(i.`na``me`) <> '' ORDER BY 1});
}

sub pictures_here {
	return $rig->sales(q{SELECT HEX(source_key), picture FROM item WHERE gone = 0 ORDER BY 1});
}

# The lines that only one of two texts has.
sub differing {
	my ($got, $want) = @_;
	my %got = map { $_ => 1 } split /\n/, $got;
	my %want = map { $_ => 1 } split /\n/, $want;
	my @lines = ((map { "mirror $_" } grep { !$want{$_} } sort keys %got),
	    (map { "source $_" } grep { !$got{$_} } sort keys %want));
	return join "\n", splice @lines, 0, 12;
}

sub log_tail { my @lines = split /\n/, $rig->log; return join "\n", splice @lines, @lines > 40 ? -40 : 0 }

sub same {
	my ($name, $got, $want) = @_;
	return 1 if $got eq $want;
	fail("seed $seed, $name");
	diag differing($got, $want), "\n", log_tail();
	return;
}

sub confirmed { return eval { $rig->sales('SELECT confirmed_at FROM mirror') } // 0 }

sub straight_books {
	return $rig->sales(q{SELECT (SELECT COUNT(*) FROM category c WHERE c.items <>
	    (SELECT COUNT(*) FROM item i WHERE i.category_id = c.id AND i.gone = 0)),
	    (SELECT COUNT(*) FROM item i WHERE i.gone = 0 AND NOT EXISTS
	    (SELECT 1 FROM term t WHERE t.item_id = i.id))}) eq "0\t0";
}

sub quiet_point {
	my ($name) = @_;
	my $since = time;
	if (!wait_until(90, sub { confirmed() > $since })) {
		fail("seed $seed, $name: confirmed within 90 s");
		diag log_tail();
		return;
	}
	my $want = $rig->expected;
	my $good = same("$name: what was confirmed is equal", $rig->mirror, $want);
	if (!$good) {
		diag wait_until(15, sub { $rig->mirror eq $want }) ? 'it became equal later' : 'it did not become equal';
	}
	$seen{longest} = time - $since if time - $since > ($seen{longest} // 0);
	$want = pictures_there();
	# a syncd that was killed while it made one keeps others from it for a minute
	wait_until(75, sub { pictures_here() eq $want });
	$good = same("$name: pictures", pictures_here(), $want) && $good;
	$good = (straight_books() || !ok(0, "seed $seed, $name: counters and search")) && $good;
	$seen{ $rig->sales('SELECT mode FROM mirror') }++;
	return $good;
}

# ----

sub a_round {
	my ($n) = @_;
	my $round = $storm->round($n);
	my $name = ($mysql ? 'MySQL, ' : 'MariaDB, ') . $storm->told($round);
	my $began = time;
	my @writers = map { writer($round, $_) } 1 .. 4;
	for my $blow (@{ $round->{blows} }) {
		ms($blow->{after});
		$blow{ $blow->{name} }->($blow->{value});
		$seen{blows}++;
	}
	ms($round->{lull});
	$rig->stop($_) for @writers;
	end_branches();
	my $wind = time - $began;
	my $good = quiet_point($name);
	my $say = $ENV{HATSHOP_LONG} ? \&diag : \&note;
	$say->(sprintf '%s; %.1f s of wind, equal after %.1f s%s', $name, $wind, time - $began - $wind, $good ? '' : ', NOT');
	return $good;
}

sub the_mirror_is_right_whenever_the_wind_lies_down {
	my ($server, $kind) = @_;
	($here, $there, $mysql) = ($server, $server->twin, $kind ne 'mariadb');
	%seen = (one => $here);
	$here->run('stop');
	start_server($here);
	$wire = Wire->new($here->port);
	$rig = SyncRig->new($here, 'sqlite', 'stock.mode' => 'binlog', 'stock.port' => $wire->port,
	    'stock.picture.kind' => 'blob', 'stock.picture.table' => 'pics', 'stock.picture.key' => 'art',
	    'stock.picture.column' => 'data');
	$rig->allow_log;
	$rig->stock(Storm->fill);
	tell_writers();
	$storm = Storm->new($seed, $kind);
	syncd_starts();
	quiet_point('at first');
	my ($rounds, $bad, $end) = (0, 0, time + $seconds);
	for my $n ($first .. $last) {
		last if time > $end || $bad > 2;
		$bad++ if !a_round($n);
		$rounds++;
	}
	is($bad, 0, "$rounds rounds, $seen{blows} blows: equal at each quiet point") or diag "seed $seed";
	diag sprintf '%s: seed %d, %d rounds, %d blows; at quiet points %s; longest wait %.1f s', $kind, $seed, $rounds,
	    $seen{blows}, join(', ', map { "$seen{$_} x $_" } grep { $seen{$_} } qw(binlog poll)), $seen{longest};
	syncd_ends('TERM');
	($rig, $wire, $here, $there) = ();
	%seen = ();
	return;
}

diag "seed $seed";
for my $kind (qw(mariadb mysql97)) {
	next if ($ENV{HATSHOP_STORM_SERVER} // $kind) ne $kind;
	SKIP: {
		my $server = HatTest->$kind or skip "$kind cannot be had here", 1;
		subtest $kind => sub { the_mirror_is_right_whenever_the_wind_lies_down($server, $kind) };
	}
}
done_testing;
