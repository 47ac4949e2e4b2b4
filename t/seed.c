/*
 * seed - fill a migrated sales database with hats, for tests of pages and for
 * ./dev bench.
 *
 *	HATSHOP_CONF=shop.conf t/seed 1000
 *
 * The same number gives the same hats.  The first ones are the odd ones, which
 * any number has: none left, one left, withdrawn, flawed, without a category or
 * a picture, with markup, quotes, accents, a very long name.  The mirror counts
 * as confirmed at this moment.
 */
#include "config.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/num.h"
#include "base/token.h"
#include "shop/item.h"
#include "shop/words.h"
#include "t/sales.h"
#include "t/tap.h"

#define UNIT 50              /* hats in one transaction */
#define FIRST_DAY 1760000000 /* when the first hat came */

struct hat {
	const char *name, *category, *text;
	int64_t price, level;
	enum item_flaw flaw;
	bool hidden, bare; /* bare: without a picture */
};

static const char long_name[] =
    "The Extraordinarily Long-Winded Ceremonial Stovepipe of the Honourable "
    "Company of Hatters, Feltmakers, Trimmers and Allied Trades, with Plume, "
    "Buckle, Cockade, Tassel and a Small Brass Bell";

static const struct hat odd_hats[] = {
	{ "Crimson Fez", "Fezzes", "A fez with a tassel that knows the way.",
	    1999, 12, FLAW_NONE, false, false },
	{ "Sold-Out Sombrero", "Sombreros", "So wide that all of it is gone.",
	    4500, 0, FLAW_NONE, false, false },
	{ "Last Bowler Standing", "Bowlers", "There is one. It knows.", 6450, 1,
	    FLAW_NONE, false, false },
	{ "Withdrawn Wimple", "Novelty", "Nobody asked for it, and nobody may.",
	    1250, 3, FLAW_NONE, true, false },
	{ "Uncounted Ushanka", "Winter", "Somebody took the stock list.", 3900,
	    7, FLAW_LEVEL_NULL, false, false },
	{ "Less-than-No Beanie", "Winter", "The clerk sold what was not there.",
	    990, 7, FLAW_LEVEL_NEGATIVE, false, false },
	{ "Priceless Panama", "Panamas", "Nobody has put a figure on it.", 0, 4,
	    FLAW_PRICE, false, false },
	{ "O'Brien & Søn <b>\"Deluxe\"</b> Top Hat", "Top Hats",
	    "5 < 6 & 7 > 3; <script>alert('hat')</script> stays text.", 12999,
	    5, FLAW_NONE, false, false },
	{ "Crème-brûlée Cloche", "Cloches",
	    "Caramel outside, custard inside. Łódź adores it.\n\nDo not eat.",
	    5525, 8, FLAW_NONE, false, false },
	{ long_name, "Top Hats", "The name is on the label. Both sides.", 99999,
	    2, FLAW_NONE, false, false },
	{ "Homeless Deerstalker", "", "It fits no shelf of ours.", 2750, 6,
	    FLAW_NONE, false, false },
	{ "Unseen Beret", "Berets", "The photographer was ill.", 1800, 9,
	    FLAW_NONE, false, true },
	{ "帽子 the Bamboo Hat", "Sombreros", "Light, and keeps the rain off.",
	    3300, 15, FLAW_NONE, false, false },
};
#define N_ODD (sizeof(odd_hats) / sizeof(odd_hats[0]))

static const char *const shapes[][2] = {
	{ "Fez", "Fezzes" },
	{ "Top Hat", "Top Hats" },
	{ "Bowler", "Bowlers" },
	{ "Beret", "Berets" },
	{ "Sombrero", "Sombreros" },
	{ "Panama", "Panamas" },
	{ "Cloche", "Cloches" },
	{ "Bobble Hat", "Winter" },
	{ "Balaclava", "Winter" },
	{ "Propeller Cap", "Novelty" },
	{ "Jester's Cap", "Novelty" },
	{ "Trilby", "Bowlers" },
	{ "Boater", "Panamas" },
	{ "Pork Pie", "Bowlers" },
	{ "Flat Cap", "Caps" },
	{ "Deerstalker", "Caps" },
	{ "Bonnet", "Cloches" },
	{ "Pirate Hat", "Novelty" },
	{ "Opera Hat", "Top Hats" },
};
#define N_SHAPES (sizeof(shapes) / sizeof(shapes[0]))

static const char *const moods[] = { "Giggling", "Gloomy", "Pompous", "Velvet",
	"Striped", "Wobbly", "Sunday", "Feathered", "Tartan", "Haunted",
	"Folding", "Inflatable", "Polite", "Scandalous", "Tasselled",
	"Moth-Proof", "Waxed", "Knitted", "Sequinned", "Invisible", "Amber",
	"Quilted", "Reversible" };
#define N_MOODS (sizeof(moods) / sizeof(moods[0]))

