#!/usr/bin/perl
# syncd-failures.t - what a stock server and the way to it can do to one who
# follows its log: each has a reaction that the log says in one line, and
# afterwards the mirror equals its source (R96, R97). stock.poll_ms is at its
# longest, so that no pass hides what the log did not bring.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use HatTest;
use SyncRig;
use Test::More;
use Time::HiRes qw(sleep time);
use Wire;

my ($rig, $server, $mysql, $pid, $wire);
my ($name, $count, $level) = ('', 0, 100);

# ---- means ----

sub logged { my ($re) = @_; return scalar(() = $rig->log($name) =~ /$re/g) }

sub like_log {
	my ($re, $what) = @_;
	return ok(wait_until(60, sub { logged($re) }), $what) || diag $rig->log($name);
}

sub unlike_log {
	my ($re, $what) = @_;
	return is(logged($re), 0, $what) || diag $rig->log($name);
}

sub becomes_equal {
	my ($what) = @_;
	wait_until(60, sub { $rig->mirror eq $rig->expected });
	return is($rig->mirror, $rig->expected, $what) || diag $rig->log($name);
}

# A change of one level; true once it is shown.
sub change { my ($art) = @_; $level++; return "UPDATE level SET qty = $level WHERE art = '@{[$art // 'A-1']}';" }

sub arrives {
	my ($what) = @_;
	$rig->stock(change());
	return ok(wait_until(60, sub { $rig->field('A-1', 'level') eq $level }), $what)
	    || diag $rig->log($name);
}

sub starts {
	$name = 'log' . ++$count;
	$pid = $rig->start($name);
	return;
}

