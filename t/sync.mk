# Tests of lib/stock and syncd.
sync_tests = t/stock-map t/syncd-row
check_PROGRAMS += $(sync_tests)
TESTS += $(sync_tests)

t_stock_map_SOURCES = t/stock-map.c
t_stock_map_LDADD = libtap.a libstock.a $(BASE_LIBS) $(MARIADB_LIBS)
t_stock_map_LDFLAGS = $(LDFLAGS_TORTURE)
t_syncd_row_SOURCES = t/syncd-row.c syncd/known.c syncd/row.c
t_syncd_row_LDADD = libtap.a $(BASE_LIBS)
t_syncd_row_LDFLAGS = $(LDFLAGS_TORTURE)

dist_check_SCRIPTS += t/syncd-kill.t t/syncd-poll.t
EXTRA_DIST += t/lib/SyncRig.pm
