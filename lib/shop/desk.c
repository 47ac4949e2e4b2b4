#include "config.h"

#include <string.h>

#include "shop/desk.h"
#include "shop/journal.h"
#include "shop/parcel.h"

/*** Lists ***/

static enum rc
list(struct db *db, enum sql which, int64_t after, int64_t most, desk_put *put,
    void *ctx, struct error *e)
{
	struct db_rows *rows;
	struct desk_row r;
	enum rc rc;

	rc = db_ask(db, which, &rows, e, db_int(after), db_int(after),
	    db_int(after), db_int(most));
	if (rc != RC_OK)
		return rc;
	while ((rc = db_next(rows, e)) == RC_OK) {
		r.id = db_col_int(rows, 0);
		r.made_at = db_col_int(rows, 1);
		r.paid_at = db_col_int(rows, 2);
		r.attention_at = db_col_int(rows, 3);
		r.state = (enum order_state)db_col_int(rows, 4);
		r.pieces = db_col_int(rows, 5);
		r.uid = db_col_text(rows, 6);
		r.attention = db_col_text(rows, 7);
		r.delivery_option = db_col_text(rows, 8);
		r.country = db_col_text(rows, 9);
		r.name = db_col_text(rows, 10);
		r.contested = db_col_int(rows, 11) > 0;
		rc = put(ctx, &r, e);
		if (rc != RC_OK)
			break;
	}
	db_done(rows);
	return rc == RC_NOTFOUND ? RC_OK : rc;
}

enum rc
desk_waiting(struct db *db, int64_t after, int64_t most, desk_put *put,
    void *ctx, struct error *e)
{
	return list(db, SQL_DESK_WAITING, after, most, put, ctx, e);
}

enum rc
desk_problems(struct db *db, int64_t after, int64_t most, desk_put *put,
    void *ctx, struct error *e)
{
	return list(db, SQL_DESK_PROBLEMS, after, most, put, ctx, e);
}

enum rc
desk_count(struct db *db, struct desk_counts *out, struct error *e)
{
	struct db_rows *rows;
	enum rc rc;

	memset(out, 0, sizeof(*out));
	rc = db_one(db, SQL_DESK_COUNT, &rows, e);
	if (rc != RC_OK)
		return rc;
	out->waiting = db_col_int(rows, 0);
	out->oldest = db_col_int(rows, 1);
	out->problems = db_col_int(rows, 2);
	db_done(rows);
	return RC_OK;
}

enum rc
desk_picks(struct db *db, int64_t after, int64_t most, desk_take *take,
    void *ctx, struct error *e)
{
	struct db_rows *rows;
	struct desk_pick p;
	enum rc rc;

	rc = db_ask(db, SQL_DESK_PICKS, &rows, e, db_int(after), db_int(after),
	    db_int(after), db_int(most));
	if (rc != RC_OK)
		return rc;
	while ((rc = db_next(rows, e)) == RC_OK) {
		p.item = db_col_int(rows, 0);
		p.order = db_col_int(rows, 1);
		p.qty = db_col_int(rows, 2);
		p.attention_at = db_col_int(rows, 3);
		p.key = db_col_text(rows, 4);
		p.name = db_col_text(rows, 5);
		p.contested = db_col_int(rows, 6) > 0;
		rc = take(ctx, &p, e);
		if (rc != RC_OK)
			break;
	}
	db_done(rows);
	return rc == RC_NOTFOUND ? RC_OK : rc;
}

/*** Ready ***/

static enum rc
why_not(struct db *db, int64_t order, enum desk_said *out, struct error *e)
{
	struct db_rows *rows;
	enum rc rc;

	rc = db_one(db, SQL_ORDER_READY_AT, &rows, e, db_int(order));
	if (rc == RC_NOTFOUND)
		return error_set(e, rc, "there is no such order");
	if (rc != RC_OK)
		return rc;
	*out = db_col_int(rows, 0) > 0 ? DESK_BEFORE : DESK_NOT;
	db_done(rows);
	return RC_OK;
}

enum rc
desk_ready(struct db *db, int64_t order, const char *witness, int64_t now,
    enum desk_said *out, struct error *e)
{
	int64_t n = 0;
	enum rc rc;

	/* before anything is read: what a unit has read first stays so */
	rc = db_run_count(
	    db, SQL_ORDER_READY, &n, e, db_int(now), db_int(order));
	*out = DESK_READY;
	if (rc != RC_OK || n == 0)
		return rc == RC_OK ? why_not(db, order, out, e) : rc;
	rc = journal_add(db, order, "ready", witness, "", NULL, now, e);
	if (rc == RC_OK)
		rc = parcel_ready(db, order, now, e);
	/* what waits for this word goes on */
	return rc == RC_OK ? order_again_at(db, order, now, e) : rc;
}
