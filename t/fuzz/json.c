#include "config.h"

#include "base/limits.h"
#include "base/text.h"
#include "peer/jdoc.h"
#include "t/fuzz/fuzz.h"

#include <string.h>

/* What is read can be asked for anything, and written again to the same. */
int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct error e = ERROR_NONE;
	struct jdoc d, again, element;
	const char *s;
	struct buf b;
	int64_t n;
	size_t i;
	enum rc rc;

	rc = jdoc_read(&d, data, size, &e);
	assert((rc == RC_OK) == (e.text[0] == '\0'));
	assert(size <= LIMIT_JSON || rc == RC_TOOBIG);
	s = jdoc_text(&d, "a");
	assert(s == NULL || text_utf8(s, strlen(s)));
	(void)jdoc_text(&d, "a.b.c");
	(void)jdoc_whole(&d, "data.expires_at", &n);
	(void)jdoc_yes(&d, "data.is_valid");
	for (i = 0; i < jdoc_count(&d, "keys"); i++)
		if (jdoc_at(&d, "keys", i, &element))
			(void)jdoc_text(&element, "kid");
	if (rc == RC_OK) {
		buf_init(&b, 6 * LIMIT_JSON);
		jdoc_put(&b, &d);
		assert(buf_rc(&b) == RC_OK);
		rc = jdoc_read(&again, buf_str(&b), b.len, &e);
		assert(rc == RC_OK || rc == RC_TOOBIG);
		jdoc_release(&again);
		buf_release(&b);
	}
	jdoc_release(&d);
	return 0;
}
