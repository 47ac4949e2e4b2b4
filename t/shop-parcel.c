/*
 * R68, R70, R71, R73, R74: parcels, and what the courier says of them, in
 * whatever order it comes.
 */
#include "config.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/hours.h"
#include "shop/order.h"
#include "shop/parcel.h"
#include "t/random.h"
#include "t/shop.h"

#define NOW 1000000

/*** A paid order with a parcel ***/

static enum rc
want(struct db *db, void *ctx, struct error *e)
{
	(void)ctx;
	return parcel_want(db, 1, NOW, e);
}

static void
a_paid_order(struct shop *sh, const struct settings *s)
{
	struct error e = ERROR_NONE;

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
	is_int(db_unit(sh->db, want, NULL, &e), RC_OK, e.text);
	is_int(db_unit(sh->db, want, NULL, &e), RC_OK, e.text);
	sales_sql(s, "UPDATE parcel SET state = 2, path = '/x',"
		     " tracking = 'FD1'");
}

static void
all_of_it(struct shop *sh, struct parcels *all)
{
	struct error e = ERROR_NONE;

	is_int(parcels_of(sh->db, 1, all, &e), RC_OK, e.text);
}

/*** Events ***/

struct telling {
	const struct parcel_event *ev;
	struct parcel_heard heard;
};

static enum rc
hear(struct db *db, void *ctx, struct error *e)
{
	struct telling *t = ctx;

	return parcel_hear(db, t->ev, NOW, &t->heard, e);
}

static struct parcel_event
event(int64_t id, int64_t at, enum parcel_carrier carrier, const char *code)
{
	return (struct parcel_event){ .event = id,
		.at = at,
		.carrier = carrier,
		.correction = strcmp(code, "CORRECTION") == 0,
		.word = parcel_carrier_name(carrier),
		.code = code,
		.detail = "",
		.place = "Leeds",
		.tracking = "FD1",
		.reference = "" };
}

static bool
tell(struct shop *sh, const struct parcel_event *ev)
{
	struct telling t = { .ev = ev };
	struct error e = ERROR_NONE;

	if (db_unit(sh->db, hear, &t, &e) != RC_OK)
		ok(0, "hear: %s", e.text);
	return t.heard.fresh;
}

static void
forget(const struct settings *s)
{
	sales_sql(s, "DELETE FROM parcel_event");
	sales_sql(s, "DELETE FROM journal");
	sales_sql(s, "UPDATE parcel SET state = 2, carrier = 0, word = '',"
		     " carrier_at = 0, alarm = ''");
	sales_sql(s, "UPDATE orders SET attention = ''");
}

/* "handed over, delivered, !" */
static void
put_state(struct shop *sh, char *out, size_t size)
{
	struct error e = ERROR_NONE;
	struct parcels all;
	struct order o;

	all_of_it(sh, &all);
	is_int(order_load(sh->db, 1, &o, &e), RC_OK, e.text);
	(void)snprintf(out, size, "%s, %s%s",
	    parcel_state_name(all.of[0].state),
	    parcel_carrier_name(all.of[0].carrier),
	    o.attention[0] != '\0' ? ", !" : "");
	order_release(&o);
}

/* Forward, backward, then ten times in any order, each event up to thrice. */
static void
comes(struct shop *sh, const struct settings *s, const struct parcel_event *all,
    size_t n, const char *wanted, const char *what)
{
	struct random r = random_seeded();
	size_t order[64], left;
	char got[100];
	bool same = true;

	for (int time = 0; time < 12; time++) {
		left = 0;
		for (size_t i = 0; i < n; i++)
			for (int k = 0; k < (time > 1 ? 3 : 1); k++)
				order[left++] = time == 1 ? n - 1 - i : i;
		for (size_t i = left; time > 1 && i-- > 1;) {
			size_t j = random_below(&r, i + 1);
			size_t t = order[i];

			order[i] = order[j];
			order[j] = t;
		}
		forget(s);
		for (size_t i = 0; i < left; i++)
			(void)tell(sh, &all[order[i]]);
		put_state(sh, got, sizeof(got));
		same &= strcmp(got, wanted) == 0;
		if (!same)
			break;
	}
	is_str(got, wanted, what);
}

