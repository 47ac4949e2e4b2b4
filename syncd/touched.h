/*
 * What the log said was changed since it was last looked at: keys of items and
 * of level rows, each once, or that all may have changed.
 *
 *	touched_add(&t, TOUCHED_LEVEL, "A-1", 3);
 *	for (i = 0; i < t.n; i++)
 *		…t.at[i].kind, t.at[i].key
 *	touched_clear(&t);
 */
#ifndef SYNCD_TOUCHED_H
#define SYNCD_TOUCHED_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/limits.h"

/* With more, reading all is cheaper than asking for each. */
#define TOUCHED_MAX 256

enum touched_kind { TOUCHED_ITEM, TOUCHED_LEVEL, TOUCHED_PICTURE };

struct touched_key {
	enum touched_kind kind;
	char key[LIMIT_KEY + 1];
};

struct touched {
	struct touched_key at[TOUCHED_MAX];
	size_t n;
	uint16_t slot[TOUCHED_MAX * 4]; /* 1 + index into at; 0: free */
	bool all;
	const char *why; /* all: a literal, for the log */
};

void touched_clear(struct touched *t);

/* A key that is too long, has a NUL or is one too many makes it all. */
void touched_add(
    struct touched *t, enum touched_kind kind, const char *key, size_t n);
void touched_all(struct touched *t, const char *why);

#endif
