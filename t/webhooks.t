#!/usr/bin/perl
# webhooks.t - webhook first, return first, at the same moment, return never,
# webhook never, both ten times, reversed: one order, one capture, one sale
# (R18, R45, R50-R52), with the sandbox's Stripe and a real stock system.
use strict;
use warnings;
use File::Path qw(make_path);
use FindBin;
use lib "$FindBin::Bin/lib";
use HatTest;
use StripeBox;
use SyncRig;
use Test::More;
use Time::HiRes qw(sleep time);

my ($rig, $box, $url, $item);

sub apache {
	my ($command) = @_;
	local %ENV = (%ENV, HATSHOP_CONF => $rig->conf, HATSHOP_SANDBOX => "$BUILD/sandbox",
	    HATSHOP_SANDBOX_DATA => $rig->dir . '/box');
	return system("$TOP/t/lib/apache.sh", $rig->dir . '/web', $command) == 0;
}

sub open_shop {
	my ($stock, $engine) = @_;
	$rig = SyncRig->new($stock, $engine);
	my $dir = $rig->dir;
	make_path("$dir/box", "$dir/web");
	chomp($url = `$TOP/t/lib/apache.sh $dir/web url`);
	$box = StripeBox->new(own => { url => $url, box => "$dir/box" });
	$rig->set('shop.url' => $url, 'shop.test' => 'yes', 'shop.pages' => "$TOP/etc/pages",
	    'stripe.base' => $box->base, 'stock.stale_after' => 3600);
	open my $f, '>>', "$dir/secrets.conf" or die "secrets: $!\n";
	print $f map { "$_\n" } $box->secrets;
	close $f or die "secrets: $!\n";
	open $f, '>', "$dir/box/shops" or die "shops: $!\n";
	print $f "$url\n";
	close $f or die "shops: $!\n";
	$rig->allow_log;
	my ($status, $out) = $rig->syncd('-1');
	die "syncd: $out\n" if $status;
	apache('start') or die "no Apache\n";
	$rig->sales(q{INSERT INTO customer (id, uid, made_at, seen_at) VALUES (1, 'c1', 1, 1)});
	$item = $rig->sales(q{SELECT id FROM item WHERE source_key = 'A-1'});
	return;
}

sub close_shop { apache('stop'); undef $rig; return }
my $tests = $$;
END {
	local $?;
	close_shop() if $rig && $$ == $tests;
}

sub tool {
	my ($status, $out) = $rig->run('t/pay-tool', $rig->conf, @_);
	chomp $out;
	return $out;
}

# Processes of ours, all at once.
sub together {
	my (@each) = @_;
	my @pids;
	for my $do (@each) {
		my $pid = fork // die "fork: $!\n";
		if (!$pid) {
			open STDOUT, '>>', $rig->dir . '/together.log';
			open STDERR, '>&', \*STDOUT;
			ref $do eq 'CODE' ? $do->() : exec @$do;
			require POSIX;
			POSIX::_exit(0);
		}
		push @pids, $pid;
	}
	waitpid $_, 0 for @pids;
	return;
}

sub lifecycle { return ("$BUILD/cron/lifecycle", '-f', $rig->conf, @_) }
sub round { my ($status, $out) = $rig->run('cron/lifecycle', '-f', $rig->conf, '-i'); return $out }
sub returns { my ($o) = @_; return ["$BUILD/t/pay-tool", $rig->conf, 'advance', $o->{id}] }
sub sends { return sub { $box->deliver(all => 'true') } }
sub hurry { my ($o) = @_; $rig->sales("UPDATE orders SET next_at = 0 WHERE id = $o->{id}"); return }

sub level { return 0 + $rig->stock(q{SELECT qty FROM level WHERE art = 'A-1'}) }
sub state_of { my ($o) = @_; return $rig->sales("SELECT state FROM orders WHERE id = $o->{id}") }
sub kinds { my ($o) = @_; return join ' ', split /\n/, $rig->sales("SELECT kind FROM journal WHERE order_id = $o->{id} ORDER BY id") }

