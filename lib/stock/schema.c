#include "config.h"

#include <string.h>
#include <strings.h>

#include "base/num.h"
#include "stock/schema.h"

static const struct {
	const char *type;
	enum schema_kind kind;
} kinds[] = {
	{ "tinyint", KIND_INT },
	{ "smallint", KIND_INT },
	{ "mediumint", KIND_INT },
	{ "int", KIND_INT },
	{ "bigint", KIND_INT },
	{ "year", KIND_INT },
	{ "decimal", KIND_DECIMAL },
	{ "float", KIND_FLOAT },
	{ "double", KIND_FLOAT },
	{ "char", KIND_CHAR },
	{ "varchar", KIND_CHAR },
	{ "tinytext", KIND_TEXT },
	{ "text", KIND_TEXT },
	{ "mediumtext", KIND_TEXT },
	{ "longtext", KIND_TEXT },
	{ "enum", KIND_TEXT },
	{ "set", KIND_TEXT },
	{ "binary", KIND_BYTES },
	{ "varbinary", KIND_BYTES },
	{ "tinyblob", KIND_BYTES },
	{ "blob", KIND_BYTES },
	{ "mediumblob", KIND_BYTES },
	{ "longblob", KIND_BYTES },
	{ "bit", KIND_BIT },
};

static enum schema_kind
kind_of(const char *type)
{
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		if (strcasecmp(type, kinds[i].type) == 0)
			return kinds[i].kind;
	return KIND_OTHER;
}

static void
copy(char *to, size_t size, const char *from)
{
	size_t n = from == NULL ? 0 : strnlen(from, size - 1);

	if (n > 0)
		memcpy(to, from, n);
	to[n] = '\0';
}

enum rc
schema_seen(struct link *l, const char *schema, bool *seen, struct error *e)
{
	static const char sql[] = "SELECT 1 FROM information_schema.SCHEMATA"
				  " WHERE SCHEMA_NAME = ?";
	const char *args[] = { schema };
	struct link_query *q = NULL;
	enum rc rc;

	*seen = false;
	rc = link_prepare(l, sql, &q, e);
	if (rc == RC_OK)
		rc = link_run(q, args, 1, e);
	if (rc == RC_OK)
		rc = link_next(q, e);
	link_free(q);
	*seen = rc == RC_OK;
	return rc == RC_NOTFOUND ? RC_OK : rc;
}

static void
fill(struct schema_column *c, const struct link_query *q, unsigned at)
{
	const char *data_type = link_text(q, 1, NULL);

	c->kind = kind_of(data_type != NULL ? data_type : "");
	copy(c->type, sizeof(c->type), link_text(q, 2, NULL));
	copy(c->charset, sizeof(c->charset), link_text(q, 3, NULL));
	copy(c->collation, sizeof(c->collation), link_text(q, 4, NULL));
	c->at = at;
	c->is_unsigned = strstr(c->type, "unsigned") != NULL;
}

enum rc
schema_columns(struct link *l, const char *schema, const char *table,
    struct schema_column *const *cols, size_t n, struct error *e)
{
	static const char sql[] =
	    "SELECT COLUMN_NAME, DATA_TYPE, COLUMN_TYPE, CHARACTER_SET_NAME, "
	    "COLLATION_NAME, ORDINAL_POSITION FROM information_schema.COLUMNS "
	    "WHERE TABLE_SCHEMA = ? AND TABLE_NAME = ? "
	    "ORDER BY ORDINAL_POSITION";
	const char *args[] = { schema, table };
	struct link_query *q = NULL;
	int64_t at = 0;
	enum rc rc;

