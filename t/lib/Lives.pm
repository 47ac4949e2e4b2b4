package Lives;

# Lives - paid orders that real lifecycles bring to their ends, four at once with
# leases ignored, killed at random, while parcels move and the courier fails.
#
#   my $lives = Lives->new(sales => sub { ... }, box => CourierBox->new, seed => 7);
#   $lives->orders($n, $item);              # paid, each tenth with two parcels
#   $lives->live(conf => ['a.conf'], kills => 40, seconds => 300, meanwhile => sub { ... });
#   $lives->is_right('SQLite');             # the tests: invoices 1 to n, ...
#
# sales runs a statement, or several, of either engine.

use strict;
use warnings;
use HatTest;
use POSIX ();
use Test::More;
use Time::HiRes qw(sleep time);

use constant { FIRST => 1001, RUNNERS => 4 };
my @WAY = qw(COLLECTED IN_TRANSIT OUT_FOR_DELIVERY DELIVERED);

sub new {
	my ($class, %o) = @_;
	return bless { %o, n => 0, killed => 0, started => 0, early => 0, pid => $$ }, $class;
}

sub sales { my ($self, $sql) = @_; return $self->{sales}->($sql) }

# What is lost is never closed; of two parcels it is the second.
sub is_lost { my ($number) = @_; return $number % 20 == 7 || $number % 20 == 10 }
sub has_two { my ($number) = @_; return $number % 10 == 0 }

