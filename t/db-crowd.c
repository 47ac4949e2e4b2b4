/* Several processes at one database: who waits, who loses, what is left. */
#include "config.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/jail.h"
#include "t/dbtest/dbtest.h"
#include "t/tap.h"

/* ---- several at once ---- */

/* Run fn in n children; the number that returned 0. */
static int
in_children(const struct settings *s, int n,
    int (*fn)(const struct settings *s, int me))
{
	int good = 0, status;

	for (int i = 0; i < n; i++) {
		pid_t pid = fork();

		if (pid == 0)
			_exit(fn(s, i));
	}
	for (int i = 0; i < n; i++)
		if (wait(&status) > 0 && WIFEXITED(status) &&
		    WEXITSTATUS(status) == 0)
			good++;
	return good;
}

static int
add_fifty(const struct settings *s, int me)
{
	struct error e = ERROR_NONE;
	int64_t one = 1;
	struct db *db;
	enum rc rc;

	(void)me;
	rc = db_open(s, DB_WRITE, &db, &e);
	for (int i = 0; rc == RC_OK && i < 50; i++)
		rc = db_unit(db, dbtest_add_one, &one, &e);
	if (rc != RC_OK)
		fprintf(stderr, "# %s: %s\n", rc_name(rc), e.text);
	db_close(db);
	return rc != RC_OK;
}

static void
check_adding(const struct settings *s)
{
	is_int(in_children(s, 8, add_fifty), 8, "all went well");
	ok(dbtest_counter(s, 1) == 400, "%s: 8 × 50 = %d", sales_name(s),
	    (int)dbtest_counter(s, 1));
}

static void
eight_processes_count_to_four_hundred_exactly(void)
{
	dbtest_each_engine(check_adding);
}

/* Half of the processes take the counters in the other order, so that MariaDB
 * sees deadlocks. */
static enum rc
cross(struct db *db, void *ctx, struct error *e)
{
	int64_t first = *(int64_t *)ctx, second = 3 - first;
	enum rc rc;

	rc = dbtest_add_one(db, &first, e);
	if (rc != RC_OK)
		return rc;
	clock_sleep_ms(2); /* makes a deadlock likely, hides none */
	return dbtest_add_one(db, &second, e);
}

static int
cross_thirty(const struct settings *s, int me)
{
	struct error e = ERROR_NONE;
	int64_t first = 1 + me % 2;
	struct db *db;
	enum rc rc;
	int done = 0;

	rc = db_open(s, DB_WRITE, &db, &e);
	while (rc == RC_OK && done < 30) {
		rc = db_unit(db, cross, &first, &e);
		done++;
		/* a unit may lose DB_TRIES times: begin it anew, as callers do */
		if (rc == RC_CONFLICT) {
			error_clear(&e);
			rc = RC_OK;
			done--;
		}
	}
	if (rc != RC_OK)
		fprintf(stderr, "# %s: %s\n", rc_name(rc), e.text);
	db_close(db);
	return rc != RC_OK;
}

static void
check_crossing(const struct settings *s)
{
	is_int(in_children(s, 4, cross_thirty), 4, "all went well");
	ok(dbtest_counter(s, 1) == 120 && dbtest_counter(s, 2) == 120,
	    "%s: both counters at %d and %d", sales_name(s),
	    (int)dbtest_counter(s, 1), (int)dbtest_counter(s, 2));
}

static void
deadlocks_are_tried_again_and_nothing_counts_twice(void)
{
	dbtest_each_engine(check_crossing);
}

/* Holds the row (MariaDB) or the file (SQLite) while the parent wants it. */
static enum rc
hold(struct db *db, void *ctx, struct error *e)
{
	const int *fds = ctx;
	int64_t one = 1;
	char c = 'h';
	enum rc rc;

	rc = dbtest_add_one(db, &one, e);
	if (write(fds[1], &c, 1) != 1)
		rc = RC_IO;
	clock_sleep_ms(300); /* the other one must be waiting or failing */
	return rc;
}

static void
check_loser(const struct settings *s)
{
	struct error e = ERROR_NONE;
	int64_t one = 1;
	int fds[2], status;
	struct db *db;
	pid_t pid;
	char c;

	if (pipe(fds) == -1)
		return;
	pid = fork();
	if (pid == 0) {
		enum rc rc = db_open(s, DB_WRITE, &db, &e);

		if (rc == RC_OK)
			rc = db_unit(db, hold, fds, &e);
		db_close(db);
		_exit(rc != RC_OK);
	}
	db = dbtest_open(s, DB_WRITE);
	ok(read(fds[0], &c, 1) == 1, "the other one holds it");
	ok(db != NULL && db_unit(db, dbtest_add_one, &one, &e) == RC_OK,
	    "%s: the loser waits or tries again: %s", sales_name(s), e.text);
	db_close(db);
	(void)waitpid(pid, &status, 0);
	is_int(status, 0, "the winner committed");
	is_int(dbtest_counter(s, 1), 2, "both increments count");
	(void)close(fds[0]);
	(void)close(fds[1]);
}

