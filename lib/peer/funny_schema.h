/*
 * The schema of Funny Deliveries (schema/funny-deliveries.xsd), which is part
 * of the program, and the two ways to read by it.
 *
 *	rc = xdoc_read(&d, bytes, n, max, &e);
 *	rc = funny_check(&d, FUNNY_LENIENT, &e);
 */
#ifndef PEER_FUNNY_SCHEMA_H
#define PEER_FUNNY_SCHEMA_H

#include "peer/xdoc.h"

#define FUNNY_NAMESPACE "urn:funny-deliveries:v1"
#define FUNNY_ANSWER_MAX (64 * 1024)
#define FUNNY_EVENTS_MAX (1024 * 1024) /* 100 events of some kB at most */

enum funny_way {
	FUNNY_STRICT, /* of what we wrote, and of requests */
	/* Of answers and webhooks: the elements and attributes that the
	 * contract does not name are taken out of the document, as a later
	 * version may have them, and any word is a state. */
	FUNNY_LENIENT,
};

/* RC_INVALID: e says which element is wrong, and why; RC_NOMEM. */
enum rc funny_check(
    struct xdoc *d, enum funny_way way, struct error *e) CHECKED;

#endif
