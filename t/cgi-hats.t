#!/usr/bin/perl
# cgi-hats.t - the shop window, page by page, by environment alone.
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

sub count_of {
	my ($text, $pattern) = @_;
	my @hits = $text =~ /$pattern/g;
	return scalar @hits;
}

sub the_home_page_has_the_shops_name_and_hats {
	my $page = $shop->get('/');
	is($page->{status}, 200, 'R01: the home page answers');
	like($page->{body}, qr{<title>The Funny Hat Online Shop</title>},
	    'R01: the name is the title');
	like($page->{body}, qr{<header.*The Funny Hat Online Shop.*</header>}s,
	    'R01: and stands in the header');
	cmp_ok(count_of($page->{body}, qr{<li class="hat}), '>=', 1,
	    'R05: hats are in the window');
	like($page->{body}, qr{href="/category/party">Party &amp; Co\.<},
	    'R05: categories can be browsed');
	like($page->{body}, qr{<link rel="canonical" href="http://hats.example/">},
	    'the canonical link is absolute');
	return;
}

sub a_card_says_name_price_and_availability {
	my $page = $shop->get('/category/classics');
	is($page->{status}, 200, 'R05: a category answers');
	is(count_of($page->{body}, qr{<li class="hat}), 3, 'R05: with its hats');
	like($page->{body}, qr{£39\.95 <small>incl\. VAT</small>},
	    'R03: price with currency and tax note');
	like($page->{body}, qr{<a href="/hat/a-fez-because">A Fez, Because</a>},
	    'R03: name, leading to its page');
	like($page->{body}, qr{stock in">In stock<}, 'R03: in stock');
	like($page->{body}, qr{stock low">Only 2 left<}, 'R03: few left: level less held');
	like($page->{body}, qr{stock out">Sold out<}, 'R03: sold out');
	like($page->{body}, qr{src="/pictures/ab/ab0123-card\.webp"},
	    'R03: picture at card width');
	like($page->{body}, qr{src="/static/placeholder\.svg"},
	    'R03: placeholder where there is none');
	like($page->{body}, qr{aria-current="page">Classics<}, 'the menu shows where we are');
	return;
}

sub the_item_page_tells_all_and_sells {
	my $page = $shop->get('/hat/the-undeniable-bowler');
	my $body = $page->{body};
	is($page->{status}, 200, 'R03: the item page answers');
	like($body, qr{<h1 itemprop="name">The Undeniable Bowler</h1>}, 'R03: name');
	like($body, qr{£39\.95 <small>incl\. VAT</small>}, 'R03: price and tax note');
	like($body, qr{So plainly a bowler\.}, 'R03: text');
	like($body, qr{src="/pictures/ab/ab0123-page\.webp"}, 'R03: picture');
	like($body, qr{href="/pictures/ab/ab0123-zoom\.webp"}, 'R03: the large one is linked');
	like($body, qr{stock in">In stock<}, 'R03: availability');
	like($body, qr{itemtype="https://schema\.org/Product"}, 'Product in microdata');
	like($body, qr{itemprop="price" content="39\.95"}, 'its price');
	like($body, qr{itemprop="priceCurrency" content="GBP"}, 'its currency');
	like($body, qr{itemprop="availability" href="https://schema\.org/InStock"}, 'its availability');
	like($body, qr{<form action="/basket/add" method="post"><input type="hidden" name="item" value="1">},
	    'it can be put in the basket');
	like($body, qr{<link rel="canonical" href="http://hats\.example/hat/the-undeniable-bowler">},
	    'canonical link');
	unlike($body, qr{<script|style=|\son\w+=}, 'R39: no script, no inline style');
	return;
}

sub a_hat_without_stock_has_no_buy_button {
	my $page = $shop->get('/hat/the-topper');
	is($page->{status}, 200, 'R17: a sold-out hat keeps its page');
	like($page->{body}, qr{stock out">Sold out<}, 'R17: it says so');
	unlike($page->{body}, qr{/basket/add}, 'R17: no way to buy it');
	like($page->{body}, qr{href="https://schema\.org/OutOfStock"}, 'R17: nor for machines');
	return;
}

sub a_withdrawn_hat_says_that_it_is_gone {
	my $page = $shop->get('/hat/the-dodo');
	is($page->{status}, 410, 'R04: a withdrawn hat is 410');
	like($page->{body}, qr{No longer sold}, 'R04: its page says so');
	unlike($page->{body}, qr{/basket/add}, 'R04: it cannot be bought');
	like($page->{body}, qr{content="noindex"}, 'R04: and should be forgotten');
	unlike($shop->get('/category/animals')->{body}, qr{Dodo}, 'R04: no list shows it');
	return;
}

sub nothing_from_the_stock_system_is_markup {
	my $body = $shop->get('/hat/the-duck')->{body};
	like($body, qr{The Duck &lt;b&gt;&quot;Afloat&quot;&lt;/b&gt; &amp; O&#39;Brien|The Duck &lt;b&gt;"Afloat"},
	    'R40: a name with markup is text');
	unlike($body, qr{<script}, 'R40: a script in a text is text');
	return;
}

sub when_the_mirror_is_stale_nothing_is_offered {
	$shop->confirm(time - 100_000);
	my $hat = $shop->get('/hat/the-undeniable-bowler');
	is($hat->{status}, 200, 'R24: pages stay up');
	like($hat->{body}, qr{stock wait">Checking availability<}, 'the page says that we check');
	unlike($hat->{body}, qr{/basket/add}, 'nothing is offered');
	unlike($hat->{body}, qr{schema\.org/InStock}, 'nor to machines');
	like($shop->get('/hats')->{body}, qr{Checking availability}, 'lists say it too');
	$shop->confirm(time);
	return;
}

sub lists_are_sorted_filtered_and_paged {
	my $body = $shop->get('/hats?kind=party&sort=cheap')->{body};
	is(count_of($body, qr{<li class="hat}), 24, 'R05: a page has 24 hats');
	like($body, qr{Party Cone 10<.*Party Cone 11<}s, 'R05: cheapest first');
	like($body, qr{<h1>Party &amp; Co\.</h1>}, 'R05: the heading says which kind');
	like($body, qr{Page 1 of 2}, 'R05: it counts pages');
	like($body, qr{<a href="/hats\?kind=party&amp;sort=cheap&amp;page=2" class="button plain" rel="next">},
	    'R05: the next page keeps the filters');
	like($body, qr{<link rel="next" href=}, 'R05: rel next in the head');
	$body = $shop->get('/hats?kind=party&sort=cheap&page=2')->{body};
	is(count_of($body, qr{<li class="hat}), 6, 'R05: the rest on the second');
	like($body, qr{rel="prev"}, 'R05: and a way back');
	$body = $shop->get('/hats?kind=party&sort=dear')->{body};
	like($body, qr{Party Cone 39<.*Party Cone 38<}s, 'R05: dearest first');
	$body = $shop->get('/hats?kind=party&stock=1')->{body};
	is(count_of($body, qr{<li class="hat}), 15, 'R05: in stock only');
	$body = $shop->get('/hats?min=38&max=%C2%A339.95')->{body};
	is(count_of($body, qr{<li class="hat}), 3, 'R05: by price, with or without its sign');
	unlike($body, qr{Every hat we have}, 'R05: which are not said to be all');
	$body = $shop->get('/hats?min=39.95&max=38')->{body};
	is(count_of($body, qr{<li class="hat}), 3, 'R05: a range the wrong way round is turned');
	return;
}

sub what_cannot_be_read_is_said_and_never_an_error_of_ours {
	for my $bad ('min=abc', 'max=-1', 'sort=sideways', 'page=0', 'page=x',
	    'page=99999999999999999999', 'kind=nonsense', 'min=1.999', 'min=1e9') {
		my $page = $shop->get("/hats?$bad");
		is($page->{status}, 400, "R13: /hats?$bad is 400");
		like($page->{body}, qr{could not read, so we left it out}, "R13: $bad: the page says so");
	}
	is($shop->get('/hats?page=7')->{status}, 404, 'a page past the end is 404');
	like($shop->get('/hats?page=7')->{body}, qr{only 2 pages}, 'and says how many there are');
	is($shop->get('/hats?min=1&min=2')->{status}, 400, 'a field twice is 400');
	is($shop->get('/hats?min=%zz')->{status}, 400, 'broken encoding is 400');
	is($shop->get('/hats?q=%ff')->{status}, 400, 'broken UTF-8 is 400');
	is($shop->get('/hats?nonsense=1')->{status}, 200, 'unknown fields are ignored');
	return;
}

sub search_finds_by_a_word_of_the_name {
	my $page = $shop->get('/search?q=fez');
	is($page->{status}, 200, 'R05: a search answers');
	like($page->{body}, qr{<h1>1 hat for “fez”</h1>}, 'R05: it says what was found');
	like($page->{body}, qr{A Fez, Because}, 'R05: and shows it');
	like($page->{body}, qr{type="search" value="fez"}, 'the word is still in the box');
	like($page->{body}, qr{content="noindex"}, 'searches are not for search engines');
	return;
}

sub a_search_without_result_helps {
	my $page = $shop->get('/search?q=zxqwv%3Cb%3E');
	is($page->{status}, 200, 'R05: nothing found is no error');
	like($page->{body}, qr{No hat answers to “zxqwv&lt;b&gt;”}, 'R05: it repeats the words, escaped');
	like($page->{body}, qr{href="/hats"}, 'R05: and shows ways on');
	$page = $shop->get('/search');
	is($page->{status}, 200, 'R05: an empty search answers');
	like($page->{body}, qr{What are you looking for\?}, 'R05: and helps');
	is($shop->get('/search?q=' . 'x' x 201)->{status}, 400, 'a search too long is 400');
	return;
}

sub text_pages_come_from_files {
	for my $name (qw(delivery terms privacy contact imprint)) {
		my $page = $shop->get("/page/$name");
		is($page->{status}, 200, "/page/$name answers");
		is(count_of($page->{body}, qr{<h1}), 1, "/page/$name has one heading");
	}
	for my $bad (qw(nothing .. x%2f..%2fterms terms.txt TERMS)) {
		is($shop->get("/page/$bad")->{status}, $bad =~ /[.]{2}/ ? 400 : 404,
		    "R40: /page/$bad is no page");
	}
	return;
}

sub machines_find_the_way {
	my $page = $shop->get('/sitemap.xml');
	is($page->{head}{'content-type'}, 'application/xml; charset=utf-8', 'the sitemap is XML');
	like($page->{body}, qr{<loc>http://hats\.example/hat/a-fez-because</loc>}, 'with the hats');
	unlike($page->{body}, qr{dodo}, 'R04: but for the withdrawn');
	like($shop->get('/robots.txt')->{body}, qr{^Sitemap: http://hats\.example/sitemap\.xml$}m,
	    'robots.txt names it');
	return;
}

sub anonymous_pages_may_be_cached_and_set_no_cookie {
	for my $path ('/', '/hats', '/hat/the-duck', '/search?q=fez', '/page/terms') {
		my $page = $shop->get($path);
		is($page->{head}{'cache-control'}, 'public, max-age=0, s-maxage=2', "$path may be cached");
		is($page->{head}{vary}, 'Cookie', "$path varies by cookie");
		is($page->{head}{'set-cookie'}, undef, "$path sets no cookie");
		is($shop->get($path, cookie => 'x=y')->{head}{'cache-control'}, 'no-store',
		    "$path with a cookie may not");
	}
	return;
}

sub every_page_carries_the_security_headers {
	for my $path ('/', '/hat/nothing', '/hats?min=x') {
		my $head = $shop->get($path)->{head};
		is($head->{'content-security-policy'},
		    "default-src 'none'; style-src 'self'; font-src 'self'; img-src 'self'; "
		    . "form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
		    "R39: $path: strict policy");
		is($head->{'x-content-type-options'}, 'nosniff', "R39: $path: nosniff");
	}
	return;
}

sub errors_are_pages_of_the_shop {
	my $page = $shop->get('/hat/nothing');
	is($page->{status}, 404, 'an unknown hat is 404');
	like($page->{body}, qr{That page has blown off}, 'in the shop\'s own words');
	like($page->{body}, qr{href="/category/party"}, 'with the menu');
	unlike($page->{body}, qr{please mention}, 'and no number, as no log has it');
	is($shop->get('/category/nothing')->{status}, 404, 'an unknown category is 404');
	is($shop->request('DELETE', '/')->{status}, 405, 'a strange method is 405');
	is($shop->post('/hats', { a => 1 })->{status}, 405, 'a POST to a list is 405');
	$page = $shop->post('/basket/add', {}, env => { CONTENT_TYPE => 'text/plain' }, body => 'x');
	is($page->{status}, 415, 'what is no form is 415');
	like($page->{body}, qr{We did not catch that}, 'and not called a fault of ours');
	my $head = $shop->request('HEAD', '/');
	is($head->{status}, 200, 'HEAD answers');
	is($head->{body}, '', 'without a body');
	return;
}

sub without_a_database_the_shop_says_so {
	my $file = "$shop->{dir}/shop.db";
	rename $file, "$file.away" or die "rename: $!\n";
	open my $stderr, '>&', \*STDERR or die "dup: $!\n";
	open STDERR, '>', "$shop->{dir}/log" or die "log: $!\n";
	my $page = $shop->get('/');
	open STDERR, '>&', $stderr or die "dup: $!\n";
	open my $log, '<', "$shop->{dir}/log" or die "log: $!\n";
	rename "$file.away", $file or die "rename: $!\n";
	is($page->{status}, 503, 'R24: 503');
	like($page->{body}, qr{Having forty winks}, 'R24: with a page of the shop');
	my ($number) = $page->{body} =~ qr{please mention ([0-9a-f]{16})\.};
	like(join('', <$log>), qr{ $number error: could not answer: }, 'R24: with the number that the log has');
	ok($page->{head}{'retry-after'}, 'R24: and when to come again');
	is($page->{head}{'cache-control'}, 'no-store', 'which nobody keeps');
	return;
}

sub a_shop_on_trial_says_test {
	my $trial = CgiTest->new('shop.test' => 'yes');
	like($trial->get('/')->{body}, qr{<strong>TEST\. </strong>}, 'R55: the page says TEST');
	return;
}

sub pictures_may_live_elsewhere {
	my $cdn = CgiTest->new('pictures.base_url' => 'https://cdn.example/hats');
	my $page = $cdn->get('/hat/the-undeniable-bowler');
	like($page->{body}, qr{src="https://cdn\.example/hats/ab/ab0123-page\.webp"}, 'R92: linked there');
	like($page->{head}{'content-security-policy'}, qr{img-src 'self' https://cdn\.example;},
	    'R92: and allowed by the policy');
	return;
}

the_home_page_has_the_shops_name_and_hats();
a_card_says_name_price_and_availability();
the_item_page_tells_all_and_sells();
a_hat_without_stock_has_no_buy_button();
a_withdrawn_hat_says_that_it_is_gone();
nothing_from_the_stock_system_is_markup();
when_the_mirror_is_stale_nothing_is_offered();
lists_are_sorted_filtered_and_paged();
what_cannot_be_read_is_said_and_never_an_error_of_ours();
search_finds_by_a_word_of_the_name();
a_search_without_result_helps();
text_pages_come_from_files();
machines_find_the_way();
anonymous_pages_may_be_cached_and_set_no_cookie();
every_page_carries_the_security_headers();
errors_are_pages_of_the_shop();
without_a_database_the_shop_says_so();
a_shop_on_trial_says_test();
pictures_may_live_elsewhere();
done_testing();
