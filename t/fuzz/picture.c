#include "config.h"

#include <string.h>

#include "base/limits.h"
#include "syncd/picture.h"
#include "t/fuzz/fuzz.h"

/* Only what looks at headers runs in syncd itself; decoders have a child. */
int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct error e = ERROR_NONE;
	struct picture_header h;
	int64_t width, height;
	enum rc rc;

	rc = picture_check(data, size, &h, &e);
	assert(rc == RC_OK || rc == RC_INVALID || rc == RC_TOOBIG);
	assert((rc == RC_OK) == (e.text[0] == '\0'));
	if (rc == RC_OK) {
		assert(h.width >= 1 && h.height >= 1);
		assert(h.width * h.height <= LIMIT_PICTURE_PIXELS);
		assert(h.exif <= size && h.exif_len <= size - h.exif);
	}
	if (picture_webp_size(data, size, &width, &height))
		assert(width >= 1 && height >= 1);
	return 0;
}
