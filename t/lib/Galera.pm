package Galera;

# Galera - a cluster of three for the sales database, of which one is written to.
#
#   my $cluster = Galera->new or skip ...;    # undef: no Galera here
#   my $rig = SyncRig->new($stock, 'mariadb', sales_on => $cluster);
#   my $why = $cluster->lose_writer;          # '': killed, the next is the writer,
#                                             # and it came back as one of three
#
# The writer's socket is a link that points to its own, as a proxy would. What
# sql() reads is what the whole cluster has.

use strict;
use warnings;
use File::Temp qw(tempdir);
use HatTest;

sub new {
	my ($class) = @_;
	my $dir = tempdir('hs.XXXXXX', TMPDIR => 1, CLEANUP => 1) . '/g';
	my $self = bless { dir => $dir, pid => $$ }, $class;
	my $status = $self->_tool('start');
	return if $status == 77;
	die "no cluster\n" if $status;
	$self->_write_to(1);
	return $self;
}

sub _tool {
	my ($self, @words) = @_;
	return system("$TOP/t/lib/galera.sh", $self->{dir}, @words) >> 8;
}

sub socket { return "$_[0]{dir}/w.sock" }

sub _write_to {
	my ($self, $node) = @_;
	my $new = "$self->{dir}/new.sock";
	symlink "$self->{dir}/n$node/s.sock", $new or die "$new: $!\n";
	rename $new, $self->socket or die "$new: $!\n";
	$self->{writer} = $node;
	return;
}

sub sql {
	my ($self, $statement) = @_;
	open my $p, '-|', 'mariadb', '--no-defaults', '-u', 'root', '-N', '-B', '-S', $self->socket,
	    '-e', "SET SESSION wsrep_sync_wait = 7; $statement" or die "mariadb: $!\n";
	local $/;
	my $out = <$p> // '';
	close $p or die "statement failed: $statement\n";
	$out =~ s{\n\z}{};
	return $out;
}

sub lose_writer {
	my ($self) = @_;
	my $old = $self->{writer};
	my $next = $old % 3 + 1;
	$self->_tool(kill => $old);
	wait_until(90, sub { $self->_tool(synced => $next) == 0 }) or return "node $next does not go on without $old";
	$self->_write_to($next);
	$self->_tool('start-one', $old) == 0 or return "node $old does not come back";
	return '';
}

sub DESTROY {
	my ($self) = @_;
	return if $self->{pid} != $$;
	local ($?, $@);
	$self->_tool('stop');
	return;
}

1;
