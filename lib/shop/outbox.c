#include "config.h"

#include <assert.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/limits.h"
#include "base/text.h"
#include "shop/journal.h"
#include "shop/outbox.h"

#define MAX_ANSWER 500 /* bytes; the column has 512 characters */

/* Runs fn in the unit that is open, or in one of its own. */
static enum rc
in_unit(struct db *db, db_work *fn, void *ctx, struct error *e)
{
	return db_busy(db) ? fn(db, ctx, e) : db_unit(db, fn, ctx, e);
}

const char *
outbox_state_name(enum outbox_state state)
{
	switch (state) {
	case OUTBOX_WAITS:
		return "waits";
	case OUTBOX_SENT:
		return "sent";
	case OUTBOX_REFUSED:
		return "refused";
	case OUTBOX_BOUNCED:
		return "bounced";
	}
	return "";
}

enum rc
outbox_put(struct db *db, const struct outbox_letter *l, const char *const *to,
    size_t n, int64_t now, struct error *e)
{
	int64_t letter;
	enum rc rc;
	size_t i;

	assert(db_busy(db) && n > 0);
	rc = db_run(db, SQL_LETTER_ADD, e, db_text(l->uid), db_text(l->kind),
	    db_int(l->customer), db_int(l->order), db_int(now),
	    db_blob(l->bytes, l->len));
	if (rc != RC_OK)
		return rc;
	letter = db_last_id(db);
	for (i = 0; i < n && rc == RC_OK; i++)
		rc = db_run(db, SQL_OUTBOX_ADD, e, db_int(letter),
		    db_text(to[i]), db_int(now));
	return rc;
}

static enum rc
show(struct db_rows *rows, outbox_see *see, void *ctx, struct error *e)
{
	struct outbox_row row = {
		.id = db_col_int(rows, 0),
		.letter = db_col_int(rows, 1),
		.customer = db_col_int(rows, 2),
		.state = (enum outbox_state)db_col_int(rows, 3),
		.tries = db_col_int(rows, 4),
		.made_at = db_col_int(rows, 5),
		.next_at = db_col_int(rows, 6),
		.done_at = db_col_int(rows, 7),
		.recipient = db_col_text(rows, 8),
		.kind = db_col_text(rows, 9),
		.answer = db_col_text(rows, 10),
		.order = db_col_int(rows, 11),
		.uid = db_col_text(rows, 12),
		.bounced_at = db_col_int(rows, 13),
		.bounce = db_col_text(rows, 14),
	};

	return see(ctx, &row, e);
}

static enum rc
show_all(struct db_rows *rows, outbox_see *see, void *ctx, struct error *e)
{
	enum rc rc;

	while ((rc = db_next(rows, e)) == RC_OK) {
		rc = show(rows, see, ctx, e);
		if (rc != RC_OK)
			break;
	}
	db_done(rows);
	return rc == RC_NOTFOUND ? RC_OK : rc;
}

enum rc
outbox_due(struct db *db, int64_t now, int64_t most, outbox_see *see, void *ctx,
    struct error *e)
{
	struct db_rows *rows;
	enum rc rc;

	rc = db_ask(db, SQL_OUTBOX_DUE, &rows, e, db_int(now), db_int(most));
	return rc == RC_OK ? show_all(rows, see, ctx, e) : rc;
}

enum rc
outbox_list(struct db *db, enum outbox_state state, int64_t most,
    outbox_see *see, void *ctx, struct error *e)
{
	struct db_rows *rows;
	enum rc rc;

	rc = db_ask(db, SQL_OUTBOX_LIST, &rows, e, db_int((int64_t)state),
	    db_int(most));
	return rc == RC_OK ? show_all(rows, see, ctx, e) : rc;
}

enum rc
outbox_of_order(
    struct db *db, int64_t order, outbox_see *see, void *ctx, struct error *e)
{
	struct db_rows *rows;
	enum rc rc;

	rc = db_ask(db, SQL_OUTBOX_OF_ORDER, &rows, e, db_int(order));
	return rc == RC_OK ? show_all(rows, see, ctx, e) : rc;
}

enum rc
outbox_of_letter(
    struct db *db, const char *uid, outbox_see *see, void *ctx, struct error *e)
{
	struct db_rows *rows;
	enum rc rc;

	rc = db_ask(db, SQL_OUTBOX_OF_LETTER, &rows, e, db_text(uid));
	return rc == RC_OK ? show_all(rows, see, ctx, e) : rc;
}

enum rc
outbox_find(
    struct db *db, int64_t id, outbox_see *see, void *ctx, struct error *e)
{
	struct db_rows *rows;
	enum rc rc;

