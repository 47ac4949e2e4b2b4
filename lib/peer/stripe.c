#include "config.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "base/limits.h"
#include "peer/exchange.h"
#include "peer/http.h"
#include "peer/jdoc.h"
#include "peer/stripe.h"
#include "peer/stripe_call.h"

#define TOTAL_MS 20000
#define PAGE 20 /* payments at a time, of some 6 kB each */

/*** What is sent ***/

/* name=value of a form, the value encoded; names are ours. */
static void
put(struct buf *b, const char *name, const char *value)
{
	if (b->len > 0)
		buf_putc(b, '&');
	http_escape(b, name);
	buf_putc(b, '=');
	http_escape(b, value);
}

static void
put_number(struct buf *b, const char *name, int64_t n)
{
	char text[24];

	(void)snprintf(text, sizeof(text), "%lld", (long long)n);
	put(b, name, text);
}

static void
put_currency(struct buf *b, const char *name, const char *currency)
{
	char lower[4] = "";

	for (size_t i = 0; i < 3 && currency[i] != '\0'; i++)
		lower[i] = (char)tolower((unsigned char)currency[i]);
	put(b, name, lower);
}

static void
put_line(struct buf *b, const struct gateway_job *job, size_t i,
    const struct gateway_line *l)
{
	char name[80];

	(void)snprintf(name, sizeof(name), "line_items[%zu][quantity]", i);
	put_number(b, name, l->qty);
	(void)snprintf(
	    name, sizeof(name), "line_items[%zu][price_data][currency]", i);
	put_currency(b, name, job->currency);
	(void)snprintf(
	    name, sizeof(name), "line_items[%zu][price_data][unit_amount]", i);
	put_number(b, name, l->price);
	(void)snprintf(name, sizeof(name),
	    "line_items[%zu][price_data][product_data][name]", i);
	put(b, name, l->name);
}

static void
put_session(const struct gateway_job *job, struct buf *b)
{
	const struct gateway_line delivery = { job->delivery_name, 1,
		job->delivery };

	put(b, "mode", "payment");
	put(b, "allowed_payment_method_types[0]", "card");
	put(b, "client_reference_id", job->order);
	put(b, "customer_email", job->email);
	put(b, "success_url", job->return_url);
	put(b, "cancel_url", job->cancel_url);
	put_number(b, "expires_at", job->expires_at);
	put(b, "metadata[order]", job->order);
	put(b, "metadata[attempt]", job->attempt);
	put(b, "payment_intent_data[capture_method]", "manual");
	put(b, "payment_intent_data[metadata][order]", job->order);
	put(b, "payment_intent_data[metadata][attempt]", job->attempt);
	for (size_t i = 0; i < job->n; i++)
		put_line(b, job, i, &job->lines[i]);
	if (job->delivery > 0)
		put_line(b, job, job->n, &delivery);
}

static enum rc
prepare(const struct gateway *g, enum gateway_action action,
    const struct gateway_job *job, struct buf *path, struct buf *request,
    struct error *e)
{
	(void)g;
	switch (action) {
	case GATEWAY_CREATE:
		buf_puts(path, "/v1/checkout/sessions");
		put_session(job, request);
		break;
	case GATEWAY_EXPIRE:
		buf_puts(path, "/v1/checkout/sessions/");
		http_escape(path, job->checkout_object);
		buf_puts(path, "/expire");
		break;
	case GATEWAY_CAPTURE:
		buf_puts(path, "/v1/payment_intents/");
		http_escape(path, job->payment_object);
		buf_puts(path, "/capture");
		put_number(request, "amount_to_capture", job->amount);
		break;
	case GATEWAY_VOID:
		buf_puts(path, "/v1/payment_intents/");
		http_escape(path, job->payment_object);
		buf_puts(path, "/cancel");
		put(request, "cancellation_reason", "abandoned");
		break;
	case GATEWAY_REFUND:
		buf_puts(path, "/v1/refunds");
		put(request, "payment_intent", job->payment_object);
		put_number(request, "amount", job->refund_amount);
		put(request, "reason", "requested_by_customer");
		put(request, "metadata[order]", job->order);
		put(request, "metadata[refund]", job->refund);
		break;
	case GATEWAY_AUTHORISE:
	case GATEWAY_ACTIONS:
		return error_set(
		    e, RC_INVALID, "Stripe's page reserves by itself");
	}
	if (buf_rc(path) != RC_OK || buf_rc(request) != RC_OK)
		return error_set(e, RC_NOMEM, "no memory for a call");
	return RC_OK;
}

