/*
 * shopctl stock give-back ATTEMPT: goods that were taken for an attempt which
 * the sales database does not know, as after a restored backup, go back.
 */
#include "config.h"

#include <getopt.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/log.h"
#include "base/text.h"
#include "ctl/order.h"
#include "ctl/stock.h"
#include "flow/wiring.h"
#include "shop/payment.h"
#include "stock/own.h"

struct giving {
	const char *attempt;
	bool yes, known; /* known: the stock system has its key */
	char items[LIMIT_BASKET_LINES][LIMIT_KEY + 1];
	struct master_line lines[LIMIT_BASKET_LINES];
	size_t n;
	int64_t pieces;
};

static bool
is_key(const char *s)
{
	return strlen(s) == UID_SIZE - 1 &&
	       strspn(s, "0123456789abcdef") == UID_SIZE - 1;
}

static enum rc
add(void *ctx, const struct own_claim *c, struct error *e)
{
	struct giving *g = ctx;
	int64_t left = c->qty - c->returned;

	g->known = true;
	if (strcmp(c->kind, "take") != 0 || left <= 0)
		return RC_OK;
	if (g->n == LIMIT_BASKET_LINES)
		return error_set(e, RC_TOOBIG,
		    "more is taken under \"%s\" than an order has", g->attempt);
	text_copy(g->items[g->n], sizeof(g->items[0]), c->item);
	g->lines[g->n] = (struct master_line){ g->items[g->n], left };
	g->n++;
	g->pieces += left;
	return RC_OK;
}

static enum rc
read_claims(const struct settings *s, struct giving *g, struct error *e)
{
	struct link *l = NULL;
	enum fault fault;
	enum rc rc = link_open(s, &l, &fault, e);

	if (rc == RC_OK)
		rc = own_claims(l, s, g->attempt, add, g, e);
	link_close(l);
	if (rc == RC_OK && !g->known)
		rc = error_set(e, RC_NOTFOUND,
		    "the stock system has no claim \"%s\"", g->attempt);
	return rc;
}

/* Goods of a payment that we know go back by its order. */
static enum rc
is_nobodys(struct db *db, const struct giving *g, struct error *e)
{
	struct payment p = { .id = 0 };
	enum rc rc = payment_by_uid(db, g->attempt, &p, e);

	if (rc == RC_NOTFOUND) {
		error_clear(e);
		return RC_OK;
	}
	if (rc != RC_OK)
		return rc;
	return error_set(e, RC_INVALID,
	    "\"%s\" is a payment of order %" PRId64
	    ": see shopctl order show %" PRId64 " --claims",
	    g->attempt, p.order, p.order);
}

/* The return has the attempt's own name, so it counts once, whoever types it
 * how often. */
static enum rc
give(const struct settings *s, struct db *db, const struct giving *g,
    struct error *e)
{
	struct giving left = { .attempt = g->attempt };
	const struct flow_stock *stock;
	struct wiring *w;
	char who[40];
	enum rc rc = wiring_open(s, db, &w, e);

	if (rc != RC_OK)
		return rc;
	stock = wiring_flow(w)->stock;
	rc = stock->give_back(
	    stock->ctx, g->attempt, g->attempt, g->lines, g->n, e);
	wiring_close(w);
	if (rc == RC_OK)
		rc = read_claims(s, &left, e);
	if (rc == RC_OK && left.n > 0)
		rc = error_set(e, RC_CONFLICT,
		    "a return of \"%s\" was booked before, and %" PRId64
		    " pieces are taken even so: a person must look",
		    g->attempt, left.pieces);
	if (rc != RC_OK)
		return rc;
	order_staff(who, sizeof(who));
	for (size_t i = 0; i < g->n; i++)
		log_event(LOG_INFO,
		    "goods without an order were given back attempt=%s item=%s "
		    "qty=%" PRId64 " by=%s",
		    g->attempt, g->lines[i].item, g->lines[i].qty, who);
	return RC_OK;
}

static enum rc
work(const struct settings *s, struct db *db, void *ctx, struct error *e)
{
	struct giving *g = ctx;
	enum rc rc;

	if (s->stock_access == ACCESS_READ)
		return error_set(e, RC_INVALID,
		    "with stock.access = read nothing is taken, and nothing "
		    "can be given back");
	rc = is_nobodys(db, g, e);
	if (rc == RC_OK)
		rc = read_claims(s, g, e);
	if (rc == RC_OK && g->n > 0 && !g->yes)
		return error_set(e, RC_INVALID,
		    "with --yes %" PRId64
		    " pieces that were taken as \"%s\" go back; money of it "
		    "first: see shopctl reconcile",
		    g->pieces, g->attempt);
	if (rc == RC_OK && g->n > 0)
		rc = give(s, db, g, e);
	for (size_t i = 0; rc == RC_OK && i < g->n; i++)
		(void)printf("%s: %" PRId64 " given back\n", g->lines[i].item,
		    g->lines[i].qty);
	if (rc == RC_OK && g->n == 0)
		(void)puts("nothing of it is taken any more");
	return rc;
}

static bool
read_arguments(int argc, char **argv, struct giving *g)
{
	static const struct option longer[] = {
		{ "yes", no_argument, NULL, 'y' },
		{ NULL, 0, NULL, 0 },
	};
	int opt;

	while ((opt = getopt_long(argc, argv, "", longer, NULL)) != -1) {
		if (opt != 'y')
			return false;
		g->yes = true;
	}
	if (optind != argc - 1 || !is_key(argv[optind]))
		return false;
	g->attempt = argv[optind];
	return true;
}

int
stock_give_back(const struct ctl *c, int argc, char **argv)
{
	struct giving g = { .attempt = NULL };

	if (!read_arguments(argc, argv, &g))
		return ctl_usage("stock");
	return ctl_status(ctl_do(c, DB_WRITE, work, &g));
}
