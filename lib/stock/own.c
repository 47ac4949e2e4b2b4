#include "config.h"

#include <assert.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/limits.h"
#include "stock/mapped.h"
#include "base/num.h"
#include "stock/own.h"

/* %s is the quoted name of our schema, where it is followed by a '.'. */
static const char *const tables[] = {
	/* every attempt to take goods, and what became of it: its key is what
	 * makes a sale count once */
	".claim (\n"
	"\tattempt CHAR(32) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,\n"
	"\titem VARCHAR(128) NOT NULL,\n"
	"\tkind ENUM('take', 'refused') NOT NULL,\n"
	"\tqty INT NOT NULL,\n"
	"\treturned INT NOT NULL DEFAULT 0,\n"
	"\tmade_at TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP,\n"
	"\tPRIMARY KEY (attempt, item),\n"
	"\tCHECK (qty > 0 AND returned >= 0 AND returned <= qty)\n"
	") ENGINE=InnoDB;\n",
	/* goods that came back, each return once */
	".give_back (\n"
	"\tgive_back CHAR(32) CHARACTER SET ascii COLLATE ascii_bin"
	" NOT NULL,\n"
	"\titem VARCHAR(128) NOT NULL,\n"
	"\tattempt CHAR(32) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,\n"
	"\tqty INT NOT NULL,\n"
	"\tmade_at TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP,\n"
	"\tPRIMARY KEY (give_back, item),\n"
	"\tCHECK (qty > 0)\n"
	") ENGINE=InnoDB;\n",
	/* a row that has to come back in the binlog, or it is filtered */
	".probe (\n"
	"\tid INT NOT NULL PRIMARY KEY,\n"
	"\ttoken CHAR(32) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,\n"
	"\tmade_at TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP\n"
	") ENGINE=InnoDB;\n",
};

void
own_ddl(const struct settings *s, struct buf *b)
{
	buf_puts(b, "CREATE DATABASE IF NOT EXISTS ");
	map_quote(b, s->stock_own_schema);
	buf_puts(b, " CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;\n");
	for (size_t i = 0; i < sizeof(tables) / sizeof(tables[0]); i++) {
		buf_puts(b, "CREATE TABLE IF NOT EXISTS ");
		map_quote(b, s->stock_own_schema);
		buf_puts(b, tables[i]);
	}
}

struct trial {
	const struct map *m;
	struct link *l;
	const struct settings *s;
	struct own_missing *out;
};

/* Whether the server would let us: preparing a statement asks for its rights
 * and does nothing. */
static enum rc
may(struct trial *t, const struct buf *sql, enum fault *fault, struct error *e)
{
	struct link_query *q = NULL;
	struct error why = ERROR_NONE;
	enum rc rc = buf_rc(sql);

	*fault = FAULT_NONE;
	if (rc != RC_OK)
		return error_set(e, rc, "no memory for a statement");
	rc = link_prepare(t->l, buf_str(sql), &q, &why);
	link_free(q);
	if (rc == RC_OK)
		return RC_OK;
	*fault = link_fault(t->l);
	if (*fault == FAULT_GRANT || *fault == FAULT_MAPPING)
		return RC_OK;
	return error_set(e, rc, "%s", why.text);
}

static void
want(struct trial *t, const char *rights, const char *on)
{
	buf_printf(&t->out->grants, "GRANT %s ON %s TO %s;\n", rights, on,
	    link_user(t->l));
	t->out->ngrants++;
}

static enum rc
try_read(struct trial *t, enum tab tab, struct error *e)
{
	const struct map *m = t->m;
	struct buf sql;
	enum fault fault;
	bool any = false;
	enum rc rc;

	if (m->tabs[tab].name == NULL)
		return RC_OK;
	buf_init(&sql, MAP_SQL_SIZE);
	for (size_t i = 0; i < C_COUNT; i++) {
		if (m->cols[i].tab != tab || m->cols[i].info.name == NULL)
			continue;
		buf_puts(&sql, any ? ", " : "SELECT ");
		buf_puts(&sql, m->cols[i].sql);
		any = true;
	}
	buf_printf(&sql, " FROM %s LIMIT 0", m->tabs[tab].sql);
	rc = may(t, &sql, &fault, e);
	if (rc == RC_OK && fault == FAULT_GRANT)
		want(t, "SELECT", m->tabs[tab].sql);
	buf_release(&sql);
	return rc;
}

static enum rc
try_lower(struct trial *t, struct error *e)
{
	const char *qty = t->m->cols[C_LEVEL_QTY].sql;
	const char *key = t->m->cols[C_LEVEL_KEY].sql;
	const char *table = t->m->tabs[T_LEVEL].sql;
	struct buf sql;
	enum fault fault;
	enum rc rc;

	buf_init(&sql, MAP_SQL_SIZE);
	buf_printf(&sql, "UPDATE %s SET %s = %s - ? WHERE %s = ? AND %s >= ?",
	    table, qty, qty, key, qty);
	rc = may(t, &sql, &fault, e);
	if (rc == RC_OK && fault == FAULT_GRANT) {
		buf_reset(&sql);
		buf_printf(&sql, "UPDATE (%s)", qty);
		want(t, buf_str(&sql), table);
	}
	buf_release(&sql);
	return rc;
}

