#include "config.h"

#include <string.h>

#include "cgi-bin/login.h"
#include "shop/seclog.h"
#include "shop/tally.h"
#include "shop/ticket.h"

/*
 * Two mailed links that say "this address is mine".  Who uses one has to be
 * logged in to the account that it was made for: only who holds both, mailbox
 * and account, joins them.  So nobody can be made to confirm a stranger's
 * account by a letter, and a mistyped address gives the account to nobody.
 */
static const struct kind {
	enum ticket_kind kind;
	enum where_place place;
	const char *path; /* literal */
	const char *title, *lead, *button, *event;
} first = { TICKET_CONFIRM, WHERE_CONFIRM_LINK, "/login/confirm/",
	"Is this your address?",
	"You gave it when you made your account. Confirm it, and we know "
	"where your letters go.",
	"Yes, it is mine", "confirm" },
  change = { TICKET_EMAIL, WHERE_EMAIL_LINK, "/login/email/",
	  "Your new address",
	  "You asked for your account to have this address from now on.",
	  "Use this address", "email" };

struct proving {
	struct visit *v;
	const struct kind *k;
	struct ticket t;   /* owned */
	struct customer c; /* owned */
	struct login_mail m;
	bool lost;
};

static void
proving_release(struct proving *p)
{
	ticket_release(&p->t);
	customer_release(&p->c);
	login_mail_release(&p->m);
}

static enum rc
dead_link(struct visit *v, struct error *e)
{
	error_clear(e);
	return login_stop(v, 410, "This link no longer works",
	    "It was used already, is too old, or a newer one was sent. Your "
	    "account says whether the address is confirmed, and sends another "
	    "link.",
	    e);
}

/* *page: the reply says something else than the page of the link. */
static enum rc
look(struct proving *p, bool *page, struct error *e)
{
	struct where here = { p->k->place, "" };
	struct visit *v = p->v;
	struct url u;
	enum rc rc;

	*page = true;
	rc = who_read(v, e);
	if (rc == RC_OK)
		rc = ticket_look(
		    v->db, p->k->kind, v->tail, "", v->now, &p->t, e);
	if (rc == RC_NOTFOUND)
		return dead_link(v, e);
	if (rc == RC_OK)
		rc = customer_by_id(v->db, p->t.customer, &p->c, e);
	if (rc != RC_OK)
		return rc;
	if (v->who.session.customer == 0) {
		memcpy(here.slug, v->tail, TOKEN_SIZE);
		where_url(&here, &u);
		here = where_of(url_str(&u));
		url_release(&u);
		return login_page(v, 200,
		    "Please log in to the account that this link was made "
		    "for; then the address can be confirmed.",
		    p->c.user_name, &here, e);
	}
	if (v->who.session.customer != p->c.id)
		return login_stop(v, 403, "Another account's link",
		    "This link was made for another account than the one that "
		    "is logged in here. Log out first, then follow it again.",
		    e);
	*page = false;
	return RC_OK;
}

static enum rc
put_link(struct proving *p, int status, const char *sentence, struct error *e)
{
	struct entry field = { .name = "email",
		.label = "E-mail address",
		.value = p->t.data,
		.fixed = true };
	const struct login_form lf = { .title = p->k->title,
		.lead = p->k->lead,
		.sentence = sentence,
		.action = p->k->path,
		.tail = p->v->tail,
		.fields = &field,
		.n = 1,
		.button = p->k->button };
	struct page page;
	enum rc rc;

	rc = login_form_page(p->v, &page, status, &lf, e);
	if (rc == RC_OK)
		rc = login_form_end(&page, e);
	return rc;
}

static enum rc
show(struct visit *v, const struct kind *k, struct error *e)
{
	struct proving p = { .v = v, .k = k };
	bool page;
	enum rc rc;

	login_mail_init(&p.m);
	rc = look(&p, &page, e);
	if (rc == RC_OK && !page)
		rc = put_link(&p, 200, NULL, e);
	proving_release(&p);
	return rc;
}

