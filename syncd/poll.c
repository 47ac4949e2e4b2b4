#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "shop/stage.h"
#include "syncd/fit.h"
#include "syncd/poll.h"
#include "syncd/publish.h"
#include "syncd/reader.h"
#include "syncd/snapshot.h"
#include "syncd/touched.h"

/* Differences that are staged together: the fewer commits, the shorter the
 * snapshot is open; 512 take some 10 ms. */
#define PENDING 512
/* The stock system's own users come between two chunks of a long pass: it rests
 * as long as it worked, at most so long. */
#define REST_MS 30
/* The mirror is read anew after this long, in case it was changed by other
 * hands than ours: a restored backup, an administrator. */
#define KNOWN_MS 300000

struct pass {
	struct work *w;
	struct poll_result *out;
	struct stage_row *pending; /* found and not yet staged; owned */
	size_t npending;
	int64_t run;
	struct reader reader;
	uint32_t turn;

	const char
	    *wanted; /* NULL in a whole pass: the key that is looked for */
	bool found;  /* and it was there */
};

/* -- what the mirror holds ----------------------------------------------- */

struct reading {
	struct work *w;
	struct known before; /* what was published last, or nothing */
	size_t same;         /* keys that it had too */
};

static enum rc
remember(void *ctx, const struct stage_known *k, struct error *e)
{
	struct reading *r = ctx;
	struct work *w = r->w;
	struct known_entry *entry, *before;
	enum rc rc;

	rc = known_add(&w->known, k->news.key, &entry, e);
	if (rc != RC_OK)
		return rc;
	entry->visible = k->news.visible;
	entry->picture = known_picture(k->picture_source);
	rc = row_digest(&k->news, entry->row, e);
	before = known_find(&r->before, k->news.key);
	if (rc == RC_OK && before != NULL) {
		r->same++;
		if (memcmp(before->row, entry->row, ROW_DIGEST) != 0)
			audit_differs(w, k->news.key);
	}
	return rc;
}

/* The mirror itself.  What is not as it was published last was changed by
 * other hands. */
static enum rc
read_known(struct work *w, bool polling, struct error *e)
{
	struct reading r = { .w = w };
	struct mirror m;
	enum rc rc;

	if (polling)
		audit_begin(w);
	if (w->known_valid && polling)
		r.before = w->known;
	else
		known_release(&w->known);
	known_init(&w->known);
	rc = mirror_read(w->db, &m, e);
	if (rc == RC_OK) {
		w->partial = m.partial;
		rc = stage_known_each(w->db, remember, &r, e);
	}
	if (polling && rc == RC_OK) {
		w->audit.more += (int64_t)(r.before.count - r.same);
		audit_passed(w);
	}
	known_release(&r.before);
	w->known_valid = rc == RC_OK;
	w->known_ms = clock_mono_ms();
	return rc;
}

static enum rc
load_known(struct work *w, struct error *e)
{
	bool asked = false;
	enum rc rc = RC_OK;

	/* while the log is followed, follow.c says when it is time */
	if (w->need == NULL)
		rc = audit_asked(w, &asked, e);
	if (rc != RC_OK)
		return rc;
	if (!w->known_valid || asked || w->audit.state == AUDIT_PASS ||
	    clock_mono_ms() - w->known_ms >= KNOWN_MS)
		return read_known(w, w->need == NULL, e);
	known_unsee(&w->known);
	return RC_OK;
}

enum rc
poll_known(struct work *w, struct error *e)
{
	return w->known_valid ? RC_OK : read_known(w, false, e);
}

/* -- staging ------------------------------------------------------------- */

static void
drop_pending(struct pass *p)
{
	while (p->npending > 0)
		stage_row_release(&p->pending[--p->npending]);
}

static enum rc
stage_pending(struct db *db, void *ctx, struct error *e)
{
	const struct pass *p = ctx;
	enum rc rc = RC_OK;

	for (size_t i = 0; i < p->npending && rc == RC_OK; i++) {
		const struct stage_row *r = &p->pending[i];

		if (r->withdrawn)
			rc = stage_withdraw(db, p->run, r->key, e);
		else
			rc = stage_put(db, p->run, &r->news, e);
	}
	return rc;
}

static enum rc
flush(struct pass *p, struct error *e)
{
	enum rc rc;

	if (p->npending == 0)
		return RC_OK;
	p->w->staged = true;
	rc = work_unit(p->w, stage_pending, p, e);
	if (rc == RC_OK)
		p->out->differences += (int64_t)p->npending;
	drop_pending(p);
	return rc;
}

