#include "config.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "ctl/order.h"
#include "ctl/out.h"
#include "shop/hold.h"
#include "shop/inbox.h"
#include "shop/journal.h"
#include "shop/order_words.h"
#include "shop/refund.h"
#include "stock/own.h"

#define BATCH 500  /* orders that are read at a time */
#define MOST 10000 /* that a person must look at: more is another trouble */

/*** One ***/

static const char *
goods_name(enum payment_goods goods)
{
	static const char *const names[] = {
		[GOODS_NOT_ASKED] = "not asked for",
		[GOODS_TAKEN] = "taken",
		[GOODS_REFUSED] = "refused",
		[GOODS_GIVEN_BACK] = "given back",
		[GOODS_ASKED] = "asked for, not answered",
	};

	return names[goods];
}

static const char *
hold_name(enum hold_state state)
{
	switch (state) {
	case HOLD_HELD:
		return "held";
	case HOLD_ENDED:
		return "ended";
	case HOLD_RELEASED:
		return "released";
	}
	return "";
}

static void
put_address(json_t *all, const struct address *a)
{
	out_text(all, "to", a->name);
	out_text(all, "line1", a->line1);
	out_text(all, "line2", a->line2);
	out_text(all, "town", a->town);
	out_text(all, "region", a->region);
	out_text(all, "postcode", a->postcode);
	out_text(all, "country", a->country);
	out_text(all, "phone", a->phone);
}

static void
put_order(json_t *all, const struct order *o)
{
	out_number(all, "order", o->id);
	out_text(all, "uid", o->uid);
	out_text(all, "state", order_state_name(o->state));
	out_text(all, "attention", o->attention);
	out_time(all, "attention since", o->attention_at);
	out_time(all, "deadline", o->deadline);
	out_text(all, "ending", o->ending);
	out_time(all, "made", o->made_at);
	out_time(all, "held until", o->hold_until);
	out_time(
	    all, "looked at next", o->next_at == INT64_MAX ? 0 : o->next_at);
	out_time(all, "paid", o->paid_at);
	out_time(all, "ready", o->ready_at);
	out_time(all, "ended", o->ended_at);
	out_number(all, "customer", o->customer);
	out_text(all, "email", o->email);
	put_address(all, &o->to);
	out_text(all, "by", o->delivery_option);
	out_text(all, "currency", o->currency);
	out_number(all, "goods", o->goods);
	out_number(all, "delivery", o->delivery);
	out_number(all, "total", o->total);
	out_number(all, "tax", o->tax);
	out_number(all, "captured", o->captured);
	out_number(all, "refunded", o->refunded);
}

static void
put_lines(json_t *all, const struct order *o)
{
	json_t *list = out_list(all, "lines"), *row;

	for (size_t i = 0; i < o->n; i++) {
		row = out_row(list);
		out_number(row, "qty", o->lines[i].qty);
		out_text(row, "item", o->lines[i].key);
		out_text(row, "name", o->lines[i].name);
		out_number(row, "price", o->lines[i].price);
		out_number(row, "tax", o->lines[i].tax);
	}
}

static enum rc
put_hold(void *ctx, const struct hold_row *h, struct error *e)
{
	json_t *row = out_row(ctx);

	(void)e;
	out_number(row, "qty", h->qty);
	out_text(row, "item", h->key);
	out_text(row, "state",
	    h->sold && h->state == HOLD_HELD ? "sold, not booked out"
					     : hold_name(h->state));
	out_text(row, "attempt", h->attempt);
	out_time(row, "since", h->made_at);
	out_time(row, "ended", h->ended_at);
	return RC_OK;
}

struct attempts {
	json_t *list;
	int64_t ids[64];
	char uids[64][UID_SIZE];
	size_t n;
};

static enum rc
put_attempt(void *ctx, const struct payment *p, struct error *e)
{
	struct attempts *a = ctx;
	json_t *row = out_row(a->list);

	(void)e;
	out_text(row, "attempt", p->uid);
	out_text(row, "gateway", p->gateway);
	out_text(row, "state", payment_state_name(p->state));
	out_text(row, "stock", goods_name(p->goods));
	out_number(row, "amount", p->amount);
	out_number(row, "captured", p->captured);
	out_text(row, "method", p->method);
	out_time(row, "made", p->made_at);
	out_time(row, "changed", p->changed_at);
	out_time(row, "page until", p->expires_at);
	out_text(row, "page of", p->checkout_object);
	out_text(row, "payment of", p->payment_object);
	out_text(row, "why", p->why);
	if (a->n < sizeof(a->ids) / sizeof(a->ids[0])) {
		memcpy(a->uids[a->n], p->uid, sizeof(p->uid));
		a->ids[a->n++] = p->id;
	}
	return RC_OK;
}

