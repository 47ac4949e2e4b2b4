package Till;

# Till - a gateway that speaks Stripe's wire on 127.0.0.1, and PayPal's (see
# Purse), keeps its books and is as unreliable as it may be.
#
#   my $till = Till->new($folder, $seed);     # $folder/clock: seconds to add
#   ... $till->conf, $till->secrets           # lines for the shop's two files
#   $till->order('faults', 10);               # per cent of calls
#   $till->order('refuse', 15);               # one page in 15 is not made, if there are faults
#   $till->order('away', 1);                  # answers nobody
#   $till->order('decide', 1);                # what waits (2: all) is decided
#   $till->order('contest', 7);               # a bank disputes, or warns of, what was captured
#   $till->order('judge');                    # each of these is over; 'lost': and lost
#   my $books = $till->books;                 # { intents => [...], wrong => [...] }
#
# Its pages take a POST with card=NUMBER; a card that asks the bank is proven by
# answer=yes or no at /proof/NAME. A refund may wait and be done or fail later,
# or fail after it was done. Events are lines of $folder/events.
# Keys are kept for ever; other bytes under one key are refused and counted as
# wrong. A call may be lost before or after it was done, answered late, done
# after its caller has gone, or fail for good. It is a process of its own and
# ends with the object.

use strict;
use warnings;
use Digest::SHA qw(hmac_sha256_hex);
use HatTest;
use IO::Handle;
use IO::Select;
use IO::Socket::INET;
use IPC::Open2;
use JSON::PP;
use Purse;
use Seeded;
use Socket qw(AF_UNIX PF_UNSPEC SOCK_STREAM);
use Time::HiRes qw(time);

my $SECRET = 'whsec_books';
my $json = JSON::PP->new->canonical;

sub new {
	my ($class, $folder, $seed) = @_;
	Purse::certificate($folder);
	my $listen = IO::Socket::INET->new(Listen => 64, LocalAddr => '127.0.0.1',
	    Proto => 'tcp', ReuseAddr => 1) or die "listen: $!\n";
	socketpair my $mine, my $its, AF_UNIX, SOCK_STREAM, PF_UNSPEC or die "socketpair: $!\n";
	my $pid = fork // die "fork: $!\n";
	if (!$pid) {
		close $mine;
		_serve($listen, $its, $folder, $seed);
		require POSIX;
		POSIX::_exit(0);
	}
	close $its;
	$mine->autoflush(1);
	return bless { pid => $pid, owner => $$, port => $listen->sockport, line => $mine, dir => $folder }, $class;
}

sub port { return $_[0]{port} }
sub secrets { return ('stripe.key = sk_test_books', "stripe.webhook_secret = $SECRET", 'paypal.client_secret = books') }

sub conf {
	my ($self) = @_;
	my $base = "http://127.0.0.1:$self->{port}";
	return ('stripe.base' => $base, 'paypal.base' => $base, 'paypal.client_id' => 'books',
	    'paypal.webhook_id' => $Purse::HOOK, 'paypal.ca' => "$self->{dir}/paypal-cert.pem");
}

# What a webhook has beside its body, and the body.
sub _envelope {
	my ($self, $event) = @_;
	if ($event =~ /^paypal\t(.*?)\t(.*?)\t(.*?)\t(.*)$/s) {
		return ('paypal', $4, PAYPAL_TRANSMISSION_ID => $1, PAYPAL_TRANSMISSION_TIME => $2, PAYPAL_TRANSMISSION_SIG => $3,
			PAYPAL_CERT_URL => "http://127.0.0.1:$self->{port}$Purse::CERT", PAYPAL_AUTH_ALGO => 'SHA256withRSA');
	}
	my $at = int time;
	return ('stripe', $event, STRIPE_SIGNATURE => "t=$at,v1=" . hmac_sha256_hex("$at.$event", $SECRET));
}

