#!/usr/bin/perl
# browser-checkout.t - a new customer buys hats in a browser without JavaScript
# on a desktop, and with axe on a phone: R09, R43, R48, R55. HATSHOP_SHOTS: a
# folder for pictures of each page.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use CheckoutRig;
use HatTest;
use Test::More;

my $peers = `$TOP/t/lib/node.sh 2>/dev/null`;
plan(skip_all => 'no browser tools') if $?;
chomp $peers;
plan(skip_all => 'no chromium') if system('command -v chromium >/dev/null') != 0;

my $rig = CheckoutRig->new(HatTest->mariadb, 'sqlite');
my $pages = $rig->dir . '/pages';
mkdir $pages;
$rig->stock(q{UPDATE `order` SET `na``me` = 'The Unreasonably Long-Winded Ceremonial Stovepipe', price = 129.99 WHERE `key` = 'b-3';
    UPDATE level SET qty = 50 WHERE art = 'A-1'});
$rig->level_shown('A-1', 50);

sub browser {
	my ($user, $script, $width) = @_;
	my @slugs = map { $rig->sales("SELECT slug FROM item WHERE source_key = '$_'") } qw(A-1 b-3);
	open my $out, '-|', 'timeout', 600, "$TOP/t/lib/node.sh", "$TOP/t/lib/checkout.mjs", $rig->url, $pages,
	    $user, $script, $width, @slugs or die "node: $!\n";
	while (my $line = <$out>) {
		chomp $line;
		my ($verdict, $name) = split /\t/, $line, 2;
		ok($verdict eq 'ok', $name // $line);
	}
	ok(close $out, "$user came to the end");
	return;
}

# An order whose money is reserved while the stock system is away.
sub a_page_that_waits {
	my $v = $rig->customer('wait');
	$rig->put_in($v, 'A-1', 1);
	my $r = $rig->place($v, $rig->review($v));
	my $port = $rig->rig->{conf}{'stock.port'};
	$rig->rig->set('stock.port' => 1);
	$r = $rig->pay($v, $r);
	$r = $v->get($r->{headers}{location});
	$rig->rig->set('stock.port' => $port);
	keep('waiting', $r->{content});
	$v = $rig->customer('mend');
	$rig->put_in($v, 'A-1', 2);
	$rig->stock(q{UPDATE level SET qty = 1 WHERE art = 'A-1'});
	$rig->level_shown('A-1', 0);
	$r = $v->get($rig->url . '/checkout');
	is($r->{status}, 409, 'a basket that is to be mended');
	keep('mend', $r->{content});
	return;
}

sub keep {
	my ($name, $content) = @_;
	open my $f, '>', "$pages/$name.html" or die "$name: $!\n";
	print $f $content;
	close $f or die "$name: $!\n";
	return;
}

browser('desk', 'off', 1280);
browser('phone', 'on', 390);
a_page_that_waits();
if (system('command -v java >/dev/null') == 0) {
	my @all = glob "$pages/*.html";
	my $said = `java -jar '$peers/node_modules/vnu-jar/build/dist/vnu.jar' --Werror @all 2>&1`;
	is($?, 0, 'the HTML checker finds nothing on ' . @all . ' pages') or diag($said);
}
done_testing();
