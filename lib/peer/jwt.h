/*
 * Signed tokens (RFC 7519, 7515), as a provider of logins issues them: RS256
 * and nothing else.
 *
 *	rc = jwt_open(token, strlen(token), &keys, &claims, &e);
 *	if (rc == RC_NOTFOUND)
 *		the keys may be old: get them anew, at most once a minute
 *
 * A pure function of the bytes.  It says who signed; what is claimed, for
 * whom and until when, is the caller's to judge.
 */
#ifndef PEER_JWT_H
#define PEER_JWT_H

#include "peer/jdoc.h"

#define JWT_SIZE 8192

/*
 * Check the n bytes with a set of keys (RFC 7517), in this order: three parts
 * of base64url; "alg" is RS256, whatever else the header offers; the key of
 * its "kid" is in the set, RSA, for signatures, of 2048 to 8192 bits; the
 * signature over the bytes as they came.  RC_OK: *claims is what was signed.
 * RC_NOTFOUND: no such key; RC_DENIED: refused, and why; RC_NOMEM.  *claims
 * needs no initialisation and is safe to release after a failure.
 */
enum rc jwt_open(const char *token, size_t n, const struct jdoc *keys,
    struct jdoc *claims, struct error *e) CHECKED;

#endif
