#!/usr/bin/perl
# syncd-holds.t - orders hold hats in the sales database and take them from the
# stock system, as checkout will, while syncd is killed again and again. Who looks
# at any moment sees exactly what is free: never more, and where nothing comes
# back, never less either. 200 orders on each pair of servers.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use HatTest;
use IPC::Open2;
use POSIX ();
use SyncRig;
use Test::More;
use Time::HiRes qw(sleep time);

my $seed = $ENV{HATSHOP_SEED} // 4711;
my $orders = $ENV{HATSHOP_LONG} ? 2000 : 200;
# S-n: only sold; R-n: also raised and given back
my @keys = map { ("S-$_", "R-$_") } 1 .. 6;
my $rig;
diag "seed $seed";

# -- sessions: a client that stays, for many statements a second ---------------

sub session {
	my ($where) = @_;
	my @command = $where eq 'sales' && $rig->{engine} eq 'sqlite'
	    ? ('sqlite3', '-batch', '-separator', "\t", $rig->{conf}{'db.file'})
	    : ('mariadb', '--no-defaults', '-u', 'root', '-N', '-B', '--unbuffered', '--force',
	    '-S', $rig->{server}->socket, $where eq 'sales' ? $rig->{sales} : 'alt_lager');
	my $pid = open2(my $out, my $in, @command);
	my $s = { pid => $pid, in => $in, out => $out, sqlite => $command[0] eq 'sqlite3' };
	$in->autoflush(1);
	ask($s, $s->{sqlite} ? "PRAGMA busy_timeout = 60000;"
	    : "SET NAMES utf8mb4; SET sql_mode = CONCAT(\@\@sql_mode, ',PIPES_AS_CONCAT');");
	return $s;
}

# ask SESSION, SQL: the rows, each a reference to its columns.
sub ask {
	my ($s, $sql) = @_;
	my @rows;
	print { $s->{in} } "$sql\nSELECT '<end>';\n";
	while (defined(my $line = readline $s->{out})) {
		chomp $line;
		return @rows if $line eq '<end>';
		push @rows, [ split /\t/, $line, -1 ];
	}
	die "the client went away: $sql\n";
}

sub begin { return $_[0]{sqlite} ? 'BEGIN IMMEDIATE;' : 'START TRANSACTION;' }

sub leave {
	my ($s) = @_;
	close $s->{in};
	close $s->{out};
	waitpid $s->{pid}, 0;
	return;
}

# -- what checkout will do ------------------------------------------------------

# Hold under the one row's condition; with the attempt at once.
sub hold {
	my ($sales, $order, $key, $qty) = @_;
	my $lock = $sales->{sqlite} ? '' : "SELECT id FROM item WHERE source_key = '$key' FOR UPDATE;";
	ask($sales, begin($sales) . $lock
	    . " INSERT INTO hold (order_uid, item_id, attempt, qty, made_at) SELECT '$order', id, 'p$order', $qty, 1"
	    . " FROM item WHERE source_key = '$key' AND level - held >= $qty;"
	    . " UPDATE item SET held = held + $qty WHERE source_key = '$key' AND EXISTS"
	    . " (SELECT 1 FROM hold h WHERE h.order_uid = '$order' AND h.item_id = item.id); COMMIT;");
	return scalar ask($sales, "SELECT 1 FROM hold WHERE order_uid = '$order';");
}

sub release {
	my ($sales, $order, $key) = @_;
	ask($sales, begin($sales)
	    . " UPDATE item SET held = held - (SELECT qty FROM hold h WHERE h.order_uid = '$order')"
	    . " WHERE source_key = '$key' AND EXISTS"
	    . " (SELECT 1 FROM hold h WHERE h.order_uid = '$order' AND h.state = 1);"
	    . " UPDATE hold SET state = 3, ended_at = 2 WHERE order_uid = '$order' AND state = 1; COMMIT;");
	return;
}

# One transaction: claim, then level; the level is there, as it was held.
sub take {
	my ($stock, $order, $key, $qty) = @_;
	ask($stock, "START TRANSACTION; INSERT INTO hatshop.claim (attempt, item, kind, qty)"
	    . " VALUES ('p$order', '$key', 'take', $qty);"
	    . " UPDATE level SET qty = qty - $qty WHERE art = '$key' AND qty >= $qty; COMMIT;");
	return;
}

sub refuse {
	my ($stock, $order, $key, $qty) = @_;
	ask($stock, "INSERT INTO hatshop.claim (attempt, item, kind, qty)"
	    . " VALUES ('p$order', '$key', 'refused', $qty);");
	return;
}

sub give_back {
	my ($stock, $order, $key, $qty) = @_;
	ask($stock, "START TRANSACTION; INSERT INTO hatshop.give_back (give_back, item, attempt, qty)"
	    . " VALUES ('g$order', '$key', 'p$order', $qty);"
	    . " UPDATE hatshop.claim SET returned = returned + $qty"
	    . " WHERE attempt = 'p$order' AND kind = 'take' AND returned + $qty <= qty;"
	    . " UPDATE level SET qty = qty + $qty WHERE art = '$key'; COMMIT;");
	return;
}

