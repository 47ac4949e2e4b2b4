#include "config.h"

#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "flow/flow_impl.h"
#include "shop/hold.h"
#include "shop/journal.h"

#define FLOW_STEPS 32    /* more than any order has in a row */
#define LEASE_SECONDS 30 /* the slowest call out takes 20 s */

void
flow_wait(struct run *r, int64_t seconds)
{
	if (r->now + seconds < r->next_at)
		r->next_at = r->now + seconds;
}

int64_t
flow_pause(int64_t tries)
{
	int64_t pause = 2;

	while (tries-- > 1 && pause < 300)
		pause *= 2;
	return pause < 300 ? pause : 300;
}

bool
flow_unwanted(const struct order *o)
{
	return o->ending[0] != '\0' || o->state == ORDER_CANCELLED;
}

bool
flow_idle(const struct run *r)
{
	return flow_unwanted(&r->o) || r->o.hold_until <= r->now;
}

const struct gateway *
flow_gateway(const struct flow *f, const char *name)
{
	for (size_t i = 0; i < f->ngateways; i++)
		if (strcmp(f->gateways[i]->name, name) == 0)
			return f->gateways[i];
	return NULL;
}

/*** An attempt ***/

enum rc
flow_tell(struct db *db, const struct attempt *a, const char *kind,
    const char *witness, const char *detail, struct error *e)
{
	char once[JOURNAL_ONCE_SIZE];

	(void)snprintf(once, sizeof(once), "%s %s", a->p->uid, kind);
	return journal_add(
	    db, a->p->order, kind, witness, detail, once, a->r->now, e);
}

struct moving {
	struct attempt *a;
	enum payment_state to;
	const char *kind, *why;
	bool moved;
};

static enum rc
move(struct db *db, void *ctx, struct error *e)
{
	struct moving *m = ctx;
	const struct payment *p = m->a->p;
	enum rc rc;

	rc = payment_move(
	    db, p->id, p->state, m->to, m->why, m->a->r->now, &m->moved, e);
	if (rc != RC_OK || !m->moved || m->kind == NULL)
		return rc;
	return flow_tell(db, m->a, m->kind, "shop", m->why, e);
}

enum rc
flow_move(struct attempt *a, enum payment_state to, const char *kind,
    const char *why, struct error *e)
{
	struct moving m = { a, to, kind, why, false };
	enum rc rc = db_unit(a->r->f->db, move, &m, e);

	a->r->moved |= rc == RC_OK;
	return rc;
}

/* Nobody is to pay it any more: the order's time is up, or its own, as its
 * customer pays another way. */
static bool
left(const struct attempt *a)
{
	return flow_idle(a->r) || a->p->expires_at <= a->r->now;
}

struct waiting {
	const struct payment *p;
	char why[400];
};

static enum rc
write_waiting(struct db *db, void *ctx, struct error *e)
{
	const struct waiting *w = ctx;

	return payment_waits(db, w->p->id, w->why, e);
}

enum rc
flow_waits(struct attempt *a, const char *who, const struct error *why,
    struct error *e)
{
	struct waiting w = { .p = a->p };

	(void)snprintf(w.why, sizeof(w.why), "%s: %.350s", who, why->text);
	if (why->text[0] == '\0' || strcmp(w.why, a->p->why) == 0)
		return RC_OK;
	return db_unit(a->r->f->db, write_waiting, &w, e);
}

/* The shopper's money does not wait for the stock system for ever. */
static enum rc
stop_waiting(struct db *db, void *ctx, struct error *e)
{
	struct attempt *a = ctx;
	const struct payment *p = a->p;
	static const char why[] = "the stock system cannot be asked";
	bool moved;
	enum rc rc;

	rc = payment_move(
	    db, p->id, p->state, PAYMENT_VOIDING, why, a->r->now, &moved, e);
	if (rc != RC_OK || !moved)
		return rc;
	rc = flow_tell(db, a, "stock away", "shop", why, e);
	return rc == RC_OK ? order_end_wanted(db, p->order, why, e) : rc;
}

static enum rc
step_pending(struct attempt *a, struct error *e)
{
	const struct order *o = &a->r->o;
	enum rc rc;

	/* what is true first: the page may have been paid by now */
	rc = flow_look(a, e);
	if (rc != RC_OK || a->r->moved || a->lost)
		return rc;
	/* where money needs our own call, this UPDATE competes with the one
	 * that allows the call (idea 5) */
	if (left(a) && a->g->authorises)
		return flow_move(a, PAYMENT_EXPIRED, "expired", "", e);
	if (left(a))
		return flow_call(a, GATEWAY_EXPIRE, e);
	flow_wait(a->r, o->hold_until - a->r->now);
	return RC_OK;
}

