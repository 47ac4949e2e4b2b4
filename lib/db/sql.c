/*
 * BOTH(name, args, cols, text), or EACH(name, args, cols, sqlite, mariadb)
 * with the reason why the engines differ.
 */
#include "config.h"

#include <stddef.h>

#include "db/sql.h"

/* clang-format off */
#define BOTH(id, args, cols, text) \
	[id] = { #id, args, cols, text, NULL, NULL }
#define EACH(id, args, cols, sqlite, mariadb) \
	[id] = { #id, args, cols, NULL, sqlite, mariadb }

const struct sql_entry sql_table[SQL_COUNT] = {

/* ---- schema ---- */

/* Version, and the oldest build that works with it. */
BOTH(SQL_SCHEMA_VERSION, "", "ii",
    "SELECT COALESCE(MAX(version), 0), COALESCE(MAX(oldest), 0)"
    " FROM migration WHERE done_at IS NOT NULL"),

/* STRICT is SQLite's word, InnoDB and the collation are MariaDB's. */
EACH(SQL_MIGRATION_TABLE, "", "",
    "CREATE TABLE IF NOT EXISTS migration ("
    " version INTEGER PRIMARY KEY, name TEXT NOT NULL, sum TEXT NOT NULL,"
    " oldest INTEGER NOT NULL, step INTEGER NOT NULL, done_at INTEGER) STRICT",
    "CREATE TABLE IF NOT EXISTS migration ("
    " version BIGINT PRIMARY KEY, name VARCHAR(200) NOT NULL,"
    " sum VARCHAR(64) NOT NULL, oldest BIGINT NOT NULL, step BIGINT NOT NULL,"
    " done_at BIGINT) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4"
    " COLLATE=utf8mb4_bin"),

BOTH(SQL_MIGRATION_LIST, "", "ittiI",
    "SELECT version, name, sum, step, done_at FROM migration ORDER BY version"),

BOTH(SQL_MIGRATION_BEGIN, "itti", "",
    "INSERT INTO migration (version, name, sum, oldest, step)"
    " VALUES (?, ?, ?, ?, 0)"),

BOTH(SQL_MIGRATION_STEP, "ii", "",
    "UPDATE migration SET step = ? WHERE version = ?"),

BOTH(SQL_MIGRATION_END, "ii", "",
    "UPDATE migration SET done_at = ? WHERE version = ?"),

/* SQLite needs none: its migration is one IMMEDIATE transaction.  Locks of
 * MariaDB are the server's, not the database's: hence the name. */
EACH(SQL_MIGRATION_LOCK, "i", "I",
    NULL,
    "SELECT GET_LOCK(LEFT('hatshop ' || DATABASE(), 64), ?)"),

EACH(SQL_MIGRATION_UNLOCK, "", "I",
    NULL,
    "SELECT RELEASE_LOCK(LEFT('hatshop ' || DATABASE(), 64))"),

/* Migrations of SQLite run with foreign keys off, as rebuilding a table needs
 * it, and are checked afterwards. */
EACH(SQL_FOREIGN_KEYS, "", "tIti",
    "PRAGMA foreign_key_check",
    NULL),
};
/* clang-format on */

_Static_assert(sizeof(sql_table) / sizeof(sql_table[0]) == SQL_COUNT,
    "one entry for each statement");
