/* The bugs that need more than a call wrapped; see t/books-bugs.h. */
#include "config.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "flow/flow_impl.h"
#include "shop/hold.h"
#include "t/books-bugs.h"
#include "t/books-chaos.h"

/*** One key for all attempts of an order ***/

static const struct gateway *real;

static enum rc
send_by_order(const struct gateway *g, const char *path, const char *key,
    const void *request, size_t n, struct gateway_reply *reply, struct error *e)
{
	static const char name[] = "client_reference_id=";
	const char *at = n > 0 ? strstr(request, name) : NULL;
	char own[UID_SIZE];

	(void)g;
	if (at != NULL) {
		(void)snprintf(own, sizeof(own), "%s", at + strlen(name));
		key = own;
	}
	return real->send(real, path, key, request, n, reply, e);
}

void
bug_key(struct flow *f)
{
	static struct gateway mine;
	static const struct gateway *all[1];

	real = f->gateways[0];
	mine = *real;
	mine.send = send_by_order;
	all[0] = &mine;
	f->gateways = all;
	f->ngateways = 1;
}

/*** A hold that ends when its time is over ***/

struct releasing {
	const struct order *o;
	int64_t now;
};

static enum rc
release(struct db *db, void *ctx, struct error *e)
{
	const struct releasing *r = ctx;
	bool released;
	enum rc rc = RC_OK;

	for (size_t i = 0; i < r->o->n && rc == RC_OK; i++)
		rc = hold_release(
		    db, r->o->uid, r->o->lines[i].item, r->now, &released, e);
	return rc;
}

void
bug_clock(struct flow *f, int64_t order)
{
	struct order o = { 0 };
	struct releasing r = { &o, flow_now(f) };
	struct error e = ERROR_NONE;

	if (order_load(f->db, order, &o, &e) == RC_OK && o.hold_until <= r.now)
		(void)!db_unit(f->db, release, &r, &e);
	order_release(&o);
}

/*** Who agrees after our own word is authorised all the same ***/

struct lates {
	struct payment all[FLOW_PAYMENTS];
	size_t n;
};

static enum rc
keep_late(void *ctx, const struct payment *p, struct error *e)
{
	struct lates *l = ctx;

	(void)e;
	if (l->n < FLOW_PAYMENTS && p->state == PAYMENT_EXPIRED &&
	    p->checkout_object[0] != '\0')
		l->all[l->n++] = *p;
	return RC_OK;
}

static void
authorise(const struct gateway *g, const struct payment *p)
{
	struct gateway_job job = { .checkout_object = p->checkout_object };
	struct gateway_reply reply = { 0 };
	struct error e = ERROR_NONE;
	struct buf path, request;

	buf_init(&path, LIMIT_URL);
	buf_init(&request, LIMIT_CALL);
	buf_init(&reply.body, LIMIT_CALL);
	if (g->prepare(g, GATEWAY_AUTHORISE, &job, &path, &request, &e) ==
	    RC_OK)
		(void)!g->send(g, buf_str(&path), p->uid, buf_str(&request),
		    request.len, &reply, &e);
	buf_release(&path);
	buf_release(&request);
	buf_release(&reply.body);
}

void
bug_late(struct flow *f, int64_t order)
{
	static struct lates l;
	struct error e = ERROR_NONE;

	l.n = 0;
	if (payment_list(f->db, order, keep_late, &l, &e) != RC_OK)
		return;
	for (size_t i = 0; i < l.n; i++)
		for (size_t j = 0; j < f->ngateways; j++)
			if (f->gateways[j]->authorises &&
			    strcmp(f->gateways[j]->name, l.all[i].gateway) == 0)
				authorise(f->gateways[j], &l.all[i]);
}

/*** Another way to pay while the first may still be paid ***/

enum rc __real_payment_begin(struct db *db, int64_t order, const char *gateway,
    int64_t amount, const char *currency, int64_t now, int64_t expires_at,
    bool *made, struct payment *out, struct error *e) CHECKED;
enum rc __wrap_payment_begin(struct db *db, int64_t order, const char *gateway,
    int64_t amount, const char *currency, int64_t now, int64_t expires_at,
    bool *made, struct payment *out, struct error *e) CHECKED;

enum rc
__wrap_payment_begin(struct db *db, int64_t order, const char *gateway,
    int64_t amount, const char *currency, int64_t now, int64_t expires_at,
    bool *made, struct payment *out, struct error *e)
{
	bool moved;
	enum rc rc;

	rc = __real_payment_begin(db, order, gateway, amount, currency, now,
	    expires_at, made, out, e);
	if (rc != RC_OK || !chaos_plant("second") ||
	    strcmp(out->gateway, gateway) == 0 || out->state != PAYMENT_PENDING)
		return rc;
	rc = payment_move(
	    db, out->id, out->state, PAYMENT_EXPIRED, "", now, &moved, e);
	return rc != RC_OK ? rc
			   : __real_payment_begin(db, order, gateway, amount,
				 currency, now, expires_at, made, out, e);
}

/*** Goods before the money ***/

enum rc __real_flow_cancel_paid(struct run *r, struct error *e) CHECKED;
enum rc __wrap_flow_cancel_paid(struct run *r, struct error *e) CHECKED;

enum rc
__wrap_flow_cancel_paid(struct run *r, struct error *e)
{
	enum rc rc;

	for (size_t i = 0; i < r->n && chaos_plant("early"); i++) {
		struct attempt a = { r, &r->payments[i], NULL, false };

		if (a.p->state != PAYMENT_CAPTURED || a.p->goods != GOODS_TAKEN)
			continue;
		rc = flow_give_back(&a, e);
		usleep(300000); /* who looks is not always quick */
		return rc;
	}
	return __real_flow_cancel_paid(r, e);
}
