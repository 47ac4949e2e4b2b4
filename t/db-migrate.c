/* Migrations: once, in order, resumable, two at once, with readers online. */
#include "config.h"

#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "db/db_driver.h"
#include "db/migrate.h"
#include "t/dbtest/fault.h"
#include "t/sales.h"
#include "t/tap.h"

static char folder[] = "/tmp/hatshop-migrate-XXXXXX";

/* ---- folders ---- */

static const char *
path_of(const char *engine, const char *name)
{
	static char path[200];

	(void)snprintf(path, sizeof(path), "%s/%s/%s", folder, engine, name);
	return path;
}

static void
put_file(const char *engine, const char *name, const char *text)
{
	FILE *f = fopen(path_of(engine, name), "w");

	if (f == NULL || fputs(text, f) == EOF || fclose(f) == EOF) {
		perror(name);
		abort();
	}
}

static void
remove_file(const char *name)
{
	(void)unlink(path_of("sqlite", name));
	(void)unlink(path_of("mariadb", name));
}

#define FIRST                                                                  \
	"-- works with: 0001\n"                                                \
	"CREATE TABLE one (id %s PRIMARY KEY, n %s NOT NULL)%s;\n"             \
	"INSERT INTO one VALUES (1, 10), (2, 20);\n"
/* A statement that must not run twice, and DDL of each kind. */
#define SECOND                                                                 \
	"-- works with: 0001\n"                                                \
	"ALTER TABLE one ADD COLUMN m %s NOT NULL DEFAULT 5;\n"                \
	"UPDATE one SET m = m + n;\n"                                          \
	"CREATE INDEX one_m ON one (m);\n"                                     \
	"CREATE TABLE two (id %s PRIMARY KEY, note %s)%s;\n"                   \
	"INSERT INTO two SELECT id, 'a;b' FROM one;\n"                         \
	"ALTER TABLE one DROP COLUMN n;\n"

static void
put_both(void)
{
	char text[2000];

	(void)snprintf(
	    text, sizeof(text), FIRST, "INTEGER", "INTEGER", " STRICT");
	put_file("sqlite", "0001-first.sql", text);
	(void)snprintf(
	    text, sizeof(text), FIRST, "BIGINT", "BIGINT", " ENGINE=InnoDB");
	put_file("mariadb", "0001-first.sql", text);
	(void)snprintf(text, sizeof(text), SECOND, "INTEGER", "INTEGER", "TEXT",
	    " STRICT");
	put_file("sqlite", "0002-second.sql", text);
	(void)snprintf(text, sizeof(text), SECOND, "BIGINT", "BIGINT",
	    "VARCHAR(9)", " ENGINE=InnoDB");
	put_file("mariadb", "0002-second.sql", text);
}

static void
make_folder(void)
{
	if (mkdtemp(folder) == NULL ||
	    mkdir(path_of("sqlite", ""), 0700) == -1 ||
	    mkdir(path_of("mariadb", ""), 0700) == -1) {
		perror(folder);
		abort();
	}
	put_both();
}

static void
drop_folder(void)
{
	remove_file("0001-first.sql");
	remove_file("0002-second.sql");
	(void)rmdir(path_of("sqlite", ""));
	(void)rmdir(path_of("mariadb", ""));
	(void)rmdir(folder);
}

/* ---- runs ---- */

static char said[1000];

static void
hear(void *ctx, const char *line)
{
	size_t n = strlen(said);

	(void)ctx;
	(void)snprintf(said + n, sizeof(said) - n, "%s|", line);
}

static enum rc
run(const struct settings *s, int newest, bool dry, int *pending,
    struct error *e)
{
	struct migrate_how how = { folder, newest, dry, hear, NULL };

	said[0] = '\0';
	error_clear(e);
	return migrate(s, &how, pending, e);
}

/* The same text for the same schema and rows. */
static const char *
state_of(const struct settings *s, char *out, size_t size)
{
	const char *query =
	    "SELECT sql FROM sqlite_schema WHERE sql IS NOT NULL UNION ALL "
	    "SELECT 'one ' || id || ' ' || m FROM one UNION ALL "
	    "SELECT 'two ' || id || ' ' || note FROM two UNION ALL "
	    "SELECT 'migration ' || version || ' ' || name || ' ' ||"
	    " (done_at IS NOT NULL) FROM migration ORDER BY 1";

	if (s->db_engine == ENGINE_MARIADB)
		query =
		    "SELECT c FROM (SELECT 'column ' || table_name || '.' ||"
		    " column_name || ' ' || column_type || ' ' || is_nullable"
		    " AS c FROM information_schema.columns"
		    " WHERE table_schema = DATABASE() UNION ALL "
		    "SELECT 'index ' || table_name || ' ' || index_name"
		    " || ' ' || column_name FROM information_schema.statistics"
		    " WHERE table_schema = DATABASE() UNION ALL "
		    "SELECT 'one ' || id || ' ' || m FROM one UNION ALL "
		    "SELECT 'two ' || id || ' ' || note FROM two UNION ALL "
		    "SELECT 'migration ' || version || ' ' || name || ' ' ||"
		    " step || (done_at IS NOT NULL) FROM migration) x"
		    " ORDER BY 1";
	return sales_text(s, query, out, size);
}

