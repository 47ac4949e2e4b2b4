#!/usr/bin/perl
# copy-sales.t - a shop that has traded on SQLite goes on, on MariaDB, with the
# rights of schema/grants-sales.sql and no more; and back again. Every row is there
# (R102). The steps are those of doc/solution.md.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use CheckoutRig;
use HatTest;
use Test::More;

$ENV{HATSHOP_SCHEMA} = "$TOP/schema/sales";
my $server = HatTest->mariadb;
my $rig = CheckoutRig->new($server, 'sqlite');
my $dir = $rig->dir;
my $box = $rig->courier;
$box->clock(pace => 0);
$rig->stock(q{UPDATE level SET qty = 50 WHERE art = 'A-1'});
$rig->level_shown('A-1', 50) or die "no mirror\n";

sub shopctl { my ($conf, @command) = @_; return $rig->rig->run('ctl/shopctl', '-f', $conf, @command) }

sub copy {
	my ($from, $to) = @_;
	my $out = qx($TOP/ctl/copy-sales $from $to 2>&1);
	return ($? >> 8, $out);
}

sub bought {
	my ($v, $user) = @_;
	$rig->put_in($v, 'A-1', 2);
	my $r = $rig->place($v, $rig->review($v));
	$rig->settle($v, $rig->pay($v, $r, '4242424242424242'));
	is($rig->order($user, 'state'), 3, "$user has paid");
	return $rig->order($user, 'id');
}

# lifecycle until the order is closed.
sub closed {
	my ($user) = @_;
	my $id = $rig->order($user, 'id');
	my $moved = 0;
	ok($rig->until(60, sub {
		$rig->lifecycle;
		my $number = $rig->sales("SELECT tracking FROM parcel WHERE order_id = $id");
		$box->move($number, 'DELIVERED') if $number && !$moved++;
		return $rig->order($user, 'state') == 4;
	}), "the order of $user is closed");
	return;
}

# A configuration of the shop's own with other keys.
sub conf_of {
	my ($name, %other) = @_;
	my $path = "$dir/$name.conf";
	rename $rig->rig->conf(%other), $path or die "$path: $!\n";
	return $path;
}

# The file of grants as an administrator would edit it.
sub grants {
	open my $f, '<', "$TOP/schema/grants-sales.sql" or die "grants: $!\n";
	local $/;
	my $sql = <$f>;
	$sql =~ s/10\.0\.%/127.0.0.1/g;
	$sql =~ s/`hatshop`/`hats`/g;
	$sql =~ s/'choose one'/'rows only'/;
	$sql =~ s/'choose another'/'tables too'/;
	$server->sql($sql);
	return;
}

sub secrets {
	my ($name, $password) = @_;
	open my $in, '<', "$dir/secrets.conf" or die "secrets: $!\n";
	open my $out, '>', "$dir/$name.secrets" or die "secrets: $!\n";
	print {$out} readline($in), "db.password = $password\n";
	close $out or die "secrets: $!\n";
	chmod 0640, "$dir/$name.secrets";
	return "$dir/$name.secrets";
}

my %maria = ('db.engine' => 'mariadb', 'db.host' => '127.0.0.1', 'db.port' => $server->port,
    'db.ca' => $server->ca, 'db.name' => 'hats', 'db.file' => undef, 'db.socket' => undef);

# From now on the shop runs on this database.
sub moved_to {
	my ($engine, %keys) = @_;
	delete $rig->rig->{conf}{$_} for grep { !defined $keys{$_} } keys %keys;
	$rig->rig->set(map { defined $keys{$_} ? ($_ => $keys{$_}) : () } keys %keys);
	$rig->rig->{engine} = $engine;
	$rig->rig->{sales} = 'hats';
	return;
}

sub stopped {
	$rig->rig->stop($rig->{syncd});
	$rig->_apache('stop');
	return;
}

sub opened {
	my ($what) = @_;
	$rig->_apache('start') or die "no Apache\n";
	my $before = time - 1;
	$rig->{syncd} = $rig->rig->start;
	ok($rig->until(60, sub { $rig->sales('SELECT confirmed_at FROM mirror') > $before }), "syncd goes on, $what");
	return;
}

my ($ann, $ben) = map { $rig->customer($_) } qw(ann ben);
bought($ann, 'ann');
closed('ann');
$rig->put_in($ben, 'A-1', 3);
$rig->lifecycle;

my $sqlite = conf_of('sqlite', 'secrets.file' => "$dir/secrets.conf");
my $here = $rig->rig->{conf}{'db.file'};
grants();
my %programs = (%maria, 'db.user' => 'hatshop', 'secrets.file' => secrets('programs', 'rows only'));
my $maria = conf_of('mariadb', %programs);
my $owner = conf_of('owner', %maria, 'db.user' => 'hatshop_owner', 'secrets.file' => secrets('owner', 'tables too'));

