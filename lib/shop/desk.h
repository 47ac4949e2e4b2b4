/*
 * The manager's desk: the orders that wait to be packed, those that a person
 * must look at, and the word that one is ready (R63).
 *
 *	rc = desk_waiting(db, 0, 50, put, ctx, &e);
 *	rc = desk_ready(db, order, "staff anna", now, &said, &e);
 *
 * An order waits when it is paid, is not being cancelled, not all of its
 * money went back or was lost to disputes, and nobody has said that it is ready;
 * nor has the courier got all its parcels without that word.
 */
#ifndef SHOP_DESK_H
#define SHOP_DESK_H

#include "shop/order.h"

struct desk_row {
	int64_t id, made_at, paid_at, pieces;
	int64_t attention_at; /* 0: nobody must look */
	bool contested;       /* its payment is disputed: look first */
	enum order_state state;
	/* borrowed for the call */
	const char *uid, *attention, *delivery_option, *country, *name;
};

typedef enum rc desk_put(
    void *ctx, const struct desk_row *row, struct error *e);
/* Paid longest first, behind the order `after` (0: from the first), at most
 * `most`. */
enum rc desk_waiting(struct db *db, int64_t after, int64_t most, desk_put *put,
    void *ctx, struct error *e) CHECKED;
/* Those that a person must look at, whatever their state, the longest first. */
enum rc desk_problems(struct db *db, int64_t after, int64_t most, desk_put *put,
    void *ctx, struct error *e) CHECKED;

struct desk_counts {
	int64_t waiting, problems;
	int64_t oldest; /* since when the first one waits; 0: none does */
};
enum rc desk_count(
    struct db *db, struct desk_counts *out, struct error *e) CHECKED;

/* A line of an order that waits. */
struct desk_pick {
	int64_t item, order, qty, attention_at;
	bool contested;
	const char *key, *name; /* of the item; borrowed for the call */
};

typedef enum rc desk_take(
    void *ctx, const struct desk_pick *pick, struct error *e);
/* The lines of what desk_waiting lists, by item and then by order. */
enum rc desk_picks(struct db *db, int64_t after, int64_t most, desk_take *take,
    void *ctx, struct error *e) CHECKED;

enum desk_said {
	DESK_READY,  /* from now on */
	DESK_BEFORE, /* somebody has said so before: nothing was changed */
	DESK_NOT,    /* it is not paid, ends, or its money is gone */
};

/* Inside a unit, and first in it: somebody (a witness of the journal) says that
 * an order is packed.  RC_NOTFOUND: there is none. */
enum rc desk_ready(struct db *db, int64_t order, const char *witness,
    int64_t now, enum desk_said *out, struct error *e) CHECKED;

#endif
