/*
 * Refunds and the end of a paid order, against a gateway whose answers are lost
 * and a shop that dies between any two of its units (R53, R75).
 */
#include "config.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/num.h"
#include "base/text.h"
#include "shop/basket.h"
#include "shop/hold.h"
#include "shop/payment.h"
#include "shop/refund.h"
#include "t/flow-world.h"
#include "t/shop.h"

#define NOW 1700000000
#define START_LEVEL 5
#define PRICE 1000

/*** A shop that dies ***/

static int units_left = -1; /* -1: it does not die */

enum rc __real_db_unit(
    struct db *db, db_work *fn, void *ctx, struct error *e) CHECKED;
enum rc __wrap_db_unit(
    struct db *db, db_work *fn, void *ctx, struct error *e) CHECKED;

enum rc
__wrap_db_unit(struct db *db, db_work *fn, void *ctx, struct error *e)
{
	if (units_left == 0)
		return error_set(e, RC_IO, "dead");
	if (units_left > 0)
		units_left--;
	return __real_db_unit(db, fn, ctx, e);
}

/*** A gateway that refunds; all else is the world's ***/

static struct {
	char key[UID_SIZE], name[REFUND_REFERENCE_SIZE];
	int64_t amount;
	enum gateway_news news;
} refunds[20];
static size_t nrefunds;
static enum gateway_news next_news;               /* of a refund that is made */
static int lose_before, lose_after, lose_capture; /* calls */
static int64_t level_at_refund;
static struct gateway gateway;

static enum rc
prepare(const struct gateway *g, enum gateway_action action,
    const struct gateway_job *job, struct buf *path, struct buf *request,
    struct error *e)
{
	if (action != GATEWAY_REFUND)
		return world_gateway.prepare(g, action, job, path, request, e);
	buf_puts(path, "refund");
	buf_printf(request, "%s %" PRId64, job->refund, job->refund_amount);
	return RC_OK;
}

static void
make_refund(size_t i, const char *key, const char *request)
{
	const char *amount = strrchr(request, ' ') + 1;

	nrefunds++;
	text_copy(refunds[i].key, sizeof(refunds[i].key), key);
	(void)snprintf(refunds[i].name, sizeof(refunds[i].name), "%.*s",
	    (int)(amount - 1 - request), request);
	is_int(num_parse(amount, 1, INT64_MAX, &refunds[i].amount), RC_OK,
	    "an amount");
	refunds[i].news = next_news;
	level_at_refund = the_world->level;
}

/* Another runner is at the same call while it is under way, and is told no. */
static void (*meanwhile)(void *ctx);
static void *meanwhile_ctx;
static bool refuse_next;

static bool
refused(struct gateway_reply *reply)
{
	void (*run)(void *) = meanwhile;

	if (refuse_next) {
		refuse_next = false;
		reply->status = 422;
		buf_puts(&reply->body, "no");
		return true;
	}
	if (run != NULL) {
		meanwhile = NULL;
		refuse_next = true;
		run(meanwhile_ctx);
	}
	return false;
}

static enum rc
send_call(const struct gateway *g, const char *path, const char *key,
    const void *request, size_t n, struct gateway_reply *reply, struct error *e)
{
	size_t i = 0;

	if (strcmp(path, "refund") != 0) {
		enum rc rc =
		    world_gateway.send(g, path, key, request, n, reply, e);

		if (strstr(path, "capture") == NULL || lose_capture == 0)
			return rc;
		lose_capture--;
		return error_set(e, RC_IO, "lost after");
	}
	if (lose_before > 0 && lose_before-- > 0)
		return error_set(e, RC_IO, "lost before");
	if (refused(reply))
		return RC_OK;
	while (i < nrefunds && strcmp(refunds[i].key, key) != 0)
		i++;
	if (i == nrefunds)
		make_refund(i, key, request);
	if (lose_after > 0 && lose_after-- > 0)
		return error_set(e, RC_IO, "lost after");
	reply->status = 200;
	buf_printf(&reply->body, "%zu", i);
	return RC_OK;
}

