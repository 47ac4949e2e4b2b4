#!/usr/bin/perl
# pictures.t - from a picture of the stock system to an object that browsers
# get, and back: sweep and check, with a folder and with a bucket (Swift).
use strict;
use warnings;
use Digest::SHA qw(sha256_hex);
use FindBin;
use lib "$FindBin::Bin/lib";
use HatTest;
use POSIX ();
use SyncRig;
use Test::More;

my $red = SyncRig->png(200, 0, 0);
my $blue = SyncRig->png(0, 0, 200);
my $swift = "$TOP/t/lib/swift-s3.sh";
my ($rig, $port);

sub hex_of { return '0x' . unpack 'H*', $_[0] }

sub names_of {
	my ($bytes) = @_;
	my $hash = sha256_hex($bytes);
	return map { substr($hash, 0, 2) . "/$hash-$_.webp" } qw(card page zoom);
}

sub shopctl { return $rig->run('ctl/shopctl', '-f', $rig->conf, @_) }

# What is in the store, sorted.
sub stored {
	if ($rig->{conf}{'pictures.store'} eq 'folder') {
		my $dir = $rig->dir . '/pictures';
		return sort map { s{^\Q$dir/\E}{}r } glob "$dir/??/*";
	}
	my ($status, $out) = $rig->run('t/s3-tool', $rig->conf, 'list');
	return sort map { (split)[0] } grep { /webp/ } split /\n/, $out;
}

sub pass_of_syncd {
	my ($status, $out) = $rig->syncd('-1');
	is($status, 0, 'a pass of syncd') or diag $out;
	return $out;
}

