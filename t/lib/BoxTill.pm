package BoxTill;

# BoxTill - the sandbox's Stripe and PayPal under a private Apache that also
# takes the shop's webhooks, in the place of a Till (see there).
#
#   my $till = BoxTill->new($rig);            # sets what the shop must know
#   $till->start;                             # once there is a database
#
# It has the machine's clock: pages are asked for with a time that is ahead, up
# to a day.

use strict;
use warnings;
use File::Path qw(make_path);
use HatTest;
use PayPalBox;
use Seeded;
use StripeBox;

sub new {
	my ($class, $rig, $seed) = @_;
	my $dir = $rig->dir;
	make_path("$dir/box", "$dir/web");
	chomp(my $url = `$TOP/t/lib/apache.sh $dir/web url`);
	my $box = StripeBox->new(own => { url => $url, box => "$dir/box" });
	my $wallet = PayPalBox->new(url => $url, box => "$dir/box");
	$rig->set('shop.url' => $url, 'shop.pages' => "$TOP/etc/pages");
	open my $shops, '>', "$dir/box/shops" or die "shops: $!\n";
	print $shops "$url\n";
	close $shops or die "shops: $!\n";
	return bless { rig => $rig, dir => $dir, box => $box, wallet => $wallet, random => seeded($seed), pid => $$ }, $class;
}

sub secrets { my ($self) = @_; return ($self->{box}->secrets, $self->{wallet}->secrets) }

sub conf {
	my ($self) = @_;
	return ('stripe.base' => $self->{box}->base, map { split / = /, $_, 2 } $self->{wallet}->conf);
}

sub _apache {
	my ($self, $command) = @_;
	local %ENV = (%ENV, HATSHOP_CONF => $self->{rig}{path}, HATSHOP_SANDBOX => "$BUILD/sandbox",
	    HATSHOP_SANDBOX_DATA => "$self->{dir}/box");
	return system("$TOP/t/lib/apache.sh", "$self->{dir}/web", $command) == 0;
}

sub start {
	my ($self) = @_;
	$self->_apache('start') or die "no Apache\n";
	$self->{box}->books; # makes its database
	$self->{box}{conf} = $self->{rig}{path};
	return;
}

# What a round's share of lost calls is here: so many, each once.
sub _faults {
	my ($self, $percent) = @_;
	my $random = $self->{random};
	my @kinds = qw(cut-before cut-after error error-after busy lock slow late duplicate never reversed early);
	$self->{box}->watch if !$self->{box}{watch};
	$self->{box}->faults(kind => 'none');
	$self->{wallet}->faults(kind => 'none');
	my @calls = qw(cut-before cut-after error error-after busy progress unauthorised);
	for (1 .. $percent / 2) {
		$self->{wallet}->faults(kind => $calls[ $random->(scalar @calls) ],
			on => (qw(create show authorize capture void refund))[ $random->(6) ]);
	}
	for (1 .. $percent) {
		$self->{box}->faults(kind => $kinds[ $random->(scalar @kinds) ], on => 'any', seconds => 1 + $random->(3),
			skip => $random->(12), times => 1);
	}
	return {};
}

sub order {
	my ($self, $word, $value) = @_;
	return $word eq 'faults' ? $self->_faults($value) : {};
}

# All webhooks, and none by itself until the next round.
sub bring {
	my ($self) = @_;
	$self->{box}->unwatch;
	$self->{$_}->deliver(all => 'true') for qw(box wallet);
	return;
}

# PayPal's sum of a kind that counts.
sub _sum {
	my ($payments, $kind, $status) = @_;
	my $sum = 0;
	$sum += int($_->{amount}{value} * 100 + 0.5) for grep { $_->{status} =~ $status } @{ $payments->{$kind} // [] };
	return $sum;
}

sub _of_paypal {
	my ($o) = @_;
	my $u = $o->{purchase_units}[0];
	my $p = $u->{payments} // {};
	my $reserved = grep { $_->{status} =~ /^(?:CREATED|PENDING)$/ } @{ $p->{authorizations} // [] };
	return { gateway => 'paypal', id => $o->{id}, session => $o->{id}, order => $u->{custom_id}, attempt => $u->{invoice_id},
		status => $reserved ? 'requires_capture' : 'over', allowed => scalar @{ $p->{authorizations} // [] },
		received => _sum($p, 'captures', qr/^(?:COMPLETED|PARTIALLY_REFUNDED|REFUNDED)$/),
		refunded => _sum($p, 'refunds', qr/^(?:COMPLETED|PENDING)$/) };
}

sub books {
	my ($self) = @_;
	my @payments = @{ $self->{box}->books };
	my @wallet = map { _of_paypal($_) } @{ $self->{wallet}->books };
	my @intents = map { { id => $_->{payment_intent}, status => $_->{payment}, received => $_->{captured},
		refunded => $_->{refunded}, order => $_->{order}, session => $_->{session} } } grep { $_->{payment_intent} } @payments;
	return { intents => [ @intents, @wallet ], wrong => [], late => 0,
		sessions => [ (map { { id => $_->{session}, attempt => $_->{attempt} } } @payments),
			map { { id => $_->{id}, attempt => $_->{attempt} } } @wallet ] };
}

sub DESTROY {
	my ($self) = @_;
	return if $self->{pid} != $$;
	local ($?, $@);
	$self->{box}->unwatch if $self->{box};
	$self->_apache('stop');
	return;
}

1;
