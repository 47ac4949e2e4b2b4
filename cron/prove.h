/*
 * Events that were stored before anybody could say who had sent them.
 *
 *	rc = prove_paypal(wiring_gateway(w, "paypal")->ctx, r, id, &e);
 */
#ifndef CRON_PROVE_H
#define CRON_PROVE_H

#include "cron/lifecycle.h"

struct paypal;

/*
 * Whether PayPal sent it: by its certificate, fetched if need be, or by asking.
 * RC_DENIED: it did not; RC_IO: that cannot be known now.
 */
enum rc prove_paypal(const struct paypal *pp, const struct run *r, int64_t id,
    struct error *e) CHECKED;

#endif
