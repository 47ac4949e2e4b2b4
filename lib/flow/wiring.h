/*
 * The real world of order_advance, wired up from the settings: the stock
 * system's last word, the gateways that are configured, and a name for this
 * runner.
 *
 *	struct wiring *w;
 *
 *	rc = wiring_open(&settings, db, &w, &e);
 *	rc = order_pay(wiring_flow(w), order, "stripe", &e);
 *	if (rc == RC_OK)
 *		rc = order_advance(wiring_flow(w), order, &e);
 *	wiring_close(w);
 *
 * Nothing is asked of anybody before order_advance does: a checkout page costs
 * no connection to the stock system that it does not need.
 */
#ifndef FLOW_WIRING_H
#define FLOW_WIRING_H

#include "base/jail.h"
#include "flow/flow.h"

struct wiring;

/* settings and db are borrowed until wiring_close.  RC_INVALID: what is
 * configured does not go together.  *out is the caller's. */
enum rc wiring_open(const struct settings *settings, struct db *db,
    struct wiring **out, struct error *e) CHECKED;
void wiring_close(struct wiring *w); /* NULL is fine */

/* Borrowed, as long as w. */
struct flow *wiring_flow(struct wiring *w);

/* The gateway with this name, asked without patience, or NULL. */
const struct gateway *wiring_gateway(const struct wiring *w, const char *name);

/* Whether anything can be paid with at all. */
bool wiring_can_pay(const struct settings *settings);

/* What a jailed program adds so that the calls work (cgi_main_calling). */
void wiring_needs(const struct settings *settings, struct jail *j);

#endif
