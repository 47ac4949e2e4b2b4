/* R05: thirty searches give the same ranked set on both engines. */
#include "config.h"

#include <stdio.h>
#include <string.h>

#include "t/shop.h"

static const struct {
	const char *key, *name, *category, *text;
	int64_t price, level;
} hats[] = {
	{ "1", "Crimson Fez", "Fezzes", "Red felt with a black tassel.", 1999,
	    4 },
	{ "2", "Feathered Top Hat", "Top Hats", "Tall, silk, one plume.", 8000,
	    0 },
	{ "3", "Grandfather's Bowler", "Bowlers", "Knitted lining, like new.",
	    4500, 2 },
	{ "4", "Crème-brûlée Cloche", "Cloches", "Smells of caramel.", 5500,
	    9 },
	{ "5", "Knitted Beanie", "Winter", "Wool for the coldest mornings.",
	    1500, 30 },
	{ "6", "Łódź Winter Ushanka", "Winter", "Fur flaps. Warm as a stove.",
	    3900, 5 },
	{ "7", "Bowler of the Sea", "Bowlers", "Waterproof felt.", 5200, 1 },
	{ "8", "Pirate Tricorne", "Novelty", "With a feather and a parrot.",
	    2900, 3 },
	{ "9", "Straw Panama", "Panamas", "Rolls up. For happiness and sun.",
	    3300, 8 },
	{ "10", "Propeller Cap", "Novelty", "It spins; the hat for windy days.",
	    999, 12 },
	{ "11", "O'Brien's Leprechaun Hat", "Novelty", "Green and lucky.", 1750,
	    6 },
	{ "12", "Crimson Beret", "Berets", "Soft wool, tilted.", 1800, 0 },
};

static const struct {
	const char *query, *names, *meant;
} searches[] = {
	/* three letters; whole */
	{ "fez", "Crimson Fez", "" },
	{ "FEZ", "Crimson Fez", "" },
	{ "  fez!!  ", "Crimson Fez", "" },
	{ "crimson", "Crimson Beret|Crimson Fez", "" },
	{ "bowler", "Bowler of the Sea|Grandfather's Bowler", "" },
	/* place: name before category before text */
	{ "winter", "Łódź Winter Ushanka|Knitted Beanie", "" },
	{ "feather", "Feathered Top Hat|Pirate Tricorne", "" },
	{ "felt", "Bowler of the Sea|Crimson Fez", "" },
	/* plural and endings */
	{ "bowlers", "Bowler of the Sea|Grandfather's Bowler", "" },
	{ "feathers", "Feathered Top Hat|Pirate Tricorne", "" },
	{ "knitting", "Knitted Beanie|Grandfather's Bowler", "" },
	{ "berets", "Crimson Beret", "" },
	{ "morning", "Knitted Beanie", "" },
	/* prefix; whole before prefix */
	{ "leprech", "O'Brien's Leprechaun Hat", "" },
	{ "happines", "Straw Panama", "" },
	{ "pro", "Propeller Cap", "" },
	{ "fe", "", "" },
	{ "win", "Łódź Winter Ushanka|Knitted Beanie|Propeller Cap", "" },
	/* accents */
	{ "creme brulee", "Crème-brûlée Cloche", "" },
	{ "CRÈME", "Crème-brûlée Cloche", "" },
	{ "lodz", "Łódź Winter Ushanka", "" },
	{ "Bęręt", "Crimson Beret", "" },
	/* apostrophes */
	{ "o'brien", "O'Brien's Leprechaun Hat", "" },
	{ "obriens", "O'Brien's Leprechaun Hat", "" },
	{ "grandfathers", "Grandfather's Bowler", "" },
	/* several words: all must match, stop words and "hat" need not */
	{ "crimson fez", "Crimson Fez", "" },
	{ "fez hat", "Crimson Fez", "" },
	{ "hat with a feather", "Feathered Top Hat|Pirate Tricorne", "" },
	{ "crimson bowler", "", "" },
	{ "wool beret", "Crimson Beret", "" },
	/* one typo: replaced, missing, added, swapped, at three letters */
	{ "bowlar", "Bowler of the Sea|Grandfather's Bowler", "bowler" },
	{ "panma", "Straw Panama", "panama" },
	{ "ushankaa", "Łódź Winter Ushanka", "ushanka" },
	{ "crimosn bowelr", "", "" },
	{ "crimosn fze", "Crimson Fez", "crimson fez" },
	{ "fex", "Crimson Fez", "fez" },
	{ "xez", "", "" },
	{ "obrienz", "O'Brien's Leprechaun Hat", "obriens" },
	{ "novalty cap", "Propeller Cap", "novelty cap" },
	/* words run together */
	{ "tophat", "Feathered Top Hat", "top hat" },
	{ "strawpanama", "Straw Panama", "straw panama" },
	{ "crimsonberets", "Crimson Beret", "crimson berets" },
	{ "fezhat", "Crimson Fez", "fez hat" },
	{ "crimsonbowler", "", "" },
	/* "hat" alone; nothing; nonsense */
	{ "hat", "Feathered Top Hat|O'Brien's Leprechaun Hat|Propeller Cap",
	    "" },
	{ "the", "Bowler of the Sea|Knitted Beanie|Propeller Cap", "" },
	{ "", "", "" },
	{ "!?%_", "", "" },
	{ "xyzzyplugh", "", "" },
	{ "fez' OR 1=1 --", "", "" },
	{ "\xff\xfe", "", "" },
};

