/* R07, R13: baskets of visitors, their quantities and their flags. */
#include "config.h"

#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "shop/basket.h"
#include "t/shop.h"

static int64_t
new_basket(struct shop *sh)
{
	char token[TOKEN_SIZE];
	struct error e = ERROR_NONE;
	int64_t basket = 0;

	ok(basket_new(sh->db, token, &basket, &e) == RC_OK, "basket: %s",
	    e.text);
	return basket;
}

static void
a_token_opens_its_basket_and_no_other_R07(const struct settings *s)
{
	char a[TOKEN_SIZE], b[TOKEN_SIZE], bad[100];
	struct error e = ERROR_NONE;
	int64_t first, second, found;
	struct shop sh;

	if (!shop_open(&sh, s))
		return;
	ok(basket_new(sh.db, a, &first, &e) == RC_OK, "one");
	ok(basket_new(sh.db, b, &second, &e) == RC_OK, "two");
	ok(first != second && strcmp(a, b) != 0, "they differ");
	ok(basket_find(sh.db, a, &found, &e) == RC_OK && found == first, "one");
	ok(basket_find(sh.db, b, &found, &e) == RC_OK && found == second,
	    "two");
	a[0] = a[0] == 'A' ? 'B' : 'A';
	ok(basket_find(sh.db, a, &found, &e) == RC_NOTFOUND, "another token");
	ok(basket_find(sh.db, "", &found, &e) == RC_NOTFOUND, "no token");
	memset(bad, 'A', sizeof(bad) - 1);
	bad[sizeof(bad) - 1] = '\0';
	ok(basket_find(sh.db, bad, &found, &e) == RC_NOTFOUND, "a long one");
	shop_close(&sh);
}

static enum basket_outcome
put(struct shop *sh, bool adding, int64_t basket, int64_t item, int64_t qty,
    int64_t *now_qty)
{
	enum basket_outcome outcome = BASKET_DONE;
	struct error e = ERROR_NONE;
	enum rc rc;

	if (adding)
		rc = basket_add(
		    sh->db, basket, item, qty, &outcome, now_qty, &e);
	else
		rc = basket_set(
		    sh->db, basket, item, qty, &outcome, now_qty, &e);
	if (rc != RC_OK)
		ok(0, "put %d: %s", (int)qty, e.text);
	return outcome;
}

static void
quantities_have_bounds_and_stated_results_R13(const struct settings *s)
{
	static const struct {
		bool adding;
		int64_t item, qty;
		enum basket_outcome outcome;
		int64_t now;
	} steps[] = {
		{ true, 1, 2, BASKET_DONE, 2 },
		{ true, 1, 1, BASKET_DONE, 3 },
		{ true, 1, 9, BASKET_CAPPED, 5 },
		{ true, 1, 1000000000, BASKET_CAPPED, 5 },
		{ false, 1, 1, BASKET_DONE, 1 },
		{ false, 1, INT64_MAX, BASKET_CAPPED, 5 },
		{ false, 1, 0, BASKET_DONE, 0 },
		{ false, 1, 0, BASKET_DONE, 0 },
		{ false, 1, 4, BASKET_DONE, 4 },
		{ true, 2, 1, BASKET_OUT, 0 },
		{ false, 2, 1, BASKET_OUT, 0 },
		{ true, 3, 1, BASKET_GONE, 0 },
		{ true, 4, 998, BASKET_DONE, 998 },
		{ true, 4, 2, BASKET_CAPPED, LIMIT_QTY },
		{ false, 4, LIMIT_QTY + 1, BASKET_CAPPED, LIMIT_QTY },
	};
	struct error e = ERROR_NONE;
	enum basket_outcome outcome;
	int64_t basket, now, pieces;
	struct shop sh;
	size_t i;

	if (!shop_open(&sh, s))
		return;
	shop_hat(&sh, "1", "Five", .level = 5);
	shop_hat(&sh, "2", "None", .level = 0);
	shop_hat(&sh, "3", "Gone", .visible = false);
	shop_hat(&sh, "4", "Many", .level = 100000);
	basket = new_basket(&sh);
	for (i = 0; i < sizeof(steps) / sizeof(steps[0]); i++) {
		now = -1;
		outcome = put(&sh, steps[i].adding, basket, steps[i].item,
		    steps[i].qty, &now);
		ok(outcome == steps[i].outcome && now == steps[i].now,
		    "step %d: outcome %d, quantity %d", (int)i, (int)outcome,
		    (int)now);
	}
	ok(basket_add(sh.db, basket, 1, 0, &outcome, &now, &e) == RC_INVALID,
	    "adding none");
	ok(basket_add(sh.db, basket, 1, -1, &outcome, &now, &e) == RC_INVALID,
	    "adding less than none");
	ok(basket_set(sh.db, basket, 1, -1, &outcome, &now, &e) == RC_INVALID,
	    "having less than none");
	error_clear(&e);
	ok(basket_pieces(sh.db, basket, &pieces, &e) == RC_OK && pieces == 1003,
	    "pieces: %d %s", (int)pieces, e.text);
	shop_close(&sh);
}

