#include "config.h"

#include <assert.h>
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "base/text.h"
#include "stock/mapped.h"

/* "t.`name`" */
#define QUOTED_SIZE (64 * 4 + 5)

static const struct column columns[C_COUNT] = {
	[C_ITEM_KEY] = { "stock.item.key", T_ITEM, KEYS },
	[C_ITEM_NAME] = { "stock.item.name", T_ITEM, WORDS | BIT(KIND_BYTES) },
	[C_ITEM_TEXT] = { "stock.item.text", T_ITEM, WORDS | BIT(KIND_BYTES) },
	[C_ITEM_PRICE] = { "stock.item.price", T_ITEM, VALUES },
	[C_ITEM_CATEGORY] = { "stock.item.category", T_ITEM, KEYS | WORDS },
	[C_ITEM_VISIBLE] = { "stock.item.visible", T_ITEM,
	    VALUES | BIT(KIND_BIT) },
	[C_CATEGORY_KEY] = { "stock.category.key", T_CATEGORY, KEYS | WORDS },
	[C_CATEGORY_NAME] = { "stock.category.name", T_CATEGORY, WORDS },
	[C_LEVEL_KEY] = { "stock.level.key", T_LEVEL, KEYS },
	[C_LEVEL_QTY] = { "stock.level.qty", T_LEVEL, VALUES },
	[C_PICTURE_KEY] = { "stock.picture.key", T_PICTURE, KEYS },
	[C_PICTURE_COLUMN] = { "stock.picture.column", T_PICTURE, 0 },
};

void
map_quote(struct buf *b, const char *name)
{
	buf_putc(b, '`');
	for (; *name != '\0'; name++) {
		if (*name == '`')
			buf_putc(b, '`');
		buf_putc(b, *name);
	}
	buf_putc(b, '`');
}

/* What MySQL takes between back quotes: 64 letters, no control byte, no blank
 * at the end. */
static bool
is_name(const char *name)
{
	size_t n = strlen(name);

	for (size_t i = 0; i < n; i++)
		if (iscntrl((unsigned char)name[i]))
			return false;
	return n > 0 && text_utf8(name, n) && text_count(name) <= 64 &&
	       name[n - 1] != ' ';
}

static enum rc
quoted(const char *schema, const char *name, char **out, struct error *e)
{
	struct buf b;
	enum rc rc;

	buf_init(&b, LIMIT_LINE);
	if (schema != NULL) {
		map_quote(&b, schema);
		buf_putc(&b, '.');
	}
	map_quote(&b, name);
	rc = buf_take(&b, out, NULL);
	buf_release(&b);
	if (rc != RC_OK)
		return error_set(e, rc, "no memory for \"%s\"", name);
	return RC_OK;
}

static enum rc
set_table(struct map *m, enum tab tab, const char *conf, const char *value,
    struct error *e)
{
	struct table *t = &m->tabs[tab];
	const char *dot = strchr(value, '.');
	const char *name = dot != NULL ? dot + 1 : value;

	t->conf = conf;
	t->schema = dot != NULL ? strndup(value, (size_t)(dot - value))
				: strdup(m->s->stock_database);
	t->name = strdup(name);
	if (t->schema == NULL || t->name == NULL)
		return error_set(e, RC_NOMEM, "no memory for \"%s\"", conf);
	if (t->schema[0] == '\0' && dot == NULL && is_name(name))
		return error_set(e, RC_INVALID,
		    "stock.database is not set: %s \"%s\" is in it", conf,
		    value);
	if (!is_name(t->schema) || !is_name(t->name))
		return error_set(e, RC_INVALID,
		    "%s \"%s\" is not the name of a table", conf, value);
	return quoted(t->schema, t->name, &t->sql, e);
}

static enum rc
set_column(struct map *m, enum col col, const char *value, struct error *e)
{
	struct column *c = &m->cols[col];

	if (!is_name(value))
		return error_set(e, RC_INVALID,
		    "%s \"%s\" is not the name of a column", c->conf, value);
	c->info.name = value;
	return quoted(NULL, value, &c->sql, e);
}

