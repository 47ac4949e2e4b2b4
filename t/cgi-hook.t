#!/usr/bin/perl
# cgi-hook.t - webhooks are checked, stored once as they came, and answered
# (R40, R45, R51), under Apache on both engines.
use strict;
use warnings;
use Digest::SHA qw(hmac_sha256_hex);
use FindBin;
use lib "$FindBin::Bin/lib";
use HatTest;
use HTTP::Tiny;
use LoginRig;
use Test::More;

my ($NEW, $OLD) = ('whsec_new_0123456789', 'whsec_old_0123456789');
my $rig;
my $n = 0;

sub secrets {
	my (@lines) = @_;
	LoginRig::_write($rig->dir . '/secrets.conf', @lines,
	    'login.google.client_secret = google-secret',
	    'login.facebook.app_secret = facebook-secret');
	return;
}

sub event {
	my (%o) = @_;
	my $id = $o{id} // sprintf 'evt_%06d', ++$n;
	my $live = $o{live} ? 'true' : 'false';
	return qq({"id":"$id","object":"event","type":"payment_intent.succeeded",)
	    . qq("livemode":$live,"data":{"object":{"id":"pi_1","object":"payment_intent",)
	    . qq("metadata":{"order":"0123"}}}});
}

sub signed {
	my ($body, %o) = @_;
	my $t = $o{t} // time;
	my $secret = $o{secret} // $NEW;
	return "t=$t,v1=" . hmac_sha256_hex("$t.$body", $secret);
}

# send BODY[, HEADER => VALUE...]: the answer; undef leaves a header out.
sub send_it {
	my ($body, %headers) = @_;
	my %all = ('Stripe-Signature' => signed($body),
	    'Content-Type' => 'application/json; charset=utf-8', %headers);
	delete $all{$_} for grep { !defined $all{$_} } keys %all;
	return HTTP::Tiny->new(timeout => 60)->request('POST', $rig->url . '/hook/stripe',
	    { content => $body, headers => \%all });
}

sub status_of { return send_it(@_)->{status} }
sub stored { return $rig->sql('SELECT count(*) FROM inbox') }
sub log_of { return $rig->slurp('web/error.log') }

sub bytes_of {
	my ($id) = @_;
	return pack 'H*', $rig->sql("SELECT hex(body) FROM inbox WHERE event = '$id'");
}

# refused NAME, BODY[, HEADER => VALUE...]: 400, and nothing of it is kept.
sub refused {
	my ($name, $body, @headers) = @_;
	my $before = stored();
	is(status_of($body, @headers), 400, "R40: $name: refused");
	is(stored(), $before, "$name: and not stored");
	return;
}

sub the_documented_vector_is_ours {
	open my $in, '<:raw', "$TOP/t/vectors/stripe-webhook-body.json" or die "vector: $!\n";
	local $/;
	my $body = <$in>;
	is(signed($body, t => 1760000000, secret => 'whsec_test_hatshop_0123456789abcdef'),
	    't=1760000000,v1=fba828a0bbb4ba5a0984799ec732ea62b24ab9ed9dbf1a2c1ad8aec5c8ba2169',
	    'what signs here is what Stripe documents');
	refused('the vector, a year later', $body, 'Stripe-Signature' =>
	    't=1760000000,v1=fba828a0bbb4ba5a0984799ec732ea62b24ab9ed9dbf1a2c1ad8aec5c8ba2169');
	return;
}

sub an_event_is_stored_as_it_came {
	my $body = event(id => 'evt_odd');
	$body =~ s/,/,\r\n\t  /g;
	$body = " \n$body\r\n\n";
	$body =~ s/0123/caf\xc3\xa9 \\u0041/;
	my $r = send_it($body);
	is("$r->{status} $r->{content}", "200 ok\n", 'R51: answered');
	is(bytes_of('evt_odd'), $body, 'byte by byte, whatever the blanks are');
	is($rig->sql("SELECT state, tries FROM inbox WHERE event = 'evt_odd'") =~ s/\W/ /r, '1 0',
	    'and waits');
	like($rig->sql("SELECT headers FROM inbox WHERE event = 'evt_odd'"), qr/^t=\d+,v1=/,
	    'with its signature');
	is(status_of(event(), 'Content-Type' => $_), 200, "its type is no matter: $_")
	    for 'text/plain', 'application/x-www-form-urlencoded', '';
	is(status_of(event(), 'Origin' => 'https://elsewhere.example'), 200,
	    'nor is where it comes from: it is signed');
	return;
}