# An order, and its page: not paid yet.
sub order {
	my ($id, $uid) = split ' ', tool('place', 1, $item, 1);
	$rig->stock(q{UPDATE level SET qty = 9 WHERE art = 'A-1'});
	my $page = tool('pay', $id);
	like($page, qr{/c/pay/cs_test_}, 'a page to pay on');
	return { id => $id, uid => $uid, page => $page };
}

sub paid {
	my ($card) = @_;
	my $o = order();
	is($box->pay($o->{page}, $card)->{status}, 303, 'the shopper pays');
	return $o;
}

# What must be true whatever came when.
sub one_sale {
	my ($o, $name) = @_;
	is(state_of($o), 3, "R51: $name: one order, paid");
	my @b = grep { $_->{order} eq $o->{uid} } @{ $box->books };
	my @got = grep { $_->{captured} } @b;
	is(scalar @got, 1, "R51: $name: one capture");
	is($got[0]{captured}, $rig->sales("SELECT total FROM orders WHERE id = $o->{id}"), "R50: $name: of its total");
	is($rig->sales("SELECT captured FROM orders WHERE id = $o->{id}"), $got[0]{captured}, "R50: $name: as it says itself");
	is(level(), 8, "R18: $name: sold once in the stock system");
	my $kinds = kinds($o);
	is(scalar(() = $kinds =~ /\bcaptured\b/g), 1, "$name: and told once") or diag($kinds);
	is($rig->sales("SELECT attention FROM orders WHERE id = $o->{id}"), '', "$name: nobody has to look");
	$rig->syncd('-1');
	is($rig->sales("SELECT held FROM item WHERE id = $item"), 0, "$name: nothing is held");
	$box->faults(kind => 'none');
	$box->deliver(all => 'true');
	round();
	is($rig->sales('SELECT count(*) FROM inbox WHERE state <> 2'), 0, "$name: all events are read");
	is(state_of($o), 3, "$name: and it stays so");
	return;
}

sub webhook_first {
	my $o = paid();
	$box->deliver(all => 'true');
	round();
	is(tool('advance', $o->{id}), 'paid', 'the return finds it done');
	one_sale($o, 'webhook first');
	return;
}

sub return_first {
	my $o = paid();
	is(tool('advance', $o->{id}), 'paid', 'the return does it all');
	$box->deliver(all => 'true');
	round();
	one_sale($o, 'return first');
	return;
}

sub at_the_same_moment {
	my $o = paid();
	together(sends(), (map { returns($o) } 1 .. 3), (map { [lifecycle('-i')] } 1 .. 2));
	round();
	together(returns($o), [lifecycle('-i')]);
	one_sale($o, 'the same moment');
	return;
}

sub return_never {
	my $o = order();
	my $pid = fork // die "fork: $!\n";
	exec lifecycle('-w', 60) if !$pid;
	sleep 1;
	is($box->pay($o->{page})->{status}, 303, 'the shopper pays, and closes the tab');
	$box->deliver(all => 'true');
	my $told = time;
	ok(wait_until(60, sub { state_of($o) == 3 }), 'R51: paid without a return');
	my $took = time - $told;
	# without the event it would be looked at after 15 s
	ok($took < 10, sprintf 'R51: soon after the event (%.2f s)', $took);
	kill TERM => $pid;
	waitpid $pid, 0;
	one_sale($o, 'return never');
	return;
}

sub webhook_never {
	$box->faults(kind => 'never', on => 'any', times => 0);
	my $o = paid();
	$box->deliver(all => 'true');
	is($rig->sales('SELECT count(*) FROM inbox WHERE state = 1'), 0, 'nothing has come');
	hurry($o);
	round();
	one_sale($o, 'webhook never');
	return;
}

