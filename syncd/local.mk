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
	syncd/store_folder.c \
	syncd/store_s3.c \
	syncd/sweep.c \
	syncd/sweep.h
libpicture_a_CPPFLAGS = $(AM_CPPFLAGS) $(GD_CFLAGS) $(EXIF_CFLAGS)
PICTURE_LIBS = libpicture.a $(PEER_LIBS) $(GD_LIBS) $(EXIF_LIBS)

sbin_PROGRAMS += syncd/syncd
syncd_syncd_SOURCES = \
	syncd/audit.c \
	syncd/audit.h \
	syncd/claims.c \
	syncd/claims.h \
	syncd/daemon.c \
	syncd/daemon.h \
	syncd/fit.c \
	syncd/fit.h \
	syncd/follow.c \
	syncd/follow.h \
	syncd/known.c \
	syncd/known.h \
	syncd/main.c \
	syncd/pictures.c \
	syncd/pictures.h \
	syncd/note.c \
	syncd/note.h \
	syncd/notify.c \
	syncd/notify.h \
	syncd/poll.c \
	syncd/poll.h \
	syncd/progress.c \
	syncd/progress.h \
	syncd/publish.c \
	syncd/publish.h \
	syncd/reader.c \
	syncd/reader.h \
	syncd/report.c \
	syncd/report.h \
	syncd/row.c \
	syncd/row.h \
	syncd/signals.c \
	syncd/signals.h \
	syncd/snapshot.c \
	syncd/snapshot.h \
	syncd/status.c \
	syncd/status.h \
	syncd/stream.c \
	syncd/stream.h \
	syncd/stream_begin.c \
	syncd/stream_impl.h \
	syncd/stream_place.c \
	syncd/stream_rows.c \
	syncd/tell.c \
	syncd/tell.h \
	syncd/tell_json.c \
	syncd/tell_prometheus.c \
	syncd/tell_text.c \
	syncd/taken.c \
	syncd/taken.h \
	syncd/lost.c \
	syncd/lost.h \
	syncd/touched.c \
	syncd/touched.h \
	syncd/waiting.c \
	syncd/waiting.h \
	syncd/work.c \
	syncd/work.h
syncd_syncd_LDADD = libstock.a $(SHOP_LIBS) $(PICTURE_LIBS) libbinlog.a $(BASE_LIBS) $(MARIADB_LIBS) \
	$(ZLIB_LIBS) $(ZSTD_LIBS)

# The decoder of replication events; it knows bytes only.
noinst_LIBRARIES += libbinlog.a
libbinlog_a_SOURCES = \
	syncd/binlog.c \
	syncd/binlog.h \
	syncd/binlog_columns.c \
	syncd/binlog_event.c \
	syncd/binlog_impl.h \
	syncd/binlog_map.c \
	syncd/binlog_pack.c \
	syncd/binlog_query.c \
	syncd/binlog_query.h \
	syncd/binlog_rows.c \
	syncd/binlog_time.c \
	syncd/binlog_time.h \
	syncd/binlog_value.c \
	syncd/binlog_value.h \
	syncd/bytes.h \
	syncd/charset.c \
	syncd/charset.h \
	syncd/doubt.c \
	syncd/doubt.h \
	syncd/dump.c \
	syncd/dump.h \
	syncd/gtid.c \
	syncd/gtid.h \
	syncd/gtid_maria.c \
	syncd/place.c \
	syncd/place.h \
	syncd/position.c \
	syncd/position.h
libbinlog_a_CPPFLAGS = $(AM_CPPFLAGS) $(ZLIB_CFLAGS) $(ZSTD_CFLAGS)
BINLOG_LIBS = libbinlog.a $(BASE_LIBS) $(ZLIB_LIBS) $(ZSTD_LIBS)
dist_man_MANS += man/syncd.8
EXTRA_DIST += etc/logrotate.d/hatshop etc/systemd/syncd.service
