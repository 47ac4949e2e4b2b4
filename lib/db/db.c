/*
 * The engine-neutral half.  A connection is idle, in a unit or in a view:
 *
 *	idle     queries run by themselves; nothing can be written.  A link
 *	         found dead is replaced once, unless rows are open on it.
 *	in unit  the driver holds a transaction that may write.
 *	in view  the driver holds a snapshot.
 *
 * No rows are open when a unit or view begins or ends, so a ROLLBACK never
 * pulls them from under a reader and no stale snapshot outlives its reader.
 */
#include "config.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/limits.h"
#include "db/db_driver.h"

struct db_arg
db_int(int64_t n)
{
	return (struct db_arg){ DB_T_INT, n, NULL, 0 };
}

struct db_arg
db_text(const char *s)
{
	if (s == NULL)
		return db_null();
	return db_text_n(s, strlen(s));
}

struct db_arg
db_text_n(const char *s, size_t len)
{
	return (struct db_arg){ DB_T_TEXT, 0, s, len };
}

struct db_arg
db_blob(const void *p, size_t len)
{
	return (struct db_arg){ DB_T_BLOB, 0, p, len };
}

struct db_arg
db_null(void)
{
	return (struct db_arg){ DB_T_NULL, 0, NULL, 0 };
}

/* ---- connections ---- */

enum rc
db_open_how(
    const struct settings *s, enum db_how how, struct db **out, struct error *e)
{
	struct db *db;
	enum rc rc;

	*out = NULL;
	db = calloc(1, sizeof(*db));
	if (db == NULL)
		return error_set(e, RC_NOMEM, "out of memory");
	db->engine = (enum settings_engine)s->db_engine;
	db->driver = db->engine == ENGINE_SQLITE ? &db_sqlite_driver
						 : &db_mariadb_driver;
	db->how = how;
	db->seed =
	    ((uint64_t)clock_now_ms() * 2654435761U + (uint64_t)getpid()) |
	    1; /* xorshift never leaves 0 */
	for (size_t i = 0; i < SQL_COUNT; i++) {
		db->rows[i].db = db;
		db->rows[i].entry = &sql_table[i];
	}
	rc = db->driver->open(s, how, &db->link, e);
	if (rc != RC_OK) {
		free(db);
		return rc;
	}
	*out = db;
	return RC_OK;
}

enum rc
db_schema(struct db *db, int64_t *version, int64_t *oldest, struct error *e)
{
	struct db_rows *rows;
	enum rc rc;

	*version = *oldest = 0;
	rc = db_one(db, SQL_SCHEMA_VERSION, &rows, e);
	if (rc != RC_OK)
		return rc;
	*version = db_col_int(rows, 0);
	*oldest = db_col_int(rows, 1);
	db_done(rows);
	return RC_OK;
}

static enum rc
check_schema(struct db *db, struct error *e)
{
	int64_t version, oldest;
	enum rc rc;

	rc = db_schema(db, &version, &oldest, e);
	if (rc != RC_OK)
		return rc;
	if (version < SQL_SCHEMA)
		return error_set(e, RC_INVALID,
		    "the sales database has schema version %d, this build "
		    "needs %d: run shopctl migrate",
		    (int)version, SQL_SCHEMA);
	if (oldest > SQL_SCHEMA)
		return error_set(e, RC_INVALID,
		    "the sales database has schema version %d, this build "
		    "knows %d and is too old for it: install the newer one",
		    (int)version, SQL_SCHEMA);
	return RC_OK;
}

enum rc
db_open(const struct settings *s, enum db_mode mode, struct db **out,
    struct error *e)
{
	static const enum db_how how[] = {
		[DB_READ] = DB_OPEN_READ,
		[DB_WRITE] = DB_OPEN_WRITE,
		[DB_KEEP] = DB_OPEN_KEEP,
	};
	enum rc rc;

