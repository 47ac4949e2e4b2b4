#include "config.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "base/token.h"
#include "base/zone.h"
#include "shop/journal.h"
#include "shop/parcel.h"
#include "shop/returns.h"

#define DAY 86400

static const char *const names[] = {
	[RETURN_ASKED] = "asked",
	[RETURN_ACCEPTED] = "accepted",
	[RETURN_REFUSED] = "refused",
};

const char *
return_state_name(enum return_state state)
{
	return names[state];
}

/*** Reading ***/

static void
row(const struct db_rows *rows, struct goods_return *r)
{
	memset(r, 0, sizeof(*r));
	r->id = db_col_int(rows, 0);
	r->order = db_col_int(rows, 1);
	r->state = (enum return_state)db_col_int(rows, 2);
	r->made_at = db_col_int(rows, 3);
	r->decided_at = db_col_int(rows, 4);
	r->received_at = db_col_int(rows, 5);
	r->back_at = db_col_int(rows, 6);
	r->amount = db_col_int(rows, 7);
	r->claimed = db_col_int(rows, 8) != 0;
	r->told = (enum return_told)db_col_int(rows, 9);
	text_copy(r->uid, sizeof(r->uid), db_col_text(rows, 10));
	text_copy(r->witness, sizeof(r->witness), db_col_text(rows, 11));
	text_copy(r->why, sizeof(r->why), db_col_text(rows, 12));
}

static enum rc
read_lines(struct db *db, struct goods_return *r, struct error *e)
{
	struct db_rows *rows;
	enum rc rc;

	rc = db_ask(db, SQL_RETURN_LINES, &rows, e, db_int(r->id));
	if (rc != RC_OK)
		return rc;
	while (r->n < LIMIT_BASKET_LINES && (rc = db_next(rows, e)) == RC_OK) {
		r->lines[r->n].item = db_col_int(rows, 0);
		r->lines[r->n++].qty = db_col_int(rows, 1);
	}
	db_done(rows);
	return rc == RC_NOTFOUND ? RC_OK : rc;
}

static enum rc
load(struct db *db, enum sql which, struct db_arg by, struct goods_return *out,
    struct error *e)
{
	struct db_rows *rows;
	enum rc rc = db_one(db, which, &rows, e, by);

	if (rc == RC_NOTFOUND)
		return error_set(e, rc, "there is no such return");
	if (rc != RC_OK)
		return rc;
	row(rows, out);
	db_done(rows);
	return read_lines(db, out, e);
}

enum rc
return_load(
    struct db *db, int64_t id, struct goods_return *out, struct error *e)
{
	return load(db, SQL_RETURN_BY_ID, db_int(id), out, e);
}

enum rc
return_load_uid(
    struct db *db, const char *uid, struct goods_return *out, struct error *e)
{
	return load(db, SQL_RETURN_BY_UID, db_text(uid), out, e);
}

enum rc
return_count(struct db *db, int64_t *asked, int64_t *awaited, struct error *e)
{
	struct db_rows *rows;
	enum rc rc = db_one(db, SQL_RETURN_COUNT, &rows, e);

	*asked = *awaited = 0;
	if (rc != RC_OK)
		return rc;
	*asked = db_col_int(rows, 0);
	*awaited = db_col_int(rows, 1);
	db_done(rows);
	return RC_OK;
}

static enum rc
list(struct db *db, enum sql which, int64_t n, return_put *put, void *ctx,
    struct error *e)
{
	struct db_rows *rows;
	struct goods_return r;
	enum rc rc;

	rc = db_ask(db, which, &rows, e, db_int(n));
	if (rc != RC_OK)
		return rc;
	while ((rc = db_next(rows, e)) == RC_OK) {
		row(rows, &r);
		rc = read_lines(db, &r, e);
		if (rc == RC_OK)
			rc = put(ctx, &r, e);
		if (rc != RC_OK)
			break;
	}
	db_done(rows);
	return rc == RC_NOTFOUND ? RC_OK : rc;
}

enum rc
return_list(
    struct db *db, int64_t order, return_put *put, void *ctx, struct error *e)
{
	return list(db, SQL_RETURN_OF_ORDER, order, put, ctx, e);
}

