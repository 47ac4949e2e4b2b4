#include "config.h"

#include <dlfcn.h>
#include <mysql.h>
#include <signal.h>
#include <sqlite3.h>
#include <stddef.h>
#include <string.h>

#include "t/dbtest/fault.h"

static struct {
	int at, seen;
	unsigned code;
	bool after;
	const char *in;
	int kill_after;
	unsigned pending; /* what mysql_errno says until the next call */
	void (*hook)(void *ctx);
	void *ctx;
} fault;

void
fault_at(int n, int code, bool after)
{
	fault.at = n;
	fault.seen = 0;
	fault.code = (unsigned)code;
	fault.after = after;
	fault.in = NULL;
	fault.pending = 0;
}

const char *
fault_in(void)
{
	return fault.in;
}

void
fault_before_commit(void (*hook)(void *ctx), void *ctx)
{
	fault.hook = hook;
	fault.ctx = ctx;
}

void
fault_kill_after(int n)
{
	fault.kill_after = n;
}

/* After a call that reached the database. */
static int
reached(int rc)
{
	if (fault.kill_after > 0 && --fault.kill_after == 0)
		(void)raise(SIGKILL);
	return rc;
}

static bool
now(const char *name)
{
	fault.pending = 0;
	fault.seen++;
	if (fault.seen != fault.at)
		return false;
	fault.in = name;
	fault.pending = fault.code;
	return true;
}

/* ---- SQLite ---- */

