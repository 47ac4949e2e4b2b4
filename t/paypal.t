#!/usr/bin/perl
# paypal.t - paying with PayPal: the customer's agreement, our authorisation, the
# goods, the capture; webhooks proven by certificate; what is declined, reviewed,
# lost, forged and too late (R40, R44, R48-R52), with the sandbox's PayPal and a
# real stock system.
use strict;
use warnings;
use File::Path qw(make_path);
use FindBin;
use lib "$FindBin::Bin/lib";
use HatTest;
use PayPalBox;
use SyncRig;
use Test::More;
use Time::HiRes qw(time);

my ($rig, $pp, $item);

sub apache {
	my ($command) = @_;
	local %ENV = (%ENV, HATSHOP_CONF => $rig->conf, HATSHOP_SANDBOX => "$BUILD/sandbox",
	    HATSHOP_SANDBOX_DATA => $rig->dir . '/box');
	return system("$TOP/t/lib/apache.sh", $rig->dir . '/web', $command) == 0;
}

sub put {
	my ($name, $mode, @lines) = @_;
	open my $f, $mode, $rig->dir . "/$name" or die "$name: $!\n";
	print $f map { "$_\n" } @lines;
	close $f or die "$name: $!\n";
	return;
}

sub open_shop {
	my ($stock, $engine) = @_;
	$rig = SyncRig->new($stock, $engine);
	my $dir = $rig->dir;
	make_path("$dir/box", "$dir/web");
	chomp(my $url = `$TOP/t/lib/apache.sh $dir/web url`);
	$pp = PayPalBox->new(url => $url, box => "$dir/box");
	$rig->set('shop.url' => $url, 'shop.test' => 'yes', 'shop.pages' => "$TOP/etc/pages",
	    'stock.stale_after' => 3600, map { /^(\S+) = (.*)$/ ? ($1 => $2) : () } $pp->conf);
	put('secrets.conf', '>>', $pp->secrets);
	put('box/shops', '>', $url);
	$rig->allow_log;
	my ($status, $out) = $rig->syncd('-1');
	die "syncd: $out\n" if $status;
	apache('start') or die "no Apache\n";
	$rig->sales(q{INSERT INTO customer (id, uid, made_at, seen_at) VALUES (1, 'c1', 1, 1)});
	$item = $rig->sales(q{SELECT id FROM item WHERE source_key = 'A-1'});
	return;
}

sub tool {
	my ($status, $out) = $rig->run('t/pay-tool', $rig->conf, @_);
	chomp $out;
	return $out;
}

sub round { my ($status, $out) = $rig->run('cron/lifecycle', '-f', $rig->conf, '-i'); return $out }
sub deliver { return $pp->deliver(all => 'true') }
sub hurry { my ($o) = @_; $rig->sales("UPDATE orders SET next_at = 0 WHERE id = $o->{id}"); return }
sub level { return 0 + $rig->stock(q{SELECT qty FROM level WHERE art = 'A-1'}) }
sub state_of { my ($o) = @_; return $rig->sales("SELECT state FROM orders WHERE id = $o->{id}") }
sub kinds { my ($o) = @_; return join ' ', split /\n/, $rig->sales("SELECT kind FROM journal WHERE order_id = $o->{id} ORDER BY id") }

sub placed {
	my ($id, $uid) = split ' ', tool('place', 1, $item, 1);
	$rig->stock(q{UPDATE level SET qty = 9 WHERE art = 'A-1'});
	return { id => $id, uid => $uid };
}

# page ORDER: PayPal's name of the order that is to be agreed to.
sub page {
	my ($o) = @_;
	my $page = tool('paypal', $o->{id});
	($o->{pp}) = $page =~ /token=(\w+)$/ or diag($page);
	return $o;
}

sub order { return page(placed()) }

sub agreed {
	my ($mood) = @_;
	my $o = order();
	my $r = $pp->approve($o->{pp}, $mood);
	like($r->{headers}{location}, qr{/checkout/return/\Q$o->{uid}\E\?token=}, 'who agrees comes back');
	return $o;
}

# follow ORDER STATE: lifecycle until it is there.
sub follow {
	my ($o, $state, $name) = @_;
	ok(wait_until(60, sub { hurry($o); round(); state_of($o) == $state }), $name) or diag(kinds($o));
	return;
}

