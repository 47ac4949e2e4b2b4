/*
 * R64-R76: parcels are booked, called off and followed by a courier in shared
 * memory: each once, whoever dies where and however many do it at the same time.
 */
#include "config.h"

#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/text.h"
#include "flow/flow.h"
#include "shop/desk.h"
#include "t/flow-van.h"
#include "t/random.h"
#include "t/shop.h"

#define RUNNERS 4
#define DAY 86400

/*** Deaths, before and after a unit and a call ***/

static int deaths; /* in 2,000 */
static int die_at; /* the how-manieth place; 0: nowhere */
static struct random chance;

enum rc __real_db_unit(
    struct db *db, db_work *fn, void *ctx, struct error *e) CHECKED;
enum rc __wrap_db_unit(
    struct db *db, db_work *fn, void *ctx, struct error *e) CHECKED;

static void
maybe_die(void)
{
	if ((die_at > 0 && --die_at == 0) ||
	    (deaths > 0 && (int)random_below(&chance, 2000) < deaths))
		(void)raise(SIGKILL);
}

enum rc
__wrap_db_unit(struct db *db, db_work *fn, void *ctx, struct error *e)
{
	enum rc rc;

	maybe_die();
	rc = __real_db_unit(db, fn, ctx, e);
	maybe_die();
	return rc;
}

/*** The shop ***/

static enum rc
dispatched(const struct settings *s, const struct order *o, const char *uid,
    const struct parcel *parcels, size_t n, struct buf *out, struct error *e)
{
	(void)s;
	(void)o;
	(void)uid;
	(void)e;
	for (size_t i = 0; i < n; i++)
		buf_printf(out, "%s is on its way\n", parcels[i].tracking);
	return RC_OK;
}

static const struct flow_letters letters = { .dispatched = dispatched };

static struct settings
warehouse(const struct settings *s)
{
	static char none[] = "", name[] = "The Hat Shop", line[] = "1 Brim St",
		    town[] = "Leeds", code[] = "LS1 1AA", country[] = "GB",
		    hours[] = "Mon-Sun 00:00-24:00", zone[] = "UTC0";
	struct settings own = *s;

	own.shop_zone = own.warehouse_zone = zone;
	own.warehouse_name = name;
	own.warehouse_line1 = line;
	own.warehouse_town = town;
	own.warehouse_postcode = code;
	own.warehouse_country = country;
	own.warehouse_hours = hours;
	own.warehouse_line2 = own.warehouse_region = none;
	own.warehouse_phone = own.warehouse_holidays = none;
	own.courier_lead_minutes = 0;
	own.courier_least_minutes = 60;
	own.courier_poll_seconds = 60;
	own.courier_silence_days = 5;
	own.courier_book = BOOK_PAID;
	return own;
}

static void
sql(const struct settings *s, const char *fmt, int n)
{
	char text[1000];

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
	(void)snprintf(text, sizeof(text), fmt, n, n, n, n);
#pragma GCC diagnostic pop
	sales_sql(s, text);
}

/* Order n, paid a moment ago, with its parcel. */
static void
an_order(const struct settings *s, int n)
{
	sql(s,
	    "INSERT INTO orders (id, uid, checkout, customer_id, state,"
	    " made_at, hold_until, next_at, paid_at, currency, goods, delivery,"
	    " tax, total, captured, delivery_option, terms, email, country,"
	    " name, line1, town) VALUES (%d, 'o%d', 'k%d', 1, 3, 1, 1, 1, 1,"
	    " 'GBP', 3990, 395, 731, 4385, 4385, 'Standard delivery', 't',"
	    " 'zoe@example.com', 'GB', 'Zoe', '1', 'Leeds')",
	    n);
	sql(s,
	    "INSERT INTO order_line (order_id, n, item_id, qty, price,"
	    " tax_rate, tax, source_key, item_name) VALUES"
	    " (%d, 1, 1, 2, 1995, 2000, 665, 'A1', 'Crimson Fez')",
	    n);
	sql(s,
	    "INSERT INTO parcel (uid, order_id, n, generation, made_at,"
	    " changed_at, next_at, request) VALUES ('%032d', %d, 1,"
	    " 1, 1, 1, 1, x'')",
	    n);
}

