# What people receive.  The only folder that includes GMime.
noinst_LIBRARIES += libletter.a
libletter_a_SOURCES = \
	lib/letter/account.c \
	lib/letter/account.h \
	lib/letter/dsn.c \
	lib/letter/dsn.h \
	lib/letter/letter.c \
	lib/letter/letter.h \
	lib/letter/mime.c \
	lib/letter/mime.h \
	lib/letter/news.h \
	lib/letter/order.c \
	lib/letter/order.h \
	lib/letter/parcel.c \
	lib/letter/parcel.h
libletter_a_CPPFLAGS = $(AM_CPPFLAGS) $(GMIME_CFLAGS)

# What a program that uses lib/letter links, before what base needs.
LETTER_LIBS = libletter.a $(MARKUP_LIBS) $(GMIME_LIBS)

# Paper; apart, as few programs draw and it takes cairo and pango.
noinst_LIBRARIES += libpaper.a
libpaper_a_SOURCES = lib/letter/invoice.c lib/letter/invoice.h
libpaper_a_CPPFLAGS = $(AM_CPPFLAGS) $(PANGO_CFLAGS)
PAPER_LIBS = libpaper.a $(PANGO_LIBS)
