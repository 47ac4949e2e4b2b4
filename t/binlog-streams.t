#!/usr/bin/perl
# binlog-streams.t - what the decoder makes of the binlogs of two real servers
# is what a SELECT on them says, field by field. R91, R92.
#
# HATSHOP_SEED chooses the values. HATSHOP_CORPUS=DIR keeps short captures of
# each part there, for t/fuzz/corpus/binlog.
use strict;
use warnings;
use FindBin;
use File::Temp qw(tempdir);
use Test::More;
use lib "$FindBin::Bin/lib";
use HatTest;

my $TOOL = "$BUILD/t/binlog-capture";
my $SEED = $ENV{HATSHOP_SEED} // 1;
my $KEEP = $ENV{HATSHOP_CORPUS};
my $ROWS = $KEEP ? 1 : 25;
my $work = tempdir(CLEANUP => 1);

# BINLOG_XA_COMMIT and BINLOG_XA_ROLLBACK in syncd/binlog_query.h
my ($XA_COMMIT, $XA_ROLLBACK, $ROLLBACK) = (7, 8, 2);

my ($db, $server);    # the running one and its name
my %mirror;           # table => { id => [values] }
my @log;              # what print said of the last part

sub pick { return $_[ int rand @_ ] }
sub whole { my ($max) = @_; return int rand($max + 1) }
sub bytes { my ($n) = @_; return join '', map { chr whole(255) } 1 .. $n }
sub hex_of { my ($s) = @_; return $s eq '' ? "''" : "x'" . unpack('H*', $s) . "'" }
sub digits { my ($n) = @_; return join '', map { whole(9) } 1 .. $n }

sub int_of {
	my ($bits, $unsigned) = @_;
	my %most = (8 => 127, 16 => 32767, 24 => 8388607, 32 => 2147483647,
	    64 => '9223372036854775807');
	my %all = (8 => 255, 16 => 65535, 24 => 16777215, 32 => 4294967295,
	    64 => '18446744073709551615');
	return pick(0, 1, $all{$bits}, int rand 100, int($most{$bits} / 2) + 3)
	    if $unsigned;
	return pick(0, -1, $most{$bits}, "-$most{$bits}-1", int(rand 200) - 100);
}

sub real_of {
	my ($e) = @_;
	return pick(0, -1.5, 0.1, 1e14, 1e15, 123456789012345, 1e16, 1e-14, 1e-15,
	    1e-16, 3.14159265358979, '1.5e30', '-2.5e-30', '16777216', '0.30000000000000004',
	    rand() . "e$e", '-' . rand() . 'e-' . whole($e), 1 / 3, whole(1000000));
}

sub decimal_of {
	my ($p, $s, $unsigned) = @_;
	my $int = $p - $s > 0 ? digits(1 + whole($p - $s - 1)) : 0;
	return pick('', $unsigned ? '' : '-') . $int . ($s ? '.' . digits(whole($s - 1) + 1) : '');
}

sub text_of {
	my ($charset, $max) = @_;
	my @c = $charset eq 'latin1'
	    ? map { chr } 32 .. 126, 0x80, 0xe9, 0xfc, 0xff
	    : ('a' .. 'z', ' ', "\xc3\xa9", "\xe2\x82\xac", "\xf0\x9f\x8e\xa9", "'", '\\', "\n");
	my $s = join '', map { pick(@c) } 1 .. whole($max);
	return "_$charset " . hex_of($s);
}

sub clock_of { my ($h) = @_; return sprintf '%02d:%02d:%02d.%06d', whole($h), whole(59), whole(59), whole(999999) }
sub date_of { return pick('0000-00-00', '2024-02-29', sprintf '%04d-%02d-%02d', 1000 + whole(8999), 1 + whole(11), 1 + whole(27)) }
sub quoted { my ($s) = @_; return "'$s'" }
sub time_of { return quoted(pick('', '-') . pick('838:59:59', '00:00:00', '00:00:00.000001', clock_of(837))) }
sub datetime_of { my $d = date_of(); return quoted("$d " . ($d =~ /^0000/ ? '00:00:00' : clock_of(23))) }
sub stamp_of { return quoted(pick('0000-00-00 00:00:00', sprintf '%04d-%02d-%02d %s', 1971 + whole(66), 1 + whole(11), 1 + whole(27), clock_of(23))) }

