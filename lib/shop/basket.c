#include "config.h"

#include <string.h>

#include "base/clock.h"
#include "shop/basket.h"
#include "shop/item_row.h"

enum rc
basket_find(struct db *db, const char *token, int64_t *basket, struct error *e)
{
	char hash[HASH_SIZE];
	struct db_rows *rows;
	enum rc rc;

	*basket = 0;
	if (!token_plausible(token))
		return error_set(e, RC_NOTFOUND, "no basket has this token");
	hash_hex(token, strlen(token), hash);
	rc = db_one(db, SQL_BASKET_FIND, &rows, e, db_text(hash));
	if (rc != RC_OK)
		return rc;
	*basket = db_col_int(rows, 0);
	db_done(rows);
	return RC_OK;
}

struct making {
	char hash[HASH_SIZE];
	int64_t basket;
};

static enum rc
make(struct db *db, void *ctx, struct error *e)
{
	struct making *m = ctx;
	int64_t now;
	enum rc rc;

	now = clock_now();
	rc = db_run(
	    db, SQL_BASKET_ADD, e, db_text(m->hash), db_int(now), db_int(now));
	if (rc == RC_OK)
		m->basket = db_last_id(db);
	return rc;
}

enum rc
basket_new(
    struct db *db, char token[TOKEN_SIZE], int64_t *basket, struct error *e)
{
	struct making m;
	enum rc rc;

	rc = token_random(token, e);
	if (rc != RC_OK)
		return rc;
	hash_hex(token, strlen(token), m.hash);
	rc = db_unit(db, make, &m, e);
	if (rc == RC_OK)
		*basket = m.basket;
	return rc;
}

static enum line_state
judge(const struct item *it, int64_t qty, int64_t available)
{
	if (it->gone)
		return LINE_GONE;
	if (available == 0)
		return LINE_OUT;
	return qty > available ? LINE_SHORT : LINE_OK;
}

static enum rc
put_line(struct db_rows *rows, basket_put *put, void *ctx,
    struct basket_sum *sum, struct error *e)
{
	struct basket_line line;
	struct item it;

	item_row(rows, &it);
	line.item = &it;
	line.qty = db_col_int(rows, ITEM_ROW_OWN);
	line.available = item_available(&it);
	line.state = judge(&it, line.qty, line.available);
	/* LIMIT_MONEY × LIMIT_QTY × LIMIT_BASKET_LINES fits 63 bits. */
	line.total = it.price * line.qty;
	sum->lines++;
	sum->pieces += line.qty;
	if (line.state == LINE_OK)
		sum->total += line.total;
	else
		sum->flagged++;
	return put(ctx, &line, e);
}

enum rc
basket_lines(struct db *db, int64_t basket, basket_put *put, void *ctx,
    struct basket_sum *sum, struct error *e)
{
	struct db_rows *rows;
	enum rc rc;

	memset(sum, 0, sizeof(*sum));
	rc = db_ask(db, SQL_BASKET_LINES, &rows, e, db_int(basket));
	if (rc != RC_OK)
		return rc;
	while ((rc = db_next(rows, e)) == RC_OK) {
		rc = put_line(rows, put, ctx, sum, e);
		if (rc != RC_OK)
			break;
	}
	db_done(rows);
	return rc == RC_NOTFOUND ? RC_OK : rc;
}

enum rc
basket_pieces(struct db *db, int64_t basket, int64_t *pieces, struct error *e)
{
	struct db_rows *rows;
	enum rc rc;

	*pieces = 0;
	rc = db_one(db, SQL_BASKET_PIECES, &rows, e, db_int(basket));
	if (rc != RC_OK)
		return rc;
	*pieces = db_col_int(rows, 0);
	db_done(rows);
	return RC_OK;
}

/* One change of one line. */
struct change {
	int64_t basket, item;
	int64_t qty; /* pieces to add, or to have */
	bool adding;
	enum basket_outcome outcome;
	int64_t now_qty;
	bool no_basket, no_item; /* RC_NOTFOUND after an honest look */
	/* what is there */
	int64_t available, had, lines;
	bool gone;
};

/* Who changes the same basket at this moment waits for us here. */
static enum rc
lock_basket(struct db *db, struct change *c, struct error *e)
{
	int64_t n;
	enum rc rc;

	rc = db_run_count(
	    db, SQL_BASKET_SEEN, &n, e, db_int(clock_now()), db_int(c->basket));
	if (rc == RC_OK)
		c->no_basket = n == 0;
	return rc;
}

