#!/usr/bin/perl
# sandbox-paypal.t - the stand-in of PayPal refuses what PayPal's interface
# refuses, one test each, and does what it promises: keys, money, webhooks.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use HatTest;
use JSON::PP qw(encode_json decode_json);
use PayPalBox;
use StripeBox;
use Storable qw(dclone);
use Test::More;

my $stripe = StripeBox->new;
my $pp = PayPalBox->new(url => $stripe->{url}, box => $stripe->{box});
for my $file ([ 'shop.conf', $pp->conf ], [ 'secrets.conf', $pp->secrets ]) {
	my ($name, @lines) = @$file;
	open my $f, '>>', $stripe->dir . "/$name" or die;
	print $f map { "$_\n" } @lines;
	close $f;
}

sub gbp { return { currency_code => 'GBP', value => $_[0] } }
my $n = 0;
my %good = (
	intent => 'AUTHORIZE',
	purchase_units => [ {
		custom_id => 'o1', invoice_id => 'a1',
		amount => { %{ gbp('50.00') }, breakdown => { item_total => gbp('46.05'), shipping => gbp('3.95') } },
		items => [ { name => 'Trilby', quantity => '3', unit_amount => gbp('15.35'), category => 'PHYSICAL_GOODS' } ],
		shipping => { name => { full_name => 'Ann' }, address => { address_line_1 => '1 High Street',
			admin_area_2 => 'Leeds', postal_code => 'LS1 4DY', country_code => 'GB' } },
	} ],
	payment_source => { paypal => { experience_context => { return_url => 'http://127.0.0.1:1/back',
		cancel_url => 'http://127.0.0.1:1/no', user_action => 'PAY_NOW',
		shipping_preference => 'SET_PROVIDED_ADDRESS', landing_page => 'LOGIN', brand_name => 'Hats',
		locale => 'en-GB' } } },
);

