#include "config.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "shop/pick.h"
#include "shop/search.h"
#include "shop/terms.h"

#define PREFIX_CHARS 3 /* shorter ones begin too many words */
#define TYPO_CHARS 3   /* shorter ones are one edit from anything */
#define TYPO_WORDS 16  /* candidates that are counted */
#define SPLIT_CHARS 24 /* longer ones are not two words of ours */
#define SPLIT_ROWS 500 /* read of each part while a split is looked for */

/* A match: where it stands, plus how. */
#define SCORE_NAME 9
#define SCORE_CATEGORY 6
#define SCORE_TEXT 3
#define SCORE_WHOLE 2
#define SCORE_PREFIX 1
#define SCORE_TYPO 0

/* After the last word with a prefix: the last code point there is. */
#define PREFIX_END "\xf4\x8f\xbf\xbf"

struct word {
	char folded[LIMIT_WORD + 1], stem[LIMIT_WORD + 1];
	bool stop;   /* passed over */
	bool helper; /* ranks, and excludes nothing */
	bool mended;
};

struct hits {
	struct pick_hit *list; /* owned; by id, each once, after merge() */
	size_t n, cap;
};

struct search {
	struct db *db;
	struct words *words;
	struct word list[LIMIT_SEARCH_TERMS];
	size_t n;
	int64_t rows; /* of one word that count */
};

static const char *const stop_words[] = { "a", "an", "and", "at", "by", "for",
	"from", "in", "is", "it", "of", "on", "or", "the", "to", "with" };

static bool
is_stop_word(const char *folded)
{
	size_t i;

	for (i = 0; i < sizeof(stop_words) / sizeof(stop_words[0]); i++)
		if (strcmp(folded, stop_words[i]) == 0)
			return true;
	return false;
}

/* ---- the query ---- */

static enum rc
add_word(void *ctx, const char *folded, const char *stem)
{
	struct search *s = ctx;
	struct word *w;
	size_t i;

	if (s->n == LIMIT_SEARCH_TERMS)
		return RC_TOOBIG; /* the rest does not count */
	for (i = 0; i < s->n; i++)
		if (strcmp(s->list[i].folded, folded) == 0)
			return RC_OK;
	w = &s->list[s->n++];
	memset(w, 0, sizeof(*w));
	memcpy(w->folded, folded, strlen(folded) + 1);
	memcpy(w->stem, stem, strlen(stem) + 1);
	w->stop = is_stop_word(folded);
	w->helper = strcmp(stem, "hat") == 0;
	return RC_OK;
}

/* Something has to be looked for: helpers, else stop words, are promoted. */
static void
promote(struct search *s)
{
	size_t i, helpers, needed;

	helpers = needed = 0;
	for (i = 0; i < s->n; i++) {
		helpers += s->list[i].helper;
		needed += !s->list[i].helper && !s->list[i].stop;
	}
	for (i = 0; needed == 0 && i < s->n; i++) {
		s->list[i].helper = false;
		if (helpers == 0)
			s->list[i].stop = false;
	}
}

/* Bytes that count; the word that the limit cuts does not. */
static size_t
clip_query(const char *query)
{
	size_t all, n;

	all = strlen(query);
	n = text_clip(query, all, LIMIT_SEARCH);
	if (n == all)
		return n;
	for (all = n; n > 0 && query[n] != ' ';)
		n--;
	return n > 0 ? n : all;
}

static enum rc
read_query(struct search *s, const char *query, struct error *e)
{
	enum rc rc;

	rc = words_each(s->words, query, clip_query(query), add_word, s);
	if (rc != RC_OK && rc != RC_TOOBIG)
		return error_set(e, rc, "no memory for a search");
	promote(s);
	return RC_OK;
}

/* ---- the hits of one word ---- */

static enum rc
add_hit(struct hits *h, int64_t id, int64_t score, struct error *e)
{
	struct pick_hit *list;
	size_t cap;

	if (h->n == h->cap) {
		cap = h->cap == 0 ? 64 : h->cap * 2;
		list = realloc(h->list, cap * sizeof(*list));
		if (list == NULL)
			return error_set(
			    e, RC_NOMEM, "no memory for what was found");
		h->list = list;
		h->cap = cap;
	}
	h->list[h->n].id = id;
	h->list[h->n++].score = score;
	return RC_OK;
}

