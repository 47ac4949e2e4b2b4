#include "config.h"

#include <inttypes.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>

#include "t/flow-world.h"

struct world *the_world;
unsigned world_faults;
int world_authorise, world_capture;

struct world *
world_new(int64_t level, int64_t now)
{
	void *p = mmap(NULL, sizeof(*the_world), PROT_READ | PROT_WRITE,
	    MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	if (p == MAP_FAILED)
		abort();
	the_world = p;
	the_world->level = level;
	the_world->now = now;
	return the_world;
}

void
world_free(struct world *w)
{
	munmap(w, sizeof(*w));
	the_world = NULL;
}

void
world_enter(void)
{
	while (__atomic_exchange_n(&the_world->turn, 1, __ATOMIC_ACQUIRE) != 0)
		sched_yield();
}

void
world_leave(void)
{
	__atomic_store_n(&the_world->turn, 0, __ATOMIC_RELEASE);
}

int64_t
world_now(void)
{
	return the_world->now;
}

/* A call is lost on its way there or back. */
static bool
lost(struct random *r)
{
	return random_below(r, 200) < world_faults;
}

static void
copy(char *to, size_t size, const char *from)
{
	size_t n = strlen(from);

	if (n > size - 1)
		n = size - 1;

	memcpy(to, from, n);
	to[n] = '\0';
}

/*** The stock system: one item, claims under their key ***/

static struct world_claim *
claim_of(const char *attempt)
{
	for (size_t i = 0; i < the_world->nclaims; i++)
		if (strcmp(the_world->claims[i].attempt, attempt) == 0)
			return &the_world->claims[i];
	return NULL;
}

int
world_kind(const char *attempt)
{
	const struct world_claim *c;
	int kind;

	world_enter();
	c = claim_of(attempt);
	kind = c == NULL ? 0 : c->kind;
	world_leave();
	return kind;
}

static struct world_claim *
new_claim(const char *attempt, int kind, int64_t qty)
{
	struct world_claim *c = &the_world->claims[the_world->nclaims];

	copy(c->attempt, sizeof(c->attempt), attempt);
	c->kind = kind;
	c->qty = qty;
	c->returned = 0;
	the_world->nclaims++;
	return c;
}

static enum rc
decide(struct random *r, const char *attempt, bool take, int64_t qty,
    enum master_answer *answer, struct master_short *why, struct error *e)
{
	struct world_claim *c;

	if (lost(r))
		return error_set(e, RC_IO, "lost on the way there");
	world_enter();
	c = claim_of(attempt);
	if (c == NULL && take && the_world->level >= qty) {
		c = new_claim(attempt, CLAIM_TAKE, qty);
		the_world->level -= qty;
	} else if (c == NULL) {
		c = new_claim(attempt, CLAIM_REFUSED, qty);
		if (why != NULL)
			why->left = the_world->level;
	}
	*answer = c->kind == CLAIM_TAKE ? MASTER_TAKEN : MASTER_REFUSED;
	world_leave();
	if (lost(r))
		return error_set(e, RC_IO, "lost on the way back");
	return RC_OK;
}

static enum rc
take(void *ctx, const char *attempt, const struct master_line *lines, size_t n,
    enum master_answer *answer, struct master_short *why, struct error *e)
{
	(void)n;
	why->item = lines[0].item;
	return decide(ctx, attempt, true, lines[0].qty, answer, why, e);
}

static enum rc
refuse(void *ctx, const char *attempt, const struct master_line *lines,
    size_t n, enum master_answer *answer, struct error *e)
{
	(void)n;
	return decide(ctx, attempt, false, lines[0].qty, answer, NULL, e);
}

static enum rc
give_back(void *ctx, const char *back, const char *attempt,
    const struct master_line *lines, size_t n, struct error *e)
{
	struct world_claim *c;
	enum rc rc = RC_OK;

	(void)back; /* the attempt's own uid, as lib/flow names it */
	(void)n;
	if (lost(ctx))
		return error_set(e, RC_IO, "lost on the way there");
	world_enter();
	c = claim_of(attempt);
	if (c == NULL || c->kind != CLAIM_TAKE || c->qty != lines[0].qty) {
		the_world->wrong++;
		rc = error_set(e, RC_INVALID, "it took no such thing");
	} else if (c->returned == 0) {
		c->returned = c->qty;
		the_world->level += c->qty;
	}
	world_leave();
	if (rc == RC_OK && lost(ctx))
		return error_set(e, RC_IO, "lost on the way back");
	return rc;
}

struct flow_stock world_stock = { NULL, take, refuse, give_back };

void
world_clerk(void)
{
	world_enter();
	if (the_world->level > 0) {
		the_world->level--;
		the_world->clerks++;
	}
	world_leave();
}

/*** The gateway: pages, money, and answers kept under their key ***/

static struct world_page *
page_of(const char *attempt)
{
	for (size_t i = 0; i < the_world->npages; i++)
		if (strcmp(the_world->pages[i].attempt, attempt) == 0)
			return &the_world->pages[i];
	return NULL;
}

void
world_pay(const char *attempt)
{
	struct world_page *p;

	world_enter();
	p = page_of(attempt);
	if (p != NULL && p->page == PAGE_OPEN && p->wallet) {
		p->page = PAGE_APPROVED;
	} else if (p != NULL && p->page == PAGE_OPEN) {
		p->page = PAGE_PAID;
		p->money = MONEY_RESERVED;
	}
	world_leave();
}

struct world_page *
world_page(const char *attempt)
{
	return page_of(attempt);
}

static void
decide_page(struct world_page *p, bool yes)
{
	if (p == NULL)
		return;
	if (p->money == MONEY_REVIEWED)
		p->money = yes ? MONEY_RESERVED : MONEY_NONE;
	else if (p->money == MONEY_TAKING)
		p->money = yes ? MONEY_TAKEN : MONEY_RESERVED;
	else
		return;
	p->denied = !yes;
}

void
world_decide(const char *attempt, bool yes)
{
	world_enter();
	decide_page(page_of(attempt), yes);
	world_leave();
}

static enum rc
prepare(const struct gateway *g, enum gateway_action action,
    const struct gateway_job *job, struct buf *path, struct buf *request,
    struct error *e)
{
	const char *name = gateway_action_name(action);

	(void)e;
	if (action == GATEWAY_CREATE && g->authorises)
		name = "open";
	buf_puts(path, name);
	buf_printf(request, "%s %s %s %" PRId64, name, job->attempt, job->order,
	    job->amount);
	return RC_OK;
}

static enum gateway_news
news_of(const struct world_page *p)
{
	switch (p->money) {
	case MONEY_RESERVED:
		return p->denied ? NEWS_FAILED : NEWS_AUTHORISED;
	case MONEY_REVIEWED:
	case MONEY_TAKING:
		return NEWS_WAITS;
	case MONEY_TAKEN:
		return NEWS_CAPTURED;
	case MONEY_FREED:
		return NEWS_VOIDED;
	}
	if (p->denied)
		return NEWS_FAILED;
	if (p->page == PAGE_APPROVED)
		return NEWS_APPROVED;
	return p->page == PAGE_EXPIRED ? NEWS_EXPIRED : NEWS_OPEN;
}

/* What the wallet says now, and what becomes of the money. */
static enum gateway_news
say(struct random *r, struct world_page *p, int says, int yes, int wait)
{
	if (says == SAYS_ANYTHING)
		says = (int)random_below(r, 3);
	if (says == SAYS_NO)
		return NEWS_FAILED;
	p->money = says == SAYS_YES ? yes : wait;
	return news_of(p);
}

/* What each call does; the news of it. */
static enum gateway_news
act(struct random *r, const char *action, struct world_page *p)
{
	bool reserved = p->money == MONEY_RESERVED;

	if (strcmp(action, "create") == 0 || strcmp(action, "open") == 0) {
		p->wallet = strcmp(action, "open") == 0;
		return news_of(p);
	}
	if (strcmp(action, "authorise") == 0) {
		p->authorisations++;
		return p->page == PAGE_APPROVED && p->money == MONEY_NONE &&
			       !p->denied
			   ? say(r, p, world_authorise, MONEY_RESERVED,
				 MONEY_REVIEWED)
			   : NEWS_REFUSED;
	}
	if (strcmp(action, "capture") == 0) {
		p->captures++;
		return reserved
			   ? say(r, p, p->wallet ? world_capture : SAYS_YES,
				 MONEY_TAKEN, MONEY_TAKING)
			   : NEWS_REFUSED;
	}
	if (strcmp(action, "void") == 0 && reserved)
		p->money = MONEY_FREED;
	else if (strcmp(action, "expire") == 0 && p->page == PAGE_OPEN)
		p->page = PAGE_EXPIRED;
	else
		return NEWS_REFUSED;
	return news_of(p);
}

static struct world_page *
new_page(const char *attempt, const char *order, int64_t amount)
{
	struct world_page *p = &the_world->pages[the_world->npages];

	copy(p->attempt, sizeof(p->attempt), attempt);
	copy(p->order, sizeof(p->order), order);
	p->amount = amount;
	the_world->npages++;
	return p;
}

static const char *
do_once(struct random *r, const char *key, const char *request)
{
	static char refusal[200]; /* kept under no key, as PayPal does */
	char action[20], attempt[UID_SIZE], order[UID_SIZE], digits[24];
	enum gateway_news news;
	struct world_page *p;
	struct world_key *k;
	const char *at = request;
	int64_t amount = 0;
	char *const words[] = { action, attempt, order, digits };
	const size_t sizes[] = { sizeof(action), sizeof(attempt), sizeof(order),
		sizeof(digits) };

	for (size_t i = 0; i < the_world->nkeys; i++) {
		k = &the_world->keys[i];
		if (strcmp(k->key, key) != 0)
			continue;
		if (strcmp(k->request, request) != 0)
			the_world->wrong++; /* other bytes under one key */
		return k->answer;
	}
	for (size_t i = 0; i < 4; i++) {
		size_t n = strcspn(at, " ");

		copy(words[i], n + 1 < sizes[i] ? n + 1 : sizes[i], at);
		at += n + (at[n] == ' ');
	}
	if (num_parse(digits, 1, INT64_MAX, &amount) != RC_OK)
		the_world->wrong++;
	p = page_of(attempt);
	if (p == NULL)
		p = new_page(attempt, order, amount);
	else if (strcmp(action, "create") == 0 || strcmp(action, "open") == 0)
		the_world->wrong++; /* a second page for one attempt */
	news = act(r, action, p);
	if (news == NEWS_FAILED) {
		(void)snprintf(refusal, sizeof(refusal),
		    "%d %" PRId64 " 0 %s %s", (int)news, p->amount, p->order,
		    p->attempt);
		return refusal;
	}
	k = &the_world->keys[the_world->nkeys++];
	copy(k->key, sizeof(k->key), key);
	copy(k->request, sizeof(k->request), request);
	(void)snprintf(k->answer, sizeof(k->answer),
	    "%d %" PRId64 " %" PRId64 " %s %s", (int)news, p->amount,
	    p->money == MONEY_TAKEN ? p->amount : 0, p->order, p->attempt);
	return k->answer;
}

static enum rc
send_it(const struct gateway *g, const char *path, const char *key,
    const void *request, size_t n, struct gateway_reply *reply, struct error *e)
{
	(void)path;
	(void)n;
	if (lost(g->ctx))
		return error_set(e, RC_IO, "lost on the way there");
	world_enter();
	reply->status = 200;
	buf_puts(&reply->body, do_once(g->ctx, key, request));
	world_leave();
	if (lost(g->ctx))
		return error_set(e, RC_IO, "lost on the way back");
	return RC_OK;
}

static void
fill(struct gateway_answer *out, const struct world_page *p)
{
	out->amount = p->amount;
	out->captured = p->money == MONEY_TAKEN ? p->amount : 0;
	copy(out->currency, sizeof(out->currency), "GBP");
	copy(out->order, sizeof(out->order), p->order);
	copy(out->checkout_object, sizeof(out->checkout_object), p->attempt);
	copy(out->page, sizeof(out->page), "https://pay.example/");
}

static enum rc
read_it(const struct gateway *g, enum gateway_action action,
    const struct gateway_reply *reply, struct gateway_answer *out,
    struct error *e)
{
	struct world_page p = { .money = MONEY_NONE };
	const char *body = buf_str(&reply->body);
	int64_t captured, news;
	const char *word = body;
	size_t n;

	(void)g;
	(void)action;
	n = strcspn(word, " ");
	if (num_parse_n(word, n, 0, NEWS_AGAIN, &news) != RC_OK)
		return error_set(e, RC_INVALID, "no answer of ours");
	word += n + 1;
	n = strcspn(word, " ");
	if (num_parse_n(word, n, 0, INT64_MAX, &p.amount) != RC_OK)
		return error_set(e, RC_INVALID, "no amount");
	word += n + 1;
	n = strcspn(word, " ");
	if (num_parse_n(word, n, 0, INT64_MAX, &captured) != RC_OK)
		return error_set(e, RC_INVALID, "no amount");
	p.money = captured > 0 ? MONEY_TAKEN : MONEY_NONE;
	word += n + 1;
	n = strcspn(word, " ");
	copy(p.order, n + 1 < sizeof(p.order) ? n + 1 : sizeof(p.order), word);
	copy(p.attempt, sizeof(p.attempt), word + n + 1);
	fill(out, &p);
	out->news = (enum gateway_news)news;
	return RC_OK;
}

static enum rc
look(const struct gateway *g, const struct gateway_job *job,
    struct gateway_answer *out, struct error *e)
{
	struct world_page *p;
	enum rc rc = RC_OK;

	if (lost(g->ctx))
		return error_set(e, RC_IO, "lost");
	world_enter();
	p = page_of(job->attempt);
	if (p != NULL && world_authorise == SAYS_ANYTHING &&
	    random_below(g->ctx, 2) == 0)
		decide_page(p, random_below(g->ctx, 3) > 0);
	if (p == NULL) {
		rc = error_set(e, RC_NOTFOUND, "no such page");
	} else {
		fill(out, p);
		out->news = news_of(p);
	}
	world_leave();
	return rc;
}

struct gateway world_gateway = { .name = "world",
	.key_seconds = 86400,
	.prepare = prepare,
	.send = send_it,
	.read = read_it,
	.look = look };

struct gateway world_wallet = { .name = "wallet",
	.key_seconds = 86400,
	.authorises = true,
	.prepare = prepare,
	.send = send_it,
	.read = read_it,
	.look = look };
