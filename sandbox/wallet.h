/*
 * The stand-in of PayPal: Orders v2 with intent AUTHORIZE, payments, the page
 * where a customer agrees, signed webhooks, and what goes wrong when it is asked
 * to.
 *
 * An order is JSON as PayPal answers it, with its authorisations, captures and
 * refunds inside; what only the sandbox knows is in its member "_box", which
 * never leaves.  All that one call does is one unit of its database: the order,
 * the events, and the answer under PayPal-Request-Id.
 *
 * Order: PAYER_ACTION_REQUIRED → APPROVED → COMPLETED (authorised).
 * Authorisation: CREATED | PENDING | DENIED; CREATED → CAPTURED | VOIDED.
 * Capture: COMPLETED | PENDING | DECLINED; COMPLETED → refunded, wholly or not.
 */
#ifndef SANDBOX_WALLET_H
#define SANDBOX_WALLET_H

#include "sandbox/box.h"
#include "sandbox/fault.h"
#include "sandbox/store.h"

#define WALLET_ID 40

struct json_t;

struct wallet {
	struct box *b;
	struct store st;
	const char *key;   /* PayPal-Request-Id, or NULL */
	bool whole;        /* Prefer: return=representation */
	struct json_t *in; /* owned; what was sent, NULL: nothing */
	int status;
	struct json_t *out; /* owned; the answer, NULL: none */
};

enum rc wallet_open(struct wallet *w, struct box *b, struct error *e) CHECKED;
void wallet_close(struct wallet *w);

/* An error as the answer.  issue NULL: without details. */
void wallet_fail(struct wallet *w, int status, const char *name,
    const char *issue, const char *field, const char *words);
void wallet_refuse(struct wallet *w, const char *issue, const char *field,
    const char *words); /* 422 */

const char *wallet_text(const struct json_t *o, const char *name); /* or "" */
void wallet_set(struct json_t *o, const char *name, const char *value);
/* The member that is an array, made when it is not there. */
struct json_t *wallet_list(struct json_t *o, const char *name);

/*** What is sent (wallet_check.c): false leaves the refusal in w ***/

bool wallet_check_order(struct wallet *w);
bool wallet_check_capture(struct wallet *w);
bool wallet_check_refund(struct wallet *w);
/* Authorise and void take nothing that the shop would send. */
bool wallet_check_nothing(struct wallet *w);
/* The amount of an object in minor units; -1 when it is none. */
int64_t wallet_minor(const struct json_t *amount);
struct json_t *wallet_amount(int64_t minor, const char *currency);

/*** Orders (wallet_order.c) ***/

/* The stored order, or NULL; time has done its work on it. */
struct json_t *wallet_load(struct wallet *w, const char *id);
/* That of an authorisation, a capture or a refund, and the thing itself. */
struct json_t *wallet_load_of(
    struct wallet *w, const char *id, const char *kind, struct json_t **thing);
/* due: when time changes it by itself, 0 never. */
void wallet_keep(struct wallet *w, const struct json_t *order, int64_t due);
void wallet_name(struct wallet *w, const char *id, const char *order);
struct json_t *wallet_unit(const struct json_t *order);
struct json_t *wallet_inside(const struct json_t *order); /* "_box" */
/* A copy of an order or a part of one, without "_box". */
struct json_t *wallet_bare(const struct json_t *o);
void wallet_random(char out[WALLET_ID], size_t n);
void wallet_stamp(const struct wallet *w, struct json_t *o, const char *name);
/* What time changes in all orders. */
void wallet_settle(struct wallet *w);

typedef void wallet_do(struct wallet *w, const char *id);
wallet_do wallet_create, wallet_show, wallet_authorise;

/*** Money (wallet_money.c) ***/

wallet_do wallet_show_authorisation, wallet_capture, wallet_void,
    wallet_show_capture, wallet_refund, wallet_show_refund;
/* What waits in an order is decided. */
void wallet_decide(struct wallet *w, struct json_t *order);
/* A new payment of the kind in the order; borrowed. */
struct json_t *wallet_payment(struct wallet *w, struct json_t *order,
    const char *kind, const char *status, int64_t minor);

/*** Disputes (wallet_dispute.c) ***/

wallet_do wallet_show_dispute;
bool wallet_is_disputed(struct wallet *w, const char *capture);

/*** How a customer pays: the words of the page's field ***/

extern const struct box_choice wallet_moods[];
extern const size_t wallet_mood_count;

/*** Events (wallet_hooks.c) ***/

void wallet_event(struct wallet *w, const char *type, const char *kind,
    const struct json_t *resource);
/* Send what is due, or all that waits. */
void wallet_hooks_send(struct wallet *w, bool all, int64_t *sent);
wallet_do wallet_verify;

/*** Their list (wallet_list.c) ***/

wallet_do wallet_list_events;

/*** Handlers of the box ***/

box_handler wallet_api, wallet_token, wallet_page, wallet_page_pay,
    wallet_sheet, wallet_cert, wallet_faults, wallet_faults_add, wallet_deliver,
    wallet_books, wallet_disputes, wallet_disputes_do;

/* The head of a page of the sandbox, as far as <main>. */
void wallet_page_begin(struct box *b, int status, const char *title);

#endif
