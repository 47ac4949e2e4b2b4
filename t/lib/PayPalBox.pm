package PayPalBox;

# PayPalBox - the stand-in of PayPal (sandbox/wallet.h) in an Apache that is up
# with HATSHOP_SANDBOX, such as a StripeBox's, for the tests of paying.
#
#   my $pp = PayPalBox->new(url => $apache, box => $folder);
#   $pp->conf; $pp->secrets;                 # lines for the shop's two files
#
#   my $r = $pp->call(POST => '/v2/checkout/orders', \%order, key => 'k1');
#   $r->{status}; $r->{json};
#   $pp->approve($id, 'declined');           # the page: pay, with what becomes of it
#   $pp->cancel($id);
#
#   $pp->faults(kind => 'cut-after', on => 'capture');   # wallet_fault.c has all
#   $pp->deliver; $pp->deliver(all => 'true');   # webhooks, now
#   $pp->books;                              # [{id, status, purchase_units}]

use strict;
use warnings;
use HTTP::Tiny;
use JSON::PP qw(decode_json encode_json);
use HatTest;

sub new {
	my ($class, %o) = @_;
	my $self = bless { url => $o{url}, box => $o{box}, id => 'hats-sandbox-client',
		secret => 'paypal-secret', hook => '1JE4291016473214C',
		http => HTTP::Tiny->new(max_redirect => 0, timeout => 60) }, $class;
	system("openssl req -x509 -newkey rsa:2048 -nodes -days 30 -batch "
	    . "-subj /CN=messageverificationcerts.test -keyout '$o{box}/paypal-key.pem' "
	    . "-out '@{[$self->ca]}' 2>/dev/null") == 0 or die "no certificate\n";
	return $self;
}

sub base { return "$_[0]{url}/sandbox/paypal" }
sub ca { return "$_[0]{box}/paypal-cert.pem" }

sub conf {
	my ($self) = @_;
	return ('paypal.base = ' . $self->base, "paypal.client_id = $self->{id}",
	    "paypal.webhook_id = $self->{hook}", 'paypal.ca = ' . $self->ca);
}
sub secrets { return ("paypal.client_secret = $_[0]{secret}") }

sub _read {
	my ($r) = @_;
	$r->{json} = eval { decode_json($r->{content}) } // {};
	return $r;
}

# token {ID, SECRET}
sub token {
	my ($self, $id, $secret, $body) = @_;
	require MIME::Base64;
	my $basic = MIME::Base64::encode_base64(($id // $self->{id}) . ':' . ($secret // $self->{secret}), '');
	return _read($self->{http}->request(POST => $self->base . '/v1/oauth2/token', {
		headers => { Authorization => "Basic $basic",
			'Content-Type' => 'application/x-www-form-urlencoded' },
		content => $body // 'grant_type=client_credentials' }));
}

# call METHOD => PATH, \%BODY or a string; key, headers (undef takes one away).
sub call {
	my ($self, $method, $path, $body, %o) = @_;
	$self->{token} //= $self->token->{json}{access_token};
	my %args = (headers => { Authorization => "Bearer $self->{token}",
		Prefer => 'return=representation',
		$o{key} ? ('PayPal-Request-Id' => $o{key}) : (),
		$method eq 'POST' ? ('Content-Type' => 'application/json') : (),
		%{ $o{headers} // {} } });
	delete @{ $args{headers} }{ grep { !defined $args{headers}{$_} } keys %{ $args{headers} } };
	$args{content} = ref $body ? encode_json($body) : $body if defined $body;
	return _read($self->{http}->request($method, $self->base . $path, \%args));
}

sub page { my ($self, $id) = @_; return $self->{http}->get($self->base . "/checkoutnow?token=$id") }

sub approve {
	my ($self, $id, $mood) = @_;
	return $self->{http}->post_form($self->base . '/checkoutnow',
	    { token => $id, mood => $mood // '', answer => 'approve' });
}

sub cancel {
	my ($self, $id) = @_;
	return $self->{http}->post_form($self->base . '/checkoutnow', { token => $id, answer => 'cancel' });
}

# dispute CAPTURE, what the customer and PayPal do: dispute, answer, win, lose.
sub dispute {
	my ($self, $capture, @acts) = @_;
	$self->{http}->post_form($self->base . '/disputes', { capture => $capture, do => $_ }) for @acts;
	return;
}

sub _own {
	my ($self, $path, %form) = @_;
	my $r = $self->{http}->post_form($self->base . $path, \%form);
	die "$path: $r->{status} $r->{content}\n" if $r->{status} != 200;
	return decode_json($r->{content});
}

sub faults { my ($self, %fault) = @_; return $self->_own('/faults', %fault) }
sub deliver { my ($self, %o) = @_; return $self->_own('/deliver', %o) }

sub books {
	my ($self) = @_;
	my $r = $self->{http}->get($self->base . '/books');
	die "books: $r->{status} $r->{content}\n" if $r->{status} != 200;
	return decode_json($r->{content})->{orders};
}

1;
