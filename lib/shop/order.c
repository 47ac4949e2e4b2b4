#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/money.h"
#include "base/text.h"
#include "shop/journal.h"
#include "shop/order.h"
#include "shop/parcel.h"

static const char *const names[] = {
	[ORDER_PENDING] = "pending",
	[ORDER_AUTHORISED] = "authorised",
	[ORDER_PAID] = "paid",
	[ORDER_CLOSED] = "closed",
	[ORDER_CANCELLED] = "cancelled",
};

const char *
order_state_name(enum order_state state)
{
	return names[state];
}

int64_t
order_tax(int64_t gross, int64_t rate)
{
	int64_t whole = 10000 + rate;

	/* LIMIT_MONEY × 10^4 lines × a rate fits 63 bits only in parts */
	return gross / whole * rate +
	       (gross % whole * rate + whole / 2) / whole;
}

/*** Reading ***/

void
order_release(struct order *o)
{
	for (size_t i = 0; i < o->n; i++)
		free(o->lines[i].name);
	free(o->delivery_option);
	free(o->attention);
	free(o->ending);
	free(o->email);
	free(o->to.country);
	free(o->to.name);
	free(o->to.line1);
	free(o->to.line2);
	free(o->to.town);
	free(o->to.region);
	free(o->to.postcode);
	free(o->to.phone);
	memset(o, 0, sizeof(*o));
}

static enum rc
texts(const struct db_rows *rows, struct order *o, struct error *e)
{
	struct {
		char **to;
		unsigned col;
	} each[] = {
		{ &o->delivery_option, 16 },
		{ &o->attention, 17 },
		{ &o->ending, 18 },
		{ &o->email, 19 },
		{ &o->to.country, 20 },
		{ &o->to.name, 21 },
		{ &o->to.line1, 22 },
		{ &o->to.line2, 23 },
		{ &o->to.town, 24 },
		{ &o->to.region, 25 },
		{ &o->to.postcode, 26 },
		{ &o->to.phone, 27 },
	};

	for (size_t i = 0; i < sizeof(each) / sizeof(each[0]); i++) {
		*each[i].to = strdup(db_col_text(rows, each[i].col));
		if (*each[i].to == NULL)
			return error_set(e, RC_NOMEM, "no memory for an order");
	}
	return RC_OK;
}

static enum rc
row(const struct db_rows *rows, struct order *o, struct error *e)
{
	memset(o, 0, sizeof(*o));
	o->id = db_col_int(rows, 0);
	text_copy(o->uid, sizeof(o->uid), db_col_text(rows, 1));
	o->customer = db_col_int(rows, 2);
	o->state = (enum order_state)db_col_int(rows, 3);
	o->made_at = db_col_int(rows, 4);
	o->hold_until = db_col_int(rows, 5);
	o->next_at = db_col_int(rows, 6);
	o->paid_at = db_col_int(rows, 7);
	o->ended_at = db_col_int(rows, 8);
	text_copy(o->currency, sizeof(o->currency), db_col_text(rows, 9));
	o->goods = db_col_int(rows, 10);
	o->delivery = db_col_int(rows, 11);
	o->tax = db_col_int(rows, 12);
	o->total = db_col_int(rows, 13);
	o->captured = db_col_int(rows, 14);
	o->refunded = db_col_int(rows, 15);
	o->live = db_col_int(rows, 28) != 0;
	o->pokes = db_col_int(rows, 29);
	o->told = (enum order_told)db_col_int(rows, 30);
	o->ready_at = db_col_int(rows, 31);
	o->attention_at = db_col_int(rows, 32);
	o->lost = db_col_int(rows, 33);
	o->deadline = db_col_int(rows, 34);
	return texts(rows, o, e);
}

static enum rc
line_row(struct order *o, const struct db_rows *rows, struct error *e)
{
	struct order_line *l = &o->lines[o->n];

	if (o->n == LIMIT_BASKET_LINES)
		return error_set(e, RC_TOOBIG, "an order has too many lines");
	l->item = db_col_int(rows, 0);
	l->qty = db_col_int(rows, 1);
	l->price = db_col_int(rows, 2);
	l->tax_rate = db_col_int(rows, 3);
	l->tax = db_col_int(rows, 4);
	text_copy(l->key, sizeof(l->key), db_col_text(rows, 5));
	text_copy(l->picture, sizeof(l->picture), db_col_text(rows, 7));
	l->picture_width = db_col_int(rows, 8);
	l->picture_height = db_col_int(rows, 9);
	l->name = strdup(db_col_text(rows, 6));
	if (l->name == NULL)
		return error_set(e, RC_NOMEM, "no memory for an order");
	o->n++;
	return RC_OK;
}

