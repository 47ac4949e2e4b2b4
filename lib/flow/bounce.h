/*
 * A letter that came back, or news of one: which it was, and what follows.
 *
 *	struct bounce b;
 *
 *	rc = bounce_take(db, bytes, len, now, &b, &e);
 *
 * The same message may be given again: it has its effect once.  Nobody vouches
 * for who has sent it: all it can do is to have a person look.
 */
#ifndef FLOW_BOUNCE_H
#define FLOW_BOUNCE_H

#include "db/db.h"
#include "letter/dsn.h"

#define BOUNCE_MAX                                                             \
	(1024 * 1024) /* bytes that are looked at; what a server
				    says stands before the letter itself */

enum bounce_what {
	BOUNCE_BACK,   /* its row says so, its order's journal too */
	BOUNCE_KNOWN,  /* it did before */
	BOUNCE_LATE,   /* a server goes on trying */
	BOUNCE_NOTHING /* it arrived, or it is a vacation notice */
};

struct bounce {
	/* One for each receiver that is told of. */
	size_t n;
	struct bounce_of {
		enum bounce_what what;
		int64_t row, order; /* of the outbox; 0: of none */
		char kind[33], why[400];
	} of[DSN_MOST];
	/* It is in the inbox for a person ("shopctl inbox"), as nobody
	 * understands it or knows the letter; why, or "". */
	char person[200];
	bool again; /* and had been there before */
};

/* Units.  An error means that it must be given again. */
enum rc bounce_take(struct db *db, const void *bytes, size_t len, int64_t now,
    struct bounce *out, struct error *e) CHECKED;

#endif
