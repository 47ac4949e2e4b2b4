#include "config.h"

#include <assert.h>
#include <string.h>

#include "base/limits.h"
#include "base/text.h"
#include "shop/payment.h"

static const char *const names[] = {
	[PAYMENT_CREATED] = "created",
	[PAYMENT_PENDING] = "pending",
	[PAYMENT_AUTHORISING] = "authorising",
	[PAYMENT_AUTHORISED] = "authorised",
	[PAYMENT_CAPTURING] = "capturing",
	[PAYMENT_CAPTURED] = "captured",
	[PAYMENT_VOIDING] = "voiding",
	[PAYMENT_VOIDED] = "voided",
	[PAYMENT_FAILED] = "failed",
	[PAYMENT_EXPIRED] = "expired",
};

const char *
payment_state_name(enum payment_state state)
{
	return names[state];
}

bool
payment_over(enum payment_state state)
{
	switch (state) {
	case PAYMENT_CAPTURED:
	case PAYMENT_VOIDED:
	case PAYMENT_FAILED:
	case PAYMENT_EXPIRED:
		return true;
	case PAYMENT_CREATED:
	case PAYMENT_PENDING:
	case PAYMENT_AUTHORISING:
	case PAYMENT_AUTHORISED:
	case PAYMENT_CAPTURING:
	case PAYMENT_VOIDING:
		break;
	}
	return false;
}

/* Columns are as wide as the struct's members on MariaDB; SQLite's know no
 * width, but nothing wider is ever written. */
static void
text(char *to, size_t size, const struct db_rows *rows, unsigned col)
{
	text_copy(to, size, db_col_text(rows, col));
}

static void
row(const struct db_rows *rows, struct payment *p)
{
	memset(p, 0, sizeof(*p));
	p->id = db_col_int(rows, 0);
	text(p->uid, sizeof(p->uid), rows, 1);
	p->order = db_col_int(rows, 2);
	text(p->gateway, sizeof(p->gateway), rows, 3);
	p->state = (enum payment_state)db_col_int(rows, 4);
	p->goods = (enum payment_goods)db_col_int(rows, 5);
	p->amount = db_col_int(rows, 6);
	p->captured = db_col_int(rows, 7);
	p->made_at = db_col_int(rows, 8);
	p->expires_at = db_col_int(rows, 9);
	p->changed_at = db_col_int(rows, 10);
	text(p->currency, sizeof(p->currency), rows, 11);
	text(p->checkout_object, sizeof(p->checkout_object), rows, 12);
	text(p->payment_object, sizeof(p->payment_object), rows, 13);
	text(p->page, sizeof(p->page), rows, 14);
	text(p->method, sizeof(p->method), rows, 15);
	text(p->why, sizeof(p->why), rows, 16);
	p->again = (enum payment_again)db_col_int(rows, 17);
	p->disputed = (enum payment_dispute)db_col_int(rows, 18);
	p->lost = db_col_int(rows, 19);
	p->back_tries = db_col_int(rows, 20);
	text(p->dispute, sizeof(p->dispute), rows, 21);
}

static enum rc
take_row(struct db_rows *rows, enum rc rc, struct payment *out, struct error *e)
{
	if (rc == RC_NOTFOUND)
		return error_set(e, rc, "there is no such payment");
	if (rc != RC_OK)
		return rc;
	row(rows, out);
	db_done(rows);
	return RC_OK;
}

bool
payment_contested(enum payment_dispute dispute)
{
	return dispute == PAYMENT_DISPUTED || dispute == PAYMENT_ANSWERED;
}

const char *
payment_dispute_name(enum payment_dispute dispute)
{
	static const char *const words[] = {
		[PAYMENT_UNDISPUTED] = "",
		[PAYMENT_WARNED] = "warned of",
		[PAYMENT_DISPUTED] = "disputed",
		[PAYMENT_ANSWERED] = "disputed, answered",
		[PAYMENT_WON] = "won",
		[PAYMENT_LOST] = "lost",
	};

	return words[dispute];
}

