/*
 * Guessing is slowed, nobody is locked out: buckets that drain.
 *
 *	tally_who(who, "login", key);
 *	rc = tally_wait(db, who, &login_rule, now, &seconds, &e);
 *	…
 *	rc = tally_add(db, who, &login_rule, now, &e);
 *
 * A bucket takes `burst` failures at once; each drains in `drain` seconds.
 * Above it the next try waits.  An account's bucket counts only tries from
 * places that have not logged in to it before, so an attacker elsewhere does
 * not keep its owner out (R35); addresses are counted by IPv4 /32, IPv6 /64.
 */
#ifndef SHOP_TALLY_H
#define SHOP_TALLY_H

#include "base/token.h"
#include "db/db.h"

#define PLACE_SIZE 64

struct tally_rule {
	int64_t burst; /* failures */
	int64_t drain; /* seconds each */
};

/* The hash that names a bucket. */
void tally_who(char who[HASH_SIZE], const char *kind, const char *key);

/* The network of an address: "192.0.2.7", "2001:db8:1:2::/64"; "" for what is
 * no address. */
void tally_place(char place[PLACE_SIZE], const char *remote_addr);

/* *seconds until the next try is allowed, 0: now. */
enum rc tally_wait(struct db *db, const char *who,
    const struct tally_rule *rule, int64_t now, int64_t *seconds,
    struct error *e) CHECKED;

/* Count one.  A unit, or inside one. */
enum rc tally_add(struct db *db, const char *who, const struct tally_rule *rule,
    int64_t now, struct error *e) CHECKED;
enum rc tally_clear(struct db *db, const char *who, struct error *e) CHECKED;

#endif
