/*
 * The gateways' books and our payments: a gateway that lists all it has is
 * walked, any other is asked for each of ours.  A list that goes back only so
 * far is walked for what we do not know, and each of ours is asked for as well.
 */
#include "config.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/text.h"
#include "flow/reconcile_impl.h"
#include "shop/payment.h"

#define SLACK 3600 /* seconds around how far a list reaches back */

struct books {
	const struct reconcile *r;
	const struct gateway *g;
	int64_t *seen; /* captured payments of ours in its list; owned */
	size_t n, room;
	int64_t lacks; /* captured payments of ours that its list lacks */
};

/* The list of a gateway tells all, as it is now. */
static bool
lists_all(const struct books *b)
{
	return b->g->ledger != NULL && b->g->ledger_reach == 0;
}

/* A payment of ours, and what is going back of it. */
struct side {
	struct payment p;
	int64_t done, asked, failed;
};

static enum rc
read_side(const struct books *b, int64_t id, struct side *out, struct error *e)
{
	struct db_rows *rows;
	enum rc rc = payment_load(b->r->db, id, &out->p, e);

	if (rc == RC_OK)
		rc =
		    db_one(b->r->db, SQL_RECONCILE_GIVEN, &rows, e, db_int(id));
	if (rc != RC_OK)
		return rc;
	out->done = db_col_int(rows, 0);
	out->asked = db_col_int(rows, 1);
	out->failed = db_col_int(rows, 2);
	db_done(rows);
	return RC_OK;
}

static bool
same_side(const struct side *a, const struct side *b)
{
	return a->p.state == b->p.state && a->p.captured == b->p.captured &&
	       a->done == b->done && a->asked == b->asked &&
	       a->failed == b->failed;
}

/*** One ***/

/* What went back is between what we know and what we have asked for: false, and
 * said in f, when it is not. */
static bool
refunded_agrees(
    const struct side *s, const struct gateway_answer *a, struct found *f)
{
	char ours[RECONCILE_MONEY_SIZE], theirs[RECONCILE_MONEY_SIZE];
	const struct payment *p = &s->p;

	if (a->refunded >= s->done && a->refunded <= s->asked)
		return true;
	SAY(f->ours, "%s went back",
	    reconcile_money(ours, s->asked, p->currency));
	SAY(f->theirs, "%s went back",
	    reconcile_money(theirs, a->refunded, p->currency));
	f->kind = "refunded-there";
	if (a->refunded < s->done) {
		SAY(f->repair,
		    "ask %s what became of the refunds of payment %.190s",
		    p->gateway, a->payment_object);
	} else if (a->refunded - s->asked <= s->failed) {
		f->kind = "refund-after-all";
		SAY(f->repair, "shopctl order advance %" PRId64, p->order);
	} else {
		SAY(f->repair,
		    "a refund was made at %s itself: give no more of payment "
		    "%.190s than what is left there",
		    p->gateway, a->payment_object);
	}
	return false;
}

/* We say that it is captured: false, and said in f, when they do not. */
static bool
captured_agrees(
    const struct side *s, const struct gateway_answer *a, struct found *f)
{
	char ours[RECONCILE_MONEY_SIZE], theirs[RECONCILE_MONEY_SIZE];
	const struct payment *p = &s->p;
	bool taken = a->news == NEWS_CAPTURED;

	if (a->news == NEWS_WAITS)
		return true;
	if (!taken || a->captured != p->captured ||
	    strcmp(a->currency, p->currency) != 0) {
		f->kind = "captured-there";
		SAY(f->ours, "%s is captured",
		    reconcile_money(ours, p->captured, p->currency));
		SAY(f->theirs, "%s is captured",
		    reconcile_money(theirs, taken ? a->captured : 0,
			taken ? a->currency : p->currency));
		SAY(f->repair,
		    "a person must look: shopctl order show %" PRId64,
		    p->order);
		return false;
	}
	return refunded_agrees(s, a, f);
}

/* It is over for us: false, and said in f, when there is money after all. */
static bool
over_agrees(
    const struct side *s, const struct gateway_answer *a, struct found *f)
{
	char theirs[RECONCILE_MONEY_SIZE];
	const struct payment *p = &s->p;

	if (a->news == NEWS_CAPTURED && a->captured > a->refunded) {
		f->kind = "captured-there";
		SAY(f->theirs, "%s is captured",
		    reconcile_money(
			theirs, a->captured - a->refunded, a->currency));
		SAY(f->repair, "refund payment %s at %s", a->payment_object,
		    p->gateway);
	} else if (a->news == NEWS_AUTHORISED) {
		f->kind = "reserved-there";
		SAY(f->theirs, "%s is reserved",
		    reconcile_money(theirs, a->amount, a->currency));
		SAY(f->repair, "cancel payment %s at %s", a->payment_object,
		    p->gateway);
	} else {
		return true;
	}
	SAY(f->ours, "the payment is %s", payment_state_name(p->state));
	return false;
}

