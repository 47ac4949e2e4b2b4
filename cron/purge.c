#include "config.h"

#include <inttypes.h>

#include "base/clock.h"
#include "base/log.h"
#include "cron/lifecycle.h"
#include "shop/purge.h"

enum rc
purge_step(struct run *r, struct error *e)
{
	int64_t gone = 0;
	enum rc rc;

	rc = purge_old(r->db, r->s, clock_now(), &gone, e);
	if (rc == RC_OK && gone > 0 && r->verbose)
		log_event(LOG_INFO,
		    "deleted what is kept no longer rows=%" PRId64, gone);
	return rc;
}
