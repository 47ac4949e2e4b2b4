/*
 * What lib/peer/stripe*.c share; nobody else includes it.
 */
#ifndef PEER_STRIPE_CALL_H
#define PEER_STRIPE_CALL_H

#include "peer/stripe.h"

struct exchange;

/* Fetch an object; RC_NOTFOUND when there is none.  x is to be released
 * whatever is returned. */
enum rc stripe_fetch(const struct gateway *g, const struct buf *path,
    struct exchange *x, struct error *e) CHECKED;

/* Disputes and early fraud warnings (stripe_dispute.c). */
enum rc stripe_look_dispute(const struct gateway *g, const char *object,
    struct gateway_dispute *out, struct error *e) CHECKED;

#endif
