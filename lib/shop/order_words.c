#include "config.h"

#include <string.h>

#include "base/gateways.h"
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
	{ "parcel wanted", "A parcel is being prepared", false },
	{ "parcel unwanted", "A parcel is to be called off", false },
	{ "parcel booked", "Funny Deliveries comes for your parcel", true },
	{ "parcel refused", "Your parcel cannot be sent there; we look at it",
	    false },
	{ "parcel cancelled", "The pick-up was called off", false },
	{ "parcel collected", "Your parcel was collected", true },
	{ "parcel in transit", "Your parcel is on its way", true },
	{ "parcel out", "Your parcel is out for delivery", true },
	{ "parcel delivered", "Your parcel was delivered", true },
	{ "parcel not collected", "Your parcel could not be collected yet",
	    true },
	{ "parcel attempted", "Nobody was there to take your parcel", true },
	{ "parcel to fetch", "Your parcel waits to be fetched", true },
	{ "parcel returning", "Your parcel is on its way back to us", true },
	{ "parcel returned", "Your parcel came back to us; we look at it",
	    true },
	{ "parcel held", "Something holds your parcel up; we look at it",
	    true },
	{ "parcel lost", "Your parcel was lost; we look at it", true },
	{ "parcel ended", "The carrier called the pick-up off", true },
	{ "parcel news", "Your parcel is on its way", true },
	{ "not cancelled", "It could not be cancelled any more", true },
	{ "dispatch letter", "We wrote to you where your parcel is", false },
	{ "problem letter", "We wrote to you about your parcel", false },
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
	{ "concluded", "The payment did not go through", false },
	{ "put back by hand", "The hats went back to the shelf", false },
	{ "end asked", "Cancelling was asked for", true },
	{ "goes on", "Paid before it could be cancelled: it goes on", false },
	{ "cancelled", "Order cancelled", true },
	{ "refund wanted", "A refund was asked for", false },
	{ "refunded", "Refunded", true },
	{ "refund told", "A refund is on its way to you", false },
	{ "refund failed", "A refund did not arrive; we look at it", false },
	{ "invoice", "Your invoice went to your mailbox", true },
	{ "credit note", "Your credit note went to your mailbox", true },
	{ "look", "We are looking at something about your order", false },
	{ "seen", "We have looked at it", false },
	{ "closed", "All is delivered; the order is closed", false },
	{ "return asked", "You have withdrawn, and send hats back", true },
	{ "return receipt", "The receipt of it went to your mailbox", false },
	{ "return accepted", "What you send back is accepted", false },
	{ "return refused", "What you wanted to send back is not taken", true },
	{ "return refusal", "We wrote to you why it is not taken", false },
	{ "return received", "What you sent back has arrived", false },
	{ "return on the shelf", "What you sent back is on the shelf", false },
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

#define WITNESS(name, paid, witness, tells) { #name, witness },

