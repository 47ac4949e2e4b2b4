#include "config.h"

#include <assert.h>
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"

#define FIRST_CAP 64

void
buf_init(struct buf *b, size_t max)
{
	assert(max < SIZE_MAX / 2);
	*b = (struct buf){ .max = max };
}

void
buf_release(struct buf *b)
{
	free(b->s);
	*b = (struct buf){ .max = b->max };
}

void
buf_reset(struct buf *b)
{
	b->rc = RC_OK;
	b->len = 0;
	if (b->s != NULL)
		b->s[0] = '\0';
}

/* Room for n more bytes and the NUL.  Doubling keeps the copying linear. */
static bool
grow(struct buf *b, size_t n)
{
	size_t cap, need;
	char *s;

	if (n > b->max - b->len) {
		buf_fail(b, RC_TOOBIG);
		return false;
	}
	need = b->len + n + 1;
	if (need <= b->cap)
		return true;
	cap = b->cap == 0 ? FIRST_CAP : b->cap * 2;
	while (cap < need)
		cap *= 2;
	if (cap > b->max + 1)
		cap = b->max + 1;
	s = realloc(b->s, cap);
	if (s == NULL) {
		buf_fail(b, RC_NOMEM);
		return false;
	}
	b->s = s;
	b->cap = cap;
	return true;
}

void
buf_put(struct buf *b, const void *bytes, size_t n)
{
	if (b->rc != RC_OK || n == 0)
		return;
	if (n >= b->cap - b->len && !grow(b, n))
		return;
	memcpy(b->s + b->len, bytes, n);
	b->len += n;
	b->s[b->len] = '\0';
}

void
buf_puts(struct buf *b, const char *s)
{
	buf_put(b, s, strlen(s));
}

void
buf_putc(struct buf *b, char c)
{
	buf_put(b, &c, 1);
}

void
buf_putd(struct buf *b, int64_t n)
{
	char digits[20]; /* "-9223372036854775808" */
	size_t i = sizeof(digits);
	uint64_t u = n < 0 ? -(uint64_t)n : (uint64_t)n;

	do {
		digits[--i] = (char)('0' + u % 10);
		u /= 10;
	} while (u != 0);
	if (n < 0)
		digits[--i] = '-';
	buf_put(b, digits + i, sizeof(digits) - i);
}

void
buf_puthex(struct buf *b, const void *bytes, size_t n)
{
	static const char hex[] = "0123456789abcdef";
	const unsigned char *p = bytes;
	size_t i;

	if (b->rc != RC_OK || n == 0)
		return;
	if (n > b->max / 2) {
		buf_fail(b, RC_TOOBIG);
		return;
	}
	if (!grow(b, 2 * n))
		return;
	for (i = 0; i < n; i++) {
		b->s[b->len++] = hex[p[i] >> 4];
		b->s[b->len++] = hex[p[i] & 15];
	}
	b->s[b->len] = '\0';
}

void
buf_printf(struct buf *b, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	buf_vprintf(b, fmt, ap);
	va_end(ap);
}

void
buf_vprintf(struct buf *b, const char *fmt, va_list ap)
{
	va_list again;
	int n;

	if (b->rc != RC_OK)
		return;
	va_copy(again, ap);
	n = vsnprintf(
	    b->s == NULL ? NULL : b->s + b->len, b->cap - b->len, fmt, ap);
	if (n < 0) {
		buf_fail(b, errno == EOVERFLOW ? RC_TOOBIG : RC_NOMEM);
	} else if ((size_t)n < b->cap - b->len) {
		b->len += (size_t)n;
	} else if (grow(b, (size_t)n)) {
		(void)vsnprintf(b->s + b->len, b->cap - b->len, fmt, again);
		b->len += (size_t)n;
	}
	va_end(again);
}

void
buf_cut(struct buf *b, size_t n)
{
	assert(n <= b->len);
	if (b->s == NULL)
		return;
	b->len = n;
	b->s[n] = '\0';
}

void
buf_fail(struct buf *b, enum rc rc)
{
	assert(rc != RC_OK);
	if (b->rc != RC_OK)
		return;
	buf_reset(b);
	b->rc = rc;
}

enum rc
buf_rc(const struct buf *b)
{
	return b->rc;
}

const char *
buf_str(const struct buf *b)
{
	return b->s == NULL ? "" : b->s;
}

enum rc
buf_take(struct buf *b, char **out, size_t *len)
{
	*out = NULL;
	if (len != NULL)
		*len = 0;
	if (b->rc == RC_OK && b->s == NULL)
		(void)grow(b, 0);
	if (b->rc != RC_OK)
		return b->rc;
	b->s[b->len] = '\0';
	*out = b->s;
	if (len != NULL)
		*len = b->len;
	*b = (struct buf){ .max = b->max };
	return RC_OK;
}
