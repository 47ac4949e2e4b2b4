#include "config.h"

#include <string.h>

#include "base/clock.h"
#include "shop/basket.h"

enum rc
basket_look_customer(
    struct db *db, int64_t customer, int64_t *basket, struct error *e)
{
	struct db_rows *rows;
	enum rc rc;

	*basket = 0;
	rc = db_one(db, SQL_BASKET_OF_CUSTOMER, &rows, e, db_int(customer));
	if (rc == RC_NOTFOUND)
		return RC_OK;
	if (rc != RC_OK)
		return rc;
	*basket = db_col_int(rows, 0);
	db_done(rows);
	return RC_OK;
}

enum rc
basket_of_customer(struct db *db, int64_t customer, int64_t now,
    int64_t *basket, struct error *e)
{
	struct error mine = ERROR_NONE;
	enum rc rc;

	rc = basket_look_customer(db, customer, basket, e);
	if (rc != RC_OK || *basket != 0)
		return rc;
	rc = db_run(db, SQL_BASKET_ADD_OWN, &mine, db_int(customer),
	    db_int(now), db_int(now), db_int(customer));
	/* The other tab was faster. */
	if (rc == RC_INVALID)
		return basket_look_customer(db, customer, basket, e);
	if (rc != RC_OK)
		return error_set(e, rc, "%s", mine.text);
	return basket_look_customer(db, customer, basket, e);
}

struct raw {
	int64_t item, qty, added_at;
};

struct merge {
	int64_t from, to;
	struct raw lines[LIMIT_BASKET_LINES];
	size_t n;
};

/* Whether there is a browser's basket to merge, which is ours then until the
 * unit ends. */
static enum rc
lock_both(struct db *db, const struct merge *m, int64_t now, bool *there,
    struct error *e)
{
	struct db_rows *rows;
	int64_t n = 0;
	enum rc rc;

	*there = false;
	rc = db_run_count(
	    db, SQL_BASKET_SEEN, &n, e, db_int(now), db_int(m->to));
	if (rc == RC_OK)
		rc = db_run_count(
		    db, SQL_BASKET_SEEN, &n, e, db_int(now), db_int(m->from));
	if (rc != RC_OK || n == 0)
		return rc;
	rc = db_one(db, SQL_BASKET_OWNER, &rows, e, db_int(m->from));
	if (rc == RC_NOTFOUND)
		return RC_OK;
	if (rc != RC_OK)
		return rc;
	*there = db_col_null(rows, 0); /* else it is a customer's own */
	db_done(rows);
	return RC_OK;
}

static enum rc
read_lines(struct db *db, struct merge *m, struct error *e)
{
	struct db_rows *rows;
	enum rc rc;

	m->n = 0;
	rc = db_ask(db, SQL_BASKET_RAW, &rows, e, db_int(m->from));
	if (rc != RC_OK)
		return rc;
	while ((rc = db_next(rows, e)) == RC_OK) {
		if (m->n == LIMIT_BASKET_LINES)
			continue;
		m->lines[m->n].item = db_col_int(rows, 0);
		m->lines[m->n].qty = db_col_int(rows, 1);
		m->lines[m->n++].added_at = db_col_int(rows, 2);
	}
	db_done(rows);
	return rc == RC_NOTFOUND ? RC_OK : rc;
}

/* The larger, and no more than there is; of what is not there at all the line
 * stays as it is, flagged: the shopper decides. */
static int64_t
larger(int64_t a, int64_t b, int64_t available, bool gone)
{
	int64_t qty = a > b ? a : b;

	if (qty > LIMIT_QTY)
		qty = LIMIT_QTY;
	return !gone && available > 0 && qty > available ? available : qty;
}

static enum rc
merge_line(
    struct db *db, const struct merge *m, const struct raw *l, struct error *e)
{
	struct item it = { 0 };
	struct db_rows *rows;
	int64_t had, lines, qty;
	enum rc rc;

	rc = db_one(db, SQL_BASKET_LOOK, &rows, e, db_int(m->to), db_int(m->to),
	    db_int(l->item));
	if (rc != RC_OK)
		return rc;
	it.level = db_col_int(rows, 0);
	it.held = db_col_int(rows, 1);
	it.gone = db_col_int(rows, 2) != 0;
	had = db_col_int(rows, 3);
	lines = db_col_int(rows, 4);
	db_done(rows);
	qty = larger(had, l->qty, item_available(&it), it.gone);
	if (qty == had || (had == 0 && lines >= LIMIT_BASKET_LINES))
		return RC_OK;
	if (had == 0)
		return db_run(db, SQL_BASKET_PUT, e, db_int(m->to),
		    db_int(l->item), db_int(qty), db_int(l->added_at));
	return db_run(
	    db, SQL_BASKET_QTY, e, db_int(qty), db_int(m->to), db_int(l->item));
}

enum rc
basket_merge(struct db *db, int64_t browser_basket, int64_t customer,
    int64_t now, struct error *e)
{
	struct merge m = { .from = browser_basket };
	bool there;
	enum rc rc;

	rc = basket_of_customer(db, customer, now, &m.to, e);
	if (rc == RC_OK && m.to == 0)
		return error_set(e, RC_NOTFOUND, "there is no such customer");
	if (rc == RC_OK && m.to == m.from)
		return RC_OK;
	if (rc == RC_OK)
		rc = lock_both(db, &m, now, &there, e);
	if (rc != RC_OK || !there)
		return rc;
	rc = read_lines(db, &m, e);
	for (size_t i = 0; rc == RC_OK && i < m.n; i++)
		rc = merge_line(db, &m, &m.lines[i], e);
	if (rc == RC_OK)
		rc = db_run(db, SQL_BASKET_EMPTY, e, db_int(m.from));
	if (rc == RC_OK)
		rc = db_run(db, SQL_BASKET_DROP, e, db_int(m.from));
	return rc;
}

enum rc
basket_bought(
    struct db *db, int64_t customer, int64_t item, int64_t qty, struct error *e)
{
	enum rc rc;

	rc = db_run(db, SQL_BASKET_BOUGHT_ALL, e, db_int(item), db_int(qty),
	    db_int(customer));
	if (rc == RC_OK)
		rc = db_run(db, SQL_BASKET_BOUGHT, e, db_int(qty), db_int(item),
		    db_int(qty), db_int(customer));
	return rc;
}