/* In a GRANT on a whole schema '_' and '%' of its name are wildcards. */
static void
put_schema(struct buf *b, const char *name)
{
	struct buf escaped;

	buf_init(&escaped, LIMIT_LINE);
	for (; *name != '\0'; name++) {
		if (*name == '_' || *name == '%')
			buf_putc(&escaped, '\\');
		buf_putc(&escaped, *name);
	}
	map_quote(b, buf_str(&escaped));
	buf_puts(b, ".*");
	buf_release(&escaped);
}

static enum rc
try_own(struct trial *t, struct error *e)
{
	static const char *const each[][2] = {
		{ "INSERT INTO ", ".claim (attempt, item, kind, qty) VALUES "
				  "(?, ?, 'take', ?)" },
		{ "SELECT kind FROM ", ".claim WHERE attempt = ?" },
		{ "UPDATE ",
		    ".claim SET returned = returned + ? WHERE attempt = ?" },
		{ "INSERT INTO ", ".give_back (give_back, item, attempt, qty)"
				  " VALUES (?, ?, ?, ?)" },
		{ "INSERT INTO ", ".probe (id, token) VALUES (?, ?)" },
	};
	struct buf sql;
	enum fault fault = FAULT_NONE;
	bool grant = false;
	enum rc rc = RC_OK;

	buf_init(&sql, MAP_SQL_SIZE);
	for (size_t i = 0; i < sizeof(each) / sizeof(each[0]) && rc == RC_OK;
	     i++) {
		buf_reset(&sql);
		buf_puts(&sql, each[i][0]);
		map_quote(&sql, t->s->stock_own_schema);
		buf_puts(&sql, each[i][1]);
		rc = may(t, &sql, &fault, e);
		grant = grant || fault == FAULT_GRANT;
		t->out->schema = t->out->schema || fault == FAULT_MAPPING;
	}
	if (grant) {
		buf_reset(&sql);
		put_schema(&sql, t->s->stock_own_schema);
		want(t, "SELECT, INSERT, UPDATE, DELETE", buf_str(&sql));
	}
	buf_release(&sql);
	return rc;
}

static enum rc
try_all(struct trial *t, struct error *e)
{
	enum rc rc = RC_OK;

	for (int tab = 0; tab < T_COUNT && rc == RC_OK; tab++)
		rc = try_read(t, (enum tab)tab, e);
	if (rc == RC_OK && t->s->stock_access == ACCESS_WRITE)
		rc = try_lower(t, e);
	if (rc == RC_OK && t->s->stock_access == ACCESS_WRITE)
		rc = try_own(t, e);
	return rc;
}

enum rc
own_missing(const struct map *m, struct link *l, const struct settings *s,
    struct own_missing *out, struct error *e)
{
	struct trial t = { m, l, s, out };
	enum rc rc;

	memset(out, 0, sizeof(*out));
	buf_init(&out->grants, LIMIT_OWN);
	/* MySQL does not even prepare an UPDATE in a read-only session */
	rc = link_do(l, "SET SESSION TRANSACTION READ WRITE", e);
	if (rc != RC_OK)
		return rc;
	rc = try_all(&t, e);
	if (rc == RC_OK)
		rc = link_do(l, "SET SESSION TRANSACTION READ ONLY", e);
	if (rc == RC_OK && buf_rc(&out->grants) != RC_OK)
		rc = error_set(e, buf_rc(&out->grants), "no memory for grants");
	return rc;
}

void
own_missing_release(struct own_missing *o)
{
	buf_release(&o->grants);
}

static enum rc
prepare_taken(struct link *l, const struct settings *s, struct link_query **q,
    struct error *e)
{
	struct buf sql;
	enum rc rc;

	buf_init(&sql, MAP_SQL_SIZE);
	buf_puts(&sql, "SELECT attempt, item, returned >= qty FROM ");
	map_quote(&sql, s->stock_own_schema);
	buf_puts(&sql, ".claim WHERE kind = 'take' AND attempt IN (?");
	for (int i = 1; i < OWN_ATTEMPTS; i++)
		buf_puts(&sql, ", ?");
	buf_putc(&sql, ')');
	rc = buf_rc(&sql);
	if (rc == RC_OK)
		rc = link_prepare(l, buf_str(&sql), q, e);
	else
		(void)error_set(e, rc, "no memory for a statement");
	buf_release(&sql);
	return rc;
}

enum rc
own_taken(struct link *l, const struct settings *s, struct link_query **q,
    const char *const *attempts, size_t n, own_taken_put *put, void *ctx,
    struct error *e)
{
	const char *args[OWN_ATTEMPTS];
	const char *attempt, *item, *back;
	enum rc rc = RC_OK;

