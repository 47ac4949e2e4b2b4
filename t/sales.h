/*
 * A fresh, migrated sales database for a test, on each engine in turn:
 *
 *	static void
 *	test(const struct settings *s)
 *	{
 *		rc = db_open(s, DB_WRITE, &db, &e);
 *		…
 *	}
 *
 *	static void
 *	a_line_is_added_once(void)
 *	{
 *		sales_each_engine(test);
 *	}
 *
 * SQLite always; MariaDB when $HATSHOP_TEST_MARIADB is the path of a server's
 * socket where root needs no password, MySQL when $HATSHOP_TEST_MYSQL is; else
 * a visible skip.  The database is removed afterwards.
 */
#ifndef T_SALES_H
#define T_SALES_H

#include <stddef.h>

#include "base/settings.h"

enum sales_server { SALES_SQLITE, SALES_MARIADB, SALES_MYSQL, SALES_SERVERS };

typedef void sales_test(const struct settings *s);
void sales_each_engine(sales_test *test);

/* The same without a schema, and for one server; *s is released by
 * sales_drop.  1: it can be had; 0: skipped visibly. */
int sales_make(struct settings *s, enum sales_server server, int migrated);
void sales_drop(struct settings *s);

/* "sqlite", "mariadb" or "mysql", for check names: by the settings. */
const char *sales_name(const struct settings *s);

/* One statement of the test's own (no rows), on a connection of its own; a
 * failure is a failed check. */
void sales_sql(const struct settings *s, const char *text);

/* The text of a query's one column, its rows joined by newlines, on a connection
 * of its own; "" when it fails, which is a failed check. */
const char *sales_text(
    const struct settings *s, const char *query, char *out, size_t size);

/* The schema's folder in the source tree. */
extern const char sales_folder[];

#endif
