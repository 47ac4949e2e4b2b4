#!/usr/bin/perl
# options.t - R101: every option of every program is in its manual page, and every
# option there is one of the program's; so are commands of shopctl. What shopctl
# takes is asked of the program itself: it reads its command line before its
# configuration, which is not there.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use HatTest;
use Test::More;

sub slurp {
	my ($path) = @_;
	open my $f, '<:raw', $path or die "$path: $!\n";
	local $/;
	return scalar <$f>;
}

### What a manual page says

# A line of mdoc as a usage is written: "[-n most] [--json] order".
sub plain {
	my ($line) = @_;
	my @out;
	my $open = 0;
	my $dashes = '';
	my $glue = 0;
	for my $w (split ' ', $line) {
		if ($w eq 'Fl') {
			$dashes .= '-';
		} elsif ($w eq 'Op') {
			push @out, '[';
			$open++;
		} elsif ($w eq 'Oo') {
			push @out, '[';
		} elsif ($w eq 'Oc') {
			push @out, ']';
		} elsif ($w =~ /^(?:Ar|Cm|Ns)$/) {
			next;
		} elsif ($dashes ne '' && $w !~ /^[|,]$/) {
			push @out, "$dashes$w";
			$dashes = '';
		} else {
			push @out, $w;
		}
	}
	return join ' ', @out, (']') x $open;
}

# Of a usage: { option => its argument or '' }, [options that must be], [words].
sub parts {
	my ($usage) = @_;
	my (%option, @must, @words, $last);
	my $depth = 0;
	$usage =~ s/([][|])/ $1 /g;
	for my $w (split ' ', $usage) {
		$depth++ if $w eq '[';
		$depth-- if $w eq ']';
		if ($w =~ /^[][|]$/ || $w eq '...') {
			$last = undef;
		} elsif ($w =~ /^-/) {
			$option{$w} = '';
			push @must, $w if !$depth;
			$last = $w;
		} elsif (defined $last) {
			$option{$last} = lc $w;
			$last = undef;
		} else {
			push @words, $w;
		}
	}
	return (\%option, \@must, \@words);
}

