#!/usr/bin/perl
# stock-demo.t - the demonstration stock system is what it says it is: its
# sources, its drawings, and what two real servers make of its SQL.
use strict;
use warnings;
use Digest::MD5 qw(md5_hex);
use Digest::SHA qw(sha256_hex);
use File::Basename qw(basename);
use File::Temp qw(tempdir);
use FindBin;
use Test::More;
use lib "$FindBin::Bin/lib";
use HatTest;

my $DEMO = "$TOP/schema/stock-demo";
my @FIELDS = qw(sku title price level web picture supplier cost shelf remark
    text);
my $PNG = "\x89PNG\r\n\x1a\n";
my @SEARCHES = qw(fez bowler topper deerstalker boater trilby crown propeller
    santa jester umbrella cloud rainbow bobble cat duck octopus hedgehog
    flamingo snail shark bee banana crème egg pineapple tea chips jelly sushi
    chef constable captain cowboy rocket saturn robot viking pirate
    wizard sombrero beret knight witch naïve Шапка);

my @hats = hats();
my $drawn = tempdir(CLEANUP => 1);

sub slurp {
	my ($path) = @_;
	open my $in, '<:raw', $path or die "$path: $!\n";
	local $/;
	return scalar <$in>;
}

sub spew {
	my ($path, $bytes) = @_;
	open my $out, '>:raw', $path or die "$path: $!\n";
	print $out $bytes;
	close $out or die "$path: $!\n";
}

