#include "config.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "shop/hold.h"
#include "shop/mirror.h"
#include "shop/stage.h"
#include "syncd/compare.h"
#include "syncd/reader.h"
#include "syncd/taken.h"

#define ROUND_MS 200
#define CONFIRMATIONS 2
#define JUST_ASKED -1

static const uint8_t nothing[ROW_DIGEST]; /* there is no such item */

enum rc
compare_open(struct compare *c, struct error *e)
{
	enum fault fault;
	bool changed;
	enum rc rc;

	known_init(&c->known);
	rc = db_open(c->s, DB_WRITE, &c->db, e);
	if (rc == RC_OK)
		rc = map_new(c->s, &c->map, e);
	if (rc == RC_OK)
		rc = link_open(c->s, &c->link, &fault, e);
	if (rc == RC_OK)
		rc = map_check(c->map, c->link, &changed, e);
	return rc;
}

static void
drop_keys(struct compare *c)
{
	while (c->n > 0)
		free(c->keys[--c->n].key);
	free(c->keys);
	c->keys = NULL;
	c->size = 0;
}

void
compare_close(struct compare *c)
{
	drop_keys(c);
	known_release(&c->known);
	link_free(c->of);
	link_free(c->taken);
	link_close(c->link);
	map_free(c->map);
	db_close(c->db);
	c->of = c->taken = NULL;
	c->link = NULL;
	c->map = NULL;
	c->db = NULL;
}

/* -- all ------------------------------------------------------------------ */

static enum rc
suspect(struct compare *c, const char *key, struct error *e)
{
	struct compare_key *grown;

	if (c->n == COMPARE_KEYS)
		return error_set(e, RC_TOOBIG,
		    "more than %d items differ: is this the mirror of that "
		    "stock system?",
		    COMPARE_KEYS);
	if (c->n == c->size) {
		c->size = c->size == 0 ? 64 : c->size * 2;
		grown = realloc(c->keys, c->size * sizeof(*grown));
		if (grown == NULL)
			return error_set(e, RC_NOMEM, "no memory for keys");
		c->keys = grown;
	}
	memset(&c->keys[c->n], 0, sizeof(c->keys[c->n]));
	c->keys[c->n].key = strdup(key);
	if (c->keys[c->n].key == NULL)
		return error_set(e, RC_NOMEM, "no memory for keys");
	c->n++;
	return RC_OK;
}

static enum rc
remember(void *ctx, const struct stage_known *k, struct error *e)
{
	struct compare *c = ctx;
	struct known_entry *entry;
	enum rc rc;

	rc = known_add(&c->known, k->news.key, &entry, e);
	if (rc != RC_OK)
		return rc;
	entry->visible = k->news.visible;
	return row_digest(&k->news, entry->row, e);
}

static enum rc
compare_item(void *ctx, struct row *r, struct error *e)
{
	struct compare *c = ctx;
	struct known_entry *entry;
	uint8_t digest[ROW_DIGEST];
	enum rc rc;

	c->items++;
	if (c->progress != NULL && c->items % MAP_CHUNK == 0)
		c->progress(c->ctx, c->items);
	if (!r->usable)
		return RC_OK;
	entry = known_find(&c->known, r->news.key);
	/* what was never shown is not mirrored */
	if (entry == NULL)
		return r->rule ? suspect(c, r->news.key, e) : RC_OK;
	if (entry->seen)
		return RC_OK;
	entry->seen = true;
	rc = row_digest(&r->news, digest, e);
	if (rc == RC_OK && memcmp(digest, entry->row, ROW_DIGEST) != 0)
		rc = suspect(c, r->news.key, e);
	return rc;
}

static enum rc
prepare(struct compare *c, enum map_sql which, struct link_query **q,
    struct error *e)
{
	struct buf sql;
	enum rc rc;

	buf_init(&sql, MAP_SQL_SIZE);
	map_sql(c->map, which, &sql);
	rc = buf_rc(&sql);
	if (rc == RC_OK)
		rc = link_prepare(c->link, buf_str(&sql), q, e);
	else
		(void)error_set(e, rc, "no memory for a statement");
	buf_release(&sql);
	return rc;
}

static enum rc
read_items(struct compare *c, struct error *e)
{
	struct link_query *first = NULL, *after = NULL;
	struct reader rd;
	size_t n = 0;
	enum rc rc;

	reader_init(&rd, c->map, c->s, compare_item, c);
	rc = prepare(c, MAP_ITEMS_FIRST, &first, e);
	if (rc == RC_OK)
		rc = prepare(c, MAP_ITEMS_AFTER, &after, e);
	if (rc == RC_OK)
		rc = reader_items(&rd, first, NULL, &n, e);
	while (rc == RC_OK && n >= MAP_CHUNK)
		rc = reader_items(&rd, after, reader_last(&rd), &n, e);
	link_free(first);
	link_free(after);
	reader_release(&rd);
	return rc;
}

