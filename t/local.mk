# Unit tests: one program a module, t/FOLDER-MODULE.  Scripts (t/*.t) need
# servers and are run by ./dev test.
check_LIBRARIES = libtap.a
libtap_a_SOURCES = t/tap.c t/tap.h t/torture.c
noinst_HEADERS += t/random.h

# For tests that use torture(); see t/tap.h.
LDFLAGS_TORTURE = $(AM_LDFLAGS) \
	-Wl,--wrap=malloc,--wrap=calloc,--wrap=realloc,--wrap=strdup
# For tests that read files of the source tree.
CPPFLAGS_TEST = $(AM_CPPFLAGS) -DT_SRCDIR='"$(abs_srcdir)"'

# Each part lists its own.
include $(srcdir)/t/base.mk
include $(srcdir)/t/fuzz/local.mk
include $(srcdir)/t/db.mk
include $(srcdir)/t/peer.mk
include $(srcdir)/t/picture.mk
include $(srcdir)/t/web.mk
include $(srcdir)/t/window.mk
include $(srcdir)/t/shop.mk
include $(srcdir)/t/account.mk
include $(srcdir)/t/flow.mk
include $(srcdir)/t/moments.mk
include $(srcdir)/t/binlog.mk
include $(srcdir)/t/sync.mk
include $(srcdir)/t/mail.mk

dist_check_SCRIPTS += t/stock-demo.t
dist_check_SCRIPTS += t/shopctl.t
