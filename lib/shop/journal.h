/*
 * The journal of an order: what happened, when, and who says so.  The
 * customer's page and "shopctl order show" read the same rows (idea 11).
 *
 *	rc = journal_add(db, order, "authorised", "stripe", "card ending 4242",
 *	    once, now, &e);
 */
#ifndef SHOP_JOURNAL_H
#define SHOP_JOURNAL_H

#include "db/db.h"

#define JOURNAL_ONCE_SIZE 97

/*
 * Inside a unit.  kind is a literal of ours (order.h lists them); witness:
 * "shop", "stripe", "paypal", "stock", "carrier", "mail", "customer", "staff NAME".
 * once: a name that makes a second telling do nothing, or NULL; the uid of the
 * attempt and the kind make one.  detail may be what others say: it is made fit.
 */
enum rc journal_add(struct db *db, int64_t order, const char *kind,
    const char *witness, const char *detail, const char *once, int64_t now,
    struct error *e) CHECKED;

struct journal_row {
	int64_t at;
	const char *kind, *witness, *detail; /* borrowed for the call */
};

typedef enum rc journal_put(
    void *ctx, const struct journal_row *row, struct error *e);
/* As it happened, by the clock of whoever says so: the carrier's news may come
 * late. */
enum rc journal_list(struct db *db, int64_t order, journal_put *put, void *ctx,
    struct error *e) CHECKED;

/* Of all orders. */
struct journal_ask {
	int64_t since;       /* 0: from the beginning */
	int64_t order;       /* 0: any */
	const char *kind;    /* "": any */
	const char *witness; /* "": anybody; "staff": whoever of them */
	int64_t most;        /* the newest ones */
};

struct journal_entry {
	struct journal_row row;
	int64_t id, order;
	const char *uid; /* of the order; borrowed for the call */
};

typedef enum rc journal_put_entry(
    void *ctx, const struct journal_entry *entry, struct error *e);
/* Oldest first. */
enum rc journal_all(struct db *db, const struct journal_ask *ask,
    journal_put_entry *put, void *ctx, struct error *e) CHECKED;

#endif
