#!/usr/bin/perl
# sandbox-stripe.t - the stand-in of Stripe keeps Stripe's rules: states, keys,
# cards, webhooks, and what goes wrong when it is asked to.
use strict;
use warnings;
use Digest::SHA qw(hmac_sha256_hex);
use FindBin;
use lib "$FindBin::Bin/lib";
use HatTest;
use IO::Socket::INET;
use JSON::PP qw(decode_json);
use MIME::Base64 ();
use POSIX ();
use StripeBox;
use Test::More;
use Time::HiRes qw(time sleep);

# A shop that takes webhooks: each request is a file of its folder.
my $listener = IO::Socket::INET->new(Listen => 50, LocalAddr => '127.0.0.1')
    or die "no socket: $!\n";
my $shop = 'http://127.0.0.1:' . $listener->sockport;
my $box = StripeBox->new(shop => $shop);
my $taken = $box->dir . '/taken';
mkdir $taken;
my $pid = fork // die "fork: $!\n";
serve() if !$pid;
my $tests = $$;
END { kill KILL => $pid if $pid && $tests && $$ == $tests }

# The file "$taken/refuse" has it answer 500.
sub serve {
	my $n = 0;
	while (my $c = $listener->accept) {
		my ($head, $length) = ('', 0);
		while (defined(my $line = <$c>)) {
			$head .= $line;
			$length = $1 if $line =~ /^content-length: (\d+)/i;
			last if $line =~ /^\r?\n/;
		}
		read $c, (my $body), $length;
		my $refuse = -e "$taken/refuse";
		if (!$refuse) {
			my $name = sprintf '%s/%06d', $taken, $n++;
			open my $f, '>', "$name.new" or die;
			print $f $head, $body;
			close $f;
			rename "$name.new", $name;
		}
		print $c 'HTTP/1.1 ', $refuse ? '500 no' : '200 OK',
		    "\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";
		close $c;
	}
	POSIX::_exit(0);
}

# What has come since the last time: {head, body, json}.
my $seen = 0;
sub hooks {
	my @all;
	while (open(my $f, '<:raw', sprintf '%s/%06d', $taken, $seen)) {
		local $/;
		my ($head, $body) = split /\r\n\r\n/, scalar <$f>, 2;
		push @all, { head => $head, body => $body, json => decode_json($body) };
		$seen++;
	}
	return @all;
}
sub delivered { $box->deliver(@_); return hooks() }
sub types { return join ' ', map { $_->{json}{type} } @_ }

my $order = 0;
sub asked {
	my (%change) = @_;
	$order++;
	my %p = (
		mode => 'payment',
		success_url => "$shop/back/{CHECKOUT_SESSION_ID}",
		cancel_url => "$shop/cancel",
		'allowed_payment_method_types[0]' => 'card',
		client_reference_id => "order$order",
		customer_email => 'ann@hats.example',
		expires_at => int(time) + 3600,
		'metadata[order]' => "order$order",
		'payment_intent_data[capture_method]' => 'manual',
		'payment_intent_data[metadata][order]' => "order$order",
		'line_items[0][quantity]' => 2,
		'line_items[0][price_data][currency]' => 'gbp',
		'line_items[0][price_data][unit_amount]' => 1999,
		'line_items[0][price_data][product_data][name]' => 'Fez',
		'line_items[1][quantity]' => 1,
		'line_items[1][price_data][currency]' => 'gbp',
		'line_items[1][price_data][unit_amount]' => 395,
		'line_items[1][price_data][product_data][name]' => 'Delivery',
		%change,
	);
	delete @p{ grep { !defined $p{$_} } keys %p };
	return \%p;
}
my $keys = 0;
sub created {
	my $r = $box->call(POST => 'checkout/sessions', asked(@_), key => 'new' . $keys++);
	is($r->{status}, 200, 'a session is made') or diag($r->{content});
	return $r->{json}{id};
}
sub look {
	my ($id) = @_;
	return $box->call(GET => "checkout/sessions/$id",
	    'expand[0]=payment_intent.latest_charge')->{json};
}
sub authorised {
	my $id = created();
	is($box->pay($id)->{status}, 303, 'and paid');
	return (look($id)->{payment_intent}{id}, $id);
}

