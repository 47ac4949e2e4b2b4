package CourierBox;

# CourierBox - the stand-in of Funny Deliveries (sandbox/carrier.h), in an Apache
# that is up with HATSHOP_SANDBOX or by itself, for the tests of parcels.
#
#   my $c = CourierBox->new(own => { url => $apache, box => $folder });
#   my $c = CourierBox->new(shop => $url);    # "courier -l": a process of its own
#   $c->conf; $c->secrets;                    # lines for the shop's two files
#
#   my $r = $c->book($key, $xml);             # or book($key): a request that is fine
#   $r = $c->call(GET => "/bookings/$key");   # {status, headers, content}
#   $c->request(reference => '1001', town => 'Nowhere');   # the XML of one
#   $c->move($key, 'COLLECTED', code => ...); # by hand: key or tracking number
#   $c->deliver_whole($key);                  # COLLECTED ... DELIVERED
#   $c->faults(kind => 'cut-after', on => 'book');   # carrier_fault.c has all
#   $c->clock(shift => 3600, pace => 0);
#   $c->deliver; $c->deliver(all => 'true');  # webhooks, now
#   $c->books;                                # [{key, tracking, state, ...}]
#   $c->valid($content);                      # '' or what xmllint says

use strict;
use warnings;
use File::Path qw(make_path);
use File::Temp qw(tempdir);
use HatTest;
use HTTP::Tiny;
use JSON::PP qw(decode_json);
use POSIX ();

my @live;

sub new {
	my ($class, %o) = @_;
	my $self = bless { pid => $$, key => 'fd_test_hatshop0123456789',
		secret => 'fdwh_test_0123456789abcdef',
		http => HTTP::Tiny->new(max_redirect => 0, timeout => 60) }, $class;
	if ($o{own}) {
		$self->{base} = "$o{own}{url}/sandbox/courier";
		$self->{box} = $o{own}{box};
		return $self;
	}
	$self->{dir} = my $dir = tempdir('hc.XXXXXX', TMPDIR => 1, CLEANUP => 1);
	$self->{box} = "$dir/box";
	make_path($self->{box}, "$dir/run");
	chomp(my $port = `bash -c '. $TOP/t/lib/common.sh; free_port'`);
	$self->{port} = $port;
	$self->{base} = "http://127.0.0.1:$port/sandbox/courier";
	my $shop = $o{shop} // 'http://127.0.0.1:9';
	_write("$dir/shop.conf", "shop.url = $shop", 'shop.test = yes',
	    "shop.pages = $TOP/etc/pages", "shop.run = $dir/run", "db.file = $dir/no.db",
	    'stock.user = nobody', 'stock.database = nothing',
	    "secrets.file = $dir/secrets.conf", $self->conf);
	_write("$dir/secrets.conf", $self->secrets);
	chmod 0640, "$dir/secrets.conf";
	_write("$self->{box}/shops", $shop);
	$self->start;
	push @live, $self;
	return $self;
}

sub _write {
	my ($path, @lines) = @_;
	open my $f, '>', $path or die "$path: $!\n";
	print $f map { "$_\n" } @lines;
	close $f or die "$path: $!\n";
	return;
}

