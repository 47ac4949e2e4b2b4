package Purse;

# Purse - PayPal's side of a Till: orders, authorisations, captures and refunds
# by its rules and in its words, and events that it has signed.
#
#   my $purse = Purse->new(dir => $folder, port => $port, random => $random,
#       faults => \&faults, refuse => \&refuse, now => \&now, count => \&count,
#       tell => \&tell, wrong => \@wrong);
#   my ($status, $object) = $purse->call($path, $json);   # what changes
#   ($status, $object) = $purse->get($path);
#   ($status, $text) = $purse->page(%form);               # token, mood, answer
#   $purse->contest($n);     # somebody disputes what was captured
#   $purse->judge;           # and each of these is over
#   my @intents = $purse->intents;
#
# What waits is decided when its time has come by the clock of the shop. A
# refusal is kept under no key. An event is "paypal", transmission, time,
# signature and body, with tabs between.

use strict;
use warnings;
use Compress::Raw::Zlib qw(crc32);
use IPC::Open2;
use JSON::PP;
use MIME::Base64 qw(encode_base64);
use POSIX qw(strftime);

our $HOOK = '1JE4291016473214C';
our $CERT = '/v1/notifications/certs/CERT-BOOKS';
my $json = JSON::PP->new->canonical;

sub new {
	my ($class, %o) = @_;
	return bless { %o, order => {}, of => {}, dispute => {} }, $class;
}

# certificate FOLDER: made once, by whoever is first.
sub certificate {
	my ($folder) = @_;
	my ($key, $cert) = map { "$folder/paypal-$_.pem" } qw(key cert);
	-e $cert or system("openssl req -x509 -newkey rsa:2048 -nodes -days 30 -batch"
	    . " -subj /CN=messageverificationcerts.test -keyout '$key' -out '$cert' 2>/dev/null") == 0
	    or die "no certificate\n";
	return $cert;
}

# ---- what it tells ----

sub _signature {
	my ($self, $text) = @_;
	my $pid = open2(my $out, my $in, 'openssl', 'dgst', '-sha256', '-sign', "$self->{dir}/paypal-key.pem");
	print $in $text;
	close $in;
	my $made = join '', readline $out;
	waitpid $pid, 0;
	return encode_base64($made, '');
}

sub event {
	my ($self, $type, $resource) = @_;
	my $n = $self->{count}->();
	my $body = $json->encode({ id => "WH-$n", event_type => $type, resource => $resource });
	my $at = strftime('%Y-%m-%dT%H:%M:%SZ', gmtime);
	my $signature = $self->_signature("tr-$n|$at|$HOOK|" . crc32($body));
	return $self->{tell}->(join "\t", 'paypal', "tr-$n", $at, $signature, $body);
}

# ---- what it keeps ----

sub _amount {
	my ($o, $minor) = @_;
	return { currency_code => $o->{currency}, value => sprintf '%d.%02d', $minor / 100, $minor % 100 };
}

sub _minor { my ($amount) = @_; return int($amount->{value} * 100 + 0.5) }

sub _part_object {
	my ($o, $p) = @_;
	return { id => $p->{id}, status => $p->{status}, amount => _amount($o, $p->{amount}),
		custom_id => $o->{order}, invoice_id => $p->{name},
		supplementary_data => { related_ids => { order_id => $o->{id} } } };
}

sub _object {
	my ($self, $o) = @_;
	my %payments = map { my $kind = $_; ($kind => [ map { _part_object($o, $_) } @{ $o->{$kind} } ]) }
	    qw(authorizations captures refunds);
	return { id => $o->{id}, status => $o->{status},
		purchase_units => [ { custom_id => $o->{order}, invoice_id => $o->{attempt},
			amount => _amount($o, $o->{amount}), payments => \%payments } ],
		links => [ { rel => 'payer-action', href => "http://127.0.0.1:$self->{port}/checkoutnow?token=$o->{id}" } ] };
}

# A part of an order; what waits is decided later.
sub _part {
	my ($self, $o, $kind, $status, $amount, $name) = @_;
	my $p = { id => uc(substr $kind, 0, 3) . $self->{count}->(), kind => $kind, status => $status, amount => $amount, name => $name };
	push @{ $o->{$kind} }, $p;
	$self->{of}{ $p->{id} } = [ $o, $p ];
	$p->{due} = $self->{now}->() + 20 + $self->{random}->(300) if $status eq 'PENDING';
	return $p;
}

