# Letters, their outbox and the way out.
mail_tests = t/letter-account t/letter-order t/shop-outbox
check_PROGRAMS += $(mail_tests)
TESTS += $(mail_tests)

t_letter_account_SOURCES = t/letter-account.c
t_letter_account_CPPFLAGS = $(AM_CPPFLAGS) $(GMIME_CFLAGS)
t_letter_account_LDADD = libtap.a $(LETTER_LIBS)
t_letter_account_LDFLAGS = $(LDFLAGS_TORTURE)
t_letter_order_SOURCES = t/letter-order.c
t_letter_order_CPPFLAGS = $(AM_CPPFLAGS) $(GMIME_CFLAGS)
t_letter_order_LDADD = libtap.a $(LETTER_LIBS)
t_shop_outbox_SOURCES = t/shop-outbox.c
t_shop_outbox_LDADD = $(SHOPTEST_LIBS)
t_shop_outbox_LDFLAGS = $(LDFLAGS_SHOP)

# What letter.t reads.
check_PROGRAMS += t/letter-show
t_letter_show_SOURCES = t/letter-show.c
t_letter_show_LDADD = $(LETTER_LIBS)
dist_check_SCRIPTS += t/letter.t t/browser-letters.t

# What smtp.t runs.
check_PROGRAMS += t/post-letter
t_post_letter_SOURCES = t/post-letter.c
t_post_letter_LDADD = $(SMTP_LIBS)
dist_check_SCRIPTS += t/smtp.t
dist_check_SCRIPTS += t/lifecycle.t

# Paper: its sums, and what t/invoice-pdf.t reads back.
check_PROGRAMS += t/letter-invoice t/paper-tool
TESTS += t/letter-invoice
t_letter_invoice_SOURCES = t/letter-invoice.c
t_letter_invoice_LDADD = libtap.a $(PAPER_LIBS) $(BASE_LIBS)
t_paper_tool_SOURCES = t/paper-tool.c
t_paper_tool_LDADD = $(PAPER_LIBS) $(BASE_LIBS)
dist_check_SCRIPTS += t/invoice-pdf.t
dist_check_SCRIPTS += t/shopctl-mail.t
dist_check_SCRIPTS += t/mail-storm.t
dist_check_SCRIPTS += t/order-mail.t
