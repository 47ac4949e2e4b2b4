#include "config.h"

#include <string.h>

#include "base/text.h"
#include "shop/gallery.h"
#include "shop/item.h"

enum rc
gallery_find(struct db *db, const char *hash, struct gallery_picture *out,
    struct error *e)
{
	struct db_rows *rows;
	enum rc rc;

	memset(out, 0, sizeof(*out));
	text_copy(out->hash, sizeof(out->hash), hash);
	rc = db_one(db, SQL_GALLERY_FIND, &rows, e, db_text(hash));
	if (rc != RC_OK)
		return rc;
	out->broken = db_col_int(rows, 0) != 0;
	out->width = db_col_int(rows, 1);
	out->height = db_col_int(rows, 2);
	out->bytes = db_col_int(rows, 3);
	text_copy(out->reason, sizeof(out->reason), db_col_text(rows, 4));
	db_done(rows);
	return RC_OK;
}

enum rc
gallery_put(struct db *db, const struct gallery_picture *p, int64_t now,
    struct error *e)
{
	enum rc rc;

	rc = db_run(db, SQL_GALLERY_FORGET, e, db_text(p->hash));
	if (rc != RC_OK)
		return rc;
	return db_run(db, SQL_GALLERY_PUT, e, db_text(p->hash),
	    db_int(p->broken), db_int(p->width), db_int(p->height),
	    db_int(p->bytes), db_int(now), db_text(p->reason));
}

enum rc
gallery_show(struct db *db, const char *key, const struct gallery_picture *p,
    const char *source, struct error *e)
{
	bool good = p->hash[0] != '\0' && !p->broken;
	enum rc rc;

	rc = item_picture(db, key, good ? p->hash : "", good ? p->width : 0,
	    good ? p->height : 0, e);
	if (rc != RC_OK)
		return rc;
	return db_run(db, SQL_GALLERY_SOURCE, e, db_text(source), db_text(key));
}

#define EACH_CHUNK 1000

static enum rc
ask_each(struct db *db, enum gallery_which which, const char *after,
    struct db_rows **rows, struct error *e)
{
	if (which == GALLERY_SHOWN)
		return db_ask(db, SQL_GALLERY_EACH, rows, e, db_text(after),
		    db_int(EACH_CHUNK));
	return db_ask(db, SQL_GALLERY_KNOWN, rows, e, db_text(after),
	    db_text(after), db_int(EACH_CHUNK));
}

/* In chunks, so that no rows stay open for long. */
static enum rc
each_after(struct db *db, enum gallery_which which, char after[HASH_SIZE],
    size_t *n, gallery_visit *visit, void *ctx, struct error *e)
{
	struct db_rows *rows;
	char last[HASH_SIZE];
	enum rc rc;

	text_copy(last, sizeof(last), after);
	rc = ask_each(db, which, last, &rows, e);
	for (*n = 0; rc == RC_OK; (*n)++) {
		rc = db_next(rows, e);
		if (rc != RC_OK)
			break;
		text_copy(after, HASH_SIZE, db_col_text(rows, 0));
		rc = visit(ctx, after, e);
	}
	db_done(rows);
	return rc == RC_NOTFOUND ? RC_OK : rc;
}

enum rc
gallery_each(struct db *db, enum gallery_which which, gallery_visit *visit,
    void *ctx, struct error *e)
{
	char after[HASH_SIZE] = "";
	size_t n;
	enum rc rc;

	do {
		rc = each_after(db, which, after, &n, visit, ctx, e);
	} while (rc == RC_OK && n == EACH_CHUNK);
	return rc;
}

enum rc
gallery_drop(struct db *db, const char *hash, bool *dropped, struct error *e)
{
	struct db_rows *rows;
	enum rc rc;

	rc = db_one(db, SQL_GALLERY_SHOWN, &rows, e, db_text(hash));
	if (rc != RC_OK)
		return rc;
	*dropped = db_col_int(rows, 0) == 0;
	db_done(rows);
	return *dropped ? db_run(db, SQL_GALLERY_FORGET, e, db_text(hash))
			: RC_OK;
}

enum rc
gallery_again(struct db *db, const char *hash, struct error *e)
{
	enum rc rc = db_run(db, SQL_GALLERY_FORGET, e, db_text(hash));

	if (rc != RC_OK)
		return rc;
	return db_run(db, SQL_GALLERY_AGAIN, e, db_text(hash));
}