# name, definition, how to ask for it (%s: the column; '': not compared), value
my @COLUMNS = (
	[ 'ti', 'TINYINT', '%s', sub { int_of(8) } ],
	[ 'tu', 'TINYINT UNSIGNED', '%s', sub { int_of(8, 1) } ],
	[ 'yr', 'YEAR', '%s+0', sub { pick(0, 1901, 2155, 2024) } ],
	[ 'si', 'SMALLINT', '%s', sub { int_of(16) } ],
	[ 'su', 'SMALLINT UNSIGNED', '%s', sub { int_of(16, 1) } ],
	[ 'mi', 'MEDIUMINT', '%s', sub { int_of(24) } ],
	[ 'mu', 'MEDIUMINT UNSIGNED', '%s', sub { int_of(24, 1) } ],
	[ 'ii', 'INT', '%s', sub { int_of(32) } ],
	[ 'iu', 'INT UNSIGNED', '%s', sub { int_of(32, 1) } ],
	[ 'bi', 'BIGINT', '%s', sub { int_of(64) } ],
	[ 'bu', 'BIGINT UNSIGNED', '%s', sub { int_of(64, 1) } ],
	[ 'd1', 'DECIMAL(65,30)', '%s', sub { decimal_of(65, 30) } ],
	[ 'd2', 'DECIMAL(10,2)', '%s', sub { decimal_of(10, 2) } ],
	[ 'd3', 'DECIMAL(5,5)', '%s', sub { decimal_of(5, 5) } ],
	[ 'd4', 'DECIMAL(20,0) UNSIGNED', '%s', sub { decimal_of(20, 0, 1) } ],
	[ 'd5', 'DECIMAL(27,9)', '%s', sub { decimal_of(27, 9) } ],
	[ 'fl', 'FLOAT', '%s', sub { real_of(30) } ],
	[ 'do', 'DOUBLE', '%s', sub { real_of(300) } ],
	[ 'c1', 'CHAR(10) CHARACTER SET utf8mb4', 'HEX(%s)', sub { text_of('utf8mb4', 10) } ],
	[ 'c2', 'CHAR(200) CHARACTER SET latin1', 'HEX(%s)', sub { text_of('latin1', 40) } ],
	[ 'c3', 'CHAR(255) CHARACTER SET utf8mb4', 'HEX(%s)', sub { text_of('utf8mb4', 30) } ],
	[ 'v1', 'VARCHAR(63) CHARACTER SET utf8mb4', 'HEX(%s)', sub { text_of('utf8mb4', 30) } ],
	[ 'v2', 'VARCHAR(300) CHARACTER SET latin1', 'HEX(%s)', sub { text_of('latin1', 300) } ],
	[ 'v0', 'VARCHAR(10) CHARACTER SET ascii', 'HEX(%s)', sub { quoted(digits(whole(10))) } ],
	[ 'b1', 'BINARY(16)', q{HEX(TRIM(TRAILING x'00' FROM %s))}, sub { hex_of(bytes(whole(14)) . "\0") } ],
	[ 'b2', 'VARBINARY(600)', 'HEX(%s)', sub { hex_of(bytes(whole(300))) } ],
	[ 'l1', 'TINYBLOB', 'HEX(%s)', sub { hex_of(bytes(whole(20))) } ],
	[ 'l2', 'BLOB', 'HEX(%s)', sub { hex_of(bytes(whole(300))) } ],
	[ 'l3', 'MEDIUMBLOB', 'HEX(%s)', sub { hex_of(bytes(whole(20))) } ],
	[ 'l4', 'LONGBLOB', 'HEX(%s)', sub { hex_of('ab' x whole(200)) } ],
	[ 't1', 'TINYTEXT CHARACTER SET latin1', 'HEX(%s)', sub { text_of('latin1', 50) } ],
	[ 't2', 'TEXT CHARACTER SET utf8mb4', 'HEX(%s)', sub { text_of('utf8mb4', 50) } ],
	[ 'en', "ENUM('red','green','blue')", '%s+0', sub { 1 + whole(2) } ],
	[ 'st', "SET('a','b','c','d','e','f','g','h','i','j')", '%s+0', sub { whole(1023) } ],
	[ 'x1', 'BIT(1)', '%s+0', sub { whole(1) } ],
	[ 'x2', 'BIT(20)', '%s+0', sub { whole(1048575) } ],
	[ 'x3', 'BIT(64)', '%s+0', sub { int_of(64, 1) } ],
	[ 'da', 'DATE', '%s', sub { quoted(date_of()) } ],
	[ 'h0', 'TIME', '%s', sub { time_of() } ],
	[ 'h1', 'TIME(1)', '%s', sub { time_of() } ],
	[ 'h3', 'TIME(3)', '%s', sub { time_of() } ],
	[ 'h6', 'TIME(6)', '%s', sub { time_of() } ],
	[ 'n0', 'DATETIME', '%s', sub { datetime_of() } ],
	[ 'n2', 'DATETIME(2)', '%s', sub { datetime_of() } ],
	[ 'n6', 'DATETIME(6)', '%s', sub { datetime_of() } ],
	[ 's0', 'TIMESTAMP NULL', '%s', sub { stamp_of() } ],
	[ 's3', 'TIMESTAMP(3) NULL', '%s', sub { stamp_of() } ],
	[ 's5', 'TIMESTAMP(5) NULL', '%s', sub { stamp_of() } ],
	[ 'ge', 'GEOMETRY', 'HEX(%s)', sub { 'ST_GeomFromText(' . quoted('POINT(' . whole(9) . ' ' . whole(9) . ')') . ')' } ],
);
my %MORE = (
	'MariaDB' => [
		[ 'p1', 'VARCHAR(500) COMPRESSED CHARACTER SET latin1', 'HEX(%s)', sub { "REPEAT('hat', " . whole(160) . ')' } ],
		[ 'p2', 'LONGBLOB COMPRESSED', 'HEX(%s)', sub { "REPEAT('hat', " . pick(0, 1, 3000) . ')' } ],
		[ 'i6', 'INET6', '', sub { quoted('2001:db8::' . whole(9999)) } ],
		[ 'uu', 'UUID', '', sub { 'UUID()' } ],
		[ 'js', 'JSON', 'HEX(%s)', sub { quoted('{"a":' . whole(9) . '}') } ],
	],
	'MySQL' => [
		[ 'js', 'JSON', '', sub { quoted('{"a":' . whole(9) . ',"b":"' . digits(30) . '"}') } ],
		[ 've', 'VECTOR(4)', 'HEX(%s)', sub { "STRING_TO_VECTOR('[1,2,3," . whole(9) . "]')" } ],
	],
);

