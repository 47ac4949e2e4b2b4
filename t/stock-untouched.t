#!/usr/bin/perl
# stock-untouched.t - the stock application does not notice syncd: a day of its
# screens and its nightly job, with its row locks, LOCK TABLES, GET_LOCK and
# ALTER, says the same without syncd, with one that polls, with one that follows
# the log, and with one that is killed again and again. No more rows were waited
# for, the data is the same and the schema is as it was, byte by byte. R94, R97.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use HatTest;
use File::Temp qw(tempdir);
use IPC::Open2;
use SyncRig;
use Test::More;
use Time::HiRes qw(sleep time);

my $DEMO = "$TOP/schema/stock-demo";
my $days = 3;
my ($server, $mysql);

# ---- the stock application ----

# The office's sessions wait for no lock as long as syncd's timeouts last; the
# clock stands still, so that what they write is the same.
my $SESSION = "SET NAMES utf8mb4; SET TIMESTAMP = 1577880000; SET SESSION lock_wait_timeout = 3, innodb_lock_wait_timeout = 3;\n";

sub list_screens {
	my ($n) = @_;
	return (
		"UPDATE sysusers SET usr_last = NOW() WHERE usr_login = 'bert' AND usr_pass <> ''",
		"SELECT COUNT(*), SUM(on_hand), SUM(on_hand IS NULL) FROM stk_level WHERE sku LIKE 'CLS%'",
		"SELECT p.pm_sku, p.pm_title, p.pm_price, IFNULL(l.on_hand, '?') FROM prod_mast p LEFT JOIN stk_level l ON l.sku = p.pm_sku"
		    . " JOIN prod_cat c ON c.cat_id = p.pm_cat WHERE c.cat_code = 'CLS' ORDER BY p.pm_title, p.pm_sku LIMIT $n, 5",
		"SELECT pm_sku FROM prod_mast WHERE pm_title LIKE '%fez%' OR pm_text LIKE '%fez%' ORDER BY pm_sku",
		'SELECT l.sku FROM stk_level l WHERE l.on_hand <= l.reorder_at ORDER BY l.sku',
	);
}

sub sell {
	my ($sku, $qty, $end) = @_;
	return ('START TRANSACTION', "SELECT on_hand FROM stk_level WHERE sku = '$sku' FOR UPDATE",
		"UPDATE stk_level SET on_hand = on_hand - $qty WHERE sku = '$sku'",
		"INSERT INTO stk_moves (mv_when, mv_sku, mv_kind, mv_qty, mv_user) VALUES (NOW(), '$sku', 'S', -$qty, 'bert')",
		'SELECT LAST_INSERT_ID()', $end);
}

sub stock_screens {
	my ($n) = @_;
	my $new = sprintf 'CLS-9%02d', $n;
	return (
		(map { sell("CLS-10$_", $_ % 3 + 1, $_ == 4 ? 'ROLLBACK' : 'COMMIT') } 1 .. 9),
		"INSERT INTO stk_level (sku, on_hand) VALUES ('CLS-103', 12) ON DUPLICATE KEY UPDATE on_hand = IFNULL(on_hand, 0) + 12",
		"UPDATE stk_level SET on_hand = 7, last_count = CURDATE() WHERE sku = 'CLS-105'",
		"INSERT INTO prod_mast (pm_sku, pm_title, pm_price, pm_cat, pm_web) VALUES ('$new', 'Bowler, new No. $n', 20.5, 1, 'Y')",
		"INSERT INTO prod_mast (pm_sku, pm_title, pm_price, pm_cat) VALUES ('$new', 'again', 1, 1)",
		"INSERT INTO stk_level (sku, on_hand, reorder_at) VALUES ('$new', 3, 1)",
		"REPLACE INTO prod_pics (pic_sku, pic_file, pic_data) VALUES ('$new', 'DSC$n.PNG', 0x@{[ unpack 'H*', SyncRig->png($n, 9, 9) ]})",
		"UPDATE prod_pics SET pic_data = CONCAT(pic_data, 'x') WHERE pic_sku = 'CLS-101'",
		"UPDATE prod_mast SET pm_title = CONCAT(pm_title, '!'), pm_text = 'Ready for Christmas' WHERE pm_sku = 'CLS-102'",
		"UPDATE prod_mast SET pm_web = IF(pm_web = 'Y', 'N', 'Y') WHERE pm_sku = 'CLS-106'",
		'UPDATE prod_mast SET pm_price = ROUND(pm_price * 1.03, 2) WHERE pm_cat = 1',
		'DELETE FROM prod_cat WHERE cat_id = 1',
		"START TRANSACTION", "UPDATE stk_level SET on_hand = 0 WHERE sku = 'CLS-107'", 'SAVEPOINT a',
		"DELETE FROM stk_level WHERE sku = 'CLS-107'", 'ROLLBACK TO a', 'COMMIT',
		'SET SESSION TRANSACTION ISOLATION LEVEL SERIALIZABLE', 'START TRANSACTION',
		"SELECT on_hand FROM stk_level WHERE sku LIKE 'CLS-10%' ORDER BY sku",
		"UPDATE stk_level SET on_hand = on_hand + 1 WHERE sku = 'CLS-108'", 'COMMIT',
		'SET SESSION TRANSACTION ISOLATION LEVEL REPEATABLE READ',
	);
}

