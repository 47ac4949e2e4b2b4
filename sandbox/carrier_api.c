/*
 * /v1: what each call passes through before and after it is done: key, method,
 * what was asked to go wrong.
 */
#include "config.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "base/clock.h"
#include "base/limits.h"
#include "base/num.h"
#include "peer/funny_schema.h"
#include "peer/xout.h"
#include "sandbox/carrier.h"

#define CALL_FAULTS                                                            \
	"|timeout-before|timeout-after|cut-before|cut-after|error|"            \
	"error-after|busy|closed|malformed|doctype|invalid|expired|refuse|"

void
carrier_fail(struct carrier_call *c, int status, const char *code,
    const char *field, const char *fmt, ...)
{
	struct reply *r = &c->b->r;
	struct buf words;
	va_list ap;

	buf_init(&words, LIMIT_LINE);
	va_start(ap, fmt);
	buf_vprintf(&words, fmt, ap);
	va_end(ap);
	reply_status(r, status);
	buf_reset(&r->body);
	xout_begin(&r->body, "Error", FUNNY_NAMESPACE);
	xout_text(&r->body, "Code", code, 0);
	xout_text(&r->body, "Message", buf_str(&words), 500);
	if (field != NULL)
		xout_text(&r->body, "Field", field, 0);
	xout_text(&r->body, "Retryable",
	    status == 429 || status >= 500 ? "true" : "false", 0);
	xout_text(&r->body, "RequestId", c->b->q.id, 0);
	xout_close(&r->body, "Error");
	buf_release(&words);
}

/* Only what is no form was not read before. */
bool
carrier_body(struct carrier_call *c, struct buf *out)
{
	const char *type = c->b->q.content_type;
	const char *length = box_var(c->b, "CONTENT_LENGTH");
	char piece[4096];
	int64_t left;
	ssize_t n;

	if (type == NULL || strncasecmp(type, "application/xml", 15) != 0) {
		carrier_fail(c, 415, "UNSUPPORTED_TYPE", NULL,
		    "The Content-Type has to be application/xml.");
		return false;
	}
	if (num_parse(length, 0, INT64_MAX, &left) != RC_OK) {
		carrier_fail(c, 411, "LENGTH_REQUIRED", NULL,
		    "The request states no length.");
		return false;
	}
	if (left > LIMIT_BODY) {
		carrier_fail(c, 413, "TOO_LARGE", NULL,
		    "A request has at most %d bytes.", LIMIT_BODY);
		return false;
	}
	for (; left > 0; left -= n) {
		n = c->b->src->read(c->b->src->ctx, piece,
		    left < (int64_t)sizeof(piece) ? (size_t)left
						  : sizeof(piece));
		if (n <= 0)
			break;
		buf_put(out, piece, (size_t)n);
	}
	if (left == 0 && buf_rc(out) == RC_OK)
		return true;
	carrier_fail(c, 400, "MALFORMED_XML", NULL, "The request broke off.");
	return false;
}

/*** Which call ***/

struct op {
	const char *method, *path, *on;
	carrier_do *run;
	bool pdf;
};

/* name: what the "*" is. */
static bool
fits(const char *path, const char *rule, char name[CARRIER_NAME * 4])
{
	size_t head = strcspn(rule, "*"), n;

	name[0] = '\0';
	if (rule[head] == '\0')
		return strcmp(path, rule) == 0;
	if (strncmp(path, rule, head) != 0)
		return false;
	n = strcspn(path + head, "/");
	if (n == 0 || n >= (size_t)CARRIER_NAME * 4 ||
	    strcmp(path + head + n, rule + head + 1) != 0)
		return false;
	memcpy(name, path + head, n);
	name[n] = '\0';
	return true;
}

static const struct op *
op_of(struct carrier_call *c, char name[CARRIER_NAME * 4])
{
	static const struct op all[] = {
		{ "PUT", "bookings/*", "book", carrier_book, false },
		{ "GET", "bookings/*", "look", carrier_look, false },
		{ "DELETE", "bookings/*", "cancel", carrier_cancel, false },
		{ "GET", "bookings/*/label", "label", carrier_label, true },
		{ "GET", "events", "events", carrier_events, false },
		{ "GET", "shipments/*", "shipment", carrier_shipment, false },
	};
	const char *method = box_var(c->b, "REQUEST_METHOD");
	bool there = false;

	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
		if (!fits(c->b->star[0], all[i].path, name))
			continue;
		there = true;
		if (method != NULL && strcmp(method, all[i].method) == 0)
			return &all[i];
	}
	if (there)
		carrier_fail(c, 405, "METHOD_NOT_ALLOWED", NULL,
		    "This address does not take that method.");
	else
		carrier_fail(
		    c, 404, "NOT_FOUND", NULL, "There is no such address.");
	return NULL;
}

static bool
let_in(struct carrier_call *c)
{
	const char *given = box_var(c->b, "HTTP_AUTHORIZATION");
	const char *key = c->b->settings->courier_key;

	if (given != NULL && strncmp(given, "Bearer ", 7) == 0 &&
	    strcmp(given + 7, key) == 0)
		return true;
	carrier_fail(
	    c, 401, "BAD_KEY", NULL, "The API key is missing or wrong.");
	return false;
}

