/*
 * Choose items in memory: filter, rank, sort and page what no single index
 * gives in order (a category, a price range, a search).  Only what decides is
 * read, from an index; the cards of one page are read at the end.  Sorting is
 * done here, byte by byte, so both engines give the same order.
 *
 *	struct pick p;
 *
 *	pick_init(&p, &filter, true);
 *	rc = pick_all(&p, db, hits, nhits, &e);
 *	if (rc == RC_OK)
 *		rc = pick_put(&p, db, put, ctx, &e);	p.n is the total
 *	pick_release(&p);
 */
#ifndef SHOP_PICK_H
#define SHOP_PICK_H

#include "base/buf.h"
#include "shop/item.h"

/* An item that a search found, and how well. */
struct pick_hit {
	int64_t id, score;
};

struct pick_key {
	int64_t id, score, price, added_at;
	size_t name; /* where it begins in names */
};

struct pick {
	const struct item_filter *f; /* borrowed */
	bool by_rank;                /* score, then name, instead of f->sort */
	struct pick_key *keys;       /* owned */
	size_t n, cap;
	struct buf names; /* one after the other, each with its NUL */
};

/* Allocates nothing; f is borrowed until pick_release. */
void pick_init(struct pick *p, const struct item_filter *f, bool by_rank);
void pick_release(struct pick *p);

/*
 * Read the items that pass the filter; hits, in ascending order of id, are the
 * only ones that count when not NULL.  At most LIMIT_ITEMS are held.
 */
enum rc pick_all(struct pick *p, struct db *db, const struct pick_hit *hits,
    size_t nhits, struct error *e) CHECKED;

/* Sort and call put for the page that the filter asks for. */
enum rc pick_put(struct pick *p, struct db *db, item_put *put, void *ctx,
    struct error *e) CHECKED;

#endif
