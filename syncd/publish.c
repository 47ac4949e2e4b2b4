#include "config.h"

#include <inttypes.h>

#include "base/clock.h"
#include "base/log.h"
#include "shop/item.h"
#include "shop/stage.h"
#include "syncd/publish.h"

#define SLICE_MS 20
#define BREATH_MS 5
#define FLAW_LINES 50 /* of one publication; the status has the count */

struct slice {
	struct work *w;
	struct stage_batch *batch;
	struct stage_confirm confirm;
	size_t done; /* rows published */
	bool last;   /* all rows are out: the mirror was confirmed */
	int lines;   /* of log about flaws */
};

static enum rc
publish_row(
    struct work *w, const struct stage_row *r, int64_t now, struct error *e)
{
	struct doubt d = { 0 };
	bool changed;
	enum rc rc = RC_OK;

	if (!r->withdrawn)
		rc = doubt_begin(w, r->key, &d, e);
	if (rc == RC_OK && r->withdrawn)
		rc = item_withdraw(w->db, r->key, now, &changed, e);
	else if (rc == RC_OK)
		rc = item_publish(w->db, w->words, &r->news, now, &changed, e);
	/* the goods that left with this level are held no longer */
	if (rc == RC_OK)
		rc = claims_end(w, w->db, r->key, now, &d.s.taken, e);
	return rc == RC_OK ? doubt_end(w, r->key, &d, now, e) : rc;
}

/* The levels of those whose goods are gone and that were not published are as
 * they were. */
static enum rc
end_others(struct work *w, int64_t now, struct error *e)
{
	struct doubt d;
	const char *key;
	enum rc rc = RC_OK;

	while (rc == RC_OK && (key = claims_left(&w->claims)) != NULL) {
		rc = doubt_begin(w, key, &d, e);
		if (rc == RC_OK)
			rc = claims_end(w, w->db, key, now, &d.s.taken, e);
		if (rc == RC_OK)
			rc = doubt_end(w, key, &d, now, e);
	}
	return rc;
}

static enum rc
finish(const struct slice *s, struct db *db, int64_t now, struct error *e)
{
	enum rc rc;

	rc = end_others(s->w, now, e);
	if (rc == RC_OK)
		rc = lost_settle(s->w, db, e);
	if (rc == RC_OK)
		rc = mirror_confirm(db, &s->confirm, now, e);
	if (rc == RC_OK && s->w->position != NULL)
		rc = mirror_position(db, s->w->position, e);
	return rc;
}

/* At least one row, then as many as fit in the time.  Repeatable. */
static enum rc
publish_slice(struct db *db, void *ctx, struct error *e)
{
	struct slice *s = ctx;
	const struct stage_batch *b = s->batch;
	int64_t start = clock_mono_ms(), now = clock_now();
	enum rc rc = RC_OK;

	s->done = 0;
	s->last = false;
	claims_begin(&s->w->claims);
	s->w->doubts.ntold = 0;
	rc = lost_hold(s->w, db, e);
	while (rc == RC_OK && s->done < b->n &&
	       (s->done == 0 || clock_mono_ms() - start < SLICE_MS))
		rc = publish_row(s->w, &b->rows[s->done++], now, e);
	if (rc == RC_OK && s->done > 0)
		rc = stage_drop(db, b->rows[s->done - 1].key, e);
	if (rc != RC_OK)
		return rc;
	s->last = s->done == b->n && b->n < STAGE_BATCH;
	if (s->last)
		return finish(s, db, now, e);
	return s->w->partial ? RC_OK : mirror_partial(db, e);
}

/* One line for each flaw that is new (R25). */
static void
tell_flaws(struct slice *s)
{
	for (size_t i = 0; i < s->done; i++) {
		const struct stage_row *r = &s->batch->rows[i];

		if (r->withdrawn || r->news.flaw == r->old_flaw)
			continue;
		if (s->lines++ == FLAW_LINES)
			log_event(LOG_WARN, "more items are flawed: see "
					    "syncd --status");
		if (s->lines > FLAW_LINES)
			return;
		if (r->news.flaw == FLAW_NONE)
			log_event(
			    LOG_INFO, "item \"%s\" is in order again", r->key);
		else
			log_event(LOG_WARN, "item \"%s\": %s", r->key,
			    row_flaw_text(r->news.flaw));
	}
}

static enum rc
next_slice(struct slice *s, struct error *e)
{
	struct stage_batch batch;
	enum rc rc;

	s->batch = &batch;
	rc = stage_read(s->w->db, "", &batch, e);
	if (rc == RC_OK)
		rc = work_unit(s->w, publish_slice, s, e);
	if (rc == RC_OK) {
		s->w->partial = !s->last;
		s->w->lost.held = true;
		claims_done(&s->w->claims);
		doubt_tell(s->w);
		tell_flaws(s);
	}
	stage_batch_release(&batch);
	s->batch = NULL;
	return rc;
}

static void
done(struct work *w, int64_t taken_at, int64_t n)
{
	if (w->position != NULL) {
		w->placed = w->position[0] != '\0';
		w->placed_ms = w->placed ? clock_mono_ms() : 0;
	}
	w->confirmed_at = taken_at;
	if (taken_at > w->proven_at)
		w->proven_at = taken_at;
	w->staged = false;
	lost_done(w);
	if (n > 0)
		w->counts_old = true;
}

enum rc
publish(struct work *w, int64_t taken_at, int64_t n, struct error *e)
{
	struct slice s = {
		.w = w,
		.confirm = { work_source(w), w->mode, taken_at,
		    n > 0 || w->claims.n > 0 },
	};
	int64_t rows = 0;
	enum rc rc = RC_OK;

	if (n == 0 && w->claims.n == 0 && !w->partial && !w->lost.moving &&
	    taken_at <= w->confirmed_at && w->position == NULL)
		return RC_OK;
	while (rc == RC_OK && !s.last) {
		rc = next_slice(&s, e);
		rows += (int64_t)s.done;
		progress_tell(&w->progress, "published", rows, n);
		if (rc == RC_OK && !s.last) {
			clock_sleep_ms(BREATH_MS);
			rc = work_go_on(w, e);
		}
	}
	if (rc == RC_OK)
		done(w, taken_at, n);
	return rc;
}

static enum rc
drop_batch(struct db *db, void *ctx, struct error *e)
{
	const struct stage_batch *b = ctx;

	return stage_drop(db, b->rows[b->n - 1].key, e);
}

enum rc
publish_clear(struct work *w, struct error *e)
{
	struct stage_batch batch;
	size_t n = STAGE_BATCH;
	enum rc rc = RC_OK;

	while (rc == RC_OK && n == STAGE_BATCH) {
		rc = stage_read(w->db, "", &batch, e);
		n = batch.n;
		if (rc == RC_OK && n > 0)
			rc = work_unit(w, drop_batch, &batch, e);
		stage_batch_release(&batch);
		if (rc == RC_OK)
			rc = work_go_on(w, e);
	}
	return rc;
}

static enum rc
write_counts(struct db *db, void *ctx, struct error *e)
{
	return mirror_counted(db, ctx, e);
}

enum rc
publish_counts(struct work *w, struct error *e)
{
	struct mirror_counts c;
	enum rc rc;

	if (!w->counts_old)
		return RC_OK;
	rc = mirror_count(w->db, &c, e);
	if (rc == RC_OK)
		rc = work_unit(w, write_counts, &c, e);
	if (rc == RC_OK)
		w->counts_old = false;
	return rc;
}