static enum rc
step_authorised(struct attempt *a, struct error *e)
{
	const struct payment *p = a->p;
	const struct order *o = &a->r->o;
	bool unwanted = flow_unwanted(o);
	enum rc rc;

	if (p->goods == GOODS_REFUSED || (unwanted && p->goods != GOODS_ASKED))
		return flow_move(a, PAYMENT_VOIDING, NULL, o->ending, e);
	if (p->goods == GOODS_TAKEN && p->again == AGAIN_NOTHING)
		return flow_move(a, PAYMENT_CAPTURING, NULL, "", e);
	rc = flow_goods(a, e);
	if (rc != RC_OK || a->r->moved)
		return rc;
	/* the stock system is away: not at all when the order shall end */
	if (!unwanted &&
	    p->changed_at + a->r->f->settings->stock_wait_max > a->r->now)
		return RC_OK;
	rc = db_unit(a->r->f->db, stop_waiting, a, e);
	a->r->moved |= rc == RC_OK;
	return rc;
}

static enum rc
step_attempt(struct attempt *a, struct error *e)
{
	enum rc rc;

	if (a->p->again != AGAIN_NOTHING) {
		rc = flow_again(a, e);
		if (rc != RC_OK || a->r->moved)
			return rc;
	}
	if (payment_over(a->p->state))
		return flow_goods(a, e);
	if (a->g == NULL) {
		flow_wait(a->r, 300);
		return RC_OK;
	}
	switch (a->p->state) {
	case PAYMENT_CREATED:
		/* its page was never shown: it cannot be paid */
		if (left(a))
			return flow_move(a, PAYMENT_EXPIRED, "expired", "", e);
		return flow_call(a, GATEWAY_CREATE, e);
	case PAYMENT_PENDING:
		return step_pending(a, e);
	case PAYMENT_AUTHORISING:
		return flow_call(a, GATEWAY_AUTHORISE, e);
	case PAYMENT_AUTHORISED:
		return step_authorised(a, e);
	case PAYMENT_CAPTURING:
		return flow_call(a, GATEWAY_CAPTURE, e);
	case PAYMENT_VOIDING:
		rc = flow_call(a, GATEWAY_VOID, e);
		return rc == RC_OK && !a->r->moved ? flow_goods(a, e) : rc;
	case PAYMENT_CAPTURED:
	case PAYMENT_VOIDED:
	case PAYMENT_FAILED:
	case PAYMENT_EXPIRED:
		break;
	}
	return RC_OK;
}

/*** The order ***/

static bool
any_live(const struct run *r)
{
	for (size_t i = 0; i < r->n; i++)
		if (!payment_over(r->payments[i].state))
			return true;
	return false;
}

static bool
all_concluded(const struct run *r)
{
	for (size_t i = 0; i < r->n; i++)
		if (!flow_concluded(&r->payments[i]))
			return false;
	return true;
}

static enum rc
release_all(struct db *db, struct run *r, struct error *e)
{
	bool released;
	enum rc rc = RC_OK;

	for (size_t i = 0; i < r->o.n && rc == RC_OK; i++)
		rc = hold_release(
		    db, r->o.uid, r->o.lines[i].item, r->now, &released, e);
	return rc;
}

/* Cancelled for the shopper at once; what it holds is free when every key has
 * answered. */
static enum rc
cancel(struct db *db, void *ctx, struct error *e)
{
	struct run *r = ctx;
	bool moved = false;
	const char *why =
	    r->o.ending[0] != '\0' ? r->o.ending : "not paid in time";
	enum rc rc = RC_OK;

	if (r->o.state != ORDER_CANCELLED)
		rc = order_move(db, r->o.id, r->o.state, ORDER_CANCELLED,
		    r->now, &moved, e);
	if (rc == RC_OK && moved)
		rc = journal_add(
		    db, r->o.id, "cancelled", "shop", why, NULL, r->now, e);
	if (rc == RC_OK && moved)
		rc = order_attended(db, r->o.id, DISPUTE_GONE, e);
	if (rc == RC_OK && (moved || r->o.state == ORDER_CANCELLED) &&
	    all_concluded(r))
		rc = release_all(db, r, e);
	r->moved |= r->o.state != ORDER_CANCELLED;
	return rc;
}

