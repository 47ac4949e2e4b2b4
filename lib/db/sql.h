/*
 * The closed table of statements.  Nothing but db/sql.c holds SQL: each entry
 * is one literal for both engines, or one per engine where they must differ (a
 * test counts those), with its argument and column types:
 *
 *	i integer, t text, b bytes; upper case: may be NULL
 *
 * A column that may be NULL and is not upper case is an error when a NULL
 * comes.  A test prepares every entry on both engines against the fresh
 * schema.  What keeps one text possible: MariaDB sessions run with
 * PIPES_AS_CONCAT, ANSI_QUOTES and NO_BACKSLASH_ESCAPES, so literals, names and
 * || mean the same; LIMIT ? OFFSET ?, COALESCE and CASE are the same.  What has
 * to differ: upserts, INSERT OR IGNORE, FOR UPDATE.
 */
#ifndef DB_SQL_H
#define DB_SQL_H

/* The newest file in schema/sales; a test compares. */
#define SQL_SCHEMA 1

/* To add one: a line here and its entry in sql.c, both under the area. */
enum sql {
	/* schema */
	SQL_SCHEMA_VERSION,
	SQL_MIGRATION_TABLE,
	SQL_MIGRATION_LIST,
	SQL_MIGRATION_BEGIN,
	SQL_MIGRATION_STEP,
	SQL_MIGRATION_END,
	SQL_MIGRATION_LOCK,
	SQL_MIGRATION_UNLOCK,
	SQL_FOREIGN_KEYS,

	SQL_COUNT
};

struct sql_entry {
	const char *name; /* "SQL_…", for messages */
	const char *args; /* types of the '?' in order */
	const char *cols; /* types of the columns; "" when it gives no rows */
	const char *text; /* for both engines */
	/* or one each, text is NULL then; NULL: that engine has no need of it,
	 * running it there is an assert */
	const char *sqlite, *mariadb;
};

extern const struct sql_entry sql_table[SQL_COUNT];

#endif
