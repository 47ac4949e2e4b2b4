/*
 * Text pages that people edit: a plain text becomes headings, paragraphs and
 * lists.
 *
 *	# Delivery and returns		the page's heading, once and first
 *	## How long it takes		a heading below it
 *	- two to four days		an item of a list
 *	See [the terms](/page/terms).	a link within the shop
 *
 * Everything else is a paragraph and goes on until a blank line.  There is no
 * error: what is not understood is text.  The text may come from anywhere; it
 * can make nothing but these elements.
 */
#ifndef MARKUP_PROSE_H
#define MARKUP_PROSE_H

#include <stddef.h>

#include "markup/html.h"

/* Append the page's heading to b; nothing when there is none. */
void prose_title(struct buf *b, const char *s, size_t n);

/* Write n bytes of text.  Only the first heading becomes <h1>. */
void prose_put(struct html *h, const char *s, size_t n);

#endif