/*** Going out ***/

/* Whether the answer to the same key will always be this: it was kept under it
 * (docs.stripe.com/api/idempotent_requests), or Stripe says so. */
static bool
is_final(const struct exchange *x)
{
	struct buf value;
	bool final;

	buf_init(&value, EXCHANGE_HEAD);
	final = exchange_answer(x, "Idempotent-Replayed", &value) == RC_OK &&
		strcmp(buf_str(&value), "true") == 0;
	buf_reset(&value);
	final = final ||
		(exchange_answer(x, "Stripe-Should-Retry", &value) == RC_OK &&
		    strcmp(buf_str(&value), "false") == 0);
	buf_release(&value);
	return final;
}

static void
set_up(struct exchange *x, const struct stripe *st, const char *method,
    const char *path)
{
	struct buf key;

	exchange_init(x, method, EXCHANGE_SITE, LIMIT_CALL);
	x->total_ms = TOTAL_MS;
	x->ca_file = st->ca_file;
	buf_printf(&x->url, "%s%s", st->base, path);
	buf_init(&key, LIMIT_LINE);
	buf_printf(&key, "Bearer %s", st->key);
	exchange_header(x, "Authorization", buf_str(&key));
	exchange_header(x, "Stripe-Version", STRIPE_VERSION);
	if (key.s != NULL)
		explicit_bzero(key.s, key.len);
	buf_release(&key);
}

static enum rc
send_call(const struct gateway *g, const char *path, const char *key,
    const void *request, size_t n, struct gateway_reply *reply, struct error *e)
{
	const struct stripe *st = g->ctx;
	struct exchange x;
	enum rc rc;

	set_up(&x, st, "POST", path);
	exchange_header(&x, "Idempotency-Key", key);
	exchange_header(
	    &x, "Content-Type", "application/x-www-form-urlencoded");
	x.body = n > 0 ? request : "";
	x.nbody = n;
	exchange_run(st->pool, &x, 1, 1);
	rc = x.rc;
	if (rc != RC_OK) {
		(void)error_set(e, RC_IO, "%s", x.e.text);
		rc = rc == RC_NOMEM ? rc : RC_IO;
	} else {
		reply->status = x.status;
		reply->final = is_final(&x);
		buf_put(&reply->body, buf_str(&x.out), x.out.len);
		rc = buf_rc(&reply->body);
	}
	exchange_release(&x);
	return rc;
}

/*** What is understood ***/

static void
copy(char *to, size_t size, const char *from)
{
	size_t n;

	if (from == NULL)
		return;
	n = strlen(from);
	if (n >= size) /* no name of theirs is so long: none, not a part */
		n = 0;
	memcpy(to, from, n);
	to[n] = '\0';
}

static void
copy_currency(char to[4], const char *from)
{
	if (from == NULL || strlen(from) != 3)
		return;
	for (size_t i = 0; i < 4; i++)
		to[i] = (char)toupper((unsigned char)from[i]);
}

/* The member `name` of the object at `at` ("" for the root). */
static const char *
path_of(char out[120], const char *at, const char *name)
{
	(void)snprintf(out, 120, "%s%s%s", at, at[0] != '\0' ? "." : "", name);
	return out;
}

