#!/usr/bin/perl
# syncd-poll.t - syncd by polling, against a real MariaDB and a real MySQL, with
# a sales database on either engine.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use Digest::SHA qw(sha256_hex);
use HatTest;
use SyncRig;
use Test::More;
use Time::HiRes qw(sleep time);

my $rig;

# follows NAME: the mirror becomes what the stock system says, in time.
sub follows {
	my ($name) = @_;
	my $want = $rig->expected;
	wait_until(60, sub { $rig->mirror eq $want });
	return is($rig->mirror, $rig->expected, $name);
}

# ends STATUS, PATTERN, NAME [, CONF...]: one pass and its one-line reason.
sub ends {
	my ($want, $pattern, $name, %conf) = @_;
	my ($status, $out) = $rig->syncd('-1', %conf ? ('-f', $rig->conf(%conf)) : ());
	is($status, $want, "$name: exit status $want") or diag $out;
	my @lines = grep { /^syncd: / } split /\n/, $out;
	is(scalar @lines, 1, "$name: one line of reason");
	like($lines[0] // '', $pattern, "$name: which says what to do");
	return;
}

# ---- following ----

sub a_first_pass_copies_what_is_shown {
	my ($status, $out) = $rig->syncd('-1');
	is($status, 0, 'R03: one pass') or diag $out;
	($status, $out) = $rig->syncd('--status');
	is($status, 0, 'R101: --status is content');
	like($out, qr/^items +5, 5 shown$/m, 'R101: and counts');
	is($rig->mirror, $rig->expected, 'R91: every field of every item shown');
	is($rig->sales(q{SELECT COUNT(*) FROM item WHERE source_key = 'H-6'}), 0,
	    'what was never shown is not copied');
	is($rig->sales('SELECT COUNT(*) FROM stage'), 0, 'nothing is left staged');
	is($rig->sales('SELECT partial, mode FROM mirror'), "0\tpoll", 'it is whole');
	return;
}

sub a_pass_without_differences_writes_only_the_confirmation {
	my $before = $rig->sales('SELECT published_at FROM mirror')
	    . $rig->sales('SELECT SUM(changed_at) FROM item');
	sleep 1.1;
	my $confirmed = $rig->sales('SELECT confirmed_at FROM mirror');
	is(($rig->syncd('-1'))[0], 0, 'another pass');
	is($rig->sales('SELECT published_at FROM mirror')
	    . $rig->sales('SELECT SUM(changed_at) FROM item'), $before,
	    'nothing is published');
	cmp_ok($rig->sales('SELECT confirmed_at FROM mirror'), '>', $confirmed,
	    'but confirmed');
	return;
}

sub changes_follow {
	$rig->stock(q{UPDATE level SET qty = 4 WHERE art = 'A-1'});
	follows('R91: a level');
	$rig->stock(q{UPDATE `order` SET `na``me` = 'The Late Bowler' WHERE `key` = 'A-1'});
	follows('R04: a name');
	$rig->stock(q{UPDATE `order` SET price = 20 WHERE `key` = 'A-1'});
	follows('R04: a price');
	$rig->stock(q{UPDATE `order` SET `text` = 'Other' WHERE `key` = 'A-1'});
	follows('R04: a text');
	$rig->stock(q{UPDATE `order` SET `group` = 2 WHERE `key` = 'A-1'});
	follows('R04: an item goes to another category');
	$rig->stock(q{UPDATE `groups` SET label = 'Toques' WHERE id = 2});
	follows('R04: a category gets another name');
	$rig->stock(q{INSERT INTO `order` VALUES ('N-7', 'New', '', 3, 1, 'y');
	    INSERT INTO level (art, qty) VALUES ('N-7', 2)});
	follows('R04: a new item');
	return;
}

sub withdrawn_and_deleted_items_are_marked_gone {
	$rig->stock(q{UPDATE `order` SET shown = 'n' WHERE `key` = 'A-2'});
	follows('R04: a withdrawn item');
	is($rig->field('A-2', 'gone'), 1, 'is a flag, not a deleted row');
	$rig->stock(q{DELETE FROM `order` WHERE `key` = 'N-7'});
	follows('R98: a deleted item');
	is($rig->field('N-7', 'gone'), 1, 'is a flag too');
	$rig->stock(q{UPDATE `order` SET shown = 'Y' WHERE `key` = 'A-2'});
	follows('R04: one that comes back');
	my $slug = $rig->field('N-7', 'slug');
	$rig->stock(q{INSERT INTO `order` VALUES ('N-7', 'New again', '', 3, 1, 'y')});
	follows('R04: a deleted one too');
	is($rig->field('N-7', 'slug'), $slug, 'under its old address');
	return;
}

sub odd_levels_count_as_0_and_are_told_once {
	$rig->stock(q{UPDATE level SET qty = NULL WHERE art = 'A-1'});
	follows('R25: NULL is 0');
	is($rig->field('A-1', 'flaw'), 2, 'R25: and a flaw');
	$rig->stock(q{UPDATE level SET qty = -3 WHERE art = 'A-2'});
	follows('R25: negative is 0');
	$rig->stock(q{UPDATE level SET qty = 1.5 WHERE art = 'B-3'});
	follows('R25: half a hat is 0');
	$rig->stock(q{DELETE FROM level WHERE art = 'ÄÖ-5'});
	follows('R25: no level row is 0');
	$rig->stock(q{UPDATE `order` SET price = NULL WHERE `key` = 'O''Brien'});
	follows('R25: without a price it is not shown');
	$rig->stock(q{UPDATE `order` SET `na``me` = ' ' WHERE `key` = 'N-7'});
	follows('R25: nor without a name');
	wait_until(60, sub { $rig->log =~ /"N-7": it has no name/ });
	sleep 0.5;
	my $log = $rig->log;
	for my $told ('"A-1": its level is NULL', '"A-2": its level is negative',
	    '"b-3": its level is no whole', '5": it has no level row',
	    'Brien": it has no price', '"N-7": it has no name') {
		is(scalar(() = $log =~ /\Q$told\E/g), 1, "R25: told once: $told");
	}
	wait_until(60, sub { $rig->sales('SELECT flawed FROM mirror') == 6 });
	like(($rig->syncd('--status'))[1], qr/^flaws +6$/m, 'R101: six are counted');
	$rig->stock(q{UPDATE level SET qty = 7;
	    UPDATE `order` SET price = 3 WHERE price IS NULL});
	follows('R25: put right, they are sold again');
	return;
}

sub a_renamed_column_stops_selling_and_is_told_once {
	$rig->stock('ALTER TABLE `order` RENAME COLUMN price TO preis');
	ok(wait_until(60, sub { $rig->sales('SELECT problem FROM mirror') ne '' }),
	    'R100: the mirror says that it has a problem');
	like($rig->sales('SELECT problem FROM mirror'),
	    qr/stock\.item\.price "price" is not in/, 'R100: and which');
	sleep 4;
	my ($status, $out) = $rig->syncd('--status');
	is($status, 10, 'R101: --status is not content');
	like($out, qr/^state +stale$/m, 'R100: nothing is confirmed: the mirror is stale');
	is(scalar(() = $rig->log =~ /"price" is not in/g), 1, 'R100: one line in the log');
	$rig->stock('ALTER TABLE `order` RENAME COLUMN preis TO price');
	ok(wait_until(60, sub { ($rig->syncd('--status'))[0] == 0 }),
	    'R100: renamed back, it goes on by itself');
	return;
}

sub a_new_type_is_read_as_it_is {
	$rig->stock('ALTER TABLE level MODIFY qty bigint;'
	    . q{ UPDATE level SET qty = 8 WHERE art = 'A-1'});
	follows('R100: a changed type is looked at anew');
	$rig->stock('ALTER TABLE level MODIFY qty decimal(10,2)');
	return;
}

sub a_server_that_goes_away_is_told_once_and_found_again {
	my $lines = () = $rig->log =~ /could not reach|Lost connection|error:/g;
	$rig->{server}->run('kill');
	sleep 3;
	$rig->{server}->run('start') or die "the server did not come back\n";
	$rig->stock(q{UPDATE level SET qty = 21 WHERE art = 'A-1'});
	$rig->set('stock.port' => $rig->{server}->port);
	follows('R86: the server was killed and came back');
	my $now = () = $rig->log =~ /could not reach|Lost connection|error:/g;
	cmp_ok($now - $lines, '<=', 2, 'with a line or two, not one a try');
	return;
}

# ---- operation ----

sub a_wrong_new_configuration_is_refused {
	my ($pid) = @_;
	open my $out, '>>', $rig->dir . '/shop.conf' or die "conf: $!\n";
	print $out "stock.item.price = \n";
	close $out;
	kill 'HUP', $pid;
	ok(wait_until(60, sub { $rig->log =~ /keeping the old configuration/ }),
	    'SIGHUP: a wrong configuration is refused');
	$rig->stock(q{UPDATE level SET qty = 9 WHERE art = 'A-1'});
	follows('and the old one goes on');
	$rig->set('stock.item.text' => undef);
	kill 'HUP', $pid;
	ok(wait_until(60, sub { $rig->field('A-1', 'text') eq '' }),
	    'SIGHUP: a good one is taken up');
	$rig->set('stock.item.text' => 'text');
	kill 'HUP', $pid;
	follows('and back');
	$rig->sales(q{UPDATE item SET price = 1, level = 99 WHERE source_key = 'A-1'});
	kill 'HUP', $pid;
	follows('SIGHUP: a mirror that somebody changed by hand is put right');
	return;
}

sub a_second_syncd_waits_and_takes_over {
	my ($first) = @_;
	my $second = $rig->start('second');
	ok(wait_until(60, sub { $rig->log('second') =~ /is held by/ }),
	    'a second syncd stands by');
	is(($rig->syncd('-1'))[0], 11, 'and -1 says whose turn it is');
	my $fence = $rig->sales('SELECT fence FROM lease');
	$rig->pause($first);
	ok(wait_until(60, sub { $rig->log('second') =~ /following/ }),
	    'the first one sleeps, the second takes over');
	cmp_ok($rig->sales('SELECT fence FROM lease'), '>', $fence, 'with a higher fence');
	$rig->stock(q{UPDATE level SET qty = 11 WHERE art = 'A-1'});
	follows('and mirrors');
	my $before = $rig->sales('SELECT holder FROM lease');
	kill 'CONT', $first;
	ok(wait_until(60, sub { $rig->log =~ /is held by/ }), 'the first one wakes and stands by');
	is($rig->sales('SELECT holder FROM lease'), $before, 'without having taken anything');
	$rig->stop($first);
	is($rig->stop($second), 0, 'SIGTERM ends it cleanly');
	is($rig->sales(q{SELECT COUNT(*) FROM lease WHERE holder <> ''
	    AND expires_at > 1 AND holder = '} . $before . q{'}), 0,
	    'and gives the lease back');
	return;
}

sub stopping_is_quick {
	my $pid = $rig->start;
	wait_until(60, sub { $rig->log =~ /following/ });
	$rig->{server}->sql('SELECT 1');
	my $began = time;
	is($rig->stop($pid), 0, 'SIGTERM: clean');
	cmp_ok(time - $began, '<', 15, 'and quick');
	return;
}

# ---- pictures ----

sub hex_of { return '0x' . unpack 'H*', $_[0] }

sub pictures_follow_by_content {
	my $red = SyncRig->png(255, 0, 0);
	my $blue = SyncRig->png(0, 0, 255);
	$rig->set('stock.picture.kind' => 'blob', 'stock.picture.table' => 'pics',
	    'stock.picture.key' => 'art', 'stock.picture.column' => 'data');
	$rig->stock('INSERT INTO pics (art, data) VALUES '
	    . q{('a-1', } . hex_of($red) . q{), ('A-2', } . hex_of("not a picture at all") . q{)});
	my ($status, $out) = $rig->syncd('-1');
	is($status, 0, 'R92: one pass with pictures') or diag $out;
	is($rig->field('A-1', 'picture'), sha256_hex($red), 'R92: named by its content');
	ok(-s $rig->dir . '/pictures/' . substr(sha256_hex($red), 0, 2) . '/'
	    . sha256_hex($red) . '-card.webp', 'R92: and made');
	is($rig->field('A-2', 'picture'), '', 'R99: a broken one shows the placeholder');
	like($out, qr/picture of item "A-2" is broken/, 'R99: and is told');
	($status, $out) = $rig->syncd('--status');
	like($out, qr/^pictures +1, 1 broken, 0 waiting$/m, 'R101: both are counted');
	like($out, qr/^broken +picture of "A-2": \w+/m, 'R101: with the reason');
	unlike(($rig->syncd('-1'))[1], qr/broken/, 'R99: it is told once');
	$rig->stock(q{UPDATE pics SET data = } . hex_of($blue) . q{ WHERE art = 'A-1'});
	$rig->syncd('-1');
	is($rig->field('A-1', 'picture'), sha256_hex($blue), 'R92: a new picture, a new name');
	ok(-s $rig->dir . '/pictures/' . substr(sha256_hex($red), 0, 2) . '/'
	    . sha256_hex($red) . '-card.webp', 'R92: the old one stays where it was');
	$rig->stock(q{DELETE FROM pics WHERE art = 'A-1'});
	$rig->syncd('-1');
	is($rig->field('A-1', 'picture'), '', 'R92: a picture that is gone');
	return;
}

sub a_new_item_has_its_picture_at_once {
	my $teal = SyncRig->png(0, 128, 128);
	$rig->set('stock.picture_seconds' => 3600);
	my $pid = $rig->start('new');
	wait_until(60, sub { $rig->log('new') =~ /following/ });
	sleep 0.5;
	$rig->stock(q{START TRANSACTION; INSERT INTO pics (art, data) VALUES ('N-8', }
	    . hex_of($teal) . q{); INSERT INTO `order` VALUES ('N-8', 'New', '', 3, 1, 'y'); COMMIT});
	ok(wait_until(60, sub { $rig->field('N-8', 'picture') eq sha256_hex($teal) }),
	    'R92: a new item has its picture at once, not at the next round');
	$rig->stop($pid);
	$rig->set('stock.picture_seconds' => 1);
	return;
}

sub pictures_that_cannot_be_asked_for_stop_nothing_else {
	my $pid = $rig->start('locked');
	wait_until(60, sub { $rig->log('locked') =~ /following/ });
	open my $locker, '|-', 'mariadb', '--no-defaults', '-u', 'root', '-S',
	    $rig->{server}->socket, 'alt_lager' or die "mariadb: $!\n";
	$locker->autoflush(1);
	print $locker "LOCK TABLES pics WRITE;\n";
	ok(wait_until(60, sub { $rig->log('locked') =~ /no pictures for now/ }),
	    'pictures that are locked for long are told');
	$rig->stock(q{UPDATE level SET qty = 31 WHERE art = 'A-1'});
	follows('and levels go on');
	ok(wait_until(60, sub { ($rig->syncd('--status'))[0] == 0 }), 'without a problem');
	close $locker;
	$rig->stop($pid);
	return;
}

sub write_file {
	my ($path, $bytes) = @_;
	open my $out, '>:raw', $path or die "$path: $!\n";
	print $out $bytes;
	close $out or die "$path: $!\n";
	return;
}

sub pictures_by_path_stay_below_their_folder {
	my $green = SyncRig->png(0, 255, 0);
	my $grey = SyncRig->png(9, 9, 9);
	my $base = $rig->dir . '/base';
	write_file("$base/green.dat", $green);
	write_file($rig->dir . '/outside.png', $grey);
	$rig->set('stock.picture.kind' => 'path', 'stock.picture.column' => 'path',
	    'stock.picture_base' => $base);
	$rig->stock(q{DELETE FROM pics; INSERT INTO pics (art, path) VALUES
	    ('A-1', 'green.dat'), ('A-2', '../outside.png'), ('B-3', 'missing.png')});
	my ($status, $out) = $rig->syncd('-1');
	is($status, 0, 'R99: pictures by path') or diag $out;
	is($rig->field('A-1', 'picture'), sha256_hex($green), 'R99: told by content, not by name');
	is($rig->field('A-2', 'picture'), '', 'R40: nothing outside the folder is read');
	like($out, qr/picture of item "A-2" is broken/, 'R40: and that is told');
	like($out, qr/picture of item "b-3" is broken/, 'R99: a missing file is told');
	write_file("$base/missing.png", $grey);
	write_file("$base/green.dat", $grey . "\0");
	$rig->syncd('-1');
	is($rig->field('b-3', 'picture'), sha256_hex($grey), 'R99: it is found when it comes');
	isnt($rig->field('A-1', 'picture'), sha256_hex($green), 'R92: a changed file is noticed');
	$rig->set('stock.picture.kind' => 'none');
	return;
}

# ---- odd mappings ----

sub several_level_rows_are_added_up_or_refused {
	$rig->stock(q{ALTER TABLE level DROP KEY art, ADD KEY (art),
	    MODIFY qty varchar(20);
	    UPDATE level SET qty = '5' WHERE art = 'A-1';
	    INSERT INTO level (art, qty) VALUES ('A-1', '7'), ('A-2', 'lots')});
	my ($status, $out) = $rig->syncd('-1', '-f', $rig->conf('stock.access' => 'read'));
	is($status, 0, 'R25: two rows where one is expected') or diag $out;
	is($rig->field('A-1', 'level'), 0, 'R25: count as 0');
	is($rig->field('A-1', 'flaw'), 5, 'R25: and are a flaw');
	($status, $out) = $rig->syncd('-1', '-f', $rig->conf('stock.access' => 'read',
	    'stock.rows' => 'sum'));
	is($status, 0, 'stock.rows = sum') or diag $out;
	is($rig->field('A-1', 'level'), 12, 'adds them up');
	is($rig->field('A-2', 'level'), 0, 'R25: one that is no number spoils the sum');
	is($rig->field('A-2', 'flaw'), 4, 'R25: and is a flaw');
	ends(7, qr/stock\.level\.qty "qty" is of type varchar/, 'text levels in write access');
	ends(2, qr/stock\.rows = sum needs stock\.access = read/,
	    'sums in write access', 'stock.rows' => 'sum');
	return;
}

sub the_level_may_be_in_the_item_table {
	$rig->stock(q{ALTER TABLE `order` ADD lager int; UPDATE `order` SET lager = 77});
	my ($status, $out) = $rig->syncd('-1', '-f', $rig->conf('stock.level.table' => 'order',
	    'stock.level.key' => 'key', 'stock.level.qty' => 'lager'));
	is($status, 0, 'item and level in one table') or diag $out;
	is($rig->field('A-1', 'level'), 77, 'the level is read');
	$rig->stock('CREATE VIEW v AS SELECT `key` AS k, `na``me` AS n, price AS p FROM `order`');
	($status, $out) = $rig->syncd('-1', '-f', $rig->conf(
	    'stock.item.table' => 'alt_lager.v', 'stock.item.key' => 'k',
	    'stock.item.name' => 'n', 'stock.item.price' => 'p',
	    'stock.item.text' => undef, 'stock.item.category' => undef,
	    'stock.item.visible' => undef, 'stock.category.table' => undef));
	is($status, 0, 'a view as the item table') or diag $out;
	is($rig->field('H-6', 'gone'), 0, 'without a rule all are shown');
	return;
}

# ---- failures, each with its status ----

sub failures_have_their_own_status {
	$rig->secret('wrong');
	ends(4, qr/refused "shop": check stock\.user, stock\.password/, 'wrong password');
	$rig->secret('pw');
	(my $other = $rig->{server}->ca) =~ s/ca\.pem$/other-ca.pem/;
	ends(5, qr/no verified TLS .*check stock\.ca/, 'R94: wrong CA', 'stock.ca' => $other);
	ends(5, qr/could not read stock\.ca/, 'no CA', 'stock.ca' => '/nowhere/ca.pem');
	ends(5, qr/stock\.ca is not set/, 'CA not set', 'stock.ca' => undef);
	ends(3, qr/could not reach .*check stock\.host/, 'nobody there', 'stock.port' => 1);
	ends(7, qr/stock\.item\.name "title" is not in/, 'a column that is not there',
	    'stock.item.name' => 'title');
	ends(7, qr/not in the stock system's table/, 'a table that is not there',
	    'stock.level.table' => 'lewel');
	ends(7, qr/no unique index/, 'a key that names many items', 'stock.item.key' => 'shown');
	ends(2, qr/stock\.database is not set/, 'no database', 'stock.database' => undef);
	ends(2, qr/stock\.item\.price/, 'a mapping without a price', 'stock.item.price' => undef);
	$rig->stock('ALTER TABLE level ENGINE=MyISAM');
	ends(8, qr/is MyISAM, .*convert it to InnoDB/, 'a MyISAM level in write access');
	is(($rig->syncd('-1', '-f', $rig->conf('stock.access' => 'read')))[0], 0,
	    'which read access takes');
	$rig->stock('ALTER TABLE level ENGINE=InnoDB, DROP KEY art');
	ends(8, qr/no unique index .*add one/, 'a level without a unique key in write access');
	$rig->stock('ALTER TABLE level ADD UNIQUE (art)');
	$rig->stock('REVOKE SELECT ON alt_lager.* FROM shop;'
	    . ' GRANT SELECT ON alt_lager.`order` TO shop; GRANT SELECT ON alt_lager.`groups` TO shop');
	ends(6, qr/may not be read .*grant SELECT on `alt_lager`\.`level`/, 'R94: a missing grant');
	return;
}

sub the_check_prints_what_is_missing_and_that_suffices {
	my $before = $rig->sales('SELECT * FROM mirror');
	my ($status, $out) = $rig->syncd('-n');
	is($status, 6, '-n: a missing grant');
	like($out, qr/^GRANT SELECT ON `alt_lager`\.`level` TO 'shop'\@'%';$/m, '-n: and prints it');
	$rig->stock(join '', $out =~ /^(GRANT .*;)$/mg);
	($status, $out) = $rig->syncd('-n');
	is($status, 12, '-n: our own schema is not there') or diag $out;
	my ($ddl) = $out =~ /^(CREATE DATABASE .*?)^-- /ms;
	$rig->stock($ddl);
	($status, $out) = $rig->syncd('-n');
	is($status, 0, '-n: with all of it nothing is missing') or diag $out;
	like($out, qr/^items +6 rows$/m, '-n: counts');
	like($out, qr/^sample +key "A-1", name "The Bowler"/m, '-n: and shows a sample');
	is($rig->stock(q{SELECT COUNT(*) FROM information_schema.TABLES WHERE
	    TABLE_SCHEMA = 'hatshop' AND ENGINE = 'InnoDB'}), 3, 'R94: three tables of ours');
	is($rig->sales('SELECT * FROM mirror'), $before, '-n: writes nothing');
	$rig->stock('REVOKE UPDATE (qty) ON alt_lager.level FROM shop');
	($status, $out) = $rig->syncd('-n');
	is($status, 6, '-n: UPDATE on the level is needed');
	like($out, qr/^GRANT UPDATE \(`qty`\) ON `alt_lager`\.`level` TO/m, 'R94: on that one column');
	is(($rig->syncd('-n', '-f', $rig->conf('stock.access' => 'read')))[0], 0,
	    'but not with read access');
	return;
}

sub a_server_without_tls_is_refused {
	my ($kind) = @_;
	return if $kind ne 'mariadb';
	local $ENV{MARIADB_ARGS} = '--skip-ssl';
	my $plain = HatTest->mariadb;
	$rig = SyncRig->new($plain, 'sqlite');
	ends(5, qr/no verified TLS/, 'R94: a server without TLS');
	$rig->stock(q{CREATE USER nearby IDENTIFIED BY 'pw';
	    GRANT SELECT ON alt_lager.* TO nearby});
	is(($rig->syncd('-1', '-f', $rig->conf('stock.socket' => $plain->socket,
	    'stock.user' => 'nearby')))[0], 0, 'a local socket needs none');
	return;
}

sub options_are_checked {
	is(($rig->run('syncd/syncd', '-x'))[0], 2, 'an unknown option');
	is(($rig->run('syncd/syncd', '-1', '-n'))[0], 2, 'two errands at once');
	is(($rig->run('syncd/syncd', '-f', '/nowhere', '-n'))[0], 2, 'no configuration');
	my ($status, $out) = $rig->run('syncd/syncd', '--version');
	is($status, 0, '--version');
	like($out, qr/^syncd [\d.]+/, 'says it');
	return;
}

sub it_goes_to_the_background_by_itself {
	my $file = $rig->dir . '/run/syncd.pid';
	my ($status, $out) = $rig->syncd('-p', $file);
	is($status, 0, 'without -d it goes to the background') or diag $out;
	ok(wait_until(60, sub { -s $file }), 'and writes its pid');
	open my $in, '<', $file or return fail('pid file');
	chomp(my $pid = <$in>);
	close $in;
	ok(kill(0, $pid), 'it runs');
	($status, $out) = $rig->syncd('-p', $file);
	isnt($status, 0, 'a second one with that pid file is refused');
	kill 'TERM', $pid;
	ok(wait_until(60, sub { !-e $file }), 'it takes the pid file away');
	return;
}

# ---- all of it ----

sub life {
	my ($server, $engine, $restart) = @_;
	$rig = SyncRig->new($server, $engine);
	a_first_pass_copies_what_is_shown();
	a_pass_without_differences_writes_only_the_confirmation();
	my $pid = $rig->start;
	changes_follow();
	withdrawn_and_deleted_items_are_marked_gone();
	odd_levels_count_as_0_and_are_told_once();
	a_renamed_column_stops_selling_and_is_told_once();
	a_new_type_is_read_as_it_is();
	a_wrong_new_configuration_is_refused($pid);
	a_server_that_goes_away_is_told_once_and_found_again() if $restart;
	a_second_syncd_waits_and_takes_over($pid);
	return;
}

sub rest {
	my ($server, $kind) = @_;
	$rig = SyncRig->new($server, 'sqlite');
	failures_have_their_own_status();
	the_check_prints_what_is_missing_and_that_suffices();
	$rig->reset_stock;
	stopping_is_quick();
	pictures_follow_by_content();
	a_new_item_has_its_picture_at_once();
	pictures_that_cannot_be_asked_for_stop_nothing_else();
	pictures_by_path_stay_below_their_folder();
	several_level_rows_are_added_up_or_refused();
	$rig->reset_stock;
	the_level_may_be_in_the_item_table();
	options_are_checked();
	it_goes_to_the_background_by_itself();
	a_server_without_tls_is_refused($kind);
	return;
}

my $mariadb = HatTest->mariadb;
subtest 'stock on MariaDB, sales on SQLite' => sub { life($mariadb, 'sqlite', 1) };
subtest 'stock on MariaDB, the rest' => sub { rest($mariadb, 'mariadb') };
subtest 'stock on MariaDB, sales on MariaDB' => sub { life($mariadb, 'mariadb') };
undef $rig;
undef $mariadb;
SKIP: {
	my $mysql = HatTest->mysql97 or skip 'MySQL 9.7 cannot be had here', 2;
	subtest 'stock on MySQL, sales on SQLite' => sub { life($mysql, 'sqlite', 1) };
	subtest 'stock on MySQL, the rest' => sub { rest($mysql, 'mysql') };
	undef $rig;
}
done_testing;