static void
answer(size_t i, struct gateway_answer *out)
{
	memset(out, 0, sizeof(*out));
	out->news = refunds[i].news;
	out->amount = refunds[i].amount;
	text_copy(out->currency, sizeof(out->currency), "GBP");
	(void)snprintf(
	    out->refund_object, sizeof(out->refund_object), "re_%zu", i);
}

static enum rc
read_reply(const struct gateway *g, enum gateway_action action,
    const struct gateway_reply *reply, struct gateway_answer *out,
    struct error *e)
{
	int64_t i = 0;

	if (action != GATEWAY_REFUND)
		return world_gateway.read(g, action, reply, out, e);
	memset(out, 0, sizeof(*out));
	if (reply->status == 422) {
		out->news = NEWS_REFUSED;
		return RC_OK;
	}
	is_int(num_parse(buf_str(&reply->body), 0, 19, &i), RC_OK, "a number");
	answer((size_t)i, out);
	return RC_OK;
}

static enum rc
look_refund(const struct gateway *g, const struct gateway_job *job,
    struct gateway_answer *out, struct error *e)
{
	(void)g;
	for (size_t i = 0; i < nrefunds; i++) {
		if (strcmp(refunds[i].name, job->refund) != 0)
			continue;
		answer(i, out);
		return RC_OK;
	}
	return error_set(e, RC_NOTFOUND, "no such refund");
}

static int64_t
given(void)
{
	int64_t sum = 0;

	for (size_t i = 0; i < nrefunds; i++)
		if (refunds[i].news != NEWS_FAILED)
			sum += refunds[i].amount;
	return sum;
}

/*** A paid order ***/

static enum rc
write_letter(const struct settings *s, const struct order *o,
    const char *method, struct buf *out, struct error *e)
{
	(void)s;
	(void)o;
	(void)e;
	buf_printf(out, "Paid by %s", method);
	return RC_OK;
}

static enum rc
write_end(const struct settings *s, const struct order *o, const char *uid,
    bool reserved, int64_t back, const char *method, struct buf *out,
    struct error *e)
{
	(void)s;
	(void)uid;
	(void)method;
	(void)e;
	buf_printf(out, "%s %d %d", o->ending, (int)reserved, (int)back);
	return RC_OK;
}

static enum rc
write_refund(const struct settings *s, const struct order *o, const char *uid,
    const struct refund *f, const char *method, struct buf *out,
    struct error *e)
{
	(void)s;
	(void)o;
	(void)uid;
	(void)method;
	(void)e;
	buf_printf(out, "%d back", (int)f->amount);
	return RC_OK;
}

static const struct flow_letters letters = { write_letter, write_end,
	write_refund };
static char shop_url[] = "https://hats.example";
static char gb[] = "GB", some[] = "A", none[] = "";
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
	struct random chance;
	const struct gateway *gateways[1];
	int64_t order;
};

/* So many envelopes of letters of this kind. */
static void
are_letters(
    const struct settings *s, const char *kind, int64_t n, const char *what)
{
	char got[40], sql[200], want[40];

	(void)snprintf(sql, sizeof(sql),
	    "SELECT '' || COUNT(*) FROM outbox o JOIN letter l"
	    " ON l.id = o.letter_id WHERE l.kind = '%s'",
	    kind);
	(void)snprintf(want, sizeof(want), "%d", (int)n);
	is_str(sales_text(s, sql, got, sizeof(got)), want, what);
}

static enum rc
pay_page(void *ctx, const struct payment *p, struct error *e)
{
	(void)ctx;
	(void)e;
	world_pay(p->uid);
	return RC_OK;
}

static void
advance(struct scene *c)
{
	struct error e = ERROR_NONE;

	if (order_advance(&c->f, c->order, &e) != RC_OK)
		ok(units_left == 0, "advance: %s", e.text);
}

/* As lifecycle would, over half a day. */
static void
a_day(struct scene *c)
{
	for (int i = 0; i < 12; i++) {
		advance(c);
		the_world->now += 3600;
	}
}

