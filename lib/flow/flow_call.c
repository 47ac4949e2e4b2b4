/*
 * Calls to a gateway: the whole request and its key are committed before it
 * leaves, and what comes back is settled in one unit with the call's end.
 */
#include "config.h"

#include <assert.h>

#include "base/limits.h"
#include "flow/flow_impl.h"

struct storing {
	struct attempt *a;
	enum gateway_action action;
	const struct buf *path, *request;
	struct payment_call call;
	bool made;
	bool late; /* the attempt has gone on: nothing is to be sent */
};

/* A call is new when the one before was answered, which has moved the attempt
 * in that same unit: who read it before would call a second time, and a second
 * page could be paid while we look at the first.  Asked after the call. */
static enum rc
still_there(struct db *db, struct storing *st, struct error *e)
{
	struct payment p;
	enum rc rc = payment_load(db, st->a->p->id, &p, e);

	if (rc != RC_OK || p.state == st->a->p->state)
		return rc;
	st->late = true;
	return error_set(e, RC_DENIED, "another runner has done it");
}

static enum rc
store(struct db *db, void *ctx, struct error *e)
{
	struct storing *st = ctx;
	enum rc rc;

	payment_call_release(&st->call);
	st->late = false;
	rc = payment_call_put(db, st->a->p->id, gateway_action_name(st->action),
	    buf_str(st->path), buf_str(st->request), st->request->len,
	    st->a->r->now, &st->made, &st->call, e);
	if (rc == RC_OK && st->made)
		rc = still_there(db, st, e);
	return rc == RC_OK ? payment_call_tried(db, &st->call, e) : rc;
}

/* Commit it, or find the one that is under way; or neither, when it is late. */
static enum rc
store_call(struct storing *st, struct error *e)
{
	struct attempt *a = st->a;
	struct buf path, request, ret, cancel;
	struct gateway_job job;
	enum rc rc;

	buf_init(&path, LIMIT_URL);
	buf_init(&request, LIMIT_CALL);
	buf_init(&ret, LIMIT_URL);
	buf_init(&cancel, LIMIT_URL);
	flow_job(a, &job, &ret, &cancel);
	rc = a->g->prepare(a->g, st->action, &job, &path, &request, e);
	if (rc == RC_OK)
		rc = buf_rc(&path);
	if (rc == RC_OK)
		rc = buf_rc(&request);
	st->path = &path;
	st->request = &request;
	if (rc == RC_OK)
		rc = db_unit(a->r->f->db, store, st, e);
	if (st->late) {
		error_clear(e);
		a->r->moved = true;
		rc = RC_OK;
	}
	buf_release(&path);
	buf_release(&request);
	buf_release(&ret);
	buf_release(&cancel);
	return rc;
}

static void
send_call(struct storing *st, struct gateway_reply *reply,
    struct gateway_answer *answer, struct error *why)
{
	const struct gateway *g = st->a->g;
	const struct payment_call *c = &st->call;
	enum rc rc;

	assert(!db_busy(st->a->r->f->db));
	rc = g->send(g, c->path, c->key, buf_str(&c->request), c->request.len,
	    reply, why);
	if (rc == RC_OK)
		rc = g->read(g, st->action, reply, answer, why);
	if (rc != RC_OK)
		answer->news = NEWS_AGAIN;
}

static enum rc
call_it(struct attempt *a, enum gateway_action action, struct error *e)
{
	struct gateway_answer answer = { .news = NEWS_AGAIN };
	struct storing st = { .a = a, .action = action };
	struct gateway_reply reply = { 0 };
	struct error why = ERROR_NONE;
	bool old, moved = false;
	enum rc rc;

	rc = store_call(&st, e);
	if (rc != RC_OK || st.late) {
		payment_call_release(&st.call);
		return rc;
	}
	/* past the key's life the same bytes may be done a second time */
	old = st.call.made_at + a->g->key_seconds <= a->r->now;
	buf_init(&reply.body, LIMIT_CALL);
	if (!old)
		send_call(&st, &reply, &answer, &why);
	if (!old && answer.news == NEWS_AGAIN) {
		flow_wait(a->r, flow_pause(st.call.tries));
		rc = flow_unanswered(a, &answer, &why, e);
	} else if (!old) {
		rc = flow_settle(a, &st.call, &reply, &answer, &moved, e);
	} else {
		/* its key is worth nothing any more: what is true decides */
		answer.news = NEWS_REFUSED;
		if (a->p->checkout_object[0] == '\0')
			answer.news = NEWS_EXPIRED;
		rc = flow_settle(a, &st.call, &reply, &answer, &moved, e);
	}
	/* refused, or unsure: the object tells */
	if (rc == RC_OK && answer.news == NEWS_REFUSED && !moved) {
		flow_wait(a->r, flow_pause(st.call.generation));
		rc = flow_look(a, e);
	}
	payment_call_release(&st.call);
	buf_release(&reply.body);
	return rc;
}

struct asking {
	const struct payment *p;
	enum gateway_action action;
	bool answered;
};

static enum rc
was_answered(struct db *db, void *ctx, struct error *e)
{
	struct payment_call call = { 0 };
	struct asking *k = ctx;
	enum rc rc;

	rc = payment_call_load(
	    db, k->p->id, gateway_action_name(k->action), &call, e);
	k->answered = rc == RC_OK && call.state == CALL_ANSWERED;
	payment_call_release(&call);
	if (rc != RC_NOTFOUND)
		return rc;
	error_clear(e);
	return RC_OK;
}

/* The call was answered and it is not done: the gateway is at it (a review, a
 * bank that takes its time).  *due: it came to nothing, call again. */
static enum rc
wait_for(
    struct attempt *a, enum gateway_action action, bool *due, struct error *e)
{
	struct asking k = { a->p, action, false };
	enum gateway_news news = NEWS_AGAIN, undone = NEWS_AUTHORISED;
	enum rc rc = RC_OK;

	*due = true;
	if (action == GATEWAY_CREATE || action == GATEWAY_EXPIRE)
		return RC_OK;
	if (action == GATEWAY_AUTHORISE)
		undone = NEWS_APPROVED;
	rc = db_view(a->r->f->db, was_answered, &k, e);
	if (rc == RC_OK && k.answered) {
		rc = flow_look_for(a, &news, e);
		*due = news == undone ||
		       (action == GATEWAY_VOID && news == NEWS_FAILED);
	}
	return rc;
}

enum rc
flow_call(struct attempt *a, enum gateway_action action, struct error *e)
{
	bool due;
	enum rc rc = wait_for(a, action, &due, e);

	return rc == RC_OK && due ? call_it(a, action, e) : rc;
}
