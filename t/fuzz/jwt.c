#include "config.h"

#include <string.h>

#include "base/text.h"
#include "peer/google.h"
#include "t/fuzz/fuzz.h"

/* The public key of the corpus's one good token. */
static const char jwks[] =
    "{\"keys\":[{\"kty\":\"RSA\",\"use\":\"sig\",\"kid\":\"k1\",\"alg\":"
    "\"RS256\",\"e\":\"AQAB\",\"n\":\"vzAl8lBkmSJe6_HygnX0q39MRjLqVKvlBMdxuIC"
    "vj0jek9V1lxicK06qiOu0mkCWIPEr7EAqiLtBoxekfOOg25mFDDQHVq0mEcC4BiKWxYl0Ojr"
    "3gPCOTrMKPlowp-gEdGRmGo9kYGJKi4e6DYfzmJxJ7hEGq2JbG495UWwosxPZVN4y-jScM9U"
    "2lw94nW1DBLeG_S6PX2NMYgHSbjdJqhTY1ZkztB562kTjA02Rpa-ioQnsrbttLz67QsG19NJ"
    "QZHw094qo5Wd_X3P9P1JvUkfhJW8GYtbyB16L2SDsADY0bddmYP6FzN0lHPRHaQ0ffMLYoOM"
    "j4SWdXfLoRqgt0w\"}]}";

/* Input is a token, or after a line feed the keys to check it with too.
 * Nobody comes of what is refused, and what is said of somebody is clean. */
int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static char issuer[] = "http://127.0.0.1:9430",
		    client[] = "hat-google-client";
	const struct settings s = { .google_issuer = issuer,
		.google_client_id = client };
	const char *token = (const char *)data;
	const char *line = size > 0 ? memchr(token, '\n', size) : NULL;
	size_t n = line == NULL ? size : (size_t)(line - token);
	struct error e = ERROR_NONE, why = ERROR_NONE;
	struct oauth_person who;
	struct jdoc keys;
	enum rc rc;

	if (line == NULL)
		rc = jdoc_read(&keys, jwks, strlen(jwks), &e);
	else
		rc = jdoc_read(&keys, line + 1, size - n - 1, &e);
	if (rc == RC_OK) {
		rc = google_check(
		    token, n, &keys, &s, "n0nce", 1795338900, &who, &why);
		assert((rc == RC_OK) == (why.text[0] == '\0'));
		assert((rc == RC_OK) == (who.subject[0] != '\0'));
		assert(text_line(who.email, strlen(who.email)));
		assert(text_line(who.name, strlen(who.name)));
	}
	jdoc_release(&keys);
	return 0;
}
