/*
 * AWS Signature Version 4 for S3: pure functions over text.
 *
 *	struct sigv4 s = {
 *		.method = "PUT", .path = "/hats/ab/ab12-card.webp",
 *		.headers = headers, .nheaders = 2,
 *		.payload = hash, .time = clock_now(),
 *		.region = "eu-west-2", .key_id = id, .secret = secret,
 *	};
 *
 *	rc = sigv4_authorization(&s, &b);
 *
 * What is signed is what has to go over the wire, byte by byte: the URL is made
 * with sigv4_put_path and sigv4_put_query, and sent are the headers given, and
 * x-amz-date, x-amz-content-sha256 and, with a token, x-amz-security-token,
 * which are signed without being given.
 */
#ifndef PEER_SIGV4_H
#define PEER_SIGV4_H

#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"

#define SIGV4_PAIRS 16     /* headers, or parts of a query */
#define SIGV4_DATE_SIZE 17 /* "20261122T090000Z" */
#define SIGV4_TEXT (32 * 1024)

struct sigv4_pair {
	const char *name, *value; /* borrowed */
};

struct sigv4 {
	const char *method;
	const char *path; /* begins with '/'; not encoded */
	const struct sigv4_pair *query, *headers; /* in any order; "host" has to
						     be among the headers */
	size_t nquery, nheaders; /* at most SIGV4_PAIRS (assert) */
	const char *payload;     /* SHA-256 of the body in hex */
	int64_t time;            /* UTC seconds */
	const char *region, *key_id, *secret;
	const char *token; /* of temporary keys; NULL or "": none */
};

/* The value of x-amz-date. */
void sigv4_date(int64_t time, char out[SIGV4_DATE_SIZE]);

/* Append the path, each byte but letters, digits and "-._~/" as %XX: once, and
 * nothing is normalised. */
void sigv4_put_path(struct buf *b, const char *path);

/* Append "a=1&b=", encoded likewise ('/' too), sorted. */
void sigv4_put_query(struct buf *b, const struct sigv4_pair *query, size_t n);

/* Append the canonical request, and the text that is signed: for tests, and for
 * a person who wonders why a server disagrees.  No secret is in them. */
void sigv4_put_canonical(struct buf *b, const struct sigv4 *s);
void sigv4_put_string(struct buf *b, const struct sigv4 *s);

/* The key of a day, a region and S3. */
void sigv4_key(const struct sigv4 *s, uint8_t out[32]);

/* Append the value of the Authorization header.  RC_NOMEM, RC_TOOBIG. */
enum rc sigv4_authorization(const struct sigv4 *s, struct buf *b) CHECKED;

#endif
