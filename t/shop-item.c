/* Publishing, lists, categories and the window of the home page. */
#include "config.h"

#include <stdio.h>
#include <string.h>

#include "shop/category.h"
#include "t/shop.h"

static void
every_field_reads_back_R03(const struct settings *s)
{
	struct error e = ERROR_NONE;
	struct item it, by_id;
	struct shop sh;

	if (!shop_open(&sh, s))
		return;
	sh.now = 77;
	ok(shop_hat(&sh, "SKU 1", "Crème <b>Fez</b> & O'Brien",
	       .text = "Red.\nWith a \"tassel\".", .category = "Fezzes",
	       .price = 1999, .level = 3),
	    "a new hat is a change");
	if (!ok(item_by_slug(sh.db, "creme-b-fez-b-obrien", &it, &e) == RC_OK,
		"by slug: %s", e.text))
		goto out;
	is_str(it.key, "SKU 1", "key");
	is_str(it.name, "Crème <b>Fez</b> & O'Brien", "name");
	is_str(it.text, "Red.\nWith a \"tassel\".", "text");
	is_str(it.category_name, "Fezzes", "category");
	is_str(it.category_slug, "fezzes", "category's slug");
	is_int(it.price, 1999, "price");
	is_int(it.level, 3, "level");
	is_int(it.held, 0, "held");
	is_int(it.gone, 0, "gone");
	is_int(it.flaw, FLAW_NONE, "flaw");
	is_int(it.picture_width, 800, "picture's width");
	is_int(it.changed_at, 77, "changed");
	is_int((long long)strlen(it.picture), 64, "picture's hash");
	is_int(item_available(&it), 3, "available");
	ok(item_by_id(sh.db, it.id, &by_id, &e) == RC_OK &&
		strcmp(by_id.text, it.text) == 0,
	    "by id");
	item_release(&by_id);
	item_release(&it);
	ok(it.name == NULL, "released");
out:
	ok(item_by_slug(sh.db, "nonsense", &it, &e) == RC_NOTFOUND, "no slug");
	ok(item_by_id(sh.db, 4711, &it, &e) == RC_NOTFOUND, "no id");
	shop_close(&sh);
}

static void
only_what_differs_is_written_R04(const struct settings *s)
{
	struct error e = ERROR_NONE;
	struct item it;
	struct shop sh;

	if (!shop_open(&sh, s))
		return;
	shop_hat(&sh, "1", "Fez", .category = "Red");
	sh.now = 2000;
	ok(!shop_hat(&sh, "1", "Fez", .category = "Red"), "the same again");
	ok(!shop_hat(&sh, "1", " Fez\t", .category = "Red "),
	    "blanks around are no difference");
	ok(item_by_slug(sh.db, "fez", &it, &e) == RC_OK &&
		it.changed_at == 1000,
	    "not touched");
	item_release(&it);
	ok(shop_hat(&sh, "1", "Fez", .category = "Red", .level = 0), "level");
	ok(shop_hat(&sh, "1", "Fez", .category = "Red", .level = 0, .price = 9),
	    "price");
	ok(shop_hat(&sh, "1", "Fez", .category = "Red", .level = 0, .price = 9,
	       .text = "New."),
	    "text");
	ok(shop_hat(&sh, "1", "Top Hat", .category = "Red", .level = 0,
	       .price = 9, .text = "New."),
	    "name");
	ok(shop_hat(&sh, "1", "Top Hat", .category = "Black", .level = 0,
	       .price = 9, .text = "New."),
	    "category");
	ok(item_by_slug(sh.db, "fez", &it, &e) == RC_OK,
	    "the address stays when the name changes");
	is_str(it.name, "Top Hat", "name");
	is_str(it.category_name, "Black", "category");
	is_int(it.changed_at, 2000, "changed");
	item_release(&it);
	shop_close(&sh);
}

