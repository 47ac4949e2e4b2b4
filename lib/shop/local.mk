noinst_LIBRARIES += libshop.a
libshop_a_SOURCES = \
	lib/shop/basket.h \
	lib/shop/category.h \
	lib/shop/item.h \
	lib/shop/mirror.h \
	lib/shop/search.h \
	lib/shop/words.c \
	lib/shop/words.h
# What words.c needs, as archives: see configure.ac.
WORDS_LIBS = $(UTF8PROC_LIBS) $(STEMMER_LIBS)
