#include "config.h"

#include <string.h>

#include "base/text.h"
#include "base/token.h"
#include "shop/item.h"
#include "shop/terms.h"
#include "shop/words.h"

#define SLUG_TRIES 100 /* "-2" … "-100", then a slug made of the key */

/* What is to be stored: the news after mending. */
struct fresh {
	struct buf name, text, category;
	int64_t category_id; /* 0 for none */
	int64_t price, level;
	bool gone;
	enum item_flaw flaw;
};

/* What is stored. */
struct stored {
	int64_t id; /* 0: nothing yet */
	int64_t price, level, category;
	bool gone, same_name, same_text;
	enum item_flaw flaw;
};

/* Clean UTF-8 of at most max bytes; b comes out failed when there is no
 * memory.  One line: tabs and line ends become blanks. */
static void
mend(struct buf *b, const char *s, size_t max, bool line)
{
	const char *from;
	struct buf clean;
	size_t i, n;

	if (s == NULL)
		s = "";
	/* Not more is looked at than may be needed: a malformed byte grows to
	 * three, and nothing but control bytes goes away. */
	n = strlen(s);
	if (n > LIMIT_TEXT * 2)
		n = text_clip(s, n, LIMIT_TEXT * 2);
	buf_init(&clean, LIMIT_TEXT * 6);
	text_clean(&clean, s, n);
	n = clean.len;
	from = text_trim(buf_str(&clean), &n);
	buf_put(b, from, text_clip(from, n, max));
	for (i = 0; line && i < b->len; i++)
		if (b->s[i] == '\n' || b->s[i] == '\t')
			b->s[i] = ' ';
	if (buf_rc(&clean) != RC_OK)
		buf_fail(b, buf_rc(&clean));
	buf_release(&clean);
	/* text_clip may have left a blank at the end, which MariaDB's older
	 * collations would not compare. */
	for (n = b->len; n > 0 && b->s[n - 1] == ' ';)
		n--;
	if (n < b->len)
		buf_cut(b, n);
}

static enum item_flaw
judge(const struct item_news *news, const char *name)
{
	if (name[0] == '\0')
		return FLAW_NAME;
	if (news->flaw == FLAW_NAME || news->flaw == FLAW_PRICE)
		return news->flaw;
	if (news->price < 0 || news->price > LIMIT_MONEY)
		return FLAW_PRICE;
	if (news->flaw == FLAW_NONE && news->level < 0)
		return FLAW_LEVEL_NEGATIVE;
	return news->flaw;
}

static void
fresh_release(struct fresh *f)
{
	buf_release(&f->name);
	buf_release(&f->text);
	buf_release(&f->category);
}

static enum rc
fresh_make(struct fresh *f, const struct item_news *news, struct error *e)
{
	size_t n;

	memset(f, 0, sizeof(*f));
	buf_init(&f->name, LIMIT_NAME);
	buf_init(&f->text, LIMIT_TEXT);
	buf_init(&f->category, LIMIT_NAME);
	n = news->key != NULL ? strlen(news->key) : 0;
	if (n == 0 || n > LIMIT_KEY || !text_utf8(news->key, n))
		return error_set(e, RC_INVALID,
		    "an item's key is empty, too long or not UTF-8");
	mend(&f->name, news->name, LIMIT_NAME, true);
	mend(&f->text, news->text, LIMIT_TEXT, false);
	mend(&f->category, news->category, LIMIT_NAME, true);
	if (buf_rc(&f->name) != RC_OK || buf_rc(&f->text) != RC_OK ||
	    buf_rc(&f->category) != RC_OK)
		return error_set(e, RC_NOMEM, "no memory for an item");
	f->flaw = judge(news, buf_str(&f->name));
	f->gone =
	    !news->visible || f->flaw == FLAW_PRICE || f->flaw == FLAW_NAME;
	f->price = f->flaw == FLAW_PRICE || news->price < 0 ||
			   news->price > LIMIT_MONEY
		       ? 0
		       : news->price;
	f->level = f->flaw != FLAW_NONE ? 0 : news->level;
	return RC_OK;
}

static enum rc
is_taken(struct db *db, enum sql statement, const char *slug, bool *taken,
    struct error *e)
{
	struct db_rows *rows;
	enum rc rc;

	rc = db_one(db, statement, &rows, e, db_text(slug));
	*taken = rc == RC_OK;
	if (rc == RC_OK)
		db_done(rows);
	return rc == RC_NOTFOUND ? RC_OK : rc;
}

