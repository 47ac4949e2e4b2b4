package StripeBox;

# StripeBox - a private Apache with the stand-in of Stripe (sandbox/stripe.h),
# for the tests of paying.
#
#   my $box = StripeBox->new(shop => $url);   # webhooks go to $url/hook/stripe
#   $box->conf; $box->secrets;                # lines for the shop's two files
#   $box->base; $box->key; $box->secret;
#
#   my $r = $box->pay($session, '4242424242424242');  # id, object or page address
#   $r->{headers}{location};                  # where the shopper is sent
#   $r = $box->prove($session, 'yes');        # the bank's page: yes or no
#
#   $box->faults(kind => 'cut-after', on => 'capture');  # stripe_fault.c has all
#   $box->clock(3600);                        # an hour ahead
#   $box->deliver; $box->deliver(all => 'true');   # webhooks, now
#   $box->dispute($payment, 'dispute', 'answer', 'win');   # what the bank does
#   $box->watch;                              # or a process that sends them
#   $box->books;                              # [{session, order, captured, ...}]
#
#   my $s = $box->call(POST => 'checkout/sessions', { mode => 'payment', ... },
#       key => 'k1');                         # {status, headers, json}
#
# With listen => 1 there is no Apache: one process, "stripe -l", which sends the
# webhooks by itself: stop kills it, listen starts it again.
# With own => {url, box} it is part of an Apache that is up with HATSHOP_SANDBOX:
# url is that Apache's, box its HATSHOP_SANDBOX_DATA.

use strict;
use warnings;
use File::Path qw(make_path);
use File::Temp qw(tempdir);
use HatTest;
use HTTP::Tiny;
use JSON::PP qw(decode_json);
use POSIX ();
use Scalar::Util qw(weaken);

my %live; # those whose servers are up, weakly

sub _write {
	my ($path, @lines) = @_;
	open my $f, '>', $path or die "$path: $!\n";
	print $f map { "$_\n" } @lines;
	CORE::close($f) or die "$path: $!\n";
	return;
}

