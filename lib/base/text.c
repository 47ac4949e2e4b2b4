#include "config.h"

#include <assert.h>
#include <string.h>

#include "base/text.h"

#define REPLACEMENT "\xef\xbf\xbd" /* U+FFFD */

/* The bytes that a sequence has after its first one, which payload the first
 * carries and the least code point that may be written so (no overlong
 * forms, RFC 3629 section 3). */
static size_t
lead(unsigned char c, uint32_t *payload, uint32_t *least)
{
	if (c >= 0xc2 && c <= 0xdf) {
		*payload = c & 0x1f;
		*least = 0x80;
		return 1;
	}
	if (c >= 0xe0 && c <= 0xef) {
		*payload = c & 0x0f;
		*least = 0x800;
		return 2;
	}
	if (c >= 0xf0 && c <= 0xf4) {
		*payload = c & 0x07;
		*least = 0x10000;
		return 3;
	}
	return 0;
}

static bool
is_scalar(uint32_t cp)
{
	return cp <= 0x10ffff && (cp < 0xd800 || cp > 0xdfff);
}

size_t
text_decode(const char *s, size_t n, uint32_t *cp)
{
	const unsigned char *p = (const unsigned char *)s;
	uint32_t v = 0, least = 0;
	size_t i, more;

	assert(n >= 1);
	if (p[0] < 0x80) {
		*cp = p[0];
		return 1;
	}
	more = lead(p[0], &v, &least);
	if (more == 0 || more >= n)
		return 0;
	for (i = 1; i <= more; i++) {
		if ((p[i] & 0xc0) != 0x80)
			return 0;
		v = v << 6 | (p[i] & 0x3f);
	}
	if (v < least || !is_scalar(v))
		return 0;
	*cp = v;
	return more + 1;
}

void
text_encode(struct buf *b, uint32_t cp)
{
	char s[4];
	size_t n;

	assert(is_scalar(cp));
	if (cp < 0x80) {
		buf_putc(b, (char)cp);
		return;
	}
	if (cp < 0x800) {
		s[0] = (char)(0xc0 | cp >> 6);
		n = 2;
	} else if (cp < 0x10000) {
		s[0] = (char)(0xe0 | cp >> 12);
		s[1] = (char)(0x80 | (cp >> 6 & 0x3f));
		n = 3;
	} else {
		s[0] = (char)(0xf0 | cp >> 18);
		s[1] = (char)(0x80 | (cp >> 12 & 0x3f));
		s[2] = (char)(0x80 | (cp >> 6 & 0x3f));
		n = 4;
	}
	s[n - 1] = (char)(0x80 | (cp & 0x3f));
	buf_put(b, s, n);
}

bool
text_utf8(const char *s, size_t n)
{
	uint32_t cp;
	size_t i = 0, step;

	while (i < n) {
		step = text_decode(s + i, n - i, &cp);
		if (step == 0 || cp == 0)
			return false;
		i += step;
	}
	return true;
}

bool
text_control(uint32_t cp)
{
	return cp < 0x20 || (cp >= 0x7f && cp < 0xa0);
}

static bool
is_line_end(uint32_t cp)
{
	return cp == 0x2028 || cp == 0x2029;
}

bool
text_line(const char *s, size_t n)
{
	uint32_t cp;
	size_t i = 0, step;

	while (i < n) {
		step = text_decode(s + i, n - i, &cp);
		if (step == 0 || text_control(cp) || is_line_end(cp))
			return false;
		i += step;
	}
	return true;
}

/* UAX #9, sections 2.1 to 2.4: embeddings, overrides and isolates with their
 * ends.  The plain marks (U+200E, U+200F) change nothing but themselves. */
static bool
turns_direction(uint32_t cp)
{
	return (cp >= 0x202a && cp <= 0x202e) || (cp >= 0x2066 && cp <= 0x2069);
}

size_t
text_count(const char *s)
{
	size_t count = 0;

	for (; *s != '\0'; s++)
		count += ((unsigned char)*s & 0xc0) != 0x80;
	return count;
}

size_t
text_clip(const char *s, size_t n, size_t max)
{
	if (n <= max)
		return n;
	while (max > 0 && ((unsigned char)s[max] & 0xc0) == 0x80)
		max--;
	return max;
}

void
text_clean(struct buf *b, const char *s, size_t n)
{
	uint32_t cp;
	size_t i = 0, step;

	while (i < n) {
		step = text_decode(s + i, n - i, &cp);
		if (step == 0) {
			buf_puts(b, REPLACEMENT);
			step = 1;
		} else if (is_line_end(cp)) {
			buf_putc(b, '\n');
		} else if (cp == '\n' || cp == '\t' ||
			   (!text_control(cp) && !turns_direction(cp))) {
			buf_put(b, s + i, step);
		}
		i += step;
	}
}

static bool
is_blank(char c)
{
	return c == ' ' || (c >= '\t' && c <= '\r');
}

void
text_fit(char *out, size_t size, const char *s)
{
	struct buf b;
	size_t n = strnlen(s, size); /* nothing gets shorter but by dropping */

	assert(size > 0);
	buf_init(&b, 3 * size + 1);
	text_clean(&b, s, n);
	n = buf_rc(&b) == RC_OK ? text_clip(buf_str(&b), b.len, size - 1) : 0;
	memcpy(out, buf_str(&b), n);
	out[n] = '\0';
	for (char *c = out; *c != '\0'; c++)
		if (*c == '\n' || *c == '\t')
			*c = ' ';
	buf_release(&b);
}

const char *
text_trim(const char *s, size_t *n)
{
	while (*n > 0 && is_blank(*s)) {
		s++;
		(*n)--;
	}
	while (*n > 0 && is_blank(s[*n - 1]))
		(*n)--;
	return s;
}

void
text_copy(char *out, size_t size, const char *s)
{
	size_t n = strnlen(s, size - 1);

	memcpy(out, s, n);
	out[n] = '\0';
}
