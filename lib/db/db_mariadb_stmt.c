#include "config.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "db/db_mariadb.h"

/* A column's value as it came. */
struct value {
	int64_t n;
	char *bytes; /* owned, cap long */
	size_t cap;
	unsigned long len;
	my_bool null, bad;
};

struct stmt {
	struct maria *link;
	const struct sql_entry *entry;
	MYSQL_STMT *st; /* owned */
	size_t cols;
	struct value *values; /* owned, one a column */
	MYSQL_BIND *binds;    /* owned, likewise */
};

static enum rc
stmt_failed(struct stmt *st, struct error *e)
{
	struct maria *l = st->link;

	return maria_refused(l, st->entry->name,
	    l->api.mysql_stmt_errno(st->st), l->api.mysql_stmt_error(st->st),
	    e);
}

static enum rc
no_memory(struct error *e)
{
	return error_set(e, RC_NOMEM, "out of memory");
}

const char *
maria_text(const struct sql_entry *entry)
{
	return entry->text != NULL ? entry->text : entry->mariadb;
}

void
maria_finish(void *stmt)
{
	struct stmt *st = stmt;

	if (st->st != NULL)
		(void)st->link->api.mysql_stmt_close(st->st);
	for (size_t i = 0; st->values != NULL && i < st->cols; i++)
		free(st->values[i].bytes);
	free(st->values);
	free(st->binds);
	free(st);
}

static bool
is_int(const struct stmt *st, size_t col)
{
	return (st->entry->cols[col] | 0x20) == 'i';
}

/* Numbers are bound; of texts and bytes only the length, as each is fetched
 * when its size is known. */
static void
lay_out(struct stmt *st)
{
	for (size_t i = 0; i < st->cols; i++) {
		MYSQL_BIND *b = &st->binds[i];
		struct value *v = &st->values[i];

		b->length = &v->len;
		b->is_null = &v->null;
		b->error = &v->bad;
		if (is_int(st, i)) {
			b->buffer_type = MYSQL_TYPE_LONGLONG;
			b->buffer = &v->n;
			b->buffer_length = sizeof(v->n);
		} else {
			b->buffer_type = MYSQL_TYPE_BLOB;
		}
	}
}

/* The database is there, the schema is not: what shopctl migrate is for. */
static enum rc
prepare_failed(struct stmt *st, struct error *e)
{
	struct maria *l = st->link;

	if (l->api.mysql_stmt_errno(st->st) == 1146 &&
	    strstr(l->api.mysql_stmt_error(st->st), ".migration'") != NULL)
		return error_set(e, RC_NOTFOUND,
		    "the sales database has no schema: run shopctl migrate");
	return stmt_failed(st, e);
}

static enum rc
prepare_text(struct stmt *st, const char *text, size_t n, struct error *e)
{
	const struct api *api = &st->link->api;

	st->st = api->mysql_stmt_init(st->link->my);
	if (st->st == NULL)
		return no_memory(e);
	if (api->mysql_stmt_prepare(st->st, text, n) != 0)
		return prepare_failed(st, e);
	if (api->mysql_stmt_param_count(st->st) != strlen(st->entry->args) ||
	    api->mysql_stmt_field_count(st->st) != st->cols)
		return error_set(e, RC_INVALID,
		    "\"%s\" is not what the statement table says",
		    st->entry->name);
	return RC_OK;
}

enum rc
maria_prepare(
    void *link, const struct sql_entry *entry, void **out, struct error *e)
{
	struct maria *l = link;
	struct stmt *st;
	enum rc rc;

	if (maria_lost(l))
		return maria_query(l, "", e);
	st = calloc(1, sizeof(*st));
	if (st == NULL)
		return no_memory(e);
	st->link = l;
	st->entry = entry;
	st->cols = strlen(entry->cols);
	st->values = calloc(st->cols + 1, sizeof(*st->values));
	st->binds = calloc(st->cols + 1, sizeof(*st->binds));
	rc = st->values == NULL || st->binds == NULL ? no_memory(e) : RC_OK;
	if (rc == RC_OK)
		rc = prepare_text(
		    st, maria_text(entry), strlen(maria_text(entry)), e);
	if (rc != RC_OK) {
		maria_finish(st);
		return rc;
	}
	lay_out(st);
	*out = st;
	return RC_OK;
}

