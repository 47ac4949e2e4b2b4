/*
 * /v1: what each call passes through before and after it is done: key, version,
 * parameters, Idempotency-Key, what was asked to go wrong.
 */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/token.h"
#include "peer/b64.h"
#include "sandbox/stripe.h"

#define KEY_BYTES 255
#define STALE_SECONDS 60 /* of a key in use whose program was killed */

#define CALL_FAULTS                                                            \
	"|timeout-before|timeout-after|cut-before|cut-after|error|"            \
	"error-after|busy|lock|slow|"

static const struct param expand_only[] = {
	{ "expand[#]", PARAM_TEXT, 1, 200, NULL },
};
static const struct param capture_params[] = {
	{ "amount_to_capture", PARAM_INT, 1, INT64_C(99999999), NULL },
	{ "expand[#]", PARAM_TEXT, 1, 200, NULL },
	{ "metadata[*]", PARAM_TEXT, 0, 500, NULL },
	{ "statement_descriptor_suffix", PARAM_TEXT, 1, 22, NULL },
};
static const struct param cancel_params[] = {
	{ "cancellation_reason", PARAM_WORD, 0, 0,
	    "abandoned|duplicate|fraudulent|requested_by_customer" },
	{ "expand[#]", PARAM_TEXT, 1, 200, NULL },
};
static const struct param update_params[] = {
	{ "description", PARAM_TEXT, 1, 1000, NULL },
	{ "expand[#]", PARAM_TEXT, 1, 200, NULL },
	{ "metadata[*]", PARAM_TEXT, 0, 500, NULL },
};
static const struct param refund_params[] = {
	{ "amount", PARAM_INT, 1, INT64_C(99999999), NULL },
	{ "charge", PARAM_TEXT, 1, 200, NULL },
	{ "expand[#]", PARAM_TEXT, 1, 200, NULL },
	{ "metadata[*]", PARAM_TEXT, 0, 500, NULL },
	{ "payment_intent", PARAM_TEXT, 1, 200, NULL },
	{ "reason", PARAM_WORD, 0, 0,
	    "duplicate|fraudulent|requested_by_customer" },
};
static const struct param list_params[] = {
	{ "charge", PARAM_TEXT, 1, 200, NULL },
	{ "created", PARAM_INT, 0, INT64_MAX, NULL },
	{ "created[gt]", PARAM_INT, 0, INT64_MAX - 1, NULL },
	{ "created[gte]", PARAM_INT, 0, INT64_MAX, NULL },
	{ "created[lt]", PARAM_INT, 0, INT64_MAX, NULL },
	{ "created[lte]", PARAM_INT, 0, INT64_MAX, NULL },
	{ "ending_before", PARAM_TEXT, 1, 200, NULL },
	{ "expand[#]", PARAM_TEXT, 1, 200, NULL },
	{ "limit", PARAM_INT, 1, 100, NULL },
	{ "payment_intent", PARAM_TEXT, 1, 200, NULL },
	{ "starting_after", PARAM_TEXT, 1, 200, NULL },
};
static const struct param event_params[] = {
	{ "created", PARAM_INT, 0, INT64_MAX, NULL },
	{ "created[gt]", PARAM_INT, 0, INT64_MAX - 1, NULL },
	{ "created[gte]", PARAM_INT, 0, INT64_MAX, NULL },
	{ "created[lt]", PARAM_INT, 0, INT64_MAX, NULL },
	{ "created[lte]", PARAM_INT, 0, INT64_MAX, NULL },
	{ "ending_before", PARAM_TEXT, 1, 200, NULL },
	{ "limit", PARAM_INT, 1, 100, NULL },
	{ "starting_after", PARAM_TEXT, 1, 200, NULL },
	{ "type", PARAM_TEXT, 1, 200, NULL },
	{ "types[#]", PARAM_TEXT, 1, 200, NULL },
};

struct call {
	const char *path; /* below /v1/ */
	enum method method;
	const char *name; /* for faults */
	stripe_do *act;
	const struct param *params;
	const size_t *count; /* NULL: n */
	size_t n;
};

#define P(table) table, NULL, sizeof(table) / sizeof((table)[0])

