#include "config.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "shop/order.h"
#include "shop/parcel.h"

static const char *const states[] = {
	[PARCEL_WANTED] = "wanted",
	[PARCEL_BOOKED] = "booked",
	[PARCEL_READY] = "ready",
	[PARCEL_HANDED_OVER] = "handed over",
	[PARCEL_CANCELLED] = "cancelled",
	[PARCEL_REFUSED] = "refused",
};

static const struct {
	const char *name;
	bool final, trouble;
} carriers[] = {
	[CARRIER_SILENT] = { "-", false, false },
	[CARRIER_BOOKED] = { "booked", false, false },
	[CARRIER_COLLECTED] = { "collected", false, false },
	[CARRIER_IN_TRANSIT] = { "in transit", false, false },
	[CARRIER_OUT_FOR_DELIVERY] = { "out for delivery", false, false },
	[CARRIER_DELIVERED] = { "delivered", true, false },
	[CARRIER_COLLECTION_FAILED] = { "collection failed", false, true },
	[CARRIER_DELIVERY_ATTEMPTED] = { "delivery attempted", false, false },
	[CARRIER_AVAILABLE_FOR_PICKUP] = { "available for pick-up", false,
	    false },
	[CARRIER_RETURNING] = { "returning", false, true },
	[CARRIER_RETURNED] = { "returned", true, true },
	[CARRIER_EXCEPTION] = { "exception", false, true },
	[CARRIER_LOST] = { "lost", true, true },
	[CARRIER_CANCELLED] = { "cancelled", true, false },
	[CARRIER_UNKNOWN] = { "unknown", false, false },
};

const char *
parcel_state_name(enum parcel_state state)
{
	return states[state];
}

const char *
parcel_carrier_name(enum parcel_carrier carrier)
{
	return carriers[carrier].name;
}

bool
parcel_carrier_final(enum parcel_carrier carrier)
{
	return carriers[carrier].final;
}

bool
parcel_carrier_trouble(enum parcel_carrier carrier)
{
	return carriers[carrier].trouble;
}

/*** Reading ***/

#define TEXT(m, col) text_copy((m), sizeof(m), db_col_text(rows, (col)))

static void
row(const struct db_rows *rows, struct parcel *p)
{
	memset(p, 0, sizeof(*p));
	p->id = db_col_int(rows, 0);
	p->order = db_col_int(rows, 1);
	p->n = db_col_int(rows, 2);
	p->generation = db_col_int(rows, 3);
	TEXT(p->uid, 4);
	p->state = (enum parcel_state)db_col_int(rows, 5);
	p->carrier = (enum parcel_carrier)db_col_int(rows, 6);
	p->warned = (enum parcel_carrier)db_col_int(rows, 7);
	p->made_at = db_col_int(rows, 8);
	p->changed_at = db_col_int(rows, 9);
	p->next_at = db_col_int(rows, 10);
	p->tries = db_col_int(rows, 11);
	p->asked_at = db_col_int(rows, 12);
	p->ready_from = db_col_int(rows, 13);
	p->close_at = db_col_int(rows, 14);
	p->price = db_col_int(rows, 15);
	p->carrier_at = db_col_int(rows, 16);
	p->heard_at = db_col_int(rows, 17);
	p->told = db_col_int(rows, 18) != 0;
	p->asked = db_col_int(rows, 19) != 0;
	TEXT(p->currency, 20);
	TEXT(p->tracking, 21);
	TEXT(p->url, 22);
	TEXT(p->word, 23);
	TEXT(p->why, 24);
	TEXT(p->alarm, 25);
	TEXT(p->stop, 26);
}

static enum rc
take_row(struct db_rows *rows, enum rc rc, struct parcel *out, struct error *e)
{
	if (rc == RC_NOTFOUND)
		return error_set(e, rc, "there is no such parcel");
	if (rc != RC_OK)
		return rc;
	row(rows, out);
	db_done(rows);
	return RC_OK;
}

enum rc
parcel_load(struct db *db, int64_t id, struct parcel *out, struct error *e)
{
	struct db_rows *rows;
	enum rc rc = db_one(db, SQL_PARCEL_BY_ID, &rows, e, db_int(id));

	return take_row(rows, rc, out, e);
}

enum rc
parcel_find(struct db *db, const char *uid, const char *tracking,
    struct parcel *out, struct error *e)
{
	struct db_rows *rows;
	enum rc rc = RC_NOTFOUND;

