/*
 * Parcels of an order: booked at the courier, followed by its word, and the
 * reason for which an order is invoiced and closed.  What talks to the courier
 * is lib/flow's order_parcels; here is what is stored, and the guarded changes
 * that only one of any number of runners makes.
 *
 *	rc = parcels_of(db, order, &all, &e);
 *	if (rc == RC_OK && parcels_delivered(&all)) …
 *
 * Our side, `state`:
 *
 *	WANTED       to be booked; once there is a request, it may be booked
 *	BOOKED       the courier comes for it and has given its number
 *	READY        the same, and the warehouse has packed it
 *	HANDED_OVER  the courier has it, by its own word
 *	CANCELLED    the booking is ended, or never was: nobody comes for it
 *	REFUSED      the courier does not take it, and says why
 *
 * The courier's side, `carrier`, is kept apart, with its own word: what its
 * events say, sorted by the time at which each happened (at the same time by
 * their numbers), never by when they came.  A final word (delivered, returned,
 * lost, cancelled) stays whatever else happened later; only a correction takes
 * it back.  So the same events give the same state in whatever order and however
 * often they come.
 */
#ifndef SHOP_PARCEL_H
#define SHOP_PARCEL_H

#include <stdbool.h>

#include "base/buf.h"
#include "base/token.h"
#include "db/db.h"

#define PARCELS_MAX 20  /* of one order */
#define PARCEL_ROWS 200 /* the same with all generations */
#define PARCEL_ANEW 5   /* generations that are made without a person */
#define PARCEL_OFF " was called off" /* in an attention, behind its number */
#define PARCEL_WORD_SIZE 65
#define PARCEL_URL_SIZE 501
#define PARCEL_WHY_SIZE 401

enum parcel_state {
	PARCEL_WANTED = 1,
	PARCEL_BOOKED,
	PARCEL_READY,
	PARCEL_HANDED_OVER,
	PARCEL_CANCELLED,
	PARCEL_REFUSED,
};

/* As enum courier_state of peer/courier.h, which lib/flow compares. */
enum parcel_carrier {
	CARRIER_SILENT,
	CARRIER_BOOKED,
	CARRIER_COLLECTED,
	CARRIER_IN_TRANSIT,
	CARRIER_OUT_FOR_DELIVERY,
	CARRIER_DELIVERED,
	CARRIER_COLLECTION_FAILED,
	CARRIER_DELIVERY_ATTEMPTED,
	CARRIER_AVAILABLE_FOR_PICKUP,
	CARRIER_RETURNING,
	CARRIER_RETURNED,
	CARRIER_EXCEPTION,
	CARRIER_LOST,
	CARRIER_CANCELLED,
	CARRIER_UNKNOWN, /* a word that we do not know: on its way */
};

/* "wanted", …; "collected", …, "-" for nothing.  Borrowed, literals. */
const char *parcel_state_name(enum parcel_state state);
const char *parcel_carrier_name(enum parcel_carrier carrier);
bool parcel_carrier_final(enum parcel_carrier carrier);
/* A person must look at it. */
bool parcel_carrier_trouble(enum parcel_carrier carrier);

struct parcel {
	int64_t id, order, n, generation;
	char uid[UID_SIZE]; /* the key of its booking */
	enum parcel_state state;
	enum parcel_carrier carrier, warned;
	int64_t made_at, changed_at, next_at, tries, asked_at;
	int64_t ready_from, close_at; /* when it is picked up */
	int64_t price;                /* what the courier takes for it */
	int64_t carrier_at; /* when that happened what the courier says */
	int64_t heard_at;   /* when we heard of it last */
	bool told;          /* its dispatch letter has been written */
	bool asked;         /* a request is stored: it may be booked */
	char currency[4];
	char tracking[PARCEL_WORD_SIZE], url[PARCEL_URL_SIZE];
	char word[PARCEL_WORD_SIZE]; /* the courier's, as it came */
	char why[PARCEL_WHY_SIZE];   /* what the courier said last against it */
	char alarm[PARCEL_WHY_SIZE]; /* what a person was called for */
	char stop[PARCEL_WHY_SIZE];  /* it is to be cancelled; "": not */
};

typedef enum rc parcel_put(void *ctx, const struct parcel *p, struct error *e);

enum rc parcel_load(
    struct db *db, int64_t id, struct parcel *out, struct error *e) CHECKED;