# bring CONF, EVENT...: each to cgi-bin/hook, signed, as a webhook.
sub bring {
	my ($self, $conf, @events) = @_;
	local $SIG{PIPE} = 'IGNORE';
	for my $event (@events) {
		chomp(my $text = $event);
		my ($name, $body, %more) = $self->_envelope($text);
		local %ENV = (PATH => $ENV{PATH}, HATSHOP_CONF => $conf, GATEWAY_INTERFACE => 'CGI/1.1',
			SERVER_PROTOCOL => 'HTTP/1.1', REQUEST_METHOD => 'POST', REQUEST_URI => "/hook/$name",
			SCRIPT_NAME => '', PATH_INFO => "/hook/$name", QUERY_STRING => '', REMOTE_ADDR => '192.0.2.1',
			CONTENT_TYPE => 'application/json', CONTENT_LENGTH => length $body,
			map { ("HTTP_$_" => $more{$_}) } keys %more);
		my $pid = open2(my $out, my $in, "$BUILD/cgi-bin/hook");
		print $in $body;
		close $in;
		my $status = readline($out) // '';
		waitpid $pid, 0;
		return $status if $status !~ /^Status: 2/;
	}
	return;
}

sub order {
	my ($self, @words) = @_;
	print { $self->{line} } "@words\n";
	my $answer = readline $self->{line};
	die "the till is gone\n" if !defined $answer;
	return $json->decode($answer);
}

sub books { return $_[0]->order('books') }

sub DESTROY {
	my ($self) = @_;
	return if $self->{owner} != $$;
	local ($?, $@);
	close $self->{line};
	kill 'KILL', $self->{pid};
	waitpid $self->{pid}, 0;
	return;
}

# ---- the process ----

my (%session, %intent, %refund, %dispute, %decide, %key, @wrong, %wait, @late, %conn);
my ($dir, $random, $faults, $refuse, $away, $port, $count, $events, $purse) = ('', undef, 0, 15, 0, 0, 0);

