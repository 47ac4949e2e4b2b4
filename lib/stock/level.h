/*
 * A level as the stock system gives it, in text: of whatever type the column is,
 * only a whole number from 0 up counts (R25).  The mirror and the last step read
 * it alike.
 *
 *	if (level_parse(text, &n) != LEVEL_FINE)
 *		n = 0;
 */
#ifndef STOCK_LEVEL_H
#define STOCK_LEVEL_H

#include <stdint.h>

#define LEVEL_MAX INT64_C(1000000000) /* more is no stock, but a mistake */

enum level_kind {
	LEVEL_FINE,
	LEVEL_NULL,
	LEVEL_NEGATIVE,
	LEVEL_TEXT, /* no whole number, or too large a one */
};

/* NULL is SQL's.  *level is set with LEVEL_FINE only. */
enum level_kind level_parse(const char *text, int64_t *level);

#endif
