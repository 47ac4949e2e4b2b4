#!/usr/bin/perl
# cgi-checkout.t - the way from basket to order, by environment alone: R06, R09,
# R16, R17, R19, R26, R38, R40, R41, R49, R50, R55. The gateway is away: what
# comes after the order is in t/checkout.t.
use strict;
use warnings;
use utf8;
use FindBin;
use lib "$FindBin::Bin/lib";
use CgiTest;
use File::Temp qw(tempdir);
use HatTest;
use Test::More;

binmode $_, ':encoding(UTF-8)' for Test::More->builder->output,
    Test::More->builder->failure_output;

my $dir = tempdir('cgi.XXXXXX', TMPDIR => 1, CLEANUP => 1);

sub file {
	my ($name, $text) = @_;
	open my $f, '>:encoding(UTF-8)', "$dir/$name" or die "$name: $!\n";
	print $f $text;
	close $f or die "$name: $!\n";
	chmod 0640, "$dir/$name";
	return "$dir/$name";
}

my $tariff = <<'END';
delivery.standard = Standard delivery | GB IE | 3.95 | 2-4
delivery.express = Express delivery | GB | 7.95 | 1
delivery.free = Slow boat | IE | 0 | 20
tax.GB = 20
tax.IE = 23
END
my $shop = CgiTest->new(
	'password.memory' => 64, 'password.time' => 1, 'shop.test' => 'yes',
	'shop.tariff' => file('tariff.conf', $tariff),
	'secrets.file' => file('secrets.conf', "stripe.key = sk_test_x\nstripe.webhook_secret = whsec_x\n"),
	'stripe.base' => 'http://127.0.0.1:1', # nobody answers there
	'stock.socket' => "$dir/nobody.sock",
	'stock.item.table' => 'i', 'stock.item.key' => 'k', 'stock.item.name' => 'n',
	'stock.item.price' => 'p', 'stock.level.table' => 'i', 'stock.level.key' => 'k',
	'stock.level.qty' => 'q',
);

my %address = (country => 'GB', name => 'Ann', line1 => '1 Hat Row', town => 'Luton', postcode => 'lu12ab');

sub customer {
	my ($user) = @_;
	my $b = $shop->browser;
	$b->get('/register');
	my $page = $b->post('/register', { user_name => $user, name => "The $user",
		email => "$user\@hats.example", password => 'felt and feathers' });
	die "could not register $user\n" if $page->{status} != 303;
	return $b;
}

# The hidden fields of the page's order form, with what a shopper would tick.
sub form {
	my ($page) = @_;
	my ($form) = $page->{body} =~ m{(<form[^>]*action="/checkout/place".*?</form>)}s;
	return {} if !defined $form;
	my %f = map { /type="hidden" name="([^"]+)" value="([^"]*)"/ ? ($1, $2) : () } $form =~ /<input[^>]*>/g;
	return { %f, terms => 'yes', gateway => 'stripe' };
}

