/*
 * ID tokens: one that a certified provider issued, and what a forger would try
 * (R32).
 */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cjose/cjose.h>
#include <jansson.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include "base/file.h"
#include "base/limits.h"
#include "peer/b64.h"
#include "peer/google.h"
#include "peer/jwt.h"
#include "t/tap.h"

#define NOW INT64_C(1795338900)
#define CLIENT "hat-google-client"

static char issuer[] = "http://127.0.0.1:9430";
static char client[] = CLIENT;
static const struct settings settings = { .google_issuer = issuer,
	.google_client_id = client };

static struct jdoc keys; /* the vector's */
static char vector[JWT_SIZE];
static cjose_jwk_t *ours; /* a key pair of this test */
static struct jdoc our_keys;

static enum rc
check_at(const char *token, const struct jdoc *set, const char *nonce,
    int64_t now, struct oauth_person *who)
{
	struct error e = ERROR_NONE;
	enum rc rc;

	rc = google_check(
	    token, strlen(token), set, &settings, nonce, now, who, &e);
	ok((rc == RC_OK) == (e.text[0] == '\0'), "says why: %s", e.text);
	ok(rc == RC_OK || who->subject[0] == '\0', "nobody on a refusal");
	return rc;
}

static enum rc
check(const char *token, const struct jdoc *set)
{
	struct oauth_person who;

	return check_at(token, set, "n0nce", NOW, &who);
}

static void
a_token_of_a_certified_provider_is_taken(void)
{
	struct oauth_person who;

	is_int(check_at(vector, &keys, "n0nce", NOW, &who), RC_OK, "rc");
	is_str(who.subject, "alice", "subject");
	is_str(who.email, "alice@example.org", "address");
	ok(who.email_proven, "which is proven");
	is_str(who.name, "Hat Buyer", "name");
}

static void
it_is_good_for_its_time_and_login_only(void)
{
	struct oauth_person who;
	int64_t iat = 1795338878;

	is_int(check_at(vector, &keys, "n0nce2", NOW, &who), RC_DENIED,
	    "another nonce");
	is_int(check_at(vector, &keys, "", NOW, &who), RC_DENIED, "no nonce");
	is_int(check_at(vector, &keys, "n0nce", iat - 61, &who), RC_DENIED,
	    "of the future");
	is_int(check_at(vector, &keys, "n0nce", iat - 60, &who), RC_OK,
	    "within the clocks' difference");
	is_int(check_at(vector, &keys, "n0nce", iat + 600, &who), RC_OK,
	    "ten minutes old");
	is_int(check_at(vector, &keys, "n0nce", iat + 601, &who), RC_DENIED,
	    "older");
}

static void
each_changed_byte_is_noticed(void)
{
	char copy[JWT_SIZE];
	struct oauth_person who;
	struct error e;
	size_t i, n = strlen(vector);
	int taken = 0;

	for (i = 0; i < n; i++) {
		memcpy(copy, vector, n + 1);
		copy[i] = copy[i] == 'A' ? 'B' : 'A';
		error_clear(&e);
		taken += google_check(copy, n, &keys, &settings, "n0nce", NOW,
			     &who, &e) == RC_OK;
	}
	is_int(taken, 0, "taken");
	taken = 0;
	for (i = 0; i < n; i++) {
		error_clear(&e);
		taken += google_check(vector, i, &keys, &settings, "n0nce", NOW,
			     &who, &e) == RC_OK;
	}
	is_int(taken, 0, "taken when cut off");
}

/*** Forged ones ***/

