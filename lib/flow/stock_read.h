/*
 * The last step with stock.access = read: the level is read from the stock
 * system at this moment, and the sale is written into the sales database
 * (shop/sold.h).  The same questions and answers as of lib/stock/master; wiring
 * chooses.
 *
 *	rc = stock_read_take(db, &m, attempt, lines, n, &answer, &why, &e);
 *
 * Only the first asks the stock system, and fails as master_levels does.
 */
#ifndef FLOW_STOCK_READ_H
#define FLOW_STOCK_READ_H

#include "db/db.h"
#include "stock/master.h"

enum rc stock_read_take(struct db *db, const struct master *m,
    const char *attempt, const struct master_line *lines, size_t n,
    enum master_answer *answer, struct master_short *why,
    struct error *e) CHECKED;

enum rc stock_read_refuse(struct db *db, const char *attempt,
    enum master_answer *answer, struct error *e) CHECKED;

enum rc stock_read_give_back(
    struct db *db, const char *attempt, struct error *e) CHECKED;

#endif
