#include "config.h"

#include <string.h>

#include "shop/gallery.h"
#include "shop/item.h"

static void
copy(char *to, size_t size, const char *from)
{
	size_t n = strnlen(from, size - 1);

	memcpy(to, from, n);
	to[n] = '\0';
}

enum rc
gallery_find(struct db *db, const char *hash, struct gallery_picture *out,
    struct error *e)
{
	struct db_rows *rows;
	enum rc rc;

	memset(out, 0, sizeof(*out));
	copy(out->hash, sizeof(out->hash), hash);
	rc = db_one(db, SQL_GALLERY_FIND, &rows, e, db_text(hash));
	if (rc != RC_OK)
		return rc;
	out->broken = db_col_int(rows, 0) != 0;
	out->width = db_col_int(rows, 1);
	out->height = db_col_int(rows, 2);
	out->bytes = db_col_int(rows, 3);
	copy(out->reason, sizeof(out->reason), db_col_text(rows, 4));
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
