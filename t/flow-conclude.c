/*
 * What a person concludes: a payment that its gateway does not know, and goods
 * that the stock system has no place for (R23, R48, R75).
 */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "shop/basket.h"
#include "shop/hold.h"
#include "shop/payment.h"
#include "t/flow-world.h"
#include "t/shop.h"

#define NOW 1700000000
#define LEVEL 5
#define PRICE 1000

/*** A gateway that forgets, a stock system whose item is gone ***/

static enum rc looks, sends; /* what the gateway answers instead, or RC_OK */
static bool gone;
static int tries; /* to give back */
static struct gateway gateway;

static enum rc
look(const struct gateway *g, const struct gateway_job *job,
    struct gateway_answer *out, struct error *e)
{
	return looks == RC_OK ? world_gateway.look(g, job, out, e)
			      : error_set(e, looks, "not now");
}

static enum rc
send_it(const struct gateway *g, const char *path, const char *key,
    const void *request, size_t n, struct gateway_reply *reply, struct error *e)
{
	return sends == RC_OK
		   ? world_gateway.send(g, path, key, request, n, reply, e)
		   : error_set(e, sends, "cut off");
}

static enum rc
give_back(void *ctx, const char *back, const char *attempt,
    const struct master_line *lines, size_t n, struct error *e)
{
	tries++;
	return gone ? error_set(e, RC_INVALID, "item \"A\" is gone")
		    : world_stock.give_back(ctx, back, attempt, lines, n, e);
}

/*** An order ***/

static char gb[] = "GB", some[] = "A", none[] = "",
	    shop_url[] = "https://hats.example";
static const struct address home = { .country = gb,
	.name = some,
	.line1 = some,
	.line2 = none,
	.town = some,
	.region = none,
	.postcode = none,
	.phone = none };

struct scene {
	struct settings settings;
	struct shop sh;
	struct flow f;
	struct flow_stock stock;
	struct random chance;
	const struct gateway *gateways[1];
	int64_t order;
	struct payment p;
};

static void
advance(struct scene *c, int64_t seconds)
{
	struct error e = ERROR_NONE;

	the_world->now += seconds;
	is_int(order_advance(&c->f, c->order, &e), RC_OK, e.text);
}

static void
order_hats(struct scene *c)
{
	struct order_wish w = { "k", 1, 0, "GBP", 2000, 0, "standard", "terms",
		2 * PRICE, &home, "a@example.com", 1800 };
	struct order_placed out = { .order = 0 };
	struct error e = ERROR_NONE;
	enum basket_outcome outcome;
	char token[TOKEN_SIZE];
	int64_t qty;

	ok(basket_new(c->sh.db, token, &w.basket, &e) == RC_OK &&
		basket_add(c->sh.db, w.basket, 1, 2, &outcome, &qty, &e) ==
		    RC_OK &&
		order_place(c->sh.db, &w, NOW, &out, &e) == RC_OK,
	    "an order: %s", e.text);
	c->order = out.order;
	is_int(order_pay(&c->f, c->order, gateway.name, &e), RC_OK, e.text);
	is_int(payment_live(c->sh.db, c->order, &c->p, &e), RC_OK, e.text);
	advance(c, 0);
}

static bool
open_scene(struct scene *c, const struct settings *s)
{
	memset(c, 0, sizeof(*c));
	looks = sends = RC_OK;
	gone = false;
	tries = 0;
	if (!shop_open(&c->sh, s))
		return false;
	shop_hat(&c->sh, "A", "Fez", .price = PRICE, .level = LEVEL);
	sales_sql(s, "INSERT INTO customer (id, uid, made_at, seen_at)"
		     " VALUES (1, 'c1', 1, 1)");
	world_new(LEVEL, NOW);
	world_faults = 0;
	world_stock.ctx = &c->chance;
	gateway = world_gateway;
	gateway.ctx = &c->chance;
	gateway.look = look;
	gateway.send = send_it;
	c->gateways[0] = &gateway;
	c->stock = world_stock;
	c->stock.give_back = give_back;
	c->settings = *s;
	c->settings.shop_url = shop_url;
	c->settings.stock_wait_max = 86400;
	c->settings.checkout_page_seconds = 3600;
	c->f = (struct flow){ .settings = &c->settings,
		.db = c->sh.db,
		.stock = &c->stock,
		.gateways = c->gateways,
		.ngateways = 1,
		.holder = "h",
		.now = world_now };
	order_hats(c);
	return true;
}

