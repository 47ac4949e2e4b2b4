#!/usr/bin/perl
# A server of the stock system goes, and takes with it what was taken and given
# back last: nothing is sold meanwhile, nothing twice, and those who have paid
# come first ("The mirror" of the design; R20, R22, R86, R96).
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use HatTest;
use IPC::Open2;
use SyncRig;
use Test::More;

my ($rig, $other); # before, and after; both with their stock system
my $order = 0;

sub order {
	my ($item, $qty, %is) = @_;
	$rig->order(++$order, $item, $qty, %is);
	return $order;
}

sub claim {
	my ($server, $id, $item, $qty, $returned) = @_;
	$server->stock(sprintf q{INSERT INTO hatshop.claim (attempt, item, kind, qty, returned)
	    VALUES ('%032x', '%s', 'take', %d, %d)}, $id, $item, $qty, $returned // 0);
	return;
}

sub claims_of {
	my ($id) = @_;
	return $other->stock(sprintf q{SELECT GROUP_CONCAT(kind, ' ', qty, ' ', returned)
	    FROM hatshop.claim WHERE attempt = '%032x'}, $id);
}

sub payment { return $rig->sales("SELECT goods || ' ' || again FROM payment WHERE order_id = $_[0]") }
sub hold { return $rig->sales("SELECT h.state FROM hold h JOIN orders o ON o.uid = h.order_uid WHERE o.id = $_[0]") }
sub vanished { return $rig->sales('SELECT vanished FROM mirror') }

sub level {
	my ($item) = @_;
	return 0 + $other->stock("SELECT qty FROM level WHERE art = '$item'");
}

sub advance {
	my (@orders) = @_;
	my ($status, $out) = $rig->run('t/flow-tool', $rig->conf, @orders);
	is($status, 0, "orders @orders advance") or diag $out;
	return;
}

sub copy {
	my ($status, $out) = $rig->syncd('-1');
	is($status, 0, 'copied') or diag $out;
	return;
}

sub lost_with_its_server {
	my ($paid, $kept, $back, $late, $reserved, $voided);
	copy();
	# the old server: both taken, the level lowered, the mirror saw it
	$rig->stock(q{UPDATE level SET qty = 2 WHERE art = 'A-1'});
	copy();
	$paid = order('A-1', 2, payment => 6, goods => 1, hold => 2);
	$kept = order('A-1', 1, payment => 6, goods => 1, hold => 2);
	claim($_, $kept, 'A-1', 1) for $rig, $other;
	$back = order('b-3', 3, payment => 8, goods => 3, hold => 2);
	claim($rig, $back, 'b-3', 3, 3);
	claim($other, $back, 'b-3', 3, 0);
	$late = order("O''Brien", 1, payment => 6, goods => 1, hold => 2);
	claim($rig, $late, "O''Brien", 1);
	$voided = order('ÄÖ-5', 4, payment => 8, goods => 1, hold => 2);
	$reserved = order('A-1', 1, payment => 4, goods => 4, hold => 1);
	# the new one has not seen the take of two, nor that three came back
	$other->stock(q{UPDATE level SET qty = 4 WHERE art = 'A-1'; UPDATE level SET qty = 9 WHERE art = 'b-3';
	    UPDATE level SET qty = 0 WHERE art = 'O''Brien'});
	$rig->set('stock.port' => $other->{conf}{'stock.port'}, 'stock.ca' => $other->{conf}{'stock.ca'});

	advance($reserved);
	is(payment($reserved), '4 0', 'R96: nothing is taken from a server that is not published');
	is(claims_of($reserved), 'NULL', 'nor refused');
	copy();
	is(hold($paid), 1, 'with the publication its goods are held again');
	is($rig->field('A-1', 'level - held'), 1, 'so one is free of four: two are paid, one is reserved');
	is(payment($paid), '1 1', 'and it is to be taken again');
	is(hold($kept), 2, 'a claim that is there stays as it was');
	is(payment($kept), '1 0', 'and is not asked again');
	is(payment($back), '3 2', 'a give-back whose take is there is to be done again');
	is(vanished(), 4, 'four are to be done again');

	advance($reserved);
	is(payment($reserved), '4 0', 'those who have paid come first');
	advance($paid);
	is(payment($paid), '1 0', 'taken again');
	is(claims_of($paid), 'take 2 0', 'under its old key');
	is(level('A-1'), 2, 'once');
	advance($reserved);
	is(payment($reserved), '4 0', 'and the others wait for all of them');
	advance($back);
	is(claims_of($back), 'take 3 3', 'given back again');
	is(level('b-3'), 12, 'once');
	advance($late);
	is(claims_of($late), 'refused 1 0', 'too few are left');
	like($rig->sales("SELECT attention FROM orders WHERE id = $late"), qr/lost .* 0 left/,
	    'a person must look');
	is(hold($late), 1, 'and the goods stay held');
	advance($voided);
	is(claims_of($voided), 'refused 4 0', 'what nobody pays is not taken again');
	is(payment($voided), '2 0', 'and that is concluded');
	is(vanished(), 0, 'all is done');
	advance($reserved);
	is(payment($reserved), '1 0', 'and takes go on');
	is(level('A-1'), 1, 'with the level');
	copy();
	is($rig->mirror, $other->expected, 'the mirror is equal');
	is(hold($_), 2, 'what was taken is held no longer') for $paid, $reserved;
	is($rig->field('A-1', 'held'), 0, 'nor counted');
	advance($paid, $back, $late, $reserved);
	is(level('A-1') . ' ' . level('b-3'), '1 12', 'and asking again takes and gives nothing');
	return;
}

sub a_restart_of_syncd_asks_nobody_to_wait {
	my $epoch = $rig->sales('SELECT epoch FROM mirror');
	copy();
	is($rig->sales('SELECT epoch FROM mirror'), $epoch, 'the same server is no new one');
	is(vanished(), 0, 'and nobody waits');
	return;
}

sub in_the_background {
	my ($what) = @_;
	my $pid = $rig->fork;
	return $pid if $pid;
	$what->();
	require POSIX;
	POSIX::_exit(0);
	return;
}

# The runner sleeps, here for a lock, while syncd finds another server.
sub an_answer_of_the_former_server_is_not_believed {
	my $id = order('A-1', 1, payment => 4, goods => 4, hold => 1);
	my $waits = q{SELECT COUNT(*) FROM information_schema.processlist WHERE info LIKE };
	my $client = open2(my $said, my $lock, 'mariadb', '--no-defaults', '-u', 'root', '-N', '-B', '--unbuffered',
	    '-S', $other->{server}->socket, 'alt_lager');
	$lock->autoflush(1);
	print $lock "START TRANSACTION; UPDATE level SET qty = qty + 0 WHERE art = 'A-1'; SELECT 'locked';\n";
	readline($said) // die "no lock\n";
	my $runner = in_the_background(sub { $rig->run('t/flow-tool', $rig->conf, $id) });
	ok(wait_until(60, sub { $other->stock("$waits 'UPDATE%level%CAST%'") > 0 }), 'a take waits');
	$rig->sales('UPDATE mirror SET epoch = epoch + 1, vanished = -1');
	print $lock "COMMIT;\n";
	close $lock;
	waitpid $_, 0 for $client, $runner;
	is(claims_of($id), 'take 1 0', 'it takes');
	is(payment($id), '4 0', 'but nothing is concluded from it');
	copy();
	advance($id);
	is(payment($id), '1 0', 'and the next answer is');
	is(level('A-1'), 0, 'taken once');
	return;
}

my @pairs = (['mariadb', 'mariadb', 'sqlite'], ['mariadb', 'mysql97', 'mariadb'], ['mysql97', 'mariadb', 'sqlite']);
my %server;
for my $pair (@pairs) {
  SKIP: {
	my ($from, $to, $engine) = @$pair;
	$server{$from} //= HatTest->$from or skip "$from cannot be had here", 1;
	my $second = $to eq $from ? "$to 2" : $to;
	$server{$second} //= HatTest->$to or skip "$to cannot be had here", 1;
	subtest "from $from to $second, sales on $engine" => sub {
		$rig = SyncRig->new($server{$from}, $engine);
		$rig->allow_log;
		$other = SyncRig->new($server{$second}, 'sqlite');
		$other->allow_log;
		$rig->secret("pw\nstripe.key = sk_test_x\nstripe.webhook_secret = whsec_x");
		$rig->set('stripe.base' => 'http://127.0.0.1:9', 'shop.test' => 'yes');
		lost_with_its_server();
		a_restart_of_syncd_asks_nobody_to_wait();
		an_answer_of_the_former_server_is_not_believed();
	};
	undef $rig;
	undef $other;
  }
}
undef %server;
done_testing;
