#!/usr/bin/perl
# invoice-pdf.t - R81, R83: what is on an invoice, read back by programs that
# are not ours: its text, its fonts, its pages, its picture.
use v5.36;
use utf8;
use Encode qw(decode_utf8 encode_utf8);
use FindBin;
use File::Temp qw(tempdir);
use Test::More;

my $build = $ENV{HATSHOP_BUILD} // "$FindBin::Bin/../build/dev";
my $dir   = tempdir(CLEANUP => 1);
binmode Test::More->builder->$_, ':utf8' for qw(output failure_output);

sub drawn ($name, @arg) {
	open my $out, '>', "$dir/$name.pdf" or die $!;
	open my $in, '-|', "$build/t/paper-tool", map { encode_utf8($_) } @arg
	    or die $!;
	binmode $_ for $in, $out;
	local $/;
	print {$out} <$in>;
	close $in or return fail("$name is drawn");
	close $out;
	return pass("$name is drawn");
}

sub asked (@command) {
	open my $in, '-|', @command or die "$command[0]: $!";
	local $/;
	my $said = decode_utf8(<$in>);
	close $in;
	return $said;
}
sub text ($name) { return asked('pdftotext', '-layout', "$dir/$name.pdf", '-') }
sub pages ($name) { return asked('pdfinfo', "$dir/$name.pdf") =~ /^Pages:\s+(\d+)/m ? $1 : 0 }

# Dark points of a page in a strip from the top, in tenths of its height.
sub ink ($name, $page, $from, $to) {
	my $file = "$dir/$name-$page";
	system('pdftoppm', '-r', '40', '-gray', '-singlefile', '-f', $page, '-l', $page,
		"$dir/$name.pdf", $file) == 0 or return -1;
	open my $in, '<:raw', "$file.pgm" or return -1;
	local $/;
	my ($w, $h, $points) = <$in> =~ /\AP5\s(\d+)\s(\d+)\s255\s(.*)\z/s or return -1;
	my $strip = substr $points, int($h * $from / 10) * $w, int($h * ($to - $from) / 10) * $w;
	return $strip =~ tr/\x00-\x80//;
}

subtest 'an invoice says what it must (R81)' => sub {
	drawn('plain', 'invoice', 3) or return;
	my $t = text('plain');
	like($t, $_, "it has $_") for qr/^Invoice$/m, qr/Invoice number +INV-2026-00042/,
	    qr/The Funny Hat Company Ltd/, qr/1 Brim Street/, qr/VAT number GB 123 4567 89/,
	    qr/Registered in England, no\. 01234567/,
	    qr/Date of issue +25 November 2026/, qr/Date of delivery +24 November 2026/,
	    qr/Date of order +22 November 2026/, qr/Order number +4711/,
	    qr/Crimson Fez +2 +£20\.08 +20 % +£33\.47 +£40\.16/,
	    qr/Total without VAT +£100\.61/, qr/VAT 20 % on £100\.61 +£20\.13/,
	    qr/Total with VAT +£120\.74/, qr/Paid on 22 November 2026 by card ending 4242/,
	    qr/INV-2026-00042 · page 1 of 1/;
	is(pages('plain'), 1, 'on one page');
	like(asked('pdfinfo', "$dir/plain.pdf"), qr/Page size:\s+595\.\d+ x 841\.\d+ pts \(A4\)/, 'A4');
};

subtest 'rates of tax are kept apart' => sub {
	drawn('rates', 'invoice', 5) or return;
	my $t = text('rates');
	like($t, qr/VAT 20 % on /, '20 %');
	like($t, qr/VAT 5\.5 % on /, '5.5 %');
};

subtest 'a credit note names its invoice and is not one' => sub {
	drawn('credit', 'credit', 1) or return;
	my $t = text('credit');
	like($t, qr/^Credit note$/m, 'heading');
	like($t, qr/For invoice +INV-2026-00007/, 'which invoice');
	like($t, qr/Credited, with VAT +£19\.95/, 'how much');
	like($t, qr/One hat came back\./, 'why');
	unlike($t, qr/Nothing is left to pay/, 'nothing is asked for');
};

my @names = ('Zażółć gęślą jaźń', 'Ψηλό καπέλο', 'Шапка-ушанка', '红色费斯帽', 'قبعة', 'Crimson & <b>Fez</b>');
subtest 'any script is there and can be selected' => sub {
	drawn('scripts', 'invoice', 6, @names) or return;
	my $t = text('scripts') =~ s/[\s\x{200e}\x{200f}\x{202a}-\x{202e}]//gr;
	for my $name (@names) {
		my $bare = $name =~ s/ //gr;
		like($t, qr/\Q$bare\E/, $name);
	}
	my @fonts = grep { /(?:TrueType|Type 1|CID)/ } split /\n/, asked('pdffonts', "$dir/scripts.pdf");
	cmp_ok(scalar @fonts, '>=', 3, 'more than one font');
	is(scalar(grep { !/\byes +yes +yes\b/ } @fonts), 0, 'each embedded, a subset, with its letters');
	cmp_ok(ink('scripts', 1, 0, 5), '>', 1000, 'there is ink');
};

# Not لا: pdftotext turns the two letters of that ligature round.
subtest 'a customer of any script is called by name' => sub {
	my $n = 0;
	for my $name ('José Ñandú', 'Łucja Żółć', 'Ελένη Παπαδοπούλου', 'Наталья Щукина', 'محمد حسين', '王小明') {
		drawn('buyer' . ++$n, 'invoice', 1, $name) or next;
		my $to = text("buyer$n") =~ s/[\s\x{200e}\x{200f}\x{202a}-\x{202e}]//gr;
		my $bare = $name =~ s/ //gr;
		like($to, qr/Invoiceto\Q$bare\E12LongLane/, $name);
		unlike($to, qr/\x{fffd}/, 'no letter is missing');
	}
};

subtest '60 lines go over pages' => sub {
	drawn('long', 'invoice', 60, @names, 'A trilby whose name goes on and on because somebody likes words a lot') or return;
	is(pages('long'), 2, 'two');
	my ($first, $second) = split /\f/, text('long');
	like($_, qr/^Description +Quantity/m, 'headings') for $first, $second;
	like($first, qr/page 1 of 2/, 'first page numbered');
	like($second, qr/page 2 of 2/, 'second page numbered');
	unlike($first, qr/Total with VAT/, 'the sums are at the end');
	like($second, qr/Total with VAT/, 'once');
	is(scalar(() = text('long') =~ /£\d+\.\d\d +(?:20|5\.5) % /g), 60, 'each line is there');
	cmp_ok(ink('long', 1, 9.15, 9.25), '<', 20, 'lines end above the foot');
};

subtest 'no name breaks out of its column' => sub {
	drawn('wide', 'invoice', 1, 'W' x 200) or return;
	my ($line) = grep { /£19\.95 +20 %/ } split /\n/, text('wide');
	ok(defined $line, 'numbers stand beside it');
	is(pages('wide'), 1, 'one page');
};

done_testing;
