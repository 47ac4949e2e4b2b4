/*
 * Parcels: each is looked at, and what it needs is done: it is booked
 * (flow_book.c), cancelled (flow_unbook.c) or watched.
 */
#include "config.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/limits.h"
#include "flow/flow_post.h"
#include "shop/journal.h"

#define PARCEL_STEPS 8
#define LOOK_SECONDS 600  /* whether the warehouse has packed it */
#define LETTER_SECONDS 60 /* until somebody else writes a letter */
#define DAY 86400

_Static_assert((int)CARRIER_UNKNOWN == (int)COURIER_UNKNOWN &&
		   (int)CARRIER_DELIVERED == (int)COURIER_DELIVERED &&
		   (int)CARRIER_LOST == (int)COURIER_LOST,
    "the shop counts the courier's states as lib/peer does");

/*** Units ***/

/* "parcel 2: " before what is said of any but the first. */
static void
say(char *out, size_t size, const struct parcel *p, const char *what)
{
	if (p->n > 1)
		(void)snprintf(out, size, "parcel %" PRId64 "%s%.380s", p->n,
		    what[0] != '\0' ? ": " : "", what);
	else
		(void)snprintf(out, size, "%.380s", what);
}

enum rc
post_tell(struct db *db, const struct post_change *c, const char *what,
    struct error *e)
{
	char once[JOURNAL_ONCE_SIZE], detail[440];

	(void)snprintf(once, sizeof(once), "%s %s", c->p->uid, c->kind);
	say(detail, sizeof(detail), c->p, what);
	return journal_add(db, c->p->order, c->kind,
	    c->answer != NULL ? "carrier" : "shop", detail, once, c->g->now, e);
}

/* To an end of it, with what goes with that. */
static enum rc
end(struct db *db, void *ctx, struct error *e)
{
	struct post_change *c = ctx;
	const char *why = c->why != NULL ? c->why : "";
	int64_t now = c->g->now;
	enum rc rc = parcel_lock_order(db, c->p->order, e);

	if (rc == RC_OK)
		rc = parcel_move(db, c->p, c->to, why, now, &c->moved, e);
	if (rc != RC_OK || !c->moved)
		return rc;
	if (c->kind != NULL)
		rc = post_tell(db, c, why, e);
	if (rc == RC_OK && c->alarm != NULL)
		rc = parcel_alarm(db, c->p, c->alarm, e);
	if (rc == RC_OK && c->to == PARCEL_CANCELLED)
		rc = parcel_partly(db, c->p->order, e);
	if (rc == RC_OK && c->anew)
		rc = parcel_want_again(db, c->p, now, e);
	return rc == RC_OK ? order_again_at(db, c->p->order, now, e) : rc;
}

enum rc
post_end(struct post_change *c, struct error *e)
{
	enum rc rc = db_unit(c->g->f->db, end, c, e);

	/* not moved: another runner has, or it has been asked for meanwhile */
	c->g->moved |= rc == RC_OK;
	return rc;
}

struct waiting {
	const struct parcel *p;
	const char *why, *alarm;
	int64_t next_at;
};

static enum rc
write_waiting(struct db *db, void *ctx, struct error *e)
{
	const struct waiting *w = ctx;
	enum rc rc = RC_OK;

	if (w->alarm != NULL)
		rc = parcel_lock_order(db, w->p->order, e);
	if (rc == RC_OK)
		rc = w->why != NULL
			 ? parcel_waits(db, w->p->id, w->why, w->next_at, e)
			 : parcel_again_at(db, w->p, w->next_at, e);
	return rc == RC_OK && w->alarm != NULL
		   ? parcel_alarm(db, w->p, w->alarm, e)
		   : rc;
}

enum rc
post_wait(struct post *g, const struct parcel *p, int64_t seconds,
    const char *why, const char *alarm, struct error *e)
{
	struct waiting w = { p, why, alarm, g->now + seconds };

	if (w.next_at > POST_NEVER)
		w.next_at = POST_NEVER;
	if (why == NULL && alarm == NULL && p->next_at == w.next_at)
		return RC_OK;
	return db_unit(g->f->db, write_waiting, &w, e);
}

bool
post_window(const char *why)
{
	static const char *const codes[] = { "WINDOW_IN_PAST",
		"WINDOW_TOO_SHORT", "SERVICE_UNAVAILABLE_ON_DATE" };

	for (size_t i = 0; i < sizeof(codes) / sizeof(codes[0]); i++)
		if (strncmp(why, codes[i], strlen(codes[i])) == 0)
			return true;
	return false;
}

void
post_words(const struct courier_fault *f, char *out, size_t size)
{
	(void)snprintf(out, size, "%.64s%s%.120s%s%.180s",
	    f->code[0] != '\0' ? f->code : "refused",
	    f->field[0] != '\0' ? " " : "", f->field,
	    f->message[0] != '\0' ? ": " : "", f->message);
}

