/*
 * R04, R05: whatever order the news come in, the shop is what the last of them
 * say.  A random sequence is played against a model in memory; then counters,
 * lists and searches must equal those of a shop that was told the end only: one
 * on SQLite, whatever the engine of the first.
 */
#include "config.h"

#include <stdio.h>
#include <string.h>

#include "shop/category.h"
#include "t/random.h"
#include "t/shop.h"

#define KEYS 40
#define STEPS 500

static const char *const words[] = { "Fez", "Bowler", "Crimson", "Knitted",
	"Feathers", "Straw", "Hats", "Caps", "Velvet", "Łódź", "Crème",
	"O'Brien's", "happiness", "happy", "hat", "cap", "Feather" };
#define N_WORDS (sizeof(words) / sizeof(words[0]))

static const char *const categories[] = { "", "Fezzes", "Straw Hats", "Winter",
	"Velvet" };
#define N_CATEGORIES (sizeof(categories) / sizeof(categories[0]))

struct model {
	bool known, gone;
	char name[100], text[100];
	const char *category;
	int64_t price, level;
	enum item_flaw flaw;
	char slug[LIMIT_SLUG + 1];
};

struct world {
	struct shop sh;
	struct random r;
	struct model items[KEYS];
};

static void
some_words(struct random *r, char *out, size_t size, size_t most)
{
	size_t i, n, used;

	n = random_below(r, most + 1);
	used = 0;
	out[0] = '\0';
	for (i = 0; i < n; i++)
		used += (size_t)snprintf(out + used, size - used, "%s%s",
		    i > 0 ? " " : "", words[random_below(r, N_WORDS)]);
}

static const char *
key_of(size_t i)
{
	static char key[20];

	(void)snprintf(key, sizeof(key), "key-%zu", i);
	return key;
}

static bool
publish(struct shop *sh, const char *key, const struct model *m, bool visible)
{
	return shop_publish(sh,
	    &(struct item_news){ .key = key,
		.name = m->name,
		.text = m->text,
		.category = m->category,
		.price = m->price,
		.level = m->level,
		.flaw = m->flaw,
		.visible = visible },
	    false);
}

/* Change some of it, often nothing. */
static bool
mutate(struct random *r, struct model *m)
{
	if (!m->known || random_below(r, 6) == 0) {
		some_words(r, m->name, sizeof(m->name), 3);
		some_words(r, m->text, sizeof(m->text), 4);
	}
	if (!m->known || random_below(r, 4) == 0)
		m->category = categories[random_below(r, N_CATEGORIES)];
	if (!m->known || random_below(r, 3) == 0)
		m->price = (int64_t)random_below(r, 5) * 100;
	if (!m->known || random_below(r, 2) == 0)
		m->level = (int64_t)random_below(r, 4);
	m->flaw = random_below(r, 9) == 0 ? FLAW_LEVEL_NULL : FLAW_NONE;
	if (random_below(r, 12) == 0)
		m->flaw = FLAW_PRICE;
	return random_below(r, 8) != 0;
}

/* What item_news says of mending, said again. */
static void
settle(struct model *m, bool visible)
{
	m->known = true;
	if (m->name[0] == '\0')
		m->flaw = FLAW_NAME;
	if (m->flaw != FLAW_NONE)
		m->level = 0;
	if (m->flaw == FLAW_PRICE)
		m->price = 0;
	m->gone = !visible || m->flaw == FLAW_PRICE || m->flaw == FLAW_NAME;
}

static bool
is_same(const struct model *a, const struct model *b)
{
	return a->known && a->gone == b->gone && a->level == b->level &&
	       a->price == b->price && a->flaw == b->flaw &&
	       a->category == b->category && strcmp(a->name, b->name) == 0 &&
	       strcmp(a->text, b->text) == 0;
}

static void
remember_slug(struct world *w, size_t i)
{
	struct error e = ERROR_NONE;
	struct item it;
	int64_t id;

	/* New ones only: ids are given in order. */
	for (id = KEYS; id > 0; id--) {
		if (item_by_id(w->sh.db, id, &it, &e) != RC_OK)
			continue;
		if (strcmp(it.key, key_of(i)) == 0)
			(void)snprintf(w->items[i].slug,
			    sizeof(w->items[i].slug), "%s", it.slug);
		item_release(&it);
	}
}

static void
step(struct world *w, int n)
{
	bool changed, expected, visible;
	struct model next;
	size_t i;

	i = random_below(&w->r, KEYS);
	next = w->items[i];
	w->sh.now++;
	if (random_below(&w->r, 5) == 0) {
		expected = next.known && (!next.gone || next.level != 0 ||
					     next.flaw != FLAW_NONE);
		changed = shop_withdraw(&w->sh, key_of(i));
		next.gone = true;
		next.level = 0;
		next.flaw = FLAW_NONE;
	} else {
		visible = mutate(&w->r, &next);
		changed = publish(&w->sh, key_of(i), &next, visible);
		settle(&next, visible);
		expected = !is_same(&w->items[i], &next);
	}
	if (changed != expected)
		ok(0, "step %d, %s: changed %d, expected %d", n, key_of(i),
		    changed, expected);
	if (next.known && !w->items[i].known) {
		w->items[i] = next;
		remember_slug(w, i);
	} else if (next.known) {
		w->items[i] = next;
	}
}

static void
items_are_as_the_model(struct world *w)
{
	struct error e = ERROR_NONE;
	const struct model *m;
	struct item it;
	int bad = 0;
	size_t i;

	for (i = 0; i < KEYS; i++) {
		m = &w->items[i];
		if (!m->known)
			continue;
		if (item_by_slug(w->sh.db, m->slug, &it, &e) != RC_OK) {
			bad++;
			continue;
		}
		bad += strcmp(it.key, key_of(i)) != 0 ||
		       strcmp(it.name, m->name) != 0 || it.level != m->level ||
		       it.price != m->price || it.gone != m->gone ||
		       it.flaw != m->flaw ||
		       strcmp(it.category_name != NULL ? it.category_name : "",
			   m->category) != 0;
		item_release(&it);
	}
	is_int(bad, 0, "items that differ from the model, or moved");
}