static enum rc
missing(void *ctx, const struct stage_known *k, struct error *e)
{
	struct compare *c = ctx;
	const struct known_entry *entry;

	entry = known_find(&c->known, k->news.key);
	if (!k->news.visible || entry == NULL || entry->seen)
		return RC_OK;
	return suspect(c, k->news.key, e);
}

static enum rc
read_all(struct compare *c, struct error *e)
{
	enum rc rc;

	known_release(&c->known);
	rc = stage_known_each(c->db, remember, c, e);
	if (rc == RC_OK)
		rc = link_do(c->link,
		    "START TRANSACTION WITH CONSISTENT SNAPSHOT, READ ONLY", e);
	if (rc == RC_OK)
		rc = read_items(c, e);
	if (rc == RC_OK)
		rc = link_do(c->link, "COMMIT", e);
	if (rc == RC_OK)
		rc = stage_known_each(c->db, missing, c, e);
	return rc;
}

/* -- again, one by one ----------------------------------------------------- */

/* A copy of one side's item; there is false: it has none. */
struct side {
	bool there, gone;
	uint8_t digest[ROW_DIGEST];
	struct buf name, text, category; /* owned */
	int64_t price, level;
	bool visible;
	enum item_flaw flaw;
};

struct pair {
	const char *key;
	struct side ours, theirs;
	bool rule;
};

static void
side_init(struct side *s)
{
	memset(s, 0, sizeof(*s));
	buf_init(&s->name, LIMIT_LINE);
	buf_init(&s->text, 4 * LIMIT_TEXT);
	buf_init(&s->category, LIMIT_LINE);
}

static void
side_release(struct side *s)
{
	buf_release(&s->name);
	buf_release(&s->text);
	buf_release(&s->category);
}

static enum rc
side_fill(struct side *s, const struct item_news *n, struct error *e)
{
	enum rc rc;

	s->there = true;
	buf_reset(&s->name);
	buf_reset(&s->text);
	buf_reset(&s->category);
	buf_puts(&s->name, n->name);
	buf_puts(&s->text, n->text);
	buf_puts(&s->category, n->category);
	s->price = n->price;
	s->level = n->level;
	s->visible = n->visible;
	s->flaw = n->flaw;
	rc = row_digest(n, s->digest, e);
	if (rc == RC_OK &&
	    (buf_rc(&s->name) != RC_OK || buf_rc(&s->text) != RC_OK ||
		buf_rc(&s->category) != RC_OK))
		rc = error_set(e, RC_NOMEM, "no memory for an item");
	return rc;
}

static enum rc
fill_ours(void *ctx, const struct stage_known *k, struct error *e)
{
	struct pair *p = ctx;

	return side_fill(&p->ours, &k->news, e);
}

static enum rc
fill_theirs(void *ctx, struct row *r, struct error *e)
{
	struct pair *p = ctx;

	/* the server may take another key for this one */
	if (!r->usable || strcmp(r->news.key, p->key) != 0)
		return RC_OK;
	p->rule = r->rule;
	return side_fill(&p->theirs, &r->news, e);
}

static enum rc
read_pair(struct compare *c, struct pair *p, struct error *e)
{
	struct reader rd;
	size_t n;
	enum rc rc;

	rc = stage_known_find(c->db, p->key, fill_ours, p, e);
	if (rc == RC_OK && c->of == NULL)
		rc = prepare(c, MAP_ITEM_OF, &c->of, e);
	if (rc != RC_OK)
		return rc;
	reader_init(&rd, c->map, c->s, fill_theirs, p);
	rc = reader_items(&rd, c->of, p->key, &n, e);
	reader_release(&rd);
	/* neither shown there nor ever here; or shown here no more */
	if (!p->theirs.there)
		memcpy(p->theirs.digest, nothing, ROW_DIGEST);
	return rc;
}

static bool
agree(const struct pair *p)
{
	if (!p->ours.there)
		return !p->theirs.there || !p->rule;
	if (!p->theirs.there)
		return !p->ours.visible;
	return memcmp(p->ours.digest, p->theirs.digest, ROW_DIGEST) == 0;
}

static void
tell(struct compare *c, const char *key, const char *field, const char *ours,
    const char *theirs)
{
	c->differences++;
	c->tell(c->ctx, key, field, ours, theirs);
}

