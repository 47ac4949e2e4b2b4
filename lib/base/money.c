#include "config.h"

#include <stdbool.h>
#include <string.h>

#include "base/limits.h"
#include "base/money.h"
#include "base/num.h"

#define MAX_EXPONENT 3

/* ISO 4217; the sign only where readers of English take it for this
 * currency alone. */
static const struct currency {
	char code[4];
	int exponent;
	const char *sign;
} currencies[] = {
	{ "GBP", 2, "\xc2\xa3" },
	{ "EUR", 2, "\xe2\x82\xac" },
	{ "USD", 2, "$" },
	{ "AUD", 2, NULL },
	{ "CAD", 2, NULL },
	{ "CHF", 2, NULL },
	{ "CZK", 2, NULL },
	{ "DKK", 2, NULL },
	{ "ISK", 0, NULL },
	{ "JPY", 0, NULL },
	{ "KWD", 3, NULL },
	{ "NOK", 2, NULL },
	{ "NZD", 2, NULL },
	{ "PLN", 2, NULL },
	{ "SEK", 2, NULL },
};

static const struct currency *
find(const char *code)
{
	size_t i;

	for (i = 0; i < sizeof(currencies) / sizeof(currencies[0]); i++)
		if (strcmp(currencies[i].code, code) == 0)
			return &currencies[i];
	return NULL;
}

int
money_exponent(const char *currency)
{
	const struct currency *c = find(currency);

	return c == NULL ? -1 : c->exponent;
}

static bool
in_bounds(int64_t minor)
{
	return minor >= -LIMIT_MONEY && minor <= LIMIT_MONEY;
}

/* What stands behind the point, n bytes, as minor units of a currency with
 * that exponent. */
static enum rc
parse_fraction(const char *s, size_t n, int exponent, int64_t *out)
{
	char digits[] = "0000"; /* one more than MAX_EXPONENT */
	size_t want = (size_t)exponent;
	size_t i;

	if (n == 0)
		return RC_INVALID;
	for (i = 0; i < n; i++)
		if (s[i] < '0' || s[i] > '9' || (i >= want && s[i] != '0'))
			return RC_INVALID;
	memcpy(digits + 1, s, n < want ? n : want);
	return num_parse_n(digits, want + 1, 0, INT64_MAX, out);
}

/* A decimal number without a sign. */
static enum rc
parse_unsigned(const char *s, int exponent, int64_t *out)
{
	const char *point = strchr(s, '.');
	size_t whole = point == NULL ? strlen(s) : (size_t)(point - s);
	int64_t major, fraction = 0;
	enum rc rc = RC_OK;

	if (s[0] == '-')
		return RC_INVALID;
	if (point != NULL)
		rc = parse_fraction(
		    point + 1, strlen(point + 1), exponent, &fraction);
	if (rc == RC_OK)
		rc = num_parse_n(s, whole, 0, LIMIT_MONEY, &major);
	if (rc != RC_OK)
		return rc;
	while (exponent-- > 0)
		major *= 10; /* at most LIMIT_MONEY * 10^MAX_EXPONENT = 10^14 */
	*out = major + fraction;
	return in_bounds(*out) ? RC_OK : RC_TOOBIG;
}

enum rc
money_parse(const char *s, const char *currency, struct money *out)
{
	const struct currency *c = find(currency);
	bool negative = s[0] == '-';
	int64_t minor;
	enum rc rc;

	if (c == NULL)
		return RC_INVALID;
	rc = parse_unsigned(negative ? s + 1 : s, c->exponent, &minor);
	if (rc != RC_OK)
		return rc;
	*out = (struct money){ .minor = negative ? -minor : minor };
	memcpy(out->currency, c->code, sizeof(out->currency));
	return RC_OK;
}

enum rc
money_add(struct money a, struct money b, struct money *out)
{
	int64_t v;

	if (strcmp(a.currency, b.currency) != 0)
		return RC_INVALID;
	if (num_add(a.minor, b.minor, &v) != RC_OK || !in_bounds(v))
		return RC_TOOBIG;
	a.minor = v;
	*out = a;
	return RC_OK;
}

enum rc
money_times(struct money a, int64_t n, struct money *out)
{
	int64_t v;

	if (num_mul(a.minor, n, &v) != RC_OK || !in_bounds(v))
		return RC_TOOBIG;
	a.minor = v;
	*out = a;
	return RC_OK;
}

static void
put_digits(struct buf *b, int64_t minor, int exponent, bool grouped)
{
	char s[32]; /* 19 digits, a point and 6 commas at most */
	size_t i = sizeof(s);
	uint64_t u = minor < 0 ? -(uint64_t)minor : (uint64_t)minor;
	int k;

	for (k = 0; k < exponent; k++, u /= 10)
		s[--i] = (char)('0' + u % 10);
	if (exponent > 0)
		s[--i] = '.';
	k = 0;
	do {
		if (grouped && k > 0 && k % 3 == 0)
			s[--i] = ',';
		s[--i] = (char)('0' + u % 10);
		u /= 10;
		k++;
	} while (u != 0);
	buf_put(b, s + i, sizeof(s) - i);
}

void
money_put(struct buf *b, struct money m)
{
	const struct currency *c = find(m.currency);

	if (c == NULL) {
		buf_fail(b, RC_INVALID);
		return;
	}
	if (m.minor < 0)
		buf_putc(b, '-');
	if (c->sign != NULL) {
		buf_puts(b, c->sign);
	} else {
		buf_puts(b, c->code);
		buf_putc(b, ' ');
	}
	put_digits(b, m.minor, c->exponent, true);
}

void
money_put_decimal(struct buf *b, struct money m)
{
	int exponent = money_exponent(m.currency);

	if (exponent < 0) {
		buf_fail(b, RC_INVALID);
		return;
	}
	if (m.minor < 0)
		buf_putc(b, '-');
	put_digits(b, m.minor, exponent, false);
}
