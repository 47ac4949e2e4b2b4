#include "config.h"

#include <assert.h>
#include <dirent.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/file.h"
#include "base/limits.h"
#include "base/num.h"
#include "base/token.h"
#include "db/db_driver.h"
#include "db/migrate.h"
#include "db/split.h"

#define LOCK_SECONDS 30 /* how long another migration is waited for */

/* What the database remembers of a file. */
struct done {
	int64_t step; /* statements that are done; MariaDB only */
	bool begun, finished;
};

struct file {
	char name[LIMIT_NAME + 1];
	char sum[HASH_SIZE];
	char *text; /* owned */
	size_t len;
	int64_t oldest;
	struct done done;
};

struct job {
	const struct migrate_how *how;
	struct db *db;      /* owned; NULL in a dry run without a file */
	struct file *files; /* owned */
	int64_t count;
	int64_t version; /* of the file under way */
	int64_t step;    /* statements of it seen */
	bool retried;    /* its statement may be there already */
};

static void say(struct job *j, const char *fmt, ...) PRINTF_LIKE(2, 3);

static void
say(struct job *j, const char *fmt, ...)
{
	char line[512];
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(line, sizeof(line), fmt, ap);
	va_end(ap);
	if (j->how->say != NULL)
		j->how->say(j->how->ctx, line);
}

/* ---- files ---- */

static enum rc
read_whole(const char *path, struct file *f, struct error *e)
{
	struct buf b;
	enum rc rc;

	buf_init(&b, LIMIT_CONF);
	rc = file_read(path, &b, e);
	if (rc == RC_OK)
		rc = buf_take(&b, &f->text, &f->len);
	if (rc == RC_OK)
		hash_hex(f->text, f->len, f->sum);
	buf_release(&b);
	return rc;
}

static enum rc
read_head(struct file *f, struct error *e)
{
	static const char head[] = "-- works with: ";
	size_t n = sizeof(head) - 1;

	if (f->len < n + 5 || memcmp(f->text, head, n) != 0 ||
	    f->text[n + 4] != '\n' ||
	    num_parse_n(f->text + n, 4, 1, 9999, &f->oldest) != RC_OK)
		return error_set(e, RC_INVALID,
		    "\"%s\": the first line is not \"%sNNNN\"", f->name, head);
	return RC_OK;
}

static enum rc
put_nowhere(void *ctx, const char *text, size_t n, struct error *e)
{
	(void)ctx;
	(void)text;
	(void)n;
	(void)e;
	return RC_OK;
}

/* Before anything is applied: a file that cannot be split is not begun. */
static enum rc
check_text(const struct file *f, struct error *e)
{
	enum rc rc = split_statements(f->text, f->len, put_nowhere, NULL, e);

	if (rc != RC_OK)
		error_prefix(e, "\"%s\"", f->name);
	return rc;
}

/* NNNN-….sql; everything else in the folder is not ours. */
static int
wanted(const struct dirent *d)
{
	size_t n = strlen(d->d_name);
	int64_t unused;

	return n > 9 && n <= LIMIT_NAME && d->d_name[4] == '-' &&
	       strcmp(d->d_name + n - 4, ".sql") == 0 &&
	       num_parse_n(d->d_name, 4, 1, 9999, &unused) == RC_OK;
}

static enum rc
read_file(struct job *j, const char *folder, const char *name, struct error *e)
{
	struct file *f = &j->files[j->count];
	int64_t version = 0;
	struct buf path;
	enum rc rc;

	assert(strlen(name) < sizeof(f->name));
	memcpy(f->name, name, strlen(name) + 1);
	j->count++;
	if (num_parse_n(name, 4, 1, 9999, &version) != RC_OK ||
	    version != j->count)
		return error_set(e, RC_INVALID,
		    "\"%s/%s\": its number should be %04" PRId64, folder, name,
		    j->count);
	buf_init(&path, LIMIT_URL);
	buf_printf(&path, "%s/%s", folder, name);
	rc = buf_rc(&path);
	if (rc == RC_OK)
		rc = read_whole(buf_str(&path), f, e);
	if (rc == RC_OK)
		rc = read_head(f, e);
	if (rc == RC_OK)
		rc = check_text(f, e);
	buf_release(&path);
	return rc != RC_OK ? error_set(e, rc, "could not read \"%s\"", name)
			   : RC_OK;
}

