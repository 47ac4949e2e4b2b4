/*
 * Disputes: shown by the API as PayPal's OpenAPI file
 * customer_disputes_v1 has them, and made
 * on a page of the sandbox's own by whoever plays the customer.
 *
 * dispute: the shop is to answer.  answer: it has, and PayPal decides.  win,
 * lose: what PayPal decides.
 */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "base/clock.h"
#include "sandbox/wallet.h"

#define ANSWER_SECONDS (10 * 86400)
#define PAGE "/sandbox/paypal/disputes"

/* The stored one, or NULL. */
static json_t *
load(struct wallet *w, const char *column, const char *id)
{
	bool by_capture = strcmp(column, "capture") == 0;
	json_t *found = NULL;
	struct store_rows q;

	store_ask(&w->st, &q,
	    by_capture ? "SELECT body FROM dispute WHERE capture = ? ORDER BY "
			 "rowid DESC LIMIT 1"
		       : "SELECT body FROM dispute WHERE id = ?",
	    "s", id);
	if (store_next(&q))
		found = json_loads(store_text(&q, 0), 0, NULL);
	store_done(&q);
	return found;
}

static void
keep(struct wallet *w, json_t *d, const char *capture, const char *event)
{
	char *text;

	wallet_stamp(w, d, "update_time");
	text = json_dumps(d, JSON_COMPACT);
	store_run(&w->st,
	    "INSERT INTO dispute (id, capture, body) VALUES (?1, ?2, ?3) ON "
	    "CONFLICT (id) DO UPDATE SET body = ?3",
	    "sss", wallet_text(d, "dispute_id"), capture, text);
	free(text);
	wallet_event(w, event, "dispute", d);
}

void
wallet_show_dispute(struct wallet *w, const char *id)
{
	w->out = load(w, "id", id);
	w->status = 200;
	if (w->out == NULL)
		wallet_fail(w, 404, "RESOURCE_NOT_FOUND", "INVALID_DISPUTE_ID",
		    "", "The specified resource does not exist.");
}

static bool
is_open(const json_t *d)
{
	return d != NULL && strcmp(wallet_text(d, "status"), "RESOLVED") != 0;
}

bool
wallet_is_disputed(struct wallet *w, const char *capture)
{
	json_t *d = load(w, "capture", capture);
	bool is = is_open(d);

	json_decref(d);
	return is;
}

/*** What the customer and PayPal do ***/

static void
begin(struct wallet *w, const json_t *order, const json_t *capture)
{
	const char *id = wallet_text(capture, "id");
	const json_t *unit = wallet_unit(order);
	char part[WALLET_ID], name[WALLET_ID + 8], due[CLOCK_ISO_SIZE];
	json_t *d, *amount = json_object_get(capture, "amount");

	wallet_random(part, 9);
	(void)snprintf(name, sizeof(name), "PP-D-%s", part);
	clock_iso(w->b->now + ANSWER_SECONDS, due);
	d = json_pack("{s:s,s:[{s:s,s:s,s:s,s:O,s:s,s:s}],s:s,s:s,s:O,s:s,s:s,"
		      "s:s,s:[]}",
	    "dispute_id", name, "disputed_transactions",
	    "seller_transaction_id", id, "buyer_transaction_id", "1XB00000XY",
	    "transaction_status", "COMPLETED", "gross_amount", amount, "custom",
	    wallet_text(unit, "custom_id"), "invoice_number",
	    wallet_text(unit, "invoice_id"), "reason",
	    "MERCHANDISE_OR_SERVICE_NOT_RECEIVED", "status",
	    "WAITING_FOR_SELLER_RESPONSE", "dispute_amount", amount,
	    "dispute_life_cycle_stage", "CHARGEBACK", "dispute_channel",
	    "INTERNAL", "seller_response_due_date", due, "links");
	wallet_stamp(w, d, "create_time");
	keep(w, d, id, "CUSTOMER.DISPUTE.CREATED");
	json_decref(d);
}

static void
decide(struct wallet *w, json_t *d, const char *capture, bool won)
{
	wallet_set(d, "status", "RESOLVED");
	(void)json_object_del(d, "seller_response_due_date");
	(void)json_object_set_new(d, "dispute_outcome",
	    won ? json_pack("{s:s}", "outcome_code", "RESOLVED_SELLER_FAVOUR")
		: json_pack("{s:s,s:O}", "outcome_code",
		      "RESOLVED_BUYER_FAVOUR", "amount_refunded",
		      json_object_get(d, "dispute_amount")));
	keep(w, d, capture, "CUSTOMER.DISPUTE.RESOLVED");
}

