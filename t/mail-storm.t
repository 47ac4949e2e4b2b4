#!/usr/bin/perl
# mail-storm.t - R59, R60: orders' letters over a mail server that breaks at
# random before, in and after each letter; lifecycle killed between every two
# things that it does; four at once without leases.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use File::Path qw(remove_tree);
use File::Temp qw(tempdir);
use HatTest;
use JSON::PP;
use Test::More;
use Time::HiRes qw(time);

my $long = $ENV{HATSHOP_LONG};
my $seed = $ENV{HATSHOP_SEED} // 4711;
my $lifecycle = "$BUILD/cron/lifecycle";
my $dir = tempdir('hs.XXXXXX', TMPDIR => 1, CLEANUP => 1);
my $smtp = "$TOP/t/lib/smtp.sh";
my $started = $$;
mkdir "$dir/$_" for qw(db run);
diag("seed $seed");

sub smtp { return system($smtp, "$dir/smtp", shift) >> 8 }

my $status = smtp('start');
plan skip_all => 'no mail server can be had here' if $status == 77;
BAIL_OUT('no mail server') if $status;
END {
	local $?; # the test's own
	smtp('stop') if defined $started && $$ == $started;
}

sub put_file {
	my ($name, @lines) = @_;
	open my $f, '>', "$dir/$name" or die "$name: $!\n";
	print $f map { "$_\n" } @lines;
	close $f or die "$name: $!\n";
	return;
}

sub slurp {
	my ($file) = @_;
	open my $f, '<', $file or return '';
	local $/;
	return scalar(<$f>) // '';
}

my $port = 0 + slurp("$dir/smtp/port");
umask 077;
put_file('secrets.conf', 'mail.password = secret');
umask 022;
put_file('shop.conf', 'shop.url = https://hats.example', "shop.run = $dir/run", "secrets.file = $dir/secrets.conf",
    "db.file = $dir/db/shop.db", 'mail.host = localhost', "mail.port = $port", "mail.ca = $dir/smtp/tls/ca.pem",
    'mail.user = shop', 'mail.bounce = bounces@hats.example');
$ENV{HATSHOP_CONF} = "$dir/shop.conf";
system("$BUILD/ctl/shopctl", 'migrate', '-s', "$TOP/schema/sales") == 0 or BAIL_OUT('no database');

sub sql {
	my ($statement) = @_;
	open my $f, '-|', 'sqlite3', '-cmd', '.timeout 20000', "$dir/db/shop.db", $statement or die "sqlite3: $!\n";
	local $/;
	my $out = <$f> // '';
	close $f or die "sqlite3: $statement\n";
	$out =~ s/\n\z//;
	return $out;
}

