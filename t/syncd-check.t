#!/usr/bin/perl
# syncd-check.t - what syncd -n says of the log, its grant, the pictures and a
# wrong database, on both servers; it writes nothing (R94, R97, R101).
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use HatTest;
use SyncRig;
use Test::More;

my $rig;

my $GRANT = qr/^GRANT REPLICATION SLAVE ON \*\.\* TO 'shop'\@'%';$/m;

# check [CONF...]: exit status and what it says.
sub check {
	my (%conf) = @_;
	return $rig->syncd('-n', '-f', $rig->conf(%conf));
}

sub make_our_schema {
	my (undef, $out) = check('stock.mode' => 'poll');
	my ($ddl) = $out =~ /^-- our own schema[^\n]*\n(.*?)^--/ms or die "no DDL: $out\n";
	$rig->stock($ddl);
	return;
}

sub a_missing_grant_is_advice_or_an_error {
	my ($status, $out) = check('stock.mode' => 'poll');
	is($status, 0, 'R94: poll needs no grant for the log') or diag $out;
	like($out, qr/^mode +poll: stock\.mode is poll$/m, 'and says why it polls');
	unlike($out, $GRANT, 'and asks for none');
	($status, $out) = check('stock.mode' => 'auto');
	is($status, 0, 'R94: auto does without it') or diag $out;
	like($out, qr/^mode +poll: the log cannot be followed: .*REPLICATION SLAVE/m, 'says what lacks');
	like($out, qr/^-- advice: without this grant changes are polled\n$GRANT/m,
	    'and names the statement as advice');
	($status, $out) = check('stock.mode' => 'binlog');
	is($status, 6, 'R94: binlog needs it');
	like($out, qr/^-- missing grants\n$GRANT/m, 'and names it among the missing');
	($status, $out) = check('stock.mode' => 'auto', 'stock.access' => 'read');
	is($status, 0, 'R94: with read access too') or diag $out;
	return;
}

sub with_the_grant_nothing_is_asked {
	$rig->stock('GRANT REPLICATION SLAVE ON *.* TO shop');
	for my $mode (qw(auto binlog)) {
		my ($status, $out) = check('stock.mode' => $mode);
		is($status, 0, "$mode: with it nothing is missing") or diag $out;
		like($out, qr/^mode +binlog$/m, "$mode: the log will be followed");
		unlike($out, $GRANT, "$mode: and nothing is advised");
	}
	my ($status, $out) = check('stock.mode' => 'auto', 'stock.access' => 'read');
	is($status, 0, 'read access') or diag $out;
	like($out, qr/^mode +poll: .*stock\.access = read only stock\.mode = binlog/m,
	    'R101: says that auto polls then');
	is($rig->stock('SELECT COUNT(*) FROM hatshop.probe'), 0, '-n writes no row of ours');
	return;
}

sub a_log_that_cannot_be_followed_is_told {
	$rig->stock(q{SET GLOBAL binlog_format = 'STATEMENT'});
	my ($status, $out) = check('stock.mode' => 'auto');
	is($status, 0, 'R97: auto polls');
	like($out, qr/^mode +poll: .*binlog_format is STATEMENT/m, 'and says why');
	unlike($out, $GRANT, 'which no grant would mend');
	($status, $out) = check('stock.mode' => 'binlog');
	is($status, 13, 'R97: binlog cannot be had: exit status 13') or diag $out;
	like($out, qr/^syncd: the log cannot be followed/m, 'in one line');
	$rig->stock(q{SET GLOBAL binlog_format = 'ROW'});
	return;
}

sub the_store_of_pictures_is_looked_at {
	my %blob = ('stock.picture.kind' => 'blob', 'stock.picture.table' => 'pics',
	    'stock.picture.key' => 'art', 'stock.picture.column' => 'data');
	like((check())[1], qr/^pictures +none: stock\.picture\.kind is none$/m, 'no pictures');
	like((check(%blob))[1], qr/^pictures +folder "[^"]*" can be written$/m, 'a folder');
	like((check(%blob, 'pictures.folder' => $rig->dir . '/new'))[1],
	    qr/^pictures +folder "[^"]*" will be made$/m, 'one to be made');
	ok(!-e $rig->dir . '/new', 'but not by -n');
	like((check(%blob, 'pictures.folder' => '/nowhere/at/all'))[1],
	    qr/^pictures +cannot be kept: folder "[^"]*" cannot be made by user \d+: \w/m,
	    'one that cannot be made');
	return;
}

sub a_wrong_database_is_named {
	my ($status, $out) = check('stock.database' => 'nowhere');
	is($status, 6, 'a database that is not there, or not for us');
	like($out, qr/^syncd: there is no database "nowhere", or 'shop'\@'%' has no right in it: correct stock\.database/m,
	    'is named, with what to do');
	return;
}

