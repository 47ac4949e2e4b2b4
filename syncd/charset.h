/*
 * Text of the stock system's columns as UTF-8.
 *
 *	enum charset cs;
 *
 *	if (charset_of_name("latin1", &cs) == RC_OK)
 *		charset_put(&buf, cs, v.s, v.n);
 *
 * The log holds text in the column's own character set, a SELECT in the
 * connection's: the same column has to come out equal on both ways.
 */
#ifndef SYNCD_CHARSET_H
#define SYNCD_CHARSET_H

#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/error.h"

enum charset {
	CHARSET_BINARY, /* bytes, as they are */
	CHARSET_ASCII,
	CHARSET_LATIN1, /* both servers mean Windows' code page 1252 */
	CHARSET_UTF8,   /* utf8mb3 and utf8mb4 */
};

/* By information_schema.columns.character_set_name; NULL is binary.  RC_NOTFOUND
 * for one that is not converted here. */
enum rc charset_of_name(const char *name, enum charset *out) CHECKED;

/* By a collation's id, as TABLE_MAP has it.  RC_NOTFOUND as above. */
enum rc charset_of_collation(uint32_t id, enum charset *out) CHECKED;

/* Append as UTF-8.  UTF-8 and ASCII are copied as they are: what is malformed
 * in the source stays so, for text_clean(). */
void charset_put(struct buf *b, enum charset cs, const char *s, size_t n);

#endif
