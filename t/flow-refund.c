/*
 * Refunds and the end of a paid order, against a gateway whose answers are lost
 * and a shop that dies between any two of its units (R53, R75).
 */
#include "config.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/num.h"
#include "base/text.h"
#include "shop/basket.h"
#include "shop/hold.h"
#include "shop/payment.h"
#include "shop/refund.h"
#include "t/flow-till.h"

/*** The tests ***/

static void
a_refund_is_made_once_R53(const struct settings *s)
{
	struct refund r;
	struct scene c;

	if (!open_scene(&c, s))
		return;
	is_int(refund(&c, "r1", 500), RC_OK, "asked");
	is_int(refund(&c, "r1", 500), RC_OK, "asked twice");
	lose_before = 1;
	advance(&c);
	is_int(first_refund(&c, &r), RC_OK, "it is there");
	ok(strstr(r.why, "lost before") != NULL, "why it is not made yet: %s",
	    r.why);
	lose_after = 2;
	a_day(&c);
	is_int(first_refund(&c, &r), RC_OK, "it is there");
	is_str(r.why, "", "and then it is made");
	is_int((int64_t)nrefunds, 1, "one refund, however often it was sent");
	is_int(given(), 500, "of that amount");
	is_order(&c, "paid 2000 500", "the order says so");
	is_int(refund(&c, "r1", 400), RC_INVALID, "another amount");
	is_int(refund(&c, "r2", 1501), RC_INVALID, "more than is left");
	is_int(refund(&c, "r2", 1500), RC_OK, "all that is left");
	a_day(&c);
	is_int(given(), 2000, "all");
	is_order(&c, "paid 2000 2000", "all, says the order");
	is_int(the_world->level, START_LEVEL - 2, "the hats are still sold");
	close_scene(&c);
}

static void
advance_too(void *ctx)
{
	advance(ctx);
}

static void
what_is_done_counts_whatever_another_was_told_R53(const struct settings *s)
{
	struct refund r;
	struct scene c;

	if (!open_scene(&c, s))
		return;
	is_int(refund(&c, "r1", 500), RC_OK, "asked");
	meanwhile = advance_too;
	meanwhile_ctx = &c;
	a_day(&c);
	ok(!refuse_next && meanwhile == NULL, "another runner was told no");
	is_int((int64_t)nrefunds, 1, "it is made");
	is_int(first_refund(&c, &r), RC_OK, "it is there");
	is_int(r.state, REFUND_DONE, "and done");
	is_order(&c, "paid 2000 500", "nobody is called, the sum is right");
	close_scene(&c);
}

/* Whoever was told yes dies before it is written; another was told no. */
static void
a_refund_that_failed_here_and_is_done_there_opens_again_R53(
    const struct settings *s)
{
	struct error e = ERROR_NONE;
	struct refund r;
	struct scene c;
	char text[20];

	if (!open_scene(&c, s))
		return;
	is_int(refund(&c, "r1", 500), RC_OK, "asked");
	refuse_next = true;
	a_day(&c);
	is_order(&c, "paid 2000 0 !", "it failed");
	is_int(order_look_refunds(&c.f, c.order, &e), RC_OK, e.text);
	is_order(&c, "paid 2000 0 !", "the gateway says the same");
	make_refund(0, "k", "r1 500");
	is_int(order_look_refunds(&c.f, c.order, &e), RC_OK, e.text);
	is_int(order_look_refunds(&c.f, c.order, &e), RC_OK, e.text);
	a_day(&c);
	is_int(first_refund(&c, &r), RC_OK, "it is there");
	is_int(r.state, REFUND_DONE, "done after all");
	is_order(&c, "paid 2000 500", "counted once, nobody is called");
	is_str(sales_text(s,
		   "SELECT CAST(COUNT(*) AS CHAR) FROM journal"
		   " WHERE kind = 'refunded'",
		   text, sizeof(text)),
	    "1", "the journal says so once");
	are_letters(s, "refund", 1, "and one letter");
	close_scene(&c);
}