/* MYSQL_BIND serves both directions, so it knows no const; the library only
 * reads what parameters point at. */
static void *
unconst(const void *p)
{
	void *q;

	memcpy(&q, &p, sizeof(q));
	return q;
}

static enum rc
execute(
    struct stmt *st, const struct db_arg *args, size_t nargs, struct error *e)
{
	static const enum enum_field_types types[] = {
		[DB_T_NULL] = MYSQL_TYPE_NULL,
		[DB_T_INT] = MYSQL_TYPE_LONGLONG,
		[DB_T_TEXT] = MYSQL_TYPE_STRING,
		[DB_T_BLOB] = MYSQL_TYPE_BLOB,
	};
	const struct api *api = &st->link->api;
	MYSQL_BIND binds[LIMIT_SQL_ARGS];

	assert(nargs <= LIMIT_SQL_ARGS);
	memset(binds, 0, sizeof(binds));
	for (size_t i = 0; i < nargs; i++) {
		const struct db_arg *a = &args[i];

		binds[i].buffer_type = types[a->type];
		binds[i].buffer =
		    unconst(a->type == DB_T_INT ? (const void *)&a->n : a->p);
		binds[i].buffer_length = a->len;
	}
	if (maria_lost(st->link))
		return maria_query(st->link, "", e);
	if (nargs > 0 && api->mysql_stmt_bind_param(st->st, binds) != 0)
		return stmt_failed(st, e);
	if (api->mysql_stmt_execute(st->st) != 0)
		return stmt_failed(st, e);
	return RC_OK;
}

/* INSERT … ON DUPLICATE KEY UPDATE counts an updated row twice. */
static bool
is_upsert(const struct stmt *st)
{
	return strstr(maria_text(st->entry), "ON DUPLICATE KEY UPDATE") != NULL;
}

enum rc
maria_run(void *stmt, const struct db_arg *args, size_t nargs, int64_t *changed,
    struct error *e)
{
	struct stmt *st = stmt;
	struct maria *l = st->link;
	enum rc rc;

	rc = execute(st, args, nargs, e);
	if (rc != RC_OK)
		return rc;
	*changed = (int64_t)l->api.mysql_stmt_affected_rows(st->st);
	if (*changed == 2 && is_upsert(st))
		*changed = 1;
	l->last_id = (int64_t)l->api.mysql_stmt_insert_id(st->st);
	return RC_OK;
}

void
maria_reset(void *stmt)
{
	struct stmt *st = stmt;

	(void)st->link->api.mysql_stmt_free_result(st->st);
}

enum rc
maria_ask(void *stmt, const struct db_arg *args, size_t nargs, struct error *e)
{
	struct stmt *st = stmt;
	const struct api *api = &st->link->api;
	enum rc rc;

	rc = execute(st, args, nargs, e);
	if (rc != RC_OK)
		return rc;
	if (api->mysql_stmt_bind_result(st->st, st->binds) == 0 &&
	    api->mysql_stmt_store_result(st->st) == 0)
		return RC_OK;
	rc = stmt_failed(st, e);
	maria_reset(st);
	return rc;
}

/* Text and bytes of one column, with a NUL behind. */
static enum rc
fetch_bytes(struct stmt *st, unsigned col, struct error *e)
{
	struct value *v = &st->values[col];
	MYSQL_BIND b;
	my_bool null = 0, bad = 0;

	if (v->len > LIMIT_VALUE)
		return error_set(e, RC_TOOBIG, "\"%s\": column %u is too big",
		    st->entry->name, col);
	if (v->cap <= v->len) {
		size_t cap = v->len + v->len / 2 + 64;
		char *bytes = realloc(v->bytes, cap);

		if (bytes == NULL)
			return no_memory(e);
		v->bytes = bytes;
		v->cap = cap;
	}
	memset(&b, 0, sizeof(b));
	b.buffer_type = MYSQL_TYPE_BLOB;
	b.buffer = v->bytes;
	b.buffer_length = v->len;
	b.length = &v->len;
	b.is_null = &null;
	b.error = &bad;
	if (v->len > 0 &&
	    st->link->api.mysql_stmt_fetch_column(st->st, &b, col, 0) != 0)
		return stmt_failed(st, e);
	v->bytes[v->len] = '\0';
	return RC_OK;
}

