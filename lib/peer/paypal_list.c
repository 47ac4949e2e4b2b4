/*
 * What PayPal lists of itself: the events that it has made for the app, of the
 * last 30 days, which need no permission beyond that of the webhooks.
 *
 * An event says what has happened, not what is: whoever acts looks.
 */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/limits.h"
#include "base/text.h"
#include "peer/jdoc.h"
#include "peer/paypal_call.h"

#define LIST "/v1/notifications/webhooks-events"
#define PAGE 50   /* events; some 3 kB each */
#define PAGES 400 /* of one type */
#define EARLY 600 /* seconds that no clock is wrong by */
#define EACH_MOST (4 * PAGES * 100)
#define BYTES_MOST (256L * 1024 * 1024) /* of all pages */

static const struct {
	const char *type;
	enum paypal_told_kind kind;
} types[] = {
	{ "PAYMENT.AUTHORIZATION.CREATED", PAYPAL_TOLD_RESERVED },
	{ "PAYMENT.AUTHORIZATION.VOIDED", PAYPAL_TOLD_LET_GO },
	{ "PAYMENT.CAPTURE.COMPLETED", PAYPAL_TOLD_TAKEN },
	{ "PAYMENT.CAPTURE.REFUNDED", PAYPAL_TOLD_BACK },
};
#define TYPES (sizeof(types) / sizeof(types[0]))

/*** A page ***/

/* A name of theirs that is too long is none, not a part. */
static void
copy(char *to, size_t size, const char *from)
{
	text_copy(to, size, from == NULL || strlen(from) >= size ? "" : from);
}

/* As uid_random writes them. */
static void
copy_uid(char to[UID_SIZE], const char *from)
{
	bool is = from != NULL && strlen(from) == UID_SIZE - 1 &&
		  strspn(from, "0123456789abcdef") == UID_SIZE - 1;

	text_copy(to, UID_SIZE, is ? from : "");
}

static const char *
link_of(const struct jdoc *d, const char *links, const char *rel)
{
	struct jdoc one;
	const char *is;

	for (size_t i = 0; jdoc_at(d, links, i, &one); i++) {
		is = jdoc_text(&one, "rel");
		if (is != NULL && strcmp(is, rel) == 0)
			return jdoc_text(&one, "href");
	}
	return NULL;
}

/* The capture that a refund is of. */
static void
copy_capture(char to[PAYPAL_TOLD_SIZE], const struct jdoc *event)
{
	static const char folder[] = "/v2/payments/captures/";
	static const char related[] =
	    "resource.supplementary_data.related_ids.capture_id";
	const char *href = link_of(event, "resource.links", "up");

	copy(to, PAYPAL_TOLD_SIZE, jdoc_text(event, related));
	href = href == NULL ? NULL : strstr(href, folder);
	if (to[0] != '\0')
		return;
	copy(to, PAYPAL_TOLD_SIZE,
	    href == NULL ? NULL : href + sizeof(folder) - 1);
}

static enum rc
add(struct paypal_list *l, const struct paypal_told *t, struct error *e)
{
	size_t room = l->room == 0 ? 256 : l->room * 2;
	struct paypal_told *each;

	if (l->n == EACH_MOST)
		return error_set(e, RC_TOOBIG,
		    "PayPal lists more than %d events", EACH_MOST);
	if (l->n == l->room) {
		each = reallocarray(l->each, room, sizeof(*each));
		if (each == NULL)
			return error_set(
			    e, RC_NOMEM, "no memory for PayPal's list");
		l->each = each;
		l->room = room;
	}
	l->each[l->n++] = *t;
	return RC_OK;
}

/* What is of another type, or names nothing of a shop's, is left out. */
static enum rc
add_event(struct paypal_list *l, const struct jdoc *d, struct error *e)
{
	const char *type = jdoc_text(d, "event_type");
	struct paypal_told t = { .kind = PAYPAL_TOLD_RESERVED };
	size_t i = 0;

	while (i < TYPES && (type == NULL || strcmp(type, types[i].type) != 0))
		i++;
	if (i == TYPES)
		return RC_OK;
	t.kind = types[i].kind;
	copy(t.object, sizeof(t.object), jdoc_text(d, "resource.id"));
	copy_uid(t.order, jdoc_text(d, "resource.custom_id"));
	/* that of a refund is our name for it */
	if (t.kind == PAYPAL_TOLD_BACK)
		copy_capture(t.of, d);
	else
		copy_uid(t.attempt, jdoc_text(d, "resource.invoice_id"));
	copy(t.checkout, sizeof(t.checkout),
	    jdoc_text(d, "resource.supplementary_data.related_ids.order_id"));
	t.amount = paypal_read_money(d, "resource.amount", t.currency);
	if (t.object[0] == '\0' || t.order[0] == '\0' ||
	    (t.attempt[0] == '\0' && t.of[0] == '\0'))
		return RC_OK;
	return add(l, &t, e);
}

