# Runs that are stopped, on a real stock server.
moment_sources = t/moment.c t/moment.h t/moment_impl.h t/moment_state.c \
	t/moment_stop.c t/moment_till.c
MOMENT_LIBS = libshoptest.a libflow.a libstock.a libsales.a libtap.a \
	$(SHOP_LIBS) libpeer.a $(BASE_LIBS) $(MARIADB_LIBS)
LDFLAGS_MOMENT = $(LDFLAGS_SHOP) -Wl,--wrap=db_unit \
	-Wl,--wrap=link_open_write,--wrap=link_do,--wrap=link_prepare \
	-Wl,--wrap=link_run
check_PROGRAMS += t/flow-anywhere t/flow-endings t/flow-moments
TESTS += t/flow-anywhere t/flow-endings t/flow-moments
t_flow_anywhere_SOURCES = t/flow-anywhere.c $(moment_sources)
t_flow_anywhere_LDADD = $(MOMENT_LIBS)
t_flow_anywhere_LDFLAGS = $(LDFLAGS_MOMENT)
t_flow_moments_SOURCES = t/flow-moments.c $(moment_sources)
t_flow_moments_LDADD = $(MOMENT_LIBS)
t_flow_moments_LDFLAGS = $(LDFLAGS_MOMENT)
t_flow_endings_SOURCES = t/flow-endings.c $(moment_sources)
t_flow_endings_LDADD = $(MOMENT_LIBS)
t_flow_endings_LDFLAGS = $(LDFLAGS_MOMENT)

# One of many who want the same hat.
check_PROGRAMS += t/buyer
t_buyer_SOURCES = t/buyer.c
t_buyer_LDADD = $(FLOW_LIBS)
dist_check_SCRIPTS += t/crowd-web.t t/crowd.t t/galera.t t/stock-away.t
EXTRA_DIST += t/lib/galera.sh
