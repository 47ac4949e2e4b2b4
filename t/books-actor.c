/*
 * books-actor CONF SEED ROLE [N [VISITS]]: one process of t/books.t.
 *
 *	baskets N         make baskets, print their ids
 *	shopper N VISITS  customer N, whose basket is N's, buys or nearly does
 *	runner PASSES     does what is due, leases or not
 *	settle STEPS      does all that is left, moving the clock on
 *	desk ORDER        a person who was called to an order
 *
 * The clock is the machine's and the seconds in the file $BOOKS_CLOCK.  What is
 * sold has the ids that $BOOKS_ITEMS names, with a space between them.  What
 * shoppers ask to be given back is a line of the file $BOOKS_WISHES before.
 */
#include "config.h"

#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "flow/letters.h"
#include "flow/wiring.h"
#include "peer/exchange.h"
#include "shop/basket.h"
#include "shop/payment.h"
#include "t/books-bugs.h"
#include "t/books-chaos.h"
#include "t/books-pages.h"

#define DELIVERY 395
#define DUE 100
#define ITEMS 3

struct actor {
	struct settings settings;
	struct db *db;
	struct wiring *w;
	struct flow *flow;
	struct exchange_pool *pool;
};

static int64_t items[ITEMS];
static int clock_file = -1;

static int64_t
shift(void)
{
	char text[24];
	ssize_t n = pread(clock_file, text, sizeof(text), 0);
	int64_t seconds = 0;

	if (n > 0 &&
	    num_parse_n(text, (size_t)n, 0, INT32_MAX, &seconds) != RC_OK)
		seconds = 0;
	return seconds;
}

static int64_t
now(void)
{
	return clock_now() + shift();
}

static void
move_clock(int64_t seconds)
{
	char text[24];
	int n = snprintf(text, sizeof(text), "%010" PRId64, shift() + seconds);

	if (pwrite(clock_file, text, (size_t)n, 0) != n)
		_exit(9);
}

static int
fail(const char *what, enum rc rc, const struct error *e)
{
	fprintf(stderr, "books-actor %d: %s: %s: %s\n", (int)getpid(), what,
	    rc_name(rc), e->text);
	return 1;
}

/*** Orders ***/

static int
advance(struct actor *a, int64_t order)
{
	struct error e = ERROR_NONE;
	enum rc rc;

	if (chaos_plant("clock"))
		bug_clock(a->flow, order);
	rc = order_advance(a->flow, order, &e);
	if (chaos_plant("late"))
		bug_late(a->flow, order);
	if (rc == RC_OK || rc == RC_CONFLICT || rc == RC_UNCERTAIN ||
	    rc == RC_DB)
		return 0;
	return fail("advance", rc, &e);
}

struct due {
	int64_t orders[DUE];
	size_t n;
};

static enum rc
note_due(void *ctx, const struct order_row *row, struct error *e)
{
	struct due *d = ctx;

	(void)e;
	if (d->n < DUE)
		d->orders[d->n++] = row->id;
	return RC_OK;
}

/* How many were due, or -1. */
static int
run_due(struct actor *a)
{
	struct error e = ERROR_NONE;
	struct due d = { .n = 0 };
	int bad = 0;

	if (order_due(a->db, now(), DUE, note_due, &d, &e) != RC_OK)
		return 1; /* the database is away: again */
	for (size_t i = 0; i < d.n && bad == 0; i++)
		bad = advance(a, d.orders[i]);
	return bad == 0 ? (int)d.n : -1;
}

static int
runner(struct actor *a, int64_t passes)
{
	a->flow->without_lease = chaos_chance(80);
	a->flow->letters = &flow_letters;
	for (int64_t i = 0; i < passes; i++) {
		if (run_due(a) < 0)
			return 1;
		usleep((useconds_t)random_below(&chaos_random, 150000));
	}
	return 0;
}

/* Until the clock is past every hold and every page, and nothing is due. */
static int
settle(struct actor *a, int64_t steps)
{
	int due, rounds = 0;

	chaos_end();
	a->flow->without_lease = true;
	a->flow->letters = &flow_letters;
	for (int64_t step = 0; step < steps; step++) {
		move_clock(180);
		while ((due = run_due(a)) > 0 && ++rounds < 3000)
			move_clock(1);
		if (due < 0)
			return 1;
	}
	printf("%d\n", rounds);
	return 0;
}

struct clearing {
	int64_t order;
};

static enum rc
clear(struct db *db, void *ctx, struct error *e)
{
	const struct clearing *c = ctx;

	bool was;

	return order_seen(db, c->order, "staff books", "", &was, e);
}

