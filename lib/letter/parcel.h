/*
 * Letters about an order's parcel and papers, to its customer.
 *
 *	struct letter_news n = { .number = 42, .page = &url, … };
 *
 *	rc = letter_dispatched(&to, &n, &parcel, &out, &e);
 *
 * out is empty and made with LETTER_MAX, for a letter with a document with
 * LETTER_MAX_FILE.  The same bytes each time it is made of the same things.
 */
#ifndef LETTER_PARCEL_H
#define LETTER_PARCEL_H

#include "letter/letter.h"
#include "letter/news.h"
#include "letter/order.h"

/* Of the order; all borrowed. */
struct letter_news {
	int64_t number;
	const struct url *page;
	const char *currency;
	const struct letter_order_line *lines;
	size_t n;                   /* at most LIMIT_BASKET_LINES */
	const char *const *address; /* lines as on a parcel */
	size_t naddress;
};

/* The courier is to fetch it: when, where it is followed, what it is, where it
 * goes.  In one parcel or several. */
enum rc letter_dispatched(const struct letter_to *to,
    const struct letter_news *n, const struct letter_parcel *p, size_t parcels,
    struct buf *out, struct error *e) CHECKED;

/* It is not with the customer yet, why, and what there is to do. */
enum rc letter_trouble(const struct letter_to *to, const struct letter_news *n,
    const struct letter_parcel *p, struct buf *out, struct error *e) CHECKED;

/* With the document attached as "invoice-NUMBER.pdf". */
enum rc letter_invoice(const struct letter_to *to, const struct letter_news *n,
    const struct letter_document *d, struct buf *out, struct error *e) CHECKED;

/* The same of a credit note, "credit-note-NUMBER.pdf". */
enum rc letter_credit_note(const struct letter_to *to,
    const struct letter_news *n, const struct letter_document *d,
    struct buf *out, struct error *e) CHECKED;

/* "We have received your withdrawal", with what it is about and when it was
 * declared (at); how: how it goes on, a sentence of ours. */
enum rc letter_withdrawal(const struct letter_to *to,
    const struct letter_news *n, int64_t at, const char *how, struct buf *out,
    struct error *e) CHECKED;

#endif
