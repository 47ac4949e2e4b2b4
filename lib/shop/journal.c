#include "config.h"

#include <stdio.h>

#include "base/text.h"
#include "shop/journal.h"

#define DETAIL 512 /* bytes of the column */

enum rc
journal_add(struct db *db, int64_t order, const char *kind, const char *witness,
    const char *detail, const char *once, int64_t now, struct error *e)
{
	char fit[DETAIL + 1];
	enum rc rc;

	text_fit(fit, sizeof(fit), detail);
	rc = db_run(db, SQL_JOURNAL_ADD, e, db_int(order), db_int(now),
	    db_text(kind), db_text(witness), db_text(fit), db_text(once),
	    db_text(once));
	/* told by somebody else at this moment */
	return rc == RC_INVALID && once != NULL ? RC_CONFLICT : rc;
}

enum rc
journal_list(
    struct db *db, int64_t order, journal_put *put, void *ctx, struct error *e)
{
	struct db_rows *rows;
	struct journal_row row;
	enum rc rc;

	rc = db_ask(db, SQL_JOURNAL_LIST, &rows, e, db_int(order));
	if (rc != RC_OK)
		return rc;
	while ((rc = db_next(rows, e)) == RC_OK) {
		row.at = db_col_int(rows, 0);
		row.kind = db_col_text(rows, 1);
		row.witness = db_col_text(rows, 2);
		row.detail = db_col_text(rows, 3);
		rc = put(ctx, &row, e);
		if (rc != RC_OK)
			break;
	}
	db_done(rows);
	return rc == RC_NOTFOUND ? RC_OK : rc;
}

enum rc
journal_all(struct db *db, const struct journal_ask *ask,
    journal_put_entry *put, void *ctx, struct error *e)
{
	char from[80], to[80];
	struct journal_entry j;
	struct db_rows *rows;
	enum rc rc;

	/* between "staff " and what sorts after all that begin so */
	(void)snprintf(from, sizeof(from), "%.64s ", ask->witness);
	(void)snprintf(to, sizeof(to), "%.64s!", ask->witness);
	rc = db_ask(db, SQL_JOURNAL_ALL, &rows, e, db_int(ask->since),
	    db_int(ask->order), db_int(ask->order), db_text(ask->kind),
	    db_text(ask->kind), db_text(ask->witness), db_text(ask->witness),
	    db_text(from), db_text(to), db_int(ask->most));
	if (rc != RC_OK)
		return rc;
	while ((rc = db_next(rows, e)) == RC_OK) {
		j.row.at = db_col_int(rows, 0);
		j.row.kind = db_col_text(rows, 1);
		j.row.witness = db_col_text(rows, 2);
		j.row.detail = db_col_text(rows, 3);
		j.id = db_col_int(rows, 4);
		j.order = db_col_int(rows, 5);
		j.uid = db_col_text(rows, 6);
		rc = put(ctx, &j, e);
		if (rc != RC_OK)
			break;
	}
	db_done(rows);
	return rc == RC_NOTFOUND ? RC_OK : rc;
}
