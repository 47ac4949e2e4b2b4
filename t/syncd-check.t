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

for my $kind (qw(mariadb mysql97)) {
	SKIP: {
		my $server = HatTest->$kind or skip "$kind cannot be had here", 1;
		$rig = SyncRig->new($server, 'sqlite');
		make_our_schema();
		a_missing_grant_is_advice_or_an_error();
		with_the_grant_nothing_is_asked();
		a_log_that_cannot_be_followed_is_told() if $kind eq 'mariadb';
		the_store_of_pictures_is_looked_at();
		a_wrong_database_is_named();
		undef $rig;
	}
}
done_testing;
