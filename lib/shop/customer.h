/*
 * People with an account: who they are and what is known of them.
 *
 *	struct registration r = { .user_name = "Mad.Hatter",
 *		.email = "hatter@example.com", .name = "The Hatter",
 *		.password = encoded };
 *
 *	rc = customer_register(db, &r, now, &taken, &id, &e);
 *
 * A user name is unique.  An address is unique only once it is proven by a
 * mailed link or by Google: any number of accounts may claim it until then, so
 * registering with somebody else's discloses nothing, takes nothing, and
 * unlocks nothing (R14, R15).  The first to prove it has it; accounts that
 * claimed it in vain lose password, sessions and methods (R30).
 */
#ifndef SHOP_CUSTOMER_H
#define SHOP_CUSTOMER_H

#include <stdbool.h>

#include "base/token.h"
#include "db/db.h"

#define CUSTOMER_KEY_SIZE 255

struct customer {
	int64_t id; /* 0: nobody */
	char uid[UID_SIZE];
	char *user_name; /* owned, as typed; "" when there is none */
	char *email;     /* owned, as typed; "" when there is none */
	char *name;      /* owned; what we call them */
	bool proven;     /* the address is theirs */
	bool staff;
	bool has_password;
	bool erased;
	int64_t made_at;
};

void customer_release(struct customer *c); /* safe on an empty one */

/*
 * The form under which names are compared: NFKC, case folded (Unicode 15,
 * utf8proc), so that "Mad.Hatter" and "mad.hatter" are one.  A user name has 3
 * to 32 characters of letters, digits and . _ - and no '@' (it could be taken
 * for an address); confusable scripts may not be mixed within one name.  An
 * address is checked by RFC 5321's shape (one '@', length, no controls), its
 * domain in A-labels; both parts are folded to lower case, as no provider in use
 * tells cases apart.  RC_INVALID with a sentence for the visitor.
 */
enum rc customer_user_key(const char *user_name, char key[CUSTOMER_KEY_SIZE],
    struct error *e) CHECKED;
enum rc customer_email_key(
    const char *email, char key[CUSTOMER_KEY_SIZE], struct error *e) CHECKED;

enum rc customer_by_id(
    struct db *db, int64_t id, struct customer *out, struct error *e) CHECKED;

/* Whose proven address it is; RC_NOTFOUND. */
enum rc customer_by_proven(struct db *db, const char *email,
    struct customer *out, struct error *e) CHECKED;

/* By user name, as typed; and the newest of those who claim an address that they
 * have not proven: for links in mails, never to log in.  RC_NOTFOUND. */
enum rc customer_by_user(struct db *db, const char *user_name,
    struct customer *out, struct error *e) CHECKED;
enum rc customer_by_claim(struct db *db, const char *email,
    struct customer *out, struct error *e) CHECKED;

struct registration {
	const char *user_name; /* NULL: none (came by Google or Facebook) */
	const char *email;     /* NULL: none yet */
	const char *name;
	const char *password; /* encoded by password_make; NULL: none */
	bool proven;          /* the address is: the caller has the proof */
};

/* Make an account, as a unit or inside one.  *taken: the user name is somebody
 * else's and nothing was made; RC_OK.  RC_CONFLICT: proven, but another account
 * was faster; the whole unit begins again and finds it. */
enum rc customer_register(struct db *db, const struct registration *r,
    int64_t now, bool *taken, int64_t *id, struct error *e) CHECKED;

/*
 * The customer has shown that the address is theirs.  *lost: it is proven by
 * another account already, which keeps it; nothing was changed.  Otherwise
 * every other account that claimed it loses the claim, its password, its
 * sessions and its methods.  Inside a unit.
 */
enum rc customer_prove(struct db *db, int64_t id, const char *email,
    int64_t now, bool *lost, struct error *e) CHECKED;

/* Inside a unit: take an account that was never proven for the one who has just
 * proven its address: password, sessions, methods, open links, the staff role
 * and the address book of whoever made it go.  (Basket and user name stay: most
 * often it is the same person.)  RC_CONFLICT: it has been proven meanwhile. */
enum rc customer_take_over(struct db *db, int64_t id, struct error *e) CHECKED;

/* As a unit, or inside one. */
enum rc customer_rename(
    struct db *db, int64_t id, const char *name, struct error *e) CHECKED;
enum rc customer_set_staff(
    struct db *db, int64_t id, bool staff, struct error *e) CHECKED;
/* Inside a unit; ends no session, but links in mails to choose another. */
enum rc customer_set_password(
    struct db *db, int64_t id, const char *encoded, struct error *e) CHECKED;

#endif
