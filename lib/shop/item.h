/*
 * Hats as the shop shows them: the mirror's copy of the stock system's items.
 *
 *	struct item it;
 *
 *	rc = item_by_slug(db, slug, &it, &e);
 *	if (rc == RC_OK && item_available(&it) > 0)
 *		…
 *	item_release(&it);
 */
#ifndef SHOP_ITEM_H
#define SHOP_ITEM_H

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"
#include "base/limits.h"
#include "db/db.h"

/* Why a level counts as 0 (R25).  Stored as a number: append only. */
enum item_flaw {
	FLAW_NONE,
	FLAW_LEVEL_MISSING, /* no level row */
	FLAW_LEVEL_NULL,
	FLAW_LEVEL_NEGATIVE,
	FLAW_LEVEL_TEXT,      /* not a whole number */
	FLAW_LEVEL_DUPLICATE, /* several rows where one is expected */
	FLAW_PRICE,           /* no price, or one that is not money */
	FLAW_NAME,            /* no name, or not UTF-8 */
};
const char *item_flaw_name(enum item_flaw flaw);

/* The strings of an item that a call gives live in mem; those of one that is
 * borrowed for a put live in the row it was read from.  In lists it has what a
 * card shows and no more: id, slug, name, price, level, held, gone, picture. */
struct item {
	int64_t id;
	const char *key;  /* the stock system's key */
	const char *slug; /* stays the same for ever */
	const char *name, *text;
	int64_t price;    /* minor units, tax included */
	int64_t category; /* id, 0 for none */
	const char *category_name, *category_slug; /* NULL for none */
	int64_t level; /* as mirrored; flawed levels are 0 */
	int64_t held;  /* in unpaid orders and takes under way */
	bool gone;     /* withdrawn or deleted in the stock system, or without
			  a name or a price */
	enum item_flaw flaw;
	const char *picture; /* hash, "" for the placeholder */
	int64_t picture_width, picture_height; /* of the zoom size */
	int64_t changed_at;
	char *mem; /* owned, NULL when borrowed */
};

void item_release(struct item *it); /* zeroes it */

/* level - held, not below 0; 0 when gone. */
int64_t item_available(const struct item *it);

/* RC_NOTFOUND when there is none; a gone item is found (its page says so). */
enum rc item_by_slug(
    struct db *db, const char *slug, struct item *out, struct error *e) CHECKED;
enum rc item_by_id(
    struct db *db, int64_t id, struct item *out, struct error *e) CHECKED;
/* By the stock system's. */
enum rc item_by_key(
    struct db *db, const char *key, struct item *out, struct error *e) CHECKED;

enum item_sort { SORT_NEW, SORT_PRICE_UP, SORT_PRICE_DOWN, SORT_NAME };

struct item_filter {
	int64_t category;             /* 0: all */
	int64_t price_min, price_max; /* minor units; max 0: no bound */
	bool in_stock;
	enum item_sort sort;
	int64_t offset, limit; /* limit 1…LIMIT_PER_PAGE */
};
#define LIMIT_PER_PAGE 96

/*
 * Call put for each matching item that is not gone, in order; it is borrowed
 * for the call.  *total is the number of matches without offset and limit.
 * All items in any order, and any page of them, cost the page alone; within a
 * category or with another filter the catalogue's narrowest index is read.
 */
typedef enum rc item_put(void *ctx, const struct item *it, struct error *e);
enum rc item_list(struct db *db, const struct item_filter *f, item_put *put,
    void *ctx, int64_t *total, struct error *e) CHECKED;

/* A few hats for the home page: in stock, those with a picture first, spread
 * over the categories, the same for all visitors of one day (day =
 * clock_now()/86400). */
enum rc item_window(struct db *db, int64_t day, int64_t limit, item_put *put,
    void *ctx, struct error *e) CHECKED;

/* Up to limit other items in stock of the same category (of any, without one):
 * those after it by id, then from the first one again, so that each is found
 * from some other. */
enum rc item_near(struct db *db, const struct item *it, int64_t limit,
    item_put *put, void *ctx, struct error *e) CHECKED;

/* slug and changed_at of every item that is not gone, for the sitemap. */
typedef enum rc item_slug_put(
    void *ctx, const char *slug, int64_t changed_at, struct error *e);
enum rc item_slugs(
    struct db *db, item_slug_put *put, void *ctx, struct error *e) CHECKED;

/*
 * What the mirror publishes of one item.  Text that is not clean UTF-8 or is
 * too long is mended (text_clean, text_clip); a name that is empty after
 * that, a price or a level out of bounds make a flaw where flaw has none yet.
 * An item that is not visible, or flawed in FLAW_PRICE or FLAW_NAME, is kept
 * as gone: it has an address and basket lines, but is in no list.
 */
struct item_news {
	const char *key, *name, *text; /* borrowed */
	const char *category;          /* name, "" for none; made when new */
	int64_t price, level;
	bool visible;
	enum item_flaw flaw;
};
struct words;

/*
 * Inside a unit: insert or update the item, its category, its search terms
 * and the stored counters; only what differs is written.  `held` is never
 * touched.  *changed says whether anything was.  RC_INVALID for a key that is
 * empty, too long or not UTF-8.
 */
enum rc item_publish(struct db *db, struct words *w,
    const struct item_news *news, int64_t now, bool *changed,
    struct error *e) CHECKED;

/* Inside a unit: the key is no longer in the stock system. */
enum rc item_withdraw(struct db *db, const char *key, int64_t now,
    bool *changed, struct error *e) CHECKED;

/* Inside a unit: which picture the item shows from now on. */
enum rc item_picture(struct db *db, const char *key, const char *hash,
    int64_t width, int64_t height, struct error *e) CHECKED;

#endif
