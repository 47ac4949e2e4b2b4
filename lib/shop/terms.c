#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/limits.h"
#include "shop/terms.h"

#define BATCH 8 /* rows of one SQL_TERM_ADD_8 */

/* Each word of a text gives at most a written form and a stem, each with its
 * NUL, and each at most LIMIT_WORD bytes from at least two of the text. */
#define TERM_BYTES ((size_t)LIMIT_TEXT * 64)

struct term {
	size_t at; /* in names */
	int64_t weight;
};

struct terms {
	struct buf names;  /* one after the other, each with its NUL */
	struct term *list; /* owned */
	size_t n, cap;
	int64_t place; /* of the text that is being read */
};

static enum rc
add(struct terms *t, const char *term, int64_t weight)
{
	struct term *list;
	size_t cap;

	if (t->n == t->cap) {
		cap = t->cap == 0 ? 64 : t->cap * 2;
		list = realloc(t->list, cap * sizeof(*list));
		if (list == NULL)
			return RC_NOMEM;
		t->list = list;
		t->cap = cap;
	}
	t->list[t->n].at = t->names.len;
	t->list[t->n++].weight = weight;
	buf_put(&t->names, term, strlen(term) + 1);
	return buf_rc(&t->names);
}

static enum rc
add_word(void *ctx, const char *folded, const char *stem)
{
	struct terms *t = ctx;
	enum rc rc;

	if (strcmp(folded, stem) == 0)
		return add(t, folded, t->place + t->place * TERM_STEM);
	rc = add(t, folded, t->place);
	return rc == RC_OK ? add(t, stem, t->place * TERM_STEM) : rc;
}

static enum rc
read_text(struct terms *t, struct words *w, int64_t place, const char *s)
{
	t->place = place;
	return words_each(w, s, strlen(s), add_word, t);
}

static int
by_name(const void *va, const void *vb, void *ctx)
{
	const struct term *a = va, *b = vb;
	const struct terms *t = ctx;

	return strcmp(t->names.s + a->at, t->names.s + b->at);
}

/* Sort, and make one of those that are the same. */
static void
merge(struct terms *t)
{
	size_t i, n;

	if (t->n == 0)
		return;
	qsort_r(t->list, t->n, sizeof(*t->list), by_name, t);
	n = 1;
	for (i = 1; i < t->n; i++) {
		if (by_name(&t->list[n - 1], &t->list[i], t) == 0)
			t->list[n - 1].weight |= t->list[i].weight;
		else
			t->list[n++] = t->list[i];
	}
	t->n = n;
}

static enum rc
insert_8(struct db *db, int64_t item, const struct terms *t, size_t first,
    struct error *e)
{
	struct db_arg args[BATCH * 3];
	size_t i;

	for (i = 0; i < BATCH; i++) {
		args[i * 3] = db_text(t->names.s + t->list[first + i].at);
		args[i * 3 + 1] = db_int(item);
		args[i * 3 + 2] = db_int(t->list[first + i].weight);
	}
	return db_run_(db, SQL_TERM_ADD_8, NULL, e, args, BATCH * 3);
}

static enum rc
insert(struct db *db, int64_t item, const struct terms *t, struct error *e)
{
	enum rc rc;
	size_t i;

	rc = RC_OK;
	for (i = 0; rc == RC_OK && i + BATCH <= t->n; i += BATCH)
		rc = insert_8(db, item, t, i, e);
	for (; rc == RC_OK && i < t->n; i++)
		rc = db_run(db, SQL_TERM_ADD, e,
		    db_text(t->names.s + t->list[i].at), db_int(item),
		    db_int(t->list[i].weight));
	if (rc == RC_OK)
		rc = db_run(db, SQL_WORD_FILL, e, db_int(item));
	return rc;
}

enum rc
terms_put(struct db *db, struct words *w, int64_t item, bool had,
    const char *name, const char *category, const char *text, struct error *e)
{
	struct terms t = { 0 };
	enum rc rc;

	buf_init(&t.names, TERM_BYTES);
	rc = read_text(&t, w, TERM_NAME, name);
	if (rc == RC_OK)
		rc = read_text(&t, w, TERM_CATEGORY, category);
	if (rc == RC_OK)
		rc = read_text(&t, w, TERM_TEXT, text);
	if (rc != RC_OK) {
		error_set(e, rc, "no memory for the words of a hat");
		goto out;
	}
	merge(&t);
	if (had)
		rc = terms_drop(db, item, e);
	if (rc == RC_OK)
		rc = insert(db, item, &t, e);
out:
	buf_release(&t.names);
	free(t.list);
	return rc;
}

enum rc
terms_drop(struct db *db, int64_t item, struct error *e)
{
	enum rc rc;

	rc = db_run(db, SQL_WORD_PURGE, e, db_int(item), db_int(item));
	if (rc == RC_OK)
		rc = db_run(db, SQL_TERM_DROP, e, db_int(item));
	return rc;
}
