#include "config.h"

#include <string.h>

#include "peer/b64.h"

static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
			       "abcdefghijklmnopqrstuvwxyz0123456789-_";

void
b64_put(struct buf *b, const void *bytes, size_t n)
{
	const uint8_t *p = bytes;
	uint32_t bits = 0;
	unsigned have = 0;

	while (n-- > 0) {
		bits = bits << 8 | *p++;
		for (have += 8; have >= 6; have -= 6)
			buf_putc(b, alphabet[bits >> (have - 6) & 63]);
	}
	if (have > 0)
		buf_putc(b, alphabet[bits << (6 - have) & 63]);
}

static int
digit(char c)
{
	const char *at = c == '\0' ? NULL : strchr(alphabet, c);

	return at == NULL ? -1 : (int)(at - alphabet);
}

enum rc
b64_get(struct buf *b, const char *s, size_t n)
{
	size_t before = b->len, i;
	uint32_t bits = 0;
	unsigned have = 0;
	int d;

	if (n % 4 == 1)
		return RC_INVALID;
	for (i = 0; i < n && (d = digit(s[i])) >= 0; i++) {
		bits = bits << 6 | (uint32_t)d;
		have += 6;
		if (have >= 8) {
			have -= 8;
			buf_putc(b, (char)(uint8_t)(bits >> have & 255));
		}
	}
	if (buf_rc(b) != RC_OK)
		return buf_rc(b);
	if (i == n && (bits & ((1U << have) - 1)) == 0)
		return RC_OK;
	buf_cut(b, before);
	return RC_INVALID;
}

size_t
b64_size(const char *s, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++)
		if (digit(s[i]) < 0)
			return 0;
	return n % 4 == 1 ? 0 : n / 4 * 3 + n % 4 * 3 / 4;
}
