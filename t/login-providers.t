#!/usr/bin/perl
# login-providers.t - logging in with Google and Facebook, through Apache: R11,
# R28 to R33, with the sandbox, a certified provider and one that forges.
use strict;
use warnings;
use Digest::SHA qw(hmac_sha256);
use FindBin;
use lib "$FindBin::Bin/lib";
use HatTest;
use LoginRig;
use MIME::Base64 qw(encode_base64url);
use MIME::QuotedPrint qw(decode_qp);
use Test::More;
use Time::HiRes qw(time);
use Visitor;

# Passwords are quick here.
my @quick = ('password.memory = 64', 'password.time = 1');
my $rig = LoginRig->new(lines => \@quick, hats => 20);
my $url = $rig->url;
my $PASSWORD = 'felt and feathers';

sub sessions { return $rig->sql('SELECT count(*) FROM session') }
sub in { my ($v) = @_; return $v->get("$url/account")->{status} == 200 }

# begin VISITOR, PROVIDER [, PAGE]: the provider's page, or what came instead.
sub begin {
	my ($v, $provider, $page) = @_;
	my $r = $v->get($url . ($page // '/login'));
	return $v->follow($v->submit($r, {}, "/login/$provider"));
}

# arrive VISITOR, PROVIDER, PERSON [, PAGE]: what the shop answers to the
# redirect back.  PERSON is a name of the sandbox's or its form's fields.
sub arrive {
	my ($v, $provider, $person, $page) = @_;
	my %fields = ref $person ? (person => 'other', %$person) : (person => $person);
	my $r = $v->submit(begin($v, $provider, $page), { mishap => 'none', %fields });
	return $v->follow($r);
}

sub where_to { my ($r) = @_; return $r->{headers}{location} // "status $r->{status}" }

sub register {
	my ($user, $email) = @_;
	my $v = Visitor->new;
	my $r = $v->submit($v->get("$url/register"), { user_name => $user, name => "The $user",
		email => $email, password => $PASSWORD }, '/register');
	is($r->{status}, 303, "$user registers with $email") or diag($r->{content});
	return $v;
}

# The newest link to /login/WHAT/... that was mailed to an address.
sub link_to {
	my ($email, $what) = @_;
	my $hex = $rig->sql("SELECT hex(bytes) FROM letter JOIN outbox ON letter_id = letter.id
	    WHERE recipient = '$email' ORDER BY letter.id DESC");
	for (split /\n/, $hex) {
		return "$url$1" if decode_qp(pack 'H*', $_) =~ m{\Q$url\E(/login/$what/[\w-]{43})};
	}
	return;
}

sub prove {
	my ($v, $email) = @_;
	my $link = link_to($email, 'confirm') or return fail("a letter to $email");
	my $r = $v->submit($v->get($link), {}, substr $link, length $url);
	ok($r->{status} < 400, "$email is confirmed") or diag($r->{content});
	return;
}

sub by_password {
	my ($login) = @_;
	my $v = Visitor->new;
	$v->submit($v->get("$url/login"), { login => $login, password => $PASSWORD }, '/login');
	return in($v) ? $v : undef;
}

# A refusal: the page says something, nobody is in.
sub refused {
	my ($v, $r, $status, $what) = @_;
	is($r->{status}, $status, "$what: $status") or diag(where_to($r), $r->{content});
	like($r->{content}, qr/<h1>.*<\/h1>.*(?:notice|lead)/s, 'with a page that says why');
	ok(!in($v), 'and nobody is logged in');
	is($r->{headers}{'referrer-policy'}, 'strict-origin', 'nor is the address told on')
	    if $r->{url} =~ /callback/;
	return;
}

sub the_first_time_makes_the_account_and_the_second_finds_it {
	for my $case ([ 'R28', 'google', 'vera' ], [ 'R29', 'facebook', 'fay' ]) {
		my ($r_number, $provider, $person) = @$case;
		my $v = Visitor->new;
		is(where_to(arrive($v, $provider, $person)), '/account', "$r_number: $provider lets in");
		ok(in($v), 'and somebody is in');
		my $made = $rig->sql("SELECT customer_id FROM identity WHERE provider = '$provider'");
		my $again = Visitor->new;
		arrive($again, $provider, $person);
		is($rig->sql("SELECT group_concat(DISTINCT customer_id) FROM session
		    WHERE method = '$provider'"), $made, "$r_number: the same account again");
	}
	is($rig->sql("SELECT proven_key <> '' FROM customer WHERE email = 'vera\@hats.example'"), 1,
	    'an address that Google verified is proven');
	is($rig->sql("SELECT proven_key IS NULL FROM customer WHERE email = 'fay\@hats.example'"), 1,
	    'R30: one that Facebook gave is not');
	ok(link_to('fay@hats.example', 'confirm'), 'R31: a link to confirm it is mailed');
	return;
}

sub without_an_address_one_is_asked_for {
	for my $case ([ google => 'nora' ], [ google => 'una' ], [ facebook => 'nora' ]) {
		my ($provider, $person) = @$case;
		my $v = Visitor->new;
		is(where_to(arrive($v, $provider, $person)), '/login/email', "R31: $provider, $person");
		my $r = $v->get("$url/login/email");
		$r = $v->submit($r, { email => "$person.$provider\@hats.example" }, '/login/email');
		is($r->{status}, 200, 'one is given');
		my $link = link_to("$person.$provider\@hats.example", 'email');
		ok($link, 'and has to be confirmed') or next;
		$v->submit($v->get($link), {}, substr $link, length $url);
		is($rig->sql("SELECT count(*) FROM customer WHERE proven_key = '$person.$provider\@hats.example'"),
		    1, 'which it is by the link');
	}
	return;
}

sub what_goes_wrong_lets_nobody_in {
	my %status = (slow => 503, down => 503, garbage => 503);
	for my $case ((map { [ google => $_ ] } qw(slow down garbage state mixup issuer audience
		nonce expired none-alg hs256 stranger unknown)),
		map { [ facebook => $_ ] } qw(slow down garbage state other-app invalid other-user)) {
		my ($provider, $mishap) = @$case;
		my $v = Visitor->new;
		my $before = time;
		my $r = arrive($v, $provider, { person => $provider eq 'google' ? 'vera' : 'fay', mishap => $mishap });
		refused($v, $r, $status{$mishap} // 400, "R32: $provider, $mishap");
		cmp_ok(time - $before, '<', 18, 'a shopper waits ten seconds at most')
		    if $mishap eq 'slow';
	}
	for my $provider (qw(google facebook)) {
		my $v = Visitor->new;
		refused($v, arrive($v, $provider, 'refuse'), 403, "R32: $provider, refused consent");
	}
	return;
}

sub a_callback_is_of_its_browser_and_works_once {
	for my $case ([ google => 'vera' ], [ facebook => 'fay' ]) {
		my ($provider, $person) = @$case;
		my $v = Visitor->new;
		my $back = $v->submit(begin($v, $provider), { person => $person, mishap => 'none' });
		my $other = Visitor->new;
		$other->get("$url/login");
		refused($other, $other->follow($back), 400, "R32: $provider: another browser");
		is(where_to($v->follow($back)), '/account', 'it is good for its own');
		my $n = sessions();
		my $again = Visitor->new;
		$again->{jar} = { %{ $v->{jar} } };
		is($v->follow($back)->{status}, 400, 'R32: once');
		is(sessions(), $n, 'no second session');
	}
	my $v = Visitor->new;
	$v->get("$url/login");
	my $head = $v->_ask('HEAD', "$url/login/google/callback?state=x&code=x");
	is($head->{status}, 405, 'who only looks uses nothing up');
	my @back = map { $v->submit(begin($v, 'google'), { person => 'vera', mishap => 'none' }) } 1, 2;
	my @state = map { Visitor::argument(where_to($_), 'state') } @back;
	(my $swapped = where_to($back[0])) =~ s/\Q$state[0]\E/$state[1]/;
	refused($v, $v->get($swapped), 400, 'R32: a code with another login\'s state');
	for my $query ('', '?code=x', '?state=x&code=y', "?state=$state[0]", "?state=$state[0]&state=x") {
		my $w = Visitor->new;
		is($w->get("$url/login/google/callback$query")->{status}, 400, "R32: callback$query");
	}
	is(Visitor->new->get("$url/login/facebook/callback?state=$state[0]&code=x")->{status}, 400,
	    'another provider\'s state');
	return;
}

sub of_fifty_uses_of_one_callback_one_wins {
	my $v = Visitor->new;
	my $back = $v->submit(begin($v, 'google'), { person => 'vera', mishap => 'none' });
	my $n = sessions();
	my @pids;
	for (1 .. 50) {
		my $pid = fork // die "fork: $!\n";
		if (!$pid) {
			my $r = $v->follow($back);
			require POSIX;
			POSIX::_exit($r->{status} == 303 ? 1 : $r->{status} == 400 ? 0 : 2);
		}
		push @pids, $pid;
	}
	my %exits;
	for (@pids) {
		waitpid $_, 0;
		$exits{$? >> 8}++;
	}
	is($exits{1}, 1, 'one of fifty is let in');
	is($exits{0}, 49, 'the others are refused') or diag(join ' ', %exits);
	is(sessions(), $n + 1, 'with one session');
	return;
}

sub an_account_that_is_there_must_be_proven {
	my $local = register('harold', 'harold@hats.example');
	prove($local, 'harold@hats.example');
	my %harold = (subject => '777', email => 'harold@hats.example', name => 'Harold', verified => 1);
	my $v = Visitor->new;
	my $r = arrive($v, 'google', \%harold);
	like(where_to($r), qr{^/login/join/}, 'R30: it has to be proven');
	ok(!in($v), 'and nobody is in before');
	my $page = $v->follow($r);
	my $end = where_to($r);
	$r = $v->submit($page, { password => 'not the password' }, $end);
	is($r->{status}, 403, 'a wrong password does not do');
	my $stranger = Visitor->new;
	$stranger->get("$url/login");
	is($stranger->get("$url$end")->{status}, 410, 'nor does another browser');
	$r = $v->submit($page, { password => $PASSWORD }, $end);
	is($r->{status}, 303, 'the right one does') or diag($r->{content});
	ok(in($v), 'and they are in');
	is($v->submit($page, { password => $PASSWORD }, $end)->{status}, 410, 'it works once');
	my $again = Visitor->new;
	is(where_to(arrive($again, 'google', \%harold)), '/account', 'from then on Google leads in');
	is($rig->sql("SELECT count(*) FROM customer WHERE email_key = 'harold\@hats.example'"), 1,
	    'to the one account');
	is($rig->sql("SELECT count(*) FROM outbox JOIN letter ON letter_id = letter.id
	    WHERE recipient = 'harold\@hats.example' AND kind = 'notice'"), 1, 'the owner is told');

	$local = register('hilda', 'hilda@hats.example');
	prove($local, 'hilda@hats.example');
	$v = Visitor->new;
	$r = arrive($v, 'google', { subject => '778', email => 'hilda@hats.example', verified => 1 });
	$end = where_to($r) =~ s{/join/}{/join-mail/}r;
	$r = $v->submit($v->follow($r), {}, $end);
	is($r->{status}, 200, 'or a link is mailed') or diag($r->{content});
	my $link = link_to('hilda@hats.example', 'link');
	ok($link, 'which it is') or return;
	is($stranger->get($link)->{status}, 410, 'it works in that browser only');
	$r = $v->submit($v->get($link), {}, substr $link, length $url);
	is($r->{status}, 303, 'and joins');
	ok(in($v), 'and lets in');
	is($v->get($link)->{status}, 410, 'once');
	return;
}

sub the_victim_who_was_registered_before_has_the_account {
	my $attacker = register('attacker', 'victim@hats.example');
	ok(in($attacker), 'the attacker is in, under the address of the victim');
	my $victim = Visitor->new;
	is(where_to(arrive($victim, 'google', { subject => '900', name => 'Vic',
		email => 'victim@hats.example', verified => 1 })), '/account',
	    'R30: the victim comes with Google');
	ok(!in($attacker), 'the attacker\'s session is dead');
	ok(!by_password('attacker'), 'and so is the password, by name');
	ok(!by_password('victim@hats.example'), 'and by address');
	ok(in($victim), 'the victim is in');

	$attacker = register('attacker2', 'other@hats.example');
	$victim = Visitor->new;
	arrive($victim, 'facebook', { id => '901', name => 'Vic', email => 'other@hats.example' });
	ok(in($victim), 'R30: a victim comes with Facebook');
	is($rig->sql("SELECT count(*) FROM customer WHERE email_key = 'other\@hats.example'"), 2,
	    'and has an account of their own');
	ok(in($attacker), 'the other one is left alone until somebody proves the address');
	prove($victim, 'other@hats.example');
	ok(!in($attacker), 'then it is lost to who proved it');
	ok(!by_password('attacker2'), 'with its password');

	my $owner = register('owner', 'owner@hats.example');
	prove($owner, 'owner@hats.example');
	for my $case ([ google => { subject => '902', email => 'owner@hats.example' } ],
		[ facebook => { id => '903', email => 'owner@hats.example' } ]) {
		my ($provider, $person) = @$case;
		my $stranger = Visitor->new;
		arrive($stranger, $provider, $person);
		is($rig->sql("SELECT count(*) FROM identity WHERE customer_id =
		    (SELECT id FROM customer WHERE user_key = 'owner')"), 0,
		    "R30: an address that $provider does not vouch for opens nothing");
	}
	return;
}

sub methods_are_added_by_who_is_logged_in {
	my $v = register('adder', 'adder@hats.example');
	prove($v, 'adder@hats.example');
	my %google = (subject => '800', email => 'someone.else@hats.example', verified => 1);
	is(where_to(arrive($v, 'google', \%google, '/login/methods')), '/login/methods',
	    'R33: Google is added');
	like($v->get("$url/login/methods")->{content}, qr/Google/, 'and listed');
	is($rig->sql("SELECT count(*) FROM outbox JOIN letter ON letter_id = letter.id
	    WHERE recipient = 'adder\@hats.example' AND kind = 'notice'"), 1, 'the owner is told');
	my $other = register('adder2', 'adder2@hats.example');
	my $r = arrive($other, 'google', \%google, '/login/methods');
	is($r->{status}, 409, 'an identity is of one account');
	$rig->sql("UPDATE session SET proved_at = proved_at - 3600 WHERE customer_id =
	    (SELECT id FROM customer WHERE user_key = 'adder2')");
	$r = arrive($other, 'facebook', { id => '801' }, '/login/methods');
	is($r->{status}, 403, 'nothing is added to a session that was left open');
	$rig->sql("UPDATE session SET proved_at = proved_at - 3600 WHERE customer_id =
	    (SELECT id FROM customer WHERE user_key = 'adder')");
	is(where_to(arrive($v, 'google', \%google, '/login/prove')), '/account',
	    'a method that is there proves who it is');
	is($rig->sql("SELECT proved_at > seen_at - 60 FROM session WHERE customer_id =
	    (SELECT id FROM customer WHERE user_key = 'adder')"), 1, 'as of now');
	my $back = $other->submit(begin($other, 'facebook', '/login/methods'),
	    { person => 'other', id => '802', mishap => 'none' });
	$other->submit($other->get("$url/logout"), {}, '/logout');
	is($other->follow($back)->{status}, 409, 'who logged out meanwhile begins again');
	return;
}

sub new_keys_are_fetched_once_a_minute {
	my ($key, $turn) = ($rig->dir . '/box/google-key.json', $rig->dir . '/run/google-keys.turn');
	unlink $turn;
	unlink $key or fail("there is no $key");
	my $v = Visitor->new;
	is(where_to(arrive($v, 'google', 'vera')), '/account', 'a key that was not known is fetched');
	unlink $key;
	$v = Visitor->new;
	refused($v, arrive($v, 'google', 'vera'), 400, 'another one within the minute');
	utime time - 61, time - 61, $turn or fail("there is no $turn");
	$v = Visitor->new;
	is(where_to(arrive($v, 'google', 'vera')), '/account', 'and after it');
	return;
}

# signed USER, SECONDS OLD, SECRET
sub signed {
	my ($user, $age, $secret) = @_;
	my $payload = encode_base64url(sprintf '{"user_id":"%s","algorithm":"HMAC-SHA256","issued_at":%d}',
	    $user, time - ($age // 0));
	return encode_base64url(hmac_sha256($payload, $secret // 'facebook-secret')) . ".$payload";
}

sub facebook_says_that_somebody_left {
	my $outside = Visitor->new;
	my $send = sub {
		my ($what, $request) = @_;
		return $outside->post("$url/login/facebook/$what", { signed_request => $request },
		    { Origin => 'https://www.facebook.com' });
	};
	my $v = Visitor->new;
	arrive($v, 'facebook', { id => '600', name => 'Gone', email => 'gone@hats.example' });
	ok(in($v), 'somebody came with Facebook alone');
	for my $bad (signed('600', 0, 'other'), signed('600', 7200), 'x.y', '') {
		is($send->('deletion', $bad)->{status}, 400, 'a request that is not Facebook\'s is refused');
	}
	ok(in($v), 'and does nothing');
	my $r = $send->('deletion', signed('600'));
	is($r->{status}, 200, 'they want to be forgotten');
	like($r->{headers}{'content-type'}, qr{^application/json}, 'the answer is JSON');
	my ($page, $code) = $r->{content} =~ /^\{"url":"([^"]+)","confirmation_code":"([\w-]{43})"\}$/;
	is($page, "$url/login/deletion/$code", 'with an address that cannot be guessed');
	like($outside->get($page)->{content}, qr/Your data is deleted/, 'which tells without a login');
	is($outside->get("$url/login/deletion/" . 'x' x 43)->{status}, 404, 'only that one');
	ok(!in($v), 'they are out');
	is($rig->sql("SELECT count(*) FROM customer WHERE email LIKE 'gone%' OR name = 'Gone'"), 0,
	    'and nothing of them is left');
	is($rig->sql("SELECT count(*) FROM identity WHERE subject = '600'"), 0, 'nor their number');
	is($send->('deletion', signed('600'))->{status}, 200, 'once more is no harm');

	$v = register('both', 'both@hats.example');
	arrive($v, 'facebook', { id => '601' }, '/login/methods');
	my $w = Visitor->new;
	arrive($w, 'facebook', { id => '601' });
	ok(in($w), 'somebody has a password and Facebook');
	is($send->('deauthorise', signed('601'))->{status}, 200, 'and takes the app away');
	is($rig->sql("SELECT count(*) FROM identity WHERE subject = '601'"), 0, 'it is no way in any more');
	ok(!in($w), 'what began with it has ended');
	ok(in($v), 'the rest has not');
	is($send->('deauthorise', signed('601', 0, 'x'))->{status}, 400, 'R38: only Facebook can');

	$v = Visitor->new;
	arrive($v, 'facebook', { id => '602' });
	$send->('deauthorise', signed('602'));
	ok(!in($v), 'who has nothing else is out');
	$w = Visitor->new;
	is(where_to(arrive($w, 'facebook', { id => '602' })), '/account', 'and finds the account again');

	my $box = $outside->get($rig->box . '/facebook/leave');
	$r = $outside->submit($box, { user => '602', what => 'deletion' });
	like($r->{content}, qr/200 .*confirmation_code/, 'the sandbox can say so, too');
	return;
}

# R10, R11: what was filled before comes along, by each way and every time.
sub the_basket_comes_along {
	my ($item, $slug) = split /\|/, $rig->sql('SELECT id, slug FROM item WHERE level > 5
	    AND held = 0 AND gone = 0 AND price > 0 AND flaw = 0 LIMIT 1');
	for my $case ([ google => { subject => '500', email => 'b@hats.example', verified => 1 } ],
		[ facebook => { id => '500' } ]) {
		my ($provider, $person) = @$case;
		for my $times (1, 2) {
			my $v = Visitor->new;
			my $r = $v->submit($v->get("$url/hat/$slug"), { item => $item, qty => 2 }, '/basket/add');
			is($r->{status}, 303, 'a hat is put in') or diag($r->{content});
			arrive($v, $provider, $person);
			is($rig->sql("SELECT qty FROM basket_line JOIN basket ON basket.id = basket_id
			    JOIN identity ON identity.customer_id = basket.customer_id
			    WHERE provider = '$provider' AND subject = '500'"), 2,
			    "R11: $provider, time $times: the basket has two, never double");
			like($v->get("$url/basket")->{content}, qr/\Q$slug\E/, 'and shows them');
		}
	}
	return;
}

sub the_shopper_returns_to_where_they_were_going {
	my $v = Visitor->new;
	is(where_to(arrive($v, 'google', 'vera', '/login?to=/basket')), '/basket', 'R11: to the basket');
	$v = Visitor->new;
	is(where_to(arrive($v, 'google', 'vera', '/login?to=//evil.example/')), '/account',
	    'and nowhere else');
	return;
}

sub a_provider_that_is_down_costs_a_page {
	register('calm', 'calm@hats.example');
	$rig->configure(issuer => 'http://127.0.0.1:1', facebook => 'http://127.0.0.1:1', lines => \@quick);
	my $v = Visitor->new;
	my $r = $v->submit($v->get("$url/login"), {}, '/login/google');
	refused($v, $r, 503, 'Google is down');
	ok(by_password('calm'), 'passwords work');

	my $tls = $rig->dir . '/tls';
	chomp(my $port = `bash -c '. $TOP/t/lib/common.sh; make_tls $tls && free_port'`);
	my $pid = fork // die "fork: $!\n";
	if (!$pid) {
		open STDIN, '<', '/dev/null';
		open STDOUT, '>', '/dev/null';
		open STDERR, '>&', \*STDOUT;
		exec 'openssl', 's_server', '-accept', "127.0.0.1:$port", '-cert',
		    "$tls/server-cert.pem", '-key', "$tls/server-key.pem", '-www';
	}
	wait_until(60, sub { system("bash -c '. $TOP/t/lib/common.sh; port_open $port'") == 0 });
	$rig->configure(issuer => "https://localhost:$port", lines => \@quick);
	$v = Visitor->new;
	refused($v, $v->submit($v->get("$url/login"), {}, '/login/google'), 503,
	    'R94: a provider whose certificate nobody vouches for');
	like($rig->slurp('web/error.log'), qr/discovery document.*certificate/, 'and the log says so');
	kill TERM => $pid;
	waitpid $pid, 0;
	return;
}

# another provider instead of the sandbox
sub certified {
	my ($name) = @_;
	my $op = LoginRig::oidc($name, "$url/login/$name/callback");
	return diag('skipped: no oidc-provider') if !$op;
	$rig->configure(($name eq 'google' ? 'issuer' : 'facebook') => $op->{url}, lines => \@quick);
	for my $case ([ alice => '/account' ], [ nomail => '/login/email' ],
		[ alice => '/account' ], $name eq 'google' ? [ unver => '/login/email' ] : ()) {
		my ($who, $lands) = @$case;
		my $v = Visitor->new;
		my $stop = qr{\Q$url\E/login/$name/callback};
		my $r = $v->follow_all(begin($v, $name), $stop);
		$r = $v->follow_all($v->submit($r, { prompt => 'login', login => $who, password => 'x' }), $stop);
		$r = $v->follow_all($v->submit($r, { prompt => 'consent' }), $stop) if $r->{content} =~ /<form/;
		is(where_to($v->follow($r)), $lands, "oidc-provider as $name: $who") or diag(where_to($r));
		ok(in($v), 'is in');
	}
	is($rig->sql("SELECT count(*) FROM identity WHERE subject = 'alice' AND provider = '$name'"), 1,
	    'one account for one person');
	return;
}

sub forgeries_are_noticed {
	my $file = $rig->dir . '/forgery';
	my $mode = sub { open my $f, '>', $file or die "$file: $!\n"; print $f "$_[0]\n"; close $f };
	$mode->('good');
	my $forger = LoginRig::serve('forge.mjs', 'PORT', $file);
	return diag('skipped: no oauth2-mock-server') if !$forger;
	$rig->configure(issuer => $forger->{url}, lines => \@quick);
	my $v = Visitor->new;
	is(where_to($v->follow(begin($v, 'google'))), '/account', 'the forger can be honest');
	for my $what (qw(aud iss nonce no-nonce expired future none hs256 stranger claims no-token broken)) {
		$mode->($what);
		$v = Visitor->new;
		refused($v, $v->follow(begin($v, 'google')), $what =~ /no-token|broken/ ? 503 : 400,
		    "R32: forged: $what");
	}
	is($rig->sql("SELECT count(*) FROM identity WHERE subject = 'victim'"), 0, 'nobody is a victim');
	return;
}

sub logs_have_no_secrets {
	my $log = $rig->slurp('web/access.log') . $rig->slurp('web/error.log');
	unlike($log, qr/[?&](?:code|state|signed_request|access_token)=/, 'no code or state is in a log');
	unlike($log, qr{/login/(?:join|link|confirm|deletion)/}, 'nor a link that opens something');
	unlike($log, qr/google-secret|facebook-secret|\Q$PASSWORD\E/, 'nor a secret');
	return;
}

the_first_time_makes_the_account_and_the_second_finds_it();
without_an_address_one_is_asked_for();
what_goes_wrong_lets_nobody_in();
a_callback_is_of_its_browser_and_works_once();
of_fifty_uses_of_one_callback_one_wins();
new_keys_are_fetched_once_a_minute();
an_account_that_is_there_must_be_proven();
the_victim_who_was_registered_before_has_the_account();
methods_are_added_by_who_is_logged_in();
facebook_says_that_somebody_left();
the_basket_comes_along();
the_shopper_returns_to_where_they_were_going();
a_provider_that_is_down_costs_a_page();
certified($_) for qw(google facebook);
forgeries_are_noticed();
logs_have_no_secrets();

my $mariadb = HatTest->mariadb;
$rig = LoginRig->new(db => $mariadb, lines => \@quick);
$url = $rig->url;
the_first_time_makes_the_account_and_the_second_finds_it();
of_fifty_uses_of_one_callback_one_wins();
an_account_that_is_there_must_be_proven();
the_victim_who_was_registered_before_has_the_account();
methods_are_added_by_who_is_logged_in();
facebook_says_that_somebody_left();
undef $rig;
done_testing();
