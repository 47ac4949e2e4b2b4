/*
 * The books balance: shoppers, webhooks, clerks, the mirror and runners that
 * ignore leases, all at once, with lost calls and sudden deaths (ideas 1 to 7;
 * R17-R23, R49-R51).  HATSHOP_SEED replays a run's choices, HATSHOP_LONG makes
 * it longer.
 */
#include "config.h"

#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "shop/basket.h"
#include "shop/hold.h"
#include "shop/payment.h"
#include "t/flow-world.h"
#include "t/shop.h"

#define START_LEVEL 12
#define NOW 1700000000

static char shop_url[] = "https://hats.example";
static char warehouse[] = "warehouse@hats.example";
static unsigned deaths; /* per thousand units, before or after each */
static struct random chance;

/* A process may die before it commits, or after. */
enum rc __real_db_unit(
    struct db *db, db_work *fn, void *ctx, struct error *e) CHECKED;
enum rc __wrap_db_unit(
    struct db *db, db_work *fn, void *ctx, struct error *e) CHECKED;

enum rc
__wrap_db_unit(struct db *db, db_work *fn, void *ctx, struct error *e)
{
	enum rc rc;

	if (random_below(&chance, 2000) < deaths)
		raise(SIGKILL);
	rc = __real_db_unit(db, fn, ctx, e);
	if (random_below(&chance, 2000) < deaths)
		raise(SIGKILL);
	return rc;
}

/*** Processes ***/

struct actor {
	struct settings settings;
	struct db *db;
	struct flow f;
	char holder[UID_SIZE];
};

static const struct gateway *const gateways[] = { &world_gateway,
	&world_wallet };

static enum rc
write_letter(const struct settings *s, const struct order *o,
    const char *method, struct buf *out, struct error *e)
{
	(void)s;
	(void)e;
	buf_printf(out, "Order %" PRId64 " by %s\r\n", o->id, method);
	return RC_OK;
}

static enum rc
write_end(const struct settings *s, const struct order *o, const char *uid,
    bool reserved, int64_t back, const char *method, struct buf *out,
    struct error *e)
{
	(void)uid;
	(void)reserved;
	(void)back;
	return write_letter(s, o, method, out, e);
}

static enum rc
write_refund(const struct settings *s, const struct order *o, const char *uid,
    const struct refund *f, const char *method, struct buf *out,
    struct error *e)
{
	(void)uid;
	(void)f;
	return write_letter(s, o, method, out, e);
}

static const struct flow_letters letters = { write_letter, write_end,
	write_refund };

static void
actor_open(struct actor *a, const struct settings *s, uint64_t seed)
{
	struct error e = ERROR_NONE;

	memset(a, 0, sizeof(*a));
	chance.state = seed;
	world_stock.ctx = &chance;
	world_gateway.ctx = world_wallet.ctx = &chance;
	a->settings = *s;
	a->settings.shop_url = shop_url;
	a->settings.mail_warehouse = warehouse;
	a->settings.stock_wait_max = 86400;
	a->settings.checkout_page_seconds = 3600;
	if (db_open(s, DB_WRITE, &a->db, &e) != RC_OK ||
	    uid_random(a->holder, &e) != RC_OK)
		_exit(9);
	a->f = (struct flow){ .settings = &a->settings,
		.db = a->db,
		.stock = &world_stock,
		.gateways = gateways,
		.ngateways = 2,
		.letters = &letters,
		.holder = a->holder,
		.now = world_now,
		.without_lease = true };
}

static void
advance(struct actor *a, int64_t order)
{
	struct error e = ERROR_NONE;
	enum rc rc = order_advance(&a->f, order, &e);

	if (rc != RC_OK && rc != RC_CONFLICT) {
		fprintf(stderr, "# advance: %s: %s\n", rc_name(rc), e.text);
		_exit(8);
	}
}

static char country[] = "GB", who[] = "A", town[] = "Leeds", empty[] = "";
static const struct address home = { .country = country,
	.name = who,
	.line1 = who,
	.line2 = empty,
	.town = town,
	.region = empty,
	.postcode = empty,
	.phone = empty };

struct live {
	int64_t order;
	char attempt[UID_SIZE];
};

static enum rc
note_live(void *ctx, const struct payment *p, struct error *e)
{
	struct live *l = ctx;

	(void)e;
	/* nobody pays on a page that was never shown */
	if (p->state == PAYMENT_PENDING && p->page[0] != '\0')
		memcpy(l->attempt, p->uid, sizeof(l->attempt));
	return RC_OK;
}

