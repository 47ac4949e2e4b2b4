/*
 * The mirror against the stock system, field by field, by somebody who changes
 * neither: for shopctl.
 *
 *	struct compare c = { .s = &settings, .tell = say, .wait_ms = 30000 };
 *
 *	rc = compare_open(&c, &e);
 *	if (rc == RC_OK)
 *		rc = compare_run(&c, &e);
 *	compare_close(&c);
 *
 * The mirror is read, then the stock system in one consistent snapshot.  What
 * differs may only be on its way: each such key is asked for again, on both
 * sides, until they agree, or until the mirror was confirmed twice since the stock
 * system was asked.  The second of these confirmations comes from a look that
 * began after the question, whatever the clocks say, so what differs then is a
 * difference; what the stock system has changed since is asked for once more.
 */
#ifndef SYNCD_COMPARE_H
#define SYNCD_COMPARE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/settings.h"
#include "db/db.h"
#include "stock/link.h"
#include "stock/map.h"
#include "syncd/known.h"

#define COMPARE_KEYS 100000 /* that are asked for again; more is RC_TOOBIG */

struct compare_key {
	char *key; /* owned */
	uint8_t theirs[ROW_DIGEST];
	bool asked;        /* theirs is what they said */
	int64_t confirmed; /* the mirror's word of itself then, and since */
	int confirmations;
};

struct compare {
	const struct settings *s; /* borrowed */
	int64_t wait_ms;          /* for the mirror to pass what was read */
	/* One difference; all are borrowed for the call. */
	void (*tell)(void *ctx, const char *key, const char *field,
	    const char *ours, const char *theirs);
	void (*progress)(void *ctx, int64_t done); /* items; may be NULL */
	void *ctx;

	int64_t items;       /* of the stock system */
	int64_t differences; /* fields */
	int64_t differing;   /* items */
	int64_t unsettled;   /* that the mirror had not passed in time */
	bool followed;       /* a syncd holds the mirror's lease */

	/* its own */
	struct db *db;
	struct link *link;
	struct map *map;
	struct link_query *of, *taken;
	struct known known;
	struct compare_key *keys; /* owned */
	size_t n, size;
};

/* Connect to both; on failure it may be closed as well. */
enum rc compare_open(struct compare *c, struct error *e) CHECKED;
/* May be repeated: the counts are of the last run. */
enum rc compare_run(struct compare *c, struct error *e) CHECKED;

/*
 * Have the syncd that follows compare all and repair it, and wait until it has:
 * only who holds the lease may publish, and the way is its own.  RC_NOTFOUND when
 * there is none: its first pass does the same.
 */
enum rc compare_repair(struct compare *c, struct error *e) CHECKED;
void compare_close(struct compare *c);

#endif
