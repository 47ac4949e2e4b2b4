/* From raw values to what is published (R25), and the memory of a mirror. */
#include "config.h"

#include <stdio.h>
#include <string.h>

#include "base/limits.h"
#include "syncd/known.h"
#include "syncd/row.h"
#include "t/tap.h"

static struct row_raw
raw_of(const char *name, const char *price)
{
	return (struct row_raw){
		.key = "A-1",
		.key_len = 3,
		.name = name,
		.name_len = name != NULL ? strlen(name) : 0,
		.text = "A hat.",
		.text_len = 6,
		.price = price,
		.category = "Hats",
		.category_len = 4,
		.visible = true,
	};
}

/* One item with these level rows. */
static void
level_is(const char *const *qty, size_t n, enum settings_rows rule,
    int64_t level, enum item_flaw flaw)
{
	struct error e = ERROR_NONE;
	struct row_raw raw = raw_of("Fez", "7");
	struct row r;

	row_init(&r);
	row_start(&r, &raw, "GBP");
	for (size_t i = 0; i < n; i++)
		row_level(&r, true, qty[i]);
	if (n == 0)
		row_level(&r, false, NULL);
	ok(row_end(&r, rule, &e) == RC_OK, "%s", e.text);
	is_int(r.news.level, level, n > 0 && qty[0] ? qty[0] : "NULL or none");
	is_int(r.news.flaw, flaw, row_flaw_text(flaw));
	ok(r.news.visible, "a flawed level is shown, as 0");
	row_release(&r);
}

static void
R25_odd_levels_count_as_0(void)
{
	static const struct {
		const char *qty;
		int64_t level;
		enum item_flaw flaw;
	} each[] = {
		{ "0", 0, FLAW_NONE },
		{ "12", 12, FLAW_NONE },
		{ " 12 ", 12, FLAW_NONE },
		{ "12.000", 12, FLAW_NONE },
		{ "1000000000", 1000000000, FLAW_NONE },
		{ "1000000001", 0, FLAW_LEVEL_TEXT },
		{ "99999999999999999999999", 0, FLAW_LEVEL_TEXT },
		{ "-1", 0, FLAW_LEVEL_NEGATIVE },
		{ "-0.00", 0, FLAW_NONE },
		{ "1.5", 0, FLAW_LEVEL_TEXT },
		{ "1.", 0, FLAW_LEVEL_TEXT },
		{ ".0", 0, FLAW_LEVEL_TEXT },
		{ "", 0, FLAW_LEVEL_TEXT },
		{ "many", 0, FLAW_LEVEL_TEXT },
		{ "1e3", 0, FLAW_LEVEL_TEXT },
		{ "0x10", 0, FLAW_LEVEL_TEXT },
		{ "+1", 0, FLAW_LEVEL_TEXT },
		{ NULL, 0, FLAW_LEVEL_NULL },
	};

	for (size_t i = 0; i < sizeof(each) / sizeof(each[0]); i++)
		level_is(
		    &each[i].qty, 1, ROWS_ONE, each[i].level, each[i].flaw);
	level_is(NULL, 0, ROWS_ONE, 0, FLAW_LEVEL_MISSING);
	level_is(NULL, 0, ROWS_SUM, 0, FLAW_LEVEL_MISSING);
}

static void
R25_several_rows_are_refused_or_added_up(void)
{
	static const char *const good[] = { "3", "4", "5.0" };
	static const char *const bad[] = { "3", "-1", "5" };
	static const char *const large[] = { "1000000000", "1" };

	level_is(good, 3, ROWS_ONE, 0, FLAW_LEVEL_DUPLICATE);
	level_is(good, 3, ROWS_SUM, 12, FLAW_NONE);
	level_is(bad, 3, ROWS_SUM, 0, FLAW_LEVEL_NEGATIVE);
	level_is(large, 2, ROWS_SUM, 0, FLAW_LEVEL_TEXT);
}

