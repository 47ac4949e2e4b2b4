/*
 * Money: whole minor units (pence) of one ISO 4217 currency, never a float.
 *
 *	struct money m;
 *
 *	rc = money_parse("19.99", "GBP", &m);
 *	money_put(&b, m);			"£19.99"
 */
#ifndef BASE_MONEY_H
#define BASE_MONEY_H

#include <stdint.h>

#include "base/buf.h"

struct money {
	int64_t minor;
	char currency[4]; /* "GBP" */
};

/* The exponent of an ISO 4217 code that the shop knows (GBP EUR USD 2, JPY 0,
 * …); -1 for another. */
int money_exponent(const char *currency);

/*
 * A decimal number as databases write it ("19.99", "19.9900", "-3", "7") in
 * major units.  Digits past the exponent must be zeros.  RC_INVALID when it is
 * no number, has a fraction of a minor unit, or the currency is unknown;
 * RC_TOOBIG above LIMIT_MONEY.
 */
enum rc money_parse(
    const char *s, const char *currency, struct money *out) CHECKED;

/* Sum and multiple; RC_INVALID on different currencies, RC_TOOBIG above
 * LIMIT_MONEY in size. */
enum rc money_add(struct money a, struct money b, struct money *out) CHECKED;
enum rc money_times(struct money a, int64_t n, struct money *out) CHECKED;

/* As people read it: "£1,234.50", "-£3.00", "€19.99", "CHF 7.00".  Here and
 * below an unknown currency fails the buffer (RC_INVALID). */
void money_put(struct buf *b, struct money m);

/* As machines read it: "1234.50", no grouping, no sign of the currency. */
void money_put_decimal(struct buf *b, struct money m);

#endif
