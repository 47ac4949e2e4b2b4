#include "config.h"

#include <errno.h>
#include <inttypes.h>
#include <libgen.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/money.h"
#include "stock/map.h"
#include "stock/own.h"
#include "syncd/report.h"
#include "syncd/store.h"
#include "syncd/stream.h"
#include "syncd/row.h"
#include "syncd/tell.h"
#include "syncd/work.h"

/* "name:    value", a line. */
static void line(const char *name, const char *fmt, ...) PRINTF_LIKE(2, 3);

static void
line(const char *name, const char *fmt, ...)
{
	va_list ap;

	(void)printf("%-12s ", name);
	va_start(ap, fmt);
	(void)vprintf(fmt, ap);
	va_end(ap);
	(void)putchar('\n');
}

/* -- syncd -n ------------------------------------------------------------ */

static bool
never(void)
{
	return false;
}

struct check {
	const struct settings *s;
	struct link *link;
	struct map *map;
	enum fault fault;
	bool log_tried, log_follows, log_grant; /* what the last one lacks */
};

static enum rc
count(struct check *c, enum map_sql which, const char *name, struct error *e)
{
	struct link_query *q = NULL;
	struct buf sql;
	enum rc rc;

	buf_init(&sql, MAP_SQL_SIZE);
	map_sql(c->map, which, &sql);
	rc = link_prepare(c->link, buf_str(&sql), &q, e);
	if (rc == RC_OK)
		rc = link_run(q, NULL, 0, e);
	if (rc == RC_OK)
		rc = link_next(q, e);
	if (rc == RC_OK)
		line(name, "%s rows", link_text(q, 0, NULL));
	link_free(q);
	buf_release(&sql);
	return rc;
}

static void
print_sample(const struct settings *s, const struct row *r)
{
	struct money m = { r->news.price, "" };
	struct buf b;

	memcpy(m.currency, s->shop_currency, 3);
	buf_init(&b, 64);
	money_put_decimal(&b, m);
	line("sample", "key \"%s\", name \"%s\", category \"%s\"", r->news.key,
	    r->news.name, r->news.category);
	line("", "price %s %s, level %" PRId64 ", text of %zu bytes%s%s",
	    buf_str(&b), s->shop_currency, r->news.level, strlen(r->news.text),
	    r->news.flaw != FLAW_NONE ? "; " : "",
	    r->news.flaw != FLAW_NONE ? row_flaw_text(r->news.flaw) : "");
	buf_release(&b);
}

/* The first item that would be shown, of the first chunk.  Level rows beside
 * the first are not looked at: this is a sample. */
static enum rc
find_sample(
    struct check *c, struct link_query *q, struct row *r, struct error *e)
{
	struct row_raw raw;
	const char *level;
	enum rc rc;

	while ((rc = link_next(q, e)) == RC_OK) {
		raw.key = link_text(q, MAP_KEY, &raw.key_len);
		raw.name = link_text(q, MAP_NAME, &raw.name_len);
		raw.text = link_text(q, MAP_TEXT, &raw.text_len);
		raw.price = link_text(q, MAP_PRICE, NULL);
		raw.category = link_text(q, MAP_CATEGORY, &raw.category_len);
		raw.visible =
		    map_shows(c->map, link_text(q, MAP_VISIBLE, NULL));
		level = link_text(q, MAP_LEVEL_ROW, NULL);
		row_start(r, &raw, c->s->shop_currency);
		row_level(r, level != NULL && level[0] == '1',
		    link_text(q, MAP_QTY, NULL));
		rc = row_end(r, (enum settings_rows)c->s->stock_rows, e);
		if (rc != RC_OK || (r->usable && r->news.visible))
			break;
	}
	return rc;
}

static enum rc
sample(struct check *c, struct error *e)
{
	struct link_query *q = NULL;
	struct buf sql;
	struct row r;
	enum rc rc;

	row_init(&r);
	buf_init(&sql, MAP_SQL_SIZE);
	map_sql(c->map, MAP_ITEMS_FIRST, &sql);
	rc = link_prepare(c->link, buf_str(&sql), &q, e);
	if (rc == RC_OK)
		rc = link_run(q, NULL, 0, e);
	if (rc == RC_OK)
		rc = find_sample(c, q, &r, e);
	if (rc == RC_OK)
		print_sample(c->s, &r);
	else if (rc == RC_NOTFOUND)
		line("sample", "no item that would be shown");
	link_free(q);
	buf_release(&sql);
	row_release(&r);
	return rc == RC_NOTFOUND ? RC_OK : rc;
}