static enum rc
set_item(struct map *m, struct error *e)
{
	const struct settings *s = m->s;
	enum rc rc;

	rc = set_table(m, T_ITEM, "stock.item.table", s->item_table, e);
	if (rc == RC_OK)
		rc = set_column(m, C_ITEM_KEY, s->item_key, e);
	if (rc == RC_OK)
		rc = set_column(m, C_ITEM_NAME, s->item_name, e);
	if (rc == RC_OK && s->item_text[0] != '\0')
		rc = set_column(m, C_ITEM_TEXT, s->item_text, e);
	if (rc == RC_OK)
		rc = set_column(m, C_ITEM_PRICE, s->item_price, e);
	if (rc == RC_OK && s->item_category[0] != '\0')
		rc = set_column(m, C_ITEM_CATEGORY, s->item_category, e);
	if (rc == RC_OK && s->item_visible[0] != '\0')
		rc = set_column(m, C_ITEM_VISIBLE, s->item_visible, e);
	if (rc == RC_OK && s->item_visible[0] != '\0' &&
	    s->item_visible_values[0] == '\0')
		rc = error_set(e, RC_INVALID,
		    "stock.item.visible is set and "
		    "stock.item.visible_values is empty");
	return rc;
}

static enum rc
set_category(struct map *m, struct error *e)
{
	const struct settings *s = m->s;
	enum rc rc;

	if (s->category_table[0] == '\0')
		return RC_OK;
	if (s->item_category[0] == '\0')
		return error_set(e, RC_INVALID,
		    "stock.category.table is set and stock.item.category is "
		    "empty");
	rc = set_table(
	    m, T_CATEGORY, "stock.category.table", s->category_table, e);
	if (rc == RC_OK)
		rc = set_column(m, C_CATEGORY_KEY, s->category_key, e);
	if (rc == RC_OK)
		rc = set_column(m, C_CATEGORY_NAME, s->category_name, e);
	return rc;
}

static enum rc
set_level(struct map *m, struct error *e)
{
	const struct settings *s = m->s;
	enum rc rc;

	if (s->stock_rows == ROWS_SUM && s->stock_access == ACCESS_WRITE)
		return error_set(e, RC_INVALID,
		    "stock.rows = sum needs stock.access = read: a sale has "
		    "no one row to lower");
	rc = set_table(m, T_LEVEL, "stock.level.table", s->level_table, e);
	if (rc == RC_OK)
		rc = set_column(m, C_LEVEL_KEY, s->level_key, e);
	if (rc == RC_OK)
		rc = set_column(m, C_LEVEL_QTY, s->level_qty, e);
	/* a take lowers it by UPDATE … SET qty = qty - n */
	if (s->stock_access == ACCESS_WRITE)
		m->cols[C_LEVEL_QTY].kinds = NUMBERS;
	return rc;
}

static enum rc
set_picture(struct map *m, struct error *e)
{
	const struct settings *s = m->s;
	enum rc rc;

	if (s->picture_kind == PICTURE_NONE)
		return RC_OK;
	if (s->picture_kind == PICTURE_PATH && s->picture_base[0] == '\0')
		return error_set(e, RC_INVALID,
		    "stock.picture.kind = path needs stock.picture_base");
	m->cols[C_PICTURE_COLUMN].kinds =
	    s->picture_kind == PICTURE_BLOB ? BIT(KIND_BYTES) : WORDS;
	rc =
	    set_table(m, T_PICTURE, "stock.picture.table", s->picture_table, e);
	if (rc == RC_OK)
		rc = set_column(m, C_PICTURE_KEY, s->picture_key, e);
	if (rc == RC_OK)
		rc = set_column(m, C_PICTURE_COLUMN, s->picture_column, e);
	return rc;
}

/* Asked here, so that it is the configuration's fault and not the link's. */
static enum rc
check_server(const struct settings *s, struct error *e)
{
	if (s->stock_host[0] == '\0' && s->stock_socket[0] == '\0')
		return error_set(e, RC_INVALID,
		    "stock.host and stock.socket are both empty");
	return RC_OK;
}

enum rc
map_new(const struct settings *s, struct map **out, struct error *e)
{
	struct map *m;
	enum rc rc;

	*out = NULL;
	m = calloc(1, sizeof(*m));
	if (m == NULL)
		return error_set(e, RC_NOMEM, "no memory for the mapping");
	m->s = s;
	memcpy(m->cols, columns, sizeof(m->cols));
	rc = check_server(s, e);
	if (rc == RC_OK)
		rc = set_item(m, e);
	if (rc == RC_OK)
		rc = set_category(m, e);
	if (rc == RC_OK)
		rc = set_level(m, e);
	if (rc == RC_OK)
		rc = set_picture(m, e);
	if (rc == RC_OK)
		*out = m;
	else
		map_free(m);
	return rc;
}

void
map_free(struct map *m)
{
	if (m == NULL)
		return;
	for (size_t i = 0; i < T_COUNT; i++) {
		free(m->tabs[i].schema);
		free(m->tabs[i].name);
		free(m->tabs[i].sql);
	}
	for (size_t i = 0; i < C_COUNT; i++)
		free(m->cols[i].sql);
	free(m);
}