/* What cannot be done in its state is not done. */
static void
play(struct wallet *w, const char *id, const char *what)
{
	json_t *capture = NULL,
	       *order = wallet_load_of(w, id, "captures", &capture);
	json_t *d = load(w, "capture", id);

	if (is_open(d) && strcmp(what, "answer") == 0) {
		wallet_set(d, "status", "UNDER_REVIEW");
		(void)json_object_del(d, "seller_response_due_date");
		keep(w, d, id, "CUSTOMER.DISPUTE.UPDATED");
	} else if (is_open(d) &&
		   (strcmp(what, "win") == 0 || strcmp(what, "lose") == 0)) {
		decide(w, d, id, strcmp(what, "win") == 0);
	} else if (!is_open(d) && capture != NULL &&
		   strcmp(what, "dispute") == 0 &&
		   strcmp(wallet_text(capture, "status"), "COMPLETED") == 0) {
		begin(w, order, capture);
	}
	json_decref(d);
	json_decref(order);
}

/*** The page ***/

static void
put_button(struct box *b, const char *what, const char *words)
{
	html_el(&b->h, EL_BUTTON, words, TYPE("submit"), NAME("do"),
	    VALUE(what), CLASS("second"));
}

static void
put_capture(struct wallet *w, const json_t *order, const json_t *capture)
{
	const char *id = wallet_text(capture, "id");
	json_t *d = load(w, "capture", id);
	struct box *b = w->b;
	struct url u;

	html_el(&b->h, EL_H2, id);
	html_open(&b->h, EL_P, CLASS("soft"));
	html_textf(&b->h, "%s, order %s: %s",
	    wallet_text(json_object_get(capture, "amount"), "value"),
	    wallet_text(wallet_unit(order), "custom_id"),
	    d == NULL ? "undisputed" : wallet_text(d, "status"));
	html_close(&b->h, EL_P);
	url_init(&u, PAGE);
	html_open(&b->h, EL_FORM, AT(AT_METHOD, "post"), ACTION(&u));
	url_release(&u);
	html_open(&b->h, EL_INPUT, TYPE("hidden"), NAME("capture"), VALUE(id));
	if (is_open(d)) {
		put_button(b, "answer", "The shop answers");
		put_button(b, "win", "The shop wins");
		put_button(b, "lose", "The shop loses");
	} else {
		put_button(b, "dispute", "Dispute it");
	}
	html_close(&b->h, EL_FORM);
	json_decref(d);
}

enum rc
wallet_disputes(struct box *b, struct error *e)
{
	json_t *order, *capture;
	struct store_rows q;
	struct wallet w;
	size_t i;
	enum rc rc = wallet_open(&w, b, e);

	if (rc != RC_OK)
		return rc;
	wallet_page_begin(b, 200, "Disputes (sandbox)");
	html_el(&b->h, EL_H1, "What customers do");
	store_ask(&w.st, &q,
	    "SELECT body FROM paypal_order ORDER BY rowid DESC LIMIT 50", "");
	while (store_next(&q)) {
		order = json_loads(store_text(&q, 0), 0, NULL);
		json_array_foreach(
		    json_object_get(
			json_object_get(wallet_unit(order), "payments"),
			"captures"),
		    i, capture) put_capture(&w, order, capture);
		json_decref(order);
	}
	store_done(&q);
	rc = store_rc(&w.st, e);
	wallet_close(&w);
	return rc == RC_OK ? box_page_end(b, e) : rc;
}

enum rc
wallet_disputes_do(struct box *b, struct error *e)
{
	static const struct field fields[] = {
		{ "capture", FIELD_TEXT, 1, WALLET_ID - 1, FIELD_NEEDED },
		{ "do", FIELD_TEXT, 1, 10, FIELD_NEEDED },
	};
	struct wallet w;
	struct form f;
	struct url u;
	bool read;
	enum rc rc;

	read = form_read(&f, fields, 2, buf_str(&b->q.body), b->q.body.len,
		   NULL) == RC_OK;
	rc = wallet_open(&w, b, e);
	if (rc == RC_OK)
		rc = store_begin(&w.st, e);
	if (rc == RC_OK && read)
		play(&w, form_text_or(&f, 0, ""), form_text_or(&f, 1, ""));
	if (rc == RC_OK)
		rc = store_commit(&w.st, e);
	wallet_close(&w);
	form_release(&f);
	url_init(&u, PAGE);
	reply_redirect(&b->r, &u);
	url_release(&u);
	return rc;
}
