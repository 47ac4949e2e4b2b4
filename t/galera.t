#!/usr/bin/perl
# galera.t - the sales database as a Galera cluster of three: one is written to
# and is killed in the middle of a run of checkouts. By configuration the next
# becomes the writer, and every order comes to its end; the books balance. Then
# two are written to at once, which nobody should do: what fails at COMMIT (1213)
# is done again as a whole (R20, R86). At last paid orders come to their ends by
# four lifecycles that are killed, and in the middle of it the writer is (R64 to
# R83); in the long form 200 are closed.
use strict;
use warnings;
use File::Temp qw(tempdir);
use FindBin;
use lib "$FindBin::Bin/lib";
use CourierBox;
use HatTest;
use IPC::Open2;
use Lives;
use SyncRig;
use Test::More;
use Till;

$SIG{PIPE} = 'IGNORE';
my $PRICE = 1999;
my ($rig, $till, $item, $dir, $writer);

sub galera { return system("$TOP/t/lib/galera.sh", $dir, @_) >> 8 }

sub sales {
	my ($sql, $node) = @_;
	open my $p, '-|', "$TOP/t/lib/galera.sh", $dir, 'sql', $node // $writer, "USE sales; $sql" or die "sales: $!\n";
	local $/;
	my $out = <$p> // '';
	close $p or die "statement failed: $sql\n";
	$out =~ s/\n\z//;
	return $out;
}

sub open_shop {
	my ($stock) = @_;
	$writer = 1;
	galera('sql', 1, 'CREATE DATABASE sales CHARACTER SET utf8mb4') == 0 or die "no database\n";
	$rig = SyncRig->new($stock, 'sqlite', 'db.engine' => 'mariadb', 'db.file' => undef,
	    'db.name' => 'sales', 'db.user' => 'root', 'db.socket' => "$dir/n1/s.sock",
	    'stock.stale_after' => 3600, 'shop.test' => 'yes', 'log.level' => 'error',
	    'mail.from' => 'shop@hats.example');
	$till = Till->new($rig->dir, 1);
	open my $secrets, '>>', $rig->dir . '/secrets.conf' or die "secrets: $!\n";
	print $secrets "stripe.key = sk_test_galera\nstripe.webhook_secret = whsec_galera\n";
	close $secrets or die "secrets: $!\n";
	$rig->set('stripe.base' => 'http://127.0.0.1:' . $till->port);
	$rig->allow_log;
	syncs();
	$item = sales(q{SELECT id FROM item WHERE source_key = 'A-1'});
	sales("INSERT INTO customer (id, uid, made_at, seen_at) VALUES ($_, 'c$_', 1, 1)") for 1 .. 60;
	return;
}

sub syncs {
	my ($status, $out) = $rig->syncd('-1');
	return $status == 0 || die "syncd: $out\n";
}

sub write_to {
	my ($node) = @_;
	$writer = $node;
	$rig->set('db.socket' => "$dir/n$node/s.sock");
	return;
}

# A configuration of its own for each node.
sub conf_of {
	my ($node) = @_;
	my $from = $rig->conf('db.socket' => "$dir/n$node/s.sock");
	my $path = $rig->dir . "/n$node.conf";
	system('cp', $from, $path) == 0 or die "cp\n";
	return $path;
}

sub level { return 0 + $rig->stock(q{SELECT qty FROM level WHERE art = 'A-1'}) }

sub baskets {
	my ($n) = @_;
	sales("UPDATE item SET level = 100 WHERE id = $item");
	my ($status, $out) = $rig->run('t/buyer', $rig->conf, 'fill', $n, $item);
	die "baskets: $out\n" if $status;
	return split /\n/, $out;
}

