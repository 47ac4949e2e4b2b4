/*
 * paypal - the stand-in of PayPal (sandbox/wallet.h), below /sandbox/paypal of
 * the private Apache; with -w the process that sends its webhooks, until it is
 * ended.
 */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <jansson.h>
#include <openssl/evp.h>

#include "base/clock.h"
#include "base/limits.h"
#include "base/log.h"
#include "base/token.h"
#include "sandbox/wallet.h"

#define PAUSE_MS 50
#define TOKEN_LIFE 32400 /* seconds */
#define CALL_FAULTS                                                            \
	"|timeout-before|timeout-after|cut-before|cut-after|error|error-"      \
	"after|busy|progress|unauthorised|"

static const char schema[] =
    "CREATE TABLE IF NOT EXISTS paypal_order (id TEXT PRIMARY KEY, due "
    "INTEGER, body TEXT);"
    "CREATE INDEX IF NOT EXISTS order_due ON paypal_order (due) WHERE due > 0;"
    "CREATE TABLE IF NOT EXISTS name (id TEXT PRIMARY KEY, \"order\" TEXT);"
    "CREATE TABLE IF NOT EXISTS dispute (id TEXT PRIMARY KEY, capture TEXT, "
    "body TEXT);"
    "CREATE TABLE IF NOT EXISTS token (hash TEXT PRIMARY KEY, until INTEGER);"
    "CREATE TABLE IF NOT EXISTS idem (\"key\" TEXT, path TEXT, digest TEXT, "
    "status INTEGER, body TEXT, PRIMARY KEY (\"key\", path));"
    "CREATE TABLE IF NOT EXISTS event (seq INTEGER PRIMARY KEY, id TEXT "
    "UNIQUE, type TEXT, body TEXT);"
    /* state: 0 waits, 1 is being sent, 2 arrived, 3 given up; due in ms */
    "CREATE TABLE IF NOT EXISTS hook (seq INTEGER PRIMARY KEY, event TEXT, due "
    "INTEGER, tries INTEGER DEFAULT 0, tried INTEGER DEFAULT 0, state INTEGER "
    "DEFAULT 0, status INTEGER DEFAULT 0, \"as\" TEXT);"
    "CREATE INDEX IF NOT EXISTS hook_wait ON hook (seq) WHERE state < 2;"
    /* it once lacked skip */
    "DROP TABLE IF EXISTS fault;"
    "CREATE TABLE fault (id INTEGER PRIMARY KEY, kind TEXT, \"on\" TEXT, "
    "seconds INTEGER, skip INTEGER, times INTEGER);";

struct call {
	const char *before, *after; /* around the name in the path */
	enum method method;
	const char *name; /* for faults */
	wallet_do *act;
};

static const struct call calls[] = {
	{ "/v2/checkout/orders", NULL, METHOD_POST, "create", wallet_create },
	{ "/v2/checkout/orders/", "", METHOD_GET, "show", wallet_show },
	{ "/v2/checkout/orders/", "/authorize", METHOD_POST, "authorize",
	    wallet_authorise },
	{ "/v2/payments/authorizations/", "", METHOD_GET, "show",
	    wallet_show_authorisation },
	{ "/v2/payments/authorizations/", "/capture", METHOD_POST, "capture",
	    wallet_capture },
	{ "/v2/payments/authorizations/", "/void", METHOD_POST, "void",
	    wallet_void },
	{ "/v2/payments/captures/", "", METHOD_GET, "show",
	    wallet_show_capture },
	{ "/v2/payments/captures/", "/refund", METHOD_POST, "refund",
	    wallet_refund },
	{ "/v2/payments/refunds/", "", METHOD_GET, "show", wallet_show_refund },
	{ "/v1/customer/disputes/", "", METHOD_GET, "show",
	    wallet_show_dispute },
	{ "/v1/notifications/verify-webhook-signature", NULL, METHOD_POST,
	    "verify", wallet_verify },
	{ "/v1/notifications/webhooks-events", NULL, METHOD_GET, "list",
	    wallet_list_events },
	/* as its own links name it */
	{ "/v1/notifications/webhooks-events/", NULL, METHOD_GET, "list",
	    wallet_list_events },
};

enum rc
wallet_open(struct wallet *w, struct box *b, struct error *e)
{
	memset(w, 0, sizeof(*w));
	w->b = b;
	return store_open(&w->st, b->folder, "paypal", schema, e);
}

void
wallet_close(struct wallet *w)
{
	json_decref(w->in);
	json_decref(w->out);
	w->in = w->out = NULL;
	store_close(&w->st);
}