static enum rc
read_lines(struct db *db, struct order *o, struct error *e)
{
	struct db_rows *rows;
	enum rc rc;

	rc = db_ask(db, SQL_ORDER_LINES, &rows, e, db_int(o->id));
	if (rc != RC_OK)
		return rc;
	while ((rc = db_next(rows, e)) == RC_OK) {
		rc = line_row(o, rows, e);
		if (rc != RC_OK)
			break;
	}
	db_done(rows);
	return rc == RC_NOTFOUND ? RC_OK : rc;
}

/* The row is there when rc says so; rows is used up. */
static enum rc
load(struct db *db, struct db_rows *rows, enum rc rc, int64_t customer,
    struct order *out, struct error *e)
{
	memset(out, 0, sizeof(*out));
	if (rc == RC_OK) {
		rc = row(rows, out, e);
		db_done(rows);
	}
	if (rc == RC_OK && customer != 0 && out->customer != customer)
		rc = RC_NOTFOUND;
	if (rc == RC_NOTFOUND)
		(void)error_set(e, rc, "there is no such order");
	if (rc == RC_OK)
		rc = read_lines(db, out, e);
	if (rc != RC_OK)
		order_release(out);
	return rc;
}

enum rc
order_load(struct db *db, int64_t id, struct order *out, struct error *e)
{
	struct db_rows *rows;
	enum rc rc = db_one(db, SQL_ORDER_BY_ID, &rows, e, db_int(id));

	return load(db, rows, rc, 0, out, e);
}

enum rc
order_load_uid(struct db *db, const char *uid, int64_t customer,
    struct order *out, struct error *e)
{
	struct db_rows *rows;
	enum rc rc = db_one(db, SQL_ORDER_BY_UID, &rows, e, db_text(uid));

	return load(db, rows, rc, customer, out, e);
}

enum rc
order_live(struct db *db, int64_t customer, int64_t *order, struct error *e)
{
	struct db_rows *rows;
	enum rc rc = db_one(db, SQL_ORDER_LIVE, &rows, e, db_int(customer));

	*order = 0;
	if (rc != RC_OK)
		return rc;
	*order = db_col_int(rows, 0);
	db_done(rows);
	return RC_OK;
}

static enum rc
put_rows(struct db_rows *rows, order_put *put, void *ctx, struct error *e)
{
	struct order_row r;
	enum rc rc;

	while ((rc = db_next(rows, e)) == RC_OK) {
		r.id = db_col_int(rows, 0);
		r.made_at = db_col_int(rows, 1);
		r.total = db_col_int(rows, 2);
		r.captured = db_col_int(rows, 3);
		r.refunded = db_col_int(rows, 4);
		r.next_at = db_col_int(rows, 5);
		r.state = (enum order_state)db_col_int(rows, 6);
		r.uid = db_col_text(rows, 7);
		r.currency = db_col_text(rows, 8);
		r.attention = db_col_text(rows, 9);
		r.pieces = db_col_int(rows, 10);
		r.ending = db_col_text(rows, 11);
		r.deadline = db_col_int(rows, 12);
		r.lost = db_col_int(rows, 13);
		rc = put(ctx, &r, e);
		if (rc != RC_OK)
			break;
	}
	db_done(rows);
	return rc == RC_NOTFOUND ? RC_OK : rc;
}

enum rc
order_list(struct db *db, int64_t customer, int64_t before, int64_t most,
    order_put *put, void *ctx, struct error *e)
{
	struct db_rows *rows;
	enum rc rc;

	if (before == 0)
		before = INT64_MAX;
	if (customer != 0)
		rc = db_ask(db, SQL_ORDER_LIST, &rows, e, db_int(customer),
		    db_int(before), db_int(most));
	else
		rc = db_ask(db, SQL_ORDER_LIST_ALL, &rows, e, db_int(before),
		    db_int(most));
	return rc == RC_OK ? put_rows(rows, put, ctx, e) : rc;
}

enum rc
order_list_urgent(
    struct db *db, int64_t most, order_put *put, void *ctx, struct error *e)
{
	struct db_rows *rows;
	enum rc rc;

	rc = db_ask(db, SQL_ORDER_LIST_URGENT, &rows, e, db_int(most));
	return rc == RC_OK ? put_rows(rows, put, ctx, e) : rc;
}

enum rc
order_due(struct db *db, int64_t now, int64_t most, order_put *put, void *ctx,
    struct error *e)
{
	struct db_rows *rows;
	enum rc rc;

	rc = db_ask(db, SQL_ORDER_DUE, &rows, e, db_int(now), db_int(most));
	return rc == RC_OK ? put_rows(rows, put, ctx, e) : rc;
}

/*** Changes ***/

enum rc
order_move(struct db *db, int64_t order, enum order_state from,
    enum order_state to, int64_t now, bool *moved, struct error *e)
{
	int64_t n = 0;
	enum rc rc;