# with CHANGE => ...: a good order changed at {"a.0.b" => value}; undef takes away.
sub with {
	my (%change) = @_;
	my $o = dclone(\%good);
	$o->{purchase_units}[0]{invoice_id} = 'a' . ++$n;
	for my $path (keys %change) {
		my @at = split /\./, $path;
		my $last = pop @at;
		my $in = $o;
		$in = ref $in eq 'ARRAY' ? $in->[$_] : $in->{$_} for @at;
		if (ref $in eq 'ARRAY') { $in->[$last] = $change{$path} }
		elsif (defined $change{$path}) { $in->{$last} = $change{$path} }
		else { delete $in->{$last} }
	}
	return $o;
}
sub create { return $pp->call(POST => '/v2/checkout/orders', with(@_), key => 'k' . ++$n) }
sub issue { my ($r) = @_; return $r->{json}{details}[0]{issue} // $r->{json}{name} // $r->{content} }

my $u = 'purchase_units.0';
my $c = 'payment_source.paypal.experience_context';
sub what_is_wrong_is_refused {
	my @each = (
		[ 400, 'MISSING_REQUIRED_PARAMETER', 'intent' => undef ],
		[ 400, 'INVALID_PARAMETER_VALUE', 'intent' => 'ORDER' ],
		[ 400, 'MISSING_REQUIRED_PARAMETER', 'purchase_units' => undef ],
		[ 400, 'INVALID_ARRAY_MIN_ITEMS', 'purchase_units' => [] ],
		[ 400, 'MISSING_REQUIRED_PARAMETER', "$u.amount" => undef ],
		[ 400, 'MISSING_REQUIRED_PARAMETER', "$u.amount.value" => undef ],
		[ 400, 'INVALID_PARAMETER_SYNTAX', "$u.amount.value" => 50 ],
		[ 400, 'INVALID_PARAMETER_SYNTAX', "$u.amount.value" => '50,00' ],
		[ 400, 'INVALID_STRING_LENGTH', "$u.amount.currency_code" => 'GB' ],
		[ 400, 'INVALID_PARAMETER_SYNTAX', "$u.amount.currency_code" => 'gbp' ],
		[ 422, 'AMOUNT_MISMATCH', "$u.amount.value" => '50.01' ],
		[ 422, 'AMOUNT_MISMATCH', "$u.amount.breakdown.shipping" => undef ],
		[ 422, 'ITEM_TOTAL_MISMATCH', "$u.items.0.quantity" => '4' ],
		[ 422, 'ITEM_TOTAL_REQUIRED', "$u.amount.breakdown" => undef ],
		[ 422, 'CURRENCY_MISMATCH', "$u.items.0.unit_amount.currency_code" => 'USD' ],
		[ 422, 'DECIMAL_PRECISION', "$u.amount.breakdown.shipping.value" => '3.951' ],
		[ 422, 'CANNOT_BE_NEGATIVE', "$u.amount.breakdown.shipping.value" => '-3.95' ],
		[ 400, 'INVALID_PARAMETER_SYNTAX', "$u.items.0.quantity" => 3 ],
		[ 400, 'INVALID_PARAMETER_SYNTAX', "$u.items.0.quantity" => '0' ],
		[ 400, 'MISSING_REQUIRED_PARAMETER', "$u.items.0.name" => undef ],
		[ 400, 'INVALID_STRING_MAX_LENGTH', "$u.items.0.name" => 'x' x 128 ],
		[ 400, 'INVALID_PARAMETER_VALUE', "$u.items.0.category" => 'HATS' ],
		[ 400, 'INVALID_STRING_MAX_LENGTH', "$u.custom_id" => 'x' x 128 ],
		[ 400, 'INVALID_STRING_MAX_LENGTH', "$u.invoice_id" => 'x' x 128 ],
		[ 400, 'MISSING_REQUIRED_PARAMETER', "$u.shipping.address.country_code" => undef ],
		[ 400, 'INVALID_PARAMETER_SYNTAX', "$u.shipping.address.country_code" => 'gb' ],
		[ 422, 'MISSING_SHIPPING_ADDRESS', "$u.shipping" => undef ],
		[ 400, 'INVALID_STRING_MAX_LENGTH', "$u.shipping.name.full_name" => 'x' x 301 ],
		[ 400, 'INVALID_PARAMETER_VALUE', "$c.shipping_preference" => 'MINE' ],
		[ 400, 'INVALID_PARAMETER_VALUE', "$c.user_action" => 'PAY' ],
		[ 400, 'INVALID_PARAMETER_VALUE', "$c.landing_page" => 'BILLING' ],
		[ 400, 'INVALID_STRING_MAX_LENGTH', "$c.brand_name" => 'x' x 128 ],
		[ 400, 'INVALID_PARAMETER_SYNTAX', "$c.return_url" => 'hats' ],
		[ 400, 'INVALID_PARAMETER', "$u.colour" => 'red' ],
	);
	is(create()->{status}, 201, 'a good order is made');
	for my $case (@each) {
		my ($status, $issue, %change) = @$case;
		my $r = create(%change);
		my ($what) = %change;
		is("$r->{status} " . issue($r), "$status $issue", "$what: $issue");
	}
	my $r = $pp->call(POST => '/v2/checkout/orders', with());
	is(issue($r), 'PAYPAL_REQUEST_ID_REQUIRED', 'without a key');
	$r = $pp->call(POST => '/v2/checkout/orders', with(), key => 'x' x 109);
	is($r->{status}, 400, 'with a key that is too long');
	$r = $pp->call(POST => '/v2/checkout/orders', '{"intent":', key => 'k' . ++$n);
	is(issue($r), 'MALFORMED_REQUEST_JSON', 'no JSON');
	$r = $pp->call(POST => '/v2/checkout/orders', with(), key => 'k' . ++$n,
	    headers => { 'Content-Type' => 'text/plain' });
	is($r->{status}, 415, 'another type');
	$r = $pp->call(POST => '/v2/checkout/orders', with(), key => 'k' . ++$n,
	    headers => { Authorization => 'Bearer x' });
	is($r->{status}, 401, 'another token');
	is($pp->token('x')->{status}, 401, 'another client gets none');
	is($pp->token(undef, 'x')->{status}, 401, 'nor another secret');
	is($pp->token(undef, undef, 'grant_type=password')->{status}, 400, 'nor another grant');
	return;
}

# reserved MOOD: {order, authorization id}
sub reserved {
	my ($mood) = @_;
	my $o = create()->{json};
	$pp->approve($o->{id}, $mood);
	my $r = $pp->call(POST => "/v2/checkout/orders/$o->{id}/authorize", {}, key => 'k' . ++$n);
	return ($o->{id}, $r->{json}{purchase_units}[0]{payments}{authorizations}[0]{id}, $r);
}
sub act {
	my ($what, $id, $body) = @_;
	my $kind = $what eq 'refund' ? 'captures' : 'authorizations';
	return $pp->call(POST => "/v2/payments/$kind/$id/$what", $body // {}, key => 'k' . ++$n);
}

sub money_goes_its_way_once {
	my $o = create();
	is($o->{json}{status}, 'PAYER_ACTION_REQUIRED', 'nobody has agreed');
	my ($page) = grep { $_->{rel} eq 'payer-action' } @{ $o->{json}{links} };
	like($page->{href}, qr{/checkoutnow\?token=$o->{json}{id}$}, 'and where to');
	my $auth = "/v2/checkout/orders/$o->{json}{id}/authorize";
	is(issue($pp->call(POST => $auth, {}, key => 'k' . ++$n)), 'ORDER_NOT_APPROVED', 'not agreed');
	like($pp->page($o->{json}{id})->{content}, qr/£50\.00.*Trilby × 3.*Pay now/s, 'a page to agree on');
	my $r = $pp->cancel($o->{json}{id});
	like($r->{headers}{location}, qr{/no\?token=$o->{json}{id}}, 'who cancels is sent back');
	$r = $pp->approve($o->{json}{id});
	like($r->{headers}{location}, qr{/back\?token=$o->{json}{id}&PayerID=}, 'who agrees too');
	is($pp->call(GET => "/v2/checkout/orders/$o->{json}{id}")->{json}{status}, 'APPROVED', 'agreed');
	$r = $pp->call(POST => $auth, {}, key => 'same');
	is("$r->{status} $r->{json}{status}", '201 COMPLETED', 'reserved');
	my $id = $r->{json}{purchase_units}[0]{payments}{authorizations}[0]{id};
	is($pp->call(POST => $auth, {}, key => 'same')->{status}, 200, 'the same key: the same answer');
	is(issue($pp->call(POST => $auth, {}, key => 'k' . ++$n)), 'ORDER_ALREADY_AUTHORIZED', 'another key');
	is($pp->page($o->{json}{id})->{status}, 410, 'the page is over');

	is(issue(act(capture => $id, { amount => gbp('50.01') })), 'MAX_CAPTURE_AMOUNT_EXCEEDED', 'too much');
	is(issue(act(capture => $id, { amount => { currency_code => 'USD', value => '1.00' } })),
	    'CURRENCY_MISMATCH', 'other money');
	is(issue(act(capture => $id, { colour => 1 })), 'INVALID_PARAMETER', 'an unknown field');
	$r = act(capture => $id, { amount => gbp('50.00'), final_capture => JSON::PP::true });
	is("$r->{status} $r->{json}{status} $r->{json}{custom_id}", '201 COMPLETED o1', 'taken');
	my $capture = $r->{json}{id};
	is(issue(act(capture => $id)), 'AUTHORIZATION_ALREADY_CAPTURED', 'once');
	is(issue(act(void => $id)), 'PREVIOUSLY_CAPTURED', 'and not given back');
	is(issue(act(refund => $capture, { amount => gbp('50.01') })), 'REFUND_AMOUNT_EXCEEDED', 'refund: too much');
	is(act(refund => $capture, { amount => gbp('20.00') })->{json}{status}, 'COMPLETED', 'a part');
	is($pp->call(GET => "/v2/payments/captures/$capture")->{json}{status}, 'PARTIALLY_REFUNDED', 'told');
	is(act(refund => $capture)->{json}{amount}{value}, '30.00', 'the rest');
	is(issue(act(refund => $capture)), 'CAPTURE_FULLY_REFUNDED', 'no more');

	($o, $id) = reserved();
	$r = act(void => $id);
	is("$r->{status} $r->{json}{status}", '200 VOIDED', 'given back');
	is(issue(act(void => $id)), 'PREVIOUSLY_VOIDED', 'once');
	is(issue(act(capture => $id)), 'AUTHORIZATION_VOIDED', 'and not taken');
	is(act(capture => 'NOSUCH')->{status}, 404, 'what nobody made');
	$r = $pp->call(POST => '/v2/payments/authorizations/' . (reserved())[1] . '/void', {},
	    key => 'k' . ++$n, headers => { Prefer => undef });
	is($r->{status}, 204, 'without an answer when none is asked for');
	return;
}

sub moods_and_faults_come_when_asked {
	my (undef, undef, $r) = reserved('declined');
	is("$r->{status} " . issue($r), '422 INSTRUMENT_DECLINED', 'a declined card');
	my ($o, $id) = reserved('no-capture');
	is(issue(act(capture => $id)), 'INSTRUMENT_DECLINED', 'declined when it is taken');
	for my $case ([ 'review', 'PENDING', 'CREATED' ], [ 'review-denied', 'PENDING', 'DENIED' ]) {
		my ($mood, $now, $then) = @$case;
		my ($order, undef, $s) = reserved($mood);
		my $at = sub { $_[0]{json}{purchase_units}[0]{payments}{authorizations}[0]{status} };
		is($at->($s), $now, "$mood: $now");
		ok(until_true(sub { $at->($pp->call(GET => "/v2/checkout/orders/$order")) eq $then }), "then $then");
	}
	($o, $id) = reserved('slow');
	my $capture = act(capture => $id)->{json};
	is($capture->{status}, 'PENDING', 'slow: it waits');
	is(issue(act(refund => $capture->{id})), 'PENDING_CAPTURE', 'no refund meanwhile');
	ok(until_true(sub { $pp->call(GET => "/v2/payments/captures/$capture->{id}")->{json}{status} eq 'COMPLETED' }),
	    'then it is there');
	for my $case ([ 'error', 500 ], [ 'busy', 429 ], [ 'unauthorised', 401 ], [ 'progress', 422 ]) {
		my ($kind, $status) = @$case;
		$pp->faults(kind => $kind, on => 'create');
		is(create()->{status}, $status, "$kind: $status");
	}
	$pp->faults(kind => 'error-after', on => 'create');
	my $order = with();
	is($pp->call(POST => '/v2/checkout/orders', $order, key => 'lost')->{status}, 500, 'done, and 500');
	is($pp->call(POST => '/v2/checkout/orders', $order, key => 'lost')->{status}, 200, 'the key finds it');
	$pp->faults(kind => 'cut-after', on => 'create');
	is(create()->{status}, 599, 'an answer that breaks off');
	is($pp->faults(kind => 'busy', on => 'create', skip => 1, times => 2)->{faults}[0]{skip}, 1, 'a fault that waits is listed');
	is(join(' ', map { create()->{status} } 1 .. 4), '201 429 429 201', 'one is let through, then it comes twice');
	return;
}

# The pages of a list, the first asked for so: events of each.
sub pages {
	my ($query) = @_;
	my ($path, @pages) = "/v1/notifications/webhooks-events?$query";
	while ($path && @pages < 50) {
		my $r = $pp->call(GET => $path);
		is($r->{status}, 200, "$path is listed") || last;
		push @pages, $r->{json}{events};
		my ($next) = map { $_->{href} } grep { $_->{rel} eq 'next' } @{ $r->{json}{links} };
		($path) = ($next // '') =~ m{/sandbox/paypal(/v1/.*)};
	}
	return @pages;
}

sub its_events_are_listed {
	my @all = map { @$_ } pages('');
	cmp_ok(scalar @all, '>', 6, 'more than a page');
	is(scalar(keys %{ { map { $_->{id} => 1 } @all } }), scalar @all, 'each once');
	my @times = map { $_->{create_time} } @all;
	is("@times", join(' ', reverse sort @times), 'the newest first');
	my $type = 'PAYMENT.AUTHORIZATION.CREATED';
	my @some = map { @$_ } pages("event_type=$type&page_size=2");
	is(scalar @some, scalar(grep { $_->{event_type} eq $type } @all), 'of one type');
	is((pages("event_type=$type&page_size=1"))[0][0]{id}, $some[0]{id}, 'one at a time');
	my @old = map { @$_ } pages('start_time=2020-01-01T00:00:00Z&end_time=2020-02-01T00:00:00Z');
	is(scalar @old, 0, 'of what is older than 30 days there is nothing');
	for my $query ('page_size=0', 'page_size=-1', 'page_size=many', 'page_size=1&page_size=1', 'start_time=yesterday', 'end_time=1760000000',
	    'start_time=2026-11-22', 'start_time=2026-02-02T00:00:00Z&end_time=2026-02-01T00:00:00Z', 'start=2026-11-22T00:00:00Z', 'event_type=') {
		is($pp->call(GET => "/v1/notifications/webhooks-events?$query")->{status}, 400, "\"$query\" is refused");
	}
	is($pp->call(GET => '/v1/notifications/webhooks-events', undef, headers => { Authorization => 'Bearer x' })->{status}, 401,
	    'without a token');
	return;
}

sub until_true {
	my ($sub) = @_;
	my $end = time + 60;
	while (time < $end) {
		return 1 if $sub->();
		select undef, undef, undef, 0.2;
	}
	return 0;
}

what_is_wrong_is_refused();
money_goes_its_way_once();
moods_and_faults_come_when_asked();
its_events_are_listed();
done_testing();
