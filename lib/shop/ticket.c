#include "config.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "shop/ticket.h"

static const char *const words[TICKET_KINDS] = {
	[TICKET_CONFIRM] = "confirm",
	[TICKET_RESET] = "reset",
	[TICKET_EMAIL] = "email",
	[TICKET_LINK] = "link",
	[TICKET_LOGIN] = "login",
	[TICKET_ARRIVED] = "arrived",
	[TICKET_DELETION] = "deletion",
};

const char *
ticket_word(enum ticket_kind kind)
{
	assert(kind < TICKET_KINDS);
	return words[kind];
}

void
ticket_release(struct ticket *t)
{
	if (t->owned != NULL)
		explicit_bzero(t->owned, strlen(t->owned));
	free(t->owned);
	memset(t, 0, sizeof(*t));
}

struct making {
	enum ticket_kind kind;
	const struct ticket *t;
	int64_t now;
	char *token;
};

static enum rc
make(struct db *db, void *ctx, struct error *e)
{
	const struct making *m = ctx;
	const struct ticket *t = m->t;
	char hash[HASH_SIZE];
	enum rc rc;

	rc = token_random(m->token, e);
	if (rc == RC_OK && t->customer != 0)
		rc = db_run(db, SQL_TICKET_DROP_KIND, e, db_int(t->customer),
		    db_text(words[m->kind]));
	if (rc != RC_OK)
		return rc;
	hash_hex(m->token, strlen(m->token), hash);
	return db_run(db, SQL_TICKET_ADD, e, db_text(hash),
	    db_text(words[m->kind]),
	    t->customer != 0 ? db_int(t->customer) : db_null(), db_int(m->now),
	    db_int(m->now + t->seconds),
	    db_text(t->browser != NULL ? t->browser : ""),
	    db_text(t->data != NULL ? t->data : ""));
}

enum rc
ticket_new(struct db *db, enum ticket_kind kind, const struct ticket *t,
    int64_t now, char token[TOKEN_SIZE], struct error *e)
{
	struct making m = { kind, t, now, token };

	token[0] = '\0';
	if (t->data != NULL && strlen(t->data) > TICKET_DATA)
		return error_set(e, RC_TOOBIG,
		    "a ticket's data has more than %d bytes", TICKET_DATA);
	return db_unit_or_inside(db, make, &m, e);
}

static enum rc
take_row(struct db_rows *rows, struct ticket *out, struct error *e)
{
	out->customer = db_col_int(rows, 0);
	out->owned = strdup(db_col_text(rows, 1));
	out->data = out->owned;
	db_done(rows);
	if (out->owned == NULL)
		return error_set(e, RC_NOMEM, "no memory for a ticket");
	return RC_OK;
}

static enum rc
none(struct error *e)
{
	return error_set(e, RC_NOTFOUND, "this link is used or too old");
}

enum rc
ticket_look(struct db *db, enum ticket_kind kind, const char *token,
    const char *browser, int64_t now, struct ticket *out, struct error *e)
{
	char hash[HASH_SIZE];
	struct db_rows *rows;
	enum rc rc;

	memset(out, 0, sizeof(*out));
	if (!token_plausible(token))
		return none(e);
	hash_hex(token, strlen(token), hash);
	rc = db_one(db, SQL_TICKET_LOOK, &rows, e, db_text(hash),
	    db_text(words[kind]), db_int(now),
	    db_text(browser != NULL ? browser : ""));
	if (rc == RC_NOTFOUND)
		return none(e);
	return rc == RC_OK ? take_row(rows, out, e) : rc;
}

enum rc
ticket_use(struct db *db, enum ticket_kind kind, const char *token,
    const char *browser, int64_t now, struct ticket *out, struct error *e)
{
	char hash[HASH_SIZE];
	struct db_rows *rows;
	int64_t n = 0;
	enum rc rc;

	memset(out, 0, sizeof(*out));
	if (!token_plausible(token))
		return none(e);
	hash_hex(token, strlen(token), hash);
	rc = db_run_count(db, SQL_TICKET_USE, &n, e, db_int(now), db_text(hash),
	    db_text(words[kind]), db_int(now),
	    db_text(browser != NULL ? browser : ""));
	if (rc == RC_OK && n == 0)
		return none(e);
	if (rc == RC_OK)
		rc = db_one(db, SQL_TICKET_READ, &rows, e, db_text(hash));
	return rc == RC_OK ? take_row(rows, out, e) : rc;
}
