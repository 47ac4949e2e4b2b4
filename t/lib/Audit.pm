package Audit;

# Audit - whether a shop's books balance, at a moment when nothing is under way.
#
#   my @wrong = Audit::wrong($books);
#   # [ 'why', ORDER-ID... ] each
#
# $books is what the three who keep books say:
#
#   orders   { id uid state total captured refunded lost attention }
#   lines    { order key qty }
#   payments { uid order state goods captured page }   page: the gateway's name
#   refunds  { order payment state amount witness told ends }   ends: the letter of
#                                     the order's end tells of it
#   allowed  { uid => 1 }             attempts whose reservation we asked for
#   shown    { uid => 1 }             those whose page was there to be shown
#   wished   { order => money }       that shoppers have asked for
#   refusals { order detail }         the journal's
#   letters  { order => n }           confirmations
#   refund_letters, end_letters       the same, of these
#   items    { key level held }
#   counts   { holds, inbox, live }   open ones, of the sales database
#   levels   { key => qty }           of the stock system, as claims, sales
#   start    { key => qty }
#   claims   { attempt item kind qty returned }
#   sales    { key => pieces }        by clerks; deliveries are below zero
#   till     { intents, sessions, wrong } of the gateways
#   kept     keys that nobody but the shop sells
#   booked   { key => pieces }        with read access: what a person has booked
#                                     out for the shop, which has no claims then

use strict;
use warnings;

my ($PAID, $CANCELLED) = (3, 5);
my %OVER = map { $_ => 1 } 6, 8, 9, 10;
my ($TAKEN, $REFUSED, $GIVEN_BACK) = (1, 2, 3);

sub _sum { my $sum = 0; $sum += $_ for @_; return $sum }

