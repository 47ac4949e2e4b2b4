#include "config.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

#include "base/limits.h"
#include "base/log.h"
#include "base/text.h"
#include "stock/schema.h"
#include "syncd/stream_impl.h"

struct variables {
	char log_bin[8], format[16], gtids[32];
};

static enum rc
read_variables(struct stream *st, struct variables *v, struct error *e)
{
	static const char sql[] =
	    "SHOW GLOBAL VARIABLES WHERE Variable_name IN "
	    "('log_bin', 'binlog_format', 'gtid_mode')";
	struct link_query *q = NULL;
	enum rc rc;

	rc = link_prepare(st->w->link, sql, &q, e);
	if (rc == RC_OK)
		rc = link_run(q, NULL, 0, e);
	while (rc == RC_OK && (rc = link_next(q, e)) == RC_OK) {
		const char *name = link_text(q, 0, NULL);
		const char *value = link_text(q, 1, NULL);

		if (name == NULL || value == NULL)
			continue;
		if (strcasecmp(name, "log_bin") == 0)
			text_copy(v->log_bin, sizeof(v->log_bin), value);
		else if (strcasecmp(name, "gtid_mode") == 0)
			text_copy(v->gtids, sizeof(v->gtids), value);
		else
			text_copy(v->format, sizeof(v->format), value);
	}
	link_free(q);
	return rc == RC_NOTFOUND ? RC_OK : rc;
}

/* MySQL from 9.6 on writes what a foreign key changes; nobody else does. */
static bool
logs_cascades(const struct link *l)
{
	int64_t major = 0, minor = 0;
	const char *v = link_version(l);
	size_t n = strspn(v, "0123456789"), m;

	if (link_is_mariadb(l) || n == 0 || n > 3 || v[n] != '.')
		return false;
	m = strspn(v + n + 1, "0123456789");
	for (size_t i = 0; i < n; i++)
		major = major * 10 + (v[i] - '0');
	for (size_t i = 0; i < m && i < 3; i++)
		minor = minor * 10 + (v[n + 1 + i] - '0');
	return major > 9 || (major == 9 && minor >= 6);
}

static bool
cascades(const char *ddl)
{
	static const char *const rules[] = { "ON DELETE CASCADE",
		"ON DELETE SET NULL", "ON UPDATE CASCADE",
		"ON UPDATE SET NULL" };

	for (size_t i = 0; i < sizeof(rules) / sizeof(rules[0]); i++)
		if (strstr(ddl, rules[i]) != NULL)
			return true;
	return false;
}

static enum rc
check_table(struct stream *st, const struct map_table *t, struct error *e)
{
	struct link *l = st->w->link;
	struct link_query *q = NULL;
	bool transactions;
	char engine[64];
	const char *ddl;
	struct buf sql;
	enum rc rc;

	rc = schema_engine(l, t->schema, t->name, engine, &transactions, e);
	if (rc == RC_OK && engine[0] == '\0')
		return error_set(e, RC_INVALID,
		    "\"%s\" is a view: its changes are logged under other "
		    "names",
		    t->name);
	if (rc != RC_OK || logs_cascades(l))
		return rc;
	buf_init(&sql, LIMIT_LINE);
	buf_puts(&sql, "SHOW CREATE TABLE ");
	map_quote(&sql, t->schema);
	buf_putc(&sql, '.');
	map_quote(&sql, t->name);
	rc = link_prepare(l, buf_str(&sql), &q, e);
	if (rc == RC_OK)
		rc = link_run(q, NULL, 0, e);
	if (rc == RC_OK)
		rc = link_next(q, e);
	if (rc == RC_OK) {
		ddl = link_text(q, 1, NULL);
		if (ddl == NULL || cascades(ddl))
			rc = error_set(e, RC_INVALID,
			    "\"%s\" is changed by a foreign key, which the "
			    "server does not log",
			    t->name);
	}
	link_free(q);
	buf_release(&sql);
	return rc;
}

/* A name of other letters may be written in another character set in a
 * statement, or with a back quote doubled. */
static bool
is_plain(const char *name)
{
	for (; *name != '\0'; name++)
		if (!isalnum((unsigned char)*name) && *name != '_')
			return false;
	return true;
}

