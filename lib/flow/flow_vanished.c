/*
 * What the stock system has lost with a server, done again (shop/vanished.h):
 * a take under its old key, so that one which is there after all counts once;
 * a give-back likewise.  While any of these is left nothing else is asked, so
 * that those who have paid come first.
 *
 *	reserved		take again; too few left is the usual refusal
 *	capturing, captured	take again; too few left: a person must look, the
 *				goods stay held
 *	over, unpaid		conclude its key, as it may be free
 *	given back		give back again
 */
#include "config.h"

#include <assert.h>
#include <stdio.h>

#include "flow/flow_impl.h"
#include "shop/journal.h"

enum rc
flow_may_ask(
    struct attempt *a, bool again, int64_t *epoch, bool *may, struct error *e)
{
	struct vanished_head head;
	enum rc rc;

	rc = vanished_head(a->r->f->db, &head, e);
	if (rc != RC_OK)
		return rc;
	*epoch = head.epoch;
	*may = again ? head.vanished >= 0 : head.vanished == 0;
	if (!*may)
		flow_wait(a->r, 1);
	return RC_OK;
}

struct redone {
	struct attempt *a;
	int64_t epoch;
	bool there;       /* the goods are as the payment says */
	char detail[300]; /* else: why not; "": it was not to be */
};

/* The take is lost for good.  What is captured by now is a person's. */
static enum rc
lose(struct db *db, const struct redone *d, struct error *e)
{
	const struct payment *p = d->a->p;
	struct payment now;
	char why[400];
	bool moved;
	enum rc rc;

	rc = payment_load(db, p->id, &now, e);
	if (rc == RC_OK)
		rc = payment_goods_are(
		    db, p->id, GOODS_TAKEN, GOODS_REFUSED, &moved, e);
	if (rc != RC_OK)
		return rc;
	if (now.state != PAYMENT_CAPTURED && now.state != PAYMENT_CAPTURING)
		return order_end_wanted(db, p->order, d->detail, e);
	(void)snprintf(why, sizeof(why),
	    "the stock system lost with a server what this order took, and "
	    "cannot give it again: %s",
	    d->detail);
	return order_attention(db, p->order, why, e);
}

static enum rc
cannot_return(struct db *db, const struct redone *d, struct error *e)
{
	char why[400];

	(void)snprintf(why, sizeof(why),
	    "the stock system lost with a server what this order gave back: %s",
	    d->detail);
	return order_attention(db, d->a->p->order, why, e);
}

static enum rc
write_redone(struct db *db, void *ctx, struct error *e)
{
	const struct redone *d = ctx;
	const struct payment *p = d->a->p;
	bool take = p->again == AGAIN_TAKE, same, done = false;
	const char *kind = take ? "taken again" : "given back again";
	enum rc rc;

	rc = vanished_same(db, d->epoch, &same, e);
	if (rc == RC_OK && same)
		rc = vanished_done(db, p, &done, e);
	if (rc != RC_OK || !done)
		return rc;
	if (!d->there)
		rc = take ? lose(db, d, e) : cannot_return(db, d, e);
	if (rc != RC_OK)
		return rc;
	if (!d->there)
		kind = d->detail[0] != '\0' ? "goods lost" : "not taken";
	return journal_add(
	    db, p->order, kind, "stock", d->detail, NULL, d->a->r->now, e);
}

static enum rc
take_again(struct attempt *a, struct redone *d, struct error *reason)
{
	const struct flow_stock *st = a->r->f->stock;
	struct master_line lines[LIMIT_BASKET_LINES];
	size_t n = flow_lines(&a->r->o, lines);
	struct master_short why = { NULL, 0 };
	enum master_answer answer = MASTER_REFUSED;
	bool over =
	    a->p->state == PAYMENT_VOIDING ||
	    (payment_over(a->p->state) && a->p->state != PAYMENT_CAPTURED);
	enum rc rc;

	if (over)
		rc = st->refuse(st->ctx, a->p->uid, lines, n, &answer, reason);
	else
		rc = st->take(
		    st->ctx, a->p->uid, lines, n, &answer, &why, reason);
	d->there = rc == RC_OK && answer == MASTER_TAKEN;
	if (rc == RC_OK && !d->there && !over)
		flow_short(&a->r->o, &why, d->detail, sizeof(d->detail));
	return rc;
}

static enum rc
give_again(struct attempt *a, struct redone *d, struct error *reason)
{
	const struct flow_stock *st = a->r->f->stock;
	struct master_line lines[LIMIT_BASKET_LINES];
	size_t n = flow_lines(&a->r->o, lines);
	enum rc rc;

	rc = st->give_back(st->ctx, a->p->uid, a->p->uid, lines, n, reason);
	d->there = rc == RC_OK;
	if (rc != RC_INVALID)
		return rc;
	(void)snprintf(d->detail, sizeof(d->detail), "%.250s", reason->text);
	return RC_OK;
}

enum rc
flow_again(struct attempt *a, struct error *e)
{
	struct redone d = { .a = a };
	struct error reason = ERROR_NONE;
	bool may;
	enum rc rc;

	rc = flow_may_ask(a, true, &d.epoch, &may, e);
	if (rc != RC_OK || !may)
		return rc;
	assert(!db_busy(a->r->f->db));
	if (a->p->again == AGAIN_TAKE)
		rc = take_again(a, &d, &reason);
	else
		rc = give_again(a, &d, &reason);
	if (rc != RC_OK) {
		flow_wait(a->r, rc == RC_CONFLICT ? 1 : 5);
		return flow_waits(a, "stock", &reason, e);
	}
	rc = db_unit(a->r->f->db, write_redone, &d, e);
	a->r->moved |= rc == RC_OK;
	return rc;
}