sub follows { my ($what) = @_; return like_log(qr/following the log from/, $what // 'it follows') }

# A new server may have another port.
sub server_starts {
	$server->run('start') or BAIL_OUT('the server does not start');
	$wire->order('to', $server->port);
	return;
}

# A position is stored once a second when there is nothing to do.
sub placed {
	my ($at) = @_;
	my $before = $rig->sales('SELECT position FROM mirror');
	$rig->stock($at // change());
	return wait_until(60, sub {
		my $now = $rig->sales('SELECT position FROM mirror');
		$now ne $before && $now ne '' && $rig->mirror eq $rig->expected;
	});
}

sub stops { my ($signal) = @_; $rig->stop($pid, $signal); $rig->sales('UPDATE lease SET expires_at = 0'); return }

# while_away SQL: done while nobody follows.
sub while_away {
	my ($sql) = @_;
	placed();
	stops('KILL');
	$rig->stock($sql);
	starts();
	return;
}

# A position that somebody has written.
sub forged {
	my ($replace) = @_;
	placed();
	stops();
	my $position = $rig->sales('SELECT position FROM mirror');
	$replace->($position) for $position;
	$position =~ s/'/''/g;
	$rig->sales("UPDATE mirror SET position = '$position'");
	$rig->stock(change() . change('a-2'));
	starts();
	return;
}

sub stored { my ($field) = @_; return $rig->sales("SELECT $field FROM mirror") }

sub copies_again {
	my ($why, $what) = @_;
	like_log(qr/copying again: .*$why/, "$what: it says that it copies again, and why");
	becomes_equal("$what: and is equal");
	is(logged(qr/copying again/), 1, 'it copies once');
	arrives('and follows');
	return;
}

# A file that a reader has just left may be kept for a while.
sub purge {
	my $newest = newest_file();
	return ok(wait_until(60, sub {
		$rig->stock("PURGE BINARY LOGS TO '$newest'; SHOW BINARY LOGS") =~ /^\Q$newest\E/;
	}), 'purged');
}

sub newest_file { return (split /\t/, (split /\n/, $rig->stock('SHOW BINARY LOGS'))[-1])[0] }

# ---- what is carried on ----

sub a_restart_goes_on_where_it_was {
	starts();
	follows();
	becomes_equal('the first copy');
	while_away(change() . q{DELETE FROM `order` WHERE `key` = 'b-3';} . change('a-2'));
	follows();
	becomes_equal('R96: what happened in between came by the log');
	like_log(qr/where it was left/, 'from where it was');
	unlike_log(qr/compared all|copying again/, 'without a pass');
	$rig->stock(q{INSERT INTO `order` VALUES ('b-3', 'Crème 帽子 🎩', 'Two\nlines', 12.5, 3, 'y')});
	becomes_equal('and goes on');
	is(stored('mode'), 'binlog', 'the status: the mode');
	ok(wait_until(60, sub { abs(time - stored('event_at')) < 30 }), 'the status: the last event');
	cmp_ok(stored('apply_lag_ms'), '<', 30_000, 'the status: the lag');
	return;
}

# Long after the last change of ours: what is purged was not needed.
sub what_is_not_ours_moves_the_position {
	$rig->stock('CREATE TABLE other (a INT PRIMARY KEY); INSERT INTO other VALUES (1)');
	placed();
	my $before = stored('position');
	$rig->stock('FLUSH BINARY LOGS; UPDATE other SET a = a + 1');
	ok(wait_until(60, sub { stored('position') ne $before }), 'it moves');
	# who begins there begins a transaction earlier: that must not be purged
	placed('UPDATE other SET a = a + 1');
	stops();
	purge();
	$rig->stock(change());
	starts();
	like_log(qr/where it was left/, 'and is still in the log');
	becomes_equal('equal');
	unlike_log(qr/copying again|reconnecting/, 'nothing was refused');
	return;
}

sub a_killed_link_is_made_anew {
	placed();
	my ($dump) = $rig->stock(q{SELECT ID FROM information_schema.processlist
	    WHERE COMMAND LIKE 'Binlog Dump%'}) =~ /(\d+)/;
	my $before = logged(qr/where it was left/);
	$rig->stock("KILL $dump; " . change());
	ok(wait_until(60, sub { logged(qr/where it was left/) > $before }), 'R96: killed, it goes on from where it was');
	becomes_equal('equal');
	unlike_log(qr/polling|compared all/, 'without a pass');
	return;
}

sub the_older_of_two_readers_with_one_number_goes_on_with_another {
	placed();
	my ($id) = (reverse $rig->log($name) =~ /replica=(\d+)/g);
	my $before = logged(qr/replica=/);
	local $ENV{BINLOG_READER} = $id;
	my ($status, $out) = $rig->run('t/binlog-capture', 'wait', $server->socket, newest_file(), 4, $rig->dir . '/taken');
	is($status, 0, 'another reader has its number') or diag $out;
	ok(wait_until(60, sub { logged(qr/replica=/) > $before }), 'it follows again') or diag $rig->log($name);
	my ($now) = (reverse $rig->log($name) =~ /replica=(\d+)/g);
	isnt($now, $id, 'with another number');
	arrives('and changes arrive');
	cmp_ok(logged(qr/replica=/) - $before, '<=', 2, 'it did not fight');
	unlike_log(qr/copying again/, 'nor copy');
	return;
}

sub a_server_that_stands_still_is_waited_for {
	placed();
	open my $in, '<', $server->dir . '/pid' or die "pid: $!\n";
	my $stopped = <$in> + 0;
	my $before = logged(qr/where it was left/);
	kill 'STOP', $stopped;
	like_log(qr/reconnecting to the log: .*(?:timed out|Lost)/i, 'it is noticed');
	ok(wait_until(60, sub { $rig->sales('SELECT confirmed_at FROM mirror') < time - 3 }), 'nothing is confirmed');
	kill 'CONT', $stopped;
	ok(wait_until(60, sub { logged(qr/where it was left/) > $before }), 'R96: it goes on when the server does')
	    or diag $rig->log($name);
	arrives('and changes arrive');
	return;
}

sub a_server_that_dies_is_followed_again {
	for my $way (qw(stop kill)) {
		placed();
		my $before = logged(qr/following the log/);
		$server->run($way);
		server_starts();
		$rig->stock(change('a-2'));
		ok(wait_until(60, sub { logged(qr/following the log/) > $before }), "R96: $way: it follows again");
		becomes_equal("$way: equal");
		like_log(qr/started anew/, "$way: what it may have lost is looked for") if $way eq 'kill';
		arrives("$way: changes arrive");
	}
	return;
}

sub a_broken_wire_is_waited_for {
	placed();
	for my $way (qw(cut stall half)) {
		my $before = logged(qr/following the log/);
		$wire->order($way);
		$rig->stock(change('a-2'));
		ok(wait_until(60, sub { logged(qr/reconnecting|could not reach|polling instead/) }), "$way: noticed");
		$wire->order('pass');
		becomes_equal("R96: $way: equal");
		arrives("$way: and changes arrive");
	}
	return;
}

sub a_row_of_60_megabytes_passes {
	placed();
	$rig->stock(q{INSERT INTO pics VALUES ('A-2', REPEAT('x', 60000000), NULL)});
	arrives('what is behind it arrives');
	unlike_log(qr/reconnecting.*(?:packet|large)/i, 'it was not too large');
	$rig->stock(q{DELETE FROM pics});
	return;
}

# ---- what is copied again ----

sub a_purged_place_is_copied_again {
	placed();
	stops();
	$rig->stock(change() . 'FLUSH BINARY LOGS;' . change('a-2') . 'FLUSH BINARY LOGS');
	purge();
	starts();
	copies_again('1236', 'R96: purged');
	is(logged(qr/reconnecting/), 1, 'after one more try');
	return;
}

sub a_place_that_is_none_is_copied_again {
	forged(sub { $_[0] =~ s/witness=./witness=x/ });
	copies_again('not the one', 'another last transaction');
	forged(sub { $_[0] =~ s/rules=./rules=x/ });
	copies_again('mapping', 'another mapping');
	forged(sub { $_[0] = 'nowhere' });
	copies_again('no position', 'what is no position');
	if ($mysql) {
		forged(sub { $_[0] =~ s/^[^ ]+ last=[^ ]+/3e11fa47-71ca-11e1-9e33-c80aa9429562:1-5 last=3e11fa47-71ca-11e1-9e33-c80aa9429562:5/ });
		copies_again('not executed', 'transactions of another server');
		forged(sub { $_[0] =~ s/^([^ :]+)([^ ]*)/$1$2:99999/ });
		copies_again('not executed', 'transactions that are still to come');
		return;
	}
	forged(sub { $_[0] =~ s/last=([^ ]+):\d+/last=$1:99999999/ });
	copies_again('1236', 'behind the end');
	forged(sub { $_[0] =~ s/last=([^ ]+):(\d+)/"last=$1:" . ($2 + 7)/e });
	copies_again('1236', 'inside of an event');
	forged(sub { $_[0] =~ s/last=[^ ]+:/last=binlog.009999:/ });
	copies_again('1236', 'in a file that is not there');
	return;
}

sub a_log_with_the_same_names_is_copied_again {
	while_away(($mysql ? 'RESET BINARY LOGS AND GTIDS;' : 'RESET MASTER;') . change());
	like_log(qr/copying again/, 'R96: a log that was thrown away');
	becomes_equal('equal');
	# the new one grows beyond the place that is stored
	placed();
	stops();
	my $n = 60;
	$rig->stock(($mysql ? 'RESET BINARY LOGS AND GTIDS;' : 'RESET MASTER;') . join '', map { change() } 1 .. $n);
	starts();
	like_log(qr/copying again/, 'one that has grown beyond the place');
	becomes_equal('equal');
	arrives('and changes arrive');
	return;
}

# The new log is read by nobody, and shorter than the place where the reader is.
sub a_log_that_is_reset_under_its_reader_is_noticed {
	my $reset = $mysql ? 'RESET BINARY LOGS AND GTIDS;' : 'RESET MASTER;';
	for my $n (1 .. 3) {
		$rig->stock(join '', map { change() } 1 .. 20);
		becomes_equal("reset $n: equal before");
		wait_until(60, sub { $rig->sales('SELECT mode FROM mirror') eq 'binlog' });
		$rig->stock($reset . change());
		becomes_equal("R96: reset $n while it is followed, with the same file's name");
	}
	arrives('and changes arrive');
	return;
}

sub another_server_is_copied_again {
	my $other = $mysql ? HatTest->mysql97 : HatTest->mariadb;
	placed();
	my $old = $server;
	$wire->order('cut');
	$_->run('stop') for $old, $other;
	$other->become($old);
	unlink $other->dir . '/data/auto.cnf';
	{
		local $ENV{MARIADB_ARGS} = '--server-id=12';
		local $ENV{MYSQL97_ARGS} = '--server-id=12';
		$other->run('start');
	}
	$rig->{server} = $server = $other;
	$rig->stock(change() . change('a-2'));
	$wire->order('to', $other->port);
	$wire->order('pass');
	copies_again('the stock system is .* and was', 'R96: another server behind the name');
	return $old;
}

# ---- what is polled ----

sub without_a_log_it_polls {
	placed();
	$server->run('stop');
	{
		local $ENV{MARIADB_ARGS} = '--skip-log-bin';
		local $ENV{MYSQL97_ARGS} = '--skip-log-bin';
		server_starts();
	}
	like_log(qr/polling instead of following the log: .*log_bin is off/, 'R97: no log: it polls and says so');
	$rig->stock(change('a-2'));
	becomes_equal('and is equal');
	ok(wait_until(60, sub { stored('reason') =~ /log_bin is off/ && stored('mode') eq 'poll' }), 'the status says why');
	is(stored('position'), '', 'no place is kept');
	is(logged(qr/log_bin is off/), 1, 'once');
	my $before = logged(qr/following the log/);
	$server->run('stop');
	server_starts();
	ok(wait_until(90, sub { logged(qr/following the log/) > $before }), 'it tries again by itself') or diag $rig->log($name);
	becomes_equal('and is equal');
	arrives('by the log again');
	return;
}

sub statements_are_polled {
	for my $format (qw(STATEMENT MIXED)) {
		stops();
		$rig->stock("SET GLOBAL binlog_format = '$format'");
		starts();
		like_log(qr/polling .*binlog_format is $format/, "R97: $format: it polls and says so");
		$rig->stock(change() . q{UPDATE level SET qty = qty + 2 WHERE art LIKE 'a%' ORDER BY id LIMIT 2});
		becomes_equal('and is equal');
	}
	stops();
	$rig->stock(q{SET GLOBAL binlog_format = 'ROW'});
	starts();
	return follows();
}

sub all_of_it {
	$count = 0;
	$wire = Wire->new($server->port);
	$rig = SyncRig->new($server, 'sqlite', 'stock.mode' => 'auto', 'stock.poll_ms' => 60000,
	    'stock.port' => $wire->port, 'stock.picture.kind' => 'blob', 'stock.picture.table' => 'pics',
	    'stock.picture.key' => 'art', 'stock.picture.column' => 'data');
	$mysql = $rig->stock('SELECT VERSION()') !~ /MariaDB/;
	$rig->allow_log;
	subtest 'a restart goes on where it was' => \&a_restart_goes_on_where_it_was;
	subtest 'what is not ours moves the position' => \&what_is_not_ours_moves_the_position;
	subtest 'a killed link is made anew' => \&a_killed_link_is_made_anew;
	subtest 'the older of two readers with one number goes on with another' =>
	    \&the_older_of_two_readers_with_one_number_goes_on_with_another;
	subtest 'a row of 60 megabytes passes' => \&a_row_of_60_megabytes_passes;
	subtest 'a purged place is copied again' => \&a_purged_place_is_copied_again;
	subtest 'a place that is none is copied again' => \&a_place_that_is_none_is_copied_again;
	subtest 'a log with the same names is copied again' => \&a_log_with_the_same_names_is_copied_again;
	subtest 'a log that is reset under its reader is noticed' => \&a_log_that_is_reset_under_its_reader_is_noticed;
	subtest 'a server that stands still is waited for' => \&a_server_that_stands_still_is_waited_for;
	subtest 'a server that dies is followed again' => \&a_server_that_dies_is_followed_again;
	subtest 'a broken wire is waited for' => \&a_broken_wire_is_waited_for;
	$rig->set('stock.poll_ms' => 300);
	subtest 'statements are polled' => \&statements_are_polled;
	subtest 'without a log it polls' => \&without_a_log_it_polls;
	my $old;
	subtest 'another server is copied again' => sub { $old = another_server_is_copied_again() };
	is($rig->stop($pid), 0, 'it ends cleanly');
	undef $rig;
	return;
}

$server = HatTest->mariadb;
subtest 'stock on MariaDB' => \&all_of_it;
SKIP: {
	$server = HatTest->mysql97 or skip 'MySQL 9.7 cannot be had here', 1;
	subtest 'stock on MySQL' => \&all_of_it;
}
undef $server;
done_testing;
