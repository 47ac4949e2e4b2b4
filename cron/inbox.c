#include "config.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/num.h"
#include "base/text.h"
#include "cron/inbox.h"
#include "cron/prove.h"
#include "flow/wiring.h"
#include "peer/ears.h"
#include "peer/funny_deliveries.h"
#include "shop/inbox.h"
#include "shop/journal.h"
#include "shop/order.h"
#include "shop/payment.h"
#include "shop/refund.h"

#define PAUSE_MAX 3600 /* seconds between two looks for an unknown order */

struct event {
	int64_t id, tries, made_at;
	char source[17], name[256];
	struct gateway_event told; /* as it was understood */
	bool understood;
	bool unproven; /* who sent it is still to be found out */
	bool ask;      /* the courier is asked for it once more */
	bool carrier;  /* it is of a parcel: */
	struct courier_event news;
};

struct batch {
	struct event events[INBOX_BATCH];
	size_t n;
};

static void
read_gateway(const struct inbox_event *in, struct event *ev)
{
	const struct gateway_ear *ear = ears_find(in->source);
	struct error why = ERROR_NONE;

	if (ear == NULL)
		return;
	ev->unproven = ear->unsure && in->headers[0] != '\0';
	ev->understood = ear->read(in->body, in->n, &ev->told, &why) == RC_OK;
}

static void
read_courier(const struct inbox_event *in, struct event *ev)
{
	struct funny_deliveries funny = { .base = "", .key = "" };
	struct error why = ERROR_NONE;
	struct courier c;

	if (strncmp(in->event, CARRIER_ASIDE, strlen(CARRIER_ASIDE)) == 0) {
		ev->understood = ev->ask = true;
		text_copy(
		    ev->told.names[0], sizeof(ev->told.names[0]), in->headers);
		return;
	}
	funny_deliveries(&funny, &c);
	ev->carrier = true;
	ev->understood = c.event(&c, in->body, in->n, &ev->news, &why) == RC_OK;
	text_copy(ev->told.type, sizeof(ev->told.type), ev->news.word);
}

static enum rc
collect(void *ctx, const struct inbox_event *in, struct error *e)
{
	struct batch *b = ctx;
	struct event *ev = &b->events[b->n++];

	(void)e;
	memset(ev, 0, sizeof(*ev));
	ev->id = in->id;
	ev->tries = in->tries;
	ev->made_at = in->made_at;
	text_copy(ev->source, sizeof(ev->source), in->source);
	text_copy(ev->name, sizeof(ev->name), in->event);
	if (strcmp(in->source, "courier") == 0)
		read_courier(in, ev);
	else
		read_gateway(in, ev);
	return RC_OK;
}

/*** Whom it is about ***/

/* RC_NOTFOUND: nobody whom we know.  *payment is 0 when only the order is. */
static enum rc
find(struct db *db, const struct event *ev, int64_t *order, struct payment *p,
    struct error *e)
{
	struct error none = ERROR_NONE;
	struct order o;
	enum rc rc = RC_NOTFOUND;

	memset(p, 0, sizeof(*p));
	for (size_t i = 0; i < EVENT_NAMES && rc == RC_NOTFOUND; i++) {
		error_clear(&none);
		rc = payment_find(db, ev->source, ev->told.names[i], p, &none);
		if (rc == RC_OK)
			*order = p->order;
	}
	if (rc == RC_NOTFOUND && ev->told.order[0] != '\0') {
		error_clear(&none);
		rc = order_load_uid(db, ev->told.order, 0, &o, &none);
		if (rc == RC_OK) {
			*order = o.id;
			order_release(&o);
		}
	}
	return rc == RC_OK || rc == RC_NOTFOUND
		   ? rc
		   : error_set(e, rc, "%s", none.text);
}

/*** What becomes of it ***/

struct doing {
	const struct event *ev;
	int64_t order, now, next_at;
	const char *why;
	enum { DO_DONE, DO_AGAIN, DO_PERSON } what;
};

/* The journal says of it that it was refunded. */
static enum rc
refund_is_done(struct db *db, const char *object, bool *done, struct error *e)
{
	struct error none = ERROR_NONE;
	struct refund f;
	enum rc rc = refund_find(db, object, &f, &none);

	*done = rc == RC_OK && f.state == REFUND_DONE;
	return rc == RC_OK || rc == RC_NOTFOUND
		   ? RC_OK
		   : error_set(e, rc, "%s", none.text);
}

