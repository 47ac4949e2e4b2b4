/*
 * The two halves of the MariaDB driver: the link (db_mariadb.c) and its
 * statements (db_mariadb_stmt.c).  Private to them.
 */
#ifndef DB_DB_MARIADB_H
#define DB_DB_MARIADB_H

#include <mysql.h>

#include "db/db_driver.h"

/* Every call of the library that we make. */
/* clang-format off */
#define MARIADB_CALLS(X) \
	X(mysql_init) X(mysql_options) X(mysql_real_connect) X(mysql_close) \
	X(mysql_errno) X(mysql_error) X(mysql_real_query) \
	X(mysql_stmt_init) X(mysql_stmt_prepare) X(mysql_stmt_param_count) \
	X(mysql_stmt_field_count) X(mysql_stmt_bind_param) \
	X(mysql_stmt_bind_result) X(mysql_stmt_execute) \
	X(mysql_stmt_store_result) X(mysql_stmt_fetch) \
	X(mysql_stmt_fetch_column) X(mysql_stmt_free_result) \
	X(mysql_stmt_affected_rows) X(mysql_stmt_insert_id) \
	X(mysql_stmt_result_metadata) X(mysql_fetch_field_direct) \
	X(mysql_free_result) X(mysql_stmt_close) X(mysql_stmt_errno) \
	X(mysql_stmt_error)
/* clang-format on */

struct api {
#define MEMBER(f) __typeof__(f) *f;
	MARIADB_CALLS(MEMBER)
#undef MEMBER
};

struct maria {
	struct api api;
	void *library; /* stays loaded: it may have threads of its own */
	MYSQL *my;     /* owned; NULL when there is no link */
	bool dead;     /* my is of no more use */
	enum db_how how;
	int64_t last_id;
	/* owned copies, to connect again */
	char *host, *socket, *user, *password, *name, *ca;
	unsigned port;
};

/* A text of ours, without a result.  RC_DB, "gone away", when the link is
 * dead already. */
enum rc maria_query(struct maria *l, const char *text, struct error *e) CHECKED;

/* What a failed call means; notes a dead link.  what is the statement. */
enum rc maria_refused(struct maria *l, const char *what, unsigned code,
    const char *text, struct error *e);
bool maria_lost(void *link);

/* The statements' part of struct db_driver. */
const char *maria_text(const struct sql_entry *entry);
enum rc maria_prepare(
    void *link, const struct sql_entry *entry, void **out, struct error *e);
void maria_finish(void *stmt);
enum rc maria_run(void *stmt, const struct db_arg *args, size_t nargs,
    int64_t *changed, struct error *e);
enum rc maria_ask(
    void *stmt, const struct db_arg *args, size_t nargs, struct error *e);
enum rc maria_next(void *stmt, struct error *e);
void maria_reset(void *stmt);
bool maria_col_null(void *stmt, unsigned col);
int64_t maria_col_int(void *stmt, unsigned col);
const void *maria_col_bytes(void *stmt, unsigned col, size_t *len);
char maria_col_kind(void *stmt, unsigned col);
enum rc maria_exec(
    void *link, const char *text, size_t n, bool *there, struct error *e);

#endif
