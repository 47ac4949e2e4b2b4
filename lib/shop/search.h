/*
 * Search over the term table; the same query gives the same ranked set on
 * both engines.  All words of the query must match: by stem, as a prefix of
 * three letters or more, or, when neither finds anything for that word, one
 * typo away from a word that is there (three letters: with the same first),
 * or as two words run together ("tophat").
 * Ranked by where a word stands (name before category before text), whole words
 * before prefixes before typos, summed over the words; then name, then id.
 *
 * "the", "with" and the like are passed over unless there is nothing else.
 * "hat" is in a hat shop what every item is: beside other words it ranks, and
 * excludes nothing.  The first LIMIT_SEARCH_TERMS words count.
 *
 * A typo looks at the words that are at most one letter shorter or longer, up
 * to LIMIT_VOCABULARY of them; the one in most hats is meant.
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

/* f->sort is used when by_rank is false.  A query without a word finds
 * nothing. */
enum rc search_items(struct db *db, struct words *w, const char *query,
    const struct item_filter *f, bool by_rank, item_put *put, void *ctx,
    struct search_result *out, struct error *e) CHECKED;

#endif
