/*
 * What follows from a return.  Each step is committed, and made by its own key:
 * the refund by the return's name, the goods by its uid in the stock system.
 */
#include "config.h"

#include <assert.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/limits.h"
#include "flow/flow_impl.h"
#include "shop/journal.h"
#include "shop/outbox.h"

#define RETURNS 64 /* of one order; more wait until these are done with */
#define TROUBLE_SECONDS 3600
#define LETTER "return" /* its kind in the outbox */

struct returning {
	struct run *r;
	const struct goods_return *g;
	enum return_told told;
	const char *uid, *kind, *event, *why;
	const struct buf *letter; /* NULL: it cannot be sent */
	int64_t epoch;
};

/*** Letters ***/

static enum rc
post(struct db *db, void *ctx, struct error *e)
{
	const struct returning *t = ctx;
	const struct order *o = &t->r->o;
	const char *to = o->email;
	struct outbox_letter l = { .uid = t->uid,
		.kind = LETTER,
		.customer = o->customer,
		.order = o->id };
	bool first;
	enum rc rc = return_told(db, t->g->id, t->told, &first, e);

	if (rc != RC_OK || !first)
		return rc;
	if (t->letter == NULL)
		return order_attention(db, o->id, t->why, e);
	l.bytes = buf_str(t->letter);
	l.len = t->letter->len;
	rc = outbox_put(db, &l, &to, 1, t->r->now, e);
	return rc == RC_OK ? journal_add(db, o->id, t->event, "shop", o->email,
				 NULL, t->r->now, e)
			   : rc;
}

/* The receipt comes first also of one that is refused by now. */
static enum rc
write_letter(struct returning *t, struct error *e)
{
	const struct flow *f = t->r->f;
	struct goods_return as = *t->g;
	struct error why = ERROR_NONE;
	char uid[UID_SIZE], what[40];
	struct buf letter;
	enum rc rc;

	t->told =
	    as.told == RETURN_UNTOLD ? RETURN_TOLD_ASKED : RETURN_TOLD_REFUSED;
	if (t->told == RETURN_TOLD_ASKED)
		as.state = RETURN_ASKED;
	t->event =
	    t->told == RETURN_TOLD_ASKED ? "return receipt" : "return refusal";
	(void)snprintf(what, sizeof(what), "return %d", (int)t->told);
	flow_letter_uid(t->r->o.uid, what, as.id, uid);
	t->uid = uid;
	buf_init(&letter, LIMIT_CALL);
	rc = f->letters->goods_return(
	    f->settings, &t->r->o, uid, &as, &letter, &why);
	t->letter = rc == RC_OK ? &letter : NULL;
	t->why = why.text;
	if (rc == RC_OK || rc == RC_INVALID)
		rc = db_unit(f->db, post, t, e);
	else
		rc = error_set(e, rc, "%s", why.text);
	t->r->moved |= rc == RC_OK;
	buf_release(&letter);
	return rc;
}

/*** Money ***/

static enum rc
claimed(struct db *db, void *ctx, struct error *e)
{
	const struct returning *t = ctx;
	char text[400];
	enum rc rc = return_claimed(db, t->g->id, e);

	if (rc != RC_OK || t->why == NULL)
		return rc;
	(void)snprintf(text, sizeof(text),
	    "the refund of return %" PRId64 " cannot be made: %.250s", t->g->id,
	    t->why);
	return order_attention(db, t->g->order, text, e);
}

static enum rc
claim(struct returning *t, struct error *e)
{
	const struct goods_return *g = t->g;
	struct error why = ERROR_NONE;
	char name[REFUND_REFERENCE_SIZE];
	enum rc rc = RC_OK;

	(void)snprintf(name, sizeof(name), FLOW_RETURN "%s", g->uid);
	if (g->amount > 0)
		rc = order_refund(
		    t->r->f, g->order, name, g->amount, g->witness, &why);
	t->why = rc == RC_INVALID ? why.text : NULL;
	if (rc == RC_OK || rc == RC_INVALID)
		rc = db_unit(t->r->f->db, claimed, t, e);
	else
		rc = error_set(e, rc, "%s", why.text);
	t->r->moved |= rc == RC_OK;
	return rc;
}

/*** Goods ***/

static enum rc
on_the_shelf(struct db *db, void *ctx, struct error *e)
{
	const struct returning *t = ctx;
	bool same = true, first;
	enum rc rc = RC_OK;

	if (t->epoch >= 0)
		rc = vanished_same(db, t->epoch, &same, e);
	return rc == RC_OK && same ? return_back(db, t->g, t->r->now, &first, e)
				   : rc;
}