/* Its path alone is taken, so the list never leads elsewhere; PayPal's own
 * example has a slash before the query and "&amp;" between its parts. */
static enum rc
put_next(const char *href, struct buf *next, struct error *e)
{
	const char *p = strstr(href, LIST);

	if (p == NULL || (p[sizeof(LIST) - 1] != '?' &&
			     strncmp(p + sizeof(LIST) - 1, "/?", 2) != 0))
		return error_set(
		    e, RC_INVALID, "PayPal's list goes on at \"%.100s\"", href);
	while (*p != '\0') {
		if (*p <= ' ' || *p > '~' || strchr("\"#<>\\^`{|}", *p) != NULL)
			return error_set(e, RC_INVALID,
			    "PayPal's list goes on at no address");
		buf_putc(next, *p);
		p += strncmp(p, "&amp;", 5) == 0 ? 5 : 1;
	}
	return buf_rc(next);
}

enum rc
paypal_list_page(struct paypal_list *l, const void *body, size_t n,
    struct buf *next, struct error *e)
{
	struct jdoc d, one;
	const char *href;
	size_t i = 0;
	enum rc rc = jdoc_read(&d, body, n, e);

	buf_reset(next);
	if (rc == RC_OK && !jdoc_has(&d, "events"))
		rc = error_set(e, RC_INVALID, "this is no list of PayPal's");
	for (; rc == RC_OK && jdoc_at(&d, "events", i, &one); i++)
		rc = add_event(l, &one, e);
	href = rc == RC_OK ? link_of(&d, "links", "next") : NULL;
	/* whether the last page has such a link is not written anywhere */
	if (i > 0 && href != NULL)
		rc = put_next(href, next, e);
	jdoc_release(&d);
	return rc;
}

/*** All pages ***/

static int
by_object(const void *a, const void *b)
{
	const struct paypal_told *x = a, *y = b;
	int c = strcmp(x->object, y->object);

	return c != 0 ? c : (int)x->kind - (int)y->kind;
}

static int
by_attempt(const void *a, const void *b)
{
	const struct paypal_told *x = a, *y = b;
	int c = strcmp(x->attempt, y->attempt);

	return c != 0 ? c : by_object(a, b);
}

/* A list that moves while it is read says a thing twice. */
static void
drop_twins(struct paypal_list *l)
{
	size_t n = 0;

	for (size_t i = 0; i < l->n; i++)
		if (n == 0 || by_object(&l->each[n - 1], &l->each[i]) != 0)
			l->each[n++] = l->each[i];
	l->n = n;
}

/* A refund belongs to the attempt of its capture; without one to none. */
static void
find_captures(struct paypal_list *l)
{
	struct paypal_told key = { .kind = PAYPAL_TOLD_TAKEN }, *it;

	for (size_t i = 0; i < l->n; i++) {
		if (l->each[i].kind != PAYPAL_TOLD_BACK)
			continue;
		memcpy(key.object, l->each[i].of, sizeof(key.object));
		it = bsearch(&key, l->each, l->n, sizeof(key), by_object);
		if (it != NULL)
			memcpy(l->each[i].attempt, it->attempt, UID_SIZE);
	}
}

static void
fold(struct gateway_answer *a, bool *ended, const struct paypal_told *t)
{
	text_copy(a->order, sizeof(a->order), t->order);
	text_copy(a->attempt, sizeof(a->attempt), t->attempt);
	if (t->kind == PAYPAL_TOLD_BACK) {
		a->refunded += t->amount;
		return;
	}
	if (t->checkout[0] != '\0')
		text_copy(a->checkout_object, sizeof(a->checkout_object),
		    t->checkout);
	memcpy(a->currency, t->currency, sizeof(a->currency));
	if (t->kind == PAYPAL_TOLD_TAKEN)
		a->captured += t->amount;
	if (t->kind == PAYPAL_TOLD_LET_GO)
		*ended = true;
	if (a->captured == 0)
		a->amount = t->amount;
	if (a->captured == 0 || t->kind == PAYPAL_TOLD_TAKEN)
		text_copy(
		    a->payment_object, sizeof(a->payment_object), t->object);
}

