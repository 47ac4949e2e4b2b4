/*
 * Payment attempts: one row each, at most one live per order, followed until
 * the gateway says its last word, whatever has become of the order (idea 5).
 * The attempt's uid is the key under which goods are taken from the stock
 * system.
 *
 *	CREATED      stored; the gateway knows nothing of it yet, or may
 *	PENDING      the customer is at the gateway's page
 *	AUTHORISING  our own call reserves the money (PayPal); under way
 *	AUTHORISED   the money is reserved
 *	CAPTURING    our call takes it; under way
 *	CAPTURED     taken: the end, refunds apart
 *	VOIDING      our call gives the reservation back; under way
 *	VOIDED       the end
 *	FAILED       the gateway said no for good: the end
 *	EXPIRED      nobody paid in time: the end
 *
 * Each change is an UPDATE from a state that is named, so of any number of
 * runners one makes it, and what comes late ("failed" after "captured") changes
 * nothing.
 */
#ifndef SHOP_PAYMENT_H
#define SHOP_PAYMENT_H

#include <stdbool.h>

#include "base/buf.h"
#include "base/token.h"
#include "db/db.h"

enum payment_state {
	PAYMENT_CREATED = 1,
	PAYMENT_PENDING,
	PAYMENT_AUTHORISING,
	PAYMENT_AUTHORISED,
	PAYMENT_CAPTURING,
	PAYMENT_CAPTURED,
	PAYMENT_VOIDING,
	PAYMENT_VOIDED,
	PAYMENT_FAILED,
	PAYMENT_EXPIRED,
};

const char *payment_state_name(enum payment_state state);
/* Whether the gateway has said its last word. */
bool payment_over(enum payment_state state);

enum payment_goods {
	GOODS_NOT_ASKED,
	GOODS_TAKEN,
	GOODS_REFUSED,
	GOODS_GIVEN_BACK,
	GOODS_ASKED, /* the question may have been put; its key answers */
};

/* What the stock system has lost with a server (shop/vanished.h). */
enum payment_again { AGAIN_NOTHING, AGAIN_TAKE, AGAIN_GIVE_BACK };

/* What the customer's bank says of a payment that was taken. */
enum payment_dispute {
	PAYMENT_UNDISPUTED,
	PAYMENT_WARNED,   /* of fraud */
	PAYMENT_DISPUTED, /* the shop is to answer */
	PAYMENT_ANSWERED, /* others decide */
	PAYMENT_WON,
	PAYMENT_LOST, /* `lost` of it is gone */
};
/* Whether the gateway has yet to decide whose the money is. */
bool payment_contested(enum payment_dispute dispute);
const char *payment_dispute_name(enum payment_dispute dispute); /* or "" */

#define PAYMENT_OBJECT_SIZE 256
#define PAYMENT_PAGE_SIZE 2001

struct payment {
	int64_t id, order, amount, captured;
	char uid[UID_SIZE], gateway[17], currency[4];
	enum payment_state state;
	enum payment_goods goods;
	enum payment_again again;
	int64_t made_at, expires_at, changed_at;
	enum payment_dispute disputed;
	char dispute[PAYMENT_OBJECT_SIZE]; /* the newest; the gateway's name */
	int64_t lost;       /* to disputes: neither given back by us nor ours */
	int64_t back_tries; /* the goods could not be given back */
	char checkout_object[PAYMENT_OBJECT_SIZE]; /* cs_…, PayPal's order */
	char payment_object[PAYMENT_OBJECT_SIZE];  /* pi_…, authorisation */
	char page[PAYMENT_PAGE_SIZE]; /* where the customer pays; "" unknown */
	char method[256];             /* "card ending 4242" */
	char why[513];
};

/* Inside a unit.  *made is false when the order has a live one: out is it. */
enum rc payment_begin(struct db *db, int64_t order, const char *gateway,
    int64_t amount, const char *currency, int64_t now, int64_t expires_at,
    bool *made, struct payment *out, struct error *e) CHECKED;

enum rc payment_load(
    struct db *db, int64_t id, struct payment *out, struct error *e) CHECKED;
/* By the uid alone, whichever gateway it was given to. */
enum rc payment_by_uid(struct db *db, const char *uid, struct payment *out,
    struct error *e) CHECKED;
/* RC_NOTFOUND: none is. */
enum rc payment_live(
    struct db *db, int64_t order, struct payment *out, struct error *e) CHECKED;
