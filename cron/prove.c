#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/limits.h"
#include "cron/prove.h"
#include "peer/gateways.h"
#include "shop/inbox.h"

struct letter {
	char *headers; /* owned */
	struct buf body;
};

static enum rc
copy(void *ctx, const struct inbox_event *in, struct error *e)
{
	struct letter *l = ctx;

	l->headers = strdup(in->headers);
	buf_put(&l->body, in->body, in->n);
	return l->headers != NULL && buf_rc(&l->body) == RC_OK
		   ? RC_OK
		   : error_set(e, RC_NOMEM, "no memory for an event");
}

enum rc
prove_event(
    const struct gateway *g, const struct run *r, int64_t id, struct error *e)
{
	const struct gateway_kind *k = gateways_find(r->s, g->name);
	struct letter l = { .headers = NULL };
	enum rc rc;

	buf_init(&l.body, LIMIT_HOOK);
	rc = inbox_get(r->db, id, copy, &l, e);
	if (rc == RC_OK && (k == NULL || k->prove == NULL))
		rc = error_set(e, RC_IO, "%s proves nothing", g->name);
	if (rc == RC_OK)
		rc = k->prove(g, r->s, l.headers, buf_str(&l.body), l.body.len,
		    clock_now(), e);
	free(l.headers);
	buf_release(&l.body);
	return rc;
}