static void
set_up_flow(struct scene *c, const struct settings *s)
{
	gateway = world_gateway;
	gateway.ctx = &c->chance;
	gateway.key_seconds = 86400;
	gateway.prepare = prepare;
	gateway.send = send_call;
	gateway.read = read_reply;
	gateway.look_refund = look_refund;
	c->gateways[0] = &gateway;
	c->settings = *s;
	c->settings.shop_url = shop_url;
	c->settings.mail_warehouse = none;
	c->settings.stock_wait_max = 86400;
	c->settings.checkout_page_seconds = 3600;
	c->f = (struct flow){ .settings = &c->settings,
		.db = c->sh.db,
		.stock = &world_stock,
		.gateways = c->gateways,
		.ngateways = 1,
		.letters = &letters,
		.holder = "h",
		.now = world_now,
		.without_lease = true };
}

/* A basket becomes an order. */
static void
place(struct scene *c, const char *checkout)
{
	struct order_wish w = { checkout, 1, 0, "GBP", 2000, 0, "standard",
		"terms", 2 * PRICE, &home, "a@example.com", 1800 };
	struct order_placed out = { .order = 0 };
	struct error e = ERROR_NONE;
	enum basket_outcome outcome;
	char token[TOKEN_SIZE];
	int64_t qty;

	ok(basket_new(c->sh.db, token, &w.basket, &e) == RC_OK &&
		basket_add(c->sh.db, w.basket, 1, 2, &outcome, &qty, &e) ==
		    RC_OK,
	    "a basket: %s", e.text);
	is_int(
	    order_place(c->sh.db, &w, the_world->now, &out, &e), RC_OK, e.text);
	c->order = out.order;
}

static void
order_hats(struct scene *c)
{
	struct error e = ERROR_NONE;

	place(c, "k");
	is_int(order_pay(&c->f, c->order, gateway.name, &e), RC_OK, e.text);
	advance(c);
	is_int(payment_list(c->sh.db, c->order, pay_page, NULL, &e), RC_OK,
	    e.text);
}

static void
buy(struct scene *c)
{
	order_hats(c);
	advance(c);
	is_int(the_world->level, START_LEVEL - 2, "the hats are taken");
}

/* Nothing is ordered yet. */
static bool
open_shop(struct scene *c, const struct settings *s)
{
	memset(c, 0, sizeof(*c));
	nrefunds = 0;
	lose_before = lose_after = 0;
	next_news = NEWS_REFUNDED;
	units_left = -1;
	if (!shop_open(&c->sh, s))
		return false;
	shop_hat(&c->sh, "A", "Fez", .price = PRICE, .level = START_LEVEL);
	sales_sql(s, "INSERT INTO customer (id, uid, made_at, seen_at)"
		     " VALUES (1, 'c1', 1, 1)");
	world_new(START_LEVEL, NOW);
	world_faults = 0;
	world_stock.ctx = &c->chance;
	set_up_flow(c, s);
	return true;
}

static bool
open_scene(struct scene *c, const struct settings *s)
{
	if (!open_shop(c, s))
		return false;
	buy(c);
	return true;
}

static void
close_scene(struct scene *c)
{
	world_free(the_world);
	shop_close(&c->sh);
}

/* "state captured refunded attention" of the order. */
static void
is_order(struct scene *c, const char *wanted, const char *what)
{
	struct error e = ERROR_NONE;
	char text[200];
	struct order o;

	if (order_load(c->sh.db, c->order, &o, &e) != RC_OK) {
		ok(0, "%s: %s", what, e.text);
		return;
	}
	(void)snprintf(text, sizeof(text), "%s %" PRId64 " %" PRId64 "%s",
	    order_state_name(o.state), o.captured, o.refunded,
	    o.attention[0] != '\0' ? " !" : "");
	is_str(text, wanted, what);
	order_release(&o);
}

static enum rc
refund(struct scene *c, const char *reference, int64_t amount)
{
	struct error e = ERROR_NONE;

	return order_refund(&c->f, c->order, reference, amount, "staff A", &e);
}

