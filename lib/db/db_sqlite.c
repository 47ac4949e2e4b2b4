/*
 * SQLite in WAL mode.
 *
 * Closing: the last connection to leave checkpoints the WAL and deletes it,
 * under a lock that makes openers of that moment fail with BUSY.  Only DB_KEEP
 * (a daemon, at its end) and a migration close like that; for the others
 * NO_CKPT_ON_CLOSE keeps sqlite3_close from taking any lock.
 */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/limits.h"
#include "db/db_driver.h"

struct link {
	sqlite3 *db;
	int64_t last_id;
};

struct stmt {
	struct link *link;
	const struct sql_entry *entry;
	sqlite3_stmt *s;
};

/* ---- errors ---- */

static enum rc
word_of(int code)
{
	switch (code & 0xff) {
	case SQLITE_BUSY: /* BUSY_SNAPSHOT and BUSY_RECOVERY too */
	case SQLITE_LOCKED:
		return RC_CONFLICT;
	case SQLITE_CONSTRAINT:
	case SQLITE_MISMATCH:
		return RC_INVALID;
	case SQLITE_TOOBIG:
		return RC_TOOBIG;
	case SQLITE_NOMEM:
		return RC_NOMEM;
	case SQLITE_READONLY:
	case SQLITE_PERM:
		return RC_DENIED;
	default:
		return RC_DB;
	}
}

/* No constraint's message holds a value: SQLite names columns only. */
static enum rc
failed(struct link *l, const char *what, int code, struct error *e)
{
	return error_set(e, word_of(code), "%s\"%s\": %s",
	    word_of(code) == RC_CONFLICT
		? "the sales database is busy, try again: "
		: "",
	    what,
	    code == sqlite3_extended_errcode(l->db) ? sqlite3_errmsg(l->db)
						    : sqlite3_errstr(code));
}

/* ---- opening ---- */

static enum rc
exec_own(struct link *l, const char *text, struct error *e)
{
	int code = sqlite3_exec(l->db, text, NULL, NULL, NULL);

	return code == SQLITE_OK ? RC_OK : failed(l, text, code, e);
}

/* Made here, not by SQLite, for its mode: baskets and customers are nobody
 * else's business. */
static enum rc
make_file(const char *path, struct error *e)
{
	int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0660);

	if (fd == -1)
		return error_errno(e, errno == EACCES ? RC_DENIED : RC_IO,
		    "could not make \"%s\"", path);
	(void)close(fd);
	return RC_OK;
}

static enum rc
find_file(const char *path, struct error *e)
{
	struct stat st;

	if (stat(path, &st) == 0)
		return RC_OK;
	if (errno == ENOENT)
		return error_set(e, RC_NOTFOUND,
		    "sales database \"%s\" does not exist: run shopctl migrate",
		    path);
	return error_errno(e, RC_DB, "could not open \"%s\"", path);
}

/* Two that make the file at once get in each other's way here, and SQLite's
 * busy handler does not cover all of it. */
static enum rc
make_wal(struct link *l, struct error *e)
{
	int64_t deadline = clock_mono_ms() + DB_BUSY_MS;
	int code;

	for (;;) {
		code = sqlite3_exec(
		    l->db, "PRAGMA journal_mode = WAL", NULL, NULL, NULL);
		if ((code & 0xff) != SQLITE_BUSY || clock_mono_ms() > deadline)
			break;
		clock_sleep_ms(10);
	}
	return code == SQLITE_OK ? RC_OK : failed(l, "WAL mode", code, e);
}

