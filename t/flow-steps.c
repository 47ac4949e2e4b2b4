/*
 * The steps of order_advance that only time and strange answers lead to (idea
 * 1, 2, 5): a gateway and a stock system that say what a test has them say.
 */
#include "config.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/num.h"
#include "base/text.h"
#include "flow/flow.h"
#include "shop/basket.h"
#include "shop/hold.h"
#include "shop/payment.h"
#include "t/shop.h"

#define NOW INT64_C(1700000000)
#define HOLD 1800
#define DAY 86400
#define PRICE 1000

/*** What is said ***/

static struct {
	int64_t now;
	enum gateway_news look, answer;
	enum rc look_rc, send_rc, stock_rc;
	int looks, sends, keys, asked;
	char key[UID_SIZE], path[20];
	enum master_answer stock;
	char order[UID_SIZE];
	/* another runner, who comes by in the middle of each call, which
	 * takes so long */
	struct flow *other;
	int64_t seconds, id;
	int turned_away, let_in;
} say;

static int64_t
now(void)
{
	return say.now;
}

static void
take_time(void)
{
	struct error e = ERROR_NONE;
	struct flow *other = say.other;
	enum rc rc;

	say.now += say.seconds;
	say.other = NULL;
	if (other == NULL)
		return;
	rc = order_advance(other, say.id, &e);
	say.turned_away += rc == RC_CONFLICT;
	say.let_in += rc != RC_CONFLICT;
	say.other = other;
}

static enum rc
prepare(const struct gateway *g, enum gateway_action action,
    const struct gateway_job *job, struct buf *path, struct buf *request,
    struct error *e)
{
	(void)g;
	(void)e;
	(void)job;
	buf_puts(path, gateway_action_name(action));
	buf_puts(request, "x");
	return RC_OK;
}

static enum rc
send_it(const struct gateway *g, const char *path, const char *key,
    const void *request, size_t n, struct gateway_reply *reply, struct error *e)
{
	(void)g;
	(void)request;
	(void)n;
	say.sends++;
	take_time();
	say.keys += strcmp(say.key, key) != 0;
	text_copy(say.key, sizeof(say.key), key);
	text_copy(say.path, sizeof(say.path), path);
	reply->status = 200;
	return say.send_rc == RC_OK ? RC_OK
				    : error_set(e, say.send_rc, "cut off");
}

static void
fill(struct gateway_answer *out, enum gateway_news news)
{
	memset(out, 0, sizeof(*out));
	out->news = news;
	out->amount = PRICE;
	out->captured = news == NEWS_CAPTURED ? PRICE : 0;
	text_copy(out->currency, sizeof(out->currency), "GBP");
	text_copy(out->order, sizeof(out->order), say.order);
	text_copy(out->checkout_object, sizeof(out->checkout_object), "cs");
	text_copy(out->page, sizeof(out->page), "https://pay.example/");
}

static enum rc
read_it(const struct gateway *g, enum gateway_action action,
    const struct gateway_reply *reply, struct gateway_answer *out,
    struct error *e)
{
	(void)g;
	(void)action;
	(void)reply;
	(void)e;
	fill(out, say.answer);
	return RC_OK;
}

static enum rc
look(const struct gateway *g, const struct gateway_job *job,
    struct gateway_answer *out, struct error *e)
{
	(void)g;
	(void)job;
	say.looks++;
	take_time();
	fill(out, say.look);
	return say.look_rc == RC_OK ? RC_OK
				    : error_set(e, say.look_rc, "no look");
}

static struct gateway gateway = { .name = "world",
	.key_seconds = DAY,
	.prepare = prepare,
	.send = send_it,
	.read = read_it,
	.look = look };

static enum rc
take(void *ctx, const char *attempt, const struct master_line *lines, size_t n,
    enum master_answer *answer, struct master_short *why, struct error *e)
{
	(void)ctx;
	(void)attempt;
	(void)lines;
	(void)n;
	(void)why;
	say.asked++;
	take_time();
	*answer = say.stock;
	return say.stock_rc == RC_OK ? RC_OK
				     : error_set(e, say.stock_rc, "away");
}

static enum rc
refuse(void *ctx, const char *attempt, const struct master_line *lines,
    size_t n, enum master_answer *answer, struct error *e)
{
	return take(ctx, attempt, lines, n, answer, NULL, e);
}

