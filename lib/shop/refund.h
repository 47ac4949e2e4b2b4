/*
 * Money on its way back to a customer.  Who asks names it by a reference of
 * their own, and the same reference is the same refund however often it is
 * asked for (R53).
 *
 *	rc = refund_ask(db, &wish, now, &outcome, &id, &e);	(in a unit)
 *	...order_advance calls the gateway...
 *
 *	WANTED   stored; the gateway may or may not know of it
 *	PENDING  the gateway has it, and has not said its last word
 *	DONE     the money is on its way; it may still fail, days later
 *	FAILED   the gateway said no; what was set aside of the order's sum is
 *	         free again, and a further refund needs another reference
 *
 * The sum of all that have not failed is never above what was captured; it is
 * set aside when a refund is asked for, in the same statement that checks it.
 */
#ifndef SHOP_REFUND_H
#define SHOP_REFUND_H

#include <stdbool.h>

#include "db/db.h"

#define REFUND_REFERENCE_SIZE 65
#define REFUND_OBJECT_SIZE 256

enum refund_state {
	REFUND_WANTED = 1,
	REFUND_PENDING,
	REFUND_DONE,
	REFUND_FAILED
};

/* "wanted", ...; borrowed, a literal. */
const char *refund_state_name(enum refund_state state);

struct refund {
	int64_t id, order, payment, amount, made_at, changed_at;
	enum refund_state state;
	char reference[REFUND_REFERENCE_SIZE];
	char witness[65]; /* who asked: "customer", "staff NAME" */
	char object[REFUND_OBJECT_SIZE]; /* what the gateway calls it, or "" */
	char why[257];                   /* the gateway's last word */
	bool told;                       /* its letter has been written */
};

struct refund_wish {
	int64_t order, payment, amount; /* minor units, 1 or more */
	const char *reference;          /* 1 to 64 bytes */
	const char *witness;
};

enum refund_outcome {
	REFUND_MADE,     /* now */
	REFUND_SAME,     /* before, by this reference and with this amount */
	REFUND_OTHER,    /* this reference is a refund of another amount */
	REFUND_TOO_MUCH, /* more than is left of what was captured */
};

/* Inside a unit.  *id is 0 when there is none. */
enum rc refund_ask(struct db *db, const struct refund_wish *w, int64_t now,
    enum refund_outcome *outcome, int64_t *id, struct error *e) CHECKED;

enum rc refund_load(
    struct db *db, int64_t id, struct refund *out, struct error *e) CHECKED;
/* By what the gateway calls it; RC_NOTFOUND. */
enum rc refund_find(struct db *db, const char *object, struct refund *out,
    struct error *e) CHECKED;

typedef enum rc refund_put(void *ctx, const struct refund *r, struct error *e);
/* Oldest first. */
enum rc refund_list(struct db *db, int64_t order, refund_put *put, void *ctx,
    struct error *e) CHECKED;

/* Inside a unit: from the state that r was read in; object "" leaves it.
 * *moved: it was there; one that had failed needs room in what was captured. */
enum rc refund_move(struct db *db, const struct refund *r, enum refund_state to,
    const char *object, const char *why, int64_t now, bool *moved,
    struct error *e) CHECKED;

/* Inside a unit: what was done is looked at once more, because the gateway has
 * news of it: a refund may fail days after it was done. */
enum rc refund_doubt(struct db *db, int64_t order, struct error *e) CHECKED;

/* Inside a unit: its letter is being written; *first is false when it has been
 * before. */
enum rc refund_told(
    struct db *db, int64_t id, bool *first, struct error *e) CHECKED;

#endif