sub _now {
	open my $in, '<', "$dir/clock" or return int time;
	my $shift = readline $in;
	return int(time) + ($shift // 0);
}

sub _event {
	my ($type, $object) = @_;
	my $id = 'evt_' . ++$count;
	my $event = { id => $id, object => 'event', type => $type, livemode => JSON::PP::false,
		created => _now(), data => { object => $object } };
	syswrite $events, $json->encode($event) . "\n";
	return;
}

# ---- what it keeps ----

sub _intent_object {
	my ($i) = @_;
	return { id => $i->{id}, object => 'payment_intent', status => $i->{status}, amount => $i->{amount},
		amount_received => $i->{received}, currency => $i->{currency},
		metadata => { order => $i->{order}, attempt => $i->{attempt} } };
}

sub _session_object {
	my ($s) = @_;
	my $intent = $s->{intent} ? _intent_object($intent{ $s->{intent} }) : undef;
	return { id => $s->{id}, object => 'checkout.session', status => $s->{status}, amount_total => $s->{amount},
		currency => $s->{currency}, metadata => { order => $s->{order}, attempt => $s->{attempt} },
		url => $s->{status} eq 'open' ? "http://127.0.0.1:$port/pay/$s->{id}" : undef,
		payment_intent => $intent };
}

# The page is over; what a bank was asked for on it is given up.
sub _close {
	my ($s) = @_;
	@$s{qw(status ended)} = ('expired', ++$count);
	$intent{ $s->{intent} }{status} = 'canceled' if $s->{intent};
	return _event('checkout.session.expired', _session_object($s));
}

sub _cancel {
	my ($i) = @_;
	$i->{status} = 'canceled';
	$session{ $i->{session} }{ended} = ++$count;
	return _event('payment_intent.canceled', _intent_object($i));
}

sub _age {
	my ($s) = @_;
	return if $s->{status} ne 'open' || $s->{expires_at} > _now();
	return _close($s);
}

# ---- calls: (status, object or message) ----

sub _create {
	my (%in) = @_;
	my ($n, $amount) = (0, 0);
	for (; defined $in{"line_items[$n][quantity]"}; $n++) {
		$amount += $in{"line_items[$n][quantity]"} * $in{"line_items[$n][price_data][unit_amount]"};
	}
	return (400, 'your account cannot do that now') if $faults && !$random->($refuse);
	_age($_) for grep { $_->{order} eq $in{'metadata[order]'} } values %session;
	my $id = 'cs_test_' . ++$count;
	$session{$id} = { id => $id, made => $count, status => 'open', amount => $amount, order => $in{'metadata[order]'},
		attempt => $in{'metadata[attempt]'}, expires_at => $in{expires_at},
		currency => $in{'line_items[0][price_data][currency]'} };
	push @wrong, "$id: not a hold of money" if $in{'payment_intent_data[capture_method]'} ne 'manual';
	return (200, _session_object($session{$id}));
}

sub _expire {
	my ($s) = @_;
	return (400, 'only open sessions can be expired') if $s->{status} ne 'open';
	_close($s);
	return (200, _session_object($s));
}

sub _capture {
	my ($i, $amount) = @_;
	if ($faults && $i->{status} eq 'requires_capture' && !$random->(40)) {
		_cancel($i); # the bank did not wait
	}
	return (400, "it is $i->{status}") if $i->{status} ne 'requires_capture';
	push @wrong, "$i->{id}: $amount of $i->{amount} captured" if $amount != $i->{amount};
	@$i{qw(status received)} = ('succeeded', $amount);
	_event('payment_intent.succeeded', _intent_object($i));
	return (200, _intent_object($i));
}

sub _void {
	my ($i) = @_;
	return (400, "it is $i->{status}") if $i->{status} ne 'requires_capture';
	_cancel($i);
	return (200, _intent_object($i));
}

sub _refund {
	my (%in) = @_;
	my $i = $intent{ $in{payment_intent} // '' } or return (404, 'no such payment');
	my $name = $in{'metadata[refund]'};
	push @wrong, "$i->{id}: refund $name was made twice" if $i->{refunds}{$name}++;
	return (400, 'the charge is disputed') if grep { $_->{payment_intent} eq $i->{id} && _is_open($_) } values %dispute;
	return (400, 'more than is left') if $in{amount} > $i->{received} - $i->{refunded} - $i->{lost};
	my $luck = $faults ? $random->(20) : 9;
	return (400, 'this card takes no money back') if $luck == 0;
	$i->{refunded} += $in{amount};
	my $id = 're_' . ++$count;
	$refund{$id} = { id => $id, object => 'refund', status => $luck < 4 ? 'pending' : 'succeeded', amount => 0 + $in{amount},
		currency => $i->{currency}, payment_intent => $i->{id},
		metadata => { order => $i->{order}, refund => $name } };
	_event('refund.created', $refund{$id});
	# one that was done may fail days later
	$decide{$id} = [ _now() + 20 + $random->(300), $luck == 1 || $luck == 4 ] if $luck < 5;
	return (200, $refund{$id});
}

# ---- disputes and warnings ----

sub _is_open { my ($d) = @_; return $d->{status} && $d->{status} =~ /^(?:needs_response|under_review)$/ }

# The bank of one that was captured and is not disputed yet.
sub _contest {
	my ($n) = @_;
	return $purse->contest($n) if $n % 3 == 0;
	my %had = map { $_->{payment_intent} => 1 } values %dispute;
	my @may = grep { $_->{received} > $_->{refunded} && !$had{ $_->{id} } } map { $intent{$_} } sort keys %intent;
	my $i = $may[ $n % (@may || 1) ] or return;
	my %common = (created => _now(), payment_intent => $i->{id});
	if ($n % 4 == 1) {
		my $id = 'issfr_' . ++$count;
		$dispute{$id} = { %common, id => $id, object => 'radar.early_fraud_warning', fraud_type => 'misc',
			actionable => JSON::PP::true };
		return _event('radar.early_fraud_warning.created', $dispute{$id});
	}
	my $id = 'du_' . ++$count;
	$dispute{$id} = { %common, id => $id, object => 'dispute', status => 'needs_response', reason => 'fraudulent',
		amount => $i->{received} - $i->{refunded}, currency => $i->{currency}, evidence_details => { due_by => _now() + 86_400 } };
	return _event('charge.dispute.created', $dispute{$id});
}

sub _judge {
	my ($how) = @_;
	for my $d (map { $dispute{$_} } sort keys %dispute) {
		if ($d->{actionable}) {
			$d->{actionable} = JSON::PP::false;
			_event('radar.early_fraud_warning.updated', $d);
		} elsif (_is_open($d)) {
			if ($random->(2)) {
				$d->{status} = 'under_review';
				_event('charge.dispute.updated', $d);
			}
			$d->{status} = $how ne 'lost' && $random->(2) ? 'won' : 'lost';
			$intent{ $d->{payment_intent} }{lost} = $d->{amount} if $d->{status} eq 'lost';
			_event('charge.dispute.closed', $d);
		}
	}
	return $purse->judge($how);
}

# What waits is decided when its time has come.
sub _decide {
	my ($all) = @_;
	my $now = _now();
	for my $id (grep { $all || $decide{$_}[0] <= $now } sort keys %decide) {
		my ($r, $fails) = ($refund{$id}, $decide{$id}[1]);
		delete $decide{$id};
		$r->{status} = $fails ? 'failed' : 'succeeded';
		$intent{ $r->{payment_intent} }{refunded} -= $r->{amount} if $fails;
		_event($fails ? 'refund.failed' : 'refund.updated', $r);
	}
	return $purse->decide($all);
}

sub _call {
	my ($path, %in) = @_;
	return _refund(%in) if $path eq '/v1/refunds';
	return _create(%in) if $path eq '/v1/checkout/sessions';
	my ($kind, $id, $verb) = $path =~ m{^/v1/(checkout/sessions|payment_intents)/(\w+)/(\w+)$} or return (404, 'no such call');
	my $o = $kind eq 'payment_intents' ? $intent{$id} : $session{$id};
	return (404, "no $id") if !$o;
	return _expire($o) if $verb eq 'expire';
	return _capture($o, $in{amount_to_capture}) if $verb eq 'capture';
	return _void($o) if $verb eq 'cancel';
	return (404, 'no such verb');
}

# The customer at the page.
sub _page {
	my ($s, $card) = @_;
	_age($s);
	return (410, 'this page is closed') if $s->{status} ne 'open';
	if ($card eq '4000000000000002') {
		_event('payment_intent.payment_failed', { id => 'pi_none', object => 'payment_intent',
			metadata => { order => $s->{order} } });
		return (402, 'declined');
	}
	$s->{intent} //= _intent_of($s);
	if ($card =~ /^(?:4000002760003184|proof (?:yes|no))$/) {
		my $i = $intent{ $s->{intent} };
		return (409, 'the bank was not asked') if $card =~ /proof/ && $i->{status} ne 'requires_action';
		$i->{status} = $card =~ /no/ ? 'requires_payment_method' : 'requires_action';
		_event('payment_intent.payment_failed', _intent_object($i)) if $card =~ /no/;
		return (200, 'your bank has the word') if $card !~ /yes/;
	}
	$intent{ $s->{intent} }{status} = 'requires_capture';
	$s->{status} = 'complete';
	_event('checkout.session.completed', _session_object($s));
	_event('payment_intent.amount_capturable_updated', _intent_object($intent{ $s->{intent} }));
	return (200, 'thank you');
}

sub _intent_of {
	my ($s) = @_;
	my $id = 'pi_' . ++$count;
	$intent{$id} = { id => $id, status => 'requires_payment_method', received => 0, refunded => 0, lost => 0, session => $s->{id},
		map { $_ => $s->{$_} } qw(amount currency order attempt) };
	return $id;
}

# ---- requests ----

sub _form {
	my ($body) = @_;
	my %in;
	for (split /&/, $body) {
		my ($name, $value) = split /=/, $_, 2;
		for ($name, $value) {
			$_ //= '';
			tr/+/ /;
			s/%([0-9A-Fa-f]{2})/chr hex $1/ge;
		}
		$in{$name} = $value;
	}
	return %in;
}

sub _reply {
	my ($status, $what, $replayed) = @_;
	my $body = $json->encode(ref $what ? $what : { error => { message => $what } });
	return "HTTP/1.1 $status .\r\nContent-Type: application/json\r\nContent-Length: " . length($body)
	    . "\r\nConnection: close\r\n" . ($replayed ? "Idempotent-Replayed: true\r\n" : '') . "\r\n$body";
}

# Once a key; 409 while the first is at it.
sub _post {
	my ($path, $name, $body) = @_;
	my $had = $key{$name} //= { bytes => "$path?$body" };
	if ($had->{bytes} ne "$path?$body") {
		push @wrong, "key $name was used for two calls: $path";
		return _reply(400, 'this key was used for something else');
	}
	return _reply(409, 'a request with this key is under way') if $wait{$name};
	return _reply(@{ $had->{answer} }, 1) if $had->{answer};
	if ($path =~ m{^/v2/}) { # which keeps no refusal, and never fails for good
		my @answer = $purse->call($path, $body);
		$had->{answer} = \@answer if $answer[0] < 300;
		return _reply($faults && !$random->(40) ? (500, 'something went wrong') : @answer);
	}
	if ($faults && !$random->(40)) { # it failed inside, done or not, and says so for ever
		_call($path, _form($body)) if $random->(2);
		$had->{answer} = [ 500, 'something went wrong' ];
	} else {
		$had->{answer} = [ _call($path, _form($body)) ];
	}
	return _reply(@{ $had->{answer} });
}

sub _certificate {
	open my $in, '<', "$dir/paypal-cert.pem" or return _reply(404, 'no certificate');
	my $pem = join '', readline $in;
	return "HTTP/1.1 200 .\r\nContent-Type: text/plain\r\nContent-Length: " . length($pem) . "\r\nConnection: close\r\n\r\n$pem";
}

sub _get {
	my ($path) = @_;
	_decide();
	return _certificate() if $path eq $Purse::CERT;
	return _reply($purse->get($path)) if $path =~ m{^/v2/|^/v1/customer/};
	if ($path =~ m{^/v1/(?:disputes|radar/early_fraud_warnings)/(\w+)$}) {
		return _reply($dispute{$1} ? (200, $dispute{$1}) : (404, 'no such dispute'));
	}
	if ($path =~ m{^/v1/refunds/(\w+)$}) {
		return _reply($refund{$1} ? (200, $refund{$1}) : (404, 'no such refund'));
	}
	if ($path =~ m{^/v1/refunds\?.*payment_intent=(\w+)}) {
		my $of = $1;
		return _reply(200, { object => 'list', data => [ grep { $_->{payment_intent} eq $of } values %refund ] });
	}
	my ($id) = $path =~ m{^/v1/checkout/sessions/(\w+)\?};
	my $s = $id ? $session{$id} : undef;
	return _reply(404, 'no such session') if !$s;
	_age($s);
	return _reply(200, _session_object($s));
}

sub _answer {
	my ($method, $path, $name, $body) = @_;
	return _get($path) if $method eq 'GET';
	return _reply(200, { access_token => 'books', expires_in => 32_400 }) if $path eq '/v1/oauth2/token';
	return _reply($purse->page(_form($body))) if $path =~ m{^/checkoutnow};
	if ($path =~ m{^/(pay|proof)/(\w+)$}) {
		my %form = _form($body);
		return _reply($session{$2} ? _page($session{$2}, $1 eq 'pay' ? $form{card} : "proof $form{answer}") : (404, 'no page'));
	}
	return _post($path, $name, $body);
}

sub _later {
	my ($seconds, $do) = @_;
	@late = sort { $a->[0] <=> $b->[0] } @late, [ time + $seconds, $do ];
	return;
}

sub _send {
	my ($socket, $text) = @_;
	$socket->blocking(1);
	syswrite $socket, $text;
	close $socket;
	return;
}

# How one request goes: mostly well.
sub _handle {
	my ($socket, @request) = @_;
	my $luck = $away ? 0 : $random->(100) - $faults;
	my $way = $luck < 0 ? $random->(6) : 9;
	my $name = $request[2];
	if ($away || $way == 0) {
		close $socket;
	} elsif ($way == 1) {
		_answer(@request);
		close $socket;
	} elsif ($way == 2) {
		_send($socket, _reply(503, 'not now'));
	} elsif ($way == 3 && $request[0] eq 'POST' && $name ne '') {
		# the caller is gone before it is done
		close $socket;
		return if $key{$name} || $wait{$name};
		$wait{$name} = 1;
		$key{$name} = { bytes => "$request[1]?$request[3]" };
		_later(0.2 + $random->(30) / 10, sub { delete $wait{$name}; _answer(@request) });
	} elsif ($way == 4) {
		my $reply = _answer(@request);
		_later($random->(800) / 1000, sub { _send($socket, $reply) });
	} else {
		_send($socket, _answer(@request));
	}
	return;
}

# A whole request, or nothing yet.
sub _parse {
	my ($text) = @_;
	my ($head, $body) = $text =~ /^(.*?)\r\n\r\n(.*)$/s or return;
	my ($method, $path) = $head =~ m{^(\w+) (\S+)} or return;
	my ($length) = $head =~ /^Content-Length: *(\d+)/mi;
	my ($name) = $head =~ /^(?:Idempotency-Key|PayPal-Request-Id): *(\S+)/mi;
	return if length $body < ($length // 0);
	return ($method, $path, $name // '', $body);
}

sub _read {
	my ($socket) = @_;
	my $n = sysread $socket, $conn{$socket}{text}, 65536, length $conn{$socket}{text};
	return if !defined $n && ($!{EAGAIN} || $!{EINTR});
	my @request = $n ? _parse($conn{$socket}{text}) : ();
	return if $n && !@request;
	delete $conn{$socket};
	return @request ? _handle($socket, @request) : close $socket;
}

sub _obey {
	my ($line) = @_;
	my ($word, $value) = split ' ', readline($line) // return;
	my $answer = {};
	if ($word eq 'faults') {
		$faults = $value;
	} elsif ($word eq 'away') {
		$away = $value;
	} elsif ($word eq 'refuse') {
		$refuse = $value;
	} elsif ($word eq 'books') {
		_age($_) for values %session;
		$answer = { intents => [ values %intent, $purse->intents ], wrong => \@wrong, late => scalar @late,
			sessions => [ values %session, $purse->sessions ],
			disputes => [ grep { $_->{status} } values %dispute, $purse->disputes ] };
	} elsif ($word eq 'contest') {
		_contest($value);
	} elsif ($word eq 'judge') {
		_judge($value // '');
	} elsif ($word eq 'decide') {
		_decide($value > 1);
	}
	print {$line} $json->encode($answer), "\n";
	return 1;
}

sub _serve {
	my ($listen, $line, $folder, $seed) = @_;
	$SIG{PIPE} = 'IGNORE';
	($dir, $random, $port) = ($folder, seeded($seed), $listen->sockport);
	$line->autoflush(1);
	open $events, '>>', "$dir/events" or die "events: $!\n";
	$purse = Purse->new(dir => $dir, port => $port, random => $random, wrong => \@wrong, now => \&_now,
		faults => sub { $faults }, refuse => sub { $refuse }, count => sub { ++$count },
		tell => sub { syswrite $events, "$_[0]\n" });
	$purse->event('BOOKS.OPENED', { id => 'books' }); # brings the certificate
	while (1) {
		my $wait = @late ? $late[0][0] - time : 5;
		my $select = IO::Select->new($listen, $line, map { $_->{socket} } values %conn);
		for my $h ($select->can_read($wait < 0 ? 0 : $wait)) {
			if ($h == $line) {
				_obey($line) or return;
			} elsif ($h == $listen) {
				my $socket = $listen->accept or next;
				$socket->blocking(0);
				$conn{$socket} = { socket => $socket, text => '' };
			} else {
				_read($h);
			}
		}
		(shift @late)->[1]->() while @late && $late[0][0] <= time;
	}
	return;
}

1;
