/*
 * The stand-in of Stripe: the calls that the shop makes, the page that cards are
 * typed on, the events, and what goes wrong when it is asked to.
 *
 * An object is JSON as Stripe answers it; what only the sandbox knows of it is
 * in its member "_box", which never leaves.  All that is done in one call is
 * one unit of its database: object, events, and the answer under the key.
 *
 * Session: open → complete (a card was taken) | expired (by call, or at
 * expires_at).  Intent: requires_payment_method ⇄ requires_action →
 * requires_capture → succeeded | canceled.  Nothing leaves complete, expired,
 * succeeded or canceled.
 */
#ifndef SANDBOX_STRIPE_H
#define SANDBOX_STRIPE_H

#include "sandbox/box.h"
#include "sandbox/fault.h"
#include "sandbox/params.h"
#include "sandbox/store.h"

#define STRIPE_API "2026-10-28.endive"
#define STRIPE_ID 80
#define STRIPE_INVALID "invalid_request_error"

struct stripe_call {
	struct box *b;
	struct store st;
	struct params p;
	int64_t now; /* by the sandbox's own clock */
	char request[STRIPE_ID];
	const char *key; /* Idempotency-Key, or NULL */
	int status;
	struct json_t *out; /* owned; the answer */
	size_t events;      /* written in this unit, */
	int64_t first_hook; /* and the row of the first delivery */
	bool early;         /* deliver before the answer */
};

/* What begins and ends each request: the database and the clock. */
enum rc stripe_open(
    struct stripe_call *c, struct box *b, struct error *e) CHECKED;
void stripe_close(struct stripe_call *c);

/* An error as the answer: a status of Stripe's; code and param may be NULL. */
PRINTF_LIKE(6, 7)
void stripe_fail(struct stripe_call *c, int status, const char *type,
    const char *code, const char *param, const char *fmt, ...);

/*** Objects (stripe_object.c) ***/

/* A whole new object of the kind, with id and times, not stored yet. */
struct json_t *stripe_new(struct stripe_call *c, const char *kind);
/* One that is stored, or NULL. */
struct json_t *stripe_get(struct stripe_call *c, const char *id);
/* Store it.  parent: what it belongs to, NULL as before; due: when time changes
 * it by itself, 0 never, -1 as before. */
void stripe_put(struct stripe_call *c, const struct json_t *object,
    const char *parent, int64_t due);

const char *stripe_text(const struct json_t *object, const char *name);
int64_t stripe_whole(const struct json_t *object, const char *name);
void stripe_set(struct json_t *object, const char *name, const char *value);
void stripe_set_int(struct json_t *object, const char *name, int64_t value);
struct json_t *stripe_inside(const struct json_t *object); /* "_box" */

/* PREFIX and n random letters and digits. */
void stripe_name(char out[STRIPE_ID], const char *prefix, size_t n);

/* The answer is this object, as it is shown: with what expand[] asks for. */
void stripe_show(struct stripe_call *c, const struct json_t *object);
/* A copy without "_box". */
struct json_t *stripe_bare(const struct json_t *object);
/* Expand what the call asks for in each element; false: it cannot be. */
bool stripe_expand(struct stripe_call *c, struct json_t *object, bool list);

/*** What time does, and cards (stripe_pay.c) ***/

/* All that is due at c->now; inside a unit. */
void stripe_settle(struct stripe_call *c);
/* Whether there is anything. */
bool stripe_is_due(struct stripe_call *c);

struct stripe_card {
	const char *number, *brand, *what; /* what it is for */
	enum {
		CARD_PASSES,
		CARD_DECLINED,
		CARD_ASKS,          /* 3-D Secure */
		CARD_ASKS_DECLINED, /* then declined */
	} does;
	const char *code, *decline_code; /* of a decline, or NULL */
	const char *words;               /* for people */
	const char *later; /* "refund-late", "refund-fails", "dispute" */
};
extern const struct stripe_card stripe_cards[];
extern const size_t stripe_card_count;

/* One of the published test cards, NULL when it is none. */
const struct stripe_card *stripe_card_of(const char *typed);

/* Pay an open session; the card's decline or question is in its intent. */
enum stripe_paid { PAID_DONE, PAID_DECLINED, PAID_ASKS };
enum stripe_paid stripe_pay(struct stripe_call *c, struct json_t *session,
    const struct stripe_card *card, bool proven);
/* The 3-D Secure page was answered with no. */
void stripe_unproven(struct stripe_call *c, struct json_t *session);
/* End an open session. */
void stripe_expire(struct stripe_call *c, struct json_t *session);

/* The money of an authorised charge becomes the shop's. */
void stripe_collect(struct stripe_call *c, struct json_t *intent,
    struct json_t *charge, int64_t amount);

/* Cancel an intent, with the reason that it then has. */
void stripe_cancel(
    struct stripe_call *c, struct json_t *intent, const char *reason);

/*** Calls: the answer is left in c (stripe_session.c, …) ***/

typedef void stripe_do(struct stripe_call *c, const char *id);

stripe_do stripe_session_create, stripe_session_show, stripe_session_list,
    stripe_session_lines, stripe_session_expire;
stripe_do stripe_intent_show, stripe_intent_list, stripe_intent_update,
    stripe_intent_capture, stripe_intent_cancel, stripe_charge_show;
stripe_do stripe_refund_create, stripe_refund_show, stripe_refund_list;
stripe_do stripe_event_show, stripe_event_list;
stripe_do stripe_dispute_show, stripe_warning_show;

/* Of a charge that was captured, with an event (stripe_dispute.c). */
void stripe_dispute_new(
    struct stripe_call *c, struct json_t *charge, const char *status);
/* Whether its money is taken back, for now or for good. */
bool stripe_is_disputed(struct stripe_call *c, const struct json_t *charge);

extern const struct param stripe_session_params[];
extern const size_t stripe_session_param_count;

/* Take "PREFIX[key]" of the call over into the object's metadata. */
void stripe_metadata(
    struct stripe_call *c, struct json_t *object, const char *prefix);

/*** Events (stripe_event.c) ***/

void stripe_event_add(
    struct stripe_call *c, const char *type, const struct json_t *object);
/* At the end of a unit: turn its deliveries round when that was asked for. */
void stripe_events_end(struct stripe_call *c);

/*** What goes wrong when it is asked to (stripe_fault.c) ***/

/*** Handlers of the box ***/

box_handler stripe_api, stripe_page, stripe_page_pay, stripe_proof_page,
    stripe_proof, stripe_sheet;
box_handler stripe_faults, stripe_faults_add, stripe_clock, stripe_deliver,
    stripe_books, stripe_disputes, stripe_disputes_do;

/* The head of a page of the sandbox, as far as <main>. */
void stripe_page_begin(
    struct box *b, int status, const char *title, const char *class);

/* Deliver what is due, or all that waits; how many there were, of which failed.
 * By one process at a time or by many. */
void stripe_hooks_send(
    struct stripe_call *c, bool all, int64_t *sent, int64_t *failed);

#endif