static enum rc
check_category(void *ctx, const struct category *c, struct error *e)
{
	struct world *w = ctx;
	int64_t n = 0;
	size_t i;

	(void)e;
	for (i = 0; i < KEYS; i++)
		n += w->items[i].known && !w->items[i].gone &&
		     strcmp(w->items[i].category, c->name) == 0;
	is_int(c->items, n, c->name);
	return RC_OK;
}

static int64_t
shown(const struct world *w)
{
	int64_t n = 0;
	size_t i;

	for (i = 0; i < KEYS; i++)
		n += w->items[i].known && !w->items[i].gone;
	return n;
}

static void
lists_are_those_of(struct world *w, struct shop *other)
{
	struct item_filter f = { .limit = LIMIT_PER_PAGE };
	char a[10000], b[10000];
	int sort;

	/* Ids, and times of arrival, differ: names and prices do not. */
	f.sort = SORT_NAME;
	is_int(shop_list(&w->sh, &f, a, sizeof(a)), shown(w), "shown");
	shop_list(other, &f, b, sizeof(b));
	is_str(a, b, "the list by name");
	for (sort = 0; sort < 2; sort++) {
		f.in_stock = sort == 0;
		f.price_min = sort == 0 ? 0 : 200;
		is_int(shop_list(&w->sh, &f, a, sizeof(a)),
		    shop_list(other, &f, b, sizeof(b)), "a filtered list");
		is_str(a, b, "by name");
	}
}

static void
searches_are_those_of(struct world *w, struct shop *other)
{
	struct search_result r1, r2;
	char a[10000], b[10000], query[100];
	int bad = 0, found = 0;
	size_t i, kind;

	for (i = 0; i < N_WORDS + N_CATEGORIES; i++) {
		for (kind = 0; kind < 3; kind++) {
			/* whole, a prefix, and with a typo */
			(void)snprintf(query, sizeof(query), "%.*s%s",
			    kind == 1 ? 5 : 50,
			    i < N_WORDS ? words[i] : categories[i - N_WORDS],
			    kind == 2 ? "q" : "");
			shop_search(&w->sh, query, a, sizeof(a), &r1);
			shop_search(other, query, b, sizeof(b), &r2);
			found += r1.total > 0;
			if (strcmp(a, b) == 0 && r1.total == r2.total &&
			    strcmp(r1.meant, r2.meant) == 0)
				continue;
			bad++;
			ok(0, "\"%s\": \"%s\" (%s), not \"%s\" (%s)", query, a,
			    r1.meant, b, r2.meant);
		}
	}
	ok(bad == 0 && found > 5, "%d searches found something", found);
}

/* The words that a typo is mended to, all of them. */
static void
vocabulary(struct shop *sh, struct buf *b)
{
	struct error e = ERROR_NONE;
	struct db_rows *rows;
	enum rc rc;

	buf_init(b, 10000);
	rc = db_ask(sh->db, SQL_WORD_NEAR, &rows, &e, db_int(0),
	    db_int(LIMIT_WORD), db_int(1000));
	while (rc == RC_OK && (rc = db_next(rows, &e)) == RC_OK)
		buf_printf(b, "%s ", db_col_text(rows, 0));
	db_done(rows);
	ok(rc == RC_NOTFOUND && buf_rc(b) == RC_OK, "words: %s", e.text);
}

static void
words_are_those_of(struct world *w, struct shop *other)
{
	struct buf a, b;

	vocabulary(&w->sh, &a);
	vocabulary(other, &b);
	is_str(buf_str(&a), buf_str(&b), "the vocabulary");
	buf_release(&a);
	buf_release(&b);
}

static void
compare_with_a_new_shop(struct world *w)
{
	struct settings s = { 0 };
	struct shop other;
	size_t i;

	if (!sales_make(&s, SALES_SQLITE, 1))
		return;
	if (shop_open(&other, &s)) {
		for (i = 0; i < KEYS; i++)
			if (w->items[i].known)
				publish(&other, key_of(i), &w->items[i],
				    !w->items[i].gone);
		lists_are_those_of(w, &other);
		searches_are_those_of(w, &other);
		words_are_those_of(w, &other);
		shop_close(&other);
	}
	sales_drop(&s);
}

static void
compare_all(struct world *w)
{
	struct error e = ERROR_NONE;

	items_are_as_the_model(w);
	ok(category_list(w->sh.db, check_category, w, &e) == RC_OK, "%s",
	    e.text);
	compare_with_a_new_shop(w);
}

static void
any_sequence_of_news_ends_in_what_the_last_ones_say_R04(
    const struct settings *s)
{
	static struct world w;
	size_t i;
	int n;

	memset(&w, 0, sizeof(w));
	if (!shop_open(&w.sh, s))
		return;
	w.r = random_seeded();
	for (n = 0; n < STEPS; n++)
		step(&w, n);
	compare_all(&w);
	/* With few hats most words are nobody's. */
	for (i = 0; i < KEYS - 6; i++) {
		shop_withdraw(&w.sh, key_of(i));
		w.items[i].gone = true;
		w.items[i].level = 0;
		w.items[i].flaw = FLAW_NONE;
	}
	compare_all(&w);
	shop_close(&w.sh);
}

int
main(void)
{
	RUN_EACH(any_sequence_of_news_ends_in_what_the_last_ones_say_R04);
	return tap_done();
}