enum rc
payment_dispute_is(struct db *db, const struct payment *p, const char *dispute,
    enum payment_dispute state, int64_t lost, bool *changed, struct error *e)
{
	int64_t n = 0;
	enum rc rc;

	*changed = false;
	if (state == p->disputed && lost == p->lost &&
	    strcmp(dispute, p->dispute) == 0)
		return RC_OK; /* a matched row would count as changed */
	rc = db_run_count(db, SQL_PAYMENT_DISPUTE, &n, e, db_text(dispute),
	    db_int(state), db_int(lost), db_int(p->id), db_text(p->dispute),
	    db_int(p->disputed), db_int(p->lost));
	*changed = rc == RC_OK && n == 1;
	if (!*changed || lost == p->lost)
		return rc;
	return db_run(
	    db, SQL_ORDER_LOST, e, db_int(lost - p->lost), db_int(p->order));
}

enum rc
payment_back_tried(struct db *db, int64_t id, struct error *e)
{
	return db_run(db, SQL_PAYMENT_BACK_TRIED, e, db_int(id));
}

enum rc
payment_load(struct db *db, int64_t id, struct payment *out, struct error *e)
{
	struct db_rows *rows;
	enum rc rc = db_one(db, SQL_PAYMENT_BY_ID, &rows, e, db_int(id));

	return take_row(rows, rc, out, e);
}

enum rc
payment_by_uid(
    struct db *db, const char *uid, struct payment *out, struct error *e)
{
	struct db_rows *rows;
	enum rc rc = db_one(db, SQL_RECONCILE_ATTEMPT, &rows, e, db_text(uid));
	int64_t id;

	if (rc != RC_OK)
		return rc;
	id = db_col_int(rows, 0);
	db_done(rows);
	return payment_load(db, id, out, e);
}

enum rc
payment_live(struct db *db, int64_t order, struct payment *out, struct error *e)
{
	struct db_rows *rows;
	enum rc rc = db_one(db, SQL_PAYMENT_LIVE, &rows, e, db_int(order));

	return take_row(rows, rc, out, e);
}

enum rc
payment_find(struct db *db, const char *gateway, const char *name,
    struct payment *out, struct error *e)
{
	struct db_rows *rows;
	enum rc rc;

	if (name[0] == '\0') /* what has no name yet is not what is meant */
		return error_set(e, RC_NOTFOUND, "there is no such payment");
	rc = db_one(db, SQL_PAYMENT_FIND, &rows, e, db_text(gateway),
	    db_text(name), db_text(name), db_text(name));
	return take_row(rows, rc, out, e);
}

enum rc
payment_list(
    struct db *db, int64_t order, payment_put *put, void *ctx, struct error *e)
{
	struct db_rows *rows;
	struct payment p;
	enum rc rc;

	rc = db_ask(db, SQL_PAYMENT_LIST, &rows, e, db_int(order));
	if (rc != RC_OK)
		return rc;
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
payment_begin(struct db *db, int64_t order, const char *gateway, int64_t amount,
    const char *currency, int64_t now, int64_t expires_at, bool *made,
    struct payment *out, struct error *e)
{
	char uid[UID_SIZE];
	enum rc rc;

	*made = false;
	rc = payment_live(db, order, out, e);
	if (rc != RC_NOTFOUND)
		return rc;
	error_clear(e);
	rc = uid_random(uid, e);
	if (rc == RC_OK)
		rc = db_run(db, SQL_PAYMENT_ADD, e, db_text(uid), db_int(order),
		    db_int(order), db_text(gateway), db_int(PAYMENT_CREATED),
		    db_int(amount), db_int(now), db_text(currency),
		    db_int(expires_at), db_int(now));
	if (rc == RC_INVALID) /* another has begun one at this moment */
		return RC_CONFLICT;
	if (rc == RC_OK)
		rc = payment_load(db, db_last_id(db), out, e);
	*made = rc == RC_OK;
	return rc;
}

enum rc
payment_move(struct db *db, int64_t id, enum payment_state from,
    enum payment_state to, const char *why, int64_t now, bool *moved,
    struct error *e)
{
	int64_t n = 0;
	enum rc rc;

