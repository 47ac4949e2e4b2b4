#include "config.h"

#include <assert.h>
#include <mysql.h>
#include <mysqld_error.h>
#include <errmsg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/limits.h"
#include "base/text.h"
#include "stock/linked.h"

#define CONNECT_SECONDS 5 /* a server in the same region answers in 50 ms */
#define DUMP_SECONDS 3    /* a dump has several heartbeats in it */
#define WRITE_SECONDS 8   /* a row's lock is waited for 3 s */
#define READ_SECONDS 30   /* the digests of a chunk of pictures take longest */

/* In MySQL's numbering but not in MariaDB's header. */
#define ER_MYSQL_ACCOUNT_LOCKED 3118
#define ER_MYSQL_TABLE_ACCESS_BY_PLUGIN 3619

static const char *const names[] = { [FAULT_NONE] = "none",
	[FAULT_AWAY] = "unreachable",
	[FAULT_PASSWORD] = "password",
	[FAULT_TLS] = "tls",
	[FAULT_GRANT] = "grant",
	[FAULT_MAPPING] = "mapping",
	[FAULT_ENGINE] = "engine",
	[FAULT_BUSY] = "busy",
	[FAULT_TWICE] = "twice",
	[FAULT_OTHER] = "other" };

const char *
fault_name(enum fault fault)
{
	return names[fault];
}

/* The server's number for what went wrong; the client library's from 2000. */
static enum fault
fault_of(unsigned number)
{
	switch (number) {
	case CR_CONNECTION_ERROR:
	case CR_CONN_HOST_ERROR:
	case CR_UNKNOWN_HOST:
	case CR_SERVER_GONE_ERROR:
	case CR_SERVER_LOST:
	case CR_SSL_CONNECTION_ERROR:
	case ER_CON_COUNT_ERROR:
	case ER_SERVER_SHUTDOWN:
	case ER_NORMAL_SHUTDOWN:
	case ER_TOO_MANY_USER_CONNECTIONS:
	case ER_CONNECTION_KILLED:
		return FAULT_AWAY;
	case ER_ACCESS_DENIED_ERROR:
	case ER_ACCESS_DENIED_NO_PASSWORD_ERROR:
	case ER_HOST_NOT_PRIVILEGED:
	case ER_MUST_CHANGE_PASSWORD:
	case ER_MUST_CHANGE_PASSWORD_LOGIN:
	case ER_MYSQL_ACCOUNT_LOCKED:
	case CR_AUTH_PLUGIN_CANNOT_LOAD:
		return FAULT_PASSWORD;
	case ER_DBACCESS_DENIED_ERROR:
	case ER_TABLEACCESS_DENIED_ERROR:
	case ER_COLUMNACCESS_DENIED_ERROR:
	case ER_SPECIFIC_ACCESS_DENIED_ERROR:
	case ER_MYSQL_TABLE_ACCESS_BY_PLUGIN:
		return FAULT_GRANT;
	case ER_BAD_DB_ERROR:
	case ER_BAD_FIELD_ERROR:
	case ER_NO_SUCH_TABLE:
	case ER_VIEW_INVALID:
		return FAULT_MAPPING;
	case ER_LOCK_WAIT_TIMEOUT:
	case ER_LOCK_DEADLOCK:
	case ER_TABLE_DEF_CHANGED:
	case ER_NEED_REPREPARE:
		return FAULT_BUSY;
	case ER_DUP_ENTRY:
		return FAULT_TWICE;
	}
	return FAULT_OTHER;
}

static enum rc
rc_of(enum fault fault)
{
	switch (fault) {
	case FAULT_NONE:
		return RC_OK;
	case FAULT_AWAY:
		return RC_IO;
	case FAULT_PASSWORD:
	case FAULT_TLS:
	case FAULT_GRANT:
		return RC_DENIED;
	case FAULT_MAPPING:
	case FAULT_ENGINE:
	case FAULT_TWICE:
		return RC_INVALID;
	case FAULT_BUSY:
		return RC_CONFLICT;
	case FAULT_OTHER:
		break;
	}
	return RC_DB;
}

enum rc
link_refused(struct link *l, unsigned number, const char *text, struct error *e)
{
	l->fault = fault_of(number);
	if (number == CR_OUT_OF_MEMORY)
		return error_set(e, RC_NOMEM, "no memory for the stock system");
	return error_set(
	    e, rc_of(l->fault), "stock system: %s (%u)", text, number);
}

/*
 * 2026 stands for every trouble of TLS, a server that dies during the
 * handshake included: that one is only away.
 */
static bool
is_certificate(const char *text)
{
	return strstr(text, "eof") == NULL && strstr(text, "EOF") == NULL &&
	       strstr(text, "timed out") == NULL &&
	       strstr(text, "reset") == NULL;
}