	rc = db_open_how(s, how[mode], out, e);
	if (rc != RC_OK)
		return rc;
	rc = check_schema(*out, e);
	if (rc != RC_OK) {
		db_close(*out);
		*out = NULL;
	}
	return rc;
}

enum rc
db_open_bare(const struct settings *s, struct db **out, struct error *e)
{
	return db_open_how(s, DB_OPEN_MAKE, out, e);
}

static void
finish(struct db_rows *rows)
{
	if (rows->stmt != NULL)
		rows->db->driver->finish(rows->stmt);
	rows->stmt = NULL;
}

static void
finish_all(struct db *db)
{
	for (size_t i = 0; i < SQL_COUNT; i++)
		finish(&db->rows[i]);
}

void
db_close(struct db *db)
{
	if (db == NULL)
		return;
	finish_all(db);
	if (db->state != DB_IDLE)
		db->driver->rollback(db->link);
	db->driver->close(db->link);
	free(db);
}

enum settings_engine
db_engine(const struct db *db)
{
	return db->engine;
}

bool
db_busy(const struct db *db)
{
	return db->state != DB_IDLE;
}

int64_t
db_last_id(struct db *db)
{
	return db->driver->last_id(db->link);
}

/* Whether the failure rc came from a dead link that may be replaced now.  Not
 * in a migration: its lock went with the link. */
static bool
may_relink(const struct db *db, enum rc rc)
{
	return rc == RC_DB && db->state == DB_IDLE && db->open_rows == 0 &&
	       db->how != DB_OPEN_MAKE && db->driver->lost(db->link);
}

static enum rc
relink(struct db *db, struct error *e)
{
	error_clear(e);
	finish_all(db);
	return db->driver->relink(db->link, e);
}

/* ---- statements ---- */

static bool
arg_fits(char type, const struct db_arg *arg)
{
	switch (type) {
	case 'i':
		return arg->type == DB_T_INT;
	case 't':
		return arg->type == DB_T_TEXT;
	case 'b':
		return arg->type == DB_T_BLOB;
	case 'I':
		return arg->type == DB_T_INT || arg->type == DB_T_NULL;
	case 'T':
		return arg->type == DB_T_TEXT || arg->type == DB_T_NULL;
	case 'B':
		return arg->type == DB_T_BLOB || arg->type == DB_T_NULL;
	default:
		return false;
	}
}

/*
 * After most failures the engine has rolled back on its own, and what follows
 * would be committed one by one.  So a unit that failed fails for good, unless
 * it was a rule of the schema that refused one statement.  A statement that
 * failed is prepared anew: one of MySQL's that was interrupted by DDL is of no
 * more use.
 */
static enum rc
judge(struct db_rows *rows, enum rc rc)
{
	if (rc == RC_OK || rc == RC_NOTFOUND || rc == RC_INVALID)
		return rc;
	rows->broken = true;
	if (!rows->open)
		finish(rows);
	if (rows->db->state != DB_IDLE)
		rows->db->doomed = rc;
	return rc;
}

/* The statement, prepared, with its arguments checked against the table. */
static enum rc
take(struct db *db, enum sql id, const struct db_arg *args, size_t nargs,
    struct error *e)
{
	struct db_rows *rows = &db->rows[id];
	const struct sql_entry *entry = rows->entry;

	assert((unsigned)id < SQL_COUNT);
	assert(!rows->open);
	assert(strlen(entry->args) == nargs);
	for (size_t i = 0; i < nargs; i++)
		assert(arg_fits(entry->args[i], &args[i]));
	assert(db->driver->text(entry) != NULL);
	if (db->doomed != RC_OK)
		return error_set(e, db->doomed,
		    "\"%s\": this unit has failed already", entry->name);
	if (rows->stmt != NULL)
		return RC_OK;
	return db->driver->prepare(db->link, entry, &rows->stmt, e);
}