sub a_card_is_reserved_and_then_captured {
	my $id = created();
	my $s = look($id);
	is($s->{amount_total}, 4393, 'R06: the sum of the lines');
	is($s->{payment_intent}, undef, 'no intent before a card was typed');
	my $page = $box->page($id);
	like($page->{content}, qr/SANDBOX/, 'the page says what it is');
	like($page->{content}, qr/£43\.93/, 'and the sum');
	unlike($page->{content}, qr/<script/, 'without a script');
	my $r = $box->pay($id);
	is($r->{headers}{location}, "$shop/back/$id", 'back with the session in the address');
	$s = look($id);
	is("$s->{status} $s->{payment_status} $s->{payment_intent}{status}",
	    'complete unpaid requires_capture', 'reserved: unpaid, and no failure');
	is($s->{payment_intent}{latest_charge}{payment_method_details}{card}{last4}, '4242', 'the card');
	my @came = delivered();
	is(types(@came), 'payment_intent.amount_capturable_updated checkout.session.completed',
	    'both webhooks came');
	is($came[1]{json}{data}{object}{metadata}{order}, "order$order", 'with what is the shop\'s');
	my ($t, $v1) = $came[0]{head} =~ /^stripe-signature: t=(\d+),v1=([0-9a-f]{64})\r?$/mi;
	is(hmac_sha256_hex("$t.$came[0]{body}", $box->secret), $v1, 'signed');
	my $intent = $s->{payment_intent}{id};
	$r = $box->call(POST => "payment_intents/$intent/capture", { amount_to_capture => 4393 }, key => "c$id");
	is("$r->{status} $r->{json}{status} $r->{json}{amount_received}", '200 succeeded 4393', 'R43: captured');
	is(types(delivered()), 'payment_intent.succeeded', 'and told');
	$r = $box->call(POST => "payment_intents/$intent/capture", {}, key => "d$id");
	is("$r->{status} $r->{json}{error}{code}", '400 payment_intent_unexpected_state', 'R49: once only');
	$r = $box->call(POST => "payment_intents/$intent/cancel", {}, key => "v$id");
	is($r->{json}{error}{payment_intent}{status}, 'succeeded', 'captured money is not let go');
	my ($book) = grep { $_->{session} eq $id } @{ $box->books };
	is($book->{captured}, 4393, 'the books have it');
	return;
}

sub a_decline_ends_nothing {
	my $id = created();
	my $r = $box->pay($id, '4000 0000 0000 0002');
	is($r->{status}, 402, 'R48: declined');
	like($r->{content}, qr/Your card was declined/, 'the page says so');
	like($r->{content}, qr/name="card"/, 'and another card can be typed');
	is(look($id)->{status}, 'open', 'still open');
	is(types(delivered()), 'payment_intent.payment_failed', 'a webhook tells of the failure');
	is($box->pay($id)->{status}, 303, 'another card passes');
	is(look($id)->{payment_intent}{status}, 'requires_capture', 'in the same intent');
	delivered();
	return;
}

sub no_other_number_is_taken {
	my $id = created();
	my $r = $box->pay($id, '4111111111111111');
	is($r->{status}, 422, 'a number that is no test card is refused');
	unlike($r->{content}, qr/4111/, 'and not shown again');
	is(look($id)->{payment_intent}, undef, 'nothing was made of it');
	my $found = `grep -rl 4111111111111111 @{[$box->dir]}/box @{[$box->dir]}/web`;
	is($found, '', 'R45: and it is kept nowhere');
	return;
}

