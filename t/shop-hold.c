/* Holds: never more than there is, over exactly once. */
#include "config.h"

#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "shop/hold.h"
#include "t/shop.h"

enum what { TAKE, ATTEMPT, RELEASE, END };

/* One call of lib/shop/hold as a unit of its own. */
struct call {
	enum what what;
	const char *order, *attempt;
	int64_t item, qty;
	bool did;
};

static enum rc
call(struct db *db, void *ctx, struct error *e)
{
	struct call *c = ctx;
	struct hold_open h = { .item = c->item };

	switch (c->what) {
	case TAKE:
		return hold_take(
		    db, c->order, c->item, c->qty, 1000, &c->did, e);
	case ATTEMPT:
		return hold_attempt(db, c->order, c->attempt, e);
	case RELEASE:
		return hold_release(db, c->order, c->item, 2000, &c->did, e);
	case END:
		(void)snprintf(h.order, sizeof(h.order), "%s", c->order);
		(void)snprintf(h.attempt, sizeof(h.attempt), "%s", c->attempt);
		return hold_end(db, &h, 3000, &c->did, e);
	}
	return RC_INVALID;
}

/* Callers that lose too often begin anew, as programs do. */
static enum rc
run(struct db *db, struct call *c, struct error *e)
{
	enum rc rc;

	do {
		error_clear(e);
		rc = db_unit(db, call, c, e);
	} while (rc == RC_CONFLICT);
	return rc;
}

static bool
take(struct shop *sh, const char *order, int64_t item, int64_t qty)
{
	struct call c = { TAKE, order, "", item, qty, false };
	struct error e = ERROR_NONE;

	ok(run(sh->db, &c, &e) == RC_OK, "%s takes: %s", order, e.text);
	return c.did;
}

static bool
release(struct shop *sh, const char *order, int64_t item)
{
	struct call c = { RELEASE, order, "", item, 0, false };
	struct error e = ERROR_NONE;

	ok(run(sh->db, &c, &e) == RC_OK, "%s releases: %s", order, e.text);
	return c.did;
}

static void
attempt(struct shop *sh, const char *order, const char *attempt)
{
	struct call c = { ATTEMPT, order, attempt, 0, 0, false };
	struct error e = ERROR_NONE;

	ok(run(sh->db, &c, &e) == RC_OK, "%s has %s: %s", order, attempt,
	    e.text);
}

static bool
end(struct shop *sh, const char *order, const char *attempt, int64_t item)
{
	struct call c = { END, order, attempt, item, 0, false };
	struct error e = ERROR_NONE;

	ok(run(sh->db, &c, &e) == RC_OK, "%s ends: %s", order, e.text);
	return c.did;
}

static void
is_held(struct shop *sh, int64_t item, int64_t held, const char *what)
{
	struct error e = ERROR_NONE;
	struct item it;

	if (!ok(item_by_id(sh->db, item, &it, &e) == RC_OK, "%s", e.text))
		return;
	is_int(it.held, held, what);
	item_release(&it);
}

static void
what_is_there_can_be_held_and_no_more(const struct settings *s)
{
	struct call c = { TAKE, "o1", "", 0, 2, false };
	struct error e = ERROR_NONE;
	struct shop sh;
	int64_t fez;

	if (!shop_open(&sh, s))
		return;
	shop_hat(&sh, "A1", "Crimson Fez", .level = 3);
	fez = shop_id(&sh, "crimson-fez");
	ok(take(&sh, "o1", fez, 2), "two of three");
	is_held(&sh, fez, 2, "held");
	ok(!take(&sh, "o2", fez, 2), "not two more");
	is_held(&sh, fez, 2, "as before");
	ok(take(&sh, "o1", fez, 2), "the same order holds them already");
	is_held(&sh, fez, 2, "once");
	c.item = fez;
	c.qty = 1;
	ok(run(sh.db, &c, &e) == RC_INVALID && !c.did,
	    "another number is refused: %s", e.text);
	ok(take(&sh, "o2", fez, 1), "the last one");
	is_held(&sh, fez, 3, "all");
	shop_hat(&sh, "A1", "Crimson Fez", .level = 1);
	is_held(&sh, fez, 3, "publishing a lower level leaves what is held");
	ok(!take(&sh, "o3", fez, 1), "less than nothing is left");
	ok(!take(&sh, "o3", 4711, 1), "nor of what is no item");
	shop_hat(&sh, "A2", "Bowler", .level = 3);
	ok(shop_withdraw(&sh, "A2"), "withdrawn");
	ok(!take(&sh, "o3", shop_id(&sh, "bowler"), 1), "nor of what is gone");
	shop_close(&sh);
}

