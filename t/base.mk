# Tests of lib/base and lib/markup.
base_tests = t/base-buf t/base-clock t/base-conf t/base-error t/base-file t/base-jail \
	t/base-log t/base-money t/base-num t/base-settings t/base-text \
	t/base-token t/base-zone t/markup-html t/markup-url t/markup-xml
check_PROGRAMS += $(base_tests)
TESTS += $(base_tests)

t_base_buf_SOURCES = t/base-buf.c
t_base_buf_LDADD = libtap.a $(BASE_LIBS)
t_base_buf_LDFLAGS = $(LDFLAGS_TORTURE)
t_base_clock_SOURCES = t/base-clock.c
t_base_clock_LDADD = libtap.a $(BASE_LIBS)
t_base_conf_SOURCES = t/base-conf.c
t_base_conf_LDADD = libtap.a $(BASE_LIBS)
t_base_conf_LDFLAGS = $(LDFLAGS_TORTURE)
t_base_error_SOURCES = t/base-error.c
t_base_error_LDADD = libtap.a $(BASE_LIBS)
t_base_file_SOURCES = t/base-file.c
t_base_file_LDADD = libtap.a $(BASE_LIBS)
t_base_file_LDFLAGS = $(LDFLAGS_TORTURE)
t_base_jail_SOURCES = t/base-jail.c
t_base_jail_LDADD = libtap.a $(BASE_LIBS)
t_base_log_SOURCES = t/base-log.c
t_base_log_LDADD = libtap.a $(BASE_LIBS)
t_base_log_LDFLAGS = $(LDFLAGS_TORTURE)
t_base_money_SOURCES = t/base-money.c
t_base_money_LDADD = libtap.a $(BASE_LIBS)
t_base_num_SOURCES = t/base-num.c
t_base_num_LDADD = libtap.a $(BASE_LIBS)
t_base_settings_SOURCES = t/base-settings.c
t_base_settings_LDADD = libtap.a $(BASE_LIBS)
t_base_settings_LDFLAGS = $(LDFLAGS_TORTURE)
t_base_settings_CPPFLAGS = $(CPPFLAGS_TEST)
t_base_text_SOURCES = t/base-text.c
t_base_text_LDADD = libtap.a $(BASE_LIBS)
t_base_token_SOURCES = t/base-token.c
t_base_token_LDADD = libtap.a $(BASE_LIBS)
t_base_zone_SOURCES = t/base-zone.c
t_base_zone_LDADD = libtap.a $(BASE_LIBS)
t_markup_html_SOURCES = t/markup-html.c
t_markup_html_LDADD = libtap.a $(MARKUP_LIBS)
t_markup_html_LDFLAGS = $(LDFLAGS_TORTURE)
t_markup_url_SOURCES = t/markup-url.c
t_markup_url_LDADD = libtap.a $(MARKUP_LIBS)
t_markup_url_LDFLAGS = $(LDFLAGS_TORTURE)
t_markup_xml_SOURCES = t/markup-xml.c
t_markup_xml_LDADD = libtap.a $(MARKUP_LIBS)
t_markup_xml_LDFLAGS = $(LDFLAGS_TORTURE)
