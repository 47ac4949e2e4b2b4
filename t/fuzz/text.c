#include "config.h"

#include <string.h>

#include "base/text.h"
#include "t/fuzz/fuzz.h"

static void
check_decode(const char *s, size_t n)
{
	struct buf b;
	uint32_t cp;
	size_t i = 0, step;

	buf_init(&b, 4);
	while (i < n) {
		step = text_decode(s + i, n - i, &cp);
		assert(step <= 4 && step <= n - i);
		if (step > 0) {
			buf_reset(&b);
			text_encode(&b, cp);
			assert(b.len == step);
			assert(memcmp(b.s, s + i, step) == 0);
		}
		i += step > 0 ? step : 1;
	}
	buf_release(&b);
}

static void
check_clean(const char *s, size_t n)
{
	struct buf b;
	size_t i;

	buf_init(&b, 3 * n + 1);
	text_clean(&b, s, n);
	assert(buf_rc(&b) == RC_OK);
	assert(text_utf8(buf_str(&b), b.len));
	for (i = 0; i < b.len; i++)
		if (b.s[i] == '\n' || b.s[i] == '\t')
			b.s[i] = ' ';
	assert(text_line(buf_str(&b), b.len));
	for (i = 0; i <= b.len; i++)
		assert(text_utf8(buf_str(&b), text_clip(b.s, b.len, i)));
	assert(text_count(buf_str(&b)) <= b.len);
	buf_release(&b);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *s = (const char *)data;
	size_t n = size;

	check_decode(s, size);
	check_clean(s, size);
	assert(!text_line(s, size) || text_utf8(s, size));
	(void)text_trim(s, &n);
	assert(n <= size);
	return 0;
}
