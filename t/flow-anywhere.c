/*
 * An order from its first payment to its end, stopped at each place in turn:
 * whatever happens there, and whoever dies there, the books balance in the end
 * (ideas 1 to 5; R20-R23, R49-R52).  Nothing is by chance.
 */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "t/moment.h"

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
	moment_give_up(m);
	moment_advance(m);
}

static void
cancel_is_wanted(struct moment *m)
{
	moment_give_up(m);
}

static void
time_is_up(struct moment *m)
{
	m->now += MOMENT_PAGE + 60;
	moment_advance(m);
}

static void
days_pass(struct moment *m)
{
	m->now += 2 * 86400;
	moment_advance(m);
}

static void
mirrored(struct moment *m)
{
	moment_mirror(m);
}

static void
goes_on_and_is_mirrored(struct moment *m)
{
	moment_advance(m);
	moment_mirror(m);
	moment_advance(m);
}

static void
a_clerk_sells(struct moment *m)
{
	moment_clerk(m, "A", 5);
	moment_clerk(m, "B", 1);
}

/* As far as it goes: to pay, to be paid, to the end. */
static void
whole_life(struct moment *m)
{
	struct error e = ERROR_NONE;

	/* it may have been given up by then */
	if (order_pay(&m->first.f, m->order, "till", &e) != RC_OK &&
	    e.rc != RC_INVALID)
		ok(0, "pay: %s", e.text);
	moment_advance(m);
	moment_paid(m);
	moment_advance(m);
}

static void
anywhere(const struct settings *s, const char *what, moment_act *act)
{
	struct moment m;
	char when[100];
	bool came = true;
	int n;

	for (n = 1; came; n++) {
		if (!moment_open(&m, s))
			return;
		moment_at(&m, NULL, n, act);
		whole_life(&m);
		came = moment_came();
		moment_settle(&m);
		(void)snprintf(when, sizeof(when), "%s at %d, \"%s\"", what, n,
		    moment_place());
		moment_books(&m, when);
		moment_close(&m);
	}
	ok(n > 30, "%s: an order has %d places", what, n - 2);
}

/* Servers differ in nothing here; two engines are asked in the short form. */
static bool
is_worth_it(const struct settings *s)
{
	return getenv("HATSHOP_LONG") != NULL ||
	       strcmp(sales_name(s), "mysql") != 0;
}

static void
whatever_happens_anywhere_the_books_balance(const struct settings *s)
{
	if (!is_worth_it(s))
		return;
	anywhere(s, "another runner", advanced);
	anywhere(s, "a cancel", cancelled);
	anywhere(s, "a wish to cancel", cancel_is_wanted);
	anywhere(s, "an hour", time_is_up);
	anywhere(s, "two days", days_pass);
	anywhere(s, "the mirror", mirrored);
	anywhere(s, "another runner and the mirror", goes_on_and_is_mirrored);
	anywhere(s, "a clerk", a_clerk_sells);
}

static void
whoever_dies_anywhere_the_books_balance(const struct settings *s)
{
	struct moment m;
	char when[100];
	bool dead = true;

	if (!is_worth_it(s))
		return;
	for (int cancels = 0; cancels < 2; cancels++) {
		for (int n = 1; dead; n++) {
			if (!moment_open(&m, s))
				return;
			moment_pays(&m);
			moment_paid(&m);
			dead = moment_death(&m, NULL, n);
			if (cancels)
				moment_give_up(&m);
			moment_settle(&m);
			(void)snprintf(when, sizeof(when), "a death at %d%s", n,
			    cancels ? ", cancelled" : "");
			moment_books(&m, when);
			moment_close(&m);
		}
		dead = true;
	}
}

int
main(void)
{
	RUN_EACH(whatever_happens_anywhere_the_books_balance);
	RUN_EACH(whoever_dies_anywhere_the_books_balance);
	moment_end();
	return tap_done();
}
