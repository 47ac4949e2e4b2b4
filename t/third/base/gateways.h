/*
 * The list of lib/base/gateways.h with one line more, for t/peer-third.c: found
 * first by what is compiled for that test.
 */
#ifndef BASE_GATEWAYS_H
#define BASE_GATEWAYS_H

#define GATEWAYS(X)                                                            \
	X(stripe, "Card", "the card payment service", TELLS)                   \
	X(paypal, "PayPal", "PayPal", TELLS)                                   \
	X(voucher, "Voucher", "the voucher desk", SILENT)

#endif