static enum rc
configure(struct link *l, enum db_how how, struct error *e)
{
	static const int on[] = {
		SQLITE_DBCONFIG_DEFENSIVE,
	};
	static const int off[] = {
		SQLITE_DBCONFIG_TRUSTED_SCHEMA,
		SQLITE_DBCONFIG_DQS_DDL,
		SQLITE_DBCONFIG_DQS_DML,
	};
	bool make = how == DB_OPEN_MAKE;

	(void)sqlite3_extended_result_codes(l->db, 1);
	(void)sqlite3_busy_timeout(l->db, DB_BUSY_MS);
	(void)sqlite3_limit(l->db, SQLITE_LIMIT_LENGTH, LIMIT_VALUE);
	for (size_t i = 0; i < sizeof(on) / sizeof(on[0]); i++)
		(void)sqlite3_db_config(l->db, on[i], 1, NULL);
	for (size_t i = 0; i < sizeof(off) / sizeof(off[0]); i++)
		(void)sqlite3_db_config(l->db, off[i], 0, NULL);
	/* A migration that rebuilds a table needs them off; it checks. */
	(void)sqlite3_db_config(
	    l->db, SQLITE_DBCONFIG_ENABLE_FKEY, make ? 0 : 1, NULL);
	if (how == DB_OPEN_READ || how == DB_OPEN_WRITE)
		(void)sqlite3_db_config(
		    l->db, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, NULL);
	/* MEMORY: a large sort, or a statement that writes several rows, may want
	 * a temporary file, and in its jail a program has no folder for one.
	 * FULL: what was committed survives a power cut; NORMAL in WAL mode may
	 * lose the last commits, which for us may be money. */
	return exec_own(l,
	    how == DB_OPEN_READ
		? "PRAGMA temp_store = MEMORY"
		: "PRAGMA temp_store = MEMORY; PRAGMA synchronous = FULL",
	    e);
}

static void
close_link(void *link)
{
	struct link *l = link;

	(void)sqlite3_close(l->db);
	free(l);
}

/*
 * For the whole process, before SQLite does anything: no program of ours has
 * threads or asks how much memory SQLite takes, and its locks for both are a
 * tenth of what a page costs.  Once SQLite runs this is refused and changes
 * nothing.
 */
static void
one_thread(void)
{
	(void)sqlite3_config(SQLITE_CONFIG_SINGLETHREAD);
	(void)sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
}

static enum rc
open_link(
    const struct settings *s, enum db_how how, void **out, struct error *e)
{
	const char *path = s->db_file;
	struct link *l;
	enum rc rc;
	int code;

	rc = how == DB_OPEN_MAKE ? make_file(path, e) : find_file(path, e);
	if (rc != RC_OK)
		return rc;
	one_thread();
	l = calloc(1, sizeof(*l));
	if (l == NULL)
		return error_set(e, RC_NOMEM, "out of memory");
	code = sqlite3_open_v2(path, &l->db,
	    SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE |
		(how == DB_OPEN_READ ? SQLITE_OPEN_READONLY
				     : SQLITE_OPEN_READWRITE),
	    NULL);
	if (code != SQLITE_OK)
		rc = error_set(e, word_of(code), "could not open \"%s\": %s",
		    path, sqlite3_errstr(code));
	if (rc == RC_OK)
		rc = configure(l, how, e);
	if (rc == RC_OK && how == DB_OPEN_MAKE)
		rc = make_wal(l, e);
	if (rc != RC_OK) {
		close_link(l);
		return rc;
	}
	*out = l;
	return RC_OK;
}

/* ---- units ---- */

static void
rollback(void *link)
{
	struct link *l = link;

	/* Some errors have rolled back already; then this one says so. */
	if (!sqlite3_get_autocommit(l->db))
		(void)sqlite3_exec(l->db, "ROLLBACK", NULL, NULL, NULL);
}

static enum rc
begin(void *link, enum db_begin kind, int64_t wait_ms, struct error *e)
{
	struct link *l = link;

	(void)sqlite3_busy_timeout(l->db, (int)wait_ms);
	/* Even a ROLLBACK may have failed, for want of memory. */
	rollback(l);
	return exec_own(
	    l, kind == DB_BEGIN_UNIT ? "BEGIN IMMEDIATE" : "BEGIN", e);
}

static enum rc
commit(void *link, struct error *e)
{
	struct link *l = link;
	int code = sqlite3_exec(l->db, "COMMIT", NULL, NULL, NULL);

	if (code == SQLITE_OK)
		return RC_OK;
	/* The commit record may have reached the disk although the call that
	 * should make sure of it failed: a recovery might find it. */
	if ((code & 0xff) == SQLITE_IOERR)
		return error_set(
		    e, RC_UNCERTAIN, "\"COMMIT\": %s", sqlite3_errstr(code));
	return failed(l, "COMMIT", code, e);
}

/* ---- statements ---- */

