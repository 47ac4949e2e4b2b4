/*
 * A gateway that reserves by our own call (PayPal): who agrees, who is too late,
 * what is reviewed and declined (idea 5; R44, R49-R51).
 */
#include "config.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "shop/basket.h"
#include "shop/payment.h"
#include "t/flow-world.h"
#include "t/shop.h"

#define NOW 1700000000
#define LEVEL 5

static char shop_url[] = "https://hats.example";
static struct random chance;
static int customers; /* each stage has its own */
static const struct gateway *const gateways[] = { &world_gateway,
	&world_wallet };

/* A shopper with one order that is not paid yet. */
struct stage {
	struct settings settings;
	struct shop sh;
	struct flow f;
	int64_t order;
	struct payment p; /* the newest attempt */
	bool slept;
};

static char country[] = "GB", who[] = "A", empty[] = "";
static const struct address home = { .country = country,
	.name = who,
	.line1 = who,
	.line2 = empty,
	.town = who,
	.region = empty,
	.postcode = empty,
	.phone = empty };

static bool
place(struct stage *s, int customer)
{
	char checkout[] = { (char)('a' + customer), '\0' };
	struct order_wish w = { .checkout = checkout,
		.customer = customer,
		.currency = "GBP",
		.tax_rate = 2000,
		.delivery_option = "standard",
		.terms = "terms",
		.shown_total = 1000,
		.to = &home,
		.email = "a@example.com",
		.hold_seconds = 1800 };
	struct order_placed out = { .outcome = ORDER_EMPTY };
	struct error e = ERROR_NONE;
	enum basket_outcome outcome;
	char token[TOKEN_SIZE], sql[120];
	int64_t qty;

	(void)snprintf(sql, sizeof(sql),
	    "INSERT INTO customer (id, uid, made_at, seen_at)"
	    " VALUES (%d, 'c%d', 1, 1)",
	    customer, customer);
	sales_sql(s->sh.settings, sql);
	if (basket_new(s->sh.db, token, &w.basket, &e) != RC_OK ||
	    basket_set(s->sh.db, w.basket, 1, 1, &outcome, &qty, &e) != RC_OK ||
	    order_place(s->sh.db, &w, NOW, &out, &e) != RC_OK ||
	    out.outcome != ORDER_PLACED) {
		ok(0, "no order: %s", e.text);
		return false;
	}
	s->order = out.order;
	return true;
}

static bool
begin(struct stage *s, const struct settings *settings)
{
	memset(s, 0, sizeof(*s));
	if (!shop_open(&s->sh, settings))
		return false;
	shop_hat(&s->sh, "A", "Fez", .price = 1000, .level = 50);
	world_new(LEVEL, NOW);
	world_faults = 0;
	world_authorise = world_capture = SAYS_YES;
	world_stock.ctx = world_gateway.ctx = world_wallet.ctx = &chance;
	s->settings = *settings;
	s->settings.shop_url = shop_url;
	s->settings.stock_wait_max = 86400;
	s->settings.checkout_page_seconds = 3600;
	s->f = (struct flow){ .settings = &s->settings,
		.db = s->sh.db,
		.stock = &world_stock,
		.gateways = gateways,
		.ngateways = 2,
		.holder = "0123456789abcdef0123456789abcdef",
		.now = world_now,
		.without_lease = true };
	return place(s, ++customers);
}

static void
end(struct stage *s)
{
	int64_t reserved = 0;

	for (size_t i = 0; i < the_world->npages; i++)
		reserved += the_world->pages[i].money == MONEY_RESERVED;
	is_int(reserved, 0, "no money is left reserved");
	is_int(the_world->wrong, 0, "no key was used for two things");
	world_free(the_world);
	shop_close(&s->sh);
}

static enum rc
keep_newest(void *ctx, const struct payment *p, struct error *e)
{
	struct stage *s = ctx;

	(void)e;
	s->p = *p;
	return RC_OK;
}

/* Advance, and see where the newest attempt is. */
static enum payment_state
advance(struct stage *s)
{
	struct error e = ERROR_NONE;

	if (order_advance(&s->f, s->order, &e) != RC_OK ||
	    payment_list(s->sh.db, s->order, keep_newest, s, &e) != RC_OK)
		ok(0, "advance: %s", e.text);
	the_world->now += 60;
	return s->p.state;
}

static enum payment_state
pay_with(struct stage *s, const char *gateway)
{
	struct error e = ERROR_NONE;

	ok(order_pay(&s->f, s->order, gateway, &e) == RC_OK, "%s: %s", gateway,
	    e.text);
	return advance(s);
}

