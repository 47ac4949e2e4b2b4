/*
 * What a gateway says of an attempt, settled in one unit, and looking for it.
 */
#include "config.h"

#include <assert.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/limits.h"
#include "flow/flow_impl.h"
#include "shop/basket.h"

/* Webhooks are faster, and the customer's return: this is without them. */
#define LOOK_SECONDS 15
#define LOOK_SECONDS_MAX 300
#define FORGOTTEN                                                              \
	(8 * 86400) /* seconds after which no reserved money is left */

/* Look again: a page that is open for long is looked at less often. */
static void
wait_to_look(const struct attempt *a)
{
	int64_t pause = (a->r->now - a->p->made_at) / 8;

	if (pause < LOOK_SECONDS)
		pause = LOOK_SECONDS;
	if (pause > LOOK_SECONDS_MAX)
		pause = LOOK_SECONDS_MAX;
	flow_wait(a->r, pause);
}

/*** What it says, settled ***/

struct settling {
	struct attempt *a;
	const struct payment_call *call; /* NULL: we only looked */
	const struct gateway_reply *reply;
	const struct gateway_answer *answer;
	bool moved; /* look again */
	bool first; /* the change was ours */
};

static enum rc
tell(struct settling *s, struct db *db, const char *kind, const char *detail,
    struct error *e)
{
	return flow_tell(db, s->a, kind, s->a->p->gateway, detail, e);
}

static enum rc
moved_to(struct settling *s, struct db *db, enum payment_state to,
    const char *kind, struct error *e)
{
	const struct payment *p = s->a->p;
	bool moved;
	enum rc rc;

	rc = payment_move(
	    db, p->id, p->state, to, s->answer->why, s->a->r->now, &moved, e);
	s->moved |= rc == RC_OK;
	s->first = moved;
	return rc == RC_OK && moved ? tell(s, db, kind, s->answer->why, e) : rc;
}

/* Amount, currency and order are compared after every step (R50). */
static bool
agrees(const struct settling *s)
{
	const struct gateway_answer *an = s->answer;
	const struct payment *p = s->a->p;

	return an->amount == p->amount &&
	       strcmp(an->currency, p->currency) == 0 &&
	       strcmp(an->order, s->a->r->o.uid) == 0;
}

static enum rc
disagrees(struct settling *s, struct db *db, struct error *e)
{
	const struct gateway_answer *an = s->answer;
	const struct payment *p = s->a->p;
	char why[300];
	enum rc rc;

	flow_wait(s->a->r, 3600);
	(void)snprintf(why, sizeof(why),
	    "%s says %" PRId64 " %.3s (%" PRId64
	    " captured) for order \"%.40s\", we say %" PRId64 " %s for \"%s\"",
	    p->gateway, an->amount, an->currency, an->captured, an->order,
	    p->amount, p->currency, s->a->r->o.uid);
	rc = order_attention(db, p->order, why, e);
	return rc == RC_OK ? tell(s, db, "mismatch", why, e) : rc;
}

/* There is money, but the attempt has ended without: it goes back. */
static enum rc
found(struct settling *s, struct db *db, struct error *e)
{
	struct payment p;
	bool moved;
	enum rc rc = payment_load(db, s->a->p->id, &p, e);

	if (rc != RC_OK ||
	    (p.state != PAYMENT_EXPIRED && p.state != PAYMENT_FAILED))
		return rc;
	rc = payment_move(
	    db, p.id, p.state, PAYMENT_VOIDING, "", s->a->r->now, &moved, e);
	s->moved |= rc == RC_OK && moved;
	return rc == RC_OK && moved ? tell(s, db, "found", "", e) : rc;
}

static enum rc
authorised(struct settling *s, struct db *db, struct error *e)
{
	bool moved;
	enum rc rc;

	if (payment_over(s->a->p->state))
		return found(s, db, e);
	if (s->a->p->state == PAYMENT_CREATED)
		return moved_to(s, db, PAYMENT_PENDING, "page", e);
	if (s->a->p->state != PAYMENT_PENDING &&
	    s->a->p->state != PAYMENT_AUTHORISING)
		return RC_OK; /* the next generation of the call is due */
	if (!agrees(s))
		return disagrees(s, db, e);
	rc = moved_to(s, db, PAYMENT_AUTHORISED, "authorised", e);
	if (rc == RC_OK && !s->first)
		return found(s, db, e);
	if (rc == RC_OK)
		rc = order_move(db, s->a->p->order, ORDER_PENDING,
		    ORDER_AUTHORISED, s->a->r->now, &moved, e);
	return rc;
}

/* Its goods are ours, or were when the capture was sent.  Others may capture too,
 * by hand at the gateway: that pays for nothing. */
static bool
waited_for(const struct payment *p)
{
	return p->state == PAYMENT_CAPTURING ||
	       (p->goods == GOODS_TAKEN && !payment_over(p->state));
}

/* The money is ours; the basket loses what was bought, whatever else has been
 * put in since. */