enum rc
flow_end(struct run *r, struct error *e)
{
	return db_unit(r->f->db, cancel, r, e);
}

static enum rc
step_order(struct run *r, struct error *e)
{
	switch (r->o.state) {
	case ORDER_PAID:
		if (flow_unwanted(&r->o))
			return flow_cancel_paid(r, e);
		return flow_returns(r, e); /* of a parcel on its way */
	case ORDER_CLOSED:
		return flow_returns(r, e);
	case ORDER_CANCELLED:
		return flow_end(r, e);
	case ORDER_PENDING:
	case ORDER_AUTHORISED:
		break;
	}
	if (any_live(r))
		return RC_OK;
	if (flow_idle(r))
		return flow_end(r, e);
	/* the customer may try again */
	flow_wait(r, r->o.hold_until - r->now);
	return RC_OK;
}

static enum rc
keep_payment(void *ctx, const struct payment *p, struct error *e)
{
	struct run *r = ctx;

	if (r->n == FLOW_PAYMENTS)
		return error_set(e, RC_TOOBIG,
		    "an order has more than %d payment attempts",
		    FLOW_PAYMENTS);
	r->payments[r->n++] = *p;
	return RC_OK;
}

static enum rc
keep_refund(void *ctx, const struct refund *f, struct error *e)
{
	struct run *r = ctx;

	if (r->nrefunds == FLOW_REFUNDS)
		return error_set(e, RC_TOOBIG,
		    "an order has more than %d refunds", FLOW_REFUNDS);
	r->refunds[r->nrefunds++] = *f;
	return RC_OK;
}

enum rc
flow_load(struct db *db, struct run *r, struct error *e)
{
	int64_t id = r->o.id;
	enum rc rc;

	order_release(&r->o);
	r->n = r->nrefunds = 0;
	rc = order_load(db, id, &r->o, e);
	if (rc == RC_OK)
		rc = payment_list(db, id, keep_payment, r, e);
	if (rc == RC_OK && r->o.captured > 0)
		rc = refund_list(db, id, keep_refund, r, e);
	r->o.id = id;
	return rc;
}

static enum rc
read_order(struct db *db, void *ctx, struct error *e)
{
	return flow_load(db, ctx, e);
}

int64_t
flow_now(const struct flow *f)
{
	return f->now != NULL ? f->now() : clock_now();
}

static enum rc
step_refund(struct run *r, const struct refund *f, struct error *e)
{
	for (size_t i = 0; i < r->n; i++) {
		struct attempt a = { r, &r->payments[i],
			flow_gateway(r->f, r->payments[i].gateway), false };

		if (a.p->id == f->payment)
			return flow_refund(r, f, &a, e);
	}
	return RC_OK;
}

static enum rc
step(struct run *r, struct error *e)
{
	enum rc rc;

	r->now = flow_now(r->f); /* a call out may have taken long */
	r->moved = false;
	r->next_at = INT64_MAX;
	rc = db_view(r->f->db, read_order, r, e);
	for (size_t i = 0; i < r->n && rc == RC_OK && !r->moved; i++) {
		struct attempt a = { r, &r->payments[i],
			flow_gateway(r->f, r->payments[i].gateway), false };

		rc = step_attempt(&a, e);
	}
	for (size_t i = 0; i < r->n && rc == RC_OK && !r->moved; i++) {
		struct attempt a = { r, &r->payments[i],
			flow_gateway(r->f, r->payments[i].gateway), false };

		rc = flow_dispute(&a, e);
	}
	for (size_t i = 0; i < r->nrefunds && rc == RC_OK && !r->moved; i++)
		rc = step_refund(r, &r->refunds[i], e);
	if (rc == RC_OK && !r->moved)
		rc = step_order(r, e);
	return rc == RC_OK && !r->moved ? flow_write(r, e) : rc;
}

/*** The calls ***/

struct ending {
	struct run *r;
	const char *holder;
	bool got;
};

static enum rc
lease(struct db *db, void *ctx, struct error *e)
{
	struct ending *n = ctx;

	return order_lease(
	    db, n->r->o.id, n->holder, n->r->now, LEASE_SECONDS, &n->got, e);
}

static enum rc
unlease(struct db *db, void *ctx, struct error *e)
{
	struct ending *n = ctx;
	enum rc rc;

	rc = order_sleep(db, &n->r->o, n->r->next_at, e);
	return rc == RC_OK ? order_lease_drop(db, n->r->o.id, n->holder, e)
			   : rc;
}

