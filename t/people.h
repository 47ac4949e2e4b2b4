/*
 * What the tests about accounts share: people made in one line, and a crowd.
 *
 *	id = people_add(&sh, "hatter", "hatter@example.com", PROVEN);
 */
#ifndef T_PEOPLE_H
#define T_PEOPLE_H

#include "shop/customer.h"
#include "t/shop.h"

#define PEOPLE_NOW INT64_C(1800000000)

enum people_kind { UNPROVEN, PROVEN };

/* With the password "word of NAME" (people_word), cheaply hashed. */
int64_t people_add(struct shop *sh, const char *user_name, const char *email,
    enum people_kind kind);
/* Argon2 at its cheapest. */
void people_cheap(struct settings *s);

/* Whether the unit was committed; a failure is a failed check unless it is the
 * rc that is wanted. */
bool people_unit(struct shop *sh, db_work *fn, void *ctx, enum rc want);

/* Logged in: the token. */
void people_session(struct shop *sh, int64_t customer, char token[TOKEN_SIZE]);
bool people_logged_in(struct shop *sh, const char *token);

/* Run fn in n children at once, each with its own connection; the number that
 * returned 0. */
int people_crowd(const struct settings *s, int n,
    int (*fn)(struct db *db, int me, void *ctx), void *ctx);

/* The number that a query of the test's own gives. */
int64_t people_count(const struct settings *s, const char *query);

#endif
