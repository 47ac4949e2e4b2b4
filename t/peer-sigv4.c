/*
 * Expected values are those of Amazon's published examples, and of one of our
 * own that three independent programs agree about.
 */
#include "config.h"

#include <string.h>

#include "base/token.h"
#include "peer/sigv4.h"
#include "t/tap.h"

#define EMPTY "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

/* 2013-05-24T00:00:00Z */
static const struct sigv4 amazon = {
	.method = "GET",
	.path = "/",
	.payload = EMPTY,
	.time = 1369353600,
	.region = "us-east-1",
	.key_id = "AKIAIOSFODNN7EXAMPLE",
	.secret = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
};
#define HOST                                                                   \
	{                                                                      \
		"host", "examplebucket.s3.amazonaws.com"                       \
	}

/* 2026-11-22T09:00:00Z */
static const struct sigv4_pair own_headers[] = {
	{ "host", "127.0.0.1:9420" },
	{ "Content-Type", "  image/png " },
};
static const struct sigv4 own = {
	.method = "PUT",
	.path = "/hats/img/hat \xc3\xbc+&=(1).png",
	.headers = own_headers,
	.nheaders = COUNT(own_headers),
	.payload =
	    "49a557d9a3eff5bfef8bade138281d5c650c03934e4d7b15f1c5db933acaef08",
	.time = 1795338000,
	.region = "eu-west-2",
	.key_id = "hatshop:app",
	.secret = "apptestsecret",
	.token = "FwoGZXIvYXdzTESTTOKEN==",
};

static void
signs(const struct sigv4 *s, const char *canonical, const char *signature)
{
	char hash[HASH_SIZE];
	struct buf b;

	buf_init(&b, SIGV4_TEXT);
	sigv4_put_canonical(&b, s);
	hash_hex(buf_str(&b), b.len, hash);
	if (!is_str(hash, canonical, "canonical request"))
		ok(0, "it is %s", buf_str(&b));
	buf_reset(&b);
	ok(sigv4_authorization(s, &b) == RC_OK, "signed");
	is_str(
	    b.len > 64 ? buf_str(&b) + b.len - 64 : "", signature, "signature");
	buf_release(&b);
}

static void
amazons_get_of_a_range(void)
{
	static const struct sigv4_pair headers[] = { { "range", "bytes=0-9" },
		HOST };
	struct sigv4 s = amazon;

	s.path = "/test.txt";
	s.headers = headers;
	s.nheaders = COUNT(headers);
	signs(&s,
	    "7344ae5b7ee6c3e7e6b0fe0640412a37"
	    "625d1fbfff95c48bbb2dc43964946972",
	    "f0e8bdb87c964420e857bd35b5d6ed31"
	    "0bd44f0170aba48dd91039c6036bdb41");
}

static void
amazons_put(void)
{
	static const struct sigv4_pair headers[] = {
		{ "x-amz-storage-class", "REDUCED_REDUNDANCY" },
		HOST,
		{ "Date", "Fri, 24 May 2013 00:00:00 GMT" },
	};
	static const char body[] = "Welcome to Amazon S3.";
	struct sigv4 s = amazon;
	char hash[HASH_SIZE];

	hash_hex(body, sizeof(body) - 1, hash);
	s.method = "PUT";
	s.path = "/test$file.text";
	s.headers = headers;
	s.nheaders = COUNT(headers);
	s.payload = hash;
	signs(&s,
	    "9e0e90d9c76de8fa5b200d8c849cd5b8"
	    "dc7a3be3951ddb7f6a76b4158342019d",
	    "98ad721746da40c64f1a55b78f14c238"
	    "d841ea1380cd77a1b5971af0ece108bd");
}

static void
a_name_with_everything_and_a_token(void)
{
	struct buf b;

	signs(&own,
	    "bf425b6ee222326de4ca5e415737cb30"
	    "ba9189a88b5a70eb16e3e6253acb8f7b",
	    "7142dfcd1bef214f3470952dcd98c38c"
	    "84c539d7e968ea06af7b2fefb43b93fb");
	buf_init(&b, SIGV4_TEXT);
	sigv4_put_canonical(&b, &own);
	is_str(buf_str(&b),
	    "PUT\n"
	    "/hats/img/hat%20%C3%BC%2B%26%3D%281%29.png\n"
	    "\n"
	    "content-type:image/png\n"
	    "host:127.0.0.1:9420\n"
	    "x-amz-content-sha256:49a557d9a3eff5bfef8bade138281d5c"
	    "650c03934e4d7b15f1c5db933acaef08\n"
	    "x-amz-date:20261122T090000Z\n"
	    "x-amz-security-token:FwoGZXIvYXdzTESTTOKEN==\n"
	    "\n"
	    "content-type;host;x-amz-content-sha256;x-amz-date;"
	    "x-amz-security-token\n"
	    "49a557d9a3eff5bfef8bade138281d5c650c03934e4d7b15f1c5db933acaef08",
	    "canonical request");
	buf_reset(&b);
	sigv4_put_string(&b, &own);
	is_str(buf_str(&b),
	    "AWS4-HMAC-SHA256\n20261122T090000Z\n"
	    "20261122/eu-west-2/s3/aws4_request\n"
	    "bf425b6ee222326de4ca5e415737cb30"
	    "ba9189a88b5a70eb16e3e6253acb8f7b",
	    "string to sign");
	buf_reset(&b);
	ok(sigv4_authorization(&own, &b) == RC_OK, "signed");
	is_str(buf_str(&b),
	    "AWS4-HMAC-SHA256 "
	    "Credential=hatshop:app/20261122/eu-west-2/s3/aws4_request, "
	    "SignedHeaders=content-type;host;x-amz-content-sha256;x-amz-date;"
	    "x-amz-security-token, "
	    "Signature=7142dfcd1bef214f3470952dcd98c38c"
	    "84c539d7e968ea06af7b2fefb43b93fb",
	    "Authorization");
	buf_release(&b);
}

