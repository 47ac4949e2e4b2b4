#!/usr/bin/perl
# courier-conformance.t - the stand-in of Funny Deliveries keeps the contract,
# t/courier-conformance finds each thing that it can do wrong, and what the
# contract shows is valid by its schema.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use CourierBox;
use HatTest;
use POSIX ();
use Test::More;

# check BOX, options: what the tool prints, and its status.
sub check {
	my ($box, @options) = @_;
	open my $out, '-|', "$TOP/t/courier-conformance", @options, $box->base, $box->key or die "fork: $!\n";
	my $said = do { local $/; <$out> };
	close $out;
	return ($said, $? >> 8);
}

sub port { chomp(my $port = `bash -c '. $TOP/t/lib/common.sh; free_port'`); return $port }

sub every_example_of_the_contract_is_valid {
	open my $f, '<:raw', "$TOP/doc/funny-deliveries.md" or die;
	my $text = do { local $/; <$f> };
	my @examples = $text =~ /^```xml\n(.*?)^```/gms;
	cmp_ok(scalar(@examples), '>=', 6, 'there are examples');
	my $n = 0;
	is(CourierBox->valid($_), '', 'example ' . ++$n) for @examples;
	is(CourierBox->valid("<Booking/>") ne '', 1, 'and not everything is');
	return;
}

sub the_contract_names_each_call_and_state_of_the_schema {
	my $read = sub { open my $f, '<', "$TOP/$_[0]" or die; local $/; return <$f> };
	my ($text, $schema) = map { $read->($_) } 'doc/funny-deliveries.md', 'schema/funny-deliveries.xsd';
	my @words = $schema =~ /<xs:enumeration value="([A-Z_]+)"/g;
	is(join(' ', grep { $text !~ /`$_`/ } @words), '', 'words');
	my @codes = do { my %c; $c{$_} = 1 for `grep -ho 'carrier_fail([^"]*"[A-Z_]*"' $TOP/sandbox/carrier*.c` =~ /"([A-Z_]+)"/g; keys %c };
	is(join(' ', grep { $text !~ /`$_`/ } @codes), '', 'codes of the stand-in');
	return;
}

