/*
 * Parcels: booked, cancelled and watched.  As with every call, the whole
 * request and its key are committed before it leaves, and what comes back is
 * settled in one unit.
 */
#include "config.h"

#include <assert.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/limits.h"
#include "base/text.h"
#include "flow/flow_post.h"
#include "shop/journal.h"

#define PARCEL_STEPS 8
#define NEVER INT64_C(4102444800) /* the year 2100: it is over */
#define ALARM_SECONDS 3600        /* without an answer to a booking */
#define BARRED_SECONDS 300
#define ALARM_TRIES 12 /* to cancel: most of an hour */
#define DAY 86400

_Static_assert((int)CARRIER_UNKNOWN == (int)COURIER_UNKNOWN &&
		   (int)CARRIER_DELIVERED == (int)COURIER_DELIVERED &&
		   (int)CARRIER_LOST == (int)COURIER_LOST,
    "the shop counts the courier's states as lib/peer does");

/*** Units ***/

struct change {
	struct post *g;
	const struct parcel *p;
	enum parcel_state to;
	const struct courier_answer *answer;
	const char *kind, *why, *alarm; /* NULL: none */
	bool anew;                      /* with a further generation */
	bool moved;
};

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

static enum rc
tell(struct db *db, const struct change *c, const char *what, struct error *e)
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
	struct change *c = ctx;
	const char *why = c->why != NULL ? c->why : "";
	int64_t now = c->g->now;
	enum rc rc = parcel_move(db, c->p, c->to, why, now, &c->moved, e);

	if (rc != RC_OK || !c->moved)
		return rc;
	if (c->kind != NULL)
		rc = tell(db, c, why, e);
	if (rc == RC_OK && c->alarm != NULL)
		rc = parcel_alarm(db, c->p, c->alarm, e);
	if (rc == RC_OK && c->anew)
		rc = parcel_want_again(db, c->p, now, e);
	return rc == RC_OK ? order_again_at(db, c->p->order, now, e) : rc;
}

static enum rc
do_end(struct change *c, struct error *e)
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
	enum rc rc = w->why != NULL
			 ? parcel_waits(db, w->p->id, w->why, w->next_at, e)
			 : parcel_again_at(db, w->p->id, w->next_at, e);

	return rc == RC_OK && w->alarm != NULL
		   ? parcel_alarm(db, w->p, w->alarm, e)
		   : rc;
}

/* Come again in so many seconds; why and alarm may be NULL. */
static enum rc
wait_for(struct post *g, const struct parcel *p, int64_t seconds,
    const char *why, const char *alarm, struct error *e)
{
	struct waiting w = { p, why, alarm, g->now + seconds };

	if (w.next_at > NEVER)
		w.next_at = NEVER;
	if (why == NULL && alarm == NULL && p->next_at == w.next_at)
		return RC_OK;
	return db_unit(g->f->db, write_waiting, &w, e);
}

/*** What is booked ***/

static int64_t
hats(const struct order *o)
{
	int64_t n = 0;

	for (size_t i = 0; i < o->n; i++)
		n += o->lines[i].qty;
	return n;
}

static bool
window(const struct post *g, int64_t *from, int64_t *until)
{
	const struct settings *s = g->f->settings;
	struct error none = ERROR_NONE;
	struct hours hours;
	struct zone zone;
	int64_t start = g->now + s->courier_lead_minutes * 60;

	/* not the one that was just refused */
	if (g->refused_until > start)
		start = g->refused_until;
	if (zone_parse(
		s->warehouse_zone[0] != '\0' ? s->warehouse_zone : s->shop_zone,
		&zone) != RC_OK)
		return false;
	/* both have been checked with the configuration */
	return hours_parse(s->warehouse_hours, s->warehouse_holidays, &hours,
		   &none) == RC_OK &&
	       hours_next(&hours, &zone, start, s->courier_least_minutes * 60,
		   from, until);
}

static struct courier_place
warehouse(const struct settings *s)
{
	return (struct courier_place){ s->warehouse_name, s->warehouse_line1,
		s->warehouse_line2, s->warehouse_town, s->warehouse_region,
		s->warehouse_postcode, s->warehouse_country, s->warehouse_phone,
		"" };
}

static struct courier_place
customer(const struct order *o)
{
	return (struct courier_place){ o->to.name, o->to.line1, o->to.line2,
		o->to.town, o->to.region, o->to.postcode, o->to.country,
		o->to.phone, o->email };
}

struct making {
	struct post *g;
	const struct parcel *p;
	struct buf path, request;
	bool made;
};

