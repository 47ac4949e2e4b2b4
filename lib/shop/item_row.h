/*
 * How the rows of the item statements read: SQL_ITEM_CARDS and the lists have
 * the columns of a card, SQL_ITEM_BY_SLUG and SQL_ITEM_BY_ID the text after
 * them.  For lib/shop alone.
 */
#ifndef SHOP_ITEM_ROW_H
#define SHOP_ITEM_ROW_H

#include "shop/item.h"

#define ITEM_ROW_CARD 16 /* columns of a card; what follows them is free */

/* Fill it from the row; its strings are borrowed until db_next. */
void item_row(const struct db_rows *rows, struct item *it);

/*
 * Read the cards of n items and call put for each, in the order of ids; one
 * statement for each ITEM_ROW_BATCH of them, and none is open while put runs.
 * An item that went away between two statements is left out.
 */
#define ITEM_ROW_BATCH 24
enum rc item_row_cards(struct db *db, const int64_t *ids, size_t n,
    item_put *put, void *ctx, struct error *e) CHECKED;

/*
 * Copy n strings, NULL among them allowed, into one allocation and let them
 * point there.  *mem is the caller's to free.
 */
enum rc item_row_keep(
    const char **strings[], size_t n, char **mem, struct error *e) CHECKED;

#endif
