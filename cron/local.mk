# The cron job: lifecycle.c and one file a step.
sbin_PROGRAMS += cron/lifecycle
cron_lifecycle_SOURCES = \
	cron/lifecycle.c \
	cron/lifecycle.h \
	cron/mail.c \
	cron/purge.c
cron_lifecycle_LDADD = $(SHOP_LIBS) $(SMTP_LIBS)
dist_man_MANS += man/lifecycle.8
EXTRA_DIST += etc/cron.d/hatshop
