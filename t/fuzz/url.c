#include "config.h"

#include <string.h>

#include "base/text.h"
#include "markup/url.h"
#include "t/fuzz/fuzz.h"

/* What was decoded is encoded and decoded again to the same. */
int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct buf plain, encoded, again;

	buf_init(&plain, size + 1);
	buf_init(&encoded, 3 * size + 1);
	buf_init(&again, size + 1);
	if (url_decode(&plain, (const char *)data, size) == RC_OK) {
		assert(plain.len <= size);
		assert(text_utf8(buf_str(&plain), plain.len));
		url_encode(&encoded, buf_str(&plain));
		assert(buf_rc(&encoded) == RC_OK);
		assert(url_decode(&again, buf_str(&encoded), encoded.len) ==
		       RC_OK);
		assert(again.len == plain.len);
		assert(strcmp(buf_str(&again), buf_str(&plain)) == 0);
	} else {
		assert(plain.len == 0);
	}
	buf_release(&plain);
	buf_release(&encoded);
	buf_release(&again);
	return 0;
}
