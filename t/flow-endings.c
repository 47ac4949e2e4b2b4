/*
 * How an order ends that is not paid, and one that the stock system cannot be
 * asked about: the level is as before, once; nobody is charged; cancelling
 * twice is cancelling once (R18, R19, R23, R24, R48).
 */
#include "config.h"

#include <stdio.h>
#include <string.h>

#include "shop/journal.h"
#include "t/moment.h"

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
ends(struct moment *m, const char *end, const char *what)
{
	for (int twice = 0; twice < 2; twice++) {
		moment_advance(m);
		moment_is(m, end, what);
		moment_give_up(m);
	}
	moment_settle(m);
	moment_books(m, what);
	moment_close(m);
}

static void
what_is_not_paid_leaves_the_level_as_it_was(const struct settings *s)
{
	struct moment m;

	if (!moment_open(&m, s))
		return;
	moment_give_up(&m);
	ends(&m, "order cancelled | none | none | 5,5 | 1,2",
	    "cancelled before a payment was begun");

	if (!moment_open(&m, s))
		return;
	moment_pays(&m);
	moment_give_up(&m);
	ends(&m,
	    "order cancelled | expired, not asked | none | none | 5,5 | 1,2"
	    " | page closed",
	    "cancelled at the gateway's page");

	if (!moment_open(&m, s))
		return;
	moment_pays(&m);
	m.now += MOMENT_HOLD;
	ends(&m,
	    "order cancelled | expired, not asked | none | none | 5,5 | 1,2"
	    " | page closed",
	    "left alone until the time was up");

	if (!moment_open(&m, s))
		return;
	moment_pays(&m);
	moment_till(&m)->declines++;
	m.now += MOMENT_HOLD;
	ends(&m,
	    "order cancelled | expired, not asked | none | none | 5,5 | 1,2"
	    " | page closed",
	    "declined and left alone");

	if (!open_paid(&m, s))
		return;
	moment_give_up(&m);
	ends(&m,
	    "order cancelled | voided, not asked | none | none | 5,5 | 1,2"
	    " | freed 2000",
	    "cancelled when the money was reserved");
}

/* What the customer is told. */
struct telling {
	const char *kind;
	char detail[300];
};

static enum rc
note(void *ctx, const struct journal_row *j, struct error *e)
{
	struct telling *t = ctx;

	(void)e;
	if (strcmp(j->kind, t->kind) == 0)
		(void)snprintf(t->detail, sizeof(t->detail), "%s", j->detail);
	return RC_OK;
}

static void
is_told(struct moment *m, const char *kind, const char *detail)
{
	struct telling t = { .kind = kind };
	struct error e = ERROR_NONE;

	if (journal_list(m->first.db, m->order, note, &t, &e) != RC_OK)
		ok(0, "journal: %s", e.text);
	is_str(t.detail, detail, kind);
}

static void
what_a_clerk_sold_is_refused_before_money_is_taken(const struct settings *s)
{
	struct moment m;

	if (!open_paid(&m, s))
		return;
	moment_clerk(&m, "B", 4);
	moment_advance(&m);
	is_told(&m, "refused", "Bowler: 1 left");
	is_told(&m, "cancelled", "Bowler: 1 left");
	ends(&m,
	    "order cancelled | voided, refused | refused A 1,refused B 2"
	    " | none | 5,1 | 1,2 | freed 2000",
	    "one line short: nothing of the other, the basket stays");
}

/*** The stock system is away ***/

static char nowhere[] = "/nonexistent/stock.sock";

static char *
goes_away(struct moment *m)
{
	char *socket = m->settings.stock_socket;

	m->settings.stock_socket = nowhere;
	return socket;
}

static void
a_paid_order_waits_for_the_stock_system(const struct settings *s)
{
	struct moment m;
	char *there;

	if (!open_paid(&m, s))
		return;
	there = goes_away(&m);
	for (int i = 0; i < 4; i++) {
		moment_advance(&m);
		moment_is(&m,
		    "order authorised | authorised, asked | none"
		    " | held A 1,held B 2 | 5,5 | 1,2 | reserved 2000",
		    "away: nothing is captured, nothing concluded");
		m.now += 3600;
	}
	m.settings.stock_socket = there;
	moment_settle(&m);
	moment_is(&m,
	    "order paid | captured, taken | take A 1,take B 2 | none | 4,3"
	    " | none | took 2000",
	    "it is back: the order finishes by itself");
	moment_books(&m, "after an outage");
	moment_close(&m);
}

/* After a day, or when the customer cancels: the money first. */
static void
no_money_waits_for_the_stock_system_for_ever(const struct settings *s)
{
	struct moment m;
	char *there;

	for (int cancels = 0; cancels < 2; cancels++) {
		if (!open_paid(&m, s))
			return;
		there = goes_away(&m);
		moment_advance(&m);
		if (cancels)
			moment_give_up(&m);
		else
			m.now += 86400;
		moment_advance(&m);
		moment_is(&m,
		    "order cancelled | voided, asked | none"
		    " | held A 1,held B 2 | 5,5 | 1,2 | freed 2000",
		    "cancelled for the shopper; the hats stay held");
		moment_give_up(&m);
		moment_advance(&m);
		m.settings.stock_socket = there;
		moment_settle(&m);
		moment_is(&m,
		    "order cancelled | voided, refused | refused A 1,refused B"
		    " 2 | none | 5,5 | 1,2 | freed 2000",
		    "until the key has answered");
		is_told(&m, "refused", ""); /* nobody was faster */
		moment_books(&m, "given up in an outage");
		moment_close(&m);
	}
}

/* Taken, but nobody heard of it; then away. */
static void
goods_come_back_when_the_stock_system_does(const struct settings *s)
{
	struct moment m;
	char *there;

	if (!open_paid(&m, s))
		return;
	moment_at(&m, NULL, 0, NULL);
	moment_lose("did COMMIT");
	moment_advance(&m);
	there = goes_away(&m);
	moment_give_up(&m);
	moment_advance(&m);
	moment_is(&m,
	    "order cancelled | voided, asked | take A 1,take B 2"
	    " | held A 1,held B 2 | 4,3 | 1,2 | freed 2000",
	    "the money is free, the goods are unknown");
	m.settings.stock_socket = there;
	moment_at(&m, NULL, 0, NULL);
	moment_lose("did COMMIT"); /* of the return */
	moment_settle(&m);
	moment_is(&m,
	    "order cancelled | voided, given back | take A 1-1,take B 2-2"
	    " | none | 5,5 | 1,2 | freed 2000",
	    "found and given back, once");
	moment_books(&m, "given back after an outage");
	moment_close(&m);
}

int
main(void)
{
	RUN_EACH(what_is_not_paid_leaves_the_level_as_it_was);
	RUN_EACH(what_a_clerk_sold_is_refused_before_money_is_taken);
	RUN_EACH(a_paid_order_waits_for_the_stock_system);
	RUN_EACH(no_money_waits_for_the_stock_system_for_ever);
	RUN_EACH(goods_come_back_when_the_stock_system_does);
	moment_end();
	return tap_done();
}
