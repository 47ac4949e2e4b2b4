#!/usr/bin/perl
# style.t - the rules of the house that a machine can check. The list of
# exceptions is empty and stays so.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use HatTest;
use Test::More;

chdir $TOP or die "could not enter \"$TOP\": $!\n";
my @tracked = split /\0/, `git -c safe.directory='*' ls-files -z`;
@tracked = grep { -f } @tracked;
my @c = grep { /\.c$/ } @tracked;
my @h = grep { /\.h$/ } @tracked;

sub slurp {
	my ($path) = @_;
	open my $in, '<:raw', $path or die "could not open \"$path\": $!\n";
	local $/;
	return <$in> // '';
}

# none LIST NAME: passes when nothing was found.
sub none {
	my ($found, $name) = @_;
	return ok(!@$found, $name) || diag(join "\n", @$found);
}

# The text without comments, and with what stands in quotes made empty; lines
# stay where they are.
sub code_of {
	my ($text) = @_;
	my $lines = sub { my ($s) = @_; $s =~ tr/\n//cd; return $s };
	$text =~ s{(/\*.*?\*/)|("(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*')}
	    {defined $1 ? $lines->($1) . ' ' : substr($2, 0, 1) x 2}gse;
	return $text;
}

# grep_code REGEX FILE...: "file:line: match" of each place.
sub grep_code {
	my ($re, @files) = @_;
	my @found;
	for my $file (@files) {
		my $n = 0;
		for my $line (split /\n/, code_of(slurp($file))) {
			$n++;
			push @found, "$file:$n: $line" if $line =~ $re;
		}
	}
	return \@found;
}

sub functions_are_short_and_simple {
	my (@long, @complex, @lines, @unread);
	# modified complexity (a switch counts once), its traditional form,
	# statements, first line, lines, file(line): name
	for (map { `pmccabe $_ 2>&1` } @c) {
		if (!/^\d/) {
			push @unread, $_;
			next;
		}
		my ($cc, undef, undef, undef, $lines, $where) = split ' ', $_, 6;
		chomp $where;
		push @lines, $lines;
		push @long, "$where: $lines lines" if $lines > 100;
		push @complex, "$where: complexity $cc" if $cc > 15;
	}
	none(\@unread, 'pmccabe can read every file');
	none(\@long, 'no function is longer than 100 lines');
	none(\@complex, 'no function is more complex than 15');
	@lines = sort { $a <=> $b } @lines;
	my $p95 = @lines ? $lines[int(0.95 * $#lines)] : 0;
	ok($p95 <= 60, "95 of 100 functions have at most 60 lines (at most $p95)");
	return;
}

sub modules_are_short {
	my @long;
	for my $file (@c, @h) {
		my $n = () = slurp($file) =~ /\n/g;
		# a test is a list of sentences, not a module
		push @long, "$file: $n lines" if $n > ($file =~ m{^t/} ? 1000 : 600);
	}
	return none(\@long, 'no module is longer than 600 lines, no test than 1000');
}

sub layout_is_the_formatters {
	my $out = @c ? `clang-format --dry-run --Werror @c @h 2>&1` : '';
	my @found = grep { /error:/ } split /\n/, $out;
	return none(\@found, 'clang-format would change nothing');
}

sub words_that_are_not_used {
	my $banned = join '|', qw(strcpy strncpy stpcpy strcat strncat sprintf
	    vsprintf strtok strtok_r atoi atol atoll atof strtol strtoul
	    strtoll strtoull sscanf gets localtime localtime_r gmtime ctime
	    asctime mktime system popen alloca tmpnam mktemp);
	none(grep_code(qr/\b(?:$banned)\s*\(/, @c, @h), 'no banned function is called');
	none(grep_code(qr/\bgoto\s+(?!out\s*;)/, @c), 'goto goes to out and nowhere else');
	none(grep_code(qr{//}, @c, @h), 'comments are /* */');
	none(grep_code(qr/\btypedef\s+(?:struct|enum|union)\b[^(]*$/, @c, @h),
	    'structs and enums go by their tags');
	return;
}

sub sql_is_in_its_place {
	my @found;
	for my $file (grep { m{^(?:lib/(?!db/|stock/)|cgi-bin/|ctl/|cron/)} } @c) {
		my $text = slurp($file);
		push @found, "$file: $1"
		    while $text =~ /"((?:SELECT|INSERT INTO|UPDATE \w+ SET|DELETE FROM)\b[^"]*)"/g;
	}
	return none(\@found, 'SQL stands in lib/db, lib/stock and syncd only');
}

# A further gateway is its own file and its line in lib/base/gateways.h (and
# its settings): t/peer-third.c is one.
sub a_gateway_is_one_file_and_one_line {
	my $list = slurp('lib/base/gateways.h');
	my @names = $list =~ /^\tX\((\w+),/mg;
	my $any = join '|', @names;
	ok(@names > 1, "the gateways stand in one list: @names");
	my $own = qr{^lib/(?:base/gateways\.h|base/settings\w*\.[ch]|peer/(?:$any)\w*\.[ch])$};
	my @found;
	for my $file (grep { m{^(?:lib|cgi-bin|cron|ctl)/} } @c, @h) {
		next if $file =~ $own;
		my $text = slurp($file);
		$text =~ s{/\*.*?\*/}{}gs;
		push @found, "$file: $1" while $text =~ /\b((?:$any)(?:_\w+|\b))/gi;
	}
	none(\@found, 'who pays and who shows it knows no gateway by name');
	for my $name (@names) {
		my @made = grep { slurp($_) =~ /^const struct gateway_kind gateway_kind_\Q$name\E\b/m } @c;
		is(scalar @made, 1, "$name is made in a file of its own (@made)");
	}
	return;
}

# folder => what it may include of ours, besides itself
my %may = (
	'lib/base' => [],
	'lib/markup' => [qw(base)],
	'lib/web' => [qw(base markup)],
	'lib/letter' => [qw(base markup)],
	'lib/db' => [qw(base)],
	'lib/shop' => [qw(base db)],
	'lib/stock' => [qw(base)],
	'lib/peer' => [qw(base)],
	'lib/flow' => [qw(base db shop stock peer letter)],
	'cgi-bin' => [qw(base markup web db shop stock peer letter flow)],
	'syncd' => [qw(base db shop stock peer)],
	'cron' => [qw(base db shop stock peer letter flow)],
	# what an administrator does by hand is what syncd does by itself
	'ctl' => [qw(base db shop stock peer letter flow syncd)],
	'sandbox' => [qw(base markup web db peer)],
);

# header of a library => the folders that may include it
my @owned = (
	[ qr{^sqlite3}, 'lib/db', 'sandbox' ],
	[ qr{^(?:mysql|mariadb|errmsg|mysqld_error)}, 'lib/db', 'lib/stock', 'syncd' ],
	[ qr{^(?:curl|libxml|libesmtp)}, 'lib/peer' ],
	[ qr{^(?:fcgi|fcgiapp)}, 'cgi-bin' ],
	[ qr{^(?:gd|libexif)}, 'syncd' ],
	# the sandbox reads what the shop wrote
	[ qr{^gmime}, 'lib/letter', 'sandbox' ],
);

sub includes_follow_the_design {
	my (@ours, @theirs, @first);
	for my $file (grep { !m{^t/|^schema/} } @c, @h) {
		my ($folder) = $file =~ m{^(lib/\w+|[\w-]+)/};
		my $n = 0;
		my $allowed = $may{$folder // ''};
		if (!$allowed) {
			push @ours, "$file: a folder without include rules";
			next;
		}
		my $text = slurp($file);
		while ($text =~ /^[ \t]*#[ \t]*include[ \t]*([<"])([^>"\n]+)/mg) {
			my ($kind, $name) = ($1, $2);
			push @first, "$file includes $name first"
			    if !$n++ && $file =~ /\.c$/ && $name ne 'config.h';
			push @theirs, "$file includes <$name>" if $kind eq '<'
			    && grep { $name =~ $_->[0] && !grep { $_ eq $folder } @$_[1 .. $#$_] } @owned;
			next if $kind eq '<' || $name eq 'config.h' || $name !~ m{/};
			my ($other) = $name =~ m{^([\w-]+)/};
			push @ours, "$file includes \"$name\""
			    if "lib/$other" ne $folder && $other ne $folder
			    && !grep { $_ eq $other } @$allowed;
		}
	}
	none(\@ours, 'who includes whom is as designed');
	none(\@theirs, 'libraries are included only where they belong');
	none(\@first, '"config.h" comes first');
	return;
}

sub headers_compile_alone {
	my @bad;
	chomp(my $flags = `pkg-config --cflags libmariadb gdlib libcurl jansson sqlite3`);
	for my $file (@h) {
		(my $name = $file) =~ s{^lib/}{};
		my $out = `printf '#include "%s"\n' '$name' | gcc -std=gnu11 -Wall -Wextra -D_GNU_SOURCE $flags -Ilib -I. -It -I'$BUILD' -fsyntax-only -x c - 2>&1`;
		push @bad, "$file: $out" if $? || $out ne '';
	}
	return none(\@bad, 'every header compiles alone');
}

sub the_tree_is_portable {
	my (@big, @paths, @hosts);
	for my $file (@tracked) {
		push @big, "$file: " . (-s $file) . ' bytes' if -s $file > 200_000;
		next if -B $file && -s $file;
		my $text = slurp($file);
		push @paths, "$file: $1"
		    if $text =~ m{((?<![\w.\$\}])/(?:work|root|home/\w+|tmp/w)/[^\s"']*)};
		push @hosts, "$file: $1"
		    if $text =~ m{("resolved": "https?:[^"]*|\bregistry\.[a-z]+js\.org)};
	}
	none(\@big, 'no file is larger than 200 kB');
	none(\@paths, 'no path of one machine is in the tree');
	none(\@hosts, 'no registry host is in the tree');
	return;
}

sub shell_is_clean {
	my @sh = grep { /\.sh$/ || !/\.\w+$/ && slurp($_) =~ /^#!.*\b(?:ba)?sh\b/ } @tracked;
	push @sh, grep { /\.t$/ && slurp($_) =~ /^#!.*\b(?:ba)?sh\b/ } @tracked;
	my @found = split /\n/, `shellcheck -f gcc -x -s bash -S warning -e SC1090,SC1091,SC2034,SC2016,SC2154 @sh 2>&1`;
	return none(\@found, 'shellcheck has no warning');
}

functions_are_short_and_simple();
modules_are_short();
layout_is_the_formatters();
words_that_are_not_used();
sql_is_in_its_place();
includes_follow_the_design();
a_gateway_is_one_file_and_one_line();
headers_compile_alone();
the_tree_is_portable();
shell_is_clean();
done_testing();
