#include "config.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/text.h"
#include "stock/own.h"
#include "syncd/doubt.h"
#include "syncd/work.h"

static enum rc
keep(void *ctx, const char *item, int64_t qty, struct error *e)
{
	struct doubts *d = ctx;
	struct doubt_back *grown;

	if (d->nback == d->size) {
		d->size = d->size == 0 ? 16 : d->size * 2;
		grown = realloc(d->back, d->size * sizeof(*grown));
		if (grown == NULL)
			return error_set(e, RC_NOMEM, "no memory for returns");
		d->back = grown;
	}
	text_copy(d->back[d->nback].key, sizeof(d->back[0].key), item);
	d->back[d->nback++].qty = qty;
	return RC_OK;
}

static bool
lately(const struct doubts *d)
{
	return d->last > 0 && clock_now() - d->last <= SUSPECT_SECONDS;
}

enum rc
doubt_read(struct work *w, struct error *e)
{
	struct doubts *d = &w->doubts;
	enum rc rc = RC_OK;

	d->nback = 0;
	if (w->s->stock_access != ACCESS_WRITE)
		return RC_OK;
	if (!d->known)
		rc = suspect_last(w->db, &d->last, e);
	d->known = rc == RC_OK;
	if (rc != RC_OK || (!lately(d) && w->claims.n == 0))
		return rc;
	rc = own_returned(w->link, w->s, SUSPECT_SECONDS, keep, d, e);
	if (rc != RC_OK)
		w->fault = link_fault(w->link);
	return rc;
}

enum rc
doubt_begin(struct work *w, const char *key, struct doubt *out, struct error *e)
{
	memset(out, 0, sizeof(*out));
	/* of another server nothing is known to have been taken */
	out->looks = w->s->stock_access == ACCESS_WRITE && !w->lost.moving &&
		     (w->claims.n > 0 || lately(&w->doubts));
	return out->looks ? suspect_before(w->db, key, &out->s, e) : RC_OK;
}

static int64_t
returned(const struct doubts *d, const char *key)
{
	for (size_t i = 0; i < d->nback; i++)
		if (strcmp(d->back[i].key, key) == 0)
			return d->back[i].qty;
	return 0;
}

enum rc
doubt_end(struct work *w, const char *key, const struct doubt *d, int64_t now,
    struct error *e)
{
	struct suspect after, s = d->s;
	struct doubts *all = &w->doubts;
	int64_t raised;
	enum rc rc;

	if (!d->looks || s.item == 0)
		return RC_OK;
	s.returned = returned(all, key);
	rc = suspect_before(w->db, key, &after, e);
	if (rc == RC_OK)
		rc = suspect_after(w->db, &s, after.level, now, &raised, e);
	if (rc != RC_OK)
		return rc;
	if (s.taken > 0)
		all->last = now;
	if (raised > 0 && all->ntold < DOUBT_TOLD) {
		text_copy(all->told[all->ntold].key, LIMIT_KEY + 1, key);
		all->told[all->ntold++].qty = raised;
	}
	return RC_OK;
}

void
doubt_tell(struct work *w)
{
	struct doubts *d = &w->doubts;

	for (size_t i = 0; i < d->ntold; i++)
		log_event(LOG_WARN,
		    "item \"%s\": the level was raised by %" PRId64
		    " soon after the shop took goods: it may have been "
		    "overwritten; see shopctl stock suspected",
		    d->told[i].key, d->told[i].qty);
	d->ntold = 0;
}

void
doubt_release(struct doubts *d)
{
	free(d->back);
	memset(d, 0, sizeof(*d));
}
