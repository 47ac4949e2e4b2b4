package CheckoutRig;

# CheckoutRig - a whole shop that can be paid at: Apache, a stock system with
# syncd, and the stand-ins of Stripe, PayPal and Funny Deliveries, for the tests of the checkout.
#
#   my $rig = CheckoutRig->new(HatTest->mariadb, 'sqlite');
#   $rig->url; $rig->box; $rig->wallet;         # the shop's; a StripeBox, a PayPalBox
#   $rig->courier;                              # a CourierBox; parcels move by hand
#   my $v = $rig->customer('ann');              # a Visitor with an address
#   $rig->put_in($v, 'A-1', 2);
#   my $r = $rig->review($v);                   # its page
#   $r = $rig->place($v, $r);                   # 303 to the gateway's page
#   $r = $rig->pay($v, $r, '4242424242424242'); # back from it: 303 to the shop
#   $r = $rig->settle($v, $r);                  # follows until it is told
#   $rig->stock(...); $rig->sales(...); $rig->level('A-1');
#   $rig->lifecycle;

use strict;
use warnings;
use utf8;
use File::Path qw(make_path);
use CourierBox;
use HatTest;
use PayPalBox;
use StripeBox;
use SyncRig;
use Time::HiRes qw(sleep time);
use Visitor;

sub new {
	my ($class, $server, $engine, %conf) = @_;
	my $rig = SyncRig->new($server, $engine, 'shop.test' => 'yes',
	    'shop.pages' => "$TOP/etc/pages", 'shop.tariff' => "$TOP/etc/tariff.conf",
	    'company.address' => '1 Brim Street | Leeds',
	    'password.memory' => 64, 'password.time' => 1, 'stock.stale_after' => 30, %conf);
	my $dir = $rig->dir;
	make_path("$dir/web", "$dir/box");
	my $self = HatTest::ends(bless { rig => $rig, dir => $dir, pid => $$ }, $class);
	chomp($self->{url} = `$TOP/t/lib/apache.sh $dir/web url`);
	$self->{box} = StripeBox->new(own => { url => $self->{url}, box => "$dir/box" });
	$self->{wallet} = PayPalBox->new(url => $self->{url}, box => "$dir/box");
	$self->{courier} = CourierBox->new(own => { url => $self->{url}, box => "$dir/box" });
	$rig->set('shop.url' => $self->{url}, 'stripe.base' => $self->{box}->base,
	    map { /^(\S+) = (.*)$/ ? ($1 => $2) : () } $self->{wallet}->conf, $self->{courier}->conf);
	$self->_secrets;
	open my $f, '>', "$dir/box/shops" or die "shops: $!\n";
	print $f "$self->{url}\n";
	close $f or die "shops: $!\n";
	chmod 0755, $dir;
	$rig->allow_log;
	$self->_apache('start') or die "no Apache\n";
	$self->{box}->books; # makes its database
	$self->{syncd} = $rig->start;
	$self->until(60, sub { $rig->sales('SELECT count(*) FROM item WHERE gone = 0') == 5
	    && $rig->sales('SELECT confirmed_at FROM mirror') > 0 }) or die "no mirror: " . $rig->log . "\n";
	return $self;
}

sub _secrets {
	my ($self) = @_;
	open my $f, '>>', "$self->{dir}/secrets.conf" or die "secrets: $!\n";
	print $f map { "$_\n" } $self->{box}->secrets, $self->{wallet}->secrets,
	    $self->{courier}->secrets;
	close $f or die "secrets: $!\n";
	return;
}

sub _apache {
	my ($self, $command) = @_;
	my $dir = $self->{dir};
	local %ENV = (%ENV, HATSHOP_CONF => "$dir/shop.conf", HATSHOP_PICTURES => "$dir/pictures",
	    HATSHOP_SANDBOX => "$BUILD/sandbox", HATSHOP_SANDBOX_DATA => "$dir/box");
	return system("$TOP/t/lib/apache.sh", "$dir/web", $command) == 0;
}

sub url { return $_[0]{url} }
sub box { return $_[0]{box} }
sub wallet { return $_[0]{wallet} }
sub courier { return $_[0]{courier} }
sub rig { return $_[0]{rig} }
sub dir { return $_[0]{dir} }
sub stock { my ($self, $sql) = @_; return $self->{rig}->stock($sql) }
sub sales { my ($self, $sql) = @_; return $self->{rig}->sales($sql) }

