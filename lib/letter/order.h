/*
 * The letters of an order, to its customer.  The confirmation is one letter for
 * two readers, who both get the same
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
	int64_t qty, price;        /* of one, tax included, minor units */
	const struct url *picture; /* a whole address; NULL: none */
	int64_t width, height;     /* of any of its sizes */
};

/* All borrowed. */
struct letter_order {
	int64_t number;
	const struct url *page;
	const char *currency;
	const struct letter_order_line *lines; /* with or without pictures */
	size_t n;                              /* at most LIMIT_BASKET_LINES */
	const char *delivery_name;             /* "Standard delivery" */
	int64_t delivery, total, tax;
	const char *const *address; /* lines as on a parcel */
	size_t naddress;
	const char *method; /* "card ending 4242"; "": not known */
};

/* out is empty and made with LETTER_MAX.  The same bytes each time it is made
 * of the same things. */
enum rc letter_order(const struct letter_to *to, const struct letter_order *o,
    struct buf *out, struct error *e) CHECKED;

/* All borrowed. */
struct letter_ended {
	int64_t number;
	const struct url *page, *basket;
	const char *why; /* "": it was not paid in time */
	bool wished;     /* the customer has cancelled it */
	bool reserved;   /* money was reserved, and is released */
	const char *currency;
	bool paid;    /* money was taken: some of it may be back already */
	int64_t back; /* what goes back of it by this end; or 0 */
	const char *method; /* "card ending 4242"; "": not known */
};

/* Nothing was charged, with a way back to the basket; or all of it goes back. */
enum rc letter_ended(const struct letter_to *to, const struct letter_ended *n,
    struct buf *out, struct error *e) CHECKED;

/* All borrowed. */
struct letter_refund {
	int64_t number;
	const struct url *page;
	const char *currency;
	int64_t amount;
	const char *method; /* as above */
};

/* So much of what was paid is on its way back. */
enum rc letter_refund(const struct letter_to *to, const struct letter_refund *f,
    struct buf *out, struct error *e) CHECKED;

/* All borrowed. */
struct letter_return {
	int64_t number; /* of the order */
	const struct url *page;
	const char *what;    /* "2 x Crimson Fez" */
	const char *name;    /* of whoever has ordered */
	const char *at;      /* date and time of the declaration */
	const char *back_to; /* where it is sent, one line */
	bool on_way;         /* it has not been delivered yet */
	bool refused;
	const char *why; /* it is refused */
};

/* The receipt of a withdrawal, with what it says and when it came; or that what
 * was to be sent back is not taken. */
enum rc letter_return(const struct letter_to *to, const struct letter_return *g,
    struct buf *out, struct error *e) CHECKED;

#endif