static enum rc
read_folder(struct job *j, const char *folder, struct error *e)
{
	struct dirent **list = NULL;
	enum rc rc = RC_OK;
	int n;

	n = scandir(folder, &list, wanted, alphasort);
	if (n == -1)
		return error_errno(e, errno == ENOMEM ? RC_NOMEM : RC_IO,
		    "could not read folder \"%s\"", folder);
	j->files = calloc((size_t)n + 1, sizeof(*j->files));
	if (j->files == NULL)
		rc = error_set(e, RC_NOMEM, "out of memory");
	for (int i = 0; i < n; i++) {
		if (rc == RC_OK)
			rc = read_file(j, folder, list[i]->d_name, e);
		free(list[i]);
	}
	free(list);
	if (rc == RC_OK && j->count != j->how->newest)
		rc = error_set(e, RC_INVALID,
		    "\"%s\" goes up to version %" PRId64
		    ", this build needs %" PRId64,
		    folder, j->count, j->how->newest);
	return rc;
}

static enum rc
read_files(struct job *j, const char *engine, struct error *e)
{
	struct buf folder;
	enum rc rc;

	buf_init(&folder, LIMIT_URL);
	buf_printf(&folder, "%s/%s", j->how->folder, engine);
	rc = buf_rc(&folder);
	if (rc == RC_OK)
		rc = read_folder(j, buf_str(&folder), e);
	else
		rc = error_set(e, rc, "could not name the schema's folder");
	buf_release(&folder);
	return rc;
}

/* ---- what has been done ---- */

static enum rc
compare(struct job *j, struct db_rows *row, struct error *e)
{
	int64_t version = db_col_int(row, 0);
	const char *name = db_col_text(row, 1);
	struct file *f;

	if (version < 1 || version > j->count)
		return error_set(e, RC_INVALID,
		    "the sales database has migration \"%s\", this build does "
		    "not: install the newer one",
		    name);
	f = &j->files[version - 1];
	if (strcmp(f->sum, db_col_text(row, 2)) != 0)
		return error_set(e, RC_INVALID,
		    "\"%s\" has changed since it was applied as \"%s\"",
		    f->name, name);
	f->done.step = db_col_int(row, 3);
	f->done.begun = true;
	f->done.finished = !db_col_null(row, 4);
	return RC_OK;
}

static enum rc
look(struct job *j, struct error *e)
{
	struct db_rows *rows;
	enum rc rc;

	rc = db_ask(j->db, SQL_MIGRATION_LIST, &rows, e);
	if (rc != RC_OK)
		return rc;
	while ((rc = db_next(rows, e)) == RC_OK) {
		rc = compare(j, rows, e);
		if (rc != RC_OK)
			break;
	}
	db_done(rows);
	return rc == RC_NOTFOUND ? RC_OK : rc;
}

/* ---- SQLite: a file is a unit ---- */

static enum rc
put_whole(void *ctx, const char *text, size_t n, struct error *e)
{
	struct job *j = ctx;
	enum rc rc;

	j->step++;
	rc = j->db->driver->exec(j->db->link, text, n, NULL, e);
	if (rc != RC_OK)
		error_prefix(e, "\"%s\", statement %" PRId64,
		    j->files[j->version - 1].name, j->step);
	return rc;
}

