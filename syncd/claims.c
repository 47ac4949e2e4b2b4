#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "stock/own.h"
#include "syncd/claims.h"
#include "syncd/work.h"

enum state { OPEN, TRIED, DONE };

/* Holds of one question: a range of the list. */
struct asked {
	const struct hold_open *holds;
	bool *taken;
	size_t n;
};

static enum rc
note(void *ctx, const char *attempt, const char *item, struct error *e)
{
	const struct asked *a = ctx;

	(void)e;
	for (size_t i = 0; i < a->n; i++)
		if (strcmp(a->holds[i].attempt, attempt) == 0 &&
		    strcmp(a->holds[i].key, item) == 0)
			a->taken[i] = true;
	return RC_OK;
}

/* As many holds from the first one on as a question has room for. */
static size_t
next_range(const struct hold_open *holds, size_t n,
    const char *attempts[OWN_ATTEMPTS], size_t *nattempts)
{
	size_t i;

	*nattempts = 0;
	for (i = 0; i < n; i++) {
		if (*nattempts > 0 &&
		    strcmp(attempts[*nattempts - 1], holds[i].attempt) == 0)
			continue;
		if (*nattempts == OWN_ATTEMPTS)
			break;
		attempts[(*nattempts)++] = holds[i].attempt;
	}
	return i;
}

static enum rc
ask(struct work *w, const struct hold_open *holds, bool *taken, size_t n,
    struct error *e)
{
	const char *attempts[OWN_ATTEMPTS];
	struct error why = ERROR_NONE;
	struct asked a;
	size_t nattempts;
	enum rc rc = RC_OK;

	for (size_t from = 0; from < n && rc == RC_OK; from += a.n) {
		a.n = next_range(holds + from, n - from, attempts, &nattempts);
		a.holds = holds + from;
		a.taken = taken + from;
		rc = own_taken(w->link, w->s, &w->taken, attempts, nattempts,
		    note, &a, &why);
	}
	if (rc == RC_OK)
		return RC_OK;
	w->fault = link_fault(w->link);
	return error_set(e, rc,
	    "could not ask the stock system what orders have taken: %s",
	    why.text);
}

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
		rc = ask(w, c->ends, keep, c->n, e);
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
    struct error *e)
{
	struct claims *c = &w->claims;
	enum rc rc = RC_OK;
	bool ended;

	for (size_t i = 0; i < c->n && rc == RC_OK; i++) {
		if (c->state[i] != OPEN ||
		    (key != NULL && strcmp(c->ends[i].key, key) != 0))
			continue;
		c->state[i] = TRIED;
		rc = hold_end(db, &c->ends[i], now, &ended, e);
	}
	return rc;
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