# A customer whose basket and address are there, and the page of the review.
sub reviewing {
	my ($user, $what, $address) = @_;
	my $b = customer($user);
	$b->post('/basket/add', { item => $_, qty => $what->{$_} }) for sort keys %$what;
	my $page = $b->post('/checkout/address', { %address, %{ $address // {} } });
	my ($id) = $page->{head}{location} =~ /address=(\d+)/ or die "no address\n";
	$page = $b->get("/checkout/review?address=$id&delivery=standard");
	return ($b, $page, $id);
}

sub orders_of {
	my ($user) = @_;
	return $shop->sql("SELECT count(*) FROM orders WHERE customer_id = (SELECT id FROM customer WHERE user_name = '$user')");
}

sub a_visitor_registers_in_the_checkout_and_keeps_the_basket {
	my $b = $shop->browser;
	is($b->get('/checkout')->{head}{location}, '/basket', 'an empty basket leads back to it');
	$b->post('/basket/add', { item => 4, qty => 3 });
	$b->post('/basket/add', { item => 2, qty => 1 });
	like($b->get('/basket')->{body}, qr{href="/checkout"}, 'the basket leads to the checkout');
	my $page = $b->get('/checkout');
	is($page->{status}, 200, 'R16: a visitor is asked who it is');
	like($page->{body}, qr{action="/register".*?name="to" value="/checkout"}s, 'R16: one short form');
	like($page->{body}, qr{href="/login\?to=%2Fcheckout"}, 'or the login, which leads back');
	like($page->{body}, qr{aria-current="step"><span>You}, 'and where they are on the way');
	is($b->get('/checkout/review?address=1&delivery=standard')->{head}{location},
		'/login?to=%2Fcheckout', 'no later step without an account');
	$page = $b->post('/register', { user_name => 'ivy', name => 'Ivy', email => 'ivy@hats.example',
		password => 'felt and feathers', to => '/checkout' });
	is($page->{head}{location}, '/checkout', 'R09: and on with the checkout');
	$page = $b->get('/checkout');
	like($page->{body}, qr{3 × £0\.50.*?1 × £19\.99|1 × £19\.99.*?3 × £0\.50}s, 'R09: the same lines and numbers');
	like($page->{body}, qr{<p class="trial">}, 'R55: it says TEST');
	return;
}

sub addresses_are_chosen_or_typed {
	my $b = customer('ada');
	$b->post('/basket/add', { item => 1, qty => 1 });
	my $page = $b->get('/checkout');
	like($page->{body}, qr{autocomplete="address-line1"}, 'browsers can fill it in');
	unlike($page->{body}, qr{<option value="FR"}, 'only countries that are delivered to');
	$page = $b->post('/checkout/address', { %address, postcode => 'nonsense' });
	is($page->{status}, 422, 'what cannot be delivered to is refused');
	like($page->{body}, qr{href="#postcode".*value="nonsense"}s, 'with a summary that leads there, and as typed');
	is($b->post('/checkout/address', { %address, country => 'FR', postcode => '75001' })->{status}, 422,
		'nor is what we do not deliver to');
	$page = $b->post('/checkout/address', { %address, proof => 'x' });
	is($page->{status}, 403, 'R38: no form without a proof');
	like($page->{body}, qr{value="1 Hat Row"}, 'R38: nothing typed is lost');
	is($b->post('/checkout/address', { %address }, origin => 'http://evil.example')->{status}, 403, 'R38: nor from elsewhere');
	$page = $b->post('/checkout/address', { %address });
	is($page->{status}, 303, 'a good one is taken');
	my $where = $page->{head}{location};
	is($b->post('/checkout/address', { %address })->{head}{location}, $where, 'twice is once');
	is($shop->sql("SELECT count(*) FROM address WHERE postcode = 'LU1 2AB'"), 1, 'and kept in the book');
	$page = $b->get('/checkout');
	like($page->{body}, qr{<input type="radio" id="address-\d+" name="address" value="\d+" required checked>}, 'to be chosen');
	my $bob = customer('bob');
	$bob->post('/basket/add', { item => 1, qty => 1 });
	is($bob->get($where)->{head}{location}, '/checkout', 'R41: another\'s address is as none');
	(my $review = $where) =~ s{/delivery\?}{/review?delivery=standard&};
	is($bob->get($review)->{head}{location}, '/checkout', 'R41: in the review too');
	return;
}

sub options_have_a_price_and_a_promised_day {
	my ($b, undef, $id) = reviewing('cat', { 1 => 1 });
	my $page = $b->get("/checkout/delivery?address=$id");
	like($page->{body}, qr{Standard delivery</strong><span class="cost">£3\.95</span><span>With you by \w+day \d+ \w+<}, 'standard');
	like($page->{body}, qr{Express delivery</strong><span class="cost">£7\.95</span>}, 'express');
	unlike($page->{body}, qr{Slow boat}, 'none of another country');
	is($b->get("/checkout/review?address=$id&delivery=free")->{head}{location},
		"/checkout/delivery?address=$id", 'which cannot be had by its name either');
	is($b->get('/checkout/delivery')->{head}{location}, '/checkout', 'without an address there is no option');
	is($b->get('/checkout/delivery?address=%')->{status}, 400, 'a malformed address');
	$page = $b->post('/checkout/address', { %address, country => 'IE', postcode => 'D02 X285', town => 'Dublin' });
	$page = $b->get($page->{head}{location});
	like($page->{body}, qr{Slow boat</strong><span class="cost">free<}, 'what is free says so');
	return;
}

sub the_review_tells_all_of_it {
	my ($b, $page, $id) = reviewing('dot', { 2 => 1, 4 => 3, 1 => 2 });
	is($page->{status}, 200, 'a review');
	like($page->{body}, qr{<dd class="total">£105\.34</dd>}, 'R06: 19.99 + 3 x 0.50 + 2 x 39.95 + 3.95');
	like($page->{body}, qr{of which VAT, 20 %</dt><dd class="small">£17\.56<}, 'with the tax of each line');
	like($page->{body}, qr{Order and pay £105\.34}, 'the button obliges to pay');
	like($page->{body}, qr{dot\@hats\.example}, 'where the confirmation goes');
	like($page->{body}, qr{not confirmed this address}, 'which is not confirmed yet');
	like($page->{body}, qr{href="/page/terms"}, 'the terms can be read');
	like($page->{body}, qr{&lt;b&gt;"Afloat"&lt;/b&gt;|&lt;b&gt;&quot;Afloat&quot;}, 'R40: a name is no markup');
	like($page->{head}{'content-security-policy'}, qr{form-action 'self' http://127\.0\.0\.1:1;}, 'a form may lead to the gateway, and nowhere else');
	is($page->{head}{'cache-control'}, 'no-store', 'no cache keeps it');
	$page = $b->post('/checkout/address', { %address, country => 'IE', postcode => 'D02 X285' });
	(my $there = $page->{head}{location}) =~ s{/delivery\?}{/review?delivery=standard&};
	$page = $b->get($there);
	like($page->{body}, qr{VAT, 23 %</dt><dd class="small">£19\.70<}, 'another country, another tax');
	like($page->{body}, qr{<dd class="total">£105\.34</dd>}, 'and the same total');
	return;
}

sub an_order_is_what_the_review_showed {
	my ($b, $page) = reviewing('eve', { 2 => 1, 4 => 3 });
	my $form = form($page);
	my $done = $b->post('/checkout/place', $form);
	is($done->{status}, 303, 'it is placed');
	my ($uid) = $done->{head}{location} =~ m{^/checkout/order/([0-9a-f]{32})$};
	ok($uid, 'and shown, as the gateway is away');
	is($shop->sql("SELECT total || ' ' || goods || ' ' || delivery || ' ' || tax || ' ' || state FROM orders WHERE uid = '$uid'"),
		'2544 2149 395 424 1', 'R06: with the sums of the page');
	like($shop->sql("SELECT delivery_option FROM orders WHERE uid = '$uid'"), qr{^Standard delivery, by \w+day \d+ \w+$}, 'and the promised day');
	my ($hash) = split / /, `sha256sum $TOP/etc/pages/terms.txt`;
	is($shop->sql("SELECT terms FROM orders WHERE uid = '$uid'"), $hash, 'and the terms that were accepted');
	is($shop->sql("SELECT email || ' ' || postcode FROM orders WHERE uid = '$uid'"), 'eve@hats.example LU1 2AB', 'and to whom');
	is($shop->sql('SELECT held FROM item WHERE id = 4'), 3, 'its hats are held');
	$done = $b->post('/checkout/place', $form);
	is($done->{head}{location}, "/checkout/order/$uid", 'R49: the same form again is the same order');
	is(orders_of('eve'), 1, 'R49: there is one');
	$b->post('/basket/add', { item => 1, qty => 1 });
	is($b->post('/checkout/place', $form)->{head}{location}, "/checkout/order/$uid", 'R50: whatever the basket is by now');
	is($b->get('/checkout')->{head}{location}, "/checkout/order/$uid", 'it is seen before another one');
	is($b->get('/checkout/review?address=1&delivery=standard')->{head}{location}, "/checkout/order/$uid", 'at every step');
	like($b->get('/basket')->{body}, qr{not paid yet}, 'the basket tells of it');
	$page = $b->get("/checkout/order/$uid");
	like($page->{body}, qr{Pay £25\.44}, 'it can be paid');
	my $mary = customer('mary');
	for my $path (qw(order return cancel)) {
		is($mary->get("/checkout/$path/$uid")->{status}, 404, "R41: another's $path is not there");
		is($shop->get("/checkout/$path/$uid")->{head}{location}, "/login?to=%2Fcheckout%2Forder%2F$uid", "who is logged out logs in first");
	}
	is($mary->post("/checkout/$_", { order => $uid })->{status}, 404, "R41: nor can it be touched") for qw(pay end);
	is($b->post('/checkout/end', { order => $uid, proof => 'x' })->{head}{location}, "/checkout/order/$uid", 'R38: without a proof nothing happens');
	is($shop->sql("SELECT state FROM orders WHERE uid = '$uid'"), 1, 'R38: it is as it was');
	is($b->post('/checkout/end', { order => $uid, then => 'checkout' })->{head}{location}, '/checkout', 'its owner ends it');
	is($shop->sql("SELECT state || ' ' || (SELECT held FROM item WHERE id = 4) FROM orders WHERE uid = '$uid'"), '5 0', 'and its hats are free');
	$page = $b->get("/checkout/order/$uid");
	like($page->{body}, qr{You have cancelled it\..*Nothing was charged}s, 'which its page tells');
	is($b->post('/checkout/end', { order => $uid })->{status}, 303, 'R23: twice is once');
	is($b->post('/checkout/pay', { order => $uid, gateway => 'stripe' })->{head}{location}, "/checkout/order/$uid", 'what has ended is not paid');
	is($b->post('/checkout/place', $form)->{head}{location}, "/checkout/order/$uid", 'nor does its form make another');
	is($b->get('/checkout')->{status}, 200, 'a new checkout is open');
	return;
}

sub nothing_else_makes_an_order {
	my ($b, $page, $id) = reviewing('fay', { 2 => 1 });
	my $form = form($page);
	my $again = $b->post('/checkout/place', { %$form, terms => undef });
	is($again->{status}, 422, 'terms that are not accepted');
	like($again->{body}, qr{href="#terms".*id="terms-wrong"}s, 'are asked for, in the summary and beside the box');
	for my $forged ('no', '', 'YES', 'yes!', '0') {
		is($b->post('/checkout/place', { %$form, terms => $forged })->{status}, 422, "nor are they by \"$forged\"");
	}
	is($b->post('/checkout/place', { %$form, proof => 'x' })->{status}, 403, 'R38: a form that is not ours');
	is($b->post('/checkout/place', $form, origin => 'http://evil.example')->{status}, 403, 'R38: nor from elsewhere');
	is($b->post('/checkout/place', { %$form, total => 1 })->{status}, 409, 'R50: a total of somebody\'s own');
	is($b->post('/checkout/place', { %$form, seen => '0' x 64 })->{status}, 409, 'a page that was never shown');
	is($b->post('/checkout/place', { %$form, $_ => undef })->{status}, 400, "a form without its $_")
	    for qw(checkout address delivery total seen);
	is($b->post('/checkout/place', { %$form, gateway => 'cash' })->{status}, 422, 'a gateway that there is not');
	is($b->post('/checkout/place', { %$form, delivery => 'free' })->{head}{location}, "/checkout/delivery?address=$id", 'an option of another country');
	is($b->post('/checkout/place', { %$form, address => $id + 1000 })->{head}{location}, '/checkout', 'an address that is not theirs');
	is($b->post('/checkout/place', { %$form, total => '9' x 30 })->{status}, 400, 'a number that is none');
	is($b->get('/checkout/place')->{status}, 405, 'and no link does');
	is(orders_of('fay'), 0, 'there is none');
	return ($b, $form);
}

sub what_has_changed_is_shown_again {
	my ($b, $page, $id) = reviewing('gus', { 2 => 1, 4 => 2 });
	my $form = form($page);
	$shop->sql('UPDATE item SET price = 60 WHERE id = 4');
	my $again = $b->post('/checkout/place', $form);
	is($again->{status}, 409, 'R50: another price');
	like($again->{body}, qr{Something has changed.*The total was £24\.94 and is £25\.14 now}s, 'R50: is shown, with its total');
	is($b->post('/checkout/place', { %{ form($again) }, terms => undef })->{status}, 422, 'and can be accepted');
	$shop->sql('UPDATE item SET price = 50 WHERE id = 4');
	$b->post('/basket/change', { item => 4, qty => 3 });
	is($b->post('/checkout/place', $form)->{status}, 409, 'R50: another number');
	$b->post('/basket/change', { item => 4, qty => 2 });
	$b->post('/account/addresses/keep', { %address, id => $id, line1 => '9 Elsewhere' });
	is($b->post('/checkout/place', $form)->{status}, 409, 'another street at the same address');
	$page = $b->get("/checkout/review?address=$id&delivery=standard");
	file('tariff.conf', $tariff =~ s/3\.95/4.95/r);
	is($b->post('/checkout/place', form($page))->{status}, 409, 'another price of delivery');
	file('tariff.conf', $tariff);
	is(orders_of('gus'), 0, 'nothing was ordered');
	$b->post('/logout');
	is($b->post('/checkout/place', form($page))->{head}{location}, '/login?to=%2Fcheckout', 'who was logged out logs in, and goes on');
	return;
}

sub what_is_gone_is_told_by_name_and_number {
	my ($b, $page, $id) = reviewing('hal', { 2 => 2, 4 => 5, 1 => 1 });
	my $form = form($page);
	$shop->sql('UPDATE item SET level = 2 WHERE id = 2'); # one is held in the fixture
	for my $path ('/checkout', "/checkout/delivery?address=$id", "/checkout/review?address=$id&delivery=standard") {
		my $told = $b->get($path);
		is($told->{status}, 409, "R19: $path");
		like($told->{body}, qr{A Fez, Because.*Only 1 left; you have asked for 2}s, 'R19: which hat and how many');
		unlike($told->{body}, qr{Bowler}, 'and no other');
	}
	is($b->post('/checkout/place', $form)->{status}, 409, 'R19: the last step too');
	is(orders_of('hal'), 0, 'nothing is ordered');
	is($b->post('/checkout/mend', { address => $id, delivery => 'standard', proof => 'x' })->{status}, 409, 'R38: not without a proof');
	my $on = $b->post('/checkout/mend', { address => $id, delivery => 'standard' });
	is($on->{head}{location}, "/checkout/review?address=$id&delivery=standard", 'one button goes on from there');
	like($b->get($on->{head}{location})->{body}, qr{1 × £19\.99}, 'with what there is');
	is($shop->sql("SELECT group_concat(qty, ' ') FROM (SELECT qty FROM basket_line WHERE basket_id =
	    (SELECT id FROM basket WHERE customer_id = (SELECT id FROM customer WHERE user_name = 'hal')) ORDER BY item_id)"),
	    '1 1 5', 'R19: the rest is as it was');
	$shop->sql('UPDATE item SET level = 0 WHERE id = 2');
	like($b->get('/checkout')->{body}, qr{Sold out: 0 left}, 'R17: none left');
	$shop->sql('UPDATE item SET gone = 1, level = 3 WHERE id = 2');
	like($b->get('/checkout')->{body}, qr{No longer sold}, 'R04: withdrawn');
	is($b->post('/checkout/mend', {})->{head}{location}, '/checkout', 'both are taken out');
	is($b->get('/checkout')->{status}, 200, 'and it goes on');
	$shop->sql('UPDATE item SET gone = 0 WHERE id = 2');
	return;
}

sub stale_data_does_not_sell {
	my ($b, $page) = reviewing('ian', { 4 => 1 });
	$shop->confirm(time - 10_000);
	my $again = $b->post('/checkout/place', form($page));
	is($again->{status}, 409, 'a mirror that is not confirmed sells nothing');
	like($again->{body}, qr{Checking availability}, 'and says why');
	unlike($again->{body}, qr{Order and pay}, 'without a button');
	is(orders_of('ian'), 0, 'no order');
	$shop->confirm(time);
	is($b->post('/checkout/place', form($page))->{status}, 303, 'once it is, the same form does');
	return;
}

sub a_mistake_in_the_tariff_closes_the_checkout {
	my $b = customer('joy');
	$b->post('/basket/add', { item => 4, qty => 1 });
	file('tariff.conf', "delivery.x = X | GB | nothing | 1\n");
	is($b->get('/checkout')->{status}, 500, 'it is closed');
	is($b->get('/basket')->{status}, 200, 'and the shop is not');
	file('tariff.conf', $tariff);
	is($b->get('/checkout')->{status}, 200, 'mended at once');
	return;
}

sub the_same_name_of_two_customers_forms_is_no_way_in {
	my ($b, $page) = reviewing('kim', { 4 => 1 });
	my $form = form($page);
	is($b->post('/checkout/place', $form)->{status}, 303, 'an order');
	my ($c, $other) = reviewing('lou', { 4 => 1 });
	is($c->post('/checkout/place', { %{ form($other) }, checkout => $form->{checkout} })->{status}, 404, 'R41: another\'s checkout is not there');
	is(orders_of('lou'), 0, 'and makes nothing');
	return;
}

# Last: the configuration stays as it is made here.
sub every_way_to_pay_is_offered {
	open my $f, '>>', $shop->{conf} or die "shop.conf: $!\n";
	print $f "paypal.client_id = id\npaypal.webhook_id = hook\npaypal.base = http://localhost:2\n";
	close $f or die "shop.conf: $!\n";
	file('secrets.conf', "stripe.key = sk_test_x\nstripe.webhook_secret = whsec_x\npaypal.client_secret = secret\n");
	my ($b, $page) = reviewing('pia', { 4 => 1 });
	like($page->{body}, qr{value="stripe" required checked.*value="paypal" required>}s, 'R48: cards, or PayPal');
	like($page->{head}{'content-security-policy'}, qr{form-action 'self' http://127\.0\.0\.1:1 http://localhost:2;}, 'a form may lead to both');
	my $form = { %{ form($page) }, gateway => 'paypal' };
	my $where = $b->post('/checkout/place', $form)->{head}{location};
	is($shop->sql('SELECT gateway FROM payment ORDER BY id DESC LIMIT 1'), 'paypal', 'PayPal is asked');
	my ($uid) = $where =~ m{/checkout/order/(\w+)};
	like($b->get($where)->{body}, qr{value="paypal" required checked}, 'and is chosen on the order\'s page');
	$b->post('/checkout/pay', { order => $uid, gateway => 'stripe' });
	is($shop->sql('SELECT group_concat(gateway || state, \' \') FROM payment WHERE order_id = (SELECT max(id) FROM orders)'),
		'paypal10 stripe1', 'R48: another way ends the one before');
	return;
}

a_visitor_registers_in_the_checkout_and_keeps_the_basket();
addresses_are_chosen_or_typed();
options_have_a_price_and_a_promised_day();
the_review_tells_all_of_it();
an_order_is_what_the_review_showed();
nothing_else_makes_an_order();
what_has_changed_is_shown_again();
what_is_gone_is_told_by_name_and_number();
stale_data_does_not_sell();
a_mistake_in_the_tariff_closes_the_checkout();
the_same_name_of_two_customers_forms_is_no_way_in();
every_way_to_pay_is_offered();
done_testing();
