noinst_LIBRARIES += libdb.a
libdb_a_SOURCES = \
	lib/db/db.h \
	lib/db/sql.h
