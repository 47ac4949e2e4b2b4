/*
 * Disputes and warnings of fraud: what an event names is looked at, and what the
 * gateway says is settled in one unit.  One that is open calls a person, with
 * the day by which there must be an answer; one that is lost takes the money.
 */
#include "config.h"

#include <assert.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "flow/flow_impl.h"
#include "shop/journal.h"
#include "shop/parcel.h"

#define LOOK_SECONDS 86400 /* a webhook tells before; this is without them */

struct contest {
	struct flow *f;
	const char *gateway;
	struct gateway_dispute d;
	int64_t order, now;
	bool changed;
};

static enum payment_dispute
state_of(const struct gateway_dispute *d)
{
	switch (d->news) {
	case DISPUTE_WARNS:
		return PAYMENT_WARNED;
	case DISPUTE_OPEN:
		return PAYMENT_DISPUTED;
	case DISPUTE_ANSWERED:
		return PAYMENT_ANSWERED;
	case DISPUTE_WON:
		return d->warning ? PAYMENT_UNDISPUTED : PAYMENT_WON;
	case DISPUTE_LOST:
		return PAYMENT_LOST;
	}
	return PAYMENT_DISPUTED;
}

static bool
is_over(enum payment_dispute state)
{
	return state == PAYMENT_WON || state == PAYMENT_LOST;
}

/* What was read earlier may come later; and a warning says nothing about a
 * dispute that has come since. */
static bool
is_stale(const struct contest *c, const struct payment *p)
{
	enum payment_dispute state = state_of(&c->d);

	if (strcmp(p->dispute, c->d.object) == 0)
		return is_over(p->disputed) && !is_over(state);
	return (payment_contested(p->disputed) && !payment_contested(state)) ||
	       (p->dispute[0] != '\0' && c->d.warning);
}

/* What disputes have taken of it, all together. */
static int64_t
lost_by(const struct contest *c, const struct payment *p)
{
	bool known = strcmp(p->dispute, c->d.object) == 0;
	bool before = known && p->disputed == PAYMENT_LOST;
	int64_t lost = p->lost, amount = c->d.amount;

	if (amount <= 0 || amount > p->captured ||
	    strcmp(c->d.currency, p->currency) != 0)
		amount = p->captured;
	if (c->d.news == DISPUTE_LOST && !before)
		lost += amount;
	if (c->d.news != DISPUTE_LOST && before)
		lost -= amount;
	if (lost > p->captured)
		lost = p->captured;
	return lost < 0 ? 0 : lost;
}

static const char *
kind_of(enum payment_dispute state)
{
	const char *kind;

	switch (state) {
	case PAYMENT_WARNED:
		kind = "fraud warning";
		break;
	case PAYMENT_ANSWERED:
		kind = "dispute answered";
		break;
	case PAYMENT_WON:
		kind = "dispute won";
		break;
	case PAYMENT_LOST:
		kind = "dispute lost";
		break;
	case PAYMENT_UNDISPUTED:
		kind = "fraud warning over";
		break;
	case PAYMENT_DISPUTED:
	default:
		kind = "dispute";
		break;
	}
	return kind;
}

/* "£63.92: fraudulent, by 2026-12-01T10:00:00Z" */
static void
put_detail(
    const struct contest *c, const struct payment *p, char *out, size_t size)
{
	char at[CLOCK_ISO_SIZE] = "", why[200];

	if (c->d.due_at > 0)
		clock_iso(c->d.due_at, at);
	(void)snprintf(why, sizeof(why), "%.100s%s%s", c->d.reason,
	    at[0] != '\0' ? ", by " : "", at);
	if (c->d.warning)
		(void)snprintf(out, size, "%s", why);
	else
		flow_amount(out, size, c->d.amount, p->currency, why);
}

/* What can still be done about the hats. */
static void
put_parcels(const struct parcels *all, int64_t order, struct buf *b)
{
	bool any = false;

	for (size_t i = 0; i < all->n; i++) {
		if (all->of[i].state > PARCEL_READY)
			continue;
		buf_printf(b, "%sshopctl parcel cancel %" PRId64,
		    any ? ", " : ", stop the parcel if it can be stopped (",
		    all->of[i].id);
		any = true;
	}
	if (any)
		buf_puts(b, ")");
	if (all->left)
		buf_puts(b, ", what was collected only the courier can stop");
	else if (!any)
		buf_printf(b,
		    ", send nothing (shopctl order cancel %" PRId64 ")", order);
}

/* It is lost, and its hats are not there yet: somebody may keep them back. */
static enum rc
mourn(
    struct contest *c, struct db *db, const struct payment *p, struct error *e)
{
	struct parcels all;
	struct order o = { 0 };
	struct buf b;
	char amount[60];
	enum rc rc = parcels_of(db, p->order, &all, e);

	if (rc == RC_OK)
		rc = order_load(db, p->order, &o, e);
	if (rc != RC_OK || o.state != ORDER_PAID || o.ending[0] != '\0' ||
	    parcels_delivered(&all)) {
		order_release(&o);
		return rc;
	}
	flow_amount(
	    amount, sizeof(amount), lost_by(c, p) - p->lost, p->currency, "");
	buf_init(&b, LIMIT_LINE);
	buf_printf(&b, "%s: dispute %.100s: %s" DISPUTE_GONE, p->gateway,
	    c->d.object, amount);
	put_parcels(&all, o.id, &b);
	rc = order_attention(db, o.id, buf_str(&b), e);
	buf_release(&b);
	order_release(&o);
	return rc;
}

