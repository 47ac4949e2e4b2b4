/*
 * Repeatable randomness for property tests.
 *
 *	struct random r = random_seeded();
 *
 *	n = random_below(&r, 100);
 *
 * The seed is HATSHOP_SEED, else 1: a failure comes back at the next run.
 */
#ifndef T_RANDOM_H
#define T_RANDOM_H

#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include "base/num.h"

#define RANDOM_CASES 300

struct random {
	uint64_t state;
};

static inline struct random
random_seeded(void)
{
	int64_t seed = 1;

	if (num_parse(getenv("HATSHOP_SEED"), 1, INT64_MAX, &seed) != RC_OK)
		seed = 1;
	return (struct random){ (uint64_t)seed };
}

/* splitmix64 (Steele, Lea, Flood 2014). */
static inline uint64_t
random_bits(struct random *r)
{
	uint64_t z = r->state += UINT64_C(0x9e3779b97f4a7c15);

	z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
	return z ^ z >> 31;
}

/* 0 to n - 1; the bias is far below what a test sees. */
static inline size_t
random_below(struct random *r, size_t n)
{
	return (size_t)(random_bits(r) % n);
}

static inline void
random_fill(struct random *r, void *out, size_t n)
{
	unsigned char *p = out;

	while (n-- > 0)
		*p++ = (unsigned char)random_bits(r);
}

#endif
