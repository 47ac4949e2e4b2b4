/*
 * Goods that customers send back.  A customer withdraws from the contract for
 * some or all pieces of an order whose parcel has left; staff accept or refuse;
 * the warehouse says when the goods are there.  Here is what is stored; order_advance asks
 * for the refund, brings the goods back to the stock system and writes the
 * letters.
 *
 *	rc = return_ask(db, &wish, now, &outcome, e);	(in a unit)
 *	rc = return_accept(db, id, "staff anna", now, &said, e);
 *
 *	ASKED     the customer has declared it
 *	ACCEPTED  the money goes back; once received, the goods too
 *	REFUSED   neither; the pieces may be asked for again
 */
#ifndef SHOP_RETURNS_H
#define SHOP_RETURNS_H

#include <stdbool.h>

#include "shop/order.h"

enum return_state { RETURN_ASKED = 1, RETURN_ACCEPTED, RETURN_REFUSED };

/* "asked", ...; borrowed, a literal. */
const char *return_state_name(enum return_state state);

/* The last letter of it that has been written. */
enum return_told { RETURN_UNTOLD, RETURN_TOLD_ASKED, RETURN_TOLD_REFUSED };

struct return_line {
	int64_t item, qty;
};

struct goods_return {
	int64_t id, order, made_at, decided_at, received_at, back_at;
	int64_t amount; /* that goes back; 0: not decided, or nothing is left */
	enum return_state state;
	enum return_told told;
	bool claimed; /* its refund has been asked for */
	char uid[UID_SIZE];
	char witness[65]; /* who has decided */
	char why[257];    /* it is refused */
	struct return_line lines[LIMIT_BASKET_LINES];
	size_t n;
};

enum rc return_load(struct db *db, int64_t id, struct goods_return *out,
    struct error *e) CHECKED;

enum rc return_load_uid(struct db *db, const char *uid,
    struct goods_return *out, struct error *e) CHECKED;

typedef enum rc return_put(
    void *ctx, const struct goods_return *r, struct error *e);
/* Oldest first. */
enum rc return_list(struct db *db, int64_t order, return_put *put, void *ctx,
    struct error *e) CHECKED;
/* Those that somebody has to do something about, oldest first; all, newest
 * first. */
enum rc return_open(struct db *db, int64_t most, return_put *put, void *ctx,
    struct error *e) CHECKED;
enum rc return_all(struct db *db, int64_t most, return_put *put, void *ctx,
    struct error *e) CHECKED;

/* "2 x Crimson Fez, 1 x Bowler": what is sent back. */
void return_words(
    const struct goods_return *r, const struct order *o, struct buf *out);

/* How many somebody has to say something about; how many the warehouse waits
 * for. */
enum rc return_count(
    struct db *db, int64_t *asked, int64_t *awaited, struct error *e) CHECKED;

/* What may be sent back, as the order's lines are; the sum. */
enum rc return_left(struct db *db, const struct order *o,
    int64_t left[LIMIT_BASKET_LINES], int64_t *sum, struct error *e) CHECKED;
/* The first second after the period: midnight of the shop's zone after so many
 * days that follow the day of the delivery; 0: the order is not delivered. */
enum rc return_until(struct db *db, int64_t order, int64_t days,
    const char *zone, int64_t *until, struct error *e) CHECKED;

struct return_wish {
	int64_t order, days; /* days: of the period */
	const char *zone;    /* as zone_parse has it */
	const char *uid;    /* of the form: the same one of an order is the same
				return, whose own uid is made of it */
	const int64_t *qty; /* of each of the order's lines, 0 or more */
};

enum return_outcome {
	RETURN_MADE,
	RETURN_SAME,     /* by this uid, before */
	RETURN_NOTHING,  /* no piece was chosen */
	RETURN_TOO_MANY, /* more than is left of a line */
	RETURN_CANCEL,   /* its parcel has not left: it is cancelled instead */
	RETURN_NOT_NOW,  /* it is not paid, ends, or is cancelled */
	RETURN_OVER,     /* the period is */
};

/* Whether an order's goods may be sent back now: RETURN_MADE, RETURN_CANCEL,
 * RETURN_NOT_NOW or RETURN_OVER; and until when. */
enum rc return_may(struct db *db, const struct order *o,
    const struct return_wish *w, int64_t now, int64_t *until,
    enum return_outcome *may, struct error *e) CHECKED;

/* Inside a unit, and first in it. */
enum rc return_ask(struct db *db, const struct return_wish *w, int64_t now,
    enum return_outcome *outcome, struct error *e) CHECKED;

enum return_said {
	RETURN_DONE,   /* from now on */
	RETURN_BEFORE, /* said before: nothing was changed */
	RETURN_NOT,    /* decided otherwise, or not accepted */
};

/* What goes back when it is accepted now: the price of the pieces, and the
 * delivery's when with it all of the order comes back; never more than is left
 * of what was paid. */
enum rc return_amount(struct db *db, const struct goods_return *r,
    int64_t *amount, struct error *e) CHECKED;
/* Inside a unit, and first in it, each; RC_NOTFOUND. */
enum rc return_accept(struct db *db, int64_t id, const char *witness,
    int64_t now, enum return_said *said, struct error *e) CHECKED;
enum rc return_refuse(struct db *db, int64_t id, const char *witness,
    const char *why, int64_t now, enum return_said *said,
    struct error *e) CHECKED;
/* The warehouse has it. */
enum rc return_received(struct db *db, int64_t id, const char *witness,
    int64_t now, enum return_said *said, struct error *e) CHECKED;

/* Inside a unit: the goods are on the shelf; *first is false when they were. */
enum rc return_back(struct db *db, const struct goods_return *r, int64_t now,
    bool *first, struct error *e) CHECKED;
/* Inside a unit: its refund has been asked for, or cannot be. */
enum rc return_claimed(struct db *db, int64_t id, struct error *e) CHECKED;
/* Inside a unit: a letter is being written. */
enum rc return_told(struct db *db, int64_t id, enum return_told what,
    bool *first, struct error *e) CHECKED;

/* Pieces of an order that were back before `then`, and that the warehouse has
 * had at all. */
enum rc return_pieces(struct db *db, int64_t order, int64_t then, int64_t *back,
    int64_t *received, struct error *e) CHECKED;

#endif
