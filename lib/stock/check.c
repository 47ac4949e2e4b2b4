#include "config.h"

#include <stdio.h>
#include <string.h>

#include "base/limits.h"
#include "stock/mapped.h"

static void
advise(struct map *m, const char *what, const char *name, const char *why)
{
	if (m->nadvice == ADVICE)
		return;
	/* a name that is too long is cut: it is for people */
	(void)snprintf(m->advice[m->nadvice++], ADVICE_SIZE, "%s \"%s\" %s",
	    what, name, why);
}

static enum rc
link_failed(struct map *m, const struct link *l, enum rc rc)
{
	if (rc != RC_OK)
		m->fault = link_fault(l);
	return rc;
}

static enum rc
read_columns(struct map *m, struct link *l, enum tab tab, struct error *e)
{
	struct schema_column *of[C_COUNT];
	size_t n = 0;

	if (m->tabs[tab].name == NULL)
		return RC_OK;
	for (size_t i = 0; i < C_COUNT; i++)
		if (m->cols[i].tab == tab && m->cols[i].info.name != NULL)
			of[n++] = &m->cols[i].info;
	return link_failed(m, l,
	    schema_columns(
		l, m->tabs[tab].schema, m->tabs[tab].name, of, n, e));
}

/* All that a change of would change a statement or the worth of a check. */
static enum rc
fingerprint(const struct map *m, char out[HASH_SIZE], struct error *e)
{
	struct buf b;
	enum rc rc;

	buf_init(&b, LIMIT_LINE);
	for (size_t i = 0; i < C_COUNT; i++)
		buf_printf(&b, "%d %s %s\n", (int)m->cols[i].info.kind,
		    m->cols[i].info.type, m->cols[i].info.collation);
	rc = buf_rc(&b);
	if (rc == RC_OK)
		hash_hex(b.s, b.len, out);
	else
		(void)error_set(e, rc, "no memory to compare the mapping");
	buf_release(&b);
	return rc;
}

/*
 * A column that information_schema does not show is not there, or not for us:
 * the server says which when it is asked for it.
 */
static enum rc
explain_missing(
    struct map *m, struct link *l, const struct column *c, struct error *e)
{
	const struct table *t = &m->tabs[c->tab];
	struct link_query *q = NULL;
	struct error why = ERROR_NONE;
	struct buf b;
	bool seen;
	enum rc rc;

	buf_init(&b, LIMIT_LINE);
	buf_printf(&b, "SELECT %s FROM %s LIMIT 0", c->sql, t->sql);
	rc = link_prepare(l, buf_str(&b), &q, &why);
	if (rc == RC_OK)
		rc = link_run(q, NULL, 0, &why);
	link_free(q);
	buf_release(&b);
	if (rc == RC_OK)
		return RC_OK;
	m->fault = link_fault(l);
	if ((m->fault == FAULT_GRANT || m->fault == FAULT_MAPPING) &&
	    schema_seen(l, t->schema, &seen, &why) == RC_OK && !seen)
		return error_set(e, rc,
		    "there is no database \"%s\", or %s has no right in it: "
		    "correct stock.database or %s in the configuration, or "
		    "grant SELECT on %s",
		    t->schema, link_user(l), t->conf, t->sql);
	if (m->fault == FAULT_GRANT)
		return error_set(e, rc,
		    "%s \"%s\" may not be read by %s: grant SELECT on %s",
		    c->conf, c->info.name, link_user(l), t->sql);
	if (m->fault == FAULT_MAPPING)
		return error_set(e, rc,
		    "%s \"%s\" is not in the stock system's table %s: correct "
		    "%s or %s in the configuration",
		    c->conf, c->info.name, t->sql, c->conf, t->conf);
	return error_set(e, rc, "%s", why.text);
}

static enum rc
check_column(struct map *m, struct link *l, struct column *c, struct error *e)
{
	enum rc rc;

	if (c->info.name == NULL)
		return RC_OK;
	if (c->info.kind == KIND_NONE) {
		rc = explain_missing(m, l, c, e);
		if (rc != RC_OK)
			return rc;
		m->fault = FAULT_GRANT;
		return error_set(e, RC_DENIED,
		    "the type of %s \"%s\" is hidden from %s: grant SELECT on "
		    "%s",
		    c->conf, c->info.name, link_user(l), m->tabs[c->tab].sql);
	}
	if ((c->kinds & BIT(c->info.kind)) != 0)
		return RC_OK;
	m->fault = FAULT_MAPPING;
	return error_set(e, RC_INVALID,
	    "%s \"%s\" is of type %s, which cannot be used for it: choose "
	    "another column or a view",
	    c->conf, c->info.name, c->info.type);
}

static enum rc
check_item(struct map *m, struct link *l, struct error *e)
{
	const struct table *t = &m->tabs[T_ITEM];
	const char *key = m->cols[C_ITEM_KEY].info.name;
	bool transactions, unique, indexed;
	char engine[64];
	enum rc rc;

	rc = schema_engine(l, t->schema, t->name, engine, &transactions, e);
	if (rc == RC_OK)
		rc = schema_index(
		    l, t->schema, t->name, key, &unique, &indexed, e);
	if (rc != RC_OK)
		return link_failed(m, l, rc);
	if (!transactions)
		advise(m, "stock.item.table", t->name,
		    "is no table with transactions: a pass may see half of a "
		    "change");
	if (unique || engine[0] == '\0')
		return RC_OK;
	m->fault = FAULT_MAPPING;
	return error_set(e, RC_INVALID,
	    "stock.item.key \"%s\" has no unique index in %s: choose the "
	    "column that names one item",
	    key, t->sql);
}

