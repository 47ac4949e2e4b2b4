#!/usr/bin/perl
# sandbox-courier.t - the stand-in of Funny Deliveries keeps the contract of
# doc/funny-deliveries.md, and does wrong what it is asked to.
use strict;
use warnings;
use Digest::SHA qw(hmac_sha256_hex);
use FindBin;
use lib "$FindBin::Bin/lib";
use CourierBox;
use HatTest;
use IO::Socket::INET;
use POSIX ();
use Test::More;
use Time::HiRes qw(sleep time);

# A shop that takes webhooks: each request is a file of its folder; it refuses
# the first one.
my $listener = IO::Socket::INET->new(Listen => 50, LocalAddr => '127.0.0.1') or die "no socket: $!\n";
my $shop = 'http://127.0.0.1:' . $listener->sockport;
my $box = CourierBox->new(shop => $shop);
my $taken = $box->dir . '/taken';
mkdir $taken;
my $pid = fork // die "fork: $!\n";
serve() if !$pid;
my $tests = $$;
END { kill KILL => $pid if $pid && $tests && $$ == $tests }

sub serve {
	my $n = 0;
	while (my $c = $listener->accept) {
		my ($head, $length) = ('', 0);
		while (defined(my $line = <$c>)) {
			$head .= $line;
			$length = $1 if $line =~ /^content-length: (\d+)/i;
			last if $line =~ /^\r?\n/;
		}
		read $c, (my $body), $length;
		my $name = sprintf '%s/%06d', $taken, $n;
		open my $f, '>', "$name.new" or die;
		print $f $head, $body;
		close $f;
		rename "$name.new", $name;
		print $c 'HTTP/1.1 ', $n++ ? '200 OK' : '500 no',
		    "\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";
		close $c;
	}
	POSIX::_exit(0);
}

my $seen = 0;
sub hooks {
	my ($want) = @_;
	my @all;
	wait_until(60, sub {
		while (open(my $f, '<:raw', sprintf '%s/%06d', $taken, $seen)) {
			local $/;
			my ($head, $body) = split /\r\n\r\n/, scalar <$f>, 2;
			push @all, { head => $head, body => $body };
			$seen++;
		}
		return @all >= $want;
	});
	return @all;
}

