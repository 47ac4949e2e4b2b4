/*
 * Stripe as one of the gateways: how it is offered and made.
 */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "peer/gateways.h"
#include "peer/stripe.h"

/* Stripe's own pages are not where its API is; a stand-in's are. */
static const char *
pages(const struct settings *s)
{
	return strcmp(s->stripe_base, "https://api.stripe.com") == 0
		   ? "https://checkout.stripe.com"
		   : s->stripe_base;
}

static void
needs(const struct settings *s, struct jail *j)
{
	if (s->stripe_ca[0] != '\0')
		jail_path(j, s->stripe_ca, JAIL_READ);
	jail_address(j, s->stripe_base);
}

static enum rc
make(const struct settings *s, struct exchange_pool *pool, struct gateway *out,
    struct error *e)
{
	struct stripe *st = calloc(1, sizeof(*st));

	if (st == NULL)
		return error_set(e, RC_NOMEM, "no memory for a gateway");
	*st = (struct stripe){ .base = s->stripe_base,
		.key = s->stripe_key,
		.ca_file = s->stripe_ca,
		.pool = pool };
	stripe_gateway(st, out);
	return RC_OK;
}

const struct gateway_kind gateway_kind_stripe = {
	.name = "stripe",
	.title = "Credit or debit card",
	.hint = "On a page of Stripe, who check the card.",
	.configured = stripe_configured,
	.pages = pages,
	.needs = needs,
	.make = make,
};