enum fault
map_fault(const struct map *m)
{
	return m->fault;
}

const char *
map_advice(const struct map *m, size_t n)
{
	return n < m->nadvice ? m->advice[n] : NULL;
}

/* -- statements ---------------------------------------------------------- */

/* alias.`name` as text: numbers as the server writes them. */
static void
put_value(struct buf *b, const struct map *m, enum col col, const char *alias)
{
	const struct column *c = &m->cols[col];

	if (c->info.name == NULL) {
		buf_puts(b, "NULL");
		return;
	}
	switch (c->info.kind) {
	case KIND_CHAR:
	case KIND_TEXT:
	case KIND_BYTES:
		buf_printf(b, "%s.%s", alias, c->sql);
		break;
	case KIND_BIT:
		buf_printf(b, "CAST(%s.%s + 0 AS CHAR)", alias, c->sql);
		break;
	case KIND_NONE:
	case KIND_INT:
	case KIND_DECIMAL:
	case KIND_FLOAT:
	case KIND_OTHER:
		buf_printf(b, "CAST(%s.%s AS CHAR)", alias, c->sql);
		break;
	}
}

/* A '?' that compares with col by col's own rules, so that its index is
 * used. */
static void
put_argument(struct buf *b, const struct map *m, enum col col)
{
	const struct schema_column *c = &m->cols[col].info;

	if (c->kind == KIND_INT)
		buf_printf(
		    b, "CAST(? AS %s)", c->is_unsigned ? "UNSIGNED" : "SIGNED");
	else if (c->kind == KIND_DECIMAL)
		buf_puts(b, "CAST(? AS DECIMAL(65, 0))");
	else
		buf_printf(b, "CONVERT(? USING %s) COLLATE %s", c->charset,
		    c->collation);
}

/*
 * left = right, where left's index should be used: two collations do not
 * compare, and text that compares with a number counts as 0 where it is none.
 */
static void
put_equal(struct buf *b, const struct map *m, enum col left, const char *lhs,
    enum col right, const char *rhs)
{
	const struct schema_column *l = &m->cols[left].info;
	const struct schema_column *r = &m->cols[right].info;
	bool ltext = l->collation[0] != '\0', rtext = r->collation[0] != '\0';

	if (ltext && (!rtext || strcmp(l->collation, r->collation) != 0))
		buf_printf(b,
		    "%s = CONVERT(CAST(%s AS CHAR) USING %s) "
		    "COLLATE %s",
		    lhs, rhs, l->charset, l->collation);
	else if (!ltext && rtext)
		buf_printf(b,
		    "CONVERT(CAST(%s AS CHAR) USING %s) COLLATE %s"
		    " = %s",
		    lhs, r->charset, r->collation, rhs);
	else
		buf_printf(b, "%s = %s", lhs, rhs);
}

static void
put_category(struct buf *b, const struct map *m)
{
	char lhs[QUOTED_SIZE], rhs[QUOTED_SIZE];

	if (m->tabs[T_CATEGORY].name == NULL) {
		put_value(b, m, C_ITEM_CATEGORY, "t");
		return;
	}
	(void)snprintf(lhs, sizeof(lhs), "c.%s", m->cols[C_CATEGORY_KEY].sql);
	(void)snprintf(rhs, sizeof(rhs), "t.%s", m->cols[C_ITEM_CATEGORY].sql);
	/* MIN: a key that is there twice must not double the item */
	buf_printf(b, "(SELECT MIN(c.%s) FROM %s c WHERE ",
	    m->cols[C_CATEGORY_NAME].sql, m->tabs[T_CATEGORY].sql);
	put_equal(b, m, C_CATEGORY_KEY, lhs, C_ITEM_CATEGORY, rhs);
	buf_putc(b, ')');
}

/* The chunk of items that all else is joined to: its LIMIT counts items. */
static void
put_chunk(struct buf *b, const struct map *m, bool after, int limit)
{
	const char *key = m->cols[C_ITEM_KEY].sql;

	buf_printf(b, " FROM %s t WHERE t.%s ", m->tabs[T_ITEM].sql, key);
	if (after) {
		buf_puts(b, "> ");
		put_argument(b, m, C_ITEM_KEY);
	} else {
		buf_puts(b, "IS NOT NULL");
	}
	buf_printf(b, " ORDER BY t.%s LIMIT %d", key, limit);
}

