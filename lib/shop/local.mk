noinst_LIBRARIES += libshop.a
libshop_a_SOURCES = \
	lib/shop/basket.h \
	lib/shop/category.h \
	lib/shop/item.h \
	lib/shop/mirror.h \
	lib/shop/search.h \
	lib/shop/words.c \
	lib/shop/words.h
