/*
 * How a stock system that we have never seen maps to ours.  All of it is
 * configuration (base/settings.h, shop.conf(5)); for the demonstration:
 *
 *	stock.item.table = prod_mast         one row a hat
 *	stock.item.key = pm_sku              unique; a number or short text
 *	stock.item.name = pm_title
 *	stock.item.text = pm_text            "": hats have no text
 *	stock.item.price = pm_price          major units, tax included
 *	stock.item.category = pm_cat         the category's name …
 *	stock.category.table = prod_cat      … or, with these three, its key
 *	stock.category.key = cat_id
 *	stock.category.name = cat_name
 *	stock.item.visible = pm_web          "": all are shown
 *	stock.item.visible_values = Y        the values that mean yes, by comma
 *	stock.level.table = stk_level        may be the item table itself
 *	stock.level.key = sku                holds an item's key
 *	stock.level.qty = on_hand
 *	stock.rows = one                     or sum: an item has several level rows
 *	stock.picture.kind = blob            or path, url, none
 *	stock.picture.table = prod_pics      may be the item table too
 *	stock.picture.key = pic_sku          holds an item's key
 *	stock.picture.column = pic_data
 *
 * A table may be written "schema.table"; without, it is in stock.database.
 * Views work for all but the level of write access.  Names go into statements
 * quoted, values never do.
 *
 *	struct map *m;
 *
 *	rc = map_new(&settings, &m, &e);
 *	rc = map_check(m, link, &changed, &e);	needs the server
 *	map_sql(m, MAP_ITEMS_FIRST, &sql);	needs map_check
 */
#ifndef STOCK_MAP_H
#define STOCK_MAP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/settings.h"
#include "stock/link.h"

struct map;

/* Items of one statement: what is read, compared and forgotten at a time. */
#define MAP_CHUNK 1000
/* Pictures whose digest is asked for at a time: the server reads them all. */
#define MAP_PICTURE_CHUNK 50

/* RC_INVALID, naming the key of the configuration, for what cannot be a name,
 * does not go together or is missing.
 * s is borrowed for as long as the map lives.  *out: map_free. */
enum rc map_new(
    const struct settings *s, struct map **out, struct error *e) CHECKED;
void map_free(struct map *m); /* NULL is fine */

/*
 * Compare the mapping with the server: every column is there and readable and
 * of a usable type, the item's key is unique; with stock.access = write the
 * level is one row of a transactional table.  map_fault says which kind of
 * trouble was found.  Cheap to repeat: when nothing that is mapped was altered
 * it is one query, and *changed is false.
 */
enum rc map_check(
    struct map *m, struct link *l, bool *changed, struct error *e) CHECKED;
enum fault map_fault(const struct map *m);

/* Make the next map_check look at everything again: indexes and engines too,
 * which a cheap one does not see. */
void map_forget(struct map *m);

/* What is not wrong but worth saying (a key without an index, …): the
 * nth sentence, NULL after the last. */
const char *map_advice(const struct map *m, size_t n);

/* Fourteen names of 64 letters and what joins them. */
#define MAP_SQL_SIZE 16384

enum map_sql {
	MAP_ITEMS_FIRST, /* columns as enum map_item; no argument */
	MAP_ITEMS_AFTER, /* those after the key given */
	MAP_COUNT_ITEMS,
	MAP_COUNT_LEVELS,
	MAP_PICTURES_FIRST, /* columns as enum map_picture; no argument */
	MAP_PICTURES_AFTER, /* those after the item key given */
	MAP_PICTURE_OF,     /* the same for the item key given */
	MAP_PICTURE_BYTES,  /* the one BLOB of the item key given */
	MAP_ITEM_OF,        /* the item with the key given */
	MAP_ITEM_OF_LEVEL,  /* the items that a level row with this key is of */
};

/*
 * MAP_ITEMS_*: rows in the key's order, each item as often as it has level
 * rows, and once when it has none; at most MAP_CHUNK items.
 */
enum map_item {
	MAP_KEY,
	MAP_NAME,
	MAP_TEXT,
	MAP_PRICE,
	MAP_CATEGORY,  /* the name; NULL for none */
	MAP_VISIBLE,   /* NULL when there is no rule */
	MAP_LEVEL_ROW, /* "1" when there is a level row, else "0" */
	MAP_QTY,
};

/* Of path and url MAP_PICTURE_VALUE is the value and the other two are NULL;
 * of a BLOB it is NULL. */
enum map_picture {
	MAP_PICTURE_KEY,
	MAP_PICTURE_VALUE,
	MAP_PICTURE_LENGTH,
	MAP_PICTURE_DIGEST, /* SHA-256 in hex */
};

/* Append the statement; MAP_SQL_SIZE is enough for it. */
void map_sql(const struct map *m, enum map_sql which, struct buf *b);

/* Whether a MAP_VISIBLE value (NULL: SQL's NULL) means yes. */
bool map_shows(const struct map *m, const char *value);

/* Is the picture a mapped thing at all? */
bool map_has_pictures(const struct map *m);

/* Where the mapped values are in a row of a table, for who reads the log. */
enum map_part {
	MAP_PART_ITEM,
	MAP_PART_CATEGORY,
	MAP_PART_LEVEL,
	MAP_PART_PICTURE
};
#define MAP_PARTS 4
#define MAP_USED 6 /* columns of one part */

enum map_key_kind {
	MAP_KEY_SIGNED,
	MAP_KEY_UNSIGNED,
	MAP_KEY_OTHER_NUMBER,
	MAP_KEY_TEXT
};

struct map_table {
	const char *schema, *name; /* borrowed from the mapping */
	unsigned columns;          /* of the table */
	unsigned key;              /* columns are counted from 0 */
	enum map_key_kind key_kind;
	const char *charset; /* of the key; borrowed; "" for a number */
	unsigned used[MAP_USED];
	size_t nused;
};

/* False when the part is not mapped.  After map_check. */
bool map_table(const struct map *m, enum map_part part, struct map_table *out);

/* `name`, with a '`' in it doubled. */
void map_quote(struct buf *b, const char *name);

#endif