static void
two_fight_over_a_row_and_both_increments_count(void)
{
	dbtest_each_engine(check_loser);
}

/* Holds the row or the file until the pipe is closed. */
static enum rc
hold_on(struct db *db, void *ctx, struct error *e)
{
	const int *fds = ctx;
	int64_t one = 1;
	char c = 'h';
	enum rc rc;

	rc = dbtest_add_one(db, &one, e);
	if (write(fds[1], &c, 1) != 1 || read(fds[2], &c, 1) != 0)
		rc = RC_IO;
	return rc;
}

static void
check_bound(const struct settings *s)
{
	struct error e = ERROR_NONE;
	int64_t one = 1, began;
	int fds[4], status;
	struct db *db;
	pid_t pid;
	enum rc rc;
	char c;

	if (pipe(fds) == -1 || pipe(fds + 2) == -1)
		return;
	pid = fork();
	if (pid == 0) {
		(void)close(fds[3]);
		rc = db_open(s, DB_WRITE, &db, &e);
		if (rc == RC_OK)
			rc = db_unit(db, hold_on, fds, &e);
		db_close(db);
		_exit(rc != RC_OK);
	}
	db = dbtest_open(s, DB_WRITE);
	ok(read(fds[0], &c, 1) == 1, "the other one holds it");
	began = clock_mono_ms();
	rc = db != NULL ? db_unit(db, dbtest_add_one, &one, &e) : RC_DB;
	began = clock_mono_ms() - began;
	ok(rc == RC_CONFLICT && began >= DB_BUSY_MS - 500 &&
		began < 8 * DB_BUSY_MS,
	    "%s: %s after %d ms: %s", sales_name(s), rc_name(rc), (int)began,
	    e.text);
	for (int i = 0; i < 4; i++)
		(void)close(fds[i]);
	(void)waitpid(pid, &status, 0);
	is_int(status, 0, "the holder committed");
	is_int(dbtest_counter(s, 1), 1, "and is the only one");
	db_close(db);
}

static void
a_lock_is_not_waited_for_for_ever(void)
{
	dbtest_each_engine(check_bound);
}

/* What locks a row without a change counts as well: a lease is held by that. */
static enum rc
sleep_on(struct db *db, void *ctx, struct error *e)
{
	const int *fds = ctx;
	char c = 'h';
	enum rc rc;

	rc = db_run(db, SQL_COUNTER_SET, e, db_int(0), db_int(1));
	if (rc != RC_OK || write(fds[1], &c, 1) != 1)
		return RC_IO;
	for (;;)
		(void)pause();
}

static void
check_sleeper(const struct settings *s)
{
	int64_t one = 1, end = clock_mono_ms() + 60000;
	struct error e = ERROR_NONE;
	struct db *db;
	enum rc rc = RC_CONFLICT;
	int fds[2];
	pid_t pid;
	char c;

	/* MySQL has no such limit */
	if (strcmp(sales_name(s), "mariadb") != 0 || pipe(fds) == -1)
		return;
	pid = fork();
	if (pid == 0) {
		rc = db_open(s, DB_WRITE, &db, &e);
		if (rc == RC_OK)
			rc = db_unit(db, sleep_on, fds, &e);
		_exit(rc != RC_OK);
	}
	(void)close(fds[1]);
	db = dbtest_open(s, DB_WRITE);
	ok(read(fds[0], &c, 1) == 1, "one sleeps with a row that is locked");
	while (db != NULL && rc == RC_CONFLICT && clock_mono_ms() < end) {
		error_clear(&e);
		rc = db_unit(db, dbtest_add_one, &one, &e);
	}
	ok(rc == RC_OK, "%s: it is thrown out: %s", sales_name(s), e.text);
	db_close(db);
	(void)kill(pid, SIGKILL);
	(void)waitpid(pid, NULL, 0);
	(void)close(fds[0]);
}

static void
who_sleeps_with_a_lock_is_thrown_out(void)
{
	dbtest_each_engine(check_sleeper);
}

static enum rc
always_busy(struct db *db, void *ctx, struct error *e)
{
	int *tries = ctx;
	int64_t one = 1;
	enum rc rc = dbtest_add_one(db, &one, e);

	++*tries;
	return rc != RC_OK ? rc : error_set(e, RC_CONFLICT, "again");
}

static void
check_tries(const struct settings *s)
{
	struct db *db = dbtest_open(s, DB_WRITE);
	struct error e = ERROR_NONE;
	int tries = 0;
	enum rc rc;

	if (db == NULL)
		return;
	rc = db_unit(db, always_busy, &tries, &e);
	ok(rc == RC_CONFLICT && e.rc == RC_CONFLICT, "%s: %s", sales_name(s),
	    rc_name(rc));
	is_int(tries, DB_TRIES, "tries");
	is_int(dbtest_counter(s, 1), 0, "each was rolled back");
	db_close(db);
}

static void
conflicts_end_after_so_many_tries(void)
{
	dbtest_each_engine(check_tries);
}

/* ---- a writer that is killed ---- */