enum rc
return_open(
    struct db *db, int64_t most, return_put *put, void *ctx, struct error *e)
{
	return list(db, SQL_RETURN_OPEN, most, put, ctx, e);
}

enum rc
return_all(
    struct db *db, int64_t most, return_put *put, void *ctx, struct error *e)
{
	return list(db, SQL_RETURN_ALL, most, put, ctx, e);
}

void
return_words(
    const struct goods_return *r, const struct order *o, struct buf *out)
{
	bool any = false;

	for (size_t i = 0; i < r->n; i++)
		for (size_t j = 0; j < o->n; j++) {
			if (o->lines[j].item != r->lines[i].item)
				continue;
			buf_printf(out, "%s%" PRId64 " \303\227 %s",
			    any ? ", " : "", r->lines[i].qty, o->lines[j].name);
			any = true;
		}
}

enum rc
return_left(struct db *db, const struct order *o,
    int64_t left[LIMIT_BASKET_LINES], int64_t *sum, struct error *e)
{
	struct db_rows *rows;
	enum rc rc;

	*sum = 0;
	for (size_t i = 0; i < o->n; i++) {
		left[i] = o->lines[i].qty;
		*sum += left[i];
	}
	rc = db_ask(db, SQL_RETURN_TAKEN, &rows, e, db_int(o->id));
	if (rc != RC_OK)
		return rc;
	while ((rc = db_next(rows, e)) == RC_OK)
		for (size_t i = 0; i < o->n; i++)
			if (o->lines[i].item == db_col_int(rows, 0)) {
				left[i] -= db_col_int(rows, 1);
				*sum -= db_col_int(rows, 1);
			}
	db_done(rows);
	return rc == RC_NOTFOUND ? RC_OK : rc;
}

/* The zone's midnight that begins the day after `days` whole ones. */
static int64_t
midnight_after(const struct zone *z, int64_t at, int64_t days)
{
	int64_t here = at + zone_at(z, at)->offset;
	int64_t end = (here / DAY + days + 1) * DAY;

	/* summer time may have begun or ended meanwhile */
	return end - zone_at(z, end - zone_at(z, at)->offset)->offset;
}

enum rc
return_until(struct db *db, int64_t order, int64_t days, const char *zone,
    int64_t *until, struct error *e)
{
	struct parcels all;
	struct zone z;
	enum rc rc = parcels_of(db, order, &all, e);

	*until = 0;
	if (rc != RC_OK || !parcels_delivered(&all))
		return rc;
	if (zone_parse(zone, &z) != RC_OK)
		return error_set(e, RC_INVALID, "shop.zone is none");
	*until = midnight_after(&z, all.delivered_at, days);
	return RC_OK;
}

enum rc
return_may(struct db *db, const struct order *o, const struct return_wish *w,
    int64_t now, int64_t *until, enum return_outcome *may, struct error *e)
{
	enum order_may_end end = ORDER_HAS_LEFT;
	enum rc rc = return_until(db, o->id, w->days, w->zone, until, e);

	*may = RETURN_NOT_NOW;
	if (rc != RC_OK || (o->state != ORDER_PAID && o->state != ORDER_CLOSED))
		return rc;
	if (o->state == ORDER_PAID)
		rc = order_cancellable(db, o, &end, e);
	if (end == ORDER_MAY_END)
		*may = RETURN_CANCEL;
	else if (end == ORDER_HAS_LEFT)
		*may = *until == 0 || now < *until ? RETURN_MADE : RETURN_OVER;
	return rc;
}

enum rc
return_pieces(struct db *db, int64_t order, int64_t then, int64_t *back,
    int64_t *received, struct error *e)
{
	struct db_rows *rows;
	enum rc rc;

	*back = *received = 0;
	rc = db_one(
	    db, SQL_RETURN_PIECES, &rows, e, db_int(then), db_int(order));
	if (rc != RC_OK)
		return rc;
	*back = db_col_int(rows, 0);
	*received = db_col_int(rows, 1);
	db_done(rows);
	return RC_OK;
}

/*** Asking ***/

static enum rc
known(struct db *db, const struct return_wish *w, bool *is, struct error *e)
{
	struct error none = ERROR_NONE;
	struct db_rows *rows;
	enum rc rc =
	    db_one(db, SQL_RETURN_BY_UID, &rows, &none, db_text(w->uid));

	*is = rc == RC_OK;
	if (rc == RC_NOTFOUND)
		return RC_OK;
	if (rc != RC_OK)
		return error_set(e, rc, "%s", none.text);
	db_done(rows);
	return rc;
}