/* clang-format off */
#define SQLITE(name, params, args) \
	int __real_##name params; \
	int __wrap_##name params; \
	int __wrap_##name params \
	{ \
		if (!now(#name)) \
			return __real_##name args; \
		if (fault.after) \
			(void)__real_##name args; \
		return (int)fault.code; \
	}

SQLITE(sqlite3_prepare_v2,
    (sqlite3 *db, const char *s, int n, sqlite3_stmt **out, const char **tail),
    (db, s, n, out, tail))
SQLITE(sqlite3_prepare_v3,
    (sqlite3 *db, const char *s, int n, unsigned f, sqlite3_stmt **out,
    const char **tail),
    (db, s, n, f, out, tail))
SQLITE(sqlite3_bind_int64, (sqlite3_stmt *s, int i, sqlite3_int64 n), (s, i, n))
SQLITE(sqlite3_bind_null, (sqlite3_stmt *s, int i), (s, i))
SQLITE(sqlite3_bind_zeroblob, (sqlite3_stmt *s, int i, int n), (s, i, n))
SQLITE(sqlite3_bind_text64,
    (sqlite3_stmt *s, int i, const char *p, sqlite3_uint64 n,
    void (*f)(void *), unsigned char enc),
    (s, i, p, n, f, enc))
SQLITE(sqlite3_bind_blob64,
    (sqlite3_stmt *s, int i, const void *p, sqlite3_uint64 n,
    void (*f)(void *)),
    (s, i, p, n, f))
SQLITE(sqlite3_open_v2,
    (const char *path, sqlite3 **db, int flags, const char *vfs),
    (path, db, flags, vfs))

int __real_sqlite3_step(sqlite3_stmt *s);
int __wrap_sqlite3_step(sqlite3_stmt *s);

int
__wrap_sqlite3_step(sqlite3_stmt *s)
{
	if (!now("sqlite3_step"))
		return reached(__real_sqlite3_step(s));
	if (fault.after)
		(void)__real_sqlite3_step(s);
	return (int)fault.code;
}

int __real_sqlite3_exec(sqlite3 *db, const char *s,
    int (*cb)(void *, int, char **, char **), void *ctx, char **msg);
int __wrap_sqlite3_exec(sqlite3 *db, const char *s,
    int (*cb)(void *, int, char **, char **), void *ctx, char **msg);

int
__wrap_sqlite3_exec(sqlite3 *db, const char *s,
    int (*cb)(void *, int, char **, char **), void *ctx, char **msg)
{
	if (!now(s))
		return reached(__real_sqlite3_exec(db, s, cb, ctx, msg));
	if (fault.after)
		(void)__real_sqlite3_exec(db, s, cb, ctx, msg);
	return (int)fault.code;
}

/* ---- libmariadb ---- */

static struct {
#define REAL(f) __typeof__(f) *f
	REAL(mysql_init);
	REAL(mysql_options);
	REAL(mysql_real_connect);
	REAL(mysql_real_query);
	REAL(mysql_errno);
	REAL(mysql_error);
	REAL(mysql_stmt_init);
	REAL(mysql_stmt_prepare);
	REAL(mysql_stmt_bind_param);
	REAL(mysql_stmt_bind_result);
	REAL(mysql_stmt_execute);
	REAL(mysql_stmt_store_result);
	REAL(mysql_stmt_fetch);
	REAL(mysql_stmt_fetch_column);
	REAL(mysql_stmt_errno);
	REAL(mysql_stmt_error);
#undef REAL
} real;

/* What is made is lost when the call fails after it. */
#define MAKER(type, name, params, args) \
	static type \
	fake_##name params \
	{ \
		return now(#name) ? NULL : real.name args; \
	}
#define MARIADB(type, failure, name, params, args) \
	static type \
	fake_##name params \
	{ \
		if (!now(#name)) \
			return real.name args; \
		if (fault.after) \
			(void)real.name args; \
		return failure; \
	}

MAKER(MYSQL *, mysql_init, (MYSQL *m), (m))
MARIADB(int, 1, mysql_options,
    (MYSQL *m, enum mysql_option o, const void *v), (m, o, v))
MARIADB(MYSQL *, NULL, mysql_real_connect,
    (MYSQL *m, const char *host, const char *user, const char *password,
    const char *db, unsigned port, const char *socket, unsigned long flags),
    (m, host, user, password, db, port, socket, flags))
MAKER(MYSQL_STMT *, mysql_stmt_init, (MYSQL *m), (m))
MARIADB(int, 1, mysql_stmt_prepare,
    (MYSQL_STMT *s, const char *text, unsigned long n), (s, text, n))
MARIADB(my_bool, 1, mysql_stmt_bind_param, (MYSQL_STMT *s, MYSQL_BIND *b),
    (s, b))
MARIADB(my_bool, 1, mysql_stmt_bind_result, (MYSQL_STMT *s, MYSQL_BIND *b),
    (s, b))
MARIADB(int, 1, mysql_stmt_store_result, (MYSQL_STMT *s), (s))
MARIADB(int, 1, mysql_stmt_fetch, (MYSQL_STMT *s), (s))
MARIADB(int, 1, mysql_stmt_fetch_column,
    (MYSQL_STMT *s, MYSQL_BIND *b, unsigned col, unsigned long offset),
    (s, b, col, offset))
/* clang-format on */

static int
fake_mysql_stmt_execute(MYSQL_STMT *s)
{
	if (!now("mysql_stmt_execute"))
		return reached(real.mysql_stmt_execute(s));
	if (fault.after)
		(void)real.mysql_stmt_execute(s);
	return 1;
}

static int
fake_mysql_real_query(MYSQL *m, const char *text, unsigned long n)
{
	void (*hook)(void *) = fault.hook;

	if (hook != NULL && n == 6 && memcmp(text, "COMMIT", 6) == 0) {
		fault.hook = NULL;
		hook(fault.ctx);
	}
	if (!now(text))
		return reached(real.mysql_real_query(m, text, n));
	if (fault.after)
		(void)real.mysql_real_query(m, text, n);
	return 1;
}

static unsigned
fake_mysql_errno(MYSQL *m)
{
	return fault.pending != 0 ? fault.pending : real.mysql_errno(m);
}

static const char *
fake_mysql_error(MYSQL *m)
{
	return fault.pending != 0 ? "fault" : real.mysql_error(m);
}

static unsigned
fake_mysql_stmt_errno(MYSQL_STMT *s)
{
	return fault.pending != 0 ? fault.pending : real.mysql_stmt_errno(s);
}

static const char *
fake_mysql_stmt_error(MYSQL_STMT *s)
{
	return fault.pending != 0 ? "fault" : real.mysql_stmt_error(s);
}

void *__real_dlsym(void *library, const char *name);
void *__wrap_dlsym(void *library, const char *name);
void *__real_dlopen(const char *path, int flags);
void *__wrap_dlopen(const char *path, int flags);

/* As an object pointer, which POSIX lets a function's be. */
#define FAKE(f)                                                                \
	do {                                                                   \
		__typeof__(f) *fake = fake_##f;                                \
                                                                               \
		if (strcmp(name, #f) == 0) {                                   \
			memcpy(&real.f, &found, sizeof(found));                \
			memcpy(&found, &fake, sizeof(found));                  \
		}                                                              \
	} while (0)

void *
__wrap_dlsym(void *library, const char *name)
{
	void *found;

	if (now("dlsym"))
		return NULL;
	found = __real_dlsym(library, name);
	FAKE(mysql_init);
	FAKE(mysql_options);
	FAKE(mysql_real_connect);
	FAKE(mysql_real_query);
	FAKE(mysql_errno);
	FAKE(mysql_error);
	FAKE(mysql_stmt_init);
	FAKE(mysql_stmt_prepare);
	FAKE(mysql_stmt_bind_param);
	FAKE(mysql_stmt_bind_result);
	FAKE(mysql_stmt_execute);
	FAKE(mysql_stmt_store_result);
	FAKE(mysql_stmt_fetch);
	FAKE(mysql_stmt_fetch_column);
	FAKE(mysql_stmt_errno);
	FAKE(mysql_stmt_error);
	return found;
}

void *
__wrap_dlopen(const char *path, int flags)
{
	if (now("dlopen"))
		return NULL;
	return __real_dlopen(path, flags);
}
