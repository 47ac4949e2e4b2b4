/*
 * What an attempt has to do with the stock system.  The claim's key answers;
 * that it will be asked is committed before.
 */
#include "config.h"

#include <assert.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "flow/flow_impl.h"
#include "shop/hold.h"

bool
flow_concluded(const struct payment *p)
{
	switch (p->goods) {
	case GOODS_NOT_ASKED:
	case GOODS_REFUSED:
	case GOODS_GIVEN_BACK:
		return true;
	case GOODS_ASKED:
	case GOODS_TAKEN:
		break;
	}
	return false;
}

struct change {
	struct attempt *a;
	int64_t epoch; /* of the answer; not used for GOODS_ASKED */
	enum payment_goods to;
	const char *kind; /* for the journal, or NULL */
	char detail[300]; /* what there is too little of ends the order */
	bool moved;
};

static enum rc
write_change(struct db *db, void *ctx, struct error *e)
{
	struct change *c = ctx;
	const struct payment *p = c->a->p;
	const struct order *o = &c->a->r->o;
	bool same = true;
	enum rc rc = RC_OK;

	c->moved = false;
	if (c->to != GOODS_ASKED)
		rc = vanished_same(db, c->epoch, &same, e);
	if (rc != RC_OK || !same)
		return rc;
	if (c->to == GOODS_ASKED)
		rc = payment_goods_ask(db, p->id, &c->moved, e);
	else
		rc =
		    payment_goods_are(db, p->id, p->goods, c->to, &c->moved, e);
	if (rc == RC_OK && c->moved && c->to == GOODS_ASKED)
		rc = hold_attempt(db, o->uid, p->uid, e);
	if (rc == RC_OK && c->moved && c->detail[0] != '\0')
		rc = order_end_wanted(db, o->id, c->detail, e);
	if (rc == RC_OK && c->moved && c->kind != NULL)
		rc = flow_tell(db, c->a, c->kind, "stock", c->detail, e);
	return rc;
}

static enum rc
change(struct change *c, struct error *e)
{
	enum rc rc = db_unit(c->a->r->f->db, write_change, c, e);

	c->a->r->moved |= rc == RC_OK;
	return rc;
}

size_t
flow_lines(const struct order *o, struct master_line lines[LIMIT_BASKET_LINES])
{
	for (size_t i = 0; i < o->n; i++)
		lines[i] =
		    (struct master_line){ o->lines[i].key, o->lines[i].qty };
	return o->n;
}

void
flow_short(const struct order *o, const struct master_short *why, char *out,
    size_t size)
{
	out[0] = '\0';
	for (size_t i = 0; why->item != NULL && i < o->n; i++) {
		if (strcmp(o->lines[i].key, why->item) != 0)
			continue;
		(void)snprintf(out, size, "%s: %" PRId64 " left",
		    o->lines[i].name, why->left);
	}
	if (out[0] == '\0')
		(void)snprintf(out, size, "not in stock any more");
}

/* Ask; nothing but an answer changes anything. */
static enum rc
ask(struct attempt *a, bool take, struct error *e)
{
	const struct flow_stock *st = a->r->f->stock;
	struct master_line lines[LIMIT_BASKET_LINES];
	size_t n = flow_lines(&a->r->o, lines);
	struct change c = { .a = a };
	struct master_short why = { NULL, 0 };
	enum master_answer answer = MASTER_REFUSED;
	struct error reason = ERROR_NONE;
	bool may;
	enum rc rc;

	rc = flow_may_ask(a, false, &c.epoch, &may, e);
	if (rc != RC_OK || !may)
		return rc;
	assert(!db_busy(a->r->f->db));
	if (take)
		rc = st->take(
		    st->ctx, a->p->uid, lines, n, &answer, &why, &reason);
	else
		rc = st->refuse(st->ctx, a->p->uid, lines, n, &answer, &reason);
	if (rc != RC_OK) {
		flow_wait(a->r, rc == RC_CONFLICT ? 1 : 5);
		return flow_waits(a, "stock", &reason, e);
	}
	c.to = answer == MASTER_TAKEN ? GOODS_TAKEN : GOODS_REFUSED;
	c.kind = answer == MASTER_TAKEN ? "taken" : "not taken";
	if (answer == MASTER_REFUSED && take) {
		c.kind = "refused";
		flow_short(&a->r->o, &why, c.detail, sizeof(c.detail));
	}
	return change(&c, e);
}

