/*
 * A writer for the XML that leaves: names are literals, everything else is
 * escaped, and what XML 1.0 has no place for is left out.
 *
 *	xout_begin(&b, "BookingRequest", FUNNY_NAMESPACE);
 *	xout_text(&b, "Service", "STANDARD", 0);
 *	xout_open(&b, "Collection");
 *	…
 *	xout_close(&b, "Collection");
 *	xout_close(&b, "BookingRequest");
 */
#ifndef PEER_XOUT_H
#define PEER_XOUT_H

#include "base/buf.h"

/* The declaration and the root, open. */
#define xout_begin(b, name, ns) xout_begin_literal((b), "" name "", "" ns "")
void xout_begin_literal(struct buf *b, const char *name, const char *ns);

#define xout_open(b, name) xout_tag_literal((b), "<", "" name "")
#define xout_close(b, name) xout_tag_literal((b), "</", "" name "")
void xout_tag_literal(struct buf *b, const char *begin, const char *name);

/* An element with text of at most max characters (0: all); an empty text is no
 * element. */
#define xout_text(b, name, text, max)                                          \
	xout_text_literal((b), "" name "", (text), (max))
void xout_text_literal(
    struct buf *b, const char *name, const char *text, size_t max);
#define xout_number(b, name, n) xout_number_literal((b), "" name "", (n))
void xout_number_literal(struct buf *b, const char *name, int64_t n);
/* UTC seconds as RFC 3339. */
#define xout_time(b, name, t) xout_time_literal((b), "" name "", (t))
void xout_time_literal(struct buf *b, const char *name, int64_t t);

/* <name key="value">text</name>; also when the text is empty. */
#define xout_with(b, name, key, value, text)                                   \
	xout_with_literal((b), "" name "", "" key "", (value), (text))
void xout_with_literal(struct buf *b, const char *name, const char *key,
    const char *value, const char *text);

/* Text alone, escaped; of at most max characters (0: all). */
void xout_put(struct buf *b, const char *text, size_t max);

#endif
