#!/usr/bin/perl
# crowd.t - many want the last hat: 50 buyers and one hat are one order, one
# capture and 49 polite refusals (R20); 25 buyers and 25 clerks sell ten of ten
# together (R21). Whether the mirror knows how few there are or not.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use HatTest;
use IPC::Open2;
use SyncRig;
use Test::More;
use Till;

$SIG{PIPE} = 'IGNORE';
my ($rig, $till, $item, $conf);

sub open_shop {
	my ($server, $engine) = @_;
	$rig = SyncRig->new($server, $engine, 'stock.stale_after' => 3600,
	    'shop.test' => 'yes', 'log.level' => 'error', 'mail.from' => 'shop@hats.example');
	my $dir = $rig->dir;
	$till = Till->new($dir, 1);
	open my $secrets, '>>', "$dir/secrets.conf" or die "secrets: $!\n";
	print $secrets "stripe.key = sk_test_crowd\nstripe.webhook_secret = whsec_crowd\n";
	close $secrets or die "secrets: $!\n";
	$conf = $rig->set('stripe.base' => 'http://127.0.0.1:' . $till->port);
	$rig->allow_log;
	syncs();
	$item = $rig->field('A-1', 'id');
	$rig->sales("INSERT INTO customer (id, uid, made_at, seen_at) VALUES ($_, 'c$_', 1, 1)") for 1 .. 50;
	return;
}

sub syncs {
	my ($status, $out) = $rig->syncd('-1');
	return $status == 0 || die "syncd: $out\n";
}

sub level { return 0 + $rig->stock(q{SELECT qty FROM level WHERE art = 'A-1'}) }

# There are so many, and the mirror says so many.
sub deliver {
	my ($level, $shown) = @_;
	$rig->stock("UPDATE level SET qty = $level WHERE art = 'A-1'");
	syncs();
	$rig->sales("UPDATE item SET level = $shown WHERE id = $item");
	return;
}

sub baskets {
	my ($n) = @_;
	$rig->sales("UPDATE item SET level = 100 WHERE id = $item");
	my ($status, $out) = $rig->run('t/buyer', $rig->conf, 'fill', $n, $item);
	die "baskets: $out\n" if $status;
	return split /\n/, $out;
}

# Clerks, each with a connection of its own, all waiting for a line.
sub clerk {
	my $pid = open2(my $out, my $in, 'sh', '-c',
	    'read go; exec mariadb --no-defaults -u root -N -B -S "$1" alt_lager'
	    . q{ -e "UPDATE level SET qty = qty - 1 WHERE art = 'A-1' AND qty >= 1; SELECT ROW_COUNT()"},
	    'sh', $rig->{server}->socket);
	return { pid => $pid, out => $out, in => $in };
}

sub buyer {
	my ($n, $basket) = @_;
	my $pid = open2(my $out, my $in, "$BUILD/t/buyer", $conf, 'buy', $n, $basket);
	return { pid => $pid, out => $out, in => $in };
}

# All at once; what each says.
sub at_once {
	my @all = @_;
	for my $one (@all) { print { $one->{in} } "go\n"; close $one->{in} }
	my @said;
	for my $one (@all) {
		chomp(my $line = readline($one->{out}) // '(nothing)');
		waitpid $one->{pid}, 0;
		push @said, $line;
	}
	return @said;
}

sub count_of { my ($re, @lines) = @_; return scalar grep { $_ =~ $re } @lines }

sub books_balance {
	my ($sold, $name) = @_;
	ok(wait_until(60, sub {
		$rig->run('cron/lifecycle', '-f', $conf, '-i');
		$rig->sales('SELECT COUNT(*) FROM orders WHERE next_at < ' . (time + 60)) == 0;
	}), "$name: nothing is left to be done");
	syncs();
	my $books = $till->books;
	my @taken = grep { $_->{status} eq 'succeeded' } @{ $books->{intents} };
	is(scalar @taken, $sold, "$name: so many captures");
	is(count_of(qr/requires_capture/, map { $_->{status} } @{ $books->{intents} }), 0, "$name: no money is left reserved");
	is_deeply($books->{wrong}, [], "$name: the gateway has nothing to complain about");
	is($rig->sales('SELECT COUNT(*) FROM orders WHERE state = 3'), $sold, "$name: so many orders are paid");
	is($rig->sales('SELECT COUNT(*) FROM orders WHERE state NOT IN (3, 5)'), 0, "$name: the others are over");
	is($rig->sales('SELECT COALESCE(SUM(captured), 0) FROM orders'), $sold * 1999, "$name: and that is their money");
	is($rig->sales('SELECT SUM(held) FROM item'), 0, "$name: nothing is held");
	is($rig->field('A-1', 'level'), level(), "$name: the mirror shows what there is");
	return;
}

# Between two crowds.
sub forget {
	$rig->sales("DELETE FROM $_") for qw(parcel_event parcel outbox letter journal payment_call payment hold order_line orders basket_line basket);
	$till = undef;
	unlink $rig->dir . '/events';
	$till = Till->new($rig->dir, 1);
	$conf = $rig->set('stripe.base' => 'http://127.0.0.1:' . $till->port);
	return;
}

sub one_of_fifty_gets_the_last {
	my ($name, $shown) = @_;
	my @baskets = baskets(50);
	deliver(1, $shown);
	my @said = at_once(map { buyer($_, $baskets[ $_ - 1 ]) } 1 .. 50);
	is(count_of(qr/^paid$/, @said), 1, "R20: $name: one of fifty has it");
	is(count_of(qr/^(?:short 0|refused The Bowler: 0 left)$/, @said), 49, "R20: $name: 49 are told so")
	    or diag(join "\n", sort @said);
	is(level(), 0, "R20: $name: level 0");
	books_balance(1, $name);
	forget();
	return;
}

sub buyers_and_clerks_sell_what_there_is {
	my ($name, $shown) = @_;
	my @baskets = baskets(25);
	deliver(10, $shown);
	my @all = map { buyer($_, $baskets[ $_ - 1 ]), clerk() } 1 .. 25;
	my @said = at_once(@all);
	my $web = count_of(qr/^paid$/, @said);
	my $clerks = count_of(qr/^1$/, @said);
	is(count_of(qr/^(?:paid|1|0|short \d+|refused The Bowler: 0 left)$/, @said), 50, "R21: $name: everybody has an answer")
	    or diag(join "\n", sort @said);
	is($web + $clerks, 10, "R21: $name: $web on the web and $clerks by clerks are ten");
	is(level(), 0, "R21: $name: level 0");
	books_balance($web, $name);
	forget();
	return;
}

my $server = HatTest->mariadb or plan(skip_all => 'MariaDB cannot be had here');
for my $engine ('sqlite', 'mariadb') {
	open_shop($server, $engine);
	one_of_fifty_gets_the_last("$engine, the mirror knows", 1);
	one_of_fifty_gets_the_last("$engine, the mirror is late", 50);
	buyers_and_clerks_sell_what_there_is("$engine, the mirror knows", 10);
	buyers_and_clerks_sell_what_there_is("$engine, the mirror is late", 50);
	undef $till;
	undef $rig;
}
done_testing();
