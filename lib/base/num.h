/*
 * Numbers from text, with bounds.  Nothing else in the shop parses one.
 *
 *	rc = num_parse(form_text(f, "qty"), 0, LIMIT_QTY, &qty);
 *
 * Digits with an optional leading '-' and nothing else: no blank, '+', hex,
 * exponent or grouping; leading zeros are accepted.
 */
#ifndef BASE_NUM_H
#define BASE_NUM_H

#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

/* RC_OK; RC_INVALID when no number; RC_TOOBIG when outside min…max. *out is
 * only set on RC_OK.  s may be NULL (RC_INVALID). */
enum rc num_parse(
    const char *s, int64_t min, int64_t max, int64_t *out) CHECKED;

/* The same over n bytes that need no NUL. */
enum rc num_parse_n(
    const char *s, size_t n, int64_t min, int64_t max, int64_t *out) CHECKED;

/* The value of a hexadecimal digit, of either case; -1 when it is none. */
int num_hex_digit(char c);

/* a + b and a * b; RC_TOOBIG, with *out untouched, when it does not fit. */
enum rc num_add(int64_t a, int64_t b, int64_t *out) CHECKED;
enum rc num_mul(int64_t a, int64_t b, int64_t *out) CHECKED;

#endif
