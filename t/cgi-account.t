#!/usr/bin/perl
# cgi-account.t - a customer's own pages, by environment alone: R37, R38, R40,
# R41.
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
my $shop = CgiTest->new('password.memory' => 64, 'password.time' => 1);

sub customer {
	my ($user) = @_;
	my $b = $shop->browser;
	$b->get('/register');
	my $page = $b->post('/register', { user_name => $user, name => "The $user",
		email => "$user\@hats.example", password => 'felt and feathers' });
	die "could not register $user\n" if $page->{status} != 303;
	return $b;
}

sub log_in {
	my ($user, %o) = @_;
	my $b = $shop->browser(%o);
	$b->get('/login');
	$b->post('/login', { login => $user, password => 'felt and feathers' });
	return $b;
}

sub nobody_sees_an_account_without_logging_in {
	for my $path (qw(/account /account/details /account/addresses /account/addresses/new
	    /account/address/1 /account/sessions /account/events /account/data)) {
		my $page = $shop->get($path);
		is($page->{status}, 303, "R41: $path");
		like($page->{head}{location}, qr{^/login\?to=%2Faccount}, 'R41: leads to the login, and back');
	}
	for my $path (qw(/account/details /account/addresses/keep /account/addresses/remove /account/sessions)) {
		is($shop->post($path, { id => 1, name => 'x' })->{status}, 303, "R41: $path changes nothing");
	}
	is($shop->get('/account/nothing')->{status}, 404, 'what is not there is not there');
	return;
}

sub the_overview_shows_who_one_is {
	my ($ann) = @_;
	my $page = $ann->get('/account');
	is($page->{status}, 200, 'the account');
	like($page->{body}, qr{<dd>ann\@hats\.example</dd>}, 'with the address');
	is($page->{head}{'cache-control'}, 'no-store', 'and no cache keeps it');
	like($page->{body}, qr{action="/logout"}, 'with a way out');
	return;
}

sub a_name_is_changed {
	my ($ann) = @_;
	is($ann->post('/account/details', { name => 'Ann "Łódź" <b>' })->{status}, 303, 'changed');
	is(decode('UTF-8', $shop->sql("SELECT name FROM customer WHERE user_name = 'ann'")), 'Ann "Łódź" <b>', 'R40: as typed');
	like($ann->get('/')->{body}, qr{Ann &quot;Łódź&quot; &lt;b&gt;|Ann "Łódź" &lt;b&gt;}, 'R40: and never markup');
	is($ann->post('/account/details', { name => ' ' })->{status}, 422, 'a name is needed');
	my $page = $ann->post('/account/details', { name => 'Typed', proof => 'no' });
	is($page->{status}, 403, 'R38: a form that is not ours is refused');
	like($page->{body}, qr{value="Typed"}, 'R38: and comes again as typed');
	is($ann->post('/account/details', { name => "a\x{1}b" })->{status}, 422, 'R40: no control characters');
	return;
}

my %address = (country => 'GB', name => 'Ann', line1 => '1 Hat Row', town => 'Luton', postcode => 'lu12ab');

