#!/usr/bin/perl
# sandbox.t - the stand-ins of Google and Facebook refuse what the real ones
# refuse: the same requests are judged by them and by a certified provider.
use strict;
use warnings;
use Digest::SHA qw(sha256 hmac_sha256_hex);
use FindBin;
use lib "$FindBin::Bin/lib";
use HatTest;
use HTTP::Tiny;
use LoginRig;
use MIME::Base64 qw(encode_base64url);
use Test::More;
use Visitor;

my $rig = LoginRig->new;
my $box = $rig->box;
my $http = HTTP::Tiny->new(max_redirect => 0, timeout => 60);
my $verifier = 'v' x 64;
my $challenge = encode_base64url(sha256($verifier));
my %redirect = map { $_ => $rig->url . "/login/$_/callback" } qw(google facebook);

# query ADDRESS, {NAME => VALUE}
sub query { my ($to, $args) = @_; return "$to?" . $http->www_form_urlencode($args) }

# What a provider does with a browser: shows a page, refuses, or sends it back
# with an error.
sub verdict {
	my ($r, $back) = @_;
	my $to = $r->{headers}{location} // '';
	return 'error ' . (Visitor::argument($to, 'error') // 'none')
	    if index($to, $back) == 0;
	return $r->{status} >= 400 ? 'refused' : 'page';
}

# One that logs somebody in: {page, token, consent => sub (visitor, reply) -> its
# redirect back}.
sub sandbox {
	my ($name, $person) = @_;
	my $at = "$box/$name";
	my ($page, $token) = $name eq 'google' ? ("$at/o/oauth2/v2/auth", "$at/token")
	    : ("$at/v26.0/dialog/oauth", "$at/v26.0/oauth/access_token");
	return { name => "sandbox $name", page => $page, token => $token, at => $at,
		consent => sub { my ($v, $r) = @_; return $v->submit($r, { person => $person, mishap => 'none' }) } };
}

sub reference {
	my ($name) = @_;
	my $op = LoginRig::oidc($name, $redirect{$name}) or return;
	my $at = $op->{url};
	my ($page, $token) = $name eq 'google' ? ("$at/auth", "$at/token")
	    : ("$at/v26.0/dialog/oauth", "$at/v26.0/oauth/access_token");
	return { name => "oidc-provider as $name", page => $page, token => $token, at => $at,
		server => $op, consent => sub {
			my ($v, $r) = @_;
			$r = $v->follow_all($r, qr/\Q$redirect{$name}\E/);
			$r = $v->submit($r, { prompt => 'login', login => 'vera', password => 'x' });
			$r = $v->follow_all($r, qr/\Q$redirect{$name}\E/);
			if ($r->{content} =~ /<form/) {
				$r = $v->submit($r, { prompt => 'consent' });
				$r = $v->follow_all($r, qr/\Q$redirect{$name}\E/);
			}
			return $r;
		} };
}

my %good_page = (
	google => { client_id => 'hats.sandbox', redirect_uri => $redirect{google},
		response_type => 'code', scope => 'openid email profile', state => 'st',
		nonce => 'no', code_challenge => $challenge, code_challenge_method => 'S256' },
	facebook => { client_id => '1234567890', redirect_uri => $redirect{facebook},
		response_type => 'code', scope => 'public_profile email', state => 'st' },
);
my %good_token = (
	google => { grant_type => 'authorization_code', redirect_uri => $redirect{google},
		client_id => 'hats.sandbox', client_secret => 'google-secret',
		code_verifier => $verifier },
	facebook => { grant_type => 'authorization_code', redirect_uri => $redirect{facebook},
		client_id => '1234567890', client_secret => 'facebook-secret' },
);
# The sandbox's secrets are those of the shop's configuration.

# with \%GOOD, NAME => VALUE...: undef takes one away.
sub with {
	my ($good, %change) = @_;
	my %args = (%$good, %change);
	delete @args{grep { !defined $args{$_} } keys %args};
	return \%args;
}

sub code_of {
	my ($p, $name) = @_;
	my $v = Visitor->new;
	my $r = $p->{consent}->($v, $v->get(query($p->{page}, $good_page{$name})));
	my $to = $r->{headers}{location} // '';
	is(Visitor::argument($to, 'state'), 'st', "$p->{name}: the state comes back");
	return Visitor::argument($to, 'code');
}

sub pages_are_judged_alike {
	my ($name, $cases, @providers) = @_;
	for my $case (@$cases) {
		my ($what, $want, %change) = @$case;
		for my $p (@providers) {
			my $r = $http->get(query($p->{page}, with($good_page{$name}, %change)));
			is(verdict($r, $redirect{$name}), $want, "$p->{name}: $what: $want");
		}
	}
	return;
}

sub tokens_are_judged_alike {
	my ($name, $cases, $judge, @providers) = @_;
	for my $p (@providers) {
		my $used = code_of($p, $name);
		my $r = $http->post_form($p->{token}, with($good_token{$name}, code => $used));
		is($judge->($r), 'ok', "$p->{name}: a good code");
		$r = $http->post_form($p->{token}, with($good_token{$name}, code => $used));
		is($judge->($r), $cases->{replay}, "$p->{name}: R32: a replayed code: $cases->{replay}");
		for my $case (@{ $cases->{bad} }) {
			my ($what, $want, %change) = @$case;
			$r = $http->post_form($p->{token},
			    with($good_token{$name}, code => code_of($p, $name), %change));
			is($judge->($r), $want, "$p->{name}: $what: $want");
		}
		$r = $http->get(query($p->{token}, with($good_token{$name}, code => 'x')));
		ok($r->{status} == 404 || $r->{status} == 405, "$p->{name}: GET is no way to a token");
	}
	return;
}

sub word {
	my ($r) = @_;
	return 'ok' if $r->{status} == 200;
	return "$r->{status} " . ($r->{content} =~ /"error":"(\w+)"/ ? $1 : $r->{content});
}

my @google = (sandbox('google', 'vera'), grep { $_ } reference('google'));
my @facebook = (sandbox('facebook', 'fay'), grep { $_ } reference('facebook'));
diag('skipped: no oidc-provider to compare with') if @google < 2;

pages_are_judged_alike('google', [
	[ 'all is well', 'page' ],
	[ 'another client', 'refused', client_id => 'other' ],
	[ 'no client', 'refused', client_id => undef ],
	[ 'another redirect address', 'refused', redirect_uri => 'http://evil.example/' ],
	[ 'one that begins alike', 'refused', redirect_uri => "$redirect{google}/x" ],
	[ 'another path', 'refused', redirect_uri => $rig->url . '/login' ],
	[ 'no PKCE', 'error invalid_request', code_challenge => undef, code_challenge_method => undef ],
	[ 'plain PKCE', 'error invalid_request', code_challenge_method => 'plain' ],
	[ 'a short challenge', 'error invalid_request', code_challenge => 'abc' ],
], @google);

tokens_are_judged_alike('google', { replay => '400 invalid_grant', bad => [
	[ 'another verifier', '400 invalid_grant', code_verifier => 'w' x 64 ],
	[ 'no verifier', '400 invalid_grant', code_verifier => undef ],
	[ 'another redirect address', '400 invalid_grant', redirect_uri => $redirect{google} . 'x' ],
	[ 'another secret', '401 invalid_client', client_secret => 'other' ],
	[ 'another client', '401 invalid_client', client_id => 'other' ],
	[ 'a code that nobody issued', '400 invalid_grant', code => 'x' x 43 ],
	[ 'another grant', '400 unsupported_grant_type', grant_type => 'magic' ],
	[ 'no code', '400 invalid_request', code => undef ],
] }, \&word, @google);

# Facebook's words are its own; what is refused is the same.
sub verdict_only { my ($r) = @_; return $r->{status} == 200 ? 'ok' : 'refused' }

pages_are_judged_alike('facebook', [
	[ 'all is well', 'page' ],
	[ 'another app', 'refused', client_id => 'other' ],
	[ 'another redirect address', 'refused', redirect_uri => 'http://evil.example/' ],
	[ 'one that begins alike', 'refused', redirect_uri => "$redirect{facebook}/x" ],
], @facebook);

tokens_are_judged_alike('facebook', { replay => 'refused', bad => [
	[ 'another redirect address', 'refused', redirect_uri => $redirect{facebook} . 'x' ],
	[ 'another secret', 'refused', client_secret => 'other' ],
	[ 'no secret', 'refused', client_secret => undef ],
	[ 'another app', 'refused', client_id => 'other' ],
	[ 'a code that nobody issued', 'refused', code => 'x' x 43 ],
	[ 'no code', 'refused', code => undef ],
] }, \&verdict_only, @facebook);

sub the_graph_wants_a_proof {
	my ($p) = @_;
	my $r = $http->post_form($p->{token},
	    with($good_token{facebook}, code => code_of($p, 'facebook')));
	my ($token) = $r->{content} =~ /"access_token":"([^"]+)"/;
	my $proof = hmac_sha256_hex($token, 'facebook-secret');
	my $at = "$p->{at}/v26.0";
	my $me = sub {
		my ($key, %args) = @_;
		return $http->get(query("$at/me", { fields => 'id,name,email', %args }),
		    { headers => { Authorization => "Bearer $key" } });
	};
	like($me->($token, appsecret_proof => $proof)->{content}, qr/"id":/,
	    "$p->{name}: who it is");
	for my $case ([ 'no proof', $token ], [ 'another proof', $token, appsecret_proof => 'a' x 64 ],
		[ 'another token', 'x' x 43, appsecret_proof => $proof ]) {
		my ($what, @args) = @$case;
		$r = $me->(@args);
		ok($r->{status} >= 400 && $r->{content} =~ /"error":\{.*"code":(?:100|190)/,
		    "$p->{name}: $what is refused") or diag($r->{content});
	}
	my $debug = sub { return $http->get(query("$at/debug_token", { @_ })) };
	like($debug->(input_token => $token, access_token => '1234567890|facebook-secret')->{content},
	    qr/"is_valid":true/, "$p->{name}: a token is valid");
	like($debug->(input_token => 'x' x 43, access_token => '1234567890|facebook-secret')->{content},
	    qr/"is_valid":false/, "$p->{name}: a made-up one is not");
	is($debug->(input_token => $token, access_token => '1234567890|other')->{status}, 400,
	    "$p->{name}: and only the app may ask");
	return;
}
the_graph_wants_a_proof($_) for @facebook;