static enum rc
give_back(void *ctx, const char *back, const char *attempt,
    const struct master_line *lines, size_t n, struct error *e)
{
	enum master_answer answer;

	(void)back;
	return take(ctx, attempt, lines, n, &answer, NULL, e);
}

/*** An order ***/

static char shop_url[] = "https://hats.example", gb[] = "GB", some[] = "A",
	    none[] = "";
static const struct address home = { .country = gb,
	.name = some,
	.line1 = some,
	.line2 = none,
	.town = some,
	.region = none,
	.postcode = none,
	.phone = none };
static const struct gateway *const gateways[] = { &gateway };
static const struct flow_stock stock = {
	.take = take, .refuse = refuse, .give_back = give_back
};

struct scene {
	struct settings settings;
	struct shop sh;
	struct flow f;
	int64_t order;
};

static void
place(struct scene *c)
{
	struct order_wish w = { "k", 1, 0, "GBP", 2000, 0, "standard", "terms",
		PRICE, &home, "a@example.com", HOLD };
	struct order_placed out = { .order = 0 };
	struct error e = ERROR_NONE;
	enum basket_outcome outcome;
	char token[TOKEN_SIZE];
	struct order o;
	int64_t qty;

	ok(basket_new(c->sh.db, token, &w.basket, &e) == RC_OK &&
		basket_add(c->sh.db, w.basket, 1, 1, &outcome, &qty, &e) ==
		    RC_OK,
	    "a basket: %s", e.text);
	is_int(order_place(c->sh.db, &w, NOW, &out, &e), RC_OK, e.text);
	c->order = out.order;
	is_int(order_load(c->sh.db, c->order, &o, &e), RC_OK, e.text);
	text_copy(say.order, sizeof(say.order), o.uid);
	order_release(&o);
}

static bool
open_scene(struct scene *c, const struct settings *s)
{
	memset(c, 0, sizeof(*c));
	memset(&say, 0, sizeof(say));
	say.now = NOW;
	say.look = say.answer = NEWS_OPEN;
	gateway.authorises = false;
	if (!shop_open(&c->sh, s))
		return false;
	shop_hat(&c->sh, "A", "Fez", .price = PRICE, .level = 5);
	sales_sql(s, "INSERT INTO customer (id, uid, made_at, seen_at)"
		     " VALUES (1, 'c1', 1, 1)");
	c->settings = *s;
	c->settings.shop_url = shop_url;
	c->settings.mail_warehouse = none;
	c->settings.stock_wait_max = DAY;
	c->settings.checkout_page_seconds = 3600;
	c->f = (struct flow){ .settings = &c->settings,
		.db = c->sh.db,
		.stock = &stock,
		.gateways = gateways,
		.ngateways = 1,
		.holder = "h",
		.now = now };
	place(c);
	return true;
}

static void
close_scene(struct scene *c)
{
	shop_close(&c->sh);
}

static void
pay(struct scene *c)
{
	struct error e = ERROR_NONE;

	is_int(order_pay(&c->f, c->order, "world", &e), RC_OK, e.text);
}

/* Advance so many seconds later. */
static void
later(struct scene *c, int64_t seconds)
{
	struct error e = ERROR_NONE;

	say.now += seconds;
	is_int(order_advance(&c->f, c->order, &e), RC_OK, e.text);
}

static enum rc
state(void *ctx, const struct payment *p, struct error *e)
{
	struct buf *b = ctx;

	(void)e;
	buf_printf(b, " %s", payment_state_name(p->state));
	return RC_OK;
}

/* "pending created", with the reasons why it ends and wants a person. */
static void
is_order(struct scene *c, const char *wanted, const char *what)
{
	struct error e = ERROR_NONE;
	struct order o;
	struct buf b;

	buf_init(&b, 2000);
	if (order_load(c->sh.db, c->order, &o, &e) != RC_OK) {
		ok(0, "%s: %s", what, e.text);
		return;
	}
	buf_puts(&b, order_state_name(o.state));
	if (payment_list(c->sh.db, c->order, state, &b, &e) != RC_OK)
		ok(0, "%s: %s", what, e.text);
	if (o.ending[0] != '\0')
		buf_printf(&b, ", %s", o.ending);
	if (o.attention[0] != '\0')
		buf_puts(&b, "!");
	is_str(buf_str(&b), wanted, what);
	buf_release(&b);
	order_release(&o);
}

static int64_t
held(struct scene *c)
{
	struct error e = ERROR_NONE;
	struct hold_open *open;
	size_t n = 99;

	if (hold_list(c->sh.db, &open, &n, &e) == RC_OK)
		free(open);
	return (int64_t)n;
}