# The customers FIRST and on, each at the node that is said; their last words.
sub buyers {
	my ($first, $meanwhile, @nodes) = @_;
	my @baskets = baskets(scalar @nodes);
	sales("UPDATE item SET level = 30 WHERE id = $item");
	my %conf = map { $_ => conf_of($_) } @nodes;
	my @all;
	for my $node (@nodes) {
		my $pid = open2(my $out, my $in, "$BUILD/t/buyer", $conf{$node}, 'buy', $first++, shift @baskets);
		push @all, { pid => $pid, out => $out, in => $in };
	}
	for (@all) { print { $_->{in} } "go\n"; close $_->{in} }
	$meanwhile->();
	my @said;
	for my $one (@all) {
		chomp(my $line = readline($one->{out}) // '(nothing)');
		waitpid $one->{pid}, 0;
		push @said, $line;
	}
	return @said;
}

sub count_of { my ($re, @lines) = @_; return scalar grep { $_ =~ $re } @lines }

# Half an hour later, by lifecycle alone.
sub all_conclude {
	my ($name) = @_;
	sales('UPDATE orders SET hold_until = 1, next_at = 1 WHERE state IN (1, 2)');
	my $open = 'SELECT COUNT(*) FROM orders WHERE next_at < ' . (time + 600);
	ok(wait_until(90, sub { $rig->run('cron/lifecycle', '-f', $rig->conf, '-i'); sales($open) == 0 }),
	    "$name: every order concludes by itself")
	    or diag(sales('SELECT id, state, next_at, ending, attention FROM orders WHERE next_at < ' . (time + 600)));
	return;
}

sub books_balance {
	my ($start, $name) = @_;
	syncs();
	my $books = $till->books;
	my @taken = grep { $_->{status} eq 'succeeded' } @{ $books->{intents} };
	my $paid = sales('SELECT COUNT(*) FROM orders WHERE state = 3');
	is(scalar @taken, $paid, "$name: $paid orders are paid, so many captures");
	is(count_of(qr/requires_capture/, map { $_->{status} } @{ $books->{intents} }), 0, "$name: no money is left reserved");
	is_deeply($books->{wrong}, [], "$name: the gateway has nothing to complain about");
	is(sales('SELECT COUNT(*) FROM orders WHERE state NOT IN (3, 5)'), 0, "$name: the others are over");
	is(sales('SELECT COALESCE(SUM(captured), 0) FROM orders'), $paid * $PRICE, "$name: and that is their money");
	is(level(), $start - $paid, "$name: what is gone was sold");
	is(sales('SELECT SUM(held) FROM item'), 0, "$name: nothing is held");
	is(sales("SELECT level FROM item WHERE id = $item"), level(), "$name: the mirror shows what there is");
	is(sales("SELECT COUNT(*) FROM orders WHERE attention <> ''"), 0, "$name: nobody has to look");
	return;
}

sub a_writer_that_is_killed_is_followed_by_another {
	$rig->stock(q{UPDATE level SET qty = 20 WHERE art = 'A-1'});
	syncs();
	my @said = buyers(1, sub {
		ok(wait_until(60, sub {
			my ($n) = eval { sales('SELECT COUNT(*) FROM payment WHERE state >= 4', 2) };
			($n // 0) >= 3;
		}), 'payments are under way');
		galera('kill', 1);
	}, (1) x 30);
	my $done = count_of(qr/^(?:paid|short \d+|refused .*)$/, @said);
	cmp_ok($done, '<', 30, "the writer was killed under them: $done had their answer") or diag(join "\n", @said);
	ok(wait_until(60, sub { galera('synced', 2) == 0 }), 'two of three go on');
	write_to(2);
	all_conclude('killed');
	books_balance(20, 'killed');
	return;
}

sub two_writers_at_once_do_no_harm {
	my $before = sales('SELECT COUNT(*) FROM orders WHERE state = 3');
	$rig->stock(q{UPDATE level SET qty = 5 WHERE art = 'A-1'});
	syncs();
	my @said = buyers(31, sub { }, (2, 3) x 10);
	diag($_) for grep { !/^(?:paid|short \d+|refused .*)$/ } @said;
	cmp_ok(count_of(qr/^paid$/, @said), '<=', 5, 'at most five are sold');
	all_conclude('two writers');
	books_balance(5 + $before, 'two writers');
	return;
}

# The writer is killed when a third is closed; two others are written to then.
sub orders_are_closed_though_the_writer_is_killed {
	my ($n, $kills, $seconds) = $ENV{HATSHOP_LONG} ? (222, 200, 1800) : (10, 10, 400);
	my $seed = $ENV{HATSHOP_SEED} // 4711;
	srand $seed;
	diag("seed $seed");
	my $box = CourierBox->new;
	$box->clock(pace => 0);
	$rig->set('company.address' => '1 Brim Street | Leeds', map { /^(\S+) = (.*)$/ ? ($1 => $2) : () } $box->conf);
	open my $secrets, '>>', $rig->dir . '/secrets.conf' or die "secrets: $!\n";
	print $secrets map { "$_\n" } $box->secrets;
	close $secrets or die "secrets: $!\n";
	is(galera('start-one', 1), 0, 'the first is back') or return;
	sales('DELETE FROM parcel');
	my $lives = Lives->new(sales => \&sales, box => $box, seed => $seed, empty => "''", log => $rig->dir . '/lifecycle.log');
	$lives->orders($n, $item);
	$lives->courier_errs;
	my $confs = [ conf_of($writer) ];
	my $left = $lives->live(conf => sub { $confs }, kills => $kills, seconds => $seconds, meanwhile => sub {
		return if $writer != 2 || (eval { sales('SELECT COUNT(*) FROM orders WHERE state = 4') } // 0) < $n / 3;
		galera('kill', 2);
		ok(wait_until(60, sub { galera('synced', 3) == 0 && galera('synced', 1) == 0 }), 'the writer is killed, two of three go on');
		write_to(3);
		$confs = [ conf_of(3), conf_of(1) ];
	});
	is($left, 0, 'all have come to their ends');
	is($writer, 3, 'another is written to');
	diag("$n orders, $lives->{killed} of $lives->{started} lifecycles killed");
	$lives->is_right('Galera');
	return;
}

$dir = tempdir('hs.XXXXXX', TMPDIR => 1, CLEANUP => 1) . '/g';
my $started = galera('start');
if ($started == 77) {
	plan(skip_all => 'no Galera (package galera-4)');
} elsif ($started) {
	die "no cluster\n";
}
my $stock = HatTest->mariadb;
if ($stock && eval { open_shop($stock); 1 }) {
	a_writer_that_is_killed_is_followed_by_another();
	two_writers_at_once_do_no_harm();
	orders_are_closed_though_the_writer_is_killed();
} else {
	fail("a shop: $@");
}
undef $till;
undef $rig;
done_testing();

END {
	local $?;
	galera('stop') if $dir;
}
