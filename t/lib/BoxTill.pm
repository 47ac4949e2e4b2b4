package BoxTill;

# BoxTill - the sandbox's Stripe under a private Apache that also takes the
# shop's webhooks, in the place of a Till (see there).
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
use Seeded;
use StripeBox;

sub new {
	my ($class, $rig, $seed) = @_;
	my $dir = $rig->dir;
	make_path("$dir/box", "$dir/web");
	chomp(my $url = `$TOP/t/lib/apache.sh $dir/web url`);
	my $box = StripeBox->new(own => { url => $url, box => "$dir/box" });
	$rig->set('shop.url' => $url, 'shop.pages' => "$TOP/etc/pages", 'stripe.base' => $box->base);
	open my $shops, '>', "$dir/box/shops" or die "shops: $!\n";
	print $shops "$url\n";
	close $shops or die "shops: $!\n";
	return bless { rig => $rig, dir => $dir, box => $box, random => seeded($seed), pid => $$ }, $class;
}

sub secrets { return $_[0]{box}->secrets }

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
	$self->{box}->deliver(all => 'true');
	return;
}

sub books {
	my ($self) = @_;
	my @payments = @{ $self->{box}->books };
	my @intents = map { { id => $_->{payment_intent}, status => $_->{payment}, received => $_->{captured},
		refunded => $_->{refunded},		order => $_->{order}, session => $_->{session} } } grep { $_->{payment_intent} } @payments;
	return { intents => \@intents, wrong => [], late => 0,
		sessions => [ map { { id => $_->{session}, attempt => $_->{attempt} } } @payments ] };
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
