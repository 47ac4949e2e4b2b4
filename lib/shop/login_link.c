#include "config.h"

#include <string.h>

#include "base/limits.h"
#include "base/text.h"
#include "shop/login.h"

enum rc
login_known(struct db *db, const char *provider, const char *subject,
    int64_t *customer, struct error *e)
{
	struct db_rows *rows;
	enum rc rc;

	*customer = 0;
	rc = db_one(db, SQL_IDENTITY_FIND, &rows, e, db_text(provider),
	    db_text(subject));
	if (rc != RC_OK)
		return rc;
	*customer = db_col_int(rows, 0);
	db_done(rows);
	return RC_OK;
}

/* The same, and nobody is RC_OK. */
static enum rc
known(
    struct db *db, const struct arrival *a, int64_t *customer, struct error *e)
{
	enum rc rc;

	rc = login_known(db, a->provider, a->subject, customer, e);
	return rc == RC_NOTFOUND ? RC_OK : rc;
}

static enum rc
seen(struct db *db, const struct arrival *a, int64_t now, struct error *e)
{
	return db_run(db, SQL_IDENTITY_SEEN, e, db_int(now),
	    db_text(a->provider), db_text(a->subject));
}

/* Their address, when it can be one. */
static const char *
address_of(const struct arrival *a)
{
	char key[CUSTOMER_KEY_SIZE];

	if (a->email == NULL ||
	    customer_email_key(a->email, key, NULL) != RC_OK)
		return NULL;
	return a->email;
}

/* Facebook does not say whether an address is the person's own. */
static bool
vouched(const struct arrival *a)
{
	return a->email_proven && strcmp(a->provider, "google") == 0 &&
	       address_of(a) != NULL;
}

static enum rc
add(struct db *db, const struct arrival *a, int64_t customer, int64_t now,
    struct error *e)
{
	struct error mine = ERROR_NONE;
	const char *email = address_of(a);
	enum rc rc;

	rc = db_run(db, SQL_IDENTITY_ADD, &mine, db_text(a->provider),
	    db_text(a->subject), db_int(customer),
	    db_text(email != NULL ? email : ""), db_int(now), db_int(now));
	/* The same person in another tab: look again. */
	if (rc == RC_INVALID)
		rc = RC_CONFLICT;
	return rc == RC_OK ? rc : error_set(e, rc, "%s", mine.text);
}

/* What a provider calls them, as far as it can be kept. */
static void
name_of(const struct arrival *a, char name[LIMIT_NAME + 1])
{
	size_t n = a->name != NULL ? strlen(a->name) : 0;

	if (n > 0 && !text_line(a->name, n))
		n = 0;
	n = n > 0 ? text_clip(a->name, n, LIMIT_NAME) : 0;
	if (n > 0)
		memcpy(name, a->name, n);
	name[n] = '\0';
}

static enum rc
make(struct db *db, const struct arrival *a, const char *email, bool proven,
    int64_t now, int64_t *customer, struct error *e)
{
	char name[LIMIT_NAME + 1];
	struct registration r = {
		.email = email, .name = name, .proven = proven
	};
	bool taken;
	enum rc rc;

	name_of(a, name);
	rc = customer_register(db, &r, now, &taken, customer, e);
	return rc == RC_OK ? add(db, a, *customer, now, e) : rc;
}

/* An account that claims the address and whose maker never proved it. */
static enum rc
take_over(struct db *db, const struct arrival *a, int64_t id, int64_t now,
    struct error *e)
{
	char name[LIMIT_NAME + 1];
	bool lost = false;
	enum rc rc;

	rc = customer_take_over(db, id, e);
	if (rc == RC_OK)
		rc = customer_prove(db, id, a->email, now, &lost, e);
	if (rc == RC_OK && lost)
		return error_set(e, RC_CONFLICT,
		    "the address has been proven by another account");
	name_of(a, name);
	if (rc == RC_OK && name[0] != '\0')
		rc = customer_rename(db, id, name, e);
	return rc == RC_OK ? add(db, a, id, now, e) : rc;
}