	/* money that is taken has an amount: payment_captured */
	assert(to != PAYMENT_CAPTURED);
	rc = db_run_count(db, SQL_PAYMENT_MOVE, &n, e, db_int(to), db_int(to),
	    db_text(why), db_text(why), db_int(now), db_int(id), db_int(from));
	*moved = n == 1;
	return rc;
}

enum rc
payment_leave(struct db *db, int64_t id, int64_t now, struct error *e)
{
	return db_run(
	    db, SQL_PAYMENT_LEAVE, e, db_int(now), db_int(id), db_int(now));
}

enum rc
payment_waits(struct db *db, int64_t id, const char *why, struct error *e)
{
	return db_run(db, SQL_PAYMENT_WAITS, e, db_text(why), db_int(id));
}

enum rc
payment_named(struct db *db, int64_t id, const char *checkout_object,
    const char *payment_object, const char *page, const char *method,
    struct error *e)
{
	return db_run(db, SQL_PAYMENT_NAMED, e, db_text(checkout_object),
	    db_text(payment_object), db_text(page), db_text(method),
	    db_int(id));
}

enum rc
payment_goods_are(struct db *db, int64_t id, enum payment_goods from,
    enum payment_goods to, bool *moved, struct error *e)
{
	int64_t n = 0;
	enum rc rc;

	rc = db_run_count(
	    db, SQL_PAYMENT_GOODS, &n, e, db_int(to), db_int(id), db_int(from));
	*moved = n == 1;
	return rc;
}

enum rc
payment_goods_ask(struct db *db, int64_t id, bool *moved, struct error *e)
{
	int64_t n = 0;
	enum rc rc;

	rc = db_run_count(db, SQL_PAYMENT_ASK, &n, e, db_int(id));
	*moved = n == 1;
	return rc;
}

enum rc
payment_captured(struct db *db, int64_t id, enum payment_state from,
    int64_t amount, int64_t now, bool *moved, struct error *e)
{
	struct payment p;
	int64_t n = 0;
	enum rc rc;

	*moved = false;
	rc = payment_load(db, id, &p, e);
	if (rc == RC_OK)
		rc = db_run_count(db, SQL_PAYMENT_CAPTURED, &n, e,
		    db_int(amount), db_int(now), db_int(id), db_int(from));
	if (rc != RC_OK || n == 0)
		return rc;
	*moved = true;
	return db_run(
	    db, SQL_ORDER_CAPTURED, e, db_int(amount), db_int(p.order));
}

/*** Calls ***/

void
payment_call_release(struct payment_call *c)
{
	buf_release(&c->request);
	buf_release(&c->answer);
}

static enum rc
call_row(const struct db_rows *rows, const char *action,
    struct payment_call *out, struct error *e)
{
	const void *bytes;
	enum rc rc;
	size_t n;

	memset(out, 0, sizeof(*out));
	buf_init(&out->request, LIMIT_CALL);
	buf_init(&out->answer, LIMIT_CALL);
	out->payment = db_col_int(rows, 0);
	out->generation = db_col_int(rows, 1);
	text(out->key, sizeof(out->key), rows, 2);
	out->state = (enum call_state)db_col_int(rows, 3);
	out->tries = db_col_int(rows, 4);
	out->made_at = db_col_int(rows, 5);
	out->status = db_col_int(rows, 6);
	text(out->path, sizeof(out->path), rows, 7);
	bytes = db_col_blob(rows, 8, &n);
	buf_put(&out->request, bytes, n);
	bytes = db_col_blob(rows, 9, &n);
	buf_put(&out->answer, bytes, n);
	assert(strlen(action) < sizeof(out->action));
	memcpy(out->action, action, strlen(action) + 1);
	rc = buf_rc(&out->request);
	if (rc == RC_OK)
		rc = buf_rc(&out->answer);
	if (rc != RC_OK) {
		payment_call_release(out);
		(void)error_set(e, rc, "could not read a stored call");
	}
	return rc;
}

enum rc
payment_call_load(struct db *db, int64_t payment, const char *action,
    struct payment_call *out, struct error *e)
{
	struct db_rows *rows;
	enum rc rc;

