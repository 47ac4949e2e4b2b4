/* What lib/db promises, on each engine. */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/limits.h"
#include "t/dbtest/dbtest.h"
#include "t/tap.h"

/* ---- values ---- */

struct thing {
	int64_t id;
	const char *name, *note;
	const void *data;
	size_t len;
	enum rc rc;
};

static enum rc
new_thing(struct db *db, void *ctx, struct error *e)
{
	struct thing *t = ctx;
	enum rc rc;

	rc = db_run(db, SQL_THING_NEW, e, db_text(t->name), db_text(t->note),
	    t->data != NULL ? db_blob(t->data, t->len) : db_null());
	if (rc == RC_OK)
		t->id = db_last_id(db);
	return rc;
}

static void
check_thing(struct db *db, const struct thing *t, const char *what)
{
	struct error e = ERROR_NONE;
	struct db_rows *rows;
	const void *data;
	size_t len;
	enum rc rc;

	rc = db_one(db, SQL_THING_GET, &rows, &e, db_int(t->id));
	if (!ok(rc == RC_OK, "%s: is there: %s", what, e.text))
		return;
	ok(strcmp(db_col_text(rows, 1), t->name) == 0, "%s: name", what);
	if (t->note == NULL)
		ok(db_col_null(rows, 2) && db_col_text(rows, 2) == NULL,
		    "%s: note is NULL", what);
	else
		ok(!db_col_null(rows, 2) &&
			strcmp(db_col_text(rows, 2), t->note) == 0,
		    "%s: note", what);
	data = db_col_blob(rows, 3, &len);
	ok((data == NULL) == (t->data == NULL) && len == t->len &&
		(len == 0 || memcmp(data, t->data, len) == 0),
	    "%s: data", what);
	ok(db_next(rows, &e) == RC_NOTFOUND, "%s: one row", what);
	db_done(rows);
}

static void
values_come_back(const struct settings *s)
{
	static uint8_t all[256], zero[1];
	struct thing things[] = {
		{ .name = "a", .note = NULL, .data = NULL },
		{ .name = "", .note = "", .data = zero, .len = 0 },
		{ .name = "a ",
		    .note = "O'Brien \"x\" \\ % _ `",
		    .data = zero,
		    .len = 1 },
		{ .name = "Łódź 帽子 🎩",
		    .note = "two\nlines",
		    .data = all,
		    .len = sizeof(all) },
	};
	struct error e = ERROR_NONE;
	struct db *db = dbtest_open(s, DB_WRITE);
	char what[64];

	for (size_t i = 0; i < sizeof(all); i++)
		all[i] = (uint8_t)i;
	for (size_t i = 0; db != NULL && i < 4; i++) {
		/* "a" and "a " are one under MySQL's padding collation, which
		 * these tables have; the shop's have not (t/db-migrate). */
		if (i == 2 && s->db_engine == ENGINE_MARIADB)
			things[i].name = "b ";
		(void)snprintf(
		    what, sizeof(what), "%s: thing %zu", sales_name(s), i);
		ok(db_unit(db, new_thing, &things[i], &e) == RC_OK,
		    "%s: stored: %s", what, e.text);
		is_int(things[i].id, (long long)i + 1, "last id");
		check_thing(db, &things[i], what);
	}
	db_close(db);
}

static void
every_value_comes_back_as_it_went(void)
{
	dbtest_each_engine(values_come_back);
}

static void
numbers_come_back(const struct settings *s)
{
	static const int64_t numbers[] = { 0, 1, -1, INT64_MAX, INT64_MIN,
		INT64_C(1) << 53, (INT64_C(1) << 53) + 1 };
	struct db *db = dbtest_open(s, DB_READ);
	struct error e = ERROR_NONE;
	struct db_rows *rows;

	for (size_t i = 0; db != NULL && i < 7; i++) {
		enum rc rc = db_one(db, SQL_ECHO, &rows, &e, db_int(numbers[i]),
		    db_text("x"), db_null());

		if (!ok(rc == RC_OK, "%s: echo: %s", sales_name(s), e.text))
			break;
		is_int(db_col_int(rows, 0), numbers[i], "number");
		db_done(rows);
	}
	if (db != NULL && db_one(db, SQL_ECHO, &rows, &e, db_null(), db_null(),
			      db_null()) == RC_OK) {
		size_t len = 1;

		ok(db_col_null(rows, 0) && db_col_int(rows, 0) == 0 &&
			db_col_text(rows, 1) == NULL &&
			db_col_blob(rows, 2, &len) == NULL && len == 0,
		    "NULL reads as 0, NULL and length 0");
		db_done(rows);
	}
	if (db != NULL &&
	    db_one(db, SQL_COUNTER_SUM, &rows, &e, db_int(0)) == RC_OK) {
		is_int(db_col_int(rows, 0), 0,
		    "a sum, which is DECIMAL in MariaDB");
		db_done(rows);
	}
	db_close(db);
}

