/*
 * Money on its way back.  As with every call, the whole request and its key are
 * committed before it leaves.
 */
#include "config.h"

#include <assert.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/limits.h"
#include "base/money.h"
#include "base/text.h"
#include "flow/flow_impl.h"
#include "shop/journal.h"

#define LOOK_SECONDS 3600 /* a webhook tells before; this is without them */

/*** What is told ***/

struct refunding {
	struct run *r;
	const struct refund *f;
	const struct attempt *a;
	struct gateway_job job;
	char action[17]; /* of the stored call: "refund 42" */
	struct buf path, request;
	struct payment_call call;
	struct gateway_reply reply;
	struct gateway_answer answer;
	bool called, moved;
	bool late; /* another runner has done it: nothing is to be sent */
};

static void
make_job(struct refunding *g)
{
	g->job = (struct gateway_job){
		.order = g->r->o.uid,
		.attempt = g->a->p->uid,
		.amount = g->a->p->amount,
		.currency = g->a->p->currency,
		.checkout_object = g->a->p->checkout_object,
		.payment_object = g->a->p->payment_object,
		.refund = g->f->reference,
		.refund_object = g->f->object,
		.refund_amount = g->f->amount,
	};
	(void)snprintf(
	    g->action, sizeof(g->action), "refund %" PRId64, g->f->id);
}

/*** What came is settled ***/

void
flow_amount(char *out, size_t size, int64_t amount, const char *currency,
    const char *why)
{
	struct money m = { .minor = amount };
	struct buf b;

	text_copy(m.currency, sizeof(m.currency), currency);
	buf_init(&b, LIMIT_LINE);
	money_put(&b, m);
	if (why[0] != '\0')
		buf_printf(&b, ": %.200s", why);
	text_copy(out, size, buf_str(&b));
	buf_release(&b);
}

/* The same name stays the same refund: another try needs another. */
static enum rc
call_person(const struct refunding *g, struct db *db, struct error *e)
{
	char amount[100], text[300];

	flow_amount(amount, sizeof(amount), g->f->amount, g->r->o.currency, "");
	(void)snprintf(text, sizeof(text),
	    "a refund did not go through (%s): shopctl order refund %" PRId64
	    " --amount AMOUNT --reference ANOTHER --yes, or pay it another way",
	    amount, g->r->o.id);
	return order_attention(db, g->r->o.id, text, e);
}

/* Two tries of one key may have different answers: a gateway that keeps no
 * refusal says no to one, and does it for the other.  What it has done counts. */
static enum rc
after_all(struct refunding *g, struct db *db, enum refund_state to, bool *moved,
    struct error *e)
{
	char amount[100], text[300];
	struct refund f;
	enum rc rc = refund_load(db, g->f->id, &f, e);

	*moved = false;
	if (rc != RC_OK || f.state != REFUND_FAILED)
		return rc;
	rc = refund_move(
	    db, &f, to, g->answer.refund_object, "", g->r->now, moved, e);
	if (rc != RC_OK)
		return rc;
	flow_amount(amount, sizeof(amount), f.amount, g->r->o.currency, "");
	if (*moved) {
		(void)snprintf(text, sizeof(text),
		    "a refund did not go through (%s)", amount);
		return order_attended(db, f.order, text, e);
	}
	(void)snprintf(text, sizeof(text),
	    "refund \"%s\" (%s) went back although %s had refused it, and "
	    "others were made since",
	    f.reference, amount, g->a->p->gateway);
	return order_attention(db, f.order, text, e);
}

static enum rc
move(struct refunding *g, struct db *db, enum refund_state to, const char *kind,
    struct error *e)
{
	char detail[300], once[JOURNAL_ONCE_SIZE];
	const struct run *r = g->r;
	bool moved = false, late = g->f->state == REFUND_FAILED;
	enum rc rc = RC_OK;

	if (!late)
		rc = refund_move(db, g->f, to, g->answer.refund_object,
		    g->answer.why, r->now, &moved, e);
	if (rc == RC_OK && !moved && to != REFUND_FAILED) {
		rc = after_all(g, db, to, &moved, e);
		late = moved;
	}
	g->moved |= rc == RC_OK;
	if (rc != RC_OK || !moved || kind == NULL)
		return rc;
	flow_amount(detail, sizeof(detail), g->f->amount, r->o.currency,
	    to == REFUND_FAILED ? g->answer.why : "");
	(void)snprintf(once, sizeof(once), "%s %s %s%s", g->a->p->uid,
	    g->action, kind, late ? " after all" : "");
	rc = journal_add(
	    db, r->o.id, kind, g->a->p->gateway, detail, once, r->now, e);
	return rc == RC_OK && to == REFUND_FAILED ? call_person(g, db, e) : rc;
}