static void
each(void (*test)(const struct settings *s))
{
	for (unsigned i = 0; i < SALES_SERVERS; i++) {
		struct settings s;

		if (!sales_make(&s, (enum sales_server)i, 0))
			continue;
		test(&s);
		sales_drop(&s);
	}
}

static void
run_in_order(const struct settings *s)
{
	struct error e = ERROR_NONE;
	char state[4000];
	int pending;
	enum rc rc;

	rc = run(s, 2, true, &pending, &e);
	ok(rc == RC_OK && pending == 2, "%s: dry: %s, %d to do: %s",
	    sales_name(s), rc_name(rc), pending, e.text);
	is_str(said, "would apply 0001-first.sql|would apply 0002-second.sql|",
	    "says what it would do");
	rc = run(s, 2, false, &pending, &e);
	ok(rc == RC_OK && pending == 2, "%s: %s, %d done: %s", sales_name(s),
	    rc_name(rc), pending, e.text);
	is_str(said, "applied 0001-first.sql|applied 0002-second.sql|",
	    "says what it did");
	(void)state_of(s, state, sizeof(state));
	ok(strstr(state, "one 1 15\none 2 25") != NULL &&
		strstr(state, "two 1 a;b\ntwo 2 a;b") != NULL,
	    "each statement ran once");
	for (int dry = 0; dry < 2; dry++) {
		rc = run(s, 2, dry != 0, &pending, &e);
		ok(rc == RC_OK && pending == 0, "again: %s, %d done: %s",
		    rc_name(rc), pending, e.text);
		is_str(said, "schema version 2: nothing to do|", "says so");
	}
}

static void
each_file_is_applied_once_in_order(void)
{
	each(run_in_order);
}

static void
grow_by_one(const struct settings *s)
{
	struct error e = ERROR_NONE;
	int pending;
	enum rc rc;

	remove_file("0002-second.sql");
	rc = run(s, 1, false, &pending, &e);
	ok(rc == RC_OK && pending == 1, "%s: first: %s", sales_name(s), e.text);
	put_both();
	rc = run(s, 2, false, &pending, &e);
	ok(rc == RC_OK && pending == 1, "%s: second: %s", sales_name(s),
	    e.text);
	remove_file("0002-second.sql");
	rc = run(s, 1, false, &pending, &e);
	ok(rc == RC_INVALID && strstr(e.text, "0002-second.sql") != NULL,
	    "an older build: %s", e.text);
	put_both();
}

static void
a_newer_database_is_not_touched(void)
{
	each(grow_by_one);
}

static void
refuse_files(const struct settings *s)
{
	static const char *const bad[][2] = {
		{ "0002-second.sql", "SELECT 1;\n" },
		{ "0002-second.sql", "-- works with: 1\nSELECT 1;\n" },
		{ "0002-second.sql", "-- works with: 0001\nSELECT 1\n" },
		{ "0002-second.sql",
		    "-- works with: 0001\nCREATE TABLE three (id INT);\n"
		    "CREATE NONSENSE;\n" },
	};
	const char *engine =
	    s->db_engine == ENGINE_SQLITE ? "sqlite" : "mariadb";
	struct error e = ERROR_NONE;
	enum rc rc;

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		put_file(engine, bad[i][0], bad[i][1]);
		rc = run(s, 2, false, NULL, &e);
		ok(rc != RC_OK && rc == e.rc &&
			strstr(e.text, "0002-second.sql") != NULL,
		    "%s: file %zu: %s", sales_name(s), i, e.text);
	}
	put_file(engine, "0001-first.sql", "-- works with: 0001\nSELECT 2;\n");
	rc = run(s, 2, false, NULL, &e);
	ok(rc == RC_INVALID && strstr(e.text, "has changed") != NULL,
	    "%s: an applied file that changed: %s", sales_name(s), e.text);
	put_both();
	rc = run(s, 3, false, NULL, &e);
	ok(rc == RC_INVALID, "a file too few: %s", e.text);
	remove_file("0001-first.sql");
	rc = run(s, 2, false, NULL, &e);
	ok(rc == RC_INVALID && strstr(e.text, "should be 0001") != NULL,
	    "a gap: %s", e.text);
	put_both();
}

