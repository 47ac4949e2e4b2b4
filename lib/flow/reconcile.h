/*
 * What does not agree between the books: the orders' own, the stock system's
 * claims and the gateways' ledgers, each with the repair that it proposes.
 * Nothing is changed anywhere.
 *
 *	struct reconcile r = { .settings = &s, .db = db, .flow = flow,
 *		.now = clock_now(), .since = from, .settle = 600,
 *		.put = print, .ctx = &out };
 *
 *	rc = reconcile_ours(&r, &e);
 *	rc = reconcile_claims(&r, &e);
 *	rc = reconcile_gateways(&r, &e);
 *
 * What is under way is no difference: sums that one unit writes agree at any
 * moment; for the rest what has changed within the last `settle` seconds is left
 * alone, and what looks wrong outside is read once more, ours first.
 */
#ifndef FLOW_RECONCILE_H
#define FLOW_RECONCILE_H

#include "flow/flow.h"

#define RECONCILE_SETTLE 600 /* usual seconds */

struct difference {
	const char *kind;   /* "refunded", …; a literal */
	int64_t order;      /* its number, 0: none of ours */
	const char *name;   /* uid, item or event that it is about; or "" */
	const char *ours;   /* what we say */
	const char *theirs; /* what the other book says */
	const char *repair; /* proposed */
};

/* All borrowed for the call. */
typedef enum rc difference_put(
    void *ctx, const struct difference *d, struct error *e);

/* What could not be compared, for people; no failure. */
typedef void difference_note(void *ctx, const char *text);

struct reconcile {
	const struct settings *settings;
	struct db *db;
	const struct flow *flow; /* the gateways that are configured */
	int64_t now, since;      /* since: of claims and payments */
	int64_t settle;
	difference_put *put;
	difference_note *note; /* or NULL */
	void *ctx;
};

/* The sales database by itself, as of one moment, whatever `since` is. */
enum rc reconcile_ours(const struct reconcile *r, struct error *e) CHECKED;
/* Ours and the stock system's; with read access there is nothing to compare. */
enum rc reconcile_claims(const struct reconcile *r, struct error *e) CHECKED;
/* Ours and the books of each gateway that is configured.  RC_IO also when a
 * gateway's list lacks what it should have. */
enum rc reconcile_gateways(const struct reconcile *r, struct error *e) CHECKED;

#endif
