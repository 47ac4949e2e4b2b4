# Tests of lib/stock and syncd.
sync_tests = t/shop-stage t/stock-map t/syncd-publish t/syncd-row
check_PROGRAMS += $(sync_tests)
TESTS += $(sync_tests)

t_stock_map_SOURCES = t/stock-map.c
t_stock_map_LDADD = libtap.a libstock.a $(BASE_LIBS) $(MARIADB_LIBS)
t_stock_map_LDFLAGS = $(LDFLAGS_TORTURE)
t_syncd_row_SOURCES = t/syncd-row.c lib/stock/level.c syncd/known.c syncd/row.c
t_syncd_row_LDADD = libtap.a $(BASE_LIBS)
t_syncd_row_LDFLAGS = $(LDFLAGS_TORTURE)

t_shop_stage_SOURCES = t/shop-stage.c
t_shop_stage_LDADD = $(SHOPTEST_LIBS)
t_shop_stage_LDFLAGS = $(LDFLAGS_SHOP)
t_syncd_publish_SOURCES = t/syncd-publish.c syncd/audit.c syncd/claims.c \
	syncd/doubt.c syncd/known.c syncd/lost.c syncd/note.c syncd/notify.c \
	syncd/progress.c syncd/publish.c syncd/row.c syncd/taken.c syncd/work.c
t_syncd_publish_LDADD = libshoptest.a libsales.a libtap.a libstock.a \
	$(SHOP_LIBS) $(PICTURE_LIBS) $(MARIADB_LIBS)
t_syncd_publish_LDFLAGS = $(LDFLAGS_SHOP)

check_PROGRAMS += t/master-tool
t_master_tool_SOURCES = t/master-tool.c
t_master_tool_LDADD = libstock.a $(BASE_LIBS) $(MARIADB_LIBS)

check_PROGRAMS += t/flow-tool
t_flow_tool_SOURCES = t/flow-tool.c
t_flow_tool_LDADD = $(FLOW_LIBS)

dist_check_SCRIPTS += t/stock-master.t t/stock-read.t t/stock-suspected.t t/stock-vanished.t
dist_check_SCRIPTS += t/stock-compare.t t/stock-untouched.t t/storm.t \
	t/syncd-copy.t t/syncd-failures.t t/syncd-holds.t t/syncd-kill.t \
	t/syncd-poll.t t/syncd-stream.t
EXTRA_DIST += t/lib/Storm.pm t/lib/SyncRig.pm t/lib/Wire.pm

check_PROGRAMS += t/syncd-tell
TESTS += t/syncd-tell
t_syncd_tell_SOURCES = t/syncd-tell.c syncd/known.c syncd/row.c syncd/tell.c \
	syncd/tell_json.c syncd/tell_prometheus.c syncd/tell_text.c
t_syncd_tell_LDADD = libshoptest.a libsales.a libtap.a libstock.a \
	$(SHOP_LIBS) $(PICTURE_LIBS) $(MARIADB_LIBS)
t_syncd_tell_LDFLAGS = $(LDFLAGS_SHOP)
dist_check_SCRIPTS += t/syncd-check.t t/syncd-notify.t t/syncd-status.t
EXTRA_DIST += t/lib/Exposition.pm
