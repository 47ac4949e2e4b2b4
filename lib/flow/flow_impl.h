/*
 * What the parts of lib/flow share; nobody else includes it.
 */
#ifndef FLOW_IMPL_H
#define FLOW_IMPL_H

#include "flow/flow.h"
#include "shop/payment.h"
#include "shop/refund.h"
#include "shop/vanished.h"

/* In the attention of a lost dispute, until there is nothing left to stop. */
#define DISPUTE_GONE " is gone by a lost dispute"

/* How the name of a return's refund begins; its uid follows. */
#define FLOW_RETURN "return "

#define FLOW_PAYMENTS 32 /* attempts of one order: a shopper gives up before */
#define FLOW_REFUNDS 64

/* One run over an order: as it was read, and what became of it. */
struct run {
	struct flow *f;
	int64_t now, next_at; /* next_at: the least that anybody wished */
	int64_t leased_at;
	bool moved; /* something was committed, by us or, as a change that
		       came too late shows, by another: look again */
	struct order o;
	struct payment payments[FLOW_PAYMENTS];
	size_t n;
	struct refund refunds[FLOW_REFUNDS];
	size_t nrefunds;
};

/* One attempt of it. */
struct attempt {
	struct run *r;
	struct payment *p;
	const struct gateway *g; /* NULL: not configured any more */
	bool lost; /* the gateway does not know it: a person must look */
};

int64_t flow_now(const struct flow *f);

/* The order r->o.id with its payments and refunds, in place of what was read
 * before; in a view.  RC_NOTFOUND. */
enum rc flow_load(struct db *db, struct run *r, struct error *e) CHECKED;
/* "card ending 4242" of this payment (0: the one that was captured), or "". */
const char *flow_method(const struct run *r, int64_t payment);
const struct gateway *flow_gateway(const struct flow *f, const char *name);
/* "£20.00: why"; why may be "". */
void flow_amount(char *out, size_t size, int64_t amount, const char *currency,
    const char *why);

/* The order r->o.id as it is now; its r->o is to be released. */
enum rc flow_read(struct run *r, struct error *e) CHECKED;

/* Come again in so many seconds at the latest. */
void flow_wait(struct run *r, int64_t seconds);
/* Longer each time, from 2 s to 5 min. */
int64_t flow_pause(int64_t tries);

/* The order shall not be paid (any more). */
bool flow_unwanted(const struct order *o);
/* The same, or nobody has paid it in time. */
bool flow_idle(const struct run *r);

/* A line in the order's journal, told once an attempt.  Inside a unit. */
enum rc flow_tell(struct db *db, const struct attempt *a, const char *kind,
    const char *witness, const char *detail, struct error *e) CHECKED;

/* What a gateway is told of it; all is borrowed, from a and the two buffers,
 * which are filled. */
void flow_job(const struct attempt *a, struct gateway_job *job, struct buf *ret,
    struct buf *cancel);

/* Who could not be asked, and why, is written where an administrator looks; a
 * unit of its own, when it is news. */
enum rc flow_waits(struct attempt *a, const char *who, const struct error *why,
    struct error *e) CHECKED;

/* Do the call that its state asks for, or look, and settle what came. */
enum rc flow_call(
    struct attempt *a, enum gateway_action action, struct error *e) CHECKED;
enum rc flow_look(struct attempt *a, struct error *e) CHECKED;
/* What the gateway says of it, and nothing is done about it.  RC_NOTFOUND: it
 * does not know it. */
enum rc flow_ask(struct attempt *a, struct gateway_answer *answer,
    struct error *why) CHECKED;
/* *news is what was understood, whether or not it changed anything. */
enum rc flow_look_for(
    struct attempt *a, enum gateway_news *news, struct error *e) CHECKED;

/* Settle an answer, with the call's end in the same unit (NULL: we only
 * looked).  *moved: something has changed, look again. */
enum rc flow_settle(struct attempt *a, const struct payment_call *call,
    const struct gateway_reply *reply, const struct gateway_answer *answer,
    bool *moved, struct error *e) CHECKED;
/* No answer, or one that says nothing (a key that is refused, too many calls):
 * an administrator may want to know.  why is filled when it is empty. */
enum rc flow_unanswered(struct attempt *a, const struct gateway_answer *answer,
    struct error *why, struct error *e) CHECKED;

/* Look at one that is over: is there money after all? */
enum rc flow_look_back(struct attempt *a, struct error *e) CHECKED;

/* A refund's next step: the call, or a look when the gateway is at it. */
enum rc flow_refund(struct run *r, const struct refund *f,
    const struct attempt *a, struct error *e) CHECKED;
/* Inside a unit: money that was taken for an order that did not wait for it goes
 * back, and a person is told. */
enum rc flow_return(
    const struct attempt *a, struct db *db, struct error *e) CHECKED;
/* What was captured of it and is not on its way back. */
int64_t flow_kept(const struct run *r, const struct payment *p);
/* It is part of the order's end, whose letter tells of it. */
bool flow_refund_ends(const struct refund *f);
/* The order is cancelled; what it holds is free when every key has answered. */
enum rc flow_end(struct run *r, struct error *e) CHECKED;
/* A paid order that shall end: money first, then goods, then the order. */
enum rc flow_cancel_paid(struct run *r, struct error *e) CHECKED;

/* What has become of a dispute that is not over. */
enum rc flow_dispute(struct attempt *a, struct error *e) CHECKED;

/* All of an attempt's goods go back to the stock system, once. */
enum rc flow_give_back(struct attempt *a, struct error *e) CHECKED;
/* What the stock system is to be asked for this attempt, if anything. */
enum rc flow_goods(struct attempt *a, struct error *e) CHECKED;
/* The same for what a server of the stock system has lost (flow_vanished.c). */
enum rc flow_again(struct attempt *a, struct error *e) CHECKED;
/*
 * Whether the stock system may be asked now: what was lost with a server comes
 * first (again: it is that).  *epoch goes to vanished_same in the unit that
 * concludes.
 */
enum rc flow_may_ask(struct attempt *a, bool again, int64_t *epoch, bool *may,
    struct error *e) CHECKED;
size_t flow_lines(
    const struct order *o, struct master_line lines[LIMIT_BASKET_LINES]);
/* "Crimson Fez: 1 left" for the shopper. */
void flow_short(const struct order *o, const struct master_short *why,
    char *out, size_t size);
/* Whether its key has answered, and nothing is taken under it (any more). */
bool flow_concluded(const struct payment *p);

/* What the returns of a closed order need: the refund asked for, the goods
 * brought back, the letters. */
enum rc flow_returns(struct run *r, struct error *e) CHECKED;

/* The same letter has the same Message-ID, whoever writes it. */
void flow_letter_uid(
    const char *order, const char *what, int64_t n, char out[UID_SIZE]);

/* Nobody comes for its parcels: *wait is false.  Those that may be booked are to
 * be cancelled; if one has left, the order goes on. */
enum rc flow_parcels_end(struct run *r, bool *wait, struct error *e) CHECKED;

/* The letter that is due now, if any; each once. */
enum rc flow_write(struct run *r, struct error *e) CHECKED;

/* The attempt from one state to another with a line in the journal, as a
 * unit. */
enum rc flow_move(struct attempt *a, enum payment_state to, const char *kind,
    const char *why, struct error *e) CHECKED;

#endif
