/*
 * The stock system's own log of changes, followed as it is written.
 *
 *	rc = stream_open(w, must, NULL, &st, &e);
 *	for (;;) {
 *		rc = stream_step(st, &touched, &quiet, &e);
 *		…when stream_between(st): read what was touched, in a snapshot
 *		that has all of *stream_need(st); then stream_done(st)
 *	}
 *	stream_free(st);
 *
 * What the log says is believed only as far as that something was changed: the
 * values are read in a snapshot that is known to have them, by the very
 * statements that polling uses.  So nothing older than what is published is ever
 * published, images may be MINIMAL, and what the log does not tell exactly (a
 * statement, a DDL, an XA branch) is touched_all().
 */
#ifndef SYNCD_STREAM_H
#define SYNCD_STREAM_H

#include <stdbool.h>

#include "shop/stage.h"
#include "syncd/place.h"
#include "syncd/position.h"
#include "syncd/touched.h"
#include "syncd/work.h"

struct stream;

/*
 * Begin at from, what was published up to, or with NULL where the log is now: a
 * snapshot opened after this call has what is before.  A row of our own schema
 * on the stock server must come back, or the stream cannot be believed; with
 * must it is only a warning that there is no such schema.
 *
 * RC_INVALID: this server cannot be followed so.  RC_NOTFOUND, here or from
 * stream_step: from is no place in this server's log; begin anew.  e says why.
 */
enum rc stream_open(struct work *w, bool must, const struct position *from,
    struct stream **out, struct error *e) CHECKED;
void stream_free(struct stream *st); /* NULL is fine */

/* Whether stream_open could begin where the log is now, found out without
 * writing a row.  RC_DENIED with FAULT_GRANT in w->fault: there is no grant for
 * it. */
enum rc stream_try(struct work *w, struct error *e) CHECKED;

/* Wait for the next event, a heartbeat at the latest (STREAM_BEAT_MS), and note
 * what it touches.  *quiet: it was a heartbeat.  On failure connect anew. */
#define STREAM_BEAT_MS 200
enum rc stream_step(
    struct stream *st, struct touched *t, bool *quiet, struct error *e) CHECKED;

/* No transaction is half read. */
bool stream_between(const struct stream *st);

/* More can be read at once, as far as that can be told. */
bool stream_waiting(const struct stream *st);

/* Behind the last whole transaction that was read; borrowed. */
const struct place *stream_at(const struct stream *st);

/* What a snapshot has to have to show all that was touched; borrowed. */
const struct place *stream_need(const struct stream *st);

/* A snapshot had it, and it is published. */
void stream_done(struct stream *st);

/* The log is the one that was followed; then the row of ours came back too. */
bool stream_same(const struct stream *st);
bool stream_proven(const struct stream *st);

/* The server was started since from was stored: what was not yet on its disk
 * may be lost, though it was seen. */
bool stream_restarted(const struct stream *st);

/* The number by which the server knows us among those who read its log. */
uint32_t stream_id(const struct stream *st);

/*
 * Append stream_at() for position_parse: nothing when there is no place to
 * begin at, as no transaction was seen.  All that is before it has to be
 * published before it is stored, or in one unit with it.
 */
enum rc stream_position(
    const struct stream *st, struct buf *b, struct error *e) CHECKED;

/* How old things are; to be asked when something was published, before
 * stream_done. */
void stream_lags(struct stream *st, struct mirror_lags *out);

/* The mapping was checked anew: columns may be at other places.  RC_INVALID when
 * it cannot be followed any more. */
enum rc stream_map(struct stream *st, struct error *e) CHECKED;

#endif
