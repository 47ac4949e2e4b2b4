#include "config.h"

#include <assert.h>
#include <string.h>

#include "shop/category.h"
#include "shop/item.h"
#include "shop/item_row.h"

#define SHELVES 24 /* categories that a window shows at most */
#define SPARE 2    /* more from each, for those that have too few */

/* The hats that one category may show. */
struct shelf {
	int64_t category; /* 0: hats without one */
	size_t n;
	int64_t ids[LIMIT_PER_PAGE];
};

struct window {
	size_t n;
	struct shelf shelves[SHELVES];
};

/* A number for each day and category that looks drawn by lot (splitmix64). */
static uint64_t
lot(int64_t day, int64_t category)
{
	uint64_t x;

	x = (uint64_t)day * UINT64_C(0x9e3779b97f4a7c15) + (uint64_t)category;
	x = (x ^ (x >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
	x = (x ^ (x >> 27)) * UINT64_C(0x94d049bb133111eb);
	return x ^ (x >> 31);
}

static enum rc
add_shelf(void *ctx, const struct category *c, struct error *e)
{
	struct window *w = ctx;

	(void)e;
	if (w->n < SHELVES)
		w->shelves[w->n++].category = c->id;
	return RC_OK;
}

/* Items of the shelf's category with first <= id < end, with or without a
 * picture, up to want in all. */
static enum rc
fill_range(struct db *db, struct shelf *s, int64_t first, int64_t end,
    int64_t pictured, size_t want, struct error *e)
{
	struct db_rows *rows;
	enum rc rc;

	if (s->n >= want)
		return RC_OK;
	if (s->category != 0)
		rc = db_ask(db, SQL_ITEM_WINDOW, &rows, e, db_int(s->category),
		    db_int(first), db_int(end), db_int(pictured),
		    db_int((int64_t)(want - s->n)));
	else
		rc = db_ask(db, SQL_ITEM_WINDOW_NONE, &rows, e, db_int(first),
		    db_int(end), db_int(pictured),
		    db_int((int64_t)(want - s->n)));
	if (rc != RC_OK)
		return rc;
	while ((rc = db_next(rows, e)) == RC_OK && s->n < want)
		s->ids[s->n++] = db_col_int(rows, 0);
	db_done(rows);
	return rc == RC_NOTFOUND ? RC_OK : rc;
}

static enum rc
fill_shelf(struct db *db, struct shelf *s, int64_t day, int64_t last,
    size_t want, struct error *e)
{
	int64_t pictured, start;
	enum rc rc;

	start = 1 + (int64_t)(lot(day, s->category) % (uint64_t)last);
	rc = RC_OK;
	for (pictured = 1; rc == RC_OK && pictured >= 0; pictured--) {
		rc = fill_range(db, s, start, INT64_MAX, pictured, want, e);
		if (rc == RC_OK)
			rc = fill_range(db, s, 1, start, pictured, want, e);
	}
	return rc;
}

static enum rc
last_id(struct db *db, int64_t *id, struct error *e)
{
	struct db_rows *rows;
	enum rc rc;

	rc = db_one(db, SQL_ITEM_LAST, &rows, e);
	if (rc != RC_OK)
		return rc;
	*id = db_col_int(rows, 0);
	db_done(rows);
	return RC_OK;
}

/* One from each shelf in turn, beginning with another one each day; how many
 * there are. */
static size_t
choose(const struct window *w, int64_t day, int64_t limit, int64_t *ids)
{
	const struct shelf *s;
	size_t i, n, round, start;
	bool more;

	start = (size_t)(lot(day, 0) % w->n);
	n = 0;
	more = true;
	for (round = 0; more; round++) {
		more = false;
		for (i = 0; i < w->n && n < (size_t)limit; i++) {
			s = &w->shelves[(start + i) % w->n];
			if (round >= s->n)
				continue;
			more = true;
			ids[n++] = s->ids[round];
		}
	}
	return n;
}

enum rc
item_window(struct db *db, int64_t day, int64_t limit, item_put *put, void *ctx,
    struct error *e)
{
	int64_t ids[LIMIT_PER_PAGE];
	struct window w = { 0 };
	size_t i, want;
	int64_t last;
	enum rc rc;

	assert(limit >= 1 && limit <= LIMIT_PER_PAGE);
	rc = last_id(db, &last, e);
	if (rc == RC_OK)
		rc = category_list(db, add_shelf, &w, e);
	if (rc != RC_OK || last < 1)
		return rc;
	if (w.n < SHELVES)
		w.shelves[w.n++].category = 0;
	want = ((size_t)limit + w.n - 1) / w.n + SPARE;
	/* Few categories: the hats without one may turn out to be none. */
	if (w.n <= 2 || want > (size_t)limit)
		want = (size_t)limit;
	for (i = 0; i < w.n && rc == RC_OK; i++)
		rc = fill_shelf(db, &w.shelves[i], day, last, want, e);
	if (rc == RC_OK)
		rc = item_row_cards(
		    db, ids, choose(&w, day, limit, ids), put, ctx, e);
	return rc;
}
