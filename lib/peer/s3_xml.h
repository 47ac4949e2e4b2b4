/*
 * What S3 answers in XML: a page of a list, and an error.
 *
 *	rc = s3_xml_list(bytes, n, visit, ctx, &page, &e);
 *
 * No network, no entities: an answer with a document type is refused.  An
 * unknown element is passed over, whatever its namespace.
 */
#ifndef PEER_S3_XML_H
#define PEER_S3_XML_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

#define S3_XML_MAX (4 * 1024 * 1024) /* 1,000 keys of 1 kB, each thrice */
#define S3_KEY_SIZE 1025             /* AWS: 1,024 bytes of UTF-8 */
#define S3_CODE_SIZE 64
#define S3_MESSAGE_SIZE 200
#define S3_PAGE_TOKEN_SIZE 2049

struct s3_object {
	const char *key;     /* borrowed for the call */
	int64_t size;        /* bytes */
	int64_t modified_at; /* UTC seconds */
};

/* Anything but RC_OK ends the list, and is what it returns. */
typedef enum rc s3_visit(
    void *ctx, const struct s3_object *object, struct error *e);

struct s3_page {
	bool more;
	char token[S3_PAGE_TOKEN_SIZE]; /* for the next one */
};

struct s3_fault {
	char code[S3_CODE_SIZE];       /* "NoSuchBucket"; "" when none */
	char message[S3_MESSAGE_SIZE]; /* cut, without control characters */
	char region[S3_CODE_SIZE];     /* where the bucket is, if it was told */
};

/* RC_INVALID when it is no such list, RC_TOOBIG, RC_NOMEM, or what visit
 * returned. */
enum rc s3_xml_list(const char *bytes, size_t n, s3_visit *visit, void *ctx,
    struct s3_page *page, struct error *e) CHECKED;

/* Whatever can be found; all "" for anything else. */
void s3_xml_fault(const char *bytes, size_t n, struct s3_fault *out);

#endif
