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
 * Add qty (1…LIMIT_QTY) pieces, or set a line's quantity (0 removes it), as a
 * unit.  Quantities are capped at what is available and at LIMIT_QTY.  *qty is
 * the line's quantity after.  RC_NOTFOUND for an item that does not exist.
 */
enum rc basket_add(struct db *db, int64_t basket, int64_t item, int64_t qty,
    enum basket_outcome *outcome, int64_t *now_qty, struct error *e) CHECKED;
enum rc basket_set(struct db *db, int64_t basket, int64_t item, int64_t qty,
    enum basket_outcome *outcome, int64_t *now_qty, struct error *e) CHECKED;

#endif