sub what_is_not_signed_is_refused {
	my $body = event(id => 'evt_forged');
	my $good = signed($body);
	refused('no signature', $body, 'Stripe-Signature' => undef);
	refused('an empty one', $body, 'Stripe-Signature' => '');
	refused('one byte more', "$body ", 'Stripe-Signature' => $good);
	refused('another secret', $body, 'Stripe-Signature' => signed($body, secret => 'whsec_x'));
	refused('upper case', $body, 'Stripe-Signature' => $good =~ s/v1=(\w+)/'v1=' . uc $1/er);
	refused('an old scheme', $body, 'Stripe-Signature' => $good =~ s/v1/v0/r);
	refused('a blank', $body, 'Stripe-Signature' => $good =~ s/,/, /r);
	refused('two times', $body, 'Stripe-Signature' => "t=1,$good");
	refused('no time', $body, 'Stripe-Signature' => $good =~ s/^[^,]*,//r);
	refused('no event', $_) for '{}', '[]', 'x', '', '{"id":"a","id":"b"}';
	is($rig->sql("SELECT count(*) FROM inbox WHERE event = 'evt_forged'"), 0, 'none of it is there');
	unlike(log_of(), qr/evt_forged|metadata/, 'nor is a body in the log');
	like(log_of(), qr/refused a webhook source=stripe bytes=\d+: the Stripe-Signature is not ours/,
	    'which says why');
	return;
}

sub a_time_that_is_off_is_refused {
	for my $by (-340, 340) {
		my $body = event();
		refused("$by s", $body, 'Stripe-Signature' => signed($body, t => time + $by));
	}
	for my $by (-260, 260) {
		my $body = event();
		is(status_of($body, 'Stripe-Signature' => signed($body, t => time + $by)), 200, "$by s pass");
	}
	return;
}

sub two_secrets_pass_while_one_is_changed {
	my $body = event();
	is(status_of($body, 'Stripe-Signature' => signed($body, secret => $OLD)), 200, 'the old one');
	$body = event();
	my ($old, $new) = map { signed($body, secret => $_) } $OLD, $NEW;
	$new =~ s/^[^,]*//;
	is(status_of($body, 'Stripe-Signature' => "$old$new"), 200, 'both at once');
	$body = event();
	is(status_of($body, 'Stripe-Signature' => signed($body) . ',v1=' . '0' x 64), 200,
	    'and one that is wrong beside');
	return;
}

sub test_and_live_do_not_mix {
	my $before = stored();
	is(status_of(event(id => 'evt_live', live => 1)), 400, 'R49: real money with a test key: refused');
	is(stored(), $before, 'R49: and not stored');
	like(log_of(), qr/event "evt_live" is of real money, but stripe\.key is not/, 'R49: the log says so');
	return;
}

sub the_same_event_is_stored_once {
	my $body = event(id => 'evt_again');
	is(status_of($body), 200, 'first') for 1 .. 3;
	is($rig->sql("SELECT count(*) FROM inbox WHERE event = 'evt_again'"), 1, 'R51: stored once');
	is(status_of("$body "), 200, 'other bytes under its name');
	is(bytes_of('evt_again'), $body, 'the first stay');
	return;
}

sub twenty_at_the_same_moment_are_one {
	my $body = event(id => 'evt_crowd');
	my @in;
	for (1 .. 20) {
		my $pid = open my $p, '-|';
		die "fork: $!\n" if !defined $pid;
		if (!$pid) {
			print status_of($body);
			require POSIX;
			close STDOUT;
			POSIX::_exit(0);
		}
		push @in, $p;
	}
	is(join(' ', map { local $/; <$_> } @in), join(' ', (200) x 20), 'all are answered');
	is($rig->sql("SELECT count(*) FROM inbox WHERE event = 'evt_crowd'"), 1, 'R51: one is stored');
	return;
}

sub what_is_too_large_is_refused {
	my $body = event(id => 'evt_large');
	$body .= ' ' x (256 * 1024 - length $body);
	is(status_of($body), 200, '256 KiB pass');
	is(bytes_of('evt_large'), $body, 'whole');
	my $before = stored();
	is(status_of(event() . ' ' x (256 * 1024)), 413, 'R40: more do not');
	is(status_of(event() . ' ' x (2 * 1024 * 1024)), 413, 'R40: nor much more');
	is(stored(), $before, 'and are not stored');
	return;
}

sub other_ways_in_are_closed {
	my $http = HTTP::Tiny->new;
	my $r = $http->get($rig->url . '/hook/stripe');
	is("$r->{status} $r->{headers}{allow}", '405 POST', 'GET');
	is($http->request('DELETE', $rig->url . '/hook/stripe')->{status}, 405, 'DELETE');
	is($http->post($rig->url . "/hook$_", { content => '{}' })->{status}, 404, "/hook$_")
	    for '', '/', '/nobody', '/stripe/x';
	return;
}

sub without_the_database_the_gateway_sends_again {
	my ($away, $back) = @_;
	my $body = event(id => 'evt_patient');
	$away->();
	my $r = send_it($body);
	is($r->{status}, 503, 'R45: the database is away');
	ok($r->{headers}{'retry-after'}, 'with a time to come again');
	$back->();
	is(status_of($body), 200, 'R45: then it is stored');
	is($rig->sql("SELECT count(*) FROM inbox WHERE event = 'evt_patient'"), 1, 'once');
	return;
}

# R68: a webhook of the courier is believed by its signature and stored under its
# event's id.
sub the_couriers_events_come_in_too {
	my $secret = 'fdwh_new_0123456789';
	my $body = '<?xml version="1.0"?><StatusEvent xmlns="urn:funny-deliveries:v1"><EventId>1842</EventId></StatusEvent>';
	my $send = sub {
		my ($signature) = @_;
		return HTTP::Tiny->new(timeout => 60)->request('POST', $rig->url . '/hook/courier',
		    { content => $body, headers => { 'Funny-Signature' => $signature, 'Content-Type' => 'application/xml' } })->{status};
	};
	is($send->(signed($body, secret => $secret)), 404, 'not configured');
	secrets("courier.webhook_secret = $secret", 'courier.webhook_secret_old = fdwh_old');
	is($send->(signed($body, secret => 'fdwh_x')), 400, 'another secret');
	is($send->(signed($body, secret => $secret, t => time - 400)), 400, 'an old one');
	is($send->(''), 400, 'no signature');
	is($rig->sql("SELECT count(*) FROM inbox WHERE source = 'courier'"), 0, 'none of them is stored');
	is($send->(signed($body, secret => 'fdwh_old')), 200, 'the former secret');
	is($send->(signed($body, secret => $secret)), 200, 'the same event again');
	is($rig->sql("SELECT event FROM inbox WHERE source = 'courier'"), '1842', 'is stored once');
	is(bytes_of('1842'), $body, 'as it came');
	return;
}

sub without_a_key_there_is_no_hook {
	secrets();
	is(status_of(event()), 404, 'not configured');
	return;
}

sub all_of_it {
	my ($away, $back) = @_;
	secrets('stripe.key = sk_test_x', "stripe.webhook_secret = $NEW",
	    "stripe.webhook_secret_old = $OLD");
	the_documented_vector_is_ours();
	an_event_is_stored_as_it_came();
	what_is_not_signed_is_refused();
	a_time_that_is_off_is_refused();
	two_secrets_pass_while_one_is_changed();
	test_and_live_do_not_mix();
	the_same_event_is_stored_once();
	twenty_at_the_same_moment_are_one();
	what_is_too_large_is_refused();
	other_ways_in_are_closed();
	without_the_database_the_gateway_sends_again($away, $back);
	without_a_key_there_is_no_hook();
	the_couriers_events_come_in_too();
	return;
}

$rig = LoginRig->new;
my $file = $rig->dir . '/db/shop.db';
subtest SQLite => sub {
	all_of_it(sub { rename $file, "$file.away" or die "$file: $!\n" },
	    sub { unlink $file; rename "$file.away", $file or die "$file: $!\n" });
};
my $server = HatTest->mariadb;
$rig = LoginRig->new(db => $server);
subtest MariaDB => sub {
	all_of_it(sub { $server->run('stop') }, sub { $server->run('start') });
};
done_testing();