/* By the key of its booking, or, "" that, by its number.  RC_NOTFOUND. */
enum rc parcel_find(struct db *db, const char *uid, const char *tracking,
    struct parcel *out, struct error *e) CHECKED;
/* Of an order, all generations, by number. */
enum rc parcel_list(struct db *db, int64_t order, parcel_put *put, void *ctx,
    struct error *e) CHECKED;
/* Below the id `before` (0: from the newest), newest first; state 0: any. */
enum rc parcel_list_all(struct db *db, enum parcel_state state, int64_t before,
    int64_t most, parcel_put *put, void *ctx, struct error *e) CHECKED;
/* Something is to be done about them by now, the longest due first. */
enum rc parcel_due(struct db *db, int64_t now, int64_t most, parcel_put *put,
    void *ctx, struct error *e) CHECKED;
/* Whether the courier has one of ours on its way (or to come for). */
enum rc parcel_any_open(struct db *db, bool *any, struct error *e) CHECKED;

/*** All of an order ***/

struct parcels {
	struct parcel of[PARCELS_MAX]; /* the last generation of each */
	size_t n;
	size_t live;      /* not cancelled */
	size_t booked;    /* or further */
	size_t collected; /* handed over, whatever became of them */
	size_t delivered;
	bool unsettled;       /* some generation may be booked, or is */
	bool left;            /* some generation was handed over */
	int64_t delivered_at; /* the last of them, by the courier's clock */
};

enum rc parcels_of(
    struct db *db, int64_t order, struct parcels *out, struct error *e) CHECKED;
/* There is one, and each that is not cancelled is delivered: the order can be
 * invoiced and closed. */
bool parcels_delivered(const struct parcels *all);

/* One of it, of whatever generation, has been collected, whatever has become of
 * it since: the order cannot be cancelled any more, only refunded. */
enum rc parcel_has_left(
    struct db *db, int64_t order, bool *left, struct error *e) CHECKED;

/*** Guarded changes; inside a unit, each ***/

/* The order's first one, unless it has any. */
enum rc parcel_want(
    struct db *db, int64_t order, int64_t now, struct error *e) CHECKED;
/* Make sure that there are so many; those that are refused or cancelled get a
 * new generation.  *made: how many are new. */
enum rc parcel_want_many(struct db *db, int64_t order, int64_t count,
    int64_t now, int64_t *made, struct error *e) CHECKED;
/* The next generation of one that came to nothing. */
enum rc parcel_want_again(struct db *db, const struct parcel *p, int64_t now,
    struct error *e) CHECKED;

/* What will be sent.  *made is false when it has been made before, or it is no
 * longer wanted. */
enum rc parcel_store(struct db *db, const struct parcel *p, const char *path,
    const void *request, size_t n, int64_t now, bool *made,
    struct error *e) CHECKED;
/* Not in a unit only: appended to both. */
enum rc parcel_request(struct db *db, int64_t id, struct buf *path,
    struct buf *request, struct error *e) CHECKED;
/* It leaves once more; who comes next waits until next_at. */
enum rc parcel_tried(struct db *db, const struct parcel *p, int64_t next_at,
    struct error *e) CHECKED;
/* What the courier says against it, and when to come again. */
enum rc parcel_waits(struct db *db, int64_t id, const char *why,
    int64_t next_at, struct error *e) CHECKED;
/* Look at it by then, unless something has happened to it since it was read. */
enum rc parcel_again_at(
    struct db *db, const struct parcel *p, int64_t at, struct error *e) CHECKED;
/* All of an order: something of it has changed. */
enum rc parcel_poke(
    struct db *db, int64_t order, int64_t now, struct error *e) CHECKED;
/* WANTED to BOOKED, with what out of p is known by then: tracking, url, the
 * window, price and currency, next_at, and READY as its state if it is that. */
enum rc parcel_booked(struct db *db, const struct parcel *p, int64_t now,
    bool *moved, struct error *e) CHECKED;
/* From the state that p was read in.  *moved: it was there.  Nothing that was
 * asked for is cancelled as if it never was (p->asked must still hold). */
enum rc parcel_move(struct db *db, const struct parcel *p, enum parcel_state to,
    const char *why, int64_t now, bool *moved, struct error *e) CHECKED;