sub the_bank_may_say_yes_or_no_or_nothing {
	my $id = created();
	my $r = $box->pay($id, '4000002500003155');
	like($r->{headers}{location}, qr{/c/proof/$id$}, 'R47: the bank is asked');
	my $s = look($id);
	is("$s->{status} $s->{payment_intent}{status}", 'open requires_action', 'R47: abandoned: open');
	is($box->prove($id, 'no')->{status}, 402, 'the bank says no');
	is($box->pay($id, '4000002760003184')->{status}, 303, 'once more');
	$r = $box->prove($id, 'yes');
	is($r->{headers}{location}, "$shop/back/$id", 'the bank says yes');
	is(look($id)->{payment_intent}{latest_charge}{payment_method_details}{card}{three_d_secure}{result},
	    'authenticated', 'and it is noted');
	$id = created();
	$box->pay($id, '4000008400001629');
	is($box->prove($id, 'yes')->{status}, 402, 'proven and then declined');
	delivered();
	return;
}

sub an_open_page_can_be_ended_once {
	my $id = created();
	my $r = $box->call(POST => "checkout/sessions/$id/expire", {}, key => "e$id");
	is("$r->{status} $r->{json}{status}", '200 expired', 'ended');
	is(types(delivered()), 'checkout.session.expired', 'told');
	$r = $box->call(POST => "checkout/sessions/$id/expire", {}, key => "f$id");
	is($r->{status}, 400, 'not twice');
	is($box->pay($id)->{status}, 410, 'and it cannot be paid');
	my ($intent, $paid) = authorised();
	$r = $box->call(POST => "checkout/sessions/$paid/expire", {}, key => "e$paid");
	is($r->{status}, 400, 'nor when it was paid');
	$r = $box->call(POST => "payment_intents/$intent/cancel", { cancellation_reason => 'abandoned' }, key => "v$paid");
	is("$r->{json}{status} $r->{json}{cancellation_reason}", 'canceled abandoned', 'the money is let go');
	is($box->call(POST => "payment_intents/$intent/capture", {}, key => "c$paid")->{status}, 400,
	    'and cannot be captured');
	delivered();
	return;
}

sub time_ends_a_page_and_an_authorisation {
	my $id = created();
	my ($intent) = authorised();
	delivered();
	$box->clock(3580);
	is(look($id)->{status}, 'open', 'before expires_at');
	$box->clock(3601);
	is(look($id)->{status}, 'expired', 'after expires_at');
	is($box->pay($id)->{status}, 410, 'and no card is taken');
	is($box->call(GET => "payment_intents/$intent")->{json}{status}, 'requires_capture', 'reserved money stays');
	$box->clock(7 * 86400 + 5);
	is($box->call(GET => "payment_intents/$intent")->{json}{status}, 'canceled', 'for seven days');
	$box->clock(0);
	delivered();
	return;
}

sub money_is_given_back_in_parts_and_no_more_than_there_was {
	my ($intent, $id) = authorised();
	my $refund = sub {
		my ($n) = @_;
		return $box->call(POST => 'refunds', { payment_intent => $intent, amount => $n }, key => 'r' . $keys++);
	};
	is($refund->(1)->{json}{error}{code}, 'charge_not_refundable', 'not before it is captured');
	$box->call(POST => "payment_intents/$intent/capture", {}, key => "c$id");
	is($refund->(1000)->{json}{status}, 'succeeded', 'R53: a part');
	is($refund->(3394)->{status}, 400, 'not more than is left');
	is($refund->(3393)->{json}{amount}, 3393, 'the rest');
	is($refund->(1)->{json}{error}{code}, 'charge_already_refunded', 'and then nothing');
	my $list = $box->call(GET => 'refunds', "payment_intent=$intent")->{json};
	is(join(' ', map { $_->{amount} } @{ $list->{data} }), '3393 1000', 'both are listed');
	delivered();
	return;
}

