/*
 * Logging in with Google and Facebook: there and back (login_providers.c), who
 * has come (login_arrival.c), the proof that an account is theirs
 * (login_join.c), and what Facebook sends by itself (login_facebook.c).
 *
 * What a login is about is kept in tickets bound to the browser, so that no
 * other browser can end one, and each can be ended once (R32).
 */
#ifndef CGI_LOGIN_PROVIDERS_H
#define CGI_LOGIN_PROVIDERS_H

#include "cgi-bin/login.h"
#include "peer/oauth.h"
#include "shop/login.h"
#include "shop/ticket.h"

#define PROVIDER_SIZE 16
#define TRIP_SECONDS 600          /* to log in at the provider */
#define ARRIVAL_SECONDS (30 * 60) /* to prove the account */

/* Who came, and where they were going. */
struct arrived {
	char provider[PROVIDER_SIZE];
	struct oauth_person who;
	struct where to;
};

/* The browser, as tickets are bound to it; who_read() was called. */
void login_browser(const struct visit *v, char hash[HASH_SIZE]);

/* Copy the next line of *s without its end, and go behind it.  False: there is
 * none, or it is longer than out. */
bool login_line(const char **s, char *out, size_t size);

/* What went wrong, whether somebody is logged in or not. */
enum rc login_sorry(struct visit *v, int status, const char *sentence,
    const struct where *to, struct error *e) CHECKED;

/* Let them in, join what they came with to their account, or ask for a proof.
 * started_by: the customer who was logged in when it began, 0 for nobody.  Not
 * inside a unit. */
enum rc login_settle(struct visit *v, const struct arrived *a,
    int64_t started_by, struct error *e) CHECKED;

/* For lib/shop; borrows from a. */
struct arrival login_arrival_of(const struct arrived *a);

/* Keep who came under a new ticket of this browser. */
enum rc login_keep(struct visit *v, const struct arrived *a,
    enum ticket_kind kind, int64_t customer, char token[TOKEN_SIZE],
    struct error *e) CHECKED;

/* The owner is told of each change.  Not inside a unit. */
enum rc login_announce(struct visit *v, int64_t customer,
    enum letter_event event, const char *provider, struct error *e) CHECKED;

/* What the program's calls read and connect to. */
void login_jail(const struct settings *s, struct jail *j);

/* Routes: login_providers.c */
enum rc google_start(struct visit *v, struct error *e);
enum rc google_back(struct visit *v, struct error *e);
enum rc facebook_start(struct visit *v, struct error *e);
enum rc facebook_back(struct visit *v, struct error *e);

/* login_join.c */
enum rc join_show(struct visit *v, struct error *e);
enum rc join_password(struct visit *v, struct error *e);
enum rc join_ask_mail(struct visit *v, struct error *e);
enum rc link_show(struct visit *v, struct error *e);
enum rc link_use(struct visit *v, struct error *e);

/* login_facebook.c */
enum rc facebook_deletion(struct visit *v, struct error *e);
enum rc facebook_deauthorise(struct visit *v, struct error *e);
enum rc deletion_show(struct visit *v, struct error *e);

#endif