# The letters of so many orders, to each customer and the warehouse.
sub put {
	my ($n) = @_;
	my $words = 'Felt, feathers and a brim. ' x 40;
	sql("WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < $n)
	    INSERT INTO letter (uid, kind, made_at, bytes)
	    SELECT lower(hex(randomblob(16))), 'order', unixepoch(), X'00' FROM n;
	    UPDATE letter SET bytes = CAST(replace('From: shop\@hats.example~To: a\@b.example~Subject: Your order~'
	    || 'Date: Sun, 22 Nov 2026 09:30:00 +0000~Message-Id: <' || uid || '\@hats.example>~~$words~', '~', char(13, 10)) AS BLOB);
	    INSERT INTO outbox (letter_id, recipient, next_at) SELECT id, 'c' || id || '\@b.example', unixepoch() FROM letter;
	    INSERT INTO outbox (letter_id, recipient, next_at) SELECT id, 'warehouse\@hats.example', unixepoch() FROM letter");
	return;
}

sub clear_all {
	sql('DELETE FROM outbox; DELETE FROM letter; DELETE FROM lease');
	unlink glob("$dir/smtp/mail/*"), "$dir/smtp/faults";
	return;
}

# The server anew, with or without faults.
sub server {
	my ($faults) = @_;
	smtp('stop');
	local $ENV{FAULTS} = $faults;
	local $ENV{DSN} = 1;
	smtp('start') == 0 or die "no mail server\n";
	return;
}

# What pauses and claims wait for has come: as if the hour had passed.
sub later { sql('UPDATE outbox SET next_at = 0 WHERE state = 1; DELETE FROM lease'); return }
sub waiting { return sql('SELECT count(*) FROM outbox WHERE state = 1') }

sub start {
	my (@command) = @_;
	my $pid = fork // die "fork: $!\n";
	return $pid if $pid;
	open STDERR, '>>', "$dir/err" or die "err: $!\n";
	exec @command or die "exec: $!\n";
}

# Copies by "Message-ID receiver", and how many hashes each Message-ID has.
sub mailboxes {
	my (%copies, %hashes);
	for my $file (glob "$dir/smtp/mail/*.json") {
		my $m = decode_json(slurp($file));
		$copies{"$m->{id} $m->{to}[0]"}++;
		$hashes{ $m->{id} }{ $m->{hash} } = 1;
	}
	return (\%copies, \%hashes);
}

# Every mailbox has its letter, once more at most for each time that the server
# had it and could not say so; %$kills: the same for who was killed.
sub audit {
	my ($name, $kills) = @_;
	my ($copies, $hashes) = mailboxes();
	my %behind;
	$behind{$_}++ for slurp("$dir/smtp/faults") =~ /^behind (.*)$/mg;
	my @all = split /\n/, sql("SELECT l.uid || '\@hats.example ' || o.recipient FROM outbox o JOIN letter l ON l.id = o.letter_id");
	is(sql('SELECT group_concat(DISTINCT state) FROM outbox'), '2', "R60: $name: all are marked as sent");
	is(scalar(grep { !$copies->{$_} } @all), 0, "R59: $name: each mailbox has each letter");
	my @twice = grep { ($copies->{$_} // 0) > 1 } @all;
	is(scalar(grep { $copies->{$_} > 1 + ($behind{$_} // 0) + ($kills // 0) } @twice), 0,
	    "R59: $name: twice only after a drop behind DATA" . ($kills ? ' or a kill' : ''));
	is(scalar(grep { keys %{ $hashes->{$_} } != 1 } keys %$hashes), 0, "R59: $name: the same Message-ID, the same bytes");
	is(scalar(keys %$copies), scalar @all, "$name: and nothing else");
	return scalar @twice;
}

sub faults_told {
	my %n;
	$n{$_}++ for slurp("$dir/smtp/faults") =~ /^(behind|[a-z ]+)/mg;
	return join ', ', map { "$_ $n{$_}" } sort keys %n;
}

# Rounds of so many lifecycles at once, until all letters are gone.
sub storm {
	my ($orders, $runners, $permille) = @_;
	my ($name, $rounds, $began) = ("$orders orders, $runners at once", 0, time);
	clear_all();
	server("$seed $permille");
	put($orders);
	while (waiting() && $rounds < 40 + $orders) {
		$rounds++;
		later();
		my @pids = map { start('timeout', 600, $lifecycle, '-i') } 1 .. $runners;
		waitpid $_, 0 for @pids;
	}
	my $twice = audit($name);
	diag(sprintf '%s: %d letters in %d rounds and %.0f s; %d came twice; faults: %s',
	    $name, 2 * $orders, $rounds, time - $began, $twice, faults_told());
	return;
}

sub a_server_that_is_away_for_an_hour_R60 {
	clear_all();
	smtp('stop');
	put(25);
	for my $minute (1 .. 12) { # each five
		sql('UPDATE outbox SET next_at = next_at - 300; UPDATE letter SET made_at = made_at - 300');
		waitpid start($lifecycle), 0;
	}
	is(sql('SELECT group_concat(DISTINCT state), max(tries) BETWEEN 2 AND 12 FROM outbox'), '1|1', 'R60: all wait, and were tried');
	server('');
	my $began = time;
	for (1 .. 5) {
		later();
		waitpid start($lifecycle), 0;
	}
	is(audit('after an hour without a server'), 0, 'R59: none came twice');
	diag(sprintf '50 letters left within %.1f s of the server being back', time - $began);
	return;
}

# Everything that lifecycle tells the world, in the order in which it does:
# commits of the database, packets to the server.
my @calls = qw(pwrite64 fdatasync fsync ftruncate unlink connect write sendto sendmsg);
sub traced {
	my ($log, @inject) = @_;
	return start('timeout', 300, 'strace', '-f', '-qq', '-o', $log, '-e', 'trace=' . join(',', @calls), @inject, $lifecycle, '-i');
}

sub a_kill_between_every_two_steps_R59 {
	SKIP: {
		skip 'no strace here', 6 if system('strace -V >/dev/null 2>&1');
		clear_all();
		server('');
		put(1);
		waitpid traced("$dir/trace"), 0;
		my %n;
		$n{$_}++ for slurp("$dir/trace") =~ /^\d+ +(\w+)\(/mg;
		skip 'strace may not trace here', 6 if !%n;
		my @places = map { my $call = $_; map { [$call, $_] } 1 .. $n{$call} } grep { $n{$_} } @calls;
		# the bounded form looks at some of them, others each time
		my $step = $long ? 1 : int(@places / 14) || 1;
		my ($tried, $killed, $lost, $odd, $twice) = (0, 0, 0, 0, 0);
		for (my $i = $long ? 0 : $seed % $step; $i < @places; $i += $step) {
			my ($call, $at) = @{ $places[$i] };
			clear_all();
			put(1);
			waitpid traced('/dev/null', '-e', "inject=$call:signal=SIGKILL:when=$at"), 0;
			$killed++ if $?;
			$tried++;
			later();
			waitpid start($lifecycle), 0;
			my ($copies, $hashes) = mailboxes();
			my @n = values %$copies;
			$lost++ if @n != 2 || waiting();
			$odd++ if grep { $_ > 2 } @n or grep { keys %$_ != 1 } values %$hashes;
			$twice++ if grep { $_ > 1 } @n;
		}
		is($lost, 0, "R59: $killed kills at $tried of " . @places . ' places: no letter is lost');
		is($odd, 0, 'R59: none comes more than twice, nor with other bytes');
		cmp_ok($killed, '>=', $tried * 0.8, 'they were kills');
		diag("$killed kills; after $twice of them a letter came twice, with one Message-ID");
	}
	return;
}

sub the_envelope_names_the_letter_R62 {
	clear_all();
	server('');
	put(1);
	waitpid start($lifecycle), 0;
	my ($m) = sort { $a->{to}[0] cmp $b->{to}[0] } map { decode_json(slurp($_)) } glob "$dir/smtp/mail/*.json";
	my $want = sql("SELECT l.uid || '-' || o.id FROM outbox o JOIN letter l ON l.id = o.letter_id WHERE recipient LIKE 'c%'");
	is($m->{dsn}{envid}, $want, 'R62: a server that offers it is told the name of the envelope');
	like(encode_json($m->{orcpt} // {}), qr/c\d+\@b\.example/, 'and the receiver as we know it');
	return;
}

storm($long ? 1000 : 40, 1, 40);
storm($long ? 1000 : 40, 4, 40);
a_server_that_is_away_for_an_hour_R60();
a_kill_between_every_two_steps_R59();
the_envelope_names_the_letter_R62();
like(slurp("$dir/err"), qr/run over ms=\d+ .*mail=\d+/, 'each run says what it has done');
unlike(slurp("$dir/err"), qr/\@b\.example/, 'without an address');
done_testing;
