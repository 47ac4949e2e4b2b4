/* Bookings: taken, looked at, cancelled, and their labels. */
#include "config.h"

#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/limits.h"
#include "peer/funny_schema.h"
#include "peer/xout.h"
#include "sandbox/carrier.h"

#define COLUMNS                                                                \
	"\"key\", reference, tracking, state, currency, \"from\", until, "     \
	"price"

static void
take(char *out, size_t size, const char *from)
{
	(void)snprintf(out, size, "%s", from);
}

static bool
read_row(struct store_rows *q, struct carrier_booking *out)
{
	bool found = store_next(q);

	memset(out, 0, sizeof(*out));
	if (found) {
		take(out->key, sizeof(out->key), store_text(q, 0));
		take(out->reference, sizeof(out->reference), store_text(q, 1));
		take(out->tracking, sizeof(out->tracking), store_text(q, 2));
		take(out->state, sizeof(out->state), store_text(q, 3));
		take(out->currency, sizeof(out->currency), store_text(q, 4));
		out->from = store_int(q, 5);
		out->until = store_int(q, 6);
		out->price = store_int(q, 7);
	}
	store_done(q);
	return found;
}

bool
carrier_by_key(
    struct carrier_call *c, const char *key, struct carrier_booking *out)
{
	struct store_rows q;

	store_ask(&c->st, &q,
	    "SELECT " COLUMNS " FROM booking WHERE \"key\" = ?", "s", key);
	return read_row(&q, out);
}

bool
carrier_by_tracking(
    struct carrier_call *c, const char *tracking, struct carrier_booking *out)
{
	struct store_rows q;

	store_ask(&c->st, &q,
	    "SELECT " COLUMNS " FROM booking WHERE tracking = ?", "s",
	    tracking);
	return read_row(&q, out);
}

void
carrier_put_booking(
    struct carrier_call *c, struct buf *b, const struct carrier_booking *k)
{
	char from[CLOCK_ISO_SIZE], until[CLOCK_ISO_SIZE], price[24];
	struct buf url;

	clock_iso(k->from, from);
	clock_iso(k->until, until);
	(void)snprintf(price, sizeof(price), "%lld", (long long)k->price);
	xout_text(b, "Key", k->key, 0);
	xout_text(b, "ClientReference", k->reference, 0);
	xout_text(b, "TrackingNumber", k->tracking, 0);
	xout_text(b, "State", k->state, 0);
	buf_printf(b, "<CollectionWindow from=\"%s\" to=\"%s\"/>", from, until);
	xout_with(b, "PriceMinor", "currency", k->currency, price);
	buf_init(&url, LIMIT_URL);
	/* the API is below the page */
	buf_puts(&url, c->b->settings->courier_url);
	if (url.len > 3 && strcmp(url.s + url.len - 3, "/v1") == 0)
		buf_cut(&url, url.len - 3);
	buf_printf(&url, "/parcel/%s", k->tracking);
	xout_text(b, "TrackingUrl", buf_str(&url), 0);
	buf_release(&url);
}

static void
show(struct carrier_call *c, int status, const struct carrier_booking *k)
{
	struct reply *r = &c->b->r;

	reply_status(r, status);
	xout_begin(&r->body, "Booking", FUNNY_NAMESPACE);
	carrier_put_booking(c, &r->body, k);
	xout_close(&r->body, "Booking");
}

/* Whether it is still being worked on: answered. */
static bool
at_work(struct carrier_call *c, const char *key)
{
	struct store_rows q;
	char seconds[24];
	int64_t left = 0;

	store_ask(&c->st, &q, "SELECT ready_at FROM booking WHERE \"key\" = ?",
	    "s", key);
	if (store_next(&q))
		left = store_int(&q, 0) - c->now;
	store_done(&q);
	if (left <= 0)
		return false;
	(void)snprintf(
	    seconds, sizeof(seconds), "%lld", (long long)(left < 2 ? left : 2));
	reply_status(&c->b->r, 202);
	reply_header(&c->b->r, "Retry-After", seconds);
	return true;
}

