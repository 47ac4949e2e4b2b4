/*
 * Whether the stock system is what the configuration says: the mapping, and for
 * write access what a sale needs of it.
 *
 *	rc = fit_check(w, &e);
 *
 * Cheap to repeat.  On failure nothing may be mirrored and w->fault is set.  A
 * schema of ours or a grant that is missing is said once in the log, as the
 * mirror does not need it and a sale does.
 */
#ifndef SYNCD_FIT_H
#define SYNCD_FIT_H

#include "syncd/work.h"

enum rc fit_check(struct work *w, struct error *e) CHECKED;

#endif