# One order's life; a few stay open.
sub order {
	my ($sales, $stock, $order) = @_;
	my $key = $keys[rand @keys];
	my $qty = 1 + int rand 3;
	my $fate = rand;
	return if !hold($sales, $order, $key, $qty) || $fate < 0.1;
	if ($fate < 0.3) {
		refuse($stock, $order, $key, $qty);
		release($sales, $order, $key);
		return;
	}
	take($stock, $order, $key, $qty);
	return if $key =~ /^S/;
	# the level is as it was: the hold ends all the same
	ask($stock, "UPDATE level SET qty = qty + $qty WHERE art = '$key';") if $fate < 0.5;
	give_back($stock, $order, $key, $qty) if $fate > 0.8;
	return;
}

sub shopper {
	my ($n, $count) = @_;
	my $pid = $rig->fork;
	return $pid if $pid;
	srand $seed + $n;
	my ($sales, $stock) = (session('sales'), session('stock'));
	for my $i (1 .. $count) {
		order($sales, $stock, sprintf '%do%d', $n, $i);
		sleep 0.01 + rand 0.04;
	}
	POSIX::_exit(0);
	return;
}

# -- who looks -----------------------------------------------------------------

# What is shown of each item, and what is free: the stock's level without what
# is held and not taken. Whatever was taken under a hold that came after the
# first look is as if it still lay there.
sub look {
	my ($sales, $stock) = @_;
	my (%shown, %free, %open, %seen);
	for (ask($sales, "SELECT 'item', source_key, level, held FROM item WHERE source_key LIKE '_-_'"
	    . " UNION ALL SELECT i.source_key, h.attempt, h.qty, h.state FROM hold h"
	    . ' JOIN item i ON i.id = h.item_id;')) {
		my ($what, $name, $n, $m) = @$_;
		if ($what eq 'item') {
			$shown{$name} = $n - $m;
		} else {
			$seen{$name} = 1;
			$open{$name} = [ $what, $n ] if $m == 1;
		}
	}
	for (ask($stock, "SELECT 'level', art, CAST(qty AS SIGNED), 0 FROM level WHERE art LIKE '_-_'"
	    . " UNION ALL SELECT item, attempt, qty, returned FROM hatshop.claim WHERE kind = 'take';")) {
		my ($what, $name, $n, $m) = @$_;
		if ($what eq 'level') {
			$free{$name} += $n;
		} else {
			delete $open{$name};
			$free{$what} += $n - $m if !$seen{$name};
		}
	}
	$free{ $_->[0] } -= $_->[1] for values %open;
	return (\%shown, \%free);
}

# Looks all the time; leaves with 1 when something was wrong.
sub watcher {
	my $parent = $$;
	my $pid = $rig->fork;
	return $pid if $pid;
	my ($go, $looks, %wrong) = (1, 0);
	local $SIG{TERM} = sub { $go = 0 };
	my ($sales, $stock) = (session('sales'), session('stock'));
	while ($go && getppid() == $parent) {
		my ($shown, $free) = look($sales, $stock);
		$looks++;
		for (grep { /^[SR]-/ } keys %$shown) {
			next if $shown->{$_} == $free->{$_} || /^R/ && $shown->{$_} < $free->{$_};
			$wrong{"$_ shows $shown->{$_}, $free->{$_} are free"} = 1;
		}
		sleep 0.003;
	}
	open my $f, '>', "$rig->{dir}/watched" or POSIX::_exit(1);
	print $f "$looks\n", map { "$_\n" } sort keys %wrong;
	close $f;
	POSIX::_exit(%wrong ? 1 : 0);
	return;
}

sub watched {
	open my $f, '<', "$rig->{dir}/watched" or return (0, 'nothing');
	local $/;
	my ($looks, $wrong) = split /\n/, scalar(<$f>), 2;
	return ($looks, $wrong);
}

# -- the test --------------------------------------------------------------------

sub free_lease {
	wait_until(60, sub { eval { $rig->sales('UPDATE lease SET expires_at = 0'); 1 } })
	    or die "the lease stays locked\n";
	return;
}

sub settled {
	return $rig->sales('SELECT COUNT(*) FROM item WHERE held <> COALESCE((SELECT SUM(qty)'
	    . ' FROM hold WHERE item_id = item.id AND state = 1), 0)') == 0
	    && $rig->mirror eq $rig->expected;
}