static enum rc
no_shelf(struct db *db, void *ctx, struct error *e)
{
	const struct returning *t = ctx;

	return order_attention(db, t->g->order, t->why, e);
}

static size_t
lines_of(const struct returning *t, struct master_line *lines)
{
	const struct order *o = &t->r->o;
	size_t n = 0;

	for (size_t i = 0; i < t->g->n; i++)
		for (size_t j = 0; j < o->n; j++)
			if (o->lines[j].item == t->g->lines[i].item)
				lines[n++] =
				    (struct master_line){ o->lines[j].key,
					    t->g->lines[i].qty };
	return n;
}

/* Where we may only read the stock system, whoever receives the goods books
 * them in there. */
static enum rc
give_back(struct returning *t, struct attempt *a, struct error *e)
{
	const struct flow_stock *st = a->r->f->stock;
	struct master_line lines[LIMIT_BASKET_LINES];
	struct error reason = ERROR_NONE;
	char text[400];
	bool may;
	enum rc rc;

	t->epoch = -1;
	if (a->r->f->settings->stock_access == ACCESS_WRITE) {
		rc = flow_may_ask(a, false, &t->epoch, &may, e);
		if (rc != RC_OK || !may)
			return rc;
		assert(!db_busy(a->r->f->db));
		rc = st->give_back(st->ctx, t->g->uid, a->p->uid, lines,
		    lines_of(t, lines), &reason);
		if (rc != RC_OK && rc != RC_INVALID) {
			flow_wait(a->r, rc == RC_CONFLICT ? 1 : 5);
			return flow_waits(a, "stock", &reason, e);
		}
		if (rc == RC_INVALID) {
			flow_wait(a->r, TROUBLE_SECONDS);
			(void)snprintf(text, sizeof(text),
			    "return %" PRId64
			    " cannot go back to the shelf: %.250s",
			    t->g->id, reason.text);
			t->why = text;
			return db_unit(a->r->f->db, no_shelf, t, e);
		}
	}
	rc = db_unit(a->r->f->db, on_the_shelf, t, e);
	a->r->moved |= rc == RC_OK;
	return rc;
}

static enum rc
shelve(struct returning *t, struct error *e)
{
	for (size_t i = 0; i < t->r->n; i++) {
		struct attempt a = { t->r, &t->r->payments[i], NULL, false };

		if (a.p->state == PAYMENT_CAPTURED && a.p->goods == GOODS_TAKEN)
			return give_back(t, &a, e);
	}
	return RC_OK;
}

/*** Each ***/

struct returns {
	struct goods_return of[RETURNS];
	size_t n;
};

static bool
letter_due(const struct run *r, const struct goods_return *g)
{
	if (r->f->letters == NULL || r->f->letters->goods_return == NULL)
		return false;
	return g->told == RETURN_UNTOLD ||
	       (g->state == RETURN_REFUSED && g->told < RETURN_TOLD_REFUSED);
}

static enum rc
keep(void *ctx, const struct goods_return *g, struct error *e)
{
	struct returns *all = ctx;
	bool over = g->told == RETURN_TOLD_REFUSED || g->back_at != 0;

	(void)e;
	if (!over && all->n < RETURNS)
		all->of[all->n++] = *g;
	return RC_OK;
}

static enum rc
step(struct returning *t, struct error *e)
{
	const struct goods_return *g = t->g;
	enum rc rc = RC_OK;

	if (letter_due(t->r, g))
		return write_letter(t, e);
	if (g->state != RETURN_ACCEPTED)
		return RC_OK;
	if (!g->claimed)
		return claim(t, e);
	if (g->received_at != 0 && g->back_at == 0)
		rc = shelve(t, e);
	return rc;
}

enum rc
flow_returns(struct run *r, struct error *e)
{
	struct returns *all = calloc(1, sizeof(*all));
	enum rc rc;

	if (all == NULL)
		return error_set(e, RC_NOMEM, "no memory for the returns");
	rc = return_list(r->f->db, r->o.id, keep, all, e);
	for (size_t i = 0; i < all->n && rc == RC_OK && !r->moved; i++) {
		struct returning t = { .r = r, .g = &all->of[i] };

		rc = step(&t, e);
	}
	free(all);
	return rc;
}
