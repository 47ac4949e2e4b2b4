/*
 * The mirror by the stock system's log: what is touched is read and published
 * at once, all is compared at times, and how old the mirror is is measured by
 * asking where the log is and waiting until the stream is there.
 *
 *	rc = follow_begin(w, must, &past, &f, &e);
 *	rc = follow_turn(f, &e);		again and again
 *	next = follow_failed(f, &past, rc, &e);
 *	follow_end(f);
 *
 * Where the stream is, is stored with what is published.  It begins there again
 * when that is a place in the same server's log still, or else where the log is
 * now, and then all is compared.
 */
#ifndef SYNCD_FOLLOW_H
#define SYNCD_FOLLOW_H

#include "syncd/poll.h"
#include "syncd/work.h"

struct follow;

/* What was tried before; all zero at first. */
struct follow_past {
	int lost;    /* links, one soon after the other */
	int refused; /* times that the place in the log was */
	bool anew;   /* it is not to be tried again */
};

/* RC_INVALID: this server cannot be followed so; e says why. */
enum rc follow_begin(struct work *w, bool must, struct follow_past *past,
    struct follow **out, struct error *e) CHECKED;
void follow_end(struct follow *f); /* NULL is fine */

/*
 * Until something was published, nothing happens, or it is time for something
 * else.  *idle: there is time for pictures.
 */
enum rc follow_turn(struct follow *f, bool *idle, struct error *e) CHECKED;

/* It was told that the log is followed: it is the right one. */
bool follow_works(const struct follow *f);

/* What to do about a failure of the stock system; f is NULL when it could not
 * begin. */
enum follow_next {
	FOLLOW_SOON,  /* connect and begin again, after a short pause */
	FOLLOW_AGAIN, /* at once: all will be copied again, the log has why */
	FOLLOW_POLL,  /* poll, and try again later */
};
enum follow_next follow_failed(struct follow *f, struct follow_past *past,
    enum fault fault, enum rc rc, const struct error *why);

#endif
