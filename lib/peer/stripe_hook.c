/*
 * Stripe's webhooks: the signature over the raw bytes, and what an event is
 * about.  docs.stripe.com/webhooks#verify-manually.
 */
#include "config.h"

#include <string.h>

#include "base/text.h"
#include "peer/ears.h"
#include "peer/jdoc.h"
#include "peer/signed.h"
#include "peer/stripe.h"

bool
stripe_is_test(const char *key)
{
	return strncmp(key, "sk_test_", 8) == 0 ||
	       strncmp(key, "rk_test_", 8) == 0;
}

enum rc
stripe_signed(const char *header, const void *body, size_t n,
    const char *const secrets[2], int64_t now, struct error *e)
{
	return signed_check(
	    "Stripe-Signature", header, body, n, secrets, now, STRIPE_SKEW, e);
}

static void
copy(char out[STRIPE_NAME_SIZE], const char *from)
{
	size_t n = from == NULL ? 0 : strlen(from);

	if (n >= STRIPE_NAME_SIZE)
		n = 0;
	if (n > 0)
		memcpy(out, from, n);
	out[n] = '\0';
}

enum rc
stripe_event(
    const void *body, size_t n, struct stripe_event *out, struct error *e)
{
	const char *object;
	struct jdoc d;
	enum rc rc;

	memset(out, 0, sizeof(*out));
	rc = jdoc_read(&d, body, n, e);
	if (rc != RC_OK)
		return rc;
	copy(out->id, jdoc_text(&d, "id"));
	copy(out->type, jdoc_text(&d, "type"));
	copy(out->object, jdoc_text(&d, "data.object.id"));
	copy(out->order, jdoc_text(&d, "data.object.metadata.order"));
	copy(out->attempt, jdoc_text(&d, "data.object.metadata.attempt"));
	copy(out->payment, jdoc_text(&d, "data.object.payment_intent"));
	copy(out->why, jdoc_text(&d, "data.object.last_payment_error.message"));
	if (out->why[0] == '\0')
		copy(out->why, jdoc_text(&d, "data.object.reason"));
	object = jdoc_text(&d, "data.object.object");
	if (object != NULL && strcmp(object, "payment_intent") == 0)
		copy(out->payment, out->object);
	if (out->order[0] == '\0')
		copy(out->order,
		    jdoc_text(&d, "data.object.client_reference_id"));
	out->live = jdoc_yes(&d, "livemode");
	if (!jdoc_whole(&d, "created", &out->at))
		out->at = 0;
	if (out->id[0] == '\0' || out->type[0] == '\0')
		rc = error_set(e, RC_INVALID, "this is no event of Stripe's");
	jdoc_release(&d);
	return rc;
}

/*** As an ear of the shop ***/

#define SIGNATURE_MAX 2000 /* bytes of it that are worth keeping */

bool
stripe_configured(const struct settings *s)
{
	return s->stripe_key[0] != '\0';
}

static const struct ear_meaning meanings[] = {
	{ "checkout.session.completed", ERRAND_MONEY, NULL },
	{ "checkout.session.expired", ERRAND_LOOK, NULL },
	{ "checkout.session.async_payment_succeeded", ERRAND_MONEY, NULL },
	{ "checkout.session.async_payment_failed", ERRAND_LOOK, NULL },
	{ "payment_intent.amount_capturable_updated", ERRAND_MONEY, NULL },
	{ "payment_intent.succeeded", ERRAND_MONEY, NULL },
	{ "payment_intent.canceled", ERRAND_LOOK, NULL },
	/* the page stays open: another card may pass */
	{ "payment_intent.payment_failed", ERRAND_TELL, "declined" },
	{ "charge.expired", ERRAND_LOOK, NULL },
	{ "charge.refunded", ERRAND_REFUND, NULL },
	{ "refund.updated", ERRAND_REFUND, NULL },
	{ "refund.failed", ERRAND_REFUND, NULL },
	{ "charge.dispute.created", ERRAND_DISPUTE, NULL },
	{ "charge.dispute.updated", ERRAND_DISPUTE, NULL },
	{ "charge.dispute.closed", ERRAND_DISPUTE, NULL },
	{ "charge.dispute.funds_withdrawn", ERRAND_DISPUTE, NULL },
	{ "charge.dispute.funds_reinstated", ERRAND_DISPUTE, NULL },
	{ "radar.early_fraud_warning.created", ERRAND_DISPUTE, NULL },
	{ "radar.early_fraud_warning.updated", ERRAND_DISPUTE, NULL },
};

static enum rc
read_event(
    const void *body, size_t n, struct gateway_event *out, struct error *e)
{
	struct stripe_event ev;
	enum rc rc = stripe_event(body, n, &ev, e);

	memset(out, 0, sizeof(*out));
	if (rc != RC_OK)
		return rc;
	copy(out->id, ev.id);
	copy(out->type, ev.type);
	copy(out->why, ev.why);
	out->at = ev.at;
	copy(out->order, ev.order);
	copy(out->names[0], ev.attempt);
	copy(out->names[1], ev.payment);
	copy(out->names[EVENT_OBJECT], ev.object);
	ears_mean(out, meanings, sizeof(meanings) / sizeof(meanings[0]));
	return RC_OK;
}

/* 400 shows at Stripe's: real money with a test's key is a mistake in one of
 * the two places. */
static enum rc
check_live(
    const struct settings *s, const struct gateway_sent *sent, struct error *e)
{
	struct stripe_event ev;
	enum rc rc = stripe_event(sent->body, sent->n, &ev, e);

	if (rc == RC_OK && ev.live == stripe_is_test(s->stripe_key))
		rc = error_set(e, RC_DENIED,
		    "event \"%s\" is %s, but stripe.key is not", ev.id,
		    ev.live ? "of real money" : "a test");
	return rc;
}

static enum rc
hear(const struct settings *s, const struct gateway_sent *sent, int64_t now,
    struct gateway_event *out, struct buf *headers, struct error *e)
{
	const char *const secrets[2] = { s->stripe_webhook_secret,
		s->stripe_webhook_secret_old };
	const char *signature =
	    sent->header(sent->ctx, "HTTP_STRIPE_SIGNATURE");
	size_t n = signature == NULL ? 0 : strlen(signature);
	enum rc rc;

	rc = stripe_signed(
	    n == 0 ? "" : signature, sent->body, sent->n, secrets, now, e);
	if (rc == RC_OK)
		rc = check_live(s, sent, e);
	if (rc == RC_OK && n <= SIGNATURE_MAX && text_line(signature, n))
		buf_puts(headers, signature);
	return rc == RC_OK ? read_event(sent->body, sent->n, out, e) : rc;
}

const struct gateway_ear gateway_ear_stripe = {
	.name = "stripe",
	.configured = stripe_configured,
	.hear = hear,
	.read = read_event,
};
