/*
 * Captured streams: each event as 4 bytes of length, little-endian, and the
 * event's bytes as the source sent them.
 */
#ifndef T_BINLOG_FILE_H
#define T_BINLOG_FILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include "syncd/bytes.h"

/* The next event of a captured stream; false at its end or when it is cut. */
static inline bool
binlog_file_next(struct bytes *r, const uint8_t **p, size_t *n)
{
	*n = bytes_u32(r);
	*p = bytes_take(r, *n);
	return !r->bad;
}

/* A whole file; NULL when it cannot be read.  The caller frees it. */
static inline uint8_t *
binlog_file_read(const char *path, size_t *n)
{
	FILE *f = fopen(path, "rb");
	uint8_t *p = NULL;
	size_t cap = 0, got = 1;

	*n = 0;
	while (f != NULL && got > 0) {
		if (*n == cap) {
			uint8_t *more = realloc(p, cap * 2 + 65536);

			if (more == NULL)
				break;
			p = more;
			cap = cap * 2 + 65536;
		}
		got = fread(p + *n, 1, cap - *n, f);
		*n += got;
	}
	if (f != NULL)
		(void)fclose(f);
	return p;
}

#endif