static void
a_hold_is_over_once(const struct settings *s)
{
	struct shop sh;
	int64_t fez;

	if (!shop_open(&sh, s))
		return;
	shop_hat(&sh, "A1", "Crimson Fez", .level = 5);
	fez = shop_id(&sh, "crimson-fez");
	ok(!release(&sh, "o1", fez), "nothing to release");
	ok(take(&sh, "o1", fez, 2) && release(&sh, "o1", fez), "released");
	is_held(&sh, fez, 0, "free");
	ok(!release(&sh, "o1", fez), "not twice");
	is_held(&sh, fez, 0, "still");
	ok(take(&sh, "o1", fez, 3), "the order may hold anew");
	is_held(&sh, fez, 3, "another number this time");
	attempt(&sh, "o1", "p1");
	ok(!end(&sh, "o1", "p0", fez), "nor by an older one's");
	ok(end(&sh, "o1", "p1", fez), "by its own");
	is_held(&sh, fez, 0, "ended");
	ok(!end(&sh, "o1", "p1", fez) && !release(&sh, "o1", fez),
	    "not twice, and not released too");
	is_held(&sh, fez, 0, "never below 0");
	attempt(&sh, "o1", "p2");
	ok(take(&sh, "o1", fez, 1), "and anew");
	ok(!end(&sh, "o1", "p1", fez) && !end(&sh, "o1", "p2", fez),
	    "which has no attempt yet");
	is_held(&sh, fez, 1, "held");
	shop_close(&sh);
}

static void
open_holds_are_listed_with_the_key_of_their_claim(const struct settings *s)
{
	struct error e = ERROR_NONE;
	struct hold_open *h = NULL;
	struct shop sh;
	size_t n = 7;
	int64_t fez, cap;

	if (!shop_open(&sh, s))
		return;
	shop_hat(&sh, "A 1'", "Crimson Fez", .level = 5);
	shop_hat(&sh, "帽-2", "Cap", .level = 5);
	fez = shop_id(&sh, "crimson-fez");
	cap = shop_id(&sh, "cap");
	ok(hold_list(sh.db, &h, &n, &e) == RC_OK && n == 0 && h == NULL,
	    "none: %s", e.text);
	take(&sh, "o1", fez, 1);
	take(&sh, "o1", cap, 1);
	take(&sh, "o2", fez, 1);
	take(&sh, "o3", fez, 1);
	attempt(&sh, "o1", "p1");
	attempt(&sh, "o2", "p0");
	ok(hold_list(sh.db, &h, &n, &e) == RC_OK, "listed: %s", e.text);
	if (ok(n == 3, "those with an attempt: %zu", n)) {
		is_str(h[0].order, "o2", "by attempt");
		is_str(h[0].attempt, "p0", "its attempt");
		is_str(h[1].key, "A 1'", "its item's key");
		is_str(h[2].key, "帽-2", "any script");
		ok(h[1].item == fez && h[2].item == cap, "items");
	}
	free(h);
	release(&sh, "o2", fez);
	end(&sh, "o1", "p1", cap);
	ok(hold_list(sh.db, &h, &n, &e) == RC_OK && n == 1,
	    "those that are over are not: %zu", n);
	free(h);
	shop_close(&sh);
}

/* Run fn in n children; what they return, added. */
static int
in_children(const struct settings *s, int n, int (*fn)(struct db *db, int me))
{
	struct error e = ERROR_NONE;
	int sum = 0, status;
	struct db *db;

	for (int i = 0; i < n; i++) {
		if (fork() != 0)
			continue;
		if (db_open(s, DB_WRITE, &db, &e) != RC_OK)
			_exit(200);
		status = fn(db, i);
		db_close(db);
		_exit(status);
	}
	for (int i = 0; i < n; i++)
		if (wait(&status) > 0)
			sum += WIFEXITED(status) ? WEXITSTATUS(status) : 200;
	return sum;
}

