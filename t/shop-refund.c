/* R53: refunds are made once each and never above what was captured. */
#include "config.h"

#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "shop/refund.h"
#include "t/shop.h"

#define NOW 1000000

/* A paid order of 50.00 with its payment, by hand. */
static void
a_paid_order(const struct settings *s)
{
	sales_sql(s, "INSERT INTO customer (id, uid, made_at, seen_at)"
		     " VALUES (1, 'c1', 1, 1)");
	sales_sql(s,
	    "INSERT INTO orders (id, uid, checkout, customer_id, state, "
	    "made_at,"
	    " hold_until, next_at, currency, goods, delivery, tax, total,"
	    " captured, delivery_option, terms, email, country, name, line1,"
	    " town) VALUES (1, 'o1', 'k1', 1, 3, 1, 1, 1, 'GBP', 5000, 0, 0,"
	    " 5000, 5000, 'standard', 't', 'a@example.com', 'GB', 'A', '1', "
	    "'L')");
	sales_sql(s,
	    "INSERT INTO payment (id, uid, order_id, gateway, state, amount,"
	    " captured, made_at, changed_at, currency) VALUES (1, 'p1', 1,"
	    " 'stripe', 6, 5000, 5000, 1, 1, 'GBP')");
}

struct asked {
	struct refund_wish w;
	enum refund_outcome outcome;
	int64_t id;
};

static enum rc
ask(struct db *db, void *ctx, struct error *e)
{
	struct asked *a = ctx;

	return refund_ask(db, &a->w, NOW, &a->outcome, &a->id, e);
}

static struct asked
asked(struct db *db, const char *reference, int64_t amount)
{
	struct asked a = { .w = { 1, 1, amount, reference, "staff" } };
	struct error e = ERROR_NONE;

	is_int(db_unit(db, ask, &a, &e), RC_OK, e.text);
	return a;
}

static const char *
refunded(const struct settings *s)
{
	static char text[100];

	return sales_text(
	    s, "SELECT CAST(refunded AS CHAR) FROM orders", text, sizeof(text));
}

static void
a_reference_is_one_refund_R53(const struct settings *s)
{
	struct asked first, again;
	struct shop sh;

	if (!shop_open(&sh, s))
		return;
	a_paid_order(s);
	first = asked(sh.db, "r1", 2000);
	is_int(first.outcome, REFUND_MADE, "made");
	again = asked(sh.db, "r1", 2000);
	is_int(again.outcome, REFUND_SAME, "asked again");
	is_int(again.id, first.id, "it is the same");
	is_str(refunded(s), "2000", "set aside once");
	is_int(asked(sh.db, "r1", 1999).outcome, REFUND_OTHER, "other amount");
	is_str(refunded(s), "2000", "nothing set aside");
	is_int(asked(sh.db, "r2", 3001).outcome, REFUND_TOO_MUCH, "too much");
	is_int(
	    asked(sh.db, "r2", 3000).outcome, REFUND_MADE, "all that is left");
	is_int(asked(sh.db, "r1", 2000).outcome, REFUND_SAME,
	    "the same when nothing is left");
	is_int(asked(sh.db, "r3", 1).outcome, REFUND_TOO_MUCH, "nothing left");
	is_str(refunded(s), "5000", "all is set aside");
	shop_close(&sh);
}

struct moved {
	struct refund r;
	enum refund_state to;
	bool moved;
};

static enum rc
move(struct db *db, void *ctx, struct error *e)
{
	struct moved *m = ctx;

	return refund_move(db, &m->r, m->to, "re_1", "no", NOW, &m->moved, e);
}

static void
what_failed_can_be_refunded_again_R53(const struct settings *s)
{
	struct error e = ERROR_NONE;
	struct moved m = { .to = REFUND_FAILED };
	struct asked a;
	struct shop sh;

	if (!shop_open(&sh, s))
		return;
	a_paid_order(s);
	a = asked(sh.db, "r1", 5000);
	is_int(refund_load(sh.db, a.id, &m.r, &e), RC_OK, e.text);
	is_int(db_unit(sh.db, move, &m, &e), RC_OK, e.text);
	ok(m.moved, "it failed");
	is_str(refunded(s), "0", "what was set aside is free");
	is_int(db_unit(sh.db, move, &m, &e), RC_OK, e.text);
	ok(!m.moved, "it fails once");
	is_str(refunded(s), "0", "and is freed once");
	is_int(asked(sh.db, "r1", 5000).outcome, REFUND_SAME,
	    "the reference stays what it is");
	is_int(asked(sh.db, "r2", 5000).outcome, REFUND_MADE, "another is new");
	is_int(refund_find(sh.db, "re_1", &m.r, &e), RC_OK, e.text);
	is_int(m.r.id, a.id, "found by the gateway's name");
	is_int(refund_find(sh.db, "", &m.r, &e), RC_NOTFOUND, "not by none");
	shop_close(&sh);
}

#define CROWD 8

/* Each asks for 10.00 of 50.00 by a reference of its own. */
static void
a_crowd_gets_no_more_than_there_is_R53(const struct settings *s)
{
	struct shop sh;
	int status;

	if (!shop_open(&sh, s))
		return;
	a_paid_order(s);
	shop_close(&sh);
	for (int i = 0; i < CROWD; i++) {
		struct error e = ERROR_NONE;
		struct asked a = { .outcome = REFUND_TOO_MUCH };
		char reference[20];
		struct db *db;

		if (fork() != 0)
			continue;
		(void)snprintf(reference, sizeof(reference), "r%d", i);
		a.w = (struct refund_wish){ 1, 1, 1000, reference, "staff" };
		if (db_open(s, DB_WRITE, &db, &e) != RC_OK ||
		    db_unit(db, ask, &a, &e) != RC_OK)
			_exit(1);
		_exit(0);
	}
	for (int i = 0; i < CROWD; i++) {
		(void)wait(&status);
		is_int(status, 0, "asked");
	}
	is_str(refunded(s), "5000", "all of it");
	{
		char text[20];

		is_str(
		    sales_text(s, "SELECT CAST(COUNT(*) AS CHAR) FROM refund",
			text, sizeof(text)),
		    "5", "by five of them");
	}
}

int
main(void)
{
	RUN_EACH(a_reference_is_one_refund_R53);
	RUN_EACH(what_failed_can_be_refunded_again_R53);
	RUN_EACH(a_crowd_gets_no_more_than_there_is_R53);
	return tap_done();
}
