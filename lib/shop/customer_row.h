/*
 * What the parts of customer.h share: SQL_CUSTOMER_… rows, and names.
 */
#ifndef SHOP_CUSTOMER_ROW_H
#define SHOP_CUSTOMER_ROW_H

#include "shop/customer.h"

/* The row of a db_one, which is done with; out is zeroed. */
enum rc customer_row(
    struct db_rows *rows, struct customer *out, struct error *e) CHECKED;

/* Fit to be kept as a name: one line of at most LIMIT_NAME bytes, also empty.
 * RC_INVALID with a sentence for the visitor. */
enum rc customer_name_fit(const char *name, struct error *e) CHECKED;

#endif
