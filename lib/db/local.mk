noinst_LIBRARIES += libdb.a
libdb_a_SOURCES = \
	lib/db/db.c \
	lib/db/db.h \
	lib/db/db_driver.h \
	lib/db/db_mariadb.c \
	lib/db/db_mariadb.h \
	lib/db/db_mariadb_stmt.c \
	lib/db/db_sqlite.c \
	lib/db/migrate.c \
	lib/db/migrate.h \
	lib/db/split.c \
	lib/db/split.h \
	lib/db/sql.c \
	lib/db/sql.h \
	lib/db/sql_accounts.inc \
	lib/db/sql_mail.inc \
	lib/db/sql_orders.inc \
	lib/db/sql_invoices.inc \
	lib/db/sql_parcels.inc \
	lib/db/sql_desk.inc \
	lib/db/sql_returns.inc \
	lib/db/sql_reconcile.inc
libdb_a_CPPFLAGS = $(AM_CPPFLAGS) $(SQLITE_CFLAGS) $(MARIADB_CFLAGS)

# What a program that uses lib/db links; libmariadb is loaded when wanted.
DB_LIBS = libdb.a $(BASE_LIBS) $(SQLITE_LIBS)
