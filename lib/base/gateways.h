/*
 * The payment gateways that there are, in the order in which they are offered.
 * A further one is a line here and a file that defines gateway_kind_NAME (see
 * peer/gateways.h); the rest goes over this list.
 *
 *	X(name as it is stored, what was paid with, who it is as a witness,
 *	    TELLS or SILENT: whether it has webhooks; one that has defines
 *	    gateway_ear_NAME as well (see peer/ears.h))
 *
 * It is in base because the pages of an order, which link no gateway, have
 * words for each.
 */
#ifndef BASE_GATEWAYS_H
#define BASE_GATEWAYS_H

#define GATEWAYS(X)                                                            \
	X(stripe, "Card", "the card payment service", TELLS)                   \
	X(paypal, "PayPal", "PayPal", TELLS)

#endif
