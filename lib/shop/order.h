/*
 * Orders: a frozen copy of a basket that holds its goods, is paid, delivered
 * and closed.  What moves one is lib/flow's order_advance; here is what is
 * stored, and the guarded changes that only one of any number of runners makes.
 *
 *	struct order_wish w = { .checkout = uid, .customer = id, … };
 *
 *	rc = order_place(db, &w, now, &placed, &e);
 *	if (rc == RC_OK && placed.outcome == ORDER_PLACED) …
 *
 *	PENDING     goods are held; a payment attempt may be under way
 *	AUTHORISED  the money is reserved; goods are being taken
 *	PAID        goods are taken and the money captured
 *	CLOSED      delivered and invoiced
 *	CANCELLED   nobody is charged, nothing is held
 *
 * Money found on a cancelled order is still followed by its attempt (idea 5).
 * `attention` says why a person must look; it is no state, because the state
 * goes on telling what is true.
 */
#ifndef SHOP_ORDER_H
#define SHOP_ORDER_H

#include <stdbool.h>

#include "base/limits.h"
#include "base/token.h"
#include "db/db.h"
#include "shop/address.h"

enum order_state {
	ORDER_PENDING = 1,
	ORDER_AUTHORISED,
	ORDER_PAID,
	ORDER_CLOSED,
	ORDER_CANCELLED,
};

/* "pending", …; borrowed, a literal. */
const char *order_state_name(enum order_state state);

/* The last letter of it that has been written; refunds have their own. */
enum order_told { ORDER_UNTOLD, ORDER_TOLD_PAID, ORDER_TOLD_ENDED };

/* What `ending` says when the customer has asked for it. */
#define ORDER_AS_WISHED "as you wished"

struct order_line {
	int64_t item, qty, price, tax_rate, tax; /* tax of the whole line */
	char key[LIMIT_KEY + 1];                 /* the stock system's */
	char *name;              /* owned, as it was when ordered */
	char picture[HASH_SIZE]; /* as the mirror has it now, or "" */
	int64_t picture_width, picture_height; /* of the zoom size */
};

struct order {
	int64_t id, customer;
	char uid[UID_SIZE];
	enum order_state state;
	int64_t made_at, hold_until, next_at, pokes, paid_at, ended_at;
	int64_t ready_at;     /* somebody said that it is packed; 0: not yet */
	int64_t attention_at; /* a person must look since; 0: nobody must */
	int64_t goods, delivery, tax, total, captured, refunded;
	int64_t lost;     /* to disputes, of what was captured */
	int64_t deadline; /* of attention; 0: none */
	char currency[4];
	bool live;
	enum order_told told;
	char *delivery_option, *attention, *ending, *email; /* owned */
	struct address to;                                  /* owned */
	struct order_line lines[LIMIT_BASKET_LINES];
	size_t n;
};

void order_release(struct order *o); /* safe on a zeroed one */

/* The tax that is in a price that includes it, rounded half up; rate in
 * hundredths of a per cent. */
int64_t order_tax(int64_t gross, int64_t rate);

struct order_wish {
	const char *checkout; /* the review form's uid: one order each */
	int64_t customer, basket;
	const char *currency;
	int64_t tax_rate; /* of goods and delivery */
	int64_t delivery; /* its price */
	const char *delivery_option;
	const char *terms;   /* hash of the terms that were accepted */
	int64_t shown_total; /* what the review page said */
	const struct address *to;
	const char *email;
	int64_t hold_seconds;
};

enum order_outcome {
	ORDER_PLACED,  /* made now, or by the same checkout before */
	ORDER_OTHER,   /* this customer has another live order: `order` is it */
	ORDER_CHANGED, /* the basket's total is not what was shown */
	ORDER_SHORT,   /* `item` has `left` left, or is gone */
	ORDER_EMPTY,   /* nothing in the basket can be bought */
};

struct order_placed {
	enum order_outcome outcome;
	int64_t order, item, left;
};

/*
 * Freeze the basket, hold its goods and make the order, as one unit: all or
 * nothing.  The same checkout again is the same order, whatever the basket is
 * by then.  The basket is left as it is until the order is paid.
 */
enum rc order_place(struct db *db, const struct order_wish *w, int64_t now,
    struct order_placed *out, struct error *e) CHECKED;

enum rc order_load(
    struct db *db, int64_t id, struct order *out, struct error *e) CHECKED;
/* RC_NOTFOUND also when it is another customer's (customer 0: anyone's). */
enum rc order_load_uid(struct db *db, const char *uid, int64_t customer,
    struct order *out, struct error *e) CHECKED;
/* The order that this checkout has made.  RC_NOTFOUND: none, or it is another
 * customer's. */
enum rc order_by_checkout(struct db *db, const char *checkout, int64_t customer,
    int64_t *order, struct error *e) CHECKED;