/* The nth try: base, base-2, base-3 …, and at last base and a hash. */
static void
try_slug(struct buf *b, const char *base, size_t n, const char *key)
{
	char hash[HASH_SIZE], tail[20];
	struct buf t;

	buf_init(&t, sizeof(tail));
	hash_hex(key, strlen(key), hash);
	if (n > SLUG_TRIES)
		buf_printf(&t, "-%.16s", hash);
	else if (n > 1)
		buf_printf(&t, "-%zu", n);
	buf_reset(b);
	buf_put(b, base, strnlen(base, LIMIT_SLUG - t.len));
	buf_puts(b, buf_str(&t));
	if (buf_rc(&t) != RC_OK)
		buf_fail(b, buf_rc(&t));
	buf_release(&t);
}

/* A slug of name that nothing has yet; the last try is not looked up, UNIQUE
 * would refuse it. */
static enum rc
free_slug(struct db *db, enum sql statement, const char *name, const char *key,
    struct buf *out, struct error *e)
{
	struct buf base;
	bool taken;
	enum rc rc;
	size_t n;

	buf_init(&base, LIMIT_SLUG);
	words_slug(&base, name);
	rc = buf_rc(&base);
	taken = true;
	for (n = 1; rc == RC_OK && taken && n <= SLUG_TRIES + 1; n++) {
		try_slug(out, buf_str(&base), n, key);
		rc = buf_rc(out);
		if (rc == RC_OK && n <= SLUG_TRIES)
			rc = is_taken(db, statement, buf_str(out), &taken, e);
	}
	buf_release(&base);
	return rc == RC_NOMEM ? error_set(e, rc, "no memory for a slug") : rc;
}

static enum rc
add_category(struct db *db, const char *name, int64_t *id, struct error *e)
{
	struct buf slug;
	enum rc rc;

	buf_init(&slug, LIMIT_SLUG);
	rc = free_slug(db, SQL_CATEGORY_SLUG_TAKEN, name, name, &slug, e);
	if (rc == RC_OK)
		rc = db_run(db, SQL_CATEGORY_ADD, e, db_text(buf_str(&slug)),
		    db_text(name));
	if (rc == RC_OK)
		*id = db_last_id(db);
	buf_release(&slug);
	return rc;
}

static enum rc
find_category(struct db *db, struct fresh *f, struct error *e)
{
	struct db_rows *rows;
	enum rc rc;

	if (f->category.len == 0)
		return RC_OK;
	rc = db_one(
	    db, SQL_CATEGORY_BY_NAME, &rows, e, db_text(buf_str(&f->category)));
	if (rc == RC_NOTFOUND)
		return add_category(
		    db, buf_str(&f->category), &f->category_id, e);
	if (rc != RC_OK)
		return rc;
	f->category_id = db_col_int(rows, 0);
	db_done(rows);
	return RC_OK;
}

/* f may be NULL when only numbers matter. */
static enum rc
find_stored(struct db *db, const char *key, const struct fresh *f,
    struct stored *s, struct error *e)
{
	struct db_rows *rows;
	enum rc rc;

	memset(s, 0, sizeof(*s));
	s->gone = true;
	rc = db_one(db, SQL_ITEM_STORED, &rows, e, db_text(key));
	if (rc != RC_OK)
		return rc == RC_NOTFOUND ? RC_OK : rc;
	s->id = db_col_int(rows, 0);
	s->price = db_col_int(rows, 1);
	s->level = db_col_int(rows, 2);
	s->category = db_col_int(rows, 3);
	s->gone = db_col_int(rows, 4) != 0;
	s->flaw = (enum item_flaw)db_col_int(rows, 5);
	if (f != NULL) {
		s->same_name =
		    strcmp(db_col_text(rows, 6), buf_str(&f->name)) == 0;
		s->same_text =
		    strcmp(db_col_text(rows, 7), buf_str(&f->text)) == 0;
	}
	db_done(rows);
	return RC_OK;
}

static struct db_arg
category_arg(int64_t id)
{
	return id != 0 ? db_int(id) : db_null();
}

static enum rc
add_item(struct db *db, const char *key, const struct fresh *f, int64_t now,
    int64_t *id, struct error *e)
{
	struct buf slug;
	enum rc rc;

	buf_init(&slug, LIMIT_SLUG);
	/* The slug stays for ever: better the key than no name at all. */
	rc = free_slug(db, SQL_ITEM_SLUG_TAKEN,
	    f->flaw == FLAW_NAME ? key : buf_str(&f->name), key, &slug, e);
	if (rc == RC_OK)
		rc = db_run(db, SQL_ITEM_ADD, e, db_text(key),
		    db_text(buf_str(&slug)), category_arg(f->category_id),
		    db_int(f->price), db_int(f->level), db_int(f->gone),
		    db_int(f->flaw), db_int(now), db_int(now),
		    db_text(buf_str(&f->name)), db_text(buf_str(&f->text)));
	if (rc == RC_OK)
		*id = db_last_id(db);
	buf_release(&slug);
	return rc;
}

