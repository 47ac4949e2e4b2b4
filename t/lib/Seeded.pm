package Seeded;

# Seeded - numbers that are the same with every perl.
#
#   my $random = seeded(4711);
#   my $n = $random->(6);           # 0 to 5

use strict;
use warnings;
use Exporter qw(import);

our @EXPORT = qw(seeded);

sub seeded {
	my ($seed) = @_;
	my $state = ($seed * 2654435761 + 12345) % 4294967296;
	$state ^= $state >> 16;
	return sub {
		my ($below) = @_;
		$state = ($state * 1103515245 + 12345) % 4294967296;
		return ($state >> 8) % $below;
	};
}

1;