/* Sign claims, merged into good ones, with our key. */
static char *
forge_with(const char *alg, const char *kid, const char *claims)
{
	json_t *all = json_pack("{s:s, s:s, s:s, s:s, s:I, s:I, s:s, s:b}",
	    "iss", issuer, "aud", CLIENT, "sub", "mallory", "nonce", "n0nce",
	    "iat", (json_int_t)NOW, "exp", (json_int_t)(NOW + 3600), "email",
	    "m@example.org", "email_verified", 1);
	json_t *more = json_loads(claims, 0, NULL);
	cjose_header_t *h = cjose_header_new(NULL);
	cjose_jws_t *jws = NULL;
	const char *text = NULL, *key;
	json_t *value;
	char *plain, *out;

	json_object_foreach(more, key, value) if (json_is_null(value))(void)
	    json_object_del(all, key);
	else(void) json_object_set(all, key, value);
	json_decref(more);
	plain = json_dumps(all, JSON_COMPACT);
	json_decref(all);
	(void)cjose_header_set(h, "alg", alg, NULL);
	(void)cjose_header_set(h, "kid", kid, NULL);
	jws = cjose_jws_sign(
	    ours, h, (const uint8_t *)plain, strlen(plain), NULL);
	if (jws == NULL || !cjose_jws_export(jws, &text, NULL))
		abort();
	out = strdup(text);
	free(plain);
	cjose_header_release(h);
	cjose_jws_release(jws);
	return out;
}

static void
refused(const char *claims, const char *why)
{
	char *token = forge_with("RS256", "ours", claims);

	is_int(check(token, &our_keys), RC_DENIED, why);
	free(token);
}

static void
taken(const char *claims, const char *why)
{
	char *token = forge_with("RS256", "ours", claims);

	is_int(check(token, &our_keys), RC_OK, why);
	free(token);
}

static void
claims_that_are_not_for_us_are_refused(void)
{
	taken("{}", "what the forged ones begin with");
	refused("{\"iss\":\"https://evil.example\"}", "R32: another issuer");
	refused(
	    "{\"iss\":\"http://127.0.0.1:94301\"}", "one that begins alike");
	refused("{\"iss\":null}", "no issuer");
	refused("{\"iss\":\"accounts.google.com\"}", "Google's old name here");
	refused("{\"aud\":\"other\"}", "R32: another audience");
	refused("{\"aud\":null}", "no audience");
	refused("{\"aud\":[\"other\"]}", "others only");
	refused("{\"aud\":[\"" CLIENT "\"]}", "a list without azp");
	refused("{\"aud\":[\"" CLIENT "\",\"o\"],\"azp\":\"o\"}",
	    "made for another");
	taken("{\"aud\":[\"o\",\"" CLIENT "\"],\"azp\":\"" CLIENT "\"}",
	    "for us among others");
	refused("{\"azp\":\"other\"}", "ours, made for another");
	refused("{\"exp\":1}", "R32: expired");
	refused("{\"exp\":null}", "without an end");
	refused("{\"exp\":\"9999999999\"}", "with an end in words");
	refused("{\"iat\":null}", "without a beginning");
	refused("{\"nonce\":\"other\"}", "R32: another nonce");
	refused("{\"nonce\":null}", "no nonce");
	refused("{\"sub\":null}", "of nobody");
	refused("{\"sub\":\"\"}", "of an empty name");
	refused("{\"sub\":12}", "of a number");
}

static void
an_address_is_proven_only_when_it_says_so(void)
{
	struct oauth_person who;
	char *token;

	token = forge_with("RS256", "ours", "{\"email_verified\":false}");
	is_int(check_at(token, &our_keys, "n0nce", NOW, &who), RC_OK, "rc");
	ok(!who.email_proven && who.email[0] != '\0', "not verified");
	free(token);
	token = forge_with("RS256", "ours", "{\"email_verified\":\"true\"}");
	is_int(check_at(token, &our_keys, "n0nce", NOW, &who), RC_OK, "rc");
	ok(!who.email_proven, "a word is no yes");
	free(token);
	token = forge_with("RS256", "ours", "{\"email\":null}");
	is_int(check_at(token, &our_keys, "n0nce", NOW, &who), RC_OK, "rc");
	ok(!who.email_proven && who.email[0] == '\0', "none to verify");
	free(token);
}

