/*
 * What syncd tells of itself, kept here and written to the mirror's row now and
 * then, so that `syncd --status`, pages and monitors can read it there.
 *
 *	note_reason(w, "the stock system keeps no binlog");
 *	note_lags(w, &lags);
 *	rc = note_write(w, false, &e);		once a turn, in daemon.c
 *
 * The calls but the last only remember, and may be made as often as wanted,
 * also inside a unit.
 */
#ifndef SYNCD_NOTE_H
#define SYNCD_NOTE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"
#include "shop/stage.h"

struct work;

#define NOTE_EVERY_MS 1000 /* written at most as often */

struct notes {
	char reason[ERROR_TEXT_SIZE];
	struct mirror_lags lags;
	int64_t compared_at, differences;
	int64_t waiting;
	char store_problem[ERROR_TEXT_SIZE];
	unsigned changed;   /* a bit for each of the above groups */
	int64_t written_ms; /* monotonic */
};

/* Why the mode is what it is; "" when there is nothing to say. */
void note_reason(struct work *w, const char *why);
void note_lags(struct work *w, const struct mirror_lags *l);
/* All was compared, as of at (UTC). */
void note_compared(struct work *w, int64_t at, int64_t differences);
/* Pictures known to wait. */
void note_waiting(struct work *w, int64_t n);
/* Why pictures cannot be stored; "": they can. */
void note_store(struct work *w, const char *problem);

/* At once, for pages and the status: why the mirror does not follow.  The next
 * confirmation clears it. */
enum rc note_problem(struct work *w, const char *text, struct error *e) CHECKED;

/* Somebody else may have written the row: write what is known anew. */
void note_again(struct work *w);

/* Write what has changed, in a unit that checks the lease; unless now at most
 * every NOTE_EVERY_MS. */
enum rc note_write(struct work *w, bool now, struct error *e) CHECKED;

#endif
