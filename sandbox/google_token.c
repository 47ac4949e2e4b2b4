#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cjose/cjose.h>
#include <jansson.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include "base/file.h"
#include "base/limits.h"
#include "base/token.h"
#include "peer/b64.h"
#include "peer/oauth.h"
#include "sandbox/google.h"

#define PATH_SIZE 1200
#define TOKEN_BYTES 8192
#define HOUR 3600

const struct box_choice google_mishaps[] = {
	{ "none", "all goes well" },
	{ "slow", "the token takes too long" },
	{ "down", "the token endpoint is down" },
	{ "garbage", "the token is no JSON" },
	{ "state", "another state comes back" },
	{ "mixup", "another issuer comes back" },
	{ "issuer", "the token is of another issuer" },
	{ "audience", "the token is for another client" },
	{ "nonce", "the token is of another login" },
	{ "expired", "the token has expired" },
	{ "none-alg", "the token is not signed" },
	{ "hs256", "the token is signed with the public key as a secret" },
	{ "stranger", "the token is signed by a stranger's key" },
	{ "unknown", "the token names a key that nobody has" },
};
const size_t google_mishap_count =
    sizeof(google_mishaps) / sizeof(google_mishaps[0]);

/*** The key ***/

/* A new key pair, unless another process was faster. */
static enum rc
make_key(const char *path, struct error *e)
{
	static const uint8_t exponent[] = { 1, 0, 1 };
	char draft[PATH_SIZE + 20], kid[UID_SIZE], *text = NULL;
	cjose_jwk_t *key;
	FILE *f = NULL;
	enum rc rc;

	rc = uid_random(kid, e);
	if (rc != RC_OK)
		return rc;
	(void)snprintf(draft, sizeof(draft), "%s.%.8s", path, kid);
	key = cjose_jwk_create_RSA_random(2048, exponent, 3, NULL);
	if (key != NULL && cjose_jwk_set_kid(key, kid, strlen(kid), NULL))
		text = cjose_jwk_to_json(key, true, NULL);
	if (text != NULL)
		f = fopen(draft, "we");
	if (f == NULL || fputs(text, f) < 0 || fclose(f) != 0 ||
	    (link(draft, path) != 0 && errno != EEXIST))
		rc = error_set(e, RC_IO, "could not make a key");
	(void)unlink(draft);
	if (text != NULL)
		cjose_get_dealloc()(text);
	cjose_jwk_release(key);
	return rc;
}

static enum rc
get_key(const struct box *b, cjose_jwk_t **out, struct error *e)
{
	char path[PATH_SIZE];
	struct buf text;
	enum rc rc;

	*out = NULL;
	(void)snprintf(path, sizeof(path), "%s/google-key.json", b->folder);
	buf_init(&text, LIMIT_JSON);
	rc = access(path, R_OK) == 0 ? RC_OK : make_key(path, e);
	if (rc == RC_OK)
		rc = file_read(path, &text, e);
	if (rc == RC_OK)
		*out = cjose_jwk_import(buf_str(&text), text.len, NULL);
	buf_release(&text);
	if (rc == RC_OK && *out == NULL)
		rc = error_set(e, RC_IO, "could not read \"%s\"", path);
	return rc;
}

/* RFC 7517: the public half, with what it is for. */
enum rc
google_keys(struct box *b, struct error *e)
{
	json_t *key = NULL;
	cjose_jwk_t *pair;
	char *text;
	enum rc rc;

	rc = get_key(b, &pair, e);
	if (rc != RC_OK)
		return rc;
	text = cjose_jwk_to_json(pair, false, NULL);
	if (text != NULL) {
		key = json_loads(text, 0, NULL);
		cjose_get_dealloc()(text);
	}
	(void)json_object_set_new(key, "use", json_string("sig"));
	(void)json_object_set_new(key, "alg", json_string("RS256"));
	cjose_jwk_release(pair);
	reply_header(&b->r, "X-Sandbox", "google");
	return box_json(b, 200, json_pack("{s:[o]}", "keys", key), e);
}

/*** The ID token ***/

static bool
is(const struct jdoc *d, const char *name, const char *want)
{
	const char *got = jdoc_text(d, name);

	return got != NULL && strcmp(got, want) == 0;
}