sub both_ten_times {
	$box->faults(kind => 'duplicate', on => 'any', seconds => 0, times => 0);
	my $o = paid();
	for (1 .. 2) {
		together((map { sends() } 1 .. 5), (map { returns($o) } 1 .. 5), [lifecycle('-i')]);
	}
	round();
	one_sale($o, 'both ten times');
	return;
}

sub reversed {
	$box->faults(kind => 'reversed', on => 'events', times => 0);
	my $o = paid();
	$box->deliver(all => 'true');
	round();
	one_sale($o, 'reversed');
	return;
}

sub early {
	$box->faults(kind => 'early', on => 'any', times => 0);
	my $o = order();
	together(sub { $box->pay($o->{page}) }, [lifecycle('-i')]);
	# who was told before it was so looks again after a while
	hurry($o);
	round();
	one_sale($o, 'early');
	return;
}

sub a_forged_event_does_nothing {
	$box->faults(kind => 'forged', on => 'any', times => 0);
	my $o = paid();
	$box->deliver(all => 'true');
	is($rig->sales('SELECT count(*) FROM inbox WHERE state = 1'), 0, 'R40: refused');
	$box->faults(kind => 'none');
	$box->deliver(all => 'true');
	hurry($o);
	round();
	one_sale($o, 'forged');
	return;
}

sub declined_then_another_card {
	my $o = order();
	$box->pay($o->{page}, '4000000000000002');
	$box->deliver(all => 'true');
	round();
	is(state_of($o), 1, 'a declined card ends nothing');
	like(kinds($o), qr/\bdeclined\b/, 'the journal has it');
	is($box->pay($o->{page})->{status}, 303, 'another card on the same page');
	is(tool('advance', $o->{id}), 'paid', 'passes');
	one_sale($o, 'a second card');
	return;
}

sub lost_answers_are_asked_again {
	for my $on (qw(create expire capture)) {
		next if $on eq 'expire';
		my $o = { page => '' };
		$box->faults(kind => 'cut-after', on => $on);
		($o->{id}, $o->{uid}) = split ' ', tool('place', 1, $item, 1);
		$rig->stock(q{UPDATE level SET qty = 9 WHERE art = 'A-1'});
		$o->{page} = tool('pay', $o->{id});
		hurry($o);
		$o->{page} = tool('pay', $o->{id}) if $o->{page} !~ /cs_test/;
		like($o->{page}, qr{cs_test_}, "$on: a page");
		$box->pay($o->{page});
		tool('advance', $o->{id});
		hurry($o);
		round();
		one_sale($o, "$on whose answer was lost");
	}
	return;
}

sub a_gateway_that_asks_for_patience_is_named {
	my $o = {};
	$box->faults(kind => 'busy', on => 'create', times => 0);
	($o->{id}, $o->{uid}) = split ' ', tool('place', 1, $item, 1);
	$rig->stock(q{UPDATE level SET qty = 9 WHERE art = 'A-1'});
	tool('pay', $o->{id});
	my $why = "SELECT why FROM payment WHERE order_id = $o->{id}";
	like($rig->sales($why), qr/^stripe: \S/, 'who is waited for, and what it says');
	$box->faults(kind => 'none');
	hurry($o);
	round();
	is($rig->sales($why), '', 'forgotten when it answers');
	like($o->{page} = tool('pay', $o->{id}), qr/cs_test/, 'with a page');
	$box->pay($o->{page});
	tool('advance', $o->{id});
	one_sale($o, 'a busy gateway');
	return;
}

