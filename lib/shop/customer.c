#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "base/text.h"
#include "shop/customer.h"
#include "shop/customer_row.h"
#include "shop/ticket.h"

void
customer_release(struct customer *c)
{
	free(c->user_name);
	free(c->email);
	free(c->name);
	memset(c, 0, sizeof(*c));
}

static enum rc
copy_row(const struct db_rows *rows, struct customer *out, struct error *e)
{
	const char *uid = db_col_text(rows, 1);

	out->id = db_col_int(rows, 0);
	if (strlen(uid) < sizeof(out->uid))
		memcpy(out->uid, uid, strlen(uid) + 1);
	out->user_name = strdup(db_col_text(rows, 2));
	out->email = strdup(db_col_text(rows, 3));
	out->name = strdup(db_col_text(rows, 4));
	out->proven = db_col_int(rows, 5) != 0;
	out->staff = db_col_int(rows, 6) != 0;
	out->has_password = db_col_int(rows, 7) != 0;
	out->erased = db_col_int(rows, 8) != 0;
	out->made_at = db_col_int(rows, 9);
	if (out->user_name != NULL && out->email != NULL && out->name != NULL)
		return RC_OK;
	customer_release(out);
	return error_set(e, RC_NOMEM, "no memory for a customer");
}

enum rc
customer_row(struct db_rows *rows, struct customer *out, struct error *e)
{
	enum rc rc;

	rc = copy_row(rows, out, e);
	db_done(rows);
	return rc;
}

enum rc
customer_by_id(struct db *db, int64_t id, struct customer *out, struct error *e)
{
	struct db_rows *rows;
	enum rc rc;

	memset(out, 0, sizeof(*out));
	rc = db_one(db, SQL_CUSTOMER_BY_ID, &rows, e, db_int(id));
	return rc == RC_OK ? customer_row(rows, out, e) : rc;
}

/* An UPDATE that matches the one customer, or there is none. */
static enum rc
matched(enum rc rc, int64_t n, struct error *e)
{
	if (rc == RC_OK && n == 0)
		return error_set(e, RC_NOTFOUND, "there is no such customer");
	return rc;
}

enum rc
customer_name_fit(const char *name, struct error *e)
{
	size_t n = strlen(name);

	if (n > LIMIT_NAME)
		return error_set(e, RC_INVALID,
		    "This name is too long: at most %d bytes are kept.",
		    LIMIT_NAME);
	if (!text_line(name, n))
		return error_set(e, RC_INVALID,
		    "This name has characters that cannot be shown.");
	return RC_OK;
}

struct naming {
	int64_t id;
	const char *name;
	bool staff;
};

static enum rc
rename_it(struct db *db, void *ctx, struct error *e)
{
	const struct naming *n = ctx;
	int64_t count = 0;
	enum rc rc;

	rc = db_run_count(db, SQL_CUSTOMER_RENAME, &count, e, db_text(n->name),
	    db_int(n->id));
	return matched(rc, count, e);
}

enum rc
customer_rename(struct db *db, int64_t id, const char *name, struct error *e)
{
	struct naming n = { .id = id, .name = name };
	enum rc rc;

	rc = customer_name_fit(name, e);
	if (rc != RC_OK)
		return rc;
	return db_unit_or_inside(db, rename_it, &n, e);
}

static enum rc
set_staff(struct db *db, void *ctx, struct error *e)
{
	const struct naming *n = ctx;
	int64_t count = 0;
	enum rc rc;

	rc = db_run_count(
	    db, SQL_CUSTOMER_STAFF, &count, e, db_int(n->staff), db_int(n->id));
	return matched(rc, count, e);
}

enum rc
customer_set_staff(struct db *db, int64_t id, bool staff, struct error *e)
{
	struct naming n = { .id = id, .staff = staff };

	return db_unit_or_inside(db, set_staff, &n, e);
}

enum rc
customer_set_password(
    struct db *db, int64_t id, const char *encoded, struct error *e)
{
	int64_t count = 0;
	enum rc rc;

	rc = db_run_count(
	    db, SQL_CUSTOMER_PASSWORD, &count, e, db_text(encoded), db_int(id));
	rc = matched(rc, count, e);
	/* A link that was asked for before would choose it once more. */
	if (rc == RC_OK)
		rc = db_run(db, SQL_TICKET_DROP_KIND, e, db_int(id),
		    db_text(ticket_word(TICKET_RESET)));
	return rc;
}
