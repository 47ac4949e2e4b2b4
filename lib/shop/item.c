#include "config.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "shop/item.h"
#include "shop/item_row.h"
#include "shop/pick.h"

static const char *const flaw_names[] = {
	[FLAW_NONE] = "none",
	[FLAW_LEVEL_MISSING] = "no stock level",
	[FLAW_LEVEL_NULL] = "stock level is NULL",
	[FLAW_LEVEL_NEGATIVE] = "stock level is negative",
	[FLAW_LEVEL_TEXT] = "stock level is no whole number",
	[FLAW_LEVEL_DUPLICATE] = "several stock levels",
	[FLAW_PRICE] = "price is no amount of money",
	[FLAW_NAME] = "name is empty or not text",
};
_Static_assert(sizeof(flaw_names) / sizeof(flaw_names[0]) == FLAW_NAME + 1,
    "one name for each flaw");

const char *
item_flaw_name(enum item_flaw flaw)
{
	/* Read from a database that a newer build may have written. */
	if ((size_t)flaw >= sizeof(flaw_names) / sizeof(flaw_names[0]))
		return "unknown flaw";
	return flaw_names[flaw];
}

void
item_release(struct item *it)
{
	free(it->mem);
	memset(it, 0, sizeof(*it));
}

int64_t
item_available(const struct item *it)
{
	if (it->gone || it->level <= it->held)
		return 0;
	return it->level - it->held;
}

/* The first row of an item statement, as a copy that outlives it. */
static enum rc
take_item(struct db_rows *rows, struct item *out, struct error *e)
{
	const char **strings[] = { &out->key, &out->slug, &out->name,
		&out->text, &out->category_name, &out->category_slug,
		&out->picture };
	enum rc rc;

	item_row(rows, out);
	out->text = db_col_text(rows, ITEM_ROW_OWN);
	rc = item_row_keep(
	    strings, sizeof(strings) / sizeof(strings[0]), &out->mem, e);
	if (rc != RC_OK)
		memset(out, 0, sizeof(*out));
	db_done(rows);
	return rc;
}

enum rc
item_by_slug(struct db *db, const char *slug, struct item *out, struct error *e)
{
	struct db_rows *rows;
	enum rc rc;

	memset(out, 0, sizeof(*out));
	rc = db_one(db, SQL_ITEM_BY_SLUG, &rows, e, db_text(slug));
	return rc == RC_OK ? take_item(rows, out, e) : rc;
}

enum rc
item_by_key(struct db *db, const char *key, struct item *out, struct error *e)
{
	struct db_rows *rows;
	enum rc rc;

	memset(out, 0, sizeof(*out));
	rc = db_one(db, SQL_ITEM_BY_KEY, &rows, e, db_text(key));
	return rc == RC_OK ? take_item(rows, out, e) : rc;
}

enum rc
item_by_id(struct db *db, int64_t id, struct item *out, struct error *e)
{
	struct db_rows *rows;
	enum rc rc;

	memset(out, 0, sizeof(*out));
	rc = db_one(db, SQL_ITEM_BY_ID, &rows, e, db_int(id));
	return rc == RC_OK ? take_item(rows, out, e) : rc;
}

static enum rc
count_all(struct db *db, int64_t *total, struct error *e)
{
	struct db_rows *rows;
	enum rc rc;

	rc = db_one(db, SQL_ITEM_COUNT, &rows, e);
	if (rc != RC_OK)
		return rc;
	*total = db_col_int(rows, 0);
	db_done(rows);
	return RC_OK;
}

/* Every item, a page of it, read along the index of its order. */
static enum rc
list_all(struct db *db, const struct item_filter *f, item_put *put, void *ctx,
    int64_t *total, struct error *e)
{
	static const enum sql statements[] = {
		[SORT_NEW] = SQL_ITEM_LIST_NEW,
		[SORT_PRICE_UP] = SQL_ITEM_LIST_PRICE_UP,
		[SORT_PRICE_DOWN] = SQL_ITEM_LIST_PRICE_DOWN,
		[SORT_NAME] = SQL_ITEM_LIST_NAME,
	};
	struct db_rows *rows;
	struct item it;
	enum rc rc;

	rc = count_all(db, total, e);
	if (rc != RC_OK || f->offset >= *total)
		return rc;
	rc = db_ask(db, statements[f->sort], &rows, e, db_int(f->limit),
	    db_int(f->offset));
	if (rc != RC_OK)
		return rc;
	while ((rc = db_next(rows, e)) == RC_OK) {
		item_row_card(rows, &it);
		rc = put(ctx, &it, e);
		if (rc != RC_OK)
			break;
	}
	db_done(rows);
	return rc == RC_NOTFOUND ? RC_OK : rc;
}

enum rc
item_list(struct db *db, const struct item_filter *f, item_put *put, void *ctx,
    int64_t *total, struct error *e)
{
	struct pick p;
	enum rc rc;

	assert(f->limit >= 1 && f->limit <= LIMIT_PER_PAGE && f->offset >= 0);
	*total = 0;
	if (f->category == 0 && f->price_min <= 0 && f->price_max <= 0 &&
	    !f->in_stock)
		return list_all(db, f, put, ctx, total, e);
	pick_init(&p, f, false);
	rc = pick_all(&p, db, NULL, 0, e);
	if (rc == RC_OK) {
		*total = (int64_t)p.n;
		rc = pick_put(&p, db, put, ctx, e);
	}
	pick_release(&p);
	return rc;
}

struct near {
	const struct item *it;
	int64_t left; /* still wanted */
	item_put *put;
	void *ctx;
};

/* Those with an id between the two. */
static enum rc
near_range(struct near *n, struct db *db, int64_t above, int64_t below,
    struct error *e)
{
	struct db_rows *rows;
	struct item it;
	enum rc rc;

	if (n->it->category != 0)
		rc =
		    db_ask(db, SQL_ITEM_NEAR, &rows, e, db_int(n->it->category),
			db_int(above), db_int(below), db_int(n->left));
	else
		rc = db_ask(db, SQL_ITEM_NEAR_ANY, &rows, e, db_int(above),
		    db_int(below), db_int(n->left));
	if (rc != RC_OK)
		return rc;
	while ((rc = db_next(rows, e)) == RC_OK) {
		item_row_card(rows, &it);
		rc = n->put(n->ctx, &it, e);
		if (rc != RC_OK)
			break;
		n->left--;
	}
	db_done(rows);
	return rc == RC_NOTFOUND ? RC_OK : rc;
}

enum rc
item_near(struct db *db, const struct item *it, int64_t limit, item_put *put,
    void *ctx, struct error *e)
{
	struct near n = { it, limit, put, ctx };
	enum rc rc;

	rc = near_range(&n, db, it->id, INT64_MAX, e);
	if (rc == RC_OK && n.left > 0)
		rc = near_range(&n, db, 0, it->id, e);
	return rc;
}

enum rc
item_slugs(struct db *db, item_slug_put *put, void *ctx, struct error *e)
{
	struct db_rows *rows;
	enum rc rc;

	rc = db_ask(db, SQL_ITEM_SLUGS, &rows, e);
	if (rc != RC_OK)
		return rc;
	while ((rc = db_next(rows, e)) == RC_OK) {
		rc = put(ctx, db_col_text(rows, 0), db_col_int(rows, 1), e);
		if (rc != RC_OK)
			break;
	}
	db_done(rows);
	return rc == RC_NOTFOUND ? RC_OK : rc;
}
