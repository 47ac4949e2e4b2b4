/*
 * books-actor CONF SEED ROLE [N [VISITS]]: one process of t/books.t.
 *
 *	baskets N         make baskets, print their ids
 *	shopper N VISITS  customer N, whose basket is N's, buys or nearly does
 *	runner PASSES     does what is due, leases or not
 *	settle            does all that is left, moving the clock on
 *
 * The clock is the machine's and the seconds in the file $BOOKS_CLOCK.
 */
#include "config.h"

#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "flow/letters.h"
#include "flow/wiring.h"
#include "peer/exchange.h"
#include "shop/basket.h"
#include "shop/hold.h"
#include "shop/payment.h"
#include "t/books-chaos.h"

#define DELIVERY 395
#define DUE 100

struct actor {
	struct settings settings;
	struct db *db;
	struct wiring *w;
	struct flow *flow;
	struct exchange_pool *pool;
	struct gateway gateway; /* with a bug, when one is planted */
	const struct gateway *gateways[1];
};

static int clock_file = -1;
static const struct gateway *real;

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

static bool
chance(size_t percent)
{
	return random_below(&chaos_random, 100) < percent;
}

/*** The gateway with a bug ***/

/* One key for all attempts of an order. */
static enum rc
send_by_order(const struct gateway *g, const char *path, const char *key,
    const void *request, size_t n, struct gateway_reply *reply, struct error *e)
{
	static const char name[] = "client_reference_id=";
	const char *at = n > 0 ? strstr(request, name) : NULL;
	char own[UID_SIZE];

	(void)g;
	if (at != NULL) {
		(void)snprintf(own, sizeof(own), "%s", at + strlen(name));
		key = own;
	}
	return real->send(real, path, key, request, n, reply, e);
}

static void
plant_key(struct actor *a)
{
	real = wiring_gateway(a->w, "stripe");
	a->gateway = *real;
	a->gateway.send = send_by_order;
	a->gateways[0] = &a->gateway;
	a->flow->gateways = a->gateways;
	a->flow->ngateways = 1;
}

/*** Orders ***/

static enum rc
release(struct db *db, void *ctx, struct error *e)
{
	const struct order *o = ctx;
	bool released;
	enum rc rc = RC_OK;

	for (size_t i = 0; i < o->n && rc == RC_OK; i++)
		rc = hold_release(
		    db, o->uid, o->lines[i].item, now(), &released, e);
	return rc;
}

/* The bug: a hold ends when its time is over. */
static void
release_by_clock(struct actor *a, int64_t order)
{
	struct order o = { 0 };
	struct error e = ERROR_NONE;

	if (order_load(a->db, order, &o, &e) == RC_OK && o.hold_until <= now())
		(void)!db_unit(a->db, release, &o, &e);
	order_release(&o);
}

static int
advance(struct actor *a, int64_t order)
{
	struct error e = ERROR_NONE;
	enum rc rc;

	if (chaos_plant("clock"))
		release_by_clock(a, order);
	rc = order_advance(a->flow, order, &e);
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
	a->flow->without_lease = chance(80);
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
settle(struct actor *a)
{
	int due, rounds = 0;

	chaos_end();
	a->flow->without_lease = true;
	a->flow->letters = &flow_letters;
	for (int step = 0; step < 45; step++) {
		move_clock(180);
		while ((due = run_due(a)) > 0 && ++rounds < 3000)
			move_clock(1);
		if (due < 0)
			return 1;
	}
	printf("%d\n", rounds);
	return 0;
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
	int64_t customer, basket, order;
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

	for (int64_t item = 1; item <= 3; item++)
		if (chance(60))
			(void)!basket_set(v->a->db, v->basket, item,
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
	return out.outcome == ORDER_PLACED || out.outcome == ORDER_OTHER;
}

/* The page with its form: what the customer sends there. */
static void
send_card(struct actor *a, const char *page, const char *card)
{
	char body[60];
	struct exchange x;

	exchange_init(&x, "POST", EXCHANGE_SITE, 65536);
	buf_puts(&x.url, page);
	exchange_header(
	    &x, "Content-Type", "application/x-www-form-urlencoded");
	(void)snprintf(body, sizeof(body), "card=%s", card);
	x.body = body;
	x.nbody = strlen(body);
	exchange_run(a->pool, &x, 1, 1);
	exchange_release(&x);
}

/* Nobody pays on a page that was never shown. */
static void
pay_on_page(struct visit *v, bool declined_first)
{
	struct error e = ERROR_NONE;
	struct payment p;

	if (payment_live(v->a->db, v->order, &p, &e) != RC_OK ||
	    p.page[0] == '\0')
		return;
	if (declined_first)
		send_card(v->a, p.page, "4000000000000002");
	send_card(v->a, p.page, "4242424242424242");
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

	if (order_pay(v->a->flow, v->order, "stripe", &e) != RC_OK)
		return 0;
	return advance(v->a, v->order);
}

static int
come_back(struct visit *v)
{
	int bad = advance(v->a, v->order);

	/* and reloads the page */
	return bad == 0 && chance(20) ? advance(v->a, v->order) : bad;
}

/* What was paid is cancelled, or a part of it goes back. */
static int
regret(struct visit *v)
{
	struct error e = ERROR_NONE;

	if (chance(30))
		(void)!order_refund(
		    v->a->flow, v->order, "scratched", 100, "staff ann", &e);
	error_clear(&e);
	/* what a person has booked out, a person must put back */
	if (chance(70) && v->a->settings.stock_access == ACCESS_WRITE)
		(void)!order_cancel(
		    v->a->flow, v->order, "does not fit", "customer", &e);
	return advance(v->a, v->order);
}

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

static int
at_the_gateway(struct visit *v)
{
	size_t mood = random_below(&chaos_random, 20);
	int bad = 0;

	if (mood == 0) /* never paid */
		return 0;
	if (mood == 1) { /* the way back without paying, then once more */
		bad = come_back(v);
		return bad != 0 ? bad : begin_payment(v);
	}
	if (mood < 4)
		give_up(v);
	if (mood == 3) /* and not in the other tab */
		bad = advance(v->a, v->order);
	if (mood != 2)
		pay_on_page(v, mood == 5);
	if (mood == 6)
		give_up(v);
	if (mood >= 10) /* half leave it to others */
		bad = come_back(v);
	return bad == 0 && chance(15) ? regret(v) : bad;
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
	if (outcome == ORDER_PLACED && chance(15))
		bad = submit_twice(v);
	/* a new checkout ends the old one */
	if (outcome == ORDER_OTHER && chance(50))
		give_up(v);
	if (bad == 0)
		bad = begin_payment(v);
	/* what failed is tried again, and some click twice */
	if (bad == 0 &&
	    (chance(10) || payment_live(v->a->db, v->order, &p, &e) != RC_OK))
		bad = begin_payment(v);
	return bad == 0 ? at_the_gateway(v) : bad;
}

static int
shopper(struct actor *a, int64_t customer, int64_t visits)
{
	struct visit v = { .a = a, .customer = customer, .basket = customer };
	int bad = 0;

	a->flow->without_lease = chance(70);
	for (int64_t i = 0; i < visits && bad == 0; i++)
		bad = visit(&v);
	return bad;
}

/*** All of it ***/

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
		return settle(a);
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
		plant_key(a);
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
	    (argc > 4 && num_parse(argv[4], 0, 1000, &n) != RC_OK) ||
	    (argc > 5 && num_parse(argv[5], 0, 1000, &visits) != RC_OK)) {
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
