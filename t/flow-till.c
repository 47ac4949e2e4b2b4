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
#include "t/flow-till.h"

/*** A shop that dies ***/

int units_left = -1;

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

struct till_refund refunds[TILL_REFUNDS];
size_t nrefunds;
enum gateway_news next_news;
int lose_before, lose_after, lose_capture;
int64_t level_at_refund;
struct gateway gateway;

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

void
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
void (*meanwhile)(void *ctx);
void *meanwhile_ctx;
bool refuse_next;

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

int64_t
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

/* So many envelopes of letters of this kind. */
void
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

void
advance(struct scene *c)
{
	struct error e = ERROR_NONE;

	if (order_advance(&c->f, c->order, &e) != RC_OK)
		ok(units_left == 0, "advance: %s", e.text);
}

/* As lifecycle would, over half a day. */
void
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
void
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

void
order_hats(struct scene *c)
{
	struct error e = ERROR_NONE;

	place(c, "k");
	is_int(order_pay(&c->f, c->order, gateway.name, &e), RC_OK, e.text);
	advance(c);
	is_int(payment_list(c->sh.db, c->order, pay_page, NULL, &e), RC_OK,
	    e.text);
}

void
buy(struct scene *c)
{
	order_hats(c);
	advance(c);
	is_int(the_world->level, START_LEVEL - 2, "the hats are taken");
}

/* Nothing is ordered yet. */
bool
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

bool
open_scene(struct scene *c, const struct settings *s)
{
	if (!open_shop(c, s))
		return false;
	buy(c);
	return true;
}

void
close_scene(struct scene *c)
{
	world_free(the_world);
	shop_close(&c->sh);
}

/* "state captured refunded attention" of the order. */
void
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

enum rc
refund(struct scene *c, const char *reference, int64_t amount)
{
	struct error e = ERROR_NONE;

	return order_refund(&c->f, c->order, reference, amount, "staff A", &e);
}

enum rc
first_refund(struct scene *c, struct refund *out)
{
	struct error e = ERROR_NONE;

	return refund_load(c->sh.db, 1, out, &e);
}

void
wipe(const struct settings *s)
{
	static const char *const tables[] = { "return_line", "goods_return",
		"parcel_event", "parcel", "refund", "payment_call", "outbox",
		"letter", "journal", "payment", "order_line", "hold", "orders",
		"basket_line", "basket", "customer" };
	char sql[60];

	for (size_t i = 0; i < sizeof(tables) / sizeof(tables[0]); i++) {
		(void)snprintf(sql, sizeof(sql), "DELETE FROM %s", tables[i]);
		sales_sql(s, sql);
	}
	sales_sql(s, "UPDATE item SET held = 0");
}
