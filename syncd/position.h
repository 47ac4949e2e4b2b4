/*
 * A place in a source's log as the sales database keeps it: what lies before it
 * is published, and its last transaction is told by a witness, so that another
 * log that has such a place too is not taken for it.
 *
 *	struct position p;
 *
 *	position_init(&p, mariadb);
 *	rc = position_parse(&p, text, &e);
 *	position_print(&p, &buf);
 *	position_release(&p);
 *
 * Who begins at it begins before the last transaction, and has to find the very
 * event that the witness is of: a log that was thrown away and written anew, or
 * a server that was put back to an older state, has another one there.
 */
#ifndef SYNCD_POSITION_H
#define SYNCD_POSITION_H

#include "base/token.h"
#include "syncd/place.h"

#define POSITION_HASH 33 /* 128 bits in hex, NUL */

struct position {
	struct place at;
	uint64_t from; /* MariaDB: where the last transaction begins … */
	char file[PLACE_FILE];       /* … and in which file */
	struct gtid last;            /* MySQL: the last transaction */
	char witness[POSITION_HASH]; /* of its first event */
	char rules[POSITION_HASH];   /* by which items were made of rows */
	int64_t started; /* when the server was started, its UTC seconds */
};

void position_init(struct position *p, bool mariadb);
void position_release(struct position *p);

/* One line, for people too.  A name of a file with a blank: RC_INVALID in b. */
void position_print(const struct position *p, struct buf *b);

/* RC_INVALID: it is none, or one of the other kind of server. */
enum rc position_parse(
    struct position *p, const char *text, struct error *e) CHECKED;

/* Where to begin: before the last transaction.  out is initialised. */
enum rc position_begin(
    const struct position *p, struct place *out, struct error *e) CHECKED;

void position_hash(const void *bytes, size_t n, char out[POSITION_HASH]);

#endif
