#include "config.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/num.h"
#include "base/token.h"
#include "peer/exchange.h"
#include "peer/s3.h"
#include "peer/s3_reason.h"
#include "peer/sigv4.h"

#define CONNECT_MS 3000
#define TOTAL_MS 10000
#define PAUSE_MS 200 /* doubled at each try, with full jitter */
#define FAULT_MAX (64 * 1024)
#define TEXT_SIZE 2048
#define HEADERS 8
#define FOR_GOOD "public, max-age=31536000, immutable"
#define NOTHING                                                                \
	"e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"

struct s3 {
	char *region, *bucket, *prefix, *ca_file; /* owned */
	char *origin;                             /* owned; scheme and host */
	const char *host;                         /* in origin */
	bool path_style;
	bool cannot_create; /* the server knows no If-None-Match for PUT */
	int64_t skew;
	struct aws_credentials *keys; /* borrowed */
	struct exchange_pool *pool;   /* owned */
};

/* One request, and what became of it. */
struct op {
	const char *method, *key; /* key NULL: the bucket itself */
	const struct sigv4_pair *query;
	size_t nquery;
	const struct s3_put *put;
	char range[48];
	size_t max; /* ceiling of the answer */
	bool again; /* no answer that counts yet */
	enum rc rc;
	struct error e;
	struct exchange x;
};

/*** Making one ***/

static char *
origin_of(const struct s3_config *c)
{
	const char *endpoint = c->endpoint, *host = endpoint;
	struct buf b;
	char *out = NULL;

	buf_init(&b, TEXT_SIZE);
	if (endpoint == NULL || *endpoint == '\0') {
		buf_puts(&b, "https://");
		host = "";
	} else {
		host = strstr(endpoint, "://");
		host = host == NULL ? endpoint : host + 3;
		buf_put(&b, endpoint, (size_t)(host - endpoint));
	}
	if (!c->path_style)
		buf_printf(&b, "%s.", c->bucket);
	if (*host == '\0')
		buf_printf(&b, "s3.%s.amazonaws.com", c->region);
	buf_puts(&b, host);
	if (buf_take(&b, &out, NULL) != RC_OK)
		out = NULL;
	buf_release(&b);
	return out;
}

static const char *
or_empty(const char *s)
{
	return s == NULL ? "" : s;
}

enum rc
s3_new(const struct s3_config *c, struct aws_credentials *keys, struct s3 **out,
    struct error *e)
{
	struct s3 *s = calloc(1, sizeof(*s));
	const char *host;

	*out = NULL;
	if (s == NULL)
		return error_set(e, RC_NOMEM, "no memory for S3");
	s->region = strdup(c->region);
	s->bucket = strdup(c->bucket);
	s->prefix = strdup(or_empty(c->prefix));
	s->ca_file = strdup(or_empty(c->ca_file));
	s->origin = origin_of(c);
	s->path_style = c->path_style;
	s->keys = keys;
	if (s->region == NULL || s->bucket == NULL || s->prefix == NULL ||
	    s->ca_file == NULL || s->origin == NULL ||
	    exchange_pool_new(&s->pool, e) != RC_OK) {
		s3_free(s);
		return error_set(e, RC_NOMEM, "no memory for S3");
	}
	host = strstr(s->origin, "://");
	s->host = host == NULL ? s->origin : host + 3;
	*out = s;
	return RC_OK;
}

void
s3_free(struct s3 *s)
{
	if (s == NULL)
		return;
	exchange_pool_free(s->pool);
	free(s->region);
	free(s->bucket);
	free(s->prefix);
	free(s->ca_file);
	free(s->origin);
	free(s);
}

const char *
s3_keys_late(const struct s3 *s)
{
	return s->keys->late.text;
}

void
s3_skew(struct s3 *s, int64_t seconds)
{
	s->skew = seconds;
}

/*** A request ***/

static size_t
add(struct sigv4_pair *headers, size_t n, const char *name, const char *value)
{
	headers[n].name = name;
	headers[n].value = value;
	return n + 1;
}

/* Our own headers; those that signing adds are added there. */
static size_t
own_headers(
    const struct s3 *s, const struct op *op, struct sigv4_pair headers[HEADERS])
{
	size_t n = 0;

	n = add(headers, n, "Host", s->host);
	if (op->put != NULL) {
		n = add(headers, n, "Content-Type", op->put->type);
		n = add(headers, n, "Cache-Control", FOR_GOOD);
		if (!s->cannot_create)
			n = add(headers, n, "If-None-Match", "*");
	}
	if (op->range[0] != '\0')
		n = add(headers, n, "Range", op->range);
	return n;
}

