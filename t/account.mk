# Tests of accounts, in lib/shop.
account_tests = t/shop-account t/shop-account-login \
	t/shop-account-data t/shop-account-torture
check_PROGRAMS += $(account_tests)
TESTS += $(account_tests)

t_shop_account_SOURCES = t/shop-account.c
t_shop_account_LDADD = $(SHOPTEST_LIBS) $(PASSWORD_LIBS)
t_shop_account_LDFLAGS = $(LDFLAGS_SHOP)
t_shop_account_login_SOURCES = t/shop-account-login.c
t_shop_account_login_LDADD = $(SHOPTEST_LIBS) $(PASSWORD_LIBS)
t_shop_account_login_LDFLAGS = $(LDFLAGS_SHOP)
t_shop_account_data_SOURCES = t/shop-account-data.c
t_shop_account_data_LDADD = $(SHOPTEST_LIBS) $(PASSWORD_LIBS)
t_shop_account_data_LDFLAGS = $(LDFLAGS_SHOP)
t_shop_account_torture_SOURCES = t/shop-account-torture.c
t_shop_account_torture_LDADD = $(SHOPTEST_LIBS) $(PASSWORD_LIBS)
t_shop_account_torture_LDFLAGS = $(LDFLAGS_SHOP)
dist_check_SCRIPTS += t/shopctl-customer.t t/shopctl-order.t

fuzz_drivers += t/fuzz-account
t_fuzz_account_SOURCES = t/fuzz/account.c $(FUZZ_MAIN)
t_fuzz_account_CPPFLAGS = $(CPPFLAGS_TEST)
t_fuzz_account_LDADD = libtap.a $(SHOP_LIBS)
t_fuzz_account_LDFLAGS = $(LDFLAGS_FUZZ)
