#include "config.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "base/limits.h"
#include "base/num.h"
#include "peer/exchange.h"
#include "peer/funny_deliveries.h"
#include "peer/funny_read.h"
#include "peer/funny_schema.h"
#include "peer/xout.h"

#define CONNECT_MS 5000
#define TOTAL_MS 20000
#define KEY_SECONDS (INT64_C(90) * 24 * 60 * 60)
#define LABEL_MAX (2 * 1024 * 1024)
#define RETRY_MAX (24 * 60 * 60) /* seconds: what is above is no wait */
#define SECRET_MAX 1024

static const char alphabet[] = "abcdefghijklmnopqrstuvwxyz"
			       "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-";

/*** Written ***/

static bool
is_key(const char *key)
{
	size_t n = strlen(key);

	return n >= COURIER_KEY_MIN && n < COURIER_KEY_SIZE &&
	       strspn(key, alphabet) == n;
}

/* What people typed need not be what the contract takes; it can do without. */
static const char *
phone(const char *s)
{
	static const char set[] = "0123456789 ()/.-";
	const char *digits = s + (*s == '+');
	size_t n = strlen(digits);

	return n >= 4 && n <= 30 && strspn(digits, set) == n ? s : "";
}

static const char *
email(const char *s)
{
	const char *at = strchr(s, '@');

	for (const char *p = s; *p != '\0'; p++)
		if (*p <= ' ' || *p > '~')
			return "";
	return at != NULL && at > s && at[1] != '\0' && strlen(s) <= 254 ? s
									 : "";
}

static void
put_address(struct buf *b, const struct courier_place *p)
{
	xout_open(b, "Address");
	xout_text(b, "Name", p->name, 100);
	xout_text(b, "Line1", p->line1, 100);
	xout_text(b, "Line2", p->line2, 100);
	xout_text(b, "Town", p->town, 100);
	xout_text(b, "Region", p->region, 100);
	xout_text(b, "PostCode", p->postcode, 16);
	xout_text(b, "Country", p->country, 0);
	xout_text(b, "Phone", phone(p->phone), 0);
	xout_text(b, "Email", email(p->email), 0);
	xout_close(b, "Address");
}

static void
put_box(struct buf *b, const struct courier_box *box, const char *currency)
{
	char value[24];

	xout_open(b, "Parcel");
	xout_number(b, "WeightGrams", box->grams);
	xout_number(b, "LengthMm", box->length_mm);
	xout_number(b, "WidthMm", box->width_mm);
	xout_number(b, "HeightMm", box->height_mm);
	(void)snprintf(value, sizeof(value), "%lld", (long long)box->value);
	xout_with(b, "ValueMinor", "currency", currency, value);
	xout_close(b, "Parcel");
}

static void
put_request(struct buf *b, const char *service, const struct courier_job *job)
{
	xout_begin(b, "BookingRequest", FUNNY_NAMESPACE);
	xout_text(b, "ClientReference", job->reference, 0);
	xout_text(b, "Service", service, 0);
	xout_open(b, "Collection");
	put_address(b, &job->from);
	xout_time(b, "ReadyFrom", job->ready_from);
	xout_time(b, "CloseAt", job->close_at);
	xout_close(b, "Collection");
	xout_open(b, "Delivery");
	put_address(b, &job->to);
	xout_text(b, "Instructions", job->instructions, 500);
	xout_close(b, "Delivery");
	xout_open(b, "Parcels");
	for (size_t i = 0; i < job->n; i++)
		put_box(b, &job->boxes[i], job->currency);
	xout_close(b, "Parcels");
	xout_close(b, "BookingRequest");
}

/* What leaves is valid: a job that is not cannot be booked. */
static enum rc
prepare(const struct courier *c, const struct courier_job *job, const char *key,
    struct buf *path, struct buf *request, struct error *e)
{
	const struct funny_deliveries *fd = c->ctx;
	struct xdoc d;
	enum rc rc;