/* What is to be done by when; it ends when somebody else is to act, or nobody.
 * p->dispute is what it was before, such as the warning of it. */
static enum rc
attend(struct contest *c, struct db *db, const struct payment *p,
    const char *detail, struct error *e)
{
	bool open = c->d.news == DISPUTE_OPEN || c->d.news == DISPUTE_WARNS;
	char text[500];
	enum rc rc = order_attended(db, p->order, c->d.object, e);

	if (rc == RC_OK && p->dispute[0] != '\0')
		rc = order_attended(db, p->order, p->dispute, e);
	if (rc == RC_OK && c->d.news == DISPUTE_LOST)
		rc = mourn(c, db, p, e);
	if (rc != RC_OK || !open)
		return rc;
	(void)snprintf(text, sizeof(text), "%s: %s %.100s (%.250s): %s",
	    p->gateway,
	    c->d.news == DISPUTE_WARNS ? "fraud warning" : "dispute",
	    c->d.object, detail,
	    c->d.news == DISPUTE_WARNS
		? "refund the order, or keep its parcel back until "
		  "you are sure"
		: "answer it there, or accept it");
	return order_urgent(db, p->order, text, c->d.due_at, e);
}

static enum rc
settle_one(
    struct contest *c, struct db *db, const struct payment *p, struct error *e)
{
	enum payment_dispute state = state_of(&c->d);
	char detail[300], hash[HASH_SIZE], once[JOURNAL_ONCE_SIZE], name[600];
	enum rc rc;
	int n;

	put_detail(c, p, detail, sizeof(detail));
	rc = payment_dispute_is(
	    db, p, c->d.object, state, lost_by(c, p), &c->changed, e);
	if (rc != RC_OK || !c->changed)
		return rc;
	n = snprintf(name, sizeof(name), "%s %s %s", c->d.object,
	    kind_of(state), detail);
	hash_hex(name, (size_t)n, hash);
	(void)snprintf(once, sizeof(once), "%.16s %s", p->gateway, hash);
	rc = journal_add(
	    db, p->order, kind_of(state), p->gateway, detail, once, c->now, e);
	if (rc == RC_OK)
		rc = attend(c, db, p, detail, e);
	return rc == RC_OK ? order_again_at(db, p->order, c->now, e) : rc;
}

/* Another day to answer by.  What a person has said to have seen is not said
 * again. */
static enum rc
follow_deadline(
    struct contest *c, struct db *db, const struct payment *p, struct error *e)
{
	char detail[300];
	struct order o;
	bool same;
	enum rc rc;

	if (c->d.news != DISPUTE_OPEN || c->d.due_at == 0)
		return RC_OK;
	rc = order_load(db, p->order, &o, e);
	if (rc != RC_OK)
		return rc;
	same = o.deadline == c->d.due_at ||
	       strstr(o.attention, c->d.object) == NULL;
	order_release(&o);
	put_detail(c, p, detail, sizeof(detail));
	return same ? RC_OK : attend(c, db, p, detail, e);
}

static enum rc
settle(struct db *db, void *ctx, struct error *e)
{
	struct contest *c = ctx;
	struct payment p;
	enum rc rc = RC_NOTFOUND;

	c->changed = false;
	c->order = 0;
	if (c->d.attempt[0] != '\0')
		rc = payment_find(db, c->gateway, c->d.attempt, &p, e);
	if (rc == RC_NOTFOUND && c->d.payment[0] != '\0')
		rc = payment_find(db, c->gateway, c->d.payment, &p, e);
	if (rc == RC_NOTFOUND)
		return error_set(
		    e, rc, "a dispute is of a payment that nobody knows");
	if (rc != RC_OK)
		return rc;
	c->order = p.order;
	if (is_stale(c, &p))
		return RC_OK;
	rc = settle_one(c, db, &p, e);
	return rc == RC_OK && !c->changed ? follow_deadline(c, db, &p, e) : rc;
}

static enum rc
look(struct contest *c, const struct gateway *g, const char *object,
    struct error *e)
{
	enum rc rc;

	if (g == NULL || g->look_dispute == NULL)
		return error_set(e, RC_IO,
		    "disputes of \"%s\" cannot be looked at", c->gateway);
	assert(!db_busy(c->f->db));
	rc = g->look_dispute(g, object, &c->d, e);
	if (rc == RC_OK && strcmp(c->d.object, object) != 0)
		rc = error_set(e, RC_IO, "%s shows another dispute than \"%s\"",
		    c->gateway, object);
	return rc == RC_OK ? db_unit(c->f->db, settle, c, e) : rc;
}

enum rc
order_dispute(struct flow *f, const char *gateway, const char *object,
    int64_t *order, struct error *e)
{
	struct contest c = { .f = f, .gateway = gateway, .now = flow_now(f) };
	enum rc rc = look(&c, flow_gateway(f, gateway), object, e);

	*order = c.order;
	return rc;
}

enum rc
flow_dispute(struct attempt *a, struct error *e)
{
	struct contest c = {
		.f = a->r->f, .gateway = a->p->gateway, .now = a->r->now
	};
	struct error why = ERROR_NONE;
	enum rc rc;

	if (a->p->disputed == PAYMENT_UNDISPUTED || is_over(a->p->disputed))
		return RC_OK;
	flow_wait(a->r, LOOK_SECONDS);
	rc = look(&c, a->g, a->p->dispute, &why);
	a->r->moved |= rc == RC_OK && c.changed;
	if (rc == RC_OK || rc == RC_IO || rc == RC_NOTFOUND)
		return RC_OK; /* a day later */
	return error_set(e, rc, "%s", why.text);
}
