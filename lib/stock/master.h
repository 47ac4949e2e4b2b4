/*
 * The last word on stock, asked of the stock system itself: goods are taken
 * there before money is, and come back there (idea 3 of the design;
 * stock.access = write).  Each call opens a connection of its own and is one
 * short transaction on it.
 *
 *	struct master m = { &settings, map, source, cancel_uid };
 *	struct master_line lines[] = { { "FEZ-1", 2 } };
 *	enum master_answer answer;
 *
 *	rc = master_take(&m, attempt, lines, 1, &answer, &why, &e);
 *
 * Claims are kept under the attempt's uid and the item's key; the primary key
 * is what makes a sale count once.  All lines of an attempt have one kind:
 * taken together or refused together.  Once RC_OK said so it stays so, whoever
 * asks, however often.
 *
 * Any rc but RC_OK concludes nothing: the same call is to be repeated.
 * RC_CONFLICT: a lock or a deadlock; RC_IO: no connection, or it broke (also in
 * COMMIT); RC_DENIED: rights, or another server than `source` (fault tells);
 * RC_INVALID: the level is not one row, or there is no such claim.
 *
 * Not inside a unit or view of the sales database (link_guard).
 */
#ifndef STOCK_MASTER_H
#define STOCK_MASTER_H

#include "stock/link.h"
#include "stock/map.h"

#define MASTER_LINES 100 /* at least LIMIT_BASKET_LINES */

struct master {
	const struct settings *settings;
	const struct map *map; /* checked with map_check */
	const char *source;    /* link_identity() that the mirror published; ""
				  for any */
	bool (*busy)(const void *ctx); /* as link_guard, or NULL */
	const void *busy_ctx;
};

struct master_line {
	const char *item; /* key in the stock system; no item twice */
	int64_t qty;      /* 1 or more */
};

enum master_answer {
	MASTER_TAKEN,   /* the goods are ours */
	MASTER_REFUSED, /* they are not, and never will be for this attempt */
};

/* What is left of the line that could not be served; only a fresh refusal has
 * it. */
struct master_short {
	const char *item; /* one of the lines', NULL when not known */
	int64_t left;
};

/*
 * Take all lines or none.  Too few of one: the attempt is refused for good in a
 * transaction of its own, which may find that a take stalled elsewhere has won:
 * MASTER_TAKEN then.
 */
enum rc master_take(const struct master *m, const char *attempt,
    const struct master_line *lines, size_t n, enum master_answer *answer,
    struct master_short *why, struct error *e) CHECKED;

/* Conclude an attempt that shall not take any more (cancelled, expired). */
enum rc master_refuse(const struct master *m, const char *attempt,
    const struct master_line *lines, size_t n, enum master_answer *answer,
    struct error *e) CHECKED;

/* Put back what the attempt took, at most what it still has; give_back is the
 * return's uid, and the same one puts back once.  RC_INVALID: more than was
 * taken, or an item whose level has no row any more. */
enum rc master_give_back(const struct master *m, const char *give_back,
    const char *attempt, const struct master_line *lines, size_t n,
    struct error *e) CHECKED;

/* The level at this moment, in both kinds of access: the number, or 0 for what
 * is none.  RC_NOTFOUND: no such item. */
enum rc master_level(const struct master *m, const char *item, int64_t *level,
    struct error *e) CHECKED;

/* Those of several items at once; 0 for what has none. */
enum rc master_levels(const struct master *m, const struct master_line *lines,
    size_t n, int64_t *levels, struct error *e) CHECKED;

#endif
