/*
 * Random names that cannot be guessed, and the hash under which they are
 * stored: a stolen database does not open a session.
 */
#ifndef BASE_TOKEN_H
#define BASE_TOKEN_H

#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

#define TOKEN_SIZE 44 /* 256 random bits, base64url without padding, NUL */
#define UID_SIZE 33   /* 128 random bits, lower-case hex, NUL */
#define HASH_SIZE 65  /* SHA-256, lower-case hex, NUL */
#define HASH_BYTES 32

/* From getrandom(2).  RC_IO when the kernel has no entropy source. */
enum rc token_random(char out[TOKEN_SIZE], struct error *e) CHECKED;
enum rc uid_random(char out[UID_SIZE], struct error *e) CHECKED;

/* 43 characters of the base64url alphabet (RFC 4648 section 5). */
int token_plausible(const char *s);

/* SHA-256 of n bytes (FIPS 180-4), as bytes and as hex. */
void hash_bytes(const void *bytes, size_t n, uint8_t out[HASH_BYTES]);
void hash_hex(const void *bytes, size_t n, char out[HASH_SIZE]);

/* HMAC-SHA-256 of n bytes (RFC 2104), as hex. */
void hash_keyed(const void *key, size_t nkey, const void *bytes, size_t n,
    char out[HASH_SIZE]);

/* Equal, in a time that depends on n alone. */
int token_equal(const void *a, const void *b, size_t n);

#endif
