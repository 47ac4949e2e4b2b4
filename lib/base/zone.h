/*
 * The shop's zone: at which hour people read a time.  A zone is POSIX's rule
 * ("GMT0BST,M3.5.0/1,M10.5.0"), not a name of a file, because programs in a
 * jail cannot read one.
 *
 *	struct zone z;
 *
 *	if (zone_parse(settings->shop_zone, &z) == RC_OK)
 *		zone_put(&z, &b, at);	"22 November 2026, 15:04 GMT"
 */
#ifndef BASE_ZONE_H
#define BASE_ZONE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"

#define ZONE_NAME_SIZE 9

struct zone {
	struct zone_half {
		char name[ZONE_NAME_SIZE]; /* "GMT", "BST" */
		int64_t offset;            /* seconds east of UTC */
	} half[2];                         /* standard and summer time */
	bool summer;                       /* there is one */
	struct zone_turn {
		int month, week, day; /* the week-th day (5: the last) */
		int64_t at;           /* seconds into it, by the old time */
	} turn[2];                    /* to summer time and back */
};

/* RC_INVALID: not of the form NAMEoffset[NAME[offset],Mm.w.d[/time],
 * Mm.w.d[/time]]; *out is then UTC. */
enum rc zone_parse(const char *rule, struct zone *out) CHECKED;

/* Which of the two it is at t. */
const struct zone_half *zone_at(const struct zone *z, int64_t t);

void zone_put(const struct zone *z, struct buf *b, int64_t t);

#endif
