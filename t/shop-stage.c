/* The writing side of the mirror, and the gallery. */
#include "config.h"

#include <stdio.h>
#include <string.h>

#include "shop/gallery.h"
#include "shop/mirror.h"
#include "shop/stage.h"
#include "t/shop.h"

/* Run as a unit what needs one. */
struct step {
	enum rc (*fn)(struct db *db, const void *arg, struct error *e);
	const void *arg;
};

static enum rc
do_step(struct db *db, void *ctx, struct error *e)
{
	const struct step *s = ctx;

	return s->fn(db, s->arg, e);
}

static enum rc
unit(struct db *db,
    enum rc (*fn)(struct db *db, const void *arg, struct error *e),
    const void *arg, struct error *e)
{
	struct step s = { fn, arg };

	return db_unit(db, do_step, &s, e);
}

static struct item_news
news_of(const char *key, enum item_flaw flaw)
{
	return (struct item_news){ .key = key,
		.name = "A hat",
		.text = "of felt",
		.category = "Hats",
		.price = 1999,
		.level = flaw == FLAW_NONE ? 3 : 0,
		.visible = true,
		.flaw = flaw };
}

static enum rc
put_four(struct db *db, const void *arg, struct error *e)
{
	struct item_news c = news_of("c", FLAW_LEVEL_NULL);
	struct item_news a = news_of("a", FLAW_NONE);
	struct item_news b = news_of("B'\"", FLAW_NONE);
	enum rc rc;

	(void)arg;
	rc = stage_put(db, 7, &c, e);
	if (rc == RC_OK)
		rc = stage_put(db, 7, &a, e);
	if (rc == RC_OK)
		rc = stage_put(db, 7, &b, e);
	if (rc == RC_OK)
		rc = stage_withdraw(db, 7, "d", e);
	return rc;
}

static enum rc
drop_to(struct db *db, const void *key, struct error *e)
{
	return stage_drop(db, key, e);
}

static void
what_is_staged_is_read_in_order_and_dropped(const struct settings *s)
{
	struct error e = ERROR_NONE;
	struct stage_batch b;
	struct shop sh;

	if (!shop_open(&sh, s))
		return;
	shop_hat(&sh, "c", "A hat", .flaw = FLAW_LEVEL_NEGATIVE);
	ok(unit(sh.db, put_four, NULL, &e) == RC_OK, "%s", e.text);
	ok(stage_read(sh.db, "", &b, &e) == RC_OK, "%s", e.text);
	is_int((long long)b.n, 4, "rows");
	is_str(b.rows[0].key, "B'\"", "by bytes, capitals first");
	is_str(b.rows[1].key, "a", "then small ones");
	ok(!b.rows[2].withdrawn && b.rows[3].withdrawn, "d is withdrawn");
	is_int(b.rows[2].news.flaw, FLAW_LEVEL_NULL, "the new flaw");
	is_int(b.rows[2].old_flaw, FLAW_LEVEL_NEGATIVE, "and the old one");
	is_int(b.rows[1].old_flaw, FLAW_NONE, "none of a new item");
	is_str(b.rows[1].news.text, "of felt", "text");
	is_str(b.rows[1].news.category, "Hats", "category");
	is_int(b.rows[1].news.price, 1999, "price");
	is_int(b.rows[1].news.level, 3, "level");
	stage_batch_release(&b);
	ok(stage_read(sh.db, "a", &b, &e) == RC_OK && b.n == 2, "after a");
	stage_batch_release(&b);
	ok(unit(sh.db, drop_to, "c", &e) == RC_OK, "%s", e.text);
	ok(stage_read(sh.db, "", &b, &e) == RC_OK && b.n == 1, "d is left");
	stage_batch_release(&b);
	shop_close(&sh);
}

struct seen {
	size_t n, gone;
	char last[LIMIT_KEY + 1];
	int in_order;
};

static enum rc
see(void *ctx, const struct stage_known *k, struct error *e)
{
	struct seen *s = ctx;

	(void)e;
	s->in_order = s->in_order && strcmp(k->news.key, s->last) > 0;
	(void)snprintf(s->last, sizeof(s->last), "%s", k->news.key);
	s->n++;
	s->gone += !k->news.visible;
	return RC_OK;
}

static enum rc
publish_many(struct db *db, const void *arg, struct error *e)
{
	struct shop *sh = *(struct shop *const *)arg;
	struct item_news n = news_of(NULL, FLAW_NONE);
	enum rc rc = RC_OK;
	char key[32];
	bool changed;

	for (int i = 0; i < 1001 && rc == RC_OK; i++) {
		(void)snprintf(key, sizeof(key), "K%d", i);
		n.key = key;
		rc = item_publish(db, sh->words, &n, 1, &changed, e);
	}
	return rc;
}

