/*
 * The moments at which shops sell what is not there or charge for nothing, each
 * by itself, on a real stock server: what holds then of the order, its payment
 * attempts, claims, holds, levels, basket and money, and in the end.  Without a
 * clock or a pause that has to be lucky: the run stops where the name says, and
 * the other thing happens there.
 */
#include "config.h"

#include <stdio.h>
#include <string.h>

#include "db/db_driver.h"
#include "shop/basket.h"
#include "t/moment.h"

/* What may happen to an order from elsewhere. */
static void
advanced(struct moment *m)
{
	moment_advance(m);
}

static void
cancelled(struct moment *m)
{
	moment_give_up(m);
	moment_advance(m);
}

static void
time_is_up(struct moment *m)
{
	m->now += MOMENT_PAGE + 60;
	moment_advance(m);
}

static void
money_waits_no_longer(struct moment *m)
{
	m->now += 86400 + 60;
	moment_advance(m);
}

/* The customer has paid; nobody has noticed yet. */
static bool
open_paid(struct moment *m, const struct settings *s)
{
	if (!moment_open(m, s))
		return false;
	moment_pays(m);
	moment_paid(m);
	return true;
}

static void
it_goes_well(const struct settings *s)
{
	struct moment m;

	if (!moment_open(&m, s))
		return;
	moment_is(&m, "order pending | none | held A 1,held B 2 | 5,5 | 1,2",
	    "an order holds its hats");
	moment_pays(&m);
	moment_is(&m,
	    "order pending | pending, not asked | none | held A 1,held B 2"
	    " | 5,5 | 1,2 | page open",
	    "the customer is at the gateway's page");
	moment_paid(&m);
	moment_advance(&m);
	moment_is(&m,
	    "order paid | captured, taken | take A 1,take B 2"
	    " | held A 1,held B 2 | 4,3 | none | took 2000",
	    "paid: the goods are held until the mirror has seen them go");
	moment_mirror(&m);
	moment_is(&m,
	    "order paid | captured, taken | take A 1,take B 2 | none | 4,3"
	    " | none | took 2000",
	    "and are counted once");
	moment_settle(&m);
	moment_books(&m, "paid");
	moment_close(&m);
}

/*** A take that is stalled before its COMMIT ***/

static void
stalled(const struct settings *s, moment_act *meanwhile, const char *then,
    const char *end, const char *what)
{
	struct moment m;

	if (!open_paid(&m, s))
		return;
	moment_at(&m, "COMMIT", 1, meanwhile);
	if (then != NULL)
		moment_lose(then);
	moment_advance(&m);
	moment_advance(&m);
	moment_is(&m, end, what);
	moment_settle(&m);
	moment_books(&m, what);
	moment_close(&m);
}

static void
a_take_stalled_before_its_commit_is_not_concluded_over(const struct settings *s)
{
	static const char paid[] =
	    "order paid | captured, taken | take A 1,take B 2"
	    " | held A 1,held B 2 | 4,3 | none | took 2000";

	stalled(s, advanced, NULL, paid, "another runner came");
	stalled(s, advanced, "COMMIT", paid, "it came, the take was lost");
	stalled(s, advanced, "did COMMIT", paid,
	    "it came, the take was done and its answer lost");
	stalled(s, cancelled, NULL,
	    "order cancelled | voided, given back | take A 1-1,take B 2-2"
	    " | none | 5,5 | 1,2 | freed 2000",
	    "cancelled while it stalled, then it took");
	stalled(s, cancelled, "COMMIT",
	    "order cancelled | voided, refused | refused A 1,refused B 2"
	    " | none | 5,5 | 1,2 | freed 2000",
	    "cancelled while it stalled, then it was lost");
	stalled(s, cancelled, "did COMMIT",
	    "order cancelled | voided, given back | take A 1-1,take B 2-2"
	    " | none | 5,5 | 1,2 | freed 2000",
	    "cancelled while it stalled, then its answer was lost");
	stalled(s, money_waits_no_longer, NULL,
	    "order cancelled | voided, given back | take A 1-1,take B 2-2"
	    " | none | 5,5 | 1,2 | freed 2000",
	    "the money was freed while it stalled for a day");
	stalled(
	    s, time_is_up, NULL, paid, "the time to pay is up, but it is paid");
}