static void
close_scene(struct scene *c)
{
	world_free(the_world);
	shop_close(&c->sh);
}

static void
is_order(struct scene *c, const char *state, const char *call, const char *what)
{
	struct error e = ERROR_NONE;
	struct order o = { 0 };

	is_int(order_load(c->sh.db, c->order, &o, &e), RC_OK, e.text);
	is_str(order_state_name(o.state), state, what);
	ok(call == NULL ? o.attention[0] == '\0'
			: strstr(o.attention, call) != NULL,
	    "who is called for what: \"%s\"", o.attention);
	order_release(&o);
}

static void
is_free(struct scene *c, const char *what)
{
	struct error e = ERROR_NONE;
	struct hold_open *open;
	size_t n = 1;

	is_int(hold_list(c->sh.db, &open, &n, &e), RC_OK, e.text);
	is_int((long long)n, 0, what);
	free(open);
}

/* What the journal has so often of a kind, by whom. */
static void
is_told(const struct settings *s, const char *kind, const char *times)
{
	char sql[200], text[20];

	(void)snprintf(sql, sizeof(sql),
	    "SELECT CAST(COUNT(*) AS CHAR) FROM journal WHERE kind = '%s'"
	    " AND witness = 'staff ann'",
	    kind);
	is_str(sales_text(s, sql, text, sizeof(text)), times, kind);
}

/*** The tests ***/

static enum rc
conclude(struct scene *c)
{
	struct error e = ERROR_NONE;

	return order_conclude(
	    &c->f, c->order, "the account is closed", "staff ann", &e);
}

static void
a_payment_that_its_gateway_does_not_know_is_concluded_R48(
    const struct settings *s)
{
	struct error e = ERROR_NONE;
	char call[80];
	struct scene c;

	if (!open_scene(&c, s))
		return;
	is_int(conclude(&c), RC_INVALID, "the gateway knows it");
	looks = RC_IO;
	is_int(conclude(&c), RC_IO, "it cannot be asked");
	looks = RC_NOTFOUND;
	advance(&c, 4000);
	(void)snprintf(call, sizeof(call),
	    "shopctl order conclude %lld --why TEXT --yes", (long long)c.order);
	is_order(&c, "pending", call, "it is kept, and a person called");
	c.f.ngateways = 0;
	is_int(conclude(&c), RC_INVALID, "no gateway to ask");
	c.f.ngateways = 1;
	is_told(s, "concluded", "0");
	is_int(conclude(&c), RC_OK, "concluded");
	advance(&c, 0);
	is_order(&c, "cancelled", NULL, "it is over, and nobody called");
	is_free(&c, "nothing is held");
	is_int(conclude(&c), RC_INVALID, "once");
	is_told(s, "concluded", "1");
	is_int(order_conclude(&c.f, 99, "x", "staff ann", &e), RC_NOTFOUND,
	    "no such order");
	close_scene(&c);
}

static void
a_call_without_an_answer_is_not_concluded_R49(const struct settings *s)
{
	struct scene c;

	if (!open_scene(&c, s))
		return;
	world_pay(c.p.uid);
	sends = RC_IO;
	advance(&c, 60);
	is_order(&c, "authorised", NULL, "what came of the capture is unknown");
	looks = RC_NOTFOUND;
	is_int(conclude(&c), RC_INVALID, "so nothing is concluded");
	is_told(s, "concluded", "0");
	looks = sends = RC_OK;
	advance(&c, 600);
	is_order(&c, "paid", NULL, "and it goes on");
	is_int(conclude(&c), RC_INVALID, "what is paid is not concluded");
	close_scene(&c);
}