/* The key of its parcel, as long as ours are. */
static const char *
key_of(int n)
{
	static char key[UID_SIZE];

	(void)snprintf(key, sizeof(key), "%032d", n);
	return key;
}

/* Servers differ in nothing here; two engines are asked in the short form. */
static bool
a_shop(struct shop *sh, const struct settings *s)
{
	if ((getenv("HATSHOP_LONG") == NULL &&
		strcmp(sales_name(s), "mysql") == 0) ||
	    !shop_open(sh, s))
		return false;
	van_new(maybe_die);
	sales_sql(s, "INSERT INTO customer (id, uid, made_at, seen_at)"
		     " VALUES (1, 'c1', 1, 1)");
	shop_hat(sh, "A1", "Crimson Fez");
	return true;
}

static void
no_shop(struct shop *sh)
{
	is_int(the_van->wrong, 0, "the courier was asked nothing wrong");
	van_free();
	shop_close(sh);
}

static const char *
asked(const struct settings *s, const char *query)
{
	static char text[1000];

	return sales_text(s, query, text, sizeof(text));
}

static const char *
of_order(const struct settings *s, const char *fmt, int n)
{
	char text[500];

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
	(void)snprintf(text, sizeof(text), fmt, n);
#pragma GCC diagnostic pop
	return asked(s, text);
}

/* Its parcel, our state times 100 and the courier's; the letters, and the vans. */
static void
is_so(const struct settings *s, int n, const char *parcel, const char *sent,
    int vans, const char *what)
{

	is_str(of_order(s,
		   "SELECT CAST(100 * state + carrier AS CHAR) FROM parcel"
		   " WHERE order_id = %d",
		   n),
	    parcel, what);
	is_str(of_order(s,
		   "SELECT CAST(COUNT(*) AS CHAR) FROM letter"
		   " WHERE kind = 'dispatched' AND order_id = %d",
		   n),
	    sent, "R66: dispatch letters");
	is_int(van_booked(key_of(n)), vans, "R68: vans");
}

/*** Runners: lifecycle's step of parcels ***/

struct due {
	int64_t ids[100];
	size_t n;
};

static enum rc
note(void *ctx, const struct parcel *p, struct error *e)
{
	struct due *d = ctx;

	(void)e;
	if (d->n < 100)
		d->ids[d->n++] = p->order;
	return RC_OK;
}

static enum rc
listen(struct flow *f, int64_t *fresh, struct error *e)
{
	struct carrier_listened heard = { .more = true };
	enum rc rc = RC_OK;

	while (rc == RC_OK && heard.more) {
		rc = carrier_listen(f, &heard, e);
		*fresh += heard.fresh;
	}
	return rc;
}

/* All that is due now. */
static enum rc
rounds(struct flow *f, struct error *e)
{
	struct due d = { .n = 1 };
	int64_t fresh = 1;
	enum rc rc = RC_OK;

	for (int i = 0; i < 20 && rc == RC_OK && (d.n > 0 || fresh > 0); i++) {
		fresh = 0;
		d.n = 0;
		rc = listen(f, &fresh, e);
		if (rc == RC_OK)
			rc = parcel_due(f->db, van_now(), 100, note, &d, e);
		for (size_t k = 0; k < d.n && rc == RC_OK; k++)
			rc = order_parcels(f, d.ids[k], e);
	}
	return rc;
}

/* 0 when that went well. */
static int
runner(const struct settings *own)
{
	struct flow f = { .settings = own,
		.courier = &van,
		.letters = &letters,
		.holder = "runner",
		.now = van_now,
		.without_lease = true };
	struct error e = ERROR_NONE;
	enum rc rc = db_open(own, DB_WRITE, &f.db, &e);

	if (rc == RC_OK)
		rc = rounds(&f, &e);
	if (rc != RC_OK)
		fprintf(stderr, "# %s: %s\n", rc_name(rc), e.text);
	db_close(f.db);
	return rc == RC_OK ? 0 : 1;
}

