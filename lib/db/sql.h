/*
 * The closed table of statements.  Nothing but db/sql.c holds SQL: each entry
 * is one literal for both engines, or one per engine where they must differ (a
 * test counts those), with its argument and column types:
 *
 *	i integer, t text, b bytes; upper case: may be NULL
 *
 * A test prepares every entry on both engines against the fresh schema.
 */
#ifndef DB_SQL_H
#define DB_SQL_H

enum sql {
	/* schema and leases */
	SQL_SCHEMA_VERSION,
	SQL_LEASE_TAKE,
	SQL_COUNT
};

struct sql_entry {
	const char *args; /* types of the '?' in order */
	const char *cols; /* types of the columns; "" when it gives no rows */
	const char *text; /* for both engines */
	const char *sqlite, *mariadb; /* or one each; text is NULL then */
};

extern const struct sql_entry sql_table[SQL_COUNT];

#endif
