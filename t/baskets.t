#!/usr/bin/perl
# baskets.t - random baskets: line, tax and total agree to the penny between the
# review page, what Stripe and PayPal are sent, the database, the letter and what
# goes back (R43, R44, R50, R53); reckoned here once more, by other means.
# HATSHOP_BASKETS says how many; ./dev long baskets [SEED] takes 10,000.
use strict;
use warnings;
use utf8;
use integer;
use FindBin;
use lib "$FindBin::Bin/lib";
# thousands of orders wait for no disk
BEGIN { $ENV{TMPDIR} = '/dev/shm' if -d '/dev/shm' && -w _ } ## no critic
use CgiTest;
use Encode qw(decode encode);
use HatTest;
use IPC::Open2;
use JSON::PP ();
use MIME::Base64 ();
use MIME::QuotedPrint ();
use Seeded;
use Test::More;

my $long = $ENV{HATSHOP_LONG};
my $seed = $ENV{HATSHOP_SEED} // 20261122;
my $many = $ENV{HATSHOP_BASKETS} // ($long ? 10_000 : 200);
my $random = seeded($seed);
binmode Test::More->builder->$_, ':encoding(UTF-8)' for qw(output failure_output);

my @CURRENCIES = ([GBP => 2, "\x{a3}"], [EUR => 2, "\x{20ac}"], [JPY => 0, 'JPY '], [KWD => 3, 'KWD ']);
my @HATS = 1 .. 120;

