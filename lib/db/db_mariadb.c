/*
 * MariaDB and MySQL, through libmariadb, which is loaded when it is wanted: a
 * page of a shop on SQLite does not pay for mapping it.
 *
 * Results are stored on our side at once (mysql_stmt_store_result), so that
 * other statements can run while rows are read.  A session:
 *
 *	sql_mode          strict, and with SQLite's idea of literals and names
 *	isolation         REPEATABLE READ for views, READ COMMITTED for units:
 *	                  a unit sees what was committed last and takes no gap
 *	                  locks, which are most of the deadlocks
 *	lock waits        DB_BUSY_MS
 *	CLIENT_FOUND_ROWS matched rows are counted, as SQLite does
 */
#include "config.h"

#include <assert.h>
#include <dlfcn.h>
#include <mysql.h>
#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "db/db_driver.h"

#define LIBRARY "libmariadb.so.3"
#define CONNECT_SECONDS 5
#define TALK_SECONDS 30 /* above every lock wait */

/* Every call of the library that we make. */
/* clang-format off */
#define CALLS(X) \
	X(mysql_init) X(mysql_options) X(mysql_real_connect) X(mysql_close) \
	X(mysql_errno) X(mysql_error) X(mysql_real_query) \
	X(mysql_stmt_init) X(mysql_stmt_prepare) X(mysql_stmt_param_count) \
	X(mysql_stmt_field_count) X(mysql_stmt_bind_param) \
	X(mysql_stmt_bind_result) X(mysql_stmt_execute) \
	X(mysql_stmt_store_result) X(mysql_stmt_fetch) \
	X(mysql_stmt_fetch_column) X(mysql_stmt_free_result) \
	X(mysql_stmt_affected_rows) X(mysql_stmt_insert_id) \
	X(mysql_stmt_result_metadata) X(mysql_fetch_field_direct) \
	X(mysql_free_result) X(mysql_stmt_close) X(mysql_stmt_errno) \
	X(mysql_stmt_error)
/* clang-format on */

struct api {
#define MEMBER(f) __typeof__(f) *f;
	CALLS(MEMBER)
#undef MEMBER
};

static const struct {
	const char *name;
	size_t offset;
} calls[] = {
#define NAMED(f) { #f, offsetof(struct api, f) },
	CALLS(NAMED)
#undef NAMED
};

struct link {
	struct api api;
	void
	    *library; /* never closed: it may have started threads of its own */
	MYSQL *my;    /* owned; NULL when there is no link */
	bool dead;    /* my is of no more use */
	bool reader;
	int64_t last_id;
	/* owned copies, to connect again */
	char *host, *socket, *user, *password, *name, *ca;
	unsigned port;
};

/* A column's value as it came. */
struct value {
	int64_t n;
	char *bytes; /* owned, cap long */
	size_t cap;
	unsigned long len;
	my_bool null, bad;
};

struct stmt {
	struct link *link;
	const struct sql_entry *entry;
	MYSQL_STMT *st; /* owned */
	size_t cols;
	struct value *values; /* owned, one a column */
	MYSQL_BIND *binds;    /* owned, likewise */
};

/* ---- errors ---- */

/* Server errors (below 2000 or above 2999) that say more than "failed". */
static const struct {
	unsigned code;
	enum rc rc;
} words[] = {
	/* somebody was faster */
	{ 1020, RC_CONFLICT }, /* record has changed since last read */
	{ 1047, RC_CONFLICT }, /* Galera: node not ready */
	{ 1205, RC_CONFLICT }, /* lock wait timeout */
	{ 1213, RC_CONFLICT }, /* deadlock, Galera certification */
	{ 3101, RC_CONFLICT }, /* group replication rolled back */
	{ 3572, RC_CONFLICT }, /* NOWAIT lock not available */
	/* a rule of the schema refused it */
	{ 1048, RC_INVALID }, /* NOT NULL */
	{ 1062, RC_INVALID }, /* UNIQUE */
	{ 1264, RC_INVALID }, /* out of range */
	{ 1364, RC_INVALID }, /* no default */
	{ 1366, RC_INVALID }, /* not text of the column's character set */
	{ 1406, RC_INVALID }, /* too long */
	{ 1451, RC_INVALID }, /* FOREIGN KEY: row is referred to */
	{ 1452, RC_INVALID }, /* FOREIGN KEY: no such row */
	{ 3819, RC_INVALID }, /* CHECK, MySQL */
	{ 4025, RC_INVALID }, /* CHECK, MariaDB */
	/* rights */
	{ 1044, RC_DENIED }, { 1045, RC_DENIED }, { 1142, RC_DENIED },
	{ 1143, RC_DENIED }, { 1227, RC_DENIED },
	{ 1792, RC_DENIED }, /* read-only transaction */
	/* others */
	{ 1038, RC_NOMEM },    /* out of sort memory */
	{ 1049, RC_NOTFOUND }, /* no such database */
	{ 1153, RC_TOOBIG },   /* packet too large */
	{ 2008, RC_NOMEM },    /* out of memory on our side */
	{ 2020, RC_TOOBIG },   /* packet too large */
};

