/*
 * One request, as CGI gives it (RFC 3875), checked before any page sees it.
 *
 *	struct request q;
 *
 *	rc = request_read(&q, &source, &e);
 *	if (rc != RC_OK)
 *		answer(q.status);
 *	…
 *	request_release(&q);
 *
 * Nothing here trusts a byte: sizes are bounded by base/limits.h, the path is
 * decoded once, names are compared whole.
 */
#ifndef WEB_REQUEST_H
#define WEB_REQUEST_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "base/buf.h"

enum method { METHOD_GET, METHOD_HEAD, METHOD_POST, METHOD_OTHER };

/* Where CGI variables and the body come from: the process's environment and
 * standard input, or libfcgi's. */
struct request_source {
	const char *(*var)(void *ctx, const char *name); /* NULL when unset */
	/* Up to n bytes into p; 0 at the end, -1 on an error. */
	ssize_t (*read)(void *ctx, void *p, size_t n);
	void *ctx;
};

struct request {
	enum method method;
	struct buf path;   /* decoded, begins with '/', no "//", ".", ".." */
	struct buf query;  /* raw query string */
	struct buf body;   /* raw body of a POST */
	struct buf cookie; /* raw Cookie header */
	const char *content_type; /* borrowed from the source, or NULL; so all
				     the following */
	const char *remote_addr;
	const char *origin;     /* Origin header, or NULL */
	const char *fetch_site; /* Sec-Fetch-Site header, or NULL */
	const char *agent;      /* User-Agent header, or NULL */
	bool https;
	const struct request_source *source; /* borrowed, for request_header */
	char id[17]; /* names this request in log and on error pages */
	int status;  /* on failure: the HTTP status to answer with */
};

/*
 * Fill *q, which needs no initialisation.  The path is the one that the visitor
 * asked for (REQUEST_URI's, decoded; without it SCRIPT_NAME + PATH_INFO), so
 * that pages match public paths.  Only a POST's body is read, exactly
 * CONTENT_LENGTH bytes of it.  A method that is neither of ours is METHOD_OTHER
 * and RC_OK: only the route knows which are allowed.
 *
 * On failure q->status says what to answer: 400 malformed (RC_INVALID) or
 * unreadable body (RC_IO), 411 body without a length (RC_INVALID), 413 body
 * above LIMIT_BODY, 414 path or query too long, 431 cookies above LIMIT_COOKIES
 * (RC_TOOBIG), 500 no memory or entropy (RC_NOMEM, RC_IO).  What was read
 * before the failure, q->id first, is there; request_release is due either way.
 */
enum rc request_read(struct request *q, const struct request_source *src,
    struct error *e) CHECKED;
/* The same with another ceiling of the body. */
enum rc request_read_up_to(struct request *q, const struct request_source *src,
    size_t body_max, struct error *e) CHECKED;
void request_release(struct request *q);

/* The value of a header that has no member above, by its CGI name:
 * request_header(q, "HTTP_STRIPE_SIGNATURE"); NULL when it was not sent.
 * Borrowed from the source. */
const char *request_header(const struct request *q, const char *variable);

/*
 * Whether a state change may be believed to come from our own pages: Origin
 * equals origin, or there is no Origin and Sec-Fetch-Site is "same-origin".
 * (Fetch standard, "Sec-Fetch-Site"; RFC 6454 section 7.)
 */
bool request_own_origin(const struct request *q, const char *origin);

/* Whether the body is stated to be application/x-www-form-urlencoded. */
bool request_is_form(const struct request *q);

/*
 * When path is prefix + one segment, point *rest at the segment and return
 * true: request_tail(q, "/hat/", &slug).
 */
bool request_tail(
    const struct request *q, const char *prefix, const char **rest);

#endif