static void
a_withdrawn_hat_is_found_and_listed_nowhere_R04(const struct settings *s)
{
	struct item_filter f = { .limit = 10 };
	struct error e = ERROR_NONE;
	struct item it;
	struct shop sh;
	char names[200];

	if (!shop_open(&sh, s))
		return;
	shop_hat(&sh, "1", "Fez", .category = "Red");
	shop_hat(&sh, "2", "Beret", .category = "Red");
	shop_hat(&sh, "3", "Bare");
	is_int(shop_list(&sh, &f, names, sizeof(names)), 3, "three");
	ok(shop_withdraw(&sh, "1"), "withdrawn");
	ok(!shop_withdraw(&sh, "1"), "once");
	ok(!shop_withdraw(&sh, "nonsense"), "an unknown key is no change");
	is_int(shop_list(&sh, &f, names, sizeof(names)), 2, "two");
	ok(item_by_slug(sh.db, "fez", &it, &e) == RC_OK && it.gone &&
		item_available(&it) == 0,
	    "its page knows that it is gone");
	item_release(&it);
	is_int(shop_search(&sh, "fez", names, sizeof(names), NULL), 0,
	    "search does not find it");
	ok(shop_hat(&sh, "1", "Fez", .category = "Red"), "it comes back");
	is_int(shop_list(&sh, &f, names, sizeof(names)), 3, "three again");
	is_int(shop_search(&sh, "fez", names, sizeof(names), NULL), 1,
	    "search finds it again");
	ok(shop_hat(&sh, "2", "Beret", .category = "Red", .visible = false),
	    "hidden");
	is_int(shop_list(&sh, &f, names, sizeof(names)), 2, "two");
	ok(item_by_slug(sh.db, "fez", &it, &e) == RC_OK && !it.gone,
	    "not gone");
	item_release(&it);
	shop_close(&sh);
}

static void
flawed_levels_count_as_none_and_bad_prices_hide_R25(const struct settings *s)
{
	struct item_filter f = { .limit = 10, .sort = SORT_NAME };
	struct error e = ERROR_NONE;
	char names[200], key[20];
	struct item it;
	struct shop sh;
	int flaw;

	if (!shop_open(&sh, s))
		return;
	for (flaw = FLAW_LEVEL_MISSING; flaw <= FLAW_LEVEL_DUPLICATE; flaw++) {
		(void)snprintf(key, sizeof(key), "flaw-%d", flaw);
		shop_hat(&sh, key, key, .flaw = (enum item_flaw)flaw);
		ok(item_by_slug(sh.db, key, &it, &e) == RC_OK && !it.gone &&
			it.level == 0 && (int)it.flaw == flaw,
		    "%s", item_flaw_name((enum item_flaw)flaw));
		item_release(&it);
	}
	shop_hat(&sh, "n", "Negative", .level = -3);
	ok(item_by_slug(sh.db, "negative", &it, &e) == RC_OK && it.level == 0 &&
		it.flaw == FLAW_LEVEL_NEGATIVE,
	    "a level below zero is a flaw without being told");
	item_release(&it);
	shop_hat(&sh, "p", "Priceless", .flaw = FLAW_PRICE);
	shop_hat(&sh, "q", "Debt", .price = -1);
	shop_hat(&sh, "r", "Gold", .price = LIMIT_MONEY + 1);
	shop_hat(&sh, "KEY 9", "");
	shop_hat(&sh, "KEY 10", NULL, .flaw = FLAW_NAME);
	is_int(shop_list(&sh, &f, names, sizeof(names)), 6, "shown");
	is_str(names, "Negative|flaw-1|flaw-2|flaw-3|flaw-4|flaw-5", "those");
	ok(item_by_slug(sh.db, "key-9", &it, &e) == RC_OK &&
		it.flaw == FLAW_NAME && it.gone,
	    "without a name the key gives the address");
	item_release(&it);
	is_str(item_flaw_name((enum item_flaw)99), "unknown flaw", "a new one");
	shop_close(&sh);
}

