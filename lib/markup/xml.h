/*
 * A writer for the small XML texts that hot programs send (the sitemap):
 * element names are literals, text is always escaped.  What is read, or large,
 * goes through libxml2 in lib/peer.
 */
#ifndef MARKUP_XML_H
#define MARKUP_XML_H

#include "base/buf.h"
#include "base/limits.h"
#include "markup/url.h"

struct xml {
	struct buf *b; /* borrowed */
	int depth;
	const char *stack[LIMIT_DEPTH]; /* literals */
};

/* Begins with the XML declaration, UTF-8. */
void xml_init(struct xml *x, struct buf *b);

/* ns, when not NULL, becomes xmlns="…". */
#define xml_open(x, name, ns) xml_open_literal((x), "" name "", (ns))
void xml_open_literal(struct xml *x, const char *name, const char *ns);
#define xml_close(x, name) xml_close_literal((x), "" name "")
void xml_close_literal(struct xml *x, const char *name);

/* Escaped; characters that XML 1.0 does not know are left out. */
void xml_text(struct xml *x, const char *s);
void xml_url(struct xml *x, const struct url *u);
enum rc xml_rc(const struct xml *x) CHECKED;

#endif
