# Tests of lib/db.  Programs that need a sales database link libsales.a.
check_LIBRARIES += libsales.a
libsales_a_SOURCES = t/sales.c t/sales.h
libsales_a_CPPFLAGS = $(CPPFLAGS_TEST)
SALES_LIBS = libsales.a libtap.a $(DB_LIBS)

db_tests = t/db-sql
check_PROGRAMS += $(db_tests)
TESTS += $(db_tests)

t_db_sql_SOURCES = t/db-sql.c
t_db_sql_CPPFLAGS = $(CPPFLAGS_TEST)
t_db_sql_LDADD = $(SALES_LIBS)