# What makes a sale count once (idea 3): each is found by whoever needs it.
sub our_tables_have_to_be_right {
	my ($code, $text) = $rig->syncd('-1');
	is($code, 0, 'copied') or diag $text;
	$rig->stock('ALTER TABLE hatshop.claim ENGINE=MyISAM');
	my ($status, $out) = check('stock.mode' => 'poll');
	is($status, 8, 'R21: a claim table without transactions: exit status 8') or diag $out;
	like($out, qr/^syncd: "hatshop\.claim" on the stock server is MyISAM, which has no transactions: .*ENGINE=InnoDB/m,
	    'with what to do');
	($status, $out) = $rig->syncd('-1');
	is($status, 8, 'and is not mirrored');
	$rig->order(1, 'A-1', 1, payment => 4, goods => 4, hold => 1);
	($status, $out) = $rig->run('t/flow-tool', $rig->conf, 1);
	is($status, 0, 'a take that comes first') or diag $out;
	like($rig->sales('SELECT goods || why FROM payment'), qr/^4stock: "hatshop\.claim" .*no transactions/,
	    'takes nothing, and says why');
	is($rig->stock('SELECT COUNT(*) FROM hatshop.claim'), 0, 'nor writes a claim');
	$rig->stock('ALTER TABLE hatshop.claim ENGINE=InnoDB, DROP PRIMARY KEY, ADD PRIMARY KEY (item, attempt)');
	($status, $out) = check('stock.mode' => 'poll');
	is($status, 8, 'another primary key') or diag $out;
	like($out, qr/primary key \(item,attempt\) and not \(attempt,item\)/, 'is named');
	($status, $out) = check('stock.mode' => 'poll', 'stock.access' => 'read');
	is($status, 0, 'with read access nobody needs it') or diag $out;
	$rig->stock('ALTER TABLE hatshop.claim DROP PRIMARY KEY, ADD PRIMARY KEY (attempt, item)');
	$rig->stock('ALTER TABLE hatshop.give_back ENGINE=MyISAM');
	($status, $out) = check('stock.mode' => 'poll');
	like("$status $out", qr/^8 .*"hatshop\.give_back" .*MyISAM/s, 'give_back too');
	$rig->stock('ALTER TABLE hatshop.give_back ENGINE=InnoDB');
	return;
}

sub each_right_of_a_sale_is_tried {
	$rig->stock('REVOKE UPDATE ON hatshop.* FROM shop');
	my ($status, $out) = check('stock.mode' => 'poll');
	is($status, 6, 'R94: goods could not be given back') or diag $out;
	like($out, qr/^GRANT SELECT, INSERT, UPDATE, DELETE ON `hatshop`\.\* TO/m, 'the grant is printed');
	($status, $out) = $rig->syncd('-1');
	is($status, 0, 'the mirror does without') or diag $out;
	like($out, qr/nothing can be sold: grants that are missing: 1/, 'and says so');
	$rig->stock('GRANT UPDATE ON hatshop.* TO shop; REVOKE UPDATE (qty) ON alt_lager.level FROM shop');
	($status, $out) = check('stock.mode' => 'poll');
	is($status, 6, 'R94: the level could not be lowered') or diag $out;
	like($out, qr/^GRANT UPDATE \(`qty`\) ON `alt_lager`\.`level` TO/m, 'the grant is printed');
	$rig->stock('GRANT UPDATE (qty) ON alt_lager.level TO shop');
	$rig->stock('ALTER TABLE level DROP INDEX art, ADD INDEX (art)');
	($status, $out) = check('stock.mode' => 'poll');
	is($status, 8, 'R25: an item could have several rows') or diag $out;
	like($out, qr/^syncd: stock\.level\.key "art" has no unique index/m, 'which is said');
	$rig->stock('ALTER TABLE level DROP INDEX art, ADD UNIQUE (art); ALTER TABLE level ENGINE=MyISAM');
	($status, $out) = check('stock.mode' => 'poll');
	is($status, 8, 'a level without transactions') or diag $out;
	$rig->stock('ALTER TABLE level ENGINE=InnoDB; DROP TABLE hatshop.give_back');
	($status, $out) = check('stock.mode' => 'poll');
	is($status, 12, 'a table of ours that is not there') or diag $out;
	($status, $out) = $rig->syncd('-1');
	is($status, 0, 'the mirror does without') or diag $out;
	like($out, qr/no table "give_back"/, 'and says so');
	return;
}

for my $kind (qw(mariadb mysql97)) {
	SKIP: {
		my $server = HatTest->$kind or skip "$kind cannot be had here", 1;
		$rig = SyncRig->new($server, 'sqlite', 'shop.test' => 'yes', 'stripe.base' => 'http://127.0.0.1:9');
		$rig->secret("pw\nstripe.key = sk_test_x\nstripe.webhook_secret = whsec_x");
		make_our_schema();
		a_missing_grant_is_advice_or_an_error();
		with_the_grant_nothing_is_asked();
		a_log_that_cannot_be_followed_is_told() if $kind eq 'mariadb';
		the_store_of_pictures_is_looked_at();
		a_wrong_database_is_named();
		our_tables_have_to_be_right();
		each_right_of_a_sale_is_tried();
		undef $rig;
	}
}
done_testing;
