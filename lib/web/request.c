#include "config.h"

#include <stdint.h>
#include <string.h>
#include <strings.h>

#include "base/limits.h"
#include "base/num.h"
#include "base/text.h"
#include "base/token.h"
#include "web/request.h"

static const char *
var(const struct request_source *src, const char *name)
{
	return src->var(src->ctx, name);
}

static enum rc
refuse(struct request *q, int status, enum rc rc)
{
	q->status = status;
	return rc;
}

/* RFC 9110 section 9.1: names are case-sensitive. */
static enum rc
read_method(
    struct request *q, const struct request_source *src, struct error *e)
{
	const char *name = var(src, "REQUEST_METHOD");

	if (name == NULL || *name == '\0')
		return refuse(
		    q, 400, error_set(e, RC_INVALID, "request has no method"));
	if (strcmp(name, "GET") == 0)
		q->method = METHOD_GET;
	else if (strcmp(name, "HEAD") == 0)
		q->method = METHOD_HEAD;
	else if (strcmp(name, "POST") == 0)
		q->method = METHOD_POST;
	else
		q->method = METHOD_OTHER;
	return RC_OK;
}

/*
 * RFC 3986 section 2.4: decoded once.  A decoded '/' would change what the
 * segments are, so it is refused rather than guessed about.
 */
static enum rc
decode_path(struct buf *b, const char *s, size_t n, struct error *e)
{
	size_t i;
	int hi, lo;

	for (i = 0; i < n; i++) {
		if (s[i] != '%') {
			buf_putc(b, s[i]);
			continue;
		}
		hi = i + 2 < n ? num_hex_digit(s[i + 1]) : -1;
		lo = i + 2 < n ? num_hex_digit(s[i + 2]) : -1;
		if (hi < 0 || lo < 0)
			return error_set(e, RC_INVALID,
			    "path has an incomplete escape at byte %zu", i);
		if (hi * 16 + lo == '/' || hi * 16 + lo == 0)
			return error_set(e, RC_INVALID,
			    "path has an escaped slash or NUL at byte %zu", i);
		buf_putc(b, (char)(hi * 16 + lo));
		i += 2;
	}
	return buf_rc(b);
}

/* One or more segments, each with a name: no "//", "." or "..". */
static enum rc
check_path(const char *s, size_t n, struct error *e)
{
	size_t i, len;

	if (n == 0 || s[0] != '/')
		return error_set(e, RC_INVALID, "path begins without a slash");
	if (!text_line(s, n))
		return error_set(e, RC_INVALID,
		    "path has control characters or malformed UTF-8");
	for (i = 1; i < n; i += len + 1) {
		len = strcspn(s + i, "/");
		if (len == 0)
			return error_set(
			    e, RC_INVALID, "path has an empty segment");
		if ((len == 1 && s[i] == '.') ||
		    (len == 2 && s[i] == '.' && s[i + 1] == '.'))
			return error_set(
			    e, RC_INVALID, "path has a dot segment");
	}
	return RC_OK;
}

/* RFC 9112 section 3.2.2: the absolute form must be understood. */
static const char *
skip_origin(const char *uri)
{
	size_t n = 0;

	if (strncmp(uri, "http://", 7) == 0)
		n = 7;
	else if (strncmp(uri, "https://", 8) == 0)
		n = 8;
	return n == 0 ? uri : uri + n + strcspn(uri + n, "/?");
}

static enum rc
read_path(struct request *q, const struct request_source *src, struct error *e)
{
	const char *uri = var(src, "REQUEST_URI");
	const char *script = var(src, "SCRIPT_NAME");
	const char *info = var(src, "PATH_INFO");
	size_t n;
	enum rc rc;

	if (uri != NULL) {
		uri = skip_origin(uri);
		n = strcspn(uri, "?");
		if (n > LIMIT_URL)
			return refuse(q, 414,
			    error_set(e, RC_TOOBIG, "path has %zu bytes", n));
		rc = decode_path(&q->path, uri, n, e);
	} else {
		/* RFC 3875 section 4.1: these two come decoded. */
		if (script != NULL)
			buf_puts(&q->path, script);
		if (info != NULL)
			buf_puts(&q->path, info);
		rc = buf_rc(&q->path);
		if (rc == RC_TOOBIG)
			return refuse(q, 414,
			    error_set(
				e, rc, "path is above %d bytes", LIMIT_URL));
	}
	if (rc == RC_NOMEM)
		return refuse(q, 500, error_set(e, rc, "no memory for a path"));
	if (rc == RC_OK)
		rc = check_path(buf_str(&q->path), q->path.len, e);
	return rc == RC_OK ? rc : refuse(q, 400, rc);
}

/* RFC 3986 section 3.4: no blank, no control character; and a '#' never
 * reaches a server. */
static enum rc
read_query(struct request *q, const struct request_source *src, struct error *e)
{
	const char *s = var(src, "QUERY_STRING");
	size_t i, n;

	if (s == NULL)
		return RC_OK;
	n = strlen(s);
	if (n > LIMIT_QUERY)
		return refuse(
		    q, 414, error_set(e, RC_TOOBIG, "query has %zu bytes", n));
	for (i = 0; i < n; i++)
		if ((unsigned char)s[i] <= ' ' || s[i] == 0x7f || s[i] == '#')
			return refuse(q, 400,
			    error_set(e, RC_INVALID,
				"query has a control character at byte %zu",
				i));
	buf_put(&q->query, s, n);
	if (buf_rc(&q->query) != RC_OK)
		return refuse(
		    q, 500, error_set(e, RC_NOMEM, "no memory for a query"));
	return RC_OK;
}