/* An attempt with one of the gateways, paid or not; whether there was one. */
static bool
try_to_pay(struct actor *a, int64_t order, bool pays)
{
	const char *gateway = random_below(&chance, 2) ? "wallet" : "world";
	struct live l = { .order = 0 };
	struct error e = ERROR_NONE;

	if (order_pay(&a->f, order, gateway, &e) != RC_OK)
		return false;
	advance(a, order);
	error_clear(&e);
	if (payment_list(a->db, order, note_live, &l, &e) != RC_OK)
		_exit(7);
	if (pays && l.attempt[0] != '\0')
		world_pay(l.attempt);
	return true;
}

/* One visit: an order, a payment that is made, left or given up; who was
 * refused tries once more. */
static void
shop_once(struct actor *a, int64_t customer, int64_t basket, int64_t visit)
{
	struct order_placed out = { .outcome = ORDER_EMPTY };
	struct error e = ERROR_NONE;
	char checkout[UID_SIZE];
	struct order_wish w;
	size_t mood = random_below(&chance, 10);

	(void)snprintf(checkout, sizeof(checkout), "%" PRId64 "-%" PRId64,
	    customer, visit);
	w = (struct order_wish){ checkout, customer, basket, "GBP", 2000, 0,
		"standard", "terms", 1000, &home, "a@example.com", 1800 };
	if (order_place(a->db, &w, world_now(), &out, &e) != RC_OK ||
	    (out.outcome != ORDER_PLACED && out.outcome != ORDER_OTHER))
		return;
	if (!try_to_pay(a, out.order, mood > 0 && mood < 8))
		return;
	if (mood == 0 &&
	    order_give_up(&a->f, out.order, "changed mind", &e) != RC_OK)
		return;
	if (mood == 0 && !try_to_pay(a, out.order, true))
		advance(a, out.order);
	if (mood == 7) /* the seventh never comes back */
		return;
	advance(a, out.order);
	if (try_to_pay(a, out.order, true))
		advance(a, out.order);
}

/* Put one in, as often as it is bought. */
static void
fill_basket(struct actor *a, int64_t basket)
{
	struct error e = ERROR_NONE;
	enum basket_outcome outcome;
	int64_t now_qty;

	if (basket_set(a->db, basket, 1, 1, &outcome, &now_qty, &e) != RC_OK &&
	    e.rc != RC_CONFLICT)
		_exit(6);
}

static void
shopper(struct actor *a, int64_t customer, int64_t basket, int64_t visits)
{
	for (int64_t i = 0; i < visits; i++) {
		fill_basket(a, basket);
		shop_once(a, customer, basket, i + getpid() * INT64_C(100));
	}
}

struct due {
	int64_t orders[100];
	size_t n;
};

static enum rc
note_due(void *ctx, const struct order_row *row, struct error *e)
{
	struct due *d = ctx;

	(void)e;
	if (d->n < 100)
		d->orders[d->n++] = row->id;
	return RC_OK;
}

/* lifecycle: whatever is due, whoever else is at it.  How many were. */
static size_t
run_due(struct actor *a)
{
	struct error e = ERROR_NONE;
	struct due d = { .n = 0 };

	if (order_due(a->db, world_now(), 100, note_due, &d, &e) != RC_OK)
		return 1;
	for (size_t i = 0; i < d.n; i++)
		advance(a, d.orders[i]);
	return d.n;
}

struct mirroring {
	int64_t level;
	struct hold_open *holds;
	size_t n;
};

static enum rc
publish(struct db *db, void *ctx, struct error *e)
{
	struct mirroring *m = ctx;
	bool ended;
	enum rc rc;

	rc = db_run(db, SQL_ITEM_LEVEL, e, db_int(m->level), db_int(0),
	    db_int(NOW), db_int(1));
	for (size_t i = 0; i < m->n && rc == RC_OK; i++)
		if (m->holds[i].order[0] != '\0')
			rc = hold_end(db, &m->holds[i], NOW, &ended, e);
	return rc;
}

/* syncd: level and claims of one moment, published in one unit. */
static void
mirror_once(struct actor *a)
{
	struct error e = ERROR_NONE;
	struct mirroring m = { .holds = NULL };

	/* the snapshot is opened before the holds are read; here it is one */
	world_enter();
	m.level = the_world->level;
	world_leave();
	if (hold_list(a->db, &m.holds, &m.n, &e) == RC_OK) {
		world_enter();
		m.level = the_world->level;
		for (size_t i = 0; i < m.n; i++) {
			const char *attempt = m.holds[i].attempt;
			bool taken = false;

			for (size_t c = 0; c < the_world->nclaims; c++)
				taken |=
				    the_world->claims[c].kind == CLAIM_TAKE &&
				    strcmp(the_world->claims[c].attempt,
					attempt) == 0;
			if (!taken)
				m.holds[i].order[0] = '\0';
		}
		world_leave();
		if (db_unit(a->db, publish, &m, &e) != RC_OK)
			fprintf(stderr, "# mirror: %s\n", e.text);
	}
	free(m.holds);
}