sub live_hosts_are_refused {
	for my $case ([ google => 'login.google.issuer = https://accounts.google.com' ],
		[ facebook => 'login.facebook.dialog = https://www.facebook.com' ]) {
		my ($name, $line) = @$case;
		my ($key) = $line =~ /^(\S+) =/;
		my @conf = grep { !/^\Q$key\E / } split /\n/, $rig->slurp('shop.conf');
		open my $f, '>', $rig->dir . '/live.conf' or die;
		print $f map { "$_\n" } @conf, $line;
		close $f;
		my $out = `HATSHOP_CONF='@{[$rig->dir]}/live.conf' $BUILD/sandbox/$name 2>&1 </dev/null`;
		isnt($?, 0, "$name does not start for live hosts");
		like($out, qr/refused to start/, 'and says so');
		open $f, '>', $rig->dir . '/live.conf' or die;
		print $f map { "$_\n" } map { s/^shop.test = yes/shop.test = no/r }
		    map { s{= http://127[^ ]*/sandbox/}{= https://localhost/}r } split /\n/, $rig->slurp('shop.conf');
		close $f;
		system("HATSHOP_CONF='@{[$rig->dir]}/live.conf' $BUILD/sandbox/$name >/dev/null 2>&1 </dev/null");
		isnt($?, 0, "$name does not start without shop.test");
	}
	my $r = `REMOTE_ADDR=192.0.2.1 REQUEST_METHOD=GET REQUEST_URI=/sandbox/google/oauth2/v3/certs HATSHOP_SANDBOX=@{[$rig->dir]}/box HATSHOP_CONF=@{[$rig->dir]}/shop.conf $BUILD/sandbox/google </dev/null 2>&1`;
	like($r, qr/^Status: 403/, 'nor is anybody else served');
	return;
}
live_hosts_are_refused();

done_testing();
