/*
 * Items of the stock system as the mapping's statements give them: an item
 * comes in one row, or in several when it has more levels than one.
 *
 *	reader_init(&rd, m, &settings, put, ctx);
 *	rc = reader_items(&rd, first, NULL, &n, &e);	a chunk of items
 *	rc = reader_items(&rd, after, reader_last(&rd), &n, &e);
 *	reader_release(&rd);
 */
#ifndef SYNCD_READER_H
#define SYNCD_READER_H

#include "base/settings.h"
#include "stock/link.h"
#include "stock/map.h"
#include "syncd/row.h"

/* r is borrowed for the call; an item whose key is none of ours comes too
 * (r->usable).  Must not use the link. */
typedef enum rc reader_put(void *ctx, struct row *r, struct error *e);

struct reader {
	const struct map *map; /* borrowed, as the next two */
	const struct settings *s;
	reader_put *put;
	void *ctx;

	struct row row;
	bool open;       /* row holds an item that is not yet put */
	struct buf last; /* key of the last item, raw */
	size_t n;        /* items of this call */
};

void reader_init(struct reader *rd, const struct map *m,
    const struct settings *s, reader_put *put, void *ctx);
void reader_release(struct reader *rd);

/* Run q (with the key as its argument, unless that is NULL) and put the items
 * it gives; *n is their number. */
enum rc reader_items(struct reader *rd, struct link_query *q, const char *key,
    size_t *n, struct error *e) CHECKED;

/* The key of the last item; borrowed. */
const char *reader_last(const struct reader *rd);

#endif
