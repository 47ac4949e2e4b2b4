package Books;

# Books - what a seed makes happen to a shop, as plain data.
#
#   my $plan = Books->new($seed, sleeps => 60, more => [ lock => 9 ]);
#   my $round = $plan->round(3);   # { actors => [...], blows => [...], ... }
#   print $plan->told($round), "\n";
#
# All of it is a function of the seed and the number of the round. What is said
# beside the seed is for all rounds; "more" are cards for the deck.

use strict;
use warnings;
use Seeded;

our $CUSTOMERS = 6;

# What happens, and how many cards it has in the deck, which is shuffled anew
# when it is empty.
my @DECK = (
	calm => 2, stop => 3, kill => 2, syncd_kill => 2, syncd_sleep => 1,
	cut => 2, stall => 1, half => 1, kick => 2, lock => 2, deliver => 2,
	shift => 3, away => 1, sales_kick => 1, sellout => 1,
);
# Disputes are in nobody's way who looks for a planted bug.
my @DISPUTES = (contest => 6);
# A stock server that is killed takes seconds to come back.
my @LONG = (stock_kill => 1);

sub new {
	my ($class, $seed, %fixed) = @_;
	return bless { seed => $seed, fixed => \%fixed, cards => [], made => [] }, $class;
}

sub _card {
	my ($self, $random) = @_;
	if (!@{ $self->{cards} }) {
		my @kinds = (@DECK, $self->{fixed}{plant} ? () : @DISPUTES, $self->{fixed}{long} ? @LONG : (), @{ $self->{fixed}{more} // [] });
		my @deck;
		for (my $i = 0; $i < @kinds; $i += 2) {
			push @deck, ($kinds[$i]) x $kinds[ $i + 1 ];
		}
		for my $i (reverse 1 .. $#deck) {
			my $j = $random->($i + 1);
			@deck[ $i, $j ] = @deck[ $j, $i ];
		}
		$self->{cards} = \@deck;
	}
	return shift @{ $self->{cards} };
}

sub _make {
	my ($self, $n) = @_;
	my $seed = $self->{seed} * 1000 + $n;
	my $random = seeded($seed);
	my @actors = (
		(map { [ 'shopper', 1 + $random->($CUSTOMERS), 2 + $random->(4) ] } 1 .. 4 + $random->(3)),
		(map { [ 'runner', 6 + $random->(8) ] } 1 .. 3),
		[ 'lifecycle', 2 + $random->(2) ],
		[ $self->{fixed}{read} ? 'manager' : 'clerk', $random->(5) ],
	);
	return {
		number => $n, seed => $seed,
		actors => [ map { { what => $_, seed => $random->(1 << 24), after => $random->(300) } } @actors ],
		blows => [ map { { name => $self->_card($random), after => 30 + $random->(700),
			value => $random->(1000) } } 0 .. 1 + $random->(3) ],
		faults => (0, 5, 10, 20)[ $random->(4) ],
		refuse => 15,
		regrets => 45,
		deaths => (0, 2, 5)[ $random->(3) ],
		sleeps => (0, 10, 40)[ $random->(3) ],
		shift => $random->(3) ? $random->(300) : 1500 + $random->(900),
		quiet => $n % 3 == 2,
		%{ $self->{fixed} },
	};
}

sub round {
	my ($self, $n) = @_;
	while (@{ $self->{made} } <= $n) {
		push @{ $self->{made} }, $self->_make(scalar @{ $self->{made} });
	}
	return $self->{made}[$n];
}

sub told {
	my ($self, $round) = @_;
	my %count;
	$count{ $_->{what}[0] }++ for @{ $round->{actors} };
	return sprintf 'round %d: %s; faults %d%%, deaths %d, sleeps %d; %s; clock +%d', $round->{number},
	    join(', ', map { "$count{$_} $_" } sort keys %count), @$round{qw(faults deaths sleeps)},
	    join(', ', map { "$_->{after} ms $_->{name}($_->{value})" } @{ $round->{blows} }), $round->{shift};
}

1;