static void
what_does_not_exist_cannot_be_added_R02(const struct settings *s)
{
	struct error e = ERROR_NONE;
	enum basket_outcome outcome;
	int64_t basket, now, pieces;
	struct shop sh;

	if (!shop_open(&sh, s))
		return;
	shop_hat(&sh, "1", "Fez");
	basket = new_basket(&sh);
	ok(basket_add(sh.db, basket, 4711, 1, &outcome, &now, &e) ==
		RC_NOTFOUND,
	    "an unknown hat: %s", e.text);
	error_clear(&e);
	ok(basket_set(sh.db, basket, 4711, 1, &outcome, &now, &e) ==
		RC_NOTFOUND,
	    "an unknown hat: %s", e.text);
	error_clear(&e);
	ok(basket_add(sh.db, basket + 1, 1, 1, &outcome, &now, &e) ==
		RC_NOTFOUND,
	    "an unknown basket: %s", e.text);
	error_clear(&e);
	ok(basket_pieces(sh.db, basket, &pieces, &e) == RC_OK && pieces == 0,
	    "unchanged");
	shop_close(&sh);
}

static enum rc
join_line(void *ctx, const struct basket_line *l, struct error *e)
{
	static const char *const states[] = { "ok", "short", "out", "gone" };

	(void)e;
	buf_printf(ctx, "%s %d/%d %s %d,", l->item->name, (int)l->qty,
	    (int)l->available, states[l->state], (int)l->total);
	return buf_rc(ctx);
}