/* The address is proven: it has to be shown once that the account is theirs;
 * unless it was this very person in another tab who has just proven it. */
static enum rc
arrive_at(struct db *db, const struct arrival *a, int64_t id, int64_t now,
    enum arrival_outcome *outcome, int64_t *customer, struct error *e)
{
	enum rc rc;

	rc = known(db, a, customer, e);
	if (rc != RC_OK)
		return rc;
	if (*customer != 0) {
		*outcome = ARRIVAL_IN;
		return seen(db, a, now, e);
	}
	*outcome = ARRIVAL_PROVE;
	*customer = id;
	return RC_OK;
}

/* Somebody new whose address Google vouches for. */
static enum rc
arrive_vouched(struct db *db, const struct arrival *a, int64_t now,
    enum arrival_outcome *outcome, int64_t *customer, struct error *e)
{
	struct customer c;
	int64_t id;
	enum rc rc;

	rc = customer_by_proven(db, a->email, &c, e);
	if (rc == RC_OK) {
		id = c.id;
		customer_release(&c);
		return arrive_at(db, a, id, now, outcome, customer, e);
	}
	if (rc == RC_NOTFOUND)
		rc = customer_by_claim(db, a->email, &c, e);
	*outcome = ARRIVAL_IN;
	if (rc == RC_NOTFOUND)
		return make(db, a, a->email, true, now, customer, e);
	if (rc != RC_OK)
		return rc;
	id = c.id;
	customer_release(&c);
	*customer = id;
	return take_over(db, a, id, now, e);
}

static enum rc
arrive_linking(struct db *db, const struct arrival *a, int64_t logged_in,
    int64_t now, enum arrival_outcome *outcome, int64_t *customer,
    struct error *e)
{
	bool taken;
	enum rc rc;

	rc = login_join(db, logged_in, a, now, &taken, e);
	*outcome = taken ? ARRIVAL_TAKEN : ARRIVAL_LINKED;
	*customer = logged_in;
	return rc;
}

enum rc
login_arrive(struct db *db, const struct arrival *a, int64_t logged_in,
    int64_t now, enum arrival_outcome *outcome, int64_t *customer,
    struct error *e)
{
	const char *email = NULL;
	enum rc rc;

	*outcome = ARRIVAL_IN;
	*customer = 0;
	if (logged_in != 0)
		return arrive_linking(
		    db, a, logged_in, now, outcome, customer, e);
	rc = known(db, a, customer, e);
	if (rc != RC_OK)
		return rc;
	if (*customer != 0)
		return seen(db, a, now, e);
	if (vouched(a))
		return arrive_vouched(db, a, now, outcome, customer, e);
	/* Facebook's is claimed, to be confirmed by mail; one that Google
	 * does not vouch for is none. */
	if (strcmp(a->provider, "facebook") == 0)
		email = address_of(a);
	if (email == NULL)
		*outcome = ARRIVAL_ASK_EMAIL;
	return make(db, a, email, false, now, customer, e);
}

/* Google vouches for the very address that the account claims. */
static enum rc
prove_own(struct db *db, int64_t customer, const struct arrival *a, int64_t now,
    struct error *e)
{
	char key[CUSTOMER_KEY_SIZE], own[CUSTOMER_KEY_SIZE];
	struct customer c;
	bool lost, same;
	enum rc rc;

	if (!vouched(a))
		return RC_OK;
	rc = customer_by_id(db, customer, &c, e);
	if (rc != RC_OK)
		return rc;
	same = !c.proven && customer_email_key(c.email, own, NULL) == RC_OK &&
	       customer_email_key(a->email, key, NULL) == RC_OK &&
	       strcmp(own, key) == 0;
	customer_release(&c);
	/* *lost is no harm: the account keeps its claim. */
	return same ? customer_prove(db, customer, a->email, now, &lost, e)
		    : RC_OK;
}