sub a_crowd_of_open_pages_holds_up_nobody {
	my (@open, $o);
	$rig->stock(q{UPDATE level SET qty = 30 WHERE art = 'A-1'});
	$rig->syncd('-1');
	for my $n (2 .. 9) {
		$rig->sales("INSERT INTO customer (id, uid, made_at, seen_at) VALUES ($n, 'c$n', 1, 1)");
		my ($id) = split ' ', tool('place', $n, $item, 1);
		tool('pay', $id);
		push @open, $id;
	}
	$o = order();
	is($box->pay($o->{page})->{status}, 303, 'one of nine is paid');
	$box->faults(kind => 'slow', on => 'show', seconds => 1, times => 0);
	my $ids = join ',', @open;
	$rig->sales("UPDATE orders SET next_at = 0 WHERE id IN ($ids)");
	my $pid = fork // die "fork: $!\n";
	exec lifecycle('-w', 60) if !$pid;
	sleep 1.5;
	$box->deliver(all => 'true');
	ok(wait_until(60, sub { state_of($o) == 3 }), 'R51: it is advanced');
	my $left = $rig->sales("SELECT count(*) FROM orders WHERE id IN ($ids) AND next_at = 0");
	cmp_ok($left, '>', 0, "R51: before those that are looked at, of which $left of 8 wait");
	kill TERM => $pid;
	waitpid $pid, 0;
	$box->faults(kind => 'none');
	tool('end', $_) for @open;
	is($rig->sales("SELECT count(*) FROM orders WHERE id IN ($ids) AND state = 5"), 8, 'the others end');
	one_sale($o, 'a crowd');
	return;
}

sub money_that_comes_after_the_end_goes_back {
	my $o = paid();
	# as if the gateway had said expired
	$rig->sales("UPDATE payment SET state = 10, live = NULL WHERE order_id = $o->{id}");
	$rig->sales("UPDATE orders SET ending = 'changed mind' WHERE id = $o->{id}");
	tool('advance', $o->{id});
	is(state_of($o), 5, 'an order is cancelled');
	$box->deliver(all => 'true');
	round();
	like(kinds($o), qr/cancelled.*found.*voided/, 'R50: money is told of, found and voided');
	my @b = grep { $_->{order} eq $o->{uid} } @{ $box->books };
	is(scalar(grep { $_->{captured} } @b), 0, 'R50: nobody is charged');
	is($rig->sales("SELECT held FROM item WHERE id = $item"), 0, 'nothing is held');
	return;
}

sub while_the_stock_system_is_away_nothing_is_taken {
	my ($stop, $start) = @_;
	my $o = paid();
	$stop->();
	my $began = time;
	is(tool('advance', $o->{id}), 'authorised', 'R26: the order waits');
	my $took = time - $began;
	ok($took < 20, sprintf 'R26: and its page does not wait long (%.1f s)', $took);
	is(scalar(grep { $_->{captured} && $_->{order} eq $o->{uid} } @{ $box->books }), 0, 'R26: nothing is captured');
	like($rig->sales("SELECT why FROM payment WHERE order_id = $o->{id}"), qr/^stock: could not reach/, 'who is waited for is written down');
	hurry($o);
	like(round(), qr/warn: order $o->{id} waits: stock: could not reach the stock system/, 'and logged');
	hurry($o);
	$start->();
	my $pid = fork // die "fork: $!\n";
	exec lifecycle('-w', 60) if !$pid;
	ok(wait_until(60, sub { state_of($o) == 3 }), 'R26: it finishes by itself');
	kill TERM => $pid;
	waitpid $pid, 0;
	one_sale($o, 'the stock system was away');
	return;
}

sub all_of_it {
	webhook_first();
	return_first();
	at_the_same_moment();
	return_never();
	webhook_never();
	both_ten_times();
	reversed();
	early();
	a_forged_event_does_nothing();
	declined_then_another_card();
	lost_answers_are_asked_again();
	a_gateway_that_asks_for_patience_is_named();
	money_that_comes_after_the_end_goes_back();
	a_crowd_of_open_pages_holds_up_nobody();
	return;
}

my $stock = HatTest->mariadb;
subtest SQLite => sub {
	open_shop($stock, 'sqlite');
	all_of_it();
	while_the_stock_system_is_away_nothing_is_taken(
	    sub { $stock->run('stop') }, sub { $stock->run('start') });
	close_shop();
};
subtest MariaDB => sub {
	open_shop($stock, 'mariadb');
	all_of_it();
	close_shop();
};
done_testing();