/*** Taken ***/

static bool
read_body(struct carrier_call *c, struct xdoc *d, struct buf *text)
{
	struct error e = ERROR_NONE;

	if (!carrier_body(c, text))
		return false;
	switch (xdoc_read(d, buf_str(text), text->len, LIMIT_BODY, &e)) {
	case RC_OK:
		break;
	case RC_DENIED:
		carrier_fail(c, 400, "DOCTYPE_FORBIDDEN", NULL,
		    "A document type is not taken.");
		return false;
	default:
		carrier_fail(c, 400, "MALFORMED_XML", NULL, "%s", e.text);
		return false;
	}
	if (funny_check(d, FUNNY_STRICT, &e) == RC_OK &&
	    xdoc_named(d->root, "BookingRequest"))
		return true;
	carrier_fail(c, 400, "SCHEMA", NULL, "%s",
	    e.text[0] == '\0' ? "This is no BookingRequest." : e.text);
	return false;
}

static int64_t
price_of(const char *service, const struct xdoc *d)
{
	const struct _xmlNode *p =
	    xdoc_child(xdoc_child(d->root, "Parcels"), "Parcel");
	int64_t each = strcmp(service, "EXPRESS") == 0    ? 995
		       : strcmp(service, "STANDARD") == 0 ? 495
							  : 1295;
	int64_t sum = 0;

	for (; p != NULL; p = xdoc_next(p))
		sum += each;
	return sum;
}

static void
store_booking(struct carrier_call *c, const char *key, const char *hash,
    const struct xdoc *d, const struct buf *text, int64_t ready_at)
{
	char reference[CARRIER_NAME], service[24], currency[4];
	char from[48], until[48], name[404], town[404], place[404];
	char tracking[40];
	struct store_rows q;
	int64_t n = 1;

	(void)xdoc_text(
	    d->root, "ClientReference", reference, sizeof(reference));
	(void)xdoc_text(d->root, "Service", service, sizeof(service));
	(void)xdoc_text(d->root, "Collection/ReadyFrom", from, sizeof(from));
	(void)xdoc_text(d->root, "Collection/CloseAt", until, sizeof(until));
	(void)xdoc_text(
	    d->root, "Collection/Address/Town", place, sizeof(place));
	(void)xdoc_text(d->root, "Delivery/Address/Name", name, sizeof(name));
	(void)xdoc_text(d->root, "Delivery/Address/Town", town, sizeof(town));
	(void)xdoc_attribute(
	    xdoc_child(xdoc_child(xdoc_child(d->root, "Parcels"), "Parcel"),
		"ValueMinor"),
	    "currency", currency, sizeof(currency));
	store_ask(&c->st, &q,
	    "SELECT coalesce(max(rowid), 0) + 1, (SELECT count(*) FROM event) "
	    "FROM booking",
	    "");
	if (store_next(&q))
		n = store_int(&q, 0) * 1000 + store_int(&q, 1) % 1000;
	store_done(&q);
	(void)snprintf(tracking, sizeof(tracking), "FD%010lldGB", (long long)n);
	store_run(&c->st,
	    "INSERT INTO booking (\"key\", hash, tracking, reference, state, "
	    "made_at, ready_at, next_at, \"from\", until, price, currency, "
	    "service, name, town, place, body) VALUES (?1, ?2, ?3, ?4, "
	    "'BOOKED', ?5, ?6, ?7, unixepoch(?8), unixepoch(?9), ?10, ?11, "
	    "?12, ?13, ?14, ?15, ?16) ON CONFLICT (\"key\") DO UPDATE SET "
	    "tracking = ?3",
	    "ssssiiississssss", key, hash, tracking, reference, c->now,
	    ready_at, c->pace > 0 ? c->now + c->pace : INT64_C(0), from, until,
	    price_of(service, d), currency, service, name, town, place,
	    buf_str(text));
}

