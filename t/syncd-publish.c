/* From the stage to the items: slices, fence, and each call failed once. */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "shop/mirror.h"
#include "shop/stage.h"
#include "syncd/publish.h"
#include "t/shop.h"

static struct shop sh;
static struct work work;
static bool stop;

static bool
stopping(void)
{
	return stop;
}

static bool
open_work(const struct settings *s)
{
	struct error e = ERROR_NONE;

	if (!shop_open(&sh, s))
		return false;
	memset(&work, 0, sizeof(work));
	work.s = s;
	work.db = sh.db;
	work.words = sh.words;
	work.stopping = stopping;
	work.mode = "poll";
	work.lease.name = "mirror";
	(void)snprintf(work.lease.holder, sizeof(work.lease.holder), "test");
	return ok(
	    work_lease(&work, &e) == RC_OK && lost_look(&work, &e) == RC_OK,
	    "lease: %s", e.text);
}

struct rows {
	int from, to;
	int64_t level;
};

static enum rc
stage_rows(struct db *db, void *ctx, struct error *e)
{
	const struct rows *r = ctx;
	struct item_news n = { .name = "Hat",
		.text = "of felt",
		.category = "Hats",
		.price = 100,
		.visible = true };
	enum rc rc = RC_OK;
	char key[16];

	for (int i = r->from; i < r->to && rc == RC_OK; i++) {
		(void)snprintf(key, sizeof(key), "K%04d", i);
		n.key = key;
		n.level = r->level;
		rc = stage_put(db, 1, &n, e);
	}
	return rc;
}

static enum rc
pass(int from, int to, int64_t level, int64_t at, struct error *e)
{
	struct rows r = { from, to, level };
	enum rc rc;

	rc = publish_clear(&work, e);
	if (rc == RC_OK)
		rc = work_unit(&work, stage_rows, &r, e);
	if (rc == RC_OK)
		rc = publish(&work, at, to - from, e);
	if (rc == RC_OK)
		rc = publish_counts(&work, e);
	return rc;
}

static void
has(int64_t items, int64_t confirmed, bool partial)
{
	struct error e = ERROR_NONE;
	struct mirror m;

	ok(mirror_read(sh.db, &m, &e) == RC_OK, "%s", e.text);
	is_int(m.items, items, "items");
	is_int(m.confirmed_at, confirmed, "confirmed");
	ok(m.partial == partial, "%s", partial ? "partial" : "whole");
}

static void
a_large_publication_goes_in_slices(const struct settings *s)
{
	struct error e = ERROR_NONE;

	if (!open_work(s))
		return;
	ok(pass(0, 200, 5, 1000, &e) == RC_OK, "200 rows: %s", e.text);
	has(200, 1000, false);
	ok(pass(0, 64, 6, 1001, &e) == RC_OK, "just a batch: %s", e.text);
	has(200, 1001, false);
	ok(pass(0, 1, 7, 1002, &e) == RC_OK, "one row: %s", e.text);
	has(200, 1002, false);
	ok(publish(&work, 1002, 0, &e) == RC_OK, "none: %s", e.text);
	has(200, 1002, false);
	ok(publish(&work, 1003, 0, &e) == RC_OK, "none: %s", e.text);
	has(200, 1003, false);
	shop_close(&sh);
}

static void
stopped_between_slices_it_stays_partial_until_the_next_pass(
    const struct settings *s)
{
	struct rows r = { 0, 200, 5 };
	struct error e = ERROR_NONE;

	if (!open_work(s))
		return;
	ok(work_unit(&work, stage_rows, &r, &e) == RC_OK, "%s", e.text);
	stop = true;
	ok(publish(&work, 1000, 200, &e) == RC_CONFLICT, "stopped");
	stop = false;
	has(0, 0, true);
	error_clear(&e);
	ok(pass(0, 200, 5, 1001, &e) == RC_OK, "next pass: %s", e.text);
	has(200, 1001, false);
	shop_close(&sh);
}

static void
who_lost_the_lease_writes_nothing(const struct settings *s)
{
	struct error e = ERROR_NONE;

	if (!open_work(s))
		return;
	ok(pass(0, 10, 5, 1000, &e) == RC_OK, "%s", e.text);
	sales_sql(s, "UPDATE lease SET holder = 'other', fence = fence + 1");
	ok(pass(0, 10, 6, 1001, &e) == RC_DENIED, "denied: %s", e.text);
	ok(!work.leased && !work.known_valid, "and knows it");
	has(10, 1000, false);
	error_clear(&e);
	ok(publish(&work, 1002, 0, &e) == RC_DENIED, "nor confirms");
	has(10, 1000, false);
	shop_close(&sh);
}

/* Orders o0 … hold one hat each of K0000 …, and their goods are taken. */
static void
holds_taken(const struct settings *s, int n)
{
	char sql[400];

	for (int i = 0; i < n; i++) {
		(void)snprintf(sql, sizeof(sql),
		    "INSERT INTO hold (order_uid, item_id, attempt, qty,"
		    " made_at) SELECT 'o%d', id, 'p', 1, 1 FROM item"
		    " WHERE source_key = 'K%04d'",
		    i, i);
		sales_sql(s, sql);
	}
	sales_sql(s, "UPDATE item SET held = (SELECT COUNT(*) FROM hold"
		     " WHERE item_id = item.id AND state = 1)");
}

/* As claims_read would find them. */
static void
all_have_claims(void)
{
	struct error e = ERROR_NONE;
	struct claims *c = &work.claims;

	claims_release(c);
	ok(hold_list(sh.db, &c->ends, &c->n, &e) == RC_OK, "%s", e.text);
	c->state = calloc(c->n + 1, 1);
}