static enum rc
first_refund(struct scene *c, struct refund *out)
{
	struct error e = ERROR_NONE;

	return refund_load(c->sh.db, 1, out, &e);
}

/*** The tests ***/

static void
a_refund_is_made_once_R53(const struct settings *s)
{
	struct refund r;
	struct scene c;

	if (!open_scene(&c, s))
		return;
	is_int(refund(&c, "r1", 500), RC_OK, "asked");
	is_int(refund(&c, "r1", 500), RC_OK, "asked twice");
	lose_before = 1;
	advance(&c);
	is_int(first_refund(&c, &r), RC_OK, "it is there");
	ok(strstr(r.why, "lost before") != NULL, "why it is not made yet: %s",
	    r.why);
	lose_after = 2;
	a_day(&c);
	is_int(first_refund(&c, &r), RC_OK, "it is there");
	is_str(r.why, "", "and then it is made");
	is_int((int64_t)nrefunds, 1, "one refund, however often it was sent");
	is_int(given(), 500, "of that amount");
	is_order(&c, "paid 2000 500", "the order says so");
	is_int(refund(&c, "r1", 400), RC_INVALID, "another amount");
	is_int(refund(&c, "r2", 1501), RC_INVALID, "more than is left");
	is_int(refund(&c, "r2", 1500), RC_OK, "all that is left");
	a_day(&c);
	is_int(given(), 2000, "all");
	is_order(&c, "paid 2000 2000", "all, says the order");
	is_int(the_world->level, START_LEVEL - 2, "the hats are still sold");
	close_scene(&c);
}

static void
advance_too(void *ctx)
{
	advance(ctx);
}

static void
what_is_done_counts_whatever_another_was_told_R53(const struct settings *s)
{
	struct refund r;
	struct scene c;

	if (!open_scene(&c, s))
		return;
	is_int(refund(&c, "r1", 500), RC_OK, "asked");
	meanwhile = advance_too;
	meanwhile_ctx = &c;
	a_day(&c);
	ok(!refuse_next && meanwhile == NULL, "another runner was told no");
	is_int((int64_t)nrefunds, 1, "it is made");
	is_int(first_refund(&c, &r), RC_OK, "it is there");
	is_int(r.state, REFUND_DONE, "and done");
	is_order(&c, "paid 2000 500", "nobody is called, the sum is right");
	close_scene(&c);
}

static void
a_pending_refund_is_followed_R53(const struct settings *s)
{
	struct scene c;

	if (!open_scene(&c, s))
		return;
	next_news = NEWS_WAITS;
	is_int(refund(&c, "r1", 500), RC_OK, "asked");
	a_day(&c);
	is_order(&c, "paid 2000 500", "pending counts");
	refunds[0].news = NEWS_FAILED;
	a_day(&c);
	is_order(&c, "paid 2000 0 !", "it failed: a person is called");
	next_news = NEWS_REFUNDED;
	is_int(refund(&c, "r1", 500), RC_OK, "the same reference again");
	a_day(&c);
	is_order(&c, "paid 2000 0 !", "is the one that failed");
	is_int(refund(&c, "r2", 500), RC_OK, "by another");
	a_day(&c);
	is_order(&c, "paid 2000 500 !", "it is made");
	is_int((int64_t)nrefunds, 2, "two were sent");
	close_scene(&c);
}

static void
past_the_keys_life_the_gateway_is_asked_R53(const struct settings *s)
{
	struct scene c;

	if (!open_scene(&c, s))
		return;
	is_int(refund(&c, "r1", 500), RC_OK, "asked");
	lose_after = 1;
	advance(&c); /* made, and nobody was told */
	is_int((int64_t)nrefunds, 1, "it is made");
	the_world->now += 2 * 86400;
	a_day(&c);
	is_int((int64_t)nrefunds, 1, "it is not sent again");
	is_order(&c, "paid 2000 500", "it is found");
	is_int(refund(&c, "r2", 500), RC_OK, "asked");
	lose_before = 1;
	advance(&c); /* it never arrived */
	the_world->now += 2 * 86400;
	a_day(&c);
	is_int((int64_t)nrefunds, 1, "it was not made");
	is_order(&c, "paid 2000 500 !", "which a person is told");
	close_scene(&c);
}

