/*
 * Disputes and early fraud warnings: shown by the API, and made on a page of the
 * sandbox's own by whoever plays the customer's bank.
 *
 * warn: a warning.  inquire: a question that takes no money yet.  dispute: the
 * money is taken back until it is decided.  answer: the shop has sent its
 * evidence.  win, lose: what the bank decides.
 */
#include "config.h"

#include <string.h>

#include <jansson.h>

#include "base/limits.h"
#include "base/money.h"
#include "sandbox/stripe.h"

#define ANSWER_SECONDS (7 * 86400)
#define PAGE "/sandbox/stripe/disputes"
#define WARNING "radar.early_fraud_warning"

static void
show(struct stripe_call *c, const char *id, const char *kind)
{
	json_t *o = stripe_get(c, id);

	if (o != NULL && strcmp(stripe_text(o, "object"), kind) == 0)
		stripe_show(c, o);
	else
		stripe_fail(c, 404, STRIPE_INVALID, "resource_missing", "id",
		    "No such %s: '%s'", kind, id);
	json_decref(o);
}

void
stripe_dispute_show(struct stripe_call *c, const char *id)
{
	show(c, id, "dispute");
}

void
stripe_warning_show(struct stripe_call *c, const char *id)
{
	show(c, id, WARNING);
}

/* The newest of a payment, or NULL. */
static json_t *
newest(struct stripe_call *c, const char *payment, const char *kind)
{
	json_t *found = NULL;
	struct store_rows q;

	store_ask(&c->st, &q,
	    "SELECT body FROM object WHERE kind = ? AND parent = ? ORDER BY "
	    "rowid DESC LIMIT 1",
	    "ss", kind, payment);
	if (store_next(&q))
		found = json_loads(store_text(&q, 0), 0, NULL);
	store_done(&q);
	return found;
}

static bool
has_status(const json_t *dispute, const char *const words[])
{
	const char *status = stripe_text(dispute, "status");

	for (; *words != NULL; words++)
		if (strcmp(status, *words) == 0)
			return true;
	return false;
}

bool
stripe_is_disputed(struct stripe_call *c, const json_t *charge)
{
	static const char *const taken[] = { "needs_response", "under_review",
		"lost", NULL };
	json_t *d = newest(c, stripe_text(charge, "payment_intent"), "dispute");
	bool is = d != NULL && has_status(d, taken);

	json_decref(d);
	return is;
}

/*** What the bank does ***/

void
stripe_dispute_new(struct stripe_call *c, json_t *charge, const char *status)
{
	const char *payment = stripe_text(charge, "payment_intent");
	json_t *d = stripe_new(c, "dispute");

	stripe_set_int(d, "amount", stripe_whole(charge, "amount_captured"));
	stripe_set(d, "charge", stripe_text(charge, "id"));
	stripe_set(d, "currency", stripe_text(charge, "currency"));
	stripe_set(d, "payment_intent", payment);
	stripe_set(d, "status", status);
	stripe_set_int(json_object_get(d, "evidence_details"), "due_by",
	    c->now + ANSWER_SECONDS);
	(void)json_object_set(charge, "disputed", json_true());
	stripe_put(c, d, payment, 0);
	stripe_put(c, charge, NULL, 0);
	stripe_event_add(c, "charge.dispute.created", d);
	if (strcmp(status, "needs_response") == 0)
		stripe_event_add(c, "charge.dispute.funds_withdrawn", d);
	json_decref(d);
}

static void
warn(struct stripe_call *c, const json_t *charge)
{
	const char *payment = stripe_text(charge, "payment_intent");
	json_t *w = stripe_new(c, WARNING);

	stripe_set(w, "charge", stripe_text(charge, "id"));
	stripe_set(w, "payment_intent", payment);
	stripe_put(c, w, payment, 0);
	stripe_event_add(c, WARNING ".created", w);
	json_decref(w);
}

/* A warning is no use any more when what it warns of has come. */
static void
end_warning(struct stripe_call *c, const char *payment)
{
	json_t *w = newest(c, payment, WARNING);

	if (w != NULL && json_is_true(json_object_get(w, "actionable"))) {
		(void)json_object_set(w, "actionable", json_false());
		stripe_put(c, w, NULL, -1);
		stripe_event_add(c, WARNING ".updated", w);
	}
	json_decref(w);
}

static void
answer(struct stripe_call *c, json_t *d)
{
	json_t *details = json_object_get(d, "evidence_details");
	bool inquiry = strncmp(stripe_text(d, "status"), "warning_", 8) == 0;

	(void)json_object_set(details, "has_evidence", json_true());
	stripe_set_int(details, "submission_count", 1);
	stripe_set(
	    d, "status", inquiry ? "warning_under_review" : "under_review");
	stripe_put(c, d, NULL, -1);
	stripe_event_add(c, "charge.dispute.updated", d);
}

static void
decide(struct stripe_call *c, json_t *d, bool won)
{
	bool inquiry = strncmp(stripe_text(d, "status"), "warning_", 8) == 0;

	stripe_set(d, "status",
	    inquiry ? "warning_closed"
	    : won   ? "won"
		    : "lost");
	stripe_put(c, d, NULL, -1);
	if (!inquiry && won)
		stripe_event_add(c, "charge.dispute.funds_reinstated", d);
	stripe_event_add(c, "charge.dispute.closed", d);
}

