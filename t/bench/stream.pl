#!/usr/bin/perl
# stream.pl [mariadb|mysql97]... - the same stream of changes of rows, in one
# run: decoded by the decoder of syncd and by two readers for Node, in turn
# (BENCH_ROUNDS, 3; medians), and applied by a syncd that comes back after it.
# BENCH_ROWS (500000) rows, a fifth of them as transactions of one row. Run by
# ./dev bench stream. Ends with 1 when a figure is below its floor.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/../lib";
use HatTest;
use SyncRig;
use Time::HiRes qw(sleep time);

my $DECODING = 2; # the least of what the quicker of the two decodes
my $APPLYING = 1; # with 1,000 items and SQLite
my @PEERS = ('@vlasky/zongji', '@powersync/mysql-zongji');
my $rows = $ENV{BENCH_ROWS} // 500_000;
my $rounds = $ENV{BENCH_ROUNDS} // 3;
my ($server, $folder, $bad);

sub median { my @s = sort { $a <=> $b } @_; return $s[ @s / 2 ] }

sub load {
	open my $in, '<', '/proc/loadavg' or return '?';
	return (split ' ', <$in>)[0];
}

sub rate {
	my (@command) = @_;
	open my $p, '-|', @command or die "$command[0]: $!\n";
	my $said = join '', <$p>;
	close $p;
	return $said =~ m{: (\d+) rows/s$}m ? $1 : 0;
}

# Where the log ends, in a file of its own.
sub log_end {
	my $mysql = $server->sql('SELECT VERSION()') !~ /MariaDB/;
	$server->sql('FLUSH BINARY LOGS');
	return (split /\t/, $server->sql($mysql ? 'SHOW BINARY LOG STATUS' : 'SHOW MASTER STATUS'))[ 0, 1 ];
}

sub client {
	open my $sql, '|-', 'mariadb', '--no-defaults', '-u', 'root', '-S', $server->socket, 'alt_lager'
	    or die "mariadb: $!\n";
	return $sql;
}

sub make {
	my ($items, $single, $many) = @_;
	my $sql = client();
	my $n = 0;
	print $sql "UPDATE level SET qty = (qty + 7) % 1000 WHERE art = 'S-@{[ 1 + $n++ % $items ]}';\n" for 1 .. $single;
	print $sql "SET \@base = (SELECT i FROM base);\n";
	for (my $done = 0; $done < $many; $done += 1000) {
		my $from = 1 + $done % $items;
		print $sql "UPDATE level SET qty = (qty + 7) % 1000 WHERE id BETWEEN \@base + $from AND \@base + $from + 999;\n";
	}
	close $sql or die "the stream could not be made\n";
	return;
}

# Quick to make; nobody will want it back after a power cut.
sub stock {
	my ($items) = @_;
	my $sql = client();
	print $sql "SET GLOBAL sync_binlog = 0; SET GLOBAL innodb_flush_log_at_trx_commit = 0; SET NAMES utf8mb4;\n";
	for (my $from = 1; $from <= $items; $from += 1000) {
		my @n = $from .. $from + 999;
		print $sql 'INSERT INTO `order` VALUES ', join(',', map { "('S-$_', 'Hat $_', 'It has a rim.', $_, 1 + $_ % 3, 'y')" } @n), ";\n",
		    'INSERT INTO level (art, qty) VALUES ', join(',', map { "('S-$_', 1)" } @n), ";\n";
	}
	print $sql "CREATE TABLE base AS SELECT MIN(id) - 1 AS i FROM level WHERE art LIKE 'S-%';\n";
	close $sql or die "the stock could not be made\n";
	return;
}

