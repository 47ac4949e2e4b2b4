/* Cards, and what a card, a bank or time does to a payment. */
#include "config.h"

#include <stdio.h>
#include <string.h>

#include <jansson.h>

#include "sandbox/stripe.h"

#define HELD_SECONDS (7 * 86400) /* an authorisation online, cards */
#define REFUND_SECONDS 5         /* until a refund that is late is decided */

/* docs.stripe.com/testing */
const struct stripe_card stripe_cards[] = {
	{ "4242424242424242", "visa", "passes", CARD_PASSES, NULL, NULL, NULL,
	    NULL },
	{ "5555555555554444", "mastercard", "passes", CARD_PASSES, NULL, NULL,
	    NULL, NULL },
	{ "4000008260000000", "visa", "passes, from the UK", CARD_PASSES, NULL,
	    NULL, NULL, NULL },
	{ "378282246310005", "amex", "passes", CARD_PASSES, NULL, NULL, NULL,
	    NULL },
	{ "4000000000000002", "visa", "is declined", CARD_DECLINED,
	    "card_declined", "generic_decline", "Your card was declined.",
	    NULL },
	{ "4000000000009995", "visa", "has no funds", CARD_DECLINED,
	    "card_declined", "insufficient_funds",
	    "Your card has insufficient funds.", NULL },
	{ "4000000000009987", "visa", "is lost", CARD_DECLINED, "card_declined",
	    "lost_card", "Your card was declined.", NULL },
	{ "4000000000000069", "visa", "has expired", CARD_DECLINED,
	    "expired_card", NULL, "Your card has expired.", NULL },
	{ "4000000000000127", "visa", "has another CVC", CARD_DECLINED,
	    "incorrect_cvc", NULL, "Your card's security code is incorrect.",
	    NULL },
	{ "4000000000000119", "visa", "cannot be processed", CARD_DECLINED,
	    "processing_error", NULL,
	    "An error occurred while processing your card. Try again in a "
	    "little bit.",
	    NULL },
	{ "4000002500003155", "visa", "asks the bank (3-D Secure)", CARD_ASKS,
	    NULL, NULL, NULL, NULL },
	{ "4000002760003184", "visa", "always asks the bank", CARD_ASKS, NULL,
	    NULL, NULL, NULL },
	{ "4000008400001629", "visa", "asks the bank, then is declined",
	    CARD_ASKS_DECLINED, "card_declined", "generic_decline",
	    "Your card was declined.", NULL },
	{ "4000000000000259", "visa", "passes and is disputed", CARD_PASSES,
	    NULL, NULL, NULL, "dispute" },
	{ "4000000000007726", "visa", "passes; a refund waits at first",
	    CARD_PASSES, NULL, NULL, NULL, "refund-late" },
	{ "4000000000005126", "visa", "passes; a refund fails later",
	    CARD_PASSES, NULL, NULL, NULL, "refund-fails" },
};
const size_t stripe_card_count = sizeof(stripe_cards) / sizeof(stripe_cards[0]);

const struct stripe_card *
stripe_card_of(const char *typed)
{
	char digits[24];
	size_t n = 0, i;

	for (; *typed != '\0' && n < sizeof(digits) - 1; typed++)
		if (*typed != ' ' && *typed != '-')
			digits[n++] = *typed;
	digits[n] = '\0';
	for (i = 0; i < stripe_card_count && *typed == '\0'; i++)
		if (strcmp(stripe_cards[i].number, digits) == 0)
			return &stripe_cards[i];
	return NULL;
}

/*** The objects of a payment ***/

