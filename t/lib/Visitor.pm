package Visitor;

# Visitor - a browser without a screen: cookies, forms, redirects one by one.
#
#   my $v = Visitor->new;
#   my $r = $v->get("$url/login");               # {status, headers, content}
#   $r = $v->post("$url/login", { login => 'x' });
#   $r = $v->follow($r);                         # where its Location leads
#   $r = $v->submit($r, { person => 'vera' });   # its first form, or
#   $r = $v->submit($r, { ... }, 'action/end');  # the one whose action ends so
#
# Plain HTTP only. A POST says where it comes from, as browsers do.

use strict;
use warnings;
use HTTP::Tiny;

sub new {
	my ($class, %more) = @_;
	return bless {
		jar => {},
		http => HTTP::Tiny->new(max_redirect => 0, timeout => 60,
		    agent => $more{agent} // 'Visitor/1.0'),
	}, $class;
}

sub _host { return $_[0] =~ m{^http://([^/?#]+)} ? $1 : '' }

sub _ask {
	my ($self, $method, $url, $form, $headers) = @_;
	my $host = _host($url);
	my $jar = $self->{jar}{$host} //= {};
	my %options = (headers => { %{ $headers // {} } });
	$options{headers}{Cookie} = join '; ', map { "$_=$jar->{$_}" } sort keys %$jar
	    if %$jar;
	if ($form) {
		$options{content} = $self->{http}->www_form_urlencode($form);
		$options{headers}{'Content-Type'} //= 'application/x-www-form-urlencoded';
		$options{headers}{Origin} //= "http://$host";
	}
	$url =~ s{#.*}{}s;
	my $r = $self->{http}->request($method, $url, \%options);
	my $set = $r->{headers}{'set-cookie'};
	for my $line (ref $set ? @$set : $set // ()) {
		my ($name, $value) = $line =~ /^([^=]+)=([^;]*)/ or next;
		if ($line =~ /max-age=0\b|expires=thu, 01 jan 1970/i) {
			delete $jar->{$name};
		} else {
			$jar->{$name} = $value;
		}
	}
	$r->{url} = $url;
	return $r;
}

sub get { my ($self, $url, $headers) = @_; return $self->_ask('GET', $url, undef, $headers) }
sub post { my ($self, $url, $form, $headers) = @_; return $self->_ask('POST', $url, $form, $headers) }

sub absolute {
	my ($r, $to) = @_;
	return $to if $to =~ m{^http://};
	return 'http://' . _host($r->{url}) . $to if $to =~ m{^/};
	(my $base = $r->{url}) =~ s{[^/]*\z}{};
	return $base . $to;
}

sub follow {
	my ($self, $r) = @_;
	my $to = $r->{headers}{location} // return $r;
	return $self->get(absolute($r, $to));
}

# follow_all: until there is no more to follow, or $stop matches the address.
sub follow_all {
	my ($self, $r, $stop) = @_;
	for (1 .. 10) {
		my $to = $r->{headers}{location} // last;
		last if $stop && absolute($r, $to) =~ $stop;
		$r = $self->follow($r);
	}
	return $r;
}

my %entity = (amp => '&', lt => '<', gt => '>', quot => '"', '#39' => "'", '#x27' => "'");
sub _plain { my ($s) = @_; $s =~ s{&(amp|lt|gt|quot|#39|#x27);}{$entity{$1}}g; return $s }

# submit: hidden fields as they are, then what is given.
sub submit {
	my ($self, $r, $fields, $end) = @_;
	for my $form ($r->{content} =~ m{(<form\b.*?</form>)}gs) {
		my ($action) = $form =~ /<form\b[^>]*\baction="([^"]*)"/;
		$action = _plain($action // $r->{url});
		next if defined $end && $action !~ /\Q$end\E\z/;
		my %all;
		for my $input ($form =~ /(<input\b[^>]*>)/g) {
			next if $input !~ /type="hidden"/;
			my ($name) = $input =~ /\bname="([^"]*)"/ or next;
			my ($value) = $input =~ /\bvalue="([^"]*)"/;
			$all{_plain($name)} = _plain($value // '');
		}
		return $self->post(absolute($r, $action), { %all, %{ $fields // {} } });
	}
	die 'no form', (defined $end ? " for $end" : ''), " on $r->{url}: $r->{status}\n";
}

# argument: of an address's query, decoded.
sub argument {
	my ($url, $name) = @_;
	my ($value) = $url =~ /[?&]\Q$name\E=([^&#]*)/ or return;
	$value =~ tr/+/ /;
	$value =~ s{%([0-9A-Fa-f]{2})}{chr hex $1}ge;
	return $value;
}

1;