/* What did not go back of an order that ends goes back by another refund. */
static int
desk(struct actor *a, int64_t order)
{
	struct clearing c = { order };
	struct error e = ERROR_NONE;
	char reference[40];
	struct order o;
	enum rc rc = order_load(a->db, order, &o, &e);

	(void)snprintf(
	    reference, sizeof(reference), "desk %" PRId64, a->flow->now());
	a->flow->without_lease = true;
	a->flow->letters = &flow_letters;
	if (rc == RC_OK)
		rc = db_unit(a->db, clear, &c, &e);
	if (rc == RC_OK && o.captured > o.refunded + o.lost &&
	    (o.state == ORDER_CANCELLED || o.ending[0] != '\0'))
		rc = order_refund(a->flow, order, reference,
		    o.captured - o.refunded - o.lost, "staff bob", &e);
	order_release(&o);
	return rc == RC_OK ? advance(a, order) : fail("desk", rc, &e);
}

/*** A visit ***/

static char country[] = "GB", who[] = "A", town[] = "Leeds", empty[] = "";
static const struct address home = { .country = country,
	.name = who,
	.line1 = who,
	.line2 = empty,
	.town = town,
	.region = empty,
	.postcode = empty,
	.phone = empty };

struct visit {
	struct actor *a;
	int64_t customer, basket, order, total;
	const char *way; /* the gateway that was chosen */
	char checkout[UID_SIZE];
};

static enum rc
ignore_line(void *ctx, const struct basket_line *l, struct error *e)
{
	(void)ctx;
	(void)l;
	(void)e;
	return RC_OK;
}

/* What is in the basket is what the review shows. */
static void
fill_basket(struct visit *v)
{
	struct error e = ERROR_NONE;
	enum basket_outcome outcome;
	int64_t left;

	for (size_t i = 0; i < ITEMS; i++)
		if (chaos_chance(60))
			(void)!basket_set(v->a->db, v->basket, items[i],
			    (int64_t)random_below(&chaos_random, 3), &outcome,
			    &left, &e);
}

/* The form of the review, sent once; false when there is no order. */
static bool
place(struct visit *v, enum order_outcome *outcome)
{
	struct order_placed out = { .outcome = ORDER_EMPTY };
	struct error e = ERROR_NONE;
	struct basket_sum sum;
	struct order_wish w;

	*outcome = ORDER_EMPTY;
	if (basket_lines(v->a->db, v->basket, ignore_line, NULL, &sum, &e) !=
	    RC_OK)
		return false;
	w = (struct order_wish){ v->checkout, v->customer, v->basket, "GBP",
		2000, DELIVERY, "standard", "terms", sum.total + DELIVERY,
		&home, "a@example.com",
		v->a->settings.checkout_hold_minutes * 60 };
	if (order_place(v->a->db, &w, now(), &out, &e) != RC_OK)
		return false;
	*outcome = out.outcome;
	v->order = out.order;
	v->total = sum.total + DELIVERY;
	return out.outcome == ORDER_PLACED || out.outcome == ORDER_OTHER;
}

/* Nobody pays on a page that was never shown. */
static void
pay_on_page(struct visit *v, bool declined_first)
{
	struct error e = ERROR_NONE;
	struct payment p;

	if (payment_live(v->a->db, v->order, &p, &e) == RC_OK &&
	    p.page[0] != '\0')
		pages_pay(v->a->pool, p.page, declined_first);
}

static void
give_up(struct visit *v)
{
	struct error e = ERROR_NONE;

	(void)!order_give_up(v->a->flow, v->order, "changed mind", &e);
}

static int
begin_payment(struct visit *v)
{
	struct error e = ERROR_NONE;

	if (order_pay(v->a->flow, v->order, v->way, &e) != RC_OK)
		return 0;
	return advance(v->a, v->order);
}

static int
come_back(struct visit *v)
{
	int bad = advance(v->a, v->order);

	/* and reloads the page */
	return bad == 0 && chaos_chance(20) ? advance(v->a, v->order) : bad;
}

static void
choose_way(struct visit *v)
{
	const struct flow *f = v->a->flow;

	v->way = f->gateways[random_below(&chaos_random, f->ngateways)]->name;
}

/* One page in each of two tabs; paid at any moment, in one or in both. */
static int
two_tabs(struct visit *v)
{
	size_t when = random_below(&chaos_random, 5);
	struct error e = ERROR_NONE;
	struct payment first;
	int bad = 0;

	if (payment_live(v->a->db, v->order, &first, &e) != RC_OK ||
	    first.page[0] == '\0')
		return 0;
	for (size_t step = 0; step < 4 && bad == 0; step++) {
		if (step == when)
			pages_pay(v->a->pool, first.page, false);
		if (step == 0)
			v->way = strcmp(first.gateway, "stripe") == 0
				     ? "paypal"
				     : "stripe";
		/* the second makes the page, when the first has ended */
		if (step < 3)
			bad = begin_payment(v);
	}
	if (chaos_chance(80))
		pay_on_page(v, false);
	return bad;
}

