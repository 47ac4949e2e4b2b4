/*
 * shopctl stock put-back ATTEMPT: goods that the stock system could not take
 * back, as their item is gone, are back by a person's hand.
 */
#include "config.h"

#include <getopt.h>
#include <inttypes.h>
#include <stdio.h>

#include "ctl/order.h"
#include "ctl/stock.h"
#include "flow/wiring.h"

struct putting {
	const char *attempt;
	bool by_hand, yes;
};

static enum rc
put_back(const struct settings *s, struct db *db, void *ctx, struct error *e)
{
	const struct putting *p = ctx;
	struct wiring *w;
	int64_t order;
	char who[40];
	bool first;
	enum rc rc;

	if (!p->yes)
		return error_set(e, RC_INVALID,
		    "with --yes the goods of \"%s\" count as back, and what "
		    "their order holds is free",
		    p->attempt);
	rc = wiring_open(s, db, &w, e);
	if (rc != RC_OK)
		return rc;
	order_staff(who, sizeof(who));
	rc = order_put_back(wiring_flow(w), p->attempt, who, &order, &first, e);
	if (rc == RC_OK)
		(void)printf("goods of order %" PRId64 " %s\n", order,
		    first ? "are back by hand" : "were back before");
	if (rc == RC_OK && first)
		rc = order_advance(wiring_flow(w), order, e);
	wiring_close(w);
	return rc;
}

static bool
read_arguments(int argc, char **argv, struct putting *p)
{
	static const struct option longer[] = {
		{ "by-hand", no_argument, NULL, 'h' },
		{ "yes", no_argument, NULL, 'y' },
		{ NULL, 0, NULL, 0 },
	};
	int opt;

	while ((opt = getopt_long(argc, argv, "", longer, NULL)) != -1) {
		if (opt != 'h' && opt != 'y')
			return false;
		p->by_hand |= opt == 'h';
		p->yes |= opt == 'y';
	}
	if (optind != argc - 1 || !p->by_hand)
		return false;
	p->attempt = argv[optind];
	return true;
}

int
stock_put_back(const struct ctl *c, int argc, char **argv)
{
	struct putting p = { .attempt = NULL };

	if (!read_arguments(argc, argv, &p))
		return ctl_usage("stock");
	return ctl_status(ctl_do(c, DB_WRITE, put_back, &p));
}
