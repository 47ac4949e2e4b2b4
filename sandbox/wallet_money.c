/* Authorisations, captures and refunds, each inside its order. */
#include "config.h"

#include <stdio.h>
#include <string.h>

#include <jansson.h>

#include "sandbox/wallet.h"

#define DECIDED 3 /* seconds until what waits is decided */

const struct box_choice wallet_moods[] = {
	{ "", "PayPal balance: all goes well" },
	{ "declined", "a card that is declined" },
	{ "review", "under review for 3 seconds, then reserved" },
	{ "review-denied", "under review for 3 seconds, then denied" },
	{ "slow", "reserved; the money takes 3 seconds more, then arrives" },
	{ "slow-denied", "reserved; after 3 seconds the bank says no" },
	{ "no-capture", "reserved, and declined when it is to be taken" },
};
const size_t wallet_mood_count = sizeof(wallet_moods) / sizeof(wallet_moods[0]);

static const char *
currency_of(const json_t *order)
{
	return wallet_text(
	    json_object_get(wallet_unit(order), "amount"), "currency_code");
}

static json_t *
payments(const json_t *order)
{
	json_t *u = wallet_unit(order);

	if (json_object_get(u, "payments") == NULL)
		(void)json_object_set_new(u, "payments", json_object());
	return json_object_get(u, "payments");
}

json_t *
wallet_payment(struct wallet *w, json_t *order, const char *kind,
    const char *status, int64_t minor)
{
	const json_t *u = wallet_unit(order);
	char id[WALLET_ID];
	json_t *p;

	wallet_random(id, 17);
	wallet_name(w, id, wallet_text(order, "id"));
	p = json_pack("{s:s,s:s,s:o,s:s,s:s,s:{s:{s:s}},s:[]}", "id", id,
	    "status", status, "amount",
	    wallet_amount(minor, currency_of(order)), "custom_id",
	    wallet_text(u, "custom_id"), "invoice_id",
	    wallet_text(u, "invoice_id"), "supplementary_data", "related_ids",
	    "order_id", wallet_text(order, "id"), "links");
	wallet_stamp(w, p, "create_time");
	wallet_stamp(w, p, "update_time");
	(void)json_array_append_new(wallet_list(payments(order), kind), p);
	return p;
}

static int64_t
sum(const json_t *order, const char *kind)
{
	const json_t *all = json_object_get(payments(order), kind), *one;
	const char *status;
	int64_t total = 0;

	for (size_t i = 0; i < json_array_size(all); i++) {
		one = json_array_get(all, i);
		status = wallet_text(one, "status");
		if (strcmp(status, "DECLINED") != 0 &&
		    strcmp(status, "FAILED") != 0)
			total += wallet_minor(json_object_get(one, "amount"));
	}
	return total;
}

/*** What time decides ***/

static void
decide_authorisation(struct wallet *w, json_t *p, bool yes)
{
	if (strcmp(wallet_text(p, "status"), "PENDING") != 0)
		return;
	wallet_set(p, "status", yes ? "CREATED" : "DENIED");
	wallet_event(w,
	    yes ? "PAYMENT.AUTHORIZATION.CREATED"
		: "PAYMENT.AUTHORIZATION.VOIDED",
	    "authorization", p);
}

static void
decide_capture(struct wallet *w, json_t *p, bool yes)
{
	if (strcmp(wallet_text(p, "status"), "PENDING") != 0)
		return;
	wallet_set(p, "status", yes ? "COMPLETED" : "DECLINED");
	(void)json_object_del(p, "status_details");
	wallet_event(w,
	    yes ? "PAYMENT.CAPTURE.COMPLETED" : "PAYMENT.CAPTURE.DECLINED",
	    "capture", p);
}

void
wallet_decide(struct wallet *w, json_t *order)
{
	const char *mood = wallet_text(wallet_inside(order), "mood");
	json_t *auths = json_object_get(payments(order), "authorizations");
	json_t *captures = json_object_get(payments(order), "captures");
	bool yes = strstr(mood, "-denied") == NULL;

	for (size_t i = 0; i < json_array_size(auths); i++)
		decide_authorisation(w, json_array_get(auths, i), yes);
	for (size_t i = 0; i < json_array_size(captures); i++)
		decide_capture(w, json_array_get(captures, i), yes);
	wallet_keep(w, order, 0);
}

