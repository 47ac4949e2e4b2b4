/*
 * Logging in with Google, or another OpenID provider: OpenID Connect Core 1.0,
 * code flow, with PKCE (RFC 7636), state, nonce and issuer (RFC 9207).
 *
 *	rc = google_find(s, now, until, &site, &e);
 *	if (rc == RC_OK)
 *		google_page(&site, s, &try, &there);	303 to there
 *	…						it comes back
 *	rc = google_person(&site, s, &try, code, now, until, &who, &e);
 *	google_release(&site);
 *
 * What the provider says of itself (its discovery document and its keys) is
 * kept in shop.run as long as it says.  Not inside a unit or view.
 */
#ifndef PEER_GOOGLE_H
#define PEER_GOOGLE_H

#include "base/settings.h"
#include "peer/oauth.h"

/* Where to ask; texts are the document's. */
struct google {
	struct jdoc doc; /* owned */
	const char *page, *token, *keys;
};

/* One login; all is borrowed. */
struct google_try {
	const char *redirect; /* our address that is registered there */
	const char *state, *nonce, *verifier;
};

/* RC_IO: cannot be had now; RC_DENIED: it is no document to go by.  *g needs
 * no initialisation and is safe to release after a failure. */
enum rc google_find(const struct settings *s, int64_t now, int64_t until,
    struct google *g, struct error *e) CHECKED;
void google_release(struct google *g);

/* Read a discovery document of the configured issuer; owns doc from now on.
 * Addresses without TLS, and a page on another host than the issuer's (which
 * our pages' policy would stop), are refused. */
enum rc google_read(const struct settings *s, struct jdoc *doc,
    struct google *g, struct error *e) CHECKED;

/* Where the browser goes.  challenge is the caller's, to be filled. */
void google_page(const struct google *g, const struct settings *s,
    const struct google_try *t, char challenge[OAUTH_CHALLENGE_SIZE],
    struct oauth_page *out);

/* Whether the issuer that came back with the code is who was asked; NULL: it
 * did not say. */
bool google_issuer(const struct settings *s, const char *iss);

/*
 * Exchange the code and check what it is good for.  RC_DENIED: the code or the
 * token is not good; RC_IO: slow, broken, or it does not know us; RC_NOMEM.
 */
enum rc google_person(const struct google *g, const struct settings *s,
    const struct google_try *t, const char *code, int64_t now, int64_t until,
    struct oauth_person *out, struct error *e) CHECKED;

/*
 * Check an ID token with keys and a clock (OIDC Core section 3.1.3.7): a pure
 * function.  RC_NOTFOUND: the keys have none that it names; RC_DENIED.
 */
enum rc google_check(const char *token, size_t n, const struct jdoc *keys,
    const struct settings *s, const char *nonce, int64_t now,
    struct oauth_person *out, struct error *e) CHECKED;

#endif
