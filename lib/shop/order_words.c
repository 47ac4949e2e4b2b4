#include "config.h"

#include <string.h>

#include "shop/order_words.h"

static const struct kind {
	const char *kind, *words;
	bool detail; /* the customer sees it */
} kinds[] = {
	{ "placed", "Order placed", false },
	{ "page", "Payment begun", false },
	{ "declined", "The payment was declined", true },
	{ "approved", "You agreed to the payment", false },
	{ "authorised", "The money is reserved", false },
	{ "taken", "The hats are taken off the shelf for you", false },
	{ "taken again", "The hats are taken off the shelf once more", false },
	{ "captured", "Paid", true },
	{ "capture waits", "The payment service is still at it", false },
	{ "ready", "Packed and ready to go", false },
	{ "booked out", "The hats are booked out of the stockroom", false },
	{ "money taken back", "The payment was taken back", false },
	{ "confirmation", "The confirmation went to your mailbox", false },
	{ "refund letter", "We wrote to you about the refund", false },
	{ "end letter", "We wrote to you that it is cancelled", false },
	{ "letter again", "A letter is sent to you once more", false },
	{ "letter came back", "A letter to you came back", false },
	{ "refused", "The hats were no longer there", true },
	{ "not taken", "The hats stayed on the shelf", false },
	{ "stock away", "The stockroom could not be asked in time", false },
	{ "voided", "The reserved money was released", false },
	{ "expired", "The payment page was closed, unpaid", false },
	{ "failed", "The payment did not go through", false },
	{ "lapsed", "The reserved money could not be taken any more", false },
	{ "found", "Money came too late and goes back", false },
	{ "lost", "We are looking for something about the payment", false },
	{ "mismatch", "We are looking at something about the payment", false },
	{ "given back", "The hats went back to the shelf", false },
	{ "goods lost", "We are looking at the hats once more", false },
	{ "given back again", "The hats went back to the shelf once more",
	    false },
	{ "not given back", "The hats did not find their shelf; we look at it",
	    false },
	{ "end asked", "Cancelling was asked for", true },
	{ "goes on", "Paid before it could be cancelled: it goes on", false },
	{ "cancelled", "Order cancelled", true },
	{ "refund wanted", "A refund was asked for", false },
	{ "refunded", "Refunded", true },
	{ "refund told", "A refund is on its way to you", false },
	{ "refund failed", "A refund did not arrive; we look at it", false },
	{ "dispute", "The payment was disputed", false },
	{ "fraud warning over", "We have looked at it", false },
	{ "dispute answered", "We have answered the dispute", false },
	{ "dispute won", "The dispute is over: the payment stands", false },
	{ "dispute lost", "The dispute is over: you have your money back",
	    false },
	{ "fraud warning", "We are looking at something about the payment",
	    false },
};

static const struct kind *
find(const char *kind)
{
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		if (strcmp(kinds[i].kind, kind) == 0)
			return &kinds[i];
	return NULL;
}

const char *
order_words_kind(const char *kind)
{
	const struct kind *k = find(kind);

	return k != NULL ? k->words : kind;
}

bool
order_words_detail(const char *kind)
{
	const struct kind *k = find(kind);

	return k != NULL && k->detail;
}

const char *
order_words_witness(const char *witness)
{
	static const struct {
		const char *witness, *words;
	} known[] = {
		{ "shop", NULL },
		{ "customer", NULL },
		{ "stripe", "the card payment service" },
		{ "paypal", "PayPal" },
		{ "stock", "the stockroom" },
		{ "carrier", "the carrier" },
		{ "mail", "the mail service" },
	};

	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
		if (strcmp(known[i].witness, witness) == 0)
			return known[i].words;
	return strncmp(witness, "staff", 5) == 0 ? "our staff" : witness;
}

const char *
order_words_state(
    enum order_state state, bool ending, int64_t captured, int64_t refunded)
{
	if (captured > 0 && refunded >= captured)
		return "Refunded";
	switch (state) {
	case ORDER_PENDING:
		return ending ? "Being cancelled" : "Waiting for payment";
	case ORDER_AUTHORISED:
		return ending ? "Being cancelled" : "Being confirmed";
	case ORDER_PAID:
		return ending ? "Being cancelled" : "Paid";
	case ORDER_CLOSED:
		return "Delivered";
	case ORDER_CANCELLED:
		return "Cancelled";
	}
	return "";
}

const char *
order_words_payment(enum payment_state state)
{
	switch (state) {
	case PAYMENT_CREATED:
	case PAYMENT_PENDING:
		return "not paid yet";
	case PAYMENT_AUTHORISING:
		return "being reserved";
	case PAYMENT_AUTHORISED:
	case PAYMENT_CAPTURING:
		return "reserved, not charged yet";
	case PAYMENT_CAPTURED:
		return "paid";
	case PAYMENT_VOIDING:
		return "being released";
	case PAYMENT_VOIDED:
		return "released; you were not charged";
	case PAYMENT_FAILED:
		return "did not go through; you were not charged";
	case PAYMENT_EXPIRED:
		return "not paid; you were not charged";
	}
	return "";
}

const char *
order_words_gateway(const char *gateway)
{
	if (strcmp(gateway, "stripe") == 0)
		return "Card";
	return strcmp(gateway, "paypal") == 0 ? "PayPal" : gateway;
}