static json_t *
intent_new(struct stripe_call *c, json_t *session)
{
	json_t *made = json_object_get(stripe_inside(session), "intent");
	json_t *intent = stripe_new(c, "payment_intent");
	const char *id = stripe_text(intent, "id");
	const char *method = stripe_text(made, "capture_method");

	stripe_set_int(intent, "amount", stripe_whole(session, "amount_total"));
	stripe_set(intent, "currency", stripe_text(session, "currency"));
	if (method[0] != '\0')
		stripe_set(intent, "capture_method", method);
	(void)json_object_set(
	    intent, "description", json_object_get(made, "description"));
	(void)json_object_set(intent, "statement_descriptor_suffix",
	    json_object_get(made, "statement_descriptor_suffix"));
	(void)json_object_set(
	    intent, "metadata", json_object_get(made, "metadata"));
	(void)json_object_set(intent, "receipt_email", json_null());
	(void)json_object_set(intent, "allowed_payment_method_types",
	    json_object_get(session, "allowed_payment_method_types"));
	(void)json_object_set_new(
	    intent, "client_secret", json_sprintf("%s_secret_sandbox", id));
	stripe_set(
	    stripe_inside(intent), "session", stripe_text(session, "id"));
	stripe_set(session, "payment_intent", id);
	stripe_event_add(c, "payment_intent.created", intent);
	return intent;
}

/* The session's intent; made by the first card. */
static json_t *
intent_of(struct stripe_call *c, json_t *session)
{
	const char *id = stripe_text(session, "payment_intent");
	json_t *intent = id[0] == '\0' ? NULL : stripe_get(c, id);

	return intent == NULL ? intent_new(c, session) : intent;
}

static void
put_bill(json_t *to, const json_t *session)
{
	json_t *bill = json_object_get(to, "billing_details");

	(void)json_object_set(
	    bill, "email", json_object_get(session, "customer_email"));
}

static void
put_card(json_t *card, const struct stripe_card *which)
{
	size_t n = strlen(which->number);

	stripe_set(card, "brand", which->brand);
	stripe_set(card, "last4", which->number + n - 4);
	if (json_object_get(card, "network") != NULL)
		stripe_set(card, "network", which->brand);
}

/* The numbers of test cards are published; none but their ends is kept. */
static void
method_new(struct stripe_call *c, const json_t *session, json_t *intent,
    const struct stripe_card *card)
{
	json_t *method = stripe_new(c, "payment_method");

	put_card(json_object_get(method, "card"), card);
	stripe_set(
	    json_object_get(method, "card"), "display_brand", card->brand);
	put_bill(method, session);
	stripe_put(c, method, stripe_text(intent, "id"), 0);
	stripe_set(intent, "payment_method", stripe_text(method, "id"));
	json_decref(method);
}

static json_t *
charge_new(struct stripe_call *c, const json_t *session, json_t *intent,
    const struct stripe_card *card)
{
	static const char *const copied[] = { "amount", "currency",
		"description", "metadata", "payment_method",
		"statement_descriptor_suffix" };
	json_t *charge = stripe_new(c, "charge");
	json_t *details = json_object_get(
	    json_object_get(charge, "payment_method_details"), "card");
	size_t i;

	for (i = 0; i < sizeof(copied) / sizeof(copied[0]); i++)
		(void)json_object_set(
		    charge, copied[i], json_object_get(intent, copied[i]));
	stripe_set(charge, "payment_intent", stripe_text(intent, "id"));
	put_bill(charge, session);
	put_card(details, card);
	stripe_set_int(
	    details, "amount_authorized", stripe_whole(intent, "amount"));
	stripe_set_int(details, "capture_before", c->now + HELD_SECONDS);
	stripe_set_int(json_object_get(details, "overcapture"),
	    "maximum_amount_capturable", stripe_whole(intent, "amount"));
	if (card->later != NULL)
		stripe_set(stripe_inside(charge), "later", card->later);
	stripe_set(intent, "latest_charge", stripe_text(charge, "id"));
	return charge;
}

/*** Declined, asked, taken ***/

static void
put_error(struct stripe_call *c, json_t *intent, const char *charge,
    const char *code, const char *decline, const char *words)
{
	json_t *method = stripe_get(c, stripe_text(intent, "payment_method"));
	json_t *error =
	    json_pack("{s:s, s:s, s:s}", "code", code, "message", words, "type",
		charge == NULL ? "invalid_request_error" : "card_error");

	if (charge != NULL)
		stripe_set(error, "charge", charge);
	if (decline != NULL)
		stripe_set(error, "decline_code", decline);
	if (method != NULL) {
		(void)json_object_del(method, "_box");
		(void)json_object_set(error, "payment_method", method);
	}
	(void)json_object_set_new(error, "doc_url",
	    json_sprintf("https://stripe.com/docs/error-codes/%s", code));
	(void)json_object_set_new(intent, "last_payment_error", error);
	stripe_set(intent, "payment_method", NULL);
	stripe_set(intent, "next_action", NULL);
	stripe_set(intent, "status", "requires_payment_method");
	json_decref(method);
}

