/*
 * The claims under which goods were taken from the stock system, and the
 * payments that they were taken for.
 */
#include "config.h"

#include <inttypes.h>
#include <string.h>

#include "base/text.h"
#include "flow/reconcile_impl.h"
#include "shop/payment.h"
#include "shop/returns.h"
#include "shop/vanished.h"
#include "stock/own.h"

struct claims {
	const struct reconcile *r;
	struct link *l;
	int64_t left;           /* pieces that the attempt still has */
	int64_t back, received; /* of them, by returns: at least, at most */
};

/* A copy that is older than the claim does not know it. */
static enum rc
put_kept(
    void *ctx, const char *attempt, const struct own_claim *c, struct error *e)
{
	struct found f = { .kind = "claim-without-order" };
	const struct claims *t = ctx;
	int64_t id;
	enum rc rc = reconcile_attempt(t->r, attempt, &id, e);

	if (rc != RC_OK || id != 0)
		return rc;
	text_copy(f.name, sizeof(f.name), attempt);
	SAY(f.ours, "no payment has this key");
	SAY(f.theirs, "%" PRId64 " of %s are taken under it",
	    c->qty - c->returned, c->item);
	SAY(f.repair, "shopctl stock give-back %s --yes", attempt);
	return reconcile_tell(t->r, &f, e);
}

static enum rc
add_claim(void *ctx, const struct own_claim *c, struct error *e)
{
	struct claims *t = ctx;

	(void)e;
	if (strcmp(c->kind, "take") == 0)
		t->left += c->qty - c->returned;
	return RC_OK;
}

static int64_t
pieces(const struct order *o)
{
	int64_t sum = 0;

	for (size_t i = 0; i < o->n; i++)
		sum += o->lines[i].qty;
	return sum;
}

/* Whether what is taken for a payment that is over is as it should be; if not,
 * it is said in f. */
static bool
agrees(const struct order *o, const struct payment *p, const struct claims *t,
    struct found *f)
{
	int64_t left = t->left;
	bool captured = p->state == PAYMENT_CAPTURED;

	if (captured && p->goods == GOODS_TAKEN) {
		/* one that is to end gives them back by and by */
		if ((left >= pieces(o) - t->received &&
			left <= pieces(o) - t->back) ||
		    o->ending[0] != '\0')
			return true;
		f->kind = "claim-missing";
		SAY(f->ours, "the %" PRId64 " pieces of it are taken",
		    pieces(o) - t->back);
		SAY(f->theirs, "%" PRId64 " are taken under its key", left);
		SAY(f->repair,
		    "a person must look: shopctl order show %" PRId64
		    " --claims",
		    o->id);
		return false;
	}
	/* paid without goods is told of the order itself */
	if (left == 0 || (captured && p->goods != GOODS_GIVEN_BACK))
		return true;
	/* refused by the stock system, and put back by hand */
	if (p->goods == GOODS_GIVEN_BACK && p->back_tries > 0)
		return true;
	/* it is being given back: what is due for long is told by itself */
	if (p->goods == GOODS_TAKEN && o->next_at != INT64_MAX)
		return true;
	f->kind = "claim-kept";
	SAY(f->ours, "the payment is %s, and nothing is taken for it",
	    payment_state_name(p->state));
	SAY(f->theirs, "%" PRId64 " pieces are taken under its key", left);
	if (p->goods == GOODS_TAKEN)
		SAY(f->repair, "shopctl order advance %" PRId64, o->id);
	else
		SAY(f->repair,
		    "give back by hand: raise the level of each item of the "
		    "claim by what is taken, and set claim.returned = "
		    "claim.qty of it");
	return false;
}

/* Ours, theirs, and ours again: what has moved meanwhile is under way. */
static enum rc
judge(struct claims *t, int64_t id, struct order *o, struct error *e)
{
	struct payment before, p;
	struct found f = { .kind = "" };
	enum rc rc;

	t->left = 0;
	rc = payment_load(t->r->db, id, &before, e);
	if (rc == RC_OK)
		rc = own_claims(
		    t->l, t->r->settings, before.uid, add_claim, t, e);
	if (rc == RC_OK)
		rc = payment_load(t->r->db, id, &p, e);
	if (rc == RC_OK)
		rc = order_load(t->r->db, p.order, o, e);
	if (rc == RC_OK)
		rc = return_pieces(t->r->db, p.order, t->r->now - t->r->settle,
		    &t->back, &t->received, e);
	if (rc != RC_OK || p.goods != before.goods || p.state != before.state ||
	    p.again != AGAIN_NOTHING || agrees(o, &p, t, &f))
		return rc;
	f.order = p.order;
	text_copy(f.name, sizeof(f.name), p.uid);
	return reconcile_tell(t->r, &f, e);
}

static enum rc
each_payment(void *ctx, int64_t id, struct error *e)
{
	struct order o = { 0 };
	enum rc rc = judge(ctx, id, &o, e);

	order_release(&o);
	return rc;
}

/* What another server says concludes nothing (shop/vanished.h). */
static enum rc
same_server(const struct claims *t, struct error *e)
{
	struct vanished_head head;
	enum rc rc = vanished_head(t->r->db, &head, e);

	if (rc == RC_OK && strcmp(head.source, link_identity(t->l)) != 0)
		return error_set(e, RC_DENIED,
		    "the stock system is not the server that the mirror is of: "
		    "claims are not compared");
	return rc;
}

enum rc
reconcile_claims(const struct reconcile *r, struct error *e)
{
	struct claims t = { .r = r };
	enum fault fault;
	enum rc rc;

	if (r->settings->stock_access == ACCESS_READ)
		return RC_OK;
	rc = link_open(r->settings, &t.l, &fault, e);
	if (rc == RC_OK)
		rc = same_server(&t, e);
	if (rc == RC_OK)
		rc = own_kept(t.l, r->settings, r->since, r->now - r->settle,
		    put_kept, &t, e);
	if (rc == RC_OK)
		rc = reconcile_payments(
		    r, SQL_RECONCILE_CLAIMED, each_payment, &t, e);
	link_close(t.l);
	return rc;
}
