/*
 * How the rows of the item statements read: SQL_ITEM_CARD and the lists have
 * the columns of a card, SQL_ITEM_BY_SLUG and SQL_ITEM_BY_ID the text after
 * them.  For lib/shop alone.
 */
#ifndef SHOP_ITEM_ROW_H
#define SHOP_ITEM_ROW_H

#include "shop/item.h"

#define ITEM_ROW_CARD 16 /* columns of a card; what follows them is free */

/* Fill it from the row; its strings are borrowed until db_next. */
void item_row(const struct db_rows *rows, struct item *it);

/* Read one card and call put for it.  RC_OK, without a call, when the item
 * has gone between two statements. */
enum rc item_row_card(struct db *db, int64_t id, item_put *put, void *ctx,
    struct error *e) CHECKED;

/*
 * Copy n strings, NULL among them allowed, into one allocation and let them
 * point there.  *mem is the caller's to free.
 */
enum rc item_row_keep(
    const char **strings[], size_t n, char **mem, struct error *e) CHECKED;

#endif