static enum rc
add_pending(struct pass *p, const struct item_news *news, bool withdrawn,
    struct error *e)
{
	struct stage_row *r = &p->pending[p->npending++];

	r->withdrawn = withdrawn;
	r->key = strdup(news->key);
	r->name = strdup(news->name);
	r->text = strdup(news->text);
	r->category = strdup(news->category);
	if (r->key == NULL || r->name == NULL || r->text == NULL ||
	    r->category == NULL)
		return error_set(e, RC_NOMEM, "no memory for differences");
	r->news = *news;
	r->news.key = r->key;
	r->news.name = r->name;
	r->news.text = r->text;
	r->news.category = r->category;
	return p->npending == PENDING ? flush(p, e) : RC_OK;
}

/* -- comparing ----------------------------------------------------------- */

/*
 * An item that the shop never showed and does not show now is none of ours;
 * one that it showed once is followed as long as it is there.
 */
static bool
concerns_us(const struct row *r, const struct known_entry *entry)
{
	return entry != NULL || r->rule;
}

/* entry is NULL for an item that is new. */
static enum rc
compare_row(
    struct pass *p, struct row *r, struct known_entry *entry, struct error *e)
{
	uint8_t digest[ROW_DIGEST];
	enum rc rc;

	rc = row_digest(&r->news, digest, e);
	if (rc == RC_OK && entry == NULL)
		rc = known_add(&p->w->known, r->news.key, &entry, e);
	else if (rc == RC_OK && memcmp(entry->row, digest, ROW_DIGEST) == 0) {
		entry->seen = true;
		return RC_OK;
	}
	if (rc != RC_OK)
		return rc;
	if (p->wanted == NULL)
		audit_differs(p->w, r->news.key);
	if (r->news.visible && !entry->visible)
		work_fresh(p->w, r->news.key);
	/* true once published; if that fails, all of it is read again */
	entry->seen = true;
	entry->visible = r->news.visible;
	memcpy(entry->row, digest, ROW_DIGEST);
	return add_pending(p, &r->news, false, e);
}

static enum rc
compare(void *ctx, struct row *r, struct error *e)
{
	struct pass *p = ctx;
	struct known_entry *entry;

	p->out->items++;
	if (!r->usable) {
		p->out->unusable++;
		return RC_OK;
	}
	entry = known_find(&p->w->known, r->news.key);
	if (p->wanted != NULL && strcmp(r->news.key, p->wanted) == 0)
		p->found = true;
	if (p->wanted != NULL)
		audit_explained(p->w, r->news.key);
	if (entry != NULL)
		entry->turn = p->turn;
	if (!concerns_us(r, entry))
		return RC_OK;
	if (p->wanted == NULL && entry != NULL && entry->seen) {
		p->out->repeated++;
		return RC_OK;
	}
	return compare_row(p, r, entry, e);
}

/* -- reading ------------------------------------------------------------- */

static enum rc
read_chunk(struct pass *p, bool first, size_t *n, struct error *e)
{
	struct work *w = p->w;
	struct link_query **q = first ? &w->first : &w->after;
	enum rc rc;

	rc = work_prepare(w, first ? MAP_ITEMS_FIRST : MAP_ITEMS_AFTER, q, e);
	if (rc == RC_OK)
		rc = reader_items(&p->reader, *q,
		    first ? NULL : reader_last(&p->reader), n, e);
	return rc;
}

static enum rc
read_all(struct pass *p, struct error *e)
{
	bool first = true;
	int64_t began, took;
	size_t n = 0;
	enum rc rc = RC_OK;

	do {
		began = clock_mono_ms();
		rc = read_chunk(p, first, &n, e);
		if (rc == RC_OK)
			rc = work_go_on(p->w, e);
		progress_tell(&p->w->progress, "read", p->out->items, 0);
		first = false;
		took = clock_mono_ms() - began;
		if (n >= MAP_CHUNK)
			clock_sleep_ms(took < REST_MS ? took : REST_MS);
	} while (rc == RC_OK && n >= MAP_CHUNK);
	return rc;
}

/* -- withdrawals --------------------------------------------------------- */

struct missing {
	struct work *w;
	char **keys; /* owned */
	size_t n, size;
};

