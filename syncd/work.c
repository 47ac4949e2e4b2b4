#include "config.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/token.h"
#include "shop/gallery.h"
#include "syncd/notify.h"
#include "syncd/work.h"

/* host:pid:random, so that two processes never think they are the same. */
static enum rc
name_holder(struct lease *l, struct error *e)
{
	char host[33] = "", random[UID_SIZE];
	struct buf b;
	enum rc rc;

	rc = uid_random(random, e);
	if (rc != RC_OK)
		return rc;
	/* a name that is too long is cut */
	(void)gethostname(host, sizeof(host) - 1);
	random[8] = '\0';
	buf_init(&b, sizeof(l->holder) - 1);
	buf_printf(&b, "%s:%d:%s", host, (int)getpid(), random);
	memcpy(l->holder, buf_str(&b), strlen(buf_str(&b)) + 1);
	buf_release(&b);
	l->name = "mirror";
	return RC_OK;
}

enum rc
work_open(struct work *w, const struct settings *s, bool (*stopping)(void),
    struct error *e)
{
	enum rc rc;

	memset(w, 0, sizeof(*w));
	w->s = s;
	w->stopping = stopping;
	w->mode = "poll";
	w->staged = w->counts_old = true;
	known_init(&w->known);
	rc = name_holder(&w->lease, e);
	w->gallery = w->lease;
	w->gallery.name = GALLERY_LEASE;
	if (rc == RC_OK)
		rc = map_new(s, &w->map, e);
	if (rc == RC_OK)
		rc = db_open(s, DB_KEEP, &w->db, e);
	if (rc == RC_OK)
		rc = words_new(&w->words, e);
	if (rc == RC_OK && map_has_pictures(w->map))
		rc = store_open(s, &w->store, e);
	if (rc != RC_OK)
		work_close(w);
	return rc;
}

void
work_close(struct work *w)
{
	struct error e = ERROR_NONE;

	work_unlink(w);
	if (w->leased && lease_drop(w->db, &w->lease, &e) != RC_OK)
		log_failure("could not give the lease back", &e);
	store_close(w->store);
	words_free(w->words);
	db_close(w->db);
	map_free(w->map);
	known_release(&w->known);
	claims_release(&w->claims);
	lost_forget(&w->lost);
	doubt_release(&w->doubts);
	audit_drop(w);
	free(w->picture_after);
	work_fresh_done(w);
	memset(w, 0, sizeof(*w));
}

static bool
sales_busy(const void *db)
{
	return db_busy(db);
}

enum rc
work_link(struct work *w, struct error *e)
{
	enum rc rc;

	if (w->link != NULL)
		return RC_OK;
	rc = link_open(w->s, &w->link, &w->fault, e);
	if (rc != RC_OK)
		return rc;
	link_guard(w->link, sales_busy, w->db);
	w->lost.known = w->lost.moving = false;
	/* another server may have other indexes and engines */
	map_forget(w->map);
	return RC_OK;
}

void
work_forget_queries(struct work *w)
{
	link_free(w->first);
	link_free(w->after);
	link_free(w->of);
	link_free(w->of_level);
	link_free(w->taken);
	link_free(w->picture_first);
	link_free(w->picture_more);
	w->of = w->of_level = w->taken = NULL;
	w->first = w->after = w->picture_first = w->picture_more = NULL;
}

enum rc
work_prepare(
    struct work *w, enum map_sql which, struct link_query **q, struct error *e)
{
	struct buf sql;
	enum rc rc;

	if (*q != NULL)
		return RC_OK;
	buf_init(&sql, MAP_SQL_SIZE);
	map_sql(w->map, which, &sql);
	rc = buf_rc(&sql);
	if (rc == RC_OK)
		rc = link_prepare(w->link, buf_str(&sql), q, e);
	else
		(void)error_set(e, rc, "no memory for a statement");
	buf_release(&sql);
	return rc;
}

void
work_unlink(struct work *w)
{
	work_forget_queries(w);
	link_close(w->link);
	w->link = NULL;
}

void
work_fresh(struct work *w, const char *key)
{
	char *copy = w->nfresh < WORK_FRESH ? strdup(key) : NULL;

	/* without memory the round finds it */
	if (copy == NULL)
		w->fresh_more = true;
	else
		w->fresh[w->nfresh++] = copy;
}

void
work_fresh_done(struct work *w)
{
	while (w->nfresh > 0)
		free(w->fresh[--w->nfresh]);
	w->fresh_more = false;
}

const char *
work_source(const struct work *w)
{
	return w->link != NULL ? link_identity(w->link) : "";
}

enum rc
work_lease(struct work *w, struct error *e)
{
	int64_t now = clock_mono_ms(), fence = w->lease.fence;
	enum rc rc;

	if (w->leased && now - w->renewed_ms < LEASE_RENEW_MS)
		return RC_OK;
	rc = lease_take(w->db, &w->lease, LEASE_SECONDS, e);
	if (rc == RC_CONFLICT)
		w->leased = w->known_valid = false;
	if (rc != RC_OK)
		return rc;
	/* somebody else may have published in between */
	if (!w->leased || w->lease.fence != fence) {
		w->known_valid = w->lost.known = w->doubts.known = false;
		w->staged = true;
		w->confirmed_at = w->proven_at = 0;
		w->placed = true;
		note_again(w);
	}
	w->leased = true;
	w->renewed_ms = now;
	return RC_OK;
}

enum rc
work_go_on(struct work *w, struct error *e)
{
	int64_t fence = w->lease.fence;
	enum rc rc;

	notify_beat(w->notify);
	if (w->stopping())
		return error_set(e, RC_CONFLICT, "asked to stop");
	rc = work_lease(w, e);
	if (rc == RC_CONFLICT || (rc == RC_OK && w->lease.fence != fence)) {
		w->leased = w->known_valid = false;
		return error_set(e, RC_DENIED, "the lease was lost");
	}
	return rc;
}

struct unit {
	struct work *w;
	db_work *fn;
	void *ctx;
};

static enum rc
checked(struct db *db, void *ctx, struct error *e)
{
	struct unit *u = ctx;
	enum rc rc;

	rc = lease_check(db, &u->w->lease, e);
	if (rc == RC_OK)
		rc = u->fn(db, u->ctx, e);
	return rc;
}

enum rc
work_unit(struct work *w, db_work *fn, void *ctx, struct error *e)
{
	struct unit u = { w, fn, ctx };
	enum rc rc;

	rc = db_unit(w->db, checked, &u, e);
	if (rc == RC_DENIED)
		w->leased = false;
	/* only what is known to be written is known */
	if (rc != RC_OK)
		w->known_valid = false;
	return rc;
}
