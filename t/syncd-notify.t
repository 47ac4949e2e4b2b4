#!/usr/bin/perl
# syncd-notify.t - what syncd tells a supervisor over a real datagram socket, and
# the unit for systemd.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use HatTest;
use IO::Socket::UNIX;
use SyncRig;
use Test::More;
use Time::HiRes qw(sleep time);

my ($rig, $ear, @heard, $count);

# listen_as [NAME]: from now on at that address.
sub listen_as {
	my ($name) = @_;
	$name //= $rig->dir . '/notify' . ++$count;
	(my $path = $name) =~ s/^\@/\0/;
	$ear = IO::Socket::UNIX->new(Type => SOCK_DGRAM, Local => $path) or die "$name: $!\n";
	$ear->blocking(0);
	@heard = ();
	$ENV{NOTIFY_SOCKET} = $name;
	return;
}

# hear: what came since, each with its time.
sub hear {
	while (defined $ear->recv(my $text, 4096)) {
		push @heard, [ time, $_ ] for split /\n/, $text;
	}
	return @heard;
}

# count_of PATTERN: lines heard.
sub count_of { my ($pattern) = @_; return scalar grep { $_->[1] =~ $pattern } hear() }

# hears PATTERN, NAME [, SECONDS]
sub hears {
	my ($pattern, $name, $seconds) = @_;
	return ok(wait_until($seconds // 60, sub { count_of($pattern) }), $name)
	    || diag explain([ map { $_->[1] } @heard ]);
}

sub ready_comes_when_the_mirror_is_published {
	$rig->stock(q{INSERT INTO `order` (`key`, `na``me`, price, `group`, shown)
	    SELECT CONCAT('X-', seq), CONCAT('Hat ', seq), 5, 1, 'y' FROM seq_1_to_20000});
	listen_as();
	local $ENV{WATCHDOG_USEC} = 200_000;
	my $pid = $rig->start('first');
	my $early = 1;
	wait_until(60, sub {
		my $ready = count_of(qr/^READY=1$/);
		$early = 0 if $ready && $rig->sales('SELECT confirmed_at FROM mirror') eq '0';
		return $ready;
	});
	hears(qr/^READY=1$/, 'READY=1');
	ok($early, 'not before the first copy is published');
	my ($at) = map { $_->[0] } grep { $_->[1] eq 'READY=1' } @heard;
	my @before = grep { $_->[0] <= $at } @heard;
	cmp_ok(scalar(grep { $_->[1] eq 'WATCHDOG=1' } @before), '>=', 3,
	    'a long first copy feeds the watchdog');
	cmp_ok(scalar(grep { $_->[1] =~ /^EXTEND_TIMEOUT_USEC=\d+$/ } @before), '>=', 3,
	    'and asks for more time');
	hears(qr/^STATUS=polling m\w+ .*: stock\.mode is poll$/, 'STATUS= says what it does');
	is(count_of(qr/^READY=1$/), 1, 'READY=1 once');
	return $pid;
}

sub the_watchdog_is_fed_by_the_loop_only {
	my ($pid) = @_;
	hear();
	@heard = ();
	my $began = time;
	wait_until(60, sub { count_of(qr/^WATCHDOG=1$/) >= 5 });
	cmp_ok(time - $began, '<', 15, 'WATCHDOG=1 in good time, also when nothing happens');
	is(count_of(qr/^EXTEND/), 0, 'and nothing more');
	kill 'STOP', $pid;
	sleep 0.3;
	hear();
	@heard = ();
	sleep 1;
	is(count_of(qr/./), 0, 'one that hangs is silent');
	kill 'CONT', $pid;
	hears(qr/^WATCHDOG=1$/, 'until it goes on');
	return;
}

sub reload_and_end_are_told {
	my ($pid) = @_;
	@heard = ();
	kill 'HUP', $pid;
	hears(qr/^RELOADING=1$/, 'SIGHUP: RELOADING=1');
	hears(qr/^MONOTONIC_USEC=\d+$/, 'with its time');
	hears(qr/^READY=1$/, 'then READY=1');
	is($rig->stop($pid), 0, 'SIGTERM');
	hears(qr/^STOPPING=1$/, 'STOPPING=1');
	return;
}

sub a_stock_system_that_is_away_keeps_nobody_waiting {
	listen_as('@hatshop-test-' . $$);
	my $port = $rig->{conf}{'stock.port'};
	$rig->set('stock.port' => 1);
	my $pid = $rig->start('away');
	hears(qr/^STATUS=could not reach the stock system/, 'STATUS= says what is wrong');
	hears(qr/^READY=1$/, 'READY=1 all the same');
	$rig->set('stock.port' => $port);
	kill 'HUP', $pid;
	hears(qr/^STATUS=polling /, 'and STATUS= when it is there');
	my $second = $rig->start('second');
	hears(qr/^STATUS=lease "mirror" is held by /, 'one that stands by says so');
	is($rig->stop($_), 0, 'stopped') for $second, $pid;
	return;
}

sub a_long_pause_feeds_the_watchdog {
	listen_as();
	local $ENV{WATCHDOG_USEC} = 400_000;
	$rig->set('stock.poll_ms' => 60_000);
	my $pid = $rig->start('pause');
	hears(qr/^READY=1$/, 'ready');
	@heard = ();
	wait_until(60, sub { count_of(qr/^WATCHDOG=1$/) >= 10 });
	cmp_ok(count_of(qr/^WATCHDOG=1$/), '>=', 10, 'also between two polls a minute apart');
	is($rig->stop($pid), 0, 'and a stop is quick');
	$rig->set('stock.poll_ms' => 200);
	return;
}

sub the_watchdog_of_another_process_is_not_ours {
	listen_as();
	local ($ENV{WATCHDOG_USEC}, $ENV{WATCHDOG_PID}) = (100_000, $$);
	my $pid = $rig->start('other');
	hears(qr/^READY=1$/, 'ready');
	sleep 0.5;
	is(count_of(qr/^WATCHDOG/), 0, 'WATCHDOG_PID of another is respected');
	$rig->stop($pid);
	return;
}

sub without_a_listener_it_works {
	my ($status, $out) = do {
		local $ENV{NOTIFY_SOCKET} = '/nowhere/notify';
		my $pid = $rig->start('nobody');
		ok(wait_until(60, sub { $rig->log('nobody') =~ /following/ }), 'it follows');
		$rig->stop($pid);
	};
	like($rig->log('nobody'), qr/not heard by a supervisor: .*NOTIFY_SOCKET "\/nowhere/,
	    'and says that it is not heard');
	listen_as();
	is(($rig->syncd('-1'))[0], 0, 'one pass');
	is(count_of(qr/./), 0, 'tells no supervisor');
	return;
}

sub slurp {
	my ($file) = @_;
	open my $in, '<', $file or die "$file: $!\n";
	local $/;
	return scalar <$in>;
}

sub the_unit_is_sound {
	my $unit = slurp("$TOP/etc/systemd/syncd.service");
	like($unit, qr/^$_$/m, "the unit has $_")
	    for qw(Type=notify WatchdogSec=\d+ NotifyAccess=main), 'Restart=on-failure';
	SKIP: {
		skip 'no systemd-analyze here', 1 if system('command -v systemd-analyze >/dev/null');
		$unit =~ s{/usr/sbin/syncd}{$BUILD/syncd/syncd}g;
		my $file = $rig->dir . '/syncd.service';
		open my $out, '>', $file or die "$file: $!\n";
		print $out $unit;
		close $out or die "$file: $!\n";
		my $said = `systemd-analyze verify --man=no '$file' 2>&1`;
		my @ours = grep { /syncd/ } split /\n/, $said;
		is("@ours", '', 'systemd-analyze verify finds nothing');
	}
	return;
}

sub its_log_can_be_rotated {
	SKIP: {
		skip 'no logrotate here', 1 if system('command -v logrotate >/dev/null');
		my $dir = $rig->dir . '/log';
		mkdir $dir, 0700 or die "$dir: $!\n";
		(my $rules = slurp("$TOP/etc/logrotate.d/hatshop")) =~ s{/var/log/hatshop}{$dir}g;
		my $file = "$dir/rules";
		open my $out, '>', $file or die "$file: $!\n";
		print $out $rules;
		close $out or die "$file: $!\n";
		my $pid = $rig->fork;
		if (!$pid) {
			open STDERR, '>>', "$dir/syncd.log" or die "$dir: $!\n";
			exec "$BUILD/syncd/syncd", '-d', '-f', $rig->conf or die "syncd: $!\n";
		}
		ok(wait_until(60, sub { -e "$dir/syncd.log" && slurp("$dir/syncd.log") =~ /following/ }), 'it logs');
		my $said = `logrotate -f -s '$dir/state' '$file' 2>&1`;
		is($said, '', 'logrotate is content');
		like(slurp("$dir/syncd.log.1"), qr/following/, 'what was logged is kept');
		kill 'HUP', $pid;
		ok(wait_until(60, sub { slurp("$dir/syncd.log") =~ /\A\d{4}-[^\n]*read again/ }),
		    'and it logs on into the emptied file');
		$rig->stop($pid);
	}
	return;
}

delete @ENV{qw(NOTIFY_SOCKET WATCHDOG_USEC WATCHDOG_PID)};
$rig = SyncRig->new(HatTest->mariadb, 'sqlite');
my $pid = ready_comes_when_the_mirror_is_published();
the_watchdog_is_fed_by_the_loop_only($pid);
reload_and_end_are_told($pid);
a_stock_system_that_is_away_keeps_nobody_waiting();
a_long_pause_feeds_the_watchdog();
the_watchdog_of_another_process_is_not_ours();
without_a_listener_it_works();
the_unit_is_sound();
its_log_can_be_rotated();
done_testing;