/* A card was declined when it was, not when we read of it: between the lines
 * of the journal that were then. */
static int64_t
time_of(const struct doing *d)
{
	int64_t at = d->ev->told.at;

	if (at <= 0 || at > d->ev->made_at)
		at = d->ev->made_at;
	return at < d->now ? at : d->now;
}

static enum rc
tell_order(struct db *db, const struct doing *d, struct error *e)
{
	const struct event *ev = d->ev;
	char once[JOURNAL_ONCE_SIZE], text[400];
	bool done = false;
	enum rc rc = RC_OK;

	if (ev->told.errand == ERRAND_REFUND)
		return refund_doubt(db, d->order, e);
	if (ev->told.errand == ERRAND_BACK)
		rc = refund_is_done(db, ev->told.names[EVENT_OBJECT], &done, e);
	if (rc != RC_OK || ev->told.kind == NULL || done)
		return rc;
	(void)snprintf(once, sizeof(once), "%.16s %.70s", ev->source, ev->name);
	rc = journal_add(db, d->order, ev->told.kind, ev->source, ev->told.why,
	    once, time_of(d), e);
	if (rc != RC_OK || ev->told.errand != ERRAND_PERSON)
		return rc;
	(void)snprintf(text, sizeof(text), "%s: %s%s%s", ev->source,
	    ev->told.kind, ev->told.why[0] != '\0' ? ": " : "", ev->told.why);
	return order_attention(db, d->order, text, e);
}

static enum rc
write_it(struct db *db, void *ctx, struct error *e)
{
	struct doing *d = ctx;
	struct parcel_heard heard;
	enum rc rc = RC_OK;

	switch (d->what) {
	case DO_AGAIN:
		return inbox_again(db, d->ev->id, d->next_at, d->why, e);
	case DO_PERSON:
		return inbox_for_a_person(db, d->ev->id, d->why, d->now, e);
	case DO_DONE:
		break;
	}
	if (d->ev->carrier) {
		rc = carrier_heard(db, &d->ev->news, d->now, &heard, e);
		d->order = heard.order;
	} else if (d->order != 0) {
		rc = tell_order(db, d, e);
	}
	if (rc == RC_OK && d->order != 0)
		rc = order_again_at(db, d->order, d->now, e);
	return rc == RC_OK ? inbox_done(db, d->ev->id, d->order, d->now, e)
			   : rc;
}

static int64_t
pause_of(int64_t tries)
{
	int64_t pause = 2;

	while (tries-- > 0 && pause < PAUSE_MAX)
		pause *= 2;
	return pause < PAUSE_MAX ? pause : PAUSE_MAX;
}

/* Once more later; after inbox.days it is for a person, who has shopctl inbox and
 * shopctl replay. */
static void
wait_for(
    const struct run *r, struct doing *d, const char *why, const char *in_vain)
{
	const struct event *ev = d->ev;

	d->what = DO_AGAIN;
	d->next_at = d->now + pause_of(ev->tries);
	d->why = why;
	if (ev->made_at + r->s->inbox_days * 86400 > d->now)
		return;
	d->what = DO_PERSON;
	d->why = in_vain;
	log_event(LOG_WARN,
	    "an event is for a person source=%s event=%s type=%s: %s",
	    ev->source, ev->name, ev->told.type, d->why);
}

/* Money for an attempt that is over, and for a refund that failed: look before
 * it counts as read. */
static enum rc
look_back(struct run *r, const struct event *ev, int64_t order,
    const struct payment *p, struct error *e)
{
	if (ev->told.errand == ERRAND_REFUND || ev->told.errand == ERRAND_BACK)
		return order_look_refunds(wiring_flow(r->wiring), order, e);
	if (ev->told.errand != ERRAND_MONEY || p->id == 0 ||
	    !payment_over(p->state) || p->state == PAYMENT_CAPTURED)
		return RC_OK;
	return order_look_back(wiring_flow(r->wiring), p->order, p->id, e);
}

/* *no: it is not who it says; RC_IO: not known yet. */
static enum rc
prove(struct run *r, const struct event *ev, bool *no, struct error *e)
{
	const struct gateway *g = wiring_gateway(r->wiring, ev->source);
	enum rc rc;

	*no = false;
	if (!ev->unproven)
		return RC_OK;
	if (g == NULL)
		return error_set(
		    e, RC_IO, "%s is not configured any more", ev->source);
	rc = prove_event(g, r, ev->id, e);
	*no = rc == RC_DENIED;
	if (!*no)
		return rc;
	log_event(LOG_WARN, "an event is not of its sender source=%s: %s",
	    ev->source, e->text);
	error_clear(e);
	return RC_OK;
}

