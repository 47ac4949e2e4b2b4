noinst_LIBRARIES += libbase.a
libbase_a_SOURCES = \
	lib/base/buf.h \
	lib/base/clock.h \
	lib/base/conf.h \
	lib/base/error.h \
	lib/base/jail.h \
	lib/base/limits.h \
	lib/base/log.h \
	lib/base/money.h \
	lib/base/num.h \
	lib/base/settings.h \
	lib/base/text.h \
	lib/base/token.h