/* What was free again has been given by another refund meanwhile. */
static void
a_refund_that_is_done_beside_another_calls_a_person_R53(
    const struct settings *s)
{
	struct error e = ERROR_NONE;
	struct refund r;
	struct scene c;

	if (!open_scene(&c, s))
		return;
	is_int(refund(&c, "r1", 1500), RC_OK, "asked");
	refuse_next = true;
	a_day(&c);
	is_int(refund(&c, "r2", 1500), RC_OK, "by another");
	a_day(&c);
	make_refund(1, "k", "r1 1500");
	is_int(order_look_refunds(&c.f, c.order, &e), RC_OK, e.text);
	is_int(first_refund(&c, &r), RC_OK, "it is there");
	is_int(r.state, REFUND_FAILED, "there is no room for it");
	is_order(&c, "paid 2000 1500 !", "no more is counted than was taken");
	close_scene(&c);
}

static void
a_pending_refund_is_followed_R53(const struct settings *s)
{
	struct scene c;

	if (!open_scene(&c, s))
		return;
	next_news = NEWS_WAITS;
	is_int(refund(&c, "r1", 500), RC_OK, "asked");
	a_day(&c);
	is_order(&c, "paid 2000 500", "pending counts");
	refunds[0].news = NEWS_FAILED;
	a_day(&c);
	is_order(&c, "paid 2000 0 !", "it failed: a person is called");
	next_news = NEWS_REFUNDED;
	is_int(refund(&c, "r1", 500), RC_OK, "the same reference again");
	a_day(&c);
	is_order(&c, "paid 2000 0 !", "is the one that failed");
	is_int(refund(&c, "r2", 500), RC_OK, "by another");
	a_day(&c);
	is_order(&c, "paid 2000 500 !", "it is made");
	is_int((int64_t)nrefunds, 2, "two were sent");
	close_scene(&c);
}

static void
past_the_keys_life_the_gateway_is_asked_R53(const struct settings *s)
{
	struct scene c;

	if (!open_scene(&c, s))
		return;
	is_int(refund(&c, "r1", 500), RC_OK, "asked");
	lose_after = 1;
	advance(&c); /* made, and nobody was told */
	is_int((int64_t)nrefunds, 1, "it is made");
	the_world->now += 2 * 86400;
	a_day(&c);
	is_int((int64_t)nrefunds, 1, "it is not sent again");
	is_order(&c, "paid 2000 500", "it is found");
	is_int(refund(&c, "r2", 500), RC_OK, "asked");
	lose_before = 1;
	advance(&c); /* it never arrived */
	the_world->now += 2 * 86400;
	a_day(&c);
	is_int((int64_t)nrefunds, 1, "it was not made");
	is_order(&c, "paid 2000 500 !", "which a person is told");
	close_scene(&c);
}

static enum rc
note_last(void *ctx, const struct refund *r, struct error *e)
{
	(void)e;
	*(struct refund *)ctx = *r;
	return RC_OK;
}

/* Of two captures one is on its way back. */
static void
a_refund_is_of_money_that_is_there_R53(const struct settings *s)
{
	struct error e = ERROR_NONE;
	struct refund last = { .payment = 0 };
	struct scene c;
	int64_t first;

	if (!open_scene(&c, s))
		return;
	sales_sql(s,
	    "INSERT INTO payment (uid, order_id, gateway, state, amount,"
	    " captured, made_at, currency, expires_at, changed_at)"
	    " SELECT 'late', order_id, gateway, state, amount, captured,"
	    " made_at, currency, expires_at, changed_at FROM payment");
	sales_sql(s, "UPDATE orders SET captured = 4000");
	is_int(refund(&c, "r1", 2000), RC_OK, "all of one");
	is_int(
	    refund_list(c.sh.db, c.order, note_last, &last, &e), RC_OK, e.text);
	first = last.payment;
	is_int(refund(&c, "r2", 500), RC_OK, "a part of the other");
	is_int(
	    refund_list(c.sh.db, c.order, note_last, &last, &e), RC_OK, e.text);
	ok(first != 0 && last.payment != first, "is of the other");
	is_int(refund(&c, "r1", 2000), RC_OK, "the same refund");
	is_int(refund(&c, "r3", 1600), RC_INVALID, "more than any has left");
	close_scene(&c);
}

static void
cancel(struct scene *c)
{
	struct error e = ERROR_NONE;

	is_int(order_cancel(&c->f, c->order, "does not fit", "staff A", &e),
	    RC_OK, e.text);
}