/*** Errors ***/

void
wallet_fail(struct wallet *w, int status, const char *name, const char *issue,
    const char *field, const char *words)
{
	char debug[WALLET_ID];

	wallet_random(debug, 13);
	json_decref(w->out);
	w->status = status;
	w->out = json_pack("{s:s,s:s,s:s,s:[]}", "name", name, "message", words,
	    "debug_id", debug, "links");
	if (issue != NULL)
		(void)json_object_set_new(w->out, "details",
		    json_pack("[{s:s,s:s,s:s,s:s}]", "field", field, "location",
			"body", "issue", issue, "description", words));
}

void
wallet_refuse(
    struct wallet *w, const char *issue, const char *field, const char *words)
{
	wallet_fail(w, 422, "UNPROCESSABLE_ENTITY", issue, field, words);
}

/*** Who asks ***/

/* client_credentials; RFC 6749 section 4.4. */
enum rc
wallet_token(struct box *b, struct error *e)
{
	const struct settings *s = b->settings;
	const char *header = box_var(b, "HTTP_AUTHORIZATION");
	char token[TOKEN_SIZE], hash[HASH_SIZE];
	unsigned char want[1500] = "";
	struct buf plain;
	struct wallet w;
	bool ours;
	enum rc rc;

	buf_init(&plain, 1000);
	buf_printf(&plain, "%s:%s", s->paypal_client_id, s->paypal_secret);
	(void)EVP_EncodeBlock(
	    want, (const unsigned char *)buf_str(&plain), (int)plain.len);
	ours = header != NULL && strncmp(header, "Basic ", 6) == 0 &&
	       strcmp(header + 6, (const char *)want) == 0;
	buf_release(&plain);
	if (!ours)
		return box_json(b, 401,
		    json_pack("{s:s,s:s}", "error", "invalid_client",
			"error_description", "Client Authentication failed"),
		    e);
	if (!request_is_form(&b->q) ||
	    strcmp(buf_str(&b->q.body), "grant_type=client_credentials") != 0)
		return box_json(b, 400,
		    json_pack("{s:s,s:s}", "error", "unsupported_grant_type",
			"error_description", "Grant Type is NULL"),
		    e);
	rc = token_random(token, e);
	hash_hex(token, strlen(token), hash);
	if (rc == RC_OK)
		rc = wallet_open(&w, b, e);
	if (rc != RC_OK)
		return rc;
	store_run(&w.st, "INSERT INTO token (hash, until) VALUES (?, ?)", "si",
	    hash, b->now + TOKEN_LIFE);
	rc = store_rc(&w.st, e);
	wallet_close(&w);
	if (rc != RC_OK)
		return rc;
	return box_json(b, 200,
	    json_pack("{s:s,s:s,s:s,s:s,s:i}", "scope",
		"https://uri.paypal.com/services/payments", "access_token",
		token, "token_type", "Bearer", "app_id", "APP-SANDBOX",
		"expires_in", TOKEN_LIFE),
	    e);
}

static bool
may_ask(struct wallet *w)
{
	const char *header = box_var(w->b, "HTTP_AUTHORIZATION");
	char hash[HASH_SIZE] = "";
	struct store_rows q;
	bool ours;

	if (header != NULL && strncmp(header, "Bearer ", 7) == 0)
		hash_hex(header + 7, strlen(header + 7), hash);
	store_ask(&w->st, &q,
	    "SELECT 1 FROM token WHERE hash = ? AND until > ?", "si", hash,
	    w->b->now);
	ours = store_next(&q);
	store_done(&q);
	if (!ours)
		wallet_fail(w, 401, "AUTHENTICATION_FAILURE", NULL, "",
		    "Authentication failed due to invalid authentication "
		    "credentials or a missing Authorization header.");
	return ours;
}

/*** What is sent ***/

static bool
read_body(struct wallet *w)
{
	const struct buf *body = &w->b->q.body;
	const char *type = w->b->q.content_type;

	/* the official client voids without a body or a type */
	if (w->b->q.method != METHOD_POST || body->len == 0)
		return true;
	if (type == NULL || strncmp(type, "application/json", 16) != 0) {
		wallet_fail(w, 415, "UNSUPPORTED_MEDIA_TYPE", NULL, "",
		    "The server does not support the request payload's media "
		    "type.");
		return false;
	}
	if (body->len == 0)
		return true;
	w->in =
	    json_loadb(buf_str(body), body->len, JSON_REJECT_DUPLICATES, NULL);
	if (!json_is_object(w->in)) {
		wallet_fail(w, 400, "INVALID_REQUEST", "MALFORMED_REQUEST_JSON",
		    "", "The request JSON is not well formed.");
		return false;
	}
	return true;
}