static void
put_path(const struct s3 *s, const struct op *op, struct buf *path)
{
	buf_putc(path, '/');
	if (s->path_style)
		buf_printf(path, "%s/", s->bucket);
	if (op->key != NULL)
		buf_printf(path, "%s%s", s->prefix, op->key);
}

static void
put_url(
    const struct s3 *s, const struct op *op, const char *path, struct buf *url)
{
	buf_puts(url, s->origin);
	sigv4_put_path(url, path);
	if (op->nquery > 0)
		buf_putc(url, '?');
	sigv4_put_query(url, op->query, op->nquery);
}

static enum rc
sign(struct s3 *s, struct op *op)
{
	struct sigv4_pair headers[HEADERS];
	char hash[HASH_SIZE] = NOTHING, date[SIGV4_DATE_SIZE];
	struct buf path, auth;
	struct sigv4 v = {
		.method = op->method,
		.headers = headers,
		.query = op->query,
		.nquery = op->nquery,
		.payload = hash,
		.time = clock_now() + s->skew,
		.region = s->region,
		.key_id = s->keys->key_id,
		.secret = s->keys->secret,
		.token = s->keys->token,
	};
	enum rc rc;

	buf_init(&path, TEXT_SIZE);
	buf_init(&auth, TEXT_SIZE);
	if (op->put != NULL)
		hash_hex(op->put->bytes, op->put->n, hash);
	put_path(s, op, &path);
	v.nheaders = own_headers(s, op, headers);
	v.path = buf_str(&path);
	rc = buf_rc(&path);
	if (rc == RC_OK)
		rc = sigv4_authorization(&v, &auth);
	put_url(s, op, buf_str(&path), &op->x.url);
	for (size_t i = 0; i < v.nheaders; i++)
		exchange_header(&op->x, headers[i].name, headers[i].value);
	sigv4_date(v.time, date);
	exchange_header(&op->x, "x-amz-date", date);
	exchange_header(&op->x, "x-amz-content-sha256", hash);
	if (v.token[0] != '\0')
		exchange_header(&op->x, "x-amz-security-token", v.token);
	exchange_header(&op->x, "Authorization", buf_str(&auth));
	buf_release(&path);
	buf_release(&auth);
	return rc;
}

static void
prepare(struct s3 *s, struct op *op)
{
	struct exchange *x = &op->x;

	exchange_init(x, op->method, EXCHANGE_SITE, op->max);
	x->ca_file = s->ca_file;
	x->connect_ms = CONNECT_MS;
	x->total_ms = TOTAL_MS;
	if (op->put != NULL) {
		x->body = op->put->bytes;
		x->nbody = op->put->n;
	}
	if (sign(s, op) != RC_OK)
		buf_fail(&x->headers, RC_NOMEM);
}

/*** What the answer means ***/

/* Where the bucket is: in the answer's body or its head. */
static void
find_region(const struct op *op, struct s3_fault *f)
{
	struct buf b;

	buf_init(&b, sizeof(f->region) - 1);
	if (f->region[0] == '\0' &&
	    exchange_answer(&op->x, "x-amz-bucket-region", &b) == RC_OK)
		memcpy(f->region, buf_str(&b), b.len + 1);
	buf_release(&b);
}

/* A server without conditions for PUT, and one that is busy with this very
 * object; true: once more. */
static bool
judge_create(struct s3 *s, struct op *op, const struct s3_fault *f)
{
	if (op->put == NULL)
		return false;
	if (op->x.status == 501 && !s->cannot_create) {
		s->cannot_create = true;
		return true;
	}
	/* of several that were refused at once, the others */
	if (op->x.status == 501 &&
	    strstr(buf_str(&op->x.headers), "\nIf-None-Match:") != NULL)
		return true;
	return op->x.status == 409 &&
	       (strcmp(f->code, "ConditionalRequestConflict") == 0 ||
		   strcmp(f->code, "OperationAborted") == 0);
}

static bool
is_good(const struct op *op)
{
	long status = op->x.status;

	return (status >= 200 && status <= 206) ||
	       (op->put != NULL && status == 412) ||    /* it is there */
	       (op->range[0] != '\0' && status == 416); /* it is empty */
}

static bool
is_expired(const struct s3_fault *f)
{
	return strcmp(f->code, "ExpiredToken") == 0 ||
	       strcmp(f->code, "InvalidToken") == 0;
}

/* Sets op->rc, op->e and op->again; *expired when the keys have to be had
 * anew. */
