# The cron job: lifecycle.c and one file a step.
sbin_PROGRAMS += cron/lifecycle
cron_lifecycle_SOURCES = \
	cron/bounces.c \
	cron/inbox.c \
	cron/inbox.h \
	cron/invoices.c \
	cron/lifecycle.c \
	cron/lifecycle.h \
	cron/mail.c \
	cron/parcels.c \
	cron/payments.c \
	cron/prove.c \
	cron/prove.h \
	cron/purge.c
cron_lifecycle_LDADD = libflow.a libstock.a $(PAPER_LIBS) $(LETTER_LIBS) $(SHOP_LIBS) \
	$(SMTP_LIBS) $(PEER_LIBS) $(MARIADB_LIBS)
dist_man_MANS += man/lifecycle.8
EXTRA_DIST += etc/cron.d/hatshop etc/systemd/lifecycle.service \
	etc/systemd/lifecycle.timer
