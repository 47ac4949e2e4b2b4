#include "config.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/token.h"
#include "shop/stage.h"
#include "syncd/daemon.h"
#include "syncd/follow.h"
#include "syncd/pictures.h"
#include "syncd/poll.h"
#include "syncd/publish.h"
#include "syncd/signals.h"
#include "syncd/work.h"

#define PAUSE_FIRST_MS 250
#define PAUSE_MAX_MS 10000
#define STANDBY_MS 1000
#define FOLLOW_SOON_MS 250
#define FOLLOW_FIRST_MS 1000 /* before the log is tried again */
#define FOLLOW_MAX_MS 300000
#define FOLLOW_WELL_MS 60000 /* it went well for so long */
#define FOLLOW_PICTURES_MS 40
#define FOLLOW_BUSY_MS(took) (1000 + 4 * (took)) /* between two pictures */
#define PICTURES_MIN_MS 300                      /* between two passes */

enum state {
	FOLLOWING = 100, /* beside the faults, which are states too */
	STANDBY,
	SALES_TROUBLE,
	STARTING,
};

struct daemon {
	const char *path;      /* borrowed */
	struct notify *notify; /* borrowed */
	struct settings *s;
	struct work w;
	bool open;        /* w is */
	bool once;        /* one turn; its failure is told by who called */
	int state;        /* enum state or enum fault */
	int64_t pause_ms; /* before the next try; 0: all is well */

	struct follow *follow; /* NULL: polling */
	struct follow_past past;
	bool soon; /* it will be tried at follow_due, without a pass before */
	int64_t follow_since, follow_due, follow_pause, pictures_due;
	char follow_why[ERROR_TEXT_SIZE]; /* not; as told last */
};

/* Three quarters to five quarters of ms: daemons that lost the same server do
 * not come back to it in step. */
static int64_t
jitter(int64_t ms)
{
	char random[UID_SIZE];
	int64_t r = 0;

	if (uid_random(random, NULL) == RC_OK)
		for (int i = 0; i < 4; i++)
			r = r * 16 + (random[i] % 16);
	return ms * 3 / 4 + ms / 2 * (r % 1024) / 1024;
}

/* -- states -------------------------------------------------------------- */

static void
enter(struct daemon *d, int state, enum log_level level, const char *text)
{
	if (d->state == state)
		return;
	d->state = state;
	if (state != FOLLOWING)
		notify_status(d->notify, text);
	if (!d->once || state == FOLLOWING)
		log_event(level, "%s", text);
}

static void
trouble(struct daemon *d, int state, const struct error *e)
{
	bool entered = d->state != state;
	struct error why = ERROR_NONE;

	enter(d, state, LOG_ERROR, e->text);
	if (entered && state < FOLLOWING && d->open &&
	    note_problem(&d->w, e->text, &why) != RC_OK)
		log_failure("could not note the problem", &why);
	if (d->pause_ms == 0)
		d->pause_ms = PAUSE_FIRST_MS;
	else if (d->pause_ms < PAUSE_MAX_MS)
		d->pause_ms *= 2;
	if (d->pause_ms > PAUSE_MAX_MS)
		d->pause_ms = PAUSE_MAX_MS;
}

static void
unlink_stock(struct daemon *d)
{
	follow_end(d->follow);
	d->follow = NULL;
	signals_cut(-1);
	work_unlink(&d->w);
}

/* After a fault that says nothing against the link it is kept. */
static void
unlink_if_bad(struct daemon *d)
{
	if (d->w.fault != FAULT_MAPPING && d->w.fault != FAULT_ENGINE &&
	    d->w.fault != FAULT_BUSY)
		unlink_stock(d);
}

static void
stand_by(struct daemon *d, const struct error *e)
{
	unlink_stock(d);
	enter(d, STANDBY, LOG_INFO, e->text);
	d->pause_ms = 0;
}

static void
follow(struct daemon *d, const struct poll_result *r)
{
	char text[300];

	(void)snprintf(text, sizeof(text),
	    "following %.150s by polling items=%" PRId64
	    " differences=%" PRId64,
	    work_source(&d->w), r->items, r->differences);
	if (d->state == FOLLOWING && r->differences > 0)
		log_event(LOG_DEBUG, "published differences=%" PRId64,
		    r->differences);
	if (r->unusable + r->repeated != d->w.odd_rows)
		log_event(LOG_WARN,
		    "items with an unusable key: %" PRId64
		    ", with a key that was there already: %" PRId64,
		    r->unusable, r->repeated);
	d->w.odd_rows = r->unusable + r->repeated;
	enter(d, FOLLOWING, LOG_INFO, text);
	d->pause_ms = 0;
}

