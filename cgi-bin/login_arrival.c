#include "config.h"

#include <stdio.h>
#include <string.h>

#include "cgi-bin/login_providers.h"
#include "shop/seclog.h"
#include "shop/tally.h"

static const struct where to_email = { WHERE_EMAIL, "" };

struct arrival
login_arrival_of(const struct arrived *a)
{
	struct arrival out = { .provider = a->provider,
		.subject = a->who.subject,
		.email = a->who.email[0] == '\0' ? NULL : a->who.email,
		.email_proven = a->who.email_proven,
		.name = a->who.name[0] == '\0' ? NULL : a->who.name };

	return out;
}

/*** Tickets ***/

enum rc
login_keep(struct visit *v, const struct arrived *a, enum ticket_kind kind,
    int64_t customer, char token[TOKEN_SIZE], struct error *e)
{
	char browser[HASH_SIZE];
	struct ticket t = { .customer = customer,
		.browser = browser,
		.seconds = ARRIVAL_SECONDS };
	struct buf b;
	struct url u;
	enum rc rc;

	login_browser(v, browser);
	buf_init(&b, TICKET_DATA);
	buf_printf(&b, "%s\n%s\n%s\n%d\n%s\n", a->provider, a->who.subject,
	    a->who.email, (int)a->who.email_proven, a->who.name);
	buf_printf(&b, "%s\n", where_text(&a->to, &u));
	url_release(&u);
	rc = buf_rc(&b);
	t.data = buf_str(&b);
	if (rc == RC_OK)
		rc = ticket_new(v->db, kind, &t, v->now, token, e);
	buf_release(&b);
	return rc;
}

/*** Who has come ***/

struct arriving {
	struct visit *v;
	const struct arrived *from;
	bool known;  /* it was a way into some account already */
	bool proved; /* who is logged in has shown it lately */
	bool late;   /* logged in, and not lately: nothing is joined */
	bool taken_over;
	enum arrival_outcome outcome;
	int64_t customer;
};

/* Of whom an account that nobody proved would be taken over. */
static enum rc
claimant(struct db *db, const struct arrival *a, int64_t *id, struct error *e)
{
	struct customer c = { 0 };
	enum rc rc;

	*id = 0;
	if (!a->email_proven || a->email == NULL)
		return RC_OK;
	rc = customer_by_claim(db, a->email, &c, e);
	*id = c.id;
	customer_release(&c);
	if (rc == RC_NOTFOUND || rc == RC_INVALID) {
		error_clear(e);
		return RC_OK;
	}
	return rc;
}

static enum rc
note(struct db *db, const struct arriving *w, struct error *e)
{
	const char *kind = w->taken_over ? "taken-over" : "link";
	char place[PLACE_SIZE];

	if (!w->taken_over && (w->outcome != ARRIVAL_LINKED || w->known))
		return RC_OK;
	tally_place(place, w->v->q->remote_addr);
	return seclog(
	    db, w->customer, kind, place, w->from->provider, w->v->now, e);
}

static enum rc
arrive(struct db *db, void *ctx, struct error *e)
{
	struct arriving *w = ctx;
	const struct arrival a = login_arrival_of(w->from);
	int64_t owner = 0, claims = 0, logged_in = w->v->who.session.customer;
	enum rc rc;

	rc = login_known(db, a.provider, a.subject, &owner, e);
	if (rc == RC_NOTFOUND) {
		error_clear(e);
		rc = RC_OK;
	}
	w->known = owner != 0;
	w->late = logged_in != 0 && owner == 0 && !w->proved;
	if (rc == RC_OK && !w->known && logged_in == 0)
		rc = claimant(db, &a, &claims, e);
	if (rc != RC_OK || w->late)
		return rc;
	rc = login_arrive(
	    db, &a, logged_in, w->v->now, &w->outcome, &w->customer, e);
	w->taken_over =
	    w->outcome == ARRIVAL_IN && claims != 0 && claims == w->customer;
	return rc == RC_OK ? note(db, w, e) : rc;
}

