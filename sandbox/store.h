/*
 * What a stand-in of a gateway keeps: a small SQLite database of its own in the
 * sandbox's folder, so that any number of requests at once see one truth.
 *
 *	rc = store_open(&st, folder, "stripe", schema, &e);
 *	rc = store_begin(&st, &e);
 *	store_run(&st, "UPDATE object SET body = ? WHERE id = ?", "ss", b, id);
 *	store_ask(&st, &q, "SELECT body FROM object WHERE id = ?", "s", id);
 *	if (store_next(&q))
 *		text = store_text(&q, 0);
 *	store_done(&q);
 *	rc = store_commit(&st, &e);
 *
 * A failure is kept: whatever follows does nothing, and store_rc or store_commit
 * tells.  Not durable against a power cut; a killed program leaves it whole.
 */
#ifndef SANDBOX_STORE_H
#define SANDBOX_STORE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"

struct sqlite3;
struct sqlite3_stmt;

struct store {
	struct sqlite3 *db; /* owned */
	bool inside;
	struct error e; /* the first failure */
};

struct store_rows {
	struct store *st;
	struct sqlite3_stmt *s; /* owned; NULL: none */
};

/* FOLDER/NAME.db, made with the schema (statements that may be run again) when
 * it is new. */
enum rc store_open(struct store *st, const char *folder, const char *name,
    const char *schema, struct error *e) CHECKED;
void store_close(struct store *st);

/* A unit: the only writer from its first moment.  What is not committed is
 * taken back. */
enum rc store_begin(struct store *st, struct error *e) CHECKED;
enum rc store_commit(struct store *st, struct error *e) CHECKED;
void store_rollback(struct store *st);

enum rc store_rc(const struct store *st, struct error *e) CHECKED;

/* One statement; types: 's' const char * (NULL is null), 'i' int64_t.  How many
 * rows it changed. */
int store_run(struct store *st, const char *sql, const char *types, ...);

void store_ask(struct store *st, struct store_rows *q, const char *sql,
    const char *types, ...);
bool store_next(struct store_rows *q);
const char *store_text(struct store_rows *q, int column); /* borrowed, or "" */
int64_t store_int(struct store_rows *q, int column);
void store_done(struct store_rows *q);

#endif
