#include "config.h"

#include <string.h>

#include "base/num.h"
#include "base/text.h"
#include "peer/aws_credentials.h"
#include "peer/funny_read.h"
#include "peer/funny_schema.h"

#define LONGEST 2001 /* 500 characters of 4 bytes */

static enum rc
open_doc(struct xdoc *d, const void *bytes, size_t n, size_t max,
    const char *root, struct error *e)
{
	enum rc rc = xdoc_read(d, bytes, n, max, e);

	if (rc == RC_OK)
		rc = funny_check(d, FUNNY_LENIENT, e);
	if (rc == RC_OK && !xdoc_named(d->root, root))
		rc = error_set(e, RC_INVALID, "an XML text is no <%s>", root);
	return rc;
}

/* For people: one line without what turns its direction, cut. */
static void
line(const struct _xmlNode *node, const char *path, char *out, size_t size)
{
	char text[LONGEST];
	struct buf b;
	size_t n;

	(void)xdoc_text(node, path, text, sizeof(text));
	buf_init(&b, sizeof(text) * 3);
	text_clean(&b, text, strlen(text));
	n = text_clip(buf_str(&b), b.len, size - 1);
	if (n > 0)
		memcpy(out, buf_str(&b), n);
	out[n] = '\0';
	for (char *p = out; *p != '\0'; p++)
		if (*p == '\n' || *p == '\t')
			*p = ' ';
	buf_release(&b);
}

static enum rc
time_of(const char *iso, int64_t *out, struct error *e)
{
	if (aws_time(iso, out) == RC_OK)
		return RC_OK;
	return error_set(e, RC_INVALID, "\"%.40s\" is no time", iso);
}

static enum courier_state
state_of(const struct _xmlNode *node, char word[COURIER_NAME_SIZE])
{
	line(node, "State", word, COURIER_NAME_SIZE);
	return courier_state_of(word);
}

/*** A booking ***/

static enum rc
read_booking(
    const struct _xmlNode *root, struct courier_answer *out, struct error *e)
{
	const struct _xmlNode *w = xdoc_child(root, "CollectionWindow");
	char from[64], until[64], price[24];
	enum rc rc;

	line(root, "Key", out->key, sizeof(out->key));
	line(root, "ClientReference", out->reference, sizeof(out->reference));
	line(root, "TrackingNumber", out->tracking, sizeof(out->tracking));
	line(root, "TrackingUrl", out->url, sizeof(out->url));
	out->state = state_of(root, out->word);
	(void)xdoc_attribute(w, "from", from, sizeof(from));
	(void)xdoc_attribute(w, "to", until, sizeof(until));
	(void)xdoc_text(root, "PriceMinor", price, sizeof(price));
	(void)xdoc_attribute(xdoc_child(root, "PriceMinor"), "currency",
	    out->currency, sizeof(out->currency));
	rc = time_of(from, &out->from, e);
	if (rc == RC_OK)
		rc = time_of(until, &out->until, e);
	if (rc == RC_OK && num_parse(price, 0, INT64_MAX, &out->price) != RC_OK)
		rc = error_set(e, RC_INVALID, "\"%s\" is no price", price);
	if (rc == RC_OK)
		out->news = COURIER_DONE;
	return rc;
}

enum rc
funny_booking(
    const void *bytes, size_t n, struct courier_answer *out, struct error *e)
{
	struct xdoc d;
	enum rc rc;

	memset(out, 0, sizeof(*out));
	out->news = COURIER_AGAIN;
	rc = open_doc(&d, bytes, n, FUNNY_ANSWER_MAX, "Booking", e);
	if (rc == RC_OK)
		rc = read_booking(d.root, out, e);
	xdoc_release(&d);
	return rc;
}

/*** An error ***/

enum rc
funny_fault(
    const void *bytes, size_t n, struct courier_fault *out, struct error *e)
{
	char word[8];
	struct xdoc d;
	enum rc rc;

	rc = open_doc(&d, bytes, n, FUNNY_ANSWER_MAX, "Error", e);
	if (rc == RC_OK) {
		line(d.root, "Code", out->code, sizeof(out->code));
		line(d.root, "Field", out->field, sizeof(out->field));
		line(d.root, "Message", out->message, sizeof(out->message));
		line(d.root, "RequestId", out->request, sizeof(out->request));
		line(d.root, "Retryable", word, sizeof(word));
		out->retryable = strcmp(word, "true") == 0;
	}
	xdoc_release(&d);
	return rc;
}