static enum rc
not_for_write(struct map *m, const char *engine, bool transactions, bool unique,
    struct error *e)
{
	const struct table *t = &m->tabs[T_LEVEL];

	m->fault = FAULT_ENGINE;
	if (engine[0] == '\0')
		return error_set(e, RC_INVALID,
		    "stock.level.table %s is a view: map the table itself, or "
		    "set stock.access = read",
		    t->sql);
	if (!transactions)
		return error_set(e, RC_INVALID,
		    "stock.level.table %s is %s, which has no transactions: "
		    "convert it to InnoDB, or set stock.access = read",
		    t->sql, engine);
	if (!unique)
		return error_set(e, RC_INVALID,
		    "stock.level.key \"%s\" has no unique index in %s: add "
		    "one, or set stock.access = read",
		    m->cols[C_LEVEL_KEY].info.name, t->sql);
	m->fault = FAULT_NONE;
	return RC_OK;
}

static enum rc
check_level(struct map *m, struct link *l, struct error *e)
{
	const struct table *t = &m->tabs[T_LEVEL];
	const char *key = m->cols[C_LEVEL_KEY].info.name;
	bool transactions, unique, indexed;
	char engine[64];
	enum rc rc;

	rc = schema_engine(l, t->schema, t->name, engine, &transactions, e);
	if (rc == RC_OK)
		rc = schema_index(
		    l, t->schema, t->name, key, &unique, &indexed, e);
	if (rc != RC_OK)
		return link_failed(m, l, rc);
	if (!indexed && engine[0] != '\0')
		advise(m, "stock.level.key", key,
		    "has no index: every pass reads the whole table many "
		    "times");
	if (m->s->stock_access == ACCESS_WRITE)
		return not_for_write(m, engine, transactions, unique, e);
	if (!transactions)
		advise(m, "stock.level.table", t->name,
		    "is no table with transactions: a pass may see half of a "
		    "change");
	return RC_OK;
}

static enum rc
check_picture(struct map *m, struct link *l, struct error *e)
{
	const struct table *t = &m->tabs[T_PICTURE];
	const char *key;
	bool unique, indexed;
	enum rc rc;

	if (t->name == NULL)
		return RC_OK;
	key = m->cols[C_PICTURE_KEY].info.name;
	rc = schema_index(l, t->schema, t->name, key, &unique, &indexed, e);
	if (rc == RC_OK && !indexed)
		advise(m, "stock.picture.key", key,
		    "has no index that can be seen: looking for pictures may "
		    "be slow");
	return link_failed(m, l, rc);
}

/* Having the server prepare what will be run finds grants that are missing
 * and what else it may not like. */
static enum rc
try_statements(struct map *m, struct link *l, struct error *e)
{
	static const enum map_sql each[] = { MAP_ITEMS_FIRST, MAP_ITEMS_AFTER,
		MAP_COUNT_ITEMS, MAP_ITEM_OF, MAP_ITEM_OF_LEVEL,
		MAP_PICTURES_FIRST, MAP_PICTURE_OF };
	struct link_query *q = NULL;
	struct buf b;
	enum rc rc = RC_OK;

	buf_init(&b, MAP_SQL_SIZE);
	for (size_t i = 0; rc == RC_OK && i < sizeof(each) / sizeof(each[0]);
	     i++) {
		if (each[i] >= MAP_PICTURES_FIRST &&
		    each[i] <= MAP_PICTURE_BYTES && !map_has_pictures(m))
			continue;
		buf_reset(&b);
		map_sql(m, each[i], &b);
		rc = buf_rc(&b);
		if (rc == RC_OK)
			rc = link_failed(
			    m, l, link_prepare(l, buf_str(&b), &q, e));
		link_free(q);
		q = NULL;
	}
	buf_release(&b);
	return rc;
}

static enum rc
check_all(struct map *m, struct link *l, struct error *e)
{
	enum rc rc = RC_OK;

	m->nadvice = 0;
	for (size_t i = 0; i < C_COUNT && rc == RC_OK; i++)
		rc = check_column(m, l, &m->cols[i], e);
	if (rc == RC_OK)
		rc = check_item(m, l, e);
	if (rc == RC_OK)
		rc = check_level(m, l, e);
	if (rc == RC_OK)
		rc = check_picture(m, l, e);
	return rc;
}

enum rc
map_check(struct map *m, struct link *l, bool *changed, struct error *e)
{
	char now[HASH_SIZE] = "";
	enum rc rc = RC_OK;

	*changed = false;
	m->fault = FAULT_NONE;
	for (int tab = 0; tab < T_COUNT && rc == RC_OK; tab++)
		rc = read_columns(m, l, (enum tab)tab, e);
	if (rc == RC_OK)
		rc = fingerprint(m, now, e);
	if (rc != RC_OK || strcmp(now, m->accepted) == 0)
		return rc;
	*changed = true;
	m->accepted[0] = '\0';
	rc = check_all(m, l, e);
	if (rc != RC_OK)
		return rc;
	memcpy(m->accepted, now, sizeof(now));
	rc = try_statements(m, l, e);
	if (rc != RC_OK)
		m->accepted[0] = '\0';
	return rc;
}

void
map_forget(struct map *m)
{
	m->accepted[0] = '\0';
}
