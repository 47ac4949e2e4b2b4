#include "config.h"

#include <string.h>

#include "cgi-bin/elsewhere.h"
#include "cgi-bin/login.h"
#include "shop/login.h"
#include "shop/password.h"
#include "shop/seclog.h"
#include "shop/tally.h"

/*** The list ***/

const char *
login_provider_name(const char *provider)
{
	if (strcmp(provider, "google") == 0)
		return "Google";
	if (strcmp(provider, "facebook") == 0)
		return "Facebook";
	return "Password";
}

struct listing {
	struct page *p;
	int n;
	bool password;
};

static enum rc
count_method(void *ctx, const struct login_method *m, struct error *e)
{
	struct listing *l = ctx;

	(void)e;
	l->n++;
	l->password |= strcmp(m->provider, "password") == 0;
	return RC_OK;
}

static void
remove_button(struct page *p, const struct login_method *m)
{
	struct html *h = &p->h;
	struct url u;

	url_init(&u, "/login/methods");
	html_open(h, EL_FORM, CLASS("one"), ACTION(&u), AT(AT_METHOD, "post"));
	url_release(&u);
	page_proof(p);
	entry_hidden(p, "provider", m->provider);
	entry_hidden(p, "subject", m->subject == NULL ? "" : m->subject);
	html_open(h, EL_BUTTON, CLASS("button plain"), TYPE("submit"));
	html_text(h, "Remove");
	html_el(h, EL_SPAN, login_provider_name(m->provider), CLASS("aside"));
	html_close(h, EL_BUTTON);
	html_close(h, EL_FORM);
}

static enum rc
put_method(void *ctx, const struct login_method *m, struct error *e)
{
	struct listing *l = ctx;
	struct html *h = &l->p->h;

	(void)e;
	html_open(h, EL_LI);
	html_open(h, EL_P);
	html_el(h, EL_STRONG, login_provider_name(m->provider));
	if (m->email != NULL && m->email[0] != '\0')
		html_textf(h, " – %s", m->email);
	html_close(h, EL_P);
	if (l->n > 1)
		remove_button(l->p, m);
	html_close(h, EL_LI);
	return RC_OK;
}

static void
offer_password(struct page *p, bool have)
{
	html_open(&p->h, EL_P);
	page_link(p, "/login/password", NULL,
	    have ? "Change the password" : "Add a password");
	html_close(&p->h, EL_P);
}

static enum rc
put_methods(struct visit *v, int status, const char *sentence, struct error *e)
{
	struct page_head head = { .title = "Ways to log in", .form = true };
	const struct where to = { WHERE_METHODS, "" };
	struct page p;
	struct listing l = { .p = &p };
	int64_t customer = v->who.session.customer;
	enum rc rc;

	reply_status(v->r, status);
	rc = login_methods(v->db, customer, count_method, &l, e);
	if (rc == RC_OK)
		rc = page_open(&p, v, &head, e);
	if (rc != RC_OK)
		return rc;
	page_div(&p, "wide slip");
	html_el(&p.h, EL_H1, head.title);
	entry_say(&p, "notice bad", sentence);
	html_open(&p.h, EL_UL, CLASS("ledger"));
	rc = login_methods(v->db, customer, put_method, &l, e);
	html_close(&p.h, EL_UL);
	if (rc != RC_OK)
		return rc;
	if (l.n == 1)
		page_p(
		    &p, NULL, "It is the only one, so it cannot be removed.");
	offer_password(&p, l.password);
	page_div(&p, "beside");
	elsewhere_buttons(&p, &to, "Add");
	html_close(&p.h, EL_DIV);
	html_open(&p.h, EL_P, CLASS("back"));
	page_link(&p, "/account", NULL, "Back to your account");
	html_close(&p.h, EL_P);
	return login_form_end(&p, e);
}

enum rc
methods_show(struct visit *v, struct error *e)
{
	bool page;
	enum rc rc;

	rc = login_need(v, false, WHERE_METHODS, &page, e);
	if (rc == RC_OK && !page)
		rc = put_methods(v, 200, NULL, e);
	return rc;
}