static void
a_paid_order_ends_money_first_R75(const struct settings *s)
{
	struct error e = ERROR_NONE;
	struct scene c;

	if (!open_scene(&c, s))
		return;
	is_int(refund(&c, "r1", 300), RC_OK, "a part before");
	a_day(&c);
	cancel(&c);
	lose_before = 3;
	advance(&c);
	is_int(the_world->level, START_LEVEL - 2,
	    "no goods before the money is on its way");
	cancel(&c);
	a_day(&c);
	is_int(level_at_refund, START_LEVEL - 2, "money was first");
	is_int(given(), 2000, "all of the money, once");
	is_int(the_world->level, START_LEVEL, "all of the goods, once");
	is_order(&c, "cancelled 2000 2000", "and then the order");
	are_letters(s, "refund", 1, "the part had its own");
	are_letters(s, "ended", 1, "the end tells of the rest");
	is_int(order_cancel(&c.f, c.order, "again", "staff A", &e), RC_INVALID,
	    "a cancelled order is not cancelled");
	a_day(&c);
	is_int(the_world->level, START_LEVEL, "nothing goes back twice");
	are_letters(s, "refund", 1, "no more");
	are_letters(s, "ended", 1, "no more");
	close_scene(&c);
}

static void
cancel_as_wished(struct scene *c)
{
	struct error e = ERROR_NONE;

	is_int(order_cancel(&c->f, c->order, ORDER_AS_WISHED, "customer", &e),
	    RC_OK, e.text);
}

static void
an_order_that_ends_unpaid_is_told_of_once_R58(const struct settings *s)
{
	struct error e = ERROR_NONE;
	char got[80];
	struct scene c;

	if (!open_scene(&c, s))
		return;
	are_letters(s, "order", 1, "a paid order does not end");
	place(&c, "left");
	a_day(&c);
	is_order(&c, "cancelled 0 0", "nobody came to pay it");
	are_letters(s, "ended", 0, "who never saw a page to pay on knows");
	place(&c, "wished");
	cancel_as_wished(&c);
	a_day(&c);
	is_order(&c, "cancelled 0 0", "the customer has cancelled it");
	are_letters(s, "ended", 0, "and knows");
	place(&c, "ours");
	cancel(&c);
	a_day(&c);
	are_letters(s, "ended", 1, "whom we cancel is told");
	place(&c, "late");
	is_int(order_pay(&c.f, c.order, gateway.name, &e), RC_OK, e.text);
	a_day(&c);
	is_order(&c, "cancelled 0 0", "its page was left");
	are_letters(s, "ended", 2, "which is told");
	is_str(sales_text(s,
		   "SELECT CAST(bytes AS CHAR) FROM letter"
		   " ORDER BY id DESC LIMIT 1",
		   got, sizeof(got)),
	    " 0 0", "nothing was charged");
	a_day(&c);
	are_letters(s, "ended", 2, "once");
	close_scene(&c);
}

static void
a_paid_order_ends_wherever_the_shop_dies_R75(const struct settings *s)
{
	struct scene c;
	bool died = true;
	int at;

	for (at = 0; died && at < 40; at++) {
		if (!open_scene(&c, s))
			return;
		cancel(&c);
		units_left = at;
		for (int i = 0; i < 4; i++) {
			advance(&c);
			the_world->now += 60;
		}
		died = units_left == 0;
		units_left = -1;
		a_day(&c);
		ok(given() == 2000, "dead at %d: all of the money, once", at);
		is_int(the_world->level, START_LEVEL, "and of the goods");
		is_order(&c, "cancelled 2000 2000", "and the order");
		are_letters(s, "refund", 0, "one letter says both");
		are_letters(s, "ended", 1, "once");
		close_scene(&c);
		wipe(s);
	}
	ok(at > 5 && !died, "it died at each of %d places", at - 1);
}

static void
who_wants_an_end_too_late_gets_the_hats(const struct settings *s)
{
	struct error e = ERROR_NONE;
	struct scene c;

	if (!open_scene(&c, s))
		return;
	is_int(order_give_up(&c.f, c.order, "another checkout", &e), RC_OK,
	    e.text);
	a_day(&c);
	is_order(&c, "paid 2000 0", "a paid order goes on");
	close_scene(&c);
}

/*** Money that nobody here has taken ***/

/* The stock system does it, and nobody hears of it. */
static enum rc
take_unheard(void *ctx, const char *attempt, const struct master_line *lines,
    size_t n, enum master_answer *answer, struct master_short *why,
    struct error *e)
{
	(void)!world_stock.take(ctx, attempt, lines, n, answer, why, e);
	return error_set(e, RC_IO, "lost after");
}

