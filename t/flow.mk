# Tests of lib/flow.
check_PROGRAMS += t/flow-books t/flow-wallet
TESTS += t/flow-books t/flow-wallet
t_flow_books_SOURCES = t/flow-books.c t/flow-world.c t/flow-world.h
t_flow_books_LDADD = libshoptest.a libflow.a libsales.a libtap.a \
	$(SHOP_LIBS) libpeer.a $(BASE_LIBS)
t_flow_books_LDFLAGS = $(LDFLAGS_SHOP) -Wl,--wrap=db_unit
t_flow_refund_SOURCES = t/flow-refund.c t/flow-till.c t/flow-till.h \
	t/flow-world.c t/flow-world.h
t_flow_refund_LDADD = $(t_flow_books_LDADD)
t_flow_refund_LDFLAGS = $(t_flow_books_LDFLAGS)
t_flow_returns_SOURCES = t/flow-returns.c t/flow-till.c t/flow-till.h \
	t/flow-world.c t/flow-world.h
t_flow_returns_LDADD = $(t_flow_books_LDADD)
t_flow_returns_LDFLAGS = $(t_flow_books_LDFLAGS)
check_PROGRAMS += t/flow-refund t/flow-returns
TESTS += t/flow-refund t/flow-returns
t_flow_wallet_SOURCES = t/flow-wallet.c t/flow-world.c t/flow-world.h
t_flow_wallet_LDADD = $(t_flow_books_LDADD)
t_flow_wallet_LDFLAGS = $(LDFLAGS_SHOP)

# One process of t/books.t.
check_PROGRAMS += t/books-actor
t_books_actor_SOURCES = t/books-actor.c t/books-bugs.c t/books-bugs.h \
	t/books-chaos.c t/books-chaos.h t/books-pages.c t/books-pages.h
t_books_actor_LDADD = libflow.a libstock.a $(LETTER_LIBS) $(SHOP_LIBS) \
	$(PEER_LIBS) $(MARIADB_LIBS)
t_books_actor_LDFLAGS = $(AM_LDFLAGS) -Wl,--wrap=db_unit,--wrap=link_do \
	-Wl,--wrap=link_run,--wrap=master_take \
	-Wl,--wrap=payment_begin,--wrap=flow_cancel_paid
check_PROGRAMS += t/books-lifecycle
t_books_lifecycle_SOURCES = $(cron_lifecycle_SOURCES) t/books-lifecycle.c
t_books_lifecycle_LDADD = $(cron_lifecycle_LDADD)
t_books_lifecycle_LDFLAGS = $(AM_LDFLAGS) -Wl,--wrap=payment_dispute_is
dist_check_SCRIPTS += t/two-gateways.t t/books.t t/parcels.t t/life.t t/refund.t t/reconcile.t \
	t/disputes.t t/lives.t t/returns.t
EXTRA_DIST += t/lib/Audit.pm t/lib/Books.pm t/lib/BoxTill.pm t/lib/Galera.pm t/lib/Lives.pm t/lib/Purse.pm t/lib/Seeded.pm t/lib/Till.pm

# Orders as fast as they go, for t/baskets.t.
check_PROGRAMS += t/basket-tool
t_basket_tool_SOURCES = t/basket-tool.c
t_basket_tool_LDADD = libflow.a libstock.a $(LETTER_LIBS) $(SHOP_LIBS) \
	$(PEER_LIBS) $(MARIADB_LIBS)
dist_check_SCRIPTS += t/baskets.t t/events.t

# What a checkout does, by hand, for t/webhooks.t.
check_PROGRAMS += t/pay-tool
t_pay_tool_SOURCES = t/pay-tool.c
t_pay_tool_LDADD = $(FLOW_LIBS)
dist_check_SCRIPTS += t/checkout-paypal.t t/paypal.t t/webhooks.t
# Checkouts as fast as they go, for ./dev bench checkout.
check_PROGRAMS += t/checkout-bench
t_checkout_bench_SOURCES = t/checkout-bench.c
t_checkout_bench_LDADD = $(FLOW_LIBS)
t_checkout_bench_LDFLAGS = -Wl,--wrap=db_unit

check_PROGRAMS += t/flow-patient
TESTS += t/flow-patient
t_flow_patient_SOURCES = t/flow-patient.c
t_flow_patient_LDADD = libtap.a libflow.a $(BASE_LIBS)

check_PROGRAMS += t/flow-conclude
TESTS += t/flow-conclude
t_flow_conclude_SOURCES = t/flow-conclude.c t/flow-world.c t/flow-world.h
t_flow_conclude_LDADD = $(t_flow_books_LDADD)
t_flow_conclude_LDFLAGS = $(LDFLAGS_SHOP)

check_PROGRAMS += t/flow-steps
TESTS += t/flow-steps
t_flow_steps_SOURCES = t/flow-steps.c
t_flow_steps_LDADD = $(t_flow_books_LDADD)
t_flow_steps_LDFLAGS = $(LDFLAGS_SHOP)

check_PROGRAMS += t/flow-close
TESTS += t/flow-close
t_flow_close_SOURCES = t/flow-close.c
t_flow_close_LDADD = libshoptest.a libflow.a libsales.a libtap.a \
	$(PAPER_LIBS) $(LETTER_LIBS) $(SHOP_LIBS) libpeer.a $(BASE_LIBS)
t_flow_close_LDFLAGS = $(LDFLAGS_SHOP) -Wl,--wrap=db_unit

check_PROGRAMS += t/flow-parcels
TESTS += t/flow-parcels
t_flow_parcels_SOURCES = t/flow-parcels.c t/flow-van.c t/flow-van.h
t_flow_parcels_LDADD = libshoptest.a libflow.a libsales.a libtap.a \
	$(PAPER_LIBS) $(LETTER_LIBS) $(SHOP_LIBS) libpeer.a $(BASE_LIBS)
t_flow_parcels_LDFLAGS = $(LDFLAGS_SHOP) -Wl,--wrap=db_unit
