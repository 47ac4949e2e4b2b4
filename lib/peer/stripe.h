/*
 * Stripe Checkout: a hosted page, manual capture, cards only.
 *
 *	struct stripe st = { .base = "https://api.stripe.com",
 *		.key = settings.stripe_key };
 *	struct gateway g;
 *
 *	stripe_gateway(&st, &g);
 *
 * Facts: docs.stripe.com/api of the version that STRIPE_VERSION names; every
 * call says it, and the webhook endpoint is made with the same.
 */
#ifndef PEER_STRIPE_H
#define PEER_STRIPE_H

#include "peer/gateway.h"

#define STRIPE_VERSION "2026-10-28.endive"
#define STRIPE_WARNING_SECONDS (2 * 86400) /* to act on a warning in */
#define STRIPE_SKEW 300 /* seconds that a webhook's time may be off */

struct exchange_pool;
struct settings;

struct stripe {
	const char *base;           /* origin, no slash at its end */
	const char *key;            /* secret: sk_test_…, rk_live_… */
	const char *ca_file;        /* "": the system's authorities */
	struct exchange_pool *pool; /* borrowed */
};

/* st is borrowed for as long as the gateway lives. */
void stripe_gateway(struct stripe *st, struct gateway *out);

bool stripe_configured(const struct settings *s);

/* Whether the key is one for tests, by its name. */
bool stripe_is_test(const char *key);

/*
 * Check a webhook's Stripe-Signature over the body's bytes as they came, with
 * each of up to two secrets (NULL or "" is none): the old and the new while
 * they are changed.  RC_DENIED: malformed, not ours, or its time is more than
 * STRIPE_SKEW off in either direction.
 */
enum rc stripe_signed(const char *header, const void *body, size_t n,
    const char *const secrets[2], int64_t now, struct error *e) CHECKED;

#define STRIPE_NAME_SIZE 256

/* What an event is about.  Unknown types are fine: whoever reads looks at the
 * object itself. */
struct stripe_event {
	char id[STRIPE_NAME_SIZE], type[STRIPE_NAME_SIZE];
	char order[STRIPE_NAME_SIZE];   /* our uid, "" when it has none */
	char attempt[STRIPE_NAME_SIZE]; /* the same */
	char object[STRIPE_NAME_SIZE];  /* cs_…, pi_…, ch_… */
	char payment[STRIPE_NAME_SIZE]; /* pi_… that it belongs to, or "" */
	char why[STRIPE_NAME_SIZE]; /* of a decline, a dispute: for people */
	bool live;
	int64_t at; /* when it happened; 0: not told */
};

/* RC_INVALID when it is no event. */
enum rc stripe_event(const void *body, size_t n, struct stripe_event *out,
    struct error *e) CHECKED;

#endif