static void
decline(struct stripe_call *c, const json_t *session, json_t *intent,
    const struct stripe_card *card)
{
	json_t *charge = charge_new(c, session, intent, card);
	json_t *outcome = json_object_get(charge, "outcome");

	stripe_set(charge, "status", "failed");
	(void)json_object_set(charge, "paid", json_false());
	stripe_set(charge, "failure_code", card->code);
	stripe_set(charge, "failure_message", card->words);
	stripe_set(outcome, "network_status", "declined_by_network");
	stripe_set(outcome, "reason",
	    card->decline_code != NULL ? card->decline_code : card->code);
	stripe_set(outcome, "seller_message",
	    "The bank did not return any further details with this decline.");
	stripe_set(outcome, "type", "issuer_declined");
	stripe_put(c, charge, stripe_text(intent, "id"), 0);
	put_error(c, intent, stripe_text(charge, "id"), card->code,
	    card->decline_code, card->words);
	stripe_event_add(c, "charge.failed", charge);
	stripe_event_add(c, "payment_intent.payment_failed", intent);
	json_decref(charge);
}

static void
ask(struct stripe_call *c, const json_t *session, json_t *intent,
    const struct stripe_card *card)
{
	stripe_set(intent, "status", "requires_action");
	stripe_set(intent, "last_payment_error", NULL);
	(void)json_object_set_new(intent, "next_action",
	    json_pack("{s:s, s:{s:s, s:o}}", "type", "redirect_to_url",
		"redirect_to_url", "return_url", stripe_text(session, "url"),
		"url",
		json_sprintf("%s/c/proof/%s", c->b->settings->stripe_base,
		    stripe_text(session, "id"))));
	stripe_set_int(stripe_inside(intent), "card", card - stripe_cards);
	stripe_event_add(c, "payment_intent.requires_action", intent);
}

static void
balance_new(struct stripe_call *c, json_t *charge, int64_t amount)
{
	json_t *t = stripe_new(c, "balance_transaction");
	int64_t fee = amount * 15 / 1000 + 20;

	stripe_set_int(t, "amount", amount);
	stripe_set_int(t, "available_on", c->now + 7 * 86400);
	stripe_set(t, "currency", stripe_text(charge, "currency"));
	stripe_set_int(t, "fee", fee);
	stripe_set_int(t, "net", amount - fee);
	(void)json_object_set_new(t, "fee_details",
	    json_pack("[{s:I, s:n, s:s, s:s, s:s}]", "amount", (json_int_t)fee,
		"application", "currency", stripe_text(charge, "currency"),
		"description", "Stripe processing fees", "type", "stripe_fee"));
	stripe_set(t, "source", stripe_text(charge, "id"));
	stripe_put(c, t, stripe_text(charge, "id"), 0);
	stripe_set(charge, "balance_transaction", stripe_text(t, "id"));
	json_decref(t);
}

void
stripe_collect(
    struct stripe_call *c, json_t *intent, json_t *charge, int64_t amount)
{
	const char *id = stripe_text(intent, "id");

	(void)json_object_set(charge, "captured", json_true());
	stripe_set_int(charge, "amount_captured", amount);
	balance_new(c, charge, amount);
	if (strcmp(stripe_text(stripe_inside(charge), "later"), "dispute") == 0)
		stripe_dispute_new(c, charge, "needs_response");
	stripe_put(c, charge, id, 0);
	stripe_set_int(intent, "amount_received", amount);
	stripe_set_int(intent, "amount_capturable", 0);
	stripe_set(intent, "status", "succeeded");
}

