#!/usr/bin/perl
# With stock.access = read the shop reads the level at the last step, never sells
# more than that, and holds what it has sold until a person has booked it out
# (idea 3 of the design; R17, R18, R20, R25).
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use HatTest;
use SyncRig;
use Test::More;

my $rig;
my $order = 0;

# Reserved, and about to ask for its goods.
sub asking {
	my ($item, $qty) = @_;
	$rig->order(++$order, $item, $qty, payment => 4, goods => 4, hold => 1);
	return $order;
}

sub advance {
	my (@orders) = @_;
	my ($status, $out) = $rig->run('t/flow-tool', $rig->conf, @orders);
	is($status, 0, "orders @orders advance") or diag $out;
	return;
}

sub copy {
	my ($status, $out) = $rig->syncd('-1');
	is($status, 0, 'copied') or diag $out;
	return;
}

sub booked_out {
	my ($status, $out) = $rig->run('ctl/shopctl', '-f', $rig->conf, 'stock', 'booked-out', @_);
	chomp $out;
	return "$status $out";
}

sub goods { return $rig->sales("SELECT goods FROM payment WHERE order_id = $_[0]") }

sub the_level_is_read_at_the_last_step {
	copy();
	my ($one, $two, $three) = (asking('A-1', 2), asking('A-1', 1), asking('A-1', 2));
	$rig->stock(q{UPDATE level SET qty = 3 WHERE art = 'A-1'});
	advance($one);
	is(goods($one), 1, 'R18: two of the three that the mirror does not know of');
	advance($one);
	is($rig->field('A-1', 'sold'), 2, 'once');
	advance($three);
	is(goods($three), 2, 'R17: not two more');
	like($rig->sales("SELECT ending FROM orders WHERE id = $three"), qr/: 1 left$/, 'one is left');
	advance($two);
	is(goods($two), 1, 'which another order gets');
	is($rig->stock(q{SELECT CAST(qty AS SIGNED) FROM level WHERE art = 'A-1'}), 3, 'R93: and nothing is written there');
	copy();
	is($rig->field('A-1', 'level - held'), -2, 'what is sold stays held, and the refused until it is over');
	return ($one, $two);
}

sub a_sold_hold_ends_on_a_person_s_word {
	my ($one, $two) = @_;
	$rig->stock(q{UPDATE level SET qty = 0 WHERE art = 'A-1'});
	copy();
	is(booked_out($one), "0 order $one: 2 pieces booked out", 'an order');
	is(booked_out($one), "0 order $one: 0 pieces booked out", 'once');
	is(booked_out('A-1'), '0 item A-1: 1 pieces booked out', 'an item: all of its orders');
	is($rig->field('A-1', 'sold'), 0, 'none is left');
	is($rig->sales("SELECT h.state FROM hold h JOIN orders o ON o.uid = h.order_uid WHERE o.id = $two"), 2,
	    'the hold is over');
	like($rig->sales("SELECT detail FROM journal WHERE order_id = $one AND kind = 'booked out'"), qr/^2/,
	    'the journal tells of it');
	like(booked_out('no-such'), qr/^1 .*no order or item "no-such"/, 'no such thing');
	return;
}

sub odd_and_several_levels {
	my $id = asking('b-3', 1);
	$rig->stock(q{UPDATE level SET qty = NULL WHERE art = 'b-3'});
	advance($id);
	is(goods($id), 2, 'R25: NULL is none');
	$rig->stock(q{ALTER TABLE level MODIFY qty varchar(20)});
	for my $odd ('7 pieces', '1.5', '-3', '', '1e3', '99999999999') {
		$rig->stock("UPDATE level SET qty = '$odd' WHERE art = 'b-3'");
		$id = asking('b-3', 1);
		advance($id);
		is(goods($id), 2, "R25: \"$odd\" is none");
	}
	$rig->stock(q{UPDATE level SET qty = ' 3 ' WHERE art = 'b-3'});
	$id = asking('b-3', 3);
	advance($id);
	is(goods($id), 1, 'but a number in text is one');
	$rig->sales("UPDATE item SET sold = 0 WHERE source_key = 'b-3'");
	$rig->stock(q{ALTER TABLE level DROP INDEX art, ADD INDEX (art);
	    UPDATE level SET qty = 2 WHERE art = 'b-3'; INSERT INTO level (art, qty) VALUES ('b-3', 2)});
	$rig->sales(q{UPDATE item SET level = 9 WHERE source_key = 'b-3'});
	$id = asking('b-3', 3);
	advance($id);
	is(goods($id), 2, 'R25: two rows where one is expected are none');
	$rig->set('stock.rows' => 'sum');
	$id = asking('b-3', 3);
	advance($id);
	is(goods($id), 1, 'but add up with stock.rows = sum');
	$id = asking('b-3', 2);
	advance($id);
	is(goods($id), 2, 'to four');
	$rig->set('stock.access' => 'write');
	my ($status, $out) = $rig->syncd('-n');
	isnt($status, 0, 'which write access cannot have');
	like($out, qr/stock\.rows/, 'and it says so');
	return;
}

for my $pair (['mariadb', 'sqlite'], ['mariadb', 'mariadb'], ['mysql97', 'sqlite']) {
  SKIP: {
	my ($kind, $engine) = @$pair;
	my $server = HatTest->$kind or skip "$kind cannot be had here", 1;
	subtest "stock on $kind, sales on $engine" => sub {
		$rig = SyncRig->new($server, $engine, 'stock.access' => 'read', 'shop.test' => 'yes',
		    'stripe.base' => 'http://127.0.0.1:9');
		$rig->secret("pw\nstripe.key = sk_test_x\nstripe.webhook_secret = whsec_x");
		# nothing but looking is allowed
		$rig->stock('REVOKE UPDATE (qty) ON alt_lager.level FROM shop;'
		    . ' REVOKE SELECT, INSERT, UPDATE, DELETE ON hatshop.* FROM shop');
		a_sold_hold_ends_on_a_person_s_word(the_level_is_read_at_the_last_step());
		odd_and_several_levels();
	};
	undef $rig;
  }
}
done_testing;
