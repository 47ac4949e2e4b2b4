#!/usr/bin/perl
# returns.t - goods that customers send back: the two steps of a withdrawal, its
# receipt, what staff say to it, the money once and the hats once: R73, R53, R82;
# with a real Apache, stock system, and the stand-ins of Stripe and the courier.
use strict;
use warnings;
use utf8;
use FindBin;
use lib "$FindBin::Bin/lib";
use CheckoutRig;
use HatTest;
use JSON::PP;
use MIME::Base64 qw(decode_base64);
use MIME::QuotedPrint qw(decode_qp);
use POSIX ();
use Test::More;

# Where it is about noon: no day ends while its last minute is looked at.
my $east = 12 - (gmtime)[2];
my $rig = CheckoutRig->new(HatTest->mariadb, $ENV{HATSHOP_ENGINE} // 'sqlite',
    'shop.zone' => sprintf('XST%d', -$east));
my $box = $rig->courier;
$rig->stock(q{UPDATE level SET qty = 50 WHERE art = 'A-1'});
$rig->level_shown('A-1', 50) or die "no mirror\n";
$box->clock(pace => 0);
use constant DAY => 86400;

sub shopctl { return $rig->rig->run('ctl/shopctl', '-f', $rig->rig->conf, @_) }

# Status alone, and what it said.
sub word {
	my ($status, $out) = shopctl('return', @_);
	utf8::decode($out);
	return "$status $out";
}

sub comes {
	my ($what, $is) = @_;
	return ok($rig->until(60, sub { $rig->lifecycle; return $is->() }), $what);
}

sub tracking { my ($id) = @_; return $rig->sales("SELECT tracking FROM parcel WHERE order_id = $id") }

# An order of two hats, as far as it says: paid, booked, left, closed.
sub bought {
	my ($user, $to) = @_;
	my $v = $rig->customer($user);
	$rig->put_in($v, 'A-1', 2);
	my $r = $rig->place($v, $rig->review($v));
	$rig->settle($v, $rig->pay($v, $r, '4242424242424242'));
	my $id = $rig->order($user, 'id');
	return ($v, $id) if $to eq 'paid';
	comes("$user\'s parcel is booked", sub { tracking($id) ne '' });
	$to eq 'left' ? $box->move(tracking($id), 'COLLECTED') : $box->deliver_whole(tracking($id));
	comes("$user\'s order: $to", sub { $to eq 'left'
	    ? $rig->sales("SELECT state FROM parcel WHERE order_id = $id") == 4
	    : $rig->order($user, 'state') == 4 });
	return ($v, $id);
}

sub form_of { my ($user) = @_; return $rig->url . '/order/return/' . $rig->order_uid($user) }
sub page_of { my ($v, $user) = @_; return $v->get($rig->url . '/order/' . $rig->order_uid($user))->{content} }

# The statement, filled in and confirmed.
sub withdraw {
	my ($v, $user, $qty, %more) = @_;
	return $v->submit($v->get(form_of($user)), { q0 => $qty, %more }, '/order/return/' . $rig->order_uid($user));
}

sub returns_of {
	my ($id) = @_;
	return $rig->sales("SELECT count(*) FROM goods_return WHERE order_id = $id");
}

