/*
 * Hats that an order holds while it is being paid.  What can be bought is
 * item.level - item.held; held is the sum of the holds in state HOLD_HELD.
 *
 *	rc = hold_take(db, order, item, 2, now, &held, &e);	in a unit
 *	rc = hold_attempt(db, order, attempt, &e);		in a unit
 *	…the goods are taken from the stock system under that attempt's key
 *
 * A hold is over in one of two ways, and whoever comes second finds that it is
 * and changes nothing:
 *
 *	HOLD_ENDED     by the mirror alone (syncd): it saw the claim that took
 *	               the goods, and lowers the level in the same transaction,
 *	               so they are never counted twice nor shown as free
 *	HOLD_RELEASED  by the order, when its payment has ended and the key of its
 *	               attempt is concluded, or no payment was ever begun
 *
 * All of this is idempotent.  A further attempt of an order gets its key by
 * hold_attempt when the one before was refused; when it was taken and given
 * back, the hold is ended or released first and taken anew.
 */
#ifndef SHOP_HOLD_H
#define SHOP_HOLD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "base/limits.h"
#include "base/token.h"
#include "db/db.h"

/* Stored as numbers. */
enum hold_state { HOLD_HELD = 1, HOLD_ENDED = 2, HOLD_RELEASED = 3 };

/*
 * In a unit.  *held is false when fewer than qty are left, or the item is gone:
 * then nothing was done.  What the order holds already is true and no second
 * hold; RC_INVALID when it is another number.  Orders of several items take
 * them in the order of their ids, so that two do not wait for each other.
 */
enum rc hold_take(struct db *db, const char *order, int64_t item, int64_t qty,
    int64_t now, bool *held, struct error *e) CHECKED;

/* In a unit: the payment attempt under whose key the goods will be taken, of
 * all that the order holds.  Before the stock system is asked. */
enum rc hold_attempt(struct db *db, const char *order, const char *attempt,
    struct error *e) CHECKED;

/* In a unit.  *released is false when it was over already, or never was. */
enum rc hold_release(struct db *db, const char *order, int64_t item,
    int64_t now, bool *released, struct error *e) CHECKED;

/* A hold that is not over and has an attempt: the mirror asks for its claim,
 * whose key in the stock system is attempt and key. */
struct hold_open {
	char order[UID_SIZE], attempt[UID_SIZE];
	int64_t item, qty;
	char key[LIMIT_KEY + 1]; /* the stock system's key of the item */
};

/* All of them, by attempt and item.  *out is the caller's: free. */
enum rc hold_list(
    struct db *db, struct hold_open **out, size_t *n, struct error *e) CHECKED;

/* In a unit, for the mirror only: the goods have been taken under h->attempt,
 * and the level published in this very unit is without them.  *ended is false
 * when it was over already, or has another attempt now. */
enum rc hold_end(struct db *db, const struct hold_open *h, int64_t now,
    bool *ended, struct error *e) CHECKED;

/* A hold as it is stored. */
struct hold_row {
	const char *order_uid, *attempt, *key; /* borrowed for the call */
	int64_t order; /* its number; 0: there is none */
	int64_t item, qty, made_at, ended_at;
	enum hold_state state;
	bool sold; /* with read access, and held until it is booked out */
};

typedef enum rc hold_put(
    void *ctx, const struct hold_row *row, struct error *e);
/* All that an order has or had. */
enum rc hold_of_order(struct db *db, const char *order, hold_put *put,
    void *ctx, struct error *e) CHECKED;
/* Those that an item is held by, the oldest first. */
enum rc hold_of_item(struct db *db, int64_t item, hold_put *put, void *ctx,
    struct error *e) CHECKED;

/* In a unit, for the publication of a new server of the stock system: a take
 * that the mirror had seen is not there any more (vanished.h), so the goods are
 * held once more, whether there are as many or not.  *back is false when the
 * hold was not ended under that attempt. */
enum rc hold_back(struct db *db, const char *order, const char *attempt,
    int64_t item, bool *back, struct error *e) CHECKED;

/* Call put for every item whose held is not the sum of its open holds: there is
 * none, unless the database was changed by other hands. */
typedef enum rc hold_wrong_put(
    void *ctx, const char *key, int64_t held, int64_t sum, struct error *e);
enum rc hold_wrong(
    struct db *db, hold_wrong_put *put, void *ctx, struct error *e) CHECKED;

#endif