	memset(out, 0, sizeof(*out));
	rc = db_one(
	    db, SQL_CALL_LOAD, &rows, e, db_int(payment), db_text(action));
	if (rc == RC_NOTFOUND)
		return error_set(e, rc, "there is no such call");
	if (rc == RC_OK)
		rc = call_row(rows, action, out, e);
	db_done(rows);
	return rc;
}

enum rc
payment_call_put(struct db *db, int64_t payment, const char *action,
    const char *path, const void *request, size_t n, int64_t now, bool *made,
    struct payment_call *out, struct error *e)
{
	int64_t generation = 1;
	char key[UID_SIZE];
	enum rc rc;

	*made = false;
	rc = payment_call_load(db, payment, action, out, e);
	if (rc == RC_OK && out->state == CALL_TO_SEND)
		return RC_OK;
	if (rc == RC_OK)
		generation = out->generation + 1;
	else if (rc != RC_NOTFOUND)
		return rc;
	error_clear(e);
	payment_call_release(out);
	rc = uid_random(key, e);
	if (rc == RC_OK)
		rc = db_run(db, SQL_CALL_ADD, e, db_int(payment),
		    db_text(action), db_int(generation), db_text(key),
		    db_int(now), db_text(path), db_blob(request, n),
		    db_blob("", 0));
	if (rc == RC_INVALID)
		return RC_CONFLICT;
	if (rc == RC_OK)
		rc = payment_call_load(db, payment, action, out, e);
	*made = rc == RC_OK;
	return rc;
}

enum rc
payment_call_tried(struct db *db, const struct payment_call *c, struct error *e)
{
	return db_run(db, SQL_CALL_TRIED, e, db_int(c->payment),
	    db_text(c->action), db_int(c->generation));
}

enum rc
payment_call_done(struct db *db, const struct payment_call *c,
    enum call_state state, int64_t status, const void *answer, size_t n,
    int64_t now, struct error *e)
{
	return db_run(db, SQL_CALL_DONE, e, db_int(state), db_int(status),
	    db_blob(answer, n), db_int(now), db_int(c->payment),
	    db_text(c->action), db_int(c->generation));
}

const char *
call_state_name(enum call_state state)
{
	static const char *const words[] = {
		[CALL_TO_SEND] = "to be sent",
		[CALL_ANSWERED] = "answered",
		[CALL_REFUSED] = "refused",
		[CALL_OVER] = "over",
	};

	return words[state];
}

enum rc
payment_calls(struct db *db, int64_t payment, payment_call_see *see, void *ctx,
    struct error *e)
{
	struct payment_call_row row;
	struct db_rows *rows;
	enum rc rc;

	rc = db_ask(db, SQL_CALL_LIST, &rows, e, db_int(payment));
	while (rc == RC_OK && (rc = db_next(rows, e)) == RC_OK) {
		row.action = db_col_text(rows, 0);
		row.generation = db_col_int(rows, 1);
		row.state = (enum call_state)db_col_int(rows, 2);
		row.key = db_col_text(rows, 3);
		row.tries = db_col_int(rows, 4);
		row.made_at = db_col_int(rows, 5);
		row.done_at = db_col_int(rows, 6);
		row.status = db_col_int(rows, 7);
		row.path = db_col_text(rows, 8);
		row.bytes = db_col_int(rows, 9);
		rc = see(ctx, &row, e);
	}
	db_done(rows);
	return rc == RC_NOTFOUND ? RC_OK : rc;
}