static void
other_algorithms_and_keys_are_refused(void)
{
	char *token = forge_with("RS256", "stranger", "{}");

	is_int(check(token, &our_keys), RC_NOTFOUND, "an unknown key");
	free(token);
	token = forge_with("RS256", "k1", "{}");
	is_int(check(token, &keys), RC_DENIED, "R32: the name of another key");
	free(token);
	token = forge_with("RS384", "ours", "{}");
	is_int(check(token, &our_keys), RC_DENIED, "RS384");
	free(token);
	token = forge_with("PS256", "ours", "{}");
	is_int(check(token, &our_keys), RC_DENIED, "PS256");
	free(token);
}

/* header.payload.signature of texts; mac: HMAC with this key instead. */
static void
put_parts(
    struct buf *b, const char *header, const char *payload, const char *mac_key)
{
	uint8_t mac[32];
	unsigned n = 0;

	b64_put(b, header, strlen(header));
	buf_putc(b, '.');
	b64_put(b, payload, strlen(payload));
	if (mac_key != NULL)
		(void)HMAC(EVP_sha256(), mac_key, (int)strlen(mac_key),
		    (const uint8_t *)buf_str(b), b->len, mac, &n);
	buf_putc(b, '.');
	b64_put(b, mac, n);
}

/* The classics: no signature at all, and the public key as an HMAC's secret. */
static void
none_and_hs256_are_refused(void)
{
	static const char *const headers[] = {
		"{\"alg\":\"none\",\"kid\":\"ours\"}",
		"{\"alg\":\"None\",\"kid\":\"ours\"}",
		"{\"alg\":\"HS256\",\"kid\":\"ours\"}",
		"{\"kid\":\"ours\"}",
		"{\"alg\":[\"RS256\"],\"kid\":\"ours\"}",
		"{\"alg\":\"RS256\",\"alg\":\"none\",\"kid\":\"ours\"}",
		"{\"alg\":\"RS256\"}",
		"{\"alg\":\"RS256\",\"kid\":\"ours\",\"crit\":[\"x\"]}",
		"{\"alg\":\"RS256\",\"kid\":\"ours\",\"b64\":false}",
		"\"RS256\"",
		"not JSON",
	};
	char payload[300], n[600] = "";
	const char *modulus;
	struct jdoc key;
	struct buf b;
	size_t i;

	(void)jdoc_at(&our_keys, "keys", 0, &key);
	modulus = jdoc_text(&key, "n");
	(void)snprintf(n, sizeof(n), "%s", modulus == NULL ? "" : modulus);
	(void)snprintf(payload, sizeof(payload),
	    "{\"iss\":\"%s\",\"aud\":\"" CLIENT "\",\"sub\":\"x\","
	    "\"nonce\":\"n0nce\",\"iat\":%lld,\"exp\":%lld}",
	    issuer, (long long)NOW, (long long)NOW + 60);
	for (i = 0; i < 2 * sizeof(headers) / sizeof(headers[0]); i++) {
		buf_init(&b, JWT_SIZE);
		put_parts(&b, headers[i / 2], payload, i % 2 == 0 ? NULL : n);
		is_int(
		    check(buf_str(&b), &our_keys), RC_DENIED, headers[i / 2]);
		buf_release(&b);
	}
}

static void
what_is_no_token_is_refused(void)
{
	static const char *const bad[] = { "", ".", "..", "...", "a.b", "a.b.c",
		"a.b.c.d", "eyJhbGciOiJSUzI1NiIsImtpZCI6ImsxIn0..",
		"eyJhbGciOiJSUzI1NiIsImtpZCI6ImsxIn0.e30." };
	char large[JWT_SIZE + 2], *pad;
	size_t i;

	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		is_int(check(bad[i], &keys), RC_DENIED, bad[i]);
	memset(large, 'a', sizeof(large));
	large[JWT_SIZE + 1] = '\0';
	is_int(check(large, &keys), RC_DENIED, "one that is too large");
	for (i = 0; i < 3; i++) {
		(void)snprintf(large, sizeof(large), "%s", vector);
		pad = i == 0 ? large : strchr(large, '.') + 1;
		if (i == 2)
			pad = strchr(pad, '.') + 1;
		pad[10] = '=';
		is_int(check(large, &keys), RC_DENIED, "padding inside a part");
	}
}

