#include "config.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/text.h"
#include "cron/lifecycle.h"
#include "flow/letters.h"
#include "flow/wiring.h"
#include "shop/parcel.h"

#define BATCH 50        /* parcels in one round */
#define PAGES 20        /* of events in one round */
#define FAILED_PAUSE 60 /* seconds, for an order that cannot be seen to */

struct due {
	int64_t orders[BATCH];
	size_t n;
	int64_t count;
};

static enum rc
note(void *ctx, const struct parcel *p, struct error *e)
{
	struct due *d = ctx;

	(void)e;
	d->count++;
	for (size_t i = 0; i < d->n; i++)
		if (d->orders[i] == p->order)
			return RC_OK;
	if (d->n < BATCH)
		d->orders[d->n++] = p->order;
	return RC_OK;
}

enum rc
parcels_due(struct run *r, bool *any, struct error *e)
{
	struct parcel_ear ear = { .next_at = 0 };
	struct due d = { .n = 0 };
	int64_t now = clock_now();
	enum rc rc = parcel_due(r->db, now, 1, note, &d, e);

	if (rc == RC_OK)
		rc = parcel_ear_read(r->db, &ear, e);
	*any = d.n > 0 || (r->s->courier_url[0] != '\0' && ear.next_at <= now);
	return rc;
}

/* What is odd about it is logged, once. */
static void
tell_heard(struct run *r, const struct carrier_listened *heard)
{
	if (heard->again)
		log_event(LOG_WARN,
		    "the courier has forgotten how far its events were heard: "
		    "all are heard again");
	if (heard->why[0] == '\0') {
		r->said[0] = '\0';
	} else if (strcmp(r->said, heard->why) != 0) {
		text_copy(r->said, sizeof(r->said), heard->why);
		log_event(
		    LOG_WARN, "the courier tells nothing: %s", heard->why);
	}
	if (heard->aside > 0)
		log_event(LOG_WARN,
		    "courier events set aside=%" PRId64
		    ", a person must look: %s",
		    heard->aside, heard->aside_why);
	if (r->verbose && heard->events > 0)
		log_event(LOG_INFO,
		    "courier events heard=%" PRId64 " fresh=%" PRId64,
		    heard->events, heard->fresh);
}

/* All that the courier has to tell now. */
static enum rc
listen_all(struct run *r, struct error *e)
{
	struct carrier_listened heard = { .more = true };
	enum rc rc = RC_OK;

	for (int i = 0; i < PAGES && rc == RC_OK && heard.more; i++) {
		if (r->stopping())
			break;
		rc = carrier_listen(wiring_flow(r->wiring), &heard, e);
		if (rc != RC_OK)
			break;
		r->done += heard.fresh;
		tell_heard(r, &heard);
		rc = run_renew(r, e);
	}
	return rc;
}

struct later {
	int64_t order, at;
};

static enum rc
put_off(struct db *db, void *ctx, struct error *e)
{
	const struct later *l = ctx;

	return parcel_poke(db, l->order, l->at, e);
}

/* What one order fails at is logged, and the others go on. */
static enum rc
see_to(struct run *r, int64_t order, struct error *e)
{
	struct later later = { order, clock_now() + FAILED_PAUSE };
	struct error why = ERROR_NONE;
	enum rc rc = order_parcels(wiring_flow(r->wiring), order, &why);

	r->done += rc == RC_OK;
	if (r->verbose)
		log_event(LOG_INFO, "parcels of order %" PRId64 ": %s", order,
		    rc_name(rc));
	if (rc == RC_OK || rc == RC_NOTFOUND)
		return RC_OK;
	if (rc == RC_DB || rc == RC_NOMEM)
		return error_set(e, rc, "%s", why.text);
	error_prefix(&why, "parcels of order %" PRId64, order);
	log_failure("parcels", &why);
	return db_unit(r->db, put_off, &later, e);
}

enum rc
parcels_step(struct run *r, struct error *e)
{
	struct due d = { .n = 0 };
	enum rc rc = run_wire(r, e);

	if (rc == RC_OK)
		rc = wiring_courier(r->s, &r->courier, e);
	if (rc == RC_OK)
		wiring_flow(r->wiring)->courier = wired_courier(&r->courier);
	if (rc == RC_OK)
		rc = listen_all(r, e);
	if (rc == RC_OK)
		rc = parcel_due(r->db, clock_now(), BATCH, note, &d, e);
	for (size_t i = 0; i < d.n && rc == RC_OK && !r->stopping(); i++) {
		rc = run_renew(r, e);
		if (rc == RC_OK)
			rc = see_to(r, d.orders[i], e);
	}
	return rc;
}

enum rc
parcels_tell(struct run *r, struct error *e)
{
	struct parcel_ear ear;
	struct due d = { .n = 0 };
	enum rc rc;

	rc = parcel_due(r->db, clock_now(), INT64_MAX, note, &d, e);
	if (rc == RC_OK)
		rc = parcel_ear_read(r->db, &ear, e);
	if (rc != RC_OK)
		return rc;
	(void)printf("parcels: %" PRId64 " to look at now%s%s\n", d.count,
	    ear.away_since != 0 ? "; the courier gives no answer: " : "",
	    ear.away_since != 0 ? ear.why : "");
	if (r->s->courier_url[0] == '\0')
		(void)puts("parcels: no courier is configured: nothing is "
			   "booked");
	return RC_OK;
}
