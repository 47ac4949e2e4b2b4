#include "config.h"

#include <string.h>

#include "base/num.h"
#include "base/text.h"
#include "stock/level.h"

enum level_kind
level_parse(const char *text, int64_t *level)
{
	size_t n, whole;
	int64_t v;

	if (text == NULL)
		return LEVEL_NULL;
	n = strlen(text);
	text = text_trim(text, &n);
	whole = strcspn(text, ".");
	/* a decimal column's zeros */
	if (whole < n) {
		if (n - whole - 1 != strspn(text + whole + 1, "0") ||
		    n == whole + 1)
			return LEVEL_TEXT;
		n = whole;
	}
	if (num_parse_n(text, n, INT64_MIN, LEVEL_MAX, &v) != RC_OK)
		return LEVEL_TEXT;
	if (v < 0)
		return LEVEL_NEGATIVE;
	*level = v;
	return LEVEL_FINE;
}
