/*
 * The end of an order that was paid: money, goods, then the order.
 */
#include "config.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "flow/flow_impl.h"

#define END_REFERENCE "cancel " /* and the payment's number */

bool
flow_refund_ends(const struct refund *f)
{
	return strcmp(f->witness, "shop") == 0 &&
	       strncmp(
		   f->reference, END_REFERENCE, sizeof(END_REFERENCE) - 1) == 0;
}

struct returning {
	struct run *r;
	const struct payment *p;
	int64_t amount;
	bool asked;
};

static enum rc
ask_back(struct db *db, void *ctx, struct error *e)
{
	struct returning *b = ctx;
	char reference[REFUND_REFERENCE_SIZE];
	enum refund_outcome outcome;
	int64_t id;
	enum rc rc;

	(void)snprintf(
	    reference, sizeof(reference), END_REFERENCE "%" PRId64, b->p->id);
	rc = refund_ask(db,
	    &(struct refund_wish){
		b->r->o.id, b->p->id, b->amount, reference, "shop" },
	    b->r->now, &outcome, &id, e);
	b->asked = rc == RC_OK && outcome == REFUND_MADE;
	return rc;
}

/* Whether all money is on its way back; *wait when something is due first. */
static enum rc
money_back(struct run *r, bool *wait, struct error *e)
{
	struct returning b = { .r = r };
	enum rc rc = RC_OK;

	*wait = false;
	for (size_t i = 0; i < r->nrefunds; i++)
		*wait |= r->refunds[i].state == REFUND_WANTED;
	if (*wait)
		return RC_OK;
	for (size_t i = 0; i < r->n && rc == RC_OK && !r->moved; i++) {
		b.p = &r->payments[i];
		b.amount = flow_kept(r, b.p);
		if (b.amount <= 0)
			continue;
		*wait = true; /* or a person's turn, who was called */
		if (payment_contested(b.p->disputed))
			continue; /* what is over there comes here */
		rc = db_unit(r->f->db, ask_back, &b, e);
		r->moved |= b.asked;
	}
	return rc;
}

enum rc
flow_cancel_paid(struct run *r, struct error *e)
{
	bool wait;
	enum rc rc = flow_parcels_end(r, &wait, e);

	if (rc != RC_OK || wait || r->moved)
		return rc;
	rc = money_back(r, &wait, e);
	if (rc != RC_OK || wait)
		return rc;
	for (size_t i = 0; i < r->n; i++) {
		struct attempt a = { r, &r->payments[i], NULL, false };

		if (a.p->state == PAYMENT_CAPTURED && a.p->goods == GOODS_TAKEN)
			return flow_give_back(&a, e);
	}
	return flow_end(r, e);
}

struct cancelling {
	int64_t order, now;
	const char *why, *witness;
};

static enum rc
want_cancel(struct db *db, void *ctx, struct error *e)
{
	struct cancelling *c = ctx;
	struct order o;
	bool over, asked, gone = false;
	enum rc rc = order_load(db, c->order, &o, e);

	if (rc != RC_OK)
		return rc;
	over = o.state == ORDER_CLOSED || o.state == ORDER_CANCELLED;
	order_release(&o);
	if (over)
		return error_set(e, RC_INVALID,
		    "an order that is closed or cancelled cannot be cancelled");
	rc = parcel_has_left(db, c->order, &gone, e);
	if (rc == RC_OK && gone)
		return error_set(e, RC_INVALID,
		    "a parcel of this order has been collected: it cannot be "
		    "cancelled any more, only refunded (shopctl order refund "
		    "%" PRId64 " --yes); goods that came back go into stock "
		    "on the warehouse's word",
		    c->order);
	if (rc != RC_OK)
		return rc;
	rc = order_ask_end(db, c->order, c->witness, c->why, c->now, &asked, e);
	if (rc != RC_OK || asked)
		return rc;
	return order_ask_cancel(
	    db, c->order, c->witness, c->why, c->now, &asked, e);
}

enum rc
order_cancel(struct flow *f, int64_t order, const char *why,
    const char *witness, struct error *e)
{
	struct cancelling c = { order, flow_now(f), why, witness };

	return db_unit(f->db, want_cancel, &c, e);
}