static pid_t
start(const struct settings *own, unsigned seed, int at, int often)
{
	pid_t pid = fork();

	if (pid != 0)
		return pid;
	chance = (struct random){ seed * 7919 + 1 };
	van_chance = &chance;
	die_at = at;
	deaths = often;
	_exit(runner(own));
}

/* One that ends well, later by so many seconds. */
static void
run_after(const struct settings *own, int64_t seconds)
{
	the_van->now += seconds;
	is_int(runner(own), 0, "a run");
}

/*** A death at every place ***/

typedef void prepare_order(const struct settings *own, int n);

/* The same for each of many orders, one for each place of a run; how many
 * places there are. */
static int
each_place(const struct settings *own, prepare_order *prepare, const char *now,
    const char *sent, int vans)
{
	char what[80];
	int n = 0, status;

	do {
		an_order(own, ++n);
		prepare(own, n);
		(void)waitpid(start(own, 1, n, 0), &status, 0);
		run_after(own, 400);
		run_after(own, 61);
		(void)snprintf(what, sizeof(what), "a death at place %d", n);
		is_so(own, n, now, sent, vans, what);
	} while (WIFSIGNALED(status) && n < 60);
	ok(!WIFSIGNALED(status) && WEXITSTATUS(status) == 0,
	    "the last one lived");
	return n - 1;
}

static void
as_it_is(const struct settings *own, int n)
{
	(void)own;
	(void)n;
}

static void
a_death_at_any_step_of_booking_R64_R68(const struct settings *s)
{
	struct settings own = warehouse(s);
	struct shop sh;
	int places;

	if (!a_shop(&sh, s))
		return;
	own.courier_silence_days = 300;
	places = each_place(&own, as_it_is, "201", "1", 1);
	/* made, tried, sent, settled, written of, heard */
	ok(places >= 12, "a booking has %d places", places);
	no_shop(&sh);
}

static void
wanted_no_more(const struct settings *own, int n)
{
	run_after(own, 60);
	sql(own, "UPDATE orders SET ending = 'as wished' WHERE id = %d", n);
	sql(own, "UPDATE parcel SET next_at = 1 WHERE order_id = %d", n);
}

static void
a_death_at_any_step_of_cancelling_R75(const struct settings *s)
{
	struct settings own = warehouse(s);
	struct shop sh;
	int places;

	if (!a_shop(&sh, s))
		return;
	own.courier_silence_days = 300;
	places = each_place(&own, wanted_no_more, "513", "1", 0);
	ok(places >= 6, "a cancelling has %d places", places);
	is_str(asked(s, "SELECT CAST(COUNT(*) - COUNT(DISTINCT order_id) AS"
			" CHAR) FROM journal WHERE kind = 'parcel cancelled'"),
	    "0", "R75: told once, each");
	no_shop(&sh);
}

static void
delivered(const struct settings *own, int n)
{

	run_after(own, 60);
	van_move(key_of(n), COURIER_COLLECTED);
	van_move(key_of(n), COURIER_IN_TRANSIT);
	van_move(key_of(n), COURIER_OUT_FOR_DELIVERY);
	van_move(key_of(n), COURIER_DELIVERED);
	the_van->now += 60;
}

static void
a_death_at_any_step_of_listening_R67_R72(const struct settings *s)
{
	struct settings own = warehouse(s);
	struct shop sh;
	int places;

	if (!a_shop(&sh, s))
		return;
	own.courier_silence_days = 300;
	places = each_place(&own, delivered, "405", "1", 1);
	ok(places >= 5, "listening has %d places", places);
	is_str(asked(s, "SELECT CAST(MIN(n) AS CHAR) FROM (SELECT COUNT(*) AS n"
			" FROM parcel_event GROUP BY parcel_id) AS each_of"),
	    "5", "R67: all events of each");
	no_shop(&sh);
}

/*** At once ***/

/* Four as long as there is something, killed at any place and replaced. */
static int
wave(const struct settings *own, int often, unsigned *seed)
{
	int status, killed = 0;
	bool fine = true;

	for (int i = 0; i < RUNNERS; i++)
		(void)start(own, ++*seed, 0, often);
	for (int left = RUNNERS; left > 0; left--) {
		if (waitpid(-1, &status, 0) < 0)
			break;
		killed += WIFSIGNALED(status);
		fine &= WIFSIGNALED(status) || WEXITSTATUS(status) == 0;
	}
	ok(fine, "each ends well or is killed");
	the_van->now += 301;
	return killed;
}

