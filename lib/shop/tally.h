/*
 * Guessing is slowed, nobody is locked out: buckets that drain.
 *
 *	tally_who(who, "reset", place);
 *	rc = tally_take(db, who, &rule, now, &seconds, &e);
 *	if (rc == RC_OK && seconds == 0) …
 *
 * A bucket takes `burst` tries at once; each drains in `drain` seconds.  Above
 * it the next try waits, `drain` seconds at most: who is refused is not counted.
 * login_password (shop/login.h) counts failures by account and by place, all
 * by itself.
 */
#ifndef SHOP_TALLY_H
#define SHOP_TALLY_H

#include "base/token.h"
#include "db/db.h"

#define PLACE_SIZE 64

struct tally_rule {
	int64_t burst; /* tries */
	int64_t drain; /* seconds each */
};

/* The hash that names a bucket. */
void tally_who(char who[HASH_SIZE], const char *kind, const char *key);

/* The network of an address: "192.0.2.7", "2001:db8:1:2::/64"; "" for what is
 * no address. */
void tally_place(char place[PLACE_SIZE], const char *remote_addr);

/*
 * *seconds until the next try is allowed; 0: now, and it is counted.  In one
 * step, so that a thousand tries at once are a thousand.  A unit, or inside one.
 */
enum rc tally_take(struct db *db, const char *who,
    const struct tally_rule *rule, int64_t now, int64_t *seconds,
    struct error *e) CHECKED;
/* The one that tally_take counted was none.  A unit, or inside one. */
enum rc tally_give_back(struct db *db, const char *who,
    const struct tally_rule *rule, int64_t now, struct error *e) CHECKED;

/* *seconds until the next try is allowed, 0: now.  Only looks. */
enum rc tally_wait(struct db *db, const char *who,
    const struct tally_rule *rule, int64_t now, int64_t *seconds,
    struct error *e) CHECKED;

/* Count one, whether it has to wait or not; forget all.  Units, or inside one. */
enum rc tally_add(struct db *db, const char *who, const struct tally_rule *rule,
    int64_t now, struct error *e) CHECKED;
enum rc tally_clear(struct db *db, const char *who, struct error *e) CHECKED;

#endif
