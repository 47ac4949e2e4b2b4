#!/usr/bin/perl
# checkout.pl - ./dev bench checkout: whole checkouts a second (order_place,
# order_pay, order_advance until paid) on both engines with durable commits,
# beside the bare durable commits of the same engine, in turn within one run.
# The stock system is a MariaDB of its own with durable commits, where each
# checkout takes its hat with a claim; the gateway is within the process and
# agrees at once (t/checkout-bench.c): an HTTP gateway adds its own time to each
# checkout and nothing to the databases'. Each writer has a customer and a hat of
# its own. BENCH_WRITERS ("1 4 16"), BENCH_SECONDS (4), BENCH_ROUNDS (3).
# Fails below two checkouts a second (R84), and when hats and orders differ.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/../lib";
use HatTest;
use SyncRig;

my $FLOOR = 2; # checkouts a second, R84
my @writers = split ' ', $ENV{BENCH_WRITERS} // '1 4 16';
my $seconds = $ENV{BENCH_SECONDS} // 4;
my $rounds = $ENV{BENCH_ROUNDS} // 3;
my $bad;

sub median {
	my @s = sort { $a <=> $b } @_;
	return $s[ @s / 2 ];
}

sub durable {
	my ($server) = @_;
	$server->sql('SET GLOBAL innodb_flush_log_at_trx_commit = 1; SET GLOBAL sync_binlog = 1');
	return $server;
}

# A shop whose stock system has a hat for each writer, without end.
sub shop_on {
	my ($engine, $stock, $sales) = @_;
	my @db = $engine eq 'sqlite' ? () : ('db.engine' => 'mariadb', 'db.name' => 'shop',
		'db.socket' => $sales->socket, 'db.user' => 'root');
	$sales->sql('CREATE DATABASE shop CHARACTER SET utf8mb4') if @db;
	my $rig = SyncRig->new($stock, 'sqlite', @db);
	$rig->{sql} = sub { @db ? $sales->sql("USE shop; $_[0]") : $rig->sales($_[0]) };
	$rig->allow_log;
	$rig->stock("INSERT INTO `order` SELECT CONCAT('BENCH-', seq), CONCAT('Bench ', seq), 'x', 19.99, 1, 'y' FROM seq_1_to_64;
	    INSERT INTO level (art, qty) SELECT CONCAT('BENCH-', seq), 10000000 FROM seq_1_to_64");
	my ($status, $out) = $rig->syncd('-1');
	die "syncd: $out\n" if $status;
	$rig->{sql}->(qq{INSERT INTO customer (id, uid, made_at, seen_at) VALUES }
	    . join ', ', map { "($_, 'c$_', 1, 1)" } 1 .. 64);
	return $rig;
}

# done a second, units a piece, median and 95th percentile in ms
sub measure {
	my ($rig, $what, $n) = @_;
	local $ENV{HATSHOP_CONF} = $rig->conf;
	my $out = `$BUILD/t/checkout-bench $what $n $seconds`;
	die "checkout-bench $what failed\n" if $?;
	my ($done, $took, $units, $p50, $p95) = split ' ', $out;
	return [ $done / $took, $done ? $units / $done : 0, $p50 / 1000, $p95 / 1000 ];
}

sub of_rounds {
	my (@runs) = @_;
	return map { my $i = $_; median(map { $_->[$i] } @runs) } 0 .. 3;
}

$ENV{MARIADB_ARGS} = '--innodb-flush-method=fsync'; # those of tests do not sync
my $stock = durable(HatTest->mariadb);
my $sales = durable(HatTest->mariadb);
my %on = map { $_ => shop_on($_, $stock, $sales) } qw(sqlite mariadb);

printf "%-8s %7s | %9s %11s %7s %8s %8s | %9s | %s\n", qw(engine writers fdatasync/s commits/s),
    'checkouts/s', 'p50-ms', 'p95-ms', 'commits/c', 'share of bare commits';
for my $n (@writers) {
	my %runs;
	for (1 .. $rounds) {
		push @{ $runs{files} }, measure($on{sqlite}, 'files', $n);
		for my $engine (sort keys %on) {
			push @{ $runs{"$engine $_"} }, measure($on{$engine}, $_, $n) for qw(commits checkouts);
		}
	}
	my ($files) = of_rounds(@{ $runs{files} });
	for my $engine (sort keys %on) {
		my ($bare) = of_rounds(@{ $runs{"$engine commits"} });
		my ($rate, $units, $p50, $p95) = of_rounds(@{ $runs{"$engine checkouts"} });
		printf "%-8s %7d | %9.0f %11.0f %7.1f %8.1f %8.1f | %9.1f | %.2f\n",
		    $engine, $n, $files, $bare, $rate, $p50, $p95, $units, $rate * $units / $bare;
		$bad = 1 if $rate < $FLOOR;
	}
}
my $sold = $stock->sql("SELECT CAST(SUM(10000000 - qty) AS SIGNED) FROM alt_lager.level WHERE art LIKE 'BENCH-%'");
my $paid = 0;
$paid += $_->{sql}->('SELECT COUNT(*) FROM orders WHERE state = 3') for values %on;
$sold += 0;
$bad = 1 if $sold != $paid;
print "the books: $sold hats left the stock system, $paid orders are paid\n",
    "at least $FLOOR checkouts a second each, and the books balance: ", ($bad ? 'NO' : 'yes'), "\n";
exit($bad ? 1 : 0);
