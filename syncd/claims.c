#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "syncd/claims.h"
#include "syncd/taken.h"
#include "syncd/work.h"

enum state { OPEN, TRIED, DONE };

/* Keep of the list what keep says; returns how many. */
static size_t
sift(struct hold_open *holds, const bool *keep, size_t n)
{
	size_t kept = 0;

	for (size_t i = 0; i < n; i++)
		if (keep[i])
			holds[kept++] = holds[i];
	return kept;
}

static enum rc
read_list(struct work *w, claims_concern *concerns, const void *ctx,
    struct claims *c, struct error *e)
{
	bool *keep;
	enum rc rc;

	rc = hold_list(w->db, &c->ends, &c->n, e);
	if (rc != RC_OK || c->n == 0)
		return rc;
	keep = calloc(c->n, sizeof(*keep));
	c->state = calloc(c->n, sizeof(*c->state));
	if (keep == NULL || c->state == NULL)
		rc = error_set(e, RC_NOMEM, "no memory for holds");
	for (size_t i = 0; i < c->n && rc == RC_OK; i++)
		keep[i] = concerns == NULL || concerns(ctx, c->ends[i].key);
	if (rc == RC_OK) {
		c->n = sift(c->ends, keep, c->n);
		memset(keep, 0, c->n * sizeof(*keep));
		rc =
		    taken_ask(w->link, w->s, &w->taken, c->ends, keep, c->n, e);
		/* of a sales database that failed the link knows nothing */
		if (rc != RC_OK)
			w->fault = link_fault(w->link);
	}
	if (rc == RC_OK)
		c->n = sift(c->ends, keep, c->n);
	free(keep);
	return rc;
}

enum rc
claims_read(
    struct work *w, claims_concern *concerns, const void *ctx, struct error *e)
{
	enum rc rc;

	claims_release(&w->claims);
	/* without a schema of our own there are no claims */
	if (w->s->stock_access != ACCESS_WRITE)
		return RC_OK;
	rc = read_list(w, concerns, ctx, &w->claims, e);
	if (rc != RC_OK)
		claims_release(&w->claims);
	return rc;
}

void
claims_begin(struct claims *c)
{
	for (size_t i = 0; i < c->n; i++)
		if (c->state[i] == TRIED)
			c->state[i] = OPEN;
}

enum rc
claims_end(struct work *w, struct db *db, const char *key, int64_t now,
    int64_t *pieces, struct error *e)
{
	struct claims *c = &w->claims;
	enum rc rc = RC_OK;
	bool ended = false;

	*pieces = 0;
	for (size_t i = 0; i < c->n && rc == RC_OK; i++) {
		if (c->state[i] != OPEN || strcmp(c->ends[i].key, key) != 0)
			continue;
		c->state[i] = TRIED;
		rc = hold_end(db, &c->ends[i], now, &ended, e);
		if (rc == RC_OK && ended)
			*pieces += c->ends[i].qty;
	}
	return rc;
}

const char *
claims_left(const struct claims *c)
{
	for (size_t i = 0; i < c->n; i++)
		if (c->state[i] == OPEN)
			return c->ends[i].key;
	return NULL;
}

void
claims_done(struct claims *c)
{
	for (size_t i = 0; i < c->n; i++)
		if (c->state[i] == TRIED)
			c->state[i] = DONE;
}

void
claims_release(struct claims *c)
{
	free(c->ends);
	free(c->state);
	memset(c, 0, sizeof(*c));
}