/* Waves with answers lost and deaths, and a last one without. */
static int
waves(const struct settings *own)
{
	static unsigned seed;
	int killed = 0;

	the_van->lost = 15;
	for (int i = 0; i < 8; i++)
		killed += wave(own, i < 6 ? 40 : 0, &seed);
	the_van->lost = 0;
	return killed + wave(own, 0, &seed);
}

/* A fifth is called off, a third leaves, some of them both. */
static void
some_leave_some_end(const struct settings *s, int n)
{
	for (int i = 3; i <= n; i += 3)
		van_move(key_of(i), COURIER_COLLECTED);
	sales_sql(s, "UPDATE orders SET ending = 'x' WHERE id % 5 = 0");
	sales_sql(s, "UPDATE parcel SET next_at = 1");
}

static void
four_at_once_book_each_once_R68_R75(const struct settings *s)
{
	struct settings own = warehouse(s);
	int n = getenv("HATSHOP_LONG") != NULL ? 200 : 30, killed;
	struct shop sh;

	if (!a_shop(&sh, s))
		return;
	for (int i = 1; i <= n; i++)
		an_order(s, i);
	killed = waves(&own);
	run_after(&own, 61); /* whoever died before a letter */
	ok(killed > 0, "some were killed");
	printf("# %d orders, %d killed\n", n, killed);
	for (int i = 1; i <= n; i++)
		is_so(s, i, "201", "1", 1, "R68: booked");
	some_leave_some_end(s, n);
	(void)waves(&own);
	run_after(&own, 61);
	for (int i = 1; i <= n; i++)
		if (i % 3 == 0)
			is_so(s, i, "402", "1", 1, "R75: has left");
		else if (i % 5 == 0)
			is_so(s, i, "513", "1", 0, "R75: called off");
		else
			is_so(s, i, "201", "1", 1, "R68: booked");
	is_str(asked(s, "SELECT CAST(COUNT(*) AS CHAR) FROM orders WHERE"
			" ending <> '' AND id % 3 = 0"),
	    "0", "R75: what has left goes on");
	no_shop(&sh);
}

/*** Who is called ***/

static void
has(const char *text, const char *part, const char *what)
{
	if (!ok(strstr(text, part) != NULL, "%s", what))
		printf("# it is \"%s\"\n", text);
}

#define ATTENTION "SELECT attention FROM orders WHERE id = 1"

static void
silence_of_days_calls_a_person_R76(const struct settings *s)
{
	struct settings own = warehouse(s);
	struct shop sh;

	if (!a_shop(&sh, s))
		return;
	an_order(s, 1);
	run_after(&own, 0);
	run_after(&own, 61);
	run_after(&own, 4 * DAY);
	is_str(asked(s, ATTENTION), "", "four days are none");
	run_after(&own, 3 * DAY);
	is_str(asked(s, ATTENTION),
	    "the courier has said nothing of parcel 1 (FD1) for 5 days",
	    "R76: five are");
	sales_sql(s, "UPDATE orders SET attention = ''");
	run_after(&own, 3 * DAY);
	is_str(asked(s, ATTENTION), "", "R76: a person is called once");
	van_move(key_of(1), COURIER_COLLECTED);
	run_after(&own, DAY);
	run_after(&own, 6 * DAY);
	has(asked(s, ATTENTION), "said nothing of parcel 1",
	    "R76: and once more after another silence");
	van_move(key_of(1), COURIER_DELIVERED);
	run_after(&own, DAY);
	is_str(asked(s, ATTENTION), "", "taken back by better news");
	run_after(&own, 30 * DAY);
	is_str(asked(s, ATTENTION), "", "what is delivered may be silent");
	is_so(s, 1, "405", "1", 1, "it is delivered");
	no_shop(&sh);
}

