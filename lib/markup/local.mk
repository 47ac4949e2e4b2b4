noinst_LIBRARIES += libmarkup.a
libmarkup_a_SOURCES = \
	lib/markup/escape.c \
	lib/markup/escape.h \
	lib/markup/html.c \
	lib/markup/html.h \
	lib/markup/prose.c \
	lib/markup/prose.h \
	lib/markup/url.c \
	lib/markup/url.h \
	lib/markup/xml.c \
	lib/markup/xml.h

MARKUP_LIBS = libmarkup.a $(BASE_LIBS)