static enum rc
check_keys(struct db *db, struct error *e)
{
	struct db_rows *rows;
	enum rc rc;

	rc = db_one(db, SQL_FOREIGN_KEYS, &rows, e);
	if (rc == RC_NOTFOUND)
		return RC_OK;
	if (rc != RC_OK)
		return rc;
	rc = error_set(e, RC_INVALID,
	    "table \"%s\" would point at rows of \"%s\" that are not there",
	    db_col_text(rows, 0), db_col_text(rows, 2));
	db_done(rows);
	return rc;
}

static enum rc
begin_file(struct job *j, struct error *e)
{
	const struct file *f = &j->files[j->version - 1];

	return db_run(j->db, SQL_MIGRATION_BEGIN, e, db_int(j->version),
	    db_text(f->name), db_text(f->sum), db_int(f->oldest));
}

static enum rc
end_file(struct job *j, struct error *e)
{
	return db_run(j->db, SQL_MIGRATION_END, e, db_int(clock_now()),
	    db_int(j->version));
}

static enum rc
whole_file(struct db *db, void *ctx, struct error *e)
{
	struct job *j = ctx;
	const struct file *f = &j->files[j->version - 1];
	enum rc rc;

	(void)db;
	/* Somebody may have been faster before we got the lock. */
	rc = look(j, e);
	if (rc != RC_OK || f->done.finished)
		return rc;
	j->step = 0;
	rc = begin_file(j, e);
	if (rc == RC_OK)
		rc = split_statements(f->text, f->len, put_whole, j, e);
	if (rc == RC_OK)
		rc = check_keys(j->db, e);
	if (rc == RC_OK)
		rc = end_file(j, e);
	return rc;
}

/* ---- MariaDB: a statement is a unit ---- */

struct step {
	struct job *j;
	const char *text; /* borrowed */
	size_t n;
};

/*
 * DDL commits by itself, before and after.  A statement that changes rows is
 * committed together with its count; for DDL there is a moment between the two,
 * so a statement tried again may find its work done.
 */
static enum rc
one_step(struct db *db, void *ctx, struct error *e)
{
	const struct step *s = ctx;
	struct job *j = s->j;
	bool there = false;
	enum rc rc;

	rc = db->driver->exec(db->link, s->text, s->n, &there, e);
	if (rc != RC_OK && there && j->retried) {
		error_clear(e);
		rc = RC_OK;
	}
	j->retried = true;
	if (rc != RC_OK)
		return rc;
	return db_run(
	    db, SQL_MIGRATION_STEP, e, db_int(j->step), db_int(j->version));
}

static enum rc
put_step(void *ctx, const char *text, size_t n, struct error *e)
{
	struct job *j = ctx;
	const struct file *f = &j->files[j->version - 1];
	struct step s = { j, text, n };
	enum rc rc;

	if (++j->step <= f->done.step)
		return RC_OK;
	rc = db_unit(j->db, one_step, &s, e);
	if (rc != RC_OK)
		error_prefix(e, "\"%s\", statement %" PRId64, f->name, j->step);
	j->retried = false;
	return rc;
}

static enum rc
begin_unit(struct db *db, void *ctx, struct error *e)
{
	(void)db;
	return begin_file(ctx, e);
}

static enum rc
end_unit(struct db *db, void *ctx, struct error *e)
{
	(void)db;
	return end_file(ctx, e);
}

static enum rc
step_file(struct job *j, struct error *e)
{
	const struct file *f = &j->files[j->version - 1];
	enum rc rc = RC_OK;

	j->step = 0;
	/* Only the first statement that is not counted may have been begun. */
	j->retried = f->done.begun;
	if (!f->done.begun)
		rc = db_unit(j->db, begin_unit, j, e);
	if (rc == RC_OK)
		rc = split_statements(f->text, f->len, put_step, j, e);
	if (rc == RC_OK)
		rc = db_unit(j->db, end_unit, j, e);
	return rc;
}

/* ---- all of it ---- */

