/*
 * The security log: what was done with accounts, one row an event, for the
 * customer's page and for administrators.  No password, token or full address.
 *
 *	rc = seclog(db, customer, "login", place, "password", now, &e);
 */
#ifndef SHOP_SECLOG_H
#define SHOP_SECLOG_H

#include "db/db.h"

/* kind is a literal of ours: register, login, login-failed, logout, reset,
 * password, email, confirm, link, unlink, taken-over, staff, export, erase.  A
 * unit, or inside one. */
enum rc seclog(struct db *db, int64_t customer, const char *kind,
    const char *place, const char *detail, int64_t now,
    struct error *e) CHECKED;

struct seclog_row {
	int64_t id, at, customer;
	const char *kind, *place, *detail; /* borrowed for the call */
};

typedef enum rc seclog_put(
    void *ctx, const struct seclog_row *row, struct error *e);
/* Newest first; customer 0: of all. */
enum rc seclog_list(struct db *db, int64_t customer, int64_t most,
    seclog_put *put, void *ctx, struct error *e) CHECKED;

#endif