static const struct call calls[] = {
	{ "checkout/sessions", METHOD_POST, "create", stripe_session_create,
	    stripe_session_params, &stripe_session_param_count, 0 },
	{ "checkout/sessions", METHOD_GET, "list", stripe_session_list,
	    P(list_params) },
	{ "checkout/sessions/*", METHOD_GET, "show", stripe_session_show,
	    P(expand_only) },
	{ "checkout/sessions/*/line_items", METHOD_GET, "show",
	    stripe_session_lines, P(expand_only) },
	{ "checkout/sessions/*/expire", METHOD_POST, "expire",
	    stripe_session_expire, P(expand_only) },
	{ "payment_intents", METHOD_GET, "list", stripe_intent_list,
	    P(list_params) },
	{ "payment_intents/*", METHOD_GET, "intent", stripe_intent_show,
	    P(expand_only) },
	{ "payment_intents/*", METHOD_POST, "update", stripe_intent_update,
	    P(update_params) },
	{ "payment_intents/*/capture", METHOD_POST, "capture",
	    stripe_intent_capture, P(capture_params) },
	{ "payment_intents/*/cancel", METHOD_POST, "cancel",
	    stripe_intent_cancel, P(cancel_params) },
	{ "charges/*", METHOD_GET, "show", stripe_charge_show, P(expand_only) },
	{ "refunds", METHOD_POST, "refund", stripe_refund_create,
	    P(refund_params) },
	{ "refunds", METHOD_GET, "list", stripe_refund_list, P(list_params) },
	{ "refunds/*", METHOD_GET, "show", stripe_refund_show, P(expand_only) },
	{ "disputes/*", METHOD_GET, "show", stripe_dispute_show,
	    P(expand_only) },
	{ "radar/early_fraud_warnings/*", METHOD_GET, "show",
	    stripe_warning_show, P(expand_only) },
	{ "events", METHOD_GET, "list", stripe_event_list, P(event_params) },
	{ "events/*", METHOD_GET, "show", stripe_event_show, P(expand_only) },
};

/*** Errors ***/

void
stripe_fail(struct stripe_call *c, int status, const char *type,
    const char *code, const char *param, const char *fmt, ...)
{
	json_t *error = json_object();
	struct buf text;
	va_list ap;

	buf_init(&text, 2000);
	va_start(ap, fmt);
	buf_vprintf(&text, fmt, ap);
	va_end(ap);
	if (code != NULL) {
		stripe_set(error, "code", code);
		(void)json_object_set_new(error, "doc_url",
		    json_sprintf(
			"https://stripe.com/docs/error-codes/%s", code));
	}
	stripe_set(error, "message", buf_str(&text));
	if (param != NULL)
		stripe_set(error, "param", param);
	(void)json_object_set_new(error, "request_log_url",
	    json_sprintf(
		"https://dashboard.stripe.com/test/logs/%s", c->request));
	stripe_set(error, "type", type);
	json_decref(c->out);
	c->out = json_pack("{s:o}", "error", error);
	c->status = status;
	buf_release(&text);
}

/* The param with the fault that its table has found. */
static void
fail_param(struct stripe_call *c, enum params_fault fault, size_t at,
    const struct param *rule)
{
	const char *name = c->p.each[at].name, *value = c->p.each[at].value;
	static const struct {
		const char *code, *words; /* "%s": name, "%v": value */
	} each[] = {
		[PARAMS_FINE] = { NULL, "" },
		[PARAMS_UNKNOWN] = { "parameter_unknown",
		    "Received unknown parameter: " },
		[PARAMS_TWICE] = { "parameter_invalid_duplicate",
		    "Sent more than once: " },
		[PARAMS_SHAPE] = { "parameter_invalid_shape",
		    "Invalid array or object: " },
		[PARAMS_NO_INT] = { "parameter_invalid_integer",
		    "Invalid integer: " },
		[PARAMS_RANGE] = { "parameter_invalid_integer",
		    "Outside its range: " },
		[PARAMS_LONG] = { "parameter_invalid_string_too_long",
		    "Too long a string: " },
		[PARAMS_EMPTY] = { "parameter_invalid_empty",
		    "You passed an empty string for: " },
		[PARAMS_NO_WORD] = { NULL, "Invalid value, must be one of " },
		[PARAMS_NO_BOOL] = { "parameter_invalid_boolean",
		    "Invalid boolean: " },
	};
	bool says_name = fault == PARAMS_UNKNOWN || fault == PARAMS_TWICE ||
			 fault == PARAMS_SHAPE || fault == PARAMS_LONG ||
			 fault == PARAMS_EMPTY;

	if (strncmp(name, "payment_method_types", 20) == 0)
		stripe_fail(c, 400, STRIPE_INVALID,
		    "payment_method_types_no_longer_supported",
		    "payment_method_types",
		    "The `payment_method_types` parameter is no longer "
		    "supported. Use `allowed_payment_method_types` or "
		    "`excluded_payment_method_types`.");
	else
		stripe_fail(c, 400, STRIPE_INVALID, each[fault].code, name,
		    "%s%s", each[fault].words,
		    fault == PARAMS_NO_WORD ? rule->words
		    : says_name             ? name
					    : value);
}

