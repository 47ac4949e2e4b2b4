#include "config.h"

#include <sys/random.h>

#include <errno.h>
#include <stdbool.h>
#include <sha2.h>
#include <string.h>

#include "base/token.h"

_Static_assert(HASH_BYTES == SHA256_DIGEST_LENGTH, "SHA-256");

static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
			       "abcdefghijklmnopqrstuvwxyz0123456789-_";

static enum rc
random_bytes(void *out, size_t n, struct error *e)
{
	ssize_t got;

	/* Up to 256 bytes come whole once the pool is ready (getrandom(2)). */
	do
		got = getrandom(out, n, 0);
	while (got < 0 && errno == EINTR);
	if (got < 0)
		return error_errno(e, RC_IO, "could not get random bytes");
	if ((size_t)got != n)
		return error_set(e, RC_IO,
		    "could not get random bytes: "
		    "%zd of %zu",
		    got, n);
	return RC_OK;
}

static void
put_hex(const uint8_t *p, size_t n, char *out)
{
	static const char hex[] = "0123456789abcdef";
	size_t i;

	for (i = 0; i < n; i++) {
		out[2 * i] = hex[p[i] >> 4];
		out[2 * i + 1] = hex[p[i] & 15];
	}
	out[2 * n] = '\0';
}

enum rc
token_random(char out[TOKEN_SIZE], struct error *e)
{
	uint8_t raw[33] = { 0 }; /* 256 bits, padded to whole groups of six */
	uint32_t group;
	size_t i, j;
	enum rc rc;

	rc = random_bytes(raw, 32, e);
	if (rc != RC_OK)
		return rc;
	for (i = 0; i < TOKEN_SIZE - 1; i++) {
		j = i / 4 * 3;
		group = (uint32_t)raw[j] << 16 | (uint32_t)raw[j + 1] << 8 |
			raw[j + 2];
		out[i] = alphabet[group >> (18 - 6 * (i % 4)) & 63];
	}
	out[TOKEN_SIZE - 1] = '\0';
	return RC_OK;
}

enum rc
uid_random(char out[UID_SIZE], struct error *e)
{
	uint8_t raw[16];
	enum rc rc;

	rc = random_bytes(raw, sizeof(raw), e);
	if (rc == RC_OK)
		put_hex(raw, sizeof(raw), out);
	return rc;
}

int
token_plausible(const char *s)
{
	return s != NULL && strlen(s) == TOKEN_SIZE - 1 &&
	       strspn(s, alphabet) == TOKEN_SIZE - 1;
}

void
hash_bytes(const void *bytes, size_t n, uint8_t out[HASH_BYTES])
{
	SHA2_CTX ctx;

	SHA256Init(&ctx);
	if (n > 0)
		SHA256Update(&ctx, bytes, n);
	SHA256Final(out, &ctx);
}

void
hash_hex(const void *bytes, size_t n, char out[HASH_SIZE])
{
	uint8_t raw[HASH_BYTES];

	hash_bytes(bytes, n, raw);
	put_hex(raw, sizeof(raw), out);
}

/* One of the two rounds: the key's block with each byte changed by pad. */
static void
keyed_round(const uint8_t block[SHA256_BLOCK_LENGTH], uint8_t pad,
    const void *bytes, size_t n, uint8_t out[HASH_BYTES])
{
	uint8_t first[SHA256_BLOCK_LENGTH];
	SHA2_CTX ctx;

	for (size_t i = 0; i < sizeof(first); i++)
		first[i] = block[i] ^ pad;
	SHA256Init(&ctx);
	SHA256Update(&ctx, first, sizeof(first));
	if (n > 0)
		SHA256Update(&ctx, bytes, n);
	SHA256Final(out, &ctx);
	explicit_bzero(first, sizeof(first));
}

void
hash_keyed(const void *key, size_t nkey, const void *bytes, size_t n,
    char out[HASH_SIZE])
{
	uint8_t block[SHA256_BLOCK_LENGTH] = { 0 }, raw[HASH_BYTES];

	if (nkey > sizeof(block))
		hash_bytes(key, nkey, block);
	else if (nkey > 0)
		memcpy(block, key, nkey);
	keyed_round(block, 0x36, bytes, n, raw);
	keyed_round(block, 0x5c, raw, sizeof(raw), raw);
	put_hex(raw, sizeof(raw), out);
	explicit_bzero(block, sizeof(block));
}

int
token_equal(const void *a, const void *b, size_t n)
{
	const volatile uint8_t *p = a, *q = b;
	uint8_t diff = 0;
	size_t i;

	for (i = 0; i < n; i++)
		diff = (uint8_t)(diff | (p[i] ^ q[i]));
	return diff == 0;
}