static enum rc
settle_news(struct refunding *g, struct db *db, struct error *e)
{
	const struct gateway_answer *an = &g->answer;
	char why[200];

	if ((an->news == NEWS_REFUNDED || an->news == NEWS_WAITS) &&
	    (an->amount != g->f->amount ||
		strcmp(an->currency, g->a->p->currency) != 0)) {
		(void)snprintf(why, sizeof(why),
		    "%s says that refund \"%s\" is %" PRId64
		    " %.3s, we say %" PRId64,
		    g->a->p->gateway, g->f->reference, an->amount, an->currency,
		    g->f->amount);
		flow_wait(g->r, LOOK_SECONDS);
		return order_attention(db, g->r->o.id, why, e);
	}
	switch (an->news) {
	case NEWS_REFUNDED:
		return move(g, db, REFUND_DONE, "refunded", e);
	case NEWS_WAITS:
		flow_wait(g->r, LOOK_SECONDS);
		return g->f->state == REFUND_PENDING
			   ? RC_OK
			   : move(g, db, REFUND_PENDING, NULL, e);
	case NEWS_REFUSED:
		if (g->reply.status >= 500) { /* that key's trouble, no no */
			flow_wait(g->r, flow_pause(g->call.generation));
			return RC_OK;
		}
		return move(g, db, REFUND_FAILED, "refund failed", e);
	case NEWS_FAILED:
		return move(g, db, REFUND_FAILED, "refund failed", e);
	case NEWS_OPEN:
	case NEWS_APPROVED:
	case NEWS_AUTHORISED:
	case NEWS_CAPTURED:
	case NEWS_VOIDED:
	case NEWS_EXPIRED:
	case NEWS_AGAIN:
		break;
	}
	flow_wait(g->r, LOOK_SECONDS);
	return RC_OK;
}

static enum rc
settle(struct db *db, void *ctx, struct error *e)
{
	struct refunding *g = ctx;
	bool no = g->answer.news == NEWS_REFUSED;
	enum rc rc = RC_OK;

	g->moved = false;
	if (g->called)
		rc = payment_call_done(db, &g->call,
		    no ? CALL_REFUSED : CALL_ANSWERED, g->reply.status,
		    buf_str(&g->reply.body), g->reply.body.len, g->r->now, e);
	return rc == RC_OK ? settle_news(g, db, e) : rc;
}

static enum rc
settle_it(struct refunding *g, struct error *e)
{
	enum rc rc = db_unit(g->r->f->db, settle, g, e);

	g->r->moved |= rc == RC_OK && g->moved;
	return rc;
}

/*** Looking and calling ***/

/* RC_NOTFOUND: the gateway knows no such refund.  RC_IO: not to be had now. */
static enum rc
look(struct refunding *g)
{
	const struct gateway *gw = g->a->g;
	struct error why = ERROR_NONE;
	enum rc rc;

	assert(!db_busy(g->r->f->db));
	rc = gw->look_refund(gw, &g->job, &g->answer, &why);
	if (rc == RC_OK && g->answer.news == NEWS_AGAIN)
		rc = RC_IO;
	return rc;
}

/* A call is new when the one before was answered, which has moved the refund in
 * that same unit: who read it before would send the money a second time.  Asked
 * after the call. */
static enum rc
still_there(struct db *db, struct refunding *g, struct error *e)
{
	struct refund f;
	enum rc rc = refund_load(db, g->f->id, &f, e);

	if (rc != RC_OK || f.state == g->f->state)
		return rc;
	g->late = true;
	return error_set(e, RC_DENIED, "another runner has done it");
}

static enum rc
store(struct db *db, void *ctx, struct error *e)
{
	struct refunding *g = ctx;
	bool made;
	enum rc rc;

	payment_call_release(&g->call);
	g->late = false;
	rc = payment_call_put(db, g->f->payment, g->action, buf_str(&g->path),
	    buf_str(&g->request), g->request.len, g->r->now, &made, &g->call,
	    e);
	if (rc == RC_OK && made)
		rc = still_there(db, g, e);
	return rc == RC_OK ? payment_call_tried(db, &g->call, e) : rc;
}

static enum rc
prepare(struct refunding *g, struct error *e)
{
	const struct gateway *gw = g->a->g;
	enum rc rc =
	    gw->prepare(gw, GATEWAY_REFUND, &g->job, &g->path, &g->request, e);

	if (rc == RC_OK)
		rc = buf_rc(&g->path);
	if (rc == RC_OK)
		rc = buf_rc(&g->request);
	if (rc == RC_OK)
		rc = db_unit(g->r->f->db, store, g, e);
	if (!g->late)
		return rc;
	error_clear(e);
	g->r->moved = true;
	return RC_OK;
}

/* What a key says for good may be wrong about what was done: the gateway's list
 * decides. */
