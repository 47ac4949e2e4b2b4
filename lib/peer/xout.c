#include "config.h"

#include <string.h>

#include "base/clock.h"
#include "base/text.h"
#include "peer/xout.h"

/* XML 1.0 section 2.2; what turns a line is a blank. */
static void
put_char(struct buf *b, const char *s, size_t n, uint32_t cp)
{
	if (cp == '&')
		buf_puts(b, "&amp;");
	else if (cp == '<')
		buf_puts(b, "&lt;");
	else if (cp == '>')
		buf_puts(b, "&gt;");
	else if (cp == '"')
		buf_puts(b, "&quot;");
	else if (cp == '\n' || cp == '\t')
		buf_putc(b, ' ');
	else if (!text_control(cp) && cp != 0xfffe && cp != 0xffff)
		buf_put(b, s, n);
}

void
xout_put(struct buf *b, const char *text, size_t max)
{
	size_t left = strlen(text), n, count;
	uint32_t cp;

	for (count = 0; left > 0 && (max == 0 || count < max); count++) {
		n = text_decode(text, left, &cp);
		if (n == 0) {
			n = 1;
			buf_puts(b, "\xef\xbf\xbd");
		} else {
			put_char(b, text, n, cp);
		}
		text += n;
		left -= n;
	}
}

void
xout_begin_literal(struct buf *b, const char *name, const char *ns)
{
	buf_printf(b,
	    "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<%s xmlns=\"%s\">",
	    name, ns);
}

void
xout_tag_literal(struct buf *b, const char *begin, const char *name)
{
	buf_printf(b, "%s%s>", begin, name);
}

void
xout_text_literal(struct buf *b, const char *name, const char *text, size_t max)
{
	if (text[0] == '\0')
		return;
	xout_tag_literal(b, "<", name);
	xout_put(b, text, max);
	xout_tag_literal(b, "</", name);
}

void
xout_number_literal(struct buf *b, const char *name, int64_t n)
{
	xout_tag_literal(b, "<", name);
	buf_putd(b, n);
	xout_tag_literal(b, "</", name);
}

void
xout_time_literal(struct buf *b, const char *name, int64_t t)
{
	char iso[CLOCK_ISO_SIZE];

	clock_iso(t, iso);
	xout_text_literal(b, name, iso, 0);
}

void
xout_with_literal(struct buf *b, const char *name, const char *key,
    const char *value, const char *text)
{
	buf_printf(b, "<%s %s=\"", name, key);
	xout_put(b, value, 0);
	buf_puts(b, "\">");
	xout_put(b, text, 0);
	xout_tag_literal(b, "</", name);
}
