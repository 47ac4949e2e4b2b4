#include "config.h"

#include <assert.h>
#include <mysql.h>
#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "stock/linked.h"

#define SMALL_VALUE 256 /* most values are shorter; grows where not */
#define LINK_ARGS 32

struct column {
	char *bytes; /* owned */
	size_t cap;
	unsigned long len;
	my_bool null;
};

struct link_query {
	struct link *l; /* borrowed */
	MYSQL_STMT *st;
	MYSQL_BIND *binds; /* owned, one a column */
	struct column *cols;
	unsigned ncols;
	bool running;
};

/* What goes wrong while rows are streamed is noted at the link alone. */
static enum rc
query_failed(struct link_query *q, struct error *e)
{
	MYSQL *m = q->l->m;

	if (mysql_stmt_errno(q->st) == 0)
		return link_refused(q->l, mysql_errno(m), mysql_error(m), e);
	return link_refused(
	    q->l, mysql_stmt_errno(q->st), mysql_stmt_error(q->st), e);
}

static enum rc
make_columns(struct link_query *q, struct error *e)
{
	q->ncols = mysql_stmt_field_count(q->st);
	if (q->ncols == 0)
		return RC_OK;
	q->cols = calloc(q->ncols, sizeof(*q->cols));
	q->binds = calloc(q->ncols, sizeof(*q->binds));
	if (q->cols == NULL || q->binds == NULL)
		return error_set(e, RC_NOMEM, "no memory for columns");
	for (unsigned i = 0; i < q->ncols; i++) {
		q->cols[i].bytes = malloc(SMALL_VALUE + 1);
		if (q->cols[i].bytes == NULL)
			return error_set(e, RC_NOMEM, "no memory for columns");
		q->cols[i].cap = SMALL_VALUE;
	}
	return RC_OK;
}

enum rc
link_prepare(
    struct link *l, const char *sql, struct link_query **out, struct error *e)
{
	struct link_query *q;
	enum rc rc = RC_OK;

	link_assert_idle(l);
	*out = NULL;
	q = calloc(1, sizeof(*q));
	if (q == NULL)
		return error_set(e, RC_NOMEM, "no memory for a query");
	q->l = l;
	q->st = mysql_stmt_init(l->m);
	if (q->st == NULL)
		rc = error_set(e, RC_NOMEM, "no memory for a query");
	else if (mysql_stmt_prepare(q->st, sql, strlen(sql)) != 0)
		rc = query_failed(q, e);
	if (rc == RC_OK)
		rc = make_columns(q, e);
	if (rc != RC_OK) {
		link_free(q);
		return rc;
	}
	*out = q;
	return RC_OK;
}

/* MYSQL_BIND holds what is only read without const. */
static void *
not_const(const void *p)
{
	union {
		const void *from;
		void *to;
	} u = { p };

	return u.to;
}

static enum rc
bind_columns(struct link_query *q, struct error *e)
{
	for (unsigned i = 0; i < q->ncols; i++) {
		MYSQL_BIND *b = &q->binds[i];
		struct column *c = &q->cols[i];

		memset(b, 0, sizeof(*b));
		b->buffer_type = MYSQL_TYPE_STRING;
		b->buffer = c->bytes;
		b->buffer_length = (unsigned long)c->cap;
		b->length = &c->len;
		b->is_null = &c->null;
	}
	if (q->ncols > 0 && mysql_stmt_bind_result(q->st, q->binds) != 0)
		return query_failed(q, e);
	return RC_OK;
}

enum rc
link_run(struct link_query *q, const char *const *args, size_t nargs,
    struct error *e)
{
	MYSQL_BIND binds[LINK_ARGS];

	link_assert_idle(q->l);
	assert(nargs <= LINK_ARGS);
	assert(nargs == mysql_stmt_param_count(q->st));
	link_reset(q);
	memset(binds, 0, sizeof(binds));
	for (size_t i = 0; i < nargs; i++) {
		binds[i].buffer_type =
		    args[i] == NULL ? MYSQL_TYPE_NULL : MYSQL_TYPE_STRING;
		binds[i].buffer = not_const(args[i]);
		binds[i].buffer_length =
		    args[i] == NULL ? 0 : (unsigned long)strlen(args[i]);
	}
	if (nargs > 0 && mysql_stmt_bind_param(q->st, binds) != 0)
		return query_failed(q, e);
	if (mysql_stmt_execute(q->st) != 0)
		return query_failed(q, e);
	q->running = true;
	return bind_columns(q, e);
}

int64_t
link_changed(const struct link_query *q)
{
	return (int64_t)mysql_stmt_affected_rows(q->st);
}

static enum rc
grow(struct link_query *q, unsigned i, struct error *e)
{
	struct column *c = &q->cols[i];
	char *bytes;

	if (c->len > LIMIT_VALUE)
		return error_set(e, RC_TOOBIG,
		    "a value of %lu bytes in the stock system is above %d",
		    c->len, LIMIT_VALUE);
	bytes = realloc(c->bytes, c->len + 1);
	if (bytes == NULL)
		return error_set(
		    e, RC_NOMEM, "no memory for %lu bytes", c->len);
	c->bytes = bytes;
	c->cap = c->len;
	q->binds[i].buffer = bytes;
	q->binds[i].buffer_length = (unsigned long)c->cap;
	if (mysql_stmt_fetch_column(q->st, &q->binds[i], i, 0) != 0)
		return query_failed(q, e);
	return RC_OK;
}

static enum rc
grow_all(struct link_query *q, struct error *e)
{
	enum rc rc = RC_OK;

	for (unsigned i = 0; i < q->ncols && rc == RC_OK; i++)
		if (!q->cols[i].null && q->cols[i].len > q->cols[i].cap)
			rc = grow(q, i, e);
	return rc == RC_OK ? bind_columns(q, e) : rc;
}

enum rc
link_next(struct link_query *q, struct error *e)
{
	unsigned long len;
	enum rc rc = RC_OK;
	int status;

	assert(q->running);
	link_assert_idle(q->l);
	status = mysql_stmt_fetch(q->st);
	if (status == MYSQL_NO_DATA) {
		link_reset(q);
		return RC_NOTFOUND;
	}
	if (status == MYSQL_DATA_TRUNCATED)
		rc = grow_all(q, e);
	else if (status != 0)
		rc = query_failed(q, e);
	if (rc != RC_OK)
		return rc;
	for (unsigned i = 0; i < q->ncols; i++) {
		len = q->cols[i].null ? 0 : q->cols[i].len;
		q->cols[i].bytes[len] = '\0';
	}
	return RC_OK;
}

const char *
link_text(const struct link_query *q, unsigned col, size_t *len)
{
	const struct column *c = &q->cols[col];

	assert(col < q->ncols);
	if (len != NULL)
		*len = c->null ? 0 : c->len;
	return c->null ? NULL : c->bytes;
}

void
link_reset(struct link_query *q)
{
	if (!q->running)
		return;
	q->running = false;
	mysql_stmt_free_result(q->st);
}

void
link_free(struct link_query *q)
{
	if (q == NULL)
		return;
	if (q->st != NULL)
		mysql_stmt_close(q->st);
	for (unsigned i = 0; q->cols != NULL && i < q->ncols; i++)
		free(q->cols[i].bytes);
	free(q->cols);
	free(q->binds);
	free(q);
}