sub the_stand_in_keeps_the_contract {
	my $port = port();
	my $box = CourierBox->new(shop => "http://127.0.0.1:$port");
	$box->book('conformance-moved');
	$box->deliver_whole('conformance-moved');
	my ($said, $status) = check($box, -p => 5, -t => 5, -w => $port, -s => $box->secret);
	is(join("\n", grep { /^not ok|^#   \S/ } split /\n/, $said), '', 'nothing is found');
	like($said, qr/^1\.\.1\d\d$/m, 'in more than a hundred demands');
	is($status, 0, 'status 0');
	return;
}

my @faults = (
	# kind, on, seconds, group, what is found
	[ 'timeout-before', 'book', 2, 'booking', qr/a booking is made\n.*no whole answer/ ],
	[ 'timeout-after', 'book', 2, 'booking', qr/a booking is made\n.*no whole answer/ ],
	[ 'timeout-after', 'look', 2, 'booking', qr/looked at: 200\n.*no whole answer/ ],
	[ 'cut-before', 'cancel', 0, 'cancel', qr/cancelled: 200\n.*no whole answer/ ],
	[ 'cut-after', 'book', 0, 'booking', qr/a booking is made\n.*no whole answer/ ],
	[ 'error', 'book', 0, 'booking', qr/a booking is made\n.*500 INTERNAL/ ],
	[ 'error-after', 'cancel', 0, 'cancel', qr/cancelled: 200\n.*500 INTERNAL/ ],
	[ 'busy', 'any', 1, 'booking', qr/a booking is made\n.*429 TOO_MANY/ ],
	[ 'closed', 'any', 1, 'booking', qr/a booking is made\n.*503 UNAVAILABLE/ ],
	[ 'working', 'book', 900, 'booking', qr/a booking is made\n.*202/ ],
	[ 'double', 'book', 0, 'booking,atonce', qr/the same again: 200\n.*as one parcel\n/s ],
	[ 'careless', 'book', 0, 'booking', qr/other words under the key: 409\n/ ],
	[ 'refuse', 'book', 0, 'booking', qr/a booking is made\n.*422 ADDRESS_NOT_SERVED/ ],
	[ 'malformed', 'look', 0, 'booking', qr/looked at: 200\n.*parser error/ ],
	[ 'doctype', 'events', 0, 'events', qr/a page of events\n.*has a document type/ ],
	[ 'invalid', 'events', 0, 'events', qr/a page of events\n.*Surprise/ ],
	[ 'invalid', 'book', 0, 'booking', qr/a booking is made\n.*validity error/ ],
	[ 'expired', 'events', 0, 'events', qr/a page of events\n.*410 CURSOR_EXPIRED/ ],
	[ 'banana', 'BOOKED', 0, 'events', qr/a page of events\n.*banana/ ],
	[ 'banana', 'COLLECTED', 0, 'events', qr/a page of events\n.*banana/ ],
	[ 'duplicate', 'BOOKED', 0, 'events', qr/each event stands there once/ ],
	[ 'late', 'COLLECTED', 5000, 'events', qr/each event stands there once/ ],
	[ 'late', 'BOOKED', 90000, 'events', qr/a booking's event is there/ ],
	[ 'backward', 'DELIVERED', 0, 'events', qr/each state may follow.*\n.*IN_TRANSIT.*after DELIVERED/ ],
	[ 'silent', 'CANCELLED', 0, 'events', qr/and so is the end/ ],
	[ 'never', 'BOOKED', 0, 'hooks', qr/a webhook comes within/ ],
	[ 'hook-late', 'BOOKED', 900, 'hooks', qr/a webhook comes within/ ],
	[ 'forged', 'BOOKED', 0, 'hooks', qr/made with the secret/ ],
	[ 'skew', 'BOOKED', -1000, 'hooks', qr/of now/ ],
);

# One stand-in, one thing wrong; returns what the tool says.
sub with_fault {
	my ($kind, $on, $seconds, $groups) = @_;
	my $port = port();
	my $box = CourierBox->new(shop => "http://127.0.0.1:$port");
	my $key = 'conformance-moved';
	$box->faults(kind => $kind, on => $on, seconds => $seconds, times => 0);
	if ($groups eq 'events' && $on =~ /^[A-Z]/) {
		$box->book($key);
		$box->move($key, $_) for qw(COLLECTED IN_TRANSIT OUT_FOR_DELIVERY DELIVERED);
		$box->clock(shift => 6000) if $seconds == 5000;
	}
	my ($said, $status) = check($box, -o => $groups, -p => 1, -t => 1,
	    $groups eq 'hooks' ? (-w => $port, -s => $box->secret) : ());
	$box->stop;
	return "status $status\n$said";
}

# Eight at a time: most of it is waiting.
sub each_thing_that_goes_wrong_is_found {
	my @todo = map { { fault => $_ } } grep { $_->[4] } @faults;
	my @waiting = @todo;
	my @busy;
	while (@waiting || @busy) {
		while (@waiting && @busy < 8) {
			my $one = shift @waiting;
			my $pid = open($one->{out}, '-|') // die "fork: $!\n";
			if (!$pid) {
				print with_fault(@{ $one->{fault} });
				close STDOUT;
				POSIX::_exit(0);
			}
			push @busy, $one;
		}
		my $first = shift @busy;
		my $out = $first->{out};
		$first->{said} = do { local $/; <$out> } // '';
		close $out;
	}
	for my $one (@todo) {
		my ($kind, $on, undef, undef, $found) = @{ $one->{fault} };
		my $not = join "\n", grep { /^not ok|^#   \S/ } split /\n/, $one->{said};
		ok($one->{said} =~ /^status 1\n/ && "$not\n" =~ $found, "$kind of $on is found") or diag($one->{said} =~ s/^ok.*\n//gmr);
	}
	return;
}

every_example_of_the_contract_is_valid();
the_contract_names_each_call_and_state_of_the_schema();
the_stand_in_keeps_the_contract();
each_thing_that_goes_wrong_is_found();
done_testing();
