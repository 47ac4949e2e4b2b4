/*
 * One answer: built whole in memory, sent in one write.
 *
 *	reply_init(&r);
 *	reply_status(&r, 200);
 *	html_init(&h, &r.body);
 *	…
 *	rc = reply_seal(&r, &e);	headers and Content-Length
 *	if (rc != RC_OK)
 *		reply_plain(&r, 500, id);
 *	bytes = reply_bytes(&r, &n);
 *
 * If anything failed on the way, reply_seal says so and what leaves is a clean
 * 500 with the request's id instead.
 */
#ifndef WEB_REPLY_H
#define WEB_REPLY_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"
#include "markup/url.h"

/* A reply that sets a cookie or has a status from 400 up is never cached,
 * whatever the page says. */
enum reply_cache {
	CACHE_NONE,   /* Cache-Control: no-store */
	CACHE_OWN,    /* private, no-cache: the browser, asking each time */
	CACHE_PUBLIC, /* public, max-age=0, s-maxage=2, Vary: Cookie */
	CACHE_HOUR,   /* public, max-age=3600: sitemap and the like */
};

struct reply {
	int status;
	enum reply_cache cache; /* CACHE_NONE unless a page says otherwise */
	const char *type;       /* literal; "text/html; charset=utf-8" */
	struct buf headers;     /* further header lines, each with CRLF */
	struct buf body;
	const char *img_origin;   /* borrowed; extra CSP img-src, or NULL */
	const char *form_origins; /* borrowed; extra CSP form-action, or NULL */
	bool head;                /* send no body (HEAD) */
	bool https;               /* adds Strict-Transport-Security */
	bool secret_address;      /* the page's address must not be told on */
	bool sets_cookie;         /* reply_header saw a Set-Cookie */
	struct buf out;           /* what reply_seal made */
	size_t plain_len;         /* bytes of plain, 0: out counts */
	char plain[2048];         /* what reply_plain made */
};

void reply_init(struct reply *r);
void reply_release(struct reply *r);

/* Back to an empty 200, to write another page instead; origins, head, https and
 * secret_address stay as they are. */
void reply_reset(struct reply *r);

void reply_status(struct reply *r, int status);

/*
 * Add a header.  The name is a literal; a value with a control byte fails the
 * reply (no header injection).
 */
#define reply_header(r, name, value)                                           \
	reply_header_literal((r), "" name "", (value))
void reply_header_literal(struct reply *r, const char *name, const char *value);

/* 303 See Other to a page of ours; a url that failed fails the reply. */
void reply_redirect(struct reply *r, const struct url *to);

/*
 * Make r->out: status line, security headers (Content-Security-Policy without
 * script, X-Content-Type-Options, Referrer-Policy, Permissions-Policy,
 * Cross-Origin-Opener-Policy), caching, Content-Length, body.
 */
enum rc reply_seal(struct reply *r, struct error *e) CHECKED;

/*
 * Make the reply a plain error page (503 with Retry-After) that needs nothing:
 * no database and no memory beyond the struct.  id, hexadecimal digits, is
 * shown to the visitor.  A status that is not an error known here becomes 500.
 */
void reply_plain(struct reply *r, int status, const char *id);

/* The bytes to send after reply_seal or reply_plain; borrowed from r. */
const char *reply_bytes(const struct reply *r, size_t *n);

#endif
