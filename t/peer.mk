# lib/peer.
peer_tests = t/peer-http t/peer-s3 t/peer-sigv4
check_PROGRAMS += $(peer_tests)
TESTS += $(peer_tests)

t_peer_http_SOURCES = t/peer-http.c
t_peer_http_LDADD = libtap.a $(PEER_LIBS)
t_peer_http_LDFLAGS = $(LDFLAGS_TORTURE)
t_peer_s3_SOURCES = t/peer-s3.c
t_peer_s3_LDADD = libtap.a $(PEER_LIBS)
t_peer_s3_LDFLAGS = $(LDFLAGS_TORTURE)
t_peer_sigv4_SOURCES = t/peer-sigv4.c
t_peer_sigv4_LDADD = libtap.a $(PEER_LIBS)
t_peer_sigv4_LDFLAGS = $(LDFLAGS_TORTURE)

# What peer-http.t runs.
check_PROGRAMS += t/http-get
t_http_get_SOURCES = t/http-get.c
t_http_get_LDADD = $(PEER_LIBS)
dist_check_SCRIPTS += t/peer-http.t

# Paying.
pay_tests = t/peer-courier t/peer-paypal t/peer-stripe t/peer-third
check_PROGRAMS += $(pay_tests)
TESTS += $(pay_tests)
t_peer_courier_SOURCES = t/peer-courier.c
t_peer_courier_LDADD = libtap.a $(PEER_LIBS)
t_peer_courier_CPPFLAGS = $(CPPFLAGS_TEST)
t_peer_paypal_SOURCES = t/peer-paypal.c
t_peer_paypal_LDADD = libtap.a $(PEER_LIBS)
t_peer_paypal_CPPFLAGS = $(CPPFLAGS_TEST)
t_peer_stripe_SOURCES = t/peer-stripe.c
t_peer_stripe_LDADD = libtap.a $(PEER_LIBS)
t_peer_stripe_CPPFLAGS = $(CPPFLAGS_TEST)
# A gateway more: the list with its line is found before the shop's.
t_peer_third_SOURCES = t/peer-third.c t/third/base/gateways.h \
	lib/peer/ears.c lib/peer/gateways.c lib/shop/order_words.c
t_peer_third_LDADD = libtap.a libshop.a libdb.a $(PEER_LIBS)
t_peer_third_CPPFLAGS = -I$(srcdir)/t/third $(AM_CPPFLAGS)

check_PROGRAMS += t/gateway-sends
t_gateway_sends_SOURCES = t/gateway-sends.c
t_gateway_sends_LDADD = $(PEER_LIBS)
dist_check_SCRIPTS += t/paypal-types.t t/stripe-types.t
dist_man_MANS += man/courier-conformance.8
EXTRA_DIST += doc/funny-deliveries.md t/courier-conformance \
	t/lib/CourierBox.pm t/lib/StripeBox.pm t/lib/PayPalBox.pm t/stripe/judge.mjs t/stripe/package.json \
	t/stripe/package-lock.json t/paypal/judge.mjs t/paypal/package.json \
	t/paypal/package-lock.json

# Logging in elsewhere.
login_tests = t/peer-facebook t/peer-google t/peer-oauth
check_PROGRAMS += $(login_tests)
TESTS += $(login_tests)
EXTRA_DIST += t/vectors
t_peer_facebook_SOURCES = t/peer-facebook.c
t_peer_facebook_LDADD = libtap.a $(PEER_LIBS)
t_peer_facebook_LDFLAGS = $(LDFLAGS_TORTURE)
t_peer_google_SOURCES = t/peer-google.c
t_peer_google_LDADD = libtap.a $(PEER_LIBS)
t_peer_google_LDFLAGS = $(LDFLAGS_TORTURE)
t_peer_google_CPPFLAGS = $(CPPFLAGS_TEST) $(CJOSE_CFLAGS) $(JANSSON_CFLAGS)
t_peer_oauth_SOURCES = t/peer-oauth.c
t_peer_oauth_LDADD = libtap.a $(PEER_LIBS)
dist_check_SCRIPTS += t/fuzz-login.t t/login-providers.t t/sandbox.t \
	t/courier-conformance.t t/courier-hooks.t t/sandbox-courier.t t/sandbox-stripe.t t/sandbox-paypal.t
EXTRA_DIST += t/lib/LoginRig.pm t/lib/Visitor.pm t/lib/forge.mjs t/lib/oidc.mjs \
	t/lib/providers.mjs