/*** Remove one ***/

struct parting {
	struct visit *v;
	const char *provider, *subject; /* borrowed */
	bool last;
	struct login_mail m;
};

static enum rc
part(struct db *db, void *ctx, struct error *e)
{
	struct parting *p = ctx;
	int64_t customer = p->v->who.session.customer;
	char place[PLACE_SIZE];
	enum rc rc;

	p->last = false;
	tally_place(place, p->v->q->remote_addr);
	rc = login_part(db, customer, p->provider, p->subject, &p->last, e);
	if (rc == RC_OK && !p->last)
		rc = seclog(
		    db, customer, "unlink", place, p->provider, p->v->now, e);
	if (rc == RC_OK && !p->last)
		rc = login_post(db, &p->m, p->v->now, e);
	return rc;
}

static enum rc
remove_it(struct visit *v, const struct form *f, struct error *e)
{
	const struct where to = { WHERE_METHODS, "" };
	struct parting p = { .v = v,
		.provider = form_typed(f, F_OWN),
		.subject = form_typed(f, F_OWN + 1) };
	struct customer c = { 0 };
	bool password = strcmp(p.provider, "password") == 0;
	enum rc rc;

	login_mail_init(&p.m);
	rc = customer_by_id(v->db, v->who.session.customer, &c, e);
	if (rc == RC_OK)
		rc = login_tell(v, &c,
		    password ? LETTER_PASSWORD_REMOVED : LETTER_METHOD_REMOVED,
		    login_provider_name(p.provider), &p.m, e);
	if (rc == RC_OK)
		rc = db_unit(v->db, part, &p, e);
	customer_release(&c);
	login_mail_release(&p.m);
	if (rc == RC_NOTFOUND) {
		error_clear(e);
		rc = RC_OK;
	}
	if (rc != RC_OK)
		return rc;
	if (p.last)
		return put_methods(v, 409,
		    "That is the only way into your account. Add another one "
		    "first.",
		    e);
	login_go(v, &to);
	return RC_OK;
}

enum rc
methods_remove(struct visit *v, struct error *e)
{
	static const struct field fields[] = {
		LOGIN_FIELDS,
		[F_OWN] = { "provider", FIELD_TEXT, 1, 20, FIELD_NEEDED },
		[F_OWN + 1] = { "subject", FIELD_TEXT, 1, 255, 0 },
	};
	struct form f;
	bool page;
	enum rc rc;

	rc = login_read(v, &f, fields, F_OWN + 2, &page, e);
	if (rc == RC_OK && !page)
		rc = login_need(v, true, WHERE_METHODS, &page, e);
	if (rc == RC_OK && !page && !who_proof(v, form_typed(&f, F_PROOF)))
		rc = put_methods(v, 403, LOGIN_LATE, e);
	else if (rc == RC_OK && !page)
		rc = remove_it(v, &f, e);
	form_release(&f);
	return rc;
}

/*** The password ***/

static enum rc
put_password(struct visit *v, int status, const char *sentence,
    const char *wrong, struct error *e)
{
	struct customer c = { 0 };
	struct entry fields[] = {
		{ .name = "user",
		    .label = "Account",
		    .autocomplete = "username",
		    .fixed = true },
		{ .name = "password",
		    .label = "New password",
		    .hint = "8 characters or more. A few words are easier to "
			    "keep in mind than signs.",
		    .type = "password",
		    .autocomplete = "new-password",
		    .wrong = wrong },
	};
	struct login_form lf = { .title = "Add a password",
		.sentence = sentence,
		.action = "/login/password",
		.fields = fields,
		.n = 2,
		.button = "Keep this password" };
	struct page p;
	enum rc rc;

	rc = customer_by_id(v->db, v->who.session.customer, &c, e);
	if (rc == RC_OK) {
		fields[0].value =
		    c.user_name[0] != '\0' ? c.user_name : c.email;
		if (c.has_password) {
			lf.title = "Another password";
			lf.lead = "Other browsers that are logged in to your "
				  "account will be logged out.";
		}
		if (fields[0].value[0] == '\0') {
			lf.title = "First an address";
			lf.lead = "A password goes with a name to log in by. "
				  "Please give your account an e-mail "
				  "address first.";
			lf.n = 0;
			lf.button = NULL;
		}
		rc = login_form_page(v, &p, status, &lf, e);
	}
	if (rc == RC_OK)
		rc = login_form_end(&p, e);
	customer_release(&c);
	return rc;
}

