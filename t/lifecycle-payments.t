#!/usr/bin/perl
# lifecycle-payments.t - what gateways have told is read once, whoever reads it
# and however it dies; what is due is advanced, and nothing stops it (R45, R51,
# R52), on both engines.
use strict;
use warnings;
use File::Path qw(make_path);
use File::Temp qw(tempdir);
use FindBin;
use lib "$FindBin::Bin/lib";
use HatTest;
use IO::Socket::INET;
use Test::More;
use Time::HiRes qw(sleep time);

my ($dir, $server, $conf);
my $lifecycle = "$BUILD/cron/lifecycle";

sub sql {
	my ($statement) = @_;
	return $server->sql("USE shop; $statement") if $server;
	open my $p, '-|', 'sqlite3', '-cmd', '.timeout 30000', '-separator', "\t", "$dir/db/shop.db",
	    $statement or die "sqlite3: $!\n";
	local $/;
	my $out = <$p> // '';
	close $p or die "statement failed: $statement\n";
	$out =~ s{\n\z}{};
	return $out;
}

sub write_to {
	my ($path, $mode, @lines) = @_;
	open my $f, '>', $path or die "$path: $!\n";
	print $f map { "$_\n" } @lines;
	close $f or die "$path: $!\n";
	chmod $mode, $path;
	return;
}

# A shop on its own; the gateway is at a port where nobody is.
sub shop {
	my (@lines) = @_;
	my @db = $server ? ('db.engine = mariadb', 'db.name = shop', 'db.user = root',
	    'db.socket = ' . $server->socket) : "db.file = $dir/db/shop.db";
	write_to($conf, 0644, 'shop.url = http://127.0.0.1', 'shop.test = yes', "shop.run = $dir/run",
	    "secrets.file = $dir/secrets.conf", @db, 'stock.user = nobody',
	    'stock.database = nothing', 'stripe.base = http://127.0.0.1:1', @lines);
	return;
}

sub make_shop {
	$dir = tempdir('hs.XXXXXX', TMPDIR => 1, CLEANUP => 1);
	$conf = "$dir/shop.conf";
	make_path("$dir/db", "$dir/run");
	write_to("$dir/secrets.conf", 0600, 'stripe.key = sk_test_x', 'stripe.webhook_secret = whsec_x');
	$server->sql('CREATE DATABASE shop') if $server;
	shop();
	system("$BUILD/ctl/shopctl -f $conf migrate -s $TOP/schema/sales >$dir/migrate.log 2>&1") == 0
	    or die "could not migrate\n";
	sql(q{INSERT INTO customer (id, uid, made_at, seen_at) VALUES (1, 'c', 1, 1)});
	return;
}

# start [OPTION...]: the pid; its words are in the file "log".
sub start {
	my (@options) = @_;
	my $pid = fork // die "fork: $!\n";
	return $pid if $pid;
	open STDERR, '>>', "$dir/log" or die "log: $!\n";
	open STDOUT, '>', "$dir/out" or die "out: $!\n";
	exec $lifecycle, '-f', $conf, @options or die "lifecycle: $!\n";
}

sub run {
	my $pid = start(@_);
	waitpid $pid, 0;
	return $? >> 8;
}

sub slurp {
	my ($name) = @_;
	open my $f, '<', "$dir/$name" or return '';
	local $/;
	return <$f> // '';
}

my $orders = 0;

