/*
 * Search over the term table; the same query gives the same ranked set on
 * both engines.  All words of the query must match: by stem, as a prefix of
 * three letters or more, or, when nothing does, one typo away from a word that
 * is there.  Ranked by where a word stands (name before category before
 * text), whole words before prefixes before typos, then name, then id.
 */
#ifndef SHOP_SEARCH_H
#define SHOP_SEARCH_H

#include "shop/item.h"
#include "shop/words.h"

struct search_result {
	int64_t total;                /* matches that pass the filter */
	bool corrected;               /* found only by mending a typo … */
	char meant[LIMIT_SEARCH + 1]; /* … of this query */
};

/* f->sort is used when by_rank is false. */
enum rc search_items(struct db *db, struct words *w, const char *query,
    const struct item_filter *f, bool by_rank, item_put *put, void *ctx,
    struct search_result *out, struct error *e) CHECKED;

#endif
