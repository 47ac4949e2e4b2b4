/*
 * First and last of every CGI program: a table of routes and one loop that
 * serves one request as CGI and many as FastCGI.
 *
 *	static const struct route routes[] = {
 *		{ "/basket", ON_GET, show },
 *		{ "/basket/add", ON_POST, add },
 *		{ "/hat/", ON_GET | ON_TAIL, hat },	"/hat/SLUG"
 *	};
 *
 *	int
 *	main(void)
 *	{
 *		return cgi_main("basket", DB_WRITE, routes, N_ROUTES,
 *		    page_error);
 *	}
 *
 * The loop reads the configuration ($HATSHOP_CONF), opens the sales database
 * (at FastCGI once, again after it failed), enters the jail, reads the request,
 * picks the route, calls its handler (of a DB_READ program inside one view, and
 * anew when that has to be repeated), seals and sends the reply in one write
 * and leaves without tearing down.  A POST without our own origin is 403, one
 * that is no form 415; a path without a route 404; a wrong method 405 with
 * Allow.  A handler that fails with anything but RC_OK gets its half-built page
 * thrown away and a branded error page; the reason goes to the log, the visitor
 * sees the request's id:
 *
 *	RC_NOTFOUND				404
 *	RC_DB, RC_IO, RC_CONFLICT		503, Retry-After: 5
 *	all others				500
 *
 * The database could not be opened: 503 for every route without ON_NO_DB.
 * A page that says CACHE_PUBLIC leaves as no-store when the request came with a
 * cookie.  As CGI, what is left of a body that nobody wanted is read before the
 * reply leaves.  A FastCGI process leaves after a request at which the
 * configuration file's time has changed, and on SIGTERM; its manager starts it
 * again.
 */
#ifndef CGI_CGI_H
#define CGI_CGI_H

#include <stddef.h>

#include "base/jail.h"
#include "base/settings.h"
#include "cgi-bin/who.h"
#include "db/db.h"
#include "web/reply.h"
#include "web/request.h"

struct visit {
	const struct settings *settings;
	struct db *db; /* NULL when not open: only under ON_NO_DB and on pages
			  for 500 and 503, which must not ask it */
	const struct error *db_error; /* why db is NULL, or NULL */
	struct request *q;
	struct reply *r;
	const char *tail; /* with ON_TAIL: the path's last segment */
	int64_t now;      /* UTC seconds, the same for the whole request */
	struct who who;   /* who_read() fills it */
	char form_origins[600]; /* what r->form_origins of a page points at */
};

/* Write the page into v->r.  What it returns other than RC_OK becomes an error
 * page; a handler that wants a 404 calls page_not_found and returns its rc. */
typedef enum rc cgi_handler(struct visit *v, struct error *e);

/* ON_FOREIGN: a POST from outside, which proves by itself who sent it.
 * ON_RAW: the same with a body of any type, of up to LIMIT_HOOK bytes.
 * ON_SECRET: the tail is a secret, which the log must not have. */
enum {
	ON_GET = 1,
	ON_POST = 2,
	ON_TAIL = 4,
	ON_NO_DB = 8,
	ON_FOREIGN = 16,
	ON_SECRET = 32,
	ON_RAW = 64
};

struct route {
	const char *path; /* whole path, or with ON_TAIL its prefix */
	unsigned on;      /* ON_GET answers HEAD too */
	cgi_handler *handler;
};

/*
 * error_page makes the branded pages (cgi-bin/page.c); NULL: plain ones.  The
 * reply is empty but for its status, Allow, Retry-After and X-Request-Id; the
 * page shows v->q->id.  What it returns other than RC_OK becomes a plain page.
 */
typedef enum rc cgi_error_page(struct visit *v, int status, struct error *e);

/* Returns the process's exit status: 0 when each request was answered, were it
 * with an error page. */
int cgi_main(const char *program, enum db_mode mode, const struct route *routes,
    size_t nroutes, cgi_error_page *error_page);

/* The same for a program that calls out: needs adds to the jail what its calls
 * read and which ports they connect to. */
typedef void cgi_needs(const struct settings *s, struct jail *j);
int cgi_main_calling(const char *program, enum db_mode mode,
    const struct route *routes, size_t nroutes, cgi_error_page *error_page,
    cgi_needs *needs);

#endif