static enum rc
captured(struct settling *s, struct db *db, struct error *e)
{
	const struct order *o = &s->a->r->o;
	const struct payment *p = s->a->p;
	bool moved = false;
	enum rc rc;

	if (s->answer->captured != p->amount || !agrees(s))
		return disagrees(s, db, e);
	rc = payment_captured(db, p->id, p->state, s->answer->captured,
	    s->a->r->now, &s->first, e);
	s->moved |= rc == RC_OK;
	if (rc != RC_OK || !s->first)
		return rc;
	/* the answer to a capture has no card; the look before it had */
	rc = tell(s, db, "captured",
	    s->answer->method[0] != '\0' ? s->answer->method : p->method, e);
	if (rc == RC_OK && waited_for(p))
		rc = order_move(db, p->order, ORDER_AUTHORISED, ORDER_PAID,
		    s->a->r->now, &moved, e);
	if (rc == RC_OK && !moved)
		return flow_return(s->a, db, e);
	if (rc == RC_OK)
		rc = parcel_want(db, o->id, s->a->r->now, e);
	if (rc == RC_OK && o->ending[0] != '\0')
		rc = flow_tell(db, s->a, "goes on", "shop", o->ending, e);
	for (size_t i = 0; i < o->n && rc == RC_OK; i++)
		rc = basket_bought(
		    db, o->customer, o->lines[i].item, o->lines[i].qty, e);
	return rc;
}

/* Reserved money that cannot be had: the order cannot be paid any more. */
static enum rc
lost(struct settling *s, struct db *db, enum payment_state to, const char *kind,
    struct error *e)
{
	enum rc rc = moved_to(s, db, to, kind, e);

	return rc == RC_OK && s->first
		   ? order_end_wanted(db, s->a->p->order,
			 "the payment did not go through", e)
		   : rc;
}

/* A page that is closed, a reservation that is gone: which end it is depends on
 * where we were. */
static enum rc
gone(struct settling *s, struct db *db, struct error *e)
{
	switch (s->a->p->state) {
	case PAYMENT_VOIDING:
		/* a capture came to nothing: still to be given back */
		if (s->answer->news == NEWS_FAILED)
			return RC_OK;
		return moved_to(s, db, PAYMENT_VOIDED, "voided", e);
	case PAYMENT_CREATED:
	case PAYMENT_PENDING:
	case PAYMENT_AUTHORISING:
		if (s->answer->news == NEWS_FAILED)
			return moved_to(s, db, PAYMENT_FAILED, "failed", e);
		return moved_to(s, db, PAYMENT_EXPIRED, "expired", e);
	case PAYMENT_CAPTURING:
		/* declined, and maybe still reserved */
		if (s->answer->news == NEWS_FAILED)
			return lost(s, db, PAYMENT_VOIDING, "declined", e);
		return lost(s, db, PAYMENT_FAILED, "lapsed", e);
	case PAYMENT_AUTHORISED:
		return lost(s, db, PAYMENT_FAILED, "lapsed", e);
	case PAYMENT_CAPTURED:
	case PAYMENT_VOIDED:
	case PAYMENT_FAILED:
	case PAYMENT_EXPIRED:
		break;
	}
	return RC_OK;
}

/* Not paid, or not yet reserved by us. */
static enum rc
unpaid(struct settling *s, struct db *db, struct error *e)
{
	const struct payment *p = s->a->p;
	bool approved = s->answer->news == NEWS_APPROVED;

	wait_to_look(s->a);
	if (p->state == PAYMENT_CREATED)
		return moved_to(s, db, PAYMENT_PENDING, "page", e);
	if (p->state == PAYMENT_PENDING && approved && !agrees(s))
		return disagrees(s, db, e);
	if (p->state == PAYMENT_PENDING && approved && !flow_idle(s->a->r))
		return moved_to(s, db, PAYMENT_AUTHORISING, "approved", e);
	/* the call was refused, and shall not be made again */
	if (p->state == PAYMENT_AUTHORISING && s->call == NULL &&
	    flow_idle(s->a->r))
		return moved_to(s, db, PAYMENT_EXPIRED, "expired", e);
	return RC_OK;
}

static enum rc
settle_news(struct settling *s, struct db *db, struct error *e)
{
	switch (s->answer->news) {
	case NEWS_OPEN:
	case NEWS_APPROVED:
		return unpaid(s, db, e);
	case NEWS_WAITS:
		wait_to_look(s->a);
		return RC_OK;
	case NEWS_AUTHORISED:
		return authorised(s, db, e);
	case NEWS_CAPTURED:
		return captured(s, db, e);
	case NEWS_REFUNDED:
		return RC_OK;
	case NEWS_REFUSED:
		if (s->a->p->state == PAYMENT_CREATED)
			return moved_to(s, db, PAYMENT_FAILED, "failed", e);
		return RC_OK;
	case NEWS_VOIDED:
	case NEWS_FAILED:
	case NEWS_EXPIRED:
		return gone(s, db, e);
	case NEWS_AGAIN:
		break;
	}
	return RC_OK;
}

static const char *
or_null(const char *s)
{
	return s[0] != '\0' ? s : NULL;
}

