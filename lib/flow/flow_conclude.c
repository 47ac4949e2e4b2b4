/*
 * What a person concludes because nobody outside can: a payment that its
 * gateway does not know, and goods that the stock system has no place for.
 */
#include "config.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "flow/flow_impl.h"
#include "shop/journal.h"

#define LEASE_SECONDS 30 /* dropped with the unit */

struct word {
	struct flow *f;
	const struct payment *p;
	const char *why, *witness;
	bool moved;
};

/* Who is at the order does not know of this. */
static enum rc
alone(struct db *db, const struct flow *f, int64_t order, struct error *e)
{
	bool got = true;
	enum rc rc;

	if (f->without_lease)
		return RC_OK;
	rc = order_lease(
	    db, order, f->holder, flow_now(f), LEASE_SECONDS, &got, e);
	if (rc == RC_OK && !got)
		return error_set(
		    e, RC_CONFLICT, "another runner is at this order");
	return rc == RC_OK ? order_lease_drop(db, order, f->holder, e) : rc;
}

/*** A payment ***/

static enum rc
is_unknown(struct attempt *a, struct error *e)
{
	struct gateway_answer answer = { .news = NEWS_AGAIN };
	struct error why = ERROR_NONE;
	enum rc rc;

	if (a->g == NULL)
		return error_set(e, RC_INVALID,
		    "%s is not configured any more, and cannot be asked",
		    a->p->gateway);
	rc = flow_ask(a, &answer, &why);
	if (rc == RC_NOTFOUND)
		return RC_OK;
	if (rc != RC_OK || answer.news == NEWS_AGAIN)
		return error_set(e, RC_IO, "%s cannot be asked: %s",
		    a->p->gateway, why.text[0] != '\0' ? why.text : answer.why);
	return error_set(e, RC_INVALID,
	    "%s knows the payment: shopctl order advance %" PRId64,
	    a->p->gateway, a->p->order);
}

static enum rc
see_call(void *ctx, const struct payment_call_row *row, struct error *e)
{
	(void)e;
	if (row->state == CALL_TO_SEND)
		*(bool *)ctx = true;
	return RC_OK;
}

/* As it would end by itself when no money can be left. */
static enum payment_state
end_of(enum payment_state state)
{
	switch (state) {
	case PAYMENT_AUTHORISED:
	case PAYMENT_CAPTURING:
		return PAYMENT_FAILED;
	case PAYMENT_VOIDING:
		return PAYMENT_VOIDED;
	default:
		return PAYMENT_EXPIRED;
	}
}

static enum rc
write_end(struct db *db, void *ctx, struct error *e)
{
	struct word *w = ctx;
	const struct payment *p = w->p;
	int64_t now = flow_now(w->f);
	bool waits = false;
	enum rc rc = alone(db, w->f, p->order, e);

	if (rc == RC_OK)
		rc = payment_calls(db, p->id, see_call, &waits, e);
	if (rc == RC_OK && waits)
		return error_set(e, RC_INVALID,
		    "a call to %s is not answered yet: what came of it is not "
		    "known",
		    p->gateway);
	if (rc == RC_OK)
		rc = payment_move(db, p->id, p->state, end_of(p->state), w->why,
		    now, &w->moved, e);
	if (rc == RC_OK && !w->moved)
		return error_set(e, RC_CONFLICT,
		    "the payment has gone on while it was asked about");
	if (rc == RC_OK)
		rc = journal_add(db, p->order, "concluded", w->witness, w->why,
		    NULL, now, e);
	if (rc == RC_OK)
		rc = order_end_wanted(
		    db, p->order, "the payment did not go through", e);
	if (rc == RC_OK)
		rc = order_attended(db, p->order, " does not know ", e);
	return rc == RC_OK ? order_again_at(db, p->order, now, e) : rc;
}

enum rc
order_conclude(struct flow *f, int64_t order, const char *why,
    const char *witness, struct error *e)
{
	struct run r = { .f = f, .o.id = order, .now = flow_now(f) };
	struct word w = { .f = f, .why = why, .witness = witness };
	enum rc rc = flow_read(&r, e);

	for (size_t i = 0; i < r.n && rc == RC_OK && w.p == NULL; i++) {
		struct attempt a = { &r, &r.payments[i],
			flow_gateway(f, r.payments[i].gateway), false };

		if (payment_over(a.p->state))
			continue;
		w.p = a.p;
		rc = is_unknown(&a, e);
	}
	if (rc == RC_OK && w.p == NULL)
		rc = error_set(e, RC_INVALID,
		    "no payment of order %" PRId64
		    " is open: nothing is to be concluded",
		    order);
	if (rc == RC_OK)
		rc = db_unit(f->db, write_end, &w, e);
	order_release(&r.o);
	return rc;
}

/*** Goods ***/

struct goods_back {
	struct flow *f;
	const char *attempt, *witness;
	int64_t order;
	bool first;
};

static enum rc
write_back(struct db *db, void *ctx, struct error *e)
{
	struct goods_back *g = ctx;
	int64_t now = flow_now(g->f);
	struct payment p = { .id = 0 };
	enum rc rc = payment_by_uid(db, g->attempt, &p, e);

	g->first = false;
	g->order = p.order;
	if (rc == RC_NOTFOUND)
		return error_set(e, rc, "no payment is \"%s\"", g->attempt);
	if (rc != RC_OK || p.goods == GOODS_GIVEN_BACK)
		return rc;
	if (p.goods != GOODS_TAKEN || p.back_tries == 0)
		return error_set(e, RC_INVALID,
		    "the stock system has not refused the goods of \"%s\"",
		    g->attempt);
	rc = alone(db, g->f, p.order, e);
	if (rc == RC_OK)
		rc = payment_goods_are(
		    db, p.id, GOODS_TAKEN, GOODS_GIVEN_BACK, &g->first, e);
	if (rc == RC_OK && g->first)
		rc = journal_add(db, p.order, "put back by hand", g->witness,
		    "", NULL, now, e);
	if (rc == RC_OK)
		rc = order_attended(
		    db, p.order, "goods cannot be given back", e);
	return rc == RC_OK ? order_again_at(db, p.order, now, e) : rc;
}

enum rc
order_put_back(struct flow *f, const char *attempt, const char *witness,
    int64_t *order, bool *first, struct error *e)
{
	struct goods_back g = { f, attempt, witness, 0, false };
	enum rc rc = db_unit(f->db, write_back, &g, e);

	*order = g.order;
	*first = g.first;
	return rc;
}