static int
by_id(const void *va, const void *vb)
{
	const struct pick_hit *a = va, *b = vb;

	return (a->id > b->id) - (a->id < b->id);
}

/* By id; of several for one item the best counts. */
static void
merge(struct hits *h)
{
	size_t i, n;

	if (h->n < 2)
		return;
	qsort(h->list, h->n, sizeof(*h->list), by_id);
	n = 1;
	for (i = 1; i < h->n; i++) {
		if (h->list[i].id != h->list[n - 1].id)
			h->list[n++] = h->list[i];
		else if (h->list[i].score > h->list[n - 1].score)
			h->list[n - 1].score = h->list[i].score;
	}
	h->n = n;
}

static int64_t
place_score(int64_t places)
{
	if (places & TERM_NAME)
		return SCORE_NAME;
	return places & TERM_CATEGORY ? SCORE_CATEGORY : SCORE_TEXT;
}

/* Rows of item and weight; by is how the word matched, stem says whether its
 * stem did or what is written. */
static enum rc
add_rows(struct hits *h, struct db_rows *rows, bool stem, int64_t by,
    struct error *e)
{
	int64_t places;
	enum rc rc;

	while ((rc = db_next(rows, e)) == RC_OK) {
		places = db_col_int(rows, 1);
		if (stem)
			places /= TERM_STEM;
		rc = add_hit(
		    h, db_col_int(rows, 0), place_score(places) + by, e);
		if (rc != RC_OK)
			break;
	}
	db_done(rows);
	return rc == RC_NOTFOUND ? RC_OK : rc;
}

static enum rc
find_whole(struct search *s, const struct word *w, int64_t by, struct hits *h,
    struct error *e)
{
	struct db_rows *rows;
	enum rc rc;

	rc = db_ask(
	    s->db, SQL_TERM_WHOLE, &rows, e, db_text(w->stem), db_int(s->rows));
	return rc == RC_OK ? add_rows(h, rows, true, by, e) : rc;
}

static enum rc
find_prefix(struct search *s, const struct word *w, int64_t by, struct hits *h,
    struct error *e)
{
	char end[LIMIT_WORD + sizeof(PREFIX_END)];
	struct db_rows *rows;
	enum rc rc;
	size_t n;

	if (text_count(w->folded) < PREFIX_CHARS)
		return RC_OK;
	n = strlen(w->folded);
	memcpy(end, w->folded, n);
	memcpy(end + n, PREFIX_END, sizeof(PREFIX_END));
	rc = db_ask(s->db, SQL_TERM_PREFIX, &rows, e, db_text(w->folded),
	    db_text(end), db_int(s->rows));
	return rc == RC_OK ? add_rows(h, rows, false, by, e) : rc;
}

/* Whole or as a prefix; ends sorted. */
static enum rc
find_plain(struct search *s, const struct word *w, int64_t whole,
    int64_t prefix, struct hits *h, struct error *e)
{
	enum rc rc;

	h->n = 0;
	rc = find_whole(s, w, whole, h, e);
	if (rc == RC_OK)
		rc = find_prefix(s, w, prefix, h, e);
	merge(h);
	return rc;
}

/* Keep in all what is in more too, and add its score; a helper only adds. */
static void
intersect(struct hits *all, const struct hits *more, bool helper)
{
	size_t i, j, n;

	n = j = 0;
	for (i = 0; i < all->n; i++) {
		while (j < more->n && more->list[j].id < all->list[i].id)
			j++;
		if (j < more->n && more->list[j].id == all->list[i].id)
			all->list[i].score += more->list[j].score;
		else if (!helper)
			continue;
		all->list[n++] = all->list[i];
	}
	all->n = n;
}

/* ---- typos ---- */

struct candidates {
	size_t n;
	char list[TYPO_WORDS][LIMIT_WORD + 1];
};