# Options of the list of a page, "Fl" of ".It".
sub told {
	my ($page) = @_;
	return map { split /\s*,\s*/, plain($_) =~ s/ [a-z].*//r }
	    $page =~ /^\.It (Fl .*)/mg;
}

sub synopsis {
	my ($page) = @_;
	my ($text) = $page =~ /^\.Sh SYNOPSIS\n(.*?)^\.Sh/ms;
	my %seen;
	for my $line ($text =~ /^\.(?:Op |)(Fl .*)/mg) {
		my ($o) = parts(plain($line));
		$seen{$_} = 1 for map { /^-[a-z]{2,}$/ ? map { "-$_" } split //, substr $_, 1 : $_ } keys %$o;
	}
	return sort keys %seen;
}

### What a program's source says

sub of_letters {
	my ($letters) = @_;
	return map { "-$_" } $letters =~ /[a-zA-Z0-9]/g;
}

sub of_source {
	my ($source) = @_;
	my @letters = $source =~ /getopt(?:_long)?\(\s*argc, argv,([^;]*?)\)\) !=/g;
	my @long = $source =~ /\{ "([a-z-]+)", (?:no|required)_argument/g;
	return ((map { of_letters($_) } map { /"([^"]*)"/g } @letters), map { "--$_" } @long);
}

sub uniq { my %s = map { $_ => 1 } @_; return sort keys %s }

### Programs of one errand

for (['syncd', 'syncd/main.c'], ['lifecycle', 'cron/lifecycle.c']) {
	my ($program, $source) = @$_;
	my $page = slurp("$TOP/man/$program.8");
	my @has = uniq(of_source(slurp("$TOP/$source")));
	is("@{[ synopsis($page) ]}", "@has", "$program(8), SYNOPSIS: the program's options");
	my ($list) = $page =~ /^The options are as follows:\n(.*?)^\.S[hs]/ms;
	is("@{[ uniq(told($list)) ]}", "@has", "$program(8) tells of each, and of no other");
	my ($path) = glob "$BUILD/*/$program";
	my $usage = qx($path --help);
	my %in;
	for my $o ($usage =~ /(?<![\w-])(--?[a-z0-9]+)/g) {
		$in{$_} = 1 for $o =~ /^-\w/ ? of_letters($o) : $o;
	}
	is("@{[ sort keys %in ]}", "@has", "$program --help names the same");
}
{
	my $page = slurp("$TOP/man/courier-conformance.8");
	my ($letters) = slurp("$TOP/t/courier-conformance") =~ /getopts\('([^']*)'/;
	my @has = uniq(of_letters($letters));
	is("@{[ synopsis($page) ]}", "@has", 'courier-conformance(8), SYNOPSIS');
	is("@{[ uniq(told($page)) ]}", "@has", 'courier-conformance(8) tells of each');
}

# CGI programs have none: a web server could be made to give them some.
my @programs = map { $_ =~ s{.*/}{}r } map { split ' ' }
    join(' ', map { slurp($_) } glob "$TOP/*/local.mk") =~
    /^(?:cgibin_PROGRAMS|sbin_PROGRAMS|dist_sbin_SCRIPTS) \+?= ((?:.|\\\n)*)\n/mg;
cmp_ok(scalar @programs, '>=', 11, 'the programs that are installed are known');
my %page_of;
for my $file (glob "$TOP/man/*.8") {
	my ($names) = slurp($file) =~ /^\.Sh NAME\n(.*?)^\.Nd/ms;
	$page_of{$_} = $file for $names =~ /^\.Nm (\S+)/mg;
}
for my $program (@programs) {
	ok($page_of{$program}, "$program has a manual page") or next;
	unlike(slurp($page_of{$program}), qr/^\.(?:It|Op) Fl/m, "$program has no options")
	    if -e "$TOP/cgi-bin/$program.c" || $program eq 'copy-sales';
}

### shopctl

my $ctl = "$BUILD/ctl/shopctl";
my $page = slurp("$TOP/man/shopctl.8");
my ($commands) = $page =~ /^The commands are as follows:\n(.*?)^\.Sh ENV/ms;
my %form;    # "order list" => usage
for my $line ($commands =~ /^\.It Cm (.*)/mg) {
	# The second word may be left out: "mail Op Cm list".
	my ($verb, $action, $rest) = $line =~ /^([a-z-]+)(?: Op Cm)?(?: ([a-z-]+))?(.*)/;
	$form{ defined $action ? "$verb $action" : $verb } = plain($rest);
}

my %verb;    # as "help" has them
my $last;
for my $line (split /\n/, qx($ctl help)) {
	next if $line !~ /^  ([a-z]+)(?: (.*))?$/;
	my ($verb, $args) = ($1, $2 // '');
	$args = $1 if $args =~ /^\[(list .*)\]$/;
	$args =~ s/\[([^][]*)\|([^][]*)\]/[$1!$2]/g;
	my @alternatives = $args eq '' ? '' : split / \| /, $args;
	for my $alternative (@alternatives) {
		$alternative =~ tr/!/|/;
		my $name = $verb;
		$name .= " $1" if $alternative =~ s/^ ?([a-z][a-z-]*) ?//;
		$verb{$name} = $alternative;
	}
}
is(join(', ', sort keys %form), join(', ', sort keys %verb),
    "shopctl(8) has the commands of shopctl's help, and no other");

my %value = (
	amount => '12.50', attempt => '0' x 32, days => 5, file => '/nonexistent/x',
	folder => '/nonexistent', id => 1, item => 'A-1', kind => 'captured', money => '12.50',
	most => 5, n => 2, number => 1, order => 1, parcel => 1, seconds => 5,
	text => 'because', time => '2026-11-22', who => 'shop', yes => 'yes',
);

sub options_of {
	my ($usage) = @_;
	my ($o) = parts($usage);
	return join ' ', map { $o->{$_} eq '' ? $_ : "$_=" } sort keys %$o;
}

# Does shopctl take this? Its configuration is not there, so it gets no further.
sub takes {
	my (@command) = @_;
	my $pid = open my $f, '-|' // die;
	if (!$pid) {
		open STDERR, '>&', \*STDOUT or die;
		open STDIN, '<', '/dev/null' or die;
		exec $ctl, '-f', '/nonexistent/shop.conf', @command or die;
	}
	my $said = do { local $/; <$f> };
	close $f;
	return $said !~ /^usage: shopctl \[-f FILE\] [a-z]/m;
}

my %all;
for my $source (glob "$TOP/ctl/*.c") {
	next if $source =~ /shopctl\.c$/;
	$all{$_} = 1 for of_source(slurp($source));
}
# The argument that one takes somewhere: without it, it would be refused for that.
my %argument;
for my $usage (values %form) {
	my ($option) = parts($usage);
	$all{$_} = 1 for keys %$option;
	$argument{$_} = 1 for grep { $option->{$_} ne '' } keys %$option;
}
cmp_ok(scalar keys %all, '>', 20, 'the options of all commands are known');

for my $name (sort keys %form) {
	is(options_of($verb{$name} // ''), options_of($form{$name}),
	    "shopctl $name: its usage has the options of the manual");
	my ($option, $must, $words) = parts($form{$name});
	my $state = $name =~ /^parcel/ ? 'booked' : 'paid';
	my $with = sub {
		my ($o) = @_;
		return $o if ($option->{$o} // '') eq '';
		return ($o, $option->{$o} eq 'state' ? $state : $value{ $option->{$o} } // 1);
	};
	my @words = grep { $_ ne 'no' } @$words;
	# "order | item": one of the two.
	@words = ('order') if "@words" eq 'order item';
	@words = () if $form{$name} =~ /\[ order \]$/;
	my @base = (split(' ', $name), (map { $with->($_) } @$must), map { $value{$_} // 1 } @words);
	my @refused = takes(@base) ? () : ("@base");
	for my $o (sort keys %$option) {
		next if grep { $_ eq $o } @$must;
		my @command = (split(' ', $name), $with->($o), @base[ split(' ', $name) .. $#base ]);
		push @refused, "@command" if !takes(@command);
	}
	is("@refused", '', "shopctl $name takes what its manual has");
	my @taken;
	for my $o (sort keys %all) {
		next if exists $option->{$o};
		my @command = (split(' ', $name), $o, $argument{$o} // (), @base[ split(' ', $name) .. $#base ]);
		push @taken, "@command" if takes(@command);
	}
	is("@taken", '', "shopctl $name takes no other");
}
done_testing;