struct calls {
	json_t *list;
	const char *attempt;
};

static enum rc
put_call(void *ctx, const struct payment_call_row *c, struct error *e)
{
	struct calls *to = ctx;
	json_t *row = out_row(to->list);

	(void)e;
	out_text(row, "attempt", to->attempt);
	out_text(row, "call", c->action);
	out_number(row, "generation", c->generation);
	out_text(row, "state", call_state_name(c->state));
	out_number(row, "tries", c->tries);
	out_number(row, "status", c->status);
	out_text(row, "key", c->key);
	out_text(row, "path", c->path);
	out_time(row, "made", c->made_at);
	out_time(row, "done", c->done_at);
	return RC_OK;
}

static enum rc
put_payments(json_t *all, struct db *db, int64_t order, struct attempts *a,
    struct error *e)
{
	struct calls calls;
	enum rc rc;

	a->n = 0;
	a->list = out_list(all, "payments");
	rc = payment_list(db, order, put_attempt, a, e);
	calls.list = out_list(all, "calls");
	for (size_t i = 0; i < a->n && rc == RC_OK; i++) {
		calls.attempt = a->uids[i];
		rc = payment_calls(db, a->ids[i], put_call, &calls, e);
	}
	return rc;
}

static enum rc
put_event(void *ctx, const struct inbox_event *in, struct error *e)
{
	json_t *row = out_row(ctx);

	(void)e;
	out_number(row, "event", in->id);
	out_text(row, "source", in->source);
	out_text(row, "name", in->event);
	out_text(row, "state", inbox_state_name(in->state));
	out_number(row, "tries", in->tries);
	out_time(row, "came", in->made_at);
	out_text(row, "why", in->why);
	return RC_OK;
}

/* The same rows as on the customer's page, with what that leaves out. */
static enum rc
put_journal(void *ctx, const struct journal_row *j, struct error *e)
{
	json_t *row = out_row(ctx);

	(void)e;
	out_time(row, "at", j->at);
	out_text(row, "kind", j->kind);
	out_text(row, "words", order_words_kind(j->kind));
	out_text(row, "witness", j->witness);
	out_text(row, "detail", j->detail);
	return RC_OK;
}

static enum rc
put_refund(void *ctx, const struct refund *r, struct error *e)
{
	json_t *row = out_row(ctx);

	(void)e;
	out_number(row, "amount", r->amount);
	out_text(row, "state", refund_state_name(r->state));
	out_text(row, "reference", r->reference);
	out_text(row, "witness", r->witness);
	out_text(row, "refund of", r->object);
	out_time(row, "made", r->made_at);
	out_time(row, "changed", r->changed_at);
	out_text(row, "why", r->why);
	return RC_OK;
}

struct reading {
	struct order_task *t;
	json_t *all;              /* owned until it is printed */
	struct attempts attempts; /* as last read */
};

static enum rc
read_all(struct db *db, void *ctx, struct error *e)
{
	struct reading *r = ctx;
	int64_t id = r->t->o.id;
	enum rc rc;

	json_decref(r->all); /* of a view that had to be repeated */
	r->all = json_object();
	order_release(&r->t->o);
	rc = order_load(db, id, &r->t->o, e);
	if (rc != RC_OK)
		return rc;
	put_order(r->all, &r->t->o);
	put_lines(r->all, &r->t->o);
	rc = hold_of_order(
	    db, r->t->o.uid, put_hold, out_list(r->all, "holds"), e);
	if (rc == RC_OK)
		rc = put_payments(r->all, db, id, &r->attempts, e);
	if (rc == RC_OK)
		rc = refund_list(
		    db, id, put_refund, out_list(r->all, "refunds"), e);
	if (rc == RC_OK)
		rc = inbox_of_order(
		    db, id, put_event, out_list(r->all, "inbox"), e);
	if (rc == RC_OK)
		rc = journal_list(
		    db, id, put_journal, out_list(r->all, "journal"), e);
	return rc;
}

struct claims {
	json_t *list;
	const char *attempt;
};