static enum rc
word_of(unsigned code)
{
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (words[i].code == code)
			return words[i].rc;
	return RC_DB;
}

/* The connection is of no more use. */
static bool
is_lost(unsigned code)
{
	switch (code) {
	case 1053: /* server shutdown in progress */
	case 1927: /* connection was killed */
	case 2002: /* cannot connect through the socket */
	case 2003: /* cannot connect */
	case 2006: /* server has gone away */
	case 2012: /* error in server handshake */
	case 2013: /* lost connection during query */
	case 2014: /* commands out of sync: something was left unread */
	case 2026: /* TLS failed */
	case 2027: /* malformed packet */
	case 2055: /* lost connection at reading … */
	case 4031: /* disconnected because of inactivity */
		return true;
	default:
		return false;
	}
}

/* A UNIQUE rule's message quotes the value, which may be an address. */
static const char *
without_value(unsigned code, const char *text)
{
	const char *key;

	if (code != 1062)
		return text;
	key = strstr(text, "' for key ");
	for (const char *k = key; k != NULL; k = strstr(k + 1, "' for key "))
		key = k;
	return key != NULL ? key + 2 : "a UNIQUE rule";
}

static enum rc
refused(struct link *l, const char *what, unsigned code, const char *text,
    struct error *e)
{
	if (is_lost(code))
		l->dead = true;
	return error_set(e, word_of(code), "\"%s\": %s (%u)", what,
	    without_value(code, text), code);
}

static enum rc
link_failed(struct link *l, const char *what, struct error *e)
{
	return refused(
	    l, what, l->api.mysql_errno(l->my), l->api.mysql_error(l->my), e);
}

static enum rc
stmt_failed(struct stmt *st, struct error *e)
{
	struct link *l = st->link;

	return refused(l, st->entry->name, l->api.mysql_stmt_errno(st->st),
	    l->api.mysql_stmt_error(st->st), e);
}

static enum rc
no_memory(struct error *e)
{
	return error_set(e, RC_NOMEM, "out of memory");
}

/* ---- opening ---- */

static enum rc
load(struct link *l, struct error *e)
{
	l->library = dlopen(LIBRARY, RTLD_NOW | RTLD_LOCAL | RTLD_NODELETE);
	if (l->library == NULL)
		return error_set(e, RC_DB,
		    "could not load \"%s\", which db.engine = mariadb needs",
		    LIBRARY);
	for (size_t i = 0; i < sizeof(calls) / sizeof(calls[0]); i++) {
		void *call = dlsym(l->library, calls[i].name);

		if (call == NULL)
			return error_set(e, RC_DB, "\"%s\" has no \"%s\"",
			    LIBRARY, calls[i].name);
		memcpy((char *)&l->api + calls[i].offset, &call, sizeof(call));
	}
	return RC_OK;
}

static enum rc
query(struct link *l, const char *text, struct error *e)
{
	if (l->my == NULL || l->dead)
		return error_set(
		    e, RC_DB, "the sales database's server has gone away");
	if (l->api.mysql_real_query(l->my, text, strlen(text)) != 0)
		return link_failed(l, text, e);
	return RC_OK;
}

static enum rc
set_session(struct link *l, struct error *e)
{
	enum rc rc;

	rc = query(l,
	    "SET SESSION sql_mode = 'STRICT_ALL_TABLES,NO_ZERO_DATE,"
	    "NO_ZERO_IN_DATE,ERROR_FOR_DIVISION_BY_ZERO,ONLY_FULL_GROUP_BY,"
	    "NO_ENGINE_SUBSTITUTION,PIPES_AS_CONCAT,ANSI_QUOTES,"
	    "NO_BACKSLASH_ESCAPES', SESSION time_zone = '+00:00',"
	    " SESSION innodb_lock_wait_timeout = 5,"
	    " SESSION lock_wait_timeout = 5",
	    e);
	if (rc != RC_OK)
		return rc;
	return query(l,
	    l->reader
		? "SET SESSION TRANSACTION ISOLATION LEVEL REPEATABLE READ,"
		  " READ ONLY"
		: "SET SESSION TRANSACTION ISOLATION LEVEL REPEATABLE READ",
	    e);
}

