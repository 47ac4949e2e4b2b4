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

static enum rc
book_all(struct db *db, bool items, int n, char **args, struct error *e)
{
	enum rc rc = RC_OK;

	for (int i = 0; i < n && rc == RC_OK; i++) {
		struct booking b = { .what = args[i], .items = items };

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
	struct error e = ERROR_NONE;
	struct db *db = NULL;
	struct settings s;
	bool items = false;
	enum rc rc;
	int opt;

	while ((opt = getopt(argc, argv, "i")) != -1) {
		if (opt != 'i')
			return ctl_usage("stock");
		items = true;
	}
	if (optind == argc)
		return ctl_usage("stock");
	rc = settings_load(&s, c->file, &e);
	if (rc != RC_OK)
		return ctl_fail(&e);
	rc = db_open(&s, DB_WRITE, &db, &e);
	if (rc == RC_OK)
		rc = book_all(db, items, argc - optind, argv + optind, &e);
	if (fflush(stdout) != 0 && rc == RC_OK)
		rc = error_errno(&e, RC_IO, "could not print");
	db_close(db);
	settings_release(&s);
	return rc == RC_OK ? CTL_OK : ctl_fail(&e);
}
