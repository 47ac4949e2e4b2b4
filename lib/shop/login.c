#include "config.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "shop/login.h"
#include "shop/password.h"
#include "shop/seclog.h"
#include "shop/tally.h"

#define CANDIDATES 4 /* an owner, and SQL_LOGIN_CLAIMS */

struct candidate {
	int64_t id;
	char password[PASSWORD_SIZE];
};

struct attempt {
	const struct login_try *t;
	struct candidate c[CANDIDATES];
	size_t n;
	bool address; /* was typed, not a user name */
	bool owned;   /* c[0] has proven it; the others claim it */
	char key[CUSTOMER_KEY_SIZE]; /* what was typed, folded; or "" */
	struct tally_rule account, place;
	char who[HASH_SIZE], where[HASH_SIZE]; /* buckets */
	bool known; /* somebody logged in to this account from there before */
	int64_t seconds;
};

/* ---- whose password it may be ---- */

/* The account that the tries are about, or NULL: of several who claim an
 * address any stranger may be one. */
static const struct candidate *
target(const struct attempt *a)
{
	return a->n == 1 || a->owned ? &a->c[0] : NULL;
}

static enum rc
read_candidates(struct db *db, enum sql sql, struct attempt *a, struct error *e)
{
	struct db_rows *rows;
	enum rc rc;

	rc = db_ask(db, sql, &rows, e, db_text(a->key));
	if (rc != RC_OK)
		return rc;
	while ((rc = db_next(rows, e)) == RC_OK && a->n < CANDIDATES) {
		struct candidate *c = &a->c[a->n++];

		c->id = db_col_int(rows, 0);
		(void)snprintf(c->password, sizeof(c->password), "%s",
		    db_col_text(rows, 1));
	}
	db_done(rows);
	return rc == RC_NOTFOUND ? RC_OK : rc;
}

static enum rc
look_known(struct db *db, struct attempt *a, struct error *e)
{
	struct db_rows *rows;
	enum rc rc;

	if (target(a) == NULL)
		return RC_OK;
	rc = db_one(db, SQL_PLACE_KNOWN, &rows, e, db_int(a->c[0].id),
	    db_text(a->t->place), db_int(a->c[0].id), db_text(a->t->place));
	if (rc != RC_OK)
		return rc;
	a->known = db_col_int(rows, 0) > 0;
	db_done(rows);
	return RC_OK;
}

static enum rc
look(struct db *db, void *ctx, struct error *e)
{
	struct attempt *a = ctx;
	const char *login = a->t->login;
	enum rc rc;

	a->n = 0;
	a->known = a->owned = false;
	a->address = strchr(login, '@') != NULL;
	if (!a->address) {
		if (customer_user_key(login, a->key, NULL) != RC_OK)
			return RC_OK;
		rc = read_candidates(db, SQL_LOGIN_USER, a, e);
	} else {
		if (customer_email_key(login, a->key, NULL) != RC_OK)
			return RC_OK;
		rc = read_candidates(db, SQL_LOGIN_PROVEN, a, e);
		a->owned = a->n > 0;
		if (rc == RC_OK)
			rc = read_candidates(db, SQL_LOGIN_CLAIMS, a, e);
	}
	return rc == RC_OK ? look_known(db, a, e) : rc;
}

/* ---- counting ---- */

static void
name_buckets(struct attempt *a, const struct settings *s)
{
	char id[32];

	a->account = (struct tally_rule){ s->login_burst, s->login_drain };
	a->place =
	    (struct tally_rule){ s->login_place_burst, s->login_place_drain };
	tally_who(a->where, "login-place", a->t->place);
	if (target(a) != NULL) {
		(void)snprintf(
		    id, sizeof(id), "%lld", (long long)target(a)->id);
		tally_who(a->who, "login-account", id);
	} else {
		tally_who(a->who, "login-name",
		    a->key[0] != '\0' ? a->key : a->t->login);
	}
}

/* Before the password is looked at, so that many tries at once are many. */
static enum rc
take(struct db *db, void *ctx, struct error *e)
{
	struct attempt *a = ctx;
	enum rc rc;

	a->seconds = 0;
	if (!a->known)
		rc = tally_take(
		    db, a->who, &a->account, a->t->now, &a->seconds, e);
	else
		rc = RC_OK;
	if (rc != RC_OK || a->seconds > 0)
		return rc;
	rc = tally_take(db, a->where, &a->place, a->t->now, &a->seconds, e);
	if (rc == RC_OK && a->seconds > 0 && !a->known)
		rc = tally_give_back(db, a->who, &a->account, a->t->now, e);
	return rc;
}