sub money {
	my ($o) = @_;
	my %sum = (authorizations => 0, captures => 0, open => 0);
	for my $b (grep { $_->{purchase_units}[0]{custom_id} eq $o->{uid} } @{ $pp->books }) {
		my $p = $b->{purchase_units}[0]{payments} // {};
		$sum{authorizations} += @{ $p->{authorizations} // [] };
		$sum{open} += grep { $_->{status} =~ /CREATED|PENDING/ } @{ $p->{authorizations} // [] };
		$sum{captures} += map { $_->{amount}{value} * 100 }
		    grep { $_->{status} eq 'COMPLETED' } @{ $p->{captures} // [] };
		$sum{taken} .= $_->{amount}{value} for grep { $_->{status} eq 'COMPLETED' } @{ $p->{captures} // [] };
	}
	return \%sum;
}

sub one_sale {
	my ($o, $name) = @_;
	is(state_of($o), 3, "R51: $name: one order, paid") or diag(kinds($o));
	my $m = money($o);
	is($m->{captures}, 1, "R51: $name: one capture");
	is($m->{open}, 0, "R51: $name: nothing is left reserved");
	my $total = $rig->sales("SELECT total FROM orders WHERE id = $o->{id}");
	is(($m->{taken} // '') =~ s/\.//r, $total, "R50: $name: of its total");
	is($rig->sales("SELECT captured FROM orders WHERE id = $o->{id}"), $total, "R50: $name: as it says itself");
	is(level(), 8, "R18: $name: sold once");
	is($rig->sales("SELECT attention FROM orders WHERE id = $o->{id}"), '', "$name: nobody has to look");
	tidy($name);
	is(state_of($o), 3, "$name: and it stays so");
	return;
}

sub no_sale {
	my ($o, $name) = @_;
	is(state_of($o), 5, "$name: cancelled") or diag(kinds($o));
	my $m = money($o);
	is("$m->{captures} $m->{open}", '0 0', "R50: $name: nothing taken, nothing left reserved");
	is(level(), 9, "R23: $name: the goods are back");
	tidy($name);
	return;
}

sub tidy {
	my ($name) = @_;
	$rig->syncd('-1');
	is($rig->sales("SELECT held FROM item WHERE id = $item"), 0, "$name: nothing is held");
	$pp->faults(kind => 'none');
	for (1 .. 20) {
		my $sent = deliver()->{sent};
		round();
		last if !$sent;
	}
	is($rig->sales('SELECT count(*) FROM inbox WHERE state <> 2'), 0, "$name: all events are read");
	return;
}

sub return_first {
	my $o = agreed();
	is(tool('advance', $o->{id}), 'paid', 'the return does it all');
	one_sale($o, 'return first');
	return;
}

sub return_never {
	unlink glob $rig->dir . '/run/paypal-*';
	my $o = agreed();
	deliver();
	is($rig->sales(q{SELECT count(*) FROM inbox WHERE state = 1 AND headers <> ''}), 1,
	    'without a certificate an event is kept unproven');
	round();
	is(state_of($o), 3, 'R52: lifecycle fetches it, and the order is paid');
	$o = agreed();
	deliver();
	is($rig->sales(q{SELECT count(*) FROM inbox WHERE state = 1 AND headers <> ''}), 0,
	    'R40: with it the hook proves the event itself');
	ok($rig->sales(q{SELECT count(*) FROM inbox WHERE state = 1}) > 0, 'and keeps it');
	round();
	one_sale($o, 'return never');
	return;
}

sub without_webhooks {
	$pp->faults(kind => 'never', on => 'any', times => 100);
	my $o = agreed();
	deliver();
	follow($o, 3, 'by looking');
	one_sale($o, 'no webhooks');
	return;
}

sub forged_events_do_nothing {
	my $o = order();
	$pp->faults(kind => 'forged', on => 'CHECKOUT.ORDER.APPROVED');
	$pp->approve($o->{pp});
	$rig->sales("UPDATE orders SET next_at = 9000000000 WHERE id = $o->{id}");
	deliver();
	round();
	is(state_of($o), 1, 'R40: refused by the hook');
	unlink glob $rig->dir . '/run/paypal-*';
	select undef, undef, undef, 2.1;
	deliver();
	is($rig->sales('SELECT count(*) FROM inbox WHERE state = 1'), 1, 'unproven, it is kept');
	like(round(), qr/not of its sender/, 'R40: and found out');
	is(state_of($o), 1, 'and does nothing');
	is(tool('advance', $o->{id}), 'paid', 'the return pays');
	$rig->sales('DELETE FROM inbox WHERE state = 1');
	one_sale($o, 'forged');
	return;
}

sub simulated_events_are_taken_in_a_test {
	$pp->faults(kind => 'simulator', on => 'CHECKOUT.ORDER.APPROVED');
	my $o = agreed();
	deliver();
	round();
	one_sale($o, 'simulator');
	return;
}

sub without_a_certificate_paypal_is_asked {
	unlink glob $rig->dir . '/run/paypal-*';
	rename $pp->ca, $pp->ca . '.away' or die;
	select undef, undef, undef, 2.1;
	my $o = agreed();
	deliver();
	round();
	is(state_of($o), 3, 'R40: PayPal says that it is its own');
	rename $pp->ca . '.away', $pp->ca or die;
	one_sale($o, 'asked');
	return;
}

sub declined_then_paid {
	my $o = agreed('declined');
	is(tool('advance', $o->{id}), 'pending', 'R48: a declined card ends the attempt, not the order');
	like(kinds($o), qr/\bfailed\b/, 'the journal has it');
	is($rig->sales("SELECT held FROM item WHERE id = $item"), 1, 'the hat is held meanwhile');
	page($o);
	$pp->approve($o->{pp});
	is(tool('advance', $o->{id}), 'paid', 'R48: another try passes');
	one_sale($o, 'second try');
	return;
}

sub who_agrees_too_late_is_not_charged {
	my $o = order();
	tool('end', $o->{id});
	is(state_of($o), 5, 'given up');
	is($pp->approve($o->{pp})->{status}, 303, 'and agreed to afterwards');
	deliver();
	round();
	tool('advance', $o->{id});
	is(money($o)->{authorizations}, 0, 'R50: never authorised');
	no_sale($o, 'too late');
	return;
}

sub what_waits_is_waited_for {
	my $o = agreed('review');
	is(tool('advance', $o->{id}), 'pending', 'under review');
	follow($o, 3, 'then paid');
	is(money($o)->{authorizations}, 1, 'authorised once');
	one_sale($o, 'review');
	$o = agreed('slow');
	is(tool('advance', $o->{id}), 'authorised', 'the money is on its way');
	follow($o, 3, 'then it is there');
	one_sale($o, 'slow');
	return;
}

sub what_is_denied_gives_all_back {
	for my $mood (qw(slow-denied no-capture)) {
		my $o = agreed($mood);
		tool('advance', $o->{id});
		follow($o, 5, "$mood: cancelled in the end");
		no_sale($o, $mood);
	}
	my $o = agreed('review-denied');
	tool('advance', $o->{id});
	ok(wait_until(60, sub { hurry($o); round(); kinds($o) =~ /\bfailed\b/ }), 'review-denied: failed in the end');
	tool('end', $o->{id});
	no_sale($o, 'review-denied');
	return;
}

sub lost_answers_are_asked_again {
	for my $on (qw(create authorize capture)) {
		for my $kind (qw(cut-after error-after unauthorised busy progress)) {
			my $o = placed();
			$pp->faults(kind => $kind, on => $on);
			page($o) if $on ne 'create';
			if ($on eq 'create') {
				tool('paypal', $o->{id});
				hurry($o);
				page($o);
			}
			$pp->approve($o->{pp});
			tool('advance', $o->{id});
			follow($o, 3, "$kind of $on");
			is(money($o)->{authorizations}, 1, "$kind of $on: authorised once");
			one_sale($o, "$kind of $on");
		}
	}
	return;
}

sub given_back {
	my ($o) = @_;
	my ($b) = grep { $_->{purchase_units}[0]{custom_id} eq $o->{uid} } @{ $pp->books };
	return join ' ', map { $_->{amount}{value} } @{ $b->{purchase_units}[0]{payments}{refunds} // [] };
}

sub money_goes_back_once {
	my $o = agreed();
	is(tool('advance', $o->{id}), 'paid', 'paid');
	tool('refund', $o->{id}, 1, 100);
	is(given_back($o), '1.00', 'R53: a part');
	tool('refund', $o->{id}, 1, 100);
	is(given_back($o), '1.00', 'R53: asked again by the same name: once');
	for my $kind (qw(cut-after error-after cut-before busy)) {
		my $n = 1 + length $kind; # a name of its own
		$pp->faults(kind => $kind, on => 'refund');
		tool('refund', $o->{id}, 10 + $n, 10);
		hurry($o);
		round();
	}
	ok(wait_until(60, sub { hurry($o); round(); given_back($o) eq '1.00 0.10 0.10 0.10 0.10' }),
	    'R53: with lost answers, once each') or diag(given_back($o));
	is($rig->sales("SELECT refunded FROM orders WHERE id = $o->{id}"), 140, 'R53: as the order says');
	tool('cancel', $o->{id});
	follow($o, 5, 'R75: cancelled');
	my $total = $rig->sales("SELECT total FROM orders WHERE id = $o->{id}");
	is($rig->sales("SELECT refunded FROM orders WHERE id = $o->{id}"), $total, 'R53: all of it is back');
	is(level(), 9, 'R75: and the goods');
	tidy('refunded');
	return;
}

sub no_stock_no_charge {
	my $o = agreed();
	$rig->stock(q{UPDATE level SET qty = 0 WHERE art = 'A-1'});
	tool('advance', $o->{id});
	is(state_of($o), 5, 'R20: nothing to sell: cancelled');
	my $m = money($o);
	is("$m->{captures} $m->{open}", '0 0', 'R20: voided, nobody is charged');
	return;
}

my $stock = HatTest->mariadb;
open_shop($stock, $ENV{HATSHOP_ENGINE} // 'sqlite');
return_first();
return_never();
without_webhooks();
forged_events_do_nothing();
simulated_events_are_taken_in_a_test();
without_a_certificate_paypal_is_asked();
declined_then_paid();
who_agrees_too_late_is_not_charged();
what_waits_is_waited_for();
what_is_denied_gives_all_back();
lost_answers_are_asked_again();
money_goes_back_once();
no_stock_no_charge();
apache('stop');
done_testing();
