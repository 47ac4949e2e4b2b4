/*
 * PayPal as one of the gateways: how it is offered and made.
 */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "peer/gateways.h"
#include "peer/paypal.h"

static const char *
pages(const struct settings *s)
{
	if (strcmp(s->paypal_base, "https://api-m.paypal.com") == 0)
		return "https://www.paypal.com";
	if (strcmp(s->paypal_base, "https://api-m.sandbox.paypal.com") == 0)
		return "https://www.sandbox.paypal.com";
	return s->paypal_base;
}

static void
needs(const struct settings *s, struct jail *j)
{
	/* the access token and the certificates of its events */
	jail_path(j, s->shop_run, JAIL_WRITE);
	if (s->paypal_ca[0] != '\0')
		jail_path(j, s->paypal_ca, JAIL_READ);
	jail_address(j, s->paypal_base);
}

static enum rc
make(const struct settings *s, struct exchange_pool *pool, struct gateway *out,
    struct error *e)
{
	struct paypal *pp = calloc(1, sizeof(*pp));

	if (pp == NULL)
		return error_set(e, RC_NOMEM, "no memory for a gateway");
	*pp = (struct paypal){ .base = s->paypal_base,
		.client_id = s->paypal_client_id,
		.secret = s->paypal_secret,
		.ca_file = s->paypal_ca,
		.folder = s->shop_run,
		.brand = s->shop_name,
		.pool = pool };
	paypal_gateway(pp, out);
	return RC_OK;
}

const struct gateway_kind gateway_kind_paypal = {
	.name = "paypal",
	.title = "PayPal",
	.hint = "On PayPal's own pages, with your account there.",
	.configured = paypal_configured,
	.pages = pages,
	.needs = needs,
	.make = make,
	.prove = paypal_prove,
};
