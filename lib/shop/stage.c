#include "config.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "shop/mirror.h"
#include "shop/stage.h"

/* Items read at a time: some 300 kB of rows in the driver. */
#define KNOWN_CHUNK 500

enum rc
stage_put(
    struct db *db, int64_t run, const struct item_news *n, struct error *e)
{
	/* a row without a name is a withdrawal */
	assert(n->name[0] != '\0');
	return db_run(db, SQL_STAGE_PUT, e, db_text(n->key), db_int(run),
	    db_int(n->visible), db_int(n->price), db_int(n->level),
	    db_int(n->flaw), db_text(n->category), db_text(n->name),
	    db_text(n->text));
}

enum rc
stage_withdraw(struct db *db, int64_t run, const char *key, struct error *e)
{
	return db_run(db, SQL_STAGE_PUT, e, db_text(key), db_int(run),
	    db_int(0), db_int(0), db_int(0), db_int(FLAW_NONE), db_text(""),
	    db_text(""), db_text(""));
}

static enum rc
fill(struct stage_row *r, const struct db_rows *rows, struct error *e)
{
	r->key = strdup(db_col_text(rows, 0));
	r->category = strdup(db_col_text(rows, 5));
	r->name = strdup(db_col_text(rows, 6));
	r->text = strdup(db_col_text(rows, 7));
	if (r->key == NULL || r->category == NULL || r->name == NULL ||
	    r->text == NULL)
		return error_set(e, RC_NOMEM, "no memory for staged rows");
	r->news = (struct item_news){
		.key = r->key,
		.name = r->name,
		.text = r->text,
		.category = r->category,
		.visible = db_col_int(rows, 1) != 0,
		.price = db_col_int(rows, 2),
		.level = db_col_int(rows, 3),
		.flaw = (enum item_flaw)db_col_int(rows, 4),
	};
	r->old_flaw = (enum item_flaw)db_col_int(rows, 8);
	r->withdrawn = r->name[0] == '\0';
	return RC_OK;
}

enum rc
stage_read(
    struct db *db, const char *after, struct stage_batch *out, struct error *e)
{
	struct db_rows *rows;
	enum rc rc;

	memset(out, 0, sizeof(*out));
	rc = db_ask(
	    db, SQL_STAGE_READ, &rows, e, db_text(after), db_int(STAGE_BATCH));
	while (rc == RC_OK && (rc = db_next(rows, e)) == RC_OK) {
		assert(out->n < STAGE_BATCH);
		rc = fill(&out->rows[out->n++], rows, e);
	}
	db_done(rows);
	return rc == RC_NOTFOUND ? RC_OK : rc;
}

void
stage_row_release(struct stage_row *r)
{
	free(r->key);
	free(r->name);
	free(r->text);
	free(r->category);
	memset(r, 0, sizeof(*r));
}

void
stage_batch_release(struct stage_batch *b)
{
	for (size_t i = 0; i < b->n; i++)
		stage_row_release(&b->rows[i]);
	b->n = 0;
}

enum rc
stage_drop(struct db *db, const char *key, struct error *e)
{
	return db_run(db, SQL_STAGE_DROP, e, db_text(key));
}

static void
known_of(struct stage_known *k, const struct db_rows *rows)
{
	*k = (struct stage_known){
		.news = {
			.key = db_col_text(rows, 0),
			.visible = db_col_int(rows, 1) == 0,
			.price = db_col_int(rows, 2),
			.level = db_col_int(rows, 3),
			.flaw = (enum item_flaw)db_col_int(rows, 4),
			.category = db_col_text(rows, 5),
			.name = db_col_text(rows, 6),
			.text = db_col_text(rows, 7),
		},
		.picture = db_col_text(rows, 8),
		.picture_source = db_col_text(rows, 9),
	};
}

/* One chunk; *last (owned) becomes the last key, *n the number of rows. */
static enum rc
known_chunk(struct db *db, stage_known_put *put, void *ctx, char **last,
    size_t *n, struct error *e)
{
	struct stage_known k;
	struct db_rows *rows;
	char *key = NULL;
	enum rc rc;

	*n = 0;
	rc = db_ask(db, SQL_STAGE_KNOWN, &rows, e,
	    db_text(*last != NULL ? *last : ""), db_int(KNOWN_CHUNK));
	while (rc == RC_OK && (rc = db_next(rows, e)) == RC_OK) {
		known_of(&k, rows);
		if (++*n == KNOWN_CHUNK) {
			key = strdup(k.news.key);
			if (key == NULL)
				rc = error_set(e, RC_NOMEM, "no memory");
		}
		if (rc == RC_OK)
			rc = put(ctx, &k, e);
	}
	db_done(rows);
	free(*last);
	*last = key;
	return rc == RC_NOTFOUND ? RC_OK : rc;
}

