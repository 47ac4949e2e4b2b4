/* The mapping without a server: names, rules and the statements they make. */
#include "config.h"

#include <string.h>

#include "stock/mapped.h"
#include "stock/own.h"
#include "t/tap.h"

static char word_empty[] = "";

static void
settings_demo(struct settings *s)
{
	static char database[] = "hatstock", items[] = "prod_mast",
		    key[] = "pm_sku", name[] = "pm_title", text[] = "pm_text",
		    price[] = "pm_price", category[] = "pm_cat",
		    visible[] = "pm_web", values[] = " Y , 1,yes",
		    categories[] = "prod_cat", id[] = "cat_id",
		    label[] = "cat_name", levels[] = "other.stk_level",
		    sku[] = "sku", qty[] = "on_hand", own[] = "hat_shop",
		    host[] = "stock.example";

	memset(s, 0, sizeof(*s));
	s->stock_database = database;
	s->stock_host = host;
	s->stock_socket = word_empty;
	s->stock_own_schema = own;
	s->item_table = items;
	s->item_key = key;
	s->item_name = name;
	s->item_text = text;
	s->item_price = price;
	s->item_category = category;
	s->item_visible = visible;
	s->item_visible_values = values;
	s->category_table = categories;
	s->category_key = id;
	s->category_name = label;
	s->level_table = levels;
	s->level_key = sku;
	s->level_qty = qty;
	s->picture_table = s->picture_key = s->picture_column = word_empty;
	s->picture_base = word_empty;
}

static void
refused(struct settings *s, const char *why)
{
	struct error e = ERROR_NONE;
	struct map *m = NULL;
	enum rc rc = map_new(s, &m, &e);

	ok(rc == RC_INVALID && m == NULL, "refused as %s", rc_name(rc));
	ok(strstr(e.text, why) != NULL, "\"%s\" names %s", e.text, why);
	map_free(m);
}

static void
what_cannot_be_a_name_is_refused(void)
{
	static char control[] = "a\nb", blank[] = "a ", dot[] = "a.",
		    lone[] = "\xff";
	char letters[66];
	struct settings s;

	settings_demo(&s);
	s.item_price = word_empty;
	refused(&s, "stock.item.price");
	settings_demo(&s);
	s.item_key = control;
	refused(&s, "stock.item.key");
	settings_demo(&s);
	s.level_qty = blank;
	refused(&s, "stock.level.qty");
	settings_demo(&s);
	s.item_table = dot;
	refused(&s, "stock.item.table");
	settings_demo(&s);
	s.item_name = lone;
	refused(&s, "stock.item.name");
	settings_demo(&s);
	memset(letters, 'x', sizeof(letters));
	letters[65] = '\0';
	s.level_key = letters;
	refused(&s, "stock.level.key");
}

static void
what_does_not_go_together_is_refused(void)
{
	struct settings s;

	settings_demo(&s);
	s.stock_host = word_empty;
	refused(&s, "stock.host");
	settings_demo(&s);
	s.stock_rows = ROWS_SUM;
	refused(&s, "stock.access = read");
	settings_demo(&s);
	s.item_visible_values = word_empty;
	refused(&s, "stock.item.visible_values");
	settings_demo(&s);
	s.item_category = word_empty;
	refused(&s, "stock.item.category");
	settings_demo(&s);
	s.picture_kind = PICTURE_BLOB;
	refused(&s, "stock.picture.table");
	settings_demo(&s);
	s.picture_kind = PICTURE_PATH;
	refused(&s, "stock.picture_base");
}

static void
a_value_is_visible_when_it_is_in_the_list(void)
{
	static const struct {
		const char *value;
		int shows;
	} each[] = { { "Y", 1 }, { "1", 1 }, { "yes", 1 }, { "y", 0 },
		{ "", 0 }, { " Y ", 0 }, { "ye", 0 }, { "Y,1", 0 },
		{ NULL, 0 } };
	struct error e = ERROR_NONE;
	struct settings s;
	struct map *m;

	settings_demo(&s);
	ok(map_new(&s, &m, &e) == RC_OK, "%s", e.text);
	for (size_t i = 0; i < sizeof(each) / sizeof(each[0]); i++)
		ok(map_shows(m, each[i].value) == each[i].shows, "\"%s\"",
		    each[i].value != NULL ? each[i].value : "NULL");
	map_free(m);
	s.item_visible = word_empty;
	ok(map_new(&s, &m, &e) == RC_OK, "%s", e.text);
	ok(map_shows(m, NULL), "without a rule all are shown");
	map_free(m);
}

