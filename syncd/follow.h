/*
 * The mirror by the stock system's log: what is touched is read and published
 * at once, all is compared at times, and how old the mirror is is measured by
 * asking where the log is and waiting until the stream is there.
 *
 *	rc = follow_begin(w, must, &f, &e);
 *	rc = follow_turn(f, &e);		again and again
 *	follow_end(f);
 *
 * When any of it fails with w->fault set, polling is what is left; nothing
 * is lost, as each beginning compares all.
 */
#ifndef SYNCD_FOLLOW_H
#define SYNCD_FOLLOW_H

#include "syncd/poll.h"
#include "syncd/work.h"

struct follow;

/* RC_INVALID: this server cannot be followed so; e says why. */
enum rc follow_begin(
    struct work *w, bool must, struct follow **out, struct error *e) CHECKED;
void follow_end(struct follow *f); /* NULL is fine */

/*
 * Until something was published, nothing happens, or it is time for something
 * else.  *idle: there is time for pictures.
 */
enum rc follow_turn(struct follow *f, bool *idle, struct error *e) CHECKED;

#endif
