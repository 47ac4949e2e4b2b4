/*
 * Places where a run may be stopped, and what is lost there: the linker puts
 * these before lib/stock's link and lib/db's units.
 */
#include "config.h"

#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include "stock/link.h"
#include "t/moment_impl.h"

static struct {
	struct moment *m;
	const char *at, *lose;
	moment_act *act;
	int n, seen;
	bool inside;
	char last[48];
} stop;

void
moment_at(struct moment *m, const char *place, int n, moment_act *act)
{
	if (stop.act != NULL || stop.lose != NULL)
		ok(0, "no run came to \"%s\" as was expected",
		    stop.lose != NULL ? stop.lose : stop.at);
	memset(&stop, 0, sizeof(stop));
	stop.m = m;
	stop.at = place;
	stop.n = n;
	stop.act = act;
}

void
moment_lose(const char *place)
{
	stop.lose = place;
}

bool
moment_came(void)
{
	bool came = stop.act == NULL;

	stop.act = NULL;
	return came;
}

const char *
moment_place(void)
{
	return stop.last;
}

bool
moment_inside(void)
{
	return stop.inside;
}

/* Whether what is done here is lost. */
bool
moment_pass(const char *before, const char *what)
{
	moment_act *act = stop.act;
	char name[48];

	if (stop.inside || stop.m == NULL)
		return false;
	(void)snprintf(name, sizeof(name), "%s%s", before, what);
	if (act != NULL && (stop.at == NULL || strcmp(stop.at, name) == 0) &&
	    ++stop.seen == stop.n) {
		memcpy(stop.last, name, sizeof(stop.last));
		stop.inside = true;
		stop.act = NULL;
		act(stop.m);
		stop.inside = false;
	}
	if (stop.lose == NULL || strcmp(stop.lose, name) != 0)
		return false;
	stop.lose = NULL;
	return true;
}

/*** The sales database ***/

enum rc __real_db_unit(
    struct db *db, db_work *fn, void *ctx, struct error *e) CHECKED;
enum rc __wrap_db_unit(
    struct db *db, db_work *fn, void *ctx, struct error *e) CHECKED;

enum rc
__wrap_db_unit(struct db *db, db_work *fn, void *ctx, struct error *e)
{
	enum rc rc;

	(void)moment_pass("", "unit");
	rc = __real_db_unit(db, fn, ctx, e);
	(void)moment_pass("did ", "unit");
	return rc;
}

/*** The stock server ***/

enum rc __real_link_open_write(const struct settings *s, struct link **out,
    enum fault *fault, struct error *e) CHECKED;
enum rc __wrap_link_open_write(const struct settings *s, struct link **out,
    enum fault *fault, struct error *e) CHECKED;
enum rc __real_link_do(
    struct link *l, const char *sql, struct error *e) CHECKED;
enum rc __wrap_link_do(
    struct link *l, const char *sql, struct error *e) CHECKED;
enum rc __real_link_prepare(struct link *l, const char *sql,
    struct link_query **out, struct error *e) CHECKED;
enum rc __wrap_link_prepare(struct link *l, const char *sql,
    struct link_query **out, struct error *e) CHECKED;
enum rc __real_link_run(struct link_query *q, const char *const *args, size_t n,
    struct error *e) CHECKED;
enum rc __wrap_link_run(struct link_query *q, const char *const *args, size_t n,
    struct error *e) CHECKED;

static char statement[40]; /* what was prepared last */

enum rc
__wrap_link_open_write(const struct settings *s, struct link **out,
    enum fault *fault, struct error *e)
{
	struct link_query *q = NULL;
	enum rc rc = __real_link_open_write(s, out, fault, e);

	if (rc != RC_OK)
		return rc;
	rc =
	    __real_link_do(*out, "SET SESSION innodb_lock_wait_timeout = 0", e);
	if (rc == RC_OK)
		rc = __real_link_prepare(*out, "SELECT CONNECTION_ID()", &q, e);
	if (rc == RC_OK)
		rc = __real_link_run(q, NULL, 0, e);
	if (rc == RC_OK)
		rc = link_next(q, e);
	if (rc == RC_OK)
		moment_linked(link_text(q, 0, NULL));
	link_free(q);
	return rc;
}

static enum rc
cut(struct link *l, struct error *e)
{
	(void)shutdown(link_socket(l), SHUT_RDWR);
	link_set_fault(l, FAULT_AWAY);
	return error_set(e, RC_IO, "the test has cut the link");
}

enum rc
__wrap_link_do(struct link *l, const char *sql, struct error *e)
{
	enum rc rc;

	if (moment_pass("", sql)) {
		(void)!cut(l, e);
		moment_link_is_gone();
		error_clear(e);
	}
	rc = __real_link_do(l, sql, e);
	return moment_pass("did ", sql) && rc == RC_OK ? cut(l, e) : rc;
}

enum rc
__wrap_link_prepare(
    struct link *l, const char *sql, struct link_query **out, struct error *e)
{
	const char *table = strstr(sql, ".claim") != NULL       ? "claim"
			    : strstr(sql, ".give_back") != NULL ? "give_back"
								: "level";

	(void)snprintf(statement, sizeof(statement), "%.*s %s",
	    (int)strcspn(sql, " "), sql, table);
	return __real_link_prepare(l, sql, out, e);
}

enum rc
__wrap_link_run(
    struct link_query *q, const char *const *args, size_t n, struct error *e)
{
	char name[sizeof(statement)];
	enum rc rc;

	memcpy(name, statement, sizeof(name)); /* another run prepares too */
	(void)moment_pass("", name);
	rc = __real_link_run(q, args, n, e);
	(void)moment_pass("did ", name);
	return rc;
}
