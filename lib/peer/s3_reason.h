/*
 * What a server of S3 meant by refusing, and what to do about it.
 *
 *	rc = s3_reason(&where, &fault, &e);
 */
#ifndef PEER_S3_REASON_H
#define PEER_S3_REASON_H

#include "peer/s3_xml.h"

struct s3_where {
	const char *bucket, *region; /* borrowed; as configured */
	long status;                 /* of the answer */
};

/* Whether the same may be answered differently in a moment. */
bool s3_is_late(long status);

/* Never RC_OK: RC_DENIED, RC_INVALID (the configuration is wrong) or RC_IO. */
enum rc s3_reason(const struct s3_where *w, const struct s3_fault *f,
    struct error *e) CHECKED;

#endif
