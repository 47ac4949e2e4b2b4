#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "shop/category.h"
#include "shop/item_row.h"

void
category_release(struct category *c)
{
	free(c->mem);
	memset(c, 0, sizeof(*c));
}

static void
category_row(const struct db_rows *rows, struct category *c)
{
	memset(c, 0, sizeof(*c));
	c->id = db_col_int(rows, 0);
	c->slug = db_col_text(rows, 1);
	c->name = db_col_text(rows, 2);
	c->items = db_col_int(rows, 3);
}

enum rc
category_by_slug(
    struct db *db, const char *slug, struct category *out, struct error *e)
{
	const char **strings[] = { &out->slug, &out->name };
	struct db_rows *rows;
	enum rc rc;

	memset(out, 0, sizeof(*out));
	rc = db_one(db, SQL_CATEGORY_BY_SLUG, &rows, e, db_text(slug));
	if (rc != RC_OK)
		return rc;
	category_row(rows, out);
	rc = item_row_keep(strings, 2, &out->mem, e);
	if (rc != RC_OK)
		memset(out, 0, sizeof(*out));
	db_done(rows);
	return rc;
}

enum rc
category_list(struct db *db, category_put *put, void *ctx, struct error *e)
{
	struct db_rows *rows;
	struct category c;
	enum rc rc;

	rc = db_ask(db, SQL_CATEGORY_LIST, &rows, e);
	if (rc != RC_OK)
		return rc;
	while ((rc = db_next(rows, e)) == RC_OK) {
		category_row(rows, &c);
		rc = put(ctx, &c, e);
		if (rc != RC_OK)
			break;
	}
	db_done(rows);
	return rc == RC_NOTFOUND ? RC_OK : rc;
}