sub columns { my @all = (@COLUMNS, @{ $MORE{$server} }); return @all }

sub value_of { my ($c) = @_; return rand() < 0.15 ? 'NULL' : $c->[3]->() }

sub insert_one {
	my ($id) = @_;
	return "INSERT INTO every VALUES ($id, " . join(', ', map { value_of($_) } columns()) . ");\n";
}

sub update_one {
	my ($id) = @_;
	my %set = map { $_->[0] => $_ } map { pick(columns()) } 1 .. 1 + whole(5);
	return 'UPDATE every SET ' . join(', ', map { "$_ = " . value_of($set{$_}) } sort keys %set)
	    . " WHERE id = $id;\n";
}

my $next_id = 1;

# churn: rows come, change and go, alone and together.
sub churn {
	my @id = map { $next_id++ } 1 .. $ROWS;
	my $sql = join '', map { insert_one($_) } @id;
	$sql .= update_one($_) for $KEEP ? () : (@id, @id);
	$sql .= "UPDATE every SET ii = id, v1 = 'all' WHERE id >= $id[0];\n";
	$sql .= "DELETE FROM every WHERE id = $id[0];\n";
	$sql .= "DELETE FROM every WHERE id >= $id[-2];\n" if !$KEEP;
	return $sql;
}

# run: statements in one session that stops at the first error.
sub run {
	my ($sql) = @_;
	my $file = "$work/in.sql";
	open my $out, '>:raw', $file or die "$file: $!\n";
	print $out "SET NAMES utf8mb4; SET time_zone = '+00:00';\n",
	    "SET sql_mode = 'NO_ENGINE_SUBSTITUTION,ALLOW_INVALID_DATES';\nUSE hats;\n", $sql;
	close $out or die "$file: $!\n";
	my $said = `mariadb --no-defaults -u root -S '@{[ $db->socket ]}' -N -B <'$file' 2>&1`;
	die "SQL failed: $said\n" if $?;
	return $said;
}

