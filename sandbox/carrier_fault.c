/*
 * /sandbox/courier/faults: what is to go wrong.
 *
 *	POST /sandbox/courier/faults	kind, on, seconds, skip, times
 *	GET  /sandbox/courier/faults	what still waits
 *
 * kind, of calls ("on": book, look, cancel, label, events, shipment, or any):
 *	timeout-before	waits `seconds` (25) and breaks off; nothing is done
 *	timeout-after	does it, waits, breaks off
 *	cut-before, cut-after	the same without waiting
 *	error		500 without doing it
 *	error-after	does it and says 500
 *	busy, closed	429 and 503, with Retry-After: `seconds` (1)
 *	malformed, doctype, invalid	an answer that is no XML of the contract
 *	expired		410 CURSOR_EXPIRED
 *	refuse		422 ADDRESS_NOT_SERVED; (book) that key for good
 *	working		(book) 202 until `seconds` (2) have passed
 *	double		(book) a key that is known books once more
 *	careless	(book) a key that is known takes any other request
 * kind, of events ("on": the state, or any):
 *	banana		has a state that is none
 *	duplicate	stands in the feed twice
 *	late		stands there `seconds` (3600) later
 *	backward	is followed by an IN_TRANSIT of five minutes after
 *	silent		stands there never
 * kind, of webhooks ("on": the state, or any):
 *	never		it is not sent, nor tried again
 *	hook-late	`seconds` later
 *	hook-duplicate	twice
 *	forged		with a wrong signature
 *	skew		signed as of `seconds` ahead (behind when negative)
 * kind "none" forgets them all.  skip: so many are let through first; times:
 * how often it happens (1; 0: until it is forgotten).
 */
#include "config.h"

#include <stdio.h>
#include <string.h>

#include <jansson.h>

#include "sandbox/carrier.h"
#include "sandbox/fault.h"

enum rc
carrier_faults(struct box *b, struct error *e)
{
	struct carrier_call c;
	enum rc rc;

	rc = carrier_open(&c, b, e);
	if (rc == RC_OK)
		rc = fault_list(b, &c.st, e);
	carrier_close(&c);
	return rc;
}

static void
add_fault(struct carrier_call *c, const struct params *p)
{
	const char *kind = params_get(p, "kind"), *on = params_get(p, "on");

	if (strcmp(kind, "none") == 0)
		store_run(&c->st, "DELETE FROM fault", "");
	else
		store_run(&c->st,
		    "INSERT INTO fault (kind, \"on\", seconds, skip, times) "
		    "VALUES (?, ?, ?, ?, ?)",
		    "ssiii", kind, on == NULL || on[0] == '\0' ? "any" : on,
		    params_int(p, 0, "seconds"), params_int(p, 0, "skip"),
		    params_int(p, 1, "times"));
}

enum rc
carrier_faults_add(struct box *b, struct error *e)
{
	static const struct param known[] = {
		{ "kind", PARAM_WORD, 0, 0,
		    "none|timeout-before|timeout-after|cut-before|cut-after|"
		    "error|error-after|busy|closed|malformed|doctype|invalid|"
		    "expired|refuse|working|double|careless|banana|duplicate|"
		    "late|backward|silent|never|hook-late|hook-duplicate|"
		    "forged|skew" },
		{ "on", PARAM_TEXT, 0, 60, NULL },
		{ "seconds", PARAM_INT, -1000000, 100000000, NULL },
		{ "skip", PARAM_INT, 0, 1000000, NULL },
		{ "times", PARAM_INT, 0, 1000000, NULL },
	};
	struct carrier_call c;
	struct params p;
	enum rc rc;

	rc = own_params(b, &p, known, sizeof(known) / sizeof(known[0]), e);
	if (rc == RC_OK && params_get(&p, "kind") == NULL)
		rc = error_set(e, RC_INVALID, "no kind is named");
	if (rc == RC_OK) {
		rc = carrier_open(&c, b, e);
		if (rc == RC_OK) {
			add_fault(&c, &p);
			rc = fault_list(b, &c.st, e);
		}
		carrier_close(&c);
	} else if (rc == RC_INVALID) {
		rc = own_refused(b, e);
	}
	params_release(&p);
	return rc;
}

/*** Time ***/

static void
set_clock(struct carrier_call *c, const struct params *p)
{
	static const char sql[] =
	    "INSERT OR REPLACE INTO setting VALUES (?, ?)";
	int64_t pace = params_int(p, -1, "pace");

	if (params_get(p, "shift") != NULL) {
		c->now = c->b->now + params_int(p, 0, "shift");
		store_run(&c->st, sql, "si", "shift", c->now - c->b->now);
	}
	if (pace >= 0) {
		c->pace = pace;
		store_run(&c->st, sql, "si", "pace", pace);
		store_run(&c->st,
		    "UPDATE booking SET next_at = CASE WHEN ?1 > 0 THEN ?2 "
		    "ELSE 0 END",
		    "ii", pace, c->now + pace);
	}
	carrier_settle(c);
}

/* POST /sandbox/courier/clock: shift, in seconds from the true time; pace, in
 * seconds between two steps of a parcel, 0: by hand.  What is due by then happens
 * at once. */
