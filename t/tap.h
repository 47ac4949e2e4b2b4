/*
 * TAP for unit tests, and the torture of every allocation.
 *
 *	static void
 *	over_the_ceiling_fails_for_good(void)
 *	{
 *		…
 *		ok(buf_rc(&b) == RC_TOOBIG, "rc is %s", rc_name(b.rc));
 *	}
 *
 *	int
 *	main(void)
 *	{
 *		RUN(over_the_ceiling_fails_for_good);
 *		return tap_done();
 *	}
 *
 * A test program is one function a sentence; each RUN is a TAP subtest whose
 * checks count one by one.  Torture: the program is linked with
 * -Wl,--wrap=malloc,--wrap=calloc,--wrap=realloc,--wrap=strdup (LDFLAGS_TORTURE
 * in t/local.mk) and t/torture.c; torture(fn) runs fn again and again, failing
 * the 1st, 2nd … nth allocation, until one run needs no failure, and checks that
 * each run said RC_NOMEM or succeeded, and leaked nothing (under ASan).
 */
#ifndef T_TAP_H
#define T_TAP_H

#include "base/error.h"

#define RUN(test) tap_run(#test, test)
void tap_run(const char *name, void (*test)(void));

/* One check; the text says what, with the values that decide. */
#define ok(cond, ...) tap_ok((cond) != 0, __FILE__, __LINE__, __VA_ARGS__)
int tap_ok(int good, const char *file, int line, const char *fmt, ...)
    PRINTF_LIKE(4, 5);

/* Compare and show both on failure. */
#define is_str(got, want, what)                                                \
	tap_is_str((got), (want), (what), __FILE__, __LINE__)
#define is_int(got, want, what)                                                \
	tap_is_int((got), (want), (what), __FILE__, __LINE__)
int tap_is_str(const char *got, const char *want, const char *what,
    const char *file, int line);
int tap_is_int(long long got, long long want, const char *what,
    const char *file, int line);

/* A visible skip line with its reason; the rest of the test is not run by the
 * caller. */
void tap_skip(const char *why);

/* Prints the plan; the exit status: 0 when all checks passed. */
int tap_done(void);

/* Run fn with each allocation failing in turn; returns how many there were. */
int torture(const char *what, enum rc (*fn)(void));

#endif
