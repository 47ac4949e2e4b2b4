#!/usr/bin/perl
# rows.pl SOURCE PICTURES: print hats.tsv and its pictures as SQL.  Called by
# load.sh; needs nothing beyond Debian's perl-base.
use strict;
use warnings;

my ($source, $pictures) = @ARGV;
my (%category, @hats);

# The office and the day of its last stocktaking.
my @clerks = (
	[ 'mgr', 'Maud Grimshaw-Reed', 9 ],
	[ 'bert', 'Bert Oddie', 3 ],
	[ 'pauline', "Pauline O'Dowd", 3 ],
	[ 'satur', 'Saturday boy', 1 ],
);
my $counted = '2019-03-31';

# NO_BACKSLASH_ESCAPES is set below, so a quote is all there is to double.
sub text {
	my ($s) = @_;
	$s =~ s/'/''/g;
	return "'$s'";
}

sub lines_of {
	my ($path) = @_;
	open my $in, '<', $path or die "could not open \"$path\": $!\n";
	my @lines = grep { !/^#/ } <$in>;
	chomp @lines;
	return map { [ split /\t/, $_, -1 ] } @lines;
}

sub bytes_of {
	my ($path) = @_;
	open my $in, '<:raw', $path or die "could not open \"$path\": $!\n";
	local $/;
	return scalar <$in>;
}

sub insert {
	my ($table, @values) = @_;
	print "INSERT INTO $table VALUES (", join(', ', @values), ");\n";
}

sub categories {
	my $id = 0;
	for (lines_of("$source/categories.tsv")) {
		my ($code, $name, $sort) = @$_;
		$category{$code} = ++$id;
		insert('prod_cat (cat_id, cat_code, cat_name, cat_sort)',
		    $id, text($code), text($name), $sort);
	}
}

sub product {
	my ($h) = @_;
	my $id = $category{ substr $h->{sku}, 0, 3 }
	    or die "$h->{sku}: no such category\n";
	insert('prod_mast (pm_sku, pm_title, pm_text, pm_price, pm_cat,'
	    . ' pm_web, pm_supplier, pm_cost, pm_shelf, pm_created)',
	    text($h->{sku}), text($h->{title}), text($h->{text}), $h->{price},
	    $id, text($h->{web}), text($h->{supplier}), $h->{cost},
	    text($h->{shelf}), text('2011-04-01'));
}

sub level {
	my ($h) = @_;
	return if $h->{level} eq 'none';
	my $n = $h->{level} eq 'null' ? 'NULL' : $h->{level};
	my $date = $n eq 'NULL' ? 'NULL' : text($counted);
	insert('stk_level (sku, on_hand, reorder_at, last_count)',
	    text($h->{sku}), $n, 10, $date);
	return if $n eq 'NULL';
	insert('stk_moves (mv_when, mv_sku, mv_kind, mv_qty, mv_user, mv_note)',
	    text("$counted 17:05:00"), text($h->{sku}), text('ST'), $n,
	    text('bert'), text('stocktaking'));
}

sub picture {
	my ($h) = @_;
	my $kind = $h->{picture};
	return if $kind eq 'none';
	my $path = $kind eq 'svg' ? "$source/svg/$h->{sku}.svg"
	    : "$pictures/$h->{sku}.png";
	my $data = bytes_of($path);
	$data = substr $data, 0, length($data) / 3 if $kind eq 'truncated';
	insert('prod_pics (pic_sku, pic_file, pic_mime, pic_data)',
	    text($h->{sku}), text(lc($h->{sku}) . '.png'), text('image/png'),
	    '0x' . unpack('H*', $data));
}

for (lines_of("$source/hats.tsv")) {
	my %h;
	@h{qw(sku title price level web picture supplier cost shelf remark
	    text)} = @$_;
	@$_ == 11 or die "$h{sku}: not 11 fields\n";
	push @hats, \%h;
}
binmode STDOUT;
print "SET NAMES utf8mb4;\n",
    "SET SESSION sql_mode = 'STRICT_ALL_TABLES,NO_BACKSLASH_ESCAPES';\n",
    "START TRANSACTION;\n";
insert('sysusers (usr_login, usr_name, usr_pass, usr_level)',
    text($_->[0]), text($_->[1]), text('*'), $_->[2]) for @clerks;
categories();
for my $h (@hats) {
	product($h);
	level($h);
	picture($h);
}
print "COMMIT;\n";
close STDOUT or die "could not write the SQL: $!\n";
