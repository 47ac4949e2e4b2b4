# shopctl: one file a verb.
sbin_PROGRAMS += ctl/shopctl
ctl_shopctl_SOURCES = \
	ctl/customer.c \
	ctl/mail.c \
	ctl/migrate.c \
	ctl/pictures.c \
	ctl/shopctl.c \
	ctl/shopctl.h \
	ctl/stock.c \
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
ctl_shopctl_LDADD = libpicture.a libstock.a $(SHOP_LIBS) $(PICTURE_LIBS) \
	$(BASE_LIBS) $(MARIADB_LIBS)
dist_man_MANS += man/shopctl.8