enum rc
stream_map(struct stream *st, struct error *e)
{
	enum rc rc = RC_OK;

	for (int i = 0; i < MAP_PARTS && rc == RC_OK; i++) {
		struct stream_part *p = &st->part[i];

		p->mapped = map_table(st->w->map, (enum map_part)i, &p->table);
		if (!p->mapped)
			continue;
		p->plain = is_plain(p->table.name) && is_plain(p->table.schema);
		p->charset = CHARSET_BINARY;
		if (p->table.key_kind == MAP_KEY_TEXT &&
		    charset_of_name(p->table.charset, &p->charset) != RC_OK)
			return error_set(e, RC_INVALID,
			    "the key of \"%s\" is in the character set %s, "
			    "which is not converted here",
			    p->table.name, p->table.charset);
		rc = check_table(st, &p->table, e);
	}
	return rc == RC_OK ? stream_rules(st, e) : rc;
}

enum rc
stream_check(struct stream *st, struct error *e)
{
	struct variables v = { "", "", "" };
	struct work *w = st->w;
	bool changed;
	enum rc rc;

	rc = map_check(w->map, w->link, &changed, e);
	if (changed)
		work_forget_queries(w);
	if (rc == RC_OK)
		rc = read_variables(st, &v, e);
	if (rc != RC_OK)
		return rc;
	if (strcasecmp(v.log_bin, "ON") != 0)
		return error_set(e, RC_INVALID,
		    "the stock system keeps no binlog (log_bin is off)");
	if (strcasecmp(v.format, "ROW") != 0)
		return error_set(e, RC_INVALID,
		    "the stock system logs statements (binlog_format is %s)",
		    v.format);
	if (!st->at.mariadb && strcasecmp(v.gtids, "ON") != 0)
		return error_set(e, RC_INVALID,
		    "the stock system has no GTIDs (gtid_mode is \"%s\")",
		    v.gtids);
	return stream_map(st, e);
}

/* -- the probe ----------------------------------------------------------- */

static enum rc
write_probe(struct stream *st, struct error *e)
{
	struct link *l = st->w->link;
	struct link_query *q = NULL;
	const char *args[] = { st->probe };
	struct buf sql;
	enum rc rc;

	buf_init(&sql, LIMIT_LINE);
	buf_puts(&sql, "REPLACE INTO ");
	map_quote(&sql, st->w->s->stock_own_schema);
	buf_puts(&sql, ".probe (id, token) VALUES (1, ?)");
	rc = link_do(l, "SET SESSION TRANSACTION READ WRITE", e);
	if (rc == RC_OK) {
		rc = link_prepare(l, buf_str(&sql), &q, e);
		if (rc == RC_OK)
			rc = link_run(q, args, 1, e);
		link_free(q);
		st->w->fault = rc == RC_OK ? FAULT_NONE : link_fault(l);
		if (link_do(l, "SET SESSION TRANSACTION READ ONLY",
			rc == RC_OK ? e : NULL) != RC_OK &&
		    rc == RC_OK)
			rc = RC_IO;
	}
	buf_release(&sql);
	return rc;
}

enum rc
stream_probe(struct stream *st, bool must, struct error *e)
{
	struct error why = ERROR_NONE;
	enum rc rc;

	if (st->w->s->stock_access == ACCESS_READ && !must)
		return error_set(e, RC_INVALID,
		    "with stock.access = read there is no row to prove the "
		    "log by");
	rc = uid_random(st->probe, e);
	if (rc == RC_OK && st->w->s->stock_access == ACCESS_WRITE)
		rc = write_probe(st, &why);
	else if (rc == RC_OK)
		st->probe[0] = '\0';
	if (rc == RC_OK)
		return RC_OK;
	st->probe[0] = '\0';
	if (!must || st->w->fault == FAULT_AWAY)
		return error_set(e, rc == RC_IO ? RC_IO : RC_INVALID,
		    "no row could be written to prove the log by: %s",
		    why.text);
	log_event(LOG_WARN,
	    "following the log without proof that it holds all: %s", why.text);
	st->w->fault = FAULT_NONE;
	return RC_OK;
}
