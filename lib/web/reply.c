#include "config.h"

#include <stdio.h>
#include <string.h>

#include "base/limits.h"
#include "web/reply.h"

struct reason {
	int status;
	const char *words;
	const char *advice; /* for reply_plain */
};

/* RFC 9110 section 15, RFC 6585. */
static const struct reason reasons[] = {
	{ 0, "Other", "" },
	{ 200, "OK", "" },
	{ 303, "See Other", "" },
	{ 304, "Not Modified", "" },
	{ 400, "Bad Request", "The request could not be understood." },
	{ 401, "Unauthorized", "" },
	{ 402, "Payment Required", "" },
	{ 403, "Forbidden",
	    "The form was not sent from a page of this shop. Open the page "
	    "again and send it once more." },
	{ 404, "Not Found", "There is no such page." },
	{ 405, "Method Not Allowed", "The page cannot be asked in this way." },
	{ 409, "Conflict", "" },
	{ 410, "Gone", "" },
	{ 411, "Length Required", "The request did not state its length." },
	{ 413, "Content Too Large", "More was sent than the page takes." },
	{ 414, "URI Too Long", "The address is too long." },
	{ 415, "Unsupported Media Type", "The page takes forms only." },
	{ 422, "Unprocessable Content", "Some of the input was wrong." },
	{ 429, "Too Many Requests", "Please wait a little and try again." },
	{ 431, "Request Header Fields Too Large",
	    "Your browser sent too many cookies for this address." },
	{ 500, "Internal Server Error",
	    "Something went wrong on our side. Nothing was lost that you had "
	    "saved; please try again." },
	{ 503, "Service Unavailable",
	    "The shop cannot answer just now. Please try again in a "
	    "moment." },
};

static const struct reason *
reason_of(int status)
{
	size_t i, n = sizeof(reasons) / sizeof(reasons[0]);

	for (i = 0; i < n; i++)
		if (reasons[i].status == status)
			return &reasons[i];
	return &reasons[0];
}

void
reply_init(struct reply *r)
{
	memset(r, 0, sizeof(*r));
	buf_init(&r->headers, LIMIT_HEADERS);
	buf_init(&r->body, LIMIT_PAGE);
	buf_init(&r->out, LIMIT_PAGE + 2 * LIMIT_HEADERS);
	reply_reset(r);
}

void
reply_release(struct reply *r)
{
	buf_release(&r->headers);
	buf_release(&r->body);
	buf_release(&r->out);
	r->plain_len = 0;
}

void
reply_reset(struct reply *r)
{
	r->status = 200;
	r->cache = CACHE_NONE;
	r->type = "text/html; charset=utf-8";
	r->sets_cookie = false;
	r->plain_len = 0;
	buf_reset(&r->headers);
	buf_reset(&r->body);
	buf_reset(&r->out);
}

void
reply_status(struct reply *r, int status)
{
	r->status = status;
}

/* RFC 9110 section 5.5, without the blank that is only allowed inside. */
static bool
clean_value(const char *s)
{
	for (; *s != '\0'; s++)
		if ((unsigned char)*s < ' ' || *s == 0x7f)
			return false;
	return true;
}

void
reply_header_literal(struct reply *r, const char *name, const char *value)
{
	if (!clean_value(value)) {
		buf_fail(&r->headers, RC_INVALID);
		return;
	}
	if (strcmp(name, "Set-Cookie") == 0)
		r->sets_cookie = true;
	buf_puts(&r->headers, name);
	buf_puts(&r->headers, ": ");
	buf_puts(&r->headers, value);
	buf_puts(&r->headers, "\r\n");
}

void
reply_redirect(struct reply *r, const struct url *to)
{
	enum rc rc = url_rc(to);

	if (rc != RC_OK) {
		buf_fail(&r->headers, rc);
		return;
	}
	reply_status(r, 303);
	reply_header(r, "Location", url_str(to));
}

/* A source list for the policy; what could begin another directive or another
 * header fails the reply. */
static void
put_sources(struct buf *b, const char *sources)
{
	if (sources == NULL || *sources == '\0')
		return;
	if (!clean_value(sources) || strpbrk(sources, ";,'\"") != NULL) {
		buf_fail(b, RC_INVALID);
		return;
	}
	buf_putc(b, ' ');
	buf_puts(b, sources);
}

