#include "config.h"

#include "base/clock.h"
#include "base/log.h"
#include "syncd/note.h"
#include "syncd/waiting.h"
#include "syncd/work.h"

/* Told once, not for each picture. */
void
waiting_store_fails(struct work *w, const char *key, const char *why)
{
	if (!w->waiting.failed)
		log_event(LOG_ERROR, "picture of item \"%s\": %s", key, why);
	w->waiting.failed = w->waiting.failing = true;
	note_store(w, why);
}

void
waiting_store_works(struct work *w)
{
	if (w->waiting.failed)
		log_event(LOG_INFO, "pictures can be stored again");
	w->waiting.failed = false;
	note_store(w, "");
}

/* What failed is asked for again in each round; when none of it is wanted any
 * more, nothing fails. */
void
waiting_round(struct work *w)
{
	w->waiting.whole = true;
	if (!w->waiting.failing)
		waiting_store_works(w);
	w->waiting.failing = false;
}

void
waiting_tell(struct work *w)
{
	struct waiting *p = &w->waiting;
	int64_t now = clock_mono_ms();

	if (p->told_ms != 0 && now - p->told_ms < NOTE_EVERY_MS)
		return;
	p->told_ms = now;
	note_waiting(w, (int64_t)known_waiting(&w->known, !p->whole));
}
