# Tests of lib/shop.
check_LIBRARIES += libshoptest.a
libshoptest_a_SOURCES = t/people.c t/people.h t/shop.c t/shop.h

SHOPTEST_LIBS = libshoptest.a libsales.a libtap.a $(SHOP_LIBS)
# For tests that fail each allocation and each database call in turn.
LDFLAGS_SHOP = $(LDFLAGS_TORTURE) \
	-Wl,--wrap=db_run_,--wrap=db_ask_,--wrap=db_one_,--wrap=db_next

shop_tests = t/shop-words t/shop-item t/shop-search t/shop-basket \
	t/shop-hold t/shop-invoice t/shop-mirror t/shop-model t/shop-order t/shop-parcel t/shop-refund t/shop-sold \
	t/shop-tariff
check_PROGRAMS += $(shop_tests)
TESTS += $(shop_tests)

t_shop_words_SOURCES = t/shop-words.c
t_shop_words_LDADD = libtap.a libshop.a $(BASE_LIBS) $(WORDS_LIBS)
t_shop_words_LDFLAGS = $(LDFLAGS_TORTURE)
t_shop_item_SOURCES = t/shop-item.c
t_shop_item_LDADD = $(SHOPTEST_LIBS)
t_shop_item_LDFLAGS = $(LDFLAGS_SHOP)
t_shop_search_SOURCES = t/shop-search.c
t_shop_search_LDADD = $(SHOPTEST_LIBS)
t_shop_search_LDFLAGS = $(LDFLAGS_SHOP)
t_shop_basket_SOURCES = t/shop-basket.c
t_shop_basket_LDADD = $(SHOPTEST_LIBS)
t_shop_basket_LDFLAGS = $(LDFLAGS_SHOP)
t_shop_sold_SOURCES = t/shop-sold.c
t_shop_sold_LDADD = $(SHOPTEST_LIBS)
t_shop_sold_LDFLAGS = $(LDFLAGS_SHOP)
t_shop_hold_SOURCES = t/shop-hold.c
t_shop_hold_LDADD = $(SHOPTEST_LIBS)
t_shop_hold_LDFLAGS = $(LDFLAGS_SHOP)
t_shop_invoice_SOURCES = t/shop-invoice.c
t_shop_invoice_LDADD = $(SHOPTEST_LIBS)
t_shop_invoice_LDFLAGS = $(LDFLAGS_SHOP)
t_shop_parcel_SOURCES = t/shop-parcel.c
t_shop_parcel_LDADD = $(SHOPTEST_LIBS)
t_shop_parcel_LDFLAGS = $(LDFLAGS_SHOP)
t_shop_refund_SOURCES = t/shop-refund.c
t_shop_refund_LDADD = $(SHOPTEST_LIBS)
t_shop_refund_LDFLAGS = $(LDFLAGS_SHOP)
t_shop_order_SOURCES = t/shop-order.c
t_shop_order_LDADD = $(SHOPTEST_LIBS)
t_shop_order_LDFLAGS = $(LDFLAGS_SHOP)
t_shop_tariff_SOURCES = t/shop-tariff.c
t_shop_tariff_LDADD = libtap.a $(SHOP_LIBS)
t_shop_tariff_CPPFLAGS = $(CPPFLAGS_TEST)
t_shop_mirror_SOURCES = t/shop-mirror.c
t_shop_mirror_LDADD = $(SHOPTEST_LIBS)
t_shop_mirror_LDFLAGS = $(LDFLAGS_SHOP)
t_shop_model_SOURCES = t/shop-model.c
t_shop_model_LDADD = $(SHOPTEST_LIBS)
t_shop_model_LDFLAGS = $(LDFLAGS_SHOP)

# Fills a sales database for tests of pages and for ./dev bench.
check_PROGRAMS += t/seed
t_seed_SOURCES = t/seed.c
t_seed_LDADD = libsales.a libtap.a $(SHOP_LIBS)
# Puts orders into one, for tests of pages and of shopctl.
check_PROGRAMS += t/order-tool
t_order_tool_SOURCES = t/order-tool.c
t_order_tool_LDADD = $(SHOP_LIBS)