static enum rc
store(struct db *db, void *ctx, struct error *e)
{
	struct making *m = ctx;

	return parcel_store(db, m->p, buf_str(&m->path), buf_str(&m->request),
	    m->request.len, m->g->now, &m->made, e);
}

/* The request is made and stored; the next step sends it. */
static enum rc
make(struct post *g, struct parcel *p, struct error *e)
{
	const struct settings *s = g->f->settings;
	int64_t share = (int64_t)(g->live > 0 ? g->live : 1);
	char reference[COURIER_NAME_SIZE];
	struct making m = { .g = g, .p = p };
	struct error why = ERROR_NONE;
	struct courier_job job = { .reference = reference,
		.from = warehouse(s),
		.to = customer(&g->o),
		.instructions = "",
		.currency = g->o.currency,
		.n = 1 };
	enum rc rc;

	if (!window(g, &job.ready_from, &job.close_at))
		return wait_for(g, p, DAY, "the warehouse never opens",
		    "parcels cannot be booked: the warehouse never opens", e);
	parcel_reference(p, reference, sizeof(reference));
	job.boxes[0] = (struct courier_box){
		.grams =
		    s->courier_box_grams +
		    (hats(&g->o) * s->courier_hat_grams + share - 1) / share,
		.length_mm = s->courier_box_length,
		.width_mm = s->courier_box_width,
		.height_mm = s->courier_box_height,
		.value = g->o.goods / share,
	};
	p->ready_from = job.ready_from;
	p->close_at = job.close_at;
	buf_init(&m.path, LIMIT_URL);
	buf_init(&m.request, LIMIT_CALL);
	rc = g->f->courier->prepare(
	    g->f->courier, &job, p->uid, &m.path, &m.request, &why);
	if (rc == RC_OK)
		rc = buf_rc(&m.path);
	if (rc == RC_OK)
		rc = buf_rc(&m.request);
	if (rc == RC_OK) {
		rc = db_unit(g->f->db, store, &m, e);
		g->moved |= rc == RC_OK;
	} else if (rc == RC_INVALID) {
		rc = wait_for(g, p, DAY, why.text, why.text, e);
	} else {
		rc = error_set(e, rc, "%s", why.text);
	}
	buf_release(&m.path);
	buf_release(&m.request);
	return rc;
}

/*** What came of it ***/

static enum rc
booked(struct db *db, void *ctx, struct error *e)
{
	struct change *c = ctx;
	const struct courier_answer *an = c->answer;
	struct parcel p = *c->p;
	enum rc rc;

	p.state = c->g->ready ? PARCEL_READY : PARCEL_BOOKED;
	text_copy(p.tracking, sizeof(p.tracking), an->tracking);
	text_copy(p.url, sizeof(p.url), an->url);
	text_copy(p.currency, sizeof(p.currency), an->currency);
	p.price = an->price;
	p.next_at = c->g->now;
	if (an->until != 0) {
		p.ready_from = an->from;
		p.close_at = an->until;
	}
	rc = parcel_booked(db, &p, c->g->now, &c->moved, e);
	if (rc == RC_OK && c->moved)
		rc = tell(db, c, an->tracking, e);
	if (rc == RC_OK && c->moved)
		rc = parcel_alarm(db, c->p, "", e);
	if (rc == RC_OK && c->moved)
		rc = parcel_ear_soon(
		    db, c->g->now + c->g->f->settings->courier_poll_seconds, e);
	/* its events may have come before its number */
	return rc == RC_OK && c->moved ? parcel_draw(db, p.id, c->g->now, e)
				       : rc;
}

/* Another window may do; of a code or what begins with one. */
static bool
about_the_window(const char *why)
{
	static const char *const codes[] = { "WINDOW_IN_PAST",
		"WINDOW_TOO_SHORT", "SERVICE_UNAVAILABLE_ON_DATE" };

	for (size_t i = 0; i < sizeof(codes) / sizeof(codes[0]); i++)
		if (strncmp(why, codes[i], strlen(codes[i])) == 0)
			return true;
	return false;
}

static void
fault_words(const struct courier_fault *f, char *out, size_t size)
{
	(void)snprintf(out, size, "%.64s%s%.120s%s%.180s",
	    f->code[0] != '\0' ? f->code : "refused",
	    f->field[0] != '\0' ? " " : "", f->field,
	    f->message[0] != '\0' ? ": " : "", f->message);
}

