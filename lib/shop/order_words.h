/*
 * What an order's rows say to people: the one table of the words of journal
 * kinds, states and witnesses, for the customer's page, letters and shopctl
 * (idea 11).
 *
 *	html_text(h, order_words_kind(row->kind));	"Payment taken"
 */
#ifndef SHOP_ORDER_WORDS_H
#define SHOP_ORDER_WORDS_H

#include <stdbool.h>

#include "shop/order.h"
#include "shop/parcel.h"
#include "shop/payment.h"

/*
 * All are literals or what was given, borrowed.
 *
 * The kinds of journal rows; one that is not in the table is shown as it is.
 * A new kind gets its line in order_words.c.
 */
const char *order_words_kind(const char *kind);

/* Whether the row's detail is meant for the customer too: it is a gateway's or
 * our own talk among ourselves otherwise. */
bool order_words_detail(const char *kind);

/* Who says so, as the customer knows them: "the stockroom"; NULL for the shop
 * and the customer, who need no witness. */
const char *order_words_witness(const char *witness);

/* Where an order is: ending and refunded tell more than the state alone. */
const char *order_words_state(
    enum order_state state, bool ending, int64_t captured, int64_t refunded);

/* Where a paid order is by its parcels: what troubles one of them, else how far
 * all have come; NULL: not packed yet. */
const char *order_words_parcels(const struct parcels *all);

/* Where a payment is. */
const char *order_words_payment(enum payment_state state);

/* Where a parcel is. */
const char *order_words_parcel(
    enum parcel_state state, enum parcel_carrier carrier);

/* The gateway as a shopper knows it: "card", "PayPal". */
const char *order_words_gateway(const char *gateway);

#endif
