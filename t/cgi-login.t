#!/usr/bin/perl
# cgi-login.t - registering and getting in, by environment alone: R07 to R16,
# R27, R33 to R38. Each browser keeps its own cookies.
use strict;
use warnings;
use utf8;
use FindBin;
use lib "$FindBin::Bin/lib";
use CgiTest;
use HatTest;
use Encode qw(decode);
use MIME::QuotedPrint qw(decode_qp);
use Test::More;

binmode $_, ':encoding(UTF-8)' for Test::More->builder->output,
    Test::More->builder->failure_output;

# Passwords are quick here; what they cost is t/shop-password's.
my $shop = CgiTest->new('password.memory' => 64, 'password.time' => 1);
my $PASSWORD = 'felt and feathers';

sub registration {
	my ($user, %o) = @_;
	return { user_name => $user, name => "The $user", email => "$user\@hats.example",
		password => $PASSWORD, %o };
}

sub register {
	my ($browser, $user, %o) = @_;
	$browser->get('/register');
	return $browser->post('/register', registration($user, %o));
}

sub log_in {
	my ($browser, $login, $password, %o) = @_;
	$browser->get('/login') if !$browser->{jar}{basket};
	return $browser->post('/login', { login => $login, password => $password // $PASSWORD, %o });
}

# The links in the letters to an address, newest last.
sub links {
	my ($to, $what) = @_;
	my $hex = $shop->sql(qq{SELECT hex(bytes) FROM letter JOIN outbox ON letter_id = letter.id
	    WHERE recipient = '$to' ORDER BY letter.id});
	my @links;
	for my $letter (split /\n/, $hex) {
		my $text = decode_qp(pack 'H*', $letter);
		my ($link) = $text =~ m{\Q$CgiTest::URL\E(/$what/[\w-]{43})};
		push @links, $link if $link;
	}
	return @links;
}

sub letters {
	my ($to) = @_;
	return $shop->sql("SELECT count(*) FROM outbox WHERE recipient = '$to'");
}

# Who a browser is, as the header of a page says.
sub name_of {
	my ($browser) = @_;
	my ($name) = $browser->get('/')->{body} =~ m{class="me" href="/account">.*?</span>([^<]*)<};
	return $name // 'nobody';
}

sub pieces {
	my ($browser) = @_;
	my ($n) = $browser->get('/')->{body} =~ m{class="count">(\d+)<};
	return $n;
}

# Lines of a customer's basket: "item×quantity".
sub basket_of {
	my ($user) = @_;
	return $shop->sql(qq{SELECT item_id || 'x' || qty FROM basket_line
	    JOIN basket ON basket.id = basket_id JOIN customer ON customer.id = basket.customer_id
	    WHERE user_name = '$user' ORDER BY item_id});
}

# As if the person had proved who they are long ago.
sub grow_old {
	my ($user) = @_;
	return $shop->sql(qq{UPDATE session SET proved_at = proved_at - 3600 WHERE customer_id =
	    (SELECT id FROM customer WHERE user_name = '$user')});
}

### Registering

sub a_visitor_registers_before_filling_the_basket {
	my $ann = $shop->browser;
	my $page = $ann->get('/register');
	is($page->{status}, 200, 'R08: the form');
	is($page->{head}{'cache-control'}, 'no-store', 'R38: is kept by nobody');
	like($page->{head}{'set-cookie'}, qr{^basket=[\w-]{43}; .*HttpOnly; .*SameSite=Lax|^basket=[\w-]{43}; .*SameSite=Lax.*HttpOnly},
	    'R38: the browser gets its cookie with the first form');
	like($page->{body}, qr{name="password" type="password" autocomplete="new-password"}, 'a manager of passwords knows it');
	$page = $ann->post('/register', registration('ann'));
	is($page->{status}, 303, 'R08: registering');
	is($page->{head}{location}, '/account', 'leads to the account');
	like($page->{cookies}{session}, qr{^[\w-]{43}$}, 'R27: logged in at once');
	is(name_of($ann), 'The ann', 'R27: and every page says so');
	like($ann->get('/account')->{body}, qr{We have sent a link to <strong>ann\@hats\.example}, 'R15: the address is not hers yet');
	is(letters('ann@hats.example'), 1, 'R15: one letter went there');
	like($shop->sql("SELECT password FROM customer WHERE user_name = 'ann'"), qr{^\$argon2id\$}, 'R36: what is stored is a slow hash');
	is($shop->sql("SELECT count(*) FROM session WHERE token_hash = '$ann->{jar}{session}'"), 0, 'R37: and of the session a hash');
	$ann->post('/basket/add', { item => 1, qty => 2 });
	is(basket_of('ann'), '1x2', 'R08: then she fills the basket');
	return $ann;
}

sub a_visitor_registers_after_filling_the_basket {
	my $bob = $shop->browser;
	$bob->post('/basket/add', { item => 1, qty => 2 });
	$bob->post('/basket/add', { item => 4, qty => 3 });
	is(pieces($bob), 5, 'R07: a visitor has a basket');
	my $page = $bob->get('/register?to=/basket');
	like($page->{body}, qr{name="to" value="/basket"}, 'R09: the form knows where he was');
	$page = register($bob, 'bob', to => '/basket');
	is($page->{head}{location}, '/basket', 'R09: and leads back there');
	is(basket_of('bob'), "1x2\n4x3", 'R09: nothing is lost');
	is(pieces($bob), 5, 'R09: on any page');
	return $bob;
}

sub what_is_wrong_is_said_beside_the_field {
	my $b = $shop->browser;
	my $page = register($b, 'x', email => 'no address', password => 'short');
	is($page->{status}, 422, 'a form with mistakes comes again');
	for my $name (qw(user_name email password)) {
		like($page->{body}, qr{id="$name-wrong"}, "$name: says what is wrong");
		like($page->{body}, qr{<a href="#$name">}, "$name: the summary leads there");
		like($page->{body}, qr{name="$name"[^>]*aria-describedby="$name-wrong}, "$name: and is described by it");
	}
	like($page->{body}, qr{value="no address"}, 'what was typed is kept');
	unlike($page->{body}, qr{value="short"}, 'but for the password');
	is($page->{cookies}{session}, undef, 'nobody is logged in');
	$page = register($b, 'y', user_name => 'a@b', name => '');
	like($page->{body}, qr{id="name-wrong"}, 'a name is needed');
	like($page->{body}, qr{id="user_name-wrong"}, 'a user name is no address');
	for my $name ('Łódź 帽子', q{O'Brien}, '<script>alert(1)</script>', 'X') {
		my $c = $shop->browser;
		my $n = $shop->sql('SELECT max(id) FROM customer');
		is(register($c, "odd$n", name => $name)->{status}, 303, "R40: \"$name\" is a name");
		is(decode('UTF-8', $shop->sql("SELECT name FROM customer WHERE user_name = 'odd$n'")), $name, 'R40: and is kept as it was typed');
		unlike($c->get('/account')->{body}, qr{<script}, 'R40: and never is markup');
	}
	return;
}

sub a_taken_user_name_is_told_with_others_that_are_free {
	my $b = $shop->browser;
	my $page = register($b, 'ANN', email => 'other@hats.example');
	is($page->{status}, 422, 'R14: a user name is one person\'s, in any case of letters');
	my ($free) = $page->{body} =~ /These are free: (ANN\d+)/;
	ok($free, 'R14: others are named');
	is(register($b, $free, email => 'other@hats.example')->{status}, 303, 'R14: and are free');
	return;
}

sub a_known_address_looks_like_any_other {
	my $b = $shop->browser;
	my $one = register($b, 'mallory', email => 'ann@hats.example');
	is($one->{status}, 303, 'R14: to register with a known address looks as with any other');
	is($one->{head}{location}, '/account', 'R14: and leads to the same page');
	is(log_in($shop->browser, 'ann')->{status}, 303, 'R15: her account is as it was');
	return;
}

### Logging in and out

sub by_user_name_or_address_in_any_case {
	for my $login ('bob', 'BOB', 'bob@hats.example', ' Bob@Hats.Example ') {
		my $b = $shop->browser;
		is(log_in($b, $login)->{status}, 303, "R27: logs in as \"$login\"");
		is(name_of($b), 'The bob', 'R27: it is him');
	}
	my $b = $shop->browser;
	my $page = log_in($b, 'bob', 'wrong word');
	is($page->{status}, 403, 'R27: not with another password');
	like($page->{body}, qr{No account has this name with this password}, 'and the page says so');
	like($page->{body}, qr{name="login"[^>]*value="bob"}, 'with what was typed');
	unlike($page->{body}, qr{wrong word}, 'but for the password');
	my $known = $page->{body};
	$page = log_in($b, 'nobody-at-all', 'wrong word');
	is($page->{status}, 403, 'R14: nor as nobody');
	(my $other = $page->{body}) =~ s/nobody-at-all/bob/g;
	is($other, $known, 'R14: and the page is the same');
	is(log_in($b, 'bob', '')->{status}, 422, 'an empty password is asked for');
	return;
}

sub the_session_changes_at_login_and_ends_at_logout {
	my $b = $shop->browser;
	log_in($b, 'bob');
	my $first = $b->{jar}{session};
	log_in($b, 'bob');
	isnt($b->{jar}{session}, $first, 'R37: a new session at each login');
	my %old = %{ $b->{jar} };
	my $page = $b->post('/logout');
	is($page->{head}{location}, '/', 'R27: logging out leads home');
	is($b->{jar}{session}, undef, 'R37: the cookie goes');
	for my $token ($first, $old{session}) {
		my $thief = $shop->browser;
		%{ $thief->{jar} } = (%old, session => $token);
		is(name_of($thief), 'nobody', 'R37: what it said is worth nothing now');
		is($thief->get('/account')->{status}, 303, 'R37: nor for the account');
	}
	return;
}

sub out_everywhere_is_everywhere {
	my @b = map { $shop->browser } 1 .. 3;
	log_in($_, 'bob') for @b;
	$b[0]->post('/logout/everywhere');
	is(name_of($_), 'nobody', 'R27: logged out') for @b;
	return;
}

sub on_tls_the_cookies_are_bound_to_it {
	my $tls = CgiTest->new('shop.url' => 'https://hats.example', 'password.memory' => 64, 'password.time' => 1);
	my %o = (origin => 'https://hats.example', env => { HTTPS => 'on' });
	my $page = $tls->get('/register', %o);
	my $browser = $page->{cookies}{'__Host-basket'};
	ok($browser, 'R37: __Host-');
	$page = $tls->post('/register', { %{ registration('ann') }, proof => CgiTest::proof($browser) },
	    cookie => "__Host-basket=$browser", %o);
	my ($cookie) = grep { /session/ } $page->{bytes} =~ /^Set-Cookie: (.*)\r$/mg;
	like($cookie, qr{^__Host-session=[\w-]{43}; }, 'R37: the session\'s too');
	for my $word (qw(Secure HttpOnly SameSite=Lax Path=/)) {
		like($cookie, qr{; $word(?:;|$)}, "R37: $word");
	}
	unlike($cookie, qr{Domain}, 'R37: for this host only');
	return;
}

sub nobody_is_led_elsewhere {
	for my $to ('//evil.example/', 'https://evil.example/', '/\\evil.example', '/hat/../../x',
	    "/basket\r\nX: y", '/basket?note=added', 'javascript:alert(1)', '/logout', '/hat/a b', '/nowhere') {
		my $b = $shop->browser;
		my $page = log_in($b, 'bob', undef, to => $to);
		(my $shown = $to) =~ s/[\r\n]/ /g;
		ok($page->{status} != 303 || $page->{head}{location} eq '/account', "R11: \"$shown\" leads to the account")
		    or diag($page->{head}{location});
	}
	for my $to ('/basket', '/', '/hat/the-undeniable-bowler', '/category/party', '/account/addresses') {
		my $b = $shop->browser;
		is(log_in($b, 'bob', undef, to => $to)->{head}{location}, $to, "R11: \"$to\" leads there");
	}
	my $page = $shop->get('/hat/the-undeniable-bowler');
	like($page->{body}, qr{href="/login\?to=%2Fhat%2Fthe-undeniable-bowler"}, 'R11: each page\'s link knows where it was');
	return;
}

sub guessing_is_slowed_and_says_for_how_long {
	register($shop->browser, 'target');
	my ($slow, $n);
	for (1 .. 100) {
		my $page = log_in($shop->browser(env => { REMOTE_ADDR => '198.51.100.9' }), 'target', "guess $_");
		next if $page->{status} == 403;
		$slow //= $page;
		$n //= $_;
	}
	is($slow->{status}, 429, "R35: after " . ($n // 0) . ' tries one has to wait');
	like($slow->{head}{'retry-after'} // '', qr{^[1-9]\d*$}, 'R35: Retry-After');
	like($slow->{body}, qr{Please wait \d+ (?:seconds|minutes)}, 'R35: the page says for how long');
	my $wait = $slow->{head}{'retry-after'};
	# The buckets drain with time.
	$shop->sql('UPDATE tally SET at = at - 86400');
	is(log_in($shop->browser(env => { REMOTE_ADDR => '198.51.100.9' }), 'target')->{status}, 303,
	    'R35: after that the right one gets in: nobody is locked out');
	return;
}

### Baskets

sub baskets_merge_by_the_larger_quantity_once {
	my $one = $shop->browser;
	register($one, 'merge');
	$one->post('/basket/add', { item => 1, qty => 1 });
	my $two = $shop->browser;
	$two->post('/basket/add', { item => 1, qty => 2 });
	$two->post('/basket/add', { item => 4, qty => 1 });
	for (1 .. 3) {
		log_in($two, 'merge');
		is(basket_of('merge'), "1x2\n4x1", 'R10: the larger quantity, however often');
		$two->post('/logout');
		is(pieces($two), 0, 'R10: nothing is left behind for the next one at this browser');
	}
	is(pieces($one), 3, 'R12: it is the same basket on the other device');
	$two->post('/basket/add', { item => 1, qty => 1 });
	log_in($two, 'merge');
	is(basket_of('merge'), "1x2\n4x1", 'R10: less than there is adds nothing');
	return;
}

sub two_tabs_that_log_in_at_once_merge_once {
	my $b = $shop->browser;
	register($b, 'tabs');
	$b->post('/logout');
	$b->post('/basket/add', { item => 4, qty => 2 });
	my $cookie = $b->cookie;
	my @kids = map {
		my $pid = fork // die "fork: $!\n";
		if (!$pid) {
			my $page = $shop->post('/login', { login => 'tabs', password => $PASSWORD }, cookie => $cookie);
			require POSIX;
			POSIX::_exit($page->{status} == 303 ? 0 : 1);
		}
		$pid;
	} 1 .. 4;
	my $fine = 0;
	for (@kids) { waitpid $_, 0; $fine += $? == 0 }
	is($fine, 4, 'R10: four tabs log in at once');
	is(basket_of('tabs'), '4x2', 'R10: and the basket is merged once');
	return;
}

### Forms

sub a_form_without_its_proof_comes_again_filled_in {
	for my $proof (undef, 'f' x 64, 'x', CgiTest::proof('A' x 43)) {
		my $b = $shop->browser;
		$b->get('/login');
		my $page = $b->post('/login', { login => 'bob', password => $PASSWORD, proof => $proof });
		is($page->{status}, 403, 'R38: refused');
		is($page->{cookies}{session}, undef, 'R38: nobody is logged in');
		like($page->{body}, qr{name="login"[^>]*value="bob"}, 'R38: what was typed is there');
		like($page->{body}, qr{name="proof" value="[0-9a-f]{64}"}, 'R38: with a proof');
		unlike($page->{body}, qr{\Q$PASSWORD\E}, 'R38: the password is not');
	}
	my $b = $shop->browser;
	my $page = $b->post('/register', registration('late'));
	is($page->{status}, 403, 'R38: a browser that lost its cookie is refused');
	like($page->{body}, qr{value="late\@hats\.example"}, 'R38: but loses nothing');
	my ($proof) = $page->{body} =~ /name="proof" value="([0-9a-f]{64})"/;
	is($b->post('/register', registration('late', proof => $proof))->{status}, 303, 'R38: and the next try counts');
	is($shop->post('/login', { login => 'bob', password => $PASSWORD }, origin => 'https://evil.example')->{status},
	    403, 'R38: another site\'s form is refused by its origin');
	return;
}

sub a_form_counts_after_logging_in_and_out_and_after_the_session {
	my $b = $shop->browser;
	my ($proof) = $b->get('/login')->{body} =~ /name="proof" value="([0-9a-f]{64})"/;
	log_in($b, 'bob');
	is($b->post('/account/details', { name => 'The bob', proof => $proof })->{status}, 303,
	    'R38: a form from before the login counts');
	$b->post('/logout');
	my $page = $b->post('/account/details', { name => 'Robert', proof => $proof });
	is($page->{head}{location}, '/login?to=%2Faccount%2Fdetails', 'R38: after the session one logs in first');
	log_in($b, 'bob');
	is($b->post('/basket/add', { item => 2, qty => 1, proof => $proof })->{status}, 303, 'R38: and then it counts again');
	return;
}

### Links in letters

sub an_address_is_confirmed_by_who_has_the_account {
	my $b = $shop->browser;
	register($b, 'carol');
	my ($link) = links('carol@hats.example', 'login/confirm');
	ok($link, 'R15: the letter has a link');
	my $page = $shop->browser->get($link);
	is($page->{status}, 200, 'R15: for another browser');
	like($page->{body}, qr{Please log in to the account}, 'R15: it asks to log in first');
	like($page->{body}, qr{name="to" value="\Q$link\E"}, 'and leads on to the link');
	my $mallory = $shop->browser;
	log_in($mallory, 'mallory');
	is($mallory->post($link)->{status}, 403, 'R15: another account cannot use it');
	$page = $b->get($link);
	like($page->{body}, qr{action="\Q$link\E"}, 'R15: a page with a button, as scanners follow links');
	is($shop->sql("SELECT proven_key FROM customer WHERE user_name = 'carol'"), '', 'R15: looking confirms nothing');
	is($b->post($link)->{status}, 303, 'R15: the button does');
	is($shop->sql("SELECT proven_key FROM customer WHERE user_name = 'carol'"), 'carol@hats.example', 'R15: confirmed');
	is($b->post($link)->{status}, 410, 'R15: it works once');
	unlike($b->get('/account')->{body}, qr{We have sent a link}, 'and the account no longer asks');
	return;
}

sub fifty_uses_of_one_link_are_one {
	my $b = $shop->browser;
	register($b, 'dave');
	my ($link) = links('dave@hats.example', 'login/confirm');
	my $cookie = $b->cookie;
	my %n;
	my @pipes = map {
		my $pid = open my $pipe, '-|';
		die "fork: $!\n" if !defined $pid;
		if (!$pid) {
			print $shop->post($link, {}, cookie => $cookie)->{status};
			require POSIX;
			STDOUT->flush;
			POSIX::_exit(0);
		}
		$pipe;
	} 1 .. 50;
	for my $pipe (@pipes) { my $s = <$pipe> // 'died'; close $pipe; $n{$s}++ }
	is($n{303} // 0, 1, 'R34: exactly one wins');
	is(($n{303} // 0) + ($n{410} // 0), 50, 'R34: the others are told') or diag(join ' ', %n);
	return;
}

sub a_new_password_by_a_link {
	my $b = $shop->browser;
	my $same;
	for my $email ('carol@hats.example', 'nobody@hats.example', 'mallory-is-not@hats.example') {
		$b->get('/login/reset');
		my $page = $b->post('/login/reset', { email => $email });
		is($page->{status}, 200, "R14: $email");
		$same //= $page->{body};
		is($page->{body}, $same, 'R14: the same page for any address');
	}
	$b->post('/login/reset', { email => 'carol@hats.example' });
	my ($first, $link) = links('carol@hats.example', 'login/reset');
	ok($link, 'R34: a letter each time');
	is($b->get($first)->{status}, 410, 'R34: only the newest link works');
	my ($one, $two) = map { $shop->browser } 1 .. 2;
	log_in($_, 'carol') for $one, $two;
	my $page = $b->get($link);
	is($page->{status}, 200, 'R34: the page');
	is($page->{head}{'referrer-policy'}, 'strict-origin', 'R37: it tells nobody its address');
	like($page->{body}, qr{autocomplete="username"[^>]*readonly}, 'with the account for managers of passwords');
	is($b->post($link, { password => 'carol' })->{status}, 422, 'R34: a poor password does not use the link up');
	is($b->post($link, { password => 'a quite other word' })->{status}, 303, 'R34: a good one does');
	is(name_of($b), 'The carol', 'R34: and logs in');
	is(name_of($_), 'nobody', 'R34: all sessions have ended') for $one, $two;
	is($b->post($link, { password => 'a third one altogether' })->{status}, 410, 'R34: the link works once');
	is(log_in($shop->browser, 'carol', $PASSWORD)->{status}, 403, 'R34: the old password is none');
	is(log_in($shop->browser, 'carol', 'a quite other word')->{status}, 303, 'R34: the new one is');
	$b->post('/login/reset', { email => 'carol@hats.example' });
	my $late = (links('carol@hats.example', 'login/reset'))[-1];
	$shop->sql('UPDATE ticket SET expires_at = expires_at - 1801');
	is($b->get($late)->{status}, 410, 'R34: after half an hour it is dead');
	return;
}

sub the_owner_of_an_address_gets_the_account_that_was_made_with_it {
	my $mallory = $shop->browser;
	register($mallory, 'squatter', email => 'victim@hats.example');
	my $victim = $shop->browser;
	$victim->get('/login/reset');
	$victim->post('/login/reset', { email => 'victim@hats.example' });
	my ($link) = links('victim@hats.example', 'login/reset');
	is($victim->post($link, { password => 'mine and only mine' })->{status}, 303, 'R30: a link to the mailbox wins');
	is(name_of($mallory), 'nobody', 'R30: the squatter is out');
	is(log_in($shop->browser, 'squatter')->{status}, 403, 'R30: and the password is dead');
	return;
}

sub who_claims_an_address_in_vain_does_not_keep_its_owner_out {
	register($shop->browser(env => { REMOTE_ADDR => '198.51.100.24' }), 'zoe', email => 'zoe@hats.example');
	my %elsewhere = (env => { REMOTE_ADDR => '198.51.100.23' });
	register($shop->browser(%elsewhere), "zoe$_", email => 'zoe@hats.example') for 1 .. 4;
	my $b = $shop->browser;
	$b->get('/login/reset');
	$b->post('/login/reset', { email => 'zoe@hats.example' });
	my @links = links('zoe@hats.example', 'login/reset');
	is(scalar @links, 1, 'R35: a stranger cannot use up the letters that let her in');
	return;
}

### Changes

sub what_only_the_person_may_do_asks_who_it_is {
	my $b = $shop->browser;
	register($b, 'erin');
	is($b->get('/login/password')->{status}, 200, 'just logged in: not asked');
	grow_old('erin');
	for my $place (qw(password email)) {
		my $page = $b->get("/login/$place");
		is($page->{head}{location}, "/login/prove?to=%2Flogin%2F$place", "R33: $place: asked again after ten minutes");
	}
	is($b->post('/login/password', { password => 'a thief was here' })->{status}, 303, 'R33: nor by a form');
	is(log_in($shop->browser, 'erin')->{status}, 303, 'R33: the password is as it was');
	my $page = $b->get('/login/prove?to=/login/password');
	is($b->post('/login/prove', { password => 'no', to => '/login/password' })->{status}, 403, 'R33: a wrong one is none');
	is($b->post('/login/prove', { password => $PASSWORD, to => '/login/password' })->{head}{location},
	    '/login/password', 'R33: the password leads on');
	is($b->get('/login/password')->{status}, 200, 'R33: there');
	return $b;
}

sub a_changed_password_ends_the_other_sessions {
	my ($b) = @_;
	my $other = $shop->browser;
	log_in($other, 'erin');
	is($b->post('/login/password', { password => 'short' })->{status}, 422, 'R33: a poor one is refused');
	is($b->post('/login/password', { password => 'top hats and tails' })->{status}, 303, 'R33: changed');
	is(name_of($b), 'The erin', 'here she stays');
	is(name_of($other), 'nobody', 'there not');
	is(log_in($shop->browser, 'erin', 'top hats and tails')->{status}, 303, 'the new one works');
	return;
}

sub another_address_is_hers_when_the_link_is_used {
	my $b = $shop->browser;
	register($b, 'fay');
	my ($link) = links('fay@hats.example', 'login/confirm');
	$b->post($link);
	my $old = letters('fay@hats.example');
	is($b->post('/login/email', { email => 'not one' })->{status}, 422, 'an address that is none');
	is($b->post('/login/email', { email => 'fay.new@hats.example' })->{status}, 200, 'a link goes to the new one');
	is($shop->sql("SELECT email FROM customer WHERE user_name = 'fay'"), 'fay@hats.example', 'R15: nothing changes before');
	($link) = links('fay.new@hats.example', 'login/email');
	like($shop->browser->get($link)->{body}, qr{Please log in}, 'R15: a stranger with the letter gets nothing');
	is($b->post($link)->{status}, 303, 'the link');
	is($shop->sql("SELECT email, proven_key FROM customer WHERE user_name = 'fay'"),
	    'fay.new@hats.example|fay.new@hats.example', 'changes it');
	is(letters('fay@hats.example'), $old + 1, 'R33: and the old address is told');
	return;
}

sub the_last_way_to_log_in_stays {
	my $b = $shop->browser;
	register($b, 'gus');
	my $page = $b->get('/login/methods');
	like($page->{body}, qr{<strong>Password</strong>}, 'R33: the ways are listed');
	unlike($page->{body}, qr{>Remove}, 'R33: the only one has no button');
	is($b->post('/login/methods', { provider => 'password' })->{status}, 409, 'R33: nor does a forged form remove it');
	$shop->sql(q{INSERT INTO identity (provider, subject, customer_id, email, made_at, seen_at)
	    SELECT 'google', 'g-1', id, 'gus@gmail.example', 1, 1 FROM customer WHERE user_name = 'gus'});
	$page = $b->get('/login/methods');
	is(() = $page->{body} =~ />Remove/g, 2, 'R33: of two each can go');
	grow_old('gus');
	is($b->post('/login/methods', { provider => 'google', subject => 'g-1' })->{head}{location},
	    '/login/prove?to=%2Flogin%2Fmethods', 'R33: who it is is asked first');
	$b->post('/login/prove', { password => $PASSWORD });
	is($b->post('/login/methods', { provider => 'google', subject => 'g-1' })->{status}, 303, 'R33: one goes');
	is($shop->sql("SELECT count(*) FROM identity"), 0, 'R33: and is gone');
	return;
}

a_visitor_registers_before_filling_the_basket();
a_visitor_registers_after_filling_the_basket();
what_is_wrong_is_said_beside_the_field();
a_taken_user_name_is_told_with_others_that_are_free();
a_known_address_looks_like_any_other();
by_user_name_or_address_in_any_case();
the_session_changes_at_login_and_ends_at_logout();
out_everywhere_is_everywhere();
on_tls_the_cookies_are_bound_to_it();
nobody_is_led_elsewhere();
baskets_merge_by_the_larger_quantity_once();
two_tabs_that_log_in_at_once_merge_once();
a_form_without_its_proof_comes_again_filled_in();
a_form_counts_after_logging_in_and_out_and_after_the_session();
an_address_is_confirmed_by_who_has_the_account();
fifty_uses_of_one_link_are_one();
a_new_password_by_a_link();
the_owner_of_an_address_gets_the_account_that_was_made_with_it();
a_changed_password_ends_the_other_sessions(what_only_the_person_may_do_asks_who_it_is());
another_address_is_hers_when_the_link_is_used();
the_last_way_to_log_in_stays();
who_claims_an_address_in_vain_does_not_keep_its_owner_out();
guessing_is_slowed_and_says_for_how_long();
done_testing();