static void
begin(struct stripe_call *c, const char *what, json_t *charge)
{
	const char *payment = stripe_text(charge, "payment_intent");

	if (strcmp(what, "warn") == 0) {
		warn(c, charge);
		return;
	}
	end_warning(c, payment);
	stripe_dispute_new(c, charge,
	    strcmp(what, "inquire") == 0 ? "warning_needs_response"
					 : "needs_response");
}

/* What cannot be done in its state is not done. */
static void
play(struct stripe_call *c, const char *payment, const char *what)
{
	static const char *const open[] = { "warning_needs_response",
		"needs_response", "warning_under_review", "under_review",
		NULL };
	json_t *intent = stripe_get(c, payment);
	json_t *charge = stripe_get(c, stripe_text(intent, "latest_charge"));
	json_t *d = newest(c, payment, "dispute");
	bool is_open = d != NULL && has_status(d, open);

	if (is_open && strcmp(what, "answer") == 0)
		answer(c, d);
	else if (is_open && strcmp(what, "win") == 0)
		decide(c, d, true);
	else if (is_open && strcmp(what, "lose") == 0)
		decide(c, d, false);
	else if (!is_open && charge != NULL &&
		 json_is_true(json_object_get(charge, "captured")) &&
		 (strcmp(what, "warn") == 0 || strcmp(what, "inquire") == 0 ||
		     strcmp(what, "dispute") == 0))
		begin(c, what, charge);
	json_decref(d);
	json_decref(charge);
	json_decref(intent);
}

/*** The page ***/

static void
put_button(struct box *b, const char *what, const char *words)
{
	html_el(&b->h, EL_BUTTON, words, TYPE("submit"), NAME("do"),
	    VALUE(what), CLASS("card"));
}

static void
put_payment(struct box *b, const char *id, const char *order, int64_t minor,
    const char *status)
{
	bool open = status[0] != '\0' && strcmp(status, "won") != 0 &&
		    strcmp(status, "lost") != 0 &&
		    strcmp(status, "warning_closed") != 0;
	struct url u;

	html_open(&b->h, EL_SECTION, CLASS("pay"));
	html_el(&b->h, EL_H2, id);
	html_open(&b->h, EL_P);
	html_textf(&b->h, "%lld in minor units, order %s, %s", (long long)minor,
	    order, status[0] != '\0' ? status : "undisputed");
	html_close(&b->h, EL_P);
	url_init(&u, PAGE);
	html_open(&b->h, EL_FORM, AT(AT_METHOD, "post"), ACTION(&u));
	url_release(&u);
	html_open(&b->h, EL_INPUT, TYPE("hidden"), NAME("payment"), VALUE(id));
	if (open) {
		put_button(b, "answer", "The shop answers");
		put_button(b, "win", "The shop wins");
		put_button(b, "lose", "The shop loses");
	} else {
		put_button(b, "warn", "Warn of fraud");
		put_button(b, "inquire", "Ask without taking money");
		put_button(b, "dispute", "Dispute it");
	}
	html_close(&b->h, EL_FORM);
	html_close(&b->h, EL_SECTION);
}

enum rc
stripe_disputes(struct box *b, struct error *e)
{
	struct stripe_call c;
	struct store_rows q;
	enum rc rc = stripe_open(&c, b, e);

	if (rc != RC_OK)
		return rc;
	stripe_page_begin(b, 200, "Disputes (sandbox)", "one");
	html_el(&b->h, EL_H1, "What the customers' banks do");
	store_ask(&c.st, &q,
	    "SELECT p.id, p.body ->> '$.metadata.order', "
	    "p.body ->> '$.amount_received', coalesce((SELECT d.body ->> "
	    "'$.status' FROM object d WHERE d.kind = 'dispute' AND d.parent = "
	    "p.id ORDER BY d.rowid DESC LIMIT 1), '') FROM object p WHERE "
	    "p.kind = 'payment_intent' AND p.body ->> '$.status' = 'succeeded' "
	    "ORDER BY p.rowid DESC LIMIT 50",
	    "");
	while (store_next(&q))
		put_payment(b, store_text(&q, 0), store_text(&q, 1),
		    store_int(&q, 2), store_text(&q, 3));
	store_done(&q);
	rc = store_rc(&c.st, e);
	stripe_close(&c);
	return rc == RC_OK ? box_page_end(b, e) : rc;
}

enum rc
stripe_disputes_do(struct box *b, struct error *e)
{
	static const struct field fields[] = {
		{ "payment", FIELD_TEXT, 1, STRIPE_ID - 1, FIELD_NEEDED },
		{ "do", FIELD_TEXT, 1, 10, FIELD_NEEDED },
	};
	struct stripe_call c;
	struct form f;
	struct url u;
	bool read;
	enum rc rc;

	read = form_read(&f, fields, 2, buf_str(&b->q.body), b->q.body.len,
		   NULL) == RC_OK;
	rc = stripe_open(&c, b, e);
	if (rc == RC_OK)
		rc = store_begin(&c.st, e);
	if (rc == RC_OK && read)
		play(&c, form_text_or(&f, 0, ""), form_text_or(&f, 1, ""));
	if (rc == RC_OK) {
		stripe_events_end(&c);
		rc = store_commit(&c.st, e);
	}
	stripe_close(&c);
	form_release(&f);
	url_init(&u, PAGE);
	reply_redirect(&b->r, &u);
	url_release(&u);
	return rc;
}
