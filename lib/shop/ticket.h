/*
 * Secrets that work once: links in mails, the state of a login at a provider.
 *
 *	rc = ticket_new(db, TICKET_RESET, &t, now, token, &e);
 *	…
 *	rc = ticket_use(db, TICKET_RESET, token, browser, now, &t, &e);
 *
 * Of any number of parallel uses exactly one gets RC_OK, on both engines: the
 * UPDATE that marks it used matches one row once.  Only hashes are stored.
 */
#ifndef SHOP_TICKET_H
#define SHOP_TICKET_H

#include "base/token.h"
#include "db/db.h"

enum ticket_kind {
	TICKET_CONFIRM, /* mailed: this address is mine (data: the address) */
	TICKET_RESET,   /* mailed: choose a new password (data: the address) */
	TICKET_EMAIL,   /* mailed: change to this address (data: it) */
	TICKET_LINK,    /* mailed: join this identity to my account */
	TICKET_LOGIN,   /* a login at a provider is under way (data: nonce,
			   verifier, provider, where to return to) */
	TICKET_ARRIVED, /* came back from the provider, has to prove the account
			   first (data: provider, subject, address) */
	TICKET_DELETION, /* Facebook's data deletion: its status page */
	TICKET_KINDS,
};

/* "confirm", "reset" and so on. */
const char *ticket_word(enum ticket_kind kind);

#define TICKET_DATA 4000 /* bytes */

struct ticket {
	int64_t customer;    /* 0: none */
	const char *data;    /* in: borrowed; out: owned, ticket_release */
	const char *browser; /* in: hash of the browser's token that it is
				bound to, or ""; not given back */
	int64_t seconds;     /* in: how long it is good for */
	char *owned;
};

void ticket_release(struct ticket *t);

/* A unit, or inside one.  Older unused ones of the same kind and customer (not
 * 0) stop working. */
enum rc ticket_new(struct db *db, enum ticket_kind kind, const struct ticket *t,
    int64_t now, char token[TOKEN_SIZE], struct error *e) CHECKED;

/* Look without using it: for the page with the button that uses it (mail
 * scanners follow links).  RC_NOTFOUND: none such, used, too old, or bound to
 * another browser. */
enum rc ticket_look(struct db *db, enum ticket_kind kind, const char *token,
    const char *browser, int64_t now, struct ticket *out,
    struct error *e) CHECKED;

/* Use it up, inside a unit, with what it allows done in the same one.  rc as
 * ticket_look. */
enum rc ticket_use(struct db *db, enum ticket_kind kind, const char *token,
    const char *browser, int64_t now, struct ticket *out,
    struct error *e) CHECKED;

#endif
