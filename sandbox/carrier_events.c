/* What happened: the feed with its cursor, and one shipment with its history. */
#include "config.h"

#include <stdio.h>
#include <string.h>

#include "base/num.h"
#include "peer/funny_schema.h"
#include "peer/xout.h"
#include "sandbox/carrier.h"

static void
put_row(struct buf *b, struct store_rows *q)
{
	const char *code = store_text(q, 4), *detail = store_text(q, 5);

	xout_number(b, "EventId", store_int(q, 0));
	xout_text(b, "TrackingNumber", store_text(q, 1), 0);
	xout_text(b, "ClientReference", store_text(q, 2), 0);
	xout_text(b, "State", store_text(q, 3), 0);
	if (code[0] != '\0')
		xout_with(b, "Detail", "code", code, detail);
	else
		xout_text(b, "Detail", detail, 500);
	xout_time(b, "OccurredAt", store_int(q, 6));
	xout_time(b, "RecordedAt", store_int(q, 7));
	xout_text(b, "Place", store_text(q, 8), 100);
}

#define COLUMNS                                                                \
	"e.id, e.tracking, e.reference, e.state, e.code, e.detail, "           \
	"e.occurred, e.recorded, e.place"

void
carrier_put_event(struct carrier_call *c, struct buf *b, int64_t id, bool hook)
{
	struct store_rows q;

	store_ask(&c->st, &q, "SELECT " COLUMNS " FROM event e WHERE e.id = ?",
	    "i", id);
	if (store_next(&q)) {
		if (hook)
			xout_begin(b, "StatusEvent", FUNNY_NAMESPACE);
		else
			xout_open(b, "Event");
		put_row(b, &q);
		if (hook)
			xout_close(b, "StatusEvent");
		else
			xout_close(b, "Event");
	}
	store_done(&q);
}

void
carrier_shipment(struct carrier_call *c, const char *tracking)
{
	struct buf *b = &c->b->r.body;
	struct carrier_booking k;
	struct store_rows q;

	if (!carrier_by_tracking(c, tracking, &k)) {
		carrier_fail(
		    c, 404, "NOT_FOUND", NULL, "There is no such shipment.");
		return;
	}
	reply_status(&c->b->r, 200);
	xout_begin(b, "Shipment", FUNNY_NAMESPACE);
	carrier_put_booking(c, b, &k);
	store_ask(&c->st, &q,
	    "SELECT " COLUMNS " FROM event e WHERE e.tracking = ? AND e.id IN "
	    "(SELECT event FROM feed) ORDER BY e.id LIMIT 1000",
	    "s", tracking);
	while (store_next(&q)) {
		xout_open(b, "Event");
		put_row(b, &q);
		xout_close(b, "Event");
	}
	store_done(&q);
	xout_close(b, "Shipment");
}

/*** The feed ***/

/* "c_17", or "" for the beginning. */
static bool
read_cursor(struct carrier_call *c, const char *text, int64_t *seq)
{
	struct store_rows q;
	int64_t at = -1;

	*seq = 0;
	if (text[0] == '\0' || strcmp(text, "c_0") == 0)
		return true;
	if (strncmp(text, "c_", 2) == 0 &&
	    num_parse(text + 2, 1, INT64_MAX, seq) == RC_OK) {
		store_ask(
		    &c->st, &q, "SELECT at FROM feed WHERE seq = ?", "i", *seq);
		if (store_next(&q))
			at = store_int(&q, 0);
		store_done(&q);
	}
	if (at < 0)
		carrier_fail(
		    c, 400, "BAD_REQUEST", NULL, "since is no cursor of ours.");
	else if (at < c->now - CARRIER_CURSOR_DAYS * 86400)
		carrier_fail(c, 410, "CURSOR_EXPIRED", NULL,
		    "The cursor is older than %d days.", CARRIER_CURSOR_DAYS);
	else
		return true;
	return false;
}

static void
put_page(struct carrier_call *c, int64_t since, int64_t limit)
{
	struct buf *b = &c->b->r.body, events;
	int64_t next = since, n = 0;
	struct store_rows q;

	buf_init(&events, FUNNY_EVENTS_MAX);
	store_ask(&c->st, &q,
	    "SELECT " COLUMNS ", f.seq FROM feed f JOIN event e ON e.id = "
	    "f.event WHERE f.seq > ? ORDER BY f.seq LIMIT ?",
	    "ii", since, limit + 1);
	while (store_next(&q) && ++n <= limit) {
		xout_open(&events, "Event");
		put_row(&events, &q);
		xout_close(&events, "Event");
		next = store_int(&q, 9);
	}
	store_done(&q);
	buf_printf(b,
	    "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Events "
	    "xmlns=\"%s\" next=\"c_%lld\" more=\"%s\">",
	    FUNNY_NAMESPACE, (long long)next, n > limit ? "true" : "false");
	buf_put(b, buf_str(&events), events.len);
	xout_close(b, "Events");
	buf_release(&events);
}

void
carrier_events(struct carrier_call *c, const char *name)
{
	static const struct param known[] = {
		{ "since", PARAM_TEXT, 0, 200, NULL },
		{ "limit", PARAM_INT, 1, CARRIER_PAGE, NULL },
	};
	const struct param *rule;
	struct params p;
	const char *since;
	int64_t seq;
	size_t at;
	bool good;

	(void)name;
	good = params_read(&p, buf_str(&c->b->q.query), c->b->q.query.len,
		   NULL) == RC_OK &&
	       params_check(&p, known, 2, &at, &rule) == PARAMS_FINE;
	since = good ? params_get(&p, "since") : NULL;
	if (!good)
		carrier_fail(c, 400, "BAD_REQUEST", NULL,
		    "The parameters are since and limit (1 to %d).",
		    CARRIER_PAGE);
	else if (read_cursor(c, since == NULL ? "" : since, &seq))
		put_page(c, seq, params_int(&p, CARRIER_PAGE, "limit"));
	params_release(&p);
}