static void
look_behind(struct refunding *g)
{
	const struct gateway_answer said = g->answer;
	enum rc rc;

	rc = look(g);
	if (rc == RC_NOTFOUND)
		g->answer = said;
	else if (rc != RC_OK)
		g->answer.news = NEWS_AGAIN;
}

struct lacking {
	const struct refunding *g;
	char why[257];
};

static enum rc
write_lacking(struct db *db, void *ctx, struct error *e)
{
	const struct lacking *l = ctx;
	const struct refund *f = l->g->f;
	bool moved;

	return refund_move(
	    db, f, f->state, "", l->why, l->g->r->now, &moved, e);
}

/* Why it is not made yet, for whoever looks at the order. */
static enum rc
note(const struct refunding *g, const char *why, struct error *e)
{
	struct lacking l = { .g = g };

	(void)snprintf(l.why, sizeof(l.why), "%s: %.200s", g->a->p->gateway,
	    why[0] != '\0' ? why : "no answer that is understood");
	if (strcmp(l.why, g->f->why) == 0)
		return RC_OK;
	return db_unit(g->r->f->db, write_lacking, &l, e);
}

/* Past the key's life only what the gateway knows counts: nothing of it is a
 * no, and whoever wants the refund still asks by another reference. */
static enum rc
send(struct refunding *g, struct error *e)
{
	const struct gateway *gw = g->a->g;
	struct error why = ERROR_NONE;
	enum rc rc;

	assert(!db_busy(g->r->f->db));
	g->answer.news = NEWS_AGAIN;
	if (g->call.made_at + gw->key_seconds <= g->r->now) {
		rc = look(g);
		if (rc == RC_NOTFOUND)
			g->answer.news = NEWS_REFUSED;
	} else {
		rc = gw->send(gw, g->call.path, g->call.key,
		    buf_str(&g->call.request), g->call.request.len, &g->reply,
		    &why);
		if (rc == RC_OK)
			rc = gw->read(
			    gw, GATEWAY_REFUND, &g->reply, &g->answer, &why);
		if (rc != RC_OK)
			g->answer.news = NEWS_AGAIN;
		else if (g->answer.news == NEWS_REFUSED)
			look_behind(g);
	}
	if (g->answer.news == NEWS_AGAIN) {
		flow_wait(g->r, flow_pause(g->call.tries));
		return note(
		    g, why.text[0] != '\0' ? why.text : g->answer.why, e);
	}
	g->called = true;
	return settle_it(g, e);
}

static enum rc
look_again(struct run *r, const struct refund *f, const struct attempt *a,
    struct error *e)
{
	struct refunding g = { .r = r, .f = f, .a = a };
	enum rc rc;

	if (f->state != REFUND_FAILED || a->g == NULL ||
	    a->g->look_refund == NULL)
		return RC_OK;
	make_job(&g);
	rc = look(&g);
	if (rc == RC_IO)
		return error_set(e, RC_IO, "the gateway cannot be asked");
	/* a no is what we say already */
	return rc == RC_OK && (g.answer.news == NEWS_REFUNDED ||
				  g.answer.news == NEWS_WAITS)
		   ? settle_it(&g, e)
		   : RC_OK;
}

enum rc
flow_refund(struct run *r, const struct refund *f, const struct attempt *a,
    struct error *e)
{
	struct refunding g = { .r = r, .f = f, .a = a };
	enum rc rc = RC_OK;

	if (f->state == REFUND_DONE || f->state == REFUND_FAILED)
		return RC_OK;
	if (a->g == NULL || a->g->look_refund == NULL) {
		flow_wait(r, LOOK_SECONDS);
		return note(&g, "is not configured any more", e);
	}
	make_job(&g);
	buf_init(&g.path, LIMIT_URL);
	buf_init(&g.request, LIMIT_CALL);
	buf_init(&g.reply.body, LIMIT_CALL);
	if (f->state == REFUND_PENDING) {
		if (look(&g) == RC_OK)
			rc = settle_it(&g, e);
		flow_wait(r, LOOK_SECONDS);
	} else {
		rc = prepare(&g, e);
		if (rc == RC_OK && !g.late)
			rc = send(&g, e);
	}
	payment_call_release(&g.call);
	buf_release(&g.path);
	buf_release(&g.request);
	buf_release(&g.reply.body);
	return rc;
}

enum rc
order_look_refunds(struct flow *f, int64_t order, struct error *e)
{
	struct run r = { .f = f, .o.id = order, .now = flow_now(f) };
	enum rc rc = flow_read(&r, e);

	for (size_t i = 0; i < r.n * r.nrefunds && rc == RC_OK; i++) {
		const struct refund *one = &r.refunds[i / r.n];
		struct attempt a = { &r, &r.payments[i % r.n], NULL, false };

		if (one->payment != a.p->id)
			continue;
		a.g = flow_gateway(f, a.p->gateway);
		rc = look_again(&r, one, &a, e);
	}
	order_release(&r.o);
	return rc;
}