static enum rc
refused(struct post *g, const struct parcel *p,
    const struct courier_answer *answer, struct error *e)
{
	char why[PARCEL_WHY_SIZE], alarm[PARCEL_WHY_SIZE];
	struct change c = { .g = g,
		.p = p,
		.to = PARCEL_REFUSED,
		.answer = answer,
		.why = why };

	fault_words(&answer->fault, why, sizeof(why));
	(void)snprintf(alarm, sizeof(alarm),
	    "the courier refuses parcel %" PRId64 ": %.200s; book it again "
	    "(\"shopctl parcel book %" PRId64 "\"), or give the money back "
	    "(\"shopctl order cancel %" PRId64 "\")",
	    p->n, why, p->order, p->order);
	if (about_the_window(answer->fault.code) && !g->ending &&
	    p->stop[0] == '\0' && p->generation < PARCEL_ANEW) {
		g->refused_until = p->close_at;
		c.anew = true;
	} else if (!g->ending && p->stop[0] == '\0') {
		c.kind = "parcel refused";
		c.alarm = alarm;
	}
	return do_end(&c, e);
}

/* No answer, or none that says anything: the same bytes once more. */
static enum rc
unanswered(struct post *g, const struct parcel *p, int64_t pause,
    const char *why, struct error *e)
{
	char alarm[PARCEL_WHY_SIZE];
	bool late = p->asked_at + ALARM_SECONDS <= g->now;

	(void)snprintf(alarm, sizeof(alarm),
	    "the courier gives no answer to the booking of parcel %" PRId64
	    ": %.250s",
	    p->n, why);
	if (pause < flow_pause(p->tries + 1))
		pause = flow_pause(p->tries + 1);
	return wait_for(g, p, pause, why, late ? alarm : NULL, e);
}

static enum rc
barred(struct post *g, const struct parcel *p,
    const struct courier_answer *answer, struct error *e)
{
	char why[PARCEL_WHY_SIZE], alarm[PARCEL_WHY_SIZE];

	fault_words(&answer->fault, why, sizeof(why));
	(void)snprintf(alarm, sizeof(alarm),
	    "the courier refuses our account: %.300s", why);
	return wait_for(g, p, BARRED_SECONDS, why, alarm, e);
}

static enum rc
settle(struct post *g, const struct parcel *p, enum rc said,
    const struct courier_answer *answer, const struct error *why,
    struct error *e)
{
	struct change c = { .g = g, .p = p, .answer = answer };
	char words[PARCEL_WHY_SIZE];
	enum rc rc;

	if (said != RC_OK)
		return unanswered(g, p, 0, why->text, e);
	switch (answer->news) {
	case COURIER_DONE:
		if (answer->state == COURIER_CANCELLED) {
			c.to = PARCEL_CANCELLED;
			c.kind = "parcel cancelled";
			return do_end(&c, e);
		}
		c.kind = "parcel booked";
		rc = db_unit(g->f->db, booked, &c, e);
		g->moved |= rc == RC_OK;
		return rc;
	case COURIER_REFUSED:
		return refused(g, p, answer, e);
	case COURIER_BARRED:
		return barred(g, p, answer, e);
	case COURIER_AGAIN:
	case COURIER_TAKEN:
		break;
	}
	fault_words(&answer->fault, words, sizeof(words));
	return unanswered(g, p, answer->fault.retry_after, words, e);
}

struct sending {
	const struct parcel *p;
	int64_t now, next_at;
	struct buf *path, *request;
};

static enum rc
tried(struct db *db, void *ctx, struct error *e)
{
	const struct sending *s = ctx;
	enum rc rc;

	buf_reset(s->path);
	buf_reset(s->request);
	rc = parcel_tried(db, s->p, s->next_at, e);
	return rc == RC_OK
		   ? parcel_request(db, s->p->id, s->path, s->request, e)
		   : rc;
}

/* The stored bytes leave.  Past the key's life they could be booked a second
 * time: then what there is decides, and nothing is a no. */
static enum rc
call(struct post *g, const struct parcel *p, struct sending *s,
    struct courier_answer *answer, struct error *why)
{
	const struct courier *c = g->f->courier;
	struct courier_reply reply;
	enum rc rc;

	assert(!db_busy(g->f->db));
	if (p->asked_at + c->key_seconds <= g->now) {
		rc = c->look(c, p->uid, answer, why);
		if (rc == RC_NOTFOUND) {
			answer->news = COURIER_REFUSED;
			text_copy(answer->fault.code,
			    sizeof(answer->fault.code), "NO_ANSWER");
			rc = RC_OK;
		}
		return rc;
	}
	courier_reply_init(&reply);
	rc = c->send(c, buf_str(s->path), buf_str(s->request), s->request->len,
	    &reply, why);
	if (rc == RC_OK)
		rc = c->read(c, &reply, answer, why);
	courier_reply_release(&reply);
	/* the row is older than the booking: a backup was restored */
	if (rc == RC_OK && answer->news == COURIER_TAKEN)
		rc = c->look(c, p->uid, answer, why);
	return rc;
}

