/*
 * What the courier tells: asked for, with the cursor stored in the unit that
 * applies the events, or brought by its webhook.
 */
#include "config.h"

#include <assert.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "flow/flow_impl.h"
#include "peer/courier.h"
#include "shop/inbox.h"
#include "shop/order.h"

#define IDLE_TIMES 10  /* less often while nothing is on its way */
#define OPEN_MOST 1000 /* parcels that are asked for one by one */
#define ASIDE_SIZE 120 /* "event 4711 of the courier (COLLECTED)" */

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
	struct error *bad; /* owned; why each of them cannot be applied */
	size_t at;         /* the one that is tried */
	int64_t fresh, sifted, aside; /* of one unit; by sifting */
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

/*** Applied, but for those that cannot be ***/

static bool
is_bad(const struct listening *l, size_t i)
{
	return l->bad != NULL && l->bad[i].rc != RC_OK;
}

static void
aside_words(const struct courier_event *ev, char *out, size_t size)
{
	(void)snprintf(out, size, "event %" PRId64 " of the courier (%s)",
	    ev->id, ev->word);
}

/* The parcel's order, if it has one. */
static enum rc
order_of(struct db *db, const struct courier_event *ev, int64_t *order,
    struct error *e)
{
	struct error none = ERROR_NONE;
	struct parcel p;
	enum rc rc = parcel_find(
	    db, parcel_reference_uid(ev->reference), ev->tracking, &p, &none);

	*order = rc == RC_OK ? p.order : 0;
	return rc == RC_OK || rc == RC_NOTFOUND
		   ? RC_OK
		   : error_set(e, rc, "%s", none.text);
}

static enum rc
call_a_person(
    struct db *db, const struct listening *l, size_t i, struct error *e)
{
	char what[ASIDE_SIZE], text[PARCEL_WHY_SIZE];
	int64_t order;
	enum rc rc = order_of(db, &l->events[i], &order, e);

	if (rc != RC_OK || order == 0)
		return rc;
	aside_words(&l->events[i], what, sizeof(what));
	(void)snprintf(text, sizeof(text),
	    "%s cannot be applied: \"shopctl inbox\" has why", what);
	return order_attention(db, order, text, e);
}

static enum rc
set_aside(struct db *db, struct listening *l, size_t i, struct error *e)
{
	const struct courier_event *ev = &l->events[i];
	char name[40];
	const struct inbox_event in = {
		.source = "courier",
		.event = name,
		.headers = ev->tracking,
		.body = "",
	};
	bool fresh;
	enum rc rc;

	(void)snprintf(name, sizeof(name), CARRIER_ASIDE "%" PRId64, ev->id);
	rc = inbox_set_aside(db, &in, l->bad[i].text, l->now, &fresh, e);
	if (rc != RC_OK || !fresh)
		return rc;
	l->aside++;
	(void)snprintf(l->out->aside_why, sizeof(l->out->aside_why),
	    "%s: %.350s", name, l->bad[i].text);
	return call_a_person(db, l, i, e);
}

static enum rc
apply_one(struct db *db, struct listening *l, size_t i, struct error *e)
{
	struct parcel_heard heard;
	enum rc rc;

	if (is_bad(l, i))
		return set_aside(db, l, i, e);
	rc = carrier_heard(db, &l->events[i], l->now, &heard, e);
	l->fresh += rc == RC_OK && heard.fresh;
	return rc;
}

static enum rc
apply(struct db *db, void *ctx, struct error *e)
{
	struct listening *l = ctx;
	bool moved = true;
	enum rc rc = RC_OK;

	l->fresh = l->aside = 0;
	l->late = false;
	if (l->to != NULL)
		rc = parcel_ear_move(
		    db, l->ear.heard_to, l->to, l->now, l->next_at, &moved, e);
	if (rc == RC_OK && !moved) {
		l->late = true;
		return error_set(e, RC_DENIED, "another runner has heard it");
	}
	for (size_t i = 0; i < l->n && rc == RC_OK; i++)
		rc = apply_one(db, l, i, e);
	return rc;
}

/* It would fail at any time: nothing but the event is to blame. */
static bool
of_its_own(enum rc rc)
{
	return rc == RC_INVALID || rc == RC_NOTFOUND || rc == RC_TOOBIG;
}

