/*
 * The pages of the program "login", one file each, and what they share.
 *
 * A way in ends with login_finish; what goes wrong on it ends with login_page
 * and a sentence, or with login_stop:
 *
 *	rc = login_arrive(…, &outcome, &customer, e);	(inside a unit)
 *	if (rc == RC_OK && outcome == ARRIVAL_IN)
 *		rc = login_finish(v, customer, "google", &to, e);
 */
#ifndef CGI_LOGIN_H
#define CGI_LOGIN_H

#include "cgi-bin/cgi.h"
#include "cgi-bin/page.h"
#include "cgi-bin/where.h"

/*
 * The customer has shown who they are: a new session (the browser's old one
 * ends), the browser's basket goes into the customer's, the cookie is set, a
 * line goes into the security log, all in one unit; then 303 to where they were
 * going.  method as in struct session_start.  Not inside a unit.
 */
enum rc login_finish(struct visit *v, int64_t customer, const char *method,
    const struct where *to, struct error *e) CHECKED;

/*
 * The customer who is logged in has shown again who they are: proved_at is now;
 * 303 to where they were going.
 */
enum rc login_again(
    struct visit *v, const struct where *to, struct error *e) CHECKED;

/* The page to log in at, with a sentence above the form (NULL: none); login is
 * shown as typed. */
enum rc login_page(struct visit *v, int status, const char *sentence,
    const char *login, const struct where *to, struct error *e) CHECKED;

/* A page that says what came of it and leads on: to the page to log in at, or,
 * when somebody is logged in, to the account. */
enum rc login_stop(struct visit *v, int status, const char *title,
    const char *sentence, struct error *e) CHECKED;

/*
 * For what only the person themselves may do.  RC_OK with *page set: it has
 * been written (nobody is logged in, or the proof is too old: asked for, and
 * then back to `back`), leave.
 */
enum rc login_need(struct visit *v, bool proved, enum where_place back,
    bool *page, struct error *e) CHECKED;

/* "Log in with …": one button for each provider that is configured, as forms of
 * their own.  Put by the pages that log in, register or add a method; nothing
 * when none is configured.  login_providers.c */
void login_buttons(struct page *p, const struct where *to, const char *verb);

/* login.c */
enum rc login_show(struct visit *v, struct error *e);
enum rc login_try_password(struct visit *v, struct error *e);
enum rc logout_show(struct visit *v, struct error *e);
enum rc logout_here(struct visit *v, struct error *e);
enum rc logout_everywhere(struct visit *v, struct error *e);
enum rc prove_show(struct visit *v, struct error *e);
enum rc prove_password(struct visit *v, struct error *e);

/* register.c */
enum rc register_show(struct visit *v, struct error *e);
enum rc register_make(struct visit *v, struct error *e);

/* reset.c */
enum rc reset_show(struct visit *v, struct error *e);
enum rc reset_ask(struct visit *v, struct error *e);
enum rc reset_link(struct visit *v, struct error *e);
enum rc reset_choose(struct visit *v, struct error *e);

/* confirm.c */
enum rc confirm_again(struct visit *v, struct error *e);
enum rc confirm_link(struct visit *v, struct error *e);
enum rc confirm_use(struct visit *v, struct error *e);
enum rc change_link(struct visit *v, struct error *e);
enum rc change_use(struct visit *v, struct error *e);

/* methods.c */
enum rc methods_show(struct visit *v, struct error *e);
enum rc methods_remove(struct visit *v, struct error *e);
enum rc password_show(struct visit *v, struct error *e);
enum rc password_change(struct visit *v, struct error *e);
enum rc email_show(struct visit *v, struct error *e);
enum rc email_change(struct visit *v, struct error *e);

/* erase.c */
enum rc erase_show(struct visit *v, struct error *e);
enum rc erase_do(struct visit *v, struct error *e);

#endif
