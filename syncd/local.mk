# syncd

# Pictures: syncd links these; their tests do too.
noinst_LIBRARIES += libpicture.a
libpicture_a_SOURCES = \
	syncd/picture.c \
	syncd/picture.h \
	syncd/picture_check.c \
	syncd/picture_fetch.c \
	syncd/picture_render.c \
	syncd/store.c \
	syncd/store.h \
	syncd/store_folder.c
libpicture_a_CPPFLAGS = $(AM_CPPFLAGS) $(GD_CFLAGS) $(EXIF_CFLAGS)
PICTURE_LIBS = libpicture.a libpeer.a libmarkup.a $(BASE_LIBS) $(CURL_LIBS) \
	$(GD_LIBS) $(EXIF_LIBS)

sbin_PROGRAMS += syncd/syncd
syncd_syncd_SOURCES = \
	syncd/daemon.c \
	syncd/daemon.h \
	syncd/known.c \
	syncd/known.h \
	syncd/main.c \
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
syncd_syncd_LDADD = libstock.a $(SHOP_LIBS) $(PICTURE_LIBS) $(MARIADB_LIBS)
