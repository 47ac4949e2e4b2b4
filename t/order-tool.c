/*
 * order-tool - put orders into a sales database, and bring them on, for tests
 * of pages and shopctl.
 *
 *	HATSHOP_CONF=shop.conf t/order-tool place CUSTOMER ITEM QTY [ITEM QTY ...]
 *	HATSHOP_CONF=shop.conf t/order-tool page | authorised | paid | expired ORDER
 *	HATSHOP_CONF=shop.conf t/order-tool attention ORDER WHY	("": it is over)
 *	HATSHOP_CONF=shop.conf t/order-tool event SOURCE NAME ORDER
 *
 * place prints the order's number and uid; items are ids.  page has a payment
 * begun with "stripe" and one call stored; the others go on from there.
 */
#include "config.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/num.h"
#include "shop/basket.h"
#include "shop/inbox.h"
#include "shop/journal.h"
#include "shop/order.h"
#include "shop/payment.h"

#define FOR 1800 /* seconds that the goods are held */

static char country[] = "GB", name[] = "Łódź O'Brien <b>", empty[] = "",
	    line1[] = "1 Hat Row", town[] = "Leeds", postcode[] = "LS1 4AP";
static const struct address home = { .country = country,
	.name = name,
	.line1 = line1,
	.line2 = empty,
	.town = town,
	.region = empty,
	.postcode = postcode,
	.phone = empty };

static int64_t
number(const char *s)
{
	int64_t n;

	return num_parse(s, 0, INT64_MAX, &n) == RC_OK ? n : 0;
}

static enum rc
fill(struct db *db, int64_t basket, int n, char **args, struct error *e)
{
	enum basket_outcome outcome;
	int64_t now;
	enum rc rc = RC_OK;

	for (int i = 0; i + 1 < n && rc == RC_OK; i += 2)
		rc = basket_add(db, basket, number(args[i]),
		    number(args[i + 1]), &outcome, &now, e);
	return rc;
}

static enum rc
look_on(void *ctx, const struct basket_line *line, struct error *e)
{
	(void)ctx;
	(void)line;
	(void)e;
	return RC_OK;
}

static enum rc
place(struct db *db, int n, char **args, struct error *e)
{
	struct order_wish w = { .currency = "GBP",
		.tax_rate = 2000,
		.delivery = 395,
		.delivery_option = "Standard, 2 to 3 working days",
		.terms = "abc",
		.to = &home,
		.email = "a@example.com",
		.hold_seconds = FOR };
	char token[TOKEN_SIZE], checkout[UID_SIZE];
	struct order_placed out = { .outcome = ORDER_EMPTY };
	struct basket_sum sum;
	struct order o;
	enum rc rc;

	w.customer = number(args[0]);
	w.checkout = checkout;
	rc = basket_new(db, token, &w.basket, e);
	if (rc == RC_OK)
		rc = fill(db, w.basket, n - 1, args + 1, e);
	if (rc == RC_OK)
		rc = uid_random(checkout, e);
	if (rc == RC_OK)
		rc = basket_lines(db, w.basket, look_on, NULL, &sum, e);
	w.shown_total = sum.total + w.delivery;
	if (rc == RC_OK)
		rc = order_place(db, &w, clock_now(), &out, e);
	if (rc == RC_OK && out.outcome != ORDER_PLACED)
		return error_set(
		    e, RC_INVALID, "not placed: outcome %d", (int)out.outcome);
	if (rc == RC_OK)
		rc = order_load(db, out.order, &o, e);
	if (rc == RC_OK) {
		printf("%" PRId64 " %s\n", o.id, o.uid);
		order_release(&o);
	}
	return rc;
}

struct step {
	const char *what, *why;
	int64_t order, now;
};

static enum rc
begin(struct db *db, const struct order *o, int64_t now, struct error *e)
{
	struct payment_call call;
	struct payment p;
	bool made;
	enum rc rc;

	rc = payment_begin(db, o->id, "stripe", o->total, o->currency, now,
	    now + 3600, &made, &p, e);
	if (rc == RC_OK)
		rc = payment_call_put(db, p.id, "create",
		    "/v1/checkout/sessions", "amount=1", 8, now, &made, &call,
		    e);
	if (rc == RC_OK)
		rc = payment_call_tried(db, &call, e);
	if (rc == RC_OK)
		rc = payment_call_done(
		    db, &call, CALL_ANSWERED, 200, "{}", 2, now, e);
	payment_call_release(&call);
	if (rc == RC_OK)
		rc = payment_named(db, p.id, "cs_test_1", NULL,
		    "https://pay.example/1", NULL, e);
	if (rc == RC_OK)
		rc = payment_move(db, p.id, PAYMENT_CREATED, PAYMENT_PENDING,
		    "", now, &made, e);
	if (rc == RC_OK)
		rc = journal_add(db, o->id, "page", "stripe", "", NULL, now, e);
	return rc;
}

static enum rc
reserve(struct db *db, const struct order *o, int64_t now, struct error *e)
{
	struct payment p;
	bool moved;
	enum rc rc;

	rc = payment_live(db, o->id, &p, e);
	if (rc == RC_OK)
		rc = payment_named(
		    db, p.id, NULL, "pi_test_1", NULL, "card ending 4242", e);
	if (rc == RC_OK)
		rc = payment_move(db, p.id, PAYMENT_PENDING, PAYMENT_AUTHORISED,
		    "", now, &moved, e);
	if (rc == RC_OK)
		rc = order_move(
		    db, o->id, ORDER_PENDING, ORDER_AUTHORISED, now, &moved, e);
	if (rc == RC_OK)
		rc = journal_add(
		    db, o->id, "authorised", "stripe", "", NULL, now, e);
	return rc;
}

