#include "config.h"

#include "base/clock.h"
#include "shop/purge.h"

#define DAY INT64_C(86400)

/* One statement, which takes the rows that are older than `before`, PURGE_SLICE
 * at most. */
struct slice {
	enum sql sql;
	int64_t before;
	int64_t gone;
};

static enum rc
run_slice(struct db *db, void *ctx, struct error *e)
{
	struct slice *s = ctx;

	return db_run_count(
	    db, s->sql, &s->gone, e, db_int(s->before), db_int(PURGE_SLICE));
}

static enum rc
purge(
    struct db *db, enum sql sql, int64_t before, int64_t *gone, struct error *e)
{
	struct slice s = { .sql = sql, .before = before };
	enum rc rc;

	for (int i = 0; i < PURGE_SLICES; i++) {
		rc = db_unit(db, run_slice, &s, e);
		if (rc != RC_OK)
			return rc;
		*gone += s.gone;
		if (s.gone < PURGE_SLICE)
			break;
		clock_sleep_ms(20); /* who waits to write gets a turn */
	}
	return RC_OK;
}

enum rc
purge_old(struct db *db, const struct settings *s, int64_t now, int64_t *gone,
    struct error *e)
{
	const struct {
		enum sql sql;
		int64_t before;
	} kinds[] = {
		{ SQL_PURGE_BASKETS, now - PURGE_BASKET_DAYS * DAY },
		{ SQL_PURGE_SESSIONS, now - s->session_idle * DAY },
		{ SQL_PURGE_TICKETS, now - PURGE_TICKET_DAYS * DAY },
		{ SQL_PURGE_TALLIES, now },
		{ SQL_PURGE_EVENTS, now - PURGE_EVENT_DAYS * DAY },
		{ SQL_PURGE_ENVELOPES, now - PURGE_LETTER_DAYS * DAY },
		{ SQL_PURGE_LETTERS, now - PURGE_LETTER_DAYS * DAY },
		{ SQL_PURGE_INBOX, now - PURGE_INBOX_DAYS * DAY },
	};
	int64_t unused = 0;
	enum rc rc = RC_OK;

	if (gone == NULL)
		gone = &unused;
	*gone = 0;
	for (size_t i = 0; rc == RC_OK && i < sizeof(kinds) / sizeof(kinds[0]);
	     i++)
		rc = purge(db, kinds[i].sql, kinds[i].before, gone, e);
	return rc;
}
