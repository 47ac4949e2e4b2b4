#include "config.h"

#include <inttypes.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/log.h"
#include "syncd/follow.h"
#include "syncd/publish.h"
#include "syncd/snapshot.h"
#include "syncd/stream.h"

#define GATHER_MS 20      /* what comes together is looked at together */
#define TURN_MS 500       /* pictures and counts get their turn */
#define MARK_MS 1000      /* how old the mirror is, is measured as often */
#define MARK_LOST_MS 5000 /* the stream is silent and not where the log is */
#define BUSY_MAX 5        /* times that a DDL may be in the way of a look */
#define COMPARE_MS 600000 /* what the log does not tell is found */

struct follow {
	struct work *w;
	struct stream *stream;
	struct touched touched;

	int64_t gather;  /* until then, monotonic as all here but mark_at */
	bool whole;      /* a whole pass is wanted */
	int busy;        /* times in a row */
	const char *why; /* NULL: it is the first or a regular one */
	int64_t last_pass;

	struct place mark; /* where the log was */
	bool marked;
	int64_t mark_at; /* at this time, UTC */
	int64_t mark_made, mark_due;
};

enum rc
follow_begin(struct work *w, bool must, struct follow **out, struct error *e)
{
	struct follow *f;
	struct buf at;
	enum rc rc;

	*out = NULL;
	f = calloc(1, sizeof(*f));
	if (f == NULL)
		return error_set(e, RC_NOMEM, "no memory to follow the log");
	f->w = w;
	f->whole = true;
	place_init(&f->mark, link_is_mariadb(w->link));
	rc = stream_open(w, must, &f->touched, &f->stream, e);
	if (rc != RC_OK) {
		follow_end(f);
		return rc;
	}
	buf_init(&at, 200);
	place_print(stream_at(f->stream), &at);
	log_event(LOG_INFO, "following the log from %s",
	    at.len > 0 ? buf_str(&at) : "its set of GTIDs");
	buf_release(&at);
	w->mode = "binlog";
	*out = f;
	return RC_OK;
}

void
follow_end(struct follow *f)
{
	if (f == NULL)
		return;
	f->w->mode = "poll";
	f->w->need = NULL;
	stream_free(f->stream);
	place_release(&f->mark);
	free(f);
}

/*
 * A DDL or a lock was in the way: all is looked at again, the stream goes on.
 * RC_OK when it is that and not once too often.
 */
static enum rc
look_again(
    struct follow *f, enum rc rc, const struct error *why, struct error *e)
{
	struct work *w = f->w;

	if (rc != RC_CONFLICT || w->stopping())
		return error_set(e, rc, "%s", why->text);
	/* a snapshot that could not be had is no fault of the link */
	if (w->fault == FAULT_NONE)
		w->fault = FAULT_OTHER;
	if (w->fault != FAULT_BUSY || ++f->busy > BUSY_MAX)
		return error_set(e, rc, "%s", why->text);
	w->fault = FAULT_NONE;
	touched_all(&f->touched, "a change of definition was in the way");
	return RC_OK;
}

/* A whole pass, with what was touched until now in it. */
static enum rc
pass(struct follow *f, struct error *e)
{
	struct work *w = f->w;
	struct error why = ERROR_NONE;
	struct poll_result r;
	enum rc rc;

	w->need = stream_need(f->stream);
	rc = poll_pass(w, &r, &why);
	w->need = NULL;
	if (rc != RC_OK)
		return look_again(f, rc, &why, e);
	rc = stream_map(f->stream, e);
	if (rc != RC_OK) {
		w->fault = FAULT_OTHER;
		return rc;
	}
	f->last_pass = clock_mono_ms();
	f->busy = 0;
	log_event(f->why != NULL ? LOG_INFO : LOG_DEBUG,
	    "compared all items=%" PRId64 " differences=%" PRId64 "%s%s",
	    r.items, r.differences, f->why != NULL ? ": " : "",
	    f->why != NULL ? f->why : "");
	f->whole = false;
	f->why = NULL;
	touched_clear(&f->touched);
	f->gather = 0;
	stream_done(f->stream);
	return RC_OK;
}

static bool
pass_due(const struct follow *f)
{
	int64_t wait = f->whole ? f->w->s->stock_poll_ms : COMPARE_MS;

	return f->last_pass == 0 || clock_mono_ms() - f->last_pass >= wait;
}

/* What was touched, read and published. */
static enum rc
apply(struct follow *f, struct error *e)
{
	struct work *w = f->w;
	struct error why = ERROR_NONE;
	bool all = false;
	enum rc rc;

	w->need = stream_need(f->stream);
	rc = poll_touched(w, &f->touched, &all, &why);
	w->need = NULL;
	if (rc != RC_OK)
		return look_again(f, rc, &why, e);
	touched_clear(&f->touched);
	f->gather = 0;
	if (all)
		touched_all(
		    &f->touched, "what was touched is not found by its key");
	/* what a pass will have to have is needed until then */
	if (!f->whole && !all)
		stream_done(f->stream);
	return RC_OK;
}

static void
want_whole(struct follow *f)
{
	if (!f->touched.all)
		return;
	if (!f->whole)
		f->why = f->touched.why;
	f->whole = true;
	f->touched.all = false;
}

/* When the log was there and all of it is published, the mirror was equal to
 * its source at that time. */
static enum rc
measure(struct follow *f, bool quiet, struct error *e)
{
	struct work *w = f->w;
	int64_t now = clock_mono_ms();
	enum rc rc = RC_OK;

	if (!f->marked && now >= f->mark_due) {
		f->mark_at = clock_now();
		rc = snapshot_place(w, false, &f->mark, e);
		if (rc != RC_OK) {
			w->fault = link_fault(w->link);
			return rc;
		}
		f->marked = true;
		f->mark_made = now;
	}
	if (!f->marked || f->whole || f->touched.n > 0)
		return RC_OK;
	if (place_covers(stream_at(f->stream), &f->mark)) {
		f->marked = false;
		f->mark_due = f->mark_made + MARK_MS;
		return publish(w, f->mark_at, 0, e);
	}
	if (quiet && now - f->mark_made > MARK_LOST_MS) {
		w->fault = FAULT_OTHER;
		return error_set(e, RC_IO,
		    "the stream does not show what the stock system has "
		    "executed");
	}
	return RC_OK;
}

/* Something was touched, and what may belong to it is read. */
static bool
gathered(struct follow *f)
{
	int64_t now = clock_mono_ms();

	/* before the first pass the mirror is not known to be whole */
	if (f->touched.n == 0 || f->last_pass == 0 ||
	    !stream_between(f->stream))
		return false;
	if (f->gather == 0)
		f->gather = now + GATHER_MS;
	return now >= f->gather || !stream_waiting(f->stream);
}

enum rc
follow_turn(struct follow *f, bool *idle, struct error *e)
{
	int64_t end = clock_mono_ms() + TURN_MS;
	bool quiet = false;
	enum rc rc;

	*idle = false;
	f->w->fault = FAULT_NONE;
	do {
		want_whole(f);
		rc = work_go_on(f->w, e);
		if (rc != RC_OK)
			return rc;
		if (gathered(f))
			return apply(f, e);
		if (stream_between(f->stream) && pass_due(f))
			return pass(f, e);
		if (stream_between(f->stream))
			rc = measure(f, quiet, e);
		if (rc == RC_OK)
			rc = stream_step(f->stream, &f->touched, &quiet, e);
		if (rc != RC_OK)
			return rc;
	} while (f->touched.n > 0 || (!quiet && clock_mono_ms() < end));
	*idle = true;
	return RC_OK;
}
