#include "config.h"

#include <string.h>

#include "flow/wiring_courier.h"
#include "peer/exchange.h"

enum rc
wiring_courier(
    const struct settings *s, struct wired_courier *w, struct error *e)
{
	enum rc rc;

	if (s->courier_url[0] == '\0' || w->pool != NULL)
		return RC_OK;
	rc = exchange_pool_new(&w->pool, e);
	if (rc != RC_OK)
		return rc;
	w->funny = (struct funny_deliveries){ .base = s->courier_url,
		.key = s->courier_key,
		.service = settings_service_name(s),
		.ca_file = s->courier_ca,
		.pool = w->pool };
	funny_deliveries(&w->funny, &w->courier);
	return RC_OK;
}

const struct courier *
wired_courier(const struct wired_courier *w)
{
	return w->pool != NULL ? &w->courier : NULL;
}

void
wiring_courier_close(struct wired_courier *w)
{
	exchange_pool_free(w->pool);
	memset(w, 0, sizeof(*w));
}
