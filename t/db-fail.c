/*
 * Every database call and every allocation fails once in turn: nothing is
 * half written, nothing counts twice, and what is reported is true.
 */
#include "config.h"

#include <sqlite3.h>
#include <stdio.h>
#include <string.h>

#include "t/dbtest/dbtest.h"
#include "t/dbtest/fault.h"
#include "t/tap.h"

/* ---- a bit of everything ---- */

static struct {
	const struct settings *s;
	int64_t run;       /* makes names unique */
	int64_t committed; /* units that were */
	enum rc unit;      /* what the last one said */
} world;

static enum rc
read_list(struct db *db, void *ctx, struct error *e)
{
	struct db_rows *rows;
	enum rc rc;

	(void)ctx;
	rc = db_ask(db, SQL_COUNTER_LIST, &rows, e, db_int(10));
	while (rc == RC_OK)
		rc = db_next(rows, e);
	db_done(rows);
	return rc == RC_NOTFOUND ? RC_OK : rc;
}

static enum rc
write_much(struct db *db, void *ctx, struct error *e)
{
	int64_t one = 1, two = 2;
	struct db_rows *rows;
	char name[32];
	enum rc rc;

	(void)snprintf(name, sizeof(name), "thing %lld", (long long)world.run);
	rc = dbtest_add_one(db, &one, e);
	if (rc == RC_OK)
		rc = db_run(db, SQL_THING_NEW, e, db_text(name), db_null(),
		    db_blob("\0x", 2));
	if (rc == RC_OK)
		rc = read_list(db, ctx, e);
	if (rc == RC_OK)
		rc = db_one(db, SQL_THING_BY_NAME, &rows, e, db_text(name));
	if (rc == RC_OK) {
		db_done(rows);
		rc = dbtest_add_one(db, &two, e);
	}
	return rc;
}

/* Open, write a unit, look at things, close. */
static enum rc
live(void)
{
	struct error e = ERROR_NONE;
	struct db_rows *rows;
	struct db *db;
	size_t len;
	enum rc rc;

	world.run++;
	world.unit = RC_DB;
	rc = db_open(world.s, DB_WRITE, &db, &e);
	if (rc != RC_OK)
		return rc == e.rc ? rc : RC_COUNT;
	rc = world.unit = db_unit(db, write_much, NULL, &e);
	if (rc == RC_OK)
		rc = db_view(db, read_list, NULL, &e);
	if (rc == RC_OK)
		rc = db_one(db, SQL_ECHO, &rows, &e, db_int(1), db_text("abc"),
		    db_blob("", 0));
	if (rc == RC_OK) {
		if (strcmp(db_col_text(rows, 1), "abc") != 0 ||
		    db_col_blob(rows, 2, &len) == NULL || len != 0)
			rc = RC_COUNT;
		db_done(rows);
	}
	db_close(db);
	return rc == RC_OK || rc == e.rc ? rc : RC_COUNT;
}

/* After a run: both counters moved, or none did, as the unit said. */
static void
check_world(const char *what, int n, enum rc rc)
{
	int64_t first, second;

	fault_at(0, 0, false);
	first = dbtest_counter(world.s, 1);
	second = dbtest_counter(world.s, 2);
	if (world.unit == RC_OK ||
	    (world.unit == RC_UNCERTAIN && first == world.committed + 1))
		world.committed++;
	ok(first == world.committed && second == first && rc != RC_COUNT,
	    "%s: call %d: %s, unit %s, counters %d and %d", what, n,
	    rc_name(rc), rc_name(world.unit), (int)first, (int)second);
}

/* Fail each call of live() in turn; expected says which words are right. */
static void
fail_each(int code, bool after, bool (*expected)(enum rc rc))
{
	char what[80];
	enum rc rc;
	int n;

	(void)snprintf(what, sizeof(what), "%s: code %d%s", sales_name(world.s),
	    code, after ? " after" : "");
	for (n = 1;; n++) {
		const char *in;

		fault_at(n, code, after);
		rc = live();
		in = fault_in();
		check_world(what, n, rc);
		if (in == NULL)
			break;
		/* the end of a view, which is none of the caller's worries */
		ok(expected(rc) || (strcmp(in, "ROLLBACK") == 0 && rc == RC_OK),
		    "%s: %s: %s", what, in, rc_name(rc));
	}
	ok(rc == RC_OK && n > 30, "%s: %d calls failed in turn", what, n - 1);
}

