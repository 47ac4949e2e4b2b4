/* Sales with stock.access = read: the web never oversells itself (idea 3). */
#include "config.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "shop/order.h"
#include "shop/sold.h"
#include "t/shop.h"

static void put(struct shop *sh, const char *fmt, ...) PRINTF_LIKE(2, 3);

static void
put(struct shop *sh, const char *fmt, ...)
{
	char sql[600];
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(sql, sizeof(sql), fmt, ap);
	va_end(ap);
	sales_sql(sh->settings, sql);
}

/* An order that is reserved and asks for its one hat. */
static void
order(struct shop *sh, int id, int64_t item, int qty)
{
	put(sh,
	    "INSERT INTO customer (id, uid, made_at, seen_at)"
	    " VALUES (%d, 'c%d', 1, 1)",
	    id, id);
	put(sh,
	    "INSERT INTO orders (id, uid, checkout, customer_id, state, "
	    "made_at,"
	    " hold_until, next_at, currency, goods, delivery, tax, total,"
	    " delivery_option, terms, email, country, name, line1, town)"
	    " VALUES (%d, 'o%d', 'k%d', %d, 2, 1, 1, 1, 'GBP', 1, 0, 0, 1, 'p',"
	    " 't', 'e', 'GB', 'n', 'l', 't')",
	    id, id, id, id);
	put(sh,
	    "INSERT INTO payment (uid, order_id, gateway, state, goods, amount,"
	    " made_at, changed_at, currency)"
	    " VALUES ('p%d', %d, 'stripe', 4, 4, 1, 1, 1, 'GBP')",
	    id, id);
	put(sh,
	    "INSERT INTO hold (order_uid, item_id, attempt, qty, made_at)"
	    " VALUES ('o%d', %" PRId64 ", 'p%d', %d, 1)",
	    id, item, id, qty);
	put(sh, "UPDATE item SET held = held + %d WHERE id = %" PRId64, qty,
	    item);
}

static void
is_item(struct shop *sh, int64_t item, int64_t held, const char *when)
{
	struct error e = ERROR_NONE;
	struct item it = { 0 };

	ok(item_by_id(sh->db, item, &it, &e) == RC_OK, "%s", e.text);
	is_int(it.held, held, when);
	item_release(&it);
}

static enum sold_outcome
sell(struct shop *sh, const char *attempt, const struct sold_lines *lines,
    int64_t level, int64_t *left)
{
	struct sold_answer a = { SOLD_AGAIN, 0, 0 };
	struct error e = ERROR_NONE;

	if (sold_take(sh->db, attempt, lines, &level, &a, &e) != RC_OK)
		ok(0, "sold_take: %s", e.text);
	if (left != NULL)
		*left = a.left;
	return a.outcome;
}

static struct sold_lines
lines_of(struct shop *sh, const char *attempt)
{
	struct error e = ERROR_NONE;
	struct sold_lines lines;

	if (sold_lines(sh->db, attempt, &lines, &e) != RC_OK)
		ok(0, "sold_lines: %s", e.text);
	return lines;
}

static bool
refuse(struct shop *sh, const char *attempt)
{
	struct error e = ERROR_NONE;
	bool refused = false;

	ok(sold_refuse(sh->db, attempt, &refused, &e) == RC_OK, "%s", e.text);
	return refused;
}

struct booking {
	const char *order;
	int64_t item, pieces;
};

static enum rc
book(struct db *db, void *ctx, struct error *e)
{
	struct booking *b = ctx;

	if (b->order != NULL)
		return sold_booked_out_order(
		    db, b->order, "staff", 9, &b->pieces, e);
	return sold_booked_out_item(db, b->item, "staff", 9, &b->pieces, e);
}

static int64_t
booked_out(struct shop *sh, const char *order_uid, int64_t item)
{
	struct booking b = { order_uid, item, 0 };
	struct error e = ERROR_NONE;

	ok(db_unit(sh->db, book, &b, &e) == RC_OK, "booked out: %s", e.text);
	return b.pieces;
}

static void
what_was_sold_counts_until_it_is_booked_out(const struct settings *s)
{
	struct sold_lines one, two;
	struct shop sh;
	int64_t item, left;

	if (!shop_open(&sh, s))
		return;
	shop_hat(&sh, "A", "Fez", .level = 3);
	item = shop_id(&sh, "fez");
	order(&sh, 1, item, 2);
	order(&sh, 2, item, 2);
	one = lines_of(&sh, "p1");
	two = lines_of(&sh, "p2");
	is_int((int64_t)one.n, 1, "a line");
	is_str(one.at[0].key, "A", "of the hat");
	ok(sell(&sh, "p1", &one, 3, NULL) == SOLD_TAKEN, "two of three");
	ok(sell(&sh, "p2", &two, 3, &left) == SOLD_FEW, "not two more");
	is_int(left, 1, "one is left");
	ok(sell(&sh, "p1", &one, 3, NULL) != SOLD_TAKEN, "not twice");
	ok(!refuse(&sh, "p1"), "what is sold stays sold");
	ok(refuse(&sh, "p2") && refuse(&sh, "p2"), "a refusal is one for good");
	ok(lines_of(&sh, "p2").n == 0, "its key opens nothing any more");
	is_item(&sh, item, 4, "by both");
	is_int(booked_out(&sh, "o2", 0), 0, "what is not sold is not ended");
	is_int(booked_out(&sh, NULL, item), 2, "the manager's word");
	is_int(booked_out(&sh, "o1", 0), 0, "counts once");
	is_item(&sh, item, 2, "by the other one");
	ok(!refuse(&sh, "p1"), "and it stays sold");
	order(&sh, 3, item, 1);
	two = lines_of(&sh, "p3");
	ok(sell(&sh, "p3", &two, 1, NULL) == SOLD_TAKEN,
	    "the level, lowered by two, has one left");
	shop_close(&sh);
}