sub last_return {
	my ($id, $field) = @_;
	return $rig->sales('SELECT ' . ($field // 'id') . " FROM goods_return WHERE order_id = $id ORDER BY id DESC LIMIT 1");
}

# The text of the letters of a kind, decoded.
sub letters {
	my ($id, $kind) = @_;
	my @out;
	for my $n (split /\n/, $rig->sales("SELECT id FROM letter WHERE order_id = $id AND kind = '$kind' ORDER BY id")) {
		my $hex = $rig->sales("SELECT hex(bytes) FROM letter WHERE id = $n");
		my $raw = pack 'H*', $hex;
		my ($text) = $raw =~ m{Content-Type: text/plain.*?\r?\n\r?\n(.*?)\r?\n--}is;
		$text = $raw =~ m{text/plain[^\n]*\n(?:[^\n]+\n)*Content-Transfer-Encoding: base64}i
		    ? decode_base64($text) : decode_qp($text);
		utf8::decode($text);
		$text =~ s/\s+/ /g;
		push @out, { raw => $raw, text => $text };
	}
	return @out;
}

sub journal {
	my ($id, $kind) = @_;
	return $rig->sales("SELECT witness FROM journal WHERE order_id = $id AND kind = '$kind' ORDER BY id");
}

sub clean {
	my ($what) = @_;
	$rig->until(60, sub { $rig->lifecycle; $rig->sales('SELECT count(*) FROM orders WHERE next_at <= ' . time) == 0 });
	my ($status, $out) = shopctl('reconcile');
	return is($status, 0, "R48: reconcile finds nothing: $what") || diag($out);
}

my ($ann, $order);

sub the_statement_is_for_its_customer_alone {
	($ann, $order) = bought('ann', 'closed');
	my $page = page_of($ann, 'ann');
	like($page, qr/Withdraw from contract here.*What happened/s, 'the order\'s page leads there, above all that happened');
	my $r = $ann->get(form_of('ann'));
	is($r->{status}, 200, 'the statement');
	like($r->{content}, qr/I withdraw from the contract of order No\. $order/, 'says of which order');
	like($r->{content}, qr/Confirm withdrawal/, 'and has the button of the law');
	my $bob = $rig->customer('bob');
	is($bob->get(form_of('ann'))->{status}, 404, 'another one\'s order is not there');
	my ($key) = $r->{content} =~ /name="key" value="(\w+)"/;
	my ($proof) = $bob->get($rig->url . '/account/sessions')->{content} =~ /name="proof" value="([^"]+)"/;
	my $to = form_of('ann');
	is($bob->post($to, { key => $key, q0 => 1, proof => $proof // 'x' })->{status}, 404, 'nor to be withdrawn from');
	is($rig->visitor->get($to)->{status}, 303, 'nobody: log in first');
	is($ann->post($to, { key => $key, q0 => 1 })->{status}, 403, 'a form without its proof');
	is($ann->post($to, { key => $key, q0 => 1, proof => 'x' })->{status}, 403, 'with a wrong one');
	is(returns_of($order), 0, 'nothing was changed');
	return;
}

sub too_many_is_refused_in_words {
	for my $qty (3, -1, 'two', '99999999999999999999') {
		my $r = withdraw($ann, 'ann', $qty);
		is($r->{status}, 422, "$qty of two");
		like($r->{content}, qr/only what you have bought and not sent back yet/, 'in words');
		like($r->{content}, qr/name="q0"[^>]* value="$qty"/, 'and what was typed stays');
	}
	my $r = withdraw($ann, 'ann', 0);
	is($r->{status}, 422, 'none');
	like($r->{content}, qr/Please say how many/, 'in words');
	is(returns_of($order), 0, 'nothing was changed');
	return;
}

sub sent_twice_it_is_one {
	my $form = $ann->get(form_of('ann'));
	for my $time (1, 2) {
		my $r = $ann->submit($form, { q0 => 1 }, '/order/return/' . $rig->order_uid('ann'));
		is($r->{status}, 303, "confirmed, time $time");
		is(returns_of($order), 1, 'one return');
	}
	is(withdraw($ann, 'ann', 2)->{status}, 422, 'only one is left');
	comes('the receipt is written', sub { letters($order, 'return') > 0 });
	$rig->lifecycle for 1, 2;
	my @l = letters($order, 'return');
	is(scalar @l, 1, 'once');
	my @t = gmtime($rig->sales("SELECT made_at FROM goods_return WHERE order_id = $order") + $east * 3600);
	my $at = sprintf '%d %s %d, %02d:%02d XST', $t[3], POSIX::strftime('%B', @t), $t[5] + 1900, @t[2, 1];
	like($l[0]{text}, qr/\Q$at\E/, "with date and time: $at");
	like($l[0]{text}, qr/Order: $order\b/, 'which order');
	like($l[0]{text}, qr/1 × /, 'and what');
	like($l[0]{text}, qr/1 Brim Street, Leeds/, 'and where it is sent');
	like($l[0]{raw}, qr/^Subject: Receipt of your withdrawal/m, 'it says what it is');
	like(page_of($ann, 'ann'), qr/You told us on .*We look at it/s, 'the page says so too');
	is(journal($order, 'return asked'), 'customer', 'the journal has who said so');
	return;
}

sub staff_say_each_word_once {
	my $id = last_return($order);
	my $level = $rig->level('A-1');
	like(word('list'), qr/^0 $id\t$order\t\S+\tasked\t1 × /, 'it is listed');
	like(word('received', $id), qr/^1 .*is asked/, 'not received before it is accepted');
	like(word('show', $id), qr/^0 return +$id\norder +$order\n.*^state +asked\nwhat +1 × /ms, 'one is shown');
	like(word('accept', 99_999), qr/^1 .*no such return/, 'one that is not there');
	like(word('accept', 'x'), qr/^2 /, 'a number that is none');
	like(word('refuse', $id), qr/^2 /, 'no refusal without a reason');
	like(word('accept', $id), qr/^0 /, 'accepted');
	like(word('accept', $id), qr/^0 that was said before/, 'and once more');
	like(word('refuse', $id, '--why', 'worn'), qr/^1 .*is accepted/, 'not refused any more');
	comes('the money is back', sub { $rig->order('ann', 'refunded') > 0 });
	my $price = $rig->sales("SELECT price FROM order_line WHERE order_id = $order");
	is($rig->order('ann', 'refunded'), $price, 'R53: the price of one, without the delivery');
	is($rig->sales("SELECT count(*) FROM refund WHERE order_id = $order"), 1, 'R53: one refund');
	is($rig->level('A-1'), $level, 'R73: no hat is back');
	like(word('received', $id), qr/^0 .*\treceived\t/, 'received, which the line says');
	like(word('received', $id), qr/^0 that was said before/, 'and once more');
	like(word('show', $id), qr/^amount +£\d+\.\d\d\n/m, 'its amount is money');
	comes('on the shelf', sub { last_return($order, 'back_at') > 0 });
	$rig->lifecycle;
	is($rig->level('A-1'), $level + 1, 'R73: one hat, once');
	like(journal($order, 'return accepted'), qr/^staff \S+$/, 'who accepted it');
	like(journal($order, 'return received'), qr/^staff \S+$/, 'who received it');
	is(journal($order, 'return on the shelf'), 'stock', 'who has it');
	my $page = page_of($ann, 'ann');
	like($page, qr/You have withdrawn.*is accepted.*Refunded.*has arrived.*on the shelf/s, 'R60: the time line, in this order');
	return;
}

sub a_credit_note_has_its_lines {
	comes('R82: a credit note', sub { letters($order, 'credit note') == 1 });
	my ($l) = letters($order, 'credit note');
	my ($b64) = $l->{raw} =~ m{Content-Type: application/pdf.*?\r?\n\r?\n(.*?)\r?\n--}is;
	my $file = $rig->dir . '/note.pdf';
	open my $f, '>:raw', $file or die "note: $!\n";
	print $f decode_base64($b64 // '');
	close $f or die "note: $!\n";
	my $text = `pdftotext -layout $file - 2>/dev/null`;
	like($text, qr/The Bowler\s+1\s/, 'R82: the hat, once') or diag($text);
	unlike($text, qr/Standard/, 'and no delivery');
	my $price = $rig->sales("SELECT price FROM order_line WHERE order_id = $order");
	my $of = "FROM invoice WHERE order_id = $order AND refund_id > 0";
	is($rig->sales("SELECT total $of"), $price, 'R82: the amount of it');
	is($rig->sales("SELECT tax $of"), POSIX::floor($price * 20 / 120 + 0.5), 'R82: and the tax');
	clean('after a return');
	return;
}

sub all_of_it_brings_the_delivery_back {
	is(withdraw($ann, 'ann', 1)->{status}, 303, 'the other hat');
	my $id = last_return($order);
	like($ann->get(form_of('ann'))->{content}, qr/withdrawn from all of this order already/, 'nothing is left');
	like(word('accept', $id), qr/^0 /, 'accepted');
	comes('R53: all that was paid is back', sub { $rig->order('ann', 'refunded') == $rig->order('ann', 'captured') });
	comes('R82: a second credit note', sub { letters($order, 'credit note') == 2 });
	is($rig->sales("SELECT sum(total) FROM invoice WHERE order_id = $order AND refund_id > 0"), $rig->order('ann', 'total'), 'R82: all of the total');
	is($rig->sales("SELECT sum(tax) FROM invoice WHERE order_id = $order AND refund_id > 0"), $rig->order('ann', 'tax'), 'R82: and of the tax');
	like(word('received', $id), qr/^0 /, 'received');
	clean('after all came back');
	return;
}

# The courier's clock at which it was delivered.
sub delivered_at {
	my ($id, $at) = @_;
	$rig->sales("UPDATE parcel SET carrier_at = $at WHERE order_id = $id");
	return;
}

sub the_period_ends_with_day_fourteen {
	my ($v, $id) = bought('cid', 'closed');
	my $form = $v->get(form_of('cid'));
	my $today = POSIX::floor((time + $east * 3600) / DAY) * DAY - $east * 3600; # midnight, here
	delivered_at($id, $today - 14 * DAY);
	like(page_of($v, 'cid'), qr/Withdraw from contract here/, 'day 14: to the last minute');
	is($v->get(form_of('cid'))->{status}, 200, 'day 14: the statement');
	like($v->get(form_of('cid'))->{content}, qr/Confirm withdrawal/, 'day 14: with its button');
	delivered_at($id, $today - 14 * DAY - 1);
	unlike(page_of($v, 'cid'), qr/Withdraw from contract here/, 'day 15: the page has no link');
	my $r = $v->get(form_of('cid'));
	like($r->{content}, qr/We are sorry: the 14 days .* were over at the end of/s, 'day 15: refused, politely');
	unlike($r->{content}, qr/Confirm withdrawal/, 'day 15: without a button');
	$r = $v->submit($form, { q0 => 1 }, '/order/return/' . $rig->order_uid('cid'));
	is($r->{status}, 422, 'day 15: a form of before');
	like($r->{content}, qr/We are sorry/, 'refused, politely');
	is(returns_of($id), 0, 'nothing was changed');
	return;
}

sub what_is_refused_is_told_and_may_be_asked_again {
	my ($v, $id) = bought('dot', 'closed');
	withdraw($v, 'dot', 2);
	my $return = last_return($id);
	like(word('refuse', $return, '--why', 'It was worn <b> for a year.'), qr/^0 /, 'refused');
	like(word('refuse', $return, '--why', 'other words'), qr/^0 that was said before/, 'and once more');
	comes('receipt and refusal', sub { letters($id, 'return') == 2 });
	my @l = letters($id, 'return');
	like($l[0]{text}, qr/This letter is the receipt/, 'the receipt first');
	like($l[1]{text}, qr/The reason: It was worn <b> for a year\./, 'then the reason');
	like(page_of($v, 'dot'), qr/We cannot take it back: It was worn &lt;b(?:>|&gt;) for a year\./, 'which is on the page');
	is($rig->order('dot', 'refunded'), 0, 'no money moved');
	is(withdraw($v, 'dot', 2)->{status}, 303, 'it may be asked for again');
	return;
}

sub before_it_has_left_it_is_cancelled {
	my ($v, $id) = bought('eve', 'paid');
	my $r = $v->get(form_of('eve'));
	is("$r->{status} " . ($r->{headers}{location} =~ s{.*(/order/cancel/).*}{$1}r), '303 /order/cancel/', 'R75: it leads to where one cancels');
	unlike(page_of($v, 'eve'), qr/Withdraw from contract here/, 'and its page has the one way, not two');
	return;
}

sub on_its_way_it_is_declared {
	my ($v, $id) = bought('fay', 'left');
	my $r = $v->get(form_of('fay'));
	like($r->{content}, qr/Your parcel is on its way\. You may withdraw already/, 'the statement says so');
	is(withdraw($v, 'fay', 2)->{status}, 303, 'declared');
	comes('the receipt', sub { letters($id, 'return') == 1 });
	like((letters($id, 'return'))[0]{text}, qr/you need not take it in/, 'which says what to do');
	like(word('accept', last_return($id)), qr/^0 /, 'staff accept');
	comes('R53: all is back', sub { $rig->order('fay', 'refunded') == $rig->order('fay', 'captured') });
	$box->move(tracking($id), $_) for qw(RETURNING RETURNED);
	comes('R73: the parcel came back', sub { $rig->sales("SELECT word FROM parcel WHERE order_id = $id") eq 'RETURNED' });
	my $level = $rig->level('A-1');
	like(word('received', last_return($id)), qr/^0 /, 'received');
	comes('on the shelf', sub { last_return($id, 'back_at') > 0 });
	is($rig->level('A-1'), $level + 2, 'R73: two hats, once');
	is($rig->sales("SELECT count(*) FROM invoice WHERE order_id = $id"), 0, 'R82: never delivered: no paper');
	is((shopctl('order', 'seen', $id))[0], 0, 'and whoever was called has looked');
	return;
}

sub staff_see_to_it_at_the_desk {
	my ($v, $id) = bought('gus', 'closed');
	withdraw($v, 'gus', 1);
	my $return = last_return($id);
	my $desk = $rig->url . '/desk';
	is($v->get("$desk/returns")->{status}, 404, 'R63: not for customers');
	my $form = $v->get(form_of('gus'));
	my ($proof) = $form->{content} =~ /name="proof" value="([^"]+)"/;
	is($v->post("$desk/return/$return", { what => 'accept', proof => $proof })->{status}, 404, 'R63: nor its words');
	my $hattie = $rig->customer('hattie');
	$rig->sales("UPDATE customer SET staff = 1 WHERE user_name = 'hattie'");
	like($hattie->get($desk)->{content}, qr{to decide about, \d+ to come in\. <a href="/desk/returns">}, 'the desk leads there');
	my $r = $hattie->get("$desk/returns");
	like($r->{content}, qr/Order No\. $id<.*1 .{1,2} The Bowler/s, 'it is there');
	my ($said) = $r->{content} =~ /Order No\. $id<.*?Once you accept,\D*([\d.]+)/s;
	is($hattie->post("$desk/return/$return", { what => 'accept' })->{status}, 403, 'a button without its proof');
	is($hattie->post("$desk/return/x", { what => 'accept' })->{status}, 404, 'a number that is none');
	($proof) = $r->{content} =~ /name="proof" value="([^"]+)"/;
	is($hattie->post("$desk/return/99999", { what => 'accept', proof => $proof })->{status}, 404, 'one that is not there');
	is($hattie->post("$desk/return/$return", { what => 'burn', proof => $proof })->{status}, 400, 'a word that is none');
	is($hattie->post("$desk/return/$return", { what => 'refuse', proof => $proof })->{status}, 422, 'a refusal without a reason');
	is($hattie->post("$desk/return/$return", { what => 'received', proof => $proof })->{status}, 409, 'received too early');
	for my $time (1, 2) {
		is($hattie->post("$desk/return/$return", { what => 'accept', proof => $proof })->{status}, 303, "accepted, time $time");
	}
	is(journal($id, 'return accepted'), 'staff hattie', 'the journal has who, once');
	is($said * 100, $rig->sales("SELECT amount FROM goods_return WHERE id = $return"), 'and as much goes back as the desk had said');
	is($hattie->post("$desk/return/$return", { what => 'refuse', "why$return" => 'no', proof => $proof })->{status}, 409, 'not refused any more');
	like($hattie->get("$desk/returns")->{content}, qr/Accepted by staff hattie: .*The goods are not here yet/s, 'it is awaited');
	my $level = $rig->level('A-1');
	is($hattie->post("$desk/return/$return", { what => 'received', proof => $proof })->{status}, 303, 'received');
	comes('on the shelf', sub { last_return($id, 'back_at') > 0 });
	is($rig->level('A-1'), $level + 1, 'R73: once');
	is($rig->sales("SELECT count(*) FROM refund WHERE order_id = $id"), 1, 'R53: one refund');
	unlike($hattie->get("$desk/returns")->{content}, qr/Order No\. $id</, 'and gone from the desk');
	return;
}

