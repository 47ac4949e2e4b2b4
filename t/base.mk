# Tests of lib/base and lib/markup.
base_tests = t/base-buf t/base-jail
check_PROGRAMS += $(base_tests)
TESTS += $(base_tests)

t_base_buf_SOURCES = t/base-buf.c
t_base_buf_LDADD = libtap.a $(BASE_LIBS)
t_base_buf_LDFLAGS = $(LDFLAGS_TORTURE)
t_base_jail_SOURCES = t/base-jail.c
t_base_jail_LDADD = libtap.a $(BASE_LIBS)
