#include "config.h"

#include "base/log.h"
#include "stock/own.h"
#include "syncd/fit.h"

static enum rc
tell_missing(struct work *w, struct error *e)
{
	struct own_missing m;
	enum rc rc;

	rc = own_missing(w->map, w->link, w->s, &m, e);
	if (rc != RC_OK)
		w->fault = link_fault(w->link);
	else if (m.ngrants > 0)
		log_event(LOG_WARN,
		    "nothing can be sold: grants that are missing: %zu; "
		    "\"syncd -n\" prints them",
		    m.ngrants);
	own_missing_release(&m);
	return rc;
}

/* What a sale needs; the mirror does not. */
static enum rc
check_sales(struct work *w, struct error *e)
{
	struct error why = ERROR_NONE;
	enum fault fault;
	enum rc rc;

	rc = own_check(w->link, w->s, &fault, &why);
	if (rc == RC_OK)
		return tell_missing(w, e);
	if (rc == RC_NOTFOUND) {
		log_event(LOG_WARN, "%s", why.text);
		return RC_OK;
	}
	w->fault = fault;
	map_forget(w->map);
	return error_set(e, rc, "%s", why.text);
}

enum rc
fit_check(struct work *w, struct error *e)
{
	bool changed;
	enum rc rc;

	rc = map_check(w->map, w->link, &changed, e);
	if (changed)
		work_forget_queries(w);
	if (rc != RC_OK)
		w->fault = map_fault(w->map);
	else if (changed && w->s->stock_access == ACCESS_WRITE)
		rc = check_sales(w, e);
	return rc;
}