static void
fill(struct shop *sh)
{
	size_t i;

	for (i = 0; i < sizeof(hats) / sizeof(hats[0]); i++) {
		sh->now = 1000 + (int64_t)i;
		shop_hat(sh, hats[i].key, hats[i].name, .text = hats[i].text,
		    .category = hats[i].category, .price = hats[i].price,
		    .level = hats[i].level);
	}
}

static void
searches_find_and_rank_alike_R05(const struct settings *s)
{
	struct search_result r;
	char names[1000];
	struct shop sh;
	size_t i;

	if (!shop_open(&sh, s))
		return;
	fill(&sh);
	for (i = 0; i < sizeof(searches) / sizeof(searches[0]); i++) {
		shop_search(&sh, searches[i].query, names, sizeof(names), &r);
		is_str(names, searches[i].names, searches[i].query);
		is_str(r.meant, searches[i].meant, "what was meant");
		is_int(r.corrected, searches[i].meant[0] != '\0', "mended");
	}
	shop_close(&sh);
}

static void
filtered(struct shop *sh, const char *query, struct item_filter f, bool by_rank,
    int64_t total, const char *names)
{
	struct error e = ERROR_NONE;
	struct search_result r;
	struct buf b;

	if (f.limit == 0)
		f.limit = 24;
	buf_init(&b, 10000);
	ok(search_items(sh->db, sh->words, query, &f, by_rank, shop_join, &b,
	       &r, &e) == RC_OK,
	    "%s", e.text);
	is_int(r.total, total, query);
	is_str(buf_str(&b), names, query);
	buf_release(&b);
}

static void
a_search_is_filtered_sorted_and_paged_R05(const struct settings *s)
{
	struct shop sh;

	if (!shop_open(&sh, s))
		return;
	fill(&sh);
	filtered(&sh, "crimson", (struct item_filter){ .in_stock = true }, true,
	    1, "Crimson Fez");
	filtered(&sh, "bowler", (struct item_filter){ .price_min = 5000 }, true,
	    1, "Bowler of the Sea");
	filtered(&sh, "winter", (struct item_filter){ .price_max = 2000 }, true,
	    1, "Knitted Beanie");
	filtered(&sh, "wool", (struct item_filter){ .category = 5 }, true, 1,
	    "Knitted Beanie");
	filtered(&sh, "novelty",
	    (struct item_filter){ .sort = SORT_PRICE_DOWN }, false, 3,
	    "Pirate Tricorne|O'Brien's Leprechaun Hat|Propeller Cap");
	filtered(&sh, "novelty", (struct item_filter){ .sort = SORT_PRICE_UP },
	    false, 3, "Propeller Cap|O'Brien's Leprechaun Hat|Pirate Tricorne");
	filtered(&sh, "novelty", (struct item_filter){ .sort = SORT_NEW },
	    false, 3, "O'Brien's Leprechaun Hat|Propeller Cap|Pirate Tricorne");
	filtered(&sh, "novelty",
	    (struct item_filter){ .sort = SORT_NAME, .offset = 1, .limit = 1 },
	    false, 3, "Pirate Tricorne");
	filtered(
	    &sh, "novelty", (struct item_filter){ .offset = 9 }, true, 3, "");
	shop_close(&sh);
}

