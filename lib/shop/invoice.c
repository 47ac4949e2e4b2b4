#include "config.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "shop/invoice.h"

enum rc
invoice_next(struct db *db, const char *series, int64_t year, int64_t *n,
    struct error *e)
{
	struct error none = ERROR_NONE;
	struct db_rows *rows;
	enum rc rc;

	*n = 1;
	rc = db_one(
	    db, SQL_INVOICE_NEXT, &rows, &none, db_text(series), db_int(year));
	if (rc == RC_NOTFOUND)
		return RC_OK;
	if (rc != RC_OK)
		return error_set(e, rc, "%s", none.text);
	*n = db_col_int(rows, 0);
	db_done(rows);
	return RC_OK;
}

void
invoice_number(
    const char *series, int64_t year, int64_t n, char out[INVOICE_NUMBER_SIZE])
{
	(void)snprintf(out, INVOICE_NUMBER_SIZE, "%.16s-%" PRId64 "-%05" PRId64,
	    series, year, n);
}

enum rc
invoice_add(struct db *db, const struct invoice_wish *w, struct error *e)
{
	char number[INVOICE_NUMBER_SIZE];
	int64_t used = 0;
	enum rc rc;

	rc = db_run(
	    db, SQL_INVOICE_SERIES, e, db_text(w->series), db_int(w->year));
	if (rc == RC_OK)
		rc = db_run_count(db, SQL_INVOICE_USE, &used, e,
		    db_text(w->series), db_int(w->year), db_int(w->n));
	if (rc != RC_OK)
		return rc;
	invoice_number(w->series, w->year, w->n, number);
	if (used != 1)
		return error_set(
		    e, RC_NOTFOUND, "%s is another order's by now", number);
	return db_run(db, SQL_INVOICE_ADD, e, db_int(w->order),
	    db_int(w->refund), db_text(number), db_int(w->made_at),
	    db_int(w->total), db_int(w->tax), db_text(w->currency),
	    db_blob(w->bytes, w->len));
}

/*** Reading ***/

static void
row(const struct db_rows *rows, struct invoice *i)
{
	memset(i, 0, sizeof(*i));
	i->id = db_col_int(rows, 0);
	i->order = db_col_int(rows, 1);
	i->refund = db_col_int(rows, 2);
	text_copy(i->number, sizeof(i->number), db_col_text(rows, 3));
	i->made_at = db_col_int(rows, 4);
	i->total = db_col_int(rows, 5);
	i->tax = db_col_int(rows, 6);
	text_copy(i->currency, sizeof(i->currency), db_col_text(rows, 7));
}

static enum rc
put_rows(struct db_rows *rows, invoice_put *put, void *ctx, struct error *e)
{
	struct invoice i;
	enum rc rc;

	while ((rc = db_next(rows, e)) == RC_OK) {
		row(rows, &i);
		rc = put(ctx, &i, e);
		if (rc != RC_OK)
			break;
	}
	db_done(rows);
	return rc == RC_NOTFOUND ? RC_OK : rc;
}

enum rc
invoice_of_order(
    struct db *db, int64_t order, invoice_put *put, void *ctx, struct error *e)
{
	struct db_rows *rows;
	enum rc rc = db_ask(db, SQL_INVOICE_OF_ORDER, &rows, e, db_int(order));

	return rc == RC_OK ? put_rows(rows, put, ctx, e) : rc;
}

enum rc
invoice_list(struct db *db, int64_t before, int64_t most, invoice_put *put,
    void *ctx, struct error *e)
{
	struct db_rows *rows;
	enum rc rc = db_ask(db, SQL_INVOICE_LIST, &rows, e,
	    db_int(before > 0 ? before : INT64_MAX), db_int(most));

	return rc == RC_OK ? put_rows(rows, put, ctx, e) : rc;
}

enum rc
invoice_find(
    struct db *db, const char *number, struct invoice *out, struct error *e)
{
	struct db_rows *rows;
	enum rc rc;

	rc = db_one(db, SQL_INVOICE_BY_NUMBER, &rows, e, db_text(number));
	if (rc == RC_NOTFOUND)
		return error_set(e, rc, "there is no such invoice");
	if (rc != RC_OK)
		return rc;
	row(rows, out);
	db_done(rows);
	return RC_OK;
}

enum rc
invoice_bytes(struct db *db, int64_t id, struct buf *out, struct error *e)
{
	struct db_rows *rows;
	const void *bytes;
	size_t n;
	enum rc rc = db_one(db, SQL_INVOICE_BYTES, &rows, e, db_int(id));

	if (rc == RC_NOTFOUND)
		return error_set(e, rc, "there is no such invoice");
	if (rc != RC_OK)
		return rc;
	bytes = db_col_blob(rows, 0, &n);
	buf_put(out, bytes, n);
	db_done(rows);
	rc = buf_rc(out);
	return rc == RC_OK ? rc : error_set(e, rc, "the invoice is too large");
}
