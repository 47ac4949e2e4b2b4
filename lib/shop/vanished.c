#include "config.h"

#include "base/text.h"
#include "shop/hold.h"
#include "shop/order.h"
#include "shop/vanished.h"

enum rc
vanished_head(struct db *db, struct vanished_head *out, struct error *e)
{
	struct db_rows *rows;
	enum rc rc;

	rc = db_one(db, SQL_VANISHED_HEAD, &rows, e);
	if (rc != RC_OK)
		return rc;
	text_copy(out->source, sizeof(out->source), db_col_text(rows, 0));
	out->epoch = db_col_int(rows, 1);
	out->vanished = db_col_int(rows, 2);
	db_done(rows);
	return RC_OK;
}

enum rc
vanished_same(struct db *db, int64_t epoch, bool *same, struct error *e)
{
	struct db_rows *rows;
	enum rc rc;

	rc = db_one(db, SQL_VANISHED_SAME, &rows, e, db_int(epoch));
	*same = rc == RC_OK;
	if (rc == RC_OK)
		db_done(rows);
	return rc == RC_NOTFOUND ? RC_OK : rc;
}

enum rc
vanished_begin(struct db *db, struct error *e)
{
	return db_run(db, SQL_VANISHED_BEGIN, e);
}

enum rc
vanished_end(struct db *db, struct error *e)
{
	return db_run(db, SQL_VANISHED_END, e);
}

enum rc
vanished_list(struct db *db, int64_t after, struct vanished_row *out,
    size_t most, size_t *n, struct error *e)
{
	struct db_rows *rows;
	enum rc rc;

	*n = 0;
	rc = db_ask(db, SQL_VANISHED_LIST, &rows, e, db_int(after),
	    db_int((int64_t)most));
	while (rc == RC_OK && (rc = db_next(rows, e)) == RC_OK) {
		struct vanished_row *r = &out[(*n)++];

		r->payment = db_col_int(rows, 0);
		r->order = db_col_int(rows, 1);
		r->goods = (enum payment_goods)db_col_int(rows, 2);
		text_copy(r->attempt, sizeof(r->attempt), db_col_text(rows, 3));
	}
	db_done(rows);
	return rc == RC_NOTFOUND ? RC_OK : rc;
}

static enum rc
hold_all(struct db *db, const struct vanished_row *row, struct error *e)
{
	struct order o;
	bool back;
	enum rc rc;

	rc = order_load(db, row->order, &o, e);
	for (size_t i = 0; rc == RC_OK && i < o.n; i++)
		rc = hold_back(
		    db, o.uid, row->attempt, o.lines[i].item, &back, e);
	order_release(&o);
	return rc;
}

enum rc
vanished_mark(struct db *db, const struct vanished_row *row, bool *marked,
    struct error *e)
{
	bool back = row->goods == GOODS_GIVEN_BACK;
	int64_t n = 0;
	enum rc rc = RC_OK;

	/* a take that is still asked for is asked again anyway */
	rc = db_run_count(db, SQL_VANISHED_MARK, &n, e,
	    db_int(back ? AGAIN_GIVE_BACK : AGAIN_TAKE), db_int(row->payment),
	    db_int(back ? GOODS_GIVEN_BACK : GOODS_TAKEN));
	*marked = rc == RC_OK && n > 0;
	if (rc == RC_OK && !back)
		rc = hold_all(db, row, e);
	if (rc == RC_OK)
		rc = order_again_at(db, row->order, 0, e);
	return rc;
}

enum rc
vanished_done(
    struct db *db, const struct payment *p, bool *done, struct error *e)
{
	int64_t n;
	enum rc rc;

	rc = db_run_count(
	    db, SQL_VANISHED_DONE, &n, e, db_int(p->id), db_int(p->again));
	*done = rc == RC_OK && n > 0;
	return *done ? db_run(db, SQL_VANISHED_LESS, e) : rc;
}
