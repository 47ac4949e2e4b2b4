package Storm;

# Storm - what a seed makes happen to a stock system, as plain data.
#
#   my $storm = Storm->new($seed, 'mariadb');
#   my $round = $storm->round(3);   # { blows => [...], lull => ms, seed => n }
#   my $next = $storm->writer($round, 2);
#   print $next->(), ";\n";         # a statement, and the next one ...
#
# All of it is a function of the seed, the kind of server and the number: a
# round that failed can be had again by itself.

use strict;
use warnings;
use Seeded;
use SyncRig;

my $ITEMS = 300;

# Blows come from a deck that is shuffled anew when it is empty: none of them
# waits for its turn for long. The number is how many cards it has.
my @DECK = (
	calm => 1,
	add_column => 1, drop_column => 1, rename_swap => 2, refill => 1, widen => 1, rename_back => 1,
	server_restart => 1, server_kill => 2, server_sleep => 1,
	failover => 2, log_off => 1,
	syncd_kill => 2, syncd_restart => 1, syncd_sleep => 1, syncd_second => 1,
	flush => 1, purge => 1, purge_away => 1, reset_log => 1, reset_away => 1,
	kick => 2, revoke => 1, statement => 1, minimal => 1, packed => 1, category => 1,
	restore => 1, small_files => 1, format => 1, checksum => 1, metadata => 1, huge => 1, bulk => 2,
	engine => 1, view => 1, foreign_key => 1, other_ids => 2,
	cut => 2, stall => 2, half => 1, slow => 1,
);

sub new {
	my ($class, $seed, $kind) = @_;
	return bless { seed => $seed, kind => $kind, mysql => $kind ne 'mariadb', cards => [], made => [] },
	    $class;
}

sub items { return $ITEMS }

sub _card {
	my ($self, $random) = @_;
	if (!@{ $self->{cards} }) {
		my @deck;
		for (my $i = 0; $i < @DECK; $i += 2) {
			push @deck, ($DECK[$i]) x $DECK[ $i + 1 ];
		}
		for my $i (reverse 1 .. $#deck) {
			my $j = $random->($i + 1);
			@deck[ $i, $j ] = @deck[ $j, $i ];
		}
		$self->{cards} = \@deck;
	}
	return shift @{ $self->{cards} };
}

# round N: one to three blows, each with the pause before it and a number of
# its own.
sub round {
	my ($self, $n) = @_;
	while (@{ $self->{made} } <= $n) {
		my $seed = $self->{seed} * 1000 + @{ $self->{made} };
		my $random = seeded($seed);
		my @blows = map {
			{ name => $self->_card($random), after => 50 + $random->(900), value => $random->(1000) }
		} 0 .. $random->(3);
		push @{ $self->{made} }, { number => scalar @{ $self->{made} }, seed => $seed,
			blows => \@blows, lull => $random->(700) };
	}
	return $self->{made}[$n];
}

sub told {
	my ($self, $round) = @_;
	return sprintf 'round %d: %s; lull %d', $round->{number},
	    join(', ', map { "$_->{after} ms $_->{name}($_->{value})" } @{ $round->{blows} }), $round->{lull};
}

# ---- writers ----

sub _key {
	my ($r) = @_;
	my $n = 1 + $r->($ITEMS);
	return ($r->(20) ? 'K-' : 'k-') . $n;
}

sub _picture {
	my ($r) = @_;
	return "'broken $_'" for grep { $_ == 7 } $r->(10);
	return '0x' . unpack 'H*', SyncRig->png($r->(4) * 60, $r->(4) * 60, $r->(4) * 60);
}

my @PRICE = (0, '0.005', '1.2345', -3, 'NULL');
my @NAME = ('Crème', '帽子', '🎩', "O''Brien", '  wide  ', '<b>', '%_', '\\\\');

