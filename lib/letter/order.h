/*
 * The order confirmation: one letter for two readers, who both get the same
 * bytes, the customer and the warehouse manager (idea 9).  It has the order's
 * address and no power: whoever logs in there sees what is theirs.
 *
 *	struct letter_order o = { .number = 42, .page = &url, … };
 *
 *	rc = letter_order(&to, &o, &out, &e);
 */
#ifndef LETTER_ORDER_H
#define LETTER_ORDER_H

#include "base/limits.h"
#include "letter/letter.h"

struct letter_order_line {
	const char *name;
	int64_t qty, price; /* of one, tax included, minor units */
};

/* All borrowed. */
struct letter_order {
	int64_t number;
	const struct url *page;
	const char *currency;
	const struct letter_order_line *lines;
	size_t n;                  /* at most LIMIT_BASKET_LINES */
	const char *delivery_name; /* "Standard delivery" */
	int64_t delivery, total, tax;
	const char *const *address; /* lines as on a parcel */
	size_t naddress;
	const char *method; /* "card ending 4242"; "": not known */
};

/* out is empty and made with LETTER_MAX.  The same bytes each time it is made
 * of the same things. */
enum rc letter_order(const struct letter_to *to, const struct letter_order *o,
    struct buf *out, struct error *e) CHECKED;

#endif
