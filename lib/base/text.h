/*
 * Small truths about UTF-8 text (RFC 3629).  No tables: what needs Unicode
 * data is in shop/words.h.
 */
#ifndef BASE_TEXT_H
#define BASE_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"

/* Well-formed UTF-8 without NUL, overlong forms or surrogates. */
bool text_utf8(const char *s, size_t n);

/*
 * Fit for one line that a person typed: well-formed and without control
 * characters (C0, DEL, C1, U+2028, U+2029).  CR and LF included: what passes
 * here cannot break a mail header or a log line.
 */
bool text_line(const char *s, size_t n);

/* Whether code point cp is a control character: C0, DEL or C1. */
bool text_control(uint32_t cp);

/* Code points of well-formed text. */
size_t text_count(const char *s);

/* Bytes of the longest prefix that has at most max bytes and ends at a
 * character's end. */
size_t text_clip(const char *s, size_t n, size_t max);

/* Copy as many bytes of s as fit, with a NUL; for what is no text for people,
 * and is never longer where it comes from. */
void text_copy(char *out, size_t size, const char *s);

/* Append s to b, every malformed byte as U+FFFD, U+2028 and U+2029 as LF, control
 * characters but LF and TAB dropped, and what turns the direction of the text
 * behind it: what comes from a database we do not own goes through here. */
void text_clean(struct buf *b, const char *s, size_t n);

/* The same as one line that fits into size bytes, cut at a character's end: LF
 * and TAB become blanks.  What others say, for a column of ours. */
void text_fit(char *out, size_t size, const char *s);

/* The n bytes without leading and trailing ASCII blanks; *n is updated. */
const char *text_trim(const char *s, size_t *n);

/* Decode one code point at s (n >= 1 bytes left).  Returns its length, 0 when
 * malformed. */
size_t text_decode(const char *s, size_t n, uint32_t *cp);

/* Append code point cp as UTF-8; a surrogate or cp > 0x10FFFF is an assert. */
void text_encode(struct buf *b, uint32_t cp);

#endif