static enum rc
take_nothing(void *ctx, const char *attempt, const struct master_line *lines,
    size_t n, enum master_answer *answer, struct master_short *why,
    struct error *e)
{
	(void)ctx;
	(void)attempt;
	(void)lines;
	(void)n;
	(void)answer;
	(void)why;
	return error_set(e, RC_IO, "away");
}

static enum rc
refuse_nothing(void *ctx, const char *attempt, const struct master_line *lines,
    size_t n, enum master_answer *answer, struct error *e)
{
	return take_nothing(ctx, attempt, lines, n, answer, NULL, e);
}

/* Somebody captures at the gateway's own desk while the stock system is away. */
static void
capture_by_hand(struct scene *c, bool taken, bool cancelled)
{
	struct flow_stock away = world_stock;
	struct error e = ERROR_NONE;

	order_hats(c);
	away.take = taken ? take_unheard : take_nothing;
	away.refuse = refuse_nothing;
	c->f.stock = &away;
	advance(c);
	is_order(c, "authorised 0 0", "the stock system is away");
	the_world->pages[0].money = MONEY_TAKEN;
	if (cancelled)
		is_int(order_give_up(&c->f, c->order, "no wish", &e), RC_OK,
		    e.text);
	advance(c);
	c->f.stock = &world_stock;
}

static void
is_undone(
    struct scene *c, const struct settings *s, int64_t level, const char *what)
{
	struct error e = ERROR_NONE;
	struct hold_open *open;
	size_t n = 1;

	a_day(c);
	is_order(c, "cancelled 2000 2000 !", what);
	is_int(given(), 2000, "the money went back");
	is_int(the_world->level, level, "the goods are there");
	is_int(hold_list(c->sh.db, &open, &n, &e), RC_OK, e.text);
	is_int((long long)n, 0, "nothing is held");
	free(open);
	close_scene(c);
	wipe(s);
}

static void
money_that_was_taken_by_hand_pays_for_no_goods_that_are_not_there(
    const struct settings *s)
{
	struct scene c;

	if (!open_shop(&c, s))
		return;
	capture_by_hand(&c, false, false);
	the_world->level = 1;
	is_undone(&c, s, 1, "too few are left");

	if (!open_shop(&c, s))
		return;
	capture_by_hand(&c, false, true);
	is_undone(&c, s, START_LEVEL, "cancelled, nothing was taken");

	if (!open_shop(&c, s))
		return;
	capture_by_hand(&c, true, true);
	is_undone(&c, s, START_LEVEL, "cancelled, and taken unheard");

	if (!open_shop(&c, s))
		return;
	capture_by_hand(&c, true, false);
	a_day(&c);
	is_order(&c, "paid 2000 0", "what is taken is paid for");
	close_scene(&c);
}

static void
who_wants_an_end_while_it_is_paid_is_answered(const struct settings *s)
{
	char text[20];
	struct scene c;

	lose_capture = 1;
	if (!open_scene(&c, s))
		return;
	is_order(&c, "authorised 0 0", "captured, and nobody was told");
	cancel(&c);
	a_day(&c);
	is_order(&c, "paid 2000 0", "it goes on");
	is_str(sales_text(s,
		   "SELECT CAST(COUNT(*) AS CHAR) FROM journal"
		   " WHERE kind = 'goes on' AND detail = 'does not fit'",
		   text, sizeof(text)),
	    "1", "which the journal tells");
	close_scene(&c);
}

int
main(void)
{
	RUN_EACH(a_refund_is_made_once_R53);
	RUN_EACH(what_is_done_counts_whatever_another_was_told_R53);
	RUN_EACH(a_refund_that_failed_here_and_is_done_there_opens_again_R53);
	RUN_EACH(a_refund_that_is_done_beside_another_calls_a_person_R53);
	RUN_EACH(a_pending_refund_is_followed_R53);
	RUN_EACH(past_the_keys_life_the_gateway_is_asked_R53);
	RUN_EACH(a_refund_is_of_money_that_is_there_R53);
	RUN_EACH(a_paid_order_ends_money_first_R75);
	RUN_EACH(a_paid_order_ends_wherever_the_shop_dies_R75);
	RUN_EACH(an_order_that_ends_unpaid_is_told_of_once_R58);
	RUN_EACH(who_wants_an_end_too_late_gets_the_hats);
	RUN_EACH(who_wants_an_end_while_it_is_paid_is_answered);
	RUN_EACH(
	    money_that_was_taken_by_hand_pays_for_no_goods_that_are_not_there);
	return tap_done();
}
