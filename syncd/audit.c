#include "config.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "syncd/audit.h"
#include "syncd/work.h"

#define LOOK_MS 1000

enum rc
audit_asked(struct work *w, bool *asked, struct error *e)
{
	struct audit *a = &w->audit;
	int64_t now = clock_mono_ms();
	enum rc rc;

	if (a->looked_ms == 0 || now - a->looked_ms >= LOOK_MS) {
		rc = mirror_compare_asked(w->db, &a->asked, e);
		if (rc != RC_OK)
			return rc;
		a->looked_ms = now;
	}
	*asked = a->asked;
	return RC_OK;
}

void
audit_drop(struct work *w)
{
	struct audit *a = &w->audit;

	while (a->n > 0)
		free(a->keys[--a->n]);
	free(a->keys);
	a->keys = NULL;
	a->size = 0;
	a->more = 0;
	a->state = AUDIT_OFF;
}

void
audit_begin(struct work *w)
{
	audit_drop(w);
	w->audit.at = clock_now();
	w->audit.state = AUDIT_PASS;
}

static bool
room(struct audit *a)
{
	size_t size = a->size == 0 ? 16 : a->size * 2;
	char **keys;

	if (a->n < a->size)
		return true;
	if (a->n >= AUDIT_KEYS)
		return false;
	keys = realloc(a->keys, size * sizeof(*keys));
	if (keys == NULL)
		return false;
	a->keys = keys;
	a->size = size;
	return true;
}

void
audit_differs(struct work *w, const char *key)
{
	struct audit *a = &w->audit;
	char *copy;

	if (a->state != AUDIT_PASS)
		return;
	copy = room(a) ? strdup(key) : NULL;
	/* without memory it cannot be explained any more, and counts */
	if (copy == NULL)
		a->more++;
	else
		a->keys[a->n++] = copy;
}

void
audit_passed(struct work *w)
{
	if (w->audit.state != AUDIT_PASS)
		return;
	w->audit.passed_ms = clock_mono_ms();
	w->audit.state = AUDIT_WAIT;
}

void
audit_explained(struct work *w, const char *key)
{
	struct audit *a = &w->audit;

	if (a->state != AUDIT_WAIT)
		return;
	for (size_t i = 0; i < a->n; i++) {
		if (strcmp(a->keys[i], key) != 0)
			continue;
		free(a->keys[i]);
		a->keys[i] = a->keys[--a->n];
		return;
	}
}

enum rc
audit_settle(struct work *w, struct error *e)
{
	struct audit *a = &w->audit;
	int64_t n = (int64_t)a->n + a->more;

	if (n > 0)
		log_event(LOG_WARN,
		    "differences repaired that nothing explains: %" PRId64
		    "%s%s%s",
		    n, a->n > 0 ? ", the first \"" : "",
		    a->n > 0 ? a->keys[0] : "", a->n > 0 ? "\"" : "");
	note_compared(w, a->at, n);
	audit_drop(w);
	a->asked = false;
	/* now, or the request would be seen once more */
	return note_write(w, true, e);
}
