/*
 * /sandbox/paypal/faults: what is to go wrong.
 *
 *	POST /sandbox/paypal/faults	kind, on, seconds, skip, times
 *	GET  /sandbox/paypal/faults	what still waits
 *
 * kind, of calls ("on": create, show, authorize, capture, void, refund, verify,
 * list, or any):
 *	timeout-before	waits and breaks off; nothing is done
 *	timeout-after	does it, waits, breaks off
 *	cut-before, cut-after	the same without waiting
 *	error		500 without doing it
 *	error-after	does it and says 500
 *	busy		429
 *	progress	422 PREVIOUS_REQUEST_IN_PROGRESS
 *	unauthorised	401, as if the token had been taken back
 *	declined	422 INSTRUMENT_DECLINED (authorize, capture)
 * kind, of webhooks ("on": the event's type, or any):
 *	never, late (`seconds`), duplicate (the second one `seconds` later),
 *	forged (over another body), simulator (of the webhook WEBHOOK_ID)
 * kind "none" forgets them all.  skip: so many are let through first; times:
 * how often it happens (1; 0: until it is forgotten).
 */
#include "config.h"

#include <stdio.h>
#include <string.h>

#include <jansson.h>

#include "sandbox/fault.h"
#include "sandbox/params.h"
#include "sandbox/wallet.h"

enum rc
wallet_faults(struct box *b, struct error *e)
{
	struct wallet w;
	enum rc rc = wallet_open(&w, b, e);

	if (rc == RC_OK)
		rc = fault_list(b, &w.st, e);
	wallet_close(&w);
	return rc;
}

static const struct param fault_params[] = {
	{ "kind", PARAM_WORD, 0, 0,
	    "none|timeout-before|timeout-after|cut-before|cut-after|error|"
	    "error-after|busy|progress|unauthorised|declined|never|late|"
	    "duplicate|forged|simulator" },
	{ "on", PARAM_TEXT, 1, 60, NULL },
	{ "seconds", PARAM_INT, 0, 1000000, NULL },
	{ "skip", PARAM_INT, 0, 1000000, NULL },
	{ "times", PARAM_INT, 0, 1000000, NULL },
};
static const struct param deliver_params[] = {
	{ "all", PARAM_BOOL, 0, 0, NULL },
};

enum rc
wallet_faults_add(struct box *b, struct error *e)
{
	const char *kind, *on;
	struct params p;
	struct wallet w;
	enum rc rc = own_params(b, &p, fault_params,
	    sizeof(fault_params) / sizeof(fault_params[0]), e);

	kind = params_get(&p, "kind");
	on = params_get(&p, "on");
	if (rc == RC_OK && kind == NULL)
		rc = error_set(e, RC_INVALID, "no kind is named");
	if (rc != RC_OK) {
		params_release(&p);
		return rc == RC_INVALID ? own_refused(b, e) : rc;
	}
	rc = wallet_open(&w, b, e);
	if (rc == RC_OK && strcmp(kind, "none") == 0)
		store_run(&w.st, "DELETE FROM fault", "");
	else if (rc == RC_OK)
		store_run(&w.st,
		    "INSERT INTO fault (kind, \"on\", seconds, skip, times) "
		    "VALUES (?, ?, ?, ?, ?)",
		    "ssiii", kind, on == NULL ? "any" : on,
		    params_int(&p, 0, "seconds"), params_int(&p, 0, "skip"),
		    params_int(&p, 1, "times"));
	if (rc == RC_OK)
		rc = fault_list(b, &w.st, e);
	params_release(&p);
	wallet_close(&w);
	return rc;
}

/* POST /sandbox/paypal/deliver: what is due, or with all=true all that waits;
 * what time decides first. */
enum rc
wallet_deliver(struct box *b, struct error *e)
{
	const char *all;
	int64_t sent = 0;
	struct params p;
	struct wallet w;
	enum rc rc = own_params(b, &p, deliver_params, 1, e);

	all = params_get(&p, "all");
	if (rc != RC_OK) {
		params_release(&p);
		return rc == RC_INVALID ? own_refused(b, e) : rc;
	}
	rc = wallet_open(&w, b, e);
	if (rc == RC_OK)
		rc = store_begin(&w.st, e);
	if (rc == RC_OK) {
		wallet_settle(&w);
		rc = store_commit(&w.st, e);
	}
	if (rc == RC_OK) {
		wallet_hooks_send(
		    &w, all != NULL && strcmp(all, "true") == 0, &sent);
		rc = store_rc(&w.st, e);
	}
	if (rc == RC_OK)
		rc = box_json(
		    b, 200, json_pack("{s:I}", "sent", (json_int_t)sent), e);
	params_release(&p);
	wallet_close(&w);
	return rc;
}

/* GET /sandbox/paypal/books: each order as it is, what time decides done. */
enum rc
wallet_books(struct box *b, struct error *e)
{
	json_t *all = json_array(), *order;
	struct store_rows q;
	struct wallet w;
	enum rc rc = wallet_open(&w, b, e);

	store_ask(
	    &w.st, &q, "SELECT body FROM paypal_order ORDER BY rowid", "");
	while (rc == RC_OK && store_next(&q)) {
		order = json_loads(store_text(&q, 0), 0, NULL);
		(void)json_array_append_new(all, wallet_bare(order));
		json_decref(order);
	}
	store_done(&q);
	rc = rc == RC_OK ? store_rc(&w.st, e) : rc;
	rc = rc == RC_OK
		 ? box_json(b, 200, json_pack("{s:O}", "orders", all), e)
		 : rc;
	json_decref(all);
	wallet_close(&w);
	return rc;
}
