/*
 * Getting in: by password, and by what a provider says of a person.  All rules
 * of linking are here (design, "Decisions already taken"); pages only ask and
 * show.
 */
#ifndef SHOP_LOGIN_H
#define SHOP_LOGIN_H

#include "base/settings.h"
#include "shop/customer.h"

enum login_outcome {
	LOGIN_IN,    /* *customer is who it is */
	LOGIN_WRONG, /* no such account or a wrong password: not told which */
	LOGIN_SLOW,  /* too many tries: wait *seconds */
};

struct login_try {
	const char *login; /* user name or address, as typed */
	const char *password;
	const char *place; /* tally_place() */
	int64_t now;
	char *checked; /* PASSWORD_SIZE bytes, set at LOGIN_IN: for struct
			  session_start; or NULL */
};

/*
 * By user name, or by address: the account that has proven it, then the (at
 * most three, newest first) that claim it: who registers with an address must
 * not find out by this whether it is somebody's.  Makes an old hash anew.  Not inside
 * a unit: argon2 runs.
 *
 * Failures are counted by account and by place (login.burst, login.place_burst
 * of shop.conf(5)) and go into the security log.  An account's bucket counts
 * only tries from places that have not logged in to it before, so an attacker
 * elsewhere does not keep its owner out (R35).
 */
enum rc login_password(struct db *db, const struct settings *s,
    const struct login_try *t, enum login_outcome *outcome, int64_t *customer,
    int64_t *seconds, struct error *e) CHECKED;

/* What a provider vouches for; name and email are believed to be nothing but
 * text. */
struct arrival {
	const char *provider; /* "google" or "facebook" */
	const char *subject;
	const char *email; /* or NULL */
	bool email_proven; /* Google's verified address; never Facebook's */
	const char *name;  /* or NULL */
};

enum arrival_outcome {
	ARRIVAL_IN, /* log *customer in (known, or just made or taken over) */
	ARRIVAL_LINKED, /* joined to the account that was logged in */
	ARRIVAL_PROVE,  /* *customer has this proven address: it must be proven
			   in this session (password or mailed link) first */
	ARRIVAL_TAKEN,  /* logged in, but this identity is another account's */
	ARRIVAL_ASK_EMAIL, /* logged in to a new account without an address:
			      ask for one and confirm it */
};

/*
 * logged_in is the customer of the session, proven recently (0: nobody).
 *
 *			no account	unproven	proven		logged in
 *	Google, proven	new, proven	taken over	PROVE		LINKED
 *	Google, not	ASK_EMAIL	ASK_EMAIL	ASK_EMAIL	LINKED
 *	Facebook, addr.	new, unproven, for all three; a link mailed	LINKED
 *	Facebook, none	ASK_EMAIL	ASK_EMAIL	ASK_EMAIL	LINKED
 *
 * A known identity is ARRIVAL_IN in each column but the last.  Nothing an
 * unproven address says is believed; "new, unproven" is ARRIVAL_IN too.  Of
 * several accounts that claim an address the newest is taken over.  Inside a
 * unit; RC_CONFLICT (somebody was faster) begins it again.
 */
enum rc login_arrive(struct db *db, const struct arrival *a, int64_t logged_in,
    int64_t now, enum arrival_outcome *outcome, int64_t *customer,
    struct error *e) CHECKED;

/* Join an identity to an account that was proven in this session.  *taken as
 * ARRIVAL_TAKEN.  When Google vouches for the address that the account claims,
 * that is proven with it.  Inside a unit. */
enum rc login_join(struct db *db, int64_t customer, const struct arrival *a,
    int64_t now, bool *taken, struct error *e) CHECKED;

/* Whose an identity is; RC_NOTFOUND. */
enum rc login_known(struct db *db, const char *provider, const char *subject,
    int64_t *customer, struct error *e) CHECKED;

/* Of the password, subject and email are "" and the times 0; it comes first. */
struct login_method {
	const char *provider; /* "password", "google", "facebook" */
	const char *subject;
	const char *email;
	int64_t made_at, seen_at;
};

typedef enum rc login_put(
    void *ctx, const struct login_method *m, struct error *e);
enum rc login_methods(struct db *db, int64_t customer, login_put *put,
    void *ctx, struct error *e) CHECKED;

/* *last: it is the only one and stays.  RC_NOTFOUND: there is no such method.
 * Inside a unit. */
enum rc login_part(struct db *db, int64_t customer, const char *provider,
    const char *subject, bool *last, struct error *e) CHECKED;

#endif
