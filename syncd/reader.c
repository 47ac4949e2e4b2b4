#include "config.h"

#include <string.h>

#include "base/limits.h"
#include "syncd/reader.h"

void
reader_init(struct reader *rd, const struct map *m, const struct settings *s,
    reader_put *put, void *ctx)
{
	memset(rd, 0, sizeof(*rd));
	rd->map = m;
	rd->s = s;
	rd->put = put;
	rd->ctx = ctx;
	row_init(&rd->row);
	buf_init(&rd->last, LIMIT_LINE);
}

void
reader_release(struct reader *rd)
{
	row_release(&rd->row);
	buf_release(&rd->last);
}

const char *
reader_last(const struct reader *rd)
{
	return buf_str(&rd->last);
}

static enum rc
close_item(struct reader *rd, struct error *e)
{
	enum rc rc;

	if (!rd->open)
		return RC_OK;
	rd->open = false;
	rc = row_end(&rd->row, (enum settings_rows)rd->s->stock_rows, e);
	return rc == RC_OK ? rd->put(rd->ctx, &rd->row, e) : rc;
}

static enum rc
start_item(struct reader *rd, const struct link_query *q, struct error *e)
{
	struct row_raw raw;
	enum rc rc;

	rc = close_item(rd, e);
	if (rc != RC_OK)
		return rc;
	raw.key = link_text(q, MAP_KEY, &raw.key_len);
	raw.name = link_text(q, MAP_NAME, &raw.name_len);
	raw.text = link_text(q, MAP_TEXT, &raw.text_len);
	raw.price = link_text(q, MAP_PRICE, NULL);
	raw.category = link_text(q, MAP_CATEGORY, &raw.category_len);
	raw.visible = map_shows(rd->map, link_text(q, MAP_VISIBLE, NULL));
	row_start(&rd->row, &raw, rd->s->shop_currency);
	rd->open = true;
	rd->n++;
	return RC_OK;
}

static enum rc
take_row(struct reader *rd, const struct link_query *q, struct error *e)
{
	const char *key, *present;
	size_t len;
	enum rc rc = RC_OK;

	key = link_text(q, MAP_KEY, &len);
	if (key == NULL || strlen(key) != len)
		return error_set(e, RC_INVALID,
		    "the stock system has an item key with a NUL in it");
	if (!rd->open || len != rd->last.len ||
	    memcmp(key, buf_str(&rd->last), len) != 0) {
		rc = start_item(rd, q, e);
		buf_reset(&rd->last);
		buf_put(&rd->last, key, len);
	}
	if (rc == RC_OK)
		rc = buf_rc(&rd->last);
	if (rc != RC_OK)
		return error_set(e, rc, "no memory for a key");
	present = link_text(q, MAP_LEVEL_ROW, NULL);
	row_level(&rd->row, present != NULL && present[0] == '1',
	    link_text(q, MAP_QTY, NULL));
	return RC_OK;
}

enum rc
reader_items(struct reader *rd, struct link_query *q, const char *key,
    size_t *n, struct error *e)
{
	const char *args[] = { key };
	enum rc rc;

	rd->n = 0;
	rd->open = false;
	rc = link_run(q, args, key != NULL ? 1 : 0, e);
	while (rc == RC_OK && (rc = link_next(q, e)) == RC_OK)
		rc = take_row(rd, q, e);
	if (rc == RC_NOTFOUND)
		rc = close_item(rd, e);
	link_reset(q);
	*n = rd->n;
	return rc;
}
