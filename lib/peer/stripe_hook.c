/*
 * Stripe's webhooks: the signature over the raw bytes, and what an event is
 * about.  docs.stripe.com/webhooks#verify-manually.
 */
#include "config.h"

#include <string.h>

#include "base/limits.h"
#include "base/num.h"
#include "base/token.h"
#include "peer/jdoc.h"
#include "peer/stripe.h"

#define SIGNATURES 8 /* two while a secret is changed */

struct signature {
	int64_t at;
	bool timed;
	const char *v1[SIGNATURES]; /* 64 characters each */
	size_t n;
};

bool
stripe_is_test(const char *key)
{
	return strncmp(key, "sk_test_", 8) == 0 ||
	       strncmp(key, "rk_test_", 8) == 0;
}

static bool
is_hex(const char *s, size_t n)
{
	return n == 2 * HASH_BYTES &&
	       strspn(s, "0123456789abcdef") >= 2 * HASH_BYTES;
}

/* "t=1760000000,v1=HEX,v1=HEX,v0=…": no blanks; a second t is refused. */
static bool
read_header(const char *header, struct signature *s)
{
	const char *at = header;
	size_t n;

	memset(s, 0, sizeof(*s));
	while (*at != '\0') {
		n = strcspn(at, ",");
		if (strncmp(at, "t=", 2) == 0) {
			if (s->timed || num_parse_n(at + 2, n - 2, 0, INT64_MAX,
					    &s->at) != RC_OK)
				return false;
			s->timed = true;
		} else if (strncmp(at, "v1=", 3) == 0 &&
			   is_hex(at + 3, n - 3)) {
			if (s->n == SIGNATURES)
				return false;
			s->v1[s->n++] = at + 3;
		}
		at += n + (at[n] == ',');
	}
	return s->timed && s->n > 0;
}

enum rc
stripe_signed(const char *header, const void *body, size_t n,
    const char *const secrets[2], int64_t now, struct error *e)
{
	char want[HASH_SIZE];
	struct signature s;
	struct buf text; /* t "." body */
	bool right = false;
	enum rc rc;

	if (n > LIMIT_HOOK)
		return error_set(e, RC_TOOBIG, "an event is too large");
	if (!read_header(header, &s))
		return error_set(
		    e, RC_DENIED, "the Stripe-Signature is malformed");
	buf_init(&text, LIMIT_HOOK + 64);
	buf_putd(&text, s.at);
	buf_putc(&text, '.');
	buf_put(&text, body, n);
	rc = buf_rc(&text);
	for (int i = 0; i < 2 && rc == RC_OK; i++) {
		if (secrets[i] == NULL || secrets[i][0] == '\0')
			continue;
		hash_keyed(
		    secrets[i], strlen(secrets[i]), text.s, text.len, want);
		for (size_t k = 0; k < s.n; k++)
			right |= token_equal(want, s.v1[k], HASH_SIZE - 1) != 0;
	}
	buf_release(&text);
	if (rc != RC_OK)
		return error_set(e, rc, "no memory for a signature");
	if (!right)
		return error_set(
		    e, RC_DENIED, "the Stripe-Signature is not ours");
	if (s.at < now - STRIPE_SKEW || s.at > now + STRIPE_SKEW)
		return error_set(e, RC_DENIED,
		    "the Stripe-Signature's time is more than %d s off",
		    STRIPE_SKEW);
	return RC_OK;
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
