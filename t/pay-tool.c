/*
 * pay-tool CONF WORD ...: what a checkout does, by hand, for t/webhooks.t and
 * t/paypal.t.
 *
 *	place CUSTOMER ITEM QTY   a basket and an order of it: "ID UID"
 *	pay ORDER                 begin to pay with Stripe: the page's address
 *	paypal ORDER              the same with PayPal
 *	advance ORDER             as a return does: the order's state
 *	end ORDER                 ask for its end, and advance it
 *	refund ORDER NAME AMOUNT  ask for money back, and advance it
 *	cancel ORDER              end it though it is paid, and advance it
 */
#include "config.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/num.h"
#include "flow/wiring.h"
#include "shop/basket.h"
#include "shop/payment.h"

static char country[] = "GB", who[] = "A", town[] = "Leeds", empty[] = "";
static const struct address home = { .country = country,
	.name = who,
	.line1 = who,
	.line2 = empty,
	.town = town,
	.region = empty,
	.postcode = empty,
	.phone = empty };

struct tool {
	const struct settings *settings;
	struct db *db;
	struct wiring *w;
	int64_t numbers[3];
};

static enum rc
pass(void *ctx, const struct basket_line *line, struct error *e)
{
	(void)ctx;
	(void)line;
	(void)e;
	return RC_OK;
}

static enum rc
place_it(const struct tool *t, int64_t basket, int64_t *order, struct error *e)
{
	struct order_placed out = { .outcome = ORDER_EMPTY };
	struct order_wish w = { .customer = t->numbers[0],
		.basket = basket,
		.currency = "GBP",
		.tax_rate = 2000,
		.delivery_option = "standard",
		.terms = "terms",
		.to = &home,
		.email = "a@b.example",
		.hold_seconds = t->settings->checkout_hold_minutes * 60 };
	char checkout[UID_SIZE];
	struct basket_sum sum;
	enum rc rc;

	rc = uid_random(checkout, e);
	w.checkout = checkout;
	if (rc == RC_OK)
		rc = basket_lines(t->db, basket, pass, NULL, &sum, e);
	if (rc != RC_OK)
		return rc;
	w.shown_total = sum.total;
	rc = order_place(t->db, &w, clock_now(), &out, e);
	*order = out.order;
	if (rc == RC_OK && out.outcome != ORDER_PLACED)
		rc = error_set(e, RC_INVALID, "outcome %d", (int)out.outcome);
	return rc;
}

static enum rc
place(const struct tool *t, struct error *e)
{
	char token[TOKEN_SIZE];
	enum basket_outcome outcome;
	int64_t basket = 0, now_qty, order = 0;
	struct order o;
	enum rc rc;

	rc = basket_new(t->db, token, &basket, e);
	if (rc == RC_OK)
		rc = basket_set(t->db, basket, t->numbers[1], t->numbers[2],
		    &outcome, &now_qty, e);
	if (rc == RC_OK)
		rc = place_it(t, basket, &order, e);
	if (rc == RC_OK)
		rc = order_load(t->db, order, &o, e);
	if (rc != RC_OK)
		return rc;
	printf("%" PRId64 " %s\n", o.id, o.uid);
	order_release(&o);
	return RC_OK;
}

static enum rc
advance(const struct tool *t, struct error *e)
{
	struct order o;
	enum rc rc = order_advance(wiring_flow(t->w), t->numbers[0], e);

	if (rc == RC_CONFLICT) {
		error_clear(e);
		rc = RC_OK;
	}
	if (rc == RC_OK)
		rc = order_load(t->db, t->numbers[0], &o, e);
	if (rc != RC_OK)
		return rc;
	puts(order_state_name(o.state));
	order_release(&o);
	return RC_OK;
}

static enum rc
pay_with(const struct tool *t, const char *gateway, struct error *e)
{
	struct payment p;
	enum rc rc;

	rc = order_pay(wiring_flow(t->w), t->numbers[0], gateway, e);
	if (rc == RC_OK)
		rc = order_advance(wiring_flow(t->w), t->numbers[0], e);
	if (rc == RC_OK)
		rc = payment_live(t->db, t->numbers[0], &p, e);
	if (rc == RC_OK)
		puts(p.page);
	return rc;
}

static enum rc
pay(const struct tool *t, struct error *e)
{
	return pay_with(t, "stripe", e);
}

static enum rc
paypal(const struct tool *t, struct error *e)
{
	return pay_with(t, "paypal", e);
}

static enum rc
end(const struct tool *t, struct error *e)
{
	enum rc rc =
	    order_give_up(wiring_flow(t->w), t->numbers[0], "changed mind", e);

	return rc == RC_OK ? advance(t, e) : rc;
}

static enum rc
refund(const struct tool *t, struct error *e)
{
	char name[24];
	enum rc rc;

	(void)snprintf(name, sizeof(name), "r%" PRId64, t->numbers[1]);
	rc = order_refund(
	    wiring_flow(t->w), t->numbers[0], name, t->numbers[2], "test", e);
	return rc == RC_OK ? advance(t, e) : rc;
}

static enum rc
cancel(const struct tool *t, struct error *e)
{
	enum rc rc = order_cancel(
	    wiring_flow(t->w), t->numbers[0], "changed mind", "test", e);

	return rc == RC_OK ? advance(t, e) : rc;
}

static enum rc
act(const struct tool *t, const char *word, struct error *e)
{
	static const struct {
		const char *word;
		enum rc (*fn)(const struct tool *t, struct error *e);
	} each[] = { { "place", place }, { "pay", pay }, { "paypal", paypal },
		{ "advance", advance }, { "end", end }, { "refund", refund },
		{ "cancel", cancel } };

	for (size_t i = 0; i < sizeof(each) / sizeof(each[0]); i++)
		if (strcmp(each[i].word, word) == 0)
			return each[i].fn(t, e);
	return error_set(e, RC_INVALID, "usage: see the source");
}

int
main(int argc, char **argv)
{
	struct error e = ERROR_NONE;
	struct settings s;
	struct tool t = { .settings = &s };
	enum rc rc;

	if (argc < 3 || argc > 6)
		return 2;
	for (int i = 3; i < argc; i++)
		if (num_parse(argv[i], 0, INT64_MAX, &t.numbers[i - 3]) !=
		    RC_OK)
			return 2;
	rc = settings_load(&s, argv[1], &e);
	if (rc == RC_OK) {
		rc = db_open(&s, DB_WRITE, &t.db, &e);
		if (rc == RC_OK)
			rc = wiring_open(&s, t.db, &t.w, &e);
		if (rc == RC_OK)
			rc = act(&t, argv[2], &e);
		wiring_close(t.w);
		db_close(t.db);
		settings_release(&s);
	}
	if (rc != RC_OK)
		printf("%s: %s\n", rc_name(rc), e.text);
	return rc == RC_OK ? 0 : 1;
}