static void
events_in_any_order_and_number_give_the_same_state_R71(const struct settings *s)
{
	const struct parcel_event fine[] = {
		event(1, 100, CARRIER_BOOKED, ""),
		event(2, 200, CARRIER_COLLECTED, ""),
		event(3, 300, CARRIER_IN_TRANSIT, ""),
		event(4, 400, CARRIER_OUT_FOR_DELIVERY, ""),
		event(5, 500, CARRIER_DELIVERED, ""),
		event(6, 505, CARRIER_IN_TRANSIT, ""),
	};
	const struct parcel_event same_time[] = {
		event(10, 100, CARRIER_COLLECTED, ""),
		event(9, 100, CARRIER_BOOKED, ""),
	};
	const struct parcel_event taken_back[] = {
		event(1, 100, CARRIER_COLLECTED, ""),
		event(2, 200, CARRIER_DELIVERED, ""),
		event(3, 300, CARRIER_EXCEPTION, "CORRECTION"),
	};
	const struct parcel_event odd[] = {
		event(1, 100, CARRIER_COLLECTED, ""),
		event(2, 200, CARRIER_UNKNOWN, ""),
	};
	const struct parcel_event lost[] = {
		event(1, 100, CARRIER_COLLECTED, ""),
		event(2, 200, CARRIER_LOST, ""),
		event(3, 300, CARRIER_DELIVERED, ""),
	};
	const struct parcel_event back[] = {
		event(1, 100, CARRIER_COLLECTED, ""),
		event(2, 200, CARRIER_DELIVERY_ATTEMPTED, ""),
		event(3, 300, CARRIER_RETURNING, ""),
		event(4, 400, CARRIER_RETURNED, ""),
	};
	const struct parcel_event off[] = {
		event(1, 100, CARRIER_COLLECTION_FAILED, ""),
		event(2, 200, CARRIER_CANCELLED, ""),
	};
	struct shop sh;

	if (!shop_open(&sh, s))
		return;
	a_paid_order(&sh, s);
	comes(&sh, s, fine, 6, "handed over, delivered",
	    "R71: delivered, and a later in transit");
	comes(&sh, s, same_time, 2, "handed over, collected",
	    "R71: at the same time the larger number counts");
	comes(&sh, s, taken_back, 3, "handed over, exception, !",
	    "R71: only a correction takes a final word back");
	comes(&sh, s, odd, 2, "handed over, unknown",
	    "R70: a word that nobody knows");
	comes(&sh, s, lost, 3, "handed over, lost, !",
	    "R73: two final words call a person");
	comes(&sh, s, back, 4, "handed over, returned, !", "R73: returned");
	comes(&sh, s, off, 2, "cancelled, cancelled, !",
	    "R73: the courier calls it off");
	shop_close(&sh);
}

static void
better_news_take_an_alarm_back(const struct settings *s)
{
	const struct parcel_event held =
	    event(1, 100, CARRIER_EXCEPTION, "CUSTOMS");
	const struct parcel_event on = event(2, 200, CARRIER_IN_TRANSIT, "");
	const struct parcel_event there = event(3, 300, CARRIER_DELIVERED, "");
	const struct parcel_event not =
	    event(4, 400, CARRIER_IN_TRANSIT, "CORRECTION");
	char got[100];
	struct shop sh;

	if (!shop_open(&sh, s))
		return;
	a_paid_order(&sh, s);
	ok(tell(&sh, &held), "R73: news");
	put_state(&sh, got, sizeof(got));
	is_str(got, "booked, exception, !", "R73: a person is called");
	ok(!tell(&sh, &held), "R71: no news");
	ok(tell(&sh, &on), "news");
	put_state(&sh, got, sizeof(got));
	is_str(got, "handed over, in transit", "nobody needs to look now");
	ok(tell(&sh, &there), "news");
	sales_sql(s, "UPDATE orders SET state = 4");
	ok(tell(&sh, &not ), "a correction after it was closed");
	put_state(&sh, got, sizeof(got));
	is_str(got, "handed over, in transit, !", "R73: a person is called");
	shop_close(&sh);
}