enum role { SHOPPER, RUNNER, MIRROR, CLERK };

static pid_t
start(const struct settings *s, enum role role, int64_t n, int64_t basket,
    uint64_t seed)
{
	struct actor a;
	pid_t pid = fork();

	if (pid != 0)
		return pid;
	actor_open(&a, s, seed);
	switch (role) {
	case SHOPPER:
		shopper(&a, n, basket, 4);
		break;
	case RUNNER:
		for (int i = 0; i < 10; i++)
			(void)run_due(&a);
		break;
	case MIRROR:
		deaths = 0; /* syncd's own deaths are t/syncd-holds.t's */
		for (int i = 0; i < 20; i++)
			mirror_once(&a);
		break;
	case CLERK:
		for (int i = 0; i < 2; i++)
			world_clerk();
		break;
	}
	db_close(a.db);
	_exit(0);
}

/*** The books ***/

static int64_t
number(const struct settings *s, const char *query)
{
	char text[100], sql[400];
	int64_t n = -1;

	(void)snprintf(sql, sizeof(sql), "SELECT CAST((%s) AS CHAR)", query);
	if (num_parse(sales_text(s, sql, text, sizeof(text)), INT64_MIN,
		INT64_MAX, &n) != RC_OK)
		return -1;
	return n;
}

/* What a failed run leaves, for the reader. */
static void
tell_open(const struct settings *s)
{
	char text[4000];

	printf("# %s\n",
	    sales_text(s,
		"SELECT CAST(o.id AS CHAR) || ' order ' || o.state || ' due ' "
		"||"
		" o.next_at || ' ending ' || o.ending || ' payment ' || p.state"
		" || ' goods ' || p.goods || ' why ' || p.why FROM orders o"
		" JOIN payment p ON p.order_id = o.id"
		" WHERE p.state NOT IN (6, 8, 9, 10)",
		text, sizeof(text)));
}

static void
check_money(const struct settings *s)
{
	int64_t taken = 0, reserved = 0, open = 0;

	for (size_t i = 0; i < the_world->npages; i++) {
		const struct world_page *p = &the_world->pages[i];

		taken += p->money == MONEY_TAKEN ? p->amount : 0;
		reserved += p->money == MONEY_RESERVED;
	}
	open = number(
	    s, "SELECT COUNT(*) FROM payment WHERE state NOT IN (6, 8, 9, 10)");
	if (open != 0)
		tell_open(s);
	is_int(open, 0, "every payment has come to its end");
	is_int(reserved, 0, "no money is left reserved");
	is_int(taken,
	    number(s,
		"SELECT COALESCE(SUM(total), 0) FROM orders WHERE state = 3"),
	    "what the gateway took is what paid orders cost");
	is_int(taken,
	    number(s, "SELECT COALESCE(SUM(captured), 0) FROM orders"),
	    "and what the orders say");
}

static void
check_goods(const struct settings *s)
{
	char text[2000];
	int64_t taken = 0, returned = 0;

	for (size_t i = 0; i < the_world->nclaims; i++) {
		const struct world_claim *c = &the_world->claims[i];

		taken += c->kind == CLAIM_TAKE ? c->qty : 0;
		returned += c->returned;
	}
	ok(the_world->level >= 0, "the level never fell below zero");
	is_int(START_LEVEL - the_world->level,
	    taken - returned + the_world->clerks,
	    "what is gone was taken by the shop or sold by clerks");
	is_int(taken - returned,
	    number(s, "SELECT COUNT(*) FROM orders WHERE state = 3"),
	    "each paid order has its goods, and nobody else has any");
	is_int(number(s, "SELECT held FROM item"), 0, "nothing is held");
	is_int(number(s, "SELECT COUNT(*) FROM hold WHERE state = 1"), 0,
	    "by nobody");
	is_int(number(s, "SELECT level FROM item"), the_world->level,
	    "the mirror shows what there is");
	is_int(the_world->wrong, 0, "no key was used for two things");
	is_str(sales_text(s,
		   "SELECT MIN(attention) FROM orders"
		   " WHERE attention <> '' HAVING COUNT(*) > 0",
		   text, sizeof(text)),
	    "", "nobody has to look");
}