	rc = db_one(db, SQL_OUTBOX_FIND, &rows, e, db_int(id));
	if (rc == RC_NOTFOUND)
		return error_set(
		    e, rc, "there is no letter %" PRId64 " in the outbox", id);
	if (rc != RC_OK)
		return rc;
	rc = show(rows, see, ctx, e);
	db_done(rows);
	return rc;
}

bool
outbox_is_key(const char *kind)
{
	/* As in SQL_LETTER_FORGET. */
	static const char *const keys[] = { "confirm", "reset", "change",
		"link" };
	size_t i;

	for (i = 0; i < sizeof(keys) / sizeof(keys[0]); i++)
		if (strcmp(kind, keys[i]) == 0)
			return true;
	return false;
}

enum rc
outbox_count(struct db *db, struct outbox_counts *out, struct error *e)
{
	struct db_rows *rows;
	enum rc rc;

	memset(out, 0, sizeof(*out));
	rc = db_one(db, SQL_OUTBOX_COUNT, &rows, e);
	if (rc != RC_OK)
		return rc;
	out->waiting = db_col_int(rows, 0);
	out->refused = db_col_int(rows, 1);
	out->oldest = db_col_int(rows, 2);
	out->bounced = db_col_int(rows, 3);
	db_done(rows);
	return RC_OK;
}

enum rc
outbox_bytes(struct db *db, int64_t letter, struct buf *out, struct error *e)
{
	struct db_rows *rows;
	const void *bytes;
	size_t len;
	enum rc rc;

	rc = db_one(db, SQL_LETTER_BYTES, &rows, e, db_int(letter));
	if (rc != RC_OK)
		return rc;
	bytes = db_col_blob(rows, 0, &len);
	if (len > 0)
		buf_put(out, bytes, len);
	db_done(rows);
	if (buf_rc(out) != RC_OK)
		return error_set(e, buf_rc(out),
		    "letter %" PRId64 " cannot be kept in memory", letter);
	return RC_OK;
}

/* What a unit below needs of its caller. */
struct change {
	int64_t id, tries, at, changed;
	enum outbox_state state;
	const char *answer; /* clean, or NULL */
};

static enum rc
claim(struct db *db, void *ctx, struct error *e)
{
	struct change *c = ctx;

	return db_run_count(db, SQL_OUTBOX_CLAIM, &c->changed, e, db_int(c->at),
	    db_int(c->id), db_int(c->tries));
}

enum rc
outbox_claim(struct db *db, int64_t id, int64_t tries, int64_t next_at,
    bool *ours, struct error *e)
{
	struct change c = { .id = id, .tries = tries, .at = next_at };
	enum rc rc;

	rc = in_unit(db, claim, &c, e);
	*ours = rc == RC_OK && c.changed == 1;
	return rc;
}

static enum rc
again(struct db *db, void *ctx, struct error *e)
{
	struct change *c = ctx;

	return db_run(db, SQL_OUTBOX_AGAIN, e, db_int(c->at),
	    db_text(c->answer), db_int(c->id));
}

static enum rc
forget(struct db *db, int64_t id, struct error *e)
{
	struct db_rows *rows;
	int64_t letter;
	enum rc rc;

	rc = db_one(db, SQL_OUTBOX_LETTER, &rows, e, db_int(id));
	if (rc != RC_OK)
		return rc;
	letter = db_col_int(rows, 0);
	db_done(rows);
	return db_run(db, SQL_LETTER_FORGET, e, db_int(letter), db_int(letter));
}

static enum rc
end(struct db *db, void *ctx, struct error *e)
{
	struct change *c = ctx;
	enum rc rc;

	rc = db_run_count(db, SQL_OUTBOX_DONE, &c->changed, e,
	    db_int((int64_t)c->state), db_int(c->at), db_text(c->answer),
	    db_int(c->id));
	if (rc == RC_OK && c->changed == 1 && c->state == OUTBOX_SENT)
		rc = forget(db, c->id, e);
	return rc;
}

/* With the server's answer as one clean line that fits its column. */
static enum rc
note(struct db *db, db_work *fn, struct change *c, const char *answer,
    struct error *e)
{
	struct buf clean;
	enum rc rc;
	char *s;

	buf_init(&clean, LIMIT_LINE * 4);
	text_clean(
	    &clean, answer, text_clip(answer, strlen(answer), LIMIT_LINE));
	for (s = clean.s; s != NULL && *s != '\0'; s++)
		if (*s == '\n' || *s == '\t')
			*s = ' ';
	while (clean.len > 0 && clean.s[clean.len - 1] == ' ')
		buf_cut(&clean, clean.len - 1);
	if (clean.len > MAX_ANSWER)
		buf_cut(&clean, text_clip(clean.s, clean.len, MAX_ANSWER));
	rc = buf_rc(&clean);
	c->answer = buf_str(&clean);
	if (rc == RC_OK)
		rc = in_unit(db, fn, c, e);
	else
		(void)error_set(e, rc, "could not keep a server's answer");
	buf_release(&clean);
	return rc;
}

