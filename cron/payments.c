#include "config.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/text.h"
#include "cron/inbox.h"
#include "cron/lifecycle.h"
#include "flow/letters.h"
#include "flow/wiring.h"
#include "shop/inbox.h"
#include "shop/order.h"
#include "shop/payment.h"

#define BATCH 50        /* orders in one pass */
#define PASS_MS 800     /* then what was told meanwhile comes first */
#define PASSES 30       /* in one step */
#define FAILED_PAUSE 60 /* seconds, for an order that cannot be advanced */

/*** What is due ***/

struct due {
	int64_t orders[BATCH];
	size_t n, most;
	int64_t count;
};

static enum rc
note_order(void *ctx, const struct order_row *row, struct error *e)
{
	struct due *d = ctx;

	(void)e;
	if (d->n < d->most)
		d->orders[d->n++] = row->id;
	d->count++;
	return RC_OK;
}

static enum rc
count_event(void *ctx, const struct inbox_event *in, struct error *e)
{
	(void)in;
	(void)e;
	++*(int64_t *)ctx;
	return RC_OK;
}

enum rc
payments_due(struct run *r, bool *any, struct error *e)
{
	struct due d = { .most = BATCH };
	int64_t now = clock_now(), events = 0;
	enum rc rc;

	rc = order_due(r->db, now, 1, note_order, &d, e);
	if (rc == RC_OK && d.n == 0)
		rc = inbox_due(r->db, now, 1, count_event, &events, e);
	*any = d.n > 0 || events > 0;
	return rc;
}

/*** Doing it ***/

enum rc
run_wire(struct run *r, struct error *e)
{
	enum rc rc = RC_OK;

	if (r->wiring == NULL)
		rc = wiring_open(r->s, r->db, &r->wiring, e);
	if (rc == RC_OK) {
		wiring_flow(r->wiring)->without_lease = r->no_leases;
		wiring_flow(r->wiring)->letters = &flow_letters;
	}
	return rc;
}

struct later {
	int64_t order, at;
};

/* Whom it waits for, once for as long as it stays the same. */
static void
tell_waiting(struct run *r, int64_t order)
{
	struct error e = ERROR_NONE;
	struct payment p;

	if (payment_live(r->db, order, &p, &e) != RC_OK || p.why[0] == '\0' ||
	    strcmp(r->said, p.why) == 0)
		return;
	text_copy(r->said, sizeof(r->said), p.why);
	log_event(LOG_WARN, "order %" PRId64 " waits: %s", order, p.why);
}

static enum rc
put_off(struct db *db, void *ctx, struct error *e)
{
	struct later *l = ctx;

	return order_again_at(db, l->order, l->at, e);
}

/* One that fails stands behind the others for a while.  Only what would fail
 * for all of them is an error here. */
static enum rc
advance(struct run *r, int64_t order, struct error *e)
{
	struct later later = { order, clock_now() + FAILED_PAUSE };
	struct error why = ERROR_NONE;
	enum rc rc;

	rc = order_advance(wiring_flow(r->wiring), order, &why);
	if (r->verbose && rc != RC_CONFLICT)
		log_event(LOG_INFO, "order %" PRId64 " advanced: %s", order,
		    rc_name(rc));
	if (rc == RC_OK) {
		r->done++;
		tell_waiting(r, order);
	}
	if (rc == RC_OK || rc == RC_CONFLICT || rc == RC_NOTFOUND)
		return RC_OK;
	if (rc == RC_DB || rc == RC_NOMEM)
		return error_set(e, rc, "%s", why.text);
	error_prefix(&why, "order %" PRId64, order);
	log_failure("payments", &why);
	return db_unit(r->db, put_off, &later, e);
}

/* Some of them, the first ones; *all: those were all, or time was left. */
static enum rc
advance_some(struct run *r, const int64_t *orders, size_t n, int64_t until,
    bool *all, struct error *e)
{
	enum rc rc = RC_OK;

	*all = true;
	for (size_t i = 0; i < n && rc == RC_OK && !r->stopping(); i++) {
		if (until != 0 && clock_mono_ms() >= until) {
			*all = false;
			break;
		}
		rc = run_renew(r, e);
		if (rc == RC_OK)
			rc = advance(r, orders[i], e);
	}
	return rc;
}

/* What was told first, so that a page that has just been paid does not wait for
 * a hundred that are only looked at; then, for a moment, what is due. */
static enum rc
pass(struct run *r, bool *all, struct error *e)
{
	struct due d = { .most = BATCH };
	struct told told;
	enum rc rc;

	rc = inbox_step(r, &told, e);
	if (rc == RC_OK)
		rc = advance_some(r, told.orders, told.n, 0, all, e);
	if (rc == RC_OK)
		rc = order_due(r->db, clock_now(), BATCH, note_order, &d, e);
	return rc == RC_OK ? advance_some(r, d.orders, d.n,
				 clock_mono_ms() + PASS_MS, all, e)
			   : rc;
}

enum rc
payments_step(struct run *r, struct error *e)
{
	bool all = false;
	enum rc rc = run_wire(r, e);

	for (int i = 0; i < PASSES && rc == RC_OK && !all && !r->stopping();
	     i++)
		rc = pass(r, &all, e);
	return rc;
}

/*** -n ***/

enum rc
payments_tell(struct run *r, struct error *e)
{
	struct due d = { .most = 0 };
	int64_t now = clock_now(), events = 0, people = 0;
	enum rc rc;

	rc = order_due(r->db, now, INT64_MAX, note_order, &d, e);
	if (rc == RC_OK)
		rc = inbox_due(r->db, now, INT64_MAX, count_event, &events, e);
	if (rc == RC_OK)
		rc = inbox_list(r->db, INBOX_FOR_A_PERSON, INT64_MAX,
		    count_event, &people, e);
	if (rc != RC_OK)
		return rc;
	(void)printf("payments: %" PRId64 " orders and %" PRId64
		     " events to look at now; %" PRId64
		     " events are for a person\n",
	    d.count, events, people);
	if (!wiring_can_pay(r->s))
		(void)puts("payments: no gateway is configured: nothing can be "
			   "paid");
	return RC_OK;
}
