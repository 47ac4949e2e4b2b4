/* Databases and calls that the tests of lib/db share; see db/sql.h. */
#ifndef T_DBTEST_H
#define T_DBTEST_H

#include "db/db.h"
#include "t/sales.h"

/* sales_each_engine with the tables of these tests: counters 1 and 2 at 0, and
 * no things. */
void dbtest_each_engine(sales_test *test);
int dbtest_make(struct settings *s, enum sales_server server);

/* Open, or fail a check and return NULL. */
struct db *dbtest_open(const struct settings *s, enum db_mode mode);

/* The value of a counter as a new connection sees it; -1 when it cannot. */
int64_t dbtest_counter(const struct settings *s, int64_t id);

/* A unit that adds one to counter *(int64_t *)ctx. */
db_work dbtest_add_one;

#endif
