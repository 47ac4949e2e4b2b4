#!/usr/bin/perl
# lives.t - R64 to R83: orders come to their ends by four real lifecycles at once,
# with leases ignored, each killed again and again, while the courier loses
# answers, tells things twice and late, and is away. In the long form 200 are
# closed, and 22 have a parcel that is lost.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use CourierBox;
use HatTest;
use Lives;
use SyncRig;
use Test::More;

my $long = $ENV{HATSHOP_LONG};
my ($n, $kills, $seconds) = $long ? (222, 200, 1800) : (12, 12, 400);
my $seed = $ENV{HATSHOP_SEED} // 4711;
srand $seed;
diag("seed $seed");

sub lives_on {
	my ($engine) = @_;
	my $rig = SyncRig->new(HatTest->mariadb, $engine, 'stock.stale_after' => 3600, 'shop.test' => 'yes',
	    'company.address' => '1 Brim Street | Leeds', 'mail.from' => 'shop@hats.example', 'log.level' => 'error');
	my $box = CourierBox->new;
	$box->clock(pace => 0);
	$rig->set(map { /^(\S+) = (.*)$/ ? ($1 => $2) : () } $box->conf);
	open my $secrets, '>>', $rig->dir . '/secrets.conf' or die "secrets: $!\n";
	print $secrets map { "$_\n" } $box->secrets;
	close $secrets or die "secrets: $!\n";
	my ($status, $out) = $rig->syncd('-1');
	die "syncd: $out\n" if $status;
	$rig->sales("INSERT INTO customer (id, uid, made_at, seen_at) VALUES (1, 'c1', 1, 1)");
	my $lives = Lives->new(sales => sub { $rig->sales(@_) }, box => $box, seed => $seed, empty => $engine eq 'sqlite' ? "x''" : "''",
	    log => $rig->dir . '/lifecycle.log');
	$lives->orders($n, $rig->sales(q{SELECT id FROM item WHERE source_key = 'A-1'}));
	$lives->courier_errs;
	my ($away, $conf) = (0, $rig->conf);
	my $left = $lives->live(conf => sub { [$conf] }, kills => $kills, seconds => $seconds, meanwhile => sub {
		my ($all) = @_;
		# it is killed now and then, and comes back
		return if $all->{started} < 10 * ($away + 1) || $away == ($long ? 20 : 4);
		$away % 2 ? $box->start : $box->stop;
		$away++;
	});
	$box->start if $away % 2;
	is($left, 0, "$engine: all have come to their ends");
	diag("$engine: $n orders, $lives->{killed} of $lives->{started} lifecycles killed, the courier away " . int(($away + 1) / 2) . ' times');
	cmp_ok($lives->{killed}, '>', 2, "$engine: some were killed");
	$lives->is_right($engine);
	return;
}

lives_on($_) for defined $ENV{HATSHOP_ENGINE} ? $ENV{HATSHOP_ENGINE} : qw(sqlite mariadb);
done_testing();
