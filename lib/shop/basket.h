/*
 * Baskets.  An anonymous one is found by the hash of its cookie's token.
 */
#ifndef SHOP_BASKET_H
#define SHOP_BASKET_H

#include "base/token.h"
#include "shop/item.h"

enum line_state {
	LINE_OK,
	LINE_SHORT, /* fewer left than wanted: available says how many */
	LINE_OUT,   /* none left */
	LINE_GONE,  /* no longer sold */
};

struct basket_line {
	const struct item *item; /* borrowed for the call */
	int64_t qty;
	int64_t available;
	enum line_state state;
	int64_t total; /* price × qty; only LINE_OK lines count in the sum */
};

struct basket_sum {
	int64_t lines, pieces; /* all lines */
	int64_t total;         /* of LINE_OK lines */
	int64_t flagged;       /* lines that are not LINE_OK */
};

/* RC_NOTFOUND when the token opens no basket. */
enum rc basket_find(
    struct db *db, const char *token, int64_t *basket, struct error *e) CHECKED;

/* Make an empty one; token gets its secret for the cookie.  A unit. */
enum rc basket_new(struct db *db, char token[TOKEN_SIZE], int64_t *basket,
    struct error *e) CHECKED;

/* In the order they were put in. */
typedef enum rc basket_put(
    void *ctx, const struct basket_line *line, struct error *e);
enum rc basket_lines(struct db *db, int64_t basket, basket_put *put, void *ctx,
    struct basket_sum *sum, struct error *e) CHECKED;

/* Pieces in the basket, one cheap query, for every page's header. */
enum rc basket_pieces(
    struct db *db, int64_t basket, int64_t *pieces, struct error *e) CHECKED;

enum basket_outcome {
	BASKET_DONE,
	BASKET_CAPPED, /* fewer than asked: as many as there are */
	BASKET_OUT,    /* none left; unchanged */
	BASKET_GONE,   /* not sold (any more); unchanged */
	BASKET_FULL,   /* LIMIT_BASKET_LINES reached; unchanged */
};

/*
 * Add qty pieces (1 or more), or set a line's quantity (0 removes it, also of
 * a hat that is gone; more makes the line when there is none), as a unit.
 * Quantities are capped at what is available and at LIMIT_QTY: adding to a
 * line that has become too large shrinks it.  *now_qty is the line's quantity
 * after.  RC_NOTFOUND for an item or basket that does not exist, RC_INVALID
 * for a quantity below the bound; nothing is changed by either.
 */
enum rc basket_add(struct db *db, int64_t basket, int64_t item, int64_t qty,
    enum basket_outcome *outcome, int64_t *now_qty, struct error *e) CHECKED;
enum rc basket_set(struct db *db, int64_t basket, int64_t item, int64_t qty,
    enum basket_outcome *outcome, int64_t *now_qty, struct error *e) CHECKED;

/*
 * A customer's own basket, made when there is none; RC_OK.  Inside a unit.
 */
enum rc basket_of_customer(struct db *db, int64_t customer, int64_t now,
    int64_t *basket, struct error *e) CHECKED;

/* Its id, 0 when the customer has none: for pages that only read. */
enum rc basket_look_customer(
    struct db *db, int64_t customer, int64_t *basket, struct error *e) CHECKED;

/*
 * At login: the browser's basket goes into the customer's, per item the larger
 * quantity, capped by what is available, and is gone then.  Of a hat that is
 * sold out or withdrawn the line stays, flagged; above LIMIT_BASKET_LINES lines
 * are dropped.  Doing it twice, or in two tabs at once, is the same as once; a
 * basket that is not there (0, say) is no mistake.  Inside a unit, with the
 * session's beginning.
 */
enum rc basket_merge(struct db *db, int64_t browser_basket, int64_t customer,
    int64_t now, struct error *e) CHECKED;

/* So many of an item were bought: the customer's basket has as many less.
 * Inside a unit. */
enum rc basket_bought(struct db *db, int64_t customer, int64_t item,
    int64_t qty, struct error *e) CHECKED;

#endif
