#include "config.h"

#include <stdbool.h>
#include <stdint.h>

#include "base/text.h"
#include "markup/escape.h"

/* ASCII that is copied as it is: 1. */
static const uint8_t plain[128] = {
	0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 0, 0, 1, 0, 0, /* TAB LF CR */
	0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, /* */
	1, 1, 0, 1, 1, 1, 0, 0, 1, 1, 1, 1, 1, 1, 1, 1, /* not " & ' */
	1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 0, 1, 0, 1, /* not < > */
	1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, /* @ A … O */
	1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, /* P … _ */
	1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, /* ` a … o */
	1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 0, /* p … ~, DEL */
};

/* What stands for the code point; NULL when it stands for itself. */
static const char *
substitute(uint32_t cp, const char *control)
{
	switch (cp) {
	case '&':
		return "&amp;";
	case '<':
		return "&lt;";
	case '>':
		return "&gt;";
	case '"':
		return "&quot;";
	case '\'':
		return "&#39;"; /* HTML 4 did not know &apos; */
	default:
		return text_control(cp) || cp == 0xfffe || cp == 0xffff
			   ? control
			   : NULL;
	}
}

/* The bytes from i on that are copied as they are; a well-formed character
 * above ASCII is left to the caller. */
static size_t
run_end(const char *s, size_t i, size_t n)
{
	while (i < n && (unsigned char)s[i] < 0x80 && plain[(uint8_t)s[i]])
		i++;
	return i;
}

void
escape_put(struct buf *b, const char *s, size_t n, const char *control)
{
	size_t from = 0, i = 0, step;
	const char *other;
	uint32_t cp;

	for (;;) {
		i = run_end(s, i, n);
		if (i == n)
			break;
		step = text_decode(s + i, n - i, &cp);
		other =
		    step == 0 ? ESCAPE_REPLACEMENT : substitute(cp, control);
		if (step == 0)
			step = 1;
		if (other != NULL) {
			buf_put(b, s + from, i - from);
			buf_puts(b, other);
			from = i + step;
		}
		i += step;
	}
	buf_put(b, s + from, n - from);
}
