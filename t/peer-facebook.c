#include "config.h"

#include <stdio.h>
#include <string.h>

#include <openssl/evp.h>
#include <openssl/hmac.h>

#include "base/limits.h"
#include "peer/b64.h"
#include "peer/facebook.h"
#include "t/tap.h"

#define SECRET "fb-app-secret-0123456789abcdef"
#define ISSUED INT64_C(1760000000)
#define SIGNATURE "GKb1I48qxWxSS8tC3o_3ww89JQ18vCASa8U1HaOtE3E"
#define PAYLOAD                                                                \
	"eyJ1c2VyX2lkIjoiMjE4NDcxIiwiYWxnb3JpdGhtIjoiSE1BQy1TSEEyNTYiLCJpc3N"  \
	"1ZWRfYXQiOjE3NjAwMDAwMDB9"

static enum rc
check(const char *request, const char *secret, int64_t now,
    struct facebook_word *w)
{
	struct error e = ERROR_NONE;
	enum rc rc;

	rc = facebook_signed(secret, request, strlen(request), now, w, &e);
	ok((rc == RC_OK) == (e.text[0] == '\0'), "says why: %s", e.text);
	ok(rc == RC_OK || w->user[0] == '\0', "nobody on a refusal");
	return rc;
}

static void
refused(const char *request, const char *why)
{
	struct facebook_word w;

	is_int(check(request, SECRET, ISSUED, &w), RC_DENIED, why);
}

static void
a_signed_request_is_taken_for_an_hour(void)
{
	struct facebook_word w;
	const char *r = SIGNATURE "." PAYLOAD;

	is_int(check(r, SECRET, ISSUED, &w), RC_OK, "rc");
	is_str(w.user, "218471", "user");
	is_int(w.issued_at, ISSUED, "time");
	is_int(check(r, SECRET, ISSUED + 3600, &w), RC_OK, "an hour old");
	is_int(check(r, SECRET, ISSUED + 3601, &w), RC_DENIED, "older");
	is_int(check(r, SECRET, ISSUED - 60, &w), RC_OK, "a clock behind");
	is_int(check(r, SECRET, ISSUED - 61, &w), RC_DENIED, "of the future");
	is_int(check(r, SECRET "x", ISSUED, &w), RC_DENIED, "another secret");
	is_int(check(r, "", ISSUED, &w), RC_DENIED, "no secret");
}

static void
a_signed_request_that_was_touched_is_refused(void)
{
	char copy[sizeof(SIGNATURE "." PAYLOAD)];
	struct error e = ERROR_NONE;
	struct facebook_word w;
	size_t i;
	int taken = 0;

	for (i = 0; i < sizeof(copy) - 1; i++) {
		memcpy(copy, SIGNATURE "." PAYLOAD, sizeof(copy));
		copy[i] = copy[i] == 'A' ? 'B' : 'A';
		taken += facebook_signed(SECRET, copy, sizeof(copy) - 1, ISSUED,
			     &w, &e) == RC_OK;
	}
	is_int(taken, 0, "taken with another byte");
	refused("", "nothing");
	refused(".", "a dot");
	refused("." PAYLOAD, "no signature");
	refused(SIGNATURE, "no payload");
	refused(SIGNATURE ".", "an empty payload");
	refused(SIGNATURE "." PAYLOAD "=", "padding");
	refused(SIGNATURE "=." PAYLOAD, "padding of the signature");
	refused(SIGNATURE "." PAYLOAD ".x", "three parts");
	refused(SIGNATURE "AAAA." PAYLOAD, "a longer signature");
}

/* What the one with the secret signs. */
static void
sign(const char *payload, struct buf *out)
{
	uint8_t mac[32];
	struct buf b;
	unsigned n = 0;

	buf_init(&b, 2000);
	b64_put(&b, payload, strlen(payload));
	(void)HMAC(EVP_sha256(), SECRET, (int)strlen(SECRET),
	    (const uint8_t *)buf_str(&b), b.len, mac, &n);
	b64_put(out, mac, n);
	buf_putc(out, '.');
	buf_puts(out, buf_str(&b));
	buf_release(&b);
}

static void
a_payload_must_say_who_when_and_how(void)
{
	static const char *const bad[] = {
		"{\"user_id\":\"1\",\"issued_at\":1760000000}",
		"{\"user_id\":\"1\",\"algorithm\":\"none\",\"issued_at\":"
		"1760000000}",
		"{\"user_id\":\"1\",\"algorithm\":\"HMAC-SHA1\",\"issued_at\":"
		"1760000000}",
		"{\"user_id\":1,\"algorithm\":\"HMAC-SHA256\",\"issued_at\":"
		"1760000000}",
		"{\"user_id\":\"\",\"algorithm\":\"HMAC-SHA256\",\"issued_at\":"
		"1760000000}",
		"{\"algorithm\":\"HMAC-SHA256\",\"issued_at\":1760000000}",
		"{\"user_id\":\"1\",\"algorithm\":\"HMAC-SHA256\"}",
		"[]",
		"no JSON",
	};
	struct buf b;
	size_t i;

	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		buf_init(&b, 4000);
		sign(bad[i], &b);
		refused(buf_str(&b), bad[i]);
		buf_release(&b);
	}
}

static void
the_proof_is_the_secrets_mac_of_the_token(void)
{
	char got[HASH_SIZE];

	facebook_proof(SECRET, "EAABhatTOKEN123", got);
	is_str(got,
	    "27f258907b54a2c26bd1b26a2f46a578c12fb4f86d6f4d1287c9f677be4bcd3f",
	    "appsecret_proof");
}

static void
the_browser_is_sent_to_the_dialog(void)
{
	static char dialog[] = "https://www.facebook.com", version[] = "v26.0",
		    app[] = "1234567890";
	struct settings s = { .facebook_dialog = dialog,
		.facebook_version = version,
		.facebook_app_id = app };
	struct facebook_try t = { "https://h.example/cb", "st", false };
	struct oauth_page there;
	struct buf address, b;

	buf_init(&address, LIMIT_URL);
	buf_init(&b, LIMIT_URL);
	facebook_page(&s, &t, &address, &there);
	is_str(there.address, "https://www.facebook.com/v26.0/dialog/oauth",
	    "address");
	oauth_put_args(&b, &there);
	is_str(buf_str(&b),
	    "client_id=1234567890&redirect_uri=https%3A%2F%2Fh.example%2Fcb"
	    "&state=st&response_type=code&scope=public_profile%20email",
	    "arguments");
	buf_release(&address);
	buf_release(&b);
}

static enum rc
no_memory(void)
{
	const char *r = SIGNATURE "." PAYLOAD;
	struct error e = ERROR_NONE;
	struct facebook_word w;

	return facebook_signed(SECRET, r, strlen(r), ISSUED, &w, &e);
}

static void
each_allocation_may_fail(void)
{
	ok(torture("facebook_signed", no_memory) > 0, "there are some");
}

int
main(void)
{
	RUN(a_signed_request_is_taken_for_an_hour);
	RUN(a_signed_request_that_was_touched_is_refused);
	RUN(a_payload_must_say_who_when_and_how);
	RUN(the_proof_is_the_secrets_mac_of_the_token);
	RUN(the_browser_is_sent_to_the_dialog);
	RUN(each_allocation_may_fail);
	return tap_done();
}
