/*
 * The stand-in of Funny Deliveries (doc/funny-deliveries.md): it takes bookings
 * by the schema, moves parcels by its clock or by hand on its page, tells what
 * happened by events and webhooks, and does wrong what it is asked to.
 *
 * What is told is a row of "feed", whose number is the cursor; so an event can
 * be told late, twice or never.  All that one call does is one unit of its
 * database.
 */
#ifndef SANDBOX_CARRIER_H
#define SANDBOX_CARRIER_H

#include "peer/xdoc.h"
#include "sandbox/box.h"
#include "sandbox/fault.h"
#include "sandbox/params.h"
#include "sandbox/store.h"

#define CARRIER_NAME 65
#define CARRIER_PAGE 100
#define CARRIER_CURSOR_DAYS 30
#define CARRIER_KEY_DAYS 90

struct carrier_call {
	struct box *b;
	struct store st;
	int64_t now;  /* by the sandbox's own clock */
	int64_t pace; /* seconds between two steps of a parcel; 0: by hand */
	bool pdf;     /* the answer is one */
};

/* What begins and ends each request: the database and the clock. */
enum rc carrier_open(
    struct carrier_call *c, struct box *b, struct error *e) CHECKED;
void carrier_close(struct carrier_call *c);

/*** Answers ***/

/* <Error>; field NULL: none. */
PRINTF_LIKE(5, 6)
void carrier_fail(struct carrier_call *c, int status, const char *code,
    const char *field, const char *fmt, ...);

/*** Calls (carrier_book.c, carrier_events.c); the answer is left in c->b->r ***/

typedef void carrier_do(struct carrier_call *c, const char *name);

carrier_do carrier_book, carrier_look, carrier_cancel, carrier_label,
    carrier_shipment, carrier_events;

/* The body of the request; false: answered. */
bool carrier_body(struct carrier_call *c, struct buf *out);

/* Whether what is asked for can be booked, by the rules and the time. */
bool carrier_checked(struct carrier_call *c, const struct xdoc *d);

/* The elements from Key to TrackingUrl. */
struct carrier_booking {
	char key[CARRIER_NAME], reference[CARRIER_NAME];
	char tracking[CARRIER_NAME], state[CARRIER_NAME], currency[4];
	int64_t from, until, price;
};
bool carrier_by_key(
    struct carrier_call *c, const char *key, struct carrier_booking *out);
bool carrier_by_tracking(
    struct carrier_call *c, const char *tracking, struct carrier_booking *out);
void carrier_put_booking(
    struct carrier_call *c, struct buf *b, const struct carrier_booking *k);
/* <Event> or <StatusEvent> of the event's row. */
void carrier_put_event(
    struct carrier_call *c, struct buf *b, int64_t id, bool hook);

/*** What happens to parcels (carrier_move.c); inside a unit ***/

struct carrier_news {
	const char *state;
	const char *code, *detail; /* "": none */
	int64_t at;                /* 0: now */
};
/* Note an event, and tell of it in the way that was asked for. */
void carrier_tell(struct carrier_call *c, const struct carrier_booking *k,
    const struct carrier_news *n);
/* All that time does by c->now; whether there is anything. */
void carrier_settle(struct carrier_call *c);
bool carrier_is_due(struct carrier_call *c);

/* The states that may follow, with blanks around each. */
const char *carrier_next(const char *state);

/*** What goes wrong when it is asked to (carrier_fault.c) ***/

/*** Handlers of the box ***/

box_handler carrier_api, carrier_faults, carrier_faults_add, carrier_clock,
    carrier_deliver, carrier_books, carrier_move;
box_handler carrier_page, carrier_parcel, carrier_parcel_move, carrier_mood,
    carrier_sheet;

/* Deliver the webhooks that are due, or all that wait. */
void carrier_hooks_send(
    struct carrier_call *c, bool all, int64_t *sent, int64_t *failed);
void carrier_hook_add(struct carrier_call *c, int64_t event, const char *state);

#endif
