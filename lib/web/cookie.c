#include "config.h"

#include <assert.h>
#include <string.h>

#include "web/cookie.h"

#define HOST_PREFIX "__Host-"

/* RFC 6265 section 4.1.1: no blank, control character, '"', ',', ';', '\'. */
static bool
cookie_octet(unsigned char c)
{
	return c > ' ' && c < 0x7f && c != '"' && c != ',' && c != ';' &&
	       c != '\\';
}

static bool
cookie_value(const char *s, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++)
		if (!cookie_octet((unsigned char)s[i]))
			return false;
	return true;
}

/* Whether the n bytes at s are the name that browsers send for `name`. */
static bool
is_name(const char *s, size_t n, const char *name, bool secure)
{
	size_t skip = secure ? strlen(HOST_PREFIX) : 0;

	return n == skip + strlen(name) && memcmp(s, HOST_PREFIX, skip) == 0 &&
	       memcmp(s + skip, name, n - skip) == 0;
}

enum rc
cookie_get(
    const char *header, const char *name, bool secure, char *out, size_t size)
{
	const char *p, *end, *eq, *value = NULL;
	size_t len = 0;

	if (header == NULL)
		return RC_NOTFOUND;
	for (p = header; *p != '\0'; p = end + (*end == ';')) {
		p += strspn(p, " \t");
		end = p + strcspn(p, ";");
		eq = memchr(p, '=', (size_t)(end - p));
		if (eq == NULL || !is_name(p, (size_t)(eq - p), name, secure))
			continue;
		if (value != NULL)
			return RC_INVALID;
		value = eq + 1;
		len = (size_t)(end - value);
		while (len > 0 && strchr(" \t", value[len - 1]) != NULL)
			len--;
	}
	if (value == NULL)
		return RC_NOTFOUND;
	if (len >= size || !cookie_value(value, len))
		return RC_INVALID;
	memcpy(out, value, len);
	out[len] = '\0';
	return RC_OK;
}

void
cookie_put(struct buf *b, const char *name, bool secure, const char *value,
    int64_t max_age)
{
	assert(cookie_value(value, strlen(value)) && max_age >= 0);
	if (secure)
		buf_puts(b, HOST_PREFIX);
	buf_puts(b, name);
	buf_putc(b, '=');
	buf_puts(b, value);
	buf_puts(b, "; Max-Age=");
	buf_putd(b, max_age);
	buf_puts(b, "; Path=/; HttpOnly; SameSite=Lax");
	if (secure)
		buf_puts(b, "; Secure");
}