static const char *const jokes[] = {
	"Tested on heads of every size, and on one cabbage.",
	"Comes with a small umbrella for when it is indoors.",
	"Our hatter laughed until the felt was dry.",
	"Wear it backwards and people will think that you are leaving.",
	"Keeps the rain off and the conversation going.",
	"Not to be worn by horses, however much they ask.",
	"The brim is wide enough to share with a friend.",
	"Hums a little when nobody is listening.",
	"Guaranteed to be noticed by at least one pigeon.",
	"Folds into its own pocket, which nobody has found since.",
	"Approved by three aunts.",
};
#define N_JOKES (sizeof(jokes) / sizeof(jokes[0]))

struct seeding {
	struct words *words;
	int64_t first, end; /* of this unit */
	int64_t shown;
};

/* The hat with a number; name and text are buffers for the made ones. */
static struct hat
hat_of(int64_t n, char name[LIMIT_NAME], char text[1000])
{
	size_t shape, mood, turn;
	struct hat h;

	if (n < (int64_t)N_ODD)
		return odd_hats[n];
	n -= (int64_t)N_ODD;
	shape = (size_t)n % N_SHAPES;
	mood = (size_t)n / N_SHAPES % N_MOODS;
	turn = (size_t)n / N_SHAPES / N_MOODS;
	if (turn == 0)
		(void)snprintf(
		    name, LIMIT_NAME, "%s %s", moods[mood], shapes[shape][0]);
	else
		(void)snprintf(name, LIMIT_NAME, "%s %s No. %zu", moods[mood],
		    shapes[shape][0], turn + 1);
	(void)snprintf(text, 1000, "%s %s\n\n%s", jokes[(size_t)n % N_JOKES],
	    jokes[((size_t)n / N_JOKES + 3) % N_JOKES],
	    jokes[((size_t)n * 7 + 5) % N_JOKES]);
	h = (struct hat){ .name = name,
		.text = text,
		.category = shapes[shape][1],
		.price = 895 + n * 7919 % 20000,
		.level = n * 31 % 43 };
	h.bare = n % 97 == 50;
	return h;
}

static enum rc
put_hat(struct db *db, struct seeding *s, int64_t n, struct error *e)
{
	char name[LIMIT_NAME], text[1000], key[32], hash[HASH_SIZE];
	struct item_news news;
	struct hat h;
	bool changed;
	enum rc rc;

	h = hat_of(n, name, text);
	(void)snprintf(key, sizeof(key), "SEED-%05" PRId64, n + 1);
	news = (struct item_news){ .key = key,
		.name = h.name,
		.text = h.text,
		.category = h.category,
		.price = h.price,
		.level = h.level,
		.visible = !h.hidden,
		.flaw = h.flaw };
	rc = item_publish(db, s->words, &news, FIRST_DAY + n * 60, &changed, e);
	s->shown += !h.hidden && h.flaw != FLAW_PRICE;
	if (rc != RC_OK || h.bare)
		return rc;
	hash_hex(key, strlen(key), hash);
	return item_picture(db, key, hash, 1600, 1200, e);
}

static enum rc
put_hats(struct db *db, void *ctx, struct error *e)
{
	struct seeding *s = ctx;
	int64_t n, shown;
	enum rc rc;

	shown = s->shown;
	rc = RC_OK;
	for (n = s->first; n < s->end && rc == RC_OK; n++)
		rc = put_hat(db, s, n, e);
	if (rc != RC_OK)
		s->shown = shown; /* the unit may be tried again */
	return rc;
}

static enum rc
seed(const struct settings *settings, int64_t n, struct error *e)
{
	struct seeding s = { 0 };
	struct db *db = NULL;
	enum rc rc;

	rc = words_new(&s.words, e);
	if (rc == RC_OK)
		rc = db_open(settings, DB_WRITE, &db, e);
	while (rc == RC_OK && s.first < n) {
		s.end = s.first + UNIT < n ? s.first + UNIT : n;
		rc = db_unit(db, put_hats, &s, e);
		s.first = s.end;
	}
	db_close(db);
	words_free(s.words);
	if (rc == RC_OK)
		printf("%" PRId64 " hats, %" PRId64 " of them shown\n", n,
		    s.shown);
	return rc;
}

static void
confirm(const struct settings *settings, int64_t n)
{
	char sql[300];

	(void)snprintf(sql, sizeof(sql),
	    "UPDATE mirror SET source = 'seed', mode = 'poll', partial = 0,"
	    " problem = '', confirmed_at = %" PRId64 ", published_at = %" PRId64
	    ", items = %" PRId64,
	    clock_now(), clock_now(), n);
	sales_sql(settings, sql);
}

int
main(int argc, char **argv)
{
	struct error e = ERROR_NONE;
	struct settings settings;
	int64_t n;
	enum rc rc;

	if (argc != 2 || num_parse(argv[1], 1, LIMIT_ITEMS, &n) != RC_OK) {
		fprintf(stderr, "usage: HATSHOP_CONF=FILE seed NUMBER\n");
		return 2;
	}
	rc = settings_load(&settings, NULL, &e);
	if (rc == RC_OK) {
		rc = seed(&settings, n, &e);
		if (rc == RC_OK)
			confirm(&settings, n);
		settings_release(&settings);
	}
	if (rc != RC_OK)
		fprintf(stderr, "seed: %s\n", e.text);
	return rc == RC_OK ? 0 : 1;
}
