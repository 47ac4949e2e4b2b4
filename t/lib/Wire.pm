package Wire;

# Wire - a TCP proxy on 127.0.0.1 that fails when it is told to.
#
#   my $wire = Wire->new($server->port);
#   connect_to($wire->port);
#   $wire->order('stall');          # nothing passes, nothing is closed
#   $wire->order('pass');           # what was held back arrives
#   $wire->order('to', $other);     # new connections go to another port
#
#   pass        as a wire should be
#   cut         all connections are reset, new ones too
#   stall       nothing is read, written or accepted
#   half        the server's ends are closed, the client's are told nothing
#   slow MS     every piece of at most 4 KiB arrives that much later
#
# It is a process of its own and ends with the object. An order has been
# carried out when order() returns.

use strict;
use warnings;
use IO::Handle;
use IO::Select;
use IO::Socket::INET;
use Socket qw(AF_UNIX PF_UNSPEC SOCK_STREAM SOL_SOCKET SO_LINGER);
use Time::HiRes qw(time);

my $PIECE = 4096;
my $HELD = 64; # pieces that wait for a slow reader, each way

sub new {
	my ($class, $target) = @_;
	my $listen = IO::Socket::INET->new(Listen => 64, LocalAddr => '127.0.0.1',
	    Proto => 'tcp', ReuseAddr => 1) or die "listen: $!\n";
	socketpair my $mine, my $its, AF_UNIX, SOCK_STREAM, PF_UNSPEC or die "socketpair: $!\n";
	my $pid = fork // die "fork: $!\n";
	if (!$pid) {
		close $mine;
		_serve($listen, $its, $target);
		require POSIX;
		POSIX::_exit(0);
	}
	close $its;
	$mine->autoflush(1);
	return bless { pid => $pid, owner => $$, port => $listen->sockport, line => $mine }, $class;
}

sub port { return $_[0]{port} }

sub order {
	my ($self, @words) = @_;
	print { $self->{line} } "@words\n";
	my $done = readline $self->{line};
	die "the wire is gone\n" if !defined $done;
	return;
}

sub DESTROY {
	my ($self) = @_;
	return if $self->{owner} != $$;
	local ($?, $@);
	close $self->{line};
	kill 'KILL', $self->{pid};
	waitpid $self->{pid}, 0;
	return;
}

# ---- the process ----

my (%conn, $mode, $late, $to); # an end's file number => its connection

sub _reset {
	my ($socket) = @_;
	return if !$socket;
	setsockopt $socket, SOL_SOCKET, SO_LINGER, pack('ii', 1, 0);
	close $socket;
	return;
}

sub _drop {
	my ($c) = @_;
	delete $conn{$_} for grep { defined } @{ $c->{no} };
	_reset($_) for @{ $c->{end} };
	return;
}

sub _all { my %seen; return grep { !$seen{$_}++ } values %conn }

sub _take {
	my ($listen) = @_;
	my $client = $listen->accept or return;
	my $server = $mode eq 'half' ? undef
	    : $mode eq 'cut' ? 0
	    : IO::Socket::INET->new(PeerAddr => '127.0.0.1', PeerPort => $to, Proto => 'tcp', Timeout => 2);
	return _reset($client) if !$server && $mode ne 'half';
	my $c = { end => [ $client, $server ], no => [], queue => [ [], [] ], over => [ 0, 0 ] };
	for my $i (0, 1) {
		my $end = $c->{end}[$i] or next;
		$end->blocking(0);
		$c->{no}[$i] = fileno $end;
		$conn{ fileno $end } = $c;
	}
	return;
}

# What came from end $i is for the other one.
sub _read {
	my ($c, $i) = @_;
	my $piece;
	my $n = sysread $c->{end}[$i], $piece, $PIECE;
	return if !defined $n && ($!{EAGAIN} || $!{EINTR});
	return _drop($c) if !defined $n;
	if (!$n) {
		$c->{over}[$i] = 1;
		return _drop($c) if !@{ $c->{queue}[$i] };
		return;
	}
	return push @{ $c->{queue}[$i] }, [ time + $late, $piece ];
}

sub _write {
	my ($c, $i) = @_;
	my $queue = $c->{queue}[$i];
	while (@$queue && $queue->[0][0] <= time) {
		my $n = syswrite $c->{end}[ 1 - $i ], $queue->[0][1];
		return if !defined $n && ($!{EAGAIN} || $!{EINTR});
		return _drop($c) if !defined $n;
		substr $queue->[0][1], 0, $n, '';
		shift @$queue if $queue->[0][1] eq '';
	}
	return _drop($c) if !@$queue && $c->{over}[$i];
	return;
}

sub _obey {
	my ($line) = @_;
	my $text = readline $line;
	return if !defined $text;
	my ($word, $value) = split ' ', $text;
	if ($word eq 'to') {
		$to = $value;
	} else {
		# the client's ends that "half" left are of no use to anybody
		_drop($_) for grep { $word eq 'cut' || !$_->{end}[1] } _all();
		$late = $word eq 'slow' ? $value / 1000 : 0;
		$mode = $word eq 'slow' ? 'pass' : $word;
		_forsake($_) for $word eq 'half' ? _all() : ();
	}
	print {$line} "done\n";
	return 1;
}

sub _forsake {
	my ($c) = @_;
	my $server = $c->{end}[1] or return;
	delete $conn{ $c->{no}[1] };
	close $server;
	$c->{end}[1] = $c->{no}[1] = undef;
	$c->{queue} = [ [], [] ];
	return;
}

sub _moves { my ($c) = @_; return $c->{end}[1] && $mode eq 'pass' }

sub _serve {
	my ($listen, $line, $target) = @_;
	$line->autoflush(1);
	$SIG{PIPE} = 'IGNORE';
	($mode, $late, $to) = ('pass', 0, $target);
	while (1) {
		my ($read, $write) = (IO::Select->new($line), IO::Select->new);
		my $wait = 5;
		$read->add($listen) if $mode ne 'stall';
		for my $c (grep { _moves($_) } _all()) {
			for my $i (0, 1) {
				my $queue = $c->{queue}[$i];
				$read->add($c->{end}[$i]) if @$queue < $HELD && !$c->{over}[$i];
				next if !@$queue;
				my $left = $queue->[0][0] - time;
				$write->add($c->{end}[ 1 - $i ]) if $left <= 0;
				$wait = $left if $left > 0 && $left < $wait;
			}
		}
		my ($in, $out) = IO::Select->select($read, $write, undef, $wait);
		for my $h (@{ $out // [] }) {
			my $c = $h && defined fileno $h ? $conn{ fileno $h } : next;
			_write($c, $h == $c->{end}[0] ? 1 : 0) if $c;
		}
		for my $h (@{ $in // [] }) {
			next if !defined fileno $h;
			if ($h == $line) {
				_obey($line) or return;
			} elsif ($h == $listen) {
				_take($listen);
			} elsif (my $c = $conn{ fileno $h }) {
				_read($c, $h == $c->{end}[0] ? 0 : 1);
			}
		}
	}
	return;
}

1;
