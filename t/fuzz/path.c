#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "t/fuzz/fuzz.h"
#include "web/request.h"

/* The input is what stands between "GET " and " HTTP/1.1". */
static const char *
var(void *ctx, const char *name)
{
	if (strcmp(name, "REQUEST_METHOD") == 0)
		return "GET";
	return strcmp(name, "REQUEST_URI") == 0 ? ctx : NULL;
}

static ssize_t
no_body(void *ctx, void *p, size_t n)
{
	(void)ctx;
	(void)p;
	(void)n;
	return 0;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *uri = malloc(size + 1);
	struct request_source src = { var, no_body, uri };
	struct error e = ERROR_NONE;
	struct request q;
	const char *s;
	enum rc rc;

	assert(uri != NULL);
	memcpy(uri, data, size);
	uri[size] = '\0';
	rc = request_read(&q, &src, &e);
	s = buf_str(&q.path);
	if (rc == RC_OK) {
		assert(s[0] == '/' && q.path.len == strlen(s));
		assert(text_line(s, q.path.len));
		assert(strstr(s, "//") == NULL && strstr(s, "/../") == NULL &&
		       strstr(s, "/./") == NULL);
		assert(
		    q.path.len < 3 || strcmp(s + q.path.len - 3, "/..") != 0);
		assert(strcmp(s + q.path.len - 1, ".") != 0 ||
		       strcmp(s + q.path.len - 2, "/.") != 0);
	} else {
		assert(q.status == 400 || q.status == 414);
		assert(e.rc == rc && strlen(q.id) == 16);
	}
	request_release(&q);
	free(uri);
	return 0;
}