sub locks {
	return (
		"SELECT GET_LOCK('stock', 0)", 'LOCK TABLES stk_level WRITE, stk_moves WRITE',
		"UPDATE stk_level SET on_hand = on_hand + 5 WHERE sku = 'CLS-109'",
		"INSERT INTO stk_moves (mv_when, mv_sku, mv_kind, mv_qty, mv_user, mv_note) VALUES (NOW(), 'CLS-109', 'D', 5, 'pauline', 'Lorry')",
		'SELECT SLEEP(0.15)', 'UNLOCK TABLES', "SELECT RELEASE_LOCK('stock')",
		'LOCK TABLES prod_mast READ, prod_cat READ', 'SELECT COUNT(*) FROM prod_mast', 'UNLOCK TABLES',
		'START TRANSACTION', "SELECT sku FROM stk_level WHERE sku < 'CLS-106' ORDER BY sku FOR UPDATE NOWAIT",
		'SELECT SLEEP(0.15)', 'COMMIT',
	);
}

sub nightly {
	return (
		'CREATE TEMPORARY TABLE t_count AS SELECT sku, on_hand FROM stk_level', 'SELECT COUNT(*) FROM t_count', 'DROP TABLE t_count',
		'ALTER TABLE stk_level ADD COLUMN sl_tmp int FIRST', 'UPDATE stk_level SET sl_tmp = on_hand',
		'ALTER TABLE stk_level DROP COLUMN sl_tmp',
		'ALTER TABLE prod_mast ADD KEY ix_tmp (pm_supplier)', 'ALTER TABLE prod_mast DROP KEY ix_tmp',
		'ALTER TABLE stk_moves ENGINE = InnoDB', 'OPTIMIZE TABLE stk_level', 'ANALYZE TABLE prod_mast', 'CHECK TABLE prod_pics',
		'CREATE TABLE lvl_new LIKE stk_level', 'INSERT INTO lvl_new SELECT * FROM stk_level ORDER BY sl_id',
		'RENAME TABLE stk_level TO lvl_old, lvl_new TO stk_level', 'DROP TABLE lvl_old',
		'CREATE TABLE lvl_copy AS SELECT * FROM stk_level ORDER BY sl_id', 'TRUNCATE TABLE stk_level',
		'INSERT INTO stk_level SELECT * FROM lvl_copy ORDER BY sl_id', 'DROP TABLE lvl_copy',
		"DELETE FROM stk_moves WHERE mv_kind = 'D' AND mv_no % 2 = 0",
	);
}

sub the_counter { return map { (list_screens($_), stock_screens($_), locks(), nightly()) } 1 .. $days }

# Meanwhile at another screen; none of the counter's rows, and no table that the
# nightly job empties.
sub the_office {
	return map { my $n = $_;
		("UPDATE prod_mast SET pm_price = pm_price + 0.01 WHERE pm_sku = 'PTY-20@{[ 1 + $n % 9 ]}'",
		"SELECT pm_price FROM prod_mast WHERE pm_sku = 'PTY-20@{[ 1 + $n % 9 ]}'",
		"UPDATE prod_mast SET pm_web = '@{[ (qw(N Y))[ $n % 2 ] ]}' WHERE pm_sku = 'WEA-30@{[ 1 + $n % 8 ]}'", 'SELECT SLEEP(0.01)') } 1 .. 40 * $days;
}