static enum order_state
order_state(struct stage *s)
{
	enum order_state state = ORDER_PENDING;
	struct error e = ERROR_NONE;
	struct order o;

	if (order_load(s->sh.db, s->order, &o, &e) == RC_OK) {
		state = o.state;
		order_release(&o);
	}
	return state;
}

static void
who_agrees_is_reserved_and_charged_once(const struct settings *settings)
{
	struct stage s;

	if (!begin(&s, settings))
		return;
	is_int(pay_with(&s, "wallet"), PAYMENT_PENDING, "a page");
	is_int(advance(&s), PAYMENT_PENDING, "nothing yet");
	is_int(world_page(s.p.uid)->authorisations, 0, "and nothing asked");
	world_pay(s.p.uid);
	is_int(advance(&s), PAYMENT_CAPTURED, "taken");
	is_int(world_page(s.p.uid)->authorisations, 1, "reserved once");
	is_int(world_page(s.p.uid)->captures, 1, "taken once");
	is_int(order_state(&s), ORDER_PAID, "paid");
	is_int(the_world->level, LEVEL - 1, "one is gone");
	end(&s);
}

static void
who_agrees_too_late_is_never_charged(const struct settings *settings)
{
	struct error e = ERROR_NONE;
	struct stage s;

	if (!begin(&s, settings))
		return;
	(void)pay_with(&s, "wallet");
	ok(order_give_up(&s.f, s.order, "changed mind", &e) == RC_OK, "%s",
	    e.text);
	is_int(advance(&s), PAYMENT_EXPIRED, "our own word ends it");
	world_pay(s.p.uid);
	is_int(advance(&s), PAYMENT_EXPIRED, "agreed too late");
	is_int(world_page(s.p.uid)->authorisations, 0, "never asked for money");
	is_int(order_state(&s), ORDER_CANCELLED, "cancelled");
	end(&s);
	if (!begin(&s, settings))
		return;
	(void)pay_with(&s, "wallet");
	the_world->now += 1800;
	world_pay(s.p.uid);
	is_int(advance(&s), PAYMENT_EXPIRED, "after the goods were let go");
	is_int(world_page(s.p.uid)->authorisations, 0, "never asked either");
	end(&s);
}

static void
who_is_declined_may_pay_another_way(const struct settings *settings)
{
	struct stage s;

	if (!begin(&s, settings))
		return;
	(void)pay_with(&s, "wallet");
	world_pay(s.p.uid);
	world_authorise = SAYS_NO;
	is_int(advance(&s), PAYMENT_FAILED, "declined");
	is_int(advance(&s), PAYMENT_FAILED, "for good");
	is_int(world_page(s.p.uid)->authorisations, 1, "asked once");
	is_int(order_state(&s), ORDER_PENDING, "the order waits");
	is_int(pay_with(&s, "world"), PAYMENT_PENDING, "another page");
	world_pay(s.p.uid);
	is_int(advance(&s), PAYMENT_CAPTURED, "taken");
	end(&s);
}

/* Two ways, and back: what is left is ended before another page is made. */
static void
who_thinks_again_pays_another_way(const struct settings *settings)
{
	static const char *const ways[][2] = { { "wallet", "world" },
		{ "world", "wallet" } };
	char first[UID_SIZE];
	struct stage s;

	for (int i = 0; i < 2; i++) {
		if (!begin(&s, settings))
			return;
		is_int(pay_with(&s, ways[i][0]), PAYMENT_PENDING, "a page");
		memcpy(first, s.p.uid, sizeof(first));
		is_int(pay_with(&s, ways[i][0]), PAYMENT_PENDING, "the same");
		is_str(s.p.uid, first, "page");
		is_int(pay_with(&s, ways[i][1]), PAYMENT_EXPIRED, "left");
		is_int(order_state(&s), ORDER_PENDING, "the order waits");
		is_int(pay_with(&s, ways[i][1]), PAYMENT_PENDING, "another");
		is_str(s.p.gateway, ways[i][1], "elsewhere");
		world_pay(first);
		world_pay(s.p.uid);
		is_int(advance(&s), PAYMENT_CAPTURED, "taken there");
		is_int(world_page(first)->money, MONEY_NONE, "and only there");
		is_int(order_state(&s), ORDER_PAID, "paid");
		end(&s);
	}
}

/* He has paid the first page before he changed his mind. */
static void
what_is_paid_is_not_left(const struct settings *settings)
{
	struct stage s;

	if (!begin(&s, settings))
		return;
	(void)pay_with(&s, "world");
	world_pay(s.p.uid);
	is_int(pay_with(&s, "wallet"), PAYMENT_CAPTURED, "it goes on with it");
	is_str(s.p.gateway, "world", "where it was paid");
	is_int(order_state(&s), ORDER_PAID, "paid");
	end(&s);
}