static void
free_is(const struct settings *s, const char *want, const char *when)
{
	char text[100];

	is_str(sales_text(s,
		   "SELECT CASE WHEN MIN(level - held) = MAX(level - held)"
		   " AND MIN(level - held) = 9 THEN 'nine' ELSE 'mixed' END"
		   " FROM item",
		   text, sizeof(text)),
	    want, when);
}

static void
a_hold_ends_with_the_level_that_has_lost_its_goods(const struct settings *s)
{
	struct rows r = { 0, 150, 9 };
	struct error e = ERROR_NONE;

	if (!open_work(s))
		return;
	ok(pass(0, 150, 10, 1000, &e) == RC_OK, "%s", e.text);
	holds_taken(s, 150);
	free_is(s, "nine", "held");
	ok(work_unit(&work, stage_rows, &r, &e) == RC_OK, "%s", e.text);
	all_have_claims();
	stop = true;
	ok(publish(&work, 1001, 150, &e) == RC_CONFLICT, "the first slice");
	stop = false;
	free_is(s, "nine", "half way as before, with every item");
	error_clear(&e);
	ok(publish(&work, 1001, 150, &e) == RC_OK, "the rest: %s", e.text);
	free_is(s, "nine", "at the end too");
	is_int((int)work.claims.n, 150, "endings");
	sales_sql(s, "UPDATE hold SET state = 1");
	sales_sql(s, "UPDATE item SET held = 1, level = 10");
	all_have_claims();
	ok(publish(&work, 1002, 0, &e) == RC_OK, "levels as they were: %s",
	    e.text);
	claims_release(&work.claims);
	sales_sql(s, "UPDATE item SET level = level - 1");
	free_is(s, "nine", "they end all the same");
	shop_close(&sh);
}

static enum rc
put_position(struct db *db, void *position, struct error *e)
{
	return mirror_position(db, position, e);
}

static void
a_note_is_written_once_a_second_and_survives_what_is_not_told_again(
    const struct settings *s)
{
	struct mirror_lags lags = { 990, 7, 12 };
	struct error e = ERROR_NONE;
	char position[MIRROR_POSITION_SIZE + 1];
	struct mirror m;

	if (!open_work(s))
		return;
	note_reason(&work, "no binlog");
	note_lags(&work, &lags);
	note_compared(&work, 1000, 3);
	note_waiting(&work, 17);
	note_store(&work, "no bucket");
	ok(note_write(&work, false, &e) == RC_OK, "%s", e.text);
	note_reason(&work, "no grant");
	ok(note_write(&work, false, &e) == RC_OK, "%s", e.text);
	ok(mirror_read(sh.db, &m, &e) == RC_OK, "%s", e.text);
	is_str(m.reason, "no binlog", "within the second it waits");
	is_str(m.store_problem, "no bucket", "the store");
	ok(m.event_at == 990 && m.read_lag_ms == 7 && m.apply_lag_ms == 12,
	    "the lags");
	ok(m.compared_at == 1000 && m.differences == 3, "the compare");
	is_int(m.waiting, 17, "pictures that wait");
	ok(note_write(&work, true, &e) == RC_OK, "at once: %s", e.text);
	(void)snprintf(position, sizeof(position), "b.1:4");
	ok(work_unit(&work, put_position, position, &e) == RC_OK, "%s", e.text);
	ok(mirror_read(sh.db, &m, &e) == RC_OK, "%s", e.text);
	is_str(m.reason, "no grant", "written at last");
	is_str(m.position, "b.1:4", "and a position");
	memset(&work.notes, 0, sizeof(work.notes));
	note_again(&work);
	ok(note_write(&work, true, &e) == RC_OK, "a new holder: %s", e.text);
	memset(position, 'x', MIRROR_POSITION_SIZE);
	position[MIRROR_POSITION_SIZE] = '\0';
	ok(work_unit(&work, put_position, position, &e) == RC_OK, "%s", e.text);
	ok(mirror_read(sh.db, &m, &e) == RC_OK, "%s", e.text);
	is_str(m.reason, "", "says why anew");
	is_str(m.position, "", "too long to be kept");
	ok(m.event_at == 990 && m.compared_at == 1000, "the rest stays");
	sales_sql(s, "UPDATE lease SET holder = 'other', fence = fence + 1");
	note_reason(&work, "late");
	ok(note_write(&work, true, &e) == RC_DENIED, "fenced: %s", e.text);
	ok(note_write(&work, true, &e) == RC_OK, "and silent after");
	shop_close(&sh);
}

static enum rc
small_pass(void)
{
	static int64_t at = 2000;
	struct error e = ERROR_NONE;

	at++;
	return pass(0, 3, at % 5, at, &e);
}

static void
every_allocation_and_every_database_call_may_fail(const struct settings *s)
{
	struct error e = ERROR_NONE;

	if (!open_work(s))
		return;
	ok(torture("publish", small_pass) > 10, "allocations were failed");
	ok(shop_db_torture("publish", small_pass) > 20, "calls were failed");
	ok(pass(0, 3, 9, 9000, &e) == RC_OK, "it goes on: %s", e.text);
	has(3, 9000, false);
	shop_close(&sh);
}

int
main(void)
{
	RUN_EACH(a_large_publication_goes_in_slices);
	RUN_EACH(stopped_between_slices_it_stays_partial_until_the_next_pass);
	RUN_EACH(who_lost_the_lease_writes_nothing);
	RUN_EACH(a_hold_ends_with_the_level_that_has_lost_its_goods);
	RUN_EACH(
	    a_note_is_written_once_a_second_and_survives_what_is_not_told_again);
	RUN_EACH(every_allocation_and_every_database_call_may_fail);
	return tap_done();
}