static void
every_number_comes_back_as_it_went(void)
{
	dbtest_each_engine(numbers_come_back);
}

static void
big_value_comes_back(const struct settings *s)
{
	struct error e = ERROR_NONE;
	struct db *db = dbtest_open(s, DB_WRITE);
	size_t len = 20 * 1024 * 1024;
	char *big = malloc(len);
	struct thing t = {
		.name = "big", .note = "n", .data = big, .len = len
	};
	struct db_rows *rows;
	enum rc rc;

	if (db == NULL || big == NULL)
		goto out;
	for (size_t i = 0; i < len; i++)
		big[i] = (char)(i * 7 + i / 251);
	ok(db_unit(db, new_thing, &t, &e) == RC_OK, "%s: stored: %s",
	    sales_name(s), e.text);
	check_thing(db, &t, "20 MB");
	error_clear(&e);
	rc = db_one(db, SQL_TOO_BIG, &rows, &e);
	ok(rc == RC_TOOBIG, "%s: above LIMIT_VALUE: %s, %s", sales_name(s),
	    rc_name(rc), e.text);
	check_thing(db, &t, "20 MB again");
out:
	free(big);
	db_close(db);
}

static void
a_picture_fits_and_more_than_the_limit_does_not(void)
{
	dbtest_each_engine(big_value_comes_back);
}

static void
check_literals(const struct settings *s)
{
	struct db *db = dbtest_open(s, DB_READ);
	struct error e = ERROR_NONE;
	struct db_rows *rows;

	if (db != NULL && ok(db_one(db, SQL_LITERALS, &rows, &e) == RC_OK,
			      "%s: %s", sales_name(s), e.text)) {
		is_str(db_col_text(rows, 0), "a\\b",
		    "a backslash is a backslash and || joins");
		db_done(rows);
	}
	db_close(db);
}

static void
literals_mean_the_same_on_both_engines(void)
{
	dbtest_each_engine(check_literals);
}

/* ---- failures ---- */

static void
check_lies(const struct settings *s)
{
	static const struct {
		enum sql id;
		enum rc rc;
	} lies[] = {
		{ SQL_NAME_AS_INT, RC_DB },
		{ SQL_NULL_AS_TEXT, RC_DB },
		{ SQL_NO_TABLE, RC_DB },
		{ SQL_WRONG_COUNT, RC_INVALID },
	};
	struct thing t = { .name = "x1" };
	struct db *db = dbtest_open(s, DB_WRITE);

	if (db == NULL)
		return;
	ok(db_unit(db, new_thing, &t, NULL) == RC_OK, "stored");
	for (size_t i = 0; i < sizeof(lies) / sizeof(lies[0]); i++) {
		struct error e = ERROR_NONE;
		struct db_rows *rows;
		enum rc rc = db_one(db, lies[i].id, &rows, &e);

		ok(rc == lies[i].rc && rows == NULL && e.rc == rc, "%s: %s: %s",
		    sales_name(s), rc_name(rc), e.text);
	}
	db_close(db);
}

static void
a_statement_that_is_not_what_it_says_is_an_error(void)
{
	dbtest_each_engine(check_lies);
}

static enum rc
break_unique(struct db *db, void *ctx, struct error *e)
{
	struct thing *t = ctx;

	(void)e;
	t->rc = db_run(db, SQL_THING_NEW, NULL, db_text("secret@example.org"),
	    db_null(), db_null());
	if (t->rc == RC_OK)
		t->rc = db_run(db, SQL_THING_NEW, e,
		    db_text("secret@example.org"), db_null(), db_null());
	return t->rc;
}

