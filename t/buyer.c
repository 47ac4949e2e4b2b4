/*
 * buyer CONF WORD ...: one of many who want the same hat, for t/crowd.t and
 * t/galera.t.
 *
 *	fill N ITEM        N baskets with one of it each: their ids
 *	buy CUSTOMER BASKET   waits for a line on its input, then orders, pays by
 *	                   card and comes back: "paid", "refused WHY", "short LEFT"
 */
#include "config.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/num.h"
#include "flow/wiring.h"
#include "peer/exchange.h"
#include "shop/basket.h"
#include "shop/payment.h"

#define PATIENCE 120000 /* ms */

struct buyer {
	const struct settings *settings;
	struct db *db;
	struct wiring *w;
	int64_t numbers[2];
};

static enum rc
fill(const struct buyer *b, struct error *e)
{
	enum basket_outcome outcome;
	char token[TOKEN_SIZE];
	int64_t basket = 0, qty;
	enum rc rc = RC_OK;

	for (int64_t i = 0; i < b->numbers[0] && rc == RC_OK; i++) {
		rc = basket_new(b->db, token, &basket, e);
		if (rc == RC_OK)
			rc = basket_set(
			    b->db, basket, b->numbers[1], 1, &outcome, &qty, e);
		printf("%" PRId64 "\n", basket);
	}
	return rc;
}

static enum rc
pass(void *ctx, const struct basket_line *line, struct error *e)
{
	int64_t *price = ctx;

	(void)e;
	*price = line->item->price * line->qty;
	return RC_OK;
}

/* Who is told to try again does, while there is patience. */
static bool
again(enum rc rc, int64_t deadline, struct error *e)
{
	if (rc != RC_CONFLICT || clock_mono_ms() > deadline)
		return false;
	error_clear(e);
	clock_sleep_ms(200);
	return true;
}

static enum rc
place(const struct buyer *b, const char *checkout, struct order_placed *out,
    struct error *e)
{
	static char country[] = "GB", who[] = "A", none[] = "";
	static const struct address home = { .country = country,
		.name = who,
		.line1 = who,
		.line2 = none,
		.town = who,
		.region = none,
		.postcode = none,
		.phone = none };
	struct order_wish w = { checkout, b->numbers[0], b->numbers[1], "GBP",
		2000, 0, "standard", "terms", 0, &home, "a@b.example",
		b->settings->checkout_hold_minutes * 60 };
	struct basket_sum sum;
	enum rc rc;

	/* what the review showed, whatever is left by now */
	rc = basket_lines(b->db, b->numbers[1], pass, &w.shown_total, &sum, e);
	return rc == RC_OK ? order_place(b->db, &w, clock_now(), out, e) : rc;
}

static enum rc
send_card(const char *page, struct error *e)
{
	static const char body[] = "card=4242424242424242";
	struct exchange_pool *pool;
	struct exchange x;
	enum rc rc = exchange_pool_new(&pool, e);

	if (rc != RC_OK)
		return rc;
	exchange_init(&x, "POST", EXCHANGE_SITE, 65536);
	buf_puts(&x.url, page);
	exchange_header(
	    &x, "Content-Type", "application/x-www-form-urlencoded");
	x.body = body;
	x.nbody = strlen(body);
	exchange_run(pool, &x, 1, 1);
	exchange_release(&x);
	exchange_pool_free(pool);
	return RC_OK;
}

/* As the browser's return does, again while it says "one moment". */
static enum rc
come_back(
    const struct buyer *b, int64_t order, struct order *o, struct error *e)
{
	int64_t deadline = clock_mono_ms() + PATIENCE;
	enum rc rc;

	for (;;) {
		rc = order_advance(wiring_flow(b->w), order, e);
		if (rc == RC_OK || rc == RC_CONFLICT)
			rc = order_load(b->db, order, o, e);
		if (rc != RC_OK)
			return rc;
		if (o->state >= ORDER_PAID || clock_mono_ms() > deadline)
			return RC_OK;
		order_release(o);
		error_clear(e);
		clock_sleep_ms(200);
	}
}

static enum rc
pay(const struct buyer *b, int64_t order, struct error *e)
{
	int64_t deadline = clock_mono_ms() + PATIENCE;
	struct payment p;
	struct order o = { 0 };
	enum rc rc;

	do {
		rc = order_pay(wiring_flow(b->w), order, "stripe", e);
		if (rc == RC_OK)
			rc = order_advance(wiring_flow(b->w), order, e);
	} while (again(rc, deadline, e));
	if (rc == RC_OK)
		rc = payment_live(b->db, order, &p, e);
	if (rc == RC_OK)
		rc = send_card(p.page, e);
	if (rc == RC_OK)
		rc = come_back(b, order, &o, e);
	if (rc == RC_OK && o.state == ORDER_CANCELLED)
		printf("refused %s\n", o.ending);
	else if (rc == RC_OK)
		puts(order_state_name(o.state));
	order_release(&o);
	return rc;
}

static enum rc
buy(const struct buyer *b, struct error *e)
{
	struct order_placed out = { .outcome = ORDER_EMPTY };
	int64_t deadline = clock_mono_ms() + PATIENCE;
	char checkout[UID_SIZE];
	enum rc rc;

	(void)getchar();
	rc = uid_random(checkout, e);
	if (rc != RC_OK)
		return rc;
	do
		rc = place(b, checkout, &out, e);
	while (again(rc, deadline, e));
	if (rc != RC_OK)
		return rc;
	if (out.outcome == ORDER_PLACED)
		return pay(b, out.order, e);
	if (out.outcome == ORDER_SHORT)
		printf("short %" PRId64 "\n", out.left);
	else
		printf("outcome %d\n", (int)out.outcome);
	return RC_OK;
}

static enum rc
act(const struct buyer *b, const char *word, struct error *e)
{
	if (strcmp(word, "fill") == 0)
		return fill(b, e);
	return buy(b, e);
}

int
main(int argc, char **argv)
{
	struct error e = ERROR_NONE;
	struct settings s;
	struct buyer b = { .settings = &s };
	enum rc rc;

	if (argc < 3 || argc > 5)
		return 2;
	for (int i = 3; i < argc; i++)
		if (num_parse(argv[i], 0, INT64_MAX, &b.numbers[i - 3]) !=
		    RC_OK)
			return 2;
	rc = settings_load(&s, argv[1], &e);
	if (rc == RC_OK) {
		rc = db_open(&s, DB_WRITE, &b.db, &e);
		if (rc == RC_OK)
			rc = wiring_open(&s, b.db, &b.w, &e);
		if (rc == RC_OK)
			rc = act(&b, argv[2], &e);
		wiring_close(b.w);
		db_close(b.db);
		settings_release(&s);
	}
	if (rc != RC_OK)
		printf("%s: %s\n", rc_name(rc), e.text);
	return rc == RC_OK ? 0 : 1;
}