static void
the_key_of_a_day_and_region(void)
{
	uint8_t key[32];
	struct buf b;

	buf_init(&b, 64);
	sigv4_key(&amazon, key);
	buf_puthex(&b, key, sizeof(key));
	is_str(buf_str(&b),
	    "dbb893acc010964918f1fd433add87c7"
	    "0e8b0db6be30c1fbeafefa5ec6ba8378",
	    "Amazon's example");
	buf_reset(&b);
	sigv4_key(&own, key);
	buf_puthex(&b, key, sizeof(key));
	is_str(buf_str(&b),
	    "5e80ede45ad487d838ded5ff512ccef7"
	    "bd8411fa9dc3b15f54be9f73d983173d",
	    "our own");
	buf_release(&b);
}

static void
a_path_is_encoded_once_and_not_normalised(void)
{
	char all[257] = "/", want[1024] = "/";
	struct buf b, expected;
	unsigned i;

	buf_init(&b, SIGV4_TEXT);
	sigv4_put_path(&b, "/a//b/../c%20~d+e");
	is_str(buf_str(&b), "/a//b/../c%2520~d%2Be", "path");
	buf_reset(&b);
	/* all bytes but NUL */
	buf_init(&expected, sizeof(want));
	for (i = 1; i < 256; i++) {
		all[i - 1] = (char)i;
		if ((i >= '0' && i <= '9') || (i >= 'A' && i <= 'Z') ||
		    (i >= 'a' && i <= 'z') || i == '-' || i == '.' ||
		    i == '_' || i == '~' || i == '/')
			buf_putc(&expected, (char)i);
		else
			buf_printf(&expected, "%%%02X", i);
	}
	sigv4_put_path(&b, all);
	is_str(buf_str(&b), buf_str(&expected), "every byte");
	buf_release(&expected);
	buf_release(&b);
}

static void
a_query_is_sorted_by_what_is_sent(void)
{
	static const struct sigv4_pair query[] = { { "prefix", "img/ a" },
		{ "list-type", "2" }, { "b", "2" }, { "b", "1" }, { "a~", "" },
		{ "a\xc3\xbc", "x" } };
	struct buf b;

	buf_init(&b, SIGV4_TEXT);
	sigv4_put_query(&b, query, COUNT(query));
	is_str(buf_str(&b),
	    "a%C3%BC=x&a~=&b=1&b=2&list-type=2&prefix=img%2F%20a", "query");
	buf_reset(&b);
	sigv4_put_query(&b, query, 0);
	is_str(buf_str(&b), "", "none");
	buf_release(&b);
}

static void
what_differs_is_signed_differently(void)
{
	static const struct sigv4_pair query[] = { { "a", "1" } };
	struct sigv4 s[8];
	struct buf b[8];
	size_t i, j;

	for (i = 0; i < COUNT(s); i++)
		s[i] = own;
	s[1].method = "GET";
	s[2].path = "/hats/img/hat";
	s[3].payload = EMPTY;
	s[4].time++;
	s[5].region = "eu-west-1";
	s[6].token = NULL;
	s[7].query = query;
	s[7].nquery = 1;
	for (i = 0; i < COUNT(s); i++) {
		buf_init(&b[i], SIGV4_TEXT);
		ok(sigv4_authorization(&s[i], &b[i]) == RC_OK && b[i].len > 64,
		    "signed");
		for (j = 0; j < i; j++)
			ok(strcmp(strstr(buf_str(&b[i]), "Signature"),
			       strstr(buf_str(&b[j]), "Signature")) != 0,
			    "%zu and %zu", i, j);
	}
	for (i = 0; i < COUNT(s); i++)
		buf_release(&b[i]);
}

static enum rc
sign_with_query(void)
{
	static const struct sigv4_pair query[] = { { "prefix", "img/" },
		{ "list-type", "2" } };
	struct sigv4 s = own;
	struct buf b;
	enum rc rc;

	s.query = query;
	s.nquery = COUNT(query);
	buf_init(&b, SIGV4_TEXT);
	rc = sigv4_authorization(&s, &b);
	buf_release(&b);
	return rc;
}

static void
no_memory_gives_no_signature(void)
{
	ok(torture("sigv4_authorization", sign_with_query) > 5, "allocations");
}

int
main(void)
{
	RUN(amazons_get_of_a_range);
	RUN(amazons_put);
	RUN(a_name_with_everything_and_a_token);
	RUN(the_key_of_a_day_and_region);
	RUN(a_path_is_encoded_once_and_not_normalised);
	RUN(a_query_is_sorted_by_what_is_sent);
	RUN(what_differs_is_signed_differently);
	RUN(no_memory_gives_no_signature);
	return tap_done();
}
