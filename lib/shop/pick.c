#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "shop/item_row.h"
#include "shop/pick.h"

/* Ids in one SQL_ITEM_KEYS_OF; that many hits or so are cheaper to look up
 * than the whole index is to read. */
#define BATCH 24
#define BATCHES 4

void
pick_init(struct pick *p, const struct item_filter *f, bool by_rank)
{
	memset(p, 0, sizeof(*p));
	p->f = f;
	p->by_rank = by_rank;
	buf_init(&p->names, (size_t)LIMIT_ITEMS * (LIMIT_NAME + 1));
}

void
pick_release(struct pick *p)
{
	free(p->keys);
	buf_release(&p->names);
	memset(p, 0, sizeof(*p));
}

static bool
wants_names(const struct pick *p)
{
	return p->by_rank || p->f->sort == SORT_NAME;
}

static enum rc
grow(struct pick *p, struct error *e)
{
	struct pick_key *keys;
	size_t cap;

	cap = p->cap == 0 ? 64 : p->cap * 2;
	keys = realloc(p->keys, cap * sizeof(*keys));
	if (keys == NULL)
		return error_set(e, RC_NOMEM, "no memory for a list of hats");
	p->keys = keys;
	p->cap = cap;
	return RC_OK;
}

static enum rc
keep(struct pick *p, struct pick_key key, const struct db_rows *rows,
    struct error *e)
{
	const char *name;
	enum rc rc;

	if (p->n >= LIMIT_ITEMS)
		return RC_OK;
	if (p->n == p->cap) {
		rc = grow(p, e);
		if (rc != RC_OK)
			return rc;
	}
	if (wants_names(p)) {
		name = db_col_text(rows, 3);
		key.name = p->names.len;
		buf_put(&p->names, name, strlen(name) + 1);
	}
	p->keys[p->n++] = key;
	return RC_OK;
}

static int
by_id(const void *a, const void *b)
{
	const struct pick_hit *x = a, *y = b;

	return (x->id > y->id) - (x->id < y->id);
}

/* The least level - held that passes; held may be above the level. */
static int64_t
least_left(const struct item_filter *f)
{
	return f->in_stock ? 1 : INT64_MIN;
}

static int64_t
highest_price(const struct item_filter *f)
{
	return f->price_max > 0 ? f->price_max : INT64_MAX;
}

/* Columns: id, price, added_at, name. */
static enum rc
take_keys(struct pick *p, struct db_rows *rows, const struct pick_hit *hits,
    size_t nhits, struct error *e)
{
	struct pick_hit *hit, wanted = { 0 };
	struct pick_key key;
	enum rc rc;

	while ((rc = db_next(rows, e)) == RC_OK) {
		wanted.id = db_col_int(rows, 0);
		hit = &wanted;
		if (hits != NULL)
			hit =
			    bsearch(&wanted, hits, nhits, sizeof(*hits), by_id);
		if (hit == NULL)
			continue;
		key = (struct pick_key){ .id = hit->id,
			.score = hit->score,
			.price = db_col_int(rows, 1),
			.added_at = db_col_int(rows, 2) };
		rc = keep(p, key, rows, e);
		if (rc != RC_OK)
			break;
	}
	db_done(rows);
	return rc == RC_NOTFOUND ? RC_OK : rc;
}

static enum rc
take_batch(struct pick *p, struct db *db, const struct pick_hit *hits, size_t n,
    struct error *e)
{
	struct db_arg args[BATCH + 5];
	struct db_rows *rows;
	enum rc rc;
	size_t i;

	/* No item has the id 0. */
	for (i = 0; i < BATCH; i++)
		args[i] = db_int(i < n ? hits[i].id : 0);
	args[i++] = db_int(p->f->category);
	args[i++] = db_int(p->f->category);
	args[i++] = db_int(p->f->price_min);
	args[i++] = db_int(highest_price(p->f));
	args[i++] = db_int(least_left(p->f));
	rc = db_ask_(db, SQL_ITEM_KEYS_OF, &rows, e, args, i);
	return rc == RC_OK ? take_keys(p, rows, hits, n, e) : rc;
}

static enum rc
ask_keys(struct pick *p, struct db *db, struct db_rows **rows, struct error *e)
{
	const struct item_filter *f = p->f;

	if (f->category != 0)
		return db_ask(db, SQL_ITEM_KEYS_IN, rows, e,
		    db_int(f->category), db_int(f->price_min),
		    db_int(highest_price(f)), db_int(least_left(f)));
	return db_ask(db, SQL_ITEM_KEYS, rows, e, db_int(f->price_min),
	    db_int(highest_price(f)), db_int(least_left(f)));
}

enum rc
pick_all(struct pick *p, struct db *db, const struct pick_hit *hits,
    size_t nhits, struct error *e)
{
	struct db_rows *rows;
	enum rc rc;
	size_t i, n;

	rc = RC_OK;
	if (hits != NULL && nhits <= (size_t)BATCH * BATCHES) {
		for (i = 0; i < nhits && rc == RC_OK; i += n) {
			n = nhits - i < BATCH ? nhits - i : BATCH;
			rc = take_batch(p, db, hits + i, n, e);
		}
	} else {
		rc = ask_keys(p, db, &rows, e);
		if (rc == RC_OK)
			rc = take_keys(p, rows, hits, nhits, e);
	}
	if (rc == RC_OK && buf_rc(&p->names) != RC_OK)
		rc = error_set(
		    e, buf_rc(&p->names), "no memory for a list of names");
	return rc;
}

static int
sign(int64_t a, int64_t b)
{
	return (a > b) - (a < b);
}

static int
compare(const void *va, const void *vb, void *ctx)
{
	const struct pick_key *a = va, *b = vb;
	const struct pick *p = ctx;
	const char *names;
	int c;

	names = buf_str(&p->names);
	c = p->by_rank ? sign(b->score, a->score) : 0;
	if (c == 0 && wants_names(p))
		c = strcmp(names + a->name, names + b->name);
	if (c != 0 || wants_names(p))
		return c != 0 ? c : sign(a->id, b->id);
	switch (p->f->sort) {
	case SORT_NEW:
		c = sign(b->added_at, a->added_at);
		return c != 0 ? c : sign(b->id, a->id);
	case SORT_PRICE_DOWN:
		c = sign(b->price, a->price);
		return c != 0 ? c : sign(b->id, a->id);
	case SORT_PRICE_UP:
		c = sign(a->price, b->price);
		return c != 0 ? c : sign(a->id, b->id);
	case SORT_NAME:
		break;
	}
	return sign(a->id, b->id);
}

enum rc
pick_put(
    struct pick *p, struct db *db, item_put *put, void *ctx, struct error *e)
{
	int64_t ids[LIMIT_PER_PAGE];
	size_t first, n;

	if (p->n == 0 || (uint64_t)p->f->offset >= p->n)
		return RC_OK;
	qsort_r(p->keys, p->n, sizeof(*p->keys), compare, p);
	first = (size_t)p->f->offset;
	for (n = 0; n < (size_t)p->f->limit && first + n < p->n; n++)
		ids[n] = p->keys[first + n].id;
	return item_row_cards(db, ids, n, put, ctx, e);
}