static enum rc
note_missing(void *ctx, const struct stage_known *k, struct error *e)
{
	struct missing *m = ctx;
	const struct known_entry *entry;

	entry = known_find(&m->w->known, k->news.key);
	if (!k->news.visible || entry == NULL || entry->seen || m->n == m->size)
		return RC_OK;
	m->keys[m->n] = strdup(k->news.key);
	if (m->keys[m->n] == NULL)
		return error_set(e, RC_NOMEM, "no memory for a key");
	m->n++;
	return RC_OK;
}

/* Should it come back, even unchanged, that is a difference. */
static void
forget_entry(struct known_entry *entry)
{
	entry->visible = false;
	memset(entry->row, 0, sizeof(entry->row));
}

/* What the mirror shows and the pass has not seen is gone (R98). */
static enum rc
withdraw_missing(struct pass *p, struct error *e)
{
	struct missing m = { .w = p->w, .size = known_missing(&p->w->known) };
	struct item_news news = { .name = "", .text = "", .category = "" };
	enum rc rc;

	if (m.size == 0)
		return RC_OK;
	m.keys = calloc(m.size, sizeof(*m.keys));
	if (m.keys == NULL)
		return error_set(e, RC_NOMEM, "no memory for keys");
	rc = stage_known_each(p->w->db, note_missing, &m, e);
	for (size_t i = 0; i < m.n && rc == RC_OK; i++) {
		news.key = m.keys[i];
		rc = add_pending(p, &news, true, e);
		audit_differs(p->w, m.keys[i]);
		forget_entry(known_find(&p->w->known, m.keys[i]));
	}
	for (size_t i = 0; i < m.n; i++)
		free(m.keys[i]);
	free(m.keys);
	return rc;
}

/* -- the pass ------------------------------------------------------------ */

static enum rc
read_snapshot(struct pass *p, struct error *e)
{
	struct work *w = p->w;
	enum rc rc;

	rc = snapshot_open(w, w->need, e);
	if (rc != RC_OK)
		return rc;
	rc = claims_read(w, NULL, NULL, e);
	if (rc == RC_OK)
		rc = lost_ask(w, e);
	if (rc == RC_OK)
		rc = doubt_read(w, e);
	if (rc == RC_OK)
		rc = read_all(p, e);
	/* nothing was written: this only lets go of the snapshot */
	if (rc == RC_OK)
		rc = snapshot_close(w, e);
	else
		(void)!link_do(w->link, "ROLLBACK", NULL);
	return rc;
}

/* An ALTER or REVOKE that came after the check: the check says it better. */
static void
explain(struct work *w, struct error *e)
{
	struct error why = ERROR_NONE;

	w->fault = link_fault(w->link);
	if (w->fault != FAULT_MAPPING && w->fault != FAULT_GRANT)
		return;
	map_forget(w->map);
	if (fit_check(w, &why) == RC_OK)
		return;
	error_clear(e);
	(void)error_set(e, why.rc, "%s", why.text);
}

/* Polling, what counts is known; else the stream has to pass first. */
static enum rc
settle(struct work *w, enum rc rc, struct error *e)
{
	if (rc != RC_OK)
		audit_drop(w);
	else if (w->need != NULL)
		audit_passed(w);
	else if (w->audit.state != AUDIT_OFF)
		rc = audit_settle(w, e);
	return rc;
}

enum rc
poll_pass(struct work *w, struct poll_result *out, struct error *e)
{
	struct pass p = { .w = w, .out = out, .run = clock_now_ms() };
	int64_t taken_at;
	enum rc rc;

	memset(out, 0, sizeof(*out));
	p.turn = ++w->turn;
	reader_init(&p.reader, w->map, w->s, compare, &p);
	w->fault = FAULT_NONE;
	p.pending = calloc(PENDING, sizeof(*p.pending));
	if (p.pending == NULL)
		rc = error_set(e, RC_NOMEM, "no memory for a pass");
	else
		rc = fit_check(w, e);
	if (rc == RC_OK)
		rc = load_known(w, e);
	if (rc == RC_OK && w->staged)
		rc = publish_clear(w, e);
	if (rc == RC_OK)
		rc = lost_look(w, e);
	taken_at = clock_now();
	if (rc == RC_OK) {
		rc = read_snapshot(&p, e);
		if (rc != RC_OK)
			explain(w, e);
	}
	if (rc == RC_OK)
		rc = withdraw_missing(&p, e);
	if (rc == RC_OK)
		rc = flush(&p, e);
	if (rc == RC_OK)
		rc = publish(w, taken_at, out->differences, e);
	progress_end(&w->progress);
	rc = settle(w, rc, e);
	/* entries may be ahead of the mirror */
	if (rc != RC_OK)
		w->known_valid = false;
	claims_release(&w->claims);
	drop_pending(&p);
	free(p.pending);
	reader_release(&p.reader);
	return rc;
}

