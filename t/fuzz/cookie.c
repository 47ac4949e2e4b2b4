#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "t/fuzz/fuzz.h"
#include "web/cookie.h"

/* A value that was found can be set again as it is. */
int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *header = malloc(size + 1), value[32];
	struct buf b;
	int secure;

	assert(header != NULL);
	memcpy(header, data, size);
	header[size] = '\0';
	for (secure = 0; secure < 2; secure++) {
		if (cookie_get(header, "hat", secure, value, sizeof(value)) !=
		    RC_OK)
			continue;
		assert(strlen(value) < sizeof(value));
		assert(strpbrk(value, " \t\r\n;,\"\\") == NULL);
		buf_init(&b, 256);
		cookie_put(&b, "hat", secure, value, 1);
		assert(buf_rc(&b) == RC_OK);
		assert(strstr(header, value) != NULL);
		buf_release(&b);
	}
	free(header);
	return 0;
}