/*** Events ***/

static enum rc
read_event(
    const struct _xmlNode *node, struct courier_event *out, struct error *e)
{
	char id[24], occurred[64], recorded[64];
	enum rc rc;

	memset(out, 0, sizeof(*out));
	(void)xdoc_text(node, "EventId", id, sizeof(id));
	line(node, "TrackingNumber", out->tracking, sizeof(out->tracking));
	line(node, "ClientReference", out->reference, sizeof(out->reference));
	line(node, "Detail", out->detail, sizeof(out->detail));
	line(node, "Place", out->place, sizeof(out->place));
	out->state = state_of(node, out->word);
	(void)xdoc_attribute(
	    xdoc_child(node, "Detail"), "code", out->code, sizeof(out->code));
	out->correction = strcmp(out->code, "CORRECTION") == 0;
	(void)xdoc_text(node, "OccurredAt", occurred, sizeof(occurred));
	if (!xdoc_text(node, "RecordedAt", recorded, sizeof(recorded)))
		memcpy(recorded, occurred, sizeof(recorded));
	rc = time_of(occurred, &out->occurred_at, e);
	if (rc == RC_OK)
		rc = time_of(recorded, &out->recorded_at, e);
	if (rc == RC_OK && num_parse(id, 1, INT64_MAX, &out->id) != RC_OK)
		rc = error_set(e, RC_INVALID, "\"%s\" is no event's id", id);
	return rc;
}

static enum rc
each_event(
    const struct _xmlNode *root, courier_put *put, void *ctx, struct error *e)
{
	const struct _xmlNode *node = xdoc_child(root, "Event");
	struct courier_event one;
	enum rc rc = RC_OK;

	for (; rc == RC_OK && node != NULL; node = xdoc_next(node)) {
		rc = read_event(node, &one, e);
		if (rc == RC_OK)
			rc = put(ctx, &one, e);
	}
	return rc;
}

enum rc
funny_events(const void *bytes, size_t n, courier_put *put, void *ctx,
    struct courier_page *page, struct error *e)
{
	struct xdoc d;
	char more[8];
	enum rc rc;

	memset(page, 0, sizeof(*page));
	page->news = COURIER_AGAIN;
	rc = open_doc(&d, bytes, n, FUNNY_EVENTS_MAX, "Events", e);
	if (rc == RC_OK) {
		(void)xdoc_attribute(
		    d.root, "next", page->next, sizeof(page->next));
		(void)xdoc_attribute(d.root, "more", more, sizeof(more));
		page->more = strcmp(more, "true") == 0;
		rc = each_event(d.root, put, ctx, e);
	}
	if (rc == RC_OK)
		page->news = COURIER_DONE;
	xdoc_release(&d);
	return rc;
}

enum rc
funny_shipment(const void *bytes, size_t n, courier_put *put, void *ctx,
    struct courier_answer *out, struct error *e)
{
	struct xdoc d;
	enum rc rc;

	memset(out, 0, sizeof(*out));
	out->news = COURIER_AGAIN;
	rc = open_doc(&d, bytes, n, FUNNY_EVENTS_MAX, "Shipment", e);
	if (rc == RC_OK)
		rc = read_booking(d.root, out, e);
	if (rc == RC_OK)
		rc = each_event(d.root, put, ctx, e);
	xdoc_release(&d);
	return rc;
}

enum rc
funny_event(
    const void *bytes, size_t n, struct courier_event *out, struct error *e)
{
	struct xdoc d;
	enum rc rc;

	memset(out, 0, sizeof(*out));
	rc = open_doc(&d, bytes, n, FUNNY_ANSWER_MAX, "StatusEvent", e);
	if (rc == RC_OK)
		rc = read_event(d.root, out, e);
	xdoc_release(&d);
	return rc;
}