static enum rc
try_one(struct db *db, void *ctx, struct error *e)
{
	struct listening *l = ctx;
	struct parcel_heard heard;
	enum rc rc = carrier_heard(db, &l->events[l->at], l->now, &heard, e);

	l->fresh = heard.fresh;
	return rc;
}

/* Each in a unit of its own, to know those that cannot be applied.  The others
 * are applied by it, and once more to no effect with the cursor. */
static enum rc
sift(struct listening *l, struct error *e)
{
	enum rc rc = RC_OK;

	if (l->bad == NULL)
		l->bad = calloc(COURIER_EVENTS, sizeof(*l->bad));
	if (l->bad == NULL)
		return error_set(e, RC_NOMEM, "no memory for events");
	for (l->at = 0; l->at < l->n && rc == RC_OK; l->at++) {
		struct error *why = &l->bad[l->at];

		error_clear(why);
		rc = db_unit(l->f->db, try_one, l, why);
		if (rc != RC_OK && of_its_own(rc))
			rc = error_set(why, rc, "it is refused");
		else if (rc != RC_OK)
			return error_set(e, rc, "%s", why->text);
		else
			l->sifted += l->fresh;
		rc = RC_OK;
	}
	return rc;
}

static enum rc
apply_it(struct listening *l, struct error *e)
{
	struct error why = ERROR_NONE;
	enum rc rc = db_unit(l->f->db, apply, l, &why);

	l->sifted = 0;
	if (!l->late && of_its_own(rc)) {
		error_clear(&why);
		rc = sift(l, &why);
		if (rc == RC_OK)
			rc = db_unit(l->f->db, apply, l, &why);
	}
	if (rc == RC_OK) {
		l->out->fresh += l->fresh + l->sifted;
		l->out->aside += l->aside;
	}
	return rc == RC_OK || l->late ? RC_OK
				      : error_set(e, rc, "%s", why.text);
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
		if (l->bad != NULL)
			memset(l->bad, 0, COURIER_EVENTS * sizeof(*l->bad));
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

/*** One that was set aside, once more ***/

struct again {
	struct listening l;
	int64_t event, order;
};

static enum rc
taken_back(struct db *db, void *ctx, struct error *e)
{
	const struct again *a = ctx;
	char what[ASIDE_SIZE];

	aside_words(&a->l.events[a->l.at], what, sizeof(what));
	return order_attended(db, a->order, what, e);
}

/* The others have rows of their own when they fail. */
static enum rc
apply_again(struct again *a, struct error *e)
{
	struct listening *l = &a->l;
	size_t i = 0;
	enum rc rc;

	while (i < l->n && l->events[i].id != a->event)
		i++;
	if (i == l->n)
		return error_set(e, RC_INVALID,
		    "the courier does not know event %" PRId64 " any more",
		    a->event);
	l->at = i;
	rc = db_unit(l->f->db, try_one, l, e);
	if (rc == RC_OK)
		rc = order_of(l->f->db, &l->events[i], &a->order, e);
	if (rc == RC_OK && a->order != 0)
		rc = db_unit(l->f->db, taken_back, a, e);
	return rc == RC_NOTFOUND ? RC_INVALID : rc;
}

enum rc
carrier_ask(struct flow *f, const char *tracking, int64_t event, int64_t *order,
    struct error *e)
{
	const struct courier *c = f->courier;
	struct again a = { .l = { .f = f, .now = flow_now(f) },
		.event = event };
	struct courier_answer answer;
	enum rc rc;

	*order = 0;
	if (c == NULL)
		return error_set(e, RC_IO, "no courier is configured");
	assert(!db_busy(f->db));
	a.l.events = calloc(COURIER_EVENTS, sizeof(*a.l.events));
	if (a.l.events == NULL)
		return error_set(e, RC_NOMEM, "no memory for events");
	rc = c->shipment(c, tracking, keep, &a.l, &answer, e);
	if (rc == RC_NOTFOUND)
		rc = RC_INVALID;
	if (rc == RC_OK)
		rc = apply_again(&a, e);
	*order = a.order;
	free(a.l.events);
	return rc;
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
	free(l.bad);
	return rc;
}