	rc = db_run_count(db, SQL_ORDER_MOVE, &n, e, db_int(to), db_int(to),
	    db_int(to), db_int(to), db_int(now), db_int(to), db_int(now),
	    db_int(order), db_int(from));
	*moved = n == 1;
	return rc;
}

enum rc
order_end_wanted(struct db *db, int64_t order, const char *why, struct error *e)
{
	return db_run(db, SQL_ORDER_END, e, db_text(why), db_int(order));
}

/* The first who asks is told of. */
static enum rc
ask_end(struct db *db, enum sql which, int64_t order, const char *witness,
    const char *why, int64_t now, bool *asked, struct error *e)
{
	int64_t n = 0;
	enum rc rc;

	rc = db_run_count(db, which, &n, e, db_text(why), db_int(order));
	*asked = rc == RC_OK && n == 1;
	if (!*asked)
		return rc;
	rc = journal_add(db, order, "end asked", witness, why, NULL, now, e);
	return rc == RC_OK ? order_again_at(db, order, now, e) : rc;
}

enum rc
order_ask_end(struct db *db, int64_t order, const char *witness,
    const char *why, int64_t now, bool *asked, struct error *e)
{
	return ask_end(db, SQL_ORDER_END, order, witness, why, now, asked, e);
}

enum rc
order_ask_cancel(struct db *db, int64_t order, const char *witness,
    const char *why, int64_t now, bool *asked, struct error *e)
{
	return ask_end(
	    db, SQL_ORDER_CANCEL, order, witness, why, now, asked, e);
}

static enum rc
is_contested(struct db *db, int64_t order, bool *contested, struct error *e)
{
	struct db_rows *rows;
	enum rc rc = db_one(db, SQL_ORDER_CONTESTED, &rows, e, db_int(order));

	*contested = rc == RC_OK;
	if (rc == RC_OK)
		db_done(rows);
	if (rc != RC_NOTFOUND)
		return rc;
	error_clear(e);
	return RC_OK;
}

enum rc
order_cancellable(struct db *db, const struct order *o, enum order_may_end *may,
    struct error *e)
{
	bool contested = false, left = false;
	enum rc rc = RC_OK;

	*may = ORDER_MAY_END;
	if (o->state == ORDER_PAID)
		rc = is_contested(db, o->id, &contested, e);
	if (rc == RC_OK && o->state == ORDER_PAID)
		rc = parcel_has_left(db, o->id, &left, e);
	if (o->state == ORDER_CLOSED || left)
		*may = ORDER_HAS_LEFT;
	else if (o->state == ORDER_CANCELLED || o->ending[0] != '\0')
		*may = ORDER_ENDS_ALREADY;
	else if (contested)
		*may = ORDER_IS_DISPUTED;
	return rc;
}

enum rc
order_cancel_wished(struct db *db, const struct order *o, bool paid,
    int64_t now, enum order_may_end *may, struct error *e)
{
	bool asked = false;
	enum rc rc = order_cancellable(db, o, may, e);

	if (rc != RC_OK || *may != ORDER_MAY_END)
		return rc;
	rc = order_ask_end(
	    db, o->id, "customer", ORDER_AS_WISHED, now, &asked, e);
	if (rc == RC_OK && !asked && paid)
		rc = order_ask_cancel(
		    db, o->id, "customer", ORDER_AS_WISHED, now, &asked, e);
	if (!asked)
		*may = ORDER_ENDS_ALREADY;
	return rc;
}

enum rc
order_told(struct db *db, int64_t order, enum order_told what, bool *first,
    struct error *e)
{
	int64_t n = 0;
	enum rc rc = db_run_count(db, SQL_ORDER_TOLD, &n, e, db_int(what),
	    db_int(order), db_int(what));

	*first = n == 1;
	return rc;
}

enum rc
order_again_at(struct db *db, int64_t order, int64_t at, struct error *e)
{
	return db_run(db, SQL_ORDER_AGAIN, e, db_int(at), db_int(order));
}

enum rc
order_sleep(
    struct db *db, const struct order *o, int64_t until, struct error *e)
{
	return db_run(db, SQL_ORDER_SLEEP, e, db_int(until), db_int(o->id),
	    db_int(o->pokes));
}

enum rc
order_lease(struct db *db, int64_t order, const char *holder, int64_t now,
    int64_t seconds, bool *got, struct error *e)
{
	int64_t n = 0;
	enum rc rc;

	rc = db_run_count(db, SQL_ORDER_LEASE, &n, e, db_text(holder),
	    db_int(now + seconds), db_int(order), db_text(holder), db_int(now));
	*got = n == 1;
	return rc;
}

enum rc
order_lease_drop(
    struct db *db, int64_t order, const char *holder, struct error *e)
{
	return db_run(
	    db, SQL_ORDER_LEASE_DROP, e, db_int(order), db_text(holder));
}
