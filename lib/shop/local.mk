noinst_LIBRARIES += libshop.a
libshop_a_SOURCES = \
	lib/shop/basket.c \
	lib/shop/basket.h \
	lib/shop/category.c \
	lib/shop/category.h \
	lib/shop/desk.c \
	lib/shop/desk.h \
	lib/shop/gallery.c \
	lib/shop/gallery.h \
	lib/shop/hold.c \
	lib/shop/hold.h \
	lib/shop/inbox.c \
	lib/shop/inbox.h \
	lib/shop/invoice.c \
	lib/shop/invoice.h \
	lib/shop/item.c \
	lib/shop/item.h \
	lib/shop/item_publish.c \
	lib/shop/item_row.c \
	lib/shop/item_row.h \
	lib/shop/item_window.c \
	lib/shop/journal.c \
	lib/shop/journal.h \
	lib/shop/mirror.c \
	lib/shop/mirror.h \
	lib/shop/outbox.c \
	lib/shop/outbox.h \
	lib/shop/order.c \
	lib/shop/order.h \
	lib/shop/order_attention.c \
	lib/shop/order_place.c \
	lib/shop/order_words.c \
	lib/shop/order_words.h \
	lib/shop/payment.c \
	lib/shop/payment.h \
	lib/shop/sold.c \
	lib/shop/sold.h \
	lib/shop/suspect.c \
	lib/shop/suspect.h \
	lib/shop/vanished.c \
	lib/shop/vanished.h \
	lib/shop/pick.c \
	lib/shop/pick.h \
	lib/shop/parcel.c \
	lib/shop/parcel.h \
	lib/shop/parcel_event.c \
	lib/shop/refund.c \
	lib/shop/refund.h \
	lib/shop/returns.c \
	lib/shop/returns.h \
	lib/shop/search.c \
	lib/shop/search.h \
	lib/shop/stage.c \
	lib/shop/stage.h \
	lib/shop/tariff.c \
	lib/shop/tariff.h \
	lib/shop/terms.c \
	lib/shop/terms.h \
	lib/shop/words.c \
	lib/shop/words.h

include $(srcdir)/lib/shop/accounts.mk

# What words.c needs, as archives: see configure.ac.
WORDS_LIBS = $(UTF8PROC_LIBS) $(STEMMER_LIBS)
# What password.c and login.c need beside SHOP_LIBS; no hot program has them.
PASSWORD_LIBS = $(ARGON2_LIBS)
# What a program that uses lib/shop links.
SHOP_LIBS = libshop.a $(DB_LIBS) $(WORDS_LIBS)
