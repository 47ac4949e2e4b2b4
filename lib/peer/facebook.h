/*
 * Logging in with Facebook: the manual, server-side flow of the Graph API, and
 * what Facebook asks of us: to forget people, and that they have left.
 *
 *	facebook_page(s, &try, &address, &there);	303 to there
 *	…						it comes back
 *	rc = facebook_person(s, &try, code, until, &who, &e);
 *
 * An address that Facebook gives is never proven; often there is none.  Not
 * inside a unit or view.
 */
#ifndef PEER_FACEBOOK_H
#define PEER_FACEBOOK_H

#include "base/settings.h"
#include "base/token.h"
#include "peer/oauth.h"

/* One login; all is borrowed. */
struct facebook_try {
	const char *redirect; /* our address that is registered there */
	const char *state;
	bool again; /* ask again for an address that was declined */
};

/* Where the browser goes; the address is written into *address, which was
 * initialised. */
void facebook_page(const struct settings *s, const struct facebook_try *t,
    struct buf *address, struct oauth_page *out);

/*
 * Exchange the code, see that the token is ours, ask who it is of.  RC_DENIED:
 * the code or the token is not good; RC_IO: slow, broken, or it does not know
 * us; RC_NOMEM.
 */
enum rc facebook_person(const struct settings *s, const struct facebook_try *t,
    const char *code, int64_t until, struct oauth_person *out,
    struct error *e) CHECKED;

/* HMAC-SHA256 of an access token with the app's secret, lower-case hex: that
 * the asker is the app. */
void facebook_proof(const char *secret, const char *token, char out[HASH_SIZE]);

/* What a signed_request says. */
struct facebook_word {
	char user[OAUTH_SUBJECT]; /* as struct oauth_person's subject */
	int64_t issued_at;
};

/*
 * Check a signed_request with the app's secret and a clock: a pure function.
 * RC_DENIED unless it is whole, signed with HMAC-SHA256 by who knows the
 * secret, and issued within the last hour.
 */
enum rc facebook_signed(const char *secret, const char *request, size_t n,
    int64_t now, struct facebook_word *out, struct error *e) CHECKED;

#endif