static enum gateway_news
intent_news(const char *status)
{
	static const struct {
		const char *status;
		enum gateway_news news;
	} each[] = {
		{ "requires_capture", NEWS_AUTHORISED },
		{ "succeeded", NEWS_CAPTURED },
		{ "canceled", NEWS_VOIDED },
		{ "processing", NEWS_WAITS },
		/* the page stays open: a declined card ends nothing */
		{ "requires_payment_method", NEWS_OPEN },
		{ "requires_confirmation", NEWS_OPEN },
		{ "requires_action", NEWS_OPEN },
	};

	for (size_t i = 0; i < sizeof(each) / sizeof(each[0]); i++)
		if (status != NULL && strcmp(status, each[i].status) == 0)
			return each[i].news;
	return NEWS_WAITS; /* a word that is new: look again */
}

static void
read_intent(const struct jdoc *d, const char *at, struct gateway_answer *out)
{
	char p[120];
	const char *last4;

	out->news = intent_news(jdoc_text(d, path_of(p, at, "status")));
	copy(out->payment_object, sizeof(out->payment_object),
	    jdoc_text(d, path_of(p, at, "id")));
	copy(out->order, sizeof(out->order),
	    jdoc_text(d, path_of(p, at, "metadata.order")));
	(void)jdoc_whole(d, path_of(p, at, "amount"), &out->amount);
	copy(out->attempt, sizeof(out->attempt),
	    jdoc_text(d, path_of(p, at, "metadata.attempt")));
	(void)jdoc_whole(d, path_of(p, at, "amount_received"), &out->captured);
	(void)jdoc_whole(
	    d, path_of(p, at, "latest_charge.amount_refunded"), &out->refunded);
	copy_currency(out->currency, jdoc_text(d, path_of(p, at, "currency")));
	last4 = jdoc_text(d,
	    path_of(p, at, "latest_charge.payment_method_details.card.last4"));
	if (last4 != NULL && strlen(last4) == 4)
		(void)snprintf(out->method, sizeof(out->method),
		    "card ending %.4s", last4);
}

static void
read_session(const struct jdoc *d, struct gateway_answer *out)
{
	const char *status = jdoc_text(d, "status");

	copy(out->checkout_object, sizeof(out->checkout_object),
	    jdoc_text(d, "id"));
	copy(out->page, sizeof(out->page), jdoc_text(d, "url"));
	copy(out->order, sizeof(out->order), jdoc_text(d, "metadata.order"));
	(void)jdoc_whole(d, "amount_total", &out->amount);
	copy_currency(out->currency, jdoc_text(d, "currency"));
	if (jdoc_has(d, "payment_intent.id") && status != NULL &&
	    strcmp(status, "complete") == 0)
		read_intent(d, "payment_intent", out);
	else if (status != NULL && strcmp(status, "open") == 0)
		out->news = NEWS_OPEN;
	else if (status != NULL && strcmp(status, "expired") == 0)
		out->news = NEWS_EXPIRED;
	else
		out->news = NEWS_WAITS;
}

/* docs.stripe.com/api/refunds/object: status */
static void
read_refund(const struct jdoc *d, struct gateway_answer *out)
{
	static const struct {
		const char *status;
		enum gateway_news news;
	} each[] = {
		{ "succeeded", NEWS_REFUNDED },
		{ "failed", NEWS_FAILED },
		{ "canceled", NEWS_FAILED },
	};
	const char *status = jdoc_text(d, "status");

	out->news = NEWS_WAITS;
	for (size_t i = 0; i < sizeof(each) / sizeof(each[0]); i++)
		if (status != NULL && strcmp(status, each[i].status) == 0)
			out->news = each[i].news;
	copy(
	    out->refund_object, sizeof(out->refund_object), jdoc_text(d, "id"));
	copy(out->order, sizeof(out->order), jdoc_text(d, "metadata.order"));
	copy(out->why, sizeof(out->why), jdoc_text(d, "failure_reason"));
	(void)jdoc_whole(d, "amount", &out->amount);
	copy_currency(out->currency, jdoc_text(d, "currency"));
}