static enum rc
read_headers(
    struct request *q, const struct request_source *src, struct error *e)
{
	const char *cookie = var(src, "HTTP_COOKIE");
	const char *https = var(src, "HTTPS");

	q->content_type = var(src, "CONTENT_TYPE");
	q->remote_addr = var(src, "REMOTE_ADDR");
	q->origin = var(src, "HTTP_ORIGIN");
	q->fetch_site = var(src, "HTTP_SEC_FETCH_SITE");
	q->agent = var(src, "HTTP_USER_AGENT");
	q->https = https != NULL && strcmp(https, "on") == 0;
	if (cookie == NULL)
		return RC_OK;
	buf_puts(&q->cookie, cookie);
	switch (buf_rc(&q->cookie)) {
	case RC_OK:
		return RC_OK;
	case RC_TOOBIG:
		return refuse(q, 431,
		    error_set(e, RC_TOOBIG, "cookies are above %d bytes",
			LIMIT_COOKIES));
	default:
		return refuse(q, 500,
		    error_set(e, RC_NOMEM, "no memory for the cookies"));
	}
}

/*
 * The length is required and strict.  No more than that many bytes are read,
 * whatever follows (RFC 3875 section 4.2); fewer are an error: half a form
 * must not be taken for a whole one.
 */
static enum rc
body_length(struct request *q, const struct request_source *src, size_t *out,
    struct error *e)
{
	const char *s = var(src, "CONTENT_LENGTH");
	int64_t n;
	enum rc rc;

	if (s == NULL || *s == '\0')
		return refuse(q, 411,
		    error_set(e, RC_INVALID, "request states no body length"));
	/* A sign is no digit (RFC 9110 section 8.6). */
	rc = *s == '-' ? RC_INVALID : num_parse(s, 0, (int64_t)q->body.max, &n);
	if (rc == RC_TOOBIG)
		return refuse(q, 413,
		    error_set(e, rc, "body is above %zu bytes", q->body.max));
	if (rc != RC_OK)
		return refuse(
		    q, 400, error_set(e, rc, "body length is no number"));
	*out = (size_t)n;
	return RC_OK;
}

static enum rc
read_body(struct request *q, const struct request_source *src, struct error *e)
{
	char piece[4096];
	size_t want = 0, left;
	ssize_t got;
	enum rc rc;

	rc = body_length(q, src, &want, e);
	if (rc != RC_OK)
		return rc;
	for (left = want; left > 0; left -= (size_t)got) {
		got = src->read(src->ctx, piece,
		    left < sizeof(piece) ? left : sizeof(piece));
		if (got < 0)
			return refuse(q, 400,
			    error_set(e, RC_IO, "could not read the body"));
		if (got == 0)
			return refuse(q, 400,
			    error_set(e, RC_INVALID,
				"body ended after %zu of %zu bytes",
				want - left, want));
		buf_put(&q->body, piece, (size_t)got);
	}
	if (buf_rc(&q->body) != RC_OK)
		return refuse(
		    q, 500, error_set(e, RC_NOMEM, "no memory for the body"));
	return RC_OK;
}

static enum rc
make_id(struct request *q, struct error *e)
{
	char uid[UID_SIZE];
	enum rc rc;

	rc = uid_random(uid, e);
	if (rc != RC_OK)
		return refuse(q, 500, rc);
	memcpy(q->id, uid, sizeof(q->id) - 1);
	return RC_OK;
}

enum rc
request_read(
    struct request *q, const struct request_source *src, struct error *e)
{
	return request_read_up_to(q, src, LIMIT_BODY, e);
}

enum rc
request_read_up_to(struct request *q, const struct request_source *src,
    size_t body_max, struct error *e)
{
	enum rc rc;

	memset(q, 0, sizeof(*q));
	q->source = src;
	buf_init(&q->path, LIMIT_URL);
	buf_init(&q->query, LIMIT_QUERY);
	buf_init(&q->body, body_max);
	buf_init(&q->cookie, LIMIT_COOKIES);
	q->method = METHOD_OTHER;
	rc = make_id(q, e);
	if (rc == RC_OK)
		rc = read_method(q, src, e);
	if (rc == RC_OK)
		rc = read_path(q, src, e);
	if (rc == RC_OK)
		rc = read_query(q, src, e);
	if (rc == RC_OK)
		rc = read_headers(q, src, e);
	if (rc == RC_OK && q->method == METHOD_POST)
		rc = read_body(q, src, e);
	return rc;
}

void
request_release(struct request *q)
{
	buf_release(&q->path);
	buf_release(&q->query);
	buf_release(&q->body);
	buf_release(&q->cookie);
}

const char *
request_header(const struct request *q, const char *variable)
{
	return var(q->source, variable);
}

bool
request_own_origin(const struct request *q, const char *origin)
{
	if (q->origin != NULL)
		return strcmp(q->origin, origin) == 0;
	return q->fetch_site != NULL &&
	       strcmp(q->fetch_site, "same-origin") == 0;
}

/* RFC 9110 section 8.3.1: the type is case-insensitive, parameters follow. */
bool
request_is_form(const struct request *q)
{
	static const char form[] = "application/x-www-form-urlencoded";
	const char *s = q->content_type;

	if (s == NULL || strncasecmp(s, form, sizeof(form) - 1) != 0)
		return false;
	s += sizeof(form) - 1;
	return s[strspn(s, " \t")] == '\0' || s[strspn(s, " \t")] == ';';
}

bool
request_tail(const struct request *q, const char *prefix, const char **rest)
{
	const char *path = buf_str(&q->path);
	size_t n = strlen(prefix);

	if (strncmp(path, prefix, n) != 0 || path[n] == '\0' ||
	    strchr(path + n, '/') != NULL)
		return false;
	*rest = path + n;
	return true;
}