# What a session says: each statement, its rows and warnings, then the errors
# with their lines; no times.
sub session_begins {
	my (@statements) = @_;
	my $to = tempdir('hs.XXXXXX', TMPDIR => 1, CLEANUP => 1);
	open my $in, '>', "$to/in" or die "in: $!\n";
	print $in $SESSION, map { "$_;\n" } @statements;
	close $in or die "in: $!\n";
	my $pid = fork // die "fork: $!\n";
	if (!$pid) {
		open STDIN, '<', "$to/in";
		open STDOUT, '>', "$to/out";
		open STDERR, '>', "$to/err";
		exec 'mariadb', '--no-defaults', '-u', 'legacy', '-plegacy', '--force', '-vv', '--show-warnings',
		    '-S', $server->socket, 'hatstock';
	}
	return { pid => $pid, to => $to };
}

sub session_ends {
	my ($session) = @_;
	waitpid $session->{pid}, 0;
	local (@ARGV, $/) = map { "$session->{to}/$_" } qw(out err);
	return join('', <>) =~ s/ ?\(\d+\.\d+ sec\)//gr;
}

# ---- what is compared ----

sub sql { my ($sql) = @_; return $server->sql("SET NAMES utf8mb4; USE hatstock; $sql") }

sub fresh_stock {
	my $pid = open2(my $out, my $in, 'mariadb', '--no-defaults', '-u', 'root', '-S', $server->socket);
	print $in "SET TIMESTAMP = 1577000000; DROP DATABASE IF EXISTS hatstock; DROP DATABASE IF EXISTS hatshop;",
	    " CREATE DATABASE hatstock CHARACTER SET utf8mb4; DROP USER IF EXISTS legacy; CREATE USER legacy IDENTIFIED BY 'legacy';",
	    " GRANT ALL ON hatstock.* TO legacy; USE hatstock;\n";
	open my $schema, '<', "$DEMO/schema.sql" or die "schema.sql: $!\n";
	print $in $_ while <$schema>;
	open my $load, '-|:raw', "$DEMO/load.sh", "$TOP/build/stock-demo" or die "load.sh: $!\n";
	print $in $_ while <$load>;
	close $load or die "load.sh failed\n";
	close $in;
	waitpid $pid, 0;
	die "the demonstration stock could not be loaded\n" if $?;
	return;
}

sub tables { return split /\n/, sql('SHOW TABLES') }

sub schema_dump {
	return join "\n", sql('SHOW CREATE DATABASE hatstock'), (map { sql("SHOW CREATE TABLE `$_`") } tables()),
	    (map { sql($_) } 'SHOW TRIGGERS', "SHOW EVENTS", "SHOW PROCEDURE STATUS WHERE Db = 'hatstock'",
		"SHOW FUNCTION STATUS WHERE Db = 'hatstock'");
}

sub data_dump { return join "\n", map { sql("CHECKSUM TABLE `$_` EXTENDED") } tables() }

# Transactions that had to wait for a row, and deadlocks.
sub row_waits {
	return sql("SHOW GLOBAL STATUS WHERE Variable_name IN ('Innodb_row_lock_waits', 'Innodb_deadlocks')") =~ s/\D+/ /gr;
}

sub minus { my ($now, $before) = @_; my @b = split ' ', $before; return join ' ', map { $_ - shift @b } split ' ', $now }

sub a_day_at_the_office {
	my $waits = row_waits();
	my $began = time;
	my @sessions = map { session_begins(@$_) } [ the_counter() ], [ the_office() ];
	my %day = map { ($_->[0] => session_ends($_->[1])) } [ counter => $sessions[0] ], [ office => $sessions[1] ];
	$day{seconds} = time - $began;
	$day{waits} = minus(row_waits(), $waits);
	$day{data} = data_dump();
	$day{schema} = schema_dump();
	return \%day;
}

# ---- with syncd ----

sub mapping {
	open my $in, '<', "$DEMO/mapping.conf" or die "mapping.conf: $!\n";
	return map { /^(\S+) = (.*)$/ ? ($1 => $2) : () } <$in>;
}

# All that an administrator is told to grant.
sub rig {
	my ($mode) = @_;
	my $rig = SyncRig->new($server, 'sqlite', mapping(), 'stock.mode' => $mode);
	$server->sql('GRANT REPLICATION SLAVE ON *.* TO shop') if $mode eq 'binlog';
	for (1 .. 3) {
		my ($status, $out) = $rig->syncd('-n');
		return $rig if !$status && $out !~ /^GRANT /m;
		$server->sql(join '', $out =~ /^((?:CREATE |GRANT ).*?;)$/msg);
	}
	return $rig;
}