/* The order's warehouse has packed it: BOOKED to READY; one that waits for that
 * word is booked. */
enum rc parcel_ready(
    struct db *db, int64_t order, int64_t now, struct error *e) CHECKED;
/* Somebody wants it cancelled; order_parcels does it.  *asked is false when it
 * is not WANTED, BOOKED or READY, or was asked before. */
enum rc parcel_stop(struct db *db, int64_t id, const char *why, int64_t now,
    bool *asked, struct error *e) CHECKED;
/* "": it is not to be cancelled any more. */
enum rc parcel_stop_not(struct db *db, int64_t id, struct error *e) CHECKED;
/* A person is called, with words that are the order's attention; "" takes back
 * what was said last.  The same words again call nobody. */
enum rc parcel_alarm(struct db *db, const struct parcel *p, const char *text,
    struct error *e) CHECKED;
enum rc parcel_told(
    struct db *db, int64_t id, bool *first, struct error *e) CHECKED;
enum rc parcel_warned(struct db *db, const struct parcel *p,
    enum parcel_carrier of, bool *first, struct error *e) CHECKED;

/*** What the courier says ***/

struct parcel_event {
	int64_t event; /* the courier's number for it: the same is the same */
	int64_t at;    /* when it happened */
	enum parcel_carrier carrier;
	bool correction;
	const char *word, *code, *detail, *place;
	const char *tracking, *reference; /* all borrowed */
};

/* "1001-1.UID", which people can read; *uid is at its key, or "". */
void parcel_reference(const struct parcel *p, char *out, size_t size);
const char *parcel_reference_uid(const char *reference);

struct parcel_heard {
	bool fresh;    /* was not known */
	int64_t order; /* 0: it is of no parcel of ours */
	int64_t parcel;
};

/* Inside a unit: store it, say it in the journal, and draw what follows from
 * all that are known. */
enum rc parcel_hear(struct db *db, const struct parcel_event *ev, int64_t now,
    struct parcel_heard *out, struct error *e) CHECKED;

/* What its order says: whether the warehouse has packed it. */
enum rc parcel_is_ready(
    struct db *db, int64_t order, bool *ready, struct error *e) CHECKED;
/* Inside a unit: a paid order that was to end does not, as a parcel of it has
 * left.  *first is false when it was not to end. */
enum rc parcel_goes_on(struct db *db, int64_t order, int64_t now, bool *first,
    struct error *e) CHECKED;

/* Inside a unit, after a change of one of them: a person is called when one has
 * left and another was called off here, as the invoice will be of all, and only
 * people know what was in which.  Nobody while the order is to end. */
enum rc parcel_partly(struct db *db, int64_t order, struct error *e) CHECKED;

/* Inside a unit, and first in it: who changes the order or another parcel of it
 * at this moment waits, and what is read from here on is true at the end. */
enum rc parcel_lock_order(
    struct db *db, int64_t order, struct error *e) CHECKED;

/* Inside a unit: draw it once more, of a parcel that has just been booked. */
enum rc parcel_draw(
    struct db *db, int64_t id, int64_t now, struct error *e) CHECKED;

typedef enum rc parcel_event_put(void *ctx, const struct parcel_event *ev,
    int64_t heard_at, struct error *e);
/* Of one parcel (0: of nobody's), as they happened. */
enum rc parcel_events(struct db *db, int64_t parcel, parcel_event_put *put,
    void *ctx, struct error *e) CHECKED;

/*** How far it was heard ***/

struct parcel_ear {
	char heard_to[256]; /* the courier's cursor */
	int64_t next_at, heard_at, away_since;
	char why[PARCEL_WHY_SIZE];
};

enum rc parcel_ear_read(
    struct db *db, struct parcel_ear *out, struct error *e) CHECKED;
/* Inside a unit, with the events: from the cursor that was read to another.
 * *moved is false when another runner was faster: roll back. */
enum rc parcel_ear_move(struct db *db, const char *from, const char *to,
    int64_t now, int64_t next_at, bool *moved, struct error *e) CHECKED;
/* Inside a unit: asked again by then. */
enum rc parcel_ear_soon(struct db *db, int64_t at, struct error *e) CHECKED;
/* Inside a unit: it gave no answer. */
enum rc parcel_ear_away(struct db *db, const char *why, int64_t now,
    int64_t next_at, struct error *e) CHECKED;

#endif