static enum rc
put_claim(void *ctx, const struct own_claim *c, struct error *e)
{
	struct claims *to = ctx;
	json_t *row = out_row(to->list);

	(void)e;
	out_text(row, "attempt", to->attempt);
	out_text(row, "item", c->item);
	out_text(row, "kind", c->kind);
	out_number(row, "qty", c->qty);
	out_number(row, "returned", c->returned);
	return RC_OK;
}

/* What the stock system itself has under each attempt's key. */
static enum rc
read_claims(struct reading *r, struct error *e)
{
	struct claims to = { out_list(r->all, "claims"), NULL };
	struct link *l = NULL;
	enum fault fault;
	enum rc rc;

	rc = link_open(r->t->s, &l, &fault, e);
	for (size_t i = 0; i < r->attempts.n && rc == RC_OK; i++) {
		to.attempt = r->attempts.uids[i];
		rc = own_claims(l, r->t->s, to.attempt, put_claim, &to, e);
	}
	link_close(l);
	return rc;
}

enum rc
order_show_all(struct order_task *t, struct error *e)
{
	struct reading r = { .t = t };
	enum rc rc = db_view(t->db, read_all, &r, e), printed;

	if (rc != RC_OK) {
		json_decref(r.all);
		return rc;
	}
	if (t->claims)
		rc = read_claims(&r, e);
	/* the rest is told, whatever became of the claims */
	printed = out_print(r.all, t->json, t->o.currency, e);
	return rc == RC_OK ? printed : rc;
}

/*** The list ***/

struct listing {
	struct order_task *t;
	json_t *all;
	int64_t seen, shown, last;
};

static void
print_row(const struct order_row *o)
{
	char made[CLOCK_ISO_SIZE], by[CLOCK_ISO_SIZE] = "";

	clock_iso(o->made_at, made);
	if (o->deadline > 0)
		clock_iso(o->deadline, by);
	(void)printf("%" PRId64 "\t%s\t%s\t%" PRId64 "\t%" PRId64
		     "\t%s\t%s\t%s%s%s%s%s%s\n",
	    o->id, order_state_name(o->state), made, o->pieces, o->total,
	    o->currency, o->uid, by[0] != '\0' ? "by " : "", by,
	    by[0] != '\0' ? ": " : "", o->attention,
	    o->attention[0] != '\0' && o->ending[0] != '\0' ? "; " : "",
	    o->ending);
}

static enum rc
list_row(void *ctx, const struct order_row *o, struct error *e)
{
	struct listing *l = ctx;
	json_t *row;

	(void)e;
	l->seen++;
	l->last = o->id;
	if ((l->t->state != NULL &&
		strcmp(l->t->state, order_state_name(o->state)) != 0) ||
	    (l->t->attention && o->attention[0] == '\0') ||
	    l->shown == l->t->most)
		return RC_OK;
	l->shown++;
	if (l->all == NULL) {
		print_row(o);
		return RC_OK;
	}
	row = out_row(l->all);
	out_number(row, "order", o->id);
	out_text(row, "uid", o->uid);
	out_text(row, "state", order_state_name(o->state));
	out_time(row, "made", o->made_at);
	out_number(row, "pieces", o->pieces);
	out_number(row, "total", o->total);
	out_number(row, "captured", o->captured);
	out_number(row, "refunded", o->refunded);
	out_text(row, "currency", o->currency);
	out_number(row, "lost", o->lost);
	out_text(row, "attention", o->attention);
	out_time(row, "deadline", o->deadline);
	out_text(row, "ending", o->ending);
	return RC_OK;
}

static enum rc
list_all(struct listing *l, struct error *e)
{
	enum rc rc;

	do {
		l->seen = 0;
		rc = order_list(l->t->db, 0, l->last, BATCH, list_row, l, e);
	} while (rc == RC_OK && l->seen == BATCH && l->shown < l->t->most);
	return rc;
}

enum rc
order_show_list(struct order_task *t, struct error *e)
{
	struct listing l = { .t = t };
	enum rc rc;

	if (t->json)
		l.all = json_array();
	rc = t->attention ? order_list_urgent(t->db, MOST, list_row, &l, e)
			  : list_all(&l, e);
	if (rc == RC_OK && t->json)
		return out_print(l.all, true, "", e);
	json_decref(l.all);
	if (rc == RC_OK)
		(void)fprintf(stderr, "%" PRId64 " %s\n", l.shown,
		    l.shown == 1 ? "order" : "orders");
	return rc;
}
