/*
 * A courier as the shop sees it.  A further one is a file that fills this
 * struct; nothing else knows how it is spoken to.
 *
 *	rc = c->prepare(c, &job, key, &path, &request, &e);
 *	…path and request are stored, committed…
 *	rc = c->send(c, path, request, n, &reply, &e);
 *	rc = c->read(c, &reply, &answer, &e);
 *
 * One booking is one pick-up, one delivery and one tracking number.  Its key is
 * ours, random, and part of the path: the same bytes to the same path never
 * book twice (for key_seconds), so whatever is not known is found out by
 * sending them again, or by look.
 *
 * prepare and read are pure: what leaves can be stored before, and what came is
 * understood again from the stored bytes.  The others go out; not inside a unit
 * or view (the caller asserts).
 *
 * A call that goes out returns RC_OK when the courier answered: then look at
 * the answer; RC_IO when no whole answer came, what it did is not known;
 * RC_NOMEM.  RC_INVALID, of read as well: an answer that is not understood;
 * counts as COURIER_AGAIN.
 */
#ifndef PEER_COURIER_H
#define PEER_COURIER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/error.h"

#define COURIER_KEY_MIN 8 /* characters of a key: A-Z a-z 0-9 . _ - */
#define COURIER_KEY_SIZE 65
#define COURIER_NAME_SIZE 65 /* reference, tracking number, codes, words */
#define COURIER_TEXT_SIZE 501
#define COURIER_CURSOR_SIZE 201
#define COURIER_URL_SIZE 501
#define COURIER_FIELD_SIZE 201
#define COURIER_BOXES 20
#define COURIER_EVENTS 100 /* of one page */

/*
 * Where a parcel is, by the courier's word.  DELIVERED, RETURNED, LOST and
 * CANCELLED are final: only an event that is a correction leaves them.
 */
enum courier_state {
	COURIER_BOOKED = 1,
	COURIER_COLLECTED,
	COURIER_IN_TRANSIT,
	COURIER_OUT_FOR_DELIVERY,
	COURIER_DELIVERED, /* final */
	COURIER_COLLECTION_FAILED,
	COURIER_DELIVERY_ATTEMPTED,
	COURIER_AVAILABLE_FOR_PICKUP,
	COURIER_RETURNING,
	COURIER_RETURNED,  /* final */
	COURIER_EXCEPTION, /* held, damaged, customs */
	COURIER_LOST,      /* final */
	COURIER_CANCELLED, /* final */
	COURIER_UNKNOWN,   /* a word that we do not know: on its way, and a
			      person may look */
};
#define COURIER_STATES (COURIER_UNKNOWN + 1)

/* "BOOKED", …; "UNKNOWN".  Borrowed, a literal. */
const char *courier_state_name(enum courier_state state);
/* COURIER_UNKNOWN for what is none of ours. */
enum courier_state courier_state_of(const char *word);
bool courier_state_final(enum courier_state state);

/* Where it goes; "" is none.  name, line1, town and country are needed; a
 * phone or address that no courier takes is left out. */
struct courier_place {
	const char *name, *line1, *line2, *town, *region, *postcode;
	const char *country; /* ISO 3166-1 alpha-2 */
	const char *phone, *email;
};

struct courier_box {
	int64_t grams, length_mm, width_mm, height_mm;
	int64_t value; /* minor units */
};

/* What is to be booked; all borrowed. */
struct courier_job {
	const char *reference; /* 1 to 64 characters, for people of both sides
				  and in each event: not unique for it */
	struct courier_place from, to;
	int64_t ready_from, close_at; /* of the pick-up; UTC seconds */
	const char *instructions;     /* "" none; above 500 characters cut */
	const char *currency;         /* of the boxes' values */
	struct courier_box boxes[COURIER_BOXES];
	size_t n;
};

struct courier_reply {
	int64_t status;      /* of HTTP */
	int64_t retry_after; /* seconds; 0: not said */
	struct buf body;     /* owned by who made the struct */
};

enum courier_news {
	COURIER_DONE,    /* it is as the answer says */
	COURIER_AGAIN,   /* done or not, or not now: the same bytes to the same
			    path, not before retry_after */
	COURIER_REFUSED, /* not done and it will not be: people see code and
			    field; mended, it is a new booking with a new key */
	COURIER_BARRED,  /* our key or account is refused, nothing was done: an
			    administrator's; then the same bytes again */
	COURIER_TAKEN,   /* the key was used with other bytes: look */
};