sub mirrored {
	my ($rig) = @_;
	my $want = sql(q{SELECT p.pm_sku, GREATEST(IFNULL(l.on_hand, 0), 0) FROM prod_mast p LEFT JOIN stk_level l ON l.sku = p.pm_sku
	    WHERE p.pm_web = 'Y' ORDER BY p.pm_sku});
	return wait_until(180, sub { $rig->sales('SELECT source_key, level FROM item WHERE gone = 0 ORDER BY source_key') eq $want });
}

# Kills it and starts it again until told to stop.
sub killer {
	my ($rig) = @_;
	my $parent = $$;
	my $pid = $rig->fork;
	return $pid if $pid;
	my $go = 1;
	local $SIG{TERM} = sub { $go = 0 };
	while ($go && getppid() == $parent) {
		my $syncd = $rig->start;
		sleep 0.1 + rand 0.6;
		$rig->stop($syncd, 'KILL');
		eval { $rig->sales('UPDATE lease SET expires_at = 0') };
	}
	require POSIX;
	POSIX::_exit(0);
	return;
}

sub the_day_is_the_same_with_it {
	my ($name, $mode, $without) = @_;
	fresh_stock();
	my $rig = rig($mode);
	my $before = schema_dump();
	my $syncd = $name eq 'killed' ? killer($rig) : $rig->start;
	if ($name ne 'killed') {
		ok(mirrored($rig), "$name: the mirror has the stock") or diag $rig->log;
	}
	is(schema_dump(), $before, "R94, $name: the schema is as it was, byte by byte");
	my $day = a_day_at_the_office();
	for my $what (qw(counter office)) {
		ok($day->{$what} eq $without->{$what}, "R94, $name: the $what reads what it read without") or diag differing($day->{$what}, $without->{$what});
	}
	is($day->{waits}, $without->{waits}, "R94, $name: no more rows were waited for");
	is($day->{data}, $without->{data}, "R94, $name: the data is the same");
	is($day->{schema}, $without->{schema}, "R94, $name: and so is the schema");
	if ($name eq 'killed') {
		$rig->stop($syncd);
		$syncd = $rig->start;
		$rig->sales('UPDATE lease SET expires_at = 0');
	}
	ok(mirrored($rig), "$name: the mirror is right in the evening") or diag $rig->log;
	ok(wait_until(60, sub { $rig->sales("SELECT mode FROM mirror") eq $mode }), "$name: by the way that was asked for") or diag $rig->log;
	$rig->stop($syncd);
	is(schema_dump(), $day->{schema}, "R94, $name: still, when syncd has ended");
	diag sprintf '%s: %.1f s without syncd, %.1f s with it (%s)', $mysql ? 'MySQL' : 'MariaDB', $without->{seconds}, $day->{seconds}, $name;
	return;
}

sub differing {
	my ($got, $want) = @_;
	my @got = split /\n/, $got;
	my @want = split /\n/, $want;
	for my $i (0 .. ($#got > $#want ? $#got : $#want)) {
		next if ($got[$i] // '') eq ($want[$i] // '');
		return join "\n", (map { "with    $_" } grep { defined } @got[ $i - 3 .. $i + 3 ]),
		    map { "without $_" } grep { defined } @want[ $i - 3 .. $i + 3 ];
	}
	return 'nothing';
}

sub nothing_is_noticed {
	fresh_stock();
	my $without = a_day_at_the_office();
	is(join(' ', $without->{counter} =~ /^ERROR (\d+)/mg), join(' ', ('1062 1451') x $days), 'the day has the errors that it is to have');
	unlike($without->{office}, qr/^ERROR/m, 'and no other');
	cmp_ok(length $without->{counter}, '>', 10_000, 'the day has something to say');
	the_day_is_the_same_with_it('polling', 'poll', $without);
	the_day_is_the_same_with_it('following', 'binlog', $without);
	the_day_is_the_same_with_it('killed', 'binlog', $without);
	return;
}

for my $kind (qw(mariadb mysql97)) {
	SKIP: {
		$server = HatTest->$kind or skip "$kind cannot be had here", 1;
		$mysql = $kind ne 'mariadb';
		subtest $kind => \&nothing_is_noticed;
		undef $server;
	}
}
done_testing;