sub rows {
	return map { [ split /\t/, $_, -1 ] } grep { !/^#/ }
	    split /\n/, slurp($_[0]);
}

sub hats {
	my @all;
	for my $row (rows("$DEMO/hats.tsv")) {
		my %h;
		@h{@FIELDS} = @$row;
		push @all, \%h;
	}
	return @all;
}

# with FIELD, VALUE: the SKUs of the hats that say so.
sub with {
	my ($field, $value) = @_;
	return map { $_->{sku} } grep { $_->{$field} eq $value } @hats;
}

sub load {
	my ($demo, $pictures) = @_;
	open my $p, '-|:raw', "$demo/load.sh", $pictures or die "load.sh: $!\n";
	local $/;
	my $sql = <$p> // '';
	close $p;
	return ($?, $sql);
}

sub the_list_has_enough_of_everything {
	my %category = map { $_->[0] => 0 } rows("$DEMO/categories.tsv");
	my %sku;
	cmp_ok(scalar @hats, '>=', 60, 'sixty hats or more');
	cmp_ok(scalar keys %category, '>=', 6, 'six categories or more');
	$category{ substr $_->{sku}, 0, 3 }++ for @hats;
	is((grep { $_ < 5 } values %category), 0, 'five hats in each category');
	$sku{ $_->{sku} }++ for @hats;
	is((grep { $_ > 1 } values %sku), 0, 'no SKU is there twice');
	is_deeply([ map { $_->{sku} } grep { !defined $_->{text}
	    || $_->{price} !~ /^\d+\.\d\d$/
	    || $_->{level} !~ /^(?:-?\d+|null|none)$/
	    || $_->{text} !~ /[.?!].*[.?!]$/ } @hats ], [],
	    'every line is whole');
}

sub every_odd_row_is_there_once_and_marked {
	my @plain = grep { $_->{remark} eq '-' } @hats;
	is(scalar with('level', 'null'), 1, 'R25: a level is NULL');
	is(scalar with('level', 'none'), 1, 'R25: a level has no row');
	is((grep { $_->{level} =~ /^-/ } @hats), 1, 'R25: a level is negative');
	is(scalar with('picture', $_), 1, "R99: a picture is \"$_\"")
	    for qw(none truncated svg);
	is(scalar with('web', 'N'), 2, 'two hats are not for the web');
	is((grep { $_->{level} !~ /^\d+$/ || $_->{web} ne 'Y'
	    || $_->{picture} ne 'ok' } @plain), 0, 'no odd row is unmarked');
	cmp_ok(scalar with('level', '0'), '>=', 3, 'R17: some are sold out');
}

sub thirty_plausible_searches_have_a_hat {
	my @missed = grep {
		my $word = $_;
		!grep { "$_->{title} $_->{text}" =~ /(?<!\w)$word/i } @hats
	} @SEARCHES;
	cmp_ok(scalar @SEARCHES, '>=', 30, 'R05: thirty words to look for');
	is_deeply(\@missed, [], 'R05: each is a word of some hat');
}

sub every_hat_has_a_drawing_of_its_own {
	my @files = glob "$DEMO/svg/*.svg";
	my %sum;
	is_deeply([ map { basename($_, '.svg') } @files ],
	    [ sort map { $_->{sku} } @hats ], 'a drawing for each hat, no other');
	is(system('xmllint', '--noout', @files), 0, 'all are well-formed');
	$sum{ md5_hex(slurp($_)) }++ for @files;
	is(scalar keys %sum, scalar @files, 'no two are alike');
	is_deeply([ grep { slurp($_) =~ /<(?:text|image|script|style|use|!)/i }
	    @files ], [], 'none has text, scripts or pictures inside');
	is_deeply([ grep { slurp($_) =~ /href|url\((?!#)|\@import/i } @files ],
	    [], 'none refers to anything outside');
	is_deeply([ grep { -s $_ > 8192 } @files ], [], 'all are small');
}

sub only_what_changed_is_drawn_again {
	my $dir = tempdir(CLEANUP => 1);
	my (@old, @png);
	system('cp', '-a', $DEMO, "$dir/demo") == 0 or die "cp\n";
	my ($status, $sql) = load("$dir/demo", $drawn);
	is($status, 0, 'the pictures are drawn');
	like($sql, qr/^COMMIT;\n\z/m, 'and the SQL ends with its commit');
	system('cp', '-a', $drawn, "$dir/png") == 0 or die "cp\n";
	@png = glob "$dir/png/*";
	is(scalar @png, scalar @hats, 'one picture a hat, nothing else');
	utime 1, 1, glob "$dir/demo/svg/*";
	utime 1000, 1000, @png;
	utime 2000, 2000, "$dir/demo/svg/CLS-105.svg";
	load("$dir/demo", "$dir/png");
	@old = grep { (stat)[9] != 1000 } @png;
	is_deeply([ map { basename($_) } @old ], ['CLS-105.png'],
	    'the changed drawing only');
	spew("$dir/demo/svg/CLS-105.svg", '<svg');
	($status, $sql) = load("$dir/demo", "$dir/png");
	isnt($status, 0, 'a drawing that cannot be drawn fails the load');
	unlike($sql, qr/COMMIT/, 'and nothing would be committed');
	is_deeply([ grep { !/\.png\z/ } glob "$dir/png/*" ], [],
	    'no half picture stays');
}

sub fill {
	my ($db, $sql) = @_;
	$db->sql('CREATE DATABASE hatstock CHARACTER SET utf8mb4');
	open my $p, '|-:raw', 'mariadb', '--no-defaults', '-u', 'root', '-S',
	    $db->socket, 'hatstock' or die "mariadb: $!\n";
	print $p slurp("$DEMO/schema.sql"), $sql;
	return close $p;
}

sub the_texts_arrive_byte_for_byte {
	my ($db) = @_;
	my $got = $db->sql(q{SELECT pm_sku, HEX(pm_title), HEX(pm_text),
	    pm_price, pm_web, cat_code FROM hatstock.prod_mast
	    JOIN hatstock.prod_cat ON cat_id = pm_cat ORDER BY pm_sku});
	my $expected = join "\n", map { join "\t", $_->{sku},
	    uc unpack('H*', $_->{title}), uc unpack('H*', $_->{text}),
	    $_->{price}, $_->{web}, substr $_->{sku}, 0, 3 }
	    sort { $a->{sku} cmp $b->{sku} } @hats;
	is($got, $expected, 'names, texts, prices and categories');
}

sub the_levels_arrive_with_the_odd_ones {
	my ($db) = @_;
	my $got = $db->sql(q{SELECT pm_sku, on_hand, sl_id IS NULL
	    FROM hatstock.prod_mast LEFT JOIN hatstock.stk_level
	    ON sku = pm_sku ORDER BY pm_sku});
	my $expected = join "\n", map {
		my $none = $_->{level} eq 'none' ? 1 : 0;
		my $n = $_->{level} =~ /^n/ ? 'NULL' : $_->{level};
		"$_->{sku}\t$n\t$none"
	} sort { $a->{sku} cmp $b->{sku} } @hats;
	is($got, $expected, 'R25: levels, the missing and the NULL one too');
}

sub the_pictures_arrive_with_the_odd_ones {
	my ($db) = @_;
	my $got = $db->sql(q{SELECT pic_sku, SHA2(pic_data, 256)
	    FROM hatstock.prod_pics ORDER BY pic_sku});
	my @expected;
	for my $h (sort { $a->{sku} cmp $b->{sku} } @hats) {
		next if $h->{picture} eq 'none';
		my $data = slurp($h->{picture} eq 'svg'
		    ? "$DEMO/svg/$h->{sku}.svg" : "$drawn/$h->{sku}.png");
		$data = substr $data, 0, length($data) / 3
		    if $h->{picture} eq 'truncated';
		push @expected, "$h->{sku}\t" . sha256_hex($data);
	}
	is($got, join("\n", @expected), 'R92: the very bytes of each picture');
	is($db->sql(q{SELECT COUNT(*) FROM hatstock.prod_pics
	    WHERE pic_mime <> 'image/png'}), 0, 'all of them said to be PNG');
}

sub other_tables_make_it_look_lived_in {
	my ($db) = @_;
	cmp_ok($db->sql("SELECT COUNT(*) FROM hatstock.$_"), '>', 0, $_)
	    for qw(sysusers stk_moves);
}

# A pass takes a snapshot of the tables, so all of them are transactional;
# the level is one row a SKU, so a unique key says so.
sub the_schema_is_fit_for_write_access {
	my ($db) = @_;
	is($db->sql(q{SELECT COUNT(*) FROM information_schema.tables
	    WHERE table_schema = 'hatstock' AND engine <> 'InnoDB'}), 0,
	    'every table is InnoDB');
	is($db->sql(q{SELECT COUNT(*) FROM information_schema.statistics
	    WHERE table_schema = 'hatstock' AND table_name = 'stk_level'
	    AND column_name = 'sku' AND non_unique = 0}), 1,
	    'a SKU has one level');
}

sub the_mapping_names_what_is_there {
	my ($db) = @_;
	my $settings = slurp("$TOP/lib/base/settings.c");
	my %m = slurp("$DEMO/mapping.conf") =~ /^([a-z._]+) = (\S+)$/mg;
	my @names = map { [ $m{ s/[^.]*$/table/r }, $m{$_} ] }
	    grep { /\.(?:key|name|text|price|category|visible|qty|column)$/ }
	    sort keys %m;
	is_deeply([ grep { index($settings, qq("$_")) < 0 } sort keys %m ], [],
	    'R100: the shop knows each key of the mapping');
	is(scalar @names, 12, 'R100: the mapping is complete');
	is_deeply([ grep { !$db->sql("SELECT COUNT(*)
	    FROM information_schema.columns
	    WHERE table_schema = '$m{'stock.database'}'
	    AND table_name = '$_->[0]' AND column_name = '$_->[1]'") } @names ],
	    [], 'R100: each column is there');
}

sub a_server_takes_it {
	my ($db) = @_;
	my ($status, $sql) = load($DEMO, $drawn);
	is($status, 0, 'drawn');
	ok(fill($db, $sql), 'schema and rows are taken');
	the_texts_arrive_byte_for_byte($db);
	the_levels_arrive_with_the_odd_ones($db);
	the_pictures_arrive_with_the_odd_ones($db);
	other_tables_make_it_look_lived_in($db);
	the_schema_is_fit_for_write_access($db);
	the_mapping_names_what_is_there($db);
	is(substr(slurp("$drawn/CLS-105.png"), 0, 8), $PNG, 'a PNG is a PNG');
}

sub on_server {
	my ($name, $db) = @_;
	subtest $name => sub {
		plan skip_all => "$name is not to be had here" if !$db;
		a_server_takes_it($db);
	};
}

the_list_has_enough_of_everything();
every_odd_row_is_there_once_and_marked();
thirty_plausible_searches_have_a_hat();
every_hat_has_a_drawing_of_its_own();
only_what_changed_is_drawn_again();
on_server('MariaDB', HatTest->mariadb);
on_server('MySQL 9.7', HatTest->mysql97);
done_testing();