sub addresses_are_kept_changed_and_removed {
	my ($ann) = @_;
	like($ann->get('/account/addresses')->{body}, qr{The book is empty}, 'an empty book');
	like($ann->get('/account/addresses/new')->{body}, qr{autocomplete="address-line1"}, 'a form that browsers can fill in');
	is($ann->post('/account/addresses/keep', { %address })->{status}, 303, 'an address is kept');
	my $id = $shop->sql('SELECT id FROM address');
	is($shop->sql("SELECT postcode FROM address WHERE id = $id"), 'LU1 2AB', 'in the form of the post');
	my $page = $ann->get("/account/address/$id");
	like($page->{body}, qr{value="1 Hat Row"}, 'it is shown to be changed');
	is($ann->post('/account/addresses/keep', { %address, id => $id, line1 => q{2 O'Connell St} })->{status}, 303, 'and changed');
	is($shop->sql('SELECT count(*) FROM address'), 1, 'it is the same one');
	$page = $ann->post('/account/addresses/keep', { %address, postcode => 'nonsense', line1 => '' });
	is($page->{status}, 422, 'what cannot be delivered to is refused');
	like($page->{body}, qr{id="postcode-wrong"}, 'beside the field');
	like($page->{body}, qr{href="#line1"}, 'and in the summary');
	like($page->{body}, qr{value="nonsense"}, 'with what was typed');
	$page = $ann->post('/account/addresses/keep', { %address, proof => undef });
	is($page->{status}, 403, 'R38: without a proof it is not kept');
	like($page->{body}, qr{value="1 Hat Row"}, 'R38: nor lost');
	return $id;
}

sub another_customers_address_is_not_there {
	my ($ann, $id) = @_;
	my $bob = customer('bob');
	is($bob->get("/account/address/$id")->{status}, 404, 'R41: the id of another\'s address');
	is($bob->post('/account/addresses/keep', { %address, id => $id, line1 => 'Mine' })->{status}, 404, 'R41: nor is it changed');
	is($bob->post('/account/addresses/remove', { id => $id })->{status}, 404, 'R41: nor removed');
	is($shop->sql("SELECT line1 FROM address WHERE id = $id"), q{2 O'Connell St}, 'R41: it is as it was');
	unlike($bob->get('/account/addresses')->{body}, qr{Connell}, 'R41: nor listed');
	is($_, 404, 'R41: odd ids') for map { $bob->get("/account/address/$_")->{status} } 0, -1, 'x', '9' x 30;
	is($ann->post('/account/addresses/remove', { id => $id })->{status}, 303, 'its owner removes it');
	is($shop->sql('SELECT count(*) FROM address'), 0, 'and it is gone');
	return;
}

sub sessions_are_listed_and_ended_one_by_one {
	my ($ann) = @_;
	my $phone = log_in('ann', agent => 'Mozilla/5.0 (Linux; Android 14) Chrome/130.0 Mobile',
		env => { REMOTE_ADDR => '2001:db8:1:2:3:4:5:6' });
	my $page = $ann->get('/account/sessions');
	like($page->{body}, qr{Chrome on Android}, 'R37: where one is logged in');
	like($page->{body}, qr{2001:db8:1:2::/64}, 'R37: and from which network');
	is(() = $page->{body} =~ /Log out there/g, 1, 'the other one can be ended');
	my ($uid) = $page->{body} =~ /name="uid" value="([0-9a-f]{32})"/;
	my $eve = customer('eve');
	$eve->post('/account/sessions', { uid => $uid });
	is($phone->get('/account')->{status}, 200, 'R41: not by another customer');
	is($ann->post('/account/sessions', { uid => $uid })->{status}, 303, 'R37: by its own');
	is($phone->get('/account')->{status}, 303, 'R37: then it is out');
	is($ann->get('/account')->{status}, 200, 'and this one is not');
	return;
}

sub what_happened_is_told {
	my ($ann) = @_;
	$shop->post('/login', { login => 'ann', password => 'wrong' }, cookie => $shop->get('/login')->{cookie});
	my $body = $ann->get('/account/events')->{body};
	for my $words ('The account was made', 'Logged in', 'A wrong password was tried') {
		like($body, qr{\Q$words\E}, "the log says: $words");
	}
	unlike($body, qr{felt and feathers|wrong</}, 'and no password');
	return;
}

sub what_is_kept_can_be_taken_along {
	my ($ann) = @_;
	$ann->post('/basket/add', { item => 1, qty => 2 });
	my $page = $ann->post('/account/export', { proof => 'no' });
	is($page->{status}, 403, 'R38: the file needs a form of ours');
	$page = $ann->post('/account/export');
	is($page->{status}, 200, 'the file');
	is($page->{head}{'content-type'}, 'application/json', 'is JSON');
	like($page->{head}{'content-disposition'}, qr{^attachment; filename="[\w.-]+"$}, 'to be kept');
	is($page->{head}{'cache-control'}, 'no-store', 'and not by caches');
	my $data = JSON::PP->new->utf8->decode(Encode::encode('UTF-8', $page->{body}));
	ok($data, 'and can be read');
	like($page->{body}, qr{ann\@hats\.example}, 'it has the address');
	like($page->{body}, qr{CLS-101|the-undeniable-bowler|Undeniable}, 'and the basket');
	unlike($page->{body}, qr{argon2|token|\Q$ann->{jar}{session}\E}, 'R36: no hash, no token');
	$shop->sql('UPDATE session SET proved_at = proved_at - 3600');
	is($ann->post('/account/export')->{head}{location}, '/login/prove?to=%2Faccount%2Fdata',
	    'R41: a browser that was left open does not give it away');
	return;
}

sub an_account_is_erased_and_nothing_of_it_is_left {
	my ($ann) = @_;
	is($ann->get('/login/erase')->{head}{location}, '/login/prove?to=%2Flogin%2Ferase', 'who it is is asked first');
	$ann->post('/login/prove', { password => 'felt and feathers', to => '/login/erase' });
	like($ann->get('/login/erase')->{body}, qr{Erase it for good}, 'it is asked again');
	is($ann->post('/login/erase', { proof => 'no' })->{status}, 403, 'R38: only by a form of ours');
	my $old = $ann->{jar}{session};
	my $page = $ann->post('/login/erase');
	is($page->{status}, 200, 'erased');
	is($ann->{jar}{session}, undef, 'and logged out');
	unlike($page->{body}, qr{class="me" href="/account"}, 'the page knows nobody any more');
	$ann->{jar}{session} = $old;
	is($ann->get('/account')->{status}, 303, 'the old session is worth nothing');
	for my $table (qw(address basket event session)) {
		is($shop->sql("SELECT count(*) FROM $table JOIN customer ON customer.id = customer_id
		    WHERE erased_at > 0" . ($table eq 'event' ? " AND kind <> 'erase'" : '')), 0, "no $table is left");
	}
	is($shop->sql("SELECT count(*) FROM customer WHERE name LIKE '%Ann%' OR email LIKE 'ann@%' OR user_name = 'ann'"),
	    0, 'nor a name');
	my $again = $shop->browser;
	$again->get('/login');
	is($again->post('/login', { login => 'ann', password => 'felt and feathers' })->{status}, 403, 'nobody logs in to it');
	ok(customer('ann'), 'and the name is free');
	return;
}

my $ann = customer('ann');
nobody_sees_an_account_without_logging_in();
the_overview_shows_who_one_is($ann);
a_name_is_changed($ann);
another_customers_address_is_not_there($ann, addresses_are_kept_changed_and_removed($ann));
sessions_are_listed_and_ended_one_by_one($ann);
what_happened_is_told($ann);
what_is_kept_can_be_taken_along($ann);
an_account_is_erased_and_nothing_of_it_is_left($ann);
done_testing();