static enum rc
look(struct db *db, struct change *c, struct error *e)
{
	struct item it = { 0 };
	struct db_rows *rows;
	enum rc rc;

	rc = db_one(db, SQL_BASKET_LOOK, &rows, e, db_int(c->basket),
	    db_int(c->basket), db_int(c->item));
	if (rc == RC_NOTFOUND) {
		c->no_item = true;
		return RC_OK;
	}
	if (rc != RC_OK)
		return rc;
	it.level = db_col_int(rows, 0);
	it.held = db_col_int(rows, 1);
	c->gone = it.gone = db_col_int(rows, 2) != 0;
	c->had = db_col_int(rows, 3);
	c->lines = db_col_int(rows, 4);
	c->available = item_available(&it);
	db_done(rows);
	return RC_OK;
}

static enum rc
put_qty(struct db *db, const struct change *c, int64_t qty, struct error *e)
{
	if (qty == c->had)
		return RC_OK;
	if (qty == 0)
		return db_run(db, SQL_BASKET_REMOVE, e, db_int(c->basket),
		    db_int(c->item));
	if (c->had == 0)
		return db_run(db, SQL_BASKET_PUT, e, db_int(c->basket),
		    db_int(c->item), db_int(qty), db_int(clock_now()));
	return db_run(db, SQL_BASKET_QTY, e, db_int(qty), db_int(c->basket),
	    db_int(c->item));
}

/* What the quantity becomes, and what the shopper is told. */
static int64_t
decide(struct change *c)
{
	int64_t most, want;

	want = c->adding ? c->had + c->qty : c->qty;
	most = c->available < LIMIT_QTY ? c->available : LIMIT_QTY;
	c->outcome = BASKET_DONE;
	if (want == 0)
		return 0;
	if (c->gone)
		c->outcome = BASKET_GONE;
	else if (most == 0)
		c->outcome = BASKET_OUT;
	else if (c->had == 0 && c->lines >= LIMIT_BASKET_LINES)
		c->outcome = BASKET_FULL;
	else if (want > most)
		c->outcome = BASKET_CAPPED;
	if (c->outcome == BASKET_CAPPED)
		return most;
	return c->outcome == BASKET_DONE ? want : c->had;
}

static enum rc
apply(struct db *db, void *ctx, struct error *e)
{
	struct change *c = ctx;
	enum rc rc;

	c->no_basket = c->no_item = false;
	rc = lock_basket(db, c, e);
	if (rc == RC_OK && !c->no_basket)
		rc = look(db, c, e);
	if (rc != RC_OK || c->no_basket || c->no_item)
		return rc;
	c->now_qty = decide(c);
	return put_qty(db, c, c->now_qty, e);
}

static enum rc
change_line(struct db *db, struct change *c, enum basket_outcome *outcome,
    int64_t *now_qty, struct error *e)
{
	enum rc rc;

	*outcome = BASKET_DONE;
	*now_qty = 0;
	/* What is more than any basket holds is capped like what is more than
	 * there is. */
	if (c->qty > LIMIT_QTY)
		c->qty = LIMIT_QTY + 1;
	rc = db_unit(db, apply, c, e);
	if (rc != RC_OK)
		return rc;
	if (c->no_basket)
		return error_set(e, RC_NOTFOUND, "there is no such basket");
	if (c->no_item)
		return error_set(e, RC_NOTFOUND, "there is no such hat");
	*outcome = c->outcome;
	*now_qty = c->now_qty;
	return RC_OK;
}

enum rc
basket_add(struct db *db, int64_t basket, int64_t item, int64_t qty,
    enum basket_outcome *outcome, int64_t *now_qty, struct error *e)
{
	struct change c = {
		.basket = basket, .item = item, .qty = qty, .adding = true
	};

	if (qty < 1)
		return error_set(e, RC_INVALID, "a quantity below 1 to add");
	return change_line(db, &c, outcome, now_qty, e);
}

enum rc
basket_set(struct db *db, int64_t basket, int64_t item, int64_t qty,
    enum basket_outcome *outcome, int64_t *now_qty, struct error *e)
{
	struct change c = { .basket = basket, .item = item, .qty = qty };

	if (qty < 0)
		return error_set(e, RC_INVALID, "a quantity below 0 to set");
	return change_line(db, &c, outcome, now_qty, e);
}