sub each_sale_counts_once {
	my ($server, $engine, $mode) = @_;
	$rig = SyncRig->new($server, $engine, 'log.level' => 'error', 'stock.mode' => $mode);
	$rig->allow_log;
	$rig->stock("INSERT INTO `order` VALUES ('$_', 'Hat $_', '', 1, 1, 'y');"
	    . " INSERT INTO level (art, qty) VALUES ('$_', " . ($orders / 5) . ')') for @keys;
	my ($status, $out) = $rig->syncd('-1');
	is($status, 0, 'copied') or diag $out;
	my $watcher = watcher();
	my %shoppers = map { shopper($_, $orders / 4) => 1 } 1 .. 4;
	my $kills = 0;
	my $pid = $rig->start;
	until (!%shoppers) {
		sleep 0.05 + rand 0.4;
		$rig->stop($pid, 'KILL');
		$kills++;
		$pid = $rig->start;
		free_lease();
		while ((my $gone = waitpid -1, POSIX::WNOHANG()) > 0) {
			delete $rig->{running}{$gone};
			ok($? == 0, 'a shopper did all it wanted') if delete $shoppers{$gone};
		}
	}
	ok(wait_until(60, \&settled), 'what is held is what open orders hold, the level the stock\'s')
	    or diag $rig->sales('SELECT source_key, level, held FROM item'), $rig->log;
	my $ended = $rig->stock("SELECT COUNT(*) FROM hatshop.claim WHERE kind = 'take'");
	is($rig->sales('SELECT COUNT(*) FROM hold WHERE state = 2'), $ended, "R21: all of $ended takes ended their holds");
	is($rig->sales('SELECT COUNT(*) FROM hold WHERE state = 3'),
	    $rig->stock("SELECT COUNT(*) FROM hatshop.claim WHERE kind = 'refused'"), 'no refused one did');
	cmp_ok($rig->sales('SELECT COUNT(*) FROM hold WHERE state = 1'), '>', 0, 'some orders stay open');
	is($rig->stop($watcher), 0, 'and what was shown was free, at every look');
	my ($looks, $wrong) = watched();
	diag $wrong if $wrong;
	cmp_ok($looks, '>', 50, "$looks looks, $kills kills");
	# it is told once the log is proven
	ok(wait_until(60, sub { $rig->sales('SELECT mode FROM mirror') eq $mode }),
	    'it was not another way');
	$rig->stop($pid);
	return;
}

sub a_claim_that_cannot_be_asked_for_stops_the_mirror {
	my ($server) = @_;
	$rig = SyncRig->new($server, 'sqlite');
	my ($status, $out) = $rig->syncd('-1');
	is($status, 0, 'without open holds nobody asks') or diag $out;
	$rig->sales(q{INSERT INTO hold (order_uid, item_id, attempt, qty, made_at)
	    SELECT 'o', id, '', 1, 1 FROM item WHERE source_key = 'A-1';
	    UPDATE item SET held = 1 WHERE source_key = 'A-1'});
	($status, $out) = $rig->syncd('-1');
	is($status, 0, 'nor for an order that has not begun to pay') or diag $out;
	$rig->sales(q{UPDATE hold SET attempt = 'p'});
	$rig->stock(q{UPDATE level SET qty = 4 WHERE art = 'A-1'});
	($status, $out) = $rig->syncd('-1');
	isnt($status, 0, 'our schema is not there');
	like($out, qr/could not ask the stock system what orders have taken/, 'which is said');
	is($rig->field('A-1', 'level'), 5, 'and no level is published');
	my $s = $rig->set('stock.access' => 'read');
	($status, $out) = $rig->syncd('-1');
	is($status, 0, 'with read access there are no claims') or diag $out;
	is($rig->field('A-1', 'level - held'), 3, 'and the hold stays');
	$rig->set('stock.access' => 'write');
	$rig->allow_log;
	$rig->stock(q{INSERT INTO hatshop.claim (attempt, item, kind, qty) VALUES ('p', 'A-1', 'refused', 1), ('p', 'a-1', 'take', 1)});
	($status, $out) = $rig->syncd('-1');
	is($status, 0, 'now there are') or diag $out;
	is($rig->sales('SELECT state FROM hold'), 1, 'but none that took this item');
	return;
}

srand $seed;
my $mariadb = HatTest->mariadb;
for my $mode (qw(poll binlog)) {
	for my $engine (qw(sqlite mariadb)) {
		subtest "stock on MariaDB, sales on $engine, $mode" =>
		    sub { each_sale_counts_once($mariadb, $engine, $mode) };
	}
}
subtest 'claims that cannot be asked for' => sub { a_claim_that_cannot_be_asked_for_stops_the_mirror($mariadb) };
undef $rig;
undef $mariadb;
SKIP: {
	my $mysql = HatTest->mysql97 or skip 'MySQL 9.7 cannot be had here', 2;
	for my $mode (qw(poll binlog)) {
		subtest "stock on MySQL, sales on SQLite, $mode" =>
		    sub { each_sale_counts_once($mysql, 'sqlite', $mode) };
	}
	undef $rig;
}
done_testing;