/* An item that is gone there: somebody has to find a place for the goods. */
static enum rc
cannot_give(struct db *db, void *ctx, struct error *e)
{
	struct change *c = ctx;
	const struct payment *p = c->a->p;
	char text[450];
	enum rc rc;

	(void)snprintf(text, sizeof(text),
	    "%s; if they were put back by hand: shopctl stock put-back %s "
	    "--by-hand --yes",
	    c->detail, p->uid);
	rc = order_attention(db, p->order, text, e);
	if (rc == RC_OK)
		rc = payment_back_tried(db, p->id, e);
	return rc == RC_OK ? flow_tell(db, c->a, "not given back", "stock",
				 c->detail, e)
			   : rc;
}

/* A person has to make a place for them: longer each time, up to half a day. */
static int64_t
pause_of(int64_t tries)
{
	int64_t pause = 300;

	while (tries-- > 0 && pause < 43200)
		pause *= 2;
	return pause < 43200 ? pause : 43200;
}

enum rc
flow_give_back(struct attempt *a, struct error *e)
{
	const struct flow_stock *st = a->r->f->stock;
	struct master_line lines[LIMIT_BASKET_LINES];
	size_t n = flow_lines(&a->r->o, lines);
	struct change c = {
		.a = a, .to = GOODS_GIVEN_BACK, .kind = "given back"
	};
	struct error reason = ERROR_NONE;
	bool may;
	enum rc rc;

	rc = flow_may_ask(a, false, &c.epoch, &may, e);
	if (rc != RC_OK || !may)
		return rc;
	assert(!db_busy(a->r->f->db));
	/* all of an attempt goes back once: its own uid names the return */
	rc = st->give_back(st->ctx, a->p->uid, a->p->uid, lines, n, &reason);
	if (rc == RC_OK)
		return change(&c, e);
	flow_wait(a->r, rc == RC_INVALID ? pause_of(a->p->back_tries) : 5);
	if (rc != RC_INVALID)
		return flow_waits(a, "stock", &reason, e);
	(void)snprintf(c.detail, sizeof(c.detail),
	    "goods cannot be given back: %.250s", reason.text);
	return db_unit(a->r->f->db, cannot_give, &c, e);
}

/* Money first, then goods: of money that came to an order which did not wait for
 * it the refund is on its way, or over. */
static bool
money_is_back(const struct attempt *a)
{
	const struct run *r = a->r;

	for (size_t i = 0; i < r->nrefunds; i++)
		if (r->refunds[i].payment == a->p->id &&
		    r->refunds[i].state == REFUND_WANTED)
			return false;
	return flow_kept(r, a->p) <= 0;
}

enum rc
flow_goods(struct attempt *a, struct error *e)
{
	struct change c = { .a = a, .to = GOODS_ASKED };
	bool over = payment_over(a->p->state) || a->p->state == PAYMENT_VOIDING;
	enum order_state order = a->r->o.state;

	/* sold; what ends it is flow_cancel_paid */
	if (a->p->state == PAYMENT_CAPTURED &&
	    (order == ORDER_PAID || order == ORDER_CLOSED))
		return RC_OK;
	switch (a->p->goods) {
	case GOODS_NOT_ASKED:
		return over ? RC_OK : change(&c, e);
	case GOODS_ASKED:
		return ask(a, !over && !flow_unwanted(&a->r->o), e);
	case GOODS_TAKEN:
		return payment_over(a->p->state) && money_is_back(a)
			   ? flow_give_back(a, e)
			   : RC_OK;
	case GOODS_REFUSED:
	case GOODS_GIVEN_BACK:
		break;
	}
	return RC_OK;
}