/* Who changes how one logs in holds the customer's row until the unit ends. */
static enum rc
lock(struct db *db, int64_t customer, struct error *e)
{
	int64_t n = 0;
	enum rc rc;

	rc = db_run_count(db, SQL_CUSTOMER_LOCK, &n, e, db_int(customer));
	if (rc == RC_OK && n == 0)
		return error_set(e, RC_NOTFOUND, "there is no such customer");
	return rc;
}

enum rc
login_join(struct db *db, int64_t customer, const struct arrival *a,
    int64_t now, bool *taken, struct error *e)
{
	int64_t owner = 0;
	enum rc rc;

	*taken = false;
	rc = lock(db, customer, e);
	if (rc == RC_OK)
		rc = known(db, a, &owner, e);
	if (rc != RC_OK)
		return rc;
	*taken = owner != 0 && owner != customer;
	if (*taken)
		return RC_OK;
	rc = owner != 0 ? seen(db, a, now, e) : add(db, a, customer, now, e);
	return rc == RC_OK ? prove_own(db, customer, a, now, e) : rc;
}

/* ---- the list ---- */

static enum rc
put_password(
    struct db *db, int64_t customer, login_put *put, void *ctx, struct error *e)
{
	const struct login_method m = { "password", "", "", 0, 0 };
	struct customer c;
	bool has;
	enum rc rc;

	rc = customer_by_id(db, customer, &c, e);
	if (rc != RC_OK)
		return rc;
	has = c.has_password;
	customer_release(&c);
	return has ? put(ctx, &m, e) : RC_OK;
}

enum rc
login_methods(
    struct db *db, int64_t customer, login_put *put, void *ctx, struct error *e)
{
	struct login_method m;
	struct db_rows *rows;
	enum rc rc;

	rc = put_password(db, customer, put, ctx, e);
	if (rc == RC_OK)
		rc = db_ask(db, SQL_IDENTITY_LIST, &rows, e, db_int(customer));
	if (rc != RC_OK)
		return rc;
	while ((rc = db_next(rows, e)) == RC_OK) {
		m.provider = db_col_text(rows, 0);
		m.subject = db_col_text(rows, 1);
		m.email = db_col_text(rows, 2);
		m.made_at = db_col_int(rows, 3);
		m.seen_at = db_col_int(rows, 4);
		rc = put(ctx, &m, e);
		if (rc != RC_OK)
			break;
	}
	db_done(rows);
	return rc == RC_NOTFOUND ? RC_OK : rc;
}

struct methods {
	const char *provider, *subject;
	int64_t all;
	bool there;
};

static enum rc
count(void *ctx, const struct login_method *m, struct error *e)
{
	struct methods *c = ctx;

	(void)e;
	c->all++;
	if (strcmp(m->provider, c->provider) == 0 &&
	    (strcmp(m->provider, "password") == 0 ||
		strcmp(m->subject, c->subject) == 0))
		c->there = true;
	return RC_OK;
}

enum rc
login_part(struct db *db, int64_t customer, const char *provider,
    const char *subject, bool *last, struct error *e)
{
	struct methods m = { provider, subject, 0, false };
	enum rc rc;

	*last = false;
	rc = lock(db, customer, e);
	if (rc == RC_OK)
		rc = login_methods(db, customer, count, &m, e);
	if (rc != RC_OK)
		return rc;
	if (!m.there)
		return error_set(e, RC_NOTFOUND, "there is no such method");
	*last = m.all == 1;
	if (*last)
		return RC_OK;
	if (strcmp(provider, "password") == 0)
		return customer_set_password(db, customer, "", e);
	return db_run(db, SQL_IDENTITY_DROP, e, db_int(customer),
	    db_text(provider), db_text(subject));
}