static void
no_answer_for_an_hour_calls_a_person_R76(const struct settings *s)
{
	struct settings own = warehouse(s);
	struct shop sh;

	if (!a_shop(&sh, s))
		return;
	an_order(s, 1);
	the_van->down = VAN_DEAF; /* it books, and its answers are lost */
	for (int i = 0; i < 11; i++)
		run_after(&own, 300);
	is_str(asked(s, ATTENTION), "", "R76: not before");
	for (int i = 0; i < 3; i++)
		run_after(&own, 300);
	has(asked(s, ATTENTION), "gives no answer to the booking of parcel 1",
	    "R76: after an hour");
	is_so(s, 1, "100", "0", 1, "R68: nothing is concluded");
	the_van->down = VAN_UP;
	run_after(&own, 301);
	run_after(&own, 301);
	is_so(s, 1, "201", "1", 1, "R68: booked, once");
	is_str(asked(s, ATTENTION), "", "and nobody is called any more");
	no_shop(&sh);
}

static void
an_hour_without_the_courier_loses_nothing_R68_R71(const struct settings *s)
{
	struct settings own = warehouse(s);
	struct shop sh;

	if (!a_shop(&sh, s))
		return;
	an_order(s, 2);
	an_order(s, 3);
	run_after(&own, 0);
	run_after(&own, 60);
	the_van->down = VAN_DOWN;
	an_order(s, 1);
	sales_sql(s, "UPDATE orders SET ending = 'x' WHERE id = 2");
	sales_sql(s, "UPDATE parcel SET next_at = 1 WHERE order_id = 2");
	van_move(key_of(3), COURIER_COLLECTED);
	van_move(key_of(3), COURIER_DELIVERED);
	for (int i = 0; i < 12; i++)
		run_after(&own, 300);
	is_so(s, 1, "100", "0", 0, "R68: still wanted");
	is_so(s, 2, "201", "1", 1, "R75: still booked");
	is_so(s, 3, "201", "1", 1, "R67: nothing heard");
	the_van->down = VAN_UP;
	run_after(&own, 601);
	run_after(&own, 61);
	is_so(s, 1, "201", "1", 1, "R68: booked, once");
	is_so(s, 2, "513", "1", 0, "R75: called off");
	is_so(s, 3, "405", "1", 1, "R67: delivered");
	is_str(asked(s, "SELECT CAST(COUNT(*) AS CHAR) FROM parcel_event"), "6",
	    "each event once");
	no_shop(&sh);
}

static enum rc
say_ready(struct db *db, void *ctx, struct error *e)
{
	enum desk_said said;

	return desk_ready(db, *(int64_t *)ctx, "staff", van_now(), &said, e);
}

static void
booked_on_the_managers_word_if_so_configured_R64(const struct settings *s)
{
	struct settings own = warehouse(s);
	struct error e = ERROR_NONE;
	int64_t order = 1;
	struct shop sh;

	if (!a_shop(&sh, s))
		return;
	own.courier_book = BOOK_READY;
	an_order(s, 1);
	for (int i = 0; i < 5; i++)
		run_after(&own, DAY);
	is_so(s, 1, "100", "0", 0, "R64: nobody is sent for it");
	is_str(asked(s, "SELECT CAST(asked_at AS CHAR) FROM parcel"), "0",
	    "nor asked");
	is_int(db_unit(sh.db, say_ready, &order, &e), RC_OK, e.text);
	run_after(&own, 0);
	run_after(&own, 61);
	is_so(s, 1, "301", "1", 1, "R64: ready, and booked");
	no_shop(&sh);
}

static void
one_called_off_beside_one_that_left_calls_a_person_R74(const struct settings *s)
{
	struct settings own = warehouse(s);
	struct shop sh;

	if (!a_shop(&sh, s))
		return;
	an_order(s, 1);
	sales_sql(s,
	    "INSERT INTO parcel (uid, order_id, n, generation, made_at,"
	    " changed_at, next_at, request) VALUES "
	    "('00000000000000000000000000000002', 1, 2, 1,"
	    " 1, 1, 1, x'')");
	run_after(&own, 0);
	van_move(key_of(1), COURIER_COLLECTED);
	run_after(&own, 61);
	is_str(asked(s, ATTENTION), "", "nobody is called");
	sales_sql(
	    s, "UPDATE parcel SET stop = 'torn', next_at = 1 WHERE n = 2");
	run_after(&own, 0);
	has(asked(s, ATTENTION), "parcel 2 was called off, another has left",
	    "R74: a person sees to what was in it");
	run_after(&own, 61);
	has(asked(s, ATTENTION), "parcel 2 was called off",
	    "also when the courier says so too");
	is_str(
	    asked(s,
		"SELECT CAST(100 * state + carrier AS CHAR) FROM parcel ORDER"
		" BY n"),
	    "402\n513", "R74: the other goes on");
	no_shop(&sh);
}