/* The items that one key names: few, so that the rest is as for a chunk. */
static void
put_named(struct buf *b, const struct map *m, enum col col)
{
	char key[QUOTED_SIZE];
	struct buf given;

	buf_init(&given, MAP_SQL_SIZE);
	(void)snprintf(key, sizeof(key), "t.%s", m->cols[C_ITEM_KEY].sql);
	put_argument(&given, m, col);
	buf_printf(b, " FROM %s t WHERE ", m->tabs[T_ITEM].sql);
	put_equal(b, m, col, buf_str(&given), C_ITEM_KEY, key);
	buf_printf(b, " ORDER BY %s LIMIT %d", key, MAP_CHUNK);
	if (buf_rc(&given) != RC_OK)
		buf_fail(b, buf_rc(&given));
	buf_release(&given);
}

static void
put_text_column(struct buf *b, const struct map *m)
{
	if (m->cols[C_ITEM_TEXT].info.name != NULL)
		buf_printf(
		    b, "LEFT(t.%s, %d)", m->cols[C_ITEM_TEXT].sql, LIMIT_TEXT);
	else
		buf_puts(b, "NULL");
}

/*
 * The chunk itself holds keys alone: with texts in it, MariaDB would put it
 * into a temporary table on disk each time.
 */
static void
put_items(struct buf *b, const struct map *m, enum map_sql which)
{
	const char *key = m->cols[C_ITEM_KEY].sql;
	char lhs[QUOTED_SIZE];

	buf_puts(b, "SELECT ");
	put_value(b, m, C_ITEM_KEY, "t");
	buf_puts(b, ", ");
	put_value(b, m, C_ITEM_NAME, "t");
	buf_puts(b, ", ");
	put_text_column(b, m);
	buf_puts(b, ", ");
	put_value(b, m, C_ITEM_PRICE, "t");
	buf_puts(b, ", ");
	put_category(b, m);
	buf_puts(b, ", ");
	put_value(b, m, C_ITEM_VISIBLE, "t");
	buf_printf(b, ", CASE WHEN l.%s IS NULL THEN '0' ELSE '1' END, ",
	    m->cols[C_LEVEL_KEY].sql);
	put_value(b, m, C_LEVEL_QTY, "l");
	buf_printf(b, " FROM (SELECT t.%s AS k0", key);
	if (which == MAP_ITEM_OF || which == MAP_ITEM_OF_LEVEL)
		put_named(
		    b, m, which == MAP_ITEM_OF ? C_ITEM_KEY : C_LEVEL_KEY);
	else
		put_chunk(b, m, which == MAP_ITEMS_AFTER, MAP_CHUNK);
	buf_printf(
	    b, ") i LEFT JOIN %s t ON t.%s = i.k0", m->tabs[T_ITEM].sql, key);
	buf_printf(b, " LEFT JOIN %s l ON ", m->tabs[T_LEVEL].sql);
	(void)snprintf(lhs, sizeof(lhs), "l.%s", m->cols[C_LEVEL_KEY].sql);
	put_equal(b, m, C_LEVEL_KEY, lhs, C_ITEM_KEY, "i.k0");
	buf_puts(b, " ORDER BY i.k0");
}

static void
put_picture_columns(struct buf *b, const struct map *m)
{
	const char *column = m->cols[C_PICTURE_COLUMN].sql;

	if (m->s->picture_kind == PICTURE_BLOB)
		buf_printf(b,
		    "NULL AS v, CAST(LENGTH(p.%s) AS CHAR) AS n, "
		    "SHA2(p.%s, 256) AS d",
		    column, column);
	else
		buf_printf(b, "p.%s AS v, NULL AS n, NULL AS d", column);
}

static void
put_picture_join(struct buf *b, const struct map *m, const char *key)
{
	char lhs[QUOTED_SIZE];

	(void)snprintf(lhs, sizeof(lhs), "p.%s", m->cols[C_PICTURE_KEY].sql);
	buf_printf(b, " LEFT JOIN %s p ON ", m->tabs[T_PICTURE].sql);
	put_equal(b, m, C_PICTURE_KEY, lhs, C_ITEM_KEY, key);
}

/* Of several rows the first by value is the one: the same at each look. */
static void
put_pictures(struct buf *b, const struct map *m, bool after)
{
	buf_puts(b, "SELECT i.k, ");
	put_picture_columns(b, m);
	buf_printf(b, " FROM (SELECT t.%s AS k0, ", m->cols[C_ITEM_KEY].sql);
	put_value(b, m, C_ITEM_KEY, "t");
	buf_puts(b, " AS k");
	put_chunk(b, m, after, MAP_PICTURE_CHUNK);
	buf_puts(b, ") i");
	put_picture_join(b, m, "i.k0");
	buf_puts(b, " ORDER BY i.k0, d, v");
}

