#include "config.h"

#include <assert.h>
#include <string.h>

#include "markup/escape.h"
#include "markup/xml.h"

void
xml_init(struct xml *x, struct buf *b)
{
	x->b = b;
	x->depth = 0;
	buf_puts(b, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
}

void
xml_open_literal(struct xml *x, const char *name, const char *ns)
{
	assert(x->depth < LIMIT_DEPTH);
	x->stack[x->depth++] = name;
	buf_putc(x->b, '<');
	buf_puts(x->b, name);
	if (ns != NULL) {
		buf_puts(x->b, " xmlns=\"");
		escape_put(x->b, ns, strlen(ns), "");
		buf_putc(x->b, '"');
	}
	buf_putc(x->b, '>');
}

void
xml_close_literal(struct xml *x, const char *name)
{
	assert(x->depth > 0 && strcmp(x->stack[x->depth - 1], name) == 0);
	x->depth--;
	buf_puts(x->b, "</");
	buf_puts(x->b, name);
	buf_putc(x->b, '>');
}

void
xml_text(struct xml *x, const char *s)
{
	assert(x->depth > 0);
	escape_put(x->b, s, strlen(s), "");
}

void
xml_url(struct xml *x, const struct url *u)
{
	if (url_rc(u) != RC_OK)
		buf_fail(x->b, url_rc(u));
	else
		xml_text(x, url_str(u));
}

enum rc
xml_rc(const struct xml *x)
{
	if (buf_rc(x->b) == RC_OK)
		assert(x->depth == 0);
	return buf_rc(x->b);
}