static bool
is_near(const char *typed, size_t chars, const char *word)
{
	if (chars == TYPO_CHARS && typed[0] != word[0])
		return false;
	return words_distance(typed, word) == 1;
}

static enum rc
find_candidates(struct search *s, const char *typed, size_t chars,
    struct candidates *c, struct error *e)
{
	struct db_rows *rows;
	const char *word;
	int64_t least;
	enum rc rc;
	size_t n;

	least = (int64_t)chars - 1;
	rc = db_ask(s->db, SQL_WORD_NEAR, &rows, e,
	    db_int(least < TYPO_CHARS ? TYPO_CHARS : least),
	    db_int((int64_t)chars + 1), db_int(LIMIT_VOCABULARY));
	if (rc != RC_OK)
		return rc;
	while (c->n < TYPO_WORDS && (rc = db_next(rows, e)) == RC_OK) {
		word = db_col_text(rows, 0);
		n = strlen(word);
		if (n <= LIMIT_WORD && is_near(typed, chars, word))
			memcpy(c->list[c->n++], word, n + 1);
	}
	db_done(rows);
	return rc == RC_NOTFOUND ? RC_OK : rc;
}

/* The candidate in most items; the first by its bytes when several are. */
static enum rc
choose(struct search *s, const struct candidates *c, const char **best,
    struct error *e)
{
	struct db_rows *rows;
	int64_t most, n;
	enum rc rc;
	size_t i;

	*best = NULL;
	most = 0;
	for (i = 0; i < c->n; i++) {
		rc = db_one(
		    s->db, SQL_TERM_COUNT, &rows, e, db_text(c->list[i]));
		if (rc != RC_OK)
			return rc;
		n = db_col_int(rows, 0);
		db_done(rows);
		if (n > most || (n == most && *best != NULL &&
				    strcmp(c->list[i], *best) < 0)) {
			most = n;
			*best = c->list[i];
		}
	}
	return RC_OK;
}

/* ctx is a struct word; a text of one word is read. */
static enum rc
put_word(void *ctx, const char *folded, const char *stem)
{
	struct word *w = ctx;

	memcpy(w->folded, folded, strlen(folded) + 1);
	memcpy(w->stem, stem, strlen(stem) + 1);
	return RC_OK;
}

static enum rc
read_word(struct search *s, const char *text, size_t n, struct word *w,
    struct error *e)
{
	enum rc rc;

	rc = words_each(s->words, text, n, put_word, w);
	return rc == RC_OK ? RC_OK : error_set(e, rc, "no memory for a search");
}

/* Replace the word by the one that was meant, if there is one. */
static enum rc
mend(struct search *s, struct word *w, struct error *e)
{
	struct candidates c = { 0 };
	const char *best = NULL;
	size_t chars;
	enum rc rc;

	chars = text_count(w->folded);
	if (chars < TYPO_CHARS)
		return RC_OK;
	rc = find_candidates(s, w->folded, chars, &c, e);
	if (rc == RC_OK)
		rc = choose(s, &c, &best, e);
	if (rc != RC_OK || best == NULL)
		return rc;
	w->mended = true;
	return read_word(s, best, strlen(best), w, e);
}

/* ---- words run together ---- */

/* The parts of w before and after byte at; h gets what has both. */
static enum rc
try_split(struct search *s, const struct word *w, size_t at, struct hits *h,
    struct error *e)
{
	struct word left = { .stop = false }, right = { .stop = false };
	struct hits more = { 0 };
	enum rc rc;

	rc = read_word(s, w->folded, at, &left, e);
	if (rc == RC_OK)
		rc = read_word(
		    s, w->folded + at, strlen(w->folded) - at, &right, e);
	if (rc == RC_OK)
		rc = find_plain(s, &left, SCORE_PREFIX, SCORE_TYPO, h, e);
	if (rc == RC_OK && h->n > 0) {
		rc = find_plain(s, &right, SCORE_PREFIX, SCORE_TYPO, &more, e);
		intersect(h, &more, strcmp(right.stem, "hat") == 0);
	}
	free(more.list);
	return rc;
}