# Each makes one statement; the number is how often it comes.
my @KINDS = (
	[ 30, sub { my ($r) = @_; "UPDATE level SET qty = @{[ $r->(60) ]} WHERE art = '@{[ _key($r) ]}'" } ],
	[ 8, sub { my ($r) = @_; "UPDATE level SET qty = qty - 1 WHERE art = '@{[ _key($r) ]}'" } ],
	[ 4, sub { my ($r) = @_; "UPDATE level SET qty = @{[ (-1, 'NULL', '2.5', 0)[ $r->(4) ] ]} WHERE art = '@{[ _key($r) ]}'" } ],
	[ 6, sub { my ($r) = @_; "UPDATE `order` SET `na``me` = '@{[ $NAME[ $r->(@NAME) ] ]} @{[ $r->(10000) ]}' WHERE `key` = '@{[ _key($r) ]}'" } ],
	[ 6, sub { my ($r) = @_; "UPDATE `order` SET price = @{[ 1 + $r->(9999) ]} / 100 WHERE `key` = '@{[ _key($r) ]}'" } ],
	[ 2, sub { my ($r) = @_; "UPDATE `order` SET price = $PRICE[ $r->(@PRICE) ] WHERE `key` = '@{[ _key($r) ]}'" } ],
	[ 5, sub { my ($r) = @_; "UPDATE `order` SET shown = '@{[ (qw(y Y n))[ $r->(3) ] ]}' WHERE `key` = '@{[ _key($r) ]}'" } ],
	[ 4, sub { my ($r) = @_; "UPDATE `order` SET `text` = REPEAT('Wörter ', @{[ (0, 3, 700)[ $r->(3) ] ]}) WHERE `key` = '@{[ _key($r) ]}'" } ],
	[ 1, sub { my ($r) = @_; "UPDATE `order` SET `text` = NULL WHERE `key` = '@{[ _key($r) ]}'" } ],
	[ 4, sub { my ($r) = @_; "UPDATE `order` SET `group` = @{[ (1, 2, 3, 4, 'NULL')[ $r->(5) ] ]} WHERE `key` = '@{[ _key($r) ]}'" } ],
	[ 3, sub { my ($r) = @_; "DELETE FROM `order` WHERE `key` = '@{[ _key($r) ]}'" } ],
	[ 4, sub { my ($r) = @_; "INSERT IGNORE INTO `order` (`key`, `na``me`, `text`, price, `group`, shown) VALUES ('@{[ _key($r) ]}', 'New @{[ $r->(1000) ]}', 'x', @{[ 1 + $r->(90) ]}, 2, 'y')" } ],
	[ 3, sub { my ($r) = @_; "DELETE FROM level WHERE art = '@{[ _key($r) ]}'" } ],
	[ 4, sub { my ($r) = @_; "INSERT IGNORE INTO level (art, qty) VALUES ('@{[ _key($r) ]}', @{[ $r->(40) ]}), ('@{[ _key($r) ]}', 1)" } ],
	[ 2, sub { my ($r) = @_; "UPDATE IGNORE `order` SET `key` = '@{[ _key($r) ]}' WHERE `key` = '@{[ _key($r) ]}'" } ],
	[ 1, sub { my ($r) = @_; "UPDATE IGNORE level SET art = '@{[ _key($r) ]}' WHERE art = '@{[ _key($r) ]}'" } ],
	[ 3, sub { my ($r) = @_; "REPLACE INTO pics (art, data) VALUES ('@{[ _key($r) ]}', @{[ _picture($r) ]})" } ],
	[ 1, sub { my ($r) = @_; "DELETE FROM pics WHERE art = '@{[ _key($r) ]}'" } ],
	[ 3, sub { my ($r) = @_; "UPDATE level SET qty = qty + 1 WHERE art LIKE 'K-@{[ 1 + $r->(9) ]}%'" } ],
	[ 1, sub { 'UPDATE level SET qty = qty + 1' } ],
	[ 1, sub { my ($r) = @_; "UPDATE `groups` SET label = 'Group @{[ $r->(50) ]}' WHERE id = @{[ 1 + $r->(3) ]}" } ],
);

sub _one {
	my ($r) = @_;
	my $sum = 0;
	$sum += $_->[0] for @KINDS;
	my $n = $r->($sum);
	for my $kind (@KINDS) {
		return $kind->[1]->($r) if $n < $kind->[0];
		$n -= $kind->[0];
	}
	return;
}

sub _some { my ($r, $n) = @_; return map { _one($r) } 1 .. $n }

# A branch that is prepared and forgotten would lock its rows for good: the
# storm rolls those back when the wind lies down.
sub _xa {
	my ($r, $id) = @_;
	my $name = "'x$id-@{[ $r->(1_000_000) ]}'";
	my @end = ("XA PREPARE $name", ("XA COMMIT $name", "XA ROLLBACK $name")[ $r->(2) ]);
	@end = ("XA COMMIT $name ONE PHASE") if !$r->(3);
	return ("XA START $name", _some($r, 1 + $r->(4)), "XA END $name", @end);
}

# writer ROUND, N: what gives its statements, one at a time.
sub writer {
	my ($self, $round, $n) = @_;
	my $r = seeded($round->{seed} * 16 + $n);
	my @ahead = ('SET SESSION innodb_lock_wait_timeout = 2', 'SET SESSION lock_wait_timeout = 3',
	    'SET NAMES utf8mb4');
	return sub {
		if (!@ahead) {
			my $way = $r->(100);
			@ahead = $way < 86 ? _one($r)
			    : $way < 91 ? ('START TRANSACTION', _some($r, 2 + $r->(12)), 'COMMIT')
			    : $way < 94 ? ('START TRANSACTION', _some($r, 1 + $r->(6)), 'ROLLBACK')
			    : $way < 97 ? ('START TRANSACTION', _some($r, 2), 'SAVEPOINT s', _some($r, 3),
				'ROLLBACK TO s', _some($r, 2), 'COMMIT')
			    : $way < 98 ? ('START TRANSACTION', _some($r, 120), 'COMMIT')
			    : _xa($r, $n);
		}
		return shift @ahead;
	};
}

# What there is at first, beside the rig's own rows.
sub fill {
	my @rows = map { "('K-$_', 'Hat $_', 'A hat, number $_.', $_, 1 + $_ % 3, 'y')" } 1 .. $ITEMS;
	my @levels = map { "('K-$_', $_ % 50)" } 1 .. $ITEMS;
	return 'INSERT INTO `order` VALUES ' . join(',', @rows) . ';'
	    . 'INSERT INTO level (art, qty) VALUES ' . join(',', @levels);
}

1;
