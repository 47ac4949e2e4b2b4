#!/usr/bin/perl
# copy.pl [mariadb|mysql97]... - what the stock application notices of a first
# copy of 100,000 items: how long its own statements take, in turn without
# syncd and while syncd reads, and whether the copy is exact that was made
# meanwhile. Run by ./dev bench copy. BENCH_ITEMS (100000), BENCH_ROUNDS (6).
#
# Server, syncd and application share this machine's processors here; what is
# seen is at least as much as with a server of its own.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/../lib";
use HatTest;
use IPC::Open2;
use POSIX ();
use SyncRig;
use Time::HiRes qw(sleep time);

my $items = $ENV{BENCH_ITEMS} // 100_000;
my $rounds = $ENV{BENCH_ROUNDS} // 6;
my $clerks = 4;
my $pause = 0.004; # between two statements of a clerk
my ($rig, $server, $bad);
$| = 1;

sub fill {
	for (my $at = 1; $at <= $items; $at += 500) {
		my @n = $at .. ($at + 499 < $items ? $at + 499 : $items);
		$rig->stock('INSERT INTO `order` VALUES '
		    . join(',', map { "('K-$_', 'Hat of kind $_', 'A hat of felt and straw, number $_, with a rim and a bow', 1 + $_ % 100, 1 + $_ % 3, 'y')" } @n)
		    . '; INSERT INTO level (art, qty) VALUES ' . join(',', map { "('K-$_', $_ % 50 + 10)" } @n));
	}
	return;
}

# What clerks do all day: look an item up, sell one, mend a text.
sub statement {
	my $key = 'K-' . (1 + int rand $items);
	my $kind = rand;
	return "SELECT i.*, l.qty FROM `order` i JOIN level l ON l.art = '$key' WHERE i.`key` = '$key' LIMIT 1" if $kind < 0.6;
	return "UPDATE level SET qty = qty - 1 WHERE art = '$key' AND qty > 0" if $kind < 0.9;
	return "UPDATE `order` SET `text` = 'mended @{[int rand 1000]}' WHERE `key` = '$key'";
}

# A clerk, in a child: "TIME MS" of each statement into its file, until told to
# stop.
sub clerk {
	my ($n) = @_;
	my $pid = $rig->fork;
	return $pid if $pid;
	my ($go, $parent) = (1, getppid);
	local $SIG{TERM} = sub { $go = 0 };
	srand $n;
	open2(my $out, my $in, 'mariadb', '--no-defaults', '-u', 'root', '-N', '-B', '--unbuffered',
	    '-S', $server->socket, 'alt_lager');
	$in->autoflush(1);
	open my $to, '>', "$rig->{dir}/clerk.$n" or die "clerk: $!\n";
	while ($go && getppid == $parent) {
		my $began = time;
		print $in statement(), ";\nSELECT '<end>';\n";
		while (defined(my $line = readline $out)) {
			last if $line eq "<end>\n";
		}
		printf $to "%.6f %.3f\n", $began, 1000 * (time - $began);
		sleep $pause;
	}
	close $to;
	POSIX::_exit(0);
	return;
}

sub forget_copy {
	unlink glob "$rig->{conf}{'db.file'}*";
	$rig->run('ctl/shopctl', '-f', $rig->conf, 'migrate', '-s', "$TOP/schema/sales");
	return;
}

# The time that syncd has the snapshot open, then it is killed: (from, to).
sub reading {
	forget_copy();
	my $from = time;
	my $pid = $rig->start;
	wait_until(120, sub { $rig->sales('SELECT partial FROM mirror') == 1 }) or die $rig->log;
	my $to = time;
	$rig->stop($pid, 'KILL');
	return [ $from, $to ];
}

sub percentiles {
	my ($spans) = @_;
	my @ms;
	for my $n (1 .. $clerks) {
		open my $in, '<', "$rig->{dir}/clerk.$n" or die "clerk: $!\n";
		while (my $line = <$in>) {
			my ($at, $ms) = split ' ', $line;
			push @ms, $ms if grep { $at >= $_->[0] && $at < $_->[1] } @$spans;
		}
	}
	@ms = sort { $a <=> $b } @ms;
	return ((map { $ms[ @ms * $_ ] } 0.5, 0.95, 0.99), $ms[-1], scalar @ms);
}

sub measure {
	fill();
	my @clerks = map { clerk($_) } 1 .. $clerks;
	my (@without, @with);
	sleep 1;
	for (1 .. $rounds) {
		push @with, reading();
		sleep 0.5;
		push @without, [ time, time + $with[-1][1] - $with[-1][0] ];
		sleep $without[-1][1] - time;
	}
	forget_copy();
	my $began = time;
	my ($status) = $rig->syncd('-1');
	my $took = time - $began;
	# what was sold meanwhile
	my $pid = $rig->start;
	$rig->stop($_) for @clerks;
	my ($differs, $out) = $rig->run('ctl/shopctl', '-f', $rig->conf, 'stock', 'compare', '-t', 120);
	$rig->stop($pid);
	printf "  statements of %d clerks, ms   median     p95     p99  longest    number\n", $clerks;
	printf "  %-28s %8.2f %7.2f %7.2f %8.2f %9d\n", $_->[0], percentiles($_->[1])
	    for [ 'without syncd', \@without ], [ 'while syncd reads all', \@with ];
	my $read = 0;
	$read += $_->[1] - $_->[0] for @with;
	printf "  a snapshot was open for %.1f s; a copy of %d items beside the clerks took %.1f s\n",
	    $read / @with, $items, $took;
	printf "  the copy is exact: %s\n", $status == 0 && $differs == 0 ? 'yes' : 'NO';
	print $out if $differs;
	$bad = 1 if $status || $differs;
	return;
}

for my $kind (@ARGV ? @ARGV : qw(mariadb mysql97)) {
	$server = HatTest->can($kind)->('HatTest');
	if (!$server) {
		print "$kind: cannot be had here\n";
		next;
	}
	$rig = SyncRig->new($server, 'sqlite', 'log.level' => 'error');
	print "$kind, $items items:\n";
	measure();
	undef $rig;
	undef $server;
}
exit($bad ? 1 : 0);
