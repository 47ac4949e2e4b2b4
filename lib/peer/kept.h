/*
 * What others published, kept in a file until it is due again, for all
 * processes of a machine.
 *
 *	struct kept k = { "/var/lib/hatshop/run", "google-keys", url };
 *
 *	if (kept_get(&k, now, &b, &at, &e) == RC_NOTFOUND)
 *		get it, then kept_put(&k, now, now + max_age, &b, &e);
 *
 * Files are replaced whole, so readers see the old or the new; it does not
 * matter who wins.
 */
#ifndef PEER_KEPT_H
#define PEER_KEPT_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"

struct kept {
	const char *folder, *name;
	const char *source; /* kept under another one: not ours */
};

/* Append what is kept and not yet due; *at is when it was fetched.
 * RC_NOTFOUND: nothing that counts. */
enum rc kept_get(const struct kept *k, int64_t now, struct buf *out,
    int64_t *at, struct error *e) CHECKED;

enum rc kept_put(const struct kept *k, int64_t now, int64_t due,
    const struct buf *bytes, struct error *e) CHECKED;

/* Whether the caller is the one, of all processes, who may do it now: true at
 * most once in `seconds`.  What cannot be known is no. */
bool kept_turn(const struct kept *k, int64_t now, int64_t seconds);

#endif
