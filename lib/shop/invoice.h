/*
 * Invoices and credit notes, once they are issued: a number without gap in its
 * year's series, and bytes that never change (R82, R83).
 *
 *	rc = invoice_next(db, "INV", 2026, &n, &e);
 *	invoice_number("INV", 2026, n, number);
 *	…the paper is drawn with this number, outside of any unit…
 *	rc = invoice_add(db, &wish, &id, &e);	(in a unit: state, letter)
 *
 * Two may draw with the same number at the same time.  The first to commit has
 * it; invoice_add tells the other RC_NOTFOUND, its unit is rolled back, and it
 * draws again (idea 10).
 */
#ifndef SHOP_INVOICE_H
#define SHOP_INVOICE_H

#include "base/buf.h"
#include "db/db.h"

#define INVOICE_SERIES_SIZE 17
#define INVOICE_NUMBER_SIZE 48

/* The number that a paper made now would have; it is not reserved. */
enum rc invoice_next(struct db *db, const char *series, int64_t year,
    int64_t *n, struct error *e) CHECKED;

/* "INV-2026-00042"; above 99999 it grows. */
void invoice_number(
    const char *series, int64_t year, int64_t n, char out[INVOICE_NUMBER_SIZE]);

struct invoice_wish {
	int64_t order;
	int64_t refund; /* 0: the order's invoice */
	const char *series;
	int64_t year, n; /* as the paper has them */
	int64_t made_at, total, tax;
	const char *currency;
	const void *bytes;
	size_t len;
};

/*
 * Inside a unit: the number is used and the paper is there, or RC_NOTFOUND: the
 * number is somebody else's by now, and the unit must be rolled back.
 * RC_INVALID: this order (or refund) has one already.
 */
enum rc invoice_add(
    struct db *db, const struct invoice_wish *w, struct error *e) CHECKED;

struct invoice {
	int64_t id, order, refund, made_at, total, tax;
	char number[INVOICE_NUMBER_SIZE], currency[4];
};

typedef enum rc invoice_put(
    void *ctx, const struct invoice *i, struct error *e);
/* An order's, oldest first. */
enum rc invoice_of_order(struct db *db, int64_t order, invoice_put *put,
    void *ctx, struct error *e) CHECKED;
/* All, newest first, below the id `before` (0: from the newest). */
enum rc invoice_list(struct db *db, int64_t before, int64_t most,
    invoice_put *put, void *ctx, struct error *e) CHECKED;
/* RC_NOTFOUND. */
enum rc invoice_find(struct db *db, const char *number, struct invoice *out,
    struct error *e) CHECKED;
/* Its PDF, appended to out. */
enum rc invoice_bytes(
    struct db *db, int64_t id, struct buf *out, struct error *e) CHECKED;

#endif