static void
tell_number(struct compare *c, const char *key, const char *field, int64_t ours,
    int64_t theirs)
{
	char a[24], b[24];

	if (ours == theirs)
		return;
	(void)snprintf(a, sizeof(a), "%" PRId64, ours);
	(void)snprintf(b, sizeof(b), "%" PRId64, theirs);
	tell(c, key, field, a, b);
}

static void
tell_text(struct compare *c, const char *key, const char *field,
    const struct buf *ours, const struct buf *theirs)
{
	if (strcmp(buf_str(ours), buf_str(theirs)) != 0)
		tell(c, key, field, buf_str(ours), buf_str(theirs));
}

static void
tell_pair(struct compare *c, const struct pair *p)
{
	const struct side *a = &p->ours, *b = &p->theirs;

	c->differing++;
	if (!a->there || !b->there) {
		tell(c, p->key, "item", a->there ? "there" : "missing",
		    b->there ? "there" : "missing");
		return;
	}
	tell_number(c, p->key, "level", a->level, b->level);
	tell_number(c, p->key, "price", a->price, b->price);
	tell_number(c, p->key, "shown", a->visible, b->visible);
	if (a->flaw != b->flaw)
		tell(c, p->key, "flaw", row_flaw_text(a->flaw),
		    row_flaw_text(b->flaw));
	tell_text(c, p->key, "name", &a->name, &b->name);
	tell_text(c, p->key, "category", &a->category, &b->category);
	tell_text(c, p->key, "text", &a->text, &b->text);
}

/* Whether this key is done with; confirmed is from before its reading. */
static bool
judge(struct compare *c, struct compare_key *k, const struct pair *p,
    int64_t confirmed)
{
	if (agree(p))
		return true;
	if (k->asked && confirmed != k->confirmed) {
		k->confirmed = confirmed;
		k->confirmations++;
	}
	if (!c->followed ||
	    (k->asked && k->confirmations >= CONFIRMATIONS &&
		memcmp(k->theirs, p->theirs.digest, ROW_DIGEST) == 0)) {
		tell_pair(c, p);
		return true;
	}
	if (!k->asked || memcmp(k->theirs, p->theirs.digest, ROW_DIGEST) != 0) {
		memcpy(k->theirs, p->theirs.digest, ROW_DIGEST);
		k->asked = true;
		k->confirmations = JUST_ASKED;
	}
	return false;
}

static enum rc
ask_again(struct compare *c, struct compare_key *k, int64_t confirmed,
    bool *done, struct error *e)
{
	struct pair p = { .key = k->key };
	struct mirror m;
	enum rc rc;

	side_init(&p.ours);
	side_init(&p.theirs);
	rc = read_pair(c, &p, e);
	if (rc == RC_OK)
		*done = judge(c, k, &p, confirmed);
	side_release(&p.ours);
	side_release(&p.theirs);
	/* what is counted are confirmations that appear after the answer */
	if (rc == RC_OK && !*done && k->confirmations == JUST_ASKED) {
		rc = mirror_read(c->db, &m, e);
		k->confirmed = m.confirmed_at;
		k->confirmations = 0;
	}
	return rc;
}

static enum rc
one_round(struct compare *c, struct error *e)
{
	struct mirror m;
	bool done;
	enum rc rc;

	rc = mirror_read(c->db, &m, e);
	if (rc == RC_OK)
		rc = lease_held(c->db, "mirror", &c->followed, e);
	for (size_t i = 0; i < c->n && rc == RC_OK;) {
		done = false;
		rc = ask_again(c, &c->keys[i], m.confirmed_at, &done, e);
		if (rc != RC_OK || !done) {
			i++;
			continue;
		}
		free(c->keys[i].key);
		c->keys[i] = c->keys[--c->n];
	}
	return rc;
}

/* What orders hold, and what the item says of it. */
static enum rc
held(void *ctx, const char *key, int64_t counted, int64_t sum, struct error *e)
{
	struct compare *c = ctx;

	(void)e;
	c->differing++;
	tell_number(c, key, "held", counted, sum);
	return RC_OK;
}

/* -- holds ----------------------------------------------------------------- */

static bool
is_among(
    const struct hold_open *h, const struct hold_open *others, size_t nothers)
{
	for (size_t i = 0; i < nothers; i++)
		if (h->item == others[i].item &&
		    strcmp(h->order, others[i].order) == 0 &&
		    strcmp(h->attempt, others[i].attempt) == 0)
			return true;
	return false;
}