my $n = 0;
sub fresh { return sprintf 'key-%08d', ++$n }
sub is_valid { my ($r, $what) = @_; return is($box->valid($r->{content}), '', "$what is valid") }
sub tracking { return $_[0]{content} =~ m{<TrackingNumber>(\w+)</} ? $1 : '' }
sub state { return $_[0]{content} =~ m{<State>(\w+)</} ? $1 : '' }
sub refused {
	my ($r, $status, $code, $what) = @_;
	is("$r->{status} " . ($r->{content} =~ m{<Code>(\w+)</} ? $1 : '?'), "$status $code", $what);
	return is_valid($r, 'which');
}
my $cursor = '';
sub events {
	my $r = $box->call(GET => "/events?since=$cursor&limit=100");
	($cursor) = $r->{content} =~ / next="(\S+?)"/ if $r->{status} == 200;
	return map { my $e = $_; +{ map { $_ => ($e =~ m{<$_\b[^>]*>([^<]*)</})[0] // '' }
	    qw(EventId TrackingNumber State OccurredAt RecordedAt Place) } }
	    $r->{content} =~ m{<Event>(.*?)</Event>}gs;
}

sub a_booking_is_made_once_however_often_it_is_asked_for {
	my $key = fresh();
	my $xml = $box->request;
	is($box->valid($xml), '', 'the request is valid');
	my $r = $box->book($key, $xml);
	is($r->{status}, 201, 'booked');
	is_valid($r, 'the answer');
	like($r->{headers}{'x-request-id'}, qr/^\w+$/, 'with a name of the request');
	my $again = $box->book($key, $xml);
	is($again->{status}, 200, 'again');
	is(tracking($again), tracking($r), 'is the same parcel');
	(my $ink = $xml) =~ s/></>\n  <!-- ink --></g;
	is($box->book($key, $ink)->{status}, 200, 'so it is in other ink');
	refused($box->book($key, $box->request(reference => 'other')), 409, 'KEY_REUSED', 'other words');
	is(state($box->call(GET => "/bookings/$key")), 'BOOKED', 'looked at');
	refused($box->call(GET => '/bookings/nobody-knows'), 404, 'NOT_FOUND', 'not booked');
	is(scalar(grep { $_->{key} eq $key } @{ $box->books }), 1, 'one parcel');
	return;
}

sub at_once_from_many_it_is_still_one_parcel {
	my ($key, $xml) = (fresh(), $box->request);
	my @pids = map {
		my $child = fork // die;
		if (!$child) {
			my $r = $box->book($key, $xml);
			POSIX::_exit($r->{status} == 201 ? 1 : $r->{status} == 200 ? 0 : 9);
		}
		$child;
	} 1 .. 8;
	my @status = map { waitpid $_, 0; $? >> 8 } @pids;
	is(join('', sort @status), '00000001', 'one made it, seven were told so');
	return;
}

sub what_is_wrong_is_refused_with_code_and_field {
	my $book = sub { $box->book(fresh(), @_) };
	refused($book->('<Booking'), 400, 'MALFORMED_XML', 'no XML');
	refused($book->('<!DOCTYPE x><x/>'), 400, 'DOCTYPE_FORBIDDEN', 'a document type');
	refused($book->('<BookingRequest xmlns="urn:funny-deliveries:v1"/>'), 400, 'SCHEMA', 'empty');
	refused($book->($box->request(more => '<Wish/>')), 400, 'SCHEMA', 'a wish');
	refused($book->(' ' x 65537), 413, 'TOO_LARGE', 'large');
	refused($box->book('short', $box->request), 400, 'BAD_REQUEST', 'a short key');
	my $r = $book->($box->request(town => 'Nowhere'));
	refused($r, 422, 'ADDRESS_NOT_SERVED', 'nowhere');
	like($r->{content}, qr{<Field>/Delivery/Address/PostCode</Field><Retryable>false<}, 'and where');
	refused($book->($box->request(from => time - 9000, until => time - 900)), 422, 'WINDOW_IN_PAST', 'yesterday');
	refused($book->($box->request(until => time + 86400 + 60)), 422, 'WINDOW_TOO_SHORT', 'a minute');
	refused($book->($box->request(grams => 900000)), 422, 'PARCEL_TOO_BIG', 'a horse');
	refused($book->($box->request(country => 'AQ')), 422, 'COUNTRY_NEEDS_CUSTOMS', 'the Antarctic');
	refused($box->call(GET => '/events', undef, Authorization => 'Bearer x'), 401, 'BAD_KEY', 'a wrong key');
	refused($box->call(GET => '/events', undef, Authorization => undef), 401, 'BAD_KEY', 'no key');
	refused($box->call(PATCH => '/events'), 405, 'METHOD_NOT_ALLOWED', 'a method');
	refused($box->call(GET => '/nothing'), 404, 'NOT_FOUND', 'an address');
	refused($box->call(GET => '/events', undef, Accept => 'text/html'), 406, 'NOT_ACCEPTABLE', 'a kind');
	refused($box->call(GET => '/events?limit=101'), 400, 'BAD_REQUEST', 'a limit');
	refused($box->call(GET => '/events?since=banana'), 400, 'BAD_REQUEST', 'a cursor');
	return;
}

sub what_is_cancelled_stays_so {
	my $key = fresh();
	$box->book($key);
	my $r = $box->call(DELETE => "/bookings/$key");
	is("$r->{status} " . state($r), '200 CANCELLED', 'cancelled');
	is_valid($r, 'the answer');
	is($box->call(DELETE => "/bookings/$key")->{status}, 200, 'again');
	refused($box->call(DELETE => '/bookings/nobody-knows'), 404, 'NOT_FOUND', 'not booked');
	refused($box->call(GET => "/bookings/$key/label"), 404, 'LABEL_NOT_READY', 'no label');
	my $gone = fresh();
	$box->book($gone);
	$box->move($gone, 'COLLECTED');
	refused($box->call(DELETE => "/bookings/$gone"), 409, 'ALREADY_COLLECTED', 'picked up');
	return;
}

sub a_label_is_a_pdf {
	my $key = fresh();
	$box->book($key, $box->request(name => "Łódź \\ (Ann)"));
	my $r = $box->call(GET => "/bookings/$key/label", undef, Accept => 'application/pdf');
	is("$r->{status} $r->{headers}{'content-type'}", '200 application/pdf', 'a label');
	my $path = $box->dir . '/label.pdf';
	open my $f, '>:raw', $path or die;
	print $f $r->{content};
	close $f;
	my $text = `pdftotext '$path' - 2>&1`;
	SKIP: {
		skip 'no pdftotext', 1 if $? != 0 && $text !~ /\S/;
		like($text, qr/FD\d+GB/, 'with the tracking number');
	}
	return;
}

sub events_are_told_once_each_from_the_cursor_on {
	events();
	my $key = fresh();
	my $t = tracking($box->book($key));
	$box->deliver_whole($t);
	my @e = events();
	is(join(' ', map { $_->{State} } @e), 'BOOKED COLLECTED IN_TRANSIT OUT_FOR_DELIVERY DELIVERED', 'its way');
	is(join(' ', map { $_->{Place} } @e), 'Leeds Leeds Middle Hub Luton Luton', 'and where');
	is(scalar(events()), 0, 'nothing new');
	my $r = $box->call(GET => "/shipments/$t");
	is_valid($r, 'the shipment');
	is(state($r), 'DELIVERED', 'is delivered');
	is(scalar(() = $r->{content} =~ /<Event>/g), 5, 'with its history');
	refused($box->call(GET => '/shipments/FD9GB'), 404, 'NOT_FOUND', 'no shipment');
	my ($at, @ids) = ('');
	do {
		$r = $box->call(GET => "/events?since=$at&limit=2");
		is_valid($r, 'a page') if $at eq '';
		push @ids, $r->{content} =~ m{<EventId>(\d+)<}g;
		($at) = $r->{content} =~ / next="(\S+?)"/;
	} while ($r->{content} =~ / more="true"/);
	is("@ids", join(' ', sort { $a <=> $b } keys %{ { map { $_ => 1 } @ids } }), 'pages join');
	$box->clock(shift => 31 * 86400);
	refused($box->call(GET => "/events?since=$at"), 410, 'CURSOR_EXPIRED', 'after a month');
	$box->clock(shift => 0);
	return;
}

sub the_clock_moves_parcels_by_itself {
	my $t = tracking($box->book(fresh()));
	$box->clock(pace => 1000);
	for my $want (qw(COLLECTED IN_TRANSIT OUT_FOR_DELIVERY DELIVERED DELIVERED)) {
		$box->clock(shift => 1001 * ++(our $steps));
		is(state($box->call(GET => "/shipments/$t")), $want, $want);
	}
	$box->clock(shift => 0, pace => 0);
	return;
}

sub webhooks_are_signed_and_tried_again {
	ok(wait_until(60, sub { $box->deliver(all => 'true')->{left} == 0 }), 'all are taken, the refused one as well');
	hooks(0);
	my $t = tracking($box->book(fresh()));
	my ($h) = hooks(1);
	is($box->valid($h->{body}), '', 'a valid body');
	like($h->{body}, qr/<StatusEvent .*<TrackingNumber>$t</s, 'of the parcel');
	my ($at, $v1) = $h->{head} =~ /^Funny-Signature: t=(\d+),v1=(\w+)\r?$/m;
	is($v1, hmac_sha256_hex("$at.$h->{body}", $box->secret), 'signed');
	like($h->{head}, qr/^Content-Type: application\/xml\r?$/m, 'as XML');
	$box->faults(kind => $_, on => 'COLLECTED', seconds => 1000) for qw(forged);
	$box->move($t, 'COLLECTED');
	($h) = hooks(1);
	($at, $v1) = $h->{head} =~ /t=(\d+),v1=(\w+)/;
	isnt($v1, hmac_sha256_hex("$at.$h->{body}", $box->secret), 'forged when asked to');
	$box->faults(kind => 'skew', on => 'IN_TRANSIT', seconds => -1000);
	$box->move($t, 'IN_TRANSIT');
	($h) = hooks(1);
	($at) = $h->{head} =~ /t=(\d+)/;
	ok(abs($at + 1000 - time) < 10, 'of another time when asked to');
	$box->faults(kind => 'hook-duplicate', on => 'EXCEPTION');
	$box->faults(kind => 'never', on => 'RETURNING');
	$box->move($t, $_) for qw(RETURNING EXCEPTION);
	my @h = hooks(2);
	is(scalar(grep { $_->{body} =~ /EXCEPTION/ } @h), 2, 'twice, and never');
	open my $f, '<', "$taken/000000" or die;
	my $first = join '', <$f>;
	ok((grep { open my $g, '<', $_; local $/; (split /\r\n\r\n/, <$g>, 2)[1] eq (split /\r\n\r\n/, $first, 2)[1] }
	    glob "$taken/*") > 1, 'what was refused came again');
	return;
}

# HTTP::Tiny repeats a PUT whose connection closed, but not one that was reset.
{
	package Once;
	our @ISA = 'HTTP::Tiny';

	sub _request {
		my ($self, @request) = @_;
		my $answer = eval { $self->SUPER::_request(@request) };
		return $answer // die "once: $@";
	}
}

sub what_is_asked_to_go_wrong_does {
	my %kind = (error => 500, 'error-after' => 500, busy => 429, closed => 503, refuse => 422, working => 202);
	for my $kind (sort keys %kind) {
		my $key = fresh();
		$box->faults(kind => $kind, on => 'book', seconds => 1);
		is($box->book($key)->{status}, $kind{$kind}, $kind);
		my $r = $box->call(GET => "/bookings/$key");
		is($box->book($key)->{status}, 422, 'the same key is refused again') if $kind eq 'refuse';
		my $done = $kind eq 'error-after' ? 200 : $kind eq 'working' ? '20[02]' : 404;
		like($r->{status}, qr/^$done$/, "$kind, and whether it was done");
		ok(wait_until(60, sub { $box->call(GET => "/bookings/$key")->{status} == 200 }), 'is done soon')
		    if $kind eq 'working';
	}
	for my $kind (qw(cut-before cut-after timeout-after)) {
		my $key = fresh();
		$box->faults(kind => $kind, on => 'book', seconds => 1);
		bless $box->{http}, 'Once';
		is($box->book($key)->{status}, 599, "$kind: no whole answer");
		bless $box->{http}, 'HTTP::Tiny';
		my $done = $kind =~ /after/ ? 200 : 404;
		ok(wait_until(60, sub { $box->call(GET => "/bookings/$key")->{status} == $done }), 'done or not');
	}
	$box->faults(kind => 'doctype', on => 'events');
	like($box->call(GET => '/events')->{content}, qr/\n<!DOCTYPE/, 'doctype');
	for my $kind (qw(malformed invalid)) {
		$box->faults(kind => $kind, on => 'events');
		isnt($box->valid($box->call(GET => '/events')->{content}), '', $kind);
	}
	my $key = fresh();
	my $t = tracking($box->book($key));
	$box->faults(kind => 'double', on => 'book');
	isnt(tracking($box->book($key)), $t, 'a second parcel');
	$box->faults(kind => 'expired', on => 'events');
	refused($box->call(GET => '/events'), 410, 'CURSOR_EXPIRED', 'expired');
	return;
}

sub events_go_wrong_too {
	events();
	my $t = tracking($box->book(fresh()));
	$box->faults(kind => $_, on => 'COLLECTED') for qw(banana);
	$box->faults(kind => 'late', on => 'IN_TRANSIT', seconds => 500);
	$box->faults(kind => 'duplicate', on => 'OUT_FOR_DELIVERY');
	$box->faults(kind => 'backward', on => 'DELIVERED');
	$box->deliver_whole($t);
	my @e = events();
	is(join(' ', map { $_->{State} } @e), 'BOOKED banana OUT_FOR_DELIVERY OUT_FOR_DELIVERY DELIVERED IN_TRANSIT',
	    'banana, late, duplicate, backward');
	is($e[2]{EventId}, $e[3]{EventId}, 'the duplicate is the same');
	ok($e[5]{OccurredAt} gt $e[4]{OccurredAt}, 'IN_TRANSIT after the end');
	$box->clock(shift => 600);
	is(join(' ', map { $_->{State} } events()), 'IN_TRANSIT', 'late');
	$box->clock(shift => 0);
	$t = tracking($box->book(fresh()));
	events();
	$box->faults(kind => 'silent', on => 'LOST');
	$box->move($t, 'LOST');
	is(scalar(events()), 0, 'silence');
	return;
}

sub people_move_parcels_on_a_page {
	my $t = tracking($box->book(fresh(), $box->request(name => 'Łódź &lt;b&gt;')));
	my $r = $box->page('');
	like($r->{content}, qr/$t/, 'the list');
	like($r->{content}, qr/Łódź &lt;b/, 'escaped');
	is($box->page("/parcel/$t", { state => 'COLLECTED' })->{status}, 303, 'moved');
	$r = $box->page("/parcel/$t");
	like($r->{content}, qr/<strong class="state">COLLECTED</, 'its page');
	$box->page("/parcel/$t", { state => 'BOOKED' });
	is(state($box->call(GET => "/shipments/$t")), 'COLLECTED', 'what cannot follow does not');
	is($box->page('/mood', { pace => 0, kind => 'busy' })->{status}, 303, 'a mood');
	is($box->call(GET => '/events')->{status}, 429, 'is had');
	is($box->page('/parcel/FD1GB')->{status}, 404, 'no such parcel');
	return;
}

a_booking_is_made_once_however_often_it_is_asked_for();
at_once_from_many_it_is_still_one_parcel();
what_is_wrong_is_refused_with_code_and_field();
what_is_cancelled_stays_so();
a_label_is_a_pdf();
events_are_told_once_each_from_the_cursor_on();
the_clock_moves_parcels_by_itself();
webhooks_are_signed_and_tried_again();
what_is_asked_to_go_wrong_does();
events_go_wrong_too();
people_move_parcels_on_a_page();
done_testing();
