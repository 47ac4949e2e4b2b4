/*
 * Who asks: the browser by its cookie, and the customer by the session's.
 *
 *	rc = who_read(v, &e);
 *	if (rc == RC_OK && v->who.session.customer != 0) …
 *
 * The browser's cookie ("basket") names the browser for as long as it keeps it,
 * through logins and logouts.  What our forms carry (`proof`) is a hash of it,
 * so that a form that was open while its reader logged in or out, or while a
 * session ended, still counts; nobody else can know it (R38).
 */
#ifndef CGI_WHO_H
#define CGI_WHO_H

#include <stdbool.h>

#include "base/token.h"
#include "shop/session.h"

#define BASKET_COOKIE "basket"
#define BASKET_COOKIE_SECONDS (60 * 24 * 3600) /* said on the privacy page */
#define SESSION_COOKIE "session"
#define PROOF_FIELD "proof" /* the hidden field of our forms */
#define PROVED_SECONDS 600  /* how long a proof of who it is counts */

struct visit;

struct who {
	bool asked;
	bool fresh;               /* the browser got its token just now */
	struct session session;   /* customer 0: nobody is logged in */
	char token[TOKEN_SIZE];   /* the session's, "" without one */
	char browser[TOKEN_SIZE]; /* the browser's, "" without one */
	char proof[HASH_SIZE];    /* of its forms, "" without one */
};

/* Fill v->who, once a request.  A cookie that opens nothing is nobody, and no
 * fault. */
enum rc who_read(struct visit *v, struct error *e) CHECKED;

/* Make sure that the browser has a token; the reply sets the cookie of one that
 * is new. */
enum rc who_name_browser(struct visit *v, struct error *e) CHECKED;

/* The browser's token is this one from now on; sets its cookie (again). */
enum rc who_is_browser(
    struct visit *v, const char *token, struct error *e) CHECKED;

/* Whether a form comes from a page that we gave this browser. */
bool who_proof(const struct visit *v, const char *sent);

/* Whether the person has proved lately who they are: what a browser that was
 * left open must not do needs it. */
bool who_proved(const struct visit *v);

/* Set the session's cookie, or with "" delete it. */
enum rc who_set_session(
    struct visit *v, const char *token, struct error *e) CHECKED;

/* From here on the request is nobody's: the session has just ended. */
void who_nobody(struct visit *v);

/* For programs that write: note that the session is in use, now and then, so
 * that it does not end for idleness. */
enum rc who_seen(struct visit *v, struct error *e) CHECKED;

/* Whether cookies of ours are bound to TLS. */
bool who_secure(const struct visit *v);

#endif
