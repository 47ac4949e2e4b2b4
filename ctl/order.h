/*
 * What the files of "shopctl order" share.
 */
#ifndef CTL_ORDER_H
#define CTL_ORDER_H

#include "ctl/shopctl.h"
#include "flow/flow.h"
#include "shop/order.h"

struct order_task {
	const struct action *action; /* of order.c */
	const struct settings *s;
	struct db *db;
	const char *who; /* number or uid, as it was typed */
	char **whos;     /* of ready: all of them */
	int nwhos;
	struct order o;    /* that one; not for list */
	const char *why;   /* of cancel and conclude */
	const char *state; /* of list; NULL: any */
	bool attention, json;
	bool claims; /* of show: ask the stock system too */
	bool yes;    /* of cancel: also what is paid; of others: do it */
	const char *amount, *reference; /* of refund; NULL: all that is left */
	int64_t most;
	bool pending; /* asked for, and not done yet: CTL_PENDING */
};

/* Ask for something, let it happen, and tell what did and what is true then. */
typedef enum rc order_asks(
    struct order_task *t, struct flow *f, struct error *e);
enum rc order_ask(
    struct order_task *t, order_asks *ask, struct error *e) CHECKED;

/* By its number or uid; o is to be released. */
enum rc order_find(
    struct db *db, const char *who, struct order *o, struct error *e) CHECKED;

/* Who is at the shell, as the journal's witness. */
void order_staff(char *out, size_t size);

enum rc order_ready(struct order_task *t, struct error *e) CHECKED;
enum rc order_waiting(struct order_task *t, struct error *e) CHECKED;
enum rc order_looked_at(struct order_task *t, struct error *e) CHECKED;
enum rc order_refund_verb(struct order_task *t, struct error *e) CHECKED;
enum rc order_show_all(struct order_task *t, struct error *e) CHECKED;
enum rc order_show_list(struct order_task *t, struct error *e) CHECKED;

#endif