sub a_key_means_one_call {
	my $p = asked();
	my $one = $box->call(POST => 'checkout/sessions', $p, key => 'same');
	my $two = $box->call(POST => 'checkout/sessions', $p, key => 'same');
	is($two->{content}, $one->{content}, 'the same answer');
	is($two->{headers}{'idempotent-replayed'}, 'true', 'and it says so');
	my $r = $box->call(POST => 'checkout/sessions', { %$p, client_reference_id => 'x' }, key => 'same');
	is("$r->{status} $r->{json}{error}{type}", '400 idempotency_error', 'not for something else');
	$r = $box->call(POST => 'checkout/sessions', { %$p, bogus => 1 }, key => 'wrong');
	is("$r->{status} $r->{json}{error}{code}", '400 parameter_unknown', 'a wrong call');
	is($box->call(POST => 'checkout/sessions', $p, key => 'wrong')->{status}, 200, 'is not kept');
	$box->faults(kind => 'slow', seconds => 4, on => 'create');
	my $child = fork // die;
	if (!$child) {
		$box->call(POST => 'checkout/sessions', $p, key => 'slow');
		POSIX::_exit(0);
	}
	my $end = time + 20;
	my $db = $box->dir . '/box/stripe.db';
	sleep 0.01 while time < $end && !`sqlite3 $db "SELECT 1 FROM idem WHERE key = 'slow'"`;
	$r = $box->call(POST => 'checkout/sessions', $p, key => 'slow');
	waitpid $child, 0;
	is("$r->{status} $r->{json}{error}{code}", '409 idempotency_key_in_use', 'not while it is being done');
	return;
}

sub what_goes_wrong_does_so_as_asked {
	my $p = asked();
	my $count = sub { return scalar @{ $box->books } };
	my $make = sub { return $box->call(POST => 'checkout/sessions', $p, key => $_[0]) };
	my $n = $count->();
	$box->faults(kind => 'error', on => 'create');
	is($make->('x1')->{status}, 500, 'an error');
	my $r = $make->('x1');
	is("$r->{status} $r->{headers}{'idempotent-replayed'}", '500 true', 'is kept under its key');
	is($count->(), $n, 'and nothing was done');
	$box->faults(kind => 'error-after', on => 'create');
	is($make->('x2')->{status}, 500, 'an error after the act');
	is($count->(), ++$n, 'it was done');
	$box->faults(kind => 'busy', on => 'create');
	is($make->('x3')->{status}, 429, 'too many');
	is($make->('x3')->{status}, 200, 'is not kept');
	$n++;
	$box->faults(kind => 'lock');
	is($make->('x4')->{json}{error}{code}, 'lock_timeout', 'a lock');
	$box->faults(kind => 'cut-before', on => 'create');
	$make->('x5');
	is($count->(), $n, 'broken off before');
	$box->faults(kind => 'timeout-after', on => 'create', seconds => 1);
	my $began = time;
	$make->('x6');
	ok(time - $began >= 1, 'it takes its time');
	is($count->(), ++$n, 'broken off after');
	$r = $make->('x6');
	is("$r->{status} $r->{headers}{'idempotent-replayed'}", '200 true', 'the same key tells');
	$box->faults(kind => 'error', on => 'capture', skip => 1, times => 2);
	my ($intent) = authorised();
	my @got = map { $box->call(POST => "payment_intents/$intent/cancel", {}, key => "y$_")->{status} } 1 .. 2;
	is("@got", '200 400', 'other calls are left alone');
	@got = map { $box->call(POST => "payment_intents/$intent/capture", {}, key => "z$_")->{status} } 1 .. 4;
	is("@got", '400 500 500 400', 'skipped, twice, no more');
	delivered();
	return;
}