static enum rc
note_last(void *ctx, const struct refund *r, struct error *e)
{
	(void)e;
	*(struct refund *)ctx = *r;
	return RC_OK;
}

/* Of two captures one is on its way back. */
static void
a_refund_is_of_money_that_is_there_R53(const struct settings *s)
{
	struct error e = ERROR_NONE;
	struct refund last = { .payment = 0 };
	struct scene c;
	int64_t first;

	if (!open_scene(&c, s))
		return;
	sales_sql(s,
	    "INSERT INTO payment (uid, order_id, gateway, state, amount,"
	    " captured, made_at, currency, expires_at, changed_at)"
	    " SELECT 'late', order_id, gateway, state, amount, captured,"
	    " made_at, currency, expires_at, changed_at FROM payment");
	sales_sql(s, "UPDATE orders SET captured = 4000");
	is_int(refund(&c, "r1", 2000), RC_OK, "all of one");
	is_int(
	    refund_list(c.sh.db, c.order, note_last, &last, &e), RC_OK, e.text);
	first = last.payment;
	is_int(refund(&c, "r2", 500), RC_OK, "a part of the other");
	is_int(
	    refund_list(c.sh.db, c.order, note_last, &last, &e), RC_OK, e.text);
	ok(first != 0 && last.payment != first, "is of the other");
	is_int(refund(&c, "r1", 2000), RC_OK, "the same refund");
	is_int(refund(&c, "r3", 1600), RC_INVALID, "more than any has left");
	close_scene(&c);
}

static void
cancel(struct scene *c)
{
	struct error e = ERROR_NONE;

	is_int(order_cancel(&c->f, c->order, "does not fit", "staff A", &e),
	    RC_OK, e.text);
}

static void
a_paid_order_ends_money_first_R75(const struct settings *s)
{
	struct error e = ERROR_NONE;
	struct scene c;

	if (!open_scene(&c, s))
		return;
	is_int(refund(&c, "r1", 300), RC_OK, "a part before");
	a_day(&c);
	cancel(&c);
	lose_before = 3;
	advance(&c);
	is_int(the_world->level, START_LEVEL - 2,
	    "no goods before the money is on its way");
	cancel(&c);
	a_day(&c);
	is_int(level_at_refund, START_LEVEL - 2, "money was first");
	is_int(given(), 2000, "all of the money, once");
	is_int(the_world->level, START_LEVEL, "all of the goods, once");
	is_order(&c, "cancelled 2000 2000", "and then the order");
	are_letters(s, "refund", 1, "the part had its own");
	are_letters(s, "ended", 1, "the end tells of the rest");
	is_int(order_cancel(&c.f, c.order, "again", "staff A", &e), RC_INVALID,
	    "a cancelled order is not cancelled");
	a_day(&c);
	is_int(the_world->level, START_LEVEL, "nothing goes back twice");
	are_letters(s, "refund", 1, "no more");
	are_letters(s, "ended", 1, "no more");
	close_scene(&c);
}

static void
cancel_as_wished(struct scene *c)
{
	struct error e = ERROR_NONE;

	is_int(order_cancel(&c->f, c->order, ORDER_AS_WISHED, "customer", &e),
	    RC_OK, e.text);
}

