#include "config.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "shop/mirror.h"
#include "syncd/follow.h"
#include "syncd/note.h"
#include "syncd/publish.h"
#include "syncd/snapshot.h"
#include "syncd/stream.h"

#define GATHER_MS 20   /* what comes together is looked at together */
#define BEHIND_MS 2000 /* so late it reads first, and looks less often */
#define GATHER_BEHIND_MS 500
#define TURN_MS 500       /* pictures and counts get their turn */
#define MARK_MS 1000      /* how old the mirror is, is measured as often */
#define MARK_LOST_MS 5000 /* the stream is silent and not where the log is */
#define BUSY_MAX 5        /* times that a DDL may be in the way of a look */
#define COMPARE_MS 600000 /* what the log does not tell is found */
#define PLACE_MS 1000     /* where the stream is, is stored as often */
#define WELL_MS 5000      /* links lost before are forgotten */
#define SOON_MAX 2        /* links lost before it polls in between */

struct follow {
	struct work *w;
	struct stream *stream;
	struct touched touched;

	int64_t gather;  /* until then, monotonic as all here but mark_at */
	bool whole;      /* a whole pass is wanted */
	int busy;        /* times in a row */
	const char *why; /* NULL: it is the first or a regular one */
	int64_t last_pass, took; /* when the last pass was, how long */
	bool ready; /* the mirror was whole; what is touched is all there is */
	int64_t began, kept;
	bool told;      /* that the log is followed */
	bool resumed;   /* from a stored position */
	bool in_stream; /* what failed is the stream */
	struct buf position;

	struct place mark; /* where the log was */
	bool marked;
	int64_t mark_at; /* at this time, UTC */
	int64_t mark_made, mark_due;
};

/* -- beginning ------------------------------------------------------------ */

/*
 * What was published up to, if that can be a place in this server's log.
 * RC_NOTFOUND: there is none; e says why, unless nobody needs to be told.
 */
static enum rc
read_past(struct follow *f, const struct mirror *m, struct position *from,
    struct error *e)
{
	const struct work *w = f->w;

	if (m->source[0] != '\0' && strcmp(m->source, work_source(w)) != 0)
		return error_set(e, RC_NOTFOUND,
		    "the stock system is \"%s\" and was \"%s\"", work_source(w),
		    m->source);
	if (m->vanished < 0)
		return error_set(e, RC_NOTFOUND,
		    "what the stock system has lost is not known yet");
	if (m->position[0] == '\0')
		return RC_NOTFOUND;
	if (position_parse(from, m->position, e) != RC_OK)
		return RC_NOTFOUND;
	return RC_OK;
}

static void
tell_anew(const struct error *why)
{
	if (why->text[0] != '\0')
		log_event(LOG_WARN, "copying again: %s", why->text);
}

/* The mirror is as it was left; what is owed to it is noted. */
static void
take_up(struct follow *f, const struct mirror *m)
{
	struct work *w = f->w;
	int64_t now = clock_mono_ms();

	f->resumed = f->ready = true;
	f->whole = m->partial || stream_restarted(f->stream);
	if (m->partial)
		f->why = "a publication was not finished";
	else if (f->whole)
		f->why = "the stock system was started anew";
	/* what is owed is owed at once */
	f->last_pass = f->whole ? now - COMPARE_MS : now;
	if (m->compared_at != 0 && m->compared_at <= clock_now())
		f->last_pass -= (clock_now() - m->compared_at) * 1000;
	if (m->confirmed_at > w->proven_at)
		w->proven_at = m->confirmed_at;
	w->partial = m->partial;
	w->lost.known = true;
	w->mode = "binlog";
}