static void
put_proof(json_t *charge)
{
	json_t *details = json_object_get(
	    json_object_get(charge, "payment_method_details"), "card");

	(void)json_object_set_new(details, "three_d_secure",
	    json_pack("{s:s, s:s, s:n, s:s, s:n, s:s, s:s}",
		"authentication_flow", "challenge",
		"electronic_commerce_indicator", "05", "exemption_indicator",
		"result", "authenticated", "result_reason", "transaction_id",
		"sandbox", "version", "2.2.0"));
}

static void
take(struct stripe_call *c, json_t *session, json_t *intent,
    const struct stripe_card *card)
{
	json_t *charge = charge_new(c, session, intent, card);
	bool manual =
	    strcmp(stripe_text(intent, "capture_method"), "manual") == 0;

	if (card->does != CARD_PASSES)
		put_proof(charge);
	stripe_set(intent, "last_payment_error", NULL);
	stripe_set(intent, "next_action", NULL);
	stripe_put(c, charge, stripe_text(intent, "id"), 0);
	if (manual) {
		stripe_set(intent, "status", "requires_capture");
		stripe_set_int(intent, "amount_capturable",
		    stripe_whole(intent, "amount"));
	} else {
		stripe_collect(
		    c, intent, charge, stripe_whole(intent, "amount"));
	}
	stripe_event_add(c, "charge.succeeded", charge);
	stripe_event_add(c,
	    manual ? "payment_intent.amount_capturable_updated"
		   : "payment_intent.succeeded",
	    intent);
	stripe_set(session, "status", "complete");
	stripe_set(session, "payment_status", manual ? "unpaid" : "paid");
	stripe_set(session, "url", NULL);
	(void)json_object_set_new(session, "customer_details",
	    json_pack("{s:O, s:n, s:O, s:n, s:n, s:n, s:s, s:[]}", "address",
		json_object_get(
		    json_object_get(charge, "billing_details"), "address"),
		"business_name", "email",
		json_object_get(session, "customer_email"), "individual_name",
		"name", "phone", "tax_exempt", "none", "tax_ids"));
	stripe_event_add(c, "checkout.session.completed", session);
	json_decref(charge);
}

/* An authorisation is given back by itself when its time is over. */
static int64_t
due_of(struct stripe_call *c, const json_t *intent)
{
	return strcmp(stripe_text(intent, "status"), "requires_capture") == 0
		   ? c->now + HELD_SECONDS
		   : 0;
}

static void
put_both(struct stripe_call *c, const json_t *session, const json_t *intent)
{
	bool open = strcmp(stripe_text(session, "status"), "open") == 0;

	stripe_put(c, intent, stripe_text(session, "id"), due_of(c, intent));
	stripe_put(c, session, stripe_text(intent, "id"),
	    open ? stripe_whole(session, "expires_at") : 0);
}

enum stripe_paid
stripe_pay(struct stripe_call *c, json_t *session,
    const struct stripe_card *card, bool proven)
{
	json_t *intent = intent_of(c, session);
	enum stripe_paid paid = PAID_DONE;

	if (card->does == CARD_DECLINED ||
	    (card->does == CARD_ASKS_DECLINED && proven))
		paid = PAID_DECLINED;
	else if (card->does != CARD_PASSES && !proven)
		paid = PAID_ASKS;
	if (!proven)
		method_new(c, session, intent, card);
	switch (paid) {
	case PAID_DECLINED:
		decline(c, session, intent, card);
		break;
	case PAID_ASKS:
		ask(c, session, intent, card);
		break;
	case PAID_DONE:
		take(c, session, intent, card);
		break;
	}
	put_both(c, session, intent);
	json_decref(intent);
	return paid;
}

void
stripe_unproven(struct stripe_call *c, json_t *session)
{
	json_t *intent = intent_of(c, session);

	put_error(c, intent, NULL, "payment_intent_authentication_failure",
	    NULL,
	    "The provided PaymentMethod has failed authentication. You can "
	    "provide payment_method_data or a new PaymentMethod to attempt to "
	    "fulfill this PaymentIntent again.");
	stripe_event_add(c, "payment_intent.payment_failed", intent);
	put_both(c, session, intent);
	json_decref(intent);
}

/*** Ended ***/