static void
without_price_or_name_an_item_is_not_shown(void)
{
	static const struct {
		const char *name, *price;
		int64_t minor;
		enum item_flaw flaw;
	} each[] = {
		{ "Fez", "19.9900", 1999, FLAW_NONE },
		{ "Fez", "0.01", 1, FLAW_NONE },
		{ "Fez", "0", 0, FLAW_PRICE },
		{ "Fez", "-1", 0, FLAW_PRICE },
		{ "Fez", "1.999", 0, FLAW_PRICE },
		{ "Fez", "cheap", 0, FLAW_PRICE },
		{ "Fez", NULL, 0, FLAW_PRICE },
		{ NULL, "1", 100, FLAW_NAME },
		{ "", "1", 100, FLAW_NAME },
		{ " \t ", "1", 100, FLAW_NAME },
		{ "F\xff", "1", 100, FLAW_NAME },
	};
	struct error e = ERROR_NONE;
	struct row r;

	row_init(&r);
	for (size_t i = 0; i < sizeof(each) / sizeof(each[0]); i++) {
		struct row_raw raw = raw_of(each[i].name, each[i].price);

		row_start(&r, &raw, "GBP");
		row_level(&r, true, "5");
		ok(row_end(&r, ROWS_ONE, &e) == RC_OK, "%s", e.text);
		is_int(r.news.flaw, each[i].flaw, row_flaw_text(each[i].flaw));
		is_int(r.news.price, each[i].minor, "price");
		ok(r.news.visible == (each[i].flaw == FLAW_NONE), "shown");
		is_int(
		    r.news.level, each[i].flaw == FLAW_NONE ? 5 : 0, "level");
		ok(r.news.name[0] != '\0', "it always has a name");
	}
	row_release(&r);
}

static void
keys_that_cannot_be_ours_are_not_usable(void)
{
	static char large[LIMIT_KEY + 2];
	static const struct {
		const char *key;
		size_t n;
		int usable;
	} each[] = { { "A-1", 3, 1 }, { "\xc3\x84", 2, 1 }, { NULL, 0, 0 },
		{ "", 0, 0 }, { "A\n", 2, 0 }, { "\xff", 1, 0 },
		{ large, LIMIT_KEY, 1 }, { large, LIMIT_KEY + 1, 0 } };
	struct error e = ERROR_NONE;
	struct row r;

	memset(large, 'x', LIMIT_KEY + 1);
	row_init(&r);
	for (size_t i = 0; i < sizeof(each) / sizeof(each[0]); i++) {
		struct row_raw raw = raw_of("Fez", "1");

		raw.key = each[i].key;
		raw.key_len = each[i].n;
		row_start(&r, &raw, "GBP");
		ok(row_end(&r, ROWS_ONE, &e) == RC_OK, "%s", e.text);
		ok(r.usable == each[i].usable, "key %zu", i);
	}
	row_release(&r);
}

static void
long_and_dirty_text_is_cut_and_cleaned(void)
{
	static char large[100000];
	struct error e = ERROR_NONE;
	struct row_raw raw = raw_of("  The\tFez  ", "1");
	struct row r;

	memset(large, 'x', sizeof(large) - 1);
	large[LIMIT_TEXT - 1] = ' ';
	raw.text = large;
	raw.text_len = sizeof(large) - 1;
	row_init(&r);
	row_start(&r, &raw, "GBP");
	ok(row_end(&r, ROWS_ONE, &e) == RC_OK, "%s", e.text);
	is_str(r.news.name, "The Fez", "one line, no blanks around");
	is_int((long long)strlen(r.news.text), LIMIT_TEXT - 1,
	    "cut, and no blank at its end");
	memset(large, '\xff', sizeof(large) - 1);
	raw = raw_of(large, "1");
	row_start(&r, &raw, "GBP");
	ok(row_end(&r, ROWS_ONE, &e) == RC_OK, "%s", e.text);
	ok(strlen(r.news.name) <= LIMIT_NAME, "a name fits");
	row_release(&r);
}

