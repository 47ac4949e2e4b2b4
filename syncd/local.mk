# syncd

# Pictures: syncd links these; their tests do too.
noinst_LIBRARIES += libpicture.a
libpicture_a_SOURCES = \
	syncd/picture.h \
	syncd/store.h

sbin_PROGRAMS += syncd/syncd
syncd_syncd_SOURCES = \
	syncd/daemon.c \
	syncd/daemon.h \
	syncd/known.c \
	syncd/known.h \
	syncd/main.c \
	syncd/picture_none.c \
	syncd/pictures.c \
	syncd/pictures.h \
	syncd/poll.c \
	syncd/poll.h \
	syncd/publish.c \
	syncd/publish.h \
	syncd/report.c \
	syncd/report.h \
	syncd/row.c \
	syncd/row.h \
	syncd/status.c \
	syncd/status.h \
	syncd/work.c \
	syncd/work.h
syncd_syncd_LDADD = libstock.a $(SHOP_LIBS) $(MARIADB_LIBS)
