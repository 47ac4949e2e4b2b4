#include "config.h"

#include <stdbool.h>
#include <string.h>

#include "base/num.h"

enum rc
num_parse(const char *s, int64_t min, int64_t max, int64_t *out)
{
	if (s == NULL)
		return RC_INVALID;
	return num_parse_n(s, strlen(s), min, max, out);
}

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

enum rc
num_parse_n(const char *s, size_t n, int64_t min, int64_t max, int64_t *out)
{
	bool fits = true;
	int64_t v = 0;
	size_t i;

	if (s == NULL || !is_number(s, n))
		return RC_INVALID;
	/* Counted downwards, because INT64_MIN has no positive twin. */
	for (i = s[0] == '-' ? 1 : 0; i < n && fits; i++)
		fits = num_mul(v, 10, &v) == RC_OK &&
		       num_add(v, '0' - s[i], &v) == RC_OK;
	if (fits && s[0] != '-')
		fits = num_mul(v, -1, &v) == RC_OK;
	if (!fits || v < min || v > max)
		return RC_TOOBIG;
	*out = v;
	return RC_OK;
}

int
num_hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return -1;
}

enum rc
num_add(int64_t a, int64_t b, int64_t *out)
{
	int64_t v;

	if (__builtin_add_overflow(a, b, &v))
		return RC_TOOBIG;
	*out = v;
	return RC_OK;
}

enum rc
num_mul(int64_t a, int64_t b, int64_t *out)
{
	int64_t v;

	if (__builtin_mul_overflow(a, b, &v))
		return RC_TOOBIG;
	*out = v;
	return RC_OK;
}
