/*
 * From the stage to what pages show.  A small change is one short unit; what
 * takes longer goes in slices of some 20 ms with a breath between, the mirror
 * counting as stale from the first to the last of them.
 *
 *	rc = publish(w, taken_at, n, &e);
 */
#ifndef SYNCD_PUBLISH_H
#define SYNCD_PUBLISH_H

#include "syncd/work.h"

/* Publish the staged rows; taken_at is when the snapshot was opened that they
 * come from.  n, their number, may be 0: then the mirror is confirmed, once a
 * second at most.  The holds in w->claims end, each in the unit that publishes
 * its item's level, or in the last one when that has not changed. */
enum rc publish(
    struct work *w, int64_t taken_at, int64_t n, struct error *e) CHECKED;

/* Drop what an unfinished pass has staged. */
enum rc publish_clear(struct work *w, struct error *e) CHECKED;

/* Write the mirror's counts when they have changed. */
enum rc publish_counts(struct work *w, struct error *e) CHECKED;

#endif
