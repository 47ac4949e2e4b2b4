#include "config.h"

#include <string.h>

#include "base/clock.h"
#include "base/text.h"
#include "syncd/note.h"
#include "syncd/work.h"

enum {
	REASON = 1,
	LAGS = 2,
	COMPARED = 4,
	PICTURES = 8,
};

static void
note_text(
    struct notes *n, char to[ERROR_TEXT_SIZE], const char *text, unsigned what)
{
	size_t len = text_clip(text, strlen(text), ERROR_TEXT_SIZE - 1);

	if (strlen(to) == len && memcmp(to, text, len) == 0)
		return;
	memmove(to, text, len);
	to[len] = '\0';
	n->changed |= what;
}

void
note_reason(struct work *w, const char *why)
{
	note_text(&w->notes, w->notes.reason, why, REASON);
}

void
note_lags(struct work *w, const struct mirror_lags *l)
{
	w->notes.lags = *l;
	w->notes.changed |= LAGS;
}

void
note_compared(struct work *w, int64_t at, int64_t differences)
{
	w->notes.compared_at = at;
	w->notes.differences = differences;
	w->notes.changed |= COMPARED;
}

void
note_waiting(struct work *w, int64_t n)
{
	if (w->notes.waiting == n)
		return;
	w->notes.waiting = n;
	w->notes.changed |= PICTURES;
}

void
note_store(struct work *w, const char *problem)
{
	note_text(&w->notes, w->notes.store_problem, problem, PICTURES);
}

static enum rc
write_problem(struct db *db, void *ctx, struct error *e)
{
	return mirror_problem(db, ctx, clock_now(), e);
}

enum rc
note_problem(struct work *w, const char *text, struct error *e)
{
	char copy[ERROR_TEXT_SIZE];
	size_t n = text_clip(text, strlen(text), sizeof(copy) - 1);

	if (!w->leased)
		return RC_OK;
	memcpy(copy, text, n);
	copy[n] = '\0';
	/* a pass that finds no difference must write it all the same */
	w->confirmed_at = 0;
	return work_unit(w, write_problem, copy, e);
}

/* Lags and the last compare stay as they were told until there are new ones. */
void
note_again(struct work *w)
{
	w->notes.changed |= REASON | PICTURES;
}

static enum rc
write_notes(struct db *db, void *ctx, struct error *e)
{
	const struct notes *n = ctx;
	enum rc rc = RC_OK;

	if (n->changed & REASON)
		rc = mirror_reason(db, n->reason, e);
	if (rc == RC_OK && (n->changed & LAGS))
		rc = mirror_lags(db, &n->lags, e);
	if (rc == RC_OK && (n->changed & COMPARED))
		rc = mirror_compared(db, n->compared_at, n->differences, e);
	if (rc == RC_OK && (n->changed & PICTURES))
		rc = mirror_pictures(db, n->waiting, n->store_problem, e);
	return rc;
}

enum rc
note_write(struct work *w, bool now, struct error *e)
{
	struct notes *n = &w->notes;
	int64_t ms = clock_mono_ms();
	enum rc rc;

	if (n->changed == 0 || !w->leased ||
	    (!now && n->written_ms != 0 && ms - n->written_ms < NOTE_EVERY_MS))
		return RC_OK;
	rc = work_unit(w, write_notes, n, e);
	if (rc == RC_OK) {
		n->changed = 0;
		n->written_ms = ms;
	}
	return rc;
}