/* Take it, or keep it while the calls take long. */
static enum rc
hold_lease(struct ending *n, struct error *e)
{
	struct run *r = n->r;
	int64_t now = flow_now(r->f);
	enum rc rc;

	if (r->f->without_lease || now < r->leased_at + LEASE_SECONDS / 3)
		return RC_OK;
	r->now = now;
	rc = db_unit(r->f->db, lease, n, e);
	if (rc == RC_OK && !n->got) /* or there is no such order */
		rc = db_view(r->f->db, read_order, r, e);
	if (rc == RC_OK && !n->got)
		return error_set(
		    e, RC_CONFLICT, "another runner is at this order");
	r->leased_at = now;
	return rc;
}

enum rc
order_advance(struct flow *f, int64_t order, struct error *e)
{
	struct run r = { .f = f, .o.id = order, .now = flow_now(f) };
	struct ending n = { &r, f->holder, false };
	enum rc rc;
	int steps = 0;

	do {
		rc = hold_lease(&n, e);
		if (rc == RC_OK)
			rc = step(&r, e);
	} while (rc == RC_OK && r.moved && ++steps < FLOW_STEPS);
	if (rc == RC_OK && r.moved)
		flow_wait(&r, 1);
	if (rc == RC_OK)
		rc = db_unit(f->db, unlease, &n, e);
	order_release(&r.o);
	return rc;
}

enum rc
order_look_back(struct flow *f, int64_t order, int64_t payment, struct error *e)
{
	struct run r = { .f = f, .o.id = order, .now = flow_now(f) };
	enum rc rc = db_view(f->db, read_order, &r, e);

	for (size_t i = 0; i < r.n && rc == RC_OK; i++) {
		struct attempt a = { &r, &r.payments[i],
			flow_gateway(f, r.payments[i].gateway), false };

		if (a.p->id == payment && a.g != NULL &&
		    payment_over(a.p->state))
			rc = flow_look_back(&a, e);
	}
	order_release(&r.o);
	return rc;
}

enum rc
flow_read(struct run *r, struct error *e)
{
	return db_view(r->f->db, read_order, r, e);
}

struct paying {
	struct flow *f;
	int64_t order, now;
	const char *gateway;
	struct payment p;
};

static enum rc
count_payment(void *ctx, const struct payment *p, struct error *e)
{
	(void)p;
	(void)e;
	++*(int *)ctx;
	return RC_OK;
}

static enum rc
begin(struct db *db, void *ctx, struct error *e)
{
	struct paying *y = ctx;
	struct order o;
	int tried = 0;
	bool made;
	enum rc rc;

	rc = order_load(db, y->order, &o, e);
	if (rc != RC_OK)
		return rc;
	if (o.state != ORDER_PENDING || o.ending[0] != '\0' ||
	    o.hold_until <= y->now)
		rc = error_set(
		    e, RC_INVALID, "this order cannot be paid any more");
	if (rc == RC_OK)
		rc = payment_list(db, o.id, count_payment, &tried, e);
	if (rc == RC_OK && tried == FLOW_PAYMENTS)
		rc = error_set(e, RC_INVALID, "this order was tried too often");
	if (rc == RC_OK)
		rc = payment_begin(db, o.id, y->gateway, o.total, o.currency,
		    y->now, y->now + y->f->settings->checkout_page_seconds,
		    &made, &y->p, e);
	if (rc == RC_OK && strcmp(y->p.gateway, y->gateway) != 0)
		rc = payment_leave(db, y->p.id, y->now, e);
	if (rc == RC_OK)
		rc = order_again_at(db, o.id, y->now, e);
	order_release(&o);
	return rc;
}

enum rc
order_pay(struct flow *f, int64_t order, const char *gateway, struct error *e)
{
	struct paying y = { f, order, flow_now(f), gateway, { 0 } };

	if (flow_gateway(f, gateway) == NULL)
		return error_set(
		    e, RC_INVALID, "there is no gateway \"%s\"", gateway);
	return db_unit(f->db, begin, &y, e);
}

struct giving_up {
	int64_t order, now;
	const char *why;
};

static enum rc
give_up(struct db *db, void *ctx, struct error *e)
{
	struct giving_up *g = ctx;
	enum rc rc = order_end_wanted(db, g->order, g->why, e);

	return rc == RC_OK ? order_again_at(db, g->order, g->now, e) : rc;
}

enum rc
order_give_up(struct flow *f, int64_t order, const char *why, struct error *e)
{
	struct giving_up g = { order, flow_now(f), why };

	return db_unit(f->db, give_up, &g, e);
}
