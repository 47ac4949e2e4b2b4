# The only folder that includes curl, libesmtp and libxml2.
noinst_LIBRARIES += libpeer.a
libpeer_a_SOURCES = \
	lib/peer/aws_credentials.c \
	lib/peer/aws_credentials.h \
	lib/peer/b64.c \
	lib/peer/b64.h \
	lib/peer/courier.c \
	lib/peer/courier.h \
	lib/peer/ears.c \
	lib/peer/ears.h \
	lib/peer/exchange.c \
	lib/peer/exchange.h \
	lib/peer/facebook.c \
	lib/peer/facebook.h \
	lib/peer/funny_deliveries.c \
	lib/peer/funny_deliveries.h \
	lib/peer/funny_hook.c \
	lib/peer/funny_read.c \
	lib/peer/funny_read.h \
	lib/peer/funny_schema.c \
	lib/peer/funny_schema.h \
	lib/peer/gateway.c \
	lib/peer/gateway.h \
	lib/peer/gateways.c \
	lib/peer/gateways.h \
	lib/peer/google.c \
	lib/peer/google.h \
	lib/peer/http.c \
	lib/peer/http.h \
	lib/peer/jdoc.c \
	lib/peer/jdoc.h \
	lib/peer/jwt.c \
	lib/peer/jwt.h \
	lib/peer/kept.c \
	lib/peer/kept.h \
	lib/peer/oauth.c \
	lib/peer/oauth.h \
	lib/peer/paypal.c \
	lib/peer/paypal.h \
	lib/peer/paypal_ask.c \
	lib/peer/paypal_call.c \
	lib/peer/paypal_call.h \
	lib/peer/paypal_dispute.c \
	lib/peer/paypal_hook.c \
	lib/peer/paypal_kind.c \
	lib/peer/paypal_list.c \
	lib/peer/paypal_refund.c \
	lib/peer/s3.c \
	lib/peer/s3.h \
	lib/peer/s3_reason.c \
	lib/peer/s3_reason.h \
	lib/peer/s3_xml.c \
	lib/peer/s3_xml.h \
	lib/peer/signed.c \
	lib/peer/signed.h \
	lib/peer/sigv4.c \
	lib/peer/sigv4.h \
	lib/peer/smtp.c \
	lib/peer/smtp.h \
	lib/peer/stripe.c \
	lib/peer/stripe.h \
	lib/peer/stripe_call.h \
	lib/peer/stripe_dispute.c \
	lib/peer/stripe_hook.c \
	lib/peer/stripe_kind.c \
	lib/peer/xdoc.c \
	lib/peer/xdoc.h \
	lib/peer/xout.c \
	lib/peer/xout.h
libpeer_a_CPPFLAGS = $(AM_CPPFLAGS) $(CURL_CFLAGS) $(CRYPTO_CFLAGS) \
	$(CJOSE_CFLAGS) $(ESMTP_CFLAGS) $(JANSSON_CFLAGS) $(SSL_CFLAGS) \
	$(XML2_CFLAGS) $(ZLIB_CFLAGS)

# The schema's bytes, as C: a jailed program has no file to read it from.
funny-deliveries.inc: schema/funny-deliveries.xsd
	$(AM_V_GEN)od -An -v -tx1 $(srcdir)/schema/funny-deliveries.xsd | \
	    sed 's/ \(..\)/0x\1,/g' >$@.new && mv $@.new $@
$(libpeer_a_OBJECTS): funny-deliveries.inc
CLEANFILES += funny-deliveries.inc

# What a program that uses lib/peer links.
PEER_LIBS = libpeer.a $(BASE_LIBS) $(CURL_LIBS) $(CRYPTO_LIBS) \
	$(CJOSE_LIBS) $(JANSSON_LIBS) $(XML2_LIBS) $(ZLIB_LIBS)
# And one that sends letters only.
SMTP_LIBS = libpeer.a $(BASE_LIBS) $(ESMTP_LIBS) $(SSL_LIBS) $(CRYPTO_LIBS)
