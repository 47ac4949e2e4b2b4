/*
 * Objects in a bucket of Amazon S3, or of a server that speaks like it.
 *
 *	struct s3_config c = {
 *		.region = "eu-west-2", .bucket = "hats", .prefix = "img/",
 *	};
 *	struct s3_put put = { "ab/ab12-card.webp", "image/webp", bytes, n };
 *
 *	rc = s3_new(&c, &credentials, &s3, &e);
 *	rc = s3_put(s3, &put, 1, &e);
 *
 * Every call tries again what may work later (5xx, 429, no answer), at most
 * S3_TRIES times with jittered pauses and no longer than S3_PATIENCE_MS, and
 * keys that have expired are asked for anew once.  Redirects are not followed:
 * they mean a wrong region.
 *
 * Words: RC_NOTFOUND no such object; RC_DENIED refused; RC_INVALID the
 * configuration is wrong (bucket, region, address); RC_IO may work later.  The
 * reason says what to do about it.
 *
 * Not inside a unit or view of the sales database.
 */
#ifndef PEER_S3_H
#define PEER_S3_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "peer/aws_credentials.h"
#include "peer/s3_xml.h"

#define S3_TRIES 4
#define S3_PATIENCE_MS 8000 /* less than one that hangs */
#define S3_PARALLEL 4       /* requests at once */
#define S3_BATCH 16         /* objects of one call */

struct s3_config {
	const char *endpoint; /* "https://s3.example:9000"; NULL or "": AWS */
	const char *region, *bucket;
	const char *prefix;  /* before every key; NULL or "": none */
	const char *ca_file; /* NULL or "": the system's authorities */
	bool path_style;     /* /BUCKET/KEY instead of BUCKET.host/KEY */
};

struct s3;

/* c is copied, the credentials are borrowed.  RC_NOMEM. */
enum rc s3_new(const struct s3_config *c, struct aws_credentials *keys,
    struct s3 **out, struct error *e) CHECKED;
void s3_free(struct s3 *s); /* NULL is fine */

struct s3_put {
	const char *key, *type; /* borrowed; of Content-Type */
	const void *bytes;      /* borrowed */
	size_t n;
};

/* Put up to S3_BATCH objects, several at once, for good ("immutable").  What is
 * there already is left as it is where the server can tell.  RC_OK: all are
 * there. */
enum rc s3_put(
    struct s3 *s, const struct s3_put *puts, size_t n, struct error *e) CHECKED;

/* Which of up to S3_BATCH keys are there. */
enum rc s3_head(struct s3 *s, const char *const *keys, size_t n, bool *there,
    struct error *e) CHECKED;

/* Append the first bytes of an object, as many as out has room for. */
enum rc s3_get(
    struct s3 *s, const char *key, struct buf *out, struct error *e) CHECKED;

/* RC_OK too when they were not there.  At most S3_BATCH. */
enum rc s3_delete(
    struct s3 *s, const char *const *keys, size_t n, struct error *e) CHECKED;

/* Every object below the prefix, without it. */
enum rc s3_list(
    struct s3 *s, s3_visit *visit, void *ctx, struct error *e) CHECKED;

/* Why the keys could not be renewed, while the old ones serve; "" else. */
const char *s3_keys_late(const struct s3 *s);

/* For tests: seconds that its clock is wrong. */
void s3_skew(struct s3 *s, int64_t seconds);

#endif