/* Of the holds those whose goods are taken; *n becomes their number. */
static enum rc
keep_taken(struct compare *c, struct hold_open *h, size_t *n, struct error *e)
{
	bool *taken = calloc(*n + 1, sizeof(*taken));
	size_t kept = 0;
	enum rc rc;

	if (taken == NULL)
		return error_set(e, RC_NOMEM, "no memory for holds");
	rc = taken_ask(c->link, c->s, &c->taken, h, taken, *n, e);
	for (size_t i = 0; i < *n; i++)
		if (taken[i])
			h[kept++] = h[i];
	*n = kept;
	free(taken);
	return rc;
}

/* Until the mirror was confirmed as often as it takes, or end. */
static enum rc
wait_confirmed(struct compare *c, int64_t end, bool *passed, struct error *e)
{
	struct mirror m;
	int64_t last;
	int seen = 0;
	enum rc rc;

	rc = mirror_read(c->db, &m, e);
	last = m.confirmed_at;
	while (rc == RC_OK && seen < CONFIRMATIONS && c->followed &&
	       clock_mono_ms() < end) {
		clock_sleep_ms(ROUND_MS);
		rc = mirror_read(c->db, &m, e);
		seen += m.confirmed_at != last;
		last = m.confirmed_at;
	}
	*passed = seen == CONFIRMATIONS || !c->followed;
	return rc;
}

/* What is still held although it is taken, and the mirror has passed it. */
static enum rc
open_holds(struct compare *c, int64_t end, struct error *e)
{
	struct hold_open *h = NULL, *now = NULL;
	size_t n = 0, nnow = 0;
	bool passed = false;
	enum rc rc;

	rc = hold_list(c->db, &h, &n, e);
	if (rc == RC_OK && n > 0)
		rc = keep_taken(c, h, &n, e);
	if (rc == RC_OK && n > 0)
		rc = wait_confirmed(c, end, &passed, e);
	if (rc == RC_OK && n > 0)
		rc = hold_list(c->db, &now, &nnow, e);
	for (size_t i = 0; i < n && rc == RC_OK; i++) {
		if (!is_among(&h[i], now, nnow))
			continue;
		c->unsettled += !passed;
		c->differing += passed;
		if (passed)
			tell(c, h[i].key, "hold", "open", "taken");
	}
	free(h);
	free(now);
	return rc;
}

enum rc
compare_run(struct compare *c, struct error *e)
{
	struct mirror before, after;
	int64_t end;
	enum rc rc;

	drop_keys(c);
	c->items = c->differences = c->differing = c->unsettled = 0;
	rc = mirror_read(c->db, &before, e);
	if (rc == RC_OK)
		rc = read_all(c, e);
	end = clock_mono_ms() + c->wait_ms;
	while (rc == RC_OK && (rc = one_round(c, e)) == RC_OK && c->n > 0 &&
	       clock_mono_ms() < end)
		clock_sleep_ms(ROUND_MS);
	c->unsettled = (int64_t)c->n;
	drop_keys(c);
	if (rc == RC_OK && c->s->stock_access == ACCESS_WRITE)
		rc = open_holds(c, end, e);
	if (rc == RC_OK)
		rc = hold_wrong(c->db, held, c, e);
	if (rc != RC_OK || !c->followed || c->unsettled == 0)
		return rc;
	/* what does not settle while the mirror stands still is no all-clear */
	rc = mirror_read(c->db, &after, e);
	if (rc != RC_OK || after.confirmed_at != before.confirmed_at)
		return rc;
	return error_set(e, RC_IO,
	    "%" PRId64 " items differ, and syncd has not confirmed the mirror"
	    " meanwhile: look at its log",
	    c->unsettled);
}

/* -- repair ---------------------------------------------------------------- */

static enum rc
ask_for_it(struct db *db, void *ctx, struct error *e)
{
	(void)ctx;
	return mirror_compare(db, e);
}

enum rc
compare_repair(struct compare *c, struct error *e)
{
	int64_t end = clock_mono_ms() + c->wait_ms;
	bool asked = true;
	enum rc rc;

	rc = lease_held(c->db, "mirror", &c->followed, e);
	if (rc == RC_OK && !c->followed)
		return error_set(e, RC_NOTFOUND,
		    "no syncd follows the stock system: start it, its first "
		    "pass repairs the mirror");
	if (rc == RC_OK)
		rc = db_unit(c->db, ask_for_it, NULL, e);
	while (rc == RC_OK && asked) {
		if (clock_mono_ms() > end)
			return error_set(e, RC_CONFLICT,
			    "syncd was asked, but has not compared all yet");
		clock_sleep_ms(ROUND_MS);
		rc = mirror_compare_asked(c->db, &asked, e);
	}
	return rc;
}