static void
judge(struct s3 *s, struct op *op, bool renew, bool *expired)
{
	struct s3_where where = { s->bucket, s->region, op->x.status };
	const struct exchange *x = &op->x;
	struct s3_fault f;

	error_clear(&op->e);
	op->again = x->rc == RC_IO || (x->rc == RC_OK && s3_is_late(x->status));
	op->rc = x->rc;
	if (x->rc != RC_OK)
		op->rc = error_set(&op->e, x->rc, "S3 bucket \"%s\": %s",
		    s->bucket, x->e.text);
	if (x->rc != RC_OK || is_good(op))
		return;
	s3_xml_fault(buf_str(&x->out), x->out.len, &f);
	if (x->status == 404 && op->key != NULL &&
	    strcmp(f.code, "NoSuchBucket") != 0) {
		op->rc = error_set(&op->e, RC_NOTFOUND,
		    "there is no object \"%s\" in S3 bucket \"%s\"", op->key,
		    s->bucket);
		return;
	}
	find_region(op, &f);
	op->rc = s3_reason(&where, &f, &op->e);
	op->again = op->again || judge_create(s, op, &f);
	if (renew && is_expired(&f) && aws_credentials_expired(s->keys))
		*expired = op->again = true;
}

/*** Several ***/

static void
pause_before(int try)
{
	char random[UID_SIZE];
	int64_t most = (int64_t)PAUSE_MS << try, r = most;

	if (uid_random(random, NULL) == RC_OK)
		r = (num_hex_digit(random[0]) * 16 + num_hex_digit(random[1])) *
		    most / 255;
	clock_sleep_ms(r);
}

/* One try of all that have no answer that counts; true: some have none. */
static bool
try_once(struct s3 *s, struct op *ops, size_t n, bool *renew)
{
	struct exchange xs[S3_BATCH];
	size_t which[S3_BATCH], i, flying = 0;
	bool again = false, expired = false;

	for (i = 0; i < n; i++) {
		if (!ops[i].again)
			continue;
		exchange_release(&ops[i].x);
		prepare(s, &ops[i]);
		which[flying] = i;
		xs[flying++] = ops[i].x;
	}
	exchange_run(s->pool, xs, flying, S3_PARALLEL);
	for (i = 0; i < flying; i++) {
		ops[which[i]].x = xs[i];
		judge(s, &ops[which[i]], *renew, &expired);
		again = again || ops[which[i]].again;
	}
	/* once is enough */
	*renew = *renew && !expired;
	return again;
}

/* Run them all; the first that failed gives the reason.  The caller releases
 * each x. */
static enum rc
run(struct s3 *s, struct op *ops, size_t n, struct error *e)
{
	int64_t until = clock_mono_ms() + S3_PATIENCE_MS;
	bool renew = true, again = true;
	enum rc rc = RC_OK;
	size_t i;

	assert(n <= S3_BATCH);
	for (i = 0; i < n; i++)
		ops[i].again = true;
	for (int try = 0; again && try < S3_TRIES; try++) {
		if (try > 0 && clock_mono_ms() >= until)
			break;
		if (try > 0)
			pause_before(try - 1);
		rc = aws_credentials_get(s->keys, clock_now() + s->skew, e);
		if (rc != RC_OK)
			return rc;
		again = try_once(s, ops, n, &renew);
	}
	for (i = 0; i < n; i++)
		if (ops[i].rc != RC_OK && ops[i].rc != RC_NOTFOUND)
			return error_set(e, ops[i].rc, "%s", ops[i].e.text);
	return RC_OK;
}

static void
release(struct op *ops, size_t n)
{
	for (size_t i = 0; i < n; i++)
		exchange_release(&ops[i].x);
}

static void
op_init(struct op *op, const char *method, const char *key)
{
	memset(op, 0, sizeof(*op));
	op->method = method;
	op->key = key;
	op->max = FAULT_MAX;
}

/*** The calls ***/

enum rc
s3_put(struct s3 *s, const struct s3_put *puts, size_t n, struct error *e)
{
	struct op ops[S3_BATCH];
	enum rc rc;

	assert(n <= S3_BATCH);
	for (size_t i = 0; i < n; i++) {
		op_init(&ops[i], "PUT", puts[i].key);
		ops[i].put = &puts[i];
	}
	rc = run(s, ops, n, e);
	for (size_t i = 0; rc == RC_OK && i < n; i++)
		if (ops[i].rc != RC_OK)
			rc = error_set(e, RC_IO,
			    "S3 bucket \"%s\": 404 for a PUT: "
			    "see s3.endpoint and s3.style",
			    s->bucket);
	release(ops, n);
	return rc;
}

