/*
 * The events of the inbox: which order each is about, and what it asks for.
 */
#ifndef CRON_INBOX_H
#define CRON_INBOX_H

#include "cron/lifecycle.h"

#define INBOX_BATCH 50 /* events in one pass */

/*
 * Those that are due.  An event is done when its order is due at once, in the
 * same unit; whoever advances it then looks at the gateway, and believes no
 * event.  One whose order is not known yet waits, longer each time, and after
 * inbox.days it is for a person.  told has the orders that are due by it, each
 * once: they come before the others.
 */
struct told {
	int64_t orders[INBOX_BATCH];
	size_t n;
};
enum rc inbox_step(struct run *r, struct told *told, struct error *e) CHECKED;

#endif
