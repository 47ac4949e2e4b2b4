#include "config.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "base/token.h"
#include "shop/hold.h"
#include "shop/journal.h"
#include "shop/order.h"
#include "shop/sold.h"

/*** One attempt ***/

struct owner {
	int64_t order;
	char uid[UID_SIZE];
};

/* RC_NOTFOUND: there is no such attempt. */
static enum rc
find_owner(
    struct db *db, const char *attempt, struct owner *out, struct error *e)
{
	struct db_rows *rows;
	enum rc rc;

	memset(out, 0, sizeof(*out));
	rc = db_one(db, SQL_SOLD_ORDER, &rows, e, db_text(attempt));
	if (rc != RC_OK)
		return rc;
	out->order = db_col_int(rows, 0);
	text_copy(out->uid, sizeof(out->uid), db_col_text(rows, 1));
	db_done(rows);
	return RC_OK;
}

static enum rc
put_line(struct sold_lines *out, const struct db_rows *rows, struct error *e)
{
	struct sold_line *l = &out->at[out->n];

	if (out->n == LIMIT_BASKET_LINES)
		return error_set(e, RC_TOOBIG, "an order has too many holds");
	text_copy(l->key, sizeof(l->key), db_col_text(rows, 0));
	l->item = db_col_int(rows, 1);
	l->qty = db_col_int(rows, 2);
	l->sold = db_col_int(rows, 4) != 0;
	l->open = !l->sold && db_col_int(rows, 3) == HOLD_HELD;
	l->booked_out = db_col_int(rows, 5);
	out->n++;
	return RC_OK;
}

enum rc
sold_lines(
    struct db *db, const char *attempt, struct sold_lines *out, struct error *e)
{
	struct db_rows *rows;
	struct owner o;
	enum rc rc;

	out->n = 0;
	rc = find_owner(db, attempt, &o, e);
	if (rc != RC_OK)
		return rc == RC_NOTFOUND ? RC_OK : rc;
	rc = db_ask(
	    db, SQL_SOLD_LINES, &rows, e, db_text(o.uid), db_text(attempt));
	while (rc == RC_OK && (rc = db_next(rows, e)) == RC_OK)
		rc = put_line(out, rows, e);
	db_done(rows);
	return rc == RC_NOTFOUND ? RC_OK : rc;
}

struct sale {
	const char *attempt;
	const struct sold_lines *lines;
	const int64_t *levels;
	struct sold_answer answer;
	bool refused;
};

/* The guard has failed: for want of goods, or because a person has booked some
 * out since the level was read? */
static enum rc
why_not(struct db *db, struct sale *s, size_t i, struct error *e)
{
	struct db_rows *rows;
	int64_t left;
	enum rc rc;

	rc =
	    db_one(db, SQL_SOLD_BOOKED, &rows, e, db_int(s->lines->at[i].item));
	if (rc != RC_OK)
		return rc;
	left = s->levels[i] - db_col_int(rows, 1);
	s->answer.few = i;
	s->answer.left = left > 0 ? left : 0;
	s->answer.outcome = db_col_int(rows, 0) == s->lines->at[i].booked_out
				? SOLD_FEW
				: SOLD_AGAIN;
	db_done(rows);
	/* nothing of it may stay */
	return error_set(e, RC_DENIED, "not sold");
}

static enum rc
sell_line(struct db *db, struct sale *s, const struct owner *o, size_t i,
    struct error *e)
{
	const struct sold_line *l = &s->lines->at[i];
	int64_t n;
	enum rc rc;

	rc = db_run_count(db, SQL_SOLD_ITEM, &n, e, db_int(l->qty),
	    db_int(l->item), db_int(l->booked_out), db_int(l->qty),
	    db_int(s->levels[i]));
	if (rc == RC_OK && n != 1)
		return why_not(db, s, i, e);
	if (rc == RC_OK)
		rc = db_run_count(db, SQL_SOLD_HOLD, &n, e, db_text(o->uid),
		    db_int(l->item), db_text(s->attempt));
	if (rc == RC_OK && n != 1) {
		s->answer.outcome = SOLD_AGAIN;
		return error_set(e, RC_DENIED, "not sold");
	}
	return rc;
}

static enum rc
sell(struct db *db, void *ctx, struct error *e)
{
	struct sale *s = ctx;
	struct owner o;
	enum rc rc = find_owner(db, s->attempt, &o, e);

	s->answer.outcome = SOLD_TAKEN;
	for (size_t i = 0; i < s->lines->n && rc == RC_OK; i++)
		rc = sell_line(db, s, &o, i, e);
	return rc;
}

enum rc
sold_take(struct db *db, const char *attempt, const struct sold_lines *lines,
    const int64_t *levels, struct sold_answer *out, struct error *e)
{
	struct sale s = {
		.attempt = attempt, .lines = lines, .levels = levels
	};
	struct error why = ERROR_NONE;
	enum rc rc = db_unit(db, sell, &s, &why);

	*out = s.answer;
	if (rc == RC_OK || (rc == RC_DENIED && s.answer.outcome != SOLD_TAKEN))
		return RC_OK;
	return error_set(e, rc, "%s", why.text);
}

static enum rc
refuse(struct db *db, void *ctx, struct error *e)
{
	struct sale *s = ctx;
	struct sold_lines lines;
	struct owner o;
	enum rc rc;

	s->refused = true;
	rc = find_owner(db, s->attempt, &o, e);
	if (rc == RC_OK)
		rc = db_run(db, SQL_SOLD_REFUSE, e, db_text(o.uid),
		    db_text(s->attempt));
	if (rc == RC_OK)
		rc = sold_lines(db, s->attempt, &lines, e);
	if (rc != RC_OK)
		return rc == RC_NOTFOUND ? RC_OK : rc;
	for (size_t i = 0; i < lines.n; i++)
		if (lines.at[i].sold)
			s->refused = false;
	return RC_OK;
}

