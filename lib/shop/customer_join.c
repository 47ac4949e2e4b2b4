#include "config.h"

#include <string.h>

#include "shop/customer.h"
#include "shop/customer_row.h"

enum rc
customer_by_proven(
    struct db *db, const char *email, struct customer *out, struct error *e)
{
	char key[CUSTOMER_KEY_SIZE];
	struct db_rows *rows;
	enum rc rc;

	memset(out, 0, sizeof(*out));
	if (customer_email_key(email, key, NULL) != RC_OK)
		return error_set(
		    e, RC_NOTFOUND, "nobody can have such an address");
	rc = db_one(db, SQL_CUSTOMER_BY_PROVEN, &rows, e, db_text(key));
	return rc == RC_OK ? customer_row(rows, out, e) : rc;
}

enum rc
customer_by_user(
    struct db *db, const char *user_name, struct customer *out, struct error *e)
{
	char key[CUSTOMER_KEY_SIZE];
	struct db_rows *rows;
	enum rc rc;

	memset(out, 0, sizeof(*out));
	if (customer_user_key(user_name, key, NULL) != RC_OK)
		return error_set(
		    e, RC_NOTFOUND, "nobody can have such a user name");
	rc = db_one(db, SQL_CUSTOMER_BY_USER, &rows, e, db_text(key));
	return rc == RC_OK ? customer_row(rows, out, e) : rc;
}

enum rc
customer_by_claim(
    struct db *db, const char *email, struct customer *out, struct error *e)
{
	char key[CUSTOMER_KEY_SIZE];
	struct db_rows *rows;
	enum rc rc;

	memset(out, 0, sizeof(*out));
	if (customer_email_key(email, key, NULL) != RC_OK)
		return error_set(
		    e, RC_NOTFOUND, "nobody can have such an address");
	rc = db_one(
	    db, SQL_CUSTOMER_BY_CLAIM, &rows, e, db_text(key), db_int(1));
	return rc == RC_OK ? customer_row(rows, out, e) : rc;
}

/* ---- registering ---- */

struct joining {
	const struct registration *r;
	char user_key[CUSTOMER_KEY_SIZE], email_key[CUSTOMER_KEY_SIZE];
	int64_t now, id;
	bool taken;
};

static enum rc
insert(struct db *db, struct joining *j, struct error *e)
{
	const struct registration *r = j->r;
	struct error mine = ERROR_NONE;
	char uid[UID_SIZE];
	enum rc rc;

	rc = uid_random(uid, e);
	if (rc != RC_OK)
		return rc;
	rc = db_run(db, SQL_CUSTOMER_ADD, &mine, db_text(uid),
	    db_text(r->user_name != NULL ? j->user_key : NULL),
	    db_text(j->email_key), db_int(j->now), db_int(j->now),
	    db_text(r->user_name != NULL ? r->user_name : ""),
	    db_text(r->email != NULL ? r->email : ""),
	    db_text(r->name != NULL ? r->name : ""),
	    db_text(r->password != NULL ? r->password : ""));
	/* The one rule that can be broken: 128 random bits are not. */
	j->taken = rc == RC_INVALID && r->user_name != NULL;
	if (j->taken)
		return RC_OK;
	if (rc != RC_OK)
		return error_set(e, rc, "%s", mine.text);
	j->id = db_last_id(db);
	return RC_OK;
}

static enum rc
join(struct db *db, void *ctx, struct error *e)
{
	struct joining *j = ctx;
	bool lost = false;
	enum rc rc;

	j->taken = false;
	j->id = 0;
	rc = insert(db, j, e);
	if (rc != RC_OK || j->taken || !j->r->proven)
		return rc;
	rc = customer_prove(db, j->id, j->r->email, j->now, &lost, e);
	if (rc == RC_OK && lost)
		return error_set(e, RC_CONFLICT,
		    "the address has been proven by another account");
	return rc;
}