static void
files_that_are_wrong_are_refused_by_name(void)
{
	struct error e = ERROR_NONE;
	struct migrate_how how = { "/proc/no/such", 1, false, NULL, NULL };
	struct settings s;

	each(refuse_files);
	if (!sales_make(&s, SALES_SQLITE, 0))
		return;
	ok(migrate(&s, &how, NULL, &e) == RC_IO, "no folder: %s", e.text);
	sales_drop(&s);
}

static void
break_key(void)
{
	struct error e = ERROR_NONE;
	struct settings s;
	enum rc rc;

	put_file("sqlite", "0002-second.sql",
	    "-- works with: 0001\n"
	    "CREATE TABLE two (one_id INTEGER REFERENCES one (id)) STRICT;\n"
	    "INSERT INTO two VALUES (77);\n");
	if (!sales_make(&s, SALES_SQLITE, 0))
		return;
	rc = run(&s, 2, false, NULL, &e);
	ok(rc == RC_INVALID && strstr(e.text, "two") != NULL, "%s", e.text);
	is_str(said, "applied 0001-first.sql|", "the first is there");
	put_both();
	rc = run(&s, 2, false, NULL, &e);
	ok(rc == RC_OK, "nothing of it was left: %s", e.text);
	sales_drop(&s);
}

static void
sqlite_finds_a_row_that_points_nowhere(void)
{
	break_key();
}

/* ---- several at once ---- */

static void
run_four(const struct settings *s)
{
	struct error e = ERROR_NONE;
	int good = 0, status, done = 0;

	for (int i = 0; i < 4; i++) {
		pid_t pid = fork();

		if (pid == 0) {
			int pending = 0;
			enum rc rc = run(s, 2, false, &pending, &e);

			if (rc != RC_OK)
				fprintf(stderr, "# %s\n", e.text);
			_exit(rc == RC_OK ? pending : 99);
		}
	}
	for (int i = 0; i < 4; i++)
		if (wait(&status) > 0 && WIFEXITED(status) &&
		    WEXITSTATUS(status) != 99) {
			good++;
			done += WEXITSTATUS(status);
		}
	is_int(good, 4, "all four went well");
	ok(done == 2, "%s: together they applied %d", sales_name(s), done);
}

static void
four_at_once_apply_each_file_once(void)
{
	each(run_four);
}

/* Views on the table that the migration changes, until fd is closed; the
 * number of views, or 99. */
static int
keep_reading(const struct settings *s, int fd)
{
	static const struct sql_entry entry = { "test", "", "i",
		"SELECT COUNT(*) FROM one", NULL, NULL };
	struct pollfd p = { .fd = fd, .events = POLLIN };
	struct error e = ERROR_NONE;
	struct db *db = NULL;
	void *stmt = NULL;
	int views = 0;
	enum rc rc;

	rc = db_open_how(s, DB_OPEN_READ, &db, &e);
	if (rc == RC_OK)
		rc = db->driver->prepare(db->link, &entry, &stmt, &e);
	while (rc == RC_OK) {
		rc = db->driver->begin(db->link, DB_BEGIN_VIEW, 5000, &e);
		if (rc == RC_OK)
			rc = db->driver->ask(stmt, NULL, 0, &e);
		if (rc == RC_OK)
			rc = db->driver->next(stmt, &e);
		/* as a view begun before the migration says */
		if (rc == RC_CONFLICT) {
			error_clear(&e);
			db->driver->finish(stmt);
			stmt = NULL;
			db->driver->rollback(db->link);
			rc = db->driver->prepare(db->link, &entry, &stmt, &e);
			continue;
		}
		if (rc != RC_OK)
			break;
		/* the view stays open meanwhile, as a slow page's does */
		views += views < 90;
		if (poll(&p, 1, 20) != 0)
			break;
		db->driver->reset(stmt);
		db->driver->rollback(db->link);
	}
	if (rc != RC_OK)
		fprintf(stderr, "# reader: %s\n", e.text);
	if (stmt != NULL)
		db->driver->finish(stmt);
	db_close(db);
	return rc == RC_OK ? views : 99;
}

static void
read_meanwhile(const struct settings *s)
{
	struct error e = ERROR_NONE;
	int fds[2], status, pending;
	enum rc rc;
	pid_t pid;

	remove_file("0002-second.sql");
	ok(run(s, 1, false, NULL, &e) == RC_OK, "first: %s", e.text);
	put_both();
	if (pipe(fds) == -1)
		return;
	pid = fork();
	if (pid == 0) {
		(void)close(fds[1]);
		_exit(keep_reading(s, fds[0]));
	}
	(void)close(fds[0]);
	clock_sleep_ms(100); /* a head start; more readers, no less to prove */
	rc = run(s, 2, false, &pending, &e);
	ok(rc == RC_OK && pending == 1, "%s: migrated: %s", sales_name(s),
	    e.text);
	(void)close(fds[1]);
	(void)waitpid(pid, &status, 0);
	ok(WIFEXITED(status) && WEXITSTATUS(status) != 99 &&
		WEXITSTATUS(status) > 0,
	    "R87: the reader went on: status %x", (unsigned)status);
}