sub webhooks_go_wrong_as_asked {
	my $paid = sub { my $id = created(); $box->pay($id); return $id };
	$box->faults(kind => 'never', on => 'checkout.session.completed');
	$paid->();
	is(types(delivered()), 'payment_intent.amount_capturable_updated', 'never');
	$box->faults(kind => 'duplicate', on => 'checkout.session.completed');
	$paid->();
	is(types(delivered()), 'payment_intent.amount_capturable_updated ' .
	    'checkout.session.completed checkout.session.completed', 'twice');
	$box->faults(kind => 'reversed');
	$paid->();
	is(types(delivered()), 'checkout.session.completed payment_intent.amount_capturable_updated',
	    'in reverse order');
	$box->faults(kind => 'late', on => 'checkout.session.completed', seconds => 600);
	$paid->();
	is(types(delivered()), 'payment_intent.amount_capturable_updated', 'late: not yet');
	is(types(delivered(all => 'true')), 'checkout.session.completed', 'until it is asked for');
	$box->faults(kind => 'early', on => 'checkout.session.completed');
	$paid->();
	is(types(hooks()), 'payment_intent.amount_capturable_updated checkout.session.completed',
	    'before the page was answered');
	$box->faults(kind => 'forged', on => 'checkout.session.completed');
	$box->faults(kind => 'skew', on => 'payment_intent.amount_capturable_updated', seconds => -400);
	$paid->();
	my @came = delivered();
	my ($t, $v1) = $came[1]{head} =~ /t=(\d+),v1=([0-9a-f]{64})/;
	isnt(hmac_sha256_hex("$t.$came[1]{body}", $box->secret), $v1, 'forged');
	($t, $v1) = $came[0]{head} =~ /t=(\d+),v1=([0-9a-f]{64})/;
	ok(abs($t - time + 400) < 10, 'signed in the past');
	is(hmac_sha256_hex("$t.$came[0]{body}", $box->secret), $v1, 'rightly');
	open my $f, '>', "$taken/refuse" or die;
	close $f;
	my $id = $paid->();
	is($box->deliver->{failed}, 2, 'a shop that refuses');
	unlink "$taken/refuse";
	is(types(delivered(all => 'true')), 'payment_intent.amount_capturable_updated ' .
	    'checkout.session.completed', 'is told again');
	return;
}

sub events_are_kept {
	my $all = $box->call(GET => 'events', 'limit=100&type=checkout.session.completed')->{json};
	ok(@{ $all->{data} } > 5, 'those that never came, too');
	my $first = $box->call(GET => 'events', 'limit=2')->{json};
	ok($first->{has_more}, 'page by page');
	my $next = $box->call(GET => 'events', "limit=2&starting_after=$first->{data}[1]{id}")->{json};
	ok(!grep({ my $id = $_->{id}; grep { $_->{id} eq $id } @{ $first->{data} } } @{ $next->{data} }),
	    'without one twice');
	is($box->call(GET => "events/$first->{data}[0]{id}")->{json}{id}, $first->{data}[0]{id}, 'one by its name');
	is(scalar @{ $box->call(GET => 'events', 'created[lt]=1000')->{json}{data} }, 0, 'by time');
	return;
}

sub many_pay_at_once {
	my $id = created();
	delivered();
	my @pids = map {
		my $child = fork // die;
		if (!$child) {
			my $r = $box->pay($id);
			POSIX::_exit($r->{status} == 303 ? 0 : $r->{status} == 200 ? 1 : 2);
		}
		$child;
	} 1 .. 20;
	my @ends = map { waitpid $_, 0; $? >> 8 } @pids;
	is(scalar(grep { $_ == 0 } @ends), 1, '20 at once on one page: one pays');
	is(scalar(grep { $_ == 1 } @ends), 19, 'the others read that it is paid');
	is(types(delivered()), 'payment_intent.amount_capturable_updated checkout.session.completed', 'once');
	return;
}

sub a_process_of_its_own_sends_them {
	$box->watch;
	my $id = created();
	$box->pay($id);
	my $end = time + 20;
	my $got = '';
	while (time < $end && $got !~ /completed/) {
		$got .= types(hooks()) . ' ';
		sleep 0.05;
	}
	like($got, qr/checkout\.session\.completed/, 'without being asked');
	$box->unwatch;
	return;
}

