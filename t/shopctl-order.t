#!/usr/bin/perl
# shopctl-order.t - administrators look at orders, bring them on and have them
# cancelled; events are applied again; an item's level is told from all sides.
# On both engines, with a real stock system: R18, R23, R48, R52, R101.
use strict;
use warnings;
use utf8;
use Encode qw(decode);
use File::Path qw(make_path);
use FindBin;
use lib "$FindBin::Bin/lib";
use CgiTest;
use HatTest;
use JSON::PP;
use StripeBox;
use SyncRig;
use Test::More;

binmode $_, ':encoding(UTF-8)' for Test::More->builder->output,
    Test::More->builder->failure_output;

my $shop;
my $server = HatTest->mariadb;

# Status, standard output, standard error.
sub shopctl {
	my $err = "$shop->{dir}/err";
	my $pid = open(my $f, '-|') // die "fork: $!\n";
	if (!$pid) {
		open STDERR, '>', $err or die "err: $!\n";
		local $ENV{SUDO_USER} = 'hattie';
		exec "$BUILD/ctl/shopctl", '-f', $shop->{conf}, @_ or die "exec: $!\n";
	}
	local $/;
	my $out = decode('UTF-8', <$f> // '');
	close $f;
	my $status = $? >> 8;
	open my $in, '<:encoding(UTF-8)', $err or die "err: $!\n";
	return ($status, $out, <$in> // '');
}

sub tool {
	local $ENV{HATSHOP_CONF} = $shop->{conf};
	open my $f, '-|', "$BUILD/t/order-tool", @_ or die "order-tool: $!\n";
	my $out = <$f>;
	close $f or die "order-tool @_ failed\n";
	return split ' ', $out // '';
}

sub one {
	my $row = $shop->sql($_[0]);
	chomp $row;
	return $row;
}

sub what_is_wrong_is_said {
	my ($id) = @_;
	for my $args ([], ['dance'], ['show'], ['show', 1, 2], ['list', 'x'], ['list', '--state', 'lost'],
	    ['cancel', $id], ['cancel', $id, '--why', ''], ['cancel', $id, '--why', "a\nb"], ['show', $id, '--why', 'x'],
	    ['advance', $id, '--json'], ['conclude', $id], ['list', '-n', 0]) {
		my ($status, $out, $err) = shopctl('order', @$args);
		is($status, 2, "usage: order @$args");
		like($err, qr{^usage: shopctl \[-f FILE\] order }m, 'which is shown');
	}
	for my $case ([qr{"lost" is no state}, 'list', '--state', 'lost'], [qr{the reason has to be one line}, 'cancel', $id, '--why', ''],
	    [qr{"0" is no whole number from 1 on}, 'list', '-n', 0]) {
		my ($what, @args) = @$case;
		like((shopctl('order', @args))[2], qr{^shopctl: $what}, "order @args: which value is wrong");
	}
	for my $who (0, 99, 'x', 'f' x 32) {
		my ($status, $out, $err) = shopctl('order', 'show', $who);
		is("$status$err", qq{1shopctl: there is no order "$who"\n}, "there is no order $who");
	}
	for my $verb (['order', 'advance', 99], ['order', 'cancel', 99, '--why', 'x'], ['order', 'conclude', 99, '--why', 'x', '--yes']) {
		my ($status, $out, $err) = shopctl(@$verb);
		is("$status$err", qq{1shopctl: there is no order "99"\n}, "nor for @$verb");
	}
	is((shopctl('stock', 'put-back', 'x', '--yes'))[0], 2, 'put-back, by whose hand');
	my $nobodys = 'f' x 32;
	is(join('', (shopctl('stock', 'put-back', $nobodys, '--by-hand', '--yes'))[0, 2]),
	    qq{1shopctl: no payment is "$nobodys"\n}, 'put-back of nothing');
	is((shopctl('replay'))[0], 2, 'replay of nothing');
	is((shopctl('replay', 'x'))[0], 2, 'replay of no number');
	is((shopctl('inbox', 'dance'))[0], 2, 'inbox');
	my ($status, undef, $err) = shopctl('replay', 99);
	is("$status$err", "1shopctl: there is no such event\n", 'replay of what never came');
	return;
}

sub orders_are_listed {
	my (@orders) = @_;
	my ($status, $out, $err) = shopctl('order', 'list');
	is($status, 0, 'a list');
	is(join(' ', $out =~ /^(\d+)\t/mg), join(' ', reverse map { $_->[0] } @orders), 'the newest first');
	like($err, qr/^3 orders$/, 'and counted');
	like($out, qr/^$orders[0][0]\tcancelled\t\S+Z\t2\t4393\tGBP\t$orders[0][1]\t/m, 'state, time, pieces, total, uid');
	($status, $out) = shopctl('order', 'list', '--state', 'paid');
	is(join(' ', $out =~ /^(\d+)\t/mg), $orders[1][0], 'those of a state');
	($status, $out) = shopctl('order', 'list', '--attention', '--json');
	my $rows = decode_json($out);
	is(scalar @$rows, 1, 'those that a person must look at, as JSON');
	is($rows->[0]{attention}, 'the sums differ', 'with why');
	is($rows->[0]{total}, 6392, 'and minor units');
	($status, $out) = shopctl('order', 'list', '-n', 1);
	is(() = $out =~ /\n/g, 1, 'as many as wanted');
	return;
}

sub all_of_an_order_is_shown {
	my ($id, $uid) = @_;
	my ($event) = tool('event', 'stripe', "evt_$id", $id);
	my ($status, $out, $err) = shopctl('order', 'show', $uid);
	is("$status$err", '0', 'shown by its uid');
	for my $line ("order           $id", "state           paid", "attention       the sums differ",
	    'to              Łódź O\'Brien <b>', 'total           £63.92', 'captured        £63.92') {
		like($out, qr/^\Q$line\E$/m, $line);
	}
	like($out, qr/^lines\n  qty 3, item \S+, name A Fez, Because, price £19\.99, tax £10\.00$/m, 'its lines');
	like($out, qr/^holds\n  qty 3, item \S+, state held/m, 'its holds');
	like($out, qr/^payments\n  attempt [0-9a-f]{32}, gateway stripe, state captured, stock taken, amount £63\.92/m, 'its attempts');
	like($out, qr/method card ending 4242, .*page of cs_test_1, payment of pi_test_1$/m, 'with the names of the gateway');
	like($out, qr/^calls\n  attempt [0-9a-f]{32}, call create, generation 1, state answered, tries 1, status 200, key [0-9a-f]{32}, path /m, 'its calls with their keys');
	like($out, qr/^inbox\n  event $event, source stripe, name evt_$id, state done/m, 'what came for it');
	like($out, qr/^journal\n.*kind captured, words Paid, witness stripe, detail card ending 4242$/ms, 'and its journal');
	($status, $out) = shopctl('order', 'show', $id, '--json');
	my $all = decode_json(Encode::encode('UTF-8', $out));
	is($all->{uid}, $uid, 'the same by its number, as JSON');
	is($all->{total}, 6392, 'with minor units');
	is(join(' ', map { $_->{kind} } @{ $all->{journal} }), 'placed page authorised taken captured', 'the journal in order');
	is($all->{calls}[0]{tries}, 1, 'and calls');
	return $event;
}

sub what_came_is_applied_again {
	my ($event) = @_;
	my ($status, $out) = shopctl('inbox', 'show', $event);
	is($status, 0, 'R52: an event');
	like($out, qr/^state     done$/m, 'its state');
	like($out, qr/^Stripe-Signature: t=1$/m, 'its headers');
	like($out, qr/^\{"type": "test"\}$/m, 'its body');
	for my $time (1, 2) {
		($status, $out) = shopctl('replay', $event);
		is("$status$out", "0event $event waits; lifecycle applies it once more\n", "R52: replay $time");
		is(one("SELECT state FROM inbox WHERE id = $event"), 1, 'it waits');
		ok(one("SELECT next_at FROM inbox WHERE id = $event") <= time, 'and is due');
	}
	($status, $out) = shopctl('inbox');
	like($out, qr/^$event\twaits\t\S+\tstripe\t0\tevt_/m, 'it is in the list');
	($status, undef, my $err) = shopctl('inbox', 'done', $event);
	is("$status$err", "1shopctl: event $event waits for lifecycle\n", 'R52: what waits is not done');
	$shop->sql("UPDATE inbox SET state = 3 WHERE id = $event");
	($status, $out) = shopctl('inbox', 'done', $event);
	is("$status$out", "0event $event is done\n", 'R52: what a person has dealt with is');
	is((shopctl('inbox', 'done', 4711))[0], 1, 'R52: what is not there is not');
	is((shopctl('inbox', 'list'))[1], '', 'what is done is not');
	like((shopctl('inbox', 'list', '-a'))[1], qr/^$event\tdone\t/m, 'but with -a');
	return;
}

sub what_was_looked_at_is_closed {
	my ($id) = @_;
	my ($status, $out) = shopctl('order', 'seen', $id, '--why', 'counted again');
	is("$status$out", "0order $id needs nobody any more; it was: the sums differ\n", 'R53: a person has looked');
	is(one("SELECT detail FROM journal WHERE order_id = $id AND kind = 'seen' AND witness LIKE 'staff %'"),
	    'counted again: the sums differ', 'R53: the journal keeps what and who');
	is((shopctl('order', 'list', '--attention'))[1], '', 'R53: it is on the list no more');
	($status, $out) = shopctl('order', 'seen', $id);
	is("$status$out", "0order $id needed nobody\n", 'R53: twice changes nothing');
	return;
}

sub an_order_that_nobody_pays_is_ended {
	my ($id) = @_;
	my ($status, $out, $err) = shopctl('order', 'advance', $id);
	is("$status$err", '0', 'R23: brought on');
	like($out, qr/^order $id is pending\nit is looked at again at \S+Z$/m, 'R23: it says what is true');
	$shop->sql("UPDATE orders SET hold_until = 5 WHERE id = $id");
	($status, $out) = shopctl('order', 'advance', $id);
	like($out, qr/cancelled, says shop: not paid in time\norder $id is cancelled$/m, 'R23: what happened is told');
	is(one("SELECT count(*) FROM hold WHERE state = 1 AND order_uid = (SELECT uid FROM orders WHERE id = $id)"), 0, 'R23: nothing is held');
	($status, $out) = shopctl('order', 'advance', $id);
	is("$status$out", "0order $id is cancelled\n", 'R23: once more nothing happens');
	return;
}

sub an_order_is_cancelled_with_a_reason {
	my ($customer, $paid) = @_;
	my ($id) = tool('place', $customer, 4, 1);
	my ($status, $out, $err) = shopctl('order', 'cancel', $id, '--why', 'as Łódź asked by phone');
	is("$status$err", '0', 'R48: cancelled at once where no payment was begun');
	like($out, qr/end asked, says staff hattie: as Łódź asked by phone\n.*order $id is cancelled$/s, 'R48: who said so and why');
	is((shopctl('order', 'cancel', $id, '--why', 'again'))[0], 0, 'R23: twice is once');
	is(one("SELECT count(*) FROM journal WHERE order_id = $id AND kind LIKE '%cancel%'"), 1, 'R23: and told once');
	($status, $out, $err) = shopctl('order', 'cancel', $paid, '--why', 'x');
	is("$status$err", "1shopctl: order $paid is paid: with --yes its money goes back, then its hats\n", 'what is paid is not cancelled by mistake');
	is(one("SELECT ending FROM orders WHERE id = $paid"), '', 'and left as it is');
	($id) = tool('place', $customer, 4, 1);
	tool('page', $id);
	($status, $out) = shopctl('order', 'cancel', $id, '--why', 'a page is open');
	is($status, 3, 'R48: a page that may be paid is asked about first');
	like($out, qr/^order $id is pending\n(?s:.*)^payment [0-9a-f]{32} with stripe is pending\n(?s:.*)lifecycle goes on with it$/m, 'R48: which is said');
	is(one("SELECT ending FROM orders WHERE id = $id"), 'a page is open', 'R48: the end is wanted');
	return;
}

sub all_of_it {
	$shop->sql(q{INSERT INTO customer (id, uid, made_at, seen_at, user_name, name) VALUES (7, 'c7', 1, 1, 'ann', 'Ann')});
	$shop->sql('UPDATE item SET level = 100, held = 0 WHERE id IN (2, 4)');
	my @first = tool('place', 7, 2, 2);
	$shop->sql("UPDATE orders SET live = NULL WHERE id = $first[0]");
	my @second = tool('place', 7, 2, 3);
	tool($_, $second[0]) for qw(page authorised paid);
	$shop->sql("UPDATE orders SET attention = 'the sums differ', attention_at = 1 WHERE id = $second[0]");
	my @third = tool('place', 7, 4, 1);
	what_is_wrong_is_said($third[0]);
	an_order_that_nobody_pays_is_ended($first[0]);
	orders_are_listed(\@first, \@second, \@third);
	what_came_is_applied_again(all_of_an_order_is_shown(@second));
	what_was_looked_at_is_closed($second[0]);
	shopctl('order', 'cancel', $third[0], '--why', 'not needed');
	an_order_is_cancelled_with_a_reason(7, $second[0]);
	return;
}

# With the stock system of the rig: A-1 is there five times.
sub a_level_is_told_from_all_sides {
	my $rig = SyncRig->new($server, 'sqlite');
	$shop = { dir => $rig->{dir}, conf => $rig->conf };
	$rig->syncd('-1');
	$rig->sales(q{INSERT INTO customer (id, uid, made_at, seen_at) VALUES (7, 'c7', 1, 1)});
	my $level = $rig->stock("SELECT CAST(qty AS SIGNED) FROM level WHERE art = 'A-1'");
	my $item = $rig->sales("SELECT id FROM item WHERE source_key = 'A-1'");
	my ($id) = tool('place', 7, $item, 2);
	$rig->stock("UPDATE level SET qty = qty + 3 WHERE art = 'A-1'");
	my ($status, $out, $err) = shopctl('stock', 'show', 'A-1');
	is("$status$err", '0', 'R101: an item by its key');
	like($out, qr/^level mirrored  $level\nheld            2\ncan be bought   @{[$level - 2]}\nconfirmed       \S+Z, \d+ s ago/m, 'R101: the mirror');
	like($out, qr/^held by order   $id: 2 since \S+Z$/m, 'R101: who holds it');
	like($out, qr/^level now       @{[$level + 3]}$/m, 'R18: what the stock system says itself');
	$rig->sales("UPDATE hold SET sold = 1 WHERE item_id = $item");
	like((shopctl('stock', 'show', 'A-1'))[1], qr/^sold to order   $id: 2 since \S+Z$/m, 'R101: what is sold and not booked out');
	like((shopctl('order', 'show', $id))[1], qr/^holds\n  qty 2, item A-1, state sold, not booked out,/m, 'R101: so says the order');
	my ($slug) = $out =~ m{/hat/(\S+)};
	is((shopctl('stock', 'show', $slug))[0], 0, 'R101: and by its address');
	($status, $out, $err) = shopctl('stock', 'show', 'nothing');
	is("$status$err", qq{1shopctl: there is no item "nothing"\n}, 'R101: or not at all');
	is((shopctl('stock', 'show'))[0], 2, 'usage');
	$rig->set('stock.user' => 'nobody');
	($status, $out, $err) = shopctl('order', 'show', $id, '--claims');
	is($status, 1, 'R24: nor for its claims');
	like($out, qr/^order           $id$/m, 'R24: the order is told all the same');
	($status, $out, $err) = shopctl('stock', 'show', 'A-1');
	is($status, 1, 'R24: the stock system cannot be asked');
	like($out, qr/^level mirrored  $level$/m, 'R24: the mirror is told all the same');
	like($err, qr/^shopctl: /, 'R24: with the reason');
	return;
}

# A real stock system, and the sandbox's Stripe under a private Apache.
sub with_a_gateway {
	my $rig = SyncRig->new($server, 'sqlite');
	my $dir = $rig->dir;
	make_path("$dir/box", "$dir/web");
	chomp(my $url = `$TOP/t/lib/apache.sh $dir/web url`);
	my $box = StripeBox->new(own => { url => $url, box => "$dir/box" });
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
	local %ENV = (%ENV, HATSHOP_CONF => $rig->conf, HATSHOP_SANDBOX => "$BUILD/sandbox",
	    HATSHOP_SANDBOX_DATA => "$dir/box");
	system("$TOP/t/lib/apache.sh", "$dir/web", 'start') == 0 or die "no Apache\n";
	$rig->sales(q{INSERT INTO customer (id, uid, made_at, seen_at) VALUES (1, 'c1', 1, 1)});
	$shop = { dir => $dir, conf => $rig->conf };
	my $done = eval { what_is_paid_and_what_is_not($rig, $box); 1 };
	diag $@ if !$done;
	ok($done, 'to the end');
	system("$TOP/t/lib/apache.sh", "$dir/web", 'stop');
	return;
}

# An order that is paid: its webhooks, applied once and once more.
sub a_replayed_webhook_changes_nothing {
	my ($rig, $box, $id) = @_;
	my $state = sub { $rig->sales("SELECT state, captured, (SELECT COUNT(*) FROM journal WHERE order_id = o.id),
	    (SELECT SUM(qty) FROM hold WHERE order_uid = o.uid) FROM orders o WHERE id = $id") };
	my $round = sub { $rig->run('cron/lifecycle', '-f', $rig->conf, '-i') };
	$box->deliver(all => 'true');
	my ($event) = $rig->sales('SELECT MAX(id) FROM inbox');
	$round->();
	is($rig->sales("SELECT state, order_id FROM inbox WHERE id = $event"), "2\t$id", 'R52: an event is applied');
	my $before = $state->();
	my ($status) = shopctl('replay', $event);
	is($status, 0, 'R52: and once more');
	$round->();
	is($rig->sales("SELECT state, order_id FROM inbox WHERE id = $event"), "2\t$id", 'R52: by lifecycle');
	is($state->(), $before, 'R22: the order is as it was');
	is(scalar(grep { $_->{captured} } @{ $box->books }), 1, 'R49: and so is the money');
	return;
}

sub what_is_paid_and_what_is_not {
	my ($rig, $box) = @_;
	my $item = $rig->sales(q{SELECT id FROM item WHERE source_key = 'A-1'});
	my $level = sub { $rig->stock(q{SELECT CAST(qty AS SIGNED) FROM level WHERE art = 'A-1'}) };
	my $begin = sub {
		my ($status, $out) = $rig->run('t/pay-tool', $rig->conf, 'place', 1, $item, 1);
		my ($id) = split ' ', $out;
		($status, $out) = $rig->run('t/pay-tool', $rig->conf, 'pay', $id);
		chomp $out;
		return ($id, $out);
	};
	my $before = $level->();
	my ($id, $page) = $begin->();
	my ($status, $out, $err) = shopctl('order', 'advance', $id);
	is("$status$err", '0', 'R51: nobody has paid yet');
	like($out, qr/^order $id is pending\npayment [0-9a-f]{32} with stripe is pending\n/m, 'R51: which is said');
	$box->pay($page, '4242424242424242');
	($status, $out) = shopctl('order', 'advance', $id);
	is($status, 0, 'R51: then somebody has');
	like($out, qr/authorised, says stripe.*taken, says stock.*captured, says stripe: card ending 4242\n.*order $id is paid$/ms, 'R51: and all of it is told');
	is($level->(), $before - 1, 'R22: the hat has left');
	($status, $out, $err) = shopctl('order', 'cancel', $id, '--why', 'x');
	is($status, 1, 'R49: what is paid is not cancelled by mistake');
	like((shopctl('order', 'show', $id))[1], qr/call capture, generation 1, state answered, tries 1, status 200, key \S+, path \S+\/capture/, 'R49: it was called once');
	a_replayed_webhook_changes_nothing($rig, $box, $id);
	is($level->(), $before - 1, 'R22: and the level');
	($id, $page) = $begin->();
	($status, $out, $err) = shopctl('order', 'conclude', $id, '--why', 'it is gone');
	is($status, 1, 'R48: a payment is not concluded by mistake');
	like($err, qr/^shopctl: with --yes order $id ends as unpaid/, 'R48: what would be done is said');
	($status, $out, $err) = shopctl('order', 'conclude', $id, '--why', 'it is gone', '--yes');
	is("$status$err", "1shopctl: stripe knows the payment: shopctl order advance $id\n", 'R48: one that the gateway knows stays open');
	$rig->sales("UPDATE payment SET checkout_object = 'cs_test_gone' WHERE order_id = $id");
	($status, $out) = shopctl('order', 'advance', $id);
	like($out, qr/order $id is pending; a person must look: stripe does not know "cs_test_gone".*shopctl order conclude $id /, 'R48: one that it does not know calls a person');
	($status, $out, $err) = shopctl('order', 'conclude', $id, '--why', 'another account', '--yes');
	is("$status$err", '0', 'R48: who concludes it');
	like($out, qr/concluded, says staff hattie: another account\n.*order $id is cancelled$/ms, 'R48: and it is over');
	($id, $page) = $begin->();
	($status, $out) = shopctl('order', 'cancel', $id, '--why', 'asked by phone');
	is($status, 0, 'R48: an open page is closed first');
	like($out, qr/end asked, says staff hattie: asked by phone\n.*expired, says stripe\n.*order $id is cancelled$/s, 'R48: and the order ended at once');
	my $late = $box->pay($page, '4242424242424242');
	is(scalar(grep { $_->{captured} } @{ $box->books }), 1, 'R48: nobody can pay it any more');
	is($level->(), $before - 1, 'R23: no hat has left');
	my ($paid) = $rig->sales('SELECT id FROM orders WHERE state = 3');
	$rig->syncd('-1');
	($status, $out, $err) = shopctl('order', 'cancel', $paid, '--why', 'the hat is torn', '--yes');
	is("$status$err", '0', 'R75: what is paid is cancelled when it is meant');
	like($out, qr/end asked, says staff hattie: the hat is torn\n.*refunded, says stripe.*given back, says stock.*order $paid is cancelled$/s, 'R75: money first, then goods');
	is($level->(), $before, 'R23: the hat is back');
	is(scalar(grep { $_->{refunded} } @{ $box->books }), 1, 'R53: and the money');
	like((shopctl('order', 'show', $paid))[1], qr/^refunds\n  amount £19\.99, state done, reference /m, 'R53: which the order tells');
	($status, $out, $err) = shopctl('order', 'show', $paid, '--claims');
	is("$status$err", '0', 'R22: the stock system is asked');
	like($out, qr/^claims\n  attempt [0-9a-f]{32}, item A-1, kind take, qty 1, returned 1$/m, 'R22: what was taken and came back');
	like((shopctl('order', 'show', $id, '--claims'))[1], qr/^journal$/m, 'R22: of one that never asked there is none');
	$rig->syncd('-1');
	is($rig->sales('SELECT SUM(held) FROM item'), 0, 'R23: nothing is held');
	return;
}

$shop = CgiTest->new;
subtest 'on SQLite' => \&all_of_it;

$server->sql('CREATE DATABASE shop CHARACTER SET utf8mb4');
$shop = CgiTest->new('db.engine' => 'mariadb', 'db.name' => 'shop', 'db.user' => 'root', 'db.socket' => $server->socket);
$shop->{mariadb} = $server;
$shop->sql(q{INSERT INTO item (id, source_key, slug, price, level, added_at, changed_at, name, text)
    VALUES (2, 'B', 'a-fez-because', 1999, 3, 1, 1, 'A Fez, Because', 'x'),
	(4, 'D', 'the-duck', 50, 300, 1, 1, 'The Duck', 'x')});
$shop->confirm(time);
subtest 'on MariaDB' => \&all_of_it;
subtest 'a stock system' => \&a_level_is_told_from_all_sides;
subtest 'a gateway' => \&with_a_gateway;
done_testing();
