#include "config.h"

#include <inttypes.h>
#include <stdio.h>

#include "base/clock.h"
#include "ctl/stock.h"
#include "shop/hold.h"
#include "shop/item.h"
#include "shop/mirror.h"
#include "stock/master.h"
#include "stock/own.h"

struct showing {
	struct item it;
	struct mirror mirror;
};

/* By the stock system's key, or by the name in its address. */
static enum rc
find(struct db *db, const char *what, struct showing *s, struct error *e)
{
	enum rc rc;

	rc = item_by_key(db, what, &s->it, NULL);
	if (rc == RC_NOTFOUND)
		rc = item_by_slug(db, what, &s->it, NULL);
	if (rc == RC_NOTFOUND)
		return error_set(e, rc, "there is no item \"%s\"", what);
	if (rc != RC_OK)
		return error_set(e, rc, "could not read item \"%s\"", what);
	return mirror_read(db, &s->mirror, e);
}

static void
print_item(const struct settings *settings, const struct showing *s)
{
	const struct item *it = &s->it;
	char at[CLOCK_ISO_SIZE];
	int64_t age = clock_now() - s->mirror.confirmed_at;

	(void)printf("item            %s\nname            %s\n"
		     "address         %s/hat/%s\n",
	    it->key, it->name, settings->shop_url, it->slug);
	if (it->gone)
		(void)puts("withdrawn       it cannot be bought");
	if (it->flaw != FLAW_NONE)
		(void)printf("counts as 0     %s\n", item_flaw_name(it->flaw));
	(void)printf("level mirrored  %" PRId64 "\nheld            %" PRId64
		     "\ncan be bought   %" PRId64 "\n",
	    it->level, it->held, item_available(it));
	if (s->mirror.confirmed_at == 0) {
		(void)puts("confirmed       never");
		return;
	}
	clock_iso(s->mirror.confirmed_at, at);
	(void)printf("confirmed       %s, %" PRId64 " s ago%s%s\n", at, age,
	    age > settings->stock_stale_after ? ": too long, nothing is sold"
					      : "",
	    s->mirror.partial ? "; a publication is under way" : "");
}

static enum rc
print_hold(void *ctx, const struct hold_row *h, struct error *e)
{
	char at[CLOCK_ISO_SIZE];

	(void)ctx;
	(void)e;
	clock_iso(h->made_at, at);
	(void)printf("%s   %" PRId64 ": %" PRId64 " since %s%s%s\n",
	    h->sold ? "sold to order" : "held by order", h->order, h->qty, at,
	    h->attempt[0] != '\0' ? ", attempt " : "", h->attempt);
	return RC_OK;
}

/* What the stock system itself says now. */
static enum rc
fresh(const struct settings *settings, const char *key, int64_t *level,
    struct error *e)
{
	struct master m = { .settings = settings, .source = "" };
	struct error why = ERROR_NONE;
	struct map *map = NULL;
	struct link *l = NULL;
	enum fault fault;
	bool changed;
	enum rc rc;

	rc = map_new(settings, &map, e);
	if (rc == RC_OK)
		rc = link_open(settings, &l, &fault, e);
	if (rc == RC_OK)
		rc = map_check(map, l, &changed, e);
	if (rc == RC_OK && own_check(l, settings, &fault, &why) != RC_OK)
		(void)printf("cannot be sold  %s\n", why.text);
	link_close(l);
	m.map = map;
	if (rc == RC_OK)
		rc = master_level(&m, key, level, e);
	map_free(map);
	return rc;
}

static enum rc
show(
    const struct settings *settings, struct db *db, void *what, struct error *e)
{
	struct showing s = { 0 };
	int64_t level;
	enum rc rc;

	rc = find(db, what, &s, e);
	if (rc == RC_OK) {
		print_item(settings, &s);
		rc = hold_of_item(db, s.it.id, print_hold, NULL, e);
	}
	if (rc == RC_OK)
		rc = fresh(settings, s.it.key, &level, e);
	if (rc == RC_OK)
		(void)printf("level now       %" PRId64 "\n", level);
	item_release(&s.it);
	return rc;
}

int
stock_show(const struct ctl *c, int argc, char **argv)
{
	return argc == 2 ? ctl_status(ctl_do(c, DB_READ, show, argv[1]))
			 : ctl_usage("stock");
}
