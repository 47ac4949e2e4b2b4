/*
 * Orders whose parcels are all delivered: the invoice, its letter, closed; and
 * credit notes for what is refunded later.
 */
#include "config.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/text.h"
#include "cron/lifecycle.h"
#include "flow/close.h"

#define BATCH 100
#define FAILED_PAUSE 60 /* seconds, when one cannot be closed */

struct due {
	int64_t orders[2 * BATCH];
	size_t n;
};

static enum rc
note(void *ctx, int64_t order, struct error *e)
{
	struct due *d = ctx;

	(void)e;
	if (d->n < 2 * BATCH)
		d->orders[d->n++] = order;
	return RC_OK;
}

enum rc
invoices_due(struct run *r, bool *any, struct error *e)
{
	struct due d = { .n = 0 };
	enum rc rc = RC_OK;

	if (clock_mono_ms() >= r->invoices_after)
		rc = close_due(r->db, 1, note, &d, e);
	*any = d.n > 0;
	return rc;
}

/* One that cannot be closed is said once and tried again, with the others. */
static enum rc
refused(struct run *r, int64_t order, const struct error *why)
{
	char text[ERROR_TEXT_SIZE];

	r->invoices_after = clock_mono_ms() + FAILED_PAUSE * 1000;
	(void)snprintf(
	    text, sizeof(text), "order %" PRId64 ": %.450s", order, why->text);
	if (strcmp(text, r->invoices_said) == 0)
		return RC_OK;
	text_copy(r->invoices_said, sizeof(r->invoices_said), text);
	log_event(LOG_ERROR, "invoices: %s", text);
	return RC_OK;
}

static enum rc
close_one(struct run *r, int64_t order, struct error *e)
{
	struct error why = ERROR_NONE;
	enum close_outcome what;
	enum rc rc = order_close(r->s, r->db, order, clock_now(), &what, &why);

	if (rc == RC_INVALID || rc == RC_TOOBIG)
		return refused(r, order, &why);
	if (rc == RC_CONFLICT)
		return RC_OK;
	if (rc != RC_OK)
		return error_set(e, rc, "%s", why.text);
	r->done += what != CLOSE_NOTHING;
	if (what != CLOSE_NOTHING && r->verbose)
		log_event(LOG_INFO, "order %" PRId64 ": %s", order,
		    what == CLOSE_CLOSED ? "invoiced and closed"
					 : "credit note issued");
	return RC_OK;
}

enum rc
invoices_step(struct run *r, struct error *e)
{
	struct due d = { .n = 0 };
	enum rc rc = close_due(r->db, BATCH, note, &d, e);

	for (size_t i = 0; i < d.n && rc == RC_OK && !r->stopping(); i++) {
		rc = run_renew(r, e);
		if (rc == RC_OK)
			rc = close_one(r, d.orders[i], e);
	}
	return rc;
}

enum rc
invoices_tell(struct run *r, struct error *e)
{
	struct due d = { .n = 0 };
	enum rc rc = close_due(r->db, BATCH, note, &d, e);

	if (rc == RC_OK)
		(void)printf("invoices: %zu due%s\n", d.n,
		    r->s->company_address[0] == '\0'
			? ", none can be made: company.address is not set"
			: "");
	return rc;
}
