#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/text.h"
#include "db/db.h"
#include "shop/gallery.h"
#include "shop/suspect.h"
#include "syncd/row.h"
#include "syncd/tell.h"

static const char *const names[] = {
	[TELL_FRESH] = "fresh",
	[TELL_STALE] = "stale",
	[TELL_PARTIAL] = "partial",
	[TELL_NEVER] = "never copied",
};

const char *
tell_state_name(enum tell_state state)
{
	return names[state];
}

void
tell_line(struct buf *b, const char *text)
{
	struct buf clean;
	size_t n = strlen(text);

	buf_init(&clean, 4 * n + 16);
	text_clean(&clean, text, n);
	if (buf_rc(&clean) != RC_OK)
		buf_fail(b, buf_rc(&clean));
	for (const char *p = buf_str(&clean); *p != '\0'; p++)
		buf_putc(b, *p == '\n' || *p == '\t' ? ' ' : *p);
	buf_release(&clean);
}

/* -- gathering ----------------------------------------------------------- */

static enum rc
add(struct tell_row *rows, size_t *n, const char *key, const char *why,
    struct error *e)
{
	struct tell_row *r = &rows[*n];

	r->key = strdup(key);
	r->why = strdup(why);
	(*n)++;
	if (r->key == NULL || r->why == NULL)
		return error_set(e, RC_NOMEM, "no memory for the status");
	return RC_OK;
}

static enum rc
list_flawed(struct db *db, struct tell *t, struct error *e)
{
	struct db_rows *rows;
	enum rc rc;

	rc = db_ask(db, SQL_STATUS_FLAWED, &rows, e, db_int(TELL_ROWS));
	while (rc == RC_OK && (rc = db_next(rows, e)) == RC_OK)
		rc = add(t->flawed, &t->nflawed, db_col_text(rows, 0),
		    row_flaw_text((enum item_flaw)db_col_int(rows, 1)), e);
	db_done(rows);
	return rc == RC_NOTFOUND ? RC_OK : rc;
}

static enum rc
list_broken(struct db *db, struct tell *t, struct error *e)
{
	struct db_rows *rows;
	enum rc rc;

	rc = db_ask(db, SQL_STATUS_BROKEN, &rows, e, db_int(TELL_ROWS));
	while (rc == RC_OK && (rc = db_next(rows, e)) == RC_OK)
		rc = add(t->broken, &t->nbroken, db_col_text(rows, 0),
		    db_col_text(rows, 1), e);
	db_done(rows);
	return rc == RC_NOTFOUND ? RC_OK : rc;
}

/* Why, as it was remembered under the hash of the bytes, or of the name of
 * those that could not be had. */
static enum rc
say_why(struct db *db, struct tell_row *r, struct error *e)
{
	struct gallery_picture p;
	struct error failed = ERROR_NONE;
	char hash[HASH_SIZE];
	const char *at = hash;
	char *why;
	enum rc rc;

	hash_hex(r->why, strlen(r->why), hash);
	if (strncmp(r->why, "sha256:", 7) == 0)
		at = r->why + 7;
	rc = gallery_find(db, at, &p, &failed);
	if (rc == RC_NOTFOUND || (rc == RC_OK && p.reason[0] == '\0'))
		return RC_OK;
	if (rc != RC_OK)
		return error_set(e, rc, "%s", failed.text);
	why = strdup(p.reason);
	if (why == NULL)
		return error_set(e, RC_NOMEM, "no memory for the status");
	free(r->why);
	r->why = why;
	return RC_OK;
}

static enum rc
gather(struct db *db, struct tell *t, struct error *e)
{
	enum rc rc;

	rc = mirror_read(db, &t->m, e);
	if (rc == RC_OK)
		rc = lease_read(db, "mirror", &t->holder, e);
	if (rc == RC_OK)
		rc = list_flawed(db, t, e);
	if (rc == RC_OK)
		rc = list_broken(db, t, e);
	if (rc == RC_OK)
		rc = suspect_count(db, &t->suspected, e);
	for (size_t i = 0; i < t->nbroken && rc == RC_OK; i++)
		rc = say_why(db, &t->broken[i], e);
	return rc;
}

static enum tell_state
state_of(const struct tell *t)
{
	if (t->m.confirmed_at == 0)
		return t->m.partial ? TELL_PARTIAL : TELL_NEVER;
	if (t->m.partial)
		return TELL_PARTIAL;
	return t->now - t->m.confirmed_at <= t->s->stock_stale_after
		   ? TELL_FRESH
		   : TELL_STALE;
}

enum rc
tell_gather(const struct settings *s, struct tell *out, struct error *e)
{
	struct db *db = NULL;
	enum rc rc;

	memset(out, 0, sizeof(*out));
	out->s = s;
	rc = db_open(s, DB_READ, &db, e);
	if (rc == RC_OK)
		rc = gather(db, out, e);
	db_close(db);
	out->now = clock_now();
	out->runs =
	    out->holder.name[0] != '\0' && out->holder.expires_at > out->now;
	out->state = state_of(out);
	out->healthy = out->state == TELL_FRESH && out->m.problem[0] == '\0';
	return rc;
}

static void
release(struct tell_row *rows, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		free(rows[i].key);
		free(rows[i].why);
	}
}

void
tell_release(struct tell *t)
{
	release(t->flawed, t->nflawed);
	release(t->broken, t->nbroken);
	memset(t, 0, sizeof(*t));
}

/* -- what to do ---------------------------------------------------------- */

static const char *
advice_of_state(const struct tell *t)
{
	if (!t->runs)
		return "no syncd is at work: start it (systemctl start syncd), "
		       "and read its log if it leaves again";
	if (t->m.problem[0] != '\0')
		return "mend the problem; \"syncd -n\" says what the stock "
		       "system lacks, and syncd goes on by itself";
	switch (t->state) {
	case TELL_FRESH:
		break;
	case TELL_STALE:
		return "syncd is at work but confirms nothing: read its log; "
		       "to restart it does no harm";
	case TELL_PARTIAL:
		return "a large publication is under way: wait for its end";
	case TELL_NEVER:
		return "the first copy is under way: wait for its end";
	}
	return NULL;
}

size_t
tell_advice(const struct tell *t, const char *out[TELL_ADVICE])
{
	const struct mirror *m = &t->m;
	size_t n = 0;

	out[0] = advice_of_state(t);
	if (out[0] != NULL)
		n++;
	if (t->s->stock_mode != MODE_POLL && m->reason[0] != '\0' &&
	    strcmp(m->mode, "poll") == 0)
		out[n++] = "changes are polled: \"syncd -n\" says what it "
			   "takes to follow the log";
	if (m->store_problem[0] != '\0')
		out[n++] = "mend the store of pictures, or its settings: what "
			   "waits is then stored by itself";
	if (t->suspected > 0)
		out[n++] = "levels were raised soon after the shop took goods, "
			   "maybe overwritten: \"shopctl stock suspected\"";
	if (m->vanished > 0)
		out[n++] = "the stock system has lost takes with a server: "
			   "lifecycle takes them again before anything else";
	if (m->flawed > 0 || m->broken > 0)
		out[n++] = "mend the flawed items and broken pictures in the "
			   "stock system: they are taken up by themselves";
	return n;
}
