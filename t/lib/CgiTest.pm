package CgiTest;

# CgiTest - the CGI programs by environment alone, without a server.
#
#   my $shop = CgiTest->new;                    # a sales database with hats
#   my $page = $shop->get('/hat/a-fez-because');
#   is($page->{status}, 200, 'R03: the hat has a page');
#   like($page->{body}, qr{£19\.99}, 'R03: with its price');
#   $page = $shop->post('/basket/add', { item => 2, qty => 1 });
#   my $cookie = $page->{cookie};               # as the browser sends it back
#   $shop->sql('UPDATE item SET level = 0 WHERE id = 2');
#
#   my $ann = $shop->browser;                   # keeps its cookies
#   $page = $ann->post('/login', { login => 'ann', password => 'x' });
#   $page = $ann->follow($page);                # a redirect
#
# With db.engine mariadb there are no hats, and {mariadb} is to be set to the
# server for sql (columns by tab then).
#
# $page: status, head (a hash, lower case), body (characters), bytes, cookies (a
# hash, by name as set). A POST carries the proof that our forms have, reckoned
# from the cookie, unless it brings a field "proof" (undef: none).

use strict;
use warnings;
use Digest::SHA qw(sha256_hex);
use Encode qw(decode encode);
use File::Temp qw(tempdir);
use HatTest;
use IPC::Open2;

our $URL = 'http://hats.example';

# Plain hats 10 to 39 fill pages; the others each have a point.
my $FIXTURE = <<'END';
INSERT INTO category (id, slug, name, items) VALUES
    (1, 'classics', 'Classics', 3), (2, 'animals', 'Animals', 1),
    (3, 'party', 'Party & Co.', 30);
INSERT INTO item (id, source_key, slug, category_id, price, level, held, gone,
    added_at, changed_at, picture_width, picture_height, picture, name, text)
VALUES
    (1, 'CLS-101', 'the-undeniable-bowler', 1, 3995, 120, 0, 0, 100, 1790000000,
	1600, 1600, 'ab0123', 'The Undeniable Bowler', 'So plainly a bowler.'),
    (2, 'CLS-105', 'a-fez-because', 1, 1999, 3, 1, 0, 100, 100, 0, 0, '',
	'A Fez, Because', 'It is red.'),
    (3, 'CLS-103', 'the-topper', 1, 8999, 0, 0, 0, 100, 100, 0, 0, '',
	'The Topper', 'You will have to kneel.'),
    (4, 'ANI-402', 'the-duck', 2, 50, 300, 0, 0, 100, 100, 0, 0, '',
	'The Duck <b>"Afloat"</b> & O''Brien', 'Quack <script>alert(1)</script>'),
    (5, 'ANI-499', 'the-dodo', 2, 7777, 9, 0, 1, 100, 100, 0, 0, '',
	'The Dodo', 'It was here.');
WITH RECURSIVE n(i) AS (SELECT 10 UNION ALL SELECT i + 1 FROM n WHERE i < 39)
INSERT INTO item (id, source_key, slug, category_id, price, level, added_at,
    changed_at, name, text)
SELECT i, 'PTY-' || i, 'party-cone-' || i, 3, i * 100, i % 2 * 7, i, i,
    'Party Cone ' || i, 'Card and elastic.' FROM n;
INSERT INTO term (term, item_id, weight) VALUES ('fez', 2, 4), ('duck', 4, 4),
    ('bowler', 1, 4);
INSERT INTO word (word, chars) VALUES ('fez', 3), ('duck', 4), ('bowler', 6);
END

