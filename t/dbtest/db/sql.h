/*
 * A table of statements for the tests of lib/db itself, in place of the
 * shop's: lib/db is compiled once more with this folder before lib.  What the
 * migrations need is named so that migrate.c compiles, but has no text: they
 * are tested with the real table.
 */
#ifndef DB_SQL_H
#define DB_SQL_H

#define SQL_SCHEMA 7

enum sql {
	SQL_SCHEMA_VERSION,
	SQL_MIGRATION_TABLE,
	SQL_MIGRATION_LIST,
	SQL_MIGRATION_BEGIN,
	SQL_MIGRATION_STEP,
	SQL_MIGRATION_END,
	SQL_MIGRATION_LOCK,
	SQL_MIGRATION_UNLOCK,
	SQL_FOREIGN_KEYS,
	SQL_COUNTER_NEW,
	SQL_COUNTER_ADD,
	SQL_COUNTER_SET,
	SQL_COUNTER_PUT,
	SQL_COUNTER_ALL,
	SQL_COUNTER_DELETE,
	SQL_COUNTER_GET,
	SQL_COUNTER_LIST,
	SQL_COUNTER_SUM,
	SQL_THING_NEW,
	SQL_THING_GET,
	SQL_THING_BY_NAME,
	SQL_THING_SORT,
	SQL_CHILD_NEW,
	SQL_ECHO,
	SQL_LITERALS,
	SQL_NAME_AS_INT,
	SQL_NULL_AS_TEXT,
	SQL_TOO_BIG,
	SQL_NO_TABLE,
	SQL_WRONG_COUNT,
	SQL_CONNECTION,
	SQL_COUNT
};

struct sql_entry {
	const char *name, *args, *cols, *text, *sqlite, *mariadb;
};

extern const struct sql_entry sql_table[SQL_COUNT];

#endif
