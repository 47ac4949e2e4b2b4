# Tests of what shoppers see.
window_tests = t/markup-prose
check_PROGRAMS += $(window_tests)
TESTS += $(window_tests)

t_markup_prose_SOURCES = t/markup-prose.c
t_markup_prose_LDADD = libtap.a $(MARKUP_LIBS)
t_markup_prose_LDFLAGS = $(LDFLAGS_TORTURE)

dist_check_SCRIPTS += t/browser-accounts.t t/browser-pages.t t/cgi-account.t t/cgi-orders.t t/desk.t \
	t/cgi-basket.t t/cgi-hats.t t/cgi-login.t t/cgi-mariadb.t