static enum rc
connect_and_map(struct check *c, struct error *e)
{
	bool changed;
	enum rc rc;

	rc = link_open(c->s, &c->link, &c->fault, e);
	if (rc != RC_OK)
		return rc;
	line(
	    "server", "%s (%s)", link_identity(c->link), link_version(c->link));
	line("link", "%s",
	    link_cipher(c->link)[0] != '\0' ? link_cipher(c->link)
					    : "local socket");
	line("account", "%s", link_user(c->link));
	rc = map_check(c->map, c->link, &changed, e);
	if (rc != RC_OK) {
		c->fault = map_fault(c->map);
		return rc;
	}
	line("mapping", "fits");
	for (size_t i = 0; map_advice(c->map, i) != NULL; i++)
		line("advice", "%s", map_advice(c->map, i));
	return RC_OK;
}

/* stock.access = read has no row of ours to prove by that the log holds all. */
static bool
lacks_proof(const struct settings *s)
{
	return s->stock_mode == MODE_AUTO && s->stock_access == ACCESS_READ;
}

/* Whether the log could be followed; a server that is away now was there a
 * moment ago, and is told like any other reason. */
static void
look_at_log(struct check *c)
{
	struct work w = { .s = c->s, .link = c->link, .map = c->map };
	struct error why = ERROR_NONE;
	enum rc rc;

	if (c->s->stock_mode == MODE_POLL) {
		line("mode", "poll: stock.mode is poll");
		return;
	}
	w.stopping = never;
	rc = stream_try(&w, &why);
	work_forget_queries(&w);
	c->log_tried = true;
	c->log_follows = rc == RC_OK;
	c->log_grant = rc == RC_DENIED && w.fault == FAULT_GRANT;
	if (rc != RC_OK)
		line("mode", "poll: the log cannot be followed: %s", why.text);
	else if (lacks_proof(c->s))
		line("mode", "poll: the log could be followed, but with "
			     "stock.access = read only stock.mode = binlog "
			     "does so, without a proof that it holds all");
	else
		line("mode", "binlog");
}

static enum rc
look_at_rows(struct check *c, struct error *e)
{
	enum rc rc;

	rc = count(c, MAP_COUNT_ITEMS, "items", e);
	if (rc == RC_OK)
		rc = count(c, MAP_COUNT_LEVELS, "levels", e);
	if (rc == RC_OK)
		rc = sample(c, e);
	if (rc != RC_OK)
		c->fault = link_fault(c->link);
	return rc;
}

static void
print_ddl(const struct settings *s)
{
	struct buf b;

	buf_init(&b, LIMIT_OWN);
	own_ddl(s, &b);
	(void)printf("\n-- our own schema on the stock server, needed for "
		     "stock.access = write\n%s",
	    buf_str(&b));
	buf_release(&b);
}

static void
put_log_grant(const struct check *c, struct buf *b)
{
	buf_printf(
	    b, "GRANT REPLICATION SLAVE ON *.* TO %s;\n", link_user(c->link));
}

/* With stock.mode = auto: nothing needs it, changes come sooner. */
static void
print_log_grant(const struct check *c)
{
	struct buf b;

	if (!c->log_grant || c->s->stock_mode != MODE_AUTO)
		return;
	buf_init(&b, LIMIT_LINE);
	put_log_grant(c, &b);
	(void)printf("\n-- advice: without this grant changes are polled\n%s",
	    buf_str(&b));
	buf_release(&b);
}

/* What the grants say counts more than that a table of ours is not seen. */
static enum status
print_missing(struct check *c, struct error *e)
{
	struct own_missing m = { 0 };
	enum status status = STATUS_OK;
	enum fault fault;
	enum rc rc;

	rc = own_missing(c->map, c->link, c->s, &m, e);
	if (rc == RC_OK && c->log_grant && c->s->stock_mode == MODE_BINLOG) {
		put_log_grant(c, &m.grants);
		m.ngrants++;
	}
	if (rc != RC_OK) {
		status = status_of(link_fault(c->link), rc);
	} else if (m.ngrants > 0) {
		(void)printf("\n-- missing grants\n%s", buf_str(&m.grants));
		status = STATUS_GRANT;
		(void)error_set(e, RC_DENIED,
		    "%zu grants are missing: run the statements above",
		    m.ngrants);
	} else {
		(void)printf("\n-- no grant is missing\n");
	}
	if (status == STATUS_OK && m.schema) {
		status = STATUS_SCHEMA;
		(void)error_set(e, RC_NOTFOUND,
		    "our schema \"%s\" lacks tables: run the statements above, "
		    "or set stock.access = read",
		    c->s->stock_own_schema);
	}
	own_missing_release(&m);
	if (status == STATUS_OK) {
		rc = own_check(c->link, c->s, &fault, e);
		status = status_of(fault, rc);
	}
	if (status == STATUS_OK && c->s->stock_mode == MODE_BINLOG &&
	    c->log_tried && !c->log_follows) {
		status = STATUS_LOG;
		(void)error_set(e, RC_INVALID,
		    "the log cannot be followed (see \"mode\" above): mend "
		    "that, or set stock.mode = auto");
	}
	return status;
}

