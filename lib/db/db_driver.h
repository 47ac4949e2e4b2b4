/*
 * What an engine has to offer; private to lib/db and its tests.
 *
 * db.c checks arguments, keeps one prepared statement for each entry of the
 * table and repeats units; a driver talks to its engine and turns what that
 * says into our words.  A driver's calls leave nothing half open: a failed ask
 * or next needs no reset, a failed begin or commit is followed by rollback.
 */
#ifndef DB_DRIVER_H
#define DB_DRIVER_H

#include "db/db.h"

enum db_how {
	DB_OPEN_READ,  /* as enum db_mode */
	DB_OPEN_WRITE, /* likewise */
	DB_OPEN_KEEP,  /* likewise */
	DB_OPEN_MAKE,  /* for migrations: make what is missing */
};

enum db_begin {
	DB_BEGIN_UNIT, /* takes SQLite's write lock at once */
	DB_BEGIN_VIEW, /* one snapshot, no writing */
};

/* A connection (link) and a statement belong to the driver. */
struct db_driver {
	const char *name; /* also the folder of its migrations */

	enum rc (*open)(const struct settings *s, enum db_how how, void **link,
	    struct error *e);
	void (*close)(void *link);

	/* wait_ms: how long a lock may be waited for, where that can be said */
	enum rc (*begin)(
	    void *link, enum db_begin kind, int64_t wait_ms, struct error *e);
	enum rc (*commit)(void *link, struct error *e);
	void (*rollback)(void *link);

	/* Text for this engine, or NULL. */
	const char *(*text)(const struct sql_entry *entry);
	enum rc (*prepare)(void *link, const struct sql_entry *entry,
	    void **stmt, struct error *e);
	void (*finish)(void *stmt);
	enum rc (*run)(void *stmt, const struct db_arg *args, size_t nargs,
	    int64_t *changed, struct error *e);
	enum rc (*ask)(void *stmt, const struct db_arg *args, size_t nargs,
	    struct error *e);
	enum rc (*next)(void *stmt, struct error *e);
	void (*reset)(void *stmt);
	bool (*col_null)(void *stmt, unsigned col);
	int64_t (*col_int)(void *stmt, unsigned col);
	const void *(*col_bytes)(void *stmt, unsigned col, size_t *len);
	int64_t (*last_id)(void *link);

	/* The engine's own idea of a column: one of "itb", '?' when it has
	 * none.  For the test of the table. */
	char (*col_kind)(void *stmt, unsigned col);

	/* Whether the connection is gone for good, and a new one in its place;
	 * all statements are finished before. */
	bool (*lost)(void *link);
	enum rc (*relink)(void *link, struct error *e);

	/* One statement of a migration.  *there (may be NULL) says that it
	 * failed because what it makes is there, or what it drops is not. */
	enum rc (*exec)(void *link, const char *text, size_t n, bool *there,
	    struct error *e);
};

extern const struct db_driver db_sqlite_driver, db_mariadb_driver;

struct db_rows {
	struct db *db;
	const struct sql_entry *entry;
	void *stmt;  /* owned; NULL until the statement is first used */
	bool open;   /* between db_ask and db_done */
	bool row;    /* columns may be read */
	bool over;   /* db_next said so */
	bool broken; /* it failed: not to be used again */
};

enum db_state { DB_IDLE, DB_IN_UNIT, DB_IN_VIEW };

struct db {
	const struct db_driver *driver;
	enum settings_engine engine;
	enum db_how how;
	void *link; /* owned; the driver's */
	enum db_state state;
	enum rc doomed; /* what broke this unit; it will be rolled back */
	unsigned open_rows;
	uint64_t seed; /* of the jitter */
	struct db_rows rows[SQL_COUNT];
};

/* db_open and db_open_bare are made of it. */
enum rc db_open_how(const struct settings *s, enum db_how how, struct db **out,
    struct error *e) CHECKED;

/* The schema's version, 0 when there is none, and the oldest build that works
 * with it. */
enum rc db_schema(
    struct db *db, int64_t *version, int64_t *oldest, struct error *e) CHECKED;

#endif