static void
keys_that_are_none_for_this_are_refused(void)
{
	static const char *const sets[] = { "{}", "{\"keys\":[]}",
		"{\"keys\":{}}", "{\"keys\":[\"ours\"]}" };
	static const char *const bad[] = {
		"{\"kid\":\"ours\",\"kty\":\"EC\",\"use\":\"sig\"}",
		"{\"kid\":\"ours\",\"kty\":\"oct\",\"use\":\"sig\",\"k\":"
		"\"x\"}",
		"{\"kid\":\"ours\",\"kty\":\"RSA\",\"use\":\"enc\"}",
		"{\"kid\":\"ours\",\"kty\":\"RSA\",\"use\":\"sig\","
		"\"n\":\"AQAB\",\"e\":\"AQAB\"}",
		"{\"kid\":\"ours\",\"kty\":\"RSA\",\"use\":\"sig\",\"n\":1}",
	};
	char *token = forge_with("RS256", "ours", "{}"), text[300];
	struct error e = ERROR_NONE;
	struct jdoc set;
	size_t i;

	for (i = 0; i < sizeof(sets) / sizeof(sets[0]); i++) {
		is_int(jdoc_read(&set, sets[i], strlen(sets[i]), &e), RC_OK,
		    e.text);
		is_int(check(token, &set), RC_NOTFOUND, sets[i]);
		jdoc_release(&set);
	}
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		(void)snprintf(text, sizeof(text), "{\"keys\":[%s]}", bad[i]);
		is_int(jdoc_read(&set, text, strlen(text), &e), RC_OK, e.text);
		is_int(check(token, &set), RC_DENIED, bad[i]);
		jdoc_release(&set);
	}
	free(token);
}

/*** Discovery ***/

/* Read a document for an issuer. */
static enum rc
discover(const char *iss, const char *text)
{
	char name[200];
	struct settings s = { .google_issuer = name };
	struct error e = ERROR_NONE;
	struct jdoc d;
	struct google g;
	enum rc rc;

	(void)snprintf(name, sizeof(name), "%s", iss);
	is_int(jdoc_read(&d, text, strlen(text), &e), RC_OK, e.text);
	rc = google_read(&s, &d, &g, &e);
	google_release(&g);
	return rc;
}

#define DOC(iss, page, token, keys)                                            \
	"{\"issuer\":\"" iss "\",\"authorization_endpoint\":\"" page           \
	"\",\"token_endpoint\":\"" token "\",\"jwks_uri\":\"" keys "\"}"
#define G "https://accounts.google.com"

static void
a_discovery_document_is_its_issuers_and_over_tls(void)
{
	struct error e = ERROR_NONE;
	struct buf b;

	buf_init(&b, LIMIT_JSON);
	is_int(file_read(T_SRCDIR "/t/vectors/oidc-discovery.json", &b, &e),
	    RC_OK, e.text);
	is_int(discover(issuer, buf_str(&b)), RC_OK, "a provider's");
	is_int(discover(G, buf_str(&b)), RC_DENIED, "another issuer's");
	buf_release(&b);
	is_int(discover(G, DOC(G, G "/o/oauth2/v2/auth",
			       "https://oauth2.googleapis.com/token",
			       "https://www.googleapis.com/oauth2/v3/certs")),
	    RC_OK, "Google's");
	is_int(discover(G, DOC(G, "https://evil.example/a", G "/t", G "/k")),
	    RC_DENIED, "a page elsewhere");
	is_int(discover(G, DOC(G, G "/a", "http://a.example/t", G "/k")),
	    RC_DENIED, "a token without TLS");
	is_int(discover(G, DOC(G, G "/a", G "/t", "http://127.0.0.1/k")),
	    RC_DENIED, "keys without TLS");
	is_int(discover(G, DOC(G, G "/a?x=1", G "/t", G "/k")), RC_DENIED,
	    "a page with arguments");
	is_int(discover(G, "{\"issuer\":\"" G "\"}"), RC_DENIED, "no page");
}

