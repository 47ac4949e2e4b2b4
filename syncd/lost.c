#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "stock/own.h"
#include "syncd/lost.h"
#include "syncd/work.h"

#define ROWS_MAX 1000000 /* far more than a server can lose */

static enum rc
begin(struct db *db, void *ctx, struct error *e)
{
	(void)ctx;
	return vanished_begin(db, e);
}

enum rc
lost_look(struct work *w, struct error *e)
{
	struct lost *v = &w->lost;
	struct vanished_head head;
	enum rc rc;

	/* without a schema of our own there is nothing to lose */
	if (w->s->stock_access != ACCESS_WRITE || (v->known && !v->wanted))
		return RC_OK;
	rc = vanished_head(w->db, &head, e);
	if (rc != RC_OK)
		return rc;
	if (!v->wanted && head.vanished >= 0 &&
	    strcmp(head.source, work_source(w)) == 0) {
		v->known = true;
		return RC_OK;
	}
	/* from now on no answer of the server before is believed */
	rc = work_unit(w, begin, NULL, e);
	if (rc == RC_OK && head.source[0] != '\0')
		log_event(LOG_WARN,
		    "nothing is taken before it is known what \"%.150s\" has "
		    "lost",
		    work_source(w));
	v->moving = rc == RC_OK;
	v->known = v->asked = v->held = false;
	v->n = 0;
	return rc;
}

/*** Asking ***/

/* Some payments, and what the server knows of each. */
struct asked {
	struct vanished_row rows[OWN_ATTEMPTS];
	bool taken[OWN_ATTEMPTS], back[OWN_ATTEMPTS];
	size_t n;
};

static enum rc
note(void *ctx, const char *attempt, const char *item, bool back,
    struct error *e)
{
	struct asked *a = ctx;

	(void)item; /* an attempt takes and gives back all of it or nothing */
	(void)e;
	for (size_t i = 0; i < a->n; i++) {
		if (strcmp(a->rows[i].attempt, attempt) != 0)
			continue;
		a->taken[i] = true;
		a->back[i] |= back;
	}
	return RC_OK;
}

/* A take that it lacks; a give-back whose take it still has. */
static bool
is_lost(const struct asked *a, size_t i)
{
	if (a->rows[i].goods == GOODS_GIVEN_BACK)
		return a->taken[i] && !a->back[i];
	return !a->taken[i];
}

static enum rc
keep(struct lost *v, const struct vanished_row *row, struct error *e)
{
	struct vanished_row *grown;

	if (v->n == ROWS_MAX)
		return error_set(e, RC_TOOBIG,
		    "the stock system knows nothing of more than %d payments",
		    ROWS_MAX);
	if (v->n == v->size) {
		v->size = v->size == 0 ? 16 : v->size * 2;
		grown = realloc(v->rows, v->size * sizeof(*grown));
		if (grown == NULL)
			return error_set(e, RC_NOMEM, "no memory for payments");
		v->rows = grown;
	}
	v->rows[v->n++] = *row;
	return RC_OK;
}

static enum rc
ask_some(struct work *w, struct asked *a, struct error *e)
{
	const char *attempts[OWN_ATTEMPTS];
	enum rc rc;

	memset(a->taken, 0, sizeof(a->taken));
	memset(a->back, 0, sizeof(a->back));
	for (size_t i = 0; i < a->n; i++)
		attempts[i] = a->rows[i].attempt;
	rc = own_taken(w->link, w->s, &w->taken, attempts, a->n, note, a, e);
	if (rc != RC_OK)
		w->fault = link_fault(w->link);
	for (size_t i = 0; i < a->n && rc == RC_OK; i++)
		if (is_lost(a, i))
			rc = keep(&w->lost, &a->rows[i], e);
	return rc;
}

enum rc
lost_ask(struct work *w, struct error *e)
{
	struct lost *v = &w->lost;
	struct asked a;
	int64_t after = 0;
	enum rc rc = RC_OK;

	if (!v->moving)
		return RC_OK;
	v->n = 0;
	do {
		rc = vanished_list(w->db, after, a.rows, OWN_ATTEMPTS, &a.n, e);
		if (rc == RC_OK && a.n > 0) {
			after = a.rows[a.n - 1].payment;
			rc = ask_some(w, &a, e);
		}
		if (rc == RC_OK)
			rc = work_go_on(w, e);
	} while (rc == RC_OK && a.n == OWN_ATTEMPTS);
	v->asked = rc == RC_OK;
	return rc;
}

/*** Publishing ***/

enum rc
lost_hold(struct work *w, struct db *db, struct error *e)
{
	struct lost *v = &w->lost;
	enum rc rc = RC_OK;
	bool marked;

	/* before the first level of the new server is shown */
	if (!v->moving || v->held)
		return RC_OK;
	for (size_t i = 0; i < v->n && rc == RC_OK; i++)
		rc = vanished_mark(db, &v->rows[i], &marked, e);
	return rc;
}

enum rc
lost_settle(struct work *w, struct db *db, struct error *e)
{
	const struct lost *v = &w->lost;

	if (w->s->stock_access == ACCESS_WRITE &&
	    (v->moving ? !v->asked : !v->known))
		return error_set(e, RC_INVALID,
		    "another server is published before it was asked what it "
		    "has lost");
	return v->moving ? vanished_end(db, e) : RC_OK;
}

void
lost_done(struct work *w)
{
	struct lost *v = &w->lost;
	size_t n = v->n;

	if (!v->moving)
		return;
	lost_forget(v);
	v->known = true;
	if (n > 0)
		log_event(LOG_WARN,
		    "the stock system knows nothing of payments=%zu: what they "
		    "took or gave back is done again first",
		    n);
}

void
lost_forget(struct lost *v)
{
	free(v->rows);
	memset(v, 0, sizeof(*v));
}