/*** What was paid ***/

static void
wish_for(struct visit *v, const char *reference, int64_t amount)
{
	struct error e = ERROR_NONE;

	(void)!order_refund(
	    v->a->flow, v->order, reference, amount, "staff ann", &e);
}

/* A part of it or all, asked for once or twice. */
static void
wish(struct visit *v)
{
	const int64_t amounts[] = { 100, 250, v->total };
	bool anew = chaos_plant("again");
	int64_t amount = amounts[random_below(&chaos_random, anew ? 2 : 3)];
	const char *path = getenv("BOOKS_WISHES");
	FILE *f = path == NULL ? NULL : fopen(path, "a");
	bool again = chaos_chance(50) || anew;

	if (f == NULL)
		return;
	fprintf(f, "%" PRId64 " %" PRId64 "\n", v->order, amount);
	if (fclose(f) != 0)
		return;
	wish_for(v, "scratched", amount);
	/* the bug: what is not known to be done is asked for anew */
	if (again)
		wish_for(v, anew ? "scratched 2" : "scratched", amount);
	if (chaos_chance(20)) /* refused: that one is another sum */
		wish_for(v, "scratched", amount + 1);
}

static enum rc
cancel_by_page(struct db *db, void *ctx, struct error *e)
{
	const struct visit *v = ctx;
	enum order_may_end may;
	struct order o;
	enum rc rc = order_load(db, v->order, &o, e);

	if (rc == RC_OK)
		rc = order_cancel_wished(
		    db, &o, chaos_chance(50), v->a->flow->now(), &may, e);
	order_release(&o);
	return rc;
}

/* By the customer's page, or by the shop; RC_INVALID and the like: as it is. */
static void
cancel(struct visit *v)
{
	struct error e = ERROR_NONE;

	if (chaos_chance(50))
		(void)!db_unit(v->a->db, cancel_by_page, v, &e);
	else
		(void)!order_cancel(
		    v->a->flow, v->order, "does not fit", "customer", &e);
}

/* What was paid is cancelled, or a part of it goes back. */
static int
regret(struct visit *v)
{
	bool early = chaos_chance(50);
	int bad = 0;

	if (chaos_chance(60) || chaos_regrets == 100)
		wish(v);
	if (early)
		bad = advance(v->a, v->order);
	/* what a person has booked out, a person must put back */
	if ((chaos_chance(60) || chaos_plant("early")) &&
	    v->a->settings.stock_access == ACCESS_WRITE)
		cancel(v);
	return bad == 0 ? advance(v->a, v->order) : bad;
}

/*** All of a visit ***/

/* The same form again is the same order. */
static int
submit_twice(struct visit *v)
{
	enum order_outcome outcome;
	int64_t order = v->order;

	if (!place(v, &outcome) || outcome == ORDER_OTHER ||
	    v->order == order) {
		v->order = order;
		return 0;
	}
	fprintf(stderr,
	    "books-actor: checkout %s became orders %" PRId64 " and %" PRId64
	    "\n",
	    v->checkout, order, v->order);
	return 1;
}

static size_t
some_mood(void)
{
	/* whoever always regrets has paid */
	size_t least = chaos_regrets == 100 ? 10 : 0;

	return least + random_below(&chaos_random, 20 - least);
}

static int
at_the_gateway(struct visit *v)
{
	size_t mood = some_mood();
	int bad = 0;

	if (mood == 0) /* never paid */
		return 0;
	if (mood == 1) { /* the way back without paying, then once more */
		bad = come_back(v);
		choose_way(v);
		return bad != 0 ? bad : begin_payment(v);
	}
	if (mood >= 16 && v->a->flow->ngateways > 1)
		bad = two_tabs(v);
	if (bad != 0)
		return bad;
	if (mood < 4)
		give_up(v);
	if (mood == 3) /* and not in the other tab */
		bad = advance(v->a, v->order);
	if (mood != 2 && mood < 16)
		pay_on_page(v, mood == 5);
	if (mood == 6)
		give_up(v);
	if (mood >= 10) /* half leave it to others */
		bad = come_back(v);
	return bad == 0 && chaos_chance(chaos_regrets) ? regret(v) : bad;
}