static enum rc
fetch_values(struct stmt *st, struct error *e)
{
	for (unsigned i = 0; i < st->cols; i++) {
		struct value *v = &st->values[i];
		enum rc rc = RC_OK;

		if (v->null)
			continue;
		if (!is_int(st, i))
			rc = fetch_bytes(st, i, e);
		else if (v->bad)
			rc = error_set(e, RC_DB,
			    "\"%s\": column %u is not of type \"i\"",
			    st->entry->name, i);
		if (rc != RC_OK)
			return rc;
	}
	return RC_OK;
}

enum rc
maria_next(void *stmt, struct error *e)
{
	struct stmt *st = stmt;

	switch (st->link->api.mysql_stmt_fetch(st->st)) {
	case MYSQL_NO_DATA:
		return RC_NOTFOUND;
	case 0:
	case MYSQL_DATA_TRUNCATED: /* of what has its length bound only */
		return fetch_values(st, e);
	default:
		return stmt_failed(st, e);
	}
}

bool
maria_col_null(void *stmt, unsigned col)
{
	return ((struct stmt *)stmt)->values[col].null != 0;
}

int64_t
maria_col_int(void *stmt, unsigned col)
{
	struct stmt *st = stmt;

	return st->values[col].null ? 0 : st->values[col].n;
}

const void *
maria_col_bytes(void *stmt, unsigned col, size_t *len)
{
	struct value *v = &((struct stmt *)stmt)->values[col];

	*len = v->null ? 0 : v->len;
	return v->null ? NULL : v->bytes;
}

char
maria_col_kind(void *stmt, unsigned col)
{
	struct stmt *st = stmt;
	const struct api *api = &st->link->api;
	MYSQL_RES *meta = api->mysql_stmt_result_metadata(st->st);
	const MYSQL_FIELD *f;
	char kind;

	if (meta == NULL)
		return '?';
	f = api->mysql_fetch_field_direct(meta, col);
	switch (f->type) {
	case MYSQL_TYPE_TINY:
	case MYSQL_TYPE_SHORT:
	case MYSQL_TYPE_INT24:
	case MYSQL_TYPE_LONG:
	case MYSQL_TYPE_LONGLONG:
	case MYSQL_TYPE_DECIMAL:
	case MYSQL_TYPE_NEWDECIMAL: /* SUM() of integers */
		kind = 'i';
		break;
	default:
		kind = f->charsetnr == 63 ? 'b' : 't';
		break;
	}
	api->mysql_free_result(meta);
	return kind;
}

/* What a step of a migration says when it was done before: 1050 table exists,
 * 1060 column exists, 1061 index exists, 1091 nothing to drop, 1051 unknown
 * table, 1826 constraint exists, 3822 CHECK exists. */
static bool
says_there(unsigned code)
{
	return code == 1050 || code == 1060 || code == 1061 || code == 1091 ||
	       code == 1051 || code == 1826 || code == 3822;
}

enum rc
maria_exec(void *link, const char *text, size_t n, bool *there, struct error *e)
{
	static const struct sql_entry entry = { "migration", "", "", NULL, NULL,
		NULL };
	struct maria *l = link;
	struct stmt *st;
	enum rc rc;

	if (there != NULL)
		*there = false;
	if (maria_lost(l))
		return maria_query(l, "", e);
	st = calloc(1, sizeof(*st));
	if (st == NULL)
		return no_memory(e);
	st->link = l;
	st->entry = &entry;
	rc = prepare_text(st, text, n, e);
	if (rc == RC_OK)
		rc = execute(st, NULL, 0, e);
	if (rc != RC_OK && st->st != NULL && there != NULL)
		*there = says_there(l->api.mysql_stmt_errno(st->st));
	maria_finish(st);
	return rc;
}
