#!/usr/bin/perl
# run.pl TEST... - run TAP tests, name the failures and the skipped, and end with
# "N passed, N failed[, N skipped]".
#
# HATSHOP_JOBS tests run at once, 3 unless told: most wait for servers, and each
# has its own. What a test says is printed when it has ended.
#
# A file that breaks off (bad exit, wrong plan, more than HATSHOP_TIMEOUT
# seconds, 900 unless told) counts as one more failure. HATSHOP_WRAP is put before compiled tests
# (valgrind). Files ending in .t are scripts, run by what their first line names.
use strict;
use warnings;
use File::Temp;
use IO::Handle;
use TAP::Parser;
use Time::HiRes qw(time);

my ($passed, $failed, $skipped) = (0, 0, 0);
my $limit = $ENV{HATSHOP_TIMEOUT} // 900;

sub command {
	my ($test) = @_;
	my @timeout = ('timeout', '--kill-after=10', $limit);
	return (@timeout, split(' ', $ENV{HATSHOP_WRAP} // ''), $test)
	    if $test !~ /\.t$/;
	open my $in, '<', $test or die "could not open \"$test\": $!\n";
	my $first = <$in> // '';
	return (@timeout, $first =~ /\b(?:ba)?sh\b/ ? 'bash' : 'perl', $test);
}

sub skip_line {
	my ($test, $why) = @_;
	print "skipped: $test: $why\n";
	$skipped++;
	return;
}

sub run {
	my ($test) = @_;
	my $began = time;
	my $parser = TAP::Parser->new({ exec => [ command($test) ] });
	my ($name) = $test =~ m{([^/]+)$};
	my ($good, $bad) = (0, 0);
	$name = "t/$name" if $test =~ /\.t$/;
	while (my $result = $parser->next) {
		if ($result->is_bailout) {
			print '  ', $result->as_string, "\n";
		}
		next if !$result->is_test;
		if ($result->has_skip) {
			skip_line($name, $result->explanation || $result->description);
		} elsif ($result->is_ok) {
			$good++;
		} else {
			$bad++;
			print '  ', $result->as_string, "\n";
		}
	}
	skip_line($name, $parser->skip_all) if $parser->skip_all;
	if (!$bad && !$parser->skip_all && (problems($parser) || !$good && !$parser->tests_run)) {
		$bad++;
		print "  $name broke off: ", problems($parser) || 'no test ran', "\n";
	}
	printf "%-6s %s (%d, %.1f s)\n", $bad ? 'FAILED' : 'ok', $name,
	    $good + $bad, time - $began;
	$passed += $good;
	$failed += $bad;
	return;
}

sub problems {
	my ($parser) = @_;
	my @why = $parser->parse_errors;
	my $status = $parser->exit;
	push @why, "exit status $status" . ($status == 124 ? " (longer than $limit s)" : '') if $status;
	push @why, 'signal ' . ($parser->wait & 127) if $parser->wait & 127;
	return join '; ', @why;
}

# A test in a process of its own; its numbers come through the pipe.
sub start {
	my ($test) = @_;
	my $said = File::Temp->new;
	pipe my $from, my $to or die "pipe: $!\n";
	my $pid = fork // die "fork: $!\n";
	if (!$pid) {
		close $from;
		open STDOUT, '>>', "$said" or die "$said: $!\n";
		open STDERR, '>>', "$said" or die "$said: $!\n";
		STDOUT->autoflush(1);
		$passed = $failed = $skipped = 0;
		run($test);
		print $to "$passed $failed $skipped";
		close $to;
		exit 0;
	}
	close $to;
	return $pid => { test => $test, said => $said, from => $from };
}

sub finish {
	my ($job) = @_;
	my $from = $job->{from};
	my ($good, $bad, $not) = split ' ', scalar(<$from>) // '';
	seek $job->{said}, 0, 0;
	print readline $job->{said};
	if (!defined $not) {
		($good, $bad, $not) = (0, 1, 0);
		print "FAILED $job->{test}: what runs it broke off\n";
	}
	$passed += $good;
	$failed += $bad;
	$skipped += $not;
	return;
}

$| = 1;
my %running;
my @waiting = @ARGV;
while (@waiting || %running) {
	if (@waiting && keys %running < ($ENV{HATSHOP_JOBS} // 3)) {
		my ($pid, $job) = start(shift @waiting);
		$running{$pid} = $job;
		next;
	}
	my $pid = wait;
	my $job = delete $running{$pid} or next;
	finish($job);
}
print "$passed passed, $failed failed", $skipped ? ", $skipped skipped" : '', "\n";
exit($failed || !$passed ? 1 : 0);
