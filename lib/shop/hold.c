#include "config.h"

#include <assert.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "shop/hold.h"

#define HOLDS_MAX 1000000 /* open at a time: far too many */

struct held {
	bool there; /* a row */
	enum hold_state state;
	int64_t qty;
};

static enum rc
find(struct db *db, const char *order, int64_t item, struct held *h,
    struct error *e)
{
	struct db_rows *rows;
	enum rc rc;

	memset(h, 0, sizeof(*h));
	rc = db_one(db, SQL_HOLD_READ, &rows, e, db_text(order), db_int(item));
	if (rc != RC_OK)
		return rc == RC_NOTFOUND ? RC_OK : rc;
	h->there = true;
	h->state = (enum hold_state)db_col_int(rows, 0);
	h->qty = db_col_int(rows, 1);
	db_done(rows);
	return RC_OK;
}

/* The hold's row; who else writes it at this moment makes it a conflict. */
static enum rc
write_row(struct db *db, const char *order, int64_t item, int64_t qty,
    int64_t now, bool there, struct error *e)
{
	int64_t n;
	enum rc rc;

	if (!there) {
		rc = db_run(db, SQL_HOLD_ADD, e, db_text(order), db_int(item),
		    db_int(qty), db_int(now));
		return rc == RC_INVALID ? RC_CONFLICT : rc;
	}
	rc = db_run_count(db, SQL_HOLD_AGAIN, &n, e, db_int(qty), db_int(now),
	    db_text(order), db_int(item));
	return rc == RC_OK && n != 1 ? RC_CONFLICT : rc;
}

enum rc
hold_take(struct db *db, const char *order, int64_t item, int64_t qty,
    int64_t now, bool *held, struct error *e)
{
	struct held h;
	int64_t n;
	enum rc rc;

	assert(order[0] != '\0' && strlen(order) < UID_SIZE);
	assert(qty > 0 && qty <= LIMIT_QTY);
	*held = false;
	rc = find(db, order, item, &h, e);
	if (rc != RC_OK)
		return rc;
	if (h.there && h.state == HOLD_HELD) {
		*held = h.qty == qty;
		return *held ? RC_OK
			     : error_set(e, RC_INVALID,
				   "order \"%s\" holds %" PRId64
				   " of an item already, not %" PRId64,
				   order, h.qty, qty);
	}
	rc = db_run_count(
	    db, SQL_HOLD_ITEM, &n, e, db_int(qty), db_int(item), db_int(qty));
	if (rc != RC_OK || n == 0)
		return rc;
	*held = true;
	return write_row(db, order, item, qty, now, h.there, e);
}

enum rc
hold_attempt(
    struct db *db, const char *order, const char *attempt, struct error *e)
{
	assert(attempt[0] != '\0' && strlen(attempt) < UID_SIZE);
	return db_run(
	    db, SQL_HOLD_ATTEMPT, e, db_text(attempt), db_text(order));
}

/* The state has changed from held: the item's share of it goes too. */
static enum rc
give_up(struct db *db, const char *order, int64_t item, struct error *e)
{
	int64_t n;
	enum rc rc;

	rc = db_run_count(db, SQL_HOLD_ITEM_LESS, &n, e, db_text(order),
	    db_int(item), db_int(item));
	/* the foreign key keeps the item there */
	assert(rc != RC_OK || n == 1);
	return rc;
}

enum rc
hold_release(struct db *db, const char *order, int64_t item, int64_t now,
    bool *released, struct error *e)
{
	int64_t n;
	enum rc rc;

	*released = false;
	rc = db_run_count(db, SQL_HOLD_RELEASE, &n, e, db_int(now),
	    db_text(order), db_int(item));
	if (rc != RC_OK || n == 0)
		return rc;
	*released = true;
	return give_up(db, order, item, e);
}

enum rc
hold_end(struct db *db, const struct hold_open *h, int64_t now, bool *ended,
    struct error *e)
{
	int64_t n;
	enum rc rc;

	*ended = false;
	rc = db_run_count(db, SQL_HOLD_END, &n, e, db_int(now),
	    db_text(h->order), db_int(h->item), db_text(h->attempt));
	if (rc != RC_OK || n == 0)
		return rc;
	*ended = true;
	return give_up(db, h->order, h->item, e);
}