static void
read_object(const struct jdoc *d, struct gateway_answer *out)
{
	const char *object = jdoc_text(d, "object");

	if (object != NULL && strcmp(object, "checkout.session") == 0)
		read_session(d, out);
	else if (object != NULL && strcmp(object, "payment_intent") == 0)
		read_intent(d, "", out);
	else if (object != NULL && strcmp(object, "refund") == 0)
		read_refund(d, out);
	else
		out->news = NEWS_AGAIN;
}

/*
 * The official client repeats after 409 and from 500 on, unless told otherwise;
 * 429 asks for patience; 401 and 403 are our key, which an administrator mends.
 */
static enum gateway_news
failure_news(const struct gateway_reply *reply)
{
	if (reply->status == 401 || reply->status == 403 ||
	    reply->status == 409 || reply->status == 429)
		return NEWS_AGAIN;
	if (reply->status >= 500)
		return reply->final ? NEWS_REFUSED : NEWS_AGAIN;
	return NEWS_REFUSED;
}

static enum rc
read_reply(const struct gateway *g, enum gateway_action action,
    const struct gateway_reply *reply, struct gateway_answer *out,
    struct error *e)
{
	struct jdoc d;
	enum rc rc;

	(void)g;
	(void)action;
	memset(out, 0, sizeof(*out));
	rc = jdoc_read(&d, buf_str(&reply->body), reply->body.len, e);
	if (rc == RC_OK && reply->status == 200) {
		read_object(&d, out);
	} else if (rc == RC_OK || rc == RC_INVALID) {
		error_clear(e);
		out->news = failure_news(reply);
		if (rc == RC_OK)
			copy(out->why, sizeof(out->why),
			    jdoc_text(&d, "error.message"));
		rc = RC_OK;
	}
	jdoc_release(&d);
	return rc;
}

enum rc
stripe_fetch(const struct gateway *g, const struct buf *path,
    struct exchange *x, struct error *e)
{
	const struct stripe *st = g->ctx;

	set_up(x, st, "GET", buf_str(path));
	exchange_run(st->pool, x, 1, 1);
	if (x->rc != RC_OK)
		return error_set(e, RC_IO, "%s", x->e.text);
	if (x->status == 404)
		return error_set(e, RC_NOTFOUND, "Stripe does not know it");
	return RC_OK;
}

/* The same, understood. */
static enum rc
look_at(const struct gateway *g, const struct buf *path,
    struct gateway_answer *out, struct error *e)
{
	struct gateway_reply reply = { 0 };
	struct exchange x;
	enum rc rc = stripe_fetch(g, path, &x, e);

	if (rc == RC_OK) {
		reply.status = x.status;
		reply.body = x.out; /* borrowed: x releases it */
		rc = read_reply(g, GATEWAY_CREATE, &reply, out, e);
	}
	if (rc == RC_OK && out->news == NEWS_REFUSED)
		out->news = NEWS_AGAIN;
	exchange_release(&x);
	return rc;
}

static enum rc
look(const struct gateway *g, const struct gateway_job *job,
    struct gateway_answer *out, struct error *e)
{
	struct buf path;
	enum rc rc;

	if (job->checkout_object[0] == '\0')
		return error_set(e, RC_NOTFOUND, "Stripe has given it no name");
	buf_init(&path, LIMIT_URL);
	buf_puts(&path, "/v1/checkout/sessions/");
	http_escape(&path, job->checkout_object);
	buf_puts(&path, "?expand%5B0%5D=payment_intent.latest_charge");
	rc = look_at(g, &path, out, e);
	buf_release(&path);
	return rc;
}