my %DECIDED = (
	authorizations => [ 'CREATED', 'PAYMENT.AUTHORIZATION.CREATED', 'DENIED', 'PAYMENT.AUTHORIZATION.VOIDED' ],
	captures => [ 'COMPLETED', 'PAYMENT.CAPTURE.COMPLETED', 'DECLINED', 'PAYMENT.CAPTURE.DECLINED' ],
	refunds => [ 'COMPLETED', 'PAYMENT.CAPTURE.REFUNDED', 'FAILED', 'PAYMENT.REFUND.FAILED' ],
);

# Whether money is reserved, or was taken.
sub _ended {
	my ($self, $o) = @_;
	my $held = grep { $_->{status} =~ /^(?:CREATED|PENDING|CAPTURED)$/ } @{ $o->{authorizations} };
	my $lost = grep { $_->{status} eq 'DECLINED' } @{ $o->{captures} };
	$o->{ended} = $self->{count}->() if @{ $o->{authorizations} } && (!$held || $lost) && !$o->{ended};
	return;
}

sub decide {
	my ($self, $all) = @_;
	my $now = $self->{now}->();
	for my $o (values %{ $self->{order} }) {
		for my $p (grep { $_->{status} eq 'PENDING' && ($all || $_->{due} <= $now) }
		    map { @{ $o->{$_} } } qw(authorizations captures refunds)) {
			my $no = $p->{kind} eq 'refunds' ? !$self->{random}->(3) : $o->{mood} =~ /-denied/;
			my ($status, $event) = @{ $DECIDED{ $p->{kind} } }[ $no ? (2, 3) : (0, 1) ];
			$p->{status} = $status;
			$self->_ended($o);
			$self->event($event, _part_object($o, $p));
		}
	}
	return;
}

# ---- calls: (status, object or refusal) ----