static enum return_outcome
judge(const struct order *o, const struct return_wish *w, const int64_t *left)
{
	bool any = false;

	for (size_t i = 0; i < o->n; i++) {
		if (w->qty[i] < 0 || w->qty[i] > left[i])
			return RETURN_TOO_MANY;
		any |= w->qty[i] > 0;
	}
	return any ? RETURN_MADE : RETURN_NOTHING;
}

static enum rc
add(struct db *db, const struct order *o, const struct return_wish *w,
    int64_t now, struct error *e)
{
	struct goods_return r = { .order = o->id };
	struct buf words;
	enum rc rc = db_run(
	    db, SQL_RETURN_ADD, e, db_text(w->uid), db_int(o->id), db_int(now));

	r.id = rc == RC_OK ? db_last_id(db) : 0;
	for (size_t i = 0; i < o->n && rc == RC_OK; i++) {
		if (w->qty[i] == 0)
			continue;
		r.lines[r.n++] =
		    (struct return_line){ o->lines[i].item, w->qty[i] };
		rc = db_run(db, SQL_RETURN_ADD_LINE, e, db_int(r.id),
		    db_int(o->lines[i].item), db_int(w->qty[i]));
	}
	if (rc != RC_OK)
		return rc;
	buf_init(&words, LIMIT_TEXT);
	return_words(&r, o, &words);
	rc = journal_add(db, o->id, "return asked", "customer", buf_str(&words),
	    w->uid, now, e);
	buf_release(&words);
	return rc;
}

/* A form's key comes from outside; what the stock system and the gateway are
 * given as a key is of this order alone. */
static void
uid_of(const struct return_wish *w, char out[UID_SIZE])
{
	char name[100], hex[HASH_SIZE];
	int len = snprintf(
	    name, sizeof(name), "return %" PRId64 " %.64s", w->order, w->uid);

	hash_hex(name, (size_t)len, hex);
	(void)snprintf(out, UID_SIZE, "%.*s", UID_SIZE - 1, hex);
}

enum rc
return_ask(struct db *db, const struct return_wish *wish, int64_t now,
    enum return_outcome *outcome, struct error *e)
{
	int64_t left[LIMIT_BASKET_LINES], sum, until;
	struct order o = { 0 };
	struct return_wish own = *wish;
	const struct return_wish *w = &own;
	char uid[UID_SIZE];
	bool is = false;
	enum rc rc;

	uid_of(wish, uid);
	own.uid = uid;

	/* first the order's row: who asks at the same time waits for it */
	rc = order_again_at(db, w->order, now, e);
	if (rc == RC_OK)
		rc = known(db, w, &is, e);
	*outcome = RETURN_SAME;
	if (rc != RC_OK || is)
		return rc;
	rc = order_load(db, w->order, &o, e);
	if (rc == RC_OK)
		rc = return_left(db, &o, left, &sum, e);
	if (rc == RC_OK)
		rc = return_may(db, &o, w, now, &until, outcome, e);
	if (rc == RC_OK && *outcome == RETURN_MADE)
		*outcome = judge(&o, w, left);
	if (rc == RC_OK && *outcome == RETURN_MADE)
		rc = add(db, &o, w, now, e);
	order_release(&o);
	return rc;
}

/*** Deciding ***/

/* Its order's row first: what a unit has read first stays so. */
static enum rc
lock(struct db *db, int64_t id, int64_t now, struct goods_return *r,
    struct error *e)
{
	enum rc rc = db_run(db, SQL_RETURN_LOCK, e, db_int(now), db_int(id));

	return rc == RC_OK ? return_load(db, id, r, e) : rc;
}

struct summing {
	int64_t id, pieces;
};

static enum rc
add_pieces(void *ctx, const struct goods_return *r, struct error *e)
{
	struct summing *s = ctx;

	(void)e;
	for (size_t i = 0; i < r->n; i++)
		if (r->id == s->id || r->state == RETURN_ACCEPTED)
			s->pieces += r->lines[i].qty;
	return RC_OK;
}

