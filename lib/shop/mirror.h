/*
 * What the shop knows about its mirror of the stock system, and the lease
 * that lets one syncd write it.
 */
#ifndef SHOP_MIRROR_H
#define SHOP_MIRROR_H

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"
#include "db/db.h"

/* Bytes of a place in the stock system's log, as text; what is longer is not
 * kept, and the next beginning compares everything. */
#define MIRROR_POSITION_SIZE 4001

struct mirror {
	char source[128];     /* identity of the server, "" before the first */
	int64_t confirmed_at; /* when last seen equal to the source, 0 never */
	int64_t published_at; /* when it last changed */
	bool partial;         /* a publication in slices is under way */
	char mode[16];        /* "poll", "binlog" */
	char problem[ERROR_TEXT_SIZE]; /* "" when all is well */
	int64_t problem_at;
	int64_t items, visible, flawed, pictures, broken; /* counts */
	char reason[ERROR_TEXT_SIZE];        /* why the mode is what it is */
	char position[MIRROR_POSITION_SIZE]; /* in source's log, "" for none */
	int64_t event_at; /* when the newest applied change was made, 0 none */
	int64_t read_lag_ms, apply_lag_ms;
	int64_t compared_at; /* when all was last compared, 0 never */
	int64_t differences; /* that this found */
	int64_t waiting;     /* pictures that are not looked at yet */
	char store_problem[ERROR_TEXT_SIZE]; /* of the pictures, "" for none */
	int64_t
	    vanished; /* payments to be done again (vanished.h), -1 unknown */
};

enum rc mirror_read(struct db *db, struct mirror *out, struct error *e) CHECKED;

/* Whether pages may offer to sell: confirmed within stale_after seconds, not
 * partial.  One cheap query, for every page. */
enum rc mirror_fresh(struct db *db, int64_t stale_after, int64_t now,
    bool *fresh, struct error *e) CHECKED;

/*
 * Leases.  A holder keeps a fencing number; every unit that applies anything
 * calls lease_check inside, so that one who slept past its lease changes
 * nothing.
 */
struct lease {
	const char *name; /* borrowed, a literal */
	char holder[64];  /* host:pid:random, "" names nobody */
	int64_t fence;
};

/*
 * A unit of its own.  RC_OK: ours until now + seconds; RC_CONFLICT: somebody
 * else's (e says whose and until when).  l->holder names us; l->fence is 0 at
 * first.  Renewing keeps the fence, also late, as long as nobody took over;
 * taking over raises it.
 */
enum rc lease_take(
    struct db *db, struct lease *l, int64_t seconds, struct error *e) CHECKED;
/* Who holds it, for people; name is "" when nobody does. */
struct lease_holder {
	char name[64];
	int64_t expires_at;
};
enum rc lease_read(struct db *db, const char *lease, struct lease_holder *out,
    struct error *e) CHECKED;
/* A unit of its own: free for the next one; RC_OK too when it was not ours. */
enum rc lease_drop(struct db *db, struct lease *l, struct error *e) CHECKED;
/* Inside a unit, first: RC_DENIED when the fence is no longer ours.  It locks
 * the lease's row, so that whoever takes over waits for this unit's end. */
enum rc lease_check(
    struct db *db, const struct lease *l, struct error *e) CHECKED;

/* Whether somebody holds it at this moment; not in a unit. */
enum rc lease_held(
    struct db *db, const char *name, bool *held, struct error *e) CHECKED;

#endif
