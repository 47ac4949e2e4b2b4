#include "config.h"

#include <stddef.h>

#include "t/dbtest/dbtest.h"
#include "t/tap.h"

/* clang-format off */
#define BOTH(id, args, cols, text) [id] = { #id, args, cols, text, NULL, NULL }
#define EACH(id, args, cols, sqlite, mariadb) \
	[id] = { #id, args, cols, NULL, sqlite, mariadb }

const struct sql_entry sql_table[SQL_COUNT] = {
BOTH(SQL_SCHEMA_VERSION, "", "ii", "SELECT version, oldest FROM migration"),
BOTH(SQL_COUNTER_NEW, "ii", "", "INSERT INTO counter (id, n) VALUES (?, ?)"),
BOTH(SQL_COUNTER_ADD, "ii", "", "UPDATE counter SET n = n + ? WHERE id = ?"),
BOTH(SQL_COUNTER_SET, "ii", "", "UPDATE counter SET n = ? WHERE id = ?"),
EACH(SQL_COUNTER_PUT, "ii", "",
    "INSERT INTO counter (id, n) VALUES (?, ?)"
    " ON CONFLICT (id) DO UPDATE SET n = excluded.n",
    "INSERT INTO counter (id, n) VALUES (?, ?)"
    " ON DUPLICATE KEY UPDATE n = VALUES(n)"),
BOTH(SQL_COUNTER_ALL, "i", "", "UPDATE counter SET n = ?"),
BOTH(SQL_COUNTER_DELETE, "i", "", "DELETE FROM counter WHERE id > ?"),
BOTH(SQL_COUNTER_GET, "i", "i", "SELECT n FROM counter WHERE id = ?"),
BOTH(SQL_COUNTER_LIST, "i", "ii",
    "SELECT id, n FROM counter ORDER BY id LIMIT ?"),
BOTH(SQL_COUNTER_SUM, "i", "I", "SELECT SUM(n) FROM counter WHERE id > ?"),
BOTH(SQL_THING_NEW, "tTB", "",
    "INSERT INTO thing (name, note, data) VALUES (?, ?, ?)"),
BOTH(SQL_THING_GET, "i", "itTB",
    "SELECT id, name, note, data FROM thing WHERE id = ?"),
BOTH(SQL_THING_BY_NAME, "t", "i", "SELECT id FROM thing WHERE name = ?"),
BOTH(SQL_THING_SORT, "", "t", "SELECT name FROM thing ORDER BY note"),
BOTH(SQL_CHILD_NEW, "i", "", "INSERT INTO child (thing_id) VALUES (?)"),
EACH(SQL_ECHO, "ITB", "ITB",
    "SELECT ?, ?, ?",
    "SELECT CAST(? AS SIGNED), ?, CAST(? AS BINARY)"),
BOTH(SQL_LITERALS, "", "ti", "SELECT 'a\\' || 'b', 7 AS \"order\""),
BOTH(SQL_NAME_AS_INT, "", "i", "SELECT name FROM thing"),
BOTH(SQL_NULL_AS_TEXT, "", "t", "SELECT note FROM thing"),
EACH(SQL_TOO_BIG, "", "b",
    "SELECT zeroblob(33554433)",
    "SELECT REPEAT(x'00', 33554433)"),
BOTH(SQL_NO_TABLE, "", "i", "SELECT n FROM nowhere"),
BOTH(SQL_WRONG_COUNT, "", "ii", "SELECT n FROM counter"),
EACH(SQL_CONNECTION, "", "i", NULL, "SELECT CONNECTION_ID()"),
};
/* clang-format on */

static const char *const sqlite_tables[] = {
	"CREATE TABLE migration (version INTEGER, oldest INTEGER) STRICT",
	"CREATE TABLE counter (id INTEGER PRIMARY KEY,"
	" n INTEGER NOT NULL CHECK (n >= 0)) STRICT",
	"CREATE TABLE thing (id INTEGER PRIMARY KEY,"
	" name TEXT NOT NULL UNIQUE, note TEXT, data BLOB) STRICT",
	"CREATE TABLE child (id INTEGER PRIMARY KEY,"
	" thing_id INTEGER NOT NULL REFERENCES thing (id)) STRICT",
	NULL,
};

static const char *const mariadb_tables[] = {
	"CREATE TABLE migration (version BIGINT, oldest BIGINT)"
	" ENGINE=InnoDB",
	"CREATE TABLE counter (id BIGINT PRIMARY KEY,"
	" n BIGINT NOT NULL CHECK (n >= 0)) ENGINE=InnoDB",
	"CREATE TABLE thing (id BIGINT AUTO_INCREMENT PRIMARY KEY,"
	" name VARCHAR(100) NOT NULL UNIQUE, note LONGTEXT, data LONGBLOB)"
	" ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin",
	"CREATE TABLE child (id BIGINT AUTO_INCREMENT PRIMARY KEY,"
	" thing_id BIGINT NOT NULL, FOREIGN KEY (thing_id)"
	" REFERENCES thing (id)) ENGINE=InnoDB",
	NULL,
};

int
dbtest_make(struct settings *s, enum sales_server server)
{
	const char *const *tables;

	if (!sales_make(s, server, 0))
		return 0;
	tables = s->db_engine == ENGINE_SQLITE ? sqlite_tables : mariadb_tables;
	for (size_t i = 0; tables[i] != NULL; i++)
		sales_sql(s, tables[i]);
	sales_sql(s, "INSERT INTO migration VALUES (7, 5)");
	sales_sql(s, "INSERT INTO counter VALUES (1, 0), (2, 0)");
	return 1;
}

void
dbtest_each_engine(sales_test *test)
{
	for (unsigned i = 0; i < SALES_SERVERS; i++) {
		struct settings s;

		if (!dbtest_make(&s, (enum sales_server)i))
			continue;
		test(&s);
		sales_drop(&s);
	}
}

struct db *
dbtest_open(const struct settings *s, enum db_mode mode)
{
	struct error e = ERROR_NONE;
	struct db *db;

	if (db_open(s, mode, &db, &e) == RC_OK)
		return db;
	ok(0, "%s: open: %s", sales_name(s), e.text);
	return NULL;
}

int64_t
dbtest_counter(const struct settings *s, int64_t id)
{
	struct db *db = dbtest_open(s, DB_READ);
	struct db_rows *rows;
	int64_t n = -1;

	if (db == NULL)
		return -1;
	if (db_one(db, SQL_COUNTER_GET, &rows, NULL, db_int(id)) == RC_OK) {
		n = db_col_int(rows, 0);
		db_done(rows);
	}
	db_close(db);
	return n;
}

enum rc
dbtest_add_one(struct db *db, void *ctx, struct error *e)
{
	const int64_t *id = ctx;
	int64_t changed;
	enum rc rc;

	rc = db_run_count(
	    db, SQL_COUNTER_ADD, &changed, e, db_int(1), db_int(*id));
	if (rc == RC_OK && changed != 1)
		rc = error_set(e, RC_INVALID, "%d rows", (int)changed);
	return rc;
}
