/*
 * Mirroring by asking for everything: one consistent snapshot a pass, compared
 * with what the mirror holds, differences staged, the snapshot closed, then
 * published.  Nothing is locked in the stock system.
 *
 * A pass is in one of these states; dying in any of them leaves a mirror that
 * is either as before or says that it is partial, and the next pass mends it:
 *
 *	checking   the mapping against the server; nothing is open
 *	reading    snapshot open; differences go into the stage
 *	publishing snapshot closed; stage to items, last slice confirms
 */
#ifndef SYNCD_POLL_H
#define SYNCD_POLL_H

#include "syncd/work.h"

struct poll_result {
	int64_t items;       /* rows read in the stock system's item table */
	int64_t differences; /* published */
	int64_t unusable;    /* items whose key cannot be one of ours */
	int64_t repeated;    /* rows with a key that was there already */
};

/*
 * One pass over a link that is open, by the holder of the lease.  On failure
 * w->fault is set when it was the stock system's (FAULT_NONE otherwise), and
 * the link may have to be opened anew.
 */
enum rc poll_pass(
    struct work *w, struct poll_result *out, struct error *e) CHECKED;

/* Know what the mirror holds, for the pictures of one that goes on where the
 * log was left and has not been told of a change yet. */
enum rc poll_known(struct work *w, struct error *e) CHECKED;

struct touched;

/*
 * The same for the items that t names, in a snapshot that has all of w->need.
 * What is not named stays as it is, and so does the time of which the mirror is
 * known to be equal.  *all: some of it can only be found by a whole pass.
 */
enum rc poll_touched(struct work *w, const struct touched *t, bool *all,
    struct error *e) CHECKED;

#endif