	assert(job->n <= COURIER_BOXES);
	if (!is_key(key))
		return error_set(
		    e, RC_INVALID, "\"%.80s\" is no key of a booking", key);
	buf_printf(path, "/bookings/%s", key);
	put_request(request, fd->service, job);
	rc = buf_rc(path);
	if (rc == RC_OK)
		rc = buf_rc(request);
	if (rc != RC_OK)
		return error_set(e, rc, "no room for a booking");
	rc = xdoc_read(&d, buf_str(request), request->len, LIMIT_BODY, e);
	if (rc == RC_OK)
		rc = funny_check(&d, FUNNY_STRICT, e);
	xdoc_release(&d);
	return rc;
}

/*** Sent ***/

struct call {
	const char *method, *path, *accept;
	const void *body;
	size_t n;
};

static int64_t
retry_after(const struct exchange *x)
{
	struct buf value;
	int64_t n = 0;

	buf_init(&value, 100);
	if (exchange_answer(x, "Retry-After", &value) != RC_OK ||
	    num_parse(buf_str(&value), 0, RETRY_MAX, &n) != RC_OK)
		n = 0;
	buf_release(&value);
	return n;
}

static enum rc
call(const struct courier *c, const struct call *k, struct courier_reply *reply,
    struct error *e)
{
	const struct funny_deliveries *fd = c->ctx;
	char bearer[SECRET_MAX];
	struct exchange x;
	enum rc rc;

	exchange_init(&x, k->method, EXCHANGE_SITE, reply->body.max);
	x.connect_ms = CONNECT_MS;
	x.total_ms = TOTAL_MS;
	x.ca_file = fd->ca_file;
	buf_printf(&x.url, "%s%s", fd->base, k->path);
	(void)snprintf(bearer, sizeof(bearer), "Bearer %s", fd->key);
	exchange_header(&x, "Authorization", bearer);
	explicit_bzero(bearer, sizeof(bearer));
	exchange_header(&x, "Accept", k->accept);
	if (k->n > 0) {
		exchange_header(&x, "Content-Type", "application/xml");
		x.body = k->body;
		x.nbody = k->n;
	}
	exchange_run(fd->pool, &x, 1, 1);
	rc = x.rc == RC_OK || x.rc == RC_NOMEM ? x.rc : RC_IO;
	if (rc != RC_OK)
		(void)error_set(e, rc, "%s", x.e.text);
	if (rc == RC_OK) {
		reply->status = x.status;
		reply->retry_after = retry_after(&x);
		buf_reset(&reply->body);
		buf_put(&reply->body, buf_str(&x.out), x.out.len);
		rc = buf_rc(&reply->body);
	}
	exchange_release(&x);
	return rc;
}

static enum rc
send(const struct courier *c, const char *path, const void *request, size_t n,
    struct courier_reply *reply, struct error *e)
{
	const struct call k = { "PUT", path, "application/xml", request, n };

	return call(c, &k, reply, e);
}

/*** Understood ***/

/* What an answer means that is no success; the fault has been read. */
static enum courier_news
news_of(const struct courier_fault *f)
{
	if (f->status == 401 || f->status == 403)
		return COURIER_BARRED;
	if (f->status == 408 || f->status == 429 || f->status >= 500)
		return COURIER_AGAIN;
	if (f->status == 409 && strcmp(f->code, "KEY_REUSED") == 0)
		return COURIER_TAKEN;
	return f->retryable ? COURIER_AGAIN : COURIER_REFUSED;
}

/*
 * The reason of what is no success.  Without the contract's own words only what
 * cannot be a proxy's or another server's is believed: a "no" needs an <Error>,
 * "not now" does not.
 */
static enum rc
read_fault(const struct courier_reply *reply, struct courier_fault *out,
    enum courier_news *news, struct error *e)
{
	struct error why = ERROR_NONE;
	enum rc rc;

	memset(out, 0, sizeof(*out));
	rc = funny_fault(buf_str(&reply->body), reply->body.len, out, &why);
	out->status = reply->status;
	out->retry_after = reply->retry_after;
	*news = COURIER_AGAIN;
	if (rc == RC_OK) {
		*news = news_of(out);
		return rc;
	}
	if (rc == RC_NOMEM)
		return error_set(e, rc, "%s", why.text);
	if (reply->status == 202 || reply->status == 408 ||
	    reply->status == 429 || reply->status >= 500)
		return RC_OK;
	return error_set(e, RC_INVALID,
	    "the courier answers %lld without its reason: %s",
	    (long long)reply->status, why.text);
}