static int
visit(struct visit *v)
{
	struct error e = ERROR_NONE;
	enum order_outcome outcome;
	struct payment p;
	int bad = 0;

	if (uid_random(v->checkout, &e) != RC_OK)
		return 1;
	fill_basket(v);
	if (!place(v, &outcome))
		return 0;
	if (outcome == ORDER_PLACED && chaos_chance(15))
		bad = submit_twice(v);
	/* a new checkout ends the old one */
	if (outcome == ORDER_OTHER && chaos_chance(50))
		give_up(v);
	choose_way(v);
	if (bad == 0)
		bad = begin_payment(v);
	if (chaos_chance(30))
		choose_way(v);
	/* what failed is tried again, and some click twice */
	if (bad == 0 && (chaos_chance(20) ||
			    payment_live(v->a->db, v->order, &p, &e) != RC_OK))
		bad = begin_payment(v);
	return bad == 0 ? at_the_gateway(v) : bad;
}

static int
shopper(struct actor *a, int64_t customer, int64_t visits)
{
	struct visit v = { .a = a, .customer = customer, .basket = customer };
	int bad = 0;

	a->flow->without_lease = chaos_chance(70);
	for (int64_t i = 0; i < visits && bad == 0; i++)
		bad = visit(&v);
	return bad;
}

/*** All of it ***/

static bool
read_items(void)
{
	const char *names = getenv("BOOKS_ITEMS");
	char text[80], *at = text, *name;
	size_t n = 0;

	if (names == NULL)
		return true;
	(void)snprintf(text, sizeof(text), "%s", names);
	while (n < ITEMS && (name = strsep(&at, " ")) != NULL)
		if (num_parse(name, 1, INT64_MAX, &items[n++]) != RC_OK)
			return false;
	return n == ITEMS;
}

static int
baskets(struct actor *a, int64_t n)
{
	struct error e = ERROR_NONE;
	char token[TOKEN_SIZE];
	int64_t id;

	for (; n > 0; n--) {
		if (basket_new(a->db, token, &id, &e) != RC_OK)
			return fail("basket", e.rc, &e);
		printf("%" PRId64 "\n", id);
	}
	return 0;
}

static int
act(struct actor *a, const char *role, int64_t n, int64_t visits)
{
	if (strcmp(role, "baskets") == 0)
		return baskets(a, n);
	if (strcmp(role, "shopper") == 0)
		return shopper(a, n, visits);
	if (strcmp(role, "runner") == 0)
		return runner(a, n);
	if (strcmp(role, "settle") == 0)
		return settle(a, n);
	if (strcmp(role, "desk") == 0)
		return desk(a, n);
	fprintf(stderr, "books-actor: no role \"%s\"\n", role);
	return 2;
}

static enum rc
begin(struct actor *a, const char *conf, struct error *e)
{
	enum rc rc = settings_load(&a->settings, conf, e);

	if (rc == RC_OK)
		rc = db_open(&a->settings, DB_WRITE, &a->db, e);
	if (rc == RC_OK)
		rc = exchange_pool_new(&a->pool, e);
	if (rc == RC_OK)
		rc = wiring_open(&a->settings, a->db, &a->w, e);
	if (rc != RC_OK)
		return rc;
	a->flow = wiring_flow(a->w);
	a->flow->now = now;
	if (chaos_plant("key"))
		bug_key(a->flow);
	return RC_OK;
}

int
main(int argc, char **argv)
{
	struct error e = ERROR_NONE;
	const char *path = getenv("BOOKS_CLOCK");
	struct actor a = { .db = NULL };
	int64_t seed, n = 0, visits = 0;
	int status;

	if (argc < 4 || num_parse(argv[2], 0, INT64_MAX, &seed) != RC_OK ||
	    (argc > 4 && num_parse(argv[4], 0, INT32_MAX, &n) != RC_OK) ||
	    (argc > 5 && num_parse(argv[5], 0, 1000, &visits) != RC_OK) ||
	    !read_items()) {
		fputs("usage: see the source\n", stderr);
		return 2;
	}
	clock_file = path == NULL ? -1 : open(path, O_RDWR | O_CLOEXEC);
	chaos_begin((uint64_t)seed);
	if (begin(&a, argv[1], &e) != RC_OK) {
		/* the database may be away: nothing is done */
		fprintf(stderr, "books-actor: %s\n", e.text);
		return e.rc == RC_DB || e.rc == RC_CONFLICT ? 0 : 1;
	}
	status = act(&a, argv[3], n, visits);
	wiring_close(a.w);
	exchange_pool_free(a.pool);
	db_close(a.db);
	settings_release(&a.settings);
	return status;
}