static enum rc
put_back(struct scene *c, bool *first)
{
	struct error e = ERROR_NONE;
	int64_t order;

	return order_put_back(&c->f, c->p.uid, "staff ann", &order, first, &e);
}

static void
goods_without_a_place_are_put_back_by_hand_R75(const struct settings *s)
{
	struct error e = ERROR_NONE;
	char call[90];
	struct scene c;
	int64_t order;
	bool first;

	if (!open_scene(&c, s))
		return;
	world_pay(c.p.uid);
	sends = RC_IO;
	advance(&c, 60);
	looks = RC_IO;
	is_int(world_kind(c.p.uid), CLAIM_TAKE, "taken");
	is_int(put_back(&c, &first), RC_INVALID, "what is needed stays");
	world_page(c.p.uid)->page = PAGE_EXPIRED;
	world_page(c.p.uid)->money = MONEY_FREED;
	looks = RC_OK;
	gone = true;
	for (int i = 0; i < 24; i++)
		advance(&c, 600);
	sends = RC_OK;
	advance(&c, 86400);
	(void)snprintf(call, sizeof(call),
	    "shopctl stock put-back %s --by-hand --yes", c.p.uid);
	is_order(&c, "cancelled", call, "no place for the goods");
	ok(tries > 0, "it was tried");
	is_int(order_put_back(&c.f, "nothing", "staff ann", &order, &first, &e),
	    RC_NOTFOUND, "no such attempt");
	is_int(put_back(&c, &first), RC_OK, "a person has put them back");
	ok(first, "which counts");
	is_int(put_back(&c, &first), RC_OK, "said twice");
	ok(!first, "counts once");
	tries = 0;
	advance(&c, 86400);
	is_int(tries, 0, "the stock system is not asked any more");
	is_order(&c, "cancelled", NULL, "nobody is called any more");
	is_free(&c, "nothing is held");
	is_told(s, "put back by hand", "1");
	close_scene(&c);
}

static const struct flow_letters no_letters;

/* When the next try is due; what is asked for in between is asked at once. */
static int64_t
next_try(struct scene *c)
{
	struct error e = ERROR_NONE;
	struct order o = { 0 };
	int64_t at;

	is_int(order_load(c->sh.db, c->order, &o, &e), RC_OK, e.text);
	at = o.next_at;
	order_release(&o);
	return at - the_world->now;
}

static void
a_give_back_that_is_refused_is_tried_less_and_less(const struct settings *s)
{
	static const int64_t pauses[] = { 300, 600, 1200, 2400, 4800, 9600,
		19200, 38400, 43200, 43200 };
	struct error e = ERROR_NONE;
	struct scene c;

	if (!open_scene(&c, s))
		return;
	world_pay(c.p.uid);
	advance(&c, 60);
	gone = true;
	c.f.letters = &no_letters; /* else somebody is to come for them */
	sales_sql(s, "UPDATE payment SET state = 9, captured = 0");
	sales_sql(s, "UPDATE orders SET state = 5, captured = 0");
	for (size_t i = 0; i < sizeof(pauses) / sizeof(pauses[0]); i++) {
		advance(&c, i == 0 ? 1 : pauses[i - 1]);
		is_int(tries, (long long)i + 1, "tried once more");
		is_int(next_try(&c), pauses[i], "and then later");
	}
	gone = false;
	advance(&c, 43200);
	is_free(&c, "a place that was made is found");
	is_int(payment_load(c.sh.db, c.p.id, &c.p, &e), RC_OK, e.text);
	is_int(c.p.goods, GOODS_GIVEN_BACK, "by itself");
	close_scene(&c);
}

int
main(void)
{
	RUN_EACH(a_payment_that_its_gateway_does_not_know_is_concluded_R48);
	RUN_EACH(a_call_without_an_answer_is_not_concluded_R49);
	RUN_EACH(goods_without_a_place_are_put_back_by_hand_R75);
	RUN_EACH(a_give_back_that_is_refused_is_tried_less_and_less);
	return tap_done();
}
