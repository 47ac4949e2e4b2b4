noinst_LIBRARIES += libmarkup.a
libmarkup_a_SOURCES = \
	lib/markup/html.h \
	lib/markup/url.h \
	lib/markup/xml.h
