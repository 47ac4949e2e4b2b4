#include "config.h"

#include <string.h>

#include "base/text.h"
#include "shop/seclog.h"
#include "shop/session.h"

#define DAY INT64_C(86400)
#define STALE 600     /* seconds: seen_at is written this often at most */
#define AGENT_MAX 300 /* bytes kept of a browser's name for itself */

/* "" when it can be none. */
static void
hash_of(const char *token, char hash[HASH_SIZE])
{
	hash[0] = '\0';
	if (token != NULL && token_plausible(token))
		hash_hex(token, strlen(token), hash);
}

static void
read_session(const struct db_rows *rows, struct session *out)
{
	const char *uid = db_col_text(rows, 1), *name = db_col_text(rows, 7);
	size_t n;

	out->customer = db_col_int(rows, 0);
	if (strlen(uid) < sizeof(out->uid))
		memcpy(out->uid, uid, strlen(uid) + 1);
	out->staff = db_col_int(rows, 2) != 0;
	out->proven = db_col_int(rows, 3) != 0;
	out->made_at = db_col_int(rows, 4);
	out->seen_at = db_col_int(rows, 5);
	out->proved_at = db_col_int(rows, 6);
	if (name[0] == '\0')
		name = db_col_text(rows, 8);
	n = text_clip(name, strlen(name), sizeof(out->name) - 1);
	memcpy(out->name, name, n);
	out->name[n] = '\0';
}

enum rc
session_find(struct db *db, const struct settings *s, const char *token,
    int64_t now, struct session *out, struct error *e)
{
	char hash[HASH_SIZE];
	struct db_rows *rows;
	enum rc rc;

	memset(out, 0, sizeof(*out));
	hash_of(token, hash);
	if (hash[0] == '\0')
		return error_set(e, RC_NOTFOUND, "no session has this token");
	rc = db_one(db, SQL_SESSION_FIND, &rows, e, db_text(hash));
	if (rc != RC_OK)
		return rc;
	read_session(rows, out);
	db_done(rows);
	if (now - out->seen_at >= s->session_idle * DAY ||
	    now - out->made_at >= s->session_lifetime * DAY) {
		memset(out, 0, sizeof(*out));
		return error_set(e, RC_NOTFOUND, "the session is over");
	}
	out->stale = now - out->seen_at >= STALE;
	return RC_OK;
}

/* ---- beginning ---- */

struct beginning {
	const struct session_start *start;
	const char *old_token;
	char *token;
	int64_t now;
};

static enum rc
insert(struct db *db, const struct beginning *b, struct error *e)
{
	const struct session_start *s = b->start;
	const char *agent = s->agent != NULL ? s->agent : "";
	char hash[HASH_SIZE], uid[UID_SIZE];
	size_t n = strlen(agent);
	enum rc rc;

	/* What no one can read on a page is not kept. */
	n = text_utf8(agent, n) ? text_clip(agent, n, AGENT_MAX) : 0;
	rc = token_random(b->token, e);
	if (rc == RC_OK)
		rc = uid_random(uid, e);
	if (rc != RC_OK)
		return rc;
	hash_of(b->token, hash);
	return db_run(db, SQL_SESSION_ADD, e, db_text(hash),
	    db_int(s->customer), db_text(uid), db_text(s->method),
	    db_int(b->now), db_int(b->now), db_int(b->now), db_text_n(agent, n),
	    db_text(s->place != NULL ? s->place : ""));
}

/* The customer's row comes first and is locked: who takes the password away
 * begins with it too, and ends the sessions then. */