static void
two_hats_of_one_name_have_two_addresses(const struct settings *s)
{
	char name[LIMIT_NAME + 1], key[20], slug[40];
	struct error e = ERROR_NONE;
	struct item it;
	struct shop sh;
	int i;

	if (!shop_open(&sh, s))
		return;
	for (i = 1; i <= 103; i++) {
		(void)snprintf(key, sizeof(key), "k%d", i);
		shop_hat(&sh, key, i % 2 ? "Fez" : "FEZ!");
	}
	for (i = 2; i <= 100; i++) {
		(void)snprintf(slug, sizeof(slug), "fez-%d", i);
		(void)snprintf(key, sizeof(key), "k%d", i);
		if (item_by_slug(sh.db, slug, &it, &e) != RC_OK ||
		    strcmp(it.key, key) != 0)
			ok(0, "%s is %s", slug, key);
		item_release(&it);
	}
	is_int(shop_id(&sh, "fez"), 1, "the first has the plain one");
	is_int(shop_id(&sh, "fez-101"), 0, "after a hundred the key decides");
	memset(name, 'x', LIMIT_NAME);
	name[LIMIT_NAME] = '\0';
	for (i = 6; i < LIMIT_NAME; i += 7)
		name[i] = ' ';
	for (i = 0; i < 11; i++) {
		(void)snprintf(key, sizeof(key), "long%d", i);
		shop_hat(&sh, key, name);
		ok(item_by_id(sh.db, 104 + i, &it, &e) == RC_OK &&
			strlen(it.slug) <= LIMIT_SLUG,
		    "%s", it.slug);
		item_release(&it);
	}
	shop_close(&sh);
}

static void
categories_count_what_is_shown_R05(const struct settings *s)
{
	struct error e = ERROR_NONE;
	struct category c;
	struct shop sh;

	if (!shop_open(&sh, s))
		return;
	shop_hat(&sh, "1", "A", .category = "Top Hats");
	shop_hat(&sh, "2", "B", .category = "Top Hats");
	shop_hat(&sh, "3", "C", .category = "Top-hats");
	ok(category_by_slug(sh.db, "top-hats", &c, &e) == RC_OK && c.items == 2,
	    "two");
	is_str(c.name, "Top Hats", "its name");
	category_release(&c);
	ok(category_by_slug(sh.db, "top-hats-2", &c, &e) == RC_OK, "its twin");
	category_release(&c);
	shop_hat(&sh, "2", "B", .category = "");
	shop_withdraw(&sh, "1");
	ok(category_by_slug(sh.db, "top-hats", &c, &e) == RC_OK && c.items == 0,
	    "an empty one is found");
	category_release(&c);
	ok(category_by_slug(sh.db, "bottom", &c, &e) == RC_NOTFOUND, "none");
	shop_close(&sh);
}

struct categories {
	struct buf names;
	int64_t items;
};

static enum rc
join_category(void *ctx, const struct category *c, struct error *e)
{
	struct categories *all = ctx;

	(void)e;
	buf_printf(&all->names, "%s,", c->name);
	all->items += c->items;
	return buf_rc(&all->names);
}

static void
categories_come_by_name_and_never_empty(const struct settings *s)
{
	struct error e = ERROR_NONE;
	struct categories all = { .items = 0 };
	struct shop sh;

	if (!shop_open(&sh, s))
		return;
	shop_hat(&sh, "1", "A", .category = "zebra");
	shop_hat(&sh, "2", "B", .category = "Ärmel");
	shop_hat(&sh, "3", "C", .category = "Zylinder");
	shop_hat(&sh, "4", "D", .category = "empty", .visible = false);
	buf_init(&all.names, 1000);
	ok(category_list(sh.db, join_category, &all, &e) == RC_OK, "%s",
	    e.text);
	is_str(buf_str(&all.names), "Zylinder,zebra,Ärmel,", "by bytes");
	is_int(all.items, 3, "items");
	buf_release(&all.names);
	shop_close(&sh);
}