	if (uid[0] != '\0') {
		rc = db_one(db, SQL_PARCEL_BY_UID, &rows, e, db_text(uid));
		rc = take_row(rows, rc, out, e);
	}
	if (rc != RC_NOTFOUND)
		return rc;
	error_clear(e);
	if (tracking[0] == '\0') /* one that has none yet is not meant */
		return error_set(e, rc, "there is no such parcel");
	rc = db_one(db, SQL_PARCEL_BY_TRACKING, &rows, e, db_text(tracking));
	return take_row(rows, rc, out, e);
}

static enum rc
put_rows(struct db_rows *rows, parcel_put *put, void *ctx, struct error *e)
{
	struct parcel p;
	enum rc rc;

	while ((rc = db_next(rows, e)) == RC_OK) {
		row(rows, &p);
		rc = put(ctx, &p, e);
		if (rc != RC_OK)
			break;
	}
	db_done(rows);
	return rc == RC_NOTFOUND ? RC_OK : rc;
}

enum rc
parcel_list(
    struct db *db, int64_t order, parcel_put *put, void *ctx, struct error *e)
{
	struct db_rows *rows;
	enum rc rc = db_ask(db, SQL_PARCEL_LIST, &rows, e, db_int(order));

	return rc == RC_OK ? put_rows(rows, put, ctx, e) : rc;
}

enum rc
parcel_list_all(struct db *db, enum parcel_state state, int64_t before,
    int64_t most, parcel_put *put, void *ctx, struct error *e)
{
	struct db_rows *rows;
	enum rc rc = db_ask(db, SQL_PARCEL_LIST_ALL, &rows, e,
	    db_int(before != 0 ? before : INT64_MAX), db_int(state),
	    db_int(state), db_int(most));

	return rc == RC_OK ? put_rows(rows, put, ctx, e) : rc;
}

enum rc
parcel_due(struct db *db, int64_t now, int64_t most, parcel_put *put, void *ctx,
    struct error *e)
{
	struct db_rows *rows;
	enum rc rc =
	    db_ask(db, SQL_PARCEL_DUE, &rows, e, db_int(now), db_int(most));

	return rc == RC_OK ? put_rows(rows, put, ctx, e) : rc;
}

enum rc
parcel_any_open(struct db *db, bool *any, struct error *e)
{
	struct error none = ERROR_NONE;
	struct db_rows *rows;
	enum rc rc = db_one(db, SQL_PARCEL_ANY_OPEN, &rows, &none);

	*any = rc == RC_OK;
	if (rc == RC_OK)
		db_done(rows);
	return rc == RC_OK || rc == RC_NOTFOUND
		   ? RC_OK
		   : error_set(e, rc, "%s", none.text);
}

enum rc
parcel_request(struct db *db, int64_t id, struct buf *path, struct buf *request,
    struct error *e)
{
	struct db_rows *rows;
	const void *bytes;
	size_t n;
	enum rc rc = db_one(db, SQL_PARCEL_REQUEST, &rows, e, db_int(id));

	if (rc != RC_OK)
		return rc;
	buf_puts(path, db_col_text(rows, 0));
	bytes = db_col_blob(rows, 1, &n);
	buf_put(request, bytes, n);
	db_done(rows);
	rc = buf_rc(path);
	return rc == RC_OK ? buf_rc(request) : rc;
}

/*** All of an order ***/

static enum rc
keep(void *ctx, const struct parcel *p, struct error *e)
{
	struct parcels *all = ctx;

	if (p->n < 1 || p->n > PARCELS_MAX)
		return error_set(e, RC_TOOBIG,
		    "an order has more than %d parcels", PARCELS_MAX);
	all->unsettled |= p->state == PARCEL_BOOKED ||
			  p->state == PARCEL_READY || p->state == PARCEL_WANTED;
	all->left |= p->state == PARCEL_HANDED_OVER;
	/* sorted by number and generation: the last one stays */
	if (all->n == 0 || all->of[all->n - 1].n != p->n)
		all->n++;
	all->of[all->n - 1] = *p;
	return RC_OK;
}

static void
count(struct parcels *all, const struct parcel *p)
{
	bool there = p->state == PARCEL_HANDED_OVER;

	all->live += p->state != PARCEL_CANCELLED;
	all->booked +=
	    there || p->state == PARCEL_BOOKED || p->state == PARCEL_READY;
	all->collected += there;
	if (!there || p->carrier != CARRIER_DELIVERED)
		return;
	all->delivered++;
	if (p->carrier_at > all->delivered_at)
		all->delivered_at = p->carrier_at;
}

