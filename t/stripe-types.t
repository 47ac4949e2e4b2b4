#!/usr/bin/perl
# stripe-types.t - the stand-in of Stripe before Stripe's own client and types:
# what they refuse it refuses, one test each; what it answers is theirs.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use HatTest;
use StripeBox;
use Test::More;

chomp(my $folder = do { local $ENV{HATSHOP_PEERS} = "$TOP/t/stripe"; `'$TOP/t/lib/node.sh'` });
plan(skip_all => 'Stripe\'s client cannot be had here') if $folder eq '' || system("'$TOP/t/lib/node.sh' >/dev/null") != 0;
chomp(my $port = `bash -c '. $TOP/t/lib/common.sh; free_port'`);
my $box = StripeBox->new(shop => "http://127.0.0.1:$port");
my $sent = $box->dir . '/sent';
system("'$BUILD/t/gateway-sends' stripe >'$sent'") == 0 or die "gateway-sends failed\n";
open my $in, '-|', "$TOP/t/lib/node.sh", "$TOP/t/stripe/judge.mjs", $folder, $box->base, $box->key,
    $box->secret, $port, $sent or die "node: $!\n";
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
