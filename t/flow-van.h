/*
 * A courier in shared memory, for flow-parcels.c: as strict as the real one
 * about keys, and as unreliable as it may be.
 */
#ifndef T_FLOW_VAN_H
#define T_FLOW_VAN_H

#include "peer/courier.h"
#include "t/random.h"

#define VAN_NOW 1795624400 /* 25 November 2026 */
#define VAN_BOOKINGS 512
#define VAN_EVENTS 4096

/* Down: it does nothing; deaf: it does all, and no answer arrives. */
enum van_link { VAN_UP, VAN_DOWN, VAN_DEAF };

struct van_booking {
	char key[COURIER_KEY_SIZE], reference[COURIER_NAME_SIZE];
	char request[300];
	enum courier_state state;
};

struct van_event {
	size_t booking;
	enum courier_state state;
	int64_t at;
};

struct van {
	int turn; /* a spin lock: nobody is killed while holding it */
	int64_t now;
	enum van_link down;
	unsigned lost; /* per cent of calls, on their way there or back */
	int64_t wrong; /* what a real one would never have been asked */
	size_t nbookings, nevents;
	struct van_booking bookings[VAN_BOOKINGS];
	struct van_event events[VAN_EVENTS];
};

/* Shared with children; one at a time.  maybe_die is called before and after
 * each call. */
void van_new(void (*maybe_die)(void));
void van_free(void);
extern struct van *the_van;
extern const struct courier van;
extern struct random *van_chance; /* who is lost; NULL: nobody */

int64_t van_now(void);
/* Something happens to a parcel, now. */
void van_move(const char *key, enum courier_state state);
/* How many vans come or came for it. */
int van_booked(const char *key);

#endif
