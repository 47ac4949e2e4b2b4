#include "config.h"

#include <string.h>

#include "db/split.h"
#include "t/fuzz/fuzz.h"

struct seen {
	const char *text, *end; /* of the input */
	const char *last;       /* where the statement before ended */
};

/* Statements are inside the input, in order, each followed by its ';'. */
static enum rc
check(void *ctx, const char *text, size_t n, struct error *e)
{
	struct seen *s = ctx;

	(void)e;
	assert(text >= s->last && text + n < s->end && text[n] == ';');
	s->last = text + n + 1;
	return RC_OK;
}

/* And nothing but blanks and comments is after the last one of a whole file. */
int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *text = (const char *)data;
	struct seen s = { text, text + size, text };
	enum rc rc;

	rc = split_statements(text, size, check, &s, NULL);
	assert(rc == RC_OK || rc == RC_INVALID);
	if (rc == RC_OK)
		rc = split_statements(
		    s.last, (size_t)(s.end - s.last), check, &s, NULL);
	else
		rc = RC_OK;
	assert(rc == RC_OK);
	return 0;
}
