/*
 * /sandbox/stripe/faults: what is to go wrong.
 *
 *	POST /sandbox/stripe/faults	kind, on, seconds, skip, times
 *	GET  /sandbox/stripe/faults	what still waits
 *
 * kind, of calls ("on": create, show, expire, capture, cancel, refund, intent,
 * update, list, page, or any):
 *	timeout-before	waits `seconds` (25) and breaks off; nothing is done
 *	timeout-after	does it, waits, breaks off
 *	cut-before, cut-after	the same without waiting
 *	error		500 without doing it, kept under its key
 *	error-after	does it and says 500, kept under its key
 *	busy		429, not kept
 *	lock		409 lock_timeout, not kept
 *	slow		waits `seconds` with the key in use, then does it
 * kind, of webhooks ("on": the event's type, or any):
 *	never		it is not sent, nor tried again
 *	late		`seconds` later
 *	duplicate	twice, the second one `seconds` later
 *	forged		with a wrong signature
 *	skew		signed as of `seconds` ahead (behind when negative)
 *	early		sent before the call or the page is answered
 *	reversed	those of one call in reverse order ("on": events)
 * kind "none" forgets them all.  skip: so many are let through first; times:
 * how often it happens (1; 0: until it is forgotten).
 */
#include "config.h"

#include <stdio.h>
#include <string.h>

#include <jansson.h>

#include "sandbox/fault.h"
#include "sandbox/stripe.h"

enum rc
stripe_faults(struct box *b, struct error *e)
{
	struct stripe_call c;
	enum rc rc;

	rc = stripe_open(&c, b, e);
	if (rc == RC_OK)
		rc = fault_list(b, &c.st, e);
	stripe_close(&c);
	return rc;
}

static const struct param fault_params[] = {
	{ "kind", PARAM_WORD, 0, 0,
	    "none|timeout-before|timeout-after|cut-before|cut-after|error|"
	    "error-after|busy|lock|slow|never|late|duplicate|forged|skew|early|"
	    "reversed" },
	{ "on", PARAM_TEXT, 1, 60, NULL },
	{ "seconds", PARAM_INT, -1000000, 1000000, NULL },
	{ "skip", PARAM_INT, 0, 1000000, NULL },
	{ "times", PARAM_INT, 0, 1000000, NULL },
};

enum rc
stripe_faults_add(struct box *b, struct error *e)
{
	const char *kind, *on;
	struct stripe_call c;
	bool waits;
	enum rc rc;

	rc = stripe_open(&c, b, e);
	if (rc == RC_OK)
		rc = own_params(b, &c.p, fault_params,
		    sizeof(fault_params) / sizeof(fault_params[0]), e);
	kind = params_get(&c.p, "kind");
	if (rc == RC_OK && kind == NULL)
		rc = error_set(e, RC_INVALID, "no kind is named");
	if (rc == RC_INVALID)
		rc = own_refused(b, e);
	else if (rc == RC_OK) {
		on = params_get(&c.p, "on");
		waits = strncmp(kind, "timeout", 7) == 0;
		if (strcmp(kind, "none") == 0)
			store_run(&c.st, "DELETE FROM fault", "");
		else
			store_run(&c.st,
			    "INSERT INTO fault (kind, \"on\", seconds, skip, "
			    "times) VALUES (?, ?, ?, ?, ?)",
			    "ssiii", kind, on == NULL ? "any" : on,
			    params_int(&c.p, waits ? 25 : 0, "seconds"),
			    params_int(&c.p, 0, "skip"),
			    params_int(&c.p, 1, "times"));
		rc = fault_list(b, &c.st, e);
	}
	stripe_close(&c);
	return rc;
}

/*** Time, and what has become of it all ***/

static const struct param clock_params[] = {
	{ "shift", PARAM_INT, -INT64_C(4000000000), INT64_C(4000000000), NULL },
};

/* POST /sandbox/stripe/clock: shift, in seconds from the true time.  What is
 * due by then happens at once. */