static bool
busy_words(enum rc rc)
{
	return rc == RC_OK || rc == RC_CONFLICT;
}

/* libmariadb has calls that leave no code of the server's. */
static bool
lock_words(enum rc rc)
{
	return busy_words(rc) || rc == RC_NOMEM || rc == RC_DB;
}

static bool
broken_words(enum rc rc)
{
	return rc == RC_DB || rc == RC_UNCERTAIN || rc == RC_NOMEM;
}

/* OK: it was found at a unit's or a query's start, and renewed. */
static bool
lost_words(enum rc rc)
{
	return rc == RC_OK || broken_words(rc);
}

static void
begin_world(const struct settings *s)
{
	memset(&world, 0, sizeof(world));
	world.s = s;
}

static void
every_sqlite_call_fails_once(void)
{
	struct settings s;

	if (!dbtest_make(&s, SALES_SQLITE))
		return;
	begin_world(&s);
	fail_each(SQLITE_BUSY, false, busy_words);
	fail_each(SQLITE_BUSY_SNAPSHOT, false, busy_words);
	fail_each(SQLITE_LOCKED_SHAREDCACHE, false, busy_words);
	fail_each(SQLITE_IOERR_WRITE, false, broken_words);
	fail_each(SQLITE_FULL, false, broken_words);
	fail_each(SQLITE_CORRUPT, false, broken_words);
	fail_each(SQLITE_NOMEM, false, broken_words);
	sales_drop(&s);
}

static void
fail_mariadb(enum sales_server server)
{
	struct settings s;

	if (!dbtest_make(&s, server))
		return;
	begin_world(&s);
	fail_each(1213, false, lock_words);
	fail_each(1205, false, lock_words);
	fail_each(2013, false, lost_words);
	fail_each(2013, true, lost_words);
	fail_each(1021, false, broken_words);
	fail_each(2008, false, broken_words);
	sales_drop(&s);
}

static void
every_mariadb_call_fails_once(void)
{
	fail_mariadb(SALES_MARIADB);
}

static void
every_mysql_call_fails_once(void)
{
	fail_mariadb(SALES_MYSQL);
}

/* ---- memory ---- */

static void
torture_one(const struct settings *s)
{
	begin_world(s);
	fault_at(0, 0, false);
	ok(torture(sales_name(s), live) > 5, "there are allocations");
	is_int(dbtest_counter(s, 1), dbtest_counter(s, 2), "both or none");
}

static void
every_allocation_of_ours_fails_once(void)
{
	dbtest_each_engine(torture_one);
}

static struct {
	sqlite3_mem_methods real;
	int at, seen;
} memory;

static bool
memory_fails(void)
{
	return ++memory.seen == memory.at;
}

static void *
own_malloc(int n)
{
	return memory_fails() ? NULL : memory.real.xMalloc(n);
}

static void *
own_realloc(void *p, int n)
{
	return memory_fails() ? NULL : memory.real.xRealloc(p, n);
}

static void
every_allocation_of_sqlite_fails_once(void)
{
	sqlite3_mem_methods own;
	struct settings s;
	enum rc rc;
	int n;

	(void)sqlite3_shutdown();
	(void)sqlite3_config(SQLITE_CONFIG_GETMALLOC, &memory.real);
	own = memory.real;
	own.xMalloc = own_malloc;
	own.xRealloc = own_realloc;
	(void)sqlite3_config(SQLITE_CONFIG_MALLOC, &own);
	if (!dbtest_make(&s, SALES_SQLITE))
		return;
	begin_world(&s);
	for (n = 1;; n++) {
		int seen;

		memory.seen = 0;
		memory.at = n;
		rc = live();
		memory.at = 0;
		seen = memory.seen;
		check_world("allocation", n, rc);
		if (seen < n)
			break;
		/* OK: SQLite can do without some */
		ok(lost_words(rc), "allocation %d: %s", n, rc_name(rc));
	}
	ok(rc == RC_OK, "%d allocations failed in turn", n - 1);
	sales_drop(&s);
	(void)sqlite3_shutdown();
	(void)sqlite3_config(SQLITE_CONFIG_MALLOC, &memory.real);
}

