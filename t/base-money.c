#include "config.h"

#include <string.h>

#include "base/limits.h"
#include "base/money.h"
#include "t/random.h"
#include "t/tap.h"

static void
decimals_of_databases_are_read(void)
{
	static const struct {
		const char *s, *currency;
		int64_t minor;
	} cases[] = {
		{ "19.99", "GBP", 1999 },
		{ "19.9900", "GBP", 1999 },
		{ "7", "GBP", 700 },
		{ "-3", "EUR", -300 },
		{ "0.5", "USD", 50 },
		{ "-0.00", "USD", 0 },
		{ "00012.30", "GBP", 1230 },
		{ "1500", "JPY", 1500 },
		{ "1500.00", "JPY", 1500 },
		{ "1.234", "KWD", 1234 },
		{ "1000000000.00", "GBP", LIMIT_MONEY },
		{ "-1000000000", "GBP", -LIMIT_MONEY },
	};
	struct money m;
	size_t i;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		m.minor = 99;
		is_int(money_parse(cases[i].s, cases[i].currency, &m), RC_OK,
		    cases[i].s);
		is_int(m.minor, cases[i].minor, cases[i].s);
		is_str(m.currency, cases[i].currency, "currency");
	}
}

static void
what_is_no_amount_is_refused(void)
{
	static const char *const cases[] = { "", "-", ".", "1.", ".5", "-.5",
		"1.2.3", "1,50", "1e2", "+1", " 1", "1 ", "--1", "-", "1.-2",
		"\xc2\xa3 1", "1.995", "NaN", "0x1" };
	struct money m = { 99, "XXX" };
	size_t i;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		is_int(money_parse(cases[i], "GBP", &m), RC_INVALID, cases[i]);
	is_int(money_parse("1.5", "JPY", &m), RC_INVALID, "half a yen");
	is_int(money_parse("1", "XYZ", &m), RC_INVALID, "unknown currency");
	is_int(money_parse("1", "", &m), RC_INVALID, "no currency");
	is_int(money_parse("1000000000.01", "GBP", &m), RC_TOOBIG, "above");
	is_int(money_parse("99999999999999999999", "GBP", &m), RC_TOOBIG,
	    "far above");
	is_int(m.minor, 99, "out untouched");
}

static void
people_and_machines_read_it_their_way(void)
{
	static const struct {
		struct money m;
		const char *people, *machine;
	} cases[] = {
		{ { 123450, "GBP" },
		    "\xc2\xa3"
		    "1,234.50",
		    "1234.50" },
		{ { -300, "GBP" },
		    "-\xc2\xa3"
		    "3.00",
		    "-3.00" },
		{ { 1999, "EUR" },
		    "\xe2\x82\xac"
		    "19.99",
		    "19.99" },
		{ { 700, "CHF" }, "CHF 7.00", "7.00" },
		{ { 5, "USD" }, "$0.05", "0.05" },
		{ { 0, "GBP" },
		    "\xc2\xa3"
		    "0.00",
		    "0.00" },
		{ { 1234567, "JPY" }, "JPY 1,234,567", "1234567" },
		{ { -1234567, "KWD" }, "-KWD 1,234.567", "-1234.567" },
		{ { LIMIT_MONEY, "GBP" },
		    "\xc2\xa3"
		    "1,000,000,000.00",
		    "1000000000.00" },
		{ { INT64_MIN, "KWD" }, "-KWD 9,223,372,036,854,775.808",
		    "-9223372036854775.808" },
	};
	struct buf b;
	size_t i;

	buf_init(&b, 100);
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		buf_reset(&b);
		money_put(&b, cases[i].m);
		is_str(buf_str(&b), cases[i].people, "people");
		buf_reset(&b);
		money_put_decimal(&b, cases[i].m);
		is_str(buf_str(&b), cases[i].machine, "machine");
	}
	buf_release(&b);
}

static void
an_unknown_currency_fails_the_page(void)
{
	struct money m = { 1, "" };
	struct buf b;

	buf_init(&b, 100);
	money_put(&b, m);
	is_int(buf_rc(&b), RC_INVALID, "people");
	buf_reset(&b);
	money_put_decimal(&b, m);
	is_int(buf_rc(&b), RC_INVALID, "machine");
	buf_release(&b);
	is_int(money_exponent("GBPX"), -1, "exponent");
}

static void
sums_and_multiples_have_bounds(void)
{
	struct money pound = { 100, "GBP" }, euro = { 100, "EUR" };
	struct money most = { LIMIT_MONEY, "GBP" }, out = { 99, "XXX" };

	is_int(money_add(pound, euro, &out), RC_INVALID, "two currencies");
	is_int(money_add(most, pound, &out), RC_TOOBIG, "sum too big");
	is_int(money_times(most, 2, &out), RC_TOOBIG, "multiple too big");
	is_int(money_times(most, INT64_MAX, &out), RC_TOOBIG, "overflow");
	is_int(out.minor, 99, "out untouched");
	is_int(money_add(pound, pound, &out), RC_OK, "sum");
	is_int(out.minor, 200, "two pounds");
	is_int(money_times(pound, -3, &out), RC_OK, "multiple");
	is_int(out.minor, -300, "three pounds less");
	is_str(out.currency, "GBP", "currency");
}

static void
what_was_written_is_read_again(void)
{
	static const char codes[][4] = { "GBP", "JPY", "KWD", "CHF" };
	struct random r = random_seeded();
	struct money m, back;
	struct buf b;
	int i, bad = 0;

	buf_init(&b, 100);
	for (i = 0; i < RANDOM_CASES; i++) {
		m.minor = (int64_t)(random_bits(&r) % LIMIT_MONEY);
		if (i % 2 == 1)
			m.minor = -m.minor;
		memcpy(m.currency, codes[i % 4], sizeof(m.currency));
		buf_reset(&b);
		money_put_decimal(&b, m);
		bad += money_parse(buf_str(&b), m.currency, &back) != RC_OK ||
		       back.minor != m.minor;
	}
	is_int(bad, 0, "different amounts");
	buf_release(&b);
}

int
main(void)
{
	RUN(decimals_of_databases_are_read);
	RUN(what_is_no_amount_is_refused);
	RUN(people_and_machines_read_it_their_way);
	RUN(an_unknown_currency_fails_the_page);
	RUN(sums_and_multiples_have_bounds);
	RUN(what_was_written_is_read_again);
	return tap_done();
}