/*** Watching ***/

static enum rc
watch(struct post *g, const struct parcel *p, struct error *e)
{
	int64_t days = g->f->settings->courier_silence_days;
	int64_t heard = p->heard_at > p->close_at ? p->heard_at : p->close_at;
	char alarm[PARCEL_WHY_SIZE];

	if (parcel_carrier_final(p->carrier))
		return post_wait(g, p, POST_NEVER - g->now, NULL, NULL, e);
	/* its letter is next; who dies before it is followed in a minute */
	if (!p->told && p->tracking[0] != '\0' && g->f->letters != NULL)
		return post_wait(g, p, LETTER_SECONDS, NULL, NULL, e);
	if (heard + days * DAY > g->now)
		return post_wait(
		    g, p, heard + days * DAY - g->now, NULL, NULL, e);
	(void)snprintf(alarm, sizeof(alarm),
	    "the courier has said nothing of parcel %" PRId64 " (%.64s) for "
	    "%" PRId64 " days",
	    p->n, p->tracking, days);
	return post_wait(g, p, DAY, NULL, alarm, e);
}

/*** A step ***/

static enum rc
wanted(struct post *g, struct parcel *p, struct error *e)
{
	struct post_change c = { .g = g, .p = p, .to = PARCEL_CANCELLED };
	bool unwanted =
	    g->o.state != ORDER_PAID || g->ending || p->stop[0] != '\0';

	if (!p->asked && unwanted) {
		c.why = g->o.ending[0] != '\0' ? g->o.ending : p->stop;
		return post_end(&c, e);
	}
	if (g->f->courier == NULL)
		return post_wait(g, p, POST_BARRED_SECONDS, NULL, NULL, e);
	if (!p->asked && g->f->settings->courier_book == BOOK_READY &&
	    !g->ready)
		return post_wait(g, p, LOOK_SECONDS, NULL, NULL, e);
	return post_book(g, p, e);
}

static enum rc
step(struct post *g, struct parcel *p, struct error *e)
{
	bool unwanted = g->ending || p->stop[0] != '\0';

	switch (p->state) {
	case PARCEL_WANTED:
		return wanted(g, p, e);
	case PARCEL_BOOKED:
	case PARCEL_READY:
		if (unwanted && g->f->courier != NULL)
			return post_cancel(g, p, e);
		return watch(g, p, e);
	case PARCEL_HANDED_OVER:
		if (p->stop[0] != '\0' ||
		    (g->ending && p->carrier != CARRIER_RETURNED))
			return post_too_late(g, p, e);
		return watch(g, p, e);
	case PARCEL_CANCELLED:
	case PARCEL_REFUSED:
		break;
	}
	return post_wait(g, p, POST_NEVER - g->now, NULL, NULL, e);
}

static enum rc
note_row(void *ctx, const struct parcel *p, struct error *e)
{
	struct post *g = ctx;

	if (g->n == PARCEL_ROWS)
		return error_set(e, RC_TOOBIG,
		    "an order has more than %d bookings", PARCEL_ROWS);
	g->live += p->state != PARCEL_CANCELLED && p->state != PARCEL_REFUSED;
	g->ids[g->n++] = p->id;
	if (p->state == PARCEL_REFUSED && p->close_at > g->refused_until &&
	    post_window(p->why))
		g->refused_until = p->close_at;
	return RC_OK;
}

static enum rc
read_it(struct db *db, void *ctx, struct error *e)
{
	struct post *g = ctx;
	enum rc rc;

	order_release(&g->o);
	g->n = g->live = 0;
	g->refused_until = 0;
	rc = order_load(db, g->id, &g->o, e);
	if (rc == RC_OK)
		rc = parcel_list(db, g->id, note_row, g, e);
	if (rc == RC_OK)
		rc = parcel_is_ready(db, g->id, &g->ready, e);
	g->ending = rc == RC_OK &&
		    (g->o.ending[0] != '\0' || g->o.state == ORDER_CANCELLED);
	return rc;
}

/* All of them, each by what is stored now. */
static enum rc
round_of(struct post *g, struct error *e)
{
	struct parcel p;
	enum rc rc;

	g->moved = false;
	g->now = flow_now(g->f);
	rc = db_view(g->f->db, read_it, g, e);
	for (size_t i = 0; i < g->n && rc == RC_OK; i++) {
		rc = parcel_load(g->f->db, g->ids[i], &p, e);
		if (rc == RC_OK)
			rc = step(g, &p, e);
	}
	return rc == RC_OK && !g->moved ? flow_post_letters(g, e) : rc;
}

enum rc
order_parcels(struct flow *f, int64_t order, struct error *e)
{
	struct post g = { .f = f, .id = order };
	int steps = 0;
	enum rc rc;

	do
		rc = round_of(&g, e);
	while (rc == RC_OK && g.moved && ++steps < PARCEL_STEPS);
	order_release(&g.o);
	return rc;
}
