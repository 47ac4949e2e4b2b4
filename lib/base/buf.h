/*
 * A string builder with a ceiling.
 *
 *	struct buf b;
 *
 *	buf_init(&b, LIMIT_LINE);
 *	buf_puts(&b, "hat=");
 *	buf_putd(&b, id);
 *	rc = buf_rc(&b);
 *	…
 *	buf_release(&b);
 *
 * Overflow of the ceiling (RC_TOOBIG) or of memory (RC_NOMEM) empties the
 * buffer and it stays failed until buf_reset: ask once, at the end.  A part
 * that failed must fail the whole, with buf_fail.  The bytes are always
 * followed by a NUL that is not counted.
 */
#ifndef BASE_BUF_H
#define BASE_BUF_H

#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

struct buf {
	char *s;    /* owned; NULL before the first byte */
	size_t len; /* bytes used, without the NUL */
	size_t cap; /* bytes allocated */
	size_t max; /* ceiling for len */
	enum rc rc; /* sticky */
};

/* Allocates nothing.  max is in bytes, without the NUL. */
void buf_init(struct buf *b, size_t max);

/* Free the contents; safe on a zeroed struct and when called twice. */
void buf_release(struct buf *b);

/* Empty it and forget a failure; keeps the memory. */
void buf_reset(struct buf *b);

/* Append.  After a failure all of these do nothing.  The bytes must not be the
 * buffer's own. */
void buf_put(struct buf *b, const void *bytes, size_t n);
void buf_puts(struct buf *b, const char *s);
void buf_putc(struct buf *b, char c);
void buf_putd(struct buf *b, int64_t n);                     /* decimal */
void buf_puthex(struct buf *b, const void *bytes, size_t n); /* lower case */
void buf_printf(struct buf *b, const char *fmt, ...) PRINTF_LIKE(2, 3);
void buf_vprintf(struct buf *b, const char *fmt, va_list ap) PRINTF_LIKE(2, 0);

/* Shorten to n bytes; n above the length is a broken promise (assert). */
void buf_cut(struct buf *b, size_t n);

/* Fail it by hand: a part that this text is built of could not be made. */
void buf_fail(struct buf *b, enum rc rc);

/* RC_OK, RC_TOOBIG, RC_NOMEM, or what buf_fail was given. */
enum rc buf_rc(const struct buf *b) CHECKED;

/* The text so far; "" when empty or failed.  Borrowed until the next put. */
const char *buf_str(const struct buf *b);

/*
 * Hand over the bytes: the caller frees *out ("" when nothing was put); len may
 * be NULL.  The buffer is empty after.  On failure *out is NULL and the buffer's rc is returned.
 */
enum rc buf_take(struct buf *b, char **out, size_t *len) CHECKED;

#endif
