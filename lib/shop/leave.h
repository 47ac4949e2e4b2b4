/*
 * What a provider of logins tells us of somebody who has left: that they took
 * our app away, or want to be forgotten.
 *
 *	rc = leave_plan(db, &l, &left, &customer, &e);
 *	rc = leave(db, &l, &left, &e);			(inside a unit)
 *
 * Doing it twice does no more than once.
 */
#ifndef SHOP_LEAVE_H
#define SHOP_LEAVE_H

#include <stdbool.h>

#include "db/db.h"

struct leaving {
	const char *provider, *subject; /* who */
	bool forget;                    /* they want to be forgotten */
	const char *place;              /* for the security log */
	int64_t now;
};

enum left {
	LEFT_NOBODY,   /* nothing is kept of them */
	LEFT_UNLINKED, /* it is no way into their account any more */
	LEFT_KEPT,     /* it would be the only one, and stays */
	LEFT_ERASED,   /* the account was made by it alone: erased */
};

/* What leave() would do now, and to whom (0: nobody). */
enum rc leave_plan(struct db *db, const struct leaving *l, enum left *left,
    int64_t *customer, struct error *e) CHECKED;

/*
 * Sessions that began with the provider end.  To be forgotten erases an account
 * that has no other method, and takes the method from one that has; an app that
 * was taken away only does the latter, and not when nobody could get in any
 * more: without another method and without a proven address.  Inside a unit.
 */
enum rc leave(struct db *db, const struct leaving *l, enum left *left,
    struct error *e) CHECKED;

#endif