static enum rc
break_check(struct db *db, void *ctx, struct error *e)
{
	(void)ctx;
	return db_run(db, SQL_COUNTER_ADD, e, db_int(-1), db_int(1));
}

static enum rc
break_foreign_key(struct db *db, void *ctx, struct error *e)
{
	(void)ctx;
	return db_run(db, SQL_CHILD_NEW, e, db_int(999));
}

static void
check_rules(const struct settings *s)
{
	static db_work *const works[] = { break_unique, break_check,
		break_foreign_key };
	struct db *db = dbtest_open(s, DB_WRITE);
	struct thing t = { 0 };

	for (size_t i = 0; db != NULL && i < 3; i++) {
		struct error e = ERROR_NONE;
		enum rc rc = db_unit(db, works[i], &t, &e);

		ok(rc == RC_INVALID && e.rc == RC_INVALID, "%s: rule %zu: %s",
		    sales_name(s), i, e.text);
		ok(strstr(e.text, "secret") == NULL,
		    "the message keeps the value to itself");
		ok(strstr(e.text, "SQL_") != NULL,
		    "the message names the statement");
	}
	is_int(dbtest_counter(s, 1), 0, "nothing was written");
	db_close(db);
}

static void
a_rule_of_the_schema_refuses_and_says_so(void)
{
	dbtest_each_engine(check_rules);
}

static enum rc
swallow_refusal(struct db *db, void *ctx, struct error *e)
{
	int64_t one = 1;

	(void)ctx;
	if (db_run(db, SQL_COUNTER_NEW, NULL, db_int(1), db_int(0)) !=
	    RC_INVALID)
		return error_set(e, RC_DB, "was not refused");
	return dbtest_add_one(db, &one, e);
}

static void
check_swallowed(const struct settings *s)
{
	struct db *db = dbtest_open(s, DB_WRITE);
	struct error e = ERROR_NONE;

	if (db == NULL)
		return;
	ok(db_unit(db, swallow_refusal, NULL, &e) == RC_OK, "%s: %s",
	    sales_name(s), e.text);
	is_int(dbtest_counter(s, 1), 1, "the rest was committed");
	db_close(db);
}

static void
a_unit_may_go_on_after_a_refused_statement(void)
{
	dbtest_each_engine(check_swallowed);
}

static enum rc
swallow_failure(struct db *db, void *ctx, struct error *e)
{
	struct db_rows *rows;
	int64_t one = 1;
	enum rc *seen = ctx;

	(void)e;
	if (db_one(db, SQL_NO_TABLE, &rows, NULL) == RC_OK)
		db_done(rows);
	*seen = dbtest_add_one(db, &one, NULL);
	return RC_OK;
}

static void
check_doomed(const struct settings *s)
{
	struct db *db = dbtest_open(s, DB_WRITE);
	struct error e = ERROR_NONE;
	enum rc seen = RC_OK, rc;

	if (db == NULL)
		return;
	rc = db_unit(db, swallow_failure, &seen, &e);
	ok(rc == RC_DB && seen == RC_DB, "%s: %s, later call %s: %s",
	    sales_name(s), rc_name(rc), rc_name(seen), e.text);
	is_int(dbtest_counter(s, 1), 0, "nothing was written");
	db_close(db);
}

static void
a_unit_that_failed_cannot_be_committed(void)
{
	dbtest_each_engine(check_doomed);
}

/* ---- counting ---- */

struct counts {
	int64_t same, all, none, put_new, put_same, put_other, deleted;
};

static enum rc
count_rows(struct db *db, void *ctx, struct error *e)
{
	struct counts *c = ctx;
	const struct {
		enum sql id;
		int64_t a, b, *changed;
	} runs[] = {
		{ SQL_COUNTER_SET, 0, 1, &c->same },
		{ SQL_COUNTER_SET, 5, 77, &c->none },
		{ SQL_COUNTER_PUT, 3, 8, &c->put_new },
		{ SQL_COUNTER_PUT, 3, 8, &c->put_same },
		{ SQL_COUNTER_PUT, 3, 9, &c->put_other },
	};
	enum rc rc = RC_OK;

	for (size_t i = 0; i < 5 && rc == RC_OK; i++)
		rc = db_run_count(db, runs[i].id, runs[i].changed, e,
		    db_int(runs[i].a), db_int(runs[i].b));
	if (rc == RC_OK)
		rc = db_run_count(db, SQL_COUNTER_ALL, &c->all, e, db_int(0));
	if (rc == RC_OK)
		rc = db_run_count(
		    db, SQL_COUNTER_DELETE, &c->deleted, e, db_int(1));
	return rc;
}