enum rc
db_run_(struct db *db, enum sql id, int64_t *changed, struct error *e,
    const struct db_arg *args, size_t nargs)
{
	int64_t unused;
	enum rc rc;

	assert(db->state == DB_IN_UNIT);
	assert(sql_table[id].cols[0] == '\0');
	rc = take(db, id, args, nargs, e);
	if (rc == RC_OK)
		rc = db->driver->run(db->rows[id].stmt, args, nargs,
		    changed != NULL ? changed : &unused, e);
	return judge(&db->rows[id], rc);
}

static enum rc
ask(struct db *db, enum sql id, struct error *e, const struct db_arg *args,
    size_t nargs)
{
	enum rc rc;

	rc = take(db, id, args, nargs, e);
	if (rc != RC_OK)
		return rc;
	return db->driver->ask(db->rows[id].stmt, args, nargs, e);
}

enum rc
db_ask_(struct db *db, enum sql id, struct db_rows **out, struct error *e,
    const struct db_arg *args, size_t nargs)
{
	struct error mine = ERROR_NONE;
	enum rc rc;

	*out = NULL;
	if (e == NULL)
		e = &mine;
	assert(sql_table[id].cols[0] != '\0');
	rc = ask(db, id, e, args, nargs);
	if (may_relink(db, rc)) {
		rc = relink(db, e);
		if (rc == RC_OK)
			rc = ask(db, id, e, args, nargs);
	}
	if (rc != RC_OK)
		return judge(&db->rows[id], rc);
	*out = &db->rows[id];
	(*out)->open = true;
	(*out)->row = (*out)->over = (*out)->broken = false;
	db->open_rows++;
	return RC_OK;
}

enum rc
db_one_(struct db *db, enum sql id, struct db_rows **rows, struct error *e,
    const struct db_arg *args, size_t nargs)
{
	enum rc rc;

	rc = db_ask_(db, id, rows, e, args, nargs);
	if (rc != RC_OK)
		return rc;
	rc = db_next(*rows, e);
	if (rc != RC_OK) {
		db_done(*rows);
		*rows = NULL;
	}
	return rc;
}

/* A NULL where the table promises none would read as 0 or crash a page. */
static enum rc
check_nulls(struct db_rows *rows, struct error *e)
{
	const char *cols = rows->entry->cols;

	for (unsigned i = 0; cols[i] != '\0'; i++) {
		if (cols[i] >= 'A' && cols[i] <= 'Z')
			continue;
		if (rows->db->driver->col_null(rows->stmt, i))
			return error_set(e, RC_DB,
			    "\"%s\": column %u is unexpectedly NULL",
			    rows->entry->name, i);
	}
	return RC_OK;
}

enum rc
db_next(struct db_rows *rows, struct error *e)
{
	enum rc rc;

	assert(rows->open && !rows->over);
	rc = rows->db->driver->next(rows->stmt, e);
	if (rc == RC_OK)
		rc = check_nulls(rows, e);
	rows->row = rc == RC_OK;
	rows->over = !rows->row;
	return judge(rows, rc);
}

/* Reading a column as what it is not is a broken promise of ours. */
static void
check_col(const struct db_rows *rows, unsigned col, char type)
{
	assert(rows->open && rows->row);
	assert(col < strlen(rows->entry->cols));
	assert(type == '\0' || (rows->entry->cols[col] | 0x20) == type);
}

bool
db_col_null(const struct db_rows *rows, unsigned col)
{
	check_col(rows, col, '\0');
	return rows->db->driver->col_null(rows->stmt, col);
}

int64_t
db_col_int(const struct db_rows *rows, unsigned col)
{
	check_col(rows, col, 'i');
	return rows->db->driver->col_int(rows->stmt, col);
}

const char *
db_col_text(const struct db_rows *rows, unsigned col)
{
	size_t len;

	check_col(rows, col, 't');
	/* cppcheck-suppress returnDanglingLifetime */
	return rows->db->driver->col_bytes(rows->stmt, col, &len);
}

const void *
db_col_blob(const struct db_rows *rows, unsigned col, size_t *len)
{
	check_col(rows, col, 'b');
	return rows->db->driver->col_bytes(rows->stmt, col, len);
}