enum rc
s3_get(struct s3 *s, const char *key, struct buf *out, struct error *e)
{
	size_t room = out->max - out->len;
	struct op op;
	enum rc rc;

	assert(room > 0);
	op_init(&op, "GET", key);
	op.max = room > FAULT_MAX ? room : FAULT_MAX;
	(void)snprintf(op.range, sizeof(op.range), "bytes=0-%zu", room - 1);
	rc = run(s, &op, 1, e);
	if (rc == RC_OK && op.rc != RC_OK)
		rc = error_set(e, op.rc, "%s", op.e.text);
	if (rc == RC_OK && op.x.status != 416) {
		buf_put(out, buf_str(&op.x.out),
		    op.x.out.len < room ? op.x.out.len : room);
		rc = buf_rc(out);
	}
	release(&op, 1);
	return rc;
}

/* RC_OK and RC_NOTFOUND say nothing. */
static enum rc
ask_why(struct s3 *s, const char *key, struct error *e)
{
	struct error why = ERROR_NONE;
	struct buf first;
	enum rc rc;

	buf_init(&first, 1);
	rc = s3_get(s, key, &first, &why);
	buf_release(&first);
	if (rc == RC_OK || rc == RC_NOTFOUND)
		return rc;
	return error_set(e, rc, "%s", why.text);
}

enum rc
s3_head(struct s3 *s, const char *const *keys, size_t n, bool *there,
    struct error *e)
{
	struct op ops[S3_BATCH];
	struct error why = ERROR_NONE;
	enum rc rc;

	assert(n <= S3_BATCH);
	for (size_t i = 0; i < n; i++)
		op_init(&ops[i], "HEAD", keys[i]);
	rc = run(s, ops, n, &why);
	for (size_t i = 0; rc == RC_OK && i < n; i++)
		there[i] = ops[i].rc == RC_OK;
	release(ops, n);
	/* An answer to HEAD has no body, so it does not say why. */
	if (rc == RC_DENIED || rc == RC_INVALID)
		(void)ask_why(s, keys[0], e);
	return rc == RC_OK ? rc : error_set(e, rc, "%s", why.text);
}

enum rc
s3_delete(struct s3 *s, const char *const *keys, size_t n, struct error *e)
{
	struct op ops[S3_BATCH];
	enum rc rc;

	assert(n <= S3_BATCH);
	for (size_t i = 0; i < n; i++)
		op_init(&ops[i], "DELETE", keys[i]);
	rc = run(s, ops, n, e);
	release(ops, n);
	return rc;
}

struct below {
	size_t prefix;
	s3_visit *visit;
	void *ctx;
	const char *want;
};

/* Hand on the key without the prefix; a server that lists others is not
 * believed. */
static enum rc
visit_below(void *ctx, const struct s3_object *object, struct error *e)
{
	struct below *b = ctx;
	struct s3_object o = *object;

	if (strncmp(o.key, b->want, b->prefix) != 0)
		return error_set(e, RC_INVALID,
		    "S3 lists \"%.100s\", which was not asked for", o.key);
	o.key += b->prefix;
	return b->visit(b->ctx, &o, e);
}

static enum rc
list_page(
    struct s3 *s, struct s3_page *page, struct below *below, struct error *e)
{
	struct sigv4_pair query[3] = { { "list-type", "2" },
		{ "prefix", s->prefix } };
	char token[S3_PAGE_TOKEN_SIZE];
	struct op op;
	enum rc rc;

	op_init(&op, "GET", NULL);
	op.max = S3_XML_MAX;
	op.query = query;
	op.nquery = 2;
	if (page->more) {
		memcpy(token, page->token, sizeof(token));
		query[op.nquery++] =
		    (struct sigv4_pair){ "continuation-token", token };
	}
	rc = run(s, &op, 1, e);
	if (rc == RC_OK)
		rc = s3_xml_list(buf_str(&op.x.out), op.x.out.len, visit_below,
		    below, page, e);
	release(&op, 1);
	return rc;
}

enum rc
s3_list(struct s3 *s, s3_visit *visit, void *ctx, struct error *e)
{
	struct below below = { strlen(s->prefix), visit, ctx, s->prefix };
	struct s3_page page = { .more = false };
	enum rc rc;

	do {
		rc = list_page(s, &page, &below, e);
	} while (rc == RC_OK && page.more);
	return rc;
}