static enum rc
take(struct db *db, const struct order *o, int64_t now, struct error *e)
{
	struct payment p;
	bool moved;
	enum rc rc;

	rc = payment_live(db, o->id, &p, e);
	if (rc == RC_OK)
		rc = payment_goods_are(
		    db, p.id, GOODS_NOT_ASKED, GOODS_TAKEN, &moved, e);
	if (rc == RC_OK)
		rc = payment_captured(
		    db, p.id, PAYMENT_AUTHORISED, p.amount, now, &moved, e);
	if (rc == RC_OK)
		rc = order_move(
		    db, o->id, ORDER_AUTHORISED, ORDER_PAID, now, &moved, e);
	if (rc == RC_OK)
		rc = journal_add(db, o->id, "taken", "stock", "", NULL, now, e);
	if (rc == RC_OK)
		rc = journal_add(db, o->id, "captured", "stripe",
		    "card ending 4242", NULL, now, e);
	return rc;
}

static enum rc
expire(struct db *db, const struct order *o, int64_t now, struct error *e)
{
	struct payment p;
	bool moved;
	enum rc rc;

	rc = payment_live(db, o->id, &p, e);
	if (rc == RC_OK)
		rc = payment_move(db, p.id, PAYMENT_PENDING, PAYMENT_EXPIRED,
		    "a secret of ours", now, &moved, e);
	if (rc == RC_OK)
		rc = order_move(
		    db, o->id, ORDER_PENDING, ORDER_CANCELLED, now, &moved, e);
	if (rc == RC_OK)
		rc = journal_add(db, o->id, "expired", "stripe",
		    "a secret of ours", NULL, now, e);
	if (rc == RC_OK)
		rc = journal_add(db, o->id, "cancelled", "shop",
		    "not paid in time", NULL, now, e);
	return rc;
}

static enum rc
bring_on(struct db *db, void *ctx, struct error *e)
{
	static const struct {
		const char *what;
		enum rc (*fn)(struct db *db, const struct order *o, int64_t now,
		    struct error *e);
	} steps[] = {
		{ "page", begin },
		{ "authorised", reserve },
		{ "paid", take },
		{ "expired", expire },
	};
	const struct step *s = ctx;
	struct order o;
	bool was;
	enum rc rc;

	rc = order_load(db, s->order, &o, e);
	if (rc != RC_OK)
		return rc;
	rc = error_set(NULL, RC_NOTFOUND, "no such step");
	for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]); i++)
		if (strcmp(steps[i].what, s->what) == 0)
			rc = steps[i].fn(db, &o, s->now, e);
	if (strcmp(s->what, "attention") == 0)
		rc = s->why[0] != '\0'
			 ? order_attention(db, o.id, s->why, e)
			 : order_seen(db, o.id, "staff tool", "", &was, e);
	order_release(&o);
	return rc;
}

struct event {
	int64_t id, order;
};

static enum rc
note_event(void *ctx, const struct inbox_event *in, struct error *e)
{
	struct event *v = ctx;

	(void)e;
	v->id = in->id;
	return RC_OK;
}

static enum rc
apply(struct db *db, void *ctx, struct error *e)
{
	const struct event *v = ctx;

	return inbox_done(db, v->id, v->order, clock_now(), e);
}

/* An event that came and, of an order, was applied. */
static enum rc
event(struct db *db, char **args, struct error *e)
{
	static const char body[] = "{\"type\": \"test\"}";
	struct inbox_event in = { .source = args[0],
		.event = args[1],
		.headers = "Stripe-Signature: t=1",
		.why = "",
		.body = body,
		.n = sizeof(body) - 1 };
	struct event v = { 0, number(args[2]) };
	bool fresh;
	enum rc rc;

	rc = inbox_put(db, &in, clock_now(), &fresh, e);
	if (rc == RC_OK)
		rc = inbox_list(db, INBOX_WAITS, 1, note_event, &v, e);
	if (rc == RC_OK && v.order != 0)
		rc = db_unit(db, apply, &v, e);
	printf("%" PRId64 "\n", v.id);
	return rc;
}

int
main(int argc, char **argv)
{
	struct step s = { .now = clock_now() };
	struct error e = ERROR_NONE;
	struct settings settings;
	struct db *db = NULL;
	enum rc rc;

	if (argc < 3) {
		fputs("usage: see the source\n", stderr);
		return 2;
	}
	rc = settings_load(&settings, NULL, &e);
	if (rc == RC_OK)
		rc = db_open(&settings, DB_WRITE, &db, &e);
	s.what = argv[1];
	s.order = number(argv[2]);
	s.why = argc > 3 ? argv[3] : "";
	if (rc == RC_OK && strcmp(argv[1], "place") == 0)
		rc = place(db, argc - 2, argv + 2, &e);
	else if (rc == RC_OK && strcmp(argv[1], "event") == 0 && argc == 5)
		rc = event(db, argv + 2, &e);
	else if (rc == RC_OK)
		rc = db_unit(db, bring_on, &s, &e);
	db_close(db);
	if (rc != RC_OK)
		fprintf(stderr, "order-tool: %s: %s\n", rc_name(rc), e.text);
	return rc == RC_OK ? 0 : 1;
}