static json_t *
claims_of(const struct box *b, const struct jdoc *c)
{
	const char *scope = jdoc_text(c, "scope");
	const struct settings *s = b->settings;
	int64_t begin = is(c, "mishap", "expired") ? b->now - 2 * HOUR : b->now;
	json_t *j;

	j = json_pack("{s:s, s:s, s:s, s:s, s:I, s:I}", "iss",
	    is(c, "mishap", "issuer") ? "https://evil.example"
				      : s->google_issuer,
	    "aud", is(c, "mishap", "audience") ? "other" : s->google_client_id,
	    "azp", is(c, "mishap", "audience") ? "other" : s->google_client_id,
	    "sub", jdoc_text(c, "subject"), "iat", (json_int_t)begin, "exp",
	    (json_int_t)(begin + HOUR));
	if (!is(c, "nonce", ""))
		(void)json_object_set_new(j, "nonce",
		    json_string(is(c, "mishap", "nonce")
				    ? "other"
				    : jdoc_text(c, "nonce")));
	if (!is(c, "name", "") && strstr(scope, "profile") != NULL)
		(void)json_object_set_new(
		    j, "name", json_string(jdoc_text(c, "name")));
	if (!is(c, "email", "") && strstr(scope, "email") != NULL) {
		(void)json_object_set_new(
		    j, "email", json_string(jdoc_text(c, "email")));
		(void)json_object_set_new(
		    j, "email_verified", json_boolean(jdoc_yes(c, "verified")));
	}
	return j;
}

/* RS256 with a key under a name. */
static void
sign(struct buf *out, const char *payload, const cjose_jwk_t *key,
    const char *kid)
{
	cjose_header_t *h = cjose_header_new(NULL);
	cjose_jws_t *jws = NULL;
	const char *text = NULL;

	if (h != NULL && cjose_header_set(h, "alg", "RS256", NULL) &&
	    cjose_header_set(h, "kid", kid, NULL))
		jws = cjose_jws_sign(
		    key, h, (const uint8_t *)payload, strlen(payload), NULL);
	if (jws != NULL && cjose_jws_export(jws, &text, NULL))
		buf_puts(out, text);
	else
		buf_fail(out, RC_NOMEM);
	cjose_jws_release(jws);
	cjose_header_release(h);
}

/* What no provider would issue: "none", or HS256 with the modulus. */
static void
forge(struct buf *out, const char *payload, const char *alg, const char *kid,
    const cjose_jwk_t *key)
{
	char *public = cjose_jwk_to_json(key, false, NULL);
	uint8_t mac[HASH_BYTES];
	struct buf header;
	unsigned n = 0;

	buf_init(&header, 300);
	buf_printf(&header, "{\"alg\":\"%s\",\"kid\":\"%s\",\"typ\":\"JWT\"}",
	    alg, kid);
	b64_put(out, buf_str(&header), header.len);
	buf_release(&header);
	buf_putc(out, '.');
	b64_put(out, payload, strlen(payload));
	if (strcmp(alg, "HS256") == 0 && public != NULL)
		(void)HMAC(EVP_sha256(), public, (int)strlen(public),
		    (const uint8_t *)buf_str(out), out->len, mac, &n);
	buf_putc(out, '.');
	b64_put(out, mac, n);
	if (public != NULL)
		cjose_get_dealloc()(public);
}

static void
put_token(const struct jdoc *c, const char *payload, const cjose_jwk_t *key,
    struct buf *out)
{
	static const uint8_t exponent[] = { 1, 0, 1 };
	const char *kid = cjose_jwk_get_kid(key, NULL);
	cjose_jwk_t *stranger;

	if (is(c, "mishap", "none-alg")) {
		forge(out, payload, "none", kid, key);
	} else if (is(c, "mishap", "hs256")) {
		forge(out, payload, "HS256", kid, key);
	} else if (is(c, "mishap", "unknown")) {
		sign(out, payload, key, "nobody-has-it");
	} else if (is(c, "mishap", "stranger")) {
		stranger = cjose_jwk_create_RSA_random(2048, exponent, 3, NULL);
		sign(out, payload, stranger, kid);
		cjose_jwk_release(stranger);
	} else {
		sign(out, payload, key, kid);
	}
}