/* ---- what came of it ---- */

struct ending {
	const struct attempt *a;
	const struct candidate *in; /* NULL: wrong */
	const char *fresh;          /* a new hash for it, or "" */
};

/* Whose own bucket it is empties it.  Who came into another account by the same
 * address has no more than their own try back: else strangers would register
 * with an address to guess at its owner's password without end. */
static enum rc
forgive(struct db *db, const struct attempt *a, const struct candidate *in,
    struct error *e)
{
	if (in == target(a))
		return tally_clear(db, a->who, e);
	if (a->known)
		return RC_OK;
	return tally_give_back(db, a->who, &a->account, a->t->now, e);
}

static enum rc
end(struct db *db, void *ctx, struct error *e)
{
	const struct ending *end = ctx;
	const struct attempt *a = end->a;
	enum rc rc;

	if (end->in == NULL)
		return seclog(db, target(a) != NULL ? target(a)->id : 0,
		    "login-failed", a->t->place, "password", a->t->now, e);
	rc = forgive(db, a, end->in, e);
	if (rc == RC_OK)
		rc = tally_give_back(db, a->where, &a->place, a->t->now, e);
	if (rc == RC_OK && end->fresh[0] != '\0')
		rc = db_run(db, SQL_CUSTOMER_REHASH, e, db_text(end->fresh),
		    db_int(end->in->id), db_text(end->in->password));
	return rc;
}

/* One check at least, of nobody's password if need be.  Whether an address is
 * proven shows neither in what comes of it nor in the time that it takes, to
 * somebody with an account that claims it (R14). */
static enum rc
check(const struct settings *s, const struct attempt *a,
    const struct candidate **in, bool *old, struct error *e)
{
	bool right;
	size_t i;
	enum rc rc = RC_OK;

	*in = NULL;
	if (a->n == 0 || (a->address && !a->owned))
		rc = password_check(s, NULL, a->t->password, &right, old, e);
	for (i = 0; rc == RC_OK && *in == NULL && i < a->n; i++) {
		rc = password_check(
		    s, a->c[i].password, a->t->password, &right, old, e);
		if (rc == RC_OK && right)
			*in = &a->c[i];
	}
	return rc;
}

static enum rc
finish(struct db *db, const struct settings *s, const struct attempt *a,
    const struct candidate *in, bool old, struct error *e)
{
	char fresh[PASSWORD_SIZE] = "";
	struct ending ending = { a, in, fresh };
	enum rc rc = RC_OK;

	if (in != NULL && old)
		rc = password_make(s, a->t->password, fresh, e);
	if (rc == RC_OK)
		rc = db_unit(db, end, &ending, e);
	if (rc == RC_OK && in != NULL && a->t->checked != NULL)
		(void)snprintf(a->t->checked, PASSWORD_SIZE, "%s",
		    fresh[0] != '\0' ? fresh : in->password);
	return rc;
}

enum rc
login_password(struct db *db, const struct settings *s,
    const struct login_try *t, enum login_outcome *outcome, int64_t *customer,
    int64_t *seconds, struct error *e)
{
	const struct candidate *in = NULL;
	struct attempt a = { .t = t };
	bool old = false;
	enum rc rc;

	assert(!db_busy(db));
	*outcome = LOGIN_WRONG;
	*customer = *seconds = 0;
	rc = db_view(db, look, &a, e);
	if (rc != RC_OK)
		return rc;
	name_buckets(&a, s);
	rc = db_unit(db, take, &a, e);
	if (rc == RC_OK && a.seconds > 0) {
		*outcome = LOGIN_SLOW;
		*seconds = a.seconds;
	} else if (rc == RC_OK) {
		rc = check(s, &a, &in, &old, e);
		if (rc == RC_OK)
			rc = finish(db, s, &a, in, old, e);
		if (rc == RC_OK && in != NULL) {
			*outcome = LOGIN_IN;
			*customer = in->id;
		}
	}
	explicit_bzero(&a, sizeof(a));
	return rc;
}