const char *
order_words_witness(const char *witness)
{
	static const struct {
		const char *witness, *words;
	} known[] = { { "shop", NULL }, { "customer", NULL },
		{ "stock", "the stockroom" }, { "carrier", "the carrier" },
		{ "mail", "the mail service" }, GATEWAYS(WITNESS) };

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
		return state == ORDER_CANCELLED ? "Cancelled and refunded"
						: "Refunded";
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
order_words_parcel(enum parcel_state state, enum parcel_carrier carrier)
{
	switch (state) {
	case PARCEL_WANTED:
		return "being prepared";
	case PARCEL_REFUSED:
		return "it cannot be sent there; we look at it";
	case PARCEL_CANCELLED:
		return "called off";
	case PARCEL_BOOKED:
	case PARCEL_READY:
	case PARCEL_HANDED_OVER:
		break;
	}
	switch (carrier) {
	case CARRIER_SILENT:
	case CARRIER_BOOKED:
		return state == PARCEL_READY
			   ? "packed; the carrier comes for it"
			   : "the carrier comes for it";
	case CARRIER_COLLECTED:
	case CARRIER_IN_TRANSIT:
	case CARRIER_UNKNOWN:
		return "on its way";
	case CARRIER_OUT_FOR_DELIVERY:
		return "out for delivery";
	case CARRIER_DELIVERED:
		return "delivered";
	case CARRIER_COLLECTION_FAILED:
		return "not collected yet; we look at it";
	case CARRIER_DELIVERY_ATTEMPTED:
		return "nobody was there to take it; it comes once more";
	case CARRIER_AVAILABLE_FOR_PICKUP:
		return "it waits to be fetched by you";
	case CARRIER_RETURNING:
		return "on its way back to us";
	case CARRIER_RETURNED:
		return "it came back to us; we look at it";
	case CARRIER_EXCEPTION:
		return "something holds it up; we look at it";
	case CARRIER_LOST:
		return "lost; we look at it";
	case CARRIER_CANCELLED:
		return "called off by the carrier; we look at it";
	}
	return "";
}

/* What is above ARRIVED is trouble, the worst last. */
enum place {
	HERE,
	PACKED,
	UNDER_WAY,
	NEAR,
	ARRIVED,
	MISSED,
	TO_FETCH,
	HELD,
	COMING_BACK,
	BACK,
	LOST,
};

static enum place
place_of(const struct parcel *p)
{
	switch (p->carrier) {
	case CARRIER_SILENT:
	case CARRIER_BOOKED:
	case CARRIER_COLLECTION_FAILED:
	case CARRIER_CANCELLED:
		break;
	case CARRIER_COLLECTED:
	case CARRIER_IN_TRANSIT:
	case CARRIER_UNKNOWN:
		return UNDER_WAY;
	case CARRIER_OUT_FOR_DELIVERY:
		return NEAR;
	case CARRIER_DELIVERED:
		return ARRIVED;
	case CARRIER_DELIVERY_ATTEMPTED:
		return MISSED;
	case CARRIER_AVAILABLE_FOR_PICKUP:
		return TO_FETCH;
	case CARRIER_EXCEPTION:
		return HELD;
	case CARRIER_RETURNING:
		return COMING_BACK;
	case CARRIER_RETURNED:
		return BACK;
	case CARRIER_LOST:
		return LOST;
	}
	return p->state == PARCEL_READY ? PACKED : HERE;
}

const char *
order_words_parcels(const struct parcels *all)
{
	static const char *const words[] = {
		[HERE] = NULL,
		[PACKED] = "Packed",
		[UNDER_WAY] = "On its way",
		[NEAR] = "Out for delivery",
		[ARRIVED] = "Delivered",
		[MISSED] = "On its way: nobody was there to take it",
		[TO_FETCH] = "Waits to be fetched",
		[HELD] = "Held up on its way",
		[COMING_BACK] = "On its way back to us",
		[BACK] = "Came back to us",
		[LOST] = "Lost on its way",
	};
	enum place least = ARRIVED, most = HERE, at;
	size_t n = 0;

	for (size_t i = 0; i < all->n; i++) {
		if (all->of[i].state == PARCEL_CANCELLED)
			continue;
		n++;
		at = place_of(&all->of[i]);
		if (at > most)
			most = at;
		if (at < least)
			least = at;
	}
	if (n == 0)
		return NULL;
	if (most <= ARRIVED && most >= UNDER_WAY && least < UNDER_WAY)
		return "Partly on its way";
	return words[most > ARRIVED ? most : least];
}

#define PAID(name, paid, witness, tells) { #name, paid },

const char *
order_words_gateway(const char *gateway)
{
	static const struct {
		const char *gateway, *words;
	} known[] = { GATEWAYS(PAID) };

	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
		if (strcmp(known[i].gateway, gateway) == 0)
			return known[i].words;
	return gateway;
}