static void
all_that_is_known_is_seen_once(const struct settings *s)
{
	struct seen seen = { .in_order = 1 };
	struct error e = ERROR_NONE;
	struct shop sh, *p = &sh;

	if (!shop_open(&sh, s))
		return;
	ok(stage_known_each(sh.db, see, &seen, &e) == RC_OK && seen.n == 0,
	    "nothing at first: %s", e.text);
	ok(unit(sh.db, publish_many, &p, &e) == RC_OK, "%s", e.text);
	ok(shop_withdraw(&sh, "K500"), "one is gone");
	ok(stage_known_each(sh.db, see, &seen, &e) == RC_OK, "%s", e.text);
	is_int((long long)seen.n, 1001, "each, over the chunks' ends");
	ok(seen.in_order, "in order");
	is_int((long long)seen.gone, 1, "gone");
	shop_close(&sh);
}

static enum rc
confirm(struct db *db, const void *arg, struct error *e)
{
	return mirror_confirm(db, arg, 900, e);
}

static enum rc
partial(struct db *db, const void *arg, struct error *e)
{
	(void)arg;
	return mirror_partial(db, e);
}

static enum rc
problem(struct db *db, const void *text, struct error *e)
{
	return mirror_problem(db, text, 800, e);
}

static void
a_confirmation_ends_problem_and_partial(const struct settings *s)
{
	struct stage_confirm c = { "mysql 1", "poll", 850, false };
	struct error e = ERROR_NONE;
	struct mirror m;
	struct shop sh;

	if (!shop_open(&sh, s))
		return;
	ok(unit(sh.db, partial, NULL, &e) == RC_OK, "%s", e.text);
	ok(unit(sh.db, problem, "no link", &e) == RC_OK, "%s", e.text);
	ok(mirror_read(sh.db, &m, &e) == RC_OK, "%s", e.text);
	ok(m.partial && m.problem_at == 800, "partial, since 800");
	is_str(m.problem, "no link", "the problem");
	ok(unit(sh.db, confirm, &c, &e) == RC_OK, "%s", e.text);
	ok(mirror_read(sh.db, &m, &e) == RC_OK, "%s", e.text);
	ok(!m.partial && m.problem_at == 0, "neither");
	is_str(m.problem, "", "no problem");
	is_str(m.source, "mysql 1", "source");
	is_int(m.confirmed_at, 850, "as of the snapshot");
	is_int(m.published_at, 0, "nothing was published");
	c.changed = true;
	ok(unit(sh.db, confirm, &c, &e) == RC_OK, "%s", e.text);
	ok(mirror_read(sh.db, &m, &e) == RC_OK, "%s", e.text);
	is_int(m.published_at, 900, "now it was");
	shop_close(&sh);
}

static enum rc
put_position(struct db *db, const void *position, struct error *e)
{
	return mirror_position(db, position, e);
}

static void
position_is(struct shop *sh, const char *wanted, const char *name)
{
	struct error e = ERROR_NONE;
	struct mirror m;

	ok(mirror_read(sh->db, &m, &e) == RC_OK, "%s", e.text);
	is_str(m.position, wanted, name);
}

static void
a_position_is_one_of_its_source(const struct settings *s)
{
	struct stage_confirm c = { "mysql 1", "binlog", 850, false };
	struct error e = ERROR_NONE;
	struct shop sh;

	if (!shop_open(&sh, s))
		return;
	ok(unit(sh.db, confirm, &c, &e) == RC_OK, "%s", e.text);
	ok(unit(sh.db, put_position, "a:4", &e) == RC_OK, "%s", e.text);
	ok(unit(sh.db, confirm, &c, &e) == RC_OK, "%s", e.text);
	position_is(&sh, "a:4", "it stays when the source is seen again");
	c.source = "mysql 2";
	ok(unit(sh.db, confirm, &c, &e) == RC_OK, "%s", e.text);
	position_is(&sh, "", "another server has another log");
	shop_close(&sh);
}

static enum rc
write_counts(struct db *db, const void *counts, struct error *e)
{
	return mirror_counted(db, counts, e);
}

static enum rc
put_picture(struct db *db, const void *picture, struct error *e)
{
	return gallery_put(db, picture, 5, e);
}

static enum rc
show_picture(struct db *db, const void *picture, struct error *e)
{
	return gallery_show(db, "a", picture, "sha256:ab", e);
}

