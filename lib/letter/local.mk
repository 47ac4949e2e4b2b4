# What people receive.  The only folder that includes GMime.
noinst_LIBRARIES += libletter.a
libletter_a_SOURCES = \
	lib/letter/account.c \
	lib/letter/account.h \
	lib/letter/letter.c \
	lib/letter/letter.h \
	lib/letter/mime.c \
	lib/letter/mime.h \
	lib/letter/order.c \
	lib/letter/order.h
libletter_a_CPPFLAGS = $(AM_CPPFLAGS) $(GMIME_CFLAGS)

# What a program that uses lib/letter links, before what base needs.
LETTER_LIBS = libletter.a $(MARKUP_LIBS) $(GMIME_LIBS)
