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
#include "cgi-bin/entry.h"
#include "cgi-bin/page.h"
#include "cgi-bin/where.h"
#include "letter/account.h"
#include "shop/customer.h"
#include "web/form.h"

/*
 * The customer has shown who they are: a new session (the browser's old one
 * ends), the browser's basket goes into the customer's, the cookie is set, a
 * line goes into the security log, all in one unit; then 303 to where they were
 * going.  method as in struct session_start.  Not inside a unit.
 */
enum rc login_finish(struct visit *v, int64_t customer, const char *method,
    const struct where *to, struct error *e) CHECKED;

/* The same after a password: checked is what login_password (`checked`) or
 * customer_register had. */
enum rc login_finish_password(struct visit *v, int64_t customer,
    const char *checked, const struct where *to, struct error *e) CHECKED;

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
 * For what only the person themselves may do.  RC_OK with *page set: the reply
 * leads to where they log in (nobody is), or with `proved` to where they prove
 * once more who they are, and then to `back`; leave.
 */
enum rc login_need(struct visit *v, bool proved, enum where_place back,
    bool *page, struct error *e) CHECKED;

/*** What the pages share: way.c ***/

/* The first two fields of each posted form, in this order. */
enum { F_PROOF, F_TO, F_OWN };
/* clang-format off */
#define LOGIN_FIELDS                                                           \
	[F_PROOF] = { PROOF_FIELD, FIELD_TEXT, 1, HASH_SIZE, 0 },              \
	[F_TO] = { "to", FIELD_TEXT, 1, LIMIT_URL, 0 }
/* clang-format on */

/* Above a form that came without the browser's proof and is shown again. */
#define LOGIN_LATE                                                             \
	"This form was open for too long, or your browser did not bring its "  \
	"cookie back. Nothing was changed; please send it once more."

/* Read a posted form of such fields.  RC_OK with *page set: it was none that a
 * page of ours sends, and the page for that has been written. */
enum rc login_read(struct visit *v, struct form *f, const struct field *fields,
    size_t n, bool *page, struct error *e) CHECKED;
/* Where the form leads to. */
struct where login_to(const struct form *f);
/* What a field lacks, or NULL. */
const char *login_lacks(const struct form *f, size_t field);

/* A page with one form: entry_summary, sentence, fields, button.  The caller
 * may put more before login_form_end. */
struct login_form {
	const char *title, *lead;     /* lead may be NULL */
	const char *class, *sentence; /* a notice; sentence may be NULL */
	const char *action;           /* literal path */
	const char *tail;             /* a segment after it, or NULL */
	const struct where *to;
	struct entry *fields;
	size_t n;
	const char *button; /* NULL: no form at all */
};
enum rc login_form_page(struct visit *v, struct page *p, int status,
    const struct login_form *lf, struct error *e) CHECKED;
enum rc login_form_end(struct page *p, struct error *e) CHECKED;

/* The "to" of an address, and who asks; *page as login_read's. */
enum rc login_query(
    struct visit *v, struct where *to, bool *page, struct error *e) CHECKED;

/* 303 to a place. */
void login_go(struct visit *v, const struct where *to);

/* A page that asks to wait: 429 with Retry-After; what was typed is shown by
 * the caller.  The sentence for it, into text. */
#define LOGIN_SENTENCE 200
void login_wait(struct visit *v, int64_t seconds, char text[LOGIN_SENTENCE]);

/*** Letters: loginmail.c ***/

#define LOGIN_CONFIRM_SECONDS (3 * 24 * 3600)
#define LOGIN_RESET_SECONDS (30 * 60)
#define LOGIN_EMAIL_SECONDS (24 * 3600)

/* A letter that is ready, for login_post inside the unit that it tells of.
 * One without `to` is none: it is not posted. */
struct login_mail {
	char uid[UID_SIZE];
	struct buf bytes;
	const char *kind;
	int64_t customer;
	char *to; /* owned */
};
void login_mail_init(struct login_mail *m);
void login_mail_release(struct login_mail *m);

/* Begin a letter to an address that is, or may be, the customer's; then render
 * it into m->bytes.  An address that no letter can be sent to (rc of the
 * rendering is RC_INVALID) makes it none: login_unsendable. */
enum rc login_mail_begin(struct visit *v, struct login_mail *m,
    const char *kind, const struct customer *c, const char *email,
    struct letter_to *to, struct error *e) CHECKED;
enum rc login_unsendable(
    struct login_mail *m, enum rc rc, struct error *e) CHECKED;

/* Inside a unit, and as one. */
enum rc login_post(struct db *db, const struct login_mail *m, int64_t now,
    struct error *e) CHECKED;
enum rc login_post_now(
    struct visit *v, const struct login_mail *m, struct error *e) CHECKED;

/* "Something was done with your account", to an address that is proven;
 * nothing for any other.  Not inside a unit. */
enum rc login_tell(struct visit *v, const struct customer *c,
    enum letter_event event, const char *detail, struct login_mail *m,
    struct error *e) CHECKED;

/* Whether one more letter of this sort may go to an address that somebody
 * typed: a few an hour.  Counts it.  what is "claim" (this address is mine),
 * "reset" or "join": who claims an address in vain does not use up the letters
 * that let its owner in. */
enum rc login_may_mail(struct visit *v, const char *what, const char *email,
    bool *may, struct error *e) CHECKED;

/* A link that proves the customer's address, in a letter to it; nothing when
 * login_may_mail says no.  Not inside a unit. */
enum rc login_mail_confirm(struct visit *v, const struct customer *c,
    bool *sent, struct error *e) CHECKED;

/*** Routes, by file ***/

/* login.c */
enum rc login_show(struct visit *v, struct error *e);
enum rc login_try_password(struct visit *v, struct error *e);
enum rc prove_show(struct visit *v, struct error *e);
enum rc prove_password(struct visit *v, struct error *e);

/* logout.c */
enum rc logout_show(struct visit *v, struct error *e);
enum rc logout_here(struct visit *v, struct error *e);
enum rc logout_everywhere(struct visit *v, struct error *e);

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

/* email.c */
enum rc email_show(struct visit *v, struct error *e);
enum rc email_ask(struct visit *v, struct error *e);
enum rc email_link(struct visit *v, struct error *e);
enum rc email_use(struct visit *v, struct error *e);

/* methods.c */
/* "Google" of "google"; a literal. */
const char *login_provider_name(const char *provider);
enum rc methods_show(struct visit *v, struct error *e);
enum rc methods_remove(struct visit *v, struct error *e);
enum rc password_show(struct visit *v, struct error *e);
enum rc password_change(struct visit *v, struct error *e);

/* erase.c */
enum rc erase_show(struct visit *v, struct error *e);
enum rc erase_do(struct visit *v, struct error *e);

#endif
