# The outside world in a box, for ./dev up and the tests.
sandboxdir = $(libexecdir)/hatshop/sandbox
sandbox_PROGRAMS = sandbox/facebook sandbox/google sandbox/mail

noinst_LIBRARIES += libbox.a
libbox_a_SOURCES = sandbox/box.c sandbox/box.h
libbox_a_CPPFLAGS = $(AM_CPPFLAGS) $(JANSSON_CFLAGS)
BOX_LIBS = libbox.a libweb.a libmarkup.a $(PEER_LIBS)

sandbox_facebook_SOURCES = \
	sandbox/facebook.c \
	sandbox/facebook.h \
	sandbox/facebook_leave.c
sandbox_facebook_CPPFLAGS = $(AM_CPPFLAGS) $(JANSSON_CFLAGS)
sandbox_facebook_LDADD = $(BOX_LIBS)

sandbox_google_SOURCES = \
	sandbox/google.c \
	sandbox/google.h \
	sandbox/google_token.c
sandbox_google_CPPFLAGS = $(AM_CPPFLAGS) $(CJOSE_CFLAGS) $(JANSSON_CFLAGS)
sandbox_google_LDADD = $(BOX_LIBS)

sandbox_mail_SOURCES = sandbox/mail.c
sandbox_mail_CPPFLAGS = $(AM_CPPFLAGS) $(GMIME_CFLAGS)
sandbox_mail_LDADD = $(MARKUP_LIBS) $(GMIME_LIBS)