static void
lines_are_flagged_and_not_summed_when_they_cannot_be_sold(
    const struct settings *s)
{
	struct error e = ERROR_NONE;
	struct basket_sum sum;
	int64_t basket, now;
	struct shop sh;
	struct buf b;

	if (!shop_open(&sh, s))
		return;
	shop_hat(&sh, "1", "Good", .price = 1999);
	shop_hat(&sh, "2", "Short", .price = 100);
	shop_hat(&sh, "3", "Out", .price = 100);
	shop_hat(&sh, "4", "Gone", .price = 100);
	basket = new_basket(&sh);
	put(&sh, true, basket, 4, 2, &now);
	put(&sh, true, basket, 3, 3, &now);
	put(&sh, true, basket, 2, 4, &now);
	put(&sh, true, basket, 1, 2, &now);
	shop_hat(&sh, "2", "Short", .price = 100, .level = 1);
	shop_hat(&sh, "3", "Out", .price = 100, .level = 0);
	shop_withdraw(&sh, "4");
	buf_init(&b, 1000);
	ok(basket_lines(sh.db, basket, join_line, &b, &sum, &e) == RC_OK, "%s",
	    e.text);
	/* All were put in within a second or so: the order may be by id. */
	ok(strstr(buf_str(&b), "Good 2/5 ok 3998,") != NULL &&
		strstr(buf_str(&b), "Short 4/1 short 400,") != NULL &&
		strstr(buf_str(&b), "Out 3/0 out 300,") != NULL &&
		strstr(buf_str(&b), "Gone 2/0 gone 200,") != NULL,
	    "%s", buf_str(&b));
	is_int(sum.lines, 4, "lines");
	is_int(sum.pieces, 11, "pieces");
	is_int(sum.total, 3998, "total");
	is_int(sum.flagged, 3, "flagged");
	is_int(put(&sh, true, basket, 2, 1, &now), BASKET_CAPPED,
	    "adding to a line that has become too large");
	is_int(now, 1, "shrinks it");
	is_int(put(&sh, true, basket, 3, 1, &now), BASKET_OUT, "none left");
	is_int(now, 3, "unchanged");
	is_int(put(&sh, false, basket, 4, 1, &now), BASKET_GONE, "gone");
	is_int(now, 2, "unchanged");
	is_int(put(&sh, false, basket, 4, 0, &now), BASKET_DONE,
	    "but it can be taken out");
	sales_sql(s, "UPDATE item SET held = 4 WHERE id = 1");
	buf_reset(&b);
	ok(basket_lines(sh.db, basket, join_line, &b, &sum, &e) == RC_OK &&
		strstr(buf_str(&b), "Good 2/1 short") != NULL,
	    "what others hold is not there: %s", buf_str(&b));
	sales_sql(s, "UPDATE item SET held = 9 WHERE id = 1");
	buf_reset(&b);
	ok(basket_lines(sh.db, basket, join_line, &b, &sum, &e) == RC_OK &&
		strstr(buf_str(&b), "Good 2/0 out") != NULL,
	    "held above the level is none left: %s", buf_str(&b));
	buf_release(&b);
	shop_close(&sh);
}

static void
a_basket_has_so_many_lines_and_no_more(const struct settings *s)
{
	int64_t basket, now;
	char key[20];
	struct shop sh;
	int i;

	if (!shop_open(&sh, s))
		return;
	for (i = 0; i < LIMIT_BASKET_LINES + 1; i++) {
		(void)snprintf(key, sizeof(key), "%d", i);
		shop_hat(&sh, key, key);
	}
	basket = new_basket(&sh);
	for (i = 1; i <= LIMIT_BASKET_LINES; i++)
		if (put(&sh, true, basket, i, 1, &now) != BASKET_DONE)
			ok(0, "line %d", i);
	is_int(put(&sh, true, basket, i, 1, &now), BASKET_FULL, "full");
	is_int(now, 0, "unchanged");
	is_int(put(&sh, true, basket, 1, 1, &now), BASKET_DONE,
	    "more of what is there");
	put(&sh, false, basket, 1, 0, &now);
	is_int(put(&sh, true, basket, i, 1, &now), BASKET_DONE, "room again");
	shop_close(&sh);
}

/* ---- races ---- */

#define RACERS 8
#define ROUNDS 20

/* In a child: add, and say by the exit status whether all was well. */
static void
race(const struct settings *s, int64_t basket, int64_t first, int64_t items)
{
	struct error e = ERROR_NONE;
	enum basket_outcome outcome;
	struct db *db = NULL;
	int64_t i, now;
	enum rc rc;

	rc = db_open(s, DB_WRITE, &db, &e);
	for (i = 0; i < ROUNDS && rc == RC_OK; i++)
		rc = basket_add(
		    db, basket, first + i % items, 1, &outcome, &now, &e);
	if (rc != RC_OK)
		fprintf(stderr, "# racer: %s\n", e.text);
	db_close(db);
	_exit(rc == RC_OK ? 0 : 1);
}

static void
run_racers(
    struct shop *sh, int64_t basket, int64_t first, int64_t step, int64_t items)
{
	const struct settings *s = sh->settings;
	pid_t pids[RACERS];
	int i, status, good = 0;

	shop_close(sh); /* a child must not inherit the link */
	for (i = 0; i < RACERS; i++) {
		fflush(stdout);
		pids[i] = fork();
		if (pids[i] == 0)
			race(s, basket, first + i * step, items);
	}
	for (i = 0; i < RACERS; i++)
		good += waitpid(pids[i], &status, 0) == pids[i] &&
			WIFEXITED(status) && WEXITSTATUS(status) == 0;
	is_int(good, RACERS, "racers that ended well");
	ok(shop_open(sh, s), "open again");
}

