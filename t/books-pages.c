/* What customers do on gateways' pages. */
#include "config.h"

#include <stdio.h>
#include <string.h>

#include "peer/exchange.h"
#include "peer/gateway.h"
#include "shop/payment.h"
#include "t/books-chaos.h"
#include "t/books-pages.h"

/* A page with its form: what the customer sends there. */
static void
send_form(struct exchange_pool *pool, const char *page, const char *form)
{
	struct exchange x;

	exchange_init(&x, "POST", EXCHANGE_SITE, 65536);
	buf_puts(&x.url, page);
	exchange_header(
	    &x, "Content-Type", "application/x-www-form-urlencoded");
	x.body = form;
	x.nbody = strlen(form);
	exchange_run(pool, &x, 1, 1);
	exchange_release(&x);
}

/* What the bank says to a card that asks it. */
static void
prove(struct exchange_pool *pool, const char *page, const char *answer)
{
	const char *at = strstr(page, "/pay/");
	char proof[PAYMENT_PAGE_SIZE + 8];

	if (at == NULL)
		return;
	(void)snprintf(proof, sizeof(proof), "%.*s/proof/%s", (int)(at - page),
	    page, at + strlen("/pay/"));
	send_form(pool, proof, answer);
}

static void
pay_by_card(struct exchange_pool *pool, const char *page, bool declined)
{
	static const char asks[] = "card=4000002760003184";
	size_t mood = random_below(&chaos_random, 10);

	if (declined)
		send_form(pool, page, "card=4000000000000002");
	if (mood > 2) {
		send_form(pool, page, "card=4242424242424242");
		return;
	}
	send_form(pool, page, asks);
	if (mood == 0) /* left at the bank's page */
		return;
	prove(pool, page, mood == 1 ? "answer=yes" : "answer=no");
	if (mood == 2 && chaos_chance(50)) /* and another card */
		send_form(pool, page, "card=4242424242424242");
}

static void
pay_by_wallet(struct exchange_pool *pool, const char *page, bool declined)
{
	static const char *const moods[] = { "", "", "", "", "", "slow",
		"review", "slow-denied", "review-denied", "no-capture" };
	const char *token = strstr(page, "token=");
	const char *mood = moods[random_below(
	    &chaos_random, sizeof(moods) / sizeof(moods[0]))];
	char form[GATEWAY_OBJECT_SIZE + 60];

	if (token == NULL)
		return;
	(void)snprintf(form, sizeof(form), "%.255s&mood=%s&answer=%s", token,
	    declined ? "declined" : mood,
	    chaos_chance(90) ? "approve" : "cancel");
	send_form(pool, page, form);
}

void
pages_pay(struct exchange_pool *pool, const char *page, bool declined)
{
	if (strstr(page, "token=") != NULL)
		pay_by_wallet(pool, page, declined);
	else
		pay_by_card(pool, page, declined);
}
