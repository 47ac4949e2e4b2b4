/*
 * What the courier says: each event is stored once, and what follows is drawn
 * from all that are known, so that it does not matter when they came.
 */
#include "config.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/limits.h"
#include "base/text.h"
#include "base/token.h"
#include "shop/journal.h"
#include "shop/order.h"
#include "shop/parcel.h"

void
parcel_reference(const struct parcel *p, char *out, size_t size)
{
	(void)snprintf(
	    out, size, "%" PRId64 "-%" PRId64 ".%s", p->order, p->n, p->uid);
}

const char *
parcel_reference_uid(const char *reference)
{
	const char *dot = strrchr(reference, '.');

	return dot != NULL && strlen(dot + 1) == UID_SIZE - 1 ? dot + 1 : "";
}

/*** The events that are known ***/

static void
event_row(const struct db_rows *rows, struct parcel_event *ev)
{
	*ev = (struct parcel_event){
		.event = db_col_int(rows, 0),
		.at = db_col_int(rows, 1),
		.carrier = (enum parcel_carrier)db_col_int(rows, 2),
		.correction = db_col_int(rows, 3) != 0,
		.word = db_col_text(rows, 4),
		.code = db_col_text(rows, 5),
		.detail = db_col_text(rows, 6),
		.place = db_col_text(rows, 7),
		.tracking = db_col_text(rows, 8),
		.reference = db_col_text(rows, 9),
	};
}

enum rc
parcel_events(struct db *db, int64_t parcel, parcel_event_put *put, void *ctx,
    struct error *e)
{
	struct parcel_event ev;
	struct db_rows *rows;
	enum rc rc;

	rc = parcel != 0
		 ? db_ask(db, SQL_PARCEL_EVENTS, &rows, e, db_int(parcel))
		 : db_ask(db, SQL_PARCEL_EVENTS_NOBODYS, &rows, e);
	if (rc != RC_OK)
		return rc;
	while ((rc = db_next(rows, e)) == RC_OK) {
		event_row(rows, &ev);
		rc = put(ctx, &ev, db_col_int(rows, 10), e);
		if (rc != RC_OK)
			break;
	}
	db_done(rows);
	return rc == RC_NOTFOUND ? RC_OK : rc;
}

/* Where they lead, as they happened. */
struct trail {
	enum parcel_carrier carrier;
	int64_t at;
	char word[PARCEL_WORD_SIZE], code[PARCEL_WORD_SIZE];
	bool seen;                   /* the courier has had it in its hands */
	enum parcel_carrier against; /* a second final word; or SILENT */
};

static bool
in_hands(enum parcel_carrier c)
{
	switch (c) {
	case CARRIER_COLLECTED:
	case CARRIER_IN_TRANSIT:
	case CARRIER_OUT_FOR_DELIVERY:
	case CARRIER_DELIVERED:
	case CARRIER_DELIVERY_ATTEMPTED:
	case CARRIER_AVAILABLE_FOR_PICKUP:
	case CARRIER_RETURNING:
	case CARRIER_RETURNED:
	case CARRIER_LOST:
		return true;
	case CARRIER_SILENT:
	case CARRIER_BOOKED:
	case CARRIER_COLLECTION_FAILED:
	case CARRIER_EXCEPTION:
	case CARRIER_CANCELLED:
	case CARRIER_UNKNOWN:
		break;
	}
	return false;
}

/* Called in the order of time. */
static enum rc
follow(
    void *ctx, const struct parcel_event *ev, int64_t heard_at, struct error *e)
{
	struct trail *t = ctx;

	(void)heard_at;
	(void)e;
	t->seen |= in_hands(ev->carrier);
	if (parcel_carrier_final(t->carrier) && !ev->correction) {
		if (parcel_carrier_final(ev->carrier) &&
		    ev->carrier != t->carrier)
			t->against = ev->carrier;
		return RC_OK;
	}
	t->carrier = ev->carrier;
	t->at = ev->at;
	t->against = CARRIER_SILENT;
	text_copy(t->word, sizeof(t->word), ev->word);
	text_copy(t->code, sizeof(t->code), ev->code);
	return RC_OK;
}

/*** What follows from it ***/