enum rc
password_show(struct visit *v, struct error *e)
{
	bool page;
	enum rc rc;

	rc = login_need(v, true, WHERE_PASSWORD, &page, e);
	if (rc == RC_OK && !page)
		rc = put_password(v, 200, NULL, NULL, e);
	return rc;
}

struct changing {
	struct visit *v;
	struct login_mail m;
	char encoded[PASSWORD_SIZE];
};

static enum rc
change(struct db *db, void *ctx, struct error *e)
{
	const struct changing *ch = ctx;
	const struct who *w = &ch->v->who;
	int64_t customer = w->session.customer, now = ch->v->now;
	char place[PLACE_SIZE];
	enum rc rc;

	tally_place(place, ch->v->q->remote_addr);
	rc = customer_set_password(db, customer, ch->encoded, e);
	if (rc == RC_OK)
		rc = session_end_all(db, customer, w->token, e);
	if (rc == RC_OK)
		rc = seclog(db, customer, "password", place, "", now, e);
	if (rc == RC_OK)
		rc = login_post(db, &ch->m, now, e);
	return rc;
}

static enum rc
keep(struct visit *v, const struct customer *c, const char *password,
    struct error *e)
{
	const struct where to = { WHERE_ACCOUNT, "" };
	struct changing ch = { .v = v };
	enum rc rc;

	login_mail_init(&ch.m);
	rc = password_make(v->settings, password, ch.encoded, e);
	if (rc == RC_OK)
		rc = login_tell(v, c,
		    c->has_password ? LETTER_PASSWORD_CHANGED
				    : LETTER_PASSWORD_ADDED,
		    NULL, &ch.m, e);
	if (rc == RC_OK)
		rc = db_unit(v->db, change, &ch, e);
	login_mail_release(&ch.m);
	explicit_bzero(ch.encoded, sizeof(ch.encoded));
	if (rc == RC_OK)
		login_go(v, &to);
	return rc;
}

static enum rc
chosen(struct visit *v, const char *password, struct error *e)
{
	struct error why = ERROR_NONE;
	struct customer c = { 0 };
	enum rc rc;

	rc = customer_by_id(v->db, v->who.session.customer, &c, e);
	if (rc == RC_OK) {
		rc = password_fit(password, c.user_name, c.email, &why);
		if (rc == RC_INVALID)
			rc = put_password(v, 422, NULL, why.text, e);
		else if (rc != RC_OK)
			(void)error_set(e, rc, "%s", why.text);
		else if (c.user_name[0] == '\0' && c.email[0] == '\0')
			rc = put_password(v, 409, NULL, NULL, e);
		else
			rc = keep(v, &c, password, e);
	}
	customer_release(&c);
	return rc;
}

enum rc
password_change(struct visit *v, struct error *e)
{
	static const struct field fields[] = {
		LOGIN_FIELDS,
		[F_OWN] = { "password", FIELD_TEXT, 1, PASSWORD_MAX,
		    FIELD_NEEDED },
	};
	struct form f;
	bool page;
	enum rc rc;

	rc = login_read(v, &f, fields, F_OWN + 1, &page, e);
	if (rc == RC_OK && !page)
		rc = login_need(v, true, WHERE_PASSWORD, &page, e);
	if (rc != RC_OK || page) {
		form_release(&f);
		return rc;
	}
	if (!who_proof(v, form_typed(&f, F_PROOF)))
		rc = put_password(v, 403, LOGIN_LATE, NULL, e);
	else if (!form_ok(&f))
		rc = put_password(v, 422, NULL, login_lacks(&f, F_OWN), e);
	else
		rc = chosen(v, form_text(&f, F_OWN), e);
	form_release(&f);
	return rc;
}