static enum rc
open_stream(struct follow *f, bool must, struct follow_past *past,
    const struct mirror *m, struct error *e)
{
	struct error why = ERROR_NONE;
	struct position from;
	enum rc rc = RC_NOTFOUND;

	position_init(&from, link_is_mariadb(f->w->link));
	if (!past->anew)
		rc = read_past(f, m, &from, &why);
	if (rc == RC_OK)
		rc = stream_open(f->w, must, &from, &f->stream, &why);
	position_release(&from);
	if (rc == RC_OK) {
		take_up(f, m);
		return RC_OK;
	}
	if (rc != RC_NOTFOUND)
		return error_set(e, rc, "%s", why.text);
	f->w->lost.wanted |= past->anew || why.text[0] != '\0';
	tell_anew(&why);
	return stream_open(f->w, must, NULL, &f->stream, e);
}

enum rc
follow_begin(struct work *w, bool must, struct follow_past *past,
    struct follow **out, struct error *e)
{
	struct mirror m;
	struct follow *f;
	enum rc rc;

	*out = NULL;
	f = calloc(1, sizeof(*f));
	if (f == NULL)
		return error_set(e, RC_NOMEM, "no memory to follow the log");
	f->w = w;
	f->whole = true;
	f->began = clock_mono_ms();
	place_init(&f->mark, link_is_mariadb(w->link));
	buf_init(&f->position, MIRROR_POSITION_SIZE);
	rc = mirror_read(w->db, &m, e);
	if (rc == RC_OK)
		rc = open_stream(f, must, past, &m, e);
	if (rc != RC_OK) {
		follow_end(f);
		return rc;
	}
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
	f->w->position = NULL;
	buf_release(&f->position);
	stream_free(f->stream);
	place_release(&f->mark);
	free(f);
}

/* The log is the right one, and holds what is written. */
static void
tell_once(struct follow *f)
{
	struct buf at;

	if (f->told)
		return;
	f->told = true;
	f->w->mode = "binlog";
	buf_init(&at, 200);
	place_print(stream_at(f->stream), &at);
	log_event(LOG_INFO, "following the log from %s%s replica=%u",
	    at.len > 0 ? buf_str(&at) : "its set of GTIDs",
	    f->resumed ? ", where it was left" : "", stream_id(f->stream));
	buf_release(&at);
}

/* -- the place ------------------------------------------------------------ */

/* Have the next publication store where the stream is: after it nothing is
 * owed of what is before. */
static enum rc
set_position(struct follow *f, struct error *e)
{
	enum rc rc;

	buf_reset(&f->position);
	rc = stream_position(f->stream, &f->position, e);
	/* without a place of its own an old one must not stay */
	if (f->position.len > 0 || (!f->resumed && f->w->placed))
		f->w->position = buf_str(&f->position);
	return rc;
}

static void
published(struct follow *f)
{
	struct mirror_lags lags;

	f->w->position = NULL;
	stream_lags(f->stream, &lags);
	if (lags.event_at != 0)
		note_lags(f->w, &lags);
}

static enum rc
write_position(struct db *db, void *ctx, struct error *e)
{
	return mirror_position(db, buf_str(ctx), e);
}

/* Much passes by that is not ours: the place must not fall behind it. */
static enum rc
keep_up(struct follow *f, struct error *e)
{
	int64_t now = clock_mono_ms();
	struct work *w = f->w;
	enum rc rc;

	if (!f->ready || f->whole || f->touched.n > 0 || f->touched.all ||
	    now - f->kept < PLACE_MS || now - w->placed_ms < PLACE_MS)
		return RC_OK;
	f->kept = now;
	rc = set_position(f, e);
	if (rc == RC_OK && f->position.len > 0) {
		rc = work_unit(w, write_position, &f->position, e);
		if (rc == RC_OK) {
			w->placed = true;
			w->placed_ms = now;
		}
	}
	published(f);
	return rc;
}