static enum rc
send(struct post *g, struct parcel *p, struct error *e)
{
	struct courier_answer answer = { .news = COURIER_AGAIN };
	struct error why = ERROR_NONE;
	struct buf path, request;
	struct sending s = { p, g->now, g->now + flow_pause(p->tries + 1),
		&path, &request };
	enum rc rc, said;

	buf_init(&path, LIMIT_URL);
	buf_init(&request, LIMIT_CALL);
	rc = db_unit(g->f->db, tried, &s, e);
	if (rc == RC_OK) {
		said = call(g, p, &s, &answer, &why);
		g->now = flow_now(g->f);
		rc = said == RC_NOMEM ? error_set(e, said, "%s", why.text)
				      : settle(g, p, said, &answer, &why, e);
	}
	buf_release(&path);
	buf_release(&request);
	return rc;
}

/*** Cancelling ***/

static enum rc
left(struct db *db, void *ctx, struct error *e)
{
	struct change *c = ctx;
	bool first = false;
	enum rc rc = RC_OK;

	if (c->p->state != PARCEL_HANDED_OVER)
		rc = parcel_move(
		    db, c->p, PARCEL_HANDED_OVER, "", c->g->now, &c->moved, e);
	if (rc == RC_OK)
		rc = parcel_stop_not(db, c->p->id, e);
	if (rc == RC_OK)
		rc = parcel_goes_on(db, c->p->order, c->g->now, &first, e);
	if (rc == RC_OK && (first || c->p->stop[0] != '\0'))
		rc = journal_add(db, c->p->order, "not cancelled", "carrier",
		    "the parcel has been collected already", NULL, c->g->now,
		    e);
	return rc == RC_OK ? order_again_at(db, c->p->order, c->g->now, e) : rc;
}

/* It cannot be cancelled any more, and whoever asked is told. */
static enum rc
too_late(struct post *g, const struct parcel *p, struct error *e)
{
	struct change c = { .g = g, .p = p };
	enum rc rc = db_unit(g->f->db, left, &c, e);

	g->moved |= rc == RC_OK;
	return rc;
}

struct stopping {
	const struct post *g;
	const struct parcel *p;
	bool asked;
};

static enum rc
note_stop(struct db *db, void *ctx, struct error *e)
{
	struct stopping *s = ctx;
	enum rc rc = RC_OK;

	if (s->p->stop[0] == '\0')
		rc = parcel_stop(
		    db, s->p->id, s->g->o.ending, s->g->now, &s->asked, e);
	return rc == RC_OK ? parcel_tried(db, s->p,
				 s->g->now + flow_pause(s->p->tries + 1), e)
			   : rc;
}

static enum rc
not_cancelled_yet(struct post *g, const struct parcel *p, const char *why,
    bool now, struct error *e)
{
	char alarm[PARCEL_WHY_SIZE];

	(void)snprintf(alarm, sizeof(alarm),
	    "parcel %" PRId64 " cannot be cancelled at the courier: %.250s",
	    p->n, why);
	return wait_for(g, p, flow_pause(p->tries + 1), why,
	    now || p->tries >= ALARM_TRIES ? alarm : NULL, e);
}

static enum rc
cancel(struct post *g, struct parcel *p, struct error *e)
{
	const struct courier *c = g->f->courier;
	struct courier_answer answer = { .news = COURIER_AGAIN };
	struct change ch = { .g = g,
		.p = p,
		.to = PARCEL_CANCELLED,
		.answer = &answer,
		.kind = "parcel cancelled" };
	struct stopping st = { g, p, false };
	struct error why = ERROR_NONE;
	char words[PARCEL_WHY_SIZE];
	enum rc rc = db_unit(g->f->db, note_stop, &st, e);

	if (rc != RC_OK)
		return rc;
	assert(!db_busy(g->f->db));
	rc = c->cancel(c, p->uid, &answer, &why);
	g->now = flow_now(g->f);
	if (rc == RC_NOTFOUND) /* nobody comes for it */
		return do_end(&ch, e);
	if (rc != RC_OK)
		return rc == RC_NOMEM
			   ? error_set(e, rc, "%s", why.text)
			   : not_cancelled_yet(g, p, why.text, false, e);
	if (answer.news == COURIER_DONE && answer.state == COURIER_CANCELLED)
		return do_end(&ch, e);
	if (answer.news == COURIER_REFUSED &&
	    strcmp(answer.fault.code, "ALREADY_COLLECTED") == 0)
		return too_late(g, p, e);
	fault_words(&answer.fault, words, sizeof(words));
	return not_cancelled_yet(g, p, words, answer.news != COURIER_AGAIN, e);
}