/*** Who asks, in which version ***/

/* RFC 4648 section 4, of which peer/b64.h has the other alphabet. */
static void
put_plain(struct buf *out, const char *s)
{
	char text[400];
	size_t n = strcspn(s, "="), i;

	if (n >= sizeof(text))
		return;
	for (i = 0; i < n; i++)
		text[i] = (char)(s[i] == '+' ? '-' : s[i] == '/' ? '_' : s[i]);
	if (b64_get(out, text, n) != RC_OK)
		buf_reset(out);
}

/* "Bearer KEY", or Basic with the key as user. */
static void
put_key(const struct box *b, struct buf *out)
{
	const char *header = box_var(b, "HTTP_AUTHORIZATION");
	struct buf text;

	buf_init(&text, 400);
	if (header != NULL && strncmp(header, "Bearer ", 7) == 0)
		buf_puts(out, header + 7);
	else if (header != NULL && strncmp(header, "Basic ", 6) == 0) {
		put_plain(&text, header + 6);
		buf_put(out, buf_str(&text), strcspn(buf_str(&text), ":"));
	}
	buf_release(&text);
}

static bool
may_ask(struct stripe_call *c)
{
	const char *own = c->b->settings->stripe_key;
	struct buf key;
	bool ok;

	buf_init(&key, 400);
	put_key(c->b, &key);
	ok = key.len > 0 && key.len == strlen(own) &&
	     token_equal(buf_str(&key), own, key.len) != 0;
	if (key.len == 0)
		stripe_fail(c, 401, STRIPE_INVALID, NULL, NULL,
		    "You did not provide an API key. You need to provide your "
		    "API key in the Authorization header, using Bearer auth "
		    "(e.g. 'Authorization: Bearer YOUR_SECRET_KEY').");
	else if (!ok)
		stripe_fail(c, 401, STRIPE_INVALID, "api_key_invalid", NULL,
		    "Invalid API Key provided: %.7s***", buf_str(&key));
	buf_release(&key);
	return ok;
}

static bool
version_is_known(struct stripe_call *c)
{
	const char *version = box_var(c->b, "HTTP_STRIPE_VERSION");

	if (version == NULL || strcmp(version, STRIPE_API) == 0)
		return true;
	stripe_fail(c, 400, STRIPE_INVALID, NULL, NULL,
	    "Invalid Stripe API version: %s. This sandbox knows %s.", version,
	    STRIPE_API);
	return false;
}

static const struct call *
call_of(struct stripe_call *c, char id[STRIPE_ID])
{
	const char *path = c->b->star[0], *at, *route;
	size_t i, n;

	for (i = 0; i < sizeof(calls) / sizeof(calls[0]); i++) {
		route = calls[i].path;
		id[0] = '\0';
		for (at = path; *at != '\0' && *route != '\0';) {
			if (*route != '*') {
				if (*route++ != *at++)
					break;
				continue;
			}
			n = strcspn(at, "/");
			if (n == 0 || n >= STRIPE_ID)
				break;
			memcpy(id, at, n);
			id[n] = '\0';
			at += n;
			route++;
		}
		if (*at == '\0' && *route == '\0' &&
		    calls[i].method == c->b->q.method)
			return &calls[i];
	}
	stripe_fail(c, 404, STRIPE_INVALID, NULL, NULL,
	    "Unrecognized request URL (%s: /v1/%s). Please see "
	    "https://stripe.com/docs or we can help at "
	    "https://support.stripe.com/.",
	    c->b->q.method == METHOD_POST ? "POST" : "GET", path);
	return NULL;
}