static void
book_new(struct carrier_call *c, const char *key, const char *hash,
    const struct xdoc *d, const struct buf *text)
{
	const struct carrier_news n = { .state = "BOOKED" };
	struct carrier_booking k;
	struct fault f;

	if (!carrier_checked(c, d))
		return;
	fault_take(&c->st, "|working|", "book", &f);
	store_booking(c, key, hash, d, text,
	    f.kind[0] == '\0' ? 0 : c->now + (f.seconds > 0 ? f.seconds : 2));
	if (at_work(c, key) || !carrier_by_key(c, key, &k))
		return;
	carrier_tell(c, &k, &n);
	show(c, 201, &k);
}

static bool
is_key(const char *s)
{
	size_t n = strspn(s, "abcdefghijklmnopqrstuvwxyz"
			     "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-");

	return s[n] == '\0' && n >= 8 && n <= 64;
}

/* Whether the key was used within its life; hash is what with. */
static bool
used(struct carrier_call *c, const char *key, char hash[HASH_SIZE])
{
	struct store_rows q;
	bool is;

	store_run(&c->st,
	    "DELETE FROM booking WHERE \"key\" = ? AND made_at < ?", "si", key,
	    c->now - CARRIER_KEY_DAYS * 86400);
	store_ask(
	    &c->st, &q, "SELECT hash FROM booking WHERE \"key\" = ?", "s", key);
	is = store_next(&q);
	take(hash, HASH_SIZE, is ? store_text(&q, 0) : "");
	store_done(&q);
	return is;
}

static void
book(struct carrier_call *c, const char *key, const struct xdoc *d,
    const struct buf *text)
{
	char hash[HASH_SIZE], was[HASH_SIZE];
	struct carrier_booking k;
	struct fault f;
	struct error e = ERROR_NONE;

	if (xdoc_hash(d, hash, &e) != RC_OK) {
		carrier_fail(c, 500, "INTERNAL", NULL, "%s", e.text);
		return;
	}
	if (!used(c, key, was)) {
		book_new(c, key, hash, d, text);
		return;
	}
	fault_take(&c->st, "|double|careless|", "book", &f);
	if (strcmp(f.kind, "double") == 0)
		book_new(c, key, hash, d, text);
	else if (strcmp(was, hash) != 0 && strcmp(f.kind, "careless") != 0)
		carrier_fail(c, 409, "KEY_REUSED", NULL,
		    "The key is that of another booking.");
	else if (!at_work(c, key) && carrier_by_key(c, key, &k))
		show(c, 200, &k);
}

void
carrier_book(struct carrier_call *c, const char *key)
{
	struct buf text;
	struct xdoc d;

	memset(&d, 0, sizeof(d));
	buf_init(&text, LIMIT_BODY);
	if (!is_key(key))
		carrier_fail(c, 400, "BAD_REQUEST", NULL,
		    "A key has 8 to 64 letters, digits, dots, underscores and "
		    "hyphens.");
	else if (read_body(c, &d, &text))
		book(c, key, &d, &text);
	xdoc_release(&d);
	buf_release(&text);
}

/*** Looked at ***/

static bool
find(struct carrier_call *c, const char *key, struct carrier_booking *k)
{
	if (carrier_by_key(c, key, k))
		return !at_work(c, key);
	carrier_fail(c, 404, "NOT_FOUND", NULL, "There is no such booking.");
	return false;
}

void
carrier_look(struct carrier_call *c, const char *key)
{
	struct carrier_booking k;

	if (find(c, key, &k))
		show(c, 200, &k);
}