_Static_assert(DB_BUSY_MS == 5000, "the lock waits of set_session are 5 s");

static void
hang_up(struct link *l)
{
	if (l->my != NULL)
		l->api.mysql_close(l->my);
	l->my = NULL;
	l->dead = false;
}

/* A socket, or TCP with a certificate that names the host. */
static enum rc
set_options(struct link *l, struct error *e)
{
	const unsigned connect = CONNECT_SECONDS, talk = TALK_SECONDS;
	const unsigned no = 0;
	const my_bool yes = 1;
	int bad = 0;

#define OPTION(o, v) bad |= l->api.mysql_options(l->my, (o), (v))
	OPTION(MYSQL_OPT_CONNECT_TIMEOUT, &connect);
	OPTION(MYSQL_OPT_READ_TIMEOUT, &talk);
	OPTION(MYSQL_OPT_WRITE_TIMEOUT, &talk);
	OPTION(MYSQL_OPT_LOCAL_INFILE, &no);
	OPTION(MYSQL_SET_CHARSET_NAME, "utf8mb4");
	if (l->socket[0] == '\0') {
		OPTION(MYSQL_OPT_SSL_CA, l->ca);
		OPTION(MYSQL_OPT_SSL_VERIFY_SERVER_CERT, &yes);
	}
#undef OPTION
	if (bad != 0)
		return error_set(e, RC_DB, "\"%s\" refused an option", LIBRARY);
	return RC_OK;
}

static enum rc
dial(struct link *l, struct error *e)
{
	bool local = l->socket[0] != '\0';
	enum rc rc;

	hang_up(l);
	l->my = l->api.mysql_init(NULL);
	if (l->my == NULL)
		return no_memory(e);
	rc = set_options(l, e);
	if (rc == RC_OK &&
	    l->api.mysql_real_connect(l->my, local ? NULL : l->host, l->user,
		l->password, l->name, local ? 0 : l->port,
		local ? l->socket : NULL, CLIENT_FOUND_ROWS) == NULL) {
		rc = link_failed(l, "connect", e);
		error_prefix(e, "could not reach the sales database");
	}
	if (rc == RC_OK)
		rc = set_session(l, e);
	if (rc != RC_OK)
		hang_up(l);
	return rc;
}

static void
close_link(void *link)
{
	struct link *l = link;

	hang_up(l);
	free(l->host);
	free(l->socket);
	free(l->user);
	if (l->password != NULL)
		explicit_bzero(l->password, strlen(l->password));
	free(l->password);
	free(l->name);
	free(l->ca);
	free(l);
}

static enum rc
copy_settings(struct link *l, const struct settings *s, struct error *e)
{
	l->host = strdup(s->db_host);
	l->socket = strdup(s->db_socket);
	l->user = strdup(s->db_user);
	l->password = strdup(s->db_password != NULL ? s->db_password : "");
	l->name = strdup(s->db_name);
	l->ca = strdup(s->db_ca);
	l->port = (unsigned)s->db_port;
	if (l->host == NULL || l->socket == NULL || l->user == NULL ||
	    l->password == NULL || l->name == NULL || l->ca == NULL)
		return no_memory(e);
	if (l->socket[0] == '\0' && l->ca[0] == '\0')
		return error_set(e, RC_INVALID,
		    "db.ca must name the CA file when db.socket is not set");
	return RC_OK;
}

static enum rc
open_link(
    const struct settings *s, enum db_how how, void **out, struct error *e)
{
	struct link *l;
	enum rc rc;

	l = calloc(1, sizeof(*l));
	if (l == NULL)
		return no_memory(e);
	l->reader = how == DB_OPEN_READ;
	rc = copy_settings(l, s, e);
	if (rc == RC_OK)
		rc = load(l, e);
	if (rc == RC_OK)
		rc = dial(l, e);
	if (rc != RC_OK) {
		close_link(l);
		return rc;
	}
	*out = l;
	return RC_OK;
}

static bool
lost(void *link)
{
	struct link *l = link;

	return l->my == NULL || l->dead;
}

static enum rc
relink(void *link, struct error *e)
{
	return dial(link, e);
}

/* ---- units ---- */

