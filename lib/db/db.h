/*
 * The sales database, on two engines: SQLite (WAL) and MariaDB/MySQL.
 *
 *	struct db *db;
 *	struct db_rows *rows;
 *
 *	rc = db_open(&settings, DB_READ, &db, &e);
 *	rc = db_ask(db, SQL_ITEM_BY_SLUG, &rows, &e, db_text(slug));
 *	while ((rc = db_next(rows, &e)) == RC_OK)
 *		name = db_col_text(rows, 1);
 *	db_done(rows);
 *
 * Statements are in one closed table (db/sql.h), chosen by enum and bound by
 * type; there is no call that takes SQL text.  Every writing is a unit:
 *
 *	rc = db_unit(db, add_line, &ctx, &e);
 *
 * which begins IMMEDIATE, calls add_line, commits, and repeats the whole on
 * RC_CONFLICT (busy, deadlock, certification failure) up to DB_TRIES times
 * with jitter, for DB_BUSY_MS in all (a lock of MariaDB may be waited for once
 * more after that).  On SQLite units run one after the other; on MariaDB they
 * are READ COMMITTED and a SELECT locks nothing: what must not change between
 * reading and writing belongs into the UPDATE's condition, or the SELECT takes
 * FOR UPDATE there.  RC_UNCERTAIN, the link died during COMMIT, is never repeated:
 * the caller finds out what became of it.  Both engines count matched rows.
 */
#ifndef DB_DB_H
#define DB_DB_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "base/settings.h"
#include "db/sql.h"

struct db;
struct db_rows;

#define DB_TRIES 8
#define DB_BUSY_MS 5000 /* how long one lock is waited for */

enum db_mode {
	DB_READ,  /* page that only reads; db_close leaves the file alone */
	DB_WRITE, /* reads and writes */
	DB_KEEP,  /* DB_WRITE of a daemon: closes in full at its end */
};

enum db_type { DB_T_NULL, DB_T_INT, DB_T_TEXT, DB_T_BLOB };

/* One bound argument; text and bytes are borrowed for the call. */
struct db_arg {
	enum db_type type;
	int64_t n;
	const void *p;
	size_t len;
};

struct db_arg db_int(int64_t n);
struct db_arg db_text(const char *s); /* NULL binds NULL */
struct db_arg db_text_n(const char *s, size_t len);
struct db_arg db_blob(const void *p, size_t len);
struct db_arg db_null(void);

/*
 * Connect as the settings say.  RC_DB when it cannot be reached, RC_NOTFOUND
 * when the database or its schema is not there (shopctl migrate makes it),
 * RC_INVALID when the schema is older than this build needs, or so new that it
 * says it does not work with this build.  *out is the caller's: db_close.
 */
enum rc db_open(const struct settings *s, enum db_mode mode, struct db **out,
    struct error *e) CHECKED;

/* The same without looking at the schema's version, and making the SQLite file
 * when it is missing: for shopctl migrate. */
enum rc db_open_bare(
    const struct settings *s, struct db **out, struct error *e) CHECKED;

void db_close(struct db *db); /* NULL is fine; rolls back an open unit */

enum settings_engine db_engine(const struct db *db);

/*
 * Run a statement that gives no rows; only inside a unit (assert).  *changed is
 * the number of rows matched, an upsert of one row counts 1.  RC_CONFLICT: busy or deadlock, leave the unit.  RC_INVALID:
 * a UNIQUE, CHECK or NOT NULL rule refused it (e names which statement).
 */
#define db_run(db, id, e, ...)                                                 \
	db_run_((db), (id), NULL, (e), DB_ARGS_(__VA_ARGS__))
#define db_run_count(db, id, changed, e, ...)                                  \
	db_run_((db), (id), (changed), (e), DB_ARGS_(__VA_ARGS__))

/* Run a query.  Outside units and views a dead MariaDB link is replaced once.
 * *rows is the caller's (db_done), also after a failure, when it
 * is NULL.  One statement id can be open once at a time per connection. */
#define db_ask(db, id, rows, e, ...)                                           \
	db_ask_((db), (id), (rows), (e), DB_ARGS_(__VA_ARGS__))

/* Run a query of which one row is wanted: db_ask and the first db_next.  On
 * any rc but RC_OK *rows is NULL and nothing is left to release. */
#define db_one(db, id, rows, e, ...)                                           \
	db_one_((db), (id), (rows), (e), DB_ARGS_(__VA_ARGS__))

/* The next row: RC_OK, RC_NOTFOUND at the end; not to be called again after
 * anything but RC_OK (assert). */
enum rc db_next(struct db_rows *rows, struct error *e) CHECKED;

/* Columns count from 0.  Text and bytes are borrowed until db_next or db_done
 * and end in a NUL.  NULL reads as 0, NULL pointer, length 0. */
bool db_col_null(const struct db_rows *rows, unsigned col);
int64_t db_col_int(const struct db_rows *rows, unsigned col);
const char *db_col_text(const struct db_rows *rows, unsigned col);
const void *db_col_blob(const struct db_rows *rows, unsigned col, size_t *len);
void db_done(struct db_rows *rows); /* NULL is fine */

/* The key that the last INSERT made. */
int64_t db_last_id(struct db *db);

/*
 * Run fn as one unit of work (see above).  fn returns RC_OK to commit and
 * anything else to roll back; RC_CONFLICT is tried again with e cleared, so fn
 * must be repeatable.  Once a call inside failed with anything but RC_INVALID or
 * RC_NOTFOUND the unit cannot be committed any more, whatever fn returns.  Units do not nest, no rows are open when one begins or
 * ends, and a DB_READ connection has none (assert).
 */
typedef enum rc db_work(struct db *db, void *ctx, struct error *e);
enum rc db_unit(struct db *db, db_work *fn, void *ctx, struct error *e) CHECKED;

/* The same; inside a unit fn becomes a part of it. */
enum rc db_unit_or_inside(
    struct db *db, db_work *fn, void *ctx, struct error *e) CHECKED;

/* A consistent view over several queries, without writing.  Repeated like a unit
 * (MariaDB gives up a view when a table is altered under it), so fn must be
 * repeatable here too. */
enum rc db_view(struct db *db, db_work *fn, void *ctx, struct error *e) CHECKED;

/* In a unit or view: lib/peer and lib/stock assert that it is not so. */
bool db_busy(const struct db *db);

/* clang-format off */
#define DB_ARGS_(...) \
	((const struct db_arg[]){ { DB_T_NULL, 0, NULL, 0 }, ##__VA_ARGS__ }) + 1, \
	(sizeof((const struct db_arg[]){ { DB_T_NULL, 0, NULL, 0 }, ##__VA_ARGS__ }) \
	    / sizeof(struct db_arg) - 1)
/* clang-format on */
enum rc db_run_(struct db *db, enum sql id, int64_t *changed, struct error *e,
    const struct db_arg *args, size_t nargs) CHECKED;
enum rc db_ask_(struct db *db, enum sql id, struct db_rows **rows,
    struct error *e, const struct db_arg *args, size_t nargs) CHECKED;
enum rc db_one_(struct db *db, enum sql id, struct db_rows **rows,
    struct error *e, const struct db_arg *args, size_t nargs) CHECKED;

#endif