enum rc
sold_refuse(struct db *db, const char *attempt, bool *refused, struct error *e)
{
	struct sale s = { .attempt = attempt };
	enum rc rc = db_unit(db, refuse, &s, e);

	*refused = s.refused;
	return rc;
}

/*** Back ***/

static enum rc
put_back_by_hand(
    struct db *db, int64_t order, const struct sold_line *l, struct error *e)
{
	char why[300];

	(void)snprintf(why, sizeof(why),
	    "what came back had been booked out: put %" PRId64
	    " of \"%s\" back in the stock system",
	    l->qty, l->key);
	return order_attention(db, order, why, e);
}

static enum rc
give_back(struct db *db, void *ctx, struct error *e)
{
	const char *attempt = ctx;
	struct sold_lines lines;
	struct owner o;
	int64_t n, open;
	enum rc rc;

	rc = find_owner(db, attempt, &o, e);
	if (rc == RC_OK)
		rc = sold_lines(db, attempt, &lines, e);
	if (rc != RC_OK)
		return rc;
	for (size_t i = 0; i < lines.n && rc == RC_OK; i++) {
		const struct sold_line *l = &lines.at[i];

		rc = db_run_count(db, SQL_SOLD_BACK_OPEN, &open, e,
		    db_text(o.uid), db_int(l->item), db_text(attempt));
		if (rc == RC_OK && open > 0) {
			rc = db_run(db, SQL_SOLD_LESS, e, db_int(l->qty),
			    db_int(l->item));
			continue;
		}
		if (rc == RC_OK)
			rc = db_run_count(db, SQL_SOLD_BACK, &n, e,
			    db_text(o.uid), db_int(l->item), db_text(attempt));
		if (rc == RC_OK && n > 0)
			rc = put_back_by_hand(db, o.order, l, e);
	}
	return rc;
}

enum rc
sold_give_back(struct db *db, const char *attempt, struct error *e)
{
	char copy[UID_SIZE];

	text_copy(copy, sizeof(copy), attempt);
	return db_unit(db, give_back, copy, e);
}

/*** Booked out ***/

struct open {
	char order_uid[UID_SIZE];
	int64_t order, item, qty;
	bool sold;
};

struct opens {
	struct open *at; /* owned */
	size_t n, size;
};

static enum rc
put_open(struct opens *o, const struct db_rows *rows, struct error *e)
{
	struct open *grown;

	if (o->n == o->size) {
		o->size = o->size == 0 ? 16 : o->size * 2;
		grown = realloc(o->at, o->size * sizeof(*grown));
		if (grown == NULL)
			return error_set(e, RC_NOMEM, "no memory for holds");
		o->at = grown;
	}
	grown = &o->at[o->n++];
	text_copy(
	    grown->order_uid, sizeof(grown->order_uid), db_col_text(rows, 0));
	grown->order = db_col_int(rows, 1);
	grown->item = db_col_int(rows, 2);
	grown->qty = db_col_int(rows, 3);
	grown->sold = db_col_int(rows, 4) != 0;
	return RC_OK;
}

static enum rc
end_one(struct db *db, const struct open *o, const char *who, int64_t now,
    int64_t *pieces, struct error *e)
{
	char detail[60];
	int64_t n;
	enum rc rc;

	rc = db_run_count(db, SQL_SOLD_END, &n, e, db_int(now),
	    db_text(o->order_uid), db_int(o->item));
	if (rc != RC_OK || n == 0)
		return rc;
	*pieces += o->qty;
	(void)snprintf(detail, sizeof(detail), "%" PRId64 " pieces", o->qty);
	rc = db_run(db, SQL_SOLD_ITEM_END, e, db_int(o->qty),
	    db_int(o->sold ? o->qty : 0), db_int(o->qty), db_int(o->item));
	if (rc == RC_OK)
		rc = journal_add(
		    db, o->order, "booked out", who, detail, NULL, now, e);
	return rc;
}

static enum rc
end_all(struct db *db, struct db_rows *rows, enum rc rc, const char *who,
    int64_t now, int64_t *pieces, struct error *e)
{
	struct opens o = { NULL, 0, 0 };

	*pieces = 0;
	while (rc == RC_OK && (rc = db_next(rows, e)) == RC_OK)
		rc = put_open(&o, rows, e);
	db_done(rows);
	if (rc == RC_NOTFOUND)
		rc = RC_OK;
	for (size_t i = 0; i < o.n && rc == RC_OK; i++)
		rc = end_one(db, &o.at[i], who, now, pieces, e);
	free(o.at);
	return rc;
}

enum rc
sold_booked_out_order(struct db *db, const char *order, const char *who,
    int64_t now, int64_t *pieces, struct error *e)
{
	struct db_rows *rows = NULL;
	enum rc rc = db_ask(db, SQL_SOLD_OPEN_ORDER, &rows, e, db_text(order));

	return end_all(db, rows, rc, who, now, pieces, e);
}

enum rc
sold_booked_out_item(struct db *db, int64_t item, const char *who, int64_t now,
    int64_t *pieces, struct error *e)
{
	struct db_rows *rows = NULL;
	enum rc rc = db_ask(db, SQL_SOLD_OPEN_ITEM, &rows, e, db_int(item));

	return end_all(db, rows, rc, who, now, pieces, e);
}