sub _no { my ($issue, $status) = @_; return ($status // 422, { details => [ { issue => $issue, description => $issue } ] }) }

sub _create {
	my ($self, $in) = @_;
	my $u = $in->{purchase_units}[0];
	return _no('PAYEE_ACCOUNT_RESTRICTED') if $self->{faults}->() && !$self->{random}->($self->{refuse}->());
	my $id = 'PO' . $self->{count}->();
	push @{ $self->{wrong} }, "$id: not a hold of money" if $in->{intent} ne 'AUTHORIZE';
	my $o = $self->{order}{$id} = { id => $id, status => 'PAYER_ACTION_REQUIRED', order => $u->{custom_id}, mood => '',
		attempt => $u->{invoice_id}, amount => _minor($u->{amount}), currency => $u->{amount}{currency_code},
		made => $self->{count}->(), lost => 0, authorizations => [], captures => [], refunds => [] };
	return (201, $self->_object($o));
}

sub _authorize {
	my ($self, $o) = @_;
	return _no('ORDER_ALREADY_AUTHORIZED') if @{ $o->{authorizations} };
	return _no('ORDER_NOT_APPROVED') if $o->{status} ne 'APPROVED';
	return _no('INSTRUMENT_DECLINED') if $o->{mood} eq 'declined';
	my $p = $self->_part($o, 'authorizations', $o->{mood} =~ /^review/ ? 'PENDING' : 'CREATED', $o->{amount}, $o->{attempt});
	$o->{status} = 'COMPLETED';
	$self->event('PAYMENT.AUTHORIZATION.CREATED', _part_object($o, $p));
	return (201, $self->_object($o));
}

sub _capture {
	my ($self, $o, $auth, $in) = @_;
	if ($self->{faults}->() && $auth->{status} eq 'CREATED' && !$self->{random}->(40)) {
		$auth->{status} = 'VOIDED'; # the bank did not wait
		$self->_ended($o);
		$self->event('PAYMENT.AUTHORIZATION.VOIDED', _part_object($o, $auth));
	}
	my %no = (CAPTURED => 'AUTHORIZATION_ALREADY_CAPTURED', VOIDED => 'AUTHORIZATION_VOIDED',
		DENIED => 'AUTHORIZATION_DENIED', PENDING => 'AUTH_CAPTURE_PENDING');
	return _no($no{ $auth->{status} }) if $no{ $auth->{status} };
	return _no('INSTRUMENT_DECLINED') if $o->{mood} eq 'no-capture';
	my $amount = _minor($in->{amount});
	push @{ $self->{wrong} }, "$o->{id}: $amount of $o->{amount} captured" if $amount != $o->{amount};
	my $slow = $o->{mood} =~ /^slow/;
	my $p = $self->_part($o, 'captures', $slow ? 'PENDING' : 'COMPLETED', $amount, $in->{invoice_id});
	$auth->{status} = 'CAPTURED';
	$self->event($slow ? 'PAYMENT.CAPTURE.PENDING' : 'PAYMENT.CAPTURE.COMPLETED', _part_object($o, $p));
	return (201, _part_object($o, $p));
}

sub _void {
	my ($self, $o, $auth) = @_;
	my %no = (CAPTURED => 'PREVIOUSLY_CAPTURED', VOIDED => 'PREVIOUSLY_VOIDED', DENIED => 'AUTHORIZATION_DENIED');
	return _no($no{ $auth->{status} }) if $no{ $auth->{status} };
	$auth->{status} = 'VOIDED';
	$self->_ended($o);
	$self->event('PAYMENT.AUTHORIZATION.VOIDED', _part_object($o, $auth));
	return (200, _part_object($o, $auth));
}

sub _given {
	my ($o) = @_;
	my $sum = 0;
	$sum += $_->{amount} for grep { $_->{status} ne 'FAILED' } @{ $o->{refunds} };
	return $sum;
}

sub _refund {
	my ($self, $o, $capture, $in) = @_;
	my ($name, $amount) = ($in->{invoice_id}, _minor($in->{amount}));
	push @{ $self->{wrong} }, "$o->{id}: refund $name was made twice" if grep { $_->{name} eq $name } @{ $o->{refunds} };
	return _no('PENDING_CAPTURE') if $capture->{status} ne 'COMPLETED';
	return _no('REFUND_NOT_PERMITTED_DUE_TO_CHARGEBACK') if grep { $_->{of} == $o && $_->{status} ne 'RESOLVED' } values %{ $self->{dispute} };
	return _no('REFUND_AMOUNT_EXCEEDED') if $amount > $capture->{amount} - _given($o) - $o->{lost};
	my $luck = $self->{faults}->() ? $self->{random}->(20) : 9;
	return _no('REFUND_FAILED_INSUFFICIENT_FUNDS') if $luck == 0;
	my $p = $self->_part($o, 'refunds', $luck < 5 ? 'PENDING' : 'COMPLETED', $amount, $name);
	$self->event('PAYMENT.CAPTURE.REFUNDED', _part_object($o, $p)) if $p->{status} eq 'COMPLETED';
	return (201, _part_object($o, $p));
}

sub call {
	my ($self, $path, $body) = @_;
	$self->decide;
	my $in = $json->decode($body);
	return $self->_create($in) if $path eq '/v2/checkout/orders';
	if ($path =~ m{^/v2/checkout/orders/(\w+)/authorize$}) {
		return $self->{order}{$1} ? $self->_authorize($self->{order}{$1}) : _no('INVALID_RESOURCE_ID', 404);
	}
	my ($id, $verb) = $path =~ m{^/v2/payments/\w+/(\w+)/(capture|void|refund)$} or return _no('INVALID_RESOURCE_ID', 404);
	my ($o, $p) = @{ $self->{of}{$id} // [] };
	return _no('INVALID_RESOURCE_ID', 404) if !$p;
	my $do = { capture => \&_capture, void => \&_void, refund => \&_refund }->{$verb};
	return $self->$do($o, $p, $in);
}

sub get {
	my ($self, $path) = @_;
	$self->decide;
	if ($path =~ m{^/v2/checkout/orders/(\w+)$}) {
		return $self->{order}{$1} ? (200, $self->_object($self->{order}{$1})) : _no('INVALID_RESOURCE_ID', 404);
	}
	if ($path =~ m{^/v1/customer/disputes/([\w-]+)$}) {
		return $self->{dispute}{$1} ? (200, _dispute_object($self->{dispute}{$1})) : _no('INVALID_RESOURCE_ID', 404);
	}
	my ($id) = $path =~ m{^/v2/payments/\w+/(\w+)$};
	my ($o, $p) = @{ $self->{of}{ $id // '' } // [] };
	return $p ? (200, _part_object($o, $p)) : _no('INVALID_RESOURCE_ID', 404);
}

# The customer at the page.
sub page {
	my ($self, %form) = @_;
	my $o = $self->{order}{ $form{token} // '' } or return (404, 'no page');
	return (410, 'this page is over') if $o->{status} !~ /^(?:PAYER_ACTION_REQUIRED|APPROVED)$/;
	return (200, 'back to the shop') if ($form{answer} // '') ne 'approve';
	@$o{qw(status mood)} = ('APPROVED', $form{mood} // '');
	$self->event('CHECKOUT.ORDER.APPROVED', $self->_object($o));
	return (200, 'thank you');
}

# ---- disputes ----

sub _dispute_object {
	my ($d) = @_;
	my $o = $d->{of};
	my %outcome = $d->{outcome} ? (dispute_outcome => { outcome_code => $d->{outcome} }) : ();
	return { dispute_id => $d->{id}, reason => 'UNAUTHORISED', status => $d->{status}, %outcome,
		dispute_amount => _amount($o, $d->{amount}), seller_response_due_date => '2038-01-01T00:00:00Z',
		disputed_transactions => [ { seller_transaction_id => $d->{capture}, invoice_number => $o->{attempt}, custom => $o->{order} } ] };
}

sub contest {
	my ($self, $n) = @_;
	my %had = map { $_->{of}{id} => 1 } values %{ $self->{dispute} };
	my @may = grep { !$had{ $_->{id} } && _sum(grep { $_->{status} eq 'COMPLETED' } @{ $_->{captures} }) > _given($_) }
	    map { $self->{order}{$_} } sort keys %{ $self->{order} };
	my $o = $may[ $n % (@may || 1) ] or return;
	my ($capture) = grep { $_->{status} eq 'COMPLETED' } @{ $o->{captures} };
	my $id = 'PP-D-' . $self->{count}->();
	my $d = $self->{dispute}{$id} = { id => $id, of => $o, capture => $capture->{id}, status => 'WAITING_FOR_SELLER_RESPONSE',
		amount => $capture->{amount} - _given($o) };
	return $self->event('CUSTOMER.DISPUTE.CREATED', _dispute_object($d));
}

sub judge {
	my ($self, $how) = @_;
	for my $d (grep { $_->{status} ne 'RESOLVED' } map { $self->{dispute}{$_} } sort keys %{ $self->{dispute} }) {
		my $lost = $how eq 'lost' || $self->{random}->(2);
		@$d{qw(status outcome)} = ('RESOLVED', $lost ? 'RESOLVED_BUYER_FAVOUR' : 'RESOLVED_SELLER_FAVOUR');
		$d->{of}{lost} = $d->{amount} if $lost;
		$self->event('CUSTOMER.DISPUTE.RESOLVED', _dispute_object($d));
	}
	return;
}

sub disputes { my ($self) = @_; return map { { status => $_->{outcome} ? ($_->{outcome} =~ /BUYER/ ? 'lost' : 'won') : 'open' } } values %{ $self->{dispute} } }

# ---- the books ----

sub _sum { my $sum = 0; $sum += $_->{amount} for @_; return $sum }

sub intents {
	my ($self) = @_;
	return map {
		my $o = $_;
		my $reserved = grep { $_->{status} =~ /^(?:CREATED|PENDING)$/ } @{ $o->{authorizations} };
		{ id => $o->{id}, session => $o->{id}, order => $o->{order}, attempt => $o->{attempt}, gateway => 'paypal',
			status => $reserved ? 'requires_capture' : 'over', allowed => scalar @{ $o->{authorizations} },
			received => _sum(grep { $_->{status} eq 'COMPLETED' } @{ $o->{captures} }), refunded => _given($o), lost => $o->{lost} };
	} values %{ $self->{order} };
}

# One that was never authorised is in nobody's way.
sub sessions {
	my ($self) = @_;
	return map { { id => $_->{id}, attempt => $_->{attempt}, order => $_->{order}, made => $_->{made},
		ended => @{ $_->{authorizations} } ? $_->{ended} : $_->{made} } } values %{ $self->{order} };
}

1;
