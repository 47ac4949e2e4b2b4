# Tests of accounts, in lib/shop.
account_tests = t/shop-account t/shop-account-login
check_PROGRAMS += $(account_tests)
TESTS += $(account_tests)

t_shop_account_SOURCES = t/shop-account.c
t_shop_account_LDADD = $(SHOPTEST_LIBS) $(PASSWORD_LIBS)
t_shop_account_LDFLAGS = $(LDFLAGS_SHOP)
t_shop_account_login_SOURCES = t/shop-account-login.c
t_shop_account_login_LDADD = $(SHOPTEST_LIBS) $(PASSWORD_LIBS)
t_shop_account_login_LDFLAGS = $(LDFLAGS_SHOP)
