/*
 * Funny Deliveries: XML over HTTPS, by the contract of
 * doc/funny-deliveries.md and schema/funny-deliveries.xsd.
 *
 *	struct funny_deliveries fd = { .base = settings.courier_url,
 *		.key = settings.courier_key, … };
 *	struct courier c;
 *
 *	funny_deliveries(&fd, &c);
 *
 * What is read: UTF-8 of at most 64 kB (a page of events: 1 MB), no document
 * type, no entity but XML's five and numbers, nothing fetched.  Elements and
 * attributes that the contract does not name are taken out, a state that it
 * does not name is COURIER_UNKNOWN; what is left has to be valid by the schema.
 * What is written is valid without any leave.
 */
#ifndef PEER_FUNNY_DELIVERIES_H
#define PEER_FUNNY_DELIVERIES_H

#include "peer/courier.h"

#define FUNNY_DELIVERIES_SIGNATURE "Funny-Signature"
#define FUNNY_DELIVERIES_SKEW 300 /* seconds that a webhook may be off */

struct exchange_pool;

struct funny_deliveries {
	const char *base;    /* "https://api.funny-deliveries.example/v1" */
	const char *key;     /* secret */
	const char *service; /* "STANDARD" */
	const char *ca_file; /* "": the system's authorities */
	struct exchange_pool *pool; /* borrowed */
};

/* fd is borrowed for as long as the courier lives. */
void funny_deliveries(struct funny_deliveries *fd, struct courier *out);

/*
 * Check a webhook's Funny-Signature over the body's bytes as they came, with
 * each of up to two secrets (NULL or "" is none).  RC_DENIED: malformed, not
 * ours, or its time is more than FUNNY_DELIVERIES_SKEW off.  No XML is read, so
 * a CGI program that stores it needs no libxml2.
 */
enum rc funny_deliveries_signed(const char *header, const void *body, size_t n,
    const char *const secrets[2], int64_t now, struct error *e) CHECKED;

/* By what name the inbox keeps such a body: its EventId, or a hash when there is
 * none to be seen.  Only of a body whose signature is ours. */
void funny_deliveries_event_name(
    const void *body, size_t n, char out[COURIER_KEY_SIZE]);

#endif
