/*
 * A basket becomes an order: one unit that holds the goods of every line or
 * does nothing.
 */
#include "config.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/money.h"
#include "shop/basket.h"
#include "shop/hold.h"
#include "shop/journal.h"
#include "shop/order.h"

struct line {
	int64_t item, qty, price, tax;
	char *key, *name; /* owned */
};

struct placing {
	const struct order_wish *w;
	struct order_placed *out;
	int64_t now;
	bool undo; /* the outcome says why nothing may stay */

	struct line lines[LIMIT_BASKET_LINES];
	size_t n;
	char uid[UID_SIZE];
};

static void
drop_lines(struct placing *p)
{
	for (size_t i = 0; i < p->n; i++) {
		free(p->lines[i].key);
		free(p->lines[i].name);
	}
	p->n = 0;
}

static enum rc
keep_line(void *ctx, const struct basket_line *l, struct error *e)
{
	struct placing *p = ctx;
	struct line *to = &p->lines[p->n];

	if (l->state != LINE_OK) {
		if (p->out->outcome == ORDER_SHORT)
			return RC_OK; /* one at a time is named */
		p->out->outcome = ORDER_SHORT;
		p->out->item = l->item->id;
		p->out->left = l->state == LINE_GONE ? 0 : l->available;
		return RC_OK;
	}
	assert(p->n < LIMIT_BASKET_LINES);
	to->item = l->item->id;
	to->qty = l->qty;
	to->price = l->item->price;
	to->tax = order_tax(l->total, p->w->tax_rate);
	to->key = strdup(l->item->key);
	to->name = strdup(l->item->name);
	p->n++;
	if (to->key == NULL || to->name == NULL)
		return error_set(e, RC_NOMEM, "no memory for an order");
	return RC_OK;
}

/* The same order of locks for everybody. */
static int
by_item(const void *a, const void *b)
{
	const struct line *x = a, *y = b;

	return (x->item > y->item) - (x->item < y->item);
}

enum rc
order_by_checkout(struct db *db, const char *checkout, int64_t customer,
    int64_t *order, struct error *e)
{
	struct db_rows *rows;
	enum rc rc;

	rc = db_one(db, SQL_ORDER_BY_CHECKOUT, &rows, e, db_text(checkout));
	if (rc != RC_OK)
		return rc;
	*order = db_col_int(rows, 0);
	if (db_col_int(rows, 1) != customer)
		rc = error_set(
		    e, RC_NOTFOUND, "this checkout is another customer's");
	db_done(rows);
	return rc;
}

/*
 * RC_NOTFOUND: this checkout has no order and the customer no live one.  Asked
 * in this order: on MariaDB an order may come between two statements, and a
 * checkout shall find its own.
 */
static enum rc
find_order(struct db *db, struct placing *p, struct error *e)
{
	struct db_rows *rows;
	int64_t live = 0;
	enum rc rc;

	rc = order_live(db, p->w->customer, &live, e);
	if (rc != RC_OK && rc != RC_NOTFOUND)
		return rc;
	error_clear(e);
	rc = db_one(
	    db, SQL_ORDER_BY_CHECKOUT, &rows, e, db_text(p->w->checkout));
	if (rc == RC_OK) {
		p->out->order = db_col_int(rows, 0);
		p->out->outcome = ORDER_PLACED;
		if (db_col_int(rows, 1) != p->w->customer)
			rc = error_set(e, RC_DENIED,
			    "this checkout is another customer's");
		db_done(rows);
	} else if (rc == RC_NOTFOUND && live != 0) {
		p->out->order = live;
		p->out->outcome = ORDER_OTHER;
		rc = RC_OK;
	}
	return rc;
}

static enum rc
look(struct db *db, struct placing *p, int64_t *goods, int64_t *tax,
    struct error *e)
{
	struct basket_sum sum;
	enum rc rc;

	*goods = *tax = 0;
	p->out->outcome = ORDER_PLACED;
	rc = basket_lines(db, p->w->basket, keep_line, p, &sum, e);
	if (rc != RC_OK || p->out->outcome == ORDER_SHORT)
		return rc;
	for (size_t i = 0; i < p->n; i++)
		*tax += p->lines[i].tax;
	*goods = sum.total;
	*tax += order_tax(p->w->delivery, p->w->tax_rate);
	if (p->n == 0)
		p->out->outcome = ORDER_EMPTY;
	else if (*goods + p->w->delivery != p->w->shown_total)
		p->out->outcome = ORDER_CHANGED;
	return RC_OK;
}