static void
a_review_is_waited_for_not_asked_again(const struct settings *settings)
{
	struct stage s;

	for (int yes = 0; yes < 2; yes++) {
		if (!begin(&s, settings))
			return;
		(void)pay_with(&s, "wallet");
		world_pay(s.p.uid);
		world_authorise = SAYS_WAIT;
		is_int(advance(&s), PAYMENT_AUTHORISING, "under review");
		is_int(advance(&s), PAYMENT_AUTHORISING, "still");
		is_int(world_page(s.p.uid)->authorisations, 1, "asked once");
		world_decide(s.p.uid, yes != 0);
		is_int(advance(&s), yes ? PAYMENT_CAPTURED : PAYMENT_FAILED,
		    "decided");
		is_int(world_page(s.p.uid)->authorisations, 1, "never again");
		end(&s);
	}
}

static void
a_capture_that_waits_and_is_declined_gives_all_back(
    const struct settings *settings)
{
	struct stage s;

	for (int yes = 0; yes < 2; yes++) {
		if (!begin(&s, settings))
			return;
		(void)pay_with(&s, "wallet");
		world_pay(s.p.uid);
		world_capture = SAYS_WAIT;
		is_int(advance(&s), PAYMENT_CAPTURING, "being taken");
		is_int(advance(&s), PAYMENT_CAPTURING, "still");
		is_int(world_page(s.p.uid)->captures, 1, "asked once");
		is_int(the_world->level, LEVEL - 1, "the goods are ours");
		world_decide(s.p.uid, yes != 0);
		is_int(advance(&s), yes ? PAYMENT_CAPTURED : PAYMENT_VOIDED,
		    "decided");
		is_int(the_world->level, LEVEL - yes, "goods");
		is_int(order_state(&s), yes ? ORDER_PAID : ORDER_CANCELLED,
		    "the order");
		end(&s);
	}
}

static void
a_refused_capture_gives_all_back(const struct settings *settings)
{
	struct stage s;

	if (!begin(&s, settings))
		return;
	(void)pay_with(&s, "wallet");
	world_pay(s.p.uid);
	world_capture = SAYS_NO;
	is_int(advance(&s), PAYMENT_VOIDED, "given back");
	is_int(the_world->level, LEVEL, "the goods too");
	is_int(order_state(&s), ORDER_CANCELLED, "cancelled");
	end(&s);
}

/* What a runner does that slept between its commit and its call. */
static enum rc
reserve_late(const struct gateway *g, const char *path, const char *key,
    const void *request, size_t n, struct gateway_reply *reply, struct error *e)
{
	struct error why = ERROR_NONE;
	struct stage *s = g->ctx;
	struct gateway awake = *g;

	awake.ctx = &chance;
	awake.send = world_gateway.send;
	if (!s->slept && strcmp(path, "authorise") == 0) {
		s->slept = true;
		/* another runs over it meanwhile and is refused */
		world_wallet = awake;
		world_authorise = SAYS_NO;
		ok(order_advance(&s->f, s->order, &why) == RC_OK, "%s",
		    why.text);
		/* the customer finds another card at the wallet's */
		world_authorise = SAYS_YES;
	}
	return awake.send(&awake, path, key, request, n, reply, e);
}

static void
what_a_sleeper_reserves_after_the_end_is_given_back(
    const struct settings *settings)
{
	struct gateway usual = world_wallet;
	struct stage s;

	if (!begin(&s, settings))
		return;
	(void)pay_with(&s, "wallet");
	world_pay(s.p.uid);
	world_wallet.send = reserve_late;
	world_wallet.ctx = &s;
	is_int(advance(&s), PAYMENT_VOIDED, "given back");
	is_int(world_page(s.p.uid)->authorisations, 2, "asked twice");
	is_int(order_state(&s), ORDER_PENDING, "the order waits");
	world_wallet = usual;
	end(&s);
}

/* On one database: making one is what takes the time. */
static void
a_gateway_that_we_ask_to_reserve(const struct settings *settings)
{
	customers = 0;
	who_agrees_is_reserved_and_charged_once(settings);
	who_agrees_too_late_is_never_charged(settings);
	who_is_declined_may_pay_another_way(settings);
	who_thinks_again_pays_another_way(settings);
	what_is_paid_is_not_left(settings);
	a_review_is_waited_for_not_asked_again(settings);
	a_capture_that_waits_and_is_declined_gives_all_back(settings);
	a_refused_capture_gives_all_back(settings);
	what_a_sleeper_reserves_after_the_end_is_given_back(settings);
}

int
main(void)
{
	chance = random_seeded();
	RUN_EACH(a_gateway_that_we_ask_to_reserve);
	return tap_done();
}
