#include "config.h"

#include <string.h>

#include "shop/customer.h"
#include "shop/leave.h"
#include "shop/login.h"
#include "shop/mydata.h"
#include "shop/seclog.h"

static enum rc
count(void *ctx, const struct login_method *m, struct error *e)
{
	int *n = ctx;

	(void)m;
	(void)e;
	++*n;
	return RC_OK;
}

enum rc
leave_plan(struct db *db, const struct leaving *l, enum left *left,
    int64_t *customer, struct error *e)
{
	struct customer c = { 0 };
	int methods = 0;
	enum rc rc;

	*left = LEFT_NOBODY;
	rc = login_known(db, l->provider, l->subject, customer, e);
	if (rc == RC_NOTFOUND) {
		error_clear(e);
		return RC_OK;
	}
	if (rc == RC_OK)
		rc = customer_by_id(db, *customer, &c, e);
	if (rc == RC_OK)
		rc = login_methods(db, *customer, count, &methods, e);
	if (methods > 1)
		*left = LEFT_UNLINKED;
	else if (l->forget)
		*left = LEFT_ERASED;
	else
		*left = c.proven ? LEFT_UNLINKED : LEFT_KEPT;
	customer_release(&c);
	return rc;
}

static enum rc
unlink_it(
    struct db *db, const struct leaving *l, int64_t customer, struct error *e)
{
	enum rc rc;

	rc = db_run(db, SQL_IDENTITY_DROP, e, db_int(customer),
	    db_text(l->provider), db_text(l->subject));
	if (rc == RC_OK)
		rc = seclog(
		    db, customer, "unlink", l->place, l->provider, l->now, e);
	return rc;
}

enum rc
leave(struct db *db, const struct leaving *l, enum left *left, struct error *e)
{
	int64_t customer = 0;
	enum rc rc;

	rc = leave_plan(db, l, left, &customer, e);
	if (rc != RC_OK || *left == LEFT_NOBODY)
		return rc;
	rc = db_run(db, SQL_CUSTOMER_LOCK, e, db_int(customer));
	if (rc == RC_OK)
		rc = leave_plan(db, l, left, &customer, e);
	if (rc == RC_OK && *left != LEFT_NOBODY)
		rc = db_run(db, SQL_SESSION_END_METHOD, e, db_int(customer),
		    db_text(l->provider));
	if (rc != RC_OK)
		return rc;
	switch (*left) {
	case LEFT_NOBODY:
	case LEFT_KEPT:
		return RC_OK;
	case LEFT_UNLINKED:
		return unlink_it(db, l, customer, e);
	case LEFT_ERASED:
		break;
	}
	return mydata_erase(db, customer, l->place, l->now, e);
}
