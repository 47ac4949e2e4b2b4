#!/usr/bin/perl
# latency.pl [mariadb|mysql97]... - how long it takes from a commit in the stock
# system until the mirror has it, for 2,000 commits 2 ms apart, and how much
# memory syncd has while BENCH_ROWS (500000) changes of rows pass. Run by
# ./dev bench latency. Ends with 1 when a figure is above its limit.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/../lib";
use HatTest;
use IPC::Open2;
use SyncRig;
use Time::HiRes qw(sleep time);

my $COMMITS = 2000;
my $MEDIAN = 10; # ms
my $P99 = 100;   # ms
my $GROWTH = 1.1; # the most that the second half may have of the first
my $rows = $ENV{BENCH_ROWS} // 500_000;
my ($rig, $server, $bad);

sub load {
	open my $in, '<', '/proc/loadavg' or return '?';
	return (split ' ', <$in>)[0];
}

sub told {
	my ($limit, $value) = @_;
	$bad = 1 if $value > $limit;
	return $value > $limit ? 'NO' : 'yes';
}

# A client that is asked one statement at a time.
sub client {
	my (@command) = @_;
	my $pid = open2(my $out, my $in, @command);
	$in->autoflush(1);
	return { pid => $pid, out => $out, in => $in };
}

sub ask {
	my ($client, $sql) = @_;
	print { $client->{in} } "$sql\n";
	my $line = readline $client->{out};
	chomp $line if defined $line;
	return $line;
}

sub leave {
	my ($client) = @_;
	close $client->{in};
	waitpid $client->{pid}, 0;
	return;
}

sub at_stock { return client('mariadb', '--no-defaults', '-u', 'root', '-N', '-B', '--unbuffered', '-S', $server->socket, 'alt_lager') }

# In a child: "LEVEL TIME" of each level that is seen for the first time.
sub watch {
	my ($last, $to) = @_;
	my $pid = fork // die "fork: $!\n";
	return $pid if $pid;
	my $sales = client('sqlite3', '-readonly', '-cmd', '.timeout 1000', $rig->{conf}{'db.file'});
	my ($seen, $end) = (0, time + 120);
	while ($seen < $last && time < $end) {
		my $level = ask($sales, q{SELECT level FROM item WHERE source_key = 'A-1';}) // last;
		if ($level =~ /^\d+$/ && $level > $seen) {
			printf {$to} "%d %.6f\n", $level, time;
			$seen = $level;
		}
		sleep 0.0005;
	}
	close $to;
	leave($sales);
	require POSIX;
	POSIX::_exit(0);
	return;
}

sub commits {
	$rig->stock(q{UPDATE level SET qty = 0 WHERE art = 'A-1'});
	wait_until(20, sub { $rig->field('A-1', 'level') eq 0 }) or die "it does not follow\n", $rig->log;
	pipe my $from, my $to or die "pipe: $!\n";
	my $watcher = watch($COMMITS, $to);
	close $to;
	my $stock = at_stock();
	my @at;
	for my $n (1 .. $COMMITS) {
		ask($stock, "UPDATE level SET qty = $n WHERE art = 'A-1'; SELECT 1;");
		$at[$n] = time;
		sleep 0.002;
	}
	leave($stock);
	my @ms;
	while (my $line = <$from>) {
		my ($level, $time) = split ' ', $line;
		push @ms, 1000 * ($time - $at[@ms + 1]) while @ms < $level;
	}
	waitpid $watcher, 0;
	die 'only ', scalar @ms, " of $COMMITS commits came\n" if @ms != $COMMITS;
	@ms = sort { $a <=> $b } @ms;
	my ($median, $p99) = @ms[ $COMMITS / 2, $COMMITS * 0.99 ];
	printf "  commit to mirror: median %.1f ms (at most %d: %s), p99 %.1f ms (at most %d: %s), longest %.1f ms\n",
	    $median, $MEDIAN, told($MEDIAN, $median), $p99, $P99, told($P99, $p99), $ms[-1];
	return;
}

sub rss {
	my ($pid) = @_;
	open my $in, '<', "/proc/$pid/status" or die "syncd is gone\n";
	my ($kb) = join('', <$in>) =~ /^VmRSS:\s+(\d+)/m;
	return $kb / 1024;
}

# 1,000 items whose levels change together and by 50, and a table that is not
# mapped, as wide.
sub memory {
	my ($pid) = @_;
	my $many = 1000;
	$rig->stock('INSERT INTO `order` VALUES ' . join(',', map { "('M-$_', 'Hat $_', 'It has a rim.', $_, 1 + $_ % 3, 'y')" } 1 .. $many)
	    . '; INSERT INTO level (art, qty) VALUES ' . join(',', map { "('M-$_', 1)" } 1 .. $many)
	    . '; CREATE TABLE other LIKE level; INSERT INTO other SELECT * FROM level');
	wait_until(30, sub { $rig->mirror eq $rig->expected }) or die "not equal\n";
	my ($done, @rss, $seconds) = (0);
	my $began = time;
	my $stock = at_stock();
	while ($done < $rows) {
		my $from = 1 + int rand 900;
		ask($stock, 'UPDATE level SET qty = (qty + 1) % 1000; UPDATE other SET qty = (qty + 1) % 1000;'
		    . join('', map { my $n = $from + $_; "UPDATE level SET qty = qty + 1 WHERE art = 'M-$n';" } 0 .. 49) . ' SELECT 1;');
		$done += 2 * $many + 50;
		push @rss, [ $done, rss($pid) ];
	}
	leave($stock);
	wait_until(120, sub { $rig->mirror eq $rig->expected }) or die "not equal\n", $rig->log;
	$seconds = time - $began;
	push @rss, [ $done, rss($pid) ];
	my ($first, $second) = (0, 0);
	for my $r (@rss) {
		my $half = $r->[0] < $done / 2 ? \$first : \$second;
		$$half = $r->[1] if $r->[1] > $$half;
	}
	printf "  memory over %d changes of rows in %.0f s: %.1f MiB at first, at most %.1f in the first half and %.1f in the second (flat: %s)\n",
	    $done, $seconds, $rss[0][1], $first, $second, told($GROWTH * $first, $second);
	return;
}

for my $kind (@ARGV ? @ARGV : qw(mariadb mysql97)) {
	$server = HatTest->$kind;
	if (!$server) {
		print "$kind: skipped, it cannot be had here\n";
		next;
	}
	$rig = SyncRig->new($server, 'sqlite', 'stock.mode' => 'binlog', 'stock.poll_ms' => 1000);
	$rig->allow_log;
	my $pid = $rig->start;
	wait_until(20, sub { $rig->log =~ /following the log from/ }) or die "it does not follow\n", $rig->log;
	print "$kind, load ", load(), ":\n";
	commits();
	memory($pid);
	my $passes = () = $rig->log =~ /compared all/g;
	print "  the mirror is equal; passes on the way: $passes\n";
	$rig->stop($pid);
	undef $rig;
	undef $server;
}
exit($bad ? 1 : 0);