static bool
read_key(struct wallet *w)
{
	const char *prefer = box_var(w->b, "HTTP_PREFER");

	w->whole =
	    prefer != NULL && strcmp(prefer, "return=representation") == 0;
	w->key = box_var(w->b, "HTTP_PAYPAL_REQUEST_ID");
	if (w->key == NULL || (strlen(w->key) >= 1 && strlen(w->key) <= 108))
		return true;
	wallet_fail(w, 400, "INVALID_REQUEST", "INVALID_STRING_LENGTH",
	    "PayPal-Request-Id", "A key has 1 to 108 characters.");
	return false;
}

static const struct call *
call_of(struct wallet *w, const char *path, char id[WALLET_ID])
{
	for (size_t i = 0; i < sizeof(calls) / sizeof(calls[0]); i++) {
		const struct call *k = &calls[i];
		size_t n = strlen(k->before), m;

		id[0] = '\0';
		if (k->method != w->b->q.method ||
		    strncmp(path, k->before, n) != 0)
			continue;
		m = strcspn(path + n, "/");
		if (k->after == NULL ? path[n] != '\0'
				     : m == 0 || m >= WALLET_ID ||
					   strcmp(path + n + m, k->after) != 0)
			continue;
		memcpy(id, path + n, k->after == NULL ? 0 : m);
		id[k->after == NULL ? 0 : m] = '\0';
		return k;
	}
	wallet_fail(w, 404, "RESOURCE_NOT_FOUND", NULL, "",
	    "The specified resource does not exist.");
	return NULL;
}

/*** Once under a key ***/

static bool
replayed(struct wallet *w, const char *path, const char digest[HASH_SIZE])
{
	struct store_rows q;
	bool found;

	if (w->key == NULL || w->b->q.method != METHOD_POST)
		return false;
	store_ask(&w->st, &q,
	    "SELECT digest, status, body FROM idem WHERE \"key\" = ? AND path "
	    "= ?",
	    "ss", w->key, path);
	found = store_next(&q);
	if (found && strcmp(store_text(&q, 0), digest) != 0) {
		wallet_refuse(w, "DUPLICATE_REQUEST_ID", "",
		    "The value of PayPal-Request-Id was used with another "
		    "request.");
	} else if (found) {
		w->status = (int)store_int(&q, 1);
		/* 201 becomes 200, as PayPal says that it is not new */
		w->status = w->status == 201 ? 200 : w->status;
		w->out = json_loads(store_text(&q, 2), 0, NULL);
	}
	store_done(&q);
	return found;
}

/* Refusals are kept under no key: the same call again is judged anew. */
static void
keep(struct wallet *w, const char *path, const char digest[HASH_SIZE])
{
	char *text;

	if (w->key == NULL || w->b->q.method != METHOD_POST || w->status >= 300)
		return;
	text = w->out == NULL ? NULL : json_dumps(w->out, JSON_COMPACT);
	store_run(&w->st,
	    "INSERT INTO idem (\"key\", path, digest, status, body) VALUES (?, "
	    "?, ?, ?, ?)",
	    "sssis", w->key, path, digest, (int64_t)w->status, text);
	free(text);
}

static enum rc
act_once(struct wallet *w, const struct call *k, const char *path,
    const char *id, struct error *e)
{
	const struct buf *body = &w->b->q.body;
	char digest[HASH_SIZE];
	enum rc rc = store_begin(&w->st, e);

	if (rc != RC_OK)
		return rc;
	hash_hex(buf_str(body), body->len, digest);
	if (!replayed(w, path, digest)) {
		k->act(w, id);
		keep(w, path, digest);
	}
	return store_commit(&w->st, e);
}

/*** What goes wrong ***/

/* Before it is done; false: it is not done at all. */
static bool
goes_on(struct wallet *w, const struct fault *f)
{
	if (strcmp(f->kind, "error") == 0)
		wallet_fail(w, 500, "INTERNAL_SERVER_ERROR", NULL, "",
		    "An internal server error has occurred.");
	else if (strcmp(f->kind, "busy") == 0)
		wallet_fail(w, 429, "RATE_LIMIT_REACHED", NULL, "",
		    "Too many requests. Blocked due to rate limiting.");
	else if (strcmp(f->kind, "progress") == 0)
		wallet_refuse(w, "PREVIOUS_REQUEST_IN_PROGRESS", "",
		    "A previous request on this resource is in progress.");
	else if (strcmp(f->kind, "unauthorised") == 0)
		wallet_fail(w, 401, "AUTHENTICATION_FAILURE", NULL, "",
		    "Authentication failed: the token was taken back.");
	else
		return strcmp(f->kind, "timeout-before") != 0 &&
		       strcmp(f->kind, "cut-before") != 0;
	return false;
}

