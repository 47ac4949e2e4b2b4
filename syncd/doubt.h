/*
 * Raises of a level that may be overwrites of our takes (shop/suspect.h), as the
 * mirror sees them.
 *
 *	rc = doubt_read(w, &e);			in the snapshot
 *	…
 *	rc = doubt_begin(w, key, &d, &e);	in the unit, before the level
 *	…the level is published, holds end and are counted in d.s.taken
 *	rc = doubt_end(w, key, &d, now, &e);
 *	doubt_tell(w);				the unit was committed
 *
 * Costs nothing as long as nothing of ours was taken lately.
 */
#ifndef SYNCD_DOUBT_H
#define SYNCD_DOUBT_H

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"
#include "base/limits.h"
#include "shop/suspect.h"

#define DOUBT_TOLD 8 /* lines of one unit */

struct work;

struct doubts {
	bool known;   /* last is what the sales database says */
	int64_t last; /* when the mirror saw a take */
	struct doubt_back {
		char key[LIMIT_KEY + 1];
		int64_t qty;
	} * back; /* owned: what was given back lately */
	size_t nback, size;
	struct {
		char key[LIMIT_KEY + 1];
		int64_t qty;
	} told[DOUBT_TOLD]; /* of the unit that is under way */
	size_t ntold;
};

struct doubt {
	struct suspect s;
	bool looks;
};

enum rc doubt_read(struct work *w, struct error *e) CHECKED;
enum rc doubt_begin(struct work *w, const char *key, struct doubt *out,
    struct error *e) CHECKED;
enum rc doubt_end(struct work *w, const char *key, const struct doubt *d,
    int64_t now, struct error *e) CHECKED;
void doubt_tell(struct work *w);
void doubt_release(struct doubts *d);

#endif
