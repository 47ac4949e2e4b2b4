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

void
item_row_card(const struct db_rows *rows, struct item *it)
{
	memset(it, 0, sizeof(*it));
	it->id = db_col_int(rows, 0);
	it->slug = db_col_text(rows, 1);
	it->name = db_col_text(rows, 2);
	it->price = db_col_int(rows, 3);
	it->level = db_col_int(rows, 4);
	it->held = db_col_int(rows, 5);
	it->gone = db_col_int(rows, 6) != 0;
	it->picture = db_col_text(rows, 7);
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

/* The card as a copy, in the place that its id has among ids. */
static enum rc
keep_card(const struct db_rows *rows, const int64_t *ids, size_t n,
    struct item *cards, struct error *e)
{
	struct item it = { 0 };
	const char **strings[] = { &it.slug, &it.name, &it.picture };
	enum rc rc;
	size_t i;

	item_row_card(rows, &it);
	for (i = 0; i < n && ids[i] != it.id;)
		i++;
	if (i == n)
		return RC_OK;
	rc = item_row_keep(
	    strings, sizeof(strings) / sizeof(strings[0]), &it.mem, e);
	if (rc == RC_OK)
		cards[i] = it;
	return rc;
}

static enum rc
read_cards(struct db *db, const int64_t *ids, size_t n, struct item *cards,
    struct error *e)
{
	struct db_arg args[ITEM_ROW_BATCH];
	struct db_rows *rows;
	enum rc rc;
	size_t i;

	/* No item has the id 0. */
	for (i = 0; i < ITEM_ROW_BATCH; i++)
		args[i] = db_int(i < n ? ids[i] : 0);
	rc = db_ask_(db, SQL_ITEM_CARDS, &rows, e, args, ITEM_ROW_BATCH);
	if (rc != RC_OK)
		return rc;
	while ((rc = db_next(rows, e)) == RC_OK) {
		rc = keep_card(rows, ids, n, cards, e);
		if (rc != RC_OK)
			break;
	}
	db_done(rows);
	return rc == RC_NOTFOUND ? RC_OK : rc;
}

enum rc
item_row_cards(struct db *db, const int64_t *ids, size_t n, item_put *put,
    void *ctx, struct error *e)
{
	struct item cards[ITEM_ROW_BATCH];
	size_t first, i, now;
	enum rc rc;

	rc = RC_OK;
	for (first = 0; first < n && rc == RC_OK; first += now) {
		now = n - first < ITEM_ROW_BATCH ? n - first : ITEM_ROW_BATCH;
		memset(cards, 0, sizeof(cards));
		rc = read_cards(db, ids + first, now, cards, e);
		for (i = 0; i < now; i++) {
			if (rc == RC_OK && cards[i].mem != NULL)
				rc = put(ctx, &cards[i], e);
			item_release(&cards[i]);
		}
	}
	return rc;
}