enum rc
return_amount(struct db *db, const struct goods_return *r, int64_t *amount,
    struct error *e)
{
	struct summing s = { .id = r->id };
	struct order o = { 0 };
	int64_t pieces = 0, left;
	enum rc rc = order_load(db, r->order, &o, e);

	*amount = 0;
	if (rc == RC_OK)
		rc = return_list(db, r->order, add_pieces, &s, e);
	for (size_t i = 0; i < o.n; i++) {
		pieces += o.lines[i].qty;
		for (size_t j = 0; j < r->n; j++)
			if (r->lines[j].item == o.lines[i].item)
				*amount += r->lines[j].qty * o.lines[i].price;
	}
	if (s.pieces == pieces)
		*amount += o.delivery;
	left = o.captured - o.refunded - o.lost;
	if (*amount > left)
		*amount = left > 0 ? left : 0;
	order_release(&o);
	return rc;
}

static enum rc
decide(struct db *db, const struct goods_return *r, enum return_state to,
    int64_t amount, const char *witness, const char *why, int64_t now,
    enum return_said *said, struct error *e)
{
	const char *kind =
	    to == RETURN_ACCEPTED ? "return accepted" : "return refused";
	int64_t n = 0;
	enum rc rc =
	    db_run_count(db, SQL_RETURN_DECIDE, &n, e, db_int(to), db_int(now),
		db_int(amount), db_text(witness), db_text(why), db_int(r->id));

	*said = RETURN_DONE;
	if (rc != RC_OK || n == 1)
		return rc == RC_OK ? journal_add(db, r->order, kind, witness,
					 why, NULL, now, e)
				   : rc;
	*said = r->state == to ? RETURN_BEFORE : RETURN_NOT;
	return RC_OK;
}

enum rc
return_accept(struct db *db, int64_t id, const char *witness, int64_t now,
    enum return_said *said, struct error *e)
{
	struct goods_return r;
	int64_t amount = 0;
	enum rc rc = lock(db, id, now, &r, e);

	if (rc == RC_OK)
		rc = return_amount(db, &r, &amount, e);
	return rc == RC_OK ? decide(db, &r, RETURN_ACCEPTED, amount, witness,
				 "", now, said, e)
			   : rc;
}

enum rc
return_refuse(struct db *db, int64_t id, const char *witness, const char *why,
    int64_t now, enum return_said *said, struct error *e)
{
	struct goods_return r;
	enum rc rc = lock(db, id, now, &r, e);

	return rc == RC_OK ? decide(db, &r, RETURN_REFUSED, 0, witness, why,
				 now, said, e)
			   : rc;
}

enum rc
return_received(struct db *db, int64_t id, const char *witness, int64_t now,
    enum return_said *said, struct error *e)
{
	struct goods_return r;
	int64_t n = 0;
	enum rc rc = lock(db, id, now, &r, e);

	if (rc == RC_OK)
		rc = db_run_count(
		    db, SQL_RETURN_RECEIVED, &n, e, db_int(now), db_int(id));
	if (rc != RC_OK)
		return rc;
	*said = n == 1                       ? RETURN_DONE
		: r.state == RETURN_ACCEPTED ? RETURN_BEFORE
					     : RETURN_NOT;
	return n == 1 ? journal_add(db, r.order, "return received", witness, "",
			    NULL, now, e)
		      : RC_OK;
}

/*** What follows ***/

enum rc
return_back(struct db *db, const struct goods_return *r, int64_t now,
    bool *first, struct error *e)
{
	int64_t n = 0;
	enum rc rc = db_run_count(
	    db, SQL_RETURN_BACK, &n, e, db_int(now), db_int(r->id));

	*first = n == 1;
	return rc == RC_OK && *first
		   ? journal_add(db, r->order, "return on the shelf", "stock",
			 "", NULL, now, e)
		   : rc;
}

enum rc
return_claimed(struct db *db, int64_t id, struct error *e)
{
	return db_run(db, SQL_RETURN_CLAIMED, e, db_int(id));
}

enum rc
return_told(struct db *db, int64_t id, enum return_told what, bool *first,
    struct error *e)
{
	int64_t n = 0;
	enum rc rc = db_run_count(
	    db, SQL_RETURN_TOLD, &n, e, db_int(what), db_int(id), db_int(what));

	*first = n == 1;
	return rc;
}