static void
the_browser_is_sent_with_all_that_ties_the_login(void)
{
	static const char want[] =
	    "client_id=" CLIENT
	    "&redirect_uri=https%3A%2F%2Fh.example%2Fcb&response_type=code"
	    "&scope=openid%20email%20profile&state=st&nonce=no"
	    "&code_challenge=E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"
	    "&code_challenge_method=S256";
	struct google_try t = { "https://h.example/cb", "st", "no",
		"dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk" };
	struct google g = { .page = G "/o/oauth2/v2/auth" };
	char challenge[OAUTH_CHALLENGE_SIZE];
	struct oauth_page there;
	struct buf b;

	google_page(&g, &settings, &t, challenge, &there);
	is_str(there.address, G "/o/oauth2/v2/auth", "address");
	buf_init(&b, LIMIT_URL);
	oauth_put_args(&b, &there);
	is_str(buf_str(&b), want, "arguments");
	buf_release(&b);
	ok(google_issuer(&settings, NULL), "an issuer that is not told");
	ok(google_issuer(&settings, issuer), "the issuer");
	ok(!google_issuer(&settings, G), "another issuer");
}

static enum rc
no_memory(void)
{
	struct error e = ERROR_NONE;
	struct oauth_person who;

	return google_check(
	    vector, strlen(vector), &keys, &settings, "n0nce", NOW, &who, &e);
}

static void
each_allocation_may_fail(void)
{
	ok(torture("google_check", no_memory) > 0, "there are some");
}

static void
load_vectors(void)
{
	struct error e = ERROR_NONE;
	char *text, set[2000];
	struct buf b;

	buf_init(&b, LIMIT_JSON);
	if (file_read(T_SRCDIR "/t/vectors/oidc-jwks.json", &b, &e) != RC_OK ||
	    jdoc_read(&keys, buf_str(&b), b.len, &e) != RC_OK)
		abort();
	buf_reset(&b);
	if (file_read(T_SRCDIR "/t/vectors/oidc-id_token.txt", &b, &e) != RC_OK)
		abort();
	(void)snprintf(vector, sizeof(vector), "%.*s",
	    (int)strcspn(buf_str(&b), "\n"), buf_str(&b));
	buf_release(&b);
	ours = cjose_jwk_create_RSA_random(
	    2048, (const uint8_t *)"\1\0\1", 3, NULL);
	if (ours == NULL || !cjose_jwk_set_kid(ours, "ours", 4, NULL) ||
	    (text = cjose_jwk_to_json(ours, false, NULL)) == NULL)
		abort();
	(void)snprintf(
	    set, sizeof(set), "{\"keys\":[{\"use\":\"sig\",%s]}", text + 1);
	cjose_get_dealloc()(text);
	if (jdoc_read(&our_keys, set, strlen(set), &e) != RC_OK)
		abort();
}

int
main(void)
{
	load_vectors();
	RUN(a_token_of_a_certified_provider_is_taken);
	RUN(it_is_good_for_its_time_and_login_only);
	RUN(each_changed_byte_is_noticed);
	RUN(claims_that_are_not_for_us_are_refused);
	RUN(an_address_is_proven_only_when_it_says_so);
	RUN(other_algorithms_and_keys_are_refused);
	RUN(none_and_hs256_are_refused);
	RUN(what_is_no_token_is_refused);
	RUN(keys_that_are_none_for_this_are_refused);
	RUN(a_discovery_document_is_its_issuers_and_over_tls);
	RUN(the_browser_is_sent_with_all_that_ties_the_login);
	RUN(each_allocation_may_fail);
	jdoc_release(&keys);
	jdoc_release(&our_keys);
	cjose_jwk_release(ours);
	return tap_done();
}
