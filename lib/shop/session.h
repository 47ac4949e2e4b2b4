/*
 * Who is logged in, by the token of the session cookie.  Only its hash is
 * stored; it is new at each login and worthless after logout (R37).
 *
 *	rc = session_find(db, settings, token, now, &s, &e);
 *	if (rc == RC_OK && s.customer != 0) …
 *
 * Hot programs call session_find only: one query, no writing.
 */
#ifndef SHOP_SESSION_H
#define SHOP_SESSION_H

#include <stdbool.h>

#include "base/settings.h"
#include "base/token.h"
#include "db/db.h"

#define SESSION_NAME_SIZE 201

struct session {
	int64_t customer;   /* 0: nobody is logged in */
	char uid[UID_SIZE]; /* names it in the list of sessions */
	bool staff, proven;
	bool stale; /* seen_at is old enough to be written again */
	int64_t made_at, seen_at, proved_at;
	char name[SESSION_NAME_SIZE]; /* what we call them; "" when unknown */
};

/* RC_NOTFOUND: no such session, or it is past session.idle or
 * session.lifetime. */
enum rc session_find(struct db *db, const struct settings *s, const char *token,
    int64_t now, struct session *out, struct error *e) CHECKED;

struct session_start {
	int64_t customer;
	const char *method; /* "password", "google", "facebook", "link" */
	const char *agent;  /* the browser's name for itself, cut; or NULL */
	const char *place;  /* IP address, cut to its network */
	/* What login_password compared with (its `checked`), or NULL when no
	 * password was used.  Without it a password that was taken away since
	 * would still open the account. */
	const char *checked;
};

/* A new one, whose secret goes into the cookie; old_token, if any, is ended in
 * the same unit, and "login" goes into the security log.  A unit, or inside
 * one.  RC_DENIED: the account is erased, or the password was changed since. */
enum rc session_begin(struct db *db, const struct session_start *start,
    const char *old_token, int64_t now, char token[TOKEN_SIZE],
    struct error *e) CHECKED;

/* Units, or inside one.  Ending what is not there is fine. */
enum rc session_seen(
    struct db *db, const char *token, int64_t now, struct error *e) CHECKED;
enum rc session_proved(
    struct db *db, const char *token, int64_t now, struct error *e) CHECKED;
enum rc session_end(struct db *db, const char *token, struct error *e) CHECKED;
/* The one with this uid, if it is this customer's. */
enum rc session_end_one(
    struct db *db, int64_t customer, const char *uid, struct error *e) CHECKED;
/* All of the customer's but the one of `keep` (NULL: all). */
enum rc session_end_all(
    struct db *db, int64_t customer, const char *keep, struct error *e) CHECKED;

struct session_row {
	char uid[UID_SIZE];
	const char *method, *agent, *place; /* borrowed for the call */
	int64_t made_at, seen_at;
};

typedef enum rc session_put(
    void *ctx, const struct session_row *row, struct error *e);
enum rc session_list(struct db *db, const struct settings *s, int64_t customer,
    int64_t now, session_put *put, void *ctx, struct error *e) CHECKED;

#endif