static enum rc
connect_failed(struct link *l, struct error *e)
{
	const struct settings *s = l->s;
	unsigned number = mysql_errno(l->m);
	const char *text = mysql_error(l->m);

	l->fault = fault_of(number);
	if (number == CR_SSL_CONNECTION_ERROR && is_certificate(text))
		l->fault = FAULT_TLS;
	switch (l->fault) {
	case FAULT_TLS:
		return error_set(e, RC_DENIED,
		    "no verified TLS to the stock system \"%s\": check "
		    "stock.ca \"%s\", the server's certificate and the name "
		    "in stock.host: %s",
		    s->stock_host, s->stock_ca, text);
	case FAULT_PASSWORD:
		return error_set(e, RC_DENIED,
		    "the stock system refused \"%s\": check stock.user, "
		    "stock.password and the host the account is for: %s",
		    s->stock_user, text);
	case FAULT_AWAY:
		return error_set(e, RC_IO,
		    "could not reach the stock system: check stock.host, "
		    "stock.port and the network: %s (%u)",
		    text, number);
	case FAULT_NONE:
	case FAULT_GRANT:
	case FAULT_MAPPING:
	case FAULT_ENGINE:
	case FAULT_BUSY:
	case FAULT_TWICE:
	case FAULT_OTHER:
		break;
	}
	return link_refused(l, number, text, e);
}

static enum rc
option(
    struct link *l, enum mysql_option which, const void *value, struct error *e)
{
	if (mysql_optionsv(l->m, which, value) == 0)
		return RC_OK;
	l->fault = FAULT_OTHER;
	return error_set(
	    e, RC_INVALID, "libmariadb lacks option %d", (int)which);
}

static enum rc
options(struct link *l, struct error *e)
{
	const unsigned connect = CONNECT_SECONDS, wait = l->wait;
	const my_bool yes = 1;
	const struct settings *s = l->s;
	bool tcp = s->stock_socket[0] == '\0';
	enum rc rc;

	if (tcp && s->stock_ca[0] == '\0') {
		l->fault = FAULT_TLS;
		return error_set(e, RC_DENIED,
		    "stock.ca is not set: it names "
		    "the certificates that vouch for stock.host");
	}
	if (tcp && access(s->stock_ca, R_OK) != 0) {
		l->fault = FAULT_TLS;
		return error_errno(e, RC_DENIED,
		    "could not read stock.ca \"%s\"", s->stock_ca);
	}
	rc = option(l, MYSQL_SET_CHARSET_NAME, "utf8mb4", e);
	if (rc == RC_OK)
		rc = option(l, MYSQL_OPT_CONNECT_TIMEOUT, &connect, e);
	if (rc == RC_OK)
		rc = option(l, MYSQL_OPT_READ_TIMEOUT, &wait, e);
	if (rc == RC_OK)
		rc = option(l, MYSQL_OPT_WRITE_TIMEOUT, &wait, e);
	if (rc == RC_OK)
		rc = option(l, MYSQL_REPORT_DATA_TRUNCATION, &yes, e);
	/* VERIFY is what makes the library insist on TLS; ENFORCE does not */
	if (rc == RC_OK && tcp)
		rc = option(l, MYSQL_OPT_SSL_VERIFY_SERVER_CERT, &yes, e);
	if (rc == RC_OK && tcp)
		rc = option(l, MYSQL_OPT_SSL_CA, s->stock_ca, e);
	return rc;
}

/*
 * A server may be set up with modes that change what a statement means or
 * pad what it returns; a DDL of the legacy system may hold a lock for long.
 */
static enum rc
session(struct link *l, struct error *e)
{
	static const char *const set[] = {
		"SET NAMES utf8mb4",
		"SET SESSION sql_mode = 'STRICT_ALL_TABLES'",
		"SET SESSION lock_wait_timeout = 5",
		"SET SESSION TRANSACTION ISOLATION LEVEL REPEATABLE READ",
		"SET SESSION TRANSACTION READ ONLY",
	};
	enum rc rc = RC_OK;

	for (size_t i = 0; i < sizeof(set) / sizeof(set[0]) && rc == RC_OK; i++)
		rc = link_do(l, set[i], e);
	return rc;
}

/* 'name'@'host' with quotes doubled, from name@host; names may hold '@'. */
static void
quote_user(struct link *l, const char *user)
{
	const char *at = strrchr(user, '@');
	struct buf b;

	buf_init(&b, sizeof(l->user) - 1);
	buf_putc(&b, '\'');
	for (const char *p = user; *p != '\0'; p++) {
		if (p == at) {
			buf_puts(&b, "'@'");
			continue;
		}
		if (*p == '\'')
			buf_putc(&b, '\'');
		buf_putc(&b, *p);
	}
	buf_putc(&b, '\'');
	text_copy(l->user, sizeof(l->user), buf_str(&b));
	buf_release(&b);
}

/* MariaDB has no server_uuid: what an administrator tells its servers apart by
 * must do (doc/decisions.md). */
