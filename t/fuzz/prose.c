#include "config.h"

#include <string.h>

#include "base/limits.h"
#include "base/text.h"
#include "markup/prose.h"
#include "t/fuzz/fuzz.h"

/* Whatever the text, the page is made of our elements, closed, and UTF-8;
 * html_rc stops the program at one left open. */
int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct html h;
	struct buf b;

	buf_init(&b, LIMIT_PAGE);
	html_init(&h, &b);
	prose_put(&h, (const char *)data, size);
	assert(html_rc(&h) != RC_INVALID);
	assert(text_utf8(buf_str(&b), b.len));
	assert(strstr(buf_str(&b), "<script") == NULL);
	assert(strstr(buf_str(&b), "href=\"//") == NULL);
	buf_reset(&b);
	prose_title(&b, (const char *)data, size);
	assert(text_utf8(buf_str(&b), b.len));
	buf_release(&b);
	return 0;
}
