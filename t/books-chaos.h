/*
 * What may go wrong inside a process of t/books.t: sudden death around a
 * commit, a long sleep before one, and the bugs that the books have to find.
 * By wrapping calls at link time: the code under test knows nothing of it.
 *
 *	BOOKS_DEATHS  per thousand commits, before or after them
 *	BOOKS_SLEEPS  the same, of sleeps; some are longer than a lock is
 *	              waited for
 *	BOOKS_REGRETS per cent of the visits after which something shall go back
 *	BOOKS_PLANT   a bug: refused, look, commit; see also t/books-bugs.h, and
 *	              again, of the shoppers themselves
 */
#ifndef T_BOOKS_CHAOS_H
#define T_BOOKS_CHAOS_H

#include <stdbool.h>

#include "t/random.h"

extern struct random chaos_random;
extern size_t chaos_regrets;

/* Read the environment; without it nothing goes wrong. */
void chaos_begin(uint64_t seed);
void chaos_end(void);
bool chaos_plant(const char *bug);
bool chaos_chance(size_t percent);

#endif