static void
changed_words_are_found_and_old_ones_forgotten_R04(const struct settings *s)
{
	struct search_result r;
	char names[200];
	struct shop sh;

	if (!shop_open(&sh, s))
		return;
	fill(&sh);
	shop_hat(&sh, "1", "Scarlet Tarboosh", .category = "Fezzes");
	is_int(shop_search(&sh, "tarboosh", names, sizeof(names), NULL), 1,
	    "the new name");
	is_int(shop_search(&sh, "tassel", names, sizeof(names), &r), 0,
	    "not the old text");
	is_int(shop_search(&sh, "tassle", names, sizeof(names), &r), 0,
	    "nor by a typo: no hat has that word");
	is_int(shop_search(&sh, "fezzes", names, sizeof(names), NULL), 1,
	    "its category");
	shop_hat(&sh, "1", "Scarlet Tarboosh", .category = "Felt Hats");
	is_int(shop_search(&sh, "fezzes", names, sizeof(names), NULL), 0,
	    "not the old category");
	is_int(shop_search(&sh, "felt", names, sizeof(names), NULL), 2,
	    "but the new one");
	shop_close(&sh);
}

static void
a_large_catalogue_ranks_alike_by_either_way(const struct settings *s)
{
	char name[40], key[20], few[10000], names[10000];
	struct shop sh;
	int i;

	if (!shop_open(&sh, s))
		return;
	/* Above and below the number of hits that are looked up one by one. */
	for (i = 0; i < 150; i++) {
		(void)snprintf(key, sizeof(key), "%d", i);
		(void)snprintf(name, sizeof(name), "Fez %03d%s", (i * 37) % 150,
		    i % 3 == 0 ? " Third" : "");
		shop_hat(&sh, key, name);
	}
	is_int(shop_search(&sh, "fez", names, sizeof(names), NULL), 150, "all");
	ok(strncmp(names, "Fez 000 Third|Fez 001|Fez 002|Fez 003 Third|", 44) ==
		0,
	    "by name: %.60s", names);
	is_int(shop_search(&sh, "third", few, sizeof(few), NULL), 50, "some");
	ok(strncmp(few, "Fez 000 Third|Fez 003 Third|Fez 006 Third|", 42) == 0,
	    "by name: %.60s", few);
	shop_close(&sh);
}

static void
a_long_query_counts_its_first_words(const struct settings *s)
{
	char query[3000], names[200];
	struct shop sh;
	size_t i;

	if (!shop_open(&sh, s))
		return;
	fill(&sh);
	is_int(shop_search(&sh, "fez fez fez fez fez fez fez fez fez fez",
		   names, sizeof(names), NULL),
	    1, "repeated words are one");
	memset(query, 'a', sizeof(query));
	query[sizeof(query) - 1] = '\0';
	is_int(shop_search(&sh, query, names, sizeof(names), NULL), 0,
	    "3,000 letters");
	for (i = 0; i + 6 < sizeof(query); i += 6)
		memcpy(query + i, "bowlr ", 6);
	is_int(shop_search(&sh, query, names, sizeof(names), NULL), 2,
	    "500 words");
	shop_close(&sh);
}

static struct shop tortured;

static enum rc
search_some(void)
{
	static const char *const queries[] = { "crimson fez hat", "bowlar",
		"strawpanama" };
	struct item_filter f = { .limit = 9 };
	struct error e = ERROR_NONE;
	struct search_result r;
	struct buf b;
	enum rc rc;
	size_t i;

	buf_init(&b, 10000);
	rc = RC_OK;
	for (i = 0; i < 3 && rc == RC_OK; i++)
		rc = search_items(tortured.db, tortured.words, queries[i], &f,
		    true, shop_join, &b, &r, &e);
	if (rc == RC_OK && b.len == 0)
		rc = RC_INVALID;
	buf_release(&b);
	return rc;
}

static void
every_allocation_and_every_database_call_may_fail(const struct settings *s)
{
	if (!shop_open(&tortured, s))
		return;
	fill(&tortured);
	ok(torture("search", search_some) > 3, "allocations were failed");
	ok(shop_db_torture("search", search_some) > 20, "calls were failed");
	shop_close(&tortured);
}

int
main(void)
{
	RUN_EACH(searches_find_and_rank_alike_R05);
	RUN_EACH(a_search_is_filtered_sorted_and_paged_R05);
	RUN_EACH(changed_words_are_found_and_old_ones_forgotten_R04);
	RUN_EACH(a_large_catalogue_ranks_alike_by_either_way);
	RUN_EACH(a_long_query_counts_its_first_words);
	RUN_EACH(every_allocation_and_every_database_call_may_fail);
	return tap_done();
}