/* RC_NOTFOUND: none is. */
enum rc order_live(
    struct db *db, int64_t customer, int64_t *order, struct error *e) CHECKED;

struct order_row {
	int64_t id, made_at, total, captured, refunded, lost, pieces, next_at;
	int64_t deadline; /* of attention; 0: none */
	enum order_state state;
	const char *uid, *currency, *attention, *ending; /* borrowed */
};

typedef enum rc order_put(
    void *ctx, const struct order_row *row, struct error *e);
/* Newest first, below the id `before` (0: from the newest), at most `most`. */
enum rc order_list(struct db *db, int64_t customer, int64_t before,
    int64_t most, order_put *put, void *ctx, struct error *e) CHECKED;
/* Those that a person must look at, the nearest deadline first. */
enum rc order_list_urgent(struct db *db, int64_t most, order_put *put,
    void *ctx, struct error *e) CHECKED;
/* Those that something is to be done about by now, the longest due first. */
enum rc order_due(struct db *db, int64_t now, int64_t most, order_put *put,
    void *ctx, struct error *e) CHECKED;

/*
 * Inside a unit, each: change the state, but only from `from`; *moved says
 * whether it was there.  order_move to PAID or CANCELLED ends `live`; what
 * asked for the end before it was PAID is forgotten.
 */
enum rc order_move(struct db *db, int64_t order, enum order_state from,
    enum order_state to, int64_t now, bool *moved, struct error *e) CHECKED;

/* Inside a unit.  The first reason stays.  Only of an order that is not paid:
 * one that has been paid meanwhile goes on. */
enum rc order_end_wanted(
    struct db *db, int64_t order, const char *why, struct error *e) CHECKED;
/* Inside a unit: somebody (a witness of the journal) asks for the end of an
 * order that is not paid; *asked is false when it is, or when the end was asked
 * for before.  order_advance does it. */
enum rc order_ask_end(struct db *db, int64_t order, const char *witness,
    const char *why, int64_t now, bool *asked, struct error *e) CHECKED;
/* Whether a customer may end an order; the one place that decides it. */
enum order_may_end {
	ORDER_MAY_END,
	ORDER_ENDS_ALREADY, /* asked for before, or over */
	ORDER_HAS_LEFT,     /* a parcel was collected, whatever became of it */
	ORDER_IS_DISPUTED,  /* the gateway decides about the money */
};
enum rc order_cancellable(struct db *db, const struct order *o,
    enum order_may_end *may, struct error *e) CHECKED;
/*
 * Inside a unit: its customer asks for the end, once.  paid: they know that it
 * is paid; without, a paid one stays as it is and *may is ORDER_ENDS_ALREADY.
 */
enum rc order_cancel_wished(struct db *db, const struct order *o, bool paid,
    int64_t now, enum order_may_end *may, struct error *e) CHECKED;
/* Inside a unit: the same of one that is paid, and only of such. */
enum rc order_ask_cancel(struct db *db, int64_t order, const char *witness,
    const char *why, int64_t now, bool *asked, struct error *e) CHECKED;
/*
 * Inside a unit: one more reason why a person must look; one that is there
 * already changes nothing.  Since when is kept of the first.
 */
enum rc order_attention(
    struct db *db, int64_t order, const char *why, struct error *e) CHECKED;
/* The same, to be done by then: it stands before what has more time or none.
 * deadline: 0 is none. */
enum rc order_urgent(struct db *db, int64_t order, const char *why,
    int64_t deadline, struct error *e) CHECKED;
/* Inside a unit: the reasons that have these words are over, the others stay. */
enum rc order_attended(
    struct db *db, int64_t order, const char *words, struct error *e) CHECKED;
/* Inside a unit: a person has looked; all reasons go, into the journal.  why may
 * be ""; *was is false when there was none. */
enum rc order_seen(struct db *db, int64_t order, const char *witness,
    const char *why, bool *was, struct error *e) CHECKED;
/* Inside a unit: a letter is being written; *first is false when it, or one
 * that comes after it, has been before. */
enum rc order_told(struct db *db, int64_t order, enum order_told what,
    bool *first, struct error *e) CHECKED;

/* Inside a unit, each.  Somebody has to look at it by then. */
enum rc order_again_at(
    struct db *db, int64_t order, int64_t at, struct error *e) CHECKED;
/* The same of a runner that is done, unless there was an order_again_at since
 * the order was read: that one stays. */
enum rc order_sleep(struct db *db, const struct order *o, int64_t until,
    struct error *e) CHECKED;
/* Saves double work and proves nothing (idea 1): *got is false while another
 * runner holds it. */
enum rc order_lease(struct db *db, int64_t order, const char *holder,
    int64_t now, int64_t seconds, bool *got, struct error *e) CHECKED;
enum rc order_lease_drop(
    struct db *db, int64_t order, const char *holder, struct error *e) CHECKED;

#endif
