/*
 * Numbered migrations of the sales database: FOLDER/ENGINE/NNNN-name.sql, from
 * 0001 without a gap.
 *
 *	struct migrate_how how = { folder, SQL_SCHEMA, false, say, NULL };
 *
 *	rc = migrate(&settings, &how, &e);
 *
 * A file's first line is "-- works with: NNNN": the version of the oldest
 * build that can go on running once it is applied, so that the shop stays open
 * while it is replaced.  db/split.h says where a statement ends.
 *
 * Each file is applied once and remembered with its SHA-256; an applied file
 * that changed is an error.  SQLite: one transaction a file.  MariaDB, where
 * DDL commits by itself: each statement is counted when it is done, and the one
 * under way at a crash is allowed to be there already.  Two at once are safe;
 * readers stay online.
 */
#ifndef DB_MIGRATE_H
#define DB_MIGRATE_H

#include <stdbool.h>

#include "base/settings.h"

/* One line about what was done or would be. */
typedef void migrate_say(void *ctx, const char *line);

struct migrate_how {
	const char *folder; /* borrowed; has a folder for each engine */
	int64_t newest;     /* version that the last file must have */
	bool dry;           /* only say what is missing; make nothing */
	migrate_say *say;
	void *ctx;
};

/*
 * Bring the sales database to the newest version.  *pending (may be NULL) is
 * the number of files that were applied, or would be.  RC_INVALID: files
 * missing, out of order or changed, or a statement failed (e says which);
 * RC_CONFLICT: another one is at it.  Can always be run again.
 */
enum rc migrate(const struct settings *s, const struct migrate_how *how,
    int *pending, struct error *e) CHECKED;

#endif
