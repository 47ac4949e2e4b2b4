package HatTest;

# HatTest - private servers for tests written in Perl.
#
#   use lib "$FindBin::Bin/lib";
#   use HatTest;
#   use Test::More;
#   my $db = HatTest->mariadb;      # or ->mysql97 (undef: not to be had here)
#   my $sock = $db->socket;         # ->port ->ca ->dir ->sql('SELECT 1')
#   wait_until(60, sub { ... }) or fail('in time');
#
# A server stops, and its folder goes, when the object does.

use strict;
use warnings;
use Cwd qw(abs_path);
use File::Basename qw(dirname);
use File::Temp qw(tempdir);
use Scalar::Util qw(refaddr weaken);
use Time::HiRes qw(sleep time);
use Exporter qw(import);

our @EXPORT = qw(wait_until $TOP $BUILD);
our $TOP = abs_path(dirname(__FILE__) . '/../..');
our $BUILD = $ENV{HATSHOP_BUILD} // "$TOP/build/dev";

sub wait_until {
	my ($seconds, $condition) = @_;
	my $deadline = time + $seconds;
	my $got;
	until ($got = $condition->()) {
		return if time >= $deadline;
		sleep 0.05;
	}
	return $got;
}

my %live; # what has servers, weakly

# ends OBJECT: it goes before its folder does, also when it lives to the end of
# the test; its DESTROY may then be called twice.
sub ends {
	my ($object) = @_;
	weaken($live{ refaddr $object } = $object);
	return $object;
}

END {
	local ($?, $@);
	$_->DESTROY for grep { defined } values %live;
}

sub mariadb { return _start('mariadb') }
sub mysql97 { return _start('mysql97', 0) }

sub _start {
	my ($kind, @port) = @_;
	my $root = tempdir('hs.XXXXXX', TMPDIR => 1, CLEANUP => 1);
	my $self = bless {
		dir => "$root/db",
		pid => $$,
		tool => ["$TOP/t/lib/$kind.sh", "$root/db", @port],
	}, __PACKAGE__;
	my $status = system(@{ $self->{tool} }, 'start') >> 8;
	return if $status == 77;
	die "could not start $kind\n" if $status;
	return ends($self);
}

# twin: another server of this kind, not started, without data; another port.
sub twin {
	my ($self) = @_;
	my $root = tempdir('hs.XXXXXX', TMPDIR => 1, CLEANUP => 1);
	my ($tool, undef, @port) = @{ $self->{tool} };
	return ends(bless { dir => "$root/db", pid => $$, tool => [ $tool, "$root/db", @port ] }, ref $self);
}

# become OTHER: have the data and the certificates of a server that is stopped.
sub become {
	my ($self, $other) = @_;
	system('rm', '-rf', "$self->{dir}/data", "$self->{dir}/tls");
	system('mkdir', '-p', $self->{dir});
	system('cp', '-a', "$other->{dir}/data", "$other->{dir}/tls", $self->{dir}) == 0
	    or die "could not copy $other->{dir}\n";
	return $self;
}

sub dir { return $_[0]{dir} }
sub socket { return "$_[0]{dir}/s.sock" }
sub ca { return "$_[0]{dir}/tls/ca.pem" }

sub port {
	my ($self) = @_;
	open my $f, '<', "$self->{dir}/port" or die "port: $!\n";
	chomp(my $port = <$f>);
	return $port;
}

sub run {
	my ($self, $command, @args) = @_;
	return system(@{ $self->{tool} }, $command, @args) == 0;
}

# sql: what the statement prints, rows by line, columns by tab, no names.
sub sql {
	my ($self, $statement) = @_;
	open my $p, '-|', 'mariadb', '--no-defaults', '-u', 'root', '-N', '-B',
	    '-S', $self->socket, '-e', $statement or die "mariadb: $!\n";
	local $/;
	my $out = <$p> // '';
	close $p or die "statement failed: $statement\n";
	$out =~ s{\n\z}{};
	return $out;
}

sub DESTROY {
	my ($self) = @_;
	return if $self->{pid} != $$;
	local ($?, $@);
	$self->run('stop') if -d $self->{dir};
}

1;
