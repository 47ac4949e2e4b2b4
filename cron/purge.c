#include "config.h"

#include <inttypes.h>
#include <stdio.h>

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
	r->done += gone;
	return rc;
}

enum rc
purge_tell(struct run *r, struct error *e)
{
	struct lease_holder last;
	char until[CLOCK_ISO_SIZE];
	enum rc rc = lease_read(r->db, "purge", &last, e);

	if (rc != RC_OK)
		return rc;
	if (last.name[0] == '\0' || last.expires_at <= clock_now()) {
		(void)puts("purge: is due, as it is once an hour");
		return RC_OK;
	}
	clock_iso(last.expires_at, until);
	(void)printf("purge: not before %s\n", until);
	return RC_OK;
}
