/* Templates of objects, JSON with single quotes. */
#ifndef SANDBOX_STRIPE_SHAPES_H
#define SANDBOX_STRIPE_SHAPES_H

#include <stddef.h>

struct stripe_shape {
	const char *kind, *prefix;
	size_t letters; /* after the prefix */
	const char *text;
};

extern const struct stripe_shape stripe_shapes[];
extern const size_t stripe_shape_count;

#endif
