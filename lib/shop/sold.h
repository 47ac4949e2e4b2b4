/*
 * Sales with stock.access = read: the shop may look at the stock system and not
 * lower anything there.  What it sells stays held until a person says that it
 * was booked out there.  The shop never sells more than the level it has just
 * read, without what it has sold itself and nobody has booked out; of clerks who
 * sell at the same time it knows nothing.
 *
 *	rc = sold_lines(db, attempt, &lines, &e);	first,
 *	…the levels are read from the stock system	then,
 *	rc = sold_take(db, attempt, &lines, levels, &answer, &e);
 *
 * The order of the two matters: a booking after the first look raises the item's
 * counter, and the level that may be older does not count then.
 *
 * As with claims an attempt's answer stays what it is: sold, or its holds have
 * lost its key and no sale is possible under it.
 */
#ifndef SHOP_SOLD_H
#define SHOP_SOLD_H

#include <stdbool.h>

#include "base/limits.h"
#include "db/db.h"

struct sold_line {
	char key[LIMIT_KEY + 1];
	int64_t item, qty, booked_out;
	bool open; /* held, not sold yet */
	bool sold;
};

struct sold_lines {
	struct sold_line at[LIMIT_BASKET_LINES];
	size_t n; /* 0: the attempt has no key to anything */
};

enum rc sold_lines(struct db *db, const char *attempt, struct sold_lines *out,
    struct error *e) CHECKED;

enum sold_outcome {
	SOLD_TAKEN,
	SOLD_FEW,   /* nothing was done */
	SOLD_AGAIN, /* something has changed: from sold_lines on */
};

struct sold_answer {
	enum sold_outcome outcome;
	size_t few; /* SOLD_FEW: the line, and what is left of it */
	int64_t left;
};

/* A unit of its own: all lines or none; levels are those of lines. */
enum rc sold_take(struct db *db, const char *attempt,
    const struct sold_lines *lines, const int64_t *levels,
    struct sold_answer *out, struct error *e) CHECKED;

/* A unit of its own: *refused is false when the goods are sold already. */
enum rc sold_refuse(
    struct db *db, const char *attempt, bool *refused, struct error *e) CHECKED;

/* A unit of its own: the sale is undone, once.  What was booked out meanwhile
 * has to be put back by a person: the order says so. */
enum rc sold_give_back(
    struct db *db, const char *attempt, struct error *e) CHECKED;

/*
 * In a unit: a person has booked out what this order, or all orders of this
 * item, have sold; who: as the journal's witness.  *pieces counts them.  Also
 * ends what a paid order holds that the stock system could not give.
 */
enum rc sold_booked_out_order(struct db *db, const char *order, const char *who,
    int64_t now, int64_t *pieces, struct error *e) CHECKED;
enum rc sold_booked_out_item(struct db *db, int64_t item, const char *who,
    int64_t now, int64_t *pieces, struct error *e) CHECKED;

#endif