	assert(n > 0 && n <= OWN_ATTEMPTS);
	/* what is left over asks for the last one again */
	for (size_t i = 0; i < OWN_ATTEMPTS; i++)
		args[i] = attempts[i < n ? i : n - 1];
	if (*q == NULL)
		rc = prepare_taken(l, s, q, e);
	if (rc == RC_OK)
		rc = link_run(*q, args, OWN_ATTEMPTS, e);
	while (rc == RC_OK && (rc = link_next(*q, e)) == RC_OK) {
		attempt = link_text(*q, 0, NULL);
		item = link_text(*q, 1, NULL);
		back = link_text(*q, 2, NULL);
		if (attempt != NULL && item != NULL && back != NULL)
			rc = put(ctx, attempt, item, back[0] == '1', e);
	}
	if (*q != NULL)
		link_reset(*q);
	return rc == RC_NOTFOUND ? RC_OK : rc;
}

static enum rc
prepare_claims(struct link *l, const struct settings *s, struct link_query **q,
    struct error *e)
{
	struct buf sql;
	enum rc rc;

	buf_init(&sql, MAP_SQL_SIZE);
	buf_puts(&sql, "SELECT item, kind, qty, returned FROM ");
	map_quote(&sql, s->stock_own_schema);
	buf_puts(&sql, ".claim WHERE attempt = ? ORDER BY item");
	rc = buf_rc(&sql);
	if (rc == RC_OK)
		rc = link_prepare(l, buf_str(&sql), q, e);
	else
		(void)error_set(e, rc, "no memory for a statement");
	buf_release(&sql);
	return rc;
}

static enum rc
read_claim(const struct link_query *q, struct own_claim *c, struct error *e)
{
	const char *qty = link_text(q, 2, NULL);
	const char *returned = link_text(q, 3, NULL);

	c->item = link_text(q, 0, NULL);
	c->kind = link_text(q, 1, NULL);
	if (c->item == NULL || c->kind == NULL ||
	    num_parse(qty, 0, INT64_MAX, &c->qty) != RC_OK ||
	    num_parse(returned, 0, INT64_MAX, &c->returned) != RC_OK)
		return error_set(e, RC_INVALID, "a claim is none of ours");
	return RC_OK;
}

enum rc
own_claims(struct link *l, const struct settings *s, const char *attempt,
    own_claim_put *put, void *ctx, struct error *e)
{
	struct link_query *q = NULL;
	struct own_claim c;
	enum rc rc;

	rc = prepare_claims(l, s, &q, e);
	if (rc == RC_OK)
		rc = link_run(q, &attempt, 1, e);
	while (rc == RC_OK && (rc = link_next(q, e)) == RC_OK) {
		rc = read_claim(q, &c, e);
		if (rc == RC_OK)
			rc = put(ctx, &c, e);
	}
	link_free(q);
	return rc == RC_NOTFOUND ? RC_OK : rc;
}

static enum rc
prepare_kept(struct link *l, const struct settings *s, struct link_query **q,
    struct error *e)
{
	struct buf sql;
	enum rc rc;

	buf_init(&sql, MAP_SQL_SIZE);
	buf_puts(&sql, "SELECT item, kind, qty, returned, attempt FROM ");
	map_quote(&sql, s->stock_own_schema);
	buf_puts(&sql, ".claim WHERE kind = 'take' AND returned < qty AND "
		       "made_at BETWEEN FROM_UNIXTIME(?) AND FROM_UNIXTIME(?)"
		       " ORDER BY attempt, item");
	rc = buf_rc(&sql);
	if (rc == RC_OK)
		rc = link_prepare(l, buf_str(&sql), q, e);
	else
		(void)error_set(e, rc, "no memory for a statement");
	buf_release(&sql);
	return rc;
}

enum rc
own_kept(struct link *l, const struct settings *s, int64_t from, int64_t to,
    own_kept_put *put, void *ctx, struct error *e)
{
	const char *args[2], *attempt;
	struct link_query *q = NULL;
	struct own_claim c;
	char times[2][24];
	enum rc rc;

	(void)snprintf(times[0], sizeof(times[0]), "%" PRId64, from);
	(void)snprintf(times[1], sizeof(times[1]), "%" PRId64, to);
	args[0] = times[0];
	args[1] = times[1];
	rc = prepare_kept(l, s, &q, e);
	if (rc == RC_OK)
		rc = link_run(q, args, 2, e);
	while (rc == RC_OK && (rc = link_next(q, e)) == RC_OK) {
		attempt = link_text(q, 4, NULL);
		rc = read_claim(q, &c, e);
		if (rc == RC_OK && attempt != NULL)
			rc = put(ctx, attempt, &c, e);
	}
	link_free(q);
	return rc == RC_NOTFOUND ? RC_OK : rc;
}