enum rc
customer_register(struct db *db, const struct registration *r, int64_t now,
    bool *taken, int64_t *id, struct error *e)
{
	struct joining j = { .r = r, .now = now };
	enum rc rc = RC_OK;

	*taken = false;
	*id = 0;
	if (r->user_name != NULL)
		rc = customer_user_key(r->user_name, j.user_key, e);
	if (rc == RC_OK && r->email != NULL)
		rc = customer_email_key(r->email, j.email_key, e);
	if (rc == RC_OK && r->name != NULL)
		rc = customer_name_fit(r->name, e);
	if (rc == RC_OK && r->proven && r->email == NULL)
		rc = error_set(e, RC_INVALID, "there is no address to prove");
	if (rc == RC_OK)
		rc = db_unit_or_inside(db, join, &j, e);
	if (rc == RC_OK) {
		*taken = j.taken;
		*id = j.id;
	}
	return rc;
}

/* ---- proving an address ---- */

/* Whoever else claimed it.  First the rows of customers: see SQL_CUSTOMER_SEEN,
 * after which no session begins on what has been taken away. */
static enum rc
drop_claims(struct db *db, const char *key, int64_t id, struct error *e)
{
	static const enum sql steps[] = { SQL_CLAIMS_DISARM,
		SQL_CLAIMS_SESSIONS, SQL_CLAIMS_METHODS, SQL_CLAIMS_TICKETS,
		SQL_CLAIMS_DROP };
	enum rc rc = RC_OK;

	for (size_t i = 0; rc == RC_OK && i < sizeof(steps) / sizeof(steps[0]);
	     i++)
		rc = db_run(db, steps[i], e, db_text(key), db_int(id));
	return rc;
}

/* *changes: another address was proven, and is no longer. */
static enum rc
look_before(
    struct db *db, int64_t id, const char *key, bool *changes, struct error *e)
{
	struct db_rows *rows;
	enum rc rc;

	*changes = false;
	rc = db_one(db, SQL_CUSTOMER_PROVEN_KEY, &rows, e, db_int(id));
	if (rc == RC_NOTFOUND)
		return error_set(e, rc, "there is no such customer");
	if (rc != RC_OK)
		return rc;
	*changes =
	    !db_col_null(rows, 0) && strcmp(db_col_text(rows, 0), key) != 0;
	db_done(rows);
	return RC_OK;
}

enum rc
customer_prove(struct db *db, int64_t id, const char *email, int64_t now,
    bool *lost, struct error *e)
{
	struct error mine = ERROR_NONE;
	char key[CUSTOMER_KEY_SIZE];
	bool changes;
	enum rc rc;

	(void)now;
	*lost = false;
	rc = customer_email_key(email, key, e);
	if (rc == RC_OK)
		rc = look_before(db, id, key, &changes, e);
	if (rc != RC_OK)
		return rc;
	rc = db_run(db, SQL_CUSTOMER_PROVE, &mine, db_text(key), db_text(key),
	    db_text(email), db_int(id));
	if (rc == RC_INVALID) {
		*lost = true;
		return RC_OK;
	}
	if (rc != RC_OK)
		return error_set(e, rc, "%s", mine.text);
	rc = drop_claims(db, key, id, e);
	/* Links in mails to the address of before. */
	if (rc == RC_OK && changes)
		rc = db_run(db, SQL_TICKET_DROP_OPEN, e, db_int(id));
	return rc;
}

enum rc
customer_take_over(struct db *db, int64_t id, struct error *e)
{
	static const enum sql steps[] = { SQL_IDENTITY_DROP_ALL,
		SQL_TICKET_DROP_OPEN, SQL_ADDRESS_DROP_ALL };
	int64_t n = 0;
	enum rc rc;

	/* First the customer's row, as above. */
	rc = db_run_count(db, SQL_CUSTOMER_DISARM, &n, e, db_int(id));
	if (rc == RC_OK && n == 0)
		return error_set(
		    e, RC_CONFLICT, "the account is proven or gone");
	if (rc == RC_OK)
		rc =
		    db_run(db, SQL_SESSION_END_ALL, e, db_int(id), db_text(""));
	for (size_t i = 0; rc == RC_OK && i < sizeof(steps) / sizeof(steps[0]);
	     i++)
		rc = db_run(db, steps[i], e, db_int(id));
	return rc;
}