/*** Cancelled while the outcome of a call is unknown ***/

/* The call is lost on its way there or back, the customer cancels, somebody
 * looks: now and later, twice. */
static void
cancelled_unknown(const struct settings *s, const char *lost, const char *then,
    const char *what)
{
	struct moment m;

	if (!moment_open(&m, s))
		return;
	if (strstr(lost, "create") != NULL) {
		moment_at(&m, NULL, 0, NULL);
		moment_lose(lost);
		moment_pays(&m);
	} else {
		moment_pays(&m);
		moment_paid(&m);
		moment_at(&m, NULL, 0, NULL);
		if (strstr(lost, "void") != NULL)
			moment_give_up(&m);
		moment_lose(lost);
		moment_advance(&m);
	}
	moment_give_up(&m);
	moment_advance(&m);
	moment_is(&m, then, what);
	moment_give_up(&m);
	moment_advance(&m);
	moment_is(&m, then, "and again");
	moment_settle(&m);
	moment_books(&m, what);
	moment_close(&m);
}

static void
nothing_is_cancelled_over_a_call_that_may_have_been_done(
    const struct settings *s)
{
	static const char paid[] =
	    "order paid | captured, taken | take A 1,take B 2"
	    " | held A 1,held B 2 | 4,3 | none | took 2000";
	static const char freed[] =
	    "order cancelled | voided, not asked | none | none | 5,5 | 1,2"
	    " | freed 2000";

	/* a page that nobody was shown cannot be paid */
	cancelled_unknown(s, "send create",
	    "order cancelled | expired, not asked | none | none | 5,5 | 1,2",
	    "create was lost on its way");
	cancelled_unknown(s, "sent create",
	    "order cancelled | expired, not asked | none | none | 5,5 | 1,2"
	    " | page open",
	    "create was done, its answer lost");
	cancelled_unknown(
	    s, "send capture", paid, "capture was lost on its way");
	cancelled_unknown(
	    s, "sent capture", paid, "capture was done, its answer lost");
	cancelled_unknown(s, "send void", freed, "void was lost on its way");
	cancelled_unknown(
	    s, "sent void", freed, "void was done, its answer lost");
}

static void
a_page_that_was_never_shown_stops_no_other_payment(const struct settings *s)
{
	struct moment m;

	if (!moment_open(&m, s))
		return;
	moment_at(&m, NULL, 0, NULL);
	moment_lose("sent create");
	moment_pays(&m);
	moment_is(&m,
	    "order pending | created, not asked | none | held A 1,held B 2"
	    " | 5,5 | 1,2 | page open",
	    "its answer was lost");
	moment_pays(&m);
	moment_is(&m,
	    "order pending | pending, not asked | none | held A 1,held B 2"
	    " | 5,5 | 1,2 | page open",
	    "the same page, by the same key");
	is_int((long long)*m.ntills, 1, "there is one page");
	moment_paid(&m);
	moment_settle(&m);
	moment_books(&m, "paid on it");
	moment_close(&m);
}

/* The key of a capture lives for a day; then only the object tells. */
static void
a_capture_unknown_for_days_is_looked_up(const struct settings *s)
{
	static const char *const lost[] = { "send capture", "sent capture" };
	struct moment m;

	for (size_t i = 0; i < 2; i++) {
		if (!open_paid(&m, s))
			return;
		moment_at(&m, NULL, 0, NULL);
		moment_lose(lost[i]);
		moment_advance(&m);
		m.now += 2 * 86400;
		moment_settle(&m);
		is_int(moment_till(&m)->captures, 1, "captured once");
		moment_books(&m, lost[i]);
		moment_close(&m);
	}
}

/*** The last seconds of a page ***/

/* Paid so many seconds after the page's end by the gateway's clock; lifecycle
 * was away; then its webhook comes late. */
