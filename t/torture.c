#include "config.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "t/tap.h"

/* The linker sends every call of malloc in the program's own objects to
 * __wrap_malloc, and __real_malloc to the C library (ld(1), --wrap). */
void *__real_malloc(size_t);
void *__real_calloc(size_t, size_t);
void *__real_realloc(void *, size_t);
char *__real_strdup(const char *);
void *__wrap_malloc(size_t);
void *__wrap_calloc(size_t, size_t);
void *__wrap_realloc(void *, size_t);
char *__wrap_strdup(const char *);

static struct {
	int fail_at; /* 1: the next one; 0: none */
	int seen;    /* allocations since the run began */
} state;

static bool
fails(void)
{
	state.seen++;
	if (state.seen != state.fail_at)
		return false;
	errno = ENOMEM;
	return true;
}

void *
__wrap_malloc(size_t n)
{
	return fails() ? NULL : __real_malloc(n);
}

void *
__wrap_calloc(size_t n, size_t size)
{
	return fails() ? NULL : __real_calloc(n, size);
}

void *
__wrap_realloc(void *p, size_t n)
{
	return fails() ? NULL : __real_realloc(p, n);
}

char *
__wrap_strdup(const char *s)
{
	return fails() ? NULL : __real_strdup(s);
}

static enum rc
run(enum rc (*fn)(void), int fail_at)
{
	enum rc rc;

	state.seen = 0;
	state.fail_at = fail_at;
	rc = fn();
	state.fail_at = 0;
	return rc;
}

int
torture(const char *what, enum rc (*fn)(void))
{
	int n;
	enum rc rc;

	for (n = 1;; n++) {
		rc = run(fn, n);
		if (state.seen < n)
			break;
		ok(rc == RC_NOMEM || rc == RC_OK, "%s: allocation %d fails: %s",
		    what, n, rc_name(rc));
	}
	ok(rc == RC_OK, "%s: with %d allocations: %s", what, n - 1,
	    rc_name(rc));
	return n - 1;
}
