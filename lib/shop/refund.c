#include "config.h"

#include <string.h>

#include "base/text.h"
#include "shop/refund.h"

static const char *const names[] = {
	[REFUND_WANTED] = "wanted",
	[REFUND_PENDING] = "pending",
	[REFUND_DONE] = "done",
	[REFUND_FAILED] = "failed",
};

const char *
refund_state_name(enum refund_state state)
{
	return names[state];
}

/*** Reading ***/

static void
row(const struct db_rows *rows, struct refund *r)
{
	memset(r, 0, sizeof(*r));
	r->id = db_col_int(rows, 0);
	r->order = db_col_int(rows, 1);
	r->payment = db_col_int(rows, 2);
	r->state = (enum refund_state)db_col_int(rows, 3);
	r->amount = db_col_int(rows, 4);
	r->made_at = db_col_int(rows, 5);
	r->changed_at = db_col_int(rows, 6);
	text_copy(r->reference, sizeof(r->reference), db_col_text(rows, 7));
	text_copy(r->witness, sizeof(r->witness), db_col_text(rows, 8));
	text_copy(r->object, sizeof(r->object), db_col_text(rows, 9));
	text_copy(r->why, sizeof(r->why), db_col_text(rows, 10));
	r->told = db_col_int(rows, 11) != 0;
}

static enum rc
take_row(struct db_rows *rows, enum rc rc, struct refund *out, struct error *e)
{
	if (rc == RC_NOTFOUND)
		return error_set(e, rc, "there is no such refund");
	if (rc != RC_OK)
		return rc;
	row(rows, out);
	db_done(rows);
	return RC_OK;
}

enum rc
refund_load(struct db *db, int64_t id, struct refund *out, struct error *e)
{
	struct db_rows *rows;
	enum rc rc = db_one(db, SQL_REFUND_BY_ID, &rows, e, db_int(id));

	return take_row(rows, rc, out, e);
}

enum rc
refund_find(
    struct db *db, const char *object, struct refund *out, struct error *e)
{
	struct db_rows *rows;
	enum rc rc;

	if (object[0] == '\0') /* one that has no name yet is not meant */
		return error_set(e, RC_NOTFOUND, "there is no such refund");
	rc = db_one(db, SQL_REFUND_BY_OBJECT, &rows, e, db_text(object));
	return take_row(rows, rc, out, e);
}

enum rc
refund_list(
    struct db *db, int64_t order, refund_put *put, void *ctx, struct error *e)
{
	struct db_rows *rows;
	struct refund r;
	enum rc rc;

	rc = db_ask(db, SQL_REFUND_LIST, &rows, e, db_int(order));
	if (rc != RC_OK)
		return rc;
	while ((rc = db_next(rows, e)) == RC_OK) {
		row(rows, &r);
		rc = put(ctx, &r, e);
		if (rc != RC_OK)
			break;
	}
	db_done(rows);
	return rc == RC_NOTFOUND ? RC_OK : rc;
}

/*** Asking ***/

/* The one that the reference names already; *id stays 0 when none is. */
static enum rc
known(struct db *db, const struct refund_wish *w, enum refund_outcome *outcome,
    int64_t *id, struct error *e)
{
	struct error none = ERROR_NONE;
	struct db_rows *rows;
	struct refund r;
	enum rc rc = db_one(db, SQL_REFUND_BY_REFERENCE, &rows, &none,
	    db_int(w->order), db_text(w->reference));

	if (rc == RC_NOTFOUND)
		return RC_OK;
	if (rc != RC_OK)
		return error_set(e, rc, "%s", none.text);
	row(rows, &r);
	db_done(rows);
	*id = r.id;
	*outcome = r.amount == w->amount && r.payment == w->payment
		       ? REFUND_SAME
		       : REFUND_OTHER;
	return RC_OK;
}

enum rc
refund_ask(struct db *db, const struct refund_wish *w, int64_t now,
    enum refund_outcome *outcome, int64_t *id, struct error *e)
{
	size_t n = strlen(w->reference);
	int64_t room = 0;
	enum rc rc;

	*id = 0;
	if (n == 0 || n >= REFUND_REFERENCE_SIZE || w->amount <= 0)
		return error_set(e, RC_INVALID,
		    "a refund needs an amount and a reference of 1 to %d bytes",
		    REFUND_REFERENCE_SIZE - 1);
	/* first the order's row: who asks at the same time waits for it */
	rc = db_run_count(db, SQL_REFUND_ROOM, &room, e, db_int(w->amount),
	    db_int(w->order), db_int(w->amount));
	if (rc == RC_OK)
		rc = known(db, w, outcome, id, e);
	if (rc != RC_OK)
		return rc;
	if (*id != 0 && room == 1) /* it was set aside before */
		return db_run(db, SQL_REFUND_BACK, e, db_int(w->amount),
		    db_int(w->order));
	if (*id != 0)
		return RC_OK;
	*outcome = room == 1 ? REFUND_MADE : REFUND_TOO_MUCH;
	if (room != 1)
		return RC_OK;
	rc = db_run(db, SQL_REFUND_ADD, e, db_int(w->order), db_int(w->payment),
	    db_int(w->amount), db_int(now), db_int(now), db_text(w->reference),
	    db_text(w->witness));
	*id = rc == RC_OK ? db_last_id(db) : 0;
	return rc;
}

enum rc
refund_move(struct db *db, const struct refund *r, enum refund_state to,
    const char *object, const char *why, int64_t now, bool *moved,
    struct error *e)
{
	bool again = r->state == REFUND_FAILED && to != REFUND_FAILED;
	int64_t n = 0, room = 1;
	enum rc rc = RC_OK;

	*moved = false;
	if (again) /* what was free again is set aside once more */
		rc = db_run_count(db, SQL_REFUND_ROOM, &room, e,
		    db_int(r->amount), db_int(r->order), db_int(r->amount));
	if (rc != RC_OK || room != 1)
		return rc;
	rc = db_run_count(db, SQL_REFUND_MOVE, &n, e, db_int(to),
	    db_text(object), db_text(object), db_text(why), db_int(now),
	    db_int(r->id), db_int(r->state));
	*moved = n == 1;
	if (rc == RC_OK && again && !*moved)
		rc = db_run(db, SQL_REFUND_BACK, e, db_int(r->amount),
		    db_int(r->order));
	if (rc == RC_OK && *moved && to == REFUND_FAILED)
		rc = db_run(db, SQL_REFUND_BACK, e, db_int(r->amount),
		    db_int(r->order));
	return rc;
}

enum rc
refund_doubt(struct db *db, int64_t order, struct error *e)
{
	return db_run(db, SQL_REFUND_DOUBT, e, db_int(order));
}

enum rc
refund_told(struct db *db, int64_t id, bool *first, struct error *e)
{
	int64_t n = 0;
	enum rc rc = db_run_count(db, SQL_REFUND_TOLD, &n, e, db_int(id));

	*first = n == 1;
	return rc;
}