/* -- one turn ------------------------------------------------------------ */

/* What a failed step means; the stock system's share is in w.fault. */
static void
judge(struct daemon *d, enum rc rc, const struct error *e)
{
	if (signals_pending())
		return;
	if (rc == RC_DENIED && !d->w.leased) {
		stand_by(d, e);
	} else if (d->w.fault == FAULT_NONE) {
		trouble(d, SALES_TROUBLE, e);
	} else {
		unlink_if_bad(d);
		trouble(d, (int)d->w.fault, e);
	}
}

static enum rc
connect_stock(struct daemon *d, struct error *e)
{
	enum rc rc;

	d->w.fault = FAULT_NONE;
	rc = work_link(&d->w, e);
	signals_cut(rc == RC_OK ? link_socket(d->w.link) : -1);
	return rc;
}

/* Pictures until the next pass is due, or with once all of them. */
static enum rc
some_pictures(struct daemon *d, bool *done, struct error *e)
{
	int64_t ms = d->s->stock_poll_ms;
	enum rc rc;

	if (ms < PICTURES_MIN_MS)
		ms = PICTURES_MIN_MS;
	*done = false;
	rc = pictures_fresh(&d->w, e);
	if (rc != RC_OK)
		return rc;
	do {
		rc = pictures_step(&d->w, clock_mono_ms() + ms, done, e);
	} while (d->once && rc == RC_OK && !*done);
	return rc;
}

/* Levels matter more than pictures: the stock system's failing to say what it
 * has of these is told once and stops nothing else. */
static enum rc
do_pictures(struct daemon *d, bool *done, struct error *e)
{
	struct error why = ERROR_NONE;
	enum rc rc;

	rc = some_pictures(d, done, &why);
	if (rc == RC_OK)
		d->w.pictures_failed = false;
	if (rc == RC_OK || signals_pending())
		return RC_OK;
	if (d->once || d->w.fault == FAULT_NONE)
		return error_set(e, rc, "%s", why.text);
	if (!d->w.pictures_failed)
		log_event(LOG_ERROR, "no pictures for now: %s", why.text);
	d->w.pictures_failed = true;
	pictures_later(&d->w);
	unlink_if_bad(d);
	*done = true;
	return RC_OK;
}

/*
 * Whether the log is used where that can be.  With "auto" it must prove itself
 * by a row of our own that comes back (doc/decisions.md).
 */
static bool
wants_log(const struct daemon *d)
{
	return d->s->stock_mode != MODE_POLL && !d->once;
}

/* Polling is what is left; the log is tried again after growing pauses. */
static void
stop_following(struct daemon *d, const char *why)
{
	int64_t now = clock_mono_ms();

	if (d->follow != NULL && now - d->follow_since > FOLLOW_WELL_MS)
		d->follow_pause = 0;
	d->follow_pause =
	    d->follow_pause == 0 ? FOLLOW_FIRST_MS : d->follow_pause * 2;
	if (d->follow_pause > FOLLOW_MAX_MS)
		d->follow_pause = FOLLOW_MAX_MS;
	d->follow_due = now + jitter(d->follow_pause);
	note_reason(&d->w, why);
	if (follow_works(d->follow) || strcmp(why, d->follow_why) != 0)
		log_event(
		    LOG_WARN, "polling instead of following the log: %s", why);
	(void)snprintf(d->follow_why, sizeof(d->follow_why), "%s", why);
	follow_end(d->follow);
	d->follow = NULL;
}

/* The link was lost, or the place in the log refused: once more. */
static void
follow_soon(struct daemon *d, int64_t pause_ms, const char *why)
{
	if (pause_ms > 0)
		log_event(LOG_WARN, "reconnecting to the log: %s", why);
	note_reason(&d->w, why);
	follow_end(d->follow);
	d->follow = NULL;
	d->soon = true;
	d->follow_due = clock_mono_ms() + jitter(pause_ms);
}

static void
log_failed(struct daemon *d, enum rc rc, const struct error *why)
{
	d->soon = false;
	switch (follow_failed(d->follow, &d->past, d->w.fault, rc, why)) {
	case FOLLOW_SOON:
		follow_soon(d, FOLLOW_SOON_MS, why->text);
		break;
	case FOLLOW_AGAIN:
		follow_soon(d, 0, why->text);
		break;
	case FOLLOW_POLL:
		stop_following(d, why->text);
		break;
	}
}

/* A server that cannot be followed is polled; what else fails is told by the
 * pass that comes next. */
