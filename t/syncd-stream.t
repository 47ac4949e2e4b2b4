#!/usr/bin/perl
# syncd-stream.t - syncd by the stock system's log on real servers: what it
# follows, what it cannot trust and then does, and what it survives (R91, R96,
# R97, R98). How long a commit takes to the mirror: ./dev bench latency.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use HatTest;
use List::Util qw(min);
use SyncRig;
use Test::More;
use Time::HiRes qw(sleep time);

my ($rig, $pid);

sub logged { my ($text) = @_; return index($rig->log, $text) >= 0 }

sub times_logged { my ($text) = @_; return scalar(() = $rig->log =~ /\Q$text/g) }

sub becomes_equal {
	my ($name) = @_;
	wait_until(60, sub { $rig->mirror eq $rig->expected });
	return is($rig->mirror, $rig->expected, $name);
}

sub follows_again {
	my ($before, $name) = @_;
	return ok(wait_until(60, sub { times_logged('following the log') > $before }), $name);
}

# Passes do not hide what the log did not bring: with stock.poll_ms at its
# longest only the log can be the way.
sub a_change_comes_by_the_log {
	$pid = $rig->start;
	ok(wait_until(60, sub { logged('following the log from') }), 'it follows the log');
	becomes_equal('the first copy is equal');
	my @took;
	for my $n (1 .. 5) {
		$rig->stock("UPDATE level SET qty = 100 + $n WHERE art = 'A-1'");
		my $at = time;
		ok(wait_until(60, sub { $rig->field('A-1', 'level') eq 100 + $n }), "R91: change $n comes");
		push @took, time - $at;
	}
	# all five, unless the machine has other things to do as well
	cmp_ok(min(@took), '<', 1, 'R91: within a second') or diag "@took";
	$rig->stock(q{START TRANSACTION; UPDATE `order` SET `na``me` = 'Fez II', price = 8 WHERE `key` = 'A-2';
	    DELETE FROM `order` WHERE `key` = 'b-3'; INSERT INTO `order` VALUES ('N-9', 'New', '', 3, 2, 'y');
	    INSERT INTO level (art, qty) VALUES ('n-9', 4); COMMIT});
	becomes_equal('R98: names, prices, a new item and one that went');
	$rig->stock(q{START TRANSACTION; UPDATE level SET qty = 999; ROLLBACK;
	    UPDATE `order` SET `key` = 'X-1' WHERE `key` = 'A-1'});
	becomes_equal('a rollback does nothing, a new key is a new item');
	$rig->stock(q{INSERT INTO `order` VALUES ('b-3', 'Crème 帽子 🎩', 'Two\nlines', 12.5, 3, 'y');
	    UPDATE `order` SET `key` = 'A-1' WHERE `key` = 'X-1'});
	becomes_equal('what comes back unchanged is shown again');
	is($rig->sales('SELECT mode FROM mirror'), 'binlog', 'the status says so');
	ok(!logged('compared all'), 'no pass was needed') or diag $rig->log;
	return;
}

