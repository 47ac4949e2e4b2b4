/*
 * When a house is open: hours of each day of the week and holidays, in its own
 * zone.
 *
 *	struct hours h;
 *
 *	rc = hours_parse("Mon-Fri 09:00-16:00, Sat 10:00-12:00",
 *	    "2026-12-25 2026-12-28", &h, &e);
 *	if (hours_next(&h, &zone, now + 3600, 7200, &open, &close)) …
 */
#ifndef BASE_HOURS_H
#define BASE_HOURS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"
#include "base/zone.h"

#define HOURS_HOLIDAYS 100 /* a dozen a year */
#define HOURS_AHEAD 60     /* days: who is closed for longer has moved out */

struct hours {
	struct hours_day {
		int64_t open, close; /* seconds into it; the same: closed */
	} week[7];                   /* from Monday */
	int64_t holidays[HOURS_HOLIDAYS]; /* days since 1970 */
	size_t n;
};

/* RC_INVALID: e says what is not understood. */
enum rc hours_parse(const char *week, const char *holidays, struct hours *out,
    struct error *e) CHECKED;

/* The first time at which it is open, from `from` on, for `least` seconds or
 * more; false: not in HOURS_AHEAD days. */
bool hours_next(const struct hours *h, const struct zone *z, int64_t from,
    int64_t least, int64_t *open, int64_t *close);

#endif