static enum rc
make_table(struct db *db, void *ctx, struct error *e)
{
	(void)ctx;
	return db_run(db, SQL_MIGRATION_TABLE, e);
}

static enum rc
lock(struct db *db, struct error *e)
{
	struct db_rows *rows;
	int64_t got;
	enum rc rc;

	rc = db_one(db, SQL_MIGRATION_LOCK, &rows, e, db_int(LOCK_SECONDS));
	if (rc != RC_OK)
		return rc;
	got = db_col_int(rows, 0);
	db_done(rows);
	if (got != 1)
		return error_set(e, RC_CONFLICT,
		    "another shopctl migrate is at work on this database");
	return RC_OK;
}

/* Best effort: closing the connection does the same. */
static void
unlock(struct db *db)
{
	struct db_rows *rows;

	if (db_one(db, SQL_MIGRATION_UNLOCK, &rows, NULL) == RC_OK)
		db_done(rows);
}

static enum rc
apply(struct job *j, int *pending, struct error *e)
{
	bool sqlite = db_engine(j->db) == ENGINE_SQLITE;
	enum rc rc = RC_OK;

	for (int64_t i = 0; i < j->count && rc == RC_OK; i++) {
		struct file *f = &j->files[i];

		if (f->done.finished)
			continue;
		j->version = i + 1;
		if (sqlite)
			rc = db_unit(j->db, whole_file, j, e);
		else
			rc = step_file(j, e);
		/* finished: by another one, while we waited for the lock */
		if (rc == RC_OK && !f->done.finished) {
			say(j, "applied %s", f->name);
			++*pending;
		}
	}
	return rc;
}

static enum rc
wet(struct job *j, const struct settings *s, int *pending, struct error *e)
{
	bool locked = false;
	enum rc rc;

	rc = db_open_bare(s, &j->db, e);
	if (rc == RC_OK && db_engine(j->db) == ENGINE_MARIADB) {
		rc = lock(j->db, e);
		locked = rc == RC_OK;
	}
	if (rc == RC_OK)
		rc = db_unit(j->db, make_table, NULL, e);
	if (rc == RC_OK)
		rc = look(j, e);
	if (rc == RC_OK)
		rc = apply(j, pending, e);
	if (locked)
		unlock(j->db);
	return rc;
}

/* A database that is not there, or has no schema yet, lacks everything. */
static enum rc
dry(struct job *j, const struct settings *s, int *pending, struct error *e)
{
	enum rc rc;

	rc = db_open_how(s, DB_OPEN_READ, &j->db, e);
	if (rc == RC_OK)
		rc = look(j, e);
	if (rc == RC_NOTFOUND) {
		error_clear(e);
		rc = RC_OK;
	}
	for (int64_t i = 0; i < j->count && rc == RC_OK; i++) {
		const struct file *f = &j->files[i];

		if (f->done.finished)
			continue;
		say(j, f->done.begun ? "would finish %s" : "would apply %s",
		    f->name);
		++*pending;
	}
	return rc;
}

enum rc
migrate(const struct settings *s, const struct migrate_how *how, int *pending,
    struct error *e)
{
	struct error mine = ERROR_NONE;
	struct job j = { .how = how };
	int unused;
	enum rc rc;

	if (e == NULL)
		e = &mine;
	if (pending == NULL)
		pending = &unused;
	*pending = 0;
	rc = read_files(&j,
	    s->db_engine == ENGINE_SQLITE ? db_sqlite_driver.name
					  : db_mariadb_driver.name,
	    e);
	if (rc == RC_OK)
		rc = how->dry ? dry(&j, s, pending, e) : wet(&j, s, pending, e);
	if (rc == RC_OK && *pending == 0)
		say(&j, "schema version %" PRId64 ": nothing to do", j.count);
	db_close(j.db);
	for (int64_t i = 0; i < j.count; i++)
		free(j.files[i].text);
	free(j.files);
	return rc;
}
