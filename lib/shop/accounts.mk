# Accounts.
libshop_a_SOURCES += \
	lib/shop/address.c \
	lib/shop/address.h \
	lib/shop/address_rules.c \
	lib/shop/address_rules.h \
	lib/shop/basket_merge.c \
	lib/shop/customer.c \
	lib/shop/customer.h \
	lib/shop/customer_join.c \
	lib/shop/customer_key.c \
	lib/shop/customer_row.h \
	lib/shop/login.c \
	lib/shop/login.h \
	lib/shop/login_link.c \
	lib/shop/password.c \
	lib/shop/password.h \
	lib/shop/purge.c \
	lib/shop/purge.h \
	lib/shop/seclog.c \
	lib/shop/seclog.h \
	lib/shop/session.c \
	lib/shop/session.h \
	lib/shop/tally.c \
	lib/shop/tally.h \
	lib/shop/ticket.c \
	lib/shop/ticket.h
