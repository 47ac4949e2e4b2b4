/* Categories that have at least one hat to show, with their counts. */
#ifndef SHOP_CATEGORY_H
#define SHOP_CATEGORY_H

#include <stdint.h>

#include "base/error.h"
#include "db/db.h"

struct category {
	int64_t id;
	const char *slug, *name; /* in mem, or borrowed in a put */
	int64_t items;           /* hats shown, a stored counter */
	char *mem;               /* owned, NULL when borrowed */
};
void category_release(struct category *c); /* zeroes it */

/* RC_NOTFOUND when there is none; one that is empty just now is found. */
enum rc category_by_slug(struct db *db, const char *slug, struct category *out,
    struct error *e) CHECKED;

/* By name; c is borrowed for the call. */
typedef enum rc category_put(
    void *ctx, const struct category *c, struct error *e);
enum rc category_list(
    struct db *db, category_put *put, void *ctx, struct error *e) CHECKED;

#endif