/*** Several ***/

static enum rc
want_two(struct db *db, void *ctx, struct error *e)
{
	return parcel_want_many(db, 1, 2, NOW, ctx, e);
}

static void
an_order_is_delivered_when_all_its_parcels_are_R74(const struct settings *s)
{
	const struct parcel_event one = event(1, 100, CARRIER_DELIVERED, "");
	struct parcel_event two = event(2, 200, CARRIER_DELIVERED, "");
	struct error e = ERROR_NONE;
	struct parcels all;
	struct shop sh;
	int64_t made;
	bool left;

	if (!shop_open(&sh, s))
		return;
	a_paid_order(&sh, s);
	all_of_it(&sh, &all);
	is_int((long long)all.n, 1, "R64: one parcel, however often wanted");
	is_int(db_unit(sh.db, want_two, &made, &e), RC_OK, e.text);
	is_int(made, 1, "R74: one more");
	is_int(db_unit(sh.db, want_two, &made, &e), RC_OK, e.text);
	is_int(made, 0, "and no more");
	is_int(parcel_has_left(sh.db, 1, &left, &e), RC_OK, e.text);
	ok(!left, "R75: nothing has left");
	(void)tell(&sh, &one);
	all_of_it(&sh, &all);
	ok(!parcels_delivered(&all), "R74: one is wanted still");
	is_int(parcel_has_left(sh.db, 1, &left, &e), RC_OK, e.text);
	ok(left, "R75: one has left");
	sales_sql(s, "UPDATE parcel SET state = 6 WHERE n = 2");
	all_of_it(&sh, &all);
	ok(!parcels_delivered(&all), "R74: nor is one that was refused");
	is_int(db_unit(sh.db, want_two, &made, &e), RC_OK, e.text);
	is_int(made, 1, "a further generation");
	sales_sql(s, "UPDATE parcel SET state = 2, path = '/x',"
		     " tracking = 'FD2' WHERE n = 2 AND generation = 2");
	two.tracking = "FD2";
	(void)tell(&sh, &two);
	all_of_it(&sh, &all);
	ok(parcels_delivered(&all), "R74: all are");
	is_int(all.delivered_at, 200, "when the last was");
	shop_close(&sh);
}

static void
what_was_collected_has_left_whatever_became_of_it_R75(const struct settings *s)
{
	const enum parcel_carrier fates[] = { CARRIER_RETURNING,
		CARRIER_RETURNED, CARRIER_LOST, CARRIER_CANCELLED };
	struct error e = ERROR_NONE;
	enum order_may_end may;
	struct parcels all;
	struct shop sh;
	struct order o;
	bool left;

	if (!shop_open(&sh, s))
		return;
	a_paid_order(&sh, s);
	is_int(order_load(sh.db, 1, &o, &e), RC_OK, e.text);
	is_int(order_cancellable(sh.db, &o, &may, &e), RC_OK, e.text);
	is_int(may, ORDER_MAY_END, "R75: booked, and not collected");
	for (size_t i = 0; i < sizeof(fates) / sizeof(fates[0]); i++) {
		const struct parcel_event there = event((int64_t)i * 2 + 1,
		    (int64_t)i * 2 + 100, CARRIER_COLLECTED, "CORRECTION");
		const struct parcel_event fate = event(
		    (int64_t)i * 2 + 2, (int64_t)i * 2 + 101, fates[i], "");

		(void)tell(&sh, &there);
		(void)tell(&sh, &fate);
		is_int(order_cancellable(sh.db, &o, &may, &e), RC_OK, e.text);
		is_int(may, ORDER_HAS_LEFT, parcel_carrier_name(fates[i]));
	}
	sales_sql(s, "INSERT INTO parcel (uid, order_id, n, generation,"
		     " made_at, changed_at, next_at, request) SELECT 'x',"
		     " order_id, n, 2, 1, 1, 1, request FROM parcel");
	all_of_it(&sh, &all);
	is_int(all.of[0].state, PARCEL_WANTED, "R75: a further generation");
	ok(all.left, "R75: an earlier one has left");
	is_int(parcel_has_left(sh.db, 1, &left, &e), RC_OK, e.text);
	ok(left, "R75: over all generations");
	order_release(&o);
	shop_close(&sh);
}

