#include "config.h"

#include <sqlite3.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "sandbox/store.h"

#define PATH_SIZE 1200
#define BUSY_MS 20000
#define SCHEMA 2 /* raised when a schema changes what an older one made */

static void
fail(struct store *st)
{
	(void)error_set(&st->e, RC_DB, "the sandbox's database: %s",
	    st->db == NULL ? "no memory" : sqlite3_errmsg(st->db));
}

static void
text(struct store *st, const char *sql)
{
	if (st->e.rc == RC_OK &&
	    sqlite3_exec(st->db, sql, NULL, NULL, NULL) != SQLITE_OK)
		fail(st);
}

static bool
is_made(struct store *st)
{
	struct store_rows q;
	bool made = false;

	store_ask(st, &q, "PRAGMA user_version", "");
	if (store_next(&q))
		made = store_int(&q, 0) >= SCHEMA;
	store_done(&q);
	return made;
}

enum rc
store_open(struct store *st, const char *folder, const char *name,
    const char *schema, struct error *e)
{
	char path[PATH_SIZE];

	memset(st, 0, sizeof(*st));
	(void)snprintf(path, sizeof(path), "%s/%s.db", folder, name);
	if (sqlite3_open(path, &st->db) != SQLITE_OK)
		fail(st);
	else
		(void)sqlite3_busy_timeout(st->db, BUSY_MS);
	text(st, "PRAGMA synchronous = OFF");
	if (!is_made(st)) {
		text(st, "PRAGMA journal_mode = WAL");
		text(st, "BEGIN IMMEDIATE");
		if (!is_made(st)) { /* by another one, meanwhile */
			text(st, schema);
			text(st, "PRAGMA user_version = 2"); /* SCHEMA */
		}
		text(st, "COMMIT");
	}
	return store_rc(st, e);
}

void
store_close(struct store *st)
{
	store_rollback(st);
	(void)sqlite3_close(st->db);
	st->db = NULL;
}

enum rc
store_begin(struct store *st, struct error *e)
{
	text(st, "BEGIN IMMEDIATE");
	st->inside = st->e.rc == RC_OK;
	return store_rc(st, e);
}

enum rc
store_commit(struct store *st, struct error *e)
{
	text(st, "COMMIT");
	if (st->e.rc == RC_OK)
		st->inside = false;
	else
		store_rollback(st);
	return store_rc(st, e);
}

void
store_rollback(struct store *st)
{
	if (st->inside)
		(void)sqlite3_exec(st->db, "ROLLBACK", NULL, NULL, NULL);
	st->inside = false;
}

enum rc
store_rc(const struct store *st, struct error *e)
{
	if (st->e.rc == RC_OK)
		return RC_OK;
	return error_set(e, st->e.rc, "%s", st->e.text);
}

static void
vask(struct store *st, struct store_rows *q, const char *sql, const char *types,
    va_list ap)
{
	const char *s;
	int rc, i;

	*q = (struct store_rows){ st, NULL };
	if (st->e.rc != RC_OK)
		return;
	rc = sqlite3_prepare_v2(st->db, sql, -1, &q->s, NULL);
	for (i = 1; rc == SQLITE_OK && types[i - 1] != '\0'; i++) {
		if (types[i - 1] == 'i') {
			rc = sqlite3_bind_int64(q->s, i, va_arg(ap, int64_t));
			continue;
		}
		s = va_arg(ap, const char *);
		rc = sqlite3_bind_text(q->s, i, s, -1, SQLITE_TRANSIENT);
	}
	if (rc != SQLITE_OK)
		fail(st);
}

int
store_run(struct store *st, const char *sql, const char *types, ...)
{
	struct store_rows q;
	va_list ap;

	va_start(ap, types);
	vask(st, &q, sql, types, ap);
	va_end(ap);
	while (store_next(&q))
		continue;
	store_done(&q);
	return st->e.rc == RC_OK ? sqlite3_changes(st->db) : 0;
}

void
store_ask(struct store *st, struct store_rows *q, const char *sql,
    const char *types, ...)
{
	va_list ap;

	va_start(ap, types);
	vask(st, q, sql, types, ap);
	va_end(ap);
}

bool
store_next(struct store_rows *q)
{
	int rc;

	if (q->st->e.rc != RC_OK)
		return false;
	rc = sqlite3_step(q->s);
	if (rc != SQLITE_ROW && rc != SQLITE_DONE)
		fail(q->st);
	return rc == SQLITE_ROW;
}

const char *
store_text(struct store_rows *q, int column)
{
	const unsigned char *s = sqlite3_column_text(q->s, column);

	return s == NULL ? "" : (const char *)s;
}

int64_t
store_int(struct store_rows *q, int column)
{
	return sqlite3_column_int64(q->s, column);
}

void
store_done(struct store_rows *q)
{
	(void)sqlite3_finalize(q->s);
	q->s = NULL;
}
