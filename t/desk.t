#!/usr/bin/perl
# desk.t - the manager's desk: what waits, the word that an order is ready, and
# who may see it; on both engines: R63, R41.
use strict;
use warnings;
use utf8;
use Encode qw(decode);
use FindBin;
use lib "$FindBin::Bin/lib";
use CgiTest;
use HatTest;
use JSON::PP;
use Test::More;

binmode $_, ':encoding(UTF-8)' for Test::More->builder->output,
    Test::More->builder->failure_output;

my $shop;

sub one {
	my $row = $shop->sql($_[0]);
	chomp $row;
	return $row;
}

sub tool {
	local $ENV{HATSHOP_CONF} = $shop->{conf};
	open my $f, '-|', "$BUILD/t/order-tool", @_ or die "order-tool: $!\n";
	my $out = <$f>;
	close $f or die "order-tool @_ failed\n";
	return split ' ', $out // '';
}

# A process whose output is read later: [handle, file of its errors].
sub begin {
	my (@args) = @_;
	my $err = "$shop->{dir}/err-" . ++$shop->{commands};
	my $pid = open(my $f, '-|') // die "fork: $!\n";
	if (!$pid) {
		open STDERR, '>', $err or die "err: $!\n";
		local $ENV{SUDO_USER} = 'hattie';
		exec "$BUILD/ctl/shopctl", '-f', $shop->{conf}, @args or die "exec: $!\n";
	}
	return [ $f, $err ];
}