static void
a_level_that_was_read_before_a_booking_does_not_count(const struct settings *s)
{
	struct sold_lines one, two;
	struct shop sh;
	int64_t item;

	if (!shop_open(&sh, s))
		return;
	shop_hat(&sh, "A", "Fez", .level = 2);
	item = shop_id(&sh, "fez");
	order(&sh, 1, item, 2);
	order(&sh, 2, item, 1);
	one = lines_of(&sh, "p1");
	ok(sell(&sh, "p1", &one, 2, NULL) == SOLD_TAKEN, "both are sold");
	two = lines_of(&sh, "p2");
	/* the level, still 2, is read; then it is lowered to 0 and booked out */
	is_int(booked_out(&sh, "o1", 0), 2, "booked out");
	ok(sell(&sh, "p2", &two, 2, NULL) == SOLD_AGAIN,
	    "2 is not believed any more");
	two = lines_of(&sh, "p2");
	ok(sell(&sh, "p2", &two, 0, NULL) == SOLD_FEW, "and now it is 0");
	shop_close(&sh);
}

static void
what_is_not_paid_comes_back_once(const struct settings *s)
{
	struct error e = ERROR_NONE;
	struct sold_lines lines;
	struct order o;
	struct shop sh;
	int64_t item;

	if (!shop_open(&sh, s))
		return;
	shop_hat(&sh, "A", "Fez", .level = 5);
	item = shop_id(&sh, "fez");
	order(&sh, 1, item, 2);
	order(&sh, 2, item, 5);
	lines = lines_of(&sh, "p1");
	ok(sell(&sh, "p1", &lines, 5, NULL) == SOLD_TAKEN, "sold");
	for (int i = 0; i < 2; i++)
		ok(sold_give_back(sh.db, "p1", &e) == RC_OK, "%s", e.text);
	lines = lines_of(&sh, "p2");
	ok(sell(&sh, "p2", &lines, 5, NULL) == SOLD_TAKEN, "all are there");
	is_int(booked_out(&sh, "o2", 0), 5, "booked out");
	ok(sold_give_back(sh.db, "p2", &e) == RC_OK, "%s", e.text);
	ok(order_load(sh.db, 2, &o, &e) == RC_OK && o.attention[0] != '\0',
	    "what was booked out is put back by a person");
	order_release(&o);
	order(&sh, 3, item, 1);
	lines = lines_of(&sh, "p3");
	ok(sell(&sh, "p3", &lines, 0, NULL) == SOLD_FEW, "and not by us");
	shop_close(&sh);
}

#define BUYERS 12

static void
buy(const struct settings *s, int id)
{
	struct error e = ERROR_NONE;
	struct sold_lines lines;
	struct sold_answer a = { SOLD_AGAIN, 0, 0 };
	char attempt[12];
	struct shop sh;
	int64_t level = 5;
	enum rc rc = RC_OK;

	(void)snprintf(attempt, sizeof(attempt), "p%d", id);
	if (!shop_open(&sh, s))
		_exit(2);
	while (a.outcome == SOLD_AGAIN) {
		error_clear(&e);
		rc = sold_lines(sh.db, attempt, &lines, &e);
		if (rc == RC_OK)
			rc = sold_take(sh.db, attempt, &lines, &level, &a, &e);
		if (rc != RC_OK && rc != RC_CONFLICT)
			_exit(2);
	}
	shop_close(&sh);
	_exit(a.outcome == SOLD_TAKEN ? 0 : 1);
}

static void
parallel_orders_never_sell_more_than_the_level(const struct settings *s)
{
	pid_t pids[BUYERS];
	int status, sold = 0, odd = 0;
	struct shop sh;
	int64_t item;

	if (!shop_open(&sh, s))
		return;
	shop_hat(&sh, "A", "Fez", .level = 50);
	item = shop_id(&sh, "fez");
	for (int i = 1; i <= BUYERS; i++)
		order(&sh, i, item, 1);
	shop_close(&sh);
	for (int i = 0; i < BUYERS; i++) {
		pids[i] = fork();
		if (pids[i] == 0)
			buy(s, i + 1);
	}
	for (int i = 0; i < BUYERS; i++) {
		waitpid(pids[i], &status, 0);
		sold += WIFEXITED(status) && WEXITSTATUS(status) == 0;
		odd += !WIFEXITED(status) || WEXITSTATUS(status) > 1;
	}
	is_int(odd, 0, "each has an answer");
	is_int(sold, 5, "five of twelve, as the level says");
}

int
main(void)
{
	RUN_EACH(what_was_sold_counts_until_it_is_booked_out);
	RUN_EACH(a_level_that_was_read_before_a_booking_does_not_count);
	RUN_EACH(what_is_not_paid_comes_back_once);
	RUN_EACH(parallel_orders_never_sell_more_than_the_level);
	return tap_done();
}
