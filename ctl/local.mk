# shopctl: one file a verb.
sbin_PROGRAMS += ctl/shopctl
ctl_shopctl_SOURCES = \
	ctl/customer.c \
	ctl/inbox.c \
	ctl/invoice.c \
	ctl/journal.c \
	ctl/mail.c \
	ctl/mail.h \
	ctl/mail_bounce.c \
	ctl/migrate.c \
	ctl/order.c \
	ctl/order.h \
	ctl/order_desk.c \
	ctl/order_refund.c \
	ctl/order_show.c \
	ctl/out.c \
	ctl/out.h \
	ctl/parcel.c \
	ctl/return.c \
	ctl/pictures.c \
	ctl/reconcile.c \
	ctl/shopctl.c \
	ctl/shopctl.h \
	ctl/stock.c \
	ctl/stock.h \
	ctl/stock_booked.c \
	ctl/stock_give_back.c \
	ctl/stock_put_back.c \
	ctl/stock_show.c \
	ctl/stock_suspected.c \
	syncd/compare.c \
	syncd/compare.h \
	syncd/known.c \
	syncd/known.h \
	syncd/reader.c \
	syncd/reader.h \
	syncd/row.c \
	syncd/row.h \
	syncd/taken.c \
	syncd/taken.h
ctl_shopctl_LDADD = libpicture.a libflow.a libstock.a $(LETTER_LIBS) $(SHOP_LIBS) $(PICTURE_LIBS) \
	$(BASE_LIBS) $(MARIADB_LIBS)
dist_man_MANS += man/shopctl.8

# From SQLite to MariaDB and back.
dist_sbin_SCRIPTS = ctl/copy-sales
dist_man_MANS += man/copy-sales.8