static enum parcel_state
state_of(const struct parcel *p, const struct trail *t)
{
	switch (p->state) {
	case PARCEL_BOOKED:
	case PARCEL_READY:
	case PARCEL_HANDED_OVER:
		break;
	case PARCEL_CANCELLED:
		if (p->stop[0] != '\0' || !p->asked)
			return p->state;
		break; /* the courier did it, by its own word */
	case PARCEL_WANTED:
	case PARCEL_REFUSED:
		return p->state;
	}
	if (t->seen)
		return PARCEL_HANDED_OVER;
	return t->carrier == CARRIER_CANCELLED ? PARCEL_CANCELLED : p->state;
}

/* What a person is to be called for, or "". */
static void
alarm_of(const struct parcel *p, const struct trail *t, enum order_state order,
    char *out, size_t size)
{
	const char *says = t->carrier == CARRIER_UNKNOWN
			       ? t->word
			       : parcel_carrier_name(t->carrier);
	bool ended = p->state == PARCEL_CANCELLED || p->state == PARCEL_REFUSED;
	const char *dash = t->code[0] != '\0' ? ", " : "";

	out[0] = '\0';
	if (ended && t->seen)
		(void)snprintf(out, size,
		    "parcel %" PRId64 " was %s here, and the courier has it: "
		    "%s%s%s",
		    p->n, parcel_state_name(p->state), says, dash, t->code);
	else if (ended && t->carrier == CARRIER_CANCELLED && p->stop[0] == '\0')
		(void)snprintf(out, size,
		    "the courier has cancelled the pick-up of parcel %" PRId64
		    "%s%s: \"shopctl parcel book %" PRId64 "\" books it again",
		    p->n, dash, t->code, p->order);
	else if (order == ORDER_CLOSED && t->carrier != CARRIER_DELIVERED)
		(void)snprintf(out, size,
		    "parcel %" PRId64 " was delivered, and the courier takes "
		    "that back after the order was closed: %s%s%s",
		    p->n, says, dash, t->code);
	else if (t->against != CARRIER_SILENT)
		(void)snprintf(out, size,
		    "parcel %" PRId64 ": the courier says %s and, without "
		    "taking it back, %s",
		    p->n, says, parcel_carrier_name(t->against));
	else if (parcel_carrier_trouble(t->carrier) ||
		 (t->carrier == CARRIER_CANCELLED && t->seen))
		(void)snprintf(out, size,
		    "parcel %" PRId64 ": the courier says %s%s%s", p->n, says,
		    dash, t->code);
}

static enum rc
call_of(struct db *db, const struct parcel *p, struct error *e)
{
	char text[PARCEL_WHY_SIZE];

	(void)snprintf(text, sizeof(text),
	    "parcel %" PRId64 PARCEL_OFF ", another has left: book it again "
	    "(\"shopctl parcel book %" PRId64 "\"), or give back what was in "
	    "it (\"shopctl order refund %" PRId64 "\")",
	    p->n, p->order, p->order);
	return order_attention(db, p->order, text, e);
}

enum rc
parcel_partly(struct db *db, int64_t order, struct error *e)
{
	struct parcels all;
	struct order o = { 0 };
	enum rc rc = order_load(db, order, &o, e);
	bool ends = rc != RC_OK || o.state != ORDER_PAID || o.ending[0] != '\0';

	order_release(&o);
	if (ends)
		return rc;
	rc = parcels_of(db, order, &all, e);
	for (size_t i = 0; i < all.n && rc == RC_OK && all.left; i++) {
		const struct parcel *p = &all.of[i];

		if (p->state == PARCEL_CANCELLED &&
		    (p->stop[0] != '\0' || !p->asked))
			rc = call_of(db, p, e);
	}
	return rc;
}

struct drawing {
	struct parcel p;
	struct trail t;
	enum order_state order;
};

static enum rc
read_order_state(struct db *db, struct drawing *d, struct error *e)
{
	struct db_rows *rows;
	enum rc rc =
	    db_one(db, SQL_PARCEL_ORDER_STATE, &rows, e, db_int(d->p.order));

	if (rc != RC_OK)
		return rc;
	d->order = (enum order_state)db_col_int(rows, 0);
	db_done(rows);
	return RC_OK;
}

