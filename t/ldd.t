#!/usr/bin/perl
# ldd.t - what a program links is what each request pays: the hot programs
# load the C library, no more; SQLite, libmd and libfcgi are inside them
# (doc/decisions.md, "Sales database"; lib/db/lean.c).
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use HatTest;
use Test::More;

my %fine = map { $_ => 1 } qw(linux-vdso.so.1 libc.so.6
    ld-linux-x86-64.so.2 ld-linux-aarch64.so.1);

for my $program (qw(hats search basket orders account hook health)) {
	my $path = "$BUILD/cgi-bin/$program";
	next if !-x $path;
	my $listing = `ldd '$path'`;
	# PayPal signs its webhooks with RSA, over a CRC-32
	local @fine{qw(libcrypto.so.3 libz.so.1)} = (1, 1) if $program eq 'hook';
	my @extra = grep { !$fine{$_} } $listing =~ m{^\s*(?:\S*/)?([^\s/]+\.so\S*)}mg;
	ok($listing =~ /libc\.so/ && !@extra, "$program links nothing that it need not")
	    or diag("more than allowed: @extra");
}
plan(skip_all => 'no hot program is built yet') if !Test::More->builder->current_test;
done_testing();