/*** Watching ***/

static enum rc
watch(struct post *g, const struct parcel *p, struct error *e)
{
	int64_t days = g->f->settings->courier_silence_days;
	int64_t heard = p->heard_at > p->close_at ? p->heard_at : p->close_at;
	char alarm[PARCEL_WHY_SIZE];

	if (parcel_carrier_final(p->carrier))
		return wait_for(g, p, NEVER - g->now, NULL, NULL, e);
	if (heard + days * DAY > g->now)
		return wait_for(
		    g, p, heard + days * DAY - g->now, NULL, NULL, e);
	(void)snprintf(alarm, sizeof(alarm),
	    "the courier has said nothing of parcel %" PRId64 " (%.64s) for "
	    "%" PRId64 " days",
	    p->n, p->tracking, days);
	return wait_for(g, p, DAY, NULL, alarm, e);
}

/*** A step ***/

static enum rc
wanted(struct post *g, struct parcel *p, struct error *e)
{
	struct change c = { .g = g, .p = p, .to = PARCEL_CANCELLED };
	bool unwanted =
	    g->o.state != ORDER_PAID || g->ending || p->stop[0] != '\0';

	if (!p->asked && unwanted) {
		c.why = g->o.ending[0] != '\0' ? g->o.ending : p->stop;
		return do_end(&c, e);
	}
	if (g->f->courier == NULL)
		return wait_for(g, p, BARRED_SECONDS, NULL, NULL, e);
	if (!p->asked && g->f->settings->courier_book == BOOK_READY &&
	    !g->ready)
		return wait_for(g, p, DAY, NULL, NULL, e);
	return p->asked ? send(g, p, e) : make(g, p, e);
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
			return cancel(g, p, e);
		return watch(g, p, e);
	case PARCEL_HANDED_OVER:
		if (p->stop[0] != '\0' ||
		    (g->ending && p->carrier != CARRIER_RETURNED))
			return too_late(g, p, e);
		return watch(g, p, e);
	case PARCEL_CANCELLED:
	case PARCEL_REFUSED:
		break;
	}
	return wait_for(g, p, NEVER - g->now, NULL, NULL, e);
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
	    about_the_window(p->why))
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

/*** The order's end, which waits for them ***/

struct ending {
	struct run *r;
	struct parcels all;
	bool wait;
};

static enum rc
end_all(struct db *db, void *ctx, struct error *e)
{
	struct ending *n = ctx;
	const struct order *o = &n->r->o;
	enum rc rc = RC_OK;
	bool done;

	n->wait = false;
	for (size_t i = 0; i < n->all.n && rc == RC_OK; i++) {
		const struct parcel *p = &n->all.of[i];

		if (p->state > PARCEL_READY)
			continue;
		done = false;
		/* the courier has never heard of it */
		if (p->state == PARCEL_WANTED && !p->asked)
			rc = parcel_move(db, p, PARCEL_CANCELLED, o->ending,
			    n->r->now, &done, e);
		if (rc == RC_OK && !done)
			rc = parcel_stop(
			    db, p->id, o->ending, n->r->now, &done, e);
		n->wait |= p->state != PARCEL_WANTED || p->asked;
	}
	return rc;
}

static enum rc
go_on(struct db *db, void *ctx, struct error *e)
{
	struct ending *n = ctx;
	const struct order *o = &n->r->o;
	bool first;
	enum rc rc = parcel_goes_on(db, o->id, n->r->now, &first, e);

	return rc == RC_OK && first
		   ? journal_add(db, o->id, "not cancelled", "carrier",
			 "the parcel has been collected already", NULL,
			 n->r->now, e)
		   : rc;
}

enum rc
flow_parcels_end(struct run *r, bool *wait, struct error *e)
{
	struct ending n = { .r = r };
	enum rc rc = parcels_of(r->f->db, r->o.id, &n.all, e);

	*wait = true;
	if (rc == RC_OK && n.all.under_way > 0) {
		rc = db_unit(r->f->db, go_on, &n, e);
		r->moved |= rc == RC_OK;
		return rc;
	}
	if (rc == RC_OK && n.all.unsettled) {
		rc = db_unit(r->f->db, end_all, &n, e);
		if (n.wait)
			flow_wait(r, 60); /* order_parcels wakes us before */
		else
			r->moved = true;
		return rc;
	}
	*wait = false;
	return rc;
}