static int64_t
free_hats(const struct settings *s)
{
	static const char query[] =
	    "SELECT CAST(level - held AS CHAR) FROM item";
	char text[30];
	int64_t n;

	return num_parse(sales_text(s, query, text, sizeof(text)), 0, 99, &n) ==
		       RC_OK
		   ? n
		   : -1;
}

/* With a page that has been paid on, and the stock system asked in vain. */
static void
reach_authorised(struct scene *c)
{
	pay(c);
	later(c, 0);
	is_order(c, "pending pending", "a page");
	say.look = NEWS_AUTHORISED;
	say.stock_rc = RC_IO;
	later(c, 10);
	is_order(c, "authorised authorised", "money is reserved");
}

/*** The tests ***/

static void
a_create_without_an_answer_ends_with_the_orders_time(const struct settings *s)
{
	struct scene c;

	if (!open_scene(&c, s))
		return;
	say.send_rc = RC_IO;
	pay(&c);
	later(&c, 0);
	later(&c, 10);
	later(&c, 100);
	is_int(say.sends, 3, "sent again and again");
	is_int(say.keys, 1, "under one key");
	is_order(&c, "pending created", "nothing is concluded");
	later(&c, HOLD);
	is_order(&c, "cancelled expired", "nobody can have its page");
	is_int(free_hats(s), 5, "and its hats are free");
	is_int(say.sends, 3, "without a call more");
	close_scene(&c);
}

static void
a_page_that_the_gateway_has_forgotten_proves_nothing(const struct settings *s)
{
	struct scene c;

	if (!open_scene(&c, s))
		return;
	pay(&c);
	later(&c, 0);
	say.look_rc = RC_NOTFOUND;
	later(&c, HOLD + 1);
	is_order(&c, "pending pending!", "a person must look");
	is_int(free_hats(s), 4, "the hat is held");
	is_int(say.sends, 1, "and nothing is called");
	later(&c, 7 * DAY);
	is_order(&c, "pending pending!", "a week later still");
	later(&c, 2 * DAY);
	is_order(
	    &c, "cancelled expired!", "when no money can be left, it ends");
	is_int(free_hats(s), 5, "and the hat is free");
	close_scene(&c);
}

static void
a_page_that_only_we_can_reserve_on_may_be_forgotten(const struct settings *s)
{
	struct scene c;

	if (!open_scene(&c, s))
		return;
	gateway.authorises = true;
	pay(&c);
	later(&c, 0);
	say.look_rc = RC_NOTFOUND;
	later(&c, HOLD + 1);
	is_order(&c, "cancelled expired", "no money is without our call");
	close_scene(&c);
}

static void
past_the_keys_life_the_object_decides(const struct settings *s)
{
	struct scene c;

	if (!open_scene(&c, s))
		return;
	reach_authorised(&c);
	say.stock_rc = RC_OK;
	say.stock = MASTER_TAKEN;
	say.send_rc = RC_IO;
	later(&c, 10);
	is_order(&c, "authorised capturing", "the capture is lost");
	is_int(say.keys, 2, "create and capture have a key each");
	later(&c, DAY - 20);
	is_int(say.keys, 2, "repeated under it for a day");
	say.look = NEWS_AUTHORISED;
	later(&c, 60);
	is_int(say.keys, 2, "then the gateway is looked at");
	say.send_rc = RC_OK;
	say.answer = NEWS_CAPTURED;
	later(&c, 60);
	is_int(say.keys, 3, "it was not done: a new key");
	is_order(&c, "paid captured", "captured once");
	close_scene(&c);
}

static void
money_does_not_wait_for_the_stock_system_for_ever(const struct settings *s)
{
	struct scene c;

	if (!open_scene(&c, s))
		return;
	reach_authorised(&c);
	later(&c, DAY - 100);
	is_order(&c, "authorised authorised", "nearly a day");
	say.answer = NEWS_VOIDED;
	later(&c, 100);
	is_order(&c, "cancelled voided, the stock system cannot be asked",
	    "then it is let go, and the order says why");
	is_int(held(&c), 1, "the hold stays until the key answers");
	say.stock_rc = RC_OK;
	say.stock = MASTER_TAKEN;
	later(&c, 100);
	is_int(held(&c), 0, "it was taken after all: given back and released");
	is_int(free_hats(s), 5, "all are free");
	close_scene(&c);
}

