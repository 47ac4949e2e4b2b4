/*
 * The pictures of the stock system's items, on a schedule of their own: the
 * server is asked for digests, and only what differs is fetched and made.
 *
 *	rc = pictures_step(w, clock_mono_ms() + 500, &done, &e);
 *
 * Which picture an item shows is remembered with its source:
 *
 *	sha256:DIGEST		a BLOB
 *	path:PATH:MTIME:SIZE	a file below a folder; its times tell of a change
 *	url:ADDRESS:DAY		asked for again each day
 *	…!TEN_MINUTES		one of the last two that could not be had
 */
#ifndef SYNCD_PICTURES_H
#define SYNCD_PICTURES_H

#include <stdbool.h>

#include "syncd/work.h"

/*
 * Go on with the round, or begin one when it is time, until the monotonic
 * clock says until_ms; *done tells whether the round has ended.  A picture that
 * is broken, or a store that fails, is told in the log and no failure.
 */
enum rc pictures_step(
    struct work *w, int64_t until_ms, bool *done, struct error *e) CHECKED;

/* Look for the pictures of the items that came with the last pass; when they
 * are many, the next round begins at once instead. */
enum rc pictures_fresh(struct work *w, struct error *e) CHECKED;

/* The stock system could not be asked: leave it alone for a while. */
void pictures_later(struct work *w);

#endif