static void
an_order_that_ends_unpaid_is_told_of_once_R58(const struct settings *s)
{
	struct error e = ERROR_NONE;
	char got[80];
	struct scene c;

	if (!open_scene(&c, s))
		return;
	are_letters(s, "order", 1, "a paid order does not end");
	place(&c, "left");
	a_day(&c);
	is_order(&c, "cancelled 0 0", "nobody came to pay it");
	are_letters(s, "ended", 0, "who never saw a page to pay on knows");
	place(&c, "wished");
	cancel_as_wished(&c);
	a_day(&c);
	is_order(&c, "cancelled 0 0", "the customer has cancelled it");
	are_letters(s, "ended", 0, "and knows");
	place(&c, "ours");
	cancel(&c);
	a_day(&c);
	are_letters(s, "ended", 1, "whom we cancel is told");
	place(&c, "late");
	is_int(order_pay(&c.f, c.order, gateway.name, &e), RC_OK, e.text);
	a_day(&c);
	is_order(&c, "cancelled 0 0", "its page was left");
	are_letters(s, "ended", 2, "which is told");
	is_str(sales_text(s,
		   "SELECT CAST(bytes AS CHAR) FROM letter"
		   " ORDER BY id DESC LIMIT 1",
		   got, sizeof(got)),
	    " 0 0", "nothing was charged");
	a_day(&c);
	are_letters(s, "ended", 2, "once");
	close_scene(&c);
}

/* The scene can be set anew. */
static void
wipe(const struct settings *s)
{
	static const char *const tables[] = { "parcel_event", "parcel",
		"refund", "payment_call", "outbox", "letter", "journal",
		"payment", "order_line", "hold", "orders", "basket_line",
		"basket", "customer" };
	char sql[60];

	for (size_t i = 0; i < sizeof(tables) / sizeof(tables[0]); i++) {
		(void)snprintf(sql, sizeof(sql), "DELETE FROM %s", tables[i]);
		sales_sql(s, sql);
	}
	sales_sql(s, "UPDATE item SET held = 0");
}

static void
a_paid_order_ends_wherever_the_shop_dies_R75(const struct settings *s)
{
	struct scene c;
	bool died = true;
	int at;

	for (at = 0; died && at < 40; at++) {
		if (!open_scene(&c, s))
			return;
		cancel(&c);
		units_left = at;
		for (int i = 0; i < 4; i++) {
			advance(&c);
			the_world->now += 60;
		}
		died = units_left == 0;
		units_left = -1;
		a_day(&c);
		ok(given() == 2000, "dead at %d: all of the money, once", at);
		is_int(the_world->level, START_LEVEL, "and of the goods");
		is_order(&c, "cancelled 2000 2000", "and the order");
		are_letters(s, "refund", 0, "one letter says both");
		are_letters(s, "ended", 1, "once");
		close_scene(&c);
		wipe(s);
	}
	ok(at > 5 && !died, "it died at each of %d places", at - 1);
}

static void
who_wants_an_end_too_late_gets_the_hats(const struct settings *s)
{
	struct error e = ERROR_NONE;
	struct scene c;

	if (!open_scene(&c, s))
		return;
	is_int(order_give_up(&c.f, c.order, "another checkout", &e), RC_OK,
	    e.text);
	a_day(&c);
	is_order(&c, "paid 2000 0", "a paid order goes on");
	close_scene(&c);
}

/*** Money that nobody here has taken ***/

/* The stock system does it, and nobody hears of it. */
static enum rc
take_unheard(void *ctx, const char *attempt, const struct master_line *lines,
    size_t n, enum master_answer *answer, struct master_short *why,
    struct error *e)
{
	(void)!world_stock.take(ctx, attempt, lines, n, answer, why, e);
	return error_set(e, RC_IO, "lost after");
}

static enum rc
take_nothing(void *ctx, const char *attempt, const struct master_line *lines,
    size_t n, enum master_answer *answer, struct master_short *why,
    struct error *e)
{
	(void)ctx;
	(void)attempt;
	(void)lines;
	(void)n;
	(void)answer;
	(void)why;
	return error_set(e, RC_IO, "away");
}

static enum rc
refuse_nothing(void *ctx, const char *attempt, const struct master_line *lines,
    size_t n, enum master_answer *answer, struct error *e)
{
	return take_nothing(ctx, attempt, lines, n, answer, NULL, e);
}

