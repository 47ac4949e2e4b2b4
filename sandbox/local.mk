# The outside world in a box, for ./dev up and the tests.
sandboxdir = $(libexecdir)/hatshop/sandbox
sandbox_PROGRAMS = sandbox/courier sandbox/facebook sandbox/google \
	sandbox/mail sandbox/paypal sandbox/stripe

noinst_LIBRARIES += libbox.a
libbox_a_SOURCES = \
	sandbox/box.c \
	sandbox/box.h \
	sandbox/box_impl.h \
	sandbox/fault.c \
	sandbox/fault.h \
	sandbox/listen.c \
	sandbox/params.c \
	sandbox/params.h \
	sandbox/post.c \
	sandbox/post.h \
	sandbox/store.c \
	sandbox/store.h
libbox_a_CPPFLAGS = $(AM_CPPFLAGS) $(JANSSON_CFLAGS) $(SQLITE_CFLAGS)
BOX_LIBS = libbox.a libweb.a libmarkup.a $(PEER_LIBS)

sandbox_courier_SOURCES = \
	sandbox/carrier.c \
	sandbox/carrier.h \
	sandbox/carrier_api.c \
	sandbox/carrier_book.c \
	sandbox/carrier_events.c \
	sandbox/carrier_fault.c \
	sandbox/carrier_hooks.c \
	sandbox/carrier_move.c \
	sandbox/carrier_page.c
sandbox_courier_CPPFLAGS = $(AM_CPPFLAGS) $(JANSSON_CFLAGS)
sandbox_courier_LDADD = $(BOX_LIBS) $(HOT_LIBS)

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

sandbox_paypal_SOURCES = \
	sandbox/wallet.c \
	sandbox/wallet.h \
	sandbox/wallet_check.c \
	sandbox/wallet_dispute.c \
	sandbox/wallet_fault.c \
	sandbox/wallet_hooks.c \
	sandbox/wallet_list.c \
	sandbox/wallet_money.c \
	sandbox/wallet_order.c \
	sandbox/wallet_page.c
sandbox_paypal_CPPFLAGS = $(AM_CPPFLAGS) $(JANSSON_CFLAGS) $(CRYPTO_CFLAGS) \
	$(ZLIB_CFLAGS)
sandbox_paypal_LDADD = $(BOX_LIBS) $(HOT_LIBS)

# As light as the hot programs: it is started for each call.
sandbox_stripe_SOURCES = \
	sandbox/stripe.c \
	sandbox/stripe.h \
	sandbox/stripe_api.c \
	sandbox/stripe_dispute.c \
	sandbox/stripe_event.c \
	sandbox/stripe_fault.c \
	sandbox/stripe_hooks.c \
	sandbox/stripe_intent.c \
	sandbox/stripe_object.c \
	sandbox/stripe_page.c \
	sandbox/stripe_pay.c \
	sandbox/stripe_refund.c \
	sandbox/stripe_session.c \
	sandbox/stripe_shapes.c \
	sandbox/stripe_shapes.h
sandbox_stripe_CPPFLAGS = $(AM_CPPFLAGS) $(JANSSON_CFLAGS)
sandbox_stripe_LDADD = $(BOX_LIBS) $(HOT_LIBS)

sandbox_mail_SOURCES = sandbox/mail.c
sandbox_mail_CPPFLAGS = $(AM_CPPFLAGS) $(GMIME_CFLAGS)
sandbox_mail_LDADD = $(MARKUP_LIBS) $(GMIME_LIBS)
