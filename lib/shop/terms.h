/*
 * The search terms of one item: its words as written and their stems, each
 * with the places it stands in.  For item_publish and search alone.
 */
#ifndef SHOP_TERMS_H
#define SHOP_TERMS_H

#include "db/db.h"
#include "shop/words.h"

/* Places, as bits of term.weight: a word as written; × TERM_STEM: a stem. */
#define TERM_TEXT 1
#define TERM_CATEGORY 2
#define TERM_NAME 4
#define TERM_PLACES 7
#define TERM_STEM 8

/* Inside a unit: give a shown item its terms; had says that it may have some
 * already.  New words enter the vocabulary, words without an item leave. */
enum rc terms_put(struct db *db, struct words *w, int64_t item, bool had,
    const char *name, const char *category, const char *text,
    struct error *e) CHECKED;

/* Inside a unit: an item that is no longer shown is not found. */
enum rc terms_drop(struct db *db, int64_t item, struct error *e) CHECKED;

#endif