static const char *
text_of(const struct sql_entry *entry)
{
	return entry->text != NULL ? entry->text : entry->sqlite;
}

static void
finish(void *stmt)
{
	struct stmt *st = stmt;

	(void)sqlite3_finalize(st->s);
	free(st);
}

/* The file is there, the schema is not: what shopctl migrate is for. */
static enum rc
prepare_failed(struct link *l, const char *name, int code, struct error *e)
{
	if (code == SQLITE_ERROR &&
	    strstr(sqlite3_errmsg(l->db), "no such table: migration") != NULL)
		return error_set(e, RC_NOTFOUND,
		    "the sales database has no schema: run shopctl migrate");
	return failed(l, name, code, e);
}

static enum rc
prepare(void *link, const struct sql_entry *entry, void **stmt, struct error *e)
{
	struct link *l = link;
	struct stmt *st;
	int code;

	st = calloc(1, sizeof(*st));
	if (st == NULL)
		return error_set(e, RC_NOMEM, "out of memory");
	st->link = l;
	st->entry = entry;
	code = sqlite3_prepare_v3(
	    l->db, text_of(entry), -1, SQLITE_PREPARE_PERSISTENT, &st->s, NULL);
	if (code != SQLITE_OK) {
		finish(st);
		return prepare_failed(l, entry->name, code, e);
	}
	if ((size_t)sqlite3_bind_parameter_count(st->s) !=
		strlen(entry->args) ||
	    (size_t)sqlite3_column_count(st->s) != strlen(entry->cols)) {
		finish(st);
		return error_set(e, RC_INVALID,
		    "\"%s\" is not what the statement table says", entry->name);
	}
	*stmt = st;
	return RC_OK;
}

static void
reset(void *stmt)
{
	struct stmt *st = stmt;

	(void)sqlite3_reset(st->s);
	(void)sqlite3_clear_bindings(st->s);
}

static int
bind(sqlite3_stmt *s, int i, const struct db_arg *arg)
{
	/* Borrowed for the call: a run is over when it returns, and db_ask's
	 * arguments may be gone at the next row. */
	switch (arg->type) {
	case DB_T_NULL:
		return sqlite3_bind_null(s, i);
	case DB_T_INT:
		return sqlite3_bind_int64(s, i, arg->n);
	case DB_T_TEXT:
		return sqlite3_bind_text64(
		    s, i, arg->p, arg->len, SQLITE_TRANSIENT, SQLITE_UTF8);
	case DB_T_BLOB:
		if (arg->len == 0)
			return sqlite3_bind_zeroblob(s, i, 0);
		return sqlite3_bind_blob64(
		    s, i, arg->p, arg->len, SQLITE_TRANSIENT);
	}
	return SQLITE_MISUSE;
}

static enum rc
ask(void *stmt, const struct db_arg *args, size_t nargs, struct error *e)
{
	struct stmt *st = stmt;
	int code;

	for (size_t i = 0; i < nargs; i++) {
		code = bind(st->s, (int)i + 1, &args[i]);
		if (code == SQLITE_OK)
			continue;
		reset(st);
		return failed(st->link, st->entry->name, code, e);
	}
	return RC_OK;
}

static enum rc
run(void *stmt, const struct db_arg *args, size_t nargs, int64_t *changed,
    struct error *e)
{
	struct stmt *st = stmt;
	struct link *l = st->link;
	enum rc rc;
	int code;

	rc = ask(st, args, nargs, e);
	if (rc != RC_OK)
		return rc;
	code = sqlite3_step(st->s);
	if (code == SQLITE_DONE || code == SQLITE_ROW) {
		*changed = sqlite3_changes64(l->db);
		l->last_id = sqlite3_last_insert_rowid(l->db);
	} else {
		rc = failed(l, st->entry->name, code, e);
	}
	reset(st);
	return rc;
}

static bool
is_of(int type, char declared)
{
	return type == SQLITE_NULL ||
	       (type == SQLITE_INTEGER && (declared | 0x20) == 'i') ||
	       (type == SQLITE_TEXT && (declared | 0x20) == 't') ||
	       (type == SQLITE_BLOB && (declared | 0x20) == 'b');
}

