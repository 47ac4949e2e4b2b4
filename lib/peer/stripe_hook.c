/*
 * Stripe's webhooks: the signature over the raw bytes, and what an event is
 * about.  docs.stripe.com/webhooks#verify-manually.
 */
#include "config.h"

#include <string.h>

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
	if (out->id[0] == '\0' || out->type[0] == '\0')
		rc = error_set(e, RC_INVALID, "this is no event of Stripe's");
	jdoc_release(&d);
	return rc;
}
