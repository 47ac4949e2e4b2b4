/*
 * What the parts of syncd work with, and the two things that every part needs:
 * a writing unit that checks the lease, and to be told to stop.
 *
 *	rc = work_go_on(w, &e);		between any two steps
 *	rc = work_unit(w, fn, ctx, &e);
 *
 * RC_DENIED from either: the lease is somebody else's now; nothing was
 * written, and what is in memory about the mirror may be old.
 */
#ifndef SYNCD_WORK_H
#define SYNCD_WORK_H

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"
#include "base/settings.h"
#include "db/db.h"
#include "shop/mirror.h"
#include "shop/words.h"
#include "stock/link.h"
#include "stock/map.h"
#include "syncd/audit.h"
#include "syncd/claims.h"
#include "syncd/known.h"
#include "syncd/note.h"
#include "syncd/progress.h"
#include "syncd/store.h"
#include "syncd/doubt.h"
#include "syncd/lost.h"
#include "syncd/waiting.h"

#define LEASE_SECONDS 10 /* a holder that died is replaced after this */
#define LEASE_RENEW_MS 3000

#define WORK_FRESH 32 /* more than that is a first copy: the round finds them */

struct notify;
struct place;

struct work {
	const struct settings *s; /* borrowed */
	struct db *db;
	struct words *words;
	struct map *map;
	struct store *store; /* NULL when there are no pictures */

	struct lease lease;
	struct lease gallery; /* of GALLERY_LEASE, for pictures.c */
	bool leased;
	int64_t renewed_ms; /* monotonic */

	struct link *link;      /* NULL while there is none */
	enum fault fault;       /* of the stock system, set by what failed */
	bool (*stopping)(void); /* asked to stop or to reload */

	struct known known;
	bool known_valid; /* it is what the mirror holds */
	int64_t known_ms; /* when it was read, monotonic */
	uint32_t turn;    /* of reading; known_entry.turn */
	struct audit audit;
	struct progress progress;
	struct claims claims; /* of the snapshot that is being published */
	struct lost lost;
	struct doubts doubts;
	bool staged;          /* there may be rows of an unfinished pass */
	bool partial;         /* the mirror says that it is */
	int64_t confirmed_at; /* as last written by us */
	int64_t proven_at;    /* when the mirror was last equal to its source */
	const char *mode;     /* as the mirror says: a literal */
	const struct place *need; /* borrowed: what a snapshot has to have */
	const char
	    *position;     /* borrowed: to be stored in the unit that ends the
				 next publication; NULL: as it is */
	bool placed;       /* the mirror may have a position */
	int64_t placed_ms; /* when it was given one, monotonic */
	struct link_query *first, *after; /* of items, for this link */
	struct link_query *of, *of_level, *taken;

	/* pictures.c's place in its round */
	char *picture_after;     /* owned; NULL: between two rounds */
	int64_t picture_next_ms; /* monotonic */
	struct link_query *picture_first, *picture_more;
	int64_t odd_rows; /* as told last */
	struct waiting waiting;
	bool pictures_failed;  /* asking for them did, and that was told */
	bool counts_old;       /* what the mirror counts has changed */
	struct notify *notify; /* borrowed; NULL: none */
	struct notes notes;    /* note.h */

	/* items that came in a pass: their pictures are looked for at once */
	char *fresh[WORK_FRESH]; /* owned */
	size_t nfresh;
	bool fresh_more; /* there were more */
};

/* Open the sales database and what does not need the stock system.  s is
 * borrowed.  *w needs no initialisation; on failure it is released. */
enum rc work_open(struct work *w, const struct settings *s,
    bool (*stopping)(void), struct error *e) CHECKED;
void work_close(struct work *w); /* gives the lease back */

/* Connect to the stock system; w->fault says what kind of trouble it is. */
enum rc work_link(struct work *w, struct error *e) CHECKED;
void work_unlink(struct work *w);

/* Prepare one of the mapping's statements on the link, unless *q has it
 * already.  One of w's own goes with work_forget_queries, another one is the
 * caller's (link_free). */
enum rc work_prepare(struct work *w, enum map_sql which, struct link_query **q,
    struct error *e) CHECKED;

/* Drop the statements prepared for the link: the mapping has changed. */
void work_forget_queries(struct work *w);

/*
 * Take the lease or renew it when it is time.  RC_CONFLICT: it is somebody
 * else's, e says whose.
 */
enum rc work_lease(struct work *w, struct error *e) CHECKED;

/* Renew the lease when it is time; RC_CONFLICT when asked to stop, RC_DENIED
 * when the lease is lost. */
enum rc work_go_on(struct work *w, struct error *e) CHECKED;

/* A unit of the sales database that begins with lease_check. */
enum rc work_unit(
    struct work *w, db_work *fn, void *ctx, struct error *e) CHECKED;

/* Note an item that is shown from now on. */
void work_fresh(struct work *w, const char *key);
void work_fresh_done(struct work *w);

/* The identity of the stock system, "" without a link; the mirror keeps it. */
const char *work_source(const struct work *w);

#endif
