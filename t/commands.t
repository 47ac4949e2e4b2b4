#!/usr/bin/perl
# commands.t - R102: each command that README.md, doc/*.md and the manual pages tell of is
# one that there is, with these options and as many words. What is harmless is run;
# shopctl is asked with a configuration that is not there, so it gets no further
# than its command line.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use File::Temp qw(tempdir);
use HatTest;
use JSON::PP ();
use Test::More;
use Text::ParseWords qw(shellwords);

my $dir = tempdir('hs.XXXXXX', TMPDIR => 1, CLEANUP => 1);

sub slurp {
	my ($path) = @_;
	open my $f, '<:raw', $path or die "$path: $!\n";
	local $/;
	return scalar <$f>;
}

# All that a paper has in the way of commands: lines of code, and code in a line.
sub commands_of {
	my ($text) = @_;
	my @found = $text =~ /^ {4,}(\S[^\n]*)/mg;
	$text =~ s/\n *(?=[^\n|*#\s])/ /g;
	push @found, $text =~ /`([^`]+)`/g;
	return @found;
}

sub commands_of_manual {
	my ($text) = @_;
	return map { s/^# | [.,;]\z//gr =~ s/\\-/-/gr } $text =~ /^\.(?:Dl|Ic) "?((?:# )?[^\n"]*)/mg;
}

# Words in capitals stand for something.
my %stands = (
	N => 2, NUMBER => 1, ORDER => 1, ID => 1, ITEM => 'A-1', TEXT => 'because', NAME => 'ann', WHO => 'ann',
	ATTEMPT => '0' x 32, FILE => '/nonexistent/file', 'TRACKING-NUMBER' => 'FD1', PARCEL => 1, RETURN => 1,
	TIME => '2026-11-22', MONEY => '12.50', SECONDS => 5,
);

sub words_of {
	my ($command) = @_;
	my @words = eval { shellwords($command =~ s/\s+# .*//r) };
	return map { $stands{$_} // $_ } @words;
}

sub run {
	my (@command) = @_;
	my $pid = open my $f, '-|' // die "fork: $!\n";
	if (!$pid) {
		open STDERR, '>&', \*STDOUT or die;
		open STDIN, '<', '/dev/null' or die;
		exec @command or die;
	}
	my $said = do { local $/; <$f> // '' };
	close $f;
	return ($? >> 8, $said);
}

my %usage;
for my $program ('syncd/syncd', 'cron/lifecycle') {
	my ($name) = $program =~ m{([^/]+)$};
	$usage{$name} = (run("$BUILD/$program", '--help'))[1];
}
my ($status, $help) = run("$BUILD/ctl/shopctl", 'help');
is($status, 0, 'shopctl help');
my %verb = map { $_ => 1 } $help =~ /^  ([a-z]+)/mg;
my %action = map { $_ => 1 } grep { !/^-/ } $help =~ /([a-z-]+)/g;

my %check = (
	shopctl => sub {
		my (@words) = @_;
		shift @words, shift @words if ($words[0] // '') eq '-f';
		my $verb = $words[0] // return 1;
		return 0 if !$verb{$verb};
		# Told of, not told to be typed: "shopctl order", "shopctl stock compare".
		return 1 if !grep { !$action{$_} } @words[ 1 .. $#words ];
		my (undef, $said) = run("$BUILD/ctl/shopctl", '-f', '/nonexistent/shop.conf', @words);
		return $said !~ /^usage: shopctl \[-f FILE\] [a-z]/m && $said !~ /there is no command/;
	},
	(map { my $program = $_; ($program => sub {
		return !grep { /^-/ && $usage{$program} !~ /(?<![\w-])\Q$_\E\b/ && $usage{$program} !~ /\[-\w*\Q@{[ substr $_, 1 ]}\E/ } @_;
	}) } qw(syncd lifecycle)),
	'copy-sales' => sub { return @_ == 0 || @_ == 2 },
	'./dev' => sub { return !@_ || slurp("$TOP/dev") =~ /^\s*\Q$_[0]\E\b/m },
	systemctl => sub {
		return !grep { !-e "$TOP/etc/systemd/$_" && !-e "$TOP/etc/systemd/$_.service" && $_ ne 'apache2' } @_[ 1 .. $#_ ];
	},
	man => sub { return -e "$TOP/$_[0]" || $_[0] =~ /^\d$/ },
	sqlite3 => sub {
		my ($file, $command) = @_;
		return 1 if !defined $command;
		(run('sqlite3', "$dir/a.db", 'CREATE TABLE IF NOT EXISTS x (y)'))[0] == 0 or return 0;
		$command =~ s/\.backup \S+/.backup $dir\/b.db/;
		return (run('sqlite3', "$dir/a.db", $command))[0] == 0 && -s "$dir/b.db";
	},
);

my $checked = 0;
for my $path ("$TOP/README.md", glob("$TOP/doc/*.md"), glob("$TOP/man/*.[578]")) {
	my $text = slurp($path);
	my @commands = $path =~ /\.md$/ ? commands_of($text) : commands_of_manual($text);
	my @wrong;
	for my $line (@commands) {
		for my $command (split /\s*(?:;|&&)\s+/, $line) {
			my ($program, @words) = words_of($command);
			next if !defined $program;
			$program =~ s{^(?:var/app/sbin|/usr/sbin)/}{};
			my $check = $check{$program} // next;
			next if $program eq 'man' && !@words;
			$checked++;
			push @wrong, $command if !$check->(@words);
		}
	}
	is("@{[ map { qq($_\n) } @wrong ]}", '', $path =~ s{^\Q$TOP\E/}{}r . ': its commands are there');
}
cmp_ok($checked, '>', 100, "$checked commands were looked at");

# What is to be pasted into a console of AWS is JSON.
my @policies = slurp("$TOP/doc/solution.md") =~ /^( {4}\{ "Version".*?)^(?! {4})/msg;
is(scalar @policies, 2, 'the policies are found');
ok(eval { JSON::PP::decode_json($_) }, 'a policy is JSON') or diag $@ for @policies;

for my $program (qw(t/bare.sh t/courier-conformance t/figures.t ctl/copy-sales etc/apache/production-example.conf etc/cron.d/hatshop)) {
	ok(-e "$TOP/$program", "$program is there");
}
done_testing;