static enum rc
identify(struct link *l, struct error *e)
{
	static const char mysql[] =
	    "SELECT CONCAT('mysql ', @@server_uuid), CURRENT_USER()";
	static const char mariadb[] =
	    "SELECT CONCAT('mariadb ', @@server_id, ' ', @@hostname, ':', "
	    "@@port), CURRENT_USER()";
	struct link_query *q = NULL;
	const char *id, *user;
	size_t len;
	enum rc rc;

	rc = link_prepare(l, l->mariadb ? mariadb : mysql, &q, e);
	if (rc == RC_OK)
		rc = link_run(q, NULL, 0, e);
	if (rc == RC_OK)
		rc = link_next(q, e);
	if (rc == RC_OK) {
		id = link_text(q, 0, &len);
		if (id != NULL && len < sizeof(l->identity))
			memcpy(l->identity, id, len + 1);
		user = link_text(q, 1, &len);
		quote_user(l, user != NULL ? user : "");
	}
	link_free(q);
	return rc;
}

static enum rc
connect_to(struct link *l, struct error *e)
{
	const struct settings *s = l->s;
	bool tcp = s->stock_socket[0] == '\0';
	enum rc rc;

	rc = options(l, e);
	if (rc != RC_OK)
		return rc;
	/*
	 * No default database: every table is named with its schema, and an
	 * account without any grant can still be told which it lacks.
	 * CLIENT_FOUND_ROWS: an UPDATE that matches counts, as in lib/db.
	 */
	if (mysql_real_connect(l->m, tcp ? s->stock_host : NULL, s->stock_user,
		s->stock_password, NULL, tcp ? (unsigned)s->stock_port : 0,
		tcp ? NULL : s->stock_socket, CLIENT_FOUND_ROWS) == NULL)
		return connect_failed(l, e);
	if (tcp && mysql_get_ssl_cipher(l->m) == NULL) {
		l->fault = FAULT_TLS;
		return error_set(e, RC_DENIED,
		    "the link to the stock system \"%s\" is not encrypted: "
		    "switch TLS on in the server",
		    s->stock_host);
	}
	l->mariadb = mariadb_connection(l->m) != 0;
	text_copy(l->version, sizeof(l->version), mysql_get_server_info(l->m));
	rc = session(l, e);
	if (rc == RC_OK)
		rc = identify(l, e);
	return rc;
}

static enum rc
open_link(const struct settings *s, unsigned wait, struct link **out,
    enum fault *fault, struct error *e)
{
	struct link *l;
	enum rc rc;

	*out = NULL;
	*fault = FAULT_OTHER;
	l = calloc(1, sizeof(*l));
	if (l == NULL)
		return error_set(e, RC_NOMEM, "no memory for a link");
	l->s = s;
	l->wait = wait;
	l->m = mysql_init(NULL);
	if (l->m == NULL) {
		free(l);
		return error_set(e, RC_NOMEM, "no memory for a link");
	}
	rc = connect_to(l, e);
	*fault = l->fault;
	if (rc == RC_OK)
		*out = l;
	else
		link_close(l);
	return rc;
}

enum rc
link_open(const struct settings *s, struct link **out, enum fault *fault,
    struct error *e)
{
	return open_link(s, READ_SECONDS, out, fault, e);
}

enum rc
link_open_dump(const struct settings *s, struct link **out, enum fault *fault,
    struct error *e)
{
	return open_link(s, DUMP_SECONDS, out, fault, e);
}

enum rc
link_open_write(const struct settings *s, struct link **out, enum fault *fault,
    struct error *e)
{
	static const char *const set[] = {
		"SET SESSION TRANSACTION READ WRITE",
		"SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED",
		"SET SESSION innodb_lock_wait_timeout = 3",
		"SET SESSION wait_timeout = 5",
	};
	enum rc rc;

	rc = open_link(s, WRITE_SECONDS, out, fault, e);
	for (size_t i = 0; i < sizeof(set) / sizeof(set[0]) && rc == RC_OK; i++)
		rc = link_do(*out, set[i], e);
	if (rc != RC_OK && *out != NULL) {
		*fault = (*out)->fault;
		link_close(*out);
		*out = NULL;
	}
	return rc;
}

void
link_close(struct link *l)
{
	if (l == NULL)
		return;
	mysql_close(l->m);
	free(l);
}

enum fault
link_fault(const struct link *l)
{
	return l->fault;
}

const char *
link_identity(const struct link *l)
{
	return l->identity;
}

bool
link_is_mariadb(const struct link *l)
{
	return l->mariadb;
}

const char *
link_version(const struct link *l)
{
	return l->version;
}

const char *
link_user(const struct link *l)
{
	return l->user;
}

const char *
link_cipher(const struct link *l)
{
	const char *cipher = mysql_get_ssl_cipher(l->m);

	return cipher != NULL ? cipher : "";
}

int
link_socket(const struct link *l)
{
	return (int)mysql_get_socket(l->m);
}

void
link_set_fault(struct link *l, enum fault fault)
{
	l->fault = fault;
}

void
link_guard(struct link *l, bool (*busy)(const void *ctx), const void *ctx)
{
	l->busy = busy;
	l->busy_ctx = ctx;
}

void
link_assert_idle(const struct link *l)
{
	assert(l->busy == NULL || !l->busy(l->busy_ctx));
}

enum rc
link_do(struct link *l, const char *sql, struct error *e)
{
	link_assert_idle(l);
	if (mysql_real_query(l->m, sql, strlen(sql)) != 0)
		return link_refused(l, mysql_errno(l->m), mysql_error(l->m), e);
	return RC_OK;
}
