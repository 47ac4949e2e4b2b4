/*
 * Webhooks signed as Stripe does, and as Funny Deliveries does after it:
 * "t=1760000000,v1=HEX[,v1=HEX]", HMAC-SHA-256 over "t.body".
 */
#ifndef PEER_SIGNED_H
#define PEER_SIGNED_H

#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

/*
 * Check the header, whose name is for messages, over the body's bytes as they
 * came, with each of up to two secrets (NULL or "" is none): the old and the new
 * while they are changed.  RC_DENIED: malformed, not ours, or its time is more
 * than skew seconds off in either direction.  RC_TOOBIG above LIMIT_HOOK.
 */
enum rc signed_check(const char *name, const char *header, const void *body,
    size_t n, const char *const secrets[2], int64_t now, int64_t skew,
    struct error *e) CHECKED;

#endif
