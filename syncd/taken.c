#include "config.h"

#include <string.h>

#include "stock/own.h"
#include "syncd/taken.h"

/* Holds of one question: a range of the list. */
struct asked {
	const struct hold_open *holds;
	bool *taken;
	size_t n;
};

static enum rc
note(void *ctx, const char *attempt, const char *item, bool back,
    struct error *e)
{
	const struct asked *a = ctx;

	(void)back;
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

enum rc
taken_ask(struct link *l, const struct settings *s, struct link_query **q,
    const struct hold_open *holds, bool *taken, size_t n, struct error *e)
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
		rc = own_taken(l, s, q, attempts, nattempts, note, &a, &why);
	}
	if (rc == RC_OK)
		return RC_OK;
	return error_set(e, rc,
	    "could not ask the stock system what orders have taken: %s",
	    why.text);
}