# [what, the change, status, code or the error's type]
my @refusals = (
	[ 'no mode', { mode => undef }, 'parameter_missing' ],
	[ 'no success_url', { success_url => undef }, 'parameter_missing' ],
	[ 'a success_url that is none', { success_url => '/back' }, 'url_invalid' ],
	[ 'a cancel_url that is none', { cancel_url => 'javascript:x' }, 'url_invalid' ],
	[ 'an address that is none', { customer_email => 'ann' }, 'email_invalid' ],
	[ 'half an hour is too soon', { expires_at => int(time) + 1700 } ],
	[ 'a day is too late', { expires_at => int(time) + 86500 } ],
	[ 'no lines', { map { $_ => undef } grep { /^line_items/ } keys %{ asked() } }, 'parameter_missing' ],
	[ 'no name', { 'line_items[1][price_data][product_data][name]' => undef }, 'parameter_missing' ],
	[ 'no price', { 'line_items[1][price_data][unit_amount]' => undef }, 'parameter_missing' ],
	[ 'an empty name', { 'line_items[1][price_data][product_data][name]' => '' }, 'parameter_invalid_empty' ],
	[ 'two currencies', { 'line_items[1][price_data][currency]' => 'eur' } ],
	[ 'half a hat', { 'line_items[1][quantity]' => '0.5' }, 'parameter_invalid_integer' ],
	[ 'no hats at all', { 'line_items[1][quantity]' => 0 }, 'parameter_invalid_integer' ],
	[ 'less than nothing', { 'line_items[1][price_data][unit_amount]' => -1 }, 'parameter_invalid_integer' ],
	[ 'a gap between lines', { 'line_items[3][quantity]' => 1 } ],
	[ 'too small a sum', { 'line_items[0][price_data][unit_amount]' => 1,
		'line_items[1][price_data][unit_amount]' => 1 }, 'amount_too_small' ],
	[ 'too large a sum', { 'line_items[0][quantity]' => 999999 }, 'amount_too_large' ],
	[ 'more than 100 lines', { map { ("line_items[$_][quantity]" => 1, "line_items[$_][price_data][currency]" => 'gbp',
		"line_items[$_][price_data][unit_amount]" => 1, "line_items[$_][price_data][product_data][name]" => 'x') } 0 .. 100 } ],
	[ 'a long key of metadata', { 'metadata[' . 'k' x 41 . ']' => 1 } ],
	[ 'a long value of metadata', { 'metadata[k]' => 'v' x 501 }, 'parameter_invalid_string_too_long' ],
	[ 'more than 50 metadata', { map { ("metadata[k$_]" => 1) } 1 .. 50 } ],
	[ 'a long reference', { client_reference_id => 'r' x 201 }, 'parameter_invalid_string_too_long' ],
	[ 'the methods of old', { 'payment_method_types[0]' => 'card' }, 'payment_method_types_no_longer_supported' ],
	[ 'a method that is not offered', { 'allowed_payment_method_types[0]' => 'paypal' } ],
	[ 'what nobody knows', { 'payment_intent_data[bogus]' => 1 }, 'parameter_unknown' ],
);