# decoding FILE POS ROWS: prints, and gives the best of the others.
sub decoding {
	my ($what, @where) = @_;
	my %rate;
	for (1 .. $rounds) {
		push @{ $rate{ours} }, rate("$BUILD/t/binlog-capture", 'rate', $server->socket, @where);
		push @{ $rate{$_} }, rate("$TOP/t/lib/node.sh", "$TOP/t/bench/zongji.mjs", $folder, $_, $server->socket, @where)
		    for @PEERS;
	}
	my %median = map { $_ => median(@{ $rate{$_} }) } keys %rate;
	printf "  decoding, %s: %d rows/s", $what, $median{ours};
	for my $peer (@PEERS) {
		my $x = $median{$peer} ? $median{ours} / $median{$peer} : 0;
		my $good = $x >= $DECODING;
		$bad = 1 if !$good;
		printf '; %.1f x %s %d (at least %d: %s)', $x, $peer, $median{$peer}, $DECODING, $good ? 'yes' : 'NO';
	}
	print "\n";
	return median(@median{@PEERS});
}

# A syncd that is stopped, is away while the stream is made, and goes on where it
# was: until it says that it has read all of it and the mirror is equal. Much
# that is touched at once is looked at by a pass over all, which is told.
sub applying {
	my ($items, $engine, $floor) = @_;
	my $rig = SyncRig->new($server, $engine, 'stock.mode' => 'binlog', 'stock.poll_ms' => 1000,
	    'log.level' => 'debug');
	$rig->allow_log;
	stock($items);
	my $pid = $rig->start;
	wait_until(300, sub { $rig->sales('SELECT mode FROM mirror') eq 'binlog' && $rig->mirror eq $rig->expected })
	    or die "never equal\n", $rig->log;
	sleep 2.5; # where it is, is stored each second
	$rig->stop($pid);
	log_end();
	make($items, $rows / 5, $rows * 4 / 5);
	my $want = $rig->expected;
	my $began = time;
	$pid = $rig->start('back');
	my $rss = 0;
	wait_until(600, sub {
		open my $in, '<', "/proc/$pid/status" or return;
		my ($kb) = join('', <$in>) =~ /^VmHWM:\s+(\d+)/m;
		$rss = $kb / 1024;
		return $rig->log('back') =~ /following the log from/ && $rig->mirror eq $want;
	}) or die "it never got there\n", $rig->log('back');
	my $seconds = time - $began;
	my $log = $rig->log('back');
	$log =~ /where it was left/ or die "it began anew\n", $log;
	my $passes = () = $log =~ /compared all/g;
	my $rate = $rows / $seconds;
	my $good = !$floor || $rate >= $floor;
	$bad = 1 if !$good;
	printf "  applying, %d items, %s: %d rows/s%s; %.2f s, passes over all: %d, %.0f MiB\n", $items, $engine, $rate,
	    $floor ? sprintf(' (at least %d: %s)', $floor, $good ? 'yes' : 'NO') : '', $seconds, $passes, $rss;
	$rig->stop($pid);
	return;
}

$folder = do {
	local $ENV{HATSHOP_PEERS} = "$TOP/t/bench/peers";
	my $said = `'$TOP/t/lib/node.sh'`;
	chomp $said;
	$said;
};
die "the readers for Node cannot be had here\n" if $folder eq '' || system("'$TOP/t/lib/node.sh' >/dev/null") != 0;
for my $kind (@ARGV ? @ARGV : qw(mariadb mysql97)) {
	$server = HatTest->$kind;
	if (!$server) {
		print "$kind: skipped, it cannot be had here\n";
		next;
	}
	print "$kind, load ", load(), ":\n";
	my $rig = SyncRig->new($server, 'sqlite');
	stock(1000);
	my @single = log_end();
	make(1000, $rows / 5, 0);
	my @many = log_end();
	make(1000, 0, $rows * 4 / 5);
	my $one = decoding('a row at a time', @single, $rows / 5);
	my $more = decoding('1,000 rows at a time', @many, $rows * 4 / 5);
	undef $rig;
	# what they would need for the mixture
	applying(1000, 'sqlite', 1 / (0.2 / $one + 0.8 / $more)) if $one && $more;
	applying(100_000, 'sqlite');
	applying(1000, 'mariadb') if $kind eq 'mariadb';
	undef $server;
}
exit($bad ? 1 : 0);