enum rc
carrier_clock(struct box *b, struct error *e)
{
	static const struct param known[] = {
		{ "shift", PARAM_INT, -INT64_C(4000000000), INT64_C(4000000000),
		    NULL },
		{ "pace", PARAM_INT, 0, 1000000, NULL },
	};
	struct carrier_call c;
	struct params p;
	enum rc rc;

	rc = own_params(b, &p, known, 2, e);
	if (rc == RC_OK) {
		rc = carrier_open(&c, b, e);
		if (rc == RC_OK)
			rc = store_begin(&c.st, e);
		if (rc == RC_OK) {
			set_clock(&c, &p);
			rc = store_commit(&c.st, e);
		}
		if (rc == RC_OK)
			rc = box_json(b, 200,
			    json_pack("{s:I, s:I}", "now", (json_int_t)c.now,
				"pace", (json_int_t)c.pace),
			    e);
		carrier_close(&c);
	} else if (rc == RC_INVALID) {
		rc = own_refused(b, e);
	}
	params_release(&p);
	return rc;
}

/*** By hand ***/

/* POST /sandbox/courier/move: tracking or key, state, code, detail, at: an event,
 * whether it may follow or not. */
enum rc
carrier_move(struct box *b, struct error *e)
{
	static const struct param known[] = {
		{ "tracking", PARAM_TEXT, 1, 64, NULL },
		{ "key", PARAM_TEXT, 1, 64, NULL },
		{ "state", PARAM_TEXT, 1, 64, NULL },
		{ "code", PARAM_TEXT, 0, 64, NULL },
		{ "detail", PARAM_TEXT, 0, 500, NULL },
		{ "at", PARAM_INT, 0, INT64_C(4000000000), NULL },
	};
	struct carrier_news n = { 0 };
	struct carrier_booking k;
	struct carrier_call c;
	struct params p;
	const char *name;
	bool found;
	enum rc rc;

	rc = own_params(b, &p, known, sizeof(known) / sizeof(known[0]), e);
	n.state = params_get(&p, "state");
	if (rc == RC_OK && n.state == NULL)
		rc = error_set(e, RC_INVALID, "no state is named");
	if (rc == RC_OK) {
		rc = carrier_open(&c, b, e);
		if (rc == RC_OK)
			rc = store_begin(&c.st, e);
		name = params_get(&p, "tracking");
		found =
		    rc == RC_OK &&
		    (name != NULL ? carrier_by_tracking(&c, name, &k)
				  : (name = params_get(&p, "key")) != NULL &&
					carrier_by_key(&c, name, &k));
		n.code = params_get(&p, "code");
		n.detail = params_get(&p, "detail");
		n.at = params_int(&p, 0, "at");
		if (found)
			carrier_tell(&c, &k, &n);
		if (rc == RC_OK)
			rc = store_commit(&c.st, e);
		if (rc == RC_OK)
			rc = box_json(b, found ? 200 : 404,
			    json_pack("{s:b}", "moved", found), e);
		carrier_close(&c);
	} else if (rc == RC_INVALID) {
		rc = own_refused(b, e);
	}
	params_release(&p);
	return rc;
}

/*** What has become of it all ***/

/* POST /sandbox/courier/deliver: what is due, or with all=true all that waits. */
enum rc
carrier_deliver(struct box *b, struct error *e)
{
	static const struct param known[] = {
		{ "all", PARAM_BOOL, 0, 0, NULL },
	};
	int64_t sent = 0, failed = 0, left = 0;
	struct carrier_call c;
	struct store_rows q;
	const char *all;
	struct params p;
	enum rc rc;

	rc = own_params(b, &p, known, 1, e);
	if (rc == RC_OK) {
		all = params_get(&p, "all");
		rc = carrier_open(&c, b, e);
		if (rc == RC_OK)
			carrier_hooks_send(&c,
			    all != NULL && strcmp(all, "true") == 0, &sent,
			    &failed);
		store_ask(
		    &c.st, &q, "SELECT count(*) FROM hook WHERE state < 2", "");
		if (store_next(&q))
			left = store_int(&q, 0);
		store_done(&q);
		if (rc == RC_OK)
			rc = box_json(b, 200,
			    json_pack("{s:I, s:I, s:I}", "sent",
				(json_int_t)sent, "failed", (json_int_t)failed,
				"left", (json_int_t)left),
			    e);
		carrier_close(&c);
	} else if (rc == RC_INVALID) {
		rc = own_refused(b, e);
	}
	params_release(&p);
	return rc;
}

/* GET /sandbox/courier/books: each parcel. */
enum rc
carrier_books(struct box *b, struct error *e)
{
	json_t *all = json_array();
	struct carrier_call c;
	struct store_rows q;
	enum rc rc;

	rc = carrier_open(&c, b, e);
	store_ask(&c.st, &q,
	    "SELECT b.\"key\", b.reference, b.tracking, b.state, b.price, "
	    "b.name, b.town, (SELECT count(*) FROM event e WHERE e.tracking = "
	    "b.tracking), b.body FROM booking b ORDER BY b.rowid",
	    "");
	while (rc == RC_OK && store_next(&q))
		(void)json_array_append_new(all,
		    json_pack("{s:s, s:s, s:s, s:s, s:I, s:s, s:s, s:I, s:s}",
			"key", store_text(&q, 0), "reference",
			store_text(&q, 1), "tracking", store_text(&q, 2),
			"state", store_text(&q, 3), "price",
			(json_int_t)store_int(&q, 4), "name", store_text(&q, 5),
			"town", store_text(&q, 6), "events",
			(json_int_t)store_int(&q, 7), "body",
			store_text(&q, 8)));
	store_done(&q);
	if (rc == RC_OK)
		rc = store_rc(&c.st, e);
	if (rc == RC_OK)
		rc = box_json(b, 200, json_pack("{s:o}", "parcels", all), e);
	else
		json_decref(all);
	carrier_close(&c);
	return rc;
}