/*** Calls ***/

static void
answer(struct wallet *w, int status, const json_t *p)
{
	w->status = status;
	json_decref(w->out);
	w->out = w->whole
		     ? wallet_bare(p)
		     : json_pack("{s:s,s:s,s:[]}", "id", wallet_text(p, "id"),
			   "status", wallet_text(p, "status"), "links");
}

static void
show(struct wallet *w, const char *id, const char *kind)
{
	json_t *p, *order = wallet_load_of(w, id, kind, &p);

	w->whole = true;
	if (p != NULL)
		answer(w, 200, p);
	json_decref(order);
}

void
wallet_show_authorisation(struct wallet *w, const char *id)
{
	show(w, id, "authorizations");
}

void
wallet_show_capture(struct wallet *w, const char *id)
{
	show(w, id, "captures");
}

void
wallet_show_refund(struct wallet *w, const char *id)
{
	show(w, id, "refunds");
}

/* What was asked for, or all that is left; -1 and a refusal when it is too
 * much. */
static int64_t
asked(struct wallet *w, const json_t *order, int64_t left, const char *issue)
{
	const json_t *amount = json_object_get(w->in, "amount");
	int64_t minor = amount == NULL ? left : wallet_minor(amount);

	if (amount != NULL && strcmp(wallet_text(amount, "currency_code"),
				  currency_of(order)) != 0) {
		wallet_refuse(w, "CURRENCY_MISMATCH", "/amount/currency_code",
		    "The currency must be the one that was authorized.");
		return -1;
	}
	if (amount != NULL && minor < 0) {
		wallet_refuse(w, "DECIMAL_PRECISION", "/amount/value",
		    "The value of the field should not be more than two "
		    "decimal places.");
		return -1;
	}
	if (minor == 0 || minor > left) {
		wallet_refuse(w, issue, "/amount/value",
		    "The amount is more than what is left.");
		return -1;
	}
	return minor;
}

static bool
may_capture(struct wallet *w, const json_t *order, const json_t *auth)
{
	const char *status = wallet_text(auth, "status");
	struct fault f;

	if (strcmp(status, "CAPTURED") == 0)
		wallet_refuse(w, "AUTHORIZATION_ALREADY_CAPTURED", "",
		    "Authorization has already been captured.");
	else if (strcmp(status, "VOIDED") == 0)
		wallet_refuse(w, "AUTHORIZATION_VOIDED", "",
		    "A voided authorization cannot be captured.");
	else if (strcmp(status, "DENIED") == 0)
		wallet_refuse(w, "AUTHORIZATION_DENIED", "",
		    "A denied authorization cannot be captured.");
	else if (strcmp(status, "CREATED") != 0)
		wallet_refuse(w, "AUTH_CAPTURE_PENDING", "",
		    "The authorization is pending.");
	else {
		fault_take(&w->st, "|declined|", "capture", &f);
		if (f.kind[0] == '\0' &&
		    strcmp(wallet_text(wallet_inside(order), "mood"),
			"no-capture") != 0)
			return true;
		wallet_refuse(w, "INSTRUMENT_DECLINED", "",
		    "The instrument presented was declined by the processor "
		    "or bank.");
	}
	return false;
}