sub what_the_log_does_not_tell_is_compared {
	$rig->stop($pid);
	$rig->set('stock.poll_ms' => 200);
	$pid = $rig->start('quick');
	ok(wait_until(60, sub { $rig->log('quick') =~ /following the log from/ }), 'again, with short pauses');
	my %case = (
		'a category' => q{UPDATE `groups` SET label = 'Melonen' WHERE id = 1},
		'ADD COLUMN FIRST' => q{ALTER TABLE level ADD COLUMN f INT FIRST; UPDATE level SET qty = 8 WHERE art = 'a-2'},
		'DROP COLUMN' => q{ALTER TABLE level DROP COLUMN f; UPDATE level SET qty = 9 WHERE art = 'a-2'},
		'another type' => q{ALTER TABLE level MODIFY qty INT; UPDATE level SET qty = 7 WHERE art = 'a-2'},
		'a statement' => q{SET SESSION binlog_format = 'STATEMENT'; UPDATE level SET qty = 17 WHERE art = 'A-1'},
		'a RENAME swap' => q{CREATE TABLE _new LIKE level; INSERT INTO _new SELECT * FROM level;
		    UPDATE _new SET qty = 31 WHERE art = 'A-1'; RENAME TABLE level TO _old, _new TO level;
		    UPDATE level SET qty = 32 WHERE art = 'a-2'; DROP TABLE _old},
		'a swap as gh-ost makes it' => q{CREATE TABLE _level_ghc (id INT PRIMARY KEY);
		    CREATE TABLE _level_gho LIKE level; ALTER TABLE _level_gho ADD COLUMN g INT FIRST;
		    INSERT INTO _level_gho (id, art, qty) SELECT id, art, qty FROM level;
		    UPDATE _level_gho SET qty = 33 WHERE art = 'A-1';
		    RENAME TABLE level TO _level_del, _level_gho TO level; DROP TABLE _level_ghc, _level_del;
		    UPDATE level SET qty = 34 WHERE art = 'a-2'; ALTER TABLE level DROP COLUMN g},
		'a swap as pt-online-schema-change makes it' => q{CREATE TABLE _level_new LIKE level;
		    ALTER TABLE _level_new MODIFY qty DECIMAL(12,2), ADD COLUMN note VARCHAR(9) AFTER id;
		    CREATE TRIGGER pt_upd AFTER UPDATE ON level FOR EACH ROW REPLACE INTO _level_new (id, art, qty)
		    VALUES (NEW.id, NEW.art, NEW.qty); UPDATE level SET qty = 35 WHERE art = 'A-1';
		    INSERT IGNORE INTO _level_new (id, art, qty) SELECT id, art, qty FROM level;
		    UPDATE level SET qty = 36 WHERE art = 'a-2'; RENAME TABLE level TO _level_old, _level_new TO level;
		    DROP TRIGGER pt_upd; DROP TABLE _level_old; UPDATE level SET qty = 37 WHERE art = 'A-1'},
		'TRUNCATE' => q{TRUNCATE TABLE level},
		'many rows' => q{INSERT INTO `order` SELECT CONCAT('M-', seq.a * 25 + seq2.a), 'Many', '', 5, 1, 'y' FROM
		    (SELECT ROW_NUMBER() OVER () a FROM information_schema.columns LIMIT 20) seq,
		    (SELECT ROW_NUMBER() OVER () a FROM information_schema.columns LIMIT 25) seq2;
		    INSERT INTO level (art, qty) SELECT `key`, 2 FROM `order`;
		    UPDATE level SET qty = 6},
		'an XA transaction' => q{XA START 'x'; UPDATE level SET qty = 44 WHERE art = 'A-1'; XA END 'x';
		    XA PREPARE 'x'; XA COMMIT 'x'},
		'MINIMAL images' => q{SET SESSION binlog_row_image = 'MINIMAL'; UPDATE level SET qty = 18 WHERE art = 'O''Brien';
		    DELETE FROM level WHERE art = 'b-3'},
	);
	for my $name (sort keys %case) {
		$rig->stock($case{$name});
		becomes_equal("R97: $name");
	}
	is($rig->log('quick') =~ s/polling instead//gr, $rig->log('quick'), 'it went on following');
	return;
}

sub it_outlives_its_server {
	my ($server) = @_;
	for my $way (qw(stop kill)) {
		my $before = () = $rig->log('quick') =~ /following the log from/g;
		$server->run($way);
		sleep 0.5;
		$server->run('start');
		$rig->stock(q{UPDATE level SET qty = qty + 1 WHERE art = 'A-1'});
		becomes_equal("R96: $way of the server, then equal");
		ok(wait_until(60, sub { (() = $rig->log('quick') =~ /following the log from/g) > $before }),
		    "$way: it follows the log again");
	}
	$rig->stock(q{FLUSH BINARY LOGS; UPDATE level SET qty = 61 WHERE art = 'A-1'; FLUSH BINARY LOGS;
	    UPDATE level SET qty = 62 WHERE art = 'a-2'; FLUSH BINARY LOGS});
	becomes_equal('R96: new files of the log');
	my $mysql = $rig->stock('SELECT VERSION()') !~ /MariaDB/;
	my ($dump) = $rig->stock(q{SELECT ID FROM information_schema.processlist
	    WHERE COMMAND LIKE 'Binlog Dump%'}) =~ /(\d+)/;
	$rig->stock(qq{KILL $dump; UPDATE level SET qty = 71 WHERE art = 'A-1'});
	becomes_equal('R96: its connection killed');
	$rig->stock($mysql ? 'RESET BINARY LOGS AND GTIDS' : 'RESET MASTER');
	$rig->stock(q{UPDATE level SET qty = 72 WHERE art = 'A-1'});
	becomes_equal('R96: all of the log thrown away');
	my $before = () = $rig->log('quick') =~ /following the log from/g;
	ok(wait_until(60, sub { (() = $rig->log('quick') =~ /following the log from/g) > $before
	    || $rig->sales('SELECT mode FROM mirror') eq 'binlog' }), 'it follows the new one');
	my $stopped = $rig->start('second');
	sleep 0.3;
	$rig->pause($pid);
	$rig->stock(q{UPDATE level SET qty = 63 WHERE art = 'A-1'});
	becomes_equal('R96: another syncd takes over from one that sleeps');
	$rig->stock(q{UPDATE level SET qty = 64 WHERE art = 'A-1'; FLUSH BINARY LOGS});
	becomes_equal('and follows');
	kill 'CONT', $pid;
	sleep 1;
	becomes_equal('the sleeper wakes and changes nothing');
	is($rig->stop($stopped), 0, 'the second one ends cleanly');
	$rig->stock(q{UPDATE level SET qty = 65 WHERE art = 'A-1'});
	becomes_equal('the first one follows again');
	is($rig->stop($pid), 0, 'it ends cleanly');
	return;
}

# A table that is gone for a moment stops selling; MariaDB does not log what a
# foreign key changes.
sub what_is_dropped_or_cascades_ends_equal {
	my ($server) = @_;
	my $mysql = $rig->stock('SELECT VERSION()') !~ /MariaDB/;
	$pid = $rig->start('ddl');
	ok(wait_until(60, sub { $rig->log('ddl') =~ /following the log from/ }), 'it follows the log');
	$rig->stock('CREATE TABLE kept AS SELECT * FROM level; DROP TABLE level');
	ok(wait_until(60, sub { $rig->log('ddl') =~ /error: .*level/ }), 'R100: DROP: it says what is missing');
	$rig->stock(q{CREATE TABLE level (qty DECIMAL(10,2), id INT AUTO_INCREMENT PRIMARY KEY,
	    art VARCHAR(20) CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci, UNIQUE (art)) ENGINE=InnoDB;
	    INSERT INTO level (id, art, qty) SELECT id, art, qty FROM kept; DROP TABLE kept;
	    UPDATE level SET qty = 51 WHERE art = 'A-1'});
	becomes_equal('another one by its name: equal');
	$rig->stock(q{CREATE TABLE arts (art VARCHAR(20) CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci PRIMARY KEY);
	    INSERT INTO arts SELECT art FROM level; ALTER TABLE level ADD CONSTRAINT of_art FOREIGN KEY (art)
	    REFERENCES arts (art) ON DELETE CASCADE ON UPDATE CASCADE; UPDATE level SET qty = 52 WHERE art = 'A-1'});
	becomes_equal('a foreign key: equal');
	ok(wait_until(60, sub { $rig->log('ddl') =~ /is changed by a foreign key/ }), 'R97: it polls and says so') if !$mysql;
	$rig->stock(q{DELETE FROM arts WHERE art = 'A-1'});
	becomes_equal('what it deletes');
	$rig->stock(q{UPDATE arts SET art = 'A-1' WHERE art = 'a-2'});
	becomes_equal('what it updates');
	$rig->stock(q{ALTER TABLE level DROP FOREIGN KEY of_art; DROP TABLE arts;
	    UPDATE level SET qty = 53 WHERE art = 'A-1'});
	becomes_equal('without it: equal');
	is($rig->stop($pid), 0, 'it ends cleanly');
	return;
}

# As after a kill between an item and its picture: nothing else is touched.
sub a_picture_that_was_owed_is_made {
	my $png = SyncRig->png(1, 2, 3);
	$rig->stock(q{REPLACE INTO pics (art, data) VALUES ('A-1', 0x} . unpack('H*', $png) . ')');
	$rig->set('stock.picture.kind' => 'blob', 'stock.picture.table' => 'pics',
	    'stock.picture.key' => 'art', 'stock.picture.column' => 'data');
	$pid = $rig->start('owing');
	ok(wait_until(60, sub { $rig->log('owing') =~ /following the log from/ && $rig->field('A-1', 'picture') ne '' }),
	    'a picture by the log') or diag $rig->log('owing');
	sleep 2.5;
	$rig->stop($pid);
	$rig->sales(q{UPDATE item SET picture = '', picture_source = '' WHERE source_key = 'A-1'});
	$pid = $rig->start('owed');
	ok(wait_until(60, sub { $rig->field('A-1', 'picture') ne '' }), 'R92: one that was owed comes, with nothing touched')
	    or diag $rig->log('owed');
	like($rig->log('owed'), qr/where it was left/, 'by one that went on where the log was left');
	$rig->stop($pid);
	$rig->set('stock.picture.kind' => 'none');
	return;
}

# One line of the log says why, and the mirror is right all the same.
sub without_what_it_needs_it_polls {
	my ($server) = @_;
	$rig->stock('REVOKE REPLICATION SLAVE ON *.* FROM shop');
	$pid = $rig->start('revoked');
	ok(wait_until(60, sub { $rig->log('revoked') =~ /polling instead of following the log: / }),
	    'R97: without the grant it polls and says so');
	becomes_equal('and is equal');
	sleep 2;
	is(() = $rig->log('revoked') =~ /polling instead/g, 1, 'it says so once');
	$rig->stock('GRANT REPLICATION SLAVE ON *.* TO shop');
	ok(wait_until(40, sub { $rig->log('revoked') =~ /following the log from/ }), 'it tries again by itself');
	$rig->stop($pid);
	$rig->set('stock.mode' => 'auto');
	$pid = $rig->start('auto');
	ok(wait_until(60, sub { $rig->log('auto') =~ /following the log from/ }), 'so it does with "auto"');
	$rig->stop($pid);
	$rig->stock('RENAME TABLE hatshop.probe TO hatshop.gone');
	$pid = $rig->start('unproven');
	ok(wait_until(60, sub { $rig->log('unproven') =~ /polling instead .* no row could be written to prove/ }),
	    'but not without proof');
	becomes_equal('and is equal');
	$rig->stop($pid);
	$rig->set('stock.mode' => 'binlog');
	$pid = $rig->start('unproven');
	ok(wait_until(60, sub { $rig->log('unproven') =~ /following the log without proof/ }), 'unless it is told to');
	ok(wait_until(60, sub { $rig->log('unproven') =~ /following the log from/ }), 'then it does');
	$rig->stock('RENAME TABLE hatshop.gone TO hatshop.probe; RENAME TABLE `groups` TO g2; CREATE VIEW `groups` AS SELECT * FROM g2');
	ok(wait_until(60, sub { $rig->log('unproven') =~ /"groups" is a view/ }), 'R97: a view cannot be followed');
	$rig->stock(q{UPDATE g2 SET label = 'Seen through a view' WHERE id = 1});
	becomes_equal('and is polled');
	$rig->stop($pid);
	return;
}

sub all_of_it {
	my ($server) = @_;
	$rig = SyncRig->new($server, 'sqlite', 'stock.mode' => 'binlog', 'stock.poll_ms' => 60000);
	$rig->allow_log;
	subtest 'a change comes by the log' => \&a_change_comes_by_the_log;
	subtest 'what the log does not tell is compared' => \&what_the_log_does_not_tell_is_compared;
	subtest 'it outlives its server' => sub { it_outlives_its_server($server) };
	subtest 'what is dropped or cascades ends equal' => sub { what_is_dropped_or_cascades_ends_equal($server) };
	subtest 'a picture that was owed is made' => \&a_picture_that_was_owed_is_made;
	subtest 'without what it needs it polls' => sub { without_what_it_needs_it_polls($server) };
	undef $rig;
	return;
}

my $mariadb = HatTest->mariadb;
subtest 'stock on MariaDB' => sub { all_of_it($mariadb) };
undef $mariadb;
SKIP: {
	my $mysql = HatTest->mysql97 or skip 'MySQL 9.7 cannot be had here', 1;
	subtest 'stock on MySQL' => sub { all_of_it($mysql) };
}
done_testing;
