#include "config.h"

#include <string.h>

#include <openssl/evp.h>
#include <openssl/hmac.h>

#include "peer/b64.h"
#include "peer/facebook.h"
#include "t/fuzz/fuzz.h"

#define SECRET "fb-app-secret-0123456789abcdef"

static void
look(const char *request, size_t n)
{
	struct error e = ERROR_NONE;
	struct facebook_word w;
	enum rc rc;

	rc = facebook_signed(SECRET, request, n, 1760000000, &w, &e);
	assert((rc == RC_OK) == (e.text[0] == '\0'));
	assert((rc == RC_OK) == (w.user[0] != '\0'));
}

/* The bytes as a request, and as the payload of one that is signed right: else
 * no input would come past the signature. */
int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	uint8_t mac[32];
	struct buf payload, b;
	unsigned n = 0;

	look((const char *)data, size);
	buf_init(&payload, 65536);
	buf_init(&b, 65536);
	b64_put(&payload, data, size);
	(void)HMAC(EVP_sha256(), SECRET, (int)strlen(SECRET),
	    (const uint8_t *)buf_str(&payload), payload.len, mac, &n);
	b64_put(&b, mac, sizeof(mac));
	buf_putc(&b, '.');
	buf_puts(&b, buf_str(&payload));
	look(buf_str(&b), b.len);
	buf_release(&payload);
	buf_release(&b);
	return 0;
}