static enum rc
settle(struct db *db, void *ctx, struct error *e)
{
	struct settling *s = ctx;
	const struct gateway_answer *an = s->answer;
	enum call_state end;
	enum rc rc = RC_OK;

	s->moved = s->first = false;
	if (s->call != NULL) {
		end = an->news == NEWS_REFUSED ? CALL_REFUSED : CALL_ANSWERED;
		rc = payment_call_done(db, s->call, end, s->reply->status,
		    buf_str(&s->reply->body), s->reply->body.len, s->a->r->now,
		    e);
	}
	if (rc == RC_OK && s->a->p->why[0] != '\0')
		rc = payment_waits(db, s->a->p->id, "", e);
	if (rc == RC_OK)
		rc = payment_named(db, s->a->p->id,
		    or_null(an->checkout_object), or_null(an->payment_object),
		    or_null(an->page), or_null(an->method), e);
	return rc == RC_OK ? settle_news(s, db, e) : rc;
}

static enum rc
settle_it(struct settling *s, struct error *e)
{
	enum rc rc = db_unit(s->a->r->f->db, settle, s, e);

	s->a->r->moved |= rc == RC_OK && s->moved;
	return rc;
}

enum rc
flow_settle(struct attempt *a, const struct payment_call *call,
    const struct gateway_reply *reply, const struct gateway_answer *answer,
    bool *moved, struct error *e)
{
	struct settling s = {
		.a = a, .call = call, .reply = reply, .answer = answer
	};
	enum rc rc = settle_it(&s, e);

	*moved = s.moved;
	return rc;
}

/*** Looking ***/

enum rc
flow_ask(struct attempt *a, struct gateway_answer *answer, struct error *why)
{
	struct gateway_job job;
	struct buf ret, cancel;
	enum rc rc;

	buf_init(&ret, LIMIT_URL);
	buf_init(&cancel, LIMIT_URL);
	flow_job(a, &job, &ret, &cancel);
	assert(!db_busy(a->r->f->db));
	rc = a->g->look(a->g, &job, answer, why);
	buf_release(&ret);
	buf_release(&cancel);
	return rc;
}

struct losing {
	struct attempt *a;
	char why[400];
};

static enum rc
lose(struct db *db, void *ctx, struct error *e)
{
	struct losing *l = ctx;
	enum rc rc;

	rc = order_attention(db, l->a->p->order, l->why, e);
	return rc == RC_OK
		   ? flow_tell(db, l->a, "lost", l->a->p->gateway, l->why, e)
		   : rc;
}

/* A gateway does not know what it has named itself: another account's key is
 * more likely than that there is no money, so nothing is concluded before none
 * can be left. */
static enum rc
unknown_there(struct attempt *a, struct error *e)
{
	struct losing l = { .a = a };

	a->lost = true;
	flow_wait(a->r, 3600);
	(void)snprintf(l.why, sizeof(l.why),
	    "%s does not know \"%.200s\" any more: has its account changed? If "
	    "not: shopctl order conclude %" PRId64 " --why TEXT --yes",
	    a->p->gateway, a->p->checkout_object, a->p->order);
	return db_unit(a->r->f->db, lose, &l, e);
}

enum rc
flow_unanswered(struct attempt *a, const struct gateway_answer *answer,
    struct error *why, struct error *e)
{
	if (why->text[0] == '\0')
		(void)error_set(why, RC_IO, "%s",
		    answer->why[0] != '\0' ? answer->why
					   : "no answer that says anything");
	return flow_waits(a, a->p->gateway, why, e);
}

enum rc
flow_look_for(struct attempt *a, enum gateway_news *news, struct error *e)
{
	struct gateway_answer answer = { .news = NEWS_AGAIN };
	struct settling s = { .a = a, .answer = &answer };
	struct error why = ERROR_NONE;
	enum rc rc = flow_ask(a, &answer, &why);

	*news = answer.news;

	if (rc == RC_NOTFOUND) {
		if (a->p->checkout_object[0] != '\0' &&
		    !(a->g->authorises && a->p->state == PAYMENT_PENDING) &&
		    a->p->expires_at + FORGOTTEN > a->r->now)
			return unknown_there(a, e);
		answer.news = NEWS_EXPIRED; /* never made, or long gone */
		rc = RC_OK;
	}
	if (rc == RC_OK && answer.news != NEWS_AGAIN)
		return settle_it(&s, e);
	wait_to_look(a);
	return flow_unanswered(a, &answer, &why, e);
}

enum rc
flow_look(struct attempt *a, struct error *e)
{
	enum gateway_news news;

	return flow_look_for(a, &news, e);
}

enum rc
flow_look_back(struct attempt *a, struct error *e)
{
	struct gateway_answer answer = { .news = NEWS_AGAIN };
	struct settling s = { .a = a, .answer = &answer };
	struct error why = ERROR_NONE;
	enum rc rc = flow_ask(a, &answer, &why);

	if (rc == RC_NOTFOUND)
		return RC_OK;
	if (rc != RC_OK || answer.news == NEWS_AGAIN)
		return error_set(e, RC_IO, "the gateway cannot be asked");
	return settle_it(&s, e);
}