/* ---- links ---- */

static int64_t
connection_of(struct db *db)
{
	struct db_rows *rows;
	int64_t id = 0;

	if (ok(db_one(db, SQL_CONNECTION, &rows, NULL) == RC_OK,
		"has a connection")) {
		id = db_col_int(rows, 0);
		db_done(rows);
	}
	return id;
}

struct victim {
	const struct settings *s;
	int64_t id;
};

static void
kill_it(void *ctx)
{
	const struct victim *v = ctx;
	char text[64];

	(void)snprintf(text, sizeof(text), "KILL %lld", (long long)v->id);
	sales_sql(v->s, text);
}

static enum rc
add_and_die(struct db *db, void *ctx, struct error *e)
{
	int64_t one = 1;
	enum rc rc;

	rc = dbtest_add_one(db, &one, e);
	if (rc == RC_OK) {
		kill_it(ctx);
		rc = dbtest_add_one(db, &one, e);
	}
	return rc;
}

static void
lose_links(enum sales_server server)
{
	struct error e = ERROR_NONE;
	struct db_rows *rows;
	struct settings s;
	struct victim v;
	struct db *db;
	int64_t one = 1;
	enum rc rc;

	if (!dbtest_make(&s, server))
		return;
	fault_at(0, 0, false);
	db = dbtest_open(&s, DB_WRITE);
	v = (struct victim){ &s, connection_of(db) };
	kill_it(&v);
	rc = db_unit(db, dbtest_add_one, &one, &e);
	ok(rc == RC_OK, "dead at a unit's start: %s %s", rc_name(rc), e.text);
	is_int(dbtest_counter(&s, 1), 1, "written once");
	v.id = connection_of(db);
	kill_it(&v);
	rc = db_one(db, SQL_COUNTER_GET, &rows, &e, db_int(1));
	ok(rc == RC_OK, "dead before a query: %s %s", rc_name(rc), e.text);
	db_done(rows);
	v.id = connection_of(db);
	kill_it(&v);
	rc = db_view(db, read_list, NULL, &e);
	ok(rc == RC_OK, "dead at a view's start: %s %s", rc_name(rc), e.text);

	v.id = connection_of(db);
	rc = db_unit(db, add_and_die, &v, &e);
	ok(rc == RC_DB, "dead inside a unit: %s %s", rc_name(rc), e.text);
	is_int(dbtest_counter(&s, 1), 1, "nothing was written");
	error_clear(&e);
	v.id = connection_of(db);
	fault_before_commit(kill_it, &v);
	rc = db_unit(db, dbtest_add_one, &one, &e);
	ok(rc == RC_UNCERTAIN, "dead at COMMIT: %s %s", rc_name(rc), e.text);
	is_int(dbtest_counter(&s, 1), 1, "not tried again");
	error_clear(&e);
	rc = db_unit(db, dbtest_add_one, &one, &e);
	ok(rc == RC_OK && dbtest_counter(&s, 1) == 2, "and it goes on: %s %s",
	    rc_name(rc), e.text);
	db_close(db);
	sales_drop(&s);
}

static void
a_lost_link_is_renewed_or_reported_as_what_it_was(void)
{
	lose_links(SALES_MARIADB);
	lose_links(SALES_MYSQL);
}

int
main(void)
{
	RUN(every_sqlite_call_fails_once);
	RUN(every_mariadb_call_fails_once);
	RUN(every_mysql_call_fails_once);
	RUN(every_allocation_of_ours_fails_once);
	RUN(every_allocation_of_sqlite_fails_once);
	RUN(a_lost_link_is_renewed_or_reported_as_what_it_was);
	return tap_done();
}