static void
a_picture_is_remembered_shown_and_counted(const struct settings *s)
{
	struct gallery_picture p = {
		.hash = "ab", .width = 1600, .height = 900, .bytes = 12345
	};
	struct gallery_picture none = { .hash = "" }, got;
	struct error e = ERROR_NONE;
	struct mirror_counts c;
	struct mirror m;
	struct item it;
	struct shop sh;

	if (!shop_open(&sh, s))
		return;
	ok(gallery_find(sh.db, "ab", &got, &e) == RC_NOTFOUND, "not yet");
	ok(unit(sh.db, put_picture, &p, &e) == RC_OK, "%s", e.text);
	ok(unit(sh.db, put_picture, &p, &e) == RC_OK, "twice: %s", e.text);
	ok(gallery_find(sh.db, "ab", &got, &e) == RC_OK, "%s", e.text);
	ok(!got.broken && got.width == 1600 && got.height == 900 &&
		got.bytes == 12345,
	    "as it was put");
	shop_publish(&sh,
	    &(struct item_news){ .key = "a",
		.name = "Fez",
		.text = "",
		.category = "",
		.price = 1,
		.level = 1,
		.visible = true },
	    false);
	ok(unit(sh.db, show_picture, &p, &e) == RC_OK, "%s", e.text);
	ok(item_by_slug(sh.db, "fez", &it, &e) == RC_OK, "%s", e.text);
	is_str(it.picture, "ab", "the item shows it");
	is_int(it.picture_width, 1600, "in its size");
	item_release(&it);
	p.broken = true;
	(void)snprintf(p.reason, sizeof(p.reason), "truncated");
	ok(unit(sh.db, put_picture, &p, &e) == RC_OK, "%s", e.text);
	ok(unit(sh.db, show_picture, &p, &e) == RC_OK, "%s", e.text);
	ok(gallery_find(sh.db, "ab", &got, &e) == RC_OK, "%s", e.text);
	is_str(got.reason, "truncated", "why it is broken");
	ok(mirror_count(sh.db, &c, &e) == RC_OK, "%s", e.text);
	ok(c.items == 1 && c.visible == 1 && c.pictures == 0 && c.broken == 1,
	    "a broken one shows the placeholder and is counted");
	ok(unit(sh.db, write_counts, &c, &e) == RC_OK, "%s", e.text);
	ok(mirror_read(sh.db, &m, &e) == RC_OK && m.broken == 1, "stored");
	ok(unit(sh.db, show_picture, &none, &e) == RC_OK, "none: %s", e.text);
	shop_close(&sh);
}

static struct shop tortured;

static enum rc
use_all(void)
{
	struct stage_confirm c = { "a", "poll", 1, true };
	struct gallery_picture p = { .hash = "ab" };
	struct error e = ERROR_NONE;
	struct seen seen = { .in_order = 1 };
	struct mirror_counts counts;
	struct stage_batch b;
	enum rc rc;

	rc = unit(tortured.db, drop_to, "z", &e);
	if (rc == RC_OK)
		rc = unit(tortured.db, put_four, NULL, &e);
	if (rc == RC_OK) {
		rc = stage_read(tortured.db, "", &b, &e);
		stage_batch_release(&b);
	}
	if (rc == RC_OK)
		rc = stage_known_each(tortured.db, see, &seen, &e);
	if (rc == RC_OK)
		rc = unit(tortured.db, confirm, &c, &e);
	if (rc == RC_OK)
		rc = unit(tortured.db, put_picture, &p, &e);
	if (rc == RC_OK)
		rc = unit(tortured.db, show_picture, &p, &e);
	if (rc == RC_OK)
		rc = gallery_find(tortured.db, "ab", &p, &e);
	if (rc == RC_OK)
		rc = mirror_count(tortured.db, &counts, &e);
	if (rc == RC_OK)
		rc = unit(tortured.db, write_counts, &counts, &e);
	return rc;
}

static void
every_allocation_and_every_database_call_may_fail(const struct settings *s)
{
	if (!shop_open(&tortured, s))
		return;
	shop_hat(&tortured, "a", "Fez");
	ok(torture("stage", use_all) > 10, "allocations were failed");
	ok(shop_db_torture("stage", use_all) > 15, "calls were failed");
	shop_close(&tortured);
}

int
main(void)
{
	RUN_EACH(what_is_staged_is_read_in_order_and_dropped);
	RUN_EACH(all_that_is_known_is_seen_once);
	RUN_EACH(a_confirmation_ends_problem_and_partial);
	RUN_EACH(a_position_is_one_of_its_source);
	RUN_EACH(a_picture_is_remembered_shown_and_counted);
	RUN_EACH(every_allocation_and_every_database_call_may_fail);
	return tap_done();
}