static enum rc
read(const struct courier *c, const struct courier_reply *reply,
    struct courier_answer *out, struct error *e)
{
	(void)c;
	memset(out, 0, sizeof(*out));
	if (reply->status == 200 || reply->status == 201)
		return funny_booking(
		    buf_str(&reply->body), reply->body.len, out, e);
	return read_fault(reply, &out->fault, &out->news, e);
}

/* A 404 counts only when the courier itself says it. */
static bool
is_unknown(const struct courier_fault *f)
{
	return f->status == 404 && f->code[0] != '\0';
}

/* Of one booking, with what was asked for. */
static enum rc
ask(const struct courier *c, const char *method, const char *key,
    struct courier_answer *out, struct error *e)
{
	struct courier_reply reply;
	struct call k = { .method = method, .accept = "application/xml" };
	struct buf path;
	enum rc rc;

	memset(out, 0, sizeof(*out));
	if (!is_key(key))
		return error_set(
		    e, RC_INVALID, "\"%.80s\" is no key of a booking", key);
	courier_reply_init(&reply);
	buf_init(&path, LIMIT_URL);
	buf_printf(&path, "/bookings/%s", key);
	k.path = buf_str(&path);
	rc = buf_rc(&path);
	if (rc == RC_OK)
		rc = call(c, &k, &reply, e);
	if (rc == RC_OK)
		rc = read(c, &reply, out, e);
	if (rc == RC_OK && is_unknown(&out->fault))
		rc = RC_NOTFOUND;
	if (rc == RC_OK && out->news == COURIER_DONE &&
	    strcmp(out->key, key) != 0)
		rc = error_set(
		    e, RC_INVALID, "the courier answers with another booking");
	buf_release(&path);
	courier_reply_release(&reply);
	return rc;
}

static enum rc
look(const struct courier *c, const char *key, struct courier_answer *out,
    struct error *e)
{
	return ask(c, "GET", key, out, e);
}

static enum rc
cancel(const struct courier *c, const char *key, struct courier_answer *out,
    struct error *e)
{
	return ask(c, "DELETE", key, out, e);
}

/*** The label ***/

static enum rc
take_label(const struct courier_reply *reply, struct buf *pdf, struct error *e)
{
	struct courier_fault fault;
	enum courier_news news;
	enum rc rc;

	if (reply->status == 200) {
		if (reply->body.len < 5 ||
		    memcmp(reply->body.s, "%PDF-", 5) != 0)
			return error_set(
			    e, RC_INVALID, "the courier's label is no PDF");
		buf_put(pdf, reply->body.s, reply->body.len);
		rc = buf_rc(pdf);
		return rc == RC_OK ? rc
				   : error_set(e, rc, "no room for a label");
	}
	rc = read_fault(reply, &fault, &news, e);
	if (rc != RC_OK)
		return rc;
	if (is_unknown(&fault))
		return RC_NOTFOUND;
	return error_set(e, news == COURIER_BARRED ? RC_DENIED : RC_IO,
	    "the courier gives no label: %lld \"%s\"", (long long)reply->status,
	    fault.code);
}

static enum rc
label(
    const struct courier *c, const char *key, struct buf *pdf, struct error *e)
{
	struct call k = { .method = "GET", .accept = "application/pdf" };
	struct courier_reply reply;
	struct buf path;
	enum rc rc;

	if (!is_key(key))
		return error_set(
		    e, RC_INVALID, "\"%.80s\" is no key of a booking", key);
	courier_reply_init(&reply);
	reply.body.max = LABEL_MAX;
	buf_init(&path, LIMIT_URL);
	buf_printf(&path, "/bookings/%s/label", key);
	k.path = buf_str(&path);
	rc = buf_rc(&path);
	if (rc == RC_OK)
		rc = call(c, &k, &reply, e);
	if (rc == RC_OK)
		rc = take_label(&reply, pdf, e);
	buf_release(&path);
	courier_reply_release(&reply);
	return rc;
}

