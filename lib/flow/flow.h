/*
 * What moves an order: one function that looks at what is true outside, does
 * the next steps, commits each, and may be called at any time, in parallel, any
 * number of times, by a page, a webhook or lifecycle (idea 1).
 *
 *	struct flow f = { .settings = &settings, .db = db, .stock = &stock,
 *		.gateways = all, .ngateways = n, .holder = uid };
 *
 *	rc = order_advance(&f, order, &e);
 *
 * Reserve the money, take the goods, take the money (idea 2).  What decides is
 * never the lease: the claim's key decides about goods, the gateway about
 * capture and void, a guarded UPDATE about everything of ours.
 *
 *	attempt		goods		what is next
 *	CREATED		-		call create; its answer: PENDING
 *	PENDING		-		look: authorised, expired, failed;
 *					idle or unwanted: call expire; where money
 *					needs our own call: EXPIRED, our word
 *	PENDING		-		agreed: AUTHORISING, committed
 *	AUTHORISING	-		call authorise: AUTHORISED, or FAILED
 *	AUTHORISED	not asked	asked, committed; then take
 *	AUTHORISED	asked		take again: the key answers
 *	AUTHORISED	taken		CAPTURING
 *	AUTHORISED	refused		VOIDING
 *	CAPTURING	taken		call capture: CAPTURED, order PAID;
 *					declined: VOIDING
 *	VOIDING		any		call void: VOIDED
 *	over, unpaid	asked		refuse: the key answers
 *	over, unpaid	taken		give back
 *
 * A paid order that has not been told gets its confirmation: one letter, to the
 * customer and to the warehouse (idea 9).  One that is cancelled and a refund
 * that is done get theirs, to the customer; what goes back by the end has no
 * letter of its own.  An order without a live attempt whose goods are concluded is cancelled when
 * that is wanted or its time is up; its holds are released in the same unit.
 * Whatever is not known (a lost reply, a lock, the stock system away) is asked
 * again later with the same key, and nothing is concluded.
 */
#ifndef FLOW_FLOW_H
#define FLOW_FLOW_H

#include "base/settings.h"
#include "db/db.h"
#include "letter/news.h"
#include "peer/courier.h"
#include "peer/gateway.h"
#include "shop/order.h"
#include "shop/parcel.h"
#include "shop/refund.h"
#include "shop/returns.h"
#include "stock/master.h"

/* The stock system's last word; lib/stock/master in programs. */
struct flow_stock {
	void *ctx;
	enum rc (*take)(void *ctx, const char *attempt,
	    const struct master_line *lines, size_t n,
	    enum master_answer *answer, struct master_short *why,
	    struct error *e);
	enum rc (*refuse)(void *ctx, const char *attempt,
	    const struct master_line *lines, size_t n,
	    enum master_answer *answer, struct error *e);
	enum rc (*give_back)(void *ctx, const char *give_back,
	    const char *attempt, const struct master_line *lines, size_t n,
	    struct error *e);
};

/* What people are sent.  Rendered outside of any unit; the bytes are stored in
 * the unit that says that it was written. */
struct flow_letters {
	/* RC_INVALID: nothing can be sent to this address. */
	enum rc (*order)(const struct settings *s, const struct order *o,
	    const char *method, struct buf *out, struct error *e);
	/* It is cancelled; uid: the letter's.  reserved: money was, and is
	 * released; back: what goes back of what was paid, and has no letter of
	 * its own.  NULL here and below: no such letter. */
	enum rc (*ended)(const struct settings *s, const struct order *o,
	    const char *uid, bool reserved, int64_t back, const char *method,
	    struct buf *out, struct error *e);
	/* Money of it is on its way back, and the order goes on. */
	enum rc (*refund)(const struct settings *s, const struct order *o,
	    const char *uid, const struct refund *f, const char *method,
	    struct buf *out, struct error *e);
	/* The n parcels are booked; tracking and url tell where each is. */
	enum rc (*dispatched)(const struct settings *s, const struct order *o,
	    const char *uid, const struct parcel *parcels, size_t n,
	    struct buf *out, struct error *e);
	/* A parcel will not arrive as it should: `state` is PARCEL_REFUSED (it
	 * cannot be sent there; `why` says what for), or `carrier` tells what
	 * is the matter with it (parcel_carrier_trouble). */
	enum rc (*problem)(const struct settings *s, const struct order *o,
	    const char *uid, const struct parcel *parcel, struct buf *out,
	    struct error *e);
	/* The receipt of a withdrawal; or, when it is refused, that and why. */
	enum rc (*goods_return)(const struct settings *s, const struct order *o,
	    const char *uid, const struct goods_return *g, struct buf *out,
	    struct error *e);
	/* The document is attached: out is made with LETTER_MAX_FILE. */
	enum rc (*invoice)(const struct settings *s, const struct order *o,
	    const char *uid, const struct letter_document *d, struct buf *out,
	    struct error *e);
	enum rc (*credit_note)(const struct settings *s, const struct order *o,
	    const char *uid, const struct letter_document *d, struct buf *out,
	    struct error *e);
};

struct flow {
	const struct settings *settings;
	struct db *db;
	const struct flow_stock *stock;
	const struct gateway *const *gateways;
	size_t ngateways;
	const struct flow_letters
	    *letters;                  /* NULL: left to one that has them */
	const struct courier *courier; /* NULL: nothing is booked, or asked */
	const char *holder;            /* a uid of this runner */
	int64_t (*now)(void);          /* NULL: clock_now */
	bool without_lease;            /* tests: leases prove nothing */
};

