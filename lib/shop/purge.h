/*
 * What is kept no longer: the housekeeping of lifecycle.
 *
 *	rc = purge_old(db, &settings, now, &gone, &e);
 *
 * Baskets of browsers 60 days after they were last touched; sessions when they
 * are over; links a week after their end; counters of failed logins when they
 * are empty; the security log after 180 days; letters 90 days after the last of
 * their readers has them or never will; what gateways told 30 days after it was
 * read (a second telling would change nothing).  In units of at most PURGE_SLICE rows,
 * PURGE_SLICES of them of each kind a call, so that shoppers hardly wait.
 */
#ifndef SHOP_PURGE_H
#define SHOP_PURGE_H

#include "base/settings.h"
#include "db/db.h"

#define PURGE_SLICE 200
#define PURGE_SLICES 50

#define PURGE_BASKET_DAYS 60 /* as the cookie, and the privacy page, say */
#define PURGE_TICKET_DAYS 7
#define PURGE_EVENT_DAYS 180
#define PURGE_LETTER_DAYS 90
#define PURGE_INBOX_DAYS 30 /* gateways send again for 3, by hand for 30 */

/* *gone (NULL is fine): rows that went, 0 when nothing was left to do. */
enum rc purge_old(struct db *db, const struct settings *s, int64_t now,
    int64_t *gone, struct error *e) CHECKED;

#endif