static void
let_go(struct stripe_call *c, const json_t *intent)
{
	json_t *charge = stripe_get(c, stripe_text(intent, "latest_charge"));

	if (charge == NULL ||
	    strcmp(stripe_text(charge, "status"), "succeeded") != 0) {
		json_decref(charge);
		return;
	}
	(void)json_object_set(charge, "refunded", json_true());
	stripe_set_int(
	    charge, "amount_refunded", stripe_whole(charge, "amount"));
	stripe_put(c, charge, stripe_text(intent, "id"), 0);
	stripe_event_add(c, "charge.refunded", charge);
	json_decref(charge);
}

void
stripe_cancel(struct stripe_call *c, json_t *intent, const char *reason)
{
	if (strcmp(stripe_text(intent, "status"), "requires_capture") == 0)
		let_go(c, intent);
	stripe_set(intent, "status", "canceled");
	stripe_set(intent, "cancellation_reason", reason);
	stripe_set_int(intent, "canceled_at", c->now);
	stripe_set_int(intent, "amount_capturable", 0);
	stripe_set(intent, "next_action", NULL);
	stripe_put(c, intent, NULL, 0);
	stripe_event_add(c, "payment_intent.canceled", intent);
}

void
stripe_expire(struct stripe_call *c, json_t *session)
{
	json_t *intent = stripe_get(c, stripe_text(session, "payment_intent"));

	stripe_set(session, "status", "expired");
	stripe_set(session, "url", NULL);
	stripe_put(c, session, NULL, 0);
	if (intent != NULL)
		stripe_cancel(c, intent, "expired");
	stripe_event_add(c, "checkout.session.expired", session);
	json_decref(intent);
}

/*** Time ***/

bool
stripe_is_due(struct stripe_call *c)
{
	struct store_rows q;
	bool due;

	store_ask(&c->st, &q, "SELECT 1 FROM object WHERE due <= ? LIMIT 1",
	    "i", c->now);
	due = store_next(&q);
	store_done(&q);
	return due;
}

static void
refund_decided(struct stripe_call *c, json_t *refund)
{
	bool fails =
	    strcmp(stripe_text(stripe_inside(refund), "later"), "fails") == 0;
	json_t *charge = stripe_get(c, stripe_text(refund, "charge"));

	stripe_set(refund, "status", fails ? "failed" : "succeeded");
	if (fails) {
		stripe_set(
		    refund, "failure_reason", "expired_or_canceled_card");
		stripe_set_int(charge, "amount_refunded",
		    stripe_whole(charge, "amount_refunded") -
			stripe_whole(refund, "amount"));
		(void)json_object_set(charge, "refunded", json_false());
		stripe_put(c, charge, NULL, 0);
	}
	stripe_put(c, refund, NULL, 0);
	stripe_event_add(c, "refund.updated", refund);
	if (fails)
		stripe_event_add(c, "refund.failed", refund);
	json_decref(charge);
}

static void
settle_one(struct stripe_call *c, const char *id)
{
	json_t *object = stripe_get(c, id);
	const char *kind = stripe_text(object, "object");
	json_t *charge;

	if (strcmp(kind, "checkout.session") == 0) {
		stripe_expire(c, object);
	} else if (strcmp(kind, "payment_intent") == 0) {
		stripe_cancel(c, object, "automatic");
		charge = stripe_get(c, stripe_text(object, "latest_charge"));
		stripe_event_add(c, "charge.expired", charge);
		json_decref(charge);
	} else {
		refund_decided(c, object);
	}
	json_decref(object);
}

void
stripe_settle(struct stripe_call *c)
{
	char id[STRIPE_ID];
	struct store_rows q;

	for (;;) {
		id[0] = '\0';
		store_ask(&c->st, &q,
		    "SELECT id FROM object WHERE due <= ? ORDER BY due LIMIT 1",
		    "i", c->now);
		if (store_next(&q))
			(void)snprintf(id, sizeof(id), "%s", store_text(&q, 0));
		store_done(&q);
		if (id[0] == '\0' || c->st.e.rc != RC_OK)
			return;
		settle_one(c, id);
	}
}
