#include "config.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/num.h"
#include "stock/own.h"
#include "stock/schema.h"

/* What makes a sale count once: a key, and that all of a transaction holds or
 * nothing of it. */
static const struct needed {
	const char *table, *key;
} needed[] = {
	{ "claim", "attempt,item" },
	{ "give_back", "give_back,item" },
};

static enum rc
check_engine(struct link *l, const char *schema, const char *table,
    enum fault *fault, struct error *e)
{
	bool transactions = false;
	char engine[64];
	enum rc rc;

	rc = schema_engine(l, schema, table, engine, &transactions, e);
	if (rc == RC_NOTFOUND) {
		*fault = FAULT_MAPPING;
		return error_set(e, rc,
		    "our schema \"%s\" on the stock server has no table "
		    "\"%s\", or we may not see it: nothing can be sold; "
		    "\"syncd -n\" prints the statements that make it",
		    schema, table);
	}
	if (rc != RC_OK) {
		*fault = link_fault(l);
		return rc;
	}
	if (transactions)
		return RC_OK;
	*fault = FAULT_ENGINE;
	return error_set(e, RC_INVALID,
	    "\"%s.%s\" on the stock server is %s, which has no transactions: a "
	    "sale could count twice or not at all; ALTER TABLE ... "
	    "ENGINE=InnoDB, or set stock.access = read",
	    schema, table, engine[0] != '\0' ? engine : "a view");
}

static enum rc
check_key(struct link *l, const char *schema, const struct needed *n,
    enum fault *fault, struct error *e)
{
	char key[128];
	enum rc rc;

	rc = schema_key(l, schema, n->table, key, sizeof(key), e);
	if (rc != RC_OK) {
		*fault = link_fault(l);
		return rc;
	}
	if (strcmp(key, n->key) == 0)
		return RC_OK;
	*fault = FAULT_ENGINE;
	return error_set(e, RC_INVALID,
	    "\"%s.%s\" on the stock server has the primary key (%s) and not "
	    "(%s): a sale could count twice; make it as \"syncd -n\" prints it",
	    schema, n->table, key, n->key);
}

enum rc
own_check(struct link *l, const struct settings *s, enum fault *fault,
    struct error *e)
{
	enum rc rc = RC_OK;

	*fault = FAULT_NONE;
	if (s->stock_access != ACCESS_WRITE)
		return RC_OK;
	for (size_t i = 0;
	     i < sizeof(needed) / sizeof(needed[0]) && rc == RC_OK; i++) {
		rc = check_engine(
		    l, s->stock_own_schema, needed[i].table, fault, e);
		if (rc == RC_OK)
			rc = check_key(
			    l, s->stock_own_schema, &needed[i], fault, e);
	}
	return rc;
}

static enum rc
read_returned(
    struct link_query *q, own_returned_put *put, void *ctx, struct error *e)
{
	const char *item, *sum;
	int64_t qty;
	enum rc rc;

	while ((rc = link_next(q, e)) == RC_OK) {
		item = link_text(q, 0, NULL);
		sum = link_text(q, 1, NULL);
		if (item == NULL || sum == NULL ||
		    num_parse(sum, 1, INT64_MAX, &qty) != RC_OK)
			continue;
		rc = put(ctx, item, qty, e);
		if (rc != RC_OK)
			return rc;
	}
	return rc == RC_NOTFOUND ? RC_OK : rc;
}

enum rc
own_returned(struct link *l, const struct settings *s, int64_t seconds,
    own_returned_put *put, void *ctx, struct error *e)
{
	struct link_query *q = NULL;
	char since[24];
	const char *args[] = { since };
	struct buf sql;
	enum rc rc;

	(void)snprintf(since, sizeof(since), "%" PRId64, seconds);
	buf_init(&sql, MAP_SQL_SIZE);
	buf_puts(&sql, "SELECT item, CAST(SUM(qty) AS SIGNED) FROM ");
	map_quote(&sql, s->stock_own_schema);
	buf_puts(&sql,
	    ".give_back WHERE made_at >= CURRENT_TIMESTAMP - INTERVAL "
	    "CAST(? AS SIGNED) SECOND GROUP BY item");
	rc = buf_rc(&sql);
	if (rc == RC_OK)
		rc = link_prepare(l, buf_str(&sql), &q, e);
	else
		(void)error_set(e, rc, "no memory for a statement");
	if (rc == RC_OK)
		rc = link_run(q, args, 1, e);
	if (rc == RC_OK)
		rc = read_returned(q, put, ctx, e);
	link_free(q);
	buf_release(&sql);
	return rc;
}