static void
every_field_changes_the_digest(void)
{
	struct item_news n[8];
	uint8_t digest[8][ROW_DIGEST];
	struct error e = ERROR_NONE;

	for (size_t i = 0; i < 8; i++)
		n[i] = (struct item_news){ .key = "k",
			.name = "ab",
			.text = "c",
			.category = "d",
			.price = 1,
			.level = 2,
			.visible = true };
	n[1].name = "a";
	n[1].text = "bc";
	n[2].category = "e";
	n[3].price = 12;
	n[4].level = 3;
	n[5].visible = false;
	n[6].flaw = FLAW_LEVEL_NULL;
	n[7].key = "other";
	for (size_t i = 0; i < 8; i++)
		ok(row_digest(&n[i], digest[i], &e) == RC_OK, "%s", e.text);
	for (size_t i = 0; i < 7; i++)
		for (size_t j = 0; j < i; j++)
			ok(memcmp(digest[i], digest[j], ROW_DIGEST) != 0,
			    "%zu is not %zu", i, j);
	ok(memcmp(digest[7], digest[0], ROW_DIGEST) == 0, "the key is none");
}

static enum rc
know_many(void)
{
	struct error e = ERROR_NONE;
	struct known_entry *entry;
	struct known k;
	char key[32];
	enum rc rc = RC_OK;

	known_init(&k);
	for (int i = 0; i < 3000 && rc == RC_OK; i++) {
		(void)snprintf(key, sizeof(key), "K-%d", i);
		rc = known_add(&k, key, &entry, &e);
		if (rc == RC_OK)
			entry->visible = true;
	}
	for (int i = 0; i < 3000 && rc == RC_OK; i += 2) {
		(void)snprintf(key, sizeof(key), "K-%d", i);
		entry = known_find(&k, key);
		if (entry == NULL)
			rc = RC_NOTFOUND;
		else
			entry->seen = true;
	}
	if (rc == RC_OK &&
	    (known_missing(&k) != 1500 || known_find(&k, "K-3000") != NULL))
		rc = RC_INVALID;
	known_unsee(&k);
	if (rc == RC_OK && known_missing(&k) != 3000)
		rc = RC_INVALID;
	known_release(&k);
	return rc;
}

static void
what_is_known_is_found_and_what_is_missing_counted(void)
{
	enum rc rc = know_many();

	ok(rc == RC_OK, "3000 keys: %s", rc_name(rc));
	ok(torture("known", know_many) > 2, "every allocation may fail");
	ok(known_picture("") == 0, "no source is 0");
	ok(known_picture("a") != 0 && known_picture("a") != known_picture("b"),
	    "two sources differ");
}

static enum rc
one_row(void)
{
	struct error e = ERROR_NONE;
	struct row_raw raw = raw_of("Fez", "1");
	uint8_t digest[ROW_DIGEST];
	struct row r;
	enum rc rc;

	row_init(&r);
	row_start(&r, &raw, "GBP");
	row_level(&r, true, "5");
	rc = row_end(&r, ROWS_ONE, &e);
	if (rc == RC_OK)
		rc = row_digest(&r.news, digest, &e);
	row_release(&r);
	return rc;
}

static void
every_allocation_may_fail(void)
{
	ok(torture("row", one_row) > 3, "some were tried");
}

int
main(void)
{
	RUN(R25_odd_levels_count_as_0);
	RUN(R25_several_rows_are_refused_or_added_up);
	RUN(without_price_or_name_an_item_is_not_shown);
	RUN(keys_that_cannot_be_ours_are_not_usable);
	RUN(long_and_dirty_text_is_cut_and_cleaned);
	RUN(every_field_changes_the_digest);
	RUN(what_is_known_is_found_and_what_is_missing_counted);
	RUN(every_allocation_may_fail);
	return tap_done();
}