/* -- looking -------------------------------------------------------------- */

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
	bool first = !f->ready;
	enum rc rc;

	/* of the others it is not known what they had to find */
	audit_drop(w);
	if (!first && f->why == NULL)
		audit_begin(w);
	w->need = stream_need(f->stream);
	f->took = clock_mono_ms();
	rc = set_position(f, e);
	if (rc != RC_OK)
		return rc;
	rc = poll_pass(w, &r, &why);
	w->need = NULL;
	w->position = NULL;
	f->took = clock_mono_ms() - f->took;
	if (rc != RC_OK)
		return look_again(f, rc, &why, e);
	rc = stream_map(f->stream, e);
	if (rc != RC_OK) {
		w->fault = FAULT_OTHER;
		return rc;
	}
	f->last_pass = clock_mono_ms();
	f->ready = true;
	if (first) {
		audit_begin(w);
		audit_passed(w);
	}
	f->busy = 0;
	published(f);
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

/* More of the log is there, and it is old. */
static bool
behind(const struct follow *f)
{
	struct mirror_lags lags;

	stream_lags(f->stream, &lags);
	return lags.read_lag_ms > BEHIND_MS && stream_waiting(f->stream);
}

static enum rc
pass_due(const struct follow *f, bool *due, struct error *e)
{
	int64_t wait = f->whole ? f->w->s->stock_poll_ms : COMPARE_MS;

	*due = false;
	if (!stream_between(f->stream))
		return RC_OK;
	/* what is read now would be read again */
	if (f->whole && wait < 2 * f->took && behind(f))
		wait = 2 * f->took;
	/* before there is a copy it is proven that it will be kept equal */
	*due = f->ready ? clock_mono_ms() - f->last_pass >= wait
			: stream_proven(f->stream);
	if (*due || !f->ready || f->whole || f->w->audit.state == AUDIT_WAIT)
		return RC_OK;
	return audit_asked(f->w, due, e);
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
	/* what a pass is owed for is not published yet */
	rc = f->whole ? RC_OK : set_position(f, e);
	if (rc != RC_OK)
		return rc;
	rc = poll_touched(w, &f->touched, &all, &why);
	w->need = NULL;
	w->position = NULL;
	if (rc != RC_OK)
		return look_again(f, rc, &why, e);
	published(f);
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

/* A regular pass: what the log told before must not count as a difference. */
static enum rc
compare_all(struct follow *f, struct error *e)
{
	if (f->touched.n > 0 && f->ready && !f->whole)
		return apply(f, e);
	return pass(f, e);
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

static enum rc
doubt(struct follow *f, const char *why, struct error *e)
{
	f->w->fault = FAULT_OTHER;
	f->in_stream = true;
	return error_set(e, RC_INVALID, "%s", why);
}

/* The mirror was equal to its source at mark_at. */
static enum rc
confirm(struct follow *f, struct error *e)
{
	struct work *w = f->w;
	enum rc rc = RC_OK;

	if (f->mark_at > w->confirmed_at)
		rc = set_position(f, e);
	if (rc == RC_OK)
		rc = publish(w, f->mark_at, 0, e);
	published(f);
	/* what the stream has not told by now, it does not tell */
	if (rc == RC_OK && w->audit.state == AUDIT_WAIT &&
	    f->mark_made >= w->audit.passed_ms)
		rc = audit_settle(w, e);
	return rc;
}

/*
 * A log only grows.  One that is shorter than it was is another, made by RESET,
 * whose beginning was never read: the stream waits where the old one ended, and
 * covers whatever the new one has until that is as long.
 */
static enum rc
look_where(struct follow *f, struct error *e)
{
	struct work *w = f->w;
	struct place now;
	enum rc rc;

	place_init(&now, f->mark.mariadb);
	rc = snapshot_place(w, false, &now, e);
	if (rc != RC_OK) {
		w->fault = link_fault(w->link);
	} else if (f->mark_made != 0 && !place_covers(&now, &f->mark)) {
		rc = error_set(e, RC_NOTFOUND,
		    "the stock system's log is shorter than it was: it has "
		    "been reset");
		w->fault = FAULT_OTHER;
		f->in_stream = true;
	} else {
		place_release(&f->mark);
		f->mark = now;
		return RC_OK;
	}
	place_release(&now);
	return rc;
}

/* When the log was there and all of it is published, the mirror was equal to
 * its source at that time. */
static enum rc
measure(struct follow *f, bool quiet, struct error *e)
{
	int64_t now = clock_mono_ms();
	enum rc rc = RC_OK;

	if (!f->marked && now >= f->mark_due) {
		f->mark_at = clock_now();
		rc = look_where(f, e);
		if (rc != RC_OK)
			return rc;
		f->marked = true;
		f->mark_made = now;
	}
	if (!f->marked)
		return RC_OK;
	/* where it is, is not known before the log is known to be the same */
	if (!stream_same(f->stream) ||
	    !place_covers(stream_at(f->stream), &f->mark))
		return quiet && now - f->mark_made > MARK_LOST_MS
			   ? doubt(f,
				 "the stream does not show what the stock "
				 "system has executed",
				 e)
			   : RC_OK;
	if (!stream_proven(f->stream))
		return doubt(f,
		    "a row that was written did not come back in the log: it "
		    "may be filtered",
		    e);
	if (!f->ready || f->whole || f->touched.n > 0)
		return RC_OK;
	tell_once(f);
	f->marked = false;
	f->mark_due = f->mark_made + MARK_MS;
	return confirm(f, e);
}

/* Something was touched, and what may belong to it is read. */
static bool
gathered(struct follow *f)
{
	int64_t now = clock_mono_ms();

	if (f->touched.n == 0 || !f->ready || !stream_between(f->stream))
		return false;
	if (f->gather == 0)
		f->gather = now + (behind(f) ? GATHER_BEHIND_MS : GATHER_MS);
	return now >= f->gather || !stream_waiting(f->stream);
}

static enum rc
step(struct follow *f, bool *quiet, struct error *e)
{
	enum rc rc = stream_step(f->stream, &f->touched, quiet, e);

	f->in_stream = rc != RC_OK;
	if (rc == RC_OK && stream_proven(f->stream))
		tell_once(f);
	return rc;
}

bool
follow_works(const struct follow *f)
{
	return f != NULL && f->told;
}

enum rc
follow_turn(struct follow *f, bool *idle, struct error *e)
{
	int64_t end = clock_mono_ms() + TURN_MS;
	bool quiet = false, due = false;
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
		rc = pass_due(f, &due, e);
		if (rc != RC_OK)
			return rc;
		if (due)
			return compare_all(f, e);
		if (stream_between(f->stream))
			rc = measure(f, quiet, e);
		if (rc == RC_OK && stream_between(f->stream))
			rc = keep_up(f, e);
		if (rc == RC_OK)
			rc = step(f, &quiet, e);
		if (rc != RC_OK)
			return rc;
	} while (f->touched.n > 0 || (!quiet && clock_mono_ms() < end));
	*idle = true;
	return RC_OK;
}

/* -- failing -------------------------------------------------------------- */

enum follow_next
follow_failed(struct follow *f, struct follow_past *past, enum fault fault,
    enum rc rc, const struct error *why)
{
	int64_t now = clock_mono_ms();

	if (f != NULL && f->w->placed_ms > f->began) {
		past->refused = 0;
		past->anew = false;
	}
	if (f != NULL && now - f->began > WELL_MS)
		past->lost = 0;
	if (fault == FAULT_AWAY)
		return ++past->lost <= SOON_MAX ? FOLLOW_SOON : FOLLOW_POLL;
	if (f == NULL || !f->in_stream || fault == FAULT_GRANT)
		return FOLLOW_POLL;
	/* RC_NOTFOUND: the log is another, wherever this reader began */
	if (!f->resumed && rc != RC_NOTFOUND)
		return FOLLOW_POLL;
	/* a first refusal may be of another kind, such as a reader of the log
	 * with our number */
	if (rc != RC_NOTFOUND && past->refused++ == 0)
		return FOLLOW_SOON;
	past->anew = true;
	past->refused = 0;
	tell_anew(why);
	return FOLLOW_AGAIN;
}
