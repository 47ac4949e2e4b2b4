/*
 * One order and its world for flow-moments.c: a sales database, a real stock
 * server with two hats, a gateway that does as it is told, and stops inside a
 * run of order_advance where something else may happen.
 *
 *	struct moment m;
 *
 *	if (!moment_open(&m, settings))
 *		return;
 *	moment_at("COMMIT", 1, cancelled_meanwhile);
 *	moment_advance(&m);		stops before the first COMMIT there
 *	moment_is(&m, "order paid | …", "what holds now");
 *	moment_close(&m);
 *
 * Places are statements on the stock server ("COMMIT", "INSERT claim"; with
 * "did " before it: after it), calls to the gateway ("send capture", "sent
 * capture", "look", "looked") and units of the sales database ("unit", "did
 * unit").  Where another run would wait for a lock of a stopped one it is told
 * so at once: error 1205 without the three seconds.
 */
#ifndef T_MOMENT_H
#define T_MOMENT_H

#include "flow/flow.h"
#include "t/shop.h"

#define MOMENT_NOW 1700000000
#define MOMENT_HOLD 1800 /* seconds that an order holds its hats */
#define MOMENT_PAGE 3600 /* seconds that a page can be paid on */

/* Who runs order_advance: each has connections of its own. */
struct runner {
	struct db *db;
	struct flow f;
	char holder[UID_SIZE];
};

/* The gateway's side of an attempt. */
struct till {
	char attempt[UID_SIZE], order[UID_SIZE];
	int64_t amount, expires_at;
	enum { PAGE_OPEN, PAGE_AT_BANK, PAGE_PAID, PAGE_CLOSED } page;
	enum { MONEY_NONE, MONEY_RESERVED, MONEY_TAKEN, MONEY_FREED } money;
	int captures, voids, declines; /* done, not asked for */
};

#define MOMENT_TILLS 8

struct moment {
	struct shop sh;
	struct settings settings;     /* borrowed texts */
	const struct settings *stock; /* its server, for the tests' own hands */
	const char *own;              /* our schema there */
	struct map *map;
	struct master master;
	struct flow_stock goods;
	const struct gateway *gateway;
	struct runner first, second;
	int64_t now, order, basket, hats[2], sold[2]; /* by clerks */
	struct till *tills; /* shared with children, as ntills is */
	size_t *ntills;
	char state[1000];
};

/* False: no server, skipped visibly.  An order of one A and two B, of five
 * each, 20.00 together; it is not being paid yet. */
bool moment_open(struct moment *m, const struct settings *s);
void moment_close(struct moment *m);
void moment_end(void); /* after the last */

/* The database of whoever acts now; another customer's basket of the same hats,
 * and an order of a basket. */
struct db *moment_db(struct moment *m);
int64_t moment_basket(struct moment *m, int64_t customer);
enum rc moment_order(struct moment *m, const char *checkout, int64_t customer,
    int64_t basket, struct order_placed *out);

/* The customer begins to pay and is at the gateway's page. */
void moment_pays(struct moment *m);
/* The customer has paid there: money is reserved, unless it is too late, or no
 * page was ever shown. */
void moment_paid(struct moment *m);
struct till *moment_till(struct moment *m); /* of the last attempt */

/* Whoever runs: the browser's return, a webhook, lifecycle. */
void moment_advance(struct moment *m);
/* lifecycle while time passes, and the mirror, until nothing is due. */
void moment_settle(struct moment *m);
void moment_give_up(struct moment *m);
/* syncd, once: the level and the claims of one moment. */
void moment_mirror(struct moment *m);

/*
 * At the nth time that a run comes to `place`, act happens and the run goes on;
 * once.  NULL: any place.  moment_lose makes a gateway's call fail without an
 * answer, or a statement with a broken link, after it was done or before.
 */
typedef void moment_act(struct moment *m);
void moment_at(struct moment *m, const char *place, int n, moment_act *act);
void moment_lose(const char *place);
/* Whether a run has come there; it is not waited for any more.  Where. */
bool moment_came(void);
const char *moment_place(void);

/* "order paid | captured, taken | take A 1, take B 2 | held A 1, B 2 | 4 3 |
 * basket 0 0 | taken 2000": order; attempts, goods of each; claims; open holds;
 * levels; basket; money. */
const char *moment_state(struct moment *m);
#define moment_is(m, want, what) is_str(moment_state(m), (want), (what))

/* Invariants of an order that is over, whatever became of it. */
void moment_books(struct moment *m, const char *when);

/* In a child that is killed before the nth `place` of a run of order_advance;
 * returns when the stock server has noticed.  False: it did not come there. */
bool moment_death(struct moment *m, const char *place, int n);

/* Wait until the stock server has let the stopped run's connection go. */
void moment_link_is_gone(void);

/* A clerk sells as many, if there are as many and nobody is at them. */
void moment_clerk(struct moment *m, const char *item, int qty);

/* A statement on the stock server by another hand. */
void moment_stock(struct moment *m, const char *text);
int64_t moment_number(struct moment *m, const char *query); /* there */

#endif
