/*
 * The scripted gateway: a page, money behind it, and answers kept under their
 * key as Stripe and PayPal keep them.
 */
#include "config.h"

#include <stdio.h>
#include <string.h>
#include <sys/mman.h>

#include "base/text.h"
#include "t/moment_impl.h"

#define KEYS 64

/* What a call says, as it leaves. */
struct request {
	char action[20], attempt[UID_SIZE], order[UID_SIZE];
	int64_t amount, expires_at;
};

struct kept {
	char key[UID_SIZE];
	struct request request;
	struct gateway_answer answer;
};

/* Whoever dies, the gateway does not. */
static struct box {
	struct till tills[MOMENT_TILLS];
	size_t ntills, nkeys;
	struct kept keys[KEYS];
} * box;

struct till *
moment_find_till(struct moment *m, const char *attempt)
{
	for (size_t i = 0; i < *m->ntills; i++)
		if (strcmp(m->tills[i].attempt, attempt) == 0)
			return &m->tills[i];
	return NULL;
}

/* Its own clock closes a page that nobody is paying on. */
static void
close_late(const struct moment *m, struct till *t)
{
	if (t->page == PAGE_OPEN && m->now >= t->expires_at)
		t->page = PAGE_CLOSED;
}

static enum gateway_news
news_of(const struct till *t)
{
	switch (t->money) {
	case MONEY_RESERVED:
		return NEWS_AUTHORISED;
	case MONEY_TAKEN:
		return NEWS_CAPTURED;
	case MONEY_FREED:
		return NEWS_VOIDED;
	case MONEY_NONE:
		break;
	}
	if (t->page == PAGE_CLOSED)
		return NEWS_EXPIRED;
	return t->page == PAGE_AT_BANK ? NEWS_WAITS : NEWS_OPEN;
}

static void
fill(const struct till *t, struct gateway_answer *out)
{
	memset(out, 0, sizeof(*out));
	out->news = news_of(t);
	out->amount = t->amount;
	out->captured = t->money == MONEY_TAKEN ? t->amount : 0;
	(void)snprintf(out->currency, sizeof(out->currency), "GBP");
	text_copy(out->order, sizeof(out->order), t->order);
	text_copy(
	    out->checkout_object, sizeof(out->checkout_object), t->attempt);
	(void)snprintf(out->page, sizeof(out->page), "https://pay.example/");
}

static enum rc
prepare(const struct gateway *g, enum gateway_action action,
    const struct gateway_job *job, struct buf *path, struct buf *request,
    struct error *e)
{
	struct request r;

	(void)g;
	(void)e;
	memset(&r, 0, sizeof(r));
	text_copy(r.action, sizeof(r.action), gateway_action_name(action));
	text_copy(r.attempt, sizeof(r.attempt), job->attempt);
	text_copy(r.order, sizeof(r.order), job->order);
	r.amount = job->amount;
	r.expires_at = job->expires_at;
	buf_puts(path, r.action);
	buf_put(request, &r, sizeof(r));
	return RC_OK;
}

/* False: it cannot be done (any more). */
static bool
act(struct till *t, const char *action)
{
	if (strcmp(action, "capture") == 0 && t->money == MONEY_RESERVED) {
		t->money = MONEY_TAKEN;
		t->captures++;
	} else if (strcmp(action, "void") == 0 && t->money == MONEY_RESERVED) {
		t->money = MONEY_FREED;
		t->voids++;
	} else if (strcmp(action, "expire") == 0 && t->page == PAGE_OPEN) {
		t->page = PAGE_CLOSED;
	} else {
		return strcmp(action, "create") == 0;
	}
	return true;
}

static void
do_it(struct moment *m, const struct request *r, struct gateway_answer *out)
{
	struct till *t = moment_find_till(m, r->attempt);

	/* by another key: she may pay on either */
	if (t != NULL && strcmp(r->action, "create") == 0)
		ok(0, "a second page for one attempt");
	if (t == NULL && *m->ntills < MOMENT_TILLS) {
		t = &m->tills[(*m->ntills)++];
		memset(t, 0, sizeof(*t));
		text_copy(t->attempt, sizeof(t->attempt), r->attempt);
		text_copy(t->order, sizeof(t->order), r->order);
		t->amount = r->amount;
		t->expires_at = r->expires_at;
	}
	if (t == NULL) {
		ok(0, "more than %d attempts", MOMENT_TILLS);
		return;
	}
	close_late(m, t);
	if (act(t, r->action))
		fill(t, out);
	else
		out->news = NEWS_REFUSED;
}

static const struct gateway_answer *
once(struct moment *m, const char *key, const void *request, size_t n)
{
	struct request r;

	if (n != sizeof(r)) {
		ok(0, "a request of %zu bytes", n);
		return &box->keys[0].answer;
	}
	memcpy(&r, request, n);
	for (size_t i = 0; i < box->nkeys; i++) {
		if (strcmp(box->keys[i].key, key) != 0)
			continue;
		if (memcmp(&box->keys[i].request, &r, n) != 0)
			ok(0, "other bytes under one key: %s", r.action);
		return &box->keys[i].answer;
	}
	if (box->nkeys == KEYS) {
		ok(0, "more than %d keys", KEYS);
		return &box->keys[0].answer;
	}
	text_copy(
	    box->keys[box->nkeys].key, sizeof(box->keys[box->nkeys].key), key);
	box->keys[box->nkeys].request = r;
	memset(&box->keys[box->nkeys].answer, 0,
	    sizeof(box->keys[box->nkeys].answer));
	do_it(m, &r, &box->keys[box->nkeys].answer);
	return &box->keys[box->nkeys++].answer;
}

static enum rc
send_it(const struct gateway *g, const char *path, const char *key,
    const void *request, size_t n, struct gateway_reply *reply, struct error *e)
{
	const struct gateway_answer *answer;

	if (moment_pass("send ", path))
		return error_set(e, RC_IO, "lost on the way there");
	answer = once(g->ctx, key, request, n);
	reply->status = 200;
	buf_put(&reply->body, answer, sizeof(*answer));
	if (moment_pass("sent ", path))
		return error_set(e, RC_IO, "lost on the way back");
	return RC_OK;
}

static enum rc
read_it(const struct gateway *g, enum gateway_action action,
    const struct gateway_reply *reply, struct gateway_answer *out,
    struct error *e)
{
	(void)g;
	(void)action;
	if (reply->body.len != sizeof(*out))
		return error_set(e, RC_INVALID, "no answer of ours");
	memcpy(out, buf_str(&reply->body), sizeof(*out));
	return RC_OK;
}

static enum rc
look(const struct gateway *g, const struct gateway_job *job,
    struct gateway_answer *out, struct error *e)
{
	struct moment *m = g->ctx;
	struct till *t;

	if (moment_pass("", "look"))
		return error_set(e, RC_IO, "lost on the way there");
	t = moment_find_till(m, job->attempt);
	if (t == NULL)
		return error_set(e, RC_NOTFOUND, "no such page");
	close_late(m, t);
	fill(t, out);
	/* true when it was said; what is heard is heard later */
	(void)moment_pass("", "looked");
	return RC_OK;
}

const struct gateway *
moment_gateway(struct moment *m)
{
	static struct gateway g = { .name = "till",
		.key_seconds = 86400,
		.prepare = prepare,
		.send = send_it,
		.read = read_it,
		.look = look };

	if (box == NULL)
		box = mmap(NULL, sizeof(*box), PROT_READ | PROT_WRITE,
		    MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	memset(box, 0, sizeof(*box));
	m->tills = box->tills;
	m->ntills = &box->ntills;
	g.ctx = m;
	return &g;
}