# As the shop's own tariff file has them.
my %rate = do {
	open my $f, '<', "$TOP/etc/tariff.conf" or die "tariff.conf: $!\n";
	map { /^tax\.(\w\w) = (\d+)(?:\.(\d+))?$/ ? ($1 => $2 * 100 + substr(($3 // '') . '00', 0, 2)) : () } <$f>;
};
my @COUNTRIES = sort keys %rate;

#** A shop in one currency

sub shop_in {
	my ($currency, $exponent) = @_;
	my $dir = File::Temp::tempdir('baskets.XXXXXX', TMPDIR => 1, CLEANUP => 1);
	my %delivery = (free => 0, odd => 1 + $random->(999), dear => 12_345, cheap => 1);
	open my $f, '>', "$dir/tariff.conf" or die "tariff.conf: $!\n";
	print $f map { "delivery.$_ = Way $_ | @COUNTRIES | " . decimal($delivery{$_}, $exponent) . " | 2-4\n" } sort keys %delivery;
	print $f map { sprintf "tax.%s = %d.%02d\n", $_, $rate{$_} / 100, $rate{$_} % 100 } @COUNTRIES;
	close $f or die "tariff.conf: $!\n";
	my $shop = CgiTest->new('shop.currency' => $currency, 'shop.tariff' => "$dir/tariff.conf");
	my %price;
	for my $i (@HATS) {
		my $digits = 1 + $random->(7);
		$price{$i} = 1 + $random->(10 ** $digits);
	}
	$shop->sql('DELETE FROM item WHERE id NOT IN (SELECT item_id FROM term)');
	$shop->sql(join ';', map { "INSERT INTO item (id, source_key, slug, category_id, price, level, added_at, changed_at, name, text)"
		. " VALUES (1000 + $_, 'H-$_', 'h-$_', 1, $price{$_}, 900000000, 1, 1, 'Hat $_ & Co', '')" } @HATS);
	my $b = $shop->browser;
	$b->get('/register');
	$b->post('/register', { user_name => 'ann', name => 'Ann', email => 'ann@hats.example', password => 'felt and feathers' });
	$b->post('/basket/add', { item => 1001, qty => 1 });
	$shop->sql('UPDATE customer SET id = id'); # it is there
	my $customer = $shop->sql('SELECT id FROM customer');
	die "customer $customer\n" if $customer ne '1';
	$shop->sql("INSERT INTO address (id, customer_id, used_at, country, name, line1, town, postcode)"
	    . " VALUES (1, 1, 1, 'GB', 'Ann', '1 Hat Row', 'Luton', 'LU1 2AB')");
	my $self = { currency => $currency, exponent => $exponent, shop => $shop, browser => $b, price => \%price,
		delivery => \%delivery, basket => $shop->sql('SELECT id FROM basket WHERE customer_id = 1') };
	$self->{pid} = open2($self->{out}, $self->{in}, "$BUILD/t/basket-tool", $shop->{conf});
	return $self;
}

sub decimal {
	my ($minor, $exponent) = @_;
	return $minor if !$exponent;
	my $s = sprintf '%0*d', $exponent + 1, $minor;
	return substr($s, 0, -$exponent) . '.' . substr $s, -$exponent;
}

# As people read it.
sub money {
	my ($self, $minor) = @_;
	my ($sign) = map { $_->[2] } grep { $_->[0] eq $self->{currency} } @CURRENCIES;
	my ($whole, $part) = split /\./, decimal($minor, $self->{exponent});
	1 while $whole =~ s/^(\d+)(\d{3})/$1,$2/;
	return $sign . $whole . (defined $part ? ".$part" : '');
}

# The tool's answers to one line, by name; what comes twice is a list.
sub ask {
	my ($self, @words) = @_;
	my %got;
	my $in = $self->{in};
	print $in "@words\n";
	$in->flush;
	while (defined(my $line = readline $self->{out})) {
		my ($name, $n) = $line =~ /^(\S+) (\d+)$/ or die "basket-tool said \"$line\"\n";
		last if $name eq 'end';
		my $bytes = '';
		while (length $bytes < $n) {
			read($self->{out}, $bytes, $n - length $bytes, length $bytes) or die "basket-tool is gone\n";
		}
		push @{ $got{$name} }, $bytes;
	}
	return \%got;
}

#** A basket

# The tax in a price that has it, half up.
sub tax_in { my ($gross, $rate) = @_; return (2 * $gross * $rate + 10_000 + $rate) / (2 * (10_000 + $rate)) }

sub draw {
	my ($self, $gateway) = @_;
	my $n = $random->(4) ? 1 + $random->(6) : 1 + $random->(50);
	my @left = @HATS;
	my @hats = sort { $a <=> $b } map { splice @left, $random->(scalar @left), 1 } 1 .. $n;
	my @keys = sort keys %{ $self->{delivery} };
	my $b = { country => $COUNTRIES[$random->(scalar @COUNTRIES)], option => $keys[$random->(scalar @keys)],
		gateway => $gateway // ($random->(2) ? 'stripe' : 'paypal') };
	$b->{rate} = $rate{ $b->{country} };
	$b->{delivery} = $self->{delivery}{ $b->{option} };
	$b->{lines} = [map { { hat => $_, price => $self->{price}{$_}, qty => $random->(3) ? 1 + $random->(9) : 1 + $random->(999) } } @hats];
	for my $l (@{ $b->{lines} }) {
		$l->{sum} = $l->{price} * $l->{qty};
		$l->{tax} = tax_in($l->{sum}, $b->{rate});
		$b->{goods} += $l->{sum};
		$b->{tax} += $l->{tax};
	}
	$b->{tax} += tax_in($b->{delivery}, $b->{rate});
	$b->{total} = $b->{goods} + $b->{delivery};
	return $b;
}

sub fill {
	my ($self, $b) = @_;
	my $at = 0;
	return $self->{shop}->sql(join ';', 'PRAGMA synchronous = OFF', 'BEGIN', "DELETE FROM basket_line WHERE basket_id = $self->{basket}",
	    "UPDATE address SET country = '$b->{country}'", 'UPDATE mirror SET confirmed_at = ' . time,
	    (map { $at++; "INSERT INTO basket_line VALUES ($self->{basket}, 1000 + $_->{hat}, $_->{qty}, $at)" } @{ $b->{lines} }), 'COMMIT');
}

#** What each says: a list of texts or numbers, in one order

sub plain {
	my ($html) = @_;
	$html =~ s/<[^>]*>/ /g;
	$html =~ s/&amp;/&/g;
	$html =~ s/[\s\x{a0}]+/ /g;
	return $html =~ s/^ | $//gr;
}

sub page_says {
	my ($page) = @_;
	my ($list) = $page =~ m{<ul class="bought">(.*?)</ul>}s or return 'no list';
	my ($sums) = $page =~ m{</ul>\s*<dl>(.*?)</dl>}s or return 'no sums';
	return join "\n", (map { plain($_) } $list =~ m{<li>(.*?)</li>}gs),
	    (map { plain($_) } $sums =~ m{<dt[^>]*>(.*?</dd>)}gs),
	    (map { plain($_) } $page =~ m{<button class="button pay"[^>]*>(.*?)</button>}s),
	    $page =~ /name="total" value="(\d+)"/;
}

sub page_should_say {
	my ($self, $b) = @_;
	my $rate = $b->{rate} / 100 . ($b->{rate} % 100 ? sprintf '.%02d', $b->{rate} % 100 : '');
	return join "\n", (map { "Hat $_->{hat} & Co $_->{qty} × " . money($self, $_->{price}) . ' ' . money($self, $_->{sum}) } @{ $b->{lines} }),
	    'Hats ' . money($self, $b->{goods}), "Way $b->{option} " . ($b->{delivery} ? money($self, $b->{delivery}) : 'free'),
	    'Total ' . money($self, $b->{total}), "of which VAT, $rate % " . money($self, $b->{tax}), $b->{total};
}

sub stripe_says {
	my ($request) = @_;
	my (%of, $sum);
	for (split /&/, $request) {
		my ($k, $v) = map { s/\+/ /gr =~ s/%(..)/chr hex $1/ger } split /=/, $_, 2;
		$of{$k} = $v;
	}
	my @lines;
	for (my $i = 0; defined $of{"line_items[$i][quantity]"}; $i++) {
		my ($qty, $each, $currency) = map { $of{"line_items[$i]$_"} } '[quantity]', '[price_data][unit_amount]', '[price_data][currency]';
		$sum += $qty * $each;
		push @lines, $of{"line_items[$i][price_data][product_data][name]"} . " $qty $each $currency";
	}
	return join "\n", @lines, $sum;
}

sub stripe_should_say {
	my ($self, $b) = @_;
	my $c = lc $self->{currency};
	return join "\n", (map { "Hat $_->{hat} & Co $_->{qty} $_->{price} $c" } @{ $b->{lines} }),
	    ($b->{delivery} ? "$b->{option} 1 $b->{delivery} $c" : ()), $b->{total};
}

# Minor units of PayPal's decimals; its items must add up to its break-down.
sub paypal_says {
	my ($request, $exponent) = @_;
	my $unit = JSON::PP::decode_json($request)->{purchase_units}[0];
	my $minor = sub { my ($m) = @_; my ($w, $p) = split /\./, $m->{value};
		return length($p // '') == $exponent ? ($w . ($p // '')) + 0 : "odd $m->{value}" };
	my ($items, @lines) = (0);
	for my $i (@{ $unit->{items} }) {
		$items += $i->{quantity} * $minor->($i->{unit_amount});
		push @lines, "$i->{name} $i->{quantity} " . $minor->($i->{unit_amount}) . " $i->{unit_amount}{currency_code}";
	}
	my $all = $unit->{amount};
	return join "\n", @lines, $items, (map { $minor->($all->{breakdown}{$_}) } 'item_total', 'shipping'), $minor->($all), $all->{currency_code};
}

sub paypal_should_say {
	my ($self, $b) = @_;
	return join "\n", (map { "Hat $_->{hat} & Co $_->{qty} $_->{price} $self->{currency}" } @{ $b->{lines} }),
	    $b->{goods}, $b->{goods}, $b->{delivery}, $b->{total}, $self->{currency};
}

sub rows_should_say {
	my ($self, $b, $back) = @_;
	my @lines = map { "H-$_->{hat} $_->{qty} $_->{price} $b->{rate} $_->{tax}" } @{ $b->{lines} };
	return join "\n", "3 $b->{goods} $b->{delivery} $b->{tax} $b->{total} $b->{total} $back $self->{currency}", sort @lines;
}

sub rows_say { my ($text) = @_; my ($first, @lines) = split /\n/, $text; return join "\n", $first, sort @lines }

# The text and the HTML of a letter, without what is between.
sub readable {
	my ($bytes) = @_;
	my ($mark) = $bytes =~ /boundary="?([^"\r\n;]+)/ or return ($bytes);
	my @parts = split /^--\Q$mark\E[^\n]*\n/m, $bytes;
	my %text;
	for my $part (@parts[1 .. $#parts]) {
		my ($head, $body) = split /\r?\n\r?\n/, $part, 2;
		my ($type, $set) = ($head // '') =~ m{^Content-Type: text/(plain|html);\s*charset="?([\w-]+)}mi or next;
		$body = MIME::QuotedPrint::decode($body) if $head =~ /quoted-printable/i;
		$body = MIME::Base64::decode($body) if $head =~ /base64/i;
		$text{$type} = plain(decode($set, $body));
	}
	return @text{qw(plain html)};
}

sub letter_should_say {
	my ($self, $b) = @_;
	return ((map { "$_->{qty} × Hat $_->{hat} & Co " . ($_->{qty} > 1 ? '(' . money($self, $_->{price}) . ' each) ' : '') . money($self, $_->{sum}) } @{ $b->{lines} }),
	    "$b->{option} " . money($self, $b->{delivery}), 'Total, paid ' . money($self, $b->{total}),
	    'The total has ' . money($self, $b->{tax}) . ' of tax in it.');
}

# Those sentences that a letter has not, in their order.
sub missing {
	my ($text, @sentences) = @_;
	my ($at, @missing) = (0);
	$text = squeeze($text);
	for my $s (map { squeeze($_) } @sentences) {
		my $found = index $text, $s, $at;
		if ($found < 0) {
			push @missing, $s;
		} else {
			$at = $found + length $s;
		}
	}
	return @missing;
}

# Lines of the text are broken, and amounts stand at their end.
sub squeeze { return "$_[0] " =~ s/[\s.]*\s[\s.]*|-{3,}/ /gr =~ s/ //gr }

#** Each against what was reckoned

sub faults_of {
	my ($self, $b) = @_;
	my @faults;
	my $same = sub { my ($what, $got, $should) = @_; push @faults, "$what:\n$got\nshould be:\n$should" if $got ne $should };
	fill($self, $b);
	my $page = $self->{browser}->get("/checkout/review?address=1&delivery=$b->{option}");
	$same->('page', page_says($page->{body}), page_should_say($self, $b));
	my $said = ask($self, 'buy', $b->{gateway}, $b->{country}, $b->{rate}, $b->{option}, $b->{delivery}, $b->{total});
	return (@faults, 'failed: ' . ($said->{failed}[0] // 'no request')) if $said->{failed} || !$said->{create};
	$same->('stripe', stripe_says($said->{create}[0]), stripe_should_say($self, $b)) if $b->{gateway} eq 'stripe';
	$same->('paypal', paypal_says($said->{create}[0], $self->{exponent}), paypal_should_say($self, $b)) if $b->{gateway} eq 'paypal';
	$same->('rows', rows_say($said->{order}[0] // ''), rows_should_say($self, $b, 0));
	my @letters = readable($said->{letter}[0] // '');
	push @faults, 'a letter has a text and an HTML part' if grep { !defined } @letters[0, 1];
	for my $i (0, 1) {
		my @missing = missing($letters[$i] // '', letter_should_say($self, $b));
		push @faults, 'letter, ' . ('text', 'HTML')[$i] . ": not there: @missing" if @missing;
	}
	return (@faults, refund_faults($self, $b));
}

# All at once, or in parts; then nothing is left.
sub refund_faults {
	my ($self, $b) = @_;
	my ($back, $n, @faults) = (0, 0);
	while ($back < $b->{total}) {
		my $left = $b->{total} - $back;
		my $part = $n == 3 || !$random->(3) ? $left : 1 + $random->($left > 16_000_000 ? 16_000_000 : $left);
		$n++;
		my $said = ask($self, 'refund', "part-$n", $part);
		my $sent = refund_sent($self, $b, $said->{refund}[0] // '');
		push @faults, "refund: $sent is sent, should be $part" if $sent ne $part;
		$back += $part;
		my $row = rows_say($said->{order}[0] // '');
		push @faults, "refund: rows:\n$row\nshould be:\n" . rows_should_say($self, $b, $back) if $row ne rows_should_say($self, $b, $back);
		my $amount = money($self, $part);
		for my $text (readable($said->{'refund-letter'}[0] // '')) {
			push @faults, "refund: a letter does not say $amount" if squeeze($text // '') !~ /\Q@{[squeeze($amount)]}\E/;
		}
	}
	my $said = ask($self, 'refund', 'more', 1);
	push @faults, 'refund: more than was paid goes back' if !$said->{failed} || $said->{refund};
	return @faults;
}

sub refund_sent {
	my ($self, $b, $request) = @_;
	return $request =~ /(?:^|&)amount=(\d+)/ ? $1 : 'nothing' if $b->{gateway} eq 'stripe';
	my $value = eval { JSON::PP::decode_json($request)->{amount}{value} } // 'nothing';
	return $value =~ s/\.//r =~ s/^0+(?=\d)//r;
}

#** Tests

my @shops;

sub all_baskets_agree {
	my $wrong = 0;
	for my $i (1 .. $many) {
		my $self = $shops[$i % @shops];
		my $b = draw($self);
		my @faults = faults_of($self, $b) or next;
		diag("seed $seed, basket $i, $self->{currency}, $b->{country}, $b->{gateway}:\n" . join "\n", @faults) if $wrong++ < 3;
	}
	is($wrong, 0, "R50: $many baskets agree to the penny, on the page, at the gateway, in the database, in letters and refunds");
	return;
}

# A penny off anywhere is found where it is.
sub a_penny_off_is_found {
	my $self = $shops[0];
	for my $case ([line => qr/^stripe:/], [letter => qr/^letter, (?:text|HTML):/], [refund => qr/^refund: \d+ is sent/]) {
		my ($what, $where) = @$case;
		ask($self, 'plant', $what);
		# PayPal's request is not even made of lines that do not add up
		my @faults = faults_of($self, draw($self, 'stripe'));
		cmp_ok(scalar @faults, '>', 0, "a fault in the $what is found");
		is(scalar(grep { !/$where/ } @faults), 0, 'there, and nowhere else') or diag(join "\n", @faults);
		ask($self, 'plant');
	}
	# rounded down where it should be up
	my $b = draw($self);
	$b->{tax}--;
	my @faults = faults_of($self, $b);
	is(join(' ', map { /^(\w+)/ } @faults[0 .. 2]), 'page rows letter', 'a tax that is rounded otherwise is found on each')
	    or diag(join "\n", @faults);
	return;
}

@shops = map { shop_in(@$_) } @CURRENCIES;
diag("seed $seed") if $long;
all_baskets_agree();
a_penny_off_is_found();
for my $s (@shops) {
	close $s->{in};
	waitpid $s->{pid}, 0;
	is($?, 0, "the tool for $s->{currency} ended well");
}
done_testing();