static void
try_following(struct daemon *d)
{
	struct error why = ERROR_NONE;
	enum rc rc;

	if (d->s->stock_mode == MODE_POLL)
		note_reason(&d->w, "stock.mode is poll");
	else if (d->once)
		note_reason(&d->w, "one pass was asked for");
	if (d->follow != NULL || !wants_log(d) ||
	    clock_mono_ms() < d->follow_due)
		return;
	rc = follow_begin(
	    &d->w, d->s->stock_mode == MODE_BINLOG, &d->past, &d->follow, &why);
	if (rc == RC_OK) {
		d->soon = false;
		d->follow_since = clock_mono_ms();
		return;
	}
	if (signals_pending())
		return;
	log_failed(d, rc, &why);
	if (d->soon)
		unlink_stock(d);
	d->w.fault = FAULT_NONE;
}

/* Short, so that a change does not wait for them. */
static enum rc
pictures_between(struct daemon *d, struct error *e)
{
	int64_t began = clock_mono_ms();
	bool done;
	enum rc rc;

	/* first, as a picture may take a second; its own are for next time */
	rc = publish_counts(&d->w, e);
	if (rc == RC_OK)
		rc = pictures_fresh(&d->w, e);
	if (rc == RC_OK)
		rc = poll_known(&d->w, e);
	if (rc == RC_OK)
		rc = pictures_step(&d->w, began + FOLLOW_PICTURES_MS, &done, e);
	d->pictures_due =
	    clock_mono_ms() + FOLLOW_BUSY_MS(clock_mono_ms() - began);
	return rc;
}

static enum rc
follow_log(struct daemon *d, struct error *e)
{
	bool idle;
	enum rc rc;

	rc = follow_turn(d->follow, &idle, e);
	if (rc == RC_OK && follow_works(d->follow)) {
		enter(d, FOLLOWING, LOG_INFO, "following by the log");
		d->pause_ms = 0;
		d->follow_why[0] = '\0';
		note_reason(&d->w, "");
	}
	if (rc == RC_OK && (idle || clock_mono_ms() >= d->pictures_due))
		rc = pictures_between(d, e);
	if (rc == RC_OK || signals_pending())
		return rc;
	if (d->w.fault == FAULT_NONE) {
		judge(d, rc, e);
		follow_end(d->follow);
		d->follow = NULL;
		return rc;
	}
	/* what comes next says what it is, if it goes on */
	log_failed(d, rc, e);
	unlink_stock(d);
	return RC_OK;
}

/* What is told of the mirror; the mirror itself does not depend on it. */
static void
write_notes(struct daemon *d)
{
	struct error e = ERROR_NONE;

	/* what ails the sales database or the lease is told elsewhere */
	if (!d->open || d->state == SALES_TROUBLE)
		return;
	if (note_write(&d->w, d->once, &e) != RC_OK && d->w.leased)
		log_failure("could not write the mirror's state", &e);
}

/* Connect and follow the log where that can be; w.link stays NULL while a
 * pause is made before the log is tried once more. */
static enum rc
reach_stock(struct daemon *d, struct error *e)
{
	enum rc rc;

	if (d->soon && clock_mono_ms() < d->follow_due)
		return RC_OK;
	rc = connect_stock(d, e);
	if (rc == RC_OK)
		try_following(d);
	return rc;
}

/*
 * Who polls does not see whether the log holds all that happens meanwhile: it
 * may be switched off, or a foreign key change what is not logged.  So no place
 * in it is kept.
 */
static enum rc
poll_all(struct daemon *d, struct poll_result *r, struct error *e)
{
	enum rc rc;

	if (d->w.placed && !d->once)
		d->w.position = "";
	rc = poll_pass(&d->w, r, e);
	d->w.position = NULL;
	return rc;
}

/* Lease, link, pass, pictures.  *idle: nothing is left to do until the next
 * pass is due. */
static enum rc
turn(struct daemon *d, bool *idle, struct error *e)
{
	struct poll_result r;
	enum rc rc;

	*idle = true;
	d->w.fault = FAULT_NONE;
	rc = work_lease(&d->w, e);
	if (rc == RC_CONFLICT) {
		stand_by(d, e);
		return rc;
	}
	if (rc == RC_OK)
		rc = reach_stock(d, e);
	if (rc == RC_OK && d->w.link == NULL)
		return RC_OK;
	if (rc == RC_OK && d->follow != NULL) {
		*idle = false;
		return follow_log(d, e);
	}
	if (rc == RC_OK)
		rc = poll_all(d, &r, e);
	if (rc == RC_OK) {
		follow(d, &r);
		rc = publish_counts(&d->w, e);
	}
	if (rc == RC_OK)
		rc = do_pictures(d, idle, e);
	if (rc == RC_OK)
		rc = publish_counts(&d->w, e);
	if (rc != RC_OK)
		judge(d, rc, e);
	return rc;
}

