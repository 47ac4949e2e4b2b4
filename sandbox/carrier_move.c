/* What may be booked, what happens to it, and how that is told. */
#include "config.h"

#include <stdio.h>
#include <string.h>

#include "base/num.h"
#include "peer/aws_credentials.h"
#include "sandbox/carrier.h"

#define HOUR 3600
#define HEAVIEST 30000 /* grams */
#define LONGEST 1500   /* mm */
#define AHEAD (30 * 24 * HOUR)

/*** May it be booked ***/

static bool
check_window(struct carrier_call *c, const struct xdoc *d)
{
	char ready[48], close[48];
	int64_t from = 0, until = 0;

	(void)xdoc_text(d->root, "Collection/ReadyFrom", ready, sizeof(ready));
	(void)xdoc_text(d->root, "Collection/CloseAt", close, sizeof(close));
	if (aws_time(ready, &from) != RC_OK || aws_time(close, &until) != RC_OK)
		carrier_fail(c, 400, "SCHEMA", "/Collection/ReadyFrom",
		    "This is no time.");
	else if (until <= c->now)
		carrier_fail(c, 422, "WINDOW_IN_PAST", "/Collection/CloseAt",
		    "That is over.");
	else if (until - from < HOUR)
		carrier_fail(c, 422, "WINDOW_TOO_SHORT", "/Collection/CloseAt",
		    "A driver needs an hour.");
	else if (from > c->now + AHEAD)
		carrier_fail(c, 422, "SERVICE_UNAVAILABLE_ON_DATE",
		    "/Collection/ReadyFrom", "That is too far ahead.");
	else
		return true;
	return false;
}

static bool
check_parcels(struct carrier_call *c, const struct xdoc *d)
{
	static const struct {
		const char *name;
		int64_t most;
	} sides[] = { { "WeightGrams", HEAVIEST }, { "LengthMm", LONGEST },
		{ "WidthMm", LONGEST }, { "HeightMm", LONGEST } };
	const struct _xmlNode *p =
	    xdoc_child(xdoc_child(d->root, "Parcels"), "Parcel");
	char text[24], field[80];
	int64_t n;

	for (int i = 1; p != NULL; p = xdoc_next(p), i++)
		for (size_t k = 0; k < sizeof(sides) / sizeof(sides[0]); k++) {
			(void)xdoc_text(p, sides[k].name, text, sizeof(text));
			if (num_parse(text, 1, sides[k].most, &n) == RC_OK)
				continue;
			(void)snprintf(field, sizeof(field),
			    "/Parcels/Parcel[%d]/%s", i, sides[k].name);
			carrier_fail(c, 422, "PARCEL_TOO_BIG", field,
			    "At most %lld.", (long long)sides[k].most);
			return false;
		}
	return true;
}

/* A town "Nowhere" and a post code that begins with ZZ are not served; the
 * Antarctic wants papers. */
bool
carrier_checked(struct carrier_call *c, const struct xdoc *d)
{
	char town[404], postcode[80], country[8];

	(void)xdoc_text(d->root, "Delivery/Address/Town", town, sizeof(town));
	(void)xdoc_text(
	    d->root, "Delivery/Address/PostCode", postcode, sizeof(postcode));
	(void)xdoc_text(
	    d->root, "Delivery/Address/Country", country, sizeof(country));
	if (strcmp(town, "Nowhere") == 0 || strncmp(postcode, "ZZ", 2) == 0)
		carrier_fail(c, 422, "ADDRESS_NOT_SERVED",
		    "/Delivery/Address/PostCode", "Nobody drives there.");
	else if (strcmp(country, "AQ") == 0)
		carrier_fail(c, 422, "COUNTRY_NEEDS_CUSTOMS",
		    "/Delivery/Address/Country", "Papers are needed there.");
	else
		return check_window(c, d) && check_parcels(c, d);
	return false;
}

/*** States ***/

const char *
carrier_next(const char *state)
{
	static const struct {
		const char *state, *next;
	} all[] = {
		{ "BOOKED",
		    " COLLECTED COLLECTION_FAILED CANCELLED EXCEPTION " },
		{ "COLLECTION_FAILED", " BOOKED CANCELLED " },
		{ "COLLECTED", " IN_TRANSIT EXCEPTION RETURNING " },
		{ "IN_TRANSIT",
		    " OUT_FOR_DELIVERY IN_TRANSIT EXCEPTION RETURNING " },
		{ "OUT_FOR_DELIVERY",
		    " DELIVERED DELIVERY_ATTEMPTED EXCEPTION " },
		{ "DELIVERY_ATTEMPTED",
		    " OUT_FOR_DELIVERY AVAILABLE_FOR_PICKUP RETURNING "
		    "EXCEPTION " },
		{ "AVAILABLE_FOR_PICKUP", " DELIVERED RETURNING EXCEPTION " },
		{ "RETURNING", " RETURNED EXCEPTION " },
		{ "EXCEPTION",
		    " COLLECTED IN_TRANSIT OUT_FOR_DELIVERY DELIVERED "
		    "RETURNING LOST " },
	};

	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++)
		if (strcmp(all[i].state, state) == 0)
			return all[i].next;
	return " ";
}

/*** Told ***/