static enum rc
ask_courier(
    struct run *r, const struct event *ev, int64_t *order, struct error *e)
{
	int64_t number;
	enum rc rc =
	    num_parse(ev->name + strlen(CARRIER_ASIDE), 0, INT64_MAX, &number);

	if (rc != RC_OK)
		return error_set(e, rc, "it is no event of the courier");
	rc = wiring_courier(r->s, &r->courier, e);
	if (rc != RC_OK)
		return rc;
	wiring_flow(r->wiring)->courier = wired_courier(&r->courier);
	return carrier_ask(
	    wiring_flow(r->wiring), ev->told.names[0], number, order, e);
}

static enum rc
apply(struct run *r, const struct event *ev, struct doing *d, struct error *e)
{
	struct payment p;
	enum rc rc;

	if (ev->ask)
		return ask_courier(r, ev, &d->order, e);
	if (ev->told.errand == ERRAND_DISPUTE) {
		rc = order_dispute(wiring_flow(r->wiring), ev->source,
		    ev->told.names[EVENT_OBJECT], &d->order, e);
	} else {
		rc = find(r->db, ev, &d->order, &p, e);
		if (rc == RC_OK)
			return look_back(r, ev, d->order, &p, e);
	}
	if (rc != RC_NOTFOUND)
		return rc;
	error_clear(e);
	wait_for(r, d, "no order is known by it yet",
	    "no order was ever known by it");
	return RC_OK;
}

static enum rc
hear(struct run *r, const struct event *ev, int64_t *order, struct error *e)
{
	struct doing d = { .ev = ev, .now = clock_now(), .what = DO_DONE };
	bool no;
	enum rc rc = prove(r, ev, &no, e);

	if (rc == RC_OK && !ev->understood) {
		d.what = DO_PERSON;
		d.why = "nobody here understands it";
	} else if (rc == RC_OK && !no &&
		   (ev->ask || ev->told.errand != ERRAND_NONE)) {
		rc = apply(r, ev, &d, e);
	}
	if (rc == RC_IO) { /* the gateway is away */
		error_clear(e);
		wait_for(r, &d, "the gateway cannot be asked",
		    "the gateway could never be asked");
	} else if (rc != RC_OK) {
		return rc;
	}
	if (r->verbose)
		log_event(LOG_INFO,
		    "event read source=%s event=%s type=%s order=%" PRId64
		    "%s%s",
		    ev->source, ev->name, ev->told.type, d.order,
		    d.what == DO_DONE ? "" : ": ",
		    d.what == DO_DONE ? "" : d.why);
	*order = d.what == DO_DONE ? d.order : 0;
	return db_unit(r->db, write_it, &d, e);
}

/* One that cannot be applied stands behind the others. */
static enum rc
put_off(struct run *r, const struct event *ev, struct error *e)
{
	struct doing d = { .ev = ev, .now = clock_now(), .what = DO_AGAIN };

	error_prefix(e, "event \"%s\" of %s", ev->name, ev->source);
	log_failure("inbox", e);
	error_clear(e);
	wait_for(r, &d, "it cannot be applied", "it could never be applied");
	return db_unit(r->db, write_it, &d, e);
}

static void
note(struct told *told, int64_t order)
{
	for (size_t i = 0; i < told->n; i++)
		if (told->orders[i] == order)
			return;
	if (order != 0)
		told->orders[told->n++] = order;
}

enum rc
inbox_step(struct run *r, struct told *told, struct error *e)
{
	struct batch *b = calloc(1, sizeof(*b));
	int64_t order = 0;
	enum rc rc;

	told->n = 0;
	if (b == NULL)
		return error_set(e, RC_NOMEM, "no memory for events");
	rc = inbox_due(r->db, clock_now(), INBOX_BATCH, collect, b, e);
	for (size_t i = 0; i < b->n && rc == RC_OK && !r->stopping(); i++) {
		rc = hear(r, &b->events[i], &order, e);
		if (rc == RC_OK)
			note(told, order);
		/* only what would fail for all of them is an error here */
		else if (rc != RC_DB && rc != RC_NOMEM)
			rc = put_off(r, &b->events[i], e);
	}
	free(b);
	return rc;
}
