#!/usr/bin/perl
# cgi-basket.t - the basket of a visitor without an account, by environment
# alone. The stated results of odd quantities (R13):
#
#   adding       0, -1, "abc", nothing: refused with 400, basket unchanged
#   changing     0 takes the line out; -1, "abc", nothing: as above
#   both         more than there are, 1e9 as digits: as many as there are
use strict;
use warnings;
use utf8;
use FindBin;
use lib "$FindBin::Bin/lib";
use CgiTest;
use HatTest;
use Test::More;

binmode $_, ':encoding(UTF-8)' for Test::More->builder->output,
    Test::More->builder->failure_output;
my $shop = CgiTest->new;

sub add {
	my ($item, $qty, $cookie) = @_;
	return $shop->post('/basket/add', { item => $item, qty => $qty },
	    cookie => $cookie);
}

# What lies in all baskets: "item×quantity", by item.
sub lines {
	return $shop->sql(q{SELECT item_id || 'x' || qty FROM basket_line ORDER BY item_id});
}

sub fresh_basket {
	$shop->sql('DELETE FROM basket_line; DELETE FROM basket');
	my $page = add(@_);
	return $page->{cookie};
}

sub a_visitor_puts_two_hats_in_the_basket {
	my $page = add(1, 2);
	is($page->{status}, 303, 'R07: adding redirects');
	like($page->{head}{location}, qr{^/basket\?note=added&item=1$}, 'R07: to the basket');
	like($page->{head}{'set-cookie'}, qr{^basket=[\w-]{43}; .*HttpOnly}, 'R37: an HttpOnly cookie');
	like($page->{head}{'set-cookie'}, qr{SameSite=Lax}, 'R37: SameSite=Lax');
	like($page->{head}{'set-cookie'}, qr{Max-Age=5184000}, 'R12: it outlives the browser');
	unlike($page->{head}{'set-cookie'}, qr{Secure}, 'not Secure on plain HTTP');
	my $cookie = $page->{cookie};
	$page = $shop->get('/basket?note=added&item=1', cookie => $cookie);
	is($page->{status}, 200, 'R07: the basket shows');
	like($page->{body}, qr{class="count">2<}, 'R07: 2 hats in the header');
	like($page->{body}, qr{The Undeniable Bowler}, 'R07: the hat');
	like($page->{body}, qr{£79\.90}, 'R07: the sum');
	like($page->{body}, qr{role="status"><p><strong>The Undeniable Bowler</strong> is in the basket\.},
	    'and what was just done');
	is($page->{head}{'cache-control'}, 'no-store', 'no cache keeps it');
	like($shop->get('/', cookie => $cookie)->{body}, qr{class="count">2<}, 'R07: the home page counts too');
	return $cookie;
}

sub the_same_hat_again_is_the_same_line {
	my ($cookie) = @_;
	is(add(1, 1, $cookie)->{status}, 303, 'R26: adding again');
	is(lines(), '1x3', 'R26: one line, summed');
	is(add(4, 1, $cookie)->{cookie}, $cookie, 'R12: the cookie stays and is renewed');
	is($shop->sql('SELECT count(*) FROM basket'), 1, 'one basket');
	return;
}

sub a_cookie_that_opens_nothing_gets_a_new_basket {
	my $wrong = 'basket=' . 'A' x 43;
	is($shop->get('/basket', cookie => $wrong)->{status}, 200, 'a stranger\'s cookie is an empty basket');
	like($shop->get('/basket', cookie => $wrong)->{body}, qr{moth}, 'and says so');
	isnt(add(1, 1, $wrong)->{cookie}, $wrong, 'R37: it is not taken over');
	is($shop->get('/basket', cookie => 'basket=%00;;=;')->{status}, 200, 'a broken one does no harm');
	return;
}

sub on_tls_the_cookie_is_bound_to_it {
	my $tls = CgiTest->new('shop.url' => 'https://hats.example');
	my $page = $tls->post('/basket/add', { item => 1, qty => 1 },
	    origin => 'https://hats.example', env => { HTTPS => 'on' });
	like($page->{head}{'set-cookie'}, qr{^__Host-basket=.*; Secure}, 'R37: __Host- and Secure');
	ok($page->{head}{'strict-transport-security'}, 'R39: HSTS');
	return;
}