static enum rc
add_and_fall(struct db *db, void *ctx, struct error *e)
{
	int64_t one = 1;

	(void)ctx;
	if (dbtest_add_one(db, &one, e) == RC_OK)
		(void)raise(SIGKILL);
	return RC_DB;
}

static void
check_killed(const struct settings *s)
{
	int64_t one = 1;
	int status;
	pid_t pid = fork();

	if (pid == 0) {
		struct db *db;
		enum rc rc;

		rc = db_open(s, DB_WRITE, &db, NULL);
		if (rc == RC_OK)
			rc = db_unit(db, dbtest_add_one, &one, NULL);
		if (rc == RC_OK)
			rc = db_unit(db, add_and_fall, NULL, NULL);
		_exit(rc == RC_OK ? 1 : 2);
	}
	(void)waitpid(pid, &status, 0);
	ok(WIFSIGNALED(status), "%s: killed in its second unit", sales_name(s));
	is_int(dbtest_counter(s, 1), 1, "a reader finds the first unit only");
}

static void
what_a_killed_writer_committed_is_there_and_no_more(void)
{
	dbtest_each_engine(check_killed);
}

/* ---- readers of SQLite ---- */

static int
open_a_hundred_times(const struct settings *s, int me)
{
	struct error e = ERROR_NONE;
	int64_t two = 2;
	struct db_rows *rows;
	struct db *db;
	enum rc rc = RC_OK;

	for (int i = 0; rc == RC_OK && i < 100; i++) {
		rc = db_open(s, me == 0 ? DB_WRITE : DB_READ, &db, &e);
		if (rc != RC_OK)
			break;
		if (me == 0)
			rc = db_unit(db, dbtest_add_one, &two, &e);
		else if ((rc = db_one(db, SQL_COUNTER_GET, &rows, &e,
			      db_int(2))) == RC_OK)
			db_done(rows);
		db_close(db);
	}
	if (rc != RC_OK)
		fprintf(stderr, "# %s: %s\n", rc_name(rc), e.text);
	return rc != RC_OK;
}

static void
readers_and_a_writer_come_and_go_without_a_failure(void)
{
	struct settings s;
	char wal[600];

	if (!dbtest_make(&s, SALES_SQLITE))
		return;
	is_int(in_children(&s, 8, open_a_hundred_times), 8,
	    "700 readers and 100 writers came and went");
	is_int(dbtest_counter(&s, 2), 100, "all that was written");
	(void)snprintf(wal, sizeof(wal), "%s-wal", s.db_file);
	ok(access(wal, F_OK) == 0, "nobody checkpointed at closing");
	db_close(dbtest_open(&s, DB_KEEP));
	ok(access(wal, F_OK) == -1, "a keeper does, at its end");
	sales_drop(&s);
}

/* Exit status 0 when 20,000 rows are sorted in the jail of a page. */
static int
sort_in_jail(const struct settings *s)
{
	struct error e = ERROR_NONE;
	struct jail j = JAIL_NONE;
	struct db *db = dbtest_open(s, DB_READ);
	struct db_rows *rows = NULL;
	char folder[1000];
	enum rc rc;
	int n = 0;

	if (db == NULL)
		return 1;
	(void)snprintf(folder, sizeof(folder), "%.*s",
	    (int)(strrchr(s->db_file, '/') - s->db_file), s->db_file);
	jail_path(&j, folder, JAIL_WRITE);
	if (jail_enter(&j, &e) != RC_OK)
		return 2;
	rc = db_ask(db, SQL_THING_SORT, &rows, &e);
	while (rc == RC_OK && (rc = db_next(rows, &e)) == RC_OK)
		n++;
	if (rc == RC_NOTFOUND && n == 20000)
		return 0;
	fprintf(stderr, "# %d rows: %s\n", n, e.text);
	return 3;
}

/* SQLite would put a sort of more than its cache into a file below /tmp. */
static void
a_large_sort_needs_no_file_outside_of_the_jail(void)
{
	struct settings s;
	int status = -1;
	pid_t pid;

	if (!dbtest_make(&s, SALES_SQLITE))
		return;
	sales_sql(&s,
	    "WITH RECURSIVE c (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c"
	    " WHERE n < 20000) INSERT INTO thing (name, note)"
	    " SELECT n, hex(randomblob(200)) FROM c");
	fflush(stdout);
	pid = fork();
	if (pid == 0)
		_exit(sort_in_jail(&s));
	(void)waitpid(pid, &status, 0);
	is_int(status, 0, "status");
	sales_drop(&s);
}

int
main(void)
{
	RUN(eight_processes_count_to_four_hundred_exactly);
	RUN(deadlocks_are_tried_again_and_nothing_counts_twice);
	RUN(two_fight_over_a_row_and_both_increments_count);
	RUN(a_lock_is_not_waited_for_for_ever);
	RUN(who_sleeps_with_a_lock_is_thrown_out);
	RUN(conflicts_end_after_so_many_tries);
	RUN(a_large_sort_needs_no_file_outside_of_the_jail);
	RUN(what_a_killed_writer_committed_is_there_and_no_more);
	RUN(readers_and_a_writer_come_and_go_without_a_failure);
	return tap_done();
}
