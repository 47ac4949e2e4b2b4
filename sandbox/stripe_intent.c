/* Payment intents and charges: shown, captured, cancelled. */
#include "config.h"

#include <string.h>

#include <jansson.h>

#include "sandbox/stripe.h"

static json_t *
object_of(
    struct stripe_call *c, const char *id, const char *kind, const char *param)
{
	json_t *object = stripe_get(c, id);

	if (object != NULL && strcmp(stripe_text(object, "object"), kind) == 0)
		return object;
	json_decref(object);
	stripe_fail(c, 404, STRIPE_INVALID, "resource_missing", param,
	    "No such %s: '%s'", kind, id);
	return NULL;
}

static void
show(struct stripe_call *c, const char *id, const char *kind, const char *param)
{
	json_t *object = object_of(c, id, kind, param);

	if (object != NULL)
		stripe_show(c, object);
	json_decref(object);
}

void
stripe_intent_show(struct stripe_call *c, const char *id)
{
	show(c, id, "payment_intent", "intent");
}

void
stripe_charge_show(struct stripe_call *c, const char *id)
{
	show(c, id, "charge", "charge");
}

void
stripe_intent_update(struct stripe_call *c, const char *id)
{
	json_t *intent = object_of(c, id, "payment_intent", "intent");

	if (intent == NULL)
		return;
	stripe_metadata(c, intent, "metadata");
	if (params_get(&c->p, "description") != NULL)
		stripe_set(
		    intent, "description", params_get(&c->p, "description"));
	stripe_put(c, intent, NULL, -1);
	stripe_show(c, intent);
	json_decref(intent);
}

/* An error that shows the intent as it is. */
static void
unexpected(struct stripe_call *c, const json_t *intent, const char *done,
    const char *only)
{
	stripe_fail(c, 400, STRIPE_INVALID, "payment_intent_unexpected_state",
	    NULL,
	    "This PaymentIntent could not be %s because it has a status of %s. "
	    "Only a PaymentIntent with one of the following statuses may be "
	    "%s: %s.",
	    done, stripe_text(intent, "status"), done, only);
	(void)json_object_set_new(json_object_get(c->out, "error"),
	    "payment_intent", stripe_bare(intent));
}

static void
capture(struct stripe_call *c, json_t *intent)
{
	json_t *charge = stripe_get(c, stripe_text(intent, "latest_charge"));
	int64_t most = stripe_whole(intent, "amount_capturable");
	int64_t amount = params_int(&c->p, most, "amount_to_capture");

	if (amount > most) {
		stripe_fail(c, 400, STRIPE_INVALID, "amount_too_large",
		    "amount_to_capture",
		    "The amount to capture (%lld) is greater than the amount "
		    "that can be captured (%lld).",
		    (long long)amount, (long long)most);
	} else {
		stripe_metadata(c, intent, "metadata");
		stripe_collect(c, intent, charge, amount);
		stripe_put(c, intent, NULL, 0);
		stripe_event_add(c, "charge.captured", charge);
		stripe_event_add(c, "payment_intent.succeeded", intent);
		stripe_show(c, intent);
	}
	json_decref(charge);
}

void
stripe_intent_capture(struct stripe_call *c, const char *id)
{
	json_t *intent = object_of(c, id, "payment_intent", "intent");

	if (intent == NULL)
		return;
	if (strcmp(stripe_text(intent, "status"), "requires_capture") == 0)
		capture(c, intent);
	else
		unexpected(c, intent, "captured", "requires_capture");
	json_decref(intent);
}

/* Whether a page is still open on which it could be paid. */
static bool
page_is_open(struct stripe_call *c, const json_t *intent)
{
	json_t *session =
	    stripe_get(c, stripe_text(stripe_inside(intent), "session"));
	bool open = strcmp(stripe_text(session, "status"), "open") == 0;

	json_decref(session);
	return open;
}

void
stripe_intent_cancel(struct stripe_call *c, const char *id)
{
	json_t *intent = object_of(c, id, "payment_intent", "intent");
	const char *status = stripe_text(intent, "status");

	if (intent == NULL)
		return;
	if (strcmp(status, "canceled") == 0 ||
	    strcmp(status, "succeeded") == 0) {
		unexpected(c, intent, "canceled",
		    "requires_payment_method, requires_capture, "
		    "requires_confirmation, requires_action, processing");
	} else if (page_is_open(c, intent)) {
		stripe_fail(c, 400, STRIPE_INVALID,
		    "payment_intent_unexpected_state", NULL,
		    "You cannot cancel this PaymentIntent because it was "
		    "created by a Checkout Session. Expire the Checkout "
		    "Session instead.");
	} else {
		stripe_cancel(
		    c, intent, params_get(&c->p, "cancellation_reason"));
		stripe_show(c, intent);
	}
	json_decref(intent);
}