static void
fill_for_lists(struct shop *sh)
{
	static const struct {
		const char *key, *name, *category;
		int64_t price, level, now;
	} hats[] = {
		{ "1", "Beret", "Soft", 1500, 0, 10 },
		{ "2", "Apex", "Hard", 900, 2, 20 },
		{ "3", "Cloche", "Soft", 1500, 7, 20 },
		{ "4", "Ärger", "Hard", 100, 1, 30 },
		{ "5", "beret", "Soft", 2500, 1, 5 },
		{ "6", "Duck", "", 300, 0, 40 },
	};
	size_t i;

	for (i = 0; i < sizeof(hats) / sizeof(hats[0]); i++) {
		sh->now = hats[i].now;
		shop_hat(sh, hats[i].key, hats[i].name,
		    .category = hats[i].category, .price = hats[i].price,
		    .level = hats[i].level);
	}
}

static void
lists_sort_filter_and_page_R05(const struct settings *s)
{
	static const struct {
		struct item_filter f;
		int64_t total;
		const char *names;
	} cases[] = {
		{ { .sort = SORT_NEW }, 6,
		    "Duck|Ärger|Cloche|Apex|Beret|beret" },
		{ { .sort = SORT_NAME }, 6,
		    "Apex|Beret|Cloche|Duck|beret|Ärger" },
		{ { .sort = SORT_PRICE_UP }, 6,
		    "Ärger|Duck|Apex|Beret|Cloche|beret" },
		{ { .sort = SORT_PRICE_DOWN }, 6,
		    "beret|Cloche|Beret|Apex|Duck|Ärger" },
		{ { .sort = SORT_NEW, .in_stock = true }, 4,
		    "Ärger|Cloche|Apex|beret" },
		{ { .sort = SORT_NAME, .price_min = 900, .price_max = 1500 }, 3,
		    "Apex|Beret|Cloche" },
		{ { .sort = SORT_PRICE_UP, .price_min = 1500 }, 3,
		    "Beret|Cloche|beret" },
		{ { .sort = SORT_PRICE_DOWN, .price_max = 1500 }, 5,
		    "Cloche|Beret|Apex|Duck|Ärger" },
		{ { .sort = SORT_NEW, .category = 1 }, 3,
		    "Cloche|Beret|beret" },
		{ { .sort = SORT_NAME, .category = 1 }, 3,
		    "Beret|Cloche|beret" },
		{ { .sort = SORT_PRICE_UP, .category = 1 }, 3,
		    "Beret|Cloche|beret" },
		{ { .sort = SORT_PRICE_DOWN, .category = 2, .in_stock = true },
		    2, "Apex|Ärger" },
		{ { .sort = SORT_NEW, .category = 99 }, 0, "" },
		{ { .sort = SORT_NEW, .offset = 2, .limit = 3 }, 6,
		    "Cloche|Apex|Beret" },
		{ { .sort = SORT_NEW, .offset = 60, .limit = 3 }, 6, "" },
		{ { .sort = SORT_NAME, .category = 1, .offset = 1, .limit = 1 },
		    3, "Cloche" },
		{ { .sort = SORT_NAME, .category = 1, .offset = 3 }, 3, "" },
	};
	struct item_filter f;
	char names[400];
	struct shop sh;
	size_t i;

	if (!shop_open(&sh, s))
		return;
	fill_for_lists(&sh);
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		f = cases[i].f;
		if (f.limit == 0)
			f.limit = 24;
		is_int(shop_list(&sh, &f, names, sizeof(names)), cases[i].total,
		    cases[i].names);
		is_str(names, cases[i].names, "the names");
	}
	shop_close(&sh);
}

static enum rc
stop(void *ctx, const struct item *it, struct error *e)
{
	++*(int *)ctx;
	(void)it;
	return error_set(e, RC_TOOBIG, "enough");
}

static void
a_put_that_fails_ends_the_list(const struct settings *s)
{
	struct item_filter f = { .limit = 9 };
	struct error e = ERROR_NONE;
	int64_t total;
	struct shop sh;
	int n = 0;

	if (!shop_open(&sh, s))
		return;
	fill_for_lists(&sh);
	ok(item_list(sh.db, &f, stop, &n, &total, &e) == RC_TOOBIG && n == 1,
	    "all");
	f.in_stock = true;
	ok(item_list(sh.db, &f, stop, &n, &total, &e) == RC_TOOBIG && n == 2,
	    "filtered");
	ok(item_window(sh.db, 1, 3, stop, &n, &e) == RC_TOOBIG && n == 3,
	    "window");
	ok(item_near(sh.db, &(struct item){ .id = 1 }, 3, stop, &n, &e) ==
		    RC_TOOBIG &&
		n == 4,
	    "the next of a kind");
	shop_close(&sh);
}