sub start {
	my ($self) = @_;
	my $pid = open(my $out, '-|') // die "fork: $!\n";
	if (!$pid) {
		local $ENV{HATSHOP_CONF} = "$self->{dir}/shop.conf";
		local $ENV{HATSHOP_SANDBOX} = $self->{box};
		open STDIN, '<', '/dev/null';
		open STDERR, '>>', "$self->{dir}/courier.log";
		exec "$BUILD/sandbox/courier", '-l', $self->{port} or POSIX::_exit(127);
	}
	@$self{qw(out process)} = ($out, $pid);
	my $line = readline $out;
	die "courier -l: see $self->{dir}/courier.log\n" if ($line // '') !~ /^up/;
	return $pid;
}

sub stop {
	my ($self) = @_;
	my $pid = delete $self->{process} or return;
	kill KILL => $pid;
	close(delete $self->{out});
	return;
}

sub base { return "$_[0]{base}/v1" }
sub key { return $_[0]{key} }
sub secret { return $_[0]{secret} }
sub dir { return $_[0]{dir} }
sub conf {
	return ('courier.url = ' . $_[0]->base, 'warehouse.name = The Funny Hat Online Shop', 'warehouse.line1 = 1 Brim Street',
	    'warehouse.town = Leeds', 'warehouse.postcode = LS1 1AA', 'warehouse.hours = Mon-Sun 00:00-24:00',
	    'courier.lead_minutes = 0', 'courier.least_minutes = 60', 'courier.poll_seconds = 1');
}
sub secrets { return ("courier.key = $_[0]{key}", "courier.webhook_secret = $_[0]{secret}") }

# call METHOD => PATH below /v1, BODY, headers (undef takes one away).
sub call {
	my ($self, $method, $path, $body, %headers) = @_;
	my %h = (Authorization => "Bearer $self->{key}",
	    defined $body ? ('Content-Type' => 'application/xml') : (), %headers);
	delete @h{ grep { !defined $h{$_} } keys %h };
	return $self->{http}->request($method, $self->base . $path,
	    { headers => \%h, defined $body ? (content => $body) : () });
}

sub iso { return POSIX::strftime('%Y-%m-%dT%H:%M:%SZ', gmtime $_[0]) }

sub request {
	my ($self, %o) = @_;
	my $from = $o{from} // time + 86400;
	my $until = $o{until} // $from + 7 * 3600;
	my ($ready, $close) = (iso($from), iso($until));
	my %a = (reference => '1001-1', service => 'STANDARD', name => 'Ann Hat', town => 'Luton',
	    postcode => 'LU1 2AB', country => 'GB', grams => 900, more => '', %o);
	return <<"END";
<?xml version="1.0" encoding="UTF-8"?>
<BookingRequest xmlns="urn:funny-deliveries:v1"><ClientReference>$a{reference}</ClientReference><Service>$a{service}</Service><Collection><Address><Name>Hat Shop</Name><Line1>1 Brim St</Line1><Town>Leeds</Town><PostCode>LS1 1AA</PostCode><Country>GB</Country></Address><ReadyFrom>$ready</ReadyFrom><CloseAt>$close</CloseAt></Collection><Delivery><Address><Name>$a{name}</Name><Line1>1 Hat Row</Line1><Town>$a{town}</Town><PostCode>$a{postcode}</PostCode><Country>$a{country}</Country></Address></Delivery><Parcels><Parcel><WeightGrams>$a{grams}</WeightGrams><LengthMm>350</LengthMm><WidthMm>350</WidthMm><HeightMm>200</HeightMm><ValueMinor currency="GBP">5000</ValueMinor></Parcel></Parcels>$a{more}</BookingRequest>
END
}

sub book {
	my ($self, $key, $xml) = @_;
	return $self->call(PUT => "/bookings/$key", $xml // $self->request);
}

sub _own {
	my ($self, $path, %form) = @_;
	my $r = $self->{http}->post_form("$self->{base}$path", \%form);
	die "$path: $r->{status} $r->{content}\n" if $r->{status} != 200;
	return decode_json($r->{content});
}

sub faults { my ($self, %fault) = @_; return $self->_own('/faults', %fault) }
sub clock { my ($self, %o) = @_; return $self->_own('/clock', %o) }
sub deliver { my ($self, %o) = @_; return $self->_own('/deliver', %o) }

sub move {
	my ($self, $name, $state, %o) = @_;
	return $self->_own('/move', ($name =~ /^FD\d+GB$/ ? 'tracking' : 'key') => $name,
	    state => $state, %o);
}

sub deliver_whole {
	my ($self, $name) = @_;
	$self->move($name, $_) for qw(COLLECTED IN_TRANSIT OUT_FOR_DELIVERY DELIVERED);
	return;
}

sub books {
	my ($self) = @_;
	my $r = $self->{http}->get("$self->{base}/books");
	die "books: $r->{status} $r->{content}\n" if $r->{status} != 200;
	return decode_json($r->{content})->{parcels};
}

# page PATH, FORM: the pages for people.
sub page {
	my ($self, $path, $form) = @_;
	my $url = "$self->{base}$path";
	return $form ? $self->{http}->post_form($url, $form) : $self->{http}->get($url);
}

sub valid {
	my ($self, $text) = @_;
	my ($f, $path) = File::Temp::tempfile('hcx.XXXXXX', TMPDIR => 1, UNLINK => 1);
	binmode $f;
	print $f $text;
	close $f;
	my $said = `xmllint --nonet --noout --schema '$TOP/schema/funny-deliveries.xsd' $path 2>&1`;
	unlink $path;
	return $? == 0 ? '' : $said;
}

sub DESTROY {
	my ($self) = @_;
	return if $self->{pid} != $$;
	local ($?, $@);
	$self->stop;
	return;
}

END {
	local ($?, $@);
	$_->stop for grep { $_->{pid} == $$ } @live;
}

1;
