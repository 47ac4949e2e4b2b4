/*
 * A place in a source's log: what lies before it is known, or has to be.
 *
 *	struct place here;
 *
 *	place_init(&here, mariadb);
 *	if (place_covers(&here, &wanted))
 *		…all of wanted is in here
 *	place_release(&here);
 *
 * Of MariaDB it is a file and a byte in it, of MySQL a set of GTIDs.
 */
#ifndef SYNCD_PLACE_H
#define SYNCD_PLACE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/error.h"
#include "syncd/gtid.h"

#define PLACE_FILE 256

struct place {
	bool mariadb;
	char file[PLACE_FILE]; /* MariaDB; "": the beginning of all */
	uint64_t pos;
	struct gtid_set set; /* MySQL; owned */
};

void place_init(struct place *p, bool mariadb);
void place_release(struct place *p);

/* MariaDB: be at this place.  RC_TOOBIG for a name that cannot be one. */
enum rc place_set(
    struct place *p, const char *file, uint64_t pos, struct error *e) CHECKED;

bool place_covers(const struct place *p, const struct place *wanted);

/* For people. */
void place_print(const struct place *p, struct buf *b);

#endif