static void
paid_at_the_end(const struct settings *s, int64_t after, int64_t late,
    const char *end, const char *what)
{
	struct moment m;

	if (!moment_open(&m, s))
		return;
	moment_pays(&m);
	m.now = MOMENT_NOW + MOMENT_PAGE + after;
	moment_paid(&m);
	m.now += late;
	moment_advance(&m);
	moment_is(&m, end, what);
	moment_advance(&m);
	moment_is(&m, end, "the webhook once more");
	moment_settle(&m);
	moment_books(&m, what);
	moment_close(&m);
}

static void
the_gateway_says_who_paid_in_time(const struct settings *s)
{
	static const char paid[] =
	    "order paid | captured, taken | take A 1,take B 2"
	    " | held A 1,held B 2 | 4,3 | none | took 2000";
	static const char gone[] =
	    "order cancelled | expired, not asked | none | none | 5,5 | 1,2"
	    " | page closed";

	paid_at_the_end(s, -1, 0, paid, "one second before the end");
	paid_at_the_end(s, -1, 6, paid, "and heard of after it");
	paid_at_the_end(s, -1, 7200, paid, "and heard of hours later");
	paid_at_the_end(s, 0, 0, gone, "at the end");
	paid_at_the_end(s, 5, 0, gone, "five seconds after it");
	paid_at_the_end(s, 5, 3600, gone, "and heard of an hour later");
}

/* The gateway's clock is five seconds behind: it lets her pay. */
static void
pays_five_seconds_late(struct moment *m)
{
	moment_till(m)->expires_at += 6;
	moment_paid(m);
}

static void
a_payment_between_our_look_and_our_end_is_kept(const struct settings *s)
{
	static const char *const places[] = { "looked", "unit", "send expire" };
	struct moment m;

	for (size_t i = 0; i < 3; i++) {
		if (!moment_open(&m, s))
			return;
		moment_pays(&m);
		moment_till(&m)->expires_at += 6;
		m.now = MOMENT_NOW + MOMENT_PAGE + 5;
		moment_at(&m, places[i], 1, pays_five_seconds_late);
		moment_advance(&m);
		moment_is(&m,
		    "order paid | captured, taken | take A 1,take B 2"
		    " | held A 1,held B 2 | 4,3 | none | took 2000",
		    places[i]);
		moment_settle(&m);
		moment_books(&m, "paid as it was to end");
		moment_close(&m);
	}
}

/*** A lock in the stock system ***/

static struct db *
hand(struct moment *m, const char *statement)
{
	struct error e = ERROR_NONE;
	struct db *db = NULL;
	enum rc rc = db_open_bare(m->stock, &db, &e);

	if (rc == RC_OK)
		rc = db->driver->exec(db->link, "BEGIN", 5, NULL, &e);
	if (rc == RC_OK)
		rc = db->driver->exec(
		    db->link, statement, strlen(statement), NULL, &e);
	if (rc != RC_OK)
		ok(0, "another hand: %s", e.text);
	return db;
}

static void
an_error_1205_on_the_second_line_takes_nothing(const struct settings *s)
{
	struct moment m;
	struct db *other;

	if (!open_paid(&m, s))
		return;
	other = hand(&m, "UPDATE level SET qty = qty WHERE sku = 'B'");
	moment_advance(&m);
	moment_is(&m,
	    "order authorised | authorised, asked | none | held A 1,held B 2"
	    " | 5,5 | 1,2 | reserved 2000",
	    "line 2 is locked: nothing is taken, nothing is concluded");
	moment_advance(&m);
	db_close(other);
	moment_advance(&m);
	moment_is(&m,
	    "order paid | captured, taken | take A 1,take B 2"
	    " | held A 1,held B 2 | 4,3 | none | took 2000",
	    "the lock is gone");
	moment_settle(&m);
	moment_books(&m, "a lock on line 2");
	moment_close(&m);

	if (!open_paid(&m, s))
		return;
	other = hand(&m, "UPDATE level SET qty = qty WHERE sku = 'B'");
	moment_advance(&m);
	cancelled(&m);
	moment_is(&m,
	    "order cancelled | voided, refused | refused A 1,refused B 2"
	    " | none | 5,5 | 1,2 | freed 2000",
	    "cancelled while it is locked: a refusal needs no level");
	db_close(other);
	moment_settle(&m);
	moment_books(&m, "cancelled at a lock");
	moment_close(&m);
}