static enum rc
prove(struct db *db, void *ctx, struct error *e)
{
	struct proving *p = ctx;
	struct visit *v = p->v;
	char place[PLACE_SIZE];
	struct ticket t = { 0 };
	enum rc rc;

	p->lost = false;
	tally_place(place, v->q->remote_addr);
	rc = ticket_use(db, p->k->kind, v->tail, "", v->now, &t, e);
	if (rc == RC_OK)
		rc =
		    customer_prove(db, t.customer, t.data, v->now, &p->lost, e);
	if (rc == RC_OK && !p->lost)
		rc = seclog(db, t.customer, p->k->event, place, "", v->now, e);
	if (rc == RC_OK && !p->lost)
		rc = login_post(db, &p->m, v->now, e);
	ticket_release(&t);
	return rc;
}

static enum rc
use_it(struct proving *p, struct error *e)
{
	const struct where to = { WHERE_ACCOUNT, "" };
	struct visit *v = p->v;
	enum rc rc = RC_OK;

	if (p->k->kind == TICKET_EMAIL)
		rc = login_tell(
		    v, &p->c, LETTER_EMAIL_CHANGED, p->t.data, &p->m, e);
	if (rc == RC_OK)
		rc = db_unit(v->db, prove, p, e);
	if (rc == RC_NOTFOUND)
		return dead_link(v, e);
	if (rc != RC_OK)
		return rc;
	if (p->lost)
		return login_stop(v, 409, "This address has an account",
		    "Another account of ours has this address and has "
		    "confirmed it. If that is yours too, log in to it; this "
		    "account can have another address.",
		    e);
	login_go(v, &to);
	return RC_OK;
}

static enum rc
use(struct visit *v, const struct kind *k, struct error *e)
{
	static const struct field fields[] = { LOGIN_FIELDS };
	struct proving p = { .v = v, .k = k };
	struct form f;
	bool page;
	enum rc rc;

	login_mail_init(&p.m);
	rc = login_read(v, &f, fields, F_OWN, &page, e);
	if (rc == RC_OK && !page)
		rc = look(&p, &page, e);
	if (rc == RC_OK && !page && !who_proof(v, form_typed(&f, F_PROOF)))
		rc = put_link(&p, 403, LOGIN_LATE, e);
	else if (rc == RC_OK && !page)
		rc = use_it(&p, e);
	form_release(&f);
	proving_release(&p);
	return rc;
}

enum rc
confirm_link(struct visit *v, struct error *e)
{
	return show(v, &first, e);
}

enum rc
confirm_use(struct visit *v, struct error *e)
{
	return use(v, &first, e);
}

enum rc
email_link(struct visit *v, struct error *e)
{
	return show(v, &change, e);
}

enum rc
email_use(struct visit *v, struct error *e)
{
	return use(v, &change, e);
}

/*** Another letter ***/

static enum rc
post_again(struct visit *v, struct error *e)
{
	struct customer c = { 0 };
	bool sent = false, proven = false;
	enum rc rc;

	rc = customer_by_id(v->db, v->who.session.customer, &c, e);
	if (rc == RC_OK) {
		proven = c.proven || c.email[0] == '\0';
		if (!proven)
			rc = login_mail_confirm(v, &c, &sent, e);
	}
	customer_release(&c);
	if (rc == RC_INVALID) {
		error_clear(e);
		rc = RC_OK;
	}
	if (rc != RC_OK)
		return rc;
	if (proven)
		return login_stop(v, 200, "Nothing to confirm",
		    "Your account has no address that waits for it.", e);
	if (!sent)
		return login_stop(v, 429, "A letter is under way",
		    "We have sent some to this address lately. Please look "
		    "among the junk too, and try again in a while.",
		    e);
	return login_stop(v, 200, "Please look into your mail",
	    "A letter with a link is on its way. The link works for three "
	    "days.",
	    e);
}

enum rc
confirm_again(struct visit *v, struct error *e)
{
	static const struct field fields[] = { LOGIN_FIELDS };
	struct form f;
	bool page, ours;
	enum rc rc;

	rc = login_read(v, &f, fields, F_OWN, &page, e);
	ours = rc == RC_OK && !page && who_proof(v, form_typed(&f, F_PROOF));
	form_release(&f);
	if (rc == RC_OK && !page)
		rc = login_need(v, false, WHERE_ACCOUNT, &page, e);
	if (rc != RC_OK || page)
		return rc;
	if (!ours)
		return login_stop(v, 403, "Once more, please",
		    "That form was open for too long. Nothing was sent; your "
		    "account has the button.",
		    e);
	return post_again(v, e);
}