/* An Accept of another kind is 406; of any kind, or none, is fine. */
static bool
accepts(struct carrier_call *c, const struct op *op)
{
	const char *accept = box_var(c->b, "HTTP_ACCEPT");
	const char *want = op->pdf ? "application/pdf" : "application/xml";

	if (accept == NULL || strstr(accept, "*/*") != NULL ||
	    strstr(accept, want) != NULL)
		return true;
	carrier_fail(c, 406, "NOT_ACCEPTABLE", NULL, "This is %s.", want);
	return false;
}

/*** What was asked to go wrong ***/

static bool
is(const struct fault *f, const char *kind)
{
	return strcmp(f->kind, kind) == 0;
}

/* Whether that is all of the answer. */
static bool
wrong_before(struct carrier_call *c, const struct fault *f)
{
	struct reply *r = &c->b->r;
	char seconds[24];

	if (is(f, "error") || is(f, "timeout-before") || is(f, "cut-before"))
		carrier_fail(c, 500, "INTERNAL", NULL, "Something broke.");
	else if (is(f, "closed"))
		carrier_fail(c, 503, "UNAVAILABLE", NULL, "Closed for lunch.");
	else if (is(f, "busy"))
		carrier_fail(c, 429, "TOO_MANY", NULL, "Slower, please.");
	else if (is(f, "expired"))
		carrier_fail(c, 410, "CURSOR_EXPIRED", NULL,
		    "The cursor is older than %d days.", CARRIER_CURSOR_DAYS);
	else if (is(f, "refuse"))
		carrier_fail(c, 422, "ADDRESS_NOT_SERVED",
		    "/Delivery/Address/PostCode", "Nobody drives there.");
	else
		return false;
	if (is(f, "busy") || is(f, "closed")) {
		(void)snprintf(seconds, sizeof(seconds), "%lld",
		    (long long)(f->seconds > 0 ? f->seconds : 1));
		reply_header(r, "Retry-After", seconds);
	}
	return true;
}

static void
spoil(struct reply *r, const char *mark, const char *with)
{
	struct buf copy;
	const char *at;

	buf_init(&copy, LIMIT_PAGE);
	at = strstr(buf_str(&r->body), mark);
	if (at != NULL) {
		buf_put(
		    &copy, buf_str(&r->body), (size_t)(at - buf_str(&r->body)));
		buf_puts(&copy, with);
		buf_puts(&copy, at);
		buf_reset(&r->body);
		buf_put(&r->body, buf_str(&copy), copy.len);
	}
	buf_release(&copy);
}

static void
wrong_after(struct carrier_call *c, const struct fault *f)
{
	struct reply *r = &c->b->r;

	if (is(f, "error-after"))
		carrier_fail(c, 500, "INTERNAL", NULL, "Something broke.");
	else if (is(f, "malformed"))
		buf_cut(&r->body, r->body.len / 2);
	else if (is(f, "doctype"))
		spoil(r, "\n<", "\n<!DOCTYPE x>");
	else if (is(f, "invalid"))
		spoil(r, "</", "<Surprise>1</Surprise>");
	if (strncmp(f->kind, "timeout", 7) == 0)
		clock_sleep_ms(1000 * (f->seconds > 0 ? f->seconds : 25));
	if (strncmp(f->kind, "timeout", 7) == 0 ||
	    strncmp(f->kind, "cut", 3) == 0)
		c->b->cut = true;
}

/*** A call ***/

/* The same key is refused again: who did not get the first answer, and asks
 * once more, is not told otherwise. */
static void
stay_refused(struct carrier_call *c, const char *key, struct fault *f)
{
	struct store_rows q;

	if (is(f, "refuse"))
		store_run(&c->st,
		    "INSERT OR REPLACE INTO setting VALUES ('refused ' || ?, "
		    "1)",
		    "s", key);
	store_ask(&c->st, &q,
	    "SELECT 1 FROM setting WHERE name = 'refused ' || ?", "s", key);
	if (store_next(&q))
		(void)snprintf(f->kind, sizeof(f->kind), "refuse");
	store_done(&q);
}

/* What is due by now, and the fault, are a unit of their own: a call that is
 * then slow holds nobody up. */
static enum rc
begin(struct carrier_call *c, const struct op *op, const char *name,
    struct fault *f, struct error *e)
{
	enum rc rc = store_begin(&c->st, e);

	if (rc != RC_OK)
		return rc;
	carrier_settle(c);
	fault_take(&c->st, CALL_FAULTS, op->on, f);
	if (op->run == carrier_book)
		stay_refused(c, name, f);
	return store_commit(&c->st, e);
}

static enum rc
run(struct carrier_call *c, struct error *e)
{
	char name[CARRIER_NAME * 4];
	struct fault f;
	const struct op *op;
	enum rc rc;

	if (!let_in(c))
		return RC_OK;
	op = op_of(c, name);
	if (op == NULL || !accepts(c, op))
		return RC_OK;
	rc = begin(c, op, name, &f, e);
	if (rc != RC_OK)
		return rc;
	if (!wrong_before(c, &f)) {
		rc = store_begin(&c->st, e);
		if (rc == RC_OK) {
			op->run(c, name);
			rc = store_commit(&c->st, e);
		}
	}
	if (rc == RC_OK)
		wrong_after(c, &f);
	return rc;
}

enum rc
carrier_api(struct box *b, struct error *e)
{
	struct carrier_call c;
	enum rc rc;

	rc = carrier_open(&c, b, e);
	if (rc == RC_OK)
		rc = run(&c, e);
	b->r.type = c.pdf ? "application/pdf" : "application/xml";
	reply_header(&b->r, "X-Request-Id", b->q.id);
	carrier_close(&c);
	return rc;
}
