#include "config.h"

#include <stdbool.h>
#include <string.h>

#include "base/token.h"
#include "t/tap.h"

#define MANY 300

static void
tokens_are_plausible_and_differ(void)
{
	static char all[MANY][TOKEN_SIZE];
	struct error e = ERROR_NONE;
	int i, j, bad = 0;

	for (i = 0; i < MANY; i++) {
		bad += token_random(all[i], &e) != RC_OK ||
		       !token_plausible(all[i]);
		for (j = 0; j < i; j++)
			bad += strcmp(all[i], all[j]) == 0;
	}
	is_int(bad, 0, "bad tokens");
}

/* 256 bits in 43 characters leave two bits: the last one is one of 16, and
 * every other place takes all 64. */
static void
every_character_of_the_alphabet_is_used(void)
{
	struct error e = ERROR_NONE;
	bool first[256] = { false }, last[256] = { false };
	char token[TOKEN_SIZE];
	int i, n_first = 0, n_last = 0;

	for (i = 0; i < 5000; i++) {
		if (token_random(token, &e) != RC_OK)
			break;
		first[(unsigned char)token[0]] = true;
		last[(unsigned char)token[TOKEN_SIZE - 2]] = true;
	}
	for (i = 0; i < 256; i++) {
		n_first += first[i];
		n_last += last[i];
	}
	is_int(n_first, 64, "first character");
	is_int(n_last, 16, "last character");
}

static void
uids_are_hex_and_differ(void)
{
	struct error e = ERROR_NONE;
	char a[UID_SIZE], b[UID_SIZE];

	is_int(uid_random(a, &e), RC_OK, "rc");
	is_int(uid_random(b, &e), RC_OK, "rc");
	ok(strcmp(a, b) != 0, "different");
	is_int((long long)strspn(a, "0123456789abcdef"), UID_SIZE - 1, "hex");
}

static void
what_is_no_token_is_implausible(void)
{
	char s[TOKEN_SIZE];
	int c, good = 0;

	memset(s, 'A', sizeof(s));
	s[TOKEN_SIZE - 1] = '\0';
	ok(token_plausible(s), "43 times A");
	for (c = 1; c < 256; c++) {
		s[20] = (char)c;
		good += token_plausible(s);
	}
	is_int(good, 64, "bytes that may stand in a token");
	ok(!token_plausible(NULL) && !token_plausible("") &&
		!token_plausible("AAAA"),
	    "too short");
	ok(!token_plausible("AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"),
	    "too long");
}

/* FIPS 180-4's examples, as in NIST's SHA256.pdf. */
static void
the_hash_is_sha_256(void)
{
	static const struct {
		const char *s, *want;
	} cases[] = {
		{ "", "e3b0c44298fc1c149afbf4c8996fb924"
		      "27ae41e4649b934ca495991b7852b855" },
		{ "abc", "ba7816bf8f01cfea414140de5dae2223"
			 "b00361a396177a9cb410ff61f20015ad" },
		{ "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
		    "248d6a61d20638b8e5c026930c3e6039"
		    "a33ce45964ff2167f6ecedd419db06c1" },
	};
	char hex[HASH_SIZE];
	size_t i;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		hash_hex(cases[i].s, strlen(cases[i].s), hex);
		is_str(hex, cases[i].want, cases[i].s);
	}
	hash_hex(NULL, 0, hex);
	is_str(hex, cases[0].want, "no bytes at all");
}

/* RFC 4231, test cases 1, 2 and 6. */
static void
the_keyed_hash_is_hmac(void)
{
	static const char text[] =
	    "Test Using Larger Than Block-Size Key - Hash Key First";
	char key[131], hex[HASH_SIZE];

	memset(key, 0x0b, 20);
	hash_keyed(key, 20, "Hi There", 8, hex);
	is_str(hex,
	    "b0344c61d8db38535ca8afceaf0bf12b"
	    "881dc200c9833da726e9376c2e32cff7",
	    "a short key");
	hash_keyed("Jefe", 4, "what do ya want for nothing?", 28, hex);
	is_str(hex,
	    "5bdcc146bf60754e6a042426089575c7"
	    "5a003f089d2739839dec58b964ec3843",
	    "words");
	memset(key, 0xaa, sizeof(key));
	hash_keyed(key, sizeof(key), text, sizeof(text) - 1, hex);
	is_str(hex,
	    "60e431591ee0b67f0d8a26aacbf5b77f"
	    "8e0bc6213728c5140546040f0ee37f54",
	    "a key above a block");
	hash_keyed(NULL, 0, NULL, 0, hex);
	is_str(hex,
	    "b613679a0814d9ec772f95d778c35fc5"
	    "ff1697c493715653c6c712144292c5ad",
	    "nothing at all");
}

static void
equality_looks_at_every_byte(void)
{
	char a[32] = "the same text", b[32] = "the same text";
	size_t i;
	int seen = 0;

	ok(token_equal(a, b, sizeof(a)), "equal");
	ok(token_equal(a, "x", 0), "no bytes are equal");
	for (i = 0; i < sizeof(a); i++) {
		b[i] = (char)(b[i] ^ 0x40);
		seen += !token_equal(a, b, sizeof(a));
		b[i] = (char)(b[i] ^ 0x40);
	}
	is_int(seen, sizeof(a), "differences seen");
}

int
main(void)
{
	RUN(tokens_are_plausible_and_differ);
	RUN(every_character_of_the_alphabet_is_used);
	RUN(uids_are_hex_and_differ);
	RUN(what_is_no_token_is_implausible);
	RUN(the_hash_is_sha_256);
	RUN(the_keyed_hash_is_hmac);
	RUN(equality_looks_at_every_byte);
	return tap_done();
}