static int64_t
add_event(struct carrier_call *c, const struct carrier_booking *k,
    const struct carrier_news *n, const char *state, int64_t at)
{
	struct store_rows q;
	int64_t id = 0;

	store_run(&c->st,
	    "INSERT INTO event (tracking, reference, state, code, detail, "
	    "occurred, recorded, place) VALUES (?, ?, ?, ?, ?, ?, ?, (SELECT "
	    "CASE WHEN ?3 IN ('BOOKED', 'COLLECTED', 'COLLECTION_FAILED', "
	    "'CANCELLED') THEN place WHEN ?3 IN ('IN_TRANSIT', 'EXCEPTION', "
	    "'RETURNING', 'LOST') THEN 'Middle Hub' ELSE town END FROM booking "
	    "WHERE tracking = ?1))",
	    "sssssii", k->tracking, k->reference, state,
	    n->code == NULL ? "" : n->code, n->detail == NULL ? "" : n->detail,
	    at, c->now);
	store_ask(&c->st, &q, "SELECT max(id) FROM event", "");
	if (store_next(&q))
		id = store_int(&q, 0);
	store_done(&q);
	return id;
}

static void
feed(struct carrier_call *c, int64_t event)
{
	store_run(&c->st, "INSERT INTO feed (event, at) VALUES (?, ?)", "ii",
	    event, c->now);
}

void
carrier_tell(struct carrier_call *c, const struct carrier_booking *k,
    const struct carrier_news *n)
{
	const struct carrier_news again = { .detail = "Scanned late" };
	int64_t at = n->at == 0 ? c->now : n->at, id;
	struct fault f;

	fault_take(
	    &c->st, "|banana|duplicate|late|backward|silent|", n->state, &f);
	id = add_event(
	    c, k, n, strcmp(f.kind, "banana") == 0 ? "banana" : n->state, at);
	store_run(&c->st,
	    "UPDATE booking SET state = ?, next_at = CASE WHEN ?2 > 0 THEN ?3 "
	    "ELSE 0 END WHERE tracking = ?4",
	    "siis", n->state, c->pace, c->now + c->pace, k->tracking);
	if (strcmp(f.kind, "late") == 0) {
		store_run(&c->st, "INSERT INTO later VALUES (?, ?)", "ii", id,
		    c->now + (f.seconds > 0 ? f.seconds : HOUR));
		return;
	}
	if (strcmp(f.kind, "silent") == 0)
		return;
	feed(c, id);
	if (strcmp(f.kind, "duplicate") == 0)
		feed(c, id);
	carrier_hook_add(c, id, n->state);
	if (strcmp(f.kind, "backward") == 0) {
		id = add_event(c, k, &again, "IN_TRANSIT", at + 300);
		feed(c, id);
		carrier_hook_add(c, id, "IN_TRANSIT");
	}
}

/*** Time ***/

bool
carrier_is_due(struct carrier_call *c)
{
	struct store_rows q;
	bool any;

	store_ask(&c->st, &q,
	    "SELECT 1 FROM booking WHERE next_at > 0 AND next_at <= ?1 UNION "
	    "ALL SELECT 1 FROM booking WHERE ready_at > 0 AND ready_at <= ?1 "
	    "UNION ALL SELECT 1 FROM later WHERE at <= ?1 LIMIT 1",
	    "i", c->now);
	any = store_next(&q);
	store_done(&q);
	return any;
}

static bool
one(struct carrier_call *c, const char *sql, char tracking[CARRIER_NAME])
{
	struct store_rows q;
	bool found;

	store_ask(&c->st, &q, sql, "i", c->now);
	found = store_next(&q);
	(void)snprintf(
	    tracking, CARRIER_NAME, "%s", found ? store_text(&q, 0) : "");
	store_done(&q);
	return found;
}

static void
settle_later(struct carrier_call *c)
{
	struct store_rows q;
	int64_t id = 1;

	while (id > 0) {
		id = 0;
		store_ask(&c->st, &q,
		    "SELECT event FROM later WHERE at <= ? ORDER BY at LIMIT 1",
		    "i", c->now);
		if (store_next(&q))
			id = store_int(&q, 0);
		store_done(&q);
		if (id == 0)
			return;
		store_run(&c->st, "DELETE FROM later WHERE event = ?", "i", id);
		feed(c, id);
		carrier_hook_add(c, id, "late");
	}
}

/* What was being worked on is booked. */
static void
settle_work(struct carrier_call *c)
{
	const struct carrier_news n = { .state = "BOOKED" };
	char tracking[CARRIER_NAME];
	struct carrier_booking k;

	while (one(c,
	    "SELECT tracking FROM booking WHERE ready_at > 0 AND ready_at <= ? "
	    "LIMIT 1",
	    tracking)) {
		store_run(&c->st,
		    "UPDATE booking SET ready_at = 0 WHERE tracking = ?", "s",
		    tracking);
		if (!carrier_by_tracking(c, tracking, &k))
			return;
		carrier_tell(c, &k, &n);
	}
}

void
carrier_settle(struct carrier_call *c)
{
	static const char usual[][2][20] = {
		{ "BOOKED", "COLLECTED" },
		{ "COLLECTED", "IN_TRANSIT" },
		{ "IN_TRANSIT", "OUT_FOR_DELIVERY" },
		{ "OUT_FOR_DELIVERY", "DELIVERED" },
	};
	char tracking[CARRIER_NAME];
	struct carrier_booking k;

	settle_later(c);
	settle_work(c);
	while (one(c,
	    "SELECT tracking FROM booking WHERE next_at > 0 AND next_at <= ? "
	    "ORDER BY next_at LIMIT 1",
	    tracking)) {
		struct carrier_news n = { 0 };

		if (!carrier_by_tracking(c, tracking, &k))
			return;
		for (size_t i = 0; i < sizeof(usual) / sizeof(usual[0]); i++)
			if (strcmp(usual[i][0], k.state) == 0)
				n.state = usual[i][1];
		if (n.state == NULL)
			store_run(&c->st,
			    "UPDATE booking SET next_at = 0 WHERE tracking = ?",
			    "s", tracking);
		else
			carrier_tell(c, &k, &n);
	}
}
