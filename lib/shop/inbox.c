#include "config.h"

#include <inttypes.h>
#include <string.h>

#include "shop/inbox.h"

struct putting {
	const struct inbox_event *in;
	int64_t now, added;
	bool again;
};

static enum rc
put_event(struct db *db, void *ctx, struct error *e)
{
	struct putting *p = ctx;
	const struct inbox_event *in = p->in;
	enum rc rc;

	rc = db_run_count(db, SQL_INBOX_ADD, &p->added, e, db_text(in->source),
	    db_text(in->event), db_int(p->now), db_int(p->now),
	    db_text(in->headers), db_blob(in->body, in->n), db_text(in->source),
	    db_text(in->event));
	/* Somebody else has just put it, which a new try will see; or it does
	 * not fit, now as then. */
	if (rc != RC_INVALID || p->again)
		return rc;
	p->again = true;
	return RC_CONFLICT;
}

enum rc
inbox_put(struct db *db, const struct inbox_event *in, int64_t now, bool *fresh,
    struct error *e)
{
	struct putting p = { .in = in, .now = now };
	enum rc rc;

	rc = db_unit(db, put_event, &p, e);
	*fresh = rc == RC_OK && p.added > 0;
	return rc;
}

enum rc
inbox_set_aside(struct db *db, const struct inbox_event *in, const char *why,
    int64_t now, bool *fresh, struct error *e)
{
	struct putting p = { in, now, 0 };
	enum rc rc = put_event(db, &p, e);

	*fresh = rc == RC_OK && p.added > 0;
	return *fresh ? inbox_for_a_person(db, db_last_id(db), why, now, e)
		      : rc;
}

static enum rc
see_rows(struct db_rows *rows, inbox_see *see, void *ctx, struct error *e)
{
	struct inbox_event in;
	enum rc rc;

	while ((rc = db_next(rows, e)) == RC_OK) {
		memset(&in, 0, sizeof(in));
		in.id = db_col_int(rows, 0);
		in.source = db_col_text(rows, 1);
		in.event = db_col_text(rows, 2);
		in.state = (enum inbox_state)db_col_int(rows, 3);
		in.tries = db_col_int(rows, 4);
		in.made_at = db_col_int(rows, 5);
		in.headers = db_col_text(rows, 6);
		in.why = db_col_text(rows, 7);
		in.body = db_col_blob(rows, 8, &in.n);
		rc = see(ctx, &in, e);
		if (rc != RC_OK)
			break;
	}
	db_done(rows);
	return rc == RC_NOTFOUND ? RC_OK : rc;
}

enum rc
inbox_due(struct db *db, int64_t now, int64_t most, inbox_see *see, void *ctx,
    struct error *e)
{
	struct db_rows *rows;
	enum rc rc;

	rc = db_ask(db, SQL_INBOX_DUE, &rows, e, db_int(now), db_int(most));
	return rc == RC_OK ? see_rows(rows, see, ctx, e) : rc;
}

/* see_rows would take a missing row for the end of them. */
struct one {
	inbox_see *see;
	void *ctx;
	bool found;
};

static enum rc
see_one(void *ctx, const struct inbox_event *in, struct error *e)
{
	struct one *o = ctx;

	o->found = true;
	return o->see(o->ctx, in, e);
}

enum rc
inbox_get(struct db *db, int64_t id, inbox_see *see, void *ctx, struct error *e)
{
	struct one o = { see, ctx, false };
	struct db_rows *rows;
	enum rc rc;

	rc = db_ask(db, SQL_INBOX_GET, &rows, e, db_int(id));
	if (rc == RC_OK)
		rc = see_rows(rows, see_one, &o, e);
	if (rc == RC_OK && !o.found)
		rc = error_set(e, RC_NOTFOUND, "there is no such event");
	return rc;
}

enum rc
inbox_list(struct db *db, enum inbox_state state, int64_t most, inbox_see *see,
    void *ctx, struct error *e)
{
	struct db_rows *rows;
	enum rc rc;

	rc = db_ask(
	    db, SQL_INBOX_LIST, &rows, e, db_int((int64_t)state), db_int(most));
	return rc == RC_OK ? see_rows(rows, see, ctx, e) : rc;
}

enum rc
inbox_done(
    struct db *db, int64_t id, int64_t order, int64_t now, struct error *e)
{
	return db_run(
	    db, SQL_INBOX_DONE, e, db_int(order), db_int(now), db_int(id));
}

enum rc
inbox_again(struct db *db, int64_t id, int64_t next_at, const char *why,
    struct error *e)
{
	return db_run(
	    db, SQL_INBOX_AGAIN, e, db_int(next_at), db_text(why), db_int(id));
}

enum rc
inbox_for_a_person(
    struct db *db, int64_t id, const char *why, int64_t now, struct error *e)
{
	return db_run(
	    db, SQL_INBOX_PERSON, e, db_text(why), db_int(now), db_int(id));
}

const char *
inbox_state_name(enum inbox_state state)
{
	static const char *const names[] = {
		[INBOX_WAITS] = "waits",
		[INBOX_DONE] = "done",
		[INBOX_FOR_A_PERSON] = "for a person",
	};

	return names[state];
}

enum rc
inbox_of_order(
    struct db *db, int64_t order, inbox_see *see, void *ctx, struct error *e)
{
	struct db_rows *rows;
	enum rc rc = db_ask(db, SQL_INBOX_OF_ORDER, &rows, e, db_int(order));

	return rc == RC_OK ? see_rows(rows, see, ctx, e) : rc;
}

struct reopening {
	int64_t id, now, found;
};

static enum rc
reopen(struct db *db, void *ctx, struct error *e)
{
	struct reopening *r = ctx;

	return db_run_count(
	    db, SQL_INBOX_REOPEN, &r->found, e, db_int(r->now), db_int(r->id));
}

enum rc
inbox_reopen(struct db *db, int64_t id, int64_t now, struct error *e)
{
	struct reopening r = { id, now, 0 };
	enum rc rc = db_unit(db, reopen, &r, e);

	if (rc == RC_OK && r.found == 0)
		rc = error_set(e, RC_NOTFOUND, "there is no such event");
	return rc;
}

struct seeing {
	int64_t id, now;
	enum inbox_state was;
};

static enum rc
see_state(void *ctx, const struct inbox_event *in, struct error *e)
{
	struct seeing *s = ctx;

	(void)e;
	s->was = in->state;
	return RC_OK;
}

static enum rc
see_it(struct db *db, void *ctx, struct error *e)
{
	struct seeing *s = ctx;
	enum rc rc = inbox_get(db, s->id, see_state, s, e);

	return rc == RC_OK ? db_run(db, SQL_INBOX_SEEN, e, db_int(s->now),
				 db_int(s->id))
			   : rc;
}

enum rc
inbox_seen(struct db *db, int64_t id, int64_t now, struct error *e)
{
	struct seeing s = { .id = id, .now = now };
	enum rc rc = db_unit(db, see_it, &s, e);

	if (rc == RC_OK && s.was == INBOX_WAITS)
		rc = error_set(
		    e, RC_INVALID, "event %" PRId64 " waits for lifecycle", id);
	return rc;
}