/* By the uid that the gateway was given, or either of its own names. */
enum rc payment_find(struct db *db, const char *gateway, const char *name,
    struct payment *out, struct error *e) CHECKED;

typedef enum rc payment_put(
    void *ctx, const struct payment *p, struct error *e);
enum rc payment_list(struct db *db, int64_t order, payment_put *put, void *ctx,
    struct error *e) CHECKED;

/* Inside a unit, each.  *moved: it was in `from`.  A state that is over ends
 * `live`. */
enum rc payment_move(struct db *db, int64_t id, enum payment_state from,
    enum payment_state to, const char *why, int64_t now, bool *moved,
    struct error *e) CHECKED;
/* Its customer pays another way: nobody is to pay it from now on. */
enum rc payment_leave(
    struct db *db, int64_t id, int64_t now, struct error *e) CHECKED;
/* What a live one waits for, for people: who could not be asked, and why. */
enum rc payment_waits(
    struct db *db, int64_t id, const char *why, struct error *e) CHECKED;
/* What the gateway calls it, where it is paid, how; NULL leaves a thing. */
enum rc payment_named(struct db *db, int64_t id, const char *checkout_object,
    const char *payment_object, const char *page, const char *method,
    struct error *e) CHECKED;
enum rc payment_goods_are(struct db *db, int64_t id, enum payment_goods from,
    enum payment_goods to, bool *moved, struct error *e) CHECKED;
/* NOT_ASKED to ASKED, only of an attempt that is AUTHORISED: before the stock
 * system is asked, so that nobody frees goods that are being taken. */
enum rc payment_goods_ask(
    struct db *db, int64_t id, bool *moved, struct error *e) CHECKED;
/* CAPTURED with the amount, at the order too. */
enum rc payment_captured(struct db *db, int64_t id, enum payment_state from,
    int64_t amount, int64_t now, bool *moved, struct error *e) CHECKED;

/* What is true of a dispute now, at the order too; from what p was read with.
 * *changed: it was so, and this is news.  lost is all that disputes took. */
enum rc payment_dispute_is(struct db *db, const struct payment *p,
    const char *dispute, enum payment_dispute state, int64_t lost,
    bool *changed, struct error *e) CHECKED;
/* Once more its goods could not be given back. */
enum rc payment_back_tried(struct db *db, int64_t id, struct error *e) CHECKED;

/*** Calls out that change money ***/

enum call_state { CALL_TO_SEND = 1, CALL_ANSWERED, CALL_REFUSED, CALL_OVER };

struct payment_call {
	int64_t payment, generation;
	char action[17];    /* "create", "capture", "void", "expire" */
	char key[UID_SIZE]; /* the Idempotency-Key */
	enum call_state state;
	int64_t tries, made_at, status;
	char path[256];
	struct buf request, answer; /* owned */
};

void payment_call_release(struct payment_call *c);

/* The newest generation; RC_NOTFOUND: none yet. */
enum rc payment_call_load(struct db *db, int64_t payment, const char *action,
    struct payment_call *out, struct error *e) CHECKED;

/* A call without what was sent and came. */
struct payment_call_row {
	const char *action, *key, *path; /* borrowed for the call */
	int64_t generation, tries, made_at, done_at, status, bytes;
	enum call_state state;
};

const char *call_state_name(enum call_state state);

typedef enum rc payment_call_see(
    void *ctx, const struct payment_call_row *row, struct error *e);
/* All of an attempt, the oldest first. */
enum rc payment_calls(struct db *db, int64_t payment, payment_call_see *see,
    void *ctx, struct error *e) CHECKED;

/* Store a call before it leaves, inside a unit: generation 1, or the
 * next when the one before is not CALL_TO_SEND.  *made is false when another
 * runner has just stored it: out is that one, and its bytes are what is sent. */
enum rc payment_call_put(struct db *db, int64_t payment, const char *action,
    const char *path, const void *request, size_t n, int64_t now, bool *made,
    struct payment_call *out, struct error *e) CHECKED;

/* Inside a unit: it leaves once more. */
enum rc payment_call_tried(
    struct db *db, const struct payment_call *c, struct error *e) CHECKED;
/* Inside a unit: an answer has come.  Only one that is CALL_TO_SEND changes. */
enum rc payment_call_done(struct db *db, const struct payment_call *c,
    enum call_state state, int64_t status, const void *answer, size_t n,
    int64_t now, struct error *e) CHECKED;

#endif
