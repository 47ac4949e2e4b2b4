# What Apache serves as files.  The fonts come from Debian's packages
# fonts-apropal and fonts-averia-serif-gwf (both SIL OFL 1.1) and are made into
# woff2 here, unchanged.  The build tree gets a whole htdocs of its own, so
# that a server can run from it without installing anything.

htdocs_files = \
	htdocs/error/400.html \
	htdocs/error/404.html \
	htdocs/error/500.html \
	htdocs/error/503.html \
	htdocs/static/bald.svg \
	htdocs/static/basket.svg \
	htdocs/static/chorus.svg \
	htdocs/static/empty.svg \
	htdocs/static/favicon.svg \
	htdocs/static/hen.svg \
	htdocs/static/nap.svg \
	htdocs/static/placeholder.svg \
	htdocs/static/search.svg \
	htdocs/static/shop.css

htdocs_fonts = \
	htdocs/static/fonts/apropal-bold.woff2 \
	htdocs/static/fonts/averia-serif-bold.woff2 \
	htdocs/static/fonts/averia-serif-italic.woff2 \
	htdocs/static/fonts/averia-serif-regular.woff2

nobase_dist_pkgdata_DATA += $(htdocs_files)
nobase_nodist_pkgdata_DATA = $(htdocs_fonts)
CLEANFILES += $(htdocs_fonts) htdocs/stamp

EXTRA_DIST += htdocs/woff2.sh

FONTDIR = /usr/share/fonts
make_woff2 = $(AM_V_GEN)$(SHELL) $(srcdir)/htdocs/woff2.sh

htdocs/static/fonts/apropal-bold.woff2: htdocs/woff2.sh
	$(make_woff2) $(FONTDIR)/opentype/apropal/Apropal-Bold.otf $@
htdocs/static/fonts/averia-serif-bold.woff2: htdocs/woff2.sh
	$(make_woff2) $(FONTDIR)/truetype/averia-gwf/AveriaSerifGWF-Bold.ttf $@
htdocs/static/fonts/averia-serif-italic.woff2: htdocs/woff2.sh
	$(make_woff2) $(FONTDIR)/truetype/averia-gwf/AveriaSerifGWF-Italic.ttf $@
htdocs/static/fonts/averia-serif-regular.woff2: htdocs/woff2.sh
	$(make_woff2) $(FONTDIR)/truetype/averia-gwf/AveriaSerifGWF-Regular.ttf $@

# Looked at each time: VPATH would take the copies for the originals.
htdocs/stamp: $(htdocs_fonts) htdocs_force
	@for f in $(htdocs_files); do \
		cmp -s "$(srcdir)/$$f" "$$f" && continue; \
		$(MKDIR_P) "$${f%/*}" && cp -f "$(srcdir)/$$f" "$$f" || exit; \
	done; test -f $@ || touch $@
htdocs_force:
.PHONY: htdocs_force
noinst_DATA += htdocs/stamp

# The copies; where build and source are one folder there are none.
clean-local:
	test htdocs -ef "$(srcdir)/htdocs" || rm -f $(htdocs_files)

# The text pages, to be edited where shop.pages says they are.
pagesdir = $(pkgdatadir)/pages
dist_pages_DATA = \
	etc/pages/contact.txt \
	etc/pages/delivery.txt \
	etc/pages/imprint.txt \
	etc/pages/privacy.txt \
	etc/pages/terms.txt

# Where shop.tariff says it is.
dist_pkgdata_DATA += etc/tariff.conf
