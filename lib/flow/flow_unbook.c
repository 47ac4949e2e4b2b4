/*
 * A booking is cancelled, by itself or with its order, whose end waits for it.
 */
#include "config.h"

#include <assert.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "flow/flow_post.h"
#include "shop/journal.h"

#define ALARM_TRIES 12 /* most of an hour */

/*** Cancelling ***/

static enum rc
left(struct db *db, void *ctx, struct error *e)
{
	struct post_change *c = ctx;
	bool first = false;
	enum rc rc = parcel_lock_order(db, c->p->order, e);

	if (rc == RC_OK && c->p->state != PARCEL_HANDED_OVER)
		rc = parcel_move(
		    db, c->p, PARCEL_HANDED_OVER, "", c->g->now, &c->moved, e);
	if (rc == RC_OK)
		rc = parcel_stop_not(db, c->p->id, e);
	if (rc == RC_OK)
		rc = parcel_goes_on(db, c->p->order, c->g->now, &first, e);
	if (rc == RC_OK && (first || c->moved))
		rc = parcel_partly(db, c->p->order, e);
	if (rc == RC_OK && (first || c->p->stop[0] != '\0'))
		rc = journal_add(db, c->p->order, "not cancelled", "carrier",
		    "the parcel has been collected already", NULL, c->g->now,
		    e);
	return rc == RC_OK ? order_again_at(db, c->p->order, c->g->now, e) : rc;
}

enum rc
post_too_late(struct post *g, const struct parcel *p, struct error *e)
{
	struct post_change c = { .g = g, .p = p };
	enum rc rc = db_unit(g->f->db, left, &c, e);

	g->moved |= rc == RC_OK;
	return rc;
}

struct stopping {
	const struct post *g;
	const struct parcel *p;
	bool asked;
};

static enum rc
note_stop(struct db *db, void *ctx, struct error *e)
{
	struct stopping *s = ctx;
	enum rc rc = RC_OK;

	if (s->p->stop[0] == '\0')
		rc = parcel_stop(
		    db, s->p->id, s->g->o.ending, s->g->now, &s->asked, e);
	return rc == RC_OK ? parcel_tried(db, s->p,
				 s->g->now + flow_pause(s->p->tries + 1), e)
			   : rc;
}

static enum rc
not_cancelled_yet(struct post *g, const struct parcel *p, const char *why,
    bool now, struct error *e)
{
	char alarm[PARCEL_WHY_SIZE];

	(void)snprintf(alarm, sizeof(alarm),
	    "parcel %" PRId64 " cannot be cancelled at the courier: %.250s",
	    p->n, why);
	return post_wait(g, p, flow_pause(p->tries + 1), why,
	    now || p->tries >= ALARM_TRIES ? alarm : NULL, e);
}

enum rc
post_cancel(struct post *g, struct parcel *p, struct error *e)
{
	const struct courier *c = g->f->courier;
	struct courier_answer answer = { .news = COURIER_AGAIN };
	struct post_change ch = { .g = g,
		.p = p,
		.to = PARCEL_CANCELLED,
		.answer = &answer,
		.kind = "parcel cancelled" };
	struct stopping st = { g, p, false };
	struct error why = ERROR_NONE;
	char words[PARCEL_WHY_SIZE];
	enum rc rc = db_unit(g->f->db, note_stop, &st, e);

	if (rc != RC_OK)
		return rc;
	assert(!db_busy(g->f->db));
	rc = c->cancel(c, p->uid, &answer, &why);
	g->now = flow_now(g->f);
	if (rc == RC_NOTFOUND) /* nobody comes for it */
		return post_end(&ch, e);
	if (rc != RC_OK)
		return rc == RC_NOMEM
			   ? error_set(e, rc, "%s", why.text)
			   : not_cancelled_yet(g, p, why.text, false, e);
	if (answer.news == COURIER_DONE && answer.state == COURIER_CANCELLED)
		return post_end(&ch, e);
	if (answer.news == COURIER_REFUSED &&
	    strcmp(answer.fault.code, "ALREADY_COLLECTED") == 0)
		return post_too_late(g, p, e);
	post_words(&answer.fault, words, sizeof(words));
	return not_cancelled_yet(g, p, words, answer.news != COURIER_AGAIN, e);
}

/*** The order's end, which waits for them ***/

struct ending {
	struct run *r;
	struct parcels all;
	bool wait;
};

static enum rc
end_all(struct db *db, void *ctx, struct error *e)
{
	struct ending *n = ctx;
	const struct order *o = &n->r->o;
	enum rc rc = RC_OK;
	bool done;

	n->wait = false;
	for (size_t i = 0; i < n->all.n && rc == RC_OK; i++) {
		const struct parcel *p = &n->all.of[i];

		if (p->state > PARCEL_READY)
			continue;
		done = false;
		/* the courier has never heard of it */
		if (p->state == PARCEL_WANTED && !p->asked)
			rc = parcel_move(db, p, PARCEL_CANCELLED, o->ending,
			    n->r->now, &done, e);
		if (rc == RC_OK && !done)
			rc = parcel_stop(
			    db, p->id, o->ending, n->r->now, &done, e);
		n->wait |= p->state != PARCEL_WANTED || p->asked;
	}
	return rc;
}

static enum rc
go_on(struct db *db, void *ctx, struct error *e)
{
	struct ending *n = ctx;
	const struct order *o = &n->r->o;
	bool first;
	enum rc rc = parcel_goes_on(db, o->id, n->r->now, &first, e);

	if (rc == RC_OK && first)
		rc = parcel_partly(db, o->id, e);
	return rc == RC_OK && first
		   ? journal_add(db, o->id, "not cancelled", "carrier",
			 "the parcel has been collected already", NULL,
			 n->r->now, e)
		   : rc;
}

enum rc
flow_parcels_end(struct run *r, bool *wait, struct error *e)
{
	struct ending n = { .r = r };
	enum rc rc = parcels_of(r->f->db, r->o.id, &n.all, e);

	*wait = true;
	if (rc == RC_OK && n.all.left) {
		rc = db_unit(r->f->db, go_on, &n, e);
		r->moved |= rc == RC_OK;
		return rc;
	}
	if (rc == RC_OK && n.all.unsettled) {
		rc = db_unit(r->f->db, end_all, &n, e);
		if (n.wait)
			flow_wait(r, 60); /* order_parcels wakes us before */
		else
			r->moved = true;
		return rc;
	}
	*wait = false;
	return rc;
}
