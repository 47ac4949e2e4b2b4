/*
 * A paid order, a gateway that refunds and loses its answers, and a shop that
 * dies between any two of its units.
 *
 *	if (!open_scene(&c, s))
 *		return;
 *	lose_after = 1;
 *	is_int(refund(&c, "r1", 500), RC_OK, "asked");
 *	a_day(&c);
 *	is_order(&c, "paid 2000 500", "it is made");
 *	close_scene(&c);
 */
#ifndef T_FLOW_TILL_H
#define T_FLOW_TILL_H

#include "shop/refund.h"
#include "t/flow-world.h"
#include "t/shop.h"

#define NOW 1700000000
#define START_LEVEL 5
#define PRICE 1000
#define TILL_REFUNDS 20

extern int units_left; /* until the shop dies; -1: it does not */

/* What the gateway has given back. */
struct till_refund {
	char key[UID_SIZE], name[REFUND_REFERENCE_SIZE];
	int64_t amount;
	enum gateway_news news;
};
extern struct till_refund refunds[TILL_REFUNDS];
extern size_t nrefunds;
extern enum gateway_news next_news;               /* of a refund that is made */
extern int lose_before, lose_after, lose_capture; /* so many calls */
extern int64_t level_at_refund;
extern struct gateway gateway;
/* Another runner is at the same call while it is under way, and is told no. */
extern void (*meanwhile)(void *ctx);
extern void *meanwhile_ctx;
extern bool refuse_next;

struct scene {
	struct settings settings;
	struct shop sh;
	struct flow f;
	struct random chance;
	const struct gateway *gateways[1];
	int64_t order;
};

void a_day(struct scene *c);
void advance(struct scene *c);
void are_letters(
    const struct settings *s, const char *kind, int64_t n, const char *what);
void buy(struct scene *c);
void close_scene(struct scene *c);
enum rc first_refund(struct scene *c, struct refund *out);
int64_t given(void);
void is_order(struct scene *c, const char *wanted, const char *what);
void make_refund(size_t i, const char *key, const char *request);
bool open_scene(struct scene *c, const struct settings *s);
bool open_shop(struct scene *c, const struct settings *s);
void order_hats(struct scene *c);
void place(struct scene *c, const char *checkout);
enum rc refund(struct scene *c, const char *reference, int64_t amount);
/* The scene can be set anew. */
void wipe(const struct settings *s);

#endif