static void
check_counts(const struct settings *s)
{
	struct db *db = dbtest_open(s, DB_WRITE);
	struct error e = ERROR_NONE;
	struct counts c = { 0 };

	if (db == NULL)
		return;
	ok(db_unit(db, count_rows, &c, &e) == RC_OK, "%s: %s", sales_name(s),
	    e.text);
	is_int(c.same, 1, "an UPDATE to the value that was there");
	is_int(c.none, 0, "an UPDATE of no row");
	is_int(c.put_new, 1, "an upsert that inserts");
	is_int(c.put_same, 1, "an upsert that changes nothing");
	is_int(c.put_other, 1, "an upsert that updates");
	is_int(c.all, 3, "an UPDATE of all rows, most to the same value");
	is_int(c.deleted, 2, "a DELETE");
	db_close(db);
}

static void
matched_rows_are_counted_alike_on_both_engines(void)
{
	dbtest_each_engine(check_counts);
}

/* ---- rows ---- */

static void
check_rows(const struct settings *s)
{
	struct db *db = dbtest_open(s, DB_READ);
	struct db_rows *list, *get;
	struct error e = ERROR_NONE;
	int64_t seen = 0;
	enum rc rc;

	if (db == NULL)
		return;
	for (int again = 0; again < 2; again++) {
		rc = db_ask(db, SQL_COUNTER_LIST, &list, &e, db_int(10));
		ok(rc == RC_OK, "%s: list: %s", sales_name(s), e.text);
		while (rc == RC_OK && (rc = db_next(list, &e)) == RC_OK) {
			rc = db_one(db, SQL_COUNTER_GET, &get, &e,
			    db_int(db_col_int(list, 0)));
			if (rc != RC_OK)
				break;
			seen++;
			db_done(get);
		}
		ok(rc == RC_NOTFOUND, "ends: %s %s", rc_name(rc), e.text);
		db_done(list);
	}
	is_int(seen, 4, "two rows, twice, with another query for each");
	rc = db_one(db, SQL_COUNTER_GET, &get, &e, db_int(99));
	ok(rc == RC_NOTFOUND && get == NULL, "no row: %s", rc_name(rc));
	rc = db_ask(db, SQL_COUNTER_LIST, &list, &e, db_int(10));
	ok(rc == RC_OK && db_next(list, &e) == RC_OK, "left half read");
	db_done(list);
	db_done(NULL);
	db_close(db);
	db_close(NULL);
}

static void
rows_of_several_statements_are_read_side_by_side(void)
{
	dbtest_each_engine(check_rows);
}

/* ---- opening ---- */

static void
check_versions(const struct settings *s)
{
	static const struct {
		const char *sql;
		enum rc rc;
	} cases[] = {
		{ "UPDATE migration SET version = 6, oldest = 1", RC_INVALID },
		{ "UPDATE migration SET version = 7, oldest = 7", RC_OK },
		{ "UPDATE migration SET version = 9, oldest = 7", RC_OK },
		{ "UPDATE migration SET version = 9, oldest = 8", RC_INVALID },
		{ "DROP TABLE migration", RC_NOTFOUND },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct error e = ERROR_NONE;
		struct db *db = NULL;
		enum rc rc;

		sales_sql(s, cases[i].sql);
		rc = db_open(s, DB_READ, &db, &e);
		ok(rc == cases[i].rc && (db != NULL) == (rc == RC_OK),
		    "%s: %s: %s %s", sales_name(s), cases[i].sql, rc_name(rc),
		    e.text);
		db_close(db);
	}
}

static void
a_schema_that_does_not_fit_is_refused(void)
{
	dbtest_each_engine(check_versions);
}