sub an_unknown_hat_is_refused {
	my $cookie = fresh_basket(1, 1);
	for my $item (999, 0, -1, 'abc', '', '9' x 30, '1 OR 1=1') {
		my $page = add($item, 1, $cookie);
		is($page->{status}, 404, "R02: item \"$item\" is an error page");
		is(lines(), '1x1', "R02: \"$item\": the basket is unchanged");
	}
	is($shop->post('/basket/add', { qty => 1 }, cookie => $cookie)->{status}, 404, 'R02: no item at all');
	return;
}

sub a_hat_without_stock_cannot_be_forced_in {
	my $cookie = fresh_basket(1, 1);
	my $page = add(3, 1, $cookie);
	is($page->{status}, 409, 'R17: a forged POST for a hat with level 0 is refused');
	like($page->{body}, qr{The Topper</strong> is sold out}, 'R17: the page says why');
	is(lines(), '1x1', 'R17: the basket is unchanged');
	$page = add(5, 1, $cookie);
	is($page->{status}, 409, 'R04: a withdrawn hat is refused');
	like($page->{body}, qr{no longer sold}, 'R04: with the reason');
	is(add(3, 1)->{head}{'set-cookie'}, undef, 'a refusal sets no cookie');
	return;
}

sub odd_quantities_when_adding {
	my $cookie = fresh_basket(1, 1);
	for my $qty (0, -1, '-' . '9' x 20, 'abc', '', '1e9', '1.5', ' ', '0x10', '１') {
		my $page = add(1, $qty, $cookie);
		is($page->{status}, 400, "R13: adding \"$qty\" is refused");
		like($page->{body}, qr{a whole number of hats}, "R13: \"$qty\": the page says why");
		is(lines(), '1x1', "R13: \"$qty\": the basket is unchanged");
	}
	my $page = add(2, 1_000_000_000, $cookie);
	is($page->{status}, 303, 'R13: a thousand million');
	like($page->{head}{location}, qr{note=capped}, 'R13: becomes as many as there are');
	is(lines(), "1x1\n2x2", 'R13: which is 2: level 3, 1 held');
	like($shop->get($page->{head}{location}, cookie => $cookie)->{body},
	    qr{as many as can be had}, 'R13: and the page says so');
	add(4, '9' x 20, $cookie);
	like(lines(), qr{^4x300$}m, 'R13: more than a number holds: as many as there are');
	return;
}

sub odd_quantities_when_changing {
	my $cookie = fresh_basket(1, 5);
	my $change = sub {
		return $shop->post('/basket/change', { item => 1, qty => $_[0] }, cookie => $cookie);
	};
	is($change->(3)->{status}, 303, 'R13: changing');
	is(lines(), '1x3', 'R13: changes');
	for my $qty (-1, 'abc', '', '1e9', '2.0') {
		is($change->($qty)->{status}, 400, "R13: changing to \"$qty\" is refused");
		is(lines(), '1x3', "R13: \"$qty\": unchanged");
	}
	like($change->(500)->{head}{location}, qr{note=capped}, 'R13: over stock is capped');
	is(lines(), '1x120', 'R13: at the stock');
	is($change->(0)->{status}, 303, 'R13: 0');
	is(lines(), '', 'R13: takes the line out');
	like($shop->get('/basket', cookie => $cookie)->{body}, qr{moth}, 'R13: the basket is empty');
	is($shop->post('/basket/change', { item => 1, qty => 2 })->{status}, 303, 'without a basket: to the empty one');
	is(lines(), '', 'and nothing is made');
	return;
}