static bool
agrees(const struct books *b, const struct side *s,
    const struct gateway_answer *a, struct found *f)
{
	const struct payment *p = &s->p;

	if (p->state == PAYMENT_CAPTURED)
		return captured_agrees(s, a, f);
	if (p->changed_at > b->r->now - b->r->settle)
		return true;
	if (payment_over(p->state))
		return over_agrees(s, a, f);
	if (a->news != NEWS_CAPTURED)
		return true;
	f->kind = "not-followed";
	SAY(f->ours, "the payment is %s", payment_state_name(p->state));
	SAY(f->theirs, "it is captured");
	if (p->checkout_object[0] != '\0')
		SAY(f->repair, "shopctl order advance %" PRId64, p->order);
	else
		SAY(f->repair,
		    "refund payment %.190s at %s: the order does not know it",
		    a->payment_object, p->gateway);
	return false;
}

/* told: what the list says of it, or NULL; its names count where we have none. */
static enum rc
look(const struct books *b, const struct payment *p,
    const struct gateway_answer *told, struct gateway_answer *a,
    struct error *e)
{
	bool named = p->checkout_object[0] != '\0' || told == NULL;
	struct gateway_job job = { .attempt = p->uid,
		.amount = p->amount,
		.currency = p->currency,
		.checkout_object =
		    named ? p->checkout_object : told->checkout_object,
		.payment_object =
		    named ? p->payment_object : told->payment_object };
	struct order o = { 0 };
	enum rc rc = order_load(b->r->db, p->order, &o, e);

	job.order = o.uid;
	if (rc == RC_OK)
		rc = b->g->look(b->g, &job, a, e);
	if (rc == RC_OK && a->news == NEWS_AGAIN)
		rc = error_set(e, RC_IO, "%s gives no answer about \"%s\"",
		    b->g->name, job.checkout_object);
	order_release(&o);
	return rc;
}

/* Ours, theirs, and ours again: what has moved meanwhile is under way. */
static enum rc
judge(const struct books *b, int64_t id, const struct gateway_answer *told,
    struct error *e)
{
	struct gateway_answer a = { .news = NEWS_EXPIRED };
	struct found f = { .kind = "" };
	struct side before, s;
	enum rc rc;

	rc = read_side(b, id, &before, e);
	if (rc == RC_OK)
		rc = look(b, &before.p, told, &a, e);
	/* one without such a list forgets what is old */
	if (rc == RC_NOTFOUND && !lists_all(b)) {
		error_clear(e);
		return RC_OK;
	}
	if (rc == RC_NOTFOUND) {
		error_clear(e);
		rc = RC_OK;
	}
	if (rc == RC_OK)
		rc = read_side(b, id, &s, e);
	if (rc != RC_OK || !same_side(&before, &s) || agrees(b, &s, &a, &f))
		return rc;
	f.order = s.p.order;
	text_copy(f.name, sizeof(f.name), s.p.uid);
	return reconcile_tell(b->r, &f, e);
}

/*** Their list ***/

static enum rc
see(struct books *b, int64_t id, struct error *e)
{
	size_t room = b->room == 0 ? 256 : b->room * 2;
	int64_t *seen;

	if (b->n == b->room) {
		seen = reallocarray(b->seen, room, sizeof(*seen));
		if (seen == NULL)
			return error_set(
			    e, RC_NOMEM, "no memory for a gateway's list");
		b->seen = seen;
		b->room = room;
	}
	b->seen[b->n++] = id;
	return RC_OK;
}

static enum rc
tell_unknown(
    const struct books *b, const struct gateway_answer *a, struct error *e)
{
	bool captured = a->news == NEWS_CAPTURED;
	int64_t left = captured ? a->captured - a->refunded : a->amount;
	struct found f = { .kind = "money-without-order" };
	char sum[RECONCILE_MONEY_SIZE];

	if (left <= 0)
		return RC_OK;
	text_copy(f.name, sizeof(f.name), a->order);
	SAY(f.ours, "there is no such payment");
	SAY(f.theirs, "%s is %s", reconcile_money(sum, left, a->currency),
	    captured ? "captured" : "reserved");
	SAY(f.repair, "%s payment %s at %s", captured ? "refund" : "cancel",
	    a->payment_object, b->g->name);
	return reconcile_tell(b->r, &f, e);
}

/* A list of what has happened may not say all, so what is now is asked for; of
 * an order that the gateway has forgotten its list is all there is. */
static enum rc
unknown(
    const struct books *b, const struct gateway_answer *told, struct error *e)
{
	const struct gateway_job job = { .order = told->order,
		.attempt = told->attempt,
		.amount = told->amount,
		.currency = told->currency,
		.checkout_object = told->checkout_object,
		.payment_object = told->payment_object };
	struct gateway_answer a;
	enum rc rc;

	if (lists_all(b))
		return tell_unknown(b, told, e);
	rc = b->g->look(b->g, &job, &a, e);
	if (rc == RC_NOTFOUND) {
		error_clear(e);
		return tell_unknown(b, told, e);
	}
	if (rc == RC_OK && a.news == NEWS_AGAIN)
		rc = error_set(e, RC_IO, "%s gives no answer about \"%s\"",
		    b->g->name, job.checkout_object);
	if (rc != RC_OK ||
	    (a.news != NEWS_CAPTURED && a.news != NEWS_AUTHORISED))
		return rc;
	text_copy(a.order, sizeof(a.order), told->order);
	return tell_unknown(b, &a, e);
}

