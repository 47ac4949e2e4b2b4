/*
 * Passwords: argon2id (RFC 9106), cost from the configuration.
 *
 *	rc = password_make(&settings, typed, encoded, &e);
 *	rc = password_check(&settings, encoded, typed, &right, &old, &e);
 *
 * Slow on purpose (tens of milliseconds, megabytes): never inside a unit or
 * view (login.c asserts it), never where a hot program links it.
 */
#ifndef SHOP_PASSWORD_H
#define SHOP_PASSWORD_H

#include <stdbool.h>

#include "base/settings.h"

#define PASSWORD_SIZE 256 /* encoded, with its NUL */
#define PASSWORD_MIN 8    /* characters; NIST SP 800-63B section 5.1.1.2 */
#define PASSWORD_MAX 256  /* bytes */

/* Whether it may be chosen: length, not among the commonest, not the user name
 * or address itself.  RC_INVALID with a sentence for the visitor. */
enum rc password_fit(const char *typed, const char *user_name,
    const char *email, struct error *e) CHECKED;

/* With a salt of 16 random bytes.  The text is normalised (NFKC) first, so that
 * it can be typed on another keyboard. */
enum rc password_make(const struct settings *s, const char *typed,
    char encoded[PASSWORD_SIZE], struct error *e) CHECKED;

/* *old: right, but made with other costs than configured: make it anew.  With
 * encoded NULL or "" the same time is spent and *right is false, so that an
 * account's absence does not show. */
enum rc password_check(const struct settings *s, const char *encoded,
    const char *typed, bool *right, bool *old, struct error *e) CHECKED;

#endif
