/*
 * What SQLite brings and no statement of ours uses (lib/db/sql.c has them all)
 * is not linked into the programs that run at each request.
 *
 * Debian's libsqlite3.a has one object for each of SQLite's source files, so a
 * name that is defined here keeps out the object that else would be taken for
 * it.  A statement that wanted one of them would fail in every test of its
 * page: "no such module", "no such function"; of libm: abort.  Where SQLite is
 * built otherwise these names are unused, or are not called either.
 */
#include "config.h"

#include <sqlite3.h>
#include <stdlib.h>

/* Full-text search, R-trees, tables that show SQLite's inside, JSON. */
int sqlite3Fts3Init(sqlite3 *db);
int sqlite3Fts5Init(sqlite3 *db);
int sqlite3RtreeInit(sqlite3 *db);
int sqlite3DbstatRegister(sqlite3 *db);
int sqlite3StmtVtabInit(sqlite3 *db);
int sqlite3JsonTableFunctions(sqlite3 *db);
void sqlite3RegisterJsonFunctions(void);

#define NO_MODULE(init)                                                        \
	int init(sqlite3 *db)                                                  \
	{                                                                      \
		(void)db;                                                      \
		return SQLITE_OK;                                              \
	}

NO_MODULE(sqlite3Fts3Init)
NO_MODULE(sqlite3Fts5Init)
NO_MODULE(sqlite3RtreeInit)
NO_MODULE(sqlite3DbstatRegister)
NO_MODULE(sqlite3StmtVtabInit)
NO_MODULE(sqlite3JsonTableFunctions)

void
sqlite3RegisterJsonFunctions(void)
{
}

/*
 * SQL's sin() and the like are all that needs libm: one more library to map.
 * Hidden, so that a library loaded later does not take these for libm's.
 */
#define HIDDEN __attribute__((visibility("hidden")))
#define NO_MATH(name)                                                          \
	HIDDEN double name(double x);                                          \
	double name(double x)                                                  \
	{                                                                      \
		(void)x;                                                       \
		abort();                                                       \
	}
#define NO_MATH_OF_TWO(name)                                                   \
	HIDDEN double name(double x, double y);                                \
	double name(double x, double y)                                        \
	{                                                                      \
		(void)x;                                                       \
		(void)y;                                                       \
		abort();                                                       \
	}

NO_MATH(acos)
NO_MATH(acosh)
NO_MATH(asin)
NO_MATH(asinh)
NO_MATH(atan)
NO_MATH(atanh)
NO_MATH(cos)
NO_MATH(cosh)
NO_MATH(exp)
NO_MATH(log)
NO_MATH(sin)
NO_MATH(sinh)
NO_MATH(sqrt)
NO_MATH(tan)
NO_MATH(tanh)
NO_MATH(trunc)
NO_MATH_OF_TWO(atan2)
NO_MATH_OF_TWO(fmod)
NO_MATH_OF_TWO(pow)