# Money: what the gateway has is what orders cost.
sub _money {
	my ($b) = @_;
	my (@wrong, %captured);
	my %id = map { $_->{uid} => $_->{id} } @{ $b->{orders} };
	push @wrong, map { ["the gateway: $_"] } @{ $b->{till}{wrong} };
	for my $i (@{ $b->{till}{intents} }) {
		$captured{ $i->{order} }++ if $i->{received};
		push @wrong, [ "$i->{id} of $i->{session}: money stays reserved", $id{ $i->{order} } // 0 ] if $i->{status} eq 'requires_capture';
	}
	my %page;
	push @wrong, map { ["attempt $_->{attempt} has a second page"] } grep { $page{ $_->{attempt} }++ } @{ $b->{till}{sessions} };
	my (%received, %refunded, %lost);
	for (@{ $b->{till}{intents} }) {
		$received{ $_->{order} } += $_->{received};
		$refunded{ $_->{order} } += $_->{refunded};
		$lost{ $_->{order} } += $_->{lost} // 0;
	}
	for my $o (@{ $b->{orders} }) {
		my ($got, $back, $lost) = map { $_->{ $o->{uid} } // 0 } \%received, \%refunded, \%lost;
		my $due = $o->{state} == $PAID ? $o->{total} - $o->{refunded} - $o->{lost} : 0;
		push @wrong, [ "the gateway took $got, gave back $back and lost $lost, $due should be left", $o->{id} ]
		    if $got - $back - $lost != $due;
		push @wrong, [ "it says that disputes took $o->{lost}; $lost they did", $o->{id} ] if $o->{lost} != $lost;
		push @wrong, [ "it says that $o->{captured} were captured and $o->{refunded} went back; $got and $back did", $o->{id} ]
		    if $o->{captured} != $got || $o->{refunded} != $back;
		push @wrong, [ "charged $captured{ $o->{uid} } times", $o->{id} ] if ($captured{ $o->{uid} } // 0) > 1;
		my $told = $b->{letters}{ $o->{id} } // 0;
		push @wrong, [ "confirmed by $told letters", $o->{id} ] if $told > 1 || ($o->{state} == $PAID ? !$told : $told && !$got);
		# that a lost dispute has taken money is for a person, and stays so
		my @why = grep { !($o->{lost} && /is gone by a lost dispute/) } split /; /, $o->{attention};
		push @wrong, [ "attention: @why", $o->{id} ] if @why;
		push @wrong, [ "is in state $o->{state}", $o->{id} ] if $o->{state} != $PAID && $o->{state} != $CANCELLED;
	}
	my ($captured, $refunded, $lost) = map { _sum(values %$_) } \%received, \%refunded, \%lost;
	my $owed = _sum(map { $_->{total} - $_->{refunded} - $_->{lost} } grep { $_->{captured} } @{ $b->{orders} });
	push @wrong, ["$captured captured, $refunded refunded, $lost lost, but orders are worth $owed"]
	    if $captured - $refunded - $lost != $owed;
	return @wrong;
}

# Pages: an order has one that can be paid. An attempt that we never asked the
# money of has none reserved.
sub _pages {
	my ($books) = @_; # a sort has its own $b
	my (@wrong, %pages);
	my %id = map { $_->{uid} => $_->{id} } @{ $books->{orders} };
	my %known = map { $_->{page} => 1 } grep { $books->{shown}{ $_->{uid} } } @{ $books->{payments} };
	push @{ $pages{ $_->{order} } }, $_ for sort { $a->{made} <=> $b->{made} }
	    grep { defined $_->{made} && $known{ $_->{id} } } @{ $books->{till}{sessions} };
	for my $order (sort keys %pages) {
		my @all = @{ $pages{$order} };
		for my $i (1 .. $#all) {
			my ($first, $second) = @all[ $i - 1, $i ];
			push @wrong, [ "page $second->{id} was made before $first->{id} was over", $id{$order} // 0 ]
			    if !defined $first->{ended} || $first->{ended} > $second->{made};
		}
	}
	push @wrong, map { [ "$_->{id}: money was reserved for an attempt that was not to be paid", $id{ $_->{order} } // 0 ] }
	    grep { $_->{allowed} && !$books->{allowed}{ $_->{attempt} } } @{ $books->{till}{intents} };
	return @wrong;
}

# Money that goes back: no more than was asked for, each with its letter.
sub _refunds {
	my ($b) = @_;
	my (@wrong, %given, %told);
	for my $r (@{ $b->{refunds} }) {
		$given{ $r->{order} } += $r->{amount} if $r->{witness} eq 'staff ann';
		$told{ $r->{order} }++ if $r->{told} && !$r->{ends};
		push @wrong, [ "a refund is in state $r->{state}", $r->{order} ] if $r->{state} < 3;
		push @wrong, [ 'a refund was not told of', $r->{order} ] if $r->{state} == 3 && !$r->{told} && !$r->{ends};
	}
	for my $id (map { $_->{id} } @{ $b->{orders} }) {
		my ($told, $letters, $ends) = ($told{$id} // 0, $b->{refund_letters}{$id} // 0, $b->{end_letters}{$id} // 0);
		push @wrong, [ "$told refunds were told by $letters letters", $id ] if $told != $letters;
		push @wrong, [ "its end was told by $ends letters", $id ] if $ends > 1;
		my ($given, $wished) = ($given{$id} // 0, $b->{wished}{$id} // 0);
		push @wrong, [ "$wished was asked back and $given given", $id ] if $given > $wished;
	}
	return @wrong;
}

# Every attempt of an order: what its key says in the stock system.
sub _attempts {
	my ($b) = @_;
	return _attempts_read($b) if $b->{booked};
	my (@wrong, %claim, %lines);
	my %is_paid = map { $_->{id} => 1 } grep { $_->{state} == $PAID } @{ $b->{orders} };
	$claim{ $_->{attempt} }{ $_->{item} } = $_ for @{ $b->{claims} };
	push @{ $lines{ $_->{order} } }, $_ for @{ $b->{lines} };
	for my $p (@{ $b->{payments} }) {
		my $claims = delete $claim{ $p->{uid} } // {};
		push @wrong, [ "payment $p->{uid} is in state $p->{state}", $p->{order} ] if !$OVER{ $p->{state} };
		push @wrong, [ "of payment $p->{uid} the stock system was asked, and not heard", $p->{order} ] if $p->{goods} == 4;
		for my $l (@{ $lines{ $p->{order} } }) {
			my $c = $claims->{ $l->{key} } // { kind => 'no', qty => 0, returned => 0 };
			my $has = $c->{kind} eq 'take' ? $c->{qty} - $c->{returned} : 0;
			my $due = $p->{captured} && $is_paid{ $p->{order} } ? $l->{qty} : 0;
			push @wrong, [ "payment $p->{uid} has $has of $l->{key}, due are $due", $p->{order} ] if $has != $due;
			push @wrong, [ "payment $p->{uid} was refused $l->{key} without a row that says so", $p->{order} ]
			    if $p->{goods} == $REFUSED && $c->{kind} eq 'no';
			push @wrong, [ "payment $p->{uid} was refused $l->{key} and has it", $p->{order} ]
			    if $p->{goods} == $REFUSED && $c->{kind} eq 'take';
		}
		push @wrong, [ "payment $p->{uid} was captured without goods ($p->{goods})", $p->{order} ]
		    if $p->{captured} && $p->{goods} != ($is_paid{ $p->{order} } ? $TAKEN : $GIVEN_BACK);
	}
	push @wrong, map { ["claim of $_, which is nobody's"] } keys %claim;
	return @wrong;
}

# The same with read access: who paid has goods, by our own books.
sub _attempts_read {
	my ($b) = @_;
	my @wrong;
	my %is_paid = map { $_->{id} => 1 } grep { $_->{state} == $PAID } @{ $b->{orders} };
	for my $p (@{ $b->{payments} }) {
		push @wrong, [ "payment $p->{uid} is in state $p->{state}", $p->{order} ] if !$OVER{ $p->{state} };
		push @wrong, [ "payment $p->{uid} was captured without goods ($p->{goods})", $p->{order} ]
		    if $p->{captured} && $is_paid{ $p->{order} } && $p->{goods} != $TAKEN;
	}
	my %sold;
	$sold{ $_->{key} } += $_->{qty} for grep { $is_paid{ $_->{order} } } @{ $b->{lines} };
	for my $key (sort keys %{ $b->{start} }) {
		my ($sold, $booked) = ($sold{$key} // 0, $b->{booked}{$key} // 0);
		push @wrong, ["of $key $sold were paid for and $booked booked out"] if $sold != $booked;
	}
	return @wrong;
}

# Every piece.
sub _goods {
	my ($b) = @_;
	my @wrong;
	# a person who books out is a clerk to the stock system
	for my $key (sort keys %{ $b->{start} }) {
		my $taken = _sum(map { $_->{qty} - $_->{returned} } grep { $_->{kind} eq 'take' && $_->{item} eq $key }
		    @{ $b->{claims} });
		my $sold = $b->{sales}{$key} // 0;
		my $gone = $b->{start}{$key} - $b->{levels}{$key};
		push @wrong, ["of $key $gone are gone: $taken taken, $sold sold by clerks"] if $gone != $taken + $sold;
		push @wrong, ["$key has the level $b->{levels}{$key}"] if $b->{levels}{$key} < 0;
	}
	for my $i (@{ $b->{items} }) {
		push @wrong, ["$i->{key}: $i->{held} are held"] if $i->{held} != 0;
		push @wrong, ["$i->{key}: the mirror shows $i->{level}, there are $b->{levels}{ $i->{key} }"]
		    if $i->{level} != $b->{levels}{ $i->{key} };
	}
	push @wrong, ["$b->{counts}{$_} open $_"] for grep { $b->{counts}{$_} != 0 } qw(holds inbox live);
	# what is held is there, when nobody else sells it
	for my $key (@{ $b->{kept} }) {
		push @wrong, map { [ "was told \"$_->{detail}\" of what it held", $_->{order} ] }
		    grep { $_->{detail} =~ /\Q$key\E: \d+ left/ } @{ $b->{refusals} };
	}
	return @wrong;
}

sub wrong {
	my ($books) = @_;
	return (_money($books), _pages($books), _refunds($books), _attempts($books), _goods($books));
}

1;
