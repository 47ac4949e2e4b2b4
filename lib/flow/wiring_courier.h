/*
 * The courier that is configured.  Apart from flow/wiring.h, as pages that pay
 * need neither it nor its XML.
 *
 *	struct wired_courier w = { 0 };
 *
 *	rc = wiring_courier(&settings, &w, &e);
 *	flow->courier = wired_courier(&w);	NULL: none
 *	wiring_courier_close(&w);
 */
#ifndef FLOW_WIRING_COURIER_H
#define FLOW_WIRING_COURIER_H

#include "base/settings.h"
#include "peer/funny_deliveries.h"

struct wired_courier {
	struct funny_deliveries funny;
	struct courier courier;
	struct exchange_pool *pool; /* owned; NULL: no courier */
};

/* Of a zeroed one; again does nothing. */
enum rc wiring_courier(
    const struct settings *s, struct wired_courier *w, struct error *e) CHECKED;
const struct courier *wired_courier(const struct wired_courier *w);
void wiring_courier_close(struct wired_courier *w);

#endif
