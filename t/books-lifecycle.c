/*
 * lifecycle as t/books.t starts it when it looks for a bug of disputes; that is
 * named by BOOKS_PLANT:
 *
 *	lost-never  what a lost dispute took is counted nowhere
 *	lost-twice  the order counts it twice
 */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "db/sql.h"
#include "shop/payment.h"

enum rc __real_payment_dispute_is(struct db *db, const struct payment *p,
    const char *dispute, enum payment_dispute state, int64_t lost,
    bool *changed, struct error *e) CHECKED;
enum rc __wrap_payment_dispute_is(struct db *db, const struct payment *p,
    const char *dispute, enum payment_dispute state, int64_t lost,
    bool *changed, struct error *e) CHECKED;

static bool
planted(const char *bug)
{
	const char *name = getenv("BOOKS_PLANT");

	return name != NULL && strcmp(name, bug) == 0;
}

enum rc
__wrap_payment_dispute_is(struct db *db, const struct payment *p,
    const char *dispute, enum payment_dispute state, int64_t lost,
    bool *changed, struct error *e)
{
	enum rc rc;

	if (planted("lost-never"))
		lost = p->lost;
	rc = __real_payment_dispute_is(db, p, dispute, state, lost, changed, e);
	if (rc != RC_OK || !*changed || lost <= p->lost ||
	    !planted("lost-twice"))
		return rc;
	return db_run(
	    db, SQL_ORDER_LOST, e, db_int(lost - p->lost), db_int(p->order));
}
