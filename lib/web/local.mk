noinst_LIBRARIES += libweb.a
libweb_a_SOURCES = \
	lib/web/cookie.c \
	lib/web/cookie.h \
	lib/web/form.c \
	lib/web/form.h \
	lib/web/reply.c \
	lib/web/reply.h \
	lib/web/request.c \
	lib/web/request.h