enum rc
outbox_sent(
    struct db *db, int64_t id, const char *answer, int64_t now, struct error *e)
{
	struct change c = { .id = id, .at = now, .state = OUTBOX_SENT };

	return note(db, end, &c, answer, e);
}

enum rc
outbox_again(struct db *db, int64_t id, const char *answer, int64_t next_at,
    struct error *e)
{
	struct change c = { .id = id, .at = next_at };

	return note(db, again, &c, answer, e);
}

enum rc
outbox_refused(
    struct db *db, int64_t id, const char *answer, int64_t now, struct error *e)
{
	struct change c = { .id = id, .at = now, .state = OUTBOX_REFUSED };

	return note(db, end, &c, answer, e);
}

static enum rc
retry(struct db *db, void *ctx, struct error *e)
{
	struct change *c = ctx;

	return db_run_count(
	    db, SQL_OUTBOX_RETRY, &c->changed, e, db_int(c->at), db_int(c->id));
}

enum rc
outbox_retry(struct db *db, int64_t id, int64_t now, struct error *e)
{
	struct change c = { .id = id, .at = now };
	enum rc rc;

	rc = in_unit(db, retry, &c, e);
	if (rc == RC_OK && c.changed == 0)
		rc = error_set(e, RC_NOTFOUND,
		    "letter %" PRId64 " neither waits nor was refused", id);
	return rc;
}

/*** Once more ***/

struct resend {
	int64_t id, now, order, again;
	const char *witness;
	char kind[33], recipient[255];
};

static enum rc
see_letter(void *ctx, const struct outbox_row *row, struct error *e)
{
	struct resend *r = ctx;

	(void)e;
	r->order = row->order;
	text_copy(r->kind, sizeof(r->kind), row->kind);
	text_copy(r->recipient, sizeof(r->recipient), row->recipient);
	return RC_OK;
}

static enum rc
resend(struct db *db, void *ctx, struct error *e)
{
	struct resend *r = ctx;
	char detail[300];
	int64_t added;
	enum rc rc;

	rc = outbox_find(db, r->id, see_letter, r, e);
	if (rc != RC_OK)
		return rc;
	if (outbox_is_key(r->kind))
		return error_set(e, RC_NOTFOUND,
		    "nothing is left of letter %" PRId64 ": its link was a key",
		    r->id);
	rc = db_run_count(
	    db, SQL_OUTBOX_RESEND, &added, e, db_int(r->now), db_int(r->id));
	if (rc != RC_OK)
		return rc;
	if (added == 0)
		return error_set(e, RC_CONFLICT,
		    "letter %" PRId64 " is on its way to this receiver", r->id);
	r->again = db_last_id(db);
	if (r->order == 0)
		return RC_OK;
	(void)snprintf(
	    detail, sizeof(detail), "%s to %s", r->kind, r->recipient);
	return journal_add(
	    db, r->order, "letter again", r->witness, detail, NULL, r->now, e);
}

enum rc
outbox_resend(struct db *db, int64_t id, const char *witness, int64_t now,
    int64_t *again, struct error *e)
{
	struct resend r = { .id = id, .now = now, .witness = witness };
	enum rc rc = in_unit(db, resend, &r, e);

	*again = r.again;
	return rc;
}

/*** What comes back ***/

static enum rc
bounced(struct db *db, void *ctx, struct error *e)
{
	struct change *c = ctx;

	return db_run_count(db, SQL_OUTBOX_BOUNCED, &c->changed, e,
	    db_int(c->at), db_text(c->answer), db_int(c->id));
}

enum rc
outbox_bounced(struct db *db, int64_t id, const char *why, int64_t now,
    bool *first, struct error *e)
{
	struct change c = { .id = id, .at = now };
	enum rc rc = note(db, bounced, &c, why, e);

	*first = rc == RC_OK && c.changed == 1;
	return rc;
}

static enum rc
late(struct db *db, void *ctx, struct error *e)
{
	struct change *c = ctx;

	return db_run(
	    db, SQL_OUTBOX_LATE, e, db_text(c->answer), db_int(c->id));
}

enum rc
outbox_late(struct db *db, int64_t id, const char *why, struct error *e)
{
	struct change c = { .id = id };

	return note(db, late, &c, why, e);
}
