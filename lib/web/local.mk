noinst_LIBRARIES += libweb.a
libweb_a_SOURCES = \
	lib/web/cookie.h \
	lib/web/form.h \
	lib/web/reply.h \
	lib/web/request.h
