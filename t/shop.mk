# Tests of lib/shop.
shop_tests = t/shop-words
check_PROGRAMS += $(shop_tests)
TESTS += $(shop_tests)

t_shop_words_SOURCES = t/shop-words.c
t_shop_words_LDADD = libtap.a libshop.a $(BASE_LIBS) $(WORDS_LIBS)
t_shop_words_LDFLAGS = $(LDFLAGS_TORTURE)