/*** A client that vanishes inside a take ***/

static void
a_client_that_dies_in_a_take_leaves_all_or_nothing(const struct settings *s)
{
	static const char none[] =
	    "order authorised | authorised, asked | none | held A 1,held B 2"
	    " | 5,5 | 1,2 | reserved 2000";
	static const char all[] =
	    "order authorised | authorised, asked | take A 1,take B 2"
	    " | held A 1,held B 2 | 4,3 | 1,2 | reserved 2000";
	static const struct {
		const char *place;
		int n;
		const char *then;
	} deaths[] = {
		{ "did INSERT claim", 1, none },
		{ "did INSERT claim", 2, none },
		{ "did UPDATE level", 1, none },
		{ "COMMIT", 1, none },
		{ "did COMMIT", 1, all },
	};
	struct moment m;

	for (size_t i = 0; i < sizeof(deaths) / sizeof(deaths[0]); i++) {
		for (int cancels = 0; cancels < 2; cancels++) {
			if (!open_paid(&m, s))
				return;
			ok(moment_death(&m, deaths[i].place, deaths[i].n),
			    "killed at \"%s\"", deaths[i].place);
			moment_is(&m, deaths[i].then, "after its death");
			if (cancels)
				moment_give_up(&m);
			moment_advance(&m);
			moment_is(&m,
			    !cancels
				? "order paid | captured, taken | take A 1,take"
				  " B 2 | held A 1,held B 2 | 4,3 | none"
				  " | took 2000"
			    : deaths[i].then == all
				? "order cancelled | voided, given back | take"
				  " A 1-1,take B 2-2 | none | 5,5 | 1,2 | freed"
				  " 2000"
				: "order cancelled | voided, refused | refused"
				  " A 1,refused B 2 | none | 5,5 | 1,2 | freed"
				  " 2000",
			    cancels ? "cancelled" : "another goes on");
			moment_settle(&m);
			moment_books(&m, deaths[i].place);
			moment_close(&m);
		}
	}
}

/* The server ends a session that is silent for five seconds. */
static void
the_server_lets_go(struct moment *m)
{
	moment_is(m,
	    "order authorised | authorised, asked | none | held A 1,held B 2"
	    " | 5,5 | 1,2 | reserved 2000",
	    "it sleeps before its COMMIT");
	moment_link_is_gone();
	cancelled(m);
	moment_is(m,
	    "order cancelled | voided, refused | refused A 1,refused B 2"
	    " | none | 5,5 | 1,2 | freed 2000",
	    "another concludes meanwhile");
}

static void
a_client_that_sleeps_in_a_take_holds_nobody_up(const struct settings *s)
{
	struct moment m;

	if (s->db_engine != ENGINE_SQLITE || !open_paid(&m, s))
		return; /* once is enough: it waits for five seconds */
	moment_at(&m, "COMMIT", 1, the_server_lets_go);
	moment_advance(&m);
	moment_is(&m,
	    "order cancelled | voided, refused | refused A 1,refused B 2"
	    " | none | 5,5 | 1,2 | freed 2000",
	    "it wakes, and nothing is different");
	moment_settle(&m);
	moment_books(&m, "slept");
	moment_close(&m);
}

/*** Attempts and pages ***/

static void
a_declined_card_ends_nothing(const struct settings *s)
{
	struct moment m;

	if (!moment_open(&m, s))
		return;
	moment_pays(&m);
	moment_till(&m)->declines++;
	moment_advance(&m); /* payment_failed, and the customer's return */
	moment_is(&m,
	    "order pending | pending, not asked | none | held A 1,held B 2"
	    " | 5,5 | 1,2 | page open",
	    "declined: the page stays open");
	moment_paid(&m);
	moment_advance(&m);
	moment_is(&m,
	    "order paid | captured, taken | take A 1,take B 2"
	    " | held A 1,held B 2 | 4,3 | none | took 2000",
	    "a second card on the same page");
	is_int((long long)*m.ntills, 1, "one attempt");
	moment_settle(&m);
	moment_books(&m, "declined, then paid");
	moment_close(&m);
}