# until SECONDS, CONDITION: whether it came true.
sub until {
	my ($self, $seconds, $is) = @_;
	my $end = time + $seconds;
	while (time < $end) {
		return 1 if $is->();
		sleep 0.1;
	}
	return $is->();
}

sub level {
	my ($self, $key) = @_;
	return 0 + $self->stock("SELECT qty FROM level WHERE art = '$key'");
}

# The mirror shows what the stock system has, and nothing is held.
sub level_shown {
	my ($self, $key, $level) = @_;
	return $self->until(60, sub {
		$self->sales("SELECT level - held FROM item WHERE source_key = '$key'") == $level });
}

sub item { my ($self, $key) = @_; return $self->sales("SELECT id FROM item WHERE source_key = '$key'") }

sub visitor { return Visitor->new }

sub customer {
	my ($self, $user) = @_;
	my $v = Visitor->new;
	my $r = $v->submit($v->get("$self->{url}/register"), { name => "The $user", user_name => $user,
	    email => "$user\@hats.example", password => 'felt and feathers' }, '/register');
	die "could not register $user: $r->{status}\n" if $r->{status} != 303;
	return $v;
}

sub put_in {
	my ($self, $v, $key, $qty) = @_;
	my $slug = $self->sales("SELECT slug FROM item WHERE source_key = '$key'");
	my $r = $v->submit($v->get("$self->{url}/hat/$slug"), { qty => $qty }, '/basket/add');
	die "could not put $key in: $r->{status}\n" if $r->{status} != 303;
	return $r;
}

# The steps up to the review; a first address is typed, a later one chosen.
sub review {
	my ($self, $v, $option) = @_;
	my $r = $v->follow($v->get("$self->{url}/checkout"));
	my ($id) = $r->{content} =~ /name="address" value="(\d+)"/;
	if (!$id) {
		$r = $v->submit($r, { country => 'GB', name => 'Łódź <b> O\'Brien', line1 => '1 Hat Row',
		    town => 'Luton', postcode => 'LU1 2AB' }, '/checkout/address');
		($id) = ($r->{headers}{location} // '') =~ /address=(\d+)/ or die "no address: $r->{status}\n";
	}
	return $v->get("$self->{url}/checkout/review?address=$id&delivery=" . ($option // 'standard'));
}

sub place {
	my ($self, $v, $r, %more) = @_;
	return $v->submit($r, { terms => 'yes', gateway => 'stripe', %more }, '/checkout/place');
}

# The shopper's card at the gateway's page that a redirect leads to.
sub pay {
	my ($self, $v, $r, $card) = @_;
	return $self->{box}->pay($r->{headers}{location}, $card);
}

# Follow to the shop and let the page look again until it is told.
sub settle {
	my ($self, $v, $r) = @_;
	my $end = time + 60;
	$r = $v->get($r->{headers}{location});
	while ($r->{headers}{refresh} && time < $end) {
		my ($to) = $r->{headers}{refresh} =~ /url=(\S+)/;
		sleep 0.2;
		$r = $v->get("$self->{url}$to");
	}
	return $r;
}

# All at once: a basket that is paid; its order's uid.
sub order_uid {
	my ($self, $user) = @_;
	return $self->sales("SELECT uid FROM orders WHERE customer_id =
	    (SELECT id FROM customer WHERE user_name = '$user') ORDER BY id DESC LIMIT 1");
}

sub order {
	my ($self, $user, $field) = @_;
	return $self->sales("SELECT $field FROM orders WHERE customer_id =
	    (SELECT id FROM customer WHERE user_name = '$user') ORDER BY id DESC LIMIT 1");
}

# One run of the cron job.
sub lifecycle {
	my ($self) = @_;
	return $self->{rig}->run('cron/lifecycle', '-f', $self->{rig}->conf);
}

# What the gateway has captured of the orders of this customer, and how often.
sub captured {
	my ($self, $user) = @_;
	my %mine = map { $_ => 1 } split /\n/, $self->sales("SELECT uid FROM orders WHERE customer_id =
	    (SELECT id FROM customer WHERE user_name = '$user')");
	return join ' ', map { $_->{captured} } grep { $mine{ $_->{order} // '' } && $_->{captured} } @{ $self->{box}->books };
}

sub DESTROY {
	my ($self) = @_;
	return if $self->{pid} != $$;
	local ($?, $@);
	$self->_apache('stop') if -d "$self->{dir}/web";
	return;
}

1;