static enum rc
draw(struct db *db, struct drawing *d, int64_t now, struct error *e)
{
	enum parcel_carrier was = d->p.carrier;
	enum parcel_state from = d->p.state;
	char alarm[PARCEL_WHY_SIZE];
	enum rc rc = parcel_events(db, d->p.id, follow, &d->t, e);

	if (rc == RC_OK)
		rc = read_order_state(db, d, e);
	if (rc != RC_OK || d->t.carrier == CARRIER_SILENT)
		return rc;
	d->p.state = state_of(&d->p, &d->t);
	rc = db_run(db, SQL_PARCEL_HEARD, e, db_int(d->p.state),
	    db_int(d->t.carrier), db_int(d->t.at), db_text(d->t.word),
	    db_int(now), db_int(now), db_int(d->p.id));
	alarm_of(&d->p, &d->t, d->order, alarm, sizeof(alarm));
	/* what it is refused for stays said */
	if (rc == RC_OK && (alarm[0] != '\0' || from != PARCEL_REFUSED))
		rc = parcel_alarm(db, &d->p, alarm, e);
	if (rc == RC_OK && d->p.state != from &&
	    d->p.state == PARCEL_HANDED_OVER)
		rc = parcel_partly(db, d->p.order, e);
	if (rc == RC_OK && (d->p.state != from || d->t.carrier != was))
		rc = order_again_at(db, d->p.order, now, e);
	return rc;
}

/* The order first, as everywhere. */
static enum rc
lock(struct db *db, const struct parcel *p, struct error *e)
{
	enum rc rc = parcel_lock_order(db, p->order, e);

	return rc == RC_OK ? db_run(db, SQL_PARCEL_LOCK, e, db_int(p->id)) : rc;
}

enum rc
parcel_draw(struct db *db, int64_t id, int64_t now, struct error *e)
{
	struct drawing d = { .t.carrier = CARRIER_SILENT };
	enum rc rc = parcel_load(db, id, &d.p, e);

	if (rc == RC_OK)
		rc = lock(db, &d.p, e);
	if (rc == RC_OK)
		rc = parcel_load(db, id, &d.p, e);
	return rc == RC_OK ? draw(db, &d, now, e) : rc;
}

/*** Hearing one ***/

/* In the journal; NULL: not worth a line. */
static const char *
kind_of(enum parcel_carrier c)
{
	switch (c) {
	case CARRIER_SILENT:
	case CARRIER_BOOKED: /* we said so ourselves */
		return NULL;
	case CARRIER_COLLECTED:
		return "parcel collected";
	case CARRIER_IN_TRANSIT:
		return "parcel in transit";
	case CARRIER_OUT_FOR_DELIVERY:
		return "parcel out";
	case CARRIER_DELIVERED:
		return "parcel delivered";
	case CARRIER_COLLECTION_FAILED:
		return "parcel not collected";
	case CARRIER_DELIVERY_ATTEMPTED:
		return "parcel attempted";
	case CARRIER_AVAILABLE_FOR_PICKUP:
		return "parcel to fetch";
	case CARRIER_RETURNING:
		return "parcel returning";
	case CARRIER_RETURNED:
		return "parcel returned";
	case CARRIER_EXCEPTION:
		return "parcel held";
	case CARRIER_LOST:
		return "parcel lost";
	case CARRIER_CANCELLED:
		return "parcel ended";
	case CARRIER_UNKNOWN:
		return "parcel news";
	}
	return NULL;
}

/* "parcel 2: Leeds: left with a neighbour"; what is empty is left out. */
static void
detail_of(const struct parcel *p, const struct parcel_event *ev, struct buf *b)
{
	const char *parts[3] = { ev->place,
		ev->carrier == CARRIER_UNKNOWN ? ev->word : "",
		ev->detail[0] != '\0' ? ev->detail : ev->code };
	char one[400];
	bool any = false;

	if (p->n > 1) {
		buf_printf(b, "parcel %" PRId64, p->n);
		any = true;
	}
	for (size_t i = 0; i < 3; i++) {
		if (parts[i][0] == '\0')
			continue;
		if (any)
			buf_puts(b, ": ");
		(void)snprintf(one, sizeof(one), "%.*s",
		    (int)text_clip(parts[i], strlen(parts[i]), 200), parts[i]);
		buf_puts(b, one);
		any = true;
	}
}

static enum rc
tell(struct db *db, const struct parcel *p, const struct parcel_event *ev,
    struct error *e)
{
	const char *kind = kind_of(ev->carrier);
	char once[JOURNAL_ONCE_SIZE];
	struct buf detail;
	enum rc rc;

	if (kind == NULL)
		return RC_OK;
	(void)snprintf(once, sizeof(once), "carrier %" PRId64, ev->event);
	buf_init(&detail, LIMIT_LINE);
	detail_of(p, ev, &detail);
	rc = buf_rc(&detail);
	if (rc == RC_OK)
		rc = journal_add(db, p->order, kind, "carrier",
		    buf_str(&detail), once, ev->at, e);
	buf_release(&detail);
	return rc;
}