static void
an_event_of_nobody_is_kept(const struct settings *s)
{
	struct parcel_event ev = event(1, 100, CARRIER_COLLECTED, "");
	struct parcels all;
	char reference[100];
	struct shop sh;

	if (!shop_open(&sh, s))
		return;
	a_paid_order(&sh, s);
	ev.tracking = "FD9";
	ok(tell(&sh, &ev), "R71: kept");
	ok(!tell(&sh, &ev), "once");
	all_of_it(&sh, &all);
	is_int(all.of[0].carrier, CARRIER_SILENT, "of no parcel of ours");
	parcel_reference(&all.of[0], reference, sizeof(reference));
	ev.event = 2;
	ev.reference = reference;
	ok(tell(&sh, &ev), "R68: found by its key, before its number is known");
	all_of_it(&sh, &all);
	is_int(all.of[0].carrier, CARRIER_COLLECTED, "so it is");

	shop_close(&sh);
}

/*** Opening hours ***/

static void
a_window_is_in_opening_hours_R64(void)
{
	struct error e = ERROR_NONE;
	int64_t open = 0, close = 0;
	struct hours h;
	struct zone z;

	is_int(zone_parse("GMT0BST,M3.5.0/1,M10.5.0", &z), RC_OK, "London");
	is_int(hours_parse("Mon-Fri 09:00-16:00, Sat 10:00-12:00", "2026-11-24",
		   &h, &e),
	    RC_OK, e.text);
	/* Sunday, 22 November 2026, 22:00 UTC */
	ok(hours_next(&h, &z, 1795384800, 7200, &open, &close), "a window");
	is_int(open, 1795424400, "R64: Monday at nine");
	is_int(close, 1795449600, "R64: until four");
	ok(hours_next(&h, &z, 1795446000, 7200, &open, &close), "a window");
	is_int(open, 1795597200, "R64: too late on Monday, Tuesday is none");
	/* Friday, 19 June 2026, 12:00 UTC: one o'clock there */
	ok(hours_next(&h, &z, 1781870400, 7200, &open, &close), "a window");
	is_int(open, 1781870400, "R64: at once");
	is_int(close, 1781881200, "R64: four o'clock in summer");
	ok(hours_parse("Mon 9-16", "", &h, &e) == RC_INVALID, "no hours");
	ok(hours_parse("Mon 16:00-09:00", "", &h, &e) == RC_INVALID, "none");
	ok(hours_parse("Mon 09:00-16:00", "2026-02-29", &h, &e) == RC_INVALID,
	    "no day");
}

int
main(void)
{
	RUN_EACH(events_in_any_order_and_number_give_the_same_state_R71);
	RUN_EACH(better_news_take_an_alarm_back);
	RUN_EACH(an_order_is_delivered_when_all_its_parcels_are_R74);
	RUN_EACH(what_was_collected_has_left_whatever_became_of_it_R75);
	RUN_EACH(an_event_of_nobody_is_kept);
	RUN(a_window_is_in_opening_hours_R64);
	return tap_done();
}