/* Among all refunds of the payment, which are few, that with our name. */
static enum rc
find_refund(const struct gateway *g, const struct gateway_job *job,
    const struct buf *path, struct gateway_answer *out, struct error *e)
{
	struct jdoc all = { NULL }, one;
	const char *name;
	struct exchange x;
	bool found = false;
	enum rc rc = stripe_fetch(g, path, &x, e);

	if (rc == RC_OK && x.status != 200)
		rc = error_set(e, RC_IO, "Stripe does not list its refunds");
	if (rc == RC_OK)
		rc = jdoc_read(&all, buf_str(&x.out), x.out.len, e);
	for (size_t i = 0;
	     rc == RC_OK && !found && jdoc_at(&all, "data", i, &one); i++) {
		name = jdoc_text(&one, "metadata.refund");
		found = name != NULL && strcmp(name, job->refund) == 0;
		if (found)
			read_refund(&one, out);
	}
	if (rc == RC_OK && !found)
		rc = error_set(e, RC_NOTFOUND, "Stripe knows no such refund");
	jdoc_release(&all);
	exchange_release(&x);
	return rc;
}

static enum rc
look_refund(const struct gateway *g, const struct gateway_job *job,
    struct gateway_answer *out, struct error *e)
{
	struct buf path;
	enum rc rc;

	memset(out, 0, sizeof(*out));
	buf_init(&path, LIMIT_URL);
	buf_puts(&path, "/v1/refunds");
	buf_puts(&path,
	    job->refund_object[0] != '\0' ? "/" : "?limit=100&payment_intent=");
	http_escape(&path, job->refund_object[0] != '\0' ? job->refund_object
							 : job->payment_object);
	if (job->refund_object[0] != '\0')
		rc = look_at(g, &path, out, e);
	else
		rc = find_refund(g, job, &path, out, e);
	buf_release(&path);
	return rc;
}

/* One page of the list, the newest first; *last is where the next begins, "" at
 * the end. */
static enum rc
read_page(const struct jdoc *all, char last[GATEWAY_OBJECT_SIZE],
    gateway_put *each, void *ctx, struct error *e)
{
	struct gateway_answer one;
	struct jdoc d;
	enum rc rc = RC_OK;

	last[0] = '\0';
	for (size_t i = 0; rc == RC_OK && jdoc_at(all, "data", i, &d); i++) {
		memset(&one, 0, sizeof(one));
		read_intent(&d, "", &one);
		memcpy(last, one.payment_object, GATEWAY_OBJECT_SIZE);
		rc = each(ctx, &one, e);
	}
	if (!jdoc_yes(all, "has_more"))
		last[0] = '\0';
	return rc;
}

static enum rc
ledger(const struct gateway *g, int64_t since, gateway_put *each, void *ctx,
    struct error *e)
{
	char last[GATEWAY_OBJECT_SIZE] = "";
	struct jdoc all = { NULL };
	struct exchange x;
	struct buf path;
	enum rc rc;

	do {
		buf_init(&path, LIMIT_URL);
		buf_printf(&path,
		    "/v1/payment_intents?limit=%d&created%%5Bgte%%5D=%lld"
		    "&expand%%5B0%%5D=data.latest_charge",
		    PAGE, (long long)since);
		if (last[0] != '\0')
			buf_puts(&path, "&starting_after=");
		http_escape(&path, last);
		rc = stripe_fetch(g, &path, &x, e);
		if (rc == RC_OK && x.status != 200)
			rc = error_set(
			    e, RC_IO, "Stripe does not list its payments");
		if (rc == RC_OK)
			rc = jdoc_read(&all, buf_str(&x.out), x.out.len, e);
		if (rc == RC_OK)
			rc = read_page(&all, last, each, ctx, e);
		jdoc_release(&all);
		exchange_release(&x);
		buf_release(&path);
	} while (rc == RC_OK && last[0] != '\0');
	return rc;
}

void
stripe_gateway(struct stripe *st, struct gateway *out)
{
	*out = (struct gateway){ .name = "stripe",
		/* kept for 24 hours at least */
		.key_seconds = 23 * 3600,
		.ctx = st,
		.prepare = prepare,
		.send = send_call,
		.read = read_reply,
		.look = look,
		.look_refund = look_refund,
		.look_dispute = stripe_look_dispute,
		.ledger = ledger };
}