static void
the_next_of_a_kind_come_after_a_hat_then_the_first(const struct settings *s)
{
	static const struct {
		const char *slug;
		int64_t limit;
		const char *names;
	} cases[] = {
		{ "beret", 4, "Cloche|beret" },
		{ "beret", 1, "Cloche" },
		{ "cloche", 4, "beret" },
		{ "arger", 4, "Apex" },
		/* without a category: of any */
		{ "duck", 4, "Apex|Cloche|Ärger|beret" },
		{ "duck", 2, "Apex|Cloche" },
	};
	struct error e = ERROR_NONE;
	struct item it;
	struct buf b;
	struct shop sh;
	size_t i;

	if (!shop_open(&sh, s))
		return;
	fill_for_lists(&sh);
	buf_init(&b, 10000);
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		buf_reset(&b);
		ok(item_by_slug(sh.db, cases[i].slug, &it, &e) == RC_OK &&
			item_near(sh.db, &it, cases[i].limit, shop_join, &b,
			    &e) == RC_OK,
		    "%s: %s", cases[i].slug, e.text);
		is_str(buf_str(&b), cases[i].names, "the next ones");
		item_release(&it);
	}
	buf_release(&b);
	shop_close(&sh);
}

static void
window_names(struct shop *sh, int64_t day, int64_t limit, struct buf *b)
{
	struct error e = ERROR_NONE;

	buf_reset(b);
	ok(item_window(sh->db, day, limit, shop_join, b, &e) == RC_OK, "%s",
	    e.text);
}

static int
count_of(const char *names, char letter)
{
	int n = 0;

	for (; *names != '\0'; names++)
		n += *names == letter;
	return n;
}

static void
the_window_is_spread_and_the_same_all_day_R01(const struct settings *s)
{
	struct buf a, b;
	char key[20], name[20];
	struct shop sh;
	int i, differ = 0;

	if (!shop_open(&sh, s))
		return;
	buf_init(&a, 10000);
	buf_init(&b, 10000);
	window_names(&sh, 1, 12, &a);
	is_str(buf_str(&a), "", "an empty shop has an empty window");
	for (i = 0; i < 60; i++) {
		(void)snprintf(key, sizeof(key), "%d", i);
		(void)snprintf(name, sizeof(name), "%c%d", 'A' + i % 3, i);
		shop_hat(&sh, key, name, .category = &"x\0y\0z"[i % 3 * 2],
		    .level = i % 5);
	}
	shop_publish(&sh,
	    &(struct item_news){ .key = "bare",
		.name = "Q",
		.text = "",
		.category = "x",
		.price = 1,
		.level = 9,
		.visible = true },
	    false);
	window_names(&sh, 20000, 12, &a);
	window_names(&sh, 20000, 12, &b);
	is_str(buf_str(&a), buf_str(&b), "the same twice");
	for (i = 0; i < 20; i++) {
		window_names(&sh, 20000 + i, 12, &b);
		differ += strcmp(buf_str(&a), buf_str(&b)) != 0;
		ok(count_of(buf_str(&b), 'A') == 4 &&
			count_of(buf_str(&b), 'B') == 4 &&
			count_of(buf_str(&b), 'C') == 4,
		    "spread: %s", buf_str(&b));
		ok(count_of(buf_str(&b), 'Q') == 0, "pictures first");
	}
	ok(differ > 10, "%d of 19 other days differ", differ);
	for (i = 0; i < 60; i++) {
		(void)snprintf(key, sizeof(key), "%d", i);
		if (i % 3 != 0 || i > 24)
			shop_withdraw(&sh, key);
	}
	window_names(&sh, 20000, 12, &b);
	is_int(count_of(buf_str(&b), 'A'), 7, "few in one category: all there");
	is_int(
	    count_of(buf_str(&b), 'Q'), 1, "without a picture when few have");
	buf_release(&a);
	buf_release(&b);
	shop_close(&sh);
}

