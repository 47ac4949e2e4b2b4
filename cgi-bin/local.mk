# The loop that every CGI program begins and ends with.
noinst_LIBRARIES += libcgi.a
libcgi_a_SOURCES = \
	cgi-bin/cgi.c \
	cgi-bin/cgi.h

# What a CGI program links, before what its pages need.
CGI_LIBS = libcgi.a libweb.a libmarkup.a libdb.a libbase.a $(HOT_LIBS) $(FCGI_LIBS)

# The frame and the shelf that the shop's pages share.
noinst_LIBRARIES += libpage.a
libpage_a_SOURCES = \
	cgi-bin/addressform.c \
	cgi-bin/addressform.h \
	cgi-bin/card.c \
	cgi-bin/card.h \
	cgi-bin/elsewhere.c \
	cgi-bin/elsewhere.h \
	cgi-bin/entry.c \
	cgi-bin/entry.h \
	cgi-bin/list.c \
	cgi-bin/list.h \
	cgi-bin/page.c \
	cgi-bin/page.h \
	cgi-bin/sieve.c \
	cgi-bin/sieve.h \
	cgi-bin/where.c \
	cgi-bin/where.h \
	cgi-bin/who.c \
	cgi-bin/who.h
PAGE_LIBS = libpage.a libcgi.a libweb.a libmarkup.a libshop.a libdb.a libbase.a \
	$(HOT_LIBS) $(WORDS_LIBS) $(FCGI_LIBS)

cgibin_PROGRAMS += cgi-bin/account cgi-bin/login cgi-bin/orders

cgi_bin_account_SOURCES = \
	cgi-bin/account.c \
	cgi-bin/account.h \
	cgi-bin/addressbook.c \
	cgi-bin/visits.c \
	lib/db/lean.c
cgi_bin_account_LDADD = $(PAGE_LIBS)

cgi_bin_orders_SOURCES = \
	cgi-bin/desk.c \
	cgi-bin/desk.h \
	cgi-bin/desk_order.c \
	cgi-bin/desk_print.c cgi-bin/desk_returns.c \
	cgi-bin/order_again.c \
	cgi-bin/order_invoices.c \
	cgi-bin/order_journal.c \
	cgi-bin/order_parcels.c \
	cgi-bin/order_return.c \
	cgi-bin/orderpage.c \
	cgi-bin/orders.c \
	cgi-bin/orders.h \
	lib/db/lean.c
cgi_bin_orders_LDADD = $(PAGE_LIBS)

# The one that asks passwords, writes letters and calls providers.
cgi_bin_login_SOURCES = \
	cgi-bin/confirm.c \
	cgi-bin/email.c \
	cgi-bin/erase.c \
	cgi-bin/login.c \
	cgi-bin/login.h \
	cgi-bin/login_arrival.c \
	cgi-bin/login_facebook.c \
	cgi-bin/login_join.c \
	cgi-bin/login_providers.c \
	cgi-bin/login_providers.h \
	cgi-bin/loginmail.c \
	cgi-bin/logout.c \
	cgi-bin/methods.c \
	cgi-bin/register.c \
	cgi-bin/reset.c \
	cgi-bin/way.c
cgi_bin_login_LDADD = libpage.a libcgi.a libweb.a libletter.a libmarkup.a \
	$(SHOP_LIBS) $(PEER_LIBS) $(GMIME_LIBS) $(PASSWORD_LIBS) $(FCGI_LIBS)

# The one that asks gateways and the stock system.
cgibin_PROGRAMS += cgi-bin/checkout
cgi_bin_checkout_SOURCES = \
	cgi-bin/checkout.c \
	cgi-bin/checkout.h \
	cgi-bin/checkout_address.c \
	cgi-bin/checkout_delivery.c \
	cgi-bin/checkout_door.c \
	cgi-bin/checkout_frame.c \
	cgi-bin/checkout_mend.c \
	cgi-bin/checkout_order.c \
	cgi-bin/checkout_pay.c \
	cgi-bin/checkout_place.c \
	cgi-bin/checkout_review.c \
	cgi-bin/checkout_terms.c \
	cgi-bin/checkout_way.c
cgi_bin_checkout_LDADD = libpage.a libcgi.a libweb.a libmarkup.a $(FLOW_LIBS) \
	$(FCGI_LIBS)

cgibin_PROGRAMS += cgi-bin/basket cgi-bin/hats cgi-bin/health cgi-bin/search

cgi_bin_basket_SOURCES = \
	cgi-bin/basket.c \
	cgi-bin/basketpage.c \
	cgi-bin/basketpage.h \
	lib/db/lean.c
cgi_bin_basket_LDADD = $(PAGE_LIBS)

cgi_bin_hats_SOURCES = \
	cgi-bin/hat.c \
	cgi-bin/hats.c \
	cgi-bin/hats.h \
	cgi-bin/home.c \
	cgi-bin/robots.c \
	cgi-bin/textpage.c \
	lib/db/lean.c
cgi_bin_hats_LDADD = $(PAGE_LIBS)

cgi_bin_search_SOURCES = cgi-bin/search.c lib/db/lean.c
cgi_bin_search_LDADD = $(PAGE_LIBS)

dist_man_MANS += man/account.8 man/basket.8 man/hats.8 man/hatshop.7 man/health.8 man/login.8 \
	man/checkout.8 man/orders.8 man/tariff.conf.5

# Webhooks: checked and stored, so no more than that is linked.
cgibin_PROGRAMS += cgi-bin/hook
cgi_bin_hook_SOURCES = cgi-bin/hook.c lib/db/lean.c
cgi_bin_hook_LDADD = libpeer.a libshop.a $(CGI_LIBS) $(JANSSON_STATIC) \
	$(CRYPTO_LIBS) $(ZLIB_LIBS)
dist_man_MANS += man/hook.8

cgi_bin_health_SOURCES = cgi-bin/health.c lib/db/lean.c
cgi_bin_health_LDADD = libshop.a $(CGI_LIBS)
