#include "config.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/num.h"
#include "t/random.h"
#include "t/tap.h"

static void
numbers_are_read(void)
{
	static const struct {
		const char *s;
		int64_t v;
	} cases[] = {
		{ "0", 0 },
		{ "-0", 0 },
		{ "7", 7 },
		{ "-12", -12 },
		{ "000000000000000000000000000042", 42 },
		{ "9223372036854775807", INT64_MAX },
		{ "-9223372036854775808", INT64_MIN },
	};
	int64_t v;
	size_t i;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		v = 99;
		is_int(num_parse(cases[i].s, INT64_MIN, INT64_MAX, &v), RC_OK,
		    cases[i].s);
		is_int(v, cases[i].v, cases[i].s);
	}
}

static void
what_is_no_number_is_refused(void)
{
	static const char *const cases[] = { "", "-", "+1", " 1", "1 ", "1.0",
		"0x10", "1e3", "1,000", "--1", "1-", "\xd9\xa3", "1\n", "a" };
	int64_t v = 99;
	size_t i;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		is_int(num_parse(cases[i], INT64_MIN, INT64_MAX, &v),
		    RC_INVALID, cases[i]);
	is_int(num_parse(NULL, 0, 9, &v), RC_INVALID, "NULL");
	is_int(num_parse_n(NULL, 0, 0, 9, &v), RC_INVALID, "NULL of no bytes");
	is_int(num_parse_n("1\0002", 3, 0, 99, &v), RC_INVALID, "NUL inside");
	is_int(v, 99, "out untouched");
}

static void
each_byte_but_the_digits_is_refused(void)
{
	char s[3] = "1?";
	int64_t v;
	int c, bad = 0;
	enum rc rc;

	for (c = 0; c < 256; c++) {
		s[1] = (char)c;
		rc = num_parse_n(s, 2, 0, 99, &v);
		bad += (rc == RC_OK) != (c >= '0' && c <= '9');
	}
	is_int(bad, 0, "bytes taken wrongly");
}

static void
bounds_are_kept(void)
{
	int64_t v = 99;

	is_int(num_parse("5", 5, 5, &v), RC_OK, "the bounds themselves");
	is_int(num_parse("4", 5, 9, &v), RC_TOOBIG, "below");
	is_int(num_parse("10", 5, 9, &v), RC_TOOBIG, "above");
	is_int(num_parse("9223372036854775808", 0, INT64_MAX, &v), RC_TOOBIG,
	    "above 63 bits");
	is_int(num_parse("-9223372036854775809", INT64_MIN, 0, &v), RC_TOOBIG,
	    "below 63 bits");
	is_int(num_parse("99999999999999999999999", 0, INT64_MAX, &v),
	    RC_TOOBIG, "far above");
	is_int(num_parse("99999999999999999999999x", 0, INT64_MAX, &v),
	    RC_INVALID, "no number, however long");
	is_int(v, 5, "out untouched");
}

static void
what_was_written_is_read_again(void)
{
	struct random r = random_seeded();
	int64_t want, got;
	char s[32];
	int i, bad = 0;

	for (i = 0; i < RANDOM_CASES; i++) {
		want = (int64_t)(random_bits(&r) >> random_below(&r, 64));
		if (i % 2 == 1)
			want = (int64_t) - (uint64_t)want;
		(void)snprintf(s, sizeof(s), "%" PRId64, want);
		got = ~want;
		bad += num_parse(s, want, want, &got) != RC_OK || got != want;
	}
	is_int(bad, 0, "different numbers");
}

static void
sums_and_products_that_do_not_fit_are_refused(void)
{
	int64_t v = 99;

	is_int(num_add(INT64_MAX, 1, &v), RC_TOOBIG, "max + 1");
	is_int(num_add(INT64_MIN, -1, &v), RC_TOOBIG, "min - 1");
	is_int(num_mul(INT64_MIN, -1, &v), RC_TOOBIG, "min * -1");
	is_int(
	    num_mul(INT64_C(1) << 32, INT64_C(1) << 31, &v), RC_TOOBIG, "2^63");
	is_int(v, 99, "out untouched");
	is_int(num_add(40, 2, &v), RC_OK, "40 + 2");
	is_int(v, 42, "sum");
	is_int(num_mul(-6, 7, &v), RC_OK, "-6 * 7");
	is_int(v, -42, "product");
}

static void
hexadecimal_digits_have_values(void)
{
	static const char digits[] = "0123456789abcdef0123456789ABCDEF";
	const char *p;
	int c, bad = 0;

	bad += num_hex_digit('\0') != -1;
	for (c = 1; c < 256; c++) {
		p = strchr(digits, c);
		bad += num_hex_digit((char)c) !=
		       (p == NULL ? -1 : (int)(p - digits) % 16);
	}
	is_int(bad, 0, "bytes taken wrongly");
}

int
main(void)
{
	RUN(numbers_are_read);
	RUN(what_is_no_number_is_refused);
	RUN(each_byte_but_the_digits_is_refused);
	RUN(bounds_are_kept);
	RUN(hexadecimal_digits_have_values);
	RUN(what_was_written_is_read_again);
	RUN(sums_and_products_that_do_not_fit_are_refused);
	return tap_done();
}