enum rc
paypal_list_put(
    struct paypal_list *l, gateway_put *put, void *ctx, struct error *e)
{
	struct gateway_answer a;
	size_t i = 0, from;
	bool ended;
	enum rc rc = RC_OK;

	if (l->n == 0)
		return RC_OK;
	qsort(l->each, l->n, sizeof(l->each[0]), by_object);
	drop_twins(l);
	find_captures(l);
	qsort(l->each, l->n, sizeof(l->each[0]), by_attempt);
	while (i < l->n && l->each[i].attempt[0] == '\0')
		i++;
	while (rc == RC_OK && i < l->n) {
		memset(&a, 0, sizeof(a));
		ended = false;
		for (from = i; i < l->n && strcmp(l->each[from].attempt,
					       l->each[i].attempt) == 0;
		     i++)
			fold(&a, &ended, &l->each[i]);
		a.news = a.captured > 0 ? NEWS_CAPTURED
			 : ended        ? NEWS_VOIDED
					: NEWS_AUTHORISED;
		rc = put(ctx, &a, e);
	}
	return rc;
}

void
paypal_list_release(struct paypal_list *l)
{
	free(l->each);
	*l = (struct paypal_list){ NULL, 0, 0 };
}

/*** Asking ***/

static enum rc
get_page(const struct gateway *g, const struct buf *path, struct paypal_list *l,
    int64_t *bytes, struct buf *next, struct error *e)
{
	struct paypal_call c = { .method = "GET", .path = buf_str(path) };
	struct gateway_reply reply = { 0 };
	enum rc rc;

	buf_init(&reply.body, LIMIT_CALL);
	rc = buf_rc(path);
	if (rc == RC_OK)
		rc = paypal_call(g->ctx, &c, &reply, e);
	if (rc == RC_OK && reply.status != 200)
		rc = error_set(e, RC_IO, "PayPal does not list its events: %d",
		    (int)reply.status);
	*bytes += (int64_t)reply.body.len;
	if (rc == RC_OK && *bytes > BYTES_MOST)
		rc = error_set(e, RC_TOOBIG, "PayPal's list is too long");
	if (rc == RC_OK)
		rc = paypal_list_page(
		    l, buf_str(&reply.body), reply.body.len, next, e);
	buf_release(&reply.body);
	return rc;
}

static enum rc
get_type(const struct gateway *g, const char *type, int64_t from, int64_t to,
    struct paypal_list *l, int64_t *bytes, struct error *e)
{
	char begin[CLOCK_ISO_SIZE], end[CLOCK_ISO_SIZE];
	struct buf path, next;
	int pages = 0;
	enum rc rc = RC_OK;

	clock_iso(from, begin);
	clock_iso(to, end);
	buf_init(&path, LIMIT_URL);
	buf_init(&next, LIMIT_URL);
	buf_printf(&path,
	    LIST "?page_size=%d&start_time=%s&end_time=%s&event_type=%s", PAGE,
	    begin, end, type);
	while (rc == RC_OK && path.len > 0) {
		if (++pages > PAGES)
			rc = error_set(e, RC_TOOBIG,
			    "PayPal's list does not end within %d pages: "
			    "name a later --since",
			    PAGES);
		if (rc == RC_OK)
			rc = get_page(g, &path, l, bytes, &next, e);
		buf_reset(&path);
		buf_put(&path, buf_str(&next), next.len);
	}
	buf_release(&next);
	buf_release(&path);
	return rc;
}

enum rc
paypal_ledger(const struct gateway *g, int64_t since, gateway_put *put,
    void *ctx, struct error *e)
{
	struct paypal_list l = { NULL, 0, 0 };
	int64_t to = clock_now(), from = to - PAYPAL_LIST_SECONDS + EARLY,
		bytes = 0;
	enum rc rc = RC_OK;

	from = since > from ? since : from;
	for (size_t i = 0; i < TYPES && from < to && rc == RC_OK; i++)
		rc = get_type(g, types[i].type, from, to, &l, &bytes, e);
	if (rc == RC_OK)
		rc = paypal_list_put(&l, put, ctx, e);
	paypal_list_release(&l);
	return rc;
}
