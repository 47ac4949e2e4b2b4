/*
 * What the manager's desk does, at the shell: "shopctl order waiting",
 * "shopctl order ready" and "shopctl order seen".
 */
#include "config.h"

#include <inttypes.h>
#include <stdio.h>

#include "base/clock.h"
#include "ctl/order.h"
#include "ctl/out.h"
#include "shop/desk.h"

struct waiting {
	json_t *all; /* NULL: for people */
	int64_t shown;
};

static void
print_row(const struct desk_row *r)
{
	char paid[CLOCK_ISO_SIZE];

	clock_iso(r->paid_at, paid);
	(void)printf("%" PRId64 "\t%s\t%" PRId64 "\t%s\t%s\t%s\t%s\n", r->id,
	    paid, r->pieces, r->delivery_option, r->country, r->uid,
	    r->attention_at > 0 || !r->contested ? r->attention
						 : "the payment is disputed");
}

static enum rc
put_row(void *ctx, const struct desk_row *r, struct error *e)
{
	struct waiting *w = ctx;
	json_t *row;

	(void)e;
	w->shown++;
	if (w->all == NULL) {
		print_row(r);
		return RC_OK;
	}
	row = out_row(w->all);
	out_number(row, "order", r->id);
	out_text(row, "uid", r->uid);
	out_time(row, "made", r->made_at);
	out_time(row, "paid", r->paid_at);
	out_number(row, "pieces", r->pieces);
	out_text(row, "by", r->delivery_option);
	out_text(row, "country", r->country);
	out_text(row, "attention", r->attention);
	out_time(row, "attention since", r->attention_at);
	out_text(row, "payment", r->contested ? "disputed" : "");
	return RC_OK;
}

enum rc
order_waiting(struct order_task *t, struct error *e)
{
	struct waiting w = { t->json ? json_array() : NULL, 0 };
	struct desk_counts n;
	enum rc rc;

	rc = desk_waiting(t->db, 0, t->most, put_row, &w, e);
	if (rc == RC_OK)
		rc = desk_count(t->db, &n, e);
	if (rc == RC_OK && t->json)
		return out_print(w.all, true, "", e);
	json_decref(w.all);
	if (rc == RC_OK)
		(void)fprintf(stderr, "%" PRId64 " of %" PRId64 " %s\n",
		    w.shown, n.waiting, n.waiting == 1 ? "order" : "orders");
	return rc;
}

/*** Ready ***/

struct saying {
	int64_t order;
	const char *witness;
	enum desk_said said;
};

static enum rc
say(struct db *db, void *ctx, struct error *e)
{
	struct saying *s = ctx;

	return desk_ready(db, s->order, s->witness, clock_now(), &s->said, e);
}

static enum rc
say_one(struct order_task *t, const char *witness, struct error *e)
{
	struct saying s = { t->o.id, witness, DESK_NOT };
	enum rc rc = db_unit(t->db, say, &s, e);

	if (rc != RC_OK)
		return rc;
	switch (s.said) {
	case DESK_READY:
		(void)printf("order %" PRId64 " is ready\n", s.order);
		return RC_OK;
	case DESK_BEFORE:
		(void)printf("order %" PRId64 " was ready before\n", s.order);
		return RC_OK;
	case DESK_NOT:
		break;
	}
	return error_set(e, RC_INVALID,
	    "order %" PRId64 " does not wait to be packed: it is %s%s", s.order,
	    order_state_name(t->o.state),
	    t->o.ending[0] != '\0'           ? ", and to end"
	    : t->o.state != ORDER_PAID       ? ""
	    : t->o.refunded >= t->o.captured ? ", and its money went back"
	    : t->o.refunded + t->o.lost >= t->o.captured
		? ", and its money is gone by a lost dispute"
		: "");
}

/* One that cannot be does not keep the others from being ready. */
enum rc
order_ready(struct order_task *t, struct error *e)
{
	struct error why;
	char witness[40];
	enum rc rc = RC_OK, one;

	order_staff(witness, sizeof(witness));
	for (int i = 0; i < t->nwhos; i++) {
		order_release(&t->o);
		error_clear(&why);
		one = order_find(t->db, t->whos[i], &t->o, &why);
		if (one == RC_OK)
			one = say_one(t, witness, &why);
		if (one == RC_OK)
			continue;
		if (rc != RC_OK)
			(void)fprintf(stderr, "shopctl: %s\n", why.text);
		else
			rc = error_set(e, one, "%s", why.text);
		if (one != RC_NOTFOUND && one != RC_INVALID)
			break; /* the others would fail alike */
	}
	return rc;
}

/*** Seen ***/

struct looking {
	const struct order_task *t;
	const char *witness;
	bool was;
};

static enum rc
look(struct db *db, void *ctx, struct error *e)
{
	struct looking *l = ctx;

	return order_seen(db, l->t->o.id, l->witness,
	    l->t->why != NULL ? l->t->why : "", &l->was, e);
}

enum rc
order_looked_at(struct order_task *t, struct error *e)
{
	char witness[40];
	struct looking l = { t, witness, false };
	enum rc rc;

	order_staff(witness, sizeof(witness));
	rc = db_unit(t->db, look, &l, e);
	if (rc == RC_OK && l.was)
		(void)printf("order %" PRId64
			     " needs nobody any more; it was: %s\n",
		    t->o.id, t->o.attention);
	else if (rc == RC_OK)
		(void)printf("order %" PRId64 " needed nobody\n", t->o.id);
	return rc;
}