static void
eight_at_once_add_up_and_stay_below_the_limits(const struct settings *s)
{
	struct error e = ERROR_NONE;
	int64_t basket, limited, lines, pieces;
	struct basket_sum sum;
	struct shop sh;
	char key[20];
	struct buf b;
	int i;

	if (!shop_open(&sh, s))
		return;
	shop_hat(&sh, "many", "Many", .level = 500);
	shop_hat(&sh, "few", "Few", .level = 37);
	for (i = 0; i < RACERS * ROUNDS; i++) {
		(void)snprintf(key, sizeof(key), "%d", i);
		shop_hat(&sh, key, key);
	}
	basket = new_basket(&sh);
	limited = new_basket(&sh);
	lines = new_basket(&sh);
	run_racers(&sh, basket, 1, 0, 1);
	ok(basket_pieces(sh.db, basket, &pieces, &e) == RC_OK, "%s", e.text);
	is_int(pieces, (long long)RACERS * ROUNDS, "all of them");
	run_racers(&sh, limited, 2, 0, 1);
	ok(basket_pieces(sh.db, limited, &pieces, &e) == RC_OK, "%s", e.text);
	is_int(pieces, 37, "as many as there are");
	run_racers(&sh, lines, 3, ROUNDS, ROUNDS);
	buf_init(&b, 100000);
	ok(basket_lines(sh.db, lines, join_line, &b, &sum, &e) == RC_OK, "%s",
	    e.text);
	is_int(sum.lines, LIMIT_BASKET_LINES, "lines");
	is_int(sum.pieces, LIMIT_BASKET_LINES, "pieces");
	buf_release(&b);
	shop_close(&sh);
}

/* ---- every failure in turn ---- */

static struct shop tortured;
static int64_t tortured_basket;

static enum rc
use_basket(void)
{
	char token[TOKEN_SIZE];
	enum basket_outcome outcome;
	struct error e = ERROR_NONE;
	struct basket_sum sum;
	int64_t id, now;
	struct buf b;
	enum rc rc;

	buf_init(&b, 10000);
	rc = basket_new(tortured.db, token, &id, &e);
	if (rc == RC_OK)
		rc = basket_find(tortured.db, token, &id, &e);
	if (rc == RC_OK)
		rc = basket_add(
		    tortured.db, tortured_basket, 1, 1, &outcome, &now, &e);
	if (rc == RC_OK)
		rc = basket_set(
		    tortured.db, tortured_basket, 1, 3, &outcome, &now, &e);
	if (rc == RC_OK)
		rc = basket_lines(
		    tortured.db, tortured_basket, join_line, &b, &sum, &e);
	if (rc == RC_OK)
		rc = basket_set(
		    tortured.db, tortured_basket, 1, 0, &outcome, &now, &e);
	if (rc == RC_OK)
		rc = basket_pieces(tortured.db, tortured_basket, &now, &e);
	buf_release(&b);
	return rc;
}

static void
every_allocation_and_every_database_call_may_fail(const struct settings *s)
{
	if (!shop_open(&tortured, s))
		return;
	shop_hat(&tortured, "1", "Fez");
	tortured_basket = new_basket(&tortured);
	ok(torture("basket", use_basket) > 0, "allocations were failed");
	ok(shop_db_torture("basket", use_basket) > 10, "calls were failed");
	shop_close(&tortured);
}

int
main(void)
{
	RUN_EACH(a_token_opens_its_basket_and_no_other_R07);
	RUN_EACH(quantities_have_bounds_and_stated_results_R13);
	RUN_EACH(what_does_not_exist_cannot_be_added_R02);
	RUN_EACH(lines_are_flagged_and_not_summed_when_they_cannot_be_sold);
	RUN_EACH(a_basket_has_so_many_lines_and_no_more);
	RUN_EACH(eight_at_once_add_up_and_stay_below_the_limits);
	RUN_EACH(every_allocation_and_every_database_call_may_fail);
	return tap_done();
}
