/*
 * What the stock system's information_schema says about the tables that are
 * mapped.
 *
 *	struct schema_column c = { .name = "pm_price" }, *cs[] = { &c };
 *
 *	rc = schema_columns(l, "hatstock", "prod_mast", cs, 1, &e);
 *	if (c.kind == KIND_NONE)		no such column
 */
#ifndef STOCK_SCHEMA_H
#define STOCK_SCHEMA_H

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"
#include "stock/link.h"

enum schema_kind {
	KIND_NONE, /* there is no such column, or we may not see it */
	KIND_INT,
	KIND_DECIMAL,
	KIND_FLOAT,
	KIND_CHAR, /* short text, with a character set: char, varchar */
	KIND_TEXT, /* other text: tinytext … longtext, enum, set */
	KIND_BYTES,
	KIND_BIT,
	KIND_OTHER, /* dates, json, … */
};

struct schema_column {
	const char *name; /* borrowed; what is asked for */
	enum schema_kind kind;
	bool is_unsigned;
	unsigned at;      /* its place in a row, from 0 */
	unsigned columns; /* of the table */
	char type[128];   /* as the server writes it: "decimal(10,2)" */
	char charset[64], collation[64];
};

/* Whether there is such a schema in which we have a right. */
enum rc schema_seen(
    struct link *l, const char *schema, bool *seen, struct error *e) CHECKED;

/* Fill in cols, which are all of one table.  RC_OK also when some, or the
 * table, are not there. */
enum rc schema_columns(struct link *l, const char *schema, const char *table,
    struct schema_column *const *cols, size_t n, struct error *e) CHECKED;

/* Whether the table is a base table of an engine that has transactions; engine
 * is its name, "" for a view.  RC_NOTFOUND when there is no such table. */
enum rc schema_engine(struct link *l, const char *schema, const char *table,
    char engine[64], bool *transactions, struct error *e) CHECKED;

/* Whether column alone is a unique key, and whether some index begins with
 * it. */
enum rc schema_index(struct link *l, const char *schema, const char *table,
    const char *column, bool *unique, bool *indexed, struct error *e) CHECKED;

/* The columns of the primary key, by comma; "" when there is none. */
enum rc schema_key(struct link *l, const char *schema, const char *table,
    char *out, size_t size, struct error *e) CHECKED;

#endif