sub a_form_that_is_not_ours_changes_nothing_and_comes_again {
	my $cookie = fresh_basket(1, 5);
	for my $form ([ 'add', { item => 4, qty => 7 } ], [ 'change', { item => 1, qty => 7 } ],
	    [ 'remove', { item => 1 } ]) {
		my ($what, $fields) = @$form;
		my $page = $shop->post("/basket/$what", { %$fields, proof => 'f' x 64 }, cookie => $cookie);
		is($page->{status}, 403, "R38: $what with a forged proof is refused");
		is(lines(), '1x5', "R38: $what: nothing is changed");
		like($page->{body}, qr{action="/basket/$what"}, "R38: $what: the form comes again");
		like($page->{body}, qr{value="7"}, "R38: $what: as it was filled in") if $what ne 'remove';
		my ($proof) = $page->{body} =~ /name="proof" value="([0-9a-f]{64})"/;
		is($proof, CgiTest::proof($cookie =~ s/^basket=//r), "R38: $what: with this browser's proof");
	}
	is($shop->post('/basket/change', { item => 1, qty => 7, proof => undef }, cookie => $cookie)->{status},
	    403, 'R38: a form without a proof is refused too');
	is(lines(), '1x5', 'R38: and changes nothing');
	is($shop->post('/basket/add', { item => 4, qty => 1, proof => undef }, cookie => $cookie)->{status},
	    303, 'R38: but one of a page for anybody still fills the browser\'s own basket');
	return;
}

sub only_pages_for_one_browser_carry_a_proof {
	my $cookie = fresh_basket(1, 1);
	unlike($shop->get('/hat/the-undeniable-bowler')->{body}, qr{name="proof"}, 'R38: a page for anybody has no proof');
	is($shop->get('/hat/the-undeniable-bowler')->{head}{'set-cookie'}, undef, 'and sets no cookie');
	like($shop->get('/hat/the-undeniable-bowler', cookie => $cookie)->{body}, qr{name="proof"}, 'R38: one for a browser has');
	my $page = $shop->get('/basket', cookie => $cookie);
	is(() = $page->{body} =~ /name="proof"/g, 2, 'R38: and so have the forms of the basket');
	return;
}

sub a_line_can_be_taken_out {
	my $cookie = fresh_basket(1, 5);
	add(4, 1, $cookie);
	my $page = $shop->post('/basket/remove', { item => 1 }, cookie => $cookie);
	like($page->{head}{location}, qr{note=removed&item=1}, 'R13: removing');
	is(lines(), '4x1', 'R13: removes that line only');
	is($shop->post('/basket/remove', { item => 1 }, cookie => $cookie)->{status}, 303, 'twice does no harm');
	return;
}

sub lines_that_went_away_are_flagged_and_not_counted {
	my $cookie = fresh_basket(1, 2);
	add(2, 2, $cookie);
	add(4, 3, $cookie);
	add(11, 1, $cookie);
	$shop->sql('UPDATE item SET gone = 1 WHERE id = 4;
	    UPDATE item SET level = 2 WHERE id = 2; UPDATE item SET level = 0 WHERE id = 11');
	my $page = $shop->get('/basket', cookie => $cookie);
	my $body = $page->{body};
	is($page->{status}, 200, 'R04: the basket still shows');
	like($body, qr{Only 1 left\.</strong> Change the number to 1}, 'R13: short: says how many are left');
	like($body, qr{Sold out\.</strong>}, 'R17: sold out: says so');
	like($body, qr{No longer sold\.</strong>}, 'R04: withdrawn: says so');
	my @flagged = $body =~ /line flagged/g;
	is(scalar @flagged, 3, 'three lines are flagged');
	like($body, qr{<dd class="total">£79\.90</dd>}, 'R04: only the bowler is counted');
	like($body, qr{3 lines are not counted}, 'and the page says so');
	$shop->sql('UPDATE item SET gone = 0 WHERE id = 4;
	    UPDATE item SET level = 3 WHERE id = 2; UPDATE item SET level = 7 WHERE id = 11');
	return;
}

sub nothing_is_added_while_the_mirror_is_stale {
	my $cookie = fresh_basket(1, 1);
	$shop->confirm(time - 100_000);
	my $page = add(1, 1, $cookie);
	is($page->{status}, 409, 'R24: refused');
	like($page->{body}, qr{we are checking what is in the stockroom}, 'R24: with the reason');
	is(lines(), '1x1', 'R24: nothing lost');
	$shop->confirm(time);
	return;
}

sub a_basket_holds_so_many_kinds {
	my $cookie = fresh_basket(1, 1);
	$shop->sql(q{WITH RECURSIVE n(i) AS (SELECT 100 UNION ALL SELECT i + 1 FROM n WHERE i < 160)
	    INSERT INTO item (id, source_key, slug, category_id, price, level, added_at, changed_at, name, text)
	    SELECT i, 'X' || i, 'x-' || i, NULL, 1, 9, 1, 1, 'X ' || i, '' FROM n});
	$shop->sql(q{INSERT INTO basket_line (basket_id, item_id, qty, added_at)
	    SELECT (SELECT max(id) FROM basket), id, 1, 1 FROM item WHERE id BETWEEN 100 AND 148});
	my $page = add(150, 1, $cookie);
	is($page->{status}, 409, 'R13: the fifty-first kind is refused');
	like($page->{body}, qr{fifty kinds}, 'R13: with the reason');
	is(add(100, 1, $cookie)->{status}, 303, 'R13: more of the same still fits');
	is($shop->get('/basket', cookie => $cookie)->{status}, 200, 'the full basket shows');
	return;
}

sub forms_of_other_sites_change_nothing {
	my $cookie = fresh_basket(1, 1);
	for my $path ('/basket/add', '/basket/change', '/basket/remove') {
		my %form = (item => 1, qty => 7);
		is($shop->post($path, \%form, cookie => $cookie, origin => 'https://evil.example')->{status},
		    403, "R38: $path from another origin");
		is($shop->post($path, \%form, cookie => $cookie, origin => 'null')->{status},
		    403, "R38: $path from origin null");
		is($shop->get("$path?item=1&qty=7", cookie => $cookie)->{status}, 405, "R38: $path by GET");
	}
	is(lines(), '1x1', 'R38: nothing changed');
	return;
}

sub a_note_says_nothing_that_is_not_so {
	my $cookie = fresh_basket(1, 1);
	my $page = $shop->get('/basket?note=added&item=2', cookie => $cookie);
	unlike($page->{body}, qr{role="status"}, 'a hat that has left since is not said to be there');
	$page = $shop->get('/basket?note=added&item=1');
	unlike($page->{body}, qr{</strong> is in the basket}, 'R07: a browser that keeps no cookie is not told so');
	like($page->{body}, qr{Bowler</strong> did not stay in the basket: .* cookie}, 'R07: but why');
	$page = $shop->post('/basket/remove', { item => 1 }, cookie => $cookie);
	$page = $shop->get($page->{head}{location}, cookie => $cookie);
	like($page->{body}, qr{was taken out}, 'the last hat that was taken out is');
	return;
}

sub odd_forms_get_a_clear_answer {
	my $cookie = fresh_basket(1, 1);
	is($shop->request('POST', '/basket/add', body => 'item=1&item=2&qty=1')->{status}, 400,
	    'a field sent twice');
	is($shop->request('POST', '/basket/add', body => 'item=%zz')->{status}, 400, 'broken encoding');
	is($shop->request('POST', '/basket/add', body => 'x' x 70_000)->{status}, 413, 'too large');
	for my $path ('/basket/add', '/basket/change', '/basket/remove') {
		is($shop->request('POST', $path, body => join '&', map { "x$_=1" } 1 .. 200)->{status},
		    413, "too many fields for $path");
	}
	like($shop->get('/basket', cookie => 'x=' . 'y' x 5000)->{body}, qr{more cookies than},
	    'too many cookies: what to do about it');
	is($shop->get('/basket?note=nonsense&item=x', cookie => $cookie)->{status}, 200,
	    'a note that is not ours is ignored');
	is($shop->get('/basket?note=added&item=999', cookie => $cookie)->{status}, 200,
	    'so is one about no hat');
	return;
}

my $cookie = a_visitor_puts_two_hats_in_the_basket();
the_same_hat_again_is_the_same_line($cookie);
a_cookie_that_opens_nothing_gets_a_new_basket();
on_tls_the_cookie_is_bound_to_it();
an_unknown_hat_is_refused();
a_hat_without_stock_cannot_be_forced_in();
odd_quantities_when_adding();
odd_quantities_when_changing();
a_form_that_is_not_ours_changes_nothing_and_comes_again();
only_pages_for_one_browser_carry_a_proof();
a_line_can_be_taken_out();
lines_that_went_away_are_flagged_and_not_counted();
nothing_is_added_while_the_mirror_is_stale();
a_basket_holds_so_many_kinds();
forms_of_other_sites_change_nothing();
a_note_says_nothing_that_is_not_so();
odd_forms_get_a_clear_answer();
done_testing();