void
wallet_capture(struct wallet *w, const char *id)
{
	json_t *auth, *p,
	    *order = wallet_load_of(w, id, "authorizations", &auth);
	bool slow =
	    strncmp(wallet_text(wallet_inside(order), "mood"), "slow", 4) == 0;
	int64_t minor = -1;

	if (auth != NULL && wallet_check_capture(w) &&
	    may_capture(w, order, auth))
		minor = asked(w, order,
		    wallet_minor(json_object_get(auth, "amount")) -
			sum(order, "captures"),
		    "MAX_CAPTURE_AMOUNT_EXCEEDED");
	if (minor > 0) {
		p = wallet_payment(w, order, "captures",
		    slow ? "PENDING" : "COMPLETED", minor);
		(void)json_object_set_new(p, "final_capture",
		    json_boolean(
			json_is_true(json_object_get(w->in, "final_capture"))));
		if (slow)
			(void)json_object_set_new(p, "status_details",
			    json_pack("{s:s}", "reason", "PENDING_REVIEW"));
		wallet_set(auth, "status", "CAPTURED");
		wallet_keep(w, order, slow ? w->b->now + DECIDED : 0);
		wallet_event(w,
		    slow ? "PAYMENT.CAPTURE.PENDING"
			 : "PAYMENT.CAPTURE.COMPLETED",
		    "capture", p);
		answer(w, 201, p);
	}
	json_decref(order);
}

void
wallet_void(struct wallet *w, const char *id)
{
	json_t *auth, *order = wallet_load_of(w, id, "authorizations", &auth);
	const char *status = wallet_text(auth, "status");

	if (auth == NULL || !wallet_check_nothing(w)) {
		json_decref(order);
		return;
	}
	if (strcmp(status, "VOIDED") == 0) {
		wallet_refuse(w, "PREVIOUSLY_VOIDED", "",
		    "Authorization has been previously voided and hence "
		    "cannot be voided again.");
	} else if (strcmp(status, "CAPTURED") == 0) {
		wallet_refuse(w, "PREVIOUSLY_CAPTURED", "",
		    "Authorization has been previously captured and hence "
		    "cannot be voided.");
	} else if (strcmp(status, "DENIED") == 0) {
		wallet_refuse(w, "AUTHORIZATION_DENIED", "",
		    "A denied authorization cannot be voided.");
	} else {
		wallet_set(auth, "status", "VOIDED");
		wallet_keep(w, order, 0);
		wallet_event(
		    w, "PAYMENT.AUTHORIZATION.VOIDED", "authorization", auth);
		answer(w, w->whole ? 200 : 204, auth);
	}
	json_decref(order);
}

void
wallet_refund(struct wallet *w, const char *id)
{
	json_t *capture, *p,
	    *order = wallet_load_of(w, id, "captures", &capture);
	const char *status = wallet_text(capture, "status");
	int64_t left = 0, minor = -1;

	if (capture != NULL && wallet_check_refund(w)) {
		left = wallet_minor(json_object_get(capture, "amount")) -
		       sum(order, "refunds");
		if (strcmp(status, "PENDING") == 0)
			wallet_refuse(w, "PENDING_CAPTURE", "",
			    "Cannot initiate a refund as the capture is "
			    "pending.");
		else if (wallet_is_disputed(w, id))
			wallet_refuse(w, "TRANSACTION_DISPUTED", "",
			    "Partial refunds cannot be offered at this time "
			    "because there is an open case on this "
			    "transaction.");
		else if (strcmp(status, "DECLINED") == 0 || left == 0)
			wallet_refuse(w, "CAPTURE_FULLY_REFUNDED", "",
			    "The capture has already been fully refunded.");
		else
			minor = asked(w, order, left, "REFUND_AMOUNT_EXCEEDED");
	}
	if (minor > 0) {
		p = wallet_payment(w, order, "refunds", "COMPLETED", minor);
		if (json_object_get(w->in, "invoice_id") != NULL)
			wallet_set(
			    p, "invoice_id", wallet_text(w->in, "invoice_id"));
		(void)json_object_set_new(p, "links",
		    json_pack("[{s:s+,s:s,s:s}]", "href",
			"https://api.paypal.com/v2/payments/captures/", id,
			"rel", "up", "method", "GET"));
		wallet_set(capture, "status",
		    minor == left ? "REFUNDED" : "PARTIALLY_REFUNDED");
		wallet_keep(w, order, 0);
		wallet_event(w, "PAYMENT.CAPTURE.REFUNDED", "refund", p);
		answer(w, 201, p);
	}
	json_decref(order);
}
