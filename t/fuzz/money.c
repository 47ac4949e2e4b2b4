#include "config.h"

#include <string.h>

#include "base/limits.h"
#include "base/money.h"
#include "t/fuzz/fuzz.h"

static void
check(const char *s, const char *currency)
{
	struct money m, again;
	struct buf b;

	if (money_parse(s, currency, &m) != RC_OK)
		return;
	assert(m.minor >= -LIMIT_MONEY && m.minor <= LIMIT_MONEY);
	buf_init(&b, 64);
	money_put_decimal(&b, m);
	assert(buf_rc(&b) == RC_OK);
	assert(money_parse(buf_str(&b), currency, &again) == RC_OK);
	assert(again.minor == m.minor);
	buf_reset(&b);
	money_put(&b, m);
	assert(buf_rc(&b) == RC_OK);
	buf_release(&b);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char s[64];
	size_t n = size < sizeof(s) - 1 ? size : sizeof(s) - 1;

	if (n > 0)
		memcpy(s, data, n);
	s[n] = '\0';
	check(s, "GBP");
	check(s, "JPY");
	check(s, "KWD");
	return 0;
}
