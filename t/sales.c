#include "config.h"

#include <assert.h>
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/clock.h"
#include "db/db_driver.h"
#include "db/migrate.h"
#include "t/sales.h"
#include "t/tap.h"

const char sales_folder[] = T_SRCDIR "/schema/sales";

static const struct {
	const char *name, *variable;
} servers[SALES_SERVERS] = {
	[SALES_SQLITE] = { "sqlite", NULL },
	[SALES_MARIADB] = { "mariadb", "HATSHOP_TEST_MARIADB" },
	[SALES_MYSQL] = { "mysql", "HATSHOP_TEST_MYSQL" },
};

/* Into a text member, which conf_defaults has filled. */
static void
set(char **member, const char *value)
{
	free(*member);
	*member = strdup(value);
	assert(*member != NULL);
}

const char *
sales_name(const struct settings *s)
{
	const char *mysql = getenv(servers[SALES_MYSQL].variable);

	if (s->db_engine == ENGINE_SQLITE)
		return "sqlite";
	return mysql != NULL && strcmp(mysql, s->db_socket) == 0 ? "mysql"
								 : "mariadb";
}

/* In the given database, or in none of the server's own. */
static void
sql_in(const struct settings *s, const char *database, const char *text)
{
	struct error e = ERROR_NONE;
	struct settings other = *s;
	struct db *db = NULL;
	char name[65];
	enum rc rc;

	(void)snprintf(name, sizeof(name), "%s", database);
	other.db_name = name;
	rc = db_open_bare(&other, &db, &e);
	if (rc == RC_OK)
		rc = db->driver->exec(db->link, text, strlen(text), NULL, &e);
	if (rc != RC_OK)
		ok(0, "%s: %s: %s", sales_name(s), text, e.text);
	db_close(db);
}

void
sales_sql(const struct settings *s, const char *text)
{
	sql_in(s, s->db_name, text);
}

/* Rows of a query that is not in the table, which the driver alone can run. */
static enum rc
read_text(struct db *db, const char *query, struct buf *out, struct error *e)
{
	const struct sql_entry entry = { "test", "", "t", query, NULL, NULL };
	void *stmt = NULL;
	size_t len;
	enum rc rc;

	rc = db->driver->prepare(db->link, &entry, &stmt, e);
	if (rc != RC_OK)
		return rc;
	rc = db->driver->ask(stmt, NULL, 0, e);
	while (rc == RC_OK && (rc = db->driver->next(stmt, e)) == RC_OK) {
		const char *text = db->driver->col_bytes(stmt, 0, &len);

		if (out->len > 0)
			buf_putc(out, '\n');
		buf_puts(out, text != NULL ? text : "NULL");
	}
	db->driver->reset(stmt);
	db->driver->finish(stmt);
	return rc == RC_NOTFOUND ? buf_rc(out) : rc;
}

const char *
sales_text(const struct settings *s, const char *query, char *out, size_t size)
{
	struct error e = ERROR_NONE;
	struct db *db;
	struct buf b;
	enum rc rc;

	buf_init(&b, size - 1);
	rc = db_open_bare(s, &db, &e);
	if (rc == RC_OK)
		rc = read_text(db, query, &b, &e);
	if (rc != RC_OK)
		ok(0, "%s: %s: %s %s", sales_name(s), query, rc_name(rc),
		    e.text);
	(void)snprintf(out, size, "%s", buf_str(&b));
	buf_release(&b);
	db_close(db);
	return out;
}

static void
make_file(struct settings *s)
{
	const char *tmp = getenv("TMPDIR");
	char folder[512], path[540];

	(void)snprintf(folder, sizeof(folder), "%s/hatshop-sales.XXXXXX",
	    tmp != NULL ? tmp : "/tmp");
	assert(mkdtemp(folder) != NULL);
	(void)snprintf(path, sizeof(path), "%s/shop.db", folder);
	set(&s->db_file, path);
}

static void
make_database(struct settings *s, const char *socket)
{
	char name[64], text[128];

	(void)snprintf(name, sizeof(name), "hs_%ld_%lld", (long)getpid(),
	    (long long)clock_now_ms());
	set(&s->db_socket, socket);
	set(&s->db_user, "root");
	set(&s->db_password, "");
	set(&s->db_name, name);
	(void)snprintf(text, sizeof(text), "CREATE DATABASE %s", name);
	sql_in(s, "mysql", text);
}

int
sales_make(struct settings *s, enum sales_server server, int migrated)
{
	struct migrate_how how = { .folder = sales_folder,
		.newest = SQL_SCHEMA };
	struct error e = ERROR_NONE;
	const char *socket = NULL;

	memset(s, 0, sizeof(*s));
	if (server != SALES_SQLITE) {
		socket = getenv(servers[server].variable);
		if (socket == NULL || socket[0] == '\0') {
			char why[80];

			(void)snprintf(why, sizeof(why), "%s: %s is not set",
			    servers[server].name, servers[server].variable);
			tap_skip(why);
			return 0;
		}
	}
	assert(conf_defaults(settings_keys, settings_count, s, &e) == RC_OK);
	s->db_engine = server == SALES_SQLITE ? ENGINE_SQLITE : ENGINE_MARIADB;
	if (server == SALES_SQLITE)
		make_file(s);
	else
		make_database(s, socket);
	if (migrated && migrate(s, &how, NULL, &e) != RC_OK)
		ok(0, "%s: migrated: %s", servers[server].name, e.text);
	return 1;
}

static void
drop_file(const struct settings *s)
{
	char *folder = strdup(s->db_file), path[1024];
	const struct dirent *d;
	DIR *dir;

	assert(folder != NULL);
	*strrchr(folder, '/') = '\0';
	dir = opendir(folder);
	while (dir != NULL && (d = readdir(dir)) != NULL) {
		(void)snprintf(path, sizeof(path), "%s/%s", folder, d->d_name);
		(void)unlink(path);
	}
	if (dir != NULL)
		(void)closedir(dir);
	(void)rmdir(folder);
	free(folder);
}

void
sales_drop(struct settings *s)
{
	char text[128];

	if (s->db_engine == ENGINE_SQLITE) {
		drop_file(s);
	} else {
		(void)snprintf(
		    text, sizeof(text), "DROP DATABASE %s", s->db_name);
		sql_in(s, "mysql", text);
	}
	settings_release(s);
}

void
sales_each_engine(sales_test *test)
{
	for (unsigned i = 0; i < SALES_SERVERS; i++) {
		struct settings s;

		if (!sales_make(&s, (enum sales_server)i, 1))
			continue;
		test(&s);
		sales_drop(&s);
	}
}