static enum rc
join_slug(void *ctx, const char *slug, int64_t changed_at, struct error *e)
{
	(void)e;
	buf_printf(ctx, "%s@%d,", slug, (int)changed_at);
	return buf_rc(ctx);
}

static void
the_sitemap_has_every_shown_hat(const struct settings *s)
{
	struct error e = ERROR_NONE;
	struct shop sh;
	struct buf b;

	if (!shop_open(&sh, s))
		return;
	fill_for_lists(&sh);
	shop_withdraw(&sh, "2");
	buf_init(&b, 1000);
	ok(item_slugs(sh.db, join_slug, &b, &e) == RC_OK, "%s", e.text);
	is_str(buf_str(&b), "beret@10,cloche@20,arger@30,beret-2@5,duck@40,",
	    "by id");
	buf_release(&b);
	shop_close(&sh);
}

static enum rc
picture_of_none(struct db *db, void *ctx, struct error *e)
{
	(void)ctx;
	return item_picture(db, "nonsense", "", 0, 0, e);
}

static void
what_is_malformed_is_mended(const struct settings *s)
{
	char name[600], key[200];
	struct error e = ERROR_NONE;
	struct item it;
	struct shop sh;
	bool changed;

	if (!shop_open(&sh, s))
		return;
	shop_hat(&sh, "1",
	    "F\xff"
	    "ez\r\nSet-Cookie: x\x01",
	    .text = "a\x02\xc3(\nb");
	ok(item_by_id(sh.db, 1, &it, &e) == RC_OK, "stored");
	is_str(it.name,
	    "F\xef\xbf\xbd"
	    "ez Set-Cookie: x",
	    "one line");
	is_str(it.text, "a\xef\xbf\xbd(\nb", "text keeps its lines");
	item_release(&it);
	memset(name, 'n', sizeof(name) - 1);
	name[sizeof(name) - 1] = '\0';
	memcpy(name + LIMIT_NAME - 1, "ä", 2);
	shop_hat(&sh, "2", name, .category = name);
	ok(item_by_id(sh.db, 2, &it, &e) == RC_OK, "stored");
	is_int((long long)strlen(it.name), LIMIT_NAME - 1, "cut before the ä");
	ok(!shop_hat(&sh, "2", name, .category = name), "and the same again");
	item_release(&it);
	memset(key, 'k', sizeof(key) - 1);
	key[LIMIT_KEY + 1] = '\0';
	ok(item_publish(sh.db, sh.words,
	       &(struct item_news){ .key = key, .name = "x" }, 1, &changed,
	       &e) == RC_INVALID,
	    "a key that is too long: %s", e.text);
	error_clear(&e);
	ok(item_publish(sh.db, sh.words,
	       &(struct item_news){ .key = "\xff", .name = "x" }, 1, &changed,
	       &e) == RC_INVALID,
	    "a key that is no text");
	error_clear(&e);
	ok(db_unit(sh.db, picture_of_none, NULL, &e) == RC_NOTFOUND,
	    "a picture of no item: %s", e.text);
	shop_close(&sh);
}

/* ---- every failure in turn ---- */

static struct shop tortured;

static enum rc
read_lists(struct db *db, struct error *e)
{
	struct item_filter f = { .limit = 9, .sort = SORT_NAME };
	struct categories all = { .items = 0 };
	int64_t total;
	struct buf b;
	enum rc rc;

	buf_init(&b, 10000);
	buf_init(&all.names, 10000);
	rc = item_list(db, &f, shop_join, &b, &total, e);
	f.in_stock = true;
	if (rc == RC_OK)
		rc = item_list(db, &f, shop_join, &b, &total, e);
	f.category = 1;
	if (rc == RC_OK)
		rc = item_list(db, &f, shop_join, &b, &total, e);
	if (rc == RC_OK)
		rc = item_window(db, 3, 5, shop_join, &b, e);
	if (rc == RC_OK)
		rc = item_near(
		    db, &(struct item){ .id = 2 }, 9, shop_join, &b, e);
	if (rc == RC_OK)
		rc = item_near(db, &(struct item){ .id = 2, .category = 1 }, 9,
		    shop_join, &b, e);
	if (rc == RC_OK)
		rc = item_slugs(db, join_slug, &b, e);
	if (rc == RC_OK)
		rc = category_list(db, join_category, &all, e);
	buf_release(&b);
	buf_release(&all.names);
	return rc;
}

