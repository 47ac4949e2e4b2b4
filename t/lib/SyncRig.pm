package SyncRig;

# SyncRig - a small legacy stock system, a sales database and syncd between
# them.
#
#   my $rig = SyncRig->new(HatTest->mariadb, 'sqlite');
#   $rig->stock(q{UPDATE level SET qty = 3 WHERE art = 'A-1'});
#   my ($status, $out) = $rig->syncd('-1');
#   is($rig->mirror, $rig->expected, 'equal');
#
# The legacy schema has the habits that hurt: reserved words and a back quote
# as names, a key in latin1, levels under another collation than the items.

use strict;
use warnings;
use Compress::Zlib qw(compress crc32);
use File::Temp qw(tempdir);
use HatTest;
use Time::HiRes qw(sleep);

my $count = 0;

my $SCHEMA = <<'END';
CREATE TABLE `order` (
	`key` varchar(20) CHARACTER SET latin1 COLLATE latin1_general_ci NOT NULL
	    PRIMARY KEY,
	`na``me` varchar(200), `text` mediumtext, price decimal(12,4),
	`group` int, shown char(1) NOT NULL DEFAULT 'y'
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4;
CREATE TABLE `groups` (id int PRIMARY KEY, label varchar(60))
	ENGINE=InnoDB DEFAULT CHARSET=utf8mb4;
CREATE TABLE level (
	id int AUTO_INCREMENT PRIMARY KEY,
	art varchar(20) CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci,
	qty decimal(10,2), UNIQUE (art)
) ENGINE=InnoDB;
CREATE TABLE pics (
	art varchar(20) CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci
	    PRIMARY KEY,
	data longblob, path varchar(300)
) ENGINE=InnoDB;
INSERT INTO `groups` VALUES (1, 'Bowlers'), (2, 'Fezzes & Toppers'), (3, 'Crèmes');
INSERT INTO `order` VALUES
	('A-1', 'The Bowler', 'It has a rim.', 19.9900, 1, 'y'),
	('A-2', 'The Fez', NULL, 7, 2, 'Y'),
	('b-3', 'Crème 帽子 🎩', 'Two\nlines', 12.5, 3, 'y'),
	('O''Brien', '  Cap "100%" <b>  ', 'x', 0.01, NULL, 'y'),
	('ÄÖ-5', 'Umlaut', '', 99999.99, 1, 'y'),
	('H-6', 'Hidden', 'not to be seen', 5, 1, 'n');
INSERT INTO level (art, qty) VALUES ('A-1', 5), ('a-2', 0), ('B-3', 12.00),
	('O''Brien', 1), ('ÄÖ-5', 1000), ('H-6', 3);
END

my %MAPPING = (
	'stock.database' => 'alt_lager',
	'stock.item.table' => 'order',
	'stock.item.key' => 'key',
	'stock.item.name' => 'na`me',
	'stock.item.text' => 'text',
	'stock.item.price' => 'price',
	'stock.item.category' => 'group',
	'stock.item.visible' => 'shown',
	'stock.item.visible_values' => 'y, Y',
	'stock.category.table' => 'groups',
	'stock.category.key' => 'id',
	'stock.category.name' => 'label',
	'stock.level.table' => 'level',
	'stock.level.key' => 'art',
	'stock.level.qty' => 'qty',
);

# new STOCK, ENGINE [, KEY => VALUE...]: STOCK is a HatTest server; with the
# engine "mariadb" the sales database is on it too, or on what sales_on says.
sub new {
	my ($class, $server, $engine, %conf) = @_;
	my $on = delete $conf{sales_on} // $server;
	my $dir = tempdir('hs.XXXXXX', TMPDIR => 1, CLEANUP => 1);
	my $n = ++$count;
	my $self = bless {
		server => $server, on => $on, engine => $engine, dir => $dir, pid => $$,
		sales => "sales_$n", running => {},
	}, $class;
	HatTest::ends($self);
	my @db = ('db.engine' => 'sqlite', 'db.file' => "$dir/run/sales.db");
	if ($engine eq 'mariadb') {
		$on->sql("DROP DATABASE IF EXISTS sales_$n;"
		    . " CREATE DATABASE sales_$n CHARACTER SET utf8mb4");
		@db = ('db.engine' => 'mariadb', 'db.name' => "sales_$n",
		    'db.socket' => $on->socket, 'db.user' => 'root');
	}
	mkdir "$dir/$_" for qw(run pictures base);
	$self->{conf} = { @db, %MAPPING,
		'shop.url' => 'https://hats.example',
		'shop.run' => "$dir/run",
		'secrets.file' => "$dir/secrets.conf",
		'stock.host' => '127.0.0.1',
		'stock.port' => $server->port,
		'stock.ca' => $server->ca,
		'stock.user' => 'shop',
		'stock.mode' => 'poll',
		'stock.poll_ms' => 200,
		'stock.stale_after' => 3,
		'stock.picture_seconds' => 1,
		'pictures.folder' => "$dir/pictures",
		%conf,
	};
	$self->reset_stock;
	$self->secret('pw');
	my ($status, $out) = $self->run('ctl/shopctl', '-f', $self->conf,
	    'migrate', '-s', "$TOP/schema/sales");
	die "migrate failed: $out\n" if $status;
	return $self;
}

sub dir { return $_[0]{dir} }

# The legacy schema as at first, with the grants that are needed.
sub reset_stock {
	my ($self) = @_;
	$self->{server}->sql('DROP DATABASE IF EXISTS alt_lager;'
	    . ' DROP DATABASE IF EXISTS hatshop; DROP USER IF EXISTS shop;'
	    . ' CREATE DATABASE alt_lager CHARACTER SET utf8mb4;'
	    . q{ CREATE USER shop IDENTIFIED BY 'pw' REQUIRE SSL;});
	$self->stock($SCHEMA);
	$self->stock('GRANT SELECT ON alt_lager.* TO shop;'
	    . ' GRANT UPDATE (qty) ON alt_lager.level TO shop;'
	    . ' GRANT SELECT, INSERT, UPDATE, DELETE ON hatshop.* TO shop;');
	return;
}

# Let syncd follow the log: the grant for it, and our own schema for the probe.
sub allow_log {
	my ($self) = @_;
	$self->stock('GRANT REPLICATION SLAVE ON *.* TO shop');
	my (undef, $out) = $self->syncd('-n');
	my ($ddl) = $out =~ /^-- our own schema[^\n]*\n(.*?)^--/ms or die "no DDL: $out\n";
	$self->stock($ddl);
	return;
}

sub secret {
	my ($self, $password) = @_;
	my $path = "$self->{dir}/secrets.conf";
	unlink $path;
	my $mask = umask 077;
	open my $out, '>', $path or die "$path: $!\n";
	print $out "stock.password = $password\n";
	close $out or die "$path: $!\n";
	umask $mask;
	return;
}

# conf [KEY => VALUE...]: the path of a configuration; a key with undef is
# left out. Without arguments the rig's own, which a running syncd uses.
sub conf {
	my ($self, %other) = @_;
	my %conf = (%{ $self->{conf} }, %other);
	my $path = "$self->{dir}/" . (%other ? 'other.conf' : 'shop.conf');
	# others may read it at this moment
	open my $out, '>', "$path.$$" or die "$path: $!\n";
	print $out map { "$_ = $conf{$_}\n" }
	    grep { defined $conf{$_} } sort keys %conf;
	close $out or die "$path: $!\n";
	rename "$path.$$", $path or die "$path: $!\n";
	return $path;
}

# set KEY => VALUE...: from now on.
sub set {
	my ($self, %other) = @_;
	$self->{conf}{$_} = $other{$_} for keys %other;
	return $self->conf;
}

sub stock {
	my ($self, $sql) = @_;
	return $self->{server}->sql("SET NAMES utf8mb4; USE alt_lager; $sql");
}

sub sales {
	my ($self, $sql, $patience) = @_;
	$patience //= 30000;
	if ($self->{engine} eq 'mariadb') {
		return $self->{on}->sql("USE $self->{sales};"
		    . " SET sql_mode = CONCAT(\@\@sql_mode, ',PIPES_AS_CONCAT'); $sql");
	}
	open my $p, '-|', 'sqlite3', '-cmd', ".timeout $patience", '-separator',
	    "\t", $self->{conf}{'db.file'}, $sql or die "sqlite3: $!\n";
	local $/;
	my $out = <$p> // '';
	close $p or die "statement failed: $sql\n";
	$out =~ s/\n\z//;
	return $out;
}

# pause PID: SIGSTOP between two of its units. With SQLite one that is stopped
# inside a unit locks everybody out until it wakes; MariaDB throws it out.
sub pause {
	my ($self, $pid) = @_;
	for (1 .. 20) {
		kill 'STOP', $pid;
		return if $self->{engine} ne 'sqlite'
		    || eval { $self->sales('BEGIN IMMEDIATE; ROLLBACK', 500); 1 };
		kill 'CONT', $pid;
		sleep 0.1 + rand 0.3;
	}
	die "process $pid was never seen outside a unit\n";
}

# run PROGRAM, ARGUMENT...: exit status and all that it printed.
sub run {
	my ($self, $program, @args) = @_;
	my $log = "$self->{dir}/out";
	my $pid = CORE::fork() // die "fork: $!\n";
	if (!$pid) {
		open STDOUT, '>', $log or die "$log: $!\n";
		open STDERR, '>&', \*STDOUT or die "dup: $!\n";
		exec "$BUILD/$program", @args or die "$program: $!\n";
	}
	waitpid $pid, 0;
	my $status = $? & 127 ? 128 + ($? & 127) : $? >> 8;
	open my $in, '<', $log or die "$log: $!\n";
	local $/;
	return ($status, scalar <$in> // '');
}

# syncd OPTION...: with the rig's configuration unless -f is among them.
sub syncd {
	my ($self, @args) = @_;
	unshift @args, '-f', $self->conf if !grep { $_ eq '-f' } @args;
	return $self->run('syncd/syncd', @args);
}

# fork: as perl's; the child ends with the rig at the latest.
sub fork {
	my ($self) = @_;
	my $pid = CORE::fork() // die "fork: $!\n";
	$self->{running}{$pid} = 1 if $pid;
	return $pid;
}

# start [NAME]: a syncd that stays; its log is "$dir/NAME.log".
sub start {
	my ($self, $name) = @_;
	$name //= 'syncd';
	my @command = ("$BUILD/syncd/syncd", '-d', '-f', $self->conf);
	my $pid = CORE::fork() // die "fork: $!\n";
	if (!$pid) {
		open STDOUT, '>>', "$self->{dir}/$name.log" or die "log: $!\n";
		open STDERR, '>&', \*STDOUT or die "dup: $!\n";
		exec @command or die "syncd: $!\n";
	}
	$self->{running}{$pid} = 1;
	return $pid;
}

# stop PID [SIGNAL]: its wait status.
sub stop {
	my ($self, $pid, $signal) = @_;
	kill $signal // 'TERM', $pid;
	waitpid $pid, 0;
	delete $self->{running}{$pid};
	return $?;
}

sub log {
	my ($self, $name) = @_;
	open my $in, '<', "$self->{dir}/" . ($name // 'syncd') . '.log' or return '';
	local $/;
	return scalar <$in> // '';
}

# What the mirror shows: key, name, text and category in hex, price, level.
sub mirror {
	my ($self) = @_;
	return $self->sales(q{SELECT HEX(i.source_key), HEX(i.name), HEX(i.text),
	    HEX(COALESCE(c.name, '')), i.price, i.level FROM item i
	    LEFT JOIN category c ON c.id = i.category_id WHERE i.gone = 0
	    ORDER BY HEX(i.source_key)});
}

# The same, reckoned by the stock system itself.
sub expected {
	my ($self) = @_;
	return $self->stock(q{SELECT HEX(CONVERT(i.`key` USING utf8mb4)),
	    HEX(TRIM(i.`na``me`)), HEX(TRIM(IFNULL(i.`text`, ''))),
	    HEX(IFNULL(g.label, '')), CAST(ROUND(i.price * 100) AS SIGNED),
	    CASE WHEN l.qty IS NULL OR l.qty < 0 OR l.qty <> FLOOR(l.qty) THEN 0
	    ELSE CAST(l.qty AS SIGNED) END
	    FROM `order` i LEFT JOIN `groups` g ON g.id = i.`group`
	    LEFT JOIN level l ON l.art =
		CONVERT(i.`key` USING utf8mb4) COLLATE utf8mb4_unicode_ci
	    WHERE i.shown IN ('y', 'Y') AND i.price > 0
	    AND i.price * 100 = FLOOR(i.price * 100) AND TRIM(i.`na``me`) <> ''
	    ORDER BY 1});
}

# One field of one item of the mirror.
sub field {
	my ($self, $key, $field) = @_;
	return $self->sales("SELECT $field FROM item WHERE source_key = '$key'");
}

# order ID, ITEM, QTY, payment => STATE, goods => STATE, hold => STATE: what the
# shop has written down of an order of one hat when it has come so far.
sub order {
	my ($self, $id, $item, $qty, %is) = @_;
	my ($uid, $o) = (sprintf('%032x', $id), sprintf('o%031x', $id));
	my $state = $is{payment} == 6 ? 3 : 2;
	my $live = $is{payment} == 4 ? $id : 'NULL';
	$self->sales("INSERT INTO customer (id, uid, made_at, seen_at) VALUES ($id, 'c$id', 1, 1);"
	    . " INSERT INTO orders (id, uid, checkout, customer_id, live, state, made_at, hold_until, next_at,"
	    . " currency, goods, delivery, tax, total, delivery_option, terms, email, country, name, line1, town)"
	    . " VALUES ($id, '$o', 'k$id', $id, $live, $state, 1, 1, 9999999999, 'GBP', 700, 0, 0, 700,"
	    . " 'post', 't', 'a\@b.example', 'GB', 'A', 'B', 'C');"
	    . " INSERT INTO order_line (order_id, n, item_id, qty, price, tax_rate, tax, source_key, item_name)"
	    . " SELECT $id, 1, id, $qty, 700, 0, 0, source_key, name FROM item WHERE source_key = '$item';"
	    . " INSERT INTO payment (uid, order_id, live, gateway, state, goods, amount, made_at, changed_at, currency)"
	    . " VALUES ('$uid', $id, $live, 'stripe', $is{payment}, $is{goods}, 700, 1, " . time . ", 'GBP');"
	    . " INSERT INTO hold (order_uid, item_id, attempt, qty, state, made_at)"
	    . " SELECT '$o', id, '$uid', $qty, $is{hold}, 1 FROM item WHERE source_key = '$item';"
	    . ($is{hold} == 1 ? " UPDATE item SET held = held + $qty WHERE source_key = '$item';" : ''));
	return;
}

# png RED, GREEN, BLUE: a picture of 4 by 3 pixels.
sub png {
	my ($class, @rgb) = @_;
	my $chunk = sub {
		my ($type, $data) = @_;
		return pack('N', length $data) . $type . $data
		    . pack('N', crc32($type . $data));
	};
	my $row = "\0" . pack('C3', @rgb) x 4;
	return "\x89PNG\r\n\x1a\n"
	    . $chunk->('IHDR', pack('NNC5', 4, 3, 8, 2, 0, 0, 0))
	    . $chunk->('IDAT', compress($row x 3)) . $chunk->('IEND', '');
}

sub DESTROY {
	my ($self) = @_;
	return if $self->{pid} != $$;
	local ($?, $@);
	for my $pid (keys %{ $self->{running} }) {
		kill 'CONT', $pid;
		kill 'KILL', $pid;
		waitpid $pid, 0;
	}
	$self->{running} = {};
	return;
}

1;