# An order of one's own: [UID, ID]; nothing of it is due.
sub order {
	my (%o) = @_;
	my $id = ++$orders;
	my $uid = sprintf '%032x', $id;
	my ($state, $until, $next) = ($o{state} // 4, int($o{hold_until} // 0), $o{next_at} // 9000000000);
	sql("INSERT INTO orders (id, uid, checkout, customer_id, state, made_at, hold_until, next_at,
	    currency, goods, delivery, tax, total, delivery_option, terms, email, country, name, line1,
	    town) VALUES ($id, '$uid', 'c$id', 1, $state, 1, $until, $next, 'GBP', 1000, 0, 0, 1000,
	    's', 't', 'a\@b.example', 'GB', 'A', 'A', 'A')");
	return [ $uid, $id ];
}

my $events = 0;

sub event {
	my ($type, $order, %o) = @_;
	my $name = $o{name} // sprintf 'evt_%d', ++$events;
	my ($more, $object) = ($o{more} // '', $o{object} // 'payment_intent');
	my $body = $o{body} // qq({"id":"$name","object":"event","type":"$type","livemode":false,)
	    . qq("data":{"object":{"id":"pi_$name","object":"$object","metadata":{"order":"$order"}$more}}});
	my $now = time;
	my $hex = unpack 'H*', $body;
	sql(sprintf q{INSERT INTO inbox (source, event, made_at, next_at, body)
	    VALUES ('%s', '%s', %d, 0, x'%s')}, $o{source} // 'stripe', $name, $o{made_at} // time, $hex);
	return $name;
}

sub row {
	my ($name, $what) = @_;
	return sql("SELECT $what FROM inbox WHERE event = '$name'");
}

sub journal {
	my ($id) = @_;
	return sql("SELECT kind, witness, detail FROM journal WHERE order_id = $id ORDER BY id");
}

sub an_event_makes_its_order_due {
	my $o = order();
	my $name = event('payment_intent.succeeded', $o->[0]);
	run('-v');
	is(row($name, 'state, order_id'), "2\t$o->[1]", 'R51: the event is done');
	like(slurp('log'), qr/event read source=stripe event=$name type=payment_intent\.succeeded order=$o->[1]/,
	    'as -v says');
	like(slurp('log'), qr/order $o->[1] advanced: ok/, 'and its order advanced in the same pass');
	return;
}

sub what_does_not_matter_is_done_at_once {
	my $name = event('customer.created', 'nobody');
	run();
	is(row($name, 'state, order_id, tries'), "2\t0\t0", 'done, about no order');
	return;
}

sub an_unknown_order_is_waited_for {
	my $uid = sprintf '%032x', $orders + 1;
	my $name = event('payment_intent.succeeded', $uid);
	for my $pause (2, 4, 8) {
		my $began = int time;
		run();
		my ($state, $tries, $in) = split /\t/, row($name, 'state, tries, next_at');
		is("$state " . ($in >= $began + $pause && $in <= time + $pause + 1 ? 'fits' : $in - time),
		    '1 fits', "R45: not known: $pause s");
		sql("UPDATE inbox SET next_at = 0 WHERE event = '$name'");
	}
	my $o = order();
	is($o->[0], $uid, 'the order comes');
	run();
	is(row($name, 'state, order_id'), "2\t$o->[1]", 'R45: and the event finds it');
	return;
}

sub after_some_days_it_is_for_a_person {
	my $young = event('payment_intent.succeeded', 'nobody', made_at => time - 2 * 86400);
	my $old = event('payment_intent.succeeded', 'nobody', made_at => time - 4 * 86400);
	run();
	is(row($young, 'state'), 1, 'two days: it waits');
	is(row($old, 'state, why'), "3\tno order was ever known by it", 'R45: four: for a person');
	like(slurp('log'), qr/warn: an event is for a person source=stripe event=$old/, 'and logged');
	shop('inbox.days = 1');
	sql("UPDATE inbox SET next_at = 0 WHERE event = '$young'");
	run();
	is(row($young, 'state'), 3, 'inbox.days says how many');
	shop();
	run('-n');
	like(slurp('out'), qr/^payments: 0 orders and 0 events to look at now; 2 events are for a person$/m,
	    '-n counts them');
	return;
}

sub what_nobody_understands_is_for_a_person {
	my $a = event('', '', name => 'evt_junk', body => '{"id":');
	my $b = event('x', 'y', source => 'elsewhere', name => 'evt_else');
	run();
	is(row($_, 'state, why'), "3\tnobody here understands it", "$_ is for a person") for $a, $b;
	return;
}

sub a_decline_is_journalled_only {
	my $o = order();
	event('payment_intent.payment_failed', $o->[0],
	    more => ',"last_payment_error":{"message":"Your card was declined."}');
	run();
	is(journal($o->[1]), "declined\tstripe\tYour card was declined.", 'R52: the journal has it');
	is(sql("SELECT attention FROM orders WHERE id = $o->[1]"), '', 'nobody has to look');
	$o = order();
	my $at = int(time) - 500;
	event('', '', name => 'evt_late', body => qq({"id":"evt_late","type":"payment_intent.payment_failed","created":$at,)
	    . qq("data":{"object":{"id":"pi_late","object":"payment_intent","metadata":{"order":"$o->[0]"}}}}));
	run();
	is(sql("SELECT at FROM journal WHERE order_id = $o->[1] AND kind = 'declined'"), $at, 'R52: at the time when it happened');
	return;
}

# Letting go of a reservation makes Stripe send charge.refunded, too.
sub a_release_is_told_as_no_refund {
	my $o = order();
	sql(qq{INSERT INTO payment (uid, order_id, gateway, state, amount, made_at, changed_at, currency,
	    payment_object) VALUES ('back$o->[1]', $o->[1], 'stripe', 8, 1000, 1, 1, 'GBP', 'pi_let_go')});
	my $name = event('charge.refunded', '', object => 'charge', more => ',"payment_intent":"pi_let_go"');
	run();
	is(row($name, 'state, order_id'), "2\t$o->[1]", 'R52: a release that is called a refund is read');
	is(journal($o->[1]), '', 'and nobody is told that money comes back');
	return;
}

sub killed_at_any_moment_each_is_read_once {
	my @o = map { order() } 1 .. 3;
	my @names = map { event('payment_intent.payment_failed', $o[$_ % 3][0]) } 1 .. 120;
	my $kills = 0;
	my $left = sub { sql('SELECT count(*) FROM inbox WHERE state = 1') };
	my $until = time + 120;
	while ($left->() > 0 && time < $until) {
		my @pids = (start('-i'), start('-i'));
		# longer and longer, or where all is slow none would come to read
		sleep 0.01 + 0.002 * ($kills % 40) + 0.01 * int($kills / 20);
		kill KILL => @pids;
		waitpid $_, 0 for @pids;
		$kills++;
	}
	for (1 .. 20) {
		run('-i') if $left->();
	}
	is($left->(), 0, "all are read, with $kills deaths");
	is(sql("SELECT count(*) FROM journal WHERE order_id IN ($o[0][1], $o[1][1], $o[2][1])"), 120,
	    'R51: each once');
	return;
}

sub one_that_fails_stops_no_other {
	my $bad = order(state => 1, next_at => 1, hold_until => 1);
	my @good = map { order(state => 1, next_at => 2, hold_until => 1) } 1 .. 3;
	sql("INSERT INTO payment (uid, order_id, gateway, state, amount, made_at, changed_at, currency)
	    VALUES ('x$bad->[1]-$_', $bad->[1], 'stripe', 10, 1000, 1, 1, 'GBP')") for 1 .. 33;
	my $began = time;
	run();
	my $ids = join ',', map { $_->[1] } @good;
	is(sql("SELECT count(*) FROM orders WHERE id IN ($ids) AND state = 5"), 3,
	    'R45: the others are ended');
	like(slurp('log'), qr/error: payments: order $bad->[1]: an order has more than/, 'the log says which');
	ok(sql("SELECT next_at FROM orders WHERE id = $bad->[1]") > $began + 50, 'it is left alone for a while');
	return;
}

sub an_event_that_fails_stops_no_other {
	my $bad = order(state => 5);
	sql("INSERT INTO payment (uid, order_id, gateway, state, amount, made_at, changed_at, currency, checkout_object)
	    VALUES ('y$bad->[1]-$_', $bad->[1], 'stripe', 10, 1000, 1, 1, 'GBP', 'cs_many$_')") for 1 .. 33;
	my $event = event('payment_intent.amount_capturable_updated', $bad->[0], object => 'charge',
	    more => ',"payment_intent":"cs_many1"');
	my $good = event('payment_intent.succeeded', order()->[0]);
	is(run(), 0, 'not an error');
	is(row($good, 'state'), 2, 'R51: the next event is read');
	is(row($event, 'state, why'), "1\tit cannot be applied", 'it is not read away');
	like(slurp('log'), qr/error: inbox: event "$event" of stripe: an order has more than/, 'the log says which');
	sql("DELETE FROM inbox WHERE event = '$event'");
	return;
}

sub a_gateway_that_is_away_loses_nothing {
	my $o = order(state => 1, next_at => 1, hold_until => time + 1000);
	sql("INSERT INTO payment (uid, order_id, live, gateway, state, amount, made_at, changed_at, currency,
	    expires_at, checkout_object) VALUES ('away$o->[1]', $o->[1], $o->[1], 'stripe', 2, 1000, "
	    . int(time) . ", 1, 'GBP', " . int(time + 1000) . ", 'cs_1')");
	my $began = time;
	is(run(), 0, 'not an error');
	is(sql("SELECT state FROM payment WHERE uid = 'away$o->[1]'"), 2, 'nothing is concluded');
	my $in = sql("SELECT next_at FROM orders WHERE id = $o->[1]") - $began;
	ok($in > 5 && $in <= 16 + time - $began, 'it is asked again soon') or diag($in);
	my $name = event('payment_intent.succeeded', $o->[0]);
	run();
	is(row($name, 'state'), 2, 'an event is read all the same');
	sql("UPDATE orders SET next_at = 9000000000, live = NULL, state = 5 WHERE id = $o->[1]");
	return;
}

sub money_for_what_is_over_waits_for_the_gateway {
	my $o = order(state => 5);
	sql("INSERT INTO payment (uid, order_id, gateway, state, amount, made_at, changed_at, currency,
	    checkout_object) VALUES ('over$o->[1]', $o->[1], 'stripe', 10, 1000, 1, 1, 'GBP', 'cs_over')");
	my $name = event('payment_intent.amount_capturable_updated', $o->[0], object => 'charge',
	    more => qq(,"payment_intent":"cs_over"));
	run();
	is(row($name, 'state, why'), "1\tthe gateway cannot be asked", 'R50: it is not read away');
	sql("DELETE FROM inbox WHERE event = '$name'");
	return;
}

sub a_mail_server_that_hangs_stops_no_payment {
	my $mute = IO::Socket::INET->new(Listen => 5, LocalAddr => '127.0.0.1') or die "listen: $!\n";
	shop('mail.host = 127.0.0.1', 'mail.port = ' . $mute->sockport);
	sql(q{INSERT INTO letter (uid, kind, made_at, bytes) VALUES ('l', 'notice', 1, x'78')});
	sql(q{INSERT INTO outbox (letter_id, recipient, next_at) SELECT id, 'a@b.example', 0 FROM letter});
	my $pid = start('-w', 120);
	ok(wait_until(60, sub { sql('SELECT count(*) FROM outbox WHERE next_at > 0') == 1 }),
	    'a letter is under way');
	my $o = order();
	my $began = time;
	my $name = event('payment_intent.succeeded', $o->[0]);
	ok(wait_until(60, sub { row($name, 'state') == 2 }), 'R51: an event is read meanwhile');
	my $took = time - $began;
	ok($took < 15, sprintf 'R51: at once (%.1f s)', $took);
	my ($child) = children_of($pid);
	kill KILL => $pid;
	waitpid $pid, 0;
	ok(wait_until(60, sub { !kill 0 => $child }), 'killed, it leaves nobody behind');
	shop();
	sql('DELETE FROM outbox; DELETE FROM letter');
	return;
}

sub children_of {
	my ($pid) = @_;
	open my $f, '<', "/proc/$pid/task/$pid/children" or return;
	return split ' ', <$f> // '';
}

sub told_to_stop_all_processes_do {
	my $pid = start('-w', 60);
	my @children;
	wait_until(60, sub { (@children = children_of($pid)) == 2 });
	is(scalar @children, 2, 'three processes');
	sleep 0.3;
	kill TERM => $pid;
	waitpid $pid, 0;
	is($? , 0, 'it ends well');
	ok(!kill(0 => $children[0]), 'and so has the other');
	return;
}

sub all_of_it {
	make_shop();
	an_event_makes_its_order_due();
	what_does_not_matter_is_done_at_once();
	an_unknown_order_is_waited_for();
	after_some_days_it_is_for_a_person();
	what_nobody_understands_is_for_a_person();
	a_decline_is_journalled_only();
	a_release_is_told_as_no_refund();
	killed_at_any_moment_each_is_read_once();
	one_that_fails_stops_no_other();
	an_event_that_fails_stops_no_other();
	a_gateway_that_is_away_loses_nothing();
	money_for_what_is_over_waits_for_the_gateway();
	a_mail_server_that_hangs_stops_no_payment();
	told_to_stop_all_processes_do();
	return;
}

subtest SQLite => \&all_of_it;
$server = HatTest->mariadb;
$orders = $events = 0;
subtest MariaDB => \&all_of_it;
done_testing();
