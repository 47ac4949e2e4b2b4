# Tests of lib/db.  Programs that need a sales database link SALES_LIBS.
check_LIBRARIES += libsales.a libdbtest.a
libsales_a_SOURCES = t/sales.c t/sales.h
libsales_a_CPPFLAGS = $(CPPFLAGS_TEST)
SALES_LIBS = libsales.a libtap.a $(DB_LIBS)

# lib/db with a table of statements of the tests' own: t/dbtest/db/sql.h.
CPPFLAGS_DBTEST = -I$(srcdir)/t/dbtest $(CPPFLAGS_TEST) $(SQLITE_CFLAGS) \
	$(MARIADB_CFLAGS)
libdbtest_a_SOURCES = \
	lib/db/db.c \
	lib/db/db_mariadb.c \
	lib/db/db_mariadb_stmt.c \
	lib/db/db_sqlite.c \
	lib/db/migrate.c \
	lib/db/split.c \
	t/dbtest/db/sql.h \
	t/dbtest/dbtest.c \
	t/dbtest/dbtest.h \
	t/sales.c
libdbtest_a_CPPFLAGS = $(CPPFLAGS_DBTEST)
DBTEST_LIBS = libdbtest.a libtap.a $(BASE_LIBS) $(SQLITE_LIBS)

db_tests = t/db-crowd t/db-fail t/db-migrate t/db-split t/db-sql t/db-tls t/db-unit
check_PROGRAMS += $(db_tests)
TESTS += $(db_tests)

# One call of a database library fails: t/dbtest/fault.h.
LDFLAGS_FAULT = $(LDFLAGS_TORTURE) \
	-Wl,--wrap=dlopen,--wrap=dlsym \
	-Wl,--wrap=sqlite3_open_v2,--wrap=sqlite3_exec,--wrap=sqlite3_step \
	-Wl,--wrap=sqlite3_prepare_v2,--wrap=sqlite3_prepare_v3 \
	-Wl,--wrap=sqlite3_bind_int64,--wrap=sqlite3_bind_null \
	-Wl,--wrap=sqlite3_bind_zeroblob,--wrap=sqlite3_bind_text64 \
	-Wl,--wrap=sqlite3_bind_blob64

t_db_crowd_SOURCES = t/db-crowd.c
t_db_crowd_CPPFLAGS = $(CPPFLAGS_DBTEST)
t_db_crowd_LDADD = $(DBTEST_LIBS)
t_db_fail_SOURCES = t/db-fail.c t/dbtest/fault.c t/dbtest/fault.h
t_db_fail_CPPFLAGS = $(CPPFLAGS_DBTEST)
t_db_fail_LDADD = $(DBTEST_LIBS)
t_db_fail_LDFLAGS = $(LDFLAGS_FAULT)
t_db_migrate_SOURCES = t/db-migrate.c t/dbtest/fault.c t/dbtest/fault.h
t_db_migrate_CPPFLAGS = $(CPPFLAGS_TEST) $(SQLITE_CFLAGS) $(MARIADB_CFLAGS)
t_db_migrate_LDADD = $(SALES_LIBS)
t_db_migrate_LDFLAGS = $(LDFLAGS_FAULT)
t_db_split_SOURCES = t/db-split.c
t_db_split_LDADD = libtap.a $(DB_LIBS)
t_db_sql_SOURCES = t/db-sql.c
t_db_sql_CPPFLAGS = $(CPPFLAGS_TEST)
t_db_sql_LDADD = $(SALES_LIBS)
t_db_tls_SOURCES = t/db-tls.c
t_db_tls_CPPFLAGS = $(CPPFLAGS_DBTEST)
t_db_tls_LDADD = $(DBTEST_LIBS)
t_db_unit_SOURCES = t/db-unit.c
t_db_unit_CPPFLAGS = $(CPPFLAGS_DBTEST)
t_db_unit_LDADD = $(DBTEST_LIBS)