# Four lifecycles at once, leases ignored, killed at any moment, while staff say
# each word again and again.
sub however_it_dies_each_is_done_once {
	my ($v, $id) = bought('ivy', 'closed');
	withdraw($v, 'ivy', 1);
	my ($return, $level) = (last_return($id), $rig->level('A-1'));
	for my $round (1 .. 8) {
		my @pids;
		for my $n (1 .. 4) {
			my $pid = fork // die "fork: $!\n";
			if (!$pid) {
				open STDERR, '>', '/dev/null';
				open STDOUT, '>', '/dev/null';
				exec "$BUILD/ctl/shopctl", '-f', $rig->rig->conf, 'return',
				    ($round < 4 ? 'accept' : 'received'), $return or POSIX::_exit(1) if $n == 1;
				exec "$BUILD/cron/lifecycle", '-i', '-f', $rig->rig->conf or POSIX::_exit(1);
			}
			push @pids, $pid;
		}
		select undef, undef, undef, 0.03 * $round;
		kill KILL => @pids;
		waitpid $_, 0 for @pids;
	}
	word('accept', $return);
	word('received', $return);
	comes('on the shelf', sub { last_return($id, 'back_at') > 0 });
	comes('the money is back', sub { $rig->order('ivy', 'refunded') > 0 });
	$rig->lifecycle;
	is($rig->level('A-1'), $level + 1, 'R73: one hat, once');
	is($rig->order('ivy', 'refunded'), $rig->sales("SELECT price FROM order_line WHERE order_id = $id"), 'R53: once');
	is(scalar(letters($id, 'return')), 1, 'one receipt');
	for my $kind ('return asked', 'return receipt', 'return accepted', 'return received', 'return on the shelf') {
		is($rig->sales("SELECT count(*) FROM journal WHERE order_id = $id AND kind = '$kind'"), 1, "$kind: once");
	}
	clean('after all that');
	return;
}

no strict 'refs';
my @tests = qw(the_statement_is_for_its_customer_alone too_many_is_refused_in_words sent_twice_it_is_one
    staff_say_each_word_once a_credit_note_has_its_lines all_of_it_brings_the_delivery_back
    the_period_ends_with_day_fourteen what_is_refused_is_told_and_may_be_asked_again
    before_it_has_left_it_is_cancelled on_its_way_it_is_declared staff_see_to_it_at_the_desk
    however_it_dies_each_is_done_once);
for my $test (@tests) {
	(my $name = $test) =~ tr/_/ /;
	subtest $name => \&$test;
}
done_testing;