static enum rc
read_all(void)
{
	struct error e = ERROR_NONE;
	struct category c = { 0 };
	struct item it = { 0 };
	enum rc rc;

	rc = item_by_slug(tortured.db, "cloche", &it, &e);
	item_release(&it);
	if (rc == RC_OK)
		rc = item_by_id(tortured.db, 1, &it, &e);
	item_release(&it);
	if (rc == RC_OK)
		rc = category_by_slug(tortured.db, "soft", &c, &e);
	category_release(&c);
	return rc == RC_OK ? read_lists(tortured.db, &e) : rc;
}

static enum rc
write_in_unit(struct db *db, void *ctx, struct error *e)
{
	struct item_news news = { .key = "new",
		.name = "New Hat",
		.text = "One two three four five six seven eight nine.",
		.category = "Newer",
		.price = 5,
		.level = 6,
		.visible = true };
	struct words *w = ctx;
	bool changed;
	enum rc rc;

	rc = item_publish(db, w, &news, 1, &changed, e);
	if (rc == RC_OK)
		rc = item_picture(db, "new", "00", 1, 1, e);
	news.name = "Newer Hat";
	news.category = "Newest";
	if (rc == RC_OK)
		rc = item_publish(db, w, &news, 1, &changed, e);
	news.level = 8;
	if (rc == RC_OK)
		rc = item_publish(db, w, &news, 1, &changed, e);
	if (rc == RC_OK)
		rc = item_withdraw(db, "new", 1, &changed, e);
	/* Undone, so that each run does the same. */
	return rc == RC_OK ? RC_TOOBIG : rc;
}

static enum rc
write_all(void)
{
	struct error e = ERROR_NONE;
	enum rc rc;

	rc = db_unit(tortured.db, write_in_unit, tortured.words, &e);
	return rc == RC_TOOBIG ? RC_OK : rc;
}

static void
every_allocation_and_every_database_call_may_fail(const struct settings *s)
{
	if (!shop_open(&tortured, s))
		return;
	fill_for_lists(&tortured);
	ok(torture("reading", read_all) > 3, "allocations were failed");
	ok(torture("writing", write_all) > 3, "allocations were failed");
	ok(shop_db_torture("reading", read_all) > 20, "calls were failed");
	ok(shop_db_torture("writing", write_all) > 20, "calls were failed");
	shop_close(&tortured);
}

int
main(void)
{
	RUN_EACH(every_field_reads_back_R03);
	RUN_EACH(only_what_differs_is_written_R04);
	RUN_EACH(a_withdrawn_hat_is_found_and_listed_nowhere_R04);
	RUN_EACH(flawed_levels_count_as_none_and_bad_prices_hide_R25);
	RUN_EACH(two_hats_of_one_name_have_two_addresses);
	RUN_EACH(categories_count_what_is_shown_R05);
	RUN_EACH(categories_come_by_name_and_never_empty);
	RUN_EACH(lists_sort_filter_and_page_R05);
	RUN_EACH(a_put_that_fails_ends_the_list);
	RUN_EACH(the_next_of_a_kind_come_after_a_hat_then_the_first);
	RUN_EACH(the_window_is_spread_and_the_same_all_day_R01);
	RUN_EACH(the_sitemap_has_every_shown_hat);
	RUN_EACH(what_is_malformed_is_mended);
	RUN_EACH(every_allocation_and_every_database_call_may_fail);
	return tap_done();
}
