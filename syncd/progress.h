/*
 * How far a large copy is, on standard error when that is a terminal, and
 * nowhere else.
 *
 *	progress_tell(&p, "read", n, 0);
 *	progress_tell(&p, "published", done, all);
 *	progress_end(&p);
 */
#ifndef SYNCD_PROGRESS_H
#define SYNCD_PROGRESS_H

#include <stdbool.h>
#include <stdint.h>

struct progress {
	int64_t told_ms; /* monotonic */
	bool open;       /* a line is begun */
};

/* A few times a second; what is done before the first of these is not worth a
 * line.  all is 0 when it is not known. */
void progress_tell(
    struct progress *p, const char *what, int64_t done, int64_t all);
void progress_end(struct progress *p);

#endif