/* Somebody captures at the gateway's own desk while the stock system is away. */
static void
capture_by_hand(struct scene *c, bool taken, bool cancelled)
{
	struct flow_stock away = world_stock;
	struct error e = ERROR_NONE;

	order_hats(c);
	away.take = taken ? take_unheard : take_nothing;
	away.refuse = refuse_nothing;
	c->f.stock = &away;
	advance(c);
	is_order(c, "authorised 0 0", "the stock system is away");
	the_world->pages[0].money = MONEY_TAKEN;
	if (cancelled)
		is_int(order_give_up(&c->f, c->order, "no wish", &e), RC_OK,
		    e.text);
	advance(c);
	c->f.stock = &world_stock;
}

static void
is_undone(
    struct scene *c, const struct settings *s, int64_t level, const char *what)
{
	struct error e = ERROR_NONE;
	struct hold_open *open;
	size_t n = 1;

	a_day(c);
	is_order(c, "cancelled 2000 2000 !", what);
	is_int(given(), 2000, "the money went back");
	is_int(the_world->level, level, "the goods are there");
	is_int(hold_list(c->sh.db, &open, &n, &e), RC_OK, e.text);
	is_int((long long)n, 0, "nothing is held");
	free(open);
	close_scene(c);
	wipe(s);
}

static void
money_that_was_taken_by_hand_pays_for_no_goods_that_are_not_there(
    const struct settings *s)
{
	struct scene c;

	if (!open_shop(&c, s))
		return;
	capture_by_hand(&c, false, false);
	the_world->level = 1;
	is_undone(&c, s, 1, "too few are left");

	if (!open_shop(&c, s))
		return;
	capture_by_hand(&c, false, true);
	is_undone(&c, s, START_LEVEL, "cancelled, nothing was taken");

	if (!open_shop(&c, s))
		return;
	capture_by_hand(&c, true, true);
	is_undone(&c, s, START_LEVEL, "cancelled, and taken unheard");

	if (!open_shop(&c, s))
		return;
	capture_by_hand(&c, true, false);
	a_day(&c);
	is_order(&c, "paid 2000 0", "what is taken is paid for");
	close_scene(&c);
}

static void
who_wants_an_end_while_it_is_paid_is_answered(const struct settings *s)
{
	char text[20];
	struct scene c;

	lose_capture = 1;
	if (!open_scene(&c, s))
		return;
	is_order(&c, "authorised 0 0", "captured, and nobody was told");
	cancel(&c);
	a_day(&c);
	is_order(&c, "paid 2000 0", "it goes on");
	is_str(sales_text(s,
		   "SELECT CAST(COUNT(*) AS CHAR) FROM journal"
		   " WHERE kind = 'goes on' AND detail = 'does not fit'",
		   text, sizeof(text)),
	    "1", "which the journal tells");
	close_scene(&c);
}

/*** What is sent back ***/

static char shelved[4][UID_SIZE]; /* the keys of give-backs */
static size_t nshelved;

/* One key raises the level once, by what it is of. */
static enum rc
shelve(void *ctx, const char *back, const char *attempt,
    const struct master_line *lines, size_t n, struct error *e)
{
	(void)ctx;
	(void)attempt;
	(void)e;
	is_int((int64_t)n, 1, "of one line");
	for (size_t i = 0; i < nshelved; i++)
		if (strcmp(shelved[i], back) == 0)
			return RC_OK;
	text_copy(shelved[nshelved++], UID_SIZE, back);
	the_world->level += lines[0].qty;
	return RC_OK;
}

struct sending_back {
	struct return_wish w;
	int64_t id;
	enum return_outcome outcome;
	enum return_said said;
	int what; /* 0 ask, 1 accept, 2 received, 3 refuse */
};

static enum rc
send_back(struct db *db, void *ctx, struct error *e)
{
	struct sending_back *b = ctx;
	int64_t now = the_world->now;

	switch (b->what) {
	case 0:
		return return_ask(db, &b->w, now, &b->outcome, e);
	case 1:
		return return_accept(db, b->id, "staff a", now, &b->said, e);
	case 2:
		return return_received(db, b->id, "staff a", now, &b->said, e);
	default:
		return return_refuse(
		    db, b->id, "staff a", "worn", now, &b->said, e);
	}
}

