/*
 * Whether this test runs in valgrind, which knows neither the youngest system
 * calls nor a lowered limit of descriptors.
 */
#ifndef T_VALGRIND_H
#define T_VALGRIND_H

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

static inline bool
in_valgrind(void)
{
	const char *s = getenv("LD_PRELOAD");

	return s != NULL && strstr(s, "vgpreload") != NULL;
}

#endif