/* SQLite's types are the values', so each row is compared with the table.
 * Texts are fetched here once: their NUL may need memory, and col_bytes cannot
 * fail. */
static enum rc
check_row(struct stmt *st, struct error *e)
{
	const char *cols = st->entry->cols;

	for (int i = 0; cols[i] != '\0'; i++) {
		int type = sqlite3_column_type(st->s, i);

		if (!is_of(type, cols[i]))
			return error_set(e, RC_DB,
			    "\"%s\": column %d is not of type \"%c\"",
			    st->entry->name, i, cols[i]);
		if ((type == SQLITE_TEXT &&
			sqlite3_column_text(st->s, i) == NULL) ||
		    (type == SQLITE_BLOB &&
			sqlite3_column_blob(st->s, i) == NULL &&
			sqlite3_errcode(st->link->db) == SQLITE_NOMEM))
			return error_set(e, RC_NOMEM, "out of memory");
	}
	return RC_OK;
}

static enum rc
next(void *stmt, struct error *e)
{
	struct stmt *st = stmt;
	int code;

	code = sqlite3_step(st->s);
	if (code == SQLITE_DONE) {
		/* Or the next step would begin again. */
		reset(st);
		return RC_NOTFOUND;
	}
	if (code == SQLITE_ROW)
		return check_row(st, e);
	reset(st);
	return failed(st->link, st->entry->name, code, e);
}

static bool
col_null(void *stmt, unsigned col)
{
	struct stmt *st = stmt;

	return sqlite3_column_type(st->s, (int)col) == SQLITE_NULL;
}

static int64_t
col_int(void *stmt, unsigned col)
{
	struct stmt *st = stmt;

	return sqlite3_column_int64(st->s, (int)col);
}

static const void *
col_bytes(void *stmt, unsigned col, size_t *len)
{
	struct stmt *st = stmt;
	const void *p;

	*len = 0;
	if (col_null(st, col))
		return NULL;
	if ((st->entry->cols[col] | 0x20) == 't')
		p = sqlite3_column_text(st->s, (int)col);
	else
		p = sqlite3_column_blob(st->s, (int)col);
	*len = (size_t)sqlite3_column_bytes(st->s, (int)col);
	return p != NULL ? p : "";
}

static int64_t
last_id(void *link)
{
	return ((struct link *)link)->last_id;
}

static char
col_kind(void *stmt, unsigned col)
{
	struct stmt *st = stmt;
	const char *type = sqlite3_column_decltype(st->s, (int)col);

	if (type == NULL)
		return '?';
	if (type[0] == 'I')
		return 'i';
	return type[0] == 'T' ? 't' : 'b';
}

/* A file does not hang up. */
static bool
lost(void *link)
{
	(void)link;
	return false;
}

static enum rc
relink(void *link, struct error *e)
{
	(void)link;
	return error_set(e, RC_DB, "SQLite has no link to renew");
}

/* A migration is one transaction here, so nothing is ever half there. */
static enum rc
exec(void *link, const char *text, size_t n, bool *there, struct error *e)
{
	struct link *l = link;
	sqlite3_stmt *s = NULL;
	int code;

	if (there != NULL)
		*there = false;
	if (n > LIMIT_VALUE)
		return error_set(e, RC_TOOBIG, "statement too long");
	code = sqlite3_prepare_v2(l->db, text, (int)n, &s, NULL);
	if (code == SQLITE_OK && s != NULL)
		do
			code = sqlite3_step(s);
		while (code == SQLITE_ROW);
	else if (code == SQLITE_OK)
		code = SQLITE_DONE;
	(void)sqlite3_finalize(s);
	return code == SQLITE_DONE ? RC_OK : failed(l, "migration", code, e);
}

const struct db_driver db_sqlite_driver = {
	.name = "sqlite",
	.open = open_link,
	.close = close_link,
	.begin = begin,
	.commit = commit,
	.rollback = rollback,
	.text = text_of,
	.prepare = prepare,
	.finish = finish,
	.run = run,
	.ask = ask,
	.next = next,
	.reset = reset,
	.col_null = col_null,
	.col_int = col_int,
	.col_bytes = col_bytes,
	.last_id = last_id,
	.col_kind = col_kind,
	.lost = lost,
	.relink = relink,
	.exec = exec,
};
