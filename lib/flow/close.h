/*
 * The end of an order that went well: when all its parcels are delivered, one
 * unit has the number, the invoice's bytes, its letter and the state (idea 10).
 *
 *	rc = close_due(db, most, put, ctx, &e);
 *	rc = order_close(&settings, db, order, now, &what, &e);
 *
 * What was refunded before has its credit note in the same unit; what is
 * refunded after gets one as soon as the money is on its way.  Each may be done
 * at any time, by any number of runners: the state and the number decide.
 */
#ifndef FLOW_CLOSE_H
#define FLOW_CLOSE_H

#include "base/settings.h"
#include "db/db.h"

typedef enum rc close_put(void *ctx, int64_t order, struct error *e);

/* Orders that order_close has something to do for, at most `most`. */
enum rc close_due(struct db *db, int64_t most, close_put *put, void *ctx,
    struct error *e) CHECKED;

enum close_outcome {
	CLOSE_NOTHING,  /* it is not delivered, or all is done */
	CLOSE_CLOSED,   /* invoiced and closed, now */
	CLOSE_CREDITED, /* a credit note was issued, now */
};

/*
 * Outside of any unit.  RC_INVALID: there can be no invoice as things are; e
 * says why: company.address is not set, sums do not agree, the letter cannot be
 * sent.  RC_CONFLICT: too many others took numbers; later.
 */
enum rc order_close(const struct settings *s, struct db *db, int64_t order,
    int64_t now, enum close_outcome *out, struct error *e) CHECKED;

#endif