static enum rc
begin(struct db *db, void *ctx, struct error *e)
{
	const struct beginning *b = ctx;
	const struct session_start *s = b->start;
	const char *checked = s->checked != NULL ? s->checked : "";
	int64_t n = 0;
	enum rc rc;

	rc = db_run_count(db, SQL_CUSTOMER_SEEN, &n, e, db_int(b->now),
	    db_int(s->customer), db_text(checked), db_text(checked));
	if (rc == RC_OK && n == 0)
		return error_set(e, RC_DENIED,
		    "the account or its password is no longer what it was");
	if (rc == RC_OK && b->old_token != NULL)
		rc = session_end(db, b->old_token, e);
	if (rc == RC_OK)
		rc = insert(db, b, e);
	if (rc == RC_OK)
		rc = seclog(
		    db, s->customer, "login", s->place, s->method, b->now, e);
	return rc;
}

enum rc
session_begin(struct db *db, const struct session_start *start,
    const char *old_token, int64_t now, char token[TOKEN_SIZE], struct error *e)
{
	struct beginning b = { start, old_token, token, now };

	token[0] = '\0';
	return db_unit_or_inside(db, begin, &b, e);
}

/* ---- going on and ending: one statement each ---- */

struct step {
	enum sql sql;
	int64_t n;
	const char *text;
};

static enum rc
run_step(struct db *db, void *ctx, struct error *e)
{
	const struct step *s = ctx;

	if (s->sql == SQL_SESSION_END)
		return db_run(db, s->sql, e, db_text(s->text));
	return db_run(db, s->sql, e, db_int(s->n), db_text(s->text));
}

static enum rc
step(struct db *db, enum sql sql, int64_t n, const char *text, struct error *e)
{
	struct step s = { .sql = sql, .n = n, .text = text };

	return db_unit_or_inside(db, run_step, &s, e);
}

enum rc
session_seen(struct db *db, const char *token, int64_t now, struct error *e)
{
	char hash[HASH_SIZE];

	hash_of(token, hash);
	return step(db, SQL_SESSION_SEEN, now, hash, e);
}

enum rc
session_proved(struct db *db, const char *token, int64_t now, struct error *e)
{
	char hash[HASH_SIZE];

	hash_of(token, hash);
	return step(db, SQL_SESSION_PROVED, now, hash, e);
}

enum rc
session_end(struct db *db, const char *token, struct error *e)
{
	char hash[HASH_SIZE];

	hash_of(token, hash);
	return step(db, SQL_SESSION_END, 0, hash, e);
}

enum rc
session_end_one(
    struct db *db, int64_t customer, const char *uid, struct error *e)
{
	return step(db, SQL_SESSION_END_ONE, customer, uid, e);
}

enum rc
session_end_all(
    struct db *db, int64_t customer, const char *keep, struct error *e)
{
	char hash[HASH_SIZE];

	hash_of(keep, hash);
	return step(db, SQL_SESSION_END_ALL, customer, hash, e);
}

/* ---- the list ---- */

enum rc
session_list(struct db *db, const struct settings *s, int64_t customer,
    int64_t now, session_put *put, void *ctx, struct error *e)
{
	struct session_row row;
	struct db_rows *rows;
	enum rc rc;

	rc = db_ask(db, SQL_SESSION_LIST, &rows, e, db_int(customer),
	    db_int(now - s->session_idle * DAY + 1),
	    db_int(now - s->session_lifetime * DAY + 1));
	if (rc != RC_OK)
		return rc;
	while ((rc = db_next(rows, e)) == RC_OK) {
		const char *uid = db_col_text(rows, 0);

		memset(&row, 0, sizeof(row));
		if (strlen(uid) < sizeof(row.uid))
			memcpy(row.uid, uid, strlen(uid) + 1);
		row.method = db_col_text(rows, 1);
		row.agent = db_col_text(rows, 2);
		row.place = db_col_text(rows, 3);
		row.made_at = db_col_int(rows, 4);
		row.seen_at = db_col_int(rows, 5);
		rc = put(ctx, &row, e);
		if (rc != RC_OK)
			break;
	}
	db_done(rows);
	return rc == RC_NOTFOUND ? RC_OK : rc;
}
