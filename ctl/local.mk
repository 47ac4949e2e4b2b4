# shopctl: one file a verb.
sbin_PROGRAMS += ctl/shopctl
ctl_shopctl_SOURCES = \
	ctl/migrate.c \
	ctl/pictures.c \
	ctl/shopctl.c \
	ctl/shopctl.h
ctl_shopctl_LDADD = libpicture.a $(SHOP_LIBS) $(PICTURE_LIBS)
dist_man_MANS += man/shopctl.8
