/*
 * Letters about an account.  Each renders a whole letter into out (empty, made
 * with LETTER_MAX) for outbox_put, outside of any unit:
 *
 *	struct letter_to to = { &settings, uid, c.name, c.email, now };
 *
 *	uid_random(uid, &e);
 *	url_init_at(&link, settings.shop_url, "/login/reset");
 *	url_arg(&link, "t", token);
 *	a = (struct letter_account){ c.user_name, &link };
 *	rc = letter_reset(&to, &a, 1, 30 * 60, &out, &e);
 *	…
 *	outbox_put(db, &(struct outbox_letter){ uid, "reset", c.id,
 *	    buf_str(&out), out.len }, &c.email, 1, now, &e);	(inside a unit)
 *
 * rc is letter_end's: RC_INVALID when nothing can be sent to this address.
 */
#ifndef LETTER_ACCOUNT_H
#define LETTER_ACCOUNT_H

#include "letter/letter.h"

/* "Please confirm your address": after registering, and again on request. */
enum rc letter_confirm(const struct letter_to *to, const struct url *link,
    int64_t seconds, struct buf *out, struct error *e) CHECKED;

/* To the new address, before an account takes it. */
enum rc letter_change_email(const struct letter_to *to, const struct url *link,
    int64_t seconds, struct buf *out, struct error *e) CHECKED;

/* An account that the receiver may be looking for. */
struct letter_account {
	const char *user_name; /* or NULL */
	const struct url *link;
};

/* "Choose a new password": a link for each account that claims the address. */
enum rc letter_reset(const struct letter_to *to,
    const struct letter_account *accounts, size_t n, int64_t seconds,
    struct buf *out, struct error *e) CHECKED;

/* "Is it you who logs in with Google?": joins a provider's login to the
 * account.  provider is as people write it: "Google". */
enum rc letter_link_proof(const struct letter_to *to, const char *provider,
    const struct url *link, int64_t seconds, struct buf *out,
    struct error *e) CHECKED;

enum letter_event {
	LETTER_PASSWORD_CHANGED,
	LETTER_PASSWORD_ADDED,   /* there was none */
	LETTER_PASSWORD_REMOVED, /* by taking over or on request */
	LETTER_EMAIL_CHANGED,  /* to the old address; detail: the new one, which
				 is shown in part only */
	LETTER_METHOD_ADDED,   /* detail: "Google" */
	LETTER_METHOD_REMOVED, /* detail: "Google" */
	LETTER_TAKEN_OVER,     /* the address was proven and the account that
				  claimed it is now the prover's own */
	LETTER_ALREADY,        /* somebody tried to register with the address of
				  an account that is there */
	LETTER_NO_ACCOUNT,     /* a new password was asked for, but no account
				  has this address */
	LETTER_ERASED,         /* the account was erased */
	LETTER_EVENTS
};

/* Something happened to the account.  help: where to go when it was not you
 * (a new password); NULL leaves that out. */
enum rc letter_notice(const struct letter_to *to, enum letter_event event,
    const char *detail, const struct url *help, struct buf *out,
    struct error *e) CHECKED;

#endif
