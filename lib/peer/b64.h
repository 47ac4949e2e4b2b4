/*
 * base64url without padding (RFC 4648 section 5), as tokens have it.
 *
 *	b64_put(&b, hash, sizeof(hash));
 *	rc = b64_get(&b, "SGF0", 4);
 */
#ifndef PEER_B64_H
#define PEER_B64_H

#include "base/buf.h"

void b64_put(struct buf *b, const void *bytes, size_t n);

/*
 * Append what the n characters stand for.  RC_INVALID, and nothing appended,
 * for another alphabet, padding, a length that none has, or bits at the end
 * that no encoder leaves (section 3.5): one text for one value.  RC_TOOBIG,
 * RC_NOMEM.
 */
enum rc b64_get(struct buf *b, const char *s, size_t n) CHECKED;

/* How many bytes n characters stand for; 0 when they are of another alphabet
 * or stand for none.  Looks at no bits; allocates nothing. */
size_t b64_size(const char *s, size_t n);

#endif
