#!/usr/bin/perl
# Taking goods from the stock system and putting them back (R18, R20-R23), on
# real servers, by many processes at once.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use HatTest;
use SyncRig;
use Test::More;

my ($rig, $server);
my $attempt = 0;

sub uid { return sprintf '%032x', ++$attempt }

sub tool {
	my ($status, $out) = $rig->run('t/master-tool', $rig->conf, @_);
	chomp $out;
	return $out;
}

# Each of the lists as a process, all at once: their answers, sorted.
sub crowd {
	my (@each) = @_;
	my @in;
	my @command = ("$BUILD/t/master-tool", $rig->conf);
	for my $args (@each) {
		open my $p, '-|', @command, @$args or die "master-tool: $!\n";
		push @in, $p;
	}
	my @out = map { local $/; my $line = <$_> // ''; close $_; chomp $line; $line } @in;
	return sort @out;
}

sub count_of {
	my ($re, @lines) = @_;
	return scalar grep { /$re/ } @lines;
}

sub level {
	my ($item) = @_;
	return 0 + $rig->stock("SELECT qty FROM level WHERE art = '$item'");
}

sub takes_lower_the_level_once {
	my $a = uid();
	is(tool('take', $a, 'A-1', 2), 'taken', 'two of five');
	is(tool('take', $a, 'A-1', 2), 'taken', 'asked again: taken still');
	is(level('A-1'), 3, 'lowered once');
	is(tool('refuse', $a, 'A-1', 2), 'taken', 'to refuse it is too late');
	return;
}

sub too_few_refuses_for_good {
	my $a = uid();
	is(tool('take', $a, 'A-1', 1, 'b-3', 13), 'refused b-3 12', 'all or nothing, and how many are left');
	is(level('A-1'), 3, 'nothing of the other line');
	$rig->stock(q{UPDATE level SET qty = 99 WHERE art = 'b-3'});
	is(tool('take', $a, 'A-1', 1, 'b-3', 13), 'refused', 'a refusal stays one');
	is(level('b-3'), 99, 'although there are enough now');
	is(tool('take', uid(), "O'Brien", 2), "refused O'Brien 1", 'a name with a quote');
	is(tool('take', uid(), 'no such', 1), 'refused no such 0', 'no such item');
	return;
}

sub goods_come_back_once {
	my ($a, $back) = (uid(), uid());
	$rig->stock(q{UPDATE level SET qty = 5 WHERE art = 'A-1'});
	is(tool('take', $a, 'A-1', 3), 'taken', 'three');
	is(tool('give', $back, $a, 'A-1', 2), 'given', 'two come back');
	is(tool('give', $back, $a, 'A-1', 2), 'given', 'asked again');
	is(level('A-1'), 4, 'raised once');
	like(tool('give', uid(), $a, 'A-1', 2), qr/^invalid: .*did not take/, 'more than it took');
	is(level('A-1'), 4, 'and nothing changed');
	like(tool('give', uid(), uid(), 'A-1', 1), qr/^invalid/, 'what was never taken');
	is(tool('take', $a, 'A-1', 3), 'taken', 'the claim is a take for ever');
	return;
}

sub what_a_trigger_finds_twice_is_no_return {
	my ($a, $back) = (uid(), uid());
	$rig->stock(q{UPDATE level SET qty = 5 WHERE art = 'A-1'});
	is(tool('take', $a, 'A-1', 1), 'taken', 'one');
	$rig->stock(q{CREATE TRIGGER odd BEFORE UPDATE ON level FOR EACH ROW}
	    . q{ SIGNAL SQLSTATE '23000' SET MYSQL_ERRNO = 1062, MESSAGE_TEXT = 'Duplicate entry'});
	like(tool('give', $back, $a, 'A-1', 1), qr/^invalid/, 'a trigger is in the way: not given');
	$rig->stock('DROP TRIGGER odd');
	is(tool('give', $back, $a, 'A-1', 1), 'given', 'asked again');
	is(level('A-1'), 5, 'and there');
	return;
}

sub one_of_fifty_gets_the_last {
	$rig->stock(q{UPDATE level SET qty = 1 WHERE art = 'A-1'});
	my @out = crowd(map { ['take', uid(), 'A-1', 1] } 1 .. 50);
	# who waited too long for the lock knows nothing yet, and asks again
	is(count_of(qr/^taken$/, @out), 1, 'one');
	is(count_of(qr/^(refused|conflict)/, @out), 49, 'the others not')
	    or diag(join "\n", @out);
	is(level('A-1'), 0, 'level 0');
	return;
}

sub take_and_refusal_of_one_attempt_agree {
	my $bad = 0;
	for my $round (1 .. 10) {
		my $a = uid();
		$rig->stock(q{UPDATE level SET qty = 5 WHERE art IN ('A-1', 'b-3')});
		my @out = crowd((['take', $a, 'b-3', 1, 'A-1', 1]) x 3,
		    (['refuse', $a, 'A-1', 1, 'b-3', 1]) x 3);
		my $end = tool('refuse', $a, 'A-1', 1, 'b-3', 1);
		my $want = $end eq 'taken' ? 4 : 5;
		my @wrong = grep { !/^(\Q$end\E|conflict: .*)$/ } @out;
		$bad++ if @wrong || level('A-1') != $want || level('b-3') != $want;
		diag("$end: @out") if @wrong;
	}
	is($bad, 0, 'ten races: all answers of an attempt are one, and so is the level');
	return;
}

# Clerks sell by relative statements at the same time (R21).
sub clerks_and_the_shop_never_sell_more_than_there_is {
	$rig->stock(q{UPDATE level SET qty = 10 WHERE art = 'A-2'});
	my $clerk = $rig->fork;
	if (!$clerk) {
		$rig->stock(q{UPDATE level SET qty = qty - 1 WHERE art = 'A-2' AND qty >= 1})
		    for 1 .. 25;
		require POSIX;
		POSIX::_exit(0);
	}
	my @out = crowd(map { ['take', uid(), 'A-2', 1] } 1 .. 25);
	waitpid $clerk, 0;
	my $left = level('A-2');
	my $web = count_of(qr/^taken$/, @out);
	ok($left >= 0, 'never below zero');
	is($left, 0, 'all ten are sold');
	ok($web <= 10, "the shop sold $web");
	return;
}

# A transaction that slept before its COMMIT: whoever comes waits, knows
# nothing, and finds the truth later.
sub a_stalled_take_is_not_concluded_over {
	my $a = uid();
	$rig->stock(q{UPDATE level SET qty = 5 WHERE art = 'A-1'});
	for my $end ('COMMIT', 'ROLLBACK') {
		$a = uid();
		my $stalled = $rig->fork;
		if (!$stalled) {
			# the server's own SLEEP: nothing here is timed by it
			eval { $rig->stock("START TRANSACTION; INSERT INTO hatshop.claim"
			    . " (attempt, item, kind, qty) VALUES ('$a', 'A-1', 'take', 1);"
			    . " UPDATE level SET qty = qty - 1 WHERE art = 'A-1';"
			    . " DO SLEEP(5); $end") };
			require POSIX;
			POSIX::_exit(0);
		}
		ok(wait_until(60, sub { $rig->stock(q{SELECT COUNT(*) FROM}
		    . q{ information_schema.processlist WHERE info LIKE 'DO SLEEP%'}) > 0 }),
		    "a take stalls before its $end");
		like(tool('refuse', $a, 'A-1', 1), qr/^conflict/, 'nothing is concluded while it stalls');
		waitpid $stalled, 0;
		is(tool('refuse', $a, 'A-1', 1), $end eq 'COMMIT' ? 'taken' : 'refused', "after its $end");
	}
	is(level('A-1'), 4, 'lowered by the one that committed');
	return;
}

sub another_server_is_not_taken_from {
	local $ENV{SOURCE} = 'mysql somebody-else';
	like(tool('take', uid(), 'A-1', 1), qr/^denied: .*mirror knows/, 'takes wait for syncd');
	return;
}

sub odd_levels_are_not_sold {
	$rig->stock(q{UPDATE level SET qty = NULL WHERE art = 'A-2'});
	is(tool('take', uid(), 'A-2', 1), 'refused A-2 0', 'NULL (R25)');
	$rig->stock(q{UPDATE level SET qty = -3 WHERE art = 'A-2'});
	is(tool('take', uid(), 'A-2', 1), 'refused A-2 0', 'negative');
	is(tool('level', 'A-2'), 0, 'and reads as 0');
	$rig->stock(q{UPDATE level SET qty = 1.5 WHERE art = 'A-2'});
	is(tool('take', uid(), 'A-2', 1), 'refused A-2 0', 'no whole number');
	is(level('A-2'), 1.5, 'and it stays what it is');
	is(tool('level', 'b-3'), level('b-3'), 'a level as it is now');
	like(tool('level', 'none'), qr/^notfound|^not found/, 'none at all');
	return;
}

for my $which ('mariadb', 'mysql97') {
  SKIP: {
	$server = HatTest->$which or skip "$which cannot be had here", 1;
	$rig = SyncRig->new($server, 'sqlite');
	my (undef, $out) = $rig->syncd('-n');
	my ($ddl) = $out =~ /^-- our own schema[^\n]*\n(.*?)^--/ms or die "no DDL: $out\n";
	$rig->stock($ddl);
	diag($which);
	takes_lower_the_level_once();
	too_few_refuses_for_good();
	goods_come_back_once();
	what_a_trigger_finds_twice_is_no_return();
	one_of_fifty_gets_the_last();
	take_and_refusal_of_one_attempt_agree();
	clerks_and_the_shop_never_sell_more_than_there_is();
	a_stalled_take_is_not_concluded_over();
	another_server_is_not_taken_from();
	odd_levels_are_not_sold();
	undef $rig;
	undef $server;
  }
}
done_testing();
