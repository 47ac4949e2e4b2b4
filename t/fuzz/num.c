#include "config.h"

#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "base/num.h"
#include "t/fuzz/fuzz.h"

static bool
is_number(const char *s, size_t n)
{
	size_t i = n > 0 && s[0] == '-' ? 1 : 0;

	if (i == n)
		return false;
	for (; i < n; i++)
		if (s[i] < '0' || s[i] > '9')
			return false;
	return true;
}

/* The number as printf writes it, to compare with what was read. */
static void
compare(const char *s, size_t n, int64_t v)
{
	bool negative = s[0] == '-';
	char text[32];

	if (negative) {
		s++;
		n--;
	}
	while (n > 1 && s[0] == '0') {
		s++;
		n--;
	}
	(void)snprintf(text, sizeof(text), "%" PRId64, v);
	assert((text[0] == '-') == (negative && v != 0));
	assert(strlen(text) - (text[0] == '-') == n);
	assert(memcmp(text + (text[0] == '-'), s, n) == 0);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *s = (const char *)data;
	int64_t v = 0;
	enum rc rc;

	rc = num_parse_n(s, size, INT64_MIN, INT64_MAX, &v);
	assert((rc != RC_INVALID) == is_number(s, size));
	if (rc == RC_OK)
		compare(s, size, v);
	rc = num_parse_n(s, size, -9, 9, &v);
	assert(rc != RC_OK || (v >= -9 && v <= 9));
	return 0;
}
