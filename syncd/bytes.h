/*
 * A cursor over bytes that somebody else wrote.
 *
 *	struct bytes r = bytes_of(p, n);
 *
 *	id = bytes_u48(&r);
 *	name = bytes_take(&r, 10);
 *	if (r.bad)
 *		return RC_INVALID;
 *
 * A read past the end gives 0 or NULL, moves nothing and sets bad, which
 * stays: ask once, before the first use of a pointer or a count.  Integers are
 * little-endian, as in MySQL's protocol, unless the name says otherwise.
 */
#ifndef SYNCD_BYTES_H
#define SYNCD_BYTES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct bytes {
	const uint8_t *start; /* borrowed; offsets in messages count from it */
	const uint8_t *p;
	const uint8_t *end;
	bool bad;
};

static inline struct bytes
bytes_of(const void *p, size_t n)
{
	const uint8_t *s = p;

	return (struct bytes){ .start = s, .p = s, .end = s + n };
}

static inline size_t
bytes_left(const struct bytes *r)
{
	return (size_t)(r->end - r->p);
}

static inline size_t
bytes_at(const struct bytes *r)
{
	return (size_t)(r->p - r->start);
}

/* The next n bytes, borrowed. */
static inline const uint8_t *
bytes_take(struct bytes *r, uint64_t n)
{
	const uint8_t *p = r->p;

	if (r->bad || n > bytes_left(r)) {
		r->bad = true;
		return NULL;
	}
	r->p += n;
	return p;
}

/* n little-endian bytes at p, n at most 8. */
static inline uint64_t
bytes_le(const uint8_t *p, size_t n)
{
	uint64_t u = 0;

	while (n > 0)
		u = u << 8 | p[--n];
	return u;
}

/* n big-endian bytes at p, n at most 8. */
static inline uint64_t
bytes_be(const uint8_t *p, size_t n)
{
	uint64_t u = 0;

	for (size_t i = 0; i < n; i++)
		u = u << 8 | p[i];
	return u;
}

/* The next n bytes as a number, n at most 8. */
static inline uint64_t
bytes_uint(struct bytes *r, size_t n)
{
	const uint8_t *p = bytes_take(r, n);

	return p == NULL ? 0 : bytes_le(p, n);
}

static inline uint8_t
bytes_u8(struct bytes *r)
{
	return (uint8_t)bytes_uint(r, 1);
}

static inline uint16_t
bytes_u16(struct bytes *r)
{
	return (uint16_t)bytes_uint(r, 2);
}

static inline uint32_t
bytes_u32(struct bytes *r)
{
	return (uint32_t)bytes_uint(r, 4);
}

static inline uint64_t
bytes_u48(struct bytes *r)
{
	return bytes_uint(r, 6);
}

static inline uint64_t
bytes_u64(struct bytes *r)
{
	return bytes_uint(r, 8);
}

/* A length-encoded integer ("int<lenenc>" of the client/server protocol); the
 * codes for NULL and for an error packet are not numbers. */
static inline uint64_t
bytes_packed(struct bytes *r)
{
	uint8_t first = bytes_u8(r);

	if (first < 0xfb)
		return first;
	if (first == 0xfc)
		return bytes_u16(r);
	if (first == 0xfd)
		return bytes_uint(r, 3);
	if (first == 0xfe)
		return bytes_u64(r);
	r->bad = true;
	return 0;
}

#endif
