package LoginRig;

# LoginRig - a shop without hats whose Google and Facebook are the sandbox's,
# or another provider's, for the tests of logging in elsewhere.
#
#   my $rig = LoginRig->new;                     # Apache, sandbox, sales database
#   my $rig = LoginRig->new(issuer => $address); # login.google.issuer
#   my $rig = LoginRig->new(db => HatTest->mariadb, hats => 20);
#   $rig->url; $rig->box;                        # .../sandbox
#   $rig->sql('SELECT count(*) FROM session');
#   my $op = LoginRig::oidc('google', $redirect) # undef: cannot be had here
#   $op->{url};

use strict;
use warnings;
use File::Path qw(make_path);
use File::Temp qw(tempdir);
use HatTest;

sub _write {
	my ($path, @lines) = @_;
	open my $f, '>', $path or die "$path: $!\n";
	print $f map { "$_\n" } @lines;
	close $f or die "$path: $!\n";
	return;
}

sub new {
	my ($class, %more) = @_;
	my $dir = tempdir('hs.XXXXXX', TMPDIR => 1, CLEANUP => 1);
	chmod 0755, $dir;
	my $self = HatTest::ends(bless { dir => $dir, pid => $$, db => delete $more{db} }, $class);
	make_path("$dir/run", "$dir/box", "$dir/db");
	chomp(my $url = `$TOP/t/lib/apache.sh $dir/web url`);
	$self->{url} = $url;
	$self->configure(%more);
	_write("$dir/box/shops", $url);
	$self->{db}->sql('CREATE DATABASE shop') if $self->{db};
	local $ENV{HATSHOP_CONF} = "$dir/shop.conf";
	system("$BUILD/ctl/shopctl migrate -s $TOP/schema/sales >$dir/migrate.log 2>&1") == 0
	    or die "could not migrate: $dir/migrate.log\n";
	system("$BUILD/t/seed $more{hats} >/dev/null") == 0 or die "could not seed\n"
	    if $more{hats};
	$self->_apache('start') or die "no Apache\n";
	return $self;
}

# configure: write shop.conf and its secrets, with lines added.
sub configure {
	my ($self, %more) = @_;
	my ($dir, $url) = @$self{qw(dir url)};
	my $box = "$url/sandbox";
	my $issuer = $more{issuer} // "$box/google";
	my $facebook = $more{facebook} // "$box/facebook";
	my @db = $self->{db} ? ('db.engine = mariadb', 'db.name = shop', 'db.user = root',
	    'db.socket = ' . $self->{db}->socket) : ("db.file = $dir/db/shop.db");
	_write("$dir/shop.conf", "shop.url = $url", 'shop.test = yes',
	    "shop.pages = $TOP/etc/pages", "shop.run = $dir/run",
	    @db, "secrets.file = $dir/secrets.conf",
	    'stock.user = nobody', 'stock.database = nothing',
	    'login.google.client_id = hats.sandbox', "login.google.issuer = $issuer",
	    'login.facebook.app_id = 1234567890', "login.facebook.dialog = $facebook",
	    "login.facebook.graph = $facebook", @{ $more{lines} // [] });
	_write("$dir/secrets.conf", 'login.google.client_secret = google-secret',
	    'login.facebook.app_secret = facebook-secret');
	chmod 0640, "$dir/secrets.conf";
	return;
}

sub _apache {
	my ($self, $command) = @_;
	my $dir = $self->{dir};
	local %ENV = (%ENV, HATSHOP_CONF => "$dir/shop.conf",
	    HATSHOP_SANDBOX => "$BUILD/sandbox", HATSHOP_SANDBOX_DATA => "$dir/box");
	return system("$TOP/t/lib/apache.sh", "$dir/web", $command) == 0;
}

sub url { return $_[0]{url} }
sub dir { return $_[0]{dir} }
sub box { return "$_[0]{url}/sandbox" }

sub sql {
	my ($self, $statement) = @_;
	return $self->{db}->sql("USE shop; $statement") if $self->{db};
	open my $p, '-|', 'sqlite3', '-cmd', '.timeout 30000', "$self->{dir}/db/shop.db",
	    $statement or die "sqlite3: $!\n";
	local $/;
	my $out = <$p> // '';
	close $p or die "statement failed: $statement\n";
	$out =~ s{\n\z}{};
	return $out;
}

sub slurp {
	my ($self, $name) = @_;
	open my $f, '<', "$self->{dir}/$name" or return '';
	local $/;
	return <$f> // '';
}

sub DESTROY {
	my ($self) = @_;
	return if $self->{pid} != $$;
	local ($?, $@);
	$self->_apache('stop') if -d "$self->{dir}/web";
	return;
}

# serve: a server of t/lib in Node that says "up"; undef when there is none.
sub serve {
	my ($script, @arguments) = @_;
	return if system("$TOP/t/lib/node.sh >/dev/null 2>&1") != 0;
	chomp(my $port = `bash -c '. $TOP/t/lib/common.sh; free_port'`);
	my $pid = open my $out, '-|', "$TOP/t/lib/node.sh", "$TOP/t/lib/$script",
	    map { $_ eq 'PORT' ? $port : $_ } @arguments or return;
	while (defined(my $line = <$out>)) {
		return bless { pid => $pid, owner => $$, out => $out, port => $port,
			url => "http://127.0.0.1:$port" }, 'LoginRig::Server'
		    if $line =~ /^up/;
	}
	return;
}

sub oidc {
	my ($kind, @redirects) = @_;
	return serve('oidc.mjs', $kind, 'PORT', @redirects);
}

package LoginRig::Server;

sub stop {
	my ($self) = @_;
	return if !$self->{pid} || $self->{owner} != $$;
	kill TERM => $self->{pid};
	close $self->{out};
	$self->{pid} = 0;
	return;
}

sub DESTROY { local ($?, $@); $_[0]->stop; return }

1;