static void
a_second_attempt_follows_one_that_expired(const struct settings *s)
{
	struct moment m;

	if (!moment_open(&m, s))
		return;
	moment_pays(&m);
	moment_till(&m)->page = PAGE_CLOSED; /* by the gateway's dashboard */
	moment_advance(&m);
	moment_is(&m,
	    "order pending | expired, not asked | none | held A 1,held B 2"
	    " | 5,5 | 1,2 | page closed",
	    "the hats are still held for another try");
	moment_pays(&m);
	moment_paid(&m);
	moment_advance(&m);
	moment_is(&m,
	    "order paid | expired, not asked | captured, taken | take A 1,take"
	    " B 2 | held A 1,held B 2 | 4,3 | none | page closed, took 2000",
	    "and the second one pays");
	moment_settle(&m);
	moment_books(&m, "paid at the second attempt");
	moment_close(&m);
}

static void
paid_and_settled(struct moment *m)
{
	moment_till(m)->page = PAGE_OPEN;
	moment_paid(m);
	moment_advance(m);
}

/* What was true when the gateway was asked is heard after the payment. */
static void
a_late_failed_changes_nothing_that_is_paid(const struct settings *s)
{
	struct moment m;

	for (int closed = 0; closed < 2; closed++) {
		if (!moment_open(&m, s))
			return;
		moment_pays(&m);
		if (closed) /* heard: expired; true: paid by then */
			moment_till(&m)->page = PAGE_CLOSED;
		moment_at(&m, "looked", 1, paid_and_settled);
		moment_advance(&m);
		moment_is(&m,
		    "order paid | captured, taken | take A 1,take B 2"
		    " | held A 1,held B 2 | 4,3 | none | took 2000",
		    closed ? "expired over paid" : "open over paid");
		moment_settle(&m);
		moment_books(&m, "what is late");
		moment_close(&m);
	}
}

/*** Two at once ***/

static void
webhook_and_return_race_to_one_order(const struct settings *s)
{
	static const char *const places[] = { "look", "looked", "unit",
		"did unit", "START TRANSACTION", "INSERT claim",
		"did UPDATE level", "COMMIT", "did COMMIT", "send capture",
		"sent capture" };
	struct moment m;

	for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
		if (!open_paid(&m, s))
			return;
		moment_at(&m, places[i], 1, advanced);
		moment_advance(&m);
		for (int again = 0; again < 10; again++)
			moment_advance(&m);
		moment_is(&m,
		    "order paid | captured, taken | take A 1,take B 2"
		    " | held A 1,held B 2 | 4,3 | none | took 2000",
		    places[i]);
		is_int(moment_till(&m)->captures, 1, "captured once");
		moment_settle(&m);
		moment_books(&m, "two at once");
		moment_close(&m);
	}
}

/*** The basket in a second tab ***/

static void
the_basket_is_changed(struct moment *m)
{
	struct order_placed placed = { .outcome = ORDER_EMPTY };
	struct error e = ERROR_NONE;
	enum basket_outcome outcome;
	int64_t qty;

	if (basket_set(moment_db(m), m->basket, m->hats[0], 3, &outcome, &qty,
		&e) != RC_OK ||
	    basket_set(moment_db(m), m->basket, m->hats[1], 0, &outcome, &qty,
		&e) != RC_OK)
		ok(0, "basket: %s", e.text);
	if (moment_order(m, "checkout 2", 1, m->basket, &placed) != RC_OK)
		ok(0, "a second order");
	ok(placed.outcome == ORDER_OTHER && placed.order == m->order,
	    "a second checkout is shown the order that is being paid");
	if (moment_order(m, "checkout 1", 1, m->basket, &placed) != RC_OK)
		ok(0, "the same checkout");
	ok(placed.outcome == ORDER_PLACED && placed.order == m->order,
	    "the same form again is the same order");
}

