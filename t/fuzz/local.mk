# Fuzz drivers, which are plain tests unless built with --enable-fuzzing.
if FUZZING
FUZZ_MAIN = t/fuzz/fuzz.h
LDFLAGS_FUZZ = $(AM_LDFLAGS) -fsanitize=fuzzer
else
FUZZ_MAIN = t/fuzz/fuzz.h t/fuzz/replay.c
LDFLAGS_FUZZ = $(AM_LDFLAGS)
TESTS += $(fuzz_drivers)
endif
EXTRA_DIST += t/fuzz/corpus

fuzz_drivers = t/fuzz-conf t/fuzz-money t/fuzz-num t/fuzz-text t/fuzz-url \
	t/fuzz-cookie t/fuzz-form t/fuzz-path t/fuzz-picture t/fuzz-words \
<<<<<<< HEAD
	t/fuzz-prose t/fuzz-split
=======
	t/fuzz-prose t/fuzz-binlog t/fuzz-gtid
>>>>>>> fc4c5da (wip)
check_PROGRAMS += $(fuzz_drivers)

t_fuzz_conf_SOURCES = t/fuzz/conf.c $(FUZZ_MAIN)
t_fuzz_conf_CPPFLAGS = $(CPPFLAGS_TEST)
t_fuzz_conf_LDADD = libtap.a $(BASE_LIBS)
t_fuzz_conf_LDFLAGS = $(LDFLAGS_FUZZ)
t_fuzz_money_SOURCES = t/fuzz/money.c $(FUZZ_MAIN)
t_fuzz_money_CPPFLAGS = $(CPPFLAGS_TEST)
t_fuzz_money_LDADD = libtap.a $(BASE_LIBS)
t_fuzz_money_LDFLAGS = $(LDFLAGS_FUZZ)
t_fuzz_num_SOURCES = t/fuzz/num.c $(FUZZ_MAIN)
t_fuzz_num_CPPFLAGS = $(CPPFLAGS_TEST)
t_fuzz_num_LDADD = libtap.a $(BASE_LIBS)
t_fuzz_num_LDFLAGS = $(LDFLAGS_FUZZ)
t_fuzz_split_SOURCES = t/fuzz/split.c $(FUZZ_MAIN)
t_fuzz_split_CPPFLAGS = $(CPPFLAGS_TEST)
t_fuzz_split_LDADD = libtap.a $(DB_LIBS)
t_fuzz_split_LDFLAGS = $(LDFLAGS_FUZZ)
t_fuzz_text_SOURCES = t/fuzz/text.c $(FUZZ_MAIN)
t_fuzz_text_CPPFLAGS = $(CPPFLAGS_TEST)
t_fuzz_text_LDADD = libtap.a $(BASE_LIBS)
t_fuzz_text_LDFLAGS = $(LDFLAGS_FUZZ)
t_fuzz_url_SOURCES = t/fuzz/url.c $(FUZZ_MAIN)
t_fuzz_url_CPPFLAGS = $(CPPFLAGS_TEST)
t_fuzz_url_LDADD = libtap.a $(MARKUP_LIBS)
t_fuzz_url_LDFLAGS = $(LDFLAGS_FUZZ)
t_fuzz_cookie_SOURCES = t/fuzz/cookie.c $(FUZZ_MAIN)
t_fuzz_cookie_CPPFLAGS = $(CPPFLAGS_TEST)
t_fuzz_cookie_LDADD = libtap.a libweb.a $(MARKUP_LIBS)
t_fuzz_cookie_LDFLAGS = $(LDFLAGS_FUZZ)
t_fuzz_form_SOURCES = t/fuzz/form.c $(FUZZ_MAIN)
t_fuzz_form_CPPFLAGS = $(CPPFLAGS_TEST)
t_fuzz_form_LDADD = libtap.a libweb.a $(MARKUP_LIBS)
t_fuzz_form_LDFLAGS = $(LDFLAGS_FUZZ)
t_fuzz_path_SOURCES = t/fuzz/path.c $(FUZZ_MAIN)
t_fuzz_path_CPPFLAGS = $(CPPFLAGS_TEST)
t_fuzz_path_LDADD = libtap.a libweb.a $(MARKUP_LIBS)
t_fuzz_path_LDFLAGS = $(LDFLAGS_FUZZ)
t_fuzz_picture_SOURCES = t/fuzz/picture.c $(FUZZ_MAIN)
t_fuzz_picture_CPPFLAGS = $(CPPFLAGS_TEST)
t_fuzz_picture_LDADD = libtap.a $(PICTURE_LIBS)
t_fuzz_picture_LDFLAGS = $(LDFLAGS_FUZZ)
t_fuzz_words_SOURCES = t/fuzz/words.c $(FUZZ_MAIN)
t_fuzz_words_CPPFLAGS = $(CPPFLAGS_TEST)
t_fuzz_words_LDADD = libtap.a libshop.a $(BASE_LIBS) $(WORDS_LIBS)
t_fuzz_words_LDFLAGS = $(LDFLAGS_FUZZ)
t_fuzz_prose_SOURCES = t/fuzz/prose.c $(FUZZ_MAIN)
t_fuzz_prose_CPPFLAGS = $(CPPFLAGS_TEST)
t_fuzz_prose_LDADD = libtap.a $(MARKUP_LIBS)
t_fuzz_prose_LDFLAGS = $(LDFLAGS_FUZZ)
t_fuzz_binlog_SOURCES = t/fuzz/binlog.c t/binlog-file.h $(FUZZ_MAIN)
t_fuzz_binlog_CPPFLAGS = $(CPPFLAGS_TEST)
t_fuzz_binlog_LDADD = libtap.a $(BINLOG_LIBS)
t_fuzz_binlog_LDFLAGS = $(LDFLAGS_FUZZ)
t_fuzz_gtid_SOURCES = t/fuzz/gtid.c $(FUZZ_MAIN)
t_fuzz_gtid_CPPFLAGS = $(CPPFLAGS_TEST)
t_fuzz_gtid_LDADD = libtap.a $(BINLOG_LIBS)
t_fuzz_gtid_LDFLAGS = $(LDFLAGS_FUZZ)
