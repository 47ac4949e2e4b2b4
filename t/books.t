#!/usr/bin/perl
# books.t - the books balance: shoppers with cards and PayPal, in one tab or two,
# refunds, cancels and disputes, webhooks, clerks, syncd and runners that ignore
# leases, all processes at once on real servers, with kills, stops, cut
# connections, lost calls and a clock that jumps; one combination keeps its sales
# in a cluster whose writer is killed (R17-R23, R43, R45-R52, R86). While it goes
# on, somebody looks whether more is shown as free than is. Beside it the bugs
# that these books must find are planted, and are found.
#
# ./dev long books [SEED] takes HATSHOP_BOOKS_SECONDS (300) for each combination,
# or HATSHOP_BOOKS_MINUTES for all together; the short form 20 s for those that
# run by default. HATSHOP_BOOKS_ONLY=sqlite-binlog-mariadb: only this one, or
# "bugs". HATSHOP_BOOKS_ROUNDS=N: so many rounds. What happens is the seed's
# alone; when it happens is also the machine's.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use Audit;
use Books;
use BoxTill;
use File::Temp qw(tempdir);
use Galera;
use HatTest;
use IPC::Open2;
use POSIX ();
use Seeded;
use SyncRig;
use Test::More;
use Till;
use Time::HiRes qw(sleep time);
use Wire;

my $seed = $ENV{HATSHOP_SEED} // 4711;
my $long = $ENV{HATSHOP_LONG};
my $only = $ENV{HATSHOP_BOOKS_ONLY} // '';
my $minutes = $ENV{HATSHOP_BOOKS_MINUTES};
my $seconds = $minutes ? 60 * $minutes / ($only ? 1 : 9) : $ENV{HATSHOP_BOOKS_SECONDS} // ($long ? 300 : 20);

# What is sold: S-1 by the shop alone, C-1 and D-1 by clerks too.
my %START = ('S-1' => 30, 'C-1' => 40, 'D-1' => 25);
my @KEPT = ('S-1');

my ($rig, $wire, $till, $syncd, $cluster, %actor, %seen);

# ---- means ----

