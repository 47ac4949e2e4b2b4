/*
 * What the tests of lib/shop share: an open sales database, hats put in with
 * one line, and the failing of each database call in turn.
 *
 *	struct shop sh;
 *
 *	if (!shop_open(&sh, settings))
 *		return;
 *	shop_hat(&sh, "A1", "Crimson Fez", .category = "Fezzes", .level = 3);
 *	…
 *	shop_close(&sh);
 */
#ifndef T_SHOP_H
#define T_SHOP_H

#include "shop/item.h"
#include "shop/search.h"
#include "shop/words.h"
#include "t/sales.h"
#include "t/tap.h"

struct shop {
	const struct settings *settings;
	struct db *db;
	struct words *words;
	int64_t now; /* when it is for item_publish; a test may set it */
};

/* RUN for a test that is run on each engine. */
#define RUN_EACH(test) shop_run(#test, test)
void shop_run(const char *name, sales_test *test);

/* Failures are failed checks. */
bool shop_open(struct shop *sh, const struct settings *s);
void shop_close(struct shop *sh);

/* shop_hat() gives defaults that its arguments may override. */
#pragma GCC diagnostic ignored "-Woverride-init"

/* A visible hat; what is not said is: price 1000, level 5, a picture. */
#define shop_hat(sh, k, n, ...)                                                \
	shop_publish((sh),                                                     \
	    &(struct item_news){ .key = (k),                                   \
		.name = (n),                                                   \
		.text = "",                                                    \
		.category = "",                                                \
		.price = 1000,                                                 \
		.level = 5,                                                    \
		.visible = true,                                               \
		##__VA_ARGS__ },                                               \
	    true)

/* In a unit of its own; whether anything changed. */
bool shop_publish(
    struct shop *sh, const struct item_news *news, bool with_picture);
bool shop_withdraw(struct shop *sh, const char *key);
int64_t shop_id(struct shop *sh, const char *slug); /* 0: there is none */

/* The names of what a list gives, joined by '|', into out; the total. */
int64_t shop_list(
    struct shop *sh, const struct item_filter *f, char *out, size_t size);
int64_t shop_search(struct shop *sh, const char *query, char *out, size_t size,
    struct search_result *result);

/* An item_put that joins names; ctx is a struct buf. */
enum rc shop_join(void *ctx, const struct item *it, struct error *e);

/*
 * Run fn with each database call failing in turn (RC_DB), until one run needs
 * no failure; checks that a failure is passed on.  Returns the calls.  The
 * program is linked with LDFLAGS_SHOP.
 */
int shop_db_torture(const char *what, enum rc (*fn)(void));

#endif