static enum rc
is_known(struct db *db, int64_t event, bool *known, struct error *e)
{
	struct error none = ERROR_NONE;
	struct db_rows *rows;
	enum rc rc =
	    db_one(db, SQL_PARCEL_EVENT_KNOWN, &rows, &none, db_int(event));

	*known = rc == RC_OK;
	if (rc == RC_OK)
		db_done(rows);
	return rc == RC_OK || rc == RC_NOTFOUND
		   ? RC_OK
		   : error_set(e, rc, "%s", none.text);
}

static enum rc
store(struct db *db, const struct parcel_event *ev, int64_t parcel, int64_t now,
    struct error *e)
{
	enum rc rc = db_run(db, SQL_PARCEL_EVENT_ADD, e, db_int(ev->event),
	    parcel != 0 ? db_int(parcel) : db_null(), db_int(ev->carrier),
	    db_int(ev->correction), db_int(ev->at), db_int(now),
	    db_text(ev->word), db_text(ev->code), db_text(ev->detail),
	    db_text(ev->place), db_text(ev->tracking), db_text(ev->reference));

	bool known = false;

	if (rc != RC_INVALID)
		return rc;
	/* heard by somebody else at this moment; or it cannot be stored */
	rc = is_known(db, ev->event, &known, e);
	return rc != RC_OK ? rc : known ? RC_CONFLICT : RC_INVALID;
}

enum rc
parcel_hear(struct db *db, const struct parcel_event *ev, int64_t now,
    struct parcel_heard *out, struct error *e)
{
	struct drawing d = { .t.carrier = CARRIER_SILENT };
	bool known;
	enum rc rc;

	memset(out, 0, sizeof(*out));
	rc = parcel_find(
	    db, parcel_reference_uid(ev->reference), ev->tracking, &d.p, e);
	if (rc == RC_NOTFOUND)
		error_clear(e);
	else if (rc != RC_OK)
		return rc;
	out->parcel = d.p.id;
	out->order = d.p.order;
	/* who hears another event of it, or closes the order, waits here */
	rc = d.p.id != 0 ? lock(db, &d.p, e) : RC_OK;
	if (rc == RC_OK)
		rc = is_known(db, ev->event, &known, e);
	if (rc != RC_OK || known)
		return rc;
	out->fresh = true;
	rc = store(db, ev, d.p.id, now, e);
	if (rc == RC_OK && d.p.id != 0)
		rc = parcel_load(db, d.p.id, &d.p, e);
	if (rc == RC_OK && d.p.id != 0)
		rc = tell(db, &d.p, ev, e);
	return rc == RC_OK && d.p.id != 0 ? draw(db, &d, now, e) : rc;
}

/*** How far ***/

enum rc
parcel_ear_read(struct db *db, struct parcel_ear *out, struct error *e)
{
	struct db_rows *rows;
	enum rc rc = db_one(db, SQL_PARCEL_EAR, &rows, e);

	if (rc != RC_OK)
		return rc;
	text_copy(out->heard_to, sizeof(out->heard_to), db_col_text(rows, 0));
	out->next_at = db_col_int(rows, 1);
	out->heard_at = db_col_int(rows, 2);
	out->away_since = db_col_int(rows, 3);
	text_copy(out->why, sizeof(out->why), db_col_text(rows, 4));
	db_done(rows);
	return RC_OK;
}

enum rc
parcel_ear_move(struct db *db, const char *from, const char *to, int64_t now,
    int64_t next_at, bool *moved, struct error *e)
{
	int64_t rows = 0;
	enum rc rc = db_run_count(db, SQL_PARCEL_EAR_MOVE, &rows, e,
	    db_text(to), db_int(now), db_int(next_at), db_text(from));

	*moved = rows == 1;
	return rc;
}

enum rc
parcel_ear_away(struct db *db, const char *why, int64_t now, int64_t next_at,
    struct error *e)
{
	return db_run(db, SQL_PARCEL_EAR_AWAY, e, db_int(now), db_text(why),
	    db_int(next_at));
}

enum rc
parcel_ear_soon(struct db *db, int64_t at, struct error *e)
{
	return db_run(db, SQL_PARCEL_EAR_SOON, e, db_int(at), db_int(at));
}
