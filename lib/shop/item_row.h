/*
 * How the rows of the item statements read: those of one item and of a basket
 * have all but the text, and after it what is their own; SQL_ITEM_CARDS and the
 * lists have what a card shows.  For lib/shop alone.
 */
#ifndef SHOP_ITEM_ROW_H
#define SHOP_ITEM_ROW_H

#include "shop/item.h"

#define ITEM_ROW_OWN 16 /* columns of an item; what follows them is free */

/* Fill it from the row; its strings are borrowed until db_next. */
void item_row(const struct db_rows *rows, struct item *it);
void item_row_card(const struct db_rows *rows, struct item *it);

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
