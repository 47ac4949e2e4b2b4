#include "config.h"

#include <assert.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/text.h"
#include "shop/mirror.h"

static void
copy(char *out, size_t size, const char *s)
{
	size_t n;

	n = text_clip(s, strlen(s), size - 1);
	memcpy(out, s, n);
	out[n] = '\0';
}

enum rc
mirror_read(struct db *db, struct mirror *out, struct error *e)
{
	struct db_rows *rows;
	enum rc rc;

	memset(out, 0, sizeof(*out));
	rc = db_one(db, SQL_MIRROR_READ, &rows, e);
	if (rc != RC_OK)
		return rc;
	copy(out->source, sizeof(out->source), db_col_text(rows, 0));
	copy(out->mode, sizeof(out->mode), db_col_text(rows, 1));
	out->confirmed_at = db_col_int(rows, 2);
	out->published_at = db_col_int(rows, 3);
	out->partial = db_col_int(rows, 4) != 0;
	copy(out->problem, sizeof(out->problem), db_col_text(rows, 5));
	out->problem_at = db_col_int(rows, 6);
	out->items = db_col_int(rows, 7);
	out->visible = db_col_int(rows, 8);
	out->flawed = db_col_int(rows, 9);
	out->pictures = db_col_int(rows, 10);
	out->broken = db_col_int(rows, 11);
	copy(out->reason, sizeof(out->reason), db_col_text(rows, 12));
	copy(out->position, sizeof(out->position), db_col_text(rows, 13));
	out->event_at = db_col_int(rows, 14);
	out->read_lag_ms = db_col_int(rows, 15);
	out->apply_lag_ms = db_col_int(rows, 16);
	out->compared_at = db_col_int(rows, 17);
	out->differences = db_col_int(rows, 18);
	out->waiting = db_col_int(rows, 19);
	copy(out->store_problem, sizeof(out->store_problem),
	    db_col_text(rows, 20));
	out->vanished = db_col_int(rows, 21);
	db_done(rows);
	return RC_OK;
}

enum rc
mirror_fresh(struct db *db, int64_t stale_after, int64_t now, bool *fresh,
    struct error *e)
{
	struct db_rows *rows;
	enum rc rc;

	*fresh = false;
	rc = db_one(db, SQL_MIRROR_FRESH, &rows, e);
	if (rc != RC_OK)
		return rc;
	*fresh = db_col_int(rows, 1) == 0 && db_col_int(rows, 0) > 0 &&
		 now - db_col_int(rows, 0) <= stale_after;
	db_done(rows);
	return RC_OK;
}

/* One try to take a lease; CONFLICT would be tried again by the unit, so the
 * answer travels here. */
struct taking {
	struct lease *l;
	int64_t seconds;
	int64_t fence;      /* ours after, 0: somebody else has it */
	char other[64];     /* who */
	int64_t expires_at; /* until when */
};

static enum rc
take_free(struct db *db, struct taking *t, int64_t fence, int64_t now,
    struct error *e)
{
	t->fence = fence;
	return db_run(db, SQL_LEASE_SET, e, db_text(t->l->holder),
	    db_int(fence), db_int(now + t->seconds), db_text(t->l->name));
}

/* The first of all takers; another one who is it too is found out by UNIQUE. */
static enum rc
take_new(struct db *db, struct taking *t, int64_t now, struct error *e)
{
	enum rc rc;

	t->fence = 1;
	rc = db_run(db, SQL_LEASE_ADD, e, db_text(t->l->name),
	    db_text(t->l->holder), db_int(1), db_int(now + t->seconds));
	return rc == RC_INVALID ? RC_CONFLICT : rc;
}

static enum rc
take(struct db *db, void *ctx, struct error *e)
{
	struct taking *t = ctx;
	int64_t fence, n, now;
	struct db_rows *rows;
	bool ours, free;
	enum rc rc;

	now = clock_now();
	t->fence = 0;
	/* Locks the row: who else takes it at this moment waits. */
	rc = db_run_count(db, SQL_LEASE_LOCK, &n, e, db_text(t->l->name));
	if (rc != RC_OK)
		return rc;
	if (n == 0)
		return take_new(db, t, now, e);
	rc = db_one(db, SQL_LEASE_READ, &rows, e, db_text(t->l->name));
	if (rc != RC_OK)
		return rc;
	fence = db_col_int(rows, 1);
	t->expires_at = db_col_int(rows, 2);
	copy(t->other, sizeof(t->other), db_col_text(rows, 0));
	ours = strcmp(t->other, t->l->holder) == 0;
	free = t->other[0] == '\0' || t->expires_at <= now;
	db_done(rows);
	if (ours && fence == t->l->fence)
		return take_free(db, t, fence, now, e);
	if (ours || free)
		return take_free(db, t, fence + 1, now, e);
	return RC_OK;
}

enum rc
lease_take(struct db *db, struct lease *l, int64_t seconds, struct error *e)
{
	struct taking t = { .l = l, .seconds = seconds };
	struct buf until;
	enum rc rc;

	assert(l->holder[0] != '\0');
	rc = db_unit(db, take, &t, e);
	if (rc != RC_OK)
		return rc;
	if (t.fence != 0) {
		l->fence = t.fence;
		return RC_OK;
	}
	buf_init(&until, 32);
	clock_put_iso(&until, t.expires_at);
	error_set(e, RC_CONFLICT, "lease \"%s\" is held by \"%s\" until %s",
	    l->name, t.other, buf_str(&until));
	buf_release(&until);
	return RC_CONFLICT;
}

enum rc
lease_read(
    struct db *db, const char *lease, struct lease_holder *out, struct error *e)
{
	struct db_rows *rows;
	enum rc rc;

	memset(out, 0, sizeof(*out));
	rc = db_one(db, SQL_LEASE_READ, &rows, e, db_text(lease));
	if (rc == RC_NOTFOUND) {
		error_clear(e);
		return RC_OK;
	}
	if (rc != RC_OK)
		return rc;
	copy(out->name, sizeof(out->name), db_col_text(rows, 0));
	out->expires_at = db_col_int(rows, 2);
	db_done(rows);
	return RC_OK;
}

static enum rc
drop(struct db *db, void *ctx, struct error *e)
{
	const struct lease *l = ctx;

	return db_run(db, SQL_LEASE_DROP, e, db_text(l->name),
	    db_text(l->holder), db_int(l->fence));
}

enum rc
lease_drop(struct db *db, struct lease *l, struct error *e)
{
	return db_unit(db, drop, l, e);
}

enum rc
lease_check(struct db *db, const struct lease *l, struct error *e)
{
	int64_t n;
	enum rc rc;

	rc = db_run_count(db, SQL_LEASE_CHECK, &n, e, db_text(l->name),
	    db_text(l->holder), db_int(l->fence));
	if (rc == RC_OK && n != 1)
		rc = error_set(e, RC_DENIED,
		    "lease \"%s\" was taken over: fence %" PRId64 " is old",
		    l->name, l->fence);
	return rc;
}

enum rc
lease_held(struct db *db, const char *name, bool *held, struct error *e)
{
	struct db_rows *rows;
	enum rc rc;

	*held = false;
	rc = db_one(db, SQL_LEASE_READ, &rows, e, db_text(name));
	if (rc != RC_OK)
		return rc == RC_NOTFOUND ? RC_OK : rc;
	*held = db_col_text(rows, 0)[0] != '\0' &&
		db_col_int(rows, 2) > clock_now();
	db_done(rows);
	return RC_OK;
}
