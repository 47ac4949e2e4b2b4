#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "shop/item_row.h"

void
item_row(const struct db_rows *rows, struct item *it)
{
	memset(it, 0, sizeof(*it));
	it->id = db_col_int(rows, 0);
	it->key = db_col_text(rows, 1);
	it->slug = db_col_text(rows, 2);
	it->name = db_col_text(rows, 3);
	it->price = db_col_int(rows, 4);
	it->category = db_col_int(rows, 5);
	it->category_name = db_col_text(rows, 6);
	it->category_slug = db_col_text(rows, 7);
	it->level = db_col_int(rows, 8);
	it->held = db_col_int(rows, 9);
	it->gone = db_col_int(rows, 10) != 0;
	it->flaw = (enum item_flaw)db_col_int(rows, 11);
	it->picture = db_col_text(rows, 12);
	it->picture_width = db_col_int(rows, 13);
	it->picture_height = db_col_int(rows, 14);
	it->changed_at = db_col_int(rows, 15);
}

enum rc
item_row_card(
    struct db *db, int64_t id, item_put *put, void *ctx, struct error *e)
{
	struct db_rows *rows;
	struct item it;
	enum rc rc;

	rc = db_one(db, SQL_ITEM_CARD, &rows, e, db_int(id));
	if (rc == RC_NOTFOUND)
		return RC_OK;
	if (rc != RC_OK)
		return rc;
	item_row(rows, &it);
	rc = put(ctx, &it, e);
	db_done(rows);
	return rc;
}

enum rc
item_row_keep(const char **strings[], size_t n, char **mem, struct error *e)
{
	size_t i, len, size;
	char *p;

	size = 1;
	for (i = 0; i < n; i++)
		if (*strings[i] != NULL)
			size += strlen(*strings[i]) + 1;
	*mem = p = malloc(size);
	if (p == NULL)
		return error_set(e, RC_NOMEM, "no memory for a row");
	for (i = 0; i < n; i++) {
		if (*strings[i] == NULL)
			continue;
		len = strlen(*strings[i]) + 1;
		memcpy(p, *strings[i], len);
		*strings[i] = p;
		p += len;
	}
	return RC_OK;
}