/* Whether each_payment asks for it, whatever the list says. */
static bool
asked_for(const struct books *b, const struct payment *p)
{
	return !lists_all(b) && p->checkout_object[0] != '\0' &&
	       p->made_at >= b->r->since;
}

/* What says nothing of an order of a shop was not made by one. */
static enum rc
listed(void *ctx, const struct gateway_answer *a, struct error *e)
{
	struct found f = { .kind = "" };
	struct books *b = ctx;
	struct side s;
	int64_t id;
	enum rc rc;

	if (a->order[0] == '\0' ||
	    (a->news != NEWS_CAPTURED && a->news != NEWS_AUTHORISED))
		return RC_OK;
	rc = reconcile_attempt(b->r, a->attempt, &id, e);
	if (rc == RC_OK && id == 0)
		return unknown(b, a, e);
	if (rc == RC_OK)
		rc = see(b, id, e);
	if (rc == RC_OK)
		rc = read_side(b, id, &s, e);
	if (rc == RC_OK && asked_for(b, &s.p))
		return RC_OK;
	if (rc != RC_OK || agrees(b, &s, a, &f))
		return rc;
	return judge(b, id, a, e);
}

/*** All of a gateway ***/

static int
by_number(const void *a, const void *b)
{
	int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;

	return (x > y) - (x < y);
}

static bool
seen(const struct books *b, int64_t id)
{
	return b->n > 0 &&
	       bsearch(&id, b->seen, b->n, sizeof(id), by_number) != NULL;
}

/* Whether its list should have it. */
static bool
lacks(const struct books *b, const struct payment *p)
{
	const struct reconcile *r = b->r;

	return b->g->ledger_reach != 0 && p->state == PAYMENT_CAPTURED &&
	       p->made_at > r->now - b->g->ledger_reach + SLACK &&
	       p->changed_at < r->now - r->settle && !seen(b, p->id);
}

static enum rc
each_payment(void *ctx, int64_t id, struct error *e)
{
	struct books *b = ctx;
	struct payment p;
	enum rc rc = payment_load(b->r->db, id, &p, e);

	if (rc != RC_OK || strcmp(p.gateway, b->g->name) != 0 ||
	    p.checkout_object[0] == '\0')
		return rc;
	if (lists_all(b) && (p.state != PAYMENT_CAPTURED || seen(b, id)))
		return RC_OK;
	if (lacks(b, &p))
		b->lacks++;
	return judge(b, id, NULL, e);
}

/* What its list cannot say is not said to agree. */
static void
note_reach(const struct reconcile *r, const struct gateway *g)
{
	int64_t from = r->now - g->ledger_reach;
	char text[200], at[CLOCK_ISO_SIZE];

	if (g->ledger_reach == 0 || r->since > from - SLACK || r->note == NULL)
		return;
	clock_iso(from, at);
	(void)snprintf(text, sizeof(text),
	    "%s lists the last %d days: money there without an order here is "
	    "not looked for before %s",
	    g->name, (int)(g->ledger_reach / 86400), at);
	r->note(r->ctx, text);
}

static enum rc
one_gateway(const struct reconcile *r, const struct gateway *g, struct error *e)
{
	struct books b = { .r = r, .g = g };
	enum rc rc = RC_OK;

	if (g->ledger != NULL)
		rc = g->ledger(g, r->since, listed, &b, e);
	if (b.n > 0)
		qsort(b.seen, b.n, sizeof(b.seen[0]), by_number);
	if (rc == RC_OK)
		rc = reconcile_payments(
		    r, SQL_RECONCILE_PAYMENTS, each_payment, &b, e);
	free(b.seen);
	note_reach(r, g);
	if (rc == RC_OK && b.lacks > 0)
		rc = error_set(e, RC_IO,
		    "its list lacks %" PRId64 " of our captured payments, so "
		    "it may lack money without an order as well: see which "
		    "events its webhook is subscribed to",
		    b.lacks);
	return rc;
}

enum rc
reconcile_gateways(const struct reconcile *r, struct error *e)
{
	struct error why;
	enum rc rc = RC_OK, one;

	for (size_t i = 0; i < r->flow->ngateways; i++) {
		why = (struct error)ERROR_NONE;
		one = one_gateway(r, r->flow->gateways[i], &why);
		if (one != RC_OK && rc == RC_OK)
			rc = error_set(e, one, "%s: %s",
			    r->flow->gateways[i]->name, why.text);
	}
	return rc;
}