static int
asked(struct scene *c, const char *uid, int64_t qty)
{
	struct sending_back b = { .w = { c->order, 14, uid, &qty } };
	struct error e = ERROR_NONE;

	is_int(db_unit(c->sh.db, send_back, &b, &e), RC_OK, e.text);
	return (int)b.outcome;
}

static int
said(struct scene *c, int64_t id, int what)
{
	struct sending_back b = { .id = id, .what = what };
	struct error e = ERROR_NONE;

	is_int(db_unit(c->sh.db, send_back, &b, &e), RC_OK, e.text);
	return (int)b.said;
}

static void
what_is_sent_back_is_paid_and_shelved_once_R73(const struct settings *s)
{
	struct flow_stock stock;
	char text[300];
	struct scene c;

	if (!open_shop(&c, s))
		return;
	stock = world_stock;
	stock.give_back = shelve;
	nshelved = 0;
	c.f.stock = &stock;
	buy(&c);
	is_int(asked(&c, "r0", 1), RETURN_NOT_NOW, "not before it is there");
	sales_sql(s, "UPDATE orders SET state = 4");
	(void)snprintf(text, sizeof(text),
	    "UPDATE parcel SET state = 4, carrier = 5, carrier_at = %d",
	    (int)the_world->now);
	sales_sql(s, text);
	is_int(asked(&c, "r1", 0), RETURN_NOTHING, "none is none");
	is_int(asked(&c, "r1", 3), RETURN_TOO_MANY, "more than was bought");
	is_int(asked(&c, "r1", 1), RETURN_MADE, "one of two");
	is_int(asked(&c, "r1", 1), RETURN_SAME, "the form sent twice");
	is_int(asked(&c, "r2", 2), RETURN_TOO_MANY, "more than is left");
	is_int(said(&c, 1, 2), RETURN_NOT, "not received before it is taken");
	is_int(said(&c, 1, 1), RETURN_DONE, "accepted");
	is_int(said(&c, 1, 1), RETURN_BEFORE, "accepted twice");
	is_int(said(&c, 1, 3), RETURN_NOT, "not refused any more");
	a_day(&c);
	is_int(given(), PRICE, "the price of one went back");
	is_int(the_world->level, START_LEVEL - 2, "no hat is back yet");
	is_int(said(&c, 1, 2), RETURN_DONE, "received");
	is_int(said(&c, 1, 2), RETURN_BEFORE, "received twice");
	a_day(&c);
	is_int(the_world->level, START_LEVEL - 1, "one hat is on the shelf");
	the_world->now += 16 * 86400;
	is_int(asked(&c, "r3", 1), RETURN_MADE, "after the period");
	is_str(sales_text(s, "SELECT CAST(SUM(late) AS CHAR) FROM goods_return",
		   text, sizeof(text)),
	    "1", "which is marked");
	is_int(said(&c, 2, 3), RETURN_DONE, "refused");
	is_int(asked(&c, "r4", 1), RETURN_MADE, "and asked for again");
	a_day(&c);
	is_int(given(), PRICE, "nothing more went back");
	is_int((int64_t)nshelved, 1, "no more is on the shelf");
	close_scene(&c);
}

int
main(void)
{
	RUN_EACH(what_is_sent_back_is_paid_and_shelved_once_R73);
	RUN_EACH(a_refund_is_made_once_R53);
	RUN_EACH(what_is_done_counts_whatever_another_was_told_R53);
	RUN_EACH(a_pending_refund_is_followed_R53);
	RUN_EACH(past_the_keys_life_the_gateway_is_asked_R53);
	RUN_EACH(a_refund_is_of_money_that_is_there_R53);
	RUN_EACH(a_paid_order_ends_money_first_R75);
	RUN_EACH(a_paid_order_ends_wherever_the_shop_dies_R75);
	RUN_EACH(an_order_that_ends_unpaid_is_told_of_once_R58);
	RUN_EACH(who_wants_an_end_too_late_gets_the_hats);
	RUN_EACH(who_wants_an_end_while_it_is_paid_is_answered);
	RUN_EACH(
	    money_that_was_taken_by_hand_pays_for_no_goods_that_are_not_there);
	return tap_done();
}
