/*
 * /sandbox/paypal/faults: what is to go wrong.
 *
 *	POST /sandbox/paypal/faults	kind, on, seconds, times
 *
 * kind, of calls ("on": create, show, authorize, capture, void, refund, verify,
 * or any):
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
 * kind "none" forgets them all.  times: how often it happens (1).
 */
#include "config.h"

#include <stdio.h>
#include <string.h>

#include <jansson.h>

#include "sandbox/params.h"
#include "sandbox/wallet.h"

void
wallet_fault(struct wallet *w, const char *kinds, const char *on,
    struct wallet_fault *out)
{
	struct store_rows q;
	int64_t id = 0;

	memset(out, 0, sizeof(*out));
	store_ask(&w->st, &q,
	    "SELECT id, kind, seconds FROM fault WHERE instr(?1, '|' || kind "
	    "|| "
	    "'|') > 0 AND (\"on\" = ?2 OR \"on\" = 'any') ORDER BY id LIMIT 1",
	    "ss", kinds, on);
	if (store_next(&q)) {
		id = store_int(&q, 0);
		(void)snprintf(
		    out->kind, sizeof(out->kind), "%s", store_text(&q, 1));
		out->seconds = store_int(&q, 2);
	}
	store_done(&q);
	if (id == 0)
		return;
	store_run(
	    &w->st, "DELETE FROM fault WHERE id = ? AND times = 1", "i", id);
	store_run(
	    &w->st, "UPDATE fault SET times = times - 1 WHERE id = ?", "i", id);
}

static const struct param fault_params[] = {
	{ "kind", PARAM_WORD, 0, 0,
	    "none|timeout-before|timeout-after|cut-before|cut-after|error|"
	    "error-after|busy|progress|unauthorised|declined|never|late|"
	    "duplicate|forged|simulator" },
	{ "on", PARAM_TEXT, 1, 60, NULL },
	{ "seconds", PARAM_INT, 0, 1000000, NULL },
	{ "times", PARAM_INT, 1, 1000000, NULL },
};
static const struct param deliver_params[] = {
	{ "all", PARAM_BOOL, 0, 0, NULL },
};

static bool
read_params(
    struct box *b, struct params *p, const struct param *table, size_t n)
{
	const struct param *rule;
	size_t at;

	return params_read(p, buf_str(&b->q.body), b->q.body.len, NULL) ==
		   RC_OK &&
	       params_check(p, table, n, &at, &rule) == PARAMS_FINE;
}

enum rc
wallet_faults_add(struct box *b, struct error *e)
{
	const char *kind, *on;
	struct params p;
	struct wallet w;
	enum rc rc = wallet_open(&w, b, e);
	bool good = read_params(b, &p, fault_params,
	    sizeof(fault_params) / sizeof(fault_params[0]));

	kind = params_get(&p, "kind");
	on = params_get(&p, "on");
	if (rc == RC_OK && (!good || kind == NULL)) {
		rc = box_json(
		    b, 400, json_pack("{s:s}", "error", "no such fault"), e);
	} else if (rc == RC_OK) {
		if (strcmp(kind, "none") == 0)
			store_run(&w.st, "DELETE FROM fault", "");
		else
			store_run(&w.st,
			    "INSERT INTO fault (kind, \"on\", seconds, times) "
			    "VALUES (?, ?, ?, ?)",
			    "ssii", kind, on == NULL ? "any" : on,
			    params_int(&p, 0, "seconds"),
			    params_int(&p, 1, "times"));
		rc = store_rc(&w.st, e);
		if (rc == RC_OK)
			rc = box_json(
			    b, 200, json_pack("{s:s}", "kind", kind), e);
	}
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
	enum rc rc = wallet_open(&w, b, e);
	bool good = read_params(b, &p, deliver_params, 1);

	all = good ? params_get(&p, "all") : NULL;
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
