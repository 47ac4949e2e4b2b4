/*
 * A server of the stock system that is not the one the mirror was made of:
 * which takes and give-backs it knows nothing of (shop/vanished.h).
 *
 *	rc = lost_look(w, &e);		before the snapshot is opened
 *	…
 *	rc = lost_ask(w, &e);		in it
 *	…
 *	rc = lost_hold(w, db, &e);		in each unit of the publication
 *	rc = lost_settle(w, db, &e);	in its last one
 *	lost_done(w);			that was committed
 *
 * All of these do nothing while the server is the one that was published.
 * Nothing is published of another one without them.
 */
#ifndef SYNCD_LOST_H
#define SYNCD_LOST_H

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"
#include "shop/vanished.h"

struct work;
struct db;

struct lost {
	bool known;  /* this link's server is the one that is published */
	bool wanted; /* look, although it seems to be: its log is another */
	bool moving; /* an epoch was begun and waits for its publication */
	bool asked;  /* rows is all that the server lacks */
	bool held;   /* the rows' goods are held again */
	struct vanished_row *rows; /* owned: what the server lacks */
	size_t n, size;
};

enum rc lost_look(struct work *w, struct error *e) CHECKED;
enum rc lost_ask(struct work *w, struct error *e) CHECKED;

enum rc lost_hold(struct work *w, struct db *db, struct error *e) CHECKED;
enum rc lost_settle(struct work *w, struct db *db, struct error *e) CHECKED;
void lost_done(struct work *w);

/* Another link, another holder of the lease: nothing is known. */
void lost_forget(struct lost *v);

#endif
