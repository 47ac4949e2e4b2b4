/*
 * A parcel is booked.  As with every call, the whole request and its key are
 * committed before it leaves, and what comes back is settled in one unit.
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

#define ALARM_SECONDS 3600 /* without an answer to a booking */
#define DAY 86400

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
		return post_wait(g, p, DAY, "the warehouse never opens",
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
		rc = post_wait(g, p, DAY, why.text, why.text, e);
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
	struct post_change *c = ctx;
	const struct courier_answer *an = c->answer;
	struct parcel p = *c->p;
	bool ready = false;
	enum rc rc;

	/* in the order in which carrier_listen locks them */
	rc = parcel_ear_soon(
	    db, c->g->now + c->g->f->settings->courier_poll_seconds, e);
	if (rc == RC_OK)
		rc = parcel_lock_order(db, p.order, e);
	if (rc == RC_OK) /* it may have been said during the call */
		rc = parcel_is_ready(db, p.order, &ready, e);
	if (rc != RC_OK)
		return rc;
	p.state = ready ? PARCEL_READY : PARCEL_BOOKED;
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
		rc = post_tell(db, c, an->tracking, e);
	if (rc == RC_OK && c->moved)
		rc = parcel_alarm(db, c->p, "", e);
	/* its events may have come before its number */
	return rc == RC_OK && c->moved ? parcel_draw(db, p.id, c->g->now, e)
				       : rc;
}

static enum rc
refused(struct post *g, const struct parcel *p,
    const struct courier_answer *answer, struct error *e)
{
	char why[PARCEL_WHY_SIZE], alarm[PARCEL_WHY_SIZE];
	struct post_change c = { .g = g,
		.p = p,
		.to = PARCEL_REFUSED,
		.answer = answer,
		.why = why };

	post_words(&answer->fault, why, sizeof(why));
	(void)snprintf(alarm, sizeof(alarm),
	    "the courier refuses parcel %" PRId64 ": %.200s; book it again "
	    "(\"shopctl parcel book %" PRId64 "\"), or give the money back "
	    "(\"shopctl order cancel %" PRId64 "\")",
	    p->n, why, p->order, p->order);
	if (post_window(answer->fault.code) && !g->ending &&
	    p->stop[0] == '\0' && p->generation < PARCEL_ANEW) {
		g->refused_until = p->close_at;
		c.anew = true;
	} else if (!g->ending && p->stop[0] == '\0') {
		c.kind = "parcel refused";
		c.alarm = alarm;
	}
	return post_end(&c, e);
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
	return post_wait(g, p, pause, why, late ? alarm : NULL, e);
}

static enum rc
barred(struct post *g, const struct parcel *p,
    const struct courier_answer *answer, struct error *e)
{
	char why[PARCEL_WHY_SIZE], alarm[PARCEL_WHY_SIZE];

	post_words(&answer->fault, why, sizeof(why));
	(void)snprintf(alarm, sizeof(alarm),
	    "the courier refuses our account: %.300s", why);
	return post_wait(g, p, POST_BARRED_SECONDS, why, alarm, e);
}

static enum rc
settle(struct post *g, const struct parcel *p, enum rc said,
    const struct courier_answer *answer, const struct error *why,
    struct error *e)
{
	struct post_change c = { .g = g, .p = p, .answer = answer };
	char words[PARCEL_WHY_SIZE];
	enum rc rc;

	if (said != RC_OK)
		return unanswered(g, p, 0, why->text, e);
	switch (answer->news) {
	case COURIER_DONE:
		if (answer->state == COURIER_CANCELLED) {
			c.to = PARCEL_CANCELLED;
			c.kind = "parcel cancelled";
			return post_end(&c, e);
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
	post_words(&answer->fault, words, sizeof(words));
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

enum rc
post_book(struct post *g, struct parcel *p, struct error *e)
{
	return p->asked ? send(g, p, e) : make(g, p, e);
}