sub what_does_not_fit_is_refused {
	my ($status, $out) = copy($sqlite, $maria);
	is($status, 2, 'a database without tables is refused');
	($status) = shopctl($maria, 'migrate');
	is($status, 1, 'R102: the programs\' user makes no tables');
	($status, $out) = shopctl($owner, 'migrate');
	is($status, 0, 'the owner of the tables does') or diag $out;
	my @tables = split /\n/, $server->sql('SHOW TABLES FROM hats');
	for my $statement ('CREATE TABLE hats.x (id INT)', 'DROP TABLE hats.basket', 'ALTER TABLE hats.basket ADD x INT',
	    'SELECT * FROM mysql.user', 'TRUNCATE hats.basket') {
		my $code = system("mariadb --no-defaults -h 127.0.0.1 -P @{[ $server->port ]} -u hatshop --password='rows only'"
		    . " --ssl-ca=@{[ $server->ca ]} -e '$statement' >/dev/null 2>&1");
		isnt($code, 0, "the programs' user may not: $statement");
	}
	is(join("\n", @tables), $server->sql('SHOW TABLES FROM hats'), 'and all tables are there');
	return;
}

sub it_goes_on_on_mariadb {
	my $orders = $rig->sales('SELECT uid, state, total FROM orders ORDER BY id');
	stopped();
	my ($status, $out) = copy($sqlite, $maria);
	is($status, 0, 'it is copied') or diag $out;
	like($out, qr/^invoice\t1\t[0-9a-f]{16}\tthe same$/m, 'each table is told, with its rows and a sum');
	like($out, qr/all the same$/m, 'and all are the same');
	($status, $out) = copy($sqlite, $maria);
	is($status, 2, 'a database that has orders is not copied over');
	like($out, qr/not empty; nothing was copied/, 'and why is said');
	moved_to('mariadb', %programs);
	opened('on MariaDB');
	is($rig->sales('SELECT uid, state, total FROM orders ORDER BY id'), $orders, 'the orders are the same');
	like($ann->get($rig->url . '/order/' . $rig->order_uid('ann'))->{content}, qr/INV-\d+-00001/, 'ann is still logged in, and has her invoice');
	like($ben->get($rig->url . '/basket')->{content}, qr/value="3"/, 'ben\'s basket has its three hats');
	bought($ben, 'ben');
	closed('ben');
	is($rig->sales('SELECT count(DISTINCT number) FROM invoice'), 2, 'the next invoice has the next number');
	ok($rig->until(60, sub {
		$rig->lifecycle;
		($status, $out) = shopctl($rig->rig->conf, 'reconcile', '--settle', 0);
		return $status == 0;
	}), 'R102: the books agree, with these rights') or diag $out;
	return;
}

sub and_back {
	my $back = "$dir/run/back.db";
	my $conf = conf_of('back', 'db.engine' => 'sqlite', 'db.file' => $back, map { $_ => undef } qw(db.host db.port db.ca db.name db.user));
	my ($status, $out) = shopctl($conf, 'migrate');
	is($status, 0, 'a new file') or diag $out;
	stopped();
	($status, $out) = copy($maria, $conf);
	is($status, 0, 'it is copied back') or diag $out;
	like($out, qr/^orders\t2\t[0-9a-f]{16}\tthe same$/m, 'with both orders');
	moved_to('sqlite', 'db.engine' => 'sqlite', 'db.file' => $back, map { $_ => undef } qw(db.host db.port db.ca db.name db.user));
	opened('on SQLite');
	like($ben->get($rig->url . '/order/' . $rig->order_uid('ben'))->{content}, qr/INV-\d+-00002/, 'ben is still logged in');
	bought($ann, 'ann');
	return;
}

sub what_was_altered_is_told {
	stopped();
	my $conf = $rig->rig->conf;
	$server->sql('SET foreign_key_checks = 0; ' . join ' ', map { "DELETE FROM hats.$_;" }
	    split /\n/, $server->sql("SELECT table_name FROM information_schema.tables WHERE table_schema = 'hats' AND table_name <> 'migration'"));
	$server->sql(q{CREATE TRIGGER hats.eats BEFORE INSERT ON hats.customer FOR EACH ROW SET NEW.name = 'x'});
	my ($status, $out) = copy($conf, $maria);
	is($status, 1, 'a copy that differs ends with 1');
	like($out, qr/^customer\t2\t\w+\tdiffers: 2 rows, \w+$/m, 'and the table is told');
	return;
}

what_does_not_fit_is_refused();
it_goes_on_on_mariadb();
and_back();
what_was_altered_is_told();
done_testing;
