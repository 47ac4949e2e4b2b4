#!/usr/bin/perl
# paypal-types.t - the stand-in of PayPal before PayPal's own client and schemas:
# what they refuse it refuses; what it answers, and what the shop sends, is
# theirs.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use HatTest;
use PayPalBox;
use StripeBox;
use Test::More;

chomp(my $folder = do { local $ENV{HATSHOP_PEERS} = "$TOP/t/paypal"; `'$TOP/t/lib/node.sh'` });
plan(skip_all => 'PayPal\'s client cannot be had here') if $folder eq '' || system("'$TOP/t/lib/node.sh' >/dev/null") != 0;
my $web = StripeBox->new; # an Apache with the stand-ins
my $pp = PayPalBox->new(url => $web->{url}, box => $web->{box});
for my $file ([ 'shop.conf', $pp->conf ], [ 'secrets.conf', $pp->secrets ]) {
	my ($name, @lines) = @$file;
	open my $f, '>>', $web->dir . "/$name" or die;
	print $f map { "$_\n" } @lines;
	close $f;
}
my $sent = $web->dir . '/sent';
system("'$BUILD/t/gateway-sends' paypal >'$sent'") == 0 or die "gateway-sends failed\n";
open my $in, '-|', "$TOP/t/lib/node.sh", "$TOP/t/paypal/judge.mjs", $folder, $pp->base, $pp->{id},
    $pp->{secret}, $sent or die "node: $!\n";
while (my $line = <$in>) {
	chomp $line;
	my ($verdict, $what) = split /\t/, $line, 2;
	if (defined $what) {
		ok($verdict eq 'ok', $what);
	} else {
		diag($line);
	}
}
ok(close($in), 'and it came to its end');
done_testing();
