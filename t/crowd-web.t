#!/usr/bin/perl
# crowd-web.t - 50 browsers and one hat, through Apache, the checkout's forms and
# the stand-in of Stripe: one order, one capture, 49 polite refusals (R20); 25
# browsers and 25 clerks sell ten of ten together (R21).
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use CheckoutRig;
use HatTest;
use POSIX ();
use Test::More;

my $PASSES = '4242424242424242';
my $rig;

# What the customer with this review does, and is told.
sub buys {
	my ($v, $r) = @_;
	$r = $rig->place($v, $r);
	return 'refused' if $r->{status} == 409 && $r->{content} =~ /Sold out|\bleft\b/;
	return "place: $r->{status}" if $r->{status} != 303 || $r->{headers}{location} !~ m{/sandbox/};
	$r = $rig->pay($v, $r, $PASSES);
	return "pay: $r->{status}" if $r->{status} != 303;
	$r = $rig->settle($v, $r);
	return 'paid' if $r->{content} =~ /Thank you/;
	return $r->{content} =~ /Somebody was faster/ ? 'refused' : "back: $r->{status} $r->{content}";
}

sub sells { return 'sold ' . $rig->stock(q{UPDATE level SET qty = qty - 1 WHERE art = 'A-1' AND qty >= 1; SELECT ROW_COUNT()}) }

# Each in a process of its own, all when the gate opens; what they say.
sub at_once {
	my @all = @_;
	pipe my $gate, my $open or die "pipe: $!\n";
	my @in;
	for my $do (@all) {
		pipe my $in, my $out or die "pipe: $!\n";
		my $pid = fork // die "fork: $!\n";
		if (!$pid) {
			close $open;
			readline $gate; # until it is closed
			my $said = eval { $do->() } // "died: $@";
			print $out $said;
			close $out;
			POSIX::_exit(0);
		}
		close $out;
		push @in, [ $pid, $in ];
	}
	close $open;
	return map { my $in = $_->[1]; local $/; my $said = <$in> // ''; waitpid $_->[0], 0; $said } @in;
}

sub count_of { my ($re, @said) = @_; return scalar grep { $_ =~ $re } @said }

sub shoppers {
	my ($name, $n) = @_;
	return map {
		$rig->sales('DELETE FROM tally'); # accounts from one address come slowly
		my $v = $rig->customer("$name$_");
		$rig->put_in($v, 'A-1', 1);
		my $r = $rig->review($v);
		sub { return buys($v, $r) };
	} 1 .. $n;
}

sub has {
	my ($level) = @_;
	$rig->stock("UPDATE level SET qty = $level WHERE art = 'A-1'");
	$rig->level_shown('A-1', $level) or die "no mirror\n";
	return;
}

sub books_balance {
	my ($paid, $name) = @_;
	ok($rig->until(60, sub {
		$rig->lifecycle;
		$rig->sales('SELECT count(*) FROM orders WHERE state NOT IN (3, 5)') == 0
		    && $rig->sales('SELECT SUM(held) FROM item') == 0;
	}), "$name: all is over, nothing is held");
	my @books = @{ $rig->box->books };
	is(scalar(grep { $_->{captured} } @books), $paid, "$name: so many captures");
	is($rig->sales('SELECT count(*) FROM orders WHERE state = 3'), $paid, "$name: so many paid orders");
	is($rig->sales(q{SELECT count(*) FROM orders WHERE attention <> ''}), 0, "$name: nobody has to look");
	return;
}

my $server = HatTest->mariadb or plan(skip_all => 'MariaDB cannot be had here');
for my $engine ('sqlite', 'mariadb') {
	$rig = CheckoutRig->new($server, $engine, 'stock.stale_after' => 3600);
	has(60);
	my @all = shoppers('one', 50);
	has(1);
	my @said = at_once(@all);
	is(count_of(qr/^paid$/, @said), 1, "R20: $engine: one of fifty has it");
	is(count_of(qr/^refused$/, @said), 49, "R20: $engine: 49 are told so politely")
	    or diag(map { substr($_, 0, 300) . "\n" } grep { !/^(?:paid|refused)$/ } @said);
	is($rig->level('A-1'), 0, "R20: $engine: level 0");
	books_balance(1, $engine);

	has(60);
	@all = shoppers('ten', 25);
	has(10);
	@said = at_once(map { $_, \&sells } @all);
	my $web = count_of(qr/^paid$/, @said);
	my $clerks = count_of(qr/^sold 1$/, @said);
	is($web + $clerks, 10, "R21: $engine: $web on the web and $clerks by clerks are ten");
	is(count_of(qr/^(?:paid|refused|sold [01])$/, @said), 50, "R21: $engine: everybody is told")
	    or diag(map { substr($_, 0, 300) . "\n" } grep { !/^(?:paid|refused|sold [01])$/ } @said);
	is($rig->level('A-1'), 0, "R21: $engine: level 0");
	books_balance(1 + $web, "$engine, clerks too");
	undef $rig;
}
done_testing();