/* R49: one pair of letters, whatever else happened. */
static void
check_letters(const struct settings *s)
{
	is_int(number(s,
		   "SELECT COUNT(*) FROM letter l JOIN orders o"
		   " ON o.uid = l.uid WHERE l.kind = 'order' AND o.state = 3"),
	    number(s, "SELECT COUNT(*) FROM orders WHERE state = 3"),
	    "each paid order has its confirmation");
	is_int(number(s, "SELECT COUNT(*) FROM outbox"),
	    number(s, "SELECT COUNT(*) + COUNT(CASE kind WHEN 'order' THEN 1"
		      " END) FROM letter"),
	    "and two readers, the others one");
	is_int(number(s, "SELECT COUNT(*) FROM letter WHERE kind = 'ended'"),
	    number(s, "SELECT COUNT(*) FROM orders o WHERE state = 5 AND"
		      " (ending <> '' OR EXISTS (SELECT 1 FROM payment p"
		      " WHERE p.order_id = o.id AND p.page <> ''))"),
	    "each order that was cancelled has a letter of its end");
	is_int(number(s, "SELECT COUNT(*) FROM letter WHERE kind = 'refund'"),
	    number(s, "SELECT COUNT(*) FROM refund WHERE told = 1"),
	    "each refund has a letter");
	is_int(number(s, "SELECT COUNT(*) FROM refund"
			 " WHERE state = 3 AND told = 0"),
	    0, "and none has not");
}

/* All that is left to do, without deaths and losses, until the clocks are past
 * every hold. */
static void
settle_all(const struct settings *s)
{
	struct actor a;
	int rounds = 0;

	deaths = 0;
	world_faults = 0;
	actor_open(&a, s, 1);
	for (int step = 0; step < 40; step++) {
		the_world->now += 120;
		while (run_due(&a) > 0 && ++rounds < 5000)
			the_world->now++;
		mirror_once(&a);
	}
	db_close(a.db);
}

#define SHOPPERS 6

static void
commotion(const struct settings *s, const int64_t baskets[SHOPPERS],
    struct random *r, int *killed)
{
	pid_t pids[SHOPPERS + 4];
	int status, n = 0;

	for (int i = 0; i < SHOPPERS; i++)
		pids[n++] =
		    start(s, SHOPPER, i + 1, baskets[i], random_bits(r));
	pids[n++] = start(s, RUNNER, 0, 0, random_bits(r));
	pids[n++] = start(s, RUNNER, 0, 0, random_bits(r));
	pids[n++] = start(s, MIRROR, 0, 0, random_bits(r));
	pids[n++] = start(s, CLERK, 0, 0, random_bits(r));
	for (int i = 0; i < n; i++) {
		waitpid(pids[i], &status, 0);
		if (WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL)
			++*killed;
		else if (!WIFEXITED(status) || WEXITSTATUS(status) != 0)
			ok(0, "a process ended with %x", (unsigned)status);
	}
	the_world->now += 60 + (int64_t)random_below(r, 600);
}

static void
the_books_balance_after_losses_and_deaths(const struct settings *s)
{
	struct random r = random_seeded();
	int rounds = getenv("HATSHOP_LONG") != NULL ? 100 : 4;
	struct error e = ERROR_NONE;
	int64_t baskets[SHOPPERS];
	char token[TOKEN_SIZE], sql[200];
	struct shop sh;
	int killed = 0;

	if (!shop_open(&sh, s))
		return;
	shop_hat(&sh, "A", "Fez", .price = 1000, .level = START_LEVEL);
	for (int i = 0; i < SHOPPERS; i++) {
		(void)snprintf(sql, sizeof(sql),
		    "INSERT INTO customer (id, uid, made_at, seen_at)"
		    " VALUES (%d, 'c%d', 1, 1)",
		    i + 1, i + 1);
		sales_sql(s, sql);
		if (basket_new(sh.db, token, &baskets[i], &e) != RC_OK)
			ok(0, "basket: %s", e.text);
	}
	shop_close(&sh); /* no connection is shared with children */
	world_new(START_LEVEL, NOW);
	world_faults = 20;
	world_authorise = world_capture = SAYS_ANYTHING;
	deaths = 20;
	for (int i = 0; i < rounds; i++) {
		commotion(s, baskets, &r, &killed);
		world_enter(); /* a delivery: there is something to sell */
		the_world->level += 2;
		the_world->clerks -= 2;
		world_leave();
	}
	settle_all(s);
	printf("# %s: %d processes killed, %d attempts, %d paid orders\n",
	    sales_name(s), killed, (int)the_world->npages,
	    (int)number(s, "SELECT COUNT(*) FROM orders WHERE state = 3"));
	ok(the_world->npages > 5, "something happened");
	check_money(s);
	check_goods(s);
	check_letters(s);
	world_free(the_world);
}

int
main(void)
{
	RUN_EACH(the_books_balance_after_losses_and_deaths);
	return tap_done();
}
