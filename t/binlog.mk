# Tests of the decoder of replication events.
check_PROGRAMS += t/binlog-capture
t_binlog_capture_SOURCES = t/binlog-capture.c t/binlog-file.h
t_binlog_capture_CFLAGS = $(AM_CFLAGS) $(MARIADB_CFLAGS)
t_binlog_capture_LDADD = $(BINLOG_LIBS) $(MARIADB_LIBS)
dist_check_SCRIPTS += t/binlog-streams.t