static enum rc
reply(struct wallet *w, const struct fault *f, struct error *e)
{
	bool wait = strncmp(f->kind, "timeout", 7) == 0;

	if (strcmp(f->kind, "error-after") == 0)
		wallet_fail(w, 500, "INTERNAL_SERVER_ERROR", NULL, "",
		    "An internal server error has occurred.");
	if (wait)
		box_sleep();
	w->b->cut = wait || strncmp(f->kind, "cut", 3) == 0;
	reply_header(&w->b->r, "Paypal-Debug-Id", w->b->q.id);
	if (w->out == NULL && w->status == 204) {
		reply_status(&w->b->r, 204);
		return RC_OK;
	}
	if (w->out == NULL)
		w->out = json_object();
	return box_json(
	    w->b, w->status == 0 ? 200 : w->status, json_incref(w->out), e);
}

enum rc
wallet_api(struct box *b, struct error *e)
{
	const char *path = strstr(buf_str(&b->q.path), "/paypal/");
	struct fault f = { "", 0 };
	const struct call *k = NULL;
	char id[WALLET_ID];
	struct wallet w;
	enum rc rc = wallet_open(&w, b, e);

	if (rc == RC_OK && path != NULL && may_ask(&w)) {
		path += sizeof("/paypal") - 1;
		k = call_of(&w, path, id);
	}
	if (k != NULL && (!read_key(&w) || !read_body(&w)))
		k = NULL;
	if (k != NULL)
		fault_take(&w.st, CALL_FAULTS, k->name, &f);
	if (k != NULL && goes_on(&w, &f))
		rc = act_once(&w, k, path, id, e);
	if (rc == RC_OK)
		rc = store_rc(&w.st, e);
	if (rc == RC_OK)
		rc = reply(&w, &f, e);
	wallet_close(&w);
	return rc;
}

/*** Work ***/

/* Until its folder is taken away. */
static enum rc
watch(struct box *b, struct error *e)
{
	struct wallet w;
	int64_t sent;
	enum rc rc = wallet_open(&w, b, e);

	while (rc == RC_OK && access(b->folder, F_OK) == 0) {
		b->now = clock_now();
		rc = store_begin(&w.st, e);
		if (rc == RC_OK) {
			wallet_settle(&w);
			rc = store_commit(&w.st, e);
		}
		if (rc == RC_OK)
			wallet_hooks_send(&w, false, &sent);
		clock_sleep_ms(PAUSE_MS);
	}
	wallet_close(&w);
	return rc;
}

static void
own_addresses(const struct settings *s, const char *out[BOX_ADDRESSES])
{
	out[0] = s->paypal_base;
}

int
main(int argc, char **argv)
{
	static const struct box_route routes[] = {
		{ "/v1/oauth2/token", METHOD_POST, wallet_token },
		{ "/v1/notifications/certs/*", METHOD_GET, wallet_cert },
		{ "/v1/**", METHOD_GET, wallet_api },
		{ "/v1/**", METHOD_POST, wallet_api },
		{ "/v2/**", METHOD_GET, wallet_api },
		{ "/v2/**", METHOD_POST, wallet_api },
		{ "/checkoutnow", METHOD_GET, wallet_page },
		{ "/checkoutnow", METHOD_POST, wallet_page_pay },
		{ "/style.css", METHOD_GET, wallet_sheet },
		{ "/faults", METHOD_GET, wallet_faults },
		{ "/faults", METHOD_POST, wallet_faults_add },
		{ "/deliver", METHOD_POST, wallet_deliver },
		{ "/books", METHOD_GET, wallet_books },
		{ "/disputes", METHOD_GET, wallet_disputes },
		{ "/disputes", METHOD_POST, wallet_disputes_do },
	};
	const size_t n = sizeof(routes) / sizeof(routes[0]);

	/* a query can be an argument (RFC 3875 section 4.4) */
	if (argc == 2 && strcmp(argv[1], "-w") == 0 &&
	    getenv("GATEWAY_INTERFACE") == NULL)
		return box_work("paypal", own_addresses, watch);
	return box_main("paypal", own_addresses, routes, n);
}
