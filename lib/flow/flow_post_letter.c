/*
 * Letters about parcels: rendered, then stored in the unit that says so.
 */
#include "config.h"

#include "base/limits.h"
#include "base/token.h"
#include "flow/flow_post.h"
#include "shop/journal.h"
#include "shop/outbox.h"

struct posting {
	struct post *g;
	struct parcels all;
	struct parcel due[PARCELS_MAX]; /* that the letter is about */
	size_t n;
	enum parcel_carrier warned; /* 0: it tells that they are booked */
	const char *kind, *event, *uid;
	const struct buf *letter; /* NULL: it cannot be sent */
	const char *why;
	bool first;
};

static enum rc
mark(struct db *db, struct posting *t, struct error *e)
{
	bool first;
	enum rc rc = RC_OK;

	t->first = true;
	for (size_t i = 0; i < t->n && rc == RC_OK; i++) {
		rc = t->warned != CARRIER_SILENT
			 ? parcel_warned(db, &t->due[i], t->warned, &first, e)
			 : parcel_told(db, t->due[i].id, &first, e);
		t->first &= first;
	}
	return rc;
}

static enum rc
post(struct db *db, void *ctx, struct error *e)
{
	struct posting *t = ctx;
	const struct order *o = &t->g->o;
	const char *to = o->email;
	struct outbox_letter l = { .uid = t->uid,
		.kind = t->kind,
		.customer = o->customer,
		.order = o->id };
	enum rc rc = parcel_lock_order(db, o->id, e);

	if (rc == RC_OK)
		rc = mark(db, t, e);
	if (rc != RC_OK)
		return rc;
	if (!t->first) /* another runner has written of one of them */
		return error_set(e, RC_DENIED, "it is written already");
	if (t->letter == NULL)
		return order_attention(db, o->id, t->why, e);
	l.bytes = buf_str(t->letter);
	l.len = t->letter->len;
	rc = outbox_put(db, &l, &to, 1, t->g->now, e);
	return rc == RC_OK ? journal_add(db, o->id, t->event, "shop", o->email,
				 NULL, t->g->now, e)
			   : rc;
}

/* As it was rendered (rc, why); what cannot be sent is told all the same. */
static enum rc
store(struct posting *t, enum rc rc, struct buf *letter,
    const struct error *why, struct error *e)
{
	t->letter = rc == RC_OK ? letter : NULL;
	t->why = why->text;
	if (rc == RC_OK || rc == RC_INVALID)
		rc = db_unit(t->g->f->db, post, t, e);
	else
		rc = error_set(e, rc, "%s", why->text);
	if (rc == RC_DENIED) {
		error_clear(e);
		rc = RC_OK;
	}
	return rc;
}

/*** They are on their way ***/

/* One letter for all that are booked, once all are. */
static bool
to_tell(struct posting *t)
{
	t->n = 0;
	for (size_t i = 0; i < t->all.n; i++) {
		const struct parcel *p = &t->all.of[i];

		if (p->state == PARCEL_WANTED)
			return false;
		if (p->told || p->tracking[0] == '\0' ||
		    p->state == PARCEL_CANCELLED || p->state == PARCEL_REFUSED)
			continue;
		t->due[t->n++] = *p;
	}
	return t->n > 0;
}

static enum rc
tell_dispatched(struct posting *t, struct error *e)
{
	const struct flow *f = t->g->f;
	struct error why = ERROR_NONE;
	char uid[UID_SIZE];
	struct buf letter;
	enum rc rc;

	flow_letter_uid(t->g->o.uid, "dispatched", t->due[0].id, uid);
	t->uid = uid;
	t->kind = "dispatched";
	t->event = "dispatch letter";
	t->warned = CARRIER_SILENT;
	buf_init(&letter, LIMIT_CALL);
	rc = f->letters->dispatched(
	    f->settings, &t->g->o, uid, t->due, t->n, &letter, &why);
	rc = store(t, rc, &letter, &why, e);
	buf_release(&letter);
	return rc;
}

/*** They will not arrive as they should ***/

/* What the customer is to be written about it; CARRIER_CANCELLED: it cannot be
 * sent; SILENT: nothing. */
static enum parcel_carrier
matter_of(const struct parcel *p)
{
	if (p->state == PARCEL_REFUSED)
		return CARRIER_CANCELLED;
	if (p->state != PARCEL_HANDED_OVER ||
	    !parcel_carrier_trouble(p->carrier))
		return CARRIER_SILENT;
	/* on its way back, back: the same to the customer */
	return p->carrier == CARRIER_RETURNED ? CARRIER_RETURNING : p->carrier;
}

static enum rc
tell_problem(struct posting *t, const struct parcel *p, struct error *e)
{
	const struct flow *f = t->g->f;
	struct error why = ERROR_NONE;
	char uid[UID_SIZE];
	struct buf letter;
	/* it may be held, go on and be held again: that is another letter */
	enum rc rc = uid_random(uid, e);

	if (rc != RC_OK)
		return rc;
	t->due[0] = *p;
	t->n = 1;
	t->warned = matter_of(p);
	t->uid = uid;
	t->kind = "problem";
	t->event = "problem letter";
	buf_init(&letter, LIMIT_CALL);
	rc = f->letters->problem(f->settings, &t->g->o, uid, p, &letter, &why);
	rc = store(t, rc, &letter, &why, e);
	buf_release(&letter);
	return rc;
}

static enum rc
tell_problems(struct posting *t, struct error *e)
{
	enum rc rc = RC_OK;

	for (size_t i = 0; i < t->all.n && rc == RC_OK; i++) {
		const struct parcel *p = &t->all.of[i];
		enum parcel_carrier what = matter_of(p);

		if (what != CARRIER_SILENT && what != p->warned)
			rc = tell_problem(t, p, e);
	}
	return rc;
}

enum rc
flow_post_letters(struct post *g, struct error *e)
{
	const struct flow_letters *letters = g->f->letters;
	struct posting t = { .g = g };
	enum rc rc;

	if (letters == NULL || g->o.state != ORDER_PAID || g->ending)
		return RC_OK;
	rc = parcels_of(g->f->db, g->id, &t.all, e);
	/* the confirmation comes first, and is being written */
	if (rc == RC_OK && letters->order != NULL &&
	    g->o.told < ORDER_TOLD_PAID && to_tell(&t))
		return post_wait(g, &t.due[0], 1, NULL, NULL, e);
	if (rc == RC_OK && letters->dispatched != NULL && to_tell(&t))
		rc = tell_dispatched(&t, e);
	return rc == RC_OK && letters->problem != NULL ? tell_problems(&t, e)
						       : rc;
}
