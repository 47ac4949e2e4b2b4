#!/usr/bin/perl
# cgi-mariadb.t - the ways in on MariaDB, where pages do run at the same time: of
# many uses of one link one wins, of many logins at once each merges the basket
# once (R10, R34).
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use CgiTest;
use HatTest;
use MIME::QuotedPrint qw(decode_qp);
use POSIX ();
use Test::More;

my $server = HatTest->mariadb;
$server->sql('CREATE DATABASE shop CHARACTER SET utf8mb4');
my $shop = CgiTest->new('db.engine' => 'mariadb', 'db.name' => 'shop', 'db.user' => 'root',
    'db.socket' => $server->socket, 'password.memory' => 64, 'password.time' => 1);
$shop->{mariadb} = $server;
$shop->sql(q{INSERT INTO item (id, source_key, slug, price, level, added_at, changed_at, name, text)
    VALUES (1, 'A', 'a-hat', 100, 9, 1, 1, 'A Hat', 'x'), (2, 'B', 'b-hat', 100, 9, 1, 1, 'B Hat', 'x')});
$shop->confirm(time);
my %ann = (user_name => 'ann', name => 'Ann', email => 'ann@hats.example', password => 'felt and feathers');

sub link_to {
	my ($what) = @_;
	my $text = decode_qp(pack 'H*', $shop->sql('SELECT HEX(bytes) FROM letter ORDER BY id DESC LIMIT 1'));
	my ($link) = $text =~ m{\Q$CgiTest::URL\E(/login/$what/[\w-]{43})};
	return $link;
}

# How often each answer was given to so many of the same request at once.
sub at_once {
	my ($n, $request) = @_;
	my %answers;
	my @pipes = map {
		my $pid = open(my $pipe, '-|') // die "fork: $!\n";
		if (!$pid) {
			print $request->()->{status};
			STDOUT->flush;
			POSIX::_exit(0);
		}
		$pipe;
	} 1 .. $n;
	for my $pipe (@pipes) { $answers{ <$pipe> // 'died' }++; close $pipe }
	return \%answers;
}

sub a_basket_comes_along_once_however_many_tabs_log_in {
	my $b = $shop->browser;
	$b->get('/register');
	$b->post('/basket/add', { item => 1, qty => 2 });
	is($b->post('/register', \%ann)->{status}, 303, 'R09: registering');
	is($shop->sql('SELECT qty FROM basket_line'), 2, 'R09: with the basket');
	$b->post('/logout');
	$b->post('/basket/add', { item => 1, qty => 3 });
	$b->post('/basket/add', { item => 2, qty => 1 });
	my $cookie = $b->cookie;
	my $answers = at_once(8, sub {
		return $shop->post('/login', { login => 'ann', password => $ann{password} }, cookie => $cookie);
	});
	is_deeply($answers, { 303 => 8 }, 'R10: eight tabs log in');
	is($shop->sql('SELECT item_id, qty FROM basket_line ORDER BY item_id'), "1\t3\n2\t1", 'R10: and the basket is merged once');
	is($shop->sql('SELECT COUNT(*) FROM basket WHERE customer_id IS NULL'), 0, 'R10: the browser\'s is gone');
	return;
}

sub fifty_uses_of_a_link_are_one {
	my $b = $shop->browser;
	$b->get('/login');
	$b->post('/login', { login => 'ann', password => $ann{password} });
	$b->post('/login/confirm');
	my ($link, $cookie) = (link_to('confirm'), $b->cookie);
	is_deeply(at_once(50, sub { return $shop->post($link, {}, cookie => $cookie) }), { 303 => 1, 410 => 49 },
	    'R34: of a confirmation');
	$b->post('/login/reset', { email => $ann{email} });
	$link = link_to('reset');
	is_deeply(at_once(50, sub { return $shop->post($link, { password => 'a quite other word' }, cookie => $cookie) }),
	    { 303 => 1, 410 => 49 }, 'R34: of a new password');
	is($shop->sql("SELECT COUNT(*) FROM session"), 1, 'R34: whose session is the only one left');
	return;
}

sub an_account_is_erased {
	my $b = $shop->browser;
	$b->get('/login');
	$b->post('/login', { login => 'ANN', password => 'a quite other word' });
	is($b->post('/account/export')->{status}, 200, 'what is kept is a file');
	is($b->post('/login/erase')->{status}, 200, 'and is erased');
	is($shop->sql("SELECT COUNT(*) FROM customer WHERE erased_at > 0 AND name = ''"), 1, 'to the name');
	return;
}

a_basket_comes_along_once_however_many_tabs_log_in();
fifty_uses_of_a_link_are_one();
an_account_is_erased();
done_testing();
