/*
 * Bugs that t/books.t has to find, in the place of BOOKS_PLANT; none happens
 * unless it is named there.  Two more wrap what the flow calls:
 *
 *	second  another way to pay begins while the first may still be paid
 *	early   a paid order that is cancelled gives its goods back at once
 */
#ifndef T_BOOKS_BUGS_H
#define T_BOOKS_BUGS_H

#include "flow/flow.h"

/* "key": one key for all attempts of an order; only the first gateway is left. */
void bug_key(struct flow *f);
/* "clock": a hold ends when its time is over. */
void bug_clock(struct flow *f, int64_t order);
/* "late": who agrees after our own word is authorised all the same. */
void bug_late(struct flow *f, int64_t order);

#endif