static bool
read_params(struct stripe_call *c)
{
	const struct request *q = &c->b->q;
	bool post = q->method == METHOD_POST;
	const struct buf *from = post ? &q->body : &q->query;

	if (post && from->len > 0 && !request_is_form(q)) {
		stripe_fail(c, 400, STRIPE_INVALID, NULL, NULL,
		    "Invalid request (check that your POST content type is "
		    "application/x-www-form-urlencoded).");
		return false;
	}
	if (params_read(&c->p, buf_str(from), from->len, NULL) == RC_OK)
		return true;
	stripe_fail(c, 400, STRIPE_INVALID, NULL, NULL,
	    "Invalid request: the parameters are malformed.");
	return false;
}

static bool
params_fine(struct stripe_call *c, const struct call *call)
{
	size_t n = call->count != NULL ? *call->count : call->n, at;
	const struct param *rule;
	enum params_fault fault;

	fault = params_check(&c->p, call->params, n, &at, &rule);
	if (fault != PARAMS_FINE)
		fail_param(c, fault, at, rule);
	return fault == PARAMS_FINE;
}

/*** The key: docs.stripe.com/api/idempotent_requests ***/

static int
by_text(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* Of the parameters in whatever order. */
static void
digest_of(const struct stripe_call *c, char out[HASH_SIZE])
{
	const char *sorted[PARAMS_MAX];
	struct buf text;
	size_t i, n = c->p.n;

	for (i = 0; i < n; i++)
		sorted[i] = c->p.each[i].name;
	qsort(sorted, n, sizeof(sorted[0]), by_text);
	buf_init(&text, 2 * LIMIT_BODY + LIMIT_URL);
	buf_puts(&text, buf_str(&c->b->q.path));
	for (i = 0; i < n; i++)
		buf_printf(&text, "\n%zu %s=%s", strlen(sorted[i]), sorted[i],
		    params_get(&c->p, "%s", sorted[i]));
	hash_hex(buf_str(&text), text.len, out);
	buf_release(&text);
}

/* What is kept under the key becomes the answer. */
static void
replay(struct stripe_call *c, struct store_rows *q, const char *digest)
{
	if (strcmp(store_text(q, 0), digest) != 0)
		stripe_fail(c, 400, "idempotency_error", NULL, NULL,
		    "Keys for idempotent requests can only be used with the "
		    "same parameters they were first used with. Try using a "
		    "key other than '%s' if you meant to execute a different "
		    "request.",
		    c->key);
	else if (store_int(q, 1) == 0)
		stripe_fail(c, 409, "idempotency_error",
		    "idempotency_key_in_use", NULL,
		    "There is currently another in-progress request using this "
		    "Idempotent Key (that probably means you submitted twice, "
		    "and the other request is still going through): %s. Please "
		    "try again later.",
		    c->key);
	else {
		c->status = (int)store_int(q, 2);
		c->out = json_loads(store_text(q, 3), 0, NULL);
		reply_header(&c->b->r, "Idempotent-Replayed", "true");
		reply_header(&c->b->r, "Original-Request", store_text(q, 4));
	}
}

/* Whether the call is to be done now: its key is then in use. */
static bool
key_begins(struct stripe_call *c, struct error *e)
{
	char digest[HASH_SIZE];
	struct store_rows q;
	bool fresh = false;

	if (strlen(c->key) > KEY_BYTES) {
		stripe_fail(c, 400, "idempotency_error", NULL, NULL,
		    "Idempotency keys may have up to 255 characters.");
		return false;
	}
	digest_of(c, digest);
	if (store_begin(&c->st, e) != RC_OK)
		return false;
	store_run(&c->st, "DELETE FROM idem WHERE done = 0 AND at < ?", "i",
	    clock_now() - STALE_SECONDS);
	store_ask(&c->st, &q,
	    "SELECT digest, done, status, body, request FROM idem WHERE "
	    "\"key\" = ?",
	    "s", c->key);
	if (store_next(&q))
		replay(c, &q, digest);
	else
		fresh = true;
	store_done(&q);
	if (fresh)
		store_run(&c->st,
		    "INSERT INTO idem (\"key\", digest, done, at, request) "
		    "VALUES (?, ?, 0, ?, ?)",
		    "ssis", c->key, digest, clock_now(), c->request);
	return store_commit(&c->st, e) == RC_OK && fresh;
}

static void
key_forgotten(struct stripe_call *c)
{
	if (c->key != NULL)
		store_run(&c->st,
		    "DELETE FROM idem WHERE \"key\" = ? AND done = 0", "s",
		    c->key);
}

static void
key_ends(struct stripe_call *c)
{
	char *text = json_dumps(c->out, JSON_COMPACT);

	if (c->key != NULL)
		store_run(&c->st,
		    "UPDATE idem SET done = 1, status = ?, body = ? WHERE "
		    "\"key\" = ?",
		    "iss", (int64_t)c->status, text, c->key);
	free(text);
}

/*** Done ***/

static void
internal(struct stripe_call *c)
{
	stripe_fail(
	    c, 500, "api_error", NULL, NULL, "An unknown error occurred");
}

static bool
is(const struct fault *f, const char *kind)
{
	return strcmp(f->kind, kind) == 0;
}

/* In one unit: what is due, the call, its events, the answer under its key. */
static enum rc
act(struct stripe_call *c, const struct call *call, const char *id,
    const struct fault *f, struct error *e)
{
	bool writes = call->method == METHOD_POST || stripe_is_due(c);
	enum rc rc = RC_OK;

	if (writes)
		rc = store_begin(&c->st, e);
	if (rc != RC_OK)
		return rc;
	if (writes)
		stripe_settle(c);
	if (is(f, "error"))
		internal(c);
	else
		call->act(c, id);
	if (is(f, "error-after"))
		internal(c);
	/* what is wrong with a new session is wrong with its parameters, and
	 * an answer to those is not kept */
	if (call->act == stripe_session_create && c->status == 400)
		key_forgotten(c);
	else if (call->method == METHOD_POST)
		key_ends(c);
	if (!writes)
		return store_rc(&c->st, e);
	stripe_events_end(c);
	return store_commit(&c->st, e);
}

/* The faults that come before anything is done. */
static bool
stopped(struct stripe_call *c, const struct fault *f)
{
	if (is(f, "busy"))
		stripe_fail(c, 429, STRIPE_INVALID, "rate_limit", NULL,
		    "Request rate limit exceeded. Learn more about rate limits "
		    "here https://stripe.com/docs/rate-limits.");
	else if (is(f, "lock"))
		stripe_fail(c, 409, STRIPE_INVALID, "lock_timeout", NULL,
		    "This object cannot be accessed right now because another "
		    "API request or Stripe process is currently accessing it.");
	else if (is(f, "timeout-before") || is(f, "cut-before"))
		internal(c);
	else
		return false;
	return true;
}

static void
break_off(struct stripe_call *c, const struct fault *f)
{
	if (is(f, "timeout-before") || is(f, "timeout-after"))
		clock_sleep_ms(f->seconds * 1000);
	else if (!is(f, "cut-before") && !is(f, "cut-after"))
		return;
	c->b->cut = true;
	reply_header(&c->b->r, "Connection", "close");
}

static enum rc
run(struct stripe_call *c, struct fault *f, struct error *e)
{
	const struct call *call;
	char id[STRIPE_ID];
	int64_t sent, failed;
	enum rc rc;

	if (!may_ask(c) || !version_is_known(c) ||
	    (call = call_of(c, id)) == NULL || !read_params(c))
		return RC_OK;
	fault_take(&c->st, CALL_FAULTS, call->name, f);
	if (stopped(c, f))
		return store_rc(&c->st, e);
	if (c->b->q.method == METHOD_POST)
		c->key = box_var(c->b, "HTTP_IDEMPOTENCY_KEY");
	if (c->key != NULL && !key_begins(c, e))
		return store_rc(&c->st, e);
	if (!params_fine(c, call)) {
		key_forgotten(c);
		return store_rc(&c->st, e);
	}
	if (is(f, "slow"))
		clock_sleep_ms(f->seconds * 1000);
	rc = act(c, call, id, f, e);
	if (rc == RC_OK && c->early)
		stripe_hooks_send(c, false, &sent, &failed);
	return rc;
}

enum rc
stripe_api(struct box *b, struct error *e)
{
	struct fault f = { "", 0 };
	struct stripe_call c;
	enum rc rc;

	rc = stripe_open(&c, b, e);
	stripe_name(c.request, "req_", 14);
	if (rc == RC_OK)
		rc = run(&c, &f, e);
	if (rc != RC_OK) {
		log_failure("the sandbox could not do a call", e);
		error_clear(e);
		internal(&c);
	}
	reply_header(&b->r, "Request-Id", c.request);
	reply_header(&b->r, "Stripe-Version", STRIPE_API);
	if (c.key != NULL)
		reply_header(&b->r, "Idempotency-Key", c.key);
	rc = box_json(b, c.status, c.out, e);
	c.out = NULL;
	break_off(&c, &f);
	stripe_close(&c);
	return rc;
}
