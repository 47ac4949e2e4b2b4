package Exposition;

# Exposition - a strict reader of Prometheus' text format 0.0.4.
#
#   my ($metrics, @faults) = Exposition::read($text);
#   $metrics->{hatshop_sync_items}{''}		the value without labels
#   $metrics->{hatshop_sync_info}{mode}		a label of the only sample

use strict;
use warnings;

my $NAME = qr/[a-zA-Z_:][a-zA-Z0-9_:]*/;
my $LABEL = qr/[a-zA-Z_][a-zA-Z0-9_]*/;
my $STRING = qr/"((?:[^"\\\n]|\\[\\"n])*)"/;
my $FLOAT = qr/[+-]?(?:\d+(?:\.\d+)?(?:[eE][+-]?\d+)?|Inf|NaN)/;

sub sample {
	my ($all, $line) = @_;
	$line =~ /\G($NAME)/gc or return 'no name';
	my $name = $1;
	my %labels;
	if ($line =~ /\G\{/gc) {
		while ($line =~ /\G($LABEL)=$STRING/gc) {
			my ($label, $value) = ($1, $2);
			return "$name: label $label twice" if exists $labels{$label};
			$value =~ s/\\(.)/$1 eq 'n' ? "\n" : $1/ge;
			$labels{$label} = $value;
			last if $line !~ /\G,/gc;
		}
		$line =~ /\G\}/gc or return "$name: labels do not end";
	}
	$line =~ /\G ($FLOAT)\z/gc or return "$name: no value at its end";
	return "$name: not announced" if !$all->{$name}{type} || !$all->{$name}{help};
	return "$name: twice" if exists $all->{$name}{''};
	$all->{$name} = { %{ $all->{$name} }, %labels, '' => $1 };
	return;
}

sub read {
	my ($text) = @_;
	my (%all, @faults, $last);
	push @faults, 'the last line has no end' if $text !~ /\n\z/;
	push @faults, 'an odd byte' if $text =~ /[\r\t\0]/;
	for my $line (split /\n/, $text) {
		if ($line =~ /\A# (HELP|TYPE) ($NAME) (.+)\z/) {
			my ($what, $name, $rest) = (lc $1, $2, $3);
			push @faults, "$name: $what twice" if $all{$name}{$what};
			push @faults, "$name: odd type" if $what eq 'type'
			    && $rest !~ /\A(?:counter|gauge|histogram|summary|untyped)\z/;
			push @faults, "$name: $what behind its value" if exists $all{$name}{''};
			push @faults, "$name: odd help" if $what eq 'help' && $rest =~ /\\[^\\n]/;
			$all{$name}{$what} = $rest;
			$last = $name;
		} else {
			my $fault = sample(\%all, $line);
			push @faults, $fault if $fault;
			push @faults, "$line: out of order"
			    if !defined $last || $line !~ /\A\Q$last\E[ {]/;
		}
	}
	return (\%all, @faults);
}

1;
