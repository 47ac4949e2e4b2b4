/*
 * Who has just hung is left alone for a moment, so that a pass over many orders
 * waits once and not for each.  A failure that came at once costs nothing and
 * counts as none.
 *
 *	int64_t began = clock_mono_ms();
 *
 *	if (patience_lost(&p, &e))
 *		return RC_IO;
 *	return patience_kept(&p, began, ask(&e), &e);
 */
#ifndef FLOW_PATIENT_H
#define FLOW_PATIENT_H

#include "peer/gateway.h"

struct patience {
	int64_t until; /* monotonic ms */
	struct error why;
};

/* True: it is not to be asked now, and e says what it failed at. */
bool patience_lost(const struct patience *p, struct error *e);
/* rc as it is, after a call that began then. */
enum rc patience_kept(
    struct patience *p, int64_t began, enum rc rc, const struct error *e);

/* A gateway with patience. */
struct patient {
	struct gateway inner;
	struct patience patience;
};

/* p->inner is filled; p is borrowed for as long as out lives. */
void patient_gateway(struct patient *p, struct gateway *out);

#endif