void
carrier_cancel(struct carrier_call *c, const char *key)
{
	const struct carrier_news n = { .state = "CANCELLED",
		.code = "BY_CLIENT" };
	struct carrier_booking k;

	if (!find(c, key, &k))
		return;
	if (strcmp(k.state, "BOOKED") == 0 ||
	    strcmp(k.state, "COLLECTION_FAILED") == 0) {
		carrier_tell(c, &k, &n);
		(void)carrier_by_key(c, key, &k);
	}
	if (strcmp(k.state, "CANCELLED") == 0)
		show(c, 200, &k);
	else
		carrier_fail(c, 409, "ALREADY_COLLECTED", NULL,
		    "The parcel has been picked up.");
}

/*** The label: a page of A6, in the one font that every reader has ***/

static void
put_object(struct buf *pdf, size_t at[], int n, const char *text)
{
	at[n] = pdf->len;
	buf_printf(pdf, "%d 0 obj\n%s\nendobj\n", n, text);
}

/* That font has no letters beyond ASCII. */
static void
put_line(struct buf *b, int size, const char *text)
{
	buf_printf(b, "/F1 %d Tf (", size);
	for (; *text != '\0'; text++) {
		if (strchr("()\\", *text) != NULL)
			buf_putc(b, '\\');
		if ((unsigned char)*text < 0x80)
			buf_putc(b, *text);
		else if ((unsigned char)*text >= 0xc0)
			buf_putc(b, '?');
	}
	buf_printf(b, ") Tj 0 -%d Td\n", size * 2);
}

static void
put_content(
    struct carrier_call *c, struct buf *b, const struct carrier_booking *k)
{
	struct store_rows q;

	buf_puts(b, "BT 24 380 Td\n");
	put_line(b, 18, "FUNNY DELIVERIES");
	put_line(b, 9, "SANDBOX - not a real parcel");
	put_line(b, 20, k->tracking);
	put_line(b, 11, k->reference);
	store_ask(&c->st, &q,
	    "SELECT service, name, town FROM booking WHERE tracking = ?", "s",
	    k->tracking);
	if (store_next(&q))
		for (int i = 0; i < 3; i++)
			put_line(b, 12, store_text(&q, i));
	store_done(&q);
	buf_puts(b, "ET");
}

static void
put_pdf(struct buf *pdf, const struct buf *content)
{
	size_t at[6] = { 0 };
	struct buf stream;

	buf_init(&stream, LIMIT_BODY);
	buf_printf(&stream, "<</Length %zu>>\nstream\n%s\nendstream",
	    content->len, buf_str(content));
	buf_puts(pdf, "%PDF-1.4\n");
	put_object(pdf, at, 1, "<</Type/Catalog/Pages 2 0 R>>");
	put_object(pdf, at, 2, "<</Type/Pages/Kids[3 0 R]/Count 1>>");
	put_object(pdf, at, 3,
	    "<</Type/Page/Parent 2 0 R/MediaBox[0 0 298 420]/Contents 4 0 R"
	    "/Resources<</Font<</F1 5 0 R>>>>>>");
	put_object(pdf, at, 4, buf_str(&stream));
	put_object(
	    pdf, at, 5, "<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>");
	at[0] = pdf->len;
	buf_puts(pdf, "xref\n0 6\n0000000000 65535 f \n");
	for (int i = 1; i < 6; i++)
		buf_printf(pdf, "%010zu 00000 n \n", at[i]);
	buf_printf(pdf,
	    "trailer\n<</Size 6/Root 1 0 R>>\nstartxref\n%zu\n%%%%EOF\n",
	    at[0]);
	buf_release(&stream);
}

void
carrier_label(struct carrier_call *c, const char *key)
{
	struct carrier_booking k;
	struct buf content;

	if (!find(c, key, &k))
		return;
	if (strcmp(k.state, "CANCELLED") == 0) {
		carrier_fail(c, 404, "LABEL_NOT_READY", NULL,
		    "What was cancelled has no label.");
		return;
	}
	buf_init(&content, LIMIT_BODY);
	put_content(c, &content, &k);
	put_pdf(&c->b->r.body, &content);
	buf_release(&content);
	c->pdf = true;
}