	for (size_t i = 0; i < n; i++)
		cols[i]->kind = KIND_NONE;
	rc = link_prepare(l, sql, &q, e);
	if (rc == RC_OK)
		rc = link_run(q, args, 2, e);
	while (rc == RC_OK && (rc = link_next(q, e)) == RC_OK) {
		const char *name = link_text(q, 0, NULL);
		const char *place = link_text(q, 5, NULL);

		/* one that cannot be a place is none of a column that is used */
		if (place != NULL &&
		    num_parse(place, 1, UINT16_MAX, &at) != RC_OK)
			at = 0;
		for (size_t i = 0; i < n; i++)
			if (name != NULL &&
			    strcasecmp(name, cols[i]->name) == 0)
				fill(cols[i], q, (unsigned)at - 1);
	}
	for (size_t i = 0; i < n; i++)
		cols[i]->columns = (unsigned)at;
	link_free(q);
	return rc == RC_NOTFOUND ? RC_OK : rc;
}

enum rc
schema_engine(struct link *l, const char *schema, const char *table,
    char engine[64], bool *transactions, struct error *e)
{
	static const char sql[] =
	    "SELECT t.ENGINE, g.TRANSACTIONS FROM information_schema.TABLES t "
	    "LEFT JOIN information_schema.ENGINES g ON g.ENGINE = t.ENGINE "
	    "WHERE t.TABLE_SCHEMA = ? AND t.TABLE_NAME = ?";
	const char *args[] = { schema, table }, *yes;
	struct link_query *q = NULL;
	enum rc rc;

	engine[0] = '\0';
	*transactions = false;
	rc = link_prepare(l, sql, &q, e);
	if (rc == RC_OK)
		rc = link_run(q, args, 2, e);
	if (rc == RC_OK)
		rc = link_next(q, e);
	if (rc == RC_OK) {
		copy(engine, 64, link_text(q, 0, NULL));
		yes = link_text(q, 1, NULL);
		*transactions = yes != NULL && strcmp(yes, "YES") == 0;
	}
	link_free(q);
	return rc;
}

enum rc
schema_index(struct link *l, const char *schema, const char *table,
    const char *column, bool *unique, bool *indexed, struct error *e)
{
	/* a prefix of a column (SUB_PART) does not make the column unique */
	static const char sql[] =
	    "SELECT MIN(NON_UNIQUE) = 0 AND COUNT(*) = 1 "
	    "AND MAX(SUB_PART) IS NULL "
	    "FROM information_schema.STATISTICS "
	    "WHERE TABLE_SCHEMA = ? AND TABLE_NAME = ? GROUP BY INDEX_NAME "
	    "HAVING SUM(SEQ_IN_INDEX = 1 AND COLUMN_NAME = ?) = 1";
	const char *args[] = { schema, table, column }, *yes;
	struct link_query *q = NULL;
	enum rc rc;

	*unique = *indexed = false;
	rc = link_prepare(l, sql, &q, e);
	if (rc == RC_OK)
		rc = link_run(q, args, 3, e);
	while (rc == RC_OK && (rc = link_next(q, e)) == RC_OK) {
		yes = link_text(q, 0, NULL);
		*indexed = true;
		*unique = *unique || (yes != NULL && strcmp(yes, "1") == 0);
	}
	link_free(q);
	return rc == RC_NOTFOUND ? RC_OK : rc;
}

enum rc
schema_key(struct link *l, const char *schema, const char *table, char *out,
    size_t size, struct error *e)
{
	static const char sql[] =
	    "SELECT LOWER(GROUP_CONCAT(COLUMN_NAME ORDER BY SEQ_IN_INDEX)) "
	    "FROM information_schema.STATISTICS "
	    "WHERE TABLE_SCHEMA = ? AND TABLE_NAME = ? "
	    "AND INDEX_NAME = 'PRIMARY' AND SUB_PART IS NULL";
	const char *args[] = { schema, table };
	struct link_query *q = NULL;
	enum rc rc;

	out[0] = '\0';
	rc = link_prepare(l, sql, &q, e);
	if (rc == RC_OK)
		rc = link_run(q, args, 2, e);
	if (rc == RC_OK)
		rc = link_next(q, e);
	if (rc == RC_OK && link_text(q, 0, NULL) != NULL)
		copy(out, size, link_text(q, 0, NULL));
	link_free(q);
	return rc == RC_NOTFOUND ? RC_OK : rc;
}
