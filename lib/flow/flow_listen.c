/*
 * What the courier tells: asked for, with the cursor stored in the unit that
 * applies the events, or brought by its webhook.
 */
#include "config.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "flow/flow_impl.h"
#include "peer/courier.h"

#define IDLE_TIMES 10  /* less often while nothing is on its way */
#define OPEN_MOST 1000 /* parcels that are asked for one by one */

enum rc
carrier_heard(struct db *db, const struct courier_event *ev, int64_t now,
    struct parcel_heard *out, struct error *e)
{
	const struct parcel_event p = {
		.event = ev->id,
		.at = ev->occurred_at,
		.carrier = (enum parcel_carrier)ev->state,
		.correction = ev->correction,
		.word = ev->word,
		.code = ev->code,
		.detail = ev->detail,
		.place = ev->place,
		.tracking = ev->tracking,
		.reference = ev->reference,
	};

	return parcel_hear(db, &p, now, out, e);
}

struct listening {
	struct flow *f;
	struct parcel_ear ear;
	bool any;                     /* something is on its way */
	struct courier_event *events; /* owned */
	size_t n;
	const char *to; /* the new cursor; NULL: it stays */
	int64_t now, next_at;
	struct carrier_listened *out;
	bool late;
};

static enum rc
keep(void *ctx, const struct courier_event *one, struct error *e)
{
	struct listening *l = ctx;

	if (l->n == COURIER_EVENTS)
		return error_set(e, RC_TOOBIG,
		    "the courier tells more than %d events at once",
		    COURIER_EVENTS);
	l->events[l->n++] = *one;
	return RC_OK;
}

static enum rc
read_ear(struct db *db, void *ctx, struct error *e)
{
	struct listening *l = ctx;
	enum rc rc = parcel_ear_read(db, &l->ear, e);

	return rc == RC_OK ? parcel_any_open(db, &l->any, e) : rc;
}

static enum rc
apply(struct db *db, void *ctx, struct error *e)
{
	struct listening *l = ctx;
	struct parcel_heard heard;
	bool moved = true;
	enum rc rc = RC_OK;

	l->out->fresh = 0;
	l->late = false;
	if (l->to != NULL)
		rc = parcel_ear_move(
		    db, l->ear.heard_to, l->to, l->now, l->next_at, &moved, e);
	if (rc == RC_OK && !moved) {
		l->late = true;
		return error_set(e, RC_DENIED, "another runner has heard it");
	}
	for (size_t i = 0; i < l->n && rc == RC_OK; i++) {
		rc = carrier_heard(db, &l->events[i], l->now, &heard, e);
		l->out->fresh += heard.fresh;
	}
	return rc;
}

static enum rc
apply_it(struct listening *l, struct error *e)
{
	enum rc rc = db_unit(l->f->db, apply, l, e);

	if (!l->late)
		return rc;
	error_clear(e);
	return RC_OK;
}

static enum rc
write_away(struct db *db, void *ctx, struct error *e)
{
	const struct listening *l = ctx;

	return parcel_ear_away(db, l->out->why, l->now, l->next_at, e);
}

/*** Each by itself, when the list does not reach back far enough ***/

struct open {
	char (*tracking)[PARCEL_WORD_SIZE]; /* owned */
	size_t n;
};

static enum rc
note_open(void *ctx, const struct parcel *p, struct error *e)
{
	struct open *o = ctx;

	(void)e;
	if (o->n < OPEN_MOST && p->tracking[0] != '\0' &&
	    !parcel_carrier_final(p->carrier))
		text_copy(o->tracking[o->n++], PARCEL_WORD_SIZE, p->tracking);
	return RC_OK;
}

static enum rc
list_open(struct db *db, void *ctx, struct error *e)
{
	static const enum parcel_state states[] = { PARCEL_BOOKED, PARCEL_READY,
		PARCEL_HANDED_OVER };
	struct open *o = ctx;
	enum rc rc = RC_OK;

	o->n = 0;
	for (size_t i = 0; i < 3 && rc == RC_OK; i++)
		rc = parcel_list_all(
		    db, states[i], 0, INT64_MAX, note_open, o, e);
	return rc;
}

/* What it does not tell now it tells when it is asked again: its news come by
 * the list from here on. */
static enum rc
ask_each(struct listening *l, struct error *e)
{
	const struct courier *c = l->f->courier;
	struct open o = { calloc(OPEN_MOST, PARCEL_WORD_SIZE), 0 };
	struct courier_answer answer;
	struct error why = ERROR_NONE;
	enum rc rc;

	if (o.tracking == NULL)
		return error_set(e, RC_NOMEM, "no memory for parcels");
	rc = db_view(l->f->db, list_open, &o, e);
	l->to = NULL;
	for (size_t i = 0; i < o.n && rc == RC_OK; i++) {
		l->n = 0;
		error_clear(&why);
		if (c->shipment(c, o.tracking[i], keep, l, &answer, &why) ==
		    RC_OK)
			rc = apply_it(l, e);
	}
	free(o.tracking);
	return rc;
}

static enum rc
listen(struct listening *l, struct error *e)
{
	const struct courier *c = l->f->courier;
	const struct settings *s = l->f->settings;
	struct courier_page page = { .news = COURIER_AGAIN };
	struct error why = ERROR_NONE;
	enum rc rc;

	assert(!db_busy(l->f->db));
	rc = c->events(c, l->ear.heard_to, keep, l, &page, &why);
	l->now = flow_now(l->f);
	l->next_at =
	    l->now + s->courier_poll_seconds * (l->any ? 1 : IDLE_TIMES);
	if (rc == RC_NOMEM)
		return error_set(e, rc, "%s", why.text);
	if (rc != RC_OK || page.news != COURIER_DONE) {
		(void)snprintf(l->out->why, sizeof(l->out->why),
		    "%.64s%s%.300s", page.fault.code,
		    page.fault.code[0] != '\0' ? ": " : "",
		    rc != RC_OK ? why.text : page.fault.message);
		return db_unit(l->f->db, write_away, l, e);
	}
	l->out->events = (int64_t)l->n;
	l->out->again = page.expired;
	l->out->more = page.more || page.expired;
	if (l->out->more)
		l->next_at = l->now;
	l->to = page.expired ? "" : page.next;
	rc = apply_it(l, e);
	return rc == RC_OK && page.expired ? ask_each(l, e) : rc;
}

enum rc
carrier_listen(struct flow *f, struct carrier_listened *out, struct error *e)
{
	struct listening l = { .f = f, .now = flow_now(f), .out = out };
	enum rc rc;

	memset(out, 0, sizeof(*out));
	if (f->courier == NULL)
		return RC_OK;
	rc = db_view(f->db, read_ear, &l, e);
	if (rc != RC_OK || l.ear.next_at > l.now)
		return rc;
	l.events = calloc(COURIER_EVENTS, sizeof(*l.events));
	if (l.events == NULL)
		return error_set(e, RC_NOMEM, "no memory for events");
	rc = listen(&l, e);
	free(l.events);
	return rc;
}