/* "tophat" is "top hat": the first way in which both parts are in one item. */
static enum rc
split(struct search *s, struct word *w, struct hits *h, struct error *e)
{
	size_t at, chars, n;
	enum rc rc;

	chars = text_count(w->folded);
	n = strlen(w->folded);
	/* Letters of one byte: where a part may begin is plain then, and
	 * other scripts have their own ways of joining words. */
	if (chars != n || n > SPLIT_CHARS)
		return RC_OK;
	for (at = PREFIX_CHARS; at + PREFIX_CHARS <= n; at++) {
		/* First a short look: "hathathat" has many ways to begin. */
		s->rows = SPLIT_ROWS;
		rc = try_split(s, w, at, h, e);
		s->rows = LIMIT_ITEMS;
		if (rc == RC_OK && h->n == 0)
			continue;
		if (rc == RC_OK)
			rc = try_split(s, w, at, h, e);
		if (rc != RC_OK)
			return rc;
		memmove(w->folded + at + 1, w->folded + at, n - at + 1);
		w->folded[at] = ' ';
		w->mended = true;
		return RC_OK;
	}
	return RC_OK;
}

static enum rc
find_word(struct search *s, struct word *w, struct hits *h, struct error *e)
{
	enum rc rc;

	rc = find_plain(s, w, SCORE_WHOLE, SCORE_PREFIX, h, e);
	if (rc != RC_OK || h->n > 0 || w->helper)
		return rc;
	rc = mend(s, w, e);
	if (rc == RC_OK && w->mended)
		return find_whole(s, w, SCORE_TYPO, h, e);
	return rc == RC_OK ? split(s, w, h, e) : rc;
}

/* ---- all words together ---- */

/* Needed words in a first round, helpers in a second. */
static enum rc
find_all(struct search *s, struct hits *all, struct error *e)
{
	struct hits more = { 0 };
	bool first, helper;
	enum rc rc;
	size_t i;

	rc = RC_OK;
	first = true;
	for (i = 0; i < 2 * s->n && rc == RC_OK; i++) {
		helper = i >= s->n;
		if (s->list[i % s->n].stop ||
		    s->list[i % s->n].helper != helper ||
		    (!first && all->n == 0))
			continue;
		rc = find_word(s, &s->list[i % s->n], first ? all : &more, e);
		if (rc == RC_OK && !first)
			intersect(all, &more, helper);
		first = false;
	}
	free(more.list);
	return rc;
}

/* The words that fit, as they were mended. */
static void
say_meant(const struct search *s, struct search_result *out)
{
	size_t i, n, used;

	for (i = 0; i < s->n; i++)
		out->corrected = out->corrected || s->list[i].mended;
	used = 0;
	for (i = 0; out->corrected && i < s->n; i++) {
		n = strlen(s->list[i].folded);
		if (used + (used > 0) + n > LIMIT_SEARCH)
			break;
		if (used > 0)
			out->meant[used++] = ' ';
		memcpy(out->meant + used, s->list[i].folded, n);
		used += n;
	}
	out->meant[used] = '\0';
}

enum rc
search_items(struct db *db, struct words *w, const char *query,
    const struct item_filter *f, bool by_rank, item_put *put, void *ctx,
    struct search_result *out, struct error *e)
{
	struct search s = { .db = db, .words = w, .rows = LIMIT_ITEMS };
	struct hits all = { 0 };
	struct pick p;
	enum rc rc;

	assert(f->limit >= 1 && f->limit <= LIMIT_PER_PAGE && f->offset >= 0);
	memset(out, 0, sizeof(*out));
	pick_init(&p, f, by_rank);
	rc = read_query(&s, query, e);
	if (rc == RC_OK)
		rc = find_all(&s, &all, e);
	if (rc == RC_OK && all.n > 0)
		rc = pick_all(&p, db, all.list, all.n, e);
	if (rc == RC_OK && p.n > 0) {
		out->total = (int64_t)p.n;
		say_meant(&s, out);
		rc = pick_put(&p, db, put, ctx, e);
	}
	pick_release(&p);
	free(all.list);
	return rc;
}