void
db_done(struct db_rows *rows)
{
	if (rows == NULL)
		return;
	assert(rows->open);
	rows->db->driver->reset(rows->stmt);
	if (rows->broken)
		finish(rows);
	rows->open = rows->row = false;
	rows->db->open_rows--;
}

/* ---- units ---- */

static enum rc
begin(struct db *db, enum db_begin kind, int64_t wait_ms, struct error *e)
{
	enum rc rc;

	assert(db->state == DB_IDLE);
	assert(db->open_rows == 0);
	rc = db->driver->begin(db->link, kind, wait_ms, e);
	if (may_relink(db, rc)) {
		rc = relink(db, e);
		if (rc == RC_OK)
			rc = db->driver->begin(db->link, kind, wait_ms, e);
	}
	db->doomed = RC_OK;
	if (rc == RC_OK)
		db->state = kind == DB_BEGIN_UNIT ? DB_IN_UNIT : DB_IN_VIEW;
	return rc;
}

/* Whatever fn said: commit or roll back, and be idle again.  A view has nothing
 * to commit, so its end cannot fail. */
static enum rc
end(struct db *db, enum rc rc, struct error *e)
{
	assert(db->open_rows == 0);
	if (rc == RC_OK && db->doomed != RC_OK)
		rc = error_set(e, db->doomed, "this unit has failed already");
	if (rc == RC_OK && db->state == DB_IN_UNIT)
		rc = db->driver->commit(db->link, e);
	if (rc != RC_OK || db->state == DB_IN_VIEW)
		db->driver->rollback(db->link);
	db->state = DB_IDLE;
	db->doomed = RC_OK;
	return rc;
}

static enum rc
once(struct db *db, enum db_begin kind, int64_t wait_ms, db_work *fn, void *ctx,
    struct error *e)
{
	enum rc rc;

	rc = begin(db, kind, wait_ms, e);
	if (rc != RC_OK) {
		db->driver->rollback(db->link);
		return rc;
	}
	return end(db, fn(db, ctx, e), e);
}

/* Up to 4, 8, 16 … 256 ms: who lost a race together should not meet again. */
static void
pause_after(struct db *db, unsigned tries)
{
	/* xorshift64*: a jitter needs no secret */
	db->seed ^= db->seed >> 12;
	db->seed ^= db->seed << 25;
	db->seed ^= db->seed >> 27;
	clock_sleep_ms(
	    (int64_t)((db->seed * UINT64_C(2685821657736338717)) >> 33) %
	    (INT64_C(2) << tries));
}

/* The whole, until it is no conflict or there is no time or try left. */
static enum rc
repeat(
    struct db *db, enum db_begin kind, db_work *fn, void *ctx, struct error *e)
{
	struct error mine = ERROR_NONE;
	int64_t deadline = clock_mono_ms() + DB_BUSY_MS;
	int64_t left = DB_BUSY_MS;
	enum rc rc;

	if (e == NULL)
		e = &mine;
	for (unsigned tries = 1;; tries++) {
		rc = once(db, kind, left, fn, ctx, e);
		if (rc != RC_CONFLICT || tries == DB_TRIES)
			return rc;
		pause_after(db, tries);
		left = deadline - clock_mono_ms();
		if (left <= 0)
			return rc;
		error_clear(e);
	}
}

enum rc
db_unit(struct db *db, db_work *fn, void *ctx, struct error *e)
{
	assert(db->how != DB_OPEN_READ);
	return repeat(db, DB_BEGIN_UNIT, fn, ctx, e);
}

enum rc
db_unit_or_inside(struct db *db, db_work *fn, void *ctx, struct error *e)
{
	if (db->state == DB_IN_UNIT)
		return fn(db, ctx, e);
	return db_unit(db, fn, ctx, e);
}

enum rc
db_view(struct db *db, db_work *fn, void *ctx, struct error *e)
{
	return repeat(db, DB_BEGIN_VIEW, fn, ctx, e);
}