static void
what_is_paid_is_the_order_and_not_the_basket(const struct settings *s)
{
	static const char *const places[] = { "looked", "COMMIT",
		"send capture", "sent capture" };
	struct moment m;

	for (size_t i = 0; i < 4; i++) {
		if (!open_paid(&m, s))
			return;
		moment_at(&m, places[i], 1, the_basket_is_changed);
		moment_advance(&m);
		moment_is(&m,
		    "order paid | captured, taken | take A 1,take B 2"
		    " | held A 1,held B 2 | 4,3 | 2 | took 2000",
		    "the frozen sum; what was put in since stays");
		moment_settle(&m);
		moment_books(&m, places[i]);
		moment_close(&m);
	}
}

/*** At the bank ***/

static void
no_hold_is_freed_by_the_clock(const struct settings *s)
{
	struct order_placed placed = { .outcome = ORDER_EMPTY };
	struct moment m;
	int64_t basket;

	if (!moment_open(&m, s))
		return;
	basket = moment_basket(&m, 2);
	moment_pays(&m);
	moment_till(&m)->page = PAGE_AT_BANK;
	/* two of three are held: a second customer cannot have two */
	moment_clerk(&m, "B", 2);
	moment_mirror(&m);
	for (int i = 0; i < 6; i++) {
		m.now += MOMENT_HOLD;
		moment_advance(&m);
		if (moment_order(&m, "checkout 2", 2, basket, &placed) != RC_OK)
			ok(0, "another order");
		ok(placed.outcome == ORDER_SHORT && placed.left == 1,
		    "nobody else gets them, %d minutes later", 30 * (i + 1));
	}
	moment_is(&m,
	    "order pending | pending, not asked | none | held A 1,held B 2"
	    " | 5,3 | 1,2 | page at bank",
	    "hours at the bank: held");
	moment_paid(&m);
	moment_advance(&m);
	moment_is(&m,
	    "order paid | captured, taken | take A 1,take B 2"
	    " | held A 1,held B 2 | 4,1 | none | took 2000",
	    "the bank said yes");
	moment_settle(&m);
	moment_books(&m, "paid after hours");
	moment_close(&m);
}

/* Nobody runs lifecycle: time alone frees nothing. */
static void
no_hold_is_freed_by_nobody(const struct settings *s)
{
	struct order_placed placed = { .outcome = ORDER_EMPTY };
	struct moment m;
	int64_t basket;

	if (!moment_open(&m, s))
		return;
	basket = moment_basket(&m, 2);
	moment_clerk(&m, "B", 2);
	moment_mirror(&m);
	m.now += INT64_C(30) * 86400;
	if (moment_order(&m, "checkout 2", 2, basket, &placed) != RC_OK)
		ok(0, "another order");
	is_int(placed.outcome, ORDER_SHORT, "held for a month");
	moment_settle(&m);
	moment_is(&m, "order cancelled | none | none | 5,3 | 1,2",
	    "lifecycle ends what was not paid");
	moment_books(&m, "left for a month");
	moment_close(&m);
}

int
main(void)
{
	RUN_EACH(it_goes_well);
	RUN_EACH(a_take_stalled_before_its_commit_is_not_concluded_over);
	RUN_EACH(nothing_is_cancelled_over_a_call_that_may_have_been_done);
	RUN_EACH(a_page_that_was_never_shown_stops_no_other_payment);
	RUN_EACH(a_capture_unknown_for_days_is_looked_up);
	RUN_EACH(the_gateway_says_who_paid_in_time);
	RUN_EACH(a_payment_between_our_look_and_our_end_is_kept);
	RUN_EACH(an_error_1205_on_the_second_line_takes_nothing);
	RUN_EACH(a_client_that_dies_in_a_take_leaves_all_or_nothing);
	RUN_EACH(a_client_that_sleeps_in_a_take_holds_nobody_up);
	RUN_EACH(a_declined_card_ends_nothing);
	RUN_EACH(a_second_attempt_follows_one_that_expired);
	RUN_EACH(a_late_failed_changes_nothing_that_is_paid);
	RUN_EACH(webhook_and_return_race_to_one_order);
	RUN_EACH(what_is_paid_is_the_order_and_not_the_basket);
	RUN_EACH(no_hold_is_freed_by_the_clock);
	RUN_EACH(no_hold_is_freed_by_nobody);
	moment_end();
	return tap_done();
}