static enum rc
issue(struct box *b, const struct jdoc *c, struct error *e)
{
	json_t *claims = claims_of(b, c);
	char *payload = json_dumps(claims, JSON_COMPACT);
	char access[TOKEN_SIZE];
	cjose_jwk_t *key;
	struct buf token;
	enum rc rc;

	json_decref(claims);
	buf_init(&token, TOKEN_BYTES);
	rc = get_key(b, &key, e);
	if (rc == RC_OK && payload == NULL)
		rc = error_set(e, RC_NOMEM, "no memory for a token");
	if (rc == RC_OK) {
		put_token(c, payload, key, &token);
		rc = buf_rc(&token);
	}
	if (rc == RC_OK)
		rc = token_random(access, e);
	if (rc == RC_OK)
		rc = box_json(b, 200,
		    json_pack("{s:s, s:i, s:s, s:s, s:s}", "access_token",
			access, "expires_in", HOUR, "scope",
			jdoc_text(c, "scope"), "token_type", "Bearer",
			"id_token", buf_str(&token)),
		    e);
	cjose_jwk_release(key);
	buf_release(&token);
	free(payload);
	return rc;
}

/*** The code ***/

enum { T_GRANT, T_CODE, T_REDIRECT, T_CLIENT, T_SECRET, T_VERIFIER, T_COUNT };
static const struct field token_fields[T_COUNT] = {
	[T_GRANT] = { "grant_type", FIELD_TEXT, 1, 60, FIELD_NEEDED },
	[T_CODE] = { "code", FIELD_TEXT, 1, 600, FIELD_NEEDED },
	[T_REDIRECT] = { "redirect_uri", FIELD_TEXT, 1, 600, FIELD_NEEDED },
	[T_CLIENT] = { "client_id", FIELD_TEXT, 1, 300, FIELD_NEEDED },
	[T_SECRET] = { "client_secret", FIELD_TEXT, 1, 300, FIELD_NEEDED },
	[T_VERIFIER] = { "code_verifier", FIELD_TEXT, 1, 300, 0 },
};

static enum rc
fault(struct box *b, int status, const char *word, struct error *e)
{
	return box_json(b, status, json_pack("{s:s}", "error", word), e);
}

/* RFC 6749 section 5.2 and RFC 7636 section 4.6: the word, or NULL. */
static const char *
judge(const struct box *b, const struct form *f, const struct jdoc *code)
{
	const char *verifier = form_text_or(f, T_VERIFIER, "");
	char challenge[OAUTH_CHALLENGE_SIZE];
	int64_t until = 0;

	if (code->root == NULL || !jdoc_whole(code, "until", &until) ||
	    until < b->now ||
	    !is(code, "redirect", form_text_or(f, T_REDIRECT, "")))
		return "invalid_grant";
	oauth_challenge(verifier, challenge);
	if (strlen(verifier) < 43 || strlen(verifier) > 128 ||
	    !is(code, "challenge", challenge))
		return "invalid_grant";
	return NULL;
}

static enum rc
redeem(struct box *b, const struct form *f, struct error *e)
{
	const char *key = form_text(f, T_CODE), *word;
	struct jdoc code;
	enum rc rc;

	rc = box_look(b, "google-code", key, &code, e);
	if (rc != RC_OK && rc != RC_NOTFOUND)
		return rc;
	rc = RC_OK;
	word = judge(b, f, &code);
	if (word == NULL && !box_use(b, "google-code", key))
		word = "invalid_grant";
	if (word == NULL && is(&code, "mishap", "slow"))
		box_sleep();
	if (word != NULL)
		rc = fault(b, 400, word, e);
	else if (is(&code, "mishap", "down"))
		reply_plain(&b->r, 500, b->q.id);
	else if (is(&code, "mishap", "garbage"))
		buf_puts(&b->r.body, "<html>Sorry...</html>");
	else
		rc = issue(b, &code, e);
	jdoc_release(&code);
	return rc;
}

enum rc
google_token(struct box *b, struct error *e)
{
	const struct settings *s = b->settings;
	struct form f;
	enum rc rc;

	rc = form_read(
	    &f, token_fields, T_COUNT, buf_str(&b->q.body), b->q.body.len, e);
	if (rc != RC_OK || f.twice || !request_is_form(&b->q)) {
		error_clear(e);
		rc = fault(b, 400, "invalid_request", e);
	} else if (strcmp(form_text_or(&f, T_CLIENT, ""),
		       s->google_client_id) != 0 ||
		   strcmp(form_text_or(&f, T_SECRET, ""), s->google_secret) !=
		       0) {
		rc = fault(b, 401, "invalid_client", e);
	} else if (form_error(&f, T_GRANT) == FIELD_OK &&
		   strcmp(form_text(&f, T_GRANT), "authorization_code") != 0) {
		rc = fault(b, 400, "unsupported_grant_type", e);
	} else if (!form_ok(&f)) {
		rc = fault(b, 400, "invalid_request", e);
	} else {
		rc = redeem(b, &f, e);
	}
	form_release(&f);
	return rc;
}