enum rc
parcels_of(struct db *db, int64_t order, struct parcels *out, struct error *e)
{
	enum rc rc;

	memset(out, 0, sizeof(*out));
	rc = parcel_list(db, order, keep, out, e);
	for (size_t i = 0; i < out->n; i++)
		count(out, &out->of[i]);
	return rc;
}

bool
parcels_delivered(const struct parcels *all)
{
	return all->live > 0 && all->delivered == all->live;
}

enum rc
parcel_has_left(struct db *db, int64_t order, bool *left, struct error *e)
{
	struct error none = ERROR_NONE;
	struct db_rows *rows;
	enum rc rc = db_one(db, SQL_PARCEL_LEFT, &rows, &none, db_int(order));

	*left = rc == RC_OK;
	if (rc == RC_OK)
		db_done(rows);
	return rc == RC_OK || rc == RC_NOTFOUND
		   ? RC_OK
		   : error_set(e, rc, "%s", none.text);
}

/*** Wanting them ***/

enum rc
parcel_lock_order(struct db *db, int64_t order, struct error *e)
{
	return db_run(db, SQL_PARCEL_LOCK_ORDER, e, db_int(order));
}

static enum rc
add(struct db *db, int64_t order, int64_t n, int64_t generation, int64_t now,
    struct error *e)
{
	char uid[UID_SIZE];
	enum rc rc = uid_random(uid, e);

	if (rc == RC_OK)
		rc = db_run(db, SQL_PARCEL_ADD, e, db_text(uid), db_int(order),
		    db_int(n), db_int(generation), db_int(now), db_int(now),
		    db_int(now), db_blob("", 0));
	return rc == RC_INVALID ? RC_CONFLICT : rc;
}

enum rc
parcel_want_many(struct db *db, int64_t order, int64_t count, int64_t now,
    int64_t *made, struct error *e)
{
	struct parcels all;
	char off[80];
	enum rc rc;

	*made = 0;
	if (count < 1 || count > PARCELS_MAX)
		return error_set(
		    e, RC_INVALID, "an order has 1 to %d parcels", PARCELS_MAX);
	rc = parcel_lock_order(db, order, e);
	if (rc == RC_OK)
		rc = parcels_of(db, order, &all, e);
	for (int64_t n = 1; n <= count && rc == RC_OK; n++) {
		const struct parcel *p =
		    n <= (int64_t)all.n ? &all.of[n - 1] : NULL;

		if (p != NULL && p->state != PARCEL_CANCELLED &&
		    p->state != PARCEL_REFUSED)
			continue;
		rc = add(
		    db, order, n, p != NULL ? p->generation + 1 : 1, now, e);
		/* what it asked a person for is done */
		if (rc == RC_OK && p != NULL)
			rc = parcel_alarm(db, p, "", e);
		(void)snprintf(
		    off, sizeof(off), "parcel %" PRId64 PARCEL_OFF, n);
		if (rc == RC_OK && p != NULL)
			rc = order_attended(db, order, off, e);
		++*made;
	}
	return rc;
}

enum rc
parcel_want(struct db *db, int64_t order, int64_t now, struct error *e)
{
	struct parcels all;
	enum rc rc;

	rc = parcel_lock_order(db, order, e);
	if (rc == RC_OK)
		rc = parcels_of(db, order, &all, e);
	return rc == RC_OK && all.n == 0 ? add(db, order, 1, 1, now, e) : rc;
}

enum rc
parcel_want_again(
    struct db *db, const struct parcel *p, int64_t now, struct error *e)
{
	return add(db, p->order, p->n, p->generation + 1, now, e);
}

/*** Guarded changes ***/

enum rc
parcel_store(struct db *db, const struct parcel *p, const char *path,
    const void *request, size_t n, int64_t now, bool *made, struct error *e)
{
	int64_t rows = 0;
	enum rc rc = db_run_count(db, SQL_PARCEL_STORE, &rows, e, db_text(path),
	    db_blob(request, n), db_int(p->ready_from), db_int(p->close_at),
	    db_int(now), db_int(now), db_int(p->id));

	*made = rows == 1;
	return rc;
}

enum rc
parcel_tried(
    struct db *db, const struct parcel *p, int64_t next_at, struct error *e)
{
	return db_run(db, SQL_PARCEL_TRIED, e, db_int(next_at), db_int(p->id));
}

enum rc
parcel_waits(struct db *db, int64_t id, const char *why, int64_t next_at,
    struct error *e)
{
	return db_run(
	    db, SQL_PARCEL_WAITS, e, db_text(why), db_int(next_at), db_int(id));
}