static void
readers_stay_online(void)
{
	each(read_meanwhile);
}

/* ---- kill -9 ---- */

/* In a child, killed after its nth call; true when it came to its end. */
static bool
killed_after(const struct settings *s, int n)
{
	struct error e = ERROR_NONE;
	int status = 0;
	pid_t pid = fork();

	if (pid == 0) {
		fault_kill_after(n);
		_exit(run(s, 2, false, NULL, &e) == RC_OK ? 0 : 1);
	}
	(void)waitpid(pid, &status, 0);
	if (WIFEXITED(status))
		is_int(WEXITSTATUS(status), 0, "came to its end");
	return WIFEXITED(status);
}

static void
kill_everywhere(enum sales_server server)
{
	char want[4000], got[4000];
	struct settings s;
	int n;

	if (!sales_make(&s, server, 0))
		return;
	{
		struct error e = ERROR_NONE;

		ok(run(&s, 2, false, NULL, &e) == RC_OK, "unkilled: %s",
		    e.text);
	}
	(void)state_of(&s, want, sizeof(want));
	sales_drop(&s);
	for (n = 1;; n++) {
		struct error e = ERROR_NONE;
		bool ended;
		enum rc rc;

		if (!sales_make(&s, server, 0))
			return;
		ended = killed_after(&s, n);
		rc = run(&s, 2, false, NULL, &e);
		ok(rc == RC_OK &&
			strcmp(state_of(&s, got, sizeof(got)), want) == 0,
		    "%s: killed after call %d, finished: %s", sales_name(&s), n,
		    e.text);
		sales_drop(&s);
		if (ended)
			break;
	}
	ok(n > 15, "killed after each of %d calls", n - 1);
}

static void
kill_9_on_sqlite_at_any_call_is_made_good(void)
{
	kill_everywhere(SALES_SQLITE);
}

static void
kill_9_on_mariadb_at_any_call_is_made_good(void)
{
	kill_everywhere(SALES_MARIADB);
}

static void
kill_9_on_mysql_at_any_call_is_made_good(void)
{
	kill_everywhere(SALES_MYSQL);
}

/* ---- memory, and the real schema ---- */

static const struct settings *tortured;

static enum rc
migrate_for_torture(void)
{
	struct error e = ERROR_NONE;
	enum rc rc = run(tortured, 2, false, NULL, &e);

	/* A stream's buffer or dlopen without memory has other words. */
	return rc == RC_IO || rc == RC_DB ? RC_NOMEM : rc;
}

static void
torture_one(const struct settings *s)
{
	tortured = s;
	ok(torture(sales_name(s), migrate_for_torture) > 5, "there are some");
}

static void
every_allocation_fails_once(void)
{
	each(torture_one);
}

static void
tell_twins_apart(const struct settings *s)
{
	char out[100];

	sales_sql(s, "INSERT INTO category (slug, name) VALUES ('a', 'Hat')");
	sales_sql(s, "INSERT INTO category (slug, name) VALUES ('b', 'hat')");
	sales_sql(s, "INSERT INTO category (slug, name) VALUES ('c', 'hat ')");
	sales_sql(s, "INSERT INTO category (slug, name) VALUES ('d', 'hát')");
	is_str(sales_text(s,
		   "SELECT slug || '' FROM category WHERE name >= 'hat'"
		   " ORDER BY name",
		   out, sizeof(out)),
	    "b\nc\nd", "compared by bytes, blanks included");
}

static void
texts_compare_alike_on_both_engines(void)
{
	sales_each_engine(tell_twins_apart);
}

int
main(void)
{
	make_folder();
	RUN(each_file_is_applied_once_in_order);
	RUN(a_newer_database_is_not_touched);
	RUN(files_that_are_wrong_are_refused_by_name);
	RUN(sqlite_finds_a_row_that_points_nowhere);
	RUN(four_at_once_apply_each_file_once);
	RUN(readers_stay_online);
	RUN(kill_9_on_sqlite_at_any_call_is_made_good);
	RUN(kill_9_on_mariadb_at_any_call_is_made_good);
	RUN(kill_9_on_mysql_at_any_call_is_made_good);
	RUN(every_allocation_fails_once);
	RUN(texts_compare_alike_on_both_engines);
	drop_folder();
	return tap_done();
}