sub each_mistake_is_refused {
	my $n = @{ $box->books };
	for my $case (@refusals) {
		my ($what, $change, $code) = @$case;
		my $r = $box->call(POST => 'checkout/sessions', asked(%$change), key => 'bad' . $keys++);
		my $got = $r->{json}{error}{code} // '';
		ok($r->{status} == 400 && $r->{json}{error}{type} eq 'invalid_request_error'
		    && $got eq ($code // $got), "refused: $what") or diag($r->{content});
	}
	is(scalar @{ $box->books }, $n, 'and nothing was made');
	my $r = $box->call(POST => 'checkout/sessions', 'mode=payment&mode=payment');
	is($r->{json}{error}{code}, 'parameter_invalid_duplicate', 'refused: the same twice');
	for my $case (
		[ 401, 'no key', Authorization => undef ],
		[ 401, 'another key', Authorization => 'Bearer sk_test_other' ],
		[ 401, 'R55: a live key', Authorization => 'Bearer sk_live_' . substr($box->key, 8) ],
		[ 400, 'another version', 'Stripe-Version' => '2024-06-20' ],
		[ 400, 'JSON', 'Content-Type' => 'application/json' ],
		[ 400, 'too long a key', 'Idempotency-Key' => 'k' x 256 ]) {
		my ($status, $what, %headers) = @$case;
		$r = $box->call(POST => 'checkout/sessions', asked(), headers => \%headers);
		is($r->{status}, $status, "refused: $what") or diag($r->{content});
	}
	$r = $box->call(POST => 'checkout/sessions', asked(),
	    headers => { Authorization => 'Basic ' . MIME::Base64::encode_base64($box->key . ':', '') });
	is($r->{status}, 200, 'the key as a user is taken');
	is($box->call(GET => 'customers')->{status}, 404, 'refused: what the sandbox does not do');
	is($box->call(GET => 'checkout/sessions/cs_test_none')->{json}{error}{code}, 'resource_missing', 'no such session');
	is($box->call(GET => "events/evt_none", 'expand[0]=x')->{status}, 404, 'no such event');
	my $id = created();
	is($box->call(GET => "checkout/sessions/$id", 'expand[0]=metadata.order')->{status}, 400, 'nor can all be expanded');
	return;
}

sub it_starts_for_a_test_on_this_machine_only {
	my $dir = $box->dir;
	for my $case ([ 'the true host', 's!^stripe.base = .*!stripe.base = https://api.stripe.com!' ],
		[ 'no test', 's!^shop.test = .*!shop.test = no!' ]) {
		my ($what, $change) = @$case;
		system("sed -E '$change' $dir/shop.conf >$dir/live.conf") == 0 or die;
		my $out = `HATSHOP_CONF=$dir/live.conf HATSHOP_SANDBOX=$dir/box $BUILD/sandbox/stripe 2>&1 </dev/null`;
		isnt($?, 0, "R55: $what: it does not start");
	}
	my $r = `REMOTE_ADDR=192.0.2.1 REQUEST_METHOD=GET REQUEST_URI=/sandbox/stripe/books HATSHOP_SANDBOX=$dir/box HATSHOP_CONF=$dir/shop.conf $BUILD/sandbox/stripe </dev/null 2>&1`;
	like($r, qr/^Status: 403/, 'and nobody else is served');
	return;
}

sub it_runs_without_a_web_server {
	my $own = StripeBox->new(shop => $shop, listen => 1);
	my $s = $own->call(POST => 'checkout/sessions', asked(), key => 'k');
	is($s->{status}, 200, 'a process of its own') or diag($s->{content});
	$own->pay($s);
	my ($end, $got) = (time + 20, '');
	while (time < $end && $got !~ /completed/) {
		$got .= types(hooks()) . ' ';
		sleep 0.05;
	}
	like($got, qr/checkout\.session\.completed/, 'sends by itself');
	$own->stop;
	is($own->call(GET => 'events')->{status}, 599, 'killed, nobody answers');
	$own->listen;
	my $again = $own->call(POST => 'checkout/sessions', asked(), key => 'k');
	is($again->{json}{error}{type}, 'idempotency_error', 'started again, it knows all');
	is(scalar @{ $own->books }, 1, 'that it did');
	return;
}

a_card_is_reserved_and_then_captured();
each_mistake_is_refused();
a_decline_ends_nothing();
no_other_number_is_taken();
the_bank_may_say_yes_or_no_or_nothing();
an_open_page_can_be_ended_once();
time_ends_a_page_and_an_authorisation();
money_is_given_back_in_parts_and_no_more_than_there_was();
a_key_means_one_call();
what_goes_wrong_does_so_as_asked();
webhooks_go_wrong_as_asked();
events_are_kept();
many_pay_at_once();
a_process_of_its_own_sends_them();
it_starts_for_a_test_on_this_machine_only();
it_runs_without_a_web_server();
done_testing();
