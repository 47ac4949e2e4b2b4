# Tests of the decoder of replication events.
check_PROGRAMS += t/binlog-capture
t_binlog_capture_SOURCES = t/binlog-capture.c t/binlog-file.h
t_binlog_capture_CFLAGS = $(AM_CFLAGS) $(MARIADB_CFLAGS)
t_binlog_capture_LDADD = $(BINLOG_LIBS) $(MARIADB_LIBS)
dist_check_SCRIPTS += t/binlog-streams.t t/fuzz-binlog.t

check_PROGRAMS += t/syncd-binlog t/syncd-gtid t/syncd-position
TESTS += t/syncd-binlog t/syncd-gtid t/syncd-position
t_syncd_binlog_SOURCES = t/syncd-binlog.c t/binlog-file.h
t_syncd_binlog_CPPFLAGS = $(CPPFLAGS_TEST)
t_syncd_binlog_LDADD = libtap.a $(BINLOG_LIBS)
t_syncd_binlog_LDFLAGS = $(LDFLAGS_TORTURE)
t_syncd_gtid_SOURCES = t/syncd-gtid.c
t_syncd_gtid_LDADD = libtap.a $(BINLOG_LIBS)
t_syncd_gtid_LDFLAGS = $(LDFLAGS_TORTURE)
t_syncd_position_SOURCES = t/syncd-position.c
t_syncd_position_LDADD = libtap.a $(BINLOG_LIBS)