struct again {
	int64_t order, count, made;
};

static enum rc
want_again(struct db *db, void *ctx, struct error *e)
{
	struct again *a = ctx;

	return parcel_want_many(db, a->order, a->count, van_now(), &a->made, e);
}

static void
called_off_before_the_other_leaves_calls_a_person_then_R74(
    const struct settings *s)
{
	struct settings own = warehouse(s);
	struct error e = ERROR_NONE;
	struct again a = { 1, 2, 0 };
	struct shop sh;

	if (!a_shop(&sh, s))
		return;
	an_order(s, 1);
	sales_sql(s,
	    "INSERT INTO parcel (uid, order_id, n, generation, made_at,"
	    " changed_at, next_at, request) VALUES "
	    "('00000000000000000000000000000002', 1, 2, 1,"
	    " 1, 1, 1, x'')");
	run_after(&own, 0);
	sales_sql(
	    s, "UPDATE parcel SET stop = 'torn', next_at = 1 WHERE n = 2");
	run_after(&own, 61);
	is_str(asked(s, ATTENTION), "", "nobody is called: none has left");
	van_move(key_of(1), COURIER_COLLECTED);
	run_after(&own, 61);
	has(asked(s, ATTENTION), "parcel 2 was called off, another has left",
	    "R74: a person is called when one leaves");
	is_int(db_unit(sh.db, want_again, &a, &e), RC_OK, e.text);
	is_int(a.made, 1, "it is booked again");
	is_str(asked(s, ATTENTION), "", "and nobody is called any more");
	no_shop(&sh);
}

static void
an_order_that_goes_on_without_a_parcel_calls_a_person_R75(
    const struct settings *s)
{
	struct settings own = warehouse(s);
	struct shop sh;

	if (!a_shop(&sh, s))
		return;
	an_order(s, 1);
	sales_sql(s,
	    "INSERT INTO parcel (uid, order_id, n, generation, made_at,"
	    " changed_at, next_at, request) VALUES "
	    "('00000000000000000000000000000002', 1, 2, 1,"
	    " 1, 1, 1, x'')");
	run_after(&own, 0);
	van_move(key_of(1), COURIER_COLLECTED); /* we have not heard yet */
	sales_sql(s, "UPDATE orders SET ending = 'as wished'");
	sales_sql(s, "UPDATE parcel SET next_at = 1");
	sales_sql(s, "UPDATE courier SET next_at = 9999999999");
	run_after(&own, 61);
	is_str(asked(s, "SELECT ending FROM orders"), "", "R75: it goes on");
	has(asked(s, ATTENTION), "parcel 2 was called off, another has left",
	    "with a parcel less, and a person is called");
	no_shop(&sh);
}

/*** An event that cannot be applied ***/

/* The second of a kind of one parcel is refused. */
static void
plant(const struct settings *s)
{
	sales_sql(s,
	    "CREATE UNIQUE INDEX planted ON parcel_event (parcel_id, carrier)");
}

static void
unplant(const struct settings *s)
{
	sales_sql(s, s->db_engine == ENGINE_SQLITE
			 ? "DROP INDEX planted"
			 : "DROP INDEX planted ON parcel_event");
}

static enum rc
asked_again(const struct settings *own, int64_t event, int64_t *order)
{
	struct flow f = { .settings = own, .courier = &van, .now = van_now };
	struct error e = ERROR_NONE;
	enum rc rc = db_open(own, DB_WRITE, &f.db, &e);

	if (rc == RC_OK)
		rc = carrier_ask(&f, "FD1", event, order, &e);
	db_close(f.db);
	return rc;
}