/* -- a few items ---------------------------------------------------------- */

/* A key that no index finds takes a while each: then a whole pass is shorter. */
#define NAMED_MS 500

static enum rc
read_named(struct pass *p, const struct touched_key *k, struct error *e)
{
	struct work *w = p->w;
	bool level = k->kind == TOUCHED_LEVEL;
	struct link_query **q = level ? &w->of_level : &w->of;
	size_t n;
	enum rc rc;

	p->wanted = k->key;
	p->found = false;
	rc = work_prepare(w, level ? MAP_ITEM_OF_LEVEL : MAP_ITEM_OF, q, e);
	if (rc == RC_OK)
		rc = reader_items(&p->reader, *q, k->key, &n, e);
	return rc;
}

/* Gone, or only hidden all along; a key that was never seen may be one that is
 * written otherwise in the log. */
static enum rc
note_absent(
    struct pass *p, const struct touched_key *k, bool *all, struct error *e)
{
	struct known_entry *entry = known_find(&p->w->known, k->key);
	struct item_news news = {
		.key = k->key, .name = "", .text = "", .category = ""
	};

	audit_explained(p->w, k->key);
	if (entry == NULL)
		*all = true;
	else
		entry->turn = p->turn;
	if (entry == NULL || !entry->visible)
		return RC_OK;
	forget_entry(entry);
	return add_pending(p, &news, true, e);
}

static bool
was_read(const void *ctx, const char *key)
{
	const struct pass *p = ctx;
	const struct known_entry *entry = known_find(&p->w->known, key);

	return entry != NULL && entry->turn == p->turn;
}

static enum rc
read_touched(
    struct pass *p, const struct touched *t, bool *all, struct error *e)
{
	struct work *w = p->w;
	int64_t end;
	enum rc rc;

	rc = snapshot_open(w, w->need, e);
	if (rc != RC_OK)
		return rc;
	/* a snapshot may have been waited for */
	end = clock_mono_ms() + NAMED_MS;
	for (size_t i = 0; i < t->n && rc == RC_OK; i++) {
		if (clock_mono_ms() > end) {
			*all = true;
			break;
		}
		if (t->at[i].kind == TOUCHED_PICTURE) {
			work_fresh(w, t->at[i].key);
			continue;
		}
		rc = read_named(p, &t->at[i], e);
		if (rc == RC_OK && t->at[i].kind == TOUCHED_ITEM && !p->found)
			rc = note_absent(p, &t->at[i], all, e);
	}
	if (rc == RC_OK)
		rc = claims_read(w, was_read, p, e);
	if (rc == RC_OK)
		rc = doubt_read(w, e);
	if (rc == RC_OK)
		rc = snapshot_close(w, e);
	else
		(void)!link_do(w->link, "ROLLBACK", NULL);
	return rc;
}

enum rc
poll_touched(
    struct work *w, const struct touched *t, bool *all, struct error *e)
{
	struct poll_result r = { 0 };
	struct pass p = { .w = w, .out = &r, .run = clock_now_ms() };
	enum rc rc;

	p.turn = ++w->turn;
	reader_init(&p.reader, w->map, w->s, compare, &p);
	w->fault = FAULT_NONE;
	p.pending = calloc(PENDING, sizeof(*p.pending));
	if (p.pending == NULL)
		rc = error_set(e, RC_NOMEM, "no memory for what was touched");
	else
		rc = w->known_valid ? RC_OK : load_known(w, e);
	if (rc == RC_OK && w->staged)
		rc = publish_clear(w, e);
	if (rc == RC_OK) {
		rc = read_touched(&p, t, all, e);
		if (rc != RC_OK)
			w->fault = link_fault(w->link);
	}
	if (rc == RC_OK)
		rc = flush(&p, e);
	if (*all)
		w->position = NULL; /* what is not read is not published */
	if (rc == RC_OK && (r.differences > 0 || w->claims.n > 0))
		rc = publish(w, w->proven_at, r.differences, e);
	if (rc != RC_OK)
		w->known_valid = false;
	claims_release(&w->claims);
	drop_pending(&p);
	free(p.pending);
	reader_release(&p.reader);
	return rc;
}