static void
names_are_quoted(void)
{
	struct buf b;

	buf_init(&b, 100);
	map_quote(&b, "a`b\"c'd");
	is_str(buf_str(&b), "`a``b\"c'd`", "a back quote is doubled");
	buf_release(&b);
}

/* As map_check would have found it. */
static void
pretend(
    struct map *m, enum col col, enum schema_kind kind, const char *collation)
{
	struct schema_column *c = &m->cols[col].info;

	c->kind = kind;
	if (collation != NULL) {
		memcpy(c->charset, "latin1", 7);
		memcpy(c->collation, collation, strlen(collation) + 1);
	}
	m->accepted[0] = 'x';
}

static void
has(struct map *m, enum map_sql which, const char *part, int wanted)
{
	struct buf b;

	buf_init(&b, MAP_SQL_SIZE);
	map_sql(m, which, &b);
	ok(buf_rc(&b) == RC_OK, "the statement fits");
	ok((strstr(buf_str(&b), part) != NULL) == wanted, "%s \"%s\"",
	    wanted ? "has" : "has not", part);
	buf_release(&b);
}

static void
statements_compare_by_the_columns_own_rules(void)
{
	struct error e = ERROR_NONE;
	struct settings s;
	struct map *m;

	settings_demo(&s);
	ok(map_new(&s, &m, &e) == RC_OK, "%s", e.text);
	pretend(m, C_ITEM_KEY, KIND_CHAR, "latin1_bin");
	pretend(m, C_LEVEL_KEY, KIND_CHAR, "latin1_bin");
	has(m, MAP_ITEMS_FIRST, "l.`sku` = i.k0", 1);
	has(m, MAP_ITEMS_FIRST, "?", 0);
	has(m, MAP_ITEMS_FIRST, "FROM `hatstock`.`prod_mast` t", 1);
	has(m, MAP_ITEMS_FIRST, "LEFT JOIN `other`.`stk_level` l", 1);
	has(m, MAP_ITEMS_AFTER, "> CONVERT(? USING latin1) COLLATE latin1_bin",
	    1);
	pretend(m, C_LEVEL_KEY, KIND_CHAR, "latin1_german1_ci");
	has(m, MAP_ITEMS_FIRST,
	    "l.`sku` = CONVERT(CAST(i.k0 AS CHAR) USING latin1) COLLATE "
	    "latin1_german1_ci",
	    1);
	m->cols[C_ITEM_KEY].info.collation[0] = '\0';
	m->cols[C_LEVEL_KEY].info.collation[0] = '\0';
	pretend(m, C_ITEM_KEY, KIND_INT, NULL);
	pretend(m, C_LEVEL_KEY, KIND_INT, NULL);
	has(m, MAP_ITEMS_AFTER, "> CAST(? AS SIGNED)", 1);
	m->cols[C_ITEM_KEY].info.is_unsigned = true;
	has(m, MAP_ITEMS_AFTER, "> CAST(? AS UNSIGNED)", 1);
	has(m, MAP_ITEMS_FIRST, "l.`sku` = i.k0", 1);
	map_free(m);
}

static void
our_schema_is_named_and_transactional(void)
{
	struct settings s;
	struct buf b;

	settings_demo(&s);
	buf_init(&b, LIMIT_OWN);
	own_ddl(&s, &b);
	ok(buf_rc(&b) == RC_OK, "it fits");
	ok(strstr(buf_str(&b),
	       "CREATE TABLE IF NOT EXISTS `hat_shop`.claim (") != NULL,
	    "claim is there");
	ok(strstr(buf_str(&b), "PRIMARY KEY (attempt, item)") != NULL,
	    "its key is attempt and item");
	buf_release(&b);
}

static enum rc
make_one(void)
{
	struct error e = ERROR_NONE;
	struct settings s;
	struct map *m;
	enum rc rc;

	settings_demo(&s);
	rc = map_new(&s, &m, &e);
	map_free(m);
	return rc;
}

static void
every_allocation_may_fail(void)
{
	ok(torture("map_new", make_one) > 10, "many were tried");
}

int
main(void)
{
	RUN(what_cannot_be_a_name_is_refused);
	RUN(what_does_not_go_together_is_refused);
	RUN(a_value_is_visible_when_it_is_in_the_list);
	RUN(names_are_quoted);
	RUN(statements_compare_by_the_columns_own_rules);
	RUN(our_schema_is_named_and_transactional);
	RUN(every_allocation_may_fail);
	return tap_done();
}
