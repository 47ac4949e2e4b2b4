# Letters, their outbox and the way out.
mail_tests = t/letter-account
check_PROGRAMS += $(mail_tests)
TESTS += $(mail_tests)

t_letter_account_SOURCES = t/letter-account.c
t_letter_account_CPPFLAGS = $(AM_CPPFLAGS) $(GMIME_CFLAGS)
t_letter_account_LDADD = libtap.a $(LETTER_LIBS)
t_letter_account_LDFLAGS = $(LDFLAGS_TORTURE)
dist_check_SCRIPTS += t/letter.t