static enum rc
change_item(struct db *db, const struct fresh *f, const struct stored *s,
    int64_t now, struct error *e)
{
	if (s->same_name && s->same_text && s->price == f->price &&
	    s->category == f->category_id && s->gone == f->gone)
		return db_run(db, SQL_ITEM_LEVEL, e, db_int(f->level),
		    db_int(f->flaw), db_int(now), db_int(s->id));
	return db_run(db, SQL_ITEM_CHANGE, e, category_arg(f->category_id),
	    db_int(f->price), db_int(f->level), db_int(f->gone),
	    db_int(f->flaw), db_int(now), db_text(buf_str(&f->name)),
	    db_text(buf_str(&f->text)), db_int(s->id));
}

static enum rc
count_one(struct db *db, int64_t category, int64_t by, struct error *e)
{
	if (category == 0)
		return RC_OK;
	return db_run(db, SQL_CATEGORY_COUNT, e, db_int(by), db_int(category));
}

/* The counters of the category it was shown in and of the one it is now. */
static enum rc
recount(struct db *db, const struct stored *s, int64_t category, bool gone,
    struct error *e)
{
	enum rc rc;

	if (s->gone == gone && (gone || s->category == category))
		return RC_OK;
	rc = RC_OK;
	if (!s->gone)
		rc = count_one(db, s->category, -1, e);
	if (rc == RC_OK && !gone)
		rc = count_one(db, category, 1, e);
	return rc;
}

static enum rc
renew_terms(struct db *db, struct words *w, const struct fresh *f,
    const struct stored *s, int64_t id, struct error *e)
{
	if (f->gone)
		return s->gone ? RC_OK : terms_drop(db, id, e);
	if (!s->gone && s->same_name && s->same_text &&
	    s->category == f->category_id)
		return RC_OK;
	return terms_put(db, w, id, !s->gone, buf_str(&f->name),
	    buf_str(&f->category), buf_str(&f->text), e);
}

static bool
is_same(const struct fresh *f, const struct stored *s)
{
	return s->id != 0 && s->same_name && s->same_text &&
	       s->price == f->price && s->level == f->level &&
	       s->category == f->category_id && s->gone == f->gone &&
	       s->flaw == f->flaw;
}

static enum rc
store(struct db *db, struct words *w, const char *key, const struct fresh *f,
    const struct stored *s, int64_t now, struct error *e)
{
	int64_t id;
	enum rc rc;

	id = s->id;
	if (id == 0)
		rc = add_item(db, key, f, now, &id, e);
	else
		rc = change_item(db, f, s, now, e);
	if (rc == RC_OK)
		rc = recount(db, s, f->category_id, f->gone, e);
	if (rc == RC_OK)
		rc = renew_terms(db, w, f, s, id, e);
	return rc;
}

enum rc
item_publish(struct db *db, struct words *w, const struct item_news *news,
    int64_t now, bool *changed, struct error *e)
{
	struct stored s;
	struct fresh f;
	enum rc rc;

	*changed = false;
	rc = fresh_make(&f, news, e);
	if (rc == RC_OK)
		rc = find_category(db, &f, e);
	if (rc == RC_OK)
		rc = find_stored(db, news->key, &f, &s, e);
	if (rc == RC_OK && !is_same(&f, &s)) {
		*changed = true;
		rc = store(db, w, news->key, &f, &s, now, e);
	}
	fresh_release(&f);
	return rc;
}

enum rc
item_withdraw(
    struct db *db, const char *key, int64_t now, bool *changed, struct error *e)
{
	struct stored s;
	enum rc rc;

	*changed = false;
	rc = find_stored(db, key, NULL, &s, e);
	if (rc != RC_OK || s.id == 0 ||
	    (s.gone && s.level == 0 && s.flaw == FLAW_NONE))
		return rc;
	*changed = true;
	rc = db_run(db, SQL_ITEM_WITHDRAW, e, db_int(now), db_int(s.id));
	if (rc == RC_OK)
		rc = recount(db, &s, 0, true, e);
	if (rc == RC_OK && !s.gone)
		rc = terms_drop(db, s.id, e);
	return rc;
}

enum rc
item_picture(struct db *db, const char *key, const char *hash, int64_t width,
    int64_t height, struct error *e)
{
	int64_t n;
	enum rc rc;

	rc = db_run_count(db, SQL_ITEM_PICTURE, &n, e, db_text(hash),
	    db_int(width), db_int(height), db_text(key));
	if (rc == RC_OK && n == 0)
		rc = error_set(
		    e, RC_NOTFOUND, "no item has the key \"%s\"", key);
	return rc;
}
