#!/usr/bin/perl
# figures.t - R54, R102: the sums in the papers for the owner are right: what gateways cost an
# order and a month, how they score, what the machines cost. Whoever puts a newer
# price into a table is told here what follows from it.
use strict;
use warnings;
use utf8;
use FindBin;
use lib "$FindBin::Bin/lib";
use HatTest;
use Test::More;
binmode $_, ':utf8' for Test::More->builder->output, Test::More->builder->failure_output;

sub slurp {
	my ($path) = @_;
	open my $f, '<:utf8', $path or die "$path: $!\n";
	local $/;
	return scalar <$f>;
}

# The rows of the table below a heading, without its two rows of head.
sub table {
	my ($text, $heading) = @_;
	my ($part) = $text =~ /^\#+ \Q$heading\E\n(.*?)(?=^\#|\z)/ms or die "no $heading\n";
	my @rows = map { [ map { s/\*\*//gr } /^\| *(.*?) *\|$/ ? split / *\| */, $1 : () ] } grep { /^\|/ } split /\n/, $part;
	return @rows[ 2 .. $#rows ];
}

sub number { return $_[0] =~ /([\d,.]*\d)/ ? $1 =~ tr/,//dr : 0 }

# As people round: half up. What is nothing but the machine's error is no half.
sub at { my ($n, $digits) = @_; return sprintf "%.${digits}f", int($n * 10**$digits + 0.5 + 1e-6) / 10**$digits }
sub grouped { my $n = reverse $_[0]; $n =~ s/(\d{3})(?=\d)/$1,/g; return scalar reverse $n }

### Gateways

my $paper = slurp("$TOP/doc/payment-gateways.md");
my ($basket) = $paper =~ /a basket of £(\d+)/ or die "no basket\n";
my (%price, @mix);
for (table($paper, 'The prices that are reckoned with')) {
	my ($who, @cells) = @$_;
	my @n = map { number($_) } @cells[ 0 .. 4 ];
	if ($who =~ /^of ten/) { @mix = @n[ 0 .. 3 ] } else { $price{$who} = \@n }
}
is(eval { my $all = 0; $all += $_ for @mix; $all }, 10, 'ten customers are ten');

sub fee {
	my ($who) = @_;
	my @p = @{ $price{$who} // die "no price of $who\n" };
	my $percent = 0;
	$percent += $p[$_] * $mix[$_] / 10 for 0 .. 3;
	return $basket * $percent / 100 + $p[4] / 100;
}

my %fee;
for (table($paper, 'What an order costs')) {
	my ($who, $order, @months) = @$_;
	next if !@months || $months[0] !~ /£/;
	my $fee = $fee{$who} = $who =~ m{^3/4 (\S+), 1/4 (.*)} ? 0.75 * fee("$1, cards") + 0.25 * fee("$2 wallet") : fee($who);
	is($order, sprintf('£%s (%s %%)', at($fee, 2), at(100 * $fee / $basket, 2)), "$who: an order");
	is("@months[0 .. 2]", join(' ', map { '£' . grouped(at($fee * $_, 0)) } 300, 1000, 5000), "$who: a month");
}
my $both = $fee{'3/4 Stripe, 1/4 PayPal'} or die "the recommended pair is not in the table\n";
my $even = at((fee('Stripe, cards') + fee('PayPal wallet')) / 2, 2);
like($paper, qr/one order in two by PayPal an order costs £\Q$even\E /, 'with more PayPal it costs more');
my ($summary) = $paper =~ /^## In one page\n(.*?)^## /ms;
$summary =~ s/\s+/ /g;
like($summary, qr/\Q${\sprintf('£%s an order', at($both, 2))}\E/, 'the summary has what an order costs');
for ([300, 10], [1000, 100], [5000, 100]) {
	my ($orders, $to) = @$_;
	my $sum = '£' . grouped(at($both * $orders / $to, 0) * $to);
	like($summary, qr/\Q$sum\E (?:a month )?at @{[ grouped($orders) ]}/, "the summary has $sum at $orders orders");
}
my @saves = map { '£' . grouped(at(($fee{'Stripe, cards'} - $fee{Adyen}) * 0.75 * $_ / 10, 0) * 10) } 1000, 5000;
like($summary, qr/\Q$saves[0]\E \(1,000 orders\) and \Q$saves[1]\E/, "Adyen would save @saves");

my (@total, $weights);
for (table($paper, 'How they score')) {
	my ($criterion, @points) = @$_;
	if ($criterion =~ /\((\d)\)$/) {
		my $weight = $1;
		$weights += $weight;
		$total[$_] += $weight * $points[$_] for 0 .. $#points;
	} else {
		is("@points", "@total", 'the scores add up');
		is($criterion, 'sum of ' . 5 * $weights, 'and so do the weights');
	}
}

### Machines

my $solution = slurp("$TOP/doc/solution.md");
my @sum = (0, 0);
for (table($solution, 'What it costs a month')) {
	my ($what, $price, @steps) = @$_;
	if ($what =~ /^sum/) {
		is("$steps[1] $steps[3]", join(' ', map { '$' . at($_, 0) } @sum), 'the sums of a month');
		last;
	}
	for my $i (0, 1) {
		my $dollars = number($price) * number($steps[ 2 * $i ]);
		is($steps[ 2 * $i + 1 ], at($dollars, 2), "$what: step " . ($i + 1));
		$sum[$i] += $dollars;
	}
}
done_testing;