enum rc
parcel_again_at(
    struct db *db, const struct parcel *p, int64_t at, struct error *e)
{
	return db_run(db, SQL_PARCEL_AGAIN, e, db_int(at), db_int(p->id),
	    db_int(p->next_at), db_int(p->state), db_int(p->carrier),
	    db_text(p->stop));
}

enum rc
parcel_poke(struct db *db, int64_t order, int64_t now, struct error *e)
{
	return db_run(db, SQL_PARCEL_POKE, e, db_int(now), db_int(order));
}

enum rc
parcel_booked(struct db *db, const struct parcel *p, int64_t now, bool *moved,
    struct error *e)
{
	int64_t rows = 0;
	enum rc rc = db_run_count(db, SQL_PARCEL_BOOKED, &rows, e,
	    db_int(p->state), db_int(now), db_int(now), db_int(p->ready_from),
	    db_int(p->close_at), db_int(p->price), db_text(p->currency),
	    db_text(p->tracking), db_text(p->url), db_int(p->next_at),
	    db_int(p->id));

	*moved = rows == 1;
	return rc;
}

enum rc
parcel_move(struct db *db, const struct parcel *p, enum parcel_state to,
    const char *why, int64_t now, bool *moved, struct error *e)
{
	int64_t rows = 0;
	enum rc rc = db_run_count(db, SQL_PARCEL_MOVE, &rows, e, db_int(to),
	    db_text(why), db_int(now), db_int(now), db_int(p->id),
	    db_int(p->state), db_int(p->asked));

	*moved = rows == 1;
	return rc;
}

enum rc
parcel_ready(struct db *db, int64_t order, int64_t now, struct error *e)
{
	return db_run(
	    db, SQL_PARCEL_READY, e, db_int(now), db_int(now), db_int(order));
}

enum rc
parcel_stop(struct db *db, int64_t id, const char *why, int64_t now,
    bool *asked, struct error *e)
{
	int64_t rows = 0;
	enum rc rc = db_run_count(db, SQL_PARCEL_STOP, &rows, e, db_text(why),
	    db_int(now), db_int(id));

	*asked = rows == 1;
	return rc;
}

enum rc
parcel_stop_not(struct db *db, int64_t id, struct error *e)
{
	return db_run(db, SQL_PARCEL_STOP_NOT, e, db_int(id));
}

enum rc
parcel_alarm(
    struct db *db, const struct parcel *p, const char *text, struct error *e)
{
	enum rc rc;

	if (strcmp(p->alarm, text) == 0)
		return RC_OK;
	rc = db_run(db, SQL_PARCEL_ALARM, e, db_text(text), db_int(p->id));
	if (rc == RC_OK && p->alarm[0] != '\0')
		rc = order_attended(db, p->order, p->alarm, e);
	return rc == RC_OK && text[0] != '\0'
		   ? order_attention(db, p->order, text, e)
		   : rc;
}

enum rc
parcel_told(struct db *db, int64_t id, bool *first, struct error *e)
{
	int64_t rows = 0;
	enum rc rc = db_run_count(db, SQL_PARCEL_TOLD, &rows, e, db_int(id));

	*first = rows == 1;
	return rc;
}

enum rc
parcel_warned(struct db *db, const struct parcel *p, enum parcel_carrier of,
    bool *first, struct error *e)
{
	int64_t rows = 0;
	enum rc rc = db_run_count(db, SQL_PARCEL_WARNED, &rows, e, db_int(of),
	    db_int(p->id), db_int(p->warned));

	*first = rows == 1;
	return rc;
}

enum rc
parcel_is_ready(struct db *db, int64_t order, bool *ready, struct error *e)
{
	struct db_rows *rows;
	enum rc rc =
	    db_one(db, SQL_PARCEL_ORDER_STATE, &rows, e, db_int(order));

	if (rc != RC_OK)
		return rc;
	*ready = db_col_int(rows, 2) != 0;
	db_done(rows);
	return RC_OK;
}

enum rc
parcel_goes_on(
    struct db *db, int64_t order, int64_t now, bool *first, struct error *e)
{
	int64_t rows = 0;
	enum rc rc =
	    db_run_count(db, SQL_PARCEL_GOES_ON, &rows, e, db_int(order));

	*first = rows == 1;
	if (rc == RC_OK && *first)
		rc = db_run(
		    db, SQL_PARCEL_STOP_NONE, e, db_int(now), db_int(order));
	return rc;
}