# Where the source's log ends: file and position.
sub log_end {
	my $what = $server eq 'MySQL' ? 'BINARY LOG' : 'MASTER';
	return (split /\t/, $db->sql("SHOW $what STATUS"))[ 0, 1 ];
}

sub log_file { return (log_end())[0] }

# One value as SELECT says it.
sub said {
	my ($value, $unsigned) = @_;
	return 'NULL' if $value eq 'N';
	my ($kind, $rest) = (substr($value, 0, 1), substr($value, 1));
	return (split m{/}, $rest)[ $unsigned ? 1 : 0 ] if $kind eq 'i';
	return $kind eq 't' ? $rest : uc $rest;
}

sub image_of {
	my ($old, @cells) = @_;
	my @row = @{ $old // [] };
	for my $i (0 .. $#cells) {
		$row[$i] = $cells[$i] if $cells[$i] ne '-';
	}
	return \@row;
}

sub apply {
	my ($kind, $table, $before, $after) = @_;
	my $rows = $mirror{$table} //= {};
	my $old;
	$old = delete $rows->{ said($before->[0]) } if @$before;
	return if $kind eq 'D';
	my $new = image_of($old, @$after);
	$rows->{ said($new->[0]) } = $new;
	return;
}

# follow: apply what the decoder printed, transaction by transaction.
sub follow {
	my (@changes, @prepared);
	for my $line (@log) {
		my ($what, @f) = split /\t/, $line, -1;
		if ($what eq 'ROW') {
			my ($kind, undef, $table, @cells) = @f;
			my ($bar) = grep { $cells[$_] eq '|' } 0 .. $#cells;
			push @changes, [ $kind, $table, [ @cells[ 0 .. $bar - 1 ] ], [ @cells[ $bar + 1 .. $#cells ] ] ];
		} elsif ($what eq 'PREPARE' && $f[0] eq 'two') {
			@prepared = splice @changes;
		} elsif ($what eq 'QUERY' && $f[0] == $XA_COMMIT) {
			@changes = splice @prepared;
		} elsif ($what eq 'QUERY' && ($f[0] == $XA_ROLLBACK || $f[0] == $ROLLBACK)) {
			@prepared = @changes = ();
		} elsif ($what eq 'QUERY' && $f[2] =~ /^TRUNCATE\s+(?:TABLE\s+)?`?(\w+)/) {
			$mirror{$1} = {};
		} elsif ($what eq 'END') {
			apply(@$_) for splice @changes;
		}
	}
	return is(scalar @changes, 0, "$server: no row is left open");
}

# ask: the table by SELECT, as { id => [values] }.
sub ask {
	my ($table, @columns) = @_;
	my @what = ('id', map { $_->[2] eq '' ? "'-'" : sprintf $_->[2], "`$_->[0]`" } @columns);
	my %rows;
	for my $line (split /\n/, run('SELECT ' . join(', ', @what) . " FROM $table ORDER BY id;\n")) {
		my @row = split /\t/, $line, -1;
		$rows{ $row[0] } = \@row;
	}
	return \%rows;
}

sub differences {
	my ($table, @columns) = @_;
	my ($want, $got) = (ask($table, @columns), $mirror{$table} // {});
	my @found;
	for my $id (sort { $a <=> $b } keys %{ { %$want, %$got } }) {
		my ($w, $g) = ($want->{$id}, $got->{$id});
		if (!$w || !$g) {
			push @found, "$table $id: " . ($w ? 'missing' : 'too many');
			next;
		}
		for my $i (1 .. @columns) {
			my $c = $columns[ $i - 1 ];
			my $is = said($g->[$i] // '?', $c->[1] =~ /UNSIGNED|BIT/);
			push @found, "$table $id $c->[0]: \"$is\" is \"$w->[$i]\""
			    if $c->[2] ne '' && $is ne $w->[$i];
		}
	}
	return @found;
}

sub decode {
	my ($name, @how) = @_;
	my $file = "$work/" . lc($server) . "-$name";
	system($TOOL, @how, $file) == 0 or return fail("$server: $name is captured");
	@log = split /\n/, `'$TOOL' print '$file'`;
	is($?, 0, "$server: $name is decoded to its end");
	system('cp', $file, $KEEP) if $KEEP && -s $file < 30_000 && $name ne 'whole';
	return 1;
}

# part NAME, SQL, [TABLE, COLUMNS]...: run, capture, decode, compare.
sub part {
	my ($name, $sql, @tables) = @_;
	run("FLUSH BINARY LOGS;\n");
	my $file = log_file();
	run($sql);
	decode($name, 'get', $db->socket, $file, 4) or return;
	follow();
	@tables = ([ 'every', columns() ]) if !@tables;
	for my $t (@tables) {
		my ($table, @columns) = @$t;
		my @found = differences($table, @columns);
		ok(!@found, "$server: after $name, $table is what SELECT says ("
		    . keys(%{ $mirror{$table} // {} }) . ' rows)')
		    or diag(join "\n", @found[ 0 .. ($#found < 9 ? $#found : 9) ]);
	}
	return;
}

my @INT = ([ 'n', 'INT', '%s' ]);
sub has { my ($re, $name) = @_; return ok((grep { $_ =~ $re } @log), "$server: $name") || diag(join "\n", map { substr $_, 0, 200 } @log) }
sub lacks { my ($re, $name) = @_; return ok(!(grep { $_ =~ $re } @log), "$server: $name") }

sub make_tables {
	return 'CREATE TABLE every (id INT PRIMARY KEY, '
	    . join(', ', map { "`$_->[0]` $_->[1]" . ($_->[1] =~ /NULL/ ? '' : ' NULL') } columns()) . ");\n"
	    . "CREATE TABLE few (id INT PRIMARY KEY, n INT) ENGINE = InnoDB;\n"
	    . "CREATE TABLE old (id INT PRIMARY KEY, n INT) ENGINE = MyISAM;\n"
	    . "CREATE TABLE parent (id INT PRIMARY KEY) ENGINE = InnoDB;\n"
	    . "CREATE TABLE child (id INT PRIMARY KEY, n INT, FOREIGN KEY (n) REFERENCES parent (id)"
	    . " ON DELETE CASCADE) ENGINE = InnoDB;\n";
}

sub formats {
	for my $image (qw(FULL MINIMAL NOBLOB)) {
		part(lc $image, "SET SESSION binlog_row_image = $image;\n" . churn());
	}
	run("SET GLOBAL binlog_row_metadata = FULL;\n");
	part('metadata', churn());
	has(qr/^TABLE\thats\tevery\t.*,key,id\t.*,iu\t/, 'FULL metadata has names and keys');
	my ($map) = grep { /^TABLE\thats\tevery/ } @log;
	my %sign = map { (split /,/)[4] => (split /,/)[1] } (split /\t/, $map)[ 4 .. 4 + columns() ];
	is($sign{iu}, 2, "$server: an unsigned column is known as such");
	is($sign{ii}, 1, "$server: a signed column is known as such");
	is($sign{d4}, 2, "$server: and so is an unsigned decimal");
	my %collation = map { (split /,/)[4] => (split /,/)[2] } (split /\t/, $map)[ 4 .. 4 + columns() ];
	is($collation{c2}, 8, "$server: latin1 is known as such");
	is($collation{b2}, 63, "$server: and binary");
	is($collation{c1}, $server eq 'MySQL' ? 255 : 45, "$server: and UTF-8");
	is($collation{t2}, $collation{c1}, "$server: up to the last text");
	run('SET GLOBAL binlog_row_metadata = ' . ($server eq 'MySQL' ? 'MINIMAL' : 'NO_LOG') . ";\n");
	run("SET GLOBAL binlog_checksum = NONE;\n");
	part('nosum', churn());
	has(qr/^FORMAT\t.*\t0$/, 'a file without checksums is read');
	run("SET GLOBAL binlog_checksum = CRC32;\n");
	return;
}

sub compression {
	if ($server eq 'MySQL') {
		part('packed', "SET SESSION binlog_transaction_compression = ON;\n"
		    . "BEGIN;\n" . churn() . "COMMIT;\n" . churn());
		return;
	}
	run("SET GLOBAL log_bin_compress = ON; SET GLOBAL log_bin_compress_min_len = 10;\n");
	part('packed', churn() . "CREATE TABLE packed_ddl (id INT PRIMARY KEY, a_column_with_a_long_name INT);\n");
	has(qr/^QUERY\t9\thats\tCREATE TABLE packed_ddl/, 'a compressed statement is text again');
	run("SET GLOBAL log_bin_compress = OFF;\n");
	return;
}

sub transactions {
	part('transactions', <<~'SQL', [ 'few', @INT ], [ 'old', @INT ]);
	    INSERT INTO few VALUES (1, 1), (2, 2), (3, 3);
	    BEGIN; UPDATE few SET n = 10 WHERE id = 1; SAVEPOINT a; UPDATE few SET n = 20 WHERE id = 2;
	    ROLLBACK TO a; UPDATE few SET n = 30 WHERE id = 3; COMMIT;
	    BEGIN; DELETE FROM few; ROLLBACK;
	    INSERT INTO old VALUES (1, 1), (2, 2); UPDATE old SET n = n + 1;
	    CREATE TABLE made AS SELECT id, n FROM few;
	    ALTER TABLE few ADD COLUMN a INT FIRST; ALTER TABLE few DROP COLUMN a;
	    SQL
	again_from_each_end();
	has(qr/^QUERY\t(?:9|10)\thats\tCREATE TABLE `made`/, 'CREATE … SELECT is seen');
	part('truncate', "TRUNCATE TABLE old; INSERT INTO old VALUES (7, 7);\n", [ 'old', @INT ]);
	part('xa', <<~'SQL', [ 'few', @INT ]);
	    XA START 'one'; UPDATE few SET n = 100 WHERE id = 1; XA END 'one'; XA COMMIT 'one' ONE PHASE;
	    XA START 'two', 'b', 7; UPDATE few SET n = 200 WHERE id = 1; XA END 'two', 'b', 7; XA PREPARE 'two', 'b', 7;
	    XA COMMIT 'two', 'b', 7;
	    XA START 'three'; UPDATE few SET n = 300 WHERE id = 1; XA END 'three'; XA PREPARE 'three'; XA ROLLBACK 'three';
	    SQL
	again_from_each_end();
	has(qr/^PREPARE\ttwo/, 'a prepared branch is told from a committed one');
	has(qr/^QUERY\t8\t/, 'and its rollback is seen');
	return;
}

sub what_rows_do_not_show {
	part('cascade', "INSERT INTO parent VALUES (1), (2); INSERT INTO child VALUES (1, 1), (2, 2), (3, 1);\n"
	    . "DELETE FROM parent WHERE id = 1;\n", [ 'parent' ]);
	my @lost = differences('child', @INT);
	is(scalar @lost, $server eq 'MySQL' ? 0 : 2,
	    "$server: rows of a cascade are " . ($server eq 'MySQL' ? 'logged' : 'not logged'));
	has(qr/^TABLE\thats\tchild/, 'but the table is');
	part('statement', "SET SESSION binlog_format = 'STATEMENT'; UPDATE few SET n = 5 WHERE id = 2;\n"
	    . "SET SESSION binlog_format = 'MIXED'; UPDATE few SET n = 6 WHERE id = 2;\n", [ 'parent' ]);
	has(qr/^QUERY\t12\thats\tUPDATE few SET n = 5/, 'a statement is told from rows');
	return;
}

sub big_rows {
	my $size = $KEEP ? 20_000 : 3_000_000;
	my $sql = "INSERT INTO every (id, l4) VALUES (9001, REPEAT('x', $size));\n"
	    . "UPDATE every SET ti = 1 WHERE id = 9001;\n";
	$sql = "SET SESSION binlog_transaction_compression = ON;\n$sql"
	    . "INSERT INTO every (id, l4) VALUES (9002, REPEAT('x', $size));\n" if $server eq 'MySQL';
	part('big', $sql);
	run("DELETE FROM every WHERE id > 9000;\n");
	delete @{ $mirror{every} }{ 9001, 9002 };
	return;
}

sub many_rows_in_one {
	my $rows = $KEEP ? 30 : 3000;
	part('many', 'INSERT INTO few VALUES ' . join(', ', map { "($_, $_)" } 1000 .. 1000 + $rows)
	    . ";\nUPDATE few SET n = n + 1 WHERE id >= 1000; DELETE FROM few WHERE id > 1010;\n"
	    . "UPDATE few SET n = 7 WHERE id = 2;\n", [ 'few', @INT ]);
	return;
}

sub mysql_only {
	part('json', "SET SESSION binlog_row_image = MINIMAL, binlog_row_value_options = PARTIAL_JSON;\n"
	    . insert_one($next_id) . "UPDATE every SET js = '{\"a\":1,\"b\":\"" . 'x' x 60 . "\"}' WHERE id = $next_id;\n"
	    . "UPDATE every SET ti = 3, js = JSON_SET(js, '\$.a', 2) WHERE id = $next_id;\n"
	    . "UPDATE every SET ti = 4 WHERE id = $next_id;\n");
	has(qr/\td[0-9a-f]+/, 'a partial update of JSON is told from a whole one');
	part('tagged', "SET gtid_next = 'AUTOMATIC:felt'; INSERT INTO few VALUES (501, 1);\n"
	    . "SET gtid_next = 'AUTOMATIC:a_tag_of_thirty_two_characters_'; INSERT INTO few VALUES (502, 1);\n"
	    . "SET gtid_next = 'AUTOMATIC'; INSERT INTO few VALUES (503, 1);\n", [ 'few', @INT ]);
	my $uuid = $db->sql('SELECT @@server_uuid');
	has(qr/^GTID\t\Q$uuid\E:felt:1$/, 'a tagged GTID is decoded');
	has(qr/^GTID\t\Q$uuid\E:a_tag_of_thirty_two_characters_:1$/, 'with the longest tag');
	(my $all = $db->sql('SELECT @@gtid_executed')) =~ s/\\n|\s//g;
	run("FLUSH BINARY LOGS; INSERT INTO few VALUES (504, 4);\n");
	decode('gtids', 'gtid', $db->socket, $all);
	has(qr/^GTIDS\t\Q$all\E$/, 'PREVIOUS_GTIDS prints as @@gtid_executed does');
	is(join(' ', map { s/^ROW\tI\thats\t//r } grep { /^ROW/ } @log), "few\t|\ti504/504\ti4/4",
	    "$server: a stream asked for by a tagged set begins behind it");
	follow();
	return;
}

sub mariadb_only {
	run("FLUSH BINARY LOGS;\n");
	has(qr/^GTID\t0-11-\d+/, 'a GTID is decoded');
	part('list', "SET SESSION gtid_domain_id = 7; INSERT INTO few VALUES (600, 6);\n", [ 'few', @INT ]);
	has(qr/^GTIDS\t0-11-\d+$/, 'GTID_LIST prints as @@gtid_binlog_pos does');
	my $sql = "SET GLOBAL mysql56_temporal_format = OFF;\n"
	    . "CREATE TABLE ancient (id INT PRIMARY KEY, h TIME, n DATETIME, s TIMESTAMP NULL);\n"
	    . "INSERT INTO ancient VALUES (1, '-12:34:56', '1999-12-31 23:59:59', '2001-02-03 04:05:06'),"
	    . " (2, '838:59:59', '0000-00-00', '0000-00-00'), (3, NULL, '9999-12-31', NULL);\n"
	    . "SET GLOBAL mysql56_temporal_format = ON;\n";
	part('ancient', $sql, [ 'ancient', [ 'h', 'TIME', '%s' ], [ 'n', 'DATETIME', '%s' ], [ 's', 'TIMESTAMP', '%s' ] ]);
	return;
}

# The lines of print that tell what happened.
sub story { return grep { /^(?:ROW|QUERY|COMMIT|PREPARE|END)\t?/ } @_ }

# The last part again from each position where a transaction ends.
sub again_from_each_end {
	my $file = log_file();
	my $out = "$work/again";
	my ($tried, @wrong) = (0);
	my @all = story(@log);
	for my $i (0 .. $#all) {
		my ($pos) = $all[$i] =~ /^END\t(\d+)$/ or next;
		$tried++;
		push @wrong, "no stream from $pos" and next
		    if system($TOOL, 'get', $db->socket, $file, $pos, $out);
		my @rest = story(split /\n/, `'$TOOL' print '$out'`);
		push @wrong, "another stream from $pos"
		    if join("\n", @rest) ne join "\n", @all[ $i + 1 .. $#all ];
	}
	cmp_ok($tried, '>', 3, "$server: transactions end at positions");
	return ok(!@wrong, "$server: from each of them the stream goes on as it did") || diag(join "\n", @wrong);
}

sub heartbeat {
	run("FLUSH BINARY LOGS; UPDATE few SET n = n + 1 WHERE id = 1;\n");
	decode('heartbeat', 'wait', $db->socket, log_file(), 4) or return;
	my $end = (log_end())[1];
	is($log[-1], "HEARTBEAT\t$end", "$server: an idle source says where it is");
	return follow();
}

sub mixed_engines {
	# MySQL with GTIDs refuses such a transaction
	return if $server eq 'MySQL';
	part('mixed', <<~'SQL', [ 'old', @INT ]);
	    BEGIN; INSERT INTO few VALUES (50, 1); INSERT INTO old VALUES (50, 1); ROLLBACK;
	    BEGIN; INSERT INTO few VALUES (51, 1); SAVEPOINT s; INSERT INTO old VALUES (51, 1);
	    UPDATE few SET n = 2 WHERE id = 51; ROLLBACK TO s; INSERT INTO few VALUES (52, 1); COMMIT;
	    SQL
	has(qr/^QUERY\t4\thats\tROLLBACK TO/, 'rows that a savepoint undid are followed by its ROLLBACK TO');
	is(join(' ', differences('few', @INT)), 'few 51 n: "2" is "1"', "$server: and they are not what is there");
	run("DELETE FROM few WHERE id = 51;\n");
	delete $mirror{few}{51};
	return;
}

sub whole_log {
	# all files from the first one on, in one stream
	my @first = split /\n/, $db->sql('SHOW BINARY LOGS');
	return if !decode('whole', 'get', $db->socket, (split /\t/, $first[0])[0], 4);
	lacks(qr/^UNKNOWN/, 'the whole log has no event that is not known');
	return;
}

for my $kind (qw(mariadb mysql97)) {
	$server = $kind eq 'mariadb' ? 'MariaDB' : 'MySQL';
	$db = HatTest->$kind;
	if (!$db) {
		SKIP: { skip "$server cannot be had here", 1 }
		next;
	}
	srand $SEED;
	%mirror = ();
	$next_id = 1;
	$db->sql('CREATE DATABASE hats');
	run(make_tables());
	formats();
	compression();
	transactions();
	what_rows_do_not_show();
	big_rows();
	many_rows_in_one();
	mixed_engines();
	heartbeat();
	$kind eq 'mariadb' ? mariadb_only() : mysql_only();
	whole_log();
	undef $db;
}
done_testing();