enum rc
stripe_clock(struct box *b, struct error *e)
{
	struct stripe_call c;
	enum rc rc;

	rc = stripe_open(&c, b, e);
	if (rc == RC_OK)
		rc = own_params(b, &c.p, clock_params, 1, e);
	if (rc == RC_INVALID) {
		rc = own_refused(b, e);
		stripe_close(&c);
		return rc;
	}
	if (rc == RC_OK)
		rc = store_begin(&c.st, e);
	if (rc == RC_OK) {
		c.now = b->now + params_int(&c.p, 0, "shift");
		store_run(&c.st,
		    "INSERT OR REPLACE INTO setting VALUES ('shift', ?)", "i",
		    c.now - b->now);
		stripe_settle(&c);
		stripe_events_end(&c);
		rc = store_commit(&c.st, e);
	}
	if (rc == RC_OK)
		rc = box_json(
		    b, 200, json_pack("{s:I}", "now", (json_int_t)c.now), e);
	stripe_close(&c);
	return rc;
}

/* POST /sandbox/stripe/deliver: what is due, or with all=true all that waits. */
enum rc
stripe_deliver(struct box *b, struct error *e)
{
	static const struct param known[] = {
		{ "all", PARAM_BOOL, 0, 0, NULL },
	};
	int64_t sent = 0, failed = 0, left = 0;
	struct stripe_call c;
	struct store_rows q;
	const char *all;
	enum rc rc;

	rc = stripe_open(&c, b, e);
	if (rc == RC_OK)
		rc = own_params(b, &c.p, known, 1, e);
	if (rc == RC_INVALID)
		rc = own_refused(b, e);
	else if (rc == RC_OK) {
		all = params_get(&c.p, "all");
		stripe_hooks_send(&c, all != NULL && strcmp(all, "true") == 0,
		    &sent, &failed);
		store_ask(
		    &c.st, &q, "SELECT count(*) FROM hook WHERE state < 2", "");
		if (store_next(&q))
			left = store_int(&q, 0);
		store_done(&q);
		rc = box_json(b, 200,
		    json_pack("{s:I, s:I, s:I}", "sent", (json_int_t)sent,
			"failed", (json_int_t)failed, "left", (json_int_t)left),
		    e);
	}
	stripe_close(&c);
	return rc;
}

/* GET /sandbox/stripe/books: each payment and what became of its money. */
enum rc
stripe_books(struct box *b, struct error *e)
{
	json_t *all = json_array();
	struct stripe_call c;
	struct store_rows q;
	enum rc rc;

	rc = stripe_open(&c, b, e);
	store_ask(&c.st, &q,
	    "SELECT s.id, s.body ->> '$.status', s.body ->> "
	    "'$.metadata.order', "
	    "s.body ->> '$.metadata.attempt', s.body ->> '$.amount_total', "
	    "s.body ->> '$.currency', p.id, p.body ->> '$.status', "
	    "coalesce(p.body ->> '$.amount_received', 0), "
	    "coalesce(sum(r.body ->> '$.amount'), 0) FROM object s "
	    "LEFT JOIN object p ON p.parent = s.id AND p.kind = "
	    "'payment_intent' "
	    "LEFT JOIN object r ON r.parent = p.id AND r.kind = 'refund' AND "
	    "r.body ->> '$.status' <> 'failed' "
	    "WHERE s.kind = 'checkout.session' GROUP BY s.id ORDER BY s.rowid",
	    "");
	while (rc == RC_OK && store_next(&q))
		(void)json_array_append_new(all,
		    json_pack("{s:s, s:s, s:s, s:s, s:I, s:s, s:s, s:s, s:I, "
			      "s:I}",
			"session", store_text(&q, 0), "status",
			store_text(&q, 1), "order", store_text(&q, 2),
			"attempt", store_text(&q, 3), "amount",
			(json_int_t)store_int(&q, 4), "currency",
			store_text(&q, 5), "payment_intent", store_text(&q, 6),
			"payment", store_text(&q, 7), "captured",
			(json_int_t)store_int(&q, 8), "refunded",
			(json_int_t)store_int(&q, 9)));
	store_done(&q);
	if (rc == RC_OK)
		rc = store_rc(&c.st, e);
	if (rc == RC_OK)
		rc = box_json(b, 200, json_pack("{s:o}", "payments", all), e);
	else
		json_decref(all);
	stripe_close(&c);
	return rc;
}
