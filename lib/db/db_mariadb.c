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
 *	idle in a unit    10 s, on MariaDB: who is stopped or asleep inside
 *	                  one does not keep its locks for hours
 *	CLIENT_FOUND_ROWS matched rows are counted, as SQLite does
 */
#include "config.h"

#include <dlfcn.h>
#include <stdlib.h>
#include <string.h>

#include "db/db_mariadb.h"

#define LIBRARY "libmariadb.so.3"
#define CONNECT_SECONDS 5
#define TALK_SECONDS 30 /* above every lock wait */

static const struct {
	const char *name;
	size_t offset;
} calls[] = {
#define NAMED(f) { #f, offsetof(struct api, f) },
	MARIADB_CALLS(NAMED)
#undef NAMED
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
	{ 1412, RC_CONFLICT }, /* a table changed since the view began */
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

enum rc
maria_refused(struct maria *l, const char *what, unsigned code,
    const char *text, struct error *e)
{
	if (is_lost(code))
		l->dead = true;
	return error_set(e, word_of(code), "\"%s\": %s (%u)", what,
	    without_value(code, text), code);
}

static enum rc
link_failed(struct maria *l, const char *what, struct error *e)
{
	return maria_refused(
	    l, what, l->api.mysql_errno(l->my), l->api.mysql_error(l->my), e);
}

static enum rc
no_memory(struct error *e)
{
	return error_set(e, RC_NOMEM, "out of memory");
}

/* ---- opening ---- */

static enum rc
load(struct maria *l, struct error *e)
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

enum rc
maria_query(struct maria *l, const char *text, struct error *e)
{
	if (l->my == NULL || l->dead)
		return error_set(
		    e, RC_DB, "the sales database's server has gone away");
	if (l->api.mysql_real_query(l->my, text, strlen(text)) != 0)
		return link_failed(l, text, e);
	return RC_OK;
}

static enum rc
set_session(struct maria *l, struct error *e)
{
	enum rc rc;

	rc = maria_query(l,
	    "SET SESSION sql_mode = 'STRICT_ALL_TABLES,NO_ZERO_DATE,"
	    "NO_ZERO_IN_DATE,ERROR_FOR_DIVISION_BY_ZERO,ONLY_FULL_GROUP_BY,"
	    "NO_ENGINE_SUBSTITUTION,PIPES_AS_CONCAT,ANSI_QUOTES,"
	    "NO_BACKSLASH_ESCAPES', SESSION time_zone = '+00:00',"
	    " SESSION innodb_lock_wait_timeout = 5,"
	    " SESSION lock_wait_timeout = 5"
	    " /*M! , SESSION idle_transaction_timeout = 10 */",
	    e);
	/* While DDL waits for a reader, all new readers wait for it. */
	if (rc == RC_OK && l->how == DB_OPEN_MAKE)
		rc = maria_query(l, "SET SESSION lock_wait_timeout = 1", e);
	if (rc != RC_OK)
		return rc;
	return maria_query(l,
	    l->how == DB_OPEN_READ
		? "SET SESSION TRANSACTION ISOLATION LEVEL REPEATABLE READ,"
		  " READ ONLY"
		: "SET SESSION TRANSACTION ISOLATION LEVEL REPEATABLE READ",
	    e);
}

_Static_assert(DB_BUSY_MS == 5000, "the lock waits of set_session are 5 s");

static void
hang_up(struct maria *l)
{
	if (l->my != NULL)
		l->api.mysql_close(l->my);
	l->my = NULL;
	l->dead = false;
}

/* A socket, or TCP with a certificate that names the host. */
static enum rc
set_options(struct maria *l, struct error *e)
{
	const unsigned connect = CONNECT_SECONDS, talk = TALK_SECONDS;
	const unsigned no = 0, tcp = MYSQL_PROTOCOL_TCP;
	const my_bool yes = 1;
	int bad = 0;

#define OPTION(o, v) bad |= l->api.mysql_options(l->my, (o), (v))
	OPTION(MYSQL_OPT_CONNECT_TIMEOUT, &connect);
	OPTION(MYSQL_OPT_READ_TIMEOUT, &talk);
	OPTION(MYSQL_OPT_WRITE_TIMEOUT, &talk);
	OPTION(MYSQL_OPT_LOCAL_INFILE, &no);
	OPTION(MYSQL_SET_CHARSET_NAME, "utf8mb4");
	if (l->socket[0] == '\0') {
		/* or "localhost" would mean the default socket */
		OPTION(MYSQL_OPT_PROTOCOL, &tcp);
		OPTION(MYSQL_OPT_SSL_CA, l->ca);
		OPTION(MYSQL_OPT_SSL_VERIFY_SERVER_CERT, &yes);
	}
#undef OPTION
	if (bad != 0)
		return error_set(e, RC_DB, "\"%s\" refused an option", LIBRARY);
	return RC_OK;
}

static enum rc
dial(struct maria *l, struct error *e)
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
	struct maria *l = link;

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
copy_settings(struct maria *l, const struct settings *s, struct error *e)
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
	struct maria *l;
	enum rc rc;

	l = calloc(1, sizeof(*l));
	if (l == NULL)
		return no_memory(e);
	l->how = how;
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

bool
maria_lost(void *link)
{
	struct maria *l = link;

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
	struct maria *l = link;
	enum rc rc;

	(void)wait_ms;
	if (kind == DB_BEGIN_VIEW)
		return maria_query(l,
		    "START TRANSACTION WITH CONSISTENT SNAPSHOT, READ ONLY", e);
	rc =
	    maria_query(l, "SET TRANSACTION ISOLATION LEVEL READ COMMITTED", e);
	if (rc != RC_OK)
		return rc;
	return maria_query(l, "START TRANSACTION READ WRITE", e);
}

/*
 * A server that answers has decided: the unit is undone.  No answer, or one
 * that says that the session or the statement was killed, leaves it open.
 */
static enum rc
commit(void *link, struct error *e)
{
	struct maria *l = link;
	struct error why = ERROR_NONE;
	unsigned code;
	enum rc rc;

	if (maria_lost(l)) /* before anything could be committed */
		return maria_query(l, "COMMIT", e);
	rc = maria_query(l, "COMMIT", &why);
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
	struct maria *l = link;

	/* What cannot be rolled back is rolled back by the server, at the
	 * latest when the link is closed. */
	if (!maria_lost(l) && maria_query(l, "ROLLBACK", NULL) != RC_OK)
		l->dead = true;
}

static int64_t
last_id(void *link)
{
	return ((struct maria *)link)->last_id;
}

const struct db_driver db_mariadb_driver = {
	.name = "mariadb",
	.open = open_link,
	.close = close_link,
	.begin = begin,
	.commit = commit,
	.rollback = rollback,
	.text = maria_text,
	.prepare = maria_prepare,
	.finish = maria_finish,
	.run = maria_run,
	.ask = maria_ask,
	.next = maria_next,
	.reset = maria_reset,
	.col_null = maria_col_null,
	.col_int = maria_col_int,
	.col_bytes = maria_col_bytes,
	.last_id = last_id,
	.col_kind = maria_col_kind,
	.lost = maria_lost,
	.relink = relink,
	.exec = maria_exec,
};