enum rc
stage_known_each(
    struct db *db, stage_known_put *put, void *ctx, struct error *e)
{
	char *last = NULL;
	size_t n;
	enum rc rc;

	do {
		rc = known_chunk(db, put, ctx, &last, &n, e);
	} while (rc == RC_OK && n == KNOWN_CHUNK);
	free(last);
	return rc;
}

enum rc
stage_known_find(struct db *db, const char *key, stage_known_put *put,
    void *ctx, struct error *e)
{
	struct stage_known k;
	struct db_rows *rows;
	enum rc rc;

	rc = db_one(db, SQL_STAGE_KNOWN_ONE, &rows, e, db_text(key));
	if (rc != RC_OK)
		return rc == RC_NOTFOUND ? RC_OK : rc;
	known_of(&k, rows);
	rc = put(ctx, &k, e);
	db_done(rows);
	return rc;
}

enum rc
mirror_confirm(
    struct db *db, const struct stage_confirm *c, int64_t now, struct error *e)
{
	enum rc rc;

	rc = db_run(db, SQL_MIRROR_CONFIRM, e, db_text(c->source),
	    db_text(c->source), db_text(c->mode), db_int(c->at));
	if (rc == RC_OK && c->changed)
		rc = db_run(db, SQL_MIRROR_PUBLISHED, e, db_int(now));
	return rc;
}

enum rc
mirror_partial(struct db *db, struct error *e)
{
	return db_run(db, SQL_MIRROR_PARTIAL, e);
}

enum rc
mirror_problem(struct db *db, const char *text, int64_t now, struct error *e)
{
	return db_run(db, SQL_MIRROR_PROBLEM, e, db_text(text),
	    db_int(text[0] != '\0' ? now : 0));
}

enum rc
mirror_reason(struct db *db, const char *why, struct error *e)
{
	return db_run(db, SQL_MIRROR_REASON, e, db_text(why));
}

enum rc
mirror_position(struct db *db, const char *position, struct error *e)
{
	bool fits = strlen(position) < MIRROR_POSITION_SIZE;

	return db_run(
	    db, SQL_MIRROR_POSITION, e, db_text(fits ? position : ""));
}

enum rc
mirror_lags(struct db *db, const struct mirror_lags *l, struct error *e)
{
	return db_run(db, SQL_MIRROR_LAGS, e, db_int(l->event_at),
	    db_int(l->read_lag_ms), db_int(l->apply_lag_ms));
}

enum rc
mirror_compared(struct db *db, int64_t at, int64_t differences, struct error *e)
{
	return db_run(
	    db, SQL_MIRROR_COMPARED, e, db_int(at), db_int(differences));
}

enum rc
mirror_compare(struct db *db, struct error *e)
{
	return db_run(db, SQL_MIRROR_COMPARE, e);
}

enum rc
mirror_compare_asked(struct db *db, bool *asked, struct error *e)
{
	struct db_rows *rows;
	enum rc rc;

	rc = db_one(db, SQL_MIRROR_COMPARE_ASKED, &rows, e);
	if (rc != RC_OK)
		return rc;
	*asked = db_col_int(rows, 0) != 0;
	db_done(rows);
	return RC_OK;
}

enum rc
mirror_pictures(
    struct db *db, int64_t waiting, const char *store_problem, struct error *e)
{
	return db_run(db, SQL_MIRROR_PICTURES, e, db_int(waiting),
	    db_text(store_problem));
}

enum rc
mirror_count(struct db *db, struct mirror_counts *out, struct error *e)
{
	struct db_rows *rows;
	enum rc rc;

	rc = db_one(db, SQL_MIRROR_COUNT, &rows, e);
	if (rc != RC_OK)
		return rc;
	*out = (struct mirror_counts){
		.items = db_col_int(rows, 0),
		.visible = db_col_int(rows, 1),
		.flawed = db_col_int(rows, 2),
		.pictures = db_col_int(rows, 3),
		.broken = db_col_int(rows, 4),
	};
	db_done(rows);
	return RC_OK;
}

enum rc
mirror_counted(struct db *db, const struct mirror_counts *c, struct error *e)
{
	return db_run(db, SQL_MIRROR_COUNTED, e, db_int(c->items),
	    db_int(c->visible), db_int(c->flawed), db_int(c->pictures),
	    db_int(c->broken));
}
