#!/usr/bin/perl
# syncd-status.t - syncd --status in its three forms, read by real readers, and
# what is said of a mirror that is well, waits, or fails (R101).
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use Digest::SHA qw(sha256_hex);
use Exposition;
use HatTest;
use JSON::PP;
use SyncRig;
use Test::More;
use Time::HiRes qw(sleep time);

my $rig;
my $PRE = 'hatshop_sync_';

sub text { return $rig->syncd('--status') }

# json: exit status and the object; standard error is in the same text.
sub json {
	my ($status, $out) = $rig->syncd('--status', '--json');
	$out =~ s/^syncd: [^\n]*\n//m;
	my $o = eval { JSON::PP->new->utf8->decode($out) };
	ok($o, 'R101: --json is one JSON object') or diag "$@: $out";
	return ($status, $o // {});
}

# The same for polling.
sub now_json {
	my (undef, $out) = $rig->syncd('--status', '--json');
	$out =~ s/^syncd: [^\n]*\n//m;
	return JSON::PP->new->utf8->decode($out);
}

sub prometheus {
	my ($status, $out) = $rig->syncd('--status', '--prometheus');
	$out =~ s/^syncd: [^\n]*\n//m;
	my ($all, @faults) = Exposition::read($out);
	is_deeply(\@faults, [], 'R101: --prometheus is in the exposition format');
	is_deeply([ grep { !/^\Q$PRE\E[a-z_]+\z/ } keys %$all ], [], 'and our names are ours');
	return ($status, $all);
}

sub value { my ($all, $name) = @_; return $all->{"$PRE$name"}{''} }

# ---- a mirror's life ----

sub before_the_first_copy_nothing_is_well {
	my ($status, $out) = text();
	is($status, 10, 'R101: no copy is not well');
	like($out, qr/^state +never copied$/m, 'said');
	like($out, qr/^syncd +none is at work$/m, 'and that nobody is at it');
	like($out, qr/^to do +no syncd is at work: start it/m, 'and what to do');
	($status, my $o) = json();
	is($status, 10, 'the same status');
	is($o->{state}, 'never', 'JSON: state');
	ok(!$o->{healthy} && !$o->{running}, 'JSON: neither healthy nor running');
	for my $none (qw(mode source confirmed_at read_lag_ms apply_lag_ms position problem)) {
		ok(exists $o->{$none} && !defined $o->{$none}, "JSON: $none is null");
	}
	($status, my $all) = prometheus();
	is($status, 10, 'the same status');
	is(value($all, 'healthy'), 0, 'Prometheus: not healthy');
	is(value($all, 'confirmed_timestamp_seconds'), 0, 'Prometheus: never');
	return;
}

sub a_mirror_that_polls_says_why {
	my $pid = $rig->start;
	ok(wait_until(60, sub { (text())[0] == 0 }), 'R101: well');
	my ($status, $out) = text();
	like($out, qr/^state +fresh$/m, 'fresh');
	like($out, qr/^syncd +at work: \S+:$pid:/m, 'who is at work');
	like($out, qr/^mode +poll: stock\.mode is poll$/m, 'R101: the mode and why');
	like($out, qr/^source +(?:MariaDB at \S+:\d+, server_id \d+|MySQL, server_uuid [0-9a-f-]{36})$/m,
	    'the source in words');
	like($out, qr/^items +5, 5 shown$/m, 'counts');
	unlike($out, qr/^to do/m, 'nothing to do');
	($status, my $o) = json();
	is($status, 0, 'exit status 0');
	ok($o->{healthy} && $o->{running}, 'JSON: healthy and running');
	is($o->{mode}, 'poll', 'JSON: mode');
	is($o->{reason}, 'stock.mode is poll', 'JSON: why');
	is($o->{items}, 5, 'JSON: a number');
	cmp_ok(abs($o->{now} - time), '<', 10, 'JSON: now');
	cmp_ok($o->{now} - $o->{confirmed_at}, '<=', 30, 'JSON: the age of the confirmation');
	is_deeply($o->{to_do}, [], 'JSON: nothing to do');
	my (undef, $all) = prometheus();
	is(value($all, $_->[0]), $_->[1], "Prometheus: $_->[0] $_->[1]")
	    for [ healthy => 1 ], [ running => 1 ], [ binlog => 0 ], [ items => 5 ],
	    [ items_shown => 5 ], [ problem => 0 ], [ stale_after_seconds => 30 ];
	is($all->{"${PRE}info"}{mode}, 'poll', 'Prometheus: the mode as a label');
	is($all->{"${PRE}info"}{source}, $o->{source}, 'Prometheus: the source too');
	ok(!defined value($all, 'read_lag_seconds'), 'Prometheus: no lag where none is measured');
	return $pid;
}

sub a_problem_is_told_with_what_to_do {
	my ($pid) = @_;
	$rig->set('stock.stale_after' => 3);
	$rig->stock('ALTER TABLE `order` RENAME COLUMN price TO preis');
	ok(wait_until(60, sub { (text())[0] == 10 }), 'R100: no longer well');
	ok(wait_until(60, sub { (text())[1] =~ /^state +stale$/m }), 'stale in time');
	my ($status, $out) = text();
	like($out, qr/^problem +stock\.item\.price "price" is not in/m, 'R101: the problem');
	like($out, qr/^to do +mend the problem/m, 'R101: and what to do');
	my (undef, $o) = json();
	like($o->{problem}, qr/"price" is not in/, 'JSON: the problem with its quotes');
	cmp_ok($o->{problem_at}, '>', time - 60, 'JSON: since when');
	my (undef, $all) = prometheus();
	is(value($all, 'problem'), 1, 'Prometheus: a problem');
	$rig->stock('ALTER TABLE `order` RENAME COLUMN preis TO price');
	$rig->set('stock.stale_after' => 30);
	ok(wait_until(60, sub { (text())[0] == 0 }), 'well again');
	$rig->stop($pid);
	($status, $out) = text();
	like($out, qr/^syncd +none is at work$/m, 'R101: stopped, it is not at work');
	return;
}

sub hex_of { return '0x' . unpack 'H*', $_[0] }

sub pictures_that_cannot_be_stored_wait {
	$rig->set('stock.picture.kind' => 'blob', 'stock.picture.table' => 'pics',
	    'stock.picture.key' => 'art', 'stock.picture.column' => 'data');
	$rig->stock('INSERT INTO pics (art, data) VALUES '
	    . "('A-1', " . hex_of(SyncRig->png(1, 2, 3)) . '), '
	    . "('A-2', " . hex_of(SyncRig->png(4, 5, 6)) . ')');
	my $folder = $rig->{conf}{'pictures.folder'};
	my $pid = $rig->start('store');
	ok(wait_until(60, sub { now_json()->{pictures} == 2 }), 'R92: both are shown');
	my $picture = SyncRig->png(7, 8, 9);
	my $there = "$folder/" . substr sha256_hex($picture), 0, 2;
	open my $out, '>', $there or die "$there: $!\n";
	close $out or die "$there: $!\n";
	$rig->stock('UPDATE pics SET data = ' . hex_of($picture) . q{ WHERE art = 'A-2'});
	ok(wait_until(60, sub { now_json()->{store_problem} }), 'R101: a store that fails is told');
	ok(wait_until(60, sub { now_json()->{pictures_waiting} == 1 }), 'R101: one picture waits');
	my ($status, $said) = text();
	is($status, 0, 'levels are well all the same');
	like($said, qr/^store +fails: /m, 'which store, and why');
	like($said, qr/^to do +mend the store of pictures/m, 'R101: and what to do');
	my (undef, $all) = prometheus();
	is(value($all, 'store_failing'), 1, 'Prometheus: the store');
	is(value($all, 'pictures_waiting'), 1, 'Prometheus: what waits');
	unlink $there;
	ok(wait_until(60, sub { my $o = now_json();
		!$o->{store_problem} && $o->{pictures_waiting} == 0 }), 'R92: then they are stored');
	is($rig->stop($pid), 0, 'stopped');
	return;
}

sub names_with_quotes_and_lines_harm_no_form {
	$rig->sales(q{UPDATE mirror SET source = 'mariadb "1" \\x:1', reason = 'one' || char(10)
	    || 'two' || char(27) || '[31m "three" \\', mode = 'binlog', event_at = 1000,
	    read_lag_ms = 7, apply_lag_ms = 61234, position = 'b.1:4'});
	$rig->sales(q{UPDATE item SET flaw = 1 WHERE source_key = 'O''Brien'});
	my (undef, $o) = json();
	is($o->{reason}, 'one two[31m "three" \\', 'JSON: escaped, without control bytes');
	is($o->{flawed_items}[0]{key}, "O'Brien", 'JSON: an odd key');
	is($o->{apply_lag_ms}, 61234, 'JSON: a lag');
	is($o->{position}, 'b.1:4', 'JSON: the position');
	my (undef, $all) = prometheus();
	is($all->{"${PRE}info"}{source}, 'mariadb "1" \\x:1', 'Prometheus: escaped');
	is(value($all, 'read_lag_seconds'), '0.007', 'Prometheus: in seconds');
	is(value($all, 'apply_lag_seconds'), '61.234', 'Prometheus: also long ones');
	my (undef, $out) = text();
	unlike($out, qr/[^\n -~]/, 'R101: text has no control bytes');
	like($out, qr/^last change +1970-\S+, \d+ days ago; read after 7 ms, published after 61234 ms$/m,
	    'R101: the lags');
	return;
}

sub without_a_sales_database_each_form_fails_alike {
	my $conf = $rig->conf('db.file' => $rig->dir . '/run/none.db');
	for my $form ([], ['--json'], ['--prometheus']) {
		my ($status, $out) = $rig->syncd('-f', $conf, '--status', @$form);
		is($status, 9, "exit status 9: @$form");
		like($out, qr/\Asyncd: [^\n]+\n\z/, 'and one line of reason');
	}
	is(($rig->syncd('--json'))[0], 2, 'a form without --status is refused');
	is(($rig->syncd('--status', '--json', '--prometheus'))[0], 2, 'and two at once');
	return;
}

my $mariadb = HatTest->mariadb;
for my $engine (qw(sqlite mariadb)) {
	$rig = SyncRig->new($mariadb, $engine, 'stock.stale_after' => 30);
	before_the_first_copy_nothing_is_well();
	a_problem_is_told_with_what_to_do(a_mirror_that_polls_says_why());
	next if $engine ne 'sqlite';
	pictures_that_cannot_be_stored_wait();
	names_with_quotes_and_lines_harm_no_form();
	without_a_sales_database_each_form_fails_alike();
}
done_testing;
