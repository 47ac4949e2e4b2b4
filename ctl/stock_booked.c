#include "config.h"

#include <getopt.h>
#include <inttypes.h>
#include <stdio.h>

#include "base/clock.h"
#include "base/num.h"
#include "ctl/order.h"
#include "ctl/stock.h"
#include "shop/item.h"
#include "shop/order.h"
#include "shop/sold.h"

struct booking {
	const char *what; /* as it was typed */
	char who[40];
	bool items; /* it is an item's key */
	char order[UID_SIZE];
	int64_t number; /* of the order; 0: it is none */
	int64_t item;   /* 0: it is none */
	int64_t pieces;
};

static enum rc
find_order(struct db *db, struct booking *b, struct error *e)
{
	struct error why = ERROR_NONE;
	struct order o = { 0 };
	int64_t id;
	enum rc rc;

	if (num_parse(b->what, 1, INT64_MAX, &id) == RC_OK)
		rc = order_load(db, id, &o, &why);
	else
		rc = order_load_uid(db, b->what, 0, &o, &why);
	if (rc == RC_OK) {
		b->number = o.id;
		(void)snprintf(b->order, sizeof(b->order), "%s", o.uid);
	}
	order_release(&o);
	return rc == RC_OK || rc == RC_NOTFOUND
		   ? RC_OK
		   : error_set(e, rc, "%s", why.text);
}

static enum rc
find_item(struct db *db, struct booking *b, struct error *e)
{
	struct error why = ERROR_NONE;
	struct item it = { 0 };
	enum rc rc = item_by_key(db, b->what, &it, &why);

	if (rc == RC_OK)
		b->item = it.id;
	item_release(&it);
	return rc == RC_OK || rc == RC_NOTFOUND
		   ? RC_OK
		   : error_set(e, rc, "%s", why.text);
}

static enum rc
book_out(struct db *db, void *ctx, struct error *e)
{
	struct booking *b = ctx;
	int64_t now = clock_now();
	enum rc rc = RC_OK;

	b->number = b->item = b->pieces = 0;
	if (!b->items)
		rc = find_order(db, b, e);
	if (rc == RC_OK)
		rc = find_item(db, b, e);
	if (rc != RC_OK)
		return rc;
	if (b->number == 0 && b->item == 0)
		return error_set(e, RC_INVALID,
		    "there is no %s \"%s\": nothing was changed",
		    b->items ? "item" : "order or item", b->what);
	if (b->number != 0 && b->item != 0)
		return error_set(e, RC_INVALID,
		    "\"%s\" is an order and an item: say -i for the item, or "
		    "the order's long name",
		    b->what);
	if (b->number != 0)
		return sold_booked_out_order(
		    db, b->order, b->who, now, &b->pieces, e);
	return sold_booked_out_item(db, b->item, b->who, now, &b->pieces, e);
}

struct bookings {
	bool items;
	char **args;
	int n;
};

static enum rc
book_all(const struct settings *s, struct db *db, void *ctx, struct error *e)
{
	const struct bookings *all = ctx;
	enum rc rc = RC_OK;

	(void)s;
	for (int i = 0; i < all->n && rc == RC_OK; i++) {
		struct booking b = { .what = all->args[i],
			.items = all->items };

		order_staff(b.who, sizeof(b.who));
		rc = db_unit(db, book_out, &b, e);
		if (rc == RC_OK)
			(void)printf("%s %s: %" PRId64 " pieces booked out\n",
			    b.number != 0 ? "order" : "item", b.what, b.pieces);
	}
	return rc;
}

int
stock_booked_out(const struct ctl *c, int argc, char **argv)
{
	struct bookings b = { .items = false };
	int opt;

	while ((opt = getopt(argc, argv, "i")) != -1) {
		if (opt != 'i')
			return ctl_usage("stock");
		b.items = true;
	}
	if (optind == argc)
		return ctl_usage("stock");
	b.args = argv + optind;
	b.n = argc - optind;
	return ctl_status(ctl_do(c, DB_WRITE, book_all, &b));
}