enum rc
login_announce(struct visit *v, int64_t customer, enum letter_event event,
    const char *provider, struct error *e)
{
	struct customer c = { 0 };
	struct login_mail m;
	enum rc rc;

	login_mail_init(&m);
	rc = customer_by_id(v->db, customer, &c, e);
	if (rc == RC_OK)
		rc = login_tell(
		    v, &c, event, login_provider_name(provider), &m, e);
	if (rc == RC_OK)
		rc = login_post_now(v, &m, e);
	login_mail_release(&m);
	customer_release(&c);
	return rc;
}

/* Somebody new with an address that Facebook gave: the link that proves it. */
static enum rc
ask_to_confirm(struct visit *v, int64_t customer, struct error *e)
{
	struct customer c = { 0 };
	bool sent = false;
	enum rc rc;

	rc = customer_by_id(v->db, customer, &c, e);
	if (rc == RC_OK && c.email[0] != '\0' && !c.proven)
		rc = login_mail_confirm(v, &c, &sent, e);
	customer_release(&c);
	return rc;
}

static enum rc
let_in(struct visit *v, const struct arriving *w, struct error *e)
{
	const struct arrived *a = w->from;
	enum rc rc = RC_OK;

	if (w->taken_over)
		rc = login_announce(
		    v, w->customer, LETTER_TAKEN_OVER, a->provider, e);
	else if (!w->known)
		rc = ask_to_confirm(v, w->customer, e);
	if (rc == RC_OK)
		rc = login_finish(v, w->customer, a->provider, &a->to, e);
	return rc;
}

static enum rc
ask_for_proof(struct visit *v, const struct arriving *w, struct error *e)
{
	char token[TOKEN_SIZE];
	struct url u;
	enum rc rc;

	rc = login_keep(v, w->from, TICKET_ARRIVED, w->customer, token, e);
	if (rc != RC_OK)
		return rc;
	url_init(&u, "/login/join/");
	url_path(&u, token);
	reply_redirect(v->r, &u);
	url_release(&u);
	return RC_OK;
}

static enum rc
act(struct visit *v, const struct arriving *w, struct error *e)
{
	const struct arrived *a = w->from;
	char sentence[200];
	enum rc rc;

	switch (w->outcome) {
	case ARRIVAL_IN:
		return let_in(v, w, e);
	case ARRIVAL_ASK_EMAIL:
		return login_finish(v, w->customer, a->provider, &to_email, e);
	case ARRIVAL_PROVE:
		return ask_for_proof(v, w, e);
	case ARRIVAL_LINKED:
		if (w->known)
			return login_again(v, &a->to, e);
		rc = login_announce(
		    v, w->customer, LETTER_METHOD_ADDED, a->provider, e);
		if (rc == RC_OK)
			login_go(v, &a->to);
		return rc;
	case ARRIVAL_TAKEN:
		break;
	}
	(void)snprintf(sentence, sizeof(sentence),
	    "This way of logging in with %s belongs to another account of "
	    "this shop. Nothing was changed.",
	    login_provider_name(a->provider));
	return login_stop(v, 409, "Another account's", sentence, e);
}

enum rc
login_settle(struct visit *v, const struct arrived *a, int64_t started_by,
    struct error *e)
{
	struct arriving w = { .v = v, .from = a, .proved = who_proved(v) };
	enum rc rc;

	if (started_by != v->who.session.customer)
		return login_stop(v, 409, "Somebody else by now",
		    "This was begun before you logged in or out here. Nothing "
		    "was changed; please begin again.",
		    e);
	rc = db_unit(v->db, arrive, &w, e);
	if (rc != RC_OK)
		return rc;
	if (w.late)
		return login_stop(v, 403, "Not a way into this account yet",
		    "To add it, please log in again first; it was a while "
		    "ago.",
		    e);
	return act(v, &w, e);
}
