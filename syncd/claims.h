/*
 * The claims' way home: which orders' goods have left the stock system, as far
 * as one snapshot of it knows.
 *
 *	rc = snapshot_open(w, …);
 *	…read levels
 *	rc = claims_read(w, concerns, ctx, &e);	the same snapshot
 *	rc = snapshot_close(w, &e);
 *	…in the unit that publishes an item:
 *	rc = claims_end(w, db, key, now, &pieces, &e);
 *
 * The open holds are listed after the snapshot was opened: a take that is in it
 * was made under a hold that was there before.  Whatever is believed of them,
 * each is asked for by its key, as ids and times would miss late commits; a
 * take counts also when the goods were given back since.
 */
#ifndef SYNCD_CLAIMS_H
#define SYNCD_CLAIMS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "shop/hold.h"

struct work;
struct db;

struct claims {
	struct hold_open *ends; /* owned: holds whose goods are taken */
	uint8_t *state;         /* owned: of each */
	size_t n;
};

/*
 * Fill w->claims with the open holds that concern the snapshot (all when
 * concerns is NULL) and whose goods are taken in it.  On failure it is empty
 * and w->fault is set when it was the stock system's.
 */
typedef bool claims_concern(const void *ctx, const char *key);
enum rc claims_read(struct work *w, claims_concern *concerns, const void *ctx,
    struct error *e) CHECKED;

/* In a unit, which is maybe repeated: end those of the item with this key;
 * *pieces: what they held.  claims_begin before, claims_done when it is
 * committed. */
void claims_begin(struct claims *c);
enum rc claims_end(struct work *w, struct db *db, const char *key, int64_t now,
    int64_t *pieces, struct error *e) CHECKED;
/* The item of the first that has not been tried; NULL: none is left.
 * Borrowed. */
const char *claims_left(const struct claims *c);
void claims_done(struct claims *c);

void claims_release(struct claims *c); /* leaves it empty */

#endif
