/*
 * Calls to PayPal with its access token; for lib/peer/paypal*.c only.
 *
 *	struct paypal_call c = { .method = "POST", .path = path, … };
 *
 *	rc = paypal_call(pp, &c, reply, &e);
 *
 * The token is kept in a file of pp->folder for all processes of this machine
 * until shortly before it ends; when it is not taken any more another is
 * fetched once and the call repeated.
 */
#ifndef PEER_PAYPAL_CALL_H
#define PEER_PAYPAL_CALL_H

#include "peer/paypal.h"

struct paypal_call {
	const char *method, *path;
	const char *key; /* PayPal-Request-Id, or NULL */
	const void *body;
	size_t n;
};

/* RC_IO: no whole answer came, or no token could be had.  reply->body is the
 * caller's. */
enum rc paypal_call(const struct paypal *pp, const struct paypal_call *c,
    struct gateway_reply *reply, struct error *e) CHECKED;

/* The file that holds the certificate of an address, for struct kept. */
#define PAYPAL_CERT_SIZE 80
void paypal_cert_name(const char *url, char out[PAYPAL_CERT_SIZE]);

#endif