/*** What happened ***/

static enum rc
take_events(const struct courier_reply *reply, courier_put *put, void *ctx,
    struct courier_page *page, struct error *e)
{
	enum rc rc;

	if (reply->status == 200)
		return funny_events(
		    buf_str(&reply->body), reply->body.len, put, ctx, page, e);
	rc = read_fault(reply, &page->fault, &page->news, e);
	if (rc != RC_OK)
		return rc;
	if (reply->status == 410 &&
	    strcmp(page->fault.code, "CURSOR_EXPIRED") == 0) {
		page->news = COURIER_DONE;
		page->expired = true;
		return RC_OK;
	}
	if (page->news == COURIER_AGAIN || page->news == COURIER_BARRED)
		return RC_OK;
	return error_set(e, RC_INVALID, "the courier gives no events: %s (%s)",
	    page->fault.code, page->fault.message);
}

static enum rc
events(const struct courier *c, const char *cursor, courier_put *put, void *ctx,
    struct courier_page *page, struct error *e)
{
	struct call k = { .method = "GET", .accept = "application/xml" };
	struct courier_reply reply;
	struct buf path;
	enum rc rc;

	memset(page, 0, sizeof(*page));
	page->news = COURIER_AGAIN;
	if (strlen(cursor) >= COURIER_CURSOR_SIZE ||
	    cursor[strspn(cursor, alphabet)] != '\0')
		return error_set(
		    e, RC_INVALID, "\"%.80s\" is no cursor", cursor);
	courier_reply_init(&reply);
	buf_init(&path, LIMIT_URL);
	buf_printf(&path, "/events?since=%s&limit=%d", cursor, COURIER_EVENTS);
	k.path = buf_str(&path);
	rc = buf_rc(&path);
	if (rc == RC_OK)
		rc = call(c, &k, &reply, e);
	if (rc == RC_OK)
		rc = take_events(&reply, put, ctx, page, e);
	buf_release(&path);
	courier_reply_release(&reply);
	return rc;
}

static enum rc
shipment(const struct courier *c, const char *tracking, courier_put *put,
    void *ctx, struct courier_answer *out, struct error *e)
{
	struct call k = { .method = "GET", .accept = "application/xml" };
	struct courier_reply reply;
	struct buf path;
	enum rc rc;

	memset(out, 0, sizeof(*out));
	if (*tracking == '\0' || tracking[strspn(tracking, alphabet)] != '\0')
		return error_set(
		    e, RC_INVALID, "\"%.80s\" is no tracking number", tracking);
	courier_reply_init(&reply);
	buf_init(&path, LIMIT_URL);
	buf_printf(&path, "/shipments/%s", tracking);
	k.path = buf_str(&path);
	rc = buf_rc(&path);
	if (rc == RC_OK)
		rc = call(c, &k, &reply, e);
	if (rc == RC_OK && reply.status == 200)
		rc = funny_shipment(
		    buf_str(&reply.body), reply.body.len, put, ctx, out, e);
	else if (rc == RC_OK)
		rc = read_fault(&reply, &out->fault, &out->news, e);
	if (rc == RC_OK && is_unknown(&out->fault))
		rc = RC_NOTFOUND;
	buf_release(&path);
	courier_reply_release(&reply);
	return rc;
}

static enum rc
event(const struct courier *c, const void *body, size_t n,
    struct courier_event *out, struct error *e)
{
	(void)c;
	return funny_event(body, n, out, e);
}

void
funny_deliveries(struct funny_deliveries *fd, struct courier *out)
{
	*out = (struct courier){
		.name = "funny-deliveries",
		.key_seconds = KEY_SECONDS,
		.ctx = fd,
		.prepare = prepare,
		.send = send,
		.read = read,
		.look = look,
		.cancel = cancel,
		.label = label,
		.events = events,
		.shipment = shipment,
		.event = event,
	};
}