static void
close_work(struct daemon *d)
{
	signals_cut(-1);
	follow_end(d->follow);
	d->follow = NULL;
	if (d->open)
		work_close(&d->w);
	d->open = false;
}

static enum rc
open_work(struct daemon *d, struct error *e)
{
	enum rc rc;

	if (d->open)
		return RC_OK;
	rc = work_open(&d->w, d->s, signals_pending, e);
	d->open = rc == RC_OK;
	d->w.notify = d->notify;
	return rc;
}

/* The new configuration, if all of it makes sense; else the old one stays. */
static void
reload(struct daemon *d)
{
	struct error e = ERROR_NONE;
	struct settings s;
	struct map *m = NULL;
	enum rc rc;

	notify_reloading(d->notify);
	rc = settings_load(&s, d->path, &e);
	if (rc == RC_OK) {
		rc = map_new(&s, &m, &e);
		map_free(m);
		if (rc != RC_OK)
			settings_release(&s);
	}
	if (rc != RC_OK) {
		log_event(
		    LOG_ERROR, "keeping the old configuration: %s", e.text);
		return;
	}
	close_work(d);
	settings_release(d->s);
	*d->s = s;
	log_level_set((enum log_level)s.log_level);
	log_event(LOG_INFO, "configuration read again");
	d->state = STARTING;
	d->pause_ms = 0;
}

static int64_t
pause_of(const struct daemon *d, bool idle)
{
	int64_t due;

	if (d->state == STANDBY)
		return STANDBY_MS;
	if (d->pause_ms > 0)
		return jitter(d->pause_ms);
	if (d->soon)
		return d->follow_due - clock_mono_ms();
	if (!idle)
		return 0;
	/* with a long stock.poll_ms the log is tried before the next pass */
	due = d->follow_due - clock_mono_ms();
	return wants_log(d) && due < d->s->stock_poll_ms ? due
							 : d->s->stock_poll_ms;
}

static enum status
run_once(struct daemon *d, struct error *e)
{
	enum status status;
	bool idle;
	enum rc rc;

	rc = open_work(d, e);
	if (rc != RC_OK)
		return rc == RC_INVALID ? STATUS_USAGE : STATUS_SALES;
	rc = turn(d, &idle, e);
	write_notes(d);
	status = rc == RC_OK ? STATUS_OK : status_of(d->w.fault, rc);
	if (signals_pending()) {
		/* what it broke is not the reason */
		error_clear(e);
		(void)error_set(e, RC_CONFLICT, "asked to stop");
		status = STATUS_FAILED;
	} else if (rc != RC_OK && d->state == STANDBY) {
		error_prefix(e, "stop the other syncd, or leave it to that");
		status = STATUS_STANDBY;
	}
	close_work(d);
	return status;
}

/* Ready is also who cannot follow and knows why: while the stock system is away
 * syncd does what it is for, and to start it anew would help nobody. */
static void
tell_supervisor(struct daemon *d)
{
	char text[ERROR_TEXT_SIZE];

	if (d->state == FOLLOWING && d->open) {
		(void)snprintf(text, sizeof(text), "%s %.150s%s%.200s",
		    d->follow != NULL ? "following the log of" : "polling",
		    work_source(&d->w),
		    d->w.notes.reason[0] != '\0' ? ": " : "",
		    d->w.notes.reason);
		notify_status(d->notify, text);
	}
	if (d->state != STARTING)
		notify_ready(d->notify);
}

enum status
daemon_run(const char *path, struct settings *s, bool once,
    struct notify *notify, struct error *e)
{
	struct daemon d = {
		.path = path,
		.s = s,
		.notify = notify,
		.state = STARTING,
		.once = once,
	};
	bool idle = true;
	enum rc rc;

	if (once)
		return run_once(&d, e);
	log_event(LOG_INFO, "started");
	notify_status(d.notify, "starting");
	while (!signals_stop()) {
		struct error why = ERROR_NONE;

		if (signals_reload())
			reload(&d);
		rc = open_work(&d, &why);
		if (rc != RC_OK)
			trouble(&d, SALES_TROUBLE, &why);
		else
			(void)!turn(&d, &idle, &why);
		write_notes(&d);
		tell_supervisor(&d);
		signals_wait(pause_of(&d, idle), d.notify);
	}
	notify_stopping(d.notify);
	close_work(&d);
	log_event(LOG_INFO, "stopped");
	return STATUS_OK;
}
