/* The table of statements, each on both engines against the fresh schema. */
#include "config.h"

#include <ctype.h>
#include <dirent.h>
#include <stdio.h>
#include <string.h>

#include "base/limits.h"
#include "base/num.h"
#include "db/db_driver.h"
#include "t/sales.h"
#include "t/tap.h"

static void
types_are_known_letters(void)
{
	for (size_t i = 0; i < SQL_COUNT; i++) {
		const struct sql_entry *s = &sql_table[i];

		if (!ok(s->name != NULL, "statement %zu has an entry", i))
			continue;
		ok(strspn(s->args, "itbITB") == strlen(s->args) &&
			strspn(s->cols, "itbITB") == strlen(s->cols) &&
			strlen(s->args) <= LIMIT_SQL_ARGS &&
			strlen(s->cols) <= LIMIT_SQL_COLS,
		    "%s: types \"%s\" and \"%s\"", s->name, s->args, s->cols);
		ok((s->text != NULL) !=
			(s->sqlite != NULL || s->mariadb != NULL),
		    "%s: one text for both, or one each", s->name);
	}
}

static void
the_engines_share_most_texts(void)
{
	unsigned differ = 0, alone = 0;

	for (size_t i = 0; i < SQL_COUNT; i++) {
		const struct sql_entry *s = &sql_table[i];

		if (s->text == NULL)
			*(s->sqlite != NULL && s->mariadb != NULL ? &differ
								  : &alone) +=
			    1;
	}
	ok(1, "of %d statements %u differ by engine, %u belong to one engine",
	    SQL_COUNT, differ, alone);
}

static bool
begins(const char *text, const char *const *words)
{
	for (; *words != NULL; words++)
		if (strncmp(text, *words, strlen(*words)) == 0)
			return true;
	return false;
}

/* Only units write, and db_ask is for everybody. */
static void
what_gives_rows_only_reads(void)
{
	static const char *const readers[] = { "SELECT ", "WITH ", "PRAGMA ",
		NULL };
	static const char *const writers[] = { "INSERT ", "UPDATE ", "DELETE ",
		"CREATE ", NULL };

	for (size_t i = 0; i < SQL_COUNT; i++) {
		const struct sql_entry *s = &sql_table[i];
		const char *const texts[] = { s->text, s->sqlite, s->mariadb };

		for (size_t k = 0; k < 3; k++)
			if (texts[k] != NULL)
				ok(begins(texts[k],
				       s->cols[0] != '\0' ? readers : writers),
				    "%s: %.30s", s->name, texts[k]);
	}
}

/* One row may tell more than a schema: this only compares what is known. */
static void
compare_types(const struct db *db, const struct sql_entry *s, void *stmt)
{
	for (unsigned i = 0; s->cols[i] != '\0'; i++) {
		char kind = db->driver->col_kind(stmt, i);

		ok(kind == '?' || kind == tolower((unsigned char)s->cols[i]),
		    "%s: %s: column %u is '%c', declared '%c'",
		    db->driver->name, s->name, i, kind, s->cols[i]);
	}
}

static void
prepare_all(const struct settings *s)
{
	struct error e = ERROR_NONE;
	struct db *db;

	if (!ok(db_open(s, DB_WRITE, &db, &e) == RC_OK, "%s: open: %s",
		sales_name(s), e.text))
		return;
	for (size_t i = 0; i < SQL_COUNT; i++) {
		const struct sql_entry *entry = &sql_table[i];
		void *stmt = NULL;

		if (db->driver->text(entry) == NULL)
			continue;
		error_clear(&e);
		if (!ok(db->driver->prepare(db->link, entry, &stmt, &e) ==
			    RC_OK,
			"%s: %s prepares: %s", sales_name(s), entry->name,
			e.text))
			continue;
		compare_types(db, entry, stmt);
		db->driver->finish(stmt);
	}
	db_close(db);
}

static void
every_statement_prepares_on_every_engine(void)
{
	sales_each_engine(prepare_all);
}

static int64_t
newest_in(const char *engine)
{
	char path[1024];
	const struct dirent *d;
	int64_t newest = 0, n;
	DIR *dir;

	(void)snprintf(path, sizeof(path), "%s/%s", sales_folder, engine);
	dir = opendir(path);
	while (dir != NULL && (d = readdir(dir)) != NULL)
		if (strlen(d->d_name) > 4 &&
		    num_parse_n(d->d_name, 4, 1, 9999, &n) == RC_OK &&
		    n > newest)
			newest = n;
	if (dir != NULL)
		(void)closedir(dir);
	return newest;
}

static void
the_build_knows_the_newest_migration(void)
{
	is_int(newest_in("sqlite"), SQL_SCHEMA, "newest file for SQLite");
	is_int(newest_in("mariadb"), SQL_SCHEMA, "newest file for MariaDB");
}

int
main(void)
{
	RUN(types_are_known_letters);
	RUN(the_engines_share_most_texts);
	RUN(what_gives_rows_only_reads);
	RUN(the_build_knows_the_newest_migration);
	RUN(every_statement_prepares_on_every_engine);
	return tap_done();
}