static void
one_that_cannot_be_applied_is_set_aside_R71(const struct settings *s)
{
	struct settings own = warehouse(s);
	int64_t order = 0;
	struct shop sh;

	if (!a_shop(&sh, s))
		return;
	for (int n = 1; n <= 3; n++)
		an_order(s, n);
	run_after(&own, 0);
	van_move(key_of(2), COURIER_COLLECTED);
	van_move(key_of(1), COURIER_COLLECTED);
	van_move(key_of(1), COURIER_COLLECTED); /* the sixth: refused */
	van_move(key_of(3), COURIER_COLLECTED);
	plant(s);
	run_after(&own, 61);
	for (int n = 1; n <= 3; n++)
		is_so(s, n, "402", "1", 1, "all others are applied");
	has(asked(s, "SELECT heard_to FROM courier"), "7",
	    "the cursor goes on");
	is_str(asked(s, "SELECT event FROM inbox WHERE state = 3"), "aside 6",
	    "a person has it");
	has(asked(s, ATTENTION), "event 6 of the courier (COLLECTED)",
	    "and is called");
	van_move(key_of(1), COURIER_DELIVERED);
	run_after(&own, 61);
	is_so(s, 1, "405", "1", 1, "later ones are heard");
	sales_sql(s, "UPDATE courier SET heard_to = '', next_at = 0");
	run_after(&own, 61);
	is_str(asked(s, "SELECT CAST(COUNT(*) AS CHAR) FROM inbox"), "1",
	    "heard anew, it is set aside once");
	is_int(
	    asked_again(&own, 6, &order), RC_INVALID, "asked again: refused");
	unplant(s);
	is_int(asked_again(&own, 6, &order), RC_OK, "mended, it is applied");
	is_int(order, 1, "to its order");
	is_str(asked(s, ATTENTION), "", "and nobody is called any more");
	is_str(asked(s, "SELECT CAST(COUNT(*) AS CHAR) FROM parcel_event"), "8",
	    "each is kept once");
	is_int(asked_again(&own, 77, &order), RC_INVALID, "not one unknown");
	no_shop(&sh);
}

static void
what_fails_for_all_is_tried_again(const struct settings *s)
{
	struct settings own = warehouse(s);
	struct shop sh;

	if (!a_shop(&sh, s))
		return;
	an_order(s, 1);
	run_after(&own, 0);
	run_after(&own, 61);
	van_move(key_of(1), COURIER_COLLECTED);
	sales_sql(s, "ALTER TABLE parcel_event RENAME TO elsewhere");
	the_van->now += 61;
	printf("# a database that is not whole:\n");
	is_int(runner(&own), 1, "the whole is an error");
	is_str(
	    asked(s, "SELECT heard_to FROM courier"), "1", "no cursor moves");
	is_str(asked(s, "SELECT CAST(COUNT(*) AS CHAR) FROM inbox"), "0",
	    "nothing is set aside");
	sales_sql(s, "ALTER TABLE elsewhere RENAME TO parcel_event");
	run_after(&own, 0);
	is_so(s, 1, "402", "1", 1, "then it is applied");
	no_shop(&sh);
}

int
main(void)
{
	RUN_EACH(a_death_at_any_step_of_booking_R64_R68);
	RUN_EACH(a_death_at_any_step_of_cancelling_R75);
	RUN_EACH(a_death_at_any_step_of_listening_R67_R72);
	RUN_EACH(four_at_once_book_each_once_R68_R75);
	RUN_EACH(silence_of_days_calls_a_person_R76);
	RUN_EACH(no_answer_for_an_hour_calls_a_person_R76);
	RUN_EACH(an_hour_without_the_courier_loses_nothing_R68_R71);
	RUN_EACH(booked_on_the_managers_word_if_so_configured_R64);
	RUN_EACH(one_called_off_beside_one_that_left_calls_a_person_R74);
	RUN_EACH(called_off_before_the_other_leaves_calls_a_person_then_R74);
	RUN_EACH(an_order_that_goes_on_without_a_parcel_calls_a_person_R75);
	RUN_EACH(one_that_cannot_be_applied_is_set_aside_R71);
	RUN_EACH(what_fails_for_all_is_tried_again);
	return tap_done();
}
