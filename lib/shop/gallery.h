/*
 * What was made of each picture seen, and which one an item shows.
 *
 *	rc = gallery_find(db, hash, &p, &e);
 *	if (rc == RC_NOTFOUND)		make it, then, in a unit:
 *		rc = gallery_put(db, &p, now, &e);
 *	rc = gallery_show(db, key, &p, source, &e);
 */
#ifndef SHOP_GALLERY_H
#define SHOP_GALLERY_H

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"
#include "base/token.h"
#include "db/db.h"

/*
 * The lease that whoever finds, puts or deletes objects in the store of pictures
 * holds meanwhile: so none is deleted that has just been found there.
 */
#define GALLERY_LEASE "pictures"
#define GALLERY_LEASE_SECONDS 60 /* the slowest picture takes less */

struct gallery_picture {
	char hash[HASH_SIZE];  /* of the bytes that came; "" for none */
	bool broken;           /* shows the placeholder */
	char reason[160];      /* why it is broken */
	int64_t width, height; /* of the zoom size */
	int64_t bytes;         /* as it came */
};

/* RC_NOTFOUND when nothing was made of it yet. */
enum rc gallery_find(struct db *db, const char *hash,
    struct gallery_picture *out, struct error *e) CHECKED;

/* In a unit: remember it; an older word about the same hash is replaced. */
enum rc gallery_put(struct db *db, const struct gallery_picture *p, int64_t now,
    struct error *e) CHECKED;

/* In a unit: the item with this key shows p (none or broken: the placeholder)
 * made from source, "" when the stock system has no picture. */
enum rc gallery_show(struct db *db, const char *key,
    const struct gallery_picture *p, const char *source,
    struct error *e) CHECKED;

/* Which pictures: those that an item shows, also one that has gone; or all that
 * were made, too. */
enum gallery_which { GALLERY_SHOWN, GALLERY_MADE };

/* Each picture once, in the order of the hashes.  Anything but RC_OK ends it,
 * and is what it returns. */
typedef enum rc gallery_visit(void *ctx, const char *hash, struct error *e);
enum rc gallery_each(struct db *db, enum gallery_which which,
    gallery_visit *visit, void *ctx, struct error *e) CHECKED;

/* In a unit: forget what was made of it, unless an item shows it. */
enum rc gallery_drop(
    struct db *db, const char *hash, bool *dropped, struct error *e) CHECKED;

/* In a unit: forget what was made of it, and from what: it is made again for
 * the items that show it. */
enum rc gallery_again(struct db *db, const char *hash, struct error *e) CHECKED;

#endif