enum rc
hold_back(struct db *db, const char *order, const char *attempt, int64_t item,
    bool *back, struct error *e)
{
	int64_t n;
	enum rc rc;

	*back = false;
	rc = db_run_count(db, SQL_HOLD_BACK, &n, e, db_text(order),
	    db_int(item), db_text(attempt));
	if (rc != RC_OK || n == 0)
		return rc;
	*back = true;
	return db_run(db, SQL_HOLD_ITEM_MORE, e, db_text(order), db_int(item),
	    db_int(item));
}

/* False: too long, which no key of ours is. */
static bool
copy(char *to, size_t size, const char *from)
{
	size_t n = strlen(from);

	if (n >= size)
		return false;
	memcpy(to, from, n + 1);
	return true;
}

static enum rc
add(struct hold_open **out, size_t *n, size_t *size, const struct db_rows *rows,
    struct error *e)
{
	struct hold_open *grown, *h;

	if (*n == HOLDS_MAX)
		return error_set(
		    e, RC_TOOBIG, "more than %d holds are open", HOLDS_MAX);
	if (*n == *size) {
		*size = *size == 0 ? 16 : *size * 2;
		grown = realloc(*out, *size * sizeof(**out));
		if (grown == NULL)
			return error_set(
			    e, RC_NOMEM, "no memory for %zu holds", *size);
		*out = grown;
	}
	h = &(*out)[*n];
	h->item = db_col_int(rows, 2);
	h->qty = db_col_int(rows, 4);
	if (!copy(h->order, sizeof(h->order), db_col_text(rows, 0)) ||
	    !copy(h->attempt, sizeof(h->attempt), db_col_text(rows, 1)) ||
	    !copy(h->key, sizeof(h->key), db_col_text(rows, 3)))
		return error_set(e, RC_INVALID,
		    "a hold of order \"%.40s\" has a key that is too long",
		    db_col_text(rows, 0));
	++*n;
	return RC_OK;
}

enum rc
hold_list(struct db *db, struct hold_open **out, size_t *n, struct error *e)
{
	struct db_rows *rows;
	size_t size = 0;
	enum rc rc;

	*out = NULL;
	*n = 0;
	rc = db_ask(db, SQL_HOLD_OPEN, &rows, e);
	while (rc == RC_OK && (rc = db_next(rows, e)) == RC_OK)
		rc = add(out, n, &size, rows, e);
	db_done(rows);
	if (rc == RC_NOTFOUND)
		return RC_OK;
	free(*out);
	*out = NULL;
	*n = 0;
	return rc;
}

enum rc
hold_wrong(struct db *db, hold_wrong_put *put, void *ctx, struct error *e)
{
	struct db_rows *rows;
	enum rc rc;

	rc = db_ask(db, SQL_HOLD_WRONG, &rows, e);
	while (rc == RC_OK && (rc = db_next(rows, e)) == RC_OK)
		rc = put(ctx, db_col_text(rows, 0), db_col_int(rows, 1),
		    db_col_int(rows, 2), e);
	db_done(rows);
	return rc == RC_NOTFOUND ? RC_OK : rc;
}

static enum rc
put_rows(struct db_rows *rows, hold_put *put, void *ctx, struct error *e)
{
	struct hold_row row;
	enum rc rc;

	while ((rc = db_next(rows, e)) == RC_OK) {
		row.order_uid = db_col_text(rows, 0);
		row.item = db_col_int(rows, 1);
		row.attempt = db_col_text(rows, 2);
		row.qty = db_col_int(rows, 3);
		row.state = (enum hold_state)db_col_int(rows, 4);
		row.made_at = db_col_int(rows, 5);
		row.ended_at = db_col_int(rows, 6);
		row.key = db_col_text(rows, 7);
		row.order = db_col_int(rows, 8);
		row.sold = db_col_int(rows, 9) != 0;
		rc = put(ctx, &row, e);
		if (rc != RC_OK)
			break;
	}
	db_done(rows);
	return rc == RC_NOTFOUND ? RC_OK : rc;
}

enum rc
hold_of_order(
    struct db *db, const char *order, hold_put *put, void *ctx, struct error *e)
{
	struct db_rows *rows;
	enum rc rc = db_ask(db, SQL_HOLD_OF_ORDER, &rows, e, db_text(order));

	return rc == RC_OK ? put_rows(rows, put, ctx, e) : rc;
}

enum rc
hold_of_item(
    struct db *db, int64_t item, hold_put *put, void *ctx, struct error *e)
{
	struct db_rows *rows;
	enum rc rc = db_ask(db, SQL_HOLD_OF_ITEM, &rows, e, db_int(item));

	return rc == RC_OK ? put_rows(rows, put, ctx, e) : rc;
}