static void
put_security(const struct reply *r, struct buf *b)
{
	buf_puts(b, "Content-Security-Policy: default-src 'none'; "
		    "style-src 'self'; font-src 'self'; img-src 'self'");
	put_sources(b, r->img_origin);
	buf_puts(b, "; form-action 'self'");
	put_sources(b, r->form_origins);
	buf_puts(b, "; base-uri 'none'; frame-ancestors 'none'\r\n"
		    "X-Content-Type-Options: nosniff\r\n"
		    "Permissions-Policy: camera=(), geolocation=(), "
		    "microphone=(), payment=(), usb=()\r\n"
		    "Cross-Origin-Opener-Policy: same-origin\r\n");
	/* Not no-referrer: browsers then call the origin of a page's forms
	 * "null" (Fetch, "append a request Origin header"). */
	buf_puts(b, r->secret_address ? "Referrer-Policy: strict-origin\r\n"
				      : "Referrer-Policy: same-origin\r\n");
	/* RFC 6797.  Other hosts of the domain are not ours to promise for. */
	if (r->https)
		buf_puts(b, "Strict-Transport-Security: max-age=31536000\r\n");
}

static void
put_cache(const struct reply *r, struct buf *b)
{
	enum reply_cache cache = r->cache;

	/* A cookie made for one visitor must not be handed to the next. */
	if (r->sets_cookie || r->status >= 400)
		cache = CACHE_NONE;
	switch (cache) {
	case CACHE_NONE:
		buf_puts(b, "Cache-Control: no-store\r\n");
		return;
	case CACHE_OWN:
		buf_puts(b, "Cache-Control: private, no-cache\r\n"
			    "Vary: Cookie\r\n");
		return;
	case CACHE_PUBLIC:
		buf_puts(b, "Cache-Control: public, max-age=0, s-maxage=2\r\n"
			    "Vary: Cookie\r\n");
		return;
	case CACHE_HOUR:
		buf_puts(b, "Cache-Control: public, max-age=3600\r\n");
		return;
	}
}

enum rc
reply_seal(struct reply *r, struct error *e)
{
	const struct reason *why = reason_of(r->status);
	struct buf *b = &r->out;
	enum rc rc;

	buf_reset(b);
	r->plain_len = 0;
	/* RFC 3875 section 6.3.3. */
	buf_puts(b, "Status: ");
	buf_putd(b, r->status);
	buf_putc(b, ' ');
	buf_puts(b, why->words);
	buf_puts(b, "\r\nContent-Type: ");
	buf_puts(b, r->type);
	buf_puts(b, "\r\n");
	put_security(r, b);
	put_cache(r, b);
	if (buf_rc(&r->headers) != RC_OK)
		buf_fail(b, r->headers.rc);
	buf_put(b, buf_str(&r->headers), r->headers.len);
	buf_puts(b, "Content-Length: ");
	buf_putd(b, (int64_t)r->body.len);
	buf_puts(b, "\r\n\r\n");
	if (buf_rc(&r->body) != RC_OK)
		buf_fail(b, r->body.rc);
	if (!r->head)
		buf_put(b, buf_str(&r->body), r->body.len);
	rc = buf_rc(b);
	if (rc != RC_OK)
		return error_set(e, rc,
		    "could not build the reply (headers: %s, body: %s)",
		    rc_name(r->headers.rc), rc_name(r->body.rc));
	return RC_OK;
}

void
reply_plain(struct reply *r, int status, const char *id)
{
	const struct reason *why = reason_of(status);
	char body[512];
	int n, size = (int)sizeof(r->plain);

	if (why->status < 400)
		why = reason_of(500);
	n = snprintf(body, sizeof(body),
	    "%s\n\n%s\n\nNumber of this request: %.16s\n", why->words,
	    why->advice, id);
	n = snprintf(r->plain, sizeof(r->plain),
	    "Status: %d %s\r\n"
	    "Content-Type: text/plain; charset=utf-8\r\n"
	    "Content-Security-Policy: default-src 'none'; base-uri 'none'; "
	    "form-action 'none'; frame-ancestors 'none'\r\n"
	    "X-Content-Type-Options: nosniff\r\n"
	    "Referrer-Policy: same-origin\r\n"
	    "Cache-Control: no-store\r\n"
	    "%s%s"
	    "X-Request-Id: %.16s\r\n"
	    "Content-Length: %d\r\n\r\n%s",
	    why->status, why->words,
	    r->https ? "Strict-Transport-Security: max-age=31536000\r\n" : "",
	    why->status == 503 ? "Retry-After: 5\r\n" : "", id, n,
	    r->head ? "" : body);
	r->plain_len = n < 0 ? 0 : (size_t)(n < size ? n : size - 1);
	buf_release(&r->out);
}

const char *
reply_bytes(const struct reply *r, size_t *n)
{
	if (r->plain_len > 0) {
		*n = r->plain_len;
		return r->plain;
	}
	*n = r->out.len;
	return buf_str(&r->out);
}
