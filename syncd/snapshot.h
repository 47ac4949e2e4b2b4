/*
 * A consistent snapshot of the stock system, and proof of what is in it.
 *
 *	rc = snapshot_open(w, &seen_in_the_log, &e);
 *	…read
 *	snapshot_close(w)
 *
 * An event can be read from the log before a snapshot shows it.  Both servers
 * can say what a snapshot holds, each in its own way, and no other way was
 * found to be exact: MariaDB names the place in the log that belongs to a
 * snapshot inside of it; with MySQL a snapshot opened after @@gtid_executed was
 * read has all of that set.
 */
#ifndef SYNCD_SNAPSHOT_H
#define SYNCD_SNAPSHOT_H

#include "syncd/place.h"
#include "syncd/work.h"

/* Open one that has all that is before need (NULL: whatever it has).
 * RC_CONFLICT when the server did not get there in SNAPSHOT_WAIT_MS. */
#define SNAPSHOT_WAIT_MS 5000
enum rc snapshot_open(
    struct work *w, const struct place *need, struct error *e) CHECKED;

/* Nothing was written: this only lets go of it. */
enum rc snapshot_close(struct work *w, struct error *e) CHECKED;

/*
 * Where the log is.  With proven every snapshot opened after this call has what
 * is before *out; that may take seconds.  out is initialised.
 */
enum rc snapshot_place(
    struct work *w, bool proven, struct place *out, struct error *e) CHECKED;

#endif