static enum rc
begin(void *link, enum db_begin kind, int64_t wait_ms, struct error *e)
{
	struct link *l = link;
	enum rc rc;

	(void)wait_ms;
	if (kind == DB_BEGIN_VIEW)
		return query(l,
		    "START TRANSACTION WITH CONSISTENT SNAPSHOT, READ ONLY", e);
	rc = query(l, "SET TRANSACTION ISOLATION LEVEL READ COMMITTED", e);
	if (rc != RC_OK)
		return rc;
	return query(l, "START TRANSACTION READ WRITE", e);
}

/*
 * A server that answers has decided: the unit is undone.  No answer, or one
 * that says that the session or the statement was killed, leaves it open.
 */
static enum rc
commit(void *link, struct error *e)
{
	struct link *l = link;
	struct error why = ERROR_NONE;
	unsigned code;
	enum rc rc;

	if (lost(l)) /* before anything could be committed */
		return query(l, "COMMIT", e);
	rc = query(l, "COMMIT", &why);
	if (rc == RC_OK)
		return RC_OK;
	code = l->api.mysql_errno(l->my);
	if (l->dead || (code >= 2000 && code < 3000) || code == 1317)
		rc = RC_UNCERTAIN;
	return error_set(e, rc, "%s", why.text);
}

static void
rollback(void *link)
{
	struct link *l = link;

	/* What cannot be rolled back is rolled back by the server, at the
	 * latest when the link is closed. */
	if (!lost(l) && query(l, "ROLLBACK", NULL) != RC_OK)
		l->dead = true;
}

/* ---- statements ---- */

static const char *
text_of(const struct sql_entry *entry)
{
	return entry->text != NULL ? entry->text : entry->mariadb;
}

static void
finish(void *stmt)
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
	struct link *l = st->link;

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

static enum rc
prepare(void *link, const struct sql_entry *entry, void **out, struct error *e)
{
	struct link *l = link;
	struct stmt *st;
	enum rc rc;

	if (lost(l))
		return query(l, "", e);
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
		rc =
		    prepare_text(st, text_of(entry), strlen(text_of(entry)), e);
	if (rc != RC_OK) {
		finish(st);
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
	if (lost(st->link))
		return query(st->link, "", e);
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
	return strstr(text_of(st->entry), "ON DUPLICATE KEY UPDATE") != NULL;
}

static enum rc
run(void *stmt, const struct db_arg *args, size_t nargs, int64_t *changed,
    struct error *e)
{
	struct stmt *st = stmt;
	struct link *l = st->link;
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

static void
reset(void *stmt)
{
	struct stmt *st = stmt;

	(void)st->link->api.mysql_stmt_free_result(st->st);
}

static enum rc
ask(void *stmt, const struct db_arg *args, size_t nargs, struct error *e)
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
	reset(st);
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

static enum rc
next(void *stmt, struct error *e)
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

static bool
col_null(void *stmt, unsigned col)
{
	return ((struct stmt *)stmt)->values[col].null != 0;
}

static int64_t
col_int(void *stmt, unsigned col)
{
	struct stmt *st = stmt;

	return st->values[col].null ? 0 : st->values[col].n;
}

static const void *
col_bytes(void *stmt, unsigned col, size_t *len)
{
	struct value *v = &((struct stmt *)stmt)->values[col];

	*len = v->null ? 0 : v->len;
	return v->null ? NULL : v->bytes;
}

static int64_t
last_id(void *link)
{
	return ((struct link *)link)->last_id;
}

static char
col_kind(void *stmt, unsigned col)
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

static enum rc
exec(void *link, const char *text, size_t n, bool *there, struct error *e)
{
	static const struct sql_entry entry = { "migration", "", "", NULL, NULL,
		NULL };
	struct link *l = link;
	struct stmt *st;
	enum rc rc;

	if (there != NULL)
		*there = false;
	if (lost(l))
		return query(l, "", e);
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
	finish(st);
	return rc;
}

const struct db_driver db_mariadb_driver = {
	.name = "mariadb",
	.open = open_link,
	.close = close_link,
	.begin = begin,
	.commit = commit,
	.rollback = rollback,
	.text = text_of,
	.prepare = prepare,
	.finish = finish,
	.run = run,
	.ask = ask,
	.next = next,
	.reset = reset,
	.col_null = col_null,
	.col_int = col_int,
	.col_bytes = col_bytes,
	.last_id = last_id,
	.col_kind = col_kind,
	.lost = lost,
	.relink = relink,
	.exec = exec,
};