sub a_picture_comes_in_three_sizes {
	$rig->stock('DELETE FROM pics; INSERT INTO pics (art, data) VALUES '
	    . q{('a-1', } . hex_of($red) . q{), ('A-2', } . hex_of($red) . ')');
	pass_of_syncd();
	is_deeply([ stored() ], [ sort +names_of($red) ], 'R92: three sizes, once');
	is($rig->field($_, 'picture'), sha256_hex($red), "R92: $_ shows it") for qw(A-1 A-2);
	my ($status, $out) = shopctl(qw(pictures sweep -d 0));
	is($status, 0, 'a sweep') or diag $out;
	like($out, qr/^3 objects; 0 that no item shows/m, 'nothing that is shown is an orphan');
	($status, $out) = shopctl(qw(pictures check -n));
	is($status, 0, 'and nothing is missing') or diag $out;
	return;
}

sub what_no_item_shows_is_swept {
	$rig->stock('UPDATE pics SET data = ' . hex_of($blue));
	pass_of_syncd();
	is_deeply([ stored() ], [ sort +names_of($red), names_of($blue) ], 'R92: the new one beside the old');
	my ($status, $out) = shopctl(qw(pictures sweep));
	is($status, 0, 'within the days that are usual') or diag $out;
	like($out, qr/; 0 that no item shows, older than 7 days/, 'nothing is old enough');
	($status, $out) = shopctl(qw(pictures sweep -n -d 0));
	is($status, 3, '-n: there is something to do') or diag $out;
	is_deeply([ sort grep { /webp$/ } split /\n/, $out ], [ sort +names_of($red) ], 'the names of the orphans');
	is(scalar(my @kept = stored()), 6, '-n deletes nothing');
	($status, $out) = shopctl(qw(pictures sweep -d 0));
	is($status, 0, 'swept') or diag $out;
	like($out, qr/^6 objects; 3 .* bytes; 3 deleted$/m, 'and said so');
	is_deeply([ stored() ], [ sort +names_of($blue) ], 'only what is shown is left');
	$rig->stock('UPDATE pics SET data = ' . hex_of($red) . q{ WHERE art = 'A-2'});
	pass_of_syncd();
	is_deeply([ stored() ], [ sort +names_of($red), names_of($blue) ],
	    'R92: a picture that was swept is made again when it comes back');
	return;
}

# In a process of its own: leaves with 1 when nobody has waited.
sub lets_go_when_waited_for {
	unlink $rig->dir . '/out';
	my $pid = $rig->fork;
	return $pid if $pid;
	my $told = wait_until(60, sub {
		open my $in, '<', $rig->dir . '/out' or return;
		return grep { /^waiting: / } <$in>;
	});
	$rig->sales(q{UPDATE lease SET holder = '', expires_at = 0 WHERE name = 'pictures'});
	POSIX::_exit($told ? 0 : 1);
}

sub nobody_sweeps_while_pictures_are_put {
	$rig->stock('UPDATE pics SET data = ' . hex_of($blue));
	pass_of_syncd();
	my $now = time;
	$rig->sales(q{DELETE FROM lease WHERE name = 'pictures';}
	    . qq{ INSERT INTO lease (name, holder, fence, expires_at) VALUES ('pictures', 'somebody', 7, $now + 600)});
	my $lets_go = lets_go_when_waited_for();
	my ($status, $out) = shopctl(qw(pictures sweep -d 0));
	is($status, 0, 'a sweep waits for the lease') or diag $out;
	like($out, qr/^waiting: .*somebody/m, 'and says for whom');
	waitpid $lets_go, 0;
	delete $rig->{running}{$lets_go};
	is($? >> 8, 0, 'until it ends');
	is_deeply([ stored() ], [ sort +names_of($blue) ], 'then it sweeps');
	$rig->sales(q{UPDATE lease SET holder = 'sweeper', expires_at = } . (time + 600) . q{ WHERE name = 'pictures'});
	$rig->stock('UPDATE pics SET data = ' . hex_of($red));
	pass_of_syncd();
	is($rig->field('A-1', 'picture'), sha256_hex($blue), 'syncd makes no picture while somebody sweeps');
	$rig->sales(q{UPDATE lease SET holder = '', expires_at = 0 WHERE name = 'pictures'});
	pass_of_syncd();
	is($rig->field('A-1', 'picture'), sha256_hex($red), 'but afterwards');
	return;
}

sub what_was_lost_is_made_again {
	my @lost = (names_of($red))[0];
	if ($rig->{conf}{'pictures.store'} eq 'folder') {
		unlink $rig->dir . "/pictures/$lost[0]" or die "unlink: $!\n";
	} else {
		$rig->run('t/s3-tool', $rig->conf, 'remove', @lost);
	}
	my ($status, $out) = shopctl(qw(pictures check -n));
	is($status, 3, 'a lost size is noticed') or diag $out;
	like($out, qr/^\Q$lost[0]\E$/m, 'and named');
	($status, $out) = shopctl(qw(pictures check));
	is($status, 0, 'it is forgotten') or diag $out;
	pass_of_syncd();
	is_deeply([ grep { $_ eq $lost[0] } stored() ], \@lost, 'R92: and made again');
	is($rig->field('A-1', 'picture'), sha256_hex($red), 'the item shows it all the while');
	return;
}

# Every picture is changed and changed back while syncd makes and a sweep
# deletes, with no age at all to protect what has just been put.
sub a_sweep_beside_syncd_loses_nothing {
	my $pid = $rig->start;
	my $began = time;
	my ($sweeps, $swept) = (0, 0);
	while (time < $began + ($swept ? 4 : 60)) {
		my $bytes = SyncRig->png(7 * ($sweeps % 3), 1, 1);
		$rig->stock('UPDATE pics SET data = ' . hex_of($bytes)
		    . ' WHERE art = ' . ($sweeps % 2 ? q{'a-1'} : q{'A-2'}));
		my ($status, $out) = shopctl(qw(pictures sweep -d 0));
		$status == 0 or diag $out;
		$sweeps++;
		$swept += $1 if $out =~ /(\d+) deleted/;
	}
	$rig->stop($pid);
	ok($swept > 0, "$sweeps sweeps beside syncd deleted $swept objects");
	my ($status, $out) = shopctl(qw(pictures check -n));
	is($status, 0, 'R92: nothing that an item shows was deleted') or diag $out;
	unlike($rig->log, qr/ error: /, 'and syncd had no error') or diag $rig->log;
	return;
}

sub wrong_words_are_refused {
	for my $words ([], ['tidy'], [qw(sweep -x)], [qw(sweep -d -1)], [qw(sweep now)], [qw(check -d 3)]) {
		my ($status) = shopctl('pictures', @$words);
		is($status, 2, "shopctl pictures @$words: exit status 2");
	}
	return;
}

sub all_with_this_store {
	a_picture_comes_in_three_sizes();
	what_no_item_shows_is_swept();
	nobody_sweeps_while_pictures_are_put();
	what_was_lost_is_made_again();
	a_sweep_beside_syncd_loses_nothing();
	return;
}

sub a_bucket_that_fails_stops_nothing_else {
	my $green = SyncRig->png(0, 200, 0);
	my (undef, $said) = $rig->syncd('-n');
	like($said, qr/^pictures +S3 bucket "hats" answers$/m, 'syncd -n asks the bucket');
	$rig->set('s3.bucket' => 'nowhere');
	(undef, $said) = $rig->syncd('-n');
	like($said, qr/^pictures +cannot be kept: .*NoSuchBucket/m, 'and says what is wrong with it');
	$rig->stock('UPDATE pics SET data = ' . hex_of($green));
	$rig->stock(q{UPDATE level SET qty = 77 WHERE art = 'A-1'});
	my $out = pass_of_syncd();
	like($out, qr/NoSuchBucket.*see s3\.bucket/, 'a bucket that is not there is told');
	my $told = () = $out =~ /NoSuchBucket/g;
	is($told, 1, 'once');
	is($rig->field('A-1', 'level'), 77, 'R92: levels follow all the same');
	isnt($rig->field('A-1', 'picture'), sha256_hex($green), 'and the old picture is shown');
	$rig->set('s3.bucket' => 'hats');
	pass_of_syncd();
	is($rig->field('A-1', 'picture'), sha256_hex($green), 'the new one when it is there again');
	return;
}

sub start_swift {
	my $dir = $rig->dir . '/swift';
	my $status = system($swift, $dir, 'start') >> 8;
	return 0 if $status == 3;
	die "Swift did not start\n" if $status;
	system($swift, $dir, 'bucket', 'hats') == 0 or die "no bucket\n";
	open my $in, '<', "$dir/port" or die "$dir/port: $!\n";
	chomp($port = <$in>);
	open my $out, '>>', $rig->dir . '/secrets.conf' or die "secrets: $!\n";
	print $out "s3.access_key = hatshop:app\ns3.secret_key = apptestsecret\n";
	close $out or die "secrets: $!\n";
	return 1;
}

sub new_rig {
	my ($engine) = @_;
	return SyncRig->new(HatTest->mariadb, $engine, 'stock.picture.kind' => 'blob',
	    'stock.picture.table' => 'pics', 'stock.picture.key' => 'art',
	    'stock.picture.column' => 'data', 'pictures.store' => 'folder');
}

$rig = new_rig('mariadb');
wrong_words_are_refused();
all_with_this_store();
$rig = new_rig('sqlite');
SKIP: {
	skip 'no OpenStack Swift (Debian: python3-swift)', 1 if !start_swift();
	a_picture_comes_in_three_sizes();
	$rig->set('pictures.store' => 's3', 's3.bucket' => 'hats',
	    's3.region' => 'eu-west-2', 's3.style' => 'path',
	    's3.prefix' => 'shop/pictures/', 's3.endpoint' => "http://127.0.0.1:$port");
	my ($status, $out) = shopctl(qw(pictures check));
	is($status, 0, 'another store') or diag $out;
	like($out, qr/^0 objects; 1 pictures are not there, 1 will be made again/m,
	    'R92: what was made is not there');
	pass_of_syncd();
	is_deeply([ stored() ], [ sort +names_of($red) ], 'R92: it is now');
	all_with_this_store();
	a_bucket_that_fails_stops_nothing_else();
}
done_testing();
END { system($swift, $rig->dir . '/swift', 'stop') if $port }