static void
put_picture_of(struct buf *b, const struct map *m, bool bytes)
{
	char key[QUOTED_SIZE];

	(void)snprintf(key, sizeof(key), "t.%s", m->cols[C_ITEM_KEY].sql);
	buf_puts(b, "SELECT ");
	put_value(b, m, C_ITEM_KEY, "t");
	buf_puts(b, " AS k, ");
	if (bytes)
		buf_printf(b, "p.%s AS v, NULL AS n, SHA2(p.%s, 256) AS d",
		    m->cols[C_PICTURE_COLUMN].sql,
		    m->cols[C_PICTURE_COLUMN].sql);
	else
		put_picture_columns(b, m);
	buf_printf(b, " FROM %s t", m->tabs[T_ITEM].sql);
	put_picture_join(b, m, key);
	buf_printf(b, " WHERE %s = ", key);
	put_argument(b, m, C_ITEM_KEY);
	buf_puts(b, bytes ? " ORDER BY d LIMIT 1" : " ORDER BY d, v LIMIT 1");
}

void
map_sql(const struct map *m, enum map_sql which, struct buf *b)
{
	assert(m->accepted[0] != '\0');
	switch (which) {
	case MAP_ITEMS_FIRST:
	case MAP_ITEMS_AFTER:
	case MAP_ITEM_OF:
	case MAP_ITEM_OF_LEVEL:
		put_items(b, m, which);
		break;
	case MAP_COUNT_ITEMS:
		buf_printf(b, "SELECT COUNT(*) FROM %s", m->tabs[T_ITEM].sql);
		break;
	case MAP_COUNT_LEVELS:
		buf_printf(b, "SELECT COUNT(*) FROM %s", m->tabs[T_LEVEL].sql);
		break;
	case MAP_PICTURES_FIRST:
	case MAP_PICTURES_AFTER:
		put_pictures(b, m, which == MAP_PICTURES_AFTER);
		break;
	case MAP_PICTURE_OF:
	case MAP_PICTURE_BYTES:
		put_picture_of(b, m, which == MAP_PICTURE_BYTES);
		break;
	}
}

bool
map_shows(const struct map *m, const char *value)
{
	const char *p = m->s->item_visible_values, *end, *word;
	size_t n, len;

	if (m->cols[C_ITEM_VISIBLE].info.name == NULL)
		return true;
	if (value == NULL)
		return false;
	len = strlen(value);
	for (; *p != '\0'; p = *end == ',' ? end + 1 : end) {
		end = p + strcspn(p, ",");
		n = (size_t)(end - p);
		word = text_trim(p, &n);
		if (n == len && memcmp(word, value, n) == 0)
			return true;
	}
	return false;
}

bool
map_has_pictures(const struct map *m)
{
	return m->tabs[T_PICTURE].name != NULL;
}

static enum map_key_kind
key_kind(const struct schema_column *c)
{
	if (c->kind == KIND_INT)
		return c->is_unsigned ? MAP_KEY_UNSIGNED : MAP_KEY_SIGNED;
	return c->kind == KIND_DECIMAL ? MAP_KEY_OTHER_NUMBER : MAP_KEY_TEXT;
}

bool
map_table(const struct map *m, enum map_part part, struct map_table *out)
{
	static const struct {
		enum tab tab;
		enum col key;
	} parts[MAP_PARTS] = {
		[MAP_PART_ITEM] = { T_ITEM, C_ITEM_KEY },
		[MAP_PART_CATEGORY] = { T_CATEGORY, C_CATEGORY_KEY },
		[MAP_PART_LEVEL] = { T_LEVEL, C_LEVEL_KEY },
		[MAP_PART_PICTURE] = { T_PICTURE, C_PICTURE_KEY },
	};
	enum tab tab = parts[part].tab;
	const struct schema_column *key = &m->cols[parts[part].key].info;

	if (m->tabs[tab].name == NULL)
		return false;
	*out = (struct map_table){
		.schema = m->tabs[tab].schema,
		.name = m->tabs[tab].name,
		.columns = key->columns,
		.key = key->at,
		.key_kind = key_kind(key),
		.charset = key->charset,
	};
	for (size_t i = 0; i < C_COUNT; i++)
		if (m->cols[i].tab == tab && m->cols[i].info.name != NULL)
			out->used[out->nused++] = m->cols[i].info.at;
	return true;
}
