noinst_LIBRARIES += libbase.a
libbase_a_SOURCES = \
	lib/base/buf.c \
	lib/base/buf.h \
	lib/base/clock.c \
	lib/base/clock.h \
	lib/base/conf.c \
	lib/base/conf.h \
	lib/base/error.c \
	lib/base/error.h \
	lib/base/file.c \
	lib/base/file.h \
	lib/base/gateways.h \
	lib/base/hours.c \
	lib/base/hours.h \
	lib/base/jail.c \
	lib/base/jail.h \
	lib/base/limits.h \
	lib/base/log.c \
	lib/base/log.h \
	lib/base/money.c \
	lib/base/money.h \
	lib/base/num.c \
	lib/base/num.h \
	lib/base/settings.c \
	lib/base/settings.h \
	lib/base/settings_check.c \
	lib/base/settings_check.h \
	lib/base/text.c \
	lib/base/text.h \
	lib/base/token.c \
	lib/base/token.h \
	lib/base/zone.c \
	lib/base/zone.h

# What a program that uses lib/base links: token.c has SHA-256 from libmd.
BASE_LIBS = libbase.a $(MD_LIBS)

dist_man_MANS += man/shop.conf.5
dist_doc_DATA = etc/shop.conf
