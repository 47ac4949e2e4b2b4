/*
 * What the parts of lib/flow that see to parcels share; nobody else includes it.
 */
#ifndef FLOW_POST_H
#define FLOW_POST_H

#include "base/hours.h"
#include "flow/flow_impl.h"
#include "peer/courier.h"
#include "shop/parcel.h"

/* One run over an order's parcels. */
struct post {
	struct flow *f;
	int64_t id, now;
	struct order o;
	int64_t ids[PARCEL_ROWS];
	size_t n, live;
	bool ready;            /* the warehouse has said so */
	bool ending;           /* the order ends, or has */
	bool moved;            /* something was committed: look again */
	int64_t refused_until; /* the end of a window that did not do */
};

/* The letters that are due now, each once. */
enum rc flow_post_letters(struct post *g, struct error *e) CHECKED;

#endif