sub new {
	my ($class, %o) = @_;
	my $self = bless {
		pid => $$,
		key => 'sk_test_' . 'hatshop0123456789',
		secret => 'whsec_test_hatshop_0123456789abcdef',
		http => HTTP::Tiny->new(max_redirect => 0, timeout => 60),
	}, $class;
	if ($o{own}) {
		$self->{url} = $o{own}{url};
		$self->{box} = $o{own}{box};
		return $self;
	}
	weaken($live{"$self"} = $self);
	$self->{listens} = $o{listen};
	$self->{dir} = my $dir = tempdir('hs.XXXXXX', TMPDIR => 1, CLEANUP => 1);
	chmod 0755, $dir;
	$self->{box} = "$dir/box";
	make_path($self->{box}, "$dir/run");
	chomp($self->{url} = $o{listen}
	    ? 'http://127.0.0.1:' . `bash -c '. $TOP/t/lib/common.sh; free_port'`
	    : `$TOP/t/lib/apache.sh $dir/web url`);
	my $shop = $o{shop} // $self->{url};
	_write("$dir/shop.conf", "shop.url = $shop", 'shop.test = yes',
	    "shop.pages = $TOP/etc/pages", "shop.run = $dir/run", "db.file = $dir/no.db",
	    'stock.user = nobody', 'stock.database = nothing',
	    "secrets.file = $dir/secrets.conf", $self->conf, @{ $o{lines} // [] });
	_write("$dir/secrets.conf", $self->secrets, @{ $o{secrets} // [] });
	chmod 0640, "$dir/secrets.conf";
	_write("$self->{box}/shops", $shop);
	if ($o{listen}) {
		$self->listen;
	} else {
		$self->_apache('start') or die "no Apache\n";
	}
	$self->books; # makes its database
	return $self;
}

sub _apache {
	my ($self, $command) = @_;
	my $dir = $self->{dir};
	local %ENV = (%ENV, HATSHOP_CONF => "$dir/shop.conf",
	    HATSHOP_SANDBOX => "$BUILD/sandbox", HATSHOP_SANDBOX_DATA => $self->{box});
	return system("$TOP/t/lib/apache.sh", "$dir/web", $command) == 0;
}

sub dispute {
	my ($self, $payment, @acts) = @_;
	$self->{http}->post_form($self->base . '/disputes', { payment => $payment, do => $_ }) for @acts;
	return;
}

sub key { return $_[0]{key} }
sub secret { return $_[0]{secret} }
sub base { return "$_[0]{url}/sandbox/stripe" }
sub dir { return $_[0]{dir} }
sub conf { return 'stripe.base = ' . $_[0]->base }
sub secrets { return ("stripe.key = $_[0]{key}", "stripe.webhook_secret = $_[0]{secret}") }

# call METHOD => PATH below /v1, \%PARAMETERS or a string; key, headers.
sub call {
	my ($self, $method, $path, $params, %o) = @_;
	my $text = ref $params ? $self->{http}->www_form_urlencode($params) : $params // '';
	my %args = (headers => { Authorization => "Bearer $self->{key}",
		$o{key} ? ('Idempotency-Key' => $o{key}) : (), %{ $o{headers} // {} } });
	delete @{ $args{headers} }{ grep { !defined $args{headers}{$_} } keys %{ $args{headers} } };
	my $url = $self->base . "/v1/$path";
	if ($method eq 'POST') {
		$args{content} = $text;
		$args{headers}{'Content-Type'} //= 'application/x-www-form-urlencoded';
	} elsif ($text ne '') {
		$url .= "?$text";
	}
	my $r = $self->{http}->request($method, $url, \%args);
	$r->{json} = eval { decode_json($r->{content}) } // {};
	return $r;
}

sub _session {
	my ($what) = @_;
	$what = $what->{json} if ref $what && $what->{json};
	$what = $what->{id} if ref $what;
	return $what =~ m{(cs_test_\w+)} ? $1 : die "no session in \"$what\"\n";
}

sub _form {
	my ($self, $path, $form) = @_;
	return $self->{http}->post_form($self->base . $path, $form);
}

sub page { my ($self, $what) = @_; return $self->{http}->get($self->base . '/c/pay/' . _session($what)) }

sub pay {
	my ($self, $what, $card) = @_;
	return $self->_form('/c/pay/' . _session($what), { card => $card // '4242424242424242' });
}

sub prove {
	my ($self, $what, $answer) = @_;
	return $self->_form('/c/proof/' . _session($what), { answer => $answer });
}

sub _own {
	my ($self, $path, %form) = @_;
	my $r = $self->_form($path, \%form);
	die "$path: $r->{status} $r->{content}\n" if $r->{status} != 200;
	return decode_json($r->{content});
}

sub faults { my ($self, %fault) = @_; return $self->_own('/faults', %fault) }
sub clock { my ($self, $shift) = @_; return $self->_own('/clock', shift => $shift) }
sub deliver { my ($self, %o) = @_; return $self->_own('/deliver', %o) }

sub books {
	my ($self) = @_;
	my $r = $self->{http}->get($self->base . '/books');
	die "books: $r->{status} $r->{content}\n" if $r->{status} != 200;
	return decode_json($r->{content})->{payments};
}

sub _spawn {
	my ($self, @arguments) = @_;
	my $pid = open(my $out, '-|') // die "fork: $!\n";
	if (!$pid) {
		local $ENV{HATSHOP_CONF} = $self->{conf} // "$self->{dir}/shop.conf";
		local $ENV{HATSHOP_SANDBOX} = $self->{box};
		open STDIN, '<', '/dev/null';
		open STDERR, '>>', "$self->{box}/stripe.log";
		exec "$BUILD/sandbox/stripe", @arguments or POSIX::_exit(127);
	}
	$self->{out}{$pid} = $out;
	return $pid;
}

sub _end {
	my ($self, $pid) = @_;
	return if !$pid;
	kill KILL => $pid;
	CORE::close(delete $self->{out}{$pid});
	return;
}

# watch: a process that sends webhooks and lets sessions expire.
sub watch {
	my ($self) = @_;
	return $self->{watch} = $self->_spawn('-w');
}
sub unwatch { my ($self) = @_; return $self->_end(delete $self->{watch}) }

sub listen { ## no critic
	my ($self) = @_;
	my ($port) = $self->{url} =~ /(\d+)$/;
	my $pid = $self->{pid_of} = $self->_spawn('-l', $port);
	my $line = readline $self->{out}{$pid};
	die "stripe -l: see $self->{box}/stripe.log\n" if ($line // '') !~ /^up/;
	return $pid;
}
sub stop { my ($self) = @_; return $self->_end(delete $self->{pid_of}) }

# close: end its servers. Before the folder goes, which is at the program's end.
sub close { ## no critic
	my ($self) = @_;
	return if $self->{pid} != $$ || $self->{closed}++;
	delete $live{"$self"};
	$self->unwatch;
	$self->stop;
	$self->_apache('stop') if $self->{dir} && !$self->{listens};
	return;
}

sub DESTROY {
	my ($self) = @_;
	local ($?, $@);
	$self->close;
	return;
}

END {
	local ($?, $@);
	$_->close for grep { defined } values %live;
}

1;