static void
money_that_is_told_of_after_the_end_goes_back(const struct settings *s)
{
	struct error e = ERROR_NONE;
	struct payment p;
	struct scene c;

	if (!open_scene(&c, s))
		return;
	pay(&c);
	later(&c, 0);
	is_int(payment_live(c.sh.db, c.order, &p, &e), RC_OK, e.text);
	say.look = NEWS_EXPIRED;
	later(&c, HOLD + 1);
	is_order(&c, "cancelled expired", "over");
	say.look_rc = RC_IO;
	is_int(order_look_back(&c.f, c.order, p.id, &e), RC_IO, "away");
	error_clear(&e);
	say.look_rc = RC_OK;
	is_int(order_look_back(&c.f, c.order, p.id, &e), RC_OK, e.text);
	is_order(&c, "cancelled expired", "nothing is there");
	say.look = NEWS_AUTHORISED;
	is_int(order_look_back(&c.f, c.order, p.id, &e), RC_OK, e.text);
	is_order(&c, "cancelled voiding", "money: back with it");
	say.answer = NEWS_VOIDED;
	later(&c, 1);
	is_order(&c, "cancelled voided", "done");
	say.look = NEWS_CAPTURED;
	is_int(order_look_back(&c.f, c.order, p.id, &e), RC_OK, e.text);
	is_order(
	    &c, "cancelled captured!", "taken by whom? a person must look");
	close_scene(&c);
}

static void
an_order_is_tried_so_often_and_no_more(const struct settings *s)
{
	struct error e = ERROR_NONE;
	struct scene c;

	if (!open_scene(&c, s))
		return;
	say.answer = NEWS_REFUSED;
	for (int i = 0; i < 32; i++) {
		pay(&c);
		later(&c, 1);
	}
	is_int(order_pay(&c.f, c.order, "world", &e), RC_INVALID, "32 times");
	later(&c, HOLD);
	is_int(free_hats(s), 5, "it still comes to its end");
	close_scene(&c);
}

static void
open_pages_are_looked_at_less_and_less(const struct settings *s)
{
	struct error e = ERROR_NONE;
	struct scene c;
	struct order o;

	if (!open_scene(&c, s))
		return;
	pay(&c);
	later(&c, 0);
	while (say.now < NOW + HOLD) {
		is_int(order_load(c.sh.db, c.order, &o, &e), RC_OK, e.text);
		ok(o.next_at > say.now && o.next_at <= say.now + 300,
		    "again in %" PRId64 " s", o.next_at - say.now);
		later(&c, o.next_at - say.now);
		order_release(&o);
	}
	ok(say.looks >= 10 && say.looks < 40, "%d looks in half an hour",
	    say.looks);
	close_scene(&c);
}

static void
the_lease_is_kept_while_calls_take_long(const struct settings *s)
{
	struct error e = ERROR_NONE;
	struct flow other;
	struct scene c;

	if (!open_scene(&c, s))
		return;
	other = c.f;
	other.holder = "other";
	say.other = &other;
	say.id = c.order;
	say.seconds = 20;
	say.look = NEWS_AUTHORISED;
	say.stock = MASTER_TAKEN;
	pay(&c);
	is_int(order_advance(&c.f, c.order, &e), RC_OK, e.text);
	is_int(say.let_in, 0, "nobody comes in between");
	ok(say.turned_away >= 3, "%d were turned away", say.turned_away);
	say.other = NULL;
	say.answer = NEWS_CAPTURED;
	later(&c, 60);
	is_order(&c, "paid captured", "it comes to its end");
	error_clear(&e);
	is_int(order_advance(&other, c.order, &e), RC_OK, "then it is free");
	close_scene(&c);
}

int
main(void)
{
	RUN_EACH(the_lease_is_kept_while_calls_take_long);
	RUN_EACH(a_create_without_an_answer_ends_with_the_orders_time);
	RUN_EACH(a_page_that_the_gateway_has_forgotten_proves_nothing);
	RUN_EACH(a_page_that_only_we_can_reserve_on_may_be_forgotten);
	RUN_EACH(past_the_keys_life_the_object_decides);
	RUN_EACH(money_does_not_wait_for_the_stock_system_for_ever);
	RUN_EACH(money_that_is_told_of_after_the_end_goes_back);
	RUN_EACH(an_order_is_tried_so_often_and_no_more);
	RUN_EACH(open_pages_are_looked_at_less_and_less);
	return tap_done();
}
