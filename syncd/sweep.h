/*
 * The store of pictures compared with what items show: objects that nobody
 * needs, and pictures that are not there.
 *
 *	struct sweep s = {
 *		.store = store, .db = db, .older_than = 7 * 86400, .dry = true,
 *	};
 *
 *	rc = sweep_orphans(&s, &e);
 *	…				s.found, s.bytes
 *
 * What is not named as a picture is nobody's business here.  While it changes
 * anything it holds the lease of the store (shop/gallery.h), so it may run
 * beside syncd.
 */
#ifndef SYNCD_SWEEP_H
#define SYNCD_SWEEP_H

#include <stdbool.h>
#include <stdint.h>

#include "db/db.h"
#include "syncd/store.h"

struct sweep {
	struct store *store; /* borrowed */
	struct db *db;       /* borrowed */
	int64_t older_than;  /* seconds since an orphan was put */
	bool dry;            /* change nothing */
	/* each one that is found, before anything is done; NULL: nobody asks */
	void (*tell)(void *ctx, const char *name);
	void (*wait)(void *ctx, const char *why); /* somebody has the lease */
	void (*progress)(void *ctx, int64_t done, int64_t found);
	void *ctx;

	int64_t objects; /* pictures' objects in the store */
	int64_t found;   /* orphans, or pictures that are not there */
	int64_t bytes;   /* of the orphans */
	int64_t done;    /* deleted, or to be made again */
};

/* Find the objects that no item shows, also none that has gone, and delete them
 * unless dry.  RC_CONFLICT: the lease could not be had. */
enum rc sweep_orphans(struct sweep *s, struct error *e) CHECKED;

/* Find the pictures that were made but that the store has not in all sizes, and
 * forget them unless dry: syncd makes those that items show when it starts or
 * reloads. */
enum rc sweep_missing(struct sweep *s, struct error *e) CHECKED;

#endif