/* Why not; for people, and for the log. */
struct courier_fault {
	int64_t status;
	char code[COURIER_NAME_SIZE]; /* "ADDRESS_NOT_SERVED"; "" not said */
	char
	    field[COURIER_FIELD_SIZE]; /* "/Delivery/Address/PostCode", or "" */
	char message[COURIER_TEXT_SIZE];
	char request[COURIER_NAME_SIZE]; /* the courier's name of the call */
	bool retryable;                  /* by its own word */
	int64_t retry_after;             /* seconds; 0: not said */
};

/* A booking, or why there is none. */
struct courier_answer {
	enum courier_news news;
	struct courier_fault fault; /* unless COURIER_DONE */
	/* of COURIER_DONE: */
	char key[COURIER_KEY_SIZE];
	char reference[COURIER_NAME_SIZE];
	char tracking[COURIER_NAME_SIZE];
	enum courier_state state;
	char word[COURIER_NAME_SIZE]; /* the state as it came */
	int64_t from, until;          /* when it will be picked up */
	int64_t price;                /* minor units */
	char currency[4];
	char url[COURIER_URL_SIZE]; /* where people follow it; http(s) or "" */
};

/* What happened to a parcel.  The same id is the same event, however often and
 * in whatever order it comes. */
struct courier_event {
	int64_t id;
	char tracking[COURIER_NAME_SIZE];
	char reference[COURIER_NAME_SIZE];
	enum courier_state state;
	char word[COURIER_NAME_SIZE]; /* the state as it came */
	char code[COURIER_NAME_SIZE]; /* of the detail, or "" */
	char detail[COURIER_TEXT_SIZE];
	bool correction; /* code is CORRECTION: leaves a final state */
	int64_t occurred_at, recorded_at; /* UTC seconds */
	char place[COURIER_NAME_SIZE * 2];
};

/* Anything but RC_OK ends the call, which returns it. */
typedef enum rc courier_put(
    void *ctx, const struct courier_event *one, struct error *e);

/* A page of events. */
struct courier_page {
	enum courier_news news; /* COURIER_DONE, _AGAIN or _BARRED */
	struct courier_fault fault;
	bool expired; /* COURIER_DONE without any: the cursor is too old; begin
			 anew with "", and ask for each open shipment */
	char next[COURIER_CURSOR_SIZE]; /* where to go on, now or later */
	bool more;                      /* now */
};

struct courier {
	const char *name;    /* as it is stored: "funny-deliveries" */
	int64_t key_seconds; /* how long the same key means the same booking */
	void *ctx;           /* the courier's own */

	/* RC_INVALID: a key or a job that no courier takes; e says what. */
	enum rc (*prepare)(const struct courier *c,
	    const struct courier_job *job, const char *key, struct buf *path,
	    struct buf *request, struct error *e);
	enum rc (*send)(const struct courier *c, const char *path,
	    const void *request, size_t n, struct courier_reply *reply,
	    struct error *e);
	enum rc (*read)(const struct courier *c,
	    const struct courier_reply *reply, struct courier_answer *out,
	    struct error *e);
	/* What became of the booking.  RC_NOTFOUND: there is none, as yet: one
	 * that is under way may still arrive. */
	enum rc (*look)(const struct courier *c, const char *key,
	    struct courier_answer *out, struct error *e);
	/* Before it is picked up; may be repeated.  COURIER_DONE and state
	 * CANCELLED; COURIER_REFUSED: too late (ALREADY_COLLECTED).
	 * RC_NOTFOUND. */
	enum rc (*cancel)(const struct courier *c, const char *key,
	    struct courier_answer *out, struct error *e);
	/* Append the label, a PDF.  RC_NOTFOUND: there is none, or not yet;
	 * RC_DENIED: BARRED. */
	enum rc (*label)(const struct courier *c, const char *key,
	    struct buf *pdf, struct error *e);
	/* Call put for each event after the cursor ("": from the beginning),
	 * of all our parcels, up to COURIER_EVENTS. */
	enum rc (*events)(const struct courier *c, const char *cursor,
	    courier_put *put, void *ctx, struct courier_page *page,
	    struct error *e);
	/* All that is known of one parcel: put for each of its events.
	 * RC_NOTFOUND. */
	enum rc (*shipment)(const struct courier *c, const char *tracking,
	    courier_put *put, void *ctx, struct courier_answer *out,
	    struct error *e);
	/* Pure: the event that a webhook's stored body is. */
	enum rc (*event)(const struct courier *c, const void *body, size_t n,
	    struct courier_event *out, struct error *e);
};

/* Set it up and free it; body's ceiling is that of any answer. */
void courier_reply_init(struct courier_reply *reply);
void courier_reply_release(struct courier_reply *reply);

#endif
