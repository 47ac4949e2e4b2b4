#!/usr/bin/perl
# cgi-orders.t - a customer's orders and what happened to them, by environment
# alone, on both engines: R38, R40, R41, R48, R83.
use strict;
use warnings;
use utf8;
use Digest::SHA qw(sha256_hex);
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

sub customer {
	my ($user) = @_;
	my $b = $shop->browser;
	$b->get('/register');
	my $page = $b->post('/register', { user_name => $user, name => "The $user",
		email => "$user\@hats.example", password => 'felt and feathers' });
	die "could not register $user\n" if $page->{status} != 303;
	return $b;
}

sub id_of { return $shop->sql("SELECT id FROM customer WHERE user_name = '$_[0]'") =~ s/\D//gr }

sub tool {
	local $ENV{HATSHOP_CONF} = $shop->{conf};
	open my $f, '-|', "$BUILD/t/order-tool", @_ or die "order-tool: $!\n";
	my $out = <$f>;
	close $f or die "order-tool @_ failed\n";
	return split ' ', $out // '';
}

sub one {
	my ($sql) = @_;
	my $row = $shop->sql($sql);
	chomp $row;
	return $row;
}

sub nobody_sees_orders_without_logging_in {
	my ($uid) = @_;
	is($shop->get('/orders')->{head}{location}, '/login?to=%2Forders', 'R41: the list leads to the login');
	is($shop->get("/order/$uid")->{head}{location}, "/login?to=%2Forder%2F$uid", 'R41: so does an order');
	is($shop->post("/order/cancel/$uid", {})->{status}, 303, 'R41: nobody cancels');
	is(one("SELECT ending FROM orders WHERE uid = '$uid'"), '', 'R41: nor has');
	return;
}

sub who_has_ordered_nothing_is_told_so {
	my ($bob) = @_;
	my $page = $bob->get('/orders');
	is($page->{status}, 200, 'an empty list');
	like($page->{body}, qr{<h1>No orders yet</h1>}, 'says so');
	like($page->{body}, qr{href="/hats"}, 'and leads to the hats');
	like($bob->get('/account')->{body}, qr{<a href="/orders">Your orders</a>}, 'the account leads here');
	return;
}

sub the_list_shows_the_newest_first {
	my ($ann, @orders) = @_;
	my $page = $ann->get('/orders');
	is($page->{status}, 200, 'the list');
	is($page->{head}{'cache-control'}, 'no-store', 'no cache keeps it');
	is(join(' ', $page->{body} =~ m{>Order No\. (\d+)<}g), join(' ', reverse map { $_->[0] } @orders), 'the newest first');
	like($page->{body}, qr{href="/order/$orders[0][1]"}, 'each leads to its page');
	like($page->{body}, qr{3 hats, £63\.92}, 'pieces and total');
	like($page->{body}, qr{<strong>Waiting for payment</strong>}, 'and where it is, in words');
	is($ann->get('/orders?before=x')->{status}, 200, 'a number that is none');
	like($ann->get("/orders?before=$orders[0][0]")->{body}, qr{no older orders}, 'before the first there is none');
	return;
}

sub an_order_is_shown_with_all_that_belongs_to_it {
	my ($ann, $id, $uid) = @_;
	my $page = $ann->get("/order/$uid");
	is($page->{status}, 200, 'an order');
	my $body = $page->{body};
	like($body, qr{<h1>Order No\. $id</h1>}, 'its number');
	like($body, qr{<a href="/hat/a-fez-because">A Fez, Because</a>}, 'R06: its hats');
	like($body, qr{3 × £19\.99.*?£59\.97}s, 'R06: how many, at which price');
	for my $sum ([ '3 hats', '59.97' ], [ 'Delivery', '3.95' ], [ 'Total', '63.92' ], [ 'of which VAT', '10.66' ]) {
		like($body, qr{<dt[^>]*>\Q$sum->[0]\E</dt>\s*<dd[^>]*>£\Q$sum->[1]\E<}, "R06: $sum->[0]");
	}
	like($body, qr{Łódź O&\#39;Brien &lt;b&gt;<br>1 Hat Row<br>Leeds<br>LS1 4AP<br>United Kingdom}, 'R40: where it goes, as typed');
	like($body, qr{Standard, 2 to 3 working days}, 'how it goes');
	like($body, qr{<strong>Order placed</strong>}, 'the journal, in words');
	like($body, qr{<time datetime="[^"]+Z">[^<]+ (?:GMT|BST)</time>}, 'by the clock of the shop');
	return;
}

sub what_waits_for_payment_can_be_paid_or_cancelled {
	my ($ann, $id, $uid) = @_;
	my $body = $ann->get("/order/$uid")->{body};
	like($body, qr{href="/checkout/order/$uid"[^>]*>Continue paying<}, 'R48: it can be paid');
	like($body, qr{action="/order/cancel/$uid"}, 'R48: it can be cancelled');
	like($body, qr{We keep the hats for you until <time}, 'R48: and for how long');
	is($ann->post("/order/cancel/$uid", {}, origin => 'http://evil.example')->{status}, 403, 'R38: not from elsewhere');
	is($ann->post("/order/cancel/$uid", { proof => 'no' })->{status}, 403, 'R38: not without a proof');
	is(one("SELECT ending FROM orders WHERE uid = '$uid'"), '', 'R38: it is as it was');
	$shop->sql("UPDATE orders SET hold_until = 5, next_at = 2000000000 WHERE uid = '$uid'");
	unlike($ann->get("/order/$uid")->{body}, qr{Continue paying}, 'not any more when the time is over');
	$shop->sql("UPDATE orders SET hold_until = 2000000000 WHERE uid = '$uid'");
	my $page = $ann->post("/order/cancel/$uid");
	is($page->{status}, 303, 'cancelling is asked for');
	is($page->{head}{location}, "/order/$uid", 'and the order shown again');
	$body = $ann->get("/order/$uid")->{body};
	like($body, qr{is being cancelled}, 'it says so');
	like($ann->get('/orders')->{body}, qr{<strong>Being cancelled</strong>}, 'so does the list');
	unlike($body, qr{Continue paying|Cancel this order}, 'and offers neither any more');
	like($body, qr{<strong>Cancelling was asked for</strong> \(as you wished\)}, 'the journal has it');
	ok(one("SELECT next_at FROM orders WHERE uid = '$uid'") <= time, 'lifecycle comes soon');
	is(one("SELECT state FROM orders WHERE uid = '$uid'"), 1, 'nothing else was done here');
	$ann->post("/order/cancel/$uid");
	is(one("SELECT count(*) FROM journal WHERE order_id = $id AND kind = 'end asked'"), 1, 'twice is once');
	return;
}

sub a_payment_is_followed_in_words {
	my ($ann, $id, $uid) = @_;
	tool('page', $id);
	like($ann->get("/order/$uid")->{body}, qr{Card: not paid yet}, 'begun');
	tool('authorised', $id);
	like($ann->get("/order/$uid")->{body}, qr{The money is reserved</strong>.*?, says the card payment service<}s, 'and who says so');
	my $body = $ann->get("/order/$uid")->{body};
	like($body, qr{card ending 4242: reserved, not charged yet}, 'reserved');
	like($body, qr{Cancel this order}, 'it can still be cancelled');
	tool('paid', $id);
	$body = $ann->get("/order/$uid")->{body};
	like($body, qr{<p class="lead">Paid</p>}, 'paid');
	like($body, qr{<strong>Paid</strong> \(card ending 4242\)}, 'the journal says how');
	unlike($body, qr{Continue paying|<form[^>]*action="/order/cancel}, 'nothing is done by one click any more');
	$ann->post("/order/cancel/$uid");
	is(one("SELECT ending FROM orders WHERE uid = '$uid'"), '', 'R49: what is paid is not cancelled by an old form');
	$shop->sql("UPDATE orders SET attention = 'a secret of ours' WHERE uid = '$uid'");
	$body = $ann->get("/order/$uid")->{body};
	like($body, qr{Somebody of ours is looking at this order}, 'what needs a person is said politely');
	unlike($body, qr{a secret of ours}, 'and not in our words');
	$shop->sql("UPDATE orders SET ending = 'a torn hat' WHERE uid = '$uid'");
	$body = $ann->get("/order/$uid")->{body};
	like($body, qr{<p class="lead">Being cancelled</p>.*Your money goes back first}s, 'R75: a paid order that ends says what comes first');
	$shop->sql("UPDATE orders SET ending = '', state = 5, refunded = captured WHERE uid = '$uid'");
	like($ann->get("/order/$uid")->{body}, qr{<p class="lead">Cancelled and refunded</p>.*<dt>Refunded</dt><dd>£63\.92}s, 'R53: and then that it did');
	$shop->sql("UPDATE orders SET state = 3, refunded = 0 WHERE uid = '$uid'");
	return;
}

sub a_paid_order_is_cancelled_after_a_question {
	my ($ann, $bob, $id, $uid) = @_;
	$shop->sql("UPDATE orders SET attention = '', ending = '', next_at = 2000000000 WHERE uid = '$uid'");
	like($ann->get("/order/$uid")->{body}, qr{<a[^>]*href="/order/cancel/$uid"[^>]*>Cancel this order</a>}, 'R75: it is offered');
	my $page = $ann->get("/order/cancel/$uid");
	is($page->{status}, 200, 'R75: and asked once more');
	like($page->{body}, qr{£63\.92 goes back to you by card ending 4242}, 'R75: how much goes back, and by which way');
	like($page->{body}, qr{five to ten days}, 'R75: and when');
	is($bob->get("/order/cancel/$uid")->{status}, 404, 'R41: not for another customer');
	is($bob->post("/order/cancel/$uid", { paid => 'yes' })->{status}, 404, 'R41: nor done by one');
	is($ann->post("/order/cancel/$uid", { paid => 'yes', proof => 'no' })->{status}, 403, 'R38: not without a proof');
	is($ann->post("/order/cancel/$uid", { paid => 'yes' }, origin => 'http://evil.example')->{status}, 403, 'R38: not from elsewhere');
	is(one("SELECT ending FROM orders WHERE uid = '$uid'"), '', 'R38: it is as it was');
	for my $time (1, 2, 3) {
		$page = $ann->post("/order/cancel/$uid", { paid => 'yes' });
		is("$page->{status} $page->{head}{location}", "303 /order/$uid", "R75: click $time shows the order");
	}
	is(one("SELECT count(*) FROM journal WHERE order_id = $id AND kind = 'end asked' AND witness = 'customer'"), 1,
	    'R75: three clicks are one');
	is(one("SELECT ending FROM orders WHERE uid = '$uid'"), 'as you wished', 'R75: by the customer');
	ok(one("SELECT next_at FROM orders WHERE uid = '$uid'") <= time, 'lifecycle comes soon');
	is(one("SELECT state FROM orders WHERE uid = '$uid'"), 3, 'nothing else was done here');
	is($ann->get("/order/cancel/$uid")->{head}{location}, "/order/$uid", 'Back leads to the order');
	my $body = $ann->get("/order/$uid")->{body};
	like($body, qr{being cancelled\. Your money goes back first.*£63\.92 goes back by card ending 4242}s, 'R75: which says what happens');
	unlike($body, qr{Cancel this order}, 'and offers it no more');
	$shop->sql("UPDATE orders SET ending = '', state = 4 WHERE uid = '$uid'");
	$page = $ann->post("/order/cancel/$uid", { paid => 'yes' });
	is($page->{status}, 409, 'R75: what has left is not cancelled');
	like($page->{body}, qr{its parcel has left us}, 'R75: which is said');
	is($ann->get("/order/cancel/$uid")->{status}, 409, 'R75: nor asked about');
	unlike($ann->get("/order/$uid")->{body}, qr{Cancel this order}, 'R75: nor offered');
	is(one("SELECT ending FROM orders WHERE uid = '$uid'"), '', 'R75: it is as it was');
	$shop->sql("UPDATE orders SET state = 3 WHERE uid = '$uid'");
	return;
}

sub what_ended_says_why {
	my ($ann, $id, $uid) = @_;
	tool('page', $id);
	tool('expired', $id);
	my $body = $ann->get("/order/$uid")->{body};
	like($body, qr{<p class="lead">Cancelled</p>}, 'R48: ended');
	like($body, qr{<strong>Order cancelled</strong> \(not paid in time\)}, 'R48: why');
	like($body, qr{Card: not paid; you were not charged}, 'R48: and what of the money');
	unlike($body, qr{a secret of ours}, 'without what is between us and the gateway');
	return;
}

sub another_customers_orders_are_not_there {
	my ($bob, $uid) = @_;
	is($bob->get("/order/$uid")->{status}, 404, 'R41: not shown');
	is($bob->post("/order/cancel/$uid")->{status}, 404, 'R41: not cancelled');
	unlike($bob->get('/orders')->{body}, qr{Order No}, 'R41: not listed');
	is($bob->get("/order/$_")->{status}, 404, "R41: $_") for 'x', '0' x 32, '1';
	is($bob->get('/order/')->{status}, 404, 'R41: none');
	return;
}

sub orders_are_taken_along_with_the_account {
	my ($b, $mine, $others) = @_;
	my $data = JSON::PP->new->decode($b->post('/account/export')->{body});
	is(join(' ', map { $_->{order} } @{ $data->{orders} }), join(' ', @$mine), 'R41: own orders are in the export');
	return if !@$mine;
	my ($paid) = grep { $_->{state} eq 'paid' } @{ $data->{orders} };
	is("$paid->{total} $paid->{paid} $paid->{hats}[0]{hat}", '6392 6392 A Fez, Because', 'with sums and hats');
	is($paid->{to}{name}, q{Łódź O'Brien <b>}, 'and where it went');
	is(join('|', map { $_->{what} } @{ $paid->{journal} }[0, 1]), 'Order placed|Payment begun', 'and what happened');
	return;
}

# What the customer, another one and staff get of the order's papers.
sub papers_are_downloaded_by_whose_they_are {
	my ($ann, $bob, $id, $uid) = @_;
	unlike($ann->get("/order/$uid")->{body}, qr{/order/invoice/}, 'no papers before there are any');
	$shop->sql('INSERT INTO invoice (order_id, refund_id, number, made_at, total, tax, currency, bytes) VALUES'
	    . " ($id, 0, 'INV-2026-00007', 1790000000, 6392, 1066, 'GBP', X'255044462D312E37000D0A0041'),"
	    . " ($id, 9, 'CN-2026-00001', 1790100000, 150, 25, 'GBP', X'255044462D312E3742')");
	my $body = $ann->get("/order/$uid")->{body};
	like($body, qr{Invoice <a href="/order/invoice/INV-2026-00007">INV-2026-00007 \(PDF\)</a>, £63\.92.*?<time datetime="2026-09-21T}s,
	    'R83: the invoice, its total and date');
	like($body, qr{Credit note <a href="/order/invoice/CN-2026-00001">CN-2026-00001 \(PDF\)</a>, £1\.50}, 'R83: the credit note');
	my ($first, $second) = map { $ann->get('/order/invoice/INV-2026-00007') } 1, 2;
	is($first->{status}, 200, 'R83: it is downloaded');
	is(sha256_hex($_->{body}), sha256_hex("%PDF-1.7\0\r\n\0A"), 'R83: the bytes that were issued, each time') for $first, $second;
	is($first->{head}{'content-type'}, 'application/pdf', 'as a PDF');
	is($first->{head}{'content-disposition'}, 'attachment; filename="INV-2026-00007.pdf"', 'under its number');
	is($first->{head}{'cache-control'}, 'private, no-cache', 'no shared cache keeps it');
	my ($others, $none) = map { $bob->get("/order/invoice/$_") } 'INV-2026-00007', 'INV-2026-00008';
	is("$others->{status} $none->{status}", '404 404', q{R41: another customer's is as one that is not there});
	s/[0-9a-f]{16,}//g for $others->{body}, $none->{body};
	is($others->{body}, $none->{body}, 'R41: in the same words');
	like($shop->get('/order/invoice/INV-2026-00007')->{head}{location}, qr{^/login\?}, 'R41: nobody gets it without logging in');
	is($ann->get("/order/invoice/$_")->{status}, 404, "there is no $_") for 'inv-2026-0007x', '%27', 'INV-2026-00007.pdf';
	my $bobs = id_of('bob');
	$shop->sql("UPDATE customer SET staff = 1 WHERE id = $bobs");
	is($bob->get('/order/invoice/INV-2026-00007')->{status}, 200, 'staff get it');
	$shop->sql("UPDATE customer SET staff = 0 WHERE id = $bobs");
	$shop->sql("DELETE FROM invoice WHERE order_id = $id");
	return;
}

sub many_orders_are_paged {
	my ($bob) = @_;
	my $id = id_of('bob');
	for (1 .. 21) {
		my ($order) = tool('place', $id, 4, 1);
		$shop->sql("UPDATE orders SET live = NULL, state = 5 WHERE id = $order");
	}
	my $body = $bob->get('/orders')->{body};
	is(() = $body =~ /Order No/g, 20, 'twenty on a page');
	my ($next) = $body =~ m{href="(/orders\?before=\d+)"[^>]*>Older orders<};
	$body = $bob->get($next // '/orders')->{body};
	is(() = $body =~ /Order No/g, 1, 'the rest on the next');
	unlike($body, qr{Older orders</a>}, 'which is the last');
	like($body, qr{href="/orders"[^>]*>The newest orders<}, 'with a way back');
	return;
}

sub all_of_it {
	my $ann = customer('ann');
	my $bob = customer('bob');
	my $id = id_of('ann');
	my @first = tool('place', $id, 2, 2, 4, 1);
	$shop->sql("UPDATE item SET price = 1999 WHERE id = 4");
	$shop->sql("UPDATE orders SET live = NULL WHERE id = $first[0]");
	$shop->sql("UPDATE item SET level = 100 WHERE id = 2");
	my @second = tool('place', $id, 2, 3);
	$shop->sql("UPDATE orders SET live = NULL WHERE id = $second[0]");
	my @third = tool('place', $id, 2, 3);
	nobody_sees_orders_without_logging_in($first[1]);
	who_has_ordered_nothing_is_told_so($bob);
	the_list_shows_the_newest_first($ann, \@first, \@second, \@third);
	an_order_is_shown_with_all_that_belongs_to_it($ann, @second);
	what_waits_for_payment_can_be_paid_or_cancelled($ann, @first);
	a_payment_is_followed_in_words($ann, @second);
	a_paid_order_is_cancelled_after_a_question($ann, $bob, @second);
	what_ended_says_why($ann, @third);
	another_customers_orders_are_not_there($bob, $first[1]);
	papers_are_downloaded_by_whose_they_are($ann, $bob, @second);
	orders_are_taken_along_with_the_account($bob, []);
	orders_are_taken_along_with_the_account($ann, [ $third[0], $second[0], $first[0] ]);
	many_orders_are_paged($bob);
	return;
}

# Every kind that is written somewhere, read from the sources.
sub every_kind_of_the_journal_has_words {
	my ($words, %told) = ('');
	for my $file (glob "$TOP/lib/shop/*.c $TOP/lib/flow/*.c $TOP/cron/*.c $TOP/ctl/*.c $TOP/cgi-bin/*.c") {
		open my $f, '<', $file or die "$file: $!\n";
		local $/;
		my $text = <$f>;
		$words = $text if $file =~ /order_words\.c$/;
		$told{$1} = $file while $text =~ /\b(?:journal_add|tell|flow_tell|flow_move|moved_to)\([^;"]*"([a-z ]+)"/g;
		$told{$1} = $file while $text =~ /\bkind = [^;]*\? "[a-z ]+" : "([a-z ]+)";/g;
		$told{$1} = $file while $text =~ /\bERRAND_\w+, "([a-z ]+)"/g;
		$told{$1} = $file while $text =~ /\bkind = [^;"]*"([a-z ]+)"/g && $file !~ /letter|reconcile|mail_bounce/;
	}
	delete @told{qw(carrier customer shop stock), 'came back'}; # witnesses, and what shopctl mail says
	my ($table) = $words =~ /\bkinds\[\] = \{(.*?)\n\};/s;
	my %has = map { $_ => 1 } $table =~ /\{ "([a-z ]+)",/g;
	cmp_ok(scalar keys %told, '>', 15, 'kinds are found');
	my @none = grep { !$has{$_} } sort keys %told;
	is(join(', ', map { "$_ ($told{$_})" } @none), '', 'R48: each has its words for the customer');
	return;
}

every_kind_of_the_journal_has_words();

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
