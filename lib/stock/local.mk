noinst_LIBRARIES += libstock.a
libstock_a_CPPFLAGS = $(AM_CPPFLAGS) $(MARIADB_CFLAGS)
libstock_a_SOURCES = \
	lib/stock/check.c \
	lib/stock/level.c \
	lib/stock/level.h \
	lib/stock/link.c \
	lib/stock/link.h \
	lib/stock/linked.h \
	lib/stock/map.c \
	lib/stock/map.h \
	lib/stock/mapped.h \
	lib/stock/master.c \
	lib/stock/master.h \
	lib/stock/own.c \
	lib/stock/own_check.c \
	lib/stock/own.h \
	lib/stock/packet.c \
	lib/stock/query.c \
	lib/stock/schema.c \
	lib/stock/schema.h