static int
take_some(struct db *db, int me)
{
	struct call c = { TAKE, NULL, "", 1, 1, false };
	struct error e = ERROR_NONE;
	char order[20];
	int got = 0;

	for (int i = 0; i < 10; i++) {
		(void)snprintf(order, sizeof(order), "o%d-%d", me, i);
		c.order = order;
		if (run(db, &c, &e) != RC_OK)
			return 200;
		got += c.did;
	}
	return got;
}

static void
parallel_orders_never_hold_more_than_there_is(const struct settings *s)
{
	struct shop sh;

	if (!shop_open(&sh, s))
		return;
	shop_hat(&sh, "A1", "Crimson Fez", .level = 33);
	/* a connection does not survive a fork */
	shop_close(&sh);
	is_int(in_children(s, 8, take_some), 33, "80 orders, 33 hats");
	if (!shop_open(&sh, s))
		return;
	is_held(&sh, 1, 33, "held");
	shop_close(&sh);
}

#define RACES 40

/* Even children release, odd ones end: all want to be the one. */
static int
race(struct db *db, int me)
{
	struct call c = { me % 2 == 0 ? RELEASE : END, NULL, "p", 1, 0, false };
	struct error e = ERROR_NONE;
	char order[20];
	int won = 0;

	for (int i = 0; i < RACES; i++) {
		(void)snprintf(order, sizeof(order), "o%d", i);
		c.order = order;
		if (run(db, &c, &e) != RC_OK)
			return 200;
		won += c.did;
	}
	return won;
}

static void
of_release_and_end_exactly_one_wins(const struct settings *s)
{
	char order[20], text[40];
	struct shop sh;

	if (!shop_open(&sh, s))
		return;
	shop_hat(&sh, "A1", "Crimson Fez", .level = RACES * 2);
	for (int i = 0; i < RACES; i++) {
		(void)snprintf(order, sizeof(order), "o%d", i);
		take(&sh, order, 1, 2);
		attempt(&sh, order, "p");
	}
	is_held(&sh, 1, RACES * 2, "held");
	shop_close(&sh);
	is_int(in_children(s, 4, race), RACES, "each was over once");
	if (!shop_open(&sh, s))
		return;
	is_held(&sh, 1, 0, "and given up once");
	is_str(sales_text(s,
		   "SELECT CASE COUNT(*) WHEN 0 THEN 'none' ELSE 'some' END"
		   " FROM hold WHERE state = 1",
		   text, sizeof(text)),
	    "none", "open holds");
	shop_close(&sh);
}

static struct shop tortured;

static enum rc
a_life(void)
{
	static int life;
	struct error e = ERROR_NONE;
	struct hold_open *h;
	char order[20];
	struct call c[] = { { TAKE, order, "", 1, 1, false },
		{ ATTEMPT, order, "p", 1, 0, false },
		{ END, order, "p", 1, 0, false },
		{ TAKE, order, "", 1, 1, false },
		{ RELEASE, order, "", 1, 0, false } };
	enum rc rc = RC_OK;
	size_t n;

	(void)snprintf(order, sizeof(order), "o%d", life++);
	for (size_t i = 0; i < 5 && rc == RC_OK; i++) {
		rc = db_unit(tortured.db, call, &c[i], &e);
		if (rc == RC_OK && i == 1)
			rc = hold_list(tortured.db, &h, &n, &e);
		if (rc == RC_OK && i == 1)
			free(h);
	}
	return rc;
}

static void
each_database_call_failed_once_is_passed_on(const struct settings *s)
{
	if (!shop_open(&tortured, s))
		return;
	shop_hat(&tortured, "A1", "Crimson Fez", .level = 100);
	ok(shop_db_torture("a hold's life", a_life) >= 12, "calls");
	torture("a hold's life", a_life);
	shop_close(&tortured);
}

int
main(void)
{
	RUN_EACH(what_is_there_can_be_held_and_no_more);
	RUN_EACH(a_hold_is_over_once);
	RUN_EACH(open_holds_are_listed_with_the_key_of_their_claim);
	RUN_EACH(parallel_orders_never_hold_more_than_there_is);
	RUN_EACH(of_release_and_end_exactly_one_wins);
	RUN_EACH(each_database_call_failed_once_is_passed_on);
	return tap_done();
}