static void
what_is_not_there_is_named(void)
{
	struct error e = ERROR_NONE;
	struct settings s;
	struct db *db;
	char *file;
	enum rc rc;

	if (!sales_make(&s, SALES_SQLITE, 0))
		return;
	rc = db_open(&s, DB_WRITE, &db, &e);
	ok(rc == RC_NOTFOUND && db == NULL &&
		strstr(e.text, "shopctl migrate") != NULL,
	    "no file: %s", e.text);
	ok(access(s.db_file, F_OK) == -1, "and none was made");
	file = s.db_file;
	s.db_file = strdup("/proc/no/such/place");
	error_clear(&e);
	rc = db_open_bare(&s, &db, &e);
	ok(rc == RC_IO && db == NULL, "no folder: %s", e.text);
	free(s.db_file);
	s.db_file = file;
	s.db_engine = ENGINE_MARIADB;
	free(s.db_host);
	s.db_host = strdup("127.0.0.1");
	error_clear(&e);
	rc = db_open(&s, DB_READ, &db, &e);
	ok(rc == RC_INVALID && strstr(e.text, "db.ca") != NULL,
	    "TCP without a CA: %s", e.text);
	free(s.db_socket);
	s.db_socket = strdup("/proc/no/such/socket");
	error_clear(&e);
	rc = db_open(&s, DB_READ, &db, &e);
	ok(rc == RC_DB && db == NULL, "no server: %s", e.text);
	s.db_engine = ENGINE_SQLITE;
	sales_drop(&s);
}

static enum rc
do_nothing(struct db *db, void *ctx, struct error *e)
{
	(void)ctx;
	(void)e;
	return db_busy(db) ? RC_OK : RC_DB;
}

static void
check_busy(const struct settings *s)
{
	struct db *db = dbtest_open(s, DB_WRITE);

	if (db == NULL)
		return;
	ok(!db_busy(db), "%s: idle", sales_name(s));
	ok(db_unit(db, do_nothing, NULL, NULL) == RC_OK, "busy in a unit");
	ok(db_view(db, do_nothing, NULL, NULL) == RC_OK, "busy in a view");
	ok(!db_busy(db), "idle again");
	ok((db_engine(db) == ENGINE_SQLITE) ==
		(strcmp(sales_name(s), "sqlite") == 0),
	    "knows its engine");
	db_close(db);
}

static void
busy_means_in_a_unit_or_view(void)
{
	dbtest_each_engine(check_busy);
}

/* ---- views ---- */

static enum rc
read_twice(struct db *db, void *ctx, struct error *e)
{
	const struct settings *s = ctx;
	struct db_rows *rows;
	int64_t n[2] = { -1, -1 };
	enum rc rc;

	for (int i = 0; i < 2; i++) {
		rc = db_one(db, SQL_COUNTER_GET, &rows, e, db_int(1));
		if (rc != RC_OK)
			return rc;
		n[i] = db_col_int(rows, 0);
		db_done(rows);
		if (i == 0)
			sales_sql(s, "UPDATE counter SET n = n + 1");
	}
	return n[0] == n[1] ? RC_OK : error_set(e, RC_DB, "not one view");
}

static void
check_view(const struct settings *s)
{
	struct db *db = dbtest_open(s, DB_READ);
	struct error e = ERROR_NONE;
	struct settings copy = *s;

	if (db == NULL)
		return;
	ok(db_view(db, read_twice, &copy, &e) == RC_OK, "%s: %s", sales_name(s),
	    e.text);
	is_int(dbtest_counter(s, 1), 1, "while somebody wrote");
	db_close(db);
}

static void
a_view_sees_one_moment(void)
{
	dbtest_each_engine(check_view);
}

int
main(void)
{
	RUN(every_value_comes_back_as_it_went);
	RUN(every_number_comes_back_as_it_went);
	RUN(a_picture_fits_and_more_than_the_limit_does_not);
	RUN(literals_mean_the_same_on_both_engines);
	RUN(a_statement_that_is_not_what_it_says_is_an_error);
	RUN(a_rule_of_the_schema_refuses_and_says_so);
	RUN(a_unit_may_go_on_after_a_refused_statement);
	RUN(a_unit_that_failed_cannot_be_committed);
	RUN(matched_rows_are_counted_alike_on_both_engines);
	RUN(rows_of_several_statements_are_read_side_by_side);
	RUN(a_schema_that_does_not_fit_is_refused);
	RUN(what_is_not_there_is_named);
	RUN(busy_means_in_a_unit_or_view);
	RUN(a_view_sees_one_moment);
	return tap_done();
}
