/*
 * The one escaper below html.c and xml.c; nothing else calls it.
 */
#ifndef MARKUP_ESCAPE_H
#define MARKUP_ESCAPE_H

#include <stddef.h>

#include "base/buf.h"

#define ESCAPE_REPLACEMENT "\xef\xbf\xbd" /* U+FFFD */

/*
 * Append n bytes of text, fit for an element's content and for an attribute in
 * double quotes: & < > " ' become references, a malformed byte of UTF-8
 * becomes U+FFFD, and what neither HTML nor XML 1.0 wants to see (control
 * characters but TAB, LF and CR; U+FFFE and U+FFFF) becomes control.
 */
void escape_put(struct buf *b, const char *s, size_t n, const char *control);

#endif
