#include "config.h"

#include <assert.h>
#include <stdbool.h>
#include <string.h>

#include "base/limits.h"
#include "base/num.h"
#include "base/text.h"
#include "markup/url.h"

/* Value of u->args once a fragment closed the url. */
#define CLOSED (-1)

/* RFC 3986 section 2.3. */
static bool
is_unreserved(unsigned char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
	       (c >= '0' && c <= '9') || c == '-' || c == '.' || c == '_' ||
	       c == '~';
}

void
url_encode(struct buf *b, const char *s)
{
	static const char hex[] = "0123456789ABCDEF";
	size_t i, from = 0, n = strlen(s);
	unsigned char c;

	if (!text_utf8(s, n)) {
		buf_fail(b, RC_INVALID);
		return;
	}
	for (i = 0; i < n; i++) {
		c = (unsigned char)s[i];
		if (is_unreserved(c))
			continue;
		buf_put(b, s + from, i - from);
		buf_putc(b, '%');
		buf_putc(b, hex[c >> 4]);
		buf_putc(b, hex[c & 15]);
		from = i + 1;
	}
	buf_put(b, s + from, n - from);
}

void
url_init_literal(struct url *u, const char *path)
{
	assert(path[0] == '\0' || (path[0] == '/' && path[1] != '/'));
	url_init_origin(u, "", path);
}

void
url_init_origin(struct url *u, const char *origin, const char *path)
{
	assert(path[0] == '\0' || path[0] == '/');
	buf_init(&u->b, LIMIT_URL);
	u->args = 0;
	buf_puts(&u->b, origin);
	buf_puts(&u->b, path);
}

void
url_init_whole(struct url *u, const char *address)
{
	static const char *const begins[] = { "https://",
		"http://127.0.0.1:", "http://localhost:", "http://[::1]:" };
	bool known = false;
	size_t i;

	url_init_origin(u, address, "");
	u->args = CLOSED;
	for (i = 0; i < sizeof(begins) / sizeof(begins[0]); i++)
		known |= strncmp(address, begins[i], strlen(begins[i])) == 0;
	for (i = 0; address[i] != '\0'; i++)
		known = known && address[i] > ' ' && address[i] < 0x7f &&
			strchr("\"'<>\\^`{|}", address[i]) == NULL;
	if (!known)
		buf_fail(&u->b, RC_INVALID);
}

void
url_release(struct url *u)
{
	buf_release(&u->b);
	u->args = 0;
}

void
url_path(struct url *u, const char *segment)
{
	assert(u->args == 0);
	if (segment[0] == '\0' || strcmp(segment, ".") == 0 ||
	    strcmp(segment, "..") == 0) {
		buf_fail(&u->b, RC_INVALID);
		return;
	}
	if (u->b.len == 0 || u->b.s[u->b.len - 1] != '/')
		buf_putc(&u->b, '/');
	url_encode(&u->b, segment);
}

void
url_tail_literal(struct url *u, const char *path)
{
	assert(u->args == 0 && path[0] == '/');
	buf_puts(&u->b, path);
}

static void
begin_arg(struct url *u, const char *name)
{
	assert(u->args != CLOSED);
	buf_putc(&u->b, u->args == 0 ? '?' : '&');
	u->args++;
	url_encode(&u->b, name);
	buf_putc(&u->b, '=');
}

void
url_arg(struct url *u, const char *name, const char *value)
{
	begin_arg(u, name);
	url_encode(&u->b, value);
}

void
url_argd(struct url *u, const char *name, int64_t value)
{
	begin_arg(u, name);
	buf_putd(&u->b, value);
}

void
url_fragment(struct url *u, const char *id)
{
	assert(u->args != CLOSED);
	u->args = CLOSED;
	buf_putc(&u->b, '#');
	url_encode(&u->b, id);
}

const char *
url_str(const struct url *u)
{
	return buf_str(&u->b);
}

enum rc
url_rc(const struct url *u)
{
	return buf_rc(&u->b);
}

/* Decode into b without looking at what the bytes mean. */
static enum rc
decode_bytes(struct buf *b, const char *s, size_t n)
{
	int high, low;
	size_t i;

	for (i = 0; i < n; i++) {
		if (s[i] == '+') {
			buf_putc(b, ' ');
		} else if (s[i] != '%') {
			buf_putc(b, s[i]);
		} else {
			if (n - i < 3)
				return RC_INVALID;
			high = num_hex_digit(s[i + 1]);
			low = num_hex_digit(s[i + 2]);
			if (high < 0 || low < 0)
				return RC_INVALID;
			buf_putc(b, (char)(high << 4 | low));
			i += 2;
		}
	}
	return buf_rc(b);
}

enum rc
url_decode(struct buf *b, const char *s, size_t n)
{
	size_t start = b->len;
	enum rc rc;

	rc = decode_bytes(b, s, n);
	if (rc == RC_OK && b->len > start &&
	    !text_utf8(b->s + start, b->len - start))
		rc = RC_INVALID;
	if (rc != RC_OK && buf_rc(b) == RC_OK)
		buf_cut(b, start);
	return rc;
}
