#include "config.h"

#include <stdlib.h>
#include <string.h>

#include <cjose/cjose.h>
#include <jansson.h>

#include "peer/b64.h"
#include "peer/jwt.h"

/* Bytes of an RSA modulus. */
#define MODULUS_MIN 256
#define MODULUS_MAX 1024
#define EXPONENT_MAX 8

/* Read one base64url part as JSON. */
static enum rc
read_part(const char *s, size_t n, struct jdoc *d, struct error *e)
{
	struct error why = ERROR_NONE;
	struct buf b;
	enum rc rc;

	buf_init(&b, JWT_SIZE);
	rc = b64_get(&b, s, n);
	if (rc == RC_OK)
		rc = jdoc_read(d, buf_str(&b), b.len, &why);
	buf_release(&b);
	if (rc == RC_OK || rc == RC_NOMEM)
		return rc;
	return error_set(e, RC_DENIED, "a token's part is %s",
	    why.text[0] == '\0' ? "no base64url" : why.text);
}

static bool
is(const char *text, const char *want)
{
	return text != NULL && strcmp(text, want) == 0;
}

/* RFC 8725 section 3.1: the algorithm is ours to choose, not the token's. */
static enum rc
check_header(const struct jdoc *header, struct error *e)
{
	const char *alg = jdoc_text(header, "alg");

	if (!is(alg, "RS256"))
		return error_set(e, RC_DENIED, "a token's alg is \"%.20s\"",
		    alg == NULL ? "" : alg);
	/* RFC 7515 section 4.1.11: what must be understood, and is not. */
	if (jdoc_has(header, "crit") || jdoc_has(header, "b64"))
		return error_set(e, RC_DENIED, "a token needs extensions");
	if (jdoc_text(header, "kid") == NULL)
		return error_set(e, RC_DENIED, "a token names no key");
	return RC_OK;
}

/* Whether it stands for a number of so many bytes; some write a zero first. */
static bool
number_fits(const char *s, size_t n, size_t min, size_t max)
{
	size_t bytes = s == NULL ? 0 : b64_size(s, n);

	return bytes >= min && bytes <= max + 1;
}

static bool
member_fits(const struct jdoc *key, const char *name, size_t min, size_t max)
{
	const char *s = jdoc_text(key, name);

	return number_fits(s, s == NULL ? 0 : strlen(s), min, max);
}

static bool
usable(const struct jdoc *key)
{
	const char *alg = jdoc_text(key, "alg");

	return is(jdoc_text(key, "kty"), "RSA") &&
	       is(jdoc_text(key, "use"), "sig") &&
	       (alg == NULL || strcmp(alg, "RS256") == 0) &&
	       member_fits(key, "n", MODULUS_MIN, MODULUS_MAX) &&
	       member_fits(key, "e", 1, EXPONENT_MAX);
}

/* Build the one key that the header names. */
static enum rc
find_key(const struct jdoc *keys, const char *kid, cjose_jwk_t **out,
    struct error *e)
{
	size_t i, n = jdoc_count(keys, "keys");
	struct jdoc key;
	json_t *plain;
	char *text;

	for (i = 0; i < n; i++)
		if (jdoc_at(keys, "keys", i, &key) &&
		    is(jdoc_text(&key, "kid"), kid))
			break;
	if (i == n)
		return error_set(
		    e, RC_NOTFOUND, "no key is called \"%.60s\"", kid);
	if (!usable(&key))
		return error_set(
		    e, RC_DENIED, "the key \"%.60s\" is none for RS256", kid);
	plain = json_pack("{s:s, s:s, s:s}", "kty", "RSA", "n",
	    jdoc_text(&key, "n"), "e", jdoc_text(&key, "e"));
	text = plain == NULL ? NULL : json_dumps(plain, JSON_COMPACT);
	json_decref(plain);
	if (text == NULL)
		return error_set(e, RC_NOMEM, "no memory for a key");
	*out = cjose_jwk_import(text, strlen(text), NULL);
	free(text);
	if (*out == NULL)
		return error_set(
		    e, RC_DENIED, "the key \"%.60s\" cannot be used", kid);
	return RC_OK;
}

static enum rc
check_signature(
    const char *token, size_t n, const cjose_jwk_t *key, struct error *e)
{
	cjose_jws_t *jws = cjose_jws_import(token, n, NULL);
	bool good = jws != NULL && cjose_jws_verify(jws, key, NULL);

	cjose_jws_release(jws);
	if (good)
		return RC_OK;
	return error_set(
	    e, RC_DENIED, "a token's signature is not of the key it names");
}

/* Where the second and the third part begin; false unless there are three. */
static bool
split(const char *token, size_t n, const char **payload, const char **signature)
{
	const char *end = token + n;

	*payload = memchr(token, '.', n);
	if (*payload == NULL)
		return false;
	++*payload;
	*signature = memchr(*payload, '.', (size_t)(end - *payload));
	if (*signature == NULL)
		return false;
	++*signature;
	return memchr(*signature, '.', (size_t)(end - *signature)) == NULL;
}

enum rc
jwt_open(const char *token, size_t n, const struct jdoc *keys,
    struct jdoc *claims, struct error *e)
{
	const char *payload, *signature;
	struct jdoc header = { NULL };
	cjose_jwk_t *key = NULL;
	enum rc rc;

	claims->root = NULL;
	if (n > JWT_SIZE)
		return error_set(e, RC_DENIED, "a token has %zu bytes", n);
	/* all three: cjose ends the program at a '=' inside one */
	if (!split(token, n, &payload, &signature) ||
	    b64_size(payload, (size_t)(signature - 1 - payload)) == 0 ||
	    !number_fits(
		signature, (size_t)(token + n - signature), 1, MODULUS_MAX))
		return error_set(e, RC_DENIED, "a token has not three parts");
	rc = read_part(token, (size_t)(payload - 1 - token), &header, e);
	if (rc == RC_OK)
		rc = check_header(&header, e);
	if (rc == RC_OK)
		rc = find_key(keys, jdoc_text(&header, "kid"), &key, e);
	if (rc == RC_OK)
		rc = check_signature(token, n, key, e);
	if (rc == RC_OK)
		rc = read_part(
		    payload, (size_t)(signature - 1 - payload), claims, e);
	cjose_jwk_release(key);
	jdoc_release(&header);
	return rc;
}