static enum rc
add_order(struct db *db, struct placing *p, int64_t goods, int64_t tax,
    struct error *e)
{
	const struct order_wish *w = p->w;
	const struct address *to = w->to;
	enum rc rc;

	rc = db_run(db, SQL_ORDER_ADD, e, db_text(p->uid), db_text(w->checkout),
	    db_int(w->customer), db_int(w->customer), db_int(p->now),
	    db_int(p->now + w->hold_seconds), db_int(p->now),
	    db_text(w->currency), db_int(goods), db_int(w->delivery),
	    db_int(tax), db_int(goods + w->delivery),
	    db_text(w->delivery_option), db_text(w->terms), db_text(w->email),
	    db_text(to->country), db_text(to->name), db_text(to->line1),
	    db_text(to->line2), db_text(to->town), db_text(to->region),
	    db_text(to->postcode), db_text(to->phone));
	if (rc == RC_OK)
		p->out->order = db_last_id(db);
	/* a second submit or a second tab at this moment: look again */
	return rc == RC_INVALID ? RC_CONFLICT : rc;
}

static enum rc
add_lines(struct db *db, struct placing *p, struct error *e)
{
	enum rc rc = RC_OK;

	for (size_t i = 0; i < p->n && rc == RC_OK; i++) {
		const struct line *l = &p->lines[i];

		rc = db_run(db, SQL_ORDER_LINE_ADD, e, db_int(p->out->order),
		    db_int((int64_t)i + 1), db_int(l->item), db_int(l->qty),
		    db_int(l->price), db_int(p->w->tax_rate), db_int(l->tax),
		    db_text(l->key), db_text(l->name));
	}
	return rc;
}

/* A line that cannot be held undoes the whole. */
static enum rc
hold_lines(struct db *db, struct placing *p, struct error *e)
{
	bool held = true;
	enum rc rc = RC_OK;
	size_t i;

	for (i = 0; i < p->n && rc == RC_OK && held; i++)
		rc = hold_take(db, p->uid, p->lines[i].item, p->lines[i].qty,
		    p->now, &held, e);
	if (rc == RC_OK && !held) {
		p->undo = true;
		p->out->outcome = ORDER_SHORT;
		p->out->item = p->lines[i - 1].item;
		rc = error_set(e, RC_DENIED, "too few are left");
	}
	return rc;
}

static enum rc
place(struct db *db, void *ctx, struct error *e)
{
	struct placing *p = ctx;
	int64_t goods, tax;
	enum rc rc;

	drop_lines(p);
	memset(p->out, 0, sizeof(*p->out));
	p->undo = false;
	rc = find_order(db, p, e);
	if (rc != RC_NOTFOUND)
		return rc;
	error_clear(e);
	rc = look(db, p, &goods, &tax, e);
	if (rc != RC_OK || p->out->outcome != ORDER_PLACED)
		return rc;
	qsort(p->lines, p->n, sizeof(p->lines[0]), by_item);
	rc = uid_random(p->uid, e);
	if (rc == RC_OK)
		rc = add_order(db, p, goods, tax, e);
	/* before anything refers to the items: a foreign key shares their rows,
	 * and two who share one cannot both change it */
	if (rc == RC_OK)
		rc = hold_lines(db, p, e);
	if (rc == RC_OK)
		rc = add_lines(db, p, e);
	if (rc == RC_OK)
		rc = journal_add(db, p->out->order, "placed", "customer", "",
		    NULL, p->now, e);
	return rc;
}

enum rc
order_place(struct db *db, const struct order_wish *w, int64_t now,
    struct order_placed *out, struct error *e)
{
	struct placing p = { .w = w, .out = out, .now = now };
	struct item it = { 0 };
	enum rc rc;

	rc = db_unit(db, place, &p, e);
	drop_lines(&p);
	if (!p.undo)
		return rc;
	error_clear(e);
	out->order = 0;
	rc = item_by_id(db, out->item, &it, e);
	if (rc == RC_OK)
		out->left = item_available(&it);
	item_release(&it);
	return rc;
}
