/*
 * The keys of AWS: those of the secrets file, else those of the environment
 * (AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_SESSION_TOKEN), else those of
 * the role of the machine, from its metadata service (IMDSv2 only).
 *
 *	struct aws_credentials c;
 *
 *	aws_credentials_init(&c, s->s3_access_key, s->s3_secret_key);
 *	rc = aws_credentials_get(&c, clock_now(), &e);
 *	…				c.key_id, c.secret, c.token
 *	aws_credentials_release(&c);
 *
 * Keys of a role expire; they are asked for again some minutes before.  When
 * that fails, the old ones serve until their end.
 *
 * AWS_EC2_METADATA_SERVICE_ENDPOINT names another metadata service (of this
 * link or this machine), AWS_EC2_METADATA_DISABLED=true none.
 */
#ifndef PEER_AWS_CREDENTIALS_H
#define PEER_AWS_CREDENTIALS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

#define AWS_KEY_SIZE 129    /* AWS: identifiers of 16 to 128 characters */
#define AWS_SECRET_SIZE 129 /* 40 today */
#define AWS_TOKEN_SIZE 4097 /* some 1,000 today; AWS names no limit */

struct aws_credentials {
	char key_id[AWS_KEY_SIZE];
	char secret[AWS_SECRET_SIZE];
	char token[AWS_TOKEN_SIZE]; /* "" when the keys are for good */
	int64_t expires_at;         /* UTC seconds; 0: never */
	int64_t refresh_at;         /* when they are asked for again */
	struct error late; /* why they could not be, while the old ones serve */
	const char *file_id, *file_secret; /* borrowed, of the secrets file */
};

/* Both borrowed; "" or NULL: not in the file. */
void aws_credentials_init(
    struct aws_credentials *c, const char *key_id, const char *secret);

/* See that they are there and good at now.  RC_NOTFOUND: there are none
 * anywhere; RC_INVALID: half of a pair, or no keys; RC_DENIED: the metadata
 * service refused; RC_IO: it does not answer. */
enum rc aws_credentials_get(
    struct aws_credentials *c, int64_t now, struct error *e) CHECKED;

/* A server says that they have expired: ask at the next get.  False when they
 * are not of the kind that can be had anew. */
bool aws_credentials_expired(struct aws_credentials *c);

/* Overwrite them. */
void aws_credentials_release(struct aws_credentials *c);

/* The metadata service's answer about a role: the keys go to c.  Pure; it is
 * what the fuzz driver calls.  RC_INVALID, RC_NOMEM. */
enum rc aws_credentials_parse(struct aws_credentials *c, const char *json,
    size_t n, struct error *e) CHECKED;

/* "2026-11-22T15:00:00Z" as UTC seconds, with any fraction of a second left
 * out.  RC_INVALID. */
enum rc aws_time(const char *s, int64_t *out) CHECKED;

#endif