sub new {
	my ($class, %settings) = @_;
	my $dir = tempdir('cgi.XXXXXX', TMPDIR => 1, CLEANUP => 1);
	my $self = bless { dir => $dir, conf => "$dir/shop.conf" }, $class;
	my %conf = (
		'shop.url' => $URL,
		'shop.pages' => "$TOP/etc/pages",
		'shop.tariff' => "$TOP/etc/tariff.conf",
		'db.file' => "$dir/shop.db",
		'stock.user' => 'nobody',
		'stock.database' => 'nothing',
		%settings,
	);
	open my $f, '>', $self->{conf} or die "shop.conf: $!\n";
	print $f map { "$_ = $conf{$_}\n" } sort keys %conf;
	close $f or die "shop.conf: $!\n";
	system("$BUILD/ctl/shopctl", '-f', $self->{conf}, 'migrate', '-s',
	    "$TOP/schema/sales") == 0
	    or die "could not migrate\n";
	return $self if ($conf{'db.engine'} // '') eq 'mariadb'; # no hats there
	$self->sql($FIXTURE);
	$self->confirm(time);
	return $self;
}

# When the mirror was last seen equal to the stock system.
sub confirm {
	my ($self, $when) = @_;
	return $self->sql("UPDATE mirror SET confirmed_at = $when, partial = 0");
}

# sql: run statements, return the rows, columns by '|'.
sub sql {
	my ($self, $sql) = @_;
	return $self->{mariadb}->sql("USE shop; $sql") if $self->{mariadb};
	my $pid = open2(my $out, my $in, 'sqlite3', '-bail', "$self->{dir}/shop.db");
	print $in ".timeout 30000\n$sql;\n";
	close $in;
	local $/;
	my $rows = <$out> // '';
	waitpid $pid, 0;
	die "sqlite3 failed: $sql\n" if $?;
	$rows =~ s{\n\z}{};
	return $rows;
}

sub program {
	my ($path) = @_;
	return $1 if $path =~ m{^/(basket|search|account|login|checkout|orders)\b};
	return 'orders' if $path =~ m{^/(?:order/|desk\b)};
	return $path =~ m{^/(?:logout|register)\b} ? 'login' : 'hats';
}

sub request {
	my ($self, $method, $target, %o) = @_;
	my ($path, $query) = split /\?/, $target, 2;
	my $body = $o{body} // '';
	my %env = (
		HATSHOP_CONF => $self->{conf},
		GATEWAY_INTERFACE => 'CGI/1.1',
		SERVER_PROTOCOL => 'HTTP/1.1',
		REQUEST_METHOD => $method,
		REQUEST_URI => $target,
		SCRIPT_NAME => '',
		PATH_INFO => $path,
		QUERY_STRING => $query // '',
		REMOTE_ADDR => '192.0.2.1',
		(map { $_ => $ENV{$_} } grep { exists $ENV{$_} }
		    qw(ASAN_OPTIONS UBSAN_OPTIONS PATH)),
		%{ $o{env} // {} },
	);
	$env{HTTP_COOKIE} = $o{cookie} if $o{cookie};
	$env{HTTP_USER_AGENT} = $o{agent} if $o{agent};
	if ($method eq 'POST') {
		$env{CONTENT_LENGTH} = length $body;
		$env{CONTENT_TYPE} //= 'application/x-www-form-urlencoded';
		$env{HTTP_ORIGIN} = $o{origin} // $URL;
	}
	my ($out, $in);
	my $pid = do {
		local %ENV = %env;
		open2($out, $in, "$BUILD/cgi-bin/" . program($path));
	};
	local $SIG{PIPE} = 'IGNORE';
	print $in $body;
	close $in;
	local $/;
	my $bytes = <$out> // '';
	waitpid $pid, 0;
	# A sanitizer's complaint is an exit status too.
	die "$method $target: the program ended with status $?\n" if $?;
	return page($bytes);
}

sub page {
	my ($bytes) = @_;
	my ($head, $body) = split /\r\n\r\n/, $bytes, 2;
	my (%head, %cookies);
	for (split /\r\n/, $head // '') {
		my ($name, $value) = /^([^:]+): ?(.*)$/ or next;
		$head{ lc $name } = $value;
		$cookies{$1} = $2 if lc $name eq 'set-cookie' && $value =~ /^([^=]+)=([^;]*)/;
	}
	my ($status) = ($head{status} // '') =~ /^(\d+)/;
	my ($cookie) = ($head{'set-cookie'} // '') =~ /^([^;]*)/;
	return {
		status => $status // 0,
		head => \%head,
		body => decode('UTF-8', $body // ''),
		bytes => $bytes,
		cookie => $cookie,
		cookies => \%cookies,
	};
}

sub get {
	my ($self, $target, %o) = @_;
	return $self->request('GET', $target, %o);
}

sub encoded {
	my ($s) = @_;
	$s = encode('UTF-8', $s);
	$s =~ s/([^A-Za-z0-9._~-])/sprintf '%%%02X', ord $1/ge;
	return $s;
}

# What the forms of the browser with this token carry (cgi-bin/who.h).
sub proof {
	my ($token) = @_;
	return sha256_hex("form $token");
}

sub post {
	my ($self, $target, $fields, %o) = @_;
	my %sent = %$fields;
	$sent{proof} = proof($1)
	    if !exists $sent{proof} && ($o{cookie} // '') =~ /\bbasket=([\w-]{43})/;
	my $body = join '&', map { encoded($_) . '=' . encoded($sent{$_}) }
	    grep { defined $sent{$_} } sort keys %sent;
	return $self->request('POST', $target, body => $body, %o);
}

sub browser {
	my ($self, %o) = @_;
	return bless { shop => $self, jar => {}, o => \%o }, 'CgiTest::Browser';
}

package CgiTest::Browser;

sub cookie {
	my ($self) = @_;
	return join '; ', map { "$_=$self->{jar}{$_}" } sort keys %{ $self->{jar} };
}

sub kept {
	my ($self, $page) = @_;
	for my $name (keys %{ $page->{cookies} }) {
		$self->{jar}{$name} = $page->{cookies}{$name};
		delete $self->{jar}{$name} if $page->{cookies}{$name} eq '';
	}
	return $page;
}

sub get {
	my ($self, $target, %o) = @_;
	return $self->kept($self->{shop}->get($target, cookie => $self->cookie, %{ $self->{o} }, %o));
}

sub post {
	my ($self, $target, $fields, %o) = @_;
	return $self->kept($self->{shop}->post($target, $fields // {},
		cookie => $self->cookie, %{ $self->{o} }, %o));
}

sub follow {
	my ($self, $page) = @_;
	$page = $self->get($page->{head}{location})
	    while $page->{status} == 303;
	return $page;
}

1;
