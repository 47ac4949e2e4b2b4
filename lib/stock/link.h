/*
 * The connection to the stock system: a MySQL or MariaDB server that is not
 * ours.  TCP is always TLS with a verified certificate; a local socket needs
 * none.  The session is read-only unless it is opened for a take.
 *
 *	struct link *l;
 *	struct link_query *q;
 *
 *	rc = link_open(&settings, &l, &e);
 *	rc = link_prepare(l, sql, &q, &e);
 *	rc = link_run(q, args, 1, &e);
 *	while ((rc = link_next(q, &e)) == RC_OK)
 *		name = link_text(q, 0, &len);
 *	link_free(q);
 *	link_close(l);
 *
 * Every statement is prepared and every value bound.  Rows are streamed: one
 * row is in memory, and one query of a link can be running at a time.
 *
 * RC_IO: the server cannot be reached, or the link is lost; RC_DENIED: it will
 * not let us; RC_INVALID: no such table or column; RC_CONFLICT: a lock or a
 * change of definition, worth another try; RC_DB: anything else.  What an
 * administrator has to do is told apart by struct link_fault.
 */
#ifndef STOCK_LINK_H
#define STOCK_LINK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "base/settings.h"

enum fault {
	FAULT_NONE,
	FAULT_AWAY,     /* unreachable, or lost on the way */
	FAULT_PASSWORD, /* name, password or host refused */
	FAULT_TLS,      /* no TLS there, or a certificate that is not it */
	FAULT_GRANT,    /* a grant is missing */
	FAULT_MAPPING,  /* no such table, column or type */
	FAULT_ENGINE,   /* no transactions or no unique key where needed */
	FAULT_BUSY,     /* a lock; the next try may do */
	FAULT_TWICE,    /* the primary key is there already */
	FAULT_OTHER,
};
/* "unreachable", "password", …; borrowed, a literal. */
const char *fault_name(enum fault fault);

struct link;
struct link_query;

/*
 * Connect as stock.* says and set the session up.  *fault, also set by
 * failures of later calls on the link, says what kind of trouble it is; e says
 * what to do about it.  *out is the caller's: link_close.
 */
enum rc link_open(const struct settings *s, struct link **out,
    enum fault *fault, struct error *e) CHECKED;
/* The same for a replication dump, which is never silent for long. */
enum rc link_open_dump(const struct settings *s, struct link **out,
    enum fault *fault, struct error *e) CHECKED;
/* For a take: read and write, READ COMMITTED, given up soon by either side (3 s
 * for a row's lock; a session silent for 5 s is ended by the server). */
enum rc link_open_write(const struct settings *s, struct link **out,
    enum fault *fault, struct error *e) CHECKED;
void link_close(struct link *l); /* NULL is fine */

/* The fault of the last call that failed. */
enum fault link_fault(const struct link *l);
/* Put back what a clean-up after it has overwritten. */
void link_set_fault(struct link *l, enum fault fault);

/* Who the server is, as the mirror remembers it: "mysql UUID" or "mariadb
 * ID HOST:PORT"; borrowed. */
const char *link_identity(const struct link *l);
bool link_is_mariadb(const struct link *l);
const char *link_version(const struct link *l); /* the server's; borrowed */
const char *link_user(const struct link *l);    /* 'name'@'host', quoted */
const char *link_cipher(const struct link *l);  /* "" on a local socket */

/* Send a dump command with its arguments; from then on the link only gives
 * packets. */
enum rc link_dump(struct link *l, unsigned char command, const void *args,
    size_t n, struct error *e) CHECKED;
/* The next event, borrowed until the next call; RC_NOTFOUND when the server
 * ended the stream in order. */
enum rc link_packet(
    struct link *l, const void **event, size_t *n, struct error *e) CHECKED;

/* For a signal handler: shutdown(2) on it ends a call that waits. */
int link_socket(const struct link *l);

/* Every call on the link asserts that busy(ctx) is false: nobody waits for the
 * stock system inside a sales transaction. */
void link_guard(struct link *l, bool (*busy)(const void *ctx), const void *ctx);

/* Run a statement without rows; sql is a literal or built by stock/map. */
enum rc link_do(struct link *l, const char *sql, struct error *e) CHECKED;

/* sql has a '?' for each value.  *out is the caller's: link_free, before the
 * link is closed. */
enum rc link_prepare(struct link *l, const char *sql, struct link_query **out,
    struct error *e) CHECKED;

/* Text arguments, borrowed for the call; NULL binds NULL.  Rows left of the
 * run before are dropped. */
enum rc link_run(struct link_query *q, const char *const *args, size_t nargs,
    struct error *e) CHECKED;

/* The rows that the statement matched, if it changes any. */
int64_t link_changed(const struct link_query *q);

/* The next row: RC_OK, RC_NOTFOUND at the end, RC_TOOBIG for a value above
 * LIMIT_VALUE. */
enum rc link_next(struct link_query *q, struct error *e) CHECKED;

/* Column col of the row as text or bytes, ending in a NUL that is not counted
 * in *len (may be NULL); NULL for SQL's NULL.  Borrowed until link_next. */
const char *link_text(const struct link_query *q, unsigned col, size_t *len);

/* Drop the rows that are left, to use the link for something else. */
void link_reset(struct link_query *q);
void link_free(struct link_query *q); /* NULL is fine */

#endif