/*** Asking ***/

enum rc
flow_return(const struct attempt *a, struct db *db, struct error *e)
{
	const struct payment *p = a->p;
	enum refund_outcome outcome;
	int64_t id;
	enum rc rc;

	rc = refund_ask(db,
	    &(struct refund_wish){ p->order, p->id, p->amount, p->uid, "shop" },
	    a->r->now, &outcome, &id, e);
	return rc == RC_OK ? order_attention(db, p->order,
				 "money was taken for an order that did not "
				 "wait for it, and is given back",
				 e)
			   : rc;
}

int64_t
flow_kept(const struct run *r, const struct payment *p)
{
	int64_t kept = p->state == PAYMENT_CAPTURED ? p->captured - p->lost : 0;

	for (size_t i = 0; i < r->nrefunds; i++)
		if (r->refunds[i].payment == p->id &&
		    r->refunds[i].state != REFUND_FAILED)
			kept -= r->refunds[i].amount;
	return kept;
}

struct wishing {
	struct refund_wish w;
	enum refund_outcome outcome;
	char currency[4];
	int64_t now;
	struct {
		int64_t payment, left;
	} captured[FLOW_PAYMENTS];
	size_t n;
	bool contested;
};

static enum rc
note_captured(void *ctx, const struct payment *p, struct error *e)
{
	struct wishing *w = ctx;

	(void)e;
	if (p->state != PAYMENT_CAPTURED || w->n == FLOW_PAYMENTS)
		return RC_OK;
	w->contested |= payment_contested(p->disputed);
	w->captured[w->n].payment = p->id;
	w->captured[w->n++].left = p->captured - p->lost;
	text_copy(w->currency, sizeof(w->currency), p->currency);
	return RC_OK;
}

static enum rc
note_refund(void *ctx, const struct refund *r, struct error *e)
{
	struct wishing *w = ctx;

	(void)e;
	if (strcmp(r->reference, w->w.reference) == 0)
		w->w.payment = r->payment;
	for (size_t i = 0; i < w->n; i++)
		if (w->captured[i].payment == r->payment &&
		    r->state != REFUND_FAILED)
			w->captured[i].left -= r->amount;
	return RC_OK;
}

/* Of several that were taken one may be on its way back already: one that has
 * as much left, unless the reference names a refund that there is. */
static enum rc
choose(struct db *db, struct wishing *w, struct error *e)
{
	enum rc rc;

	w->w.payment = 0;
	w->n = 0;
	w->contested = false;
	rc = payment_list(db, w->w.order, note_captured, w, e);
	if (rc == RC_OK && w->n == 0)
		return error_set(e, RC_INVALID,
		    "this order was never paid: nothing to refund");
	if (rc == RC_OK && w->contested)
		return error_set(e, RC_INVALID,
		    "its payment is disputed: what goes back is decided there, "
		    "and accepting the dispute gives all of it");
	if (rc == RC_OK)
		rc = refund_list(db, w->w.order, note_refund, w, e);
	for (size_t i = 0; i < w->n && w->w.payment == 0; i++)
		if (w->captured[i].left >= w->w.amount)
			w->w.payment = w->captured[i].payment;
	if (rc == RC_OK && w->w.payment == 0)
		rc = error_set(e, RC_INVALID,
		    "that is more than is left of what was paid");
	return rc;
}

static enum rc
wish(struct db *db, void *ctx, struct error *e)
{
	struct wishing *w = ctx;
	char detail[200];
	int64_t id;
	enum rc rc;

	rc = choose(db, w, e);
	if (rc == RC_OK)
		rc = refund_ask(db, &w->w, w->now, &w->outcome, &id, e);
	if (rc == RC_OK && w->outcome == REFUND_OTHER)
		return error_set(e, RC_INVALID,
		    "\"%s\" is a refund of another amount already",
		    w->w.reference);
	if (rc == RC_OK && w->outcome == REFUND_TOO_MUCH)
		return error_set(e, RC_INVALID,
		    "that is more than is left of what was paid");
	if (rc != RC_OK || w->outcome == REFUND_SAME)
		return rc;
	flow_amount(
	    detail, sizeof(detail), w->w.amount, w->currency, w->w.reference);
	rc = journal_add(db, w->w.order, "refund wanted", w->w.witness, detail,
	    NULL, w->now, e);
	return rc == RC_OK ? order_again_at(db, w->w.order, w->now, e) : rc;
}

enum rc
order_refund(struct flow *f, int64_t order, const char *reference,
    int64_t amount, const char *witness, struct error *e)
{
	struct wishing w = { .w = { .order = order,
				 .amount = amount,
				 .reference = reference,
				 .witness = witness },
		.now = flow_now(f) };

	return db_unit(f->db, wish, &w, e);
}