sub orders {
	my ($self, $n, $item) = @_;
	my (@orders, @lines, @payments, @parcels);
	my $paid = int time;
	$self->{n} = $n;
	for my $i (FIRST .. FIRST + $n - 1) {
		push @orders, "($i, 'o$i', 'k$i', 1, 3, $paid, 1, $paid + 1000000, $paid, 'GBP', 1999, 0, 333, 1999, 1999, 1,
		    'Standard delivery', 't', 'ann\@hats.example', 'GB', 'Ann Hat', '1 Hat Row', 'Luton', 'LU1 2AB')";
		push @lines, "($i, 1, $item, 1, 1999, 2000, 333, 'A-1', 'The Bowler')";
		push @payments, "($i, 'p$i', $i, 'stripe', 6, 1, 1999, 1999, $paid, $paid, 'GBP', 'card ending 4242')";
		push @parcels, map { "('" . sprintf('%031d%d', $i, $_) . "', $i, $_, 1, $paid, $paid, 1, $self->{empty})" } has_two($i) ? (1, 2) : (1);
	}
	local $" = ', ';
	$self->sales("INSERT INTO orders (id, uid, checkout, customer_id, state, made_at, hold_until, next_at, paid_at,
	    currency, goods, delivery, tax, total, captured, told, delivery_option, terms, email, country, name, line1, town,
	    postcode) VALUES @orders");
	$self->sales("INSERT INTO order_line (order_id, n, item_id, qty, price, tax_rate, tax, source_key, item_name)
	    VALUES @lines");
	$self->sales("INSERT INTO payment (id, uid, order_id, gateway, state, goods, amount, captured, made_at, changed_at,
	    currency, method) VALUES @payments");
	$self->sales("INSERT INTO parcel (uid, order_id, n, generation, made_at, changed_at, next_at, request)
	    VALUES @parcels");
	return;
}

# Answers of the courier are lost, and its events come twice, late and backward.
sub courier_errs {
	my ($self) = @_;
	my $times = int($self->{n} / 10);
	my $box = $self->{box};
	$box->faults(kind => $_, on => 'book', times => $times) for qw(cut-after cut-before error-after);
	$box->faults(kind => $_, on => 'any', seconds => 3, times => $times) for qw(duplicate late backward);
	$box->faults(kind => $_, on => 'events', times => $times) for qw(cut-after malformed closed);
	$box->faults(kind => 'expired', on => 'events', skip => int($self->{n} / 2));
	return;
}

# A process that moves what is booked, a step at a time, until it is killed.
sub mover {
	my ($self) = @_;
	my $pid = fork // die "fork: $!\n";
	return $pid if $pid;
	srand $self->{seed};
	while (1) {
		eval { $self->move_some };
		sleep 1;
	}
	POSIX::_exit(1);
}

sub move_some {
	my ($self) = @_;
	for my $p (@{ $self->{box}->books }) {
		next if rand() < 0.3;
		my ($number, $n) = $p->{reference} =~ /^(\d+)-(\d+)/ or next;
		my $at = $self->{at}{ $p->{key} } // 0;
		next if $at > $#WAY;
		my $last = $at == $#WAY && is_lost($number) && (!has_two($number) || $n == 2);
		$self->{box}->move($p->{key}, $last ? 'LOST' : $WAY[$at]);
		$self->{at}{ $p->{key} } = $at + 1;
	}
	return;
}

sub start {
	my ($self, $conf) = @_;
	my $pid = fork // die "fork: $!\n";
	return $pid if $pid;
	open STDOUT, '>', '/dev/null' or POSIX::_exit(1);
	open STDERR, '>>', $self->{log} or POSIX::_exit(1);
	exec "$BUILD/cron/lifecycle", '-i', '-f', $conf or POSIX::_exit(1);
}

# As if the pauses had passed that a death or a lost answer leaves behind.
sub hurry {
	my ($self) = @_;
	my $now = int time;
	$self->sales("UPDATE parcel SET next_at = $now WHERE state = 1 AND next_at > $now");
	$self->sales('UPDATE courier SET next_at = 0');
	return;
}

sub closed_early {
	my ($self) = @_;
	return $self->sales('SELECT COUNT(*) FROM orders o WHERE o.state = 4 AND EXISTS
	    (SELECT 1 FROM parcel p WHERE p.order_id = o.id AND p.carrier <> 5)');
}

# So many orders are still to be closed, and parcels to be heard of.
sub open_ones {
	my ($self) = @_;
	return $self->sales('SELECT (SELECT COUNT(*) FROM parcel WHERE carrier NOT IN (5, 12))
	    + (SELECT COUNT(*) FROM orders o WHERE o.state = 3 AND o.id >= ' . FIRST . ' AND NOT EXISTS
	    (SELECT 1 FROM parcel p WHERE p.order_id = o.id AND p.carrier <> 5))');
}

# live CONF..: until nothing is open; "kills" of them are killed before.
sub live {
	my ($self, %o) = @_;
	my $end = time + $o{seconds};
	my ($mover, @run, $next) = ($self->mover);
	my ($hurried, $left) = (0, 1);
	while ($left && time < $end) {
		while (@run < RUNNERS) {
			my $conf = $o{conf}->();
			push @run, $self->start($conf->[$self->{started}++ % @$conf]);
		}
		sleep 0.02 + rand 0.2;
		if ($self->{killed} < $o{kills}) {
			my $pid = $run[rand @run];
			kill KILL => $pid;
			waitpid $pid, 0;
			$self->{killed}++ if ($? & 127) == 9;
			@run = grep { $_ != $pid } @run;
		}
		@run = grep { waitpid($_, POSIX::WNOHANG) == 0 } @run;
		$o{meanwhile}->($self) if $o{meanwhile};
		next if time < $hurried + 1;
		$hurried = time;
		eval {
			$self->hurry;
			$self->{early} += $self->closed_early;
			$left = $self->open_ones;
		};
	}
	kill KILL => $mover, @run;
	waitpid $_, 0 for $mover, @run;
	return $left;
}

sub numbers_of { my ($self) = @_; return map { /-(\d+)$/ ? 0 + $1 : () } split /\n/, $self->sales('SELECT number FROM invoice ORDER BY id') }

sub is_right {
	my ($self, $name) = @_;
	my @lost = grep { is_lost($_) } FIRST .. FIRST + $self->{n} - 1;
	my $n = $self->{n} - @lost;
	my $all = $self->sales('SELECT COUNT(*) FROM parcel');
	is($self->sales('SELECT COUNT(*) FROM orders WHERE state = 4 AND id >= ' . FIRST), $n, "$name, R80: $n orders are closed");
	is($self->{early}, 0, "$name, R74: none while a parcel was on its way");
	is($self->sales('SELECT COUNT(*) FROM orders WHERE state = 3 AND id >= ' . FIRST), @lost, "$name, R73: those with a lost parcel are not");
	is_deeply([ sort { $a <=> $b } $self->numbers_of ], [ 1 .. $n ], "$name, R78: invoices 1 to $n without gap or repeat");
	is($self->sales("SELECT COUNT(*) FROM letter WHERE kind = 'invoice'"), $n, "$name, R82: a letter each");
	is($self->sales("SELECT COUNT(DISTINCT order_id) FROM letter WHERE kind = 'invoice'"), $n, "$name, R82: each its own");
	is($self->sales("SELECT COUNT(*) FROM outbox WHERE letter_id IN (SELECT id FROM letter WHERE kind = 'invoice')"), $n,
	    "$name: to one receiver each");
	is($self->sales("SELECT COUNT(*) FROM (SELECT l.order_id FROM letter l WHERE kind = 'dispatched' GROUP BY l.order_id
	    HAVING COUNT(*) > (SELECT COUNT(*) FROM parcel p WHERE p.order_id = l.order_id)) x"), 0, "$name, R66: no parcel is told of twice");
	is($self->sales("SELECT COUNT(DISTINCT order_id) FROM letter WHERE kind = 'dispatched'"), $self->{n}, "$name, R66: each is told of");
	my @books = @{ $self->{box}->books };
	my %keys = map { $_->{key} => 1 } @books;
	is(scalar(@books) . ' ' . keys %keys, "$all $all", "$name, R68: one van for each of $all parcels");
	is($self->sales('SELECT COUNT(*) FROM parcel WHERE generation > 1'), 0, "$name: none was booked anew");
	is($self->sales("SELECT COUNT(*) FROM (SELECT order_id FROM journal WHERE kind IN ('invoice', 'closed')
	    GROUP BY order_id, kind HAVING COUNT(*) > 1) x"), 0, "$name: and the history says it once");
	return;
}

1;
