/*
 * Events that were stored before anybody could say who had sent them.
 *
 *	rc = prove_event(wiring_gateway(w, "paypal"), r, id, &e);
 */
#ifndef CRON_PROVE_H
#define CRON_PROVE_H

#include "cron/lifecycle.h"

struct gateway;

/* Whether this gateway sent it.  RC_DENIED: it did not; RC_IO: that cannot be
 * known now. */
enum rc prove_event(const struct gateway *g, const struct run *r, int64_t id,
    struct error *e) CHECKED;

#endif
