#include "config.h"

#include <string.h>

#include "base/text.h"
#include "shop/seclog.h"

#define DETAIL_MAX 500 /* bytes */

struct event {
	int64_t customer, now;
	const char *kind, *place, *detail;
};

static enum rc
add(struct db *db, void *ctx, struct error *e)
{
	const struct event *v = ctx;
	size_t n = text_clip(v->detail, strlen(v->detail), DETAIL_MAX);

	return db_run(db, SQL_EVENT_ADD, e, db_int(v->now), db_int(v->customer),
	    db_text(v->kind), db_text(v->place), db_text_n(v->detail, n));
}

enum rc
seclog(struct db *db, int64_t customer, const char *kind, const char *place,
    const char *detail, int64_t now, struct error *e)
{
	struct event v = { customer, now, kind, place != NULL ? place : "",
		detail != NULL ? detail : "" };

	return db_unit_or_inside(db, add, &v, e);
}

enum rc
seclog_list(struct db *db, int64_t customer, int64_t most, seclog_put *put,
    void *ctx, struct error *e)
{
	struct seclog_row row;
	struct db_rows *rows;
	enum rc rc;

	if (customer != 0)
		rc = db_ask(db, SQL_EVENT_LIST, &rows, e, db_int(customer),
		    db_int(most));
	else
		rc = db_ask(db, SQL_EVENT_LIST_ALL, &rows, e, db_int(most));
	if (rc != RC_OK)
		return rc;
	while ((rc = db_next(rows, e)) == RC_OK) {
		row.id = db_col_int(rows, 0);
		row.at = db_col_int(rows, 1);
		row.customer = db_col_int(rows, 2);
		row.kind = db_col_text(rows, 3);
		row.place = db_col_text(rows, 4);
		row.detail = db_col_text(rows, 5);
		rc = put(ctx, &row, e);
		if (rc != RC_OK)
			break;
	}
	db_done(rows);
	return rc == RC_NOTFOUND ? RC_OK : rc;
}