static enum status
check_stock(struct check *c, struct error *e)
{
	struct error missing = ERROR_NONE;
	enum status status, more = STATUS_OK;
	enum rc rc;

	rc = connect_and_map(c, e);
	if (rc == RC_OK)
		look_at_log(c);
	if (rc == RC_OK)
		rc = look_at_rows(c, e);
	status = status_of(c->fault, rc);
	if (c->link == NULL)
		return status;
	print_ddl(c->s);
	/* also when the mapping fails: a grant may be the reason */
	if (status == STATUS_OK || status == STATUS_GRANT)
		more = print_missing(c, &missing);
	print_log_grant(c);
	if (status != STATUS_OK)
		return status;
	if (more != STATUS_OK)
		(void)error_set(e, missing.rc, "%s", missing.text);
	return more;
}

/* It is made at the start, where that can be. */
static void
check_folder(const char *folder)
{
	char *copy = strdup(folder);
	bool there = access(folder, F_OK) == 0, may;

	may = there || copy == NULL ? access(folder, R_OK | W_OK | X_OK) == 0
				    : access(dirname(copy), W_OK | X_OK) == 0;
	if (may)
		line("pictures", "folder \"%s\" %s", folder,
		    there ? "can be written" : "will be made");
	else
		line("pictures",
		    "cannot be kept: folder \"%s\" cannot be %s by user %ld: "
		    "%s",
		    folder, there ? "written" : "made", (long)geteuid(),
		    strerror(errno));
	free(copy);
}

/* A store that fails is told and no more: levels are mirrored all the same. */
static void
check_store(const struct settings *s)
{
	struct error e = ERROR_NONE;
	struct store *st = NULL;
	char first;
	size_t got;
	enum rc rc;

	if (s->picture_kind == PICTURE_NONE) {
		line("pictures", "none: stock.picture.kind is none");
		return;
	}
	if (s->pictures_store == STORE_FOLDER) {
		check_folder(s->pictures_folder);
		return;
	}
	rc = store_open(s, &st, &e);
	if (rc == RC_OK)
		rc = store_head(st, "none/none", &first, 1, &got, &e);
	store_close(st);
	if (rc == RC_OK || rc == RC_NOTFOUND)
		line("pictures", "S3 bucket \"%s\" answers", s->s3_bucket);
	else
		line("pictures", "cannot be kept: %s", e.text);
}

enum status
report_check(const struct settings *s, struct error *e)
{
	struct check c = { .s = s };
	enum status status;

	if (map_new(s, &c.map, e) != RC_OK)
		return e->rc == RC_NOMEM ? STATUS_FAILED : STATUS_USAGE;
	line("settings", "can be read");
	check_store(s);
	status = check_stock(&c, e);
	link_close(c.link);
	map_free(c.map);
	return status;
}

/* -- syncd --status ------------------------------------------------------ */

enum status
report_status(const struct settings *s, enum report_form form, struct error *e)
{
	static void (*const write[])(const struct tell *, struct buf *) = {
		[REPORT_TEXT] = tell_text,
		[REPORT_JSON] = tell_json,
		[REPORT_PROMETHEUS] = tell_prometheus,
	};
	struct tell t;
	struct buf b;
	enum status status = STATUS_OK;

	buf_init(&b, LIMIT_TELL);
	if (tell_gather(s, &t, e) != RC_OK) {
		status = STATUS_SALES;
	} else {
		write[form](&t, &b);
		if (buf_rc(&b) != RC_OK) {
			(void)error_set(
			    e, buf_rc(&b), "no memory for the status");
			status = STATUS_FAILED;
		} else {
			(void)fputs(buf_str(&b), stdout);
		}
	}
	if (status == STATUS_OK && !t.healthy) {
		status = STATUS_UNHEALTHY;
		(void)error_set(e, RC_IO, "the mirror does not follow: %s",
		    t.m.problem[0] != '\0' ? t.m.problem : "is syncd running?");
	}
	tell_release(&t);
	buf_release(&b);
	return status;
}
