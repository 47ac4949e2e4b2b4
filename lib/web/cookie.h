/*
 * The one cookie (RFC 6265bis).  On TLS it is called __Host-NAME, which
 * browsers bind to our host, path / and Secure.
 *
 *	rc = cookie_get(buf_str(&q->cookie), "hat", secure, token,
 *	    sizeof(token));
 */
#ifndef WEB_COOKIE_H
#define WEB_COOKIE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"

/*
 * Copy the value of cookie `name` (the bare name; "__Host-" is put before it
 * when secure) from a Cookie header into out.  RC_NOTFOUND; RC_INVALID when it
 * is there twice, longer than size - 1 or has a byte outside RFC 6265's
 * cookie-octet.
 */
enum rc cookie_get(const char *header, const char *name, bool secure, char *out,
    size_t size) CHECKED;

/*
 * Append the value of a Set-Cookie header: HttpOnly, SameSite=Lax, Path=/ and,
 * when secure, Secure.  max_age is in seconds, 0 deletes the cookie.  A value
 * with another byte than cookie-octets is a broken promise (assert).
 */
void cookie_put(struct buf *b, const char *name, bool secure, const char *value,
    int64_t max_age);

#endif