/*
 * RC_OK: as far as it goes now; the order's next_at says when to come again.
 * RC_CONFLICT: another runner is at it, and does it.  RC_NOTFOUND: no such
 * order.  Others: the sales database failed.  What the outside failed at
 * is no error here: it is in the journal or the attempt's `why`.
 */
enum rc order_advance(struct flow *f, int64_t order, struct error *e) CHECKED;

/*
 * A gateway has told of money for an attempt that is over: look, and if there
 * is some it goes back (idea 5); order_advance does the rest.  RC_IO: the
 * gateway cannot be asked now.
 */
enum rc order_look_back(
    struct flow *f, int64_t order, int64_t payment, struct error *e) CHECKED;

/*
 * A gateway has told of a refund: look at those of the order that failed, which
 * may be done all the same when two had tried them at once.  RC_IO as above.
 */
enum rc order_look_refunds(
    struct flow *f, int64_t order, struct error *e) CHECKED;

/*
 * A gateway has told of a dispute or a warning of fraud by this name: look, and
 * settle what it is now.  *order is whose payment it is of.  RC_NOTFOUND: the
 * gateway, or the shop, knows of none; RC_IO: it cannot be asked now.
 */
enum rc order_dispute(struct flow *f, const char *gateway, const char *object,
    int64_t *order, struct error *e) CHECKED;

/* Begin a payment with this gateway, or find the live one.  RC_INVALID: no such
 * gateway, or the order cannot be paid any more.  The page to send the customer
 * to is the attempt's after order_advance.  One at another gateway that nobody has
 * paid is left: order_advance ends it, then order_pay begins the new one.  If it
 * turns out to be paid, the order goes on with it. */
enum rc order_pay(struct flow *f, int64_t order, const char *gateway,
    struct error *e) CHECKED;

/*
 * Ask for captured money to go back, minor units; order_advance does it.  The
 * same reference (1 to 64 bytes) is the same refund.  RC_INVALID, with words:
 * nothing was captured, it is more than is left, or the reference is a refund
 * of another amount.
 */
enum rc order_refund(struct flow *f, int64_t order, const char *reference,
    int64_t amount, const char *witness, struct error *e) CHECKED;

/* Ask for the end of an order whatever it is: unpaid as order_give_up; paid:
 * nobody comes for its parcels any more, then money back, then goods, then
 * it is cancelled; or, when one has been collected, it goes on.  RC_INVALID when it is closed
 * or cancelled. */
enum rc order_cancel(struct flow *f, int64_t order, const char *why,
    const char *witness, struct error *e) CHECKED;

/*
 * A person's word that no money is there: an order whose payment its gateway
 * does not know, which is asked, ends as unpaid.  RC_INVALID, with words: the
 * gateway knows it, a call is not answered yet, or no payment is open.  RC_IO:
 * it cannot be asked.  RC_CONFLICT: a runner is at it.
 */
enum rc order_conclude(struct flow *f, int64_t order, const char *why,
    const char *witness, struct error *e) CHECKED;

/*
 * A person's word that an attempt's goods are back, which the stock system
 * could not take; order_advance frees what the order holds.  *first is false
 * when they were back before.  RC_NOTFOUND: no such attempt.  RC_INVALID: the
 * stock system has not refused them.  RC_CONFLICT: a runner is at it.
 */
enum rc order_put_back(struct flow *f, const char *attempt, const char *witness,
    int64_t *order, bool *first, struct error *e) CHECKED;

/*
 * What an order's parcels need now: booked once it is paid, cancelled when that
 * is asked for, a person called when nothing is heard; and the letters of it.
 * May be called at any time, in parallel, any number of times, as
 * order_advance: the booking's key decides.
 *
 *	WANTED		no request: made and stored, or, not wanted: CANCELLED
 *	WANTED		a request: sent, the same bytes until there is an answer;
 *			BOOKED, or REFUSED and a person is called
 *	BOOKED, READY	to be cancelled: the courier is asked; CANCELLED, or it
 *			has been collected: HANDED_OVER, and the order goes on
 *
 * Each parcel's next_at says when to come again.  What the courier fails at is
 * no error here.
 */
enum rc order_parcels(struct flow *f, int64_t order, struct error *e) CHECKED;

struct carrier_listened {
	int64_t events, fresh;
	bool more;  /* there are more to be had now */
	bool again; /* the courier had forgotten how far we were: from its
		       beginning */
	char why[PARCEL_WHY_SIZE]; /* it gave no answer; or "" */
	int64_t aside;             /* could not be applied, first told now */
	char aside_why[PARCEL_WHY_SIZE]; /* of the last of them */
};

/* Ask the courier what has happened since it was asked last, if that is due,
 * and apply it with the new cursor.  An event that cannot be applied for a
 * reason of its own goes into the inbox for a person (source "courier", with
 * CARRIER_ASIDE before its number as name and the parcel's number as headers),
 * and the cursor goes on; what fails otherwise ends the whole. */
enum rc carrier_listen(
    struct flow *f, struct carrier_listened *out, struct error *e) CHECKED;
#define CARRIER_ASIDE "aside "

/* Once more for one that was set aside: its parcel is asked for.  *order is the
 * parcel's.  RC_IO: no answer; RC_INVALID: it still cannot be applied, or the
 * courier does not know it. */
enum rc carrier_ask(struct flow *f, const char *tracking, int64_t event,
    int64_t *order, struct error *e) CHECKED;

/* Inside a unit: one event, however it came. */
enum rc carrier_heard(struct db *db, const struct courier_event *ev,
    int64_t now, struct parcel_heard *out, struct error *e) CHECKED;

/* Ask for the end of an order that is not paid; order_advance does it.  It does
 * nothing to one that has been paid meanwhile. */
enum rc order_give_up(
    struct flow *f, int64_t order, const char *why, struct error *e) CHECKED;

#endif
