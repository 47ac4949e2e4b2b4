#include "config.h"

#include <string.h>

#include "shop/suspect.h"

enum rc
suspect_before(
    struct db *db, const char *key, struct suspect *out, struct error *e)
{
	struct db_rows *rows;
	enum rc rc;

	memset(out, 0, sizeof(*out));
	rc = db_one(db, SQL_SUSPECT_READ, &rows, e, db_text(key));
	if (rc != RC_OK)
		return rc == RC_NOTFOUND ? RC_OK : rc;
	out->item = db_col_int(rows, 0);
	out->level = db_col_int(rows, 1);
	out->taken_at = db_col_int(rows, 2);
	out->taken_from = db_col_int(rows, 3);
	db_done(rows);
	return RC_OK;
}

/* The level that a raise must not be above, to be suspected: the one before the
 * first of the takes of late. */
static int64_t
level_before(const struct suspect *s, bool recent)
{
	int64_t from = recent ? s->taken_from : 0;

	return s->taken > 0 && s->level > from ? s->level : from;
}

enum rc
suspect_after(struct db *db, const struct suspect *s, int64_t level,
    int64_t now, int64_t *raised, struct error *e)
{
	bool recent = s->taken_at > 0 && now - s->taken_at <= SUSPECT_SECONDS;
	int64_t from = level_before(s, recent), more;
	enum rc rc = RC_OK;

	*raised = 0;
	if (s->item == 0 || (!recent && s->taken == 0))
		return RC_OK;
	more = level - (s->level - s->taken) - s->returned;
	if (more > 0 && level <= from)
		*raised = more;
	/* goods have come: what is read from now on may be as much */
	if (level > from)
		from = level;
	if (s->taken > 0 || from != s->taken_from)
		rc = db_run(db, SQL_SUSPECT_TAKEN, e,
		    db_int(s->taken > 0 ? now : s->taken_at), db_int(from),
		    db_int(s->item));
	if (rc == RC_OK && *raised > 0)
		rc = db_run(db, SQL_SUSPECT_NOTE, e, db_int(now),
		    db_int(*raised), db_int(s->item));
	return rc;
}

static enum rc
one_number(struct db *db, enum sql id, int64_t *out, struct error *e)
{
	struct db_rows *rows;
	enum rc rc = db_one(db, id, &rows, e);

	if (rc != RC_OK)
		return rc;
	*out = db_col_int(rows, 0);
	db_done(rows);
	return RC_OK;
}

enum rc
suspect_last(struct db *db, int64_t *at, struct error *e)
{
	return one_number(db, SQL_SUSPECT_LAST, at, e);
}

enum rc
suspect_count(struct db *db, int64_t *n, struct error *e)
{
	return one_number(db, SQL_SUSPECT_COUNT, n, e);
}

enum rc
suspect_list(struct db *db, suspect_put *put, void *ctx, struct error *e)
{
	struct suspect_row r;
	struct db_rows *rows;
	enum rc rc;

	rc = db_ask(db, SQL_SUSPECT_LIST, &rows, e);
	while (rc == RC_OK && (rc = db_next(rows, e)) == RC_OK) {
		r.key = db_col_text(rows, 0);
		r.name = db_col_text(rows, 1);
		r.level = db_col_int(rows, 2);
		r.taken_at = db_col_int(rows, 3);
		r.taken_from = db_col_int(rows, 4);
		r.at = db_col_int(rows, 5);
		r.qty = db_col_int(rows, 6);
		rc = put(ctx, &r, e);
	}
	db_done(rows);
	return rc == RC_NOTFOUND ? RC_OK : rc;
}

enum rc
suspect_drop(struct db *db, const char *key, bool *dropped, struct error *e)
{
	int64_t n = 0;
	enum rc rc;

	rc = db_run_count(db, SQL_SUSPECT_DROP, &n, e, db_text(key));
	*dropped = rc == RC_OK && n > 0;
	return rc;
}