# Status, standard output, standard error.
sub end {
	my ($f, $err) = @{ $_[0] };
	local $/;
	my $out = decode('UTF-8', <$f> // '');
	close $f;
	my $status = $? >> 8;
	open my $in, '<:encoding(UTF-8)', $err or die "err: $!\n";
	return ($status, $out, <$in> // '');
}

sub shopctl { return end(begin(@_)) }

# An order of the customer, brought as far as it says; number and uid.
sub order {
	my ($customer, $to, @lines) = @_;
	my ($id, $uid) = tool('place', $customer, @lines);
	for my $step (qw(page authorised paid)) {
		tool($step, $id) if $to ne 'placed';
	}
	$shop->sql("UPDATE orders SET live = NULL WHERE id = $id");
	return ($id, $uid);
}

sub paid_orders_wait_oldest_first {
	my ($first, $second, $placed) = @_;
	$shop->sql("UPDATE orders SET paid_at = 5000 WHERE id = $second->[0]");
	my ($status, $out, $err) = shopctl('order', 'waiting');
	is("$status $err", "0 2 of 2 orders\n", 'R63: what waits is counted');
	is(join(' ', $out =~ /^(\d+)\t/mg), "$second->[0] $first->[0]", 'R63: paid longest first, and nothing unpaid');
	like($out, qr/^$second->[0]\t1970-01-01T01:23:20Z\t2\tStandard, 2 to 3 working days\tGB\t$second->[1]\t$/m,
	    'since when, pieces, option, country, uid');
	(undef, $out, $err) = shopctl('order', 'waiting', '-n', 1);
	is("$err" . ($out =~ s/\t.*//sr), "1 of 2 orders\n$second->[0]", 'as many as wanted');
	my $all = decode_json(Encode::encode('UTF-8', (shopctl('order', 'waiting', '--json'))[1]));
	is($all->[1]{uid}, $first->[1], 'and as JSON');
	return;
}

sub what_does_not_wait_is_not_ready {
	my ($first, $placed) = @_;
	my ($status, $out, $err) = shopctl('order', 'ready', $placed);
	is("$status $out$err", "1 shopctl: order $placed does not wait to be packed: it is pending\n", 'R63: unpaid');
	$shop->sql("UPDATE orders SET ending = 'x' WHERE id = $first");
	like((shopctl('order', 'ready', $first))[2], qr/it is paid, and to end$/, 'R63: to end');
	is((shopctl('order', 'waiting'))[1] =~ /^$first\t/m, '', 'nor does it wait');
	$shop->sql("UPDATE orders SET ending = '', refunded = captured WHERE id = $first");
	like((shopctl('order', 'ready', $first))[2], qr/it is paid, and its money went back$/, 'R63: given back');
	$shop->sql("UPDATE orders SET refunded = 0, lost = captured WHERE id = $first");
	like((shopctl('order', 'ready', $first))[2], qr/and its money is gone by a lost dispute$/, 'R63: lost to a dispute');
	is((shopctl('order', 'waiting'))[1] =~ /^$first\t/m, '', 'R63: nor does it wait');
	$shop->sql("UPDATE orders SET lost = 0 WHERE id = $first");
	is(one("SELECT COUNT(*) FROM journal WHERE kind = 'ready'"), 0, 'nothing was told');
	is((shopctl('order', @$_))[0], 2, "usage: order @$_") for ['ready'], ['waiting', 'x'], ['ready', '--json', 1];
	return;
}

# The order's parcels, by our state and the courier's.
sub parcels {
	my ($order, @of) = @_;
	my $n = 0;
	$shop->sql("DELETE FROM parcel WHERE order_id = $order");
	for my $p (@of) {
		$n++;
		$shop->sql("INSERT INTO parcel (uid, order_id, n, generation, state, carrier, made_at, changed_at, next_at, request)
		    VALUES ('p$order-$n', $order, $n, 1, $p->[0], $p->[1], 1, 1, 2000000000, X'')");
	}
	return;
}

# Who packed it said nothing: it must not be packed again.
sub what_the_courier_has_waits_no_more {
	my ($buyer, $anna, $first) = @_;
	my ($id, $uid) = @$first;
	# ours: 2 booked, 3 ready, 4 handed over, 5 cancelled; the courier's: 1 booked, 2 collected, 4 out, 5 delivered,
	# 11 an exception, 12 lost
	for (['Paid', 1, [2, 1]], ['Packed', 1, [3, 1]], ['On its way', 0, [4, 2]], ['Out for delivery', 0, [4, 4]],
	    ['Partly on its way', 1, [4, 2], [2, 1]], ['On its way', 0, [4, 2], [5, 0]], ['On its way', 0, [4, 5], [4, 2]],
	    ['Delivered', 0, [4, 5], [4, 5]], ['Lost on its way', 0, [4, 5], [4, 12]], ['Held up on its way', 1, [2, 1], [4, 11]],
	    ['Paid', 1]) {
		my ($words, $waits, @of) = @$_;
		my $name = join ', ', map { "$_->[0]/$_->[1]" } @of;
		parcels($id, @of);
		like($buyer->get('/orders')->{body}, qr{/order/$uid".*?<strong>$words</strong>}, "the list of orders says $words: $name");
		like($buyer->get("/order/$uid")->{body}, qr{<p class="lead">$words</p>}, 'so does its page');
		is((shopctl('order', 'waiting'))[1] =~ /^$id\t/m ? 1 : 0, $waits, 'R63: it waits' . ($waits ? '' : ' no more'));
		my $page = $anna->get("/order/$uid")->{body};
		is($page =~ /It is packed and ready/ ? 1 : 0, $waits, 'R63: the button');
		is($page =~ /The courier has it; nobody said/ ? 1 : 0, 1 - $waits, 'R63: and what is so instead');
	}
	return;
}

sub ready_is_said_once {
	my ($first, $second) = @_;
	$shop->sql("UPDATE orders SET next_at = 2000000000 WHERE id = $first->[0]");
	my @crowd = map { begin('order', 'ready', $first->[0]) } 1 .. 4;
	my @said = map { [ end($_) ] } @crowd;
	is(join(' ', map { $_->[0] } @said), '0 0 0 0', 'R63: four say so at once');
	is((grep { $_->[1] eq "order $first->[0] is ready\n" } @said), 1, 'one is the first');
	is((grep { $_->[1] eq "order $first->[0] was ready before\n" } @said), 3, 'to the others it was');
	is(one("SELECT witness FROM journal WHERE kind = 'ready'"), 'staff hattie', 'the journal has who said so, once');
	ok(abs(one("SELECT ready_at FROM orders WHERE id = $first->[0]") - time) < 60, 'and the order since when');
	ok(one("SELECT next_at FROM orders WHERE id = $first->[0]") <= time, 'what waits for it is looked at now');
	is((shopctl('order', 'waiting'))[1] =~ s/\t.*//sr, $second->[0], 'the other waits on');
	my ($status, $out, $err) = shopctl('order', 'ready', 99, $first->[1], 'x', $second->[1]);
	is($status, 1, 'several, and two that are not there');
	is($out, "order $first->[0] was ready before\norder $second->[0] is ready\n", 'do not keep the others');
	is($err, qq{shopctl: there is no order "x"\nshopctl: there is no order "99"\n}, 'and are told of');
	is((shopctl('order', 'waiting'))[2], "0 of 0 orders\n", 'nothing waits');
	return;
}

# A browser that is logged in as somebody new, and their number.
sub login {
	my ($user) = @_;
	my $b = $shop->browser;
	$b->get('/register');
	my $page = $b->post('/register', { user_name => $user, name => "The $user",
		email => "$user\@hats.example", password => 'felt and feathers' });
	die "could not register $user\n" if $page->{status} != 303;
	my $id = one("SELECT id FROM customer WHERE user_name = '$user'");
	return ($b, $id);
}

# A page without what is of its request alone.
sub page_of {
	my ($page) = @_;
	my $body = $page->{body} =~ s/[0-9a-f]{16,}/ID/gr;
	return "$page->{status}\n$body";
}

sub nobody_else_sees_the_desk {
	my ($buyer, $anna, $uid) = @_;
	is($shop->get('/desk')->{head}{location}, '/login?to=%2Fdesk', 'R41: who is not logged in is led to the login');
	is($shop->get("/order/$uid")->{head}{location}, "/login?to=%2Forder%2F$uid", 'R63: also from the link in the letter');
	my $nothing = page_of($anna->get('/order/' . '0' x 32));
	like($nothing, qr/^404\n/, 'R41: an order that is not there');
	for my $path ("/order/$uid", '/desk', '/desk/problems', '/desk/print', '/desk/print?what=slips&p1=1') {
		is(page_of($anna->get($path)), $nothing, "R41: $path is the same page to a customer, byte for byte");
	}
	is($anna->post("/order/ready/$uid")->{status}, 404, 'R41: nor does a customer say that it is ready');
	is($buyer->post("/order/ready/$uid")->{status}, 404, 'R41: not even who bought it');
	unlike($buyer->get("/order/$uid")->{body}, qr/At the desk/, 'R41: whose page has nothing of the desk');
	unlike($_->get('/account')->{body}, qr{/desk}, 'R41: and no way there') for $buyer, $anna;
	return;
}

sub staff_see_what_waits {
	my ($anna, $first, $second, $placed) = @_;
	is((shopctl('customer', 'staff', 'anna', 'yes'))[0], 0, 'R63: anna is staff from now on');
	like($anna->get('/account')->{body}, qr{href="/desk"}, 'R63: her account leads to the desk');
	my $page = $anna->get('/desk');
	is("$page->{status} $page->{head}{'cache-control'}", '200 no-store', 'R63: the desk, kept by nobody');
	is(join(' ', $page->{body} =~ /Order No\. (\d+)<\/a>/g), "$second->[0] $first->[0]", 'R63: paid longest first');
	like($page->{body}, qr{2 orders wait to be packed, the first for \d+ days}, 'how many, and since when');
	like($page->{body}, qr{2 hats to Łódź O&\#39;Brien &lt;b&gt;, United Kingdom<br>.*?Standard, 2 to 3 working days}s,
	    'pieces, country, option');
	my $body = $anna->get("/order/$first->[1]")->{body};
	like($body, qr{<address class="label">Łódź O&\#39;Brien &lt;b&gt;<br>1 Hat Row<br>Leeds<br>LS1 4AP<br>UNITED KINGDOM},
	    "R63: anybody's order has its label");
	like($body, qr{action="/order/ready/$first->[1]"}, 'and the button');
	unlike($body, qr{Cancel this order}, 'but not what is for its customer alone');
	like($anna->get("/order/$placed->[1]")->{body}, qr{There is nothing to pack}, 'R63: one that is not paid');
	return;
}

sub problems_are_told_with_their_age {
	my ($anna, $first) = @_;
	tool('attention', $first->[0], 'the sums differ');
	my $body = $anna->get('/desk')->{body};
	like($body, qr{A person must look</h2>.*?No\. $first->[0]</a> \(paid\).*?the sums differ.*?for <strong>less than a minute}s,
	    'why, and since when');
	like($body, qr{Look first: the sums differ}, 'and where it waits');
	like($anna->get('/desk/problems')->{body}, qr{the sums differ}, 'all of them have a page');
	like($anna->get("/order/$first->[1]")->{body}, qr{A person must look, for less than a minute</strong>: the sums differ}, 'so does the order');
	like($anna->get('/desk/print')->{body}, qr{Left out, as a person must look first: No\. $first->[0]\.}, 'it is not picked');
	$shop->sql("UPDATE orders SET attention_at = 4000 WHERE id = $first->[0]");
	tool('attention', $first->[0], 'and more');
	is(one("SELECT attention_at FROM orders WHERE id = $first->[0]"), 4000, 'since when stays');
	tool('attention', $first->[0], '');
	is(one("SELECT attention_at FROM orders WHERE id = $first->[0]"), 0, 'until it is done');
	return;
}

sub what_is_disputed_is_looked_at_first {
	my ($anna, $first) = @_;
	$shop->sql("UPDATE payment SET disputed = 3 WHERE order_id = $first->[0]");
	like($anna->get('/desk')->{body}, qr{No\. $first->[0]<.*?Look first: the payment is disputed}s, 'R63: answered, and not decided: it is marked');
	like((shopctl('order', 'waiting'))[1], qr/^$first->[0]\t.*\tthe payment is disputed$/m, 'R63: at the shell too');
	like($anna->get('/desk/print')->{body}, qr{a person must look first: No\. $first->[0]\.}, 'R63: it is not picked');
	unlike($anna->get('/desk/print?what=slips')->{body}, qr{No\. $first->[0]\b}, 'R63: nor packed');
	$shop->sql("UPDATE payment SET disputed = 0 WHERE order_id = $first->[0]");
	unlike($anna->get('/desk')->{body}, qr{is disputed}, 'R63: until it is decided');
	return;
}

sub what_is_packed_is_printed {
	my ($anna, $first, $second) = @_;
	my $page = $anna->get('/desk/print?what=picks');
	is($page->{status}, 200, 'R63: a pick list');
	my @rows = $page->{body} =~ m{<td class="pieces">(\d+)</td>\s*<th scope="row">(.*?)<br>.*?<td class="for">(.*?)</td>}gs;
	my %for;
	$for{ substr $rows[$_ + 1], 0, 8 } = "$rows[$_] $rows[$_ + 2]" for grep { $_ % 3 == 0 } 0 .. $#rows;
	is_deeply(\%for, { 'A Fez, B' => "2 No. $first->[0] (2)", 'The Duck' => "3 No. $first->[0], No. $second->[0] (2)" },
	    'R63: by hat, with the orders it is for');
	like($page->{body}, qr{5 pieces, 2 kinds of hat, for 2 orders\.}, 'and sums');
	my $body = $anna->get("/desk/print?what=picks&p7=$second->[0]&p9=4711")->{body};
	like($body, qr{2 pieces, 1 kind of hat, for 1 order\..*not wait any more: No\. 4711\.}s, 'R63: of the chosen ones');
	$body = $anna->get("/desk/print?what=slips&p1=$second->[0]")->{body};
	is(() = $body =~ /<article class="packing">/g, 1, 'R63: a packing slip');
	like($body, qr{UNITED KINGDOM.*<td class="pieces">2</td>\s*<th scope="row">The Duck}s, 'label and lines');
	unlike($body, qr{£}, 'and no price');
	is(() = $anna->get('/desk/print?what=slips')->{body} =~ /<article class="packing">/g, 2, 'R63: or all');
	like($anna->get('/desk/print?what=slips&p1=4711')->{body}, qr{Nothing is to be packed for No\. 4711}, 'one that is not there');
	is($anna->get('/desk?after=x')->{status}, 200, 'what is no number is as if it were not there');
	is($anna->get("/desk?after=$second->[0]")->{body} =~ /Order No\. (\d+)</ && $1, $first->[0], 'behind another');
	return;
}

sub staff_say_that_it_is_ready {
	my ($anna, $buyer, $first) = @_;
	my $path = "/order/ready/$first->[1]";
	is($anna->post($path, {}, origin => 'http://evil.example')->{status}, 403, 'R38: not from elsewhere');
	is($anna->post($path, { proof => 'no' })->{status}, 403, 'R38: not without a proof');
	is(one("SELECT ready_at FROM orders WHERE id = $first->[0]"), 0, 'R38: it is as it was');
	my $page = $anna->post($path);
	is("$page->{status} $page->{head}{location}", "303 /order/$first->[1]", 'R63: said');
	is($anna->post($path)->{status}, 303, 'R63: twice is harmless');
	is(one("SELECT witness FROM journal WHERE kind = 'ready' AND order_id = $first->[0]"), 'staff anna', 'R63: and told once');
	like($buyer->get("/order/$first->[1]")->{body}, qr{Packed and ready to go</strong>.*?, says our staff<}s,
	    'R63: its customer reads it in the time line');
	my $body = $anna->get("/order/$first->[1]")->{body};
	like($body, qr{Packed and ready since <time}, 'so does staff');
	like($body, qr{, says staff anna<}, 'with the name');
	unlike($body, qr{action="/order/ready}, 'without the button');
	unlike($anna->get('/desk')->{body}, qr{No\. $first->[0]<}, 'it does not wait any more');
	$shop->sql("UPDATE orders SET ready_at = 0, ending = 'x' WHERE id = $first->[0]");
	is($anna->post($path)->{status}, 409, 'R63: one that ends is not to be sent');
	$shop->sql("UPDATE orders SET ending = '' WHERE id = $first->[0]");
	$shop->sql("DELETE FROM journal WHERE kind = 'ready'");
	is((shopctl('customer', 'staff', 'anna', 'no'))[0], 0, 'the role goes');
	is($anna->get('/desk')->{status}, 404, 'R41: and the desk with it');
	is($anna->post($path)->{status}, 404, 'R41: at once');
	return;
}

sub the_confirmation_goes_out_again {
	my ($buyer, $anna, $first) = @_;
	my ($id, $uid) = @$first;
	unlike($buyer->get("/order/$uid")->{body}, qr{confirmation again}, 'R56: before it was written there is no button');
	is($buyer->post("/order/letter/$uid")->{status}, 409, 'R56: nor a way');
	$shop->sql("INSERT INTO letter (id, uid, kind, customer_id, order_id, made_at, bytes)
	    VALUES (501, '$uid', 'order', 0, $id, 1, X'6162')");
	$shop->sql("INSERT INTO outbox (id, letter_id, recipient, state, next_at)
	    VALUES (601, 501, 'a\@example.com', 2, 1), (602, 501, 'manager\@hats.example', 2, 1)");
	like($buyer->get("/order/$uid")->{body}, qr{action="/order/letter/$uid"}, 'R56: the button');
	my $mine = sub { one("SELECT COUNT(*) FROM outbox WHERE letter_id = 501 AND recipient = 'a\@example.com'") };
	is($anna->post("/order/letter/$uid")->{status}, 404, 'R41: not for another');
	is($buyer->post("/order/letter/$uid", { proof => 'no' })->{status}, 403, 'R38: not without a proof');
	is($mine->(), 1, 'nothing was sent');
	is($buyer->post("/order/letter/$uid")->{head}{location}, "/order/$uid", 'R56: it is sent');
	is($buyer->post("/order/letter/$uid")->{status}, 303, 'asked again while it is on its way');
	is($mine->(), 2, 'it goes once');
	is(one('SELECT COUNT(*) FROM outbox WHERE letter_id = 501'), 3, 'and to nobody else');
	is(one("SELECT COUNT(*) FROM letter WHERE order_id = $id"), 1, 'the same letter');
	like($buyer->get("/order/$uid")->{body}, qr{A letter is sent to you once more}, 'the time line has it');
	for my $n (3, 4) {
		$shop->sql('UPDATE outbox SET state = 2');
		is($buyer->post("/order/letter/$uid")->{status}, 303, "R56: $n");
	}
	$shop->sql('UPDATE outbox SET state = 2');
	my $page = $buyer->post("/order/letter/$uid");
	is($page->{status}, 429, 'R56: three at once, then it waits');
	like($page->{head}{'retry-after'}, qr/^\d+$/, 'and says how long');
	is($mine->(), 4, 'no more were sent');
	return;
}

sub all_of_it {
	my ($buyer, $id) = login('buyer');
	my ($anna) = login('anna');
	$shop->sql("UPDATE customer SET proven_key = email_key WHERE user_name = 'anna'");
	my @first = order($id, 'paid', 2, 2, 4, 1);
	$shop->sql("UPDATE item SET level = 100 WHERE id = 2");
	my @second = order($id, 'paid', 4, 2);
	my @placed = order($id, 'placed', 4, 2);
	paid_orders_wait_oldest_first(\@first, \@second);
	nobody_else_sees_the_desk($buyer, $anna, $first[1]);
	the_confirmation_goes_out_again($buyer, $anna, \@first);
	staff_see_what_waits($anna, \@first, \@second, \@placed);
	problems_are_told_with_their_age($anna, \@first);
	what_is_disputed_is_looked_at_first($anna, \@first);
	what_the_courier_has_waits_no_more($buyer, $anna, \@first);
	what_is_packed_is_printed($anna, \@first, \@second);
	staff_say_that_it_is_ready($anna, $buyer, \@first);
	what_does_not_wait_is_not_ready($first[0], $placed[0]);
	ready_is_said_once(\@first, \@second);
	return;
}

my %quick = ('password.memory' => 64, 'password.time' => 1);
$shop = CgiTest->new(%quick);
subtest 'on SQLite' => \&all_of_it;

my $server = HatTest->mariadb;
$server->sql('CREATE DATABASE shop CHARACTER SET utf8mb4');
$shop = CgiTest->new(%quick, 'db.engine' => 'mariadb', 'db.name' => 'shop', 'db.user' => 'root',
    'db.socket' => $server->socket);
$shop->{mariadb} = $server;
$shop->sql(q{INSERT INTO item (id, source_key, slug, price, level, added_at, changed_at, name, text)
    VALUES (2, 'B', 'a-fez-because', 1999, 3, 1, 1, 'A Fez, Because', 'x'),
	(4, 'D', 'the-duck', 50, 300, 1, 1, 'The Duck', 'x')});
$shop->confirm(time);
subtest 'on MariaDB' => \&all_of_it;
done_testing();
