#include "config.h"

#include <string.h>

#include "base/text.h"
#include "peer/aws_credentials.h"
#include "peer/s3_xml.h"
#include "t/fuzz/fuzz.h"

static enum rc
look(void *ctx, const struct s3_object *o, struct error *e)
{
	(void)ctx;
	(void)e;
	assert(o->key[0] != '\0' && strlen(o->key) < S3_KEY_SIZE);
	assert(text_utf8(o->key, strlen(o->key)));
	assert(o->size >= 0 && o->modified_at >= 0);
	return RC_OK;
}

/* What a bucket answers, and what a metadata service does: keys are whole or
 * none, and nothing of them breaks a header or a log line. */
int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *text = (const char *)data;
	struct error e = ERROR_NONE;
	struct aws_credentials c;
	struct s3_page page;
	struct s3_fault f;
	enum rc rc;

	rc = s3_xml_list(text, size, look, NULL, &page, &e);
	assert(rc == RC_OK || e.text[0] != '\0');
	assert(rc != RC_OK || !page.more || page.token[0] != '\0');
	s3_xml_fault(text, size, &f);
	assert(text_line(f.code, strlen(f.code)));
	assert(text_line(f.message, strlen(f.message)));
	assert(text_line(f.region, strlen(f.region)));
	aws_credentials_init(&c, NULL, NULL);
	rc = aws_credentials_parse(&c, text, size, &e);
	assert(text_line(c.key_id, strlen(c.key_id)));
	assert(text_line(c.token, strlen(c.token)));
	assert((rc == RC_OK) == (c.key_id[0] != '\0' && c.secret[0] != '\0' &&
				    c.expires_at >= 0));
	aws_credentials_release(&c);
	return 0;
}
