# Tests of lib/flow.
check_PROGRAMS += t/flow-books
TESTS += t/flow-books
t_flow_books_SOURCES = t/flow-books.c t/flow-world.c t/flow-world.h
t_flow_books_LDADD = libshoptest.a libflow.a libsales.a libtap.a \
	$(SHOP_LIBS) libpeer.a $(BASE_LIBS)
t_flow_books_LDFLAGS = $(LDFLAGS_SHOP) -Wl,--wrap=db_unit
