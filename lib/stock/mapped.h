/*
 * What map.c, check.c and own.c share of a mapping; nobody else includes it.
 */
#ifndef STOCK_MAPPED_H
#define STOCK_MAPPED_H

#include "base/token.h"
#include "stock/map.h"
#include "stock/schema.h"

#define ADVICE 6
#define ADVICE_SIZE 300

/* The tables and columns that can be mapped. */
enum tab { T_ITEM, T_CATEGORY, T_LEVEL, T_PICTURE, T_COUNT };

enum col {
	C_ITEM_KEY,
	C_ITEM_NAME,
	C_ITEM_TEXT,
	C_ITEM_PRICE,
	C_ITEM_CATEGORY,
	C_ITEM_VISIBLE,
	C_CATEGORY_KEY,
	C_CATEGORY_NAME,
	C_LEVEL_KEY,
	C_LEVEL_QTY,
	C_PICTURE_KEY,
	C_PICTURE_COLUMN,
	C_COUNT
};

struct table {
	const char *conf;    /* the key of the configuration */
	char *schema, *name; /* owned; NULL when not mapped */
	char *sql;           /* owned; `schema`.`name` */
};

struct column {
	const char *conf;
	enum tab tab;
	unsigned kinds; /* bit set of the schema_kinds that can be used */
	struct schema_column info; /* info.name NULL when not mapped */
	char *sql;                 /* owned; `name` */
};

struct map {
	const struct settings *s; /* borrowed */
	struct table tabs[T_COUNT];
	struct column cols[C_COUNT];
	enum fault fault;
	char accepted[HASH_SIZE]; /* the columns that the last check passed */
	char advice[ADVICE][ADVICE_SIZE];
	size_t nadvice;
};

#define BIT(kind) (1U << (kind))
#define NUMBERS (BIT(KIND_INT) | BIT(KIND_DECIMAL))
#define KEYS (NUMBERS | BIT(KIND_CHAR))
#define WORDS (BIT(KIND_CHAR) | BIT(KIND_TEXT))
#define VALUES (NUMBERS | BIT(KIND_FLOAT) | WORDS)

#endif
