#include "config.h"

#include <string.h>

#include "peer/courier.h"

#define ANSWER_MAX (1024 * 1024)

static const char *const names[COURIER_STATES] = {
	[COURIER_BOOKED] = "BOOKED",
	[COURIER_COLLECTED] = "COLLECTED",
	[COURIER_IN_TRANSIT] = "IN_TRANSIT",
	[COURIER_OUT_FOR_DELIVERY] = "OUT_FOR_DELIVERY",
	[COURIER_DELIVERED] = "DELIVERED",
	[COURIER_COLLECTION_FAILED] = "COLLECTION_FAILED",
	[COURIER_DELIVERY_ATTEMPTED] = "DELIVERY_ATTEMPTED",
	[COURIER_AVAILABLE_FOR_PICKUP] = "AVAILABLE_FOR_PICKUP",
	[COURIER_RETURNING] = "RETURNING",
	[COURIER_RETURNED] = "RETURNED",
	[COURIER_EXCEPTION] = "EXCEPTION",
	[COURIER_LOST] = "LOST",
	[COURIER_CANCELLED] = "CANCELLED",
	[COURIER_UNKNOWN] = "UNKNOWN",
};

const char *
courier_state_name(enum courier_state state)
{
	return names[state];
}

enum courier_state
courier_state_of(const char *word)
{
	enum courier_state s;

	for (s = COURIER_BOOKED; s < COURIER_UNKNOWN; s++)
		if (strcmp(names[s], word) == 0)
			return s;
	return COURIER_UNKNOWN;
}

bool
courier_state_final(enum courier_state state)
{
	return state == COURIER_DELIVERED || state == COURIER_RETURNED ||
	       state == COURIER_LOST || state == COURIER_CANCELLED;
}

void
courier_reply_init(struct courier_reply *reply)
{
	memset(reply, 0, sizeof(*reply));
	buf_init(&reply->body, ANSWER_MAX);
}

void
courier_reply_release(struct courier_reply *reply)
{
	buf_release(&reply->body);
}
