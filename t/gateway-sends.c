/* gateway-sends NAME: what the shop sends to it, "ACTION TAB PATH TAB BODY" a
 * line: for t/stripe-types.t and t/paypal-types.t, which have it judged. */
#include "config.h"

#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/limits.h"
#include "peer/paypal.h"
#include "peer/stripe.h"

int
main(int argc, char **argv)
{
	struct gateway_job job = {
		.order = "0123456789abcdef0123456789abcdef",
		.attempt = "fedcba9876543210fedcba9876543210",
		.amount = 5143,
		.currency = "GBP",
		.email = "o'brien+hats@example.com",
		.return_url = "https://hats.example/checkout/return/0123",
		.cancel_url = "https://hats.example/checkout/cancel/0123",
		.delivery_name = "Standard delivery",
		.delivery = 395,
		.lines = { { "Crème & <b> 帽子", 2, 1999 },
		    { "Fez=1", 3, 250 } },
		.n = 2,
		.expires_at = clock_now() + 3600,
		.checkout_object = "cs_test_a1",
		.payment_object = "pi_1",
		.to = { "Åsa O'Brien", "1 High Street", "", "Leeds", "",
		    "LS1 4DY", "GB" },
		.refund = "refund-1",
		.refund_object = "",
		.refund_amount = 395,
	};
	static const enum gateway_action actions[] = { GATEWAY_CREATE,
		GATEWAY_AUTHORISE, GATEWAY_EXPIRE, GATEWAY_CAPTURE,
		GATEWAY_VOID, GATEWAY_REFUND };
	struct stripe st = { .base = "", .key = "" };
	struct paypal pp = { .base = "", .brand = "Funny Hats" };
	struct error e = ERROR_NONE;
	struct buf path, request;
	struct gateway g;
	size_t i;

	if (argc == 2 && strcmp(argv[1], "paypal") == 0)
		paypal_gateway(&pp, &g);
	else
		stripe_gateway(&st, &g);
	for (i = 0; i < sizeof(actions) / sizeof(actions[0]); i++) {
		/* what only the other kind of gateway has */
		if (actions[i] ==
		    (g.authorises ? GATEWAY_EXPIRE : GATEWAY_AUTHORISE))
			continue;
		buf_init(&path, LIMIT_URL);
		buf_init(&request, LIMIT_CALL);
		if (g.prepare(&g, actions[i], &job, &path, &request, &e) !=
		    RC_OK)
			return 1;
		(void)printf("%s\t%s\t%s\n", gateway_action_name(actions[i]),
		    buf_str(&path), buf_str(&request));
		buf_release(&path);
		buf_release(&request);
	}
	return 0;
}