sub dir { return $rig->dir }
sub reads_only { return ($rig->{conf}{'stock.access'} // '') eq 'read' }

# A client that stays.
sub session {
	my ($where) = @_;
	my $sqlite = $where eq 'sales' && $rig->{engine} eq 'sqlite';
	my @command = $sqlite ? ('sqlite3', '-batch', '-separator', "\t", $rig->{conf}{'db.file'})
	    : ('mariadb', '--no-defaults', '-u', 'root', '-N', '-B', '--unbuffered', '--skip-reconnect',
	    '-S', $rig->{ $where eq 'sales' ? 'on' : 'server' }->socket, $where eq 'sales' ? $rig->{sales} : 'alt_lager');
	open my $err, '>>', dir() . '/clients.log' or die "log: $!\n";
	my $pid = open2(my $out, my $in, 'sh', '-c', 'exec "$@" 2>>' . dir() . '/clients.log', 'sh', @command);
	my $s = { pid => $pid, in => $in, out => $out };
	$in->autoflush(1);
	ask($s, $sqlite ? 'PRAGMA busy_timeout = 60000;' : 'SET NAMES utf8mb4; SET innodb_lock_wait_timeout = 2;'
	    . ($where eq 'sales' && $cluster ? ' SET wsrep_sync_wait = 7;' : ''));
	return $s;
}

# The rows of a statement; dies when the client is gone.
sub ask {
	my ($s, $sql) = @_;
	my @rows;
	local $SIG{PIPE} = 'IGNORE';
	print { $s->{in} } "$sql\nSELECT '<end>';\n" or die "the client is gone\n";
	while (defined(my $line = readline $s->{out})) {
		chomp $line;
		return @rows if $line eq '<end>';
		push @rows, [ split /\t/, $line, -1 ];
	}
	die "the client went away: $sql\n";
}

sub leave {
	my ($s) = @_;
	close $_ for @$s{qw(in out)};
	waitpid $s->{pid}, 0;
	return;
}

sub rows_of {
	my ($where, $names, $sql) = @_;
	my $text = $where eq 'sales' ? $rig->sales($sql) : $rig->stock($sql);
	return map { my %row; @row{@$names} = split /\t/, $_, -1; \%row } split /\n/, $text;
}

# What fails, fails: a connection to be killed may be gone.
sub quietly {
	my ($server, $sql) = @_;
	open my $kept, '>&', \*STDERR or die "dup: $!\n";
	open STDERR, '>>', dir() . '/clients.log' or die "log: $!\n";
	my $done = eval { $server->sql($sql); 1 };
	open STDERR, '>&', $kept or die "dup: $!\n";
	return $done;
}

sub ms { my ($ms) = @_; sleep $ms / 1000; return }

sub child {
	my ($do) = @_;
	my $pid = $rig->fork;
	return $pid if $pid;
	eval { $do->(); 1 } or do { open my $log, '>>', dir() . '/actors.log'; print $log "$$: $@" };
	POSIX::_exit(0);
	return;
}

# ---- actors ----

sub lifecycle { return $ENV{BOOKS_PLANT} ? 't/books-lifecycle' : 'cron/lifecycle' }

sub program {
	my ($round, $actor) = @_;
	my ($role, @args) = @{ $actor->{what} };
	my $pid = $rig->fork;
	return $pid if $pid;
	local $ENV{BOOKS_CLOCK} = dir() . '/clock';
	local $ENV{BOOKS_WISHES} = dir() . '/wishes';
	local $ENV{BOOKS_REGRETS} = $round->{regrets};
	local $ENV{BOOKS_DEATHS} = $round->{deaths};
	local $ENV{BOOKS_SLEEPS} = $round->{sleeps};
	open STDERR, '>>', dir() . '/actors.log' or die "log: $!\n";
	open STDOUT, '>&', \*STDERR or die "dup: $!\n";
	my @command = $role eq 'lifecycle' ? ("$BUILD/" . lifecycle(), '-i', '-f', $rig->{path}, '-w', @args)
	    : ("$BUILD/t/books-actor", $rig->{path}, $actor->{seed}, $role, @args);
	exec @command or die "$command[0]: $!\n";
}

# Sells one at a time, with a guard, as the stock application does, and writes
# it down in the same transaction.
sub clerk {
	my ($actor) = @_;
	return child(sub {
		my $random = seeded($actor->{seed});
		for (1 .. $actor->{what}[1]) {
			eval { # or it was a lock, or the server went away
				my $stock = session('stock');
				sell($stock, ('C-1', 'D-1')[ $random->(2) ], 1);
				leave($stock);
			};
			ms($random->(400));
		}
	});
}

# Books out, one at a time, what was sold with read access: the level first. A
# level that has not as many left tells that too much was sold.
sub book_out {
	my ($most, $pause) = @_;
	my @orders = split /\n/, $rig->sales('SELECT o.id FROM orders o WHERE o.state = 3 AND EXISTS'
	    . ' (SELECT 1 FROM hold h WHERE h.order_uid = o.uid AND h.state = 1 AND h.sold = 1) ORDER BY o.id');
	for my $id (splice @orders, 0, $most) {
		my $stock = session('stock');
		for my $line (split /\n/, $rig->sales("SELECT source_key, qty FROM order_line WHERE order_id = $id")) {
			my ($key, $n) = split /\t/, $line;
			# one that was disturbed remembers how far it was
			next if ask($stock, "SELECT 1 FROM booked WHERE order_id = $id AND art = '$key';");
			ask($stock, "START TRANSACTION; INSERT INTO booked (art, n, order_id) VALUES ('$key', $n, $id);"
			    . " UPDATE level SET qty = qty - $n WHERE art = '$key'; INSERT INTO clerk_sale (art, n) VALUES ('$key', $n); COMMIT;");
		}
		leave($stock);
		ms($pause);
		my $out = dir() . '/booked.log';
		system("$BUILD/ctl/shopctl -f $rig->{path} stock booked-out $id >>$out 2>&1") == 0
		    or return "order $id could not be booked out: " . `tail -n 2 $out`;
	}
	return;
}

sub manager {
	my ($actor) = @_;
	return child(sub {
		my $random = seeded($actor->{seed});
		for (1 .. $actor->{what}[1]) {
			ms($random->(500));
			# or the server went away, or a lock was in the way: later
			my $why = eval { book_out(2, $random->(100)) } or next;
			open my $f, '>>', dir() . '/watched' or die "watched: $!\n";
			print $f "$why\n";
		}
	});
}

sub sell {
	my ($stock, $key, $n) = @_;
	ask($stock, "START TRANSACTION; UPDATE level SET qty = qty - $n WHERE art = '$key' AND qty >= $n;"
	    . " INSERT INTO clerk_sale (art, n) SELECT '$key', $n FROM DUAL WHERE ROW_COUNT() = 1; COMMIT;");
	return;
}

# Brings the gateway's events: late, twice, in any order, or never.
sub postman {
	my ($round) = @_;
	my $random = seeded($round->{seed});
	return child(sub {
		my $parent = getppid;
		my @kept;
		open STDERR, '>>', dir() . '/actors.log' or die "log: $!\n";
		open my $events, '<', dir() . '/events' or die "events: $!\n";
		seek $events, $seen{events}, 0;
		while (getppid == $parent) {
			ms(40 + $random->(250));
			seek $events, tell $events, 0;
			push @kept, grep { $random->(10) } readline $events;
			my @now = grep { $random->(5) } @kept;
			push @now, grep { !$random->(6) } @kept;
			@kept = grep { !$random->(4) } @kept;
			$till->bring($rig->{path}, $random->(2) ? reverse @now : @now) if @now;
		}
	});
}

# A delivery for what runs out.
sub fill_shelves {
	my $stock = session('stock');
	sell($stock, $_, -15) for map { $_->[0] } ask($stock, 'SELECT art FROM level WHERE qty < 6;');
	leave($stock);
	return;
}

sub start_actor {
	my ($round, $actor) = @_;
	my $role = $actor->{what}[0];
	my $pid = $role eq 'clerk' ? clerk($actor) : $role eq 'manager' ? manager($actor) : program($round, $actor);
	$actor{$pid} = $actor;
	return;
}

# Those that have ended; a death by anything but SIGKILL is a failure.
sub bury {
	my ($round) = @_;
	# lifecycle says so when the sales database goes away for longer
	my $away = $rig->{engine} ne 'sqlite' && grep { $_->{name} =~ /^(?:stock|writer)_kill$/ } @{ $round->{blows} };
	my @bad;
	for my $pid (keys %actor) {
		next if waitpid($pid, POSIX::WNOHANG()) <= 0;
		my $status = $?;
		my $actor = delete $actor{$pid};
		delete $rig->{running}{$pid};
		$seen{killed}++ if $status == 9;
		push @bad, "@{ $actor->{what} } ended with status $status"
		    if $status && $status != 9 && !($away && $status == 256 && $actor->{what}[0] eq 'lifecycle');
	}
	return @bad;
}

sub some_actor {
	my ($n) = @_;
	# a person who books out does it whole
	my @pids = sort { $a <=> $b } grep { $actor{$_}{what}[0] ne 'manager' } keys %actor;
	return @pids ? $pids[ $n % @pids ] : undef;
}

# ---- blows ----

# A killed one leaves its lease, which would be waited for.
sub free_lease {
	wait_until(60, sub { eval { $rig->sales('UPDATE lease SET expires_at = 0', 1000); 1 } });
	return;
}

sub syncd_starts { $syncd //= $rig->start; return }

sub for_a_while {
	my ($pid, $ms) = @_;
	return if !$pid;
	kill 'STOP', $pid;
	ms($ms);
	kill 'CONT', $pid;
	return;
}

sub wire_for { my ($order, $ms) = @_; $wire->order($order); ms($ms); $wire->order('pass'); return }

sub kick {
	my ($server, $user, @more) = @_;
	my @ids = eval { split /\n/, $server->sql(qq{SELECT ID FROM information_schema.processlist WHERE USER = '$user' @more}) };
	return quietly($server, join ';', map { "KILL $_" } @ids);
}

sub later {
	my ($do) = @_;
	$actor{ child($do) } = { what => ['clerk'] };
	return;
}

# Seconds that the clock is ahead.
sub ahead {
	open my $f, '<', dir() . '/clock' or die "clock: $!\n";
	return readline($f) + 0;
}

sub move_clock {
	my ($by) = @_;
	my $path = dir() . '/clock';
	open my $f, '+<', $path or die "clock: $!\n";
	my $shift = readline $f;
	seek $f, 0, 0;
	syswrite $f, sprintf '%010d', $shift + $by;
	close $f;
	return;
}

my %blow = (
	calm => sub { ms($_[0]) },
	stop => sub { for_a_while(some_actor($_[0]), 4 * $_[0]) },
	kill => sub { my $pid = some_actor($_[0]) or return; kill 'KILL', $pid },
	syncd_kill => sub {
		$rig->stop($syncd, 'KILL');
		$syncd = undef;
		ms($_[0]);
		free_lease();
		syncd_starts();
	},
	syncd_sleep => sub { for_a_while($syncd, 3 * $_[0]) },
	cut => sub { wire_for('cut', $_[0] / 2) },
	stall => sub { wire_for('stall', 4 * $_[0]) },
	half => sub { wire_for('half', $_[0]) },
	kick => sub { kick($rig->{server}, 'shop') },
	# the sales server's own connections, but those of who looks
	sales_kick => sub { kick($rig->{on}, 'root', "AND DB = '$rig->{sales}' AND COMMAND <> 'Query'") if $rig->{engine} ne 'sqlite' },
	# a clerk who holds a row for longer than a take waits
	lock => sub {
		my $key = (sort keys %START)[ $_[0] % 3 ];
		later(sub { ask(session('stock'), "START TRANSACTION; UPDATE level SET qty = qty WHERE art = '$key'; DO SLEEP(3.6); COMMIT;") });
	},
	# two hats of which a take comes second, for longer than many takes
	block => sub {
		my $key = $_[0] % 2 ? 'D-1' : 'S-1';
		later(sub { ask(session('stock'), "START TRANSACTION; UPDATE level SET qty = qty WHERE art = '$key'; DO SLEEP(7); COMMIT;") });
	},
	deliver => sub { my ($n) = @_; later(sub { sell(session('stock'), (sort keys %START)[ $n % 3 ], -1 - $n % 4) }) },
	# somebody wants them all
	sellout => sub {
		return if reads_only(); # of clerks it promises nothing
		my $key = $_[0] % 2 ? 'C-1' : 'D-1';
		later(sub {
			ask(session('stock'), "START TRANSACTION; INSERT INTO clerk_sale (art, n) SELECT art, qty FROM level"
			    . " WHERE art = '$key' FOR UPDATE; UPDATE level SET qty = 0 WHERE art = '$key'; COMMIT;");
		});
	},
	shift => sub { move_clock($_[0] % 3 ? $_[0] : 1900) },
	contest => sub { $till->order('contest', $_[0] + $_) for 0 .. 2; return },
	away => sub { $till->order('away', 1); ms(2 * $_[0]); $till->order('away', 0) },
	writer_kill => sub {
		my $why = $cluster->lose_writer;
		BAIL_OUT($why) if $why;
		$seen{writers}++;
	},
	stock_kill => sub {
		$rig->{server}->run('kill');
		ms($_[0]);
		$rig->{server}->run('start') or BAIL_OUT('the server does not start');
		$wire->order('to', $rig->{server}->port);
	},
);

# ---- who looks ----

# What is shown as free of each item, and what is: the level without what is
# held and not taken. Whatever was taken after the first look is as if it still
# lay there. What came back since makes the second number larger.
sub look {
	my ($sales, $stock) = @_;
	my (%shown, %free, %open, %seen, $confirmed, @wrong);
	my $over = q{(SELECT COUNT(*) FROM payment p WHERE p.order_id = o.id AND (p.goods = 4 OR p.goods = 1 AND p.state <> 6))};
	for (ask($sales, q{SELECT 'item', source_key, level, held, '' FROM item WHERE gone = 0}
	    . q{ UNION ALL SELECT 'mirror', '', confirmed_at, 0, '' FROM mirror}
	    . q{ UNION ALL SELECT i.source_key, h.attempt, h.qty, h.state, h.order_uid FROM hold h JOIN item i ON i.id = h.item_id}
	    . qq{ UNION ALL SELECT 'lost', i.source_key, o.id, $over, h.order_uid FROM hold h JOIN orders o ON o.uid = h.order_uid}
	    . qq{ JOIN item i ON i.id = h.item_id WHERE h.state = 3 AND (o.state IN (1, 2) OR $over > 0)}
	    . q{ UNION ALL SELECT 'early', p.uid, p.order_id, 0, '' FROM payment p WHERE p.state = 6 AND p.goods = 3 AND p.captured - p.lost >}
	    . q{ (SELECT COALESCE(SUM(r.amount), 0) FROM refund r WHERE r.payment_id = p.id AND r.state <> 1);})) {
		my ($what, $name, $n, $m, $order) = @$_;
		if ($what eq 'item') {
			$shown{$name} = $n - $m;
			push @wrong, "$name is mirrored as $n" if $n < 0;
		} elsif ($what eq 'mirror') {
			$confirmed = $n;
		} elsif ($what eq 'lost') {
			push @wrong, "order $n goes on without its hold of $name";
		} elsif ($what eq 'early') {
			push @wrong, "order $n gave its goods back before its money";
		} else {
			$seen{"$name $what"} = 1;
			$open{"$order $what"} = [ $what, $n, $name ] if $m == 1;
		}
	}
	my (%taken, %sold);
	for (ask($stock, q{START TRANSACTION WITH CONSISTENT SNAPSHOT; SELECT 'level', art, CAST(qty AS SIGNED), 0 FROM level;}
	    . q{ SELECT 'sold', art, SUM(GREATEST(n, 0)), 0 FROM clerk_sale GROUP BY art;}
	    . (reads_only() ? '' : q{ SELECT item, attempt, qty, returned FROM hatshop.claim WHERE kind = 'take';})
	    . ' COMMIT;')) {
		my ($what, $name, $n, $m) = @$_;
		if ($what eq 'level') {
			$free{$name} += $n;
			push @wrong, "$name has the level $n" if $n < 0;
		} elsif ($what eq 'sold') {
			$sold{$name} = $n;
		} else {
			$taken{"$name $what"} = 1;
			$free{$what} += $n - $m if !$seen{"$name $what"};
		}
	}
	return if grep { !defined $free{$_} } keys %START;
	$free{ $_->[0] } -= $_->[1] for grep { !$taken{"$_->[2] $_->[0]"} } values %open;
	return (\%shown, \%free, \%sold, $confirmed, @wrong);
}

# What clerks have sold since the mirror was seen equal is shown still.
sub unseen {
	my ($history, $sold, $confirmed) = @_;
	push @$history, [ time, $sold ];
	shift @$history while @$history > 1 && $history->[1][0] < $confirmed - 2;
	my %unseen = map { $_ => ($sold->{$_} // 0) - ($history->[0][1]{$_} // 0) } keys %START;
	return \%unseen;
}

sub watcher {
	my $parent = $$;
	return child(sub {
		my ($sales, $stock, %told);
		my @history = [ 0, {} ];
		while (getppid == $parent) {
			my @look = eval {
				$sales //= session('sales');
				$stock //= session('stock');
				local $SIG{ALRM} = sub { die "no answer\n" };
				alarm 25;
				look($sales, $stock);
			};
			alarm 0;
			if (!@look) { # a server that is away
				($sales, $stock) = ();
				ms(200);
				next;
			}
			my ($shown, $free, $sold, $confirmed, @wrong) = @look;
			my $unseen = unseen(\@history, $sold, $confirmed);
			for (sort keys %START) {
				push @wrong, "$_ shows $shown->{$_}, $free->{$_} are free"
				    if $shown->{$_} > $free->{$_} + $unseen->{$_};
			}
			open my $f, '>>', dir() . '/watched' or die "watched: $!\n";
			print $f map { "$_\n" } grep { !$told{$_}++ } @wrong;
			close $f;
			open $f, '>>', dir() . '/looks' or die "looks: $!\n";
			print $f '.';
			close $f;
			ms(20);
		}
	});
}

sub watched {
	open my $f, '<', dir() . '/watched' or return;
	seek $f, $seen{watched} // 0, 0;
	my @lines = readline $f;
	$seen{watched} = tell $f;
	chomp @lines;
	return @lines;
}

# ---- the books ----

sub books {
	my $read = reads_only();
	my %books = (start => \%START, kept => $read ? [] : \@KEPT, till => $till->books);
	$books{booked} = { map { split /\t/ } split /\n/, $rig->stock('SELECT art, SUM(n) FROM booked GROUP BY art') } if $read;
	$books{orders} = [ rows_of('sales', [qw(id uid state total captured refunded lost attention)],
		'SELECT id, uid, state, total, captured, refunded, lost, attention FROM orders') ];
	$books{lines} = [ rows_of('sales', [qw(order key qty)], 'SELECT order_id, source_key, qty FROM order_line') ];
	$books{payments} = [ rows_of('sales', [qw(uid order state goods captured page)],
		'SELECT uid, order_id, state, goods, captured, checkout_object FROM payment') ];
	$books{refunds} = [ rows_of('sales', [qw(order payment state amount witness told ends)],
		q{SELECT order_id, payment_id, state, amount, witness, told, witness = 'shop' AND reference LIKE 'cancel %' FROM refund}) ];
	my %kinds = (allowed => 'approved', shown => 'page');
	$books{$_} = { map { (split)[0] => 1 } split /\n/, $rig->sales(
	    "SELECT once FROM journal WHERE kind = '$kinds{$_}'") } for keys %kinds;
	$books{wished} = wishes();
	$books{items} = [ rows_of('sales', [qw(key level held)], 'SELECT source_key, level, held FROM item WHERE gone = 0') ];
	my %letters = (letters => 'confirmation', refund_letters => 'refund letter', end_letters => 'end letter');
	$books{$_} = { map { split /\t/ } split /\n/, $rig->sales(
	    "SELECT order_id, COUNT(*) FROM journal WHERE kind = '$letters{$_}' GROUP BY order_id") } for keys %letters;
	$books{refusals} = [ rows_of('sales', [qw(order detail)],
		q{SELECT order_id, detail FROM journal WHERE kind = 'refused' AND witness = 'stock'}) ];
	@{ $books{counts} }{qw(holds inbox live)} = split /\t/, $rig->sales(
	    'SELECT (SELECT COUNT(*) FROM hold WHERE state = 1), (SELECT COUNT(*) FROM inbox WHERE state <> 2),'
	    . ' (SELECT COUNT(*) FROM orders WHERE live IS NOT NULL)');
	$books{claims} = $read ? [] : [ rows_of('stock', [qw(attempt item kind qty returned)],
		'SELECT attempt, item, kind, qty, returned FROM hatshop.claim') ];
	$books{levels} = { map { split /\t/ } split /\n/, $rig->stock('SELECT art, CAST(qty AS SIGNED) FROM level') };
	$books{sales} = { map { split /\t/ } split /\n/, $rig->stock('SELECT art, SUM(n) FROM clerk_sale GROUP BY art') };
	$seen{orders} = @{ $books{orders} };
	$seen{paid} = grep { $_->{state} == 3 } @{ $books{orders} };
	$seen{cancelled} = grep { $_->{captured} && $_->{state} == 5 } @{ $books{orders} };
	$seen{wallet} = grep { $_->{received} && $_->{gateway} } @{ $books{till}{intents} };
	$seen{disputes} = @{ $books{till}{disputes} // [] };
	$seen{lost} = grep { $_->{status} eq 'lost' } @{ $books{till}{disputes} // [] };
	$seen{refunds} = grep { $_->{state} == 3 } @{ $books{refunds} };
	$seen{failed} = grep { $_->{state} == 4 } @{ $books{refunds} };
	return \%books;
}

# What shoppers have asked back, each time they did.
sub wishes {
	my %wished;
	open my $f, '<', dir() . '/wishes' or return {};
	while (defined(my $line = readline $f)) {
		my ($order, $amount) = split ' ', $line;
		$wished{$order} += $amount;
	}
	return \%wished;
}

# What is known of an order, for who reads a failure.
sub told_of {
	my ($id) = @_;
	my @lines = ("order $id:");
	push @lines, map { "    $_" } split /\n/, $rig->sales("SELECT at, kind, witness, detail FROM journal WHERE order_id = $id ORDER BY id");
	push @lines, map { "    payment $_" } split /\n/, $rig->sales('SELECT uid, state, goods, captured, checkout_object, payment_object, why'
		. " FROM payment WHERE order_id = $id ORDER BY id");
	push @lines, map { "    refund $_" } split /\n/, $rig->sales("SELECT id, payment_id, reference, amount, state, object, why FROM refund WHERE order_id = $id");
	push @lines, map { "    hold $_" } split /\n/, $rig->sales('SELECT h.item_id, h.attempt, h.qty, h.state FROM hold h'
		. " JOIN orders o ON o.uid = h.order_uid WHERE o.id = $id");
	push @lines, map { "    call $_" } split /\n/, $rig->sales('SELECT c.action, c.generation, c.state, c.tries, c.status, c.idempotency_key'
		. " FROM payment_call c JOIN payment p ON p.id = c.payment_id WHERE p.order_id = $id ORDER BY c.made_at");
	push @lines, map { "    claim $_" } reads_only() ? () : split /\n/, $rig->stock("SELECT attempt, item, kind, qty, returned FROM hatshop.claim WHERE attempt IN ("
		. join(',', map { "'$_'" } 'none', split /\n/, $rig->sales("SELECT uid FROM payment WHERE order_id = $id")) . ')');
	return @lines;
}

sub tail { my ($file) = @_; return `tail -n 15 @{[ dir() ]}/$file 2>/dev/null` }

# A batch at a time; what could not be done is tried again after a while.
sub read_inbox {
	return wait_until(60, sub {
		return 1 if !$rig->sales('SELECT COUNT(*) FROM inbox WHERE state = 1');
		$rig->run(lifecycle(), '-i', '-f', $rig->{path});
		return;
	});
}

sub by_clock {
	my (@role) = @_;
	local $ENV{BOOKS_CLOCK} = dir() . '/clock';
	return $rig->run('t/books-actor', $rig->{path}, 1, @role);
}

# Events from there on, all that is left, and people where they were called.
sub finish {
	my ($from, $steps) = @_;
	open my $events, '<', dir() . '/events' or die "events: $!\n";
	seek $events, $from, 0;
	$seen{refused} = $till->bring($rig->{path}, readline $events);
	return "a webhook was answered: $seen{refused}" if $seen{refused};
	read_inbox();
	my ($status, $out) = by_clock(settle => $steps);
	return "settling ended with status $status: $out" if $status;
	for my $id (split /\n/, $rig->sales(q{SELECT id FROM orders WHERE attention LIKE '%a refund did not go through%'})) {
		($status, $out) = by_clock(desk => $id);
		return "the desk ended with status $status: $out" if $status;
		$seen{desk}++;
	}
	return;
}

# All goes well again, and is brought to its end.
sub settle {
	$till->order('faults', 0);
	wait_until(30, sub { !$till->books->{late} });
	$till->order(judge => ($ENV{BOOKS_PLANT} // '') =~ /^lost/ ? 'lost' : ());
	# what was before the last one has been brought already
	my $from = $seen{told} // 0;
	$seen{told} = -s dir() . '/events';
	my $why = finish($from, 45);
	return $why if $why;
	# what came of it, and what waited
	$till->order('decide', 2);
	$why = finish($seen{told}, 3);
	return $why if $why;
	read_inbox();
	if (reads_only()) {
		my $why = book_out(10_000, 0);
		return $why if $why;
	}
	my $even = q{SELECT COUNT(*) FROM item WHERE held <> 0 AND gone = 0};
	wait_until(60, sub {
		$rig->sales($even) == 0 && $rig->sales('SELECT SUM(level) FROM item WHERE gone = 0')
		    == $rig->stock('SELECT CAST(SUM(qty) AS SIGNED) FROM level');
	});
	return;
}

# The complaints of a round, the first few; none: all is well.
sub a_round {
	my ($round) = @_;
	my @wrong;
	fill_shelves();
	$seen{events} = -s dir() . '/events';
	$till->order('faults', $round->{faults});
	$till->order('refuse', $round->{refuse});
	my $postman = ref $till eq 'Till' ? postman($round) : undef;
	my @actors = sort { $a->{after} <=> $b->{after} } @{ $round->{actors} };
	start_actor($round, $_) for @actors;
	for my $blow (@{ $round->{blows} }) {
		ms($blow->{after});
		$blow{ $blow->{name} }->($blow->{value});
		$seen{blows}++;
		push @wrong, bury($round);
	}
	if (!wait_until(30, sub { push @wrong, bury($round); !%actor })) {
		$seen{late} += keys %actor;
		kill 'KILL', keys %actor;
		wait_until(10, sub { push @wrong, bury($round); !%actor });
	}
	$rig->stop($postman, 'KILL') if $postman;
	move_clock($round->{shift});
	if ($round->{quiet} && !@wrong) {
		push @wrong, settle();
		push @wrong, Audit::wrong(books()) if !@wrong;
		$seen{quiet}++;
	}
	push @wrong, watched();
	return @wrong;
}

sub complain {
	my ($name, @wrong) = @_;
	my %orders;
	for (splice @wrong, 0, 8) {
		my ($why, @orders) = ref $_ ? @$_ : $_;
		diag join ' ', "$name:", (map { "order $_" } @orders), $why;
		$orders{$_} = 1 for @orders, $why =~ /order (\d+) goes/;
	}
	diag map { "$_\n" } map { told_of($_) } (sort { $a <=> $b } keys %orders)[ 0 .. (keys %orders > 3 ? 2 : keys(%orders) - 1) ];
	diag $rig->sales('SELECT event, state, tries, next_at - made_at, why, SUBSTR(body, 1, 1200) FROM inbox WHERE state <> 2 LIMIT 3');
	diag tail('actors.log'), tail('syncd.log');
	return;
}

# ---- a shop ----

sub shop_opens {
	my ($server, $engine, $mode, $gateway, $access) = @_;
	$wire = Wire->new($server->port);
	my @sales = $engine eq 'galera' ? ('mariadb', sales_on => $cluster) : $engine;
	$rig = SyncRig->new($server, @sales, 'stock.mode' => $mode, 'stock.port' => $wire->port,
	    'shop.test' => 'yes', 'log.level' => 'error', 'mail.from' => 'shop@hats.example',
	    'stock.access' => $access // 'write');
	open my $clock, '>', dir() . '/clock' or die "clock: $!\n";
	print $clock '0000000000';
	close $clock;
	open my $events, '>', dir() . '/events' or die "events: $!\n";
	close $events;
	$till = $gateway eq 'box' ? BoxTill->new($rig, $seed) : Till->new(dir(), $seed);
	$rig->set($till->conf);
	open my $secrets, '>>', dir() . '/secrets.conf' or die "secrets: $!\n";
	print $secrets map { "$_\n" } $till->secrets;
	close $secrets;
	$rig->{path} = $rig->conf;
	$rig->allow_log;
	$rig->stock('DELETE FROM level; DELETE FROM `order`;'
	    . ' CREATE TABLE clerk_sale (id int AUTO_INCREMENT PRIMARY KEY, art varchar(20), n int) ENGINE=InnoDB;'
	    . ' CREATE TABLE booked (order_id int, art varchar(20), n int, PRIMARY KEY (order_id, art)) ENGINE=InnoDB;'
	    . join '', map { "INSERT INTO `order` VALUES ('$_', 'Hat $_', '', 10, 1, 'y'); INSERT INTO level (art, qty) VALUES ('$_', $START{$_});" }
	    sort keys %START);
	my ($status, $out) = $rig->syncd('-1');
	$status == 0 or die "no first copy: $out\n";
	$rig->sales("INSERT INTO customer (id, uid, made_at, seen_at) VALUES ($_, 'c$_', 1, 1)") for 1 .. $Books::CUSTOMERS;
	($status, $out) = $rig->run('t/books-actor', $rig->{path}, 1, 'baskets', $Books::CUSTOMERS);
	$status == 0 or die "no baskets: $out\n";
	# a cluster leaves ids out
	my $n = 0;
	$rig->sales(join ';', map { $n++; "UPDATE basket SET id = $n, customer_id = $n WHERE id = $_" } split /\n/, $out);
	$ENV{BOOKS_ITEMS} = join ' ', split /\n/, $rig->sales('SELECT id FROM item WHERE gone = 0 ORDER BY id');
	$till->start if $gateway eq 'box';
	%seen = map { $_ => 0 } qw(events watched blows killed late orders paid quiet cancelled wallet refunds failed desk disputes lost writers);
	if ($gateway ne 'box') { # a first event brings PayPal's certificate
		wait_until(60, sub { -s dir() . '/events' });
		$till->bring($rig->{path}, `cat @{[ dir() ]}/events`);
		read_inbox();
	}
	syncd_starts();
	$seen{watcher} = watcher();
	return;
}

sub shop_closes {
	for my $pid ($seen{watcher}, $syncd, keys %actor) {
		$rig->stop($pid, 'KILL') if $pid;
	}
	%actor = ();
	($rig, $wire, $till, $syncd, $cluster) = ();
	return;
}

# Rounds until the time is over, or something is wrong (that is $until); the
# complaints.
sub rounds {
	my ($plan, $name, $limit, $most, $until) = @_;
	my $end = time + $limit;
	for my $n (0 .. $most - 1) {
		my $round = $plan->round($n);
		# the last one is always brought to its end
		my $last = $n == $most - 1 || time > $end - 5 || ref $till eq 'BoxTill' && ahead() > 60_000;
		$round->{quiet} ||= $last;
		my @wrong = a_round($round);
		$seen{rounds} = $n + 1;
		($long ? \&diag : \&note)->("seed $seed, $name, " . $plan->told($round)) if $long || @wrong;
		return ($round, @wrong) if @wrong && ($last || !$until || grep { (ref $_ ? $_->[0] : $_) =~ $until } @wrong);
		last if $last;
	}
	return;
}

sub the_books_balance {
	my ($name, $server, $engine, $mode, $gateway, $access) = @_;
	shop_opens($server, $engine, $mode, $gateway, $access);
	my $plan = Books->new($seed, long => $long, read => $access, $cluster ? (more => [ writer_kill => 4 ]) : ());
	my ($round, @wrong) = rounds($plan, $name, $seconds, $ENV{HATSHOP_BOOKS_ROUNDS} // 100_000);
	ok(!@wrong, "$name: the books balance") or complain("seed $seed, $name, " . $plan->told($round), @wrong);
	my $looks = -s dir() . '/looks';
	cmp_ok($rig->sales('SELECT COUNT(*) FROM inbox'), '>', 0, 'webhooks came');
	cmp_ok($seen{paid} + $seen{cancelled}, '>', 0, 'something was sold');
	cmp_ok($looks, '>', 5 * $seen{rounds}, 'somebody looked');
	diag sprintf '%s: seed %d, %d rounds, %d quiet points, %d blows, %d processes and %d writers killed, %d stuck; %d orders, %d paid, %d by'
	    . ' PayPal, %d paid and cancelled; %d refunds, %d failed, %d for a person; %d disputes, %d lost; %d looks', $name, $seed, $seen{rounds},
	    @seen{qw(quiet blows killed writers late orders paid wallet cancelled refunds failed desk disputes lost)}, $looks;
	shop_closes();
	return;
}

my ($main, @seekers, %server) = $$;

sub server_of {
	my ($kind) = @_;
	return $server{$kind} //= HatTest->$kind;
}

# What has to be found, what weather brings it out, and how it is told.
my %BUG = (
	refused => { name => 'no row of a refusal', told => qr/without a row/,
		faults => 0, more => [ sellout => 60, deliver => 20 ] },
	clock => { name => 'a hold that the clock releases', told => qr/goes on without/,
		faults => 5, more => [ shift => 20 ] },
	look => { name => 'a look instead of a repeat', told => qr/was refused \S+ (?:and has it|without a row)/,
		sleeps => 60, faults => 0, deaths => 0, more => [ block => 200 ] },
	key => { name => 'a key by order, not by attempt', told => qr/key \w+ was used for/,
		faults => 20, deaths => 0, refuse => 3 },
	again => { name => 'a refund asked for anew', told => qr/was asked back and/,
		faults => 0, deaths => 0, sleeps => 0, regrets => 100 },
	early => { name => 'goods back before the money', told => qr/gave its goods back before its money/,
		faults => 20, deaths => 0, sleeps => 60, regrets => 100 },
	'lost-never' => { name => 'a lost dispute that is counted nowhere', told => qr/disputes took 0; [1-9]/,
		faults => 0, deaths => 0, more => [ contest => 60 ] },
	'lost-twice' => { name => 'a lost dispute that is counted twice', told => qr/disputes took [1-9]\d*; [1-9]/,
		faults => 0, deaths => 0, more => [ contest => 60 ] },
	late => { name => 'PayPal after our own word', told => qr/not to be paid/, faults => 0, deaths => 0 },
	second => { name => 'a second way while the first is open', told => qr/was made before \w+ was over/,
		faults => 0, deaths => 0 },
	commit => { name => 'COMMIT after error 1205', told => qr/are gone/,
		sleeps => 0, deaths => 0, faults => 0, more => [ block => 200 ] },
);

# What of it was heard, and in which round; the rounds are named if it was not.
sub planted {
	my ($bug) = @_;
	my %weather = %{ $BUG{$bug} };
	my ($name, $told) = delete @weather{qw(name told)};
	shop_opens(server_of('mariadb'), 'sqlite', 'binlog', 'till');
	local $ENV{BOOKS_PLANT} = $bug;
	my (undef, @wrong) = rounds(Books->new($seed, plant => $bug, quiet => 1, %weather), $bug, 300, 20, $told);
	complain($bug, @wrong) if $ENV{HATSHOP_BOOKS_TELL};
	my @why = map { ref $_ ? $_->[0] : $_ } @wrong;
	my $why = (grep { $_ =~ $told } @why)[0] // $why[0] // 'not found';
	my $rounds = $seen{rounds};
	shop_closes();
	return "$rounds\t$why\n";
}

# A process that looks for them, one after another, with a server of its own.
sub seeker {
	my ($file, @bugs) = @_;
	my $pid = fork // die "fork: $!\n";
	return $pid if $pid;
	$SIG{TERM} = sub { exit 1 };
	for my $bug (@bugs) {
		my $said = eval { planted($bug) } // "0\t$@";
		open my $f, '>>', $file or die "$file: $!\n";
		print $f "$bug\t$said";
		close $f or die "$file: $!\n";
	}
	%server = ();
	exit 0;
}

# Most of their time is waiting.
sub seekers {
	my ($file, @bugs) = @_;
	my @share;
	push @{ $share[ $_ % 3 ] }, $bugs[$_] for 0 .. $#bugs;
	return map { seeker($file, @$_) } @share;
}

sub planted_bugs_are_found {
	my ($file, @bugs) = @_;
	open my $f, '<', $file or return fail('a planted bug was looked for');
	my %said = map { chomp; my ($bug, @more) = split /\t/, $_, 3; ($bug => \@more) } readline $f;
	for my $bug (@bugs) {
		my ($round, $why) = @{ $said{$bug} // [ 0, 'nobody came back' ] };
		like($why, $BUG{$bug}{told}, "$BUG{$bug}{name} is found in round $round: $why");
	}
	return;
}

my %BY_DEFAULT = map { $_ => 1 } qw(sqlite-binlog-mariadb mariadb-poll-mariadb);
my @COMBINATIONS = qw(sqlite-binlog-mariadb mariadb-poll-mariadb sqlite-binlog-mariadb-box mariadb-binlog-mariadb
    sqlite-binlog-mariadb-till-read sqlite-poll-mariadb sqlite-binlog-mysql97 mariadb-binlog-mysql97 galera-binlog-mariadb);

my @bugs = grep { !$only || $only eq 'bugs' || $only eq $_ } sort keys %BUG;
my $found = tempdir('hs.XXXXXX', TMPDIR => 1, CLEANUP => 1) . '/found';

diag "seed $seed";
@seekers = seekers($found, @bugs);
for my $name (@COMBINATIONS) {
	next if $only ? $only ne $name : !$long && !$BY_DEFAULT{$name};
	my ($engine, $mode, $kind, $gateway, $access) = split /-/, $name;
	SKIP: {
		my $server = server_of($kind) or skip "$kind cannot be had here", 1;
		$cluster = $engine eq 'galera' ? Galera->new // skip('no Galera (package galera-4)', 1) : undef;
		the_books_balance($name, $server, $engine, $mode, $gateway // 'till', $access);
	}
}
while (@seekers) {
	waitpid $seekers[0], 0;
	fail('who looked for planted bugs came to an end') if $?;
	shift @seekers;
}
planted_bugs_are_found($found, @bugs) if @bugs;
done_testing();

END {
	kill 'TERM', @seekers if $$ == $main;
}
