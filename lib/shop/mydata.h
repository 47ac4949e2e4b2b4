/*
 * A customer's own data: to take along, and to be forgotten (GDPR, articles 15,
 * 17 and 20).
 *
 *	rc = mydata_export(db, customer, now, &b, &e);
 *	rc = mydata_erase(db, customer, place, now, &e);
 */
#ifndef SHOP_MYDATA_H
#define SHOP_MYDATA_H

#include "base/buf.h"
#include "db/db.h"

#define MYDATA_MAX (1024 * 1024) /* bytes: orders of many years fit */

/*
 * All that is kept of the customer, as one JSON document (RFC 8259, indented,
 * times as RFC 3339) appended to b: account, login methods, sessions, addresses,
 * basket, orders with their journals, security log.  No password, token or hash.  It tells of one moment;
 * outside a unit.  RC_NOTFOUND: no such customer, or erased already.
 */
enum rc mydata_export(struct db *db, int64_t customer, int64_t now,
    struct buf *b, struct error *e) CHECKED;

/*
 * Forget the customer: user name, address, name, password, methods, sessions,
 * address book, links and basket go, and what the security log says of them but
 * that they were erased.  The row stays without a name, as orders will point at
 * it.  A unit, or inside one.  Doing it twice is RC_NOTFOUND.
 */
enum rc mydata_erase(struct db *db, int64_t customer, const char *place,
    int64_t now, struct error *e) CHECKED;

#endif
